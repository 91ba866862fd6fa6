//! The kernel that is always there, and the truth: eight lanes, by the `aes` crate, without unsafe code of ours. That crate
//! uses a processor's AES instructions where it knows them (x86, aarch64).

use std::hint::black_box;
use std::mem::ManuallyDrop;

use aes::Aes128Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::{Block, Lanes};

/// Lanes that are worked on at once: enough for a processor to have several under way.
const LANES: usize = 8;

/// Eight lanes, one schedule each. A schedule isn't wiped before the next takes its place, which costs as much as four
/// blocks, but written over.
pub(super) struct Portable([ManuallyDrop<Aes128Enc>; LANES]);

fn schedule(key: &Block) -> ManuallyDrop<Aes128Enc> {
    ManuallyDrop::new(Aes128Enc::new(key.into()))
}

impl Lanes<LANES> for Portable {
    fn new() -> Self {
        Self(std::array::from_fn(|_| schedule(&[0; 16])))
    }

    fn expand(&mut self, keys: &[&Block; LANES]) {
        for (place, key) in self.0.iter_mut().zip(keys) {
            *place = schedule(key);
        }
    }

    fn absorb(&self, states: &mut [Block; LANES], blocks: &[&[Block]; LANES]) {
        let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
        for at in 0..count {
            // All lanes once before any of them again: the next block of a lane waits for the one before.
            for ((schedule, state), blocks) in self.0.iter().zip(states.iter_mut()).zip(blocks) {
                let block = blocks.get(at).unwrap_or(&[0; 16]);
                state.iter_mut().zip(block).for_each(|(state, byte)| *state ^= byte);
                schedule.encrypt_block(state.into());
            }
        }
    }
}

impl Drop for Portable {
    fn drop(&mut self) {
        // Schedules of a key that is none of anybody's, and something that has to look at them.
        self.expand(&[&[0; 16]; LANES]);
        black_box(&self.0);
    }
}
