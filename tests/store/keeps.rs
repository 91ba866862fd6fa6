//! What is written is read again.

use channel::license::blob::Epoch;
use channel::license::file;
use channel::rule::{VER_8, VER_12};
use channel::serial::Serial;
use channel::server::{License, Memory, Origin, Settings, Store};
use channel::state::digest;
use harness::setup::otp;

use crate::kit::*;
use channel::crypto::keys::Key;
use counterproof::io::store::{Sqlite, StoreError};

/// The same licenses in memory, without a payload key of their own (the store on disk draws one).
fn memory(numbers: std::ops::Range<u32>) -> Memory {
    let text = file(numbers);
    let key = transport();
    let (header, lines) = file::read(&key, text.as_bytes()).unwrap();
    let mut memory = Memory::default();
    for line in &lines {
        let settings = Settings { message_vector: header.message_vector, threshold: line.threshold };
        let origin = Origin::of_file(&header, line, (Key::new([9; 16]), Epoch([9; 8])));
        memory.insert(License::new(origin, settings).unwrap());
    }
    memory
}

/// A whole story on one license, in any store: what each step said.
fn story<S: Store>(store: &mut S, serial: Serial, mut reopen: impl FnMut(&mut S)) -> Vec<String>
where
    S::Error: std::fmt::Debug,
{
    let mut heard = Vec::new();
    let mut app = app(1);
    let mut hear = |what: &dyn std::fmt::Debug| heard.push(format!("{what:?}"));
    let sequence = store.with(serial, |license| activate(license, &mut app, [6; 13], NOW)).unwrap().unwrap();
    hear(&sequence);
    reopen(store);
    for round in 0..4u32 {
        let now = NOW + 100 * round;
        let message = store.with(serial, |license| issue(license, "pay", now)).unwrap().unwrap().unwrap();
        reopen(store);
        let signature = sign(&mut app, &message, now);
        for _ in 0..2 {
            let verified = store.with(serial, |license| {
                license.verify_message_signature(sequence, &message, &signature, now)
            });
            hear(&verified.unwrap().unwrap().map_err(|refusal| refusal.rule.id));
            reopen(store);
        }
        let responses =
            [(otp::TIME, otp(&mut app, serial, now)), (otp::EVENT, event_otp(&mut app, serial, now))];
        for (application, response) in &responses {
            for typed in [response, response, &"0".repeat(response.len())] {
                let verified =
                    store.with(serial, |license| verify_otp(license, sequence, *application, typed, now));
                hear(&verified.unwrap().unwrap().map_err(|refusal| refusal.rule.id));
                reopen(store);
            }
        }
        hear(&store.with(serial, |license| license.overview().instances).unwrap());
    }
    heard
}

#[test]
fn every_step_survives_a_restart_and_is_what_memory_would_say() {
    let folder = Folder::new("story");
    let path = folder.store();
    let mut on_disk = store_of(&path, 3);
    let told = story(&mut on_disk, serial(1), |store| *store = Sqlite::open(&path, storage()).unwrap());
    assert_eq!(told, story(&mut memory(0..3), serial(1), |_| ()));
    assert!(
        told.contains(&format!("Err({:?})", VER_8.id)) && told.contains(&format!("Err({:?})", VER_12.id))
    );
}

#[test]
fn a_license_that_was_taken_apart_is_the_same() {
    let folder = Folder::new("digest");
    let path = folder.store();
    let mut store = store_of(&path, 1);
    let mut apps = [app(1), app(2), app(3)];
    let mut now = NOW;
    for step in 0..40usize {
        now += 40;
        let state = store.with(serial(0), |license| {
            let app = &mut apps[step % 3];
            if step < 6 {
                activate_or_leave(license, app, step, now);
            } else {
                let message = issue(license, "x", now).unwrap();
                let signature = sign(app, &message, now);
                let sequence = channel::serial::Sequence::new(app_sequence(app)).unwrap();
                let _ = license.verify_message_signature(sequence, &message, &signature, now);
                let _ = verify_otp(license, sequence, otp::TIME, &otp(app, serial(0), now), now);
                let _ = verify_otp(license, sequence, otp::EVENT, "00000000", now);
            }
            license.forget_expired();
            digest(license)
        });
        let mut again = Sqlite::open(&path, storage()).unwrap();
        assert_eq!(again.with(serial(0), |license| digest(license)).unwrap(), state.unwrap(), "step {step}");
    }
}

fn activate_or_leave(license: &mut License, app: &mut channel::client::Client, step: usize, now: u32) {
    let salt = [u8::try_from(step).unwrap(); 13];
    if step < 3 {
        activate(license, app, salt, now);
    } else if step == 4 {
        license.generate_activation1(None, true, now).unwrap();
    }
}

fn app_sequence(app: &channel::client::Client) -> u8 {
    app.accounts().next().and_then(|account| account.sequence).unwrap().number()
}

#[test]
fn a_batch_is_in_order_and_knows_who_is_missing() {
    let folder = Folder::new("batch");
    let mut store = store_of(&folder.store(), 2);
    let jobs = [0, 9, 0, 1].map(|n| {
        (serial(n), |license: &mut License| {
            issue(license, "x", NOW).unwrap();
            license.overview().last_message.1
        })
    });
    assert_eq!(store.batch(jobs).unwrap(), [Some(1), None, Some(2), Some(1)]);
    assert_eq!(store.counts().unwrap(), [1, 2, 2]);
}

#[test]
fn a_payload_key_is_drawn_once() {
    let folder = Folder::new("payload");
    let path = folder.store();
    let mut store = store_of(&path, 1);
    let blob = |store: &mut Sqlite| {
        let sealed = |license: &mut License| license.seal_blob(&storage(), 0, 1, &[0; 12]).unwrap();
        store.with(serial(0), sealed).unwrap().unwrap()
    };
    let first = blob(&mut store);
    let mut again = Sqlite::open(&path, storage()).unwrap();
    assert_eq!(blob(&mut again), first);
    // A second store draws another.
    let other = Folder::new("payload");
    assert_ne!(blob(&mut store_of(&other.store(), 1)), first);
}

#[test]
fn no_key_stands_in_the_file() {
    let folder = Folder::new("secret");
    let path = folder.store();
    let mut store = store_of(&path, 4);
    store.with(serial(2), |license| activate(license, &mut app(1), [6; 13], NOW)).unwrap();
    let payload_key = store.with(serial(2), |license| {
        let blob = license.seal_blob(&storage(), 0, 1, &[0; 12]).unwrap();
        license.place(0, 1).open(&storage(), &blob).unwrap().content.to_vec()
    });
    drop(store);
    let file = std::fs::read(&path).unwrap();
    let holds = |key: &[u8]| file.windows(key.len()).any(|window| window == key);
    assert!(!holds(&payload_key.unwrap().unwrap()));
    for n in 0..4 {
        assert!(!holds(line(n).license_key.expose()));
    }
    assert!(!holds(storage().expose()) && !holds(&transport().expose()[..]));
}

/// The BLOB of an application as it stands in the file.
fn stored_blob(path: &std::path::Path, index: u8) -> Vec<u8> {
    let db = rusqlite::Connection::open(path).unwrap();
    db.query_row("SELECT blob FROM blobs WHERE idx = ?1", [index], |row| row.get(0)).unwrap()
}

#[test]
fn blb_12_an_older_blob_beside_a_newer_row_is_damage() {
    let folder = Folder::new("older");
    let path = folder.store();
    let (mut store, mut app) = (store_of(&path, 1), app(1));
    let sequence =
        store.with(serial(0), |license| activate(license, &mut app, [6; 13], NOW)).unwrap().unwrap();
    let mut accept = |store: &mut Sqlite| {
        let response = event_otp(&mut app, serial(0), NOW);
        let verified =
            store.with(serial(0), |license| verify_otp(license, sequence, otp::EVENT, &response, NOW));
        verified.unwrap().unwrap().unwrap();
    };
    accept(&mut store);
    let old = stored_blob(&path, otp::EVENT);
    accept(&mut store);
    let new = stored_blob(&path, otp::EVENT);
    drop(store);
    for (blob, is_right) in [(&old, false), (&new, true)] {
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute("UPDATE blobs SET blob = ?1 WHERE idx = ?2", rusqlite::params![blob, otp::EVENT]).unwrap();
        drop(db);
        let mut store = Sqlite::open(&path, storage()).unwrap();
        let found = store.with(serial(0), |license| license.overview());
        assert_eq!(matches!(found, Err(StoreError::Damaged { .. })), !is_right, "{found:?}");
    }
}

#[test]
fn blb_11_two_processes_on_one_store_never_give_one_generation_to_two_contents() {
    let folder = Folder::new("two");
    let path = folder.store();
    let (mut first, mut app) = (store_of(&path, 1), app(1));
    let mut second = Sqlite::open(&path, storage()).unwrap();
    let sequence =
        first.with(serial(0), |license| activate(license, &mut app, [6; 13], NOW)).unwrap().unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for round in 0..6 {
        let store = if round % 2 == 0 { &mut first } else { &mut second };
        let response = event_otp(&mut app, serial(0), NOW);
        let generation = store.with(serial(0), |license| {
            verify_otp(license, sequence, otp::EVENT, &response, NOW).unwrap();
            let blob = license.seal_blob(&storage(), sequence.number(), otp::EVENT, &[0; 12]).unwrap();
            license.place(sequence.number(), otp::EVENT).open(&storage(), &blob).unwrap().generation
        });
        seen.insert(generation.unwrap().unwrap().0);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [2, 3, 4, 5, 6, 7]);
}
