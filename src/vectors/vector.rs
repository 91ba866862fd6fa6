//! One vector: what all areas write alike.

use serde_json::{Map, Value, json};

use channel::rule::Rule;
use peer::engine::Engine;

/// The edition of the specification in which a vector first stood, unless [`since`] says another.
pub(super) const FIRST: u32 = 1;

/// SPEC FRM-1.
pub(super) const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

/// A vector whose result the reference gives: it answers `op` with these parameters.
pub(super) fn asked(id: &str, note: &str, requirements: &[&str], op: &str, params: Value) -> Value {
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    let question = json!({"seq": 0, "op": op, "params": params});
    let answer: Value =
        serde_json::from_slice(&engine.answer(question.to_string().as_bytes())).unwrap_or_default();
    let mut vector = Map::from_iter([
        ("id".to_owned(), json!(id)),
        ("note".to_owned(), json!(note)),
        ("requirements".to_owned(), json!(requirements)),
        ("since".to_owned(), json!(FIRST)),
        ("operation".to_owned(), json!(op)),
        ("input".to_owned(), params),
    ]);
    match answer.get("refused") {
        None => {
            vector.insert("result".to_owned(), json!("valid"));
            vector.insert("output".to_owned(), answer.get("ok").cloned().unwrap_or_default());
        }
        Some(refused) => {
            vector.insert("result".to_owned(), json!("invalid"));
            vector.insert("class".to_owned(), refused.get("class").cloned().unwrap_or_default());
            vector.insert("requirements".to_owned(), json!([refused.get("requirement")]));
        }
    }
    Value::Object(vector)
}

/// This vector, which must be refused by this rule; where it is not, something that fits no schema, which a test
/// notices.
pub(super) fn expected(rule: Rule, vector: Value) -> Value {
    if vector.get("requirements") == Some(&json!([rule.id])) && vector.get("class").is_some() {
        return vector;
    }
    json!({"id": vector.get("id"), "expected": rule.id, "got": vector})
}

/// A vector computed here: input, values in between, output.
pub(super) fn made(
    id: &str,
    note: &str,
    requirements: &[&str],
    input: Value,
    between: Value,
    output: Value,
) -> Value {
    json!({"id": id, "note": note, "requirements": requirements, "since": FIRST, "input": input,
        "intermediate": between, "result": "valid", "output": output})
}

/// The vector with one member more, or another value for it.
pub(super) fn with(mut vector: Value, member: &str, value: Value) -> Value {
    if let Some(members) = vector.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
    vector
}

/// These vectors first stood in this edition of the specification.
pub(super) fn since(edition: u32, vectors: impl IntoIterator<Item = Value>) -> Vec<Value> {
    vectors.into_iter().map(|vector| with(vector, "since", json!(edition))).collect()
}

pub(super) fn hex(bytes: impl AsRef<[u8]>) -> String {
    channel::text::hex::encode(bytes.as_ref())
}
