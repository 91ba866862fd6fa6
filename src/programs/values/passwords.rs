//! What single-device clients are given: passwords, names, challenges.

use channel::wire::static_vector::{ApplicationRules, Mode};
use serde_json::{Value, json};

use super::answers::challenge;
use crate::world::{Context, World};

const PASSWORDS: [&str; 6] = ["1357", "1357", "1357", "2468", "zebra", "x9"];

/// A new password, or none.
pub(crate) fn new_password(w: &mut World, with: &Context) -> Option<Value> {
    let limits = w.vector(with).map(|vector| vector.password);
    let (least, most) =
        limits.map_or((4, 8), |rules| (usize::from(rules.minimum), usize::from(rules.maximum)));
    if w.luck.percent(20) {
        return Some(Value::Null);
    }
    let pattern = match w.luck.below(16) {
        0 => "11111111".to_owned(),
        1 => "12345678".to_owned(),
        2 => "hgfedcba".to_owned(),
        3 => "13é7".to_owned(),
        4 => "13\u{7F}7".to_owned(),
        5 => "57".repeat(33).chars().take(most + 1).collect(),
        6 => "57".repeat(33).chars().take(least.saturating_sub(1)).collect(),
        7 => " ~".repeat(33).chars().take(most).collect(),
        _ => w.luck.one(&PASSWORDS, "1357").to_owned(),
    };
    let fits = (least..=most).contains(&pattern.chars().count()) || w.luck.percent(30);
    Some(Value::from(if fits {
        pattern
    } else {
        "1357".repeat(17).chars().take(least.max(4).min(most)).collect()
    }))
}

/// The password of the account, mostly; else a wrong one.
pub(crate) fn password(w: &mut World, with: &Context) -> Option<Value> {
    let right = with.get("password").cloned().unwrap_or(Value::Null);
    Some(match w.luck.below(12) {
        0 => json!(w.luck.one(&PASSWORDS, "x9")),
        1 if w.luck.percent(50) => Value::Null,
        2 => json!("wrong"),
        _ => right,
    })
}

/// Cheap, as both sides have to be quick.
pub(crate) fn memory(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(w.luck.one(&[8, 8, 8, 9, 16], 8)))
}

/// A serial number with the other prefix, or the suffix of one; null where the other is given.
pub(crate) fn suffix(w: &mut World, with: &Context) -> Option<Value> {
    if !w.luck.percent(20) {
        return Some(Value::Null);
    }
    let serial = w.text(with, "serial")?;
    Some(Value::from(serial.get(3..).unwrap_or_default().to_owned()))
}

/// The serial number, unless the suffix was given.
pub(crate) fn serial_or_none(w: &mut World, with: &Context) -> Option<Value> {
    match with.get("suffix") {
        Some(Value::String(_)) => Some(Value::Null),
        _ if w.luck.percent(4) => {
            Some(json!(w.luck.one(&["VDS100012", "vds1000120", "VDT1000120", "VDS1000121"], "")))
        }
        _ => with.get("serial").cloned(),
    }
}

/// The challenge that the deriving application wants.
pub(crate) fn derivation_challenge(w: &mut World, with: &Context) -> Option<Value> {
    let derives = |rules: &&ApplicationRules| {
        rules.enabled && matches!(rules.mode, Mode::ResponseOnly | Mode::ChallengeResponse | Mode::MultiMode)
    };
    let vector = w.vector(with);
    let mode =
        vector.as_ref().and_then(|vector| vector.applications.iter().find(derives)).map(|rules| rules.mode);
    match (mode == Some(Mode::ChallengeResponse)) != w.luck.percent(6) {
        true => challenge(w, with),
        false => Some(Value::Null),
    }
}

/// The secret of full activation data, or none.
pub(crate) fn shared_secret(w: &mut World, _: &Context) -> Option<Value> {
    Some(if w.luck.percent(50) { Value::Null } else { json!("5A".repeat(16)) })
}
