//! Full activation data: server to client, all of an activation in one string, plain or under a shared secret.
//! SPEC section 28.
//!
//! ```text
//! 0       3     46 41 44 ("FAD")
//! 3       1     01, the version
//! 4       1     kind: 0 plain, 1 encrypted
//! plain:      5       n   content                    encrypted:  5       12  nonce
//!             5 + n   8   checksum                               17      n   ciphertext of the content
//!                                                                17 + n  16  tag; associated data: bytes 0 to 4
//! content: serial (5) || N (16) || check of the license key (4) || u16 length || static vector
//!          || u8 length || event reactivation counter (ASCII)
//! ```
//! The hexadecimal text around it is the caller's.

use zeroize::Zeroizing;

use crate::bytes::{Reader, Wire};
use crate::crypto::gcm::{NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::mac::sha256;
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{SDL_19, SDL_20, SDL_21, SDL_22, SDL_23, SDL_25, SDL_42};
use crate::serial::Serial;
use crate::wire::activation_code::ActivationCode;
use crate::wire::static_vector::StaticVector;

const MAGIC: &[u8; 3] = b"FAD";
const VERSION: u8 = 1;
const PLAIN: u8 = 0;
const ENCRYPTED: u8 = 1;
/// Bytes before what differs by kind, and the associated data.
pub const HEAD_LENGTH: usize = 5;
const CHECKSUM_LENGTH: usize = 8;
/// Shortest and longest data in bytes.
const LENGTHS: std::ops::RangeInclusive<usize> = HEAD_LENGTH + CHECKSUM_LENGTH..=1024;
/// Characters of the longest event reactivation counter.
const MAX_EVENT_COUNTER: usize = 91;

/// The data, taken apart as far as that needs no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FullActivation<'a> {
    /// Its checksum is right.
    Plain {
        /// To be read by [`Content::decode`].
        content: &'a [u8],
    },
    /// To be opened.
    Encrypted {
        /// The associated data.
        head: &'a [u8],
        /// Random.
        nonce: &'a [u8; NONCE_LENGTH],
        /// Of the content.
        ciphertext: &'a [u8],
        /// Of both.
        tag: &'a [u8; TAG_LENGTH],
    },
}

/// Bytes 0 to 4 of encrypted data.
pub fn encrypted_head() -> [u8; HEAD_LENGTH] {
    head(ENCRYPTED)
}

fn head(kind: u8) -> [u8; HEAD_LENGTH] {
    let [m0, m1, m2] = *MAGIC;
    [m0, m1, m2, VERSION, kind]
}

/// Plain data around a content.
pub fn plain(content: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(HEAD_LENGTH + content.len() + CHECKSUM_LENGTH));
    out.extend(head(PLAIN));
    out.extend(content);
    let checksum = checksum(&out);
    out.extend(checksum);
    out
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_LENGTH] {
    let [c0, c1, c2, c3, c4, c5, c6, c7, ..] = sha256(&[bytes]);
    [c0, c1, c2, c3, c4, c5, c6, c7]
}

impl<'a> FullActivation<'a> {
    /// Data of the one kind that is awaited. SDL-19, SDL-20, SDL-21, SDL-22, then SDL-23 or SDL-42.
    pub fn decode(bytes: &'a [u8], encrypted: bool) -> Result<Self, Refusal> {
        ensure(LENGTHS.contains(&bytes.len()), SDL_19, Found::Length(bytes.len()))?;
        let Some((head, rest)) = bytes.split_first_chunk::<HEAD_LENGTH>() else {
            return refuse(SDL_19, Found::Length(bytes.len()));
        };
        let [m0, m1, m2, version, kind] = *head;
        ensure([m0, m1, m2] == *MAGIC, SDL_20, Found::Offset(0))?;
        ensure(version == VERSION, SDL_21, Found::Number(version.into()))?;
        let awaited = if encrypted { ENCRYPTED } else { PLAIN };
        let downgraded = fault::bent("activation-downgrade", false, kind == PLAIN);
        ensure(kind == awaited || downgraded, SDL_22, Found::Number(kind.into()))?;
        if kind == ENCRYPTED {
            let parts = rest.split_first_chunk::<NONCE_LENGTH>().and_then(|(nonce, rest)| {
                let (ciphertext, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
                Some(Self::Encrypted { head, nonce, ciphertext, tag })
            });
            return parts.map_or_else(|| refuse(SDL_42, Found::Length(bytes.len())), Ok);
        }
        let Some((before, given)) = bytes.split_last_chunk::<CHECKSUM_LENGTH>() else {
            return refuse(SDL_19, Found::Length(bytes.len()));
        };
        ensure(checksum(before) == *given, SDL_23, Found::Nothing)?;
        Ok(Self::Plain { content: before.get(HEAD_LENGTH..).unwrap_or_default() })
    }
}

/// What it activates.
#[derive(Clone, Debug)]
pub struct Content {
    /// The license's name.
    pub serial: Serial,
    /// The number N.
    pub code: ActivationCode,
    /// Of the license key (SDL-2).
    pub check: [u8; 4],
    /// In place of the client's own.
    pub vector: StaticVector,
    /// Digits, as typed ones are; empty where there is none.
    pub event_counter: String,
}

impl Content {
    /// The bytes; `n` is that of the code.
    pub fn encode(
        serial: Serial,
        n: u128,
        check: [u8; 4],
        vector_bytes: &[u8],
        event_counter: &str,
    ) -> Zeroizing<Vec<u8>> {
        let length = u16::try_from(vector_bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
        let digits = u8::try_from(event_counter.len()).unwrap_or(u8::MAX);
        let (serial, n) = (serial.to_bytes(), Zeroizing::new(n.to_be_bytes()));
        let parts = [&serial[..], &*n, &check, &length, vector_bytes, &[digits], event_counter.as_bytes()];
        Zeroizing::new(parts.concat())
    }

    /// From left to right: SDL-25; the static vector by its own rules (STV) where it stands.
    pub fn decode(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut reader = Reader::new(bytes);
        let serial =
            Serial::from_bytes(reader.array(SDL_25)?).or_else(|refusal| refuse(SDL_25, refusal.found))?;
        let code = ActivationCode::Long(u128::from_be_bytes(reader.array(SDL_25)?));
        let check = reader.array(SDL_25)?;
        let length = usize::from(reader.u16(SDL_25)?);
        let vector = StaticVector::decode(reader.take(length, SDL_25)?)?;
        let digits = usize::from(reader.u8(SDL_25)?);
        ensure(digits <= MAX_EVENT_COUNTER, SDL_25, Found::Count(digits, "digit"))?;
        let offset = reader.offset();
        let event_counter = reader.take(digits, SDL_25)?;
        ensure(event_counter.iter().all(u8::is_ascii_digit), SDL_25, Found::Offset(offset))?;
        ensure(reader.left() == 0, SDL_25, Found::Offset(reader.offset()))?;
        let event_counter = event_counter.iter().copied().map(char::from).collect();
        Ok(Self { serial, code, check, vector, event_counter })
    }
}
