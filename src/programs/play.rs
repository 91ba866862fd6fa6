//! A program being played: against a peer, or a pair of client and server, and beside it against the reference. It ends with
//! the first difference.
//!
//! There are two worlds. In one the peer is asked, and the reference plays what is not for the peer (`"by":
//! "reference"`); in the other the reference plays everything. Each goes on by its own answers, so that a peer that draws
//! its own random fields is compared, too: with the same messages where it takes the harness's, and with messages of its
//! own where it doesn't. Then only the kind of each answer, the class of each refusal and the counters can be compared;
//! what is bent, forged or no right question is passed over, since the same change need not do the same to another message;
//! and who takes no time is asked at its own. A pair is one world: what one of the two gives goes to the other, and it is
//! compared as exactly as the less exact of them allows.
//!
//! Nobody looks in between: the sessions that are left are looked at when the program is over (`state`), where no look
//! can make something happen that ought to have happened before.

use std::collections::BTreeMap;

use harness::reply::{Reply, reply_as_json};
use harness::trial::{Peer, Step as Asked};
use peer::engine::{self, Engine};
use peer::protocol::Question;
use peer::shape::Shape;
use serde_json::value::to_raw_value;
use serde_json::{Map, Value, json};

use crate::compare::{self, Difference, Found, Last, Look, Looks, Said};
use crate::features::Seen;
use crate::luck::Luck;
use crate::step::{By, Program, Step};

/// What became of a program.
#[derive(Clone, Debug)]
pub struct Played {
    /// What the peer was asked and answered, and what the reference said.
    pub steps: Vec<Asked>,
    /// How many of the program's steps were put to it.
    pub asked: usize,
    /// What ended the program, if not its last step.
    pub difference: Option<Difference>,
    /// The first thing that the specification leaves open, in which the two are not alike.
    pub open: Option<Difference>,
}

/// Plays a program against one peer, or a client and a server. `clock` is the time for a peer that takes no other. An error
/// is a fault of the harness.
pub fn play(program: &Program, peers: &mut [Peer<'_>], clock: u32) -> Result<Played, String> {
    play_and(program, peers, clock, None)
}

/// The same, with what is seen of the peer on the way.
pub fn play_and_see(
    program: &Program,
    peers: &mut [Peer<'_>],
    clock: u32,
    seen: &mut Seen,
) -> Result<Played, String> {
    play_and(program, peers, clock, Some(seen))
}

fn play_and(
    program: &Program,
    peers: &mut [Peer<'_>],
    clock: u32,
    seen: Option<&mut Seen>,
) -> Result<Played, String> {
    let take_time = peers.iter().all(|peer| peer.claims.injects_time);
    let mut playing = Playing {
        exact: take_time && peers.iter().all(|peer| peer.claims.injects_randomness),
        clock: (!take_time).then_some(clock),
        reference: Engine::new(drawn(1)),
        beside: Engine::new(drawn(2)),
        peers,
        seq: 0,
        steps: Vec::new(),
        asked: 0,
        given: Default::default(),
        sessions: BTreeMap::new(),
        open: None,
        seen,
    };
    let difference = playing.all(program)?;
    Ok(Played { steps: playing.steps, asked: playing.asked, difference, open: playing.open })
}

/// What a program does not say: the same in each run.
fn drawn(seed: u64) -> engine::Random {
    let mut luck = Luck::new(seed);
    Box::new(move |bytes| bytes.copy_from_slice(&luck.bytes(bytes.len())))
}

/// A session of a peer.
#[derive(Default)]
struct Session {
    /// Whose it is.
    seat: usize,
    last: Option<Last>,
    /// How many questions it has accepted that can change its digest.
    changing: usize,
    looks: Vec<Look>,
}

struct Playing<'a, 'p> {
    peers: &'a mut [Peer<'p>],
    exact: bool,
    clock: Option<u32>,
    /// Plays in the peer's world what is not for the peer.
    beside: Engine,
    reference: Engine,
    seq: u32,
    steps: Vec<Asked>,
    asked: usize,
    /// What each step gave: in the peer's world, and in the reference's.
    given: [Vec<Option<Value>>; 2],
    sessions: BTreeMap<String, Session>,
    open: Option<Difference>,
    /// What is seen, where somebody wants to know.
    seen: Option<&'a mut Seen>,
}

/// A question in both worlds.
struct Put<'s> {
    /// Which of the peers is asked.
    seat: usize,
    shape: &'static Shape,
    session: Option<&'s str>,
    params: [Map<String, Value>; 2],
}

impl Playing<'_, '_> {
    fn all(&mut self, program: &Program) -> Result<Option<Difference>, String> {
        if let Some(found) = self.begin()? {
            return Ok(Some(found));
        }
        for (at, step) in program.steps.iter().enumerate() {
            let (given, found) = self.step(at, step)?;
            for (all, one) in self.given.iter_mut().zip(given) {
                all.push(one);
            }
            if found.is_some() {
                return Ok(found);
            }
        }
        self.look_at_all(program.steps.len())
    }

    /// What earlier programs left goes.
    fn begin(&mut self) -> Result<Option<Difference>, String> {
        let shape = engine::shape("reset").ok_or("no reset")?;
        for seat in 0..self.peers.len() {
            let put = Put { seat, shape, session: None, params: Default::default() };
            let Some((got, want)) = self.ask(&put)? else { continue };
            if let Some(found) = compare::answers(shape.name, &got, &want, self.exact) {
                return Ok(Some(of_step(0, shape.name, Found { requirement: "PPR-7", ..found })));
            }
        }
        Ok(None)
    }

    /// Who is asked a step: whose session it is about, else who has the side of the operation. Nobody, where that one does
    /// not list it.
    fn seat(&self, step: &Step) -> Option<usize> {
        let lists = |seat: &usize| {
            let peer = self.peers.get(*seat);
            peer.is_some_and(|peer| peer.claims.operations.contains(&step.op))
        };
        let known = step.session.as_ref().and_then(|name| self.sessions.get(name));
        let last = self.peers.len().checked_sub(1)?;
        match known {
            Some(session) => Some(session.seat).filter(lists),
            None if step.op.starts_with("client.") => Some(0).filter(lists),
            None if step.op.starts_with("server.") => Some(last).filter(lists),
            None => [0, last].into_iter().find(lists),
        }
    }

    /// A step: what it gave in both worlds, and whether that differs.
    fn step(&mut self, at: usize, step: &Step) -> Result<([Option<Value>; 2], Option<Difference>), String> {
        let by_reference = step.by == Some(By::Reference);
        let nothing = ([None, None], None);
        let Some(shape) = engine::shape(&step.op) else { return Ok(nothing) };
        let seat = self.seat(step).filter(|_| !by_reference);
        if !(seat.is_some() || by_reference) || (is_of_other_keys(step) && !self.exact) {
            return Ok(nothing);
        }
        let [mine, reference] = self.given.each_ref().map(|given| step.resolved(given));
        let (Some(mine), Some(reference)) = (mine, reference) else { return Ok(nothing) };
        let params = [mine, reference].map(|params| self.as_it_takes(seat, params));
        let (session, seat) = (step.session.as_deref(), seat.unwrap_or_default());
        let put = Put { seat, shape, session, params };
        if by_reference {
            return Ok((self.beside(&put)?, None));
        }
        let Some((got, want)) = self.ask(&put)? else { return Ok(nothing) };
        self.asked += 1;
        self.sees(at, &put, &got, &want);
        let found = match shape.name {
            "state" => self.look(at, put.session, &got, &want),
            name => compare::answers(name, &got, &want, self.exact).map(|found| of_step(at, name, found)),
        };
        self.remember(at, &put, &want);
        let given = [got.ok(), Some(want)].map(|said| match said {
            Some(Reply::Ok(result)) => Some(result),
            _ => None,
        });
        Ok((given, found))
    }

    /// The parameters with the peers' own time, where one takes no other. Random fields that the peer doesn't take are left
    /// to the reference as well: a program may have the same twice, which nobody draws.
    fn as_it_takes(&self, seat: Option<usize>, mut params: Map<String, Value>) -> Map<String, Value> {
        if let (Some(now), Some(clock)) = (params.get_mut("now"), self.clock) {
            *now = clock.into();
        }
        let asked = |at: usize| seat.is_none_or(|seat| seat == at);
        let mut asked = self.peers.iter().enumerate().filter(|(at, _)| asked(*at));
        if asked.any(|(_, peer)| !peer.claims.injects_randomness) {
            params.remove("random");
        }
        params
    }

    /// The reference is asked in both worlds.
    fn beside(&mut self, put: &Put<'_>) -> Result<[Option<Value>; 2], String> {
        self.seq = self.seq.wrapping_add(1);
        let lines = self.lines(put)?;
        let seq = self.seq;
        let given = |engine: &mut Engine, line: &str| {
            let answer = engine.answer(line.as_bytes());
            match reply_as_json(&answer, seq, put.shape) {
                Ok(Reply::Ok(result)) => Ok(Some(result)),
                Ok(_) => Ok(None),
                Err(broken) => Err(broken.to_string()),
            }
        };
        let [mine, reference] = &lines;
        Ok([given(&mut self.beside, mine)?, given(&mut self.reference, reference)?])
    }

    /// Asks the peer and the reference, and records it. What is wrong with a question may be a random field that the peer
    /// doesn't take: then it is asked only what is right.
    fn ask(&mut self, put: &Put<'_>) -> Result<Option<(Said, Reply<Value>)>, String> {
        self.seq = self.seq.wrapping_add(1);
        let [question, reference] = self.lines(put)?;
        let wanted = self.reference.answer(reference.as_bytes());
        let want = reply_as_json(&wanted, self.seq, put.shape).map_err(|broken| broken.to_string())?;
        if matches!(want, Reply::Fault(_)) && !self.exact {
            return Ok(None);
        }
        let peer = self.peers.get_mut(put.seat).ok_or("no such peer")?;
        let answered = peer.exchange.exchange_beside(question.as_bytes(), &wanted);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        self.steps.push(Asked {
            peer: put.seat,
            question,
            answer: answered.as_deref().map(text).unwrap_or_default(),
            reference: text(&wanted),
        });
        let got = answered.and_then(|answer| reply_as_json(&answer, self.seq, put.shape));
        if got.is_err() {
            peer.exchange.discard();
        }
        Ok(Some((got, want)))
    }

    fn lines(&self, put: &Put<'_>) -> Result<[String; 2], String> {
        let line = |params: &Map<String, Value>| -> Result<String, serde_json::Error> {
            let (session, params) = (put.session.map(Into::into), to_raw_value(params)?);
            let (seq, op) = (self.seq, put.shape.name.into());
            serde_json::to_string(&Question { seq, op, session, params: &params })
        };
        let [mine, reference] = &put.params;
        let lines = line(mine).and_then(|mine| Ok([mine, line(reference)?]));
        lines.map_err(|error| error.to_string())
    }

    /// What this step shows, and the counters that the reference has come to by it. Nobody looks into the peer for that.
    fn sees(&mut self, at: usize, put: &Put<'_>, got: &Said, want: &Reply<Value>) {
        let Some(seen) = self.seen.as_deref_mut() else { return };
        seen.answer(at, put.shape.name, got, want);
        let Some(session) = put.session else { return };
        let question = json!({"seq": 0, "op": "state", "session": session, "params": {}});
        let state = self.reference.answer(question.to_string().as_bytes());
        let state = serde_json::from_slice::<Value>(&state).unwrap_or_default();
        seen.counters(at, put.shape.name, state.pointer("/ok/counters"));
    }

    /// What a session was asked last.
    fn remember(&mut self, at: usize, put: &Put<'_>, want: &Reply<Value>) {
        let Some(name) = put.session.filter(|_| put.shape.name != "state") else { return };
        let session = self.session(name);
        session.seat = put.seat;
        session.changing += usize::from(matches!(want, Reply::Ok(_)) && !compare::stays(put.shape.name));
        session.last = Some(Last { at, op: put.shape.name, refused: want.refused_by() });
    }

    fn session(&mut self, name: &str) -> &mut Session {
        self.sessions.entry(name.to_owned()).or_default()
    }

    /// What `state` said of a session: counters, then the digest beside those of earlier looks.
    fn look(&mut self, at: usize, name: Option<&str>, got: &Said, want: &Reply<Value>) -> Option<Difference> {
        let exact = self.exact;
        let session = self.session(name.unwrap_or_default());
        let last = session.last.clone().unwrap_or(Last { at, op: "state", refused: None });
        let (Ok(Reply::Ok(got)), Reply::Ok(want)) = (got, want) else {
            return compare::looks(&last, got, want).map(|found| of_step(last.at, last.op, found));
        };
        let digest = |state: &Value| state.get("digest").cloned().unwrap_or_default();
        let now = Look { got: digest(got), want: digest(want), changing: session.changing };
        let mut found = compare::counters(&last, got, want, exact);
        let mut open = None;
        for before in &session.looks {
            match compare::digests(&last, before, &now) {
                Some(Looks::Decided(digest)) => found = found.or(Some(digest)),
                Some(Looks::Open(digest)) => open = open.or(Some(digest)),
                None => {}
            }
        }
        session.looks.push(now);
        self.open = self.open.take().or(open.map(|found| of_step(last.at, last.op, found)));
        found.map(|found| of_step(last.at, last.op, found))
    }

    /// A last look at each session that is still there.
    fn look_at_all(&mut self, end: usize) -> Result<Option<Difference>, String> {
        let Some(shape) = engine::shape("state") else { return Ok(None) };
        let names = self.sessions.iter().map(|(name, session)| (name.clone(), session.seat));
        for (name, seat) in names.collect::<Vec<_>>() {
            let peer = self.peers.get(seat);
            if !peer.is_some_and(|peer| peer.claims.operations.iter().any(|name| name == shape.name)) {
                continue;
            }
            let put = Put { seat, shape, session: Some(&name), params: Default::default() };
            let Some((got, want)) = self.ask(&put)? else { continue };
            let found = self.look(end, Some(&name), &got, &want);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

fn of_step(at: usize, op: &str, found: Found) -> Difference {
    let Found { kind, requirement, expected, got } = found;
    Difference { at, op: op.to_owned(), kind, requirement, expected, got }
}

/// What seals and opens with keys that stand in the program: a peer that draws its own has others.
const WITH_KEYS: [&str; 4] = ["frame.seal", "frame.open", "blob.seal", "blob.open"];
/// Parameters whose values come from answers. One that stands in the program was made with its keys.
const FROM_ANSWERS: [&str; 11] = [
    "message",
    "signature",
    "response",
    "device_code",
    "challenge",
    "challenge_key",
    "blob",
    "state",
    "url",
    "code",
    "file",
];

/// Whether a step means something else, or nothing, to a peer that draws its own random fields.
fn is_of_other_keys(step: &Step) -> bool {
    fn has_literal(name: &str, value: &Value) -> bool {
        match value {
            Value::String(text) => !text.is_empty() && FROM_ANSWERS.contains(&name),
            Value::Object(members) => members.iter().any(|(name, value)| has_literal(name, value)),
            _ => false,
        }
    }
    let is_free = |name: &String| ["content", "data", "random"].contains(&name.as_str());
    let has_literal = step.params.iter().any(|(name, value)| !is_free(name) && has_literal(name, value));
    step.is_bent() || has_literal || WITH_KEYS.contains(&step.op.as_str())
}
