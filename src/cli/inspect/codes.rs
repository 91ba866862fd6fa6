//! What a person reads or types that is no message: serial number, device code, activation vector.

use std::fmt::Write as _;

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

pub(super) fn explain_serial(out: &mut String, text: &str) -> Result<(), Wrong> {
    if let Ok(serial) = text.parse::<Serial>() {
        let on_the_wire = hex::encode(&serial.to_bytes());
        let _ = writeln!(out, "serial number {serial}\n  prefix      {}", serial.prefix());
        let _ = writeln!(out, "  on the wire {on_the_wire}");
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
pub(super) fn explain_digits_26(out: &mut String, text: &str) -> Result<(), Wrong> {
    let mut derivation = String::new();
    single::as_derivation_code(&mut derivation, text);
    let result = explain_device_code(out, text);
    match (result, derivation.is_empty()) {
        (Err(_), false) => {
            *out = derivation.trim_start_matches("or a ").to_owned();
            Ok(())
        }
        (result, _) => {
            out.push_str(&derivation);
            result
        }
    }
}

fn explain_device_code(out: &mut String, text: &str) -> Result<(), Wrong> {
    let digits =
        text.get(..device_code::LENGTH - 1).filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let _ = match digits.map(|digits| check_digit(digits, Radix::Decimal)) {
        Some(check) => writeln!(out, "device code, 25 digits and the check digit {check}"),
        None => writeln!(out, "device code"),
    };
    let code = DeviceCode::decode(text).map_err(Wrong::in_text)?;
    let _ = writeln!(out, "  device type {:02}", code.device.kind);
    let _ = writeln!(out, "  device id   {}", hex::encode(&code.device.id));
    let mac = hex::encode(&code.mac.to_bytes());
    let _ = writeln!(out, "  MAC         {} (36 bits)", mac.get(7..).unwrap_or_default());
    Ok(())
}

pub(super) fn is_activation_vector(text: &str) -> bool {
    text.len() == activation_vector::LENGTH && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

pub(super) fn explain_activation_vector(out: &mut String, text: &str) -> Result<(), Wrong> {
    let digits = text.get(..activation_vector::LENGTH - 1).unwrap_or_default();
    let check = check_digit(digits, Radix::Hexadecimal);
    let _ = writeln!(out, "activation vector, 48 digits and the check digit {check}");
    let _ = writeln!(out, "  wrapped key {}", digits.to_ascii_uppercase());
    let _ = writeln!(
        out,
        "  the license key, wrapped (KEY-9); the master key in the static vector unwraps it (KEY-2)"
    );
    if activation_vector::decode(text).is_some() {
        return Ok(());
    }
    let at = text.find(|c: char| c.is_ascii_lowercase());
    let words = match at {
        Some(_) => "wrong: lower case".to_owned(),
        None => format!("wrong: the check digit should be {check}"),
    };
    Err(Wrong { words, requirement: "LIF-13", at: at.or(Some(activation_vector::LENGTH - 1)) })
}
