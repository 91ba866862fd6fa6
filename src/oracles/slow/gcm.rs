//! AES-GCM again, by NIST SP 800-38D: its multiplication bit by bit, its counter block by block. Nonces of 12
//! bytes, tags of 16.

use aes::cipher::KeyInit;
use aes::{Aes128, Aes256};

use super::crypto::encrypt;

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
        let mut sealed = self.stream(nonce, data);
        let tag = self.tag(nonce, associated, &sealed);
        sealed.extend(tag);
        sealed
    }

    /// Section 7.2: the data, if the tag is right.
    pub fn open(&self, nonce: &[u8; 12], associated: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (sealed, tag) = sealed.split_at(sealed.len().checked_sub(16)?);
        (self.tag(nonce, associated, sealed) == tag).then(|| self.stream(nonce, sealed))
    }

    fn block(&self, block: [u8; 16]) -> [u8; 16] {
        match self {
            Gcm::Short(cipher) => encrypt(&**cipher, block),
            Gcm::Long(cipher) => encrypt(&**cipher, block),
        }
    }

    /// The blocks from 2 on encrypt, and decrypt.
    fn stream(&self, nonce: &[u8; 12], data: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len() + 16);
        for (part, n) in data.chunks(16).zip(2..) {
            out.extend(part.iter().zip(self.block(counter(nonce, n))).map(|(byte, key)| byte ^ key));
        }
        out
    }

    /// Section 6.4, masked by block 1.
    fn tag(&self, nonce: &[u8; 12], associated: &[u8], sealed: &[u8]) -> [u8; 16] {
        let h = u128::from_be_bytes(self.block([0; 16]));
        let lengths = (associated.len() as u128 * 8) * (1 << 64) + sealed.len() as u128 * 8;
        let blocks = [associated, sealed].into_iter().flat_map(|part| part.chunks(16)).map(padded);
        let hash = blocks.chain([lengths]).fold(0, |y, block| times(y ^ block, h));
        (hash ^ u128::from_be_bytes(self.block(counter(nonce, 1)))).to_be_bytes()
    }
}

fn counter(nonce: &[u8; 12], n: u32) -> [u8; 16] {
    [&nonce[..], &n.to_be_bytes()].concat().try_into().unwrap()
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
