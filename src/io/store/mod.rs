//! The server's store: a SQLite file. STO-1, STO-2.
//!
//! ```text
//! schema   tables, versions, how a file is opened         import   a license file into it, all or nothing
//! ```
//! A batch of operations is one transaction: `BEGIN IMMEDIATE`, every job on its license, what changed, `COMMIT`
//! (which waits for the disk). Licenses that were used lately are held in memory, and forgotten when another process
//! wrote, when a transaction failed, or when there are too many.

mod import;
mod schema;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

pub use import::Imported;

use crate::bytes::Wire;
use crate::crypto::gcm::{Gcm, NONCE_LENGTH, TAG_LENGTH};
use crate::crypto::kdf;
use crate::crypto::keys::{Key, Payload, Storage};
use crate::error::Refusal;
use crate::io::rng::{self, Random};
use crate::license::blob::Place;
use crate::rule::BLB_5;
use crate::serial::Serial;
use crate::server::{ApplicationState, License, NotARow, Origin, Overview, Settings, Store};
use crate::wire::message_vector::MessageVector;
use crate::wire::static_vector::StaticVector;

/// Licenses that are held in memory.
const MOST_HELD: usize = 16_384;

/// Why a store could not do what it was asked. Nothing has changed.
#[derive(Debug)]
pub enum StoreError {
    /// The path is a folder.
    Folder,
    /// There is no such file.
    Missing,
    /// The file is something else.
    NotAStore,
    /// A later program wrote it.
    Newer {
        /// Its version.
        found: i64,
        /// The latest that this program knows.
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
            StoreError::Missing => write!(f, "there is no such file; `licenses import` makes one"),
            StoreError::NotAStore => write!(f, "it is no store of this program"),
            StoreError::Newer { found, known } => {
                write!(f, "a later program wrote it (version {found}, this one knows {known})")
            }
            StoreError::WrongStorageKey => write!(f, "it was made under another storage key"),
            StoreError::NotDurable => {
                write!(f, "this file system can't keep what is written (no WAL, or no synchronous writes)")
            }
            StoreError::InUse => write!(f, "another process is writing to it"),
            StoreError::Full => write!(f, "the disk is full"),
            StoreError::NotAllowed(words) => write!(f, "it can't be opened or written: {words}"),
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
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                StoreError::NotAllowed(error.to_string())
            }
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { what: error.to_string() },
            _ => StoreError::Other(error),
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        StoreError::Refused(refusal)
    }
}

/// A SQLite file with licenses.
pub struct Sqlite {
    db: Connection,
    storage: Key<Storage>,
    random: Random,
    held: HashMap<Serial, Held>,
    files: HashMap<i64, Vectors>,
    /// Of the connection; another number says that another process wrote.
    data_version: i64,
}

/// What the licenses of a file have in common.
#[derive(Clone)]
struct Vectors {
    static_vector: StaticVector,
    static_vector_bytes: Vec<u8>,
    message_vector: MessageVector,
}

/// A license, and what of it is on the disk.
struct Held {
    id: i64,
    license: License,
    row: Vec<u8>,
    applications: BTreeMap<(u8, u8), ApplicationState>,
    /// A payload key drawn just now.
    new_payload_key: Option<Key<Payload>>,
}

impl Sqlite {
    /// Opens a store, and makes one where there is none.
    pub fn create(path: &Path, storage: Key<Storage>) -> Result<Self, StoreError> {
        Self::new(path, storage, true, rng::system())
    }

    /// Opens a store that exists.
    pub fn open(path: &Path, storage: Key<Storage>) -> Result<Self, StoreError> {
        Self::new(path, storage, false, rng::system())
    }

    fn new(path: &Path, storage: Key<Storage>, create: bool, mut random: Random) -> Result<Self, StoreError> {
        let db = schema::open(path, &storage, create, &mut random)?;
        db.set_prepared_statement_cache_capacity(32);
        Ok(Self { db, storage, random, held: HashMap::new(), files: HashMap::new(), data_version: 0 })
    }

    /// The journal mode of this connection, and how far it waits for the disk (2: until a commit is on it).
    pub fn durability(&self) -> Result<(String, i64), StoreError> {
        let mode = self.db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok((mode, self.db.pragma_query_value(None, "synchronous", |row| row.get(0))?))
    }

    /// How many files and licenses there are, and how many of them were ever used.
    pub fn counts(&self) -> Result<[u64; 3], StoreError> {
        let count = |sql: &str| {
            let count: i64 = self.db.query_row(sql, [], |row| row.get(0))?;
            Ok::<_, StoreError>(count.unsigned_abs())
        };
        Ok([
            count("SELECT count(*) FROM files")?,
            count("SELECT count(*) FROM licenses")?,
            count("SELECT count(*) FROM licenses WHERE state IS NOT NULL")?,
        ])
    }

    /// What a license is at; nothing is written.
    pub fn look(&mut self, serial: Serial) -> Result<Option<Overview>, StoreError> {
        Ok(self.load(serial)?.map(|held| held.license.overview()))
    }

    /// Master activation type and application name of a license.
    pub fn names(&self, serial: Serial) -> Result<Option<(String, String)>, StoreError> {
        let sql = "SELECT type, application FROM licenses JOIN kinds ON kinds.id = kind WHERE serial = ?1";
        let row = self.db.query_row(sql, [number(serial)], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(row.optional()?)
    }

    /// Runs `work` in one transaction. Where it fails, nothing of it is left, here or on the disk.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let done = work(self).and_then(|result| {
            self.db.execute_batch("COMMIT")?;
            Ok(result)
        });
        if done.is_err() {
            self.held.clear();
            self.files.clear();
            // Where SQLite has rolled back by itself, there is nothing left to do.
            let _ = self.db.execute_batch("ROLLBACK");
        }
        done
    }

    /// Forgets what another process may have changed. To be called within a transaction.
    fn refresh(&mut self) -> Result<(), StoreError> {
        let version = self.db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.data_version || self.held.len() > MOST_HELD {
            self.held.clear();
            self.files.clear();
            self.data_version = version;
        }
        Ok(())
    }

    /// Runs one job, and writes what it changed. `None` where the license is not here.
    fn job<T>(
        &mut self,
        serial: Serial,
        work: impl FnOnce(&mut License) -> T,
    ) -> Result<Option<T>, StoreError> {
        // Taken out: where something fails half way, it is gone from memory.
        let Some(mut held) = (match self.held.remove(&serial) {
            Some(held) => Some(held),
            None => self.load(serial)?,
        }) else {
            return Ok(None);
        };
        let result = work(&mut held.license);
        held.license.forget_expired();
        self.write(serial, &mut held)?;
        self.held.insert(serial, held);
        Ok(Some(result))
    }

    fn draw<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.random)(&mut bytes);
        bytes
    }

    fn load(&mut self, serial: Serial) -> Result<Option<Held>, StoreError> {
        let damaged = |what: &str| StoreError::Damaged { what: format!("{what} of {serial}") };
        let stored = {
            let mut statement = self.db.prepare_cached(
                "SELECT id, file, threshold, secure_channel, master, payload_key, state FROM licenses WHERE serial = ?1",
            )?;
            let stored = statement.query_row([number(serial)], |row| {
                Ok(Stored {
                    id: row.get(0)?,
                    file: row.get(1)?,
                    threshold: row.get(2)?,
                    secure_channel: row.get(3)?,
                    master: row.get(4)?,
                    payload_key: row.get(5)?,
                    state: row.get(6)?,
                })
            });
            match stored.optional()? {
                Some(stored) => stored,
                None => return Ok(None),
            }
        };
        let vectors = self.vectors(stored.file)?.clone();
        let license_key = self.open_key(Place { serial, sequence: 0, index: 0 }, &stored.master)?;
        let mut new_payload_key = None;
        let payload_key = match (stored.secure_channel, &stored.payload_key) {
            (false, _) => None,
            (true, Some(blob)) => Some(self.open_key(Place { serial, sequence: 0, index: 1 }, blob)?),
            (true, None) => {
                new_payload_key = Some(Key::new(self.draw()));
                new_payload_key.clone()
            }
        };
        let origin = Origin {
            serial,
            license_key,
            static_vector: vectors.static_vector,
            static_vector_bytes: vectors.static_vector_bytes,
            payload_key,
            last_counter: 0,
        };
        let settings = Settings { message_vector: vectors.message_vector, threshold: stored.threshold };
        let mut license = License::new(origin, settings).map_err(|_| damaged("the parameters"))?;
        let row = match &stored.state {
            None => license.row(),
            Some(sealed) => {
                let row = open_row(&self.storage, serial, sealed).map_err(|NotARow| damaged("the row"))?;
                license = license.with_row(&row).map_err(|NotARow| damaged("the row"))?;
                row
            }
        };
        self.load_applications(&mut license)?;
        // None is missing, none too many.
        if !license.is_whole() || !license.has_row(&row) {
            return Err(damaged("the BLOBs"));
        }
        let applications = license.used_applications().map(|(place, state)| (place, state.clone())).collect();
        Ok(Some(Held { id: stored.id, license, row, applications, new_payload_key }))
    }

    fn load_applications(&self, license: &mut License) -> Result<(), StoreError> {
        let serial = license.serial();
        let mut statement =
            self.db.prepare_cached("SELECT sequence, idx, blob FROM blobs WHERE serial = ?1")?;
        let mut rows = statement.query([number(serial)])?;
        while let Some(row) = rows.next()? {
            let (sequence, index): (u8, u8) = (row.get(0)?, row.get(1)?);
            let blob: Vec<u8> = row.get(2)?;
            license.load_blob_bytes(&self.storage, sequence, index, &blob).map_err(|refusal| {
                StoreError::Damaged { what: format!("BLOB {sequence}/{index} of {serial}: {refusal}") }
            })?;
        }
        Ok(())
    }

    fn vectors(&mut self, file: i64) -> Result<&Vectors, StoreError> {
        if !self.files.contains_key(&file) {
            let sql = "SELECT static_vector, message_vector FROM files WHERE id = ?1";
            let (bytes, text): (Vec<u8>, String) =
                self.db.query_row(sql, [file], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let damaged = |_| StoreError::Damaged { what: format!("the vectors of file {file}") };
            let vectors = Vectors {
                static_vector: StaticVector::decode(&bytes).map_err(damaged)?,
                message_vector: MessageVector::decode(&text).map_err(damaged)?,
                static_vector_bytes: bytes,
            };
            self.files.insert(file, vectors);
        }
        let missing = || StoreError::Damaged { what: format!("file {file}") };
        self.files.get(&file).ok_or_else(missing)
    }

    fn open_key<Purpose>(&self, place: Place, blob: &[u8]) -> Result<Key<Purpose>, StoreError> {
        let key = place.open(&self.storage, blob).ok().and_then(|content| {
            let key: Option<&[u8; 16]> = content.as_slice().try_into().ok();
            key.map(|key| Key::new(*key))
        });
        let what = || format!("BLOB {}/{} of {}", place.sequence, place.index, place.serial);
        key.ok_or_else(|| StoreError::Damaged { what: what() })
    }

    /// Writes what of a license differs from the disk.
    fn write(&mut self, serial: Serial, held: &mut Held) -> Result<(), StoreError> {
        if let Some(payload_key) = &held.new_payload_key {
            let place = Place { serial, sequence: 0, index: 1 };
            let nonce = self.draw();
            let blob = place.seal(&self.storage, &nonce, payload_key.expose());
            let mut statement =
                self.db.prepare_cached("UPDATE licenses SET payload_key = ?1 WHERE id = ?2")?;
            statement.execute(params![blob, held.id])?;
            held.new_payload_key = None;
        }
        let row = held.license.row();
        if row != held.row {
            let nonce = self.draw();
            let sealed = seal_row(&self.storage, serial, &nonce, &row);
            let mut statement = self.db.prepare_cached("UPDATE licenses SET state = ?1 WHERE id = ?2")?;
            statement.execute(params![sealed, held.id])?;
            held.row = row;
        }
        let now: BTreeMap<_, _> =
            held.license.used_applications().map(|(place, state)| (place, state.clone())).collect();
        if now == held.applications {
            return Ok(());
        }
        for (place, state) in &now {
            if held.applications.get(place) == Some(state) {
                continue;
            }
            let (sequence, index) = *place;
            let nonce = self.draw();
            let blob = held.license.seal_blob(&self.storage, sequence, index, &nonce)?;
            let mut statement = self.db.prepare_cached(
                "INSERT INTO blobs (serial, sequence, idx, blob) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET blob = excluded.blob",
            )?;
            statement.execute(params![number(serial), sequence, index, blob])?;
        }
        for (sequence, index) in held.applications.keys().filter(|place| !now.contains_key(place)) {
            let mut statement = self
                .db
                .prepare_cached("DELETE FROM blobs WHERE serial = ?1 AND sequence = ?2 AND idx = ?3")?;
            statement.execute(params![number(serial), sequence, index])?;
        }
        held.applications = now;
        Ok(())
    }
}

impl Store for Sqlite {
    type Error = StoreError;

    fn batch<T, W>(
        &mut self,
        jobs: impl IntoIterator<Item = (Serial, W)>,
    ) -> Result<Vec<Option<T>>, StoreError>
    where
        W: FnOnce(&mut License) -> T,
    {
        self.transaction(|store| {
            store.refresh()?;
            jobs.into_iter().map(|(serial, work)| store.job(serial, work)).collect()
        })
    }
}

/// A row of `licenses`.
struct Stored {
    id: i64,
    file: i64,
    threshold: u8,
    secure_channel: bool,
    master: Vec<u8>,
    payload_key: Option<Vec<u8>>,
    state: Option<Vec<u8>>,
}

/// SER-1's five bytes as a number.
fn number(serial: Serial) -> i64 {
    let [s0, s1, s2, s3, s4] = serial.to_bytes();
    i64::from_be_bytes([0, 0, 0, s0, s1, s2, s3, s4])
}

/// `nonce (12) || ciphertext || tag (16)`: a damaged or exchanged row does not open.
fn seal_row(storage: &Key<Storage>, serial: Serial, nonce: &[u8; NONCE_LENGTH], row: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(NONCE_LENGTH + row.len() + TAG_LENGTH);
    sealed.extend(nonce);
    sealed.extend(row);
    let body = sealed.get_mut(NONCE_LENGTH..).unwrap_or_default();
    let tag = Gcm::sealing(&kdf::row(storage, serial)).seal(nonce, &[], body);
    sealed.extend(tag);
    sealed
}

fn open_row(storage: &Key<Storage>, serial: Serial, sealed: &[u8]) -> Result<Vec<u8>, NotARow> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LENGTH>().ok_or(NotARow)?;
    let (body, tag) = rest.split_last_chunk::<TAG_LENGTH>().ok_or(NotARow)?;
    let mut row = body.to_vec();
    Gcm::sealing(&kdf::row(storage, serial)).open(nonce, &[], &mut row, tag, BLB_5)?;
    Ok(row)
}
