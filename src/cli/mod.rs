//! The command line: one subcommand per file. What a person reads is made here and nowhere else.

mod check;
mod check_peer;
mod inspect;
mod licenses;
mod limits;
mod list;
mod next_step;
mod peer;
mod qr;
mod replay;
mod report_folder;
mod selection;
mod selftest;
mod show;
mod terminal;
mod tour;
mod vectors;

use std::fmt;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::io::files::FileError;
use crate::io::peer::CannotRun;
use crate::io::runner::CannotJudge;
use crate::io::signals;
use ::peer::printable::{Line, is_harmless};
use terminal::{Guarded, error_words};

/// Conformance harness and reference implementation for the secure channel of multi-device authenticators.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 yes (conforms to the claimed profile, or fails just as --expect lists; is right); 1 no (a case failed, \
the peer hung or crashed; is refused); 2 usage (an argument makes no sense, or names what isn't there); 3 no answer (no peer, no \
answer to hello, out of time before anything failed, a fault of disk or harness); 130, 143, 129 ended early by Ctrl-C, SIGTERM, SIGHUP.";

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
    /// Nobody reads what is written unguarded any more: a peer's lines, or a drawing. Exit code 0, and no words.
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
        Error::CannotRun(Line(&error.to_string()).to_string())
    }
}

impl From<CannotJudge> for Error {
    fn from(error: CannotJudge) -> Self {
        match error {
            CannotJudge::Run(error) => error.into(),
            no_hello => Error::CannotRun(Line(&no_hello.to_string()).to_string()),
        }
    }
}

/// A command line that is none, and a folder that isn't there, are the user's slip; all else is the peer's state.
impl From<CannotRun> for Error {
    fn from(error: CannotRun) -> Self {
        match error {
            CannotRun::Empty | CannotRun::Unbalanced(_) | CannotRun::NoFolder(_) => {
                Error::Usage(Line(&error.to_string()).to_string())
            }
            _ => Error::CannotRun(Line(&error.to_string()).to_string()),
        }
    }
}

impl Error {
    /// The same, with the peer's name in front.
    fn of_peer(name: &str, error: CannotJudge) -> Self {
        let name = Line(name);
        match error.into() {
            Error::Usage(words) => Error::Usage(format!("{name}: {words}")),
            Error::CannotRun(words) => Error::CannotRun(format!("{name}: {words}")),
            other => other,
        }
    }
}

/// Who closes the pipe to a peer, or to a drawing, wants no more of it. Other commands don't notice ([`Guarded`]).
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Error::NobodyReads,
            _ => Error::CannotRun(error.to_string()),
        }
    }
}

/// Runs the command line. What a command writes is guarded (`terminal`), all but the lines of a peer, whose bytes are
/// the protocol, and what `qr` draws.
pub fn main() -> ExitCode {
    let command = arguments().command;
    // Dropped last, also by a panic: then nothing that was started runs on.
    let _guard = match command.starts_peers().then(signals::install).transpose() {
        Ok(guard) => guard,
        Err(error) => return failed(&error.into()),
    };
    let mut raw = std::io::stdout().lock();
    let result = match command {
        Command::Peer(_) | Command::Qr(_) => run(command, &mut raw),
        _ => {
            let mut guarded = Guarded::new(raw);
            let result = run(command, &mut guarded);
            result.and_then(|outcome| guarded.finish().map(|()| outcome).map_err(Error::from))
        }
    };
    match (signals::interrupted(), result) {
        (Some(signal), _) => {
            say(&format!("counterproof: ended early by {signal}"));
            ExitCode::from(signal.exit_code())
        }
        (None, Ok(outcome)) => ExitCode::from(outcome as u8),
        (None, Err(error)) => failed(&error),
    }
}

fn failed(error: &Error) -> ExitCode {
    if let Error::NobodyReads = error {
        return ExitCode::SUCCESS;
    }
    say(&error_words(&format!("counterproof: {error}")));
    ExitCode::from(if matches!(error, Error::Usage(_)) { 2 } else { 3 })
}

/// An error once this program was told to end: half a run says nothing of a peer. Exit code and words are `main`'s.
fn not_interrupted() -> Result<(), Error> {
    signals::interrupted().map_or(Ok(()), |signal| Err(Error::CannotRun(signal.to_string())))
}

fn run(command: Command, mut out: &mut dyn Write) -> Result<Outcome, Error> {
    match command {
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
    }
}

/// The arguments, or the end: with help, the version or a usage error, which quotes what was given.
fn arguments() -> Arguments {
    Arguments::try_parse().unwrap_or_else(|error| {
        let words = error.render().to_string();
        if words.chars().all(|c| c == '\n' || is_harmless(c)) {
            error.exit();
        }
        say(&error_words(&words));
        std::process::exit(error.exit_code());
    })
}

/// A line on standard error. Who closes that wants no words.
fn say(words: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{words}");
}

/// A file that the command line names and that can't be read: the arguments make no sense.
fn unreadable(error: FileError) -> Error {
    Error::Usage(Line(&error.to_string()).to_string())
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

/// The command that plays a failing case again, as a shell takes it.
fn again(file: &Path, peers: &[String], with: Vec<String>) -> String {
    let peers = peers.iter().flat_map(|peer| ["--peer".to_owned(), peer.clone()]);
    let words: Vec<String> = std::iter::once(file.display().to_string()).chain(peers).chain(with).collect();
    // Only a NUL can't be quoted, and no argument has one.
    let words = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default();
    format!("{} replay {words}", invocation())
}

/// A `s` where there is not just one.
fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
