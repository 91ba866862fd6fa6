//! AES-CMAC (NIST SP 800-38B, RFC 4493) and HMAC-SHA-256 (RFC 2104), single calls.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};
use hmac::Hmac;
use sha2::{Digest, Sha256};

/// AES-CMAC over the concatenation of `parts`.
pub fn cmac(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Cmac::<Aes128>::new(key.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA-256 of `data`; a key of any length.
pub fn hmac_sha256(key: &[u8], data: &[u8]) -> [u8; 32] {
    use hmac::KeyInit as _;
    // A key longer than the block is hashed first (RFC 2104); the fixed-size constructor wants it done.
    let mut block = [0u8; 64];
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
    let mut mac = Hmac::<Sha256>::new((&block).into());
    mac.update(data);
    mac.finalize().into_bytes().into()
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
