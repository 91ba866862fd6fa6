//! What can happen to a disk and to a clock: a clear error or correct work, never silent damage.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use channel::serial::Serial;
use channel::server::{License, Store};
use channel::state::digest;
use channel::wire::frame::Nonce;
use counterproof::io::store::{Sqlite, StoreError};
use harness::setup::otp;

use crate::kit::*;

const LICENSES: u32 = 4;

/// All that a store has: each license's digest, or the first error.
fn contents(path: &Path) -> Result<Vec<[u8; 32]>, StoreError> {
    let mut store = Sqlite::open(path, storage())?;
    let here = |found: Option<[u8; 32]>| found.ok_or(StoreError::Missing);
    (0..LICENSES).map(|n| here(store.with(serial(n), |license| digest(license))?)).collect()
}

/// A store with a write-ahead log of several commits, and its contents after each.
fn with_a_log(folder: &Folder) -> (PathBuf, Vec<Vec<[u8; 32]>>) {
    let path = folder.store();
    drop(store_of(&path, LICENSES));
    // Payload keys are drawn at the first use; from then on a look changes nothing.
    let mut history = vec![contents(&path).unwrap()];
    let mut store = Sqlite::open(&path, storage()).unwrap();
    for round in 0..12u32 {
        let jobs = [0, 1].map(|which| {
            let n = (round + which) % LICENSES;
            (serial(n), move |license: &mut License| {
                if round < 2 {
                    activate(license, &mut app(round as u8 * 2 + which as u8), [round as u8; 13], NOW);
                }
                issue(license, "x", NOW + round).unwrap();
            })
        });
        store.batch(jobs).unwrap();
        history
            .push((0..LICENSES).map(|n| store.with(serial(n), |it| digest(it)).unwrap().unwrap()).collect());
    }
    let kept = folder.0.join("kept.db");
    for end in ["", "-wal"] {
        fs::copy(format!("{}{end}", path.display()), format!("{}{end}", kept.display())).unwrap();
    }
    (kept, history)
}

fn put(folder: &Folder, kept: &Path, file: &[u8], log: &[u8]) -> PathBuf {
    let path = folder.0.join("torn.db");
    let with = |end: &str| PathBuf::from(format!("{}{end}", path.display()));
    let _ = fs::remove_file(with("-shm"));
    fs::write(with(""), file).unwrap();
    fs::write(with("-wal"), log).unwrap();
    assert!(kept.exists());
    path
}

#[test]
fn a_torn_log_leaves_the_state_after_some_commit() {
    let folder = Folder::new("torn");
    let (kept, history) = with_a_log(&folder);
    let file = fs::read(&kept).unwrap();
    let log = fs::read(format!("{}-wal", kept.display())).unwrap();
    assert!(log.len() > 40_000, "{} bytes of log", log.len());
    let mut seen = BTreeSet::new();
    let mut hold = |log: &[u8], what: String| {
        let found =
            contents(&put(&folder, &kept, &file, log)).unwrap_or_else(|error| panic!("{what}: {error}"));
        let commit = history.iter().position(|state| *state == found);
        seen.insert(commit.unwrap_or_else(|| panic!("{what}: a mixture")));
    };
    hold(&log, "whole".into());
    for step in 1..60 {
        let cut = log.len() * step / 60 + step;
        hold(&log[..cut.min(log.len())], format!("cut at {cut}"));
        // A sector that never reached the disk, and one that reached it bent.
        let sector = cut / 512 * 512;
        let mut torn = log.clone();
        let end = (sector + 512).min(torn.len());
        torn[sector..end].fill(0);
        hold(&torn, format!("sector at {sector} lost"));
        let mut bent = log.clone();
        bent[cut.min(log.len() - 1)] ^= 0x40;
        hold(&bent, format!("bit at {cut} bent"));
    }
    assert!(seen.len() > 5 && seen.contains(&(history.len() - 1)), "{seen:?}");
}

#[test]
fn a_bent_file_is_never_taken_for_another_state() {
    let folder = Folder::new("bent");
    let path = folder.store();
    drop(store_of(&path, LICENSES));
    let mut store = Sqlite::open(&path, storage()).unwrap();
    for n in 0..LICENSES {
        store.with(serial(n), |license| activate(license, &mut app(1), [n as u8; 13], NOW)).unwrap();
    }
    drop(store); // the last connection writes the log back
    let right = contents(&path).unwrap();
    let file = fs::read(&path).unwrap();
    let (mut said, mut harmless) = (0, 0);
    for at in (0..file.len()).step_by(97) {
        let mut bent = file.clone();
        bent[at] ^= 0x04;
        match contents(&put(&folder, &path, &bent, b"")) {
            Ok(found) if found == right => harmless += 1,
            Ok(_) => panic!("byte {at}: another state"),
            Err(_) => said += 1,
        }
    }
    for cut in [0, 100, 512, 4_096, 8_192, file.len() / 2, file.len() - 1] {
        match contents(&put(&folder, &path, &file[..cut], b"")) {
            // What names a kind stands in the last page; no license's state does.
            Ok(found) => assert!(found == right && cut == file.len() - 1, "cut at {cut}"),
            Err(_) => said += 1,
        }
    }
    assert!(said > 20, "{said} said, {harmless} harmless");
}

/// Runs the program with these arguments, at the end of a shell's line.
fn program_after(shell: &str, arguments: &[&str]) -> Output {
    Command::new("sh")
        .args(["-c", &format!("{shell} exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_counterproof")])
        .args(arguments)
        .output()
        .unwrap()
}

/// A license file of so many lines with its key beside it, and a storage key.
fn files_of(folder: &Folder, n: u32) -> [String; 2] {
    let file = folder.0.join("licenses.jsonl");
    fs::write(&file, crate::kit::file(0..n)).unwrap();
    fs::write(folder.0.join("licenses.jsonl.key"), "77".repeat(32)).unwrap();
    fs::write(folder.0.join("store.db.key"), "5A".repeat(16)).unwrap();
    [file, folder.store()].map(|path| path.to_str().unwrap().to_owned())
}

fn text(output: &Output) -> String {
    [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat()
}

#[test]
fn an_import_that_fills_the_disk_leaves_the_store_as_it_was() {
    let folder = Folder::new("full");
    let [file, store] = files_of(&folder, 20_000);
    drop(store_of(&folder.store(), 3));
    let import = ["licenses", "import", file.as_str(), "--store", store.as_str(), "--reimport"];
    // 300 blocks of 512 bytes or 1 KiB: too few for 20 000 licenses.
    let output = program_after("trap '' XFSZ; ulimit -f 300;", &import);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("store "), "{}", text(&output));
    let mut left = Sqlite::open(&folder.store(), storage()).unwrap();
    assert_eq!(left.counts().unwrap()[1], 3);
    assert!(left.with(serial(0), |_| ()).unwrap().is_some());
    drop(left);
    let output = program_after("", &import);
    assert!(output.status.success() && text(&output).contains("20000 licenses"), "{}", text(&output));
    assert!(text(&output).contains("3 of them begin anew"), "{}", text(&output));
}

const FULL: &str = "COUNTERPROOF_FULL_STORE";

/// Not a test of its own: the process of the one below, where the environment says so.
#[test]
fn issue_until_the_disk_is_full() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Some(path) = std::env::var_os(FULL) else { return };
    let mut store = Sqlite::open(Path::new(&path), storage()).unwrap();
    let mut next = 1;
    let mut issue_some = |store: &mut Sqlite| -> Result<(), StoreError> {
        for _ in 0..2_000 {
            let counter = store.with(serial(0), |license| {
                issue(license, &"x".repeat(400), NOW).unwrap();
                license.overview().last_message.1
            })?;
            assert_eq!(counter, Some(next), "nothing lost, nothing twice");
            next += 1;
        }
        Ok(())
    };
    let before = getrlimit(Resource::Fsize);
    setrlimit(Resource::Fsize, Rlimit { current: Some(400_000), ..before }).unwrap();
    for _ in 0..3 {
        let error = issue_some(&mut store).expect_err("no room for so many");
        println!("\n@{error}");
    }
    // Room again: it goes on, with the very next counter.
    setrlimit(Resource::Fsize, before).unwrap();
    assert!(issue_some(&mut store).is_ok());
    println!("@went on");
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost() {
    let folder = Folder::new("full");
    drop(store_of(&folder.store(), 1));
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "disasters::issue_until_the_disk_is_full", "--nocapture", "--test-threads=1"])
        .env(FULL, folder.store())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(text(&output).contains("@went on"), "{}", text(&output));
    assert_eq!(text(&output).lines().filter(|line| line.starts_with('@')).count(), 4, "{}", text(&output));
}

#[cfg(unix)]
#[test]
fn a_store_that_may_not_be_written_is_said() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("readonly");
    let [file, store] = files_of(&folder, 5);
    drop(store_of(&folder.store(), 3));
    let before = fs::read(folder.store()).unwrap();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    // For root no mode is in the way: the program runs as nobody then, from a copy that nobody may run.
    let program = folder.0.join("program");
    fs::copy(env!("CARGO_BIN_EXE_counterproof"), &program).unwrap();
    mode(&program, 0o755);
    mode(&folder.store(), 0o444);
    mode(&folder.0, 0o555);
    let is_root = rustix::process::geteuid().is_root();
    let mut command = match is_root {
        true => Command::new("setpriv"),
        false => Command::new(&program),
    };
    if is_root {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
    }
    let output = command.args(["licenses", "import", &file, "--store", &store]).output().unwrap();
    mode(&folder.0, 0o755);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
    assert!(text(&output).contains("can't be opened or written"), "{}", text(&output));
    assert_eq!(fs::read(folder.store()).unwrap(), before);
}

const BESIDE: &str = "COUNTERPROOF_BESIDE_STORE";

/// Not a test of its own: one of the processes of the one below, where the environment says so.
#[test]
fn issue_beside_another() {
    let Some(path) = std::env::var_os(BESIDE) else { return };
    let mut store = Sqlite::open(Path::new(&path), storage()).unwrap();
    let mut said = String::from("\n");
    for round in 0..150u32 {
        let jobs = (0..1 + round % 3).map(|_| {
            (serial(0), |license: &mut License| {
                issue(license, "x", NOW).unwrap();
                license.overview().last_message.1
            })
        });
        match store.batch(jobs) {
            Ok(counters) => {
                counters.into_iter().flatten().for_each(|counter| said += &format!("@{counter}\n"));
            }
            Err(error) => assert!(matches!(error, StoreError::InUse), "{error}"),
        }
    }
    std::io::stdout().lock().write_all(said.as_bytes()).unwrap();
}

#[test]
fn two_processes_on_one_file_never_use_a_counter_twice() {
    let folder = Folder::new("beside");
    drop(store_of(&folder.store(), 1));
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "disasters::issue_beside_another", "--nocapture", "--test-threads=1"])
            .env(BESIDE, folder.store())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let mut all = BTreeSet::new();
    let mut issued = 0;
    for mut child in [start(), start()] {
        let mut heard = String::new();
        child.stdout.take().unwrap().read_to_string(&mut heard).unwrap();
        assert!(child.wait().unwrap().success());
        let counters: Vec<u32> =
            heard.lines().filter_map(|line| line.strip_prefix('@')).map(|it| it.parse().unwrap()).collect();
        assert!(counters.len() > 200 && counters.is_sorted());
        issued += counters.len();
        all.extend(counters);
    }
    assert_eq!(all.len(), issued, "each counter once");
    let mut store = Sqlite::open(&folder.store(), storage()).unwrap();
    let last = store.with(serial(0), |license| license.overview().last_message.1).unwrap().unwrap();
    assert_eq!(all.last(), Some(&last));
}

#[test]
fn two_connections_see_what_the_other_wrote() {
    let folder = Folder::new("two");
    let path = folder.store();
    let mut stores = [store_of(&path, 1), Sqlite::open(&path, storage()).unwrap()];
    for expected in 1..=40u32 {
        let store = &mut stores[(expected % 3 % 2) as usize];
        let counter = store.with(serial(0), |license| {
            issue(license, "x", NOW).unwrap();
            license.overview().last_message.1
        });
        assert_eq!(counter.unwrap(), Some(expected));
    }
}

fn nonce(message: &str) -> Nonce {
    let bytes = channel::text::hex::decode(&message[14..30]).unwrap();
    Nonce::decode(bytes.try_into().unwrap())
}

#[test]
fn a_clock_that_jumps_never_repeats_a_nonce_or_a_password() {
    let folder = Folder::new("clock");
    let path = folder.store();
    let mut store = store_of(&path, 1);
    let mut app = app(1);
    let serial: Serial = serial(0);
    let sequence = store.with(serial, |license| activate(license, &mut app, [6; 13], NOW)).unwrap().unwrap();
    let mut nonces = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    let mut last_time = 0;
    for jump in [0i64, 40, 80, -3_600, 120, 86_400, 40, 160, -86_400, 200, 7_200, 240, -1_000_000_000, 280] {
        let now = u32::try_from(i64::from(NOW) + jump).unwrap();
        let message = store.with(serial, |license| issue(license, "x", now)).unwrap().unwrap().unwrap();
        let nonce = nonce(&message);
        assert!(nonces.insert((nonce.time, nonce.counter)) && nonce.time >= last_time, "{jump}");
        last_time = nonce.time;
        let response = otp(&mut app, serial, now);
        for _ in 0..2 {
            let verified =
                store.with(serial, |license| verify_otp(license, sequence, otp::TIME, &response, now));
            if verified.unwrap().unwrap().is_ok() {
                assert!(accepted.insert(response.clone()), "{jump}: accepted twice");
            }
        }
        store = Sqlite::open(&path, storage()).unwrap();
    }
    assert!(accepted.len() > 3, "{accepted:?}");
}
