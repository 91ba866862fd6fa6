//! The kernels of x86-64: AES-NI, one lane in each vector, and VAES, two in each. One body, written once. The only module of
//! this workspace in which unsafe code is allowed.
//!
//! Sixteen lanes of VAES are 8 vectors, eight lanes of AES-NI too: as many as a processor needs under way to be kept busy,
//! and few enough that the states stay in registers. The schedules stand in memory, round by round, and are read again
//! for each block.
#![allow(unsafe_code)]
#![allow(clippy::indexing_slicing)] // fixed lengths: the compiler sees all of them

use core::arch::x86_64::*;
use core::hint::black_box;

use zeroize::Zeroize;

use super::engine::{Block, Engine, Lanes};

/// Vectors that are worked on at once.
const VECTORS: usize = 8;
/// Round keys of AES-128 (FIPS 197).
const ROUND_KEYS: usize = 11;

/// Column 3 of a round key, its bytes rotated by one (RotWord of FIPS 197), in each column.
const ROTATED: [u8; 16] = [13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12, 13, 14, 15, 12];
/// The round constants of FIPS 197, section 5.2.
const ROUND_CONSTANTS: [i32; ROUND_KEYS - 1] = [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0x1B, 0x36];

/// One block in each lane. No function: the vectors would go through memory on their way in and out.
macro_rules! encrypt {
    ($engine:ident, $keys:ident, $state:ident, $xor:ident, $aesenc:ident, $last:ident) => {
        // Looked at anew for each block: the compiler would copy all of it to the stack first, each time.
        let [first, middle @ .., last] = black_box(&$engine.round_keys);
        for (i, vector) in $state.iter_mut().enumerate() {
            *vector = $xor(*vector, first[i % $keys]);
        }
        for round_key in middle {
            for (i, vector) in $state.iter_mut().enumerate() {
                *vector = $aesenc(*vector, round_key[i % $keys]);
            }
        }
        for (i, vector) in $state.iter_mut().enumerate() {
            *vector = $last(*vector, last[i % $keys]);
        }
    };
}

macro_rules! kernel {
    (
        $(#[$doc:meta])* $name:ident, $features:tt, $vector:ty, $in_each:literal lanes in each,
        load $load:ident, store $store:ident, of_block $of_block:ident, all $all:ident, zero $zero:ident,
        xor $xor:ident, shift $shift:ident, shuffle $shuffle:ident, aesenc $aesenc:ident, aesenclast $last:ident
    ) => {
        $(#[$doc])*
        ///
        /// `KEYS` vectors of round keys: one for each vector of lanes, or one for all of them.
        pub(super) struct $name<const KEYS: usize = VECTORS> {
            /// Round by round.
            round_keys: [[$vector; KEYS]; ROUND_KEYS],
        }

        impl<const KEYS: usize> $name<KEYS> {
            fn zeroed() -> Self {
                // SAFETY: all bits 0 are a value of each vector.
                Self { round_keys: unsafe { core::mem::zeroed() } }
            }

            #[target_feature(enable = $features)]
            fn expand_all(&mut self, keys: &[&Block; VECTORS * $in_each]) {
                let rotated = $of_block(&ROTATED);
                let mut key = [$zero(); KEYS];
                for (i, vector) in key.iter_mut().enumerate() {
                    *vector = $load(keys, i);
                }
                self.round_keys[0] = key;
                for (constant, round_key) in ROUND_CONSTANTS.iter().zip(&mut self.round_keys[1..]) {
                    let constant = $all(*constant);
                    for (vector, out) in key.iter_mut().zip(round_key) {
                        // The four columns are equal, so that ShiftRows of the last round changes nothing: what is
                        // left of it is SubWord, and the constant.
                        let word = $last($shuffle(*vector, rotated), constant);
                        let once = $xor(*vector, $shift::<4>(*vector));
                        *vector = $xor($xor(once, $shift::<8>(once)), word);
                        *out = *vector;
                    }
                }
            }

            #[target_feature(enable = $features)]
            fn absorb_all(&self, states: &mut [Block; VECTORS * $in_each], blocks: &[&[Block]; VECTORS * $in_each]) {
                let count = blocks.iter().map(|blocks| blocks.len()).min().unwrap_or(0);
                let mut state = [$zero(); VECTORS];
                let lanes = states.each_ref();
                for (i, vector) in state.iter_mut().enumerate() {
                    *vector = $load(&lanes, i);
                }
                for at in 0..count {
                    // SAFETY: `at` is below the length of the shortest.
                    let block: [&Block; VECTORS * $in_each] =
                        core::array::from_fn(|lane| unsafe { blocks[lane].get_unchecked(at) });
                    for (i, vector) in state.iter_mut().enumerate() {
                        *vector = $xor(*vector, $load(&block, i));
                    }
                    encrypt!(self, KEYS, state, $xor, $aesenc, $last);
                }
                let mut lanes = states.each_mut();
                for (i, vector) in state.into_iter().enumerate() {
                    $store(&mut lanes, i, vector);
                }
            }

            #[target_feature(enable = $features)]
            fn apply_keystream_all(
                &self,
                nonces: &[Block; VECTORS * $in_each],
                blocks: &mut [&mut [Block]; VECTORS * $in_each],
            ) {
                let longest = blocks.iter().map(|blocks| blocks.len()).max().unwrap_or(0);
                // Where lanes that have ended go on, and nobody looks.
                let mut nowhere = [[0; 16]; VECTORS * $in_each];
                let nonces = nonces.each_ref();
                for (j, at) in (0i32..).zip(0..longest) {
                    let counter = $shift::<12>($all(j.swap_bytes()));
                    let mut state = [$zero(); VECTORS];
                    for (i, vector) in state.iter_mut().enumerate() {
                        *vector = $xor($load(&nonces, i), counter);
                    }
                    encrypt!(self, KEYS, state, $xor, $aesenc, $last);
                    let mut block = nowhere.each_mut();
                    for (place, blocks) in block.iter_mut().zip(blocks.iter_mut()) {
                        if let Some(block) = blocks.get_mut(at) {
                            *place = block;
                        }
                    }
                    for (i, vector) in state.into_iter().enumerate() {
                        let there = $load(&block.each_ref().map(|block| &**block), i);
                        $store(&mut block, i, $xor(there, vector));
                    }
                }
                nowhere.zeroize();
            }
        }

        impl<const KEYS: usize> Lanes<{ VECTORS * $in_each }> for $name<KEYS> {
            fn absorb(&self, states: &mut [Block; VECTORS * $in_each], blocks: &[&[Block]; VECTORS * $in_each]) {
                // SAFETY: `Kernel::is_here` has found the features before anything comes here.
                unsafe { self.absorb_all(states, blocks) }
            }

            fn apply_keystream(
                &self,
                nonces: &[Block; VECTORS * $in_each],
                blocks: &mut [&mut [Block]; VECTORS * $in_each],
            ) {
                // SAFETY: as above.
                unsafe { self.apply_keystream_all(nonces, blocks) }
            }
        }

        impl Engine<{ VECTORS * $in_each }> for $name {
            type OneKey = $name<1>;

            fn new() -> Self {
                Self::zeroed()
            }

            fn expand(&mut self, keys: &[&Block; VECTORS * $in_each]) {
                // SAFETY: as above.
                unsafe { self.expand_all(keys) }
            }

            fn one_key(key: &Block) -> $name<1> {
                let mut lanes = $name::zeroed();
                // SAFETY: as above.
                unsafe { lanes.expand_all(&[key; VECTORS * $in_each]) }
                lanes
            }
        }

        impl<const KEYS: usize> Drop for $name<KEYS> {
            fn drop(&mut self) {
                self.round_keys.zeroize();
            }
        }
    };
}

kernel! {
    /// Eight lanes, one in each vector of 128 bits.
    AesNi, "aes,sse2,ssse3", __m128i, 1 lanes in each,
    load load_1, store store_1, of_block of_block_1, all _mm_set1_epi32, zero _mm_setzero_si128,
    xor _mm_xor_si128, shift _mm_bslli_si128, shuffle _mm_shuffle_epi8, aesenc _mm_aesenc_si128,
    aesenclast _mm_aesenclast_si128
}

kernel! {
    /// Sixteen lanes, two in each vector of 256 bits.
    Vaes, "aes,vaes,avx2", __m256i, 2 lanes in each,
    load load_2, store store_2, of_block of_block_2, all _mm256_set1_epi32, zero _mm256_setzero_si256,
    xor _mm256_xor_si256, shift _mm256_bslli_epi128, shuffle _mm256_shuffle_epi8, aesenc _mm256_aesenc_epi128,
    aesenclast _mm256_aesenclast_epi128
}

#[inline]
#[target_feature(enable = "sse2")]
fn of_block_1(block: &Block) -> __m128i {
    // SAFETY: 16 bytes can be read there; this instruction needs no alignment.
    unsafe { _mm_loadu_si128(block.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn load_1(lanes: &[&Block; VECTORS], i: usize) -> __m128i {
    of_block_1(lanes[i])
}

#[inline]
#[target_feature(enable = "sse2")]
fn store_1(lanes: &mut [&mut Block; VECTORS], i: usize, vector: __m128i) {
    // SAFETY: 16 bytes can be written there; this instruction needs no alignment.
    unsafe { _mm_storeu_si128(lanes[i].as_mut_ptr().cast(), vector) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn of_block_2(block: &Block) -> __m256i {
    _mm256_broadcastsi128_si256(of_block_1(block))
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_2(lanes: &[&Block; 2 * VECTORS], i: usize) -> __m256i {
    _mm256_set_m128i(of_block_1(lanes[2 * i + 1]), of_block_1(lanes[2 * i]))
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_2(lanes: &mut [&mut Block; 2 * VECTORS], i: usize, vector: __m256i) {
    let [low, high] = [_mm256_castsi256_si128(vector), _mm256_extracti128_si256::<1>(vector)];
    for (lane, half) in lanes[2 * i..].iter_mut().zip([low, high]) {
        // SAFETY: 16 bytes can be written there; this instruction needs no alignment.
        unsafe { _mm_storeu_si128(lane.as_mut_ptr().cast(), half) }
    }
}
