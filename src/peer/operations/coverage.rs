//! What a peer may tell of itself to who fuzzes it (SPEC section 18, "What a peer says it has reached"). No table names it:
//! no profile has it, nobody is judged by it, and the reference doesn't offer it.

use serde::{Deserialize, Serialize};

use super::super::protocol::Operation;

/// `coverage`: Which places of the peer's own code were reached.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {}

/// Result of `coverage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageResult {
    /// A number for each place that was reached since it was asked last; of those that it told before, which it likes.
    pub reached: Vec<u32>,
}

impl Operation for Coverage {
    const NAME: &'static str = "coverage";
    type Output = CoverageResult;
}
