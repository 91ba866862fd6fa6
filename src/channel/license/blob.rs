//! A BLOB: what a caller keeps for the server and can't read. SPEC section 22.
//!
//! ```text
//! 0       1   02, the version
//! 1       4   u32 generation
//! 5       12  nonce
//! 17      n   ciphertext
//! 17 + n  16  tag                                   at most 186 bytes; as text base64, at most 248 characters
//! ```
//! Its key belongs to its one place: a BLOB put elsewhere does not open. Nor does one of another epoch, which is drawn
//! anew with each import; and its generation says which of two is the older one.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::kdf;
use crate::crypto::keys::{Key, Sealing, Storage};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{BLB_3, BLB_4, BLB_5};
use crate::serial::Serial;

const VERSION: u8 = 2;
const GENERATION_LENGTH: usize = 4;
/// Where the ciphertext begins.
const HEADER_LENGTH: usize = 1 + GENERATION_LENGTH + NONCE_LENGTH;
/// The longest BLOB in bytes.
pub const MAX_LENGTH: usize = 186;
/// What a BLOB is longer than its content.
pub const OVERHEAD: usize = HEADER_LENGTH + TAG_LENGTH;
/// The longest content in bytes.
pub const MAX_CONTENT: usize = MAX_LENGTH - OVERHEAD;

/// What tells the BLOBs of a license from those before it was imported again (BLB-10): random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Epoch(pub [u8; 8]);

/// How often what a BLOB holds has changed, and one more (BLB-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Generation(pub u32);

impl Generation {
    /// Of a BLOB whose content is that of the beginning.
    pub const FIRST: Self = Self(1);

    /// That of what is there after a change; the last one stays.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl Default for Generation {
    fn default() -> Self {
        Self::FIRST
    }
}

/// What was in a BLOB.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// How new it is.
    pub generation: Generation,
    /// What its place holds.
    pub content: Zeroizing<Vec<u8>>,
}

/// Keys are in it.
impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("generation", &self.generation).finish_non_exhaustive()
    }
}

/// Where a BLOB belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The license.
    pub serial: Serial,
    /// Since when it is this one.
    pub epoch: Epoch,
    /// The instance, 1..=99; 0 for those of the license.
    pub sequence: u8,
    /// The application, 1..=8; of the license 0 for its key, 1 for its payload key.
    pub index: u8,
}

impl Place {
    /// The key that one BLOB is sealed with: of its license, instance and application (BLB-2).
    fn key(self, storage: &Key<Storage>) -> Key<Sealing> {
        kdf::blob(storage, self.serial, self.sequence, self.index)
    }

    /// Seals a content of at most [`MAX_CONTENT`] bytes; the nonce is drawn for it. BLB-1, BLB-2.
    pub fn seal(
        self,
        storage: &Key<Storage>,
        nonce: &[u8; NONCE_LENGTH],
        generation: Generation,
        content: &[u8],
    ) -> Vec<u8> {
        let mut blob = Vec::with_capacity(OVERHEAD + content.len());
        blob.push(VERSION);
        blob.extend(generation.0.to_be_bytes());
        blob.extend(nonce);
        blob.extend(content);
        let sealed = blob.get_mut(HEADER_LENGTH..).unwrap_or_default();
        let tag = Gcm::sealing(&self.key(storage)).seal(nonce, &self.associated(generation), sealed);
        blob.extend(tag);
        blob
    }

    /// What is in it. BLB-3 for the length, BLB-4, BLB-5.
    pub fn open(self, storage: &Key<Storage>, blob: &[u8]) -> Result<Opened, Refusal> {
        let length = Found::Length(blob.len());
        ensure(blob.len() <= MAX_LENGTH, BLB_3, length)?;
        let parts = blob.split_first().and_then(|(version, rest)| {
            let (generation, rest) = rest.split_first_chunk::<GENERATION_LENGTH>()?;
            let (nonce, rest) = rest.split_first_chunk::<NONCE_LENGTH>()?;
            let (sealed, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
            Some((*version, Generation(u32::from_be_bytes(*generation)), nonce, sealed, tag))
        });
        let Some((version, generation, nonce, sealed, tag)) = parts else {
            return refuse(BLB_3, length);
        };
        ensure(version == VERSION, BLB_4, Found::Number(version.into()))?;
        let mut content = Zeroizing::new(sealed.to_vec());
        let associated = self.associated(generation);
        Gcm::sealing(&self.key(storage)).open(nonce, &associated, &mut content, tag, BLB_5)?;
        Ok(Opened { generation, content })
    }

    /// BLB-2: `02 || u32 generation || epoch`.
    fn associated(self, generation: Generation) -> Vec<u8> {
        let version: &[u8] = fault::bent("blob-associated", &[VERSION], &[]);
        let generation = fault::bent("blob-generation-bare", generation.0, 0).to_be_bytes();
        let epoch = fault::bent("blob-of-any-epoch", self.epoch.0, [0; 8]);
        [version, &generation, &epoch].concat()
    }
}

/// As text.
pub fn to_text(blob: &[u8]) -> String {
    Base64::encode_string(blob)
}

/// From the one text that it has. BLB-3.
pub fn from_text(text: &str) -> Result<Vec<u8>, Refusal> {
    match Base64::decode_vec(fault::bent("blob-text-trimmed", text, text.trim())) {
        Ok(blob) => Ok(blob),
        Err(_) => {
            let is_foreign = |c: &(usize, char)| !c.1.is_ascii_alphanumeric() && !"+/=".contains(c.1);
            let foreign = text.chars().enumerate().find(is_foreign);
            let other = Found::Words("not base64 as BLB-1 writes it");
            refuse(BLB_3, foreign.map_or(other, |(position, c)| Found::Character(c, position)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place { serial: "VDS1000120".parse().unwrap(), epoch: Epoch([9; 8]), sequence: 3, index: 2 }
    }

    #[test]
    fn blb_1_blb_2_the_layout_spelled_out() {
        let storage = Key::new([5; 16]);
        let blob = place().seal(&storage, &[7; 12], Generation(0x0102_0304), b"content");
        assert_eq!(blob[..17], [&[2u8, 1, 2, 3, 4][..], &[7; 12]].concat());
        assert_eq!(blob.len(), 1 + 4 + 12 + 7 + 16);
        let key = kdf::kdf::<1>(storage.expose(), b"blob", &[0xC3, 0xE4, 0x0F, 0x42, 0xB8, 3, 2]);
        let mut content = *b"content";
        let associated = [2, 1, 2, 3, 4, 9, 9, 9, 9, 9, 9, 9, 9];
        let tag = Gcm::sealing(&Key::new(key[0])).seal(&[7; 12], &associated, &mut content);
        assert_eq!(blob[17..], [&content[..], &tag].concat());
        let opened = place().open(&storage, &blob).unwrap();
        assert_eq!((opened.generation.0, &**opened.content), (0x0102_0304, &b"content"[..]));
    }

    #[test]
    fn blb_3_blb_4_blb_5_refusals() {
        let storage = Key::new([5; 16]);
        let blob = place().seal(&storage, &[7; 12], Generation::FIRST, &[0; MAX_CONTENT]);
        assert_eq!(to_text(&blob).len(), 248);
        assert!(place().open(&storage, &blob).is_ok());
        let rule = |blob: &[u8]| place().open(&storage, blob).unwrap_err().rule;
        assert_eq!(rule(&place().seal(&storage, &[7; 12], Generation::FIRST, &[0; MAX_CONTENT + 1])), BLB_3);
        for length in 0..OVERHEAD {
            assert_eq!(rule(&blob[..length]), BLB_3);
        }
        assert_eq!(rule(&[&[1], &blob[1..]].concat()), BLB_4);
        for bit in 8..blob.len() * 8 {
            let mut bent = blob.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(rule(&bent), BLB_5);
        }
        for other in [
            Place { serial: "VDS1000121".parse().unwrap(), ..place() },
            Place { sequence: 2, ..place() },
            Place { index: 3, ..place() },
            Place { epoch: Epoch([8; 8]), ..place() },
        ] {
            assert_eq!(other.open(&storage, &blob).unwrap_err().rule, BLB_5);
        }
        assert_eq!(place().open(&Key::new([6; 16]), &blob).unwrap_err().rule, BLB_5);
    }

    #[test]
    fn blb_3_one_text_for_each_blob() {
        assert_eq!(from_text("AQ=="), Ok(vec![1]));
        for text in ["AQ", "AQ=", "AR==", "AQ==\n", " AQ==", "A", "AQ==AQ==", "A_==", "é"] {
            assert_eq!(from_text(text).unwrap_err().rule, BLB_3, "{text:?}");
        }
    }
}
