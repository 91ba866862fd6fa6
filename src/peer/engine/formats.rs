//! The formats alone: message vector, license file, BLOB.

use super::super::operations::*;
use super::super::protocol::{Array, Bytes, Number};
use super::{Engine, Fail, Serve, fault, protection_of, serial_of};
use channel::crypto::keys::Key;
use channel::license::blob::{self, Epoch, Generation, MAX_CONTENT, Place};
use channel::license::file::{self, Writer, ensure_distinct, is_application, is_type};
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};

/// The numbers, each within its range already.
pub(super) fn message_vector_of(numbers: &MessageVectorEncode) -> MessageVector {
    let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    MessageVector {
        policy: Policy {
            activation: protection_of(numbers.activation_protection),
            messages: protection_of(numbers.message_protection),
            post_activation: numbers.post_activation.byte(),
        },
        activation_validity_days: short(numbers.activation_validity_days.get()),
        message_age_limit_s: numbers.message_age_limit_s,
        code_tries: numbers.code_tries.byte(),
        signature_tries: numbers.signature_tries.byte(),
        windows: Windows {
            identification: short(numbers.identification_window.get()),
            signature: short(numbers.signature_window.get()),
            first_use_s: short(numbers.first_use_s.get()),
            look_ahead: short(numbers.look_ahead.get()),
        },
    }
}

impl Serve for MessageVectorEncode {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<MessageVectorText, Fail> {
        Ok(MessageVectorText { message_vector: message_vector_of(&self).encode() })
    }
}

impl Serve for MessageVectorText {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<MessageVectorEncode, Fail> {
        let vector = MessageVector::decode(&self.message_vector)?;
        let Windows { identification, signature, first_use_s, look_ahead } = vector.windows;
        Ok(MessageVectorEncode {
            activation_protection: Number::from(u32::from(vector.policy.activation.number())),
            message_protection: Number::from(u32::from(vector.policy.messages.number())),
            post_activation: Number::from(u32::from(vector.policy.post_activation)),
            activation_validity_days: Number::from(u32::from(vector.activation_validity_days)),
            message_age_limit_s: vector.message_age_limit_s,
            code_tries: Number::from(u32::from(vector.code_tries)),
            signature_tries: Number::from(u32::from(vector.signature_tries)),
            identification_window: Number::from(u32::from(identification)),
            signature_window: Number::from(u32::from(signature)),
            first_use_s: Number::from(u32::from(first_use_s)),
            look_ahead: Number::from(u32::from(look_ahead)),
        })
    }
}

impl Serve for LicenseFileWrite {
    const SESSION: bool = false;

    fn serve(self, engine: &mut Engine, _: &str) -> Result<FileResult, Fail> {
        if !(1..=99).contains(&self.licenses.len()) {
            return fault("licenses: 1 to 99");
        }
        let licenses: Vec<_> = self.licenses.iter().map(license_of).collect::<Result<_, _>>()?;
        let given = self.random.and_then(|random| random.file_id);
        let file_id = engine.draw(given.map(|id| id.0));
        let transport = Key::new(self.transport_key.0);
        let count = u32::try_from(licenses.len()).unwrap_or(u32::MAX);
        let mut out = String::new();
        let vector = &self.static_vector.0;
        let mut writer = Writer::new(&transport, &file_id, vector, &self.message_vector, count, &mut out)?;
        for license in &licenses {
            writer.license(license, &mut out)?;
        }
        writer.finish(&mut out);
        ensure_distinct(licenses.iter().map(|license| license.serial))?;
        Ok(FileResult { file: Bytes(out.into_bytes()) })
    }
}

fn license_of(parameters: &LicenseParameters) -> Result<file::License<'_>, Fail> {
    let LicenseParameters { serial, r#type, application, threshold, secure_channel, license_key } =
        parameters;
    if !is_type(r#type) || !is_application(application) {
        return fault("type: 1 to 16 of A-Z0-9; application: 12 of A-Z0-9, blanks at the end");
    }
    Ok(file::License {
        serial: serial_of(serial)?,
        kind: r#type,
        application,
        threshold: threshold.byte(),
        secure_channel: *secure_channel,
        license_key: Key::new(license_key.0),
    })
}

impl Serve for LicenseFileRead {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<LicenseFileResult, Fail> {
        let (header, licenses) = file::read(&Key::new(self.transport_key.0), &self.file.0)?;
        let told = |license: &file::License<'_>| LicenseResult {
            serial: license.serial.to_string(),
            r#type: license.kind.to_owned(),
            application: license.application.to_owned(),
            threshold: Number::from(u32::from(license.threshold)),
            secure_channel: license.secure_channel,
            license_key: Array(*license.license_key.expose()),
            activation_vector: license.activation_vector(&header.static_vector),
        };
        Ok(LicenseFileResult {
            licenses: licenses.iter().map(told).collect(),
            message_vector: header.message_vector.encode(),
            static_vector: Bytes(header.static_vector_bytes.clone()),
        })
    }
}

fn place_of(
    serial: &str,
    epoch: Array<8>,
    sequence: Number<0, 99>,
    index: Number<0, 8>,
) -> Result<Place, Fail> {
    let epoch = Epoch(epoch.0);
    Ok(Place { serial: serial_of(serial)?, epoch, sequence: sequence.byte(), index: index.byte() })
}

impl Serve for BlobSeal {
    const SESSION: bool = false;

    fn serve(self, engine: &mut Engine, _: &str) -> Result<BlobResult, Fail> {
        let place = place_of(&self.serial, self.epoch, self.sequence, self.index)?;
        if self.content.0.len() > MAX_CONTENT {
            return fault("content: at most 153 bytes");
        }
        let given = self.random.and_then(|random| random.blob_nonce);
        let nonce = engine.draw(given.map(|nonce| nonce.0));
        let blob =
            place.seal(&Key::new(self.storage_key.0), &nonce, Generation(self.generation), &self.content.0);
        Ok(BlobResult { blob: blob::to_text(&blob) })
    }
}

impl Serve for BlobOpen {
    const SESSION: bool = false;

    fn serve(self, _: &mut Engine, _: &str) -> Result<ContentResult, Fail> {
        let place = place_of(&self.serial, self.epoch, self.sequence, self.index)?;
        let opened = place.open(&Key::new(self.storage_key.0), &blob::from_text(&self.blob)?)?;
        Ok(ContentResult { generation: opened.generation.0, content: Bytes(opened.content.to_vec()) })
    }
}
