//! Keys: one type per purpose, wiped when dropped, never printed.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A 16-byte key that is used for `Purpose` and nothing else.
///
/// `Debug` shows the purpose only; comparison takes constant time; dropping wipes it.
pub struct Key<Purpose> {
    bytes: [u8; 16],
    purpose: PhantomData<Purpose>,
}

/// Purpose: common to a static vector; input of [`super::kdf::wrapping`].
pub enum Master {}
/// Purpose: one per license; input of KDF for the device code, AM2 and the applications.
pub enum License {}
/// Purpose: one per license, shared by all its instances; a channel key for types 2 and 3.
pub enum Payload {}
/// Purpose: protects messages; input of KDF for encryption and MAC keys (KEY-3 to KEY-5).
pub enum Channel {}
/// Purpose: AES Key Wrap.
pub enum Wrapping {}
/// Purpose: CMAC of the device code.
pub enum DeviceCode {}
/// Purpose: CMAC of the responses of one application of one instance.
pub enum Application {}

impl<Purpose> Key<Purpose> {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self { bytes, purpose: PhantomData }
    }

    /// The bytes, for an algorithm or a message that carries the key.
    pub fn expose(&self) -> &[u8; 16] {
        &self.bytes
    }
}

impl Key<Payload> {
    /// The payload key in its use as the channel key of types 2 and 3 (SPEC section 6).
    pub fn as_channel(&self) -> Key<Channel> {
        Key::new(self.bytes)
    }
}

impl<Purpose> Clone for Key<Purpose> {
    fn clone(&self) -> Self {
        Self::new(self.bytes)
    }
}

impl<Purpose> Drop for Key<Purpose> {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl<Purpose> ZeroizeOnDrop for Key<Purpose> {}

impl<Purpose> PartialEq for Key<Purpose> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(&other.bytes).into()
    }
}

impl<Purpose> Eq for Key<Purpose> {}

/// For the digest of a session's state (`state` of the peer protocol), never for a hash table.
#[allow(clippy::derived_hash_with_manual_eq)]
impl<Purpose> Hash for Key<Purpose> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<Purpose> fmt::Debug for Key<Purpose> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let purpose = std::any::type_name::<Purpose>().rsplit("::").next().unwrap_or_default();
        write!(f, "Key<{purpose}>(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_byte_of_the_key() {
        assert_eq!(format!("{:?}", Key::<License>::new([0x41; 16])), "Key<License>(…)");
    }
}
