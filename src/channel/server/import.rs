//! A license from its file. SPEC section 21, IMP.

use super::{License, Origin, Settings};
use crate::crypto::keys::{Key, Payload, Transport};
use crate::error::{Found, Refusal, refuse};
use crate::fault;
use crate::license::blob::Epoch;
use crate::license::file::{self, Header};
use crate::rule::IMP_2;
use crate::serial::Serial;

impl Origin {
    /// What a license's line and its file's header say. `payload_key` and epoch are drawn; without Secure Channel the key
    /// is left.
    pub fn of_file(
        header: &Header,
        license: &file::License<'_>,
        (payload_key, epoch): (Key<Payload>, Epoch),
    ) -> Self {
        Self {
            serial: license.serial,
            license_key: license.license_key.clone(),
            static_vector: header.static_vector.clone(),
            static_vector_bytes: header.static_vector_bytes.clone(),
            payload_key: fault::bent("imports-a-channel", license.secure_channel, true)
                .then_some(payload_key),
            epoch,
            last_counter: fault::bent("imports-a-counter", 0, 1),
        }
    }
}

impl License {
    /// The license of this serial number from a file that is in memory (IMP-1).
    ///
    /// Refuses as SPEC section 21 says of the file, then IMP-2, STV-7, VER-21, VER-22. Payload key and epoch are drawn.
    pub fn import(
        transport: &Key<Transport, 32>,
        file: &[u8],
        serial: Serial,
        drawn: (Key<Payload>, Epoch),
    ) -> Result<Self, Refusal> {
        let (header, licenses) = file::read(transport, file)?;
        match licenses
            .iter()
            .find(|license| license.serial == serial || fault::bent("imports-the-first", false, true))
        {
            Some(license) => {
                let settings = Settings {
                    message_vector: header.message_vector,
                    threshold: fault::bent("imports-any-threshold", license.threshold, 99),
                };
                Self::new(Origin::of_file(&header, license, drawn), settings)
            }
            None => refuse(IMP_2, Found::Nothing),
        }
    }

    /// The same for a license that exists: it begins anew, but that no nonce is used twice (IMP-3).
    pub fn reimport(
        &mut self,
        transport: &Key<Transport, 32>,
        file: &[u8],
        drawn: (Key<Payload>, Epoch),
    ) -> Result<(), Refusal> {
        let fresh = Self::import(transport, file, self.serial, drawn)?;
        let before = std::mem::replace(self, fresh);
        self.last = fault::bent("reimport-nonce", before.last, self.last);
        self.last.time = fault::bent("reimport-time", before.last.time, 0);
        self.last_activation = fault::bent("reimport-am1-time", before.last_activation, None);
        let keep = |part| fault::bent(part, false, true);
        if keep("reimport-keeps-epoch") {
            self.epoch = before.epoch;
        }
        if keep("reimport-keeps-payload-key") && before.channel.is_some() {
            self.channel = before.channel;
        }
        if keep("reimport-keeps-instances") {
            (self.instances, self.last_sequence) = (before.instances, before.last_sequence);
        }
        if keep("reimport-keeps-issued") {
            (self.activation, self.verified, self.issued) =
                (before.activation, before.verified, before.issued);
        }
        if keep("reimport-keeps-failures") {
            self.code_failures = before.code_failures;
        }
        Ok(())
    }
}
