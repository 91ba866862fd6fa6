//! A failure as a person wants it: what the case does, the rule that is violated, the question that did it, what differs.

use anstyle::Style;

use super::super::inspect::message::decoded_in;
use super::super::outcome::Error;
use super::super::terminal::Paint;
use super::difference;
use super::layout::{BAD, GOOD, HEAD, OPEN, PLAIN, around, headed, row};
use harness::report::CaseReport;
use harness::spec;
use harness::suite::{Outcome, Verdict};
use harness::trial::{Failure, Step};
use peer::printable::{Cut, Line};

/// How much of a question, an answer or a value is shown: around the place where it differs, if it does.
const TEXT: usize = 300;
/// How much of one turn of a trace is shown.
const TURN: usize = 500;

/// The colour of a verdict's word.
pub(in crate::cli) fn colour(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GOOD,
        Verdict::Warn | Verdict::NotTestable | Verdict::Xfail | Verdict::NotRun => OPEN,
        _ => BAD,
    }
}

/// A case that passes though the baseline lists it.
pub(in crate::cli) fn explain_xpass(out: &mut impl Paint, case: &CaseReport) -> Result<(), Error> {
    head(out, case.verdict, &case.id)?;
    row(out, "case", PLAIN, &case.about)?;
    if let Some(listed) = &case.listed {
        let link = listed.link.as_ref().map(|link| format!(" ({})", Line(link))).unwrap_or_default();
        row(out, "listed", PLAIN, &format!("as {}: {}{link}", listed.verdict.word(), Line(&listed.reason)))?;
    }
    row(out, "now", PLAIN, "it passes: take it off the list, or run with --update-expect")?;
    writeln!(out)?;
    Ok(())
}

/// A failure, and the command that runs it again.
pub(in crate::cli) fn explain(out: &mut impl Paint, outcome: &Outcome, again: &str) -> Result<(), Error> {
    explain_with(out, outcome, &[], again)
}

/// The same with more rows, each with its head.
pub(in crate::cli) fn explain_with(
    out: &mut impl Paint,
    outcome: &Outcome,
    more: &[(&str, String)],
    again: &str,
) -> Result<(), Error> {
    let Some(failure) = &outcome.failure else { return Ok(()) };
    head(out, outcome.verdict, &outcome.id)?;
    if let Some(about) = &outcome.about {
        row(out, "case", PLAIN, about)?;
    }
    let sentence = spec::find(failure.requirement).map_or("", |requirement| requirement.text);
    headed(out, "  violates ", PLAIN, &format!("{}: {sentence}", failure.requirement))?;
    if !failure.also.is_empty() {
        row(out, "or else", PLAIN, &failure.also.join(", "))?;
    }
    expected_and_got(out, failure)?;
    question(out, outcome, failure.requirement)?;
    story(out, outcome)?;
    more.iter().try_for_each(|(head, line)| row(out, head, PLAIN, &Cut(line, TEXT).to_string()))?;
    // Not broken into lines: it is there to be copied.
    out.paint(HEAD, "  again     ")?;
    writeln!(out, "{}\n", Line(again))?;
    Ok(())
}

fn head(out: &mut impl Paint, verdict: Verdict, id: &str) -> Result<(), Error> {
    out.paint(colour(verdict).bold(), verdict.word())?;
    write!(out, "  ")?;
    out.paint(PLAIN.bold(), id)?;
    writeln!(out)?;
    Ok(())
}

/// What had to come back, and what did.
fn expected_and_got(out: &mut impl Paint, failure: &Failure) -> Result<(), Error> {
    let [expected, got] = [&failure.expected, &failure.got].map(|text| Line(text).to_string());
    let [expected, got] = around([&expected, &got], TEXT);
    row(out, "expected", GOOD, &expected)?;
    row(out, "got", BAD, &got)
}

/// The question that did it, with its answer; and the last one, where only that showed it.
fn question(out: &mut impl Paint, outcome: &Outcome, requirement: &str) -> Result<(), Error> {
    let steps = &outcome.steps;
    let Some((at, step)) = outcome.at().and_then(|at| Some((at, steps.get(at)?))) else { return Ok(()) };
    // A random program has steps of its own, which are told besides.
    let is_case = outcome.about.is_some();
    if is_case && steps.len() > 1 {
        row(out, "step", PLAIN, &format!("{} of {}", at + 1, steps.len()))?;
    }
    exchange(out, step)?;
    if outcome.comparable {
        difference::tell(out, step)?;
    }
    if let Some(lines) = decoded_in(&step.question, requirement) {
        out.paint(HEAD, "  message   ")?;
        writeln!(out, "{}", lines.join("\n            "))?;
    }
    let Some(last) = steps.last().filter(|_| at + 1 < steps.len()) else { return Ok(()) };
    match is_case {
        true => row(out, "seen in", PLAIN, &format!("step {0} of {0}", steps.len()))?,
        false => row(out, "seen in", PLAIN, "the state after the last step")?,
    }
    exchange(out, last)?;
    if outcome.comparable { difference::tell(out, last) } else { Ok(()) }
}

/// A question and what came back.
fn exchange(out: &mut impl Paint, step: &Step) -> Result<(), Error> {
    let [reference, answer] = [&step.reference, &step.answer].map(|line| Line(line).to_string());
    let [_, answer] = around([&reference, &answer], TEXT);
    row(out, "asked", PLAIN, &Cut(&step.question, TEXT).to_string())?;
    row(out, "answered", PLAIN, if answer.is_empty() { "(nothing)" } else { &answer })
}

/// Who said what to whom in a case that has players.
fn story(out: &mut impl Paint, outcome: &Outcome) -> Result<(), Error> {
    outcome.trace.iter().enumerate().try_for_each(|(number, turn)| {
        let head = if number == 0 { "trace" } else { "" };
        row(out, head, PLAIN, &Cut(&turn.to_string(), TURN).to_string())
    })
}

/// A case that was played, whatever became of it, as a story.
pub(in crate::cli) fn trace(out: &mut impl Paint, case: &CaseReport, outcome: &Outcome) -> Result<(), Error> {
    if !outcome.trace.is_empty() {
        head(out, case.verdict, &case.id)?;
        row(out, "case", PLAIN, &case.about)?;
        story(out, outcome)?;
        writeln!(out)?;
    }
    Ok(())
}
