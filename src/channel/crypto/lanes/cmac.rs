//! AES-CMAC (NIST SP 800-38B, RFC 4493) over lanes: of many messages, each under its own key; and of candidates, under one.

use subtle::Choice;
use zeroize::Zeroizing;

use super::engine::{Block, Engine, Lanes, Raw, blocks};
use super::kernel::{Kernel, Work};

/// A message and the key of its tag.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The key, raw.
    pub key: &'a Block,
    /// The message, of any length.
    pub bytes: &'a [u8],
}

/// AES-CMAC (NIST SP 800-38B, RFC 4493) of each message, in their order.
pub fn cmac_batch(messages: &[Message<'_>]) -> Vec<Block> {
    Kernel::in_use().run(CmacBatch(messages))
}

struct CmacBatch<'a>(&'a [Message<'a>]);

impl Work for CmacBatch<'_> {
    type Output = Vec<Block>;

    fn run<E: Engine<N>, const N: usize>(self) -> Vec<Block> {
        let Self(messages) = self;
        let mut tags = vec![[0; 16]; messages.len()];
        let mut lanes = E::new();
        for group in groups::<N>(&mut messages.iter().map(|it| it.bytes.len() / 16)) {
            let lane = |i: &usize| messages.get(*i).map_or((&[0; 16], &[][..]), |it| (it.key, it.bytes));
            let group_of = group.each_ref().map(lane);
            lanes.expand(&group_of.map(|(key, _)| key));
            for (i, tag) in group.into_iter().zip(cmac(&lanes, &group_of.map(|(_, bytes)| bytes))) {
                if let Some(place) = tags.get_mut(i) {
                    *place = tag;
                }
            }
        }
        tags
    }
}

/// Bytes at the beginning of a message in which candidates differ.
pub(in crate::crypto) const HEAD: usize = 20;
/// Bytes of that in the second block.
const OF_SECOND: usize = HEAD - 16;

/// Messages under one key that differ in their first bytes alone, one after the other: the candidates of a window.
pub(in crate::crypto) struct Candidates<'a, Heads, IsIt> {
    /// The key of all of them.
    pub(in crate::crypto) key: &'a Block,
    /// How each begins.
    pub(in crate::crypto) heads: Heads,
    /// How all of them go on.
    pub(in crate::crypto) rest: &'a [u8],
    /// Whether the tag is the one that is looked for, in constant time.
    pub(in crate::crypto) is_it: IsIt,
}

impl<Heads: Iterator<Item = [u8; HEAD]>, IsIt: Fn(&Block) -> Choice> Candidates<'_, Heads, IsIt> {
    /// How many come before the first whose tag it is.
    pub(in crate::crypto) fn find(self) -> Option<usize> {
        Kernel::in_use().run(self)
    }
}

impl<Heads: Iterator<Item = [u8; HEAD]>, IsIt: Fn(&Block) -> Choice> Work for Candidates<'_, Heads, IsIt> {
    type Output = Option<usize>;

    /// ```text
    /// block 0      block 1                 block 2 …
    /// head (16)    head (4) || rest (12)   rest, the same in all lanes
    /// ```
    fn run<E: Engine<N>, const N: usize>(self) -> Option<usize> {
        let Self { key, mut heads, rest, is_it } = self;
        let lanes = E::one_key(key);
        let sub_keys = Zeroizing::new(SubKeys::new(lanes.encrypt(&[[0; 16]; N]).first().copied()?));
        let (of_second, tail) = rest.split_at_checked(16 - OF_SECOND).unwrap_or((rest, &[]));
        // What all second blocks have; where the message ends there, as the cipher gets it.
        let mut common = Zeroizing::new([0; 16]);
        common.iter_mut().skip(OF_SECOND).zip(of_second).for_each(|(to, from)| *to = *from);
        if tail.is_empty() {
            *common = sub_keys.whiten(common.get(..OF_SECOND + of_second.len())?);
        }
        let last = Zeroizing::new(sub_keys.whiten(tail));
        let mut before = 0;
        loop {
            let (mut first, mut second) = ([[0; 16]; N], [*common; N]);
            let mut count = 0;
            for ((first, second), head) in first.iter_mut().zip(&mut second).zip(&mut heads) {
                let (start, end) = head.split_first_chunk()?;
                *first = *start;
                second.iter_mut().zip(end).for_each(|(to, from)| *to ^= from);
                count += 1;
            }
            let mut states = [[0; 16]; N];
            lanes.absorb(&mut states, &first.each_ref().map(std::slice::from_ref));
            lanes.absorb(&mut states, &second.each_ref().map(std::slice::from_ref));
            if !tail.is_empty() {
                lanes.absorb(&mut states, &[whole_blocks(tail); N]);
                lanes.absorb(&mut states, &[std::slice::from_ref(&*last); N]);
            }
            for (found, tag) in states.iter().take(count).enumerate() {
                if is_it(tag).into() {
                    return Some(before + found);
                }
            }
            if count < N {
                return None;
            }
            before += N;
        }
    }
}

/// The indices of items in groups of `N`, those of one size together. Where a group isn't full, its last index stands there
/// several times.
pub(super) fn groups<const N: usize>(
    sizes: &mut dyn Iterator<Item = usize>,
) -> impl Iterator<Item = [usize; N]> + use<N> {
    let mut order: Vec<(usize, usize)> = sizes.zip(0..).collect();
    order.sort(); // nothing but a look where all have one size
    (0..order.len().div_ceil(N)).map(move |group| {
        let of_group = order.get(group * N..).unwrap_or_default();
        std::array::from_fn(|lane| of_group.get(lane).or(of_group.last()).map_or(0, |(_, i)| *i))
    })
}

/// The tag of each lane's message under each lane's key.
pub(super) fn cmac<L: Lanes<N>, const N: usize>(lanes: &L, messages: &[&[u8]; N]) -> [Block; N] {
    let sub_keys = sub_keys(lanes);
    let mut last = Zeroizing::new([Raw([0; 16]); N]);
    for ((last, sub_keys), message) in last.iter_mut().zip(sub_keys.iter()).zip(messages) {
        *last = Raw(sub_keys.whiten(message));
    }
    chain(lanes, &messages.map(whole_blocks), &blocks(&last))
}

/// All blocks of a message but its last one, whole or not.
fn whole_blocks(message: &[u8]) -> &[Block] {
    let blocks = message.as_chunks().0;
    blocks.get(..message.len().saturating_sub(1) / 16).unwrap_or(blocks)
}

/// The chains of CMAC: each lane's whole blocks, then its last one.
fn chain<L: Lanes<N>, const N: usize>(lanes: &L, whole: &[&[Block]; N], last: &[&Block; N]) -> [Block; N] {
    let (mut states, mut tags) = ([[0; 16]; N], [[0; 16]; N]);
    let last = last.map(std::slice::from_ref);
    let longest = whole.iter().max_by_key(|blocks| blocks.len()).copied().unwrap_or_default();
    let (mut done, mut least) = (0, 0);
    // The nearest end of a lane that hasn't ended.
    while let Some(next) = whole.iter().map(|blocks| blocks.len()).filter(|it| *it >= least).min() {
        // Who has ended goes through the blocks of the longest, and nobody looks.
        let part = whole.map(|blocks| blocks.get(done..next).or(longest.get(done..next)).unwrap_or_default());
        lanes.absorb(&mut states, &part);
        let mut ended = states;
        lanes.absorb(&mut ended, &last);
        for ((tag, ended), blocks) in tags.iter_mut().zip(ended).zip(whole) {
            if blocks.len() == next {
                *tag = ended;
            }
        }
        if next == longest.len() {
            break;
        }
        (done, least) = (next, next + 1);
    }
    tags
}

/// K1 and K2 of SP 800-38B, section 6.1.
#[derive(Clone, Copy, Default)]
pub(super) struct SubKeys([u128; 2]);

impl zeroize::DefaultIsZeroes for SubKeys {}

impl SubKeys {
    /// From AES(key, 0).
    fn new(of_zero: Block) -> Self {
        let first = double(u128::from_be_bytes(of_zero));
        Self([first, double(first)])
    }

    /// The last block of a message, as the cipher gets it.
    pub(super) fn whiten(&self, message: &[u8]) -> Block {
        Last::of(message).whitened(self)
    }
}

/// The last block of a message, with its padding, before a sub-key has been added.
pub(super) struct Last {
    block: u128,
    is_whole: bool,
}

impl Last {
    pub(super) fn of(message: &[u8]) -> Self {
        let over = message.len() % 16;
        let block = match (message.last_chunk(), over) {
            (Some(end), 0) => return Self { block: u128::from_be_bytes(*end), is_whole: true },
            // The end of the message, moved to the front of the block.
            (Some(end), _) => u128::from_be_bytes(*end) << (8 * (16 - over)),
            (None, _) => {
                let mut start = [0; 16];
                start.iter_mut().zip(message).for_each(|(to, from)| *to = *from);
                u128::from_be_bytes(start)
            }
        };
        Self { block: block ^ padding(over), is_whole: false }
    }

    pub(super) fn whitened(&self, SubKeys([first, second]): &SubKeys) -> Block {
        (self.block ^ if self.is_whole { first } else { second }).to_be_bytes()
    }
}

/// The bit that follows a message, so many bytes into its last block.
fn padding(over: usize) -> u128 {
    0x80 << (8 * (15 - over))
}

/// Multiplied by x in GF(2^128), in constant time.
fn double(x: u128) -> u128 {
    (x << 1) ^ (0x87 & 0u128.wrapping_sub(x >> 127))
}

pub(super) fn sub_keys<L: Lanes<N>, const N: usize>(lanes: &L) -> Zeroizing<[SubKeys; N]> {
    Zeroizing::new(lanes.encrypt(&[[0; 16]; N]).map(SubKeys::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::lanes::NoKernel;
    use crate::crypto::mac;

    /// So many bytes and a key, all of them different.
    fn message(length: usize, seed: usize) -> (Block, Vec<u8>) {
        let bytes = (0..length).map(|i| (i * 7 + seed * 31 + i / 255) as u8).collect();
        (std::array::from_fn(|i| (seed * 13 + i * i) as u8), bytes)
    }

    fn agrees(messages: &[(Block, Vec<u8>)]) {
        let batch: Vec<_> = messages.iter().map(|(key, bytes)| Message { key, bytes }).collect();
        let right: Vec<_> = messages.iter().map(|(key, bytes)| mac::cmac(key, &[bytes])).collect();
        for kernel in Kernel::here() {
            assert_eq!(kernel.run(CmacBatch(&batch)), right, "{kernel}");
        }
    }

    #[test]
    fn sp_800_38b_d_1_of_each_kernel() {
        let hex = |text| crate::text::hex::decode(text).unwrap();
        let key: Block = hex("2b7e151628aed2a6abf7158809cf4f3c").try_into().unwrap();
        let bytes = hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411");
        for kernel in Kernel::here() {
            let tags = kernel.run(CmacBatch(&[0, 16, 40].map(|n| Message { key: &key, bytes: &bytes[..n] })));
            let tags = tags.iter().map(|tag| crate::text::hex::encode(tag));
            assert!(tags.eq([
                "BB1D6929E95937287FA37D129B756746",
                "070A16B46B4D4144F79BDD9DD04A287C",
                "DFA66747DE9AE63030CA32611497C827",
            ]));
        }
    }

    #[test]
    fn each_number_of_messages_gives_the_tags_of_single_calls() {
        for count in 0..=33 {
            agrees(&(0..count).map(|seed| message(200, seed)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn messages_of_all_lengths_keep_their_order_and_equal_keys_are_no_matter() {
        // The longest frame is 535 bytes, the longest message of AM2 with a static vector 2110.
        agrees(&(0..=2110).map(|length| message((length * 1009) % 2111, length)).collect::<Vec<_>>());
        for lengths in [[0, 2110, 1], [16, 15, 17], [32, 16, 0], [1, 1, 1]] {
            agrees(&lengths.map(|length| ([5; 16], message(length, length).1)));
        }
    }

    #[test]
    fn a_kernel_is_asked_for_by_its_name() {
        for kernel in Kernel::ALL {
            assert_eq!(kernel.name().parse(), Ok(kernel));
        }
        assert_eq!("vaes512".parse::<Kernel>(), Err(NoKernel));
        assert!(Kernel::in_use().is_here());
    }
}
