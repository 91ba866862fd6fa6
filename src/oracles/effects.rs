//! What a refusal leaves behind, as `state` shows it, beside what its row in section 32 says.

use std::collections::BTreeMap;

use harness::spec;
use harness::spec::order::Row;
use peer::engine::Engine;
use serde_json::{Value, json};

/// What `state` says of the session that a question is about. Of logins, once the clock has done its part: what expires
/// is no effect of a refusal.
pub fn before(engine: &mut Engine, asked: &Value) -> Value {
    let Some(session) = asked.get("session").and_then(Value::as_str) else { return Value::Null };
    let is_login = asked.get("op").and_then(Value::as_str).is_some_and(|op| op.starts_with("server.login_"));
    let Some(now) = asked.pointer("/params/now").filter(|_| is_login) else { return state(engine, session) };
    let mut aged = engine.fork(session);
    let params = json!({"challenge_key": "0000000000", "now": now});
    let look = json!({"seq": 0, "op": "server.login_status", "session": session, "params": params});
    aged.answer(look.to_string().as_bytes());
    state(&mut aged, session)
}

/// What `state` says of a session.
pub fn state(engine: &mut Engine, session: &str) -> Value {
    let line = json!({"seq": 0, "op": "state", "session": session, "params": {}}).to_string();
    serde_json::from_slice(&engine.answer(line.as_bytes())).expect("an answer")
}

/// What a refusal changed, in the words of section 1; of counters, which.
pub fn effect(before: &Value, after: &Value) -> String {
    let counters = |state: &Value| -> BTreeMap<String, u64> {
        let counters = state.pointer("/ok/counters").cloned().unwrap_or_else(|| json!({}));
        serde_json::from_value(counters).expect("counters")
    };
    let (old, new) = (counters(before), counters(after));
    let other: Vec<_> = new.iter().filter(|(name, count)| old.get(*name) != Some(count)).collect();
    let by_one = other.iter().all(|(name, count)| old.get(*name).is_some_and(|old| old + 1 == **count));
    let same_digest = before.pointer("/ok/digest") == after.pointer("/ok/digest");
    match (same_digest, other.len()) {
        (true, 0) if old.len() == new.len() => "free".to_owned(),
        (true, 1) if by_one => format!("counts {}", other[0].0.split('/').next().expect("a name")),
        (true, 2) if by_one => "counts both".to_owned(),
        (false, 0) if new.len() < old.len() => "wipes".to_owned(),
        // SDL-41: a kept account answers, with a count of its own.
        (false, 1) if old.get(other[0].0).is_some_and(|old| old > other[0].1) => "wipes".to_owned(),
        (false, 0) => "use up".to_owned(),
        _ => format!("changes {before} to {after}"),
    }
}

/// What a refusal by this requirement may leave behind, by the row of its operation, in the same words.
pub fn expected(row: &Row, by: &str) -> Vec<String> {
    let counter = spec::find(by).and_then(|found| found.counts).unwrap_or("nothing");
    match row.effects.get(by).copied() {
        Some("counts") => vec![format!("counts {counter}")],
        // SDL-41: counters of a kept account may be those of the one that is wiped, and then only the digest shows it.
        Some("counts or wipes") => {
            ["wipes", "use up"].map(str::to_owned).into_iter().chain([format!("counts {counter}")]).collect()
        }
        Some(other) => vec![other.to_owned()],
        None => vec!["free".to_owned()],
    }
}
