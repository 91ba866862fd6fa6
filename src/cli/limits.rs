//! How long a run may take: the options that `check`, `check-peer` and `vectors run` share.

use std::time::{Duration, Instant};

use clap::Args;

use crate::io::peer::Launch;
use crate::io::runner;

/// How long a peer is waited for.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Limits {
    /// Seconds for one answer; three times as much for the first one after a start
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// Seconds for the whole run; what is not run by then is `not-run`
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = seconds)]
    pub(super) deadline: Duration,
}

impl Limits {
    /// A peer that is given this time for its answers.
    pub(super) fn of(self, launch: Launch) -> Launch {
        launch.with_timeout(self.timeout)
    }

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
