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
