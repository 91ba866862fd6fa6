//! The password: what is taken for one, its tries, and changing it. SPEC section 30, PWD.

use super::vault::Vault;
use super::{ResetPolicy, SingleClient};
use crate::crypto::keys::{Key, License};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{PWD_1, PWD_2, PWD_3, PWD_4, PWD_5, PWD_6, SDL_27};
use crate::wire::static_vector::PasswordRules;

/// A new password. PWD-1, PWD-3, PWD-2, PWD-4.
pub(super) fn ensure_new(rules: &PasswordRules, password: Option<&str>) -> Result<(), Refusal> {
    let Some(password) = password else {
        return ensure(!rules.required, PWD_1, Found::Nothing);
    };
    let printable = password.chars().all(|c| (' '..='~').contains(&c));
    ensure(printable, PWD_3, Found::Nothing)?;
    let lengths = usize::from(rules.minimum)..=usize::from(rules.maximum);
    ensure(lengths.contains(&password.len()), PWD_2, Found::Count(password.len(), "character"))?;
    ensure(!(rules.refuse_weak && is_weak(password.as_bytes())), PWD_4, Found::Nothing)
}

/// All the same, or up by one, or down by one.
fn is_weak(password: &[u8]) -> bool {
    let goes_by = |step: i16| {
        password.windows(2).all(|pair| matches!(pair, [a, b] if i16::from(*b) - i16::from(*a) == step))
    };
    goes_by(0) || goes_by(1) || goes_by(fault::bent("weak-descending", -1, 1))
}

impl SingleClient {
    /// The license key, for one operation. PWD-5, PWD-6: which counts, and may wipe the account (PWD-8); then a kept one
    /// answers (SDL-41).
    pub(super) fn unseal(&mut self, password: Option<&str>) -> Result<Key<License>, Refusal> {
        let Some(account) = self.account.as_deref_mut() else {
            return refuse(SDL_27, Found::Nothing);
        };
        let vault = &account.vault;
        ensure(password.is_some() == vault.has_password(), PWD_5, Found::Nothing)?;
        // A try counts before it is tried (STO-1).
        account.password_failures.count();
        let Some(license) = vault.open(&self.platform, account.serial, password) else {
            let resets = fault::bent("never-resets", self.reset_policy == ResetPolicy::Reset, false);
            if account.is_locked() && resets {
                self.kept = fault::bent("wipes-the-kept-account", self.kept.take(), None);
                self.fall_back();
            }
            return refuse(PWD_6, Found::Nothing);
        };
        if fault::bent("password-tries-stay", true, false) {
            account.password_failures.clear();
        }
        Ok(license)
    }

    /// Another password, a first one, or none any more; the salt is drawn for it.
    ///
    /// Refuses, in this order: CLI-1, SDL-27, PWD-7, the new one (PWD-1, PWD-3, PWD-2, PWD-4), PWD-5, PWD-6 (which
    /// counts).
    pub fn change_password(
        &mut self,
        old: Option<&str>,
        new: Option<&str>,
        salt: [u8; 16],
    ) -> Result<(), Refusal> {
        let rules = self.unlocked()?.vector.password;
        ensure_new(&rules, new)?;
        let license = self.unseal(old)?;
        if let Some(account) = self.account.as_deref_mut() {
            account.vault = Vault::new(&self.platform, account.serial, &license, new, salt, self.cost);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: PasswordRules =
        PasswordRules { required: true, minimum: 4, maximum: 8, tries: 3, refuse_weak: true };

    #[test]
    fn pwd_1_to_pwd_4_new_passwords() {
        let rule = |rules: PasswordRules, password| ensure_new(&rules, password).err().map(|it| it.rule);
        for good in ["1357", "12345687", " ~a ", "1123", "aBcD", "0000a"] {
            assert_eq!(rule(RULES, Some(good)), None, "{good}");
        }
        for (bad, by) in [
            ("", PWD_2),
            ("135", PWD_2),
            ("135791357", PWD_2),
            ("13é7", PWD_3),
            ("135\u{7f}", PWD_3),
            ("\u{1f}", PWD_3),
            ("é", PWD_3),
            ("1111", PWD_4),
            ("1234", PWD_4),
            ("dcba", PWD_4),
            ("    ", PWD_4),
            ("./01", PWD_4),
        ] {
            assert_eq!(rule(RULES, Some(bad)), Some(by), "{bad:?}");
        }
        assert_eq!(rule(RULES, None), Some(PWD_1));
        assert_eq!(rule(PasswordRules { required: false, ..RULES }, None), None);
        assert_eq!(rule(PasswordRules { refuse_weak: false, ..RULES }, Some("1111")), None);
        assert_eq!(rule(PasswordRules { minimum: 1, ..RULES }, Some("x")), Some(PWD_4));
    }
}
