//! A callback of the app-to-app flow: a URL template of the third-party app, and its masks. SPEC section 26.
//!
//! ```text
//! thirdparty://paid?by=%_SerialNumber_%&otp=%_OTP_%#top
//! ```
//! It rests and is compared decoded; in the URL that calls the client it is percent-encoded twice.

use std::borrow::Cow;

use super::charset::is_displayable;
use super::percent::{self, byte_of, character_at, is_unreserved};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{A2A_6, A2A_7, A2A_8, A2A_22, A2A_24};

/// Which of the three it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// x-success.
    Success,
    /// x-error.
    Error,
    /// x-cancel.
    Cancel,
}

/// What a callback can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // A2A-19 says what each means
pub enum Mask {
    Otp,
    PlatformName,
    SerialNumber,
    SequenceNumber,
    UserIdentifier,
    Version,
    DeviceIdentifier,
    RootingStatus,
    State,
}

/// Name and text of every mask.
const MASKS: [(Mask, &str, &str); 9] = [
    (Mask::Otp, "OTP", "%_OTP_%"),
    (Mask::PlatformName, "PlatformName", "%_PlatformName_%"),
    (Mask::SerialNumber, "SerialNumber", "%_SerialNumber_%"),
    (Mask::SequenceNumber, "SequenceNumber", "%_SequenceNumber_%"),
    (Mask::UserIdentifier, "UserIdentifier", "%_UserIdentifier_%"),
    (Mask::Version, "Version", "%_Version_%"),
    (Mask::DeviceIdentifier, "DeviceIdentifier", "%_DeviceIdentifier_%"),
    (Mask::RootingStatus, "RootingStatus", "%_RootingStatus_%"),
    (Mask::State, "State", "%_State_%"),
];

impl Mask {
    /// The name without `%_` and `_%`.
    pub fn name(self) -> &'static str {
        MASKS.iter().find(|(mask, ..)| *mask == self).map_or("", |(_, name, _)| name)
    }

    /// The mask at the front of a text, and what follows it.
    fn at(text: &str) -> Option<(Self, &str)> {
        let any_case = fault::bent("masks-in-any-case", false, true);
        MASKS.iter().find_map(|(mask, _, whole)| {
            let (front, rest) = text.split_at_checked(whole.len())?;
            (front == *whole || any_case && front.eq_ignore_ascii_case(whole)).then_some((*mask, rest))
        })
    }
}

/// A part of a template: text that stays, or a mask.
enum Piece<'a> {
    Text(&'a str),
    Mask(Mask),
}

/// The parts of a template, one pass from left to right.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        if let Some((mask, rest)) = Mask::at(self.0) {
            self.0 = rest;
            return Some(Piece::Mask(mask));
        }
        let mut starts = self.0.match_indices("%_").map(|(at, _)| at);
        let end = starts.find(|at| self.0.get(*at..).is_some_and(|rest| Mask::at(rest).is_some()));
        let (text, rest) = self.0.split_at_checked(end.unwrap_or(self.0.len()))?;
        self.0 = rest;
        (!text.is_empty()).then_some(Piece::Text(text))
    }
}

/// A callback in decoded form, with its masks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callback(String);

impl Callback {
    /// From a URL that calls the client. Refuses, in this order: A2A-6, A2A-7, A2A-8.
    pub fn read(raw: &str, outcome: Outcome) -> Result<Self, Refusal> {
        ensure(!raw.is_empty(), A2A_6, Found::Count(0, "character"))?;
        let mut bytes = Vec::with_capacity(raw.len());
        let mut rest = raw.as_bytes();
        loop {
            let plain = rest.iter().position(|byte| !is_raw(*byte)).unwrap_or(rest.len());
            let (plain, after) = rest.split_at(plain);
            bytes.extend_from_slice(plain);
            rest = match after {
                [] => break,
                [b'%', b'2', b'5', high, low, after @ ..] if byte_of(*high, *low).is_some() => {
                    bytes.extend(byte_of(*high, *low));
                    after
                }
                [byte, rest @ ..] => {
                    ensure(false, A2A_6, character_at(raw, raw.len() - after.len()))?;
                    bytes.push(*byte);
                    rest
                }
            };
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return refuse(A2A_7, Found::Offset(error.utf8_error().valid_up_to())),
        };
        Self::new(bent(text), outcome)
    }

    /// In decoded form. Refuses, in this order: A2A-7, A2A-8.
    pub fn new(text: impl Into<String>, outcome: Outcome) -> Result<Self, Refusal> {
        let text = text.into();
        if !text.bytes().all(|byte| (0x21..0x7F).contains(&byte)) {
            for (position, c) in text.chars().enumerate() {
                ensure(c != ' ' && is_displayable(c), A2A_7, Found::Character(c, position))?;
            }
        }
        ensure(has_scheme(&text), A2A_7, Found::Nothing)?;
        let asks = outcome != Outcome::Success && text.contains("%_OTP_%");
        ensure(!asks, A2A_8, Found::Nothing)?;
        Ok(Self(text))
    }

    /// That of a third-party app, which must be able to tell values from what follows them. Refuses, in this
    /// order: A2A-7, A2A-8, A2A-22.
    pub fn template(text: impl Into<String>, outcome: Outcome) -> Result<Self, Refusal> {
        let callback = Self::new(text, outcome)?;
        let mut after_mask = false;
        for piece in Pieces(&callback.0) {
            let first = match piece {
                Piece::Mask(_) => Some('%'),
                Piece::Text(text) => text.chars().next(),
            };
            let joins = first.is_some_and(|c| c == '%' || c.is_ascii() && is_unreserved(c as u8));
            ensure(!(after_mask && joins), A2A_22, Found::Nothing)?;
            after_mask = matches!(piece, Piece::Mask(_));
        }
        Ok(callback)
    }

    /// In decoded form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Encoded twice, behind what `out` holds (A2A-21).
    pub fn write(&self, out: &mut String) {
        let inner = fault::bent("builds-encoded-once", "25", "");
        for byte in self.0.bytes() {
            match percent::escape(byte) {
                _ if is_unreserved(byte) => out.push(char::from(byte)),
                [mark, high, low] => {
                    out.push(mark);
                    out.push_str(inner);
                    out.extend([high, low]);
                }
            }
        }
    }

    /// The URL to be called: each mask replaced by its value (A2A-19, A2A-20), of an error with its number
    /// (A2A-14).
    pub fn fill<'v>(&self, value: impl Fn(Mask) -> Cow<'v, str>, error: Option<u8>) -> String {
        let mut out = String::with_capacity(self.0.len() + 64);
        let fill = |text: &str, out: &mut String| {
            for piece in Pieces(text) {
                match piece {
                    Piece::Text(text) => out.push_str(text),
                    Piece::Mask(mask) => percent::encode(&value(mask), out),
                }
            }
        };
        match error {
            None => fill(&self.0, &mut out),
            Some(number) => {
                let (before, link, fragment) = self.around_code();
                fill(before, &mut out);
                out.push_str(link);
                out.push(char::from(b'0' + number.min(9)));
                fill(fragment, &mut out);
            }
        }
        match fault::bent("masks-replaced-twice", false, true) {
            true => Self(out).fill_again(value),
            false => out,
        }
    }

    fn fill_again<'v>(&self, value: impl Fn(Mask) -> Cow<'v, str>) -> String {
        let filled = Pieces(&self.0).map(|piece| match piece {
            Piece::Text(text) => Cow::Borrowed(text),
            Piece::Mask(mask) => Cow::Owned(value(mask).into_owned()),
        });
        filled.collect()
    }

    /// What stands before the error's number, the link between, what stands after it (A2A-14).
    fn around_code(&self) -> (&str, &'static str, &str) {
        let whole = self.0.as_str();
        let at = fault::bent("error-code-last", whole.find('#').unwrap_or(whole.len()), whole.len());
        let (before, fragment) = whole.split_at_checked(at).unwrap_or((whole, ""));
        let link = match before.bytes().next_back() {
            Some(b'?' | b'&') => fault::bent("error-code-always-linked", "ErrorCode=", "&ErrorCode="),
            _ if before.contains('?') => fault::bent("error-code-after-mark", "&ErrorCode=", "?ErrorCode="),
            _ => "?ErrorCode=",
        };
        (before, link, fragment)
    }

    /// What a called URL has in place of masks and number; `None` if it does not fit (A2A-23).
    pub fn fit<'u>(&self, url: &'u str, is_error: bool) -> Option<Fit<'u>> {
        let mut called = Called { rest: url, values: Vec::new() };
        let mut error = None;
        if is_error {
            let (before, link, fragment) = self.around_code();
            called.template(before)?;
            called.text(link)?;
            error = Some(called.digit()?);
            called.template(fragment)?;
        } else {
            called.template(&self.0)?;
        }
        called.rest.is_empty().then_some(Fit { raw: called.values, error })
    }
}

/// A called URL that fits a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit<'u> {
    /// Each mask in its place, and its value as it stands there.
    pub raw: Vec<(Mask, &'u str)>,
    /// 1..=8, of an error.
    pub error: Option<u8>,
}

/// A called URL being read.
struct Called<'u> {
    rest: &'u str,
    values: Vec<(Mask, &'u str)>,
}

impl Called<'_> {
    fn template(&mut self, template: &str) -> Option<()> {
        Pieces(template).try_for_each(|piece| match piece {
            Piece::Text(text) => self.text(text),
            Piece::Mask(mask) => self.value(mask),
        })
    }

    fn text(&mut self, text: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(text)?;
        Some(())
    }

    /// As much as can be a value: what follows in the template begins with something else (A2A-22).
    fn value(&mut self, mask: Mask) -> Option<()> {
        let mut rest = self.rest.as_bytes();
        loop {
            rest = match rest {
                [b'%', high, low, after @ ..] if byte_of(*high, *low).is_some() => after,
                [byte, after @ ..] if is_unreserved(*byte) => after,
                _ => break,
            };
        }
        let (value, rest) = self.rest.split_at_checked(self.rest.len() - rest.len())?;
        self.values.push((mask, value));
        self.rest = rest;
        Some(())
    }

    fn digit(&mut self) -> Option<u8> {
        let mut chars = self.rest.chars();
        let digit = chars.next().filter(|c| ('1'..='8').contains(c))?;
        self.rest = chars.as_str();
        u8::try_from(digit.to_digit(10)?).ok()
    }
}

impl Fit<'_> {
    /// The values decoded, each mask once. Refuses by A2A-24.
    pub fn values(&self) -> Result<Vec<(Mask, String)>, Refusal> {
        let mut values: Vec<(Mask, String)> = Vec::with_capacity(self.raw.len());
        for (mask, value) in &self.raw {
            let Ok(value) = percent::decode(value) else {
                return refuse(A2A_24, Found::Nothing);
            };
            ensure(*mask != Mask::Otp || !value.is_empty(), A2A_24, Found::Count(0, "character"))?;
            match values.iter().find(|(known, _)| known == mask) {
                Some((_, known)) => ensure(*known == value, A2A_24, Found::Nothing)?,
                None => values.push((*mask, value)),
            }
        }
        Ok(values)
    }
}

/// Whether the byte may stand for itself in a raw callback (A2A-6).
fn is_raw(byte: u8) -> bool {
    is_unreserved(byte) || matches!(byte, b'!' | b'\'' | b'(' | b')' | b'*')
}

/// `[A-Za-z][A-Za-z0-9+.-]*:`
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
    })
}

/// The text, unless a fault decodes once less or more, or as a form.
fn bent(text: String) -> String {
    if fault::bent("callback-decoded-once", false, true) {
        let mut encoded = String::new();
        percent::encode(&text, &mut encoded);
        return encoded;
    }
    if fault::bent("callback-decoded-thrice", false, true) {
        return percent::decode(&text).unwrap_or(text);
    }
    if fault::bent("callback-plus-is-blank", false, true) { text.replace('+', " ") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERROR: Outcome = Outcome::Error;

    fn read(raw: &str) -> Result<String, crate::rule::Rule> {
        Callback::read(raw, Outcome::Success).map(|callback| callback.0).map_err(|refusal| refusal.rule)
    }

    #[test]
    fn a2a_6_raw_callbacks() {
        assert_eq!(read("a%253A%252F%252fb").as_deref(), Ok("a://b"));
        assert_eq!(read("a%253A!'()*-._~").as_deref(), Ok("a:!'()*-._~"));
        assert_eq!(read("a%253A%252541%252B").as_deref(), Ok("a:%41+"));
        for raw in
            ["", "a:b", "a%3Ab", "a%253A+", "a%253A%2B", "a%253A%", "a%253A%25", "a%253A%254", "a%253A%25G1"]
        {
            assert_eq!(read(raw), Err(A2A_6), "{raw}");
        }
        for byte in 0..=0x7Fu8 {
            let c = char::from(byte);
            let allowed = c.is_ascii_alphanumeric() || "._~!'()*-".contains(c);
            assert_eq!(read(&format!("a%253A{c}")).is_ok(), allowed, "{c:?}");
        }
    }

    #[test]
    fn the_character_that_stops_a_raw_callback_is_named_by_its_place() {
        for (raw, c, place) in [("a:b", ':', 1), ("ab%253A+", '+', 7), ("a%25", '%', 1)] {
            let found = Callback::read(raw, Outcome::Success).unwrap_err().found;
            assert_eq!(found, Found::Character(c, place), "{raw}");
        }
    }

    #[test]
    fn each_mask_by_its_name() {
        for (mask, ..) in MASKS {
            assert_eq!(Mask::at(&format!("%_{}_%rest", mask.name())), Some((mask, "rest")));
        }
    }

    #[test]
    fn a2a_7_decoded_callbacks() {
        assert_eq!(read("a%253A%25C3%25A9").as_deref(), Ok("a:é"));
        for raw in
            ["a%253A%25C3", "a%253A%2520", "a%253A%250A", "a%253A%25E2%2580%25AE", "ab", "%253Ab", "1%253Ab"]
        {
            assert_eq!(read(raw), Err(A2A_7), "{raw}");
        }
        assert_eq!(read("a%25253Ab"), Err(A2A_7), "encoded three times: no colon yet");
    }

    #[test]
    fn a2a_8_a2a_22_masks_where_they_may_not_stand() {
        let rule = |result: Result<Callback, Refusal>| result.map(|_| ()).map_err(|refusal| refusal.rule);
        assert_eq!(rule(Callback::new("a:%_OTP_%", Outcome::Success)), Ok(()));
        assert_eq!(rule(Callback::new("a:%_OTP_%", ERROR)), Err(A2A_8));
        assert_eq!(rule(Callback::new("a:%_Version_%_OTP_%", Outcome::Cancel)), Err(A2A_8));
        assert_eq!(rule(Callback::new("a:%_otp_%", ERROR)), Ok(()));
        for (text, ok) in [
            ("a:%_Version_%", true),
            ("a:%_Version_%&b", true),
            ("a:%_Version_%é", true),
            ("a:%_Version_%b", false),
            ("a:%_Version_%~", false),
            ("a:%_Version_%%_Version_%", false),
            ("a:%_Other_%b", true),
        ] {
            let want = if ok { Ok(()) } else { Err(A2A_22) };
            assert_eq!(rule(Callback::template(text, ERROR)), want, "{text}");
        }
    }

    fn fill(text: &str, error: Option<u8>) -> String {
        let value = |mask: Mask| Cow::Borrowed(if mask == Mask::UserIdentifier { "" } else { "a b%_OTP_%" });
        Callback(text.into()).fill(value, error)
    }

    #[test]
    fn a2a_19_a2a_20_one_pass() {
        assert_eq!(fill("a:%_OTP_%%_Version_%.", None), "a:a%20b%25_OTP_%25a%20b%25_OTP_%25.");
        assert_eq!(fill("a:%_otp_%%_Other_%%_", None), "a:%_otp_%%_Other_%%_");
        assert_eq!(fill("a:%%_UserIdentifier_%_OTP_%", None), "a:%_OTP_%");
        assert_eq!(fill("a:%_OTP_%_OTP_%", None), "a:a%20b%25_OTP_%25_OTP_%");
    }

    #[test]
    fn a2a_14_where_the_number_stands() {
        for (text, want) in [
            ("a:b", "a:b?ErrorCode=5"),
            ("a:b?", "a:b?ErrorCode=5"),
            ("a:b?c", "a:b?c&ErrorCode=5"),
            ("a:b?c&", "a:b?c&ErrorCode=5"),
            ("a:b&", "a:b&ErrorCode=5"),
            ("a:b#c?d#e", "a:b?ErrorCode=5#c?d#e"),
            ("a:b?#c", "a:b?ErrorCode=5#c"),
            ("a:b?%_UserIdentifier_%", "a:b?&ErrorCode=5"),
        ] {
            assert_eq!(fill(text, Some(5)), want);
        }
    }

    #[test]
    fn a2a_23_a2a_24_what_was_called() {
        let error = Callback("a:b?v=%_Version_%#%_Version_%".into());
        let fit = error.fit("a:b?v=1%2e0&ErrorCode=5#1.0", true).unwrap();
        let raw = vec![(Mask::Version, "1%2e0"), (Mask::Version, "1.0")];
        assert_eq!(fit, Fit { raw, error: Some(5) });
        assert_eq!(fit.values(), Ok(vec![(Mask::Version, "1.0".into())]));
        for url in [
            "a:b?v=1&ErrorCode=0#1",
            "a:b?v=1&ErrorCode=9#1",
            "a:b?v=1&ErrorCode=55#1",
            "a:b?v=1&errorcode=5#1",
            "a:b?v=%2&ErrorCode=5#1",
            "a:b?v=%G2&ErrorCode=5#%G2",
            "a:b?v=1+&ErrorCode=5#1",
            "a:b?v=1&ErrorCode=5#1!",
            "a:b?v=1#1",
        ] {
            assert_eq!(error.fit(url, true), None, "{url}");
        }
        for (mask, values) in
            [(Mask::Version, ["1", "2"]), (Mask::Version, ["%FF", "%FF"]), (Mask::Otp, ["", ""])]
        {
            let values = values.map(|value| (mask, value));
            assert_eq!(Fit { raw: values.to_vec(), error: None }.values().unwrap_err().rule, A2A_24);
        }
    }
}
