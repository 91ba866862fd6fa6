//! What a part of a run comes to: a table by area, what was run and what wasn't, and as the last line the verdict.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use anstyle::Style;

use super::super::outcome::Error;
use super::super::subject::Subject;
use super::super::terminal::Paint;
use super::super::words::plural;
use super::failure::colour;
use super::layout::{BAD, GOOD, HEAD, OPEN, PLAIN, line};
use super::progress::{CRASHES, HANGS};
use harness::baseline::Baseline;
use harness::report::{CaseReport, Ended, Filters, Part, Programs};
use harness::shard::Shard;
use harness::spec;
use harness::standing::Standing;
use harness::suite::Verdict;
use peer::printable::Line;

/// How a part was run.
pub(in crate::cli) struct Ran {
    pub(in crate::cli) took: Duration,
    pub(in crate::cli) seed: u64,
    pub(in crate::cli) filters: Option<Filters>,
    pub(in crate::cli) shard: Option<Shard>,
}

/// Rows: areas in the order of the specification. Columns: the verdicts that occurred.
pub(in crate::cli) fn table<P: Paint>(out: &mut P, cases: &[CaseReport]) -> Result<(), Error> {
    let mut areas: Vec<&str> = Vec::new();
    for requirement in spec::requirements() {
        let area = requirement.id.split('-').next().unwrap_or_default();
        if !areas.contains(&area) && cases.iter().any(|case| case.area == area) {
            areas.push(area);
        }
    }
    let count = |area: Option<&str>, verdict| {
        let of_area = cases.iter().filter(|case| area.is_none_or(|area| case.area == area));
        of_area.filter(|case| case.verdict == verdict).count()
    };
    let verdicts: Vec<Verdict> = Verdict::ALL
        .into_iter()
        .filter(|verdict| *verdict == Verdict::Pass || count(None, *verdict) > 0)
        .collect();
    let row = |out: &mut P, name: &str, area: Option<&str>| -> Result<(), Error> {
        write!(out, "  {name:<24}")?;
        for (number, verdict) in verdicts.iter().enumerate() {
            let (count, width) = (count(area, *verdict), verdict.word().len().max(6));
            let style = if count > 0 { colour(*verdict) } else { HEAD };
            let gap = if number == 0 { "" } else { "  " };
            out.paint(style, &format!("{gap}{count:>width$}"))?;
        }
        writeln!(out)?;
        Ok(())
    };
    let head = verdicts.iter().map(|verdict| format!("{:>6}", verdict.word()));
    writeln!(out, "\n  {:<24}{}", "area", head.collect::<Vec<_>>().join("  "))?;
    for area in areas {
        row(out, &format!("{area}  {}", spec::area_name(area)), Some(area))?;
    }
    row(out, "all", None)?;
    writeln!(out)?;
    Ok(())
}

/// The last lines of a part: what may be behind the failures, entries of the baseline that are out of date, what was run
/// and what wasn't, and what it all comes to.
pub(in crate::cli) fn verdict(
    out: &mut impl Paint,
    subjects: &[&Subject],
    part: &Part,
    ran: &Ran,
    baseline: &Baseline,
) -> Result<(), Error> {
    causes(out, part)?;
    of_baseline(out, part, baseline)?;
    line(out, PLAIN, &run(part, ran))?;
    for (why, cases) in not_testable(part) {
        line(out, PLAIN, &format!("not testable: {cases} case{}: {}", plural(cases), Line(why)))?;
    }
    let left_out = part.not_offered.as_deref().unwrap_or_default();
    if !left_out.is_empty() {
        let listed = if subjects.len() > 1 { "both peers list" } else { "the peer lists" };
        let names = left_out.join(", ");
        line(out, PLAIN, &format!("not asked: {names} (optional, and not among what {listed})"))?;
    }
    if let Some(words) = cut_short(part) {
        line(out, OPEN, &words)?;
    }
    if let Some(programs) = &part.programs {
        line(out, PLAIN, &played(programs))?;
    }
    line(out, style(part).bold(), &part.conclusion())?;
    writeln!(out)?;
    Ok(())
}

/// Entries of the baseline that are out of date, or without a reason.
fn of_baseline(out: &mut impl Paint, part: &Part, baseline: &Baseline) -> Result<(), Error> {
    for stale in &part.stale {
        let (case, why) = (Line(&stale.case), Line(&stale.why));
        line(out, OPEN, &format!("stale  entry {} of the baseline, {case}: {why}", stale.entry))?;
    }
    let unexplained = baseline.without_reason();
    if unexplained > 0 {
        let entries = if unexplained == 1 { "entry" } else { "entries" };
        let words = format!("note   {unexplained} {entries} of the baseline still without a reason of yours");
        line(out, OPEN, &words)?;
    }
    if !part.stale.is_empty() || unexplained > 0 {
        writeln!(out)?;
    }
    Ok(())
}

/// How many cases were run out of how many, how long that took, and what chose them.
fn run(part: &Part, ran: &Ran) -> String {
    let Ran { took, seed, filters, shard } = ran;
    let (run, what) = (part.cases_run(), part.cases_of());
    let cases = match part.of_profile {
        Some(0) => "no case".to_owned(),
        Some(all) if run == 0 => format!("none of the {all} cases of {what}"),
        Some(all) if all != run => format!("{run} of the {all} cases of {what}"),
        Some(all) => format!("all {all} cases of {what}"),
        None => format!("{run} case{}", plural(usize::try_from(run).unwrap_or(usize::MAX))),
    };
    let chosen =
        filters.iter().flat_map(Filters::arguments).chain(shard.map(|shard| format!("--shard {shard}")));
    let chosen = chosen.collect::<Vec<_>>().join(" ");
    let by = if chosen.is_empty() { String::new() } else { format!(", chosen by {}", Line(&chosen)) };
    format!("run: {cases} in {}, seed {seed}{by}", seconds(*took))
}

/// A duration that a person waited for.
fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        _ => super::progress::human(took),
    }
}

/// How many cases each lack of the peer leaves undecided.
fn not_testable(part: &Part) -> BTreeMap<&str, usize> {
    let mut reasons = BTreeMap::new();
    for case in part.cases.iter().filter(|case| case.verdict == Verdict::NotTestable) {
        *reasons.entry(case.got.as_deref().unwrap_or_default()).or_insert(0) += 1;
    }
    reasons
}

/// How many random programs were played, and what they found.
fn played(programs: &Programs) -> String {
    let Programs { selected, played, steps, ended, findings, took_ms } = programs;
    let time = seconds(Duration::try_from_secs_f64(took_ms / 1e3).unwrap_or_default());
    let of = if played < selected { format!(" of {selected}") } else { String::new() };
    let why = match ended {
        Ended::Whole => "",
        Ended::FailFast => ", stopped there",
        Ended::GaveUp => ", the peer was given up",
        Ended::OutOfTime => ", out of time",
        Ended::Interrupted => ", interrupted",
    };
    let found = match findings.len() {
        0 => "no difference from the reference".to_owned(),
        found => format!("{found} difference{} from the reference", plural(found)),
    };
    format!("random programs: {played}{of} with {steps} steps in {time}{why}: {found}")
}

/// Which requirements explain most of what failed.
fn causes(out: &mut impl Write, part: &Part) -> Result<(), Error> {
    let causes = part.causes.as_deref().unwrap_or_default();
    for (number, cause) in causes.iter().enumerate() {
        let head = if number == 0 { "likely causes" } else { "" };
        let (id, cases) = (Line(&cause.requirement).to_string(), cause.cases);
        let words = format!("{} of its own {} fail", cause.own_failing, cause.own);
        let plural = if cases == 1 { "" } else { "s" };
        writeln!(out, "{head:<15}{id:<8} in {cases} failing case{plural}; {words}")?;
    }
    if !causes.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Why and where a part ended before its last case.
fn cut_short(part: &Part) -> Option<String> {
    let (total, left, run) = (part.selected, part.count(Verdict::NotRun), part.cases_run());
    let why = match part.ended? {
        Ended::Whole => return None,
        Ended::FailFast => {
            return (run < total).then(|| format!("stopped after {run} of {total} cases: --fail-fast"));
        }
        Ended::GaveUp => format!(
            "the peer was given up after {HANGS} hangs or {CRASHES} crashes in a row; --keep-going goes on"
        ),
        Ended::OutOfTime => "the run was out of time".to_owned(),
        Ended::Interrupted => "the run was interrupted".to_owned(),
    };
    Some(format!("not run: {left} of {total} cases: {why}"))
}

/// How the verdict looks.
fn style(part: &Part) -> Style {
    match part.standing() {
        Standing::Fails | Standing::HarnessFault => BAD,
        Standing::NoVerdict => OPEN,
        _ if part.baseline_is_stale() => BAD,
        Standing::KnownToFail => OPEN,
        Standing::Conforms | Standing::Passed => GOOD,
    }
}
