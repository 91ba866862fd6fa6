//! What the targets made of planted bugs: the fuzz bench, `reports/fuzz/bench.json`. The same for other languages is
//! `reports/fuzz-bench.schema.json`.

use serde::{Deserialize, Serialize};

use peer::protocol::{Number, present};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A run of the bench.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bench {
    /// [`VERSION`].
    pub bench: Number<1, VERSION>,
    /// The version of this program.
    pub counterproof: String,
    /// The commit that was fuzzed, in hex, with `+` behind it where files differed from it.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Seconds since the epoch.
    pub time: u64,
    /// Seconds that a run had at most.
    pub limit_s: f64,
    /// Every planted bug.
    pub bugs: Vec<Bug>,
}

/// A planted bug, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bug {
    /// Its name: the file that plants it.
    pub name: String,
    /// What is wrong, as a sentence.
    pub about: String,
    /// What stands before it.
    pub behind: Vec<Behind>,
    /// The target that is to find it.
    pub target: String,
    /// A run for each seed.
    pub runs: Vec<Run>,
    /// The same with plain bytes, unsealed, instead of the target's generator: what is behind a MAC must not be found so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub control: Vec<Run>,
}

/// What stands before a planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behind {
    /// A valid MAC.
    Mac,
    /// At least two messages.
    TwoMessages,
    /// A counter that has come far enough, or a time.
    Counter,
    /// Nothing of these.
    Plain,
}

/// A run with one seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The fuzzer's seed.
    pub seed: u64,
    /// Inputs tried.
    pub executions: u64,
    /// After how many seconds the wrong line ran for the first time.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub reached_s: Option<f64>,
    /// After how many it did something else than the right line would have done.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub triggered_s: Option<f64>,
    /// After how many an oracle said no.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub detected_s: Option<f64>,
    /// What the oracle said.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub said: Option<String>,
}
