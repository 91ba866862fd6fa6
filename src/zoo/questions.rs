//! Faults in reading questions (PPR-5), and in what is said when nobody asks (PPR-1, PPR-2).

use serde_json::Value;

use super::faulty::{Fault, Faulty, Kind, around, at_the_end, parsed};
use harness::suite::Verdict;

/// The faults of this file.
pub(super) const NAMED: &[Fault] = &[
    Fault {
        kind: Kind::Instead(takes_doubled),
        ..around("takes-doubled-members", "PPR-5", "takes the last of two members with one name", nothing)
    },
    lenient("takes-unknown-members", "passes over members that it doesn't know", |question| {
        everywhere(question, &|value| {
            if let Value::Object(members) = value {
                members.remove("extra");
            }
        });
    }),
    lenient("takes-fractions", "takes 7.0 for 7", |question| {
        everywhere(question, &|value| {
            if let Some(whole) = value.as_f64().filter(|number| number.fract() == 0.0 && *number >= 0.0) {
                *value = serde_json::from_str(&format!("{whole:.0}")).unwrap_or_default();
            }
        });
    }),
    lenient("takes-texts-for-numbers", "takes \"7\" for 7", |question| {
        everywhere(question, &|value| {
            if let Some(number) = value.as_str().and_then(|text| text.parse::<u32>().ok()) {
                *value = number.into();
            }
        });
    }),
    lenient("takes-numbers-for-booleans", "takes 1 for true", |question| {
        everywhere(question, &|value| {
            if value.as_u64() == Some(1) {
                *value = true.into();
            }
        });
    }),
    lenient("takes-blanks-in-bytes", "passes over blanks in hexadecimal text", |question| {
        everywhere(question, &|value| {
            if let Some(text) = value.as_str().filter(|text| text.contains(char::is_whitespace)) {
                *value = text.split_whitespace().collect::<String>().into();
            }
        });
    }),
    lenient("takes-words-in-any-case", "takes words in capital letters", |question| {
        everywhere(question, &|value| {
            if let Some(text) = value.as_str() {
                *value = text.to_lowercase().into();
            }
        });
    }),
    lenient("takes-long-arrays", "cuts an array that is too long to its limit", |question| {
        everywhere(question, &|value| {
            if let Value::Array(items) = value {
                items.truncate(if items.len() == 9 { 8 } else { 16 });
            }
        });
    }),
    lenient("takes-numbers-between", "takes the nearest number below that it knows", |question| {
        if let Some(bits) = question.pointer_mut("/params/bits").filter(|bits| bits.as_u64() == Some(192)) {
            *bits = 128.into();
        }
    }),
    lenient("takes-null-for-nothing", "takes null for a member that isn't there", |question| {
        everywhere(question, &|value| {
            if let Value::Object(members) = value {
                members.retain(|_, value| !value.is_null());
            }
        });
    }),
    lenient("takes-any-session-name", "passes over blanks around the name of a session", |question| {
        if let Some(session) = question.get_mut("session")
            && let Some(name) = session.as_str()
        {
            *session = name.trim().into();
        }
    }),
    Fault {
        kind: Kind::Instead(changes_all_the_same),
        ..around("changes-by-a-fault", "PPR-5", "does what it answers with a fault", nothing)
    },
    Fault {
        verdict: Verdict::ProtocolViolation,
        ..around("answers-twice", "PPR-2", "answers a ping twice", twice)
    },
    Fault {
        verdict: Verdict::ProtocolViolation,
        ..around("answers-no-json", "PPR-1", "answers a ping with a word that is no JSON", no_json)
    },
    at_the_end("talks-at-its-end", "PPR-2", "writes a line when its input has ended", |_, _| {
        Some(b"{\"seq\":0,\"ok\":{}}\n".to_vec())
    }),
    at_the_end("stutters-at-its-end", "PPR-2", "writes half a line when its input has ended", |_, _| {
        Some(b"{\"seq\":0".to_vec())
    }),
    at_the_end(
        "answers-half-a-line",
        "PPR-1",
        "answers what stands behind the last line end",
        |faulty, rest| {
            let mut answer = faulty.engine.answer(rest);
            answer.push(b'\n');
            (!rest.is_empty()).then_some(answer)
        },
    ),
];

/// A peer that mends what is no question, and answers that.
const fn lenient(name: &'static str, about: &'static str, mend: fn(&mut Value)) -> Fault {
    Fault { kind: Kind::Lenient(mend), ..around(name, "PPR-5", about, nothing) }
}

fn nothing(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    Some(answer)
}

/// Does something with each value, those within a value first.
fn everywhere(value: &mut Value, mend: &dyn Fn(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| everywhere(item, mend)),
        Value::Object(members) => members.values_mut().for_each(|member| everywhere(member, mend)),
        _ => {}
    }
    mend(value);
}

/// A value has each member once, the last of them.
fn takes_doubled(faulty: &mut Faulty, line: &[u8]) -> Vec<u8> {
    let answer = faulty.engine.answer(line);
    let is_fault = parsed(&answer).get("fault").is_some();
    if is_fault { faulty.engine.answer(parsed(line).to_string().as_bytes()) } else { answer }
}

fn changes_all_the_same(faulty: &mut Faulty, line: &[u8]) -> Vec<u8> {
    let answer = faulty.engine.answer(line);
    let mut question = parsed(line);
    if parsed(&answer).get("fault").is_some()
        && let Some(params) = question.get_mut("params").and_then(Value::as_object_mut)
    {
        params.remove("extra");
        faulty.engine.answer(question.to_string().as_bytes());
    }
    answer
}

fn is_ping(question: &[u8]) -> bool {
    parsed(question).get("op").is_some_and(|op| op == "ping")
}

fn twice(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    Some(if is_ping(question) { [answer.as_slice(), b"\n", &answer].concat() } else { answer })
}

fn no_json(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    Some(if is_ping(question) { b"pong".to_vec() } else { answer })
}
