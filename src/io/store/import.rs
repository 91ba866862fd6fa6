//! A license file into a store: streaming, all or nothing.
//!
//! ```text
//! thread 1   lines → license::file::Reader → master BLOB sealed → chunks of records
//! thread 2   chunks → rows at the end of `licenses` → index on the serial numbers → COMMIT
//! ```
//! Into a store that is small beside the file, rows are appended without an index, which is made anew at the end:
//! that finds a serial number that stands twice, and costs a fraction. Nothing but a few chunks is in memory.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::{Connection, ErrorCode, params};

use super::schema::Totals;
use super::seal::{self, Columns, Keys, UNUSED_LENGTH};
use super::{Sqlite, StoreError, damaged, number, schema, serial_of};
use crate::io::rng::{self, Random};
use channel::crypto::keys::{Key, Storage, Transport};
use channel::error::{Found, Refusal, refuse};
use channel::license::file::{Header, Item, License as Line, MAX_LINE, Reader};
use channel::rule::LIF_12;
use channel::serial::Serial;
use channel::server::{Floor, License, NotARow};
use channel::wire::message_vector::MessageVector;

/// Records in a chunk.
const CHUNK: usize = 1_024;
/// Chunks between the two threads.
const CHUNKS: usize = 4;
/// Kilobytes of pages in memory.
const CACHE_KB: i64 = 2 * 1_024;
/// The first license stands in line 2.
const FIRST_LINE: u64 = 2;

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Licenses of the file.
    pub licenses: u64,
    /// How many of them were there before.
    pub renewed: u64,
    /// Indices of the applications whose responses are easier to guess than they should be (VER-23).
    pub warnings: BTreeSet<u8>,
}

/// A license on its way into the store. Its names are mostly those of the license before.
struct Record {
    serial: Serial,
    kind: Arc<str>,
    application: Arc<str>,
    threshold: u8,
    secure_channel: u8,
    keys: [u8; UNUSED_LENGTH],
}

/// What goes from the first thread to the second.
enum Chunk {
    Header(Box<Header>),
    Records(Vec<Record>),
    /// The trailer was right, and nothing followed it. What the licenses of the file may not or should not be made with.
    End(Judged),
    Failed(StoreError),
}

/// What was found of settings that let responses be guessed.
#[derive(Default)]
struct Judged {
    /// Of the first license with which none is made (STV-7, VER-21, VER-22).
    refusal: Option<Refusal>,
    warnings: BTreeSet<u8>,
    /// With Secure Channel or without: all licenses of a file have the rest in common.
    known: BTreeSet<bool>,
}

impl Judged {
    fn judge(&mut self, header: &Header, secure_channel: bool, line: u64) {
        if !self.known.insert(secure_channel) {
            return;
        }
        let MessageVector { signature_tries: tries, windows, .. } = &header.message_vector;
        let floor = Floor { vector: &header.static_vector, tries: *tries, windows, secure_channel };
        if let (None, Err(refusal)) = (self.refusal, floor.ensure()) {
            self.refusal = refuse::<()>(refusal.rule, Found::Line(line, 0)).err();
        }
        self.warnings.extend(floor.warnings());
    }
}

impl Sqlite {
    /// Imports a license file. With `reimport`, licenses that are here already begin anew (IMP-3); else they are an
    /// error. A file with a license whose settings are too weak (STV-7, VER-21, VER-22) is refused as a whole. `progress` is told how many licenses of how many are read.
    pub fn import(
        &mut self,
        file: impl BufRead + Send,
        transport: &Key<Transport, 32>,
        reimport: bool,
        progress: impl FnMut(u64, u64),
    ) -> Result<Imported, StoreError> {
        // Rows that are appended stand in the log, and then in the file: once is enough, where nobody else looks.
        schema::without_waiting(&self.db, |db| schema::set_journal(db, "DELETE"))?;
        let imported = self.import_here(file, transport, reimport, progress);
        // What is imported is on the disk either way, and either mode keeps what comes; whoever opens the store next
        // sets it anew.
        let _ = schema::set_journal(&self.db, "WAL");
        imported
    }

    /// The same in the journal mode that there is.
    pub(super) fn import_here(
        &mut self,
        file: impl BufRead + Send,
        transport: &Key<Transport, 32>,
        reimport: bool,
        mut progress: impl FnMut(u64, u64),
    ) -> Result<Imported, StoreError> {
        let (storage, salt) = (self.storage.clone(), self.salt);
        let (sender, receiver) = sync_channel(CHUNKS);
        std::thread::scope(|scope| {
            let reader = std::thread::Builder::new().name("read".into());
            reader
                .spawn_scoped(scope, move || read(file, transport, &storage, &salt, &sender))
                .map_err(StoreError::from)?;
            // The receiver goes with the work: where that fails, the first thread must not wait for it.
            self.transaction(|store| store.take_in(receiver, reimport, &mut progress))
        })
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
        let mut totals = Totals::read(&self.db, &self.storage, &self.salt)?;
        let stored = totals.licenses.unsigned_abs();
        let file = self.insert_file(&header)?;
        totals.files += 1;
        let count = u64::from(header.count);
        let base: i64 = self.db.query_row("SELECT ifnull(max(id), 0) FROM licenses", [], |row| row.get(0))?;
        let rebuild = !reimport && count > stored / 4;
        if rebuild {
            self.db.execute_batch("DROP INDEX licenses_by_serial")?;
        }
        self.db.pragma_update(None, "cache_size", -CACHE_KB)?;

        let mut done = Imported { licenses: 0, renewed: 0, warnings: BTreeSet::new() };
        let mut conflict = None;
        let mut kinds = Kinds::read(&self.db)?;
        let sql = format!(
            "INSERT OR IGNORE INTO licenses (serial, file, kind, threshold, secure_channel, keys)
             VALUES (?1, {file}, ?2, ?3, ?4, ?5)"
        );
        let judged = loop {
            match next(&receiver)? {
                Some(Chunk::Records(records)) => {
                    let mut insert = self.db.prepare_cached(&sql)?;
                    let mut there = Vec::new();
                    for record in records {
                        done.licenses += 1;
                        let Record { serial, threshold, secure_channel, keys, .. } = &record;
                        let kind = kinds.of(&self.db, &record)?;
                        let serial = number(*serial);
                        // Where the index is away, each is new.
                        match insert.execute(params![serial, kind, threshold, secure_channel, keys])? {
                            1 => totals.add(serial),
                            _ => there.push((record, kind, done.licenses)),
                        }
                    }
                    drop(insert);
                    for (record, kind, n) in there {
                        // What is wrong with the file itself is told first: so read on to its end.
                        if !reimport || self.is_of_file(record.serial, file)? {
                            conflict = conflict.or(Some((record.serial, n)));
                        } else {
                            self.renew(&record, &header, file, kind)?;
                            done.renewed += 1;
                        }
                    }
                    progress(done.licenses, count);
                }
                Some(Chunk::End(judged)) => break judged,
                _ => return Err(ended_early()),
            }
        };
        if let Some((serial, licenses)) = conflict {
            return self.conflict(serial, file, licenses, reimport);
        }
        if rebuild {
            self.index(base)?;
        }
        if let Some(refusal) = judged.refusal {
            return Err(refusal.into());
        }
        totals.write(&self.db, &self.storage, &self.salt)?;
        Ok(Imported { warnings: judged.warnings, ..done })
    }

    fn insert_file(&self, header: &Header) -> Result<i64, StoreError> {
        self.db.execute(
            "INSERT INTO files (file_id, static_vector, message_vector) VALUES (?1, ?2, ?3)",
            params![header.file_id, header.static_vector_bytes, header.message_vector.encode()],
        )?;
        Ok(self.db.last_insert_rowid())
    }

    /// IMP-3 for a license that is here. What is damaged is not begun anew: the counter of its last message would be
    /// another's.
    fn renew(&mut self, record: &Record, header: &Header, file: i64, kind: i64) -> Result<(), StoreError> {
        let Record { serial, threshold, secure_channel, keys, .. } = record;
        let (serial, mut sealed, mut state) = (*serial, keys.to_vec(), None);
        let stored = self.stored(serial)?.ok_or_else(|| damaged("the row", serial))?;
        let (_, tag) = self.open_keys(serial, &stored)?;
        if let Some(before) = &stored.state {
            let row = seal::open_state(&self.storage, serial, &tag, before)
                .and_then(|row| License::renewed_row(&row));
            let row = row.map_err(|NotARow| damaged("the state", serial))?;
            (sealed, state) = self.seal_used(record, header, &row)?;
        }
        let mut statement = self.db.prepare_cached(
            "UPDATE licenses SET file = ?2, kind = ?3, threshold = ?4, secure_channel = ?5, keys = ?6, state = ?7
             WHERE serial = ?1",
        )?;
        statement.execute(params![number(serial), file, kind, threshold, secure_channel, sealed, state])?;
        let mut statement = self.db.prepare_cached("DELETE FROM blobs WHERE serial = ?1")?;
        statement.execute([number(serial)])?;
        // LGN-21, where a gateway has kept sessions.
        if self.db.table_exists(None, "sessions")? {
            let mut statement = self.db.prepare_cached("DELETE FROM sessions WHERE serial = ?1")?;
            statement.execute([number(serial)])?;
        }
        Ok(())
    }

    /// Keys and state of a license that was used before: with a new payload key, since what the old one protected is
    /// not to be read under it again, and a new epoch, so that its BLOBs of before don't open.
    fn seal_used(
        &mut self,
        record: &Record,
        header: &Header,
        row: &[u8],
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), StoreError> {
        let serial = record.serial;
        let binding = seal::binding(
            &self.salt,
            &header.file_id,
            &header.static_vector_bytes,
            &header.message_vector.encode(),
        );
        let mut associated = Vec::new();
        let columns = record.columns(&binding);
        columns.associated(false, &mut associated);
        let opened = Keys::open(&self.storage, serial, &associated, &record.keys);
        let (mut keys, _) = opened.map_err(|NotARow| damaged("the keys", serial))?;
        keys.drawn = Some(self.drawn(record.secure_channel != 0));
        columns.associated(true, &mut associated);
        let nonces = [self.draw(), self.draw()];
        let sealed = keys.seal(&self.storage, serial, &associated, &nonces[0]);
        let tag = sealed.last_chunk().ok_or_else(|| damaged("the keys", serial))?;
        let state = seal::seal_state(&self.storage, serial, tag, &nonces[1], row);
        Ok((sealed, Some(state)))
    }

    fn is_of_file(&self, serial: Serial, file: i64) -> Result<bool, StoreError> {
        let mut statement = self.db.prepare_cached("SELECT file FROM licenses WHERE serial = ?1")?;
        Ok(statement.query_row([number(serial)], |row| row.get::<_, i64>(0))? == file)
    }

    /// A serial number that was there when the n-th license came: before this file, or in it.
    fn conflict<T>(&mut self, serial: Serial, file: i64, n: u64, reimport: bool) -> Result<T, StoreError> {
        let line = n - 1 + FIRST_LINE;
        // It may be there by damage of another one's number only.
        self.verify(serial)?;
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
    fn index(&mut self, base: i64) -> Result<(), StoreError> {
        match self.db.execute_batch(schema::INDEX) {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                let sql = "SELECT serial, min(id), max(id) FROM licenses GROUP BY serial
                           HAVING count(*) > 1 ORDER BY max(id) LIMIT 1";
                let (serial, first, second): (i64, i64, i64) =
                    self.db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
                let what =
                    || StoreError::Damaged { what: format!("there is a serial number {serial} twice") };
                let line = |id: i64| u64::try_from(id - base - 1).unwrap_or(0) + FIRST_LINE;
                if first > base {
                    return Ok(refuse(LIF_12, Found::Lines(line(first), line(second)))?);
                }
                // Stored before; unless that is by damage of another one's number.
                let serial = serial_of(serial).ok_or_else(what)?;
                self.db.execute("DELETE FROM licenses WHERE id > ?1", [base])?;
                self.db.execute_batch(schema::INDEX)?;
                self.verify(serial)?;
                Err(StoreError::AlreadyStored { serial, line: line(second) })
            }
            other => Ok(other?),
        }
    }
}

impl Record {
    fn columns<'a>(&'a self, file: &'a seal::Binding) -> Columns<'a> {
        let Self { kind, application, threshold, secure_channel, .. } = self;
        Columns { file, kind, application, threshold: *threshold, secure_channel: *secure_channel }
    }
}

/// The few kinds of licenses that there are: names and number.
struct Kinds {
    all: Vec<([Arc<str>; 2], i64)>,
    /// Where the last one stands.
    last: usize,
}

impl Kinds {
    fn read(db: &Connection) -> Result<Self, StoreError> {
        let mut statement = db.prepare("SELECT type, application, id FROM kinds")?;
        let rows = statement.query_map([], |row| Ok(([row.get(0)?, row.get(1)?], row.get(2)?)))?;
        Ok(Self { all: rows.collect::<Result<_, _>>()?, last: 0 })
    }

    /// The number of a license's kind, mostly that of the license before; a new one is written.
    fn of(&mut self, db: &Connection, record: &Record) -> Result<i64, StoreError> {
        let names = [&record.kind, &record.application];
        let same = |[kind, application]: &[Arc<str>; 2]| {
            Arc::ptr_eq(kind, &record.kind) && Arc::ptr_eq(application, &record.application)
        };
        if let Some((known, id)) = self.all.get(self.last)
            && same(known)
        {
            return Ok(*id);
        }
        let found = self.all.iter().position(|(known, _)| known.each_ref() == names);
        self.last = match found {
            Some(at) => at,
            None => {
                db.execute("INSERT INTO kinds (type, application) VALUES (?1, ?2)", names)?;
                self.all.push((names.map(Arc::clone), db.last_insert_rowid()));
                self.all.len() - 1
            }
        };
        match self.all.get_mut(self.last) {
            Some((known, id)) => {
                // The same text in the same place is known at a glance the next time.
                *known = names.map(Arc::clone);
                Ok(*id)
            }
            None => Err(StoreError::Damaged { what: "the kinds of licenses".into() }),
        }
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
    salt: &[u8; 16],
    sender: &SyncSender<Chunk>,
) {
    let end = match read_lines(file, transport, storage, salt, sender) {
        Ok(judged) => Chunk::End(judged),
        Err(error) => Chunk::Failed(error),
    };
    let _ = sender.send(end);
}

fn read_lines(
    mut file: impl BufRead,
    transport: &Key<Transport, 32>,
    storage: &Key<Storage>,
    salt: &[u8; 16],
    sender: &SyncSender<Chunk>,
) -> Result<Judged, StoreError> {
    let mut judged = Judged::default();
    let mut number = FIRST_LINE;
    let mut random = rng::system();
    let mut line = Vec::with_capacity(MAX_LINE + 2);
    next_line(&mut file, &mut line)?;
    let mut reader = Reader::new(transport, &line)?;
    if sender.send(Chunk::Header(Box::new(reader.header().clone()))).is_err() {
        return Ok(judged);
    }
    let header = reader.header().clone();
    let Header { file_id, static_vector_bytes, message_vector, .. } = reader.header();
    let binding = seal::binding(salt, file_id, static_vector_bytes, &message_vector.encode());
    let mut associated = Vec::new();
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
                let columns = Columns {
                    file: &binding,
                    kind: license.kind,
                    application: license.application,
                    threshold: license.threshold,
                    secure_channel: u8::from(license.secure_channel),
                };
                columns.associated(false, &mut associated);
                judged.judge(&header, license.secure_channel, number);
                number += 1;
                records.push(record(&license, names, storage, &associated, &mut random));
            }
            Item::End if line.is_empty() => break,
            Item::End => {}
        }
        if records.len() == CHUNK {
            let chunk = std::mem::replace(&mut records, Vec::with_capacity(CHUNK));
            if sender.send(Chunk::Records(chunk)).is_err() {
                return Ok(judged);
            }
        }
    }
    let _ = sender.send(Chunk::Records(records));
    Ok(judged)
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
    associated: &[u8],
    random: &mut Random,
) -> Record {
    let mut nonce = [0; 12];
    random(&mut nonce);
    let keys = Keys { license: license.license_key.clone(), drawn: None };
    let sealed = keys.seal(storage, license.serial, associated, &nonce);
    Record {
        serial: license.serial,
        kind,
        application,
        threshold: license.threshold,
        secure_channel: u8::from(license.secure_channel),
        // Always as long: a key and what sealing adds.
        keys: sealed.try_into().unwrap_or([0; UNUSED_LENGTH]),
    }
}

/// The next line with its LF; of one that is too long, what shows that it is.
fn next_line(file: &mut impl BufRead, line: &mut Vec<u8>) -> Result<(), StoreError> {
    line.clear();
    let most = u64::try_from(MAX_LINE + 2).unwrap_or(u64::MAX);
    std::io::Read::take(file, most).read_until(b'\n', line).map_err(StoreError::Unreadable)?;
    Ok(())
}
