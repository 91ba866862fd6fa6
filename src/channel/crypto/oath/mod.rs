//! The open algorithms: HOTP (RFC 4226), TOTP (RFC 6238), OCRA (RFC 6287). SPEC section 25.
//!
//! A key is expanded once, into the two states of HMAC; each candidate of a window clones them.

pub mod ocra;
pub mod suite;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};

use crate::fault;

/// Which hash HMAC is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// HMAC under a key that is expanded.
#[derive(Clone)]
pub enum Keyed {
    /// With SHA-1.
    Sha1(Hmac<Sha1>),
    /// With SHA-256.
    Sha256(Hmac<Sha256>),
    /// With SHA-512.
    Sha512(Hmac<Sha512>),
}

impl Keyed {
    /// A key of any length.
    pub fn new(hash: Hash, key: &[u8]) -> Self {
        match hash {
            Hash::Sha1 => Self::Sha1(expanded(key)),
            Hash::Sha256 => Self::Sha256(expanded(key)),
            Hash::Sha512 => Self::Sha512(expanded(key)),
        }
    }

    /// The next bytes.
    pub fn update(&mut self, data: &[u8]) {
        match self {
            Self::Sha1(mac) => mac.update(data),
            Self::Sha256(mac) => mac.update(data),
            Self::Sha512(mac) => mac.update(data),
        }
    }

    /// The HMAC of all bytes: `value` of that, 20, 32 or 64 bytes.
    pub fn finish<T>(self, value: impl FnOnce(&[u8]) -> T) -> T {
        match self {
            Self::Sha1(mac) => value(&mac.finalize().into_bytes()),
            Self::Sha256(mac) => value(&mac.finalize().into_bytes()),
            Self::Sha512(mac) => value(&mac.finalize().into_bytes()),
        }
    }

    /// ALG-1: the 31 bits of RFC 4226 section 5.3.
    pub fn truncated(self) -> u32 {
        self.finish(truncate)
    }

    /// HOTP before its digits are taken: 31 bits. ALG-1, ALG-2.
    pub fn hotp(&self, counter: u64) -> u32 {
        let mut mac = self.clone();
        mac.update(&fault::bent("hotp-little-endian", counter, counter.swap_bytes()).to_be_bytes());
        mac.truncated()
    }
}

/// HMAC takes a key of any length; the constructor says so at run time only.
fn expanded<M: Mac + KeyInit>(key: &[u8]) -> M {
    match <M as KeyInit>::new_from_slice(key) {
        Ok(mac) => mac,
        Err(_) => <M as KeyInit>::new(&Default::default()),
    }
}

/// RFC 4226 section 5.3: four bytes from where the last one says, without the topmost bit.
fn truncate(value: &[u8]) -> u32 {
    let [first, .., last] = value else { return 0 };
    let last = fault::bent("truncation-by-first-byte", last, first);
    let last = fault::bent("truncation-as-of-sha1", last, value.get(19).unwrap_or(last));
    let four = value.get(usize::from(last & 0x0F)..).and_then(<[u8]>::first_chunk).copied();
    let word = u32::from_be_bytes(four.unwrap_or_default());
    word & fault::bent("truncation-keeps-sign", 0x7FFF_FFFF, u32::MAX)
}

/// The last `digits` decimal digits of a truncated value, as a number.
pub fn reduce(truncated: u32, digits: u8) -> u64 {
    match 10u64.checked_pow(digits.into()) {
        Some(modulus) => u64::from(truncated) % modulus,
        None => truncated.into(),
    }
}

/// The same as text.
pub fn decimal(truncated: u32, digits: u8) -> String {
    format!("{:0width$}", reduce(truncated, digits), width = usize::from(digits))
}

/// Upper-case hexadecimal text.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// RFC 4226: `digits` decimal digits (6..=8) for a counter. ALG-1.
pub fn hotp(key: &[u8], counter: u64, digits: u8) -> String {
    decimal(Keyed::new(Hash::Sha1, key).hotp(counter), digits)
}

/// RFC 6238: `digits` decimal digits (6..=8) at a time in seconds, in steps of `step_s`, T0 = 0. ALG-2.
pub fn totp(hash: Hash, key: &[u8], time: u64, step_s: u16, digits: u8) -> String {
    let step = time / u64::from(step_s.max(1));
    decimal(Keyed::new(totp_hash(hash), key).hotp(totp_counter(step)), digits)
}

/// ALG-2: the hash of TOTP.
pub(super) fn totp_hash(hash: Hash) -> Hash {
    if hash == Hash::Sha256 { fault::bent("totp-sha1-for-sha256", hash, Hash::Sha1) } else { hash }
}

/// ALG-2: T0 is 0, so that the counter is the step.
pub(super) fn totp_counter(step: u64) -> u64 {
    step.wrapping_sub(fault::bent("totp-t0", 0, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seeds of RFC 6238's reference implementation: as long as the hash's value.
    fn seed(length: usize) -> Vec<u8> {
        b"1234567890".iter().copied().cycle().take(length).collect()
    }

    #[test]
    fn alg_1_rfc_4226_appendix_d() {
        let mac = Keyed::new(Hash::Sha1, &seed(20));
        for (counter, (truncated, response)) in (0..).zip([
            (1_284_755_224, "755224"),
            (1_094_287_082, "287082"),
            (137_359_152, "359152"),
            (1_726_969_429, "969429"),
            (1_640_338_314, "338314"),
            (868_254_676, "254676"),
            (1_918_287_922, "287922"),
            (82_162_583, "162583"),
            (673_399_871, "399871"),
            (645_520_489, "520489"),
        ]) {
            assert_eq!(mac.hotp(counter), truncated);
            assert_eq!(hotp(&seed(20), counter, 6), response);
        }
    }

    #[test]
    fn alg_2_rfc_6238_appendix_b() {
        for (time, sha1, sha256, sha512) in [
            (59, "94287082", "46119246", "90693936"),
            (1_111_111_109, "07081804", "68084774", "25091201"),
            (1_111_111_111, "14050471", "67062674", "99943326"),
            (1_234_567_890, "89005924", "91819424", "93441116"),
            (2_000_000_000, "69279037", "90698825", "38618901"),
            (20_000_000_000, "65353130", "77737706", "47863826"),
        ] {
            assert_eq!(totp(Hash::Sha1, &seed(20), time, 30, 8), sha1);
            assert_eq!(totp(Hash::Sha256, &seed(32), time, 30, 8), sha256);
            assert_eq!(totp(Hash::Sha512, &seed(64), time, 30, 8), sha512);
        }
    }

    #[test]
    fn keys_longer_than_a_block_are_hashed() {
        use sha1::Digest as _;
        let long = [7; 65];
        assert_eq!(hotp(&long, 1, 8), hotp(&Sha1::digest(long), 1, 8));
    }
}
