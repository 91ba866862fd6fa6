//! Pictures and the QR codes on them.

use super::target::Target;
use super::verdict::twice;
use carrier::drawing::{self, Pixels};
use carrier::picture::{self, Grey};
use carrier::symbol::Symbol;
use channel::error::Refusal;
use channel::rule::{CAR_2, CAR_3, CAR_4, CAR_5, CAR_6};

/// The first byte chooses: a PNG, pixels of a picture of that width, a text to draw, or a picture that must be read.
pub const PICTURE: Target = Target {
    name: "picture",
    run: picture,
    max_len: 4_300,
    floor: 20,
    seeds: || {
        let symbol = Symbol::write("00C1C3E40F42B8").unwrap_or_else(|refusal| panic!("{refusal}"));
        let grey = symbol.to_grey(1);
        let kinds = Pixels::ALL.into_iter().flat_map(|pixels| [pixels, pixels.interlaced()]);
        let mut seeds: Vec<Vec<u8>> =
            kinds.map(|pixels| [&[0], &drawing::encode(&grey, pixels)[..]].concat()).collect();
        let width = u8::try_from(grey.width).unwrap_or(u8::MAX);
        seeds.push([&[1, width], &grey.pixels[..]].concat());
        seeds.extend(["", "0", "00C1FE", "myapp://x?y=z"].map(|text| [&[2], text.as_bytes()].concat()));
        seeds.extend((0..32).map(|how| [&[3, how, 8 * how, how][..], b"00C1FE"].concat()));
        seeds
    },
    dictionary: &[b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"\x89PNG\r\n\x1a\n"],
    oracles: &[
        "a text that is drawn is read again by an implementation of other authors, as modules and as a picture",
        "a picture that must be read is read, whatever its kind, its colours, its size and where the code stands",
        "what is read from any picture is ASCII; what is refused is refused by a requirement on pictures",
    ],
};

fn picture(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 4 {
        0 => judge(twice(|| picture::read(rest))),
        1 => {
            let Some((width, pixels)) = rest.split_first() else { return };
            let width = usize::from(*width);
            let height = pixels.len().checked_div(width).unwrap_or(0);
            let pixels = pixels[..width * height].to_vec();
            judge(twice(|| picture::read_grey(&Grey { width, height, pixels: pixels.clone() })));
        }
        2 => drawn(&String::from_utf8_lossy(rest)),
        _ => must_be_read(rest),
    }
}

/// The first three bytes choose the kind of PNG, how the code stands on it, and where.
fn must_be_read(data: &[u8]) {
    let [kind, how, place, text @ ..] = data else { return };
    let text: String = text.iter().take(200).map(|byte| char::from(byte & 0x7F)).collect();
    let Ok(symbol) = Symbol::write(&text) else { return };
    let mut code = symbol.to_grey(2 + usize::from(how & 3));
    for _ in 0..how >> 2 & 3 {
        code = code.turned();
    }
    let (left, top) = (usize::from(place & 15), usize::from(place >> 4));
    let mut whole = Grey::drawn(left + code.width + top, top + code.height + left, |x, y| {
        match (x.checked_sub(left), y.checked_sub(top)) {
            (Some(x), Some(y)) => code.at(x, y),
            _ => 255,
        }
    });
    let pixels = Pixels::ALL[usize::from(*kind) % Pixels::ALL.len()];
    let is_clear = how & 32 > 0 && pixels.can_be_clear();
    let pixels = if is_clear { pixels.clear() } else { pixels };
    let pixels = if how & 16 > 0 { pixels.interlaced() } else { pixels };
    if how & 64 > 0 && !is_clear {
        whole = whole.inverted();
    }
    let read = picture::read(&drawing::encode(&whole, pixels));
    assert_eq!(read.as_deref(), Ok(&text[..]), "{pixels:?}");
}

fn judge(read: Result<String, Refusal>) {
    match read {
        Ok(text) => assert!(text.is_ascii()),
        Err(refusal) => assert!([CAR_3, CAR_4, CAR_5, CAR_6].contains(&refusal.rule), "{refusal}"),
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
            let read = picture::read(&drawing::encode(&symbol.to_grey(2), Pixels::BIT));
            match text.is_ascii() {
                true => assert_eq!(read.as_deref(), Ok(text)),
                false => assert_eq!(read.map_err(|refusal| refusal.rule), Err(CAR_6)),
            }
        }
    }
}
