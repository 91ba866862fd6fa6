//! Message text: hexadecimal, upper case when written, either case when read. CNV-1, CNV-2, CNV-3.

use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::CNV_3;

/// Upper-case hexadecimal.
pub fn encode(bytes: &[u8]) -> String {
    faster_hex::hex_string_upper(bytes)
}

/// The bytes of hexadecimal text.
pub fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    if !text.len().is_multiple_of(2) {
        ensure(false, CNV_3, foreign(text).unwrap_or(Found::Count(text.len(), "character")))?;
    }
    let mut bytes = vec![0; text.len() / 2];
    let digits = text.as_bytes().get(..bytes.len() * 2).unwrap_or_default();
    match faster_hex::hex_decode(digits, &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(_) => refuse(CNV_3, foreign(text).unwrap_or(Found::Nothing)),
    }
}

/// The first character that is no digit.
fn foreign(text: &str) -> Option<Found> {
    let (position, c) = text.chars().enumerate().find(|(_, c)| !c.is_ascii_hexdigit())?;
    Some(Found::Character(c, position))
}

/// Upper-case digits into bytes, where nothing but the one form is taken; whether they are that.
pub fn decode_upper(digits: &[u8], bytes: &mut [u8]) -> bool {
    digits.len() == bytes.len() * 2
        && !digits.iter().any(u8::is_ascii_lowercase)
        && faster_hex::hex_decode(digits, bytes).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cnv_1_cnv_2_cases() {
        assert_eq!(encode(&[0x00, 0xC1, 0xfe]), "00C1FE");
        assert_eq!(decode("00c1Fe"), Ok(vec![0x00, 0xC1, 0xFE]));
        assert_eq!(decode(""), Ok(vec![]));
    }

    #[test]
    fn upper_case_alone() {
        let read = |text: &str| {
            let mut bytes = [0; 2];
            decode_upper(text.as_bytes(), &mut bytes).then_some(bytes)
        };
        assert_eq!(read("0AF9"), Some([0x0A, 0xF9]));
        for text in ["0aF9", "0Af9", "0AF", "0AF90", "0AG9", "0A 9", "é00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn cnv_3_odd_or_foreign() {
        for text in ["0", "00C", "0x00", "0g", "00 1", " 0", "00\n", "é", "0é0", "００"] {
            assert_eq!(decode(text).unwrap_err().rule, CNV_3, "{text:?}");
        }
        for (text, found) in [
            ("00C", Found::Count(3, "character")),
            ("hello", Found::Character('h', 0)),
            ("0é", Found::Character('é', 1)),
            ("00é0", Found::Character('é', 2)),
            ("0éx0", Found::Character('é', 1)),
        ] {
            assert_eq!(decode(text).unwrap_err().found, found, "{text}");
        }
        for byte in 0..=127u8 {
            let text = format!("{}0", byte as char);
            assert_eq!(decode(&text).is_ok(), byte.is_ascii_hexdigit(), "{text:?}");
        }
    }
}
