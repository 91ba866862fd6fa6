//! What an accepted operation changes: what section 34 of `SPEC.md` says of each operation is what the reference does. All
//! cases are played against it in process; for each question that it accepted, counters and digest are looked at before
//! and after.
//!
//! And that the cases could tell: each counter was other than 0 when each operation was accepted, so that an operation
//! that should set it to 0, or should leave it, is seen to.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::collections::{BTreeMap, BTreeSet};

use channel::serial::Serial;
use channel::text::hex;
use harness::spec;
use harness::suite;
use harness::trial::{Broken, Exchange, Peer};
use peer::engine::Engine;
use serde_json::{Value, json};

const TEXT: &str = include_str!("../SPEC.md");

/// The counters of each kind of session (section 18).
const COUNTERS: [(&str, &[&str]); 4] = [
    ("client.single_", &["password_failures"]),
    ("server.single_", &["signature_failures"]),
    ("client.", &["pin_failures", "unlock_failures"]),
    ("server.", &["code_failures", "signature_failures", "login_failures"]),
];

/// The reference, watched.
struct Watched {
    engine: Engine,
    /// By session: the account of the message on display.
    opened: BTreeMap<String, String>,
    seen: BTreeMap<String, Seen>,
}

/// What was seen of an operation.
#[derive(Default)]
struct Seen {
    /// By counter, its own or another one: what became of it.
    counters: BTreeMap<(String, Whose), BTreeSet<String>>,
    /// Whether the digest was another one afterwards.
    digest: BTreeSet<bool>,
}

/// Whose counter it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// Of the account, instance or session that the operation acts on.
    Its,
    /// Of a sibling, another account, another login.
    Other,
}

impl Watched {
    fn state(&mut self, session: &str) -> Option<Value> {
        let line = json!({"seq": 0, "op": "state", "session": session, "params": {}}).to_string();
        serde_json::from_slice::<Value>(&self.engine.answer(line.as_bytes())).unwrap().get("ok").cloned()
    }

    /// The part of a counter's name behind the stroke that the question acts on.
    fn acts_on(&self, session: &str, asked: &Value, result: &Value) -> Vec<String> {
        let text = |value: &Value, member: &str| value.get(member).and_then(Value::as_str).map(str::to_owned);
        let number = |value: &Value| value.get("sequence").and_then(Value::as_u64);
        let message = text(asked, "message").and_then(|message| hex::decode(&message).ok());
        let five = message.and_then(|frame| frame.get(2..7).and_then(|five| five.try_into().ok()));
        let serial =
            five.and_then(|five: [u8; 5]| Serial::from_bytes(five).ok()).map(|serial| serial.to_string());
        let sequence = number(asked).or_else(|| number(result)).map(|sequence| format!("{sequence:02}"));
        let key = text(asked, "challenge_key").or_else(|| text(result, "challenge_key"));
        [text(asked, "serial"), serial, self.opened.get(session).cloned(), sequence]
            .into_iter()
            .chain([key.map(|key| key.to_ascii_uppercase())])
            .flatten()
            .collect()
    }
}

impl Exchange for Watched {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let asked: Value = serde_json::from_slice(line).unwrap_or_default();
        let session = asked.get("session").and_then(Value::as_str).unwrap_or_default().to_owned();
        let before = self.state(&session);
        let answer = self.engine.answer(line);
        let answered: Value = serde_json::from_slice(&answer).unwrap();
        let (Some(op), Some(result)) = (asked.get("op").and_then(Value::as_str), answered.get("ok")) else {
            return Ok(answer);
        };
        let params = asked.get("params").cloned().unwrap_or_default();
        let acts_on = self.acts_on(&session, &params, result);
        if let Some(shown) =
            [result.get("serial"), result.pointer("/opened/serial")].into_iter().flatten().next()
        {
            self.opened.insert(session.clone(), shown.as_str().unwrap_or_default().to_owned());
        }
        if !session.is_empty() {
            let after = self.state(&session);
            let seen = self.seen.entry(op.to_owned()).or_default();
            seen.add(before.as_ref(), after.as_ref(), &acts_on);
        }
        Ok(answer)
    }
}

impl Seen {
    fn add(&mut self, before: Option<&Value>, after: Option<&Value>, acts_on: &[String]) {
        let digest = |state: Option<&Value>| state.and_then(|state| state.get("digest").cloned());
        if before.is_some() {
            self.digest.insert(digest(before) != digest(after));
        }
        let counters = |state: Option<&Value>| -> BTreeMap<String, u64> {
            state.map(|state| serde_json::from_value(state["counters"].clone()).unwrap()).unwrap_or_default()
        };
        let (old, new) = (counters(before), counters(after));
        let names: BTreeSet<_> = old.keys().chain(new.keys()).cloned().collect();
        for name in names {
            let what = match (old.get(&name), new.get(&name)) {
                (Some(0), Some(0)) => continue,
                (Some(was), Some(is)) if was == is => "left".to_owned(),
                (Some(_), Some(0)) => "0".to_owned(),
                (Some(_), None) => "gone".to_owned(),
                (None, Some(0)) => "new".to_owned(),
                (None, Some(_)) => "brought".to_owned(),
                (_, Some(_)) => "another".to_owned(),
                (None, None) => continue,
            };
            let (kind, whose) = match name.split_once('/') {
                Some((kind, who)) if !acts_on.iter().any(|it| it == who) => (kind, Whose::Other),
                Some((kind, _)) => (kind, Whose::Its),
                None => (&*name, Whose::Its),
            };
            self.counters.entry((kind.to_owned(), whose)).or_default().insert(what);
        }
    }
}

fn played() -> BTreeMap<String, Seen> {
    let (engine, claims) = oracles::peer::hostile::reference();
    let mut watched = Watched { engine, opened: BTreeMap::new(), seen: BTreeMap::new() };
    for case in &cases::all() {
        suite::run(case, vec![Peer { exchange: &mut watched, claims: &claims }], 0);
    }
    watched.seen
}

/// What becomes of each counter, of those that an operation acts on and of the others.
#[derive(Default)]
struct Row {
    counters: BTreeMap<(String, Whose), BTreeSet<String>>,
    digest: String,
    /// It makes its session.
    makes: bool,
}

/// The rows of section 34, by operation.
fn rows() -> BTreeMap<String, Row> {
    let section =
        TEXT.split("\n## ").find(|part| part.starts_with("34. What an accepted")).expect("section 34");
    let mut rows = BTreeMap::new();
    for line in section.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split(" |").map(str::trim).collect();
        let [names, counters, digest, changes, leaves] = cells[..] else { panic!("{line}") };
        assert!(digest != "stays" || changes.is_empty(), "stays, and changes something: {line}");
        for word in
            format!("{counters} {changes} {leaves}").split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        {
            let is_id = word.split_once('-').is_some_and(|(area, n)| {
                area.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                    && n.bytes().all(|b| b.is_ascii_digit())
            });
            assert!(!is_id || spec::find(word).is_some(), "{word} is no requirement");
        }
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            let row =
                Row { counters: effects(counters), digest: digest.to_owned(), makes: counters == "new" };
            assert!(rows.insert(name.to_owned(), row).is_none(), "two rows for {name}");
        }
    }
    rows
}

/// The clauses of a cell. What stands behind a colon is for people.
fn effects(cell: &str) -> BTreeMap<(String, Whose), BTreeSet<String>> {
    let mut effects = BTreeMap::new();
    for clause in cell.split(';').map(str::trim).filter(|clause| clause.contains('`')) {
        let (each, clause) = match clause.strip_prefix("each ") {
            Some(rest) => (true, rest),
            None => (false, clause),
        };
        let (name, words) = clause.trim_start_matches('`').split_once('`').expect(clause);
        let words = words.split(':').next().unwrap().trim();
        let words: BTreeSet<String> = words.split(" or ").map(str::to_owned).collect();
        effects.insert((name.to_owned(), Whose::Its), words.clone());
        if each {
            effects.insert((name.to_owned(), Whose::Other), words);
        }
    }
    effects
}

/// The counters of this operation's session.
fn counters_of(op: &str) -> &'static [&'static str] {
    COUNTERS.iter().find(|(prefix, _)| op.starts_with(prefix)).map_or(&[], |(_, names)| names)
}

/// What is wrong with what was seen of an operation.
fn judge(op: &str, row: &Row, seen: &Seen) -> Vec<String> {
    if row.makes {
        return judge_new(op, seen);
    }
    let mut wrong = Vec::new();
    let left = BTreeSet::from(["left".to_owned()]);
    for ((counter, whose), words) in &seen.counters {
        let mut must = row.counters.get(&(counter.clone(), *whose)).unwrap_or(&left).clone();
        if op.starts_with("server.login_") && *whose == Whose::Other {
            must.insert("gone".to_owned()); // by the clock
        }
        if must.contains("kept's") {
            must.extend(["0", "left", "another"].map(str::to_owned));
        }
        let other: Vec<_> = words.difference(&must).collect();
        if !other.is_empty() {
            wrong.push(format!("`{op}`: {whose:?} {counter} is {other:?}, not {must:?}"));
        }
    }
    for ((counter, whose), must) in row.counters.iter().filter(|((_, whose), _)| *whose == Whose::Its) {
        let both = [Whose::Its, Whose::Other].map(|whose| seen.counters.get(&(counter.clone(), whose)));
        let words: BTreeSet<_> = both.into_iter().flatten().flatten().collect();
        let missing: Vec<_> = must.iter().filter(|word| *word != "kept's" && !words.contains(word)).collect();
        if !missing.is_empty() {
            wrong.push(format!("`{op}`: no case in which {whose:?} {counter} is {missing:?}"));
        }
    }
    // That it is left, or becomes 0, shows where it was something else.
    for counter in counters_of(op) {
        let both = [Whose::Its, Whose::Other].map(|whose| seen.counters.get(&((*counter).to_owned(), whose)));
        let was_there = both.into_iter().flatten().flatten().any(|word| word != "new");
        if !was_there {
            wrong.push(format!("`{op}`: {counter} is 0 whenever a case has it accepted"));
        }
    }
    let digest = match (seen.digest.contains(&true), seen.digest.contains(&false)) {
        (true, false) => "changes",
        (true, true) => "may",
        (false, true) => "stays",
        (false, false) => "is never seen on both sides",
    };
    if digest != row.digest {
        wrong.push(format!("`{op}`: the digest {digest}, not {}", row.digest));
    }
    wrong
}

/// The same of one that makes its session: there was none before, and its counters are 0, unless they were brought.
fn judge_new(op: &str, seen: &Seen) -> Vec<String> {
    let may: &[&str] = if op.ends_with("load") { &["new", "brought"] } else { &["new"] };
    let other = |words: &BTreeSet<String>| words.iter().any(|word| !may.contains(&&**word));
    let counters = seen.counters.iter().filter(|(_, words)| other(words));
    let mut wrong: Vec<_> = counters
        .map(|((counter, _), words)| format!("`{op}`: {counter} is {words:?}, not {may:?}"))
        .collect();
    if !seen.digest.is_empty() {
        wrong.push(format!("`{op}`: there was such a session before"));
    }
    wrong
}

#[test]
fn every_operation_has_the_effects_of_its_row_and_cases_that_show_them() {
    let (rows, seen) = (rows(), played());
    let mut wrong = Vec::new();
    let of_sessions = || spec::operations().iter().filter(|operation| !is_without_effect(operation.name));
    for operation in of_sessions() {
        match (rows.get(operation.name), seen.get(operation.name)) {
            (None, _) => wrong.push(format!("`{}` has no row", operation.name)),
            (_, None) => wrong.push(format!("`{}` is never accepted", operation.name)),
            (Some(row), Some(seen)) => wrong.extend(judge(operation.name, row, seen)),
        }
    }
    let known: BTreeSet<_> = of_sessions().map(|operation| operation.name).collect();
    wrong.extend(
        rows.keys().filter(|name| !known.contains(name.as_str())).map(|name| format!("`{name}` is none")),
    );
    assert!(
        wrong.is_empty(),
        "{} differences between SPEC.md, section 34, and the reference:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Section 34 has no row for it.
fn is_without_effect(name: &str) -> bool {
    peer::engine::is_without_session(name) || ["state", "drop"].contains(&name)
}

#[test]
fn a_cell_is_read_as_it_is_written() {
    let read = effects("`a_failures` 0 or left: 0 where (X-1), left elsewhere; each `b_failures` gone");
    let words =
        |name: &str, whose| read.get(&(name.to_owned(), whose)).map(|words| words.iter().cloned().collect());
    assert_eq!(words("a_failures", Whose::Its), Some(vec!["0".to_owned(), "left".to_owned()]));
    assert_eq!(words("a_failures", Whose::Other), None);
    assert_eq!(words("b_failures", Whose::Other), Some(vec!["gone".to_owned()]));
    assert!(effects("none").is_empty() && effects("new").is_empty());
}
