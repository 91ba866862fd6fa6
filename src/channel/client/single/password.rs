//! The password: what is taken for one, and the license key sealed under it. SPEC section 30, PWD.

use zeroize::Zeroizing;

use super::{ResetPolicy, SingleClient};
use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::keys::{Key, License, Platform};
use crate::crypto::password::{Cost, sealing};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{PWD_1, PWD_2, PWD_3, PWD_4, PWD_5, PWD_6, SDL_27};
use crate::serial::Serial;
use crate::wire::static_vector::PasswordRules;

/// Bytes of a sealed license key.
pub(super) const SEALED_LENGTH: usize = 16 + TAG_LENGTH;

/// A license key at rest (PWD-9). Its sealing key is used once: the salt is drawn for it.
#[derive(Clone, Debug, Hash)]
pub(super) struct Vault {
    password: bool,
    pub(super) salt: [u8; 16],
    pub(super) cost: Cost,
    pub(super) sealed: [u8; SEALED_LENGTH],
}

impl Vault {
    /// As it was written.
    pub(super) fn of(password: bool, salt: [u8; 16], cost: Cost, sealed: [u8; SEALED_LENGTH]) -> Self {
        Self { password, salt, cost, sealed }
    }

    /// Seals.
    pub(super) fn new(
        platform: &Key<Platform>,
        serial: Serial,
        license: &Key<License>,
        password: Option<&str>,
        salt: [u8; 16],
        cost: Cost,
    ) -> Self {
        let key = sealing(platform, &salt, serial, password, cost);
        let mut sealed = [0; SEALED_LENGTH];
        if let Some((secret, tag)) = sealed.split_first_chunk_mut::<16>() {
            *secret = *license.expose();
            tag.copy_from_slice(&Gcm::sealing(&key).seal(&[0; NONCE_LENGTH], &[], secret));
        }
        Self { password: password.is_some(), salt, cost, sealed }
    }

    /// Unseals; `None` where the password is wrong.
    pub(super) fn open(
        &self,
        platform: &Key<Platform>,
        serial: Serial,
        password: Option<&str>,
    ) -> Option<Key<License>> {
        let key = sealing(platform, &self.salt, serial, password, self.cost);
        let (secret, tag) = self.sealed.split_first_chunk::<16>()?;
        let mut secret = Zeroizing::new(*secret);
        Gcm::sealing(&key).open(&[0; NONCE_LENGTH], &[], &mut *secret, tag.try_into().ok()?, PWD_6).ok()?;
        Some(Key::new(*secret))
    }

    pub(super) fn has_password(&self) -> bool {
        self.password
    }
}

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
    /// The license key, for one operation. PWD-5, PWD-6: which counts, and may wipe the account (PWD-8).
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
                self.account = None;
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

    #[test]
    fn pwd_9_a_vault_opens_with_what_sealed_it_and_nothing_else() {
        let serial: Serial = "VDS1000120".parse().unwrap();
        let (platform, license) = (Key::new([1; 16]), Key::new([2; 16]));
        let cost = Cost { memory_kib: 8, iterations: 1 };
        let vault = Vault::new(&platform, serial, &license, Some("1357"), [3; 16], cost);
        assert_eq!(vault.open(&platform, serial, Some("1357")), Some(license.clone()));
        for wrong in [None, Some(""), Some("1358"), Some("1357 ")] {
            assert_eq!(vault.open(&platform, serial, wrong), None);
        }
        assert_eq!(vault.open(&Key::new([9; 16]), serial, Some("1357")), None);
        assert_eq!(vault.open(&platform, "VDS1000121".parse().unwrap(), Some("1357")), None);
        let key = crate::crypto::password::password_key(Some("1357"), &[3; 16], cost);
        let context = [&[3; 16][..], &serial.to_bytes(), &*key].concat();
        let mut secret = [2; 16];
        let sealing = Key::new(crate::crypto::kdf::kdf::<1>(&[1; 16], b"single-key", &context)[0]);
        let tag = Gcm::sealing(&sealing).seal(&[0; 12], &[], &mut secret);
        assert_eq!(vault.sealed[..], [secret, tag].concat());
    }
}
