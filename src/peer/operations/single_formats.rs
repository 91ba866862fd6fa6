//! The operations on what single-device licenses come in: activation codes, `export.svf`, `ACode.log`.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{Array, Bytes, Operation, objects};

/// `activation_code.write`: License key → code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationCodeWrite {
    pub master_key: Array<16>,
    pub serial: String,
    pub license_key: Array<16>,
    pub hexadecimal: bool,
}

impl Operation for ActivationCodeWrite {
    const NAME: &'static str = "activation_code.write";
    type Output = CodeResult;
}

/// Result of `activation_code.write` and of those of a role that show a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeResult {
    pub code: String,
}

/// `activation_code.read`: Code → license key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActivationCodeRead {
    pub master_key: Array<16>,
    pub serial: String,
    pub code: String,
    pub short: bool,
}

impl Operation for ActivationCodeRead {
    const NAME: &'static str = "activation_code.read";
    type Output = LicenseKeyResult;
}

/// Result of `activation_code.read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LicenseKeyResult {
    pub license_key: Array<16>,
}

/// `export_svf.read`: File → static vector.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportSvfRead {
    pub file: Bytes,
}

impl Operation for ExportSvfRead {
    const NAME: &'static str = "export_svf.read";
    type Output = StaticVectorResult;
}

/// Result of `export_svf.read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaticVectorResult {
    pub static_vector: Bytes,
}

/// `acode_log.read`: File → serial numbers and codes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcodeLogRead {
    pub file: Bytes,
}

impl Operation for AcodeLogRead {
    const NAME: &'static str = "acode_log.read";
    type Output = AcodeLogResult;
}

/// Result of `acode_log.read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcodeLogResult {
    #[serde(deserialize_with = "objects")]
    pub licenses: Vec<AcodeLogEntry>,
}

/// A line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcodeLogEntry {
    pub serial: String,
    pub code: String,
}

/// `acode_log.write`: Serial numbers and codes → file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcodeLogWrite {
    #[serde(deserialize_with = "objects")]
    pub licenses: Vec<AcodeLogEntry>,
}

impl Operation for AcodeLogWrite {
    const NAME: &'static str = "acode_log.write";
    type Output = super::FileResult;
}
