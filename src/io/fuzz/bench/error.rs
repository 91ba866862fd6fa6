//! Why the fuzz bench can't go on.

use crate::io::files::FileError;

/// Why the bench can't go on.
#[derive(Debug)]
pub enum CannotBench {
    /// A file can't be read or written.
    File(FileError),
    /// A file of a bug isn't one.
    NotABug {
        /// Its name.
        name: String,
        /// What is wrong with it.
        words: String,
    },
    /// What a bug replaces stands there so many times.
    NotOnce {
        /// Its name.
        name: String,
        /// The file.
        file: String,
        /// How many times.
        times: usize,
    },
    /// A command can't be started, failed, or was ended.
    Command {
        /// What it is.
        what: String,
        /// How it ended.
        words: String,
    },
}

impl std::fmt::Display for CannotBench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::NotABug { name, words } => write!(f, "the planted bug {name}: {words}"),
            Self::NotOnce { name, file, times } => {
                write!(f, "the planted bug {name}: what it replaces stands {times} times in {file}, not once")
            }
            Self::Command { what, words } => write!(f, "{what}: {words}"),
        }
    }
}

impl std::error::Error for CannotBench {}

impl From<FileError> for CannotBench {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}
