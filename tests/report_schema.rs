//! The schemas under `reports/` and the types that read and write these files judge alike; and files that
//! earlier versions wrote are still read.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

mod members;

use std::collections::BTreeSet;

use harness::baseline::Baseline;
use harness::report::{Candidate, Failing, Report};
use harness::suite::Verdict;
use jsonschema::Validator;
use members::names;
use night::record::Entry;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const REPORTS: &str = include_str!("../reports/report.schema.json");
const BASELINES: &str = include_str!("../reports/baseline.schema.json");
/// Real ones, as version 1 first wrote them. They are never written anew: where a test fails, the format has
/// changed.
const REPORT_1: &str = include_str!("fixtures/report-1.json");
const FAILING_1: &str = include_str!("fixtures/failing-1.json");
const BASELINE_1: &str = include_str!("fixtures/baseline-1.json");

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn validator(definition: &str) -> Validator {
    let mut schema = value(REPORTS);
    schema.as_object_mut().unwrap().remove("oneOf");
    schema["$ref"] = json!(format!("#/$defs/{definition}"));
    jsonschema::validator_for(&schema).unwrap()
}

/// A report with every member that a report can have.
fn full_report() -> Value {
    let mut report = value(REPORT_1);
    report["report"] = json!(2);
    report["shard"] = json!("1/2");
    report["filters"] = json!({"only": ["frame"], "skip": [], "req": ["FRM"], "role": [], "edition": "5",
        "case": ["frame-parse-empty"], "failed": "reports/last", "only_programs": true});
    report["missing"] = json!(["2/3"]);
    report["explore"] = json!(200);
    report["parts"][0]["number"] = json!(1);
    report["parts"][0]["cases"][0]["seen_as"] = json!("FRM-6");
    report["parts"][0]["of_profile"] = json!(2542);
    report["parts"][0]["not_offered"] = json!(["qr.read"]);
    report["parts"][0]["ended"] = json!("out-of-time");
    report["parts"][0]["causes"] = json!([{"requirement": "FRM-5", "cases": 3, "own_failing": 1, "own": 2}]);
    report["parts"][0]["cases"][0]["also"] = json!(["FRM-6"]);
    report["parts"][0]["cases"][0]["attack"] = json!({"goal": "once", "attacker": "network"});
    report["parts"][0]["cases"][0]["trace"] = json!([
        {"by": "attacker", "says": "keeps it"},
        {"by": "attacker", "to": "user's phone", "says": "client.open", "answer": "accepted"}
    ]);
    report["parts"][0]["costs"] = json!({"way_us": 8.1, "stopped": "hang", "operations": [
        {"operation": "client.open", "asked": 3, "median_us": 9.0, "p95_us": 12.5, "per_second": 111111.0}
    ]});
    report["parts"][0]["programs"] = json!({"selected": 200, "played": 150, "steps": 6000, "ended": "fail-fast", "took_ms": 1.5,
        "findings": [{"id": "program:client.open:CLI-8", "verdict": "xfail", "requirement": "CLI-8", "expected": "e",
            "got": "g", "also": ["CLI-9"], "programs": 3, "first": 17, "steps": 4, "listed": {"verdict": "fail", "reason": "r"}}]});
    let listed = report.pointer("/parts/0/cases").unwrap().as_array().unwrap();
    assert!(listed.iter().any(|case| case.pointer("/listed/link").is_some()), "the fixture has all");
    report
}

/// A random program that failed.
fn failing_program() -> Value {
    let mut failing = value(FAILING_1);
    failing["seed"] = json!(0);
    failing["case"] = json!("program:ping:PPR-2");
    failing["program"] = json!({"steps": []});
    failing["about"] = json!("a version other than 0 is refused");
    failing["at"] = json!(0);
    failing
}

/// What divides several peers.
fn candidate() -> Value {
    json!({"report": 2, "candidate": "program:ping:PPR-2", "decides": "PPR-2", "program": {"steps": []},
        "answers": [{"answer": "accepted", "who": ["the reference"]}]})
}

/// Reads and writes it again.
fn through<T: DeserializeOwned + Serialize>(value: &Value) -> Option<Value> {
    let read: T = serde_json::from_value(value.clone()).ok()?;
    Some(serde_json::to_value(read).unwrap())
}

/// Every value with one place changed: another kind or limit, a member less, a member more. (Not tried: an object
/// written as the array of its members, which derived types would take, too.)
fn mutants(value: &Value) -> Vec<Value> {
    let mut all = vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1),
        json!(2),
        json!(u64::MAX),
        json!(1.5),
        json!(1e300),
        json!(""),
        json!(" \n"),
        json!("x"),
        json!("A"),
        json!("xfail"),
        json!("crash"),
        json!("FRM-5"),
        json!([]),
        json!(["x"]),
        json!({}),
        json!({"fail": null}),
    ];
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                all.extend(mutants(item).into_iter().map(|mutant| {
                    let mut changed = items.clone();
                    changed[at] = mutant;
                    json!(changed)
                }));
            }
        }
        Value::Object(members) => {
            for extra in ["extra", "hang"] {
                let mut changed = members.clone();
                changed.insert(extra.into(), json!(3));
                all.push(json!(changed));
            }
            for (name, old) in members {
                let mut changed = members.clone();
                changed.remove(name);
                all.push(json!(changed));
                all.extend(mutants(old).into_iter().map(|mutant| {
                    changed.insert(name.clone(), mutant);
                    json!(changed)
                }));
            }
        }
        _ => {}
    }
    all
}

/// Both judges take and refuse the same mutants.
#[track_caller]
fn agree(example: &Value, by_schema: &Validator, by_code: impl Fn(&Value) -> bool) {
    assert!(by_schema.is_valid(example) && by_code(example));
    let (mut accepted, mut refused) = (0, 0);
    for mutant in mutants(example) {
        let (schema, code) = (by_schema.is_valid(&mutant), by_code(&mutant));
        assert_eq!(schema, code, "the schema says {schema}, the types say {code}: {mutant}");
        accepted += usize::from(schema);
        refused += usize::from(!schema);
    }
    assert!(accepted > 10 && refused > 100, "{accepted} accepted, {refused} refused");
}

#[test]
fn the_schemas_are_schemas() {
    assert!(jsonschema::meta::is_valid(&value(REPORTS)));
    assert!(jsonschema::meta::is_valid(&value(BASELINES)));
    let words: Vec<_> = Verdict::ALL.into_iter().map(Verdict::word).collect();
    assert_eq!(value(REPORTS)["$defs"]["verdict"]["enum"], json!(words));
}

#[test]
fn the_first_files_are_still_read_and_valid() {
    let whole = jsonschema::validator_for(&value(REPORTS)).unwrap();
    for text in [REPORT_1, FAILING_1] {
        assert!(whole.is_valid(&value(text)));
    }
    assert_eq!(through::<Report>(&value(REPORT_1)), Some(value(REPORT_1)));
    assert_eq!(through::<Failing>(&value(FAILING_1)), Some(value(FAILING_1)));
    assert!(jsonschema::validator_for(&value(BASELINES)).unwrap().is_valid(&value(BASELINE_1)));
    let baseline = serde_json::to_value(Baseline::parse(BASELINE_1).unwrap()).unwrap();
    assert_eq!(baseline, value(BASELINE_1));
    // Another version is not read as if it were this one.
    let mut report = value(REPORT_1);
    report["report"] = json!(3);
    assert!(!whole.is_valid(&report) && through::<Report>(&report).is_none());
}

#[test]
fn the_schema_names_every_member_and_no_other() {
    let mut written = BTreeSet::new();
    names(&through::<Report>(&full_report()).unwrap(), &mut written);
    names(&through::<Failing>(&failing_program()).unwrap(), &mut written);
    names(&through::<Candidate>(&candidate()).unwrap(), &mut written);
    let mut described = BTreeSet::new();
    for definition in value(REPORTS)["$defs"].as_object().unwrap().values() {
        described.extend(definition["properties"].as_object().into_iter().flat_map(|it| it.keys().cloned()));
    }
    assert_eq!(written, described);
}

#[test]
fn reports_are_judged_alike() {
    // One claim, one operation and the cases that differ: the others only repeat them.
    let mut report = full_report();
    let part = &mut report["parts"][0];
    part["claims"][0]["operations"] = json!(["hello"]);
    let mut seen = BTreeSet::new();
    let cases = part["cases"].as_array_mut().unwrap();
    cases.retain(|case| seen.insert(case["verdict"].as_str().unwrap().to_owned()));
    assert_eq!(seen, ["fail", "pass", "xfail", "xpass"].map(str::to_owned).into());
    agree(&report, &validator("report"), |value| through::<Report>(value).is_some());
}

#[test]
fn failing_cases_are_judged_alike() {
    let mut with_seed = value(FAILING_1);
    with_seed["seed"] = json!(7);
    for failing in [value(FAILING_1), with_seed, failing_program()] {
        agree(&failing, &validator("failing"), |value| through::<Failing>(value).is_some());
    }
}

#[test]
fn candidates_are_judged_alike() {
    agree(&candidate(), &validator("candidate"), |value| through::<Candidate>(value).is_some());
}

#[test]
fn baselines_are_judged_alike() {
    let schema = jsonschema::validator_for(&value(BASELINES)).unwrap();
    agree(&value(BASELINE_1), &schema, |value| Baseline::parse(&value.to_string()).is_ok());
}

const FUZZ: &str = include_str!("../reports/fuzz.schema.json");

/// A line of each kind in the record of fuzzing, with every member that it can have.
fn fuzz_lines() -> [Value; 4] {
    let finding = json!({"key": "00112233aabbccdd", "kind": "panic", "said": "VER-8: no", "rule": "VER-8", "frames": ["a::b"],
        "count": 3, "is_new": true, "input": "findings/frame/00112233aabbccdd/input", "length": 1, "again": "x"});
    let line = |kind: &str, members: Value| {
        let mut line =
            json!({"night": 1, "begun": 1, "counterproof": "0.1.0", "commit": "0a+", "line": kind});
        line.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        line
    };
    let change = json!({"before": 1, "after": 2});
    let share = json!({"reached": 1, "of": 2});
    [
        line(
            "target",
            json!({"target": "frame", "from_empty": false, "seconds": 1.5, "executions": 9, "floor": 50,
            "edges": change, "inputs": change, "bytes": change, "slowest_ms": 7, "slowest": "slowest/frame/input",
            "peak_mb": 60, "findings": [finding]}),
        ),
        line("coverage", json!({"floors": [{"floor": "wire", "lines": share, "branches": share}]})),
        line(
            "peer",
            json!({"peer": "python3 peer.py", "name": "p", "seed": 1, "seconds": 1.5, "programs": 2, "steps": 3,
            "features": change, "inputs": change, "findings": [finding]}),
        ),
        line(
            "night",
            json!({"ended": "in-time", "seconds": 1.5, "jobs": 2, "compiler": "rustc", "minimised": true,
            "troubles": ["no"]}),
        ),
    ]
}

#[test]
fn the_record_of_fuzzing_is_judged_alike() {
    assert!(jsonschema::meta::is_valid(&value(FUZZ)));
    let schema = jsonschema::validator_for(&value(FUZZ)).unwrap();
    for line in fuzz_lines() {
        assert_eq!(through::<Entry>(&line), Some(line.clone()));
        // A derived type takes the number of a kind for its name, too; nobody writes that.
        let is_named = |value: &Value| !value["line"].is_number();
        agree(&line, &schema, |value| is_named(value) && through::<Entry>(value).is_some());
    }
}

#[test]
fn the_schema_of_the_record_names_every_member_and_no_other() {
    let mut written = BTreeSet::new();
    fuzz_lines().iter().for_each(|line| names(&through::<Entry>(line).unwrap(), &mut written));
    let mut described = BTreeSet::new();
    for definition in value(FUZZ)["$defs"].as_object().unwrap().values() {
        described.extend(definition["properties"].as_object().into_iter().flat_map(|it| it.keys().cloned()));
    }
    assert_eq!(written, described);
}
