//! Why there is no fuzzing.

use std::fmt;
use std::path::PathBuf;

use crate::io::files::FileError;
use peer::printable::Line;

/// Why a night can't be, or can't go on.
#[derive(Debug)]
pub enum Error {
    /// No folder from here up is a checkout with `fuzz/Cargo.toml`.
    NoCheckout(PathBuf),
    /// There is no nightly toolchain; the one that is asked for.
    NoToolchain(String),
    /// A program of the toolchain could not be run: its name, and the system's words.
    NoTool(&'static str, std::io::Error),
    /// The build failed: what was said of its end.
    NotBuilt(String),
    /// The fuzzed program could not be run.
    Program {
        /// The program.
        path: PathBuf,
        /// What went wrong.
        words: String,
    },
    /// Another night is in this folder.
    Busy(PathBuf),
    /// The program has no target of this name; those that it has.
    NoTarget(String, Vec<String>),
    /// A file could not be read or written.
    File(FileError),
    /// The program was told to end.
    Interrupted,
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Error::File(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = |path: &PathBuf| Line(&path.to_string_lossy()).to_string();
        match self {
            Self::NoCheckout(from) => write!(
                f,
                "{}: neither here nor above is a checkout of Counterproof (a folder with fuzz/Cargo.toml)",
                path(from)
            ),
            Self::NoToolchain(name) => write!(
                f,
                "no nightly toolchain, which fuzzing needs: rustup toolchain install {name} --profile minimal"
            ),
            Self::NoTool(name, error) => write!(f, "{name} can't be run: {error}"),
            Self::NotBuilt(words) => write!(f, "the fuzzed program was not built: {}", Line(words)),
            Self::Program { path: program, words } => {
                write!(f, "{} can't be run: {}", path(program), Line(words))
            }
            Self::Busy(folder) => {
                write!(f, "{}: another night runs there; name another folder with --work", path(folder))
            }
            Self::NoTarget(name, all) => {
                write!(f, "no target {}; there are: {}", Line(name), Line(&all.join(" ")))
            }
            Self::File(error) => error.fmt(f),
            Self::Interrupted => f.write_str("told to end"),
        }
    }
}

impl std::error::Error for Error {}
