//! The operations of the peer protocol: parameters and result of each. SPEC section 18 describes the fields.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::protocol::{
    Array, Bytes, Carrier, Charset, Index, Item, Message, Nothing, Number, Operation, Pin, ProtectionNumber,
    RootPolicy, Time, nullable, present, present_object, word,
};

use crate::serial::Serial;

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

/// A step or event: 0..=2^53 - 1, the numbers that every JSON library has.
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

/// A challenge: 8 bytes, not all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Array<8>", into = "Array<8>")]
pub struct Challenge(pub [u8; 8]);

impl TryFrom<Array<8>> for Challenge {
    type Error = &'static str;

    fn try_from(Array(bytes): Array<8>) -> Result<Self, Self::Error> {
        if bytes == [0; 8] { Err("a challenge is not zero") } else { Ok(Self(bytes)) }
    }
}

impl From<Challenge> for Array<8> {
    fn from(challenge: Challenge) -> Self {
        Array(challenge.0)
    }
}

/// `hello`: Says who the peer is and what it claims.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    pub protocol: Number<1, 1>,
}

/// Result of `hello`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HelloResult {
    pub protocol: Number<1, 1>,
    pub name: String,
    pub version: String,
    pub language: String,
    pub profile: String,
    pub operations: Vec<String>,
    pub injects_time: bool,
    pub injects_randomness: bool,
}

impl Operation for Hello {
    const NAME: &'static str = "hello";
    type Output = HelloResult;
}

/// `ping`: Liveness.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ping {}

impl Operation for Ping {
    const NAME: &'static str = "ping";
    type Output = Nothing;
}

/// `reset`: Ends all sessions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {}

impl Operation for Reset {
    const NAME: &'static str = "reset";
    type Output = Nothing;
}

/// `drop`: Ends one session.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Drop {}

impl Operation for Drop {
    const NAME: &'static str = "drop";
    type Output = Nothing;
}

/// `state`: What a session's state is, opaquely.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {}

/// Result of `state`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateResult {
    #[serde(deserialize_with = "digest")]
    pub digest: Bytes,
    #[serde(deserialize_with = "counters")]
    pub counters: BTreeMap<String, u32>,
}

/// 1 to 64 bytes.
fn digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
    let digest = Bytes::deserialize(deserializer)?;
    if (1..=64).contains(&digest.0.len()) { Ok(digest) } else { Err(D::Error::custom("not 1 to 64 bytes")) }
}

/// Only counters that sections 10, 12 and 15 name.
fn counters<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, u32>, D::Error> {
    let counters = BTreeMap::<String, u32>::deserialize(deserializer)?;
    match counters.keys().find(|name| !is_counter(name)) {
        None => Ok(counters),
        Some(name) => Err(D::Error::custom(format!("unknown counter {name:?}"))),
    }
}

fn is_counter(name: &str) -> bool {
    match name.split_once('/') {
        None => name == "code_failures",
        Some(("pin_failures", serial)) => serial.parse::<Serial>().is_ok(),
        Some(("signature_failures", sequence)) => {
            sequence.len() == 2 && sequence.bytes().all(|byte| byte.is_ascii_digit())
        }
        Some(_) => false,
    }
}

impl Operation for State {
    const NAME: &'static str = "state";
    type Output = StateResult;
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
    pub r#type: Number<1, 3>,
    pub protection: ProtectionNumber,
    pub serial: String,
    pub nonce: Array<8>,
    pub body: Bytes,
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

/// `client.create`: Makes a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientCreate {
    #[serde(deserialize_with = "nullable")]
    pub static_vector: Option<Bytes>,
    pub platform_data: Bytes,
    pub device_type: Number<0, 99>,
    pub app_version: Number<0, 3>,
    pub rooted: bool,
    #[serde(deserialize_with = "word")]
    pub root_policy: RootPolicy,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomClient>,
}

impl Operation for ClientCreate {
    const NAME: &'static str = "client.create";
    type Output = Nothing;
}

/// `client.activate_license`: AM1 → device code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientActivateLicense {
    pub message: String,
}

/// Result of `client.activate_license`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceCodeResult {
    pub device_code: String,
}

impl Operation for ClientActivateLicense {
    const NAME: &'static str = "client.activate_license";
    type Output = DeviceCodeResult;
}

/// `client.activate_instance`: AM2 → confirmation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientActivateInstance {
    pub message: String,
    pub now: Time,
}

/// Result of `client.activate_instance`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivatedResult {
    pub serial: String,
    pub sequence: u32,
    pub signature: String,
}

impl Operation for ClientActivateInstance {
    const NAME: &'static str = "client.activate_instance";
    type Output = ActivatedResult;
}

/// `client.open`: Request → what is shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientOpen {
    pub message: String,
    #[serde(deserialize_with = "word")]
    pub carrier: Carrier,
}

/// Result of `client.open`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenResult {
    pub serial: String,
    pub sequence: u32,
    pub application: u32,
    pub template: u32,
    pub require_pin: bool,
    pub title: String,
    pub items: Vec<Item>,
}

impl Operation for ClientOpen {
    const NAME: &'static str = "client.open";
    type Output = OpenResult;
}

/// `client.sign`: The user's decision → signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSign {
    pub approved: bool,
    #[serde(deserialize_with = "word")]
    pub pin: Pin,
    pub now: Time,
}

/// Result of `client.sign`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignResult {
    #[serde(deserialize_with = "nullable")]
    pub signature: Option<String>,
}

impl Operation for ClientSign {
    const NAME: &'static str = "client.sign";
    type Output = SignResult;
}

/// `server.create`: Makes a license.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerCreate {
    pub serial: String,
    pub license_key: Array<16>,
    pub static_vector: Bytes,
    pub secure_channel: bool,
    pub activation_protection: ProtectionNumber,
    pub message_protection: ProtectionNumber,
    pub post_activation: Index,
    pub activation_validity_days: Number<0, 9999>,
    pub message_age_limit_s: Time,
    pub threshold: Number<1, 99>,
    pub code_tries: Number<1, 99>,
    pub signature_tries: Number<1, 99>,
    pub window: Number<0, 100>,
    pub look_ahead: Number<0, 20>,
    pub last_counter: u32,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomPayloadKey>,
}

impl Operation for ServerCreate {
    const NAME: &'static str = "server.create";
    type Output = Nothing;
}

/// `server.generate_activation1`: Issues AM1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerGenerateActivation1 {
    pub with_challenge: bool,
    pub with_static_vector: bool,
    pub now: Time,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomChallenge>,
}

impl Operation for ServerGenerateActivation1 {
    const NAME: &'static str = "server.generate_activation1";
    type Output = Message;
}

/// `server.verify_device_code`: Verifies the answer to AM1.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerVerifyDeviceCode {
    pub device_code: String,
    pub now: Time,
}

/// Result of `server.verify_device_code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceResult {
    pub device_type: u32,
    pub device_id: Array<5>,
}

impl Operation for ServerVerifyDeviceCode {
    const NAME: &'static str = "server.verify_device_code";
    type Output = DeviceResult;
}

/// `server.generate_activation2`: Issues AM2.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerGenerateActivation2 {
    pub now: Time,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomSalt>,
}

/// Result of `server.generate_activation2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Activation2Result {
    pub message: String,
    pub sequence: u32,
}

impl Operation for ServerGenerateActivation2 {
    const NAME: &'static str = "server.generate_activation2";
    type Output = Activation2Result;
}

/// `server.generate_request`: Issues a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerGenerateRequest {
    pub now: Time,
    #[serde(deserialize_with = "word")]
    pub carrier: Carrier,
    pub application: Index,
    pub minimum_version: Number<0, 3>,
    pub require_pin: bool,
    pub template: Number<0, 15>,
    #[serde(deserialize_with = "word")]
    pub charset: Charset,
    pub title: String,
    pub items: Vec<Item>,
}

impl Operation for ServerGenerateRequest {
    const NAME: &'static str = "server.generate_request";
    type Output = Message;
}

/// `server.verify_message_signature`: Verifies a signature over AM2 or a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerVerifyMessageSignature {
    pub sequence: Number<1, 99>,
    pub message: String,
    pub signature: String,
    pub now: Time,
}

impl Operation for ServerVerifyMessageSignature {
    const NAME: &'static str = "server.verify_message_signature";
    type Output = Nothing;
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomClient {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub installation_salt: Option<Array<16>>,
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomPayloadKey {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub payload_key: Option<Array<16>>,
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomChallenge {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub challenge: Option<Challenge>,
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomSalt {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub instance_salt: Option<Array<13>>,
}
