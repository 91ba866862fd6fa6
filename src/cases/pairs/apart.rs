//! Which two checks can't be wrong at once, and which are never asked: with the reason.

/// Two checks, the first before the second, that can't both be wrong.
struct Apart {
    /// In these operations; in all, where there are none.
    operations: &'static [&'static str],
    first: &'static [&'static str],
    second: &'static [&'static str],
    /// Why the second is not there to be wrong where the first is.
    why: &'static str,
}

const fn of(
    operations: &'static [&'static str],
    first: &'static [&'static str],
    second: &'static [&'static str],
    why: &'static str,
) -> Apart {
    Apart { operations, first, second, why }
}

const fn always(first: &'static [&'static str], second: &'static [&'static str], why: &'static str) -> Apart {
    of(&[], first, second, why)
}

/// All that is known of a session of a login.
const SESSION: &[&str] = &["LGN-9", "LGN-10", "LGN-11", "LGN-12", "LGN-22", "LGN-8", "LGN-13", "LGN-15"];

/// What a gateway string is refused by.
const GATEWAY: &[&str] = &["PSH-2", "PSH-3", "PSH-4", "PSH-6"];

#[rustfmt::skip] // a table
const APART: &[Apart] = &[
    always(&["CLI-4"], &["CLI-5", "NON-5", "UNL-6"], "an account that is only pre-activated counts nothing yet"),
    always(&["FRM-3"], GATEWAY, "no gateway string travels on the direct carrier (REQ-4)"),
    always(&["FRM-3"], &["CLI-26"], "on the direct carrier a message takes the place of the one on display (CLI-27)"),
    always(&["CLI-1"], &["CLI-26", "CLI-14", "CLI-15", "CLI-16"], "a client finds its device rooted when it is created or loaded: nothing is on display"),
    always(&["CLI-6"], &["NON-5"], "without a payload key no information message was ever made"),
    always(&["CLI-14"], &["CLI-15"], "a PIN is wrong or not asked for at all"),
    always(&["OTP-3"], &["PSH-2", "PSH-3", "PSH-4", "PSH-5", "PSH-6"], "a challenge is no gateway string"),
    always(&["REQ-6"], &["PSH-2", "PSH-3", "PSH-6"], "an empty gateway string has no fields"),
    always(&["AM2-14"], &["AM2-7"], "either is asked"),
    always(&["AM2-16"], &["AM2-17"], "a PIN is wrong or not asked for at all"),
    always(&["CLI-3"], &["CLI-4", "CLI-5", "CLI-6", "CLI-20", "CLI-23", "AM2-6", "AM2-14", "AM2-15", "AM2-16", "AM2-17", "CLI-15", "UNL-2", "UNL-3", "UNL-6", "UNL-7", "NON-5", "DEA-6"], "of a serial number without an account nothing is known"),
    always(&["PSH-4"], SESSION, "no session has such a challenge key"),
    of(&["server.login_approve", "server.login_reject", "server.login_cancel"], &["LGN-7"], SESSION, "no session has this challenge key"),
    of(&["server.login_approve"], &["PSH-4", "LGN-7"], &["VER-4", "VER-5", "VER-6", "VER-19", "VER-12"], "no session has this challenge key, so nobody has retrieved it"),
    always(&["VER-3"], &["VER-4", "VER-5", "VER-12", "VER-18", "VER-19", "VER-20"], "of a number without an instance nothing is known"),
    always(&["REQ-4"], &["REQ-10", "REQ-9", "OTP-3"], "of a gateway string PSH-5 alone is asked"),
    of(&["client.single_activate"], &["SDL-17"], &["SDL-13"], "without a static vector there is no prefix"),
    of(&["client.single_activate"], &["SDL-12"], &["SDL-13", "SDL-14"], "what is no serial number has no prefix and names no account"),
    of(&["server.single_verify_response", "server.single_verify_derivation_code"], &["SDL-13"], &["SDL-14"], "in the prefix alone, or in the suffix, does a serial number differ"),
    always(&["PWD-1"], &["PWD-4"], "no password is no weak one"),
    always(&["SDL-27"], &["PWD-5", "PWD-6"], "without an account there is no password"),
    always(&["BND-3", "BND-4"], &["BND-11"], "what can't be bound is not bound to another platform"),
    always(&["BND-4"], &["BND-5", "VER-19", "BND-9"], "without a deriving application there is no mode, no state and no code"),
    always(&["ERC-2"], &["ERC-3", "ERC-6", "ERC-7"], "without events there are no counters"),
    always(&["OTP-4"], &["VER-18"], "what was accepted before was well-formed"),
    always(&["VER-12"], &["VER-18"], "a wrong response was not accepted before"),
    always(&["VER-12"], &["VER-20"], "what is accepted at a step is a right response"),
    always(&["LGN-9", "LGN-10", "LGN-11", "LGN-12", "LGN-22"], &["LGN-9", "LGN-10", "LGN-11", "LGN-12", "LGN-22"], "a session is in one state"),
    always(&["LGN-13"], &["VER-4", "VER-5", "VER-6", "VER-19"], "nobody has retrieved the details: no instance is asked for"),
    always(&["REQ-6"], &["OTP-3"], "a challenge has no items, and is not empty as a text is"),
    always(&["OTP-3"], &["REQ-6"], "a challenge has no items"),
    always(&["OTP-2"], &["VER-18", "VER-20"], "of an application that may not respond nothing was accepted"),
    always(&["OTP-3", "ALG-8"], &["VER-18", "VER-20"], "what was accepted before were fields, and well-formed"),
    always(&["VER-19"], &["VER-18", "VER-20"], "out of sync is what has events; fields are remembered where time is the only factor"),
    always(&["ALG-8"], &["VER-11"], "a response of an open algorithm has no check digit"),
    always(&["INF-3"], SESSION, "without Secure Channel there are no logins"),
    always(&["INF-3"], &["LGN-7"], "without Secure Channel there are no logins"),
    always(&["REQ-13"], &["LGN-2", "LGN-3", "LGN-23"], "without Secure Channel there are no logins"),
    always(&["REQ-10", "REQ-9", "REQ-11"], &["PSH-5", "PSH-6"], "of a gateway string PSH-5 alone is asked"),
    always(&["REQ-10"], &["OTP-3"], "of a challenge OTP-3 alone is asked"),
    always(&["SDL-27"], &["PWD-7"], "without an account nothing is locked"),
    always(&["SDL-42"], &["SDL-24", "AM1-8", "ERC-2", "ERC-4", "ERC-5", "ERC-6", "ERC-7", "SDL-25", "STV-1", "STV-2", "STV-3", "STV-4", "STV-5", "STV-6"], "no content is there to be read"),
    always(&["SDL-24"], &["SDL-25", "AM1-8", "STV-1", "STV-2", "STV-3", "STV-4", "STV-5", "STV-6"], "what does not open has no content"),
    always(&["A2A-11"], &["CLI-5", "A2A-28"], "what is locked, or has a message on display, is an activated account"),
    always(&["AM1-7"], &["AM1-13", "AM1-8", "AM1-9", "STV-1", "STV-2", "STV-3", "STV-4", "STV-5", "STV-6"], "there is no static vector"),
    always(&["AM1-11", "AM1-16", "AM1-17"], &["CLI-22"], "the serial number has its place already"),
    always(&["DVC-8"], &["DVC-9", "DVC-11"], "without an AM1 there is none that is too old or not fitted"),
];

/// Checks of a row that this operation can't come to.
#[rustfmt::skip] // a table
const NOT_ASKED: &[(&[&str], &[&str], &str)] = &[
    (&["client.activate_license", "client.activate_instance", "client.mark_confirmed", "client.dispatch", "app2app.build"], &["FRM-4"], "it reads as on the direct carrier"),
    (&["client.dispatch"], GATEWAY, "no gateway string travels in a URL (REQ-4)"),
    (&["client.activate_license"], &["STV-2"], "a message with such a vector is too long (FRM-3)"),
    (&["license_file.read", "server.import", "server.reimport"], &["MSV-2"], "the form of the line is asked before (LIF-6)"),
    (&["frame.open", "server.verify_message_signature", "server.process_information", "server.login_reject"], &["FRM-3"], "it reads as on the gateway carrier"),
];

/// Whatever violates the first violates the second as well, which shows the same: a peer without the first is no wrong
/// one.
#[rustfmt::skip] // a table
const PARTS: &[(&str, &str, &str)] = &[
    ("STV-2", "STV-1", "no well-formed vector is longer than 481 bytes: eight applications with all that is optional"),
    ("DVC-6", "DVC-7", "2^83 and above have a device type of 128 and above"),
];

/// Why whatever violates the first violates the second as well, if so.
pub fn part_of(first: &str, second: &str) -> Option<&'static str> {
    PARTS.iter().find(|row| (row.0, row.1) == (first, second)).map(|row| row.2)
}

/// Why the first and the second can't both be wrong in this operation, if so.
pub fn reason(operation: &str, first: &str, second: &str) -> Option<&'static str> {
    if let Some(why) = not_asked(operation, first).or_else(|| not_asked(operation, second)) {
        return Some(why);
    }
    let is_meant = |apart: &&Apart| {
        (apart.operations.is_empty() || apart.operations.contains(&operation))
            && apart.first.contains(&first)
            && apart.second.contains(&second)
    };
    APART.iter().find(is_meant).map(|apart| apart.why)
}

/// Why this operation never refuses by a check of its row, if so.
pub fn not_asked(operation: &str, rule: &str) -> Option<&'static str> {
    let is_meant = |(operations, rules, _): &&(&[&str], &[&str], &str)| {
        operations.contains(&operation) && rules.contains(&rule)
    };
    NOT_ASKED.iter().find(is_meant).map(|row| row.2)
}
