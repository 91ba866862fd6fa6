//! `report markdown`: a report as a comment on a pull request.
//!
//! What a peer said is in it, and a page may be read with rights that the peer doesn't have. So all but the headings is
//! HTML, in blocks without an empty line, where Markdown means nothing, and each foreign text is escaped for that. What
//! GitHub makes of text afterwards (`@name`, `#1`) it leaves alone inside of `code` and `pre`, or where a comment stands
//! behind the sign.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::phrases::{claims, counted, verdict, who};
use crate::cli::outcome::{Error, Outcome};
use crate::cli::report_folder::{Stored, again_of};
use harness::causes::Cause;
use harness::report::{CaseReport, FindingReport, Part, Report};
use harness::spec;
use harness::standing::{End, Standing};
use harness::suite::Verdict;
use peer::printable::{Cut, Line};

/// What GitHub takes in a comment. Counted in bytes, which are no fewer than characters.
const MOST: usize = 65_536;
/// What is kept for the lines that say what was left out.
const TAIL: usize = 1_000;
/// How much is shown of a value.
const SHOWN: usize = 600;

/// The arguments of `report markdown`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Markdown {
    /// The report: the folder of `check --report`, or its report.json
    #[arg(long, value_name = "DIR|FILE", default_value = "reports/last")]
    report: PathBuf,
    /// Failures shown at once, per peer; the rest is folded
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
}

impl Markdown {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let Stored { report, folder, .. } = Stored::read(&self.report)?;
        out.write_all(page(&report, &folder, self.show).as_bytes())?;
        Ok(Outcome::Good)
    }
}

/// A text that stays below a size.
struct Page {
    text: String,
    most: usize,
}

impl Page {
    /// Adds a block, if there is room for it.
    fn add(&mut self, block: &str) -> bool {
        let fits = self.text.len().saturating_add(block.len()) <= self.most;
        if fits {
            self.text.push_str(block);
        }
        fits
    }

    /// Adds blocks as long as there is room; how many there was room for.
    fn add_all(&mut self, blocks: &[String]) -> usize {
        blocks.iter().position(|block| !self.add(block)).unwrap_or(blocks.len())
    }

    /// Adds what there is room for in any case.
    fn close(&mut self, words: &str) {
        self.text.push_str(words);
    }
}

fn page(report: &Report, folder: &Path, show: usize) -> String {
    let mut page = Page { text: String::new(), most: MOST - TAIL };
    page.add(&format!("## Counterproof: {}\n\n", conclusion(report)));
    page.add("<table>\n<tr><th>peer</th><th>verdict</th><th>what it says of itself</th></tr>\n");
    let told = page.add_all(&report.parts.iter().map(row).collect::<Vec<_>>());
    let left = report.parts.len().saturating_sub(told);
    if left > 0 {
        page.close(&format!("<tr><td colspan=\"3\">… and {left} more</td></tr>\n"));
    }
    page.close("</table>\n\n");
    page.add(&format!("<p>{}</p>\n\n", run(report)));
    let found: Vec<_> = report.parts.iter().map(|part| (part, failures_of(part, folder))).collect();
    let all: usize = found.iter().map(|(_, blocks)| blocks.len()).sum();
    if all > 0 {
        page.add(if conforms(report) { "### Warnings\n\n" } else { "### Failures\n\n" });
    }
    let told: usize = found.iter().map(|(part, blocks)| of_part(&mut page, part, blocks, show)).sum();
    if told < all {
        page.close(&format!("<p>… and {} more: the report has all</p>\n", all - told));
    }
    page.text
}

/// The failures of a part: the first at once, the rest folded. How many there was room for.
fn of_part(page: &mut Page, part: &Part, blocks: &[String], show: usize) -> usize {
    if blocks.is_empty()
        || !page.add(&format!("<p><code>{}</code>{}</p>\n\n", code(&who(part)), causes(part)))
    {
        return 0;
    }
    let (shown, folded) = blocks.split_at(show.min(blocks.len()));
    let told = page.add_all(shown);
    if told < shown.len() || folded.is_empty() {
        return told;
    }
    // The room for the end is kept from the beginning.
    let end = "</details>\n\n";
    page.most = page.most.saturating_sub(end.len());
    let is_open = page.add(&format!("<details>\n<summary>{} more</summary>\n\n", folded.len()));
    let unfolded = if is_open { page.add_all(folded) } else { 0 };
    page.most = page.most.saturating_add(end.len());
    if is_open {
        page.close(end);
    }
    told.saturating_add(unfolded)
}

/// Which requirements explain most of what failed.
fn causes(part: &Part) -> String {
    let told = |cause: &Cause| {
        let Cause { requirement, cases, own_failing, own } = cause;
        format!("<code>{}</code> in {cases} cases, {own_failing} of its own {own}", code(requirement))
    };
    match part.causes.as_deref().unwrap_or_default() {
        [] => String::new(),
        causes => format!("<br>likely causes: {}", causes.iter().map(told).collect::<Vec<_>>().join("; ")),
    }
}

/// Whether what is told are warnings alone.
fn conforms(report: &Report) -> bool {
    matches!(report.end(), End::Good | End::Unfinished { .. })
}

/// The verdict on the whole.
fn conclusion(report: &Report) -> &'static str {
    let all = |standing: Standing| report.parts.iter().all(|part| part.standing() == standing);
    match report.end() {
        End::HarnessFault => "a fault of the harness",
        End::Bad if report.parts.iter().any(|part| part.standing() == Standing::Fails) => "does not conform",
        End::Bad => "the baseline is out of date",
        End::Unfinished { .. } => "no verdict, the run did not come to its end",
        End::Good if !report.missing.is_empty() => "no verdict, a shard is missing",
        End::Good if report.parts.is_empty() => "nothing was judged",
        End::Good if all(Standing::Conforms) => "conforms",
        End::Good if report.parts.iter().any(|part| part.standing() == Standing::KnownToFail) => {
            "does not conform, as expected"
        }
        End::Good => "passed, of a part of the cases",
    }
}

fn row(part: &Part) -> String {
    let (peer, verdict, claims) = (code(&who(part)), prose(&verdict(part)), code(&claims(part)));
    format!("<tr><td><code>{peer}</code></td><td>{verdict}</td><td><code>{claims}</code></td></tr>\n")
}

/// How it was run.
fn run(report: &Report) -> String {
    let mut words = format!("Counterproof {}, seed {}", prose(&report.counterproof), report.seed);
    // A string takes whatever is written to it.
    if let Some(shard) = &report.shard {
        let _ = write!(words, ", shard {}", prose(shard));
    }
    if !report.missing.is_empty() {
        let _ = write!(words, ", without shard {}", prose(&report.missing.join(", ")));
    }
    if report.filters.is_some() {
        let _ = write!(words, ", <code>{}</code>", code(&report.filter_words()));
    }
    words
}

/// A block for each thing that somebody should look at.
fn failures_of(part: &Part, folder: &Path) -> Vec<String> {
    let is_news = |verdict: Verdict| verdict.fails_the_run() || verdict == Verdict::Warn;
    let cases =
        part.cases.iter().filter(|case| is_news(case.verdict)).map(|case| of_case(part, case, folder));
    let findings = part.findings().iter().filter(|finding| is_news(finding.verdict));
    let findings = findings.map(|finding| of_finding(part, finding, folder));
    let stale = part.stale.iter().map(|stale| {
        let (case, why) = (code(&stale.case), code(&stale.why));
        format!(
            "<p><b>stale</b> entry {} of the baseline <code>{case}</code>: <code>{why}</code></p>\n\n",
            stale.entry
        )
    });
    cases.chain(findings).chain(stale).collect()
}

fn of_case(part: &Part, case: &CaseReport, folder: &Path) -> String {
    let CaseReport { id, verdict, about, requirement, expected, got, .. } = case;
    let again = (*verdict != Verdict::Xpass).then(|| again_of(folder, part, id));
    let values = [("expected", expected.as_deref()), ("got", got.as_deref()), ("again", again.as_deref())];
    block(*verdict, id, &prose(about), requirement.as_deref(), &values)
}

fn of_finding(part: &Part, finding: &FindingReport, folder: &Path) -> String {
    let FindingReport { id, verdict, requirement, expected, got, programs, steps, .. } = finding;
    let about = format!("shown by {}, in {}", counted(*programs, "random program"), counted(*steps, "step"));
    let again = again_of(folder, part, id);
    let values = [("expected", Some(expected.as_str())), ("got", Some(got)), ("again", Some(&again))];
    block(*verdict, id, &about, Some(requirement), &values)
}

fn block(
    verdict: Verdict,
    id: &str,
    about: &str,
    requirement: Option<&str>,
    values: &[(&str, Option<&str>)],
) -> String {
    let violates = requirement.map(|id| {
        let sentence = spec::find(id).map_or("", |requirement| requirement.text);
        format!("<br>violates <code>{}</code>: {}", code(id), prose(sentence))
    });
    let told = values.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let lines: Vec<_> = told
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name:<9} {}", html(&Cut(value, SHOWN).to_string())))
        .collect();
    let values =
        if lines.is_empty() { String::new() } else { format!("<pre>{}</pre>\n\n", lines.join("\n")) };
    let (word, violates) = (verdict.word(), violates.unwrap_or_default());
    format!("<p><b>{word}</b> <code>{}</code>: {about}{violates}</p>\n\n{values}", code(id))
}

/// Text in `code`, on its line.
fn code(text: &str) -> String {
    html(&Cut(text, SHOWN).to_string())
}

/// Text that GitHub would look through for names and numbers. What stands between backticks is code.
fn prose(text: &str) -> String {
    let text = html(&Line(text).to_string()).replace('@', "@<!-- -->").replace('#', "#<!-- -->");
    let mut parts = text.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    while let Some(part) = parts.next() {
        match parts.next() {
            Some(after) => out.extend(["<code>", part, "</code>", after]),
            None => out.extend(["`", part]),
        }
    }
    out
}

/// Text between tags in which no tag begins, and no character is written as an entity but by us.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
