//! The zoo: the reference with one fault each, to see whether the suite notices, and blames the right
//! requirement. `counterproof peer --fault NAME` serves one, `counterproof selftest` runs them all.
//!
//! Two kinds: a check left out or a constant bent inside the reference (the hooks of
//! [`channel::fault`]), and a peer that misbehaves around a right implementation.
//!
//! ```text
//! faulty     what a fault is, and the peer that has one   coverage  what cases decide, by leaving out checks
//! (here)     faults of transactions, responses, and of the peer protocol
//! activation of activation and replacement
//! storage    of license files, BLOBs, a client's state       app2app   of app-to-app
//! characters of what is displayed
//! push       of push and login                               oath      of HOTP, TOTP and OCRA
//! single     of single-device licensing                      pictures  of QR codes
//! questions  of what is no question, and what nobody asked for
//! record     what a selftest came to, as a file
//! ```

#![warn(unreachable_pub)]

mod activation;
mod app2app;
mod characters;
pub mod coverage;
mod faulty;
mod oath;
mod pictures;
mod push;
mod questions;
pub mod record;
mod single;
mod storage;

use serde_json::{Value, json};

use faulty::{Kind, around, control, inside, line, op_of, parsed};
use harness::suite::Verdict;

pub use faulty::{Fault, Faulty, at_its_own_time, without_injection, without_random};

/// The faults that have a name of their own, and the controls.
const NAMED: &[Fault] = &[
    around("always-yes", "FRM-5", "accepts everything that ought to be refused", always_yes),
    around("always-no", "KEY-9", "refuses everything, good or bad", always_no),
    Fault {
        verdict: Verdict::Crash,
        ..around("crash-on-negative", "FRM-5", "exits instead of refusing", crash_on_negative)
    },
    around(
        "state-changes-on-refusal",
        "PRT-4",
        "closes the opened message when it refuses another",
        closes_on_refusal,
    ),
    around(
        "refuses-too-early",
        "CLI-17",
        "looks for the account before it looks at the rest of the header",
        account_first,
    ),
    inside("wrong-kdf-label", "KEY-3", "derives encryption keys with another label", "label-enc"),
    inside("wrong-mac-label", "KEY-4", "derives MAC keys with another label", "label-mac"),
    inside("wrong-domain-byte", "SIG-1", "puts another domain byte before responses", "domain-response"),
    inside(
        "swapped-key-context",
        "KEY-8",
        "swaps sequence and index in the context of application keys",
        "context-app",
    ),
    inside(
        "mode-of-the-vector",
        "OTP-1",
        "puts the mode of the vector before every response",
        "mode-of-vector",
    ),
    inside("otp-twice", "VER-17", "accepts a one-time password again in its time step", "otp-step"),
    inside("no-first-use", "VER-16", "searches no further at the first use", "first-use"),
    inside(
        "first-use-without-end",
        "VER-16",
        "searches more than 300 steps at the first use",
        "first-use-unbounded",
    ),
    inside(
        "resynchronises-as-at-first-use",
        "OPR-8",
        "resynchronises an application that was never used as far as its first use reaches",
        "resynchronises-as-at-first-use",
    ),
    inside("age-limit-0", "VER-6", "takes an age limit of 0 for 0 seconds", "age-limit-0"),
    inside(
        "one-window-for-all",
        "VER-15",
        "searches one-time passwords as far as signatures",
        "identification-window",
    ),
    inside("unlock-with-a-step", "UNL-4", "puts a time step into unlock responses", "unlock-step"),
    inside(
        "unlock-tries-run-out",
        "UNL-8",
        "keeps the wrong unlock responses after a right one",
        "unlock-failures",
    ),
    inside("restored-counter-stays", "OPR-2", "goes on with the counter of the backup", "restored-counter"),
    inside("restored-requests-stay", "VER-7", "knows the requests of the backup", "restored-requests"),
    inside(
        "restored-steps-stay",
        "VER-12",
        "accepts what may have been accepted after the backup",
        "restored-step",
    ),
    inside("skips-the-tag", "PRT-4", "accepts messages whatever their tag", "PRT-4"),
    inside("truncated-compare", "PRT-4", "compares the first four bytes of a tag only", "compare-4"),
    inside("forgets-nothing", "VER-7", "knows every request that it ever issued", "forgets-nothing"),
    inside("forgets-too-early", "VER-7", "knows one request less than it must", "forgets-too-early"),
    inside("replay-accepted", "VER-8", "accepts a request twice", "VER-8"),
    inside(
        "replacement-deletes-first",
        "AM1-12",
        "deletes the activated account when it takes the AM1 that is to replace it",
        "replacement-deletes-first",
    ),
    inside(
        "replacement-leaves-message",
        "CLI-21",
        "leaves the message open that was opened on the account replaced",
        "message-stays-open",
    ),
    inside("replaces-never", "AM2-12", "lets a device in to replace, and then refuses to", "replaces-never"),
    inside(
        "abandoned-replaces",
        "VER-30",
        "lets an abandoned instance replace one confirmed after it",
        "abandoned-replaces",
    ),
    inside(
        "replaced-goes-on",
        "VER-30",
        "leaves the instance confirmed that another has replaced",
        "replaced-goes-on",
    ),
    inside(
        "deactivation-last-byte",
        "DEA-1",
        "writes another last byte into deactivations",
        "deactivation-last-byte",
    ),
    inside(
        "deactivates-nothing",
        "DEA-4",
        "issues deactivations and goes on accepting the instance",
        "deactivates-nothing",
    ),
    inside(
        "deactivation-leaves-verified",
        "DEA-4",
        "issues the AM2 of a deactivated instance again",
        "deactivation-leaves-verified",
    ),
    inside(
        "deactivates-locked-not",
        "DEA-7",
        "refuses to deactivate a locked account",
        "deactivates-locked-not",
    ),
    inside(
        "deactivation-leaves-message",
        "DEA-7",
        "leaves the message open that was opened on the account deactivated",
        "message-stays-open",
    ),
    inside(
        "deactivation-wipes-both",
        "DEA-7",
        "wipes the pre-activated account with the deactivated one",
        "deactivation-wipes-both",
    ),
    inside("handles-begin-anew", "CLI-25", "gives every message the same handle", "handles-begin-anew"),
    Fault {
        kind: Kind::Instead(closes_nothing),
        ..around("closes-nothing", "CLI-28", "leaves on display what the user has left", other_words)
    },
    around("rooted-close", "CLI-28", "refuses to close on a rooted device", refuses_rooted_close),
    inside(
        "cached-unlock-clears",
        "CLI-29",
        "takes a cached unlock for a right PIN when it counts",
        "cached-unlock-clears",
    ),
    around("digest-constant", "PPR-9", "has the same digest for every state", constant_digest),
    around("digest-counts-looks", "PPR-9", "has another digest whenever it is asked for one", counted_digest),
    around("accounts-backwards", "CLI-18", "names its accounts in descending order", accounts_backwards),
    Fault {
        verdict: Verdict::ProtocolViolation,
        ..around("title-of-challenge-shown", "CLI-11", "shows the title of a challenge", shows_title)
    },
    around("stale-answer", "PPR-2", "answers with the answer before, under the new number", stale_answer),
    around("lower-case", "CNV-1", "writes messages in lower case", lower_case),
    Fault {
        verdict: Verdict::ProtocolViolation,
        ..around(
            "forgets-a-member",
            "KEY-6",
            "leaves the sequence number out of its answer to AM2",
            forgets_member,
        )
    },
    control("control-other-words", "other words in the details of refusals and faults", other_words),
    control("control-member-order", "the members of answers in another order", member_order),
    control("control-no-witness", "refusals without requirement and detail", no_witness),
    Fault {
        kind: Kind::Before(without_random),
        ..control(
            "control-own-randomness",
            "draws its random fields itself, and says so in hello",
            other_words,
        )
    },
    Fault {
        kind: Kind::OwnClock,
        ..control("control-own-clock", "takes the time from its own clock, and says so in hello", other_words)
    },
];

/// The checks that the reference can leave out, one fault each. One is not here because no answer shows it
/// missing: what passes DVC-6 is stopped by DVC-7.
const SKIPS: &[(&str, &str)] = &[
    ("skips-ALG-6", "ALG-6"),
    ("skips-ALG-8", "ALG-8"),
    ("skips-AM1-3", "AM1-3"),
    ("skips-AM1-4", "AM1-4"),
    ("skips-AM1-8", "AM1-8"),
    ("skips-AM1-9", "AM1-9"),
    ("skips-AM1-11", "AM1-11"),
    ("skips-AM1-13", "AM1-13"),
    ("skips-AM1-16", "AM1-16"),
    ("skips-AM1-17", "AM1-17"),
    ("skips-AM2-4", "AM2-4"),
    ("skips-AM2-7", "AM2-7"),
    ("skips-AM2-8", "AM2-8"),
    ("skips-AM2-14", "AM2-14"),
    ("skips-AM2-15", "AM2-15"),
    ("skips-AM2-16", "AM2-16"),
    ("skips-AM2-17", "AM2-17"),
    ("skips-BLB-3", "BLB-3"),
    ("skips-BLB-4", "BLB-4"),
    ("skips-BLB-7", "BLB-7"),
    ("skips-BLB-8", "BLB-8"),
    ("skips-BLB-12", "BLB-12"),
    ("skips-CLI-1", "CLI-1"),
    ("skips-CLI-2", "CLI-2"),
    ("skips-CLI-5", "CLI-5"),
    ("skips-CLI-7", "CLI-7"),
    ("skips-CLI-8", "CLI-8"),
    ("skips-CLI-9", "CLI-9"),
    ("skips-CLI-10", "CLI-10"),
    ("skips-CLI-12", "CLI-12"),
    ("skips-CLI-14", "CLI-14"),
    ("skips-CLI-15", "CLI-15"),
    ("skips-CLI-16", "CLI-16"),
    ("skips-CLI-20", "CLI-20"),
    ("skips-CLI-22", "CLI-22"),
    ("skips-CLI-23", "CLI-23"),
    ("skips-CLI-26", "CLI-26"),
    ("skips-CNV-3", "CNV-3"),
    ("skips-CST-5", "CST-5"),
    ("skips-CST-6", "CST-6"),
    ("skips-CST-7", "CST-7"),
    ("skips-CST-10", "CST-10"),
    ("skips-CST-11", "CST-11"),
    ("skips-DEA-5", "DEA-5"),
    ("skips-DEA-6", "DEA-6"),
    ("skips-DVC-5", "DVC-5"),
    ("skips-DVC-7", "DVC-7"),
    ("skips-DVC-9", "DVC-9"),
    ("skips-DVC-10", "DVC-10"),
    ("skips-DVC-11", "DVC-11"),
    ("skips-DVC-12", "DVC-12"),
    ("skips-FRM-3", "FRM-3"),
    ("skips-FRM-4", "FRM-4"),
    ("skips-FRM-5", "FRM-5"),
    ("skips-FRM-9", "FRM-9"),
    ("skips-FRM-10", "FRM-10"),
    ("skips-FRM-12", "FRM-12"),
    ("skips-LIF-5", "LIF-5"),
    ("skips-LIF-6", "LIF-6"),
    ("skips-LIF-7", "LIF-7"),
    ("skips-LIF-8", "LIF-8"),
    ("skips-LIF-10", "LIF-10"),
    ("skips-LIF-11", "LIF-11"),
    ("skips-LIF-12", "LIF-12"),
    ("skips-MSV-3", "MSV-3"),
    ("skips-MSV-4", "MSV-4"),
    ("skips-OPR-7", "OPR-7"),
    ("skips-OTP-2", "OTP-2"),
    ("skips-OTP-3", "OTP-3"),
    ("skips-OTP-4", "OTP-4"),
    ("skips-PRT-4", "PRT-4"),
    ("skips-REQ-2", "REQ-2"),
    ("skips-REQ-4", "REQ-4"),
    ("skips-REQ-5", "REQ-5"),
    ("skips-REQ-6", "REQ-6"),
    ("skips-REQ-9", "REQ-9"),
    ("skips-REQ-11", "REQ-11"),
    ("skips-REQ-12", "REQ-12"),
    ("skips-SER-2", "SER-2"),
    ("skips-SER-3", "SER-3"),
    ("skips-STV-1", "STV-1"),
    ("skips-STV-2", "STV-2"),
    ("skips-STV-4", "STV-4"),
    ("skips-STV-5", "STV-5"),
    ("skips-STV-6", "STV-6"),
    ("skips-STV-7", "STV-7"),
    ("skips-UNL-2", "UNL-2"),
    ("skips-UNL-5", "UNL-5"),
    ("skips-UNL-6", "UNL-6"),
    ("skips-UNL-7", "UNL-7"),
    ("skips-VER-1", "VER-1"),
    ("skips-VER-2", "VER-2"),
    ("skips-VER-4", "VER-4"),
    ("skips-VER-5", "VER-5"),
    ("skips-VER-6", "VER-6"),
    ("skips-VER-7", "VER-7"),
    ("skips-VER-8", "VER-8"),
    ("skips-VER-11", "VER-11"),
    ("skips-VER-18", "VER-18"),
    ("skips-VER-19", "VER-19"),
    ("skips-VER-20", "VER-20"),
    ("skips-VER-21", "VER-21"),
    ("skips-VER-22", "VER-22"),
    ("skips-PSH-2", "PSH-2"),
    ("skips-PSH-4", "PSH-4"),
    ("skips-PSH-5", "PSH-5"),
    ("skips-PSH-6", "PSH-6"),
    ("skips-NON-5", "NON-5"),
    ("skips-INF-2", "INF-2"),
    ("skips-INF-4", "INF-4"),
    ("skips-INF-5", "INF-5"),
    ("skips-INF-7", "INF-7"),
    ("skips-LGN-2", "LGN-2"),
    ("skips-LGN-3", "LGN-3"),
    ("skips-LGN-7", "LGN-7"),
    ("skips-LGN-8", "LGN-8"),
    ("skips-LGN-9", "LGN-9"),
    ("skips-LGN-10", "LGN-10"),
    ("skips-LGN-11", "LGN-11"),
    ("skips-LGN-12", "LGN-12"),
    ("skips-LGN-15", "LGN-15"),
    ("skips-LGN-22", "LGN-22"),
    ("skips-LGN-23", "LGN-23"),
];

/// All faults: the named ones, the controls, and a check left out each.
pub fn all() -> impl Iterator<Item = Fault> {
    let skips = [SKIPS, app2app::SKIPS, single::SKIPS].into_iter().flatten();
    let skips = skips.map(|(name, id)| inside(name, id, "leaves this one check out", id));
    [
        NAMED,
        activation::NAMED,
        storage::NAMED,
        characters::NAMED,
        oath::NAMED,
        app2app::NAMED,
        pictures::NAMED,
        push::NAMED,
        questions::NAMED,
        single::NAMED,
    ]
    .into_iter()
    .flatten()
    .copied()
    .chain(skips)
}

/// The fault of this name.
pub fn find(name: &str) -> Option<Fault> {
    all().find(|fault| fault.name == name)
}

/// The operation and, if it was done, its result, which is remembered.
fn remember(faulty: &mut Faulty, question: &[u8], answer: &Value) -> (String, Option<Value>) {
    let op = op_of(&parsed(question));
    let before = match answer.get("ok") {
        Some(result) => faulty.last.insert(op.clone(), result.clone()),
        None => faulty.last.get(&op).cloned(),
    };
    (op, before)
}

fn always_yes(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let parsed_answer = parsed(&answer);
    let (op, before) = remember(faulty, question, &parsed_answer);
    if parsed_answer.get("refused").is_none() {
        return Some(answer);
    }
    let result = before.unwrap_or_else(|| match op.as_str() {
        "frame.parse" => json!({"version": 0, "type": 3, "protection": 1, "serial": "VDS1000120",
            "nonce": "0000000000000000", "body": "", "tag": "0000000000000000"}),
        "frame.open" => json!({"body": ""}),
        "primitive.key_unwrap" => json!({"key": "00000000000000000000000000000000"}),
        "client.activate_license" => json!({"device_code": "00000000000000000000000000"}),
        "client.activate_instance" => json!({"serial": "VDS1000120", "sequence": 1, "signature": "00000000",
            "callback": null}),
        "client.open" => json!({"handle": 1, "callback": null, "serial": "VDS1000120", "sequence": 1, "application": 1, "template": 0,
            "require_pin": false, "content": {"format": "list", "title": "", "items": []}}),
        "client.sign" => json!({"signature": "00000000"}),
        "client.deactivate" => json!({"serial": "VDS1000120", "sequence": 1, "callback": null}),
        "client.accounts" => json!({"accounts": []}),
        "server.verify_device_code" => json!({"device_type": 7, "device_id": "0000000000"}),
        "server.generate_activation2" => json!({"message": "", "sequence": 1}),
        "server.generate_request" | "server.generate_deactivation" => json!({"message": ""}),
        _ => json!({}),
    });
    line(&json!({"seq": parsed_answer.get("seq"), "ok": result}))
}

fn always_no(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let op = op_of(&parsed(question));
    let keeps = ["hello", "ping", "reset", "drop", "state", "client.create", "server.create"];
    let parsed_answer = parsed(&answer);
    if keeps.contains(&op.as_str()) || parsed_answer.get("ok").is_none() {
        return Some(answer);
    }
    line(&json!({"seq": parsed_answer.get("seq"), "refused": {"class": "corrupted"}}))
}

fn crash_on_negative(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    parsed(&answer).get("refused").is_none().then_some(answer)
}

fn closes_on_refusal(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let question = parsed(question);
    if op_of(&question) == "client.open" && parsed(&answer).get("refused").is_some() {
        let close = json!({"seq": 0, "op": "client.close", "session": question.get("session"), "params": {}});
        faulty.engine.answer(close.to_string().as_bytes());
    }
    Some(answer)
}

fn closes_nothing(faulty: &mut Faulty, question: &[u8]) -> Vec<u8> {
    let parsed = parsed(question);
    match parsed.get("op").and_then(Value::as_str) {
        Some("client.close") => {
            json!({"seq": parsed.get("seq"), "ok": {"callback": null}}).to_string().into_bytes()
        }
        _ => faulty.engine.answer(question),
    }
}

fn refuses_rooted_close(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let parsed_question = parsed(question);
    let session = parsed_question.get("session").and_then(Value::as_str).unwrap_or_default();
    let is_done = parsed(&answer).get("ok").is_some();
    if op_of(&parsed_question) != "client.close" || !is_done {
        return Some(answer);
    }
    // Anything else of this client says whether it is blocked.
    let look =
        json!({"seq": parsed_question.get("seq"), "op": "client.accounts", "session": session, "params": {}});
    let look = faulty.engine.answer(look.to_string().as_bytes());
    Some(if parsed(&look).get("refused").is_some() { look } else { answer })
}

fn account_first(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut question = parsed(question);
    let message = question.pointer("/params/message").and_then(Value::as_str).unwrap_or_default();
    let refused_later =
        parsed(&answer).pointer("/refused/class").is_some_and(|class| class != "wrong-account");
    let Some(serial) = message.get(4..14).filter(|_| refused_later && op_of(&question) == "client.open")
    else {
        return Some(answer);
    };
    // The same serial number in an otherwise valid header: is there an account at all?
    let probe = format!("00C2{serial}{}", "00".repeat(16));
    if let Some(message) = question.pointer_mut("/params/message") {
        *message = Value::String(probe);
    }
    let probed = faulty.engine.answer(question.to_string().as_bytes());
    match parsed(&probed).pointer("/refused/class") {
        Some(class) if class == "wrong-account" => Some(probed),
        _ => Some(answer),
    }
}

fn stale_answer(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let parsed_answer = parsed(&answer);
    match remember(faulty, question, &parsed_answer) {
        (op, Some(before)) if op == "client.open" && parsed_answer.get("ok").is_some() => {
            line(&json!({"seq": parsed_answer.get("seq"), "ok": before}))
        }
        _ => Some(answer),
    }
}

fn lower_case(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(message) = answer.pointer_mut("/ok/message")
        && let Some(text) = message.as_str()
    {
        *message = Value::String(text.to_ascii_lowercase());
    }
    line(&answer)
}

fn constant_digest(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    with_digest(answer, "00".to_owned())
}

fn counted_digest(peer: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let looks = peer.last.get("looks").and_then(Value::as_u64).unwrap_or(0) + 1;
    peer.last.insert("looks".to_owned(), json!(looks));
    with_digest(answer, format!("{looks:08X}"))
}

/// The answer to `state` with another digest; any other as it is.
fn with_digest(answer: Vec<u8>, digest: String) -> Option<Vec<u8>> {
    let mut parsed = parsed(&answer);
    match parsed.pointer_mut("/ok/digest") {
        Some(place) => {
            *place = Value::String(digest);
            line(&parsed)
        }
        None => Some(answer),
    }
}

fn accounts_backwards(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(accounts) = answer.pointer_mut("/ok/accounts").and_then(Value::as_array_mut) {
        accounts.reverse();
    }
    line(&answer)
}

fn shows_title(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    let content = answer.pointer_mut("/ok/content").and_then(Value::as_object_mut);
    if let Some(content) = content.filter(|content| content.contains_key("challenge")) {
        content.insert("title".into(), "Log in".into());
    }
    line(&answer)
}

fn forgets_member(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if op_of(&parsed(question)) == "client.activate_instance"
        && let Some(result) = answer.get_mut("ok").and_then(Value::as_object_mut)
    {
        result.remove("sequence");
    }
    line(&answer)
}

fn other_words(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    for pointer in ["/refused/detail", "/fault"] {
        if let Some(words) = answer.pointer_mut(pointer) {
            *words = Value::String("non".into());
        }
    }
    line(&answer)
}

fn member_order(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let answer = parsed(&answer);
    let members = answer.as_object()?.iter().rev();
    let written = members.map(|(name, value)| format!("{} : {value}", Value::String(name.clone())));
    Some(format!(" {{ {} }} ", written.collect::<Vec<_>>().join(" , ")).into_bytes())
}

fn no_witness(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(refused) = answer.get_mut("refused").and_then(Value::as_object_mut) {
        refused.retain(|name, _| name == "class");
    }
    line(&answer)
}
