//! The activation code: server to client, typed by a person. It is the license key for whoever has the static
//! vector. SPEC section 28.
//!
//! ```text
//! N = AES-128-Encrypt(code key, license key), 128 bits
//! decimal: N as 39 digits, then their check digit; hexadecimal: 32 digits, then theirs
//! short, read and never issued: 20 decimal or 16 hexadecimal digits of a 64-bit integer, no check digit
//! ```

use std::fmt;

use zeroize::Zeroize;

use crate::check_digit::{Radix, check_digit, strip_check_digit};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{SDL_4, SDL_5, SDL_6};

/// The code's content; wiped when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub enum ActivationCode {
    /// The number N.
    Long(u128),
    /// The number that a license key is derived from.
    Short(u64),
}

impl fmt::Debug for ActivationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActivationCode(…)")
    }
}

impl Drop for ActivationCode {
    fn drop(&mut self) {
        match self {
            Self::Long(n) => n.zeroize(),
            Self::Short(k) => k.zeroize(),
        }
    }
}

/// SDL-3: the text of a number N.
pub fn encode(n: u128, radix: Radix) -> String {
    let mut text = match radix {
        Radix::Decimal => format!("{n:039}"),
        Radix::Hexadecimal => format!("{n:032X}"),
    };
    text.push(fault::bent("code-check-digit", check_digit(&text, radix), '0'));
    text
}

impl ActivationCode {
    /// From its text, whose length says the form. SDL-4, SDL-5, SDL-6.
    pub fn decode(text: &str, short_codes: bool) -> Result<Self, Refusal> {
        let length = text.chars().count();
        let short_codes = fault::bent("short-codes", short_codes, true);
        let (radix, is_short) = match length {
            40 => (Radix::Decimal, false),
            33 => (Radix::Hexadecimal, false),
            20 if short_codes => (Radix::Decimal, true),
            16 if short_codes => (Radix::Hexadecimal, true),
            _ => return refuse(SDL_4, Found::Count(length, "character")),
        };
        let digits = radix.digits(text, SDL_4)?;
        let digits = if is_short { &digits } else { strip_check_digit(&digits, radix, SDL_5)? };
        let most = if is_short { u128::from(u64::MAX) } else { u128::MAX };
        let base = u128::from(radix.base());
        let mut fits = true;
        let n = digits.chars().fold(0u128, |n, c| {
            let digit = u128::from(c.to_digit(radix.base()).unwrap_or(0));
            let next = n.checked_mul(base).and_then(|n| n.checked_add(digit)).filter(|n| *n <= most);
            fits &= next.is_some();
            next.unwrap_or_else(|| n.wrapping_mul(base).wrapping_add(digit))
        });
        ensure(fits, SDL_6, Found::Nothing)?;
        Ok(if is_short { Self::Short(n as u64) } else { Self::Long(n) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdl_3_both_forms_spelled_out() {
        assert_eq!(encode(1, Radix::Decimal)[..39], format!("{}1", "0".repeat(38)));
        assert_eq!(encode(u128::MAX, Radix::Decimal)[..39], *"340282366920938463463374607431768211455");
        assert_eq!(encode(0xAB, Radix::Hexadecimal)[..32], format!("{}AB", "0".repeat(30)));
        for n in [0, 1, 0xAB, u128::MAX] {
            for radix in [Radix::Decimal, Radix::Hexadecimal] {
                let text = encode(n, radix);
                assert_eq!(ActivationCode::decode(&text, false), Ok(ActivationCode::Long(n)));
                assert_eq!(ActivationCode::decode(&text.to_lowercase(), true), Ok(ActivationCode::Long(n)));
            }
        }
    }

    #[test]
    fn sdl_4_sdl_5_sdl_6_refusals() {
        let rule = |text: &str, short| ActivationCode::decode(text, short).unwrap_err().rule;
        let (decimal, hexadecimal) = (encode(5, Radix::Decimal), encode(5, Radix::Hexadecimal));
        for length in (0..80).filter(|length| ![40, 33, 20, 16].contains(length)) {
            assert_eq!(rule(&"0".repeat(length), true), SDL_4, "{length}");
        }
        for length in [20, 16] {
            assert_eq!(rule(&"0".repeat(length), false), SDL_4);
            assert_eq!(ActivationCode::decode(&"0".repeat(length), true), Ok(ActivationCode::Short(0)));
        }
        assert_eq!(rule(&decimal.replacen('0', "A", 1), false), SDL_4);
        assert_eq!(rule(&hexadecimal.replacen('0', "G", 1), false), SDL_4);
        assert_eq!(rule(&hexadecimal.replacen('0', "é", 1), false), SDL_4);
        assert_eq!(rule(&decimal.replacen('0', "1", 1), false), SDL_5);
        let with_digit = |text: &str| format!("{text}{}", check_digit(text, Radix::Decimal));
        assert_eq!(rule(&with_digit("340282366920938463463374607431768211456"), false), SDL_6);
        assert_eq!(rule(&with_digit(&"9".repeat(39)), false), SDL_6);
        assert_eq!(rule("18446744073709551616", true), SDL_6);
        assert_eq!(ActivationCode::decode("18446744073709551615", true), Ok(ActivationCode::Short(u64::MAX)));
        assert_eq!(ActivationCode::decode("ffffffffffffffff", true), Ok(ActivationCode::Short(u64::MAX)));
    }

    #[test]
    fn nothing_of_a_code_is_shown() {
        assert_eq!(format!("{:?}", ActivationCode::Long(7)), "ActivationCode(…)");
    }
}
