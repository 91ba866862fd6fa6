//! The peer protocol from both ends: any line into the reference, any answer into the harness.

use serde_json::{Map, Value, json};

use super::{Target, twice, world};
use crate::bytes::Wire as _;
use crate::error::Class;
use crate::harness::engine::{Engine, operation_names};
use crate::harness::operations::*;
use crate::harness::protocol::{Answer, Operation};
use crate::harness::setup;
use crate::harness::trial::{Broken, Reply, reply};
use crate::text::hex;

const DICTIONARY: &[&[u8]] = &[
    b"\"seq\":",
    b"\"op\":",
    b"\"session\":",
    b"\"params\":",
    b"\"ok\":",
    b"\"refused\":",
    b"\"class\":",
    b"\"fault\":",
    b"\"unsupported\":",
    b"\"corrupted\"",
    b"null",
    b"true",
    b"false",
    b"{}",
    b"[]",
    b"1.0",
    b"4294967295",
    b"4294967296",
    b"-1",
    b"1e0",
    b"\\u0000",
    b"\\ud800",
    b"\"client.open\"",
    b"\"server.create\"",
    b"\"ping\"",
    b"\"reset\"",
    b"\"drop\"",
    b"\"state\"",
    b"\"message\":",
    b"\"carrier\":\"direct\"",
    b"\"now\":",
    b"\"random\":",
    b"\"items\":",
    b"\"serial\":\"VDS1000120\"",
    b"\"counters\":",
    b"\"code_failures\":",
];

/// Lines for an engine that has a client `c` and a server `s`.
pub const PEER_QUESTION: Target = Target {
    name: "peer_question",
    run: peer_question,
    max_len: 6000,
    seeds: || {
        let lines: Vec<String> =
            conversation().into_iter().map(|(question, _)| question.to_string()).collect();
        let mut seeds: Vec<_> = lines.iter().map(|line| line.clone().into_bytes()).collect();
        seeds.push(lines.join("\n").into_bytes());
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

/// Questions of every operation, and their results, in an order in which nothing is refused.
pub fn conversation() -> Vec<(Value, Value)> {
    let mut engine = engine();
    let mut all: Vec<(Value, Value)> = Vec::new();
    let mut done = |op: &str, session: Option<&str>, params: Value| -> Value {
        let mut question = json!({"seq": all.len(), "op": op, "params": params});
        if let Some(session) = session {
            question["session"] = json!(session);
        }
        let answer: Value = serde_json::from_slice(&engine.answer(question.to_string().as_bytes())).unwrap();
        assert_eq!(answer["seq"], question["seq"]);
        let result = answer.get("ok").unwrap_or_else(|| panic!("{question}: {answer}")).clone();
        all.push((question, result.clone()));
        result
    };
    let (c, s) = (Some("c"), Some("s"));
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
    all
}

/// What makes a client session `c` and a server session `s`: operation, session, parameters.
pub fn creates() -> [(&'static str, &'static str, Value); 2] {
    let vector = hex::encode(&setup::vector().to_bytes());
    let key = "101112131415161718191A1B1C1D1E1F";
    let client = json!({"static_vector": vector, "platform_data": "00FF", "device_type": 7, "app_version": 2,
        "rooted": false, "root_policy": "block", "random": {"installation_salt": key}});
    let server = json!({"serial": world::LICENSE.serial, "license_key": key, "static_vector": vector,
        "secure_channel": true, "activation_protection": 2, "message_protection": 1, "post_activation": 1,
        "activation_validity_days": 7, "message_age_limit_s": 3600, "threshold": 9, "code_tries": 3,
        "signature_tries": 4, "window": 24, "look_ahead": 10, "last_counter": 0,
        "random": {"payload_key": key}});
    [("client.create", "c", client), ("server.create", "s", server)]
}

/// An engine whose random bytes are always the same, however many were drawn before.
pub fn engine() -> Engine {
    Engine::new(Box::new(|bytes| bytes.fill(0x5A)))
}

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

/// The twin is asked only what the engine did or counted; in the end they must be alike.
fn peer_question(data: &[u8]) {
    let (mut engine, mut twin) = (prepared(), prepared());
    for line in data.split(|byte| *byte == b'\n').take(40) {
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
        if members.contains_key("ok") || counts {
            assert_eq!(twin.answer(line), raw, "the same answer twice");
        }
    }
    assert_eq!(states(&mut engine), states(&mut twin), "what was not done changed a session");
    assert_eq!(engine.answer(br#"{"seq":9,"op":"ping","params":{}}"#), br#"{"seq":9,"ok":{}}"#);
}

/// An answer's members, if it is one: section 18 again, over plain JSON.
fn envelope(answer: &Value) -> Option<&Map<String, Value>> {
    let members = answer.as_object()?;
    let kinds = ["ok", "refused", "unsupported", "fault"];
    let mut said = members.keys().filter(|name| *name != "seq");
    let kind = said.next().filter(|name| said.next().is_none() && kinds.contains(&name.as_str()))?;
    let seq = members.get("seq")?;
    let is_number = seq.as_u64().is_some_and(|seq| seq <= u64::from(u32::MAX));
    let right = match (kind.as_str(), &members[kind]) {
        ("ok", _) => true,
        ("refused", Value::Object(refused)) => {
            let names = ["class", "requirement", "detail"];
            let class = refused.get("class").and_then(Value::as_str);
            class.is_some_and(|class| Class::all().any(|known| known.word() == class))
                && refused.iter().all(|(name, value)| names.contains(&name.as_str()) && value.is_string())
        }
        ("unsupported" | "fault", value) => value.is_string(),
        _ => false,
    };
    (right && (is_number || seq.is_null() && kind == "fault")).then_some(members)
}

/// Any bytes as the answer to question 7.
pub const PEER_ANSWER: Target = Target {
    name: "peer_answer",
    run: peer_answer,
    max_len: 2000,
    seeds: || {
        let results =
            conversation().into_iter().map(|(_, result)| json!({"seq": 7, "ok": result}).to_string());
        let mut seeds: Vec<_> = results.map(String::into_bytes).collect();
        let others: [&[u8]; 8] = [
            br#"{"seq":7,"refused":{"class":"corrupted","requirement":"PRT-4","detail":"words"}}"#,
            br#"{"seq":7,"refused":{"class":"made-up"}}"#,
            br#"{"seq":7,"unsupported":"client.open"}"#,
            br#"{"seq":7,"fault":"words"}"#,
            br#"{"seq":null,"fault":"words"}"#,
            br#"{"seq":8,"ok":{}}"#,
            br#"{"seq":7,"ok":{},"fault":"words"}"#,
            br#"[7,{}]"#,
        ];
        seeds.extend(others.map(<[u8]>::to_vec));
        seeds
    },
    dictionary: DICTIONARY,
    oracles: &[
        "taken for done only where an independent reading finds the result complete, and nothing else",
        "taken for a refusal, a fault, an unsupported only where the line says that and nothing else",
        "the number must be the question's",
        "same verdict twice",
    ],
};

/// How the harness reads a result of one operation: the result written again, or what else the line says.
pub type Reader = fn(&[u8], u32) -> Result<Reply<Value>, Broken>;

/// The readers of all operations, by name.
pub fn readers() -> [(&'static str, Reader); 26] {
    [
        reader::<Hello>(),
        reader::<Ping>(),
        reader::<Reset>(),
        reader::<Drop>(),
        reader::<State>(),
        reader::<PrimitiveCmac>(),
        reader::<PrimitiveCtr>(),
        reader::<PrimitiveKdf>(),
        reader::<PrimitiveKeyWrap>(),
        reader::<PrimitiveKeyUnwrap>(),
        reader::<PrimitiveCheckDigit>(),
        reader::<PrimitiveResponse>(),
        reader::<FrameParse>(),
        reader::<FrameSeal>(),
        reader::<FrameOpen>(),
        reader::<ClientCreate>(),
        reader::<ClientActivateLicense>(),
        reader::<ClientActivateInstance>(),
        reader::<ClientOpen>(),
        reader::<ClientSign>(),
        reader::<ServerCreate>(),
        reader::<ServerGenerateActivation1>(),
        reader::<ServerVerifyDeviceCode>(),
        reader::<ServerGenerateActivation2>(),
        reader::<ServerGenerateRequest>(),
        reader::<ServerVerifyMessageSignature>(),
    ]
}

fn reader<Op: Operation>() -> (&'static str, Reader) {
    (Op::NAME, |line, seq| {
        Ok(match reply::<Op::Output>(line, seq)? {
            Reply::Ok(result) => Reply::Ok(serde_json::to_value(result).unwrap()),
            Reply::Refused(refused) => Reply::Refused(refused),
            Reply::Unsupported => Reply::Unsupported,
            Reply::Fault(words) => Reply::Fault(words),
        })
    })
}

fn peer_answer(line: &[u8]) {
    let value: Value = serde_json::from_slice(line).unwrap_or_default();
    let members = envelope(&value).filter(|members| members["seq"] == 7);
    for (op, read) in readers() {
        match (twice(|| read(line, 7)), members) {
            (Ok(Reply::Ok(result)), Some(members)) => {
                // Hexadecimal may come in either case; all else comes back as it was.
                let (came, read) = (members["ok"].to_string(), result.to_string());
                assert!(came.eq_ignore_ascii_case(&read), "{op}: {came} was read as {read}");
            }
            (Ok(Reply::Refused(refused)), Some(members)) => {
                assert_eq!(members["refused"], serde_json::to_value(refused).unwrap());
            }
            (Ok(Reply::Fault(words)), Some(members)) => assert_eq!(members["fault"], words),
            (Ok(Reply::Unsupported), Some(members)) => assert!(members.contains_key("unsupported")),
            (Ok(reply), None) => panic!("{op}: no answer, and yet {reply:?}"),
            (Err(broken), _) => assert!(matches!(broken, Broken::Violation(_))),
        }
    }
}
