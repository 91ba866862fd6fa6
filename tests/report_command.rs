//! What is made of reports: `report markdown`, `diff` and `merge`; what failed asked again (`check --failed`), one case
//! alone (`--case`), and annotations for GitHub (`--format github`).

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod program;

use std::fs;
use std::path::Path;

use harness::baseline::Baseline;
use harness::case::Case;
use harness::diff::{Kind, diff};
use harness::merge::{MergeError, merge};
use harness::report::{Ended as End, Part, Report, Task};
use harness::shard::Shard;
use harness::suite::{Outcome, Verdict};
use harness::trial::failure;
use insta::assert_snapshot;
use peer::engine::claims;
use program::{Folder, PROGRAM, own_peer};
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Value, json};

/// Three of these cases fail with [`faulty`], all on FRM-5.
const FRAMES: [&str; 2] = ["--only", "frame-parse"];

fn faulty() -> String {
    format!("{} --fault skips-FRM-5", own_peer())
}

/// What a user sees, without what differs from run to run.
fn shown(text: &str) -> String {
    let cases = format!("of the {} cases", cases::all().len());
    let text = text.replace(PROGRAM, "[program]").replace(env!("CARGO_PKG_VERSION"), "[version]");
    text.replace(&cases, "of the [all] cases")
}

fn read(folder: &Folder, path: &str) -> Report {
    serde_json::from_slice(&fs::read(folder.path(path)).unwrap()).unwrap()
}

/// Without what a clock decides, and what is of a shard alone.
fn timeless(mut report: Report) -> Report {
    report.time = 0;
    for part in &mut report.parts {
        part.cases.iter_mut().for_each(|case| case.took_ms = 0.0);
        part.programs.iter_mut().for_each(|programs| programs.took_ms = 0.0);
    }
    report
}

// Reports as data

fn outcome(case: &Case, verdict: Verdict, blamed: usize) -> Outcome {
    let requirements = ["FRM-5", "FRM-6", "KEY-8"];
    let mut failure = failure(requirements[blamed % 3], format!("{blamed}"), "got".into());
    failure.seen_as = blamed.is_multiple_of(2).then_some(requirements[(blamed + 1) % 3]);
    let has_failed = !matches!(verdict, Verdict::Pass | Verdict::NotRun);
    Outcome { verdict, failure: has_failed.then_some(failure), ..Outcome::not_run(case) }
}

/// What a run would report in which the cases came to this.
fn reported(cases: &[Case], verdicts: &[(Verdict, usize)], shard: Option<Shard>) -> Report {
    let all = || cases.iter().zip(verdicts);
    let dealt: Vec<_> = match shard {
        Some(shard) => shard.of(all()).collect(),
        None => all().collect(),
    };
    let outcomes: Vec<_> =
        dealt.iter().map(|(case, (verdict, blamed))| outcome(case, *verdict, *blamed)).collect();
    let cases: Vec<_> = dealt.iter().map(|(case, _)| *case).collect();
    let ids: Vec<_> = all().map(|(case, _)| case.id.as_str()).collect();
    let known =
        format!(r#"{{"baseline":1,"entries":[{{"case":"{}","verdict":"fail","reason":"known"}}]}}"#, ids[0]);
    let task = Task {
        commands: ["a", "a"],
        number: None,
        claims: &[&claims()],
        profile: &ids,
        not_offered: &[],
        cases: &cases,
        ended: End::Whole,
        baseline: &Baseline::parse(&known).unwrap(),
        explored: None,
    };
    let mut report: Report =
        serde_json::from_value(json!({"report": 2, "counterproof": "1", "time": 5, "seed": 3, "parts": []}))
            .unwrap();
    report.shard = shard.map(|shard| shard.to_string());
    report.parts.push(Part::new(task, &outcomes));
    report
}

/// A verdict, and what is blamed where it is a failure.
fn verdicts() -> impl Strategy<Value = Vec<(Verdict, usize)>> {
    let trial = [Verdict::Pass, Verdict::Pass, Verdict::Warn, Verdict::Fail, Verdict::Crash, Verdict::NotRun];
    prop::collection::vec((prop::sample::select(trial.to_vec()), 0..6usize), 1..40)
}

fn shards(cases: &[Case], verdicts: &[(Verdict, usize)], count: usize) -> Vec<Report> {
    let shard = |index: usize| format!("{index}/{count}").parse().unwrap();
    (1..=count).map(|index| reported(cases, verdicts, Some(shard(index)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_shards_of_a_run_make_the_report_of_the_run(verdicts in verdicts(), count in 1usize..6, turn in 0usize..6) {
        let cases = cases::all();
        let whole = reported(&cases, &verdicts, None);
        let mut all = shards(&cases, &verdicts, count);
        all.rotate_left(turn % count);
        prop_assert_eq!(merge(&all).unwrap(), whole);
    }

    #[test]
    fn a_missing_shard_is_named_and_nothing_is_as_expected(verdicts in verdicts(), count in 2usize..6, gone in 0usize..6) {
        let cases = cases::all();
        let mut all = shards(&cases, &verdicts, count);
        let gone = all.remove(gone % count).shard.unwrap();
        let merged = merge(&all).unwrap();
        prop_assert_eq!(&merged.missing, &[gone]);
        prop_assert!(!merged.parts[0].as_expected);
    }

    #[test]
    fn a_report_differs_from_itself_in_nothing(verdicts in verdicts()) {
        let cases = cases::all();
        let report = reported(&cases, &verdicts, None);
        prop_assert!(diff(&report, &report).is_empty());
    }

    #[test]
    fn what_broke_one_way_was_mended_the_other(one in verdicts(), other in verdicts()) {
        let cases = cases::all();
        let [one, other] = [one, other].map(|verdicts| reported(&cases, &verdicts, None));
        let ids = |before: &Report, after: &Report, kind: Kind| {
            let diff = diff(before, after);
            let changes = diff.parts.iter().flat_map(|part| &part.changes).filter(|change| change.kind == kind);
            let mut ids: Vec<_> = changes.map(|change| change.id.to_owned()).collect();
            ids.sort();
            ids
        };
        for (kind, back) in [(Kind::Broke, Kind::Mended), (Kind::New, Kind::Gone), (Kind::Otherwise, Kind::Otherwise)] {
            prop_assert_eq!(ids(&one, &other, kind), ids(&other, &one, back));
        }
    }
}

#[test]
fn what_is_not_of_one_run_is_refused() {
    let cases = cases::all();
    let verdicts = [(Verdict::Pass, 0); 4];
    let all = shards(&cases, &verdicts, 2);
    let changed = |change: fn(&mut Report)| {
        let mut all = all.clone();
        change(&mut all[1]);
        merge(&all).unwrap_err()
    };
    assert_eq!(merge(&[]), Err(MergeError::Nothing));
    assert_eq!(changed(|report| report.shard = None), MergeError::NoShard(1));
    assert_eq!(changed(|report| report.shard = Some("3/2".into())), MergeError::NoShard(1));
    assert_eq!(changed(|report| report.shard = Some("1/2".into())), MergeError::Twice(0, 1, "1/2".into()));
    let differs = |what: &str, change: fn(&mut Report)| match changed(change) {
        MergeError::Differs { reports: [0, 1], what: found, .. } => assert_eq!(found, what),
        other => panic!("{what}: {other:?}"),
    };
    differs("shards", |report| report.shard = Some("2/3".into()));
    differs("seeds", |report| report.seed = 4);
    differs("versions", |report| report.counterproof = "2".into());
    differs("--explore", |report| report.explore = Some(5));
    differs("peers", |report| report.parts[0].client = "b".into());
    differs("versions of the peers", |report| report.parts[0].claims[0].version = "2".into());
    differs("profiles", |report| report.parts[0].claims[0].profile = "2".into());
    differs("operations", |report| report.parts[0].claims[0].operations.truncate(1));
    differs("time and randomness", |report| report.parts[0].claims[0].injects_time = false);
    differs("cases of the profile", |report| report.parts[0].of_profile = Some(7));
    differs("filters", |report| {
        report.filters =
            serde_json::from_value(json!({"only": ["a"], "skip": [], "req": [], "role": []})).unwrap();
    });
}

#[test]
fn a_diff_tells_each_kind_of_change() {
    let cases = cases::all();
    let run = |verdicts: &[(Verdict, usize)]| reported(&cases, verdicts, None);
    let before = run(&[
        (Verdict::Pass, 0),
        (Verdict::Fail, 0),
        (Verdict::Fail, 1),
        (Verdict::Fail, 1),
        (Verdict::NotRun, 0),
        (Verdict::Pass, 0),
    ]);
    let after = run(&[
        (Verdict::Fail, 0),
        (Verdict::Pass, 0),
        (Verdict::Fail, 2),
        (Verdict::Fail, 1),
        (Verdict::Pass, 0),
        (Verdict::NotRun, 0),
    ]);
    let diff = diff(&before, &after);
    let found: Vec<_> = diff.parts[0].changes.iter().map(|change| (change.kind, change.id)).collect();
    let id = |at: usize| cases[at].id.as_str();
    let expected = [
        (Kind::Broke, id(0)),
        (Kind::Otherwise, id(2)),
        (Kind::Mended, id(1)),
        (Kind::New, id(4)),
        (Kind::Gone, id(5)),
    ];
    assert_eq!(found, expected);
    assert!(diff.is_worse());
}

// The program

/// Two shards of the same run, in `one` and `two`, and the whole in `whole`.
fn sharded(folder: &Folder, more: &[&str]) {
    let peer = faulty();
    let check = |arguments: &[&str]| {
        folder.run(&[&["check", "--peer", &peer], &FRAMES[..], more, arguments].concat()).exits(1);
    };
    check(&["--shard", "1/2", "--report", "one"]);
    check(&["--shard", "2/2", "--report", "two"]);
    check(&["--report", "whole"]);
}

/// The names of the files in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn merged_shards_are_the_run_with_all_its_files() {
    let folder = Folder::new("merge");
    sharded(&folder, &["--explore", "200"]);
    let ended = folder.run(&["report", "merge", "merged", "two", "one/report.json"]).exits(1);
    let ended = ended.says("report: merged/report.json").says("does not conform to profile full: ");
    assert!(!ended.out.contains("not complete"), "{ended:?}");
    let [merged, whole] =
        ["merged", "whole"].map(|name| timeless(read(&folder, &format!("{name}/report.json"))));
    // Which program of a finding is made short is the run's own affair; which are found is not.
    let cases = |report: &Report| report.parts[0].cases.clone();
    assert_eq!(cases(&merged), cases(&whole));
    let found = |report: &Report| {
        let findings = report.parts[0].findings().iter();
        findings.map(|finding| (finding.id.clone(), finding.first, finding.programs)).collect::<Vec<_>>()
    };
    assert_eq!(found(&merged), found(&whole));
    assert!(!found(&whole).is_empty(), "random programs find it as well");
    assert_eq!((merged.parts[0].causes.clone(), merged.shard), (whole.parts[0].causes.clone(), None));
    let failing = |name: &str| names(&folder.path(name).join("failing"));
    assert_eq!(failing("merged"), failing("whole"));
    // It is a report like any other.
    folder.run(&["report", "diff", "whole", "merged"]).exits(0);
    folder.run(&["replay", "merged/failing/frame-parse-version-1.json", "--run-recorded-command"]).exits(1);
}

#[test]
fn an_incomplete_merge_says_so_and_gives_no_verdict() {
    let folder = Folder::new("merge-part");
    let own = own_peer();
    let check = ["check", "--peer", &own, "--only", "frame-parse", "--shard", "2/3", "--report", "two"];
    folder.run(&check).exits(0);
    let ended = folder.run(&["report", "merge", "merged", "two"]).exits(3);
    ended.says("not complete: without shard 1/3, 3/3").complains("no verdict without shard 1/3, 3/3");
    assert_eq!(read(&folder, "merged/report.json").missing, ["1/3", "3/3"]);
    // A failure is one, however much is missing.
    sharded(&folder, &[]);
    folder.run(&["report", "merge", "merged", "one"]).exits(1).says("not complete: without shard 2/2");
}

#[test]
fn a_merge_touches_nothing_of_others_and_no_shard() {
    let folder = Folder::new("merge-files");
    sharded(&folder, &[]);
    let before = fs::read(folder.path("one/report.json")).unwrap();
    for (out, words) in [("one", "shard's own folder"), ("whole/../two", "shard's own folder")] {
        folder.run(&["report", "merge", out, "one", "two"]).exits(2).complains(words);
    }
    fs::create_dir(folder.path("mine")).unwrap();
    fs::write(folder.path("mine/notes.txt"), "mine").unwrap();
    folder.run(&["report", "merge", "mine", "one", "two"]).exits(2).complains("notes.txt");
    assert_eq!(names(&folder.path("mine")), ["notes.txt"]);
    for (shards, words) in [
        (&["one", "one"][..], "both are of shard 1/2 (one, one)"),
        (&["one", "whole"], "report 2: it is not of a shard (check --shard I/N) (whole)"),
        (&["one", "missing"], "reading missing"),
        (&["one", "one/junit.xml"], "one/junit.xml: not a report of a run"),
    ] {
        folder.run(&[&["report", "merge", "merged"], shards].concat()).exits(2).complains(words);
        assert!(!folder.path("merged").exists());
    }
    assert_eq!(fs::read(folder.path("one/report.json")).unwrap(), before);
}

#[test]
fn a_diff_for_people() {
    let folder = Folder::new("diff");
    let own = folder.own_peer();
    let [faulty, other] = ["skips-FRM-5", "crash-on-negative"].map(|fault| format!("{own} --fault {fault}"));
    let check = |peer: &str, report: &str, more: &[&str]| {
        folder
            .run(&[&["check", "--peer", peer, "--only", "frame-parse-t", "--report", report], more].concat());
    };
    check(&own, "before", &["--only", "frame-parse-v"]);
    check(&faulty, "broken", &["--only", "frame-parse-v"]);
    check(&other, "other", &["--only", "frame-parse-v", "--skip", "version-15", "--seed", "9"]);
    let diff = |before: &str, after: &str, code: i32| {
        shown(&folder.run(&["report", "diff", before, after]).exits(code).out)
    };
    assert_eq!(diff("before", "before", 0), "nothing changed: 8 cases before, 8 now\n");
    assert_snapshot!(diff("before", "broken", 1));
    assert_snapshot!(diff("broken", "before", 0));
    assert_snapshot!(diff("broken", "other", 1));
    let few = folder.run(&["report", "diff", "before", "broken", "--show", "1"]).exits(1);
    few.says("… and 1 more; --show 2 shows all");
    folder.run(&["report", "diff", "before", "nowhere"]).exits(2).complains("nowhere");
}

#[test]
fn a_comment_for_a_pull_request() {
    let folder = Folder::new("markdown");
    folder
        .run(&["check", "--peer", &faulty(), "--only", "frame-parse-v", "--only", "pair-frame-parse"])
        .exits(1);
    let text = shown(&folder.run(&["report", "markdown", "--show", "1"]).exits(0).out);
    assert_snapshot!(text);
    folder.run(&["check", "--only", "frame-parse-v"]).exits(0);
    let text =
        shown(&folder.run(&["report", "markdown", "--report", "reports/last/report.json"]).exits(0).out);
    assert_snapshot!(text);
    folder.run(&["report", "markdown", "--report", "nowhere"]).exits(2).complains("nowhere");
}

/// What is in a page besides headings and blocks of HTML, where Markdown means nothing.
fn markdown_in(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut in_heading = false;
    for event in Parser::new_ext(page, Options::all()) {
        match event {
            Event::Start(Tag::Heading { .. }) => in_heading = true,
            Event::End(TagEnd::Heading(_)) => in_heading = false,
            Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) | Event::Html(_) => {}
            Event::Text(_) if in_heading => {}
            other => found.push(format!("{other:?}")),
        }
    }
    found
}

/// Without the tags that the page has of its own, and what is in `code` and `pre`.
fn without_own_tags(page: &str) -> String {
    let mut rest = page.to_owned();
    for name in ["code", "pre"] {
        while let Some(begin) = rest.find(&format!("<{name}>")) {
            let end = begin + rest[begin..].find(&format!("</{name}>")).unwrap() + name.len() + 3;
            assert!(!rest[begin + name.len() + 2..end - name.len() - 3].contains('<'), "{rest}");
            rest.replace_range(begin..end, "");
        }
    }
    for name in ["table", "tr", "th", "td", "td colspan=\"3\"", "p", "b", "br", "details", "summary"] {
        rest = rest.replace(&format!("<{name}>"), "").replace(&format!("</{name}>"), "");
    }
    rest.replace("@<!-- -->", "@ ").replace("#<!-- -->", "# ")
}

/// A report with a text of a stranger wherever there can be one, and so many failures.
fn hostile(text: &str, failures: usize) -> Value {
    let case = json!({"id": text, "area": text, "about": text, "covers": [text], "role": text, "kind": text,
        "verdict": "fail", "requirement": text, "expected": text, "got": text, "took_ms": 1.0});
    let finding = json!({"id": text, "verdict": "crash", "requirement": text, "expected": text, "got": text,
        "programs": 1, "first": 1, "steps": 1});
    let claims = json!({"name": text, "version": text, "language": text, "profile": text, "operations": [text],
        "injects_time": true, "injects_randomness": true});
    let programs = json!({"selected": 1, "played": 1, "steps": 1, "ended": "whole", "findings": [finding], "took_ms": 1.0});
    let stale = json!({"entry": 1, "case": text, "why": text});
    let cause = json!({"requirement": text, "cases": 2, "own_failing": 1, "own": 1});
    let part = json!({"client": text, "server": text, "claims": [claims], "selected": failures, "conforms": false,
        "as_expected": false, "totals": {"fail": failures}, "cases": vec![case; failures], "programs": programs,
        "causes": [cause], "stale": [stale]});
    json!({"report": 2, "counterproof": text, "time": 0, "seed": 0, "shard": text, "missing": [text], "parts": [part],
        "filters": {"only": [text], "skip": [], "req": [], "role": []}})
}

const HOSTILE: &str = "</code></pre><script>x</script>\n\n# a\n- *b* [c](https://d) @everyone #1 `e` | <!-- \u{1B}[31m \u{202E} &lt;";

#[test]
fn nothing_that_a_stranger_says_is_markdown_or_html() {
    let folder = Folder::new("markdown-hostile");
    for failures in [1, 20] {
        fs::write(folder.path("report.json"), hostile(HOSTILE, failures).to_string()).unwrap();
        let page = folder.run(&["report", "markdown", "--report", "report.json"]).exits(0).out;
        assert!(page.starts_with("## Counterproof: does not conform\n"), "{page}");
        assert_eq!(markdown_in(&page), [""; 0]);
        let words = without_own_tags(&page);
        assert!(!words.contains('<') && !words.contains("@everyone") && !words.contains("#1"), "{words}");
        assert!(!page.contains(['\u{1B}', '\u{202E}']));
    }
    // The other commands show it on its line, and end.
    fs::write(folder.path("other.json"), hostile("x", 3).to_string()).unwrap();
    for (before, after) in [("report.json", "other.json"), ("other.json", "report.json")] {
        let out = folder.run(&["report", "diff", before, after]).out;
        assert!(!out.contains("\n# a") && !out.contains('\u{1B}'), "{out}");
    }
}

#[test]
fn a_comment_is_never_too_long_for_github() {
    let folder = Folder::new("markdown-long");
    for (text, failures) in [("x", 5_000), (HOSTILE, 3_000), ("<&\u{1F600}\"@#", 400)] {
        let text = text.repeat(if failures == 400 { 300 } else { 1 });
        for show in ["0", "10", "100000"] {
            fs::write(folder.path("report.json"), hostile(&text, failures).to_string()).unwrap();
            let page =
                folder.run(&["report", "markdown", "--report", "report.json", "--show", show]).exits(0).out;
            assert!((20_000..65_536).contains(&page.len()), "{}", page.len());
            assert!(page.contains(" more: the report has all</p>"), "{}", &page[page.len() - 300..]);
            assert_eq!(markdown_in(&page), [""; 0]);
            assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
        }
    }
    // Many peers.
    let mut report = hostile("x", 2);
    report["parts"] = json!(vec![report["parts"][0].clone(); 3_000]);
    fs::write(folder.path("report.json"), report.to_string()).unwrap();
    for show in ["0", "1", "10"] {
        let page =
            folder.run(&["report", "markdown", "--report", "report.json", "--show", show]).exits(0).out;
        assert!(page.len() < 65_536, "{}", page.len());
        assert!(
            page.contains(" more</td></tr>\n</table>") && page.ends_with(" more: the report has all</p>\n")
        );
    }
    report["parts"] = json!(vec![report["parts"][0].clone(); 30]);
    fs::write(folder.path("report.json"), report.to_string()).unwrap();
    let page = folder.run(&["report", "markdown", "--report", "report.json", "--show", "1"]).exits(0).out;
    assert!(page.len() < 65_536 && page.matches("<details>").count() > 20, "{}", page.len());
    assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
}

#[test]
fn what_failed_is_asked_again_and_nothing_else() {
    let folder = Folder::new("failed");
    let peer = faulty();
    let check = |arguments: &[&str]| folder.run(&[&["check", "--peer", &peer], arguments].concat());
    check(&["--failed"]).exits(2).complains("reports/last");
    check(&[&FRAMES[..], &["--seed", "7", "--explore", "60"]].concat()).exits(1);
    let failed = |report: &Report| {
        let part = &report.parts[0];
        let cases = part.failures().map(|case| case.id.clone());
        let found = part.failed_findings().into_iter().map(|finding| finding.id.clone());
        (cases.collect::<Vec<_>>(), found.collect::<Vec<_>>())
    };
    let first = failed(&folder.report());
    assert!(first.0.len() == 3 && !first.1.is_empty(), "{first:?}");
    // With the seed of that run, and its programs.
    check(&["--failed"]).exits(1).says("found     by a program that failed before");
    let again = folder.report();
    assert_eq!(failed(&again), first);
    let part = &again.parts[0];
    assert_eq!((again.seed, part.cases.len()), (7, 3));
    assert_eq!(part.programs.as_ref().unwrap().played, first.1.len() as u64);
    assert_eq!(again.filters.unwrap().failed.as_deref(), Some("reports/last"));
    // Again from that; and narrower.
    check(&["--failed", "reports/last/report.json", "--only", "version-15"]).exits(1);
    assert_eq!(failed(&folder.report()).0, ["frame-parse-version-15"]);
    check(&["--failed", "--only", "frame-parse-empty", "--seed", "0"]).exits(1);
    let programs_alone = folder.report();
    assert_eq!((programs_alone.seed, programs_alone.parts[0].cases.len()), (0, 0));
    // Mended: then nothing is left to ask.
    let own = own_peer();
    folder.run(&["check", "--peer", &own, "--failed"]).exits(0);
    let ended = folder.run(&["check", "--peer", &own, "--failed"]).exits(2);
    ended.complains("--failed: nothing failed in reports/last/report.json");
    assert!(folder.path("reports/last/report.json").exists(), "it stays");
    for arguments in [&["--failed", "--explore", "5"][..], &["--failed", "--only-programs"]] {
        check(arguments).exits(2);
    }
}

#[test]
fn what_a_baseline_lists_has_not_failed() {
    let folder = Folder::new("failed-known");
    let known = json!({"baseline": 1, "entries": [{"case": "frame-parse-version-*", "verdict": "fail", "reason": "r"}]});
    fs::write(folder.path("known.json"), known.to_string()).unwrap();
    let peer = faulty();
    folder.run(&[&["check", "--peer", &peer, "--expect", "known.json"], &FRAMES[..]].concat()).exits(1);
    folder.run(&["check", "--peer", &peer, "--failed"]).exits(1);
    let ids: Vec<_> = folder.report().parts[0].cases.iter().map(|case| case.id.clone()).collect();
    assert_eq!(ids, ["pair-frame-parse-frm-5"]);
}

#[test]
fn one_case_is_named_exactly() {
    let folder = Folder::new("case");
    let ids = |arguments: &[&str]| {
        folder.run(&[&["check"], arguments].concat()).exits(0);
        let report = folder.report();
        let ids: Vec<_> = report.parts[0].cases.iter().map(|case| case.id.clone()).collect();
        (ids, report.filters.unwrap().case)
    };
    // It begins the ids of others.
    let (run, said) = ids(&["--case", "frame-parse-version-1"]);
    assert_eq!([&run, &said], [&["frame-parse-version-1"]; 2]);
    let (run, _) = ids(&["--case", "frame-parse-version-1", "--case", "frame-parse-empty"]);
    assert_eq!(run, ["frame-parse-empty", "frame-parse-version-1"]);
    let wrong = folder.run(&["check", "--case", "frame-parse-vesion-1"]).exits(2);
    wrong
        .complains("--case frame-parse-vesion-1: no case has this id; the nearest are frame-parse-version-1");
    folder.run(&["check", "--case", "frame-parse", "--only", "x"]).exits(2).complains("no case has this id");
    folder.run(&["list", "--case", "frame-parse-empty"]).exits(0).says("frame-parse-empty");
}

#[test]
fn a_report_keeps_what_was_asked_for() {
    let folder = Folder::new("kept");
    folder.run(&["check", "--only-programs", "--explore", "3", "--seed", "5", "--shard", "1/2"]).exits(0);
    let report = folder.report();
    assert_eq!((report.seed, report.explore, report.shard.as_deref()), (5, Some(3), Some("1/2")));
    assert!(report.filters.unwrap().only_programs);
}

/// The lines that a runner of GitHub would take for commands.
fn commands(out: &str) -> Vec<&str> {
    out.lines().filter(|line| line.trim_start().starts_with("::")).collect()
}

#[test]
fn annotations_come_after_all_that_a_peer_says() {
    let folder = Folder::new("github");
    let peer = faulty();
    let check = |arguments: &[&str]| {
        folder.run(&[&["check", "--peer", &peer, "--format", "github"], &FRAMES[..], arguments].concat())
    };
    let ended = check(&[]).exits(1).says("fail  frame-parse-version-1");
    let found = commands(&ended.out);
    let word = found[0].strip_prefix("::stop-commands::").unwrap();
    assert!(word.len() == 32 && ended.out.starts_with("::stop-commands::"), "{word}");
    assert_eq!(found[1], format!("::{word}::"));
    assert_eq!(found.len(), 5, "{found:?}");
    for line in &found[2..] {
        assert!(line.starts_with("::error title=fail "), "{line}");
        assert!(line.contains("::violates FRM-5: A version other than 0 is refused.%0Aexpected "), "{line}");
        assert!(line.contains("%0Aagain: counterproof replay reports/last/failing/"), "{line}");
    }
    assert!(ended.out.ends_with(&format!("{}\n", found[4])), "nothing follows");
    let few = check(&["--show", "1"]).exits(1);
    assert!(
        few.out.ends_with(
            "2 more of '[program]' peer --fault skips-FRM-5; the report has all\n"
                .replace("[program]", PROGRAM)
                .as_str()
        )
    );
    // Another word each time, and none where nothing failed but that the run could not be.
    assert!(!few.out.contains(word));
    let none = folder.run(&["check", "--peer", "no-such-program", "--format", "github"]).exits(3);
    assert_eq!(commands(&none.out).len(), 3);
    none.says("::error title=counterproof::no-such-program: ");
    folder.run(&["check", "--format", "xml"]).exits(2);
}
