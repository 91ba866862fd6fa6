//! Responses of the profile algorithm: what a person reads off the screen. SPEC section 14.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use subtle::{Choice, ConstantTimeEq};

use super::keys::{Application, Key};
use super::lanes::{Block, Candidates, HEAD};
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

/// An application key, and how its responses are written.
pub struct Responder {
    key: Key<Application>,
    form: Form,
}

impl Responder {
    /// The responses of this form under this key.
    pub fn new(key: &Key<Application>, form: Form) -> Self {
        Self { key: key.clone(), form }
    }

    /// ```text
    /// input = 01 || u8 mode || u8 index || u64 step || u64 event || u8 length || (u16 length || bytes)*
    /// R     = CMAC(key, input) as a big-endian integer
    /// decimal: R mod 10^n, zero-padded;  hexadecimal: first n digits of R;  then the check digit
    /// ```
    /// n is the response length, less one for the check digit. `fields` are at most 65 535 bytes each.
    pub fn response(&self, moment: Moment, fields: &[&[u8]]) -> String {
        let mut mac = Cmac::<Aes128>::new(self.key.expose().into());
        mac.update(&self.form.head(moment));
        for field in fields {
            mac.update(&length_of(field));
            mac.update(field);
        }
        self.form.write(u128::from_be_bytes(mac.finalize().into_bytes().into()))
    }

    /// The first of `moments` whose response is `given`, in the form that [`Form::read`] gives. They are looked at several
    /// at a time; each comparison takes constant time.
    pub fn find<Moments>(&self, moments: Moments, fields: &[&[u8]], given: &str) -> Option<Moment>
    where
        Moments: IntoIterator<Item = Moment>,
        Moments::IntoIter: Clone,
    {
        let moments = moments.into_iter();
        let wanted = Wanted::new(self.form, given)?;
        let mut rest = Vec::with_capacity(fields.iter().map(|field| 2 + field.len()).sum());
        for field in fields {
            rest.extend_from_slice(&length_of(field));
            rest.extend_from_slice(field);
        }
        let heads = moments.clone().map(|moment| self.form.head(moment));
        let is_it = |tag: &Block| wanted.is(u128::from_be_bytes(*tag));
        let found = Candidates { key: self.key.expose(), heads, rest: &rest, is_it }.find()?;
        moments.into_iter().nth(found)
    }
}

/// What stands before a field.
fn length_of(field: &[u8]) -> [u8; 2] {
    u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes()
}

/// A response that R is compared with, as a number: what R is divided by leaves it, or R begins with it.
enum Wanted {
    Decimal {
        value: u128,
        power: &'static Power,
    },
    /// And how many bits of R aren't shown.
    Hexadecimal {
        value: u128,
        hidden: u32,
    },
}

/// 10^n, by which nothing is divided.
struct Power {
    n: u32,
    /// Of 5^n, modulo 2^128.
    inverse: u128,
    /// The greatest quotient by 5^n.
    most: u128,
}

/// For n = 0..=16.
static POWERS: [Power; 17] = {
    let mut powers = [const { Power { n: 0, inverse: 1, most: u128::MAX } }; 17];
    let (mut n, mut odd) = (0, 1u128);
    while n < powers.len() {
        // Newton: each step doubles the bits that are right, and of an odd number three are.
        let (mut inverse, mut steps) = (odd, 0);
        while steps < 6 {
            inverse = inverse.wrapping_mul(2u128.wrapping_sub(odd.wrapping_mul(inverse)));
            steps += 1;
        }
        #[allow(clippy::indexing_slicing)] // when it is compiled
        let power = &mut powers[n];
        *power = Power { n: n as u32, inverse, most: u128::MAX / odd };
        odd *= 5;
        n += 1;
    }
    powers
};

impl Wanted {
    /// None where no R is written so.
    fn new(form: Form, given: &str) -> Option<Self> {
        let digits = match form.check_digit {
            true => {
                let (digits, check) = given.split_at_checked(given.len().checked_sub(1)?)?;
                (check == check_digit(digits, form.radix).encode_utf8(&mut [0; 4])).then_some(digits)?
            }
            false => given,
        };
        let is_whole = given.len() == usize::from(form.length) && !given.starts_with('+');
        let value = u64::from_str_radix(digits, form.radix.base()).ok().filter(|_| is_whole)?.into();
        match form.radix {
            Radix::Decimal => Some(Self::Decimal { value, power: POWERS.get(digits.len())? }),
            Radix::Hexadecimal => {
                Some(Self::Hexadecimal { value, hidden: 128u32.checked_sub(4 * digits.len() as u32)? })
            }
        }
    }

    /// Whether R is written so, in constant time: nothing is divided, since that takes longer for some numbers.
    ///
    /// R mod 10^n = value if R − value is at least 0 and a multiple of 2^n and of 5^n; the latter if its product with the
    /// inverse of 5^n modulo 2^128 is no more than the greatest quotient (Granlund and Montgomery, 1994).
    fn is(&self, r: u128) -> Choice {
        match *self {
            Self::Hexadecimal { value, hidden } => (r >> hidden).ct_eq(&value),
            Self::Decimal { value, power: Power { n, inverse, most } } => {
                let (rest, is_less) = r.overflowing_sub(value);
                let is_even = (rest & ((1 << n) - 1)).ct_eq(&0);
                let (_, is_more) = most.overflowing_sub(rest.rotate_right(*n).wrapping_mul(*inverse));
                is_even & !Choice::from(u8::from(is_less)) & !Choice::from(u8::from(is_more))
            }
        }
    }
}

/// One response. [`Responder::response`].
pub fn response(key: &Key<Application>, form: Form, moment: Moment, fields: &[&[u8]]) -> String {
    Responder::new(key, form).response(moment, fields)
}

impl Form {
    /// What comes before the fields.
    fn head(self, Moment { step, event }: Moment) -> [u8; HEAD] {
        let Self { mode, index, length, .. } = self;
        let domain = fault::bent("domain-response", DOMAIN_RESPONSE, 0x00);
        let [s0, s1, s2, s3, s4, s5, s6, s7] = step.to_be_bytes();
        let [e0, e1, e2, e3, e4, e5, e6, e7] = event.to_be_bytes();
        [domain, mode, index, s0, s1, s2, s3, s4, s5, s6, s7, e0, e1, e2, e3, e4, e5, e6, e7, length]
    }

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
    fn a_search_finds_what_is_written_at_each_place_and_nothing_else() {
        let moments = (0..40).map(|step| Moment { step: 50_000_000 + step, event: step % 3 });
        for (radix, length, with_check, place) in [
            (Radix::Decimal, 6, false, 0),
            (Radix::Decimal, 7, true, 7),
            (Radix::Decimal, 16, false, 8),
            (Radix::Hexadecimal, 6, true, 15),
            (Radix::Hexadecimal, 16, false, 16),
            (Radix::Decimal, 9, false, 39),
        ] {
            let form = Form { length, radix, check_digit: with_check, ..FORM };
            let responder = Responder::new(&Key::new([8; 16]), form);
            let moment = moments.clone().nth(place);
            let lists: [&[&[u8]]; 6] =
                [&[], &[b""], &[&[7; 10]], &[&[7; 11]], &[&[7; 26]], &[b"ab", &[7; 300]]];
            for fields in lists {
                let given = responder.response(moment.unwrap(), fields);
                // One of six digits may stand there twice by chance, but not here.
                assert_eq!(responder.find(moments.clone(), fields, &given), moment, "{form:?} {fields:?}");
                assert_eq!(responder.find(moments.clone().skip(place + 1), fields, &given), None);
                let other = [fields, &[b"other"]].concat();
                assert_eq!(responder.find(moments.clone(), &other, &given), None);
                for bad in ["", "+12345", &given[1..], &format!("0{given}")] {
                    assert_eq!(responder.find(moments.clone(), fields, bad), None, "{bad}");
                }
            }
        }
    }

    #[test]
    fn a_number_is_compared_as_its_remainder_is() {
        for digits in 5..=16 {
            let form = Form { length: digits, ..FORM };
            let modulus = 10u128.pow(u32::from(digits));
            for r in
                [0, 1, modulus - 1, modulus, modulus + 1, 7 * modulus + 3, u128::MAX, u128::MAX - modulus]
            {
                let value = r % modulus;
                for value in [value, (value + 1) % modulus, (value + modulus - 1) % modulus, value ^ 1] {
                    let wanted = Wanted::new(form, &format!("{value:0digits$}", digits = digits.into()));
                    let is_whole = value < modulus;
                    assert_eq!(
                        wanted.is_some_and(|it| it.is(r).into()),
                        is_whole && r % modulus == value,
                        "{r} {value}"
                    );
                }
            }
        }
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
