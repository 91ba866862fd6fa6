//! Verifying the derivation code, which binds the license to a platform. SPEC section 30, BND.

use subtle::ConstantTimeEq;

use super::super::window::{self, Over};
use super::SingleLicense;
use crate::crypto::response::Moment;
use crate::crypto::single::Deriver;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{BND_9, BND_11, VER_19};
use crate::serial::Serial;
use crate::wire::derivation_code::{DerivationCode, challenge_of, deriving_application};

impl SingleLicense {
    /// Verifies a derivation code that came under this name, and binds the license to its platform; one that is bound
    /// to another platform with the operator's `replace` alone.
    ///
    /// Refuses, in this order: SDL-13, SDL-14, VER-5, BND-3, BND-4, BND-5, BND-6, BND-8, BND-6, VER-19, BND-9 (which
    /// counts), BND-11.
    pub fn verify_derivation_code(
        &mut self,
        serial: Serial,
        challenge: Option<&str>,
        code: &str,
        replace: bool,
        now: u32,
    ) -> Result<(), Refusal> {
        self.ensure_named(serial)?;
        self.ensure_unlocked()?;
        let rules = deriving_application(&self.vector)?;
        let challenge = challenge_of(rules, challenge)?;
        let DerivationCode { diversifier, mac } = DerivationCode::decode(code)?;
        let (factor, index) = (rules.factor, rules.form.index);
        let mut state = self.applications.state(index);
        ensure(!state.is_out_of_sync, VER_19, Found::Nothing)?;
        let deriver = Deriver::new(&self.license_key, self.serial, index);
        let fits = |moment: &Moment| -> bool {
            deriver.mac(diversifier, *moment, challenge).to_be_bytes().ct_eq(&mac.to_be_bytes()).into()
        };
        let mut moments = window::candidates(factor, &state, Over::Otp, now, &self.settings.windows);
        let Some(moment) = moments.find(fits) else {
            self.signature_failures.count();
            return refuse(BND_9, Found::Nothing);
        };
        let elsewhere = self.bound.is_some_and(|before| before != diversifier);
        ensure(!elsewhere || replace, BND_11, Found::Nothing)?;
        if fault::bent("derivation-replayed", true, false) {
            window::accept(factor, &mut state, Over::Otp, now, moment);
            self.applications.insert(index, state);
        }
        self.signature_failures.clear();
        self.bound = match self.bound {
            Some(before) => Some(fault::bent("rebinding-ignored", diversifier, before)),
            None => Some(diversifier),
        };
        Ok(())
    }
}
