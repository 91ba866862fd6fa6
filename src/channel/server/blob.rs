//! BLOBs: what of a license its caller may keep. SPEC section 22. And what an instance is called (INS-1).
//!
//! ```text
//! sequence  index  content
//! 0         0      license key (16)
//! 0         1      payload key (16)
//! 1..=99    1..=8  u8 flags || application key (16) || i64 shift || u64 last step || u64 next OTP step
//!                  || u64 next event || u8 n (0..=12) || n × hash (8)
//! ```
//! No counter that must not go back is in any of them: those are in the row ([`super::row`]).

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::License;
use super::window::ApplicationState;
use crate::bytes::Reader;
use crate::crypto::gcm::NONCE_LENGTH;
use crate::crypto::keys::{Application, Key, Storage};
use crate::crypto::protect::PayloadChannel;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::license::blob::{self, Place};
use crate::rule::{BLB_6, BLB_7, BLB_8, VER_3};
use crate::serial::Sequence;
use crate::wire::static_vector::{ApplicationRules, Mode};

/// One of the BLOBs of a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blob {
    Master,
    PayloadKey,
    Application(Sequence, u8),
}

/// An application as a person knows it (INS-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationName {
    /// 1..=8.
    pub index: u8,
    /// 12 characters, the last two the sequence number.
    pub name: String,
    /// What it does.
    pub mode: Mode,
}

impl License {
    /// Where a BLOB of this license belongs: sequence 0..=99, index 0..=8.
    pub fn place(&self, sequence: u8, index: u8) -> Place {
        Place { serial: self.serial, sequence, index }
    }

    /// Hands out a BLOB; the nonce is drawn for it. BLB-6.
    pub fn seal_blob(
        &self,
        storage: &Key<Storage>,
        sequence: u8,
        index: u8,
        nonce: &[u8; NONCE_LENGTH],
    ) -> Result<Vec<u8>, Refusal> {
        let content = match self.blob(sequence, index)? {
            Blob::Master => Zeroizing::new(self.license_key.expose().to_vec()),
            Blob::PayloadKey => {
                let payload_key =
                    self.channel.as_ref().map(|channel| channel.payload_key().expose().to_vec());
                Zeroizing::new(payload_key.unwrap_or_default())
            }
            Blob::Application(sequence, index) => self.application_content(sequence, index)?,
        };
        Ok(self.place(sequence, index).seal(storage, nonce, &content))
    }

    /// Takes a BLOB back as text, in place of what was there (BLB-9). BLB-6, BLB-3, BLB-4, BLB-5, BLB-7, BLB-8.
    pub fn load_blob(
        &mut self,
        storage: &Key<Storage>,
        sequence: u8,
        index: u8,
        blob: &str,
    ) -> Result<(), Refusal> {
        self.blob(sequence, index)?;
        self.load_blob_bytes(storage, sequence, index, &blob::from_text(blob)?)
    }

    /// The same for its bytes.
    pub fn load_blob_bytes(
        &mut self,
        storage: &Key<Storage>,
        sequence: u8,
        index: u8,
        blob: &[u8],
    ) -> Result<(), Refusal> {
        let which = self.blob(sequence, index)?;
        let content = self.place(sequence, index).open(storage, blob)?;
        let mut reader = Reader::new(&content);
        match which {
            Blob::Master => self.license_key = Key::new(last_16(&mut reader)?),
            Blob::PayloadKey => {
                let payload_key = Key::new(last_16(&mut reader)?);
                let protection = self.settings.message_vector.policy.messages;
                self.channel = Some(PayloadChannel::new(payload_key, protection));
            }
            Blob::Application(sequence, index) => {
                let flags = reader.u8(BLB_7)?;
                let key = Zeroizing::new(reader.array::<16>(BLB_7)?);
                let Some(rules) = self.vector.application(index) else {
                    return refuse(BLB_6, Found::Number(index.into()));
                };
                let state = ApplicationState::decode(flags, rules.factor, &mut reader)?;
                let right = self.key_in_blob(sequence, index)?.expose().ct_eq(&*key);
                ensure(bool::from(right), BLB_8, Found::Nothing)?;
                if let Some(instance) = self.instances.get_mut(&sequence) {
                    if fault::bent("blob-unlocks", false, true) {
                        instance.signature_failures.clear();
                    }
                    if fault::bent("blob-loads-nothing", false, true) {
                        return Ok(());
                    }
                    instance.keep(index, state);
                }
            }
        }
        Ok(())
    }

    /// BLB-6.
    fn blob(&self, sequence: u8, index: u8) -> Result<Blob, Refusal> {
        let instance = Sequence::new(sequence).filter(|sequence| self.instances.contains_key(sequence));
        match (sequence, index, instance) {
            (0, 0, _) => Ok(Blob::Master),
            (0, 1, _) if self.channel.is_some() || fault::bent("blob-of-no-channel", false, true) => {
                Ok(Blob::PayloadKey)
            }
            (_, _, Some(sequence)) if self.vector.application(index).is_some() => {
                Ok(Blob::Application(sequence, index))
            }
            _ => refuse(BLB_6, Found::Number(u64::from(sequence))),
        }
    }

    fn application_content(&self, sequence: Sequence, index: u8) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let key = self.key_in_blob(sequence, index)?;
        let instance = self.instances.get(&sequence);
        let state = instance.and_then(|it| it.applications.get(&index)).cloned().unwrap_or_default();
        let mut content = Zeroizing::new(vec![fault::bent("blob-flags", state.flags(), 0)]);
        content.extend(key.expose());
        state.encode(&mut content);
        Ok(content)
    }

    /// KEY-8, of an instance that exists.
    fn key_in_blob(&self, sequence: Sequence, index: u8) -> Result<Key<Application>, Refusal> {
        match self.instances.get(&sequence) {
            None => refuse(BLB_6, Found::Number(sequence.number().into())),
            Some(instance) => Ok(self.application_key(sequence, instance, index)),
        }
    }

    /// The type of an instance, and its applications. VER-3.
    pub fn instance(&self, sequence: Sequence) -> Result<(String, Vec<ApplicationName>), Refusal> {
        let Some(instance) = self.instances.get(&sequence) else {
            return refuse(VER_3, Found::Number(sequence.number().into()));
        };
        let told = |rules: &&ApplicationRules| rules.enabled || fault::bent("instance-disabled", true, false);
        let applications = self.vector.applications.iter().filter(told).map(|rules| ApplicationName {
            index: rules.form.index,
            name: format!(
                "{}{sequence}",
                String::from_utf8_lossy(
                    rules.name.get(..fault::bent("instance-name-short", 10, 9)).unwrap_or_default()
                )
            ),
            mode: rules.mode,
        });
        Ok((instance.kind(), applications.collect()))
    }
}

/// A content that is a key and nothing else. BLB-7.
fn last_16(reader: &mut Reader<'_>) -> Result<[u8; 16], Refusal> {
    let key = reader.array(BLB_7)?;
    ensure(reader.left() == 0, BLB_7, Found::Offset(reader.offset()))?;
    Ok(key)
}
