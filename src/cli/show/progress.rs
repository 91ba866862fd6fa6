//! What `check` shows while it runs and afterwards.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::outcome::Error;
use super::subject::Subject;
use super::words::plural;
use crate::io::runner::{Said, Then, Watch};
use harness::baseline::Baseline;
use harness::report::{CaseReport, Ended, FindingReport, Part, Programs};
use harness::spec;
use harness::suite::{self, Verdict};
use harness::trial::{Broken, Ending};
use peer::operations::HelloResult;
use peer::printable::{Cut, Line};

/// A peer that breaks case after case is given up after so many hangs or crashes in a row, each at its price: a hang
/// costs the run the whole of `--timeout`, a crash the start of a process.
const PATIENCE: u32 = 50;
const HANGS: u32 = 5;
const CRASHES: u32 = 50;

/// When a run that won't be done in time is said to be slow: after a tenth of its time, but not at once.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// How much of a question or an answer the transcript shows: all that is not out of proportion.
const TRANSCRIPT: usize = 100_000;

/// How much of one turn of a trace is shown.
const TURN: usize = 500;

/// Follows a run: the progress bar, the transcript of `--verbose`, the end of `--fail-fast`, the patience with a peer
/// that is broken.
pub(super) struct Screen<'a> {
    bar: ProgressBar,
    baseline: &'a Baseline,
    verbose: bool,
    fail_fast: bool,
    keep_going: bool,
    begin: Instant,
    until: Option<Instant>,
    /// What is counted: cases or programs.
    things: &'static str,
    all: u64,
    done: AtomicU64,
    /// What the hangs and crashes since the last answer cost.
    broken: AtomicU32,
    warned: AtomicBool,
}

impl<'a> Screen<'a> {
    pub(super) fn new(
        all: usize,
        things: &'static str,
        until: Option<Instant>,
        baseline: &'a Baseline,
    ) -> Self {
        Self {
            bar: bar(all),
            baseline,
            verbose: false,
            fail_fast: false,
            keep_going: false,
            begin: Instant::now(),
            until,
            things,
            all: u64::try_from(all).unwrap_or(u64::MAX),
            done: AtomicU64::new(0),
            broken: AtomicU32::new(0),
            warned: AtomicBool::new(false),
        }
    }

    /// Shows questions and answers instead of a bar.
    pub(super) fn verbose(self, verbose: bool) -> Self {
        let bar = if verbose { ProgressBar::hidden() } else { self.bar };
        Self { bar, verbose, ..self }
    }

    pub(super) fn fail_fast(self, fail_fast: bool) -> Self {
        Self { fail_fast, ..self }
    }

    pub(super) fn keep_going(self, keep_going: bool) -> Self {
        Self { keep_going, ..self }
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Whether the peer has hung or crashed too often in a row. A known failure says nothing either way.
    fn is_given_up(&self, verdict: Verdict) -> bool {
        let price = match verdict {
            Verdict::Hang => PATIENCE / HANGS,
            Verdict::Crash => PATIENCE / CRASHES,
            Verdict::Xfail => return false,
            _ => {
                self.broken.store(0, Ordering::Relaxed);
                return false;
            }
        };
        let paid = self.broken.fetch_add(price, Ordering::Relaxed).saturating_add(price);
        paid >= PATIENCE && !self.keep_going
    }

    /// Says once that the run won't be done in time, as soon as that can be foreseen.
    fn look_ahead(&self, done: u64) {
        let Some(until) = self.until else { return };
        let (took, time) = (self.begin.elapsed(), until.saturating_duration_since(self.begin));
        if took < FIRST_LOOK.max(time / 10) || self.warned.load(Ordering::Relaxed) {
            return;
        }
        let Some(whole) = estimate(took, done, self.all).filter(|whole| *whole > time) else { return };
        if !self.warned.swap(true, Ordering::Relaxed) {
            let words = format!(
                "note: at this pace all {} {} take about {}, and the run ends after {}: see --deadline, --jobs, --shard",
                self.all,
                self.things,
                human(whole),
                human(time)
            );
            // Who closes standard error wants no notes.
            self.bar.suspend(|| drop(writeln!(std::io::stderr().lock(), "{words}")));
        }
    }
}

/// A progress bar over so many things.
pub(super) fn bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(0));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {eta} left  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How long all takes if a part took so long.
pub(super) fn estimate(took: Duration, part: u64, all: u64) -> Option<Duration> {
    let factor = all as f64 / part as f64;
    (part > 0).then(|| Duration::try_from_secs_f64(took.as_secs_f64() * factor).ok()).flatten()
}

/// A duration in the unit in which a person thinks of it.
pub(super) fn human(time: Duration) -> String {
    match time.as_secs_f64().round() as u64 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h", seconds.div_ceil(3_600)),
    }
}

impl Screen<'_> {
    /// One is done, with this verdict, the baseline in view.
    pub(super) fn done(&self, id: &str, verdict: Verdict) -> Then {
        self.bar.set_message(id.to_owned());
        self.bar.inc(1);
        self.look_ahead(self.done.fetch_add(1, Ordering::Relaxed) + 1);
        if self.fail_fast && !verdict.is_expected() {
            return Then::Stop;
        }
        if self.is_given_up(verdict) { Then::GiveUp } else { Then::GoOn }
    }

    /// What a baseline makes of an outcome.
    pub(super) fn verdict(&self, outcome: &suite::Outcome) -> Verdict {
        self.baseline.verdict(outcome)
    }
}

impl Watch for Screen<'_> {
    fn judged(&self, outcome: &suite::Outcome) -> Then {
        self.done(&outcome.id, self.verdict(outcome))
    }

    fn heard(&self, case: &str, peer: usize, said: Said<'_>) {
        if !self.verbose {
            return;
        }
        let line = |bytes: &[u8]| Cut(&String::from_utf8_lossy(bytes), TRANSCRIPT).to_string();
        let words = match said {
            Said::Question(question) => format!("asked     {}", line(question)),
            Said::Answer(answer) => format!("answered  {}", line(answer)),
            Said::Broken(Broken::Crash(words)) => format!("crash     {}", Line(words)),
            Said::Broken(Broken::Hang(words)) => format!("hang      {}", Line(words)),
            Said::Broken(Broken::Violation(words) | Broken::Line(_, words)) => {
                format!("violation {}", Line(words))
            }
            Said::EndOfInput(Ending::InTime) => "ended     with its input".to_owned(),
            Said::EndOfInput(Ending::Said(words)) => format!("said      {words} after the end of its input"),
            Said::EndOfInput(_) => "killed    for it did not end with its input".to_owned(),
        };
        // Who closes standard error wants no transcript.
        let _ = writeln!(std::io::stderr().lock(), "{case} [{peer}] {words}");
    }
}

/// A peer: how it was named, and what it says of itself.
pub(super) fn introduce(name: &str, claims: &HelloResult) -> String {
    let HelloResult { name: own, version, language, profile, .. } = claims;
    format!("{} ({} {}, {}, profile {})", Line(name), Line(own), Line(version), Line(language), Line(profile))
}

pub(super) fn heading(out: &mut impl Write, subjects: &[&Subject]) -> Result<(), Error> {
    let words = |subject: &Subject| introduce(&subject.name, &subject.claims);
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
        writeln!(out, "{}", row(&format!("{area}  {}", spec::area_name(area)), Some(area)))?;
    }
    writeln!(out, "{}\n", row("all", None))?;
    Ok(())
}

/// A case that passes though the baseline lists it.
pub(super) fn explain_xpass(out: &mut impl Write, case: &CaseReport) -> Result<(), Error> {
    writeln!(out, "{}  {}", case.verdict.word(), case.id)?;
    if let Some(listed) = &case.listed {
        let link = listed.link.as_ref().map(|link| format!(" ({})", Line(link))).unwrap_or_default();
        writeln!(out, "  listed    as {}: {}{link}", listed.verdict.word(), Line(&listed.reason))?;
    }
    writeln!(out, "  now       it passes: take it off the list, or run with --update-expect\n")?;
    Ok(())
}

/// A failure as a person wants it: the requirement's sentence, expected, got, the last message decoded, and
/// the command that runs it again.
pub(super) fn explain(out: &mut impl Write, outcome: &suite::Outcome, again: &str) -> Result<(), Error> {
    explain_with(out, outcome, &[], again)
}

/// The same with more lines, each with its head.
pub(super) fn explain_with(
    out: &mut impl Write,
    outcome: &suite::Outcome,
    more: &[(&str, String)],
    again: &str,
) -> Result<(), Error> {
    let Some(failure) = &outcome.failure else { return Ok(()) };
    let sentence = spec::find(failure.requirement).map_or("", |requirement| requirement.text);
    writeln!(out, "{}  {}", outcome.verdict.word(), outcome.id)?;
    writeln!(out, "  violates {}: {sentence}", failure.requirement)?;
    if !failure.also.is_empty() {
        writeln!(out, "  or else   {}", shorten(&failure.also.join(", ")))?;
    }
    writeln!(out, "  expected  {}", shorten(&failure.expected))?;
    writeln!(out, "  got       {}", shorten(&failure.got))?;
    if let Some(step) = outcome.steps.last() {
        let answer = if step.answer.is_empty() { "(nothing)" } else { &step.answer };
        writeln!(out, "  asked     {}", shorten(&step.question))?;
        writeln!(out, "  answered  {}", shorten(answer))?;
        if let Some(lines) = super::inspect::message::decoded_in(&step.question, failure.requirement) {
            writeln!(out, "  message   {}", lines.join("\n            "))?;
        }
    }
    story(out, outcome)?;
    more.iter().try_for_each(|(head, line)| writeln!(out, "  {head:<9} {}", shorten(line)))?;
    writeln!(out, "  again     {}\n", Line(again))?;
    Ok(())
}

/// Who said what to whom in a case that has players.
fn story(out: &mut impl Write, outcome: &suite::Outcome) -> Result<(), Error> {
    for (number, turn) in outcome.trace.iter().enumerate() {
        let head = if number == 0 { "trace" } else { "" };
        writeln!(out, "  {head:<9} {}", Cut(&turn.to_string(), TURN))?;
    }
    Ok(())
}

/// A case that was played, whatever became of it, as a story.
pub(super) fn trace(out: &mut impl Write, case: &CaseReport, outcome: &suite::Outcome) -> Result<(), Error> {
    if !outcome.trace.is_empty() {
        writeln!(out, "{}  {}: {}", case.verdict.word(), case.id, case.about)?;
        story(out, outcome)?;
        writeln!(out)?;
    }
    Ok(())
}

/// On one line of a terminal that scrolls; nothing in it is obeyed.
pub(super) fn shorten(text: &str) -> Cut<'_> {
    Cut(text, 300)
}

/// The last lines of a part: entries of the baseline that are out of date, and what it all comes to.
pub(super) fn verdict(
    out: &mut impl Write,
    subjects: &[&Subject],
    part: &Part,
    baseline: &Baseline,
) -> Result<(), Error> {
    causes(out, part)?;
    for stale in &part.stale {
        let (case, why) = (Line(&stale.case), Line(&stale.why));
        writeln!(out, "stale  entry {} of the baseline, {case}: {why}", stale.entry)?;
    }
    let unexplained = baseline.without_reason();
    if unexplained > 0 {
        let entries = if unexplained == 1 { "entry" } else { "entries" };
        writeln!(out, "note   {unexplained} {entries} of the baseline still without a reason of yours")?;
    }
    if !part.stale.is_empty() || unexplained > 0 {
        writeln!(out)?;
    }
    if let Some(words) = cut_short(part) {
        writeln!(out, "{words}")?;
    }
    let left_out = part.not_offered.as_deref().unwrap_or_default();
    if !left_out.is_empty() {
        let listed = if subjects.len() > 1 { "both peers list" } else { "the peer lists" };
        writeln!(out, "not asked: {} (optional, and not among what {listed})", left_out.join(", "))?;
    }
    if let Some(programs) = &part.programs {
        writeln!(out, "{}", played(programs))?;
    }
    writeln!(out, "{}\n", conclusion(subjects, part))?;
    Ok(())
}

/// How many random programs were played, and what they found.
fn played(programs: &Programs) -> String {
    let Programs { selected, played, steps, ended, findings, took_ms } = programs;
    let time = human(Duration::try_from_secs_f64(took_ms / 1e3).unwrap_or_default());
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
        writeln!(
            out,
            "{head:<15}{id:<8} in {cases} failing case{}; {words}",
            if cases == 1 { "" } else { "s" }
        )?;
    }
    if !causes.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// Why and where a part ended before its last case.
fn cut_short(part: &Part) -> Option<String> {
    let (total, left) = (part.selected, part.count(Verdict::NotRun));
    let run = u64::try_from(part.cases.len()).unwrap_or(u64::MAX) - left;
    let why = match part.ended? {
        Ended::Whole => return None,
        Ended::FailFast => return (run < total).then(|| format!("stopped after {run} of {total} cases")),
        Ended::GaveUp => format!(
            "the peer was given up after {HANGS} hangs or {CRASHES} crashes in a row; --keep-going goes on"
        ),
        Ended::OutOfTime => "the run was out of time".to_owned(),
        Ended::Interrupted => "the run was interrupted".to_owned(),
    };
    Some(format!("not run: {left} of {total} cases: {why}"))
}

/// What it all comes to. Only a run of the whole profile says that a peer conforms; any run can say that it doesn't.
fn conclusion(subjects: &[&Subject], part: &Part) -> String {
    let what = match subjects {
        [subject] => format!("profile {}", Line(&subject.claims.profile)),
        _ => "each other".into(),
    };
    let run = u64::try_from(part.cases.len()).unwrap_or(u64::MAX) - part.count(Verdict::NotRun);
    let cases = format!("{run} case{}", if run == 1 { "" } else { "s" });
    let findings = || part.programs.iter().flat_map(|programs| &programs.findings);
    let is_known = |finding: &&FindingReport| finding.verdict == Verdict::Xfail;
    let known = part.count(Verdict::Xfail) + findings().filter(is_known).count() as u64;
    let fails = |case: &&CaseReport| case.verdict.fails_the_run() && case.verdict != Verdict::Xpass;
    let bad = part.cases.iter().filter(fails).count();
    let found = findings().filter(|finding| finding.verdict.fails_the_run()).count();
    let is_stale = !part.stale.is_empty() || part.count(Verdict::Xpass) > 0;
    let stale = if is_stale { "; the baseline is out of date" } else { "" };
    if bad > 0 || found > 0 {
        let known = if known > 0 { format!(", {known} known") } else { String::new() };
        let in_cases = (bad > 0 || found == 0).then(|| format!("{bad} of {cases}"));
        let in_programs = (found > 0).then(|| format!("{found} in random programs"));
        let where_it_fails: Vec<_> = in_cases.into_iter().chain(in_programs).collect();
        return format!("does not conform to {what}: {}{known}{stale}", where_it_fails.join(", "));
    }
    let played = part.programs.as_ref().map_or(0, |programs| programs.played);
    let not_played = part.programs.as_ref().is_some_and(|programs| programs.played < programs.selected);
    if part.count(Verdict::NotRun) > 0 || not_played {
        return format!("no verdict: {cases} of {} passed, the rest was not run", part.selected);
    }
    let programs = match played {
        0 => String::new(),
        1 => ", 1 random program".to_owned(),
        played => format!(", {played} random programs"),
    };
    let whole = part.of_profile.is_none_or(|whole| whole == run);
    if part.selected == 0 && part.conforms {
        let programs = programs.trim_start_matches(", ");
        return format!("passed: {programs}; only the cases of {what} show that it conforms{stale}");
    }
    match (part.conforms, whole) {
        (true, true) => format!("conforms to {what}: {cases}{programs}{stale}"),
        (true, false) => {
            let of = part.of_profile.unwrap_or_default();
            format!(
                "passed: {run} of the {of} cases of {what}{programs}; only all of them show that it conforms{stale}"
            )
        }
        (false, _) => format!("does not conform to {what}, as expected: {known} known of {cases}{stale}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_for_people() {
        for (seconds, words) in [(0, "0 s"), (119, "119 s"), (121, "3 min"), (7_200, "2 h"), (9_000, "3 h")] {
            assert_eq!(human(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn an_estimate_is_in_proportion() {
        let ten = Duration::from_secs(10);
        assert_eq!(estimate(ten, 5, 20), Some(Duration::from_secs(40)));
        assert_eq!(estimate(ten, 0, 20), None);
    }
}
