//! A static vector: its records, field by field; of a bad one as many as there are.

use std::fmt::Write as _;

use super::table::{Table, is_mostly_hexadecimal};
use super::wrong::Wrong;
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::oath::Hash;
use channel::rule::{STV_3, STV_5};
use channel::text::hex;
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, PasswordRules, StaticVector};
use channel::wire::{activation_vector, device_code};
use peer::json::show;

/// The tag of an application.
const APPLICATION: u8 = 0x10;
/// The tag of a suite.
const SUITE: u8 = 0x11;

pub(super) fn is_one(text: &str) -> bool {
    // A serial number, a device code and an activation vector may begin so, too.
    const OTHERS: [usize; 3] = [10, device_code::LENGTH, activation_vector::LENGTH];
    text.starts_with("3808") && !OTHERS.contains(&text.len()) && is_mostly_hexadecimal(text)
}

pub(super) fn explain(out: &mut String, text: &str) -> Result<(), Wrong> {
    let bytes = hex::decode(text).map_err(Wrong::in_text)?;
    let _ = writeln!(out, "static vector, {} bytes", bytes.len());
    let decoded = StaticVector::decode(&bytes);
    let end = records(out, &bytes, decoded.as_ref().ok());
    match decoded {
        Ok(_) => Ok(()),
        // Where a value is wrong, the place is one in its record.
        Err(refusal) if refusal.rule == STV_5 => Err(refusal.into()),
        Err(refusal) if refusal.rule == STV_3 => Err(Wrong { at: Some(2 * end), ..refusal.into() }),
        Err(refusal) => Err(Wrong::in_bytes(refusal)),
    }
}

/// Record after record, up to the first that is none; where all of it is right, with what it says. Where that ends.
fn records(out: &mut String, bytes: &[u8], vector: Option<&StaticVector>) -> usize {
    let mut table = Table::new(out, bytes);
    table.row(0, 2, "38 08");
    if let Some([high, low]) = bytes.get(2..4) {
        table.row(2, 2, &format!("length          {}", u16::from_be_bytes([*high, *low])));
    }
    let mut applications = vector.into_iter().flat_map(|vector| &vector.applications);
    let mut at = 4;
    while let Some([tag, length]) = bytes.get(at..at + 2) {
        let right = match tag {
            0x01 => *length == 2,
            0x02 => *length == 16,
            0x03 => *length == 5,
            0x04 => *length == 1,
            _ => [APPLICATION, SUITE].contains(tag),
        };
        let length = usize::from(*length) + 2;
        let words = match (tag, vector) {
            (0x01, Some(vector)) => format!("01 serial prefix   {}", vector.prefix),
            (0x02, _) => "02 master key".into(),
            (0x03, Some(vector)) => format!("03 password rules  {}", password(&vector.password)),
            (0x04, Some(vector)) => {
                format!("04 binding         {}", if vector.binding { "yes" } else { "no" })
            }
            (0x01, None) => "01 serial prefix".into(),
            (0x03, None) => "03 password rules".into(),
            (0x04, None) => "04 binding".into(),
            (&APPLICATION, _) => "10 application".into(),
            (&SUITE, _) => format!("11 suite           {}", suite(bytes.get(at + 3..at + length))),
            (tag, _) => format!("{tag:02X} is no tag"),
        };
        let rules = if *tag == APPLICATION { applications.next() } else { None };
        match rules {
            Some(rules) => {
                let name = String::from_utf8_lossy(&rules.name);
                table.row(
                    at,
                    length,
                    &format!("10 application {}   {}", rules.form.index, show(name.trim_end())),
                );
                application(rules).iter().for_each(|words| table.more(&format!("   {words}")));
            }
            None => table.row(at, length, &words),
        }
        if !right || at + length > bytes.len() {
            return at;
        }
        at += length;
    }
    at
}

fn password(rules: &PasswordRules) -> String {
    let PasswordRules { required, minimum, maximum, tries, refuse_weak } = rules;
    format!(
        "{}, {minimum} to {maximum} characters, {tries} tries, weak ones {}",
        if *required { "required" } else { "not required" },
        if *refuse_weak { "refused" } else { "taken" }
    )
}

/// Its characters, as far as they are there.
fn suite(characters: Option<&[u8]>) -> String {
    show(&String::from_utf8_lossy(characters.unwrap_or_default()))
}

fn algorithm(algorithm: &Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Profile => "",
        Algorithm::Hotp => " by HOTP",
        Algorithm::Totp(Hash::Sha1) => " by TOTP with SHA-1",
        Algorithm::Totp(Hash::Sha256) => " by TOTP with SHA-256",
        Algorithm::Totp(Hash::Sha512) => " by TOTP with SHA-512",
        Algorithm::Ocra(_) => " by OCRA",
    }
}

/// What it does, in four lines.
fn application(rules: &ApplicationRules) -> [String; 4] {
    let mode = match rules.mode {
        Mode::ResponseOnly => "RO, response-only",
        Mode::ChallengeResponse => "CR, challenge/response",
        Mode::Signature => "SG, signature",
        Mode::MultiMode => "MM, multi-mode",
        Mode::Unlock => "UL, unlock",
    };
    let factor = match rules.factor {
        Factor::Time(step) => format!("by time, steps of {step} s"),
        Factor::Event => "by event".into(),
        Factor::TimeAndEvent(step) => format!("by time and event, steps of {step} s"),
    };
    let digits = match rules.form.radix {
        Radix::Decimal => "decimal",
        Radix::Hexadecimal => "hexadecimal",
    };
    let check = if rules.form.check_digit { ", the last a check digit" } else { "" };
    let fields: Vec<String> =
        rules.data_fields.iter().map(|(low, high)| format!("{low} to {high}")).collect();
    [
        format!(
            "{mode}, {}, {} Secure Channel",
            if rules.enabled { "enabled" } else { "disabled" },
            if rules.secure_channel { "for" } else { "not for" }
        ),
        factor,
        format!("responses of {} {digits} digits{check}{}", rules.form.length, algorithm(&rules.algorithm)),
        match fields.is_empty() {
            true => "no data fields".into(),
            false => format!("data fields of {} characters", fields.join(", ")),
        },
    ]
}
