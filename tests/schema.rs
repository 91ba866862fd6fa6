//! `vectors/peer-protocol.schema.json` and the types of `peer::protocol` judge alike: real questions and
//! results of every operation are accepted by both, and every mutant of them by both or by neither. And what is asked
//! of `peer::engine` itself: beside its code these tests would build the package twice.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

mod app2app;
mod single;
mod storage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ::peer::engine::{Engine, operation_names};
use ::peer::operations::Coverage;
use ::peer::protocol::{Answer, Operation};
use channel::class::Class;
use harness::trial::reply;
use jsonschema::Validator;
use oracles::peer::Reader;
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

fn ask(engine: &mut Engine, question: &Value) -> Value {
    serde_json::from_slice(&engine.answer(question.to_string().as_bytes())).unwrap()
}

/// A question and the result it really has.
struct Example {
    op: String,
    question: Value,
    result: Value,
}

/// The conversation of the fuzz targets, and of operations that are not in it one of our own.
fn flow() -> Vec<Example> {
    let op = |question: &Value| question["op"].as_str().unwrap().to_owned();
    let example = |(question, result): (Value, Value)| Example { op: op(&question), question, result };
    let mut all: Vec<Example> = oracles::peer::conversation().into_iter().map(example).collect();
    let known: BTreeSet<String> = all.iter().map(|example| example.op.clone()).collect();
    all.extend(
        storage::conversation().into_iter().map(example).filter(|example| !known.contains(&example.op)),
    );
    let known: BTreeSet<String> = all.iter().map(|example| example.op.clone()).collect();
    all.extend(
        app2app::conversation().into_iter().map(example).filter(|example| !known.contains(&example.op)),
    );
    all.extend(single::conversation().into_iter().map(example));
    all
}

/// The readers of the fuzz targets, and those of operations that are not among them.
static READERS: LazyLock<BTreeMap<&'static str, Reader>> = LazyLock::new(|| {
    let ours = storage::readers().into_iter().chain(app2app::readers()).chain(single::readers());
    ours.chain(oracles::peer::readers()).collect()
});

/// What makes or ends sessions.
const MAKES_OR_ENDS: [&str; 10] = [
    "client.create",
    "client.load",
    "server.create",
    "server.import",
    "client.single_create",
    "client.single_load",
    "server.single_create",
    "server.single_load",
    "drop",
    "reset",
];

/// The kind of session that an operation acts on: what its name begins with.
fn kind_of(op: &str) -> &'static str {
    let kinds = ["client.single_", "server.single_", "server."];
    kinds.into_iter().find(|kind| op.starts_with(kind)).unwrap_or("client.")
}

/// An engine in which the session that a question names exists, so that only the question can be at fault.
fn prepared(question: &Value) -> Engine {
    let mut engine = oracles::peer::engine();
    let op = question["op"].as_str().unwrap_or_default();
    let session = question["session"].as_str().unwrap_or_default();
    for (create, _, params) in oracles::peer::creates().into_iter().chain(single::creates()) {
        let role_fits = kind_of(create) == kind_of(op);
        let makes_one = op != "drop" && MAKES_OR_ENDS.contains(&op);
        if role_fits && !makes_one && (1..=64).contains(&session.chars().count()) {
            let made =
                ask(&mut engine, &json!({"seq": 0, "op": create, "session": session, "params": params}));
            assert!(made.get("ok").is_some(), "{made}");
        }
    }
    engine
}

/// Engines in which sessions exist, kept from one question to the next: making them takes longer than asking.
#[derive(Default)]
struct Engines(BTreeMap<(&'static str, String), Engine>);

impl Engines {
    /// The answer to a line; `question` says the same, or is what the line was before it was bent.
    fn ask(&mut self, question: &Value, line: &str) -> Value {
        let op = question["op"].as_str().unwrap_or_default();
        let session = question["session"].as_str().unwrap_or_default();
        // What makes or ends sessions gets an engine of its own.
        let mut own = None;
        let engine = if MAKES_OR_ENDS.contains(&op) {
            own.insert(prepared(question))
        } else {
            let key = (kind_of(op), session.to_owned());
            self.0.entry(key).or_insert_with(|| prepared(question))
        };
        serde_json::from_slice(&engine.answer(line.as_bytes())).unwrap()
    }
}

/// Whether the harness takes a result of this operation.
fn reads(op: &str, result: &Value) -> bool {
    READERS[op](json!({"seq": 7, "ok": result}).to_string().as_bytes(), 7).is_ok()
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
        10_800,
        65_535,
        u64::from(u32::MAX),
        (1 << 53) - 1,
    ];
    for limit in limits {
        all.extend([limit - 1, limit, limit + 1].map(Value::from));
    }
    all.push(json!(u64::MAX));
    all.push(json!(1e300));
    for bytes in [
        1, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 23, 24, 25, 31, 32, 33, 63, 64, 65, 157, 158, 2078,
        2079,
    ] {
        all.push(json!("0a".repeat(bytes)));
    }
    all.push(json!("0".repeat(16))); // the challenge that is none
    all.extend(["android", "ios", "success", "error", "cancel"].map(Value::from));
    for text in ["0", "0g", "0G", "12", "aB", " 00", "00\n", "é", "\u{0}", "\u{7F}", "\u{80}", "日本"] {
        all.push(json!(text));
    }
    for characters in [1, 11, 12, 13, 16, 17, 63, 64, 65] {
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
        "list",
        "challenge",
        "free-text",
        "freetext",
        "response-only",
        "fields",
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
        "ACTIVATION  ",
        "A           ",
        "            ",
        " CTIVATION  ",
        "ACTIV TION  ",
        "ACTIVATION \n",
        "MOBILE",
        "MO BILE",
        "RO",
        "UL",
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
            for length in (0..=18).chain([99, 100]) {
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
            for extra in [
                "extra",
                "",
                "ok",
                "fault",
                "session",
                "title",
                "challenge",
                "fields",
                "code_failures",
                "pin_failures/VDS1000120",
                "unlock_failures/VDS1000120",
                "unlock_failures/01",
                "signature_failures/99",
            ] {
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
fn agree(
    values: impl IntoIterator<Item = Value>,
    by_schema: &Validator,
    mut by_code: impl FnMut(&Value) -> bool,
) {
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
    assert_eq!(READERS.keys().copied().collect::<BTreeSet<_>>(), names);
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
    let question = validator("question");
    for Example { op, question: asked, result } in flow() {
        assert!(question.is_valid(&asked) && whole.is_valid(&asked), "{asked}");
        assert!(validator(&format!("results/{op}")).is_valid(&result), "{op}: {result}");
        assert!(reads(&op, &result), "{op}: {result}");
        assert!(whole.is_valid(&json!({"seq": asked["seq"], "ok": result})));
    }
}

#[test]
fn questions_are_judged_alike() {
    let schema = validator("question");
    let replacements = replacements();
    let mut engines = Engines::default();
    for example in flow() {
        let questions = std::iter::once(example.question.clone());
        agree(questions.chain(mutants(&example.question, &replacements)), &schema, |question| {
            let answer = engines.ask(question, &question.to_string());
            let seq = question["seq"].as_u64().filter(|seq| *seq <= u64::from(u32::MAX));
            assert_eq!(answer["seq"], json!(seq), "{}", short(question));
            answer.get("fault").is_none()
        });
    }
}

#[test]
fn results_are_judged_alike() {
    let replacements = replacements();
    for Example { op, result, .. } in flow() {
        let results = std::iter::once(result.clone()).chain(mutants(&result, &replacements));
        agree(results, &validator(&format!("results/{op}")), |result| reads(&op, result));
    }
}

/// What a peer may offer besides is in no profile, and the reference doesn't have it.
#[test]
fn what_was_reached_is_judged_alike() {
    let result = json!({"reached": [0, 7, u32::MAX]});
    let results = std::iter::once(result.clone()).chain(mutants(&result, &replacements()));
    let read = |result: &Value| {
        let line = json!({"seq": 7, "ok": result}).to_string();
        reply::<<Coverage as Operation>::Output>(line.as_bytes(), 7).is_ok()
    };
    agree(results, &validator("offered/$defs/coverageResult"), read);
    let question = json!({"seq": 7, "op": Coverage::NAME, "params": {}});
    assert!(validator("offered/$defs/coverageQuestion").is_valid(&question));
    assert!(
        !validator("offered/$defs/coverageQuestion")
            .is_valid(&json!({"seq": 7, "op": "coverage", "params": 1}))
    );
}

/// JSON text with one member doubled, at any depth.
fn doubled(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => parts(items.iter().map(|item| (String::new(), item)), ['[', ']'], doubled),
        Value::Object(members) => {
            let text = value.to_string();
            let again = members
                .iter()
                .map(|(name, member)| format!("{},{}:{member}}}", &text[..text.len() - 1], json!(name)));
            let named = members.iter().map(|(name, member)| (format!("{}:", json!(name)), member));
            again.chain(parts(named, ['{', '}'], doubled)).collect()
        }
        _ => Vec::new(),
    }
}

/// JSON text with one number written with a fraction, or with an exponent.
fn with_fraction_or_exponent(value: &Value) -> Vec<String> {
    match value {
        Value::Number(number) => vec![format!("{number}.0"), format!("{number}e0")],
        Value::Array(items) => {
            parts(items.iter().map(|item| (String::new(), item)), ['[', ']'], with_fraction_or_exponent)
        }
        Value::Object(members) => {
            let named = members.iter().map(|(name, member)| (format!("{}:", json!(name)), member));
            parts(named, ['{', '}'], with_fraction_or_exponent)
        }
        _ => Vec::new(),
    }
}

/// The whole, each time with one part changed.
fn parts<'a>(
    all: impl Iterator<Item = (String, &'a Value)>,
    [begin, end]: [char; 2],
    change: fn(&Value) -> Vec<String>,
) -> Vec<String> {
    let all: Vec<(String, &Value)> = all.collect();
    let mut changed = Vec::new();
    for at in 0..all.len() {
        for text in change(all[at].1) {
            let written = all.iter().enumerate().map(|(i, (name, value))| match i == at {
                true => format!("{name}{text}"),
                false => format!("{name}{value}"),
            });
            changed.push(format!("{begin}{}{end}", written.collect::<Vec<_>>().join(",")));
        }
    }
    changed
}

/// Section 18 says both, and no schema can.
#[test]
fn doubled_members_fractions_and_exponents_are_faults() {
    let (mut asked, mut answered) = (0, 0);
    let mut engines = Engines::default();
    for Example { op, question, result } in flow() {
        for line in doubled(&question).into_iter().chain(with_fraction_or_exponent(&question)) {
            let answer = engines.ask(&question, &line);
            assert!(answer.get("fault").is_some(), "{line}: {answer}");
            asked += 1;
        }
        let read = READERS[&*op];
        for result in doubled(&result).into_iter().chain(with_fraction_or_exponent(&result)) {
            let line = format!(r#"{{"seq":7,"ok":{result}}}"#);
            assert!(read(line.as_bytes(), 7).is_err(), "{op}: {line}");
            answered += 1;
        }
    }
    assert!(asked > 500 && answered > 100, "{asked} questions, {answered} answers");
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

mod engine {
    use ::peer::protocol::MAX_QUESTION;

    use super::*;

    fn answer(line: &[u8]) -> String {
        String::from_utf8(Engine::new(Box::new(|bytes| bytes.fill(0))).answer(line)).unwrap()
    }

    #[test]
    fn ppr_1_a_question_that_is_too_long() {
        let start = r#"{"seq":7,"op":"ping","params":{}}"#;
        let ping = |length: usize| [start, &" ".repeat(length - start.len())].concat().into_bytes();
        assert_eq!(answer(&ping(MAX_QUESTION)), r#"{"seq":7,"ok":{}}"#);
        let fault = r#"{"seq":null,"fault":"the question is longer than 262144 bytes"}"#;
        assert_eq!(answer(&ping(MAX_QUESTION + 1)), fault);
    }

    #[test]
    fn ppr_2_the_number_of_a_line_that_is_no_question_is_echoed() {
        for line in [
            r#"{"seq":7}"#,
            r#"{"seq":1,"seq":7,"op":"ping","params":{}}"#,
            // A number that no type holds is ill-typed, and the line an object all the same.
            r#"{"seq":7,"op":"ping","params":{"now":1800001e30000}}"#,
            r#"{"now":1e999,"op":"ping","seq":7}"#,
        ] {
            assert!(answer(line.as_bytes()).starts_with(r#"{"seq":7,"fault":"#), "{line}");
        }
        for line in [
            r#"{"seq":7.0,"op":"ping"}"#,
            r#"{"seq":4294967296}"#,
            r#"{"seq":"7"}"#,
            r#"[{"seq":7}]"#,
            r#"{"seq":7} 1"#,
        ] {
            assert!(answer(line.as_bytes()).starts_with(r#"{"seq":null,"fault":"#), "{line}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        let fault = r#"{"seq":null,"fault":"it begins with a byte-order mark (U+FEFF)"}"#;
        assert_eq!(answer(b"\xEF\xBB\xBF{}"), fault);
    }
}
