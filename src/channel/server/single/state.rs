//! A single-device license at rest, sealed as a whole under the storage key. SPEC section 28.
//!
//! ```text
//! serial (5) || license key (16) || u16 length || static vector || u8 signature_tries || u8 identification_window
//! || u8 signature_window || u16 first_use_s || u8 look_ahead || u8 signature_failures || u8 bound || [D (7)]
//! || per application of the vector: u8 flags || i64 shift || u64 last step || u64 next OTP step || u64 next event
//!    || u8 n || n × hash (8)
//! ```

use zeroize::Zeroizing;

use super::super::ApplicationState;
use super::{SingleLicense, SingleSettings};
use crate::bytes::Reader;
use crate::crypto::gcm::NONCE_LENGTH;
use crate::crypto::keys::{Key, Storage};
use crate::crypto::single::{Diversifier, license_state};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::license::single_state::{LICENSE, open, seal};
use crate::rule::SDL_34;
use crate::serial::Serial;
use crate::state::Counter;
use crate::wire::message_vector::Windows;

impl SingleLicense {
    /// The state, to be written in one step. The nonce is drawn for it.
    pub fn save(&self, storage: &Key<Storage>, nonce: &[u8; NONCE_LENGTH]) -> Vec<u8> {
        let byte = |number: u16| u8::try_from(number).unwrap_or(u8::MAX);
        let Windows { identification, signature, first_use_s, look_ahead } = self.settings.windows;
        let mut content = Zeroizing::new(Vec::new());
        content.extend(self.serial.to_bytes());
        content.extend(self.license_key.expose());
        let vector = self.vector_bytes();
        content.extend(u16::try_from(vector.len()).unwrap_or(u16::MAX).to_be_bytes());
        content.extend(vector);
        content.extend([self.settings.signature_tries, byte(identification), byte(signature)]);
        content.extend(first_use_s.to_be_bytes());
        content.extend([byte(look_ahead), self.signature_failures.value(), u8::from(self.bound.is_some())]);
        content.extend(self.bound.iter().flat_map(|Diversifier(bytes)| *bytes));
        for rules in &self.vector.applications {
            let state = self.applications.state(rules.form.index);
            content.push(state.flags());
            state.encode(&mut content);
        }
        seal(LICENSE, &license_state(storage), nonce, &content)
    }

    /// The license that was saved. SDL-31, SDL-32, SDL-33, then from left to right SDL-34, STV.
    pub fn load(storage: &Key<Storage>, state: &[u8]) -> Result<Self, Refusal> {
        let content = open(LICENSE, &license_state(storage), state)?;
        let mut reader = Reader::new(&content);
        let serial =
            Serial::from_bytes(reader.array(SDL_34)?).or_else(|_| refuse(SDL_34, Found::Offset(0)))?;
        let license_key = Key::new(*Zeroizing::new(reader.array(SDL_34)?));
        let length = usize::from(reader.u16(SDL_34)?);
        let vector = reader.take(length, SDL_34)?;
        // The settings come after the vector: they are put in their place below.
        let nothing = Windows { identification: 0, signature: 0, first_use_s: 0, look_ahead: 0 };
        let settings = SingleSettings { signature_tries: 1, windows: nothing };
        let mut license = match Self::kept(serial, license_key, vector, settings) {
            Err(refusal) if refusal.rule == crate::rule::AM1_8 => return refuse(SDL_34, refusal.found),
            license => license?,
        };
        license.settings = decode_settings(&mut reader)?;
        let failures = reader.u8(SDL_34)?;
        ensure(failures <= license.settings.signature_tries, SDL_34, Found::Number(failures.into()))?;
        license.signature_failures = Counter::of(failures);
        license.bound = match within(reader.u8(SDL_34)?.into(), 0, 1)? {
            0 => None,
            _ => Some(Diversifier(reader.array(SDL_34)?)),
        };
        license.bound = fault::bent("single-loads-unbound", license.bound, None);
        for rules in &license.vector.applications {
            let found = Found::Offset(reader.offset());
            let flags = reader.u8(SDL_34)?;
            let state = ApplicationState::read(flags, rules.factor, &mut reader)
                .or_else(|_| refuse(SDL_34, found))?;
            license.applications.insert(rules.form.index, state);
        }
        ensure(reader.left() == 0, SDL_34, Found::Offset(reader.offset()))?;
        if fault::bent("floor-of-kept", false, true) {
            license.ensure_strong()?;
        }
        Ok(license)
    }
}

fn decode_settings(reader: &mut Reader<'_>) -> Result<SingleSettings, Refusal> {
    let signature_tries = u8::try_from(within(reader.u8(SDL_34)?.into(), 1, 99)?).unwrap_or(u8::MAX);
    let windows = Windows {
        identification: within(reader.u8(SDL_34)?.into(), 0, 100)?,
        signature: within(reader.u8(SDL_34)?.into(), 0, 100)?,
        first_use_s: within(reader.u16(SDL_34)?, 0, 10_800)?,
        look_ahead: within(reader.u8(SDL_34)?.into(), 0, 20)?,
    };
    Ok(SingleSettings { signature_tries, windows })
}

fn within(value: u16, low: u16, high: u16) -> Result<u16, Refusal> {
    ensure((low..=high).contains(&value), SDL_34, Found::Number(value.into()))?;
    Ok(value)
}
