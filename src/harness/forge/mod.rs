//! Messages taken apart, bent and put together again with right tags, since the harness knows the keys; and
//! the comparison of two messages that says which requirement their first difference violates. The same for
//! what rests: [`mod@file`] has license files, [`state`] what a client saves; [`digits`] for what a person types.

pub mod digits;
pub mod file;
pub mod single;
pub mod state;

use std::ops::Range;

use super::blame;
use super::stop::fail;
use super::trial::{Stop, Trial};
use channel::crypto::kdf;
use channel::crypto::keys::{Channel, Key};
use channel::crypto::mac::{cmac, hmac_sha256};
use channel::crypto::protect::{
    ChannelKeys, Direction, HEADER_LENGTH, Protection, TAG_LENGTH, checksum, ctr, open, seal,
};
use channel::text::hex;
use channel::wire::information::InformationNonce;
use peer::json;

/// Where a field stands in bytes of this length. What a wrong peer made may be too short for its fields.
fn within(field: Range<usize>, length: usize) -> Range<usize> {
    field.start.min(length)..field.end.min(length)
}

/// A MAC key, whatever its role.
pub enum MacKey {
    /// For a tag of protection 1.
    HmacSha256(Vec<u8>),
    /// For a tag of protection 2.
    Cmac([u8; 16]),
}

/// A message in clear, every field free to be bent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// version (4 bits) | type (6) | protection (6)
    pub word: u16,
    /// Prefix and suffix.
    pub serial: [u8; 5],
    /// Challenge, or time and counter.
    pub nonce: [u8; 8],
    /// In clear.
    pub body: Vec<u8>,
}

impl Plain {
    /// Takes a message apart; the tag is not looked at. Who made what is no message violates FRM-1.
    pub fn of(message: &str, channel: Option<&Key<Channel>>) -> Result<Self, Stop> {
        let none = || fail("FRM-1", "a message".to_owned(), format!("the text {}", json::show(message)));
        let bytes = hex::decode(message).map_err(|_| none())?;
        let split = split(&bytes).ok_or_else(none)?;
        let (header, body, _) = split;
        let [w0, w1, s0, s1, s2, s3, s4, nonce @ ..] = *header;
        let mut plain = Self {
            word: u16::from_be_bytes([w0, w1]),
            serial: [s0, s1, s2, s3, s4],
            nonce,
            body: body.to_vec(),
        };
        if let Some(keys) = plain.keys(channel) {
            // Counter mode: what seals also opens.
            (plain.body, _) = seal(&keys, header, plain.body);
        }
        Ok(plain)
    }

    /// Puts it together: encrypted and tagged as the protection in its first word says, or with the
    /// checksum for protection 0; an unknown protection is sealed like 2.
    pub fn message(&self, channel: Option<&Key<Channel>>) -> String {
        let header = self.header();
        let body = self.body.clone();
        let (body, tag) = match self.keys(channel) {
            Some(keys) => seal(&keys, &header, body),
            None => {
                let tag = checksum(&header, &body);
                (body, tag)
            }
        };
        hex::encode(&[&header[..], &body, &tag].concat())
    }

    /// The same under sub-keys of the harness's choice, as no sender would seal it.
    pub fn message_under(&self, encryption: &[u8; 16], mac: &MacKey) -> String {
        let header = self.header();
        let [w0, w1, _, _, _, _, _, n0, n1, n2, n3, n4, n5, n6, n7] = header;
        let mut body = self.body.clone();
        ctr(encryption, [n0, n1, n2, n3, n4, n5, n6, n7, w0, w1, 0, 0, 0, 0, 0, 0], &mut body);
        let input = [&header[..], &body].concat();
        let tag = match mac {
            MacKey::HmacSha256(key) => hmac_sha256(key, &input).to_vec(),
            MacKey::Cmac(key) => cmac(key, &[&input]).to_vec(),
        };
        hex::encode(&[&input[..], tag.get(..TAG_LENGTH).unwrap_or_default()].concat())
    }

    /// The same with the six bits of the type replaced.
    pub fn with_type(&self, kind: u16) -> Self {
        Self { word: self.word & !0x0FC0 | kind << 6, ..self.clone() }
    }

    /// The same with the six bits of the protection replaced.
    pub fn with_protection(&self, protection: u16) -> Self {
        Self { word: self.word & !0x3F | protection, ..self.clone() }
    }

    /// The same with another body.
    pub fn with_body(&self, body: Vec<u8>) -> Self {
        Self { body, ..self.clone() }
    }

    fn header(&self) -> [u8; HEADER_LENGTH] {
        let [w0, w1] = self.word.to_be_bytes();
        let [s0, s1, s2, s3, s4] = self.serial;
        let [n0, n1, n2, n3, n4, n5, n6, n7] = self.nonce;
        [w0, w1, s0, s1, s2, s3, s4, n0, n1, n2, n3, n4, n5, n6, n7]
    }

    /// Who sends a message of this type; an information message says in its nonce which instance.
    fn direction(&self) -> Direction {
        match self.word >> 6 & 0x3F {
            0x24 => Direction::ToServer(InformationNonce::decode(self.nonce).sequence),
            _ => Direction::ToClient,
        }
    }

    fn keys(&self, channel: Option<&Key<Channel>>) -> Option<ChannelKeys> {
        let protection = match self.word & 0x3F {
            0 => return None,
            1 => Protection::HmacSha256,
            _ => Protection::Cmac,
        };
        channel.map(|channel| ChannelKeys::new(channel, protection, self.direction()))
    }
}

fn split(bytes: &[u8]) -> Option<(&[u8; HEADER_LENGTH], &[u8], &[u8; TAG_LENGTH])> {
    let (header, rest) = bytes.split_first_chunk::<HEADER_LENGTH>()?;
    let (body, tag) = rest.split_last_chunk::<TAG_LENGTH>()?;
    Some((header, body, tag))
}

/// What a sealed message is made of, for blaming.
pub struct Blame {
    /// The layout of the body.
    pub layout: &'static str,
    /// The time in the nonce.
    pub time: &'static str,
    /// The rest of the nonce.
    pub counter: &'static str,
    /// The key from which both sub-keys come.
    pub channel: &'static str,
}

/// Compares two messages; a difference violates the requirement of the first thing that differs.
pub fn same_message(
    trial: &mut Trial<'_>,
    blame: &Blame,
    got: &str,
    want: Option<&String>,
    channel: Option<&Key<Channel>>,
) -> Result<(), Stop> {
    let Some(want) = want else { return Ok(()) };
    let requirement = match got == want {
        true => blame.layout,
        false => first_difference(blame, got, want, channel),
    };
    trial.same(requirement, &got, Some(&want.as_str()))
}

fn first_difference(blame: &Blame, got: &str, want: &str, channel: Option<&Key<Channel>>) -> &'static str {
    if got.eq_ignore_ascii_case(want) {
        return "CNV-1";
    }
    let (Ok(got_bytes), Ok(want_bytes)) = (hex::decode(got), hex::decode(want)) else { return "CNV-1" };
    let (Ok(got_plain), Ok(want_plain)) = (Plain::of(got, channel), Plain::of(want, channel)) else {
        return "FRM-1";
    };
    let [(time_got, counter_got), (time_want, counter_want)] =
        [got_plain.nonce, want_plain.nonce].map(|[a, b, c, d, counter @ ..]| ([a, b, c, d], counter));
    let [e, f, g, h] = counter_want;
    if got_plain.word != want_plain.word {
        "FRM-1"
    } else if got_plain.serial != want_plain.serial {
        "SER-1"
    } else if time_got != time_want {
        blame.time
    } else if counter_got == [h, g, f, e] && counter_got != counter_want {
        // The right number in another order: that is how the nonce is written.
        blame.time
    } else if counter_got != counter_want {
        blame.counter
    } else if got_bytes.len() != want_bytes.len() {
        blame::tag_length(got, want).unwrap_or(blame.layout)
    } else {
        body_or_tag(blame, &got_bytes, &got_plain, &want_plain, channel)
    }
}

/// Headers agree. A wrong channel key spoils body and tag, a wrong sub-key one of the two.
fn body_or_tag(
    blame: &Blame,
    got_bytes: &[u8],
    got: &Plain,
    want: &Plain,
    channel: Option<&Key<Channel>>,
) -> &'static str {
    let Some((header, sent, tag)) = split(got_bytes) else { return "FRM-1" };
    let Some(keys) = got.keys(channel) else {
        return if got.body == want.body { "FRM-11" } else { blame.layout };
    };
    let tag_is_right = open(&keys, header, sent, tag).is_ok();
    let alike = got.body.iter().zip(&want.body).filter(|(a, b)| a == b).count();
    // The few bytes of a deactivation say nothing of the key, which other messages have shown to be right.
    let short = want.body.len() < 16;
    let decrypts = got.body == want.body || short || 2 * alike > want.body.len();
    match (tag_is_right, decrypts) {
        (false, false) => blame.channel,
        (false, true) if got.body != want.body => blame.layout,
        (false, true) => tag_fault(got, header, sent, tag, channel),
        (true, true) => blame.layout,
        (true, false) if got.body.get(..16) == want.body.get(..16) => "PRT-1",
        (true, false) => "KEY-3",
    }
}

/// The MAC key is right where the tag is another part of the right MAC.
fn tag_fault(
    got: &Plain,
    header: &[u8],
    sent: &[u8],
    tag: &[u8],
    channel: Option<&Key<Channel>>,
) -> &'static str {
    let Some(channel) = channel else { return "FRM-11" };
    let input = [header, sent].concat();
    let (mac, formula, key) = if got.word & 0x3F == 1 {
        let key = kdf::hmac_key(channel, got.direction());
        (hmac_sha256(key.as_flattened(), &input).to_vec(), "PRT-2", "KEY-5")
    } else {
        (cmac(&kdf::cmac_key(channel, got.direction()), &[&input]).to_vec(), "PRT-3", "KEY-4")
    };
    if mac.windows(TAG_LENGTH).any(|part| part == tag) { formula } else { key }
}
