//! `fuzz`: fuzzing, of this implementation and of somebody else's peer. What it leaves behind is [`night`]'s record.
//!
//! ```text
//! nightly       all targets of ours for some hours: record, findings, page
//! peer          random programs against a peer, kept where they show something new
//! bench         planted bugs: which of them the targets find, and how soon
//! coverage      what the corpora reach of the reference
//! ```

mod bench;
mod coverage;
mod nightly;
mod peer;

use super::outcome::{Error, Outcome};
use super::terminal::Paint;

/// The arguments of `fuzz`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Fuzz {
    #[command(subcommand)]
    command: Option<FuzzCommand>,
    #[command(flatten)]
    peer: peer::FuzzPeer,
}

/// The subcommands of `fuzz`.
#[derive(Debug, clap::Subcommand)]
enum FuzzCommand {
    /// Fuzz all targets of this implementation for some hours: for every night, with nobody watching
    Nightly(nightly::Nightly),
    /// Find planted bugs, to see how good the targets are
    Bench(bench::FuzzBench),
    /// Lines and branches of the reference that seeds, regressions and corpora reach
    Coverage(coverage::FuzzCoverage),
}

impl Fuzz {
    pub(super) fn run(self, out: &mut impl Paint) -> Result<Outcome, Error> {
        match self.command {
            Some(FuzzCommand::Nightly(nightly)) => nightly.run(out),
            Some(FuzzCommand::Bench(bench)) => bench.run(out),
            Some(FuzzCommand::Coverage(coverage)) => coverage.run(out),
            None => self.peer.run(out),
        }
    }
}
