//! Each limit of `SPEC.md` (a length, a count, a range, a time) is decided on both sides, by each operation that has it:
//! some case asks for the last that is allowed, and it is not refused for that; some case asks for the first that is
//! not, and it is. That is measured while the cases are played against the reference in process, from the questions
//! themselves and from what is known of their session: no case says of itself that it stands at a limit.
//!
//! What section 18 says of parameters is not here (`src/cases/limits.rs` reads it), nor the table of REQ-9
//! (`src/cases/displayed.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout
)] // a test fails by panicking

#[path = "limits/asked.rs"]
mod asked;
#[path = "limits/measures/mod.rs"]
mod measures;
#[path = "limits/no_limit.rs"]
mod no_limit;
#[path = "limits/table.rs"]
mod table;
#[path = "limits/untestable.rs"]
mod untestable;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use asked::{Asked, Past};
use channel::fault;
use harness::reply::refused_by;
use harness::spec;
use harness::spec::order::Row;
use harness::suite::{self, Verdict};
use harness::trial::{Broken, Exchange, Peer};
use no_limit::no_limit;
use oracles::peer::hostile::reference;
use peer::engine::Engine;
use serde_json::Value;
use table::{LIMITS, Limit};
use untestable::UNTESTABLE;

/// Operations that tell in a result what they refuse.
const TELLS: [&str; 2] = ["client.dispatch", "client.answer"];

/// Of a limit in an operation: the first case at it, and beyond it.
type Found = BTreeMap<(usize, &'static str), [Option<&'static str>; 2]>;

/// The reference, watched.
struct Watched {
    engine: Engine,
    rows: BTreeMap<&'static str, Row>,
    /// The limits of each operation.
    limits: BTreeMap<&'static str, Vec<usize>>,
    /// What was accepted of each session.
    past: HashMap<String, Past>,
    case: &'static str,
    found: Found,
}

impl Exchange for Watched {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let question: Value = serde_json::from_slice(line).unwrap_or_default();
        let text = |name: &str| question.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (op, session) = (text("op"), text("session"));
        let Some((op, row)) = self.rows.get_key_value(&*op) else { return Ok(self.engine.answer(line)) };
        let found = &mut self.found;
        let limits = self.limits.get(op).map_or(&[][..], Vec::as_slice);
        let is_open =
            |at: &&usize, found: &Found| found.get(&(**at, *op)).is_none_or(|sides| sides.contains(&None));
        let limits: Vec<usize> = limits.iter().filter(|at| is_open(at, found)).copied().collect();
        let before = (!limits.is_empty()).then(|| self.engine.fork(&session));
        let (answer, checks) = fault::checks(|| self.engine.answer(line));
        let answered: Value = serde_json::from_slice(&answer).unwrap();
        let first = checks.iter().find(|check| !check.holds).map(|check| check.rule.id);
        let by = refused_by(&answer).or(first.filter(|_| TELLS.contains(op)));
        let params = question.get("params").cloned().unwrap_or_default();
        let past = self.past.entry(session).or_default();
        if let Some(before) = before.filter(|_| answered.get("fault").is_none()) {
            let asked = Asked::new(op, &params, past, before, question.get("session"));
            for at in limits {
                let limit = &LIMITS[at];
                let side = match by {
                    Some(by) if limit.rules.contains(&by) => 1,
                    by if limit.is_met(row, by) => 0,
                    _ => continue,
                };
                let place = &mut found.entry((at, op)).or_default()[side];
                let wanted = [limit.last, limit.first][side];
                if place.is_none() && (limit.measure)(&asked).contains(&wanted) {
                    *place = Some(self.case);
                }
            }
        }
        if let Some(result) = answered.get("ok") {
            past.takes(op, params, result.clone());
        }
        Ok(answer)
    }
}

/// What the cases ask at each limit and beyond it.
fn played() -> (Found, BTreeMap<&'static str, Row>) {
    let rows = spec::order::rows().unwrap();
    let (engine, claims) = reference();
    let mut watched = Watched {
        engine,
        limits: rows
            .iter()
            .map(|(op, row)| (*op, (0..LIMITS.len()).filter(|at| LIMITS[*at].is_of(op, row)).collect()))
            .collect(),
        rows: rows.clone(),
        past: HashMap::new(),
        case: "",
        found: Found::new(),
    };
    for case in cases::all() {
        watched.case = case.id.clone().leak();
        let outcome = suite::run(&case, vec![Peer { exchange: &mut watched, claims: &claims }], 0);
        assert_ne!(outcome.verdict, Verdict::HarnessError, "{}: {:?}", outcome.id, outcome.failure);
    }
    (watched.found, rows)
}

/// A side of a limit in an operation, in words.
fn line_of(limit: &Limit, side: usize, op: &str) -> String {
    let value = [limit.last, limit.first][side];
    let word = ["last allowed", "first refused"][side];
    format!("{} {}, {word} {value}: {op}", limit.rules[0], limit.what)
}

#[test]
fn each_limit_is_decided_on_both_sides_by_each_operation_that_has_it_or_has_a_reason() {
    let (found, rows) = played();
    let (mut list, mut decided, mut wrong, mut used) = (String::new(), 0, Vec::new(), BTreeSet::new());
    for (at, limit) in LIMITS.iter().enumerate() {
        for op in rows.iter().filter(|(op, row)| limit.is_of(op, row)).map(|(op, _)| *op) {
            for (side, case) in found.get(&(at, op)).copied().unwrap_or_default().into_iter().enumerate() {
                let line = line_of(limit, side, op);
                let reason = UNTESTABLE.iter().find_map(|(of, lines, reason)| {
                    let begin = lines.iter().find(|begin| *of == op && line.starts_with(**begin))?;
                    Some((begin, reason))
                });
                used.extend(reason.map(|(begin, _)| (op, *begin)));
                match (case, reason) {
                    (Some(_), None) => decided += 1,
                    (None, Some(_)) => (),
                    (None, None) => wrong.push(format!("{line}: decided by no case")),
                    (Some(case), Some(_)) => wrong.push(format!("{line}: {case} does decide it")),
                }
                let told = case.or(reason.map(|(_, reason)| *reason)).unwrap_or_default();
                _ = writeln!(list, "{line}: {told}");
            }
        }
    }
    println!("{list}{decided} sides of limits are decided");
    for (op, lines, _) in UNTESTABLE {
        let unused = lines.iter().filter(|begin| !used.contains(&(*op, **begin)));
        wrong.extend(unused.map(|begin| format!("{op} has no limit that begins with {begin}")));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_requirement_that_names_a_number_and_refuses_has_its_limits_in_the_table_or_a_reason() {
    let mut missing = Vec::new();
    for line in include_str!("../SPEC.md").lines() {
        let Some((id, rest)) = line.strip_prefix("- **").and_then(|line| line.split_once("** (")) else {
            continue;
        };
        let Some((label, words)) = rest.split_once(") ") else { continue };
        let ids: Vec<&str> = spec::requirements().iter().map(|row| row.id).collect();
        let is_number = |word: &str| {
            let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            word.starts_with(|c: char| c.is_ascii_digit()) && !ids.contains(&word)
        };
        let has = label.contains("refuses") && words.split_whitespace().any(is_number);
        let is_there = LIMITS.iter().any(|limit| limit.rules.contains(&id));
        if has && !is_there && no_limit(id).is_none() {
            missing.push(format!("{id}: {words}"));
        }
        assert!(!(is_there && no_limit(id).is_some()), "{id} is in both tables");
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
