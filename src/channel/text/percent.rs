//! Percent-encoding (RFC 3986): `%` and two hexadecimal digits are a byte, all else stands for itself.
//! A2A-20, A2A-26.

use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::A2A_26;

/// Whether the byte needs no encoding: `A-Za-z0-9-._~`.
pub fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The byte of two hexadecimal digits, in either case.
pub(crate) fn byte_of(high: u8, low: u8) -> Option<u8> {
    Some(nibble(high)? << 4 | nibble(low)?)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The text with each byte that is not unreserved as an escape, behind what `out` holds.
pub fn encode(text: &str, out: &mut String) {
    if fault::bent("values-not-encoded", false, true) {
        return out.push_str(text);
    }
    for byte in text.bytes() {
        match is_unreserved(byte) {
            true => out.push(char::from(byte)),
            false => out.extend(escape(byte)),
        }
    }
}

/// `%` and two digits, in upper case.
pub(crate) fn escape(byte: u8) -> [char; 3] {
    let digit = |nibble: u8| char::from(if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 });
    ['%', digit(byte >> 4), digit(byte & 15)]
}

/// The character that begins at a byte of a text, after so many characters.
pub fn character_at(text: &str, at: usize) -> Found {
    match text.split_at_checked(at).map(|(before, rest)| (before.chars().count(), rest.chars().next())) {
        Some((position, Some(c))) => Found::Character(c, position),
        _ => Found::Offset(at),
    }
}

/// Decoded once. Refuses by A2A-26.
pub fn decode(text: &str) -> Result<String, Refusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let plus = fault::bent("percent-plus-is-blank", b'+', b' ');
    loop {
        rest = match rest {
            [] => break,
            [b'%', high, low, after @ ..] if byte_of(*high, *low).is_some() => {
                bytes.extend(byte_of(*high, *low));
                after
            }
            [byte, after @ ..] => {
                if *byte == b'%' {
                    ensure(false, A2A_26, character_at(text, text.len() - rest.len()))?;
                }
                bytes.push(if *byte == b'+' { plus } else { *byte });
                after
            }
        };
    }
    String::from_utf8(bytes).or_else(|error| refuse(A2A_26, Found::Offset(error.utf8_error().valid_up_to())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a2a_20_every_byte() {
        let encoded = |text: &str| {
            let mut out = String::from("x");
            encode(text, &mut out);
            out.split_off(1)
        };
        assert_eq!(encoded("AZaz09-._~"), "AZaz09-._~");
        assert_eq!(encoded("a b%_\u{7F}é"), "a%20b%25_%7F%C3%A9");
        assert_eq!(encoded(""), "");
        for byte in 0..=0x7Fu8 {
            let c = char::from(byte);
            let plain = c.is_ascii_alphanumeric() || "-._~".contains(c);
            let want = if plain { c.to_string() } else { format!("%{byte:02X}") };
            assert_eq!(encoded(&c.to_string()), want);
        }
    }

    #[test]
    fn a2a_26_escapes() {
        for (text, decoded) in [
            ("", ""),
            ("a+b", "a+b"),
            ("%41%4a%4A", "AJJ"),
            ("%2541", "%41"),
            ("%C3%a9é", "éé"),
            ("%00", "\0"),
        ] {
            assert_eq!(decode(text).as_deref(), Ok(decoded), "{text}");
        }
        let mark = |position| Found::Character('%', position);
        for (text, found) in [
            ("%", mark(0)),
            ("a%4", mark(1)),
            ("é%4", mark(1)),
            ("%4G", mark(0)),
            ("%%41", mark(0)),
            ("%é1", mark(0)),
            ("%+1", mark(0)),
            // Of the decoded bytes.
            ("%FF", Found::Offset(0)),
            ("ab%C3", Found::Offset(2)),
        ] {
            let refusal = decode(text).unwrap_err();
            assert_eq!((refusal.rule, refusal.found), (A2A_26, found), "{text}");
        }
    }
}
