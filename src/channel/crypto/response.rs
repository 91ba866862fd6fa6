//! Responses of the profile algorithm: what a person reads off the screen. SPEC section 14.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use subtle::ConstantTimeEq;

use super::keys::{Application, Key};
use crate::check_digit::{Radix, check_digit, strip_check_digit};
use crate::error::{Found, Refusal, refuse};
use crate::fault;
use crate::rule::{VER_10, VER_11};

/// SIG-1: the first byte of every input of an application key, which keeps it apart from later uses.
const DOMAIN_RESPONSE: u8 = 0x01;

/// How an application forms its responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// Number of the mode (SPEC section 8).
    pub mode: u8,
    /// Application index, 1..=8.
    pub index: u8,
    /// Characters of a response, 6..=16, the check digit included.
    pub length: u8,
    /// Decimal or hexadecimal.
    pub radix: Radix,
    /// Whether the last character is a check digit.
    pub check_digit: bool,
}

/// The moving factors; 0 where one takes no part (SIG-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// Time steps since the epoch.
    pub step: u64,
    /// Event counter.
    pub event: u64,
}

impl Moment {
    /// No factor: an unlock response (UNL-4).
    pub fn none() -> Self {
        Self { step: fault::bent("unlock-step", 0, 1), event: 0 }
    }
}

/// An application key, expanded: one for all candidates of a window.
pub struct Responder {
    mac: Cmac<Aes128>,
    form: Form,
}

impl Responder {
    /// The responses of this form under this key.
    pub fn new(key: &Key<Application>, form: Form) -> Self {
        Self { mac: Cmac::new(key.expose().into()), form }
    }

    /// ```text
    /// input = 01 || u8 mode || u8 index || u64 step || u64 event || u8 length || (u16 length || bytes)*
    /// R     = CMAC(key, input) as a big-endian integer
    /// decimal: R mod 10^n, zero-padded;  hexadecimal: first n digits of R;  then the check digit
    /// ```
    /// n is the response length, less one for the check digit. `fields` are at most 65 535 bytes each.
    pub fn response(&self, moment: Moment, fields: &[&[u8]]) -> String {
        let form = self.form;
        let mut mac = self.mac.clone();
        mac.update(&[fault::bent("domain-response", DOMAIN_RESPONSE, 0x00), form.mode, form.index]);
        mac.update(&moment.step.to_be_bytes());
        mac.update(&moment.event.to_be_bytes());
        mac.update(&[form.length]);
        for field in fields {
            mac.update(&u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes());
            mac.update(field);
        }
        form.write(u128::from_be_bytes(mac.finalize().into_bytes().into()))
    }

    /// The first of `moments` whose response is `given` (upper case). Each comparison takes constant time.
    pub fn find(
        &self,
        moments: impl IntoIterator<Item = Moment>,
        fields: &[&[u8]],
        given: &str,
    ) -> Option<Moment> {
        moments
            .into_iter()
            .find(|moment| self.response(*moment, fields).as_bytes().ct_eq(given.as_bytes()).into())
    }
}

/// One response. [`Responder::response`].
pub fn response(key: &Key<Application>, form: Form, moment: Moment, fields: &[&[u8]]) -> String {
    Responder::new(key, form).response(moment, fields)
}

impl Form {
    /// SIG-1 to SIG-3: the characters of R.
    fn write(self, r: u128) -> String {
        let digits = usize::from(self.length.saturating_sub(u8::from(self.check_digit)));
        let mut text = match self.radix {
            Radix::Decimal => {
                let modulus = 10u128.checked_pow(digits as u32).unwrap_or(u128::MAX);
                format!("{:0digits$}", r % modulus)
            }
            Radix::Hexadecimal => format!("{r:032X}").chars().take(digits).collect(),
        };
        if self.check_digit {
            text.push(check_digit(&text, self.radix));
        }
        text
    }

    /// The upper-case digits of a response as typed. VER-10, VER-11.
    pub fn read(self, text: &str) -> Result<String, Refusal> {
        let digits = self.radix.digits(text, VER_10)?;
        if digits.len() != usize::from(self.length) {
            return refuse(VER_10, Found::Count(digits.len(), "character"));
        }
        if self.check_digit {
            strip_check_digit(&digits, self.radix, VER_11)?;
        }
        Ok(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::mac::cmac;

    const FORM: Form = Form { mode: 3, index: 2, length: 8, radix: Radix::Decimal, check_digit: false };

    #[test]
    fn sig_1_the_input_spelled_byte_by_byte() {
        let key = Key::new([9; 16]);
        let moment = Moment { step: 0x0102, event: 0x0304 };
        let input = [
            &[0x01, 3, 2][..],
            &[0, 0, 0, 0, 0, 0, 1, 2],
            &[0, 0, 0, 0, 0, 0, 3, 4],
            &[8],
            &[0, 2, b'a', b'b'],
            &[0, 0],
        ]
        .concat();
        let r = u128::from_be_bytes(cmac(key.expose(), &[&input]));
        assert_eq!(response(&key, FORM, moment, &[b"ab", b""]), format!("{:08}", r % 100_000_000));
    }

    #[test]
    fn sig_2_sig_3_lengths_and_check_digits() {
        for radix in [Radix::Decimal, Radix::Hexadecimal] {
            for length in 6..=16 {
                for with_check in [false, true] {
                    let form = Form { length, radix, check_digit: with_check, ..FORM };
                    let text = response(&Key::new([1; 16]), form, Moment { step: 5, event: 0 }, &[b"x"]);
                    assert_eq!(text.len(), usize::from(length));
                    if with_check {
                        let (body, last) = text.split_at(text.len() - 1);
                        assert_eq!(last, check_digit(body, radix).to_string());
                    }
                }
            }
        }
    }
}
