//! The tables of a store, what each is bound to, and how a file is opened.
//!
//! ```text
//! store      one row: salt, check of the storage key, totals and their check
//! files      the license files imported: vectors common to many licenses
//! kinds      master activation type and application name, of which there are few
//! licenses   one row per license: what its line said, its keys and its state, sealed
//! blobs      one row per application of an instance that was used: its BLOB
//! ```
//! All keys and all state are sealed under the storage key; a serial number is SER-1's five bytes as a number. What is
//! not sealed is bound to what is, and read through no other way:
//!
//! ```text
//! what                                                        is held by
//! store.salt, the storage key                                 store.check_value
//! store.files, .licenses, .serials, .used                     store.totals_check
//! licenses: serial, file, kind, threshold, secure_channel,
//!   whether it has a state; its row of kinds and of files;
//!   store.salt                                                licenses.keys
//! licenses.state                                              licenses.keys beside it
//! which BLOBs there are                                       licenses.state
//! blobs: serial, sequence, idx, which one of its place        blobs.blob and licenses.state, by its generation
//! which files and licenses there are, how many have a state   the totals, when they are counted or one is missed
//! the tables                                                  the text in this file
//! ```
//! So a missing row and a changed serial number are seen. Not seen is a whole row of `licenses` with its BLOBs, or a
//! whole file, that is an older one of its own.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, Row};
use subtle::ConstantTimeEq;

use super::StoreError;
use channel::crypto::kdf;
use channel::crypto::keys::{Key, Storage};

/// What marks the file as a store: "CPST".
const APPLICATION_ID: i64 = 0x4350_5354;
/// The version that this program writes, and the only one that it reads.
pub(super) const VERSION: i64 = 5;
/// How long another process may hold the file.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// The largest prime below 2^32: each changed bit of a serial number changes what is left, and the sum of two billion fits.
const SERIALS: i64 = 4_294_967_291;

/// The index that an import into a store that is small beside the file makes anew.
pub(super) const INDEX: &str = "CREATE UNIQUE INDEX licenses_by_serial ON licenses (serial)";
/// Tables and index, as SQLite keeps their text.
const TABLES: [&str; 6] = [
    "CREATE TABLE store (
         salt BLOB NOT NULL, check_value BLOB NOT NULL, files INTEGER NOT NULL, licenses INTEGER NOT NULL,
         serials INTEGER NOT NULL, used INTEGER NOT NULL, totals_check BLOB NOT NULL
     ) STRICT",
    "CREATE TABLE files (
         id INTEGER PRIMARY KEY, file_id BLOB NOT NULL, static_vector BLOB NOT NULL, message_vector TEXT NOT NULL
     ) STRICT",
    "CREATE TABLE kinds (id INTEGER PRIMARY KEY, type TEXT NOT NULL, application TEXT NOT NULL) STRICT",
    "CREATE TABLE licenses (
         id INTEGER PRIMARY KEY, serial INTEGER NOT NULL, file INTEGER NOT NULL, kind INTEGER NOT NULL,
         threshold INTEGER NOT NULL, secure_channel INTEGER NOT NULL, keys BLOB NOT NULL, state BLOB
     ) STRICT",
    INDEX,
    "CREATE TABLE blobs (
         serial INTEGER NOT NULL, sequence INTEGER NOT NULL, idx INTEGER NOT NULL, blob BLOB NOT NULL,
         PRIMARY KEY (serial, sequence, idx)
     ) STRICT, WITHOUT ROWID",
];

/// How many files and licenses there are, the sum of what is left of each serial number, and how many were ever used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) files: i64,
    pub(super) licenses: i64,
    pub(super) serials: i64,
    pub(super) used: i64,
}

impl Totals {
    /// With one license more.
    pub(super) fn add(&mut self, serial: i64) {
        self.licenses += 1;
        self.serials += serial % SERIALS;
    }

    fn check(self, storage: &Key<Storage>, salt: &[u8; 16]) -> [u8; 16] {
        let numbers = [self.files, self.licenses, self.serials, self.used].map(i64::to_be_bytes);
        let context = [&salt[..], numbers.as_flattened()].concat();
        let [check] = *kdf::kdf::<1>(storage.expose(), b"store-totals", &context);
        check
    }

    /// Those that were written last.
    pub(super) fn read(db: &Connection, storage: &Key<Storage>, salt: &[u8; 16]) -> Result<Self, StoreError> {
        let sql = "SELECT files, licenses, serials, used, totals_check FROM store";
        let (totals, check) = db.prepare_cached(sql)?.query_row([], |row| {
            let [files, licenses, serials, used] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
            Ok((Self { files, licenses, serials, used }, row.get::<_, [u8; 16]>(4)?))
        })?;
        match bool::from(totals.check(storage, salt).ct_eq(&check)) {
            true => Ok(totals),
            false => Err(damaged("the totals of the store")),
        }
    }

    /// To be called within a transaction.
    pub(super) fn write(
        self,
        db: &Connection,
        storage: &Key<Storage>,
        salt: &[u8; 16],
    ) -> Result<(), StoreError> {
        let Self { files, licenses, serials, used } = self;
        let sql = "UPDATE store SET files = ?1, licenses = ?2, serials = ?3, used = ?4, totals_check = ?5";
        let check = self.check(storage, salt);
        db.prepare_cached(sql)?.execute((files, licenses, serials, used, check))?;
        Ok(())
    }

    /// Holds what is there against them: the rows, and the index by which they are found.
    pub(super) fn ensure(self, db: &Connection) -> Result<(), StoreError> {
        let Self { files, licenses, serials, used } = self;
        let sums = |sql: &str| {
            let sums = |row: &Row<'_>| Ok([row.get(0)?, row.get(1)?, row.get(2)?]);
            db.query_row::<[i64; 3], _, _>(sql, [], sums).map_err(StoreError::from)
        };
        let rows = sums(&format!(
            "SELECT count(*), ifnull(sum(serial % {SERIALS}), 0), count(state) FROM licenses NOT INDEXED"
        ))?;
        let index = sums(&format!(
            "SELECT count(*), ifnull(sum(serial % {SERIALS}), 0), {used} FROM licenses INDEXED BY licenses_by_serial"
        ))?;
        if [rows, index] != [[licenses, serials, used]; 2] {
            let what =
                format!("not the {licenses} licenses are there that were written, {used} of them used");
            return Err(StoreError::Damaged { what });
        }
        match db.query_row("SELECT count(*) FROM files", [], |row| row.get::<_, i64>(0))? == files {
            true => Ok(()),
            false => Err(damaged("not the license files are there that were written")),
        }
    }
}

fn damaged(what: &str) -> StoreError {
    StoreError::Damaged { what: what.into() }
}

/// A path is a path: SQLite takes `:memory:`, an empty name and, as it is built here, `file:` for something else.
pub(super) fn plain(path: &Path) -> PathBuf {
    Path::new(if path.is_absolute() { "" } else { "." }).join(path)
}

/// Refuses what is no regular file, before SQLite sees it.
pub(super) fn ensure_file(path: &Path) -> Result<std::fs::Metadata, StoreError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(StoreError::Folder),
        Ok(found) if !found.is_file() => Err(StoreError::NotAFile),
        Ok(found) => Ok(found),
        Err(error) => Err(error.into()),
    }
}

/// Makes the tables in an empty file that nobody else knows yet.
pub(super) fn create(path: &Path, storage: &Key<Storage>, salt: &[u8; 16]) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(plain(path), flags)?;
    // What fails is thrown away as a whole: no file beside it is needed to undo it.
    set_journal(&db, "MEMORY")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let transaction = db.transaction()?;
    for table in TABLES {
        transaction.execute_batch(table)?;
    }
    let totals = Totals::default();
    transaction.execute(
        "INSERT INTO store (salt, check_value, files, licenses, serials, used, totals_check)
         VALUES (?1, ?2, 0, 0, 0, 0, ?3)",
        (salt, check_value(storage, salt), totals.check(storage, salt)),
    )?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(db)
}

/// Opens a store to work with it: a commit is on the disk before it returns. And its salt.
pub(super) fn open(path: &Path, storage: &Key<Storage>) -> Result<(Connection, [u8; 16]), StoreError> {
    ensure_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(plain(path), flags)?;
    let salt = ensure_store(&db, storage)?;
    let mode = patiently(|| set_journal(&db, "WAL"))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    let synchronous: i64 = db.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") || synchronous < 2 {
        return Err(StoreError::NotDurable);
    }
    Ok((db, salt))
}

/// What is no store of this version and key is refused, and stays as it is. The store's salt.
pub(super) fn ensure_store(db: &Connection, storage: &Key<Storage>) -> Result<[u8; 16], StoreError> {
    db.busy_timeout(BUSY)?;
    // Reading first: it is no database where this fails.
    let found: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let id: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id != APPLICATION_ID {
        return Err(StoreError::NotAStore);
    }
    match found.cmp(&VERSION) {
        Ordering::Less => return Err(StoreError::Older { found, known: VERSION }),
        Ordering::Equal => {}
        Ordering::Greater => return Err(StoreError::Newer { found, known: VERSION }),
    }
    db.pragma_update(None, "trusted_schema", false)?;
    ensure_tables(db)?;
    check_key(db, storage)
}

fn ensure_tables(db: &Connection) -> Result<(), StoreError> {
    let mut statement = db.prepare("SELECT count(*) FROM sqlite_schema WHERE sql = ?1")?;
    for table in TABLES {
        if statement.query_row([table], |row| row.get::<_, i64>(0))? != 1 {
            return Err(damaged("its tables"));
        }
    }
    Ok(())
}

/// The journal mode that there is then: another one where somebody else has the file open.
pub(super) fn set_journal(db: &Connection, mode: &str) -> Result<String, StoreError> {
    Ok(db.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0))?)
}

/// Waits for what SQLite doesn't wait for by itself: a lock that is to become a stronger one.
pub(super) fn patiently<T>(work: impl Fn() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let end = Instant::now() + BUSY;
    loop {
        match work() {
            Err(StoreError::InUse) if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
            done => return done,
        }
    }
}

/// Tries what another process may be in the way of; that it is, is no failure.
pub(super) fn without_waiting<T>(
    db: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<(), StoreError> {
    db.busy_timeout(Duration::ZERO)?;
    let done = work(db);
    db.busy_timeout(BUSY)?;
    match done {
        Ok(_) | Err(StoreError::InUse) => Ok(()),
        Err(error) => Err(error),
    }
}

fn check_value(storage: &Key<Storage>, salt: &[u8; 16]) -> [u8; 16] {
    let [check] = *kdf::kdf::<1>(storage.expose(), b"store-check", salt);
    check
}

fn check_key(db: &Connection, storage: &Key<Storage>) -> Result<[u8; 16], StoreError> {
    let stored = db.query_row("SELECT salt, check_value FROM store", [], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?))
    });
    let (salt, check) = stored.map_err(|error| match StoreError::from(error) {
        StoreError::Other(_) => damaged("the check of the storage key"),
        other => other,
    })?;
    match bool::from(check_value(storage, &salt).ct_eq(&check)) {
        true => Ok(salt),
        false => Err(StoreError::WrongStorageKey),
    }
}
