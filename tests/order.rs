//! The order of checks: what section 32 of `SPEC.md` says of each operation is what the reference does. All cases are
//! played against it in process, and for each question the checks that it made are compared with the operation's row:
//! their order, that none is missing and none too many, and what a refusal left behind.
//!
//! What is seen of a check: that it is met where `ensure` asks it, and that it refuses. Where nothing but a refusal shows
//! it, its place is known by what came before it: by the checks that were met already, and by those that must have been.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::LazyLock;

use cases::pairs::{not_asked, pairs, part_of, reason};
use channel::fault::{self, Check};
use harness::spec;
use harness::spec::order::{Place, Row};
use harness::suite;
use harness::trial::{Broken, Exchange, Peer};
use oracles::effects;
use peer::engine::Engine;
use serde_json::Value;
use zoo::coverage::{self, Known};

/// Operations whose first refusal is told in a result, or decides although more is looked at behind it.
const GOES_ON: [&str; 2] = ["client.answer", "client.dispatch"];

/// A check that is asked of one after the other until one meets it: it refuses where none does.
const ANY_OF: [(&str, &str, &str); 1] =
    [("client.deactivate", "PRT-4", "the activated account, the waiting one")];

/// Checks that the reference makes in an operation that never fail there, and why: the row doesn't name them.
const ALWAYS_MET: [(&str, &[&str], &str); 7] = [
    ("client.deactivate", &["CLI-5"], "shared with `open`: a locked account is deactivated, too"),
    ("server.generate_request", &["REQ-6"], "an empty key or text is a fault of the question (section 18)"),
    (
        "server.login_retrieve",
        &["REQ-12", "REQ-4", "PSH-5", "PSH-6", "REQ-11"],
        "LGN-4 asked them at the start",
    ),
    ("push.write", &["PSH-6"], "the index is its own: no control field to compare it with"),
    ("server.login_start", &["REQ-4", "PSH-6"], "the server chooses format and index itself"),
    ("server.single_create", &["STV-7"], "a single-device license has no Secure Channel"),
    ("server.single_reimport", &["STV-7"], "as above"),
];

/// How it is known which of two neighbours comes first, of which nothing shows that they are met.
enum By {
    /// Both can't be wrong at once.
    Nature,
    /// By a case with both defects.
    Case(&'static str),
}

const UNSEEN: [(&str, &str, By); 13] = [
    ("A2A-25", "A2A-27", By::Case("a2a-build-state-order")),
    ("AM1-6", "AM1-7", By::Case("order-policy-before-vector")),
    ("CLI-3", "AM2-6", By::Nature),
    ("CLI-3", "CLI-4", By::Nature),
    ("CLI-4", "CLI-6", By::Nature),
    ("CNV-3", "FRM-2", By::Nature),
    ("DEA-2", "DEA-3", By::Case("deactivation-order-channel-before-instance")),
    ("DEA-3", "NON-3", By::Case("deactivation-order-instance-before-counter")),
    ("FRM-6", "FRM-7", By::Nature),
    ("FRM-7", "FRM-8", By::Case("order-response-before-protection")),
    ("INF-3", "VER-3", By::Case("order-channel-before-instance")),
    ("LIF-12", "IMP-2", By::Case("import-order-serial-twice-before-serial")),
    ("SDL-17", "SDL-12", By::Case("single-activate-no-vector")),
];

/// What happened at one question: the checks, without repetition side by side, and by what it was refused.
type Run = (Vec<(&'static str, bool)>, Option<String>);

/// The reference, watched.
struct Watched {
    engine: Engine,
    seen: Seen,
}

impl Exchange for Watched {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let asked: Value = serde_json::from_slice(line).unwrap_or_default();
        let session = asked.get("session").and_then(Value::as_str);
        let before = effects::before(&mut self.engine, &asked);
        let (answer, checks) = fault::checks(|| self.engine.answer(line));
        let answered: Value = serde_json::from_slice(&answer).unwrap();
        let refused = answered.pointer("/refused/requirement").and_then(Value::as_str).map(str::to_owned);
        if let Some(op) = asked.get("op").and_then(Value::as_str).filter(|_| answered.get("fault").is_none())
        {
            let effect = match (&refused, session) {
                (Some(_), Some(session)) => {
                    effects::effect(&before, &effects::state(&mut self.engine, session))
                }
                (Some(_), None) => "free".to_owned(),
                _ => String::new(),
            };
            let mut run: Vec<_> = checks.iter().map(|Check { rule, holds }| (rule.id, *holds)).collect();
            run.dedup();
            self.seen.entry(op.to_owned()).or_default().entry((run, refused)).or_default().insert(effect);
        }
        Ok(answer)
    }
}

/// By operation: each different run, with what its refusal left behind.
type Seen = BTreeMap<String, BTreeMap<Run, BTreeSet<String>>>;

/// All cases, played once.
static PLAYED: LazyLock<Seen> = LazyLock::new(played);

fn played() -> Seen {
    let (engine, claims) = oracles::peer::hostile::reference();
    let mut watched = Watched { engine, seen: BTreeMap::new() };
    for case in &cases::all() {
        suite::run(case, vec![Peer { exchange: &mut watched, claims: &claims }], 0);
    }
    watched.seen
}

/// One operation's row, compared with what was seen of it.
struct Judge<'a> {
    op: &'a str,
    row: &'a Row,
    /// What is wrong, with the first run that shows it.
    wrong: BTreeMap<String, String>,
}

impl Judge<'_> {
    fn says(&mut self, words: String, shown: &str) {
        self.wrong.entry(format!("`{}`: {words}", self.op)).or_insert_with(|| shown.to_owned());
    }

    /// Each run fits the row.
    fn judge(&mut self, runs: &BTreeMap<Run, BTreeSet<String>>) {
        let always_met: BTreeSet<&str> = ALWAYS_MET
            .iter()
            .filter(|(op, ..)| *op == self.op)
            .flat_map(|(_, ids, _)| ids.iter().copied())
            .collect();
        let mut asked: BTreeSet<&str> = BTreeSet::new();
        let mut refused: BTreeSet<&str> = BTreeSet::new();
        let op = self.op;
        let goes_on = GOES_ON.contains(&op);
        let cut = |run: &Run| -> Vec<(&'static str, bool)> {
            let first = run.0.iter().position(|(_, holds)| !holds).map_or(run.0.len(), |at| at + 1);
            let end = if goes_on { first } else { run.0.len() };
            let mut checks: Vec<(&'static str, bool)> = run.0[..end].to_vec();
            for (_, any, _) in ANY_OF.iter().filter(|(other, ..)| *other == op) {
                let holds = checks.contains(&(*any, true));
                checks.iter_mut().filter(|(id, _)| id == any).for_each(|check| check.1 = holds);
                checks.dedup();
            }
            checks
        };
        // Asked whenever the operation is done: so they were asked, too, where one behind them refuses.
        let done = runs.keys().filter(|run| run.0.iter().all(|(_, holds)| *holds) && run.1.is_none());
        let done: Vec<BTreeSet<&str>> = done.map(|run| run.0.iter().map(|(id, _)| *id).collect()).collect();
        let must = done
            .iter()
            .cloned()
            .reduce(|all, run| all.intersection(&run).copied().collect())
            .unwrap_or_default();
        for (run, effects) in runs {
            let checks = cut(run);
            asked.extend(checks.iter().map(|(id, _)| *id));
            refused.extend(checks.iter().filter(|(_, holds)| !holds).map(|(id, _)| *id));
            let checks: Vec<_> = checks.into_iter().filter(|(id, _)| !always_met.contains(id)).collect();
            if let Some(words) = self.in_order(&checks, &must, run.1.as_deref()) {
                let mut shown = String::new();
                checks
                    .iter()
                    .for_each(|(id, holds)| write!(shown, " {id}{}", if *holds { "" } else { "!" }).unwrap());
                self.says(words, &shown);
            }
            if let Some(by) = &run.1 {
                let expected = effects::expected(self.row, by);
                for other in effects.iter().filter(|effect| !expected.contains(effect)) {
                    self.says(format!("{by} should be {}", expected.join(" or ")), other);
                }
            }
        }
        for id in &always_met {
            if self.row.names(id) || refused.contains(id) || !asked.contains(id) {
                self.says(format!("{id} is no check that is always met here"), "");
            }
        }
        for (_, id, among) in ANY_OF.iter().filter(|(other, ..)| *other == op) {
            let tried_again = |run: &Run| run.0.windows(2).any(|two| two == [(*id, false), (*id, true)]);
            if !runs.keys().any(tried_again) {
                self.says(format!("{id} is not tried for {among}"), "");
            }
        }
        let ids: BTreeSet<_> = self.row.places.iter().map(|place| place.ids.clone()).collect();
        for ids in ids {
            let is_asked = ids.iter().any(|id| asked.contains(id));
            if !is_asked && ids.iter().any(|id| not_asked(op, id).is_none()) {
                self.says(format!("{} isn't asked by a case", ids.join(" or ")), "");
            }
            for id in ids.iter().filter(|id| refused.contains(*id) && not_asked(op, id).is_some()) {
                self.says(format!("{id} refuses, and is said never to be asked"), "");
            }
        }
    }

    /// What is wrong with the order, if anything.
    fn in_order(&self, checks: &[(&str, bool)], must: &BTreeSet<&str>, by: Option<&str>) -> Option<String> {
        let mut at: BTreeSet<Option<usize>> = BTreeSet::from([None]);
        let mut met: BTreeSet<&str> = BTreeSet::new();
        let last = checks.len().wrapping_sub(1);
        for (number, (id, holds)) in checks.iter().enumerate() {
            if !self.row.names(id) {
                return Some(format!("{id} is not in its row"));
            }
            // Asked again what was met already: nothing new, unless the row asks it again.
            if *holds && met.contains(id) && self.row.asks_once(id) {
                continue;
            }
            let next: BTreeSet<_> = at.iter().flat_map(|from| self.row.after(*from, id)).map(Some).collect();
            if next.is_empty() {
                return Some(format!("{id} was asked after one that its row has behind it"));
            }
            at = next;
            if *holds {
                met.insert(id);
            } else if number != last {
                // Another one refuses in its place.
                let becomes = at.iter().flatten().find_map(|at| self.row.places[*at].becomes);
                let ends = number + 1 == last && checks[last] == (becomes.unwrap_or_default(), false);
                return if ends {
                    self.missing(checks, must, &at)
                } else {
                    Some(format!("{id} refused, and that was not the end"))
                };
            } else if by.is_some_and(|by| by != *id) {
                return Some(format!("{id} refused, and the answer says {by:?}"));
            } else {
                return self.missing(checks, must, &at);
            }
        }
        None
    }

    /// What is always asked, and stands before the place where it was refused, but was not asked.
    fn missing(
        &self,
        checks: &[(&str, bool)],
        must: &BTreeSet<&str>,
        at: &BTreeSet<Option<usize>>,
    ) -> Option<String> {
        let place = at.iter().flatten().min()?;
        let before = |id: &&&str| self.row.asks_once(id) && self.row.places_of(id).all(|at| at < *place);
        // Where one of two is asked, the other isn't.
        let asked = |id: &&&str| {
            let mut places = self.row.places_of(id).map(|at| &self.row.places[at].ids);
            places.any(|ids| checks.iter().any(|(seen, _)| ids.iter().any(|id| id == seen)))
        };
        let missing = must.iter().filter(before).find(|id| !asked(id))?;
        Some(format!("refused before it asked {missing}, which its row has first"))
    }
}

#[test]
fn every_operation_makes_its_checks_in_the_order_of_its_row() {
    let (rows, seen) = (spec::order::rows().unwrap(), &*PLAYED);
    let mut wrong = BTreeSet::new();
    for operation in spec::operations() {
        match rows.get(operation.name) {
            None => drop(wrong.insert(format!("`{}` has no row", operation.name))),
            Some(row) => {
                let mut judge = Judge { op: operation.name, row, wrong: BTreeMap::new() };
                judge.judge(seen.get(operation.name).unwrap_or(&BTreeMap::new()));
                wrong.extend(judge.wrong.into_iter().map(|(words, shown)| format!("{words}: {shown}")));
            }
        }
    }
    let names: BTreeSet<_> = spec::operations().iter().map(|operation| operation.name).collect();
    wrong.extend(
        rows.keys().filter(|name| !names.contains(*name)).map(|name| format!("`{name}` is no operation")),
    );
    for requirement in spec::requirements().iter().filter(|requirement| requirement.class.is_some()) {
        if !rows.values().any(|row| row.names(requirement.id)) {
            wrong.insert(format!("{} refuses, and is in no row", requirement.id));
        }
    }
    let lines: Vec<_> = wrong.into_iter().collect();
    assert!(
        lines.is_empty(),
        "{} differences between SPEC.md, section 32, and the reference:\n{}",
        lines.len(),
        lines.join("\n")
    );
}

#[test]
fn where_nothing_but_a_refusal_shows_two_neighbours_a_case_has_both_defects() {
    let (rows, seen) = (spec::order::rows().unwrap(), &*PLAYED);
    let ids: BTreeSet<String> = cases::all().into_iter().map(|case| case.id).collect();
    let mut open = BTreeSet::new();
    for (op, row) in &rows {
        let runs = seen.get(*op).into_iter().flat_map(|runs| runs.keys());
        let met: BTreeSet<&str> =
            runs.flat_map(|run| &run.0).filter(|(_, holds)| *holds).map(|(id, _)| *id).collect();
        let unseen =
            |place: &Place| place.ids.iter().all(|id| !met.contains(id) && not_asked(op, id).is_none());
        for pair in row.places.windows(2).filter(|pair| pair.iter().all(unseen) && pair[0].ids != pair[1].ids)
        {
            open.insert((pair[0].ids[0], pair[1].ids[0]));
        }
    }
    let listed: BTreeSet<_> = UNSEEN.iter().map(|(first, second, _)| (*first, *second)).collect();
    assert_eq!(open, listed);
    for (first, second, how) in UNSEEN {
        if let By::Case(id) = how {
            assert!(ids.contains(id), "{first}, {second}: no case {id}");
        }
    }
}

#[test]
fn a_row_is_read_as_it_is_written() {
    let row = |cell: &'static str| Row::of(cell, "").unwrap();
    let fits = |cell: &'static str, checks: &[(&str, bool)]| {
        let judge = Judge { op: "", row: &row(cell), wrong: BTreeMap::new() };
        judge.in_order(checks, &BTreeSet::from(["CLI-1"]), None).is_none()
    };
    let [first, again] = [("CLI-1", true), ("CLI-3", false)];
    assert!(fits("CLI-1, CLI-3", &[first, again]) && !fits("CLI-3, CLI-1", &[first, again]));
    assert!(!fits("CLI-1, CLI-3", &[again]), "CLI-1 is always asked");
    assert!(!fits("CLI-1", &[first, again]), "not in the row");
    assert!(fits("CLI-1, OTP-3 or OTP-4 of each, ALG-8; words", &[first, ("OTP-4", true), ("ALG-8", false)]));
    assert!(!fits("CLI-1, OTP-3 or OTP-4, ALG-8", &[first, ("ALG-8", true), ("OTP-4", false)]));
    let lines = [first, ("SDL-9", true), ("SDL-10", true), ("SDL-9", false)];
    assert!(
        fits("CLI-1, for each line (SDL-9 form, SDL-10)", &lines) && !fits("CLI-1, SDL-9, SDL-10", &lines)
    );
    let becomes = [first, ("SER-2", false), ("SDL-34", false)];
    assert!(fits("CLI-1, SER-2 as SDL-34, SDL-34", &becomes) && !fits("CLI-1, SER-2, SDL-34", &becomes));
    assert!(row("none").places.is_empty());
    assert_eq!(Row::of("none", "LGN-7, LGN-9 use up; VER-12 counts").unwrap().effects.len(), 3);
}

#[test]
fn each_rule_of_each_operation_and_each_pair_of_them_is_decided() {
    let asked = pairs().collect();
    let known = Known {
        asked: &asked,
        are_apart: |op, first, second| reason(op, first, second).is_some(),
        is_part: |first, second| part_of(first, second).is_some(),
        is_never: |op, rule| not_asked(op, rule).is_some(),
    };
    let seen = coverage::of(&cases::all()).unwrap();
    let missing = coverage::missing(&seen, &known).unwrap();
    assert!(missing.is_empty(), "{} undecided:\n{}", missing.len(), missing.join("\n"));
    // What is said not to be wrong at once is seen to be in no question.
    let pairs = seen.iter().flat_map(|(op, decided)| decided.pairs.iter().map(move |pair| (*op, *pair)));
    let rows = spec::order::rows().unwrap();
    let odd: Vec<_> = pairs
        .filter(|(op, pair)| rows[op].pairs().contains(pair) && not_asked(op, pair.1).is_none())
        .filter(|(op, pair)| reason(op, pair.0, pair.1).is_some())
        .collect();
    assert!(odd.is_empty(), "said to be apart, and both wrong in a question of a case: {odd:?}");
}
