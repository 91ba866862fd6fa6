//! Vectors of responses and check digits (SPEC sections 4 and 14), and the worked example.

use serde_json::{Map, Value, json};

use super::{PUBLISHED, SINCE, asked, hex, with};
use crate::crypto::mac::cmac;
use crate::harness::example;

/// `response.json`.
pub(super) fn responses() -> Vec<Value> {
    let mut vectors = Vec::new();
    for (hexadecimal, check_digit, requirement) in
        [(false, false, "SIG-1"), (true, false, "SIG-2"), (false, true, "SIG-3"), (true, true, "SIG-3")]
    {
        for length in [6, 8, 16u8] {
            let params = json!({"key": hex([0x11; 16]), "mode": 3, "application": 2, "step": 50_000_000, "event": 7,
                "length": length, "hexadecimal": hexadecimal, "check_digit": check_digit, "fields": [PUBLISHED]});
            let id = format!(
                "response-{length}{}{}",
                if hexadecimal { "-hex" } else { "" },
                if check_digit { "-check" } else { "" }
            );
            let vector = asked(&id, "", &[requirement], "primitive.response", params);
            vectors.push(with(vector, "intermediate", between(length)));
        }
    }
    vectors
}

/// The input of the MAC, and R.
fn between(length: u8) -> Value {
    let message = crate::text::hex::decode(PUBLISHED).unwrap_or_default();
    let field = u16::try_from(message.len()).unwrap_or_default().to_be_bytes();
    let (step, event) = (50_000_000u64.to_be_bytes(), 7u64.to_be_bytes());
    let input = [&[1, 3, 2][..], &step, &event, &[length], &field, &message].concat();
    json!({"cmac_input": hex(&input), "r": hex(cmac(&[0x11; 16], &[&input]))})
}

/// `check-digit.json`.
pub(super) fn check_digits() -> Vec<Value> {
    let digits = ["0794", "0", "9", "1000120", "9999999999999999999999999"].map(|digits| (digits, false));
    let hexadecimal = ["0794", "0", "F", "DEADBEEF", "0123456789ABCDEF"].map(|digits| (digits, true));
    let both = digits.into_iter().chain(hexadecimal);
    both.map(|(digits, hexadecimal)| {
        let id = format!("check-digit-{digits}{}", if hexadecimal { "-hex" } else { "" });
        let requirement = if hexadecimal { "CNV-5" } else { "CNV-4" };
        asked(
            &id,
            "",
            &[requirement],
            "primitive.check_digit",
            json!({"digits": digits, "hexadecimal": hexadecimal}),
        )
    })
    .collect()
}

/// `worked-example.json`.
pub(super) fn worked_example() -> Vec<Value> {
    let rows = example::rows();
    let of = |input: bool| {
        let rows = rows.iter().filter(|row| row.how.starts_with("input") == input);
        Map::from_iter(rows.map(|row| (row.name.to_owned(), json!(row.value))))
    };
    let note = "the table of SPEC section 20";
    vec![json!({"id": "worked-example", "note": note, "requirements": ["AM1-1", "AM2-1", "REQ-1", "SIG-1"],
        "since": SINCE, "input": of(true), "result": "valid", "output": of(false)})]
}
