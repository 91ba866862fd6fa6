//! The row: what of a license never leaves its server, so that nothing a caller brings can set it back. The
//! [`super::blob`]s have the rest. Not in SPEC.md: a store is its server's own.
//!
//! ```text
//! 03, the version || u32 time || u32 counter of the last message || u8 1 || u32 time of the latest AM1, or zeros
//! || u8 last sequence number || u8 code_failures || u8 flags
//! || [AM1 out: SHA-256 of it (32) || u32 time]                                                       flag 1
//! || [verified device: u8 type || id (5) || u8 replaces || u8 sequence or 0]                         flag 2
//! || u16 n || n × request:  u32 counter || u32 time || u8 application || u8 accepted || SHA-256 (32)
//! || u8 n  || n × instance: u8 sequence || u8 type || id (5) || salt (13) || u8 status || u8 replaces
//!                           || u8 signature_failures || u8 used: bit index − 1 for each application that has a BLOB
//!                           || u8 changed: the same for each whose BLOB is not of generation 1 || n × u32 generation
//!                           || u24 information counter || [unconfirmed: u32 time of its AM1 || u16 length || AM2]
//! || u32 generation of the license key's BLOB || u32 of the payload key's
//! ```
//! Requests are those of formats 0 to 2 (VER-7), accepted or not (VER-8).
//!
//! A BLOB that got lost would let what was accepted be accepted again, and so would an older one: so the row knows which
//! there are, and of which generation.

use std::collections::BTreeMap;

use super::applications::Applications;
use super::window::ApplicationState;
use super::{Instance, IssuedActivation, IssuedRequest, License, Status, Verified};
use crate::bytes::Reader;
use crate::crypto::kdf::Device;
use crate::error::Refusal;
use crate::license::blob::Generation;
use crate::rule::BLB_7;
use crate::serial::Sequence;
use crate::state::Counter;
use crate::wire::frame::Nonce;

const VERSION: u8 = 3;
const ACTIVATION: u8 = 1;
const VERIFIED: u8 = 2;

/// The bytes are no row: damaged, or of another version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotARow;

/// What cuts a row short; nobody is told which rule a reader was given.
impl From<Refusal> for NotARow {
    fn from(_: Refusal) -> Self {
        Self
    }
}

impl License {
    /// The bytes of the row.
    pub fn row(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        out.extend(self.last.encode());
        out.push(u8::from(self.last_activation.is_some()));
        out.extend(self.last_activation.unwrap_or_default().to_be_bytes());
        out.push(self.last_sequence);
        out.push(self.code_failures.value());
        let flag = |set: bool, bit: u8| if set { bit } else { 0 };
        out.push(flag(self.activation.is_some(), ACTIVATION) | flag(self.verified.is_some(), VERIFIED));
        if let Some(IssuedActivation { hash, time }) = &self.activation {
            out.extend(hash);
            out.extend(time.to_be_bytes());
        }
        if let Some(Verified { device, replaces, instance }) = &self.verified {
            encode_device(*device, &mut out);
            out.extend([u8::from(*replaces), instance.map_or(0, Sequence::number)]);
        }
        out.extend(u16::try_from(self.issued.len()).unwrap_or(u16::MAX).to_be_bytes());
        for (counter, IssuedRequest { time, hash, application, is_accepted }) in &self.issued {
            out.extend(counter.to_be_bytes());
            out.extend(time.to_be_bytes());
            out.extend([*application, u8::from(*is_accepted)]);
            out.extend(hash);
        }
        out.push(u8::try_from(self.instances.len()).unwrap_or(u8::MAX));
        for (sequence, instance) in &self.instances {
            out.push(sequence.number());
            instance.encode(&mut out);
        }
        self.generations.iter().for_each(|generation| out.extend(generation.0.to_be_bytes()));
        out
    }

    /// This license, new until now, with the state of a row. The BLOBs of its applications are loaded next
    /// ([`License::load_kept_blob`]); as long as one is missing, its row is another one.
    pub fn with_row(self, row: &[u8]) -> Result<Self, NotARow> {
        let mut reader = Reader::new(row);
        if reader.u8(BLB_7)? != VERSION {
            return Err(NotARow);
        }
        let last = Nonce::decode(reader.array(BLB_7)?);
        let last_activation = match (reader.u8(BLB_7)?, reader.u32(BLB_7)?) {
            (0, 0) => None,
            (1, time) => Some(time),
            _ => return Err(NotARow),
        };
        let last_sequence = in_range(reader.u8(BLB_7)?, 99)?;
        let code_failures = Counter::of(reader.u8(BLB_7)?);
        let flags = in_range(reader.u8(BLB_7)?, ACTIVATION | VERIFIED)?;
        let activation = match flags & ACTIVATION != 0 {
            true => Some(IssuedActivation { hash: reader.array(BLB_7)?, time: reader.u32(BLB_7)? }),
            false => None,
        };
        let verified = match flags & VERIFIED != 0 {
            true => Some(decode_verified(&mut reader)?),
            false => None,
        };
        let mut issued = BTreeMap::new();
        for _ in 0..reader.u16(BLB_7)? {
            let counter = reader.u32(BLB_7)?;
            let time = reader.u32(BLB_7)?;
            let application = in_range(reader.u8(BLB_7)?, 8)?;
            let is_accepted = in_range(reader.u8(BLB_7)?, 1)? == 1;
            let request = IssuedRequest { time, hash: reader.array(BLB_7)?, application, is_accepted };
            insert_above(&mut issued, counter, request)?;
        }
        let mut instances = BTreeMap::new();
        for _ in 0..reader.u8(BLB_7)? {
            let sequence = Sequence::new(reader.u8(BLB_7)?).ok_or(NotARow)?;
            insert_above(&mut instances, sequence, Instance::decode(&mut reader)?)?;
        }
        let generations = [decode_generation(&mut reader)?, decode_generation(&mut reader)?];
        if reader.left() > 0 {
            return Err(NotARow);
        }
        Ok(Self {
            generations,
            last,
            last_sequence,
            code_failures,
            last_activation,
            activation,
            verified,
            issued,
            instances,
            ..self
        })
    }

    /// Forgets the requests that are too old by VER-6 at the time of the last message issued (with no age limit, none). A
    /// store does this before it writes: a clock that goes back then finds them unknown, no more.
    pub fn forget_expired(&mut self) {
        let limit = self.settings.message_vector.message_age_limit_s;
        let last = self.last.time;
        self.issued.retain(|_, request| limit == 0 || last.saturating_sub(request.time) <= limit);
    }

    /// The applications of instances that have been used: a store keeps a BLOB of each. Sequence number, index.
    pub fn used_applications(&self) -> impl Iterator<Item = ((u8, u8), (&ApplicationState, Generation))> {
        self.instances.iter().flat_map(|(sequence, instance)| {
            let used = instance.applications.iter().filter(|(_, state, _)| is_used(state));
            used.map(|(index, state, generation)| ((sequence.number(), index), (state, generation)))
        })
    }

    /// The row of a license that was imported again: the time and counter of its last message and the time of its latest
    /// AM1, and nothing else of this row (IMP-3).
    pub fn renewed_row(row: &[u8]) -> Result<Vec<u8>, NotARow> {
        let (Some(VERSION), Some(last)) = (row.first().copied(), row.get(1..14)) else {
            return Err(NotARow);
        };
        let nothing_else = [0; 1 + 1 + 1 + 2 + 1];
        let generations = [Generation::FIRST.0.to_be_bytes(); 2];
        Ok([&[VERSION][..], last, &nothing_else, generations.as_flattened()].concat())
    }
}

impl Instance {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_device(self.device, out);
        out.extend(self.salt);
        out.extend([self.status.number(), u8::from(self.replaces), self.signature_failures.value()]);
        let used = self.applications.iter().filter(|(_, state, _)| is_used(state));
        out.push(used.fold(0, |bits, (index, ..)| bits | bit(index)));
        let changed = || self.applications.iter().filter(|(.., generation)| *generation != Generation::FIRST);
        out.push(changed().fold(0, |bits, (index, ..)| bits | bit(index)));
        changed().for_each(|(.., generation)| out.extend(generation.0.to_be_bytes()));
        let [_, counter @ ..] = self.information_counter.to_be_bytes();
        out.extend(counter);
        if self.status == Status::Unconfirmed {
            out.extend(self.am1_time.to_be_bytes());
            out.extend(u16::try_from(self.am2.len()).unwrap_or(u16::MAX).to_be_bytes());
            out.extend(&self.am2);
        }
    }

    fn decode(reader: &mut Reader<'_>) -> Result<Self, NotARow> {
        let device = decode_device(reader)?;
        let salt = reader.array(BLB_7)?;
        let status = Status::from_number(reader.u8(BLB_7)?).ok_or(NotARow)?;
        let replaces = in_range(reader.u8(BLB_7)?, 1)? == 1;
        let signature_failures = Counter::of(reader.u8(BLB_7)?);
        let (used, changed) = (reader.u8(BLB_7)?, reader.u8(BLB_7)?);
        // What was used has changed.
        in_range(used & !changed, 0)?;
        let mut applications = Applications::default();
        for index in (1..=8).filter(|index| changed & bit(*index) != 0) {
            match decode_generation(reader)? {
                Generation::FIRST => return Err(NotARow),
                generation => applications.set(index, ApplicationState::default(), generation),
            }
        }
        let [high, middle, low] = reader.array(BLB_7)?;
        let information_counter = u32::from_be_bytes([0, high, middle, low]);
        let (am1_time, am2) = match status {
            Status::Unconfirmed => {
                let time = reader.u32(BLB_7)?;
                let length = usize::from(reader.u16(BLB_7)?);
                (time, reader.take(length, BLB_7)?.to_vec())
            }
            Status::Confirmed | Status::Deactivated => (0, Vec::new()),
        };
        Ok(Self {
            device,
            salt,
            am2,
            am1_time,
            replaces,
            status,
            applications,
            signature_failures,
            information_counter,
        })
    }
}

impl Status {
    fn number(self) -> u8 {
        match self {
            Status::Unconfirmed => 0,
            Status::Confirmed => 1,
            Status::Deactivated => 2,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        match number {
            0 => Some(Status::Unconfirmed),
            1 => Some(Status::Confirmed),
            2 => Some(Status::Deactivated),
            _ => None,
        }
    }
}

fn encode_device(device: Device, out: &mut Vec<u8>) {
    out.push(device.kind);
    out.extend(device.id);
}

fn decode_device(reader: &mut Reader<'_>) -> Result<Device, NotARow> {
    Ok(Device { kind: in_range(reader.u8(BLB_7)?, 99)?, id: reader.array(BLB_7)? })
}

fn decode_verified(reader: &mut Reader<'_>) -> Result<Verified, NotARow> {
    let device = decode_device(reader)?;
    let replaces = in_range(reader.u8(BLB_7)?, 1)? == 1;
    let instance = match reader.u8(BLB_7)? {
        0 => None,
        number => Some(Sequence::new(number).ok_or(NotARow)?),
    };
    Ok(Verified { device, replaces, instance })
}

/// Not 0, which no BLOB has.
fn decode_generation(reader: &mut Reader<'_>) -> Result<Generation, NotARow> {
    match reader.u32(BLB_7)? {
        0 => Err(NotARow),
        number => Ok(Generation(number)),
    }
}

/// What there is a BLOB for.
fn is_used(state: &ApplicationState) -> bool {
    *state != ApplicationState::default()
}

/// That of an application, 1..=8.
fn bit(index: u8) -> u8 {
    1 << (index.saturating_sub(1) & 7)
}

fn in_range(value: u8, most: u8) -> Result<u8, NotARow> {
    if value <= most { Ok(value) } else { Err(NotARow) }
}

/// One row for each state: keys strictly ascend.
fn insert_above<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: V) -> Result<(), NotARow> {
    if map.last_key_value().is_some_and(|(last, _)| *last >= key) {
        return Err(NotARow);
    }
    map.insert(key, value);
    Ok(())
}
