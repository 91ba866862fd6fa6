//! What the vectors of single-device licensing have in common.

use serde_json::{Value, json};

use crate::flow;
use crate::vector::since;
use channel::rule::Rule;
use harness::scene::{START, Under};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial};

/// The edition in which these first stood.
pub(super) const EDITION: u32 = 4;

/// Of this edition.
pub(super) fn of_4(vectors: Vec<Value>) -> Vec<Value> {
    since(EDITION, vectors)
}

/// What edition 5 writes in another way, or first.
pub(super) fn of_5(vectors: Vec<Value>) -> Vec<Value> {
    since(5, vectors)
}

/// A client that is activated, and refuses or takes what it is asked.
pub(super) fn client(
    id: &str,
    note: &str,
    requirements: &[&str],
    setup: SingleSetup,
    play: impl FnOnce(&mut Trial<'_>, &Single) -> Result<(), Stop>,
) -> Value {
    flow(id, note, requirements, |t| {
        let scene = Single::new(t, Under::Client, setup)?;
        play(t, &scene)
    })
}

/// What is refused is told by its rule.
pub(super) fn rule_of(rule: Rule) -> [&'static str; 1] {
    [rule.id]
}

/// For reading: where a scene begins.
pub(super) fn clock() -> Value {
    json!(START)
}
