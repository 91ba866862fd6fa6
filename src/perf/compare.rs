//! A run beside those of before: what got slower.

use std::fmt::Write as _;

use crate::record::{Measured, Run, median};

/// How much slower or faster is the same on a quiet machine. Where it isn't quiet, twice its noise is added.
pub const SAME: f64 = 0.08;
const NOISE: f64 = 2.0;
/// How many runs make what is usual.
pub const LAST: usize = 7;

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// About as fast.
    Same,
    /// In each of the runs.
    Slower,
    /// In each of the runs.
    Faster,
    /// The runs don't agree.
    Unsteady,
    /// What was before doesn't have it.
    New,
    /// What is now doesn't have it.
    Gone,
}

/// An operation then and now.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<'a> {
    /// The operation.
    pub operation: &'a str,
    /// Its ratio before.
    pub before: Option<f64>,
    /// Its ratio in each of the runs of now.
    pub now: Vec<f64>,
    /// What that means.
    pub verdict: Verdict,
}

impl Row<'_> {
    /// How much slower it is than before, as a share; less than zero where it is faster. Of the run that says the least.
    pub fn change(&self) -> Option<f64> {
        let before = self.before.filter(|before| *before > 0.0)?;
        let changes = self.now.iter().map(|now| now / before - 1.0);
        changes.min_by(|a, b| a.abs().total_cmp(&b.abs()))
    }
}

/// The ratios of the last runs that can be compared with this one; none where there is no such run.
pub fn usual<'a>(before: &'a [Run], now: &Run) -> Vec<&'a Run> {
    before.iter().rev().filter(|run| run.is_comparable(now)).take(LAST).collect()
}

/// Compares runs of now, one or several of the same program, with what is usual.
pub fn compare<'a>(before: &[&'a Run], now: &'a [Run]) -> Vec<Row<'a>> {
    let mut names: Vec<&str> = Vec::new();
    let all = now.iter().chain(before.iter().copied()).flat_map(|run| &run.operations);
    for name in all.map(|operation| operation.name.as_str()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let row = |operation| {
        let known: Vec<f64> = before.iter().filter_map(|run| Some(run.operation(operation)?.ratio)).collect();
        let before = if known.is_empty() { None } else { Some(median(known)) };
        let now: Vec<&Measured> = now.iter().filter_map(|run| run.operation(operation)).collect();
        let verdict = verdict(before, &now);
        Row { operation, before, now: now.iter().map(|measured| measured.ratio).collect(), verdict }
    };
    names.into_iter().map(row).collect()
}

fn verdict(before: Option<f64>, now: &[&Measured]) -> Verdict {
    let Some(before) = before else { return Verdict::New };
    let same = |now: &Measured| SAME + NOISE * now.noise;
    let is_slower = |now: &&Measured| now.ratio > before * (1.0 + same(now));
    let is_faster = |now: &&Measured| now.ratio < before * (1.0 - same(now));
    match now {
        [] => Verdict::Gone,
        now if now.iter().all(is_slower) => Verdict::Slower,
        now if now.iter().all(is_faster) => Verdict::Faster,
        now if now.iter().any(is_slower) => Verdict::Unsteady,
        _ => Verdict::Same,
    }
}

/// A table of all rows, as Markdown.
pub fn markdown(rows: &[Row<'_>]) -> String {
    let mut text = "| operation | before | now | change | |\n|---|---:|---:|---:|---|\n".to_owned();
    for row in rows {
        let before = row.before.map_or_else(String::new, |before| format!("{before:.3}"));
        let now: Vec<String> = row.now.iter().map(|now| format!("{now:.3}")).collect();
        let change = row.change().map_or_else(String::new, |change| format!("{:+.1} %", change * 100.0));
        let words = match row.verdict {
            Verdict::Same => "",
            Verdict::Slower => "**slower**",
            Verdict::Faster => "faster",
            Verdict::Unsteady => "slower once, and not again",
            Verdict::New => "new",
            Verdict::Gone => "gone",
        };
        // A String takes what it is given.
        let _ = writeln!(text, "| {} | {before} | {} | {change} | {words} |", row.operation, now.join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::Built;
    use crate::record::{Measured, VERSION};

    fn run(ratio: f64) -> Run {
        let measured =
            |(name, ratio): (&str, f64)| Measured { name: name.into(), ns: 1.0, ratio, noise: 0.0 };
        Run {
            perf: VERSION.into(),
            time: 1,
            counterproof: "0".into(),
            commit: None,
            built: Built { compiler: "rustc".into(), optimised: true, features: Vec::new() },
            processor: "one".into(),
            system: "system".into(),
            kernel: "portable".into(),
            versions: Default::default(),
            rounds: 1,
            noise: 0.0,
            operations: [("seal", ratio), ("open", 2.0)].map(measured).into(),
        }
    }

    #[test]
    fn only_what_is_slower_twice_is_slower() {
        let before = [run(0.9), run(1.0), run(5.0)];
        let verdicts = |now: &[Run]| -> Vec<Verdict> {
            compare(&before.each_ref(), now).iter().map(|row| row.verdict).collect()
        };
        assert_eq!(verdicts(&[run(1.08)]), [Verdict::Same, Verdict::Same]);
        assert_eq!(verdicts(&[run(1.09)]), [Verdict::Slower, Verdict::Same]);
        assert_eq!(verdicts(&[run(1.09), run(1.2)]), [Verdict::Slower, Verdict::Same]);
        assert_eq!(verdicts(&[run(1.09), run(1.0)]), [Verdict::Unsteady, Verdict::Same]);
        assert_eq!(verdicts(&[run(0.9), run(0.9)]), [Verdict::Faster, Verdict::Same]);
        // The noisier the machine, the more is needed.
        let mut noisy = run(1.17);
        noisy.operations[0].noise = 0.05;
        assert_eq!(verdicts(&[noisy.clone()])[0], Verdict::Same);
        noisy.operations[0].noise = 0.04;
        assert_eq!(verdicts(&[noisy])[0], Verdict::Slower);
        let now = [run(1.09), run(1.2)];
        let table = markdown(&compare(&before.each_ref(), &now));
        assert!(table.contains("| seal | 1.000 | 1.090, 1.200 | +9.0 % | **slower** |"), "{table}");
        assert_eq!(compare(&[], &now)[0].verdict, Verdict::New);
        assert_eq!(compare(&before.each_ref(), &[])[0].verdict, Verdict::Gone);
    }

    #[test]
    fn what_ran_elsewhere_is_not_compared() {
        let elsewhere = Run { processor: "another".into(), ..run(9.0) };
        let mut slow = run(9.0);
        slow.built.optimised = false;
        let mut newer = run(1.0);
        newer.built.compiler = "a newer one".into();
        let before = [newer, run(2.0), elsewhere, slow];
        assert_eq!(usual(&before, &run(1.0)).iter().map(|run| run.operations[0].ratio).sum::<f64>(), 3.0);
        assert_eq!(usual(&vec![run(1.0); 20], &run(1.0)).len(), LAST);
    }
}
