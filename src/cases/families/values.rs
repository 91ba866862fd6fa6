//! Unknown values in every enumerated field, under a right tag: all values, those that are known accepted.

use super::boundaries::with_byte;
use super::messages::Message;
use super::site::{Bad, Site};
use super::{Case, negative};
use channel::crypto::keys::Key;
use channel::rule::{AM1_4, AM1_6, AM1_9, AM2_8, CLI_2, CLI_10, DEA_5, FRM_6, REQ_2, REQ_3, Rule, VER_2};
use channel::text::hex;
use harness::forge::Plain;
use harness::trial::{Stop, Trial};

type Bends = fn(&Site) -> Vec<Plain>;

/// Message, field, a requirement that decides, and every value of the field.
const FIELDS: [(&str, &str, Rule, Bends); 16] = [
    ("am1-vector", "flags", AM1_4, |site| bytes(site, 0)),
    ("am1-plain", "protections", AM1_6, protections),
    ("am1-vector", "applications", AM1_9, |site| applications(site, 30)),
    ("am2-1", "sequence", AM2_8, |site| bytes(site, 0)),
    ("am2-2", "flags", AM2_8, |site| bytes(site, 1)),
    ("am2-no-key-1", "flags", AM2_8, |site| bytes(site, 1)),
    ("deactivation-2", "sequence", DEA_5, |site| bytes(site, 0)),
    ("deactivation-2", "zero", DEA_5, |site| bytes(site, 1)),
    ("request-list-1", "charsets-and-formats", REQ_3, charsets),
    ("request-challenge-2", "charsets-and-formats", REQ_3, charsets),
    ("request-text-1", "charsets-and-formats", REQ_3, charsets),
    ("request-list-2", "applications", CLI_10, |site| applications(site, 1)),
    ("request-challenge-1", "applications", CLI_10, |site| applications(site, 1)),
    ("request-text-2", "applications", CLI_10, |site| applications(site, 1)),
    ("request-challenge-2", "control-first-byte", REQ_2, controls),
    ("request-text-2", "control-first-byte", REQ_2, controls),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, field, aim, all) in FIELDS {
        let Some(message) = Message::named(name) else { continue };
        let about = format!("{name}: of all {field} the known ones are accepted, the others refused");
        cases.push(negative(format!("family-{name}-all-{field}"), message.role(), aim, about, move |t| {
            every_value(t, message, aim, all)
        }));
    }
    cases.extend(first_words());
    cases
}

/// Every other first word, and every other body under this one's.
fn first_words() -> Vec<Case> {
    let mut cases = Vec::new();
    for name in
        ["am1-plain", "am2-1", "deactivation-2", "request-list-1", "verify-confirmation", "verify-text"]
    {
        let Some(message) = Message::named(name) else { continue };
        let other = match (message.at_server, message.is_am1()) {
            (true, _) => VER_2,
            (false, true) => FRM_6,
            (false, false) => CLI_2,
        };
        let about = format!("{name}: of all first words under a right tag just its own is taken");
        let id = format!("family-{name}-all-first-words");
        cases.push(negative(id, message.role(), other, about, move |t| {
            let site = message.enter(t)?;
            site.refuse_all(t, other, types(&site))
        }));
        if !message.at_server && !message.is_am1() {
            let about = format!("{name}: the body of another type under its own type and tag is refused");
            let aim = confused_rule(name);
            let id = format!("family-{name}-other-bodies");
            cases.push(negative(id, message.role(), aim, about, move |t| {
                let site = message.enter(t)?;
                site.refuse_all(t, aim, bodies(&site))
            }));
        }
    }
    cases
}

fn confused_rule(name: &str) -> Rule {
    match name {
        "am2-1" => AM2_8,
        "deactivation-2" => DEA_5,
        _ => channel::rule::REQ_5,
    }
}

fn every_value(t: &mut Trial<'_>, message: Message, aim: Rule, all: Bends) -> Result<(), Stop> {
    let site = message.enter(t)?;
    let (mut bad, mut good) = (Vec::new(), Vec::new());
    for plain in all(&site) {
        match site.sealed(&plain) {
            Some(refused) => bad.push(refused),
            None => good.push(plain.message(site.channel.as_ref())),
        }
    }
    site.refuse_only(t, aim, bad)?;
    // The others end the state in which they are received.
    let repeatable = message.is_request() || message.is_am1();
    good.retain(|message| repeatable && *message != site.good);
    good.push(site.good.clone());
    good.iter().try_for_each(|message| site.accept(t, aim.id, message))
}

/// Every value of a byte of the body.
fn bytes(site: &Site, at: usize) -> Vec<Plain> {
    (0..=255).map(|value| with_byte(&site.plain, at, value)).collect()
}

/// The policy with every protection in its first field, and in its second.
fn protections(site: &Site) -> Vec<Plain> {
    let policy = |bits: u16| {
        let mut plain = site.plain.clone();
        if let Some([high, low]) = plain.body.get_mut(29..31) {
            [*high, *low] = bits.to_be_bytes();
        }
        plain
    };
    (0..64)
        .flat_map(|protection| [policy(protection << 10 | 2 << 4), policy(2 << 10 | protection << 4)])
        .collect()
}

/// Every application in the three bits before a byte's last, and that last bit.
fn applications(site: &Site, at: usize) -> Vec<Plain> {
    let now = site.plain.body.get(at).copied().unwrap_or(0) & 0xF0;
    (0..16).map(|value| with_byte(&site.plain, at, now | value)).collect()
}

/// Every charset with every format.
fn charsets(site: &Site) -> Vec<Plain> {
    let control = site.plain.body.first_chunk().copied().map_or(0, u16::from_be_bytes) & !0x01F0;
    (0..32)
        .map(|value: u16| {
            let [high, low] = (control | value << 4).to_be_bytes();
            with_byte(&with_byte(&site.plain, 0, high), 1, low)
        })
        .collect()
}

/// Every version, PIN flag and template; and the last bit, which none may have.
fn controls(site: &Site) -> Vec<Plain> {
    let last = site.plain.body.get(1).copied().unwrap_or(0);
    let first = (0..=255).step_by(2).map(|value| with_byte(&site.plain, 0, value));
    first.chain([with_byte(&site.plain, 1, last | 1)]).collect()
}

/// Every type with its own protection and with none, every protection, every version; tagged as each says.
fn types(site: &Site) -> Vec<Bad> {
    let own = site.plain.word;
    let types = (0..64).flat_map(|kind| [0, own & 0x3F].map(|protection| kind << 6 | protection));
    let protections = (1..64).map(|protection| own & !0x3F | protection);
    let key = site.channel.clone().unwrap_or(Key::new([0; 16]));
    let versions = (1..16).map(|version| version << 12 | own);
    let words = types.chain(protections).chain(versions).filter(|word| *word != own);
    let bent = words.map(|word| Plain { word, ..site.plain.clone() }.message(Some(&key)));
    bent.filter_map(|message| {
        let bytes = hex::decode(&message).unwrap_or_default();
        // A protection that is not agreed on is refused before the tag, every other word here earlier still.
        site.sent(&bytes)
    })
    .collect()
}

/// Bodies of the other types, sealed as one of this.
fn bodies(site: &Site) -> Vec<Bad> {
    let bodies: [&[u8]; 9] = [
        &[],
        &[1, 0],
        &[2, 1],
        &[1; 31],
        &[0; 31],
        &[0, 0, 1, b't', 1, 1, b'k', 1, b'v'],
        &[0, 0x14, 0, 4, b'1', b'2', b'3', b'4'],
        &[0, 0x20, 0, 0, 1, b'x'],
        &[0, 0x30, 0, 0, 1, b'x'],
    ];
    bodies.into_iter().filter_map(|body| site.sealed(&site.plain.with_body(body.to_vec()))).collect()
}
