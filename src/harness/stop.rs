//! Why a case did not pass, and whose fault that is.

use std::collections::BTreeSet;
use std::fmt;

use crate::reply::Broken;
use crate::spec;

/// Why a case did not pass.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The peer violates a requirement.
    Fail(Failure),
    /// It did so in an answer before, which the case didn't look at: nothing of what was being asked.
    Earlier(Failure),
    /// The peer broke while this requirement was asked about.
    Broken(Broken, &'static str),
    /// The peer doesn't have the operation.
    Unsupported(&'static str),
    /// The peer lacks what the case needs, through no fault of its own.
    NotTestable(&'static str),
    /// The case or the reference is wrong.
    Harness(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Fail(failure) | Stop::Earlier(failure) => {
                let Failure { requirement, expected, got, .. } = failure;
                write!(f, "violates {requirement}: expected {expected}, got {got}")
            }
            Stop::Broken(broken, requirement) => write!(f, "{broken}, where {requirement} was asked about"),
            Stop::Unsupported(operation) => write!(f, "{operation} is not among the peer's operations"),
            Stop::NotTestable(words) => write!(f, "not testable: {words}"),
            Stop::Harness(words) => write!(f, "a fault of the harness: {words}"),
        }
    }
}

/// What was expected, what came, and which requirement that violates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The requirement, such as `FRM-5`.
    pub requirement: &'static str,
    /// What must come back.
    pub expected: String,
    /// What came back.
    pub got: String,
    /// As what it was seen, where that was later.
    pub seen_as: Option<&'static str>,
    /// What else it may be: as what it was seen, and the other requirements that the case is about.
    pub also: Vec<&'static str>,
}

/// A failure of the peer.
pub fn fail(requirement: &'static str, expected: String, got: String) -> Stop {
    Stop::Fail(failure(requirement, expected, got))
}

/// What was violated, what was expected, and what came.
pub fn failure(requirement: &'static str, expected: String, got: String) -> Failure {
    Failure { requirement, expected, got, seen_as: None, also: Vec::new() }
}

/// What refuses codes and responses that a person types: so few digits that a wrong one may be right.
const OF_FEW_DIGITS: [&str; 2] = ["refused with wrong-signature", "refused with wrong-code"];

impl Failure {
    /// Whether what came may have been right by chance, where nobody knows the keys that a peer drew.
    pub(crate) fn may_be_chance(&self) -> bool {
        OF_FEW_DIGITS.contains(&self.expected.as_str()) && self.got.starts_with("accepted")
    }

    /// Something was wrong before this showed it: that is what is violated. Whether it is.
    pub(crate) fn starts_with(&mut self, first: Failure, covers: &[&'static str]) -> bool {
        // A case that is about what an operation does says it better than what any such operation does.
        let is_positive = spec::find(self.requirement).is_some_and(|rule| rule.class.is_none());
        if is_positive && covers.contains(&self.requirement) {
            return false;
        }
        let shown = std::mem::replace(self, first);
        self.got = format!("{}; seen later: expected {}, got {}", self.got, shown.expected, shown.got);
        self.seen_as = Some(shown.requirement);
        true
    }

    /// In a case that covers these requirements.
    pub(crate) fn among(mut self, covers: &[&'static str]) -> Self {
        self.also = self.seen_as.into_iter().chain(covers.iter().copied()).collect();
        let mut seen = BTreeSet::from([self.requirement]);
        self.also.retain(|id| seen.insert(id));
        self
    }
}
