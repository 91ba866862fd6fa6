//! The device code: client to server, typed by a person. SPEC section 10.
//!
//! ```text
//! N = device type (7 bits) | device id (40) | MAC (36)         83 bits
//! text: N as 25 decimal digits, then their check digit
//! ```

use crate::check_digit::{Radix, check_digit, strip_check_digit};
use crate::crypto::kdf::Device;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{DVC_4, DVC_5, DVC_6, DVC_7};

/// Characters of the text.
pub const LENGTH: usize = 26;
const MAC_BITS: u32 = 36;
const ID_BITS: u32 = 40;
const BITS: u32 = 83;

/// The code's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeviceCode {
    /// Who answers.
    pub device: Device,
    /// The first 36 bits of the MAC of DVC-3.
    pub mac: Mac36,
}

/// 36 bits, right-aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mac36(u64);

impl Mac36 {
    /// The first 36 bits of a MAC.
    pub fn first_of(mac: [u8; 16]) -> Self {
        Self((u128::from_be_bytes(mac) >> (128 - MAC_BITS)) as u64)
    }

    /// For a comparison in constant time.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl DeviceCode {
    /// The 26 digits.
    pub fn encode(&self) -> String {
        let [i0, i1, i2, i3, i4] = self.device.id;
        let id = u64::from_be_bytes([0, 0, 0, i0, i1, i2, i3, i4]);
        let n = u128::from(self.device.kind) << (ID_BITS + MAC_BITS)
            | u128::from(id) << MAC_BITS
            | u128::from(self.mac.0);
        let mut text = format!("{n:025}");
        text.push(check_digit(&text, Radix::Decimal));
        text
    }

    /// Reads a device code; refuses other texts than 26 digits, a wrong check digit, values out of range (DVC-4,
    /// DVC-5, DVC-6, DVC-7).
    pub fn decode(text: &str) -> Result<Self, Refusal> {
        let digits = Radix::Decimal.digits(text, DVC_4)?;
        if digits.len() != LENGTH {
            return refuse(DVC_4, Found::Count(digits.len(), "character"));
        }
        let digits = strip_check_digit(&digits, Radix::Decimal, DVC_5)?;
        let Ok(n) = digits.parse::<u128>() else {
            return refuse(DVC_4, Found::Count(digits.len(), "character"));
        };
        ensure(n < 1 << BITS, DVC_6, Found::Nothing)?;
        let kind = (n >> (ID_BITS + MAC_BITS)) as u8;
        ensure(kind <= 99, DVC_7, Found::Number(u64::from(kind)))?;
        let [_, _, _, id @ ..] = ((n >> MAC_BITS) as u64).to_be_bytes();
        let mac = Mac36(n as u64 & ((1 << MAC_BITS) - 1));
        Ok(Self { device: Device { kind, id }, mac })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(kind: u8) -> DeviceCode {
        DeviceCode { device: Device { kind, id: [1, 2, 3, 4, 5] }, mac: Mac36(0xA_BCDE_F012) }
    }

    #[test]
    fn dvc_1_the_layout_spelled_out() {
        let n = 99u128 << 76 | 0x0102030405u128 << 36 | 0xABCDEF012;
        let text = code(99).encode();
        assert_eq!(text[..25], format!("{n:025}"));
        assert_eq!(DeviceCode::decode(&text), Ok(code(99)));
    }

    #[test]
    fn dvc_3_the_first_36_bits() {
        let mut mac = [0xFF; 16];
        mac[..5].copy_from_slice(&[0x12, 0x34, 0x56, 0x78, 0x9F]);
        assert_eq!(Mac36::first_of(mac), Mac36(0x1_2345_6789));
    }

    #[test]
    fn dvc_4_to_dvc_7_refusals() {
        let with_digit = |n: u128| {
            let text = format!("{n:025}");
            let digit = check_digit(&text, Radix::Decimal);
            format!("{text}{digit}")
        };
        let good = code(1).encode();
        let blank = good.replacen(&good[3..4], " ", 1);
        for text in ["", &good[1..], &format!("0{good}"), &blank, &format!("{}é", &good[2..])] {
            assert_eq!(DeviceCode::decode(text).unwrap_err().rule, DVC_4, "{text}");
        }
        assert_eq!(DeviceCode::decode(&with_digit(1 << 83)).unwrap_err().rule, DVC_6);
        assert_eq!(DeviceCode::decode(&with_digit((1 << 83) - 1)).unwrap_err().rule, DVC_7);
        assert_eq!(DeviceCode::decode(&code(100).encode()).unwrap_err().rule, DVC_7);
        assert!(DeviceCode::decode(&with_digit((100 << 76) - 1)).is_ok());
        let last = good.chars().last().unwrap().to_digit(10).unwrap();
        let wrong = format!("{}{}", &good[..25], (last + 1) % 10);
        assert_eq!(DeviceCode::decode(&wrong).unwrap_err().rule, DVC_5);
    }
}
