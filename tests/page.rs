//! `report html`: a page stands alone, is well formed, escapes whatever a peer says, and names what is wrong. The browser's
//! view of it is in `browser.rs`.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "page/document.rs"]
mod document;
#[path = "page/nights.rs"]
mod nights;
mod program;

use std::collections::BTreeMap;
use std::fs;

use base64ct::{Base64, Encoding as _};
use document::Document;
use harness::report::{Candidate, Failing, Report};
use night::bench::Bench;
use night::read::{Trouble, entries};
use page::{Evidence, Field, Message};
use peer::printable::is_harmless;
use program::{Folder, own_peer};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zoo::record::Selftest;

const REPORT: &str = include_str!("fixtures/report-1.json");
const FAILING: &str = include_str!("fixtures/failing-1.json");
const SELFTEST_SCHEMA: &str = include_str!("../reports/selftest.schema.json");
/// What a peer could say to fool a reader: markup, an end of the script, a terminal's escape, reordered text.
const EVIL: &str = "</script></style><script>alert(1)</script><img src=x onerror=alert(1)>\" ' &amp; --> \u{1B}[31m\u{202E}\u{7}\u{2028}\n";

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A report with everything that a page shows, but for its times.
fn full_report() -> Value {
    let mut report = value(REPORT);
    report["report"] = json!(2);
    report["shard"] = json!("1/2");
    report["filters"] = json!({"only": ["frame"], "skip": [], "req": ["FRM"], "role": [], "edition": "5"});
    let part = &mut report["parts"][0];
    part["of_profile"] = json!(4196);
    part["not_offered"] = json!(["qr.read"]);
    part["ended"] = json!("out-of-time");
    part["causes"] = json!([{"requirement": "FRM-5", "cases": 3, "own_failing": 1, "own": 2}]);
    part["stale"] = json!([{"entry": 3, "case": "frame-x", "why": "no such case"}]);
    part["cases"][0]["trace"] = json!([
        {"by": "attacker", "says": "keeps it"},
        {"by": "attacker", "to": "user's phone", "says": "client.open", "answer": "refused with corrupted"}
    ]);
    part["cases"][0]["verdict"] = json!("hang");
    part["programs"] = json!({"selected": 200, "played": 150, "steps": 6000, "ended": "whole", "took_ms": 1.5,
        "findings": [{"id": "program:client.open:CLI-8", "verdict": "fail", "requirement": "CLI-8", "expected": "e",
            "got": "g", "also": ["CLI-9"], "programs": 3, "first": 17, "steps": 4, "listed": {"verdict": "fail", "reason": "r"}}]});
    report
}

fn failing() -> Value {
    let mut failing = value(FAILING);
    failing["report"] = json!(2);
    failing["about"] = json!("a frame of version 15 is refused");
    failing["at"] = json!(0);
    failing
}

fn page_of(report: Value, failing: Value, message: Option<Message>) -> String {
    page_with(report, failing, message, json!([]))
}

fn page_with(report: Value, failing: Value, message: Option<Message>, candidates: Value) -> String {
    let candidates: Vec<Candidate> = serde_json::from_value(candidates).unwrap();
    let report: Report = serde_json::from_value(report).unwrap();
    let failing: Failing = serde_json::from_value(failing).unwrap();
    let again = format!("counterproof replay {}", failing.case);
    let file = report.parts.first().map(|part| part.failing_file(&failing.case)).unwrap_or_default();
    page::report(&report, &[Evidence { failing, file, again, message }], &candidates).unwrap()
}

/// What divides several peers: the specification decides one, and is silent on the other.
fn candidates() -> Value {
    json!([
        {"report": 2, "candidate": "program:frame.open:CLI-1", "answers": [{"answer": "refused", "who": ["the reference"]},
            {"answer": "accepted: {}", "who": ["peer a", "peer b"]}], "program": {"steps": [{"op": "frame.open"}]}},
        {"report": 2, "candidate": "program:frame.parse:FRM-5", "decides": "FRM-5", "answers": [
            {"answer": "refused with corrupted", "who": ["the reference", "peer a"]}, {"answer": "accepted", "who": ["peer b"]}],
            "program": {"steps": [{"op": "frame.parse"}]}}
    ])
}

fn message(words: &str) -> Option<Message> {
    let field = |name: &str, is_it| Field {
        name: name.to_owned(),
        bytes: words.to_owned(),
        meaning: words.to_owned(),
        is_it,
    };
    Some(Message { what: words.to_owned(), fields: vec![field("first word", true), field("tag", false)] })
}

fn selftest() -> Value {
    let fault = |name: &str, blame: Option<&str>, fate: &str, right: &[&str], other: Value| {
        let mut fault = json!({"name": name, "about": "does it wrongly", "verdict": "fail", "fate": fate, "cases": 12,
            "right": right, "other": other, "took_ms": 2500.0});
        fault.as_object_mut().unwrap().extend(blame.map(|blame| ("blame".to_owned(), json!(blame))));
        fault
    };
    json!({"selftest": 1, "counterproof": "0.1.0", "time": 1_700_000_000, "quick": true, "cases": 4196, "took_ms": 65_000.0,
    "filters": {"only": ["frame"], "skip": [], "req": [], "role": []},
    "faults": [
        fault("skips-FRM-5", Some("FRM-5"), "killed", &["frame-parse-version-1"], json!({"none": 1})),
        fault("survivor", Some("KEY-9"), "survived", &[], json!({"PPR-2": 4})),
        fault("harmless", None, "unharmed", &[], json!({})),
        fault("harmed", None, "control-killed", &[], json!({"PPR-2": 1}))
    ]})
}

/// A handful of targets over so many nights. The floors are those of nobody.
fn record(nights: u64) -> String {
    let names = [
        "acode_log",
        "activation1",
        "blob",
        "callback",
        "client",
        "codes",
        "frame",
        "frame_structured",
        "license",
        "login",
        "oath",
        "picture",
        "push",
        "request",
        "row",
        "server",
        "server_state",
        "single",
        "storage",
        "store",
        "text",
        "uri",
    ];
    nights::record(&names.map(|name| (name, 1000)), nights)
}

fn bench(bugs: u64) -> Bench {
    serde_json::from_value(nights::bench(bugs)).unwrap()
}

/// The page of a record. It has no line that can't be read.
fn night_page(record: &str, bench: Option<&Bench>) -> String {
    let (entries, troubles) = entries(record);
    assert!(troubles.is_empty(), "{troubles:?}");
    page::night(&entries, bench).unwrap()
}

/// Every page that these tests have.
fn pages() -> Vec<(&'static str, String)> {
    let empty = json!({"report": 2, "counterproof": "0.1.0", "time": 0, "seed": 0, "parts": []});
    let mut three = full_report();
    let part = three["parts"][0].clone();
    three["parts"] = json!([part, part, part]);
    three["parts"][2]["claims"] = json!([part["claims"][0], part["claims"][0]]);
    let selftest: Selftest = serde_json::from_value(selftest()).unwrap();
    vec![
        ("full", page_of(full_report(), failing(), message("00"))),
        ("three", page_with(three, failing(), None, candidates())),
        ("empty", page_of(empty, failing(), None)),
        ("selftest", page::selftest(&selftest).unwrap()),
        ("nights", night_page(&record(20), Some(&bench(44)))),
        ("first night", night_page(&record(1), None)),
        ("bench", night_page("", Some(&bench(3)))),
        ("no night", page::night_of_a_file(&[], &[Trouble { line: 3, why: "torn".into() }], None).unwrap()),
    ]
}

#[test]
fn a_page_is_well_formed_and_stands_alone() {
    for (name, page) in pages() {
        assert!(page.starts_with(page::BEGINS), "{name}");
        let document = Document::of(&page);
        document.has_headings_in_order(name);
        document.has_tables_with_headers(name);
        document.has_links_that_lead_somewhere(name);
        document.asks_for_nothing(name);
    }
}

#[test]
fn the_policy_lets_the_one_script_run_and_nothing_else() {
    for (name, page) in pages() {
        let script = page.split_once("<script>").unwrap().1.split_once("</script>").unwrap().0;
        let hash = Base64::encode_string(&Sha256::digest(script));
        let policy = Document::of(&page).policy();
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("http"), "{name}: {policy}");
        assert!(policy.contains(&format!("script-src 'sha256-{hash}';")), "{name}: {policy}");
        assert_eq!(page.matches("<script").count(), 1, "{name}");
    }
}

/// Puts hostile text wherever a report has text: values, and names of members that are data.
fn poisoned(value: &Value, closed: &[&str], name: &str) -> Value {
    match value {
        Value::String(_) if closed.contains(&name) => value.clone(),
        Value::String(text) => json!(format!("{text}{EVIL}")),
        Value::Array(items) => items.iter().map(|item| poisoned(item, closed, name)).collect(),
        Value::Object(members) => {
            let is_data = name == "other";
            let member = |(key, value): (&String, &Value)| {
                let key = if is_data { format!("{key}{EVIL}") } else { key.clone() };
                (key.clone(), poisoned(value, closed, &key))
            };
            Value::Object(members.iter().map(member).collect())
        }
        other => other.clone(),
    }
}

#[test]
fn whatever_a_peer_says_is_text() {
    let closed = ["verdict", "ended", "fate"];
    let poison = |value: Value| poisoned(&value, &closed, "");
    let selftest: Selftest = serde_json::from_value(poison(selftest())).unwrap();
    let mut three = full_report();
    let part = three["parts"][0].clone();
    three["parts"] = json!([part, part]);
    // Steps that are JSON, with the poison inside of it.
    let mut stepped = failing();
    stepped["case"] = poison(full_report())["parts"][0]["cases"][0]["id"].clone();
    let line = json!({"op": EVIL, "session": EVIL, "params": {EVIL: EVIL}, "ok": {EVIL: EVIL}}).to_string();
    for member in ["question", "answer"] {
        stepped["steps"][0][member] = json!(line);
    }
    for (name, page) in [
        ("report", page_of(poison(full_report()), poison(failing()), message(EVIL))),
        ("steps", page_of(poison(full_report()), stepped, message(EVIL))),
        ("three", page_with(poison(three), poison(failing()), None, poison(candidates()))),
        ("selftest", page::selftest(&selftest).unwrap()),
    ] {
        let document = Document::of(&page);
        document.asks_for_nothing(name);
        document.has_no_element("img", name);
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        assert!(page.contains("&#60;img src=x onerror=alert(1)&#62;"), "{name}: it is shown");
        let hidden = page.chars().find(|c| *c != '\n' && !is_harmless(*c));
        assert_eq!(hidden, None, "{name}");
        assert!(page.contains("\\u{1b}[31m\\u{202e}\\u{7}"), "{name}: it is spelled out");
    }
}

/// A fuzzed program says what its input makes it say, and a peer what it likes.
#[test]
fn whatever_a_fuzzed_program_says_is_text() {
    let closed = ["line", "ended", "kind", "behind"];
    let poison = |line: &str| poisoned(&value(line), &closed, "").to_string() + "\n";
    let record: String = record(8).lines().map(poison).collect();
    let (entries, troubles) = entries(&record);
    assert!(troubles.is_empty(), "{troubles:?}");
    let trouble = Trouble { line: 1, why: EVIL.to_owned() };
    let bench = serde_json::from_value(poisoned(&nights::bench(3), &closed, "")).unwrap();
    let page = page::night_of_a_file(&entries, &[trouble], Some(&bench)).unwrap();
    let document = Document::of(&page);
    document.asks_for_nothing("nights");
    document.has_no_element("img", "nights");
    document.has_links_that_lead_somewhere("nights");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(page.matches("&#60;img src=x onerror=alert(1)&#62;").count() > 100, "it is shown");
    assert_eq!(page.chars().find(|c| *c != '\n' && !is_harmless(*c)), None);
    assert!(page.contains("\\u{1b}[31m\\u{202e}\\u{7}"), "it is spelled out");
}

#[test]
fn what_a_person_reads() {
    insta::assert_snapshot!("page_of_a_run", Document::of(&pages()[0].1).text());
    insta::assert_snapshot!("page_of_a_selftest", Document::of(&pages()[3].1).text());
    insta::assert_snapshot!("page_of_a_night", Document::of(&night_page(&record(8), Some(&bench(3)))).text());
}

/// Who opens the page in the morning sees first what nobody has seen before.
#[test]
fn what_is_new_tonight_stands_on_top() {
    let text = Document::of(&night_page(&record(20), Some(&bench(44)))).text();
    // The names of the sections stand before.
    let text = text.get(text.find("3 new findings").unwrap()..).unwrap();
    let place = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words:?} is not in {text}"));
    let order = [
        "3 new findings tonight, and 2 known",
        "back login",
        "new callback, client",
        "Known, and found again",
        "known row",
        "The night\n",
        "Targets\n",
        "Trends\n",
        "Fuzz bench\n",
    ];
    let places: Vec<_> = order.iter().map(|words| place(words)).collect();
    assert!(places.is_sorted(), "{places:?}: {text}");
    for words in [
        "FRM-5 ",
        "channel::wire::cursor::Cursor::take",
        "Reproduce it: cargo +nightly fuzz run callback fuzz/night/findings/callback/",
        "below its floor",
        "% slower than usual",
        "from an empty corpus, and reached 9",
        "uri could not be built",
        "Not fuzzed\nuri: the night before had them",
        "Found earlier, and not tonight (1)",
        "killed",
        "python-peer",
        "missed Plain bytes don't get to what is behind a MAC: got to 1 of",
        "missed The worst run takes at most 60 s: never",
        "met The median is at most 5.0 s",
    ] {
        place(words);
    }
}

#[test]
fn a_night_without_its_last_line_was_killed() {
    let whole = record(3);
    let killed = whole.trim_end().rsplit_once('\n').unwrap().0;
    let [whole, killed] = [&whole, killed].map(|record| Document::of(&night_page(record, None)).text());
    assert!(
        killed.contains("the night was killed") && killed.contains("its last line is missing"),
        "{killed}"
    );
    assert!(!whole.contains("killed"), "{whole}");
}

#[test]
fn a_record_becomes_a_page_whatever_a_killed_night_left_in_it() {
    let folder = Folder::new("page-nights");
    fs::create_dir(folder.path("fuzz")).unwrap();
    let whole = record(3);
    let torn = format!("{{\"report\": 2}}\n{whole}{}", &whole[..40]);
    fs::write(folder.path("fuzz/nights.jsonl"), torn).unwrap();
    let last = whole.lines().count() + 2;
    let torn = format!("line {last}: torn: it was not written to its end");
    let report = |name: &str| folder.run(&["report", "html", "--report", name]);
    let page = || Document::of(&fs::read_to_string(folder.path("fuzz/nights.html")).unwrap()).text();
    report("fuzz/nights.jsonl")
        .exits(0)
        .says("fuzz/nights.jsonl: 2 lines left out\n  line 1: not a line of a record: missing field `night`")
        .says(&torn)
        .says("page: fuzz/nights.html");
    assert!(page().contains("left out: 2") && page().contains(&torn), "{}", page());
    assert!(!page().contains("Fuzz bench"), "{}", page());
    // With the bench beside it, by the name of the folder; and the bench alone.
    fs::write(folder.path("fuzz/bench.json"), nights::bench(3).to_string()).unwrap();
    report("fuzz").exits(0).says("page: fuzz/nights.html");
    assert!(page().contains("Fuzz bench") && page().contains("planted-01"), "{}", page());
    report("fuzz/bench.json").exits(0).says("page: fuzz/bench.html");
    let alone = Document::of(&fs::read_to_string(folder.path("fuzz/bench.html")).unwrap()).text();
    assert!(alone.contains("The fuzz bench misses") && !alone.contains("tonight"), "{alone}");
    fs::write(folder.path("fuzz/bench.json"), "{\"bench\": 9}").unwrap();
    for name in ["fuzz", "fuzz/bench.json"] {
        report(name).exits(2).complains("fuzz/bench.json: not a fuzz bench");
    }
}

/// Every requirement has a place on the page, and what decides it; all links lead to something on it.
#[test]
fn the_specification_is_a_page_that_stands_alone() {
    let folder = Folder::new("page-of-spec");
    let root = env!("CARGO_MANIFEST_DIR");
    folder.run(&["spec", "html", "--root", root]).exits(0).says("page: spec.html");
    let page = fs::read_to_string(folder.path("spec.html")).unwrap();
    let document = Document::of(&page);
    document.has_headings_in_order("spec.html");
    document.has_tables_with_headers("spec.html");
    document.has_links_that_lead_somewhere("spec.html");
    document.asks_for_nothing("spec.html");
    for requirement in harness::spec::requirements() {
        let place = format!("<li id=\"{}\" class=\"rule\">", requirement.id);
        let (_, behind) = page.split_once(&place).unwrap_or_else(|| panic!("{place}"));
        let item = behind.split("<li id=").next().unwrap();
        assert!(requirement.untestable.is_some() || item.contains("<details class=\"about\">"), "{place}");
    }
    assert!(
        page.contains("<code>vectors/frame.json</code>")
            && page.contains("<code>src/channel/wire/frame.rs</code>")
    );
}

/// The page alone names the requirement, the question, the answer and what it should have been.
#[test]
fn a_page_is_made_of_what_check_leaves_and_says_what_is_wrong() {
    let folder = Folder::new("page");
    let peer = format!("{} --fault skips-FRM-5", own_peer());
    folder.run(&["check", "--peer", &peer, "--only", "frame-parse-version"]).exits(1);
    assert_eq!(folder.report().parts.len(), 1);
    folder.run(&["report", "html"]).exits(0).says("page: reports/last/report.html");
    let text = Document::of(&fs::read_to_string(folder.path("reports/last/report.html")).unwrap()).text();
    for words in [
        "Does not conform to profile full: 2 of 2 cases failed",
        "FRM-5 A version other than 0 is refused.",
        "frame-parse-version-15",
        "refused with bad-version",
        "− expected: \"refused\": {",
        "+ got: \"ok\": {",
        "version F0C1 15 ← FRM-5 is about this",
        "frame.parse",
        "counterproof replay reports/last/failing/frame-parse-version-15.json",
    ] {
        assert!(text.contains(words), "{words:?} is not in {text}");
    }
    // The page is the run's own: the next one takes the folder over.
    folder.run(&["check", "--peer", &peer, "--only", "frame-parse-version"]).exits(1);
    assert!(!folder.path("reports/last/report.html").exists());
    folder.run(&["report", "html", "--report", "reports/last/report.json", "--out", "a/b.html"]).exits(0);
    assert!(fs::read_to_string(folder.path("a/b.html")).unwrap().contains("frame-parse-version-15"));
}

#[test]
fn of_several_peers_each_has_its_own_failures() {
    let folder = Folder::new("page-several");
    let peers = [own_peer(), format!("{} --fault skips-FRM-5", own_peer())];
    folder
        .run(
            &[
                &["check", "--peer", &peers[0], "--peer", &peers[1]][..],
                &["--only", "frame-parse-version", "--only", "frame-seal-upper-case"],
            ]
            .concat(),
        )
        .exits(1);
    folder.run(&["report", "html"]).exits(0);
    let text = Document::of(&fs::read_to_string(folder.path("reports/last/report.html")).unwrap()).text();
    assert!(text.contains("1 of 2 peers do not conform to the profile they claim"), "{text}");
    assert_eq!(
        text.matches("counterproof replay reports/last/failing/2-frame-parse-version-").count(),
        2,
        "{text}"
    );
    // What both do is said once; what divides them and the reference is there, with who says what.
    assert!(text.contains("all pass"), "{text}");
    let divides = text.split_once("Between the peers and the reference\n").expect(&text).1;
    assert!(divides.contains("The specification decides, FRM-5: "), "{text}");
    assert!(
        divides.contains("the reference, '") && divides.contains("--fault skips-FRM-5\naccepted: {"),
        "{text}"
    );
}

#[test]
fn what_is_no_report_is_refused() {
    let folder = Folder::new("page-none");
    folder.run(&["report", "html"]).exits(2).complains("reports/last");
    fs::write(folder.path("other.json"), "{\"report\": 2}").unwrap();
    folder
        .run(&["report", "html", "--report", "other.json"])
        .exits(2)
        .complains("other.json: not a report of a run: missing field");
    fs::write(folder.path("selftest.json"), "{\"selftest\": 9}").unwrap();
    folder
        .run(&["report", "html", "--report", "selftest.json"])
        .exits(2)
        .complains("selftest.json: not a selftest");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2, "no page is left");
}

#[test]
fn a_selftest_is_written_as_its_schema_says_and_shown() {
    let folder = Folder::new("page-selftest");
    let few = ["selftest", "--fault", "skips-FRM-5", "--only", "frame-parse-version", "--json"];
    let printed = folder.run(&[&few[..], &["-"]].concat()).exits(0).out;
    let shown = folder.run(&[&few[..], &["zoo.json"]].concat()).exits(0).says("killed 1, survived 0").out;
    assert!(shown.contains("frame-parse-version-1"), "{shown}");
    let validator = jsonschema::validator_for(&value(SELFTEST_SCHEMA)).unwrap();
    for text in [printed, fs::read_to_string(folder.path("zoo.json")).unwrap(), selftest().to_string()] {
        let result = value(&text);
        assert!(validator.is_valid(&result), "{:?}", validator.iter_errors(&result).collect::<Vec<_>>());
        let read: Selftest = serde_json::from_value(result.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), result);
    }
    folder.run(&["report", "html", "--report", "zoo.json"]).exits(0).says("page: zoo.html");
    let page = fs::read_to_string(folder.path("zoo.html")).unwrap();
    assert!(Document::of(&page).text().contains("1 of 1 fault killed, 0 of 0 controls unharmed"), "{page}");
}

/// A member less, or of another kind: the schema and the type refuse it alike.
#[test]
fn the_schema_of_a_selftest_and_its_type_judge_alike() {
    let validator = jsonschema::validator_for(&value(SELFTEST_SCHEMA)).unwrap();
    let mut judged = BTreeMap::new();
    for place in ["", "/faults/0", "/filters"] {
        let names: Vec<String> =
            selftest().pointer(place).unwrap().as_object().unwrap().keys().cloned().collect();
        for name in names {
            for other in [
                None,
                Some(json!(null)),
                Some(json!("x")),
                Some(json!(-1)),
                Some(json!([1])),
                Some(json!({"a": -1})),
            ] {
                let mut bent = selftest();
                let members = bent.pointer_mut(place).unwrap().as_object_mut().unwrap();
                members.remove(&name);
                members.extend(other.map(|other| (name.clone(), other)));
                let by_type = serde_json::from_value::<Selftest>(bent.clone()).is_ok();
                assert_eq!(validator.is_valid(&bent), by_type, "{place}/{name}: {bent}");
                *judged.entry(by_type).or_insert(0) += 1;
            }
        }
    }
    assert!(judged[&true] > 5 && judged[&false] > 50, "{judged:?}");
}
