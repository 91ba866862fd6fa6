//! What `check` shows while it runs and afterwards.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

use super::check::Subject;
use super::{Error, invocation, plural};
use crate::harness::baseline::Baseline;
use crate::harness::operations::HelloResult;
use crate::harness::report::{CaseReport, Part};
use crate::harness::spec;
use crate::harness::suite::{self, Verdict};
use crate::harness::trial::{Broken, Ending};
use crate::io::runner::{Said, Watch};
use crate::text::printable::Line;

/// Follows a run: the progress bar, the transcript of `--verbose`, the end of `--fail-fast`.
pub(super) struct Screen<'a> {
    bar: ProgressBar,
    baseline: &'a Baseline,
    verbose: bool,
    fail_fast: bool,
}

impl<'a> Screen<'a> {
    pub(super) fn new(cases: usize, baseline: &'a Baseline, verbose: bool, fail_fast: bool) -> Self {
        let bar = if verbose { ProgressBar::hidden() } else { bar(cases) };
        Self { bar, baseline, verbose, fail_fast }
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

/// A progress bar over so many things.
pub(super) fn bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(0));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Watch for Screen<'_> {
    fn judged(&self, outcome: &suite::Outcome) -> ControlFlow<()> {
        self.bar.set_message(outcome.id.clone());
        self.bar.inc(1);
        match self.fail_fast && !self.baseline.verdict(outcome).is_expected() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn heard(&self, case: &str, peer: usize, said: Said<'_>) {
        if !self.verbose {
            return;
        }
        let words = match said {
            Said::Question(line) => format!("asked     {}", Line(&String::from_utf8_lossy(line))),
            Said::Answer(line) => format!("answered  {}", Line(&String::from_utf8_lossy(line))),
            Said::Broken(Broken::Crash(words)) => format!("crash     {words}"),
            Said::Broken(Broken::Hang(words)) => format!("hang      {words}"),
            Said::Broken(Broken::Violation(words)) => format!("violation {words}"),
            Said::EndOfInput(Ending::InTime) => "ended     with its input".to_owned(),
            Said::EndOfInput(_) => "killed    for it did not end with its input".to_owned(),
        };
        // Who closes standard error wants no transcript.
        let _ = writeln!(std::io::stderr().lock(), "{case} [{peer}] {words}");
    }
}

pub(super) fn heading(out: &mut impl Write, subjects: &[&Subject]) -> Result<(), Error> {
    let words = |subject: &Subject| {
        let HelloResult { name, version, language, profile, .. } = &subject.claims;
        format!("{} ({name} {version}, {language}, profile {profile})", subject.name)
    };
    match subjects {
        [client, server] => writeln!(out, "client {}\nserver {}", words(client), words(server))?,
        _ => subjects.iter().try_for_each(|subject| writeln!(out, "peer {}", words(subject)))?,
    }
    Ok(())
}

/// Rows: areas in the order of the specification. Columns: the verdicts that occurred.
pub(super) fn table(out: &mut impl Write, cases: &[CaseReport]) -> Result<(), Error> {
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
    let row = |name: &str, area: Option<&str>| {
        let cells = verdicts
            .iter()
            .map(|verdict| format!("{:>width$}", count(area, *verdict), width = verdict.word().len().max(6)));
        format!("  {name:<24}{}", cells.collect::<Vec<_>>().join("  "))
    };
    let head = verdicts.iter().map(|verdict| format!("{:>6}", verdict.word()));
    writeln!(out, "\n  {:<24}{}", "area", head.collect::<Vec<_>>().join("  "))?;
    for area in areas {
        writeln!(out, "{}", row(&format!("{area}  {}", area_name(area)), Some(area)))?;
    }
    writeln!(out, "{}\n", row("all", None))?;
    Ok(())
}

/// What the area's letters stand for.
fn area_name(area: &str) -> &'static str {
    match area {
        "CNV" => "text and numbers",
        "SER" => "serial number",
        "FRM" => "frame",
        "KEY" => "keys",
        "PRT" => "protection",
        "NON" => "nonces",
        "STV" => "static vector",
        "AM1" => "activation 1",
        "DVC" => "device code",
        "AM2" => "activation 2",
        "CLI" => "client",
        "REQ" => "request",
        "SIG" => "signature",
        "VER" => "verifying",
        "OTP" => "responses",
        "UNL" => "unlocking",
        "DEA" => "deactivation",
        "OPR" => "operator",
        "LIF" => "license file",
        "MSV" => "message vector",
        "IMP" => "import",
        "INS" => "instance names",
        "BLB" => "BLOBs",
        "CST" => "client's state",
        "ALG" => "open algorithms",
        "PSH" => "gateway strings",
        "INF" => "information",
        "LGN" => "login",
        "PPR" => "peer protocol",
        _ => "",
    }
}

/// A case that passes though the baseline lists it.
pub(super) fn explain_xpass(out: &mut impl Write, case: &CaseReport) -> Result<(), Error> {
    writeln!(out, "{}  {}", case.verdict.word(), case.id)?;
    if let Some(listed) = &case.listed {
        let link = listed.link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
        writeln!(out, "  listed    as {}: {}{link}", listed.verdict.word(), listed.reason)?;
    }
    writeln!(out, "  now       it passes: take it off the list, or run with --update-expect\n")?;
    Ok(())
}

/// A failure as a person wants it: the requirement's sentence, expected, got, the last message decoded, and
/// the command that runs it again.
pub(super) fn explain(out: &mut impl Write, outcome: &suite::Outcome, path: &Path) -> Result<(), Error> {
    let Some(failure) = &outcome.failure else { return Ok(()) };
    let sentence = spec::find(failure.requirement).map_or("", |requirement| requirement.text);
    writeln!(out, "{}  {}", outcome.verdict.word(), outcome.id)?;
    writeln!(out, "  violates {}: {sentence}", failure.requirement)?;
    writeln!(out, "  expected  {}", shorten(&failure.expected))?;
    writeln!(out, "  got       {}", shorten(&failure.got))?;
    if let Some(step) = outcome.steps.last() {
        writeln!(out, "  asked     {}", shorten(&step.question))?;
        writeln!(
            out,
            "  answered  {}",
            shorten(if step.answer.is_empty() { "(nothing)" } else { &step.answer })
        )?;
        if let Some(lines) = super::inspect::message::decoded_in(&step.question, failure.requirement) {
            writeln!(out, "  message   {}", lines.join("\n            "))?;
        }
    }
    writeln!(out, "  again     {} replay {} --run-recorded-command\n", invocation(), path.display())?;
    Ok(())
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            format!("{}… ({} characters)", text.get(..end).unwrap_or_default(), text.chars().count())
        }
        None => text.to_owned(),
    }
}

/// The last lines of a part: entries of the baseline that are out of date, and what it all comes to.
pub(super) fn verdict(
    out: &mut impl Write,
    subjects: &[&Subject],
    part: &Part,
    baseline: &Baseline,
) -> Result<(), Error> {
    for stale in &part.stale {
        writeln!(out, "stale  entry {} of the baseline, {}: {}", stale.entry, stale.case, stale.why)?;
    }
    let unexplained = baseline.without_reason();
    if unexplained > 0 {
        let entries = if unexplained == 1 { "entry" } else { "entries" };
        writeln!(out, "note   {unexplained} {entries} of the baseline still without a reason of yours")?;
    }
    if !part.stale.is_empty() || unexplained > 0 {
        writeln!(out)?;
    }
    let (run, total) = (part.cases.len(), part.selected);
    if u64::try_from(run).is_ok_and(|run| run < total) {
        writeln!(out, "stopped after {run} of {total} cases")?;
    }
    writeln!(out, "{}\n", conclusion(subjects, part))?;
    Ok(())
}

fn conclusion(subjects: &[&Subject], part: &Part) -> String {
    let what = match subjects {
        [subject] => format!("profile {}", subject.claims.profile),
        _ => "each other".into(),
    };
    let cases = format!("{} case{}", part.cases.len(), plural(part.cases.len()));
    let known = part.count(Verdict::Xfail);
    match (part.conforms, part.as_expected) {
        (true, true) => format!("conforms to {what}: {cases}"),
        (false, true) => format!("does not conform to {what}, as expected: {known} known of {cases}"),
        (true, false) => format!("conforms to {what}: {cases}, but the baseline is out of date"),
        (false, false) => {
            let bad = part.cases.iter().filter(|case| !case.verdict.is_expected()).count();
            let known = if known > 0 { format!(", {known} known") } else { String::new() };
            format!("does not conform to {what}: {bad} of {cases}{known}")
        }
    }
}
