//! What a part of a run comes to, in one sentence, and the whole of it in another. Only a run of the whole profile says that
//! a peer conforms; any run can say that it doesn't.

use harness::report::{Ended, Part, Report};
use harness::standing::Standing;
use harness::suite::Verdict;

use crate::words::{Count, counted};

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
            run: Count::of(part.cases.len()).0.saturating_sub(not_run),
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

/// What a part came to; it goes on after the name of the peer, or the pair.
pub(crate) fn of_part(part: &Part) -> Sentence {
    let counts = Counts::of(part);
    let (what, cases) = (what(part), counted(counts.run, "case"));
    let (tone, words) = match part.standing() {
        Standing::Conforms => (Tone::Good, format!("conforms to {what}: {cases}, none failed")),
        Standing::Passed => {
            let whole = part.of_profile.unwrap_or(part.selected);
            let of = format!("passes {} of the {} of {what}", Count(counts.run), counted(whole, "case"));
            (Tone::Open, format!("{of}; only all of them show that it conforms"))
        }
        Standing::KnownToFail => {
            let known = counted(counts.known, "known failure");
            (Tone::Open, format!("does not conform to {what}, as its baseline lists: {known} in {cases}"))
        }
        Standing::Fails => (Tone::Bad, format!("does not conform to {what}: {}", failures(part, &counts))),
        Standing::NoVerdict => (Tone::Open, format!("has no verdict: {}", left(part, &counts))),
        Standing::HarnessFault => {
            (Tone::Open, "has no verdict: a case or the reference is at fault".to_owned())
        }
    };
    let stale = if part.baseline_is_stale() { "; its baseline is out of date" } else { "" };
    Sentence { tone, words: format!("{words}{stale}") }
}

/// How many cases failed, and what random programs found.
fn failures(part: &Part, counts: &Counts) -> String {
    let found = Count::of(part.failed_findings().len()).0;
    let cases = format!("{} of {} failed", Count(counts.failed), counted(counts.run, "case"));
    let programs = format!("random programs found {}", counted(found, "difference"));
    let which = [(counts.failed, cases), (found, programs)];
    let which = which.into_iter().filter_map(|(count, words)| (count > 0).then_some(words));
    which.collect::<Vec<_>>().join(", ")
}

/// What was not run, where nothing failed.
fn left(part: &Part, counts: &Counts) -> String {
    let programs = part.programs.as_ref().map_or(0, |it| it.selected.saturating_sub(it.played));
    let left = [(counts.not_run, "case"), (programs, "random program")];
    let left = left.iter().filter(|(count, _)| *count > 0).map(|(count, thing)| counted(*count, thing));
    let done = counted(counts.run, "case");
    format!("{} not run ({done} run, none failed)", left.collect::<Vec<_>>().join(" and "))
}

/// What a part is judged by.
fn what(part: &Part) -> String {
    match part.claims.as_slice() {
        [claims] => format!("profile {}", claims.profile),
        _ => "each other".to_owned(),
    }
}

/// What the run came to.
pub(crate) fn of_run(report: &Report) -> Sentence {
    match report.parts.as_slice() {
        [] => Sentence { tone: Tone::Open, words: "Nothing was judged".to_owned() },
        [part] => {
            let Sentence { tone, words } = of_part(part);
            let who = if part.claims.len() == 1 { "The peer" } else { "The pair" };
            Sentence { tone, words: format!("{who} {words}") }
        }
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
    let mut words = words;
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Sentence { tone, words }
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
