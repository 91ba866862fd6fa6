//! AES-GCM (NIST SP 800-38D) for what rests: lines of a license file, BLOBs, keys of a client. LIF-3, BLB-2, CST-2.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm};

use super::keys::{FileLine, Key, Sealing};
use crate::error::{Found, Refusal, refuse};
use crate::rule::Rule;

/// Bytes of a nonce.
pub const NONCE_LENGTH: usize = 12;
/// Bytes of a tag.
pub const TAG_LENGTH: usize = 16;

/// A key, expanded: for one BLOB, or for all lines of a file.
pub struct Gcm<Cipher>(Cipher);

impl Gcm<Aes128Gcm> {
    /// For a BLOB, a row, a key at rest.
    pub fn sealing(key: &Key<Sealing>) -> Self {
        Self(Aes128Gcm::new(key.expose().into()))
    }
}

impl Gcm<Aes256Gcm> {
    /// For the lines of a license file.
    pub fn file_line(key: &Key<FileLine, 32>) -> Self {
        Self(Aes256Gcm::new(key.expose().into()))
    }
}

impl<Cipher> Gcm<Cipher>
where
    Cipher: AeadInOut<NonceSize = aes_gcm::aead::consts::U12, TagSize = aes_gcm::aead::consts::U16>,
{
    /// Encrypts in place; the tag. The nonce must be new under this key.
    pub fn seal(&self, nonce: &[u8; NONCE_LENGTH], associated: &[u8], data: &mut [u8]) -> [u8; TAG_LENGTH] {
        // It refuses nothing but data of more than 64 GiB.
        match self.0.encrypt_inout_detached(nonce.into(), associated, data.into()) {
            Ok(tag) => tag.into(),
            Err(_) => [0; TAG_LENGTH],
        }
    }

    /// Verifies, then decrypts in place. Refuses with `rule`, and then leaves `data` as it was.
    pub fn open(
        &self,
        nonce: &[u8; NONCE_LENGTH],
        associated: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG_LENGTH],
        rule: Rule,
    ) -> Result<(), Refusal> {
        match self.0.decrypt_inout_detached(nonce.into(), associated, data.into(), tag.into()) {
            Ok(()) => Ok(()),
            Err(_) => refuse(rule, Found::Nothing),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::BLB_5;
    use crate::text::hex;

    fn array<const N: usize>(text: &str) -> [u8; N] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    /// The test cases of the GCM proposal that NIST adopted, numbers 2 and 4 (128 bits) and 14 and 16 (256 bits).
    #[test]
    fn published_test_cases() {
        let data = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
        let associated = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
        let nonce = array("cafebabefacedbaddecaf888");
        let mut sealed = hex::decode(data).unwrap();
        let gcm = Gcm::sealing(&Key::new(array("feffe9928665731c6d6a8f9467308308")));
        let tag = gcm.seal(&nonce, &associated, &mut sealed);
        assert_eq!(hex::encode(&tag), "5BC94FBC3221A5DB94FAE95AE7121A47");
        gcm.open(&nonce, &associated, &mut sealed, &tag, BLB_5).unwrap();
        assert_eq!(sealed, hex::decode(data).unwrap());
        let mut sealed = [0; 16];
        let tag = Gcm::sealing(&Key::new([0; 16])).seal(&[0; 12], &[], &mut sealed);
        assert_eq!(hex::encode(&sealed), "0388DACE60B6A392F328C2B971B2FE78");
        assert_eq!(hex::encode(&tag), "AB6E47D42CEC13BDF53A67B21257BDDF");

        let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
        let mut sealed = hex::decode(data).unwrap();
        let tag = Gcm::file_line(&Key::new(array(key))).seal(&nonce, &associated, &mut sealed);
        assert_eq!(hex::encode(&tag), "76FC6ECE0F4E1768CDDF8853BB2D551B");
        let mut sealed = [0; 16];
        let tag = Gcm::file_line(&Key::new([0; 32])).seal(&[0; 12], &[], &mut sealed);
        assert_eq!(hex::encode(&sealed), "CEA7403D4D606B6E074EC5D3BAF39D18");
        assert_eq!(hex::encode(&tag), "D0D1C8A799996BF0265B98B5D48AB919");
    }

    #[test]
    fn blb_5_every_bit_is_covered() {
        let gcm = Gcm::sealing(&Key::new([1; 16]));
        let mut data = *b"sixteen bytes...";
        let tag = gcm.seal(&[2; 12], b"a", &mut data);
        let whole = [&data[..], &tag].concat();
        for bit in 0..whole.len() * 8 {
            let mut bent = whole.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let (data, tag) = bent.split_at_mut(16);
            let before = data.to_vec();
            let refusal = gcm.open(&[2; 12], b"a", data, (&*tag).try_into().unwrap(), BLB_5).unwrap_err();
            assert_eq!((refusal.rule, &*data), (BLB_5, &before[..]));
        }
        assert!(gcm.open(&[2; 12], b"b", &mut data, &tag, BLB_5).is_err());
        assert!(gcm.open(&[3; 12], b"a", &mut data, &tag, BLB_5).is_err());
    }
}
