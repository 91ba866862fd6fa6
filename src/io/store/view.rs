//! A look at a store, which changes nothing: neither the file nor what is beside it.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::schema::{BUSY, ensure_file, ensure_store, plain};
use channel::crypto::keys::{Key, Storage};

/// A look at a store as it is at one moment, which changes nothing in its folder.
pub(super) struct View {
    pub(super) db: Connection,
    pub(super) salt: [u8; 16],
    /// Of a file that SQLite was told nobody writes.
    pub(super) unlocked: Option<Unlocked>,
}

/// A file that is read without locks, and what it was before.
pub(super) struct Unlocked {
    path: PathBuf,
    before: [i64; 6],
}

impl Unlocked {
    /// Whether nobody wrote meanwhile.
    pub(super) fn is_unchanged(&self) -> bool {
        ensure_file(&self.path).is_ok_and(|now| mark(&now) == self.before) && !log_of(&self.path).exists()
    }
}

impl View {
    /// Opens it; a transaction has begun.
    ///
    /// SQLite opens a file in WAL mode to be read only where it can make its log and the log's index beside it. So it
    /// is told that nobody writes where there is no log, and the caller asks whether that was so in the end. Where there
    /// is one, its index is there, too, and is only read.
    pub(super) fn open(path: &Path, storage: &Key<Storage>) -> Result<Self, StoreError> {
        let before = mark(&ensure_file(path)?);
        let path = std::fs::canonicalize(path)?;
        if is_in_wal_mode(&path)? && !log_of(&path).exists() {
            let unlocked = Unlocked { path, before };
            return match Self::try_open(&unlocked.path, "immutable=1", storage) {
                Ok((db, salt)) => Ok(Self { db, salt, unlocked: Some(unlocked) }),
                Err(error) if unlocked.is_unchanged() => Err(error),
                // Somebody is writing after all: that was half of something.
                Err(_) => Self::open(&unlocked.path, storage),
            };
        }
        // The index of a log that nobody has read yet can't be read only; nor one that isn't there.
        let opened = Self::try_open(&path, "readonly_shm=1", storage).or_else(|error| match error {
            StoreError::NotAllowed(_) => Self::try_open(&path, "mode=ro", storage),
            other => Err(other),
        });
        let (db, salt) = opened?;
        Ok(Self { db, salt, unlocked: None })
    }

    fn try_open(
        path: &Path,
        how: &str,
        storage: &Key<Storage>,
    ) -> Result<(Connection, [u8; 16]), StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(uri(path, how), flags | OpenFlags::SQLITE_OPEN_URI)?;
        // Else the last one to close it would write the log back.
        db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        db.execute_batch("BEGIN")?;
        let salt = ensure_store(&db, storage)?;
        Ok((db, salt))
    }
}

/// Puts right what a process that died left half way in a store without a log: SQLite does that when it is opened to
/// be written.
pub(super) fn recover(path: &Path) -> Result<(), StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(plain(path), flags)?;
    db.busy_timeout(BUSY)?;
    let _: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(())
}

/// What changes when a file is written or replaced.
fn mark(file: &Metadata) -> [i64; 6] {
    [
        file.ino().cast_signed(),
        file.size().cast_signed(),
        file.mtime(),
        file.mtime_nsec(),
        file.ctime(),
        file.ctime_nsec(),
    ]
}

fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// The format's byte for readers: 2 with a write-ahead log.
fn is_in_wal_mode(path: &Path) -> Result<bool, StoreError> {
    use std::io::Read as _;
    let mut head = Vec::new();
    std::fs::File::open(path)?.take(20).read_to_end(&mut head)?;
    Ok(head.last() == Some(&2))
}

/// An absolute path as a URI with a parameter, for what can be asked for in no other way.
fn uri(path: &Path, parameter: &str) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt as _;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' => uri.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => uri.push(char::from(*byte)),
            byte => drop(write!(uri, "%{byte:02X}")),
        }
    }
    uri + "?" + parameter
}
