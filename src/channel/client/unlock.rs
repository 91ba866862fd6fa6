//! Unlocking an account after too many wrong PINs: a challenge shown, the server's response typed in.
//! SPEC section 14.

use subtle::ConstantTimeEq;

use super::{Active, Client};
use crate::crypto::response::{Moment, response};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{UNL_2, UNL_3, UNL_6, UNL_7};
use crate::serial::Serial;
use crate::state::Counter;
use crate::wire::data::unlock_challenge;

impl Client {
    /// Shows a challenge: the one that is shown already, if there is one (UNL-9), else that of `random`, which the caller
    /// draws.
    ///
    /// Refuses, in this order: CLI-1, CLI-3, CLI-4, UNL-2, UNL-6, UNL-3.
    pub fn generate_unlock_challenge(&mut self, serial: Serial, random: [u8; 8]) -> Result<String, Refusal> {
        self.ensure_not_blocked()?;
        let account = self.active(serial)?;
        ensure(account.is_locked(), UNL_2, Found::Nothing)?;
        account.ensure_unlock_tries()?;
        account.vector.unlock_application()?;
        if let Some(shown) = fault::bent("draws-challenges-again", account.unlock_challenge.as_ref(), None) {
            return Ok(shown.clone());
        }
        let challenge = unlock_challenge(random);
        account.unlock_challenge = Some(challenge.clone());
        Ok(challenge)
    }

    /// Takes the server's response to the challenge shown.
    ///
    /// Refuses, in this order: CLI-1, CLI-3, CLI-4, UNL-2, UNL-6, VER-10, VER-11, UNL-7 (which counts).
    pub fn unlock(&mut self, serial: Serial, typed: &str) -> Result<(), Refusal> {
        self.ensure_not_blocked()?;
        let account = self.active(serial)?;
        ensure(account.is_locked(), UNL_2, Found::Nothing)?;
        let Some(challenge) = &account.unlock_challenge else {
            return refuse(UNL_2, Found::Nothing);
        };
        account.ensure_unlock_tries()?;
        let rules = account.vector.unlock_application()?;
        let typed = rules.form.read(typed)?;
        let Some(state) = account.applications.get(&rules.form.index) else {
            return refuse(UNL_3, Found::Nothing);
        };
        let right = response(&state.key, rules.form, Moment::none(), &[challenge.as_bytes()]);
        if !bool::from(right.as_bytes().ct_eq(typed.as_bytes())) {
            account.unlock_failures.count();
            ensure(false, UNL_7, Found::Nothing)?;
        }
        account.unlock_challenge = None;
        account.unlock_failures = fault::bent("unlock-failures", Counter::default(), account.unlock_failures);
        account.pin_failures.clear();
        Ok(())
    }
}

impl Active {
    /// Refuses once as many unlock responses were wrong as the static vector allows (UNL-6).
    fn ensure_unlock_tries(&self) -> Result<(), Refusal> {
        let failures = self.unlock_failures.value();
        ensure(failures < self.vector.password.tries, UNL_6, Found::Number(u64::from(failures)))
    }
}
