//! A license from its file. SPEC section 21, IMP.

use super::{License, Origin, Settings};
use crate::crypto::keys::{Key, Payload, Transport};
use crate::error::{Found, Refusal, refuse};
use crate::license::file::{self, Header};
use crate::rule::IMP_2;
use crate::serial::Serial;

impl Origin {
    /// What a license's line and its file's header say. `payload_key` is drawn; without Secure Channel it is left.
    pub fn of_file(header: &Header, license: &file::License<'_>, payload_key: Key<Payload>) -> Self {
        Self {
            serial: license.serial,
            license_key: license.license_key.clone(),
            static_vector: header.static_vector.clone(),
            static_vector_bytes: header.static_vector_bytes.clone(),
            payload_key: license.secure_channel.then_some(payload_key),
            last_counter: 0,
        }
    }
}

impl License {
    /// The license of this serial number from a file that is in memory (IMP-1).
    ///
    /// Refuses as SPEC section 21 says of the file, then IMP-2.
    pub fn import(
        transport: &Key<Transport, 32>,
        file: &[u8],
        serial: Serial,
        payload_key: Key<Payload>,
    ) -> Result<Self, Refusal> {
        let (header, licenses) = file::read(transport, file)?;
        match licenses.iter().find(|license| license.serial == serial) {
            Some(license) => {
                let settings =
                    Settings { message_vector: header.message_vector, threshold: license.threshold };
                Self::new(Origin::of_file(&header, license, payload_key), settings)
            }
            None => refuse(IMP_2, Found::Nothing),
        }
    }

    /// The same for a license that exists: it begins anew, but that no nonce is used twice (IMP-3).
    pub fn reimport(
        &mut self,
        transport: &Key<Transport, 32>,
        file: &[u8],
        payload_key: Key<Payload>,
    ) -> Result<(), Refusal> {
        let fresh = Self::import(transport, file, self.serial, payload_key)?;
        *self = Self { last: self.last, ..fresh };
        Ok(())
    }
}
