//! Serial numbers (`VDS1000120`) and sequence numbers of instances (1 to 99).

use std::fmt;
use std::str::FromStr;

use crate::error::{Found, Refusal, ensure};
use crate::rule::{SER_2, SER_3};

/// A license's serial number: 3 characters and 7 digits (SPEC section 4).
///
/// ```text
/// u16 p = 1600 a + 40 b + c     prefix, characters valued 0-9 = 0..=9, A-Z = 10..=35
/// u24 s                         suffix, 0..=9_999_999
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial {
    prefix: SerialPrefix,
    suffix: u32,
}

/// The three characters that a serial number begins with; `000` by default.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialPrefix(u16);

impl SerialPrefix {
    /// The number of SER-1.
    pub fn to_u16(self) -> u16 {
        self.0
    }

    /// From the number of SER-1; `None` where a digit of it is unassigned.
    pub fn from_u16(p: u16) -> Option<Self> {
        let assigned = p < 64000 && [p / 1600, p / 40 % 40, p % 40].iter().all(|digit| *digit < 36);
        assigned.then_some(Self(p))
    }

    fn chars(self) -> [char; 3] {
        [self.0 / 1600, self.0 / 40 % 40, self.0 % 40]
            .map(|digit| char::from_digit(u32::from(digit), 36).unwrap_or('?').to_ascii_uppercase())
    }
}

impl Serial {
    /// Bytes on the wire.
    pub const LENGTH: usize = 5;

    /// The prefix and the last seven digits of `suffix`.
    pub fn new(prefix: SerialPrefix, suffix: u64) -> Self {
        Self { prefix, suffix: u32::try_from(suffix % 10_000_000).unwrap_or(0) }
    }

    /// The five bytes of SER-1.
    pub fn to_bytes(self) -> [u8; Self::LENGTH] {
        let [p1, p0] = self.prefix.0.to_be_bytes();
        let [_, s2, s1, s0] = self.suffix.to_be_bytes();
        [p1, p0, s2, s1, s0]
    }

    /// From the five bytes. SER-2, SER-3.
    pub fn from_bytes(bytes: [u8; Self::LENGTH]) -> Result<Self, Refusal> {
        let [p1, p0, s2, s1, s0] = bytes;
        let p = u16::from_be_bytes([p1, p0]);
        let prefix = SerialPrefix::from_u16(p);
        ensure(prefix.is_some(), SER_2, Found::Number(u64::from(p)))?;
        let suffix = u32::from_be_bytes([0, s2, s1, s0]);
        ensure(suffix <= 9_999_999, SER_3, Found::Number(u64::from(suffix)))?;
        Ok(Self { prefix: prefix.unwrap_or(SerialPrefix(p)), suffix })
    }

    /// The three characters before the digits.
    pub fn prefix(self) -> SerialPrefix {
        self.prefix
    }

    /// The same digits behind another prefix.
    pub fn with_prefix(self, prefix: SerialPrefix) -> Self {
        Self { prefix, ..self }
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{:07}", self.prefix, self.suffix)
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for SerialPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.chars();
        write!(f, "{a}{b}{c}")
    }
}

impl fmt::Debug for SerialPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The text is not 3 characters of `0-9A-Z` and 7 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASerial;

impl fmt::Display for NotASerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a serial number is 3 characters of 0-9A-Z and 7 digits")
    }
}

impl std::error::Error for NotASerial {}

impl FromStr for Serial {
    type Err = NotASerial;

    fn from_str(text: &str) -> Result<Self, NotASerial> {
        let (head, tail) = text.as_bytes().split_first_chunk::<3>().ok_or(NotASerial)?;
        let digits: &[u8; 7] = tail.try_into().map_err(|_| NotASerial)?;
        let prefix = head.iter().try_fold(0u16, |p, byte| Some(p * 40 + prefix_digit(*byte)?));
        let suffix = digits
            .iter()
            .try_fold(0u32, |s, byte| byte.is_ascii_digit().then(|| s * 10 + u32::from(byte - b'0')));
        match (prefix, suffix) {
            (Some(p), Some(suffix)) => Ok(Self { prefix: SerialPrefix(p), suffix }),
            _ => Err(NotASerial),
        }
    }
}

fn prefix_digit(byte: u8) -> Option<u16> {
    match byte {
        b'0'..=b'9' => Some(u16::from(byte - b'0')),
        b'A'..=b'Z' => Some(u16::from(byte - b'A') + 10),
        _ => None,
    }
}

/// The number of an instance within its license, 1..=99.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sequence(u8);

impl Sequence {
    /// `None` outside 1..=99.
    pub fn new(number: u8) -> Option<Self> {
        (1..=99).contains(&number).then_some(Self(number))
    }

    /// 1..=99.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ser_1_the_published_serial() {
        let serial: Serial = "VDS1000120".parse().unwrap();
        assert_eq!(serial.to_bytes(), [0xC3, 0xE4, 0x0F, 0x42, 0xB8]);
        assert_eq!(Serial::from_bytes(serial.to_bytes()), Ok(serial));
        assert_eq!(serial.to_string(), "VDS1000120");
    }

    #[test]
    fn ser_2_every_prefix_number() {
        for p in 0..=u16::MAX {
            let [p1, p0] = p.to_be_bytes();
            match Serial::from_bytes([p1, p0, 0, 0, 0]) {
                Ok(serial) => assert_eq!(serial.to_string().parse(), Ok(serial)),
                Err(refusal) => {
                    assert_eq!(refusal.rule, SER_2);
                    assert!(p >= 64000 || p / 1600 > 35 || p / 40 % 40 > 35 || p % 40 > 35);
                }
            }
        }
    }

    #[test]
    fn ser_3_the_largest_suffix() {
        let [_, a, b, c] = 9_999_999u32.to_be_bytes();
        assert_eq!(Serial::from_bytes([0, 0, a, b, c]).unwrap().to_string(), "0009999999");
        let [_, a, b, c] = 10_000_000u32.to_be_bytes();
        assert_eq!(Serial::from_bytes([0, 0, a, b, c]).unwrap_err().rule, SER_3);
    }

    #[test]
    fn texts_that_are_no_serial() {
        for text in ["", "VDS100012", "VDS10001200", "vds1000120", "VDS100012A", "V-S1000120", "ÄDS100012"] {
            assert_eq!(text.parse::<Serial>(), Err(NotASerial), "{text}");
        }
    }
}
