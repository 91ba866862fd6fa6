//! The operations of a single-device license.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, Bytes, Data, Index, Nothing, Number, Operation, Time, nullable, object, present, present_object,
};
use super::{Attempt, CodeResult, RandomState, SavedResult};

/// `server.single_create`: Makes a license.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleCreate {
    pub serial: String,
    pub license_key: Array<16>,
    pub static_vector: Bytes,
    pub signature_tries: Number<1, 99>,
    pub identification_window: Number<0, 100>,
    pub signature_window: Number<0, 100>,
    pub first_use_s: Number<0, 10_800>,
    pub look_ahead: Number<0, 20>,
}

impl Operation for ServerSingleCreate {
    const NAME: &'static str = "server.single_create";
    type Output = Nothing;
}

/// `server.single_reimport`: Takes it out of its file once more.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleReimport {
    pub license_key: Array<16>,
    pub static_vector: Bytes,
}

impl Operation for ServerSingleReimport {
    const NAME: &'static str = "server.single_reimport";
    type Output = Nothing;
}

/// `server.single_generate_activation_code`: For a person to type.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleGenerateActivationCode {
    pub hexadecimal: bool,
}

impl Operation for ServerSingleGenerateActivationCode {
    const NAME: &'static str = "server.single_generate_activation_code";
    type Output = CodeResult;
}

/// `server.single_generate_full_activation_data`: All of an activation in one string.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleGenerateFullActivationData {
    #[serde(deserialize_with = "nullable")]
    pub shared_secret: Option<Array<16>>,
    pub with_counter: bool,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomActivationNonce>,
}

impl Operation for ServerSingleGenerateFullActivationData {
    const NAME: &'static str = "server.single_generate_full_activation_data";
    type Output = FullActivationResult;
}

/// Result of `server.single_generate_full_activation_data`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FullActivationResult {
    pub data: String,
}

/// `server.single_generate_event_reactivation_counter`: The event counters as they stand.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleGenerateEventReactivationCounter {}

impl Operation for ServerSingleGenerateEventReactivationCounter {
    const NAME: &'static str = "server.single_generate_event_reactivation_counter";
    type Output = EventReactivationCounterResult;
}

/// Result of `server.single_generate_event_reactivation_counter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventReactivationCounterResult {
    pub event_reactivation_counter: String,
}

/// `server.single_verify_response`: Verifies a response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleVerifyResponse {
    pub serial: String,
    pub application: Index,
    #[serde(deserialize_with = "object")]
    pub data: Data,
    pub response: String,
    pub now: Time,
}

impl Operation for ServerSingleVerifyResponse {
    const NAME: &'static str = "server.single_verify_response";
    type Output = Nothing;
}

/// `server.single_verify_derivation_code`: Binds to a platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleVerifyDerivationCode {
    pub serial: String,
    #[serde(deserialize_with = "nullable")]
    pub challenge: Option<String>,
    pub code: String,
    pub replace: bool,
    pub now: Time,
}

impl Operation for ServerSingleVerifyDerivationCode {
    const NAME: &'static str = "server.single_verify_derivation_code";
    type Output = Nothing;
}

/// `server.single_unlock`: After too many wrong responses.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleUnlock {}

impl Operation for ServerSingleUnlock {
    const NAME: &'static str = "server.single_unlock";
    type Output = Nothing;
}

/// `server.single_resynchronise`: Finds an event counter again.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleResynchronise {
    pub application: Index,
    #[serde(deserialize_with = "object")]
    pub first: Attempt,
    #[serde(deserialize_with = "object")]
    pub second: Attempt,
    pub now: Time,
}

impl Operation for ServerSingleResynchronise {
    const NAME: &'static str = "server.single_resynchronise";
    type Output = Nothing;
}

/// `server.single_save`: The state, for storage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleSave {
    pub storage_key: Array<16>,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomState>,
}

impl Operation for ServerSingleSave {
    const NAME: &'static str = "server.single_save";
    type Output = SavedResult;
}

/// `server.single_load`: Makes the license of a state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSingleLoad {
    pub storage_key: Array<16>,
    pub state: Bytes,
}

impl Operation for ServerSingleLoad {
    const NAME: &'static str = "server.single_load";
    type Output = Nothing;
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomActivationNonce {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub activation_nonce: Option<Array<12>>,
}
