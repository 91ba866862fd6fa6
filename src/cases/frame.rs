//! The frame: the same bent headers and lengths at every operation that reads one.

use super::{negative, positive};
use channel::crypto::keys::{Channel, Key};
use channel::rule::{
    CNV_3, FRM_2, FRM_3, FRM_4, FRM_5, FRM_6, FRM_7, FRM_8, FRM_9, FRM_10, PRT_4, Rule, SER_2, SER_3,
};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::Setup;
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::Pin;
use peer::protocol::{Array, Bytes, Carrier, Number, Operation};

const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";
const PARSE: Role = Role::Primitive("frame.parse");
const SEAL: Role = Role::Primitive("frame.seal");
const OPEN: Role = Role::Primitive("frame.open");

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive(
            "frame-published-sample",
            PARSE,
            &["FRM-1", "SER-1"],
            "the published sample parses, field by field",
            published_sample,
        ),
        positive(
            "frame-every-length-direct",
            PARSE,
            &["FRM-2", "FRM-3"],
            "every length 0..=2110 on the direct carrier",
            |t| every_length(t, Carrier::Direct),
        ),
        positive(
            "frame-every-length-gateway",
            PARSE,
            &["FRM-2", "FRM-4"],
            "every length 0..=2110 on the gateway carrier",
            |t| every_length(t, Carrier::Gateway),
        ),
        positive(
            "frame-either-case",
            PARSE,
            &["CNV-2"],
            "hexadecimal digits are read in either case",
            either_case,
        ),
        positive(
            "frame-every-first-word",
            PARSE,
            &["FRM-5", "FRM-6", "FRM-7", "FRM-8", "FRM-9", "FRM-10"],
            "every version, type and protection around the valid ones",
            first_words,
        ),
        positive(
            "frame-serial-numbers",
            PARSE,
            &["SER-1"],
            "serial numbers at the ends of every digit's range",
            serial_numbers,
        ),
        positive("frame-seal-upper-case", SEAL, &["CNV-1"], "messages are written in upper case", upper_case),
        positive(
            "frame-seal-hmac",
            SEAL,
            &["PRT-2", "KEY-5", "KEY-3"],
            "protection 1 seals to the reference's bytes",
            |t| seals(t, 1),
        ),
        positive(
            "frame-seal-cmac",
            SEAL,
            &["PRT-3", "KEY-4", "KEY-3"],
            "protection 2 seals to the reference's bytes",
            |t| seals(t, 2),
        ),
        negative(
            "frame-open-every-bit",
            OPEN,
            PRT_4,
            "a bit bent anywhere in a sealed frame is refused",
            open_every_bit,
        ),
        positive("frame-open-both", OPEN, &["PRT-1"], "both protections open to the body", opens),
    ];
    cases.extend(family("parse", PARSE, at_parse));
    cases.extend(family("open", OPEN, at_open));
    cases.extend(family("am1", Role::Client, at_am1));
    cases.extend(family("am2", Role::Client, at_am2));
    cases.extend(family("request", Role::Client, at_request));
    cases.extend(family("verify", Role::Server, at_verify));
    cases
}

/// An operation about to take a good message.
struct Site<Q> {
    party: Party,
    good: String,
    channel: Option<Key<Channel>>,
    question: Box<dyn Fn(&str) -> Q>,
    carrier: Carrier,
}

/// Bends of the text: name, requirement, bend.
type TextBend = (&'static str, Rule, fn(&str) -> String);
/// Bends of the header: name, requirement, bend; the tag is right again afterwards.
type HeaderBend = (&'static str, Rule, fn(&Plain) -> Plain);

const TEXT_BENDS: [TextBend; 8] = [
    ("odd", CNV_3, |text| text.get(1..).unwrap_or_default().to_owned()),
    ("letter-g", CNV_3, |text| format!("{}0G", text.get(2..).unwrap_or_default())),
    ("prefix-0x", CNV_3, |text| format!("0x{text}")),
    ("blanks", CNV_3, |text| format!("  {text}")),
    ("line-end", CNV_3, |text| format!("{text}\r\n")),
    ("not-ascii", CNV_3, |text| format!("{text}é")),
    ("empty", FRM_2, |_| String::new()),
    ("22-bytes", FRM_2, |text| text.get(..44).unwrap_or_default().to_owned()),
];

const HEADER_BENDS: [HeaderBend; 15] = [
    ("version-1", FRM_5, |plain| Plain { word: plain.word | 0x1000, ..plain.clone() }),
    ("version-15", FRM_5, |plain| Plain { word: plain.word | 0xF000, ..plain.clone() }),
    ("type-5", FRM_6, |plain| plain.with_type(5)),
    ("type-37", FRM_6, |plain| plain.with_type(0x25)),
    ("type-63", FRM_6, |plain| plain.with_type(0x3F)),
    ("type-4", FRM_7, |plain| plain.with_type(4)),
    ("protection-3", FRM_8, |plain| plain.with_protection(3)),
    ("protection-63", FRM_8, |plain| plain.with_protection(0x3F)),
    ("type-0-protected", FRM_9, |plain| plain.with_type(0).with_protection(2)),
    ("unprotected", FRM_10, |plain| plain.with_type((plain.word >> 6 & 0x3F).max(1)).with_protection(0)),
    ("prefix-64000", SER_2, |plain| with_prefix(plain, 64000)),
    ("prefix-digit-36", SER_2, |plain| with_prefix(plain, 31 * 1600 + 13 * 40 + 36)),
    ("prefix-middle-digit-39", SER_2, |plain| with_prefix(plain, 31 * 1600 + 39 * 40 + 28)),
    ("suffix-10000000", SER_3, |plain| with_suffix(plain, 10_000_000)),
    ("suffix-largest", SER_3, |plain| with_suffix(plain, 0xFF_FFFF)),
];

fn with_prefix(plain: &Plain, prefix: u16) -> Plain {
    let ([_, _, s2, s3, s4], [s0, s1]) = (plain.serial, prefix.to_be_bytes());
    Plain { serial: [s0, s1, s2, s3, s4], ..plain.clone() }
}

fn with_suffix(plain: &Plain, suffix: u32) -> Plain {
    let ([s0, s1, ..], [_, s2, s3, s4]) = (plain.serial, suffix.to_be_bytes());
    Plain { serial: [s0, s1, s2, s3, s4], ..plain.clone() }
}

/// Every bend at one operation.
fn family<Q: Operation + 'static>(
    name: &'static str,
    role: Role,
    enter: fn(&mut Trial<'_>) -> Result<Site<Q>, Stop>,
) -> Vec<Case> {
    let about =
        |rule: Rule, bend: &str| format!("at {}: {bend} is refused with {}", Q::NAME, rule.class.word());
    let mut cases = Vec::new();
    for (bend, rule, apply) in TEXT_BENDS {
        cases.push(negative(format!("frame-{name}-{bend}"), role, rule, about(rule, bend), move |t| {
            let site = enter(t)?;
            let bad = apply(&site.good);
            refuse_at(t, rule, &site, &bad)
        }));
    }
    for (bend, rule, apply) in HEADER_BENDS {
        cases.push(negative(format!("frame-{name}-{bend}"), role, rule, about(rule, bend), move |t| {
            let site = enter(t)?;
            let bad = apply(&Plain::of(&site.good, site.channel.as_ref())?).message(site.channel.as_ref());
            refuse_at(t, rule, &site, &bad)
        }));
    }
    // The one rule that depends on the carrier of the operation.
    let limit = if name == "open" || name == "verify" { FRM_4 } else { FRM_3 };
    cases.push(negative(
        format!("frame-{name}-too-long"),
        role,
        limit,
        about(limit, "one byte too many"),
        move |t| {
            let site = enter(t)?;
            let longest = if site.carrier == Carrier::Gateway { 2078 } else { 512 };
            let plain = Plain::of(&site.good, site.channel.as_ref())?;
            let bad = plain.with_body(vec![0; longest + 1]).message(site.channel.as_ref());
            refuse_at(t, limit, &site, &bad)
        },
    ));
    cases
}

fn refuse_at<Q: Operation>(t: &mut Trial<'_>, rule: Rule, site: &Site<Q>, bad: &str) -> Result<(), Stop> {
    let (bad, twin) = ((site.question)(bad), (site.question)(&site.good));
    if Q::NAME.starts_with("frame.") {
        t.refuses_stateless(rule, &site.party, &bad)?;
        t.twin(rule.id, &site.party, &twin).map(|_| ())
    } else {
        t.refuses(rule, &site.party, &bad, &twin).map(|_| ())
    }
}

fn at_parse(t: &mut Trial<'_>) -> Result<Site<FrameParse>, Stop> {
    Ok(Site {
        party: t.peer_client(),
        good: PUBLISHED.into(),
        channel: None,
        question: Box::new(|message| FrameParse { message: message.into(), carrier: Carrier::Direct }),
        carrier: Carrier::Direct,
    })
}

fn at_open(t: &mut Trial<'_>) -> Result<Site<FrameOpen>, Stop> {
    let channel = t.random();
    let key = Key::new(channel);
    let plain = Plain {
        word: 0x00C2,
        serial: [0xC3, 0xE4, 0x0F, 0x42, 0xB8],
        nonce: t.random(),
        body: b"body".to_vec(),
    };
    Ok(Site {
        party: t.peer_client(),
        good: plain.message(Some(&key)),
        channel: Some(key),
        question: Box::new(move |message| FrameOpen { key: Array(channel), message: message.into() }),
        carrier: Carrier::Gateway,
    })
}

fn at_am1(t: &mut Trial<'_>) -> Result<Site<ClientActivateLicense>, Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Issued)?;
    Ok(Site {
        party: scene.client,
        good: scene.am1,
        channel: None,
        question: Box::new(|message| ClientActivateLicense { message: message.into() }),
        carrier: Carrier::Direct,
    })
}

fn at_am2(t: &mut Trial<'_>) -> Result<Site<ClientActivateInstance>, Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
    let now = scene.now;
    Ok(Site {
        channel: scene.am2_channel(),
        party: scene.client,
        good: scene.am2,
        question: Box::new(move |message| ClientActivateInstance {
            message: message.into(),
            pin: Pin::Right,
            now,
        }),
        carrier: Carrier::Direct,
    })
}

fn at_request(t: &mut Trial<'_>) -> Result<Site<ClientOpen>, Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?;
    Ok(Site {
        channel: Some(scene.payload_channel()),
        party: scene.client,
        good,
        question: Box::new(open),
        carrier: Carrier::Direct,
    })
}

fn at_verify(t: &mut Trial<'_>) -> Result<Site<ServerVerifyMessageSignature>, Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?;
    scene.open(t, &good)?;
    let signed = t.accepts("SIG-1", &scene.client, &scene.approve(t, Pin::Right))?;
    let signature = signed.got.signature.unwrap_or_default();
    let (party, channel) = (scene.server.clone(), Some(scene.payload_channel()));
    Ok(Site {
        channel,
        party,
        good,
        question: Box::new(move |message| scene.verify(message, &signature)),
        carrier: Carrier::Gateway,
    })
}

fn published_sample(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let question = FrameParse { message: PUBLISHED.into(), carrier: Carrier::Direct };
    let got = t.accepts("FRM-1", &party, &question)?.got;
    t.same("SER-1", &got.serial.as_str(), Some(&"VDS1000120"))?;
    t.same("FRM-1", &(got.version, got.r#type, got.protection), Some(&(0, 3, 1)))?;
    t.same("FRM-1", &hex::encode(&got.nonce.0).as_str(), Some(&"23B3C20F3291C7BB"))?;
    t.same("FRM-1", &hex::encode(&got.body.0).as_str(), Some(&"5E3815E25AA4C7A4D8CB266CFA"))?;
    t.same("FRM-1", &hex::encode(&got.tag.0).as_str(), Some(&"56FDA80477CEE081"))
}

fn every_length(t: &mut Trial<'_>, carrier: Carrier) -> Result<(), Stop> {
    let party = t.peer_client();
    let longest = if carrier == Carrier::Direct { 535 } else { 2101 };
    let mut bytes = hex::decode(PUBLISHED).unwrap_or_default();
    bytes.resize(2110, 0xA5);
    for length in 0..=2110 {
        let message = hex::encode(bytes.get(..length).unwrap_or_default());
        let question = FrameParse { message, carrier };
        if (23..=longest).contains(&length) {
            t.agrees("FRM-1", &party, &question)?;
        } else {
            t.refuses_as_reference(&party, &question)?;
        }
    }
    Ok(())
}

fn either_case(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for message in [PUBLISHED.to_ascii_lowercase(), PUBLISHED.replace('C', "c"), PUBLISHED.replace('E', "e")]
    {
        t.agrees("CNV-2", &party, &FrameParse { message, carrier: Carrier::Direct })?;
    }
    Ok(())
}

fn first_words(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for version in [0, 1, 8, 15] {
        for kind in [0, 1, 2, 3, 4, 5, 0x20, 0x23, 0x24, 0x25, 0x3F] {
            for protection in [0, 1, 2, 3, 0x20, 0x3F] {
                let word = version << 12 | kind << 6 | protection;
                let message = format!("{word:04X}{}", PUBLISHED.get(4..).unwrap_or_default());
                let question = FrameParse { message, carrier: Carrier::Direct };
                let valid = version == 0
                    && [0, 1, 2, 3, 0x24].contains(&kind)
                    && if kind == 0 { protection == 0 } else { [1, 2].contains(&protection) };
                if valid {
                    t.agrees("FRM-1", &party, &question)?;
                } else {
                    t.refuses_as_reference(&party, &question)?;
                }
            }
        }
    }
    Ok(())
}

fn serial_numbers(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for serial in ["0000000000", "ZZZ9999999", "9AZ0000001", "A9Z0065536", "Z0A0065535", "1231234567"] {
        let Ok(number) = serial.parse::<channel::serial::Serial>() else { continue };
        let tail = PUBLISHED.get(14..).unwrap_or_default();
        let message = format!("00C1{}{tail}", hex::encode(&number.to_bytes()));
        let got = t.accepts("SER-1", &party, &FrameParse { message, carrier: Carrier::Direct })?.got;
        t.same("SER-1", &got.serial.as_str(), Some(&serial))?;
    }
    Ok(())
}

fn seal_question(t: &mut Trial<'_>, protection: u32, length: usize) -> FrameSeal {
    let body: [u8; 64] = t.random();
    FrameSeal {
        key: Array(t.random()),
        r#type: Sealable::REQUEST,
        protection: Number::from(protection),
        serial: "VDS1000120".into(),
        nonce: Array(t.random()),
        body: Bytes(body.into_iter().cycle().take(length).collect()),
    }
}

fn upper_case(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let question = seal_question(t, 2, 64);
    let message = t.accepts("CNV-1", &party, &question)?.got.message;
    let upper = message.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
    t.decided(upper, "CNV-1", "upper-case hexadecimal", message)
}

fn seals(t: &mut Trial<'_>, protection: u32) -> Result<(), Stop> {
    use harness::forge::{Blame, same_message};
    let party = t.peer_client();
    let (formula, mac_key) = if protection == 1 { ("PRT-2", "KEY-5") } else { ("PRT-3", "KEY-4") };
    for length in [0, 1, 15, 16, 17, 31, 32, 33, 200, 512, 513, 2078] {
        for r#type in Sealable::ALL {
            let question = FrameSeal { r#type, ..seal_question(t, protection, length) };
            let both = t.accepts(formula, &party, &question)?;
            let blame = Blame { layout: formula, time: "FRM-1", counter: "FRM-1", channel: "KEY-3" };
            let (want, channel) = (both.want.map(|want| want.message), Key::new(question.key.0));
            same_message(t, &blame, &both.got.message, want.as_ref(), Some(&channel))?;
        }
    }
    // Equal messages show both sub-keys to be right.
    t.implied(&["KEY-3"])?;
    t.implied(&[mac_key])
}

fn opens(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (protection, kind) in [(1, 3), (2, 3), (1, 0x24), (2, 0x24)] {
        for length in [0, 1, 16, 17, 512, 2078] {
            let seal = seal_question(t, protection, length);
            let word = kind << 6 | u16::try_from(protection).unwrap_or(2);
            let plain = Plain {
                word,
                serial: [0xC3, 0xE4, 0x0F, 0x42, 0xB8],
                nonce: seal.nonce.0,
                body: seal.body.0,
            };
            let message = plain.message(Some(&Key::new(seal.key.0)));
            let got = t.agrees("PRT-1", &party, &FrameOpen { key: seal.key, message })?;
            t.same("PRT-1", &got.body, Some(&Bytes(plain.body)))?;
        }
    }
    Ok(())
}

fn open_every_bit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let site = at_open(t)?;
    let good = hex::decode(&site.good).unwrap_or_default();
    for bit in 0..good.len() * 8 {
        let mut bent = good.clone();
        if let Some(byte) = bent.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        t.refuses_as_reference(&site.party, &(site.question)(&hex::encode(&bent)))?;
    }
    t.twin(PRT_4.id, &site.party, &(site.question)(&site.good)).map(|_| ())
}
