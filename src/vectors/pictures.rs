//! `qr.json` (SPEC section 31): pictures and what is on them. What a writer draws may differ in version, level and
//! mask, so that only the limits of `qr.write` have vectors.

use serde_json::{Value, json};

use png::{BitDepth, ColorType};

use super::vector::{PUBLISHED, asked, expected, hex, since};
use carrier::drawing::{self, Pixels};
use carrier::picture::Grey;
use carrier::symbol::Symbol;
use channel::rule::{CAR_2, CAR_3, CAR_4, CAR_5, CAR_6};

/// Kinds of PNG, which all show the published sample.
const KINDS: [(&str, &str, &str, Pixels); 13] = [
    ("bits", "the published sample, one bit a pixel", "CAR-7", Pixels::BIT),
    ("two-bits", "two bits a pixel", "CAR-7", Pixels::new(ColorType::Grayscale, BitDepth::Two)),
    ("four-bits", "four bits a pixel", "CAR-7", Pixels::new(ColorType::Grayscale, BitDepth::Four)),
    ("sixteen-bits", "16 bits a pixel", "CAR-7", Pixels::new(ColorType::Grayscale, BitDepth::Sixteen)),
    ("palette", "a palette", "CAR-7", Pixels::new(ColorType::Indexed, BitDepth::Eight)),
    ("palette-four-bits", "a palette, four bits", "CAR-7", Pixels::new(ColorType::Indexed, BitDepth::Four)),
    ("colours", "dark blue on white", "CAR-7", Pixels::new(ColorType::Rgb, BitDepth::Eight)),
    ("grey-alpha", "grey with opacity", "CAR-7", Pixels::new(ColorType::GrayscaleAlpha, BitDepth::Eight)),
    ("interlaced", "seven passes, one bit", "CAR-7", Pixels::BIT.interlaced()),
    (
        "interlaced-colours",
        "seven passes, 16 bits a colour",
        "CAR-7",
        Pixels::new(ColorType::Rgb, BitDepth::Sixteen).interlaced(),
    ),
    (
        "nothing",
        "dark blue, four fifths opaque, on nothing",
        "CAR-8",
        Pixels::new(ColorType::Rgba, BitDepth::Eight).clear(),
    ),
    (
        "transparent-grey",
        "one value of grey is transparent",
        "CAR-8",
        Pixels::new(ColorType::Grayscale, BitDepth::Eight).clear(),
    ),
    (
        "transparent-palette",
        "one colour of the palette is transparent",
        "CAR-8",
        Pixels::new(ColorType::Indexed, BitDepth::One).clear(),
    ),
];

/// `qr.json`.
pub(super) fn pictures() -> Vec<Value> {
    let (Ok(symbol), Ok(accent)) = (Symbol::write(PUBLISHED), Symbol::write("caf\u{e9}")) else {
        return Vec::new();
    };
    let read = |id: &str, note: &str, requirement: &str, png: &[u8]| {
        asked(&format!("qr-read-{id}"), note, &[requirement], "qr.read", json!({"picture": hex(png)}))
    };
    let plain = |picture: &Grey| drawing::encode(picture, Pixels::BIT);
    let upright = symbol.to_grey(2);
    let good = plain(&upright);
    let mut corrected = symbol.clone();
    corrected.flip(14, 14);
    let mut damaged = symbol.clone();
    (9..20).flat_map(|y| (9..20).map(move |x| (x, y))).for_each(|(x, y)| damaged.flip(x, y));
    let cut = good.get(..good.len() / 2).unwrap_or_default();
    let write = |id: &str, note: &str, text: &str| {
        let vector = asked(&format!("qr-write-{id}"), note, &["CAR-2"], "qr.write", json!({"text": text}));
        expected(CAR_2, vector)
    };
    let beside = |right: &Grey| {
        Grey::drawn(2 * upright.width, upright.height, |x, y| match x.checked_sub(upright.width) {
            None => upright.at(x, y),
            Some(x) => right.at(x, y),
        })
    };
    let kinds = KINDS.map(|(id, note, requirement, pixels)| {
        read(id, note, requirement, &drawing::encode(&upright, pixels))
    });
    let turned = upright.turned();
    let others = vec![
        read("corrected", "one module turned over", "CAR-1", &plain(&corrected.to_grey(2))),
        read("light-on-dark", "light on dark", "CAR-9", &plain(&upright.inverted())),
        read("turned-90", "turned clockwise by a quarter", "CAR-10", &plain(&turned)),
        read("turned-180", "upside down", "CAR-10", &plain(&turned.turned())),
        read("turned-270", "turned by three quarters", "CAR-10", &plain(&turned.turned().turned())),
        expected(CAR_3, read("cut", "half of a file", "CAR-3", cut)),
        expected(CAR_3, read("empty", "no bytes", "CAR-3", &[])),
        expected(
            CAR_4,
            read("wide", "16385 pixels wide", "CAR-4", &plain(&Grey::drawn(16_385, 1, |_, _| 255))),
        ),
        expected(CAR_5, read("blank", "nothing on it", "CAR-5", &plain(&Grey::drawn(64, 64, |_, _| 255)))),
        expected(CAR_5, read("damaged", "more than can be corrected", "CAR-5", &plain(&damaged.to_grey(2)))),
        expected(CAR_5, read("two-codes", "the sample twice", "CAR-5", &plain(&beside(&upright)))),
        expected(
            CAR_5,
            read("two-polarities", "dark and light", "CAR-5", &plain(&beside(&upright.inverted()))),
        ),
        expected(CAR_6, read("not-ascii", "caf\u{e9} in UTF-8", "CAR-6", &plain(&accent.to_grey(2)))),
        write("empty", "no text", ""),
        write("alphanumeric-4297", "one character too many", &"A".repeat(4_297)),
        write("bytes-2954", "one byte too many", &"a".repeat(2_954)),
    ];
    since(4, kinds.into_iter().chain(others))
}
