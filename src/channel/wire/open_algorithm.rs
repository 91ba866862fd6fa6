//! What the static vector says of open algorithms: their numbers, and record 11. SPEC sections 8 and 25.
//!
//! ```text
//! 11   1 + n    OCRA suite of the application before it: index, n characters (1..=96)
//! ```

use crate::bytes::Reader;
use crate::crypto::answer::Algorithm;
use crate::crypto::oath::Hash;
use crate::crypto::oath::suite::Suite;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{STV_3, STV_4, STV_6};

/// The number of OCRA, which is an algorithm only with its suite.
pub(super) const OCRA: u8 = 4;
/// The most characters of a suite.
const MAX_SUITE: usize = 96;

/// Of its number, but for OCRA, which is one with its suite.
pub(super) fn algorithm_of(number: u8) -> Algorithm {
    match number {
        2 => Algorithm::Hotp,
        3 => Algorithm::Totp(Hash::Sha1),
        5 => Algorithm::Totp(Hash::Sha256),
        6 => Algorithm::Totp(Hash::Sha512),
        _ => Algorithm::Profile,
    }
}

pub(super) fn algorithm_number(algorithm: &Algorithm) -> u8 {
    match algorithm {
        Algorithm::Profile => 1,
        Algorithm::Hotp => 2,
        Algorithm::Totp(Hash::Sha1) => 3,
        Algorithm::Ocra(_) => OCRA,
        Algorithm::Totp(Hash::Sha256) => 5,
        Algorithm::Totp(Hash::Sha512) => 6,
    }
}

/// The value of record 11 behind the application of this index. STV-3, STV-4, STV-6.
pub(super) fn decode_suite(mut value: Reader<'_>, of: u8) -> Result<Suite, Refusal> {
    let length = value.left();
    if !(2..=1 + MAX_SUITE).contains(&length) {
        return refuse(STV_3, Found::Length(length));
    }
    let index = value.u8(STV_3)?;
    ensure(index == of, STV_4, Found::Number(index.into()))?;
    let text = std::str::from_utf8(value.take(length - 1, STV_3)?).ok();
    match text.and_then(Suite::read) {
        Some(suite) => Ok(suite),
        None => refuse(STV_6, Found::Length(length - 1)),
    }
}
