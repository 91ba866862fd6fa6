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

    /// Adds blocks as long as there is room; how many were left out.
    fn add_all(&mut self, blocks: &[String]) -> usize {
        let left = blocks.iter().position(|block| !self.add(block)).map(|at| blocks.len().saturating_sub(at));
        left.unwrap_or_default()
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
    let left = page.add_all(&report.parts.iter().map(row).collect::<Vec<_>>());
    if left > 0 {
        page.close(&format!("<tr><td colspan=\"3\">… and {left} more</td></tr>\n"));
    }
    page.close("</table>\n\n");
    page.add(&format!("<p>{}</p>\n\n", run(report)));
    let (mut failures, mut parts_left) = (0, 0);
    for part in &report.parts {
        let blocks = failures_of(part, folder);
        if blocks.is_empty() {
            continue;
        }
        let heading = format!("### Failures\n\n<p><code>{}</code></p>\n\n", code(&who(part)));
        if page.add(&heading) {
            failures += of_part(&mut page, part, &blocks, show);
        } else {
            (failures, parts_left) = (failures + blocks.len(), parts_left + 1);
        }
    }
    if failures > 0 {
        let of_parts = if parts_left > 0 {
            format!(", all of {parts_left} peers or pairs among them")
        } else {
            String::new()
        };
        page.close(&format!("<p>… and {failures} more{of_parts}: the report has all</p>\n"));
    }
    page.text
}

/// The failures of a part: the first at once, the rest folded. How many there was no room for.
fn of_part(page: &mut Page, part: &Part, blocks: &[String], show: usize) -> usize {
    if let Some(causes) = part.causes.as_ref().filter(|causes| !causes.is_empty()) {
        let told = |cause: &harness::causes::Cause| {
            format!("<code>{}</code> in {} failing cases", code(&cause.requirement), cause.cases)
        };
        page.add(&format!(
            "<p>likely causes: {}</p>\n\n",
            causes.iter().map(told).collect::<Vec<_>>().join(", ")
        ));
    }
    let (shown, folded) = blocks.split_at(show.min(blocks.len()));
    let left = page.add_all(shown);
    if left > 0 || folded.is_empty() {
        return left + folded.len();
    }
    let head = format!("<details>\n<summary>{} more</summary>\n\n", folded.len());
    if !page.add(&head) {
        return folded.len();
    }
    let left = page.add_all(folded);
    // Short enough for what is kept for the end, once.
    page.most = page.most.saturating_add("</details>\n\n".len());
    page.add("</details>\n\n");
    left
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
