//! Running cases, one verdict each.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::again;
use super::scene::START;
use super::spec;
use super::stop;
use super::trace::Turn;
use super::trial::{Broken, Failure, Peer, Step, Stop, Trial};
use crate::case::Case;
use peer::json;
use peer::operations::State;
use peer::protocol::{Answer, Operation, Question};

/// What became of a case. [`Verdict::Xfail`] and [`Verdict::Xpass`] are a baseline's, not the trial's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Verdict {
    /// All as required.
    Pass,
    /// A SHOULD is not met.
    Warn,
    /// The peer lacks what the case needs, through no fault of its own.
    NotTestable,
    /// It fails just as the baseline lists it.
    Xfail,
    /// It passes, and the baseline lists it as a failure.
    Xpass,
    /// The peer doesn't have an operation of the profile it claims.
    Unsupported,
    /// A MUST is violated.
    Fail,
    /// The peer ended, or closed its pipe.
    Crash,
    /// The peer did not answer in time.
    Hang,
    /// The peer's answer was none.
    ProtocolViolation,
    /// The run ended before its turn came: says nothing of the peer, and nobody may take it for a result.
    NotRun,
    /// The case or the reference is wrong; says nothing of the peer.
    HarnessError,
}

impl Verdict {
    /// Every verdict, in the order of the summary.
    pub const ALL: [Verdict; 12] = [
        Verdict::Pass,
        Verdict::Warn,
        Verdict::NotTestable,
        Verdict::Xfail,
        Verdict::Xpass,
        Verdict::Unsupported,
        Verdict::Fail,
        Verdict::Crash,
        Verdict::Hang,
        Verdict::ProtocolViolation,
        Verdict::NotRun,
        Verdict::HarnessError,
    ];

    /// The word of the terminal and the report.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Warn => "warn",
            Verdict::NotTestable => "not-testable",
            Verdict::Xfail => "xfail",
            Verdict::Xpass => "xpass",
            Verdict::Unsupported => "unsupported",
            Verdict::Fail => "fail",
            Verdict::Crash => "crash",
            Verdict::Hang => "hang",
            Verdict::ProtocolViolation => "protocol-violation",
            Verdict::NotRun => "not-run",
            Verdict::HarnessError => "harness-error",
        }
    }

    /// Whether a peer with this verdict still conforms.
    pub fn conforms(self) -> bool {
        matches!(self, Verdict::Pass | Verdict::Warn | Verdict::NotTestable)
    }

    /// Whether it is what was to be expected: the peer conforms, or fails as its baseline says.
    pub fn is_expected(self) -> bool {
        self.conforms() || self == Verdict::Xfail
    }

    /// Whether a run with it is no good: neither what was to be expected, nor nothing at all.
    pub fn fails_the_run(self) -> bool {
        !self.is_expected() && self != Verdict::NotRun
    }
}

/// From its word.
impl TryFrom<String> for Verdict {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        let verdict = Self::ALL.into_iter().find(|verdict| verdict.word() == word);
        verdict.ok_or_else(|| format!("{} is no verdict", json::show(&word)))
    }
}

/// What became of a case, and how.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The case.
    pub id: String,
    /// What the case does; nobody wrote that of what random programs found.
    pub about: Option<String>,
    /// Its area.
    pub area: &'static str,
    /// What became of it, whatever a baseline says.
    pub verdict: Verdict,
    /// The requirement violated, what was expected, what came; where the verdict is not pass.
    pub failure: Option<Failure>,
    /// The requirements that were really decided.
    pub witnessed: BTreeSet<&'static str>,
    /// What was asked and answered.
    pub steps: Vec<Step>,
    /// The first step that left something wrong behind, by its place, where a later one showed it.
    pub wrong_at: Option<usize>,
    /// Whether the answers of peer and reference can be compared: not where a peer draws its own random fields or takes no
    /// time, or the case left something open.
    pub comparable: bool,
    /// Who said what to whom, where the case has players.
    pub trace: Vec<Turn>,
    /// How long it took; zero where nobody with a clock ran it.
    pub took: Duration,
}

impl Outcome {
    /// Of a case whose turn never came.
    pub fn not_run(case: &Case) -> Self {
        Self {
            id: case.id.clone(),
            about: Some(case.about.clone()),
            area: case.area(),
            verdict: Verdict::NotRun,
            failure: None,
            witnessed: BTreeSet::new(),
            steps: Vec::new(),
            wrong_at: None,
            comparable: false,
            trace: Vec::new(),
            took: Duration::ZERO,
        }
    }

    /// The question that did it, by its place among the steps: the one that was answered wrongly; where a state is wrong,
    /// the operation that left it so.
    pub fn at(&self) -> Option<usize> {
        self.wrong_at.or_else(|| last_operation(&self.steps))
    }
}

/// The last step; where that is a look at the state of a session, the last one before it that the session was asked.
fn last_operation(steps: &[Step]) -> Option<usize> {
    let last = steps.len().checked_sub(1)?;
    let asked = |step: &Step| {
        let Question { op, session, .. } = serde_json::from_str(&step.question).ok()?;
        Some((op.into_owned(), session.map(|session| session.into_owned())))
    };
    let is_look = |(op, _): &(String, _)| op == State::NAME;
    let told = |step: &Step| Answer::read(step.answer.as_bytes()).is_ok_and(|answer| answer.ok.is_some());
    let look = steps.last().filter(|step| told(step)).and_then(asked).filter(is_look);
    let before = look.and_then(|(_, session)| {
        let operation = |step| asked(step).is_some_and(|asked| !is_look(&asked) && asked.1 == session);
        steps.iter().rposition(operation)
    });
    Some(before.unwrap_or(last))
}

/// Runs a case. The bytes depend on seed and case alone.
pub fn run(case: &Case, peers: Vec<Peer<'_>>, seed: u64) -> Outcome {
    run_at(case, peers, seed, START)
}

/// Runs a case at another time than the usual: the clock's, for a peer that takes no other.
///
/// Where a peer draws its own random fields, what it should have refused as wrong may have been right by chance: one of
/// six digits is, of 601 candidates, once in 1,700 runs. So that is no failure before it has shown a second time.
pub fn run_at(case: &Case, mut peers: Vec<Peer<'_>>, seed: u64, start: u32) -> Outcome {
    let draws = peers.iter().any(|peer| !peer.claims.injects_randomness);
    let mut play = || {
        let peers = peers.iter_mut().map(|peer| Peer { exchange: &mut *peer.exchange, claims: peer.claims });
        run_once(case, peers.collect(), seed, start)
    };
    let outcome = play();
    let may_be_chance = draws && outcome.failure.as_ref().is_some_and(Failure::may_be_chance);
    if may_be_chance { play() } else { outcome }
}

fn run_once(case: &Case, peers: Vec<Peer<'_>>, seed: u64, start: u32) -> Outcome {
    let mut trial = Trial::new(peers, seed ^ fnv(&case.id), start);
    let mut result = unless_it_panics(|| (case.run)(&mut trial).and_then(|()| trial.finish()));
    // An answer that is wrong may be of no use to the case: then it is the answer that is told.
    if matches!(result, Err(Stop::Harness(_)))
        && let Err(stop @ (Stop::Fail(_) | Stop::Earlier(_))) = trial.finish()
    {
        result = Err(stop);
    }
    let played = trial.steps.len();
    let mut wrong_at = None;
    if let Err(Stop::Fail(failure) | Stop::Earlier(failure)) = &mut result
        && let Some((at, first)) = again::first_wrong_step(&mut trial)
    {
        wrong_at = failure.starts_with(first, &case.covers).then_some(at);
    }
    match (trial.clean_up(), &result) {
        (Err(broken), Ok(())) => result = Err(Stop::Broken(broken, "PPR-7")),
        // What came before is told, and stays the last step.
        (Err(_), Err(_)) => trial.steps.truncate(played),
        (Ok(()), _) => {}
    }
    let first = case.covers.first().copied().unwrap_or("PPR-1");
    let (verdict, failure) = match result {
        Ok(()) => (Verdict::Pass, None),
        Err(stop) => judge(stop, first),
    };
    let failure = failure.map(|failure| failure.among(&case.covers));
    let comparable = trial.can_be_compared() && trial.takes_all();
    Outcome {
        id: case.id.clone(),
        about: Some(case.about.clone()),
        area: case.area(),
        verdict,
        failure,
        witnessed: trial.witnessed,
        steps: trial.steps,
        wrong_at,
        comparable,
        trace: trial.trace.into_turns(),
        took: Duration::ZERO,
    }
}

/// A case that panics is a case of ours that is wrong. It ends, with what was asked until then; the run goes on.
fn unless_it_panics(play: impl FnOnce() -> Result<(), Stop>) -> Result<(), Stop> {
    catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref().copied()).unwrap_or("without words");
        Err(Stop::Harness(format!("the case panicked: {words}")))
    })
}

fn judge(stop: Stop, first: &'static str) -> (Verdict, Option<Failure>) {
    let failure =
        |requirement, expected: &str, got: String| Some(stop::failure(requirement, expected.to_owned(), got));
    match stop {
        Stop::Fail(failure) | Stop::Earlier(failure) => {
            let must = spec::find(failure.requirement).is_none_or(|requirement| requirement.level == "MUST");
            (if must { Verdict::Fail } else { Verdict::Warn }, Some(failure))
        }
        Stop::Broken(Broken::Crash(words), aim) => (Verdict::Crash, failure(aim, "an answer", words)),
        Stop::Broken(Broken::Hang(words), aim) => (Verdict::Hang, failure(aim, "an answer in time", words)),
        Stop::Broken(Broken::Violation(words), aim) => {
            (Verdict::ProtocolViolation, failure(aim, "an answer of the peer protocol", words))
        }
        Stop::Broken(Broken::Line(requirement, words), _) => {
            let expected = "one line that answers, when it was asked for";
            (Verdict::ProtocolViolation, failure(requirement, expected, words))
        }
        Stop::Broken(Broken::Unseen(words), aim) => (Verdict::NotTestable, failure(aim, "", words)),
        Stop::Unsupported(operation) => {
            let words = format!("{operation} is not among the peer's operations");
            (Verdict::Unsupported, failure(first, "an operation of the claimed profile", words))
        }
        Stop::NotTestable(words) => (Verdict::NotTestable, failure(first, "", words.to_owned())),
        Stop::Harness(words) => (Verdict::HarnessError, failure(first, "a sound case", words)),
    }
}

/// FNV-1a: gives each case bytes of its own.
pub fn fnv(text: &str) -> u64 {
    text.bytes()
        .fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::case::{Kind, Role};
    use crate::trial::Exchange;
    use peer::operations::HelloResult;

    /// Nobody is asked anything.
    struct Silent;

    impl Exchange for Silent {
        fn exchange(&mut self, _: &[u8]) -> Result<Vec<u8>, Broken> {
            Err(Broken::Hang("asked".to_owned()))
        }

        fn discard(&mut self) {}
    }

    /// The verdict on a peer that does this the first so many times, and how often it was asked.
    fn verdict(
        injects_randomness: bool,
        wrong: u32,
        expected: &'static str,
        got: &'static str,
    ) -> (Verdict, u32) {
        let played = Arc::new(AtomicU32::new(0));
        let counted = played.clone();
        let run = move |_: &mut Trial<'_>| match counted.fetch_add(1, Ordering::Relaxed) < wrong {
            true => Err(stop::fail("VER-12", expected.to_owned(), got.to_owned())),
            false => Ok(()),
        };
        let case =
            Case::new("x".into(), Role::Server, Kind::Negative, &["VER-12"], "x".into(), Box::new(run));
        let claims = HelloResult {
            protocol: 1.into(),
            name: "x".into(),
            version: "1".into(),
            language: "x".into(),
            profile: "server".into(),
            operations: Vec::new(),
            injects_time: true,
            injects_randomness,
        };
        let outcome = run_at(&case, vec![Peer { exchange: &mut Silent, claims: &claims }], 0, START);
        (outcome.verdict, played.load(Ordering::Relaxed))
    }

    #[test]
    fn what_may_be_chance_is_a_failure_if_it_shows_twice() {
        let (wrong, accepted) = ("refused with wrong-signature", "accepted: {}");
        assert_eq!(verdict(false, 1, wrong, accepted), (Verdict::Pass, 2));
        assert_eq!(verdict(false, 2, wrong, accepted), (Verdict::Fail, 2));
        // A peer that uses the random fields it is given, and a tag of 64 bits, leave nothing to chance.
        assert_eq!(verdict(true, 1, wrong, accepted), (Verdict::Fail, 1));
        assert_eq!(verdict(false, 1, "refused with corrupted", accepted), (Verdict::Fail, 1));
        assert_eq!(verdict(false, 1, wrong, "refused with locked"), (Verdict::Fail, 1));
    }

    #[test]
    fn a_verdict_has_one_word_everywhere() {
        for verdict in Verdict::ALL {
            let word = format!("\"{}\"", verdict.word());
            assert_eq!(serde_json::to_string(&verdict).unwrap(), word);
            assert_eq!(serde_json::from_str::<Verdict>(&word).unwrap(), verdict);
        }
    }
}
