//! To be written.

use std::io::Write;

use crate::cli::outcome::{Error, Outcome};

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct FuzzPeer {}

impl FuzzPeer {
    pub(super) fn run(self, _: &mut impl Write) -> Result<Outcome, Error> {
        Err(Error::CannotRun("to be written".to_owned()))
    }
}
