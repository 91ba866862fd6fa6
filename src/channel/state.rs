//! Two small types for the state of a role, and its digest.
//!
//! The digest is the answer to `state` of the peer protocol: it covers all of a session's state but its
//! counters, so that a test can see that a refusal changed nothing, or just the one counter it names.

use std::fmt;
use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

/// A failure counter; left out of the digest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counter(u8);

impl Counter {
    /// So many.
    pub fn of(failures: u8) -> Self {
        Self(failures)
    }

    /// How many failures.
    pub fn value(self) -> u8 {
        self.0
    }

    /// One more; stays at the top.
    pub fn count(&mut self) {
        self.0 = self.0.saturating_add(1);
    }

    /// Back to none.
    pub fn clear(&mut self) {
        self.0 = 0;
    }
}

#[allow(clippy::derived_hash_with_manual_eq)] // equal counters feed equal bytes: none
impl Hash for Counter {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// A value computed from a secret once and kept; neither shown nor part of the digest. What it is computed
/// from enters by its fingerprint.
#[derive(Clone)]
pub struct Cached<T> {
    value: T,
    fingerprint: [u8; 32],
}

impl<T> Cached<T> {
    /// Keeps `value`, computed from `source` alone.
    pub fn new(value: T, source: &[u8]) -> Self {
        Self { value, fingerprint: Sha256::digest(source).into() }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }
}

impl<T> Hash for Cached<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl<T> fmt::Debug for Cached<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cached(…)")
    }
}

/// SHA-256 of everything that `state` feeds to its hash, the counters left out.
pub fn digest(state: &impl Hash) -> [u8; 32] {
    let mut hasher = DigestHasher(Sha256::new());
    state.hash(&mut hasher);
    hasher.0.finalize().into()
}

struct DigestHasher(Sha256);

impl Hasher for DigestHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Never asked for: the digest is the result.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_nothing_else_are_left_out() {
        let mut counter = Counter::default();
        let before = digest(&(7u32, counter));
        counter.count();
        assert_eq!(digest(&(7u32, counter)), before);
        assert_ne!(digest(&(8u32, counter)), before);
        assert_ne!(digest(&Cached::new((), b"a")), digest(&Cached::new((), b"b")));
    }
}
