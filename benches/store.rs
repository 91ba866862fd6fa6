//! The store: imports, and what of this disk's group-commit rate is left for requests and signatures.
//!
//! Not one of criterion's: an import takes seconds and a process of its own, whose peak of memory is asked for, and
//! a commit's time is the disk's, so each round measures the bare disk, requests and signatures after each other.
//! `cargo bench --bench store`, or `-- --quick`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)] // a benchmark that can't begin should say so and end

use std::fs;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use channel::bytes::Wire;
use channel::client::{Client, Config, Decision, Installation, Pin, RootPolicy};
use channel::crypto::keys::{Key, Storage, Transport};
use channel::license::file::{License as Line, Writer};
use channel::serial::{Sequence, Serial};
use channel::server::{License, Store};
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::frame::Carrier;
use channel::wire::request::{Content, Request};
use counterproof::io::store::Sqlite;
use harness::setup;
use harness::setup::otp;

const NOW: u32 = 1_800_000_000;
/// Operations per commit.
const GROUP: usize = 16;
/// Licenses that have an instance.
const ACTIVE: u32 = 512;
/// Bytes of a row of the bare disk's table: as long as a license's row with one request.
const ROW: usize = 160;

fn storage() -> Key<Storage> {
    Key::new([5; 16])
}

fn transport() -> Key<Transport, 32> {
    Key::new([7; 32])
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("store")
}

/// In no order, each once.
fn serial(n: u32) -> Serial {
    Serial::new(setup::otp_vector().prefix, 1_000_000 + u64::from(n) * 7_654_321)
}

/// Writes a file of so many licenses; how long that took.
fn make(path: &Path, count: u32) -> Duration {
    let vector = setup::otp_vector().to_bytes();
    let message_vector = setup::message_vector().encode();
    let begin = Instant::now();
    let mut out = std::io::BufWriter::new(fs::File::create(path).unwrap());
    let mut text = String::new();
    let mut writer = Writer::new(&transport(), &[1; 16], &vector, &message_vector, count, &mut text).unwrap();
    for n in 0..count {
        let mut license_key = [3; 16];
        license_key[..4].copy_from_slice(&n.to_be_bytes());
        let line = Line {
            serial: serial(n),
            kind: "MOBILE",
            application: "ACTIVATION  ",
            threshold: 9,
            secure_channel: true,
            license_key: Key::new(license_key),
        };
        writer.license(&line, &mut text).unwrap();
        if text.len() > 1 << 16 {
            out.write_all(text.as_bytes()).unwrap();
            text.clear();
        }
    }
    writer.finish(&mut text);
    out.write_all(text.as_bytes()).unwrap();
    out.into_inner().unwrap().sync_all().unwrap();
    begin.elapsed()
}

fn fresh(path: &Path) {
    for end in ["", "-wal", "-shm", "-journal"] {
        let _ = fs::remove_file(format!("{}{end}", path.display()));
    }
}

/// In a process of its own: imports the file into a new store; seconds and peak memory go to standard output.
fn import(file: &Path, store: &Path) {
    fresh(store);
    let begin = Instant::now();
    let mut store = Sqlite::create(store, storage()).unwrap();
    let read = BufReader::with_capacity(1 << 16, fs::File::open(file).unwrap());
    store.import(read, &transport(), false, |_, _| ()).unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("0 kB");
    println!("{seconds} {}", peak.trim().trim_end_matches(" kB"));
}

fn imports(counts: &[u32], rounds: usize) {
    println!("import into a new store, serial numbers shuffled; make: writing the file");
    let (file, store) = (folder().join("licenses.jsonl"), folder().join("import.db"));
    for count in counts {
        let made = make(&file, *count).as_secs_f64();
        let mut runs: Vec<(f64, u64)> = (0..rounds)
            .map(|_| {
                let child = Command::new(std::env::current_exe().unwrap())
                    .args(["--import", file.to_str().unwrap(), store.to_str().unwrap()])
                    .output()
                    .unwrap();
                let text = String::from_utf8(child.stdout).unwrap();
                let (seconds, peak) = text.trim().split_once(' ').expect("the child's figures");
                (seconds.parse().unwrap(), peak.parse().unwrap())
            })
            .collect();
        runs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, median) = (runs[0], runs[rounds / 2]);
        let rate = |seconds: f64| f64::from(*count) / seconds / 1000.0;
        println!(
            "  {count:>8}  best {:.2} s = {:.0} k/s   median {:.2} s = {:.0} k/s   peak {:.1} MiB   make {:.2} s = {:.0} k/s",
            best.0,
            rate(best.0),
            median.0,
            rate(median.0),
            median.1 as f64 / 1024.0,
            made,
            rate(made)
        );
    }
}

/// The bare disk: groups of updates of rows of the same length, found by their number.
struct Disk {
    db: rusqlite::Connection,
    rows: u32,
    next: u32,
}

impl Disk {
    fn new(rows: u32) -> Self {
        let path = folder().join("bare.db");
        fresh(&path);
        let db = rusqlite::Connection::open(path).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.pragma_update(None, "synchronous", "FULL").unwrap();
        db.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, row BLOB NOT NULL); BEGIN").unwrap();
        for id in 0..rows {
            db.prepare_cached("INSERT INTO t VALUES (?1, ?2)").unwrap().execute((id, [1u8; ROW])).unwrap();
        }
        db.execute_batch("COMMIT").unwrap();
        Self { db, rows, next: 0 }
    }

    fn group(&mut self) -> Duration {
        let begin = Instant::now();
        self.db.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..GROUP {
            self.next = (self.next + 7_654_321) % self.rows;
            let mut update = self.db.prepare_cached("UPDATE t SET row = ?2 WHERE id = ?1").unwrap();
            update.execute((self.next, [self.next as u8; ROW])).unwrap();
        }
        self.db.execute_batch("COMMIT").unwrap();
        begin.elapsed()
    }
}

fn request() -> Request {
    let text = "Pay 1250.00 EUR to DE89 3704 0044 0532 0130 00".to_owned();
    let content = Content::FreeText { title: "Transfer".to_owned(), text };
    Request {
        minimum_version: 0,
        require_pin: false,
        template: 0,
        charset: Charset::Utf8,
        application: otp::FIELDS,
        content,
    }
}

fn activate(license: &mut License, app: &mut Client) -> Sequence {
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, NOW).unwrap());
    let code = app.activate_license(&am1).unwrap();
    license.verify_device_code(&code, false, NOW).unwrap();
    let (sequence, am2) = license.generate_activation2([6; 13], NOW).unwrap();
    let am2 = hex::encode(&am2);
    let activated = app.activate_instance(&am2, Pin::Right, NOW).unwrap();
    license.verify_message_signature(sequence, &am2, &activated.signature, NOW).unwrap();
    sequence
}

fn app() -> Client {
    let config = Config {
        static_vector: Some(setup::otp_vector()),
        platform_data: b"platform".to_vec(),
        app_version: 2,
        rooted: false,
        root_policy: RootPolicy::Block,
        replacement: false,
    };
    Client::new(config, Installation { salt: [3; 16], device_type: 7 })
}

fn commits(licenses: u32, rounds: u32) {
    let path = folder().join("commits.db");
    fresh(&path);
    let file = folder().join("licenses.jsonl");
    make(&file, licenses);
    let mut store = Sqlite::create(&path, storage()).unwrap();
    store.import(BufReader::new(fs::File::open(&file).unwrap()), &transport(), false, |_, _| ()).unwrap();
    let mut apps: Vec<_> = (0..ACTIVE).map(|_| app()).collect();
    for (n, app) in (0..ACTIVE).zip(&mut apps) {
        store.with(serial(n), |license| activate(license, app)).unwrap();
    }
    let mut disk = Disk::new(licenses);
    let mut times: [Vec<Duration>; 3] = Default::default();
    for round in 0..rounds {
        let now = NOW + 60 * (round + 1);
        times[0].push(disk.group());
        let group: Vec<u32> = (0..GROUP as u32).map(|i| (round + i * 29) % ACTIVE).collect();
        let begin = Instant::now();
        let issued = store.batch(group.iter().map(|n| {
            (serial(*n), |license: &mut License| {
                hex::encode(&license.generate_request(&request(), Carrier::Direct, now).unwrap())
            })
        }));
        times[1].push(begin.elapsed());
        let messages: Vec<String> = issued.unwrap().into_iter().flatten().collect();
        let signed: Vec<_> = group
            .iter()
            .zip(&messages)
            .map(|(n, message)| {
                let app = &mut apps[*n as usize];
                let handle = app.open(message, Carrier::Direct).unwrap().handle.unwrap();
                (*n, message, app.sign(handle, Decision::Approve(Pin::Right), now).unwrap().unwrap())
            })
            .collect();
        let one = Sequence::new(1).unwrap();
        let begin = Instant::now();
        let verified = store.batch(signed.iter().map(|(n, message, signature)| {
            (serial(*n), move |license: &mut License| {
                license.verify_message_signature(one, message, signature, now).is_ok()
            })
        }));
        times[2].push(begin.elapsed());
        assert!(verified.unwrap().iter().all(|verified| *verified == Some(true)));
    }
    println!(
        "group commit, {GROUP} operations each, {licenses} licenses, {rounds} rounds in turn: median of a group"
    );
    let median = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64()
    };
    let disk = median(&mut times[0]);
    for (name, times) in ["the bare disk", "requests issued", "signatures verified"].iter().zip(&mut times) {
        let group = median(times);
        println!(
            "  {name:<20} {:>7.0} us   {:>7.0} per second   {:>4.0} % of the disk's",
            group * 1e6,
            GROUP as f64 / group,
            100.0 * disk / group
        );
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--import") {
        return import(Path::new(&arguments[at + 1]), Path::new(&arguments[at + 2]));
    }
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    fs::create_dir_all(folder()).unwrap();
    // Without `--bench`, as `cargo test` runs it, nothing is measured: it only has to come to its end.
    let (counts, rounds, licenses, commit_rounds): (&[u32], _, _, _) = match (has("--bench"), has("--quick"))
    {
        (false, _) => (&[1_000], 1, 1_000, 2),
        (true, true) => (&[20_000], 1, 2_000, 50),
        (true, false) => (&[100_000, 1_000_000], 5, 100_000, 2_000),
    };
    imports(counts, rounds);
    commits(licenses, commit_rounds);
    let _ = fs::remove_dir_all(folder());
}
