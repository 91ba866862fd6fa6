//! The operations of app-to-app: URLs alone, and the client that is called by them.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{
    Array, Nothing, Number, Operation, Pin, ShownContent, Time, class, nullable, nullable_object, object,
    present, word,
};
use super::Count;

/// Where a client runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    Android,
    Ios,
}

/// Which callback was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Success,
    Error,
    Cancel,
}

/// `primitive.percent_decode`: A2A-26.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrimitivePercentDecode {
    pub text: String,
}

impl Operation for PrimitivePercentDecode {
    const NAME: &'static str = "primitive.percent_decode";
    type Output = TextResult;
}

/// Result of `primitive.percent_decode` and of `push.write`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextResult {
    pub text: String,
}

/// `app2app.build`: Callbacks and a message → URL.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App2AppBuild {
    pub scheme: String,
    pub x_success: String,
    pub x_error: String,
    pub x_cancel: String,
    pub message: String,
    #[serde(deserialize_with = "nullable")]
    pub state: Option<String>,
}

/// Result of `app2app.build`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UrlResult {
    pub url: String,
}

impl Operation for App2AppBuild {
    const NAME: &'static str = "app2app.build";
    type Output = UrlResult;
}

/// `app2app.parse`: URL → callbacks, message and state.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App2AppParse {
    pub scheme: String,
    #[serde(deserialize_with = "word")]
    pub platform: Platform,
    pub url: String,
}

/// Result of `app2app.parse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParsedUrl {
    pub x_success: String,
    pub x_error: String,
    pub x_cancel: String,
    pub secure_message: String,
    #[serde(deserialize_with = "nullable")]
    pub state: Option<String>,
}

impl Operation for App2AppParse {
    const NAME: &'static str = "app2app.parse";
    type Output = ParsedUrl;
}

/// `app2app.read`: Callbacks and the URL that was called → what it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App2AppRead {
    pub x_success: String,
    pub x_error: String,
    pub x_cancel: String,
    pub url: String,
}

/// Result of `app2app.read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalledResult {
    #[serde(deserialize_with = "word")]
    pub outcome: Outcome,
    #[serde(deserialize_with = "nullable")]
    pub error: Option<Number<1, 8>>,
    #[serde(deserialize_with = "object")]
    pub values: MaskValues,
}

/// The values of the masks that a template has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct MaskValues {
    #[serde(rename = "OTP", default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub otp: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub platform_name: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub user_identifier: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub device_identifier: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub rooting_status: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl Operation for App2AppRead {
    const NAME: &'static str = "app2app.read";
    type Output = CalledResult;
}

/// `client.set_app2app`: Whether and by whom the client may be called.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientSetApp2App {
    pub enabled: bool,
    pub scheme: String,
    pub white_list: Vec<String>,
    #[serde(deserialize_with = "word")]
    pub platform: Platform,
    pub platform_name: String,
    pub version: String,
    pub device_identifier: Array<32>,
}

impl Operation for ClientSetApp2App {
    const NAME: &'static str = "client.set_app2app";
    type Output = Nothing;
}

/// `client.dispatch`: Another app calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientDispatch {
    pub url: String,
}

/// Result of `client.dispatch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchResult {
    #[serde(deserialize_with = "nullable_object")]
    pub opened: Option<OpenedResult>,
    #[serde(deserialize_with = "nullable_object")]
    pub error: Option<App2AppError>,
    #[serde(deserialize_with = "nullable")]
    pub callback: Option<String>,
}

/// What another app's URL put on display: as the result of `client.open`, which besides can end a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenedResult {
    pub handle: Count,
    pub serial: String,
    pub sequence: u32,
    pub application: u32,
    pub template: u32,
    pub require_pin: bool,
    #[serde(deserialize_with = "object")]
    pub content: ShownContent,
}

/// What a caller is told, and the class behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App2AppError {
    pub number: Number<1, 8>,
    /// A word of SPEC section 16.
    #[serde(deserialize_with = "class")]
    pub class: String,
}

impl Operation for ClientDispatch {
    const NAME: &'static str = "client.dispatch";
    type Output = DispatchResult;
}

/// `client.answer`: The user's decision, for the caller.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientAnswer {
    pub handle: Count,
    pub approved: bool,
    #[serde(deserialize_with = "word")]
    pub pin: Pin,
    pub now: Time,
}

/// Result of `client.answer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerResult {
    pub callback: String,
    #[serde(deserialize_with = "nullable_object")]
    pub error: Option<App2AppError>,
}

impl Operation for ClientAnswer {
    const NAME: &'static str = "client.answer";
    type Output = AnswerResult;
}
