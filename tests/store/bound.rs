//! What is not sealed is bound to what is: a bit that changed anywhere is damage, or changes nothing that is shown.

use std::fs;
use std::path::{Path, PathBuf};

use channel::crypto::keys::Key;
use channel::license::file::License as Line;
use channel::server::{Overview, Store};
use counterproof::io::store::{Sqlite, StoreError};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use crate::kit::*;

const LICENSES: u32 = 5;

/// Two files with licenses of three kinds: used and not, with an instance, with a payload key, without Secure Channel.
fn store_with_everything(path: &Path) {
    let mut store = Sqlite::create(path, storage()).unwrap();
    let lines = [
        Line { threshold: 5, ..line(0) },
        Line { kind: "TOKEN", application: "OTHER       ", threshold: 7, ..line(1) },
        Line { secure_channel: false, threshold: 1, ..line(2) },
    ];
    import(&mut store, &file_of(&lines, 3), false).unwrap();
    let lines = [Line { threshold: 9, license_key: Key::new([8; 16]), ..line(3) }, line(4)];
    import(&mut store, &file_with_id([2; 16], &lines), false).unwrap();
    store.with(serial(0), |license| activate(license, &mut app(1), [6; 13], NOW)).unwrap();
    store.with(serial(2), |license| drop(license.generate_activation1(None, false, NOW).unwrap())).unwrap();
    store.with(serial(1), |license| issue(license, "x", NOW)).unwrap().unwrap().unwrap();
    store.with(serial(4), |_| ()).unwrap();
}

/// Type, application and status of a license, if it is there.
type One = Option<((String, String), Overview)>;
type Shown = ([u64; 3], Vec<One>);

/// All that a person is shown; then all that a server would work with.
fn shown(path: &Path, licenses: u32) -> Result<Shown, StoreError> {
    let look = |store: &mut Sqlite| {
        let all = (0..licenses).map(|n| {
            let names = store.names(serial(n))?;
            Ok(names.zip(store.look(serial(n))?))
        });
        all.collect::<Result<_, _>>()
    };
    let licenses = Sqlite::read(path, &storage(), look)?;
    Ok((Sqlite::read(path, &storage(), |store| store.counts())?, licenses))
}

/// Each license by itself, so that one that is damaged doesn't hide what another is shown as.
fn one_by_one(path: &Path) -> Vec<Result<One, StoreError>> {
    let one = |n| {
        Sqlite::read(path, &storage(), |store| {
            let names = store.names(serial(n))?;
            Ok(names.zip(store.look(serial(n))?))
        })
    };
    (0..LICENSES).map(one).collect()
}

struct Right {
    shown: Shown,
    file: Vec<u8>,
    store: PathBuf,
}

impl Right {
    fn new(folder: &Folder) -> Self {
        let path = folder.store();
        store_with_everything(&path);
        let shown = shown(&path, LICENSES).unwrap();
        assert_eq!(shown.0, [2, 5, 3]);
        let thresholds: Vec<_> = shown.1.iter().flatten().map(|(_, it)| it.threshold).collect();
        assert_eq!(thresholds, [5, 7, 1, 9, 99]);
        Self { shown, file: fs::read(&path).unwrap(), store: folder.0.join("bent.db") }
    }

    /// The store with these bytes in place of its own.
    fn put(&self, file: &[u8]) {
        for end in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(format!("{}{end}", self.store.display()));
        }
        fs::write(&self.store, file).unwrap();
    }

    /// The store after this, which is done behind its back; false where SQLite doesn't take it.
    fn bend(&self, sql: &str, values: &[Value]) -> bool {
        self.put(&self.file);
        let db = Connection::open(&self.store).unwrap();
        db.execute_batch("PRAGMA synchronous = OFF").unwrap();
        db.execute(sql, params_from_iter(values)).is_ok_and(|changed| changed > 0)
    }

    /// Whether damage is said. Nothing else than what is right is ever shown.
    fn is_said(&self, what: &str) -> bool {
        let mut said = false;
        for (n, found) in one_by_one(&self.store).into_iter().enumerate() {
            match found {
                Ok(found) => assert_eq!(found, self.shown.1[n], "{what}: license {n}"),
                Err(_) => said = true,
            }
        }
        match Sqlite::read(&self.store, &storage(), |store| store.counts()) {
            Ok(counts) => assert_eq!(counts, self.shown.0, "{what}"),
            Err(_) => said = true,
        }
        // A server's view.
        if let Ok(mut store) = Sqlite::open(&self.store, storage()) {
            for n in 0..LICENSES {
                match store.with(serial(n), |license| license.overview()) {
                    Ok(found) => {
                        let right = self.shown.1[n as usize].as_ref().map(|(_, overview)| overview);
                        assert_eq!(found.as_ref(), right, "{what}: license {n}");
                    }
                    Err(_) => said = true,
                }
            }
        }
        said
    }
}

fn columns(db: &Connection, table: &str) -> Vec<String> {
    let mut statement = db.prepare(&format!("SELECT name FROM pragma_table_info('{table}')")).unwrap();
    let names = statement.query_map([], |row| row.get(0)).unwrap();
    names.map(Result::unwrap).collect()
}

/// Of a number.
const BITS: [u32; 15] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 31, 32, 39, 40, 63];

/// Values that are one bit or one byte away, and none at all.
fn bent(value: &Value) -> Vec<Value> {
    let mut all: Vec<Value> = match value {
        Value::Integer(number) => BITS.iter().map(|bit| Value::Integer(number ^ (1 << bit))).collect(),
        Value::Text(text) => (0..text.len())
            .flat_map(|at| [1, 2, 0x10].map(|bit| (at, bit)))
            .filter_map(|(at, bit)| {
                let mut bytes = text.clone().into_bytes();
                bytes[at] ^= bit;
                String::from_utf8(bytes).ok().map(Value::Text)
            })
            .chain([Value::Text(String::new()), Value::Text(format!("{text}X"))])
            .collect(),
        Value::Blob(bytes) => (0..bytes.len())
            .map(|at| {
                let mut bytes = bytes.clone();
                bytes[at] ^= 1 << (at % 8);
                Value::Blob(bytes)
            })
            .chain([Value::Blob(Vec::new()), Value::Blob([bytes, &[0][..]].concat())])
            .collect(),
        _ => vec![Value::Blob(vec![0; 60]), Value::Blob(Vec::new())],
    };
    all.push(Value::Null);
    all
}

/// All but the number of a license's row, by which SQLite finds it, and which says nothing about a license.
#[test]
fn every_column_of_every_row_is_bound() {
    let folder = Folder::new("columns");
    let right = Right::new(&folder);
    let (mut said, mut rounds) = (0, 0);
    let db = Connection::open(folder.store()).unwrap();
    for (table, key) in [
        ("store", "rowid"),
        ("files", "rowid"),
        ("kinds", "rowid"),
        ("licenses", "rowid"),
        ("blobs", "serial * 10000 + sequence * 100 + idx"),
    ] {
        let names = columns(&db, table);
        let rows: Vec<(i64, Vec<Value>)> = {
            let mut statement =
                db.prepare(&format!("SELECT {key}, {} FROM {table}", names.join(", "))).unwrap();
            let row = |row: &rusqlite::Row<'_>| {
                Ok((row.get(0)?, (1..=names.len()).map(|at| row.get(at)).collect::<Result<_, _>>()?))
            };
            statement.query_map([], row).unwrap().map(Result::unwrap).collect()
        };
        assert!(!rows.is_empty(), "{table}");
        for (id, values) in &rows {
            for (name, value) in names.iter().zip(values) {
                for bent in bent(value).into_iter().filter(|bent| bent != value) {
                    let sql = format!("UPDATE {table} SET {name} = ?1 WHERE {key} = {id}");
                    if !right.bend(&sql, std::slice::from_ref(&bent)) {
                        continue;
                    }
                    rounds += 1;
                    let what = format!("{table} {id}, {name} = {bent:?}");
                    let is_said = right.is_said(&what);
                    said += usize::from(is_said);
                    // The number of a license's row is nothing that is shown.
                    assert!(is_said || (table == "licenses" && name == "id"), "{what}: not said");
                }
            }
            assert!(right.bend(&format!("DELETE FROM {table} WHERE {key} = {id}"), &[]));
            assert!(right.is_said(&format!("{table} {id} deleted")), "{table} {id} deleted: not said");
        }
    }
    assert!(rounds > 1_500 && said > 1_500, "{said} of {rounds}");
}

#[test]
fn rows_that_change_places_are_damage() {
    let folder = Folder::new("swapped");
    let right = Right::new(&folder);
    let swap = |table: &str, column: &str, [a, b]: [i64; 2]| {
        format!(
            "UPDATE {table} SET {column} =
                 (SELECT t.{column} FROM {table} AS t WHERE t.id = CASE {table}.id WHEN {a} THEN {b} ELSE {a} END)
             WHERE id IN ({a}, {b})"
        )
    };
    for (table, column, pair) in [
        ("licenses", "keys", [1, 2]),
        ("licenses", "state", [1, 2]),
        ("licenses", "(keys, state)", [1, 2]),
        ("licenses", "threshold", [1, 2]),
        ("licenses", "kind", [1, 2]),
        ("licenses", "file", [1, 4]),
        ("licenses", "secure_channel", [1, 3]),
        ("files", "file_id", [1, 2]),
        ("kinds", "type", [1, 2]),
        ("kinds", "application", [1, 2]),
    ] {
        let sql = match column.strip_prefix('(') {
            Some(_) => swap(table, "state", pair).replace(
                "SET state =\n",
                "SET keys = (SELECT t.keys FROM licenses AS t WHERE t.id = CASE licenses.id WHEN 1 THEN 2 ELSE 1 END), state =\n",
            ),
            None => swap(table, column, pair),
        };
        assert!(right.bend(&sql, &[]), "{sql}");
        assert!(right.is_said(&sql), "{table}.{column} exchanged: not said");
    }
    // The vectors of another file.
    assert!(right.bend("UPDATE licenses SET file = 3 - file", &[]));
    assert!(right.is_said("files exchanged"));
    // A license of another store under the same key, whole.
    let other = Folder::new("swapped");
    store_with_everything(&other.store());
    let db = Connection::open(other.store()).unwrap();
    let keys: Vec<u8> = db.query_row("SELECT keys FROM licenses WHERE id = 4", [], |row| row.get(0)).unwrap();
    assert!(right.bend("UPDATE licenses SET keys = ?1 WHERE id = 4", &[Value::Blob(keys)]));
    assert!(right.is_said("of another store"));
}

/// By name: what, and of which license.
#[test]
fn damage_is_said_of_its_license() {
    let folder = Folder::new("named");
    let right = Right::new(&folder);
    for (sql, words) in [
        ("UPDATE licenses SET threshold = 37 WHERE id = 1", "the row of VDS0000000"),
        ("UPDATE licenses SET threshold = 300 WHERE id = 1", "the row of VDS0000000"),
        ("UPDATE licenses SET keys = (SELECT keys FROM licenses WHERE id = 2) WHERE id = 1", "VDS0000000"),
        ("UPDATE licenses SET file = 2 WHERE id = 1", "the row of VDS0000000"),
        ("UPDATE licenses SET file = 9 WHERE id = 1", "license file 9"),
        ("DELETE FROM blobs", "the BLOBs of VDS0000000"),
        ("UPDATE licenses SET serial = serial + 100 WHERE id = 1", "not the 5 licenses are there"),
    ] {
        assert!(right.bend(sql, &[]), "{sql}");
        let error = one_by_one(&right.store).swap_remove(0).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{sql}: {error}");
        assert!(error.to_string().contains(words), "{sql}: {error}");
    }
}

/// Bits of the file itself, every 149th; `COUNTERPROOF_BIT_STEP=1` takes each. Then an import into what is left.
#[test]
fn a_bit_anywhere_in_the_file() {
    let folder = Folder::new("bits");
    let right = Right::new(&folder);
    let step = std::env::var("COUNTERPROOF_BIT_STEP").map_or(149, |step| step.parse().unwrap());
    let more = file_with_id([3; 16], &[line(5), line(6)]);
    let (mut said, mut imported, mut refused) = (0, 0, 0);
    for bit in (0..right.file.len() * 8).step_by(step) {
        let mut file = right.file.clone();
        file[bit / 8] ^= 1 << (bit % 8);
        right.put(&file);
        let what = format!("bit {} of byte {}", bit % 8, bit / 8);
        let is_said = right.is_said(&what);
        said += usize::from(is_said);
        if !(bit / step).is_multiple_of(4) && !is_said {
            continue;
        }
        right.put(&file);
        let opened = Sqlite::open(&right.store, storage());
        match opened.and_then(|mut store| import(&mut store, &more, false)) {
            Err(_) => refused += 1,
            Ok(_) => {
                imported += 1;
                for (n, found) in one_by_one(&right.store).into_iter().enumerate() {
                    assert!(found.is_err() || found.unwrap() == right.shown.1[n], "{what}: license {n}");
                }
                if let Ok(([_, licenses, _], all)) = shown(&right.store, LICENSES + 2) {
                    assert_eq!((licenses, all.iter().flatten().count()), (7, 7), "{what}");
                }
            }
        }
    }
    assert!(said > 100 && imported > 10 && refused > 10, "{said} said, {imported} imports, {refused} not");
}
