//! A single-device license: the server's counterpart of one account. SPEC sections 28 to 30.
//!
//! ```text
//! activate   codes, full activation data, event reactivation counters
//! respond    verifying responses                            derive     verifying the derivation code, binding
//! operate    unlocking, resynchronising, importing again    state      at rest, under the storage key
//! ```
//! Windows, replays and resynchronising are those of an instance (`server/verify.rs`, `server/operate.rs`). It mirrors
//! [`crate::client::single`] file by file and never names it.

mod activate;
mod derive;
mod operate;
mod respond;
mod state;

use super::Floor;
use super::applications::Applications;
use super::verify::Verifier;
use crate::bytes::Wire;
use crate::crypto::keys::{Application, Key, License};
use crate::crypto::single::{self, Diversifier};
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::{AM1_8, SDL_13, SDL_14, VER_5};
use crate::serial::Serial;
use crate::state::Counter;
use crate::wire::message_vector::Windows;
use crate::wire::static_vector::StaticVector;

/// The numbers that a license is created with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SingleSettings {
    /// Wrong responses and derivation codes before it is locked, 1..=99.
    pub signature_tries: u8,
    /// How far its client may be off.
    pub windows: Windows,
}

/// The state of a license.
#[derive(Clone, Debug, Hash)]
pub struct SingleLicense {
    serial: Serial,
    license_key: Key<License>,
    vector: StaticVector,
    settings: SingleSettings,
    applications: Applications,
    signature_failures: Counter,
    /// The platform that it is bound to (BND-10).
    bound: Option<Diversifier>,
}

impl SingleLicense {
    /// A license that nobody uses yet. The static vector by its own rules (STV), AM1-8, VER-21, VER-22.
    pub fn new(
        serial: Serial,
        license_key: Key<License>,
        static_vector: &[u8],
        settings: SingleSettings,
    ) -> Result<Self, Refusal> {
        let license = Self::kept(serial, license_key, static_vector, settings)?;
        license.ensure_strong()?;
        Ok(license)
    }

    /// Refuses settings by which a response can be guessed (VER-21, VER-22).
    fn ensure_strong(&self) -> Result<(), Refusal> {
        let SingleSettings { signature_tries: tries, windows } = &self.settings;
        Floor { vector: &self.vector, tries: *tries, windows, secure_channel: false }.ensure()
    }

    /// The same for one that was made before: its settings are not judged again (VER-24). STV, AM1-8.
    fn kept(
        serial: Serial,
        license_key: Key<License>,
        static_vector: &[u8],
        settings: SingleSettings,
    ) -> Result<Self, Refusal> {
        let vector = StaticVector::decode(static_vector)?;
        ensure(serial.prefix() == vector.prefix, AM1_8, Found::Nothing)?;
        Ok(Self {
            serial,
            license_key,
            vector,
            settings,
            applications: Applications::without_blobs(),
            signature_failures: Counter::default(),
            bound: None,
        })
    }

    /// Its name.
    pub fn serial(&self) -> Serial {
        self.serial
    }

    /// Wrong responses and derivation codes since the last right one.
    pub fn signature_failures(&self) -> u8 {
        self.signature_failures.value()
    }

    /// Refuses a serial number other than this license's, of another prefix or of another suffix (SDL-13, SDL-14).
    fn ensure_named(&self, serial: Serial) -> Result<(), Refusal> {
        let trap = serial != self.serial && serial.with_prefix(self.serial.prefix()) == self.serial;
        ensure(!trap, SDL_13, Found::Nothing)?;
        ensure(serial == self.serial || trap, SDL_14, Found::Nothing)
    }

    /// Refuses once as many responses were wrong as the license allows (VER-5).
    fn ensure_unlocked(&self) -> Result<(), Refusal> {
        let failures = self.signature_failures.value();
        ensure(failures < self.settings.signature_tries, VER_5, Found::Nothing)
    }

    /// SDL-1: bound if the license is.
    fn application_key(&self, index: u8) -> Key<Application> {
        let bound = fault::bent("verifies-unbound", self.bound, None);
        single::application(&self.license_key, self.serial, index, bound)
    }

    /// What is verified with.
    fn verifier(&mut self, index: u8) -> Option<Verifier<'_>> {
        Some(Verifier {
            rules: self.vector.application(index)?,
            windows: &self.settings.windows,
            applications: &mut self.applications,
            signature_failures: &mut self.signature_failures,
        })
    }

    fn vector_bytes(&self) -> Vec<u8> {
        self.vector.to_bytes()
    }
}
