//! The single-device license.

use super::super::operations::*;
use super::super::protocol::{Bytes, Nothing};
use super::single_formats::radix_of;
use super::{Engine, Fail, Serve, Session, data_of, serial_of};
use channel::crypto::keys::Key;
use channel::server;
use channel::server::single::{SingleLicense, SingleSettings};
use channel::text::hex;
use channel::wire::message_vector::Windows;

impl Serve for ServerSingleCreate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        let settings = SingleSettings {
            signature_tries: self.signature_tries.byte(),
            windows: Windows {
                identification: short(self.identification_window.get()),
                signature: short(self.signature_window.get()),
                first_use_s: short(self.first_use_s.get()),
                look_ahead: short(self.look_ahead.get()),
            },
        };
        let (serial, license_key) = (serial_of(&self.serial)?, Key::new(self.license_key.0));
        let license = SingleLicense::new(serial, license_key, &self.static_vector.0, settings)?;
        engine.add(session, Session::SingleServer(Box::new(license)));
        Ok(Nothing {})
    }
}

impl Serve for ServerSingleReimport {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let license = engine.single_server(session)?;
        license.reimport(Key::new(self.license_key.0), &self.static_vector.0)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerSingleGenerateActivationCode {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<CodeResult, Fail> {
        let license = engine.single_server(session)?;
        Ok(CodeResult { code: license.generate_activation_code(radix_of(self.hexadecimal)) })
    }
}

impl Serve for ServerSingleGenerateFullActivationData {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<FullActivationResult, Fail> {
        let given = self.random.and_then(|random| random.activation_nonce);
        let nonce = engine.draw(given.map(|nonce| nonce.0));
        let shared = self.shared_secret.map(|secret| Key::new(secret.0));
        let license = engine.single_server(session)?;
        let data = license.generate_full_activation(shared.as_ref(), self.with_counter, &nonce)?;
        Ok(FullActivationResult { data: hex::encode(&data) })
    }
}

impl Serve for ServerSingleGenerateEventReactivationCounter {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<EventReactivationCounterResult, Fail> {
        let event_reactivation_counter = engine.single_server(session)?.generate_event_counter()?;
        Ok(EventReactivationCounterResult { event_reactivation_counter })
    }
}

impl Serve for ServerSingleVerifyResponse {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let license = engine.single_server(session)?;
        let (serial, data) = (serial_of(&self.serial)?, data_of(self.data)?);
        license.verify_response(serial, self.application.byte(), &data, &self.response, self.now)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerSingleVerifyDerivationCode {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let license = engine.single_server(session)?;
        let serial = serial_of(&self.serial)?;
        let (challenge, code) = (self.challenge.as_deref(), &self.code);
        license.verify_derivation_code(serial, challenge, code, self.replace, self.now)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerSingleUnlock {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.single_server(session)?.unlock();
        Ok(Nothing {})
    }
}

impl Serve for ServerSingleResynchronise {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let license = engine.single_server(session)?;
        let (first, second) = (data_of(self.first.data)?, data_of(self.second.data)?);
        let attempts = [
            server::Attempt { data: first, response: &self.first.response },
            server::Attempt { data: second, response: &self.second.response },
        ];
        license.resynchronise(self.application.byte(), attempts, self.now)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerSingleSave {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<SavedResult, Fail> {
        let given = self.random.and_then(|random| random.state_nonce);
        let nonce = engine.draw(given.map(|nonce| nonce.0));
        let license = engine.single_server(session)?;
        Ok(SavedResult { state: Bytes(license.save(&Key::new(self.storage_key.0), &nonce)) })
    }
}

impl Serve for ServerSingleLoad {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let license = SingleLicense::load(&Key::new(self.storage_key.0), &self.state.0)?;
        engine.add(session, Session::SingleServer(Box::new(license)));
        Ok(Nothing {})
    }
}
