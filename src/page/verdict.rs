//! What a part of a run comes to, in one sentence, and the whole of it in another. Only a run of the whole profile says that
//! a peer conforms; any run can say that it doesn't.

use harness::report::{Ended, FindingReport, Part, Report};
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
    /// Cases that fail the run, and findings of random programs that do.
    pub(crate) failed: u64,
    pub(crate) found: u64,
    /// Both, where the baseline lists them.
    pub(crate) known: u64,
    pub(crate) stale: bool,
    /// Random programs that were to be played, and were not.
    pub(crate) not_played: u64,
}

impl Counts {
    /// A row of the table of peers: run, passed, failed, known, not testable, not run.
    pub(crate) fn row(&self) -> [Count; 6] {
        [self.run, self.passed, self.failed, self.known, self.not_testable, self.not_run].map(Count)
    }

    pub(crate) fn of(part: &Part) -> Self {
        let findings = || part.programs.iter().flat_map(|programs| &programs.findings);
        let is_known = |finding: &&FindingReport| finding.verdict == Verdict::Xfail;
        let cases = Count::of(part.cases.len()).0;
        let fails = |verdict: &Verdict| verdict.fails_the_run() && *verdict != Verdict::Xpass;
        let not_run = part.count(Verdict::NotRun);
        let unplayed =
            |programs: &harness::report::Programs| programs.selected.saturating_sub(programs.played);
        Self {
            run: cases.saturating_sub(not_run),
            not_run,
            not_testable: part.count(Verdict::NotTestable),
            passed: part.count(Verdict::Pass),
            failed: part.totals.iter().filter(|(verdict, _)| fails(verdict)).map(|(_, count)| count).sum(),
            found: Count::of(findings().filter(|finding| finding.verdict.fails_the_run()).count()).0,
            known: part
                .count(Verdict::Xfail)
                .saturating_add(Count::of(findings().filter(is_known).count()).0),
            stale: !part.stale.is_empty() || part.count(Verdict::Xpass) > 0,
            not_played: part.programs.as_ref().map_or(0, unplayed),
        }
    }
}

/// What a part came to; it goes on after the name of the peer, or the pair.
pub(crate) fn of_part(part: &Part) -> Sentence {
    let counts = Counts::of(part);
    let what = what(part);
    let stale = if counts.stale { "; its baseline is out of date" } else { "" };
    let say = |tone, words: String| Sentence { tone, words: format!("{words}{stale}") };
    if counts.failed > 0 || counts.found > 0 {
        let cases = format!("{} of {} failed", Count(counts.failed), counted(counts.run, "case"));
        let programs = format!("random programs found {}", counted(counts.found, "difference"));
        let which: Vec<_> = [(counts.failed, cases), (counts.found, programs)]
            .into_iter()
            .filter_map(|(count, words)| (count > 0).then_some(words))
            .collect();
        return say(Tone::Bad, format!("does not conform to {what}: {}", which.join(", ")));
    }
    if counts.not_run > 0 || counts.not_played > 0 {
        let left = [(counts.not_run, "case"), (counts.not_played, "random program")];
        let left = left.iter().filter(|(count, _)| *count > 0).map(|(count, thing)| counted(*count, thing));
        let left = left.collect::<Vec<_>>().join(" and ");
        let done = format!("{} run, none failed", counted(counts.run, "case"));
        return say(Tone::Open, format!("has no verdict: {left} not run ({done})"));
    }
    if !part.conforms {
        let known = counted(counts.known, "known failure");
        let cases = counted(counts.run, "case");
        return say(
            Tone::Open,
            format!("does not conform to {what}, as its baseline lists: {known} in {cases}"),
        );
    }
    match part.of_profile {
        Some(whole) if whole != counts.run => say(
            Tone::Open,
            format!(
                "passes {} of the {} of {what}; only all of them show that it conforms",
                Count(counts.run),
                counted(whole, "case")
            ),
        ),
        _ => say(Tone::Good, format!("conforms to {what}: {}, none failed", counted(counts.run, "case"))),
    }
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
