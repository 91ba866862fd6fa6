//! What a night leaves behind: lines of JSON, appended to `reports/fuzz/nights.jsonl`. The same for other languages is
//! `reports/fuzz.schema.json`.
//!
//! ```text
//! target     a target of ours in one night: what it tried, what it reached, what it found
//! coverage   what the corpora of all targets reach together
//! peer       somebody's peer in one night
//! night      the last line of a night: that it ended, and how
//! ```
//! Lines of one night have the same `begun`. A night whose last line is missing was killed.

use serde::{Deserialize, Serialize};

use peer::protocol::{Number, present};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A line of the record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// [`VERSION`].
    pub night: Number<1, VERSION>,
    /// When the night began: seconds since the epoch. All lines of a night have the same.
    pub begun: u64,
    /// The version of this program.
    pub counterproof: String,
    /// The commit that was fuzzed, in hex, with `+` behind it where files differed from it; none outside of a repository.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What the line is about.
    #[serde(flatten)]
    pub what: What,
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum What {
    /// A target of ours.
    Target(TargetNight),
    /// What the corpora reach.
    Coverage(Coverage),
    /// Somebody's peer.
    Peer(PeerNight),
    /// The night as a whole.
    Night(Summary),
}

/// A target in one night.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetNight {
    /// The name of the target.
    pub target: String,
    /// Whether it began with an empty corpus, to see whether its seeds still lead everywhere.
    pub from_empty: bool,
    /// Seconds of fuzzing, on one processor.
    pub seconds: f64,
    /// Inputs tried.
    pub executions: u64,
    /// Executions per second that the target must reach (on an idle machine).
    pub floor: u64,
    /// Edges of the program that were reached by the corpus before, and after.
    pub edges: Change,
    /// Inputs in the corpus before, and after.
    pub inputs: Change,
    /// Bytes in the corpus before, and after.
    pub bytes: Change,
    /// Milliseconds of the slowest input.
    pub slowest_ms: u64,
    /// The file of the slowest input, below the work folder; none where all were quick.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub slowest: Option<String>,
    /// The most memory that a process took, in MB.
    pub peak_mb: u64,
    /// What was found, each kind once.
    pub findings: Vec<Finding>,
}

/// A number before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When the night began.
    pub before: u64,
    /// When it ended.
    pub after: u64,
}

/// What was found: inputs that fail in the same way are one finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// By what two findings are the same: what failed, which rule it violates, where; 16 hex digits.
    pub key: String,
    /// What kind of failure it is.
    pub kind: Kind,
    /// What the program said: the first lines of a panic, or of the sanitizer.
    pub said: String,
    /// The requirement that is violated, where what was said names one.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The innermost functions of ours, the innermost first.
    pub frames: Vec<String>,
    /// How many inputs of this night fail in this way.
    pub count: u64,
    /// Whether no earlier night has it.
    pub is_new: bool,
    /// The shrunk input, as a file below the work folder.
    pub input: String,
    /// Its length in bytes.
    pub length: u64,
    /// What fails again when it is typed at the top of the repository.
    pub again: String,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An oracle said no, or something panicked.
    Panic,
    /// The sanitizer saw a wrong access to memory.
    Sanitizer,
    /// An input took longer than it may.
    Timeout,
    /// An input took more memory than it may.
    OutOfMemory,
    /// An input that failed in an earlier night, and was mended, fails again.
    Regression,
    /// The process ended in another way.
    Died,
    /// A peer answers otherwise than the specification says.
    Difference,
}

/// What the corpora of all targets reach together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// By floor of the reference: `wire`, `text`, `crypto`, `client`, `server`, …
    pub floors: Vec<Reached>,
}

/// What is reached of a floor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Its folder.
    pub floor: String,
    /// Lines that are reached.
    pub lines: Share,
    /// Branches that are reached.
    pub branches: Share,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Those that are reached.
    pub reached: u64,
    /// All.
    pub of: u64,
}

/// Somebody's peer in one night.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeerNight {
    /// Its command or address.
    pub peer: String,
    /// The name that it gives itself.
    pub name: String,
    /// The seed of the programs.
    pub seed: u64,
    /// Seconds on the wall's clock.
    pub seconds: f64,
    /// Programs played.
    pub programs: u64,
    /// Steps of all programs.
    pub steps: u64,
    /// What was seen from outside before, and after: shapes of answers, classes, states.
    pub features: Change,
    /// Programs in its corpus before, and after.
    pub inputs: Change,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// The last line of a night.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// How the night ended.
    pub ended: Ended,
    /// Seconds on the wall's clock, building included.
    pub seconds: f64,
    /// How many targets were fuzzed side by side.
    pub jobs: u64,
    /// The compiler of the fuzzed program, as it names itself.
    pub compiler: String,
    /// Whether the corpora were minimised from scratch.
    pub minimised: bool,
    /// What went wrong beside the findings, a sentence each: a target that could not be run, a disk that was full.
    pub troubles: Vec<String>,
}

/// How a night ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// After its hours.
    InTime,
    /// Somebody stopped it before, and what was found by then is kept.
    Stopped,
    /// It could not go on.
    Broken,
}
