//! Charsets and the characters that are refused: REQ-7 to REQ-10, the table of section 13 as the text has it.

use std::sync::OnceLock;

use super::{Verdict, must};
use harness::spec;

/// The text of bytes in charset 0 or 1: REQ-7, then REQ-9.
pub fn text(bytes: &[u8], charset: u8) -> Verdict<String> {
    let text = if charset == 0 { utf8(bytes).ok_or("REQ-7")? } else { bytes.iter().map(latin_9).collect() };
    must(text.chars().all(is_displayable), "REQ-9")?;
    Ok(text)
}

/// The character of a byte in ISO-8859-15 (REQ-8).
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
    static TABLE: OnceLock<[char; 256]> = OnceLock::new();
    let table = TABLE.get_or_init(|| std::array::from_fn(|byte| latin_9(&(byte as u8))));
    match table.get(u32::from(c) as usize) {
        Some(same) if *same == c => Some(c as u8),
        _ => table.iter().position(|other| *other == c).map(|byte| byte as u8),
    }
}

/// UTF-8 by the table of RFC 3629 section 4.
pub(super) fn utf8(bytes: &[u8]) -> Option<String> {
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

/// REQ-9, by the table of section 13, a code point at a time.
pub fn is_displayable(c: char) -> bool {
    static TABLE: OnceLock<Vec<bool>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table = vec![true; 0x11_0000];
        refused().iter().for_each(|(first, last)| table[*first as usize..=*last as usize].fill(false));
        table
    });
    table[u32::from(c) as usize]
}

/// The ranges of the table of section 13, as SPEC.md has it.
pub fn refused() -> &'static [(u32, u32)] {
    spec::refused_characters()
}
