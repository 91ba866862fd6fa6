//! Where the chances of a program come from: a seed, and nothing else. SplitMix64, the same on every machine. A fuzzer gives
//! bytes instead: each two of them are a choice, so that whoever changes some of them changes what is chosen there.

use std::collections::VecDeque;

/// A sequence of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Luck {
    given: VecDeque<u8>,
    state: u64,
}

impl Luck {
    /// The one of a seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self { given: VecDeque::new(), state: seed ^ 0x6A09_E667_F3BC_C908 }
    }

    /// What these bytes choose; when they are used up, what follows is always the same.
    pub(crate) fn given(choices: &[u8]) -> Self {
        Self { given: choices.to_vec().into(), ..Self::new(0) }
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        if let Some(high) = self.given.pop_front() {
            let low = self.given.pop_front().unwrap_or(0);
            return u64::from_be_bytes([high, low, high, low, high, low, high, low]);
        }
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    }

    /// Less than this; 0 of nothing.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.next().checked_rem(count).and_then(|number| usize::try_from(number).ok()).unwrap_or(0)
    }

    /// Whether a chance of so many in a hundred came true.
    pub(crate) fn percent(&mut self, chance: u8) -> bool {
        self.next() % 100 < u64::from(chance)
    }

    /// One of several; none of nothing.
    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(all.len());
        all.get(at)
    }

    /// One of several, with what there is if there are none.
    pub(crate) fn one<T: Copy>(&mut self, all: &[T], none: T) -> T {
        self.pick(all).copied().unwrap_or(none)
    }

    /// The place of one of several by their weights; none where all are 0.
    pub(crate) fn weighed(&mut self, weights: &[u32]) -> Option<usize> {
        let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        let mut at = self.next().checked_rem(sum)?;
        weights.iter().position(|weight| {
            let here = at < u64::from(*weight);
            at = at.saturating_sub(u64::from(*weight));
            here
        })
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next().to_be_bytes().first().copied().unwrap_or(0)).collect()
    }

    /// The same, where the length is known.
    pub(crate) fn array<const N: usize>(&mut self) -> [u8; N] {
        [(); N].map(|()| self.next().to_be_bytes().first().copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_is_one_sequence() {
        let first = |seed| {
            (0..4)
                .map({
                    let mut luck = Luck::new(seed);
                    move |_| luck.next()
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(first(7), first(7));
        assert_ne!(first(7), first(8));
    }

    #[test]
    fn what_has_no_weight_is_not_chosen() {
        let mut luck = Luck::new(1);
        let chosen: Vec<_> = (0..100).filter_map(|_| luck.weighed(&[0, 1, 0, 3])).collect();
        assert!(chosen.len() == 100 && chosen.contains(&1) && chosen.contains(&3));
        assert!(chosen.iter().all(|at| *at == 1 || *at == 3));
        assert_eq!(luck.weighed(&[0, 0]), None);
    }
}
