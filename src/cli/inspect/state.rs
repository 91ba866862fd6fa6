//! What a client or a server writes to its storage, as far as it is in clear.

use super::explained::{Explained, Field};
use super::table::is_mostly_hexadecimal;
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

pub(super) fn explain(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let bytes = hex::decode(text).map_err(Wrong::in_hex)?;
    let Some((_, what, shortest, too_short, unknown)) = of(text) else { return Ok(()) };
    out.part_of(format!("{what}, {} bytes", bytes.len()), &bytes);
    if bytes.len() < *shortest {
        return Err(Wrong::by(*too_short, format!("wrong: {} bytes, of at least {shortest}", bytes.len())));
    }
    out.at(0, 3, Field::new("what it is", ""));
    let version = bytes.get(3).copied().unwrap_or(0);
    out.at(3, 1, Field::new("version", version.to_string()));
    if version != 1 {
        return Err(Wrong::by(*unknown, format!("wrong: version {version}")).at_byte(3));
    }
    let end = bytes.len() - 16;
    out.at(4, 12, Field::new("nonce", ""));
    if *shortest == 51 {
        let kind = bytes.get(32).copied().unwrap_or(0);
        let accounts = bytes.get(33..35).and_then(|count| Some(u16::from_be_bytes(count.try_into().ok()?)));
        out.at(16, 16, Field::new("installation salt", ""));
        out.at(32, 1, Field::new("device type", kind.to_string()));
        out.at(33, 2, Field::new("accounts", accounts.unwrap_or(0).to_string()));
        out.at(35, end - 35, Field::new("the accounts; their keys are sealed under the platform's key", ""));
        out.at(end, 16, Field::new("MAC, under the platform's key", ""));
    } else {
        out.at(16, end - 16, Field::new("encrypted: all else", ""));
        out.at(end, 16, Field::new("tag", ""));
    }
    Ok(())
}
