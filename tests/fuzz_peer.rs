//! `fuzz --peer`: what is wrong with a peer is found, told, stored and found again the next night; its corpus grows, is read
//! again and is never spoilt; and whatever ends it, what was found is there.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code)] // some of it is for other tests
mod program;
mod tools;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness::report::{Ended, Failing};
use harness::suite::Verdict;
use night::record::{Entry, Kind, PeerNight, What};
use program::{Folder, PROGRAM, after_hello, own_peer};
use programs::step::Program;
use serde_json::{Value, json};

const FUZZ: [&str; 6] = ["fuzz", "--jobs", "2", "--seed", "0", "--peer"];
const CORPUS: &str = "fuzz/peers/counterproof";

fn faulty(fault: &str) -> String {
    format!("{} --fault {fault}", own_peer())
}

/// The names of the files in a folder, those that begin with a dot left out.
fn names(folder: &Path) -> Vec<String> {
    let all = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<String> = all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

fn nights(folder: &Folder) -> Vec<PeerNight> {
    let text = fs::read_to_string(folder.path("record.jsonl")).unwrap();
    let entries = text.lines().map(|line| serde_json::from_str::<Entry>(line).unwrap());
    entries
        .map(|entry| match entry.what {
            What::Peer(peer) => peer,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn what_is_wrong_is_found_and_the_next_night_finds_it_at_once() {
    let folder = Folder::new("fuzz-found");
    let (id, peer) = ("program:server.verify_message_signature:VER-6", faulty("age-limit-0"));
    let arguments = |programs: &'static str| ["--programs", programs, "--record", "record.jsonl"];
    // With one job and a seed it is always the same program that finds it.
    let alone = ["fuzz", "--jobs", "1", "--seed", "2", "--peer", &peer];
    let ended = folder.run(&[&alone[..], &arguments("40")].concat()).exits(1);
    let ended = ended.complains(&format!("found  {id}, fail: expected "));
    ended.says(&format!("fail  {id}")).says("violates VER-6").says("of this run").says("again     ");
    let path = format!("reports/last/failing/{}.json", id.replace(':', "-"));
    folder.run(&["replay", &path, "--peer", &peer]).exits(1).says("now   fail, violates VER-6");
    folder.run(&["replay", &path, "--peer", &own_peer()]).exits(0).says("then  fail").says("now   pass");
    folder.run(&["report", "html"]).exits(0);
    assert!(fs::read_to_string(folder.path("reports/last/report.html")).unwrap().contains("VER-6"));
    let found = names(&folder.path(CORPUS)).into_iter().filter(|name| name.starts_with("found-")).count();
    assert!(found > 0, "it is kept");

    let ended = folder.run(&[&alone[..], &arguments("0")].concat()).exits(1);
    ended.says(&format!("fail  {id}"));
    let [first, second] = nights(&folder).try_into().unwrap();
    let of = |night: &PeerNight| {
        let finding = night.findings.iter().find(|finding| finding.rule.as_deref() == Some("VER-6"));
        finding.unwrap().clone()
    };
    let (new, known) = (of(&first), of(&second));
    assert_eq!((new.key, new.kind), (known.key, Kind::Difference));
    assert!(new.is_new && !known.is_new);
    assert!(new.again.contains(&path) && new.length > 100, "{}, {}", new.again, new.length);
    assert_eq!(first.features.before, 0);
    assert!(second.features.before > first.features.after / 2, "{:?} {:?}", first.features, second.features);
    assert_eq!(first.inputs.after, second.inputs.before, "what was kept was read");

    // Mended, it is only a program of the corpus.
    folder.run(&[&FUZZ[..], &[&own_peer()], &arguments("0")].concat()).exits(0);
}

#[test]
fn a_right_peer_passes_and_its_corpus_is_read_again_and_never_spoilt() {
    let folder = Folder::new("fuzz-right");
    let run = |programs: &str| folder.run(&[&FUZZ[..], &[&own_peer()], &["--programs", programs]].concat());
    run("20")
        .exits(0)
        .says("corpus fuzz/peers/counterproof: 0 programs")
        .says("no difference from the reference");
    let kept = names(&folder.path(CORPUS));
    assert!(kept.len() > 10, "{kept:?}");
    let broken = fs::read(folder.path(&format!("{CORPUS}/{}", kept[0]))).unwrap();
    let torn = &broken[..broken.len() / 2];
    fs::write(folder.path(&format!("{CORPUS}/{}", kept[0])), torn).unwrap();
    fs::write(folder.path(&format!("{CORPUS}/notes.txt")), "mine").unwrap();
    let ended = run("20").exits(0).says(&format!("{CORPUS}: {} programs", kept.len() - 1));
    ended.says(&format!("left alone: {CORPUS}/{}: ", kept[0])).says("notes.txt: not a file of this program");
    assert_eq!(fs::read(folder.path(&format!("{CORPUS}/{}", kept[0]))).unwrap(), torn);
    assert!(names(&folder.path(CORPUS)).len() > kept.len(), "it grows");
    let report = folder.report();
    let programs = report.parts[0].programs.as_ref().unwrap();
    assert_eq!((programs.ended, programs.findings.len()), (Ended::Whole, 0));
    assert_eq!(programs.played, u64::try_from(kept.len() - 1).unwrap() + 20);

    // What is kept is a program: `replay` takes it.
    for name in names(&folder.path(CORPUS)).iter().rev().filter(|name| name.starts_with("program-")).take(2) {
        let stored = fs::read(folder.path(&format!("{CORPUS}/{name}"))).unwrap();
        let Ok(stored) = serde_json::from_slice::<Value>(&stored) else { continue };
        let program: Program = serde_json::from_value(stored["program"].clone()).unwrap();
        let failing: Failing = serde_json::from_value(json!({
            "report": 2, "peers": [], "case": "program:ping:PPR-5", "verdict": "fail", "requirement": "PPR-5",
            "expected": "", "got": "", "steps": [], "program": program,
        }))
        .unwrap();
        fs::write(folder.path("one.json"), serde_json::to_string(&failing).unwrap()).unwrap();
        folder.run(&["replay", "one.json"]).exits(0).says("no answer differs");
    }
}

#[test]
fn a_peer_that_crashes_is_a_finding_and_the_next_program_meets_a_fresh_one() {
    let folder = Folder::new("fuzz-crash");
    let peer = faulty("crash-on-negative");
    folder.run(&[&FUZZ[..], &[&peer], &["--programs", "20"]].concat()).exits(1).says("crash  program:");
    let report = folder.report();
    let programs = report.parts[0].programs.as_ref().unwrap();
    assert_eq!((programs.played, programs.ended), (20, Ended::Whole));
    assert!(programs.findings.iter().any(|finding| finding.verdict == Verdict::Crash));
}

#[test]
fn a_peer_that_hangs_is_a_finding_and_ends() {
    let folder = Folder::new("fuzz-hang");
    fs::write(folder.path("hangs.sh"), after_hello("exec sleep 600")).unwrap();
    let begin = Instant::now();
    let ended = folder.run(&[&FUZZ[..], &["sh hangs.sh", "--programs", "1", "--timeout", "1"]].concat());
    ended.exits(1).says("hang  program:").says("found     by program 1 of this run");
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    let report = folder.report();
    let programs = report.parts[0].programs.as_ref().unwrap();
    assert_eq!((programs.played, programs.ended), (1, Ended::Whole));
    assert!(programs.findings.iter().all(|finding| finding.verdict == Verdict::Hang), "{programs:?}");
    assert_eq!(programs.findings.len(), 1);
    assert!(names(&folder.path(CORPUS)).iter().any(|name| name.starts_with("found-")), "it is kept");
}

#[test]
fn the_first_finding_can_end_it_and_the_same_seed_finds_the_same() {
    let run = |name: &str| {
        let folder = Folder::new(name);
        let peer = faulty("skips-PRT-4");
        let arguments = ["--programs", "60", "--fail-fast", "--seed", "3", "--jobs", "1", "--peer", &peer];
        folder.run(&[&["fuzz"], &arguments[..]].concat()).exits(1);
        let programs = folder.report().parts[0].programs.clone().unwrap();
        assert_eq!((programs.findings.len(), programs.ended), (1, Ended::FailFast));
        (programs.played, programs.findings[0].id.clone(), names(&folder.path(CORPUS)))
    };
    assert_eq!(run("fuzz-fast-1"), run("fuzz-fast-2"));
}

#[test]
fn whoever_ends_it_keeps_what_was_found() {
    let folder = Folder::new("fuzz-ended");
    let peer = faulty("age-limit-0");
    let mut command = Command::new(PROGRAM);
    command.args([&FUZZ[..], &[&peer], &["--hours", "1"]].concat()).current_dir(&folder.0);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (begin, failing) = (Instant::now(), folder.path("reports/last/failing"));
    while names(&failing).is_empty() && begin.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = rustix::process::Pid::from_child(&child);
    // Not Ctrl-C, which a shell keeps from what it runs in the background.
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    let report = folder.report();
    let programs = report.parts[0].programs.as_ref().unwrap();
    assert!(!programs.findings.is_empty() && programs.ended == Ended::Interrupted, "{programs:?}");
    assert_eq!(names(&failing).len(), programs.findings.len());
    assert!(!names(&folder.path(CORPUS)).is_empty());
}

#[test]
fn what_makes_no_sense_is_said() {
    let folder = Folder::new("fuzz-usage");
    folder.run(&["fuzz"]).exits(2).complains("--peer CMD names a peer");
    folder.run(&["fuzz", "--peer", "cat", "--hours", "0"]).exits(2).complains("a number of hours above 0");
    folder.run(&["fuzz", "--peer", "true"]).exits(3);
    fs::write(folder.path("file"), "").unwrap();
    let ended = folder.run(&[&FUZZ[..], &[&own_peer()], &["--corpus", "file", "--programs", "1"]].concat());
    ended.exits(3).complains("file");
}

#[test]
fn coverage_is_seen_where_a_peer_offers_it_and_nobody_is_judged_by_it() {
    let folder = Folder::new("fuzz-coverage");
    // It lists the operation and doesn't have it.
    let lists = r#"s/"operations":\["hello"/"operations":["coverage","hello"/"#;
    fs::write(folder.path("lists.sh"), format!("'{PROGRAM}' peer | sed -u '{lists}'\n")).unwrap();
    let ended = folder.run(&[&FUZZ[..], &["sh lists.sh", "--programs", "8"]].concat()).exits(0);
    ended.says("note: the peer lists coverage and doesn't answer it");

    if !tools::is_here("coverage of the second implementation", &[tools::PYTHON, tools::ARGON2ID]) {
        return;
    }
    let features = |file: &str| {
        let peer = format!("python3 {}/tests/peers/python/{file}", env!("CARGO_MANIFEST_DIR"));
        let arguments = ["--programs", "4", "--record", "record.jsonl", "--corpus", file];
        let ended = folder.run(&[&FUZZ[..], &[&peer], &arguments].concat()).exits(0);
        assert!(!ended.out.contains("note:"), "{ended:?}");
        nights(&folder).last().unwrap().features.after
    };
    let (without, with) = (features("peer.py"), features("reached.py"));
    assert!(with > without + 500, "{with} with coverage, {without} without");
}
