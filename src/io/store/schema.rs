//! The tables of a store, their versions, and how a file is opened.
//!
//! ```text
//! store      one row: check of the storage key
//! files      the license files imported: vectors common to many licenses
//! kinds      master activation type and application name, of which there are few
//! licenses   one row per license: what its line said, master BLOB, payload key BLOB, sealed row
//! blobs      one row per application of an instance that was used: its BLOB
//! ```
//! All keys and all state are sealed under the storage key; a serial number is SER-1's five bytes as a number.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use subtle::ConstantTimeEq;

use super::StoreError;
use crate::crypto::kdf;
use crate::crypto::keys::{Key, Storage};
use crate::io::rng::Random;

/// What marks the file as a store: "CPST".
const APPLICATION_ID: i64 = 0x4350_5354;
/// The version that this program writes.
pub(super) const VERSION: i64 = 3;
/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(5);

/// Version 1, and what made each later version of the one before.
const STEPS: [&str; 3] = [
    "CREATE TABLE store (salt BLOB NOT NULL, check_value BLOB NOT NULL) STRICT;
     CREATE TABLE files (
         id INTEGER PRIMARY KEY, file_id BLOB NOT NULL, static_vector BLOB NOT NULL, message_vector TEXT NOT NULL
     ) STRICT;
     CREATE TABLE licenses (
         id INTEGER PRIMARY KEY, serial INTEGER NOT NULL, file INTEGER NOT NULL,
         threshold INTEGER NOT NULL, secure_channel INTEGER NOT NULL,
         master BLOB NOT NULL, payload_key BLOB, state BLOB
     ) STRICT;
     CREATE UNIQUE INDEX licenses_by_serial ON licenses (serial);
     CREATE TABLE blobs (
         serial INTEGER NOT NULL, sequence INTEGER NOT NULL, idx INTEGER NOT NULL, blob BLOB NOT NULL,
         PRIMARY KEY (serial, sequence, idx)
     ) STRICT, WITHOUT ROWID;",
    "CREATE TABLE kinds (
         id INTEGER PRIMARY KEY, type TEXT NOT NULL, application TEXT NOT NULL, UNIQUE (type, application)
     ) STRICT;
     INSERT INTO kinds (id, type, application) VALUES (0, '', '');
     ALTER TABLE licenses ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;",
    // Rows of version 2, which a program of before can't read; those of version 1 are read, and written anew when
    // their license is next used.
    "",
];

/// Opens the file, makes it where it is missing, and brings it to the version of this program.
pub(super) fn open(
    path: &Path,
    storage: &Key<Storage>,
    create: bool,
    random: &mut Random,
) -> Result<Connection, StoreError> {
    if path.is_dir() {
        return Err(StoreError::Folder);
    }
    if !create && !path.exists() {
        return Err(StoreError::Missing);
    }
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let mut db = Connection::open_with_flags(path, flags)?;
    prepare(&db, create)?;
    migrate(&mut db, storage, random)?;
    check_key(&db, storage)?;
    Ok(db)
}

/// What every connection is set to: a commit is on the disk before it returns.
fn prepare(db: &Connection, create: bool) -> Result<(), StoreError> {
    db.busy_timeout(BUSY)?;
    // Reading first: it is no database where this fails, and stays as it is.
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let id: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let is_empty = tables == 0 && version == 0 && id == 0;
    if id != APPLICATION_ID && !(create && is_empty) {
        return Err(StoreError::NotAStore);
    }
    if version > VERSION {
        return Err(StoreError::Newer { found: version, known: VERSION });
    }
    let mode = set_journal(db, "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "trusted_schema", false)?;
    let synchronous: i64 = db.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") || synchronous < 2 {
        return Err(StoreError::NotDurable);
    }
    Ok(())
}

/// The journal mode that there is then: another one where somebody else has the file open.
pub(super) fn set_journal(db: &Connection, mode: &str) -> Result<String, StoreError> {
    Ok(db.pragma_update_and_check(None, "journal_mode", mode, |row| row.get(0))?)
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

/// One transaction: the old version or the new.
fn migrate(db: &mut Connection, storage: &Key<Storage>, random: &mut Random) -> Result<(), StoreError> {
    let version = |db: &Connection| db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
    if version(db)? == VERSION {
        return Ok(());
    }
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it meanwhile.
    let from = version(&transaction)?;
    if from == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        transaction.execute_batch(step)?;
    }
    if from == 0 {
        let mut salt = [0; 16];
        random(&mut salt);
        let check = check_value(storage, &salt);
        transaction.execute("INSERT INTO store (salt, check_value) VALUES (?1, ?2)", (salt, check))?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()?;
    Ok(())
}

fn check_value(storage: &Key<Storage>, salt: &[u8; 16]) -> [u8; 16] {
    let [check] = *kdf::kdf::<1>(storage.expose(), b"store-check", salt);
    check
}

fn check_key(db: &Connection, storage: &Key<Storage>) -> Result<(), StoreError> {
    let stored = db.query_row("SELECT salt, check_value FROM store", [], |row| {
        Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, [u8; 16]>(1)?))
    });
    let (salt, check) =
        stored.map_err(|_| StoreError::Damaged { what: "the check of the storage key".into() })?;
    match bool::from(check_value(storage, &salt).ct_eq(&check)) {
        true => Ok(()),
        false => Err(StoreError::WrongStorageKey),
    }
}
