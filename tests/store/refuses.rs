//! Files that are not what they should be, and stores of another version.

use std::fs;
use std::path::Path;

use counterproof::crypto::gcm::Gcm;
use counterproof::crypto::kdf;
use counterproof::crypto::keys::Key;
use counterproof::io::store::{Sqlite, StoreError};
use counterproof::server::Store;
use rusqlite::Connection;

use crate::kit::*;

fn refused(path: &Path) -> StoreError {
    Sqlite::create(path, storage()).err().expect("refused")
}

#[test]
fn folders_texts_and_foreign_databases_stay_as_they_are() {
    let folder = Folder::new("foreign");
    assert!(matches!(refused(&folder.0), StoreError::Folder));
    let missing = Sqlite::open(&folder.store(), storage()).err().unwrap();
    assert!(matches!(missing, StoreError::Missing) && !folder.store().exists());

    let text = folder.0.join("text");
    fs::write(&text, "no database at all, but long enough to have a header of its own".repeat(20)).unwrap();
    let before = fs::read(&text).unwrap();
    assert!(matches!(refused(&text), StoreError::NotAStore));
    assert_eq!(fs::read(&text).unwrap(), before);

    let foreign = folder.0.join("foreign");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    let before = fs::read(&foreign).unwrap();
    assert!(matches!(refused(&foreign), StoreError::NotAStore));
    assert_eq!(fs::read(&foreign).unwrap(), before);
}

#[test]
fn another_storage_key_is_told_at_once() {
    let folder = Folder::new("key");
    drop(store_of(&folder.store(), 1));
    let error = Sqlite::open(&folder.store(), Key::new([1; 16])).err().unwrap();
    assert!(matches!(error, StoreError::WrongStorageKey), "{error}");
    assert!(Sqlite::open(&folder.store(), storage()).is_ok());
}

#[test]
fn a_newer_version_is_refused_and_left() {
    let folder = Folder::new("newer");
    drop(store_of(&folder.store(), 1));
    let db = Connection::open(folder.store()).unwrap();
    db.pragma_update(None, "user_version", 4).unwrap();
    let error = refused(&folder.store());
    assert!(matches!(error, StoreError::Newer { found: 4, known: 3 }), "{error}");
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 4);
}

/// What version 1 looked like, as a program of that version left it.
fn write_version_1(path: &Path, from: &Path) {
    let db = Connection::open(path).unwrap();
    db.execute_batch(&format!(
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
         ) STRICT, WITHOUT ROWID;
         ATTACH '{}' AS newer;
         INSERT INTO store SELECT * FROM newer.store;
         INSERT INTO files SELECT * FROM newer.files;
         INSERT INTO blobs SELECT * FROM newer.blobs;
         INSERT INTO licenses SELECT id, serial, file, threshold, secure_channel, master, payload_key, state
             FROM newer.licenses;
         PRAGMA application_id = {};
         PRAGMA user_version = 1;",
        from.display(),
        0x4350_5354
    ))
    .unwrap();
}

/// The row of a license that has no AM1 out and no verified device, as version 1 of rows had it.
fn first_version(row: &[u8]) -> Vec<u8> {
    let (head, mut rest) = row.split_at(24);
    assert_eq!((head[0], head[23]), (2, 0));
    let mut old = [&[1], &head[1..]].concat();
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at(length);
        rest = left;
        taken.to_vec()
    };
    let requests = take(2);
    old.extend(&requests);
    for _ in 0..u16::from_be_bytes(requests.try_into().unwrap()) {
        old.extend(take(9)); // counter, time, application
        assert_eq!(take(1), [0]);
        old.extend(take(32));
    }
    let instances = take(1);
    old.extend(&instances);
    for _ in 0..instances[0] {
        old.extend(take(24)); // number, device, salt, status, replaces, failures, used
        assert_eq!(take(3), [0; 3]);
    }
    assert!(take(0).is_empty() && rest.is_empty());
    old
}

#[test]
fn a_row_of_version_1_is_read_and_written_anew() {
    let folder = Folder::new("row");
    let mut store = store_of(&folder.store(), 1);
    let mut app = app(1);
    let sequence =
        store.with(serial(0), |license| activate(license, &mut app, [6; 13], NOW)).unwrap().unwrap();
    let message = store.with(serial(0), |license| issue(license, "x", NOW)).unwrap().unwrap().unwrap();
    // An AM1 and its device would be in the row, too; the confirmation has ended both.
    store.with(serial(0), |license| license.restored(0, NOW)).unwrap();
    let message_after = store.with(serial(0), |license| issue(license, "y", NOW)).unwrap().unwrap().unwrap();
    let row = store.with(serial(0), |license| license.row()).unwrap().unwrap();
    drop(store);

    let key = kdf::row(&storage(), serial(0));
    let mut old = first_version(&row);
    let tag = Gcm::sealing(&key).seal(&[9; 12], &[], &mut old);
    let sealed = [&[9; 12][..], &old, &tag].concat();
    let db = Connection::open(folder.store()).unwrap();
    db.execute("UPDATE licenses SET state = ?1", [sealed]).unwrap();
    db.pragma_update(None, "user_version", 2).unwrap();
    drop(db);

    let mut store = Sqlite::open(&folder.store(), storage()).unwrap();
    assert_eq!(store.with(serial(0), |license| license.row()).unwrap().unwrap(), row);
    assert_eq!(message.len(), message_after.len());
    let signature = sign(&mut app, &message_after, NOW + 36);
    let verified = store.with(serial(0), |license| {
        license.verify_message_signature(sequence, &message_after, &signature, NOW + 36)
    });
    verified.unwrap().unwrap().unwrap();
}

#[test]
fn a_store_of_the_version_before_is_migrated_with_all_it_has() {
    let folder = Folder::new("migrate");
    let mut store = store_of(&folder.store(), 3);
    let mut app = app(1);
    let sequence =
        store.with(serial(1), |license| activate(license, &mut app, [6; 13], NOW)).unwrap().unwrap();
    let message = store.with(serial(1), |license| issue(license, "x", NOW)).unwrap().unwrap().unwrap();
    let overview = store.with(serial(1), |license| license.overview()).unwrap();
    drop(store);

    let old = folder.0.join("old.db");
    write_version_1(&old, &folder.store());
    let mut migrated = Sqlite::open(&old, storage()).unwrap();
    assert_eq!(migrated.counts().unwrap(), [1, 3, 1]);
    assert_eq!(migrated.with(serial(1), |license| license.overview()).unwrap(), overview);
    assert_eq!(migrated.names(serial(1)).unwrap(), Some((String::new(), String::new())));
    let signature = sign(&mut app, &message, NOW);
    let verified = migrated
        .with(serial(1), |license| license.verify_message_signature(sequence, &message, &signature, NOW));
    verified.unwrap().unwrap().unwrap();
    // New licenses go in beside the old ones, and it stays migrated.
    import(&mut migrated, &file(10..12), false).unwrap();
    drop(migrated);
    assert_eq!(Sqlite::open(&old, storage()).unwrap().counts().unwrap(), [2, 5, 1]);
}

#[test]
fn every_connection_waits_for_the_disk() {
    let folder = Folder::new("full");
    let path = folder.store();
    drop(store_of(&path, 1));
    for _ in 0..3 {
        let store = Sqlite::open(&path, storage()).unwrap();
        assert_eq!(store.durability().unwrap(), ("wal".to_owned(), 2));
    }
    assert_eq!(Sqlite::create(&path, storage()).unwrap().durability().unwrap(), ("wal".to_owned(), 2));
}

/// Each byte of everything sealed, bent in the file: said, and never taken for something else.
#[test]
fn what_is_damaged_is_said_and_never_used() {
    let folder = Folder::new("damaged");
    let path = folder.store();
    let mut store = store_of(&path, 2);
    let mut app = app(1);
    store.with(serial(0), |license| activate(license, &mut app, [6; 13], NOW)).unwrap();
    drop(store);
    for (table, column) in
        [("licenses", "master"), ("licenses", "payload_key"), ("licenses", "state"), ("blobs", "blob")]
    {
        let sql = format!("SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL LIMIT 1");
        let sql = if table == "blobs" { sql.replace("rowid", "idx") } else { sql };
        let (id, good): (i64, Vec<u8>) = Connection::open(&path)
            .unwrap()
            .query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        let key = if table == "blobs" { "idx" } else { "rowid" };
        let put = |bytes: &[u8]| {
            let sql = format!("UPDATE {table} SET {column} = ?1 WHERE {key} = ?2");
            Connection::open(&path).unwrap().execute(&sql, rusqlite::params![bytes, id]).unwrap();
        };
        for at in (0..good.len()).step_by(7).chain([good.len() - 1]) {
            let mut bent = good.clone();
            bent[at] ^= 0x10;
            put(&bent);
            let mut store = Sqlite::open(&path, storage()).unwrap();
            let heard = store.with(serial(0), |license| license.overview());
            assert!(matches!(heard, Err(StoreError::Damaged { .. })), "{column} {at}: {heard:?}");
            // The other license can be used all the same.
            assert!(store.with(serial(1), |license| license.overview()).unwrap().is_some());
        }
        put(&good[..good.len() / 2]);
        let mut store = Sqlite::open(&path, storage()).unwrap();
        assert!(matches!(store.with(serial(0), |_| ()), Err(StoreError::Damaged { .. })), "{column} cut");
        put(&good);
        assert!(store.with(serial(0), |_| ()).unwrap().is_some());
    }
}

/// A BLOB that got lost would let what was accepted be accepted again.
#[test]
fn a_blob_that_is_missing_or_too_many_is_damage() {
    let folder = Folder::new("lost");
    let path = folder.store();
    let mut store = store_of(&path, 1);
    let state_before = {
        store.with(serial(0), |_| ()).unwrap();
        let db = Connection::open(&path).unwrap();
        db.execute_batch("CREATE TABLE kept AS SELECT * FROM licenses").unwrap();
        db
    };
    store.with(serial(0), |license| activate(license, &mut app(1), [6; 13], NOW)).unwrap();
    drop(store);
    let heard = |db: &Connection, sql: &str| {
        db.execute_batch(sql).unwrap();
        Sqlite::open(&path, storage()).unwrap().with(serial(0), |_| ()).map(|found| found.is_some())
    };
    let db = state_before;
    assert!(matches!(heard(&db, ""), Ok(true)));
    let moved = heard(&db, "UPDATE blobs SET serial = serial + 1");
    assert!(matches!(moved, Err(StoreError::Damaged { .. })), "{moved:?}");
    assert!(matches!(heard(&db, "UPDATE blobs SET serial = serial - 1"), Ok(true)));
    let older = heard(&db, "UPDATE licenses SET state = (SELECT state FROM kept)");
    assert!(matches!(older, Err(StoreError::Damaged { .. })), "{older:?}");
}

#[test]
fn rows_of_two_licenses_can_not_be_exchanged() {
    let folder = Folder::new("exchanged");
    let path = folder.store();
    let mut store = store_of(&path, 2);
    for n in 0..2 {
        store.with(serial(n), |license| issue(license, "x", NOW)).unwrap();
    }
    drop(store);
    let db = Connection::open(&path).unwrap();
    db.execute_batch("UPDATE licenses SET state = (SELECT state FROM licenses WHERE id = 1)").unwrap();
    drop(db);
    let mut store = Sqlite::open(&path, storage()).unwrap();
    assert!(store.with(serial(0), |_| ()).is_ok());
    assert!(matches!(store.with(serial(1), |_| ()), Err(StoreError::Damaged { .. })));
}
