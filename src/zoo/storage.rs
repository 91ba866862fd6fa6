//! Faults of what rests: license files, BLOBs, a client's state; and two peers that store all they can and are right.

use channel::bytes::Wire;
use channel::server::Floor;
use channel::text::hex;
use channel::wire::message_vector::MessageVector;
use channel::wire::static_vector::StaticVector;
use serde_json::{Value, json};

use super::faulty::{Fault, Faulty, Kind, around, control, inside, is_question, line, op_of, parsed};

/// They have names of their own.
pub(super) const NAMED: &[Fault] = &[
    inside("file-check-label", "LIF-2", "derives the check with another label", "label-file-check"),
    inside("file-line-label", "LIF-3", "derives the key of lines with another label", "label-file-line"),
    inside("file-lines-from-0", "LIF-3", "counts the lines of a file from 0", "file-line-number"),
    inside(
        "file-trailer-label",
        "LIF-4",
        "derives the key of the mac with another label",
        "label-file-trailer",
    ),
    inside("file-lines-alone", "LIF-3", "reads secrets without the line before them", "file-line-alone"),
    inside("file-any-line-ends", "LIF-6", "reads lines that end with CR LF", "file-line-ends"),
    around(
        "file-judged",
        "IMP-4",
        "reads and writes no license file with a license that would be too weak",
        judges_files,
    ),
    inside(
        "activation-vector-digit",
        "LIF-13",
        "writes 0 for the check digit of an activation vector",
        "activation-vector-digit",
    ),
    inside("message-vector-mark", "MSV-1", "writes another mark", "message-vector-mark"),
    inside(
        "message-vector-any-case",
        "MSV-2",
        "reads message vectors in lower case",
        "message-vector-any-case",
    ),
    inside("imports-a-channel", "IMP-1", "imports every license with Secure Channel", "imports-a-channel"),
    inside(
        "imports-a-counter",
        "IMP-1",
        "begins an imported license with message counter 2",
        "imports-a-counter",
    ),
    inside(
        "imports-any-threshold",
        "IMP-1",
        "imports every license for 99 instances",
        "imports-any-threshold",
    ),
    inside(
        "imports-the-first",
        "IMP-2",
        "imports the first license, whatever was asked for",
        "imports-the-first",
    ),
    inside("reimport-nonces-again", "IMP-3", "begins the message counter again", "reimport-nonce"),
    inside("reimport-time-again", "IMP-3", "forgets the time of the last message", "reimport-time"),
    inside("reimport-payload-key", "IMP-3", "keeps the payload key", "reimport-keeps-payload-key"),
    inside("reimport-instances", "IMP-3", "keeps the instances", "reimport-keeps-instances"),
    inside(
        "reimport-issued",
        "IMP-3",
        "keeps what was issued: AM1, device, requests",
        "reimport-keeps-issued",
    ),
    inside("reimport-failures", "IMP-3", "keeps the count of wrong device codes", "reimport-keeps-failures"),
    inside("instance-name-short", "INS-1", "leaves out the last character of a name", "instance-name-short"),
    inside("instance-disabled", "INS-1", "leaves out disabled applications", "instance-disabled"),
    inside("blob-label", "BLB-2", "derives the keys of BLOBs with another label", "label-blob"),
    inside(
        "blob-version-bare",
        "BLB-2",
        "leaves the version out of what is authenticated",
        "blob-associated",
    ),
    inside(
        "blob-generation-bare",
        "BLB-2",
        "leaves the generation out of what is authenticated",
        "blob-generation-bare",
    ),
    inside(
        "blob-of-any-epoch",
        "BLB-2",
        "leaves the epoch out of what is authenticated",
        "blob-of-any-epoch",
    ),
    inside(
        "reimport-epoch",
        "BLB-5",
        "keeps the epoch of a license that is imported again",
        "reimport-keeps-epoch",
    ),
    inside("generation-stays", "BLB-11", "counts no change of what a BLOB holds", "generation-stays"),
    inside(
        "blob-goes-back",
        "BLB-14",
        "forgets steps and events that the row knows and a newer BLOB doesn't",
        "blob-goes-back",
    ),
    inside(
        "blob-is-trusted",
        "BLB-14",
        "takes a newer BLOB as if nothing had been accepted since",
        "blob-is-trusted",
    ),
    inside("floor-of-disabled", "VER-21", "judges disabled applications, too", "floor-of-disabled"),
    inside("floor-all-decimal", "VER-21", "counts hexadecimal responses to the base 10", "floor-all-decimal"),
    inside(
        "floor-with-check-digit",
        "VER-21",
        "counts the check digit as one more",
        "floor-with-check-digit",
    ),
    inside("floor-without-tries", "VER-21", "judges a single try", "floor-without-tries"),
    inside(
        "floor-without-events",
        "VER-21",
        "leaves the look-ahead out of the candidates",
        "floor-without-events",
    ),
    inside("floor-of-kept", "VER-24", "judges the settings of a license that it loads", "floor-of-kept"),
    inside("blob-flags-0", "BLB-1", "writes no flags into BLOBs", "blob-flags"),
    inside(
        "blob-text-trimmed",
        "BLB-3",
        "reads BLOBs with blanks and line ends around them",
        "blob-text-trimmed",
    ),
    inside("blob-of-no-channel", "BLB-6", "hands out a payload key that is not there", "blob-of-no-channel"),
    inside("blob-loads-nothing", "BLB-9", "checks BLOBs and goes on with what it has", "blob-loads-nothing"),
    inside("blob-unlocks", "BLB-9", "forgets wrong signatures with a BLOB", "blob-unlocks"),
    inside("blob-is-used", "BLB-9", "takes an application of a BLOB as used", "blob-is-used"),
    inside("saves-under-one-nonce", "CST-1", "saves under the same nonce each time", "saves-under-one-nonce"),
    inside("saves-no-events", "CST-1", "saves all event counters as 0", "saved-event"),
    inside("client-keys-of-index-0", "CST-2", "seals all keys under that of index 0", "client-key-index"),
    inside(
        "client-state-label",
        "CST-3",
        "derives the key of the MAC with another label",
        "label-client-state",
    ),
    inside("state-of-any-magic", "CST-4", "loads what begins with anything", "state-of-any-magic"),
    inside("load-draws-a-salt", "CST-9", "gives a loaded client another device id", "load-draws-a-salt"),
    inside("load-forgets-pins", "CST-9", "forgets wrong PINs, and locks with them", "load-forgets-pins"),
    inside("load-forgets-unlocking", "CST-9", "forgets wrong unlock responses", "load-forgets-unlocking"),
    inside("load-forgets-am2", "CST-9", "forgets the counter of AM2", "load-forgets-am2"),
    around("file-line-ends", "LIF-1", "writes files with CR LF", file_line_ends),
    around("message-vector-lower-case", "MSV-1", "writes message vectors in lower case", lower_case_vector),
    around("blob-without-padding", "BLB-1", "writes BLOBs without padding", blob_without_padding),
    around("file-order", "LIF-1", "tells the licenses of a file in ascending order", licenses_sorted),
    around("type-without-zero", "INS-1", "writes a device type without its leading zero", type_without_zero),
    around("state-byte-more", "CST-1", "saves a state with a byte behind its MAC", state_byte_more),
    Fault {
        kind: Kind::Instead(saves_and_loads),
        ..control(
            "control-saves-and-loads",
            "a client that ends and starts again between any two questions",
            stores_blobs,
        )
    },
    control(
        "control-stores-its-blobs",
        "a server that stores its BLOBs and reads them back each time",
        stores_blobs,
    ),
];

/// An answer with another text in its result.
pub(super) fn with_text(answer: Vec<u8>, member: &str, bend: impl FnOnce(&str) -> String) -> Option<Vec<u8>> {
    let mut parsed = parsed(&answer);
    match parsed.pointer_mut(member) {
        Some(Value::String(text)) => {
            *text = bend(text);
            line(&parsed)
        }
        _ => Some(answer),
    }
}

fn file_line_ends(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    match op_of(&parsed(question)).as_str() {
        // In hexadecimal; of the digits only whole pairs.
        "license_file.write" => with_text(answer, "/ok/file", |file| {
            let pairs = file.as_bytes().chunks(2).map(String::from_utf8_lossy);
            pairs.map(|pair| if pair == "0A" { "0D0A".into() } else { pair.into_owned() }).collect()
        }),
        _ => Some(answer),
    }
}

fn lower_case_vector(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    match op_of(&parsed(question)).as_str() {
        "message_vector.encode" => with_text(answer, "/ok/message_vector", str::to_ascii_lowercase),
        _ => Some(answer),
    }
}

fn blob_without_padding(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    with_text(answer, "/ok/blob", |blob| blob.trim_end_matches('=').into())
}

fn type_without_zero(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    with_text(answer, "/ok/type", |kind| kind.replacen("TYP0", "TYP", 1))
}

fn state_byte_more(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    with_text(answer, "/ok/state", |state| format!("{state}00"))
}

fn licenses_sorted(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(licenses) = answer.pointer_mut("/ok/licenses").and_then(Value::as_array_mut) {
        licenses.sort_by_key(|license| license.get("serial").map(Value::to_string));
    }
    line(&answer)
}

/// Asks the reference something that nobody asked.
fn ask(faulty: &mut Faulty, op: &str, session: &Value, params: &Value) -> Value {
    let question = json!({"seq": 0, "op": op, "session": session, "params": params});
    parsed(&faulty.engine.answer(question.to_string().as_bytes()))
}

/// After each answer the client is saved, dropped and loaded, unless a message is open: that would not be. Its handles
/// go on all the same, as those of a client that lives do.
fn saves_and_loads(faulty: &mut Faulty, line: &[u8]) -> Vec<u8> {
    let mut question = parsed(line);
    let (op, session) = (op_of(&question), question.get("session").cloned().unwrap_or_default());
    let (begun, last) = (format!("handles {session}"), format!("handle {session}"));
    let known = |faulty: &Faulty, name: &str| faulty.last.get(name).and_then(Value::as_u64).unwrap_or(0);
    let before = known(faulty, &begun);
    let decides = op == "client.sign" || op == "client.answer";
    let answer = match question.pointer_mut("/params/handle") {
        Some(handle) if before > 0 && decides && is_question(line) => {
            *handle = json!(handle.as_u64().unwrap_or(0).saturating_sub(before));
            faulty.engine.answer(question.to_string().as_bytes())
        }
        _ => faulty.engine.answer(line),
    };
    let mut told = parsed(&answer);
    let place = if op == "client.dispatch" { "/ok/opened/handle" } else { "/ok/handle" };
    let shown = told.pointer_mut(place).filter(|handle| handle.is_u64());
    let answer = match shown {
        Some(handle) => {
            *handle = json!(handle.as_u64().unwrap_or(0) + before);
            faulty.last.insert(last.clone(), handle.clone());
            told.to_string().into_bytes()
        }
        None => answer,
    };
    // The count of handles is kept here, so it is part of what `state` tells, too (CLI-25, PPR-9).
    if op == "state"
        && let Some(digest) = told.pointer("/ok/digest").and_then(Value::as_str).map(str::to_owned)
        && let Some(place) = told.pointer_mut("/ok/digest")
    {
        *place = json!(format!("{digest}{:08X}", known(faulty, &last)));
        return told.to_string().into_bytes();
    }
    if !op.starts_with("client.") || told.get("ok").is_none() {
        return answer;
    }
    let session = &session;
    let (given, opened) = (format!("given {session}"), format!("opened {session}"));
    let called = format!("called {session}");
    match op.as_str() {
        "client.create" | "client.load" => {
            faulty.last.remove(&begun);
            faulty.last.remove(&last);
            let mut params = question.get("params").cloned().unwrap_or_default();
            if let Some(params) = params.as_object_mut() {
                params.retain(|name, _| !["random", "device_type", "state"].contains(&name.as_str()));
                params.insert("platform_key".into(), "00".repeat(16).into());
            }
            faulty.last.insert(given.clone(), params);
            faulty.last.remove(&opened);
            faulty.last.remove(&called);
        }
        "client.single_create" | "client.single_load" => {
            let mut params = question.get("params").cloned().unwrap_or_default();
            if let Some(params) = params.as_object_mut() {
                params.remove("state");
            }
            faulty.last.insert(given.clone(), params);
            faulty.last.remove(&opened);
            faulty.last.remove(&called);
        }
        "client.set_app2app" => {
            faulty.last.insert(called.clone(), question.get("params").cloned().unwrap_or_default());
        }
        "client.dispatch" if told.pointer("/ok/opened") == Some(&Value::Null) => {}
        "client.open" if told.pointer("/ok/handle") == Some(&Value::Null) => {}
        "client.open" | "client.dispatch" => {
            faulty.last.insert(opened.clone(), Value::Null);
        }
        "client.sign" | "client.answer" | "client.close" => {
            faulty.last.remove(&opened);
        }
        _ => {}
    }
    if let (Some(mut params), None) = (faulty.last.get(&given).cloned(), faulty.last.get(&opened)) {
        let (save, load, key) = match params.get("reset_policy") {
            Some(_) => ("client.single_save", "client.single_load", json!({})),
            None => ("client.save", "client.load", json!({"platform_key": "00".repeat(16)})),
        };
        let saved = ask(faulty, save, session, &key);
        if let (Some(state), Some(params)) = (saved.pointer("/ok/state"), params.as_object_mut()) {
            params.insert("state".into(), state.clone());
        }
        ask(faulty, "drop", session, &json!({}));
        ask(faulty, load, session, &params);
        if let Some(params) = faulty.last.get(&called).cloned() {
            ask(faulty, "client.set_app2app", session, &params);
        }
        let handle = json!(known(faulty, &last));
        faulty.last.insert(begun, handle);
    }
    answer
}

/// Refuses a license file by what only importing asks of a license.
fn judges_files(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let (question, said) = (parsed(question), parsed(&answer));
    let file = match op_of(&question).as_str() {
        "license_file.read" => said.get("ok"),
        "license_file.write" => question.get("params").filter(|_| said.get("ok").is_some()),
        _ => None,
    };
    let text = |name: &str| file.and_then(|file| file.get(name)).and_then(Value::as_str).unwrap_or_default();
    let vector = hex::decode(text("static_vector")).and_then(|bytes| StaticVector::decode(&bytes));
    let (Ok(vector), Ok(numbers)) = (vector, MessageVector::decode(text("message_vector"))) else {
        return Some(answer);
    };
    let licenses = file.and_then(|file| file.get("licenses")).and_then(Value::as_array);
    let is_weak = licenses.into_iter().flatten().any(|license| {
        let secure_channel = license.get("secure_channel") == Some(&Value::Bool(true));
        let (tries, windows) = (numbers.signature_tries, &numbers.windows);
        Floor { vector: &vector, tries, windows, secure_channel }.ensure().is_err()
    });
    match is_weak {
        true => line(&json!({"seq": said.get("seq"), "refused": {"class": "weak-settings"}})),
        false => Some(answer),
    }
}

/// After each verification the BLOBs of the license and of this instance are handed out and taken back.
fn stores_blobs(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let question = parsed(question);
    let op = op_of(&question);
    let verifies = op.starts_with("server.verify") || op == "server.resynchronise" || op == "server.restored";
    let (Some(session), true) = (question.get("session"), verifies) else { return Some(answer) };
    let sequence = question.pointer("/params/sequence").and_then(Value::as_u64).unwrap_or(1);
    let places = [(0, 0), (0, 1)].into_iter().chain((1..=8).map(|index| (sequence, index)));
    for (sequence, index) in places {
        let mut params = json!({"storage_key": "00".repeat(16), "sequence": sequence, "index": index});
        let sealed = ask(faulty, "server.seal_blob", session, &params);
        if let (Some(blob), Some(params)) = (sealed.pointer("/ok/blob"), params.as_object_mut()) {
            params.insert("blob".into(), blob.clone());
            params.insert("now".into(), question.pointer("/params/now").cloned().unwrap_or(json!(0)));
            ask(faulty, "server.load_blob", session, &Value::Object(params.clone()));
        }
    }
    Some(answer)
}
