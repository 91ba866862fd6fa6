//! A BLOB: what can be seen of it without its key.

use super::explained::{Explained, Field};
use super::table::is_mostly_hexadecimal;
use super::wrong::Wrong;
use channel::crypto::gcm::{NONCE_LENGTH, TAG_LENGTH};
use channel::license::blob::{MAX_LENGTH, OVERHEAD, from_text};

/// Where the nonce begins.
const NONCE: usize = 5;
/// Of an application's content, without hashes.
const TRACK: usize = 50;
/// Of a hash in it.
const HASH: usize = 8;

pub(super) fn is_one(text: &str) -> bool {
    let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_blob =
        |bytes: Vec<u8>| bytes.first() == Some(&2) && (OVERHEAD..=MAX_LENGTH).contains(&bytes.len());
    !is_hexadecimal && from_text(text).map_or_else(|_| is_nearly_one(text), is_blob)
}

/// Whether a text that is not base64 looks like a BLOB all the same: of a length that one has, begins as one whose first
/// byte is 2, and has few foreign characters, none of them a blank.
fn is_nearly_one(text: &str) -> bool {
    let begins = matches!(text.as_bytes(), [b'A', b'g'..=b'v', ..]);
    let foreign = text.chars().filter(|c| !c.is_ascii_alphanumeric() && !"+/=".contains(*c)).count();
    let length = text.chars().count();
    begins && length >= 40 && foreign * 4 <= length && !text.contains(' ') && !is_mostly_hexadecimal(text)
}

pub(super) fn explain(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let bytes = from_text(text).map_err(Wrong::in_text)?;
    let content = bytes.len().saturating_sub(OVERHEAD);
    out.part_of(format!("BLOB, {} bytes", bytes.len()), &bytes);
    out.at(0, 1, Field::new("version", "2"));
    let generation = bytes.get(1..NONCE).and_then(|bytes| bytes.try_into().ok());
    let generation = generation.map_or(0, u32::from_be_bytes);
    out.at(1, NONCE - 1, Field::new("generation", generation.to_string()));
    out.at(NONCE, NONCE_LENGTH, Field::new("nonce", ""));
    let what = match content {
        16 => ": a license key or a payload key has this length".into(),
        length
            if length >= TRACK && (length - TRACK).is_multiple_of(HASH) && (length - TRACK) / HASH <= 12 =>
        {
            let hashes = (length - TRACK) / HASH;
            format!(": an application that remembers {hashes} signatures over fields has this length")
        }
        _ => String::new(),
    };
    let ciphertext = Field::new("ciphertext", format!("{content} bytes{what}"));
    out.at(NONCE + NONCE_LENGTH, content, ciphertext);
    out.at(NONCE + NONCE_LENGTH + content, TAG_LENGTH, Field::new("tag", ""));
    out.note("whose it is and what it says, only the storage key tells");
    Ok(())
}
