//! Vectors of single-device licensing (SPEC sections 28 to 30): `activation-code.json`, `full-activation.json`,
//! `event-counter.json`, `derivation-code.json`, `password.json`, `single-state.json`.

mod codes;
mod flows;
mod password;
mod states;

use serde_json::{Value, json};

use super::{flow, hex, since, with};
use channel::rule::Rule;
use harness::scene::{START, Under};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial};

pub(super) use codes::{activation_codes, derivation_codes, event_counters, full_activations};
pub(super) use flows::flows;
pub(super) use password::passwords;
pub(super) use states::states;

/// The edition in which these first stood.
const EDITION: u32 = 4;

/// Of this edition.
fn of_4(vectors: Vec<Value>) -> Vec<Value> {
    since(EDITION, vectors)
}

/// A client that is activated, and refuses or takes what it is asked.
fn client(
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
fn rule_of(rule: Rule) -> [&'static str; 1] {
    [rule.id]
}

/// For reading: where a scene begins.
fn clock() -> Value {
    json!(START)
}
