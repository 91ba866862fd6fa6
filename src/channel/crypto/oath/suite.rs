//! OCRA suites: the text that says what a response is made of. RFC 6287 section 6, SPEC ALG-5.
//!
//! ```text
//! OCRA-1:HOTP-SHA1|SHA256|SHA512-t:[C-]Qfxx[-PSHA1|-PSHA256|-PSHA512][-Snnn][-Tg]
//! ```

use super::Hash;
use crate::error::{Found, Refusal, refuse};
use crate::rule::ALG_5;

/// What a question's characters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A: letters and digits.
    Alphanumeric,
    /// N: decimal digits.
    Numeric,
    /// H: hexadecimal digits.
    Hexadecimal,
}

impl Format {
    /// Whether a question of this format may have the character.
    pub fn has(self, c: char) -> bool {
        match self {
            Format::Alphanumeric => c.is_ascii_alphanumeric(),
            Format::Numeric => c.is_ascii_digit(),
            Format::Hexadecimal => c.is_ascii_hexdigit(),
        }
    }
}

/// A suite, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Suite {
    text: String,
    /// Of HMAC.
    pub hash: Hash,
    /// Of a response: 4..=10, or 0 for the whole value of HMAC.
    pub digits: u8,
    /// C: whether a counter takes part.
    pub counter: bool,
    /// The characters of the question.
    pub format: Format,
    /// The most characters of a question, 4..=64.
    pub length: u8,
    /// P: the hash of the password.
    pub password: Option<Hash>,
    /// S: bytes of session information, 1..=512.
    pub session: Option<u16>,
    /// T: seconds in a time step, 1..=172 800.
    pub step_s: Option<u32>,
}

impl Suite {
    /// From its text. Refuses with ALG-5.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        match Self::read(text) {
            Some(suite) => Ok(suite),
            None => refuse(ALG_5, Found::Nothing),
        }
    }

    /// The same, for those who refuse it in their own words.
    pub fn read(text: &str) -> Option<Self> {
        let (hash, rest) = text.strip_prefix("OCRA-1:HOTP-")?.split_once('-')?;
        let (digits, input) = rest.split_once(':')?;
        let digits: u8 = number(digits).filter(|digits| matches!(digits, 0 | 4..=10))?;
        let (counter, input) = match input.strip_prefix("C-") {
            Some(input) => (true, input),
            None => (false, input),
        };
        let mut parts = input.split('-');
        let (format, length) = question(parts.next()?)?;
        // Each of the others at most once, in this order.
        let mut part = parts.next();
        let mut take = |letter: char| {
            let value = part.and_then(|part| part.strip_prefix(letter));
            if value.is_some() {
                part = parts.next();
            }
            value
        };
        let (password, session, step) = (take('P'), take('S'), take('T'));
        if part.is_some() {
            return None;
        }
        Some(Self {
            text: text.to_owned(),
            hash: hash_of(hash)?,
            digits,
            counter,
            format,
            length,
            password: all(password, hash_of)?,
            session: all(session, |nnn| fixed(nnn, 3).filter(|nnn| (1..=512).contains(nnn)))?,
            step_s: all(step, seconds)?,
        })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it signs whole messages: its question is QH64 (ALG-7).
    pub fn takes_hash(&self) -> bool {
        self.format == Format::Hexadecimal && self.length == 64
    }
}

/// A part that is there must be right.
fn all<T>(part: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => read(part).map(Some),
    }
}

fn hash_of(name: &str) -> Option<Hash> {
    match name {
        "SHA1" => Some(Hash::Sha1),
        "SHA256" => Some(Hash::Sha256),
        "SHA512" => Some(Hash::Sha512),
        _ => None,
    }
}

/// `Qfxx`
fn question(part: &str) -> Option<(Format, u8)> {
    let part = part.strip_prefix('Q')?;
    let format = match part.chars().next()? {
        'A' => Format::Alphanumeric,
        'N' => Format::Numeric,
        'H' => Format::Hexadecimal,
        _ => return None,
    };
    let length = fixed(part.get(1..)?, 2).filter(|length| (4..=64).contains(length))?;
    Some((format, u8::try_from(length).ok()?))
}

/// `Tg` without its T: 1..=59 seconds or minutes, 1..=48 hours.
fn seconds(g: &str) -> Option<u32> {
    let (most, unit, count) = match (g.strip_suffix('S'), g.strip_suffix('M'), g.strip_suffix('H')) {
        (Some(count), ..) => (59, 1, count),
        (_, Some(count), _) => (59, 60, count),
        (.., Some(count)) => (48, 3600, count),
        _ => return None,
    };
    let count = number(count).filter(|count| (1..=most).contains(count))?;
    Some(u32::from(count) * unit)
}

/// Exactly so many decimal digits.
fn fixed(text: &str, digits: usize) -> Option<u16> {
    let has_form = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| has_form)
}

/// One or two decimal digits without leading zeros.
fn number(text: &str) -> Option<u8> {
    let value = fixed(text, text.len().min(2))?;
    let leads = text.len() > 1 && text.starts_with('0');
    u8::try_from(value).ok().filter(|_| !leads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alg_5_taken_apart() {
        let suite = Suite::parse("OCRA-1:HOTP-SHA512-8:C-QN08-PSHA1-S064-T10M").unwrap();
        assert_eq!((suite.hash, suite.digits, suite.counter), (Hash::Sha512, 8, true));
        assert_eq!((suite.format, suite.length, suite.password), (Format::Numeric, 8, Some(Hash::Sha1)));
        assert_eq!((suite.session, suite.step_s), (Some(64), Some(600)));
        assert!(!suite.takes_hash() && Suite::parse("OCRA-1:HOTP-SHA1-0:QH64").unwrap().takes_hash());
    }

    #[test]
    fn alg_5_limits() {
        let head = "OCRA-1:HOTP-SHA1-6:";
        for (part, good) in [
            ("QA04", true),
            ("QA64", true),
            ("QA03", false),
            ("QA65", false),
            ("QA4", false),
            ("QA004", false),
            ("QB08", false),
            ("Q", false),
            ("", false),
            ("C", false),
            ("C-", false),
            ("C-C-QA08", false),
            ("QA08-C", false),
            ("QA08-PSHA256", true),
            ("QA08-PSHA384", false),
            ("QA08-P", false),
            ("QA08-S001", true),
            ("QA08-S512", true),
            ("QA08-S000", false),
            ("QA08-S513", false),
            ("QA08-S64", false),
            ("QA08-S001-PSHA1", false),
            ("QA08-T1S", true),
            ("QA08-T59M", true),
            ("QA08-T48H", true),
            ("QA08-T0H", false),
            ("QA08-T01S", false),
            ("QA08-T60S", false),
            ("QA08-T60M", false),
            ("QA08-T49H", false),
            ("QA08-T1D", false),
            ("QA08-TM", false),
            ("QA08-T", false),
            ("QA08-T1M-S064", false),
            ("QA08-T1M-", false),
            ("QA08-", false),
            ("qA08", false),
            ("QA+8", false),
        ] {
            assert_eq!(Suite::parse(&format!("{head}{part}")).is_ok(), good, "{part}");
        }
        for (digits, good) in
            [("0", true), ("3", false), ("4", true), ("10", true), ("11", false), ("06", false)]
        {
            assert_eq!(Suite::parse(&format!("OCRA-1:HOTP-SHA1-{digits}:QA08")).is_ok(), good, "{digits}");
        }
        for text in ["", "OCRA-2:HOTP-SHA1-6:QA08", "OCRA-1:HOTP-SHA384-6:QA08", "OCRA-1:HOTP-SHA1-:QA08"] {
            assert_eq!(Suite::parse(text).unwrap_err().rule, ALG_5, "{text}");
        }
    }
}
