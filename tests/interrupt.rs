//! Ctrl-C and its kin: whatever ends the program, no process that it started runs on, and nothing is said of the
//! peer that was cut short.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // its other half is for tests that wait for the end
mod program;
#[path = "program/signals.rs"]
mod signals;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use program::{Folder, PROGRAM, after_hello, own_peer};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use signals::catch_what_is_ignored;

const PATIENT: Duration = Duration::from_secs(120);
/// A case that asks one question.
const CASE: [&str; 2] = ["--only", "frame-published-sample"];
/// How a peer behaves after `hello`: it writes down its own number and that of what it starts, and is silent.
const SILENT: &str = "echo $$ >>pids; sleep 300";
/// The same, with a helper in its group and, where there is `setsid`, one that left it and its parents.
const FORKS: &str = "sleep 300 & echo $! >>pids; \
     if command -v setsid >/dev/null; then setsid sh -c 'echo $$ >>pids; sleep 300' & fi; \
     ( ( sleep 300 & echo $! >>pids ) & ) ; sleep 0.2; echo $$ >>pids; mkdir forked; sleep 300";

/// Answers `hello` rightly and does `then` with any other question.
fn peer(folder: &Folder, then: &str) {
    fs::write(folder.path("peer.sh"), after_hello(then)).unwrap();
}

fn start(folder: &Folder, arguments: &[&str]) -> Child {
    catch_what_is_ignored();
    let mut command = Command::new(PROGRAM);
    command.env_remove("CARGO").args(arguments).current_dir(&folder.0).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until there is something.
#[track_caller]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begin.elapsed() < PATIENT, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// How it ended; a program that doesn't is killed, so that a red test leaves none behind.
#[track_caller]
fn ended(child: &mut Child) -> ExitStatus {
    let begin = Instant::now();
    while begin.elapsed() < PATIENT {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    panic!("the program doesn't end");
}

/// What the peers wrote down.
fn pids(folder: &Folder) -> Vec<Pid> {
    let text = fs::read_to_string(folder.path("pids")).unwrap_or_default();
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop(); // half a line, or none
    lines.into_iter().filter_map(|line| Pid::from_raw(line.parse().unwrap())).collect()
}

fn runs(pid: Pid) -> bool {
    // A zombie that nobody reaps yet runs no more.
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).unwrap_or_default();
    test_kill_process(pid).is_ok() && !stat.contains(") Z ")
}

#[track_caller]
fn nothing_runs(pids: &[Pid]) {
    let begin = Instant::now();
    while let Some(pid) = pids.iter().find(|pid| runs(**pid)) {
        assert!(begin.elapsed() < Duration::from_millis(500), "{pid:?} runs on, of {pids:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_signal_ends_the_run_and_every_peer() {
    for (signal, code, name) in
        [(Signal::INT, 130, "SIGINT"), (Signal::TERM, 143, "SIGTERM"), (Signal::HUP, 129, "SIGHUP")]
    {
        let folder = Folder::new(&format!("signal-{code}"));
        peer(&folder, SILENT);
        let mut child =
            start(&folder, &[&["check", "--peer", "sh peer.sh", "--jobs", "2"], &CASE[..]].concat());
        let pids = until("a peer is asked", || Some(pids(&folder)).filter(|pids| !pids.is_empty()));
        assert!(pids.iter().all(|pid| runs(*pid)));
        let begin = Instant::now();
        send(&child, signal);
        let status = ended(&mut child);
        assert_eq!(status.code(), Some(code), "{status}");
        assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
        nothing_runs(&pids);
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains(&format!("counterproof: ended early by {name}")), "{err}");
        // It was no hang of the peer's.
        let report = fs::read_to_string(folder.path("reports/last/report.json")).unwrap_or_default();
        assert!(!report.contains("\"hang\"") && !report.contains("\"crash\""), "{report}");
        assert!(!folder.path("reports/last/failing").exists());
    }
}

#[test]
fn what_a_peer_started_ends_too() {
    for signal in [Signal::INT, Signal::QUIT] {
        let folder = Folder::new(&format!("forks-{}", signal.as_raw()));
        peer(&folder, FORKS);
        let mut child =
            start(&folder, &[&["check", "--peer", "sh peer.sh", "--jobs", "1"], &CASE[..]].concat());
        until("the peer forks", || folder.path("forked").exists().then_some(()));
        let pids = pids(&folder);
        assert!(pids.len() >= 3 && pids.iter().all(|pid| runs(*pid)), "{pids:?}");
        send(&child, signal);
        assert_eq!(ended(&mut child).code(), Some(128 + signal.as_raw()));
        if cfg!(target_os = "linux") {
            nothing_runs(&pids);
        }
    }
}

/// No signal at all: what left its group and its parents ends with the program.
#[test]
#[cfg(target_os = "linux")]
fn the_usual_end_and_an_error_leave_nothing() {
    let stray = "setsid sh -c 'echo $$ >>pids; exec sleep 300' </dev/null >/dev/null 2>&1 &";
    for (name, then, more, code) in [
        // It is waited for: a run this short would be over before it has written its number.
        ("usual", format!("{stray} until [ -s pids ]; do sleep 0.01; done; echo nonsense"), [].as_slice(), 1),
        ("error", format!("{stray} echo nonsense"), &["--report", "peer.sh"], 2),
        ("dead", format!("{stray} sleep 0.1; exit 4"), &[], 1),
    ] {
        let folder = Folder::new(&format!("stray-{name}"));
        peer(&folder, &then);
        let arguments = [&["check", "--peer", "sh peer.sh", "--jobs", "1"], more, &CASE[..]].concat();
        let mut child = start(&folder, &arguments);
        assert_eq!(ended(&mut child).code(), Some(code), "{name}");
        let pids = pids(&folder);
        assert!(!pids.is_empty() || name == "error", "{name}");
        nothing_runs(&pids);
    }
}

#[test]
fn every_command_that_starts_peers_can_be_interrupted() {
    let folder = Folder::new("commands");
    peer(&folder, SILENT);
    let failing = r#"{"report":1,"peers":["sh peer.sh"],"case":"frame-published-sample","verdict":"fail",
        "requirement":"FRM-1","expected":"","got":"","steps":[]}"#;
    fs::write(folder.path("failing.json"), failing).unwrap();
    for arguments in [
        ["check-peer", "--peer", "sh peer.sh"].as_slice(),
        &["replay", "failing.json", "--run-recorded-command"],
        &["vectors", "run", "--peer", "sh peer.sh"],
        &["check", "--peer", "sh peer.sh"],
    ] {
        let _ = fs::remove_file(folder.path("pids"));
        let mut child = start(&folder, arguments);
        let pids = until("a peer is asked", || Some(pids(&folder)).filter(|pids| !pids.is_empty()));
        send(&child, Signal::INT);
        assert_eq!(ended(&mut child).code(), Some(130), "{arguments:?}");
        nothing_runs(&pids);
        says_nothing_of_the_peer(child);
    }
}

/// Half a run is no result.
fn says_nothing_of_the_peer(child: Child) {
    let output = child.wait_with_output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    for word in ["conform", "hang  ", "now   ", "SURVIVED: ", "uncovered", "agree with"] {
        assert!(!out.contains(word), "{word} is in {out}");
    }
    assert_eq!(err, "counterproof: ended early by SIGINT\n");
}

#[test]
fn a_selftest_can_be_interrupted() {
    let folder = Folder::new("selftest");
    let mut child = start(&folder, &["selftest"]);
    thread::sleep(Duration::from_secs(2));
    send(&child, Signal::INT);
    assert_eq!(ended(&mut child).code(), Some(130));
    says_nothing_of_the_peer(child);
}

/// As `timeout` sends them, and a shell whose terminal closes: the program still says what it has to say.
#[test]
fn a_signal_sent_twice_in_a_row_is_one() {
    let folder = Folder::new("twice");
    peer(&folder, SILENT);
    let mut child = start(&folder, &[&["check", "--peer", "sh peer.sh"], &CASE[..]].concat());
    until("a peer is asked", || (!pids(&folder).is_empty()).then_some(()));
    send(&child, Signal::INT);
    thread::sleep(Duration::from_millis(20));
    send(&child, Signal::INT);
    assert_eq!(ended(&mut child).code(), Some(130));
    says_nothing_of_the_peer(child);
}

/// Nobody reads its standard error: it can't end by itself. Kills it by `again`, or waits.
fn stuck(name: &str, again: bool) -> Duration {
    let folder = Folder::new(name);
    fs::write(folder.path("peer.sh"), format!("echo $$ >>pids; exec {}", own_peer())).unwrap();
    let mut child = start(&folder, &["check", "--peer", "sh peer.sh", "--jobs", "1", "--verbose"]);
    until("peers run", || (pids(&folder).len() == 2).then_some(()));
    thread::sleep(Duration::from_secs(1)); // A pipe is full after the first few cases.
    let begin = Instant::now();
    send(&child, Signal::INT);
    if again {
        thread::sleep(Duration::from_millis(600));
        assert_eq!(child.try_wait().unwrap(), None, "it was to be stuck");
        assert!(runs(*pids(&folder).last().unwrap()));
        send(&child, Signal::INT);
    }
    assert_eq!(ended(&mut child).code(), Some(130));
    let took = begin.elapsed();
    nothing_runs(&pids(&folder));
    took
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let took = stuck("second", true);
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn one_signal_is_enough_in_the_end() {
    let took = stuck("first", false);
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(40), "{took:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_signal_that_is_ignored_stays_so() {
    let folder = Folder::new("nohup");
    peer(&folder, SILENT);
    catch_what_is_ignored();
    let mut command = Command::new("sh");
    let script = "trap '' HUP; exec \"$0\" check --peer 'sh peer.sh' --only frame-published-sample --jobs 1";
    command.args(["-c", script, PROGRAM]).current_dir(&folder.0);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("a peer is asked", || (!pids(&folder).is_empty()).then_some(()));
    send(&child, Signal::HUP);
    thread::sleep(Duration::from_millis(500));
    assert_eq!(child.try_wait().unwrap(), None);
    send(&child, Signal::TERM);
    assert_eq!(ended(&mut child).code(), Some(143));
    nothing_runs(&pids(&folder));
    assert!(Path::new("/proc/self/status").exists());
}

/// Nothing can be done then, but a peer sees the end of its input.
#[test]
fn a_peer_ends_when_the_harness_is_killed() {
    let folder = Folder::new("sigkill");
    fs::write(folder.path("peer.sh"), format!("echo $$ >>pids; exec {}", own_peer())).unwrap();
    let child = start(&folder, &["check", "--peer", "sh peer.sh", "--jobs", "1"]);
    until("peers run", || (pids(&folder).len() == 2).then_some(()));
    send(&child, Signal::KILL);
    nothing_runs(&pids(&folder));
    assert_eq!(child.wait_with_output().unwrap().status.code(), None);
}
