//! Static vectors, serial numbers, and the settings of a license.

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::keys::Key;
use channel::crypto::oath::Hash;
use channel::crypto::oath::suite::Suite;
use channel::crypto::protect::Protection;
use channel::serial::{Serial, SerialPrefix};
use channel::server::Floor;
use channel::text::hex;
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, StaticVector};
use harness::setup;
use serde_json::{Value, json};

use crate::records;
use crate::world::{Context, World};

/// A static vector for a license.
pub(crate) fn static_vector(w: &mut World, _: &Context) -> Option<Value> {
    let kind = if w.unlocks && w.luck.percent(80) { 2 } else { w.luck.below(9) };
    let mut vector = match kind {
        0 | 1 => setup::vector(),
        2 | 3 => setup::otp_vector(),
        4 | 8 => setup::open_vector(),
        5 => setup::single_vector(),
        _ => StaticVector { applications: applications(w), ..setup::vector() },
    };
    vector.password.tries = w.luck.one(&[1, 2, 2, 3, 3, 99], 3);
    vector.password.required = w.luck.percent(50);
    (vector.password.minimum, vector.password.maximum) =
        w.luck.one(&[(1, 64), (4, 8), (4, 4), (64, 64)], (4, 8));
    vector.password.refuse_weak = w.luck.percent(60);
    vector.binding = w.luck.percent(70);
    if w.luck.percent(20) {
        vector.master_key = Key::new(w.luck.array());
    }
    if w.luck.percent(8) {
        vector.prefix = w
            .luck
            .pick(&[0, 57_635, 50_147, 1])
            .and_then(|p| SerialPrefix::from_u16(*p))
            .unwrap_or(vector.prefix);
    }
    for rules in &mut vector.applications {
        rules.enabled ^= w.luck.percent(8) && !w.usual;
        rules.secure_channel ^= w.luck.percent(5) && !w.usual && rules.algorithm == Algorithm::Profile;
    }
    if w.luck.percent(4) && !w.usual {
        vector.applications.iter_mut().for_each(|rules| rules.secure_channel = false);
    }
    let mut bytes = vector.to_bytes();
    if w.luck.percent(3) && !w.usual {
        bytes = long(w, vector);
    }
    if w.luck.percent(6) && !w.usual {
        bytes = records::bent(&mut w.luck, &bytes);
    }
    Some(Value::from(hex::encode(&bytes)))
}

/// One of 481 bytes, the longest that there may be, or of one more: nothing else is wrong with it.
fn long(w: &mut World, vector: StaticVector) -> Vec<u8> {
    let mut vector = StaticVector { applications: Vec::new(), ..vector };
    for index in 1..=8 {
        let mut rules =
            setup::application(index, Mode::Signature, Factor::Time(36), (8, Radix::Decimal, false));
        // Five of a suite, and eight data fields each, are 497 bytes.
        if index <= 5 {
            open(&mut rules, 3);
        }
        rules.data_fields = vec![(0, 1); 8];
        vector.applications.push(rules);
    }
    let most = w.luck.one(&[481, 482], 482);
    for index in (0..8).rev() {
        while vector.to_bytes().len() > most {
            let Some(rules) = vector.applications.get_mut(index) else { break };
            if rules.data_fields.pop().is_none() {
                break;
            }
        }
    }
    // Data fields take two bytes each; a suite with a shorter name makes the sum odd.
    if vector.to_bytes().len() % 2 != most % 2
        && let Some(rules) = vector.applications.first_mut()
        && let Some(shorter) = ocra("OCRA-1:HOTP-SHA512-9:QH64-T1M")
    {
        rules.algorithm = shorter;
        rules.form.length = 9;
    }
    let missing = most.saturating_sub(vector.to_bytes().len()) / 2;
    if let Some(rules) = vector.applications.iter_mut().find(|rules| rules.data_fields.len() + missing <= 8) {
        rules.data_fields.resize(rules.data_fields.len() + missing, (0, 1));
    }
    vector.to_bytes()
}

/// Any applications that section 8 allows.
fn applications(w: &mut World) -> Vec<ApplicationRules> {
    let luck = &mut w.luck;
    let mut all = Vec::new();
    for index in 1..=8 {
        if !luck.percent(60) {
            continue;
        }
        let mode = luck.one(
            &[
                Mode::Signature,
                Mode::MultiMode,
                Mode::ResponseOnly,
                Mode::ChallengeResponse,
                Mode::Unlock,
                Mode::Signature,
            ],
            Mode::Signature,
        );
        let step = luck.one(&[1, 30, 36, 60, 300, u16::MAX], 36);
        let factor = luck.one(
            &[Factor::Time(step), Factor::Time(step), Factor::Event, Factor::TimeAndEvent(step)],
            Factor::Event,
        );
        let radix = luck.one(&[Radix::Decimal, Radix::Decimal, Radix::Hexadecimal], Radix::Decimal);
        let length = luck.one(&[6, 8, 8, 10, 15, 16], 8);
        let mut rules = setup::application(index, mode, factor, (length, radix, luck.percent(40)));
        rules.data_fields = match luck.below(4) {
            0 => Vec::new(),
            1 => vec![(0, 16), (1, 8), (0, 64)],
            2 => (0..luck.below(9)).map(|_| luck.one(&[(0, 1), (1, 1), (64, 64), (2, 3)], (0, 1))).collect(),
            _ => vec![(0, 16)],
        };
        if luck.percent(20) {
            open(&mut rules, luck.below(5));
        }
        all.push(rules);
    }
    if !all.iter().any(ApplicationRules::confirms) {
        all.retain(|rules| rules.form.index != 1);
        all.insert(0, setup::application(1, Mode::Signature, Factor::Time(36), (8, Radix::Decimal, false)));
    }
    all
}

/// Makes it one of an open algorithm.
fn open(rules: &mut ApplicationRules, which: usize) {
    let (mode, factor, length, algorithm) = match which {
        0 => (Mode::ResponseOnly, Factor::Event, 6, Some(Algorithm::Hotp)),
        1 => (Mode::ResponseOnly, Factor::Time(30), 8, Some(Algorithm::Totp(Hash::Sha256))),
        2 => (Mode::ChallengeResponse, Factor::Event, 6, ocra("OCRA-1:HOTP-SHA1-6:C-QN04")),
        3 => (Mode::Signature, Factor::Time(60), 10, ocra("OCRA-1:HOTP-SHA512-10:QH64-T1M")),
        _ => (Mode::Signature, Factor::TimeAndEvent(30), 7, ocra("OCRA-1:HOTP-SHA256-7:C-QN08-T30S")),
    };
    let Some(algorithm) = algorithm else { return };
    let index = rules.form.index;
    *rules = setup::application(index, mode, factor, (length, Radix::Decimal, false));
    rules.secure_channel = which == 3;
    rules.data_fields = match which {
        3 => vec![(0, 16), (0, 64)],
        4 => vec![(1, 8)],
        _ => Vec::new(),
    };
    rules.algorithm = algorithm;
}

fn ocra(suite: &str) -> Option<Algorithm> {
    Suite::read(suite).map(Algorithm::Ocra)
}

/// The vector that is built into a client: mostly the license's, or none.
pub(crate) fn built_in(w: &mut World, with: &Context) -> Option<Value> {
    match w.luck.below(16) {
        0..4 => Some(Value::Null),
        4 if !w.usual => static_vector(w, with),
        _ => with
            .get("license_vector")
            .or_else(|| with.get("static_vector"))
            .filter(|vector| !vector.is_null())
            .cloned(),
    }
}

/// The same for a single-device client, which seldom goes without.
pub(crate) fn built_in_single(w: &mut World, with: &Context) -> Option<Value> {
    match w.luck.below(16) {
        0 => Some(Value::Null),
        1 => static_vector(w, with),
        _ => with
            .get("license_vector")
            .or_else(|| with.get("static_vector"))
            .filter(|vector| !vector.is_null())
            .cloned(),
    }
}

/// A serial number: mostly of the vector's prefix.
pub(crate) fn serial(w: &mut World, with: &Context) -> Option<Value> {
    let prefix = w.vector(with).map(|vector| vector.prefix).filter(|_| !w.luck.percent(3));
    let prefix = prefix.or(SerialPrefix::from_u16(50_148))?;
    let drawn = u64::from(u32::from_be_bytes(w.luck.array())) % 10_000_000;
    let suffix = w.luck.one(&[1_000_120, 7, 0, 9_999_999, drawn, drawn], 7);
    Some(Value::from(Serial::new(prefix, suffix).to_string()))
}

/// An application that can sign AM2.
pub(crate) fn post_activation(w: &mut World, with: &Context) -> Option<Value> {
    let vector = w.vector(with);
    let signs: Vec<u8> = vector
        .iter()
        .flat_map(|vector| &vector.applications)
        .filter(|rules| rules.confirms())
        .map(|rules| rules.form.index)
        .collect();
    let any = 1 + w.luck.below(8);
    Some(match w.luck.pick(&signs) {
        Some(index) if !w.luck.percent(3) => json!(index),
        _ => json!(any),
    })
}

/// Wrong responses before the lock: few, or as many as the floor of VER-21 and VER-22 allows, and one more.
pub(crate) fn signature_tries(w: &mut World, with: &Context) -> Option<Value> {
    let few = w.luck.one(&[1, 2, 3, 3, 4], 3);
    if w.luck.percent(65) {
        return Some(json!(few));
    }
    let most = w.vector(with).map_or(99, |vector| most_tries(w, with, &vector));
    Some(json!((most + w.luck.one(&[0, 0, 1], 0)).clamp(1, 99)))
}

/// The most tries that VER-21 and VER-22 allow.
fn most_tries(w: &World, with: &Context, vector: &StaticVector) -> usize {
    let n = |name: &str| w.number(with, name).map_or(0, |number| u16::try_from(number).unwrap_or(u16::MAX));
    let windows = Windows {
        identification: n("identification_window"),
        signature: n("signature_window"),
        first_use_s: n("first_use_s"),
        look_ahead: n("look_ahead"),
    };
    // Where nothing signs a request the floor has STV-7 against the Secure Channel, and the channel widens no window.
    let signs = |rules: &ApplicationRules| rules.signs_requests(false) || rules.signs_requests(true);
    let secure_channel =
        with.get("secure_channel") == Some(&Value::Bool(true)) && vector.applications.iter().any(signs);
    let holds =
        |tries: &u8| Floor { vector, tries: *tries, windows: &windows, secure_channel }.ensure().is_ok();
    (1..=99).take_while(holds).count()
}

/// The 26 characters of a message vector of such settings, which a context keeps beside it by [`message_settings`].
pub(crate) fn message_vector(w: &mut World, with: &Context) -> Option<Value> {
    let n = |name: &str| w.number(with, name);
    let short = |name: &str| n(name).and_then(|number| u16::try_from(number).ok());
    let byte = |name: &str| n(name).and_then(|number| u8::try_from(number).ok());
    let protection = |name: &str| Protection::from_number(byte(name)?);
    let mut vector = MessageVector {
        policy: Policy {
            activation: protection("activation_protection")?,
            messages: protection("message_protection")?,
            post_activation: byte("post_activation")?,
        },
        activation_validity_days: short("activation_validity_days")?,
        message_age_limit_s: n("message_age_limit_s")?,
        code_tries: byte("code_tries")?,
        signature_tries: byte("signature_tries")?,
        windows: Windows {
            identification: short("identification_window")?,
            signature: short("signature_window")?,
            first_use_s: short("first_use_s")?,
            look_ahead: short("look_ahead")?,
        },
    };
    // A file is written whatever a license is made with: what is too weak is refused where it is imported (IMP-4).
    match w.luck.below(8) {
        0 => {
            vector.signature_tries = 99;
            vector.windows =
                Windows { identification: 100, signature: 100, first_use_s: 10_800, look_ahead: 20 };
        }
        1 => {
            vector.signature_tries = w.luck.one(&[1, 20, 99], 20);
            vector.windows.first_use_s = 10_800;
        }
        _ => {}
    }
    Some(Value::from(vector.encode()))
}

/// Licenses for a file: one of the license in the context, if there is one, and others.
pub(crate) fn licenses(w: &mut World, with: &Context) -> Option<Value> {
    let mut all = Vec::new();
    for number in 0..1 + w.luck.below(3) {
        let known = with.get("serial").filter(|_| number == 0 && w.luck.percent(80)).cloned();
        let serial = match known {
            Some(serial) => w.value(&serial),
            None => serial(w, with)?,
        };
        let same_key = with.get("license_key").filter(|_| w.luck.percent(50)).cloned();
        all.push(json!({
            "serial": serial,
            "type": w.luck.one(&["MOBILE1", "A", "ABCDEFGHIJKLMNO9"], "A"),
            "application": w.luck.one(&["ACTIVATION  ", "APP1        ", "A           "], "APP         "),
            "threshold": w.luck.one(&[1, 2, 5, 99], 5),
            "secure_channel": w.luck.percent(85),
            "license_key": same_key.unwrap_or_else(|| w.drawn(16)),
        }));
    }
    Some(Value::from(all))
}
