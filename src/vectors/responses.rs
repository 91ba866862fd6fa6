//! Vectors of responses and check digits (SPEC sections 4 and 14), and the worked example.

use serde_json::{Map, Value, json};

use super::vector::{FIRST, PUBLISHED, asked, hex, since, with};
use crate::example;
use channel::crypto::mac::cmac;

/// `response.json`.
pub(super) fn responses() -> Vec<Value> {
    [lengths(), since(2, modes()), since(2, extremes())].concat()
}

/// Over the published sample: each length, radix and check digit.
fn lengths() -> Vec<Value> {
    let mut vectors = Vec::new();
    for (hexadecimal, check_digit, requirement) in
        [(false, false, "SIG-1"), (true, false, "SIG-2"), (false, true, "SIG-3"), (true, true, "SIG-3")]
    {
        for length in [6, 8, 16u8] {
            let asked = Asked { length, hexadecimal, check_digit, ..Asked::signature(&[PUBLISHED]) };
            let id = format!(
                "{length}{}{}",
                if hexadecimal { "-hex" } else { "" },
                if check_digit { "-check" } else { "" }
            );
            vectors.push(asked.vector(&id, "", &[requirement]));
        }
    }
    vectors
}

/// What is asked of `primitive.response`.
#[derive(Clone)]
struct Asked {
    mode: u8,
    application: u8,
    step: u64,
    event: u64,
    length: u8,
    hexadecimal: bool,
    check_digit: bool,
    /// In hexadecimal.
    fields: Vec<String>,
}

impl Asked {
    /// Mode SG, step and event, 8 decimal digits.
    fn signature(fields: &[&str]) -> Self {
        let fields = fields.iter().map(|field| (*field).to_owned()).collect();
        let (hexadecimal, check_digit) = (false, false);
        Self {
            mode: 3,
            application: 2,
            step: 50_000_000,
            event: 7,
            length: 8,
            hexadecimal,
            check_digit,
            fields,
        }
    }

    /// This mode, over fields of ASCII, time alone.
    fn of(mode: u8, texts: &[&str]) -> Self {
        let fields = texts.iter().map(hex).collect();
        Self { mode, event: 0, fields, ..Self::signature(&[]) }
    }

    fn hexadecimal(self) -> Self {
        Self { hexadecimal: true, length: 10, ..self }
    }

    fn with_check_digit(self) -> Self {
        Self { check_digit: true, ..self }
    }

    fn vector(&self, id: &str, note: &str, requirements: &[&str]) -> Value {
        let params = json!({"key": hex([0x11; 16]), "mode": self.mode, "application": self.application,
            "step": self.step, "event": self.event, "length": self.length, "hexadecimal": self.hexadecimal,
            "check_digit": self.check_digit, "fields": self.fields});
        let vector = asked(&format!("response-{id}"), note, requirements, "primitive.response", params);
        with(vector, "intermediate", self.between())
    }

    /// The input of the MAC, and R.
    fn between(&self) -> Value {
        let mut input = vec![1, self.mode, self.application];
        input.extend(self.step.to_be_bytes());
        input.extend(self.event.to_be_bytes());
        input.push(self.length);
        for field in &self.fields {
            let field = channel::text::hex::decode(field).unwrap_or_default();
            input.extend(u16::try_from(field.len()).unwrap_or_default().to_be_bytes());
            input.extend(field);
        }
        json!({"cmac_input": hex(&input), "r": hex(cmac(&[0x11; 16], &[&input]))})
    }
}

/// Each mode: without a message the mode says the kind, for an application of mode MM, too.
fn modes() -> Vec<Value> {
    let otp = |id, note, asked: Asked| {
        let radix = if asked.hexadecimal { "SIG-2" } else { "SIG-1" };
        let check_digit = asked.check_digit.then_some("SIG-3");
        let requirements: Vec<&str> = ["OTP-1", radix].into_iter().chain(check_digit).collect();
        asked.vector(id, note, &requirements)
    };
    let multi = |asked: Asked| Asked { application: 3, event: 7, ..asked };
    vec![
        otp("ro", "response-only has no field", Asked::of(1, &[])),
        otp("ro-hex", "in hexadecimal", Asked::of(1, &[]).hexadecimal()),
        otp("ro-check", "with a check digit", Asked::of(1, &[]).with_check_digit()),
        otp("ro-event", "by event alone: step 0", Asked { step: 0, event: 7, ..Asked::of(1, &[]) }),
        otp("cr", "a challenge is its digits, in ASCII", Asked::of(2, &["12345678"])),
        otp("cr-1-digit", "the shortest challenge", Asked::of(2, &["0"])),
        otp("cr-16-digits", "the longest", Asked::of(2, &["0123456789012345"]).hexadecimal()),
        otp("sg-field", "one field", Asked::of(3, &["DE02"])),
        otp("sg-fields", "three fields, each with its length", Asked::of(3, &["DE02", "1250", "Zoe ~"])),
        otp("sg-empty-fields", "an empty field is a length of 0", Asked::of(3, &["", "1", ""])),
        otp(
            "sg-fields-hex-check",
            "both at once",
            Asked::of(3, &["12", ""]).hexadecimal().with_check_digit(),
        ),
        otp("mm-ro", "mode MM answers response-only with mode 1", multi(Asked::of(1, &[]))),
        otp("mm-cr", "a challenge with mode 2", multi(Asked::of(2, &["12345678"]))),
        otp("mm-sg", "fields with mode 3", multi(Asked::of(3, &["12", ""]))),
        Asked { mode: 4, application: 3, ..Asked::signature(&[PUBLISHED]) }.vector(
            "mm-message",
            "and a message with its own mode, 4",
            &["SIG-4", "SIG-1"],
        ),
        Asked { application: 8, step: 0, ..Asked::of(5, &["12345678"]) }.with_check_digit().vector(
            "ul",
            "unlocking: mode 5, step 0, event 0, the challenge's digits",
            &["UNL-4", "SIG-1", "SIG-3"],
        ),
    ]
}

/// The ends of the ranges.
fn extremes() -> Vec<Value> {
    const LAST: u64 = (1 << 53) - 1;
    let long = "7E".repeat(64);
    vec![
        Asked { step: LAST, event: LAST, ..Asked::of(1, &[]) }.vector(
            "largest-factors",
            "the largest step and event of the peer protocol",
            &["SIG-1"],
        ),
        Asked { step: 0, event: 0, ..Asked::of(1, &[]) }.vector("zero-factors", "both 0", &["SIG-1"]),
        Asked::signature(&[long.as_str(); 8]).vector("8-fields", "eight fields of 64 characters", &["SIG-1"]),
        Asked { application: 8, ..Asked::signature(&[""]) }.vector(
            "empty-field",
            "one empty field",
            &["SIG-1"],
        ),
        Asked { application: 8, ..Asked::signature(&[]) }.vector("no-field", "is not none", &["SIG-1"]),
    ]
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
        Map::from_iter(rows.map(|row| (row.name.clone(), json!(row.value))))
    };
    let note = "the table of SPEC section 20";
    vec![
        json!({"id": "worked-example", "note": note, "requirements": ["AM1-1", "AM2-1", "REQ-1", "SIG-1", "OTP-1", "UNL-4", "DEA-1"],
        "since": FIRST, "input": of(true), "result": "valid", "output": of(false)}),
    ]
}
