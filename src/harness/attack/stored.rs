//! Attackers at rest: bytes out of a backup or a store, without the key under which they lie.

use super::Player;
use crate::play::need;
use crate::trial::{Stop, Trial};

/// Stored bytes: a client's state, or a BLOB as its bytes.
#[derive(Clone, Debug)]
pub struct Copy(Vec<u8>);

impl Player<Copy> {
    /// Somebody copies what is stored.
    pub fn copies(t: &mut Trial<'_>, what: &str, stored: &[u8]) -> Self {
        let eve = Self::knowing(Copy(stored.to_vec()));
        eve.thinks(t, format!("copies {what}"));
        eve
    }

    /// The copy as it is.
    pub fn puts_back(&self) -> Vec<u8> {
        self.knows.0.clone()
    }

    /// The copy with a byte changed.
    pub fn flips(&self, t: &mut Trial<'_>, what: &str, at: usize, bits: u8) -> Result<Vec<u8>, Stop> {
        let mut bytes = self.knows.0.clone();
        *need(bytes.get_mut(at), "the stored byte to change")? ^= bits;
        self.thinks(t, format!("changes a byte of it, {what}"));
        Ok(bytes)
    }
}
