//! The failures of a run as annotations, which the workflows of GitHub show beside a commit: `check --format github`.
//!
//! Lines of a step's output that begin with `::` are commands to the runner. Here a peer's words are among them, so
//! the runner is told to take no commands until a word comes that nobody can guess (`stop-commands`); then follow the
//! annotations, each escaped by the runner's rules. The runner shows ten of a kind for a step, so there are no more of
//! them than of failures in the terminal.

use std::io::Write;
use std::path::Path;

use crate::cli::outcome::{Error, Outcome};
use crate::cli::report_folder::again_of;
use crate::io::rng;
use channel::text::hex;
use harness::report::{CaseReport, FindingReport, Part, Report};
use harness::spec;
use harness::suite::Verdict;
use peer::printable::Cut;

/// How much is shown of a value.
const SHOWN: usize = 300;

/// What is to be shown beside a commit, as lines.
#[derive(Debug, Default)]
pub(super) struct Annotations(Vec<String>);

/// Runs a command whose words the runner is not to obey, and then writes the annotations it made, whatever came of it.
pub(super) fn around<W: Write>(
    out: &mut W,
    run: impl FnOnce(&mut W, &mut Annotations) -> Result<Outcome, Error>,
) -> Result<Outcome, Error> {
    let mut word = [0; 16];
    rng::system()(&mut word);
    let word = hex::encode(&word);
    writeln!(out, "::stop-commands::{word}")?;
    let mut annotations = Annotations::default();
    let result = run(out, &mut annotations);
    writeln!(out, "::{word}::")?;
    if let Err(error) = &result {
        annotations.add("error", "counterproof", &[error.to_string()]);
    }
    annotations.0.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    result
}

impl Annotations {
    /// Of each part the first `most` failures, and how many more there are.
    pub(super) fn of(&mut self, report: &Report, most: usize, folder: &Path) {
        for part in &report.parts {
            let cases = part.cases.iter().filter(|case| is_news(case.verdict));
            let findings = part.findings().iter().filter(|finding| is_news(finding.verdict));
            let all: Vec<_> = cases.map(told).chain(findings.map(found)).collect();
            for Told { id, verdict, requirement, lines } in all.iter().take(most) {
                let command = if *verdict == Verdict::Warn { "warning" } else { "error" };
                let again = format!("again: {}", again_of(folder, part, id));
                let sentence = requirement.map(violated);
                let lines: Vec<_> =
                    sentence.into_iter().chain(lines.iter().cloned()).chain([again]).collect();
                self.add(command, &format!("{} {id}", verdict.word()), &lines);
            }
            self.rest(part, all.len().saturating_sub(most));
        }
    }

    fn rest(&mut self, part: &Part, more: usize) {
        for stale in &part.stale {
            let title = format!("stale entry {} of the baseline", stale.entry);
            self.add("error", &title, &[format!("{}: {}", stale.case, stale.why)]);
        }
        if more > 0 {
            let words = format!("{more} more of {}; the report has all", part.client);
            self.add("error", "more failures", &[words]);
        }
    }

    /// One of them. Each line may be foreign text, and stays a line.
    fn add(&mut self, command: &str, title: &str, lines: &[String]) {
        let shown = |text: &String| escape_data(&Cut(text, 2 * SHOWN).to_string());
        let lines: Vec<_> = lines.iter().map(shown).collect();
        let title = escape_property(&Cut(title, SHOWN).to_string());
        self.0.push(format!("::{command} title={title}::{}", lines.join("%0A")));
    }
}

/// What is said of a failure.
struct Told<'a> {
    id: &'a str,
    verdict: Verdict,
    requirement: Option<&'a str>,
    lines: Vec<String>,
}

/// Whether somebody should look at it.
fn is_news(verdict: Verdict) -> bool {
    verdict.fails_the_run() || verdict == Verdict::Warn
}

fn told(case: &CaseReport) -> Told<'_> {
    let listed = case.listed.as_ref().filter(|_| case.verdict == Verdict::Xpass);
    let lines = match (&case.expected, &case.got, listed) {
        (_, _, Some(listed)) => {
            vec![format!("it passes, and the baseline lists it as {}", listed.verdict.word())]
        }
        (Some(expected), Some(got), None) => expected_and_got(expected, got),
        _ => Vec::new(),
    };
    Told { id: &case.id, verdict: case.verdict, requirement: case.requirement.as_deref(), lines }
}

fn found(finding: &FindingReport) -> Told<'_> {
    let FindingReport { id, verdict, requirement, expected, got, .. } = finding;
    let lines = expected_and_got(expected, got);
    Told { id, verdict: *verdict, requirement: Some(requirement), lines }
}

fn expected_and_got(expected: &str, got: &str) -> Vec<String> {
    vec![format!("expected {}", Cut(expected, SHOWN)), format!("got {}", Cut(got, SHOWN))]
}

fn violated(requirement: &str) -> String {
    let sentence = spec::find(requirement).map_or("", |requirement| requirement.text);
    format!("violates {requirement}: {sentence}")
}

/// What follows the second `::` of a command.
fn escape_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value before it.
fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A command as the runner reads it: its name, its title, its data.
    fn parse(line: &str) -> (String, String, String) {
        let (head, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        let (command, properties) = head.split_once(' ').unwrap();
        let [title] = properties.split(',').collect::<Vec<_>>().try_into().unwrap();
        let unescape = |text: &str| text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
        let property = |text: &str| {
            let text = text.replace("%0D", "\r").replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",");
            text.replace("%25", "%")
        };
        (command.into(), property(title.strip_prefix("title=").unwrap()), unescape(data))
    }

    proptest! {
        #[test]
        fn what_the_runner_reads_is_what_was_said(title in "\\PC{0,40}", data in "\\PC{0,40}") {
            let mut annotations = Annotations::default();
            annotations.add("error", &title, &[data.clone(), "last".into()]);
            let [line] = <[String; 1]>::try_from(annotations.0).unwrap();
            prop_assert_eq!(line.lines().count(), 1);
            let shown = |text: &str| Cut(text, 1_000).to_string();
            prop_assert_eq!(parse(&line), ("error".into(), shown(&title), format!("{}\nlast", shown(&data))));
        }

        #[test]
        fn a_foreign_text_adds_no_line_and_no_property(text: String) {
            let mut annotations = Annotations::default();
            annotations.add("error", &text, std::slice::from_ref(&text));
            let line = annotations.0.concat();
            prop_assert!(!line.contains(['\n', '\r']));
            prop_assert_eq!(parse(&line).2.lines().count().max(1), 1);
        }
    }

    #[test]
    fn each_special_character_is_escaped_by_its_rule() {
        assert_eq!(escape_data("100 %, a:b\r\n%0A"), "100 %25, a:b%0D%0A%250A");
        assert_eq!(escape_property("a:b,c%"), "a%3Ab%2Cc%25");
    }
}
