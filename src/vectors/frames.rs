//! Vectors of the frame (SPEC section 5) and of what stands around it: serial numbers, hexadecimal text.

use serde_json::{Value, json};

use super::vector::{PUBLISHED, asked};

/// `frame.json`.
pub(super) fn frames() -> Vec<Value> {
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
