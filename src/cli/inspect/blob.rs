//! A BLOB: what can be seen of it without its key.

use std::fmt::Write as _;

use super::{Table, Wrong};
use crate::crypto::gcm::{NONCE_LENGTH, TAG_LENGTH};
use crate::license::blob::{MAX_LENGTH, OVERHEAD, from_text};

/// Of an application's content, without hashes.
const TRACK: usize = 50;
/// Of a hash in it.
const HASH: usize = 8;

pub(super) fn is_one(text: &str) -> bool {
    let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_blob =
        |bytes: Vec<u8>| bytes.first() == Some(&1) && (OVERHEAD..=MAX_LENGTH).contains(&bytes.len());
    !is_hexadecimal && from_text(text).is_ok_and(is_blob)
}

pub(super) fn explain(out: &mut String, text: &str) -> Result<(), Wrong> {
    let bytes = from_text(text)?;
    let content = bytes.len().saturating_sub(OVERHEAD);
    let _ = writeln!(out, "BLOB, {} bytes", bytes.len());
    let mut table = Table::new(out, &bytes);
    table.row(0, 1, "version         1");
    table.row(1, NONCE_LENGTH, "nonce");
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
    table.row(1 + NONCE_LENGTH, content, &format!("ciphertext      {content} bytes{what}"));
    table.row(1 + NONCE_LENGTH + content, TAG_LENGTH, "tag");
    out.push_str("whose it is and what it says, only the storage key tells\n");
    Ok(())
}
