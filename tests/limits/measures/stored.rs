//! Files, BLOBs, states and pictures.

use channel::bytes::Wire;
use channel::wire::static_vector::StaticVector;

use super::*;
use crate::asked::{Asked, number};

/// Sizes of a file's lines.
pub(crate) fn line_length(a: &Asked<'_>) -> Vec<i128> {
    let file = a.bytes("file").unwrap_or_default();
    file.split(|byte| *byte == b'\n').map(|line| length(line.len())).collect()
}

/// What stands in the lines of a license file behind a member's name, as text.
pub(crate) fn member(a: &Asked<'_>, name: &str) -> Vec<String> {
    let before = format!("\"{name}\":");
    let lines = a.lines().unwrap_or_default();
    let found = lines.iter().filter_map(|line| Some(line.split_once(&before)?.1.to_owned()));
    found
        .map(|rest| match rest.strip_prefix('"') {
            Some(text) => text.split('"').next().unwrap_or_default().to_owned(),
            None => rest.split([',', '}']).next().unwrap_or_default().to_owned(),
        })
        .collect()
}

pub(crate) fn member_number(a: &Asked<'_>, name: &str) -> Vec<i128> {
    member(a, name).iter().filter_map(|text| text.parse().ok()).collect()
}

pub(crate) fn member_length(a: &Asked<'_>, name: &str) -> Vec<i128> {
    member(a, name).iter().map(|text| chars(text)).collect()
}

/// A number of the message vector that the question brings, by its place in the 100 bits.
pub(crate) fn vector_number(a: &Asked<'_>, from: u32, bits: u32) -> Vec<i128> {
    let own = a.text("message_vector").map(str::to_owned);
    let all = own.into_iter().chain(member(a, "message_vector"));
    let all =
        all.filter(|text| text.len() == 26).filter_map(|text| i128::from_str_radix(text.get(..25)?, 16).ok());
    all.map(|number| number >> (100 - from - bits) & ((1 << bits) - 1)).collect()
}

pub(crate) fn message_vector_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.text("message_vector").map(chars))
}

pub(crate) fn blob_length(a: &Asked<'_>) -> Vec<i128> {
    let blob = a.text("blob").and_then(|text| channel::license::blob::from_text(text).ok());
    one(blob.map(|blob| length(blob.len())))
}

/// What is in the BLOB, with its generation.
pub(crate) fn blob(a: &Asked<'_>) -> Option<(i128, Vec<u8>)> {
    use channel::crypto::keys::Key;
    use channel::license::blob::{Epoch, Place, from_text};
    let serial = a.made("serial")?.as_str()?.parse().ok()?;
    let epoch = channel::text::hex::decode(a.made("random/epoch")?.as_str()?).ok()?;
    let byte = |name: &str| u8::try_from(a.number(name)?).ok();
    let place = Place {
        serial,
        epoch: Epoch(epoch.try_into().ok()?),
        sequence: byte("sequence")?,
        index: byte("index")?,
    };
    let key = Key::new(a.bytes("storage_key")?.try_into().ok()?);
    let opened = place.open(&key, &from_text(a.text("blob")?).ok()?).ok()?;
    Some((opened.generation.0.into(), opened.content.to_vec()))
}

/// A number of an application's content: of a BLOB, or of each application in a license's state.
pub(crate) fn content_number(a: &Asked<'_>, name: &str) -> Vec<i128> {
    let (place, signed): (usize, bool) = match name {
        "shift" => (17, true),
        "step" => (25, false),
        "otp" => (33, false),
        _ => (41, false),
    };
    let of = |bytes: &[u8]| -> Option<i128> {
        let eight: [u8; 8] = bytes.try_into().ok()?;
        Some(if signed { i64::from_be_bytes(eight).into() } else { u64::from_be_bytes(eight).into() })
    };
    if let Some(content) = a.content() {
        let fields = content
            .fields()
            .iter()
            .filter(|(field, _)| field.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')));
        return fields.filter_map(|(field, _)| of(content.field(field))).collect();
    }
    one(blob(a)
        .filter(|(_, content)| content.len() > 17)
        .and_then(|(_, content)| of(content.get(place..place + 8)?)))
}

pub(crate) fn hashes(a: &Asked<'_>) -> Vec<i128> {
    if let Some(content) = a.content() {
        let fields = content.fields().iter().filter(|(field, _)| field.starts_with("n-"));
        return fields.filter_map(|(field, _)| Some(i128::from(*content.field(field).first()?))).collect();
    }
    let held = blob(a).and_then(|(_, content)| {
        let n = *content.get(49)?;
        (content.len() == 50 + 8 * usize::from(n)).then_some(i128::from(n))
    });
    one(held)
}

/// The generation of a BLOB against the server's.
pub(crate) fn generation(a: &Asked<'_>) -> Vec<i128> {
    let mut params = a.params.clone();
    if let Some(members) = params.as_object_mut() {
        members.retain(|name, _| ["storage_key", "sequence", "index"].contains(&name.as_str()));
    }
    let own = a.would("server.seal_blob", params).and_then(|sealed| {
        let bytes = channel::license::blob::from_text(sealed.get("blob")?.as_str()?).ok()?;
        Some(number(bytes.get(1..5)?))
    });
    one(blob(a).zip(own).map(|((brought, _), own)| brought - own))
}

pub(crate) fn state_length(a: &Asked<'_>) -> Vec<i128> {
    one(a.bytes("state").map(|state| length(state.len())))
}

pub(crate) fn loaded_number(a: &Asked<'_>, name: &str) -> Vec<i128> {
    if let Some(content) = a.content() {
        return one(Some(content.field(name)).filter(|field| !field.is_empty()).map(number));
    }
    let Some(saved) = a.loaded() else { return Vec::new() };
    let one_of_all = Some(saved.field(name)).filter(|field| !field.is_empty());
    let places =
        (0..4).map(|place| saved.field(&format!("{place}/{name}"))).filter(|field| !field.is_empty());
    one_of_all.into_iter().chain(places).map(number).collect()
}

pub(crate) fn loaded_failures(a: &Asked<'_>, name: &str) -> Vec<i128> {
    let vector = |bytes: &[u8]| Some(i128::from(StaticVector::decode(bytes).ok()?.password.tries));
    if let Some(content) = a.content() {
        let tries = match name {
            "failures" if a.op.starts_with("server.") => Some(number(content.field("tries"))),
            "kept-failures" => vector(content.field("kept-vector")),
            _ => vector(content.field("vector")),
        };
        let failures = Some(content.field(name)).filter(|field| !field.is_empty()).map(number);
        return one(failures.zip(tries).map(|(failures, tries)| failures - tries));
    }
    let Some(saved) = a.loaded() else { return Vec::new() };
    let failures = saved.field(&format!("0/{name}")).first().copied();
    one(failures.zip(vector(saved.field("0/vector"))).map(|(failures, tries)| i128::from(failures) - tries))
}

pub(crate) fn loaded_text(a: &Asked<'_>, name: &str) -> Vec<i128> {
    let Some(saved) = a.loaded() else { return Vec::new() };
    let said = saved.field(&format!("0/{name}-length"));
    let text = std::str::from_utf8(saved.field(&format!("0/{name}"))).ok();
    one(text.filter(|text| !said.is_empty() && length(text.len()) == number(said)).map(chars))
}

/// Events of all applications in a state.
pub(crate) fn loaded_events(a: &Asked<'_>) -> Vec<i128> {
    if let Some(content) = a.content() {
        let events = content.fields().iter().filter(|(name, _)| name.contains("event-"));
        return events.map(|(name, _)| number(content.field(name))).collect();
    }
    let Some(saved) = a.loaded() else { return Vec::new() };
    let names =
        ["", "waiting-"].iter().flat_map(|of| (1..=8).map(move |index| format!("0/{of}event-{index}")));
    names.filter(|name| !saved.field(name).is_empty()).map(|name| number(saved.field(&name))).collect()
}

pub(crate) fn qr(a: &Asked<'_>, alphanumeric: bool) -> Vec<i128> {
    let is_in = |text: &str| {
        text.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase() || b" $%*+-./:".contains(&c))
    };
    one(a.text("text").filter(|text| is_in(text) == alphanumeric).map(chars))
}

pub(crate) fn picture(a: &Asked<'_>, what: fn(i128, i128) -> Vec<i128>) -> Vec<i128> {
    let picture = a.bytes("picture").unwrap_or_default();
    let side = |from: usize| picture.get(from..from + 4).map(number);
    side(16).zip(side(20)).map(|(width, height)| what(width, height)).unwrap_or_default()
}
