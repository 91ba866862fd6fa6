//! The activation vector as text: a wrapped license key, which AM1 carries as bytes. SPEC section 21, LIF-13.
//!
//! ```text
//! 48 hexadecimal digits (24 bytes) || their check digit
//! ```
//! An odd number of digits: it is never taken for a message.

use crate::check_digit::{Radix, check_digit};
use crate::crypto::keywrap::WRAPPED_LENGTH;
use crate::fault;
use crate::text::hex;

/// Characters of an activation vector.
pub const LENGTH: usize = 2 * WRAPPED_LENGTH + 1;

/// The 49 characters.
pub fn encode(wrapped: &[u8; WRAPPED_LENGTH]) -> String {
    let mut text = hex::encode(wrapped);
    text.push(fault::bent("activation-vector-digit", check_digit(&text, Radix::Hexadecimal), '0'));
    text
}

/// From the 49 characters; `None` where it is none, or has a wrong digit.
pub fn decode(text: &str) -> Option<[u8; WRAPPED_LENGTH]> {
    let (position, check) = text.char_indices().next_back()?;
    let (digits, _) = text.split_at_checked(position)?;
    let mut wrapped = [0; WRAPPED_LENGTH];
    let right = hex::decode_upper(digits.as_bytes(), &mut wrapped)
        && check_digit(digits, Radix::Hexadecimal) == check;
    right.then_some(wrapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lif_13_the_text_and_every_wrong_digit() {
        let wrapped = [0x0A; WRAPPED_LENGTH];
        let text = encode(&wrapped);
        assert_eq!(text.len(), LENGTH);
        assert!(text.starts_with("0A0A0A"));
        assert_eq!(decode(&text), Some(wrapped));
        for at in 0..LENGTH {
            for digit in "0123456789ABCDEFa".chars() {
                let mut bent = text.clone();
                bent.replace_range(at..=at, &digit.to_string());
                assert_eq!(decode(&bent).is_some(), bent == text, "{bent}");
            }
        }
        for bad in ["", "0", &text[1..], &format!("{text}0"), "é"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
    }
}
