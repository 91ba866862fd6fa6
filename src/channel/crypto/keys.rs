//! Keys: one type per purpose, wiped when dropped, never printed.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A key of 16 bytes (or `LENGTH`) that is used for `Purpose` and nothing else.
///
/// `Debug` shows the purpose only; comparison takes constant time; dropping wipes it.
pub struct Key<Purpose, const LENGTH: usize = 16> {
    bytes: [u8; LENGTH],
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
/// Purpose: what a license file comes with, 32 bytes; input of KDF for its lines, trailer and check.
pub enum Transport {}
/// Purpose: AES-256-GCM of the lines of a license file, 32 bytes.
pub enum FileLine {}
/// Purpose: HMAC of a license file, 32 bytes.
pub enum FileTrailer {}
/// Purpose: the server's own; input of KDF for BLOBs and rows.
pub enum Storage {}
/// Purpose: of one installation, held by its platform; input of KDF for the client's state.
pub enum Platform {}
/// Purpose: AES-128-GCM of one BLOB, row or key at rest.
pub enum Sealing {}
/// Purpose: CMAC of the client's state.
pub enum ClientState {}
/// Purpose: AES of one activation code.
pub enum ActivationCode {}
/// Purpose: CMAC of event reactivation counters.
pub enum EventCounter {}
/// Purpose: CMAC of derivation codes.
pub enum Derivation {}
/// Purpose: what server and client agreed on for full activation data; input of KDF.
pub enum Shared {}

impl<Purpose, const LENGTH: usize> Key<Purpose, LENGTH> {
    /// A key of these bytes.
    pub fn new(bytes: [u8; LENGTH]) -> Self {
        Self { bytes, purpose: PhantomData }
    }

    /// The bytes, for an algorithm or a message that carries the key.
    pub fn expose(&self) -> &[u8; LENGTH] {
        &self.bytes
    }
}

impl Key<Payload> {
    /// The payload key in its use as the channel key of types 2, 3 and 0x24 (SPEC section 6).
    pub fn as_channel(&self) -> Key<Channel> {
        Key::new(self.bytes)
    }
}

impl<Purpose, const LENGTH: usize> Clone for Key<Purpose, LENGTH> {
    fn clone(&self) -> Self {
        Self::new(self.bytes)
    }
}

impl<Purpose, const LENGTH: usize> Drop for Key<Purpose, LENGTH> {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl<Purpose, const LENGTH: usize> ZeroizeOnDrop for Key<Purpose, LENGTH> {}

impl<Purpose, const LENGTH: usize> PartialEq for Key<Purpose, LENGTH> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes.ct_eq(&other.bytes).into()
    }
}

impl<Purpose, const LENGTH: usize> Eq for Key<Purpose, LENGTH> {}

/// For the digest of a session's state (`state` of the peer protocol), never for a hash table.
#[allow(clippy::derived_hash_with_manual_eq)]
impl<Purpose, const LENGTH: usize> Hash for Key<Purpose, LENGTH> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl<Purpose, const LENGTH: usize> fmt::Debug for Key<Purpose, LENGTH> {
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
