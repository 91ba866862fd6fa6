//! What a program shows of a peer from outside. A program that shows a feature which no other has shown is kept, to be
//! played again the next night.
//!
//! ```text
//! answer     operation · the shape of the result, the class of a refusal, or that it was none of both
//! decided    operation · the requirement by which the reference refuses
//! state      the counters of the session by the reference, in buckets
//! own        a place of its own code that the peer says was reached (SPEC section 18)
//! ```
//!
//! A feature is a number: nobody needs to read one, and there are many.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use harness::reply::{Broken, Reply};
use harness::suite::fnv;
use serde_json::Value;

use crate::compare::Said;

/// Members whose texts are words of the protocol. Of any other text only the length is a feature.
const WORDS: [&str; 6] = ["status", "outcome", "class", "format", "mode", "state"];

/// The features of a program, each with the step that showed it first.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    found: BTreeMap<u64, usize>,
}

impl Seen {
    /// Each feature, and the step that showed it first.
    pub fn features(&self) -> impl Iterator<Item = (u64, usize)> + Clone {
        self.found.iter().map(|(feature, at)| (*feature, *at))
    }

    /// Places of its own code that the peer says it reached, by the last of so many steps.
    pub fn own(&mut self, places: &[u32], steps: usize) {
        for place in places {
            self.add(steps, &format!("own {place}"));
        }
    }

    /// A step was answered.
    pub(crate) fn answer(&mut self, at: usize, op: &str, got: &Said, want: &Reply<Value>) {
        let (class, shape) = match got {
            // What it counts has names of its own, and is seen by the reference's counters.
            Ok(Reply::Ok(_)) if op == "state" => ("ok".to_owned(), String::new()),
            Ok(Reply::Ok(result)) => ("ok".to_owned(), shape_of(result)),
            Ok(Reply::Refused(refused)) => (refused.class.to_string(), String::new()),
            Ok(Reply::Unsupported) => ("unsupported".to_owned(), String::new()),
            Ok(Reply::Fault(_)) => ("fault".to_owned(), String::new()),
            Err(Broken::Crash(_)) => ("crash".to_owned(), String::new()),
            Err(Broken::Hang(_)) => ("hang".to_owned(), String::new()),
            Err(_) => ("violation".to_owned(), String::new()),
        };
        self.add(at, &format!("answer {op} {class} {shape}"));
        if let Some(rule) = want.refused_by() {
            self.add(at, &format!("decided {op} {rule}"));
        }
    }

    /// What the reference counts after a step, in its session.
    pub(crate) fn counters(&mut self, at: usize, op: &str, counters: Option<&Value>) {
        let counters = counters.and_then(Value::as_object).into_iter().flatten();
        let kind = op.split('.').next().unwrap_or_default();
        let mut names: Vec<String> = counters
            .map(|(name, count)| {
                let name = name.split('/').next().unwrap_or_default();
                format!("{name}:{}", bucket(count.as_u64().unwrap_or_default()))
            })
            .collect();
        names.sort();
        names.dedup();
        let counters = names.join(" ");
        self.add(at, &format!("state {kind} {counters}"));
    }

    fn add(&mut self, at: usize, feature: &str) {
        self.found.entry(fnv(feature)).or_insert(at);
    }
}

/// Small numbers one by one, others by their order of magnitude.
fn bucket(number: u64) -> u64 {
    if number < 4 { number } else { u64::from(number.ilog2()) + 2 }
}

/// Which members there are, and of what kind and size each is.
fn shape_of(value: &Value) -> String {
    let mut shape = String::new();
    describe(value, "", &mut shape);
    shape
}

fn describe(value: &Value, name: &str, shape: &mut String) {
    let length = |length: usize| bucket(u64::try_from(length).unwrap_or(u64::MAX));
    // Writing to a text can't fail.
    let _ = match value {
        Value::Null => write!(shape, "null"),
        Value::Bool(is) => write!(shape, "{is}"),
        Value::Number(number) => write!(shape, "#{}", bucket(number.as_u64().unwrap_or_default())),
        Value::String(text) if WORDS.contains(&name) && text.len() < 16 => write!(shape, "'{text}'"),
        Value::String(text) => write!(shape, "'{}'", length(text.len())),
        Value::Array(items) => {
            let mut kinds: Vec<String> = items.iter().map(shape_of).collect();
            kinds.sort();
            kinds.dedup();
            write!(shape, "[{} {}]", length(items.len()), kinds.join(" "))
        }
        Value::Object(members) => {
            for (name, value) in members {
                shape.push_str(name);
                shape.push(':');
                describe(value, name, shape);
                shape.push(' ');
            }
            Ok(())
        }
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(answers: &[(&str, Said)]) -> Seen {
        let mut seen = Seen::default();
        for (at, (op, said)) in answers.iter().enumerate() {
            seen.answer(at, op, said, &Reply::Unsupported);
        }
        seen
    }

    fn numbers(seen: &Seen) -> Vec<u64> {
        seen.features().map(|(feature, _)| feature).collect()
    }

    #[test]
    fn other_values_of_one_shape_are_the_same_and_other_shapes_are_not() {
        let one = |result: Value| numbers(&seen(&[("client.open", Ok(Reply::Ok(result)))]));
        let usual = one(json!({"handle": 9, "serial": "VDS1234567"}));
        assert_eq!(usual, one(json!({"handle": 8, "serial": "VDS7654321"})));
        for other in [
            json!({"handle": null, "serial": "VDS1234567"}),
            json!({"handle": 9}),
            json!({"handle": 9, "serial": ""}),
            json!({"handle": 9000, "serial": "VDS1234567"}),
        ] {
            assert_ne!(usual, one(other.clone()), "{other}");
        }
    }

    #[test]
    fn counters_are_told_apart_while_they_are_small() {
        let of = |count: u64| {
            let mut seen = Seen::default();
            seen.counters(0, "server.x", Some(&json!({"code_failures": count, "signature_failures/01": 0})));
            numbers(&seen)
        };
        assert!(of(0) != of(1) && of(3) != of(4) && of(4) == of(7) && of(7) != of(8));
    }
}
