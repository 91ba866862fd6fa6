//! The record of `bench`: schema and types judge it alike, the committed one is one, and its page shows what got slower.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

#[allow(dead_code)] // the rest is for the other pages
#[path = "page/document.rs"]
mod document;
#[allow(dead_code)] // its other half is for other tests
mod program;

use std::fs;
use std::path::Path;

use document::Document;
use night::read::{Trouble, lines};
use perf::counts::{Acceptance, Baseline};
use perf::path::operations;
use perf::record::Run;
use program::Folder;
use serde_json::{Value, json};

fn committed(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("reports").join(name)).unwrap()
}

/// A run in which opening takes so much.
fn run(time: u64, open: f64) -> Value {
    let operation =
        |name: &str, ns: f64, ratio: f64| json!({"name": name, "ns": ns, "ratio": ratio, "noise": 0.01});
    json!({"perf": 1, "time": 1_764_000_000 + time, "counterproof": "0.1.0", "commit": "ab".repeat(20),
        "compiler": "rustc 1.95.0", "optimised": true, "features": ["aes"], "processor": "AMD EPYC",
        "system": "linux 6.1 x86_64", "kernel": "portable", "versions": {"aes": "0.9.2", "cmac": "0.8.0"},
        "rounds": 201, "noise": 0.004,
        "operations": [operation("reference: cmac clone, 215 bytes", 250.0, 120.0),
            operation("seal 200 bytes", 300.0, 1.2), operation("open 200 bytes", 1250.0 * open, open)]})
}

fn read(runs: &[Value]) -> Vec<Run> {
    let text: String = runs.iter().map(|run| format!("{run}\n")).collect();
    let (runs, troubles) = lines(text);
    assert_eq!(troubles, []);
    runs
}

#[test]
fn the_schema_and_the_types_judge_alike() {
    let schema =
        jsonschema::validator_for(&serde_json::from_str(&committed("perf.schema.json")).unwrap()).unwrap();
    let is_read = |value: &Value| serde_json::from_value::<Run>(value.clone()).is_ok();
    let mut good = run(0, 1.2);
    good["member"] = json!("that is new");
    assert!(schema.is_valid(&good) && is_read(&good));
    let members =
        good.as_object().unwrap().keys().filter(|name| *name != "member").map(|name| format!("/{name}"));
    let of_operation = ["name", "ns", "ratio", "noise"].map(|name| format!("/operations/0/{name}"));
    let mut mutants = 0;
    for pointer in members.chain(of_operation) {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut without = good.clone();
        without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        let expected = pointer == "/commit";
        assert_eq!((schema.is_valid(&without), is_read(&without)), (expected, expected), "without {pointer}");
        for wrong in [json!(null), json!([7]), json!({"a": 7})] {
            let mut other = good.clone();
            *other.pointer_mut(&pointer).unwrap() = wrong.clone();
            assert_eq!((schema.is_valid(&other), is_read(&other)), (false, false), "{pointer}: {wrong}");
            mutants += 1;
        }
    }
    assert!(mutants > 50, "{mutants}");
    for (pointer, wrong) in [("/perf", json!(2)), ("/time", json!(-1)), ("/optimised", json!("yes"))] {
        let mut other = good.clone();
        *other.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema.is_valid(&other) && !is_read(&other), "{pointer}");
    }
}

/// Of releases, and of each operation that there is.
#[test]
fn what_is_committed_is_a_record_a_baseline_and_an_acceptance() {
    let (runs, troubles) = lines::<Run>(committed("perf/runs.jsonl"));
    assert_eq!(troubles, []);
    assert!(!runs.is_empty() && runs.iter().all(|run| run.built.optimised));
    let baseline: Baseline = serde_json::from_str(&committed("perf/counts.json")).unwrap();
    assert!(baseline.built.optimised && baseline.built.compiler.starts_with("rustc "));
    let mut names: Vec<&str> = operations().unwrap().iter().map(|operation| operation.name).collect();
    names.sort_unstable();
    let again = "counterproof bench --counts --write";
    assert_eq!(baseline.operations.keys().collect::<Vec<_>>(), names, "run `{again}` again");
    let acceptance: Acceptance = basic_toml::from_str(&committed("perf/accepted.toml")).unwrap();
    assert!(acceptance.accepted.iter().all(|it| names.contains(&it.operation.as_str()) && it.why.len() > 10));
}

#[test]
fn the_page_stands_alone_and_says_what_is_slower() {
    let steady: Vec<Value> = (0..9).map(|time| run(time * 86_400, 1.2)).collect();
    let mut elsewhere = run(8 * 86_400, 9.0);
    elsewhere["processor"] = json!("another");
    let slower = [&steady[..], &[elsewhere, run(9 * 86_400, 1.5)]].concat();
    let trouble = Trouble { line: 3, why: "torn".into() };
    let pages = [
        ("none", page::perf(&[], &[])),
        ("first", page::perf(&read(&steady[..1]), &[])),
        ("steady", page::perf(&read(&steady), &[])),
        ("slower", page::perf(&read(&slower), &[trouble])),
    ]
    .map(|(name, page)| (name, page.unwrap()));
    for (name, page) in &pages {
        assert!(page.starts_with(page::BEGINS), "{name}");
        let document = Document::of(page);
        document.has_headings_in_order(name);
        document.has_tables_with_headers(name);
        document.has_links_that_lead_somewhere(name);
        document.asks_for_nothing(name);
    }
    let text = |place: usize| Document::of(&pages[place].1).text();
    assert!(text(0).contains("No run is recorded"));
    assert!(text(1).contains("Nothing was measured before on such a processor"));
    assert!(text(2).contains("Everything is about as fast as usual"));
    insta::assert_snapshot!("page_of_the_hot_path", text(3));
}

/// Whoever sends a record can write anything into it.
#[test]
fn whatever_a_record_says_is_text() {
    let evil = "</script><img src=x onerror=alert(1)>\u{1B}[31m\u{202E}";
    let mut poisoned = [run(0, 1.2), run(1, 1.5)];
    for run in &mut poisoned {
        for name in ["commit", "compiler", "processor", "system", "kernel", "counterproof"] {
            run[name] = json!(format!("{evil}{name}"));
        }
        run["features"] = json!([evil]);
        run["versions"] = json!({evil: evil});
        run["operations"][1]["name"] = json!(evil);
    }
    let page = page::perf(&read(&poisoned), &[Trouble { line: 1, why: evil.into() }]).unwrap();
    let document = Document::of(&page);
    document.asks_for_nothing("perf");
    document.has_no_element("img", "perf");
    assert_eq!(page.matches("<script").count(), 1);
    assert!(!page.contains(['\u{1B}', '\u{202E}']));
    assert!(page.matches("&#60;img src=x onerror=alert(1)&#62;").count() > 10, "it is shown");
}

#[test]
fn a_record_becomes_a_page_beside_it() {
    let folder = Folder::new("perf-page");
    fs::create_dir(folder.path("perf")).unwrap();
    fs::write(folder.path("perf/runs.jsonl"), format!("{}\n{{\"pe\n{}", run(0, 1.2), run(1, 1.2))).unwrap();
    for report in ["perf/runs.jsonl", "perf"] {
        folder
            .run(&["report", "html", "--report", report])
            .exits(0)
            .says("perf/runs.jsonl: 1 line left out\n  line 2: ")
            .says("page: perf/runs.html");
    }
    let page = fs::read_to_string(folder.path("perf/runs.html")).unwrap();
    assert!(Document::of(&page).text().contains("Everything is about as fast as usual"));
}
