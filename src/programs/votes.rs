//! Several peers and one program: who says what at its end. The reference is one of them, and the only one that can say
//! which requirement decides.

use harness::report::Voices;
use harness::trial::Step as Asked;
use peer::engine;
use peer::protocol::Question;
use serde_json::Map;

use crate::compare::Difference;
use crate::step::{Program, Step};

/// By what they say, the reference first. `None` is said by a peer that says what the reference says.
pub fn by_answer(wanted: &Difference, said: &[(String, Option<Difference>)]) -> Vec<Voices> {
    let expected = without_rule(&wanted.expected);
    let mut all = vec![Voices { answer: expected, who: vec!["the reference".to_owned()] }];
    for (name, difference) in said {
        let answer = match difference {
            None => without_rule(&wanted.expected),
            Some(other) if (other.at, &other.op) == (wanted.at, &wanted.op) => without_rule(&other.got),
            Some(other) => {
                let place = if other.at < wanted.at { "before" } else { "elsewhere" };
                format!("differs {place}, in {}: {}", other.op, without_rule(&other.got))
            }
        };
        match all.iter_mut().find(|voices| voices.answer == answer) {
            Some(voices) => voices.who.push(name.clone()),
            None => all.push(Voices { answer, who: vec![name.clone()] }),
        }
    }
    all
}

/// What is said without the requirement that only some name.
fn without_rule(words: &str) -> String {
    let is_refusal = words.starts_with("refused with ");
    words.split(" (").next().filter(|_| is_refusal).unwrap_or(words).to_owned()
}

/// What a case asked its peer, as a program of the same questions. Nothing where one of them is no question of the peer
/// protocol, or comes from another peer.
pub fn of_questions(asked: &[Asked]) -> Option<Program> {
    let mut steps = Vec::new();
    for Asked { peer, question, .. } in asked {
        let Question { op, session, params, .. } = serde_json::from_str(question).ok()?;
        engine::shape(&op).filter(|_| *peer == 0)?;
        let params: Map<_, _> = serde_json::from_str(params.get()).ok()?;
        steps.push(Step { op: op.into_owned(), session: session.map(Into::into), by: None, params });
    }
    Some(Program { steps })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Kind;

    #[test]
    fn those_who_say_the_same_stand_together() {
        let says = |at: usize, got: &str| Difference {
            at,
            op: "client.open".into(),
            kind: Kind::Answer,
            requirement: "CLI-8",
            expected: "refused with stale (CLI-8)".into(),
            got: got.into(),
        };
        let said = [
            ("a".to_owned(), Some(says(3, "refused with corrupted (PRT-4)"))),
            ("b".to_owned(), None),
            ("c".to_owned(), Some(says(3, "refused with corrupted"))),
            ("d".to_owned(), Some(says(1, "accepted: {}"))),
            ("e".to_owned(), Some(says(4, "accepted: {}"))),
        ];
        let voices = by_answer(&says(3, ""), &said);
        let told: Vec<_> =
            voices.iter().map(|voices| (voices.answer.as_str(), voices.who.join(" "))).collect();
        assert_eq!(
            told,
            [
                ("refused with stale", "the reference b".to_owned()),
                ("refused with corrupted", "a c".to_owned()),
                ("differs before, in client.open: accepted: {}", "d".to_owned()),
                ("differs elsewhere, in client.open: accepted: {}", "e".to_owned()),
            ]
        );
    }

    #[test]
    fn the_questions_of_a_case_are_a_program() {
        let asked = |peer, question: &str| Asked {
            peer,
            question: question.into(),
            answer: String::new(),
            reference: String::new(),
        };
        let one = asked(0, r#"{"seq":4,"op":"client.close","session":"c","params":{}}"#);
        let program = of_questions(std::slice::from_ref(&one)).unwrap();
        assert_eq!(program.lines(), ["0. client.close [c]"]);
        assert_eq!(of_questions(&[one, asked(1, r#"{"seq":5,"op":"ping","params":{}}"#)]), None);
        assert_eq!(of_questions(&[asked(0, "{")]), None);
    }
}
