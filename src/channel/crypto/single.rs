//! Keys, codes and MACs of a single-device license: one function per formula of SPEC sections 28 to 30.

use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use cmac::{Cmac, Mac};
use zeroize::Zeroizing;

use super::kdf::derive;
use super::keys::{
    ActivationCode, Application, Derivation, EventCounter, Key, License, Master, Platform, Sealing, Shared,
    Storage,
};
use super::mac::{cmac, sha256};
use super::response::Moment;
use crate::fault;
use crate::serial::Serial;

/// BND-1: what keys are bound to, 56 bits. No secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Diversifier(pub [u8; 7]);

impl Diversifier {
    /// That of a platform for one license; another license has another one there.
    pub fn of_platform(serial: Serial, data: &[u8]) -> Self {
        let label = fault::bent("label-platform", &b"platform"[..], b"");
        let serial = serial.to_bytes();
        let serial = fault::bent("platform-without-serial", &serial[..], &[]);
        let [d0, d1, d2, d3, d4, d5, d6, ..] = sha256(&[label, serial, data]);
        Self([d0, d1, d2, d3, d4, d5, d6])
    }
}

fn code_key(master: &Key<Master>, serial: Serial) -> Key<ActivationCode> {
    let label = fault::bent("label-acode", &b"acode"[..], b"a-code");
    derive(master.expose(), label, &serial.to_bytes())
}

/// The number N of an activation code (SPEC section 28).
pub fn code_of_license(master: &Key<Master>, serial: Serial, license: &Key<License>) -> u128 {
    let mut block = (*license.expose()).into();
    Aes128::new(code_key(master, serial).expose().into()).encrypt_block(&mut block);
    u128::from_be_bytes(block.into())
}

/// The license key of a number N.
pub fn license_of_code(master: &Key<Master>, serial: Serial, n: u128) -> Key<License> {
    let mut block = n.to_be_bytes().into();
    Aes128::new(code_key(master, serial).expose().into()).decrypt_block(&mut block);
    Key::new(block.into())
}

/// The license key of a short code.
pub fn license_of_short_code(master: &Key<Master>, serial: Serial, k: u64) -> Key<License> {
    let context = Zeroizing::new([&serial.to_bytes()[..], &k.to_be_bytes()].concat());
    derive(master.expose(), b"acode-short", &context)
}

/// SDL-2: the check of a license key.
pub fn key_check(license: &Key<License>, serial: Serial) -> [u8; 4] {
    let key: Key<Application> = derive(license.expose(), b"single-check", &serial.to_bytes());
    let [c0, c1, c2, c3, ..] = *key.expose();
    [c0, c1, c2, c3]
}

/// SDL-1: the key of an application (index 1..=8), unbound or bound.
pub fn application(
    license: &Key<License>,
    serial: Serial,
    index: u8,
    bound: Option<Diversifier>,
) -> Key<Application> {
    let context = [&serial.to_bytes()[..], &[index]].concat();
    match bound {
        None => {
            derive(license.expose(), fault::bent("label-single-app", b"single-app", b"single-abb"), &context)
        }
        Some(Diversifier(d)) => derive(license.expose(), b"single-bound", &[&context[..], &d].concat()),
    }
}

/// ERC-1: the MAC over the event counters, by index ascending; 40 bits.
pub fn event_counter_mac(license: &Key<License>, serial: Serial, counters: &[(u8, u32)]) -> [u8; 5] {
    let key: Key<EventCounter> = derive(license.expose(), b"erc", &serial.to_bytes());
    let indices: Vec<u8> = counters.iter().map(|(index, _)| *index).collect();
    let values: Vec<u8> = counters.iter().flat_map(|(_, counter)| counter.to_be_bytes()).collect();
    let [m0, m1, m2, m3, m4, ..] =
        cmac(key.expose(), &[fault::bent("erc-indices", &indices[..], &[]), &values]);
    [m0, m1, m2, m3, m4]
}

/// BND-2: the key of derivation codes of one application, expanded.
pub struct Deriver {
    mac: Cmac<Aes128>,
    index: u8,
}

impl Deriver {
    /// Of the application of this index; never bound.
    pub fn new(license: &Key<License>, serial: Serial, index: u8) -> Self {
        let context = [&serial.to_bytes()[..], &[index]].concat();
        let key: Key<Derivation> = derive(license.expose(), b"single-derive", &context);
        Self { mac: Cmac::new(key.expose().into()), index }
    }

    /// The MAC as a number below 10^8. The challenge is empty where there is none.
    pub fn mac(&self, Diversifier(d): Diversifier, moment: Moment, challenge: &str) -> u32 {
        let mut mac = self.mac.clone();
        mac.update(b"derive");
        mac.update(&d);
        mac.update(&[self.index]);
        mac.update(&moment.step.to_be_bytes());
        mac.update(&moment.event.to_be_bytes());
        mac.update(challenge.as_bytes());
        let r = u128::from_be_bytes(mac.finalize().into_bytes().into());
        u32::try_from(r % 100_000_000).unwrap_or(u32::MAX)
    }
}

/// The key of encrypted full activation data.
pub fn full_activation(shared: &Key<Shared>) -> Key<Sealing> {
    derive(shared.expose(), b"full-activation", &[])
}

/// The key of a single-device client's state.
pub fn client_state(platform: &Key<Platform>) -> Key<Sealing> {
    derive(platform.expose(), b"single-state", &[])
}

/// The key of a single-device license's state.
pub fn license_state(storage: &Key<Storage>) -> Key<Sealing> {
    derive(storage.expose(), b"single-license", &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::kdf::kdf;

    const SERIAL: [u8; 5] = [0xC3, 0xE4, 0x0F, 0x42, 0xB8];

    fn serial() -> Serial {
        Serial::from_bytes(SERIAL).unwrap()
    }

    #[test]
    fn sdl_1_sdl_2_the_contexts_spelled_out() {
        let license = Key::new([7; 16]);
        let of = |label: &[u8], context: &[u8]| kdf::<1>(&[7; 16], label, context)[0];
        let d = Diversifier([1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(
            *application(&license, serial(), 3, None).expose(),
            of(b"single-app", b"\xC3\xE4\x0F\x42\xB8\x03")
        );
        assert_eq!(
            *application(&license, serial(), 3, Some(d)).expose(),
            of(b"single-bound", b"\xC3\xE4\x0F\x42\xB8\x03\x01\x02\x03\x04\x05\x06\x07")
        );
        assert_eq!(key_check(&license, serial()), of(b"single-check", &SERIAL)[..4]);
        let short = license_of_short_code(&Key::new([7; 16]), serial(), 0x0102);
        assert_eq!(*short.expose(), of(b"acode-short", b"\xC3\xE4\x0F\x42\xB8\0\0\0\0\0\0\x01\x02"));
    }

    #[test]
    fn sdl_1_a_code_gives_its_license_key_back() {
        let (master, license) = (Key::new([1; 16]), Key::new([2; 16]));
        let n = code_of_license(&master, serial(), &license);
        assert_eq!(license_of_code(&master, serial(), n), license);
        assert_ne!(license_of_code(&master, "VDS1000121".parse().unwrap(), n), license);
        assert_ne!(license_of_code(&Key::new([3; 16]), serial(), n), license);
    }

    #[test]
    fn erc_1_the_input_spelled_out() {
        let key = kdf::<1>(&[7; 16], b"erc", &SERIAL)[0];
        let mac = cmac(&key, &[&[2, 5], &[0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF]]);
        assert_eq!(event_counter_mac(&Key::new([7; 16]), serial(), &[(2, 1), (5, u32::MAX)]), mac[..5]);
    }

    #[test]
    fn bnd_1_bnd_2_the_input_spelled_out() {
        let hashed = sha256(&[b"platform\xC3\xE4\x0F\x42\xB8xyz"]);
        assert_eq!(Diversifier::of_platform(serial(), b"xyz").0, hashed[..7]);
        let key = kdf::<1>(&[7; 16], b"single-derive", b"\xC3\xE4\x0F\x42\xB8\x04")[0];
        let input = b"derive\x01\x02\x03\x04\x05\x06\x07\x04\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\x0912";
        let r = u128::from_be_bytes(cmac(&key, &[input]));
        let deriver = Deriver::new(&Key::new([7; 16]), serial(), 4);
        let moment = Moment { step: 8, event: 9 };
        assert_eq!(
            u128::from(deriver.mac(Diversifier([1, 2, 3, 4, 5, 6, 7]), moment, "12")),
            r % 100_000_000
        );
    }
}
