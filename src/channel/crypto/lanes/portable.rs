//! The kernel that is always there, and the truth: eight lanes, by the `aes` crate, without unsafe code of ours. That crate
//! uses a processor's AES instructions where it knows them (x86, aarch64).

use std::hint::black_box;
use std::mem::ManuallyDrop;

use aes::Aes128Enc;
use aes::cipher::{BlockCipherEncrypt, KeyInit};

use super::engine::{Block, Engine, Lanes};

/// Lanes that are worked on at once: enough for a processor to have several under way.
const LANES: usize = 8;

/// Eight lanes with a schedule each, or one for all of them. A schedule isn't wiped before the next takes its place, which
/// costs as much as four blocks, but written over; what a compiler moves through the stack on the way isn't.
pub(super) struct Portable<const KEYS: usize = LANES>([ManuallyDrop<Aes128Enc>; KEYS]);

fn schedule(key: &Block) -> ManuallyDrop<Aes128Enc> {
    ManuallyDrop::new(Aes128Enc::new(key.into()))
}

impl<const KEYS: usize> Portable<KEYS> {
    fn of_one_key(key: &Block) -> Self {
        let schedule = schedule(key);
        Self(std::array::from_fn(|_| schedule.clone()))
    }
}

impl<const KEYS: usize> Lanes<LANES> for Portable<KEYS> {
    fn absorb(&self, states: &mut [Block; LANES], blocks: &[&[Block]; LANES]) {
        let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
        for at in 0..count {
            // All lanes once before any of them again: the next block of a lane waits for the one before.
            for ((schedule, state), blocks) in self.0.iter().cycle().zip(states.iter_mut()).zip(blocks) {
                let block = blocks.get(at).unwrap_or(&[0; 16]);
                state.iter_mut().zip(block).for_each(|(state, byte)| *state ^= byte);
                schedule.encrypt_block(state.into());
            }
        }
    }
}

impl Engine<LANES> for Portable {
    type OneKey = Portable<1>;

    fn new() -> Self {
        Self::of_one_key(&[0; 16])
    }

    fn expand(&mut self, keys: &[&Block; LANES]) {
        for (place, key) in self.0.iter_mut().zip(keys) {
            *place = schedule(key);
        }
    }

    fn one_key(key: &Block) -> Portable<1> {
        Portable::of_one_key(key)
    }
}

impl<const KEYS: usize> Drop for Portable<KEYS> {
    fn drop(&mut self) {
        // Schedules of a key that is nobody's, and something that has to look at them.
        let schedule = schedule(&[0; 16]);
        self.0.fill_with(|| schedule.clone());
        black_box(&self.0);
    }
}
