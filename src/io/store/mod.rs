//! The server's store: a SQLite file. STO-1, STO-2.
//!
//! ```text
//! schema   tables, what is bound to what, how a file is opened     seal     what is sealed in a license's row
//! new      a store that nobody sees before it is whole             import   a license file into it, all or nothing
//! view     a look that changes nothing                             error    why not
//! sessions what a gateway keeps beside licenses                    beside   what of it is in memory
//! ```
//! A batch of operations is one transaction: `BEGIN IMMEDIATE`, every job on its license, what changed, `COMMIT`
//! (which waits for the disk). Licenses that were used lately are held in memory, and forgotten when another process
//! wrote, when a transaction failed, or when there are too many.
//!
//! A new store can be read and written by its owner alone, since it has serial numbers as they are; SQLite gives its
//! log the mode of the store, so whoever widens that widens both.

#[cfg(feature = "serve")]
mod beside;
mod error;
mod import;
mod new;
mod schema;
mod seal;
#[cfg(feature = "serve")]
mod sessions;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

pub use error::StoreError;
pub use import::Imported;
pub use new::NewStore;

use self::schema::Totals;
use self::seal::{Binding, Columns, Drawn, Keys, Tag};
use self::view::View;
use crate::io::rng::{self, Random};
use channel::bytes::Wire;
use channel::crypto::keys::{Key, Storage};
use channel::license::blob::{Epoch, Generation};
use channel::serial::Serial;
use channel::server::{ApplicationState, License, NotARow, Origin, Overview, Settings, Store};
use channel::wire::message_vector::MessageVector;
use channel::wire::static_vector::StaticVector;

/// Licenses that are held in memory.
const MOST_HELD: usize = 16_384;
/// Looks at a store that others write to again and again.
const LOOKS: u32 = 10;

/// A SQLite file with licenses.
pub struct Sqlite {
    db: Connection,
    storage: Key<Storage>,
    salt: [u8; 16],
    random: Random,
    held: HashMap<Serial, Held>,
    files: HashMap<i64, Vectors>,
    #[cfg(feature = "serve")]
    beside: beside::Beside,
    /// Of the connection; another number says that another process wrote.
    data_version: i64,
    /// Whether none of its licenses was missing when that was asked first.
    is_whole: bool,
}

/// What the licenses of a file have in common.
#[derive(Clone)]
struct Vectors {
    static_vector: StaticVector,
    static_vector_bytes: Vec<u8>,
    message_vector: MessageVector,
    binding: Binding,
}

/// A license, and what of it is on the disk.
struct Held {
    id: i64,
    license: License,
    row: Vec<u8>,
    applications: Kept,
    /// Of the keys beside the row.
    tag: Tag,
    /// Of a license that was never used: what its keys are sealed anew from.
    unused: Option<Unused>,
}

/// By sequence number and index, what a BLOB of the store holds.
type Kept = BTreeMap<(u8, u8), (ApplicationState, Generation)>;

fn kept(license: &License) -> Kept {
    let used = license.used_applications();
    used.map(|(place, (state, generation))| (place, (state.clone(), generation))).collect()
}

/// A license that has no state yet.
struct Unused {
    keys: Keys,
    /// Whether its epoch was drawn just now, and its payload key.
    is_new: bool,
    stored: Stored,
}

impl Sqlite {
    /// Opens a store that exists.
    pub fn open(path: &Path, storage: Key<Storage>) -> Result<Self, StoreError> {
        let (db, salt) = schema::open(path, &storage)?;
        Ok(Self::new(db, salt, storage))
    }

    /// Looks at a store as it is at one moment. Changes nothing, neither in the file nor beside it, and needs to write
    /// neither; only what a process that died left half way is put right first, where that may be done.
    ///
    /// `look` is called again where another process wrote meanwhile.
    pub fn read<T>(
        path: &Path,
        storage: &Key<Storage>,
        mut look: impl FnMut(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        for _ in 0..LOOKS {
            let View { db, salt, unlocked } = match View::open(path, storage) {
                Err(StoreError::HalfWay) => {
                    view::recover(path)?;
                    continue;
                }
                view => view?,
            };
            let mut store = Self::new(db, salt, storage.clone());
            let found = look(&mut store);
            if unlocked.is_none_or(|file| file.is_unchanged()) {
                return found;
            }
        }
        Err(StoreError::InUse)
    }

    fn new(db: Connection, salt: [u8; 16], storage: Key<Storage>) -> Self {
        db.set_prepared_statement_cache_capacity(32);
        let (held, files) = (HashMap::new(), HashMap::new());
        Self {
            db,
            storage,
            salt,
            random: rng::system(),
            held,
            files,
            #[cfg(feature = "serve")]
            beside: beside::Beside::default(),
            data_version: 0,
            is_whole: false,
        }
    }

    /// The journal mode of this connection, and how far it waits for the disk (2: until a commit is on it).
    pub fn durability(&self) -> Result<(String, i64), StoreError> {
        let mode = self.db.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        Ok((mode, self.db.pragma_query_value(None, "synchronous", |row| row.get(0))?))
    }

    /// How many files and licenses there are, and how many of them were ever used. A store that has lost one is
    /// damaged.
    pub fn counts(&self) -> Result<[u64; 3], StoreError> {
        let totals = Totals::read(&self.db, &self.storage, &self.salt)?;
        totals.ensure(&self.db)?;
        Ok([totals.files, totals.licenses, totals.used].map(i64::unsigned_abs))
    }

    /// Makes sure that a license which is found is the one that was written under this number.
    fn verify(&mut self, serial: Serial) -> Result<(), StoreError> {
        let stored = self.stored(serial)?.ok_or_else(|| damaged("the row", serial))?;
        self.open_keys(serial, &stored).map(drop)
    }

    /// What a license is at; nothing is written.
    pub fn look(&mut self, serial: Serial) -> Result<Option<Overview>, StoreError> {
        Ok(self.load(serial)?.map(|held| held.license.overview()))
    }

    /// Master activation type and application name of a license.
    pub fn names(&mut self, serial: Serial) -> Result<Option<(String, String)>, StoreError> {
        let Some(stored) = self.stored(serial)? else { return self.missed() };
        self.open_keys(serial, &stored)?;
        Ok(Some((stored.kind, stored.application)))
    }

    /// A license is not here. That none is missing which should be is made sure of when it is said first.
    fn missed<T>(&mut self) -> Result<Option<T>, StoreError> {
        if !self.is_whole {
            Totals::read(&self.db, &self.storage, &self.salt)?.ensure(&self.db)?;
            self.is_whole = true;
        }
        Ok(None)
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
            self.forget();
            // Where SQLite has rolled back by itself, there is nothing left to do.
            let _ = self.db.execute_batch("ROLLBACK");
        }
        done
    }

    /// Forgets what another process may have changed. To be called within a transaction.
    fn refresh(&mut self) -> Result<(), StoreError> {
        let version = self.db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version != self.data_version || self.held.len() > MOST_HELD {
            self.forget();
            self.data_version = version;
        }
        Ok(())
    }

    /// What is in memory may not be what is on the disk.
    fn forget(&mut self) {
        self.held.clear();
        self.files.clear();
        #[cfg(feature = "serve")]
        self.beside.clear();
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

    /// What a license gets at its first use.
    fn drawn(&mut self, secure_channel: bool) -> Drawn {
        let epoch = Epoch(self.draw());
        Drawn { epoch, payload: secure_channel.then(|| Key::new(self.draw())) }
    }

    /// What stands in a license's row.
    fn stored(&self, serial: Serial) -> Result<Option<Stored>, StoreError> {
        // Its type may be missing, which is damage; it is there all the same.
        let mut statement = self.db.prepare_cached(
            "SELECT licenses.id, file, type, application, threshold, secure_channel, keys, state
             FROM licenses LEFT JOIN kinds ON kinds.id = kind WHERE serial = ?1",
        )?;
        let stored = statement.query_row([number(serial)], |row| {
            Ok(Stored {
                id: row.get(0)?,
                file: row.get(1)?,
                kind: row.get(2)?,
                application: row.get(3)?,
                threshold: row.get(4)?,
                secure_channel: row.get(5)?,
                keys: row.get(6)?,
                state: row.get(7)?,
            })
        });
        stored.optional().map_err(|error| match error.into() {
            StoreError::Damaged { what } => {
                StoreError::Damaged { what: format!("the row of {serial}: {what}") }
            }
            other => other,
        })
    }

    /// The keys of a license, their tag, and what stands in its plain columns: they are bound to it.
    fn open_keys(&mut self, serial: Serial, stored: &Stored) -> Result<(Keys, Tag), StoreError> {
        let storage = self.storage.clone();
        let columns = stored.columns(&self.vectors(stored.file)?.binding);
        let mut associated = Vec::new();
        columns.associated(stored.state.is_some(), &mut associated);
        Keys::open(&storage, serial, &associated, &stored.keys).map_err(|NotARow| damaged("the row", serial))
    }

    fn load(&mut self, serial: Serial) -> Result<Option<Held>, StoreError> {
        let Some(stored) = self.stored(serial)? else { return self.missed() };
        let (mut keys, tag) = self.open_keys(serial, &stored)?;
        let vectors = self.vectors(stored.file)?.clone();
        let is_unused = stored.state.is_none();
        let is_new = is_unused && keys.drawn.is_none();
        let drawn = match (&keys.drawn, is_unused) {
            (Some(drawn), _) => drawn.clone(),
            (None, true) => self.drawn(stored.secure_channel != 0),
            (None, false) => return Err(damaged("the keys", serial)),
        };
        keys.drawn = Some(drawn.clone());
        let origin = Origin {
            serial,
            license_key: keys.license.clone(),
            static_vector: vectors.static_vector,
            static_vector_bytes: vectors.static_vector_bytes,
            payload_key: drawn.payload,
            epoch: drawn.epoch,
            last_counter: 0,
        };
        let settings = Settings { message_vector: vectors.message_vector, threshold: stored.threshold };
        let mut license = License::kept(origin, settings).map_err(|_| damaged("the parameters", serial))?;
        let row = match &stored.state {
            None => license.row(),
            Some(sealed) => {
                let open = seal::open_state(&self.storage, serial, &tag, sealed);
                let row = open.map_err(|NotARow| damaged("the state", serial))?;
                license = license.with_row(&row).map_err(|NotARow| damaged("the state", serial))?;
                row
            }
        };
        self.load_applications(&mut license)?;
        // None is missing, none too many, none an older one.
        if license.row() != row {
            return Err(damaged("the BLOBs", serial));
        }
        let applications = kept(&license);
        let id = stored.id;
        let unused = is_unused.then_some(Unused { keys, is_new, stored });
        Ok(Some(Held { id, license, row, applications, tag, unused }))
    }

    fn load_applications(&self, license: &mut License) -> Result<(), StoreError> {
        let serial = license.serial();
        let mut statement =
            self.db.prepare_cached("SELECT sequence, idx, blob FROM blobs WHERE serial = ?1")?;
        let mut rows = statement.query([number(serial)])?;
        while let Some(row) = rows.next()? {
            let (sequence, index): (u8, u8) = (row.get(0)?, row.get(1)?);
            let blob: Vec<u8> = row.get(2)?;
            license.load_kept_blob(&self.storage, (sequence, index), &blob).map_err(|NotARow| {
                StoreError::Damaged { what: format!("BLOB {sequence}/{index} of {serial}") }
            })?;
        }
        Ok(())
    }

    fn vectors(&mut self, file: i64) -> Result<&Vectors, StoreError> {
        let missing =
            || StoreError::Damaged { what: format!("the license file {file} of a license is not there") };
        if !self.files.contains_key(&file) {
            let sql = "SELECT file_id, static_vector, message_vector FROM files WHERE id = ?1";
            let row = self.db.query_row(sql, [file], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
            let (id, bytes, text): ([u8; 16], Vec<u8>, String) = row.optional()?.ok_or_else(missing)?;
            let damaged = |_| StoreError::Damaged { what: format!("the vectors of license file {file}") };
            let vectors = Vectors {
                static_vector: StaticVector::decode(&bytes).map_err(damaged)?,
                message_vector: MessageVector::decode(&text).map_err(damaged)?,
                binding: seal::binding(&self.salt, &id, &bytes, &text),
                static_vector_bytes: bytes,
            };
            self.files.insert(file, vectors);
        }
        self.files.get(&file).ok_or_else(missing)
    }

    /// Writes what of a license differs from the disk.
    fn write(&mut self, serial: Serial, held: &mut Held) -> Result<(), StoreError> {
        let row = held.license.row();
        let is_changed = row != held.row;
        if let Some(Unused { keys, stored, .. }) = held.unused.take_if(|unused| is_changed || unused.is_new) {
            let binding = self.vectors(stored.file)?.binding;
            let mut associated = Vec::new();
            stored.columns(&binding).associated(is_changed, &mut associated);
            let nonce = self.draw();
            let sealed = keys.seal(&self.storage, serial, &associated, &nonce);
            held.tag = *sealed.last_chunk().ok_or_else(|| damaged("the keys", serial))?;
            let sql = "UPDATE licenses SET keys = ?1 WHERE id = ?2";
            self.db.prepare_cached(sql)?.execute(params![sealed, held.id])?;
            if is_changed {
                let mut totals = Totals::read(&self.db, &self.storage, &self.salt)?;
                totals.used += 1;
                totals.write(&self.db, &self.storage, &self.salt)?;
            } else {
                held.unused = Some(Unused { keys, stored, is_new: false });
            }
        }
        if is_changed {
            let nonce = self.draw();
            let state = seal::seal_state(&self.storage, serial, &held.tag, &nonce, &row);
            let sql = "UPDATE licenses SET state = ?1 WHERE id = ?2";
            self.db.prepare_cached(sql)?.execute(params![state, held.id])?;
            held.row = row;
        }
        let now = kept(&held.license);
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

/// A row of `licenses`, with its type.
struct Stored {
    id: i64,
    file: i64,
    kind: String,
    application: String,
    threshold: u8,
    secure_channel: u8,
    keys: Vec<u8>,
    state: Option<Vec<u8>>,
}

impl Stored {
    fn columns<'a>(&'a self, file: &'a Binding) -> Columns<'a> {
        let Self { kind, application, threshold, secure_channel, .. } = self;
        Columns { file, kind, application, threshold: *threshold, secure_channel: *secure_channel }
    }
}

/// SER-1's five bytes as a number.
fn number(serial: Serial) -> i64 {
    let [s0, s1, s2, s3, s4] = serial.to_bytes();
    i64::from_be_bytes([0, 0, 0, s0, s1, s2, s3, s4])
}

/// What [`number`] makes of it.
fn serial_of(number: i64) -> Option<Serial> {
    match number.to_be_bytes() {
        [0, 0, 0, bytes @ ..] => Serial::from_bytes(bytes).ok(),
        _ => None,
    }
}

fn damaged(what: &str, serial: Serial) -> StoreError {
    StoreError::Damaged { what: format!("{what} of {serial}") }
}
