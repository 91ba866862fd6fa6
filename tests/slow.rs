//! Runs that don't come to their end: a slow peer is not condemned, a broken one is given up, and nobody takes what
//! is left for a result.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod program;

use std::fs;
use std::time::{Duration, Instant};

use harness::report::{self, Part};
use harness::suite::Verdict;
use program::{Ended, Folder, PROGRAM, own_peer};
use serde_json::json;

/// Some forty cases of few questions each.
const MANY: [&str; 2] = ["--only", "frame-parse"];

/// A peer that takes its time before each answer; `arguments` go to the reference behind it.
fn slow_peer(folder: &Folder, seconds: &str, arguments: &str) -> String {
    let script = format!(
        "while read -r line; do sleep {seconds}; printf '%s\\n' \"$line\"; done | '{PROGRAM}' peer {arguments}\n"
    );
    fs::write(folder.path("slow.sh"), script).unwrap();
    "sh slow.sh".to_owned()
}

/// A peer that answers `hello` like the reference, and nothing else.
fn silent_peer(folder: &Folder, then: &str) -> String {
    let script = format!(
        "read -r hello; printf '%s\\n' \"$hello\" | '{PROGRAM}' peer\nwhile read -r line; do {then}; done\n"
    );
    fs::write(folder.path("silent.sh"), script).unwrap();
    "sh silent.sh".to_owned()
}

fn check(folder: &Folder, peer: &str, more: &[&str]) -> Ended {
    folder.run(&[&["check", "--peer", peer, "--jobs", "2"], &MANY[..], more].concat())
}

fn part(folder: &Folder) -> Part {
    let [part] = <[Part; 1]>::try_from(folder.report().parts).unwrap();
    part
}

#[test]
fn a_slow_peer_is_not_condemned() {
    let folder = Folder::new("slow");
    let ended = check(&folder, &slow_peer(&folder, "0.3", ""), &["--deadline", "1"]).exits(3);
    let ended = ended.says("no verdict: ").says("the run was out of time");
    let ended = ended.complains("out of time after").complains("--deadline ");
    assert!(!ended.out.contains("violates") && !ended.out.contains("hang"), "{ended:#?}");
    let part = part(&folder);
    assert_eq!((part.ended, part.as_expected), (Some(report::Ended::OutOfTime), false));
    assert_eq!(part.cases.len() as u64, part.selected, "what was not run is in the report, too");
    assert!(part.count(Verdict::NotRun) > 0);
    assert_eq!(part.count(Verdict::Pass) + part.count(Verdict::NotRun), part.selected);
    assert!(!folder.path("reports/last/failing").exists());
    // With more time it conforms.
    let more = ["--peer", "sh slow.sh", "--only", "frame-parse-empty", "--deadline", "60"];
    folder.run(&[&["check"], &more[..]].concat()).exits(0);
}

#[test]
fn what_operations_take_is_told_without_the_way_and_decides_nothing() {
    let folder = Folder::new("costs");
    let quick = ["--perf", "1", "--timeout", "5"];
    check(&folder, &own_peer(), &quick).exits(0).says("without the way there and back").says("client.open ");
    let costs = part(&folder).costs.unwrap();
    let names: Vec<_> = costs.operations.iter().map(|cost| cost.operation.as_str()).collect();
    for name in [
        "client.sign",
        "server.generate_request",
        "server.verify_message_signature",
        "server.verify_response",
    ] {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!(costs.stopped, None);
    folder.run(&["report", "html"]).exits(0);
    let page = fs::read_to_string(folder.path("reports/last/report.html")).unwrap();
    let row = "<th scope=\"row\">server.verify_response</th><td class=\"n\">";
    let (_, cells) = page.split_once(row).unwrap();
    let (_, median) = cells.split_once("<td class=\"n\">").unwrap();
    let median: String = median.chars().take_while(|c| *c != '<').collect();
    let number = median.strip_suffix(" µs").unwrap();
    assert!(number.parse::<f64>().is_ok() && !page.contains("No more was measured"), "{median}");
    // 20 ms of the way are no operation's.
    check(&folder, &slow_peer(&folder, "0.02", ""), &quick).exits(0);
    let costs = part(&folder).costs.unwrap();
    assert!(costs.way_us > 20_000.0, "{costs:?}");
    let opens = costs.operations.iter().find(|cost| cost.operation == "client.open").unwrap();
    assert!(opens.median_us < costs.way_us, "{costs:?}");
    // One that can't go all the way is measured as far as it goes; its verdict is that of its cases.
    let wrong = format!("{} --fault wrong-domain-byte", own_peer());
    check(&folder, &wrong, &quick).exits(0).says("no more was measured: violates");
    assert!(part(&folder).costs.unwrap().stopped.is_some());
    // Nobody asked.
    check(&folder, &own_peer(), &[]).exits(0);
    assert_eq!(part(&folder).costs, None);
}

#[test]
fn peers_that_are_out_of_time_leave_a_report_each() {
    let folder = Folder::new("slow-two");
    let peer = slow_peer(&folder, "0.3", "");
    let two = ["--peer", &peer, "--peer", &peer, "--deadline", "1", "--report", "slow"];
    folder.run(&[&["check"], &two[..]].concat()).exits(3).says("no verdict: ");
    let left = std::fs::read_to_string(folder.path("slow/report.json")).unwrap();
    assert!(left.contains("out-of-time"), "{left}");
}

#[test]
fn a_deadline_in_the_middle_of_a_case_ends_it_without_a_verdict() {
    let folder = Folder::new("slow-case");
    let peer = slow_peer(&folder, "0.2", "");
    let begin = Instant::now();
    let arguments = ["check", "--peer", &peer, "--only", "frame-open-every-bit", "--deadline", "1"];
    folder.run(&arguments).exits(3).complains("--deadline");
    assert!(begin.elapsed() < Duration::from_secs(20), "its questions alone take a minute");
    assert_eq!(part(&folder).count(Verdict::NotRun), 1);
}

#[test]
fn a_failure_that_was_found_counts_though_there_was_no_time_for_the_rest() {
    let folder = Folder::new("slow-wrong");
    let peer = slow_peer(&folder, "0.1", "--fault skips-FRM-5");
    let first = ["check", "--peer", &peer, "--only", "frame-parse-version", "--only", "frame-open"];
    let ended = folder.run(&[&first[..], &["--deadline", "2", "--jobs", "1"]].concat()).exits(1);
    ended.says("violates FRM-5").says("does not conform");
    assert_eq!(part(&folder).ended, Some(report::Ended::OutOfTime));
}

#[test]
fn the_reference_is_never_condemned_for_want_of_time() {
    let folder = Folder::new("slow-reference");
    let ended = folder.run(&["check", "--deadline", "1"]);
    assert_ne!(ended.code, Some(1), "{ended:#?}");
}

#[test]
fn a_peer_that_hangs_again_and_again_is_given_up() {
    let folder = Folder::new("hangs");
    let peer = silent_peer(&folder, "sleep 60");
    let begin = Instant::now();
    let ended = check(&folder, &peer, &["--timeout", "1"]).exits(1);
    let ended = ended.says("hang  frame-parse").says("given up").says("--keep-going");
    assert!(begin.elapsed() < Duration::from_secs(40), "{:?}", begin.elapsed());
    let part = part(&folder);
    assert_eq!(part.ended, Some(report::Ended::GaveUp));
    assert!((5..=6).contains(&part.count(Verdict::Hang)), "{ended:#?}");
    assert_eq!(part.count(Verdict::Hang) + part.count(Verdict::NotRun), part.selected);
}

#[test]
fn a_peer_that_crashes_again_and_again_is_given_up() {
    let folder = Folder::new("crashes");
    let peer = silent_peer(&folder, "exit 7");
    let all = ["check", "--peer", &peer, "--jobs", "2", "--only", "frame"];
    folder.run(&all).exits(1).says("given up");
    let crashes = part(&folder).count(Verdict::Crash);
    assert!((50..=51).contains(&crashes), "{crashes}");
    folder.run(&[&all[..], &["--keep-going"]].concat()).exits(1);
    let part = part(&folder);
    assert_eq!((part.ended, part.count(Verdict::Crash)), (Some(report::Ended::Whole), part.selected));
    // The author of a peer is not kept waiting either.
    folder.run(&["check-peer", "--peer", &peer]).exits(1).says("given up");
}

#[test]
fn an_aborted_run_writes_no_baseline() {
    let folder = Folder::new("slow-baseline");
    let peer = slow_peer(&folder, "0.3", "--fault skips-FRM-5");
    let update = ["--expect", "known.json", "--update-expect", "--deadline", "1"];
    let ended = check(&folder, &peer, &update).says("baseline: known.json stays as it is");
    assert!(ended.code != Some(0) && !folder.path("known.json").exists(), "{ended:#?}");
    let before = json!({"baseline": 1, "entries": [
        {"case": "frame-parse-version-*", "verdict": "fail", "reason": "because"},
    ]});
    fs::write(folder.path("known.json"), before.to_string()).unwrap();
    check(&folder, &peer, &update);
    assert_eq!(fs::read_to_string(folder.path("known.json")).unwrap(), before.to_string());
}

#[test]
fn vectors_that_were_not_asked_are_no_disagreement() {
    let folder = Folder::new("slow-vectors");
    let peer = slow_peer(&folder, "0.1", "");
    let ended = folder.run(&["vectors", "run", "--peer", &peer, "--deadline", "1"]).exits(3);
    let ended = ended.complains("not asked; see --deadline");
    assert!(ended.out.contains("not run") && !ended.out.contains("hang"), "{ended:#?}");
}

#[test]
fn no_time_and_endless_time_are_told_apart() {
    let folder = Folder::new("times");
    let own = own_peer();
    for option in ["--timeout", "--deadline"] {
        for verb in [&["check"][..], &["check-peer", "--peer", &own], &["vectors", "run"]] {
            folder.run(&[verb, &[option, "0"]].concat()).exits(2).complains("at least 1 second");
            folder.run(&[verb, &[option, "-1"]].concat()).exits(2);
        }
        let most = u64::MAX.to_string();
        folder.run(&["check", option, &most, "--only", "frame-parse-empty"]).exits(0);
    }
}
