//! `replay`: a stored failing case is played and judged again, by the peer that the user names or agrees to.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // its other half is for tests that look at whole reports
mod program;

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use harness::report::Failing;
use harness::suite::Verdict;
use program::{Folder, after_hello, own_peer};
use serde_json::{Value, json};

const AGREED: &str = "--run-recorded-command";
/// As version 1 first wrote them, without a seed.
const FAILING_1: &str = include_str!("fixtures/failing-1.json");

/// Writes a file of this case and these peers, with no step in it.
fn file(folder: &Folder, name: &str, case: &str, peers: &Value) {
    let failing = json!({"report": 1, "peers": peers, "case": case, "verdict": "fail", "requirement": "FRM-5",
        "expected": "e", "got": "g", "steps": []});
    fs::write(folder.path(name), failing.to_string()).unwrap();
}

fn faulty(fault: &str) -> String {
    format!("{} --fault {fault}", own_peer())
}

/// Checks a peer and reads the first failing case that it leaves, or the one that is asked for.
fn fails(folder: &Folder, arguments: &[&str], wanted: Option<&str>) -> (String, Failing) {
    folder.run(&[&["check", "--jobs", "1", "--timeout", "1"], arguments].concat()).exits(1);
    let mut files: Vec<PathBuf> = fs::read_dir(folder.path("reports/last/failing"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let fits = |path: &&PathBuf| wanted.is_none_or(|name| path.to_str().unwrap().contains(name));
    let path = files.iter().find(fits).expect("a failing case");
    let failing = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    (path.to_str().unwrap().to_owned(), failing)
}

/// A script that answers `hello` rightly and does `then` with any other question.
fn script(folder: &Folder, then: &str) {
    fs::write(folder.path("peer.sh"), after_hello(then)).unwrap();
}

#[test]
fn a_recorded_command_is_shown_and_not_run() {
    let folder = Folder::new("unseen");
    file(&folder, "evil.json", "frame-published-sample", &json!(["touch ran \u{1B}[2J\nx"]));
    let ended = folder.run(&["replay", "evil.json"]).exits(2).complains("touch ran \\u{1b}[2J\\nx");
    let ended = ended.complains("--run-recorded-command").complains("--peer CMD").complains("evil.json");
    assert!(!ended.err.contains('\u{1B}') && ended.out.is_empty(), "{ended:?}");
    assert!(!folder.path("ran").exists());
    folder.run(&["replay", "evil.json", "--peer", &own_peer()]).exits(0);
    assert!(!folder.path("ran").exists());
    // Not both: which would be run?
    folder.run(&["replay", "evil.json", AGREED, "--peer", &own_peer()]).exits(2).complains("cannot be used");
    folder.run(&["replay", "evil.json", AGREED]).exits(3).complains("touch ran").complains("hello");
    assert!(folder.path("ran").exists(), "now it was agreed to");
}

#[test]
fn a_failure_of_the_reference_needs_no_command() {
    let folder = Folder::new("own");
    file(&folder, "own.json", "frame-published-sample", &json!([]));
    let ended = folder.run(&["replay", "own.json"]).exits(0).says("peer built-in reference");
    let ended = ended.says("then  fail, violates FRM-5: A version other than 0").says("now   pass");
    ended.says("no answer differs");
}

/// What is wrong is in the state alone: every answer to an operation is right.
#[test]
fn a_fault_in_the_state_is_found_again() {
    let folder = Folder::new("state");
    let peer = faulty("state-changes-on-refusal");
    let (path, failing) = fails(&folder, &["--peer", &peer, "--only", "request-characters"], None);
    assert_eq!((failing.requirement.as_str(), failing.got.as_str()), ("REQ-9", "another state"));
    let ended = folder.run(&["replay", &path, AGREED]).exits(1).says("now   fail, violates REQ-9");
    ended.says(&failing.got).says(&format!("peer {peer}"));
    folder.run(&["replay", &path, "--peer", &own_peer()]).exits(0).says("then  fail").says("now   pass");
}

#[test]
fn a_counter_that_differs_is_marked() {
    let folder = Folder::new("counter");
    let (path, _) = fails(&folder, &["--peer", &faulty("unlock-tries-run-out"), "--req", "UNL-8"], None);
    folder
        .run(&["replay", &path, AGREED])
        .exits(1)
        .says("\n! ")
        .says("!    reference  {")
        .says("answers that differ from the reference's: ");
}

#[test]
fn a_failure_without_a_step_is_judged() {
    let folder = Folder::new("unsupported");
    let answer = r#"{"seq":0,"ok":{"protocol":1,"name":"n","version":"1","language":"sh","profile":"full",
        "operations":["hello","ping"],"injects_time":true,"injects_randomness":true}}"#;
    let answer = answer.replace(['\n', ' '], "");
    fs::write(folder.path("peer.sh"), format!("while read -r q; do echo '{answer}'; done")).unwrap();
    let (path, failing) = fails(&folder, &["--peer", "sh peer.sh", "--only", "frame-published-sample"], None);
    assert_eq!((failing.verdict, failing.steps.len()), (Verdict::Unsupported, 0));
    let ended = folder.run(&["replay", &path, AGREED]).exits(1).says("now   unsupported");
    ended.says("nothing was asked");
    // Somebody took the steps away, or made them all agree.
    file(&folder, "tampered.json", "frame-parse-version-1", &json!([faulty("skips-FRM-5")]));
    folder.run(&["replay", "tampered.json", AGREED]).exits(1).says("now   fail, violates FRM-5");
}

#[test]
fn hangs_and_crashes_are_shown_as_such() {
    let folder = Folder::new("hang");
    for (then, verdict) in [
        ("sleep 60", "hang"),
        ("printf 'oops\\033[2J\\n' >&2; exit 3", "crash"),
        ("printf 'no\\033[2Jnse\\n'", "protocol-violation"),
    ] {
        script(&folder, then);
        let (path, _) = fails(&folder, &["--peer", "sh peer.sh", "--only", "frame-published-sample"], None);
        let begin = Instant::now();
        let ended = folder.run(&["replay", &path, AGREED, "--timeout", "1"]).exits(1);
        assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
        let ended = ended.says(&format!("now   {verdict}, violates")).says(&format!("then  {verdict}"));
        assert!(!ended.out.contains('\u{1B}'), "{ended:?}");
        folder.run(&["replay", &path, "--peer", &own_peer()]).exits(0).says(&format!("then  {verdict}"));
    }
}

#[test]
fn the_same_bytes_are_asked_again() {
    let folder = Folder::new("seed");
    let peer = faulty("replay-accepted");
    let (path, failing) = fails(&folder, &["--peer", &peer, "--req", "VER-8", "--seed", "7"], None);
    assert_eq!(failing.seed, Some(7));
    assert!(failing.steps.len() > 3);
    let ended = folder.run(&["replay", &path, AGREED]).exits(1).says("seed 7");
    for step in &failing.steps {
        assert!(ended.out.contains(&step.question) && ended.out.contains(&step.answer), "{step:?}");
    }
}

#[test]
fn files_of_the_first_version_are_still_played() {
    let folder = Folder::new("first");
    fs::write(folder.path("failing.json"), FAILING_1).unwrap();
    let ended = folder.run(&["replay", "failing.json"]).exits(2);
    ended.complains("  counterproof peer --fault skips-FRM-5\n");
    let again = folder.run(&["replay", "failing.json", "--peer", &faulty("skips-FRM-5")]).exits(1);
    again.says("seed 0").says("now   fail, violates FRM-5").says("\n! 1. asked");
    folder.run(&["replay", "failing.json", "--peer", &own_peer()]).exits(0).says("now   pass");
}

#[test]
fn a_pair_is_replayed_by_a_pair() {
    let folder = Folder::new("pair");
    let (own, wrong) = (own_peer(), faulty("always-no"));
    let arguments = ["--peer", &own, "--peer", &wrong, "--role", "both", "--only", "flow"];
    let (path, failing) = fails(&folder, &arguments, Some("/3-"));
    assert_eq!(failing.peers.len(), 2);
    let ended = folder.run(&["replay", &path, AGREED]).exits(1).says(&format!("peer {own}\n"));
    ended.says(&format!("peer {wrong}\n")).says("now   fail");
    folder.run(&["replay", &path, "--peer", &own, "--peer", &own]).exits(0).says("now   pass");
    let one = folder.run(&["replay", &path, "--peer", &own]).exits(2);
    one.complains("two peers, client and server: give --peer twice (1 peer named)");
}

#[test]
fn a_peer_with_a_clock_of_its_own_is_met_at_its_time() {
    let folder = Folder::new("clock");
    let case = "a2a-answer-cached";
    file(&folder, "clock.json", case, &json!([]));
    folder.run(&["replay", "clock.json", "--peer", &faulty("control-own-clock")]).exits(0).says("now   pass");
}

#[test]
fn what_can_t_be_replayed_is_a_matter_of_usage() {
    let folder = Folder::new("usage");
    folder.run(&["replay", "missing.json"]).exits(2).complains("missing.json");
    folder.run(&["replay", "."]).exits(2).complains("reading .");
    for (name, text, words) in [
        ("garbage.json", b"{\"report\":1}".as_slice(), "not a failing case"),
        ("bytes.json", b"{\"report\":\xFF}", "bytes.json"),
        ("empty.json", b"", "not a failing case"),
        ("later.json", br#"{"report":2,"peers":[]}"#, "not a failing case"),
    ] {
        fs::write(folder.path(name), text).unwrap();
        folder.run(&["replay", name]).exits(2).complains(words);
    }
    file(&folder, "unknown.json", "frame-of-tomorrow\u{1B}", &json!([]));
    let unknown = folder.run(&["replay", "unknown.json"]).exits(2).complains("frame-of-tomorrow\\u{1b}");
    unknown.complains("another version");
    let own = own_peer();
    file(&folder, "one.json", "frame-published-sample", &json!(["x"]));
    let two = folder.run(&["replay", "one.json", "--peer", &own, "--peer", &own]).exits(2);
    two.complains("one peer: give --peer once (2 peers named)");
    for (peers, words) in
        [(json!(["x", "y"]), "2 peers can't play"), (json!(["x", "y", "z"]), "3 peers can't")]
    {
        file(&folder, "seats.json", "frame-published-sample", &peers);
        folder.run(&["replay", "seats.json", "--peer", &own]).exits(2).complains(words);
    }
    for (option, value, words) in [
        ("--timeout", "0", "at least 1 second"),
        ("--env", "x", "NAME=VALUE"),
        ("--cwd", "nowhere", "nowhere: not a folder"),
    ] {
        folder.run(&["replay", "one.json", "--peer", &own, option, value]).exits(2).complains(words);
    }
    folder.run(&["replay", "one.json", "--peer", "missing-program"]).exits(3).complains("missing-program");
}

#[test]
fn environment_and_folder_reach_the_peer() {
    let folder = Folder::new("options");
    fs::create_dir(folder.path("below")).unwrap();
    fs::write(folder.path("below/peer.sh"), format!("[ \"$WORD\" = a=b ] && exec {}", own_peer())).unwrap();
    file(&folder, "one.json", "frame-published-sample", &json!(["sh peer.sh"]));
    folder.run(&["replay", "one.json", AGREED, "--cwd", "below", "--env", "WORD=a=b"]).exits(0);
    folder.run(&["replay", "one.json", AGREED, "--cwd", "below"]).exits(3);
}
