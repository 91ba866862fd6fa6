//! `check --gateway`: our own gateway conforms, over sockets and without; each of many that are wrong on purpose is
//! noticed, and the right requirement is blamed.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use harness::case::Case;
use harness::suite::{self, Outcome, Verdict};
use harness::trial::Peer;
use serde_json::Value;

use crate::kit::Folder;
use crate::model::{BEGIN, Fault, Model, Wrong, claims, faults};
use crate::tools;

/// Plays a case against a model.
fn play(case: &Case, model: &mut Model) -> Outcome {
    let claims = claims();
    suite::run_at(case, vec![Peer { exchange: model, claims: &claims }], 7, BEGIN)
}

#[test]
fn gtw_1_a_right_gateway_passes_every_case_and_all_seeds() {
    let all = gatecheck::all();
    let ids: BTreeSet<_> = all.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "each id is of one case");
    assert!(2 * all.len() <= gatecheck::LICENSES as usize, "two licenses for each case");
    let mut model = Model::new(Wrong::Nowhere);
    for case in &all {
        let outcome = play(case, &mut model);
        assert_eq!(outcome.verdict, Verdict::Pass, "{}: {:?}", case.id, outcome.failure);
        assert!(
            case.covers.iter().all(|id| outcome.witnessed.contains(id)),
            "{}: {:?}",
            case.id,
            outcome.witnessed
        );
    }
    let walks: Vec<_> = all.iter().filter(|case| case.id.starts_with("gateway-walk")).collect();
    for seed in 100..130 {
        let claims = claims();
        let mut model = Model::new(Wrong::Nowhere);
        let case = walks[seed as usize % walks.len()];
        let outcome = suite::run_at(case, vec![Peer { exchange: &mut model, claims: &claims }], seed, BEGIN);
        assert_eq!(outcome.verdict, Verdict::Pass, "seed {seed}: {:?}", outcome.failure);
    }
}

#[test]
fn gtw_1_a_wrong_gateway_is_noticed_by_what_is_wrong_with_it() {
    let all = gatecheck::all();
    let faults: Vec<_> = faults().collect();
    let survives = |(name, blame, wrong): &Fault| {
        let (covering, rest): (Vec<_>, Vec<_>) = all.iter().partition(|case| case.covers.contains(blame));
        let mut model = Model::new(*wrong);
        let mut blamed = BTreeSet::new();
        for case in covering.into_iter().chain(rest) {
            let outcome = play(case, &mut model);
            assert_ne!(outcome.verdict, Verdict::HarnessError, "{name}, {}: {:?}", case.id, outcome.failure);
            let failure = outcome.failure.filter(|_| outcome.verdict == Verdict::Fail);
            blamed.extend(failure.map(|failure| failure.requirement));
            if blamed.contains(blame) {
                return None;
            }
        }
        Some(format!("{name}: {blame} isn't blamed, but {blamed:?}"))
    };
    let halves = faults.chunks(faults.len().div_ceil(2));
    let survivors: Vec<String> = thread::scope(|scope| {
        let threads: Vec<_> =
            halves.map(|half| scope.spawn(|| half.iter().filter_map(survives).collect::<Vec<_>>())).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(survivors.is_empty(), "{} of {}:\n{}", survivors.len(), faults.len(), survivors.join("\n"));
}

#[test]
fn gtw_10_what_is_not_seen_is_not_testable() {
    let all = gatecheck::all();
    let rate = all.iter().find(|case| case.id == "gateway-strangers-rate").unwrap();
    assert_eq!(play(rate, &mut Model::new(Wrong::Unlimited)).verdict, Verdict::NotTestable);
}

/// A folder with licenses enough, and the options of `check`.
fn check(folder: &Folder, url: &str, more: &[&str]) -> Output {
    let of_gateway =
        ["check", "--gateway", url, "--api-key", "s.db.api-key", "--licenses", "l.jsonl", "--report", "r"];
    folder.command(&[&of_gateway[..], more].concat()).output().unwrap()
}

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.path("r/report.json")).unwrap()).unwrap()
}

fn cases(report: &Value) -> &Vec<Value> {
    report["parts"][0]["cases"].as_array().unwrap()
}

#[test]
fn gtw_1_our_own_gateway_conforms_over_sockets() {
    let folder = Folder::new(gatecheck::LICENSES);
    let gateway = folder.serve();
    let output = check(&folder, &gateway.url, &["--wait", "0", "--jobs", "8"]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let report = report(&folder);
    let all = cases(&report);
    assert_eq!(all.len(), gatecheck::all().len());
    let not_testable: BTreeSet<_> = all
        .iter()
        .filter(|case| case["verdict"] == "not-testable")
        .map(|case| case["id"].as_str().unwrap().to_owned())
        .collect();
    let passed = all.iter().filter(|case| case["verdict"] == "pass").count();
    assert_eq!(passed + not_testable.len(), all.len(), "{told}");
    // Time, a restart and a limit: none of them was there, and none is taken for right.
    let not_seen = ["expired-", "forgotten", "restarted-", "slow-", "strangers-rate"];
    let is_not_seen = |id: &String| not_seen.iter().any(|part| id.contains(part));
    assert!(not_testable.iter().all(is_not_seen) && not_testable.len() == 10, "{not_testable:?}");
    assert!(told.contains("nobody can restart the gateway: see --restart"), "{told}");
    let key = gateway.key.clone();
    let text = fs::read_to_string(folder.path("r/report.json")).unwrap();
    assert!(!text.contains(&key) && !told.contains(&key), "the key is in no report");
}

/// A gateway that nobody here wrote in Rust: from SPEC.md, in Python, in front of the second implementation.
struct Foreign(Child);

impl Drop for Foreign {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn gtw_10_a_gateway_in_another_language_conforms_again_and_again() {
    if !tools::is_here("the gateway in Python", &[tools::PYTHON, tools::ARGON2ID]) {
        return;
    }
    let folder = Folder::new(1);
    folder.run(&["licenses", "make", "--count", "160", "--threshold", "9", "--out", "more.jsonl"]);
    let key = fs::File::options().create_new(true).write(true).mode(0o600).open(folder.path("key"));
    writeln!(key.unwrap(), "{}", "07".repeat(32)).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/gateway/gateway.py");
    let mut process = Command::new("python3")
        .args([script, "more.jsonl", "more.jsonl.key", "key"])
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _foreign = Foreign(process);
    let url = line.trim().strip_prefix("listening on ").unwrap();
    let of_gateway =
        ["check", "--gateway", url, "--api-key", "key", "--licenses", "more.jsonl", "--wait", "0"];
    // Its limits are on, and are met. The second time, its licenses have instances, and logins that are pending still.
    for more in [&["--report", "r"][..], &["--report", "r2", "--skip", "login-most", "--seed", "random"]] {
        let output = folder.command(&[&of_gateway[..], more].concat()).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{told}");
    }
    let report = report(&folder);
    let verdict = |id: &str| cases(&report).iter().find(|case| case["id"] == id).unwrap()["verdict"].clone();
    assert_eq!(verdict("gateway-strangers-rate"), "pass");
    let not_testable = cases(&report).iter().filter(|case| case["verdict"] == "not-testable").count();
    assert_eq!(not_testable, 9, "what takes time or a restart");
}

/// Stands before a gateway, and says something else of the same length.
fn bends(listener: TcpListener, gateway: std::net::SocketAddr, [from, to]: [&'static str; 2]) {
    assert_eq!(from.len(), to.len());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut client = stream.unwrap();
            thread::spawn(move || {
                let mut behind = TcpStream::connect(gateway).unwrap();
                let (mut asks, mut asked) = (client.try_clone().unwrap(), behind.try_clone().unwrap());
                thread::spawn(move || std::io::copy(&mut asks, &mut asked));
                let mut reply = Vec::new();
                let _ = behind.read_to_end(&mut reply);
                let reply = String::from_utf8_lossy(&reply).replace(from, to);
                let _ = client.write_all(reply.as_bytes());
                let _ = client.shutdown(std::net::Shutdown::Both);
            });
        }
    });
}

#[test]
fn gtw_3_a_gateway_that_says_something_else_does_not_conform() {
    let folder = Folder::new(gatecheck::LICENSES);
    for (bend, only, blame) in [
        (["cache-control: no-store", "cache-control: no-cache"], "gateway-guards", "GTW-11"),
        (["\"returnCode\":1,", "\"returnCode\":2,"], "gateway-login-retrieved", "GTW-3"),
        (["\"retrieved\"", "\"delivered\""], "gateway-login-approved", "LGN-14"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let before = listener.local_addr().unwrap().to_string();
        let gateway = folder.serve_with(&["--address-rate", "0", "--license-rate", "0", "--host", &before]);
        bends(listener, gateway.address(), bend);
        let output = check(&folder, &format!("http://{before}"), &["--wait", "0", "--case", only]);
        let told = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        let report = report(&folder);
        assert_eq!(cases(&report)[0]["requirement"], blame, "{told}");
        // It is played again as any case is.
        let file = format!("r/failing/{only}.json");
        let replayed = folder.command(&["replay", &file, "--run-recorded-command"]).output().unwrap();
        let words = String::from_utf8(replayed.stdout).unwrap();
        assert_eq!(replayed.status.code(), Some(1), "{words}");
        assert!(words.contains(&format!("now   fail, violates {blame}")), "{words}");
    }
}

#[test]
fn gtw_1_what_makes_no_sense_is_said_before_anything_is_asked() {
    let folder = Folder::new(3);
    let gateway = folder.serve();
    let fails = |url: &str, more: &[&str]| {
        let output = check(&folder, url, more);
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, words) = fails(&gateway.url, &[]);
    assert!(code == Some(2) && words.contains("it has 3 licenses, and 160 are due"), "{words}");
    let (code, words) = fails(&gateway.url, &["--peer", "x"]);
    assert!(code == Some(2) && words.contains("--gateway and --peer"), "{words}");
    let (code, words) = fails("https://gateway.example", &[]);
    assert!(code == Some(2) && words.contains("a TLS endpoint needs a proxy"), "{words}");
    let enough = Folder::new(gatecheck::LICENSES);
    fs::copy(folder.path("s.db.api-key"), enough.path("s.db.api-key")).unwrap();
    let output = check(&enough, "http://127.0.0.1:1", &[]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(3) && words.contains("can't be reached"), "{words}");
    fs::remove_file(enough.path("s.db.api-key")).unwrap();
    let output = check(&enough, "http://127.0.0.1:1", &[]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && words.contains("s.db.api-key"), "{words}");
    let alone = folder.command(&["check", "--gateway", &gateway.url]).output().unwrap();
    assert_eq!(alone.status.code(), Some(2));
}
