//! A message, field by field; with its key its body, too.

use std::fmt::Write as _;

use super::table::{is_mostly_hexadecimal, shown};
use super::wrong::Wrong;
use channel::bytes::Wire;
use channel::crypto::keys::{Channel, Key};
use channel::crypto::protect::{ChannelKeys, Direction, Protection, checksum, open};
use channel::error::{Found, Refusal};
use channel::text::gateway_string::{Details, GatewayString};
use channel::text::hex;
use channel::wire::activation1::Activation1;
use channel::wire::deactivation::Deactivation;
use channel::wire::frame::{Carrier, Frame, Kind, Nonce};
use channel::wire::information::{Information, InformationNonce};
use channel::wire::request::{Content, Request};
use page::{Field, Message};
use peer::json::show;

/// Some text that is nothing else; the shortest message has 46 digits.
pub(super) fn is_one(text: &str) -> bool {
    text.chars().filter(char::is_ascii_hexdigit).count() >= 40 && is_mostly_hexadecimal(text)
}

pub(super) fn explain(out: &mut String, text: &str, channel: Option<&Key<Channel>>) -> Result<(), Wrong> {
    let bytes = hex::decode(text).map_err(|refusal| match refusal.found {
        // An odd number of digits: where the last one is missing.
        Found::Count(count, _) => Wrong { at: Some(count), ..refusal.into() },
        _ => Wrong::in_text(refusal),
    })?;
    let _ = writeln!(out, "message, {} bytes", bytes.len());
    explain_frame(out, &bytes, channel).map_err(Wrong::from)
}

fn explain_frame(out: &mut String, bytes: &[u8], channel: Option<&Key<Channel>>) -> Result<(), Refusal> {
    let frame = Frame::decode(bytes, Carrier::Gateway)?;
    if bytes.len() > Carrier::Direct.max_body() + channel::wire::frame::OVERHEAD {
        let _ = writeln!(out, "  too long for a picture, typing or a URL: for the gateway only");
    }
    let header = frame.header;
    let kind = match header.kind {
        Kind::Activation1 => "activation message 1",
        Kind::Activation2 => "activation message 2",
        Kind::Deactivation => "deactivation",
        Kind::Request => "request",
        Kind::Information => "information",
    };
    let protection = match header.protection {
        None => "0, none: a checksum only",
        Some(Protection::HmacSha256) => "1, AES-128-CTR and HMAC-SHA-256",
        Some(Protection::Cmac) => "2, AES-128-CTR and AES-CMAC",
    };
    let field =
        |offset: usize, length: usize| hex::encode(bytes.get(offset..offset + length).unwrap_or_default());
    let end = bytes.len().saturating_sub(8);
    let _ = writeln!(out, "  offset  bytes               field");
    let _ = writeln!(out, "  {:<6}  {:<18}  version         0", 0, field(0, 2));
    let _ = writeln!(out, "  {:<6}  {:<18}  type            {}, {kind}", "", "", header.kind.number());
    let _ = writeln!(out, "  {:<6}  {:<18}  protection      {protection}", "", "");
    let _ = writeln!(out, "  {:<6}  {:<18}  serial number   {}", 2, field(2, 5), header.serial);
    let _ = writeln!(
        out,
        "  {:<6}  {:<18}  nonce           {}",
        7,
        field(7, 8),
        nonce(header.kind, header.nonce)
    );
    let _ = writeln!(
        out,
        "  {:<6}  {:<18}  body            {} bytes{}",
        15,
        shown(&field(15, frame.body.len())),
        frame.body.len(),
        if header.protection.is_some() { ", encrypted" } else { "" }
    );
    let _ = writeln!(out, "  {end:<6}  {:<18}  tag", field(end, 8));
    explain_body(out, &frame, channel)
}

fn nonce(kind: Kind, nonce: [u8; 8]) -> String {
    match kind {
        Kind::Activation1 if nonce == [0; 8] => "zero: no challenge".into(),
        Kind::Activation1 => "the challenge".into(),
        Kind::Information => {
            let InformationNonce { time, sequence, counter } = InformationNonce::decode(nonce);
            format!("time {time} (seconds since 1970), instance {sequence}, counter {counter}")
        }
        _ => {
            let Nonce { time, counter } = Nonce::decode(nonce);
            format!("time {time} (seconds since 1970), counter {counter}, if made by our profile")
        }
    }
}

fn explain_body(out: &mut String, frame: &Frame<'_>, channel: Option<&Key<Channel>>) -> Result<(), Refusal> {
    let Some(protection) = frame.header.protection else {
        let right = checksum(frame.header_bytes, frame.body) == *frame.tag;
        let _ = writeln!(out, "the checksum {}", if right { "is right" } else { "is wrong (FRM-12)" });
        let am1 = Activation1::decode(frame.body, frame.header.nonce)?;
        let _ = writeln!(out, "  issued at       {}", am1.time);
        let _ = writeln!(out, "  wrapped key     {}", hex::encode(&am1.wrapped_key));
        let _ = writeln!(
            out,
            "  protections     {} for activation message 2, {} for what follows",
            am1.policy.activation.number(),
            am1.policy.messages.number()
        );
        let _ = writeln!(out, "  confirmed with  application {}", am1.policy.post_activation);
        let _ = writeln!(
            out,
            "  static vector   {}",
            am1.static_vector.map_or("none".into(), |vector| format!("{} bytes", vector.len()))
        );
        return Ok(());
    };
    let Some(channel) = channel else {
        let _ = writeln!(out, "the tag can't be checked without the key (--key)");
        return Ok(());
    };
    let direction = match frame.header.kind {
        Kind::Information => Direction::ToServer(InformationNonce::decode(frame.header.nonce).sequence),
        _ => Direction::ToClient,
    };
    let keys = ChannelKeys::new(channel, protection, direction);
    let body = open(&keys, frame.header_bytes, frame.body, frame.tag)?;
    let _ = writeln!(out, "the tag is right; the body in clear: {}", hex::encode(&body));
    match frame.header.kind {
        Kind::Request => explain_request(out, &Request::decode(&body, Carrier::Gateway)?),
        Kind::Deactivation => {
            let Deactivation { sequence } = Deactivation::decode(&body)?;
            let _ = writeln!(out, "  ends instance {sequence}");
        }
        Kind::Information => {
            let Information { challenge_key } = Information::decode(&body)?;
            let _ = writeln!(out, "  rejects the login of challenge key {challenge_key}");
        }
        _ => {}
    }
    Ok(())
}

fn explain_request(out: &mut String, request: &Request) {
    let _ = writeln!(
        out,
        "  signed by application {}, app version at least {}, template {}{}",
        request.application,
        request.minimum_version,
        request.template,
        if request.require_pin { ", PIN required" } else { "" }
    );
    match &request.content {
        Content::List { title, items } => {
            let _ = writeln!(out, "  {}", show(title));
            for (key, value) in items {
                let _ = writeln!(out, "    {}: {}", show(key), show(value));
            }
        }
        Content::Challenge { title, challenge } => {
            let _ = writeln!(out, "  {} (not shown)\n    challenge {challenge}", show(title));
        }
        Content::FreeText { title, text } => {
            let _ = writeln!(out, "  {}\n    {}", show(title), show(text));
        }
        Content::Gateway(GatewayString::Notification { challenge_key }) => {
            let _ = writeln!(out, "  a login is asked for, challenge key {challenge_key}");
        }
        Content::Gateway(GatewayString::Details(Details { service, identity, .. })) => {
            let _ = writeln!(
                out,
                "  login to {}: user {}, domain {}",
                show(service),
                show(&identity.user),
                show(&identity.domain)
            );
        }
    }
}

/// The message inside a question, decoded, with a mark at the field that `requirement` is about.
pub(in crate::cli) fn decoded_in(question: &str, requirement: &str) -> Option<Vec<String>> {
    let Message { what, fields } = decoded(question, requirement)?;
    let line =
        |Field { name, bytes, is_it }| format!("{name:<14} {bytes}{}", if is_it { "  <-- here" } else { "" });
    Some(std::iter::once(what).chain(fields.into_iter().map(line)).collect())
}

/// The same as data.
pub(in crate::cli) fn decoded(question: &str, requirement: &str) -> Option<Message> {
    let question: serde_json::Value = serde_json::from_str(question).ok()?;
    let message = question.pointer("/params/message")?.as_str()?;
    let bytes = match hex::decode(message) {
        Ok(bytes) => bytes,
        Err(refusal) => {
            let what = format!("{} characters, {refusal}", message.chars().count());
            return Some(Message { what, fields: Vec::new() });
        }
    };
    let what = match Frame::decode(&bytes, Carrier::Gateway) {
        Ok(frame) => {
            let protection = frame.header.protection.map_or(0, Protection::number);
            let kind = frame.header.kind.number();
            format!("type {kind}, protection {protection}, serial number {}", frame.header.serial)
        }
        Err(refusal) => refusal.to_string(),
    };
    let end = bytes.len().checked_sub(8).filter(|end| *end >= 15)?;
    let fields = [
        ("first word", 0, 2),
        ("serial number", 2, 7),
        ("nonce", 7, 15),
        ("body", 15, end),
        ("tag", end, end + 8),
    ];
    let field = |(name, from, to): (&'static str, usize, usize)| {
        let text = hex::encode(bytes.get(from..to).unwrap_or_default());
        let bytes = if text.len() > 64 { format!("{}…", text.get(..64).unwrap_or_default()) } else { text };
        Field { name, bytes, is_it: field_of(requirement) == Some(name) }
    };
    Some(Message { what, fields: fields.map(field).into() })
}

/// The field of a frame that a requirement speaks about.
fn field_of(requirement: &str) -> Option<&'static str> {
    match requirement {
        "FRM-5" | "FRM-6" | "FRM-7" | "FRM-8" | "FRM-9" | "FRM-10" | "CLI-2" | "CLI-7" | "AM2-7"
        | "VER-2" => Some("first word"),
        "SER-1" | "SER-2" | "SER-3" | "CLI-3" | "AM1-8" | "VER-1" => Some("serial number"),
        "NON-1" | "NON-2" | "AM1-5" | "CLI-8" | "VER-6" | "VER-8" => Some("nonce"),
        "PRT-4" | "FRM-12" => Some("tag"),
        _ if requirement.starts_with("REQ") || requirement.starts_with("STV") => Some("body"),
        "AM1-3" | "AM1-4" | "AM1-6" | "AM1-9" | "AM2-8" | "KEY-10" | "CLI-9" | "CLI-10" | "DEA-5"
        | "DEA-6" | "OTP-3" => Some("body"),
        _ => None,
    }
}
