//! Verifying the responses of a single-device client. SPEC section 28, SDL-28.

use super::super::window::Over;
use super::SingleLicense;
use crate::crypto::answer::Subject;
use crate::error::{Found, Refusal, refuse};
use crate::rule::OTP_2;
use crate::serial::Serial;
use crate::wire::data::Data;

impl SingleLicense {
    /// Verifies the response of an application (index 1..=8) to `data`, which came under this name.
    ///
    /// Refuses, in this order: SDL-13, SDL-14, VER-5, OTP-2, OTP-3 or OTP-4, ALG-8, VER-19, VER-10, VER-11, VER-12 (which
    /// counts), VER-18, VER-20.
    pub fn verify_response(
        &mut self,
        serial: Serial,
        application: u8,
        data: &Data,
        response: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        self.ensure_named(serial)?;
        self.ensure_unlocked()?;
        let rules = data.application(&self.vector, application)?;
        data.ensure_fits(rules)?;
        let form = data.form(rules);
        let key = self.application_key(application);
        match self.verifier(form.index) {
            Some(mut verifier) => verifier.accept_response(
                &key,
                form,
                Over::of(data),
                Subject::Data(&data.fields()),
                response,
                now,
            ),
            None => refuse(OTP_2, Found::Number(application.into())),
        }
    }
}
