//! A command that is run to its end: a build, a tool, a fuzzed program that is only measured.

use std::fmt;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::Pid;

use crate::io::child::{has_ended, kill_and_reap};
use crate::io::groups;
use crate::io::patience::patiently;
use crate::io::signals::{self, Signal};

/// Why a command was not run to its end.
#[derive(Debug)]
pub enum Unended {
    /// It can't be started.
    NotStarted(io::Error),
    /// This program was told to end.
    Interrupted(Signal),
    /// It had no more time.
    Late,
}

impl fmt::Display for Unended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStarted(error) => write!(f, "can't be started: {error}"),
            Self::Interrupted(signal) => write!(f, "ended early by {signal}"),
            Self::Late => f.write_str("did not end in time"),
        }
    }
}

/// Runs a command in a process group of its own, and looks at it again and again. The group is killed when the command has
/// ended, when its time is over, or when this program is told to end.
pub(super) fn to_its_end(
    command: &mut Command,
    time: Duration,
    mut watch: impl FnMut(Pid),
) -> Result<ExitStatus, Unended> {
    command.stdin(Stdio::null()).process_group(0);
    let mut child = groups::start(|| command.spawn()).map_err(Unended::NotStarted)?;
    let pid = Pid::from_child(&child);
    let over = patiently(time, || {
        watch(pid);
        let told = signals::interrupted();
        (told.is_some() || has_ended(pid)).then_some(told)
    });
    match (over, kill_and_reap(&mut child, pid)) {
        (Some(Some(signal)), _) => Err(Unended::Interrupted(signal)),
        (Some(None), Some(status)) => Ok(status),
        (Some(None), None) | (None, _) => Err(Unended::Late),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_command_ends_by_itself_or_with_all_that_it_started_when_its_time_is_over() {
        let run = |words: &str, time| to_its_end(Command::new("sh").args(["-c", words]), time, |_| ());
        let minute = Duration::from_secs(60);
        let begun = Instant::now();
        assert_eq!(run("sleep 50 & exit 3", minute).unwrap().code(), Some(3));
        assert!(matches!(run("sleep 50", Duration::from_millis(50)), Err(Unended::Late)));
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing is waited for that runs on");
        let none = to_its_end(&mut Command::new("/no/such/program"), minute, |_| ());
        assert!(matches!(none, Err(Unended::NotStarted(_))));
    }
}
