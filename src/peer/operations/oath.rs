//! The open algorithms as primitives. SPEC section 25.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{Bytes, Number, Operation, nullable, word};
use super::primitive::{Count, ResponseResult};

/// The hash of a TOTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HashName {
    /// SHA-1.
    #[serde(rename = "sha-1")]
    Sha1,
    /// SHA-256.
    #[serde(rename = "sha-256")]
    Sha256,
    /// SHA-512.
    #[serde(rename = "sha-512")]
    Sha512,
}

/// `primitive.hotp`: ALG-1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveHotp {
    pub key: Bytes,
    pub counter: Count,
    pub digits: Number<6, 8>,
}

impl Operation for PrimitiveHotp {
    const NAME: &'static str = "primitive.hotp";
    type Output = ResponseResult;
}

/// `primitive.totp`: ALG-2.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveTotp {
    pub key: Bytes,
    pub time: Count,
    pub step: Number<1, 65535>,
    pub digits: Number<6, 8>,
    #[serde(deserialize_with = "word")]
    pub hash: HashName,
}

impl Operation for PrimitiveTotp {
    const NAME: &'static str = "primitive.totp";
    type Output = ResponseResult;
}

/// `primitive.ocra`: ALG-3 to ALG-6.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveOcra {
    pub suite: String,
    pub key: Bytes,
    #[serde(deserialize_with = "nullable")]
    pub counter: Option<Count>,
    pub question: String,
    #[serde(deserialize_with = "nullable")]
    pub password: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub session: Option<Bytes>,
    #[serde(deserialize_with = "nullable")]
    pub time: Option<Count>,
}

impl Operation for PrimitiveOcra {
    const NAME: &'static str = "primitive.ocra";
    type Output = ResponseResult;
}
