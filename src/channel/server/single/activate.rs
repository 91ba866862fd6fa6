//! What activates a client: a code, full activation data, an event reactivation counter. SPEC sections 28 and 29.

use super::SingleLicense;
use crate::check_digit::Radix;
use crate::crypto::gcm::{Gcm, NONCE_LENGTH};
use crate::crypto::keys::{Key, Shared};
use crate::crypto::single;
use crate::error::{Found, Refusal, ensure};
use crate::rule::ERC_3;
use crate::wire::activation_code;
use crate::wire::event_counter::{self, EventCounter};
use crate::wire::full_activation::{Content, encrypted_head, plain};

impl SingleLicense {
    fn code(&self) -> u128 {
        single::code_of_license(&self.vector.master_key, self.serial, &self.license_key)
    }

    /// The activation code (SDL-3). It is the license key for whoever has the static vector.
    pub fn generate_activation_code(&self, radix: Radix) -> String {
        activation_code::encode(self.code(), radix)
    }

    /// The event counters as they stand. ERC-2, ERC-3.
    pub fn generate_event_counter(&self) -> Result<String, Refusal> {
        let mut counters = Vec::new();
        for index in event_counter::indices(&self.vector)? {
            let next = self.applications.get(index).map_or(0, |state| state.next_event);
            ensure(next <= u64::from(u32::MAX), ERC_3, Found::Number(next))?;
            counters.push((index, u32::try_from(next).unwrap_or(u32::MAX)));
        }
        let mac = single::event_counter_mac(&self.license_key, self.serial, &counters);
        let counters = counters.into_iter().map(|(_, counter)| counter).collect();
        Ok(EventCounter { counters, mac }.encode())
    }

    /// Full activation data (SDL-18): encrypted under the shared secret, plain without; the nonce is drawn for it.
    /// With an event reactivation counter: ERC-2, ERC-3.
    pub fn generate_full_activation(
        &self,
        shared: Option<&Key<Shared>>,
        with_counter: bool,
        nonce: &[u8; NONCE_LENGTH],
    ) -> Result<Vec<u8>, Refusal> {
        let event_counter = if with_counter { self.generate_event_counter()? } else { String::new() };
        let check = single::key_check(&self.license_key, self.serial);
        let mut content =
            Content::encode(self.serial, self.code(), check, &self.vector_bytes(), &event_counter);
        let Some(shared) = shared else {
            return Ok(plain(&content).to_vec());
        };
        let head = encrypted_head();
        let tag = Gcm::sealing(&single::full_activation(shared)).seal(nonce, &head, &mut content);
        Ok([&head[..], nonce, &content, &tag].concat())
    }
}
