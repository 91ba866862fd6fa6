//! The license key at rest, sealed under the password. SPEC section 30, PWD-9.

use zeroize::Zeroizing;

use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::keys::{Key, License, Platform};
use crate::crypto::password::{Cost, sealing};
use crate::rule::PWD_6;
use crate::serial::Serial;

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

#[cfg(test)]
mod tests {
    use super::*;

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
