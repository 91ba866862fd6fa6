//! The message vector: what one file's licenses have in common besides the static vector. Only servers see it.
//! SPEC section 21.
//!
//! ```text
//! 26 characters = 25 hexadecimal digits (100 bits) || their check digit
//! mark 11 (2) | protection of type 1, less 1 (1) | of types 2, 3, 0x24, less 1 (1) | post-activation index - 1 (3) |
//! activation validity, days (14) | message age limit, s (32) | code tries (7) | signature tries (7) |
//! identification window (7) | signature window (7) | first use, s (14) | look-ahead (5)
//! ```

use std::ops::RangeInclusive;

use crate::check_digit::{Radix, check_digit, strip_check_digit};
use crate::crypto::protect::Protection;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{MSV_2, MSV_3, MSV_4};
use crate::wire::activation1::Policy;

/// Characters of a message vector.
pub const LENGTH: usize = 26;
/// The two leading bits: the first digit is a letter, which keeps it apart from a device code.
const MARK: u128 = 0b11;

/// The numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageVector {
    /// Protections and post-activation application.
    pub policy: Policy,
    /// How long a device code for an AM1 is accepted, 0..=9999.
    pub activation_validity_days: u16,
    /// How old a message may be when its signature is verified.
    pub message_age_limit_s: u32,
    /// Wrong device codes before an AM1 is void, 1..=99.
    pub code_tries: u8,
    /// Wrong signatures before an instance is locked, 1..=99.
    pub signature_tries: u8,
    /// How far a client may be off.
    pub windows: Windows,
}

/// How far the moments of a response may be from the server's (VER-13, VER-15, VER-16).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Windows {
    /// Time steps searched for one-time passwords and answers to challenges, half on each side, 0..=100.
    pub identification: u16,
    /// Time steps searched for signatures, half on each side, 0..=100.
    pub signature: u16,
    /// Seconds searched on each side at the first use of an application, 0..=10800.
    pub first_use_s: u16,
    /// Event counters searched beyond the next one, 0..=20.
    pub look_ahead: u16,
}

impl MessageVector {
    /// The 26 characters (MSV-1).
    pub fn encode(&self) -> String {
        let Self { policy, windows, .. } = self;
        let less_one = |number: u8| u128::from(number.saturating_sub(1));
        let fields: [(u128, u32); 12] = [
            (fault::bent("message-vector-mark", MARK, 0b10), 2),
            (less_one(policy.activation.number()), 1),
            (less_one(policy.messages.number()), 1),
            (less_one(policy.post_activation), 3),
            (self.activation_validity_days.into(), 14),
            (self.message_age_limit_s.into(), 32),
            (self.code_tries.into(), 7),
            (self.signature_tries.into(), 7),
            (windows.identification.into(), 7),
            (windows.signature.into(), 7),
            (windows.first_use_s.into(), 14),
            (windows.look_ahead.into(), 5),
        ];
        let bits = fields.iter().fold(0, |bits, (value, width)| bits << width | value & ((1 << width) - 1));
        let mut text = format!("{bits:025X}");
        text.push(check_digit(&text, Radix::Hexadecimal));
        text
    }

    /// From the 26 characters: MSV-2, MSV-3, MSV-4 in this order.
    pub fn decode(text: &str) -> Result<Self, Refusal> {
        let upper = fault::bent("message-vector-any-case", None, Some(text.to_ascii_uppercase()));
        let text = upper.as_deref().unwrap_or(text);
        let foreign = |c: &(usize, char)| !matches!(c.1, '0'..='9' | 'A'..='F');
        if let Some((position, c)) = text.chars().enumerate().find(foreign) {
            return refuse(MSV_2, Found::Character(c, position));
        }
        if text.len() != LENGTH {
            return refuse(MSV_2, Found::Count(text.len(), "character"));
        }
        let digits = strip_check_digit(text, Radix::Hexadecimal, MSV_3)?;
        let Ok(bits) = u128::from_str_radix(digits, 16) else {
            return refuse(MSV_2, Found::Nothing);
        };

        let mut left = 100;
        let mut take = |width: u32| {
            left -= width;
            u32::try_from(bits >> left & ((1 << width) - 1)).unwrap_or(u32::MAX)
        };
        ensure(u128::from(take(2)) == MARK, MSV_4, Found::Offset(0))?;
        let mut within = |width: u32, range: RangeInclusive<u32>| {
            let value = take(width);
            ensure(range.contains(&value), MSV_4, Found::Number(value.into()))?;
            Ok(value)
        };
        let protection =
            |less_one: u32| if less_one == 0 { Protection::HmacSha256 } else { Protection::Cmac };
        Ok(Self {
            policy: Policy {
                activation: protection(within(1, 0..=1)?),
                messages: protection(within(1, 0..=1)?),
                post_activation: byte(within(3, 0..=7)?) + 1,
            },
            activation_validity_days: short(within(14, 0..=9_999)?),
            message_age_limit_s: within(32, 0..=u32::MAX)?,
            code_tries: byte(within(7, 1..=99)?),
            signature_tries: byte(within(7, 1..=99)?),
            windows: Windows {
                identification: short(within(7, 0..=100)?),
                signature: short(within(7, 0..=100)?),
                first_use_s: short(within(14, 0..=10_800)?),
                look_ahead: short(within(5, 0..=20)?),
            },
        })
    }
}

fn byte(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

fn short(value: u32) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector() -> MessageVector {
        MessageVector {
            policy: Policy {
                activation: Protection::Cmac,
                messages: Protection::HmacSha256,
                post_activation: 3,
            },
            activation_validity_days: 7,
            message_age_limit_s: 3600,
            code_tries: 3,
            signature_tries: 4,
            windows: Windows { identification: 100, signature: 24, first_use_s: 10_800, look_ahead: 10 },
        }
    }

    #[test]
    fn msv_1_spelled_out_bit_by_bit() {
        let bits = [
            "11",
            "1",
            "0",
            "010",
            "00000000000111",
            "00000000000000000000111000010000",
            "0000011",
            "0000100",
            "1100100",
            "0011000",
            "10101000110000",
            "01010",
        ]
        .concat();
        assert_eq!(bits.len(), 100);
        let digits: String = (0..25)
            .map(|at| u8::from_str_radix(&bits[4 * at..4 * at + 4], 2).unwrap())
            .map(|digit| format!("{digit:X}"))
            .collect();
        let text = vector().encode();
        assert_eq!(text, format!("{digits}{}", check_digit(&digits, Radix::Hexadecimal)));
        assert_eq!(MessageVector::decode(&text), Ok(vector()));
    }

    #[test]
    fn msv_2_msv_3_form_and_check_digit() {
        let text = vector().encode();
        for bad in ["", &text[1..], &format!("{text}0"), &text.to_lowercase(), &text.replacen('E', "é", 1)] {
            assert_eq!(MessageVector::decode(bad).unwrap_err().rule, MSV_2, "{bad}");
        }
        for at in 0..LENGTH {
            for digit in "0123456789ABCDEF".chars() {
                let mut bent = text.clone();
                bent.replace_range(at..=at, &digit.to_string());
                let rule = MessageVector::decode(&bent).err().map(|refusal| refusal.rule);
                assert_eq!(rule, (bent != text).then_some(MSV_3), "{bent}");
            }
        }
    }

    #[test]
    fn msv_4_every_range() {
        let with_bits = |from: u32, width: u32, value: u128| {
            let text = vector().encode();
            let bits = u128::from_str_radix(&text[..25], 16).unwrap();
            let shift = 100 - from - width;
            let bits = bits & !(((1 << width) - 1) << shift) | value << shift;
            let digits = format!("{bits:025X}");
            let rule =
                MessageVector::decode(&format!("{digits}{}", check_digit(&digits, Radix::Hexadecimal)));
            rule.err().map(|refusal| refusal.rule)
        };
        for (from, width, low, high) in [
            (0, 2, 3, 3),
            (7, 14, 0, 9_999),
            (53, 7, 1, 99),
            (60, 7, 1, 99),
            (67, 7, 0, 100),
            (74, 7, 0, 100),
            (81, 14, 0, 10_800),
            (95, 5, 0, 20),
        ] {
            for value in 0..1 << width {
                let expected = (!(low..=high).contains(&value)).then_some(MSV_4);
                assert_eq!(with_bits(from, width, value), expected, "bits {from}, value {value}");
            }
        }
    }
}
