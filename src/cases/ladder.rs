//! The ladder: what a peer that isn't done can play already, and which operation most of the rest waits for.
//!
//! Nothing here is a list kept by hand. The operations are those of the [`engine`]'s table, in its order; what a case needs
//! is what it is seen to ask of the reference. It is followed until it has asked for two operations that the peer lacks: to
//! play every case to its end would take as long as a run.
//!
//! ```text
//! protocol → primitives → frame → formats → client → server → other → both roles with each other → state
//! ```

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use harness::case::Case;
use harness::suite;
use harness::trial::{Broken, Exchange, Peer};
use peer::engine;
use peer::operations::{HelloResult, is_optional};
use peer::protocol::{self, Answer, Question};

/// The operation that every profile may lack (SPEC section 18): cases look closer where it is there, and none needs it.
const STATE: &str = "state";

/// A part of the ladder, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The loop, `hello`, faults, `unsupported`, sessions: what each profile has.
    Protocol,
    /// One formula each.
    Primitives,
    /// The frame, and what protects it.
    Frame,
    /// What rests: message vector, license file, BLOB.
    Formats,
    /// The client.
    Client,
    /// The server.
    Server,
    /// Operations of no role that this ladder knows.
    Other,
    /// No operation of its own: both roles talk to each other.
    Both,
    /// What makes a refusal that changes something visible.
    State,
}

impl Stage {
    /// The stage that an operation belongs to, told by its name.
    pub fn of(operation: &str) -> Self {
        match operation.split_once('.') {
            None if operation == STATE => Stage::State,
            None => Stage::Protocol,
            Some(("primitive", _)) => Stage::Primitives,
            Some(("frame", _)) => Stage::Frame,
            Some(("message_vector" | "license_file" | "blob" | "push" | "app2app" | "qr", _)) => {
                Stage::Formats
            }
            Some(("client", _)) => Stage::Client,
            Some(("server", _)) => Stage::Server,
            Some(_) => Stage::Other,
        }
    }

    /// Its heading.
    pub fn words(self) -> &'static str {
        match self {
            Stage::Protocol => "speaks the protocol",
            Stage::Primitives => "primitives",
            Stage::Frame => "frame",
            Stage::Formats => "formats",
            Stage::Client => "client",
            Stage::Server => "server",
            Stage::Other => "other operations",
            Stage::Both => "both roles",
            Stage::State => "state",
        }
    }
}

/// A step of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The part of the ladder it stands in.
    pub stage: Stage,
    /// What is to be built here; nothing at [`Stage::Both`].
    pub operations: Vec<&'static str>,
    /// The cases that the peer can play, for which this is the first rung with all they need: places in the list of all.
    pub cases: Vec<usize>,
}

/// What a case asks of a peer, as far as it was followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Without one of these the case can't be played to its end.
    pub operations: BTreeSet<&'static str>,
    /// Those of them that the peer lacks, in the order in which they are asked; where there are two, there may be more.
    pub lacks: Vec<&'static str>,
    /// It looks at the state where there is one.
    pub looks_at_state: bool,
}

/// An operation that the peer lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Its name.
    pub operation: &'static str,
    /// The cases that can't go on without it.
    pub waits: Vec<usize>,
    /// Those of them that wait for nothing else.
    pub opens: Vec<usize>,
}

/// All rungs, lowest first.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// Every operation of the table is on one of them, and every case that the peer can play.
    pub rungs: Vec<Rung>,
    /// What each case needs, in the order of the cases.
    pub needs: Vec<Needs>,
}

impl Ladder {
    /// The ladder of these cases, for a peer with these operations. The cases are played against the reference.
    pub fn new(cases: &[Case], operations: &[String]) -> Self {
        let reference = engine::claims();
        let needs: Vec<Needs> = cases.iter().map(|case| follow(case, operations, &reference)).collect();
        let mut rungs = rungs();
        for (index, needs) in needs.iter().enumerate().filter(|(_, needs)| needs.lacks.is_empty()) {
            let at = place(&rungs, needs);
            if let Some(rung) = rungs.get_mut(at) {
                rung.cases.push(index);
            }
        }
        Self { rungs, needs }
    }

    /// The operation that most of the cases which `counts` names wait for; those that it opens weigh twice. Of equals the
    /// first in the table; an optional one only where nothing else is lacking.
    pub fn next(&self, counts: impl Fn(usize) -> bool) -> Option<Next> {
        let mut lacking: BTreeMap<&'static str, Next> = BTreeMap::new();
        for (index, needs) in self.needs.iter().enumerate().filter(|(index, _)| counts(*index)) {
            let Some(operation) = needs.lacks.first().copied() else { continue };
            let next = Next { operation, waits: Vec::new(), opens: Vec::new() };
            let next = lacking.entry(operation).or_insert(next);
            next.waits.push(index);
            if needs.lacks.len() == 1 {
                next.opens.push(index);
            }
        }
        let place = |name: &str| engine::operation_names().position(|other| other == name);
        lacking.into_values().max_by_key(|next| {
            let weight = next.waits.len() + next.opens.len();
            (!is_optional(next.operation), weight, Reverse(place(next.operation)))
        })
    }

    /// How many of the cases that the peer can play look at the state.
    pub fn looking_at_state(&self) -> usize {
        self.needs.iter().filter(|needs| needs.lacks.is_empty() && needs.looks_at_state).count()
    }
}

/// What a case asks of a peer with these operations.
fn follow(case: &Case, operations: &[String], reference: &HelloResult) -> Needs {
    let mut echo = Echo { operations, needs: Needs::default() };
    suite::run(case, vec![Peer { exchange: &mut echo, claims: reference }], 0);
    echo.needs
}

/// Answers as the reference did, notes what was asked, and breaks the case off where two operations are lacking.
struct Echo<'a> {
    operations: &'a [String],
    needs: Needs,
}

impl Exchange for Echo<'_> {
    fn exchange(&mut self, _question: &[u8]) -> Result<Vec<u8>, Broken> {
        Err(Broken::Crash("nothing to repeat".into()))
    }

    fn exchange_beside(&mut self, question: &[u8], reference: &[u8]) -> Result<Vec<u8>, Broken> {
        match asked(question) {
            Some(STATE) => self.needs.looks_at_state = true,
            // What was a fault asked nothing of the operation.
            Some(name) if is_answered(reference) => {
                self.needs.operations.insert(name);
                let has = self.operations.iter().any(|has| has == name);
                if !has && !self.needs.lacks.contains(&name) {
                    self.needs.lacks.push(name);
                }
            }
            _ => {}
        }
        match self.needs.lacks.as_slice() {
            [] | [_] => Ok(reference.to_vec()),
            lacks => Err(Broken::Crash(format!("without {}", lacks.join(" and ")))),
        }
    }
}

fn is_answered(line: &[u8]) -> bool {
    Answer::read(line).is_ok_and(|answer| answer.ok.is_some() || answer.refused.is_some())
}

/// The name in the table of the operation that a line asks for.
fn asked(line: &[u8]) -> Option<&'static str> {
    let question: Question<'_> = protocol::read(line).ok()?;
    engine::operation_names().find(|name| *name == question.op)
}

/// One rung for the whole protocol, one per operation above, one where the roles meet; no cases yet.
fn rungs() -> Vec<Rung> {
    let rung = |stage, operations| Rung { stage, operations, cases: Vec::new() };
    let (protocol, others): (Vec<_>, Vec<_>) =
        engine::operation_names().partition(|name| Stage::of(name) == Stage::Protocol);
    let mut rungs = vec![rung(Stage::Protocol, protocol), rung(Stage::Both, Vec::new())];
    rungs.extend(others.into_iter().map(|name| rung(Stage::of(name), vec![name])));
    rungs.sort_by_key(|rung| rung.stage);
    rungs
}

/// The first rung at which all that a case needs is there; for both roles the one where they meet.
fn place(rungs: &[Rung], needs: &Needs) -> usize {
    let stands = |rung: &Rung| rung.operations.iter().any(|name| needs.operations.contains(name));
    let highest = rungs.iter().rposition(stands).unwrap_or_default();
    let has = |stage| needs.operations.iter().any(|name| Stage::of(name) == stage);
    let meet = rungs.iter().position(|rung| rung.stage == Stage::Both).unwrap_or_default();
    if has(Stage::Client) && has(Stage::Server) { highest.max(meet) } else { highest }
}
