//! Responses of a single-device client. SPEC section 28, SDL-26.

use super::SingleClient;
use crate::crypto::answer::{Subject, answer};
use crate::crypto::single;
use crate::error::{Found, Refusal, refuse};
use crate::fault;
use crate::rule::SDL_27;
use crate::wire::data::Data;

impl SingleClient {
    /// The response of an application (index 1..=8) to `data`.
    ///
    /// Refuses, in this order: CLI-1, SDL-27, PWD-7, OTP-2, OTP-3 or OTP-4, ALG-8, PWD-5, PWD-6 (which counts).
    pub fn generate_response(
        &mut self,
        application: u8,
        data: &Data,
        password: Option<&str>,
        now: u32,
    ) -> Result<String, Refusal> {
        let account = self.unlocked()?;
        let rules = data.application(&account.vector, application)?;
        data.ensure_fits(rules)?;
        let (form, algorithm, moment) =
            (data.form(rules), rules.algorithm.clone(), account.moment(rules, now));
        let license = self.unseal(password)?;
        let Some(account) = self.account.as_deref_mut() else {
            return refuse(SDL_27, Found::Nothing);
        };
        let bound = fault::bent("responds-unbound", account.bound, false)
            .then(|| account.diversifier(&self.platform_data));
        let key = single::application(&license, account.serial, form.index, bound);
        let response = answer(&key, form, &algorithm, Subject::Data(&data.fields()), moment);
        account.move_on(form.index);
        Ok(response)
    }
}
