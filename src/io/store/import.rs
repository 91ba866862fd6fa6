//! A license file into a store: streaming, all or nothing.
//!
//! ```text
//! thread 1   lines → license::file::Reader → master BLOB sealed → chunks of records
//! thread 2   chunks → rows at the end of `licenses` → index on the serial numbers → COMMIT
//! ```
//! Into a store that is small beside the file, rows are appended without an index, which is made anew at the end:
//! that finds a serial number that stands twice, and costs a fraction. Nothing but a few chunks is in memory.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::{Connection, ErrorCode, params};

use super::{Sqlite, StoreError, number, open_row, schema, seal_row};
use crate::crypto::keys::{Key, Storage, Transport};
use crate::error::{Found, refuse};
use crate::io::rng::{self, Random};
use crate::license::blob::{OVERHEAD, Place};
use crate::license::file::{Header, Item, License as Line, MAX_LINE, Reader};
use crate::rule::LIF_12;
use crate::serial::Serial;
use crate::server::{License, NotARow};

/// Records in a chunk.
const CHUNK: usize = 1_024;
/// Chunks between the two threads.
const CHUNKS: usize = 4;
/// Kilobytes of pages in memory.
const CACHE_KB: i64 = 2 * 1_024;
/// The first license stands in line 2.
const FIRST_LINE: u64 = 2;

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Licenses of the file.
    pub licenses: u64,
    /// How many of them were there before.
    pub renewed: u64,
}

/// Bytes of a master BLOB.
const MASTER_LENGTH: usize = OVERHEAD + 16;

/// A license on its way into the store. Its names are mostly those of the license before.
struct Record {
    serial: Serial,
    kind: Arc<str>,
    application: Arc<str>,
    threshold: u8,
    secure_channel: bool,
    master: [u8; MASTER_LENGTH],
}

/// What goes from the first thread to the second.
enum Chunk {
    Header(Box<Header>),
    Records(Vec<Record>),
    /// The trailer was right, and nothing followed it.
    End,
    Failed(StoreError),
}

impl Sqlite {
    /// Imports a license file. With `reimport`, licenses that are here already begin anew (IMP-3); else they are an
    /// error. `progress` is told how many licenses of how many are read.
    pub fn import(
        &mut self,
        file: impl BufRead + Send,
        transport: &Key<Transport, 32>,
        reimport: bool,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Imported, StoreError> {
        let storage = self.storage.clone();
        let (sender, receiver) = sync_channel(CHUNKS);
        // Rows that are appended stand in the log, and then in the file: once is enough, where nobody else looks.
        schema::without_waiting(&self.db, |db| schema::set_journal(db, "DELETE"))?;
        let imported = std::thread::scope(|scope| {
            let reader = std::thread::Builder::new().name("read".into());
            reader
                .spawn_scoped(scope, move || read(file, transport, &storage, &sender))
                .map_err(StoreError::Unreadable)?;
            // The receiver goes with the work: where that fails, the first thread must not wait for it.
            self.transaction(|store| store.take_in(receiver, reimport, &mut progress))
        });
        schema::set_journal(&self.db, "WAL")?;
        imported
    }

    /// The second thread's part, within a transaction.
    fn take_in(
        &mut self,
        receiver: Receiver<Chunk>,
        reimport: bool,
        progress: &mut impl FnMut(u64, u64),
    ) -> Result<Imported, StoreError> {
        let Some(Chunk::Header(header)) = next(&receiver)? else { return Err(ended_early()) };
        self.held.clear();
        let file = self.insert_file(&header)?;
        let count = u64::from(header.count);
        let [_, stored, _] = self.counts()?;
        let base: i64 = self.db.query_row("SELECT ifnull(max(id), 0) FROM licenses", [], |row| row.get(0))?;
        let rebuild = !reimport && count > stored / 4;
        if rebuild {
            self.db.execute_batch("DROP INDEX licenses_by_serial")?;
        }
        self.db.pragma_update(None, "cache_size", -CACHE_KB)?;

        let mut done = Imported { licenses: 0, renewed: 0 };
        let mut conflict = None;
        let mut kind = Kind::default();
        let mut insert = self.db.prepare(&format!(
            "INSERT OR IGNORE INTO licenses (serial, file, kind, threshold, secure_channel, master)
             VALUES (?1, {file}, ?2, ?3, ?4, ?5)"
        ))?;
        loop {
            match next(&receiver)? {
                Some(Chunk::Records(records)) => {
                    for record in records {
                        done.licenses += 1;
                        let Record { serial, threshold, secure_channel, master, .. } = &record;
                        let kind = kind.of(&self.db, &record)?;
                        // Where the index is away, each is new.
                        if insert.execute(params![
                            number(*serial),
                            kind,
                            threshold,
                            secure_channel,
                            master
                        ])? == 1
                        {
                            continue;
                        }
                        // What is wrong with the file itself is told first: so read on to its end.
                        if !reimport || self.is_of_file(*serial, file)? {
                            conflict = conflict.or(Some((*serial, done.licenses)));
                        } else {
                            self.renew(&record, file, kind)?;
                            done.renewed += 1;
                        }
                    }
                    progress(done.licenses, count);
                }
                Some(Chunk::End) => break,
                _ => return Err(ended_early()),
            }
        }
        if let Some((serial, licenses)) = conflict {
            return self.conflict(serial, file, licenses, reimport);
        }
        if rebuild {
            self.index(base)?;
        }
        Ok(done)
    }

    fn insert_file(&self, header: &Header) -> Result<i64, StoreError> {
        self.db.execute(
            "INSERT INTO files (file_id, static_vector, message_vector) VALUES (?1, ?2, ?3)",
            params![header.file_id, header.static_vector_bytes, header.message_vector.encode()],
        )?;
        Ok(self.db.last_insert_rowid())
    }

    /// IMP-3 for a license that is here.
    fn renew(&self, record: &Record, file: i64, kind: i64) -> Result<(), StoreError> {
        let Record { serial, threshold, secure_channel, master, .. } = record;
        let serial = *serial;
        let mut statement = self.db.prepare_cached("SELECT state FROM licenses WHERE serial = ?1")?;
        let state: Option<Vec<u8>> = statement.query_row([number(serial)], |row| row.get(0))?;
        let damaged = |NotARow| StoreError::Damaged { what: format!("the row of {serial}") };
        let state = match state {
            None => None,
            Some(sealed) => {
                let row = open_row(&self.storage, serial, &sealed).map_err(damaged)?;
                let row = License::renewed_row(&row).map_err(damaged)?;
                let mut nonce = [0; 12];
                rng::system()(&mut nonce);
                Some(seal_row(&self.storage, serial, &nonce, &row))
            }
        };
        let mut statement = self.db.prepare_cached(
            "UPDATE licenses SET file = ?2, kind = ?3, threshold = ?4, secure_channel = ?5, master = ?6,
                 payload_key = NULL, state = ?7 WHERE serial = ?1",
        )?;
        statement.execute(params![number(serial), file, kind, threshold, secure_channel, master, state])?;
        let mut statement = self.db.prepare_cached("DELETE FROM blobs WHERE serial = ?1")?;
        statement.execute([number(serial)])?;
        Ok(())
    }

    fn is_of_file(&self, serial: Serial, file: i64) -> Result<bool, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT file FROM licenses WHERE serial = ?1")?;
        Ok(statement.query_row([number(serial)], |row| row.get::<_, i64>(0))? == file)
    }

    /// A serial number that was there when the n-th license came: before this file, or in it.
    fn conflict<T>(&self, serial: Serial, file: i64, n: u64, reimport: bool) -> Result<T, StoreError> {
        let line = n - 1 + FIRST_LINE;
        if !self.is_of_file(serial, file)? {
            return Err(StoreError::AlreadyStored { serial, line });
        }
        if reimport {
            return Ok(refuse(LIF_12, Found::Line(line, 0))?);
        }
        // Those of this file stand in its order; none was left out before the first conflict.
        let sql = "SELECT count(*) FROM licenses WHERE file = ?1 AND id <= (SELECT id FROM licenses WHERE serial = ?2)";
        let first: i64 = self.db.query_row(sql, params![file, number(serial)], |row| row.get(0))?;
        Ok(refuse(LIF_12, Found::Lines(first.unsigned_abs() - 1 + FIRST_LINE, line))?)
    }

    /// Makes the index anew; where a serial number stands twice, says which.
    fn index(&self, base: i64) -> Result<(), StoreError> {
        let made = self.db.execute_batch("CREATE UNIQUE INDEX licenses_by_serial ON licenses (serial)");
        match made {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let sql = "SELECT serial, min(id), max(id) FROM licenses GROUP BY serial
                           HAVING count(*) > 1 ORDER BY max(id) LIMIT 1";
                let (serial, first, second) = self
                    .db
                    .query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?)))?;
                let [_, _, _, bytes @ ..] = serial.to_be_bytes();
                twice(Serial::from_bytes(bytes)?, base, first, second)
            }
            other => Ok(other?),
        }
    }
}

/// The kind of the license before, which is mostly that of the next.
#[derive(Default)]
struct Kind {
    names: Option<[Arc<str>; 2]>,
    id: i64,
}

impl Kind {
    /// The number of a license's kind; a new one is written.
    fn of(&mut self, db: &Connection, record: &Record) -> Result<i64, StoreError> {
        let same = |[kind, application]: &[Arc<str>; 2]| {
            Arc::ptr_eq(kind, &record.kind) && Arc::ptr_eq(application, &record.application)
        };
        if !self.names.as_ref().is_some_and(same) {
            let names = [record.kind.clone(), record.application.clone()];
            db.execute("INSERT OR IGNORE INTO kinds (type, application) VALUES (?1, ?2)", names.each_ref())?;
            let sql = "SELECT id FROM kinds WHERE type = ?1 AND application = ?2";
            self.id = db.query_row(sql, names.each_ref(), |row| row.get(0))?;
            self.names = Some(names);
        }
        Ok(self.id)
    }
}

/// Twice in the file, or once in the file and once in the store before.
fn twice<T>(serial: Serial, base: i64, first: i64, second: i64) -> Result<T, StoreError> {
    let line = |id: i64| u64::try_from(id - base - 1).unwrap_or(0) + FIRST_LINE;
    match first > base {
        true => Ok(refuse(LIF_12, Found::Lines(line(first), line(second)))?),
        false => Err(StoreError::AlreadyStored { serial, line: line(second) }),
    }
}

fn next(receiver: &Receiver<Chunk>) -> Result<Option<Chunk>, StoreError> {
    match receiver.recv() {
        Ok(Chunk::Failed(error)) => Err(error),
        Ok(chunk) => Ok(Some(chunk)),
        Err(_) => Ok(None),
    }
}

fn ended_early() -> StoreError {
    StoreError::Unreadable(std::io::Error::other("reading ended early"))
}

/// The first thread: reads to the end, or to the first defect. That nobody listens any more is no matter.
fn read(
    file: impl BufRead,
    transport: &Key<Transport, 32>,
    storage: &Key<Storage>,
    sender: &SyncSender<Chunk>,
) {
    let end = match read_lines(file, transport, storage, sender) {
        Ok(()) => Chunk::End,
        Err(error) => Chunk::Failed(error),
    };
    let _ = sender.send(end);
}

fn read_lines(
    mut file: impl BufRead,
    transport: &Key<Transport, 32>,
    storage: &Key<Storage>,
    sender: &SyncSender<Chunk>,
) -> Result<(), StoreError> {
    let mut random = rng::system();
    let mut line = Vec::with_capacity(MAX_LINE + 2);
    next_line(&mut file, &mut line)?;
    let mut reader = Reader::new(transport, &line)?;
    if sender.send(Chunk::Header(Box::new(reader.header().clone()))).is_err() {
        return Ok(());
    }
    let mut records = Vec::with_capacity(CHUNK);
    let mut names: [Arc<str>; 2] = ["".into(), "".into()];
    loop {
        next_line(&mut file, &mut line)?;
        match reader.line(&line)? {
            Item::License(license) => {
                let [kind, application] = &mut names;
                reuse(kind, license.kind);
                reuse(application, license.application);
                let names = (kind.clone(), application.clone());
                records.push(record(&license, names, storage, &mut random));
            }
            Item::End if line.is_empty() => break,
            Item::End => {}
        }
        if records.len() == CHUNK {
            let chunk = std::mem::replace(&mut records, Vec::with_capacity(CHUNK));
            if sender.send(Chunk::Records(chunk)).is_err() {
                return Ok(());
            }
        }
    }
    let _ = sender.send(Chunk::Records(records));
    Ok(())
}

fn reuse(name: &mut Arc<str>, text: &str) {
    if **name != *text {
        *name = text.into();
    }
}

fn record(
    license: &Line<'_>,
    (kind, application): (Arc<str>, Arc<str>),
    storage: &Key<Storage>,
    random: &mut Random,
) -> Record {
    let mut nonce = [0; 12];
    random(&mut nonce);
    let place = Place { serial: license.serial, sequence: 0, index: 0 };
    let master = place.seal(storage, &nonce, license.license_key.expose());
    Record {
        serial: license.serial,
        kind,
        application,
        threshold: license.threshold,
        secure_channel: license.secure_channel,
        // Always as long: a key and the overhead.
        master: master.try_into().unwrap_or([0; MASTER_LENGTH]),
    }
}

/// The next line with its LF; of one that is too long, what shows that it is.
fn next_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> Result<(), StoreError> {
    line.clear();
    let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
    std::io::Read::take(file, most).read_until(b'\n', line).map_err(StoreError::Unreadable)?;
    Ok(())
}
