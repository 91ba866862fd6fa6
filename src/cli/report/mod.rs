//! `report`: what is made of reports that `check` left.
//!
//! ```text
//! markdown      for a pull request
//! diff          what changed from one to another
//! merge         those of shards as one
//! phrases       what a part comes to, in words
//! ```

mod diff;
mod markdown;
mod merge;
mod phrases;

use std::io::Write;

use super::outcome::{Error, Outcome};

/// The subcommands of `report`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ReportCommand {
    /// A report as a comment on a pull request: verdict, peers, failures; in no more characters than GitHub takes
    Markdown(markdown::Markdown),
    /// What changed from one report to another: what broke, what was mended, what is new
    Diff(diff::Diff),
    /// The reports of all shards of a run as one; verdict and exit code are those of the whole run
    Merge(merge::Merge),
}

impl ReportCommand {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match self {
            ReportCommand::Markdown(markdown) => markdown.run(out),
            ReportCommand::Diff(diff) => diff.run(out),
            ReportCommand::Merge(merge) => merge.run(out),
        }
    }
}
