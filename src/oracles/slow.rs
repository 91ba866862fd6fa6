//! A second decoder, slow and written from SPEC.md alone: index by index, bit by bit, its tables read from the
//! text where it has some. It shares nothing with [`crate::wire`] and [`crate::text`], and answers with the
//! requirement that refuses, so that both decoders must agree on more than yes or no.

use std::sync::OnceLock;

use crate::harness::spec;

/// The requirement that refuses.
pub type Verdict<T> = Result<T, &'static str>;

fn must(holds: bool, requirement: &'static str) -> Verdict<()> {
    if holds { Ok(()) } else { Err(requirement) }
}

/// Bits `from..from + count` of `bytes`, most significant first.
fn bits(bytes: &[u8], from: usize, count: usize) -> u64 {
    (from..from + count).fold(0, |sum, at| sum * 2 + u64::from(bytes[at / 8] >> (7 - at % 8) & 1))
}

/// CNV-3.
pub fn hex(text: &str) -> Verdict<Vec<u8>> {
    must(text.chars().all(|c| "0123456789ABCDEFabcdef".contains(c)), "CNV-3")?;
    must(text.len().is_multiple_of(2), "CNV-3")?;
    Ok((0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect())
}

/// A frame's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The number of the type.
    pub kind: u8,
    /// The number of the protection.
    pub protection: u8,
    /// As text.
    pub serial: String,
    /// As sent.
    pub nonce: [u8; 8],
    /// As sent.
    pub header: [u8; 15],
    /// As sent.
    pub body: Vec<u8>,
    /// As sent.
    pub tag: [u8; 8],
}

impl Frame {
    /// Last 4 bytes of the nonce.
    pub fn counter(&self) -> u32 {
        u32::try_from(bits(&self.nonce, 32, 32)).unwrap()
    }

    /// First 4 bytes of the nonce.
    pub fn time(&self) -> u32 {
        u32::try_from(bits(&self.nonce, 0, 32)).unwrap()
    }
}

/// FRM-2 to FRM-10, SER-2, SER-3.
pub fn frame(bytes: &[u8], is_gateway: bool) -> Verdict<Frame> {
    let length = bytes.len();
    must(length >= 23, "FRM-2")?;
    match is_gateway {
        false => must(length <= 535, "FRM-3")?,
        true => must(length <= 2101, "FRM-4")?,
    }
    must(bits(bytes, 0, 4) == 0, "FRM-5")?;
    let (kind, protection) = (bits(bytes, 4, 6), bits(bytes, 10, 6));
    must([0, 1, 2, 3, 4, 0x24].contains(&kind), "FRM-6")?;
    must(kind != 4, "FRM-7")?;
    must(protection <= 2, "FRM-8")?;
    must(kind != 0 || protection == 0, "FRM-9")?;
    must(kind == 0 || protection != 0, "FRM-10")?;
    Ok(Frame {
        kind: kind as u8,
        protection: protection as u8,
        serial: serial(bits(bytes, 16, 16), bits(bytes, 32, 24))?,
        nonce: bytes[7..15].try_into().unwrap(),
        header: bytes[..15].try_into().unwrap(),
        body: bytes[15..length - 8].to_vec(),
        tag: bytes[length - 8..].try_into().unwrap(),
    })
}

fn prefix(p: u64) -> Option<String> {
    let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".as_bytes();
    let character = |digit: u64| digits.get(digit as usize).map(|byte| char::from(*byte));
    [p / 1600, p / 40 % 40, p % 40]
        .into_iter()
        .map(character)
        .collect::<Option<String>>()
        .filter(|_| p < 64000)
}

fn serial(p: u64, s: u64) -> Verdict<String> {
    let prefix = prefix(p).ok_or("SER-2")?;
    must(s <= 9_999_999, "SER-3")?;
    Ok(format!("{prefix}{s:07}"))
}

/// What AM1 says: challenge, time, wrapped key, protections and post-activation index, static vector.
pub type Activation1 = (Option<[u8; 8]>, u32, [u8; 24], [u8; 3], Option<Vec<u8>>);

/// AM1-3 to AM1-6.
pub fn activation1(body: &[u8], nonce: [u8; 8]) -> Verdict<Activation1> {
    must(body.len() >= 31, "AM1-3")?;
    let flags = body[0];
    must((flags & 2 != 0) == (body.len() > 31), "AM1-3")?;
    must(flags <= 3, "AM1-4")?;
    must((flags & 1 != 0) == nonce.iter().any(|byte| *byte != 0), "AM1-5")?;
    let policy = [bits(body, 29 * 8, 6), bits(body, 29 * 8 + 6, 6), bits(body, 29 * 8 + 12, 3) + 1];
    let agreed = (1..=2).contains(&policy[0]) && (1..=2).contains(&policy[1]);
    must(agreed && body[30].is_multiple_of(2), "AM1-6")?;
    Ok((
        (flags & 1 != 0).then_some(nonce),
        bits(body, 8, 32) as u32,
        body[5..29].try_into().unwrap(),
        policy.map(|bits| bits as u8),
        (flags & 2 != 0).then(|| body[31..].to_vec()),
    ))
}

/// AM2-8: sequence number, payload key, instance salt.
pub fn activation2(body: &[u8]) -> Verdict<(u8, Option<[u8; 16]>, [u8; 13])> {
    must(body.len() == 31, "AM2-8")?;
    must(body[0] >= 1 && body[0] <= 99, "AM2-8")?;
    must(body[1] == 1 || body[1] == 0 && body[2..18] == [0; 16], "AM2-8")?;
    let key = body[2..18].try_into().unwrap();
    Ok((body[0], (body[1] == 1).then_some(key), body[18..].try_into().unwrap()))
}

/// CNV-4, CNV-5 the other way round: the digit that makes the whole number check, P + digit = 1 (mod base).
pub fn check_digit(digits: &str, base: u32) -> char {
    let mut p = base;
    for c in digits.chars() {
        let mut s = p + c.to_digit(base).unwrap();
        while s > base {
            s -= base;
        }
        p = 2 * s % (base + 1);
    }
    let digit = (0..base).find(|digit| (p + digit) % base == 1).unwrap();
    "0123456789ABCDEF".chars().nth(digit as usize).unwrap()
}

/// DVC-4 to DVC-7: device type, device id, MAC.
pub fn device_code(text: &str) -> Verdict<(u8, u64, u64)> {
    must(text.chars().all(|c| "0123456789".contains(c)) && text.chars().count() == 26, "DVC-4")?;
    must(text.ends_with(check_digit(&text[..25], 10)), "DVC-5")?;
    let n = text[..25].bytes().fold(0u128, |n, byte| n * 10 + u128::from(byte - 48));
    let (mac, rest) = (n % (1 << 36), n / (1 << 36));
    let (id, kind) = (rest % (1 << 40), rest / (1 << 40));
    must(kind < 128, "DVC-6")?;
    must(kind <= 99, "DVC-7")?;
    Ok((kind as u8, id as u64, mac as u64))
}

/// An application of a static vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Index, flags, mode, algorithm, factor.
    pub head: [u8; 5],
    /// Seconds per step.
    pub step: u16,
    /// Of a response.
    pub length: u8,
    /// Name.
    pub name: [u8; 10],
    /// Data fields.
    pub fields: Vec<(u8, u8)>,
}

impl Application {
    /// CLI-10, REQ-12; without the Secure Channel AM1-9.
    pub fn signs(&self, over_channel: bool) -> bool {
        let [_, flags, mode, ..] = self.head;
        flags & 1 != 0 && (mode == 3 || mode == 4) && (!over_channel || flags & 2 != 0)
    }
}

/// A static vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    /// Three characters.
    pub prefix: String,
    /// Master key.
    pub master: [u8; 16],
    /// Password rules.
    pub password: [u8; 5],
    /// Platform binding.
    pub binding: u8,
    /// Applications.
    pub applications: Vec<Application>,
}

impl Vector {
    /// The application with this index.
    pub fn application(&self, index: u8) -> Option<&Application> {
        self.applications.iter().find(|application| application.head[0] == index)
    }
}

/// STV-1 to STV-5.
pub fn static_vector(bytes: &[u8]) -> Verdict<Vector> {
    must(bytes.len() <= 481, "STV-2")?;
    must(bytes.len() >= 4 && bytes[..2] == [0x38, 0x08], "STV-1")?;
    must(bits(bytes, 16, 16) as usize == bytes.len() - 4, "STV-1")?;
    let mut vector =
        Vector { prefix: String::new(), master: [0; 16], password: [0; 5], binding: 0, applications: vec![] };
    let (mut at, mut number) = (4, 0);
    while at < bytes.len() {
        must(at + 2 <= bytes.len(), "STV-3")?;
        let (tag, length) = (bytes[at], usize::from(bytes[at + 1]));
        must(at + 2 + length <= bytes.len(), "STV-3")?;
        let value = &bytes[at + 2..at + 2 + length];
        must(tag == if number < 4 { number + 1 } else { 0x10 }, "STV-4")?;
        let wanted = [2, 16, 5, 1].get(usize::from(number));
        must(wanted.is_none_or(|wanted| *wanted == length), "STV-3")?;
        match number {
            0 => vector.prefix = prefix(bits(value, 0, 16)).ok_or("STV-5")?,
            1 => vector.master = value.try_into().unwrap(),
            2 => {
                let [required, minimum, maximum, tries, weak] = value.try_into().unwrap();
                let lengths = 1 <= minimum && minimum <= maximum && maximum <= 64;
                must(required <= 1 && lengths && (1..=99).contains(&tries) && weak <= 1, "STV-5")?;
                vector.password = value.try_into().unwrap();
            }
            3 => {
                must(value[0] <= 1, "STV-5")?;
                vector.binding = value[0];
            }
            _ => {
                let application = application(value)?;
                let before = vector.applications.last().map_or(0, |application| application.head[0]);
                must(application.head[0] > before, "STV-4")?;
                vector.applications.push(application);
            }
        }
        (at, number) = (at + 2 + length, (number + 1).min(4));
    }
    must(!vector.applications.is_empty(), "STV-4")?;
    Ok(vector)
}

fn application(value: &[u8]) -> Verdict<Application> {
    must(value.len() >= 19, "STV-3")?;
    let k = usize::from(value[18]);
    must(k <= 8, "STV-5")?;
    must(value.len() == 19 + 2 * k, "STV-3")?;
    let head: [u8; 5] = value[..5].try_into().unwrap();
    let (step, length) = (u16::from_be_bytes([value[5], value[6]]), value[7]);
    let name: [u8; 10] = value[8..18].try_into().unwrap();
    let fields: Vec<(u8, u8)> = (0..k).map(|i| (value[19 + 2 * i], value[20 + 2 * i])).collect();

    let [index, flags, mode, algorithm, factor] = head;
    let numbers = (1..=8).contains(&index) && flags < 16 && (1..=5).contains(&mode) && algorithm == 1;
    let moves = (1..=3).contains(&factor) && (factor == 2) == (step == 0);
    let name_ok = name[0] != b' '
        && name.iter().all(|byte| b" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".contains(byte))
        && name.windows(2).all(|pair| pair[0] != b' ' || pair[1] == b' ');
    let fields_ok = fields.iter().all(|(minimum, maximum)| minimum <= maximum && (1..=64).contains(maximum));
    must(numbers && moves && (6..=16).contains(&length) && name_ok && fields_ok, "STV-5")?;
    Ok(Application { head, step, length, name, fields })
}

/// A request: control fields (minimum version, PIN, template, charset, application), title, items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// 0..=3.
    pub minimum_version: u8,
    /// Whether a cached unlock is not enough.
    pub require_pin: bool,
    /// 0..=15.
    pub template: u8,
    /// 0 or 1.
    pub charset: u8,
    /// 1..=8.
    pub application: u8,
    /// May be empty.
    pub title: String,
    /// Keys and values.
    pub items: Vec<(String, String)>,
}

/// REQ-2 to REQ-7, REQ-9, left to right.
pub fn request(body: &[u8]) -> Verdict<Request> {
    must(body.len() >= 2 && body[1].is_multiple_of(2), "REQ-2")?;
    let charset = bits(body, 7, 3) as u8;
    must(charset <= 1, "REQ-3")?;
    must(bits(body, 10, 2) == 0, "REQ-4")?;
    let mut at = 2;
    let title = string(body, &mut at, charset)?;
    let count = *body.get(at).ok_or("REQ-5")?;
    must((1..=16).contains(&count), "REQ-6")?;
    at += 1;
    let mut items = Vec::new();
    for _ in 0..count {
        let key = string(body, &mut at, charset)?;
        must(!key.is_empty(), "REQ-6")?;
        items.push((key, string(body, &mut at, charset)?));
    }
    must(at == body.len(), "REQ-5")?;
    Ok(Request {
        minimum_version: bits(body, 0, 2) as u8,
        require_pin: bits(body, 2, 1) == 1,
        template: bits(body, 3, 4) as u8,
        charset,
        application: bits(body, 12, 3) as u8 + 1,
        title,
        items,
    })
}

fn string(body: &[u8], at: &mut usize, charset: u8) -> Verdict<String> {
    let length = usize::from(*body.get(*at).ok_or("REQ-5")?);
    let bytes = body.get(*at + 1..*at + 1 + length).ok_or("REQ-5")?;
    *at += 1 + length;
    text(bytes, charset)
}

/// The text of bytes in charset 0 or 1: REQ-7, then REQ-9.
pub fn text(bytes: &[u8], charset: u8) -> Verdict<String> {
    let text = if charset == 0 { utf8(bytes).ok_or("REQ-7")? } else { bytes.iter().map(latin_9).collect() };
    must(text.chars().all(is_displayable), "REQ-9")?;
    Ok(text)
}

/// REQ-8.
fn latin_9(byte: &u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        other => char::from(*other),
    }
}

/// The byte of a character in ISO-8859-15, by search.
pub fn latin_9_byte(c: char) -> Option<u8> {
    (0..=255).find(|byte| latin_9(byte) == c)
}

/// UTF-8 by the table of RFC 3629 section 4.
fn utf8(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut rest = bytes;
    while let Some(first) = rest.first() {
        let (length, value, least) = match first {
            0x00..=0x7F => (1, u32::from(*first), 0),
            0xC0..=0xDF => (2, u32::from(first - 0xC0), 0x80),
            0xE0..=0xEF => (3, u32::from(first - 0xE0), 0x800),
            0xF0..=0xF7 => (4, u32::from(first - 0xF0), 0x10000),
            _ => return None,
        };
        let mut code = value;
        for tail in rest.get(1..length)? {
            code = code * 64 + u32::from(*tail & 0x3F);
            (tail & 0xC0 == 0x80).then_some(())?;
        }
        let is_character = code >= least && code <= 0x10FFFF && !(0xD800..=0xDFFF).contains(&code);
        text.push(char::from_u32(code).filter(|_| is_character)?);
        rest = rest.get(length..)?;
    }
    Some(text)
}

/// REQ-9, by the table of section 13.
pub fn is_displayable(c: char) -> bool {
    let code = u32::from(c);
    code % 0x10000 < 0xFFFE && !refused().iter().any(|(first, last)| (*first..=*last).contains(&code))
}

/// The ranges of the table of section 13, as SPEC.md has it.
pub fn refused() -> &'static [(u32, u32)] {
    static TABLE: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let section = spec::TEXT.split("Refused characters (REQ-9)").nth(1).unwrap();
        let rows = section.split("\n\n").nth(1).unwrap().lines().skip(2);
        let cells = rows.flat_map(|row| row.split('|').nth(1).unwrap().split(',')).map(str::trim);
        let ranges = cells.filter_map(|cell| {
            let (first, last) = cell.split_once('-').unwrap_or((cell, cell));
            Some((u32::from_str_radix(first, 16).ok()?, u32::from_str_radix(last, 16).ok()?))
        });
        let ranges: Vec<_> = ranges.collect();
        assert!(ranges.len() > 20 && ranges.contains(&(0xFFF0, 0xFFFB)), "SPEC.md section 13 as expected");
        ranges
    })
}
