//! What a person types where a license allows a single device: activation code, event reactivation counter,
//! derivation code; full activation data, and a line of `ACode.log`.

use super::explained::Explained;
use super::static_vector;
use super::table::is_mostly_hexadecimal;
use super::wrong::Wrong;
use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::activation_code::ActivationCode;
use channel::wire::derivation_code::{self, DerivationCode};
use channel::wire::event_counter::{EventCounter, LENGTHS};
use channel::wire::full_activation::{Content, FullActivation};

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn all_but_the_last(text: &str) -> &str {
    text.char_indices().last().and_then(|(at, _)| text.get(..at)).unwrap_or_default()
}

pub(super) fn is_event_counter(text: &str) -> bool {
    LENGTHS.contains(&text.len()) && is_decimal(text)
}

pub(super) fn explain_event_counter(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let applications = LENGTHS.iter().position(|length| *length == text.len()).map_or(0, |at| at + 1);
    let digits = all_but_the_last(text);
    let check = check_digit(digits, Radix::Decimal);
    out.part(format!("event reactivation counter, {} digits and the check digit {check}", digits.len()));
    let EventCounter { counters, mac } = EventCounter::decode(text, applications).map_err(Wrong::in_text)?;
    for (place, counter) in (1..).zip(counters) {
        let words = format!("{counter}, of application {place} of {applications} with events");
        out.field("next event", words);
    }
    out.field("MAC", format!("{} (40 bits)", hex::encode(&mac)));
    Ok(())
}

pub(super) fn is_activation_code(text: &str) -> bool {
    match text.len() {
        20 | 40 => is_decimal(text),
        16 => is_hexadecimal(text),
        33 => is_hexadecimal(text) && !is_event_counter(text),
        _ => false,
    }
}

pub(super) fn explain_activation_code(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let digits = all_but_the_last(text);
    out.part(match text.len() {
        40 => {
            let check = check_digit(digits, Radix::Decimal);
            format!("activation code, 39 decimal digits and the check digit {check}")
        }
        33 => {
            let check = check_digit(digits, Radix::Hexadecimal);
            format!("activation code, 32 hexadecimal digits and the check digit {check}")
        }
        length => format!("activation code, the short form of {length} digits: read, but never issued"),
    });
    ActivationCode::decode(text, true).map_err(Wrong::in_text)?;
    out.note("the license key, encrypted (SDL-1): the master key in the static vector opens it");
    Ok(())
}

/// 26 digits, read as a derivation code, where they can be one.
pub(super) fn as_derivation_code(text: &str) -> Option<DerivationCode> {
    DerivationCode::decode(text).ok().filter(|_| text.len() == derivation_code::LENGTH)
}

pub(super) fn explain_derivation_code(out: &mut Explained, title: &str, code: &DerivationCode) {
    out.part(title);
    out.field("diversifier", format!("{} (56 bits, of the platform)", hex::encode(&code.diversifier.0)));
    out.field("MAC", format!("{:08} (8 digits)", code.mac));
}

pub(super) fn is_full_activation(text: &str) -> bool {
    text.get(..6).is_some_and(|begin| begin == "464144") && is_mostly_hexadecimal(text)
}

pub(super) fn explain_full_activation(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let bytes = hex::decode(text).map_err(Wrong::in_hex)?;
    let encrypted = bytes.get(4) == Some(&1);
    let kind = if encrypted { "encrypted under a shared secret" } else { "plain" };
    out.part_of(format!("full activation data, {} bytes, {kind}", bytes.len()), &bytes);
    let content = match FullActivation::decode(&bytes, encrypted).map_err(Wrong::in_bytes)? {
        FullActivation::Encrypted { nonce, ciphertext, .. } => {
            out.field("nonce", hex::encode(nonce));
            out.field("ciphertext", format!("{} bytes: only the shared secret opens it", ciphertext.len()));
            return Ok(());
        }
        FullActivation::Plain { content } => content,
    };
    out.part("the checksum is right");
    let content = Content::decode(content).map_err(Wrong::from)?;
    out.field("serial number", content.serial.to_string());
    out.field("license key", "encrypted as in an activation code, with its check");
    let counters = content.event_counter.as_str();
    out.field("event counters", if counters.is_empty() { "none" } else { counters });
    static_vector::explain(out, &hex::encode(&content.vector.to_bytes()))
}

/// A serial number, a blank, a code.
pub(super) fn is_acode_line(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(serial, code)| serial.parse::<Serial>().is_ok() && !code.contains(' '))
}

pub(super) fn explain_acode_line(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let (serial, code) = text.split_once(' ').unwrap_or_default();
    out.part("line of ACode.log");
    out.field("serial number", serial);
    explain_activation_code_of(out, code).map_err(|wrong| wrong.further(serial.len() + 1))
}

/// Whatever its length.
fn explain_activation_code_of(out: &mut Explained, code: &str) -> Result<(), Wrong> {
    match is_activation_code(code) {
        true => explain_activation_code(out, code),
        false => ActivationCode::decode(code, false).map(|_| ()).map_err(Wrong::in_text),
    }
}
