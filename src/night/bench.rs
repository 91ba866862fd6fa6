//! What the targets made of planted bugs: the fuzz bench, `reports/fuzz/bench.json`. The same for other languages is
//! `reports/fuzz-bench.schema.json`.

use serde::{Deserialize, Serialize};

use peer::protocol::{Number, present};

/// The version of the format.
pub const VERSION: u32 = 1;

/// Half of all runs find their bug within so many seconds.
pub const MEDIAN_S: f64 = 5.0;
/// Every run finds its bug within so many seconds.
pub const WORST_S: f64 = 60.0;

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

/// A run with one seed. All times are what it had of a processor, where the system says that; else what passed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The fuzzer's seed.
    pub seed: u64,
    /// How many seconds it took.
    pub seconds: f64,
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

impl Run {
    /// Whether the bug ran, or anything was found: what a control must not come to.
    fn has_a_sign(&self) -> bool {
        self.triggered_s.is_some() || self.detected_s.is_some()
    }
}

impl Bug {
    /// Whether plain bytes must not get to it.
    pub fn is_behind_mac(&self) -> bool {
        self.behind.contains(&Behind::Mac)
    }

    /// In how many runs something happened: reached, triggered, detected.
    pub fn counts(&self) -> [usize; 3] {
        let count = |of: fn(&Run) -> Option<f64>| self.runs.iter().filter(|run| of(run).is_some()).count();
        [count(|run| run.reached_s), count(|run| run.triggered_s), count(|run| run.detected_s)]
    }

    /// After how many seconds it was detected: by the middle run, and by the last; none where that one did not.
    pub fn median_and_worst(&self) -> [Option<f64>; 2] {
        median_and_worst(self.runs.iter())
    }

    /// Runs of the control that got to the bug.
    pub fn leaks(&self) -> usize {
        self.control.iter().filter(|run| run.has_a_sign()).count()
    }
}

impl Bench {
    /// After how many seconds a bug was detected: by the middle one of all runs, and by the last.
    pub fn median_and_worst(&self) -> [Option<f64>; 2] {
        median_and_worst(self.bugs.iter().flat_map(|bug| &bug.runs))
    }

    /// What is missing from the goals, a sentence each.
    pub fn shortfalls(&self) -> Vec<String> {
        let mut short = Vec::new();
        for bug in &self.bugs {
            let Bug { name, runs, .. } = bug;
            let [_, triggered, detected] = bug.counts();
            if runs.is_empty() {
                short.push(format!("{name}: not run"));
            } else if detected < runs.len() {
                short.push(format!("{name}: found in {detected} of {} runs", runs.len()));
            }
            if runs.iter().any(|run| run.detected_s.is_some() && run.triggered_s.is_none()) {
                short.push(format!(
                    "{name}: something was found, and in {} runs it was not this bug",
                    detected - triggered.min(detected)
                ));
            }
            if bug.is_behind_mac() && bug.control.is_empty() {
                short.push(format!("{name}: without a control"));
            }
            if bug.is_behind_mac() && bug.leaks() > 0 {
                short.push(format!("{name}: plain bytes get to it, so it is not behind a MAC"));
            }
        }
        let limits = [(MEDIAN_S, "the median run"), (WORST_S, "the slowest run")];
        for (took, (limit, which)) in self.median_and_worst().into_iter().zip(limits) {
            match took {
                Some(took) if took <= limit => {}
                Some(took) => short.push(format!("{which} takes {took:.1} s, more than {limit} s")),
                None => short.push(format!("{which} finds nothing")),
            }
        }
        short
    }
}

fn median_and_worst<'a>(runs: impl Iterator<Item = &'a Run>) -> [Option<f64>; 2] {
    let mut took: Vec<f64> = runs.map(|run| run.detected_s.unwrap_or(f64::INFINITY)).collect();
    took.sort_by(f64::total_cmp);
    let middle = took.get(took.len().saturating_sub(1) / 2);
    [middle, took.last()].map(|took| took.copied().filter(|took| took.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(detected_s: Option<f64>) -> Run {
        Run {
            seed: 1,
            seconds: 60.0,
            executions: 1,
            reached_s: Some(0.5),
            triggered_s: detected_s,
            detected_s,
            said: None,
        }
    }

    fn bench(runs: Vec<Run>, control: Vec<Run>) -> Bench {
        let (name, about, target) = ("bug".into(), "wrong".into(), "frame".into());
        let bugs = vec![Bug { name, about, behind: vec![Behind::Mac], target, runs, control }];
        let (bench, counterproof) = (VERSION.into(), "0".into());
        Bench { bench, counterproof, commit: None, time: 0, limit_s: 60.0, bugs }
    }

    #[test]
    fn the_goals_are_met_only_by_what_is_found_in_time_and_by_no_control() {
        let quick = || vec![run(Some(1.0)), run(Some(2.0)), run(Some(50.0))];
        let nothing = || vec![run(None)];
        assert_eq!(bench(quick(), nothing()).shortfalls(), [""; 0]);
        assert_eq!(bench(quick(), nothing()).median_and_worst(), [Some(2.0), Some(50.0)]);
        let short = |bench: Bench| bench.shortfalls().join("; ");
        assert_eq!(short(bench(quick(), Vec::new())), "bug: without a control");
        assert!(short(bench(quick(), quick())).contains("plain bytes get to it"));
        assert!(short(bench(vec![run(Some(6.0))], nothing())).contains("the median run takes 6.0 s"));
        assert!(
            short(bench(vec![run(Some(1.0)), run(Some(61.0))], nothing()))
                .contains("the slowest run takes 61.0 s")
        );
        assert_eq!(
            short(bench(vec![run(Some(1.0)), run(None)], nothing())),
            "bug: found in 1 of 2 runs; the slowest run finds nothing"
        );
        assert!(short(bench(Vec::new(), nothing())).contains("bug: not run"));
        let by_chance = Run { triggered_s: None, ..run(Some(1.0)) };
        assert!(short(bench(vec![by_chance], nothing())).contains("in 1 runs it was not this bug"));
    }
}
