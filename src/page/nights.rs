//! The page of a night of fuzzing: what is new tonight, what the night came to, and how it compares with those before.

mod bench;
mod coverage;
mod findings;
mod history;
mod targets;
mod trend;

use askama::Template;
use night::bench::Bench;
use night::read::Trouble;
use night::record::{Ended, Entry};

use crate::Error;
use crate::plot::{self, Column};
use crate::shell::Shell;
use crate::verdict::{Sentence, Tone};
use crate::words::{Count, counted, date, day, duration, large};
use bench::BenchView;
use coverage::CoverageView;
use findings::Findings;
use history::{History, Night};
use targets::{Plot, Row, Span, Trend, whole};
use trend::{gained, series};

/// How many nights are drawn, and how many have a row.
const DRAWN: usize = 60;
const LISTED: usize = 14;
/// How many lines that could not be read are named.
const NAMED: usize = 20;

#[derive(Template)]
#[template(path = "night.html")]
struct Page<'a> {
    shell: Shell,
    sentence: Sentence,
    when: String,
    left_out: Vec<String>,
    left_out_count: usize,
    findings: Findings<'a>,
    night: Option<NightView<'a>>,
    rows: Vec<Row<'a>>,
    trends: Vec<Trend<'a>>,
    drawn: usize,
    coverage: Option<CoverageView<'a>>,
    peers: Vec<PeerRow<'a>>,
    nights: Vec<NightRow<'a>>,
    bench: Option<BenchView<'a>>,
    /// The words of the filter.
    marks: Vec<&'static str>,
}

/// The page of the latest night of a record, or of the fuzz bench, or of both.
pub fn night(entries: &[Entry], bench: Option<&Bench>) -> Result<String, Error> {
    night_of_a_file(entries, &[], bench)
}

/// The same, and it names the lines of the record that could not be read.
pub fn night_of_a_file(
    entries: &[Entry],
    left_out: &[Trouble],
    bench: Option<&Bench>,
) -> Result<String, Error> {
    let history = History::new(entries);
    let findings = Findings::new(&history);
    let before = history.before();
    let rows: Vec<_> = history
        .tonight()
        .into_iter()
        .flat_map(|night| night.targets.values())
        .map(|it| Row::new(it, before))
        .collect();
    let drawn = history.nights.get(history.nights.len().saturating_sub(DRAWN)..).unwrap_or_default();
    let night = history.tonight().map(|tonight| NightView::new(tonight, before));
    let coverage = CoverageView::new(drawn)?;
    let bench = bench.map(BenchView::new);
    let peers: Vec<_> = history.current().flat_map(PeerRow::of).collect();
    let nights: Vec<_> = history.nights.iter().rev().take(LISTED).map(NightRow::new).collect();
    let slow = rows.iter().filter(|row| row.marks.iter().any(|mark| mark.word == "slow")).count();
    let sentence = sentence(&history, &findings, slow, bench.as_ref());
    let page = Page {
        shell: Shell::new(sections(&findings, &night, &rows, drawn.len(), &coverage, &peers, &bench)),
        when: when(&history),
        sentence,
        left_out: left_out.iter().take(NAMED).map(Trouble::to_string).collect(),
        left_out_count: left_out.len(),
        trends: trends(drawn)?,
        drawn: drawn.len(),
        marks: marks(&findings, &rows, bench.as_ref()),
        findings,
        night,
        rows,
        coverage,
        peers,
        nights,
        bench,
    };
    Ok(page.render()?)
}

type Sections = Vec<(&'static str, &'static str)>;

fn sections(
    findings: &Findings<'_>,
    night: &Option<NightView<'_>>,
    rows: &[Row<'_>],
    drawn: usize,
    coverage: &Option<CoverageView<'_>>,
    peers: &[PeerRow<'_>],
    bench: &Option<BenchView<'_>>,
) -> Sections {
    let has_record = night.is_some() || !peers.is_empty();
    let all = [
        (has_record, "new", "New"),
        (!findings.known.is_empty(), "known", "Known"),
        (night.is_some(), "night", "The night"),
        (!rows.is_empty(), "targets", "Targets"),
        (drawn > 1, "trends", "Trends"),
        (coverage.is_some(), "coverage", "Coverage"),
        (!peers.is_empty(), "peers", "Peers"),
        (bench.is_some(), "bench", "Fuzz bench"),
    ];
    all.into_iter().filter(|(is_there, ..)| *is_there).map(|(_, id, name)| (id, name)).collect()
}

/// What the page begins with.
fn sentence(
    history: &History<'_>,
    findings: &Findings<'_>,
    slow: usize,
    bench: Option<&BenchView<'_>>,
) -> Sentence {
    let Some(latest) = history.current().next() else {
        return match bench {
            Some(bench) => Sentence {
                tone: if bench.is_good() { Tone::Good } else { Tone::Bad },
                words: bench.sentence(),
            },
            None => Sentence { tone: Tone::Open, words: "No night is recorded".to_owned() },
        };
    };
    let count = |things: usize, thing: &str| counted(Count::of(things).0, thing);
    let mut words = vec![match (findings.news.len(), findings.known.len()) {
        (0, 0) => "Nothing was found tonight".to_owned(),
        (0, known) => format!("Nothing new tonight, and {}", count(known, "known finding")),
        (new, 0) => format!("{} tonight", count(new, "new finding")),
        (new, known) => format!("{} tonight, and {known} known", count(new, "new finding")),
    }];
    let mut tone = if !findings.news.is_empty() {
        Tone::Bad
    } else if findings.known.is_empty() && slow == 0 {
        Tone::Good
    } else {
        Tone::Open
    };
    if history.tonight().is_some() {
        match latest.summary.map(|summary| (summary.ended, summary.troubles.is_empty())) {
            None => (tone, words) = (Tone::Bad, [words, vec!["the night was killed".to_owned()]].concat()),
            Some((Ended::Broken, _)) => {
                (tone, words) = (Tone::Bad, [words, vec!["the night could not go on".to_owned()]].concat());
            }
            Some((Ended::Stopped, _)) => {
                tone = if tone == Tone::Good { Tone::Open } else { tone };
                words.push("the night was stopped".to_owned());
            }
            Some((Ended::InTime, false)) if tone == Tone::Good => tone = Tone::Open,
            Some((Ended::InTime, _)) => {}
        }
    }
    if slow > 0 {
        words.push(format!("{} too slow", count(slow, "target")));
    }
    Sentence { tone, words: words.join("; ") }
}

/// Of which night the page is.
fn when(history: &History<'_>) -> String {
    match (history.tonight(), history.current().next()) {
        (Some(night), _) => {
            let others = history.before().len();
            let beside = match others {
                0 => "the first of this record".to_owned(),
                others => format!("beside {} before it", counted(Count::of(others).0, "night")),
            };
            format!("The night of {}, {beside}", date(night.begun))
        }
        (None, Some(run)) => format!("A run against a peer, {}", date(run.begun)),
        (None, None) => String::new(),
    }
}

/// What can be filtered for.
fn marks(findings: &Findings<'_>, rows: &[Row<'_>], bench: Option<&BenchView<'_>>) -> Vec<&'static str> {
    let mut words: Vec<&'static str> =
        findings.news.iter().chain(&findings.known).map(|finding| finding.words()).collect();
    words.extend(rows.iter().flat_map(|row| row.marks.iter().map(|mark| mark.word)));
    words.extend(bench.into_iter().flat_map(|bench| &bench.rows).flat_map(|row| row.words().split(' ')));
    words.sort_unstable();
    words.dedup();
    words
}

/// The night as a whole.
struct NightView<'a> {
    sentence: String,
    facts: Vec<(&'static str, String)>,
    troubles: &'a [String],
    /// Targets that the night before had.
    absent: Vec<&'a str>,
}

impl<'a> NightView<'a> {
    fn new(tonight: &Night<'a>, before: &[Night<'a>]) -> Self {
        let executions: u64 = tonight.targets.values().map(|target| target.executions).sum();
        let edges: u64 =
            tonight.targets.values().filter(|it| !it.from_empty).map(|target| gained(target.edges)).sum();
        let fuzzing: f64 = tonight.targets.values().map(|target| target.seconds).sum();
        let targets = counted(Count::of(tonight.targets.len()).0, "target");
        let sentence = match tonight.targets.len() {
            0 => "No target was fuzzed.".to_owned(),
            _ => format!(
                "{targets} tried {} inputs in {} of processor time and reached {}.",
                large(executions),
                duration(fuzzing * 1e3),
                counted(edges, "new edge")
            ),
        };
        let mut facts = Vec::new();
        match tonight.summary {
            Some(summary) => {
                facts.push(("Ended", ended(summary.ended).to_owned()));
                facts.push(("Took", duration(summary.seconds * 1e3)));
                facts.push(("Side by side", counted(summary.jobs, "target")));
                facts.push((
                    "Corpora",
                    if summary.minimised { "minimised from scratch" } else { "kept" }.to_owned(),
                ));
                facts.push(("Compiler", summary.compiler.clone()));
            }
            None => facts.push((
                "Ended",
                "killed, or it still runs: its last line is missing. What stands here was found by then"
                    .to_owned(),
            )),
        }
        facts.push(("Commit", tonight.commit.unwrap_or("unknown: not in a repository").to_owned()));
        facts.push(("Made by", format!("counterproof {}", tonight.counterproof)));
        let last = before.last();
        let absent = last.into_iter().flat_map(|last| last.targets.keys().copied());
        Self {
            sentence,
            facts,
            troubles: tonight.summary.map_or(&[], |summary| &summary.troubles),
            absent: absent.filter(|name| !tonight.targets.contains_key(name)).collect(),
        }
    }
}

fn ended(ended: Ended) -> &'static str {
    match ended {
        Ended::InTime => "in time",
        Ended::Stopped => "stopped by somebody; what was found by then is kept",
        Ended::Broken => "it could not go on",
    }
}

/// A night among the last ones.
struct NightRow<'a> {
    day: String,
    ended: &'static str,
    class: &'static str,
    took: String,
    targets: usize,
    executions: String,
    edges: Count,
    new: Count,
    all: Count,
    commit: &'a str,
}

impl<'a> NightRow<'a> {
    fn new(night: &Night<'a>) -> Self {
        let (ended, class) = match night.summary.map(|summary| summary.ended) {
            Some(Ended::InTime) => ("in time", "pass"),
            Some(Ended::Stopped) => ("stopped", "other"),
            Some(Ended::Broken) => ("broken", "fail"),
            None => ("killed", "fail"),
        };
        let targets = || night.targets.values();
        let findings = || targets().flat_map(|target| &target.findings);
        Self {
            day: day(night.begun),
            ended,
            class,
            took: night.summary.map_or_else(String::new, |summary| duration(summary.seconds * 1e3)),
            targets: night.targets.len(),
            executions: large(targets().map(|target| target.executions).sum()),
            edges: Count(targets().filter(|it| !it.from_empty).map(|target| gained(target.edges)).sum()),
            new: Count::of(findings().filter(|finding| finding.is_new).count()),
            all: Count::of(findings().count()),
            commit: night.commit.map_or("", |commit| commit.get(..12).unwrap_or(commit)),
        }
    }
}

/// A peer that was fuzzed.
struct PeerRow<'a> {
    name: &'a str,
    command: &'a str,
    day: String,
    took: String,
    programs: Count,
    steps: Count,
    features: Span,
    inputs: Span,
    findings: Count,
    seed: u64,
}

impl<'a> PeerRow<'a> {
    fn of<'b>(night: &'b Night<'a>) -> impl Iterator<Item = Self> + use<'a, 'b> {
        night.peers.values().map(|peer| Self {
            name: &peer.name,
            command: &peer.peer,
            day: day(night.begun),
            took: duration(peer.seconds * 1e3),
            programs: Count(peer.programs),
            steps: Count(peer.steps),
            features: Span::new(peer.features),
            inputs: Span::new(peer.inputs),
            findings: Count::of(peer.findings.len()),
            seed: peer.seed,
        })
    }
}

/// The targets of these nights that tonight has, too, over the nights.
fn trends<'a>(nights: &[Night<'a>]) -> Result<Vec<Trend<'a>>, Error> {
    let Some(tonight) = nights.last().filter(|_| nights.len() > 1) else { return Ok(Vec::new()) };
    let mut trends = vec![all(nights)?];
    for name in tonight.targets.keys() {
        trends.push(Trend::new(name, nights)?);
    }
    Ok(trends)
}

/// The nights as a whole.
fn all<'a>(nights: &[Night<'a>]) -> Result<Trend<'a>, Error> {
    let sum = |of: &dyn Fn(&night::record::TargetNight) -> f64| {
        series(nights, |night| {
            (!night.targets.is_empty()).then(|| night.targets.values().map(|it| of(it)).sum())
        })
    };
    let executions = sum(&|target| target.executions as f64);
    let edges = sum(&|target| if target.from_empty { 0.0 } else { gained(target.edges) as f64 });
    let inputs = sum(&|target| target.inputs.after as f64);
    let findings = sum(&|target| target.findings.len() as f64);
    let large = |values: &[Option<f64>], svg: String| {
        let value = |value: &f64| large(whole(*value).0);
        Plot {
            now: values.last().and_then(Option::as_ref).map_or_else(|| "none tonight".to_owned(), value),
            ..Plot::new("Executions", values, svg)
        }
    };
    let columns = |name, values: &[Option<f64>], colour| {
        Ok::<_, Error>(Plot {
            was: "a night".to_owned(),
            ..Plot::new(name, values, plot::columns(values, colour)?)
        })
    };
    Ok(Trend {
        name: "all targets",
        plots: vec![
            columns("New edges", &edges, Column::Neutral)?,
            Plot {
                was: "a night".to_owned(),
                ..large(&executions, plot::line(&executions, plot::from_zero(&executions, 0.0), None)?)
            },
            Plot::new("Corpus", &inputs, plot::line(&inputs, plot::from_zero(&inputs, 0.0), None)?),
            columns("Findings", &findings, Column::Bad)?,
        ],
    })
}
