//! What a run found, as data: `report.json`, and one file per failing case that `replay` takes. The same for
//! other languages is `reports/report.schema.json`; `reports/README.md` says what may change.

mod failing;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::baseline::{Baseline, Entry, Stale};
use super::causes::{self, Cause, Judged};
use super::cost::Costs;
use super::suite::{Outcome, Verdict};
use super::trace::Turn;
use super::trial::Failure;
use crate::case::Case;
use crate::cell::Cell;
use peer::operations::HelloResult;
use peer::protocol::{Number, present};

pub use failing::{Candidate, Failing, StepReport, Voices};

/// The version of `report.json` and of the files under `failing/`.
pub const VERSION: u32 = 2;

/// [`VERSION`], or an earlier one that is still read.
pub type Version = Number<1, VERSION>;

/// A run. Equal for equal peers, arguments and seed, but for `time`, `took_ms` and `costs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`].
    pub report: Version,
    /// The version of this program.
    pub counterproof: String,
    /// Seconds since the epoch.
    pub time: u64,
    /// Same seed, same bytes.
    pub seed: u64,
    /// Which part of the selected cases was run, such as `2/3`; all where there is none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Where this was merged from shards and some are missing: which, such as `2/3`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// What narrowed the selection of cases; nothing did where there is none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// `--explore`, where it was given: how many random programs.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub explore: Option<u64>,
    /// One part per peer and per pair of peers.
    pub parts: Vec<Part>,
}

/// The filters of a run, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filters {
    /// `--only`.
    pub only: Vec<String>,
    /// `--skip`.
    pub skip: Vec<String>,
    /// `--req`.
    pub req: Vec<String>,
    /// `--role`.
    pub role: Vec<String>,
    /// `--edition`.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// `--case`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub case: Vec<String>,
    /// `--failed`: the report whose failures were asked again.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// `--only-programs`: random programs and none of the cases.
    #[serde(default, skip_serializing_if = "is_false")]
    pub only_programs: bool,
}

impl Filters {
    /// As arguments of `check`.
    pub fn arguments(&self) -> Vec<String> {
        let Self { only, skip, req, role, edition, case, failed, only_programs } = self;
        let lists = [("--only", only), ("--skip", skip), ("--req", req), ("--role", role), ("--case", case)];
        let single = [("--edition", edition), ("--failed", failed)];
        let of_lists = lists.into_iter().flat_map(|(name, all)| all.iter().map(move |value| (name, value)));
        let of_single = single.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let with_values = of_lists.chain(of_single);
        let mut all: Vec<_> =
            with_values.flat_map(|(name, value)| [name.to_owned(), value.clone()]).collect();
        all.extend(only_programs.then(|| "--only-programs".to_owned()));
        all
    }
}

impl Report {
    /// What narrowed the selection, as it was typed; `none` where nothing did.
    pub fn filter_words(&self) -> String {
        self.filters.as_ref().map_or_else(|| "none".to_owned(), |filters| filters.arguments().join(" "))
    }
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// How the run of a part ended, the completest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// With its last case.
    Whole,
    /// With the case that was to be the last (`--fail-fast`): later ones are left out.
    FailFast,
    /// The peer hung or crashed again and again: the rest is `not-run`.
    GaveUp,
    /// The time of the run was over: the rest is `not-run`.
    OutOfTime,
    /// A signal ended it: the rest is `not-run`.
    Interrupted,
}

impl Ended {
    /// The word of the report.
    pub fn word(self) -> &'static str {
        match self {
            Ended::Whole => "whole",
            Ended::FailFast => "fail-fast",
            Ended::GaveUp => "gave-up",
            Ended::OutOfTime => "out-of-time",
            Ended::Interrupted => "interrupted",
        }
    }
}

/// The part of a run that judges one peer, or one pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// The command line of the peer that plays the client (or both).
    pub client: String,
    /// The command line of the peer that plays the server.
    pub server: String,
    /// Which part it is, counted from 1, where several peers were checked. Parts without a case are left out, so it is not
    /// always the place in the report.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// What the peers said in `hello`: one, or client and server.
    pub claims: Vec<Claims>,
    /// How many cases the claimed profile has; unknown in version 1.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub of_profile: Option<u64>,
    /// Optional operations of the profile that the peer doesn't list, so that none of their cases was selected.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub not_offered: Option<Vec<String>>,
    /// How many cases were to be run; more than there are below where `--fail-fast` ended it.
    pub selected: u64,
    /// How it ended; unknown in version 1.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// Whether all cases below conform, and random programs found nothing. The cases are the whole profile where there are
    /// as many as `of_profile` says.
    pub conforms: bool,
    /// Whether all is as expected: every case and program was run, and conforms or fails just as the baseline lists.
    pub as_expected: bool,
    /// Where several cases failed: the requirements that explain most of them, the likeliest first.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub causes: Option<Vec<Cause>>,
    /// How many cases had which verdict.
    pub totals: BTreeMap<Verdict, u64>,
    /// Every case that was run, in the suite's order.
    pub cases: Vec<CaseReport>,
    /// What random programs found; none were to be played where it is absent.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub programs: Option<Programs>,
    /// What the peer takes for its operations, where `--perf` asked for it. Nothing above depends on it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub costs: Option<Costs>,
    /// Entries of the baseline that describe nothing that happens.
    pub stale: Vec<Stale>,
}

/// Random programs that a peer was asked beside the reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Programs {
    /// How many were to be played.
    pub selected: u64,
    /// How many were.
    pub played: u64,
    /// How many steps of them the peer was asked.
    pub steps: u64,
    /// How it ended.
    pub ended: Ended,
    /// In what the peer differs from the reference.
    pub findings: Vec<FindingReport>,
    /// Milliseconds on the wall's clock.
    pub took_ms: f64,
}

/// A difference that random programs found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingReport {
    /// `program:`, the operation, and the requirement violated.
    pub id: String,
    /// What became of it, with the baseline in view.
    pub verdict: Verdict,
    /// The requirement violated.
    pub requirement: String,
    /// What the reference says.
    pub expected: String,
    /// What the peer says.
    pub got: String,
    /// What else it may be: what the latest steps do.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub also: Option<Vec<String>>,
    /// How many programs showed it.
    pub programs: u64,
    /// The number of the first.
    pub first: u64,
    /// How many steps the shortest program has that shows it.
    pub steps: u64,
    /// The entry of the baseline that decides it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub listed: Option<ListedReport>,
}

/// What a peer says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is written in.
    pub language: String,
    /// What it is judged by.
    pub profile: String,
    /// What it can be asked.
    pub operations: Vec<String>,
    /// Whether it takes the harness's time.
    pub injects_time: bool,
    /// Whether it takes the harness's randomness.
    pub injects_randomness: bool,
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CaseReport {
    /// Stable.
    pub id: String,
    /// The area of the specification.
    pub area: String,
    /// What must happen.
    pub about: String,
    /// What it covers.
    pub covers: Vec<String>,
    /// Word of the role.
    pub role: String,
    /// Word of the kind.
    pub kind: String,
    /// Who attacks what in it, where somebody does.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub attack: Option<AttackReport>,
    /// What became of it, with the baseline in view.
    pub verdict: Verdict,
    /// The requirement violated, where one is.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// What else it may be.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub also: Option<Vec<String>>,
    /// As what it was seen, where that was later.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub seen_as: Option<String>,
    /// What was expected, where the case did not pass.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
    /// The entry of the baseline that decides it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub listed: Option<ListedReport>,
    /// Who said what to whom, where the case has players.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub trace: Option<Vec<Turn>>,
    /// Milliseconds on the wall's clock.
    pub took_ms: f64,
}

/// A cell of SPEC section 33.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttackReport {
    /// Word of the row.
    pub goal: String,
    /// Word of the column.
    pub attacker: String,
}

/// What the baseline says of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListedReport {
    /// The verdict that is known; where the case is `xfail`, the one it has.
    pub verdict: Verdict,
    /// Why that is known.
    pub reason: String,
    /// Where it is tracked.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What a part was to do.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The command lines of client and server; one twice where a peer is alone.
    pub commands: [&'a str; 2],
    /// Which part it is, where there are several peers.
    pub number: Option<u64>,
    /// What the peers said in `hello`.
    pub claims: &'a [&'a HelloResult],
    /// All ids of the claimed profile.
    pub profile: &'a [&'a str],
    /// Optional operations of the profile that no peer lists.
    pub not_offered: &'a [&'a str],
    /// Those of its cases that were to be run.
    pub cases: &'a [&'a Case],
    /// How the run of them ended.
    pub ended: Ended,
    /// What is known to fail.
    pub baseline: &'a Baseline,
    /// What random programs came to.
    pub explored: Option<&'a Explored>,
}

/// Random programs, as whoever played them tells.
#[derive(Clone, Debug)]
pub struct Explored {
    /// How many were to be played.
    pub selected: u64,
    /// How many were.
    pub played: u64,
    /// How many of their steps the peer was asked.
    pub steps: u64,
    /// How it ended.
    pub ended: Ended,
    /// What they found.
    pub findings: Vec<Found>,
    /// How long it took.
    pub took: Duration,
}

/// A difference that random programs found.
#[derive(Clone, Debug)]
pub struct Found {
    /// As the outcome of a case.
    pub outcome: Outcome,
    /// How many programs showed it.
    pub programs: u64,
    /// The number of the first.
    pub first: u64,
    /// How many steps the shortest has.
    pub steps: u64,
}

impl Part {
    /// From what was to be done and what came of it, in the same order.
    pub fn new(task: Task<'_>, outcomes: &[Outcome]) -> Self {
        let Task {
            commands: [client, server],
            number,
            claims,
            profile,
            not_offered,
            cases,
            ended,
            baseline,
            explored,
        } = task;
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let report = |(case, outcome): (&&Case, &Outcome)| CaseReport::new(case, outcome, baseline);
        let reports: Vec<_> = cases.iter().zip(outcomes).map(report).collect();
        let mut totals = BTreeMap::new();
        for case in &reports {
            *totals.entry(case.verdict).or_insert(0) += 1;
        }
        let programs = explored.map(|explored| Programs::new(explored, baseline));
        let found = || explored.iter().flat_map(|explored| &explored.findings).map(|found| &found.outcome);
        let judged = outcomes.iter().chain(found());
        let ids: Vec<_> = profile.iter().copied().chain(found().map(|outcome| outcome.id.as_str())).collect();
        let stale = baseline.stale(&ids, judged.clone());
        let whole = programs.as_ref().is_none_or(|programs| programs.ended == Ended::Whole);
        let expected = |outcome| baseline.verdict(outcome).is_expected();
        let causes = causes_of(&reports);
        Self {
            client: client.to_owned(),
            server: server.to_owned(),
            number,
            claims: claims.iter().copied().map(Claims::from).collect(),
            of_profile: Some(count(profile.len())),
            not_offered: Some(not_offered.iter().map(|name| (*name).to_owned()).collect()),
            selected: count(cases.len()),
            ended: Some(ended),
            conforms: judged.clone().all(|outcome| outcome.verdict.conforms()),
            as_expected: stale.is_empty() && whole && judged.clone().all(expected),
            causes,
            totals,
            cases: reports,
            programs,
            costs: None,
            stale,
        }
    }

    /// How many cases had this verdict.
    pub fn count(&self, verdict: Verdict) -> u64 {
        self.totals.get(&verdict).copied().unwrap_or_default()
    }

    /// What random programs found.
    pub fn findings(&self) -> &[FindingReport] {
        self.programs.as_ref().map_or(&[], |programs| &programs.findings)
    }

    /// The name of the file below `failing/` of a case, or of what random programs found.
    pub fn failing_file(&self, id: &str) -> String {
        failing_file(self.number, id)
    }
}

/// Which requirements explain most of what failed.
pub(crate) fn causes_of(cases: &[CaseReport]) -> Option<Vec<Cause>> {
    causes::of(&cases.iter().map(CaseReport::judged).collect::<Vec<_>>())
}

/// The name of the file of a failing case: the number of its part, where there are several peers, and its id without
/// what some file systems don't take.
pub fn failing_file(part: Option<u64>, id: &str) -> String {
    let prefix = part.map(|number| format!("{number}-")).unwrap_or_default();
    format!("{prefix}{}.json", id.replace(':', "-"))
}

impl From<&HelloResult> for Claims {
    fn from(hello: &HelloResult) -> Self {
        Self {
            name: hello.name.clone(),
            version: hello.version.clone(),
            language: hello.language.clone(),
            profile: hello.profile.clone(),
            operations: hello.operations.clone(),
            injects_time: hello.injects_time,
            injects_randomness: hello.injects_randomness,
        }
    }
}

impl Programs {
    fn new(explored: &Explored, baseline: &Baseline) -> Self {
        let Explored { selected, played, steps, ended, findings, took } = explored;
        Self {
            selected: *selected,
            played: *played,
            steps: *steps,
            ended: *ended,
            findings: findings.iter().filter_map(|found| FindingReport::new(found, baseline)).collect(),
            took_ms: milliseconds(*took),
        }
    }
}

impl FindingReport {
    fn new(found: &Found, baseline: &Baseline) -> Option<Self> {
        let Found { outcome, programs, first, steps } = found;
        let failure = outcome.failure.as_ref()?;
        Some(Self {
            id: outcome.id.clone(),
            verdict: baseline.verdict(outcome),
            requirement: failure.requirement.to_owned(),
            expected: failure.expected.clone(),
            got: failure.got.clone(),
            also: also(failure),
            programs: *programs,
            first: *first,
            steps: *steps,
            listed: baseline.entry(&outcome.id).map(|(_, entry)| ListedReport::from(entry)),
        })
    }
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

impl CaseReport {
    fn new(case: &Case, outcome: &Outcome, baseline: &Baseline) -> Self {
        let failure = outcome.failure.as_ref();
        Self {
            id: case.id.clone(),
            area: case.area().to_owned(),
            about: case.about.clone(),
            covers: case.covers.iter().map(|id| (*id).to_owned()).collect(),
            role: case.role.word().to_owned(),
            kind: case.kind.word().to_owned(),
            attack: case.cell.map(AttackReport::from),
            verdict: baseline.verdict(outcome),
            requirement: failure.map(|failure| failure.requirement.to_owned()),
            also: failure.and_then(also),
            seen_as: failure.and_then(|failure| failure.seen_as).map(str::to_owned),
            expected: failure.map(|failure| failure.expected.clone()),
            got: failure.map(|failure| failure.got.clone()),
            listed: baseline.entry(&outcome.id).map(|(_, entry)| ListedReport::from(entry)),
            trace: (!outcome.trace.is_empty()).then(|| outcome.trace.clone()),
            took_ms: milliseconds(outcome.took),
        }
    }
}

impl CaseReport {
    /// What became of it, whatever a baseline says.
    pub fn own_verdict(&self) -> Verdict {
        own_verdict(self.verdict, self.listed.as_ref())
    }

    fn judged(&self) -> Judged<'_> {
        Judged {
            covers: &self.covers,
            verdict: self.own_verdict(),
            requirement: self.requirement.as_deref(),
            seen_as: self.seen_as.as_deref(),
        }
    }
}

impl FindingReport {
    /// What became of it, whatever a baseline says.
    pub fn own_verdict(&self) -> Verdict {
        own_verdict(self.verdict, self.listed.as_ref())
    }
}

fn own_verdict(verdict: Verdict, listed: Option<&ListedReport>) -> Verdict {
    match verdict {
        Verdict::Xpass => Verdict::Pass,
        Verdict::Xfail => listed.map_or(Verdict::Fail, |listed| listed.verdict),
        verdict => verdict,
    }
}

/// What else a failure may be, if there is something.
fn also(failure: &Failure) -> Option<Vec<String>> {
    let also: Vec<String> = failure.also.iter().map(|id| (*id).to_owned()).collect();
    (!also.is_empty()).then_some(also)
}

impl From<Cell> for AttackReport {
    fn from(cell: Cell) -> Self {
        Self { goal: cell.goal.word().to_owned(), attacker: cell.attacker.word().to_owned() }
    }
}

impl From<&Entry> for ListedReport {
    fn from(entry: &Entry) -> Self {
        Self { verdict: entry.verdict.into(), reason: entry.reason.to_string(), link: entry.link.clone() }
    }
}
