//! What a gateway keeps beside licenses, in a table of its own: login sessions, registrations, accounts. GTW-6.
//!
//! ```text
//! lookup    what finds the record: a code under the storage key over its name, so that the file alone names no user and
//!           no session
//! serial    the license, whose key it is sealed under
//! kind      of the name
//! until     from when on nobody asks for it any more
//! content   sealed; bound to "G" || kind || lookup
//! ```
//! What a request changes in the license and beside it is one transaction. The table is made when a gateway first opens
//! the store; nothing else reads it, but a re-import empties it of its licenses (LGN-21). A row that is missing is a session
//! that nobody knows; an older one, like an older license, is not seen.

use rusqlite::{OptionalExtension, params};

use super::beside::Held;
use super::{MOST_HELD, Sqlite, StoreError, damaged, number, schema, seal, serial_of};
use channel::crypto::kdf;
use channel::crypto::mac::sha256;
use channel::serial::Serial;
use channel::server::NotARow;
use channel::text::gateway_string::ChallengeKey;
use gateway::operate::{Place, Target};
use gateway::sessions::Name;

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS sessions (
        lookup BLOB NOT NULL PRIMARY KEY, serial INTEGER NOT NULL, kind INTEGER NOT NULL, until INTEGER NOT NULL,
        content BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS sessions_by_serial ON sessions (serial);
    CREATE INDEX IF NOT EXISTS sessions_by_until ON sessions (until);";
/// Rows that are removed in one transaction, so that nobody waits for long.
const MOST_REMOVED: u32 = 1_000;

impl Sqlite {
    /// Makes the table, where it isn't there.
    pub fn keep_sessions(&mut self) -> Result<(), StoreError> {
        schema::patiently(|| Ok(self.db.execute_batch(TABLE)?))
    }

    /// Runs work on licenses and what is beside them, in this order, and keeps what it changed in one step. Work is given
    /// nothing where its license isn't here. What is damaged fails alone; any other error undoes all.
    pub fn batch_with_sessions<T, W>(
        &mut self,
        jobs: impl IntoIterator<Item = (Target, W)>,
    ) -> Result<Vec<Result<T, StoreError>>, StoreError>
    where
        W: FnOnce(Option<Place<'_>>) -> T,
    {
        self.transaction(|store| {
            store.refresh()?;
            if store.beside.0.len() > MOST_HELD {
                store.beside.clear();
            }
            jobs.into_iter().map(|(target, work)| store.job_with_sessions(&target, work)).collect()
        })
    }

    /// Removes what nobody asks for any more: how many rows, of as many as may go at once.
    pub fn forget_old_sessions(&mut self, now: u32) -> Result<usize, StoreError> {
        let sql =
            "DELETE FROM sessions WHERE lookup IN (SELECT lookup FROM sessions WHERE until < ?1 LIMIT ?2)";
        self.transaction(|store| Ok(store.db.prepare_cached(sql)?.execute(params![now, MOST_REMOVED])?))
    }

    /// The outer error ends the transaction, the inner one is of this job alone: nothing was done for it.
    fn job_with_sessions<T>(
        &mut self,
        target: &Target,
        work: impl FnOnce(Option<Place<'_>>) -> T,
    ) -> Result<Result<T, StoreError>, StoreError> {
        let serial = match target {
            Target::License(serial) => Some(*serial),
            Target::Record(name) => self.serial_named(name)?,
        };
        let loaded = serial.map(|serial| self.load_both(serial).map(|held| held.map(|held| (serial, held))));
        let (serial, mut held) = match loaded.transpose() {
            Ok(Some(Some(loaded))) => loaded,
            Ok(_) => return Ok(Ok(work(None))),
            Err(error @ StoreError::Damaged { .. }) => return Ok(Err(error)),
            Err(error) => return Err(error),
        };
        let sessions = &mut held.sessions;
        let is_account = matches!(target, Target::Record(Name::Account(..)));
        let fresh_key = if is_account { Some(self.fresh_key()?) } else { None };
        let done = self.job(serial, |license| work(Some(Place { license, sessions, fresh_key })))?;
        self.write_sessions(serial, &mut held)?;
        self.beside.0.insert(serial, held);
        Ok(done.ok_or_else(|| damaged("the row", serial)))
    }

    /// Takes what is beside a license out of memory, or reads it, and holds the license.
    fn load_both(&mut self, serial: Serial) -> Result<Option<Held>, StoreError> {
        if !self.held.contains_key(&serial) {
            let Some(license) = self.load(serial)? else { return Ok(None) };
            self.held.insert(serial, license);
        }
        match self.beside.0.remove(&serial) {
            Some(held) => Ok(Some(held)),
            None => self.load_sessions(serial).map(Some),
        }
    }

    fn load_sessions(&self, serial: Serial) -> Result<Held, StoreError> {
        let mut held = Held::default();
        let mut statement =
            self.db.prepare_cached("SELECT lookup, kind, content FROM sessions WHERE serial = ?1")?;
        let mut rows = statement.query([number(serial)])?;
        while let Some(row) = rows.next()? {
            let (lookup, kind, content): ([u8; 16], u8, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let open = seal::open_record(&self.storage, serial, (kind, &lookup), &content);
            let content = open.map_err(|NotARow| damaged("a session", serial))?;
            let name = held.sessions.take_up(serial, kind, &content);
            let name = name.map_err(|NotARow| damaged("a session", serial))?;
            if self.lookup(&name) != lookup {
                return Err(damaged("the name of a session", serial));
            }
            held.kept.insert(name, content);
        }
        Ok(held)
    }

    /// What finds a record.
    fn lookup(&self, name: &Name) -> [u8; 16] {
        let context = [&self.salt[..], &sha256(&[&name.to_bytes()])].concat();
        let [lookup] = *kdf::kdf::<1>(self.storage.expose(), b"session-name", &context);
        lookup
    }

    /// A challenge key that no session of any license has.
    fn fresh_key(&mut self) -> Result<ChallengeKey, StoreError> {
        loop {
            let key = ChallengeKey(self.draw());
            if self.serial_named(&Name::login(key))?.is_none() {
                return Ok(key);
            }
        }
    }

    fn serial_named(&self, name: &Name) -> Result<Option<Serial>, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT serial FROM sessions WHERE lookup = ?1")?;
        let found = statement.query_row([self.lookup(name)], |row| row.get(0)).optional()?;
        Ok(found.and_then(serial_of))
    }

    /// Writes what differs from the disk.
    fn write_sessions(&mut self, serial: Serial, held: &mut Held) -> Result<(), StoreError> {
        let mut gone = std::mem::take(&mut held.kept);
        for record in held.sessions.records() {
            if gone.remove(&record.name).as_ref() != Some(&record.content) {
                let (lookup, nonce) = (self.lookup(&record.name), self.draw());
                let kind = record.name.kind();
                let sealed =
                    seal::seal_record(&self.storage, serial, (kind, &lookup), &nonce, &record.content);
                let mut statement = self.db.prepare_cached(
                    "INSERT INTO sessions (lookup, serial, kind, until, content) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (lookup) DO UPDATE SET serial = excluded.serial, until = excluded.until,
                     content = excluded.content",
                )?;
                statement.execute(params![lookup, number(serial), kind, record.until, sealed])?;
            }
            held.kept.insert(record.name, record.content);
        }
        for name in gone.keys() {
            let mut statement =
                self.db.prepare_cached("DELETE FROM sessions WHERE lookup = ?1 AND serial = ?2")?;
            statement.execute(params![self.lookup(name), number(serial)])?;
        }
        Ok(())
    }
}
