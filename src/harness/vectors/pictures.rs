//! `qr.json` (SPEC section 31): pictures and what is on them. What a writer draws may differ in version, level and
//! mask, so that only the limits of `qr.write` have vectors.

use serde_json::{Value, json};

use super::{PUBLISHED, asked, expected, hex, since};
use crate::carrier::picture::{self, Pixels};
use crate::carrier::symbol::Symbol;
use crate::rule::{CAR_2, CAR_3};

/// `qr.json`.
pub(super) fn pictures() -> Vec<Value> {
    let Ok(symbol) = Symbol::write(PUBLISHED) else { return Vec::new() };
    let png = |symbol: &Symbol, pixels| picture::encode(&symbol.to_grey(2), pixels);
    let read = |id: &str, note: &str, png: &[u8]| {
        asked(&format!("qr-read-{id}"), note, &["CAR-1"], "qr.read", json!({"picture": hex(png)}))
    };
    let good = png(&symbol, Pixels::Bit);
    let mut corrected = symbol.clone();
    corrected.flip(14, 14);
    let mut damaged = symbol.clone();
    (9..20).flat_map(|y| (9..20).map(move |x| (x, y))).for_each(|(x, y)| damaged.flip(x, y));
    let cut = good.get(..good.len() / 2).unwrap_or_default();
    let write = |id: &str, note: &str, text: &str| {
        let vector = asked(&format!("qr-write-{id}"), note, &["CAR-2"], "qr.write", json!({"text": text}));
        expected(CAR_2, vector)
    };
    since(
        4,
        vec![
            read("bits", "the published sample, one bit a pixel", &good),
            read("palette", "the same with a palette", &png(&symbol, Pixels::Palette)),
            read("colours", "dark blue on white", &png(&symbol, Pixels::Rgb)),
            read("nothing", "black on nothing", &png(&symbol, Pixels::Rgba)),
            read("corrected", "one module turned over", &png(&corrected, Pixels::Bit)),
            expected(CAR_3, read("damaged", "more than can be corrected", &png(&damaged, Pixels::Bit))),
            expected(CAR_3, read("cut", "half of a file", cut)),
            expected(CAR_3, read("empty", "no bytes", &[])),
            write("empty", "no text", ""),
            write("alphanumeric-4297", "one character too many", &"A".repeat(4_297)),
            write("bytes-2954", "one byte too many", &"a".repeat(2_954)),
        ],
    )
}
