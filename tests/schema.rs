//! `vectors/peer-protocol.schema.json` and the types of `harness::protocol` judge alike: real questions and
//! results of every operation are accepted by both, and every mutant of them by both or by neither.

// clippy.toml lets tests unwrap and index, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};

use counterproof::error::Class;
use counterproof::harness::engine::{Engine, operation_names};
use counterproof::harness::operations::*;
use counterproof::harness::protocol::{self, Answer, Operation};
use counterproof::harness::setup;
use jsonschema::Validator;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../vectors/peer-protocol.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// The schema with another root.
fn validator(definition: &str) -> Validator {
    let mut schema = schema();
    schema.as_object_mut().unwrap().remove("oneOf");
    schema["$ref"] = json!(format!("#/$defs/{definition}"));
    jsonschema::validator_for(&schema).unwrap()
}

fn engine() -> Engine {
    let mut next = 0u8;
    Engine::new(Box::new(move |bytes| {
        bytes.fill_with(|| {
            next = next.wrapping_add(1);
            next
        });
    }))
}

fn ask(engine: &mut Engine, question: &Value) -> Value {
    serde_json::from_slice(&engine.answer(question.to_string().as_bytes())).unwrap()
}

/// A question and the result it really has.
struct Example {
    op: String,
    question: Value,
    result: Value,
}

/// Asks everything there is, in an order in which nothing is refused.
fn flow() -> Vec<Example> {
    let mut engine = engine();
    let mut examples: Vec<Example> = Vec::new();
    let mut done = |op: &str, session: Option<&str>, params: Value| -> Value {
        let mut question = json!({"seq": examples.len(), "op": op, "params": params});
        if let Some(session) = session {
            question["session"] = json!(session);
        }
        let answer = ask(&mut engine, &question);
        assert_eq!(answer["seq"], question["seq"]);
        let result = answer.get("ok").unwrap_or_else(|| panic!("{question}: {answer}")).clone();
        examples.push(Example { op: op.into(), question, result: result.clone() });
        result
    };
    let (c, s) = (Some("client"), Some("server"));
    let key = "000102030405060708090A0B0C0D0E0F";

    done("hello", None, json!({"protocol": 1}));
    done("ping", None, json!({}));
    done("primitive.cmac", None, json!({"key": key, "data": "00"}));
    done("primitive.ctr", None, json!({"key": key, "block": key, "data": "0011"}));
    for bits in [128, 256] {
        done("primitive.kdf", None, json!({"key": key, "label": "enc", "context": "0100", "bits": bits}));
    }
    let wrapped = done("primitive.key_wrap", None, json!({"kek": key, "key": key}))["wrapped"].clone();
    done("primitive.key_unwrap", None, json!({"kek": key, "wrapped": wrapped}));
    done("primitive.check_digit", None, json!({"digits": "0794", "hexadecimal": false}));
    done("primitive.check_digit", None, json!({"digits": "07aF", "hexadecimal": true}));
    let response = json!({"key": key, "mode": 3, "application": 1, "step": 5, "event": 0, "length": 8,
        "hexadecimal": false, "check_digit": true, "fields": ["00", "", "0102"]});
    done("primitive.response", None, response);
    let seal = json!({"key": key, "type": 3, "protection": 2, "serial": "VDS1000120",
        "nonce": "0011223344556677", "body": "0102"});
    let message = done("frame.seal", None, seal)["message"].clone();
    done("frame.parse", None, json!({"message": message, "carrier": "direct"}));
    done("frame.open", None, json!({"key": key, "message": message}));

    for (op, session, params) in creates() {
        done(op, Some(session), params);
    }
    let without = json!({"static_vector": null, "platform_data": "", "device_type": 0, "app_version": 0,
        "rooted": true, "root_policy": "allow", "random": {}});
    done("client.create", Some("other"), without);
    done("drop", Some("other"), json!({}));

    let am1 = json!({"with_challenge": true, "with_static_vector": true, "now": 1000,
        "random": {"challenge": "0102030405060708"}});
    let am1 = done("server.generate_activation1", s, am1)["message"].clone();
    let code = done("client.activate_license", c, json!({"message": am1}))["device_code"].clone();
    done("server.verify_device_code", s, json!({"device_code": code, "now": 1010}));
    let salt = json!({"instance_salt": "000102030405060708090A0B0C"});
    let am2 = done("server.generate_activation2", s, json!({"now": 1020, "random": salt}))["message"].clone();
    let activated = done("client.activate_instance", c, json!({"message": am2, "now": 1030}));
    let verify = json!({"sequence": 1, "message": am2, "signature": activated["signature"], "now": 1040});
    done("server.verify_message_signature", s, verify);
    let request = json!({"now": 1050, "carrier": "direct", "application": 1, "minimum_version": 0,
        "require_pin": true, "template": 3, "charset": "utf-8", "title": "Pay",
        "items": [["To", "Zoë"], ["Amount", ""]]});
    let request = done("server.generate_request", s, request)["message"].clone();
    done("client.open", c, json!({"message": request, "carrier": "gateway"}));
    done("client.sign", c, json!({"approved": false, "pin": "cached", "now": 1060}));
    done("client.open", c, json!({"message": request, "carrier": "direct"}));
    done("client.sign", c, json!({"approved": true, "pin": "right", "now": 1060}));
    done("state", c, json!({}));
    done("state", s, json!({}));
    done("reset", None, json!({}));
    examples
}

/// Makes a client and a server session.
fn creates() -> [(&'static str, &'static str, Value); 2] {
    use counterproof::bytes::Wire as _;
    let vector = counterproof::text::hex::encode(&setup::vector().to_bytes());
    let key = "101112131415161718191A1B1C1D1E1F";
    let client = json!({"static_vector": vector, "platform_data": "00FF", "device_type": 7, "app_version": 2,
        "rooted": false, "root_policy": "block", "random": {"installation_salt": key}});
    let server = json!({"serial": "VDS1000120", "license_key": key, "static_vector": vector,
        "secure_channel": true, "activation_protection": 2, "message_protection": 1, "post_activation": 1,
        "activation_validity_days": 7, "message_age_limit_s": 3600, "threshold": 9, "code_tries": 3,
        "signature_tries": 4, "window": 24, "look_ahead": 10, "last_counter": 0,
        "random": {"payload_key": key}});
    [("client.create", "client", client), ("server.create", "server", server)]
}

/// An engine in which the session that a question names exists, so that only the question can be at fault.
fn prepared(question: &Value) -> Engine {
    let mut engine = engine();
    let op = question["op"].as_str().unwrap_or_default();
    let session = question["session"].as_str().unwrap_or_default();
    for (create, _, params) in creates() {
        let role_fits = create.starts_with("server.") == op.starts_with("server.");
        if role_fits && !op.ends_with(".create") && (1..=64).contains(&session.chars().count()) {
            let made =
                ask(&mut engine, &json!({"seq": 0, "op": create, "session": session, "params": params}));
            assert!(made.get("ok").is_some(), "{made}");
        }
    }
    engine
}

/// Whether serde takes a result of this operation, as the harness reads it.
fn reads<Op: Operation>() -> (&'static str, fn(&str) -> bool) {
    (Op::NAME, |text| protocol::read::<Op::Output>(text.as_bytes()).is_ok())
}

fn readers() -> BTreeMap<&'static str, fn(&str) -> bool> {
    BTreeMap::from([
        reads::<Hello>(),
        reads::<Ping>(),
        reads::<Reset>(),
        reads::<Drop>(),
        reads::<State>(),
        reads::<PrimitiveCmac>(),
        reads::<PrimitiveCtr>(),
        reads::<PrimitiveKdf>(),
        reads::<PrimitiveKeyWrap>(),
        reads::<PrimitiveKeyUnwrap>(),
        reads::<PrimitiveCheckDigit>(),
        reads::<PrimitiveResponse>(),
        reads::<FrameParse>(),
        reads::<FrameSeal>(),
        reads::<FrameOpen>(),
        reads::<ClientCreate>(),
        reads::<ClientActivateLicense>(),
        reads::<ClientActivateInstance>(),
        reads::<ClientOpen>(),
        reads::<ClientSign>(),
        reads::<ServerCreate>(),
        reads::<ServerGenerateActivation1>(),
        reads::<ServerVerifyDeviceCode>(),
        reads::<ServerGenerateActivation2>(),
        reads::<ServerGenerateRequest>(),
        reads::<ServerVerifyMessageSignature>(),
    ])
}

/// What any value is replaced by: every kind of JSON, both sides of every limit of the protocol.
fn replacements() -> Vec<Value> {
    let mut all = vec![json!(null), json!(true), json!(false), json!([]), json!({}), json!(-1), json!("")];
    let limits = [
        1u64,
        2,
        3,
        5,
        6,
        8,
        15,
        16,
        20,
        99,
        100,
        128,
        256,
        9999,
        65_535,
        u64::from(u32::MAX),
        (1 << 53) - 1,
    ];
    for limit in limits {
        all.extend([limit - 1, limit, limit + 1].map(Value::from));
    }
    all.push(json!(u64::MAX));
    all.push(json!(1e300));
    for bytes in [1, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 23, 24, 25, 32, 33, 63, 64, 65, 2078, 2079] {
        all.push(json!("0a".repeat(bytes)));
    }
    all.push(json!("0".repeat(16))); // the challenge that is none
    for text in ["0", "0g", "0G", "12", "aB", " 00", "00\n", "é", "\u{0}", "\u{7F}", "\u{80}", "日本"] {
        all.push(json!(text));
    }
    for characters in [1, 63, 64, 65] {
        all.push(json!("é".repeat(characters)));
        all.push(json!("7".repeat(characters)));
    }
    let words = [
        "direct",
        "gateway",
        "Direct",
        "utf-8",
        "UTF-8",
        "iso-8859-15",
        "allow",
        "block",
        "right",
        "wrong",
        "cached",
        "ping",
        "hello",
        "drop",
        "state",
        "made.up",
        "corrupted",
        "Corrupted",
        "unlisted",
        "VDS1000120",
        "vds1000120",
        "VDS100012",
        "VDS10001200",
        "VDS100012A",
        "V-S1000120",
        "zzz9999999",
    ];
    all.extend(words.map(Value::from));
    all
}

/// Every single change of `value`, at any depth.
fn mutants(value: &Value, replacements: &[Value]) -> Vec<Value> {
    let mut all: Vec<Value> = replacements.to_vec();
    all.push(json!([value]));
    match value {
        Value::String(text) => {
            all.push(json!({text.as_str(): null}));
            all.extend([format!("{text}0"), format!("{text}00"), text.to_lowercase()].map(Value::from));
            all.extend(text.char_indices().next_back().map(|(last, _)| json!(text[..last])));
        }
        Value::Array(items) => {
            for length in 0..=18 {
                all.push(
                    items.iter().cloned().cycle().take(if items.is_empty() { 0 } else { length }).collect(),
                );
            }
            for (at, item) in items.iter().enumerate() {
                for mutant in mutants(item, replacements) {
                    let mut changed = items.clone();
                    changed[at] = mutant;
                    all.push(json!(changed));
                }
            }
        }
        Value::Object(members) => {
            all.push(members.values().cloned().collect());
            for extra in ["extra", "", "ok", "fault", "code_failures", "pin_failures/VDS1000120", "session"] {
                if !members.contains_key(extra) {
                    let mut changed = members.clone();
                    changed.insert(extra.into(), json!(0));
                    all.push(json!(changed));
                }
            }
            for name in members.keys() {
                let mut changed = members.clone();
                let old = changed.remove(name).unwrap();
                all.push(json!(changed));
                for mutant in mutants(&old, replacements) {
                    changed.insert(name.clone(), mutant);
                    all.push(json!(changed));
                }
            }
        }
        _ => {}
    }
    all
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(600).collect()
}

/// The two judges' disagreements over `values`; at most a screenful.
fn agree(values: impl IntoIterator<Item = Value>, by_schema: &Validator, by_code: impl Fn(&Value) -> bool) {
    let mut disagreements = Vec::new();
    let (mut accepted, mut refused) = (0, 0);
    for value in values {
        match (by_schema.is_valid(&value), by_code(&value)) {
            (true, true) => accepted += 1,
            (false, false) => refused += 1,
            (schema, code) => disagreements.push(format!("schema {schema}, code {code}: {}", short(&value))),
        }
    }
    disagreements.truncate(20);
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    assert!(accepted > 0 && refused > 0, "{accepted} accepted, {refused} refused");
}

#[test]
fn the_schema_is_a_schema_and_closed() {
    assert!(jsonschema::meta::is_valid(&schema()));
    fn walk(value: &Value, path: &str) {
        match value {
            Value::Object(members) => {
                if members.get("type") == Some(&json!("object")) {
                    assert_eq!(members.get("additionalProperties"), Some(&json!(false)), "{path}");
                }
                members.iter().for_each(|(name, member)| walk(member, &format!("{path}/{name}")));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path)),
            _ => {}
        }
    }
    walk(&schema(), "#");
}

#[test]
fn every_operation_has_a_question_a_result_and_an_example() {
    let names: BTreeSet<&str> = operation_names().collect();
    let schema = schema();
    for group in ["questions", "results"] {
        let defined: BTreeSet<&str> =
            schema["$defs"][group].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(defined, names, "{group}");
    }
    let selected = schema["$defs"]["question"]["allOf"].as_array().unwrap();
    for (case, name) in selected.iter().zip(operation_names()) {
        assert_eq!(case["if"]["properties"]["op"]["const"], name);
        assert_eq!(case["then"]["$ref"], format!("#/$defs/questions/{name}"));
    }
    assert_eq!(selected.len(), names.len());
    assert_eq!(readers().into_keys().collect::<BTreeSet<_>>(), names);
    let examples = flow();
    assert_eq!(examples.iter().map(|example| example.op.as_str()).collect::<BTreeSet<_>>(), names);
}

#[test]
fn the_classes_are_those_of_the_code() {
    let words: Vec<Value> = Class::all().map(|class| json!(class.word())).collect();
    assert_eq!(schema()["$defs"]["class"]["enum"], json!(words));
}

#[test]
fn real_questions_and_answers_are_valid() {
    let whole = jsonschema::validator_for(&schema()).unwrap();
    let (question, readers) = (validator("question"), readers());
    for Example { op, question: asked, result } in flow() {
        assert!(question.is_valid(&asked) && whole.is_valid(&asked), "{asked}");
        assert!(validator(&format!("results/{op}")).is_valid(&result), "{op}: {result}");
        assert!(readers[op.as_str()](&result.to_string()), "{op}: {result}");
        assert!(whole.is_valid(&json!({"seq": asked["seq"], "ok": result})));
    }
}

#[test]
fn questions_are_judged_alike() {
    let schema = validator("question");
    let replacements = replacements();
    for example in flow() {
        let questions = std::iter::once(example.question.clone());
        agree(questions.chain(mutants(&example.question, &replacements)), &schema, |question| {
            let answer = ask(&mut prepared(question), question);
            let seq = question["seq"].as_u64().filter(|seq| *seq <= u64::from(u32::MAX));
            assert_eq!(answer["seq"], json!(seq), "{}", short(question));
            answer.get("fault").is_none()
        });
    }
}

#[test]
fn results_are_judged_alike() {
    let (readers, replacements) = (readers(), replacements());
    for Example { op, result, .. } in flow() {
        let results = std::iter::once(result.clone()).chain(mutants(&result, &replacements));
        let read = readers[op.as_str()];
        agree(results, &validator(&format!("results/{op}")), |result| read(&result.to_string()));
    }
}

#[test]
fn answers_are_judged_alike() {
    let answers = [
        json!({"seq": 7, "ok": {}}),
        json!({"seq": 7, "ok": {"mac": "00"}}),
        json!({"seq": 7, "refused": {"class": "corrupted"}}),
        json!({"seq": 7, "refused": {"class": "corrupted", "requirement": "PRT-4", "detail": "words"}}),
        json!({"seq": 7, "unsupported": "client.open"}),
        json!({"seq": 7, "fault": "words"}),
        json!({"seq": null, "fault": "words"}),
        json!({"seq": 7, "ok": {}, "fault": "words"}),
    ];
    let replacements = replacements();
    let all = answers.iter().flat_map(|answer| [vec![answer.clone()], mutants(answer, &replacements)]);
    agree(all.flatten(), &validator("answer"), |answer| Answer::read(answer.to_string().as_bytes()).is_ok());
}
