//! A running peer: its process group, its three pipes, its end.
//!
//! Nothing here waits without a limit: a child may ignore signals, belong to another user, or leave
//! something behind that holds its pipes open.

use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, ExitStatus};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, ioctl_fionbio, read};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::groups;
use super::launch::{CannotRun, Launch};
use super::lines::Ends;
use super::patience::patiently;

/// How much of standard error is kept.
pub(super) const TAIL: usize = 8192;
/// How long a killed process may take to be gone. Longer takes one only that may not be killed.
const REAP: Duration = Duration::from_secs(1);

/// A process that has not been reaped, and its process group.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    pid: Pid,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    stderr: Drain,
    killed: bool,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub(super) struct Gone {
    /// Nobody killed it.
    pub(super) by_itself: bool,
    /// `None` where it could not be reaped.
    pub(super) status: Option<ExitStatus>,
    /// The last of what it wrote to standard error.
    pub(super) stderr: Vec<u8>,
}

impl Running {
    pub(super) fn spawn(launch: &Launch, words: &[String]) -> Result<Self, CannotRun> {
        let mut command = launch.command(words)?;
        let mut child = groups::start(|| command.spawn()).map_err(|error| launch.explain(words, &error))?;
        let pid = Pid::from_child(&child);
        let piped = |child: &mut Child| -> io::Result<(ChildStdin, ChildStdout, Drain)> {
            let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
            let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
                return Err(io::ErrorKind::BrokenPipe.into());
            };
            ioctl_fionbio(&stdin, true)?;
            ioctl_fionbio(&stdout, true)?;
            ioctl_fionbio(&stderr, true)?;
            Ok((stdin, stdout, Drain::start(stderr)?))
        };
        match piped(&mut child) {
            Ok((stdin, stdout, stderr)) => {
                Ok(Self { child, pid, stdin: Some(stdin), stdout, stderr, killed: false })
            }
            Err(error) => {
                let _ = kill_and_reap(&mut child, pid);
                Err(launch.explain(words, &error))
            }
        }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The two pipes of the conversation; `None` after [`Running::close_stdin`].
    pub(super) fn ends(&self) -> Option<Ends<'_>> {
        Some(Ends { to: self.stdin.as_ref()?.as_fd(), from: self.stdout.as_fd() })
    }

    pub(super) fn stdout(&self) -> BorrowedFd<'_> {
        self.stdout.as_fd()
    }

    pub(super) fn close_stdin(&mut self) {
        self.stdin = None;
    }

    pub(super) fn stderr_so_far(&self) -> Vec<u8> {
        self.stderr.tail()
    }

    /// Whether the process that was started ended; what it started may go on. It is not reaped by this, so its number
    /// stays its own and its group can be killed.
    pub(super) fn has_ended(&self) -> bool {
        has_ended(self.pid)
    }

    /// Gives it `grace` to end by itself, kills the group, reaps, and collects what is left of stderr.
    pub(super) fn end(mut self, grace: Duration) -> Gone {
        let by_itself = patiently(grace, || self.has_ended().then_some(())).is_some();
        let status = self.kill();
        Gone { by_itself, status, stderr: self.stderr.finish() }
    }

    fn kill(&mut self) -> Option<ExitStatus> {
        self.killed = true;
        kill_and_reap(&mut self.child, self.pid)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.killed {
            self.kill();
        }
    }
}

/// Whether a child ended; it is not reaped by this.
pub(super) fn has_ended(pid: Pid) -> bool {
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(pid), look) {
        Ok(status) => status.is_some(),
        Err(error) => error == Errno::CHILD,
    }
}

/// Kills the whole group, also where its leader is dead already, then reaps the leader. In that order: a process that
/// has not been reaped keeps its number, so nobody else can be hit. `None` where it can't be killed.
pub(super) fn kill_and_reap(child: &mut Child, pid: Pid) -> Option<ExitStatus> {
    groups::kill(pid);
    let status = patiently(REAP, || groups::reap(pid, || child.try_wait().transpose()))?;
    groups::await_rest(pid);
    status.ok()
}

/// A thread that reads standard error, so that the child never waits for us, and keeps the end of it.
#[derive(Debug)]
struct Drain {
    tail: Arc<Mutex<Vec<u8>>>,
    /// Closed: the thread takes what is there and stops, whoever holds the other end open.
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Drain {
    fn start(stderr: ChildStderr) -> io::Result<Self> {
        let (stopped, stop) = io::pipe()?;
        let tail = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&tail);
        let work = move || drain(&stderr, &stopped, &shared);
        let thread = thread::Builder::new().name("stderr of a peer".into()).spawn(work)?;
        Ok(Self { tail, stop: Some(stop), thread: Some(thread) })
    }

    fn tail(&self) -> Vec<u8> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn finish(&mut self) -> Vec<u8> {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.tail()
    }
}

fn drain(stderr: &ChildStderr, stopped: &PipeReader, tail: &Mutex<Vec<u8>>) {
    let mut chunk = vec![0; 65_536];
    let mut both = [PollFd::new(stderr, PollFlags::IN), PollFd::new(stopped, PollFlags::IN)];
    loop {
        both.iter_mut().for_each(PollFd::clear_revents);
        let _ = poll(&mut both, None);
        let last = both.last().is_some_and(|stopped| !stopped.revents().is_empty());
        // A pipe holds this much at most (Linux lets it grow to 1 MiB); more is written by a survivor.
        for _ in 0..if last { 16 } else { 1 } {
            match read(stderr, &mut *chunk) {
                Ok(0) => return,
                Ok(n) => keep(tail, chunk.get(..n).unwrap_or_default()),
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => return,
            }
        }
        if last {
            return;
        }
    }
}

fn keep(tail: &Mutex<Vec<u8>>, news: &[u8]) {
    let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
    let news = news.get(news.len().saturating_sub(TAIL)..).unwrap_or_default();
    let excess = (tail.len() + news.len()).saturating_sub(TAIL);
    tail.drain(..excess);
    tail.extend_from_slice(news);
}
