//! Files that are not what they should be, and stores of another version.

use std::fs;
use std::path::Path;

use channel::crypto::keys::Key;
use channel::server::Store;
use counterproof::io::store::{Sqlite, StoreError};
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
fn another_version_is_refused_and_left() {
    let folder = Folder::new("version");
    drop(store_of(&folder.store(), 1));
    let db = Connection::open(folder.store()).unwrap();
    for other in [1, 2, 3, 4, 6, 1_000] {
        db.pragma_update(None, "user_version", other).unwrap();
        let before = fs::read(folder.store()).unwrap();
        let error = refused(&folder.store());
        match error {
            StoreError::Newer { found, known: 5 } if other > 5 => assert_eq!(found, other),
            StoreError::Older { found, known: 5 } if other < 5 => {
                assert_eq!(found, other);
                assert!(error.to_string().contains("import its license files into a new store"), "{error}");
            }
            error => panic!("{other}: {error}"),
        }
        assert_eq!(fs::read(folder.store()).unwrap(), before);
    }
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
    for (table, column) in [("licenses", "keys"), ("licenses", "state"), ("blobs", "blob")] {
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
