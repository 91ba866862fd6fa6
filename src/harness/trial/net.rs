//! The net under every case, which no case can forget.
//!
//! - What a peer accepts is compared with what the reference gives, whatever the case looks at. The case comes first: only
//!   what it didn't find itself is found here, at the next question.
//! - At the end, when a look can't make anything happen any more, each session is looked at: its counters are those of the
//!   reference.
//! - A case that failed is played again, with a look after each step: where a counter was wrong, or a refusal left
//!   something behind, before anything else showed it, the rule of that step is the one that is violated.
//!
//! None of it where peer and reference can't be compared: the peer makes its own randomness or time, or the reference had
//! to draw something that the case left open.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Map;
use serde_json::value::Value as Json;

use peer::engine::{self, Engine};
use peer::json;
use peer::operations::{State, StateResult};
use peer::protocol::{Operation, Refused};
use peer::shape::Value;

use crate::asking::Asking;
use crate::blame;
use crate::reply::{Reply, reply};
use crate::stop::{Failure, Stop, failure};

use super::{Asked, Party, Seat, Step, Trial, question, value_of, witness_of};

/// How many steps are played again at most. The longest case has some 1,100.
const STEPS: usize = 2_000;

/// What the net knows.
#[derive(Default)]
pub(super) struct Net {
    /// Whether the reference drew something by itself.
    drew: Arc<AtomicBool>,
    /// A difference that the case hasn't found yet.
    found: Option<Difference>,
    /// The step that each session had last: what was asked, and by which rule the reference refused.
    last: BTreeMap<String, (&'static str, Option<&'static str>)>,
}

impl Net {
    /// Randomness of the reference that tells when it is used.
    pub(super) fn tells(
        &self,
        mut random: impl FnMut(&mut [u8]) + Send + 'static,
    ) -> Box<dyn FnMut(&mut [u8]) + Send> {
        let drew = Arc::clone(&self.drew);
        Box::new(move |bytes| {
            drew.store(true, Ordering::Relaxed);
            random(bytes);
        })
    }

    /// The requirement that the last result violates, where its case is about `aim`.
    pub(super) fn blames(&self, op: &str, aim: &'static str) -> &'static str {
        let found = self.found.as_ref();
        found.map_or(aim, |Difference { member, got, want, .. }| blame::aimed(op, member, got, want, aim))
    }

    fn is_off(&self) -> bool {
        self.drew.load(Ordering::Relaxed)
    }
}

/// A member of a result that is another than the reference's.
struct Difference {
    op: &'static str,
    member: &'static str,
    got: Json,
    want: Json,
}

impl Difference {
    fn failure(self) -> Failure {
        let Self { op, member, got, want } = self;
        let words = |value: &Json| format!("{op} with {member} {}", json::show(value));
        failure(blame::difference(op, member, &got, &want), words(&want), words(&got))
    }
}

/// A session, seen from outside.
type Look = (StateResult, StateResult);

impl Trial<'_> {
    /// A difference that the case hasn't found.
    pub(super) fn raises_what_was_found(&mut self) -> Result<(), Stop> {
        self.net.found.take().map_or(Ok(()), |found| Err(Stop::Earlier(found.failure())))
    }

    /// Remembers a difference between two results, until the case has looked at them itself.
    pub(super) fn compares(&mut self, party: &Party, op: Asking<'_>, (got, want): &Asked) {
        if party.seat == Seat::Reference || op.name() == State::NAME {
            return;
        }
        self.net.last.insert(party.session.clone(), (op.name(), witness_of(want)));
        let (Reply::Ok(got), Reply::Ok(want)) = (got, want) else { return };
        let is_equal = self.steps.last().is_some_and(|step| step.answer == step.reference);
        if is_equal || self.net.is_off() || !self.comparable(party) {
            return;
        }
        self.net.found = difference(op, got, want);
    }

    /// After the last question of a case: what it didn't find itself, and one look at each session.
    pub(crate) fn finish(&mut self) -> Result<(), Stop> {
        self.raises_what_was_found()?;
        if self.net.is_off() {
            return Ok(());
        }
        for party in self.sessions.clone() {
            let Seat::Peer(index) = party.seat else { continue };
            let tells = self
                .peer_claims(index)
                .is_some_and(|claims| claims.operations.iter().any(|op| op == State::NAME));
            let Some(&(op, refused_by)) =
                self.net.last.get(&party.session).filter(|_| tells && self.comparable(&party))
            else {
                continue;
            };
            let (Reply::Ok(got), Reply::Ok(want)) = self.ask("PPR-3", &party, Asking::of(&State {})?)? else {
                continue;
            };
            let look = (value_of::<State>(got)?, value_of::<State>(want)?);
            if let Some(failure) = wrong_counter(op, refused_by, &look) {
                return Err(Stop::Fail(failure));
            }
        }
        Ok(())
    }

    /// Plays a failed case again, in sessions of their own, with a look after each step. The failure of the first step that
    /// left something else behind than it must, where that wasn't the last one.
    pub(crate) fn first_wrong_step(&mut self) -> Option<Failure> {
        let asked = |step: &&Step| op_of(&step.question) != Some(State::NAME);
        let steps: Vec<Step> = self.steps.iter().filter(asked).cloned().collect();
        let (_, before) = steps.split_last().filter(|_| steps.len() <= STEPS && !self.net.is_off())?;
        let mut again =
            Again { reference: Engine::new(Box::new(|bytes| bytes.fill(0))), looks: BTreeMap::new() };
        let found = before.iter().find_map(|step| again.step(self, step).transpose());
        again.ends(self);
        found?.ok()
    }
}

/// A case that is played again.
struct Again {
    reference: Engine,
    /// What each session was like when it was looked at last, by peer and name.
    looks: BTreeMap<(usize, String), Look>,
}

/// The case can't be played again.
struct CannotSay;

impl Again {
    /// One step and a look.
    fn step(&mut self, trial: &mut Trial<'_>, step: &Step) -> Result<Option<Failure>, CannotSay> {
        let op = op_of(&step.question).ok_or(CannotSay)?;
        let comparable = |claims: &peer::operations::HelloResult| {
            claims.injects_time
                && claims.injects_randomness
                && claims.operations.iter().any(|op| op == State::NAME)
        };
        if !trial.peer_claims(step.peer).is_some_and(comparable) {
            return Err(CannotSay);
        }
        let (line, session) = renamed(&step.question);
        let (got, want) = self.both(trial, step.peer, &line)?;
        if got != step.answer.as_bytes() || want != step.reference.as_bytes() {
            return Err(CannotSay);
        }
        let Some(session) = session else { return Ok(None) };
        let refused_by = refused_by(&step.reference);
        let question = question(0, &State {}, &session).map_err(|_| CannotSay)?;
        let (got, want) = self.both(trial, step.peer, &question)?;
        let read = |line: &[u8]| reply::<StateResult>(line, 0).map_err(|_| CannotSay);
        let key = (step.peer, session);
        let (Reply::Ok(got), Reply::Ok(want)) = (read(&got)?, read(&want)?) else {
            self.looks.remove(&key);
            return Ok(None);
        };
        let look = (got, want);
        let before = self.looks.get(&key);
        let failure = wrong_counter(op, refused_by, &look)
            .or_else(|| before.and_then(|before| wrong_digest(op, refused_by, before, &look)));
        self.looks.insert(key, look);
        Ok(failure)
    }

    fn both(
        &mut self,
        trial: &mut Trial<'_>,
        index: usize,
        line: &str,
    ) -> Result<(Vec<u8>, Vec<u8>), CannotSay> {
        let want = self.reference.answer(line.as_bytes());
        let peer = trial.peers.get_mut(index).ok_or(CannotSay)?;
        match peer.exchange.exchange_beside(line.as_bytes(), &want) {
            Ok(got) => Ok((got, want)),
            Err(_) => {
                peer.exchange.discard();
                trial.sessions.retain(|party| party.seat != Seat::Peer(index));
                self.looks.retain(|(of, _), _| *of != index);
                Err(CannotSay)
            }
        }
    }

    /// Its sessions are dropped with those of the case.
    fn ends(self, trial: &mut Trial<'_>) {
        let party = |(index, session)| Party { seat: Seat::Peer(index), session };
        trial.sessions.extend(self.looks.into_keys().map(party));
    }
}

/// A question in another session of the same kind, and that session.
fn renamed(question: &str) -> (String, Option<String>) {
    const MEMBER: &str = "\"session\":\"";
    let head = question.find("\"params\":").unwrap_or(question.len());
    let session = question
        .get(..head)
        .and_then(|head| head.split_once(MEMBER))
        .and_then(|(_, rest)| rest.split_once('"'));
    match session {
        None => (question.to_owned(), None),
        Some((session, _)) => {
            let again = format!("{session}-again");
            let (from, to) = (format!("{MEMBER}{session}\""), format!("{MEMBER}{again}\""));
            (question.replacen(&from, &to, 1), Some(again))
        }
    }
}

/// The operation of a question that the harness wrote.
fn op_of(question: &str) -> Option<&'static str> {
    let name = question.split_once("\"op\":\"").and_then(|(_, rest)| rest.split_once('"'))?.0;
    engine::shape(name).map(|shape| shape.name)
}

/// The rule by which the reference refused.
fn refused_by(answer: &str) -> Option<&'static str> {
    #[derive(serde::Deserialize)]
    struct Answer {
        refused: Option<Refused>,
    }
    let refused = serde_json::from_str::<Answer>(answer).ok()?.refused?;
    crate::spec::find(&refused.requirement?).map(|rule| rule.id)
}

/// A counter that isn't the reference's.
fn wrong_counter(op: &'static str, refused_by: Option<&'static str>, (got, want): &Look) -> Option<Failure> {
    let names = want.counters.keys().chain(got.counters.keys());
    let wrong = names.into_iter().find(|name| got.counters.get(*name) != want.counters.get(*name))?;
    let words = |look: &StateResult| look.counters.get(wrong).map_or("none".to_owned(), u32::to_string);
    let did = if refused_by.is_some() { "refused" } else { "accepted" };
    let expected = format!("{wrong} {} after {op}, {did}", words(want));
    Some(failure(blame::counter(op, refused_by, wrong), expected, words(got)))
}

/// A free refusal that left something behind, or an accepted operation that left nothing.
fn wrong_digest(
    op: &'static str,
    refused_by: Option<&'static str>,
    (got_before, want_before): &Look,
    (got, want): &Look,
) -> Option<Failure> {
    let [got, want] = [got.digest != got_before.digest, want.digest != want_before.digest];
    let words = |changed| if changed { "another state" } else { "the state as it was" };
    let requirement = match refused_by {
        Some(rule) if got && !want => rule,
        None if want && !got => blame::accepted(op),
        _ => return None,
    };
    let did = if refused_by.is_some() { "refused" } else { "accepted" };
    let expected = format!("{} after {op}, {did}", words(want));
    Some(failure(requirement, expected, words(got).to_owned()))
}

/// The first member in which two results differ.
fn difference(op: Asking<'_>, got: &Value, want: &Value) -> Option<Difference> {
    let [got, want] =
        [got, want].map(|value| serde_json::from_str::<Map<String, Json>>(&op.shape.show(value)).ok());
    let (got, want) = (got?, want?);
    let differs = |member: &&str| got.get(*member) != want.get(*member) && !blame::is_free(op.name(), member);
    let member = blame::members(op.name()).find(differs)?;
    let [got, want] = [&got, &want].map(|result| result.get(member).cloned().unwrap_or(Json::Null));
    Some(Difference { op: op.name(), member, got, want })
}

#[cfg(test)]
mod tests {
    use channel::rule::{VER_3, VER_8};
    use peer::operations::{Hello, ServerInstance};
    use peer::protocol::Number;

    use super::*;
    use crate::area::Area;
    use crate::case::Role;
    use crate::instance::confirmed;
    use crate::play::{Ask, Play};
    use crate::scene::Show;
    use crate::suite::{self, Outcome, Verdict};
    use crate::trial::{Broken, Exchange, Peer};

    /// The reference with its answers bent: by what was asked and what it says.
    struct Bent {
        engine: Engine,
        bend: fn(&str, String) -> Result<String, Broken>,
    }

    impl Exchange for Bent {
        fn exchange(&mut self, question: &[u8]) -> Result<Vec<u8>, Broken> {
            let answer = String::from_utf8(self.engine.answer(question)).unwrap();
            (self.bend)(std::str::from_utf8(question).unwrap(), answer).map(String::into_bytes)
        }
    }

    /// What becomes of a case of a request that is verified twice, and of one of an unknown instance.
    fn play(bend: fn(&str, String) -> Result<String, Broken>) -> [Outcome; 2] {
        let mut area = Area::new("verify", Role::Server);
        area.refuses(VER_8, "twice", "a request is accepted once", |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.accepts(VER_8, &first.verify(&message, &signature))?;
            t.refuses(VER_8, &first.verify(&message, &signature))
        });
        area.refuses(VER_3, "unknown", "an unknown instance is not described", |t: &mut Play<'_, '_>| {
            let party = confirmed(t)?.server().clone();
            let ask = |sequence| Ask {
                party: party.clone(),
                op: ServerInstance { sequence: Number::from(sequence) },
            };
            t.refuses(VER_3, &ask(2))?;
            t.accepts(VER_3, &ask(1))
        });
        let mut engine = Bent { engine: Engine::new(Box::new(|bytes| bytes.fill(7))), bend };
        let hello = question(0, &Hello { protocol: 1.into() }, "").unwrap();
        let Reply::Ok(claims) = reply(&engine.engine.answer(hello.as_bytes()), 0).unwrap() else {
            panic!("hello")
        };
        let cases = area.cases();
        [0, 1].map(|at| suite::run(&cases[at], vec![Peer { exchange: &mut engine, claims: &claims }], 0))
    }

    fn blamed(outcome: &Outcome) -> (Verdict, &'static str) {
        (outcome.verdict, outcome.failure.as_ref().map_or("none", |failure| failure.requirement))
    }

    #[test]
    fn a_right_peer_passes() {
        let outcomes = play(|_, answer| Ok(answer));
        assert!(outcomes.iter().all(|outcome| outcome.verdict == Verdict::Pass), "{outcomes:?}");
    }

    #[test]
    fn what_no_case_looks_at_is_compared_all_the_same() {
        let [twice, unknown] = play(|_, answer| Ok(answer.replace("\"TYP", "\"TIP")));
        assert_eq!(blamed(&twice), (Verdict::Pass, "none"));
        assert_eq!(blamed(&unknown), (Verdict::Fail, "INS-1"));
        assert_eq!(unknown.failure.unwrap().also, ["VER-3"], "what the case is about is at hand");
    }

    #[test]
    fn a_counter_is_looked_at_in_the_end_and_put_to_the_step_that_left_it() {
        // Nothing before AM2 has such a counter, and no case looks at it in an accepted step.
        let outcomes = play(|_, answer| Ok(answer.replace("failures/01\":0", "failures/01\":1")));
        for outcome in outcomes {
            assert_eq!(blamed(&outcome), (Verdict::Fail, "AM2-3"), "{:?}", outcome.failure);
        }
    }

    #[test]
    fn a_twin_that_is_refused_says_nothing_of_what_its_case_aims_at() {
        fn refuse(op: &str, question: &str, answer: String, refusal: &str) -> String {
            let seq = question.split_once(',').unwrap().0;
            match question.contains(op) && answer.contains("\"ok\"") {
                true => format!("{seq},\"refused\":{refusal}}}"),
                false => answer,
            }
        }
        let [_, unknown] = play(|question, answer| {
            let named = r#"{"class":"unknown-instance","requirement":"VER-3"}"#;
            Ok(refuse("server.instance", question, answer, named))
        });
        assert_eq!(blamed(&unknown), (Verdict::Fail, "VER-3"));
        let [twice, _] = play(|question, answer| {
            let named = r#"{"class":"expired","requirement":"VER-6"}"#;
            Ok(refuse("verify_message_signature", question, answer, named))
        });
        assert_eq!(blamed(&twice), (Verdict::Fail, "VER-6"));
    }

    #[test]
    fn a_crash_is_put_to_the_question_that_got_no_answer() {
        fn crash(question: &str, answer: String, word: &str) -> Result<String, Broken> {
            match answer.contains(word) && question.contains("server.instance") {
                true => Err(Broken::Crash("exit".into())),
                false => Ok(answer),
            }
        }
        let [_, refused] = play(|question, answer| crash(question, answer, "refused"));
        assert_eq!(blamed(&refused), (Verdict::Crash, "VER-3"));
        let [_, twin] = play(|question, answer| crash(question, answer, "\"ok\""));
        assert_eq!(blamed(&twin), (Verdict::Crash, "INS-1"));
    }
}
