//! What is sealed in a row of `licenses`, and what it is bound to.
//!
//! ```text
//! keys    license key (16) [|| epoch (8) [|| payload key (16)]], the latter drawn when a license is first used, the
//!         payload key of one with Secure Channel
//!         bound to "K" || binding of the file (32) || has a state (1) || threshold (1) || secure_channel (1)
//!         || length of the type (1) || type || application
//! state   the row of server/row.rs
//!         bound to "S" || tag of the keys beside it (16)
//! record  what a gateway keeps beside a license (sessions.rs), bound to "G" || kind || what finds it (16)
//!
//! binding of a file   SHA-256("counterproof-store" || salt of the store (16) || file_id (16)
//!                             || u32 length of the static vector || static vector || message vector)
//! ```
//! Both stand as `nonce (12) || ciphertext || tag (16)` under a key that belongs to the store's key and the serial
//! number. A column that is changed, a row of another license, of another file or of another store does not open.
//! They have one key: the first byte of what they are bound to keeps them apart.

use zeroize::Zeroizing;

use channel::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use channel::crypto::kdf;
use channel::crypto::keys::{Key, License, Payload, Storage};
use channel::crypto::mac::sha256;
use channel::license::blob::Epoch;
use channel::rule::BLB_5;
use channel::serial::Serial;
use channel::server::NotARow;

/// Bytes that a sealed content is longer.
const OVERHEAD: usize = NONCE_LENGTH + TAG_LENGTH;
/// Bytes of the sealed keys of a license that was not used yet.
pub(super) const UNUSED_LENGTH: usize = 16 + OVERHEAD;

/// Bytes of keys and epoch, all of them.
const MOST_KEYS: usize = 16 + 8 + 16;

/// Of a license's file.
pub(super) type Binding = [u8; 32];
/// Of sealed keys.
pub(super) type Tag = [u8; TAG_LENGTH];

/// What the keys of a license are bound to through its file.
pub(super) fn binding(
    salt: &[u8; 16],
    file_id: &[u8; 16],
    static_vector: &[u8],
    message_vector: &str,
) -> Binding {
    let length = u32::try_from(static_vector.len()).unwrap_or(u32::MAX).to_be_bytes();
    sha256(&[b"counterproof-store", salt, file_id, &length, static_vector, message_vector.as_bytes()])
}

/// What stands in the plain columns of a license.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) file: &'a Binding,
    pub(super) kind: &'a str,
    pub(super) application: &'a str,
    pub(super) threshold: u8,
    pub(super) secure_channel: u8,
}

impl Columns<'_> {
    /// What the keys are bound to, with a state beside them or without.
    pub(super) fn associated(&self, has_state: bool, out: &mut Vec<u8>) {
        out.clear();
        out.push(b'K');
        out.extend(self.file);
        out.extend([u8::from(has_state), self.threshold, self.secure_channel]);
        out.push(u8::try_from(self.kind.len()).unwrap_or(u8::MAX));
        out.extend(self.kind.as_bytes());
        out.extend(self.application.as_bytes());
    }
}

/// The keys of a license.
#[derive(Clone)]
pub(super) struct Keys {
    pub(super) license: Key<License>,
    /// None before the first use.
    pub(super) drawn: Option<Drawn>,
}

/// What is drawn when a license is first used.
#[derive(Clone)]
pub(super) struct Drawn {
    /// The epoch of the license, which a sealed row of another one doesn't have (BLB-10).
    pub(super) epoch: Epoch,
    /// None without Secure Channel.
    pub(super) payload: Option<Key<Payload>>,
}

impl Keys {
    pub(super) fn seal(
        &self,
        storage: &Key<Storage>,
        serial: Serial,
        associated: &[u8],
        nonce: &[u8; NONCE_LENGTH],
    ) -> Vec<u8> {
        let mut content = Zeroizing::new(Vec::with_capacity(MOST_KEYS));
        content.extend(self.license.expose());
        if let Some(Drawn { epoch, payload }) = &self.drawn {
            content.extend(epoch.0);
            content.extend(payload.iter().flat_map(Key::expose));
        }
        seal(storage, serial, associated, nonce, &content)
    }

    /// The keys, and their tag.
    pub(super) fn open(
        storage: &Key<Storage>,
        serial: Serial,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<(Self, Tag), NotARow> {
        let tag = *sealed.last_chunk().ok_or(NotARow)?;
        let content = open(storage, serial, associated, sealed)?;
        let (license, rest) = content.split_first_chunk::<16>().ok_or(NotARow)?;
        let drawn = match rest.split_first_chunk() {
            None if rest.is_empty() => None,
            None => return Err(NotARow),
            Some((epoch, [])) => Some(Drawn { epoch: Epoch(*epoch), payload: None }),
            Some((epoch, payload)) => {
                let payload = Key::new(payload.try_into().map_err(|_| NotARow)?);
                Some(Drawn { epoch: Epoch(*epoch), payload: Some(payload) })
            }
        };
        Ok((Self { license: Key::new(*license), drawn }, tag))
    }
}

/// Seals the state of a license beside its keys.
pub(super) fn seal_state(
    storage: &Key<Storage>,
    serial: Serial,
    keys: &Tag,
    nonce: &[u8; NONCE_LENGTH],
    row: &[u8],
) -> Vec<u8> {
    seal(storage, serial, &of_state(keys), nonce, row)
}

/// Opens it.
pub(super) fn open_state(
    storage: &Key<Storage>,
    serial: Serial,
    keys: &Tag,
    sealed: &[u8],
) -> Result<Vec<u8>, NotARow> {
    Ok(open(storage, serial, &of_state(keys), sealed)?.to_vec())
}

/// Seals what a gateway keeps beside a license, by its kind and what finds it.
#[cfg(feature = "serve")]
pub(super) fn seal_record(
    storage: &Key<Storage>,
    serial: Serial,
    place: (u8, &[u8; 16]),
    nonce: &[u8; NONCE_LENGTH],
    content: &[u8],
) -> Vec<u8> {
    seal(storage, serial, &of_record(place), nonce, content)
}

/// Opens it.
#[cfg(feature = "serve")]
pub(super) fn open_record(
    storage: &Key<Storage>,
    serial: Serial,
    place: (u8, &[u8; 16]),
    sealed: &[u8],
) -> Result<Vec<u8>, NotARow> {
    Ok(open(storage, serial, &of_record(place), sealed)?.to_vec())
}

#[cfg(feature = "serve")]
fn of_record((kind, lookup): (u8, &[u8; 16])) -> Vec<u8> {
    [&[b'G', kind][..], lookup].concat()
}

fn of_state(keys: &Tag) -> [u8; 1 + TAG_LENGTH] {
    let mut associated = [b'S'; 1 + TAG_LENGTH];
    if let Some(rest) = associated.last_chunk_mut() {
        *rest = *keys;
    }
    associated
}

fn seal(
    storage: &Key<Storage>,
    serial: Serial,
    associated: &[u8],
    nonce: &[u8; NONCE_LENGTH],
    content: &[u8],
) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(content.len() + OVERHEAD);
    sealed.extend(nonce);
    sealed.extend(content);
    let body = sealed.get_mut(NONCE_LENGTH..).unwrap_or_default();
    let tag = Gcm::sealing(&kdf::row(storage, serial)).seal(nonce, associated, body);
    sealed.extend(tag);
    sealed
}

fn open(
    storage: &Key<Storage>,
    serial: Serial,
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, NotARow> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(NotARow)?;
    let (body, tag) = rest.split_last_chunk::<TAG_LENGTH>().ok_or(NotARow)?;
    let mut content = Zeroizing::new(body.to_vec());
    Gcm::sealing(&kdf::row(storage, serial)).open(nonce, associated, &mut content, tag, BLB_5)?;
    Ok(content)
}
