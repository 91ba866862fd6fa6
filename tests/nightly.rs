//! `fuzz nightly`: a night finds, keeps, tells apart and remembers; whatever ends it, what is known is kept. The fuzzer is
//! a stand-in (`tests/nightly/fuzzer.sh`); the last test has the real one.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "nightly/checkout.rs"]
mod checkout;
#[allow(dead_code)] // its other half is for other tests
mod program;
#[path = "program/signals.rs"]
mod signals;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use checkout::{Checkout, nothing_runs, until};
use night::record::{Ended as How, Kind};
use program::{Ended, Folder, PROGRAM};
use rustix::process::{Pid, Signal, kill_process};

#[test]
fn a_short_night_fuzzes_every_target_and_leaves_a_record() {
    let checkout = Checkout::new("short", &[("alpha", "good"), ("beta", "good")]);
    checkout.night(&["--jobs", "2", "--seed", "7"]).exits(0).says("nothing found in 2000 executions");
    let (targets, night) = checkout.last();
    assert_eq!(targets.iter().map(|target| target.target.as_str()).collect::<Vec<_>>(), ["alpha", "beta"]);
    for target in &targets {
        assert_eq!((target.executions, target.floor, target.peak_mb), (1000, 100, 50));
        assert_eq!((target.edges.before, target.edges.after), (100, 117));
        assert_eq!((target.inputs.before, target.inputs.after, target.bytes.after), (0, 2, 6));
        assert_eq!((target.slowest_ms, target.from_empty), (12, false));
        let slowest = checkout.path("night").join(target.slowest.as_ref().unwrap());
        assert_eq!(fs::read(slowest).unwrap(), b"slow");
    }
    assert_eq!((night.ended, night.jobs, night.troubles.len()), (How::InTime, 2, 0));
    // What it was given: a seed of its own, limits, the target's flags, no empty dictionary.
    let runs = checkout.runs();
    for words in ["-timeout=5", "-rss_limit_mb=1024", "-max_len=64", "-max_total_time=1"] {
        assert!(runs.iter().all(|run| run.iter().any(|word| word == words)), "{words}: {runs:?}");
    }
    let seed = |run: &Vec<String>| run.iter().find(|word| word.starts_with("-seed=")).cloned();
    assert!(seed(&runs[0]).is_some() && seed(&runs[0]) != seed(&runs[1]));
    assert!(!runs.iter().flatten().any(|word| word.starts_with("-dict")));
    assert!(!checkout.path("night/state.json").exists() && !checkout.path("night/tonight/alpha").exists());
    // The next night begins with what this one found, and merges.
    checkout.sleep_until_the_next();
    checkout.night(&["--target", "alpha"]).exits(0);
    let (targets, _) = checkout.last();
    assert_eq!(targets.len(), 1);
    assert_eq!((targets[0].inputs.before, targets[0].inputs.after), (2, 3));
    assert!(checkout.runs().iter().any(|run| run.iter().any(|word| word == "-merge=1")));
    checkout.night(&["--target", "gamma"]).exits(2).complains("there are: alpha beta");
}

#[test]
fn a_finding_is_one_however_often_and_known_from_then_on() {
    let checkout = Checkout::new("finding", &[("alpha", "good"), ("beta", "once"), ("gamma", "hang")]);
    fs::write(checkout.path("broken"), "").unwrap();
    Ended::of(&mut checkout.command(&["--jobs", "2", "--seconds", "2"]))
        .exits(1)
        .says("VER-8: ")
        .says("rule VER-8")
        .says("2 findings, 2 of them new")
        .says("FUZZ_TARGET=beta");
    let found = checkout.findings();
    let [panic, timeout] = &found[..] else { panic!("{found:?}") };
    assert_eq!((panic.kind, panic.is_new, panic.rule.as_deref()), (Kind::Panic, true, Some("VER-8")));
    assert!(panic.count > 1, "it was found again and again: {panic:?}");
    assert_eq!(panic.frames, ["counterproof_oracles::wire::frame"]);
    assert_eq!(panic.length, 1, "it was shrunk");
    assert_eq!((timeout.kind, timeout.length), (Kind::Timeout, 5));
    assert!(timeout.again.ends_with(" -timeout=5"), "{timeout:?}");
    let command = Command::new("sh")
        .args(["-c", &panic.again])
        .env("STANDIN", &checkout.0.0)
        .current_dir(&checkout.0.0)
        .output()
        .unwrap();
    assert_eq!(command.status.code(), Some(77), "the command shows it again");
    let folders = fs::read_dir(checkout.path("night/findings/beta")).unwrap().count();
    assert_eq!(folders, 1);
    let kept = checkout.path("night/findings/beta").join(&panic.key).join("finding.json");
    let kept: serde_json::Value = serde_json::from_slice(&fs::read(kept).unwrap()).unwrap();
    let seed = format!("-seed={}", kept["seed"]);
    assert!(checkout.runs().iter().any(|run| run[1] == "beta" && run.contains(&seed)), "{seed}");

    checkout.sleep_until_the_next();
    checkout.night(&[]).exits(1).says("known since 20").says("2 findings, 0 of them new");
    assert!(checkout.findings().iter().all(|finding| !finding.is_new));
    assert_eq!(checkout.findings()[0].key, panic.key);

    // Mended, and then back.
    fs::remove_file(checkout.path("broken")).unwrap();
    checkout.plan("gamma", "good");
    checkout.sleep_until_the_next();
    checkout.night(&[]).exits(0);
    assert_eq!(checkout.findings(), []);
    fs::write(checkout.path("broken"), "").unwrap();
    checkout.sleep_until_the_next();
    checkout.night(&[]).exits(1).says("was mended, and fails again");
    assert_eq!(checkout.findings()[0].kind, Kind::Regression);
}

#[test]
fn what_shrinks_into_another_failure_is_shrunk_again_with_another_seed() {
    let checkout = Checkout::new("turns", &[("alpha", "turns")]);
    checkout.night(&[]).exits(1).says("1 finding, 1 of them new");
    let [finding] = &checkout.findings()[..] else { panic!("one failure") };
    assert_eq!((finding.rule.as_deref(), finding.length), (Some("VER-8"), 1));
    let shrunk = checkout.runs().iter().filter(|run| run.contains(&"-minimize_crash=1".into())).count();
    assert_eq!(shrunk, 2);
}

#[test]
fn a_regression_of_the_repository_that_fails_is_told_before_anything_is_fuzzed() {
    let checkout = Checkout::new("regression", &[("alpha", "crash")]);
    let folder = checkout.path("fuzz/regressions/alpha");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("fine"), "good").unwrap();
    fs::write(folder.join("was-mended"), "fails").unwrap();
    checkout.night(&[]).exits(1).says("regression");
    let found = checkout.findings();
    assert_eq!((found.len(), found[0].kind), (1, Kind::Regression));
    let first = &checkout.runs()[0];
    assert!(
        first.iter().any(|word| word.ends_with("was-mended")) && !first.contains(&"-max_total_time=1".into())
    );
}

#[test]
fn a_target_that_cannot_be_run_is_a_trouble_and_the_others_have_their_time() {
    let checkout = Checkout::new("dies", &[("alpha", "dies"), ("beta", "good")]);
    checkout.night(&[]).exits(3).says("alpha: can't be fuzzed").complains("not everything was fuzzed");
    let (targets, night) = checkout.last();
    assert_eq!(targets.iter().map(|target| target.executions).collect::<Vec<_>>(), [0, 1000]);
    assert_eq!(night.ended, How::InTime);
    assert!(night.troubles[0].contains("loading shared libraries"), "{night:?}");

    let checkout = Checkout::new("faints", &[("alpha", "faints")]);
    checkout.night(&[]).exits(3).says("alpha: the fuzzer ended with exit code 1: Killed");
    assert_eq!(checkout.last().0[0].executions, 4);

    let outside = Folder::new("nightly-outside");
    outside.run(&["fuzz", "nightly", "--seconds", "1"]).exits(2).complains("neither here nor above");
    let none = checkout.0.run(&["fuzz", "nightly", "--seconds", "1", "--program", "missing"]);
    none.exits(2).complains("--program missing: is not there");
}

#[test]
fn a_full_disk_ends_the_night_and_what_is_there_is_kept() {
    let checkout = Checkout::new("full", &[("alpha", "full"), ("beta", "full"), ("gamma", "full")]);
    checkout.night(&[]).exits(3).complains("the night is broken");
    let (targets, night) = checkout.last();
    assert_eq!(night.ended, How::Broken);
    assert!(night.troubles.iter().any(|trouble| trouble.contains("No space left")), "{night:?}");
    // The second of three slices was the last; what it found waits for the next night.
    assert_eq!(targets.iter().filter(|target| target.executions > 0).count(), 2);
    assert!(checkout.path("night/tonight/alpha/one-alpha").exists());

    // The fuzzer says that it merged, and the files aren't there: what was found stays.
    let checkout = Checkout::new("full-merge", &[("alpha", "loses")]);
    checkout.night(&[]).exits(0);
    checkout.sleep_until_the_next();
    checkout.night(&[]).exits(0).says("the corpus was not merged, and is kept as it is");
    assert_eq!(checkout.last().0[0].inputs.after, 3);
    checkout.sleep_until_the_next();
    Ended::of(&mut checkout.command(&["--hours", "0.0003"])).exits(0).says("was not merged");
    assert!(checkout.last().0[0].inputs.after > 3, "each slice added one");

    // The record itself can't be written.
    let checkout = Checkout::new("full-record", &[("alpha", "good")]);
    let mut command = checkout.command(&["--seconds", "1", "--target", "alpha"]);
    std::os::unix::fs::symlink("/dev/full", checkout.path("nights.jsonl")).unwrap();
    Ended::of(&mut command).exits(3).complains("nights.jsonl").complains("No space left").says("alpha");
    assert!(checkout.path("night/corpus/alpha/one-alpha").exists());
}

#[test]
fn a_night_that_is_killed_is_gone_on_with() {
    let checkout = Checkout::new("killed", &[("alpha", "good"), ("beta", "once")]);
    fs::write(checkout.path("broken"), "").unwrap();
    // 4.9 seconds for both.
    let hours = ["--hours", "0.0015"];
    let mut killed = checkout.start(&hours);
    until("it has begun", || checkout.runs().len() > 4);
    let state = fs::read_to_string(checkout.path("night/state.json")).unwrap();
    let begun = serde_json::from_str::<serde_json::Value>(&state).unwrap()["begun"].as_u64().unwrap();
    kill_process(Pid::from_child(&killed), Signal::KILL).unwrap();
    killed.wait().unwrap();
    assert!(!checkout.path("nights.jsonl").exists(), "nothing is said of a night that isn't over");
    let before = checkout.runs().len();

    let again = Ended::of(checkout.command(&hours).env("PACE", "0.5"));
    let again = again.exits(1).complains("goes on with the night that was killed");
    assert!(again.out.contains("1 finding, 1 of them new"), "{again:?}");
    let entries = checkout.entries();
    assert!(entries.iter().all(|entry| entry.begun == begun) && entries.len() == 3, "{entries:?}");
    let (targets, _) = checkout.last();
    let seconds: f64 = targets.iter().map(|target| target.seconds).sum();
    assert!((4.5..7.5).contains(&seconds), "both processes together had {seconds} s");
    assert!(checkout.runs().len() > before);

    // Killed, and then something else is wanted: the record says that there was a night.
    let mut killed = checkout.start(&hours);
    until("it has begun", || checkout.path("night/state.json").exists());
    kill_process(Pid::from_child(&killed), Signal::KILL).unwrap();
    killed.wait().unwrap();
    checkout.night(&["--target", "alpha"]).exits(0);
    let (_, night) = checkout.last();
    assert!(night.troubles[0].contains("was killed, and is not gone on with"), "{night:?}");
}

#[test]
fn a_signal_ends_the_night_with_a_record_and_no_process_is_left() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let checkout = Checkout::new(&format!("signal-{code}"), &[("alpha", "good"), ("beta", "slow")]);
        let child = checkout.start(&["--seconds", "60", "--jobs", "2"]);
        until("both run", || checkout.runs().len() > 1 && checkout.path("night/tonight/alpha").is_dir());
        thread::sleep(Duration::from_millis(200));
        kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let (targets, night) = checkout.last();
        assert_eq!((night.ended, targets.len()), (How::Stopped, 2));
        assert!(checkout.path("night/corpus/alpha/one-alpha").exists(), "what was found is kept");
        nothing_runs(&checkout);
    }
}

#[test]
fn a_torn_line_of_the_record_is_named_and_kept() {
    let checkout = Checkout::new("torn", &[("alpha", "good")]);
    fs::write(checkout.path("nights.jsonl"), "{\"night\":1,\"begun\":17").unwrap();
    checkout.night(&[]).exits(0).says("was torn");
    let text = fs::read_to_string(checkout.path("nights.jsonl")).unwrap();
    assert!(text.starts_with("{\"night\":1,\"begun\":17\n{\"night\":1,"), "{text}");
    assert!(checkout.last().1.troubles[0].contains("\"begun\":17"));
    // A whole one that only lacks its end is none.
    let whole = text.trim_end().lines().last().unwrap();
    fs::write(checkout.path("nights.jsonl"), whole).unwrap();
    checkout.sleep_until_the_next();
    checkout.night(&[]).exits(0);
    assert_eq!(checkout.entries().len(), 3);
    assert!(checkout.last().1.troubles.is_empty());
}

#[test]
fn two_nights_in_one_folder_are_refused() {
    let checkout = Checkout::new("busy", &[("alpha", "slow")]);
    let mut first = checkout.start(&["--seconds", "60"]);
    until("the first runs", || !checkout.runs().is_empty());
    checkout.night(&[]).exits(3).complains("another night runs there");
    kill_process(Pid::from_child(&first), Signal::TERM).unwrap();
    first.wait().unwrap();
    nothing_runs(&checkout);
}

#[test]
fn one_target_of_a_whole_night_goes_without_its_corpus() {
    let checkout = Checkout::new("empty", &[("alpha", "good"), ("beta", "good")]);
    checkout.night(&[]).exits(0);
    checkout.sleep_until_the_next();
    let before = checkout.runs().len();
    // 0.9 seconds for both: a slice each.
    Ended::of(&mut checkout.command(&["--hours", "0.0003"])).exits(0).says("from an empty corpus");
    let (targets, night) = checkout.last();
    assert!(night.minimised, "the first whole night makes the corpora from scratch");
    assert_eq!(targets.iter().filter(|target| target.from_empty).count(), 1);
    let merges =
        checkout.runs()[before..].iter().filter(|run| run.iter().any(|word| word == "-merge=1")).count();
    assert_eq!(merges, 2);
    assert!(!checkout.path("night/minimal/alpha").exists() && !checkout.path("night/former/alpha").exists());
    for target in &targets {
        let has_corpus = checkout.runs()[before..].iter().filter(|run| run[1] == target.target).any(|run| {
            !run.iter().any(|word| word == "-merge=1") && run.iter().any(|word| word.contains("/corpus/"))
        });
        assert_eq!(has_corpus, !target.from_empty, "{}", target.target);
        assert!(target.inputs.after >= target.inputs.before, "what it finds is merged: {target:?}");
    }
}

/// With the program of all targets, which knows one more that fails in two ways. `.ci/run` names the program, once it is
/// built (`COUNTERPROOF_FUZZ_PROGRAM`).
#[test]
fn the_real_program_finds_what_is_planted() {
    let Some(any) = std::env::var_os("COUNTERPROOF_FUZZ_PROGRAM") else {
        let words = b"\nLATER the real fuzzer: COUNTERPROOF_FUZZ_PROGRAM names no program of all targets\n";
        return std::io::stderr().write_all(words).unwrap();
    };
    let folder = Folder::new("nightly-real");
    fs::create_dir_all(folder.path("fuzz")).unwrap();
    fs::write(folder.path("fuzz/Cargo.toml"), "").unwrap();
    let any = Path::new(env!("CARGO_MANIFEST_DIR")).join(any);
    let top = folder.path("");
    let night = |arguments: &[&str]| {
        let mut command = Command::new(PROGRAM);
        command.args([
            "fuzz",
            "nightly",
            "--work",
            "night",
            "--record",
            "nights.jsonl",
            "--target",
            "planted",
        ]);
        command.args(arguments).arg("--program").arg(&any);
        command.current_dir(&top).env("FUZZ_PLANTED", "1").stdin(Stdio::null());
        Ended::of(&mut command)
    };
    let first = night(&["--seconds", "10", "--jobs", "2", "--target", "frame"]).exits(1);
    first.says("2 findings, 2 of them new").says("rule VER-7").says("rule VER-8");
    let checkout = Checkout(folder);
    let (targets, _) = checkout.last();
    let frame = targets.iter().find(|target| target.target == "frame").unwrap();
    assert!(frame.executions > 1000 && frame.edges.after > 100 && frame.inputs.after > 0, "{frame:?}");
    for finding in checkout.findings() {
        assert_eq!(finding.kind, Kind::Panic);
        assert!(finding.frames[0].starts_with("any::extra::planted"), "{finding:?}");
        // How short it got is chance: what shrinks into the other failure twice is not taken.
        assert!((1..=64).contains(&finding.length), "{finding:?}");
        let again =
            Command::new("sh").args(["-c", &finding.again]).current_dir(&checkout.0.0).output().unwrap();
        let words = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(!again.status.success() && words.contains(finding.rule.as_ref().unwrap()), "{words}");
    }
    checkout.sleep_until_the_next();
    night(&["--seconds", "2"]).exits(1).says("known since").says("0 of them new");
}
