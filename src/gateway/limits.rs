//! How often somebody may ask: a bucket for each, which fills with time. GTW-10.
//!
//! Memory is bounded: where there are too many buckets, the full ones go, which changes nothing, and then all, which
//! lets each ask once more what it could ask before.

use std::collections::HashMap;
use std::hash::Hash;

/// Buckets that are remembered.
const MOST: usize = 65_536;

/// So many questions at once, and so many more in a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many fit into a bucket.
    pub burst: u32,
    /// How many come back each second; 0 limits nothing.
    pub per_second: u32,
}

/// A bucket: what it lacked, in thousandths of a question, and when that was so.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    lacks: u64,
    then_ms: u64,
}

/// The buckets of all who ask.
#[derive(Clone, Debug)]
pub struct Limits<K> {
    rate: Rate,
    buckets: HashMap<K, Bucket>,
}

impl<K: Eq + Hash> Limits<K> {
    /// Nobody has asked yet.
    pub fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    /// Whether this one may ask now. The time is in milliseconds, from any beginning; a clock that goes back fills
    /// nothing.
    pub fn admits(&mut self, who: K, now_ms: u64) -> bool {
        let Rate { burst, per_second } = self.rate;
        if per_second == 0 {
            return true;
        }
        self.make_room(now_ms);
        let bucket = self.buckets.entry(who).or_insert(Bucket { lacks: 0, then_ms: now_ms });
        *bucket = bucket.at(now_ms, per_second);
        let admits = bucket.lacks + 1000 <= 1000 * u64::from(burst);
        if admits {
            bucket.lacks += 1000;
        }
        admits
    }

    fn make_room(&mut self, now_ms: u64) {
        if self.buckets.len() < MOST {
            return;
        }
        let per_second = self.rate.per_second;
        self.buckets.retain(|_, bucket| bucket.at(now_ms, per_second).lacks > 0);
        if self.buckets.len() >= MOST {
            self.buckets.clear();
        }
    }
}

impl Bucket {
    fn at(self, now_ms: u64, per_second: u32) -> Self {
        let filled = now_ms.saturating_sub(self.then_ms).saturating_mul(per_second.into());
        Self { lacks: self.lacks.saturating_sub(filled), then_ms: self.then_ms.max(now_ms) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gtw_10_a_burst_and_then_the_rate() {
        let mut limits = Limits::new(Rate { burst: 3, per_second: 2 });
        let mut admitted = |who, now| limits.admits(who, now);
        assert_eq!([0; 4].map(|now| admitted("a", now)), [true, true, true, false]);
        assert!(admitted("b", 0), "another has a bucket of its own");
        assert!(!admitted("a", 499) && admitted("a", 500) && !admitted("a", 999));
        assert!(!admitted("a", 0), "a clock that goes back fills nothing");
        assert_eq!(
            [100_000; 4].map(|now| admitted("a", now)),
            [true, true, true, false],
            "never more than full"
        );
    }

    #[test]
    fn gtw_10_memory_is_bounded() {
        let mut limits = Limits::new(Rate { burst: 1, per_second: 1 });
        for who in 0..3 * MOST {
            assert!(limits.admits(who, 0));
            assert!(limits.buckets.len() <= MOST);
        }
        assert!(limits.admits(usize::MAX, 5_000));
        let mut unlimited = Limits::new(Rate { burst: 0, per_second: 0 });
        assert!((0..100).all(|_| unlimited.admits((), 0)) && unlimited.buckets.is_empty());
    }
}
