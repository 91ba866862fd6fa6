//! Imports: all or nothing.

use std::collections::BTreeSet;
use std::io::{BufReader, Read};

use channel::bytes::Wire;
use channel::crypto::keys::Key;
use channel::license::file::{License as Line, Writer};
use channel::serial::Serial;
use channel::server::Store;
use counterproof::io::store::{Imported, Sqlite, StoreError};

use harness::setup::otp;

use crate::kit::*;

/// The id of the rule that a file is refused by; the store must be as it was.
fn refused(store: &mut Sqlite, file: &[u8], reimport: bool) -> String {
    let before = contents(store);
    let error = store.import(BufReader::new(file), &transport(), reimport, |_, _| ()).unwrap_err();
    assert_eq!(contents(store), before, "{error}");
    match error {
        StoreError::Refused(refusal) => refusal.rule.id.to_owned(),
        StoreError::AlreadyStored { serial, line } => format!("{serial} in line {line}"),
        other => panic!("{other}"),
    }
}

fn contents(store: &mut Sqlite) -> ([u64; 3], Vec<bool>) {
    (store.counts().unwrap(), (0..20).map(|n| store.with(serial(n), |_| ()).unwrap().is_some()).collect())
}

#[test]
fn what_is_wrong_with_a_file_leaves_the_store_as_it_was() {
    for stored in [0..0, 100..103, 100..200] {
        let folder = Folder::new("refused");
        let mut store = Sqlite::create(&folder.store(), storage()).unwrap();
        if !stored.is_empty() {
            import(&mut store, &file(stored.clone()), false).unwrap();
        }
        let good = file(0..6);
        let lines: Vec<&str> = good.split_inclusive('\n').collect();
        let of = |order: &[usize]| order.iter().map(|line| lines[*line]).collect::<String>();
        let all: Vec<_> = (0..6).map(line).collect();
        for (bad, rule) in [
            (String::new(), "LIF-5"),
            (good[..good.len() - 1].to_owned(), "LIF-5"),
            (good[..good.len() / 2].to_owned(), "LIF-5"),
            (of(&[0, 1, 2, 3, 4, 5, 6]), "LIF-5"),
            (of(&[0, 2, 1, 3, 4, 5, 6, 7]), "LIF-9"),
            (of(&[0, 1, 2, 3, 4, 5, 7]), "LIF-10"),
            (of(&[0, 1, 2, 3, 4, 5, 6, 7, 0]), "LIF-6"),
            (format!("{good}{good}"), "LIF-6"),
            (good.replace("\"threshold\":99", "\"threshold\":98"), "LIF-9"),
            (good.replace("\"check\":\"", "\"check\":\"0"), "LIF-6"),
            (format!("{}{}", lines[0], "x".repeat(100_000)), "LIF-6"),
            (file_of(&all, 7), "LIF-10"),
            (file_of(&all, 5), "LIF-10"),
            (file([1, 2, 3, 2]), "LIF-12"),
        ] {
            assert_eq!(refused(&mut store, bad.as_bytes(), false), rule);
            assert_eq!(refused(&mut store, bad.as_bytes(), true), rule, "with reimport");
        }
        assert_eq!(refused(&mut store, b"\xFF\xFE\n", false), "LIF-6");
        let other = store.import(BufReader::new(good.as_bytes()), &Key::new([1; 32]), false, |_, _| ());
        assert!(matches!(other, Err(StoreError::Refused(refusal)) if refusal.rule.id == "LIF-8"));
        // And the good one goes in after all that.
        let licenses = 6;
        assert_eq!(
            import(&mut store, &good, false).unwrap(),
            Imported { licenses, renewed: 0, warnings: BTreeSet::new() }
        );
        assert_eq!(store.counts().unwrap()[1], stored.len() as u64 + licenses);
    }
}

#[test]
fn a_serial_number_that_is_stored_needs_reimport() {
    // A few into many, and many into a few: with the index there, and with it made anew.
    for (stored, new, line) in [(0..100, 95..105, 2), (0..3, 2..102, 2), (5..8, 0..100, 7)] {
        let folder = Folder::new("stored");
        let mut store = Sqlite::create(&folder.store(), storage()).unwrap();
        import(&mut store, &file(stored.clone()), false).unwrap();
        let first = new.clone().find(|n| stored.contains(n)).unwrap();
        assert_eq!(
            refused(&mut store, file(new.clone()).as_bytes(), false),
            format!("{} in line {line}", serial(first))
        );
        let both = new.clone().filter(|n| stored.contains(n)).count() as u64;
        let imported = import(&mut store, &file(new.clone()), true).unwrap();
        assert_eq!(
            imported,
            Imported { licenses: new.len() as u64, renewed: both, warnings: BTreeSet::new() }
        );
        assert_eq!(store.counts().unwrap()[1], (stored.len() + new.len()) as u64 - both);
    }
}

#[test]
fn a_file_with_a_serial_number_twice_and_stored_ones_is_refused_for_itself() {
    let folder = Folder::new("both");
    let mut store = store_of(&folder.store(), 3);
    assert_eq!(refused(&mut store, file([7, 8, 7]).as_bytes(), false), "LIF-12");
    // Cut as well: what is wrong with the file itself comes first.
    let cut = file([1, 7, 8]);
    assert_eq!(refused(&mut store, &cut.as_bytes()[..cut.len() - 2], false), "LIF-5");
}

#[test]
fn reimport_begins_anew_but_for_the_counter() {
    let folder = Folder::new("reimport");
    let path = folder.store();
    let mut store = store_of(&path, 3);
    let mut app = app(1);
    let old = store.with(serial(1), |license| {
        let sequence = activate(license, &mut app, [6; 13], NOW);
        let response = otp(&mut app, serial(1), NOW);
        verify_otp(license, sequence, harness::setup::otp::TIME, &response, NOW).unwrap();
        (issue(license, "before", NOW + 60).unwrap(), payload_key(license))
    });
    let (message, payload) = old.unwrap().unwrap();
    let changed = Line { threshold: 2, secure_channel: true, license_key: Key::new([8; 16]), ..line(1) };
    assert_eq!(
        import(&mut store, &file_of(&[changed, line(7)], 2), true).unwrap(),
        Imported { licenses: 2, renewed: 1, warnings: BTreeSet::new() }
    );
    for mut store in [store, Sqlite::open(&path, storage()).unwrap()] {
        let overview = store.with(serial(1), |license| license.overview()).unwrap().unwrap();
        assert_eq!((overview.threshold, overview.last_sequence, overview.requests), (2, 0, 0));
        assert_eq!(overview.last_message, (NOW + 60, 2), "no nonce is used twice");
        assert!(overview.instances.is_empty());
        let now = store.with(serial(1), payload_key).unwrap().unwrap();
        assert_ne!(now, payload);
        let verified = store.with(serial(1), |license| {
            let sequence = channel::serial::Sequence::new(1).unwrap();
            license.verify_message_signature(sequence, &message, "00000000", NOW + 60)
        });
        assert_eq!(verified.unwrap().unwrap().unwrap_err().rule.id, "VER-3");
        assert_eq!(store.with(serial(0), |license| license.overview().threshold).unwrap(), Some(99));
    }
}

fn payload_key(license: &mut channel::server::License) -> Vec<u8> {
    let blob = license.seal_blob(&storage(), 0, 1, &[0; 12]).unwrap();
    license.place(0, 1).open(&storage(), &blob).unwrap().content.to_vec()
}

/// Somebody's endless line must not fill the memory.
#[test]
fn a_line_of_a_gibibyte_is_refused_after_two_kibibytes() {
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.0 += buffer.len() as u64;
            buffer.fill(b'x');
            Ok(buffer.len())
        }
    }
    let folder = Folder::new("endless");
    let mut store = Sqlite::create(&folder.store(), storage()).unwrap();
    let mut endless = Endless(0);
    let error = store.import(BufReader::new(&mut endless), &transport(), false, |_, _| ()).unwrap_err();
    assert!(matches!(error, StoreError::Refused(refusal) if refusal.rule.id == "LIF-6"));
    assert!(endless.0 < 1 << 16, "{} bytes read", endless.0);
}

#[test]
fn a_file_that_stops_being_readable_is_said() {
    struct Broken(usize);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let text = file(0..2_000);
            let left = &text.as_bytes()[self.0..];
            if self.0 > 100_000 {
                return Err(std::io::Error::other("the cable is out"));
            }
            let n = left.len().min(buffer.len());
            buffer[..n].copy_from_slice(&left[..n]);
            self.0 += n;
            Ok(n)
        }
    }
    let folder = Folder::new("broken");
    let mut store = Sqlite::create(&folder.store(), storage()).unwrap();
    let error = store.import(BufReader::new(Broken(0)), &transport(), false, |_, _| ()).unwrap_err();
    assert!(error.to_string().contains("the cable is out"), "{error}");
    assert_eq!(store.counts().unwrap(), [0, 0, 0]);
    assert_eq!(import(&mut store, &file(0..2_000), false).unwrap().licenses, 2_000);
}

#[test]
fn names_and_progress() {
    let folder = Folder::new("names");
    let mut store = Sqlite::create(&folder.store(), storage()).unwrap();
    let mut seen = Vec::new();
    let other = Line { kind: "X", application: "A           ", secure_channel: false, ..line(1) };
    let text = file_of(&[line(0), other], 2);
    let read = BufReader::new(text.as_bytes());
    store.import(read, &transport(), false, |done, count| seen.push((done, count))).unwrap();
    assert_eq!(seen.last(), Some(&(2, 2)));
    assert_eq!(store.names(serial(1)).unwrap().unwrap(), ("X".to_owned(), "A           ".to_owned()));
    assert_eq!(store.names(serial(2)).unwrap(), None);
    assert_eq!(store.look(serial(1)).unwrap().map(|it| it.secure_channel), Some(false));
    assert_eq!(store.look("ABC0000000".parse::<Serial>().unwrap()).unwrap(), None);
}

/// A file on a vector with these numbers.
fn file_with(tries: u8, identification: u16, licenses: &[Line<'_>]) -> String {
    let mut numbers = message_vector();
    numbers.signature_tries = tries;
    numbers.windows.identification = identification;
    let (mut out, vector) = (String::new(), harness::setup::otp_vector().to_bytes());
    let count = u32::try_from(licenses.len()).unwrap();
    let writer = Writer::new(&transport(), &[9; 16], &vector, &numbers.encode(), count, &mut out);
    let mut writer = writer.unwrap();
    licenses.iter().for_each(|line| writer.license(line, &mut out).unwrap());
    writer.finish(&mut out);
    out
}

#[test]
fn ver_21_ver_23_settings_that_can_be_guessed_are_refused_or_warned_of() {
    let folder = Folder::new("weak");
    let mut store = store_of(&folder.store(), 1);
    let lines = [line(1), Line { secure_channel: false, ..line(2) }];
    // Six digits of the application for one-time passwords: 99 tries in 101 candidates are just allowed.
    let imported = import(&mut store, &file_with(99, 100, &lines), false).unwrap();
    assert_eq!(imported.warnings, BTreeSet::from([otp::TIME]));
    let strong = import(&mut store, &file_with(9, 100, &[line(3)]), false).unwrap();
    assert_eq!(strong.warnings, BTreeSet::new());
    let mut numbers = message_vector();
    numbers.windows.first_use_s = 10_800;
    let weak = {
        let (mut out, vector) = (String::new(), harness::setup::otp_vector().to_bytes());
        let writer = Writer::new(&transport(), &[8; 16], &vector, &numbers.encode(), 1, &mut out);
        let mut writer = writer.unwrap();
        writer.license(&line(4), &mut out).unwrap();
        writer.finish(&mut out);
        out
    };
    for reimport in [false, true] {
        assert_eq!(refused(&mut store, weak.as_bytes(), reimport), "VER-22");
    }
    // What is wrong with the file itself is told first.
    assert_eq!(refused(&mut store, &weak.as_bytes()[..weak.len() - 1], false), "LIF-5");
}
