//! Carriers: what a peer writes is read by the reference's reader, what it reads was drawn by the reference.

use super::super::operations::{QrModules, QrRead, QrWrite};
use super::super::protocol::Bytes;
use super::super::trial::{Failure, Stop, Trial};
use super::{Case, Role, negative, positive};
use crate::carrier::picture::{self, Grey, Pixels};
use crate::carrier::symbol::Symbol;
use crate::rule::{CAR_2, CAR_3};
use crate::text::hex;

const WRITE: Role = Role::Primitive("qr.write");
const READ: Role = Role::Primitive("qr.read");

/// Bytes of the published size tiers, of the shortest message and of the longest that a gateway carries.
const TIERS: [usize; 6] = [23, 100, 199, 351, 535, 2_101];

/// A caller's URL: characters that alphanumeric mode does not have.
const URL: &str =
    "dpnopin://app2app_secure_channel?x-success=a%253Ab&x-error=a%253Ab&x-cancel=a%253Ab&secure_message=00";

/// What a picture must not be.
type Bend = fn(&Symbol) -> Vec<u8>;

const BAD_PICTURES: [(&str, Bend); 8] = [
    ("empty", |_| Vec::new()),
    ("no-png", |_| b"GIF89a".to_vec()),
    ("cut", |symbol| cut(&png(symbol, 3))),
    ("blank", |_| picture::encode(&blank(64), Pixels::Bit)),
    ("noise", |_| picture::encode(&noise(64), Pixels::Bit)),
    ("damaged", |symbol| png(&damaged(symbol), 3)),
    ("half", |symbol| picture::encode(&half(&symbol.to_grey(3)), Pixels::Bit)),
    ("two-codes", |symbol| picture::encode(&beside(&symbol.to_grey(3), &symbol.to_grey(3)), Pixels::Bit)),
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
        ),
        positive("qr-write-url", WRITE, &["CAR-1"], "a URL is drawn in byte mode", |t| {
            writes(t, URL).map(|_| ())
        }),
        negative(
            "qr-write-limits",
            WRITE,
            CAR_2,
            "the longest texts are drawn, one character more is refused",
            limits,
        ),
        positive(
            "qr-read-tiers",
            READ,
            &["CAR-1"],
            "messages of every size tier are read at every scale",
            reads_tiers,
        ),
        positive(
            "qr-read-colours",
            READ,
            &["CAR-3"],
            "grey, palette, colours, and black on nothing are read alike",
            colours,
        ),
        positive("qr-read-url", READ, &["CAR-1"], "a URL is read", |t| reads(t, URL, 3)),
        positive(
            "qr-read-corrected",
            READ,
            &["CAR-1"],
            "a module that was turned over is corrected",
            corrected,
        ),
    ];
    cases.extend(BAD_PICTURES.map(|(name, bend)| {
        let about = format!("{name}: a picture without exactly one readable code is refused");
        negative(format!("qr-read-{name}"), READ, CAR_3, about, move |t| refused(t, bend))
    }));
    cases
}

/// Hexadecimal text of a message of so many bytes.
fn message(t: &mut Trial<'_>, bytes: usize) -> String {
    let random: Vec<u8> = (0..bytes).flat_map(|_| t.random::<1>()).collect();
    hex::encode(&random)
}

fn symbol(text: &str) -> Result<Symbol, Stop> {
    Symbol::write(text).map_err(|refusal| Stop::Harness(refusal.to_string()))
}

fn png(symbol: &Symbol, scale: usize) -> Vec<u8> {
    picture::encode(&symbol.to_grey(scale), Pixels::Bit)
}

fn fail(expected: impl Into<String>, got: impl Into<String>) -> Stop {
    Stop::Fail(Failure { requirement: "CAR-1", expected: expected.into(), got: got.into() })
}

/// What the peer drew must say the text again.
fn writes(t: &mut Trial<'_>, text: &str) -> Result<Symbol, Stop> {
    let party = t.peer_client();
    let QrModules { modules } = t.accepts("CAR-1", &party, &QrWrite { text: text.to_owned() })?.got;
    let Some(symbol) = Symbol::from_rows(&modules) else {
        return Err(fail("a square of 21, 25, …, 177 rows of 0 and 1", format!("{} rows", modules.len())));
    };
    let read = picture::text_of(&symbol).unwrap_or_else(|| "nothing that can be read".into());
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
    t.refuses_stateless(CAR_2, &party, &QrWrite { text: String::new() })
}

fn reads(t: &mut Trial<'_>, text: &str, scale: usize) -> Result<(), Stop> {
    let party = t.peer_client();
    let question = QrRead { picture: Bytes(png(&symbol(text)?, scale)) };
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

fn colours(t: &mut Trial<'_>) -> Result<(), Stop> {
    let text = message(t, 100);
    let (grey, party) = (symbol(&text)?.to_grey(3), t.peer_client());
    for pixels in Pixels::ALL {
        let got = t.agrees("CAR-3", &party, &QrRead { picture: Bytes(picture::encode(&grey, pixels)) })?;
        t.same("CAR-3", &got.text, Some(&text))?;
    }
    Ok(())
}

fn corrected(t: &mut Trial<'_>) -> Result<(), Stop> {
    let text = message(t, 100);
    let mut symbol = symbol(&text)?;
    symbol.flip(symbol.size() / 2, symbol.size() / 2);
    let party = t.peer_client();
    let got = t.agrees("CAR-1", &party, &QrRead { picture: Bytes(png(&symbol, 3)) })?;
    t.same("CAR-1", &got.text, Some(&text))
}

fn refused(t: &mut Trial<'_>, bend: Bend) -> Result<(), Stop> {
    let text = message(t, 100);
    let symbol = symbol(&text)?;
    let party = t.peer_client();
    t.refuses_stateless(CAR_3, &party, &QrRead { picture: Bytes(bend(&symbol)) })?;
    let both = t.twin(CAR_3.id, &party, &QrRead { picture: Bytes(png(&symbol, 3)) })?;
    t.same(CAR_3.id, &both.got.text, Some(&text))
}

fn cut(png: &[u8]) -> Vec<u8> {
    png.get(..png.len() / 2).unwrap_or_default().to_vec()
}

fn blank(side: usize) -> Grey {
    Grey { width: side, height: side, pixels: vec![255; side * side] }
}

fn noise(side: usize) -> Grey {
    let pixels = (0..side * side).map(|i| if i * 7_919 % 13 < 6 { 0 } else { 255 }).collect();
    Grey { width: side, height: side, pixels }
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

/// The upper half.
fn half(whole: &Grey) -> Grey {
    let height = whole.height / 2;
    let pixels = whole.pixels.iter().copied().take(whole.width * height).collect();
    Grey { width: whole.width, height, pixels }
}

/// Two pictures of the same height in one.
fn beside(left: &Grey, right: &Grey) -> Grey {
    let rows = left.pixels.chunks(left.width.max(1)).zip(right.pixels.chunks(right.width.max(1)));
    let pixels = rows.flat_map(|(left, right)| [left, right].concat()).collect();
    Grey { width: left.width + right.width, height: left.height, pixels }
}
