//! The table of attackers in SPEC section 33 and the cases that play them are the same, cell by cell, and each case tells
//! its story.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::collections::{BTreeMap, BTreeSet};

use harness::attack::{ATTACKER, BANK, PHONE};
use harness::case::{Case, Role};
use harness::cell::{Attacker, Cell, Goal};
use harness::suite;
use harness::trial::Peer;
use peer::engine::{self, Engine};

const TEXT: &str = include_str!("../SPEC.md");

fn section() -> &'static str {
    TEXT.split("\n## ").find(|part| part.starts_with("33. ")).unwrap()
}

/// The cells of a row of a table.
fn columns(line: &'static str) -> Option<Vec<&'static str>> {
    Some(line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect())
}

/// What each cell of the table names: requirements, and notes on what is not met.
fn table() -> BTreeMap<Cell, BTreeSet<&'static str>> {
    let mut rows = section().lines().filter_map(columns).skip_while(|row| row[0] != "goal");
    let attackers: Vec<_> = rows.next().unwrap().split_off(1);
    assert_eq!(attackers, Attacker::ALL.map(Attacker::word));
    let mut goals = Vec::new();
    let mut table = BTreeMap::new();
    for row in rows.by_ref().take_while(|row| row[0].starts_with("**")) {
        let word = row[0].strip_prefix("**").unwrap().split_once("**: ").unwrap().0;
        goals.push(word);
        let goal = Goal::ALL[goals.len() - 1];
        assert_eq!(row.len(), 1 + Attacker::ALL.len(), "{word}");
        for (attacker, cell) in Attacker::ALL.into_iter().zip(&row[1..]) {
            let named = cell.split(", ").filter(|item| !["·", "as reader"].contains(item)).collect();
            table.insert(Cell { goal, attacker }, named);
        }
    }
    assert_eq!(goals, Goal::ALL.map(Goal::word));
    table
}

fn is_note(item: &str) -> bool {
    item.strip_prefix('n').is_some_and(|number| number.parse::<u8>().is_ok())
}

/// Cases with an attacker.
fn attacks() -> Vec<Case> {
    let cases = cases::all().into_iter().filter(|case| case.id.starts_with("attack-") || case.cell.is_some());
    cases.collect()
}

#[test]
fn each_cell_that_holds_is_decided_by_cases_and_each_case_plays_such_a_cell() {
    let mut decided: BTreeMap<Cell, BTreeSet<&str>> = BTreeMap::new();
    for case in attacks() {
        let cell = case.cell.unwrap_or_else(|| panic!("{} plays no cell", case.id));
        assert!(case.id.starts_with(&format!("attack-{}-", cell.attacker.word())), "{}", case.id);
        assert_eq!(case.role, Role::Both, "{}", case.id);
        decided.entry(cell).or_default().extend(&case.covers);
    }
    let table = table();
    let holds = |named: &BTreeSet<&'static str>| -> BTreeSet<&str> {
        named.iter().copied().filter(|item| !is_note(item)).collect()
    };
    for (cell, named) in &table {
        let decided = decided.get(cell).cloned().unwrap_or_default();
        assert_eq!(
            holds(named),
            decided,
            "{} × {}: SPEC.md, and its cases",
            cell.goal.word(),
            cell.attacker.word()
        );
    }
    let holding = table.values().filter(|named| !holds(named).is_empty()).count();
    assert!(holding >= 25, "{holding} cells hold");
}

#[test]
fn what_is_not_met_says_why() {
    let reasons: BTreeSet<_> = section()
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**: "))
        .inspect(|(note, reason)| assert!(reason.len() > 40, "{note}"))
        .map(|(note, _)| note)
        .collect();
    let named: BTreeSet<_> = table().into_values().flatten().filter(|item| is_note(item)).collect();
    assert_eq!(named, reasons);
}

#[test]
fn every_case_tells_what_the_attacker_does_to_whom() {
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(7)));
    for case in attacks() {
        let outcome = suite::run(&case, vec![Peer { exchange: &mut engine, claims: &engine::claims() }], 0);
        let trace = outcome.trace;
        assert!(trace.iter().any(|turn| turn.by == ATTACKER && turn.to.is_none()), "{}", case.id);
        assert!(trace.iter().any(|turn| turn.to.as_deref() == Some(BANK)), "{}", case.id);
        assert!(trace.iter().any(|turn| turn.to.as_deref() == Some(PHONE)), "{}", case.id);
        assert!(trace.iter().all(|turn| turn.to.is_none() == turn.answer.is_none()), "{}", case.id);
    }
}
