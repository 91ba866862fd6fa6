//! How long a peer and a run may take: options that several subcommands share.

use std::time::{Duration, Instant};

use clap::Args;

use crate::io::peer::Launch;
use crate::io::runner;

/// How long a peer is waited for.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Timeout {
    /// Seconds for one answer; three times as much for the first one after a start
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
}

/// The same, and how long for a whole run.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Limits {
    #[command(flatten)]
    pub(super) timeout: Timeout,
    /// Seconds for the whole run; what is not run by then is `not-run`
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub(super) deadline: Duration,
}

impl Timeout {
    /// A peer that is given this time for its answers.
    pub(super) fn of(self, launch: Launch) -> Launch {
        launch.with_timeout(self.timeout)
    }

    /// The same, but at least as long as what is behind the peer may take.
    #[cfg(feature = "serve")]
    pub(super) fn at_least(self, least: Duration) -> Self {
        Self { timeout: self.timeout.max(least) }
    }

    /// As an argument.
    #[cfg(feature = "serve")]
    pub(super) fn arguments(self) -> [String; 2] {
        ["--timeout".to_owned(), self.timeout.as_secs().to_string()]
    }
}

impl Limits {
    /// When a run that begins now ends at the latest.
    pub(super) fn until(self) -> Option<Instant> {
        runner::deadline(self.deadline)
    }
}

/// A number of seconds, at least one.
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(0) => Err("at least 1 second".into()),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => Err("a whole number of seconds".into()),
    }
}
