//! A server that is killed at random moments under load, held against the log of what it acknowledged:
//! no counter goes back, no one-time password and no request is accepted twice, no sequence number and no nonce is
//! used twice, no acknowledged step is lost.
//!
//! The server is this test program again, in a process of its own: it works through batches of random steps and says
//! each on standard output once the store has it. It is killed with SIGKILL, and what it left is opened as a copy.
//! `COUNTERPROOF_CRASH_ROUNDS=1000 cargo test --release --test store crash -- --nocapture` for more than 25 rounds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use channel::client::{Client, Decision, Pin};
use channel::serial::Sequence;
use channel::server::{License, Store};
use channel::text::hex;
use channel::wire::frame::Carrier;
use counterproof::io::store::Sqlite;
use harness::setup::otp;

use crate::kit::*;

const LICENSES: u32 = 8;
const STORE: &str = "COUNTERPROOF_CRASH_STORE";
const LOG: &str = "COUNTERPROOF_CRASH_LOG";
const SEED: &str = "COUNTERPROOF_CRASH_SEED";
/// The most steps whose acknowledgement can be on its way when the server is killed.
const BATCH: usize = 8;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % n
    }
}

/// What the server acknowledged of one license, in all rounds.
#[derive(Default)]
struct Told {
    /// Sequence number → AM1, AM2 and whether it was confirmed.
    instances: BTreeMap<u8, (String, String, bool)>,
    /// Counter → message, and whether its signature was accepted.
    requests: BTreeMap<u32, (String, bool)>,
    /// The last one-time password accepted of an instance, and when.
    otps: BTreeMap<u8, (String, u32)>,
}

impl Told {
    /// The app of the instance confirmed last.
    fn app(&self) -> Option<(Sequence, Client)> {
        let (number, (am1, am2, _)) = self.instances.iter().rev().find(|(_, (.., confirmed))| *confirmed)?;
        let mut app = app(1);
        app.activate_license(am1).unwrap();
        app.activate_instance(am2, Pin::Right, NOW).unwrap();
        Some((Sequence::new(*number).unwrap(), app))
    }
}

/// Reads a log. Two acknowledgements that can't both be true are a failure: a number used twice, a step done twice.
fn read_log(log: &str) -> (Vec<Told>, u32) {
    let mut all: Vec<Told> = (0..LICENSES).map(|_| Told::default()).collect();
    let mut now = NOW;
    for line in log.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let number = |at: usize| words[at].parse::<u32>().unwrap();
        let told = &mut all[number(1) as usize];
        now = now.max(number(2));
        match words[0] {
            "began" => {
                let instance = (words[4].to_owned(), words[5].to_owned(), false);
                let before = told.instances.insert(number(3) as u8, instance);
                assert!(before.is_none(), "sequence number used twice: {line}");
            }
            "confirmed" => told.instances.get_mut(&(number(3) as u8)).unwrap().2 = true,
            "issued" => {
                let message = words[4].to_owned();
                let before = told.requests.insert(number(3), (message, false));
                assert!(before.is_none(), "counter used twice: {line}");
            }
            "signed" => {
                let request = told.requests.get_mut(&number(3)).unwrap();
                assert!(!std::mem::replace(&mut request.1, true), "accepted twice: {line}");
            }
            "otp" => {
                let before = told.otps.insert(number(3) as u8, (words[4].to_owned(), number(2)));
                assert!(before.is_none_or(|(otp, _)| otp != words[4]), "accepted twice: {line}");
            }
            "at" => {}
            other => panic!("{other}"),
        }
    }
    (all, now)
}

/// Not a test of its own: the server of the one below, where the environment says so.
#[test]
fn serve_until_killed() {
    let Some(store) = std::env::var_os(STORE) else { return };
    let log = fs::read_to_string(std::env::var_os(LOG).unwrap()).unwrap();
    let (mut told, mut now) = read_log(&log);
    let mut random = Random(std::env::var(SEED).unwrap().parse().unwrap());
    let mut store = Sqlite::open(Path::new(&store), storage()).unwrap();
    let mut apps: Vec<_> = told.iter().map(Told::app).collect();
    println!("\n@ready");
    loop {
        now += u32::try_from(random.below(60)).unwrap();
        let jobs = (0..=random.below(BATCH as u64 - 1)).map(|_| {
            let n = u32::try_from(random.below(LICENSES.into())).unwrap();
            (n, step(n, &mut random, &mut apps[n as usize], &mut told[n as usize], now))
        });
        let jobs: Vec<_> = jobs.collect();
        let done = store.batch(jobs.into_iter().map(|(n, work)| (serial(n), work))).unwrap();
        let mut said = format!("@at 0 {now}\n");
        for line in done.into_iter().flatten().flatten() {
            writeln!(said, "@{line}").unwrap();
        }
        // In one piece and at once: the store has it.
        std::io::stdout().lock().write_all(said.as_bytes()).unwrap();
        remember(&said.replace('@', ""), &mut told, &mut apps);
    }
}

type Step = Box<dyn FnOnce(&mut License) -> Option<String>>;

/// A random step on a license; what it says once the store has it.
fn step(
    n: u32,
    random: &mut Random,
    app: &mut Option<(Sequence, Client)>,
    told: &mut Told,
    now: u32,
) -> Step {
    let Some((sequence, client)) = app.as_mut().filter(|_| random.below(300) > 0) else {
        let salt = [u8::try_from(random.below(256)).unwrap(); 13];
        return Box::new(move |license| begin_and_confirm(n, license, salt, now));
    };
    let sequence = *sequence;
    match random.below(4) {
        0 => {
            let response = otp(client, serial(n), now);
            Box::new(move |license| {
                verify_otp(license, sequence, otp::TIME, &response, now).ok()?;
                Some(format!("otp {n} {now} {} {response}", sequence.number()))
            })
        }
        1 => Box::new(move |license| {
            let _ = verify_otp(license, sequence, otp::TIME, "000000", now);
            None
        }),
        2 => match told.requests.iter().rev().find(|(_, (_, signed))| !signed) {
            Some((counter, (message, _))) => {
                let (counter, message) = (*counter, message.clone());
                let Some(signature) = sign_if_new(client, &message, now) else { return Box::new(|_| None) };
                Box::new(move |license| {
                    license.verify_message_signature(sequence, &message, &signature, now).ok()?;
                    Some(format!("signed {n} {now} {counter}"))
                })
            }
            None => Box::new(|_| None),
        },
        _ => Box::new(move |license| {
            let message = issue(license, "pay", now).ok()?;
            Some(format!("issued {n} {now} {} {message}", license.overview().last_message.1))
        }),
    }
}

/// The signature, but for a request from before the app's activation.
fn sign_if_new(app: &mut Client, message: &str, now: u32) -> Option<String> {
    match app.open(message, Carrier::Direct) {
        Ok(displayed) => app.sign(displayed.handle.unwrap(), Decision::Approve(Pin::Right), now).unwrap(),
        Err(refusal) => {
            assert_eq!(refusal.rule.id, "CLI-8", "{message}");
            None
        }
    }
}

/// A new instance on the app's device, in place of the one before.
fn begin_and_confirm(n: u32, license: &mut License, salt: [u8; 13], now: u32) -> Option<String> {
    let mut app = app(1);
    let am1 = hex::encode(&license.generate_activation1(Some([4; 8]), false, now).unwrap());
    let code = app.activate_license(&am1).ok()?;
    license.verify_device_code(&code, true, now).ok()?;
    let (sequence, am2) = license.generate_activation2(salt, now).ok()?;
    let am2 = hex::encode(&am2);
    let confirmation = app.activate_instance(&am2, Pin::Right, now).ok()?.signature;
    let number = sequence.number();
    let began = format!("began {n} {now} {number} {am1} {am2}");
    match license.verify_message_signature(sequence, &am2, &confirmation, now) {
        Ok(()) => Some(format!("{began}\n@confirmed {n} {now} {number}")),
        Err(_) => Some(began),
    }
}

/// The server's own memory of what it said.
fn remember(lines: &str, told: &mut [Told], apps: &mut [Option<(Sequence, Client)>]) {
    let (new, _) = read_parts(lines);
    for (n, (mine, new)) in told.iter_mut().zip(new).enumerate() {
        let begins = !new.instances.is_empty();
        mine.instances.extend(new.instances);
        for (counter, (message, signed)) in new.requests {
            match mine.requests.get_mut(&counter) {
                Some(request) => request.1 |= signed,
                None => drop(mine.requests.insert(counter, (message, signed))),
            }
        }
        if begins {
            apps[n] = mine.app();
        }
    }
}

/// As [`read_log`], for a part: what it refers to may stand before it.
fn read_parts(lines: &str) -> (Vec<Told>, u32) {
    let (mut whole, mut known) = (String::new(), BTreeSet::new());
    for line in lines.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let is_new = ["issued", "signed"].contains(&words[0]) && known.insert((words[1], words[3]));
        if is_new && words[0] == "signed" {
            writeln!(whole, "issued {} {} {} -", words[1], words[2], words[3]).unwrap();
        }
        writeln!(whole, "{line}").unwrap();
    }
    read_log(&whole)
}

/// Runs the server for a moment and kills it. What it acknowledged.
fn run_and_kill(store: &Path, log: &Path, seed: u64, moment: Duration) -> String {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::serve_until_killed", "--nocapture", "--test-threads=1"])
        .env(STORE, store)
        .env(LOG, log)
        .env(SEED, seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = server.stdout.take().unwrap();
    let (ready, is_ready) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut all, mut part) = (Vec::new(), [0; 65_536]);
        while let Ok(n @ 1..) = out.read(&mut part) {
            all.extend(&part[..n]);
            if all.windows(6).any(|window| window == b"@ready") {
                let _ = ready.send(());
            }
        }
        all
    });
    is_ready.recv_timeout(Duration::from_secs(60)).expect("the server begins");
    std::thread::sleep(moment);
    server.kill().unwrap();
    let status = server.wait().unwrap();
    let heard = String::from_utf8(reader.join().unwrap()).unwrap();
    let mut errors = String::new();
    server.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{errors}{heard}");
    let whole = heard.rfind('\n').map_or("", |end| &heard[..=end]);
    let lines = whole.lines().filter_map(|line| line.strip_prefix('@')).filter(|line| *line != "ready");
    lines.map(|line| format!("{line}\n")).collect()
}

/// A copy of the file and what belongs to it: the server's next run finds it as it was left.
fn copy(store: &Path, folder: &Path) -> PathBuf {
    let to = folder.join("copy.db");
    for end in ["", "-wal", "-shm"] {
        let [from, to] = [store, &to].map(|path| PathBuf::from(format!("{}{end}", path.display())));
        let _ = fs::remove_file(&to);
        if from.exists() && end != "-shm" {
            fs::copy(from, to).unwrap();
        }
    }
    to
}

/// Steps that the store has done, and whose acknowledgement was cut off: license, sequence number or counter.
type Unsaid = BTreeSet<(u32, u32)>;

/// Holds a store against what was acknowledged.
fn check(store: &mut Sqlite, all: &[Told], now: u32) -> Unsaid {
    let mut unsaid = Unsaid::new();
    for (n, told) in (0u32..).zip(all) {
        let overview = store.with(serial(n), |license| license.overview()).unwrap().unwrap();
        let highest = told.requests.keys().next_back().copied().unwrap_or(0);
        assert!(
            overview.last_message.1 >= highest,
            "{n}: counter {:?} after {highest}",
            overview.last_message
        );
        let sequence = told.instances.keys().next_back().copied().unwrap_or(0);
        assert!(overview.last_sequence >= sequence, "{n}: sequence {}", overview.last_sequence);
        for number in told.instances.keys() {
            assert!(
                overview.instances.iter().any(|it| it.sequence.number() == *number),
                "{n}: {number} lost"
            );
        }
        let Some((sequence, mut app)) = told.app() else { continue };
        let status = overview.instances.iter().find(|it| it.sequence == sequence).unwrap().status;
        if status != "confirmed" {
            // One that replaces it was confirmed, and not acknowledged any more.
            unsaid.insert((n, overview.last_sequence.into()));
            continue;
        }
        if let Some((response, when)) = told.otps.get(&sequence.number()) {
            let again =
                store.with(serial(n), |license| verify_otp(license, sequence, otp::TIME, response, *when));
            assert_eq!(again.unwrap().unwrap().unwrap_err().rule.id, "VER-12", "{n}: accepted twice");
        }
        for (counter, (message, signed)) in told.requests.iter().rev().take(12) {
            let Some(signature) = sign_if_new(&mut app, message, now) else { continue };
            let verified = store.with(serial(n), |license| {
                license.verify_message_signature(sequence, message, &signature, now)
            });
            match (signed, verified.unwrap().unwrap().map_err(|refusal| refusal.rule.id)) {
                (false, Ok(())) | (true, Err("VER-8")) | (_, Err("VER-6")) => {}
                (false, Err("VER-8")) => drop(unsaid.insert((n, *counter))),
                (signed, other) => panic!("{n}: request {counter}, signed {signed}: {other:?}"),
            }
        }
    }
    unsaid
}

#[test]
fn killed_under_load_it_loses_nothing_it_acknowledged() {
    let rounds = std::env::var("COUNTERPROOF_CRASH_ROUNDS").map_or(25, |rounds| rounds.parse().unwrap());
    let folder = Folder::new("crash");
    let (store, log) = (folder.store(), folder.0.join("log"));
    drop(store_of(&store, LICENSES));
    let mut whole = String::new();
    let mut random = Random(7);
    let mut unsaid = Unsaid::new();
    for round in 0..rounds {
        fs::write(&log, &whole).unwrap();
        let moment = Duration::from_micros(5_000 + random.below(150_000));
        whole += &run_and_kill(&store, &log, round, moment);
        let (told, now) = read_log(&whole);
        let mut copied = Sqlite::open(&copy(&store, &folder.0), storage()).unwrap();
        // Later than anything that was under way.
        let before = unsaid.len();
        unsaid.extend(check(&mut copied, &told, now + 200));
        assert!(unsaid.len() - before <= BATCH, "more than one batch was under way");
    }
    let (told, _) = read_log(&whole);
    let steps = whole.lines().count();
    let signed = told.iter().flat_map(|told| told.requests.values()).filter(|request| request.1).count();
    println!(
        "{rounds} rounds, {steps} steps acknowledged, {signed} of them signatures; {} done and not said",
        unsaid.len()
    );
    assert!(signed > rounds as usize && told.iter().all(|told| !told.instances.is_empty()), "it did work");
}

/// STO-2 for an import: killed at any moment, all of the file is in the store, or nothing.
#[test]
fn an_import_that_is_killed_is_all_or_nothing() {
    const COUNT: u32 = 30_000;
    let folder = Folder::new("import");
    let file = folder.0.join("licenses.jsonl");
    fs::write(&file, crate::kit::file(10..10 + COUNT)).unwrap();
    fs::write(folder.0.join("licenses.jsonl.key"), "77".repeat(32)).unwrap();
    fs::write(folder.0.join("store.db.key"), "5A".repeat(16)).unwrap();
    let import = || {
        Command::new(env!("CARGO_BIN_EXE_counterproof"))
            .args(["licenses", "import"])
            .arg(&file)
            .arg("--store")
            .arg(folder.store())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let fresh = || {
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(format!("{}{end}", folder.store().display()));
        }
        let mut store = store_of(&folder.store(), 2);
        store.with(serial(1), |license| issue(license, "before", NOW).unwrap()).unwrap();
    };
    fresh();
    let begin = std::time::Instant::now();
    assert!(import().wait().unwrap().success());
    let whole = begin.elapsed();
    let mut seen = BTreeSet::new();
    for round in 0..12 {
        fresh();
        let mut child = import();
        std::thread::sleep(whole * round / 11);
        child.kill().unwrap();
        child.wait().unwrap();
        let mut left = Sqlite::open(&folder.store(), storage()).unwrap();
        let [_, licenses, _] = left.counts().unwrap();
        assert!([2, u64::from(COUNT) + 2].contains(&licenses), "{licenses} licenses");
        assert_eq!(left.durability().unwrap(), ("wal".to_owned(), 2));
        let counter = left.with(serial(1), |license| license.overview().last_message.1);
        assert_eq!(counter.unwrap(), Some(1));
        seen.insert(licenses);
    }
    assert!(seen.contains(&2), "never killed in time");
}
