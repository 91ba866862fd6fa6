//! `report`: what is made of reports that `check` left.
//!
//! ```text
//! html          one page, for people
//! markdown      for a pull request
//! diff          what changed from one to another
//! merge         those of shards as one
//! phrases       what a part comes to, in words
//! ```

mod diff;
mod html;
mod markdown;
mod merge;
mod phrases;

use std::io::Write;
use std::path::Path;

use super::outcome::{Error, Outcome};

/// The subcommands of `report`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ReportCommand {
    /// One page of a report, a selftest or nights of fuzzing: it stands alone, opens from a disk, and can be searched
    Html(html::Html),
    /// A report as a comment on a pull request: verdict, peers, failures; in no more characters than GitHub takes
    Markdown(markdown::Markdown),
    /// What changed from one report to another: what broke, what was mended, what is new
    Diff(diff::Diff),
    /// The reports of all shards of a run as one; verdict and exit code are those of the whole run
    Merge(merge::Merge),
}

/// Writes the page of a report or a record beside it, as `report html` does.
pub(super) fn page_of(path: &Path, out: &mut impl Write) -> Result<(), Error> {
    html::Html::of(path).run(out).map(|_| ())
}

impl ReportCommand {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match self {
            ReportCommand::Html(html) => html.run(out),
            ReportCommand::Markdown(markdown) => markdown.run(out),
            ReportCommand::Diff(diff) => diff.run(out),
            ReportCommand::Merge(merge) => merge.run(out),
        }
    }
}
