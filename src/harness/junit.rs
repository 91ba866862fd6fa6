//! A report as JUnit XML, the dialect that CI systems read: per part a suite, per case a test. What they
//! can't say, such as why a failure is known, they get as text.
//!
//! | verdict | element |
//! |---|---|
//! | pass, warn (its words as `system-out`) | none |
//! | not-testable, not-run, xfail | `skipped` |
//! | fail, unsupported, protocol-violation, xpass, a stale entry of the baseline | `failure` |
//! | crash, hang, harness-error | `error` |
//!
//! The class of a test is the peer and the area, with a dot between: Jenkins shows what stands before the last dot as
//! package, GitLab tells tests of one name apart by it. What is in it is what the Jenkins plugin's schema allows;
//! `tests/junit.rs` has its rules. Seconds of a suite are the sum of its tests', as everywhere in JUnit.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use jiff::Timestamp;

use super::report::{CaseReport, Claims, FindingReport, ListedReport, Part, Programs, Report};
use super::spec;
use super::suite::Verdict;
use peer::printable::{Cut, Line};

/// How much of a value an attribute has; the body has more.
const SHORT: usize = 300;
const LONG: usize = 10_000;

/// The command that plays a case of a part again.
pub type Replay<'a> = &'a dyn Fn(&Part, &str) -> String;

/// The whole document.
pub fn document(report: &Report, replay: Replay<'_>) -> String {
    let names = names(&report.parts);
    let suites: Vec<_> =
        report.parts.iter().zip(&names).map(|(part, name)| suite(name, part, replay)).collect();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // A string takes whatever is written to it.
    let _ = write_document(&mut out, report, &suites);
    out
}

fn write_document(out: &mut String, report: &Report, suites: &[Suite<'_>]) -> fmt::Result {
    let all = Counts::of(suites.iter().flat_map(|suite| &suite.tests));
    write!(out, "<testsuites name=\"counterproof\" tests=\"{}\" failures=\"{}\" ", all.tests, all.failures)?;
    writeln!(out, "errors=\"{}\" time=\"{:.6}\">", all.errors, all.seconds)?;
    let time = i64::try_from(report.time).ok().and_then(|time| Timestamp::from_second(time).ok());
    let time = time.unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    for Suite { name, part, tests } in suites {
        let Counts { tests: count, failures, errors, skipped, seconds } = Counts::of(tests);
        write!(out, "<testsuite name=\"{}\" tests=\"{count}\" failures=\"{failures}\" ", Escaped(name))?;
        write!(out, "errors=\"{errors}\" skipped=\"{skipped}\" time=\"{seconds:.6}\" ")?;
        writeln!(out, "timestamp=\"{time}\">")?;
        properties(out, report, part)?;
        tests.iter().try_for_each(|test| test.write(out, name))?;
        out.write_str("</testsuite>\n")?;
    }
    out.write_str("</testsuites>\n")
}

/// A name for each part: those of its peers, with a number where that is no other's. Without dots, which would divide it.
fn names(parts: &[Part]) -> Vec<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let name = |part: &Part| {
        let peers: Vec<_> = part.claims.iter().map(|claims| claims.name.as_str()).collect();
        let name = peers.join(" with ").replace('.', "_");
        let count = seen.entry(name.clone()).or_default();
        *count = count.saturating_add(1);
        if *count > 1 { format!("{name} ({count})") } else { name }
    };
    parts.iter().map(name).collect()
}

struct Suite<'a> {
    name: &'a str,
    part: &'a Part,
    tests: Vec<Test<'a>>,
}

/// Seconds; not below 0, whatever a report says.
fn seconds(took_ms: f64) -> f64 {
    (took_ms / 1e3).max(0.0)
}

/// A test, as JUnit knows it.
struct Test<'a> {
    /// The area, or what else it is of.
    class: &'a str,
    name: String,
    seconds: f64,
    /// The element that says that it is no success, with its type.
    element: Option<(&'static str, &'a str)>,
    /// One line.
    message: String,
    /// All that is known.
    body: Vec<String>,
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    seconds: f64,
}

impl Counts {
    fn of<'a>(tests: impl IntoIterator<Item = &'a Test<'a>>) -> Self {
        tests.into_iter().fold(Self::default(), |mut all, test| {
            let counted = match test.element {
                Some(("failure", _)) => Some(&mut all.failures),
                Some(("error", _)) => Some(&mut all.errors),
                Some(_) => Some(&mut all.skipped),
                None => None,
            };
            counted.into_iter().for_each(|count| *count = count.saturating_add(1));
            Self { tests: all.tests.saturating_add(1), seconds: all.seconds + test.seconds, ..all }
        })
    }
}

fn suite<'a>(name: &'a str, part: &'a Part, replay: Replay<'_>) -> Suite<'a> {
    let cases = part.cases.iter().map(|case| of_case(case, &|| replay(part, &case.id)));
    let found = part.findings().iter().map(|finding| of_finding(finding, &|| replay(part, &finding.id)));
    let stale = part.stale.iter().map(|stale| Test {
        class: "baseline",
        name: format!("entry {}: {}", stale.entry, Line(&stale.case)),
        seconds: 0.0,
        element: Some(("failure", "stale")),
        message: stale.why.clone(),
        body: Vec::new(),
    });
    let tests = cases.chain(part.programs.as_ref().map(of_programs)).chain(found).chain(stale).collect();
    Suite { name, part, tests }
}

/// Who was judged by what, and what explains most of what failed.
fn properties(out: &mut String, report: &Report, part: &Part) -> fmt::Result {
    let of = |value: fn(&Claims) -> &str| part.claims.iter().map(value).collect::<Vec<_>>().join(", ");
    let mut all = vec![
        ("peer", part.client.clone()),
        ("peer-version", of(|claims| &claims.version)),
        ("language", of(|claims| &claims.language)),
        ("profile", of(|claims| &claims.profile)),
        ("counterproof", report.counterproof.clone()),
        ("seed", report.seed.to_string()),
    ];
    let server = (part.claims.len() > 1).then(|| ("server", part.server.clone()));
    let filters = report.filters.is_some().then(|| ("filters", report.filter_words()));
    let missing = (!report.missing.is_empty()).then(|| ("missing", report.missing.join(", ")));
    let shard = report.shard.clone().map(|shard| ("shard", shard));
    all.extend(server.into_iter().chain(filters).chain(shard).chain(missing));
    for cause in part.causes.iter().flatten() {
        let of_own = format!("{} of its own {} fail", cause.own_failing, cause.own);
        let words = format!("{}: in {} failing cases; {of_own}", cause.requirement, cause.cases);
        all.push(("likely-cause", words));
    }
    out.push_str("<properties>\n");
    for (name, value) in all {
        writeln!(out, "<property name=\"{name}\" value=\"{}\"/>", Escaped(&value))?;
    }
    out.write_str("</properties>\n")
}

fn of_case<'a>(case: &'a CaseReport, replay: &dyn Fn() -> String) -> Test<'a> {
    let CaseReport { id, area, about, verdict, requirement, expected, got, listed, .. } = case;
    let mut message = Vec::new();
    let mut body = vec![about.clone()];
    if let (Some(requirement), Some(expected), Some(got)) = (requirement, expected, got) {
        message.push(violation(requirement, expected, got));
        body.extend(violated(requirement, case.also.as_deref(), expected, got));
        body.push(format!("again: {}", replay()));
    }
    let known = listed.as_ref().map(known);
    message.extend(known.clone());
    body.extend(known);
    Test {
        class: area,
        name: id.clone(),
        seconds: seconds(case.took_ms),
        element: element(*verdict).map(|element| (element, verdict.word())),
        message: message.join("; "),
        // The message of a warning is all that JUnit has room for.
        body: if element(*verdict).is_some() || *verdict == Verdict::Warn { body } else { Vec::new() },
    }
}

fn of_finding<'a>(finding: &'a FindingReport, replay: &dyn Fn() -> String) -> Test<'a> {
    let FindingReport { id, verdict, requirement, expected, got, also, listed, .. } = finding;
    let FindingReport { programs, first, steps, .. } = finding;
    let known = listed.as_ref().map(known);
    let mut body =
        vec![format!("{programs} random programs show it, the first is {first}; {steps} steps do")];
    body.extend(violated(requirement, also.as_deref(), expected, got));
    body.push(format!("again: {}", replay()));
    body.extend(known.clone());
    let message = [Some(violation(requirement, expected, got)), known];
    Test {
        class: "program",
        name: id.clone(),
        seconds: 0.0,
        element: element(*verdict).map(|element| (element, verdict.word())),
        message: message.into_iter().flatten().collect::<Vec<_>>().join("; "),
        body,
    }
}

/// A test for all programs that were played.
fn of_programs(programs: &Programs) -> Test<'_> {
    let Programs { selected, played, steps, took_ms, .. } = programs;
    let words = format!("{played} of {selected} programs, {steps} steps");
    Test {
        class: "program",
        name: "random programs".to_owned(),
        seconds: seconds(*took_ms),
        element: (played < selected).then_some(("skipped", Verdict::NotRun.word())),
        message: words.clone(),
        body: vec![words],
    }
}

fn violation(requirement: &str, expected: &str, got: &str) -> String {
    let got = Cut(got, SHORT);
    match expected.is_empty() {
        true => format!("{}: {got}", Line(requirement)),
        false => format!("{}: expected {}, got {got}", Line(requirement), Cut(expected, SHORT)),
    }
}

/// The same in lines, with the requirement's sentence.
fn violated(requirement: &str, also: Option<&[String]>, expected: &str, got: &str) -> Vec<String> {
    let sentence = spec::find(requirement).map_or("", |requirement| requirement.text);
    let mut lines = vec![format!("{requirement}: {sentence}")];
    lines.extend(also.map(|also| format!("or else: {}", also.join(", "))));
    lines.extend((!expected.is_empty()).then(|| format!("expected: {}", Cut(expected, LONG))));
    lines.push(format!("got: {}", Cut(got, LONG)));
    lines
}

/// What the baseline says of it.
fn known(listed: &ListedReport) -> String {
    let ListedReport { verdict, reason, link } = listed;
    let link = link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
    format!("listed as {}: {reason}{link}", verdict.word())
}

fn element(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Pass | Verdict::Warn => None,
        Verdict::NotTestable | Verdict::NotRun | Verdict::Xfail => Some("skipped"),
        Verdict::Fail | Verdict::Unsupported | Verdict::ProtocolViolation | Verdict::Xpass => Some("failure"),
        Verdict::Crash | Verdict::Hang | Verdict::HarnessError => Some("error"),
    }
}

impl Test<'_> {
    fn write(&self, out: &mut String, suite: &str) -> fmt::Result {
        let (suite, class, name) = (Escaped(suite), Escaped(self.class), Escaped(&self.name));
        let (message, body) = (Escaped(&self.message), Body(&self.body));
        write!(out, "<testcase classname=\"{suite}.{class}\" name=\"{name}\" time=\"{:.6}\"", self.seconds)?;
        match self.element {
            Some(("skipped", word)) => write!(out, "><skipped message=\"{word}: {message}\"/>")?,
            Some((element, word)) => {
                write!(out, "><{element} type=\"{word}\" message=\"{message}\">{body}</{element}>")?;
            }
            None if !self.body.is_empty() => write!(out, "><system-out>{body}</system-out>")?,
            None => return out.write_str("/>\n"),
        }
        out.write_str("</testcase>\n")
    }
}

/// Lines of a body. Foreign text stays on its line.
struct Body<'a>(&'a [String]);

impl fmt::Display for Body<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, line) in self.0.iter().enumerate() {
            let end = if number == 0 { "" } else { "\n" };
            write!(f, "{end}{}", Escaped(&Line(line).to_string()))?;
        }
        Ok(())
    }
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
