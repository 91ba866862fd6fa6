//! How a command ends: what it found, or why it could not be carried out.

use std::fmt;

use crate::io::files::FileError;
use crate::io::peer::CannotRun;
use crate::io::runner::CannotJudge;
use crate::io::signals;
use ::peer::printable::Line;

/// How a command ended; the numbers are its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Good = 0,
    Bad = 1,
}

/// Why a command could not be carried out.
#[derive(Debug)]
pub(super) enum Error {
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
            CannotRun::Empty
            | CannotRun::Unbalanced(_)
            | CannotRun::NoFolder(_)
            | CannotRun::NoAddress(_) => Error::Usage(Line(&error.to_string()).to_string()),
            _ => Error::CannotRun(Line(&error.to_string()).to_string()),
        }
    }
}

impl Error {
    /// The same, with the peer's name in front, where it doesn't stand there already.
    pub(super) fn of_peer(name: &str, error: CannotJudge) -> Self {
        let name = Line(name).to_string();
        let named = |words: String| if words.starts_with(&name) { words } else { format!("{name}: {words}") };
        match error.into() {
            Error::Usage(words) => Error::Usage(named(words)),
            Error::CannotRun(words) => Error::CannotRun(named(words)),
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

/// An error once this program was told to end: half a run says nothing of a peer. Exit code and words are `main`'s.
pub(super) fn not_interrupted() -> Result<(), Error> {
    signals::interrupted().map_or(Ok(()), |signal| Err(Error::CannotRun(signal.to_string())))
}

/// A file that the command line names and that can't be read: the arguments make no sense.
pub(super) fn unreadable(error: FileError) -> Error {
    Error::Usage(Line(&error.to_string()).to_string())
}
