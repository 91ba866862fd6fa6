//! The check digit of every code: ISO 7064 MOD 11,10 (decimal) and MOD 17,16 (hexadecimal). CNV-4, CNV-5.

use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::Rule;

/// How the digits of a code or response are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Radix {
    /// `0-9`
    Decimal,
    /// `0-9A-F`
    Hexadecimal,
}

impl Radix {
    /// 10 or 16.
    pub fn base(self) -> u32 {
        match self {
            Radix::Decimal => 10,
            Radix::Hexadecimal => 16,
        }
    }

    /// The upper-case character of a digit.
    pub fn character(self, digit: u32) -> char {
        char::from_digit(digit % self.base(), self.base()).unwrap_or('0').to_ascii_uppercase()
    }

    /// The upper-case digits of `text`; refuses a character that is none with `rule`.
    pub fn digits(self, text: &str, rule: Rule) -> Result<String, Refusal> {
        for (position, c) in text.chars().enumerate() {
            if !c.is_digit(self.base()) {
                return refuse(rule, Found::Character(c, position));
            }
        }
        Ok(text.to_ascii_uppercase())
    }
}

/// The check digit of `digits`: with M the base, P = M; for each d: S = (P + d) mod M, or M if that is 0,
/// P = 2 S mod (M + 1); the check digit is (M + 1 - P) mod M. Characters that are no digit count as 0.
pub fn check_digit(digits: &str, radix: Radix) -> char {
    let m = radix.base();
    let p = digits.chars().fold(m, |p, c| {
        let s = (p + c.to_digit(m).unwrap_or(0)) % m;
        2 * if s == 0 { m } else { s } % (m + 1)
    });
    radix.character((m + 1 - p) % m)
}

/// Splits the check digit off `digits` (already known to be digits) and refuses with `rule` if it is wrong.
pub fn strip_check_digit(digits: &str, radix: Radix, rule: Rule) -> Result<&str, Refusal> {
    let Some((position, given)) = digits.char_indices().next_back() else {
        return refuse(rule, Found::Count(0, "character"));
    };
    let body = digits.get(..position).unwrap_or_default();
    ensure(check_digit(body, radix) == given, rule, Found::Character(given, position))?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cnv_4_iso_7064_example() {
        assert_eq!(check_digit("0794", Radix::Decimal), '5');
    }

    #[test]
    fn cnv_4_cnv_5_every_wrong_digit_and_most_swaps_are_noticed() {
        for (digits, radix) in [("9072139561", Radix::Decimal), ("90A2F39D61", Radix::Hexadecimal)] {
            let right = check_digit(digits, radix);
            for at in 0..digits.len() {
                for digit in 0..radix.base() {
                    let mut changed: Vec<char> = digits.chars().collect();
                    changed[at] = radix.character(digit);
                    let text: String = changed.iter().collect();
                    assert_eq!(check_digit(&text, radix) == right, text == digits, "{text}");
                }
            }
        }
    }
}
