//! The event reactivation counter: server to client, typed or within full activation data. SPEC section 29.
//!
//! ```text
//! n × u32 counter || MAC (40 bits)     n: the applications with events, ascending by index
//! as a decimal number of fixed length, then its check digit
//! n:       1   2   3   4   5   6   7   8
//! digits: 23  33  42  52  62  71  81  91
//! ```

use crate::check_digit::{Radix, check_digit, strip_check_digit};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{ERC_2, ERC_4, ERC_5};
use crate::wire::static_vector::StaticVector;

/// Digits, check digit included, for 1 to 8 applications.
pub const LENGTHS: [usize; 8] = [23, 33, 42, 52, 62, 71, 81, 91];
const MAC_LENGTH: usize = 5;

/// Its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventCounter {
    /// 1 to 8.
    pub counters: Vec<u32>,
    /// The first 40 bits of the MAC of ERC-1.
    pub mac: [u8; MAC_LENGTH],
}

/// The indices of the applications with events, enabled or not. ERC-2.
pub fn indices(vector: &StaticVector) -> Result<Vec<u8>, Refusal> {
    let with_events = vector.applications.iter().filter(|rules| rules.factor.has_event());
    let indices: Vec<u8> = with_events.map(|rules| rules.form.index).collect();
    ensure(!indices.is_empty(), ERC_2, Found::Nothing)?;
    Ok(indices)
}

/// Digits for so many applications.
fn length(applications: usize) -> usize {
    applications.checked_sub(1).and_then(|at| LENGTHS.get(at)).copied().unwrap_or(0)
}

impl EventCounter {
    /// The digits.
    pub fn encode(&self) -> String {
        let mut bytes: Vec<u8> = self.counters.iter().flat_map(|counter| counter.to_be_bytes()).collect();
        bytes.extend(self.mac);
        let digits = length(self.counters.len()).saturating_sub(1);
        let mut text: Vec<char> = (0..digits).map(|_| divide(&mut bytes)).collect();
        text.reverse();
        let mut text: String = text.into_iter().collect();
        text.push(check_digit(&text, Radix::Decimal));
        text
    }

    /// That of so many applications. ERC-4, ERC-5, ERC-4.
    pub fn decode(text: &str, applications: usize) -> Result<Self, Refusal> {
        let digits = Radix::Decimal.digits(text, ERC_4)?;
        ensure(digits.len() == length(applications), ERC_4, Found::Count(digits.len(), "character"))?;
        let digits = strip_check_digit(&digits, Radix::Decimal, ERC_5)?;
        let mut bytes = vec![0; 4 * applications + MAC_LENGTH];
        let fits = digits.bytes().all(|digit| multiply(&mut bytes, digit - b'0'));
        ensure(fits, ERC_4, Found::Nothing)?;
        let Some((counters, mac)) = bytes.split_last_chunk() else {
            return refuse(ERC_4, Found::Length(bytes.len()));
        };
        let (counters, _) = counters.as_chunks();
        Ok(Self {
            counters: counters.iter().map(|counter| u32::from_be_bytes(*counter)).collect(),
            mac: *mac,
        })
    }
}

/// Divides a big-endian number by 10; the remainder as a digit.
fn divide(number: &mut [u8]) -> char {
    let remainder = number.iter_mut().fold(0u16, |rest, byte| {
        let part = rest << 8 | u16::from(*byte);
        *byte = (part / 10) as u8;
        part % 10
    });
    Radix::Decimal.character(u32::from(remainder))
}

/// Multiplies it by 10 and adds a digit; whether there was room.
fn multiply(number: &mut [u8], digit: u8) -> bool {
    let carry = number.iter_mut().rev().fold(u16::from(digit), |carry, byte| {
        let part = u16::from(*byte) * 10 + carry;
        *byte = part as u8;
        part >> 8
    });
    carry == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erc_1_one_and_three_applications_spelled_out() {
        // 72 bits: 0x0000_0002_00_0000_0003.
        let one = EventCounter { counters: vec![2], mac: [0, 0, 0, 0, 3] };
        let text = one.encode();
        assert_eq!(text[..22], format!("{:022}", 2u128 << 40 | 3));
        assert_eq!(EventCounter::decode(&text, 1), Ok(one));
        let two = EventCounter { counters: vec![0xFEDC_BA98, 1], mac: [0xFF; 5] };
        assert_eq!(two.encode()[..32], format!("{:032}", 0x00FE_DCBA_9800_0000_01FF_FFFF_FFFF_u128));
        assert_eq!(EventCounter::decode(&two.encode(), 2), Ok(two));
    }

    #[test]
    fn erc_4_lengths_of_the_table() {
        for (n, length) in (1..).zip(LENGTHS) {
            let most = EventCounter { counters: vec![u32::MAX; n], mac: [0xFF; 5] };
            let text = most.encode();
            assert_eq!(text.len(), length);
            assert!(!text.starts_with('0'), "the shortest that holds the largest");
            assert_eq!(EventCounter::decode(&text, n), Ok(most));
            for other in (0..=9).filter(|other| *other != n) {
                assert_eq!(EventCounter::decode(&text, other).unwrap_err().rule, ERC_4);
            }
            let least = EventCounter { counters: vec![0; n], mac: [0; 5] };
            assert_eq!(least.encode()[..length - 1], "0".repeat(length - 1));
        }
    }

    #[test]
    fn erc_4_erc_5_refusals() {
        let with_digit = |n: u128| {
            let text = format!("{n:022}");
            format!("{text}{}", check_digit(&text, Radix::Decimal))
        };
        assert!(EventCounter::decode(&with_digit((1 << 72) - 1), 1).is_ok());
        for n in [1 << 72, 10u128.pow(22) - 1] {
            assert_eq!(EventCounter::decode(&with_digit(n), 1).unwrap_err().rule, ERC_4);
        }
        let good = with_digit(77);
        for text in
            ["", &good[1..], &format!("0{good}"), &good.replacen('0', "A", 1), &good.replacen('0', "é", 1)]
        {
            assert_eq!(EventCounter::decode(text, 1).unwrap_err().rule, ERC_4, "{text}");
        }
        assert_eq!(EventCounter::decode(&good.replacen('0', "1", 1), 1).unwrap_err().rule, ERC_5);
    }
}
