//! A question of some operation, and its line.

use std::any::Any;

use serde::Serialize;
use serde_json::value::to_raw_value;

use peer::engine;
use peer::protocol::{Operation, Question};
use peer::shape::{Shape, Value};

use crate::reply::Reply;
use crate::stop::Stop;

/// Parameters of some operation: nearly all of a trial is the same for each, so that it is compiled once.
#[derive(Clone, Copy)]
pub(crate) struct Asking<'p> {
    pub(crate) shape: &'static Shape,
    pub(crate) params: &'p dyn Any,
}

impl<'p> Asking<'p> {
    pub(crate) fn of<Op: Operation>(params: &'p Op) -> Result<Self, Stop> {
        Self::named(Op::NAME, params)
    }

    pub(crate) fn named(name: &'static str, params: &'p dyn Any) -> Result<Self, Stop> {
        let shape = engine::shape(name).ok_or_else(|| Stop::Harness(format!("no operation {name}")))?;
        Ok(Self { shape, params })
    }

    pub(crate) fn name(self) -> &'static str {
        self.shape.name
    }

    /// A reply to it, in words.
    pub(crate) fn words(self, reply: &Reply<Value>) -> String {
        reply.words_with(|value| self.shape.show(value))
    }
}

/// The same question, so many seconds later.
pub(crate) fn later(line: String, seconds: u32) -> Result<String, Stop> {
    let harness = |error: serde_json::Error| Stop::Harness(error.to_string());
    if seconds == 0 {
        return Ok(line);
    }
    let mut question: serde_json::Value = serde_json::from_str(&line).map_err(harness)?;
    if let Some(now) = question.pointer_mut("/params/now") {
        let then = now.as_u64().unwrap_or_default().saturating_add(u64::from(seconds));
        *now = then.min(u64::from(u32::MAX)).into();
    }
    serde_json::to_string(&question).map_err(harness)
}

/// The line of a question.
pub fn question<Op: Operation>(seq: u32, op: &Op, session: &str) -> Result<String, Stop> {
    question_of(seq, Asking::of(op)?, session)
}

pub(crate) fn question_of(seq: u32, op: Asking<'_>, session: &str) -> Result<String, Stop> {
    let harness = |error: serde_json::Error| Stop::Harness(error.to_string());
    let params = op.shape.write(op.params).map_err(harness)?;
    let session = (!engine::is_without_session(op.name())).then(|| session.into());
    serde_json::to_string(&Question { seq, op: op.name().into(), session, params: &params }).map_err(harness)
}

/// The line of a question that no reference knows, and without a session.
pub(crate) fn question_alone<P: Serialize>(seq: u32, op: &str, params: &P) -> Result<String, Stop> {
    let harness = |error: serde_json::Error| Stop::Harness(error.to_string());
    let params = to_raw_value(params).map_err(harness)?;
    serde_json::to_string(&Question { seq, op: op.into(), session: None, params: &params }).map_err(harness)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_of_later_has_a_later_clock_and_nothing_else() {
        let line = r#"{"seq":1,"op":"client.sign","session":"a","params":{"now":5,"handle":1}}"#;
        assert_eq!(later(line.to_owned(), 0).unwrap(), line);
        for (seconds, now) in [(7, 12), (u32::MAX, u32::MAX)] {
            let moved: serde_json::Value =
                serde_json::from_str(&later(line.to_owned(), seconds).unwrap()).unwrap();
            let mut expected: serde_json::Value = serde_json::from_str(line).unwrap();
            expected["params"]["now"] = now.into();
            assert_eq!(moved, expected);
        }
        let without = r#"{"op":"ping","params":{},"seq":1}"#;
        assert_eq!(later(without.to_owned(), 7).unwrap(), without);
    }
}
