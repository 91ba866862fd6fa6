//! Pictures and the QR codes on them.

use super::target::Target;
use super::verdict::twice;
use carrier::drawing::{self, Pixels};
use carrier::picture::{self, Grey};
use carrier::symbol::Symbol;
use channel::error::Refusal;
use channel::rule::{CAR_2, CAR_3, CAR_4, CAR_5, CAR_6};

/// The first byte chooses: a PNG, pixels of a picture of that width, a text to draw, a picture that must be read, or a
/// PNG that says it has some size.
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
        for side in 0..SIDES.len() as u8 {
            seeds.extend([0, 14, 30].map(|kind| vec![4, kind, side, side]));
            seeds.push(vec![4, 3, side, 1]);
        }
        seeds.extend((0..32).map(|how| [&[3, how, 8 * how, how][..], b"00C1FE"].concat()));
        seeds
    },
    dictionary: &[b"IHDR", b"IDAT", b"IEND", b"PLTE", b"tRNS", b"\x89PNG\r\n\x1a\n"],
    oracles: &[
        "a text that is drawn is read again by an implementation of other authors, as modules and as a picture",
        "a picture that must be read is read, whatever its kind, its colours, its size and where the code stands",
        "a picture that is too large is refused as such, before it gets its memory",
        "what is read from any picture is ASCII; what is refused is refused by a requirement on pictures",
    ],
};

fn picture(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 5 {
        0 => judge(twice(|| picture::read(rest))),
        1 => {
            let Some((width, pixels)) = rest.split_first() else { return };
            let width = usize::from(*width);
            let height = pixels.len().checked_div(width).unwrap_or(0);
            let pixels = pixels[..width * height].to_vec();
            judge(twice(|| picture::read_grey(&Grey { width, height, pixels: pixels.clone() })));
        }
        2 => drawn(&String::from_utf8_lossy(rest)),
        3 => must_be_read(rest),
        _ => sized(rest),
    }
}

/// Widths and heights around the limits.
const SIDES: [u32; 12] = [0, 1, 2, 1024, 1025, 4096, 4097, 16_383, 16_384, 16_385, 0x7FFF_FFFF, 0x8000_0000];

/// A PNG that says it has this size, with the checksum of that: what is too large is refused as such.
fn sized(data: &[u8]) {
    let [kind, width, height, ..] = data else { return };
    let pixels = Pixels::ALL[usize::from(*kind) % Pixels::ALL.len()];
    let pixels = if kind & 16 > 0 { pixels.interlaced() } else { pixels };
    let mut png = drawing::encode(&Grey::drawn(2, 2, |_, _| 255), pixels);
    let [width, height] = [*width, *height].map(|side| SIDES[usize::from(side) % SIDES.len()]);
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    let read = twice(|| picture::read(&png));
    let is_size = |side: u32| (1..1 << 31).contains(&side);
    let is_large = width.max(height) > 16_384 || u64::from(width) * u64::from(height) > 1 << 24;
    if is_size(width) && is_size(height) && is_large {
        assert_eq!(read.map_err(|refusal| refusal.rule), Err(CAR_4));
    } else {
        judge(read);
    }
}

/// CRC-32 as PNG has it, bit by bit.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
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
