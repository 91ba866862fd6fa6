//! Who said what to whom, as a sequence diagram: a column per player, a row per question. In a text browser it is a list.

use std::collections::BTreeMap;

use harness::report::StepReport;
use harness::trace::Turn;
use serde_json::Value;

use crate::escape::spelled_out;

/// How many of the latest questions are drawn; a case seldom has more.
const MOST: usize = 40;
/// How many characters of a value are told.
const VALUE: usize = 24;
/// How many of words.
const WORDS: usize = 160;

/// A diagram.
pub(crate) struct Sequence {
    pub(crate) players: Vec<String>,
    pub(crate) rows: Vec<Row>,
    /// How many earlier questions are left out.
    pub(crate) left_out: usize,
}

/// A question and what came back, or what a player works out.
pub(crate) struct Row {
    pub(crate) by: String,
    pub(crate) to: Option<String>,
    /// The columns of both, from 1; the same where nobody else is spoken to.
    pub(crate) columns: [usize; 2],
    pub(crate) says: String,
    pub(crate) answer: Option<String>,
    pub(crate) kind: Kind,
}

/// What is to be seen at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Plain,
    Refused,
    /// The question that did it.
    Wrong,
}

impl Row {
    /// Its class in the style sheet.
    pub(crate) fn class(&self) -> &'static str {
        match self.kind {
            Kind::Plain => "plain",
            Kind::Refused => "refused",
            Kind::Wrong => "wrong",
        }
    }

    /// Where its arrow is, as lines of a grid of half columns: from the middle of one player to that of the other.
    pub(crate) fn grid(&self) -> (usize, usize) {
        let [by, to] = self.columns;
        let (left, right) = (by.min(to), by.max(to));
        (2 * left, if left == right { 2 * left + 1 } else { 2 * right })
    }

    pub(crate) fn is_wrong(&self) -> bool {
        self.kind == Kind::Wrong
    }

    pub(crate) fn points_left(&self) -> bool {
        self.columns.first() > self.columns.last()
    }
}

impl Sequence {
    /// The story of a case whose players have names.
    pub(crate) fn of_turns(turns: &[Turn], has_failed: bool) -> Self {
        let last = turns.iter().rposition(|turn| turn.to.is_some()).filter(|_| has_failed);
        let rows = turns.iter().enumerate().map(|(place, turn)| Row {
            by: turn.by.clone(),
            to: turn.to.clone(),
            columns: [0, 0],
            says: spelled_out(&turn.says, WORDS),
            answer: turn.answer.as_ref().map(|answer| spelled_out(answer, WORDS)),
            kind: match &turn.answer {
                _ if last == Some(place) => Kind::Wrong,
                Some(answer) if answer.starts_with("refused") => Kind::Refused,
                _ => Kind::Plain,
            },
        });
        Self::of(rows.collect())
    }

    /// The steps of a failing case: the suite asks the sessions of its peers.
    pub(crate) fn of_steps(steps: &[StepReport], at: Option<usize>) -> Self {
        let several = steps.iter().any(|step| step.peer > 0);
        let rows = steps.iter().enumerate().map(|(place, step)| {
            let question: Value = serde_json::from_str(&step.question).unwrap_or_default();
            let session = question.get("session").and_then(Value::as_str);
            let peer =
                if several { format!("peer {}", step.peer.saturating_add(1)) } else { "the peer".to_owned() };
            let to = match session {
                Some(session) if several => format!("{peer}: {session}"),
                Some(session) => session.to_owned(),
                None => peer,
            };
            let answer: Value = serde_json::from_str(&step.answer).unwrap_or_default();
            Row {
                by: "the suite".to_owned(),
                to: Some(spelled_out(&to, VALUE)),
                columns: [0, 0],
                says: asked(&question),
                answer: Some(answered(&answer)),
                kind: match () {
                    () if at == Some(place) => Kind::Wrong,
                    () if answer.get("refused").is_some() => Kind::Refused,
                    () => Kind::Plain,
                },
            }
        });
        Self::of(rows.collect())
    }

    /// Gives every player a column, in the order of their appearance.
    fn of(mut rows: Vec<Row>) -> Self {
        let left_out = rows.len().saturating_sub(MOST);
        rows.drain(..left_out);
        let mut players: Vec<String> = Vec::new();
        let mut columns: BTreeMap<String, usize> = BTreeMap::new();
        for row in &mut rows {
            let mut column = |player: &String| {
                *columns.entry(player.clone()).or_insert_with(|| {
                    players.push(player.clone());
                    players.len()
                })
            };
            let by = column(&row.by);
            row.columns = [by, row.to.as_ref().map_or(by, &mut column)];
        }
        Self { players, rows, left_out }
    }
}

/// An operation and its parameters; random fields and the session are the suite's own affair.
fn asked(question: &Value) -> String {
    let operation = question.get("op").and_then(Value::as_str).unwrap_or("(no question)");
    let values = question.get("params").map(values).unwrap_or_default();
    [spelled_out(operation, WORDS), values].join(" ").trim_end().to_owned()
}

fn answered(answer: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(class) = answer.pointer("/refused/class") {
        return spelled_out(&format!("refused: {}", text(class)), WORDS);
    }
    match answer.get("ok") {
        Some(result) => format!("ok {}", values(result)).trim_end().to_owned(),
        None if answer.is_null() => "no answer".to_owned(),
        None => spelled_out(&answer.to_string(), WORDS),
    }
}

/// The members of an object, `name=value`.
fn values(object: &Value) -> String {
    let member = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", cut(&value))
    };
    let members = object.as_object().into_iter().flatten().filter(|(name, _)| *name != "random");
    spelled_out(&members.map(member).collect::<Vec<_>>().join(" "), WORDS)
}

/// The beginning of a long value, and its end, where two messages differ.
fn cut(text: &str) -> String {
    let length = text.chars().count();
    if length <= VALUE {
        return text.to_owned();
    }
    let head: String = text.chars().take(VALUE / 2).collect();
    let tail: String = text.chars().skip(length.saturating_sub(VALUE / 4)).collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_player_has_a_column() {
        let turn = |by: &str, to: Option<&str>, says: &str, answer: Option<&str>| Turn {
            by: by.into(),
            to: to.map(str::to_owned),
            says: says.into(),
            answer: answer.map(str::to_owned),
        };
        let story = [
            turn("bank", Some("phone"), "client.open", Some("accepted")),
            turn("attacker", None, "changes it", None),
            turn("attacker", Some("phone"), "client.open", Some("refused with corrupted")),
            turn("phone", Some("bank"), "server.verify", Some("accepted")),
        ];
        let Sequence { players, rows, left_out } = Sequence::of_turns(&story, true);
        assert_eq!((players, left_out), (vec!["bank".into(), "phone".into(), "attacker".into()], 0));
        let drawn: Vec<_> = rows.iter().map(|row| (row.grid(), row.points_left(), row.kind)).collect();
        let expected = [
            ((2, 4), false, Kind::Plain),
            ((6, 7), false, Kind::Plain),
            ((4, 6), true, Kind::Refused),
            ((2, 4), true, Kind::Wrong),
        ];
        assert_eq!(drawn, expected);
    }

    #[test]
    fn steps_are_told_by_session_and_the_latest_are_kept() {
        let step = |question: &str, answer: &str| StepReport {
            peer: 0,
            question: question.into(),
            answer: answer.into(),
            reference: String::new(),
        };
        let long = r#"{"op":"client.open","session":"c","params":{"message":"00C1C3E40F42B8231111111111111122","random":{}}}"#;
        let steps = [
            step(long, r#"{"ok":{}}"#),
            step(r#"{"op":"ping"}"#, r#"{"refused":{"class":"unsupported"}}"#),
            step("", ""),
        ];
        let rows = Sequence::of_steps(&steps, Some(2)).rows;
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.to.as_deref().unwrap(), row.says.as_str(), row.answer.as_deref().unwrap()))
            .collect();
        let expected = [
            ("c", "client.open message=00C1C3E40F42…111122", "ok"),
            ("the peer", "ping", "refused: unsupported"),
            ("the peer", "(no question)", "no answer"),
        ];
        assert_eq!(told, expected);
        let many = vec![step(r#"{"op":"ping"}"#, "{}"); MOST + 2];
        assert_eq!(Sequence::of_steps(&many, None).left_out, 2);
    }
}
