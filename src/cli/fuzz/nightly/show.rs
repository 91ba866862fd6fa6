//! What a person reads of a night: a line for each target, then what was found, and what to do about it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::cli::words::plural;
use ::night::record::{Change, Entry, Finding, Kind, Summary, TargetNight, What};
use peer::printable::{Cut, Line};

/// Characters of what was said.
const SAID: usize = 300;

/// Everything.
pub(super) fn night(
    out: &mut impl Write,
    entries: &[Entry],
    since: &BTreeMap<(String, String), u64>,
) -> io::Result<()> {
    writeln!(
        out,
        "{:<18} {:>8} {:>11} {:>8} {:>14} {:>14} {:>6} {:>6}",
        "target", "seconds", "executions", "/s", "edges", "inputs", "ms", "MB"
    )?;
    for target in targets(entries) {
        row(out, target)?;
    }
    for (target, finding) in findings(entries) {
        let first = since.get(&(target.target.clone(), finding.key.clone())).copied();
        found(out, target, finding, first)?;
    }
    for trouble in summary(entries).into_iter().flat_map(|summary| &summary.troubles) {
        writeln!(out, "\ntrouble: {}", Line(trouble))?;
    }
    let count = findings(entries).count();
    let new = findings(entries).filter(|(_, finding)| finding.is_new).count();
    let executions: u64 = targets(entries).map(|target| target.executions).sum();
    match count {
        0 => writeln!(out, "\nnothing found in {executions} executions"),
        _ => {
            writeln!(out, "\n{count} finding{}, {new} of them new, in {executions} executions", plural(count))
        }
    }
}

fn row(out: &mut impl Write, target: &TargetNight) -> io::Result<()> {
    let rate = target.executions as f64 / target.seconds.max(0.1);
    let change = |Change { before, after }: Change| match before == after {
        true => format!("{after}"),
        false => format!("{before} → {after}"),
    };
    writeln!(
        out,
        "{:<18} {:>8.1} {:>11} {:>8.0} {:>14} {:>14} {:>6} {:>6}{}",
        target.target,
        target.seconds,
        target.executions,
        rate,
        change(target.edges),
        change(target.inputs),
        target.slowest_ms,
        target.peak_mb,
        if target.from_empty { "  from an empty corpus" } else { "" }
    )
}

fn found(
    out: &mut impl Write,
    target: &TargetNight,
    finding: &Finding,
    first: Option<u64>,
) -> io::Result<()> {
    let age = match first {
        _ if finding.is_new => "new".to_owned(),
        Some(first) => format!("known since {}", date(first)),
        None => "known".to_owned(),
    };
    let what = match finding.kind {
        Kind::Panic => "panic",
        Kind::Sanitizer => "memory",
        Kind::Timeout => "timeout",
        Kind::OutOfMemory => "out of memory",
        Kind::Regression => "regression: was mended, and fails again",
        Kind::Died => "died",
        Kind::Difference => "difference",
    };
    writeln!(out, "\n{} · {what} · {age} · {} input{}", target.target, finding.count, many(finding.count))?;
    writeln!(out, "  {}", Cut(&finding.said.replace('\n', " "), SAID))?;
    if let Some(rule) = &finding.rule {
        writeln!(out, "  rule {rule}")?;
    }
    if let Some(frame) = finding.frames.first() {
        writeln!(out, "  in {}", Cut(frame, SAID))?;
    }
    writeln!(out, "  {}", Line(&finding.again))
}

fn many(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The day of a time, in UTC.
fn date(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| seconds.to_string(), |time| time.strftime("%Y-%m-%d").to_string())
}

fn targets(entries: &[Entry]) -> impl Iterator<Item = &TargetNight> {
    entries.iter().filter_map(|entry| match &entry.what {
        What::Target(target) => Some(target),
        _ => None,
    })
}

fn summary(entries: &[Entry]) -> Option<&Summary> {
    entries.iter().find_map(|entry| match &entry.what {
        What::Night(summary) => Some(summary),
        _ => None,
    })
}

/// What was found, with its target; what is new first.
pub(super) fn findings(entries: &[Entry]) -> impl Iterator<Item = (&TargetNight, &Finding)> {
    let all =
        || targets(entries).flat_map(|target| target.findings.iter().map(move |finding| (target, finding)));
    all().filter(|(_, finding)| finding.is_new).chain(all().filter(|(_, finding)| !finding.is_new))
}
