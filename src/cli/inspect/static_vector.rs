//! A static vector: its records, field by field; of a bad one as many as there are.

use super::explained::{Explained, Field};
use super::table::is_mostly_hexadecimal;
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

pub(super) fn explain(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let bytes = hex::decode(text).map_err(Wrong::in_hex)?;
    out.part_of(format!("static vector, {} bytes", bytes.len()), &bytes);
    let decoded = StaticVector::decode(&bytes);
    let end = records(out, &bytes, decoded.as_ref().ok());
    match decoded {
        Ok(_) => Ok(()),
        // Where a value is wrong, the place is one in its record.
        Err(refusal) if refusal.rule == STV_5 => Err(refusal.into()),
        Err(refusal) if refusal.rule == STV_3 => Err(Wrong::from(refusal).at_byte(end)),
        Err(refusal) => Err(Wrong::in_bytes(refusal)),
    }
}

/// Record after record, up to the first that is none; where all of it is right, with what it says. Where that ends.
fn records(out: &mut Explained, bytes: &[u8], vector: Option<&StaticVector>) -> usize {
    out.at(0, 2, Field::new("38 08", ""));
    if let Some([high, low]) = bytes.get(2..4) {
        out.at(2, 2, Field::new("length", u16::from_be_bytes([*high, *low]).to_string()));
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
        let rules = if *tag == APPLICATION { applications.next() } else { None };
        let field = match (*tag, vector, rules) {
            (APPLICATION, _, Some(rules)) => application(rules),
            (SUITE, ..) => Field::new("11 suite", suite(bytes.get(at + 3..at + length))),
            (tag, vector, _) => of_license(tag, vector),
        };
        out.at(at, length, field);
        if !right || at + length > bytes.len() {
            return at;
        }
        at += length;
    }
    at
}

/// A record of the license as a whole, or one that is none.
fn of_license(tag: u8, vector: Option<&StaticVector>) -> Field {
    let says = |words: fn(&StaticVector) -> String| vector.map(words).unwrap_or_default();
    match tag {
        0x01 => Field::new("01 serial prefix", says(|vector| vector.prefix.to_string())),
        0x02 => Field::new("02 master key", ""),
        0x03 => Field::new("03 password rules", says(|vector| password(&vector.password))),
        0x04 => {
            let binding = |vector: &StaticVector| if vector.binding { "yes" } else { "no" }.to_owned();
            Field::new("04 binding", says(binding))
        }
        APPLICATION => Field::new("10 application", ""),
        tag => Field::new(format!("{tag:02X} is no tag"), ""),
    }
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

/// An application, and what it does.
fn application(rules: &ApplicationRules) -> Field {
    let mode = match rules.mode {
        Mode::ResponseOnly => "RO, response-only",
        Mode::ChallengeResponse => "CR, challenge/response",
        Mode::Signature => "SG, signature",
        Mode::MultiMode => "MM, multi-mode",
        Mode::Unlock => "UL, unlock",
    };
    let factor = match rules.factor {
        Factor::Time(step) => format!("time, steps of {step} s"),
        Factor::Event => "event".into(),
        Factor::TimeAndEvent(step) => format!("time and event, steps of {step} s"),
    };
    let digits = match rules.form.radix {
        Radix::Decimal => "decimal",
        Radix::Hexadecimal => "hexadecimal",
    };
    let check = if rules.form.check_digit { ", the last a check digit" } else { "" };
    let enabled = if rules.enabled { "enabled" } else { "disabled" };
    let channel = if rules.secure_channel { "for" } else { "not for" };
    let form = format!("{} {digits} digits{check}{}", rules.form.length, algorithm(&rules.algorithm));
    let fields: Vec<String> =
        rules.data_fields.iter().map(|(low, high)| format!("{low} to {high}")).collect();
    let data = match fields.is_empty() {
        true => "none".into(),
        false => format!("{} characters", fields.join(", ")),
    };
    let name = String::from_utf8_lossy(&rules.name);
    Field {
        fields: vec![
            Field::new("mode", format!("{mode}, {enabled}, {channel} Secure Channel")),
            Field::new("factor", factor),
            Field::new("responses", form),
            Field::new("data fields", data),
        ],
        ..Field::quoted(format!("10 application {}", rules.form.index), name.trim_end())
    }
}
