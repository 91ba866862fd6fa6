//! A case that failed is played again, with a look after each step: where a counter was wrong, or a refusal left something
//! behind, before anything else showed it, the rule of that step is the one that is violated.
//!
//! Not where peer and reference can't be compared: the peer makes its own randomness or time, or the reference had to draw
//! something that the case left open.

use std::collections::BTreeMap;

use peer::engine::{self, Engine};
use peer::operations::{HelloResult, State, StateResult};
use peer::protocol::Operation;

use crate::net::{Look, wrong_counter, wrong_digest};
use crate::reply::refused_by;
use crate::trial::{Failure, Reply, Step, Trial, question, reply};

/// How many steps are played again at most.
const STEPS: usize = 2_000;

/// Plays a failed case again, in sessions of their own, with a look after each step. The failure of the first step that
/// left something else behind than it must, where that wasn't the last one, and the place of that step among all.
pub(crate) fn first_wrong_step(trial: &mut Trial<'_>) -> Option<(usize, Failure)> {
    let asked = |(_, step): &(usize, &Step)| op_of(&step.question) != Some(State::NAME);
    let steps: Vec<_> =
        trial.steps.iter().enumerate().filter(asked).map(|(at, step)| (at, step.clone())).collect();
    let (_, before) = steps.split_last().filter(|_| steps.len() <= STEPS && trial.can_be_compared())?;
    let mut again = Again { reference: Engine::new(Box::new(|bytes| bytes.fill(0))), looks: BTreeMap::new() };
    let found = before.iter().find_map(|(at, step)| {
        let failure = again.step(trial, step).transpose()?;
        Some(failure.map(|failure| (*at, failure)))
    });
    again.ends(trial);
    found?.ok()
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
        let injects = |claims: &HelloResult| claims.injects_time && claims.injects_randomness;
        if !(trial.peer_claims(step.peer).is_some_and(injects) && trial.tells_state(step.peer)) {
            return Err(CannotSay);
        }
        let (line, session) = renamed(&step.question);
        let (got, want) = self.both(trial, step.peer, &line)?;
        if got != step.answer.as_bytes() || want != step.reference.as_bytes() {
            return Err(CannotSay);
        }
        let Some(session) = session else { return Ok(None) };
        let refused_by = refused_by(step.reference.as_bytes());
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
        match trial.besides(index, line, &want) {
            Some(got) => Ok((got, want)),
            None => {
                self.looks.retain(|(of, _), _| *of != index);
                Err(CannotSay)
            }
        }
    }

    /// Its sessions are dropped with those of the case.
    fn ends(self, trial: &mut Trial<'_>) {
        self.looks.into_keys().for_each(|(index, session)| trial.ends_with_it(index, session));
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

    /// The operation of the question that did it.
    fn did_it(outcome: &Outcome) -> Option<&'static str> {
        op_of(&outcome.steps.get(outcome.at()?)?.question)
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
            assert_eq!(did_it(&outcome), Some("server.generate_activation2"));
        }
    }

    #[test]
    fn a_state_that_is_wrong_is_put_to_what_was_asked_before() {
        // A counter that grows with the refusal, as no look before shows.
        let [twice, _] = play(|question, answer| {
            let is_last = question.starts_with(r#"{"seq":9,"#) && question.contains(r#""op":"state""#);
            Ok(if is_last { answer.replace("failures/01\":0", "failures/01\":1") } else { answer })
        });
        let last = twice.steps.last().and_then(|step| op_of(&step.question));
        assert_eq!((last, twice.at() < Some(twice.steps.len() - 1)), (Some("state"), true), "{twice:#?}");
        assert_eq!(did_it(&twice), Some("server.verify_message_signature"));
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
        assert_eq!(did_it(&refused), Some("server.instance"));
        let [_, twin] = play(|question, answer| crash(question, answer, "\"ok\""));
        assert_eq!(blamed(&twin), (Verdict::Crash, "INS-1"));
    }
}
