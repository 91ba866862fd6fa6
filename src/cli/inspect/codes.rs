//! What a person reads or types that is no message: serial number, device code, activation vector.

use super::explained::Explained;
use super::single;
use super::wrong::Wrong;
use channel::check_digit::{Radix, check_digit};
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::activation_vector;
use channel::wire::device_code::{self, DeviceCode};

pub(super) fn is_serial(text: &str) -> bool {
    text.parse::<Serial>().is_ok()
}

pub(super) fn explain_serial(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    if let Ok(serial) = text.parse::<Serial>() {
        out.part(format!("serial number {serial}"));
        out.field("prefix", serial.prefix().to_string());
        out.field("on the wire", hex::encode(&serial.to_bytes()));
    }
    Ok(())
}

pub(super) fn is_device_code(text: &str) -> bool {
    let others = text.chars().filter(|c| !c.is_ascii_digit()).count();
    text.chars().count() == device_code::LENGTH
        && text.starts_with(|c: char| c.is_ascii_digit())
        && others * 4 <= device_code::LENGTH
}

/// A device code and a derivation code have one form: both readings, where both are possible.
pub(super) fn explain_digits_26(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let mut device = Explained::default();
    let result = explain_device_code(&mut device, text);
    let derivation = single::as_derivation_code(text);
    match (result, derivation) {
        (Err(_), Some(code)) => {
            single::explain_derivation_code(out, "derivation code (of a single-device client)", &code);
            Ok(())
        }
        (result, code) => {
            out.parts.append(&mut device.parts);
            if let Some(code) = code {
                single::explain_derivation_code(
                    out,
                    "or a derivation code (of a single-device client)",
                    &code,
                );
            }
            result
        }
    }
}

fn explain_device_code(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let digits =
        text.get(..device_code::LENGTH - 1).filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match digits.map(|digits| check_digit(digits, Radix::Decimal)) {
        Some(check) => out.part(format!("device code, 25 digits and the check digit {check}")),
        None => out.part("device code"),
    }
    let code = DeviceCode::decode(text).map_err(Wrong::in_text)?;
    out.field("device type", format!("{:02}", code.device.kind));
    out.field("device id", hex::encode(&code.device.id));
    let mac = hex::encode(&code.mac.to_bytes());
    out.field("MAC", format!("{} (36 bits)", mac.get(7..).unwrap_or_default()));
    Ok(())
}

pub(super) fn is_activation_vector(text: &str) -> bool {
    text.len() == activation_vector::LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn explain_activation_vector(out: &mut Explained, text: &str) -> Result<(), Wrong> {
    let digits = text.get(..activation_vector::LENGTH - 1).unwrap_or_default();
    let check = check_digit(digits, Radix::Hexadecimal);
    out.part(format!("activation vector, 48 digits and the check digit {check}"));
    out.field("wrapped key", digits.to_ascii_uppercase());
    out.note("the license key, wrapped (KEY-9); the master key in the static vector unwraps it (KEY-2)");
    if activation_vector::decode(text).is_some() {
        return Ok(());
    }
    let at = text.find(|c: char| c.is_ascii_lowercase());
    let words = match at {
        Some(_) => "wrong: lower case".to_owned(),
        None => format!("wrong: the check digit should be {check}"),
    };
    let at = at.or(Some(activation_vector::LENGTH - 1));
    Err(Wrong { words, requirement: Some("LIF-13"), at, ..Wrong::default() })
}
