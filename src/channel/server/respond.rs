//! Verifying responses without a message. SPEC section 15.

use super::License;
use super::window::Over;
use crate::crypto::answer::Subject;
use crate::error::Refusal;
use crate::serial::Sequence;
use crate::wire::data::Data;

impl License {
    /// Verifies the response of an application (index 1..=8) of an instance to `data`.
    ///
    /// Refuses, in this order: VER-3 to VER-5, OTP-2, OTP-3 or OTP-4, ALG-8, VER-19, VER-10, VER-11, VER-12 (which
    /// counts), VER-18, VER-20.
    pub fn verify_response(
        &mut self,
        sequence: Sequence,
        application: u8,
        data: &Data,
        response: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let instance = self.confirmed(sequence)?;
        self.ensure_unlocked(instance)?;
        let rules = data.application(&self.vector, application)?;
        data.ensure_fits(rules)?;
        let form = data.form(rules);
        let subject = Subject::Data(&data.fields());
        self.accept_response(sequence, form, Over::of(data), subject, response, now)
    }
}
