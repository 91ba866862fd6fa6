//! Cut and extended at every boundary of the layout, as it comes off the wire and under a right tag; and the
//! lengths and counts inside a body at their limits.

use super::messages::{Form, MESSAGES, Message};
use super::site::{Bad, Site};
use super::{Case, negative};
use channel::rule::{
    AM1_3, AM2_8, CLI_8, CLI_9, DEA_5, FRM_3, FRM_4, OTP_3, REQ_5, REQ_6, Rule, STV_1, VER_7,
};
use harness::forge::Plain;
use harness::trial::{Stop, Trial};
use peer::protocol::Carrier;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for message in MESSAGES {
        // `open-every-cut` has the first of these, and the others differ from theirs in the tag alone.
        if ["request-list-2", "am1-challenge", "am2-no-key-1", "request-challenge-1", "request-text-2"]
            .contains(&message.name)
        {
            continue;
        }
        let (name, aim) = (message.name, message.tag_rule());
        let about = format!("{name}: cut or extended as sent, at each boundary, it is refused");
        let id = format!("family-{name}-boundaries");
        cases.push(negative(id, message.role(), aim, about, move |t| sent(t, message)));
    }
    for message in Message::one_of_each() {
        let (name, aim) = (message.name, sealed_rule(&message));
        let about = format!("{name}: a body cut or extended at a boundary is refused under a right tag, too");
        let id = format!("family-{name}-boundaries-sealed");
        cases.push(negative(id, message.role(), aim, about, move |t| sealed(t, message, aim)));
    }
    for (name, what, aim, bend) in LIMITS {
        let Some(message) = Message::named(name) else { continue };
        let about = format!("{name}: {what} at its limits, one below and one above");
        cases.push(negative(format!("family-{name}-limits-{what}"), message.role(), aim, about, move |t| {
            limit(t, message, aim, bend)
        }));
    }
    for name in ["request-text-1", "deactivation-1"] {
        let Some(message) = Message::named(name) else { continue };
        for (carrier, word, aim) in [(Carrier::Direct, "direct", FRM_3), (Carrier::Gateway, "gateway", FRM_4)]
        {
            let about = format!("{name}: the longest frame of the {word} carrier, one below and one above");
            let id = format!("family-{name}-limits-{word}");
            cases.push(negative(id, message.role(), aim, about, move |t| carried(t, message, carrier, aim)));
        }
    }
    cases
}

/// What a body that is too long violates.
fn sealed_rule(message: &Message) -> Rule {
    match message.form {
        _ if message.at_server => VER_7,
        Form::Activation1 { vector: true, .. } => STV_1,
        Form::Activation1 { .. } => AM1_3,
        Form::Activation2 { .. } => AM2_8,
        Form::Deactivation => DEA_5,
        _ => REQ_5,
    }
}

/// All that is before the boundary; without the byte before it; with one byte or eight more.
fn changes(good: &[u8], at: usize) -> Vec<Vec<u8>> {
    let (before, after) = good.split_at(at.min(good.len()));
    let shorter = before.split_last().map_or(&[][..], |(_, shorter)| shorter);
    vec![
        before.to_vec(),
        [shorter, after].concat(),
        [before, &[0x00], after].concat(),
        [before, &[0xFF], after].concat(),
        [before, &[0x00; 8], after].concat(),
    ]
}

fn sent(t: &mut Trial<'_>, message: Message) -> Result<(), Stop> {
    let site = message.enter(t)?;
    let good = site.bytes();
    let body = message.boundaries(&site.plain.body).into_iter().map(|at| 15 + at);
    let all = [0, 2, 7, 11].into_iter().chain(body).chain([good.len() - 4, good.len()]);
    let bad = all.flat_map(|at| changes(&good, at)).filter_map(|bent| site.sent(&bent)).collect();
    site.refuse_all(t, message.tag_rule(), bad)
}

fn sealed(t: &mut Trial<'_>, message: Message, aim: Rule) -> Result<(), Stop> {
    let site = message.enter(t)?;
    let body = &site.plain.body;
    let bent = message.boundaries(body).into_iter().flat_map(|at| changes(body, at));
    let bad = bent.filter_map(|body| site.sealed(&site.plain.with_body(body))).collect();
    site.refuse_all(t, aim, bad)
}

type Bends = fn(&Site) -> Vec<Plain>;

/// Message, what is at its limits, what decides, and the bodies; those that are valid must be accepted.
const LIMITS: [(&str, &str, Rule, Bends); 10] = [
    ("request-list-1", "items", REQ_6, items),
    ("request-list-2", "title-length", REQ_5, title_length),
    ("request-challenge-1", "title-length", REQ_5, title_length),
    ("request-challenge-2", "digits", OTP_3, challenge_digits),
    ("request-text-1", "text-length", REQ_5, text_length),
    ("request-text-2", "empty", REQ_6, text_empty),
    ("request-challenge-2", "counter", CLI_8, counters),
    ("request-text-1", "counter", CLI_8, counters),
    ("request-list-1", "version", CLI_9, versions),
    ("request-list-2", "counter", CLI_8, counters),
];

fn limit(t: &mut Trial<'_>, message: Message, aim: Rule, bend: Bends) -> Result<(), Stop> {
    let site = message.enter(t)?;
    let (mut bad, mut good) = (Vec::new(), Vec::new());
    for plain in bend(&site) {
        match site.sealed(&plain) {
            Some(refused) => bad.push(refused),
            None => good.push(plain.message(site.channel.as_ref())),
        }
    }
    site.refuse_only(t, aim, bad)?;
    good.push(site.good.clone());
    good.iter().try_for_each(|message| site.accept(t, aim.id, message))
}

fn control(site: &Site) -> &[u8] {
    site.plain.body.get(..2).unwrap_or_default()
}

fn items(site: &Site) -> Vec<Plain> {
    let item = [1, b'k', 1, b'v'];
    let with = |count: u8| [control(site), &[0, count], &item.repeat(usize::from(count))].concat();
    [0, 1, 2, 15, 16, 17, 64].map(|count| site.plain.with_body(with(count))).to_vec()
}

/// A title that says it is one byte shorter, one longer, the rest of the body, all and none of it.
fn title_length(site: &Site) -> Vec<Plain> {
    let body = &site.plain.body;
    let rest = u8::try_from(body.len() - 3).unwrap_or(u8::MAX);
    let lengths = [0, 2, 3, 4, rest - 1, rest, rest.saturating_add(1), u8::MAX];
    lengths.map(|length| with_byte(&site.plain, 2, length)).to_vec()
}

fn challenge_digits(site: &Site) -> Vec<Plain> {
    let with = |length: u8| [control(site), &[0, length], &b"9".repeat(usize::from(length))].concat();
    [0, 1, 15, 16, 17, 255].map(|length| site.plain.with_body(with(length))).to_vec()
}

fn text_with_length(site: &Site, length: u16, text: &[u8]) -> Plain {
    let [high, low] = length.to_be_bytes();
    site.plain.with_body([control(site), &[0, high, low], text].concat())
}

fn text_length(site: &Site) -> Vec<Plain> {
    [0, 1, 7, 8, 9, 255, 256, 264, 65_535].map(|length| text_with_length(site, length, b"eight by")).to_vec()
}

fn text_empty(site: &Site) -> Vec<Plain> {
    vec![text_with_length(site, 0, b""), text_with_length(site, 1, b"x"), text_with_length(site, 1, b"")]
}

/// The counter of AM2, one below, one above, and the ends.
fn counters(site: &Site) -> Vec<Plain> {
    let last = super::messages::counter_of(site.plain.nonce) - 1;
    let with = |counter: u32| Plain {
        nonce: (u64::from_be_bytes(site.plain.nonce) >> 32 << 32 | u64::from(counter)).to_be_bytes(),
        ..site.plain.clone()
    };
    [0, 1, last - 1, last, last + 1, last + 2, u32::MAX].map(with).to_vec()
}

fn versions(site: &Site) -> Vec<Plain> {
    let first = site.plain.body.first().copied().unwrap_or(0) & 0x3F;
    [0, 1, 2, 3].map(|version| with_byte(&site.plain, 0, version << 6 | first)).to_vec()
}

/// One byte of the body set.
pub(super) fn with_byte(plain: &Plain, at: usize, value: u8) -> Plain {
    let mut body = plain.body.clone();
    if let Some(byte) = body.get_mut(at) {
        *byte = value;
    }
    plain.with_body(body)
}

/// Bodies that fill the carrier, one byte less and one more: all but the last reach the body's own rules.
fn carried(t: &mut Trial<'_>, message: Message, carrier: Carrier, aim: Rule) -> Result<(), Stop> {
    let mut site = message.enter(t)?;
    site.carrier = carrier;
    let longest = if carrier == Carrier::Direct { 512 } else { 2078 };
    let (mut bad, mut good): (Vec<Bad>, Vec<String>) = Default::default();
    for length in [longest - 1, longest, longest + 1, longest + 2] {
        let plain = match message.form {
            Form::Text => {
                let text = "x".repeat(length - 5);
                text_with_length(&site, u16::try_from(text.len()).unwrap_or(0), text.as_bytes())
            }
            _ => site.plain.with_body([control(&site), &vec![0; length - 2]].concat()),
        };
        match site.sealed(&plain) {
            Some(refused) => bad.push(refused),
            None => good.push(plain.message(site.channel.as_ref())),
        }
    }
    site.refuse_only(t, aim, bad)?;
    good.push(site.good.clone());
    good.iter().try_for_each(|message| site.accept(t, aim.id, message))
}
