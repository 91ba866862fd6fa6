//! Any line into the reference.

use serde_json::{Value, json};

use super::super::target::Target;
use super::{DICTIONARY, creates, engine, envelope, talk};
use peer::engine::{Engine, operation_names};
use peer::protocol::Answer;

/// Lines for an engine that has a client `c` and a server `s`.
pub const PEER_QUESTION: Target = Target {
    name: "peer_question",
    run: peer_question,
    max_len: 16_000,
    floor: 250,
    seeds: || {
        let lines = talk().lines;
        let mut seeds: Vec<_> = lines.iter().map(|line| line.clone().into_bytes()).collect();
        let stateful = lines.into_iter().filter(|line| line.contains("\"session\":")).collect::<Vec<_>>();
        seeds.push(stateful.join("\n").into_bytes());
        seeds.push(br#"[7,"ping",{}]"#.to_vec());
        seeds.push(br#"{"seq":1,"op":"made.up","session":"x","params":null}"#.to_vec());
        seeds
    },
    dictionary: DICTIONARY,
    oracles: &[
        "exactly one answer, of the protocol, by an independent reading",
        "it echoes the number wherever the line has one",
        "unsupported exactly where the operation doesn't exist",
        "a fault, an unsupported or a free refusal changes no session; the engine goes on",
        "what was done gives the same answer twice",
    ],
};

fn prepared() -> Engine {
    thread_local! {
        static LINES: [Vec<u8>; 2] = creates().map(|(op, session, params)| {
            json!({"seq": 0, "op": op, "session": session, "params": params}).to_string().into_bytes()
        });
    }
    let mut engine = engine();
    LINES
        .with(|lines| lines.iter().for_each(|line| assert_eq!(engine.answer(line), br#"{"seq":0,"ok":{}}"#)));
    engine
}

fn states(engine: &mut Engine) -> [Vec<u8>; 2] {
    ["c", "s"].map(|session| {
        engine.answer(format!(r#"{{"seq":0,"op":"state","session":"{session}","params":{{}}}}"#).as_bytes())
    })
}

/// The twin is asked only what the engine did or counted, and every step of a login; in the end they must be alike.
fn peer_question(data: &[u8]) {
    let (mut engine, mut twin) = (prepared(), prepared());
    for line in data.split(|byte| *byte == b'\n').take(100) {
        let raw = engine.answer(line);
        assert!(!raw.contains(&b'\n') && Answer::read(&raw).is_ok());
        let answer: Value = serde_json::from_slice(&raw).unwrap();
        let members = envelope(&answer).expect("an answer");

        // Not every line that has a number can be read whole: lone surrogates, deep nesting.
        let question = serde_json::from_slice::<Value>(line).ok();
        if let Some(question) = &question {
            let seq = question.get("seq").and_then(Value::as_u64).filter(|seq| *seq <= u64::from(u32::MAX));
            assert_eq!(members["seq"], json!(seq), "the number of the question");
        }
        let question = question.unwrap_or_else(|| json!({"op": members.get("unsupported")}));
        if let Some(op) = members.get("unsupported") {
            assert_eq!(op, &question["op"]);
            assert!(operation_names().all(|name| op != name));
        } else if !question["op"].is_null() && !members.contains_key("fault") {
            assert!(operation_names().any(|name| question["op"] == name));
        }

        let counted = [json!("wrong-pin"), json!("wrong-code"), json!("wrong-signature")];
        let counts = members.get("refused").is_some_and(|refused| counted.contains(&refused["class"]));
        // The clock of a login moves on, and its information message is used up, whatever is refused (LGN-18).
        let of_login = question["op"].as_str().is_some_and(|op| op.starts_with("server.login_"));
        let moves_on = of_login && members.contains_key("refused");
        if members.contains_key("ok") || counts || moves_on {
            assert_eq!(twin.answer(line), raw, "the same answer twice");
        }
    }
    assert_eq!(states(&mut engine), states(&mut twin), "what was not done changed a session");
    assert_eq!(engine.answer(br#"{"seq":9,"op":"ping","params":{}}"#), br#"{"seq":9,"ok":{}}"#);
}
