//! AES Key Wrap (RFC 3394) of a license key: the activation vector. KEY-9, KEY-10.

use aes_kw::{KeyInit, KwAes128};
use zeroize::Zeroizing;

use super::keys::{Key, License, Wrapping};
use crate::error::{Found, Refusal, refuse};
use crate::rule::KEY_10;

/// A wrapped license key: the activation vector.
pub const WRAPPED_LENGTH: usize = 24;

/// The activation vector: the license key under the wrapping key (RFC 3394) (KEY-9).
pub fn wrap(wrapping: &Key<Wrapping>, key: &Key<License>) -> [u8; WRAPPED_LENGTH] {
    let mut wrapped = [0; WRAPPED_LENGTH];
    // The lengths are fixed: 16 bytes in, 24 out. The crate refuses nothing else.
    let done = KwAes128::new(wrapping.expose().into()).wrap_key(key.expose(), &mut wrapped).is_ok();
    debug_assert!(done);
    wrapped
}

/// The license key in an activation vector; refuses where its integrity check fails (KEY-10).
pub fn unwrap(wrapping: &Key<Wrapping>, wrapped: &[u8; WRAPPED_LENGTH]) -> Result<Key<License>, Refusal> {
    let mut key = Zeroizing::new([0; 16]);
    match KwAes128::new(wrapping.expose().into()).unwrap_key(wrapped, key.as_mut()) {
        Ok(_) => Ok(Key::new(*key)),
        Err(_) => refuse(KEY_10, Found::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::hex;

    #[test]
    fn rfc_3394_section_4_1() {
        let kek = Key::new(hex::decode("000102030405060708090A0B0C0D0E0F").unwrap().try_into().unwrap());
        let key = Key::new(hex::decode("00112233445566778899AABBCCDDEEFF").unwrap().try_into().unwrap());
        let wrapped = wrap(&kek, &key);
        assert_eq!(hex::encode(&wrapped), "1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5");
        assert_eq!(unwrap(&kek, &wrapped), Ok(key));
        for bit in 0..wrapped.len() * 8 {
            let mut bent = wrapped;
            bent[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unwrap(&kek, &bent).unwrap_err().rule, KEY_10);
        }
    }
}
