//! The operations of push and login.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, GatewayContent, Index, Message, Nothing, Number, Operation, Time, nullable, object, present,
    present_object, word,
};
use super::TextResult;

/// `push.read`: String → content.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushRead {
    pub text: String,
    pub application: Index,
}

impl Operation for PushRead {
    const NAME: &'static str = "push.read";
    type Output = PushContent;
}

/// Result of `push.read`, and the parameters of `push.write`: Content → string.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushContent {
    #[serde(deserialize_with = "object")]
    pub content: GatewayContent,
}

impl Operation for PushContent {
    const NAME: &'static str = "push.write";
    type Output = TextResult;
}

/// `client.generate_information`: The user rejects a login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientGenerateInformation {
    pub serial: String,
    pub challenge_key: String,
    pub now: Time,
}

impl Operation for ClientGenerateInformation {
    const NAME: &'static str = "client.generate_information";
    type Output = Message;
}

/// `client.login_identity`: Whose login was approved last.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientLoginIdentity {
    pub serial: String,
}

/// Result of `client.login_identity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityResult {
    #[serde(deserialize_with = "nullable")]
    pub user: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub domain: Option<String>,
}

impl Operation for ClientLoginIdentity {
    const NAME: &'static str = "client.login_identity";
    type Output = IdentityResult;
}

/// `server.process_information`: Takes what an instance tells.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerProcessInformation {
    pub message: String,
    pub now: Time,
}

/// Result of `server.process_information` and of `server.login_reject`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RejectionResult {
    pub sequence: u32,
    pub challenge_key: String,
}

impl Operation for ServerProcessInformation {
    const NAME: &'static str = "server.process_information";
    type Output = RejectionResult;
}

/// `server.login_start`: A website asks for a login.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLoginStart {
    pub application: Index,
    pub service: String,
    pub user: String,
    #[serde(deserialize_with = "nullable")]
    pub domain: Option<String>,
    pub requester: String,
    pub now: Time,
    /// Random fields; what is missing the peer draws.
    #[serde(default, deserialize_with = "present_object", skip_serializing_if = "Option::is_none")]
    pub random: Option<RandomChallengeKey>,
}

/// Result of `server.login_start`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartedResult {
    pub challenge_key: String,
    pub message: String,
}

impl Operation for ServerLoginStart {
    const NAME: &'static str = "server.login_start";
    type Output = StartedResult;
}

/// `server.login_retrieve`: Hands out the details.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLoginRetrieve {
    pub challenge_key: String,
    pub serial: String,
    pub sequence: Number<1, 99>,
    pub now: Time,
}

impl Operation for ServerLoginRetrieve {
    const NAME: &'static str = "server.login_retrieve";
    type Output = Message;
}

/// `server.login_approve`: The user approves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLoginApprove {
    pub challenge_key: String,
    pub user: String,
    #[serde(deserialize_with = "nullable")]
    pub domain: Option<String>,
    pub signature: String,
    pub now: Time,
}

/// Result of `server.login_approve`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerResult {
    pub sequence: u32,
}

impl Operation for ServerLoginApprove {
    const NAME: &'static str = "server.login_approve";
    type Output = SignerResult;
}

/// `server.login_reject`: The user rejects.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLoginReject {
    pub message: String,
    pub now: Time,
}

impl Operation for ServerLoginReject {
    const NAME: &'static str = "server.login_reject";
    type Output = RejectionResult;
}

/// `server.login_cancel`: The website gives up.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLoginCancel {
    pub challenge_key: String,
    pub now: Time,
}

impl Operation for ServerLoginCancel {
    const NAME: &'static str = "server.login_cancel";
    type Output = Nothing;
}

/// `server.login_status`: How far a login has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerLoginStatus {
    pub challenge_key: String,
    pub now: Time,
}

/// Result of `server.login_status`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusResult {
    #[serde(deserialize_with = "word")]
    pub status: LoginStatus,
}

/// How far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginStatus {
    Pending,
    Retrieved,
    Approved,
    Rejected,
    Cancelled,
    Expired,
    Failed,
}

impl Operation for ServerLoginStatus {
    const NAME: &'static str = "server.login_status";
    type Output = StatusResult;
}

/// Random fields.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RandomChallengeKey {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub challenge_key: Option<Array<5>>,
}
