//! A message, field by field; with its key its body, too.

use super::explained::{Explained, Field, Part, refuse};
use super::table::is_mostly_hexadecimal;
use super::wrong::Wrong;
use channel::bytes::Wire;
use channel::crypto::keys::{Channel, Key};
use channel::crypto::protect::{
    ChannelKeys, Direction, HEADER_LENGTH, Protection, TAG_LENGTH, checksum, open,
};
use channel::error::Refusal;
use channel::serial::Serial;
use channel::text::gateway_string::{Details, GatewayString};
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::deactivation::Deactivation;
use channel::wire::frame::{Carrier, Frame, Kind, Nonce, OVERHEAD};
use channel::wire::information::{Information, InformationNonce};
use channel::wire::request::{Content, Request};

/// Some text that is nothing else; the shortest message has 46 digits.
pub(super) fn is_one(text: &str) -> bool {
    text.chars().filter(char::is_ascii_hexdigit).count() >= 40 && is_mostly_hexadecimal(text)
}

pub(super) fn explain(out: &mut Explained, text: &str, channel: Option<&Key<Channel>>) -> Result<(), Wrong> {
    let bytes = hex::decode(text).map_err(Wrong::in_hex)?;
    out.part_of(format!("message, {} bytes", bytes.len()), &bytes);
    rows(&bytes).into_iter().for_each(|row| out.add(row));
    let frame = Frame::decode(&bytes, Carrier::Gateway);
    let result = frame.and_then(|frame| {
        if bytes.len() > Carrier::Direct.max_body() + OVERHEAD {
            out.note("too long for a picture, typing or a URL: for the gateway only");
        }
        explain_body(out, &frame, channel)
    });
    result.map_err(|refusal| {
        out.refuse(fields_of(refusal.rule.id));
        refusal.into()
    })
}

/// The message inside a question of the peer protocol, with the fields marked that a requirement speaks about.
pub(in crate::cli) fn decoded(question: &str, requirement: &str) -> Option<Part> {
    let question: serde_json::Value = serde_json::from_str(question).ok()?;
    let message = question.pointer("/params/message")?.as_str()?;
    let bytes = match hex::decode(message) {
        Ok(bytes) => bytes,
        Err(refusal) => {
            let title = format!("{} characters, {refusal}", message.chars().count());
            return Some(Part { title, ..Part::default() });
        }
    };
    let title = match Frame::decode(&bytes, Carrier::Gateway) {
        Ok(frame) => {
            let protection = frame.header.protection.map_or(0, Protection::number);
            let kind = frame.header.kind.number();
            format!("type {kind}, protection {protection}, serial number {}", frame.header.serial)
        }
        Err(refusal) => refusal.to_string(),
    };
    let mut fields = rows(&bytes);
    refuse(&mut fields, fields_of(requirement));
    Some(Part { title, fields, ..Part::default() })
}

/// The same as lines, one for each place: with its bytes, and a mark where it is.
pub(in crate::cli) fn decoded_in(question: &str, requirement: &str) -> Option<Vec<String>> {
    let Part { title, fields, .. } = decoded(question, requirement)?;
    let places = fields.chunk_by(|one, next| one.place == next.place);
    let line = |fields: &[Field]| {
        let (field, place) = fields.first().and_then(|field| Some((field, field.place.as_ref()?)))?;
        let name = if fields.len() > 1 { "first word" } else { &field.name };
        let bytes = match place.bytes.get(..64) {
            Some(begin) if place.bytes.len() > 64 => format!("{begin}…"),
            _ => place.bytes.clone(),
        };
        let mark = if fields.iter().any(|field| field.refused) { "  <-- here" } else { "" };
        Some(format!("{name:<14} {bytes}{mark}"))
    };
    Some(std::iter::once(title).chain(places.filter_map(line)).collect())
}

/// The fields of a frame, right or not, as far as its length lets them be told.
fn rows(bytes: &[u8]) -> Vec<Field> {
    let (Some([high, low]), Some(body)) = (bytes.get(..2), bytes.len().checked_sub(OVERHEAD)) else {
        return Vec::new();
    };
    let word = u16::from_be_bytes([*high, *low]);
    let (kind, protection) = (word >> 6 & 0x3F, word & 0x3F);
    let array = |from: usize, to: usize| bytes.get(from..to).unwrap_or_default();
    let serial = array(2, 7).try_into().map(Serial::from_bytes);
    let nonce_of = |nonce: [u8; 8]| nonce_words(kind, nonce);
    let rows = [
        (0, 2, "version", (word >> 12).to_string()),
        (0, 2, "type", format!("{kind}, {}", kind_words(kind))),
        (0, 2, "protection", format!("{protection}, {}", protection_words(protection))),
        (2, 5, "serial number", serial.map_or_else(|_| String::new(), serial_words)),
        (7, 8, "nonce", array(7, HEADER_LENGTH).try_into().map_or_else(|_| String::new(), nonce_of)),
        (
            HEADER_LENGTH,
            body,
            "body",
            format!("{body} bytes{}", if protection == 0 { "" } else { ", encrypted" }),
        ),
        (HEADER_LENGTH + body, TAG_LENGTH, "tag", String::new()),
    ];
    rows.map(|(offset, length, name, meaning)| Field::new(name, meaning).at(bytes, offset, length)).into()
}

fn kind_words(kind: u16) -> &'static str {
    match kind {
        0 => "activation message 1",
        1 => "activation message 2",
        2 => "deactivation",
        3 => "request",
        4 => "response, which is never sent",
        0x24 => "information",
        _ => "unknown",
    }
}

fn protection_words(protection: u16) -> &'static str {
    match protection {
        0 => "none: a checksum only",
        1 => "AES-128-CTR and HMAC-SHA-256",
        2 => "AES-128-CTR and AES-CMAC",
        _ => "unknown",
    }
}

fn serial_words(serial: Result<Serial, Refusal>) -> String {
    serial.map_or_else(|refusal| format!("none: {refusal}"), |serial| serial.to_string())
}

fn nonce_words(kind: u16, nonce: [u8; 8]) -> String {
    match kind {
        0 if nonce == [0; 8] => "zero: no challenge".into(),
        0 => "the challenge".into(),
        0x24 => {
            let InformationNonce { time, sequence, counter } = InformationNonce::decode(nonce);
            format!("time {time} (seconds since 1970), instance {sequence}, counter {counter}")
        }
        _ => {
            let Nonce { time, counter } = Nonce::decode(nonce);
            format!("time {time} (seconds since 1970), counter {counter}, if made by our profile")
        }
    }
}

/// The fields of a frame that a requirement speaks about.
fn fields_of(requirement: &str) -> &'static [&'static str] {
    match requirement {
        "FRM-5" => &["version"],
        "FRM-6" | "FRM-7" | "CLI-2" | "VER-2" => &["type"],
        "FRM-8" | "FRM-9" | "FRM-10" | "CLI-7" | "AM2-7" => &["protection"],
        "SER-1" | "SER-2" | "SER-3" | "CLI-3" | "AM1-8" | "VER-1" => &["serial number"],
        "NON-1" | "NON-2" | "AM1-5" | "CLI-8" | "VER-6" | "VER-8" => &["nonce"],
        "PRT-4" | "FRM-12" => &["tag"],
        _ if requirement.starts_with("REQ") || requirement.starts_with("STV") => &["body"],
        "AM1-3" | "AM1-4" | "AM1-6" | "AM1-9" | "AM2-8" | "KEY-10" | "CLI-9" | "CLI-10" | "DEA-5"
        | "DEA-6" | "OTP-3" => &["body"],
        _ => &[],
    }
}

fn explain_body(
    out: &mut Explained,
    frame: &Frame<'_>,
    channel: Option<&Key<Channel>>,
) -> Result<(), Refusal> {
    let Some(protection) = frame.header.protection else {
        let right = checksum(frame.header_bytes, frame.body) == *frame.tag;
        out.part(format!("the checksum {}", if right { "is right" } else { "is wrong (FRM-12)" }));
        let am1 = Activation1::decode(frame.body, frame.header.nonce)?;
        out.field("issued at", am1.time.to_string());
        out.field("wrapped key", hex::encode(&am1.wrapped_key));
        let (second, later) = (am1.policy.activation.number(), am1.policy.messages.number());
        out.field("protections", format!("{second} for activation message 2, {later} for what follows"));
        out.field("confirmed with", format!("application {}", am1.policy.post_activation));
        let vector = am1.static_vector.map_or("none".into(), |vector| format!("{} bytes", vector.len()));
        out.field("static vector", vector);
        return Ok(());
    };
    let Some(channel) = channel else {
        out.part("the tag can't be checked without the key (--key-file)");
        return Ok(());
    };
    let direction = match frame.header.kind {
        Kind::Information => Direction::ToServer(InformationNonce::decode(frame.header.nonce).sequence),
        _ => Direction::ToClient,
    };
    let keys = ChannelKeys::new(channel, protection, direction);
    let body = open(&keys, frame.header_bytes, frame.body, frame.tag)?;
    out.part_of(format!("the tag is right; the body in clear: {}", hex::encode(&body)), &body);
    match frame.header.kind {
        Kind::Request => explain_request(out, &Request::decode(&body, Carrier::Gateway)?),
        Kind::Deactivation => {
            let Deactivation { sequence } = Deactivation::decode(&body)?;
            out.field("ends instance", sequence.to_string());
        }
        Kind::Information => {
            let Information { challenge_key } = Information::decode(&body)?;
            out.field("rejects the login of challenge key", challenge_key.to_string());
        }
        _ => {}
    }
    Ok(())
}

fn explain_request(out: &mut Explained, request: &Request) {
    out.field("signed by", format!("application {}", request.application));
    out.field("app version", format!("at least {}", request.minimum_version));
    out.field("template", request.template.to_string());
    out.field("PIN", if request.require_pin { "required" } else { "not required" });
    match &request.content {
        Content::List { title, items } => {
            let fields = items.iter().map(|(key, value)| Field::quoted(key.as_str(), value)).collect();
            out.add(Field { fields, ..Field::quoted("title", title) });
        }
        Content::Challenge { title, challenge } => {
            let quoted = Field::quoted("title", title);
            out.add(Field { meaning: format!("{} (not shown)", quoted.meaning), ..quoted });
            out.field("challenge", challenge.to_string());
        }
        Content::FreeText { title, text } => {
            out.add(Field::quoted("title", title));
            out.add(Field::quoted("text", text));
        }
        Content::Gateway(GatewayString::Notification { challenge_key }) => {
            out.field("login asked for", format!("challenge key {challenge_key}"));
        }
        Content::Gateway(GatewayString::Details(Details { service, identity, .. })) => {
            out.add(Field::quoted("login to", service));
            out.add(Field::quoted("user", &identity.user));
            out.add(Field::quoted("domain", &identity.domain));
        }
    }
}
