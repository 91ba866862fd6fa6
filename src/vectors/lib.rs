//! Golden vectors: what the reference computes from fixed inputs, as JSON files under `vectors/`.
//!
//! Each file is an area; each vector has its inputs, the values in between, and `valid` or `invalid` with a
//! class and a requirement. Generated, committed, and compared by `counterproof vectors check`; run against a
//! peer by `counterproof vectors run`.
//!
//! ```text
//! frames · keys · formats · requests · deactivations · responses   one generator per area, edition 1 and 2
//! message_vectors · license_files · blobs · states                 licenses and storage, edition 3
//! pictures                                                         carriers, edition 4
//! open_algorithms                                              HOTP, TOTP and OCRA, edition 4
//! callback_urls                                 app-to-app, edition 4
//! gateway_strings · information                                    push and login, edition 4
//! single/                                          single-device licensing, edition 4
//! flows    whole flows, one generator per part of the protocol
//! flow     plays a scene on the reference and keeps its steps
//! file     reads a vector file, ours or somebody else's, strictly
//! judge    asks a peer what a vector asks, compares
//! ```

use serde_json::{Map, Value, json};

use channel::rule::Rule;
use peer::engine::Engine;

mod blobs;
mod callback_urls;
mod deactivations;
pub mod example;
pub mod file;
mod flow;
mod flows;
mod formats;
mod frames;
mod gateway_strings;
mod information;
pub mod judge;
mod keys;
mod license_files;
mod message_vectors;
mod open_algorithms;
mod pictures;
mod requests;
mod responses;
mod single;
mod states;

pub use flow::flow;

/// The edition of the specification in which a vector first stood, unless [`since`] says another.
const FIRST: u32 = 1;

/// A file to be written: its name and its content.
pub struct File {
    /// Below `vectors/`.
    pub name: String,
    /// JSON, ended by a line end.
    pub content: String,
}

/// All vector files. Deterministic.
pub fn files() -> Vec<File> {
    [
        ("frame", frames::frames()),
        ("kdf", keys::derivations()),
        ("protection", keys::protections()),
        ("static-vector", formats::static_vectors()),
        ("device-code", formats::device_codes()),
        ("request", requests::requests()),
        ("deactivation", deactivations::deactivations()),
        ("response", responses::responses()),
        ("check-digit", responses::check_digits()),
        ("message-vector", message_vectors::message_vectors()),
        ("license-file", license_files::license_files()),
        ("blob", blobs::blobs()),
        ("client-state", states::states()),
        ("qr", pictures::pictures()),
        ("open-algorithm", open_algorithms::open_algorithms()),
        ("callback-url", callback_urls::callback_urls()),
        ("gateway-string", gateway_strings::gateway_strings()),
        ("information", information::information()),
        ("activation-code", single::activation_codes()),
        ("full-activation", single::full_activations()),
        ("event-counter", single::event_counters()),
        ("derivation-code", single::derivation_codes()),
        ("password", single::passwords()),
        ("single-state", single::states()),
        ("flows", flows::flows()),
        ("worked-example", responses::worked_example()),
    ]
    .map(|(area, vectors)| {
        let about = "made by `counterproof vectors write`; do not edit";
        let file = json!({"area": area, "about": about, "vectors": vectors});
        let content = serde_json::to_string_pretty(&file).unwrap_or_default() + "\n";
        File { name: format!("{area}.json"), content }
    })
    .into()
}

/// A vector whose result the reference gives: it answers `op` with these parameters.
fn asked(id: &str, note: &str, requirements: &[&str], op: &str, params: Value) -> Value {
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
fn expected(rule: Rule, vector: Value) -> Value {
    if vector.get("requirements") == Some(&json!([rule.id])) && vector.get("class").is_some() {
        return vector;
    }
    json!({"id": vector.get("id"), "expected": rule.id, "got": vector})
}

/// A vector computed here: input, values in between, output.
fn made(id: &str, note: &str, requirements: &[&str], input: Value, between: Value, output: Value) -> Value {
    json!({"id": id, "note": note, "requirements": requirements, "since": FIRST, "input": input,
        "intermediate": between, "result": "valid", "output": output})
}

/// The vector with one member more, or another value for it.
fn with(mut vector: Value, member: &str, value: Value) -> Value {
    if let Some(members) = vector.as_object_mut() {
        members.insert(member.to_owned(), value);
    }
    vector
}

/// These vectors first stood in this edition of the specification.
fn since(edition: u32, vectors: impl IntoIterator<Item = Value>) -> Vec<Value> {
    vectors.into_iter().map(|vector| with(vector, "since", json!(edition))).collect()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    channel::text::hex::encode(bytes.as_ref())
}

/// SPEC FRM-1.
const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";
