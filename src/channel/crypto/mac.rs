//! AES-CMAC (NIST SP 800-38B, RFC 4493) and HMAC-SHA-256 (RFC 2104), single calls.

use aes::{Aes128, Aes256};
use cmac::{Cmac, KeyInit, Mac};
use hmac::Hmac;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// AES-CMAC over the concatenation of `parts`.
pub fn cmac(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Cmac::<Aes128>::new(key.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// AES-CMAC with a key of 32 bytes (AES-256).
pub fn cmac_256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Cmac::<Aes256>::new(key.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA-256 of `data`; a key of any length.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    let mut mac = HmacSha256::new(key);
    mac.update(data);
    mac.finalize()
}

/// HMAC-SHA-256 of what comes piece by piece.
#[derive(Clone)]
pub struct HmacSha256(Hmac<Sha256>);

impl HmacSha256 {
    /// A key of any length.
    pub fn new(key: &[u8]) -> Self {
        use hmac::KeyInit as _;
        // A key longer than the block is hashed first (RFC 2104); the fixed-size constructor wants it done.
        let mut block = Zeroizing::new([0u8; 64]);
        let hashed: [u8; 32];
        let short = if key.len() > block.len() {
            hashed = sha256(&[key]);
            hashed.as_slice()
        } else {
            key
        };
        for (to, from) in block.iter_mut().zip(short) {
            *to = *from;
        }
        Self(Hmac::new((&*block).into()))
    }

    /// The next piece.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The MAC of all pieces.
    pub fn finalize(self) -> [u8; 32] {
        self.0.finalize().into_bytes().into()
    }
}

/// SHA-256 over the concatenation of `parts`.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    #[test]
    fn cmac_rfc_4493_section_4() {
        let key: [u8; 16] = bytes("2b7e151628aed2a6abf7158809cf4f3c").try_into().unwrap();
        let message = bytes(concat!(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
            "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710"
        ));
        for (length, tag) in [
            (0, "BB1D6929E95937287FA37D129B756746"),
            (16, "070A16B46B4D4144F79BDD9DD04A287C"),
            (40, "DFA66747DE9AE63030CA32611497C827"),
            (64, "51F0BEBF7E3B9D92FC49741779363CFE"),
        ] {
            assert_eq!(hex::encode(&cmac(&key, &[&message[..length]])), tag, "{length} bytes");
            let (a, b) = message[..length].split_at(length / 3);
            assert_eq!(hex::encode(&cmac(&key, &[a, b])), tag, "{length} bytes in two parts");
        }
    }

    #[test]
    fn cmac_sp_800_38b_d_3() {
        let key: [u8; 32] =
            bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4").try_into().unwrap();
        let message =
            bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411");
        assert_eq!(hex::encode(&cmac_256(&key, &[])), "028962F61B7BF89EFC6B551F4667D983");
        assert_eq!(hex::encode(&cmac_256(&key, &[&message[..16]])), "28A7023F452E8F82BD4BF28D8C37C35C");
        assert_eq!(hex::encode(&cmac_256(&key, &[&message])), "AAF3D8F1DE5640C232F5B169B9C911E6");
    }

    #[test]
    fn hmac_sha256_rfc_4231_cases_1_and_6() {
        assert_eq!(
            hex::encode(&hmac_sha256(&[0x0b; 20], b"Hi There")),
            "B0344C61D8DB38535CA8AFCEAF0BF12B881DC200C9833DA726E9376C2E32CFF7"
        );
        assert_eq!(
            hex::encode(&hmac_sha256(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54"
        );
    }
}
