//! Bit flips: every bit of every field, as it comes off the wire and under a right tag.

use super::messages::{Form, MESSAGES, Message};
use super::site::{Bad, Site};
use super::{Case, negative};
use channel::rule::{
    AM1_4, AM1_5, AM1_6, AM2_8, CLI_8, DEA_5, DEA_6, FRM_5, KEY_10, OTP_3, REQ_2, REQ_5, REQ_7, Rule, STV_5,
    VER_7,
};
use harness::forge::Plain;
use harness::trial::{Stop, Trial};

/// Most flips of a case; a longer part is bent in bits spread over it.
const MOST: usize = 160;

/// What a case written by hand leaves of a message to be bent as sent; two parts where it is long.
fn parts(message: &Message) -> &'static [&'static str] {
    match message.name {
        "am2-1" | "am2-2" | "request-list-1" | "request-list-2" | "verify-list" => &[],
        "am1-challenge" => &["word-and-serial"],
        "am1-plain" | "am1-vector" | "am2-no-key-2" | "verify-confirmation" => &["header", "body-and-tag"],
        "am2-no-key-1" => &["body-and-tag"],
        _ => &["frame"],
    }
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for message in MESSAGES {
        for part in parts(&message) {
            let aim = if *part == "body-and-tag" { message.tag_rule() } else { FRM_5 };
            let id = format!("family-{}-bit-flips-{part}", message.name);
            let about = format!("{}: a bit bent in the {part} as sent is refused", message.name);
            cases.push(negative(id, message.role(), aim, about, move |t| sent(t, message, part, aim)));
        }
    }
    for message in Message::one_of_each() {
        for (field, aim) in sealed_fields(&message) {
            let id = format!("family-{}-bit-flips-{field}-sealed", message.name);
            let about =
                format!("{}: a bit bent in the {field} is refused under a right tag, too", message.name);
            cases.push(negative(id, message.role(), aim, about, move |t| sealed(t, message, field, aim)));
        }
    }
    cases
}

/// The fields some bit of which violates this under a right tag.
fn sealed_fields(message: &Message) -> Vec<(&'static str, Rule)> {
    if message.at_server {
        return vec![("body", VER_7)];
    }
    match message.form {
        Form::Activation1 { challenge: false, .. } => {
            vec![("serial", KEY_10), ("nonce", AM1_5), ("flags", AM1_4), ("policy", AM1_6)]
        }
        Form::Activation1 { .. } => vec![("flags", AM1_4), ("key", KEY_10), ("vector", STV_5)],
        Form::Activation2 { key: true } => vec![("sequence", AM2_8), ("flags", AM2_8)],
        Form::Activation2 { key: false } => vec![("flags", AM2_8), ("payload-key", AM2_8)],
        Form::Deactivation => vec![("nonce", CLI_8), ("sequence", DEA_6), ("zero", DEA_5)],
        Form::List => vec![("nonce", CLI_8), ("control", REQ_2), ("title", REQ_7), ("items", REQ_5)],
        Form::Challenge => vec![("control", REQ_2), ("challenge", OTP_3)],
        Form::Text => vec![("title", REQ_5), ("text", REQ_7)],
    }
}

fn sent(t: &mut Trial<'_>, message: Message, part: &str, aim: Rule) -> Result<(), Stop> {
    let site = message.enter(t)?;
    let good = site.bytes();
    let span = match part {
        "word-and-serial" => 0..7,
        "header" => 0..15,
        "body-and-tag" => 15..good.len(),
        _ => 0..good.len(),
    };
    let bent = flips(&good).filter(|(at, _)| span.contains(at)).collect();
    let bad = spread(bent).filter_map(|(_, bent)| site.sent(&bent)).collect();
    site.refuse_all(t, aim, bad)
}

fn sealed(t: &mut Trial<'_>, message: Message, field: &str, aim: Rule) -> Result<(), Stop> {
    let site = message.enter(t)?;
    let bad = match field {
        "serial" => header(&site, site.plain.serial, |plain, serial| plain.serial = serial),
        "nonce" => header(&site, site.plain.nonce, |plain, nonce| plain.nonce = nonce),
        _ => {
            let body = &site.plain.body;
            let span = if field == "body" { 0..body.len() } else { message.span(body, field) };
            let bent = flips(body).filter(|(at, _)| span.contains(at)).collect();
            spread(bent).filter_map(|(_, body)| site.sealed(&site.plain.with_body(body))).collect()
        }
    };
    site.refuse_all(t, aim, bad)
}

/// The flips of a field of the header, sealed again.
fn header<const N: usize>(site: &Site, field: [u8; N], set: impl Fn(&mut Plain, [u8; N])) -> Vec<Bad> {
    let bent = |(_, bytes): (usize, Vec<u8>)| {
        let mut plain = site.plain.clone();
        set(&mut plain, bytes.try_into().ok()?);
        site.sealed(&plain)
    };
    flips(&field).filter_map(bent).collect()
}

/// These bytes with one bit bent each, and in which byte it is.
fn flips(good: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..good.len() * 8).map(|bit| {
        let mut bent = good.to_vec();
        if let Some(byte) = bent.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        (bit / 8, bent)
    })
}

fn spread<T>(all: Vec<T>) -> impl Iterator<Item = T> {
    // An odd step meets every bit of a byte.
    let step = if all.len() > MOST { (all.len() / MOST + 1) | 1 } else { 1 };
    all.into_iter().step_by(step)
}
