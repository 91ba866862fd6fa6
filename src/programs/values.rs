//! What is not taken from earlier answers: keys and vectors, settings, texts, data, moments. Mostly sensible, often at an
//! edge: the numbers in these tables are those at which SPEC.md changes its mind, and their neighbours.

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::keys::Key;
use channel::crypto::oath::Hash;
use channel::crypto::oath::suite::Suite;
use channel::crypto::protect::Protection;
use channel::serial::{Serial, SerialPrefix};
use channel::text::refused::REFUSED;
use channel::text::{hex, percent};
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, StaticVector};
use harness::setup;
use serde_json::{Value, json};

use crate::bend;
use crate::world::{Context, World};

/// Of a time step, a window, a validity.
const DAY: u32 = 86_400;

// --- static vectors ---

/// A static vector for a license.
pub(crate) fn static_vector(w: &mut World, _: &Context) -> Option<Value> {
    let kind = if w.unlocks && w.luck.percent(80) { 2 } else { w.luck.below(8) };
    let mut vector = match kind {
        0 | 1 => setup::vector(),
        2 | 3 => setup::otp_vector(),
        4 => setup::open_vector(),
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
        rules.enabled ^= w.luck.percent(8);
        rules.secure_channel ^= w.luck.percent(5) && rules.algorithm == Algorithm::Profile;
    }
    if w.luck.percent(4) {
        vector.applications.iter_mut().for_each(|rules| rules.secure_channel = false);
    }
    let mut bytes = vector.to_bytes();
    if w.luck.percent(3) {
        bytes = long(w, vector);
    }
    if w.luck.percent(6) {
        bytes = bend::vector(&mut w.luck, &bytes);
    }
    Some(Value::from(hex::encode(&bytes)))
}

/// One of 481 bytes, the longest that there may be, or of one more: nothing else is wrong with it.
fn long(w: &mut World, vector: StaticVector) -> Vec<u8> {
    let mut vector = StaticVector { applications: Vec::new(), ..vector };
    for index in 1..=8 {
        let mut rules =
            setup::application(index, Mode::Signature, Factor::Time(36), (8, Radix::Decimal, false));
        if index <= 4 {
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
        4 => static_vector(w, with),
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
    let most = w.vector(with).and_then(|vector| {
        let all = vector.applications.iter().filter(|rules| rules.enabled && rules.mode != Mode::Unlock);
        all.map(|rules| floor(w, with, rules)).min()
    });
    let near = most.unwrap_or(99).saturating_add(w.luck.one(&[0, 0, 1], 0));
    Some(json!(u32::try_from(near.clamp(1, 99)).unwrap_or(99)))
}

/// The most tries that VER-21 and VER-22 allow for an application.
fn floor(w: &World, with: &Context, rules: &ApplicationRules) -> u128 {
    let n = |name: &str| u128::from(w.number(with, name).unwrap_or(0));
    let channel = with.get("secure_channel") == Some(&Value::Bool(true)) && rules.secure_channel;
    let signs = matches!(rules.mode, Mode::Signature | Mode::MultiMode);
    let identifies = !matches!(rules.mode, Mode::Signature);
    let by_signature = if signs || (rules.mode == Mode::ChallengeResponse && channel) {
        n("signature_window") / 2
    } else {
        0
    };
    let reach = by_signature.max(if identifies { n("identification_window") / 2 } else { 0 });
    let step = rules.factor.step_s().map(u128::from);
    let first = step.map_or(0, |step| reach.max((n("first_use_s") / step).min(300)));
    let events = if rules.factor.has_event() { n("look_ahead") + 1 } else { 1 };
    let digits = u32::from(rules.form.length) - u32::from(rules.form.check_digit);
    let all = u128::from(rules.form.radix.base()).checked_pow(digits).unwrap_or(u128::MAX);
    let steps = |reach: u128| if step.is_some() { 2 * reach + 1 } else { 1 };
    (all / 100 / (steps(reach) * events)).min(all / 20 / (steps(first) * events))
}

/// The 26 characters of a message vector of such settings, which a context keeps beside it by [`message_settings`].
pub(crate) fn message_vector(w: &mut World, with: &Context) -> Option<Value> {
    let n = |name: &str| w.number(with, name);
    let short = |name: &str| n(name).and_then(|number| u16::try_from(number).ok());
    let byte = |name: &str| n(name).and_then(|number| u8::try_from(number).ok());
    let protection = |name: &str| Protection::from_number(byte(name)?);
    let vector = MessageVector {
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
            "application": w.luck.one(&["ACTIVATION  ", "APP        1", "A           "], "APP         "),
            "threshold": w.luck.one(&[1, 2, 5, 99], 5),
            "secure_channel": w.luck.percent(85),
            "license_key": same_key.unwrap_or_else(|| w.drawn(16)),
        }));
    }
    Some(Value::from(all))
}

// --- moments ---

/// The server's clock: it goes on by itself now and then, and is sometimes just before, at or behind a limit.
pub(crate) fn now(w: &mut World, with: &Context) -> Option<Value> {
    if w.luck.percent(14) {
        let from = w.luck.one(&["time", "started", "time"], "time");
        let settings = [
            w.number(with, "message_age_limit_s").unwrap_or(3600),
            w.number(with, "activation_validity_days").unwrap_or(7).saturating_mul(DAY),
        ];
        let limit = match w.luck.below(3) {
            0 => w.luck.one(&[60, 180, 3600], 60),
            at => settings.get(at - 1).copied().unwrap_or(0),
        };
        let time = w.number(with, from).unwrap_or(w.now);
        let then = i64::from(time) + i64::from(limit) + w.luck.one(&[-1, 0, 0, 1, 1], 0);
        if let Ok(then) = u32::try_from(then) {
            if w.luck.percent(50) {
                w.now = then;
            }
            return Some(json!(then));
        }
    }
    Some(json!(w.now))
}

/// The time goes on, or back.
pub(crate) fn moves_clock(w: &mut World) {
    let by =
        w.luck.one(&[1, 1, 2, 30, 36, 60, 61, 180, 300, 3600, 10_800, 86_400, -1, -36, -3600, 700_000], 1);
    w.now = u32::try_from(i64::from(w.now) + by).unwrap_or(w.now);
}

/// A client's clock: mostly the server's, sometimes as far from it as a window reaches, or one step more.
pub(crate) fn clock(w: &mut World, with: &Context) -> Option<Value> {
    if w.luck.percent(80) {
        return Some(json!(w.now));
    }
    let application = w.number(with, "application").or_else(|| w.number(with, "post_activation"));
    let vector = w.vector(with);
    let rules = vector.as_ref().and_then(|vector| vector.application(u8::try_from(application?).ok()?));
    let step = i64::from(rules.and_then(|rules| rules.factor.step_s()).unwrap_or(36));
    let half = |name: &str| i64::from(w.number(with, name).unwrap_or(24) / 2);
    let first = i64::from(w.number(with, "first_use_s").unwrap_or(10_800)) / step;
    let reaches = [1, half("identification_window"), half("signature_window"), first.min(300)];
    let reach = w.luck.one(&reaches, 1) + w.luck.one(&[0, 0, 1, -1], 0);
    let by = step * reach * w.luck.one(&[1, -1], 1);
    Some(json!(u32::try_from(i64::from(w.now) + by).unwrap_or(w.now)))
}

// --- applications and what they answer to ---

/// An application of the vector, of one of these modes.
fn application_of(w: &mut World, with: &Context, fits: impl Fn(&ApplicationRules) -> bool) -> Option<Value> {
    let vector = w.vector(with);
    let all = vector.iter().flat_map(|vector| &vector.applications);
    let all: Vec<u8> = all.filter(|rules| fits(rules)).map(|rules| rules.form.index).collect();
    let any = 1 + w.luck.below(8);
    Some(match w.luck.pick(&all) {
        Some(index) if !w.luck.percent(6) => json!(index),
        _ => json!(any),
    })
}

/// One that signs requests.
pub(crate) fn signing(w: &mut World, with: &Context) -> Option<Value> {
    let challenge = w.luck.percent(25);
    application_of(w, with, |rules| rules.signs_requests(challenge))
}

/// One that responds without a message.
pub(crate) fn responding(w: &mut World, with: &Context) -> Option<Value> {
    // What was asked before is asked again, so that windows and replays are met.
    let event = w.luck.percent(30);
    application_of(w, with, |rules| {
        rules.enabled && rules.mode != Mode::Unlock && (!event || rules.factor.has_event())
    })
}

/// Any.
pub(crate) fn index(w: &mut World, with: &Context) -> Option<Value> {
    application_of(w, with, |_| true)
}

fn rules(w: &World, with: &Context) -> Option<ApplicationRules> {
    let index = u8::try_from(w.number(with, "application")?).ok()?;
    w.vector(with)?.application(index).cloned()
}

/// Decimal digits.
pub(crate) fn digits(w: &mut World, length: usize) -> String {
    (0..length).map(|_| Radix::Decimal.character(u32::from(w.luck.array::<1>()[0]))).collect()
}

/// A challenge, now and then none.
pub(crate) fn challenge(w: &mut World, _: &Context) -> Option<Value> {
    let length = w.luck.one(&[1, 4, 4, 8, 8, 16, 17, 0], 4);
    let digits = digits(w, length);
    Some(match w.luck.below(16) {
        0 => json!("12a4"),
        1 => json!("１２３４"),
        _ => json!(digits),
    })
}

/// What a response of the context's application is over.
pub(crate) fn data(w: &mut World, with: &Context) -> Option<Value> {
    let rules = rules(w, with);
    let mode = rules.as_ref().map(|rules| rules.mode);
    let kind = match (mode, w.luck.percent(5)) {
        (Some(Mode::ResponseOnly), false) => 0,
        (Some(Mode::ChallengeResponse), false) => 1,
        (Some(Mode::Signature), false) => 2,
        _ => w.luck.below(3),
    };
    Some(match kind {
        0 => json!({"kind": "response-only"}),
        1 => json!({"kind": "challenge", "challenge": challenge(w, with)?}),
        _ => {
            let mut limits = rules.as_ref().map(|rules| rules.data_fields.clone()).unwrap_or_default();
            if w.luck.percent(4) {
                limits.pop();
            }
            if w.luck.percent(4) {
                limits.truncate(7);
                limits.push((0, 1));
            }
            let fields: Vec<String> = limits.iter().map(|limits| field(w, *limits)).collect();
            json!({"kind": "fields", "fields": fields})
        }
    })
}

/// A data field within its limits, or one beyond.
fn field(w: &mut World, (least, most): (u8, u8)) -> String {
    let [least, most] = [usize::from(least), usize::from(most)];
    let length = w.luck.one(&[least, most, most, least.max(1).min(most), 4.clamp(least, most)], most);
    let length = match w.luck.below(40) {
        0 => most + 1,
        1 => least.saturating_sub(1),
        _ => length,
    };
    let c = w.luck.one(&['1', '1', '2', '7', ' ', '~', 'A'], '1');
    let mut text: String = std::iter::repeat_n(c, length).collect();
    if w.luck.percent(3) {
        text.pop();
        text.push(w.luck.one(&['\u{7F}', '\u{1F}', 'é'], 'é'));
    }
    text
}

// --- texts ---

/// A character that matters: an end of a range of REQ-9, or its neighbour; one of ISO-8859-15's own.
pub(crate) fn character(w: &mut World) -> char {
    let (from, to, _) = w.luck.pick(&REFUSED).copied().unwrap_or((0, 0, REFUSED[0].2));
    let edge = match w.luck.below(6) {
        0 => from,
        1 => to,
        2 => from.wrapping_sub(1),
        3 => to + 1,
        4 => u32::from(w.luck.one(&['€', 'Š', 'š', 'Ž', 'ž', 'Œ', 'œ', 'Ÿ', '¤', '¦', '¼'], '€')),
        _ => u32::from(w.luck.one(&['é', '\u{FFFD}', ';', '\u{3FFFD}', 'ع', '7'], 'é')),
    };
    char::from_u32(edge).unwrap_or('\u{E000}')
}

/// A text: short, sometimes with a character that matters, seldom as long as may be.
pub(crate) fn words(w: &mut World, least: usize, most: usize) -> String {
    let mut text = w.luck.one(&["Pay", "12.50 EUR", "Zoë", "To", "x"], "x").to_owned();
    match w.luck.below(30) {
        0..4 => text.push(character(w)),
        4 => text = "a".repeat(most),
        5 => text = "a".repeat(most + 1),
        6 => {
            let letter = w.luck.one(&["é", "€"], "é");
            text = letter.repeat(w.luck.one(&[most / 2, most / 3, most], most));
        }
        7 if least == 0 => text.clear(),
        8 => text = String::new(),
        _ => {}
    }
    text
}

/// What a request shows: as its application, charset and carrier demand, mostly.
pub(crate) fn content(w: &mut World, with: &Context) -> Option<Value> {
    let challenge = rules(w, with).is_some_and(|rules| {
        rules.signs_requests(true) && (rules.mode == Mode::ChallengeResponse || w.luck.percent(50))
    });
    let gateway = w.text(with, "carrier").is_some_and(|carrier| carrier == "gateway");
    if challenge != w.luck.percent(4) {
        return Some(
            json!({"format": "challenge", "title": words(w, 0, 255), "challenge": self::challenge(w, with)?}),
        );
    }
    Some(match w.luck.below(8) {
        0 if gateway || w.luck.percent(20) => gateway_string(w, with)?,
        0..=2 => {
            // The longest bodies: 512 and 2078 bytes with all that is around the text.
            let most = if gateway { 2078 } else { 512 };
            let mut text = words(w, 1, 300);
            if w.luck.percent(12) {
                text = "a".repeat(most - 8 + w.luck.below(4));
            }
            json!({"format": "free-text", "title": w.luck.one(&["Tit", "Tit", ""], ""), "text": if text.is_empty() { "t".into() } else { text }})
        }
        _ => {
            let count = w.luck.one(&[1, 1, 2, 3, 16], 1);
            let mut items = Vec::new();
            for _ in 0..count {
                let key = words(w, 1, 255);
                let key = if key.is_empty() { "k".to_owned() } else { key };
                items.push(json!([
                    if count > 3 { "k".to_owned() } else { key },
                    if count > 3 { "v".to_owned() } else { words(w, 0, 255) }
                ]));
            }
            json!({"format": "list", "title": words(w, 0, 255), "items": items})
        }
    })
}

/// A challenge key: one that a login has, or another.
pub(crate) fn challenge_key(w: &mut World, with: &Context) -> Option<Value> {
    match with.get("challenge_key").filter(|_| !w.luck.percent(8)) {
        Some(key) => Some(key.clone()),
        None => Some(json!(
            w.luck.one(&["0123456789", "abcdef0123", "012345678", "01234567890", "012345678G", ""], "")
        )),
    }
}

/// What a gateway string says.
pub(crate) fn gateway_string(w: &mut World, with: &Context) -> Option<Value> {
    if w.luck.percent(40) {
        return Some(json!({"format": "notification", "challenge_key": challenge_key(w, with)?}));
    }
    let index = match w.number(with, "application") {
        Some(index) if !w.luck.percent(10) => index,
        _ => u32::try_from(1 + w.luck.below(8)).unwrap_or(1),
    };
    Some(
        json!({"format": "login", "service": words(w, 1, 255), "index": index, "user": user(w, with)?, "domain": words(w, 0, 255)}),
    )
}

/// Now and then all texts of a question are as long as they may be: together they are too long for any message.
fn is_long(w: &World) -> bool {
    w.steps.len() % 23 == 5
}

/// A user's name.
pub(crate) fn user(w: &mut World, _: &Context) -> Option<Value> {
    Some(Value::from(match w.luck.percent(75) {
        _ if is_long(w) => "€".repeat(255),
        true => w.luck.one(&["zoe", "max"], "max").to_owned(),
        false => words(w, 1, 255),
    }))
}

/// A domain, or none.
pub(crate) fn domain(w: &mut World, _: &Context) -> Option<Value> {
    match w.luck.below(8) {
        _ if is_long(w) => Some(json!("€".repeat(255))),
        0..3 => Some(Value::Null),
        3 => Some(json!("")),
        4 => Some(Value::from(words(w, 0, 255))),
        _ => Some(json!("corp")),
    }
}

/// The name of a service.
pub(crate) fn service(w: &mut World, _: &Context) -> Option<Value> {
    Some(Value::from(match w.luck.percent(80) {
        _ if is_long(w) => "€".repeat(255),
        true => "bank".to_owned(),
        false => words(w, 1, 255),
    }))
}

/// Of whom a login is asked for.
pub(crate) fn requester(w: &mut World, _: &Context) -> Option<Value> {
    Some(Value::from(w.luck.one(&["a", "a", "b", "é"], "a")))
}

/// A gateway string as text, often a wrong one.
pub(crate) fn gateway_text(w: &mut World, with: &Context) -> Option<Value> {
    let index = w.number(with, "application").unwrap_or(1);
    let words = words(w, 1, 255);
    let whole = [
        format!("01;04;{words};{index};zoe;corp"),
        format!("01;04;bank;{index};zoe;"),
        "01;03;0123456789".into(),
    ];
    let bent = [
        format!("02;04;bank;{index};zoe;corp"),
        format!("01;05;bank;{index};zoe;corp"),
        format!("1;04;bank;{index};zoe;corp"),
        format!("01;4;bank;{index};zoe;corp"),
        format!("01;04;;{index};zoe;corp"),
        format!("01;04;bank;{index};;corp"),
        format!("01;04;bank;9;zoe;corp"),
        format!("01;04;bank;0;zoe;corp"),
        format!("01;04;bank;{};zoe;corp", index % 8 + 1),
        format!("01;04;bank;{index};zoe"),
        format!("01;04;bank;{index};zoe;corp;"),
        "01;03;01234567".into(),
        "01;03;012345678G".into(),
        "01;03;abcdef0123".into(),
        "01;03;0123456789;".into(),
        format!("01;04;bank;{index};{};corp", "u".repeat(255)),
        format!("01;04;bank;{index};zoe;{}", "d".repeat(256)),
        "01".into(),
        String::new(),
    ];
    let all: &[String] = if w.luck.percent(40) { &whole } else { &bent };
    Some(Value::from(w.luck.pick(all).cloned().unwrap_or_default()))
}

// --- app-to-app ---

const SUCCESS: [&str; 5] = [
    "tp://ok?otp=%_OTP_%&s=%_State_%",
    "tp://ok?otp=%_OTP_%",
    "tp:ok/%_SerialNumber_%/%_SequenceNumber_%?o=%_OTP_%#f",
    "tp://ok?%_PlatformName_%+%_Version_%!%_DeviceIdentifier_%(%_RootingStatus_%)*%_UserIdentifier_%&%_OTP_%",
    "tp://ok",
];
const ERROR: [&str; 5] = [
    "tp://err",
    "tp://err?s=%_State_%#f",
    "tp://err?",
    "tp://err?a=%_Version_%&",
    "tp://err?%_SerialNumber_%",
];
const CANCEL: [&str; 4] = [
    "tp://no",
    "tp://no?s=%_State_%",
    "tp://no?%_SerialNumber_%=%_SequenceNumber_%",
    "tp://no?ü=%_PlatformName_%",
];
/// None of these is right.
const TEMPLATES: [&str; 8] = [
    "",
    "no-colon",
    "tp://a b",
    "tp://x\u{200B}",
    "1tp:",
    "tp://%_OTP_%%_State_%",
    "tp://x?%_OTP_%",
    "tp://%_State_%x",
];

fn template(w: &mut World, all: &[&str]) -> Value {
    Value::from(match w.luck.percent(6) {
        true => w.luck.one(&TEMPLATES, ""),
        false => w.luck.one(all, ""),
    })
}

/// x-success.
pub(crate) fn success(w: &mut World, _: &Context) -> Option<Value> {
    Some(template(w, &SUCCESS))
}

/// x-error.
pub(crate) fn error(w: &mut World, _: &Context) -> Option<Value> {
    Some(template(w, &ERROR))
}

/// x-cancel.
pub(crate) fn cancel(w: &mut World, _: &Context) -> Option<Value> {
    Some(template(w, &CANCEL))
}

/// All templates, but now and then one.
pub(crate) fn white_list(w: &mut World, _: &Context) -> Option<Value> {
    let mut all: Vec<&str> = [&SUCCESS[..], &ERROR, &CANCEL].concat();
    for _ in 0..w.luck.below(3) {
        all.swap_remove(w.luck.below(all.len()));
    }
    Some(json!(all))
}

/// A callback of a URL: mostly as a list has it, encoded twice; else nearly so.
fn callback(w: &mut World, template: &str) -> String {
    let text = match w.luck.below(24) {
        0 => template.replacen('k', "K", 1).replacen('e', "E", 1),
        1 => format!("{template}x"),
        2 => format!("{template}%_OTP_%"),
        3 => template.replace("_State_", "_state_"),
        _ => template.to_owned(),
    };
    let times = w.luck.one(&[2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 0, 3], 2);
    let mut encoded = text;
    for _ in 0..times {
        let mut next = String::new();
        percent::encode(&encoded, &mut next);
        encoded = next;
    }
    match w.luck.below(40) {
        0 => format!("{encoded}+"),
        1 => format!("{encoded}%252B"),
        2 => format!("{encoded}%25"),
        3 => format!("{encoded}%25FF"),
        4 => encoded.to_lowercase(),
        _ => encoded,
    }
}

/// A URL as another app could write it, for the message of the context: with its parts in any order and case, doubled,
/// missing, and with others between them.
pub(crate) fn url(w: &mut World, with: &Context) -> Option<Value> {
    let message = w.text(with, "message")?;
    let scheme = w.text(with, "scheme").unwrap_or_else(|| "bank-app".into());
    let templates = [w.luck.one(&SUCCESS, ""), w.luck.one(&ERROR, ""), w.luck.one(&CANCEL, "")];
    let names = ["x-success", "x-error", "x-cancel"];
    let mut parts: Vec<(String, String)> = Vec::new();
    for (name, template) in names.iter().zip(templates) {
        parts.push(((*name).to_owned(), callback(w, template)));
    }
    parts.push(("secure_message".into(), if w.luck.percent(15) { message.to_lowercase() } else { message }));
    if w.luck.percent(60) {
        let state = call_state(w, with)?;
        parts.push(("state".into(), state.as_str().unwrap_or("s").to_owned()));
    }
    let at = w.luck.below(parts.len());
    match w.luck.below(16) {
        0 => drop(parts.remove(at)),
        1 => parts.push(parts.get(at).cloned()?),
        2 => parts.reverse(),
        3 | 4 => parts.iter_mut().for_each(|part| part.0 = part.0.to_uppercase()),
        5 => parts.insert(at, ("other".into(), "%zz".into())),
        6 => parts.get_mut(at)?.1.clear(),
        _ => {}
    }
    let scheme = if w.luck.percent(10) { scheme.to_uppercase() } else { scheme };
    let action = w.luck.one(
        &[
            "app2app_secure_channel",
            "app2app_secure_channel",
            "App2App_SECURE_Channel",
            "app2app_secure_channel",
        ],
        "",
    );
    let action = if w.luck.percent(3) { "app2app" } else { action };
    let query: Vec<String> = parts.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut url = format!("{scheme}://{action}?{}", query.join("&"));
    match w.luck.below(40) {
        0 => url.push('#'),
        1 => url.push(' '),
        2 => url.push_str(&"&".repeat(16_384usize.saturating_sub(url.len()))),
        3 => url.push_str(&"&".repeat(16_385usize.saturating_sub(url.len()))),
        4 => url = url.replacen("://", ":", 1),
        _ => {}
    }
    Some(Value::from(url))
}

/// The scheme of the client.
pub(crate) fn scheme(w: &mut World, with: &Context) -> Option<Value> {
    let known = with.get("scheme").filter(|_| !w.luck.percent(4)).cloned();
    let long = "a".repeat(64);
    let longer = "a".repeat(65);
    Some(known.unwrap_or_else(|| {
        json!(match w.luck.below(30) {
            0 => "A2a",
            1 => "",
            2 => "1a",
            3 => longer.as_str(),
            4 => long.as_str(),
            5 => "a_b",
            _ => "bank-app",
        })
    }))
}

/// The state of a call.
pub(crate) fn call_state(w: &mut World, _: &Context) -> Option<Value> {
    Some(match w.luck.below(12) {
        0..4 => Value::Null,
        4 => json!("a".repeat(64)),
        5 => json!(w.luck.one(&["", "a+b", "a%20"], "")),
        6 => json!("a".repeat(65)),
        _ => json!(w.luck.one(&["Zx9._~-", "1"], "1")),
    })
}

/// A text of at most 64 characters.
pub(crate) fn label(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(match w.luck.below(8) {
        0 => "é".repeat(64),
        1 => String::new(),
        2 => "a b&c=%_OTP_%".to_owned(),
        _ => "7.1".to_owned(),
    }))
}

/// Text with percent-encodings, right and wrong.
pub(crate) fn escaped(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(
        w.luck.one(&["a%20b+c", "%C3%A9", "%c3%a9%", "%2", "%FF", "%25%32", "", "%E2%82%AC", "%zz", "é"], "")
    ))
}

// --- single-device licensing ---

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

// --- primitives ---

/// Data fields as bytes.
pub(crate) fn byte_fields(w: &mut World, _: &Context) -> Option<Value> {
    let count = w.luck.one(&[0, 1, 2, 8], 1);
    let lengths: Vec<usize> = (0..count).map(|_| w.luck.below(20)).collect();
    Some(lengths.into_iter().map(|length| w.drawn(length)).collect())
}

/// Some bytes.
pub(crate) fn some_bytes(w: &mut World, _: &Context) -> Option<Value> {
    let length = w.luck.one(&[0, 1, 15, 16, 17, 32, 33, 64, 65], 16);
    Some(w.drawn(length))
}

/// A key for an open algorithm.
pub(crate) fn open_key(w: &mut World, _: &Context) -> Option<Value> {
    let length = w.luck.one(&[1, 20, 32, 64, 65, 128], 20);
    Some(w.drawn(length))
}

/// Decimal or hexadecimal digits.
pub(crate) fn some_digits(w: &mut World, with: &Context) -> Option<Value> {
    let hexadecimal = with.get("hexadecimal") == Some(&Value::Bool(true));
    let length = w.luck.one(&[1, 4, 25, 64], 4);
    let digits = digits(w, length);
    Some(json!(if hexadecimal { digits.replace('3', "c").replace('7', "F") } else { digits }))
}

/// A suite, with what it wants.
const SUITES: [&str; 7] = [
    "OCRA-1:HOTP-SHA1-6:QN08",
    "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1",
    "OCRA-1:HOTP-SHA512-0:QA10-T1M",
    "OCRA-1:HOTP-SHA1-10:QH64-S064",
    "OCRA-1:HOTP-SHA1-3:QN08",
    "OCRA-1:HOTP-SHA1-6:QN03",
    "OCRA-1:HOTP-SHA1-6:QN08-T0S",
];

/// One of them.
pub(crate) fn suite(w: &mut World, _: &Context) -> Option<Value> {
    Some(json!(w.luck.one(&SUITES, "")))
}

fn wanted(w: &mut World, with: &Context, part: &str, value: Value) -> Option<Value> {
    let suite = w.text(with, "suite")?;
    let input = suite.rsplit(':').next().unwrap_or_default();
    let wants = input.split('-').any(|found| found.starts_with(part));
    Some(if wants != w.luck.percent(5) { value } else { Value::Null })
}

/// A counter, where the suite has one.
pub(crate) fn ocra_counter(w: &mut World, with: &Context) -> Option<Value> {
    let counter = json!(w.luck.below(100));
    wanted(w, with, "C", counter)
}

/// A password, where it has one.
pub(crate) fn ocra_password(w: &mut World, with: &Context) -> Option<Value> {
    wanted(w, with, "P", json!("1234"))
}

/// Session information.
pub(crate) fn ocra_session(w: &mut World, with: &Context) -> Option<Value> {
    let length = w.luck.one(&[64, 1, 65, 0], 64);
    let session = w.drawn(length);
    wanted(w, with, "S", session)
}

/// A time.
pub(crate) fn ocra_time(w: &mut World, with: &Context) -> Option<Value> {
    let now = json!(w.now);
    wanted(w, with, "T", now)
}

/// A question, mostly of the suite's format.
pub(crate) fn question(w: &mut World, with: &Context) -> Option<Value> {
    let suite = w.text(with, "suite")?;
    let long = "1".repeat(17);
    Some(json!(match w.luck.below(10) {
        0 => "",
        1 => long.as_str(),
        2 => "x-y",
        _ if suite.contains("QA") => w.luck.one(&["aB3", "1234567890"], ""),
        _ if suite.contains("QH") => w.luck.one(&["00ff", "ABC"], ""),
        _ => w.luck.one(&["12345678", "0", "1234567890123456"], "0"),
    }))
}
