//! `license-file.json` (SPEC section 21, LIF): files written, files read, files refused. What is bent is bent
//! before it is sealed, wherever the sealing is not itself what is wrong.

mod paper;
mod refused;

use serde_json::{Value, json};

use super::{asked, expected, hex, since, with};
use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::rule::{AM1_8, AM1_9, LIF_12, MSV_2, Rule, STV_1};
use harness::setup::{self, app};
use paper::{FILE_ID, TRANSPORT, before, between, closed, header, license, license_key, lines};

/// `license-file.json`.
pub(super) fn license_files() -> Vec<Value> {
    let all = [
        written(),
        not_written(),
        read(),
        refused::cut(),
        refused::bad_headers(),
        refused::bad_vectors(),
        refused::bad_licenses(),
        refused::bad_places(),
        refused::bad_trailers(),
        refused::orders(),
    ];
    since(3, all.concat())
}

/// Protections 2, application 1 confirms; the numbers of most files.
const MESSAGE_VECTOR: &str = "F000380000708030990C5460A";

fn message_vector() -> String {
    message_vector_of(MESSAGE_VECTOR)
}

/// With its check digit.
fn message_vector_of(digits: &str) -> String {
    format!("{digits}{}", check_digit(digits, Radix::Hexadecimal))
}

fn vector() -> Vec<u8> {
    setup::vector().to_bytes()
}

/// The vector of most files with another byte in its place.
fn bent_vector(at: usize, value: u8) -> Vec<u8> {
    let mut bytes = vector();
    if let Some(byte) = bytes.get_mut(at) {
        *byte = value;
    }
    bytes
}

const FIRST: &str = "VDS1000120";
const SECOND: &str = "VDS0000007";

/// A right header for this number of licenses.
fn usual_header(count: u32) -> String {
    header(&vector(), &message_vector(), count)
}

/// Two licenses, all of it right.
fn good_lines() -> Vec<String> {
    vec![usual_header(2), license(2, &before(FIRST)), license(3, &before(SECOND))]
}

fn good() -> String {
    closed(&lines(&good_lines()))
}

// Written.

fn to_write(serial: &str, line: u8) -> Value {
    json!({"serial": serial, "type": "MOBILE", "application": "ACTIVATION  ", "threshold": 9,
        "secure_channel": true, "license_key": hex(license_key(line))})
}

fn write(id: &str, note: &str, static_vector: &[u8], message_vector: &str, licenses: Value) -> Value {
    let params = json!({"transport_key": hex(TRANSPORT), "static_vector": hex(static_vector),
        "message_vector": message_vector, "licenses": licenses, "random": {"file_id": hex(FILE_ID)}});
    let id = format!("license-file-write-{id}");
    let vector = asked(&id, note, &["LIF-1", "LIF-2", "LIF-3", "LIF-4"], "license_file.write", params);
    match vector.pointer("/output/file").and_then(Value::as_str).map(channel::text::hex::decode) {
        Some(Ok(file)) => with(vector, "intermediate", between(&String::from_utf8_lossy(&file))),
        _ => vector,
    }
}

fn written() -> Vec<Value> {
    let other = |serial: &str, line, kind: &str, application: &str, threshold: u8| {
        json!({"serial": serial, "type": kind, "application": application, "threshold": threshold,
            "secure_channel": false, "license_key": hex(license_key(line))})
    };
    let extremes = json!([
        other("VDS9999999", 2, "A", "A           ", 1),
        other("VDS0000000", 3, "ABCDEFGHIJKLMN09", "ABCDEFGHIJ09", 99),
        to_write(SECOND, 4),
    ]);
    vec![
        write("one", "one license", &vector(), &message_vector(), json!([to_write(FIRST, 2)])),
        write(
            "two",
            "two; the order is that given",
            &vector(),
            &message_vector(),
            json!([to_write(FIRST, 2), to_write(SECOND, 3)]),
        ),
        write("extremes", "every parameter at both of its ends", &vector(), &message_vector(), extremes),
    ]
}

fn not_written() -> Vec<Value> {
    let (vector, message_vector) = (vector(), message_vector());
    let one = || json!([to_write(FIRST, 2)]);
    let foreign = || json!([to_write(FIRST, 2), to_write("ABC0000001", 3), to_write(FIRST, 4)]);
    let twice = json!([to_write(FIRST, 2), to_write(SECOND, 3), to_write(FIRST, 4)]);
    let lower = message_vector.to_lowercase();
    type Row<'a> = (&'a str, &'a str, Rule, &'a [u8], &'a str, Value);
    let rows: [Row<'_>; 8] = [
        ("vector-empty", "no static vector", STV_1, &[], &message_vector, one()),
        ("vector", "a bad static vector and a bad message vector", STV_1, &[0x38], &lower, one()),
        ("message-vector", "a bad message vector", MSV_2, &vector, &lower, one()),
        (
            "post-activation",
            "an application that can't confirm, and a foreign prefix",
            AM1_9,
            &vector,
            &message_vector_of(RESPONSE_ONLY),
            foreign(),
        ),
        ("post-activation-missing", "none", AM1_9, &vector, &message_vector_of(MISSING), one()),
        ("post-activation-disabled", "disabled", AM1_9, &vector, &message_vector_of(DISABLED), one()),
        ("prefix", "a foreign prefix, and a serial number twice", AM1_8, &vector, &message_vector, foreign()),
        ("twice", "a serial number twice", LIF_12, &vector, &message_vector, twice),
    ];
    rows.map(|(id, note, rule, static_vector, message_vector, licenses)| {
        expected(rule, write(id, note, static_vector, message_vector, licenses))
    })
    .into()
}

/// [`MESSAGE_VECTOR`] with another post-activation application: bits 5 to 7.
const RESPONSE_ONLY: &str = "F600380000708030990C5460A";
const DISABLED: &str = "F800380000708030990C5460A";
const MISSING: &str = "FC00380000708030990C5460A";
const _: () = assert!(app::RESPONSE_ONLY == 4 && app::DISABLED == 5 && app::MISSING == 7);

// Read.

fn params(file: &[u8]) -> Value {
    json!({"transport_key": hex(TRANSPORT), "file": hex(file)})
}

fn reading(id: &str, note: &str, params: Value) -> Value {
    let requirements = ["LIF-1", "LIF-2", "LIF-3", "LIF-4", "LIF-13"];
    asked(&format!("license-file-read-{id}"), note, &requirements, "license_file.read", params)
}

fn read() -> Vec<Value> {
    let mut first = before(FIRST).replace("\"threshold\":9", "\"threshold\":1");
    first = first.replace("true", "false").replace("MOBILE", "A").replace("ACTIVATION  ", "A           ");
    let extremes = closed(&lines(&[usual_header(1), license(2, &first)]));
    let of = |id, note, file: &str| {
        with(reading(id, note, params(file.as_bytes())), "intermediate", between(file))
    };
    vec![
        of("two", "two licenses", &good()),
        of("shortest", "the shortest parameters, without Secure Channel", &extremes),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_decided_by_what_it_is_about_and_the_good_ones_are_read() {
        for vector in license_files() {
            assert!(vector.get("result").is_some(), "{vector}");
        }
        assert!(read().iter().chain(&written()).all(|vector| vector["result"] == "valid"));
    }

    #[test]
    fn what_is_written_is_what_the_paper_says() {
        let two = &written()[1];
        assert_eq!(two["output"]["file"], json!(hex(good())));
    }
}
