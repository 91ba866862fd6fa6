//! The peer protocol from both ends: any line into the reference, any answer into the harness, a whole case with a peer that
//! lies.

mod answer;
pub mod hostile;
mod question;

use serde_json::{Map, Value, json};

use super::world;
use channel::bytes::Wire as _;
use channel::class::Class;
use channel::text::hex;
use harness::setup::{self, otp};
use peer::engine::Engine;

pub use answer::{PEER_ANSWER, Reader, reader, readers};
pub use hostile::HOSTILE_PEER;
pub use question::PEER_QUESTION;

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
    b"\"content\":{\"format\":\"list\",\"title\":\"\",",
    b"\"format\":\"challenge\"",
    b"\"format\":\"free-text\"",
    b"\"data\":{\"kind\":\"response-only\"}",
    b"\"kind\":\"challenge\",\"challenge\":",
    b"\"kind\":\"fields\",\"fields\":[",
    b"\"client.unlock\"",
    b"\"server.resynchronise\"",
    b"\"replacement\":",
    b"\"serial\":\"VDS1000120\"",
    b"\"counters\":",
    b"\"code_failures\":",
];

/// Questions of every operation, and their results, in an order in which nothing is refused but wrong PINs, which
/// are left out.
pub fn conversation() -> Vec<(Value, Value)> {
    talk().all
}

struct Talk {
    engine: Engine,
    /// What was done, and its result.
    all: Vec<(Value, Value)>,
    /// Every line.
    lines: Vec<String>,
}

impl Talk {
    fn ask(&mut self, op: &str, session: Option<&str>, params: Value) -> (Value, Value) {
        let mut question = json!({"seq": self.lines.len(), "op": op, "params": params});
        if let Some(session) = session {
            question["session"] = json!(session);
        }
        let line = question.to_string();
        let answer: Value = serde_json::from_slice(&self.engine.answer(line.as_bytes())).unwrap();
        assert_eq!(answer["seq"], question["seq"]);
        self.lines.push(line);
        (question, answer)
    }

    fn done(&mut self, op: &str, session: Option<&str>, params: Value) -> Value {
        let (question, answer) = self.ask(op, session, params);
        let result = answer.get("ok").unwrap_or_else(|| panic!("{question}: {answer}")).clone();
        self.all.push((question, result.clone()));
        result
    }
}

const CLIENT: Option<&str> = Some("c");
const SERVER: Option<&str> = Some("s");
const KEY: &str = "000102030405060708090A0B0C0D0E0F";

fn talk() -> Talk {
    let mut talk = Talk { engine: engine(), all: Vec::new(), lines: Vec::new() };
    stateless(&mut talk);
    activation(&mut talk);
    requests(&mut talk);
    responses(&mut talk);
    logins(&mut talk);
    operator(&mut talk);
    talk.done("state", CLIENT, json!({}));
    talk.done("state", SERVER, json!({}));
    talk.done("reset", None, json!({}));
    talk
}

fn stateless(talk: &mut Talk) {
    talk.done("hello", None, json!({"protocol": 1}));
    talk.done("ping", None, json!({}));
    talk.done("primitive.cmac", None, json!({"key": KEY, "data": "00"}));
    talk.done("primitive.ctr", None, json!({"key": KEY, "block": KEY, "data": "0011"}));
    for bits in [128, 256] {
        talk.done(
            "primitive.kdf",
            None,
            json!({"key": KEY, "label": "enc", "context": "0100", "bits": bits}),
        );
    }
    let wrapped = talk.done("primitive.key_wrap", None, json!({"kek": KEY, "key": KEY}))["wrapped"].clone();
    talk.done("primitive.key_unwrap", None, json!({"kek": KEY, "wrapped": wrapped}));
    talk.done("primitive.check_digit", None, json!({"digits": "0794", "hexadecimal": false}));
    talk.done("primitive.check_digit", None, json!({"digits": "07aF", "hexadecimal": true}));
    let response = json!({"key": KEY, "mode": 3, "application": 1, "step": 5, "event": 0, "length": 8,
        "hexadecimal": false, "check_digit": true, "fields": ["00", "", "0102"]});
    talk.done("primitive.response", None, response);
    oath(talk);
    let seal = json!({"key": KEY, "type": 3, "protection": 2, "serial": "VDS1000120",
        "nonce": "0011223344556677", "body": "0102"});
    let message = talk.done("frame.seal", None, seal)["message"].clone();
    let information = json!({"key": KEY, "type": 36, "protection": 1, "serial": "VDS1000120",
        "nonce": "0011223344556677", "body": "0102"});
    talk.done("frame.seal", None, information);
    talk.done("frame.parse", None, json!({"message": message, "carrier": "direct"}));
    talk.done("frame.open", None, json!({"key": KEY, "message": message}));
}

fn oath(talk: &mut Talk) {
    talk.done("primitive.hotp", None, json!({"key": KEY, "counter": 1, "digits": 6}));
    for hash in ["sha-1", "sha-256", "sha-512"] {
        let totp = json!({"key": KEY, "time": 59, "step": 30, "digits": 8, "hash": hash});
        talk.done("primitive.totp", None, totp);
    }
    let all = json!({"suite": "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1-S064-T1M", "key": KEY, "counter": 0,
        "question": "12345678", "password": "1234", "session": "00FF", "time": 59});
    talk.done("primitive.ocra", None, all);
    let least = json!({"suite": "OCRA-1:HOTP-SHA1-0:QA04", "key": "00", "counter": null, "question": "a",
        "password": null, "session": null, "time": null});
    talk.done("primitive.ocra", None, least);
}

fn activation(talk: &mut Talk) {
    for (op, session, params) in creates() {
        talk.done(op, Some(session), params);
    }
    let without = json!({"static_vector": null, "platform_data": "", "device_type": 0, "app_version": 0,
        "rooted": true, "root_policy": "allow", "replacement": true, "random": {}});
    talk.done("client.create", Some("other"), without);
    talk.done("drop", Some("other"), json!({}));

    let am1 = json!({"with_challenge": true, "with_static_vector": true, "now": 1000,
        "random": {"challenge": "0102030405060708"}});
    let am1 = talk.done("server.generate_activation1", SERVER, am1)["message"].clone();
    let code = talk.done("client.activate_license", CLIENT, json!({"message": am1}))["device_code"].clone();
    talk.done("client.accounts", CLIENT, json!({}));
    talk.done(
        "server.verify_device_code",
        SERVER,
        json!({"device_code": code, "replace": false, "now": 1010}),
    );
    let salt = json!({"instance_salt": "000102030405060708090A0B0C"});
    let am2 =
        talk.done("server.generate_activation2", SERVER, json!({"now": 1020, "random": salt}))["message"]
            .clone();
    let activated =
        talk.done("client.activate_instance", CLIENT, json!({"message": am2, "pin": "right", "now": 1030}));
    let verify = json!({"sequence": 1, "message": am2, "signature": activated["signature"], "now": 1040});
    talk.done("server.verify_message_signature", SERVER, verify);
    talk.done("client.mark_confirmed", CLIENT, json!({"message": am2}));
}

fn requests(talk: &mut Talk) {
    let contents = [
        json!({"format": "list", "title": "Pay", "items": [["To", "Zoë"], ["Amount", ""]]}),
        json!({"format": "challenge", "title": "Log in", "challenge": "1234"}),
        json!({"format": "free-text", "title": "", "text": "Zoë agrees"}),
    ];
    for (content, application) in contents.into_iter().zip([otp::FIELDS, otp::CHALLENGE, otp::MULTI]) {
        let request = json!({"now": 1050, "carrier": "direct", "application": application,
            "minimum_version": 0, "require_pin": true, "template": 3, "charset": "utf-8", "content": content});
        let request = talk.done("server.generate_request", SERVER, request)["message"].clone();
        let mut opened = |carrier: &str, decides: bool| {
            let open = json!({"message": request, "carrier": carrier});
            let handle = talk.done("client.open", CLIENT, open)["handle"].clone();
            let decision = json!({"handle": handle, "approved": decides, "pin": "right", "now": 1060});
            talk.done("client.sign", CLIENT, decision);
        };
        opened("gateway", false);
        opened("direct", true);
        talk.done("client.close", CLIENT, json!({}));
    }
}

fn responses(talk: &mut Talk) {
    let serial = world::LICENSE.serial;
    let mut respond = |application: u8, data: &Value| -> Value {
        let response = json!({"serial": serial, "application": application, "data": data, "pin": "right",
            "now": 1070});
        talk.done("client.generate_response", CLIENT, response)["response"].clone()
    };
    let (nothing, challenge) =
        (json!({"kind": "response-only"}), json!({"kind": "challenge", "challenge": "1234"}));
    let given = [
        (otp::TIME, nothing.clone()),
        (otp::CHALLENGE, challenge),
        (otp::FIELDS, json!({"kind": "fields", "fields": ["", "b", "c"]})),
    ];
    let typed = given.each_ref().map(|(application, data)| respond(*application, data));
    let two = [(); 2].map(|()| json!({"data": nothing, "response": respond(otp::EVENT, &nothing)}));
    for ((application, data), response) in given.iter().zip(typed) {
        let verify = json!({"sequence": 1, "application": application, "data": data, "response": response,
            "now": 1080});
        talk.done("server.verify_response", SERVER, verify);
    }
    let [first, second] = two;
    let resynchronise = json!({"sequence": 1, "application": otp::EVENT, "first": first, "second": second,
        "now": 1080});
    talk.done("server.resynchronise", SERVER, resynchronise);

    let wrong =
        json!({"serial": serial, "application": otp::TIME, "data": nothing, "pin": "wrong", "now": 1090});
    for _ in 0..setup::PIN_TRIES {
        let (_, answer) = talk.ask("client.generate_response", CLIENT, wrong.clone());
        assert_eq!(answer["refused"]["class"], "wrong-pin");
    }
    let random = json!({"unlock_challenge": "0001020304050607"});
    let challenge = json!({"serial": serial, "random": random});
    let challenge = talk.done("client.generate_unlock_challenge", CLIENT, challenge)["challenge"].clone();
    let response = json!({"sequence": 1, "challenge": challenge});
    let response = talk.done("server.generate_unlock_response", SERVER, response)["response"].clone();
    talk.done("client.unlock", CLIENT, json!({"serial": serial, "response": response}));
}

fn logins(talk: &mut Talk) {
    let text = "01;04;Shop;2;ann;";
    let content = talk.done("push.read", None, json!({"text": text, "application": 2}))["content"].clone();
    talk.done("push.write", None, json!({"content": content}));
    talk.done("push.read", None, json!({"text": "01;03;00aaBB1122", "application": 1}));
    talk.done(
        "push.write",
        None,
        json!({"content": {"format": "notification", "challenge_key": "00aaBB1122"}}),
    );
    let serial = world::LICENSE.serial;
    talk.done("client.login_identity", CLIENT, json!({"serial": serial}));
    for (key, domain) in
        [("0000000001", json!("shop")), ("0000000002", json!(null)), ("0000000003", json!(null))]
    {
        let ask = json!({"application": otp::FIELDS, "service": "Shop", "user": "Zoë", "domain": domain,
            "requester": "website", "now": 1092,
            "random": {"challenge_key": key}});
        let notification = talk.done("server.login_start", SERVER, ask)["message"].clone();
        talk.done("client.open", CLIENT, json!({"message": notification, "carrier": "gateway"}));
        let retrieve = json!({"challenge_key": key, "serial": serial, "sequence": 1, "now": 1093});
        let details = talk.done("server.login_retrieve", SERVER, retrieve)["message"].clone();
        let open = json!({"message": details, "carrier": "gateway"});
        let handle = talk.done("client.open", CLIENT, open)["handle"].clone();
        let sign = json!({"handle": handle, "approved": key == "0000000001", "pin": "right", "now": 1094});
        let signature = talk.done("client.sign", CLIENT, sign)["signature"].clone();
        match key {
            "0000000001" => {
                let approve = json!({"challenge_key": key, "user": "Zoë", "domain": domain, "signature": signature,
                    "now": 1095});
                talk.done("server.login_approve", SERVER, approve);
            }
            "0000000002" => {
                let reject = json!({"serial": serial, "challenge_key": key, "now": 1095});
                let message = talk.done("client.generate_information", CLIENT, reject)["message"].clone();
                talk.done("server.login_reject", SERVER, json!({"message": message, "now": 1096}));
            }
            _ => drop(talk.done("server.login_cancel", SERVER, json!({"challenge_key": key, "now": 1096}))),
        }
        talk.done("server.login_status", SERVER, json!({"challenge_key": key, "now": 1097}));
    }
    let reject = json!({"serial": serial, "challenge_key": "00aabb1122", "now": 1098});
    let message = talk.done("client.generate_information", CLIENT, reject)["message"].clone();
    talk.done("server.process_information", SERVER, json!({"message": message, "now": 1098}));
    talk.done("client.login_identity", CLIENT, json!({"serial": serial}));
}

fn operator(talk: &mut Talk) {
    talk.done("server.unlock_instance", SERVER, json!({"sequence": 1}));
    talk.done("server.restored", SERVER, json!({"highest_sequence": 3, "now": 1100}));
    talk.done("client.accounts", CLIENT, json!({}));
    let deactivation = json!({"sequence": 1, "now": 1110});
    let deactivation = talk.done("server.generate_deactivation", SERVER, deactivation)["message"].clone();
    talk.done("client.deactivate", CLIENT, json!({"message": deactivation, "carrier": "direct"}));
    let am1 = json!({"with_challenge": false, "with_static_vector": false, "now": 1120});
    let am1 = talk.done("server.generate_activation1", SERVER, am1)["message"].clone();
    talk.done("client.activate_license", CLIENT, json!({"message": am1}));
    talk.done("client.remove", CLIENT, json!({"serial": "VDS1000120", "what": "account"}));
}

/// What makes a client session `c` and a server session `s`: operation, session, parameters.
pub fn creates() -> [(&'static str, &'static str, Value); 2] {
    let vector = hex::encode(&setup::otp_vector().to_bytes());
    let key = "101112131415161718191A1B1C1D1E1F";
    let client = json!({"static_vector": vector, "platform_data": "00FF", "device_type": 7, "app_version": 2,
        "rooted": false, "root_policy": "block", "replacement": false, "random": {"installation_salt": key}});
    let server = json!({"serial": world::LICENSE.serial, "license_key": key, "static_vector": vector,
        "secure_channel": true, "activation_protection": 2, "message_protection": 1, "post_activation": 1,
        "activation_validity_days": 7, "message_age_limit_s": 3600, "threshold": 9, "code_tries": 3,
        "signature_tries": 4, "identification_window": 100, "signature_window": 24, "first_use_s": 10800,
        "look_ahead": 10, "last_counter": 0,
        "random": {"payload_key": key}});
    [("client.create", "c", client), ("server.create", "s", server)]
}

/// An engine whose random bytes are always the same, however many were drawn before.
pub fn engine() -> Engine {
    Engine::new(Box::new(|bytes| bytes.fill(0x5A)))
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
