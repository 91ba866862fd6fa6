//! The command line: one subcommand per file. What a person reads is made here and nowhere else.

mod check;
mod check_peer;
mod inspect;
mod licenses;
mod list;
mod next_step;
mod peer;
mod qr;
mod replay;
mod selection;
mod selftest;
mod show;
mod tour;
mod vectors;

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::io::files::FileError;
use crate::io::runner::CannotJudge;
use crate::io::signals;

/// Conformance harness and reference implementation for the secure channel of multi-device authenticators.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 conforms to the claimed profile, or fails just as --expect lists; 1 does not; 2 usage; 3 could not run \
(peer missing, no answer to hello, a fault of the harness); 130, 143, 129 ended early by Ctrl-C, SIGTERM, SIGHUP.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the suite against a peer (the built-in reference, in a process of its own, if none is named)
    Check(check::Check),
    /// For the author of a peer that is not done: what is there, what fails, what to build next
    CheckPeer(check_peer::CheckPeer),
    /// List cases, requirements or faults, without running a peer
    List(list::List),
    /// Serve the reference implementation over the peer protocol, or a deliberately wrong one
    Peer(peer::PeerCommand),
    /// Run one stored failing case again, step by step
    Replay(replay::Replay),
    /// Explain a message, a code, a vector, a BLOB or a line of a license file, field by field
    Inspect(inspect::Inspect),
    /// Draw a message or a URL as a QR code in the terminal, as SVG or PNG; or read one from a PNG
    Qr(qr::Qr),
    /// Make a license file, import one into a store, show what a store has
    #[command(subcommand)]
    Licenses(licenses::Licenses),
    /// Run the suite against the zoo of faulty peers: does it notice each, and blame the right requirement?
    Selftest(selftest::Selftest),
    /// Every flow once, with real bytes, for somebody who has never seen this protocol
    Tour(tour::Tour),
    /// Write the golden vectors, or compare the committed ones
    #[command(subcommand)]
    Vectors(vectors::Vectors),
}

impl Command {
    /// Whether it may start peers, which are to end with it.
    fn starts_peers(&self) -> bool {
        match self {
            Command::Check(_) | Command::CheckPeer(_) | Command::Replay(_) | Command::Selftest(_) => true,
            Command::List(_) | Command::Vectors(vectors::Vectors::Run(_)) => true,
            Command::Peer(_) | Command::Inspect(_) | Command::Qr(_) | Command::Licenses(_) => false,
            Command::Tour(_) | Command::Vectors(_) => false,
        }
    }
}

/// How a command ended; the numbers are its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Good = 0,
    Bad = 1,
}

/// Why a command could not be carried out.
#[derive(Debug)]
enum Error {
    /// The arguments make no sense, or a file or folder that they name isn't there or isn't one of its kind: exit code 2.
    Usage(String),
    /// It could not run: exit code 3.
    CannotRun(String),
    /// Nobody reads what it writes any more: exit code 3, since there is no verdict, but no words.
    NobodyReads,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(words) | Error::CannotRun(words) => f.write_str(words),
            Error::NobodyReads => f.write_str("nobody reads the output"),
        }
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Error::CannotRun(error.to_string())
    }
}

impl From<CannotJudge> for Error {
    fn from(error: CannotJudge) -> Self {
        Error::CannotRun(error.to_string())
    }
}

/// A pipe that nobody reads any more ends a command quietly (`counterproof list | head`).
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Error::NobodyReads,
            _ => Error::CannotRun(error.to_string()),
        }
    }
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let command = Arguments::parse().command;
    // Dropped last, also by a panic: then nothing that was started runs on.
    let _guard = match command.starts_peers().then(signals::install).transpose() {
        Ok(guard) => guard,
        Err(error) => return failed(&error.into()),
    };
    let mut out = std::io::stdout().lock();
    let result = match command {
        Command::Check(check) => check.run(&mut out),
        Command::CheckPeer(check) => check.run(&mut out),
        Command::List(list) => list.run(&mut out),
        Command::Peer(peer) => peer.run(&mut out),
        Command::Replay(replay) => replay.run(&mut out),
        Command::Inspect(inspect) => inspect.run(&mut out),
        Command::Qr(qr) => qr.run(&mut out),
        Command::Licenses(licenses) => licenses.run(&mut out),
        Command::Selftest(selftest) => selftest.run(&mut out),
        Command::Tour(tour) => tour.run(&mut out),
        Command::Vectors(vectors) => vectors.run(&mut out),
    };
    match (signals::interrupted(), result) {
        (Some(signal), _) => {
            complain(&format!("ended early by {signal}"));
            ExitCode::from(signal.exit_code())
        }
        (None, Ok(outcome)) => ExitCode::from(outcome as u8),
        (None, Err(error)) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    match error {
        Error::NobodyReads => {}
        error => complain(&error.to_string()),
    }
    ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 3 })
}

/// To standard error, if it is still there: a terminal may be closed.
fn complain(words: &str) {
    let _ = writeln!(std::io::stderr(), "counterproof: {words}");
}

/// An error once this program was told to end: half a run says nothing of a peer. Exit code and words are `main`'s.
fn not_interrupted() -> Result<(), Error> {
    signals::interrupted().map_or(Ok(()), |signal| Err(Error::CannotRun(signal.to_string())))
}

/// A file that the command line names and that can't be read: the arguments make no sense.
fn unreadable(error: FileError) -> Error {
    Error::Usage(error.to_string())
}

/// This program as a peer: its own path and `peer`.
fn own_peer() -> Result<Vec<String>, Error> {
    let program = std::env::current_exe()?;
    let program =
        program.to_str().ok_or_else(|| Error::CannotRun("the path of this program is not UTF-8".into()))?;
    Ok(vec![program.to_owned(), "peer".to_owned()])
}

/// How this program was called, for commands that a person is told to type.
fn invocation() -> &'static str {
    if std::env::var_os("CARGO").is_some() { "cargo run --release --" } else { "counterproof" }
}

/// A `s` where there is not just one.
fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
