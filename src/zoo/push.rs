//! Faults of push and login: strings, the information message, login sessions.

use serde_json::Value;

use super::faulty::{Fault, Faulty, around, inside, line, parsed};

/// They have names of their own.
pub(super) const NAMED: [Fault; 22] = [
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
        "login-retriever-alone",
        "LGN-16",
        "accepts no signature but that of the instance that retrieved",
        "only-the-retriever-approves",
    ),
    inside("login-cancels-nothing", "LGN-19", "goes on with a login that was given up", "cancels-nothing"),
    inside("login-survives", "LGN-21", "knows logins from before a backup was restored", "remembers-logins"),
];

fn key_in_lower_case(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(Value::String(key)) = answer.pointer_mut("/ok/content/challenge_key") {
        key.make_ascii_lowercase();
    }
    line(&answer)
}
