//! What a wrong value was made of, as far as one sees who knows the right key: where some mistake in the input gives just
//! this value under it, the input is wrong, else the key. (Nobody hits one of these values by chance.)

use channel::check_digit::{Radix, check_digit};
use channel::crypto::kdf;
use channel::crypto::keys::{Application, Key, License};
use channel::crypto::mac::{cmac, sha256};
use channel::crypto::response::{Form, Moment};
use channel::wire::device_code::{DeviceCode, Mac36};

/// The order of three parts, or of some of them.
const ORDERS: [&[usize]; 15] = [
    &[0, 1, 2],
    &[0, 2, 1],
    &[1, 0, 2],
    &[1, 2, 0],
    &[2, 0, 1],
    &[2, 1, 0],
    &[0, 1],
    &[1, 0],
    &[0, 2],
    &[2, 0],
    &[1, 2],
    &[2, 1],
    &[0],
    &[1],
    &[2],
];

/// How many events and steps beside the right one are tried.
const NEAR: u64 = 24;

/// The length of a frame's tag.
const TAG: usize = 8;

/// Of a device code whose MAC is wrong: the MAC (DVC-3), or its key (KEY-7).
pub(crate) fn device_code(license: &Key<License>, am1: &[u8], got: DeviceCode) -> &'static str {
    let key = kdf::device_code(license);
    let untagged = am1.get(..am1.len().saturating_sub(TAG)).unwrap_or_default();
    let (whole, part) = (sha256(&[am1]), sha256(&[untagged]));
    let is_made_of = |am1: &[u8]| {
        let parts: [&[u8]; 3] = [&[got.device.kind], &got.device.id, am1];
        let ordered =
            |order: &&[usize]| order.iter().filter_map(|at| parts.get(*at).copied()).collect::<Vec<_>>();
        ORDERS.iter().any(|order| has_part(cmac(key.expose(), &ordered(order)), got.mac))
    };
    if [&whole[..], &part, am1].into_iter().any(is_made_of) { "DVC-3" } else { "KEY-7" }
}

/// Whether these 36 bits stand anywhere in a MAC.
fn has_part(mac: [u8; 16], bits: Mac36) -> bool {
    (0..=92).any(|by| {
        Mac36::first_of((u128::from_be_bytes(mac) << by).to_be_bytes()).to_bytes() == bits.to_bytes()
    })
}

/// What a response is made from.
pub(crate) struct Made<'a> {
    pub(crate) key: &'a Key<Application>,
    /// What says how this key is made.
    pub(crate) of_key: &'static str,
    pub(crate) form: Form,
    /// What says which mode stands in the input.
    pub(crate) of_mode: &'static str,
    pub(crate) at: Moment,
    pub(crate) fields: Vec<&'a [u8]>,
}

impl Made<'_> {
    /// Of a wrong response of the profile's algorithm: what in it is wrong.
    pub(crate) fn wrongly(&self, got: &str) -> &'static str {
        let Moment { step, event } = self.at;
        let is = |mode, step, event| self.response(self.input(mode, step, event), 16).as_deref() == Some(got);
        let near = |of: u64| (of.saturating_sub(NEAR)..=of.saturating_add(NEAR)).chain([0]);
        let mode = self.form.mode;
        if near(event).any(|event| is(mode, step, event)) {
            "SIG-5"
        } else if near(step).any(|step| is(mode, step, event)) {
            "SIG-4"
        } else if (0..=5).any(|mode| is(mode, step, event)) {
            self.of_mode
        } else if self.is_of_another_input(got) {
            "SIG-1"
        } else {
            self.of_key
        }
    }

    /// The parts of the input, as section 14 has them.
    fn input(&self, mode: u8, step: u64, event: u64) -> Vec<Vec<u8>> {
        let form = self.form;
        let head = [
            vec![1],
            vec![mode],
            vec![form.index],
            step.to_be_bytes().to_vec(),
            event.to_be_bytes().to_vec(),
        ];
        let length = |field: &[u8]| u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
        let fields = self.fields.iter().flat_map(|field| [length(field), field.to_vec()]);
        head.into_iter().chain([vec![form.length]]).chain(fields).collect()
    }

    /// One part left out, or zeros, or another part of the MAC.
    fn is_of_another_input(&self, got: &str) -> bool {
        let right = self.input(self.form.mode, self.at.step, self.at.event);
        let is = |input: Vec<Vec<u8>>| self.response(input, 16).as_deref() == Some(got);
        let without = |at: usize| {
            right.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, part)| part.clone()).collect()
        };
        let zero = |at: usize| {
            let bent =
                |(i, part): (usize, &Vec<u8>)| if i == at { vec![0; part.len()] } else { part.clone() };
            right.iter().enumerate().map(bent).collect()
        };
        (0..right.len()).any(|at| is(without(at)) || is(zero(at)))
            || [4, 8].into_iter().any(|bytes| self.response(right.clone(), bytes).as_deref() == Some(got))
    }

    /// Of the first bytes of the MAC over this.
    fn response(&self, input: Vec<Vec<u8>>, bytes: usize) -> Option<String> {
        let parts: Vec<&[u8]> = input.iter().map(Vec::as_slice).collect();
        let mac = cmac(self.key.expose(), &parts);
        let n = usize::from(self.form.length) - usize::from(self.form.check_digit);
        let r = mac.iter().take(bytes).fold(0, |r: u128, byte| r << 8 | u128::from(*byte));
        let digits = match self.form.radix {
            Radix::Decimal => format!("{:0n$}", r % 10_u128.pow(u32::try_from(n).ok()?)),
            Radix::Hexadecimal => format!("{r:032X}").get(..n)?.to_owned(),
        };
        Some(match self.form.check_digit {
            true => format!("{digits}{}", check_digit(&digits, self.form.radix)),
            false => digits,
        })
    }
}

#[cfg(test)]
mod tests {
    use channel::crypto::kdf::Device;
    use channel::crypto::response::response;

    use super::*;

    #[test]
    fn a_device_code_tells_a_wrong_key_from_a_wrong_mac() {
        let (license, other) = (Key::new([1; 16]), Key::new([2; 16]));
        let (am1, device) = ([7; 60], Device { kind: 24, id: [9; 5] });
        let code = |key: &Key<License>, parts: &[&[u8]]| DeviceCode {
            device,
            mac: Mac36::first_of(cmac(kdf::device_code(key).expose(), parts)),
        };
        let hash = sha256(&[&am1]);
        let swapped: [&[u8]; 3] = [&device.id, &[24], &hash];
        assert_eq!(device_code(&license, &am1, code(&license, &swapped)), "DVC-3");
        assert_eq!(device_code(&license, &am1, code(&license, &[&[24], &device.id, &am1])), "DVC-3");
        assert_eq!(device_code(&license, &am1, code(&other, &[&[24], &device.id, &hash])), "KEY-7");
    }

    #[test]
    fn a_response_tells_what_it_was_made_from() {
        let (key, other) = (Key::new([3; 16]), Key::new([4; 16]));
        let form = Form { mode: 3, index: 1, length: 8, radix: Radix::Decimal, check_digit: true };
        let at = Moment { step: 50_000_000, event: 4 };
        let made = Made { key: &key, of_key: "KEY-8", form, of_mode: "OTP-1", at, fields: vec![b"12"] };
        let wrongly = |key, form, at, fields: &[&[u8]]| made.wrongly(&response(key, form, at, fields));
        assert_eq!(
            made.response(made.input(3, at.step, at.event), 16).unwrap(),
            response(&key, form, at, &[b"12"])
        );
        assert_eq!(wrongly(&key, form, Moment { event: 5, ..at }, &[b"12"]), "SIG-5");
        assert_eq!(wrongly(&key, form, Moment { step: 0, ..at }, &[b"12"]), "SIG-4");
        assert_eq!(wrongly(&key, Form { mode: 4, ..form }, at, &[b"12"]), "OTP-1");
        assert_eq!(wrongly(&key, Form { index: 0, ..form }, at, &[b"12"]), "SIG-1");
        assert_eq!(wrongly(&other, form, at, &[b"12"]), "KEY-8");
    }
}
