//! AES-GCM again, by NIST SP 800-38D: its multiplication bit by bit, its counter block by block. Nonces of 12
//! bytes, tags of 16.

use aes::cipher::KeyInit;
use aes::{Aes128, Aes256};

use super::crypto::{Block, encrypt};

/// A key of either length.
pub enum Gcm {
    /// AES-128-GCM.
    Short(Box<Aes128>),
    /// AES-256-GCM.
    Long(Box<Aes256>),
}

impl Gcm {
    /// With 16 or 32 bytes.
    pub fn new(key: &[u8]) -> Self {
        match key.len() {
            16 => Gcm::Short(Box::new(Aes128::new(key.try_into().unwrap()))),
            _ => Gcm::Long(Box::new(Aes256::new(key.try_into().unwrap()))),
        }
    }

    /// Section 7.1: ciphertext and tag.
    pub fn seal(&self, nonce: &[u8; 12], associated: &[u8], data: &[u8]) -> Vec<u8> {
        match self {
            Gcm::Short(cipher) => seal(&**cipher, nonce, associated, data),
            Gcm::Long(cipher) => seal(&**cipher, nonce, associated, data),
        }
    }

    /// Section 7.2: the data, if the tag is right. (Encrypting the ciphertext gives the data.)
    pub fn open(&self, nonce: &[u8; 12], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let length = sealed.len().checked_sub(16)?;
        let mut data = self.seal(nonce, associated, &sealed[..length]);
        data.truncate(length);
        (self.seal(nonce, associated, &data) == sealed).then_some(data)
    }
}

fn seal(cipher: &impl Block, nonce: &[u8; 12], associated: &[u8], data: &[u8]) -> Vec<u8> {
    let counter = |n: u32| -> [u8; 16] { [&nonce[..], &n.to_be_bytes()].concat().try_into().unwrap() };
    let mut sealed = Vec::with_capacity(data.len() + 16);
    for (part, n) in data.chunks(16).zip(2..) {
        sealed.extend(part.iter().zip(encrypt(cipher, counter(n))).map(|(byte, key)| byte ^ key));
    }
    let h = u128::from_be_bytes(encrypt(cipher, [0; 16]));
    let lengths = (8 * associated.len() as u128) << 64 | 8 * sealed.len() as u128;
    let hash = [associated, &sealed].into_iter().flat_map(|part| part.chunks(16)).map(padded);
    let hash = hash.chain([lengths]).fold(0, |y, block| times(y ^ block, h));
    let mask = u128::from_be_bytes(encrypt(cipher, counter(1)));
    sealed.extend((hash ^ mask).to_be_bytes());
    sealed
}

fn padded(part: &[u8]) -> u128 {
    let mut block = [0; 16];
    block[..part.len()].copy_from_slice(part);
    u128::from_be_bytes(block)
}

/// Section 6.3: the bit on the left is the first.
fn times(x: u128, y: u128) -> u128 {
    let (mut z, mut v) = (0, y);
    for i in 0..128 {
        if x >> (127 - i) & 1 == 1 {
            z ^= v;
        }
        v = v >> 1 ^ if v & 1 == 1 { 0xE1 << 120 } else { 0 };
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    /// McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 4 and 16.
    #[test]
    fn the_published_cases() {
        let bytes = |text: &str| super::super::hex(text).unwrap();
        let key = "feffe9928665731c6d6a8f9467308308";
        let nonce = bytes("cafebabefacedbaddecaf888").try_into().unwrap();
        let associated = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let data = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        for (key, tag) in [
            (bytes(key), "5bc94fbc3221a5db94fae95ae7121a47"),
            (bytes(&key.repeat(2)), "76fc6ece0f4e1768cddf8853bb2d551b"),
        ] {
            let gcm = Gcm::new(&key);
            let sealed = gcm.seal(&nonce, &associated, &data);
            assert_eq!(sealed[data.len()..], bytes(tag));
            assert_eq!(gcm.open(&nonce, &associated, &sealed), Some(data.clone()));
        }
    }
}
