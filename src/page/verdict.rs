//! What a part of a run comes to, in one sentence, and the whole of it in another. Only a run of the whole profile says that
//! a peer conforms; any run can say that it doesn't.

use harness::report::{Ended, Part, Report};
use harness::standing::Standing;
use harness::suite::Verdict;

use crate::words::Count;

/// What a sentence says, for those who only look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    /// It is neither shown nor refuted.
    Open,
}

impl Tone {
    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Open => "open",
        }
    }
}

/// A sentence, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sentence {
    pub(crate) tone: Tone,
    pub(crate) words: String,
}

impl Sentence {
    fn capitalised(mut self) -> Self {
        if let Some(first) = self.words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        self
    }
}

/// What the run of a part counted.
pub(crate) struct Counts {
    /// Cases that were really run.
    pub(crate) run: u64,
    pub(crate) not_run: u64,
    pub(crate) not_testable: u64,
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// Cases and findings that the baseline lists.
    pub(crate) known: u64,
}

impl Counts {
    pub(crate) fn of(part: &Part) -> Self {
        let not_run = part.count(Verdict::NotRun);
        let known = part.findings().iter().filter(|finding| finding.verdict == Verdict::Xfail).count();
        Self {
            run: part.cases_run(),
            not_run,
            not_testable: part.count(Verdict::NotTestable),
            passed: part.count(Verdict::Pass),
            failed: Count::of(part.failures().count()).0,
            known: part.count(Verdict::Xfail).saturating_add(Count::of(known).0),
        }
    }

    /// A row of the table of peers: run, passed, failed, known, not testable, not run.
    pub(crate) fn row(&self) -> [Count; 6] {
        [self.run, self.passed, self.failed, self.known, self.not_testable, self.not_run].map(Count)
    }
}

/// What a part came to.
pub(crate) fn of_part(part: &Part) -> Sentence {
    let tone = match part.standing() {
        Standing::Conforms => Tone::Good,
        Standing::Fails => Tone::Bad,
        Standing::Passed | Standing::KnownToFail | Standing::NoVerdict | Standing::HarnessFault => Tone::Open,
    };
    Sentence { tone, words: part.conclusion() }
}

/// What the run came to.
pub(crate) fn of_run(report: &Report) -> Sentence {
    match report.parts.as_slice() {
        [] => Sentence { tone: Tone::Open, words: "Nothing was judged".to_owned() },
        [part] => of_part(part).capitalised(),
        parts => of_several(parts),
    }
}

fn of_several(parts: &[Part]) -> Sentence {
    let tones: Vec<_> = parts.iter().map(|part| (part.claims.len() == 1, of_part(part).tone)).collect();
    let says = |is_peer: bool, one: &str, several: &str, to: &str| {
        let of: Vec<_> = tones.iter().filter(|(peer, _)| *peer == is_peer).map(|(_, tone)| *tone).collect();
        let good = of.iter().filter(|tone| **tone == Tone::Good).count();
        let bad = of.iter().filter(|tone| **tone == Tone::Bad).count();
        let all = of.len();
        let things = if all == 1 { one } else { several };
        match (all, good, bad) {
            (0, ..) => None,
            _ if good == all => Some(format!("{all} of {all} {things} conform to {to}")),
            (_, _, 0) => {
                Some(format!("no failure in {all} {things}, {good} of which are shown to conform to {to}"))
            }
            _ => Some(format!("{bad} of {all} {things} do not conform to {to}")),
        }
    };
    let peers = says(true, "peer", "peers", "the profile they claim");
    let pairs = says(false, "pair", "pairs", "each other");
    let words = peers.into_iter().chain(pairs).collect::<Vec<_>>().join("; ");
    let tone = |wanted| tones.iter().any(|(_, tone)| *tone == wanted);
    let tone = if tone(Tone::Bad) {
        Tone::Bad
    } else if tone(Tone::Open) {
        Tone::Open
    } else {
        Tone::Good
    };
    Sentence { tone, words }.capitalised()
}

/// Why a part ended before its last case, where it did.
pub(crate) fn ended(part: &Part) -> Option<&'static str> {
    match part.ended? {
        Ended::Whole => None,
        Ended::FailFast => Some("at the first failure, as it was told"),
        Ended::GaveUp => Some("early: the peer hung or crashed again and again"),
        Ended::OutOfTime => Some("early: out of time"),
        Ended::Interrupted => Some("early: interrupted"),
    }
}
