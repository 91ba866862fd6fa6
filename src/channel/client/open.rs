//! Opening a request: what the user is shown. SPEC section 12.

use super::{Active, Client, Handle, Opened, frame_of};
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::{CLI_5, CLI_9, CLI_10, CLI_26};
use crate::serial::{Sequence, Serial};
use crate::text::gateway_string::GatewayString;
use crate::text::hex;
use crate::wire::frame::{Carrier, Frame, Kind};
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

/// What [`Client::open`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Displayed {
    /// By which [`Client::sign`] names the message. None for a notification, which is told but not put on display.
    pub handle: Option<Handle>,
    /// What is shown.
    pub shown: Shown,
    /// The URL to be called, where the message took the place of one that another app had brought (A2A-30).
    pub callback: Option<String>,
}

impl Client {
    /// Opens a request: puts it on display, to be signed. A scanned one takes the place of what is there (CLI-27); what
    /// the server pushes doesn't (CLI-26). A notification is only told (PSH-7).
    ///
    /// Refuses, in this order: CLI-1, the frame, CLI-2 to CLI-7, PRT-4, CLI-8, the body, CLI-9, CLI-10, CLI-26.
    pub fn open(&mut self, message: &str, carrier: Carrier) -> Result<Displayed, Refusal> {
        self.ensure_not_blocked()?;
        let (shown, opened) = self.read_message(message, carrier, &mut None)?;
        let is_told_only =
            matches!(&shown.request.content, Content::Gateway(string) if string.is_notification());
        if fault::bent("signs-notifications", is_told_only, false) {
            return Ok(Displayed { handle: None, shown, callback: None });
        }
        ensure(carrier == Carrier::Direct || self.opened.is_none(), CLI_26, Found::Nothing)?;
        let (handle, callback) = self.display(opened);
        Ok(Displayed { handle: Some(handle), shown, callback })
    }

    /// What a message shows, and what would be open; tells the account on the way, once CLI-4 is passed.
    pub(super) fn read_message(
        &self,
        message: &str,
        carrier: Carrier,
        selected: &mut Option<(Serial, Sequence)>,
    ) -> Result<(Shown, Opened), Refusal> {
        let bytes = hex::decode(message)?;
        let frame = frame_of(&bytes, carrier, Kind::Request)?;
        let serial = frame.header.serial;
        let account = self.selected(serial)?;
        let sequence = account.sequence;
        *selected = Some((serial, sequence));
        let request = account.read_request(&frame, carrier, self.app_version)?;
        let (application, require_pin) = (request.application, request.require_pin);
        let identity = match &request.content {
            Content::Gateway(GatewayString::Details(details)) => Some(details.identity.clone()),
            _ => None,
        };
        let opened = Opened { serial, application, require_pin, identity, frame: bytes, call: None };
        Ok((Shown { serial, sequence, request }, opened))
    }
}

impl Active {
    /// CLI-5, CLI-6, CLI-7, PRT-4, CLI-8, the body, CLI-9, CLI-10.
    fn read_request(&self, frame: &Frame<'_>, carrier: Carrier, app_version: u8) -> Result<Request, Refusal> {
        let ensure_unlocked = || ensure(!self.is_locked(), CLI_5, Found::Nothing);
        let is_late = fault::bent("locked-comes-last", false, true);
        if !is_late {
            ensure_unlocked()?;
        }
        let request = Request::decode(&self.open_message(frame)?, carrier)?;
        let version = request.minimum_version;
        ensure(version <= app_version, CLI_9, Found::Number(u64::from(version)))?;
        let index = request.application;
        let rules = self.vector.application(index);
        let signs = rules.is_some_and(|rules| rules.signs_requests(request.is_challenge()));
        ensure(signs, CLI_10, Found::Number(u64::from(index)))?;
        if is_late {
            ensure_unlocked()?;
        }
        Ok(request)
    }
}
