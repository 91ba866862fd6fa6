//! A BLOB: what a caller keeps for the server and can't read. SPEC section 22.
//!
//! ```text
//! 0       1   01, the version
//! 1       12  nonce
//! 13      n   ciphertext
//! 13 + n  16  tag                                   at most 186 bytes; as text base64, at most 248 characters
//! ```
//! Its key belongs to its one place: a BLOB put elsewhere does not open.

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::kdf;
use crate::crypto::keys::{Key, Sealing, Storage};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{BLB_3, BLB_4, BLB_5};
use crate::serial::Serial;

const VERSION: u8 = 1;
/// The longest BLOB in bytes.
pub const MAX_LENGTH: usize = 186;
/// What a BLOB is longer than its content.
pub const OVERHEAD: usize = 1 + NONCE_LENGTH + TAG_LENGTH;
/// The longest content in bytes.
pub const MAX_CONTENT: usize = MAX_LENGTH - OVERHEAD;

/// Where a BLOB belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The license.
    pub serial: Serial,
    /// The instance, 1..=99; 0 for those of the license.
    pub sequence: u8,
    /// The application, 1..=8; of the license 0 for its key, 1 for its payload key.
    pub index: u8,
}

impl Place {
    /// BLB-2.
    fn key(self, storage: &Key<Storage>) -> Key<Sealing> {
        kdf::blob(storage, self.serial, self.sequence, self.index)
    }

    /// Seals a content of at most [`MAX_CONTENT`] bytes; the nonce is drawn for it. BLB-1, BLB-2.
    pub fn seal(self, storage: &Key<Storage>, nonce: &[u8; NONCE_LENGTH], content: &[u8]) -> Vec<u8> {
        let mut blob = Vec::with_capacity(OVERHEAD + content.len());
        blob.push(VERSION);
        blob.extend(nonce);
        blob.extend(content);
        let sealed = blob.get_mut(1 + NONCE_LENGTH..).unwrap_or_default();
        let tag = Gcm::sealing(&self.key(storage)).seal(nonce, associated(), sealed);
        blob.extend(tag);
        blob
    }

    /// The content. BLB-3 for the length, BLB-4, BLB-5.
    pub fn open(self, storage: &Key<Storage>, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let length = Found::Length(blob.len());
        ensure(blob.len() <= MAX_LENGTH, BLB_3, length)?;
        let parts = blob.split_first().and_then(|(version, rest)| {
            let (nonce, rest) = rest.split_first_chunk::<NONCE_LENGTH>()?;
            let (sealed, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
            Some((*version, nonce, sealed, tag))
        });
        let Some((version, nonce, sealed, tag)) = parts else {
            return refuse(BLB_3, length);
        };
        ensure(version == VERSION, BLB_4, Found::Number(version.into()))?;
        let mut content = Zeroizing::new(sealed.to_vec());
        Gcm::sealing(&self.key(storage)).open(nonce, associated(), &mut content, tag, BLB_5)?;
        Ok(content)
    }
}

/// BLB-2: the version byte.
fn associated() -> &'static [u8] {
    fault::bent("blob-associated", &[VERSION], &[])
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
        Place { serial: "VDS1000120".parse().unwrap(), sequence: 3, index: 2 }
    }

    #[test]
    fn blb_1_blb_2_the_layout_spelled_out() {
        let storage = Key::new([5; 16]);
        let blob = place().seal(&storage, &[7; 12], b"content");
        assert_eq!(blob[..13], [&[1u8][..], &[7; 12]].concat());
        assert_eq!(blob.len(), 1 + 12 + 7 + 16);
        let key = kdf::kdf::<1>(storage.expose(), b"blob", &[0xC3, 0xE4, 0x0F, 0x42, 0xB8, 3, 2]);
        let mut content = *b"content";
        let tag = Gcm::sealing(&Key::new(key[0])).seal(&[7; 12], &[1], &mut content);
        assert_eq!(blob[13..], [&content[..], &tag].concat());
        assert_eq!(**place().open(&storage, &blob).unwrap(), *b"content");
    }

    #[test]
    fn blb_3_blb_4_blb_5_refusals() {
        let storage = Key::new([5; 16]);
        let blob = place().seal(&storage, &[7; 12], &[0; MAX_CONTENT]);
        assert_eq!(to_text(&blob).len(), 248);
        assert!(place().open(&storage, &blob).is_ok());
        let rule = |blob: &[u8]| place().open(&storage, blob).unwrap_err().rule;
        assert_eq!(rule(&place().seal(&storage, &[7; 12], &[0; MAX_CONTENT + 1])), BLB_3);
        for length in 0..OVERHEAD {
            assert_eq!(rule(&blob[..length]), BLB_3);
        }
        assert_eq!(rule(&[&[2], &blob[1..]].concat()), BLB_4);
        for bit in 8..blob.len() * 8 {
            let mut bent = blob.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(rule(&bent), BLB_5);
        }
        for other in [
            Place { serial: "VDS1000121".parse().unwrap(), ..place() },
            Place { sequence: 2, ..place() },
            Place { index: 3, ..place() },
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
