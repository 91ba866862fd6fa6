//! The operations on formats alone: message vector, license file, BLOB.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, Bytes, Index, Number, Operation, ProtectionNumber, Time, objects, present, present_object,
};

/// `message_vector.encode`: Numbers → text. And the result of `message_vector.decode`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageVectorEncode {
    pub activation_protection: ProtectionNumber,
    pub message_protection: ProtectionNumber,
    pub post_activation: Index,
    pub activation_validity_days: Number<0, 9999>,
    pub message_age_limit_s: Time,
    pub code_tries: Number<1, 99>,
    pub signature_tries: Number<1, 99>,
    pub identification_window: Number<0, 100>,
    pub signature_window: Number<0, 100>,
    pub first_use_s: Number<0, 10_800>,
    pub look_ahead: Number<0, 20>,
}

impl Operation for MessageVectorEncode {
    const NAME: &'static str = "message_vector.encode";
    type Output = MessageVectorText;
}

/// Result of `message_vector.encode`, and the parameters of `message_vector.decode`: Text → numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageVectorText {
    pub message_vector: String,
}

impl Operation for MessageVectorText {
    const NAME: &'static str = "message_vector.decode";
    type Output = MessageVectorEncode;
}

/// `license_file.write`: Licenses → file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseFileWrite {
    pub transport_key: Array<32>,
    pub static_vector: Bytes,
    pub message_vector: String,
    #[serde(deserialize_with = "objects")]
    pub licenses: Vec<LicenseParameters>,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomFile>,
}

/// A license to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseParameters {
    pub serial: String,
    pub r#type: String,
    pub application: String,
    pub threshold: Number<1, 99>,
    pub secure_channel: bool,
    pub license_key: Array<16>,
}

/// Result of `license_file.write`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileResult {
    pub file: Bytes,
}

impl Operation for LicenseFileWrite {
    const NAME: &'static str = "license_file.write";
    type Output = FileResult;
}

/// `license_file.read`: File → licenses.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseFileRead {
    pub transport_key: Array<32>,
    pub file: Bytes,
}

/// Result of `license_file.read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseFileResult {
    pub static_vector: Bytes,
    pub message_vector: String,
    #[serde(deserialize_with = "objects")]
    pub licenses: Vec<LicenseResult>,
}

/// A license that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseResult {
    pub serial: String,
    pub r#type: String,
    pub application: String,
    pub threshold: Number<1, 99>,
    pub secure_channel: bool,
    pub license_key: Array<16>,
    pub activation_vector: String,
}

impl Operation for LicenseFileRead {
    const NAME: &'static str = "license_file.read";
    type Output = LicenseFileResult;
}

/// `blob.seal`: Content → BLOB.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobSeal {
    pub storage_key: Array<16>,
    pub serial: String,
    pub sequence: Number<0, 99>,
    pub index: Number<0, 8>,
    pub epoch: Array<8>,
    pub generation: u32,
    pub content: Bytes,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomBlob>,
}

/// Result of `blob.seal` and of `server.seal_blob`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobResult {
    pub blob: String,
}

impl Operation for BlobSeal {
    const NAME: &'static str = "blob.seal";
    type Output = BlobResult;
}

/// `blob.open`: BLOB → content.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlobOpen {
    pub storage_key: Array<16>,
    pub serial: String,
    pub sequence: Number<0, 99>,
    pub index: Number<0, 8>,
    pub epoch: Array<8>,
    pub blob: String,
}

/// Result of `blob.open`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentResult {
    pub generation: u32,
    pub content: Bytes,
}

impl Operation for BlobOpen {
    const NAME: &'static str = "blob.open";
    type Output = ContentResult;
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomFile {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub file_id: Option<Array<16>>,
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomBlob {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub blob_nonce: Option<Array<12>>,
}
