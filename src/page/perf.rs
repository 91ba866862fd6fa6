//! The page of the hot path: what is slower than usual, each operation beside the reference, and how it came to it.

use askama::Template;
use night::read::Trouble;
use perf::compare::{LAST, Row as Compared, SAME, Verdict, compare, usual};
use perf::record::{Measured, Run};

use crate::Error;
use crate::plot;
use crate::shell::Shell;
use crate::verdict::{Sentence, Tone};
use crate::words::{Count, counted, date, day, slug};

/// How many runs are drawn, and how many have a row.
const DRAWN: usize = 60;
const LISTED: usize = 14;
/// How many lines that could not be read are named.
const NAMED: usize = 20;

#[derive(Template)]
#[template(path = "perf.html")]
struct Page<'a> {
    shell: Shell,
    sentence: Sentence,
    when: String,
    left_out: Vec<String>,
    left_out_count: usize,
    facts: Vec<(&'static str, String)>,
    rows: Vec<Row<'a>>,
    trends: Vec<Trend<'a>>,
    drawn: usize,
    runs: Vec<RunRow<'a>>,
    /// The words of the filter.
    marks: Vec<&'static str>,
    percent: f64,
}

/// An operation in the latest run.
struct Row<'a> {
    name: &'a str,
    anchor: String,
    ns: String,
    ratio: String,
    usual: String,
    change: String,
    noise: String,
    /// What is to be looked at: its word in the filter, and its class.
    mark: Option<(&'static str, &'static str)>,
}

impl<'a> Row<'a> {
    fn new(measured: &'a Measured, compared: Option<&Compared<'_>>) -> Self {
        let Measured { name, ns, ratio, noise } = measured;
        let mark = compared.and_then(|row| match row.verdict {
            Verdict::Slower => Some(("slower", "fail")),
            Verdict::Faster => Some(("faster", "pass")),
            Verdict::New => Some(("new", "other")),
            Verdict::Same | Verdict::Unsteady | Verdict::Gone => None,
        });
        let percent = |change: f64| format!("{:+.1} %", change * 100.0);
        Self {
            name,
            anchor: format!("operation-{}", slug(name)),
            ns: nanoseconds(*ns),
            ratio: format!("{ratio:.3}"),
            usual: compared
                .and_then(|row| row.before)
                .map_or_else(String::new, |usual| format!("{usual:.3}")),
            change: compared.and_then(Compared::change).map_or_else(String::new, percent),
            noise: format!("{:.1} %", noise * 100.0),
            mark,
        }
    }
}

/// An operation, run by run.
struct Trend<'a> {
    name: &'a str,
    plots: [Plot; 2],
}

/// A plot, and what it says in words.
struct Plot {
    name: &'static str,
    now: String,
    was: String,
    svg: String,
}

impl Plot {
    fn new(
        name: &'static str,
        runs: &[&Run],
        operation: &str,
        of: fn(&Measured) -> f64,
        words: fn(f64) -> String,
    ) -> Result<Self, Error> {
        let values: Vec<Option<f64>> = runs.iter().map(|run| run.operation(operation).map(of)).collect();
        let first = values.iter().flatten().next();
        Ok(Self {
            name,
            now: values.last().copied().flatten().map_or_else(|| "none".to_owned(), words),
            was: first.map_or_else(String::new, |first| format!("from {}", words(*first))),
            svg: plot::line(&values, plot::close(&values), None)?,
        })
    }
}

/// A run among the last ones.
struct RunRow<'a> {
    day: String,
    commit: &'a str,
    compiler: &'a str,
    processor: &'a str,
    noise: String,
    is_comparable: bool,
}

/// The page of a record of runs, the oldest first; and it names the lines that could not be read.
pub fn perf(runs: &[Run], left_out: &[Trouble]) -> Result<String, Error> {
    let latest = runs.split_last();
    let usual = latest.map(|(latest, before)| usual(before, latest)).unwrap_or_default();
    let compared =
        latest.map(|(latest, _)| compare(&usual, std::slice::from_ref(latest))).unwrap_or_default();
    let has_usual = !usual.is_empty();
    let rows: Vec<Row<'_>> = latest
        .into_iter()
        .flat_map(|(latest, _)| &latest.operations)
        .map(|measured| {
            let its = compared.iter().find(|row| row.operation == measured.name);
            Row::new(measured, its.filter(|_| has_usual))
        })
        .collect();
    let same: Vec<&Run> =
        runs.iter().filter(|run| latest.is_some_and(|(latest, _)| run.is_comparable(latest))).collect();
    let drawn = same.get(same.len().saturating_sub(DRAWN)..).unwrap_or_default();
    let mut marks: Vec<&'static str> = rows.iter().filter_map(|row| Some(row.mark?.0)).collect();
    marks.sort_unstable();
    marks.dedup();
    let sections = [
        (!rows.is_empty(), "operations", "Operations"),
        (drawn.len() > 1, "trends", "Trends"),
        (!runs.is_empty(), "runs", "Runs"),
    ];
    let sections = sections.into_iter().filter(|(is_there, ..)| *is_there);
    let page = Page {
        shell: Shell::new(sections.map(|(_, id, name)| (id, name)).collect()),
        sentence: sentence(&rows, latest.is_some(), usual.len()),
        when: latest.map_or_else(String::new, |(latest, _)| format!("The run of {}", date(latest.time))),
        left_out: left_out.iter().take(NAMED).map(Trouble::to_string).collect(),
        left_out_count: left_out.len(),
        facts: latest.map(|(latest, _)| facts(latest)).unwrap_or_default(),
        trends: trends(drawn)?,
        drawn: drawn.len(),
        runs: runs.iter().rev().take(LISTED).map(|run| RunRow::new(run, latest)).collect(),
        rows,
        marks,
        percent: SAME * 100.0,
    };
    Ok(page.render()?)
}

/// What the page begins with.
fn sentence(rows: &[Row<'_>], is_there: bool, usual: usize) -> Sentence {
    let count = |word: &str| rows.iter().filter(|row| row.mark.is_some_and(|(mark, _)| mark == word)).count();
    let operations = |count: usize| counted(Count::of(count).0, "operation");
    let (tone, words) = match (is_there, usual, count("slower"), count("faster")) {
        (false, ..) => (Tone::Open, "No run is recorded".to_owned()),
        (_, 0, ..) => (Tone::Open, "Nothing was measured before on such a processor".to_owned()),
        (_, _, 0, 0) => (Tone::Good, "Everything is about as fast as usual".to_owned()),
        (_, _, 0, faster) => (Tone::Good, format!("{} faster than usual", operations(faster))),
        (_, _, slower, 0) => (Tone::Bad, format!("{} slower than usual", operations(slower))),
        (_, _, slower, faster) => {
            (Tone::Bad, format!("{} slower than usual, and {faster} faster", operations(slower)))
        }
    };
    Sentence { tone, words }
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let versions: Vec<String> =
        run.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let build = if run.built.optimised { "release" } else { "not optimised: its times say little" };
    vec![
        ("Commit", run.commit.clone().unwrap_or_else(|| "unknown: not in a repository".to_owned())),
        ("Processor", run.processor.clone()),
        ("Features", run.built.features.join(" ")),
        ("System", run.system.clone()),
        ("Kernel", run.kernel.clone()),
        ("References", versions.join(", ")),
        ("Compiler", run.built.compiler.clone()),
        ("Build", build.to_owned()),
        ("Rounds", Count(run.rounds).to_string()),
        ("Noise", format!("{:.1} %", run.noise * 100.0)),
        ("Made by", format!("counterproof {}", run.counterproof)),
    ]
}

/// The operations of the latest of these runs, over all of them.
fn trends<'a>(runs: &[&'a Run]) -> Result<Vec<Trend<'a>>, Error> {
    let Some(latest) = runs.last().filter(|_| runs.len() > 1) else { return Ok(Vec::new()) };
    let trend = |operation: &'a Measured| {
        let name = operation.name.as_str();
        let ratio = |value: f64| format!("{value:.3}");
        let plots = [
            Plot::new("Ratio", runs, name, |it| it.ratio, ratio)?,
            Plot::new("Time", runs, name, |it| it.ns, nanoseconds)?,
        ];
        Ok(Trend { name, plots })
    };
    latest.operations.iter().map(trend).collect()
}

impl<'a> RunRow<'a> {
    fn new(run: &'a Run, latest: Option<(&Run, &[Run])>) -> Self {
        Self {
            day: day(run.time),
            commit: run.commit.as_deref().map_or("", |commit| commit.get(..12).unwrap_or(commit)),
            compiler: &run.built.compiler,
            processor: &run.processor,
            noise: format!("{:.1} %", run.noise * 100.0),
            is_comparable: latest.is_some_and(|(latest, _)| run.is_comparable(latest)),
        }
    }
}

/// In the unit in which a person thinks of them.
fn nanoseconds(ns: f64) -> String {
    match ns {
        ns if ns < 999.5 => format!("{ns:.1} ns"),
        ns => format!("{:.2} µs", ns / 1e3),
    }
}
