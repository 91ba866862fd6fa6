//! Why a store could not do what it was asked.

use rusqlite::{ErrorCode, ffi};

use channel::error::Refusal;
use channel::serial::Serial;

/// Why a store could not do what it was asked. Nothing has changed.
#[derive(Debug)]
pub enum StoreError {
    /// The path is a folder.
    Folder,
    /// The path is a device, a pipe or a socket.
    NotAFile,
    /// There is no such file.
    Missing,
    /// There is one by now; it stays as it is.
    Exists,
    /// The folder that it would be made in is not there.
    NoFolder,
    /// No file can have this name.
    NotAName(String),
    /// The file is something else.
    NotAStore,
    /// A later program wrote it.
    Newer {
        /// Its version.
        found: i64,
        /// The latest that this program knows.
        known: i64,
    },
    /// An earlier program wrote it.
    Older {
        /// Its version.
        found: i64,
        /// The only one that this program knows.
        known: i64,
    },
    /// It was made under another storage key.
    WrongStorageKey,
    /// The file system can't promise that what was written is kept.
    NotDurable,
    /// Another process holds it.
    InUse,
    /// No room on the disk.
    Full,
    /// It may not be written, or not be read.
    NotAllowed(String),
    /// A process died while it wrote, and only one that may write can put that right.
    HalfWay,
    /// What is stored is not what was written.
    Damaged {
        /// Where.
        what: String,
    },
    /// The license file is refused.
    Refused(Refusal),
    /// A license of the file is here already.
    AlreadyStored {
        /// Which.
        serial: Serial,
        /// Where it stands in the file.
        line: u64,
    },
    /// The license file can't be read.
    Unreadable(std::io::Error),
    /// Anything else that SQLite says.
    Other(rusqlite::Error),
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreError::Folder => write!(f, "it is a folder, not a file"),
            StoreError::NotAFile => write!(f, "it is no regular file"),
            StoreError::Missing => write!(f, "there is no such file; `licenses import` makes one"),
            StoreError::Exists => write!(f, "there is one already"),
            StoreError::NoFolder => write!(f, "its folder is not there"),
            StoreError::NotAName(words) => write!(f, "no store can have this name: {words}"),
            StoreError::NotAStore => write!(f, "it is no store of this program"),
            StoreError::Newer { found, known } => {
                write!(f, "a later program wrote it (version {found}, this one knows {known})")
            }
            StoreError::Older { found, known } => write!(
                f,
                "an earlier program wrote it (version {found}, this one knows {known}): import its license files into \
                 a new store"
            ),
            StoreError::WrongStorageKey => {
                write!(f, "it was made under another storage key, or what the key is checked by is damaged")
            }
            StoreError::NotDurable => {
                write!(f, "this file system can't keep what is written (no WAL, or no synchronous writes)")
            }
            StoreError::InUse => write!(f, "another process is writing to it"),
            StoreError::Full => write!(f, "the disk is full"),
            StoreError::NotAllowed(words) => write!(f, "it can't be opened or written: {words}"),
            StoreError::HalfWay => {
                write!(
                    f,
                    "a process died while it wrote to it; whoever may write puts that right by opening it"
                )
            }
            StoreError::Damaged { what } => write!(f, "it is damaged: {what}"),
            StoreError::Refused(refusal) => write!(f, "the license file is refused: {refusal}"),
            StoreError::AlreadyStored { serial, line } => {
                write!(f, "{serial} (line {line}) is stored already; --reimport begins it anew")
            }
            StoreError::Unreadable(error) => write!(f, "the license file can't be read: {error}"),
            StoreError::Other(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::InUse,
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::NotADatabase) => StoreError::NotAStore,
            Some(ErrorCode::ReadOnly) if extended(&error) == Some(ffi::SQLITE_READONLY_ROLLBACK) => {
                StoreError::HalfWay
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                StoreError::NotAllowed(error.to_string())
            }
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { what: error.to_string() },
            _ => match error {
                // What stands in a column is nothing that was ever written there.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::QueryReturnedNoRows => StoreError::Damaged { what: error.to_string() },
                _ => StoreError::Other(error),
            },
        }
    }
}

fn extended(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|error| error.extended_code)
}

/// Of the file or its folder.
impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => StoreError::Missing,
            std::io::ErrorKind::AlreadyExists => StoreError::Exists,
            std::io::ErrorKind::NotADirectory => StoreError::NoFolder,
            std::io::ErrorKind::InvalidFilename => StoreError::NotAName(error.to_string()),
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreError::Full,
            _ => StoreError::NotAllowed(error.to_string()),
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        StoreError::Refused(refusal)
    }
}
