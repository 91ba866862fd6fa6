//! What random programs found: differences, each with the program that shows it and how many programs did.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::blame;
use harness::suite::Outcome;
use harness::trial::{Failure, Step};

use crate::compare::{Difference, Kind};
use crate::step::Program;

/// How many requirements are named beside the one that is blamed.
const OTHERS: usize = 4;

/// A difference that several programs may have shown.
#[derive(Clone, Debug)]
pub struct Finding {
    /// As the program below shows it.
    pub difference: Difference,
    /// The shortest program that was found to show it.
    pub program: Program,
    /// What was asked and answered in it.
    pub steps: Vec<Step>,
    /// The number of the first program that showed it.
    pub first: u64,
    /// How many programs did.
    pub count: u64,
    /// Whether a fresh process showed it again, so that it could be made shorter.
    pub again: bool,
}

impl Finding {
    /// As the outcome of a case, for whoever shows and lists those.
    pub fn outcome(&self) -> Outcome {
        let mut outcome = Outcome { steps: self.steps.clone(), ..self.difference.outcome() };
        if let Some(failure) = outcome.failure.as_mut() {
            failure.also = self.also();
            if !self.again {
                failure.got.push_str(" (once: not when it was played again on its own)");
            }
        }
        outcome
    }

    /// What else it may be. No step of the shortest program can be left out, so one of them may have done silently what the
    /// last one shows: what each of the latest does, the last first.
    fn also(&self) -> Vec<&'static str> {
        let mut seen = BTreeSet::from([self.difference.requirement]);
        let latest = self.program.steps.iter().rev().filter(|step| !step.op.ends_with("create"));
        let done = latest.map(|step| blame::accepted(&step.op));
        done.filter(|id| seen.insert(*id)).take(OTHERS).collect()
    }
}

impl Difference {
    /// The same without the steps that led to it.
    pub fn outcome(&self) -> Outcome {
        let Self { requirement, expected, got, .. } = self;
        Outcome {
            id: self.name(),
            about: None,
            area: requirement.split('-').next().unwrap_or_default(),
            verdict: self.verdict(),
            failure: Some(Failure {
                requirement,
                expected: expected.clone(),
                got: got.clone(),
                seen_as: None,
                also: Vec::new(),
            }),
            witnessed: BTreeSet::new(),
            steps: Vec::new(),
            wrong_at: None,
            comparable: matches!(self.kind, Kind::Value(_)),
            trace: Vec::new(),
            took: Duration::ZERO,
        }
    }
}

/// Findings in their order, those of the same name as one: the shortest of them, with the count of all.
pub fn merged(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| finding.first);
    let mut all: Vec<Finding> = Vec::new();
    for finding in findings {
        let name = finding.difference.name();
        let Some(same) = all.iter_mut().find(|same| same.difference.name() == name) else {
            all.push(finding);
            continue;
        };
        let (first, count) = (same.first.min(finding.first), same.count + finding.count);
        if (!finding.again, finding.program.steps.len()) < (!same.again, same.program.steps.len()) {
            *same = finding;
        }
        (same.first, same.count) = (first, count);
    }
    all
}
