//! A night that goes on: what has to be on the disk for another process to go on with it. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use peer::protocol::{Number, present};

use crate::record::{Change, Ended, Entry, Finding, Summary, TargetNight, VERSION, What};
use crate::share::Lane;

/// The version of the format. Another one is not gone on with.
pub const FORMAT: u32 = 1;

/// What a night is to do. Two that are equal are one night.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Hours on the wall's clock.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub hours: Option<f64>,
    /// Seconds for each target.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// The targets that were asked for; none where all are.
    pub targets: Vec<String>,
    /// The commit that is fuzzed.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// A night so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// [`FORMAT`].
    pub state: Number<1, FORMAT>,
    /// Seconds since the epoch.
    pub begun: u64,
    /// When this was written.
    pub written: u64,
    /// What it is to do.
    pub plan: Plan,
    /// The first seed of the fuzzer.
    pub seed: u64,
    /// The compiler of the fuzzed program.
    pub compiler: String,
    /// How many targets run side by side.
    pub jobs: u64,
    /// Whether what failed before was tried again.
    pub is_replayed: bool,
    /// Whether corpora are minimised from scratch.
    pub minimises: bool,
    /// Its targets.
    pub targets: Vec<Progress>,
    /// What went wrong.
    pub troubles: Vec<String>,
}

/// A target so far.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Its name.
    pub name: String,
    /// Whether it goes without its corpus tonight.
    pub from_empty: bool,
    /// Executions per second that it must reach.
    pub floor: u64,
    /// Its time.
    pub lane: Lane,
    /// How many slices it had: each has a seed of its own.
    pub slices: u64,
    /// Inputs tried.
    pub executions: u64,
    /// Edges; none before the first slice.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub edges: Option<Change>,
    /// Inputs of the corpus. What comes after is counted at the end.
    pub inputs: Change,
    /// Bytes of the corpus.
    pub bytes: Change,
    /// Milliseconds of the slowest input.
    pub slowest_ms: u64,
    /// The most memory, in MB.
    pub peak_mb: u64,
    /// How many inputs failed in which way, by key.
    pub failed: BTreeMap<String, u64>,
    /// Processes that ended badly and left no input.
    pub deaths: u64,
    /// Whether it can't be run.
    pub is_out: bool,
}

impl Progress {
    /// Takes in what a slice came to. Gives the edges that are new.
    pub fn reached(&mut self, before: Option<u64>, after: u64) -> u64 {
        let edges = self.edges.get_or_insert_with(|| {
            let before = before.unwrap_or(after);
            Change { before, after: before }
        });
        let new = after.saturating_sub(edges.after);
        edges.after += new;
        new
    }

    /// Whether it had its time: what it didn't find says something.
    pub fn is_whole(&self) -> bool {
        !self.is_out && self.deaths == 0 && self.executions > 0
    }

    /// Its line of the record.
    fn line(&self, slowest: Option<String>, findings: Vec<Finding>) -> TargetNight {
        TargetNight {
            target: self.name.clone(),
            from_empty: self.from_empty,
            seconds: (self.lane.seconds * 10.0).round() / 10.0,
            executions: self.executions,
            floor: self.floor,
            edges: self.edges.unwrap_or_default(),
            inputs: self.inputs,
            bytes: self.bytes,
            slowest_ms: self.slowest_ms,
            slowest,
            peak_mb: self.peak_mb,
            findings,
        }
    }
}

impl State {
    /// Seconds that all targets had.
    pub fn spent(&self) -> f64 {
        self.targets.iter().map(|target| target.lane.seconds).sum()
    }

    /// An entry of this night.
    pub fn entry(&self, what: What) -> Entry {
        Entry {
            night: VERSION.into(),
            begun: self.begun,
            counterproof: env!("CARGO_PKG_VERSION").to_owned(),
            commit: self.plan.commit.clone(),
            what,
        }
    }

    /// The line of each target: `of` has its slowest input and its findings.
    pub fn targets(&self, mut of: impl FnMut(&Progress) -> (Option<String>, Vec<Finding>)) -> Vec<Entry> {
        let line = |target: &Progress| {
            let (slowest, findings) = of(target);
            self.entry(What::Target(target.line(slowest, findings)))
        };
        self.targets.iter().map(line).collect()
    }

    /// The last line.
    pub fn summary(&self, ended: Ended, seconds: f64) -> Entry {
        self.entry(What::Night(Summary {
            ended,
            seconds: (seconds * 10.0).round() / 10.0,
            jobs: self.jobs,
            compiler: self.compiler.clone(),
            minimised: self.minimises && ended == Ended::InTime,
            troubles: self.troubles.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_count_from_what_the_first_slice_was_given() {
        let mut target = Progress::default();
        assert_eq!(target.reached(Some(300), 320), 20);
        assert_eq!(target.reached(Some(320), 310), 0, "a slice that reaches less takes nothing back");
        assert_eq!(target.reached(Some(318), 321), 1);
        assert_eq!(target.edges, Some(Change { before: 300, after: 321 }));
        let mut died = Progress::default();
        assert_eq!(died.reached(None, 0), 0);
    }
}
