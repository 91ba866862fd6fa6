//! Frames and bodies as bytes: the decoder against the slow one, and back.

use super::choices::Choices;
use super::pairs;
use super::slow::vector::Application;
use super::slow::{self};
use super::target::Target;
use super::verdict::{same, twice};
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::oath::Hash;
use channel::text::hex;
use channel::wire::activation1::{Activation1, Policy};
use channel::wire::activation2::Activation2;
use channel::wire::deactivation::Deactivation;
use channel::wire::frame::{Carrier, Frame, Nonce};
use channel::wire::static_vector::{ApplicationRules, Factor, StaticVector};
use harness::setup;

/// Bytes as a frame; the first byte chooses the carrier.
pub const FRAME: Target = Target {
    name: "frame",
    run: frame,
    max_len: 2200,
    floor: 25_000,
    seeds: frame_seeds,
    dictionary: &[
        b"\x00\xC1",
        b"\x00\x42",
        b"\x00\x00",
        b"\x09\x01",
        b"\xC3\xE4\x0F\x42\xB8",
        b"\x98\x96\x7F",
    ],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the input",
        "the length limits, exactly",
        "same answer twice",
    ],
};

fn carrier(is_gateway: bool) -> Carrier {
    if is_gateway { Carrier::Gateway } else { Carrier::Direct }
}

fn frame(data: &[u8]) {
    let Some((choice, bytes)) = data.split_first() else { return };
    let is_gateway = choice & 1 == 1;
    let decoded = twice(|| Frame::decode(bytes, carrier(is_gateway)));
    let fields = |frame: Frame<'_>| slow::Frame {
        kind: frame.header.kind.number(),
        protection: frame.header.protection.map_or(0, |protection| protection.number()),
        serial: frame.header.serial.to_string(),
        nonce: frame.header.nonce,
        header: *frame.header_bytes,
        body: frame.body.to_vec(),
        tag: *frame.tag,
    };
    same(decoded.map(fields), slow::frame(bytes, is_gateway));
    let Ok(frame) = decoded else { return };

    assert_eq!(Frame::encode(&frame.header.encode(), frame.body, frame.tag), bytes);
    assert_eq!(bytes.len(), 23 + frame.body.len());
    assert_eq!(Nonce::decode(frame.header.nonce).encode(), frame.header.nonce);
    assert_eq!(frame.header.serial.to_string().parse(), Ok(frame.header.serial));
    assert!(Frame::decode(bytes, Carrier::Gateway).is_ok(), "what fits directly fits the gateway");
    for (is_gateway, limit) in [(false, 535), (true, 2101)] {
        for length in limit - 1..=limit + 1 {
            let mut longer = bytes.to_vec();
            longer.resize(length, 0);
            assert_eq!(Frame::decode(&longer, carrier(is_gateway)).is_ok(), length <= limit);
        }
    }
}

fn frame_seeds() -> Vec<Vec<u8>> {
    let published = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";
    let mut frames = vec![hex::decode(published).unwrap()];
    frames.extend(pairs::frames());
    frames.push(vec![0; 22]);
    for body in [512, 513, 2078, 2079] {
        frames.push([&frames[3][..15], &vec![0; body], &[0; 8]].concat());
    }
    let bent = |at: usize, bytes: &[u8]| {
        let mut frame = frames[3].clone();
        frame[at..at + bytes.len()].copy_from_slice(bytes);
        frame
    };
    let words =
        [[0x10, 0xC1], [0x01, 0x01], [0x01, 0x41], [0x00, 0xC3], [0x00, 0x01], [0x00, 0xC0], [0x09, 0x02]];
    let bent_words = words.iter().map(|word| bent(0, word));
    let serials = [&[0xFA, 0x00][..], &[0xFF, 0xFF], &[0x00, 0x24], &[0, 0, 0x98, 0x96, 0x80]];
    let others: Vec<_> = bent_words.chain(serials.iter().map(|serial| bent(2, serial))).collect();
    frames.extend(others);
    frames.iter().flat_map(|frame| [[&[0][..], frame].concat(), [&[1][..], frame].concat()]).collect()
}

/// Bytes as a static vector.
pub const STATIC_VECTOR: Target = Target {
    name: "static_vector",
    run: static_vector,
    max_len: 520,
    floor: 20_000,
    seeds: static_vector_seeds,
    dictionary: &[
        b"\x38\x08",
        b"\x01\x02",
        b"\x02\x10",
        b"\x03\x05",
        b"\x04\x01",
        b"\x10\x13",
        b"\x10\x15",
        b"\x11\x1E",
        b"OCRA-1:HOTP-SHA1-6:QH64-T1M",
        b"APPL1     ",
    ],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the input",
        "a shortened or lengthened vector is refused",
        "same answer twice",
    ],
};

/// A vector as the slow decoder has it.
fn slowly(vector: &StaticVector) -> slow::vector::Vector {
    let password = vector.password;
    slow::vector::Vector {
        prefix: vector.prefix.to_string(),
        master: *vector.master_key.expose(),
        password: [
            password.required.into(),
            password.minimum,
            password.maximum,
            password.tries,
            password.refuse_weak.into(),
        ],
        binding: vector.binding.into(),
        applications: vector.applications.iter().map(application).collect(),
    }
}

/// An application as the slow decoder has it.
pub(super) fn application(rules: &ApplicationRules) -> Application {
    let flags =
        [rules.enabled, rules.secure_channel, rules.form.radix == Radix::Hexadecimal, rules.form.check_digit];
    let flags = (0..).zip(flags).map(|(bit, set)| u8::from(set) << bit).sum();
    let factor = match rules.factor {
        Factor::Time(_) => 1,
        Factor::Event => 2,
        Factor::TimeAndEvent(_) => 3,
    };
    assert_eq!(rules.mode.number(), rules.form.mode);
    let algorithm = match rules.algorithm {
        Algorithm::Profile => 1,
        Algorithm::Hotp => 2,
        Algorithm::Totp(Hash::Sha1) => 3,
        Algorithm::Ocra(_) => 4,
        Algorithm::Totp(Hash::Sha256) => 5,
        Algorithm::Totp(Hash::Sha512) => 6,
    };
    let suite = match &rules.algorithm {
        Algorithm::Ocra(suite) => Some(slow::oath::suite(suite.text()).unwrap()),
        _ => None,
    };
    Application {
        head: [rules.form.index, flags, rules.mode.number(), algorithm, factor],
        step: rules.factor.step_s().unwrap_or(0),
        length: rules.form.length,
        name: rules.name,
        fields: rules.data_fields.clone(),
        suite,
    }
}

fn static_vector(bytes: &[u8]) {
    let decoded = twice(|| StaticVector::decode(bytes));
    same(decoded.as_ref().map(slowly).map_err(|refusal| *refusal), slow::vector::static_vector(bytes));
    let Ok(vector) = decoded else { return };

    assert_eq!(vector.to_bytes(), bytes);
    assert!(StaticVector::decode(&bytes[..bytes.len() - 1]).is_err());
    assert!(StaticVector::decode(&[bytes, &[0]].concat()).is_err());
    let slow = slowly(&vector);
    for index in 0..=9 {
        let (fast, slow) = (vector.application(index), slow.application(index));
        assert_eq!(fast.map(|rules| rules.form.index), slow.map(Application::index));
        assert_eq!(fast.map(ApplicationRules::confirms), slow.map(Application::confirms));
        for format in 0..=2 {
            assert_eq!(
                fast.map(|rules| rules.signs_requests(format == 1)),
                slow.map(|application| application.takes_request(format))
            );
        }
    }
    let unlocks = vector.unlock_application().map(|rules| rules.form.index);
    same(unlocks, slow.unlock_application().map(Application::index).ok_or("UNL-3"));
}

fn static_vector_seeds() -> Vec<Vec<u8>> {
    let whole = setup::vector();
    let one = |at: usize| {
        let application = ApplicationRules { data_fields: vec![(0, 1); 8], ..whole.applications[at].clone() };
        StaticVector { applications: vec![application], ..whole.clone() }
    };
    let twice = vec![whole.applications[0].clone(); 2];
    let twice = StaticVector { applications: twice, ..whole.clone() };
    let mut seeds: Vec<_> =
        [whole.clone(), one(0), one(1), one(2), twice].iter().map(Wire::to_bytes).collect();
    let mut long = seeds[0].clone();
    long.resize(482, 0);
    let length = u16::try_from(long.len() - 4).unwrap().to_be_bytes();
    long[2..4].copy_from_slice(&length);
    seeds.push(long);
    let open = setup::open_vector().to_bytes();
    // The first application and its suite: each byte of them, and the record in other places.
    seeds.extend((36..97).flat_map(|at| {
        [0, 2, 3, 4, 5, 6, 7, 0xFF].map(|byte| [&open[..at], &[byte], &open[at + 1..]].concat())
    }));
    let record = &open[61..93];
    for bent in [[&open[..61], &open[93..]].concat(), [&open[..61], record, &open[61..]].concat()] {
        let length = u16::try_from(bent.len() - 4).unwrap().to_be_bytes();
        seeds.push([&bent[..2], &length, &bent[4..]].concat());
    }
    seeds.push(open);
    let small = seeds[1].clone();
    seeds.extend((4..small.len()).map(|at| [&small[..at], &[0xFF], &small[at + 1..]].concat()));
    seeds.extend((4..small.len()).map(|at| [&small[..at], &[0], &small[at + 1..]].concat()));
    let without_last = seeds[1][..seeds[1].len() - 1].to_vec();
    seeds.push(without_last);
    seeds.push([&[0x38, 0x09], &seeds[1][2..]].concat());
    seeds
}

/// A nonce, then bytes as the body of AM1.
pub const ACTIVATION1: Target = Target {
    name: "activation1",
    run: activation1,
    max_len: 560,
    floor: 30_000,
    seeds: || {
        let body = |frame: &Vec<u8>| [&frame[7..15], &frame[15..frame.len() - 8]].concat();
        let frames = pairs::frames();
        let mut seeds: Vec<_> = frames.iter().filter(|frame| frame[..2] == [0, 0]).map(body).collect();
        let short = seeds[1].clone();
        seeds.push(short[..38].to_vec());
        seeds.push([&short[..], &[0]].concat());
        for (at, byte) in [(8, 4), (8, 1), (8, 2), (0, 1), (37, 0), (37, 0x0C), (38, 0x11), (38, 0x30)] {
            seeds.push([&short[..at], &[byte], &short[at + 1..]].concat());
        }
        seeds
    },
    dictionary: &[b"\x00\x00\x00\x00\x00\x00\x00\x00", b"\x08\x10", b"\x04\x20", b"\x38\x08"],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the input, nonce included",
        "the policy survives its 16 bits",
    ],
};

fn activation1(data: &[u8]) {
    let mut choices = Choices::new(data);
    let (nonce, body) = (choices.array(), choices.rest());
    let decoded = twice(|| Activation1::decode(body, nonce));
    let fields = |am1: Activation1| {
        let policy =
            [am1.policy.activation.number(), am1.policy.messages.number(), am1.policy.post_activation];
        (am1.challenge, am1.time, am1.wrapped_key, policy, am1.static_vector)
    };
    same(decoded.clone().map(fields), slow::activation1(body, nonce));
    let Ok(am1) = decoded else { return };
    assert_eq!(am1.encode(), body);
    assert_eq!(am1.nonce(), nonce);
    assert_eq!(Policy::from_u16(am1.policy.to_u16()), Ok(am1.policy));
}

/// Bytes as the body of AM2.
pub const ACTIVATION2: Target = Target {
    name: "activation2",
    run: activation2,
    max_len: 40,
    floor: 40_000,
    seeds: || {
        let body = |first: [u8; 2], key: u8| [&first[..], &[key; 16], &[6; 13]].concat();
        vec![
            body([1, 1], 5),
            body([99, 0], 0),
            body([99, 1], 0),
            body([100, 2], 1),
            body([1, 2], 0),
            body([1, 0], 5),
        ]
        .into_iter()
        .chain([[&body([1, 1], 5)[..], &[0]].concat(), vec![1; 30]])
        .collect()
    },
    dictionary: &[b"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", b"\x63", b"\x64"],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the input, 31 bytes",
    ],
};

fn activation2(body: &[u8]) {
    let decoded = twice(|| Activation2::decode(body));
    let fields =
        |am2: Activation2| (am2.sequence.number(), am2.payload_key.map(|key| *key.expose()), am2.salt);
    same(decoded.clone().map(fields), slow::activation2(body));
    let Ok(am2) = decoded else { return };
    assert_eq!(am2.to_bytes(), body);
    assert_eq!(body.len(), 31);
}

/// Bytes as the body of a deactivation.
pub const DEACTIVATION: Target = Target {
    name: "deactivation",
    run: deactivation,
    max_len: 8,
    floor: 50_000,
    seeds: || {
        let bodies: [&[u8]; 8] = [&[1, 0], &[99, 0], &[0, 0], &[100, 0], &[1, 1], &[1], &[], &[1, 0, 0]];
        bodies.map(<[u8]>::to_vec).to_vec()
    },
    dictionary: &[b"\x63\x00", b"\x64\x00"],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the input, 2 bytes, the sequence number first",
        "same answer twice",
    ],
};

fn deactivation(body: &[u8]) {
    let decoded = twice(|| Deactivation::decode(body));
    same(decoded.map(|message| message.sequence.number()), slow::deactivation(body));
    let Ok(message) = decoded else { return };
    assert_eq!(message.to_bytes(), body);
    assert_eq!(body, [message.sequence.number(), 0]);
}
