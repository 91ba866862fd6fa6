//! What a single-device client or license rests in: sealed as a whole. SPEC section 28, at rest.
//!
//! ```text
//! 0       3   43 50 44 ("CPD") client, 43 50 4C ("CPL") license
//! 3       1   02, the version
//! 4       12  nonce
//! 16      n   ciphertext
//! 16 + n  16  tag; associated data: bytes 0 to 3
//! ```

use zeroize::Zeroizing;

use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::keys::{Key, Sealing};
use crate::error::{Found, Refusal, ensure, refuse};
use crate::fault;
use crate::rule::{SDL_31, SDL_32, SDL_33};

/// Of a client.
pub const CLIENT: &[u8; 3] = b"CPD";
/// Of a license.
pub const LICENSE: &[u8; 3] = b"CPL";
const VERSION: u8 = 2;
const HEAD_LENGTH: usize = 4;
const MIN_LENGTH: usize = HEAD_LENGTH + NONCE_LENGTH + 1 + TAG_LENGTH;

/// Seals a content; the nonce is drawn for it.
pub fn seal(magic: &[u8; 3], key: &Key<Sealing>, nonce: &[u8; NONCE_LENGTH], content: &[u8]) -> Vec<u8> {
    let nonce = fault::bent("single-one-nonce", nonce, &[0; NONCE_LENGTH]);
    let [m0, m1, m2] = *magic;
    let head = [m0, m1, m2, VERSION];
    let mut sealed = Zeroizing::new(content.to_vec());
    let tag = Gcm::sealing(key).seal(nonce, &head, &mut sealed);
    [&head[..], nonce, &sealed, &tag].concat()
}

/// Opens one. SDL-31, SDL-32, SDL-33.
pub fn open(magic: &[u8; 3], key: &Key<Sealing>, state: &[u8]) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let known = state.starts_with(magic) && state.len() >= MIN_LENGTH;
    ensure(known, SDL_31, Found::Length(state.len()))?;
    let parts = state.split_first_chunk::<HEAD_LENGTH>().and_then(|(head, rest)| {
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LENGTH>()?;
        let (sealed, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
        Some((head, nonce, sealed, tag))
    });
    let Some((head, nonce, sealed, tag)) = parts else {
        return refuse(SDL_31, Found::Length(state.len()));
    };
    let [.., version] = *head;
    ensure(version == VERSION, SDL_32, Found::Number(version.into()))?;
    let mut content = Zeroizing::new(sealed.to_vec());
    Gcm::sealing(key).open(nonce, head, &mut content, tag, SDL_33)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdl_30_to_sdl_33_the_frame_spelled_out() {
        let key = Key::new([3; 16]);
        let state = seal(CLIENT, &key, &[9; 12], b"x");
        assert_eq!(state[..16], *b"CPD\x02\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09");
        assert_eq!(state.len(), 33);
        assert_eq!(**open(CLIENT, &key, &state).unwrap(), *b"x");
        let rule = |state: &[u8]| open(CLIENT, &key, state).unwrap_err().rule;
        for length in 0..33 {
            assert_eq!(rule(&state[..length]), SDL_31);
        }
        assert_eq!(open(LICENSE, &key, &state).unwrap_err().rule, SDL_31);
        assert_eq!(open(CLIENT, &Key::new([4; 16]), &state).unwrap_err().rule, SDL_33);
        for bit in 0..state.len() * 8 {
            let mut bent = state.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let want = match bit / 8 {
                0..3 => SDL_31,
                3 => SDL_32,
                _ => SDL_33,
            };
            assert_eq!(rule(&bent), want);
        }
    }
}
