//! Which requirement a difference violates. A case knows what it is about; what differs may be something else, in a step
//! that only prepares, or in a value that the case doesn't ask for. So each value and each counter has a requirement of
//! its own here.
//!
//! | what differs | whose fault it is |
//! |---|---|
//! | a member of a result | [`value`] |
//! | a counter, after an answer | [`counter`] |
//! | accepted, or refused with another class, where the reference refuses | the rule by which the reference refuses |
//! | refused, where the reference accepts | [`refused`] |
//! | no answer | the rule by which the reference refuses, or else what [`accepted`] says |

use channel::check_digit::{Radix, check_digit};
use channel::crypto::protect::HEADER_LENGTH;
use channel::wire::device_code::DeviceCode;
use peer::operations::State;
use peer::protocol::{Operation as _, Refused};
use serde_json::{Map, Value};

use crate::spec;

/// An operation: what says that it is accepted and what it then does; and for each member of its result what says which
/// value it has.
type Row = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

#[rustfmt::skip] // a row per operation, in the order of SPEC section 18
const RESULTS: &[Row] = &[
    ("hello", "PPR-3", &[
        ("protocol", "PPR-3"), ("name", "PPR-3"), ("version", "PPR-3"), ("language", "PPR-3"), ("profile", "PPR-3"),
        ("operations", "PPR-3"), ("injects_time", "PPR-3"), ("injects_randomness", "PPR-3"),
    ]),
    ("ping", "PPR-2", &[]),
    ("reset", "PPR-7", &[]),
    ("drop", "PPR-7", &[]),
    ("state", "PPR-3", &[("digest", "PPR-9"), ("counters", "PPR-3")]),
    ("primitive.cmac", "PRT-3", &[("mac", "PRT-3")]),
    ("primitive.ctr", "PRT-1", &[("data", "PRT-1")]),
    ("primitive.kdf", "KEY-1", &[("key", "KEY-1")]),
    ("primitive.key_wrap", "KEY-9", &[("wrapped", "KEY-9")]),
    ("primitive.key_unwrap", "KEY-9", &[("key", "KEY-9")]),
    ("primitive.check_digit", "CNV-4", &[("digit", "CNV-4")]),
    ("primitive.response", "SIG-1", &[("response", "SIG-1")]),
    ("primitive.hotp", "ALG-1", &[("response", "ALG-1")]),
    ("primitive.totp", "ALG-2", &[("response", "ALG-2")]),
    ("primitive.ocra", "ALG-3", &[("response", "ALG-3")]),
    ("primitive.percent_decode", "A2A-26", &[("text", "A2A-26")]),
    ("frame.parse", "FRM-1", &[
        ("version", "FRM-1"), ("type", "FRM-1"), ("protection", "FRM-1"), ("serial", "SER-1"), ("nonce", "FRM-1"),
        ("body", "FRM-1"), ("tag", "FRM-1"),
    ]),
    ("frame.seal", "FRM-1", &[("message", "KEY-3")]),
    ("frame.open", "PRT-1", &[("body", "PRT-1")]),
    ("message_vector.encode", "MSV-1", &[("message_vector", "MSV-1")]),
    ("message_vector.decode", "MSV-1", &[
        ("activation_protection", "MSV-1"), ("message_protection", "MSV-1"), ("post_activation", "MSV-1"),
        ("activation_validity_days", "MSV-1"), ("message_age_limit_s", "MSV-1"), ("code_tries", "MSV-1"),
        ("signature_tries", "MSV-1"), ("identification_window", "MSV-1"), ("signature_window", "MSV-1"),
        ("first_use_s", "MSV-1"), ("look_ahead", "MSV-1"),
    ]),
    ("license_file.write", "LIF-1", &[("file", "LIF-1")]),
    ("license_file.read", "LIF-1", &[
        ("static_vector", "LIF-1"), ("message_vector", "LIF-1"), ("licenses", "LIF-1"),
    ]),
    ("blob.seal", "BLB-1", &[("blob", "BLB-1")]),
    ("blob.open", "BLB-2", &[("generation", "BLB-5"), ("content", "BLB-2")]),
    ("qr.write", "CAR-1", &[("modules", "CAR-1")]),
    ("qr.read", "CAR-10", &[("text", "CAR-10")]),
    ("app2app.build", "A2A-21", &[("url", "A2A-21")]),
    ("app2app.parse", "A2A-3", &[
        ("x_success", "A2A-7"), ("x_error", "A2A-7"), ("x_cancel", "A2A-7"), ("secure_message", "A2A-3"),
        ("state", "A2A-3"),
    ]),
    ("app2app.read", "A2A-23", &[("outcome", "A2A-23"), ("error", "A2A-23"), ("values", "A2A-23")]),
    ("client.create", "CLI-1", &[]),
    ("client.activate_license", "DVC-3", &[("device_code", "DVC-1")]),
    ("client.activate_instance", "AM2-11", &[
        ("serial", "AM2-10"), ("sequence", "AM2-10"), ("signature", "AM2-10"),
    ]),
    ("client.open", "CLI-11", &[
        ("handle", "CLI-25"), ("serial", "CLI-11"), ("sequence", "CLI-11"), ("application", "CLI-11"),
        ("template", "CLI-11"), ("require_pin", "CLI-11"), ("content", "CLI-11"), ("callback", "A2A-30"),
    ]),
    ("client.close", "CLI-28", &[("callback", "A2A-30")]),
    ("client.sign", "SIG-1", &[("signature", "SIG-1")]),
    ("client.deactivate", "DEA-7", &[("serial", "DEA-7"), ("sequence", "DEA-7"), ("callback", "A2A-30")]),
    ("client.generate_response", "OTP-1", &[("response", "OTP-1")]),
    ("client.generate_unlock_challenge", "UNL-1", &[("challenge", "UNL-1")]),
    ("client.unlock", "UNL-8", &[]),
    ("client.accounts", "CLI-18", &[("accounts", "CLI-18")]),
    ("client.mark_confirmed", "CLI-21", &[("callback", "A2A-30")]),
    ("client.remove", "CLI-19", &[("callback", "A2A-30")]),
    ("client.save", "CST-1", &[("state", "CST-1")]),
    ("client.load", "CST-9", &[]),
    ("client.set_app2app", "A2A-9", &[]),
    ("client.dispatch", "A2A-12", &[("opened", "A2A-15"), ("error", "A2A-12"), ("callback", "A2A-13")]),
    ("client.answer", "A2A-17", &[("callback", "A2A-19"), ("error", "A2A-18")]),
    ("server.create", "AM1-2", &[]),
    ("server.generate_activation1", "AM1-1", &[("message", "AM1-1")]),
    ("server.verify_device_code", "DVC-3", &[("device_type", "DVC-1"), ("device_id", "DVC-1")]),
    ("server.generate_activation2", "AM2-1", &[("message", "AM2-1"), ("sequence", "AM2-3")]),
    ("server.generate_request", "REQ-1", &[("message", "REQ-1")]),
    ("server.verify_message_signature", "VER-13", &[]),
    ("server.generate_deactivation", "DEA-1", &[("message", "DEA-1")]),
    ("server.verify_response", "VER-13", &[]),
    ("server.generate_unlock_response", "UNL-4", &[("response", "UNL-4")]),
    ("server.unlock_instance", "OPR-1", &[]),
    ("server.restored", "OPR-2", &[]),
    ("server.resynchronise", "OPR-6", &[]),
    ("server.import", "IMP-1", &[]),
    ("server.reimport", "IMP-3", &[]),
    ("server.instance", "INS-1", &[("type", "INS-1"), ("applications", "INS-1")]),
    ("server.seal_blob", "BLB-1", &[("blob", "BLB-1")]),
    ("server.load_blob", "BLB-9", &[]),
    ("push.read", "PSH-1", &[("content", "PSH-1")]),
    ("push.write", "PSH-1", &[("text", "PSH-1")]),
    ("client.generate_information", "INF-1", &[("message", "INF-1")]),
    ("client.login_identity", "PSH-8", &[("user", "PSH-8"), ("domain", "PSH-8")]),
    ("server.process_information", "INF-6", &[("sequence", "INF-6"), ("challenge_key", "INF-6")]),
    ("server.login_start", "LGN-1", &[("challenge_key", "LGN-1"), ("message", "LGN-1")]),
    ("server.login_retrieve", "LGN-14", &[("message", "LGN-14")]),
    ("server.login_approve", "LGN-16", &[("sequence", "LGN-16")]),
    ("server.login_reject", "LGN-18", &[("sequence", "LGN-18"), ("challenge_key", "LGN-18")]),
    ("server.login_cancel", "LGN-19", &[]),
    ("server.login_status", "LGN-6", &[("status", "LGN-5")]),
    ("activation_code.write", "SDL-3", &[("code", "SDL-3")]),
    ("activation_code.read", "SDL-1", &[("license_key", "SDL-1")]),
    ("export_svf.read", "SDL-7", &[("static_vector", "SDL-7")]),
    ("acode_log.read", "SDL-9", &[("licenses", "SDL-9")]),
    ("acode_log.write", "SDL-9", &[("file", "SDL-9")]),
    ("client.single_create", "CLI-1", &[]),
    ("client.single_activate", "SDL-16", &[("serial", "SDL-11"), ("warnings", "SDL-11")]),
    ("client.single_activate_online", "SDL-16", &[("serial", "SDL-16")]),
    ("client.single_report", "SDL-15", &[]),
    ("client.single_revert", "SDL-39", &[]),
    ("client.single_status", "SDL-15", &[
        ("state", "SDL-15"), ("serial", "SDL-16"), ("password", "PWD-11"), ("bound", "BND-7"), ("proven", "SDL-15"),
        ("kept", "SDL-35"),
    ]),
    ("client.single_change_password", "PWD-11", &[]),
    ("client.single_generate_response", "SDL-26", &[("response", "SDL-26")]),
    ("client.single_generate_derivation_code", "BND-2", &[("code", "BND-2")]),
    ("client.single_mark_bound", "BND-7", &[]),
    ("client.single_save", "SDL-30", &[("state", "SDL-30")]),
    ("client.single_load", "SDL-30", &[]),
    ("server.single_create", "SDL-28", &[]),
    ("server.single_reimport", "SDL-29", &[]),
    ("server.single_generate_activation_code", "SDL-3", &[("code", "SDL-3")]),
    ("server.single_generate_full_activation_data", "SDL-18", &[("data", "SDL-18")]),
    ("server.single_generate_event_reactivation_counter", "ERC-1", &[("event_reactivation_counter", "ERC-1")]),
    ("server.single_verify_response", "SDL-28", &[]),
    ("server.single_verify_derivation_code", "BND-10", &[]),
    ("server.single_unlock", "OPR-1", &[]),
    ("server.single_resynchronise", "OPR-6", &[]),
    ("server.single_save", "SDL-30", &[("state", "SDL-30")]),
    ("server.single_load", "SDL-30", &[]),
];

/// What says which value this login status is.
const STATUS: [(&str, &str); 7] = [
    ("pending", "LGN-1"),
    ("retrieved", "LGN-14"),
    ("approved", "LGN-16"),
    ("rejected", "LGN-18"),
    ("cancelled", "LGN-19"),
    ("expired", "LGN-5"),
    ("failed", "LGN-22"),
];

/// What two right peers may give differently: drawings of one text (SPEC section 31), and what they say of themselves.
const FREE: [(&str, &str); 8] = [
    ("qr.write", "modules"),
    ("hello", "name"),
    ("hello", "version"),
    ("hello", "language"),
    ("hello", "profile"),
    ("hello", "operations"),
    ("hello", "injects_time"),
    ("hello", "injects_randomness"),
];

/// For each counter and each accepted operation that changes it or is there to leave it: what says so. An operation that
/// isn't here leaves it by what [`accepted`] says it does.
const COUNTERS: &[(&str, &[(&str, &str)])] = &[
    (
        "code_failures",
        &[
            ("server.generate_activation1", "AM1-10"),
            ("server.verify_device_code", "DVC-13"),
            ("server.restored", "OPR-3"),
            ("server.reimport", "IMP-3"),
        ],
    ),
    (
        "signature_failures",
        &[
            ("server.generate_activation2", "AM2-3"),
            ("server.verify_message_signature", "VER-25"),
            ("server.verify_response", "VER-25"),
            ("server.login_approve", "VER-25"),
            ("server.resynchronise", "OPR-9"),
            ("server.unlock_instance", "OPR-1"),
            ("server.restored", "OPR-3"),
            ("server.reimport", "IMP-3"),
            ("server.single_verify_response", "VER-25"),
            ("server.single_resynchronise", "OPR-9"),
            ("server.single_verify_derivation_code", "BND-10"),
            ("server.single_unlock", "OPR-1"),
            ("server.single_reimport", "SDL-29"),
        ],
    ),
    (
        "login_failures",
        &[
            ("server.login_start", "LGN-23"),
            ("server.login_approve", "LGN-17"),
            ("server.login_retrieve", "LGN-6"),
            ("server.login_reject", "LGN-6"),
            ("server.login_cancel", "LGN-6"),
            ("server.login_status", "LGN-6"),
            ("server.unlock_instance", "LGN-17"),
            ("server.restored", "LGN-21"),
            ("server.reimport", "LGN-21"),
        ],
    ),
    (
        "pin_failures",
        &[
            ("client.activate_license", "AM1-12"),
            ("client.activate_instance", "AM2-17"),
            ("client.sign", "CLI-29"),
            ("client.answer", "CLI-29"),
            ("client.generate_response", "CLI-29"),
            ("client.unlock", "UNL-8"),
        ],
    ),
    (
        "unlock_failures",
        &[
            ("client.activate_license", "AM1-12"),
            ("client.generate_unlock_challenge", "UNL-9"),
            ("client.unlock", "UNL-8"),
        ],
    ),
    (
        "password_failures",
        &[
            ("client.single_generate_response", "PWD-6"),
            ("client.single_generate_derivation_code", "PWD-6"),
            ("client.single_change_password", "PWD-6"),
            ("client.single_report", "SDL-37"),
        ],
    ),
];

/// Refusals that say no more than that something computed or remembered doesn't fit, and what is wrong where nothing else
/// is. Whoever refuses so what is right has made, or kept, another value.
const FORMULAS: [(&str, &str); 24] = [
    ("AM1-16", "AM2-13"),
    ("BLB-5", "BLB-2"),
    ("BLB-8", "KEY-8"),
    ("CST-4", "CST-1"),
    ("CST-5", "CST-1"),
    ("CST-6", "CST-3"),
    ("CST-8", "CST-2"),
    ("DVC-11", "DVC-3"),
    ("ERC-6", "ERC-1"),
    ("FRM-12", "FRM-11"),
    ("KEY-10", "KEY-9"),
    ("LIF-8", "LIF-2"),
    ("LIF-9", "LIF-3"),
    ("LIF-11", "LIF-4"),
    ("PRT-4", "KEY-4"),
    ("PWD-6", "PWD-9"),
    ("SDL-23", "SDL-18"),
    ("SDL-24", "SDL-2"),
    ("SDL-31", "SDL-30"),
    ("SDL-32", "SDL-30"),
    ("SDL-33", "SDL-30"),
    ("UNL-7", "UNL-4"),
    ("VER-12", "VER-13"),
    ("VER-19", "OPR-9"),
];

/// Refusals by a state that something else brings about or ends, or by what something else makes of a text or a picture:
/// where a question is about that, it is the cause.
const STATES: &[(&str, &[&str])] = &[
    ("A2A-4", &["A2A-3"]),
    ("A2A-5", &["A2A-3"]),
    ("A2A-6", &["A2A-3"]),
    ("A2A-28", &["CLI-13", "CLI-19", "CLI-21", "CLI-28", "DEA-7", "PSH-7"]),
    ("AM2-2", &["AM1-10", "AM2-5", "DEA-4", "VER-29"]),
    ("CAR-3", &["CAR-4", "CAR-7", "CAR-8", "CAR-10"]),
    ("CAR-5", &["CAR-7", "CAR-8", "CAR-9", "CAR-10"]),
    ("CLI-5", &["CLI-29", "UNL-8"]),
    ("CLI-16", &["CLI-29", "UNL-8"]),
    ("CLI-26", &["CLI-13", "CLI-19", "CLI-21", "CLI-28", "DEA-7", "PSH-7"]),
    ("DEA-6", &["AM2-11", "CLI-19", "DEA-7"]),
    ("DVC-10", &["AM1-10"]),
    ("DVC-12", &["DEA-4"]),
    ("LGN-7", &["LGN-6", "LGN-21", "LGN-23"]),
    ("PWD-7", &["SDL-46", "SDL-39", "SDL-41"]),
    ("UNL-6", &["UNL-8"]),
    ("VER-4", &["AM2-12", "AM2-18", "DEA-4", "VER-28", "VER-30"]),
    ("VER-5", &["BND-10", "LGN-16", "OPR-1", "SDL-29", "VER-25"]),
];

fn row(op: &str) -> Option<&'static Row> {
    RESULTS.iter().find(|(name, ..)| *name == op)
}

/// The requirement that says that an operation is accepted, and what it does then. (No operation but ours comes here.)
pub fn accepted(op: &str) -> &'static str {
    row(op).map_or("PPR-4", |(_, accepted, _)| accepted)
}

/// The requirement that says what an accepted operation leaves behind.
pub(crate) fn left_behind(op: &str) -> &'static str {
    match accepted(op) {
        "VER-13" | "SDL-28" if op.contains("verify") => "VER-14",
        accepted => accepted,
    }
}

/// The members of an operation's result, in the order of the specification.
pub fn members(op: &str) -> impl Iterator<Item = &'static str> {
    row(op).map_or(&[][..], |(_, _, members)| members).iter().map(|(name, _)| *name)
}

/// The requirement that says which value a member of an operation's result has.
pub fn value(op: &str, member: &str) -> &'static str {
    let members = row(op).map_or(&[][..], |(_, _, members)| members);
    members.iter().find(|(name, _)| *name == member).map_or_else(|| accepted(op), |(_, id)| id)
}

/// The same for a login status, where it must be `wanted`: each has a requirement that brings it about.
pub fn status(wanted: &str) -> &'static str {
    STATUS.iter().find(|(name, _)| *name == wanted).map_or("LGN-5", |(_, id)| id)
}

/// Whether this member of a result may be another than the reference's.
pub fn is_free(op: &str, member: &str) -> bool {
    FREE.contains(&(op, member))
}

/// Leaves out of a result what two right peers may give differently: what is free, and digests, which are compared with
/// those of the same peer alone (PPR-9).
pub fn keep_comparable(op: &str, result: &mut Value) {
    if let Some(members) = result.as_object_mut() {
        members.retain(|name, _| !is_free(op, name) && (op, name.as_str()) != (State::NAME, "digest"));
    }
}

/// The requirement that says which value a member has, as far as a difference shows it.
pub fn difference(op: &str, member: &str, got: &Value, want: &Value) -> &'static str {
    shown(op, member, got, want).unwrap_or_else(|| value(op, member))
}

/// The same for the result of a question that a case asks to decide `aim`.
pub fn aimed(op: &str, member: &str, got: &Value, want: &Value, aim: &'static str) -> &'static str {
    // Which message or BLOB it is may be what the case is about: after an import, after a backup.
    let is_of_its_own =
        matches!(member, "message" | "blob" | "status") || member == "callback" && aim.starts_with("A2A");
    shown(op, member, got, want).filter(|_| !is_of_its_own).unwrap_or(aim)
}

/// What the difference itself shows, whatever brought the value about.
fn shown(op: &str, member: &str, got: &Value, want: &Value) -> Option<&'static str> {
    match (member, got, want) {
        ("message", Value::String(got), Value::String(want)) => message(op, got, want),
        ("blob", Value::String(got), Value::String(want)) => blob(got, want),
        ("device_code", Value::String(got), Value::String(want)) => device_code(got, want),
        ("response", ..) if op == "primitive.ocra" => None,
        ("signature" | "response", Value::String(got), Value::String(want)) => response(got, want),
        ("code", Value::String(got), Value::String(want)) => code(op, got, want),
        ("callback", Value::String(got), Value::String(want)) => callback(got, want),
        ("callback", ..) if value(op, member) == "A2A-30" => Some("A2A-30"),
        ("error", Value::Object(_), Value::Object(_)) if op == "client.dispatch" => Some("A2A-12"),
        ("error", Value::Object(error), Value::Null) if op == "client.dispatch" => call_refused(error),
        ("handle", Value::Number(_), Value::Null) => Some("PSH-7"),
        ("handle", ..) => Some("CLI-25"),
        ("accounts", Value::Array(got), Value::Array(want)) => accounts(got, want),
        ("kept", Value::Bool(false), Value::Bool(true)) => Some("SDL-35"),
        ("status", _, Value::String(want)) => Some(status(want)),
        _ => None,
    }
}

/// As far as the header goes; what follows is sealed, and whoever has the key can say more (`forge::same_message`).
fn message(op: &str, got: &str, want: &str) -> Option<&'static str> {
    let differs = |from: usize, to: usize| got.get(from * 2..to * 2) != want.get(from * 2..to * 2);
    let (time, counter) = match op {
        "server.generate_activation1" => ("AM1-1", "AM1-1"),
        "client.generate_information" => ("NON-4", "NON-4"),
        "frame.seal" => ("FRM-1", "FRM-1"),
        _ => ("NON-1", "NON-2"),
    };
    // The right number in another order: that is how the nonce is written.
    let is_turned = (11..15).all(|at| got.get(at * 2..at * 2 + 2) == want.get((25 - at) * 2..(26 - at) * 2));
    match () {
        () if got.eq_ignore_ascii_case(want) => Some("CNV-1"),
        () if differs(0, 2) => Some("FRM-1"),
        () if differs(2, 7) => Some("SER-1"),
        () if differs(7, 11) => Some(time),
        () if differs(11, 15) => Some(if is_turned { time } else { counter }),
        // An AM1 is in clear.
        () if op == "server.generate_activation1" && !differs(15, 16) && differs(16, 20) => Some("AM1-14"),
        () => tag_length(got, want),
    }
}

/// Two messages of which one only goes on longer than the other: of the same header and body, since the tag depends on all
/// of both. What is wrong is how many bytes of the tag are sent; which tag it is says the protection.
pub(crate) fn tag_length(got: &str, want: &str) -> Option<&'static str> {
    let (shorter, longer) = if got.len() < want.len() { (got, want) } else { (want, got) };
    let more = longer.strip_prefix(shorter)?;
    let protection = u8::from_str_radix(want.get(2..4)?, 16).ok()? & 0x3F;
    let of = ["FRM-11", "PRT-2", "PRT-3"].get(usize::from(protection)).copied();
    of.filter(|_| !more.is_empty() && got.len() > 2 * HEADER_LENGTH)
}

/// A BLOB begins with its version and its generation, 5 bytes of base64.
fn blob(got: &str, want: &str) -> Option<&'static str> {
    let differs = |to: usize| got.get(..to) != want.get(..to);
    (!differs(1) && differs(7)).then_some("BLB-11")
}

/// Which part of a device code is another.
pub fn device_code(got: &str, want: &str) -> Option<&'static str> {
    let (got_digits, want_digits) = (got.get(..25)?, want.get(..25)?);
    if got.len() != want.len() {
        return Some("DVC-1");
    }
    if got_digits == want_digits {
        return Some("CNV-4");
    }
    let repaired = format!("{got_digits}{}", check_digit(got_digits, Radix::Decimal));
    Some(match (DeviceCode::decode(&repaired), DeviceCode::decode(want)) {
        (Ok(got), Ok(want)) if got.device.kind != want.device.kind => "DVC-1",
        (Ok(got), Ok(want)) if got.device.id != want.device.id => "DVC-2",
        (Ok(_), Ok(_)) => "DVC-3",
        _ => "DVC-1",
    })
}

/// A check digit is the last one, and two different responses have all else alike one time in 100,000.
pub fn response(got: &str, want: &str) -> Option<&'static str> {
    match () {
        () if got.eq_ignore_ascii_case(want) => Some("SIG-2"),
        () if got.len() == want.len() && all_but_last(got) == all_but_last(want) => Some("SIG-3"),
        () => None,
    }
}

fn all_but_last(text: &str) -> &str {
    text.char_indices().next_back().and_then(|(at, _)| text.get(..at)).unwrap_or_default()
}

/// An activation code or a derivation code.
fn code(op: &str, got: &str, want: &str) -> Option<&'static str> {
    let is_derivation = op == "client.single_generate_derivation_code";
    match () {
        () if got.len() != want.len() => None,
        () if all_but_last(got) == all_but_last(want) || got.eq_ignore_ascii_case(want) => None,
        () if is_derivation && got.get(..17) != want.get(..17) => Some("BND-1"),
        () if is_derivation => None,
        // Digits, but of another integer.
        () => Some("SDL-1"),
    }
}

/// What waits is told with another number: there it is all the same.
fn accounts(got: &[Value], want: &[Value]) -> Option<&'static str> {
    let waiting = |account: &Value| account.get("waiting").and_then(Value::as_u64);
    let differ = |(got, want): (&Value, &Value)| {
        waiting(got).zip(waiting(want)).is_some_and(|(got, want)| got != want)
    };
    got.iter().zip(want).any(differ).then_some("CLI-18")
}

/// The same callback, filled in otherwise; or another one.
fn callback(got: &str, want: &str) -> Option<&'static str> {
    let place = |text: &str| text.split(['?', '#']).next().map(str::to_owned);
    match () {
        () if got.eq_ignore_ascii_case(want) => Some("A2A-20"),
        () if place(got) != place(want) => None,
        () if got.contains("ErrorCode=") != want.contains("ErrorCode=") => Some("A2A-14"),
        () if want.contains("ErrorCode=") => None,
        () => Some("A2A-19"),
    }
}

/// A call that must be displayed is an error: by the class that it tells, where only one rule of a call has it.
fn call_refused(error: &Map<String, Value>) -> Option<&'static str> {
    let class = error.get("class").and_then(Value::as_str)?;
    // A URL that is parsed wrongly is `app2app.parse`'s fault, too, and found there.
    let parsing = spec::order::refusals("app2app.parse");
    let has_class = |id: &&&str| spec::find(id).is_some_and(|it| it.class == Some(class));
    let mut of_call =
        spec::order::refusals("client.dispatch").iter().filter(|id| !parsing.contains(id)).filter(has_class);
    of_call.next().copied().filter(|rule| of_call.next().is_none() && formula(rule).is_none())
}

/// The requirement that a question is about which got no answer, or none that says why: the rule by which the reference
/// refuses it, or what its case says of it where that is something that is to be accepted.
pub fn about(op: &str, refused_by: Option<&'static str>, aim: &'static str) -> &'static str {
    match refused_by {
        Some(rule) => rule,
        None if op != "state" && states_what_is_accepted(aim) => aim,
        None => accepted(op),
    }
}

fn states_what_is_accepted(id: &str) -> bool {
    spec::find(id).is_some_and(|rule| rule.class.is_none())
}

/// The requirement that an operation violates which tells, in a result, what is to be a refusal.
pub(crate) fn told(op: &str, result: &str) -> Option<&'static str> {
    let result: Value = serde_json::from_str(result).ok()?;
    let has_error = result.get("error").is_some_and(Value::is_object);
    (op == "client.answer" && has_error).then_some("A2A-17")
}

/// The requirement that says what becomes of a counter: `pin_failures`, or `pin_failures/VDS1000120`. Where the reference
/// refused, that is the rule by which it did, with what it leaves behind.
pub fn counter(op: &str, refused_by: Option<&str>, counter: &str) -> &'static str {
    let counter = counter.split('/').next().unwrap_or_default();
    match refused_by.and_then(spec::find) {
        // SPEC section 1: counts both.
        Some(rule) if (op, rule.id) == ("server.login_approve", "VER-12") => "LGN-17",
        Some(rule) => rule.id,
        None => {
            let rows = COUNTERS.iter().find(|(name, _)| *name == counter).map_or(&[][..], |(_, rows)| rows);
            rows.iter().find(|(name, _)| *name == op).map_or_else(|| accepted(op), |(_, id)| id)
        }
    }
}

/// The requirement that is wrongly asked where a peer refuses what it must accept: the one that it names itself, if the
/// operation refuses by it with this class (SPEC section 32), else the only one with this class. What says no more than
/// that something doesn't fit isn't the cause. `otherwise` is what the question is about.
pub fn refused(op: &str, refused: &Refused, otherwise: &'static str) -> &'static str {
    let has_class =
        |id: &&&str| spec::find(id).is_some_and(|rule| rule.class == Some(refused.class.as_str()));
    let with_class: Vec<&'static str> = spec::order::refusals(op).iter().filter(has_class).copied().collect();
    let named = refused.requirement.as_deref().filter(|named| with_class.contains(named));
    let about = Some(otherwise).filter(|id| with_class.contains(id));
    let only = with_class.first().copied().filter(|_| with_class.len() == 1);
    let is_about_acceptance = states_what_is_accepted(otherwise);
    let by = named.and_then(|named| with_class.iter().find(|id| **id == named).copied()).or(about).or(only);
    match (by, by.and_then(formula)) {
        (Some(rule), _) if is_brought_about_by(rule, otherwise) => otherwise,
        // A request that doesn't open says nothing of what it would have shown.
        (Some("PRT-4"), _) if op == "client.activate_instance" => "KEY-6",
        (Some("PRT-4"), Some(formula)) if !otherwise.starts_with("KEY") => formula,
        // Nor does a state that begins otherwise.
        (Some("CST-4" | "CST-5" | "SDL-31" | "SDL-32"), Some(formula)) => formula,
        (_, Some(_)) if is_about_acceptance => otherwise,
        (_, Some(formula)) => formula,
        (Some(rule), None) => rule,
        (None, None) if is_about_acceptance => otherwise,
        (None, None) => accepted(op),
    }
}

/// The requirement that is violated where a peer refuses with another class than by `rule`. One that is asked before
/// `rule` is met, so the peer is wrong about it; one that is asked behind it shows that the peer missed `rule`, or asks in
/// another order.
pub fn refused_otherwise(op: &str, got: &Refused, rule: &'static str) -> &'static str {
    let has_class = |id: &&&str| spec::find(id).is_some_and(|it| it.class == Some(got.class.as_str()));
    let mut earlier = spec::order::refusals(op).iter().take_while(|id| **id != rule).filter(has_class);
    let is_earlier = match got.requirement.as_deref() {
        Some(named) => earlier.any(|id| *id == named),
        None => earlier.next().is_some(),
    };
    if is_earlier { refused(op, got, rule) } else { rule }
}

fn is_brought_about_by(rule: &str, cause: &str) -> bool {
    STATES.iter().any(|(refusal, causes)| *refusal == rule && causes.contains(&cause))
}

/// How what is refused by this rule should have been made; none where the rule says more than that it wasn't.
pub(crate) fn formula(rule: &str) -> Option<&'static str> {
    FORMULAS.iter().find(|(refusal, _)| *refusal == rule).map(|(_, formula)| *formula)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use peer::engine;

    use super::*;

    /// The names in backquotes of a cell of section 18 that stand outside of brackets: the members of a result.
    fn members(cell: &'static str) -> Vec<&'static str> {
        let mut depth = 0;
        let mut names = Vec::new();
        for (at, part) in cell.split('`').enumerate() {
            if at % 2 == 1 && depth == 0 {
                names.push(part);
            }
            depth += part.matches('(').count();
            depth -= part.matches(')').count();
        }
        names
    }

    #[test]
    fn every_operation_and_every_member_of_a_result_has_a_requirement() {
        let operations: Vec<&str> = engine::operation_names().collect();
        let rows: BTreeSet<&str> = RESULTS.iter().map(|(name, ..)| *name).collect();
        assert_eq!(rows.len(), RESULTS.len(), "a row for each operation");
        assert_eq!(rows, operations.iter().copied().collect());
        for operation in spec::operations() {
            let Some((_, _, of_row)) = row(operation.name) else { continue };
            let of_row: Vec<&str> = of_row.iter().map(|(member, _)| *member).collect();
            match operation.name {
                "message_vector.decode" => assert_eq!(of_row.len(), 11, "those of message_vector.encode"),
                name => assert_eq!(of_row, members(operation.result), "{name}"),
            }
        }
    }

    #[test]
    fn every_requirement_here_is_one() {
        let of_rows = |row: &'static Row| row.2.iter().map(|(_, id)| *id).chain([row.1]);
        let of_counters = COUNTERS.iter().flat_map(|(_, rows)| rows.iter().map(|(_, id)| *id));
        let all = RESULTS.iter().flat_map(of_rows).chain(of_counters).chain(STATUS.map(|(_, id)| id));
        for id in all.chain(FORMULAS.map(|(_, id)| id)) {
            let found = spec::find(id).unwrap_or_else(|| panic!("{id}"));
            assert!(found.untestable.is_none(), "{id} is decided by no case");
        }
        for (refusal, causes) in STATES {
            assert!(spec::find(refusal).unwrap().class.is_some());
            assert!(causes.iter().all(|cause| spec::find(cause).is_some()), "{refusal}");
        }
        for (refusal, formula) in FORMULAS {
            assert!(
                spec::find(refusal).unwrap().class.is_some() && spec::find(formula).unwrap().class.is_none()
            );
        }
    }

    #[test]
    fn every_counter_is_here_with_operations_of_its_role() {
        // Section 18: "Counters: a client has …".
        let named = ["code", "signature", "login", "pin", "unlock", "password"];
        let rows: Vec<&str> = COUNTERS.iter().map(|(name, _)| *name).collect();
        assert_eq!(rows, named.map(|name| format!("{name}_failures")));
        for (name, rows) in COUNTERS {
            assert!(
                spec::requirements().iter().any(|rule| rule.counts == Some(name))
                    || *name == "login_failures"
            );
            for (operation, _) in *rows {
                assert!(engine::operation_names().any(|known| known == *operation), "{operation}");
            }
        }
    }

    #[test]
    fn a_counter_is_blamed_on_what_changes_it() {
        for (op, refused_by, name, id) in [
            ("client.sign", None, "pin_failures/VDS1000120", "CLI-29"),
            ("client.sign", Some("CLI-15"), "pin_failures/VDS1000120", "CLI-15"),
            ("client.sign", Some("CLI-14"), "pin_failures/VDS1000120", "CLI-14"),
            ("server.login_approve", Some("VER-12"), "login_failures/0123456789", "LGN-17"),
            ("server.verify_response", Some("VER-12"), "signature_failures/01", "VER-12"),
            ("client.accounts", None, "pin_failures/VDS1000120", "CLI-18"),
        ] {
            assert_eq!(counter(op, refused_by, name), id, "{op} {refused_by:?}");
        }
    }

    #[test]
    fn a_message_that_only_goes_on_has_a_tag_of_another_length() {
        let made = |protection: u8, tag: &str| format!("00{protection:02X}C3E40F42B8615CE2061DD3DCE9{tag}");
        let sent = "4B703CB2290A835C";
        for (protection, id) in [(0x40, "FRM-11"), (0x41, "PRT-2"), (0x42, "PRT-3")] {
            let want = made(protection, sent);
            for tag in ["4B703CB2290A835C2B", "4B703CB2290A83"] {
                assert_eq!(message("frame.seal", &made(protection, tag), &want), Some(id), "{tag}");
            }
            assert_eq!(message("frame.seal", &made(protection, "4B703CB2290A835D2B"), &want), None);
        }
    }

    #[test]
    fn a_wrong_refusal_is_blamed_on_what_the_peer_names() {
        let blamed = |op, class: &str, named: Option<&str>, otherwise| {
            let requirement = named.map(str::to_owned);
            refused(op, &Refused { class: class.into(), requirement, detail: None }, otherwise)
        };
        // It names it, and the operation has it.
        assert_eq!(blamed("client.open", "bad-body", Some("REQ-6"), "CLI-11"), "REQ-6");
        // It names what the operation doesn't refuse by, or with another class: not to be believed.
        assert_eq!(blamed("client.open", "bad-body", Some("AM2-8"), "CLI-11"), "CLI-11");
        assert_eq!(blamed("client.open", "bad-body", Some("CLI-8"), "CLI-11"), "CLI-11");
        // It names none: the class says it where only one has it, or the one that the question is about.
        assert_eq!(blamed("client.open", "stale", None, "CLI-11"), "CLI-8");
        assert_eq!(blamed("client.open", "bad-body", None, "REQ-5"), "REQ-5");
        assert_eq!(blamed("client.open", "bad-body", None, "CLI-9"), "CLI-11");
        // What doesn't fit was made otherwise.
        assert_eq!(blamed("server.verify_response", "wrong-signature", Some("VER-12"), "VER-15"), "VER-15");
        assert_eq!(blamed("server.verify_response", "wrong-signature", None, "VER-12"), "VER-13");
        // What was confirmed before is what the question is about.
        let verify = "server.verify_message_signature";
        assert_eq!(blamed(verify, "wrong-state", Some("VER-4"), "AM2-12"), "AM2-12");
        assert_eq!(blamed(verify, "wrong-state", Some("VER-4"), "VER-13"), "VER-4");
        // A made-up class says nothing.
        assert_eq!(blamed("server.unlock_instance", "made-up", None, "VER-3"), "OPR-1");
    }
}
