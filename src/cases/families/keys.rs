//! Wrong key role, swapped nonce, downgraded protection.

use super::messages::{Form, MESSAGES, Message};
use super::site::{Bad, Site};
use super::{Case, negative};
use channel::crypto::kdf::{self, kdf};
use channel::crypto::keys::{Channel, Key};
use channel::rule::{AM2_7, CLI_7, PRT_4, Rule, VER_7};
use channel::serial::{Sequence, Serial};
use channel::wire::device_code::DeviceCode;
use harness::forge::{MacKey, Plain};
use harness::trial::{Stop, Trial};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |message: Message, family: &str, aim: Rule, about: &str, run: Family| {
        let (id, about) = (format!("family-{}-{family}", message.name), format!("{}: {about}", message.name));
        cases.push(negative(id, message.role(), aim, about, move |t| {
            let site = message.enter(t)?;
            let bad = run(t, &site)?;
            site.refuse_all(t, aim, bad)
        }));
    };
    for message in Message::one_of_each() {
        add(
            message,
            "nonce",
            message.tag_rule(),
            "another nonce, or its halves exchanged, is refused",
            nonces,
        );
    }
    for message in MESSAGES.into_iter().filter(|message| !message.at_server && !message.is_am1()) {
        match message.form {
            Form::Activation2 { key: false } | Form::Challenge | Form::Text => (),
            _ => add(message, "key-roles", PRT_4, "sealed under a key of another role it is refused", keys),
        }
        let agreed = if matches!(message.form, Form::Activation2 { .. }) { AM2_7 } else { CLI_7 };
        // Those of `am2-protection-1`, `open-downgraded` and `open-upgraded`, and what they say of the others.
        if !["am2-2", "am2-no-key-2", "request-list-1", "request-list-2"].contains(&message.name) {
            add(message, "downgraded", agreed, "under another protection it is refused", downgrades);
        }
    }
    for message in MESSAGES.into_iter().filter(|message| message.name == "verify-list") {
        add(message, "downgraded", VER_7, "issued, but under another protection, it is refused", downgrades);
    }
    cases
}

type Family = fn(&mut Trial<'_>, &Site) -> Result<Vec<Bad>, Stop>;

/// Both.
fn keys(t: &mut Trial<'_>, site: &Site) -> Result<Vec<Bad>, Stop> {
    let mut bad = channels(t, site)?;
    bad.extend(sub_keys(site));
    Ok(bad)
}

/// Every key of the scene but the right one, taken for the channel key.
fn channels(t: &mut Trial<'_>, site: &Site) -> Result<Vec<Bad>, Stop> {
    let Some(own) = &site.channel else { return Ok(Vec::new()) };
    let scene = &site.scene;
    let parts = (DeviceCode::decode(&scene.device_code), Serial::from_bytes(site.plain.serial));
    let ((Ok(code), Ok(serial)), Some(sequence)) = (parts, Sequence::new(1)) else {
        return Err(Stop::Harness("no device code".into()));
    };
    let license = Key::new(scene.license_key);
    let (master, salt) = (&scene.setup.vector.master_key, t.random());
    let application = kdf::application(&license, serial, sequence, 1, code.device, &salt);
    let am2 = scene.am2_channel();
    let roles: [Option<[u8; 16]>; 10] = [
        Some([0; 16]),
        Some(scene.license_key),
        Some(scene.payload_key),
        am2.as_ref().map(|key| *key.expose()),
        Some(*master.expose()),
        Some(*kdf::wrapping(master, serial).expose()),
        Some(*kdf::device_code(&license).expose()),
        Some(*application.expose()),
        Some(encryption(own, number(site), 0)),
        Some(cmac_key(own, 2, 0)),
    ];
    let wrong = roles.into_iter().flatten().filter(|key| key != own.expose());
    Ok(wrong.map(|key| refused(site.plain.message(Some(&Key::new(key))))).collect())
}

/// The right channel key, its sub-keys exchanged, of the other protection, of the other direction.
fn sub_keys(site: &Site) -> Vec<Bad> {
    let Some(own) = &site.channel else { return Vec::new() };
    let (this, other) = (number(site), 3 - number(site));
    let right = encryption(own, this, 0);
    let mac = |protection: u8, direction: u8| match this {
        1 => MacKey::HmacSha256(hmac_key(own, protection, direction).to_vec()),
        _ => MacKey::Cmac(cmac_key(own, protection, direction)),
    };
    let under_encryption = match this {
        1 => MacKey::HmacSha256(right.to_vec()),
        _ => MacKey::Cmac(right),
    };
    let crossed = match this {
        1 => MacKey::Cmac(cmac_key(own, this, 0)),
        _ => MacKey::HmacSha256(hmac_key(own, this, 0).to_vec()),
    };
    let wrong = [
        (right, mac(other, 0)),
        (encryption(own, other, 0), mac(other, 0)),
        (right, mac(this, 1)),
        (encryption(own, this, 1), mac(this, 1)),
        (cmac_key(own, this, 0), under_encryption),
        (right, MacKey::Cmac(*own.expose())),
        (right, crossed),
    ];
    wrong.into_iter().map(|(key, mac)| refused(site.plain.message_under(&key, &mac))).collect()
}

fn refused(message: String) -> Bad {
    Bad { message, rule: PRT_4 }
}

fn number(site: &Site) -> u8 {
    if site.message.protection == 1 { 1 } else { 2 }
}

fn encryption(channel: &Key<Channel>, protection: u8, direction: u8) -> [u8; 16] {
    let [key] = *kdf::<1>(channel.expose(), b"enc", &[protection, direction]);
    key
}

fn cmac_key(channel: &Key<Channel>, protection: u8, direction: u8) -> [u8; 16] {
    let [key] = *kdf::<1>(channel.expose(), b"mac", &[protection, direction]);
    key
}

fn hmac_key(channel: &Key<Channel>, protection: u8, direction: u8) -> [u8; 32] {
    let mut key = [0; 32];
    let blocks = kdf::<2>(channel.expose(), b"mac", &[protection, direction]);
    key.iter_mut().zip(blocks.as_flattened()).for_each(|(to, from)| *to = *from);
    key
}

/// Halves exchanged, nothing, all, one more or less, the counter or the time of another message; and some of
/// these under a right tag.
fn nonces(t: &mut Trial<'_>, site: &Site) -> Result<Vec<Bad>, Stop> {
    let own = u64::from_be_bytes(site.plain.nonce);
    let random = u64::from_be_bytes(t.random());
    let wrong = [
        own.rotate_left(32),
        own.swap_bytes(),
        0,
        u64::MAX,
        own.wrapping_add(1),
        own.wrapping_sub(1),
        own.wrapping_add(1 << 32),
        own >> 32 << 32,
        own << 32 >> 32,
        random,
    ];
    let mut bad = Vec::new();
    for nonce in wrong.into_iter().filter(|nonce| *nonce != own) {
        let bytes = nonce.to_be_bytes();
        let mut sent = site.bytes();
        sent.iter_mut().skip(7).zip(bytes).for_each(|(to, from)| *to = from);
        bad.extend(site.sent(&sent));
        bad.extend(site.sealed(&Plain { nonce: bytes, ..site.plain.clone() }));
    }
    Ok(bad)
}

/// Each other protection: under a right tag of its own, with the tag as sent, with a checksum in clear.
fn downgrades(_: &mut Trial<'_>, site: &Site) -> Result<Vec<Bad>, Stop> {
    let mut bad = Vec::new();
    for protection in (0..4).chain([0x20, 0x3F]).filter(|p| u32::from(*p) != site.message.protection) {
        let plain = site.plain.with_protection(protection);
        bad.extend(site.sealed(&plain));
        let mut sent = site.bytes();
        sent.iter_mut().zip(plain.word.to_be_bytes()).for_each(|(to, from)| *to = from);
        bad.extend(site.sent(&sent));
    }
    let as_sent = Plain::of(&site.good, None)?.with_protection(0);
    bad.extend(site.sealed(&as_sent));
    Ok(bad)
}
