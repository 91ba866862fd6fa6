//! Responses without a message: one-time passwords, answers to challenges, signatures over fields.
//! SPEC section 14.

use super::{Active, Client, Pin};
use crate::crypto::answer::{Subject, answer};
use crate::crypto::response::{Form, Moment};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{CLI_5, CLI_15, OTP_2};
use crate::serial::Serial;
use crate::wire::data::Data;

impl Client {
    /// The response of an application (index 1..=8) to `data`.
    ///
    /// Refuses, in this order: CLI-1, CLI-3, CLI-4, CLI-5, OTP-2, OTP-3 or OTP-4, ALG-8, CLI-15 (which counts).
    pub fn generate_response(
        &mut self,
        serial: Serial,
        application: u8,
        data: &Data,
        pin: Pin,
        now: u32,
    ) -> Result<String, Refusal> {
        self.ensure_not_blocked()?;
        let account = self.active(serial)?;
        ensure(!account.is_locked(), CLI_5, Found::Nothing)?;
        let rules = data.application(&account.vector, application)?;
        data.ensure_fits(rules)?;
        let form = data.form(rules);
        account.release(pin)?;
        let response = account.respond(form, Subject::Data(&data.fields()), now)?;
        if pin == Pin::Right {
            account.pin_failures.clear();
        }
        Ok(response)
    }
}

impl Active {
    /// CLI-15: a wrong PIN counts.
    pub(super) fn release(&mut self, pin: Pin) -> Result<(), Refusal> {
        if pin == Pin::Wrong {
            self.pin_failures.count();
            ensure(false, CLI_15, Found::Nothing)?;
        }
        Ok(())
    }

    /// SIG-4: the response of the form's application; SIG-5: its event counter moves on.
    pub(super) fn respond(&mut self, form: Form, subject: Subject<'_>, now: u32) -> Result<String, Refusal> {
        let rules = self.vector.application(form.index);
        let (Some(rules), Some(state)) = (rules, self.applications.get_mut(&form.index)) else {
            return refuse(OTP_2, Found::Number(u64::from(form.index)));
        };
        let step = rules.factor.step_s().map_or(0, |step_s| u64::from(now) / u64::from(step_s.max(1)));
        let event = if rules.factor.has_event() { state.event } else { 0 };
        let response = answer(&state.key, form, &rules.algorithm, subject, Moment { step, event });
        if rules.factor.has_event() {
            state.event += 1;
        }
        Ok(response)
    }
}
