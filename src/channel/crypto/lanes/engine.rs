//! What a kernel has: lanes, and keys for them.

use zeroize::Zeroizing;

/// A block of AES, a key of AES-128, a tag of AES-CMAC.
pub type Block = [u8; 16];

/// A block that is wiped at once, not byte after byte.
#[derive(Clone, Copy, Default)]
pub(super) struct Raw(pub(super) Block);

impl zeroize::DefaultIsZeroes for Raw {}

impl Raw {
    /// XORs as much of it as there are bytes.
    pub(super) fn apply(&self, bytes: &mut [u8]) {
        let Self(block) = self;
        bytes.iter_mut().zip(block).for_each(|(byte, of_block)| *byte ^= of_block);
    }
}

/// The counter block so many after the first.
pub(super) fn counter(nonce: Block, j: u32) -> Block {
    (u128::from_be_bytes(nonce) ^ u128::from(j)).to_be_bytes()
}

pub(super) fn blocks<const N: usize>(raw: &[Raw; N]) -> [&Block; N] {
    raw.each_ref().map(|Raw(block)| block)
}

/// `N` lanes: chains of blocks that are worked on side by side, under a key each or under one.
pub(super) trait Lanes<const N: usize> {
    /// As many blocks of each lane as the shortest has: `state = E(key, state XOR block)` for one after the other.
    fn absorb(&self, states: &mut [Block; N], blocks: &[&[Block]; N]);

    /// All blocks of each lane: `block = block XOR E(key, nonce XOR j)`, j = 0, 1, … in the last 4 bytes, most significant
    /// first.
    fn apply_keystream(&self, nonces: &[Block; N], blocks: &mut [&mut [Block]; N]) {
        let longest = blocks.iter().map(|blocks| blocks.len()).max().unwrap_or(0);
        let mut keystream = Zeroizing::new([Raw([0; 16]); N]);
        for (j, at) in (0..).zip(0..longest) {
            *keystream = self.encrypt(&nonces.map(|nonce| counter(nonce, j))).map(Raw);
            for (blocks, keystream) in blocks.iter_mut().zip(keystream.iter()) {
                if let Some(block) = blocks.get_mut(at) {
                    keystream.apply(block);
                }
            }
        }
    }

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
