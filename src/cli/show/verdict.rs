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
    let what = match subjects {
        [subject] => format!("profile {}", Line(&subject.claims.profile)),
        _ => "each other".into(),
    };
    line(out, PLAIN, &run(part, &what, ran))?;
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
    let (style, words) = conclusion(&what, part);
    line(out, style.bold(), &words)?;
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
fn run(part: &Part, what: &str, ran: &Ran) -> String {
    let Ran { took, seed, filters, shard } = ran;
    let run = cases_run(part);
    let cases = match part.of_profile {
        Some(all) if run == 0 => format!("none of the {all} cases of {what}"),
        Some(all) if all != run => format!("{run} of the {all} cases of {what}"),
        Some(all) => format!("all {all} cases of {what}"),
        None => some(run, "case"),
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
    let (total, left, run) = (part.selected, part.count(Verdict::NotRun), cases_run(part));
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

fn cases_run(part: &Part) -> u64 {
    part.totals.values().sum::<u64>().saturating_sub(part.count(Verdict::NotRun))
}

/// What a verdict line counts.
struct Counts {
    /// Cases that were run.
    run: u64,
    /// Those of them that failed, and differences that random programs found, though nobody lists that.
    failed: u64,
    found: u64,
    /// The same as far as the baseline lists it.
    known_failed: u64,
    known_found: u64,
    /// Cases that say nothing of the peer, since they, or the reference, are wrong.
    at_fault: u64,
    /// Random programs that were played, and those that were to be, but weren't.
    played: u64,
    not_played: u64,
}

impl Counts {
    fn of(part: &Part) -> Self {
        let findings = |fits: fn(Verdict) -> bool| {
            let all = part.programs.iter().flat_map(|programs| &programs.findings);
            all.filter(|finding| fits(finding.verdict)).count() as u64
        };
        let fails = |verdict: &Verdict| {
            verdict.fails_the_run() && !matches!(verdict, Verdict::Xpass | Verdict::HarnessError)
        };
        let programs = |count: fn(&Programs) -> u64| part.programs.as_ref().map_or(0, count);
        Self {
            run: cases_run(part),
            failed: part.totals.iter().filter(|(verdict, _)| fails(verdict)).map(|(_, count)| count).sum(),
            found: findings(Verdict::fails_the_run),
            known_failed: part.count(Verdict::Xfail),
            known_found: findings(|verdict| verdict == Verdict::Xfail),
            at_fault: part.count(Verdict::HarnessError),
            played: programs(|programs| programs.played),
            not_played: programs(|programs| programs.selected.saturating_sub(programs.played)),
        }
    }
}

/// So many of these.
fn some(count: u64, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

/// What it all comes to. Only a run of the whole profile says that a peer conforms; any run can say that it doesn't.
fn conclusion(what: &str, part: &Part) -> (Style, String) {
    let counts = Counts::of(part);
    let is_stale = !part.stale.is_empty() || part.count(Verdict::Xpass) > 0;
    let stale = if is_stale { "; the baseline is out of date" } else { "" };
    let of_baseline = |style| if is_stale { BAD } else { style };
    if counts.failed > 0 || counts.found > 0 {
        return (BAD, format!("does not conform to {what}: {}{stale}", failures(part, &counts)));
    }
    if counts.at_fault > 0 {
        let cases = format!("{} of {}", counts.at_fault, some(counts.run, "case"));
        return (BAD, format!("no verdict: in {cases} the case or the reference is at fault, not the peer"));
    }
    if part.count(Verdict::NotRun) > 0 || counts.not_played > 0 {
        return (OPEN, format!("no verdict: {}", unfinished(part, &counts)));
    }
    if !part.conforms {
        let words = format!("does not conform to {what}, as expected: {}{stale}", known(&counts));
        return (of_baseline(OPEN), words);
    }
    (of_baseline(GOOD), format!("{}{stale}", passed(what, part, &counts)))
}

/// What failed though nobody lists it, and how much more is listed.
fn failures(part: &Part, counts: &Counts) -> String {
    let Counts { run, failed, found, known_failed, known_found, .. } = *counts;
    let in_cases = (run > 0).then(|| format!("{failed} of {} failed{}", some(run, "case"), broken(part)));
    let in_programs = (found > 0).then(|| format!("{} in random programs", some(found, "difference")));
    let known = known_failed + known_found;
    let known = (known > 0).then(|| format!("{known} more failed as the baseline lists"));
    in_cases.into_iter().chain(in_programs).chain(known).collect::<Vec<_>>().join(", ")
}

/// What failed as the baseline lists.
fn known(counts: &Counts) -> String {
    let Counts { run, known_failed, known_found, .. } = *counts;
    let in_cases = (run > 0).then(|| format!("{known_failed} of {} failed", some(run, "case")));
    let differences = || format!("{} in random programs", some(known_found, "difference"));
    let words: Vec<_> = in_cases.into_iter().chain((known_found > 0).then(differences)).collect();
    format!("{} as the baseline lists", words.join(", "))
}

/// What passed, and whether that was all.
fn passed(what: &str, part: &Part, counts: &Counts) -> String {
    let Counts { run, played, .. } = *counts;
    let programs = some(played, "random program");
    if run == 0 {
        return format!("passed: {programs}; only the cases of {what} show that it conforms");
    }
    let programs = if played == 0 { String::new() } else { format!(", {programs}") };
    match part.of_profile.filter(|whole| *whole != run) {
        None => format!("conforms to {what}: {}{}{programs}", some(run, "case"), not_passed(part)),
        Some(all) => {
            let pass = part.count(Verdict::Pass) + part.count(Verdict::Xpass);
            let cases = format!("{pass} of the {all} cases of {what}{}{programs}", not_passed(part));
            format!("passed: {cases}; only all of them show that it conforms")
        }
    }
}

/// How many of the cases that failed have another verdict than `fail`.
fn broken(part: &Part) -> String {
    let others = [Verdict::Unsupported, Verdict::Crash, Verdict::Hang, Verdict::ProtocolViolation];
    let counted = others.map(|verdict| (part.count(verdict), verdict.word()));
    let words = counted.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    in_brackets(&words.collect::<Vec<_>>())
}

fn in_brackets(words: &[String]) -> String {
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}

/// How far a run came that found nothing, but wasn't finished.
fn unfinished(part: &Part, counts: &Counts) -> String {
    let Counts { run, not_played, .. } = *counts;
    let mut words = vec![format!("{run} of {} cases were run", part.selected)];
    let left = part.count(Verdict::NotRun);
    words.extend((left > 0).then(|| format!("{left} were not")));
    words.extend((not_played > 0).then(|| format!("{} not played", some(not_played, "random program"))));
    format!("{}; nothing unexpected in what was run", words.join(", "))
}

/// Which of the cases that conform did not pass.
fn not_passed(part: &Part) -> String {
    let named = [(Verdict::NotTestable, "not testable"), (Verdict::Warn, "with a warning")];
    let some = named
        .into_iter()
        .map(|(verdict, words)| (part.count(verdict), words))
        .filter(|(count, _)| *count > 0);
    in_brackets(&some.map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What is said of a profile of eight cases.
    fn said(totals: &[(Verdict, u64)]) -> String {
        let of = |fits: fn(Verdict) -> bool| -> u64 {
            totals.iter().filter(|(verdict, _)| fits(*verdict)).map(|(_, count)| count).sum()
        };
        let conforms = of(|verdict| verdict.fails_the_run() && verdict != Verdict::Xpass)
            + of(|verdict| verdict == Verdict::Xfail)
            == 0;
        let part = json!({"client": "", "server": "", "claims": [], "of_profile": 8, "selected": of(|_| true),
            "conforms": conforms, "as_expected": true, "totals": {}, "cases": [], "stale": []});
        let totals = totals.iter().copied().collect();
        conclusion("profile full", &Part { totals, ..serde_json::from_value(part).unwrap() }).1
    }

    #[test]
    fn a_verdict_says_of_how_many_cases_it_is() {
        use Verdict::*;
        for (totals, words) in [
            (&[(Pass, 8)][..], "conforms to profile full: 8 cases"),
            (
                &[(Pass, 6), (NotTestable, 1), (Warn, 1)],
                "conforms to profile full: 8 cases (1 not testable, 1 with a warning)",
            ),
            (&[(Pass, 7), (Xpass, 1)], "conforms to profile full: 8 cases; the baseline is out of date"),
            (
                &[(Pass, 2), (NotTestable, 1)],
                "passed: 2 of the 8 cases of profile full (1 not testable); only all of them show that it conforms",
            ),
            (&[(Fail, 1)], "does not conform to profile full: 1 of 1 case failed"),
            (
                &[(Pass, 5), (Fail, 1), (Crash, 1), (Hang, 1)],
                "does not conform to profile full: 3 of 8 cases failed (1 crash, 1 hang)",
            ),
            (
                &[(Pass, 5), (Fail, 1), (Xfail, 2)],
                "does not conform to profile full: 1 of 8 cases failed, 2 more failed as the baseline lists",
            ),
            (
                &[(Pass, 6), (Xfail, 2)],
                "does not conform to profile full, as expected: 2 of 8 cases failed as the baseline lists",
            ),
            (
                &[(Pass, 5), (NotRun, 3)],
                "no verdict: 5 of 8 cases were run, 3 were not; nothing unexpected in what was run",
            ),
            (
                &[(Pass, 7), (HarnessError, 1)],
                "no verdict: in 1 of 8 cases the case or the reference is at fault, not the peer",
            ),
        ] {
            assert_eq!(said(totals), words);
        }
    }
}
