//! The committed golden vectors are what the reference computes, and of the form their schema says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking

use std::collections::BTreeSet;
use std::path::Path;

use channel::class::Class;
use harness::spec;
use harness::trial::{Reply, question, reply};
use peer::engine::Engine;
use peer::operations::{Hello, HelloResult};
use peer::protocol::Number;
use serde_json::{Value, json};
use vectors::example;
use vectors::file::{self, VectorFile};
use vectors::judge::{Judge, Judged, Verdict};

fn committed(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)).unwrap()
}

#[test]
fn each_file_is_what_the_reference_computes() {
    for file in vectors::files() {
        assert!(
            committed(&file.name) == file.content,
            "vectors/{}: run `vectors write`, read the diff",
            file.name
        );
    }
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md")).unwrap();
    assert!(text.contains(&example::markdown()), "the worked example of SPEC.md");
}

#[test]
fn each_file_has_the_form_of_its_schema() {
    let schema: Value = serde_json::from_str(&committed("vector-file.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut ids = BTreeSet::new();
    for file in vectors::files() {
        let content: Value = serde_json::from_str(&file.content).unwrap();
        let errors: Vec<_> = validator.iter_errors(&content).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.name);
        for vector in content["vectors"].as_array().unwrap() {
            assert!(ids.insert(vector["id"].as_str().unwrap().to_owned()), "{} twice", vector["id"]);
            for id in vector["requirements"].as_array().unwrap() {
                assert!(spec::find(id.as_str().unwrap()).is_some(), "{id} in {}", vector["id"]);
            }
            let class = vector.get("class").map(|class| Class::from_word(class.as_str().unwrap()));
            assert!(class.is_none_or(|class| class.is_some()), "{}", vector["id"]);
        }
    }
    assert!(ids.len() > 100, "{}", ids.len());
}

/// The reference as a peer, and what it claims.
fn reference() -> (Engine, HelloResult) {
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0xA5)));
    let line = question(1, &Hello { protocol: Number::from(1) }, "").unwrap();
    let Reply::Ok(claims) = reply(&engine.answer(line.as_bytes()), 1).unwrap() else { unreachable!() };
    (engine, claims)
}

/// Every vector of every file, judged.
fn judged(claims: &HelloResult) -> Vec<(String, Judged)> {
    let mut engine = reference().0;
    let mut judge = Judge::new(&mut engine, claims);
    let files = vectors::files().into_iter().map(|file| file::parse(file.content.as_bytes()).unwrap());
    let all = files.flat_map(|file| file.vectors);
    all.map(|vector| (vector.id.clone(), judge.judge(&vector))).collect()
}

fn count(judged: &[(String, Judged)], verdict: Verdict) -> usize {
    judged.iter().filter(|(_, judged)| judged.verdict == verdict).count()
}

#[test]
fn the_reference_agrees_with_all_and_ten_are_for_reading() {
    let judged = judged(&reference().1);
    for (id, judged) in &judged {
        assert!(judged.difference.is_none(), "{id}: {judged:?}");
    }
    assert_eq!(count(&judged, Verdict::Reading), 10);
    assert_eq!(count(&judged, Verdict::Agrees), judged.len() - 10);
}

/// Each side of a flow is judged alone: what the other side said stands in the steps.
#[test]
fn a_part_of_the_protocol_is_judged_by_its_part_of_the_vectors() {
    let claims = |profile: &str| HelloResult { profile: profile.into(), ..reference().1 };
    for (profile, at_least) in [("client-core", 35), ("server-core", 30), ("primitive:primitive.kdf", 8)] {
        let judged = judged(&claims(profile));
        let bad: Vec<_> = judged.iter().filter(|(_, judged)| judged.difference.is_some()).collect();
        assert!(bad.is_empty(), "{profile}: {bad:?}");
        assert!(
            count(&judged, Verdict::Agrees) >= at_least,
            "{profile}: {}",
            count(&judged, Verdict::Agrees)
        );
        assert!(count(&judged, Verdict::OutsideProfile) > 50, "{profile}");
    }
    let own_clock = HelloResult { injects_time: false, ..reference().1 };
    assert!(count(&judged(&own_clock), Verdict::NotComparable) > 25);
}

#[test]
fn what_a_peer_does_not_have_of_its_profile_counts_against_it() {
    let mut claims = reference().1;
    claims.operations.retain(|op| op != "client.sign" && op != "state");
    let judged = judged(&claims);
    assert!(count(&judged, Verdict::Unsupported) > 5);
    let of = |id: &str| judged.iter().find(|(other, _)| other == id).unwrap().1.verdict;
    assert_eq!(of("flow-replay"), Verdict::Unsupported);
    assert_eq!(of("flow-device-code-last-second"), Verdict::Agrees, "state is optional");
}

#[test]
fn a_flow_names_the_requirement_that_decides_its_end() {
    let file = vectors::files().into_iter().find(|file| file.name == "flows.json").unwrap();
    let content: Value = serde_json::from_str(&file.content).unwrap();
    let flows = content["vectors"].as_array().unwrap();
    assert!(flows.len() >= 12);
    for flow in flows.iter().filter(|flow| flow["result"] == "invalid") {
        let steps = flow["steps"].as_array().unwrap();
        let refused = steps.iter().rev().find_map(|step| step.get("refused")).unwrap();
        assert!(flow["requirements"].as_array().unwrap().contains(&refused["requirement"]), "{}", flow["id"]);
    }
}

/// The rules of licenses and storage that fixed bytes can break.
#[test]
fn each_refusing_rule_of_edition_3_decides_a_vector() {
    let mut deciding = BTreeSet::new();
    for file in vectors::files() {
        let content: Value = serde_json::from_str(&file.content).unwrap();
        for vector in content["vectors"].as_array().unwrap() {
            let steps = vector["steps"].as_array().into_iter().flatten();
            let refused = steps.filter_map(|step| step.pointer("/refused/requirement"));
            let alone = vector["requirements"].get(0).filter(|_| vector.get("class").is_some());
            deciding.extend(refused.chain(alone).map(|id| id.as_str().unwrap().to_owned()));
        }
    }
    let of = |area: &str, numbers: std::ops::RangeInclusive<u8>| {
        numbers.map(|number| format!("{area}-{number}")).collect::<Vec<_>>()
    };
    let all = [of("LIF", 5..=12), of("MSV", 2..=4), of("BLB", 3..=8), of("CST", 4..=8), of("IMP", 2..=2)];
    for id in all.into_iter().flatten().chain(["VER-20".to_owned()]) {
        assert!(deciding.contains(&id), "{id}");
    }
}

/// A vector of each kind.
fn small() -> Value {
    json!({"area": "own", "about": "", "vectors": [
        {"id": "asked", "note": "", "requirements": ["CNV-4"], "since": 1, "operation": "primitive.check_digit",
            "input": {"digits": "0794", "hexadecimal": false}, "result": "valid", "output": {"digit": "5"}},
        {"id": "refused", "note": "", "requirements": ["FRM-2"], "since": 1, "operation": "frame.parse",
            "input": {"message": "", "carrier": "direct"}, "result": "invalid", "class": "bad-length"},
        {"id": "read", "note": "", "requirements": ["CNV-4"], "since": 1, "input": {}, "result": "valid"},
        {"id": "played", "note": "", "requirements": ["STV-1"], "since": 1, "result": "invalid", "class": "bad-vector",
            "steps": [
                {"op": "ping", "params": {}, "ok": {}},
                {"op": "client.create", "session": "c", "refused": {"class": "bad-vector"}, "params": {
                    "static_vector": "", "platform_data": "", "device_type": 0, "app_version": 0,
                    "rooted": false, "root_policy": "allow", "replacement": false}},
            ]},
    ]})
}

fn parse(content: &Value) -> Result<VectorFile, String> {
    file::parse(content.to_string().as_bytes()).map_err(|error| error.to_string())
}

/// A place in [`small`], what is put there (removed where null), the words that must come, and whether a
/// schema can see it.
type Bend = (&'static str, Value, &'static str, bool);

fn bends() -> Vec<Bend> {
    vec![
        ("/area", json!("Own Area"), "area", true),
        ("/more", json!(1), "unknown field `more`", true),
        ("/about", Value::Null, "missing field `about`", true),
        ("/vectors", json!([]), "no vectors", true),
        ("/vectors/0/id", json!("a b"), "id: letters", true),
        ("/vectors/0/id", Value::Null, "vector number 1: missing field `id`", true),
        ("/vectors/1/id", json!("asked"), "vector \"asked\": two vectors have this id", false),
        ("/vectors/0/more", json!(1), "vector \"asked\": unknown field `more`", true),
        ("/vectors/0/requirements", json!([]), "names no requirement", true),
        ("/vectors/0/requirements", json!(["CNV-99"]), "requirement \"CNV-99\"", false),
        ("/vectors/0/since", json!(0), "since", true),
        ("/vectors/0/operation", json!("primitive.magic"), "operation \"primitive.magic\"", false),
        ("/vectors/0/operation", json!("hello"), "its own affair", true),
        ("/vectors/0/operation", json!("state"), "state: session", false),
        ("/vectors/0/input/digits", json!(794), "primitive.check_digit: invalid type", false),
        ("/vectors/0/input", Value::Null, "needs an input", true),
        ("/vectors/0/output", Value::Null, "needs an output", true),
        ("/vectors/0/output", json!("5"), "vector \"asked\": invalid type", true),
        ("/vectors/0/class", json!("bad-hex"), "a valid vector has no class", true),
        ("/vectors/0/result", json!("acceptable"), "valid or invalid", true),
        ("/vectors/1/class", Value::Null, "has a class", true),
        ("/vectors/1/class", json!("bad-luck"), "class \"bad-luck\"", false),
        ("/vectors/1/output", json!({}), "has no output", true),
        ("/vectors/2/input", Value::Null, "missing field `input`", true),
        ("/vectors/3/steps", json!([]), "its steps are empty", true),
        ("/vectors/3/operation", json!("ping"), "one of both", true),
        ("/vectors/3/class", json!("bad-hex"), "those of the last step", false),
        ("/vectors/3/steps/0/op", json!("pong"), "step 1: operation \"pong\"", false),
        ("/vectors/3/steps/0/ok", Value::Null, "step 1: a step has exactly one of", true),
        ("/vectors/3/steps/0/seq", json!(1), "step 1: unknown field `seq`", true),
        ("/vectors/3/steps/0/session", json!("c"), "step 1, ping: session", false),
        ("/vectors/3/steps/1/refused/class", json!("bad-luck"), "unknown refusal class", false),
        ("/vectors/3/steps/1/params/rooted", Value::Null, "step 2, client.create: missing field", false),
    ]
}

#[test]
fn a_file_of_another_form_is_refused_with_the_place_and_the_reason() {
    let schema: Value = serde_json::from_str(&committed("vector-file.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let good = small();
    assert_eq!(parse(&good).unwrap().vectors.iter().map(|vector| vector.steps.len()).sum::<usize>(), 4);
    assert!(validator.is_valid(&good));
    for (place, value, words, is_seen_by_schema) in bends() {
        let mut bent = good.clone();
        let (above, name) = place.rsplit_once('/').unwrap();
        let members = bent.pointer_mut(above).unwrap().as_object_mut().unwrap();
        match value {
            Value::Null => drop(members.remove(name)),
            value => drop(members.insert(name.to_owned(), value)),
        }
        let error = parse(&bent).expect_err(place);
        assert!(error.contains(words), "{place}: {error}");
        assert_eq!(validator.is_valid(&bent), !is_seen_by_schema, "{place}, by the schema");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for (content, words) in [
        (&b""[..], "not JSON"),
        (b"{\"area\":", "not JSON"),
        (b"[]", "not a file of vectors"),
        (b"{} {}", "not a file of vectors"),
        (b"{\"area\": \"\xFF\"}", "not UTF-8, from byte 10 on"),
    ] {
        let error = file::parse(content).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let deep = format!("{{\"area\": {}", "[".repeat(100_000));
    assert!(file::parse(deep.as_bytes()).is_err());
}
