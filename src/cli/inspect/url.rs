//! A URL of the app-to-app flow: the one that calls the client, layer by layer, or one that was called back.

use super::explained::{Explained, Field};
use super::wrong::Wrong;
use super::{message, otpauth, strings};
use channel::crypto::keys::{Channel, Key};
use channel::error::Refusal;
use channel::rule::A2A_6;
use channel::text::callback::{Callback, Outcome};
use channel::text::percent;
use channel::wire::callback_url::{MAX_URL, Parts, Platform, Scheme};
use peer::printable::Line;

const ACTION: &str = "app2app_secure_channel";

pub(super) fn is_one(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    // Without the slashes much else has the form of a URL: an e-mail address, a path of Windows, half a sentence.
    let is_callback = || {
        let has_parameters = rest.split_once('?').is_some_and(|(_, query)| query.contains('='));
        scheme.len() > 1 && !rest.contains(char::is_whitespace) && (has_parameters || has_mask(rest))
    };
    is_scheme
        && (rest.starts_with("//") || is_callback())
        && !strings::is_suite(text)
        && !otpauth::is_one(text)
}

pub(super) fn explain(out: &mut Explained, text: &str, channel: Option<&Key<Channel>>) -> Result<(), Wrong> {
    let (scheme, rest) = text.split_once("://").unwrap_or_default();
    let action = rest.split(['?', '/', '#', '&']).next().unwrap_or_default();
    if !action.eq_ignore_ascii_case(ACTION) {
        return explain_called(out, text);
    }
    out.part(format!("app-to-app URL, {} of at most {MAX_URL} characters", text.chars().count()));
    out.field("scheme", scheme);
    out.field("action", action);
    // What a client of this scheme says, on the platform that compares schemes without regard to case.
    let scheme = Scheme::new(&scheme.to_ascii_lowercase()).map_err(Wrong::from)?;
    let query = text.split_once('?').map_or("", |(_, query)| query);
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        explain_part(out, name, value);
    }
    let parts = Parts::split(&scheme, Platform::Ios, text).map_err(Wrong::in_text)?;
    for (name, outcome) in CALLBACKS {
        let Some((at, raw)) = value_of(text, name) else { continue };
        Callback::read(raw, outcome).map_err(|refusal| match refusal.rule {
            A2A_6 => Wrong::in_text(refusal).further(at),
            _ => Wrong::from(refusal), // its place is one in the decoded text
        })?;
    }
    let message = parts.read().map_err(Wrong::from)?.message;
    let at = value_of(text, "secure_message").map_or(0, |(at, _)| at);
    message::explain(out, message, channel).map_err(|wrong| wrong.further(at))
}

const CALLBACKS: [(&str, Outcome); 3] =
    [("x-success", Outcome::Success), ("x-error", Outcome::Error), ("x-cancel", Outcome::Cancel)];

/// The first value of a name, and where in the URL it begins.
fn value_of<'a>(text: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let mut at = text.find('?')? + 1;
    for part in text.get(at..)?.split('&') {
        let (found, value) = part.split_once('=').unwrap_or((part, ""));
        if found.eq_ignore_ascii_case(name) {
            return Some((at + part.len() - value.len(), value));
        }
        at += part.len() + 1;
    }
    None
}

/// A parameter; of a callback each layer of its encoding.
fn explain_part(out: &mut Explained, name: &str, value: &str) {
    out.add(match name.to_ascii_lowercase().as_str() {
        "x-success" | "x-error" | "x-cancel" => {
            let once = percent::decode(value);
            let twice = once.as_ref().ok().map(|once| percent::decode(once));
            let layer = |name: &str, decoded: Result<String, Refusal>| match decoded {
                Ok(decoded) => Field::quoted(name, &decoded),
                Err(refusal) => Field::new(name, format!("impossible: {refusal}")),
            };
            let mut fields = vec![Field::new("as it stands", value), layer("decoded once", once)];
            fields.extend(twice.map(|twice| layer("decoded twice", twice)));
            Field { fields, ..Field::new(name, "") }
        }
        "state" => {
            let words = format!("{}  comes back with the callback", Line(value));
            Field { text: Some(value.to_owned()), ..Field::new(name, words) }
        }
        "secure_message" => Field::new(name, format!("{} characters, below", value.chars().count())),
        _ => Field::new(name, "ignored"),
    });
}

/// Any other URL: a callback, as a template or as it was called; both have the characters of A2A-7.
fn explain_called(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let masks: Vec<&str> = masks_of(text).collect();
    out.part(match masks.is_empty() {
        true => "callback, as it was called".into(),
        false => format!("callback, a template with {}", masks.join(", ")),
    });
    Callback::new(text, Outcome::Success).map_err(Wrong::in_text)?;
    if !masks.is_empty() {
        return Ok(());
    }
    let query = text.split_once('?').map_or("", |(_, query)| query);
    for part in query.split(['&', '#']).filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = percent::decode(value).map_err(Wrong::from)?;
        let mut field = Field::quoted(name, &value);
        if name == "ErrorCode" {
            field.meaning = format!("{}  {}", field.meaning, meaning_of(&value));
        }
        out.add(field);
    }
    Ok(())
}

fn has_mask(text: &str) -> bool {
    masks_of(text).next().is_some()
}

/// Texts between `%_` and `_%`.
fn masks_of(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("%_").filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.get(2..)?.find("_%")? + 4;
        rest.get(..end)
            .filter(|mask| mask.bytes().all(|byte| byte.is_ascii_alphabetic() || b"%_".contains(&byte)))
    })
}

/// The published errors.
fn meaning_of(number: &str) -> &'static str {
    match number {
        "1" => "internal error: another message was on display",
        "2" => "integration: app-to-app is off, or the URL or a callback is not right",
        "3" => "the device is rooted, and the policy blocks that",
        "4" => "the app is not activated",
        "5" => "the message is invalid",
        "6" => "the message's serial number is not activated in this app",
        "7" => "the message is corrupted",
        "8" => "blocked after too many wrong PINs",
        _ => "no published error",
    }
}
