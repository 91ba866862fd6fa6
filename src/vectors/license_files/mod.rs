//! `license-file.json` (SPEC section 21, LIF): files written, files read, files refused. What is bent is bent
//! before it is sealed, wherever the sealing is not itself what is wrong.

mod paper;
mod refused;
mod usual;

use serde_json::{Value, json};

use super::vector::{asked, expected, hex, since, with};
use channel::rule::{AM1_8, AM1_9, LIF_12, MSV_2, Rule, STV_1};
use paper::{FILE_ID, TRANSPORT, before, between, closed, license, license_key, lines};
use usual::{
    DISABLED, FIRST, MISSING, RESPONSE_ONLY, SECOND, good, message_vector, message_vector_of, params,
    reading, usual_header, vector,
};

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

// Read.

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
