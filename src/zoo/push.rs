//! Faults of push and login: strings, the information message, login sessions.

use serde_json::{Value, json};

use super::faulty::{Fault, Faulty, Kind, around, inside, line, op_of, parsed};

/// They have names of their own.
pub(super) const NAMED: &[Fault] = &[
    inside("challenge-key-case", "PSH-5", "writes challenge keys in lower case", "challenge-key-case"),
    inside(
        "user-after-domain",
        "PSH-5",
        "writes the domain of login details before their user",
        "writes-user-after-domain",
    ),
    inside(
        "later-strings",
        "PSH-3",
        "reads every type of string above 04 as login details",
        "reads-later-types",
    ),
    inside(
        "bytes-of-fields",
        "PSH-4",
        "counts the bytes of service, user and domain, not their characters",
        "counts-bytes-of-fields",
    ),
    around("reads-key-in-lower-case", "PSH-4", "tells challenge keys in lower case", key_in_lower_case),
    inside("signs-notifications", "PSH-7", "lets a notification be signed", "signs-notifications"),
    inside("keeps-no-identity", "PSH-8", "remembers neither user nor domain", "keeps-no-identity"),
    inside(
        "load-forgets-identity",
        "CST-9",
        "loads a client without the user it had logged in",
        "load-forgets-identity",
    ),
    inside(
        "information-counter-stays",
        "NON-4",
        "makes every information message with the first counter",
        "information-counter-stays",
    ),
    inside(
        "load-forgets-information",
        "CST-9",
        "loads a client that counts its information messages anew",
        "load-forgets-information",
    ),
    inside(
        "information-keys-of-all",
        "KEY-4",
        "has the same keys to the server for all instances",
        "information-keys-of-all",
    ),
    Fault {
        kind: Kind::Instead(keeps_refused_rejection),
        ..around(
            "rejection-not-used-up",
            "LGN-18",
            "takes the information message of a rejection that the session refused another time",
            key_in_lower_case,
        )
    },
    inside(
        "information-first-byte",
        "INF-1",
        "begins a rejection with another byte",
        "information-first-byte",
    ),
    inside(
        "information-twice",
        "INF-4",
        "forgets the counters of information messages it has taken",
        "information-accepted-again",
    ),
    inside("login-without-pin", "LGN-14", "issues login details that need no PIN", "logins-without-pin"),
    inside(
        "login-too-long",
        "REQ-11",
        "begins a login whose details can't be issued",
        "starts-what-is-too-long",
    ),
    inside(
        "login-minute",
        "LGN-5",
        "gives the user no more time than the retrieval",
        "decides-in-60-seconds",
    ),
    inside("login-for-ever", "LGN-5", "lets no login expire", "never-expires"),
    inside("login-remembered", "LGN-6", "never forgets a login", "forgets-no-login"),
    inside("login-any-domain", "LGN-15", "approves for any domain", "approves-any-domain"),
    inside(
        "login-siblings-approve",
        "VER-5",
        "tries the siblings where the instance that retrieved the details is refused",
        "siblings-approve",
    ),
    inside(
        "login-counts-once",
        "LGN-17",
        "counts wrong login signatures for the instance alone",
        "login-counts-nothing",
    ),
    inside(
        "login-requesters-are-one",
        "LGN-3",
        "lets one requester keep all others out of a license's logins",
        "requesters-are-one",
    ),
    inside(
        "logins-push-out-requests",
        "VER-7",
        "remembers notifications and login details among the requests",
        "remembers-format-3",
    ),
    around(
        "counter-as-ruler",
        "VER-8",
        "refuses requests 64 below the highest one accepted, as if they were replayed",
        counter_as_ruler,
    ),
    around(
        "login-locked-retrieves-not",
        "LGN-24",
        "hands no login details out to a locked instance",
        |faulty, question, answer| refuses_locked(faulty, question, answer, &["server.login_retrieve"]),
    ),
    around(
        "login-locked-rejects-not",
        "INF-8",
        "takes no information message of a locked instance",
        |faulty, question, answer| {
            refuses_locked(faulty, question, answer, &["server.process_information", "server.login_reject"])
        },
    ),
    around(
        "login-key-lower-case",
        "LGN-1",
        "tells the challenge key of a login in lower case",
        |_, question, answer| lower_case_key(question, answer, "server.login_start"),
    ),
    around(
        "information-key-lower-case",
        "INF-6",
        "tells the challenge key of an information message in lower case",
        |_, question, answer| lower_case_key(question, answer, "server.process_information"),
    ),
    inside("login-cancels-nothing", "LGN-19", "goes on with a login that was given up", "cancels-nothing"),
    inside("login-survives", "LGN-21", "knows logins from before a backup was restored", "remembers-logins"),
];

/// Remembers, under the name of a session, the highest counter of its requests that were accepted.
fn counter_as_ruler(faulty: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let (question, said) = (parsed(question), parsed(&answer));
    let session = question.get("session").and_then(Value::as_str).unwrap_or_default();
    let op = op_of(&question);
    if ["server.create", "server.import"].contains(&op.as_str()) {
        faulty.last.remove(session);
    }
    let message = question.pointer("/params/message").and_then(Value::as_str).unwrap_or_default();
    let is_request = matches!(message.get(..4), Some("00C1" | "00C2"));
    let counter = message.get(22..30).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let verified = op == "server.verify_message_signature" && said.get("ok").is_some();
    let Some(counter) = counter.filter(|_| verified && is_request) else { return Some(answer) };
    let highest = faulty.last.get(session).and_then(Value::as_u64).unwrap_or(0);
    if u64::from(counter) + 64 <= highest {
        return line(&json!({"seq": said.get("seq"), "refused": {"class": "replayed"}}));
    }
    faulty.last.insert(session.to_owned(), json!(highest.max(counter.into())));
    Some(answer)
}

fn key_in_lower_case(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(Value::String(key)) = answer.pointer_mut("/ok/content/challenge_key") {
        key.make_ascii_lowercase();
    }
    line(&answer)
}

/// A rejection that is refused is played on a copy of the session, so that nothing of it is left.
fn keeps_refused_rejection(faulty: &mut Faulty, question: &[u8]) -> Vec<u8> {
    let asked = parsed(question);
    if op_of(&asked) == "server.login_reject" {
        let session = asked.get("session").and_then(Value::as_str).unwrap_or_default();
        let answer = faulty.engine.fork(session).answer(question);
        if parsed(&answer).get("refused").is_some() {
            return answer;
        }
    }
    faulty.engine.answer(question)
}

/// Refuses what an instance asks whose wrong signatures have reached the tries of its license.
fn refuses_locked(
    faulty: &mut Faulty,
    question: &[u8],
    answer: Vec<u8>,
    operations: &[&str],
) -> Option<Vec<u8>> {
    let (question, said) = (parsed(question), parsed(&answer));
    let session = question.get("session").and_then(Value::as_str).unwrap_or_default();
    let op = op_of(&question);
    if let Some(tries) = question.pointer("/params/signature_tries").filter(|_| op == "server.create") {
        faulty.last.insert(session.to_owned(), tries.clone());
    }
    let told = question.pointer("/params/sequence").or(said.pointer("/ok/sequence")).and_then(Value::as_u64);
    let (Some(sequence), true) = (told, operations.contains(&op.as_str())) else { return Some(answer) };
    let state = json!({"seq": 0, "op": "state", "session": session, "params": {}});
    let state = parsed(&faulty.engine.answer(state.to_string().as_bytes()));
    let failures =
        state.pointer("/ok/counters").and_then(|it| it.get(format!("signature_failures/{sequence:02}")));
    let [failures, tries] = [failures, faulty.last.get(session)].map(|it| it.and_then(Value::as_u64));
    if failures.zip(tries).is_some_and(|(failures, tries)| failures >= tries) {
        return line(&json!({"seq": said.get("seq"), "refused": {"class": "locked"}}));
    }
    Some(answer)
}

fn lower_case_key(question: &[u8], answer: Vec<u8>, operation: &str) -> Option<Vec<u8>> {
    let mut said = parsed(&answer);
    match said.pointer_mut("/ok/challenge_key") {
        Some(key) if op_of(&parsed(question)) == operation => {
            *key = json!(key.as_str().unwrap_or_default().to_lowercase());
            line(&said)
        }
        _ => Some(answer),
    }
}
