//! `report`: what is made of a run that is over.
//!
//! ```text
//! html    one page, for people
//! ```

mod html;

use std::io::Write;

use super::outcome::{Error, Outcome};

/// What is to be made.
#[derive(Debug, clap::Subcommand)]
pub(super) enum ReportCommand {
    /// One page of a report or a selftest: it stands alone, opens from a disk, and can be searched
    Html(html::Html),
}

impl ReportCommand {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match self {
            ReportCommand::Html(html) => html.run(out),
        }
    }
}
