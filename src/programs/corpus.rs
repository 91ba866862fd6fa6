//! Programs that showed something new, while a peer is fuzzed: which of them the next program is made of, and which of
//! them are enough to show all that was seen.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use crate::features::{Seen, is_fine};
use crate::luck::Luck;
use crate::step::Program;

/// The chance, in percent, that a program is made of kept ones: at first, at least and at most.
const BRED: [u8; 3] = [25, 10, 80];
/// After how many programs of either kind older ones count half.
const WINDOW: u32 = 512;
/// By how much a fine feature is worth less than another one.
const FINE: u64 = 16;
/// How many kept programs are looked at before one of them is chosen.
const TRIED: usize = 8;

/// Programs, and what they show.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    kept: Vec<Kept>,
    /// How many kept programs show each feature.
    shown: BTreeMap<u64, u32>,
    /// How many programs showed something new that is not fine, and how many such features there are.
    news: usize,
    features: usize,
    /// How drawn programs did, and how those that were made of kept ones did.
    record: [Record; 2],
}

/// A program that is gone on from.
#[derive(Clone, Debug)]
struct Kept {
    program: Program,
    features: Vec<u64>,
    /// How often another one was made of it.
    chosen: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Record {
    played: u32,
    news: u32,
}

/// Where the next program comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is drawn.
    Drawn,
    /// It is made of the first of these, with parts of the other.
    Bred(Box<[Program; 2]>),
}

impl Corpus {
    /// How many showed something new. Those that only showed something fine are not counted: nearly all do.
    pub fn len(&self) -> usize {
        self.news
    }

    /// Whether none did.
    pub fn is_empty(&self) -> bool {
        self.news == 0
    }

    /// How many features are known, without the fine ones.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Where the next program comes from, by chances of this seed.
    pub fn next(&mut self, seed: u64) -> Next {
        let mut luck = Luck::new(seed ^ 0xC0_4905);
        if self.kept.is_empty() || !luck.percent(self.chance()) {
            return Next::Drawn;
        }
        let (Some(one), other) = (self.choice(&mut luck), luck.below(self.kept.len())) else {
            return Next::Drawn;
        };
        if let Some(kept) = self.kept.get_mut(one) {
            kept.chosen = kept.chosen.saturating_add(1);
        }
        let program = |at: usize| self.kept.get(at).map(|kept| kept.program.clone()).unwrap_or_default();
        Next::Bred(Box::new([program(one), program(other)]))
    }

    /// What a program showed, and whether it was made of kept ones or drawn, if it is not one of an earlier night. If something of it is new it is gone on from, as far as it shows
    /// that; and if that is not only something fine, it is worth keeping for longer, and comes back.
    pub fn takes(&mut self, program: &Program, seen: &Seen, is_bred: Option<bool>) -> Option<&Program> {
        let new = seen.features().filter(|(feature, _)| !self.shown.contains_key(feature));
        let last = new.clone().map(|(_, at)| at).max();
        let is_news = new.into_iter().any(|(feature, _)| !is_fine(feature));
        if let Some(record) = is_bred.and_then(|is_bred| self.record.get_mut(usize::from(is_bred))) {
            record.played += 1;
            record.news += u32::from(is_news);
            if record.played >= WINDOW {
                *record = Record { played: record.played / 2, news: record.news / 2 };
            }
        }
        let last = last?;
        let program = program.without(|at| at > last);
        let features: Vec<u64> =
            seen.features().filter(|(_, at)| *at <= last).map(|(feature, _)| feature).collect();
        for feature in &features {
            let times = self.shown.entry(*feature).or_default();
            *times += 1;
            self.features += usize::from(*times == 1 && !is_fine(*feature));
        }
        self.news += usize::from(is_news);
        self.kept.push(Kept { program, features, chosen: 0 });
        self.kept.last().map(|kept| &kept.program).filter(|_| is_news)
    }

    /// The fewest programs, nearly, that show all that was seen and is not fine: always the one that shows most of what is left, of equals
    /// the shortest.
    pub fn minimised(&self) -> Vec<&Program> {
        let mut left: BTreeSet<u64> =
            self.shown.keys().copied().filter(|feature| !is_fine(*feature)).collect();
        // What a program adds only ever gets less, so the best of the known sums is the best, if it still holds.
        let mut heap: BinaryHeap<_> = self
            .kept
            .iter()
            .enumerate()
            .map(|(at, kept)| (kept.features.len(), std::cmp::Reverse((kept.program.steps.len(), at))))
            .collect();
        let mut chosen = Vec::new();
        while let (Some((known, order)), false) = (heap.pop(), left.is_empty()) {
            let std::cmp::Reverse((_, at)) = order;
            let Some(kept) = self.kept.get(at) else { continue };
            let adds = kept.features.iter().filter(|feature| left.contains(*feature)).count();
            match adds {
                0 => {}
                _ if adds < known => heap.push((adds, order)),
                _ => {
                    for feature in &kept.features {
                        left.remove(feature);
                    }
                    chosen.push(at);
                }
            }
        }
        chosen.sort_unstable();
        chosen.into_iter().filter_map(|at| self.kept.get(at)).map(|kept| &kept.program).collect()
    }

    /// How likely it is that a program is made of kept ones: much more where they find more than drawn ones, much less where
    /// they find less. While a corpus is young drawn ones find more: there nearly all that they show is new.
    fn chance(&self) -> u8 {
        let [usual, least, most] = BRED;
        let [drawn, bred] = self.record;
        if drawn.played < WINDOW / 8 || bred.played < WINDOW / 8 {
            return usual;
        }
        let rate = |record: Record| u64::from(record.news) * 1000 / u64::from(record.played.max(1)) + 1;
        let [drawn, bred] = [drawn, bred].map(|record| rate(record).pow(4));
        let share = bred * 100 / (drawn + bred);
        u8::try_from(share).unwrap_or(most).clamp(least, most)
    }

    /// One of several that chance names: the one that shows the rarest, and was chosen the least.
    fn choice(&self, luck: &mut Luck) -> Option<usize> {
        let tried = (0..TRIED).map(|_| luck.below(self.kept.len())).collect::<Vec<_>>();
        tried.into_iter().max_by_key(|at| self.kept.get(*at).map_or(0, |kept| self.worth(kept)))
    }

    fn worth(&self, kept: &Kept) -> u64 {
        let rare = |feature: &u64| {
            let shown = u64::from(self.shown.get(feature).copied().unwrap_or(1).max(1));
            1000 / shown / if is_fine(*feature) { FINE } else { 1 }
        };
        kept.features.iter().map(rare).sum::<u64>() / u64::from(kept.chosen + 1)
    }
}

#[cfg(test)]
mod tests {
    use harness::reply::Reply;
    use serde_json::json;

    use super::*;
    use crate::step::Step;

    /// A program of these operations, and what a peer that faults each shows.
    fn of(ops: &[&str]) -> (Program, Seen) {
        let step =
            |op: &&str| Step { op: (*op).to_owned(), session: None, by: None, params: Default::default() };
        let mut seen = Seen::default();
        for (at, op) in ops.iter().enumerate() {
            seen.answer(at, op, &Ok(Reply::Ok(json!({}))), &Reply::Unsupported);
        }
        (Program { steps: ops.iter().map(step).collect() }, seen)
    }

    #[test]
    fn what_shows_nothing_new_is_not_kept_and_what_follows_it_neither() {
        let mut corpus = Corpus::default();
        let (program, seen) = of(&["a", "b"]);
        assert!(corpus.takes(&program, &seen, Some(false)).is_some());
        assert!(corpus.takes(&program, &seen, Some(false)).is_none());
        let (program, seen) = of(&["a", "b", "c", "a", "b"]);
        let kept = corpus.takes(&program, &seen, Some(false)).unwrap();
        assert_eq!(kept.steps.len(), 4, "c, and a behind c; b behind a is known");
    }

    #[test]
    fn the_minimised_shows_all_that_was_seen() {
        let mut corpus = Corpus::default();
        let all = [&["a"][..], &["b"], &["a", "b"], &["a", "b", "c"], &["d"], &["a", "b", "c", "e"]];
        for ops in all {
            let (program, seen) = of(ops);
            corpus.takes(&program, &seen, Some(false));
        }
        let features = corpus.features();
        let chosen: Vec<usize> = corpus.minimised().iter().map(|program| program.steps.len()).collect();
        assert_eq!(chosen, [1, 4], "d alone, and all others");
        let mut again = Corpus::default();
        for program in corpus.minimised() {
            let ops: Vec<&str> = program.steps.iter().map(|step| step.op.as_str()).collect();
            again.takes(program, &of(&ops).1, Some(false));
        }
        assert_eq!(again.features(), features);
    }

    #[test]
    fn who_finds_more_is_asked_more() {
        let mut corpus = Corpus::default();
        let (program, seen) = of(&["a"]);
        corpus.takes(&program, &seen, Some(false));
        for number in 0..200 {
            corpus.takes(&program, &seen, Some(false));
            let op = format!("op-{number}");
            let (program, seen) = of(&[&op]);
            corpus.takes(&program, &seen, Some(true));
        }
        assert_eq!(corpus.chance(), 80);
        let bred = (0..1000).filter(|seed| corpus.next(*seed) != Next::Drawn).count();
        assert!((700..900).contains(&bred), "{bred}");
    }
}
