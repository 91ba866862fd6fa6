//! Both ends of each range that SPEC section 18 gives to a parameter, and what lies one beyond them: the table of
//! operations says what is asked, so that a new limit is asked, too.
//!
//! A question at an end is a right one: it is answered as the reference answers it, done or refused. One beyond is a fault.
//! The ranges are read from the words of SPEC.md; those that the cases `question-…` ask come from the schema, so that a
//! range that the two don't share is seen here.

use super::case;
use harness::case::{Case, Kind, Role};
use harness::play::need;
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::single_scene::{Single, SingleSetup};
use harness::spec;
use harness::trial::{Stop, Trial};
use peer::engine;
use serde_json::{Value, json};

/// What a parameter is, from its least to its most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Number(u64, u64),
    Bytes(usize, usize),
    Text(usize, usize),
    Array(usize, usize),
}

/// A question of each operation whose parameters have limits. What they say beside is of the right type; whether it is
/// accepted matters little, since both ends are of the same worth.
fn base(operation: &str) -> Option<Value> {
    let response_only = json!({"kind": "response-only"});
    let attempt = json!({"data": response_only, "response": "1"});
    let key = "000102030405060708090A0B0C0D0E0F";
    let vector = channel::text::hex::encode(&channel::bytes::Wire::to_bytes(&harness::setup::vector()));
    let license = json!({
        "serial": "VDS1000120", "type": "TYP07", "application": "APPL1       ", "threshold": 1, "secure_channel": true,
        "license_key": key,
    });
    let windows = json!({
        "signature_tries": 1, "identification_window": 2, "signature_window": 2, "first_use_s": 0, "look_ahead": 1,
    });
    let policy = json!({
        "activation_protection": 1, "message_protection": 2, "post_activation": 1, "activation_validity_days": 7,
        "message_age_limit_s": 60, "code_tries": 1,
    });
    let place = json!({"serial": "VDS1000120", "sequence": 1, "index": 1, "epoch": "0000000000000000"});
    let single = json!({
        "static_vector": vector, "platform_data": "00", "platform_key": key, "short_codes": true, "rooted": false,
        "root_policy": "allow", "reset_policy": "lock", "memory_kib": 8, "iterations": 1,
    });
    let client = json!({
        "static_vector": null, "platform_data": "00", "app_version": 1, "rooted": false, "root_policy": "allow",
        "replacement": false,
    });
    let server = json!({"serial": "VDS1000120", "license_key": key, "static_vector": vector});
    Some(match operation {
        "primitive.check_digit" => json!({"digits": "1", "hexadecimal": false}),
        "primitive.response" => json!({
            "key": key, "mode": 1, "application": 1, "step": 1, "event": 1, "length": 8, "hexadecimal": false,
            "check_digit": false, "fields": ["00"],
        }),
        "primitive.hotp" => json!({"key": "00", "counter": 1, "digits": 6}),
        "primitive.totp" => json!({"key": "00", "time": 59, "step": 30, "digits": 6, "hash": "sha-1"}),
        "primitive.ocra" => json!({
            "suite": "OCRA-1:HOTP-SHA1-6:C-QN08-T1M", "key": "00", "counter": 1, "question": "1", "password": null,
            "session": null, "time": 1,
        }),
        "frame.seal" => json!({
            "key": key, "type": 3, "protection": 2, "serial": "VDS1000120", "nonce": "0000000000000001", "body": "00",
        }),
        "message_vector.encode" => joined(&[&windows, &policy]),
        "license_file.write" => json!({
            "transport_key": "00".repeat(32), "static_vector": vector, "message_vector": "", "licenses": [license],
            "random": {"file_id": key},
        }),
        "blob.seal" => joined(&[
            &place,
            &json!({
                "storage_key": key, "generation": 1, "content": "00",
                "random": {"blob_nonce": "000000000000000000000000"},
            }),
        ]),
        "blob.open" => joined(&[&place, &json!({"storage_key": key, "blob": ""})]),
        "push.read" => json!({"text": "", "application": 1}),
        "acode_log.write" => json!({"licenses": [{"serial": "VDS1000120", "code": ""}]}),
        "client.create" => joined(&[&client, &json!({"device_type": 1})]),
        "client.load" => joined(&[&client, &json!({"platform_key": key, "state": ""})]),
        "client.sign" | "client.answer" => json!({"handle": 1, "approved": true, "pin": "right", "now": 1}),
        "client.generate_response" => json!({
            "serial": "VDS1000120", "application": 1, "data": response_only, "pin": "right", "now": 1,
        }),
        "client.set_app2app" => json!({
            "enabled": true, "scheme": "app", "white_list": ["a:b"], "platform": "android", "platform_name": "a",
            "version": "a", "device_identifier": "00".repeat(32),
        }),
        "server.create" => joined(&[
            &server,
            &windows,
            &policy,
            &json!({"secure_channel": true, "threshold": 1, "last_counter": 0}),
        ]),
        "server.generate_request" => json!({
            "now": 1, "carrier": "direct", "application": 1, "minimum_version": 1, "require_pin": false, "template": 1,
            "charset": "utf-8", "content": {"format": "free-text", "title": "", "text": "a"},
        }),
        "server.verify_message_signature" => json!({"sequence": 1, "message": "", "signature": "", "now": 1}),
        "server.generate_deactivation" => json!({"sequence": 1, "now": 1}),
        "server.verify_response" => json!({
            "sequence": 1, "application": 1, "data": response_only, "response": "", "now": 1,
        }),
        "server.generate_unlock_response" => json!({"sequence": 1, "challenge": ""}),
        "server.unlock_instance" | "server.instance" => json!({"sequence": 1}),
        "server.restored" => json!({"highest_sequence": 1, "now": 1}),
        "server.resynchronise" => {
            json!({"sequence": 1, "application": 1, "first": attempt, "second": attempt, "now": 1})
        }
        "server.seal_blob" => json!({
            "storage_key": key, "sequence": 0, "index": 0, "random": {"blob_nonce": "000000000000000000000000"},
        }),
        "server.load_blob" => json!({"storage_key": key, "sequence": 0, "index": 0, "blob": "", "now": 1}),
        "server.login_start" => json!({
            "application": 1, "service": "s", "user": "u", "domain": null, "requester": "r", "now": 1,
        }),
        "server.login_retrieve" => {
            json!({"challenge_key": "0123456789", "serial": "VDS1000120", "sequence": 1, "now": 1})
        }
        "client.single_create" => single,
        "client.single_load" => joined(&[&single, &json!({"state": ""})]),
        "client.single_generate_response" => {
            json!({"application": 1, "data": response_only, "password": null, "now": 1})
        }
        "server.single_create" => joined(&[&server, &windows]),
        "server.single_verify_response" => json!({
            "serial": "VDS1000120", "application": 1, "data": response_only, "response": "", "now": 1,
        }),
        "server.single_resynchronise" => {
            json!({"application": 1, "first": attempt, "second": attempt, "now": 1})
        }
        _ => return None,
    })
}

fn joined(parts: &[&Value]) -> Value {
    parts
        .iter()
        .filter_map(|part| part.as_object())
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The limits of an operation's parameters, by name: those that its row in section 18 gives.
fn limits(operation: &str) -> Vec<(String, Limit)> {
    let row = spec::operations().iter().find(|row| row.name == operation);
    let words = row.map_or("", |row| row.parameters);
    let mut found = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    // Between two backquotes a name; between two names what is said of those before.
    for (at, part) in words.split('`').enumerate() {
        if at % 2 == 1 {
            names.push(part);
        } else if let Some((_, said)) = part.split_once('(') {
            let limit = limit(said);
            found.extend(names.drain(..).filter_map(|name| Some((name.to_owned(), limit?))));
        } else if part.contains([':', '.', ';']) {
            names.clear();
        }
    }
    // The message vector's numbers are those of a license.
    if operation == "message_vector.encode" { limits("server.create") } else { found }
}

/// What the words in the brackets behind a parameter allow.
fn limit(said: &str) -> Option<Limit> {
    let number = |text: &str| match text.trim().split([')', ',', ' ']).next()? {
        "2^53" => Some((1 << 53) - 1),
        digits => digits.parse::<u64>().ok(),
    };
    if let Some((least, most)) = said.split_once("..=") {
        let least = least.rsplit([' ', '(']).next()?;
        return Some(Limit::Number(number(least)?, number(most)?));
    }
    let (least, most) = match (said.split_once("at most "), said.split_once(" to ")) {
        (Some((_, most)), _) => (0, number(most)?),
        (None, Some((least, most))) => (number(least.rsplit(' ').next()?)?, number(most)?),
        (None, None) => return None,
    };
    let [least, most] = [least, most].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    match said {
        _ if said.starts_with("bytes") => Some(Limit::Bytes(least, most)),
        _ if said.starts_with("array") => Some(Limit::Array(least, most)),
        _ if said.starts_with("text") => Some(Limit::Text(least, most)),
        _ => None,
    }
}

/// Values at both ends, and beyond them, and whether each is within; none where the parameter is of another type than the
/// words say.
fn values(limit: Limit, now: &Value) -> Vec<(Value, bool)> {
    fn around<N: Copy>(least: (N, Option<N>), most: (N, Option<N>)) -> impl Iterator<Item = (N, bool)> {
        let beyond = |n: Option<N>| n.map(|n| (n, false));
        [beyond(least.1), Some((least.0, true)), Some((most.0, true)), beyond(most.1)].into_iter().flatten()
    }
    let lengths =
        |least: usize, most: usize| around((least, least.checked_sub(1)), (most, most.checked_add(1)));
    match (limit, now) {
        (Limit::Number(least, most), Value::Number(_)) => {
            let all = around((least, least.checked_sub(1)), (most, most.checked_add(1)));
            all.map(|(n, is_within)| (n.into(), is_within)).collect()
        }
        (Limit::Bytes(least, most), Value::String(_)) => {
            lengths(least, most).map(|(n, is_within)| ("A5".repeat(n).into(), is_within)).collect()
        }
        // Digits where there are digits; else what is four bytes and one code point.
        (Limit::Text(least, most), Value::String(text)) => {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let character = if digits { "7" } else { "\u{1F600}" };
            lengths(least, most).map(|(n, is_within)| (character.repeat(n).into(), is_within)).collect()
        }
        (Limit::Array(least, most), Value::Array(elements)) => {
            let element = elements.first().cloned().unwrap_or_default();
            lengths(least, most).map(|(n, is_within)| (vec![element.clone(); n].into(), is_within)).collect()
        }
        _ => Vec::new(),
    }
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let limited = engine::operation_names().filter(|name| !limits(name).is_empty());
    limited
        .map(|operation| {
            let id = format!("limits-{}", operation.replace(['.', '_'], "-"));
            let about = format!(
                "each parameter of {operation} is taken at both ends of its range, and not beyond them"
            );
            case(id, Role::of(operation), Kind::Positive, &["PPR-5"], about, move |t| ends(t, operation))
        })
        .collect()
}

/// A session of the kind that the operation belongs to; a free name where the operation makes it.
fn session_of(t: &mut Trial<'_>, operation: &str) -> Result<Option<String>, Stop> {
    if engine::is_without_session(operation) {
        return Ok(None);
    }
    let makes = ["create", "load", "import"].map(|end| operation.ends_with(end)).contains(&true);
    let party = match operation {
        _ if makes => return Ok(Some("limits".to_owned())),
        _ if operation.starts_with("client.single_") => {
            Single::created(t, Under::Client, SingleSetup::default())?.client
        }
        _ if operation.starts_with("server.single_") => {
            Single::created(t, Under::Server, SingleSetup::default())?.server
        }
        _ if operation.starts_with("client.") => {
            Scene::new(t, Under::Client, Setup::default(), Stage::Created)?.client
        }
        _ => Scene::new(t, Under::Server, Setup::default(), Stage::Created)?.server,
    };
    Ok(Some(party.session().to_owned()))
}

fn ends(t: &mut Trial<'_>, operation: &'static str) -> Result<(), Stop> {
    let base = need(base(operation), "a question of each operation that has limits")?;
    let session = session_of(t, operation)?;
    let mut asked = 0;
    for (name, limit) in limits(operation) {
        let Some(now) = base.get(&name) else { continue };
        for (value, is_within) in values(limit, now) {
            let mut params = base.clone();
            if let Some(place) = params.get_mut(&name) {
                *place = value;
            }
            asks(t, operation, session.as_deref(), &params, is_within)?;
            asked += 1;
        }
    }
    need((asked > 0).then_some(()), "a parameter at its limits")
}

/// The answer is of the reference's kind, and its class; beyond a range it is a fault. What was made by it ends.
fn asks(
    t: &mut Trial<'_>,
    operation: &'static str,
    session: Option<&str>,
    params: &Value,
    is_within: bool,
) -> Result<(), Stop> {
    let mut question = json!({"seq": 1, "op": operation, "params": params});
    if let (Some(session), Some(members)) = (session, question.as_object_mut()) {
        members.insert("session".to_owned(), session.into());
    }
    let peer = t.seat_of(operation);
    let claims = t.peer_claims(peer).map(|claims| &claims.operations);
    if !claims.is_some_and(|all| all.iter().any(|name| name == operation)) {
        return Err(Stop::Unsupported(operation));
    }
    let got = t.raw("PPR-5", peer, &question.to_string())?;
    let step = need(t.steps.last(), "a step")?;
    let said = |answer: &str| -> Value {
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let class = answer.pointer("/refused/class").cloned();
        class.unwrap_or_else(|| if answer.get("ok").is_some() { "done" } else { "a fault" }.into())
    };
    let (said, wants) = (said(&step.answer), said(&step.reference));
    if (wants == "a fault") == is_within {
        return Err(Stop::Harness(format!("{operation}: section 18 and the reference differ for {params}")));
    }
    t.decided(said == wants, "PPR-5", &format!("{operation}: {wants}"), said.to_string())?;
    let made = session == Some("limits") && got.kind == "ok";
    if made {
        t.raw("PPR-7", peer, r#"{"seq":2,"op":"drop","session":"limits","params":{}}"#)?;
    }
    Ok(())
}
