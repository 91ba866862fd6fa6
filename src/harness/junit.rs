//! A report as JUnit XML, the dialect that CI systems read: per part a suite, per case a test. What they
//! can't say, such as why a failure is known, they get as text.
//!
//! | verdict | element |
//! |---|---|
//! | pass, warn (its words as `system-out`) | none |
//! | not-testable, not-run, xfail | `skipped` |
//! | fail, unsupported, protocol-violation, xpass, a stale entry of the baseline | `failure` |
//! | crash, hang, harness-error | `error` |

use std::fmt::{self, Write as _};

use super::causes::Cause;
use super::report::{CaseReport, FindingReport, ListedReport, Part, Programs, Report};
use super::suite::Verdict;

/// The whole document.
pub fn document(report: &Report) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"counterproof\">\n");
    for part in &report.parts {
        // A string takes whatever is written to it.
        let _ = suite(&mut out, part);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, part: &Part) -> fmt::Result {
    let name = if part.client == part.server {
        part.client.clone()
    } else {
        format!("{} with {}", part.client, part.server)
    };
    let found = part.programs.iter().flat_map(|programs| &programs.findings);
    let verdicts = part.cases.iter().map(|case| case.verdict).chain(found.map(|finding| finding.verdict));
    let elements: Vec<_> = verdicts.map(element).collect();
    let count = |name: &str| elements.iter().filter(|element| **element == Some(name)).count();
    let played = part.programs.iter().map(|programs| programs.took_ms);
    let time = part.cases.iter().map(|case| case.took_ms).chain(played).sum::<f64>() / 1e3;
    let all = elements.len() + usize::from(part.programs.is_some()) + part.stale.len();
    writeln!(
        out,
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time:.6}\">",
        Escaped(&name),
        all,
        count("failure") + part.stale.len(),
        count("error"),
        count("skipped"),
    )?;
    causes(out, part)?;
    part.cases.iter().try_for_each(|case| test(out, case))?;
    part.programs.iter().try_for_each(|programs| explored(out, programs))?;
    for stale in &part.stale {
        let (number, case, why) = (stale.entry, Escaped(&stale.case), Escaped(&stale.why));
        writeln!(out, "<testcase classname=\"baseline\" name=\"entry {number}: {case}\" time=\"0\">")?;
        writeln!(out, "<failure type=\"stale\" message=\"{why}\"/>\n</testcase>")?;
    }
    out.write_str("</testsuite>\n")
}

fn causes(out: &mut String, part: &Part) -> fmt::Result {
    let Some(causes) = &part.causes else { return Ok(()) };
    out.push_str("<properties>\n");
    for Cause { requirement, cases, own_failing, own } in causes {
        let (id, words) =
            (Escaped(requirement), format!("in {cases} failing cases; {own_failing} of its own {own} fail"));
        writeln!(out, "<property name=\"likely-cause\" value=\"{id}: {words}\"/>")?;
    }
    out.write_str("</properties>\n")
}

fn test(out: &mut String, case: &CaseReport) -> fmt::Result {
    let (area, id, time) = (Escaped(&case.area), Escaped(&case.id), case.took_ms / 1e3);
    write!(out, "<testcase classname=\"{area}\" name=\"{id}\" time=\"{time:.6}\">")?;
    verdict(out, case.verdict, &words(case))
}

/// A test for all programs that were played, then one for each thing found.
fn explored(out: &mut String, programs: &Programs) -> fmt::Result {
    let Programs { selected, played, steps, findings, took_ms, .. } = programs;
    let time = took_ms / 1e3;
    write!(out, "<testcase classname=\"program\" name=\"random programs\" time=\"{time:.6}\">")?;
    write!(out, "<system-out>{played} of {selected} programs, {steps} steps</system-out>")?;
    out.write_str("</testcase>\n")?;
    findings.iter().try_for_each(|finding| {
        let FindingReport { id, verdict: found, requirement, expected, got, listed, .. } = finding;
        write!(out, "<testcase classname=\"program\" name=\"{}\" time=\"0\">", Escaped(id))?;
        let text = format!("{requirement}: expected {expected}, got {got}{}", known(listed.as_ref()));
        verdict(out, *found, &text)
    })
}

fn verdict(out: &mut String, verdict: Verdict, text: &str) -> fmt::Result {
    let (word, text) = (verdict.word(), Escaped(text));
    match element(verdict) {
        Some("skipped") => write!(out, "<skipped message=\"{word}: {text}\"/>")?,
        Some(name) => write!(out, "<{name} type=\"{word}\" message=\"{text}\"/>")?,
        None if verdict == Verdict::Warn => write!(out, "<system-out>{word}: {text}</system-out>")?,
        None => {}
    }
    out.write_str("</testcase>\n")
}

fn element(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Pass | Verdict::Warn => None,
        Verdict::NotTestable | Verdict::NotRun | Verdict::Xfail => Some("skipped"),
        Verdict::Fail | Verdict::Unsupported | Verdict::ProtocolViolation | Verdict::Xpass => Some("failure"),
        Verdict::Crash | Verdict::Hang | Verdict::HarnessError => Some("error"),
    }
}

fn words(case: &CaseReport) -> String {
    let mut text = String::new();
    if let (Some(requirement), Some(expected), Some(got)) = (&case.requirement, &case.expected, &case.got) {
        text = match expected.is_empty() {
            true => format!("{requirement}: {got}"),
            false => format!("{requirement}: expected {expected}, got {got}"),
        };
    }
    let known = known(case.listed.as_ref());
    text.push_str(if text.is_empty() { known.trim_start_matches("; ") } else { &known });
    text
}

/// What the baseline says of it.
fn known(listed: Option<&ListedReport>) -> String {
    let Some(ListedReport { verdict, reason, link }) = listed else { return String::new() };
    let link = link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
    format!("; listed as {}: {reason}{link}", verdict.word())
}

/// Text for an attribute or an element. A character that XML can't say, not even escaped, becomes its number
/// in words, as Rust would write it.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\t' | '\n' | '\r' => write!(f, "&#{};", u32::from(c)),
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}' => {
                write!(f, "{}", c.escape_default())
            }
            c => f.write_char(c),
        })
    }
}
