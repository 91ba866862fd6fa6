//! The shards of a run: `--shard 2/3`.

use std::fmt;
use std::str::FromStr;

/// One of several parts of a selection: every N-th case from the I-th on. Neighbours are alike in cost, so the
/// parts are, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 1 on.
    pub(crate) index: usize,
    /// Of how many.
    pub(crate) count: usize,
}

/// More than there are cases: a report may come from anybody, and the shards it lacks are listed.
const MOST: usize = 10_000;

impl Shard {
    /// This part of the cases. The parts 1 to `count` have each case once.
    pub fn of<T>(self, cases: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        cases.skip(self.index.saturating_sub(1)).step_by(self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shard = text
            .split_once('/')
            .and_then(|(index, count)| Some(Self { index: index.parse().ok()?, count: count.parse().ok()? }));
        shard
            .filter(|shard| shard.count <= MOST && (1..=shard.count).contains(&shard.index))
            .filter(|shard| shard.to_string() == text)
            .ok_or_else(|| format!("I/N with I from 1 to N, such as 2/3, and N at most {MOST}"))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_partition() {
        for count in 1..12 {
            let shard = |index| Shard { index, count };
            let mut all: Vec<usize> = (1..=count).flat_map(|index| shard(index).of(0..10)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_shard_is_written_one_way() {
        for text in ["2/3", "10000/10000"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "1",
            "/",
            "0/1",
            "0/0",
            "1/0",
            "2/1",
            "1/2/3",
            "-1/2",
            "1/x",
            " 1/2",
            "1.0/2",
            "+1/2",
            "01/2",
            "1/10001",
            "1/18446744073709551615",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
