//! The targets of a night: a row of numbers for each, and how it came to them, night by night.

use std::collections::BTreeSet;

use night::record::{Change, TargetNight};

use super::history::Night;
use super::trend::{LAST, Speed, edges_before, rate, series};
use crate::Error;
use crate::plot::{self, Column};
use crate::words::{Count, duration, slug};

/// A target tonight.
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    pub(crate) anchor: String,
    pub(crate) time: String,
    pub(crate) executions: Count,
    pub(crate) rate: String,
    pub(crate) floor: Count,
    pub(crate) edges: Span,
    pub(crate) inputs: Span,
    pub(crate) slowest: String,
    /// The file of the slowest input, where there is one.
    pub(crate) slowest_file: Option<&'a str>,
    pub(crate) peak: Count,
    pub(crate) findings: Count,
    pub(crate) marks: Vec<Mark>,
}

/// Something to be looked at.
pub(crate) struct Mark {
    /// By which word it is found in the filter.
    pub(crate) word: &'static str,
    pub(crate) class: &'static str,
    pub(crate) says: String,
}

/// A number before and after.
pub(crate) struct Span {
    pub(crate) before: Count,
    pub(crate) after: Count,
}

impl Span {
    pub(crate) fn new(change: Change) -> Self {
        Self { before: Count(change.before), after: Count(change.after) }
    }
}

impl<'a> Row<'a> {
    pub(crate) fn new(target: &'a TargetNight, before: &[Night<'a>]) -> Self {
        Self {
            name: &target.target,
            anchor: anchor(&target.target),
            time: duration(target.seconds * 1e3),
            executions: Count(target.executions),
            rate: rate(target).map_or_else(|| "none".to_owned(), |rate| whole(rate).to_string()),
            floor: Count(target.floor),
            edges: Span::new(target.edges),
            inputs: Span::new(target.inputs),
            slowest: duration(target.slowest_ms as f64),
            slowest_file: target.slowest.as_deref(),
            peak: Count(target.peak_mb),
            findings: Count::of(target.findings.len()),
            marks: marks(target, before),
        }
    }

    /// What is to be said of it in words.
    pub(crate) fn notes(&self) -> Vec<&Mark> {
        self.marks.iter().filter(|mark| !mark.says.is_empty()).collect()
    }

    /// By what it is filtered.
    pub(crate) fn words(&self) -> String {
        let words: BTreeSet<_> = self.marks.iter().map(|mark| mark.word).collect();
        words.into_iter().collect::<Vec<_>>().join(" ")
    }
}

/// Where a target's numbers are on the page.
fn anchor(target: &str) -> String {
    format!("target-{}", slug(target))
}

fn marks(target: &TargetNight, before: &[Night<'_>]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut mark = |word, class, says| marks.push(Mark { word, class, says });
    if !target.findings.is_empty() {
        // How many it is stands in a column of its own.
        mark("findings", "fail", String::new());
    }
    let speed = Speed::new(target, before);
    if speed.is_some_and(Speed::is_below_floor) {
        mark("slow", "fail", "below its floor".to_owned());
    }
    if let Some((speed, lost)) = speed.and_then(|speed| Some((speed, speed.percent_lost()?))) {
        let usual = whole(speed.median.unwrap_or_default());
        mark(
            "slow",
            "fail",
            format!("{lost} % slower than usual ({usual} a second, the median of the last {LAST} nights)"),
        );
    }
    if speed.is_none() {
        mark("idle", "fail", "not fuzzed at all".to_owned());
    }
    if target.from_empty {
        let says = match edges_before(&target.target, before) {
            Some(edges) => {
                let share = 100.0 * target.edges.after as f64 / edges as f64;
                format!("from an empty corpus, and reached {share:.0} % of the edges")
            }
            None => "from an empty corpus".to_owned(),
        };
        mark("from-empty", "other", says);
    } else if target.edges.after < target.edges.before {
        let lost = target.edges.before.saturating_sub(target.edges.after);
        mark("fewer-edges", "other", format!("{} edges fewer", Count(lost)));
    }
    marks
}

/// A target over the nights: small plots beside each other.
pub(crate) struct Trend<'a> {
    pub(crate) name: &'a str,
    pub(crate) plots: Vec<Plot>,
}

/// A plot, and what it says in words.
pub(crate) struct Plot {
    pub(crate) name: &'static str,
    pub(crate) now: String,
    pub(crate) was: String,
    pub(crate) svg: String,
}

impl<'a> Trend<'a> {
    pub(crate) fn new(name: &'a str, nights: &[Night<'a>]) -> Result<Self, Error> {
        let of = |value: &dyn Fn(&TargetNight) -> Option<f64>| {
            series(nights, |night| night.targets.get(name).and_then(|target| value(target)))
        };
        let latest = nights.iter().rev().find_map(|night| night.targets.get(name));
        let floor = latest.map_or(0, |target| target.floor);
        let edges = of(&|target| Some(target.edges.after as f64));
        let rates = of(&|target| rate(target));
        let inputs = of(&|target| Some(target.inputs.after as f64));
        let findings = of(&|target| Some(target.findings.len() as f64));
        let found: f64 = findings.iter().flatten().sum();
        Ok(Self {
            name,
            plots: vec![
                Plot::new("Edges", &edges, plot::line(&edges, plot::close(&edges), None)?),
                Plot {
                    was: format!("floor {}", Count(floor)),
                    ..Plot::new(
                        "Per second",
                        &rates,
                        plot::line(&rates, plot::from_zero(&rates, floor as f64), Some(floor as f64))?,
                    )
                },
                Plot::new("Corpus", &inputs, plot::line(&inputs, plot::from_zero(&inputs, 0.0), None)?),
                Plot {
                    was: match whole(found) {
                        Count(0) => String::new(),
                        all => format!("tonight, {all} in all nights"),
                    },
                    ..Plot::new("Findings", &findings, plot::columns(&findings, Column::Bad)?)
                },
            ],
        })
    }
}

impl Plot {
    /// Of whole numbers.
    pub(crate) fn new(name: &'static str, values: &[Option<f64>], svg: String) -> Self {
        let mut known = values.iter().flatten();
        let first = known.next();
        let was = first.map_or_else(String::new, |first| format!("from {}", whole(*first)));
        let now = values.last().copied().flatten();
        Self {
            name,
            now: now.map_or_else(|| "none tonight".to_owned(), |now| whole(now).to_string()),
            was,
            svg,
        }
    }
}

/// A number without what is behind its point.
pub(crate) fn whole(number: f64) -> Count {
    Count(number.round() as u64)
}
