//! Carriers: what a peer writes is read by the reference's reader, what it reads was drawn by the reference.

use flate2::Crc;

use super::{negative, positive};
use carrier::drawing::{self, Pixels};
use carrier::picture::{Grey, MAX_PIXELS, MAX_SIDE, text_of};
use carrier::symbol::Symbol;
use channel::rule::{CAR_2, CAR_3, CAR_4, CAR_5, CAR_6, Rule};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::trial::{self, Stop, Trial};
use peer::operations::{QrModules, QrRead, QrWrite};
use peer::protocol::Bytes;

const WRITE: Role = Role::Primitive("qr.write");
const READ: Role = Role::Primitive("qr.read");

/// Bytes of the published size tiers, of the shortest message and of the longest that a gateway carries.
const TIERS: [usize; 6] = [23, 100, 199, 351, 535, 2_101];

/// A caller's URL: characters that alphanumeric mode does not have.
const URL: &str =
    "dpnopin://app2app_secure_channel?x-success=a%253Ab&x-error=a%253Ab&x-cancel=a%253Ab&secure_message=00";

/// Makes a picture that must be refused of one that must be read.
type Bend = fn(&Symbol) -> Vec<u8>;

const BAD_PICTURES: [(&str, Rule, &str, Bend); 22] = [
    ("empty", CAR_3, "no bytes at all are no picture", |_| Vec::new()),
    ("no-png", CAR_3, "a GIF is refused", |_| b"GIF89a".to_vec()),
    ("cut", CAR_3, "half of a PNG is refused", |symbol| {
        let whole = png(symbol);
        cut(&whole, whole.len() / 2)
    }),
    ("no-end", CAR_3, "a PNG without the chunk that ends it is refused", |symbol| {
        let whole = png(symbol);
        cut(&whole, whole.len() - 12)
    }),
    ("crc", CAR_3, "a PNG whose pixels have another checksum is refused", |symbol| {
        let mut png = png(symbol);
        let last = png.len() - 13; // before the chunk that ends it
        png.get_mut(last).into_iter().for_each(|byte| *byte ^= 1);
        png
    }),
    ("pixels", CAR_3, "a PNG whose pixels are packed in no way that is known is refused", |symbol| {
        with_pixels(&png(symbol), |packed| packed.iter_mut().take(2).for_each(|byte| *byte = 0))
    }),
    ("pixels-damaged", CAR_3, "a PNG whose pixels can't be unpacked is refused", |symbol| {
        // Of a kind that no block has.
        with_pixels(&png(symbol), |packed| packed.iter_mut().skip(2).take(1).for_each(|byte| *byte |= 6))
    }),
    ("short", CAR_3, "a PNG with fewer rows than its header says is refused", |symbol| {
        with_header(&png(symbol), |header| header[7] += 1)
    }),
    ("no-depth", CAR_3, "a PNG of RGB values of 4 bits is refused: there are none", |symbol| {
        with_header(&png(symbol), |header| (header[8], header[9]) = (4, 2))
    }),
    ("no-palette", CAR_3, "a PNG of palette values without a palette is refused", |symbol| {
        with_header(&png(symbol), |header| header[9] = 3)
    }),
    ("compression", CAR_3, "a PNG with another compression method is refused", |symbol| {
        with_header(&png(symbol), |header| header[10] = 1)
    }),
    ("filter", CAR_3, "a PNG with another filter method is refused", |symbol| {
        with_header(&png(symbol), |header| header[11] = 1)
    }),
    ("interlace", CAR_3, "a PNG with another interlace method is refused", |symbol| {
        with_header(&png(symbol), |header| header[12] = 2)
    }),
    ("no-header", CAR_3, "a PNG whose first chunk is no header is refused", |symbol| {
        with_first_chunk(&png(symbol), |chunk| chunk.iter_mut().take(1).for_each(|kind| *kind = b'i'))
    }),
    ("bomb", CAR_4, "a header with the longest sides that a PNG can have is refused", |symbol| {
        with_header(&png(symbol), |header| {
            header[..8].copy_from_slice(&[0x7F, 255, 255, 255, 0x7F, 255, 255, 255])
        })
    }),
    ("blank", CAR_5, "a picture without a QR code is refused", |_| encode(&Grey::drawn(64, 64, |_, _| 255))),
    ("noise", CAR_5, "a picture of noise is refused", |_| {
        encode(&Grey::drawn(64, 64, |x, y| if (64 * y + x) * 7_919 % 13 < 6 { 0 } else { 255 }))
    }),
    ("damaged", CAR_5, "a code with more damage than its error correction restores is refused", |symbol| {
        png(&damaged(symbol))
    }),
    ("half", CAR_5, "half of a code is refused", |symbol| {
        let whole = symbol.to_grey(2);
        encode(&Grey::drawn(whole.width, whole.height / 2, |x, y| whole.at(x, y)))
    }),
    ("two-codes", CAR_5, "two codes on one picture are refused, even with the same text", |symbol| {
        encode(&beside(&symbol.to_grey(2), &symbol.to_grey(2)))
    }),
    ("two-polarities", CAR_5, "one code dark on light and one light on dark are two codes", |symbol| {
        encode(&beside(&symbol.to_grey(2), &symbol.to_grey(2).inverted()))
    }),
    ("not-ascii", CAR_6, "a code with a text that is not ASCII is refused", |_| {
        Symbol::write("caf\u{e9}").map_or(Vec::new(), |symbol| png(&symbol))
    }),
];

/// Sides that a picture can have just about, and such that are too much.
const SIDES: [(&str, &str, [usize; 2], [usize; 2]); 3] = [
    (
        "wide",
        "a picture as wide as can be is read, one pixel more is refused",
        [MAX_SIDE, 80],
        [MAX_SIDE + 1, 80],
    ),
    (
        "high",
        "a picture as high as can be is read, one pixel more is refused",
        [80, MAX_SIDE],
        [80, MAX_SIDE + 1],
    ),
    (
        "large",
        "a picture of as many pixels as can be is read, the next larger one is refused",
        [4_096, MAX_PIXELS / 4_096],
        [1_549, 10_831],
    ),
];

/// How a picture that must be read differs from the plainest one.
type Variant = fn(&Symbol) -> Vec<Vec<u8>>;

const GOOD_PICTURES: [(&str, &str, &str, Variant); 7] = [
    ("kinds", "CAR-7", "every colour type with every number of bits is read", |symbol| {
        Pixels::ALL.map(|pixels| drawing::encode(&symbol.to_grey(2), pixels)).into()
    }),
    ("interlaced", "CAR-7", "every kind of picture is read interlaced, too", |symbol| {
        Pixels::ALL.map(|pixels| drawing::encode(&symbol.to_grey(2), pixels.interlaced())).into()
    }),
    ("clear", "CAR-8", "transparent ground is white, and half transparent paint lies on it", |symbol| {
        let kinds = Pixels::ALL.into_iter().filter(|pixels| pixels.can_be_clear());
        kinds.map(|pixels| drawing::encode(&symbol.to_grey(2), pixels.clear())).collect()
    }),
    ("light-on-dark", "CAR-9", "a code that is light on dark is read, in every colour", |symbol| {
        let inverted = symbol.to_grey(2).inverted();
        [0, 3, 5, 10]
            .into_iter()
            .filter_map(|at| Pixels::ALL.get(at))
            .map(|pixels| drawing::encode(&inverted, *pixels))
            .collect()
    }),
    ("turned", "CAR-10", "a code is read whichever of its corners is on top", |symbol| {
        let (mut turned, mut all) = (symbol.to_grey(2), Vec::new());
        for _ in 0..3 {
            turned = turned.turned();
            all.push(encode(&turned));
        }
        all
    }),
    ("scales", "CAR-10", "modules of any number of pixels from 2 on are read", |symbol| {
        [3, 5, 16, 40].map(|scale| encode(&symbol.to_grey(scale))).into()
    }),
    (
        "screenshot",
        "CAR-10",
        "a code is read wherever it stands, whatever surrounds its quiet zone",
        |symbol| {
            let page = page(&symbol.to_grey(5));
            vec![encode(&page), encode(&page.inverted())]
        },
    ),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive(
            "qr-write-tiers",
            WRITE,
            &["CAR-1"],
            "messages of every size tier are drawn in alphanumeric mode, so that no larger version is needed",
            writes_tiers,
        )
        .implies("CAR-11"),
        positive("qr-write-url", WRITE, &["CAR-1"], "a URL is drawn in byte mode", |t| {
            writes(t, URL).map(|_| ())
        }),
        negative(
            "qr-write-limits",
            WRITE,
            CAR_2,
            "the longest and the shortest texts are drawn, one character more or fewer is refused",
            limits,
        ),
        positive(
            "qr-read-tiers",
            READ,
            &["CAR-1"],
            "messages of every size tier are read at every scale",
            reads_tiers,
        ),
        positive("qr-read-url", READ, &["CAR-1"], "a URL is read", |t| reads(t, URL, 2)),
        positive(
            "qr-read-corrected",
            READ,
            &["CAR-1"],
            "a module that was turned over is corrected",
            corrected,
        ),
    ];
    cases.extend(GOOD_PICTURES.map(|(name, requirement, about, variant)| {
        positive(format!("qr-read-{name}"), READ, &[requirement], about, move |t| {
            read(t, requirement, variant)
        })
    }));
    cases.extend(BAD_PICTURES.map(|(name, rule, about, bend)| {
        negative(format!("qr-read-{name}"), READ, rule, about, move |t| refused(t, rule, bend))
    }));
    cases.extend(SIDES.map(|(name, about, most, more)| {
        negative(format!("qr-read-{name}"), READ, CAR_4, about, move |t| sides(t, most, more))
    }));
    cases
}

/// Hexadecimal text of a message of so many bytes.
fn message(t: &mut Trial<'_>, bytes: usize) -> String {
    let random: Vec<u8> = (0..bytes).flat_map(|_| t.random::<1>()).collect();
    hex::encode(&random)
}

pub(super) fn symbol(text: &str) -> Result<Symbol, Stop> {
    Symbol::write(text).map_err(|refusal| Stop::Harness(refusal.to_string()))
}

/// The plainest picture of a symbol.
pub(super) fn png(symbol: &Symbol) -> Vec<u8> {
    encode(&symbol.to_grey(2))
}

fn encode(picture: &Grey) -> Vec<u8> {
    drawing::encode(picture, Pixels::BIT)
}

fn fail(expected: impl Into<String>, got: impl Into<String>) -> Stop {
    trial::fail("CAR-1", expected.into(), got.into())
}

/// What the peer drew must say the text again.
fn writes(t: &mut Trial<'_>, text: &str) -> Result<Symbol, Stop> {
    let party = t.peer_client();
    let QrModules { modules } = t.accepts("CAR-1", &party, &QrWrite { text: text.to_owned() })?.got;
    let Some(symbol) = Symbol::from_rows(&modules) else {
        return Err(fail("a square of 21, 25, …, 177 rows of 0 and 1", format!("{} rows", modules.len())));
    };
    let read = text_of(&symbol).unwrap_or_else(|| "nothing that can be read".into());
    t.same("CAR-1", &read, Some(&text.to_owned()))?;
    Ok(symbol)
}

fn writes_tiers(t: &mut Trial<'_>) -> Result<(), Stop> {
    for bytes in TIERS {
        let text = message(t, bytes);
        let size = writes(t, &text)?.size();
        let most = symbol(&text)?.size();
        if size > most {
            let expected = format!("at most {most} modules a side for {bytes} bytes in alphanumeric mode");
            return Err(fail(expected, format!("{size} modules")));
        }
    }
    Ok(())
}

fn limits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (longest, character) in [(4_296, "A"), (2_953, "a")] {
        let text = |length: usize| QrWrite { text: character.repeat(length) };
        t.refuses_stateless(CAR_2, &party, &text(longest + 1))?;
        t.twin(CAR_2.id, &party, &text(longest))?;
    }
    t.refuses_stateless(CAR_2, &party, &QrWrite { text: String::new() })?;
    ["0", "a"]
        .iter()
        .try_for_each(|text| t.twin(CAR_2.id, &party, &QrWrite { text: (*text).into() }).map(drop))
}

fn reads(t: &mut Trial<'_>, text: &str, scale: usize) -> Result<(), Stop> {
    let party = t.peer_client();
    let question = QrRead { picture: Bytes(encode(&symbol(text)?.to_grey(scale))) };
    let got = t.agrees("CAR-1", &party, &question)?;
    t.same("CAR-1", &got.text, Some(&text.to_owned()))
}

fn reads_tiers(t: &mut Trial<'_>) -> Result<(), Stop> {
    for bytes in TIERS {
        let text = message(t, bytes);
        for scale in [2, 3, 5] {
            reads(t, &text, scale)?;
        }
    }
    Ok(())
}

/// A short text, so that a picture with 64 bits a pixel still fits into a question.
fn read(t: &mut Trial<'_>, requirement: &'static str, variant: Variant) -> Result<(), Stop> {
    let text = message(t, 11);
    let (symbol, party) = (symbol(&text)?, t.peer_client());
    for picture in variant(&symbol) {
        let got = t.agrees(requirement, &party, &QrRead { picture: Bytes(picture) })?;
        t.same(requirement, &got.text, Some(&text))?;
    }
    Ok(())
}

fn corrected(t: &mut Trial<'_>) -> Result<(), Stop> {
    let text = message(t, 100);
    let mut symbol = symbol(&text)?;
    symbol.flip(symbol.size() / 2, symbol.size() / 2);
    let party = t.peer_client();
    let got = t.agrees("CAR-1", &party, &QrRead { picture: Bytes(png(&symbol)) })?;
    t.same("CAR-1", &got.text, Some(&text))
}

fn refused(t: &mut Trial<'_>, rule: Rule, bend: Bend) -> Result<(), Stop> {
    let text = message(t, 23);
    let symbol = symbol(&text)?;
    refused_beside(t, rule, &text, bend(&symbol), png(&symbol))
}

fn sides(t: &mut Trial<'_>, most: [usize; 2], more: [usize; 2]) -> Result<(), Stop> {
    let text = message(t, 23);
    let symbol = symbol(&text)?.to_grey(2);
    let [twin, bad] = [most, more].map(|[width, height]| encode(&on_ground(&symbol, width, height)));
    refused_beside(t, CAR_4, &text, bad, twin)
}

fn refused_beside(
    t: &mut Trial<'_>,
    rule: Rule,
    text: &str,
    bad: Vec<u8>,
    twin: Vec<u8>,
) -> Result<(), Stop> {
    let party = t.peer_client();
    t.refuses_stateless(rule, &party, &QrRead { picture: Bytes(bad) })?;
    let both = t.twin(rule.id, &party, &QrRead { picture: Bytes(twin) })?;
    t.same(rule.id, &both.got.text, Some(&text.to_owned()))
}

fn cut(png: &[u8], length: usize) -> Vec<u8> {
    png.get(..length).unwrap_or_default().to_vec()
}

/// Other bytes where the pixels stand, packed, under a right checksum.
fn with_pixels(png: &[u8], bend: impl Fn(&mut [u8])) -> Vec<u8> {
    const START: usize = 37;
    let mut png = png.to_vec();
    let length = png.get(START - 4..START).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let end = START + 4 + length.map_or(0, |length| length as usize);
    let Some((chunk, [a, b, c, d, ..])) =
        png.get_mut(START..).and_then(|rest| rest.split_at_mut_checked(end - START))
    else {
        return png;
    };
    chunk.get_mut(4..).into_iter().for_each(&bend);
    let mut sum = Crc::new();
    sum.update(chunk);
    [*a, *b, *c, *d] = sum.sum().to_be_bytes();
    png
}

/// The same with another header (width, height, depth, colour type, 0, 0, interlaced) and its right checksum.
fn with_header(png: &[u8], bend: impl Fn(&mut [u8; 13])) -> Vec<u8> {
    with_first_chunk(png, |chunk| chunk.last_chunk_mut().into_iter().for_each(&bend))
}

/// The same with another type and content of its first chunk, and the right checksum.
fn with_first_chunk(png: &[u8], bend: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut png = png.to_vec();
    let Some([chunk @ .., a, b, c, d]) = png.get_mut(12..33) else { return png };
    bend(chunk);
    let mut sum = Crc::new();
    sum.update(chunk);
    [*a, *b, *c, *d] = sum.sum().to_be_bytes();
    png
}

/// More turned over than any level corrects.
fn damaged(symbol: &Symbol) -> Symbol {
    let mut symbol = symbol.clone();
    for y in 9..symbol.size().saturating_sub(9) {
        for x in 9..symbol.size().saturating_sub(9) {
            symbol.flip(x, y);
        }
    }
    symbol
}

/// The picture in the lower right corner of a white one of these sides.
fn on_ground(picture: &Grey, width: usize, height: usize) -> Grey {
    let mut ground = Grey { width, height, pixels: vec![255; width * height] };
    let rows = picture.pixels.chunks(picture.width.max(1)).rev();
    for (to, from) in ground.pixels.chunks_mut(width.max(1)).rev().zip(rows) {
        to.iter_mut().rev().zip(from.iter().rev()).for_each(|(to, from)| *to = *from);
    }
    ground
}

/// Two pictures of the same height in one.
fn beside(left: &Grey, right: &Grey) -> Grey {
    Grey::drawn(left.width + right.width, left.height, |x, y| match x.checked_sub(left.width) {
        None => left.at(x, y),
        Some(x) => right.at(x, y),
    })
}

/// A code on a page with stripes, a chequered field and something that looks like a corner of a code.
fn page(code: &Grey) -> Grey {
    let (left, top) = (61, 87);
    Grey::drawn(left + code.width + 100, top + code.height + 33, |x, y| {
        let ring = (x / 4).abs_diff(10).max((y / 4).abs_diff(10));
        let dark = match (x.checked_sub(left), y.checked_sub(top)) {
            (Some(x), Some(y)) if x < code.width && y < code.height => code.is_dark(x, y),
            (Some(x), _) if x > code.width => (x / 3 + y / 3) % 2 == 0,
            (_, Some(_)) => y % 7 < 2,
            _ => matches!(ring, 0 | 1 | 3),
        };
        if dark { 0 } else { 255 }
    })
}
