//! A peer that lies: the reference, whose answers are bent on the way.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::super::choices::Choices;
use super::super::target::Target;
use channel::rule::{LGN_13, PRT_4, VER_8};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::instance::confirmed;
use harness::play::Ask;
use harness::scene::{Show, open};
use harness::suite::{self, Verdict};
use harness::trial::{Broken, Exchange, Peer};
use peer::engine::{Engine, claims};
use peer::operations::{HelloResult, State};
use peer::protocol::Operation as _;

/// Some cases, played by a peer that lies where the input says so.
pub const HOSTILE_PEER: Target = Target {
    name: "hostile_peer",
    run: hostile_peer,
    max_len: 300,
    floor: 60,
    seeds: || {
        let honest = [0, 1, 2].map(|case| vec![case]);
        let lie_at = |case: u8, at: usize, kind: u8| {
            let mut input = vec![0; at + 2];
            input[0] = case;
            input[at + 1] = kind;
            input
        };
        let lies = (0..3).flat_map(|case| (0..30).map(move |at| lie_at(case, at, 200 + (at % 56) as u8)));
        let earlier = (0..3).flat_map(|case| {
            (1..30).map(move |at| {
                let mut input = lie_at(case, at, 248);
                input.push(at as u8 / 2);
                input
            })
        });
        honest.into_iter().chain(lies).chain(earlier).collect()
    },
    dictionary: &[],
    oracles: &[
        "a case passes only where every answer meant what the reference means",
        "whatever is answered, the case ends, with a verdict",
        "an honest peer passes",
    ],
};

/// A peer whose answers come from the reference and go through a liar.
pub struct Liar<'a, L> {
    /// Who knows the truth.
    pub engine: &'a mut Engine,
    /// From a question and its right answer, another one; `None` to tell the truth.
    pub lie: L,
}

impl<L: FnMut(&[u8], &[u8]) -> Option<Vec<u8>>> Exchange for Liar<'_, L> {
    fn exchange(&mut self, line: &[u8]) -> Result<Vec<u8>, Broken> {
        let truth = self.engine.answer(line);
        Ok((self.lie)(line, &truth).unwrap_or(truth))
    }
}

/// The reference, and what it claims.
pub fn reference() -> (Engine, HelloResult) {
    let mut drawn = 0u8;
    let engine = Engine::new(Box::new(move |bytes| {
        drawn = drawn.wrapping_add(1);
        bytes.fill(drawn);
    }));
    (engine, claims())
}

/// All that could be said instead of an answer, in the same form: each leaf of a result with another value, a refusal by
/// another class, a refusal instead of a result and the other way round.
pub fn lies(truth: &Value) -> Vec<Value> {
    let with = |kind: &str, what: Value| json!({"seq": truth["seq"], kind: what});
    let class = |class: &str| with("refused", json!({"class": class}));
    let mut lies: Vec<_> = match truth.get("ok") {
        Some(result) => bent(result).into_iter().map(|result| with("ok", result)).collect(),
        None => vec![with("ok", json!({}))],
    };
    lies.push(class(if truth["refused"]["class"] == "corrupted" { "wrong-state" } else { "corrupted" }));
    if truth.get("fault").is_none() {
        lies.push(with("fault", json!("no")));
    }
    lies
}

/// The value with one leaf changed, each in turn.
fn bent(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![],
        Value::Bool(yes) => vec![json!(!yes)],
        Value::Number(number) => {
            number.as_u64().map(|n| json!(n.checked_sub(1).unwrap_or(1))).into_iter().collect()
        }
        Value::String(text) => other(text).map(Value::String).into_iter().collect(),
        Value::Array(items) => {
            let put = |at: usize, item| {
                let mut items = items.clone();
                items[at] = item;
                Value::Array(items)
            };
            items
                .iter()
                .enumerate()
                .flat_map(|(at, item)| bent(item).into_iter().map(move |item| put(at, item)))
                .collect()
        }
        Value::Object(members) => {
            let put = |name: &str, member| {
                let mut members = members.clone();
                members[name] = member;
                Value::Object(members)
            };
            members
                .iter()
                .flat_map(|(name, member)| bent(member).into_iter().map(move |member| put(name, member)))
                .collect()
        }
    }
}

/// The same but for its last digit or letter, and of the same alphabet.
fn other(text: &str) -> Option<String> {
    let at = text.rfind(|c: char| c.is_ascii_alphanumeric())?;
    let other = match text.as_bytes()[at] {
        b'0' => '1',
        b'1'..=b'9' => '0',
        b'A' => 'B',
        b'B'..=b'Z' => 'A',
        b'a' => 'b',
        _ => 'a',
    };
    Some(format!("{}{other}{}", &text[..at], &text[at + 1..]))
}

/// What an answer to an operation means: without the words for people, and without the digest, which is the peer's own.
pub fn meaning(op: &str, answer: &[u8]) -> Value {
    let mut answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    if let Some(refused) = answer.get_mut("refused").and_then(Value::as_object_mut) {
        refused.retain(|name, _| name == "class");
    }
    if let Some(words) = answer.get_mut("fault") {
        *words = Value::Null;
    }
    // When a case is over its sessions are dropped, whether they are there or not; what isn't the result of `drop` is seen.
    if op == "drop" && (answer["ok"] == json!({}) || answer.get("fault").is_some()) {
        return json!({"seq": answer["seq"]});
    }
    if let Some(result) = answer.get_mut("ok").and_then(Value::as_object_mut).filter(|_| op == "state") {
        result.remove("digest");
    }
    answer
}

/// Three cases of the usual kinds: a request that is signed and accepted once, a message that is refused where one bit is
/// turned, a login up to its approval.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let mut area = Area::new("hostile", Role::Both);
    area.refuses(VER_8, "request", "a request is accepted once", |t| {
        let mut first = confirmed(t)?;
        let (message, signature) = first.signs_request(t, &Show::default())?;
        t.accepts(VER_8, &first.verify(&message, &signature))?;
        t.refuses(VER_8, &first.verify(&message, &signature))
    });
    area.refuses(PRT_4, "tag", "a turned bit is seen", |t| {
        let mut first = confirmed(t)?;
        let message = first.request(t, &Show::default())?;
        let (rest, last) = message.split_at(message.len() - 1);
        let turned = format!("{rest}{}", if last == "0" { '1' } else { '0' });
        let ask = |message: &str| Ask { party: first.client().clone(), op: open(message) };
        t.refuses(PRT_4, &ask(&turned))?;
        t.accepts(PRT_4, &ask(&message))
    });
    area.refuses(LGN_13, "login", "a login is approved once it was retrieved", |t| {
        let first = confirmed(t)?;
        let login = first.retrieves_login(t, "browser")?;
        let signature = first.signs_login(t, &login)?;
        let other = first.starts_login(t, "browser")?;
        let pending = first.approval(&login, &signature).but(|op| op.challenge_key = other);
        t.refuses(LGN_13, &pending)?;
        t.accepts(LGN_13, &first.approval(&login, &signature))
    });
    area.cases()
});

fn hostile_peer(input: &[u8]) {
    let mut choices = Choices::new(input);
    let case = &CASES[choices.below(CASES.len())];
    let (mut engine, claims) = reference();
    let mut before: Vec<Vec<u8>> = Vec::new();
    let mut lied = None;
    // The digest is the peer's own: another one is a lie where the peer said it otherwise before, and no lie where not.
    let mut has_own_digest = false;
    let lie = |line: &[u8], truth: &[u8]| {
        let asked: Value = serde_json::from_slice(line).unwrap_or_default();
        let op = asked["op"].as_str().unwrap_or_default();
        let said = match choices.byte() {
            0..200 => None,
            200..248 => serde_json::from_slice(truth).ok().map(|truth| {
                let lies = lies(&truth);
                lies[choices.below(lies.len())].to_string().into_bytes()
            }),
            248..252 if !before.is_empty() => {
                // An earlier answer, under the new number.
                let mut old: Value =
                    serde_json::from_slice(&before[choices.below(before.len())]).unwrap_or_default();
                old["seq"] = asked["seq"].clone();
                Some(old.to_string().into_bytes())
            }
            _ => {
                let length = choices.below(64);
                Some(choices.some(length).to_vec())
            }
        };
        before.push(truth.to_vec());
        match &said {
            Some(said) if meaning(op, said) != meaning(op, truth) => {
                lied.get_or_insert_with(|| format!("{op}: {}", String::from_utf8_lossy(said)));
            }
            Some(_) => has_own_digest |= op == State::NAME,
            None => {}
        }
        said
    };
    let outcome =
        suite::run(case, vec![Peer { exchange: &mut Liar { engine: &mut engine, lie }, claims: &claims }], 0);
    match lied {
        Some(lie) => {
            assert!(!outcome.verdict.conforms(), "{} passes with {lie}", case.id);
            assert_ne!(outcome.verdict, Verdict::HarnessError, "{:?}", outcome.failure);
        }
        None if has_own_digest => assert_ne!(outcome.verdict, Verdict::HarnessError, "{:?}", outcome.failure),
        None => assert_eq!(outcome.verdict, Verdict::Pass, "{:?}", outcome.failure),
    }
}
