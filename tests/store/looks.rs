//! A look at a store changes nothing, and shows what it is at one moment: at rest, beside a server, after a crash.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use channel::server::{License, Store};
use counterproof::io::store::{Sqlite, StoreError};
use rusqlite::Connection;

use crate::kit::*;

/// The counter of the last message of license 0, and how many licenses there are.
fn look(path: &Path) -> Result<(u32, u64), StoreError> {
    Sqlite::read(path, &storage(), |store| {
        let counter = store.look(serial(0))?.map_or(0, |overview| overview.last_message.1);
        Ok((counter, store.counts()?[1]))
    })
}

/// Names, contents and times of all that is in a folder; of the log's index only that it is there.
fn all(folder: &Path) -> Vec<(PathBuf, Vec<u8>, [i64; 2])> {
    let one = |path: PathBuf| {
        let found = fs::metadata(&path).unwrap();
        match path.to_string_lossy().ends_with("-shm") {
            true => (path, Vec::new(), [0; 2]),
            false => (path.clone(), fs::read(path).unwrap(), [found.mtime(), found.mtime_nsec()]),
        }
    };
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| one(entry.unwrap().path())).collect();
    all.sort();
    all
}

fn issue_one(license: &mut License) {
    issue(license, "x", NOW).unwrap();
}

/// In a process of its own, as locks are the process's.
fn show(path: &Path) -> String {
    fs::write(path.with_extension("key"), "5A".repeat(16)).unwrap();
    let before = all(path.parent().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterproof"));
    command.args(["licenses", "show", "VDS0000000", "--store"]).arg(path);
    let output = command.arg("--storage-key").arg(path.with_extension("key")).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(all(path.parent().unwrap()), before);
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn beside_a_server_it_shows_what_was_committed_last() {
    let folder = Folder::new("beside");
    let path = folder.store();
    let mut store = store_of(&path, 3);
    assert!(show(&path).contains("counter 0,"));
    for round in 1..6 {
        store.with(serial(0), issue_one).unwrap();
        assert!(show(&path).contains(&format!("counter {round},")), "{round}");
    }
    // What is written and not committed yet is not shown, and nobody waits for it.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE licenses SET state = NULL").unwrap();
    assert!(show(&path).contains("counter 5,"));
    other.execute_batch("ROLLBACK").unwrap();
}

#[test]
fn what_a_server_that_died_left_is_read_and_left() {
    let folder = Folder::new("died");
    let mut store = store_of(&folder.store(), 3);
    for _ in 0..4 {
        store.with(serial(0), issue_one).unwrap();
    }
    for ends in [&["", "-wal", "-shm"][..], &["", "-wal"]] {
        let dead = Folder::new("dead");
        for end in ends {
            let [from, to] = [&folder, &dead].map(|it| format!("{}{end}", it.store().display()));
            fs::copy(from, to).unwrap();
        }
        if ends.len() == 3 {
            assert!(show(&dead.store()).contains("counter 4,"));
        }
        assert_eq!(look(&dead.store()).unwrap(), (4, 3), "{ends:?}");
    }
}

/// An import that was killed: the old pages are in the journal, new ones in the file already.
#[test]
fn what_an_import_that_died_left_half_way_is_put_right_first() {
    let folder = Folder::new("died");
    let mut store = store_of(&folder.store(), 300);
    store.with(serial(0), issue_one).unwrap();
    drop(store);
    let db = Connection::open(folder.store()).unwrap();
    let dead = Folder::new("dead");
    db.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN IMMEDIATE;
         UPDATE licenses SET threshold = 1, keys = zeroblob(300); UPDATE licenses SET threshold = 2",
    )
    .unwrap();
    for end in ["", "-journal"] {
        let [from, to] = [&folder, &dead].map(|it| format!("{}{end}", it.store().display()));
        fs::copy(from, to).unwrap();
    }
    db.execute_batch("ROLLBACK").unwrap();
    assert_eq!(look(&dead.store()).unwrap(), (1, 300));
    assert!(!dead.0.join("store.db-journal").exists());
}

#[test]
fn while_others_import_it_shows_the_store_before_or_after() {
    const FILES: u32 = 12;
    const COUNT: u32 = 400;
    let folder = Folder::new("while");
    drop(store_of(&folder.store(), COUNT));
    fs::write(folder.0.join("key"), "77".repeat(32)).unwrap();
    fs::write(folder.0.join("store.db.key"), "5A".repeat(16)).unwrap();
    let mut script = String::new();
    for n in 1..=FILES {
        let name = folder.0.join(format!("{n}.jsonl"));
        fs::write(&name, file(n * COUNT..(n + 1) * COUNT)).unwrap();
        let key = folder.0.join("key");
        script += &format!(
            "\"$0\" licenses import {} --store {} --transport-key {} || exit 1\n",
            name.display(),
            folder.store().display(),
            key.display()
        );
    }
    let mut importer = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_counterproof")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut last, mut looks) = (0, 0);
    let status = loop {
        match look(&folder.store()) {
            Ok((_, licenses)) => {
                assert!(licenses % u64::from(COUNT) == 0 && licenses >= last, "{licenses} after {last}");
                last = licenses;
                looks += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::InUse), "{error}"),
        }
        if let Some(status) = importer.try_wait().unwrap() {
            break status;
        }
    };
    assert!(status.success());
    assert!(looks > 10, "{looks} looks");
    assert_eq!(look(&folder.store()).unwrap().1, u64::from((FILES + 1) * COUNT));
}
