//! Parameters of the primitives.

use serde_json::{Value, json};

use super::answers::digits;
use crate::world::{Context, World};

/// Data fields as bytes.
pub(crate) fn byte_fields(w: &mut World, _: &Context) -> Option<Value> {
    let count = w.luck.one(&[0, 1, 2, 8], 1);
    let lengths: Vec<usize> = (0..count).map(|_| w.luck.below(20)).collect();
    Some(lengths.into_iter().map(|length| w.drawn(length)).collect())
}

/// Some bytes.
pub(crate) fn some_bytes(w: &mut World, _: &Context) -> Option<Value> {
    let length = w.luck.one(&[0, 1, 15, 16, 17, 32, 33, 64, 65], 16);
    Some(w.drawn(length))
}

/// A key for an open algorithm.
pub(crate) fn open_key(w: &mut World, _: &Context) -> Option<Value> {
    let length = w.luck.one(&[1, 20, 32, 64, 65, 128], 20);
    Some(w.drawn(length))
}

/// Decimal or hexadecimal digits.
pub(crate) fn some_digits(w: &mut World, with: &Context) -> Option<Value> {
    let hexadecimal = with.get("hexadecimal") == Some(&Value::Bool(true));
    let length = w.luck.one(&[1, 4, 25, 64], 4);
    let digits = digits(w, length);
    Some(json!(if hexadecimal { digits.replace('3', "c").replace('7', "F") } else { digits }))
}

/// A suite, with what it wants.
const SUITES: [&str; 7] = [
    "OCRA-1:HOTP-SHA1-6:QN08",
    "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1",
    "OCRA-1:HOTP-SHA512-0:QA10-T1M",
    "OCRA-1:HOTP-SHA1-10:QH64-S064",
    "OCRA-1:HOTP-SHA1-3:QN08",
    "OCRA-1:HOTP-SHA1-6:QN03",
    "OCRA-1:HOTP-SHA1-6:QN08-T0S",
];

/// One of them.
pub(crate) fn suite(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(w.luck.one(&SUITES, "")))
}

fn wanted(w: &mut World, with: &Context, part: &str, value: Value) -> Option<Value> {
    let suite = w.text(with, "suite")?;
    let input = suite.rsplit(':').next().unwrap_or_default();
    let wants = input.split('-').any(|found| found.starts_with(part));
    Some(if wants != w.luck.percent(5) { value } else { Value::Null })
}

/// A counter, where the suite has one.
pub(crate) fn ocra_counter(w: &mut World, with: &Context) -> Option<Value> {
    let counter = json!(w.luck.below(100));
    wanted(w, with, "C", counter)
}

/// A password, where it has one.
pub(crate) fn ocra_password(w: &mut World, with: &Context) -> Option<Value> {
    wanted(w, with, "P", json!("1234"))
}

/// Session information.
pub(crate) fn ocra_session(w: &mut World, with: &Context) -> Option<Value> {
    let length = w.luck.one(&[64, 1, 65, 0], 64);
    let session = w.drawn(length);
    wanted(w, with, "S", session)
}

/// A time.
pub(crate) fn ocra_time(w: &mut World, with: &Context) -> Option<Value> {
    let now = json!(w.now);
    wanted(w, with, "T", now)
}

/// A question, mostly of the suite's format.
pub(crate) fn question(w: &mut World, with: &Context) -> Option<Value> {
    let suite = w.text(with, "suite")?;
    let long = "1".repeat(17);
    Some(json!(match w.luck.below(10) {
        0 => "",
        1 => long.as_str(),
        2 => "x-y",
        _ if suite.contains("QA") => w.luck.one(&["aB3", "1234567890"], ""),
        _ if suite.contains("QH") => w.luck.one(&["00ff", "ABC"], ""),
        _ => w.luck.one(&["12345678", "0", "1234567890123456"], "0"),
    }))
}
