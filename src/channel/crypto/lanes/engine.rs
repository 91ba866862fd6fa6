//! What a kernel has: lanes, and keys for them.

/// A block of AES, a key of AES-128, a tag of AES-CMAC.
pub type Block = [u8; 16];

/// A block that is wiped at once, not byte after byte.
#[derive(Clone, Copy, Default)]
pub(super) struct Raw(pub(super) Block);

impl zeroize::DefaultIsZeroes for Raw {}

pub(super) fn blocks<const N: usize>(raw: &[Raw; N]) -> [&Block; N] {
    raw.each_ref().map(|Raw(block)| block)
}

/// `N` lanes: chains of blocks that are worked on side by side, under a key each or under one.
pub(super) trait Lanes<const N: usize> {
    /// As many blocks of each lane as the shortest has: `state = E(key, state XOR block)` for one after the other.
    fn absorb(&self, states: &mut [Block; N], blocks: &[&[Block]; N]);

    /// One block of each lane.
    fn encrypt(&self, blocks: &[Block; N]) -> [Block; N] {
        let mut states = [[0; 16]; N];
        self.absorb(&mut states, &blocks.each_ref().map(std::slice::from_ref));
        states
    }
}

/// What a kernel has: lanes whose keys are given, again and again, and lanes of one key.
pub(super) trait Engine<const N: usize>: Lanes<N> {
    type OneKey: Lanes<N>;

    /// Lanes that have no keys yet.
    fn new() -> Self;

    /// Gives each lane its key.
    fn expand(&mut self, keys: &[&Block; N]);

    /// Lanes that all have this key.
    fn one_key(key: &Block) -> Self::OneKey;
}
