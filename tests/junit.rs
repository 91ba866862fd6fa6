//! `junit.xml`: what CI systems take, whatever a peer says, and what the report says.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use harness::junit;
use harness::report::{Part, Programs, Report};
use harness::suite::Verdict;
use proptest::prelude::*;
use roxmltree::{Document, Node};
use serde_json::json;

/// What may be where, as the schema of the Jenkins plugin has it (junit-10 of xunit): an element, attributes that it must
/// have, others that it may have, its children.
const RULES: [(&str, &[&str], &[&str], &[&str]); 9] = [
    ("testsuites", &[], &["name", "time", "tests", "failures", "errors"], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
        &["testsuite", "properties", "testcase", "system-out", "system-err"],
    ),
    ("properties", &[], &[], &["property"]),
    ("property", &["name", "value"], &[], &[]),
    (
        "testcase",
        &["name"],
        &["time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("failure", &[], &["type", "message"], &[]),
    ("error", &[], &["type", "message"], &[]),
    ("skipped", &[], &["type", "message"], &[]),
    ("system-out", &[], &[], &[]),
];

/// Holds an element and all below it to the rules; counts of a suite are those of its tests.
#[track_caller]
fn valid(node: Node<'_, '_>) {
    let name = node.tag_name().name();
    let (_, required, optional, children) =
        RULES.iter().find(|(element, ..)| *element == name).unwrap_or_else(|| panic!("{name}"));
    for attribute in node.attributes() {
        let named = attribute.name();
        assert!(required.contains(&named) || optional.contains(&named), "{name} has {named}");
        if named == "time" {
            let (whole, rest) = attribute.value().split_once('.').unwrap();
            assert!([whole, rest].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())));
        }
    }
    assert!(required.iter().all(|named| node.attribute(*named).is_some()), "{name}");
    for child in node.children().filter(Node::is_element) {
        assert!(children.contains(&child.tag_name().name()), "{name} has {:?}", child.tag_name());
        valid(child);
    }
    if name == "testsuite" {
        counts(node);
    }
}

#[track_caller]
fn counts(suite: Node<'_, '_>) {
    let tests: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
    let with = |name: &str| {
        tests.iter().filter(|test| test.children().any(|child| child.has_tag_name(name))).count()
    };
    let said = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
    assert_eq!(
        ["tests", "failures", "errors", "skipped"].map(said),
        [tests.len(), with("failure"), with("error"), with("skipped")]
    );
    let seconds = |node: &Node<'_, '_>| node.attribute("time").unwrap().parse::<f64>().unwrap();
    assert!((tests.iter().map(seconds).sum::<f64>() - seconds(&suite)).abs() < 1e-3);
}

/// A report of version 1, with each verdict once.
fn report() -> Report {
    let text = include_str!("fixtures/report-1.json");
    let mut report: Report = serde_json::from_str(text).unwrap();
    let part = &mut report.parts[0];
    assert!(part.cases.len() >= Verdict::ALL.len());
    part.cases.truncate(Verdict::ALL.len());
    for (case, verdict) in part.cases.iter_mut().zip(Verdict::ALL) {
        case.verdict = verdict;
        let failed = ![Verdict::Pass, Verdict::Xpass, Verdict::NotRun].contains(&verdict);
        case.requirement = failed.then(|| "FRM-5".into());
        case.expected = failed.then(|| "a refusal".into());
        case.got = failed.then(|| "none".into());
    }
    report
}

fn document(report: &Report) -> String {
    junit::document(report, &|part: &Part, id: &str| format!("replay {}", part.failing_file(id)))
}

/// The tests of the first suite.
fn tests<'a>(document: &'a Document<'a>) -> Vec<Node<'a, 'a>> {
    let suite = document.root_element().first_element_child().unwrap();
    suite.children().filter(|node| node.has_tag_name("testcase")).collect()
}

#[test]
fn each_verdict_has_its_element() {
    let text = document(&report());
    let document = Document::parse(&text).unwrap();
    valid(document.root_element());
    let names = ["", "system-out", "skipped", "skipped", "failure", "failure", "failure", "error", "error"];
    let names = [&names[..], &["failure", "skipped", "error"]].concat();
    for ((test, name), verdict) in tests(&document).into_iter().zip(names).zip(Verdict::ALL) {
        let element = test.first_element_child();
        assert_eq!(element.map_or("", |element| element.tag_name().name()), name, "{verdict:?}");
    }
}

#[test]
fn a_failure_says_what_the_terminal_says() {
    let report = report();
    let text = document(&report);
    let document = Document::parse(&text).unwrap();
    let case = report.parts[0].cases.iter().find(|case| case.verdict == Verdict::Fail).unwrap();
    let test = tests(&document).into_iter().find(|test| test.attribute("name") == Some(&case.id)).unwrap();
    let failure = test.first_element_child().unwrap();
    assert_eq!(failure.attribute("message"), Some("FRM-5: expected a refusal, got none"));
    let lines: Vec<_> = failure.text().unwrap().lines().collect();
    let again = format!("again: replay {}.json", case.id);
    assert_eq!(
        [lines[0], lines[1], lines[2], lines[3], lines[4]],
        [
            case.about.as_str(),
            "FRM-5: A version other than 0 is refused.",
            "expected: a refusal",
            "got: none",
            &again
        ]
    );
}

#[test]
fn a_suite_says_who_was_judged_when_and_how() {
    let mut report = report();
    (report.time, report.seed) = (1_700_000_000, 7);
    report.filters =
        serde_json::from_value(json!({"only": ["frame"], "skip": [], "req": [], "role": []})).unwrap();
    // A second peer of the same name, and what random programs came to.
    let mut second = report.parts[0].clone();
    second.number = Some(2);
    let programs: Programs = serde_json::from_value(json!({"selected": 9, "played": 5, "steps": 200, "ended": "out-of-time",
        "took_ms": 1500.0, "findings": [{"id": "program:client.open:CLI-8", "verdict": "fail", "requirement": "CLI-8",
            "expected": "e", "got": "g", "programs": 3, "first": 17, "steps": 4}]}))
    .unwrap();
    second.programs = Some(programs);
    report.parts.push(second);
    let text = document(&report);
    let document = Document::parse(&text).unwrap();
    valid(document.root_element());
    let suites: Vec<_> = document.root_element().children().filter(Node::is_element).collect();
    let [first, second] = suites.as_slice() else { panic!("{}", suites.len()) };
    assert_eq!(first.attribute("timestamp"), Some("2023-11-14T22:13:20"));
    let names = [first, second].map(|suite| suite.attribute("name").unwrap());
    assert_eq!(names[1], format!("{} (2)", names[0]));
    let property = |name: &str| {
        first
            .descendants()
            .find(|node| node.attribute("name") == Some(name))
            .and_then(|it| it.attribute("value"))
    };
    let part = &report.parts[0];
    assert_eq!(property("peer"), Some(part.client.as_str()));
    assert_eq!(property("profile"), Some(part.claims[0].profile.as_str()));
    assert_eq!([property("seed"), property("filters")], [Some("7"), Some("--only frame")]);
    let found =
        second.children().find(|node| node.attribute("name") == Some("program:client.open:CLI-8")).unwrap();
    let body = found.first_element_child().unwrap().text().unwrap();
    assert!(body.contains("replay 2-program-client.open-CLI-8.json"), "{body}");
    let all = second.children().find(|node| node.attribute("name") == Some("random programs")).unwrap();
    assert_eq!(all.attribute("time"), Some("1.500000"));
    assert!(all.first_element_child().unwrap().has_tag_name("skipped"), "not all of them were played");
}

#[test]
fn a_class_is_a_peer_and_an_area() {
    let mut report = report();
    report.parts[0].claims[0].name = "my.peer".into();
    let text = document(&report);
    let document = Document::parse(&text).unwrap();
    for (test, case) in tests(&document).iter().zip(&report.parts[0].cases) {
        assert_eq!(test.attribute("classname"), Some(format!("my_peer.{}", case.area).as_str()));
        assert_eq!(test.attribute("name"), Some(case.id.as_str()));
    }
}

/// Puts a text wherever a report of somebody else may have one.
fn with_everywhere(report: &mut Report, text: &str) {
    report.counterproof = text.into();
    let part = &mut report.parts[0];
    (part.client, part.server) = (text.into(), text.into());
    (part.claims[0].name, part.claims[0].version) = (text.into(), text.into());
    for case in &mut part.cases {
        (case.id, case.area, case.about) = (text.into(), text.into(), text.into());
        case.requirement = case.requirement.as_ref().map(|_| text.to_owned());
        case.expected = case.expected.as_ref().map(|_| text.to_owned());
        case.got = case.got.as_ref().map(|_| text.to_owned());
    }
    part.stale = serde_json::from_value(json!([{"entry": 1, "case": text, "why": text}])).unwrap();
}

proptest! {
    #[test]
    fn whatever_is_said_the_document_is_valid(text: String, plain in "[\\x00-\\x7f]{0,30}") {
        for text in [text, plain, "]]><a>&amp;\u{0}\u{FFFE}\u{85}\u{2028}\r\n\t".into()] {
            let mut report = report();
            with_everywhere(&mut report, &text);
            let written = document(&report);
            let document = Document::parse(&written).unwrap();
            valid(document.root_element());
            // What XML can say is said.
            if text.chars().all(|c| matches!(c, ' '..='~')) {
                prop_assert_eq!(tests(&document)[0].attribute("name"), Some(text.as_str()));
            }
        }
    }
}
