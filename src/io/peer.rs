//! A peer that is a process, or behind a socket. It is asked a line and answers a line; whatever else it does (ends,
//! hangs, babbles, answers twice, leaves children behind) becomes one of the three words of [`Broken`].
//!
//! After any of them the process is killed with its process group and reaped, or the connection closed, and the next
//! question goes to a fresh one, which knows nothing of earlier sessions. Unix only; for standard error there is one
//! thread per process, for the conversation none.
//!
//! A stale line that arrives after the next question was sent can only be told by its `seq`, which is not
//! looked at here but in `harness::trial::reply`. Who finds such a violation calls [`Process::discard`],
//! otherwise each later question gets the answer to the one before it.
//!
//! Never ends the harness: the Rust runtime ignores SIGPIPE, and `main` must leave it so.

use std::fmt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read, write};

use super::child::Gone;
pub use super::launch::{CannotRun, DEFAULT_TIMEOUT, Launch, Target};
use super::lines::{Lines, Silence};
use super::link::Link;
use super::signals::interrupted;
use super::socket::PATIENCE;
pub use super::socket::{Address, Listener, NoAddress};
use harness::trial::{self, Broken, Exchange};
use peer::printable::Line;
use peer::protocol::MAX_ANSWER;

/// How long a peer may take to exit after its standard input ended. PPR-8.
pub const EXIT_TIME: Duration = Duration::from_secs(2);
/// How long a peer that closed a pipe may take to be seen ended: an exit closes the pipes first.
const GRACE: Duration = Duration::from_millis(200);
/// How much of standard error goes into the words of a crash; [`Process::stderr_tail`] has more.
const QUOTED: usize = 1000;

/// A peer in a process or behind a connection of its own.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    link: Option<Link>,
    lines: Lines,
    /// It has answered: its start is over.
    started: bool,
    /// There was no fresh one when it was needed, and nobody waits for it a second time.
    lost: bool,
    /// What the process before this one wrote last.
    stderr: Vec<u8>,
    restarts: u32,
}

/// How a peer ended when its work was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Which of the three.
    pub manner: Manner,
    /// `None` where it was killed and reaped earlier, after a [`Broken`].
    pub status: Option<ExitStatus>,
    /// What it wrote that nobody asked for, after its last answer or while it ended; the first of it.
    pub said: Vec<u8>,
    /// What it wrote to standard error last, as [`Process::stderr_tail`].
    pub stderr: String,
}

/// The three ways to end. PPR-8 is violated by the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It exited when its standard input ended, within [`EXIT_TIME`], and left nobody who holds its output; behind a
    /// socket, it closed the connection.
    Exited,
    /// It did not, and was killed, or the connection closed.
    Killed,
    /// It was dead before.
    AlreadyDead,
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.manner, self.status) {
            (Manner::Exited, Some(status)) => write!(f, "exited in time ({status})"),
            (Manner::Exited, None) => f.write_str("exited in time"),
            (Manner::Killed, _) => {
                write!(f, "did not exit within {EXIT_TIME:?}, it and what it started, and was killed")
            }
            (Manner::AlreadyDead, Some(status)) => write!(f, "was already dead ({status})"),
            (Manner::AlreadyDead, None) => f.write_str("was already dead"),
        }
    }
}

impl Process {
    /// Starts a peer, or connects to one; who doesn't listen yet is waited for a little.
    pub fn spawn(launch: &Launch) -> Result<Self, CannotRun> {
        let link = Some(Link::open(launch, PATIENCE)?);
        let (launch, lines, stderr) = (launch.clone(), Lines::default(), Vec::new());
        Ok(Self { launch, link, lines, started: false, lost: false, stderr, restarts: 0 })
    }

    /// Asks a line and waits for the answer; neither has a line end, and a question must not contain one.
    /// The same as [`Exchange::exchange`] without an allocation.
    ///
    /// Once this program was told to end ([`super::signals`]) no answer is waited for, and the [`Broken`] that comes
    /// back is none of the peer's.
    pub fn ask(&mut self, question: &[u8]) -> Result<&[u8], Broken> {
        if self.link.is_none() && interrupted().is_none() {
            self.start_again()?;
        }
        let limit = self.limit();
        let ends = self.link.as_ref().and_then(|link| Some((link, link.ends()?)));
        let asked = match ends {
            Some((link, ends)) => self.lines.ask(ends, question, limit, || link.has_ended()),
            None => Err(interrupted().map_or(Silence::InputClosed, Silence::Interrupted)),
        };
        match asked {
            Ok(()) => {
                self.started = true;
                Ok(self.lines.arrived())
            }
            Err(silence) => Err(self.broken(silence, limit)),
        }
    }

    fn limit(&self) -> Duration {
        let Launch { timeout, start, .. } = self.launch;
        if self.started { timeout } else { timeout.max(start) }
    }

    /// Kills the process with its group, or closes the connection. The next question goes to a fresh one. For a violation that is
    /// found above: an answer to another question, an answer that is none.
    pub fn discard(&mut self) {
        self.end(Duration::ZERO);
    }

    /// Other deadlines from the next question on, as [`Launch::timeout`] and [`Launch::start`].
    pub fn set_limits(&mut self, timeout: Duration, start: Duration) {
        (self.launch.timeout, self.launch.start) = (timeout, start);
    }

    /// How many times a fresh process or connection was needed.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// The process number, and that of its group, while there is one.
    pub fn id(&self) -> Option<u32> {
        self.link.as_ref().and_then(Link::id)
    }

    /// The last 8 KiB of what the process, or else the one before it, wrote to standard error, line by line; what
    /// a terminal would obey is escaped.
    pub fn stderr_tail(&self) -> String {
        let tail = match &self.link {
            Some(link) => String::from_utf8_lossy(&link.stderr_so_far()).into_owned(),
            None => String::from_utf8_lossy(&self.stderr).into_owned(),
        };
        tail.split_inclusive('\n')
            .map(|line| match line.strip_suffix('\n') {
                Some(line) => format!("{}\n", Line(line)),
                None => Line(line).to_string(),
            })
            .collect()
    }

    /// Ends its standard input, waits up to [`EXIT_TIME`], kills what is left. It has exited when it ended and nobody
    /// holds its output open: neither alone tells, where one process started another.
    pub fn finish(&mut self) -> Ending {
        self.finish_with(&[])
    }

    /// The same, with this behind the last line end of its input: as much of it as its pipe takes at once.
    pub fn finish_with(&mut self, rest: &[u8]) -> Ending {
        let (mut said, mut manner) = (Vec::new(), Manner::AlreadyDead);
        if let Some(link) = &mut self.link {
            let now = Rest::of(link, Duration::ZERO);
            said = now.said;
            if !now.ended {
                if let Some(ends) = link.ends().filter(|_| !rest.is_empty()) {
                    // Who reads no more is found by how it ends.
                    let _ = write(ends.to, rest);
                }
                link.close_input();
                let rest = Rest::of(link, EXIT_TIME);
                said.extend(rest.said);
                manner = if rest.ended { Manner::Exited } else { Manner::Killed };
            }
        }
        let status = self.end(Duration::ZERO).and_then(|gone| gone.status);
        Ending { manner, status, said, stderr: self.stderr_tail() }
    }

    fn start_again(&mut self) -> Result<(), Broken> {
        let patience = if self.lost { Duration::ZERO } else { PATIENCE };
        let fresh = Link::open(&self.launch, patience);
        self.lost = fresh.is_err();
        let fresh = fresh.map_err(|why| Broken::Crash(format!("the peer could not be restarted: {why}")))?;
        self.link = Some(fresh);
        self.started = false;
        self.restarts = self.restarts.saturating_add(1);
        Ok(())
    }

    fn end(&mut self, grace: Duration) -> Option<Gone> {
        let mut gone = self.link.take()?.end(grace);
        self.stderr = std::mem::take(&mut gone.stderr);
        Some(gone)
    }

    /// Ends the process and says what was wrong with it.
    fn broken(&mut self, silence: Silence, limit: Duration) -> Broken {
        let closed = matches!(silence, Silence::InputClosed | Silence::OutputClosed);
        let gone = self.end(if closed { GRACE } else { Duration::ZERO });
        let ended = gone.filter(|gone| gone.by_itself);
        match silence {
            Silence::Late if ended.is_none() => Broken::Hang(self.late(limit)),
            Silence::Late | Silence::Gone | Silence::InputClosed | Silence::OutputClosed => {
                Broken::Crash(self.crash(silence, ended))
            }
            Silence::Interrupted(signal) => Broken::Hang(format!("the harness was ended by {signal}")),
            Silence::Failed(errno) => {
                let what = if self.is_connection() { "the connection" } else { "its pipes" };
                Broken::Crash(format!("{what} failed: {errno}{}", self.half_a_line()))
            }
            Silence::Unasked => {
                let words = "wrote before it was asked (a second answer to the question before, or to none)";
                self.line("PPR-2", words)
            }
            Silence::Twice => self.line("PPR-2", "wrote more than the one line that answers"),
            Silence::TooLong => self.line("PPR-1", &format!("an answer of more than {MAX_ANSWER} bytes")),
            Silence::NotText(position) => {
                self.line("PPR-1", &format!("an answer that is not UTF-8, from byte {position} on"))
            }
        }
    }

    fn line(&self, requirement: &'static str, words: &str) -> Broken {
        Broken::Line(requirement, format!("{words}: {}", quote(self.lines.arrived())))
    }

    fn late(&self, limit: Duration) -> String {
        let which = if self.started { "answer" } else { "first answer" };
        format!("no {which} within {limit:?}{}{}", self.half_a_line(), self.half_a_question())
    }

    fn crash(&self, silence: Silence, ended: Option<Gone>) -> String {
        let how = match (ended.map(|gone| gone.status), silence) {
            _ if self.is_connection() => "closed the connection before it answered".to_owned(),
            (Some(Some(status)), _) => format!("ended ({status}) before it answered"),
            (Some(None), _) => "ended before it answered".to_owned(),
            (None, Silence::InputClosed) => "closed its standard input, still running".to_owned(),
            (None, _) => "closed its standard output, still running".to_owned(),
        };
        let from = self.stderr.len().saturating_sub(QUOTED);
        let said = String::from_utf8_lossy(self.stderr.get(from..).unwrap_or_default());
        let said = Some(said.trim()).filter(|said| !said.is_empty());
        let said = said.map(|said| format!("; standard error: {}", Line(said))).unwrap_or_default();
        format!("{how}{}{said}", self.half_a_line())
    }

    fn is_connection(&self) -> bool {
        matches!(self.launch.target, Target::Socket(_))
    }

    fn half_a_line(&self) -> String {
        match self.lines.arrived() {
            [] => String::new(),
            half => format!("; {} bytes of a line came, without its end: {}", half.len(), quote(half)),
        }
    }

    fn half_a_question(&self) -> String {
        match self.lines.taken() {
            (taken, all) if taken < all => format!("; {taken} of {all} bytes of the question were taken"),
            _ => String::new(),
        }
    }
}

impl Exchange for Process {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        self.ask(question).map(<[u8]>::to_vec)
    }

    fn discard(&mut self) {
        Process::discard(self);
    }

    fn end_of_input(&mut self, rest: &[u8]) -> trial::Ending {
        let Ending { manner, said, .. } = self.finish_with(rest);
        if !said.is_empty() {
            return trial::Ending::Said(quote(&said));
        }
        match manner {
            // Whether it ended just before its input did, or just after, is a matter of luck.
            Manner::Exited | Manner::AlreadyDead => trial::Ending::InTime,
            Manner::Killed => trial::Ending::Late,
        }
    }
}

/// What comes of a process that is asked no more.
struct Rest {
    /// What it said, the first of it.
    said: Vec<u8>,
    /// It ended, and its output did.
    ended: bool,
}

impl Rest {
    /// Waits for the end, reading what is still said, so that this can't keep it.
    fn of(link: &Link, time: Duration) -> Self {
        let (begin, mut said, mut open) = (Instant::now(), Vec::new(), true);
        let mut chunk = vec![0; 65_536];
        loop {
            while open {
                match read(link.output(), &mut *chunk) {
                    Ok(0) => open = false,
                    Ok(n) => said.extend(chunk.iter().take(n.min(QUOTED.saturating_sub(said.len())))),
                    Err(Errno::AGAIN) => break,
                    Err(Errno::INTR) => {}
                    Err(_) => open = false,
                }
                if begin.elapsed() >= time {
                    break;
                }
            }
            let ended = !open && link.has_ended();
            let left = time.saturating_sub(begin.elapsed());
            if ended || left.is_zero() || interrupted().is_some() {
                return Self { said, ended };
            }
            let pause = left.min(Duration::from_millis(2));
            let mut fds = [PollFd::from_borrowed_fd(link.output(), PollFlags::IN)];
            let watched = if open { fds.as_mut_slice() } else { &mut [] };
            let _ = poll(watched, Some(&Timespec::try_from(pause).unwrap_or_default()));
        }
    }
}

/// Its first bytes, in quotes, on one line.
fn quote(bytes: &[u8]) -> String {
    const SHOWN: usize = 80;
    let text = String::from_utf8_lossy(bytes.get(..SHOWN).unwrap_or(bytes));
    format!("\"{}\"{}", Line(&text), if bytes.len() > SHOWN { "…" } else { "" })
}
