//! The operations of a single-device client.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, Bytes, Data, Index, Nothing, Number, Operation, RootPolicy, Time, nullable, object, present,
    present_object, word,
};
use super::{CodeResult, RandomState, ResponseResult, SavedResult};

/// What happens at the wrong password that reaches the tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ResetPolicy {
    Lock,
    Reset,
}

/// `client.single_create`: Makes a client without an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleCreate {
    #[serde(deserialize_with = "nullable")]
    pub static_vector: Option<Bytes>,
    pub platform_data: Bytes,
    pub platform_key: Array<16>,
    pub short_codes: bool,
    pub rooted: bool,
    #[serde(deserialize_with = "word")]
    pub root_policy: RootPolicy,
    #[serde(deserialize_with = "word")]
    pub reset_policy: ResetPolicy,
    pub memory_kib: Number<8, 65_536>,
    pub iterations: Number<1, 16>,
}

impl Operation for ClientSingleCreate {
    const NAME: &'static str = "client.single_create";
    type Output = Nothing;
}

/// `client.single_activate`: Activation code → account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleActivate {
    #[serde(deserialize_with = "nullable")]
    pub serial: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub suffix: Option<String>,
    pub code: String,
    #[serde(deserialize_with = "nullable")]
    pub event_reactivation_counter: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub password: Option<String>,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomPasswordSalt>,
}

impl Operation for ClientSingleActivate {
    const NAME: &'static str = "client.single_activate";
    type Output = SingleActivatedResult;
}

/// Result of `client.single_activate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleActivatedResult {
    pub serial: String,
    pub warnings: Vec<String>,
}

/// `client.single_activate_online`: Full activation data → account.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleActivateOnline {
    pub data: String,
    #[serde(deserialize_with = "nullable")]
    pub shared_secret: Option<Array<16>>,
    #[serde(deserialize_with = "nullable")]
    pub password: Option<String>,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomPasswordSalt>,
}

impl Operation for ClientSingleActivateOnline {
    const NAME: &'static str = "client.single_activate_online";
    type Output = SerialResult;
}

/// Result of `client.single_activate_online`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SerialResult {
    pub serial: String,
}

/// `client.single_report`: What the server said of a response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleReport {
    pub accepted: bool,
}

impl Operation for ClientSingleReport {
    const NAME: &'static str = "client.single_report";
    type Output = Nothing;
}

/// `client.single_revert`: The account of before answers again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleRevert {}

impl Operation for ClientSingleRevert {
    const NAME: &'static str = "client.single_revert";
    type Output = Nothing;
}

/// `client.single_status`: What the account is at.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleStatus {}

impl Operation for ClientSingleStatus {
    const NAME: &'static str = "client.single_status";
    type Output = SingleStatusResult;
}

/// Result of `client.single_status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SingleStatusResult {
    pub state: Number<0, 3>,
    #[serde(deserialize_with = "nullable")]
    pub serial: Option<String>,
    pub password: bool,
    pub bound: bool,
    pub proven: bool,
    pub kept: bool,
}

/// `client.single_change_password`: Seals the license key anew.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleChangePassword {
    #[serde(deserialize_with = "nullable")]
    pub old: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub new: Option<String>,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomPasswordSalt>,
}

impl Operation for ClientSingleChangePassword {
    const NAME: &'static str = "client.single_change_password";
    type Output = Nothing;
}

/// `client.single_generate_response`: Data → response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleGenerateResponse {
    pub application: Index,
    #[serde(deserialize_with = "object")]
    pub data: Data,
    #[serde(deserialize_with = "nullable")]
    pub password: Option<String>,
    pub now: Time,
}

impl Operation for ClientSingleGenerateResponse {
    const NAME: &'static str = "client.single_generate_response";
    type Output = ResponseResult;
}

/// `client.single_generate_derivation_code`: Asks to be bound.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleGenerateDerivationCode {
    #[serde(deserialize_with = "nullable")]
    pub challenge: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub password: Option<String>,
    pub now: Time,
}

impl Operation for ClientSingleGenerateDerivationCode {
    const NAME: &'static str = "client.single_generate_derivation_code";
    type Output = CodeResult;
}

/// `client.single_mark_bound`: The server has accepted the derivation code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleMarkBound {}

impl Operation for ClientSingleMarkBound {
    const NAME: &'static str = "client.single_mark_bound";
    type Output = Nothing;
}

/// `client.single_save`: The state, for storage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleSave {
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomState>,
}

impl Operation for ClientSingleSave {
    const NAME: &'static str = "client.single_save";
    type Output = SavedResult;
}

/// `client.single_load`: Makes the client of a state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSingleLoad {
    pub state: Bytes,
    #[serde(deserialize_with = "nullable")]
    pub static_vector: Option<Bytes>,
    pub platform_data: Bytes,
    pub platform_key: Array<16>,
    pub short_codes: bool,
    pub rooted: bool,
    #[serde(deserialize_with = "word")]
    pub root_policy: RootPolicy,
    #[serde(deserialize_with = "word")]
    pub reset_policy: ResetPolicy,
    pub memory_kib: Number<8, 65_536>,
    pub iterations: Number<1, 16>,
}

impl Operation for ClientSingleLoad {
    const NAME: &'static str = "client.single_load";
    type Output = Nothing;
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomPasswordSalt {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub password_salt: Option<Array<16>>,
}
