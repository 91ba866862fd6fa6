//! One process of the fuzzed program: started in a process group of its own, listened to, ended in time.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio, read};
use rustix::process::Pid;

use super::error::Error;
use crate::io::child::{has_ended, kill_and_reap};
use crate::io::{groups, signals};
use night::log::Log;

/// How long a process that was told to end may take to say what it came to.
const GRACE: Duration = Duration::from_secs(3);
/// How often it is looked whether it is to end.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 50_000_000 };
/// A line is no longer.
const LINE: usize = 8192;

/// The programs, and what they are run with.
#[derive(Clone, Debug)]
pub struct Engine {
    /// The program with all targets.
    pub any: PathBuf,
    /// The folder with a program for each target; without it, all of them are fuzzed by the one.
    pub own: Option<PathBuf>,
    /// The folder that it runs in: the top of the repository, below which the files of its stacks are.
    pub root: PathBuf,
    /// MB that an input may take.
    pub rss_limit_mb: u64,
}

/// A run of it.
#[derive(Debug)]
pub(super) struct Ran {
    /// What it said.
    pub(super) log: Log,
    /// How it ended.
    pub(super) end: End,
    /// For how long it ran.
    pub(super) seconds: f64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, with success.
    Good,
    /// By itself, with this code; none where a signal ended it.
    Bad(Option<i32>),
    /// It was told to.
    Told,
    /// It had no more time.
    Late,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Good => f.write_str("ended well"),
            End::Bad(Some(code)) => write!(f, "ended with exit code {code}"),
            End::Bad(None) => f.write_str("was ended by a signal"),
            End::Told => f.write_str("was told to end"),
            End::Late => f.write_str("did not end in time"),
        }
    }
}

impl Engine {
    /// Runs the target's own program, where there is one; that of all targets where the slowest input is asked for, which
    /// it alone keeps.
    pub(super) fn run(
        &self,
        target: &str,
        slowest: Option<PathBuf>,
        arguments: Vec<OsString>,
        limit: Duration,
    ) -> Result<Ran, Error> {
        let own = self.own.as_ref().filter(|_| slowest.is_none()).map(|folder| folder.join(target));
        let program = own.filter(|program| program.is_file()).unwrap_or_else(|| self.any.clone());
        let mut command = self.command(&program);
        command.env("FUZZ_TARGET", target).args(arguments);
        if let Some(path) = slowest {
            command.env("FUZZ_SLOWEST", path);
        }
        self.listen(command, &program, limit)
    }

    /// Lets it write what it gives to each target.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        let mut command = self.command(&self.any);
        command.env("FUZZ_WRITE", folder);
        let ran = self.listen(command, &self.any, Duration::from_secs(120))?;
        match ran.end {
            End::Good => Ok(()),
            End::Told => Err(Error::Interrupted),
            end => Err(cannot(&self.any, format!("{end} while it wrote seeds: {}", ran.log.failure.trim()))),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        // What `cargo fuzz run` sets, too: a Rust program defines some symbols twice.
        let given = std::env::var("ASAN_OPTIONS").unwrap_or_default();
        command.env("ASAN_OPTIONS", format!("detect_odr_violation=0:malloc_context_size=4:{given}"));
        command.env("RUST_BACKTRACE", "1");
        command.env_remove("FUZZ_WRITE").env_remove("FUZZ_SLOWEST");
        command
    }

    fn listen(&self, mut command: Command, program: &Path, limit: Duration) -> Result<Ran, Error> {
        if signals::interrupted().is_some() {
            return Err(Error::Interrupted);
        }
        let begun = Instant::now();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0);
        let mut child =
            groups::start(|| command.spawn()).map_err(|error| cannot(program, error.to_string()))?;
        let pid = Pid::from_child(&child);
        let mut log = Log::default();
        let heard = match child.stderr.take() {
            Some(stderr) => hear(&stderr, pid, begun + limit, &mut log),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        let status = kill_and_reap(&mut child, pid);
        let cut = heard.map_err(|error| cannot(program, error.to_string()))?;
        let end = match (cut, status) {
            (Some(cut), _) => cut,
            (None, Some(status)) if status.success() => End::Good,
            (None, status) => End::Bad(status.and_then(|status| status.code())),
        };
        Ok(Ran { log, end, seconds: begun.elapsed().as_secs_f64() })
    }
}

fn cannot(program: &Path, words: String) -> Error {
    Error::Program { path: program.to_owned(), words }
}

/// Listens until it ends. Gives why it was ended, where it was.
fn hear(stderr: &ChildStderr, pid: Pid, until: Instant, log: &mut Log) -> io::Result<Option<End>> {
    ioctl_fionbio(stderr, true)?;
    let mut lines = Lines::default();
    let mut told: Option<(End, Instant)> = None;
    loop {
        // In this order: what is read after it ended is all that there is.
        let is_over = has_ended(pid);
        let is_closed = lines.read(stderr, log)?;
        if is_over || (is_closed && told.is_some()) {
            lines.end(log);
            return Ok(told.map(|(end, _)| end));
        }
        let now = Instant::now();
        match told {
            Some((end, since)) if now > since + GRACE => {
                lines.end(log);
                return Ok(Some(end));
            }
            Some(_) => {}
            None if signals::interrupted().is_some() => told = Some((End::Told, now)),
            None if now > until => told = Some((End::Late, now)),
            None => {}
        }
        if told.is_some_and(|(_, since)| since == now) {
            groups::interrupt(pid);
        }
        if is_closed {
            std::thread::sleep(Duration::from_millis(20));
        } else {
            let _ = poll(&mut [PollFd::new(stderr, PollFlags::IN)], Some(&LOOK));
        }
    }
}

/// Bytes on their way to being lines.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
}

impl Lines {
    /// Takes what is there. True once there will be no more.
    fn read(&mut self, stderr: &ChildStderr, log: &mut Log) -> io::Result<bool> {
        let mut chunk = vec![0; 65_536];
        loop {
            match read(stderr, &mut *chunk) {
                Ok(0) => return Ok(true),
                Ok(n) => self.take(chunk.get(..n).unwrap_or_default(), log),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], log: &mut Log) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if self.rest.len() < LINE {
                self.rest.extend_from_slice(piece);
            }
            if piece.ends_with(b"\n") {
                self.end(log);
            }
        }
    }

    fn end(&mut self, log: &mut Log) {
        let line = std::mem::take(&mut self.rest);
        let text = String::from_utf8_lossy(&line);
        if !text.is_empty() {
            log.line(text.trim_end_matches(['\n', '\r']));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// Two programs stand for the fuzzer: one that ends well, one that doesn't.
    #[test]
    fn a_target_is_run_by_its_own_program_unless_only_the_other_can_do_it() {
        let folder = std::env::temp_dir().join(format!("counterproof-engine-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder); // of a run that died
        std::fs::create_dir_all(&folder).unwrap();
        symlink("/bin/true", folder.join("frame")).unwrap();
        let (any, own) = (PathBuf::from("/bin/false"), Some(folder.clone()));
        let engine = Engine { any, own, root: folder.clone(), rss_limit_mb: 1 };
        let end = |engine: &Engine, target: &str, slowest: Option<PathBuf>| {
            engine.run(target, slowest, Vec::new(), Duration::from_secs(60)).unwrap().end
        };
        assert_eq!(end(&engine, "frame", None), End::Good);
        assert_eq!(end(&engine, "frame", Some(folder.join("slowest"))), End::Bad(Some(1)));
        assert_eq!(end(&engine, "planted", None), End::Bad(Some(1)));
        let one = Engine { own: None, ..engine.clone() };
        assert_eq!(end(&one, "frame", None), End::Bad(Some(1)));
        let none = Engine { any: folder.join("none"), own: None, ..engine };
        let error = none.run("frame", None, Vec::new(), Duration::from_secs(60)).unwrap_err();
        assert!(error.to_string().contains("none can't be run"), "{error}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
