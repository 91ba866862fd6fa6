//! Ctrl-C and its kin: a run ends early, with what it has, and leaves no process behind.
//!
//! A peer leads a process group of its own, so what the terminal sends reaches this program alone; without what
//! stands here the peers would live on. A command that starts peers calls [`install`] and keeps what it gets:
//!
//! * The first signal only marks the run as [`interrupted`]. The question that waits ends within 100 ms, the next
//!   is not asked ([`super::peer`]); a runner looks between two cases. What was cut short says nothing of the peer,
//!   so its outcome is thrown away.
//! * A second one, or [`TIME_LEFT`] after the first, kills all that was started and exits at once.
//! * However the command ends (return, error, panic), the guard kills what is left.
//!
//! The exit code is 128 and the signal's number: 130, 143, 129. Nothing can catch SIGKILL: peers of a harness that
//! was killed by it see the end of their input, at which a peer exits (PPR-8).

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::iterator::Signals;

use super::groups;

/// How long an interrupted command may take to write down what it has.
pub const TIME_LEFT: Duration = Duration::from_secs(10);
/// A signal that comes again sooner is the same one, sent twice: `timeout` signals its child and then its group, a
/// shell whose terminal closes passes on what the terminal already sent.
const SAME: Duration = Duration::from_millis(300);

/// A signal that asks the program to end. POSIX fixes the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The terminal was closed.
    Hangup = 1,
    /// Ctrl-C.
    Interrupt = 2,
    /// Ctrl-\: at once, without a word more.
    Quit = 3,
    /// `kill`, and what ends jobs of a CI system.
    Terminate = 15,
}

impl Signal {
    const ALL: [Signal; 4] = [Signal::Hangup, Signal::Interrupt, Signal::Quit, Signal::Terminate];

    /// What a shell shows for a program that a signal ended.
    pub fn exit_code(self) -> u8 {
        128 + self as u8
    }

    fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| *signal as u8 == number)
    }
}

impl std::fmt::Display for Signal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Signal::Hangup => "SIGHUP",
            Signal::Interrupt => "SIGINT",
            Signal::Quit => "SIGQUIT",
            Signal::Terminate => "SIGTERM",
        })
    }
}

/// The number of the first signal; 0 before it.
static FIRST: AtomicU8 = AtomicU8::new(0);

/// The signal that asked this program to end, if one did. Costs nothing: ask as often as you like.
pub fn interrupted() -> Option<Signal> {
    Signal::of(FIRST.load(Ordering::Relaxed))
}

/// Kills, when it is dropped, every process that was started and still runs.
#[derive(Debug)]
#[must_use = "what was started is killed when this is dropped"]
pub struct Guard(());

impl Drop for Guard {
    fn drop(&mut self) {
        drop(groups::kill_all());
    }
}

/// Listens to the signals from here on, and makes this program the parent of whatever loses its own. To be called
/// once, by a program all of whose children are peers.
pub fn install() -> io::Result<Guard> {
    let heard = Signal::ALL.into_iter().filter(|signal| !is_ignored(*signal));
    let signals = Signals::new(heard.map(|signal| i32::from(signal as u8)))?;
    groups::adopt_orphans();
    thread::Builder::new().name("signals".into()).spawn(move || listen(signals))?;
    Ok(Guard(()))
}

fn listen(mut signals: Signals) {
    let mut first = None;
    for signal in signals.forever().filter_map(|number| Signal::of(u8::try_from(number).ok()?)) {
        match first {
            _ if signal == Signal::Quit => exit_at_once(signal),
            Some(begin) if Instant::now() < begin + SAME => {}
            Some(_) => exit_at_once(signal),
            None => {
                FIRST.store(signal as u8, Ordering::Relaxed);
                first = Some(Instant::now());
                let last = move || {
                    thread::sleep(TIME_LEFT);
                    exit_at_once(signal);
                };
                // Without that thread it takes a second signal.
                let _ = thread::Builder::new().name("last signal".into()).spawn(last);
            }
        }
    }
}

/// Nobody is waited for, and nothing is said: who reads it may be what hangs. What is held here keeps other threads from
/// starting one more process.
fn exit_at_once(signal: Signal) {
    let _no_more_are_started = groups::kill_all();
    std::process::exit(signal.exit_code().into());
}

/// Whether the signal was to be ignored when this program started (`nohup`, a background job of a script): it stays so.
/// Only Linux says so without unsafe code.
fn is_ignored(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    mask >> (signal as u8 - 1) & 1 == 1
}
