//! BLOBs: what of a license its caller may keep. SPEC section 22. And what an instance is called (INS-1).
//!
//! ```text
//! sequence  index  content
//! 0         0      license key (16)
//! 0         1      payload key (16)
//! 1..=99    1..=8  u8 flags || application key (16) || i64 shift || u64 last step || u64 next OTP step
//!                  || u64 next event || u8 n (0..=12) || n × hash (8)
//! ```
//! No counter that must not go back is in any of them: those are in the row ([`super::row`]), and so are the epoch of the
//! license and the generation of each BLOB, by which an old one is told from a new one.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::License;
use super::row::NotARow;
use super::window::{self, ApplicationState};
use crate::bytes::Reader;
use crate::crypto::gcm::NONCE_LENGTH;
use crate::crypto::keys::{Application, Key, License as LicenseKey, Storage};
use crate::crypto::protect::PayloadChannel;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::license::blob::{self, Generation, Opened, Place};
use crate::rule::{BLB_6, BLB_7, BLB_8, BLB_12, VER_3};
use crate::serial::Sequence;
use crate::wire::static_vector::{ApplicationRules, Factor, Mode};

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
        Place { serial: self.serial, epoch: self.epoch, sequence, index }
    }

    /// Hands out a BLOB; the nonce is drawn for it. BLB-6.
    pub fn seal_blob(
        &self,
        storage: &Key<Storage>,
        sequence: u8,
        index: u8,
        nonce: &[u8; NONCE_LENGTH],
    ) -> Result<Vec<u8>, Refusal> {
        let which = self.blob(sequence, index)?;
        let content = match which {
            Blob::Master => Zeroizing::new(self.license_key.expose().to_vec()),
            Blob::PayloadKey => {
                let payload_key =
                    self.channel.as_ref().map(|channel| channel.payload_key().expose().to_vec());
                Zeroizing::new(payload_key.unwrap_or_default())
            }
            Blob::Application(sequence, index) => self.application_content(sequence, index)?,
        };
        Ok(self.place(sequence, index).seal(storage, nonce, self.generation(which), &content))
    }

    /// Takes a BLOB back as text, in place of what was there (BLB-9, BLB-13, BLB-14).
    ///
    /// Refuses, in this order: BLB-6, BLB-3, BLB-4, BLB-5, BLB-12, BLB-7, BLB-8.
    pub fn load_blob(
        &mut self,
        storage: &Key<Storage>,
        (sequence, index): (u8, u8),
        blob: &str,
        now: u32,
    ) -> Result<(), Refusal> {
        let which = self.blob(sequence, index)?;
        let blob = blob::from_text(blob)?;
        let Opened { generation, content } = self.place(sequence, index).open(storage, &blob)?;
        let known = self.generation(which);
        ensure(generation >= known, BLB_12, Found::Number(generation.0.into()))?;
        let mut reader = Reader::new(&content);
        match which {
            Blob::Master => {
                let key = Key::new(last_16(&mut reader)?);
                if (generation, &key) != (known, &self.license_key) {
                    self.take_license_key(key);
                    self.generations[0] = generation.next();
                }
            }
            Blob::PayloadKey => {
                let key = Key::new(last_16(&mut reader)?);
                let same = self.channel.as_ref().is_some_and(|channel| *channel.payload_key() == key);
                if generation != known || !same {
                    let protection = self.settings.message_vector.policy.messages;
                    self.channel = Some(PayloadChannel::new(key, protection));
                    self.generations[1] = generation.next();
                }
            }
            Blob::Application(sequence, index) => {
                let (factor, brought) = self.read_application(sequence, index, &mut reader)?;
                let Some(instance) = self.instances.get_mut(&sequence) else { return Ok(()) };
                if fault::bent("blob-unlocks", false, true) {
                    instance.signature_failures.clear();
                }
                let row = instance.applications.state(index);
                if fault::bent("blob-loads-nothing", generation != known || row != brought, false) {
                    let state = window::join(factor, &row, brought, now);
                    instance.applications.set(index, state, generation.next());
                }
            }
        }
        Ok(())
    }

    /// Puts in place what a store kept beside the row: nothing else than what was written with it.
    pub fn load_kept_blob(
        &mut self,
        storage: &Key<Storage>,
        (sequence, index): (u8, u8),
        blob: &[u8],
    ) -> Result<(), NotARow> {
        let Blob::Application(instance, index) = self.blob(sequence, index)? else { return Err(NotARow) };
        let Opened { generation, content } = self.place(sequence, index).open(storage, blob)?;
        if generation != self.generation(Blob::Application(instance, index)) {
            return Err(NotARow);
        }
        let (_, state) = self.read_application(instance, index, &mut Reader::new(&content))?;
        if let Some(instance) = self.instances.get_mut(&instance) {
            instance.applications.set(index, state, generation);
        }
        Ok(())
    }

    /// The content of an application's BLOB. BLB-7, BLB-8.
    fn read_application(
        &self,
        sequence: Sequence,
        index: u8,
        reader: &mut Reader<'_>,
    ) -> Result<(Factor, ApplicationState), Refusal> {
        let flags = reader.u8(BLB_7)?;
        let key = Zeroizing::new(reader.array::<16>(BLB_7)?);
        let Some(rules) = self.vector.application(index) else {
            return refuse(BLB_6, Found::Number(index.into()));
        };
        let state = ApplicationState::decode(flags, rules.factor, reader)?;
        let right = self.key_in_blob(sequence, index)?.expose().ct_eq(&*key);
        ensure(bool::from(right), BLB_8, Found::Nothing)?;
        Ok((rules.factor, state))
    }

    /// BLB-9: with another license key, each application has another key.
    fn take_license_key(&mut self, key: Key<LicenseKey>) {
        if key != self.license_key {
            for instance in self.instances.values_mut() {
                for rules in &self.vector.applications {
                    instance.applications.count(rules.form.index);
                }
            }
        }
        self.license_key = key;
    }

    /// The generation of a BLOB: how often what it holds has become something else (BLB-11).
    fn generation(&self, which: Blob) -> Generation {
        let [master, payload_key] = self.generations;
        match which {
            Blob::Master => master,
            Blob::PayloadKey => payload_key,
            Blob::Application(sequence, index) => self
                .instances
                .get(&sequence)
                .map_or(Generation::FIRST, |instance| instance.applications.generation(index)),
        }
    }

    /// Which BLOB two numbers name; refuses one that the license doesn't have (BLB-6).
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
        let state = instance.map(|it| it.applications.state(index)).unwrap_or_default();
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
