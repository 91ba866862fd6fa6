//! What the cases decide of the order of checks: measured while they are played on the reference, not claimed by them.
//!
//! For each rule of an operation's row, whether a question of that operation was refused by it, at once: with no look at
//! the session right before that could have brought it about; and whether the answer is another one as soon as its check
//! is left out: where nothing but a second defect hides behind it, a peer without the check answers the same. For each
//! pair of rules, whether a question was refused by the first that is refused by the second as soon as the check of the
//! first is left out: so both were violated, and the first won.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use channel::fault;
use harness::case::Case;
use harness::reply::refused_by;
use harness::spec::order::{self, Row};
use harness::suite::{self, Verdict};
use harness::trial::{Broken, Exchange, Peer};
use peer::engine::{self, Engine};
use peer::protocol::{self, Question};

/// Operations that only look.
const LOOKS: [&str; 6] = [
    "state",
    "server.login_status",
    "server.instance",
    "client.accounts",
    "client.login_identity",
    "client.single_status",
];

/// What was seen of an operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// The rules by which it refused.
    pub rules: BTreeSet<&'static str>,
    /// Those of them by which it refused without a look right before.
    pub at_once: BTreeSet<&'static str>,
    /// Those of them without whose check the answer was another one.
    pub alone: BTreeSet<&'static str>,
    /// Those of them whose check the reference can't leave out: without what it finds, nothing can go on.
    pub held: BTreeSet<&'static str>,
    /// Of questions that were to break the first: what they break besides, and what shows the same.
    pub masked: BTreeSet<(&'static str, &'static str)>,
    /// Two rules that were both violated, of which the first refused.
    pub pairs: BTreeSet<(&'static str, &'static str)>,
}

/// By operation.
pub type Coverage = BTreeMap<&'static str, Decided>;

/// Plays the cases on the reference. The error is a fault of the harness, in words.
pub fn of(cases: &[Case]) -> Result<Coverage, String> {
    let rows = order::rows()?;
    let mut drawn = 0u8;
    let engine = Engine::new(Box::new(move |bytes| {
        drawn = drawn.wrapping_add(1);
        bytes.fill(drawn);
    }));
    let mut watched = Watched {
        engine,
        rows: &rows,
        looked: HashSet::new(),
        aim: None,
        open: BTreeMap::new(),
        seen: Coverage::new(),
    };
    let claims = engine::claims();
    for case in cases {
        watched.aim = case.covers.first().copied().filter(|_| case.id.starts_with("pair-"));
        let outcome = suite::run(case, vec![Peer { exchange: &mut watched, claims: &claims }], 0);
        if outcome.verdict == Verdict::HarnessError {
            return Err(format!("{} stops as a fault of the harness, so it decides nothing", outcome.id));
        }
    }
    Ok(watched.seen)
}

/// What is known of the cases besides: what they ask by their making, and what can't be asked.
pub struct Known<'a> {
    /// The pairs that a case asks for, by operation: needed where a check can't be left out.
    pub asked: &'a BTreeSet<(&'static str, (&'static str, &'static str))>,
    /// Whether two can't be wrong at once.
    pub are_apart: fn(&str, &str, &str) -> bool,
    /// Whether whatever violates the first violates the second as well, which shows the same.
    pub is_part: fn(&str, &str) -> bool,
    /// Whether a rule of an operation's row is never decided there.
    pub is_never: fn(&str, &str) -> bool,
}

/// What no case decides: each rule of each operation, each pair, a line each.
pub fn missing(seen: &Coverage, known: &Known<'_>) -> Result<Vec<String>, String> {
    let (mut lines, none) = (Vec::new(), Decided::default());
    for (op, row) in &order::rows()? {
        let decided = seen.get(op).unwrap_or(&none);
        for rule in row.rules().into_iter().filter(|rule| !(known.is_never)(op, rule)) {
            if !decided.rules.contains(rule) {
                lines.push(format!("{op}: {rule} is decided by no case"));
            } else if !decided.at_once.contains(rule) {
                lines.push(format!("{op}: {rule} is decided behind a look at the session alone"));
            } else if !decided.alone.contains(rule)
                && !decided.held.contains(rule)
                && !decided
                    .masked
                    .iter()
                    .any(|(first, second)| *first == rule && (known.is_part)(first, second))
            {
                lines.push(format!("{op}: no case would notice that {rule} is not asked"));
            }
        }
        let masked = decided.masked.iter().filter(|(first, second)| !(known.is_part)(first, second));
        lines.extend(masked.map(|(first, second)| {
            format!("{op}: a question that is to break {first} breaks {second} as well, which shows the same")
        }));
        let open = row.pairs().into_iter().filter(|pair| {
            let is_asked = decided.pairs.contains(pair) || known.asked.contains(&(*op, *pair));
            !is_asked && !(known.are_apart)(op, pair.0, pair.1)
        });
        lines.extend(
            open.map(|(first, second)| format!("{op}: {first} before {second} is decided by no case")),
        );
    }
    Ok(lines)
}

/// The reference, of which each refusal is tried again with its check left out.
struct Watched<'a> {
    engine: Engine,
    rows: &'a BTreeMap<&'static str, Row>,
    /// Sessions of which the last question was a look.
    looked: HashSet<String>,
    /// The rule that the case is to break, where it is one of two defects.
    aim: Option<&'static str>,
    /// The pairs of an operation that nothing has decided yet.
    open: BTreeMap<&'static str, BTreeSet<(&'static str, &'static str)>>,
    seen: Coverage,
}

impl Exchange for Watched<'_> {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let Ok(asked) = protocol::read::<Question<'_>>(line) else { return Ok(self.engine.answer(line)) };
        let session = asked.session.as_deref().unwrap_or_default();
        let before = self.engine.fork(session);
        let (answer, by) = decided_by(&mut self.engine, &asked.op, line);
        let row = self.rows.get_key_value(&*asked.op);
        if let Some(((op, row), by)) = row.zip(by) {
            let decided = self.seen.entry(op).or_default();
            decided.rules.insert(by);
            if !self.looked.contains(session) {
                decided.at_once.insert(by);
            }
            let open = self.open.entry(op).or_insert_with(|| row.pairs());
            let is_aim = self.aim == Some(by);
            if is_aim || !decided.alone.contains(by) || open.iter().any(|pair| pair.0 == by) {
                let mut without = before;
                let (_, then) = fault::with(by, || decided_by(&mut without, &asked.op, line));
                match then {
                    Some(then) if then == by => _ = decided.held.insert(by),
                    Some(then) if row.shows(then) == row.shows(by) => {
                        decided.masked.extend(is_aim.then_some((by, then)));
                    }
                    _ => _ = decided.alone.insert(by),
                }
                if let Some(then) = then {
                    open.remove(&(by, then));
                    decided.pairs.insert((by, then));
                }
            }
        }
        match LOOKS.contains(&&*asked.op) {
            true => self.looked.insert(session.to_owned()),
            false => self.looked.remove(session),
        };
        Ok(answer)
    }
}

/// Operations that tell in a result what they refuse.
const TELLS: [&str; 2] = ["client.dispatch", "client.answer"];

/// The answer, and the requirement by which it refuses, if it does.
fn decided_by(engine: &mut Engine, op: &str, line: &[u8]) -> (Vec<u8>, Option<&'static str>) {
    let (answer, checks) = fault::checks(|| engine.answer(line));
    let first = checks.iter().find(|check| !check.holds).map(|check| check.rule.id);
    let by = refused_by(&answer).or(first.filter(|_| TELLS.contains(&op)));
    (answer, by)
}
