//! The charsets of request texts, and the characters that must never be displayed.
//! REQ-3, REQ-7 to REQ-10.

use super::refused::REFUSED;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{REQ_3, REQ_7, REQ_9, REQ_10};

/// A charset that this edition supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Charset {
    /// Number 0.
    Utf8,
    /// Number 1.
    Iso8859_15,
}

/// Where ISO-8859-15 differs from ISO-8859-1.
const DIFFERENCES: [(u8, char); 8] = [
    (0xA4, '\u{20AC}'),
    (0xA6, '\u{0160}'),
    (0xA8, '\u{0161}'),
    (0xB4, '\u{017D}'),
    (0xB8, '\u{017E}'),
    (0xBC, '\u{0152}'),
    (0xBD, '\u{0153}'),
    (0xBE, '\u{0178}'),
];

/// Whether a client may display the character (REQ-9).
pub fn is_displayable(c: char) -> bool {
    // Printable ASCII is never refused: a short cut for texts that are mostly ASCII.
    if matches!(c, ' '..='~') {
        return true;
    }
    let found = range_of(&REFUSED, u32::from(c), |(first, last, _)| (*first, *last));
    found.is_none_or(|(_, _, kind)| fault::bent(kind.name(), false, true))
}

/// Whether one of these inclusive ranges, which ascend, has the character.
pub fn is_in(ranges: &[(u32, u32)], c: char) -> bool {
    range_of(ranges, u32::from(c), |range| *range).is_some()
}

fn range_of<T>(ranges: &[T], code: u32, ends: impl Fn(&T) -> (u32, u32)) -> Option<&T> {
    let after = ranges.partition_point(|range| ends(range).0 <= code);
    ranges.get(after.wrapping_sub(1)).filter(|range| code <= ends(range).1)
}

/// REQ-9 for each character.
pub fn ensure_displayable(text: &str) -> Result<(), Refusal> {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return Ok(());
    }
    for (position, c) in text.chars().enumerate() {
        ensure(is_displayable(c), REQ_9, Found::Character(c, position))?;
    }
    Ok(())
}

impl Charset {
    /// The number in a request body.
    pub fn number(self) -> u8 {
        match self {
            Charset::Utf8 => 0,
            Charset::Iso8859_15 => 1,
        }
    }

    /// The charset of a number in a request; refuses other numbers than 0 and 1 (REQ-3).
    pub fn from_number(number: u8) -> Result<Self, Refusal> {
        match number {
            0 => Ok(Charset::Utf8),
            1 => Ok(Charset::Iso8859_15),
            _ => refuse(REQ_3, Found::Number(u64::from(number))),
        }
    }

    /// Bytes of a text that may be displayed. REQ-10, then REQ-9.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, Refusal> {
        let bytes = match self {
            Charset::Utf8 => text.as_bytes().to_vec(),
            Charset::Iso8859_15 => {
                let mut bytes = Vec::with_capacity(text.len());
                for (position, c) in text.chars().enumerate() {
                    match byte_of(c) {
                        Some(byte) => bytes.push(byte),
                        None => return refuse(REQ_10, Found::Character(c, position)),
                    }
                }
                bytes
            }
        };
        ensure_displayable(text)?;
        Ok(bytes)
    }

    /// The text of bytes, if it may be displayed. REQ-7, then REQ-9.
    pub fn decode(self, bytes: &[u8]) -> Result<String, Refusal> {
        let text = match self {
            Charset::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(error) => return refuse(REQ_7, Found::Offset(error.valid_up_to())),
            },
            Charset::Iso8859_15 => bytes.iter().map(|byte| char_of(*byte)).collect(),
        };
        ensure_displayable(&text)?;
        Ok(text)
    }
}

fn char_of(byte: u8) -> char {
    DIFFERENCES.iter().find(|(b, _)| *b == byte).map_or(char::from(byte), |(_, c)| *c)
}

fn byte_of(c: char) -> Option<u8> {
    if let Some((byte, _)) = DIFFERENCES.iter().find(|(_, different)| *different == c) {
        return Some(*byte);
    }
    u8::try_from(c).ok().filter(|byte| char_of(*byte) == c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn req_8_every_byte_has_its_own_character() {
        for byte in 0..=255u8 {
            assert_eq!(byte_of(char_of(byte)), Some(byte));
        }
        assert_eq!(char_of(0xA4), '€');
        assert_eq!(byte_of('¤'), None);
        assert_eq!(Charset::Iso8859_15.encode("50 € ¤").unwrap_err().rule, REQ_10);
    }

    #[test]
    fn req_9_against_the_table_as_a_slow_search() {
        assert!(REFUSED.is_sorted_by_key(|(first, last, _)| (*first, *last)));
        for c in '\0'..=char::MAX {
            let slow = !REFUSED.iter().any(|(first, last, _)| (*first..=*last).contains(&u32::from(c)));
            assert_eq!(is_displayable(c), slow, "{:04X}", u32::from(c));
        }
        for (c, ok) in [(' ', true), ('é', true), ('\u{FFFD}', true), ('\u{202E}', false), ('\u{7F}', false)]
        {
            assert_eq!(is_displayable(c), ok);
        }
    }

    #[test]
    fn both_ends_of_a_range_are_in_it() {
        let ranges = [(0x61, 0x63), (0x78, 0x78)];
        let found: String = ('\0'..='\u{7F}').filter(|c| is_in(&ranges, *c)).collect();
        assert_eq!(found, "abcx");
    }

    #[test]
    fn req_7_ill_formed_utf8() {
        assert_eq!(Charset::Utf8.decode(&[0x41, 0xC3]).unwrap_err().rule, REQ_7);
        assert_eq!(Charset::Utf8.decode(&[0xC0, 0x80]).unwrap_err().rule, REQ_7);
        assert_eq!(Charset::Utf8.decode(&[0xED, 0xA0, 0x80]).unwrap_err().rule, REQ_7);
    }
}
