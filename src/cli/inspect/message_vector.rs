//! A message vector: each number with its unit.

use super::explained::Explained;
use super::table::is_mostly_hexadecimal;
use super::wrong::Wrong;
use channel::check_digit::{Radix, check_digit};
use channel::wire::message_vector::{LENGTH, MessageVector};

pub(super) fn is_one(text: &str) -> bool {
    text.chars().count() == LENGTH
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && is_mostly_hexadecimal(text)
}

pub(super) fn explain(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let digits = text.get(..LENGTH - 1).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    match digits {
        Some(digits) => {
            let check = check_digit(digits, Radix::Hexadecimal);
            out.part(format!("message vector, 25 digits and the check digit {check}"));
        }
        None => out.part("message vector"),
    }
    let vector = MessageVector::decode(text).map_err(|refusal| match refusal.found {
        channel::error::Found::Offset(_) => Wrong::in_bytes(refusal),
        _ => Wrong::in_text(refusal),
    })?;
    numbers(out, &vector);
    Ok(())
}

/// A field for each number.
pub(super) fn numbers(out: &mut Explained, vector: &MessageVector) {
    let MessageVector { policy, windows, .. } = vector;
    let steps = |window: u16| format!("{window} time steps, {} on each side", window / 2);
    let rows = [
        ("protection of activation message 2", policy.activation.number().to_string()),
        ("protection of what follows it", policy.messages.number().to_string()),
        ("confirmed with application", policy.post_activation.to_string()),
        ("a device code is accepted for", format!("{} days", vector.activation_validity_days)),
        ("a message is accepted for", format!("{} seconds", vector.message_age_limit_s)),
        ("wrong device codes until it is over", vector.code_tries.to_string()),
        ("wrong signatures until it is locked", vector.signature_tries.to_string()),
        ("window for identification", steps(windows.identification)),
        ("window for signatures", steps(windows.signature)),
        ("reach at the first use", format!("{} seconds on each side", windows.first_use_s)),
        ("look-ahead", format!("{} events", windows.look_ahead)),
    ];
    rows.into_iter().for_each(|(name, value)| out.field(name, value));
}
