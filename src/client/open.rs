//! Opening a request: what the user is shown. SPEC section 12.

use super::{Client, Opened, frame_of};
use crate::error::{Found, Refusal, ensure, fault};
use crate::rule::{CLI_5, CLI_9, CLI_10};
use crate::serial::{Sequence, Serial};
use crate::text::gateway_string::GatewayString;
use crate::text::hex;
use crate::wire::frame::{Carrier, Kind};
use crate::wire::request::{Content, Request};

/// What is shown to the user, all of it (CLI-11).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The license.
    pub serial: Serial,
    /// The instance.
    pub sequence: Sequence,
    /// The decoded body.
    pub request: Request,
}

impl Client {
    /// Opens a request. It is then the one message that [`Client::sign`] signs; after a notification there is none
    /// (PSH-7).
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2 to CLI-7, PRT-4, CLI-8, the body, CLI-9, CLI-10.
    pub fn open(&mut self, message: &str, carrier: Carrier) -> Result<Shown, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, carrier, Kind::Request)?;
        let serial = frame.header.serial;
        let app_version = self.app_version;
        let account = self.active(serial)?;
        ensure(!account.is_locked(), CLI_5, Found::Nothing)?;
        let request = Request::decode(&account.open_message(&frame)?, carrier)?;
        let version = request.minimum_version;
        ensure(version <= app_version, CLI_9, Found::Number(u64::from(version)))?;
        let index = request.application;
        let rules = account.vector.application(index);
        let signs = rules.is_some_and(|rules| rules.signs_requests(request.is_challenge()));
        ensure(signs, CLI_10, Found::Number(u64::from(index)))?;

        let sequence = account.sequence;
        let string = match &request.content {
            Content::Gateway(string) => Some(string),
            _ => None,
        };
        let identity = match string {
            Some(GatewayString::Details(details)) => Some(details.identity.clone()),
            _ => None,
        };
        let signable = !string.is_some_and(GatewayString::is_notification);
        let opened =
            Opened { serial, application: index, require_pin: request.require_pin, identity, frame: bytes };
        self.opened = fault::bent("signs-notifications", signable, true).then_some(opened);
        Ok(Shown { serial, sequence, request })
    }
}
