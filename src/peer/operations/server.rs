//! The operations of a server.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, Bytes, Carrier, Charset, Content, Data, Index, Message, Nothing, Number, Operation,
    ProtectionNumber, Time, object, objects, present, present_object, word,
};
use super::{BlobResult, RandomBlob, ResponseResult};

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
    pub identification_window: Number<0, 100>,
    pub signature_window: Number<0, 100>,
    pub first_use_s: Number<0, 10_800>,
    pub look_ahead: Number<0, 20>,
    pub last_counter: u32,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomLicense>,
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
    pub replace: bool,
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
    #[serde(deserialize_with = "object")]
    pub content: Content,
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

/// `server.generate_deactivation`: Ends an instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerGenerateDeactivation {
    pub sequence: Number<1, 99>,
    pub now: Time,
}

impl Operation for ServerGenerateDeactivation {
    const NAME: &'static str = "server.generate_deactivation";
    type Output = Message;
}

/// `server.verify_response`: Verifies a response without a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerVerifyResponse {
    pub sequence: Number<1, 99>,
    pub application: Index,
    #[serde(deserialize_with = "object")]
    pub data: Data,
    pub response: String,
    pub now: Time,
}

impl Operation for ServerVerifyResponse {
    const NAME: &'static str = "server.verify_response";
    type Output = Nothing;
}

/// `server.generate_unlock_response`: For a locked client.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerGenerateUnlockResponse {
    pub sequence: Number<1, 99>,
    pub challenge: String,
}

impl Operation for ServerGenerateUnlockResponse {
    const NAME: &'static str = "server.generate_unlock_response";
    type Output = ResponseResult;
}

/// `server.unlock_instance`: After too many wrong signatures.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerUnlockInstance {
    pub sequence: Number<1, 99>,
}

impl Operation for ServerUnlockInstance {
    const NAME: &'static str = "server.unlock_instance";
    type Output = Nothing;
}

/// `server.restored`: After a backup was restored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerRestored {
    pub highest_sequence: Number<0, 99>,
    pub now: Time,
}

impl Operation for ServerRestored {
    const NAME: &'static str = "server.restored";
    type Output = Nothing;
}

/// `server.resynchronise`: Finds an event counter again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerResynchronise {
    pub sequence: Number<1, 99>,
    pub application: Index,
    #[serde(deserialize_with = "object")]
    pub first: Attempt,
    #[serde(deserialize_with = "object")]
    pub second: Attempt,
    pub now: Time,
}

impl Operation for ServerResynchronise {
    const NAME: &'static str = "server.resynchronise";
    type Output = Nothing;
}

/// `server.import`: Makes a license of a license file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerImport {
    pub transport_key: Array<32>,
    pub file: Bytes,
    pub serial: String,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomLicense>,
}

impl Operation for ServerImport {
    const NAME: &'static str = "server.import";
    type Output = Nothing;
}

/// `server.reimport`: Makes it anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerReimport {
    pub transport_key: Array<32>,
    pub file: Bytes,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomLicense>,
}

impl Operation for ServerReimport {
    const NAME: &'static str = "server.reimport";
    type Output = Nothing;
}

/// `server.instance`: What an instance is called.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerInstance {
    pub sequence: Number<1, 99>,
}

/// Result of `server.instance`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceResult {
    pub r#type: String,
    #[serde(deserialize_with = "objects")]
    pub applications: Vec<ApplicationResult>,
}

/// What an application is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApplicationResult {
    pub application: Index,
    pub name: String,
    #[serde(deserialize_with = "word")]
    pub mode: Mode,
}

/// What an application does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Mode {
    Ro,
    Cr,
    Sg,
    Mm,
    Ul,
}

impl Operation for ServerInstance {
    const NAME: &'static str = "server.instance";
    type Output = InstanceResult;
}

/// `server.seal_blob`: Hands out a BLOB.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSealBlob {
    pub storage_key: Array<16>,
    pub sequence: Number<0, 99>,
    pub index: Number<0, 8>,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomBlob>,
}

impl Operation for ServerSealBlob {
    const NAME: &'static str = "server.seal_blob";
    type Output = BlobResult;
}

/// `server.load_blob`: Takes one back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLoadBlob {
    pub storage_key: Array<16>,
    pub sequence: Number<0, 99>,
    pub index: Number<0, 8>,
    pub blob: String,
    pub now: Time,
}

impl Operation for ServerLoadBlob {
    const NAME: &'static str = "server.load_blob";
    type Output = Nothing;
}

/// A response and what it is over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    #[serde(deserialize_with = "object")]
    pub data: Data,
    pub response: String,
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomLicense {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub payload_key: Option<Array<16>>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Array<8>>,
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
