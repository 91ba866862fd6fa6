//! Golden vectors: what the reference computes from fixed inputs, as JSON files under `vectors/`.
//!
//! Each file is an area; each vector has its inputs, the values in between, and `valid` or `invalid` with a
//! class and a requirement. Generated, committed, and compared by `counterproof vectors check`.

use serde_json::{Map, Value, json};

use super::engine::Engine;
use super::example;
use super::forge::Plain;
use super::setup;
use crate::bytes::Wire;
use crate::check_digit::{Radix, check_digit};
use crate::crypto::kdf::{self, Device};
use crate::crypto::keys::Key;
use crate::crypto::mac::cmac;
use crate::crypto::protect::{Direction, Protection};
use crate::serial::{Sequence, Serial};
use crate::text::charset::Charset;
use crate::wire::device_code::{DeviceCode, Mac36};
use crate::wire::frame::Carrier;
use crate::wire::request::{Content, Request};

/// The edition of the specification in which these vectors first stood.
const SINCE: u32 = 1;

/// A file to be written: its name and its content.
pub struct File {
    /// Below `vectors/`.
    pub name: String,
    /// JSON, ended by a line end.
    pub content: String,
}

/// All vector files. Deterministic.
pub fn files() -> Vec<File> {
    [
        ("frame", frames()),
        ("kdf", derivations()),
        ("protection", protections()),
        ("static-vector", static_vectors()),
        ("device-code", device_codes()),
        ("request", requests()),
        ("response", responses()),
        ("check-digit", check_digits()),
        ("worked-example", worked_example()),
    ]
    .map(|(area, vectors)| {
        let about = "made by `counterproof vectors write`; do not edit";
        let file = json!({"area": area, "about": about, "vectors": vectors});
        let content = serde_json::to_string_pretty(&file).unwrap_or_default() + "\n";
        File { name: format!("{area}.json"), content }
    })
    .into()
}

/// A vector whose result the reference gives: it answers `op` with these parameters.
fn asked(id: &str, note: &str, requirements: &[&str], op: &str, params: Value) -> Value {
    let mut engine = Engine::new(Box::new(|bytes| bytes.fill(0)));
    let question = json!({"seq": 0, "op": op, "params": params});
    let answer: Value =
        serde_json::from_slice(&engine.answer(question.to_string().as_bytes())).unwrap_or_default();
    let mut vector = Map::from_iter([
        ("id".to_owned(), json!(id)),
        ("note".to_owned(), json!(note)),
        ("requirements".to_owned(), json!(requirements)),
        ("since".to_owned(), json!(SINCE)),
        ("operation".to_owned(), json!(op)),
        ("input".to_owned(), params),
    ]);
    match answer.get("refused") {
        None => {
            vector.insert("result".to_owned(), json!("valid"));
            vector.insert("output".to_owned(), answer.get("ok").cloned().unwrap_or_default());
        }
        Some(refused) => {
            vector.insert("result".to_owned(), json!("invalid"));
            vector.insert("class".to_owned(), refused.get("class").cloned().unwrap_or_default());
            vector.insert("requirements".to_owned(), json!([refused.get("requirement")]));
        }
    }
    Value::Object(vector)
}

/// A vector computed here: input, values in between, output.
fn made(id: &str, note: &str, requirements: &[&str], input: Value, between: Value, output: Value) -> Value {
    json!({"id": id, "note": note, "requirements": requirements, "since": SINCE, "input": input,
        "intermediate": between, "result": "valid", "output": output})
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    crate::text::hex::encode(bytes.as_ref())
}

const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

fn frames() -> Vec<Value> {
    let rest = PUBLISHED.get(4..).unwrap_or_default();
    let tail = PUBLISHED.get(14..).unwrap_or_default();
    let long = |bytes: usize| format!("{PUBLISHED}{}", "00".repeat(bytes - PUBLISHED.len() / 2));
    [
        ("published-sample", "the published sample", PUBLISHED.to_owned(), "direct"),
        ("lower-case", "either case is read", PUBLISHED.to_ascii_lowercase(), "direct"),
        ("odd", "an odd number of digits", PUBLISHED.get(1..).unwrap_or_default().to_owned(), "direct"),
        ("blank", "a blank inside", PUBLISHED.replace("0F", "0 "), "direct"),
        ("prefix-0x", "0x is no digit", format!("0x{PUBLISHED}"), "direct"),
        ("empty", "nothing", String::new(), "direct"),
        ("22-bytes", "one byte too short", PUBLISHED.get(..44).unwrap_or_default().to_owned(), "direct"),
        ("23-bytes", "an empty body", PUBLISHED.get(..46).unwrap_or_default().to_owned(), "direct"),
        ("535-bytes", "the longest on the direct carrier", long(535), "direct"),
        ("536-bytes", "one too long there", long(536), "direct"),
        ("536-bytes-gateway", "but not on the gateway carrier", long(536), "gateway"),
        ("2101-bytes", "the longest there", long(2101), "gateway"),
        ("2102-bytes", "one too long", long(2102), "gateway"),
        ("version-1", "version 1", format!("10C1{rest}"), "direct"),
        ("type-4", "the response message", format!("0101{rest}"), "direct"),
        ("type-5", "an unknown type", format!("0141{rest}"), "direct"),
        ("type-0x24", "the information message", format!("0901{rest}"), "direct"),
        ("protection-3", "an unknown protection", format!("00C3{rest}"), "direct"),
        ("type-0-protection-1", "AM1 is never protected", format!("0001{rest}"), "direct"),
        ("type-0", "AM1", format!("0000{rest}"), "direct"),
        ("type-3-protection-0", "a request always is", format!("00C0{rest}"), "direct"),
        ("prefix-64000", "a prefix of 64000", format!("00C1FA000F42B8{tail}"), "direct"),
        ("prefix-digit-36", "an unassigned last prefix digit", format!("00C1C3EC0F42B8{tail}"), "direct"),
        ("suffix-9999999", "the largest suffix", format!("00C1C3E498967F{tail}"), "direct"),
        ("suffix-10000000", "one above", format!("00C1C3E4989680{tail}"), "direct"),
    ]
    .into_iter()
    .map(|(id, note, message, carrier)| {
        let params = json!({"message": message, "carrier": carrier});
        asked(&format!("frame-{id}"), note, &["FRM-1", "SER-1"], "frame.parse", params)
    })
    .collect()
}

fn derivations() -> Vec<Value> {
    let Ok(serial) = "VDS1000120".parse::<Serial>() else { return Vec::new() };
    let Some(sequence) = Sequence::new(3) else { return Vec::new() };
    let (key, challenge, salt) = ([0x11; 16], [0x22; 8], [0x33; 13]);
    let device = Device { kind: 7, id: [0x44; 5] };
    let channel = Key::new(key);
    let mut vectors = Vec::new();
    let mut row = |id: &str, requirement: &str, label: &str, context: Vec<u8>, bits: u16, output: String| {
        let blocks = (1..=bits / 128).map(|i| {
            let counted =
                [&[u8::try_from(i).unwrap_or(0)], label.as_bytes(), &[0], &context, &bits.to_be_bytes()]
                    .concat();
            hex(counted)
        });
        let between = json!({"cmac_inputs": blocks.collect::<Vec<_>>()});
        let input = json!({"key": hex(key), "label": label, "context": hex(&context), "bits": bits});
        vectors.push(made(
            &format!("kdf-{id}"),
            "",
            &["KEY-1", requirement],
            input,
            between,
            json!({"key": output}),
        ));
    };
    let bytes = serial.to_bytes();
    row(
        "wrapping",
        "KEY-2",
        "wrap",
        bytes.to_vec(),
        128,
        hex(kdf::wrapping(&Key::new(key), serial).expose()),
    );
    for protection in [Protection::HmacSha256, Protection::Cmac] {
        let context = vec![protection.number(), Direction::ToClient.number()];
        let output = hex(*kdf::encryption(&channel, protection, Direction::ToClient));
        row(&format!("encryption-{}", protection.number()), "KEY-3", "enc", context, 128, output);
    }
    row("mac-2", "KEY-4", "mac", vec![2, 0], 128, hex(*kdf::cmac_key(&channel, Direction::ToClient)));
    row(
        "mac-1",
        "KEY-5",
        "mac",
        vec![1, 0],
        256,
        hex(kdf::hmac_key(&channel, Direction::ToClient).as_flattened()),
    );
    let am2 = [&bytes[..], &[device.kind], &device.id, &challenge].concat();
    row(
        "am2",
        "KEY-6",
        "am2",
        am2,
        128,
        hex(kdf::am2_channel(&Key::new(key), serial, device, challenge).expose()),
    );
    row(
        "device-code",
        "KEY-7",
        "device-code",
        Vec::new(),
        128,
        hex(kdf::device_code(&Key::new(key)).expose()),
    );
    let context = [&bytes[..], &[sequence.number(), 5, device.kind], &device.id, &salt].concat();
    let application = kdf::application(&Key::new(key), serial, sequence, 5, device, &salt);
    row("application", "KEY-8", "app", context, 128, hex(application.expose()));
    vectors
}

fn protections() -> Vec<Value> {
    let mut vectors = Vec::new();
    for protection in [1, 2] {
        for length in [0usize, 1, 15, 16, 17, 48, 512] {
            let body: Vec<u8> = (0..=255u8).cycle().take(length).collect();
            let params = json!({"key": hex([0x11; 16]), "type": 3, "protection": protection,
                "serial": "VDS1000120", "nonce": "0102030405060708", "body": hex(&body)});
            let requirement = if protection == 1 { "PRT-2" } else { "PRT-3" };
            let id = format!("seal-{protection}-{length}");
            vectors.push(asked(&id, "", &["PRT-1", requirement, "KEY-3"], "frame.seal", params));
        }
    }
    let channel = Key::new([0x11; 16]);
    let plain = Plain {
        word: 0x00C2,
        serial: [0xC3, 0xE4, 0x0F, 0x42, 0xB8],
        nonce: [1, 2, 3, 4, 5, 6, 7, 8],
        body: b"body".to_vec(),
    };
    let good = plain.message(Some(&channel));
    let last = |digit: &str| format!("{}{digit}", good.get(..good.len() - 1).unwrap_or_default());
    let bent = if good.ends_with('0') { last("1") } else { last("0") };
    let downgraded = plain.with_protection(1).message(Some(&channel));
    let relabelled = format!("00C1{}", good.get(4..).unwrap_or_default());
    for (id, note, message) in [
        ("good", "protection 2", good.clone()),
        ("tag-last-bit", "the tag's last digit", bent),
        ("protection-1", "protection 1 under the same channel key opens, too", downgraded),
        ("protection-relabelled", "the protection in the header is authenticated", relabelled),
        ("cut", "the last byte missing", good.get(..good.len() - 2).unwrap_or_default().to_owned()),
        ("extended", "a byte more", format!("{good}00")),
    ] {
        let params = json!({"key": hex([0x11; 16]), "message": message});
        vectors.push(asked(&format!("open-{id}"), note, &["PRT-1"], "frame.open", params));
    }
    vectors
}

fn static_vectors() -> Vec<Value> {
    let good = setup::vector().to_bytes();
    let bend = |at: usize, value: u8| {
        let mut bytes = good.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = value;
        }
        bytes
    };
    [
        ("good", "seven applications", good.clone()),
        ("magic", "another first byte", bend(0, 0x39)),
        ("length", "the length field off by one", bend(3, good.get(3).map_or(0, |byte| byte ^ 1))),
        ("tag-length", "a master key of another length", bend(9, 17)),
        ("unknown-tag", "tag 05", bend(33, 5)),
        ("tries-0", "no tries", bend(31, 0)),
        ("reserved-flag", "a reserved flag", bend(39, 0x13)),
        ("reserved-algorithm", "HOTP is not in this edition", bend(41, 2)),
        ("name", "a lower-case name", bend(46, b'a')),
        ("name-tab", "a tab at the end of a name is no blank", bend(55, b'\t')),
    ]
    .into_iter()
    .map(|(id, note, bytes)| {
        let decoded = crate::wire::static_vector::StaticVector::decode(&bytes);
        let mut vector = json!({"id": format!("static-vector-{id}"), "note": note, "since": SINCE,
            "requirements": ["STV-1"], "input": {"static_vector": hex(&bytes)}, "result": "valid"});
        if let (Err(refusal), Some(members)) = (decoded, vector.as_object_mut()) {
            members.insert("result".into(), json!("invalid"));
            members.insert("class".into(), json!(refusal.class().word()));
            members.insert("requirements".into(), json!([refusal.rule.id]));
        }
        vector
    })
    .collect()
}

fn device_codes() -> Vec<Value> {
    let mut vectors = Vec::new();
    for (kind, id, am1) in
        [(0, [0; 5], [0u8; 54]), (7, [1, 2, 3, 4, 5], [0x5A; 54]), (99, [0xFF; 5], [0xFF; 54])]
    {
        let key = kdf::device_code(&Key::new([0x11; 16]));
        let input = [&[kind][..], &id, &crate::crypto::mac::sha256(&[&am1])].concat();
        let mac = cmac(key.expose(), &[&input]);
        let code = DeviceCode { device: Device { kind, id }, mac: Mac36::first_of(mac) };
        vectors.push(made(
            &format!("device-code-type-{kind}"),
            "the license key is 11 sixteen times; AM1 stands for any bytes",
            &["DVC-1", "DVC-3", "KEY-7", "CNV-4"],
            json!({"license_key": hex([0x11; 16]), "device_type": kind, "device_id": hex(id), "am1": hex(am1)}),
            json!({"device_code_key": hex(key.expose()), "mac_input": hex(&input), "mac": hex(mac)}),
            json!({"device_code": code.encode()}),
        ));
    }
    let good = DeviceCode { device: Device { kind: 7, id: [1, 2, 3, 4, 5] }, mac: Mac36::first_of([9; 16]) }
        .encode();
    let with_digit = |n: u128| format!("{n:025}{}", check_digit(&format!("{n:025}"), Radix::Decimal));
    for (id, code) in [
        ("short", good.get(1..).unwrap_or_default().to_owned()),
        ("letter", format!("{}A", good.get(..25).unwrap_or_default())),
        (
            "check-digit",
            format!("{}{}", good.get(..25).unwrap_or_default(), if good.ends_with('0') { 1 } else { 0 }),
        ),
        ("2-to-the-83", with_digit(1 << 83)),
        ("type-100", with_digit(100 << 76)),
    ] {
        if let Err(refusal) = DeviceCode::decode(&code) {
            vectors.push(json!({"id": format!("device-code-{id}"), "note": "", "since": SINCE,
                "requirements": [refusal.rule.id], "input": {"device_code": code}, "result": "invalid",
                "class": refusal.class().word()}));
        }
    }
    vectors
}

fn requests() -> Vec<Value> {
    let mut vectors = Vec::new();
    let list = |title: &str, items: &[(&str, &str)]| Content::List {
        title: title.to_owned(),
        items: items.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    };
    let base = Request {
        minimum_version: 0,
        require_pin: false,
        template: 0,
        charset: Charset::Utf8,
        application: 1,
        content: list("Transfer", &[("Amount", "12.50 EUR"), ("To", "Zoë")]),
    };
    for (id, request) in [
        ("plain", base.clone()),
        (
            "every-control-bit",
            Request { minimum_version: 3, require_pin: true, template: 15, application: 8, ..base.clone() },
        ),
        (
            "latin",
            Request {
                charset: Charset::Iso8859_15, content: list("€Šž", &[("Größe", "ÿ")]), ..base.clone()
            },
        ),
        ("empty-texts", Request { content: list("", &[("k", "")]), ..base }),
    ] {
        let Ok(body) = request.encode(Carrier::Direct) else { continue };
        let Content::List { title, items } = &request.content else { continue };
        let input = json!({"minimum_version": request.minimum_version, "require_pin": request.require_pin,
            "template": request.template, "charset": request.charset.number(), "application": request.application,
            "title": title, "items": items});
        let output = json!({"body": hex(body)});
        vectors.push(made(&format!("request-{id}"), "", &["REQ-1", "REQ-8"], input, json!({}), output));
    }
    for (id, body) in [
        ("empty", ""),
        ("last-bit", "0001000101 6B00"),
        ("charset-2", "0080000101 6B00"),
        ("format-1", "0010000101 6B00"),
        ("past-end", "0000000101"),
        ("left-over", "0000000101 6B00 00"),
        ("no-items", "00000000"),
        ("empty-key", "0000000100 00"),
        ("ill-formed", "00000001016B 01C3"),
        ("override", "00000001016B 03E280AE"),
    ] {
        let body = body.replace(' ', "");
        let bytes = crate::text::hex::decode(&body).unwrap_or_default();
        if let Err(refusal) = Request::decode(&bytes) {
            vectors.push(json!({"id": format!("request-{id}"), "note": "", "since": SINCE,
                "requirements": [refusal.rule.id], "input": {"body": body}, "result": "invalid",
                "class": refusal.class().word()}));
        }
    }
    vectors
}

fn responses() -> Vec<Value> {
    let mut vectors = Vec::new();
    for (hexadecimal, check_digit, requirement) in
        [(false, false, "SIG-1"), (true, false, "SIG-2"), (false, true, "SIG-3"), (true, true, "SIG-3")]
    {
        for length in [6, 8, 16] {
            let params = json!({"key": hex([0x11; 16]), "mode": 3, "application": 2, "step": 50_000_000, "event": 7,
                "length": length, "hexadecimal": hexadecimal, "check_digit": check_digit, "fields": [PUBLISHED]});
            let id = format!(
                "response-{length}{}{}",
                if hexadecimal { "-hex" } else { "" },
                if check_digit { "-check" } else { "" }
            );
            vectors.push(asked(&id, "", &[requirement], "primitive.response", params));
        }
    }
    vectors
}

fn check_digits() -> Vec<Value> {
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

fn worked_example() -> Vec<Value> {
    let rows = example::rows();
    let of = |input: bool| {
        let rows = rows.iter().filter(|row| row.how.starts_with("input") == input);
        Map::from_iter(rows.map(|row| (row.name.to_owned(), json!(row.value))))
    };
    let note = "the table of SPEC section 20";
    vec![json!({"id": "worked-example", "note": note, "requirements": ["AM1-1", "AM2-1", "REQ-1", "SIG-1"],
        "since": SINCE, "input": of(true), "result": "valid", "output": of(false)})]
}
