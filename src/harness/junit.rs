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
use super::report::{CaseReport, Part, Report};
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
    let elements: Vec<_> = part.cases.iter().map(|case| element(case.verdict)).collect();
    let count = |name: &str| elements.iter().filter(|element| **element == Some(name)).count();
    let time = part.cases.iter().map(|case| case.took_ms).sum::<f64>() / 1e3;
    writeln!(
        out,
        "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{time:.6}\">",
        Escaped(&name),
        part.cases.len() + part.stale.len(),
        count("failure") + part.stale.len(),
        count("error"),
        count("skipped"),
    )?;
    causes(out, part)?;
    part.cases.iter().try_for_each(|case| test(out, case))?;
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
    let text = words(case);
    let (word, text) = (case.verdict.word(), Escaped(&text));
    match element(case.verdict) {
        Some("skipped") => write!(out, "<skipped message=\"{word}: {text}\"/>")?,
        Some(name) => write!(out, "<{name} type=\"{word}\" message=\"{text}\"/>")?,
        None if case.verdict == Verdict::Warn => write!(out, "<system-out>{word}: {text}</system-out>")?,
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
    if let Some(listed) = &case.listed {
        let between = if text.is_empty() { "" } else { "; " };
        let _ = write!(text, "{between}listed as {}: {}", listed.verdict.word(), listed.reason);
        if let Some(link) = &listed.link {
            let _ = write!(text, " ({link})");
        }
    }
    text
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
