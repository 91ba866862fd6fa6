//! Sealing and opening: AES-128-CTR, then HMAC-SHA-256 or AES-CMAC, truncated to 8 bytes. SPEC section 7.
//!
//! One message at a time, under keys that are ready; many at once, from raw keys, are [`lanes`](super::lanes)'. A tag is
//! verified, in constant time, before anything is decrypted.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use ctr::Ctr32BE;
use ctr::cipher::{InnerIvInit, StreamCipher};
use hmac::Hmac;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

pub use super::context::{Direction, Protection};

use super::kdf::FromChannel;
use super::keys::{Channel, Key, Payload};
use super::mac::sha256;
use crate::error::{Found, Refusal, ensure};
use crate::fault;
use crate::rule::PRT_4;
use crate::state::Cached;

/// Bytes before the body: first word, serial number, nonce.
pub const HEADER_LENGTH: usize = 15;
/// Bytes after the body.
pub const TAG_LENGTH: usize = 8;

/// The sub-keys of one channel key for one protection and direction, ready for use.
#[derive(Clone)]
pub struct ChannelKeys {
    encryption: Aes128,
    mac: MacKey,
}

// A box would cost the usual one, CMAC, an indirection for each message, to save 600 bytes of the other.
#[allow(clippy::large_enum_variant)]
#[derive(Clone)]
enum MacKey {
    HmacSha256(Hmac<Sha256>),
    Cmac(Cmac<Aes128>),
}

impl ChannelKeys {
    /// Derives both sub-keys. KEY-3, KEY-4, KEY-5.
    pub fn new(channel: &Key<Channel>, protection: Protection, direction: Direction) -> Self {
        let channel = FromChannel::new(channel);
        let encryption = Aes128::new((&*channel.encryption(protection, direction)).into());
        let mac = match protection {
            Protection::HmacSha256 => {
                let mut block = Zeroizing::new([0; 64]);
                for (to, from) in block.iter_mut().zip(channel.hmac_key(direction).as_flattened()) {
                    *to = *from;
                }
                MacKey::HmacSha256(Hmac::new((&*block).into()))
            }
            Protection::Cmac => MacKey::Cmac(Cmac::new((&*channel.cmac_key(direction)).into())),
        };
        Self { encryption, mac }
    }

    /// PRT-2, PRT-3: the first 8 bytes of MAC(header || body as sent).
    pub fn tag(&self, header: &[u8; HEADER_LENGTH], body: &[u8]) -> [u8; TAG_LENGTH] {
        match &self.mac {
            MacKey::HmacSha256(mac) => {
                let mac = mac.clone().chain_update(header).chain_update(body);
                first_8(mac.finalize().into_bytes().as_ref())
            }
            MacKey::Cmac(mac) => {
                let mac = mac.clone().chain_update(header).chain_update(body);
                first_8(mac.finalize().into_bytes().as_ref())
            }
        }
    }

    fn apply_keystream(&self, header: &[u8; HEADER_LENGTH], body: &mut [u8]) {
        keystream(&self.encryption, first_counter(header), body);
    }
}

/// PRT-1: counter block j = nonce (8) || first word (2) || 0000 || u32 j, the one with j = 0.
pub(super) fn first_counter(header: &[u8; HEADER_LENGTH]) -> [u8; 16] {
    let [w0, w1, _, _, _, _, _, n0, n1, n2, n3, n4, n5, n6, n7] = *header;
    [n0, n1, n2, n3, n4, n5, n6, n7, w0, w1, 0, 0, 0, 0, 0, 0]
}

/// PRT-4: compares in constant time.
pub(super) fn ensure_tag(right: [u8; TAG_LENGTH], given: [u8; TAG_LENGTH]) -> Result<(), Refusal> {
    let compared = fault::bent("compare-4", u64::MAX, u64::MAX << 32);
    let [right, given] = [right, given].map(|tag| u64::from_be_bytes(tag) & compared);
    ensure(right.ct_eq(&given).into(), PRT_4, Found::Nothing)
}

/// The payload key of a license, and the channel keys made from it: types 2, 3 and 0x24.
#[derive(Clone, Debug, Hash)]
pub struct PayloadChannel {
    payload_key: Key<Payload>,
    keys: Cached<ChannelKeys>,
}

impl PayloadChannel {
    /// The channel under this protection.
    pub fn new(payload_key: Key<Payload>, protection: Protection) -> Self {
        let keys = ChannelKeys::new(&payload_key.as_channel(), protection, Direction::ToClient);
        Self { keys: Cached::new(keys, payload_key.expose()), payload_key }
    }

    /// What everything is made from: AM2 carries it, storage keeps it.
    pub fn payload_key(&self) -> &Key<Payload> {
        &self.payload_key
    }

    /// What protects messages to the client.
    pub fn keys(&self) -> &ChannelKeys {
        self.keys.value()
    }

    /// What protects the messages of an instance to the server.
    pub fn keys_to_server(&self, protection: Protection, sequence: u8) -> ChannelKeys {
        ChannelKeys::new(&self.payload_key.as_channel(), protection, Direction::ToServer(sequence))
    }
}

/// AES-128-CTR (NIST SP 800-38A) from this counter block on, of which the last four bytes count.
pub fn ctr(key: &[u8; 16], block: [u8; 16], data: &mut [u8]) {
    keystream(&Aes128::new(key.into()), block, data);
}

fn keystream(cipher: &Aes128, block: [u8; 16], data: &mut [u8]) {
    let core = ctr::CtrCore::inner_iv_init(cipher, (&block).into());
    let mut stream = Ctr32BE::<&Aes128>::from_core(core);
    stream.apply_keystream(data);
}

/// FRM-11: the checksum of an unprotected frame.
pub fn checksum(header: &[u8; HEADER_LENGTH], body: &[u8]) -> [u8; TAG_LENGTH] {
    first_8(&sha256(&[header, body]))
}

pub(super) fn first_8(bytes: &[u8]) -> [u8; TAG_LENGTH] {
    bytes.first_chunk().copied().unwrap_or_default()
}

/// Encrypts the body in place, then MACs: its tag. The header's nonce must be new under these keys.
pub fn seal_in_place(keys: &ChannelKeys, header: &[u8; HEADER_LENGTH], body: &mut [u8]) -> [u8; TAG_LENGTH] {
    keys.apply_keystream(header, body);
    keys.tag(header, body)
}

/// Seals one message. The body as sent, and the tag.
pub fn seal(
    keys: &ChannelKeys,
    header: &[u8; HEADER_LENGTH],
    mut body: Vec<u8>,
) -> (Vec<u8>, [u8; TAG_LENGTH]) {
    let tag = seal_in_place(keys, header, &mut body);
    (body, tag)
}

/// Verifies, then decrypts the body in place. Where the tag is wrong (PRT-4) the body stays as it is.
pub fn open_in_place(
    keys: &ChannelKeys,
    header: &[u8; HEADER_LENGTH],
    body: &mut [u8],
    tag: &[u8; TAG_LENGTH],
) -> Result<(), Refusal> {
    ensure_tag(keys.tag(header, body), *tag)?;
    keys.apply_keystream(header, body);
    Ok(())
}

/// Opens one message. The body in clear.
pub fn open(
    keys: &ChannelKeys,
    header: &[u8; HEADER_LENGTH],
    body: &[u8],
    tag: &[u8; TAG_LENGTH],
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let mut body = Zeroizing::new(body.to_vec());
    open_in_place(keys, header, &mut body, tag)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    #[test]
    fn ctr_sp_800_38a_f_5_1() {
        let key: [u8; 16] = hex::decode("2b7e151628aed2a6abf7158809cf4f3c").unwrap().try_into().unwrap();
        let block: [u8; 16] = hex::decode("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff").unwrap().try_into().unwrap();
        let mut data =
            hex::decode("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51").unwrap();
        ctr(&key, block, &mut data);
        assert_eq!(hex::encode(&data), "874D6191B620E3261BEF6864990DB6CE9806F66B7970FDFF8617187BB9FFFDFF");
    }

    #[test]
    fn prt_4_every_bit_of_header_body_and_tag_is_covered() {
        for protection in [Protection::HmacSha256, Protection::Cmac] {
            let keys = ChannelKeys::new(&Key::new([7; 16]), protection, Direction::ToClient);
            let header = [3; HEADER_LENGTH];
            let mut body = *b"twenty bytes of body";
            let tag = seal_in_place(&keys, &header, &mut body);
            let sealed = [&header[..], &body, &tag].concat();
            for bit in 0..=sealed.len() * 8 {
                let mut bent = sealed.clone();
                if let Some(byte) = bent.get_mut(bit / 8) {
                    *byte ^= 1 << (bit % 8);
                }
                let header = bent[..15].try_into().unwrap();
                let tag = bent[35..].try_into().unwrap();
                let mut body: [u8; 20] = bent[15..35].try_into().unwrap();
                let verdict = open_in_place(&keys, &header, &mut body, &tag);
                let whole = bit == sealed.len() * 8;
                assert_eq!(verdict.is_ok(), whole);
                assert_eq!(&body == b"twenty bytes of body", whole);
            }
        }
    }
}
