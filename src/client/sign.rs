//! The user's decision on an opened request, and the signature. SPEC sections 12 and 14.

use super::{Account, Active, Client};
use crate::crypto::response::{Moment, response};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{CLI_10, CLI_12, CLI_14, CLI_15, CLI_16};

/// What the user decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Sign it, released like this.
    Approve(Pin),
    /// Don't.
    Reject,
}

/// How the keys are released; the answer to the PIN dialogue is given from outside in this edition.
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
    /// Signs the opened message, or closes it: `None` where the user rejected.
    ///
    /// Refuses, in this order: CLI-1, CLI-12, CLI-16, CLI-14, CLI-15 (which counts).
    pub fn sign(&mut self, decision: Decision, now: u32) -> Result<Option<String>, Refusal> {
        self.ensure_not_blocked()?;
        let Some(opened) = &self.opened else {
            return refuse(CLI_12, Found::Nothing);
        };
        let Some(Account::Active(account)) = self.accounts.get_mut(&opened.serial) else {
            return refuse(CLI_12, Found::Nothing);
        };
        ensure(!account.is_locked(), CLI_16, Found::Nothing)?;
        let Decision::Approve(pin) = decision else {
            self.opened = None;
            return Ok(None);
        };
        ensure(!(opened.require_pin && pin == Pin::Cached), CLI_14, Found::Nothing)?;
        if pin == Pin::Wrong {
            account.pin_failures.count();
            ensure(false, CLI_15, Found::Nothing)?;
        }
        let signature = account.sign(opened.application, &opened.frame, now)?;
        if pin == Pin::Right {
            account.pin_failures.clear();
        }
        self.opened = None;
        Ok(Some(signature))
    }
}

impl Active {
    /// SIG-4: the signature over `frame`; SIG-5: an event counter moves on.
    pub(super) fn sign(&mut self, index: u8, frame: &[u8], now: u32) -> Result<String, Refusal> {
        let rules = self.vector.application(index);
        let (Some(rules), Some(state)) = (rules, self.applications.get_mut(&index)) else {
            return refuse(CLI_10, Found::Number(u64::from(index)));
        };
        let step = rules.factor.step_s().map_or(0, |step_s| u64::from(now) / u64::from(step_s.max(1)));
        let event = if rules.factor.has_event() { state.event } else { 0 };
        let signature = response(&state.key, rules.form, Moment { step, event }, &[frame]);
        if rules.factor.has_event() {
            state.event += 1;
        }
        Ok(signature)
    }
}
