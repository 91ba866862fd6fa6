//! The surface: bodies of requests and replies, and the table of operations. GTW-1, GTW-2.
//!
//! What the app asks is published, with its names; what the back end asks is ours. Every body is a JSON object. A member
//! that isn't known is ignored, one that is missing, or has another type, is an error.
//!
//! None of them has a `Debug`: challenge keys, identifiers and messages open doors, and nothing of a body may get into a
//! log by mistake.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::code::ResultCodes;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Anybody: what he shows in the body decides.
    App,
    /// Who has the API key.
    BackEnd,
}

/// An operation of the surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The details of a login, for the instance that asks first.
    Prepare,
    /// The user approves.
    Approve,
    /// The user rejects.
    Reject,
    /// The device code of a registration: AM2.
    AddDevice,
    /// The signature over AM2: the instance may be used.
    Activate,
    /// An activation begins: AM1.
    Register,
    /// A login is asked for: the notification.
    StartLogin,
    /// How far a login is.
    LoginStatus,
    /// Nobody waits for a login any more.
    CancelLogin,
    /// What devices a user has.
    Devices,
}

impl Operation {
    /// Path, who asks, and what it is for; all are POST.
    pub const TABLE: [(Self, &'static str, Side, &'static str); 10] = [
        (
            Self::Prepare,
            "/rest/v2/authentication/push/getPreparedSecureChallenge",
            Side::App,
            "The details of a login, handed out once, to the instance that asks first",
        ),
        (
            Self::Approve,
            "/rest/v2/authentication/push/authUser",
            Side::App,
            "The user approves: a signature over the details",
        ),
        (
            Self::Reject,
            "/rest/v2/authentication/push/cancelAuthUser",
            Side::App,
            "The user rejects: the challenge key in an information message",
        ),
        (
            Self::AddDevice,
            "/rest/v2/provisioning/MdlAddDevice",
            Side::App,
            "The device code of a registration; the reply has activation message 2",
        ),
        (
            Self::Activate,
            "/rest/v2/provisioning/MdlActivate",
            Side::App,
            "The signature over activation message 2: the instance may be used",
        ),
        (
            Self::Register,
            "/rest/v2/backend/registration",
            Side::BackEnd,
            "Begins an activation for a user; the reply has activation message 1",
        ),
        (
            Self::StartLogin,
            "/rest/v2/backend/login",
            Side::BackEnd,
            "Asks a user for a login; the reply has the notification",
        ),
        (Self::LoginStatus, "/rest/v2/backend/loginStatus", Side::BackEnd, "How far a login is"),
        (
            Self::CancelLogin,
            "/rest/v2/backend/cancelLogin",
            Side::BackEnd,
            "Nobody waits for a login any more",
        ),
        (Self::Devices, "/rest/v2/backend/devices", Side::BackEnd, "What devices a user has"),
    ];

    /// Its path.
    pub fn path(self) -> &'static str {
        Self::TABLE.iter().find(|(operation, ..)| *operation == self).map_or("", |(_, path, ..)| path)
    }
}

/// Asks for the details of a login.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prepare {
    /// The instance that asks: serial number, hyphen, sequence number without a leading zero.
    #[schema(example = "VDS1000000-1")]
    pub serial_number: String,
    /// 10 hexadecimal digits, as the notification has them.
    #[schema(example = "0123456789")]
    pub challenge_key: String,
}

/// The user approves.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approve {
    /// The user of the details.
    #[serde(rename = "userID")]
    #[schema(example = "myUserID")]
    pub user_id: String,
    /// The domain of the details; none is the empty one.
    #[serde(default)]
    #[schema(example = "myDomain")]
    pub domain: Option<String>,
    /// 10 hexadecimal digits.
    #[schema(example = "0123456789")]
    pub challenge_key: String,
    /// Over the message that had the details.
    #[schema(example = "12345678")]
    pub signature: String,
}

/// The user rejects.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reject {
    /// The instance that rejects.
    #[schema(example = "VDS1000000-1")]
    pub serial_number: String,
    /// An information message with the challenge key, in hexadecimal.
    pub challenge_key: String,
}

/// A device answers activation message 1.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddDevice {
    /// What the user was given with the message: 20 hexadecimal digits.
    #[schema(example = "00112233445566778899")]
    pub registration_identifier: String,
    /// 26 digits.
    pub device_code: String,
    /// What the user calls the device; at most 255 characters.
    #[serde(default)]
    #[schema(example = "Zoë's phone")]
    pub description: String,
}

/// A device confirms activation message 2.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Activate {
    /// The same as before.
    #[schema(example = "00112233445566778899")]
    pub registration_identifier: String,
    /// Over the message.
    pub signature: String,
}

/// A user is to get a device.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Register {
    /// The license: 3 characters and 7 digits.
    #[schema(example = "VDS1000000")]
    pub serial_number: String,
    /// Whose it is from the activation on.
    #[serde(rename = "userID")]
    #[schema(example = "myUserID")]
    pub user_id: String,
    /// The user's domain; none is the empty one.
    #[serde(default)]
    #[schema(example = "myDomain")]
    pub domain: Option<String>,
    /// Whether a device may activate anew that has an instance of this license.
    #[serde(default)]
    pub replace: bool,
}

/// A user is to log in.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StartLogin {
    /// Who.
    #[serde(rename = "userID")]
    #[schema(example = "myUserID")]
    pub user_id: String,
    /// The user's domain; none is the empty one.
    #[serde(default)]
    #[schema(example = "myDomain")]
    pub domain: Option<String>,
    /// Where, as the user is shown it.
    #[schema(example = "myService")]
    pub service: String,
    /// The application that signs, 1 to 8; 1 if there is none.
    #[serde(default = "first")]
    #[schema(example = 1)]
    pub application: u8,
    /// What is known of who asks, such as an address; at most 64 characters. So many logins of one requester may wait.
    #[serde(default)]
    #[schema(example = "192.0.2.1")]
    pub requester: String,
}

fn first() -> u8 {
    1
}

/// A login.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    /// 10 hexadecimal digits.
    #[schema(example = "0123456789")]
    pub challenge_key: String,
}

/// A user.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Who.
    #[serde(rename = "userID")]
    #[schema(example = "myUserID")]
    pub user_id: String,
    /// The user's domain; none is the empty one.
    #[serde(default)]
    #[schema(example = "myDomain")]
    pub domain: Option<String>,
}

/// What a reply brings besides its codes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Outcome {
    /// Of a login that is prepared.
    Prepared(Prepared),
    /// Of a device that was added.
    DeviceAdded(DeviceAdded),
    /// Of a device that was activated.
    Activated(Activated),
    /// Of a registration.
    Registered(Registered),
    /// Of a login that was started.
    Started(Started),
    /// Of a login.
    Status(Status),
    /// Of a user.
    Devices(Devices),
}

/// The details of a login.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Prepared {
    /// A request with the details, in hexadecimal.
    pub request_message: String,
}

/// A device is known.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceAdded {
    /// The instance that it will be.
    pub serial_number: String,
    /// Activation message 2, in hexadecimal.
    pub instance_activation_message: String,
}

/// A device may be used.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Activated {
    /// The instance that it is.
    pub activated_serial_number: String,
}

/// A registration has begun.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    /// 20 hexadecimal digits, for the user alone.
    pub registration_identifier: String,
    /// Activation message 1, in hexadecimal: a bearer secret.
    pub license_activation_message: String,
}

/// A login was started.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// 10 hexadecimal digits.
    pub challenge_key: String,
    /// The license that may decide.
    pub serial_number: String,
    /// The notification, in hexadecimal.
    pub notification_message: String,
}

/// How far a login is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `pending`, `retrieved`, `approved`, `rejected`, `cancelled`, `expired` or `failed`.
    pub login_status: String,
}

/// What devices a user has.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Devices {
    /// Ascending by sequence number.
    pub devices: Vec<Device>,
}

/// An instance of the user's license.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Which.
    pub serial_number: String,
    /// What the user calls it; nothing before it is activated.
    pub description: String,
    /// `unconfirmed`, `confirmed` or `deactivated`.
    pub status: String,
    /// Whether too many signatures were wrong.
    pub locked: bool,
}

/// Every reply.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reply {
    /// What became of the request.
    pub result_codes: ResultCodes,
    /// What it brought; missing where there is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Outcome>,
}
