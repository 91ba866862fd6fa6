//! What a fault is, and the peer that has one.

use std::collections::HashMap;

use serde_json::{Value, json};

use channel::fault;
use harness::suite::Verdict;
use harness::trial::{Broken, Ending, Exchange};
use peer::engine::{Engine, shape};
use peer::protocol::{self, Question};

/// A deliberate fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name on the command line.
    pub name: &'static str,
    /// The requirement that the suite must blame; none for a control, which must survive.
    pub blame: Option<&'static str>,
    /// The verdict of the blaming case.
    pub verdict: Verdict,
    /// What is wrong with this peer.
    pub about: &'static str,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// The hook of this name is on.
    Inside(&'static str),
    /// The peer misbehaves.
    Around(Around),
    /// The peer answers by itself.
    Instead(fn(&mut Faulty, &[u8]) -> Vec<u8>),
    /// The peer takes another question for the one it is asked.
    Before(fn(&[u8]) -> Vec<u8>),
    /// The peer goes by its own clock.
    OwnClock,
    /// The peer mends what is no question.
    Lenient(fn(&mut Value)),
    /// The peer says something once its input has ended, of which this stands behind the last line end.
    AtTheEnd(AtTheEnd),
}

pub(super) type AtTheEnd = fn(&mut Faulty, &[u8]) -> Option<Vec<u8>>;

pub(super) type Around = fn(&mut Faulty, &[u8], Vec<u8>) -> Option<Vec<u8>>;

pub(super) const fn around(
    name: &'static str,
    blame: &'static str,
    about: &'static str,
    how: Around,
) -> Fault {
    Fault { name, blame: Some(blame), verdict: Verdict::Fail, about, kind: Kind::Around(how) }
}

pub(super) const fn inside(
    name: &'static str,
    blame: &'static str,
    about: &'static str,
    hook: &'static str,
) -> Fault {
    Fault { name, blame: Some(blame), verdict: Verdict::Fail, about, kind: Kind::Inside(hook) }
}

pub(super) const fn at_the_end(
    name: &'static str,
    blame: &'static str,
    about: &'static str,
    how: AtTheEnd,
) -> Fault {
    Fault { name, blame: Some(blame), verdict: Verdict::Fail, about, kind: Kind::AtTheEnd(how) }
}

pub(super) const fn control(name: &'static str, about: &'static str, how: Around) -> Fault {
    Fault { name, blame: None, verdict: Verdict::Pass, about, kind: Kind::Around(how) }
}

impl Fault {
    /// The hook that is on, where the fault is inside the reference: it makes no difference to what never asks for it
    /// ([`fault::asked`]).
    pub fn hook(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Inside(hook) => Some(hook),
            _ => None,
        }
    }
}

/// The reference with a fault.
pub struct Faulty {
    pub(super) engine: Engine,
    pub(super) fault: Fault,
    pub(super) clock: fn() -> u32,
    /// The last result of each operation, and what else a fault remembers.
    pub(super) last: HashMap<String, Value>,
}

impl Faulty {
    /// Puts the fault into an engine. The clock is for a fault that goes by its own.
    pub fn new(engine: Engine, fault: Fault, clock: fn() -> u32) -> Self {
        Self { engine, fault, clock, last: HashMap::new() }
    }

    /// Answers a line, or `None`: the peer ends.
    pub fn answer(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        match self.fault.kind {
            Kind::Inside(hook) => Some(fault::with(hook, || self.engine.answer(line))),
            Kind::Around(how) => {
                let answer = self.engine.answer(line);
                how(self, line, answer)
            }
            Kind::Instead(how) => Some(how(self, line)),
            Kind::Before(how) => {
                let answer = self.engine.answer(&how(line));
                Some(without_injection(answer, "/ok/injects_randomness"))
            }
            Kind::OwnClock => {
                let answer = self.engine.answer(&at_its_own_time(line, (self.clock)()));
                Some(without_injection(answer, "/ok/injects_time"))
            }
            Kind::Lenient(mend) => Some(mended(self, line, mend)),
            Kind::AtTheEnd(_) => Some(self.engine.answer(line)),
        }
    }

    /// What it says once its input has ended, if it does; `rest` stands behind the last line end.
    pub fn ended(&mut self, rest: &[u8]) -> Option<Vec<u8>> {
        match self.fault.kind {
            Kind::AtTheEnd(how) => how(self, rest),
            _ => None,
        }
    }
}

impl Exchange for Faulty {
    fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
        let answer = self.answer(question).ok_or_else(|| Broken::Crash("exited".into()))?;
        match answer.contains(&b'\n') {
            true => Err(Broken::Line("PPR-2", "wrote more than the one line that answers".into())),
            false => Ok(answer),
        }
    }

    fn end_of_input(&mut self, rest: &[u8]) -> Ending {
        match (self.ended(rest), self.fault.kind) {
            (Some(said), _) => Ending::Said(String::from_utf8_lossy(&said).into_owned()),
            (None, Kind::AtTheEnd(_)) => Ending::InTime,
            (None, _) => Ending::NotAProcess,
        }
    }
}

/// The answer to a question; where it is none, to the question that `mend` makes of it.
fn mended(faulty: &mut Faulty, line: &[u8], mend: fn(&mut Value)) -> Vec<u8> {
    let answer = faulty.engine.answer(line);
    if parsed(&answer).get("fault").is_none() {
        return answer;
    }
    let question = parsed(line);
    let mut mended = question.clone();
    mend(&mut mended);
    // Where there is nothing to mend, something else is wrong with it.
    if mended == question { answer } else { faulty.engine.answer(mended.to_string().as_bytes()) }
}

pub(super) fn parsed(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap_or_default()
}

pub(super) fn line(answer: &Value) -> Option<Vec<u8>> {
    Some(answer.to_string().into_bytes())
}

pub(super) fn op_of(question: &Value) -> String {
    question.get("op").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Whether a line is a question: who takes one for another must leave alone what is none.
pub(super) fn is_question(line: &[u8]) -> bool {
    let question = protocol::read::<Question<'_>>(line);
    question.is_ok_and(|question| shape(&question.op).is_some_and(|shape| shape.takes(question.params)))
}

/// The question without random fields that it could have taken.
pub fn without_random(question: &[u8]) -> Vec<u8> {
    if !is_question(question) {
        return question.to_vec();
    }
    let mut parsed = parsed(question);
    let params = parsed.get_mut("params").and_then(Value::as_object_mut);
    match params.and_then(|params| params.remove("random")) {
        Some(_) => parsed.to_string().into_bytes(),
        None => question.to_vec(),
    }
}

/// The question with another time, where it has one.
pub fn at_its_own_time(question: &[u8], now: u32) -> Vec<u8> {
    if !is_question(question) {
        return question.to_vec();
    }
    let mut parsed = parsed(question);
    match parsed.pointer_mut("/params/now") {
        Some(time) if time.as_u64().is_some_and(|time| u32::try_from(time).is_ok()) => {
            *time = json!(now);
            parsed.to_string().into_bytes()
        }
        _ => question.to_vec(),
    }
}

/// An answer to `hello` that doesn't claim this; any other as it is.
pub fn without_injection(answer: Vec<u8>, claim: &str) -> Vec<u8> {
    let mut parsed = parsed(&answer);
    match parsed.pointer_mut(claim) {
        Some(claim) => {
            *claim = Value::Bool(false);
            parsed.to_string().into_bytes()
        }
        None => answer,
    }
}
