//! The user's decision on an opened request, and the signature. SPEC sections 12 and 14.

use super::{Active, Client, Handle};
use crate::crypto::answer::Subject;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{CLI_10, CLI_12, CLI_14, CLI_16};

/// What the user decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Sign it, released like this.
    Approve(Pin),
    /// Don't.
    Reject,
}

/// How the keys are released; the answer to the PIN dialogue is given from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pin {
    /// The right PIN was entered.
    Right,
    /// A wrong PIN was entered.
    Wrong,
    /// An earlier unlock, or the platform's own release.
    Cached,
}

impl Client {
    /// Signs the message on display, if it is the one that the user has decided on, or closes it: `None` where the user
    /// rejected. One that another app has brought is for [`Client::answer`].
    ///
    /// Refuses, in this order: CLI-1, CLI-12, CLI-16, CLI-14, CLI-15 (which counts).
    pub fn sign(&mut self, handle: Handle, decision: Decision, now: u32) -> Result<Option<String>, Refusal> {
        self.ensure_not_blocked()?;
        let named = self.displays(handle).is_some_and(|opened| opened.call.is_none());
        ensure(named, CLI_12, Found::Number(handle.count()))?;
        self.decide(decision, now)
    }

    /// The user's decision on the message on display. CLI-16, CLI-14, CLI-15.
    pub(super) fn decide(&mut self, decision: Decision, now: u32) -> Result<Option<String>, Refusal> {
        let Some(opened) = &self.opened else {
            return refuse(CLI_12, Found::Nothing);
        };
        let account = self.accounts.get_mut(&opened.serial).and_then(|account| account.active.as_mut());
        let Some(account) = account else {
            return refuse(CLI_12, Found::Nothing);
        };
        ensure(!account.is_locked(), CLI_16, Found::Nothing)?;
        let Decision::Approve(pin) = decision else {
            self.opened = None;
            return Ok(None);
        };
        ensure(!(opened.require_pin && pin == Pin::Cached), CLI_14, Found::Nothing)?;
        account.release(pin)?;
        let signature = account.sign(opened.application, &opened.frame, now)?;
        if fault::bent("cached-unlock-clears", pin == Pin::Right, true) {
            account.pin_failures.clear();
        }
        if let Some(identity) = &opened.identity {
            account.login_identity = fault::bent("keeps-no-identity", Some(identity.clone()), None);
        }
        self.opened = None;
        Ok(Some(signature))
    }
}

impl Active {
    /// The signature over a frame: the application's response to one field (SIG-4).
    pub(super) fn sign(&mut self, index: u8, frame: &[u8], now: u32) -> Result<String, Refusal> {
        match self.vector.application(index).map(|rules| rules.form) {
            Some(form) => self.respond(form, Subject::Message(frame), now),
            None => refuse(CLI_10, Found::Number(u64::from(index))),
        }
    }
}
