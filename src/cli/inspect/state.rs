//! What a client or a server writes to its storage, as far as it is in clear.

use std::fmt::Write as _;

use super::table::{Table, is_mostly_hexadecimal};
use super::wrong::Wrong;
use channel::rule::{CST_4, CST_5, Rule, SDL_31, SDL_32};
use channel::text::hex;

/// The first three bytes, what they begin, the shortest length, and who refuses another beginning or version.
const STATES: [(&str, &str, usize, Rule, Rule); 3] = [
    ("435043", "state of a client (CPC)", 51, CST_4, CST_5),
    ("435044", "state of a single-device client (CPD)", 33, SDL_31, SDL_32),
    ("43504C", "state of a single-device license, of its server (CPL)", 33, SDL_31, SDL_32),
];

fn of(text: &str) -> Option<&'static (&'static str, &'static str, usize, Rule, Rule)> {
    let begins = text.get(..6)?;
    STATES.iter().find(|(magic, ..)| begins.eq_ignore_ascii_case(magic))
}

pub(super) fn is_one(text: &str) -> bool {
    of(text).is_some() && is_mostly_hexadecimal(text)
}

pub(super) fn explain(out: &mut String, text: &str) -> Result<(), Wrong> {
    let bytes = hex::decode(text).map_err(Wrong::in_text)?;
    let Some((_, what, shortest, too_short, unknown)) = of(text) else { return Ok(()) };
    let _ = writeln!(out, "{what}, {} bytes", bytes.len());
    if bytes.len() < *shortest {
        let words = format!("wrong: {} bytes, of at least {shortest}", bytes.len());
        return Err(Wrong { words, requirement: too_short.id, at: None });
    }
    let version = bytes.get(3).copied().unwrap_or(0);
    if version != 1 {
        return Err(Wrong {
            words: format!("wrong: version {version}"),
            requirement: unknown.id,
            at: Some(6),
        });
    }
    let end = bytes.len() - 16;
    let mut table = Table::new(out, &bytes);
    table.row(0, 3, "what it is");
    table.row(3, 1, "version");
    table.row(4, 12, "nonce");
    if *shortest == 51 {
        table.row(16, 16, "installation salt");
        table.row(32, 1, &format!("device type     {}", bytes.get(32).copied().unwrap_or(0)));
        let count =
            bytes.get(33..35).map_or(0, |count| count.iter().fold(0, |n, byte| n << 8 | usize::from(*byte)));
        table.row(33, 2, &format!("accounts        {count}"));
        table.row(35, end - 35, "the accounts; their keys are sealed under the platform's key");
        table.row(end, 16, "MAC, under the platform's key");
    } else {
        table.row(16, end - 16, "encrypted: all else");
        table.row(end, 16, "tag");
    }
    Ok(())
}
