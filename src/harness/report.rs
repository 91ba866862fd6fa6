//! What a run found, as data: `report.json`, and one file per failing case that `replay` takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cases::Case;
use super::operations::HelloResult;
use super::suite::{Outcome, Verdict};
use super::trial::Step;

/// The version of `report.json`; members may be added, none changes its meaning, or this number grows.
pub const VERSION: u32 = 1;

/// A run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// [`VERSION`].
    pub report: u32,
    /// The version of this program.
    pub counterproof: String,
    /// Seconds since the epoch.
    pub time: u64,
    /// Same seed, same bytes.
    pub seed: u64,
    /// One part per peer and per pair of peers.
    pub parts: Vec<Part>,
}

/// The part of a run that judges one peer, or one pair.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    /// The command line of the peer that plays the client (or both).
    pub client: String,
    /// The command line of the peer that plays the server.
    pub server: String,
    /// What the peers said in `hello`.
    pub claims: Vec<HelloResult>,
    /// Whether all cases of the claimed profile conform.
    pub conforms: bool,
    /// How many cases had which verdict.
    pub totals: BTreeMap<String, usize>,
    /// Every case of the claimed profile.
    pub cases: Vec<CaseReport>,
}

/// One case.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// Word of the verdict.
    pub verdict: String,
    /// The requirement violated, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requirement: Option<String>,
    /// What was expected, where the case did not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
}

/// A failing case as an explicit list of steps.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failing {
    /// [`VERSION`].
    pub report: u32,
    /// The command lines of the peers: one, or client and server.
    pub peers: Vec<String>,
    /// Which case it was.
    pub case: String,
    /// Word of the verdict.
    pub verdict: String,
    /// The requirement violated.
    pub requirement: String,
    /// What was expected of the last step.
    pub expected: String,
    /// What came.
    pub got: String,
    /// What was asked, answered, and answered by the reference.
    pub steps: Vec<StepReport>,
}

/// A step of a failing case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepReport {
    /// Which peer was asked: 0, or 1 for the second.
    pub peer: usize,
    /// The line sent.
    pub question: String,
    /// The line that came back; empty where none did.
    pub answer: String,
    /// What the reference answers.
    pub reference: String,
}

impl Part {
    /// From cases and their outcomes, in the same order.
    pub fn new(
        client: &str,
        server: &str,
        claims: Vec<HelloResult>,
        cases: &[&Case],
        outcomes: &[Outcome],
    ) -> Self {
        let mut totals = BTreeMap::new();
        for outcome in outcomes {
            *totals.entry(outcome.verdict.word().to_owned()).or_insert(0) += 1;
        }
        Self {
            client: client.to_owned(),
            server: server.to_owned(),
            claims,
            conforms: outcomes.iter().all(|outcome| outcome.verdict.conforms()),
            totals,
            cases: cases.iter().zip(outcomes).map(|(case, outcome)| CaseReport::new(case, outcome)).collect(),
        }
    }
}

impl CaseReport {
    fn new(case: &Case, outcome: &Outcome) -> Self {
        let failure = outcome.failure.as_ref();
        Self {
            id: case.id.clone(),
            area: case.area().to_owned(),
            about: case.about.clone(),
            covers: case.covers.iter().map(|id| (*id).to_owned()).collect(),
            role: case.role.word().to_owned(),
            kind: case.kind.word().to_owned(),
            verdict: outcome.verdict.word().to_owned(),
            requirement: failure.map(|failure| failure.requirement.to_owned()),
            expected: failure.map(|failure| failure.expected.clone()),
            got: failure.map(|failure| failure.got.clone()),
        }
    }
}

impl Failing {
    /// From an outcome; `None` where there is nothing to replay.
    pub fn new(peers: &[String], outcome: &Outcome) -> Option<Self> {
        if matches!(outcome.verdict, Verdict::Pass | Verdict::NotTestable) {
            return None;
        }
        let failure = outcome.failure.as_ref()?;
        Some(Self {
            report: VERSION,
            peers: peers.to_vec(),
            case: outcome.id.clone(),
            verdict: outcome.verdict.word().to_owned(),
            requirement: failure.requirement.to_owned(),
            expected: failure.expected.clone(),
            got: failure.got.clone(),
            steps: outcome.steps.iter().map(StepReport::from).collect(),
        })
    }
}

impl From<&Step> for StepReport {
    fn from(step: &Step) -> Self {
        Self {
            peer: step.peer,
            question: step.question.clone(),
            answer: step.answer.clone(),
            reference: step.reference.clone(),
        }
    }
}
