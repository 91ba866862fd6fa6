//! App-to-app, as SPEC.md section 26 has it: two decodings one after the other, matching by trial, masks by search.

use super::{Verdict, must, text};

/// What is replaced, without `%_` and `_%`.
pub const MASKS: [&str; 9] = [
    "OTP",
    "PlatformName",
    "SerialNumber",
    "SequenceNumber",
    "UserIdentifier",
    "Version",
    "DeviceIdentifier",
    "RootingStatus",
    "State",
];

const UNRESERVED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

/// A byte of the two characters after a `%`, as two digits.
fn escape(after: &[u8]) -> Option<u8> {
    let digits = after.get(..2)?;
    let is_digit = digits.iter().all(|byte| "0123456789ABCDEFabcdef".contains(char::from(*byte)));
    u8::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_digit)?, 16).ok()
}

fn decode_bytes(bytes: &[u8]) -> Vec<u8> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        match escape(&bytes[at + 1..]).filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// Decodes percent escapes, once (A2A-26).
pub fn decode(text: &str) -> Verdict<String> {
    let mut parts = text.split('%');
    parts.next();
    must(parts.all(|part| escape(part.as_bytes()).is_some()), "A2A-26")?;
    text::utf8(&decode_bytes(text.as_bytes())).ok_or("A2A-26")
}

/// Writes all but letters, digits and `-._~` as percent escapes (A2A-20).
pub fn encode(text: &str) -> String {
    let byte = |byte: u8| match UNRESERVED.contains(char::from(byte)) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

/// Refuses what is no scheme (A2A-25).
pub fn scheme(text: &str) -> Verdict<()> {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    let all = text.chars().all(|c| "abcdefghijklmnopqrstuvwxyz0123456789+.-".contains(c));
    must(first && all && text.len() <= 64, "A2A-25")
}

/// A2A-7 of the decoded form, A2A-8.
fn decoded(text: &str, at: usize) -> Verdict<()> {
    must(text.chars().all(|c| c != ' ' && text::is_displayable(c)), "A2A-7")?;
    let colon = text.find(':').ok_or("A2A-7")?;
    let scheme = &text[..colon];
    must(scheme.chars().next().is_some_and(|c| c.is_ascii_alphabetic()), "A2A-7")?;
    must(scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+.-".contains(c)), "A2A-7")?;
    must(at == 0 || !text.contains("%_OTP_%"), "A2A-8")
}

/// A2A-6, A2A-7, A2A-8 of the callback at this place: success, error, cancel.
fn callback(raw: &str, at: usize) -> Verdict<String> {
    must(!raw.is_empty(), "A2A-6")?;
    let once = raw.replace("%25", "\0");
    for (number, part) in once.split('\0').enumerate() {
        let rest = match number {
            0 => part,
            _ => {
                escape(part.as_bytes()).ok_or("A2A-6")?;
                &part[2..]
            }
        };
        must(rest.chars().all(|c| UNRESERVED.contains(c) || "!'()*".contains(c)), "A2A-6")?;
    }
    let text = text::utf8(&decode_bytes(&decode_bytes(raw.as_bytes()))).ok_or("A2A-7")?;
    decoded(&text, at)?;
    Ok(text)
}

/// Names and values, in their order. A2A-1, A2A-2, A2A-3.
fn split<'a>(scheme: &str, is_ios: bool, url: &'a str) -> Verdict<Vec<(String, &'a str)>> {
    must(url.chars().count() <= 16_384, "A2A-1")?;
    must(url.chars().all(|c| ('\u{21}'..='\u{7E}').contains(&c) && c != '#'), "A2A-1")?;
    let (begin, query) = url.split_once('?').ok_or("A2A-2")?;
    let (called, action) = begin.split_once("://").ok_or("A2A-2")?;
    let is_scheme = if is_ios { called.to_ascii_lowercase() == scheme } else { called == scheme };
    must(is_scheme && action.eq_ignore_ascii_case("app2app_secure_channel"), "A2A-2")?;
    let part = |part: &'a str| match part.find('=') {
        Some(at) => (part[..at].to_ascii_lowercase(), &part[at + 1..]),
        None => (part.to_ascii_lowercase(), ""),
    };
    Ok(query.split('&').map(part).collect())
}

fn values<'a>(parts: &[(String, &'a str)], name: &str) -> Vec<&'a str> {
    parts.iter().filter(|(known, _)| known == name).map(|(_, value)| *value).collect()
}

const NAMES: [&str; 4] = ["x-success", "x-error", "x-cancel", "secure_message"];

/// Refuses what is no state (A2A-27).
pub fn must_be_state(text: &str) -> Verdict<()> {
    must((1..=64).contains(&text.chars().count()) && text.chars().all(|c| UNRESERVED.contains(c)), "A2A-27")
}

/// The three callbacks, the state and the message.
pub fn parse(scheme: &str, is_ios: bool, url: &str) -> Verdict<([String; 3], Option<String>, String)> {
    let parts = split(scheme, is_ios, url)?;
    let found = NAMES.map(|name| values(&parts, name));
    let states = values(&parts, "state");
    must(states.len() <= 1 && found.iter().all(|values| values.len() <= 1), "A2A-4")?;
    must(found.iter().all(|values| values.len() == 1), "A2A-5")?;
    let [success, error, cancel, message] = found.map(|values| values[0]);
    states.iter().try_for_each(|state| must_be_state(state))?;
    let callbacks = [callback(success, 0)?, callback(error, 1)?, callback(cancel, 2)?];
    Ok((callbacks, states.first().map(|state| (*state).to_owned()), message.to_owned()))
}

/// What is put in for `%_State_%`, where something is. A2A-29.
pub fn state(scheme: &str, is_ios: bool, url: &str) -> Option<String> {
    match values(&split(scheme, is_ios, url).ok()?, "state")[..] {
        [state] if must_be_state(state).is_ok() => Some(state.to_owned()),
        _ => None,
    }
}

/// x-error, if it can be called; whether it is listed is not looked at. A2A-13.
pub fn x_error(scheme: &str, is_ios: bool, url: &str) -> Option<String> {
    match values(&split(scheme, is_ios, url).ok()?, "x-error")[..] {
        [raw] => callback(raw, 1).ok(),
        _ => None,
    }
}

/// The mask at the front.
fn mask_at(text: &str) -> Option<&'static str> {
    MASKS.into_iter().find(|name| text.starts_with(&format!("%_{name}_%")))
}

/// A template as characters and masks.
fn pieces(template: &str) -> Vec<Result<char, &'static str>> {
    let (mut pieces, mut rest) = (Vec::new(), template);
    while let Some(c) = rest.chars().next() {
        match mask_at(rest) {
            Some(name) => {
                pieces.push(Err(name));
                rest = &rest[name.len() + 4..];
            }
            None => {
                pieces.push(Ok(c));
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    pieces
}

/// A2A-14: the template with the number; in its place the character NUL, where it is to be read.
fn with_number(template: &str, number: Option<u8>) -> String {
    let (before, fragment) = match template.find('#') {
        Some(at) => template.split_at(at),
        None => (template, ""),
    };
    let link = match (before.ends_with(['?', '&']), before.contains('?')) {
        (true, _) => "",
        (_, true) => "&",
        _ => "?",
    };
    let number = number.map_or("\0".to_owned(), |number| number.to_string());
    format!("{before}{link}ErrorCode={number}{fragment}")
}

/// Puts values in the places of masks, in one pass (A2A-19, A2A-20).
pub fn fill(template: &str, value: impl Fn(&str) -> String, error: Option<u8>) -> String {
    let template = match error {
        Some(_) => with_number(template, error),
        None => template.to_owned(),
    };
    let piece = |piece| match piece {
        Ok(c) => String::from(c),
        Err(mask) => encode(&value(mask)),
    };
    pieces(&template).into_iter().map(piece).collect()
}

/// A2A-7, A2A-8, A2A-22 of each.
pub fn templates(callbacks: [&str; 3]) -> Verdict<()> {
    for (at, text) in callbacks.into_iter().enumerate() {
        decoded(text, at)?;
        let pieces = pieces(text);
        let could_be_value =
            |piece: Result<char, _>| piece.map_or(true, |c| UNRESERVED.contains(c) || c == '%');
        let joins = pieces.windows(2).any(|two| two[0].is_err() && could_be_value(two[1]));
        must(!joins, "A2A-22")?;
    }
    Ok(())
}

/// A2A-21, after [`templates`] and the check of the message; A2A-1 for the length.
pub fn build(scheme: &str, callbacks: [&str; 3], state: Option<&str>, message: &str) -> Verdict<String> {
    let state = state.map(|state| format!("&state={state}")).unwrap_or_default();
    let [success, error, cancel] = callbacks.map(|text| encode(&encode(text)));
    let url = format!(
        "{scheme}://app2app_secure_channel?x-success={success}&x-error={error}&x-cancel={cancel}&secure_message={}{state}",
        message.to_uppercase()
    );
    must(url.len() <= 16_384, "A2A-1")?;
    Ok(url)
}

/// Raw values of the masks, and the digit.
type Fit = (Vec<(&'static str, String)>, Option<u8>);

/// By trying every length.
fn fit(pieces: &[Result<char, &'static str>], url: &str) -> Option<Fit> {
    let Some((piece, others)) = pieces.split_first() else {
        return url.is_empty().then(|| (Vec::new(), None));
    };
    match piece {
        Ok('\0') => {
            let digit = url.chars().next().filter(|c| "12345678".contains(*c))?;
            let (values, _) = fit(others, &url[1..])?;
            Some((values, Some(digit as u8 - b'0')))
        }
        Ok(c) => fit(others, url.strip_prefix(*c)?),
        Err(mask) => {
            let mut at = 0;
            loop {
                if let Some((mut values, digit)) = fit(others, &url[at..]) {
                    values.insert(0, (*mask, url[..at].to_owned()));
                    return Some((values, digit));
                }
                let next = url[at..].chars().next()?;
                at += match next {
                    '%' => escape(&url.as_bytes()[at + 1..]).map(|_| 3)?,
                    c if UNRESERVED.contains(c) => 1,
                    _ => return None,
                };
            }
        }
    }
}

/// What was called: 0 success, 1 error, 2 cancel; the number; the values in the order of their first place.
pub type Called = (usize, Option<u8>, Vec<(String, String)>);

/// A2A-23, A2A-24, after [`templates`].
pub fn read(callbacks: [&str; 3], url: &str) -> Verdict<Called> {
    let fits = [1, 0, 2].into_iter().find_map(|at| {
        let template = if at == 1 { with_number(callbacks[1], None) } else { callbacks[at].to_owned() };
        Some((at, fit(&pieces(&template), url)?))
    });
    let (at, (raw, error)) = fits.ok_or("A2A-24")?;
    let mut values: Vec<(String, String)> = Vec::new();
    for (mask, raw) in raw {
        let value = text::utf8(&decode_bytes(raw.as_bytes())).ok_or("A2A-24")?;
        must(mask != "OTP" || !value.is_empty(), "A2A-24")?;
        match values.iter().find(|(known, _)| known == mask) {
            Some((_, known)) => must(*known == value, "A2A-24")?,
            None => values.push((mask.to_owned(), value)),
        }
    }
    Ok((at, error, values))
}
