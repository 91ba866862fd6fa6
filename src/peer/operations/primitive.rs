//! The operations without a session: primitives and frames.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, Bytes, Carrier, Index, Message, Number, Operation, ProtectionNumber, word,
};

/// 128 or 256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum Bits {
    /// One key.
    B128,
    /// The MAC key of protection 1.
    B256,
}

impl TryFrom<u32> for Bits {
    type Error = &'static str;

    fn try_from(bits: u32) -> Result<Self, Self::Error> {
        match bits {
            128 => Ok(Bits::B128),
            256 => Ok(Bits::B256),
            _ => Err("bits is 128 or 256"),
        }
    }
}

impl From<Bits> for u32 {
    fn from(bits: Bits) -> u32 {
        match bits {
            Bits::B128 => 128,
            Bits::B256 => 256,
        }
    }
}

/// A step, an event or a handle: 0..=2^53 - 1, the numbers that every JSON library has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub struct Count(pub u64);

impl TryFrom<u64> for Count {
    type Error = &'static str;

    fn try_from(value: u64) -> Result<Self, Self::Error> {
        if value < 1 << 53 { Ok(Self(value)) } else { Err("above 2^53 - 1") }
    }
}

impl From<Count> for u64 {
    fn from(count: Count) -> u64 {
        count.0
    }
}

/// `primitive.cmac`: AES-CMAC.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveCmac {
    pub key: Array<16>,
    pub data: Bytes,
}

/// Result of `primitive.cmac`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MacResult {
    pub mac: Array<16>,
}

impl Operation for PrimitiveCmac {
    const NAME: &'static str = "primitive.cmac";
    type Output = MacResult;
}

/// `primitive.ctr`: AES-128-CTR.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveCtr {
    pub key: Array<16>,
    pub block: Array<16>,
    pub data: Bytes,
}

/// Result of `primitive.ctr`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataResult {
    pub data: Bytes,
}

impl Operation for PrimitiveCtr {
    const NAME: &'static str = "primitive.ctr";
    type Output = DataResult;
}

/// `primitive.kdf`: KEY-1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveKdf {
    pub key: Array<16>,
    pub label: String,
    pub context: Bytes,
    pub bits: Bits,
}

/// Result of `primitive.kdf`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KdfResult {
    pub key: Bytes,
}

impl Operation for PrimitiveKdf {
    const NAME: &'static str = "primitive.kdf";
    type Output = KdfResult;
}

/// `primitive.key_wrap`: KEY-9.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveKeyWrap {
    pub kek: Array<16>,
    pub key: Array<16>,
}

/// Result of `primitive.key_wrap`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrapResult {
    pub wrapped: Array<24>,
}

impl Operation for PrimitiveKeyWrap {
    const NAME: &'static str = "primitive.key_wrap";
    type Output = WrapResult;
}

/// `primitive.key_unwrap`: KEY-10.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveKeyUnwrap {
    pub kek: Array<16>,
    pub wrapped: Array<24>,
}

/// Result of `primitive.key_unwrap`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnwrapResult {
    pub key: Array<16>,
}

impl Operation for PrimitiveKeyUnwrap {
    const NAME: &'static str = "primitive.key_unwrap";
    type Output = UnwrapResult;
}

/// `primitive.check_digit`: CNV-4, CNV-5.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveCheckDigit {
    pub digits: String,
    pub hexadecimal: bool,
}

/// Result of `primitive.check_digit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigitResult {
    pub digit: String,
}

impl Operation for PrimitiveCheckDigit {
    const NAME: &'static str = "primitive.check_digit";
    type Output = DigitResult;
}

/// `primitive.response`: SIG-1 to SIG-3.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitiveResponse {
    pub key: Array<16>,
    pub mode: Number<1, 5>,
    pub application: Index,
    pub step: Count,
    pub event: Count,
    pub length: Number<6, 16>,
    pub hexadecimal: bool,
    pub check_digit: bool,
    pub fields: Vec<Bytes>,
}

/// Result of `primitive.response`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponseResult {
    pub response: String,
}

impl Operation for PrimitiveResponse {
    const NAME: &'static str = "primitive.response";
    type Output = ResponseResult;
}

/// `frame.parse`: Reads a frame without looking at its tag.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameParse {
    pub message: String,
    #[serde(deserialize_with = "word")]
    pub carrier: Carrier,
}

/// Result of `frame.parse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameResult {
    pub version: u32,
    pub r#type: u32,
    pub protection: u32,
    pub serial: String,
    pub nonce: Array<8>,
    pub body: Bytes,
    pub tag: Array<8>,
}

impl Operation for FrameParse {
    const NAME: &'static str = "frame.parse";
    type Output = FrameResult;
}

/// `frame.seal`: Seals a body under a channel key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameSeal {
    pub key: Array<16>,
    pub r#type: Sealable,
    pub protection: ProtectionNumber,
    pub serial: String,
    pub nonce: Array<8>,
    pub body: Bytes,
}

/// A type that is sealed: 1, 2, 3 or 36.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Sealable(u32);

impl TryFrom<u32> for Sealable {
    type Error = &'static str;

    fn try_from(kind: u32) -> Result<Self, Self::Error> {
        match kind {
            1..=3 | 0x24 => Ok(Self(kind)),
            _ => Err("a type that is sealed is 1, 2, 3 or 36"),
        }
    }
}

impl Sealable {
    pub const REQUEST: Self = Self(3);
    pub const INFORMATION: Self = Self(0x24);
    pub const ALL: [Self; 4] = [Self(1), Self(2), Self::REQUEST, Self::INFORMATION];
}

impl From<Sealable> for u32 {
    fn from(kind: Sealable) -> u32 {
        kind.0
    }
}

impl Operation for FrameSeal {
    const NAME: &'static str = "frame.seal";
    type Output = Message;
}

/// `frame.open`: Opens a frame under a channel key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrameOpen {
    pub key: Array<16>,
    pub message: String,
}

/// Result of `frame.open`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyResult {
    pub body: Bytes,
}

impl Operation for FrameOpen {
    const NAME: &'static str = "frame.open";
    type Output = BodyResult;
}
