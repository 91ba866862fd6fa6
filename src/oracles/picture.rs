//! Pictures and the QR codes on them.

use super::{Target, twice};
use crate::carrier::picture::{self, Grey, Pixels};
use crate::carrier::symbol::Symbol;
use crate::rule::{CAR_2, CAR_3};

/// The first byte chooses: a PNG, pixels of a picture of that width, or a text to draw.
pub const PICTURE: Target = Target {
    name: "picture",
    run: picture,
    max_len: 4_300,
    floor: 20,
    seeds: || {
        let symbol = Symbol::write("00C1C3E40F42B8").unwrap_or_else(|refusal| panic!("{refusal}"));
        let png = |pixels| [&[0], &picture::encode(&symbol.to_grey(1), pixels)[..]].concat();
        let grey = symbol.to_grey(1);
        let mut seeds: Vec<Vec<u8>> = Pixels::ALL.map(png).to_vec();
        let width = u8::try_from(grey.width).unwrap_or(u8::MAX);
        seeds.push([&[1, width], &grey.pixels[..]].concat());
        seeds.extend(["", "0", "00C1FE", "myapp://x?y=z"].map(|text| [&[2], text.as_bytes()].concat()));
        seeds
    },
    dictionary: &[b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"\x89PNG\r\n\x1a\n"],
    oracles: &[
        "a text that is drawn is read again by an implementation of other authors, as modules and as a picture",
        "what is read from any picture is ASCII",
    ],
};

fn picture(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 3 {
        0 => judge(twice(|| picture::read(rest))),
        1 => {
            let Some((width, pixels)) = rest.split_first() else { return };
            let width = usize::from(*width);
            let height = pixels.len().checked_div(width).unwrap_or(0);
            let pixels = pixels[..width * height].to_vec();
            judge(twice(|| picture::read_grey(&Grey { width, height, pixels: pixels.clone() })));
        }
        _ => drawn(&String::from_utf8_lossy(rest)),
    }
}

fn judge(read: Result<String, crate::error::Refusal>) {
    match read {
        Ok(text) => assert!(text.is_ascii()),
        Err(refusal) => assert_eq!(refusal.rule, CAR_3),
    }
}

fn drawn(text: &str) {
    match Symbol::write(text) {
        Err(refusal) => {
            assert_eq!(refusal.rule, CAR_2);
            assert!(text.is_empty() || text.len() > 2_953);
        }
        Ok(symbol) => {
            assert_eq!(picture::text_of(&symbol).as_deref(), Some(text));
            assert_eq!(Symbol::from_rows(&symbol.rows()), Some(symbol.clone()));
            let read = picture::read(&picture::encode(&symbol.to_grey(2), Pixels::Bit));
            assert_eq!(read.ok().as_deref(), Some(text).filter(|text| text.is_ascii()));
        }
    }
}
