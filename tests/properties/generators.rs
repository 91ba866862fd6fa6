//! What messages are made of, and how they are bent.

use std::fmt::Debug;

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::kdf::Device;
use channel::crypto::keys::Key;
use channel::crypto::oath::Hash;
use channel::crypto::oath::suite::Suite;
use channel::crypto::protect::{Protection, TAG_LENGTH};
use channel::crypto::response::{Form, Moment};
use channel::error::Refusal;
use channel::serial::{Sequence, Serial};
use channel::text::charset::{Charset, is_displayable};
use channel::text::hex;
use channel::wire::activation1::{Activation1, Policy};
use channel::wire::activation2::Activation2;
use channel::wire::device_code::{DeviceCode, Mac36};
use channel::wire::frame::{Carrier, Frame, Header, Kind};
use channel::wire::request::{Content, Request};
use channel::wire::static_vector::{ApplicationRules, Factor, MAX_LENGTH, Mode, PasswordRules, StaticVector};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};

pub fn serial() -> impl Strategy<Value = Serial> {
    ("[0-9A-Z]{3}", 0u32..10_000_000).prop_map(|(head, tail)| format!("{head}{tail:07}").parse().unwrap())
}

pub fn protection() -> impl Strategy<Value = Protection> {
    select(vec![Protection::HmacSha256, Protection::Cmac])
}

pub fn carrier() -> impl Strategy<Value = Carrier> {
    select(vec![Carrier::Direct, Carrier::Gateway])
}

pub fn sequence() -> impl Strategy<Value = Sequence> {
    (1u8..=99).prop_map(|number| Sequence::new(number).unwrap())
}

pub fn header() -> impl Strategy<Value = Header> {
    let protected = select(vec![Kind::Activation2, Kind::Deactivation, Kind::Request, Kind::Information]);
    let kind = prop_oneof![
        Just((Kind::Activation1, None)),
        (protected, protection()).prop_map(|(kind, protection)| (kind, Some(protection))),
    ];
    (kind, serial(), any::<[u8; 8]>()).prop_map(|((kind, protection), serial, nonce)| Header {
        kind,
        protection,
        serial,
        nonce,
    })
}

pub fn frame() -> impl Strategy<Value = Vec<u8>> {
    (header(), vec(any::<u8>(), 0..200), any::<[u8; TAG_LENGTH]>())
        .prop_map(|(header, body, tag)| Frame::encode(&header.encode(), &body, &tag))
}

pub fn policy() -> impl Strategy<Value = Policy> {
    (protection(), protection(), 1u8..=8).prop_map(|(activation, messages, post_activation)| Policy {
        activation,
        messages,
        post_activation,
    })
}

pub fn activation1() -> impl Strategy<Value = Activation1> {
    let challenge = any::<Option<[u8; 8]>>().prop_map(|challenge| challenge.filter(|it| *it != [0; 8]));
    let vector = proptest::option::of(vec(any::<u8>(), 1..100));
    (challenge, any::<u32>(), any::<[u8; 24]>(), policy(), vector).prop_map(
        |(challenge, time, wrapped_key, policy, static_vector)| Activation1 {
            challenge,
            time,
            wrapped_key,
            policy,
            static_vector,
        },
    )
}

pub fn activation2() -> impl Strategy<Value = Activation2> {
    (sequence(), any::<Option<[u8; 16]>>(), any::<[u8; 13]>()).prop_map(|(sequence, key, salt)| Activation2 {
        sequence,
        payload_key: key.map(Key::new),
        salt,
    })
}

pub fn factor() -> impl Strategy<Value = Factor> {
    prop_oneof![(1u16..).prop_map(Factor::Time), Just(Factor::Event), (1u16..).prop_map(Factor::TimeAndEvent),]
}

/// An application without its index.
pub fn application() -> impl Strategy<Value = ApplicationRules> {
    let modes =
        vec![Mode::ResponseOnly, Mode::ChallengeResponse, Mode::Signature, Mode::MultiMode, Mode::Unlock];
    let field = (1u8..=64).prop_flat_map(|maximum| (0..=maximum, Just(maximum)));
    let form = (6u8..=16, select(vec![Radix::Decimal, Radix::Hexadecimal]), any::<bool>());
    (select(modes), any::<(bool, bool)>(), factor(), form, "[A-Z0-9]{1,10}", vec(field, 0..=8)).prop_map(
        |(mode, (enabled, secure_channel), factor, (length, radix, check_digit), text, data_fields)| {
            let name = format!("{text:10}").into_bytes().try_into().unwrap();
            let form = Form { mode: mode.number(), index: 0, length, radix, check_digit };
            let algorithm = Algorithm::Profile;
            ApplicationRules { form, mode, algorithm, enabled, secure_channel, factor, name, data_fields }
        },
    )
}

/// One with an open algorithm, as STV-6 allows it, without its index.
pub fn open_application() -> impl Strategy<Value = ApplicationRules> {
    let otp = (0u8..4, 6u8..=8, 1u16..).prop_map(|(which, length, step)| {
        let (algorithm, factor) = match which {
            0 => (Algorithm::Hotp, Factor::Event),
            1 => (Algorithm::Totp(Hash::Sha1), Factor::Time(step)),
            2 => (Algorithm::Totp(Hash::Sha256), Factor::Time(step)),
            _ => (Algorithm::Totp(Hash::Sha512), Factor::Time(step)),
        };
        (Mode::ResponseOnly, algorithm, factor, length, false, Vec::new())
    });
    let hash = select(vec!["SHA1", "SHA256", "SHA512"]);
    let factor = prop_oneof![Just(None), (1u16..60).prop_map(Some)];
    let ocra = (hash, 6u8..=10, any::<[bool; 4]>(), select(vec!["A", "N", "H"]), 4u8..64, factor, 0u8..=8);
    let ocra = ocra.prop_map(|(hash, length, [signs, hashed, counts, channel], format, xx, minutes, k)| {
        let (format, xx) = if hashed { ("H", 64) } else { (format, xx) };
        let counts = counts || minutes.is_none();
        let counter = if counts { "C-" } else { "" };
        let step = minutes.map(|minutes| format!("-T{minutes}M")).unwrap_or_default();
        let text = format!("OCRA-1:HOTP-{hash}-{length}:{counter}Q{format}{xx:02}{step}");
        let factor = match minutes.map(|minutes| minutes * 60) {
            None => Factor::Event,
            Some(step) if counts => Factor::TimeAndEvent(step),
            Some(step) => Factor::Time(step),
        };
        let fields = match (signs, hashed) {
            (false, _) => Vec::new(),
            (true, true) => vec![(0, 64); k.into()],
            (true, false) => vec![(1 + k % xx, xx)],
        };
        let mode = if signs { Mode::Signature } else { Mode::ChallengeResponse };
        (mode, Algorithm::Ocra(Suite::parse(&text).unwrap()), factor, length, channel && hashed, fields)
    });
    (prop_oneof![otp, ocra], any::<bool>(), "[A-Z0-9]{1,10}").prop_map(|(rules, enabled, text)| {
        let (mode, algorithm, factor, length, secure_channel, data_fields) = rules;
        let name = format!("{text:10}").into_bytes().try_into().unwrap();
        let form = Form { mode: mode.number(), index: 0, length, radix: Radix::Decimal, check_digit: false };
        ApplicationRules { form, mode, algorithm, enabled, secure_channel, factor, name, data_fields }
    })
}

pub fn static_vector() -> impl Strategy<Value = StaticVector> {
    let password = (1u8..=64).prop_flat_map(|maximum| (1..=maximum, Just(maximum), 1u8..=99));
    let application = prop_oneof![4 => application(), 1 => open_application()];
    let applications = btree_map(1u8..=8, application, 1..=8);
    (serial(), any::<[u8; 16]>(), password, any::<[bool; 3]>(), applications).prop_map(
        |(serial, master, (minimum, maximum, tries), [required, refuse_weak, binding], applications)| {
            let with_index = |(index, mut application): (u8, ApplicationRules)| {
                application.form.index = index;
                application
            };
            let mut vector = StaticVector {
                prefix: serial.prefix(),
                master_key: Key::new(master),
                password: PasswordRules { required, minimum, maximum, tries, refuse_weak },
                binding,
                applications: applications.into_iter().map(with_index).collect(),
            };
            // Many suites are more than a vector may have (STV-2).
            while vector.to_bytes().len() > MAX_LENGTH {
                vector.applications.pop();
            }
            vector
        },
    )
}

/// Text that fits the charset and may be shown, at most 255 bytes.
pub fn text(charset: Charset) -> impl Strategy<Value = String> {
    let character = match charset {
        Charset::Utf8 => any::<char>().boxed(),
        Charset::Iso8859_15 => any::<u8>()
            .prop_map(|byte| {
                Charset::Iso8859_15.decode(&[byte]).map_or('x', |text| text.chars().next().unwrap())
            })
            .boxed(),
    };
    let shown = character.prop_map(|c| if is_displayable(c) { c } else { 'x' });
    vec(shown, 0..63).prop_map(String::from_iter)
}

pub fn charset() -> impl Strategy<Value = Charset> {
    select(vec![Charset::Utf8, Charset::Iso8859_15])
}

/// A challenge, or another text that is close to one.
pub fn challenge() -> impl Strategy<Value = String> {
    "[0-9]{1,16}"
}

fn content(charset: Charset) -> impl Strategy<Value = Content> {
    let not_empty = |text: String| if text.is_empty() { "k".to_owned() } else { text };
    let items = vec((text(charset).prop_map(not_empty), text(charset)), 1..=4);
    prop_oneof![
        2 => (text(charset), items).prop_map(|(title, items)| Content::List { title, items }),
        1 => (text(charset), challenge())
            .prop_map(|(title, challenge)| Content::Challenge { title, challenge }),
        1 => (text(charset), text(charset).prop_map(not_empty))
            .prop_map(|(title, text)| Content::FreeText { title, text }),
    ]
}

pub fn request() -> impl Strategy<Value = Request> {
    charset().prop_flat_map(|charset| {
        (0u8..4, any::<bool>(), 0u8..16, 1u8..=8, content(charset)).prop_map(
            move |(minimum_version, require_pin, template, application, content)| Request {
                minimum_version,
                require_pin,
                template,
                charset,
                application,
                content,
            },
        )
    })
}

pub fn form() -> impl Strategy<Value = Form> {
    let radix = select(vec![Radix::Decimal, Radix::Hexadecimal]);
    (1u8..=5, 1u8..=8, 6u8..=16, radix, any::<bool>()).prop_map(
        |(mode, index, length, radix, check_digit)| Form { mode, index, length, radix, check_digit },
    )
}

pub fn moment() -> impl Strategy<Value = Moment> {
    (0u64..1 << 53, 0u64..1 << 53).prop_map(|(step, event)| Moment { step, event })
}

pub fn device_code() -> impl Strategy<Value = DeviceCode> {
    (0u8..=99, any::<[u8; 5]>(), any::<[u8; 16]>())
        .prop_map(|(kind, id, mac)| DeviceCode { device: Device { kind, id }, mac: Mac36::first_of(mac) })
}

/// A change of some bytes.
#[derive(Clone, Debug)]
pub enum Mutation {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Swap(Index, Index),
    Cut(Index),
    Append(Vec<u8>),
}

impl Mutation {
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        match self {
            Mutation::Append(tail) => bytes.extend(tail),
            Mutation::Insert(at, byte) => bytes.insert(at.index(length + 1), *byte),
            _ if length == 0 => {}
            Mutation::Flip(at, bit) => bytes[at.index(length)] ^= 1 << (bit % 8),
            Mutation::Set(at, byte) => bytes[at.index(length)] = *byte,
            Mutation::Remove(at) => drop(bytes.remove(at.index(length))),
            Mutation::Swap(a, b) => bytes.swap(a.index(length), b.index(length)),
            Mutation::Cut(at) => bytes.truncate(at.index(length)),
        }
    }
}

pub fn mutation() -> impl Strategy<Value = Mutation> {
    let (at, byte) = (any::<Index>, any::<u8>);
    prop_oneof![
        (at(), byte()).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (at(), byte()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (at(), byte()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        at().prop_map(Mutation::Remove),
        (at(), at()).prop_map(|(a, b)| Mutation::Swap(a, b)),
        at().prop_map(Mutation::Cut),
        vec(byte(), 1..4).prop_map(Mutation::Append),
    ]
}

/// Noise, or something valid with up to three mutations.
pub fn near(valid: impl Strategy<Value = Vec<u8>> + 'static) -> impl Strategy<Value = Vec<u8>> {
    let bent = (valid, vec(mutation(), 0..=3)).prop_map(|(mut bytes, mutations)| {
        mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
        bytes
    });
    prop_oneof![1 => vec(any::<u8>(), 0..600), 4 => bent]
}

/// `decode(x) = Ok(m)` implies `encode(m) = x`.
pub fn has_one_encoding<T: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, Refusal>,
    encode: impl Fn(&T) -> Vec<u8>,
) {
    if let Ok(decoded) = decode(bytes) {
        assert_eq!(hex::encode(&encode(&decoded)), hex::encode(bytes), "{decoded:?}");
    }
}

/// The same of every message that differs in one bit.
pub fn has_one_encoding_wherever_bent<T: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, Refusal>,
    encode: impl Fn(&T) -> Vec<u8>,
) {
    for bit in 0..bytes.len() * 8 {
        let mut bent = bytes.to_vec();
        bent[bit / 8] ^= 1 << (bit % 8);
        has_one_encoding(&bent, &decode, &encode);
    }
}
