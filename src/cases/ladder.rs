//! The ladder: in which order a peer is built, and which cases wait for what.
//!
//! Nothing here is a list kept by hand. The operations are those of the [`engine`]'s table; what a case needs is
//! what it is seen to ask of the reference; the order within a role is the order in which the cases get there.
//!
//! ```text
//! protocol → primitives → frame → formats → client → server → other → both roles with each other → state
//! ```

use std::collections::{BTreeMap, BTreeSet};

use harness::case::Case;
use harness::suite::{self, Outcome};
use harness::trial::{Broken, Exchange, Peer, Reply, Step, question, reply};
use peer::engine::{self, Engine};
use peer::operations::{Hello, HelloResult};
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
    /// The client, in the order of the flow.
    Client,
    /// The server, in the order of the flow.
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
    /// The cases for which this is the first rung with all they need, as places in the list of all.
    pub cases: Vec<usize>,
}

/// What a case asks of a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Without one of these the case can't be played to its end.
    pub operations: BTreeSet<&'static str>,
    /// It looks at the state where there is one.
    pub looks_at_state: bool,
}

/// All rungs, lowest first.
#[derive(Clone, Debug)]
pub struct Ladder {
    /// Every operation of the table is on one of them, and every case.
    pub rungs: Vec<Rung>,
    /// What each case needs, in the order of the cases.
    pub needs: Vec<Needs>,
}

impl Ladder {
    /// The ladder of these cases. Plays each of them against the reference, to see what it asks; the error is
    /// a fault of the harness, in words.
    pub fn new(cases: &[Case]) -> Result<Self, String> {
        let reference = Reference::new()?;
        let mut depths = Depths::new();
        let mut needs = Vec::with_capacity(cases.len());
        for case in cases {
            let asked: Vec<_> = reference.play(case).steps.iter().filter_map(asked).collect();
            if !takes_apart(case) {
                note_depths(&mut depths, &asked);
            }
            let looks_at_state = asked.iter().any(|(name, _)| *name == STATE);
            let answered = asked.iter().filter(|(_, end)| *end != End::Fault).map(|(name, _)| *name);
            let operations = answered.filter(|name| *name != STATE).collect();
            needs.push(Needs { operations, looks_at_state });
        }
        let mut rungs = rungs(&depths);
        for (index, needs) in needs.iter().enumerate() {
            let at = place(&rungs, needs);
            if let Some(rung) = rungs.get_mut(at) {
                rung.cases.push(index);
            }
        }
        Ok(Self { rungs, needs })
    }

    /// The first operation, from the ladder's foot, that a case needs and a peer with `operations` has not.
    pub fn lacking(&self, case: usize, operations: &[String]) -> Option<&'static str> {
        let needs = &self.needs.get(case)?.operations;
        let all = self.rungs.iter().flat_map(|rung| &rung.operations).copied();
        all.filter(|name| needs.contains(name)).find(|name| !operations.iter().any(|has| has == name))
    }

    /// How many cases look at the state.
    pub fn looking_at_state(&self) -> usize {
        self.needs.iter().filter(|needs| needs.looks_at_state).count()
    }
}

/// The reference, as a peer. In a trial the reference is asked anyway: its answer is the peer's.
struct Reference {
    claims: HelloResult,
}

impl Reference {
    fn new() -> Result<Self, String> {
        let words = |error: &dyn std::fmt::Display| format!("the reference and hello: {error}");
        let line =
            question(0, &Hello { protocol: protocol::VERSION.into() }, "").map_err(|stop| words(&stop))?;
        let answer = Engine::new(Box::new(|bytes| bytes.fill(0))).answer(line.as_bytes());
        let Ok(Reply::Ok(claims)) = reply::<HelloResult>(&answer, 0) else {
            return Err(words(&String::from_utf8_lossy(&answer)));
        };
        Ok(Self { claims })
    }

    fn play(&self, case: &Case) -> Outcome {
        suite::run(case, vec![Peer { exchange: &mut Echo, claims: &self.claims }], 0)
    }
}

/// Answers as the reference did.
struct Echo;

impl Exchange for Echo {
    fn exchange(&mut self, _question: &[u8]) -> Result<Vec<u8>, Broken> {
        Err(Broken::Crash("nothing to repeat".into()))
    }

    fn exchange_beside(&mut self, _question: &[u8], reference: &[u8]) -> Result<Vec<u8>, Broken> {
        Ok(reference.to_vec())
    }
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Refused,
    /// What was a fault asked nothing of the operation.
    Fault,
}

/// The name in the table of the operation that a step asks, and what became of it.
fn asked(step: &Step) -> Option<(&'static str, End)> {
    let question: Question<'_> = protocol::read(step.question.as_bytes()).ok()?;
    let name = engine::operation_names().find(|name| *name == question.op)?;
    let end = match Answer::read(step.answer.as_bytes()) {
        Ok(Answer { ok: Some(_), .. }) => End::Done,
        Ok(Answer { refused: Some(_), .. }) => End::Refused,
        _ => End::Fault,
    };
    Some((name, end))
}

/// How the ids of cases begin that take an operation apart: what they do before it is what is handy, not the flow.
const APART: [&str; 9] = [
    "pair-",
    "effects-",
    "digest-",
    "limits-",
    "shown-ends-",
    "tie-",
    "question-",
    "drawn-",
    // In the state that it saves is all that can be there.
    "client-save-logged-in",
];

fn takes_apart(case: &Case) -> bool {
    APART.iter().any(|prefix| case.id.starts_with(prefix))
}

/// Operation → how many others of its stage were done before it first was; one entry per case.
type Depths = BTreeMap<&'static str, Vec<usize>>;

/// Only a case that begins a role where the table does shows how deep its operations are: what was loaded from a
/// state is not the beginning of the flow.
fn note_depths(depths: &mut Depths, asked: &[(&'static str, End)]) {
    let mut seen: Vec<&'static str> = Vec::new();
    for (name, _) in asked.iter().copied().filter(|(_, end)| *end == End::Done) {
        if !seen.contains(&name) {
            let of_stage = |other: &&'static str| Stage::of(other) == Stage::of(name);
            let before: Vec<_> = seen.iter().copied().filter(of_stage).collect();
            if *before.first().unwrap_or(&name) == engine::operation_names().find(of_stage).unwrap_or(name) {
                depths.entry(name).or_default().push(before.len());
            }
            seen.push(name);
        }
    }
}

/// The usual depth of an operation: the middle one. An operation that no case has done is the deepest.
fn depth(depths: &Depths, name: &str) -> usize {
    let mut all = depths.get(name).cloned().unwrap_or_default();
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or(usize::MAX)
}

/// One rung for the whole protocol, one per operation above, one where the roles meet; no cases yet.
fn rungs(depths: &Depths) -> Vec<Rung> {
    let rung = |stage, operations| Rung { stage, operations, cases: Vec::new() };
    let (protocol, mut others): (Vec<_>, Vec<_>) =
        engine::operation_names().partition(|name| Stage::of(name) == Stage::Protocol);
    // Of equals the first in the table is first.
    others.sort_by_key(|name| (Stage::of(name), depth(depths, name)));
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
