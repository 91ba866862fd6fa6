//! The files beside a report: one per failing case, which `replay` takes, and one per thing that divides several peers.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{VERSION, Version, also};
use crate::suite::{Outcome, Verdict};
use crate::trial::Step;
use peer::protocol::present;

/// A failing case, with the steps that led to it. `replay` plays the case again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failing {
    /// [`VERSION`].
    pub report: Version,
    /// The command lines of the peers: one, or client and server.
    pub peers: Vec<String>,
    /// Which case it was, or the name of what random programs found.
    pub case: String,
    /// What the case does; absent where random programs found it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The run's seed; absent from the first files of this version.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// What became of it, whatever a baseline says.
    pub verdict: Verdict,
    /// The requirement violated.
    pub requirement: String,
    /// What else it may be.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub also: Option<Vec<String>>,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
    /// The random program that failed, where it is none of the written cases.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub program: Option<Map<String, Value>>,
    /// What was asked, answered, and answered by the reference.
    pub steps: Vec<StepReport>,
    /// The question that did it, by its place in `steps`, the first being 0: the one that was answered wrongly; where a
    /// state is wrong, the operation that left it so. The last one where it is absent.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub at: Option<usize>,
}

/// A step of a failing case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Which peer was asked: 0, or 1 for the second.
    pub peer: usize,
    /// The line sent.
    pub question: String,
    /// The line that came back; empty where none did.
    pub answer: String,
    /// What the reference answers; empty where it can't be asked.
    pub reference: String,
}

/// In what several peers, the reference among them, are not of one mind: a candidate for a new case or vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// [`VERSION`].
    pub report: Version,
    /// `program:`, the operation, and the requirement.
    pub candidate: String,
    /// The requirement by which the specification decides; absent where it is silent.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub decides: Option<String>,
    /// Who says what at the end of the program, the reference first.
    pub answers: Vec<Voices>,
    /// The shortest program that was found to divide them.
    pub program: Map<String, Value>,
}

/// Those who say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voices {
    /// What they say.
    pub answer: String,
    /// Their commands, and `the reference`.
    pub who: Vec<String>,
}

impl Failing {
    /// From an outcome of a run with this seed; `None` where there is nothing to replay.
    pub fn new(peers: &[String], seed: u64, outcome: &Outcome) -> Option<Self> {
        if matches!(outcome.verdict, Verdict::Pass | Verdict::NotTestable | Verdict::NotRun) {
            return None;
        }
        let failure = outcome.failure.as_ref()?;
        Some(Self {
            report: VERSION.into(),
            peers: peers.to_vec(),
            case: outcome.id.clone(),
            about: outcome.about.clone(),
            seed: Some(seed),
            verdict: outcome.verdict,
            requirement: failure.requirement.to_owned(),
            also: also(failure),
            expected: failure.expected.clone(),
            got: failure.got.clone(),
            program: None,
            steps: outcome.steps.iter().map(StepReport::from).collect(),
            at: outcome.at(),
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
