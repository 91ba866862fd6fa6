//! Why a case did not pass, and whose fault that is.

use std::fmt;

use crate::reply::Broken;

/// Why a case did not pass.
#[derive(Clone, Debug)]
pub enum Stop {
    /// The peer violates a requirement.
    Fail(Failure),
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
            Stop::Fail(Failure { requirement, expected, got }) => {
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
}

/// A failure of the peer.
pub fn fail(requirement: &'static str, expected: String, got: String) -> Stop {
    Stop::Fail(Failure { requirement, expected, got })
}
