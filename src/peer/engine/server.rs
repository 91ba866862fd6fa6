//! The server.

use super::super::operations::*;
use super::super::protocol::{self, Array, Message, Nothing};
use super::formats::message_vector_of;
use super::push::login_of;
use super::{Engine, Fail, Serve, Session, carrier_of, data_of, fault, message_of, sequence_of, serial_of};
use channel::bytes::Wire;
use channel::crypto::keys::{Key, Payload};
use channel::license::blob::{self, Epoch};
use channel::server::{self, License, Origin, Settings};
use channel::text::charset::Charset;
use channel::text::gateway_string::GatewayString;
use channel::text::hex;
use channel::wire::request::{Content, Request};
use channel::wire::static_vector::{self, StaticVector};

impl Serve for ServerCreate {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let serial = serial_of(&self.serial)?;
        let static_vector = StaticVector::decode(&self.static_vector.0)?;
        let (payload_key, epoch) = drawn(engine, self.random);
        let origin = Origin {
            serial,
            license_key: Key::new(self.license_key.0),
            static_vector,
            static_vector_bytes: self.static_vector.0,
            payload_key: self.secure_channel.then_some(payload_key),
            epoch,
            last_counter: self.last_counter,
        };
        let message_vector = message_vector_of(&MessageVectorEncode {
            activation_protection: self.activation_protection,
            message_protection: self.message_protection,
            post_activation: self.post_activation,
            activation_validity_days: self.activation_validity_days,
            message_age_limit_s: self.message_age_limit_s,
            code_tries: self.code_tries,
            signature_tries: self.signature_tries,
            identification_window: self.identification_window,
            signature_window: self.signature_window,
            first_use_s: self.first_use_s,
            look_ahead: self.look_ahead,
        });
        let settings = Settings { message_vector, threshold: self.threshold.byte() };
        let license = License::new(origin, settings)?;
        engine.add(session, Session::server(license));
        Ok(Nothing {})
    }
}

/// What is drawn for a license: payload key and epoch.
fn drawn(engine: &mut Engine, random: Option<RandomLicense>) -> (Key<Payload>, Epoch) {
    let RandomLicense { payload_key, epoch } = random.unwrap_or_default();
    let payload_key = Key::new(engine.draw(payload_key.map(|key| key.0)));
    (payload_key, Epoch(engine.draw(epoch.map(|epoch| epoch.0))))
}

impl Serve for ServerGenerateActivation1 {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Message, Fail> {
        let given = self.random.and_then(|random| random.challenge);
        let mut challenge = engine.draw(given.map(|challenge| challenge.0));
        while challenge == [0; 8] {
            challenge = engine.draw(None);
        }
        let challenge = self.with_challenge.then_some(challenge);
        let frame =
            engine.server(session)?.generate_activation1(challenge, self.with_static_vector, self.now)?;
        Ok(message_of(&frame))
    }
}

impl Serve for ServerVerifyDeviceCode {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<DeviceResult, Fail> {
        let device = engine.server(session)?.verify_device_code(&self.device_code, self.replace, self.now)?;
        Ok(DeviceResult { device_type: u32::from(device.kind), device_id: Array(device.id) })
    }
}

impl Serve for ServerGenerateActivation2 {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Activation2Result, Fail> {
        let given = self.random.and_then(|random| random.instance_salt);
        let salt = engine.draw(given.map(|salt| salt.0));
        let (sequence, frame) = engine.server(session)?.generate_activation2(salt, self.now)?;
        Ok(Activation2Result { message: hex::encode(&frame), sequence: u32::from(sequence.number()) })
    }
}

impl Serve for ServerGenerateRequest {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Message, Fail> {
        let request = Request {
            minimum_version: self.minimum_version.byte(),
            require_pin: self.require_pin,
            template: self.template.byte(),
            charset: match self.charset {
                protocol::Charset::Utf8 => Charset::Utf8,
                protocol::Charset::Iso8859_15 => Charset::Iso8859_15,
            },
            application: self.application.byte(),
            content: content_of(self.content)?,
        };
        let frame = engine.server(session)?.generate_request(&request, carrier_of(self.carrier), self.now)?;
        Ok(message_of(&frame))
    }
}

impl Serve for ServerVerifyMessageSignature {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let sequence = sequence_of(self.sequence)?;
        let license = engine.server(session)?;
        license.verify_message_signature(sequence, &self.message, &self.signature, self.now)?;
        Ok(Nothing {})
    }
}

fn content_of(content: protocol::Content) -> Result<Content, Fail> {
    match content {
        protocol::Content::List { items, .. }
            if !(1..=16).contains(&items.len()) || items.iter().any(|(key, _)| key.is_empty()) =>
        {
            fault("items: 1 to 16, each with a key")
        }
        protocol::Content::FreeText { text, .. } if text.is_empty() => fault("text is not empty"),
        protocol::Content::List { title, items } => Ok(Content::List { title, items }),
        protocol::Content::Challenge { title, challenge } => Ok(Content::Challenge { title, challenge }),
        protocol::Content::FreeText { title, text } => Ok(Content::FreeText { title, text }),
        protocol::Content::Notification { challenge_key } => {
            Ok(Content::Gateway(GatewayString::Notification { challenge_key }))
        }
        protocol::Content::Login { service, index, user, domain } => {
            Ok(Content::Gateway(login_of(service, index, user, domain)))
        }
    }
}

impl Serve for ServerGenerateDeactivation {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Message, Fail> {
        let license = engine.server(session)?;
        let frame = license.generate_deactivation(sequence_of(self.sequence)?, self.now)?;
        Ok(message_of(&frame))
    }
}

impl Serve for ServerVerifyResponse {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let license = engine.server(session)?;
        let (sequence, data) = (sequence_of(self.sequence)?, data_of(self.data)?);
        license.verify_response(sequence, self.application.byte(), &data, &self.response, self.now)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerGenerateUnlockResponse {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<ResponseResult, Fail> {
        let license = engine.server(session)?;
        let response = license.generate_unlock_response(sequence_of(self.sequence)?, &self.challenge)?;
        Ok(ResponseResult { response })
    }
}

impl Serve for ServerUnlockInstance {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.server(session)?.unlock_instance(sequence_of(self.sequence)?)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerRestored {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let (license, logins) = engine.logins(session)?;
        license.restored(self.highest_sequence.byte(), self.now);
        logins.forget(license.serial());
        Ok(Nothing {})
    }
}

impl Serve for ServerResynchronise {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let license = engine.server(session)?;
        let sequence = sequence_of(self.sequence)?;
        let (first, second) = (data_of(self.first.data)?, data_of(self.second.data)?);
        let attempts = [
            server::Attempt { data: first, response: &self.first.response },
            server::Attempt { data: second, response: &self.second.response },
        ];
        license.resynchronise(sequence, self.application.byte(), attempts, self.now)?;
        Ok(Nothing {})
    }
}

impl Serve for ServerImport {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        engine.ensure_free(session)?;
        let serial = serial_of(&self.serial)?;
        let drawn = drawn(engine, self.random);
        let license = License::import(&Key::new(self.transport_key.0), &self.file.0, serial, drawn)?;
        engine.add(session, Session::server(license));
        Ok(Nothing {})
    }
}

impl Serve for ServerReimport {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let drawn = drawn(engine, self.random);
        let (license, logins) = engine.logins(session)?;
        license.reimport(&Key::new(self.transport_key.0), &self.file.0, drawn)?;
        logins.forget(license.serial());
        Ok(Nothing {})
    }
}

impl Serve for ServerInstance {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<InstanceResult, Fail> {
        let (kind, applications) = engine.server(session)?.instance(sequence_of(self.sequence)?)?;
        let told = |application: server::ApplicationName| ApplicationResult {
            application: protocol::Number::from(u32::from(application.index)),
            name: application.name,
            mode: match application.mode {
                static_vector::Mode::ResponseOnly => Mode::Ro,
                static_vector::Mode::ChallengeResponse => Mode::Cr,
                static_vector::Mode::Signature => Mode::Sg,
                static_vector::Mode::MultiMode => Mode::Mm,
                static_vector::Mode::Unlock => Mode::Ul,
            },
        };
        Ok(InstanceResult { r#type: kind, applications: applications.into_iter().map(told).collect() })
    }
}

impl Serve for ServerSealBlob {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<BlobResult, Fail> {
        let given = self.random.and_then(|random| random.blob_nonce);
        let nonce = engine.draw(given.map(|nonce| nonce.0));
        let storage = Key::new(self.storage_key.0);
        let license = engine.server(session)?;
        let blob = license.seal_blob(&storage, self.sequence.byte(), self.index.byte(), &nonce)?;
        Ok(BlobResult { blob: blob::to_text(&blob) })
    }
}

impl Serve for ServerLoadBlob {
    fn serve(self, engine: &mut Engine, session: &str) -> Result<Nothing, Fail> {
        let storage = Key::new(self.storage_key.0);
        let license = engine.server(session)?;
        let place = (self.sequence.byte(), self.index.byte());
        license.load_blob(&storage, place, &self.blob, self.now)?;
        Ok(Nothing {})
    }
}
