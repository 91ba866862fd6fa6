//! The derivation code, which asks the server to bind the license to this platform. SPEC section 30, BND.

use super::SingleClient;
use crate::crypto::single::Deriver;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::rule::{BND_3, SDL_27};
use crate::wire::derivation_code::{DerivationCode, challenge_of, deriving_application};

impl SingleClient {
    /// The derivation code of this platform; the challenge is for mode CR alone.
    ///
    /// Refuses, in this order: CLI-1, SDL-27, PWD-7, BND-3, BND-4, BND-5, PWD-5, PWD-6 (which counts).
    pub fn generate_derivation_code(
        &mut self,
        challenge: Option<&str>,
        password: Option<&str>,
        now: u32,
    ) -> Result<String, Refusal> {
        let account = self.unlocked()?;
        let rules = deriving_application(&account.vector)?;
        let challenge = challenge_of(rules, challenge)?;
        let (index, moment) = (rules.form.index, account.moment(rules, now));
        let license = self.unseal(password)?;
        let Some(account) = self.account.as_deref_mut() else {
            return refuse(SDL_27, Found::Nothing);
        };
        let diversifier = account.diversifier(&self.platform_data);
        let mac = Deriver::new(&license, account.serial, index).mac(diversifier, moment, challenge);
        account.move_on(index);
        Ok(DerivationCode { diversifier, mac }.encode())
    }

    /// The server has accepted the derivation code: from here on responses are bound. CLI-1, SDL-27, BND-3.
    pub fn mark_bound(&mut self) -> Result<(), Refusal> {
        let account = self.account()?;
        ensure(account.vector.binding, BND_3, Found::Nothing)?;
        account.bound = true;
        Ok(())
    }
}
