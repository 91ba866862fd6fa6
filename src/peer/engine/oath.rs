//! The open algorithms.

use super::super::operations::*;
use super::super::protocol::Bytes;
use super::{Engine, Fail, Serve, fault};
use channel::crypto::oath::ocra::{Input, ocra};
use channel::crypto::oath::suite::Suite;
use channel::crypto::oath::{Hash, hotp, totp};

/// A key that somebody else's authenticator brings.
fn ensure_key(Bytes(key): &Bytes) -> Result<(), Fail> {
    if (1..=128).contains(&key.len()) { Ok(()) } else { fault("key: 1 to 128 bytes") }
}

impl Serve for PrimitiveHotp {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<ResponseResult, Fail> {
        ensure_key(&self.key)?;
        Ok(ResponseResult { response: hotp(&self.key.0, self.counter.0, self.digits.byte()) })
    }
}

impl Serve for PrimitiveTotp {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<ResponseResult, Fail> {
        ensure_key(&self.key)?;
        let hash = match self.hash {
            HashName::Sha1 => Hash::Sha1,
            HashName::Sha256 => Hash::Sha256,
            HashName::Sha512 => Hash::Sha512,
        };
        let step_s = u16::try_from(self.step.get()).unwrap_or(u16::MAX);
        Ok(ResponseResult { response: totp(hash, &self.key.0, self.time.0, step_s, self.digits.byte()) })
    }
}

impl Serve for PrimitiveOcra {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<ResponseResult, Fail> {
        ensure_key(&self.key)?;
        let suite = Suite::parse(&self.suite)?;
        let input = Input {
            counter: self.counter.map(|counter| counter.0),
            question: &self.question,
            password: self.password.as_deref(),
            session: self.session.as_ref().map(|session| session.0.as_slice()),
            time: self.time.map(|time| time.0),
        };
        Ok(ResponseResult { response: ocra(&suite, &self.key.0, input)? })
    }
}
