//! Opening a request: what the user is shown. SPEC section 12.

use super::{Account, Client, Opened, frame_of};
use crate::crypto::protect::open;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{CLI_4, CLI_5, CLI_6, CLI_7, CLI_8, CLI_9, CLI_10};
use crate::serial::{Sequence, Serial};
use crate::text::hex;
use crate::wire::frame::{Carrier, Kind, Nonce};
use crate::wire::request::Request;

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
    /// Opens a request. It is then the one message that [`Client::sign`] signs.
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2 to CLI-7, PRT-4, CLI-8, the body, CLI-9, CLI-10.
    pub fn open(&mut self, message: &str, carrier: Carrier) -> Result<Shown, Refusal> {
        self.ensure_not_blocked()?;
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, carrier, Kind::Request)?;
        let serial = frame.header.serial;
        let Account::Active(account) = self.account(serial)? else {
            return refuse(CLI_4, Found::Nothing);
        };
        ensure(!account.is_locked(), CLI_5, Found::Nothing)?;
        let Some(channel) = &account.channel else {
            return refuse(CLI_6, Found::Nothing);
        };
        let agreed = frame.header.protection == Some(account.policy.messages);
        ensure(agreed, CLI_7, Found::Nothing)?;

        let body = open(channel.value(), frame.header_bytes, frame.body, frame.tag)?;
        let counter = Nonce::decode(frame.header.nonce).counter;
        ensure(counter > account.am2_counter, CLI_8, Found::Number(u64::from(counter)))?;

        let request = Request::decode(&body)?;
        let version = request.minimum_version;
        ensure(version <= self.app_version, CLI_9, Found::Number(u64::from(version)))?;
        let index = request.application;
        let signs = account.vector.application(index).is_some_and(|application| application.signs_requests());
        ensure(signs, CLI_10, Found::Number(u64::from(index)))?;

        let sequence = account.sequence;
        self.opened =
            Some(Opened { serial, application: index, require_pin: request.require_pin, frame: bytes });
        Ok(Shown { serial, sequence, request })
    }
}
