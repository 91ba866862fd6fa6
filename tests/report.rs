//! What a run leaves behind and how it ends: baselines, shards, `--fail-fast`, `report.json`, `junit.xml`.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod program;

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use harness::report::{Part, Report};
use harness::suite::Verdict;
use program::{Ended, Folder, PROGRAM, own_peer, without_what_varies};
use serde_json::{Value, json};

/// Two of these cases fail against [`faulty`], both on FRM-5.
const FEW: [&str; 2] = ["--only", "frame-parse-version"];

/// A peer that takes any version.
fn faulty() -> String {
    format!("{} --fault skips-FRM-5", own_peer())
}

/// Checks the faulty peer, few cases, with a baseline of these entries.
fn expecting(folder: &Folder, entries: &Value, more: &[&str]) -> Ended {
    let text = json!({"baseline": 1, "entries": entries}).to_string();
    fs::write(folder.path("known.json"), text).unwrap();
    again(folder, &faulty(), more)
}

/// The same with the file as it is.
fn again(folder: &Folder, peer: &str, more: &[&str]) -> Ended {
    folder.run(&[&["check", "--peer", peer, "--expect", "known.json"], &FEW[..], more].concat())
}

fn known(case: &str, verdict: &str) -> Value {
    json!({"case": case, "verdict": verdict, "reason": "because"})
}

fn only_part(report: Report) -> Part {
    let [part] = <[Part; 1]>::try_from(report.parts).unwrap();
    part
}

fn verdicts(folder: &Folder) -> Vec<&'static str> {
    only_part(folder.report()).cases.iter().map(|case| case.verdict.word()).collect()
}

#[test]
fn a_listed_failure_is_no_news() {
    let folder = Folder::new("xfail");
    let entries = json!([known("frame-parse-version-1", "fail"), known("frame-parse-version-15", "fail")]);
    let ended = expecting(&folder, &entries, &[]).exits(0);
    let ended = ended
        .says("does not conform to profile full, as expected: 2 of 2 cases failed as the baseline lists");
    assert!(!ended.out.contains("violates"), "{ended:?}");
    assert_eq!(verdicts(&folder), ["xfail", "xfail"]);
    let part = only_part(folder.report());
    assert!(!part.conforms && part.as_expected);
    assert_eq!(part.cases[0].listed.as_ref().unwrap().reason, "because");
    // It is stored nevertheless, with the verdict that it has.
    let file = "reports/last/failing/frame-parse-version-1.json";
    folder.run(&["replay", file, "--run-recorded-command"]).exits(1).says("then  fail");
    expecting(&folder, &json!([known("frame-*-version-*", "fail")]), &[]).exits(0);
    assert_eq!(verdicts(&folder), ["xfail", "xfail"]);
}

#[test]
fn what_is_not_listed_still_fails() {
    let folder = Folder::new("unlisted");
    let entries = json!([known("frame-parse-version-1", "fail")]);
    expecting(&folder, &entries, &[])
        .exits(1)
        .says("1 of 2 cases failed, 1 more failed as the baseline lists")
        .says("fail  frame-parse-version-15");
    assert_eq!(verdicts(&folder), ["xfail", "fail"]);
}

#[test]
fn a_listed_case_that_passes_fails_the_run() {
    let folder = Folder::new("xpass");
    fs::write(
        folder.path("known.json"),
        json!({"baseline": 1, "entries": [known("frame-parse-version-1", "fail")]}).to_string(),
    )
    .unwrap();
    let ended =
        again(&folder, &own_peer(), &[]).exits(1).says("xpass  frame-parse-version-1").says("because");
    ended.says("passed: 2 of the ").says("; the baseline is out of date");
    assert_eq!(verdicts(&folder), ["xpass", "pass"]);
    let part = only_part(folder.report());
    assert!(part.conforms && !part.as_expected);
}

#[test]
fn an_entry_that_describes_nothing_fails_the_run() {
    let folder = Folder::new("stale");
    let both = known("frame-parse-version-*", "fail");
    for (entry, words) in [
        (known("frame-gone-*", "fail"), "entry 2 of the baseline, frame-gone-*: no case of the claimed"),
        (known("frame-parse-v*", "fail"), "entry 2 of the baseline, frame-parse-v*: other entries decide"),
        (known("frame-parse-version-1", "crash"), "crash is listed, frame-parse-version-1: fail on FRM-5"),
        (
            json!({"case": "frame-parse-version-1", "verdict": "fail", "requirement": "FRM-2", "reason": "?"}),
            "fail on FRM-2 is listed, frame-parse-version-1: fail on FRM-5",
        ),
    ] {
        expecting(&folder, &json!([both, entry]), &[]).exits(1).says(words);
        let part = only_part(folder.report());
        assert_eq!((part.stale.len(), part.stale[0].entry), (1, 2));
        assert!(!part.as_expected);
    }
}

#[test]
fn entries_of_cases_that_are_left_out_are_not_judged() {
    let folder = Folder::new("left-out");
    let entries = json!([known("frame-parse-version-*", "fail"), known("frame-parse-empty", "fail")]);
    expecting(&folder, &entries, &[]).exits(0);
    expecting(&folder, &entries, &["--shard", "1/2"]).exits(0);
    assert_eq!(verdicts(&folder), ["xfail"]);
    expecting(&folder, &entries, &["--only", "frame-parse-empty"]).exits(1).says("xpass  frame-parse-empty");
}

#[test]
fn a_baseline_that_is_none_is_wrong_usage() {
    let folder = Folder::new("bad-baseline");
    let cases = [
        ("", "line 1"),
        ("{\n\"baseline\": 1,\n\"entries\": [{]}", "line 3 column 14"),
        (r#"{"baseline":2,"entries":[]}"#, "2 is not in 1..=1"),
        (r#"{"baseline":1,"entries":[],"extra":0}"#, "unknown field `extra`"),
        (r#"{"baseline":1,"entries":[{"case":"a","verdict":"fail"}]}"#, "missing field `reason`"),
        (r#"{"baseline":1,"entries":[{"case":"a","verdict":"fail","reason":" "}]}"#, "must not be empty"),
        (
            r#"{"baseline":1,"entries":[{"case":"a","verdict":"pass","reason":"r"}]}"#,
            "\"pass\" can't be listed",
        ),
        (r#"{"baseline":1,"entries":[{"case":"A?","verdict":"fail","reason":"r"}]}"#, "the id of a case"),
        (
            r#"{"baseline":1,"entries":[{"case":"a","verdict":"fail","requirement":"FRM-999","reason":"r"}]}"#,
            "no such requirement",
        ),
        (
            r#"{"baseline":1,"entries":[{"case":"a","verdict":"fail","reason":"r"},{"case":"a","verdict":"crash","reason":"r"}]}"#,
            "entry 2: a is listed already",
        ),
    ];
    for (text, words) in cases {
        fs::write(folder.path("known.json"), text).unwrap();
        let ended =
            again(&folder, &faulty(), &["--update-expect"]).exits(2).complains("--expect known.json: ");
        ended.complains(words);
        assert_eq!(fs::read_to_string(folder.path("known.json")).unwrap(), text);
    }
    let own = own_peer();
    for arguments in [
        &["check", "--expect", "missing.json"][..],
        &["check", "--update-expect"],
        &["check", "--expect", "known.json", "--update-expect", "--fail-fast"],
        &["check", "--expect", "known.json", "--peer", &own, "--peer", &own],
    ] {
        folder.run(arguments).exits(2);
    }
    assert!(!folder.path("reports").exists());
}

#[test]
fn update_keeps_what_still_fails_drops_what_passes_and_adds_what_is_new() {
    let folder = Folder::new("update");
    let text = |entries: Value| {
        serde_json::to_string_pretty(&json!({"baseline": 1, "entries": entries})).unwrap() + "\n"
    };
    let file = || fs::read_to_string(folder.path("known.json")).unwrap();
    let exact = |case: &str, verdict: &str, requirement: Option<&str>, reason: &str, link: Option<&str>| {
        let mut entry = json!({"case": case, "verdict": verdict});
        for (name, value) in [("requirement", requirement), ("reason", Some(reason)), ("link", link)] {
            if let Some(value) = value {
                entry[name] = json!(value);
            }
        }
        entry
    };
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    // From nothing: all failures, to be explained.
    let added = "added by --update-expect: write here why this is known to fail";
    again(&folder, &faulty(), &["--update-expect"]).exits(0).says("2 entries of the baseline still without");
    let new = |case| exact(case, "fail", Some("FRM-5"), added, None);
    assert_eq!(
        parsed(&file()),
        parsed(&text(json!([new("frame-parse-version-1"), new("frame-parse-version-15")])))
    );
    again(&folder, &faulty(), &[]).exits(0);

    // A changed verdict keeps reason and link; what matches nothing or passes goes; what was not run stays.
    let entries = json!([
        exact("frame-parse-empty", "hang", None, "not run", None),
        exact("frame-parse-version-15", "crash", Some("FRM-2"), "known", Some("link")),
        exact("frame-gone", "fail", None, "no more", None),
        exact("frame-parse-type-*", "fail", None, "passes", None),
    ]);
    expecting(&folder, &entries, &["--only", "frame-parse-type-5", "--update-expect"]).exits(0);
    let left = listed(&folder, &["--only", "frame-parse-type-", "--skip", "frame-parse-type-5"]);
    let left = left.iter().map(|case| exact(case, "fail", None, "passes", None));
    let mut all = vec![
        exact("frame-parse-empty", "hang", None, "not run", None),
        exact("frame-parse-version-15", "fail", Some("FRM-5"), "known", Some("link")),
    ];
    all.extend(left);
    all.push(new("frame-parse-version-1"));
    assert_eq!(parsed(&file()), parsed(&text(json!(all))));

    // A pattern that still holds stays as it is; so does the file, byte by byte, once it is right.
    expecting(&folder, &json!([known("frame-parse-version-*", "fail")]), &["--update-expect"]).exits(0);
    let once = file();
    assert_eq!(parsed(&once)["entries"], json!([known("frame-parse-version-*", "fail")]));
    again(&folder, &faulty(), &["--update-expect"]).exits(0);
    assert_eq!(file(), once);
    // All mended: nothing is left.
    again(&folder, &own_peer(), &["--update-expect"]).exits(0).says("passed: 2 of the ");
    assert_eq!(parsed(&file())["entries"], json!([]));
    let mut left: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["known.json", "reports"], "nothing half-written");
}

/// The ids that `check --list` prints.
fn listed(folder: &Folder, more: &[&str]) -> Vec<String> {
    let ended = folder.run(&[&["check", "--list"], more].concat()).exits(0);
    ended.out.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned).collect()
}

#[test]
fn list_prints_what_would_run_and_runs_nothing() {
    let folder = Folder::new("list");
    assert_eq!(listed(&folder, &FEW), ["frame-parse-version-1", "frame-parse-version-15"]);
    assert!(!folder.path("reports").exists());
    let all = listed(&folder, &[]);
    assert_eq!(all, cases::all().into_iter().map(|case| case.id).collect::<Vec<_>>());
    // The shards have every case once, and are of one size.
    let shards = ["1/3", "2/3", "3/3"].map(|shard| listed(&folder, &["--shard", shard]));
    let sizes: BTreeSet<usize> = shards.iter().map(|shard| shard.len() - all.len() / 3).collect();
    assert!(sizes.is_subset(&BTreeSet::from([0, 1])), "{sizes:?}");
    assert_eq!(shards.concat().len(), all.len());
    assert_eq!(BTreeSet::from_iter(shards.concat()), BTreeSet::from_iter(all));
}

#[test]
fn a_shard_is_checked_and_a_wrong_one_is_wrong_usage() {
    let folder = Folder::new("shard");
    folder.run(&[&["check", "--shard", "2/2"], &FEW[..]].concat()).exits(0).says("passed: 1 of the ");
    let report = folder.report();
    assert_eq!(report.shard.as_deref(), Some("2/2"));
    assert_eq!(only_part(report).cases[0].id, "frame-parse-version-15");
    for shard in ["0/2", "3/2", "0/0", "1", "a/b", "1/2/3", "-1/2", ""] {
        folder.run(&["check", "--shard", shard]).exits(2);
    }
    folder.run(&[&["check", "--shard", "3/3"], &FEW[..]].concat()).exits(2).complains("shard 3/3");
}

#[test]
fn fail_fast_ends_with_the_first_case_that_is_not_as_expected() {
    let folder = Folder::new("fail-fast");
    let peer = faulty();
    let all = listed(&folder, &["--only", "frame-parse"]);
    let first = 1 + all.iter().position(|id| id == "frame-parse-version-1").unwrap();
    for jobs in ["1", "7"] {
        let arguments = ["check", "--peer", &peer, "--only", "frame-parse", "--fail-fast", "--jobs", jobs];
        let words = format!("stopped after {first} of {} cases", all.len());
        folder.run(&arguments).exits(1).says(&words).says("fail  frame-parse-version-1");
        let part = only_part(folder.report());
        let run: Vec<_> = part.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(run, all[..first]);
        assert_eq!(part.selected, all.len() as u64);
        let (last, before) = part.cases.split_last().unwrap();
        assert_eq!(last.verdict, Verdict::Fail);
        assert!(before.iter().all(|case| case.verdict == Verdict::Pass));
    }
    // A known failure ends nothing, and no later part begins.
    let entries = json!([known("frame-parse-version-1", "fail")]);
    expecting(&folder, &entries, &["--fail-fast"]).exits(1);
    assert_eq!(verdicts(&folder), ["xfail", "fail"]);
    let own = own_peer();
    folder.run(&[&["check", "--fail-fast", "--peer", &peer, "--peer", &own], &FEW[..]].concat()).exits(1);
    assert_eq!(only_part(folder.report()).cases.len(), 1);
}

#[test]
fn verbose_shows_questions_and_answers_on_standard_error() {
    let folder = Folder::new("verbose");
    let quiet = folder.run(&["check", "--only", "frame-published-sample"]).exits(0);
    let ended = folder.run(&["check", "--only", "frame-published-sample", "--verbose"]).exits(0);
    assert_eq!(without_what_varies(&ended.out), without_what_varies(&quiet.out));
    let ended = ended.complains(r#"frame-published-sample [0] asked     {"seq":1,"op":"frame.parse""#);
    ended.complains(r#"frame-published-sample [0] answered  {"seq":1,"ok":{"version":0,"#);
    let peer = format!("{} --fault crash-on-negative", own_peer());
    let ended = folder.run(&[&["check", "--peer", &peer, "--verbose"], &FEW[..]].concat()).exits(1);
    ended.complains("frame-parse-version-1 [0] crash     ended");
    // Who closes standard error gets the report all the same.
    let mut command = Command::new(PROGRAM);
    command.args(["check", "--verbose", "--jobs", "1"]).args(FEW).current_dir(&folder.0);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdin(Stdio::null()).stderr(writer).stdout(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
}

/// A report without what a clock decides.
fn timeless(folder: &Folder) -> Report {
    let mut report = folder.report();
    report.time = 0;
    report.parts.iter_mut().flat_map(|part| &mut part.cases).for_each(|case| case.took_ms = 0.0);
    report
}

#[test]
fn the_same_seed_gives_the_same_bytes_but_for_time() {
    let folder = Folder::new("seed");
    let peer = faulty();
    let run = |arguments: &[&str]| {
        folder.run(&[&["check", "--peer", &peer, "--req", "FRM"], arguments].concat()).exits(1);
        let failing = folder.path("reports/last/failing");
        let mut files: Vec<_> = fs::read_dir(failing).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let files: Vec<_> = files.iter().map(|path| fs::read(path).unwrap()).collect();
        (timeless(&folder), files)
    };
    let first = run(&["--jobs", "1", "--seed", "7"]);
    assert!(first.0.parts[0].cases.len() > 50 && !first.1.is_empty());
    assert_eq!(run(&["--jobs", "5", "--seed", "7"]), first);
    assert_ne!(run(&["--jobs", "1", "--seed", "8"]).1, first.1);
}

#[test]
fn junit_says_what_the_report_says() {
    let folder = Folder::new("junit");
    let entries = json!([known("frame-parse-version-1", "fail"), known("frame-gone", "fail")]);
    expecting(&folder, &entries, &["--only", "frame-parse-type"]).exits(1);
    let text = fs::read_to_string(folder.path("reports/last/junit.xml")).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let part = only_part(folder.report());
    let suite = document.root_element().first_element_child().unwrap();
    assert_eq!(suite.attribute("name"), Some(part.claims[0].name.as_str()));
    let number = |name| suite.attribute(name).unwrap().parse::<usize>().unwrap();
    let tests: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(tests.len(), part.cases.len() + 1);
    assert_eq!(
        (number("tests"), number("failures"), number("errors"), number("skipped")),
        (tests.len(), 2, 0, 1)
    );
    for (test, case) in tests.iter().zip(&part.cases) {
        assert_eq!(test.attribute("name"), Some(case.id.as_str()));
        let took: f64 = test.attribute("time").unwrap().parse().unwrap();
        assert!((took - case.took_ms / 1e3).abs() < 1e-6 && took > 0.0);
        let element = test.first_element_child().map(|node| node.tag_name().name());
        let expected = match case.verdict {
            Verdict::Xfail => Some("skipped"),
            Verdict::Fail => Some("failure"),
            _ => None,
        };
        assert_eq!(element, expected, "{}", case.id);
    }
    let stale = tests.last().unwrap().first_element_child().unwrap();
    assert_eq!(stale.attribute("type"), Some("stale"));
}
