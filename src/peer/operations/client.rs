//! The operations of a client.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, Bytes, Carrier, Data, Index, Nothing, Number, Operation, Pin, Removed, RootPolicy, ShownContent,
    Time, nullable, object, objects, present, present_object, word,
};
use super::{Count, ResponseResult};

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
    pub replacement: bool,
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
    #[serde(deserialize_with = "word")]
    pub pin: Pin,
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
    #[serde(deserialize_with = "nullable")]
    pub handle: Option<Count>,
    pub serial: String,
    pub sequence: u32,
    pub application: u32,
    pub template: u32,
    pub require_pin: bool,
    #[serde(deserialize_with = "object")]
    pub content: ShownContent,
    #[serde(deserialize_with = "nullable")]
    pub callback: Option<String>,
}

impl Operation for ClientOpen {
    const NAME: &'static str = "client.open";
    type Output = OpenResult;
}

/// `client.close`: The message on display is taken away.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientClose {}

/// Result of `client.close`, and of what ends an account: `client.mark_confirmed`, `client.remove`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseResult {
    #[serde(deserialize_with = "nullable")]
    pub callback: Option<String>,
}

impl Operation for ClientClose {
    const NAME: &'static str = "client.close";
    type Output = CloseResult;
}

/// `client.sign`: The user's decision → signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSign {
    pub handle: Count,
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

/// `client.deactivate`: The end of an instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientDeactivate {
    pub message: String,
    #[serde(deserialize_with = "word")]
    pub carrier: Carrier,
}

impl Operation for ClientDeactivate {
    const NAME: &'static str = "client.deactivate";
    type Output = DeactivatedResult;
}

/// Result of `client.deactivate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeactivatedResult {
    pub serial: String,
    pub sequence: u32,
    #[serde(deserialize_with = "nullable")]
    pub callback: Option<String>,
}

/// `client.generate_response`: Data → response.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientGenerateResponse {
    pub serial: String,
    pub application: Index,
    #[serde(deserialize_with = "object")]
    pub data: Data,
    #[serde(deserialize_with = "word")]
    pub pin: Pin,
    pub now: Time,
}

impl Operation for ClientGenerateResponse {
    const NAME: &'static str = "client.generate_response";
    type Output = ResponseResult;
}

/// `client.generate_unlock_challenge`: What a locked account shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientGenerateUnlockChallenge {
    pub serial: String,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomUnlockChallenge>,
}

impl Operation for ClientGenerateUnlockChallenge {
    const NAME: &'static str = "client.generate_unlock_challenge";
    type Output = UnlockChallengeResult;
}

/// Result of `client.generate_unlock_challenge`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnlockChallengeResult {
    pub challenge: String,
}

/// `client.unlock`: The server's response to that.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientUnlock {
    pub serial: String,
    pub response: String,
}

impl Operation for ClientUnlock {
    const NAME: &'static str = "client.unlock";
    type Output = Nothing;
}

/// `client.accounts`: Every account and its state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientAccounts {}

impl Operation for ClientAccounts {
    const NAME: &'static str = "client.accounts";
    type Output = AccountsResult;
}

/// Result of `client.accounts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountsResult {
    #[serde(deserialize_with = "objects")]
    pub accounts: Vec<AccountResult>,
}

/// 1 activated, 2 locked, 4 pre-activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct StateNumber(u32);

impl TryFrom<u32> for StateNumber {
    type Error = &'static str;

    fn try_from(state: u32) -> Result<Self, Self::Error> {
        match state {
            1 | 2 | 4 => Ok(Self(state)),
            _ => Err("a state is 1, 2 or 4"),
        }
    }
}

impl From<StateNumber> for u32 {
    fn from(state: StateNumber) -> u32 {
        state.0
    }
}

impl StateNumber {
    pub const ACTIVATED: Self = Self(1);
    pub const LOCKED: Self = Self(2);
    pub const PRE_ACTIVATED: Self = Self(4);
}

/// An account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountResult {
    pub serial: String,
    pub state: StateNumber,
    #[serde(deserialize_with = "nullable")]
    pub sequence: Option<u32>,
    #[serde(deserialize_with = "nullable")]
    pub waiting: Option<u32>,
    pub pre_activated: bool,
}

/// `client.mark_confirmed`: The server has accepted the confirmation of a replacement.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientMarkConfirmed {
    pub message: String,
}

impl Operation for ClientMarkConfirmed {
    const NAME: &'static str = "client.mark_confirmed";
    type Output = CloseResult;
}

/// `client.remove`: The user's way out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientRemove {
    pub serial: String,
    #[serde(deserialize_with = "word")]
    pub what: Removed,
}

impl Operation for ClientRemove {
    const NAME: &'static str = "client.remove";
    type Output = CloseResult;
}

/// `client.save`: The state, for storage.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSave {
    pub platform_key: Array<16>,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomState>,
}

/// Result of `client.save`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedResult {
    pub state: Bytes,
}

impl Operation for ClientSave {
    const NAME: &'static str = "client.save";
    type Output = SavedResult;
}

/// `client.load`: Makes the client of a state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientLoad {
    pub platform_key: Array<16>,
    pub state: Bytes,
    #[serde(deserialize_with = "nullable")]
    pub static_vector: Option<Bytes>,
    pub platform_data: Bytes,
    pub app_version: Number<0, 3>,
    pub rooted: bool,
    #[serde(deserialize_with = "word")]
    pub root_policy: RootPolicy,
    pub replacement: bool,
}

impl Operation for ClientLoad {
    const NAME: &'static str = "client.load";
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
pub struct RandomUnlockChallenge {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub unlock_challenge: Option<Array<8>>,
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomState {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub state_nonce: Option<Array<12>>,
}
