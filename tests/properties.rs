//! Properties over generated input: every codec has one encoding, every seal opens and nothing bent does,
//! and any sequence of operations ends as a small model of `SPEC.md` says.
//!
//! Codecs: `decode(encode(m)) = m`; and for any bytes `decode(x) = Ok(m)` implies `encode(m) = x`, over
//! noise and over valid messages with a few mutations. The model is the last part of this file.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use counterproof::bytes::Wire;
use counterproof::check_digit::{Radix, check_digit};
use counterproof::client::{Client, Config, Decision, Pin, RootPolicy};
use counterproof::crypto::kdf::Device;
use counterproof::crypto::keys::{Channel, Key};
use counterproof::crypto::keywrap;
use counterproof::crypto::mac::hmac_sha256;
use counterproof::crypto::protect::{
    ChannelKeys, Direction, Open, Protection, Seal, TAG_LENGTH, open_batch, seal_batch,
};
use counterproof::crypto::response::Form;
use counterproof::error::Refusal;
use counterproof::harness::setup::{PIN_TRIES, app, vector};
use counterproof::rule::{FRM_2, FRM_3, FRM_4, KEY_10, PRT_4, REQ_11};
use counterproof::serial::{Sequence, Serial, SerialPrefix};
use counterproof::server::{License, Origin, Settings};
use counterproof::state;
use counterproof::text::charset::{Charset, is_displayable};
use counterproof::text::hex;
use counterproof::wire::activation1::{Activation1, Policy};
use counterproof::wire::activation2::Activation2;
use counterproof::wire::device_code::{DeviceCode, LENGTH as CODE_LENGTH, Mac36};
use counterproof::wire::frame::{Carrier, Frame, Header, Kind, Nonce, OVERHEAD};
use counterproof::wire::request::{Content, Request};
use counterproof::wire::static_vector::{
    ApplicationRules, Factor, MAX_LENGTH, Mode, PasswordRules, StaticVector,
};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{FileFailurePersistence, RngAlgorithm, TestRng, TestRunner};

/// `PROPTEST_CASES` asks for more. What once failed is kept beside this file, and tried first.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { cases };
    let file = FileFailurePersistence::Direct("tests/properties.regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(file)), ..default }
}

// ---------------------------------------------------------------------------------------------------------
// Generators

fn serial() -> impl Strategy<Value = Serial> {
    ("[0-9A-Z]{3}", 0u32..10_000_000).prop_map(|(head, tail)| format!("{head}{tail:07}").parse().unwrap())
}

fn protection() -> impl Strategy<Value = Protection> {
    select(vec![Protection::HmacSha256, Protection::Cmac])
}

fn carrier() -> impl Strategy<Value = Carrier> {
    select(vec![Carrier::Direct, Carrier::Gateway])
}

fn sequence() -> impl Strategy<Value = Sequence> {
    (1u8..=99).prop_map(|number| Sequence::new(number).unwrap())
}

fn header() -> impl Strategy<Value = Header> {
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

fn frame() -> impl Strategy<Value = Vec<u8>> {
    (header(), vec(any::<u8>(), 0..200), any::<[u8; TAG_LENGTH]>())
        .prop_map(|(header, body, tag)| Frame::encode(&header.encode(), &body, &tag))
}

fn policy() -> impl Strategy<Value = Policy> {
    (protection(), protection(), 1u8..=8).prop_map(|(activation, messages, post_activation)| Policy {
        activation,
        messages,
        post_activation,
    })
}

fn activation1() -> impl Strategy<Value = Activation1> {
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

fn activation2() -> impl Strategy<Value = Activation2> {
    (sequence(), any::<Option<[u8; 16]>>(), any::<[u8; 13]>()).prop_map(|(sequence, key, salt)| Activation2 {
        sequence,
        payload_key: key.map(Key::new),
        salt,
    })
}

fn factor() -> impl Strategy<Value = Factor> {
    prop_oneof![(1u16..).prop_map(Factor::Time), Just(Factor::Event), (1u16..).prop_map(Factor::TimeAndEvent),]
}

/// An application without its index.
fn application() -> impl Strategy<Value = ApplicationRules> {
    let modes =
        vec![Mode::ResponseOnly, Mode::ChallengeResponse, Mode::Signature, Mode::MultiMode, Mode::Unlock];
    let field = (1u8..=64).prop_flat_map(|maximum| (0..=maximum, Just(maximum)));
    let form = (6u8..=16, select(vec![Radix::Decimal, Radix::Hexadecimal]), any::<bool>());
    (select(modes), any::<(bool, bool)>(), factor(), form, "[A-Z0-9]{1,10}", vec(field, 0..=8)).prop_map(
        |(mode, (enabled, secure_channel), factor, (length, radix, check_digit), text, data_fields)| {
            let name = format!("{text:10}").into_bytes().try_into().unwrap();
            let form = Form { mode: mode.number(), index: 0, length, radix, check_digit };
            ApplicationRules { form, mode, enabled, secure_channel, factor, name, data_fields }
        },
    )
}

fn static_vector() -> impl Strategy<Value = StaticVector> {
    let password = (1u8..=64).prop_flat_map(|maximum| (1..=maximum, Just(maximum), 1u8..=99));
    let applications = btree_map(1u8..=8, application(), 1..=8);
    (serial(), any::<[u8; 16]>(), password, any::<[bool; 3]>(), applications).prop_map(
        |(serial, master, (minimum, maximum, tries), [required, refuse_weak, binding], applications)| {
            let with_index = |(index, mut application): (u8, ApplicationRules)| {
                application.form.index = index;
                application
            };
            StaticVector {
                prefix: serial.prefix(),
                master_key: Key::new(master),
                password: PasswordRules { required, minimum, maximum, tries, refuse_weak },
                binding,
                applications: applications.into_iter().map(with_index).collect(),
            }
        },
    )
}

/// Text that fits the charset and may be shown, at most 255 bytes.
fn text(charset: Charset) -> impl Strategy<Value = String> {
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

fn request() -> impl Strategy<Value = Request> {
    select(vec![Charset::Utf8, Charset::Iso8859_15]).prop_flat_map(|charset| {
        let key = text(charset).prop_map(|key| if key.is_empty() { "k".to_owned() } else { key });
        let content = (text(charset), vec((key, text(charset)), 1..=4));
        (0u8..4, any::<bool>(), 0u8..16, 1u8..=8, content).prop_map(
            move |(minimum_version, require_pin, template, application, (title, items))| Request {
                minimum_version,
                require_pin,
                template,
                charset,
                application,
                content: Content::List { title, items },
            },
        )
    })
}

fn device_code() -> impl Strategy<Value = DeviceCode> {
    (0u8..=99, any::<[u8; 5]>(), any::<[u8; 16]>())
        .prop_map(|(kind, id, mac)| DeviceCode { device: Device { kind, id }, mac: Mac36::first_of(mac) })
}

/// A change of some bytes.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(Index, u8),
    Set(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Swap(Index, Index),
    Cut(Index),
    Append(Vec<u8>),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
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

fn mutation() -> impl Strategy<Value = Mutation> {
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
fn near(valid: impl Strategy<Value = Vec<u8>> + 'static) -> impl Strategy<Value = Vec<u8>> {
    let bent = (valid, vec(mutation(), 0..=3)).prop_map(|(mut bytes, mutations)| {
        mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
        bytes
    });
    prop_oneof![1 => vec(any::<u8>(), 0..600), 4 => bent]
}

/// `decode(x) = Ok(m)` implies `encode(m) = x`.
fn has_one_encoding<T: Debug>(
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, Refusal>,
    encode: impl Fn(&T) -> Vec<u8>,
) {
    if let Ok(decoded) = decode(bytes) {
        assert_eq!(hex::encode(&encode(&decoded)), hex::encode(bytes), "{decoded:?}");
    }
}

/// The same of every message that differs in one bit.
fn has_one_encoding_wherever_bent<T: Debug>(
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

// ---------------------------------------------------------------------------------------------------------
// Codecs

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn hex_decodes_what_it_encodes(bytes in vec(any::<u8>(), 0..600)) {
        let text = hex::encode(&bytes);
        prop_assert_eq!(text.len(), bytes.len() * 2);
        prop_assert_eq!(hex::decode(&text.to_lowercase()), Ok(bytes.clone()));
        prop_assert_eq!(hex::decode(&text), Ok(bytes));
    }

    #[test]
    fn hex_has_one_encoding_but_for_case(text in "[0-9A-Fa-f]{0,40}|[0-9a-fx ]{0,6}|.{0,10}") {
        let well_formed = text.len().is_multiple_of(2) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        prop_assert_eq!(hex::decode(&text).is_ok(), well_formed);
        if let Ok(bytes) = hex::decode(&text) {
            prop_assert_eq!(hex::encode(&bytes), text.to_uppercase());
        }
    }

    #[test]
    fn nonce_round_trip(time in any::<u32>(), counter in any::<u32>(), bytes in any::<[u8; 8]>()) {
        let nonce = Nonce { time, counter };
        prop_assert_eq!(Nonce::decode(nonce.encode()), nonce);
        prop_assert_eq!(Nonce::decode(bytes).encode(), bytes);
    }

    #[test]
    fn serial_round_trip(serial in serial()) {
        prop_assert_eq!(Serial::from_bytes(serial.to_bytes()), Ok(serial));
        prop_assert_eq!(serial.to_string().parse(), Ok(serial));
    }

    #[test]
    fn serial_has_one_encoding(bytes in any::<[u8; 5]>(), p in any::<u16>(), text in "[0-9A-Za-z]{0,3}[0-9A]{5,9}|.{10}") {
        if let Ok(serial) = Serial::from_bytes(bytes) {
            prop_assert_eq!(serial.to_bytes(), bytes);
        }
        if let Ok(serial) = text.parse::<Serial>() {
            prop_assert_eq!(serial.to_string(), text);
        }
        if let Some(prefix) = SerialPrefix::from_u16(p) {
            prop_assert_eq!(prefix.to_u16(), p);
        }
    }

    #[test]
    fn header_round_trip(header in header()) {
        prop_assert_eq!(Header::decode(&header.encode()), Ok(header));
    }

    #[test]
    fn frame_has_one_encoding(bytes in near(frame()), carrier in carrier()) {
        if let Ok(frame) = Frame::decode(&bytes, carrier) {
            prop_assert_eq!(&frame.header.encode(), frame.header_bytes);
            prop_assert_eq!(&Frame::encode(frame.header_bytes, frame.body, frame.tag), &bytes);
            prop_assert_eq!(frame.bytes, &bytes);
        }
    }

    #[test]
    fn frm_2_frm_3_frm_4_limits_of_any_frame(header in header(), fill in any::<u8>(), carrier in carrier()) {
        let (most, rule) = match carrier {
            Carrier::Direct => (535, FRM_3),
            Carrier::Gateway => (2101, FRM_4),
        };
        let of_length = |length| {
            let mut bytes = header.encode().to_vec();
            bytes.resize(length, fill);
            Frame::decode(&bytes, carrier).map(|frame| frame.body.len()).map_err(|refusal| refusal.rule)
        };
        prop_assert_eq!(of_length(OVERHEAD - 1), Err(FRM_2));
        prop_assert_eq!(of_length(OVERHEAD), Ok(0));
        prop_assert_eq!(of_length(OVERHEAD + 1), Ok(1));
        prop_assert_eq!(of_length(most - 1), Ok(most - OVERHEAD - 1));
        prop_assert_eq!(of_length(most), Ok(most - OVERHEAD));
        prop_assert_eq!(of_length(most + 1), Err(rule));
    }

    #[test]
    fn static_vector_round_trip(vector in static_vector()) {
        let bytes = vector.to_bytes();
        prop_assert!(bytes.len() <= MAX_LENGTH);
        prop_assert_eq!(StaticVector::decode(&bytes), Ok(vector));
    }

    #[test]
    fn static_vector_has_one_encoding(bytes in near(static_vector().prop_map(|vector| vector.to_bytes()))) {
        has_one_encoding(&bytes, StaticVector::decode, StaticVector::to_bytes);
    }

    /// Its length field mended after the mutation, so that more of them get past STV-1.
    #[test]
    fn static_vector_of_the_right_length_has_one_encoding(
        mut bytes in near(static_vector().prop_map(|vector| vector.to_bytes())),
    ) {
        if let Some(length) = bytes.len().checked_sub(4).and_then(|length| u16::try_from(length).ok()) {
            bytes[..2].copy_from_slice(&[0x38, 0x08]);
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            has_one_encoding(&bytes, StaticVector::decode, StaticVector::to_bytes);
        }
    }

    #[test]
    fn activation1_round_trip(message in activation1()) {
        let body = message.encode();
        prop_assert_eq!(body.len(), 31 + message.static_vector.as_ref().map_or(0, Vec::len));
        prop_assert_eq!(Activation1::decode(&body, message.nonce()), Ok(message));
    }

    #[test]
    fn activation1_has_one_encoding(bytes in near(activation1().prop_map(|message| message.encode())), nonce in any::<[u8; 8]>()) {
        for nonce in [nonce, [0; 8]] {
            has_one_encoding(&bytes, |body| Activation1::decode(body, nonce), Activation1::encode);
            if let Ok(message) = Activation1::decode(&bytes, nonce) {
                prop_assert_eq!(message.nonce(), nonce);
            }
        }
    }

    #[test]
    fn activation2_round_trip(message in activation2()) {
        let body = message.to_bytes();
        prop_assert_eq!(body.len(), 31);
        for length in 0..31 {
            prop_assert!(Activation2::decode(&body[..length]).is_err());
        }
        prop_assert_eq!(Activation2::decode(&body), Ok(message));
    }

    #[test]
    fn activation2_has_one_encoding(bytes in near(activation2().prop_map(|message| message.to_bytes()))) {
        has_one_encoding(&bytes, Activation2::decode, Activation2::to_bytes);
    }

    #[test]
    fn request_round_trip(request in request()) {
        let body = request.encode(Carrier::Gateway).unwrap();
        for length in 0..body.len() {
            prop_assert!(Request::decode(&body[..length]).is_err(), "cut at {}", length);
        }
        prop_assert_eq!(Request::decode(&body), Ok(request));
    }

    #[test]
    fn request_has_one_encoding(bytes in near(request().prop_map(|request| request.encode(Carrier::Gateway).unwrap()))) {
        has_one_encoding(&bytes, Request::decode, |request| request.encode(Carrier::Gateway).unwrap());
    }

    /// A title of as many bytes as are missing: 1 short of the limit, the limit, 1 too many.
    #[test]
    fn req_11_limits_of_any_request(request in request(), carrier in carrier()) {
        let with_title = |title: usize, items: usize, last: usize| {
            let mut items = vec![("k".to_owned(), "v".repeat(255)); items];
            items.push(("k".to_owned(), "v".repeat(last)));
            let content = Content::List { title: "t".repeat(title), items };
            let encoded = Request { content, ..request.clone() }.encode(carrier);
            encoded.map(|body| body.len()).map_err(|refusal| refusal.rule)
        };
        // 2 control, 1 + title, 1 count, each item 3 + value.
        let (items, most) = match carrier {
            Carrier::Direct => (1, 512),
            Carrier::Gateway => (7, 2078),
        };
        let last = most - 4 - items * 258 - 3 - 100;
        prop_assert_eq!(with_title(99, items, last), Ok(most - 1));
        prop_assert_eq!(with_title(100, items, last), Ok(most));
        prop_assert_eq!(with_title(101, items, last), Err(REQ_11));
        prop_assert_eq!(with_title(255, 0, 0), Ok(2 + 256 + 1 + 3));
        prop_assert_eq!(with_title(256, 0, 0), Err(REQ_11));
        prop_assert_eq!(with_title(0, 0, 256), Err(REQ_11));
    }

    #[test]
    fn device_code_round_trip(code in device_code()) {
        let text = code.encode();
        prop_assert_eq!(text.len(), CODE_LENGTH);
        prop_assert!(DeviceCode::decode(&text[1..]).is_err());
        let longer = format!("0{text}");
        prop_assert!(DeviceCode::decode(&longer).is_err());
        prop_assert_eq!(DeviceCode::decode(&text), Ok(code));
    }

    #[test]
    fn device_code_has_one_encoding(digits in "[0-9]{25}|0[0-9]{24}", other in "[0-9]{20,30}") {
        let mended = format!("{digits}{}", check_digit(&digits, Radix::Decimal));
        for text in [mended, other] {
            if let Ok(code) = DeviceCode::decode(&text) {
                prop_assert_eq!(code.encode(), text);
            }
        }
    }

    #[test]
    fn the_first_word_and_the_rest_of_a_header_have_one_encoding(header in header()) {
        let decode = |bytes: &[u8]| Header::decode(bytes.try_into().unwrap());
        has_one_encoding_wherever_bent(&header.encode(), decode, |header| header.encode().to_vec());
    }

    #[test]
    fn no_decoder_panics_on_noise(bytes in vec(any::<u8>(), 0..2200), text in ".{0,60}", nonce in any::<[u8; 8]>()) {
        let _ = Frame::decode(&bytes, Carrier::Gateway);
        let _ = StaticVector::decode(&bytes);
        let _ = Activation1::decode(&bytes, nonce);
        let _ = Activation2::decode(&bytes);
        let _ = Request::decode(&bytes);
        let _ = DeviceCode::decode(&text);
        let _ = hex::decode(&text);
    }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn no_bit_of_a_body_goes_unnoticed(
        vector in static_vector(),
        am1 in activation1(),
        am2 in activation2(),
        request in request(),
    ) {
        has_one_encoding_wherever_bent(&vector.to_bytes(), StaticVector::decode, StaticVector::to_bytes);
        let nonce = am1.nonce();
        let decode = |body: &[u8]| Activation1::decode(body, nonce);
        has_one_encoding_wherever_bent(&am1.encode(), decode, Activation1::encode);
        has_one_encoding_wherever_bent(&am2.to_bytes(), Activation2::decode, Activation2::to_bytes);
        let encode = |request: &Request| request.encode(Carrier::Gateway).unwrap();
        has_one_encoding_wherever_bent(&encode(&request), Request::decode, encode);
    }
}

// ---------------------------------------------------------------------------------------------------------
// Protection

fn sealed(keys: &ChannelKeys, header: &Header, body: &[u8]) -> Vec<u8> {
    let (header, mut body, mut tag) = (header.encode(), body.to_vec(), [0; TAG_LENGTH]);
    seal_batch(&mut [Seal { keys, header: &header, body: &mut body, tag: &mut tag }]);
    Frame::encode(&header, &body, &tag)
}

/// The body in clear; a body that is refused stays as it came.
fn opened(keys: &ChannelKeys, frame: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (header, rest) = frame.split_first_chunk().unwrap();
    let (received, tag) = rest.split_last_chunk().unwrap();
    let mut body = received.to_vec();
    let mut batch = [Open { keys, header, body: &mut body, tag, verdict: Ok(()) }];
    open_batch(&mut batch);
    let [Open { verdict, .. }] = batch;
    match verdict {
        Ok(()) => Ok(body),
        Err(refusal) => {
            assert_eq!(body, received, "decrypted although refused");
            Err(refusal)
        }
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn what_is_sealed_opens_and_nothing_bent_does(
        key in any::<[u8; 16]>(),
        header in header(),
        protection in protection(),
        body in vec(any::<u8>(), 0..100),
        mutations in vec(mutation(), 1..3),
    ) {
        let keys = ChannelKeys::new(&Key::<Channel>::new(key), protection, Direction::ToClient);
        let frame = sealed(&keys, &header, &body);
        prop_assert_eq!(frame.len(), body.len() + OVERHEAD);
        prop_assert_eq!(opened(&keys, &frame), Ok(body));
        for bit in 0..frame.len() * 8 {
            let mut bent = frame.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(opened(&keys, &bent).unwrap_err().rule, PRT_4);
        }
        let mut bent = frame.clone();
        mutations.iter().for_each(|mutation| mutation.apply(&mut bent));
        if bent.len() >= OVERHEAD && bent != frame {
            prop_assert_eq!(opened(&keys, &bent).unwrap_err().rule, PRT_4);
        }
        // Neither under the other protection, nor under another key.
        let other = match protection {
            Protection::Cmac => Protection::HmacSha256,
            Protection::HmacSha256 => Protection::Cmac,
        };
        let mut other_key = key;
        other_key[15] ^= 1;
        for (key, protection) in [(key, other), (other_key, protection)] {
            let keys = ChannelKeys::new(&Key::<Channel>::new(key), protection, Direction::ToClient);
            prop_assert_eq!(opened(&keys, &frame).unwrap_err().rule, PRT_4);
        }
    }

    #[test]
    fn a_batch_is_as_many_singles(
        messages in vec((any::<[u8; 16]>(), header(), protection(), vec(any::<u8>(), 0..70), any::<bool>()), 0..20),
    ) {
        let keys: Vec<_> = messages
            .iter()
            .map(|(key, _, protection, ..)| ChannelKeys::new(&Key::new(*key), *protection, Direction::ToClient))
            .collect();
        let headers: Vec<_> = messages.iter().map(|(_, header, ..)| header.encode()).collect();
        let mut bodies: Vec<_> = messages.iter().map(|(_, _, _, body, _)| body.clone()).collect();
        let mut tags = vec![[0; TAG_LENGTH]; messages.len()];
        let parts = keys.iter().zip(&headers).zip(&mut bodies).zip(&mut tags);
        let mut batch: Vec<_> = parts.map(|(((keys, header), body), tag)| Seal { keys, header, body, tag }).collect();
        seal_batch(&mut batch);
        for (i, (_, header, _, body, _)) in messages.iter().enumerate() {
            let single = sealed(&keys[i], header, body);
            prop_assert_eq!(Frame::encode(&headers[i], &bodies[i], &tags[i]), single);
        }
        // Some of them bent: only those are refused.
        for (tag, (.., bent)) in tags.iter_mut().zip(&messages) {
            tag[7] ^= u8::from(*bent);
        }
        let parts = keys.iter().zip(&headers).zip(&mut bodies).zip(&tags);
        let mut batch: Vec<_> =
            parts.map(|(((keys, header), body), tag)| Open { keys, header, body, tag, verdict: Ok(()) }).collect();
        open_batch(&mut batch);
        for (open, (_, _, _, body, bent)) in batch.iter().zip(&messages) {
            prop_assert_eq!(open.verdict.is_err(), *bent);
            prop_assert!(*bent || open.body == body);
        }
    }

    #[test]
    fn a_wrapped_key_unwraps_and_nothing_bent_does(kek in any::<[u8; 16]>(), key in any::<[u8; 16]>(), at in any::<Index>()) {
        let (kek, key) = (Key::new(kek), Key::new(key));
        let mut wrapped = keywrap::wrap(&kek, &key);
        prop_assert_eq!(keywrap::unwrap(&kek, &wrapped), Ok(key));
        let bit = at.index(wrapped.len() * 8);
        wrapped[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(keywrap::unwrap(&kek, &wrapped).unwrap_err().rule, KEY_10);
    }
}

// ---------------------------------------------------------------------------------------------------------
// Flows: random operations over both roles, against a model

const VALIDITY_DAYS: u16 = 7;
const AGE_LIMIT_S: u32 = 3600;
const THRESHOLD: u8 = 3;
const CODE_TRIES: u8 = 3;
const SIGNATURE_TRIES: u8 = 3;
const WINDOW: u16 = 24;
const LOOK_AHEAD: u16 = 1;
/// Two devices; the third client is on the first's, but of another device type.
const CLIENTS: usize = 3;

/// Which of the things made so far; mostly the last.
#[derive(Clone, Debug)]
enum Pick {
    Last,
    Any(Index),
}

impl Pick {
    fn of<'a, T>(&self, things: &'a [T]) -> Option<&'a T> {
        match self {
            Pick::Last => things.last(),
            Pick::Any(index) => (!things.is_empty()).then(|| index.get(things)),
        }
    }
}

/// What is wrong with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bend {
    Not,
    Length,
    CheckDigit,
    Digit,
}

#[derive(Clone, Debug)]
enum Op {
    Wait(u32),
    /// The clock is set back.
    Back(u32),
    IssueAm1 {
        challenge: Option<[u8; 8]>,
        with_vector: bool,
    },
    ReceiveAm1 {
        client: usize,
        am1: Pick,
        bend: bool,
    },
    VerifyCode {
        code: Pick,
        bend: bool,
    },
    IssueAm2 {
        salt: [u8; 13],
    },
    ReceiveAm2 {
        client: usize,
        am2: Pick,
        bend: bool,
    },
    IssueRequest {
        application: u8,
        require_pin: bool,
        times: u8,
    },
    Open {
        client: usize,
        request: Pick,
        bend: bool,
    },
    Sign {
        client: usize,
        decision: Decision,
        times: u8,
    },
    Verify {
        signature: Pick,
        bend: Bend,
        sequence: Option<u8>,
        times: u8,
    },
    /// A client that has forgotten everything, on the same device.
    Reinstall(usize),
    /// The whole way to an instance.
    Activate {
        client: usize,
        challenge: [u8; 8],
        confirm: bool,
    },
    /// The whole way of a request, or as far as its signature.
    Use {
        client: usize,
        application: u8,
        verify: bool,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let client = || 0..CLIENTS;
    let pick = || prop_oneof![3 => Just(Pick::Last), 1 => any::<Index>().prop_map(Pick::Any)];
    // Until it locks, now and then.
    let often = || prop_oneof![4 => Just(1u8), 1 => Just(4u8)];
    let rarely = || prop::bool::weighted(0.15);
    let application = || select(vec![app::TIME, app::EVENT, app::BOTH, app::LONG]);
    let challenge = || any::<[u8; 8]>().prop_filter("not zero", |it| *it != [0; 8]);
    let decisions = vec![
        Decision::Approve(Pin::Right),
        Decision::Approve(Pin::Right),
        Decision::Approve(Pin::Wrong),
        Decision::Approve(Pin::Cached),
        Decision::Reject,
    ];
    let bends = vec![Bend::Not, Bend::Not, Bend::Not, Bend::Length, Bend::CheckDigit, Bend::Digit];
    prop_oneof![
        2 => prop_oneof![8 => 0u32..100, 4 => 0u32..5000, 1 => 600_000u32..610_000].prop_map(Op::Wait),
        1 => (0u32..500).prop_map(Op::Back),
        1 => (proptest::option::of(challenge()), any::<bool>())
            .prop_map(|(challenge, with_vector)| Op::IssueAm1 { challenge, with_vector }),
        1 => (client(), pick(), rarely()).prop_map(|(client, am1, bend)| Op::ReceiveAm1 { client, am1, bend }),
        2 => (pick(), rarely()).prop_map(|(code, bend)| Op::VerifyCode { code, bend }),
        1 => any::<[u8; 13]>().prop_map(|salt| Op::IssueAm2 { salt }),
        1 => (client(), pick(), rarely()).prop_map(|(client, am2, bend)| Op::ReceiveAm2 { client, am2, bend }),
        2 => (application(), any::<bool>(), prop_oneof![9 => Just(1u8), 1 => Just(70u8)])
            .prop_map(|(application, require_pin, times)| Op::IssueRequest { application, require_pin, times }),
        3 => (client(), pick(), rarely()).prop_map(|(client, request, bend)| Op::Open { client, request, bend }),
        5 => (client(), select(decisions), often())
            .prop_map(|(client, decision, times)| Op::Sign { client, decision, times }),
        7 => (prop_oneof![Just(Pick::Last), any::<Index>().prop_map(Pick::Any)], select(bends), proptest::option::weighted(0.25, 1..=THRESHOLD + 1), often())
            .prop_map(|(signature, bend, sequence, times)| Op::Verify { signature, bend, sequence, times }),
        3 => (client(), challenge(), prop::bool::weighted(0.7))
            .prop_map(|(client, challenge, confirm)| Op::Activate { client, challenge, confirm }),
        1 => client().prop_map(Op::Reinstall),
        4 => (client(), application(), prop::bool::weighted(0.6))
            .prop_map(|(client, application, verify)| Op::Use { client, application, verify }),
    ]
}

/// A role, with the names and values of its counters.
trait Role: Clone + std::hash::Hash {
    fn counters(&self) -> BTreeMap<String, u8>;
}

impl Role for Client {
    fn counters(&self) -> BTreeMap<String, u8> {
        self.pin_failures().map(|(serial, failures)| (format!("pin_failures/{serial}"), failures)).collect()
    }
}

impl Role for License {
    fn counters(&self) -> BTreeMap<String, u8> {
        let failures = self.signature_failures();
        let named = failures.map(|(sequence, failures)| (format!("signature_failures/{sequence}"), failures));
        named.chain([("code_failures".to_owned(), self.code_failures())]).collect()
    }
}

/// Calls a role. A refusal leaves its digest equal, and its counters too, but for the one that the rule names.
fn call<R: Role, T>(
    seen: &mut BTreeSet<&'static str>,
    role: &mut R,
    operation: impl FnOnce(&mut R) -> Result<T, Refusal>,
) -> Result<T, &'static str> {
    let (digest, mut counters) = (state::digest(role), role.counters());
    let refusal = match operation(role) {
        Ok(value) => return Ok(value),
        Err(refusal) => refusal,
    };
    seen.insert(refusal.rule.id);
    assert_eq!(state::digest(role), digest, "{refusal} changed the state");
    let after = role.counters();
    if let Some(counted) = refusal.rule.counts {
        let changed: Vec<_> =
            counters.iter().filter(|(name, value)| after.get(*name) != Some(*value)).collect();
        let [(name, value)] = changed[..] else { panic!("{refusal} counted {changed:?}") };
        assert!(name.starts_with(counted), "{refusal} counted {name}");
        let (name, value) = (name.clone(), value + 1);
        counters.insert(name, value);
    }
    assert_eq!(after, counters, "{refusal}");
    Err(refusal.rule.id)
}

/// AM1 as issued.
struct Am1 {
    bytes: Vec<u8>,
    challenge: [u8; 8],
    time: u32,
}

/// A device code, and what it answers.
struct Code {
    text: String,
    device: Device,
    am1: Vec<u8>,
}

/// AM2 as issued, and for whom.
#[derive(Clone)]
struct Am2 {
    bytes: Vec<u8>,
    sequence: u8,
    device: Device,
    challenge: [u8; 8],
}

struct Issued {
    bytes: Vec<u8>,
    application: u8,
    require_pin: bool,
}

/// A signature, and what it was made from.
#[derive(Clone)]
struct Signature {
    text: String,
    message: Vec<u8>,
    sequence: u8,
    application: u8,
    step: i64,
    event: u64,
}

/// What the model knows of a client's account.
enum Account {
    None,
    PreActivated { challenge: [u8; 8] },
    Active { sequence: u8, counter: u32, failures: u8, events: BTreeMap<u8, u64> },
}

/// A client and what the model knows of it.
struct Installation {
    client: Client,
    device: Device,
    account: Account,
    /// The opened message, its application, and whether it requires the PIN.
    opened: Option<(Vec<u8>, u8, bool)>,
}

impl Installation {
    fn new(number: usize, vector: &StaticVector) -> Self {
        let kind = u8::try_from(number).unwrap();
        let salt = [kind % 2; 16];
        let client = Client::new(Config {
            static_vector: Some(vector.clone()),
            platform_data: b"platform".to_vec(),
            installation_salt: salt,
            device_type: kind,
            app_version: 0,
            rooted: false,
            root_policy: RootPolicy::Block,
        });
        let id = *hmac_sha256(&salt, b"platform").first_chunk().unwrap();
        Self { client, device: Device { kind, id }, account: Account::None, opened: None }
    }
}

/// What the model knows of an instance: VER-14's numbers per application are shift, last step, next event.
struct Instance {
    am2: Vec<u8>,
    device: Device,
    confirmed: bool,
    failures: u8,
    applications: BTreeMap<u8, (i64, i64, u64)>,
}

/// Both roles, everything that was ever said, and the model.
struct World {
    now: u32,
    vector: StaticVector,
    license: License,
    devices: Vec<Installation>,
    am1s: Vec<Am1>,
    codes: Vec<Code>,
    am2s: Vec<Am2>,
    requests: Vec<Issued>,
    signatures: Vec<Signature>,
    code_failures: u8,
    verified: Option<(Device, [u8; 8], Option<u8>)>,
    instances: BTreeMap<u8, Instance>,
    accepted: BTreeSet<u32>,
    /// Time and counter of the message issued last.
    last: Nonce,
    /// The rules that refused something, and what else is worth reaching.
    seen: BTreeSet<&'static str>,
}

fn bent_hex(bytes: &[u8], bend: bool) -> String {
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last ^= u8::from(bend);
    }
    hex::encode(&bytes)
}

fn nonce_of(frame: &[u8]) -> Nonce {
    Nonce::decode(frame[7..15].try_into().unwrap())
}

impl World {
    fn new() -> Self {
        // 16 digits each, so that no two candidates ever have the same signature.
        let mut vector = vector();
        for application in &mut vector.applications {
            application.form.length = 16;
        }
        let policy = Policy {
            activation: Protection::HmacSha256,
            messages: Protection::Cmac,
            post_activation: app::BOTH,
        };
        let settings = Settings {
            policy,
            activation_validity_days: VALIDITY_DAYS,
            message_age_limit_s: AGE_LIMIT_S,
            threshold: THRESHOLD,
            code_tries: CODE_TRIES,
            signature_tries: SIGNATURE_TRIES,
            window: WINDOW,
            look_ahead: LOOK_AHEAD,
        };
        let origin = Origin {
            serial: "VDS1000120".parse().unwrap(),
            license_key: Key::new([1; 16]),
            static_vector: vector.clone(),
            static_vector_bytes: vector.to_bytes(),
            payload_key: Some(Key::new([2; 16])),
            last_counter: 41,
        };
        Self {
            now: 1_800_000_000,
            license: License::new(origin, settings).unwrap(),
            devices: (0..CLIENTS).map(|number| Installation::new(number, &vector)).collect(),
            vector,
            am1s: Vec::new(),
            codes: Vec::new(),
            am2s: Vec::new(),
            requests: Vec::new(),
            signatures: Vec::new(),
            code_failures: 0,
            verified: None,
            instances: BTreeMap::new(),
            accepted: BTreeSet::new(),
            last: Nonce { time: 0, counter: 41 },
            seen: BTreeSet::new(),
        }
    }

    fn run(&mut self, op: &Op) {
        match op {
            Op::Wait(seconds) => self.now += seconds,
            Op::Back(seconds) => self.now -= seconds,
            Op::IssueAm1 { challenge, with_vector } => self.issue_am1(*challenge, *with_vector),
            Op::ReceiveAm1 { client, am1, bend } => self.receive_am1(*client, am1, *bend),
            Op::VerifyCode { code, bend } => self.verify_code(code, *bend),
            Op::IssueAm2 { salt } => self.issue_am2(*salt),
            Op::ReceiveAm2 { client, am2, bend } => self.receive_am2(*client, am2, *bend),
            Op::IssueRequest { application, require_pin, times } => {
                (0..*times).for_each(|_| self.issue_request(*application, *require_pin));
            }
            Op::Open { client, request, bend } => self.open(*client, request, *bend),
            Op::Sign { client, decision, times } => {
                (0..*times).for_each(|_| self.sign(*client, *decision));
            }
            Op::Verify { signature, bend, sequence, times } => {
                (0..*times).for_each(|_| self.verify(signature, *bend, *sequence));
            }
            Op::Reinstall(client) => self.devices[*client] = Installation::new(*client, &self.vector),
            Op::Activate { client, challenge, confirm } => {
                self.issue_am1(Some(*challenge), false);
                self.receive_am1(*client, &Pick::Last, false);
                self.verify_code(&Pick::Last, false);
                self.issue_am2([7; 13]);
                self.receive_am2(*client, &Pick::Last, false);
                if *confirm {
                    self.verify(&Pick::Last, Bend::Not, None);
                }
            }
            Op::Use { client, application, verify } => {
                self.issue_request(*application, true);
                self.open(*client, &Pick::Last, false);
                self.sign(*client, Decision::Approve(Pin::Right));
                if *verify {
                    self.verify(&Pick::Last, Bend::Not, None);
                }
            }
        }
    }

    fn issue_am1(&mut self, challenge: Option<[u8; 8]>, with_vector: bool) {
        let bytes = self.license.generate_activation1(challenge, with_vector, self.now);
        self.am1s.push(Am1 { bytes, challenge: challenge.unwrap_or_default(), time: self.now });
        self.code_failures = 0;
        self.verified = None;
    }

    fn receive_am1(&mut self, client: usize, am1: &Pick, bend: bool) {
        let Some(am1) = am1.of(&self.am1s) else { return };
        let device = &mut self.devices[client];
        let message = bent_hex(&am1.bytes, bend);
        let got = call(&mut self.seen, &mut device.client, |client| client.activate_license(&message));
        let want = match device.account {
            Account::Active { .. } => Err("AM1-11"),
            _ if bend => Err("FRM-12"),
            _ => Ok(()),
        };
        assert_eq!(got.as_ref().map(|_| ()), want.as_ref().map(|_| ()));
        if let Ok(text) = got {
            device.account = Account::PreActivated { challenge: am1.challenge };
            self.codes.push(Code { text, device: device.device, am1: am1.bytes.clone() });
        }
    }

    fn verify_code(&mut self, code: &Pick, bend: bool) {
        let Some(code) = code.of(&self.codes) else { return };
        let am1 = self.am1s.last().unwrap();
        let mut decoded = DeviceCode::decode(&code.text).unwrap();
        if bend {
            decoded.device.id[4] ^= 1;
        }
        let (text, now) = (decoded.encode(), self.now);
        let got = call(&mut self.seen, &mut self.license, |license| license.verify_device_code(&text, now));
        let in_use = |instance: &Instance| instance.confirmed && instance.device.id == code.device.id;
        let want = if u64::from(now) > u64::from(am1.time) + 86_400 * u64::from(VALIDITY_DAYS) {
            Err("DVC-9")
        } else if self.code_failures >= CODE_TRIES {
            Err("DVC-10")
        } else if bend || code.am1 != am1.bytes {
            self.code_failures += 1;
            Err("DVC-11")
        } else if self.instances.values().any(in_use) {
            Err("DVC-12")
        } else {
            self.code_failures = 0;
            if self.verified.is_none_or(|(device, ..)| device != code.device) {
                self.verified = Some((code.device, am1.challenge, None));
            }
            Ok(code.device)
        };
        assert_eq!(got, want);
    }

    /// The nonce of a new message: NON-1, NON-2.
    fn check_nonce(&mut self, frame: &[u8]) {
        let nonce = nonce_of(frame);
        assert_eq!(nonce.counter, self.last.counter + 1, "message counters rise by one");
        assert_eq!(nonce.time, self.now.max(self.last.time));
        self.last = nonce;
    }

    fn issue_am2(&mut self, salt: [u8; 13]) {
        let now = self.now;
        let got = call(&mut self.seen, &mut self.license, |license| license.generate_activation2(salt, now));
        let next = u8::try_from(self.instances.len()).unwrap() + 1;
        match self.verified {
            None => assert_eq!(got, Err("AM2-2")),
            Some((.., Some(sequence))) => {
                let issued = (Sequence::new(sequence).unwrap(), self.instances[&sequence].am2.clone());
                assert_eq!(got, Ok(issued), "issued again");
            }
            Some(_) if next > THRESHOLD => assert_eq!(got, Err("AM2-4")),
            Some((device, challenge, None)) => {
                let (sequence, bytes) = got.unwrap();
                assert_eq!(sequence.number(), next, "sequence numbers are never used twice");
                self.check_nonce(&bytes);
                self.verified = Some((device, challenge, Some(next)));
                let am2 = bytes.clone();
                let instance =
                    Instance { am2, device, confirmed: false, failures: 0, applications: BTreeMap::new() };
                assert!(self.instances.insert(next, instance).is_none());
                self.am2s.push(Am2 { bytes, sequence: next, device, challenge });
            }
        }
    }

    fn receive_am2(&mut self, client: usize, am2: &Pick, bend: bool) {
        let Some(am2) = am2.of(&self.am2s).cloned() else { return };
        let (now, message) = (self.now, bent_hex(&am2.bytes, bend));
        let device = &mut self.devices[client];
        let got = call(&mut self.seen, &mut device.client, |client| client.activate_instance(&message, now));
        let want = match device.account {
            Account::None => Err("CLI-3"),
            Account::Active { .. } => Err("AM2-6"),
            Account::PreActivated { challenge } => {
                let is_for = am2.device == device.device && am2.challenge == challenge;
                if bend || !is_for { Err("PRT-4") } else { Ok(am2.sequence) }
            }
        };
        assert_eq!(got.as_ref().map(|activated| activated.sequence.number()), want.as_ref().copied());
        if let Ok(activated) = got {
            let counter = nonce_of(&am2.bytes).counter;
            device.account =
                Account::Active { sequence: am2.sequence, counter, failures: 0, events: BTreeMap::new() };
            self.signed(client, activated.signature, am2.bytes, app::BOTH);
        }
    }

    /// Remembers a signature and what it was made from: SIG-4, SIG-5.
    fn signed(&mut self, client: usize, text: String, message: Vec<u8>, application: u8) {
        let Account::Active { sequence, events, .. } = &mut self.devices[client].account else { panic!() };
        let factor = self.vector.application(application).unwrap().factor;
        let step = factor.step_s().map_or(0, |step_s| i64::from(self.now) / i64::from(step_s));
        let next = events.entry(application).or_default();
        let event = *next;
        *next += u64::from(factor.has_event());
        self.signatures.push(Signature { text, message, sequence: *sequence, application, step, event });
    }

    fn issue_request(&mut self, application: u8, require_pin: bool) {
        let request = Request {
            minimum_version: 0,
            require_pin,
            template: 3,
            charset: Charset::Utf8,
            application,
            content: Content::List { title: "Pay".into(), items: vec![("To".into(), "Zoë".into())] },
        };
        let now = self.now;
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.generate_request(&request, Carrier::Direct, now)
        });
        let bytes = got.unwrap();
        self.check_nonce(&bytes);
        self.requests.push(Issued { bytes, application, require_pin });
    }

    fn open(&mut self, client: usize, request: &Pick, bend: bool) {
        let Some(request) = request.of(&self.requests) else { return };
        let device = &mut self.devices[client];
        let message = bent_hex(&request.bytes, bend);
        let got = call(&mut self.seen, &mut device.client, |client| client.open(&message, Carrier::Direct));
        let want = match device.account {
            Account::None => Err("CLI-3"),
            Account::PreActivated { .. } => Err("CLI-4"),
            Account::Active { failures: PIN_TRIES.., .. } => Err("CLI-5"),
            _ if bend => Err("PRT-4"),
            Account::Active { counter, .. } if nonce_of(&request.bytes).counter <= counter => Err("CLI-8"),
            Account::Active { sequence, .. } => Ok((sequence, request.application, request.require_pin)),
        };
        let shown =
            got.map(|shown| (shown.sequence.number(), shown.request.application, shown.request.require_pin));
        assert_eq!(shown, want);
        if shown.is_ok() {
            device.opened = Some((request.bytes.clone(), request.application, request.require_pin));
        }
    }

    fn sign(&mut self, client: usize, decision: Decision) {
        let now = self.now;
        let device = &mut self.devices[client];
        let got = call(&mut self.seen, &mut device.client, |client| client.sign(decision, now));
        let failures = match &mut device.account {
            Account::Active { failures, .. } => failures,
            _ => return assert_eq!(got, Err("CLI-12")),
        };
        let Some((message, application, require_pin)) = device.opened.clone() else {
            return assert_eq!(got, Err("CLI-12"));
        };
        match decision {
            _ if *failures >= PIN_TRIES => return assert_eq!(got, Err("CLI-16"), "locked stays locked"),
            Decision::Reject => {
                device.opened = None;
                return assert_eq!(got, Ok(None));
            }
            Decision::Approve(Pin::Cached) if require_pin => return assert_eq!(got, Err("CLI-14")),
            Decision::Approve(Pin::Wrong) => {
                *failures += 1;
                return assert_eq!(got, Err("CLI-15"));
            }
            Decision::Approve(Pin::Right) => *failures = 0,
            Decision::Approve(Pin::Cached) => {}
        }
        device.opened = None;
        let text = got.unwrap().expect("a signature");
        self.signed(client, text, message, application);
    }

    fn verify(&mut self, signature: &Pick, bend: Bend, sequence: Option<u8>) {
        let Some(signature) = signature.of(&self.signatures).cloned() else { return };
        let sequence = sequence.unwrap_or(signature.sequence);
        let (message, text) = (hex::encode(&signature.message), self.bend(&signature, bend));
        let (number, now) = (Sequence::new(sequence).unwrap(), self.now);
        let got = call(&mut self.seen, &mut self.license, |license| {
            license.verify_message_signature(number, &message, &text, now)
        });
        let want = self.expected(&signature, bend, sequence);
        assert_eq!(got, want);
    }

    fn bend(&self, signature: &Signature, bend: Bend) -> String {
        let form = self.vector.application(signature.application).unwrap().form;
        let (digits, last) = signature.text.split_at(signature.text.len() - 1);
        let other = |digit: &str| if digit == "0" { "1" } else { "0" };
        match bend {
            Bend::Not => signature.text.clone(),
            Bend::Length => digits.to_owned(),
            // Without check digit this is just another digit.
            Bend::CheckDigit => format!("{digits}{}", other(last)),
            Bend::Digit => {
                let digits = format!("{}{}", other(&digits[..1]), &digits[1..]);
                let last =
                    if form.check_digit { check_digit(&digits, form.radix).to_string() } else { last.into() };
                format!("{digits}{last}")
            }
        }
    }

    /// VER-3 to VER-14, as the model has them.
    fn expected(&mut self, signature: &Signature, bend: Bend, sequence: u8) -> Result<(), &'static str> {
        let rules = self.vector.application(signature.application).unwrap().clone();
        let nonce = nonce_of(&signature.message);
        let is_request = self.requests.iter().any(|request| request.bytes == signature.message);
        let Some(instance) = self.instances.get(&sequence) else { return Err("VER-3") };
        let id = instance.device.id;
        let in_use = self.instances.values().any(|other| other.confirmed && other.device.id == id);
        let usable = if is_request { instance.confirmed } else { !in_use };
        let highest = self.accepted.last().copied().unwrap_or_default();
        if !usable {
            return Err("VER-4");
        } else if instance.failures >= SIGNATURE_TRIES {
            return Err("VER-5");
        } else if self.now > nonce.time + AGE_LIMIT_S {
            return Err("VER-6");
        } else if !is_request && instance.am2 != signature.message {
            return Err("VER-7");
        } else if is_request && nonce.counter + 64 <= highest {
            // Accepted before or not: the server remembers no longer. The class is that of VER-8.
            return Err("VER-9");
        } else if is_request && self.accepted.contains(&nonce.counter) {
            return Err("VER-8");
        } else if bend == Bend::Length {
            return Err("VER-10");
        } else if bend == Bend::CheckDigit && rules.form.check_digit {
            return Err("VER-11");
        }
        let clock = rules.factor.step_s().map_or(0, |step_s| i64::from(self.now) / i64::from(step_s));
        let instance = self.instances.get_mut(&sequence).unwrap();
        let (shift, last, next) =
            instance.applications.get(&signature.application).copied().unwrap_or_default();
        let in_window = (clock + shift - signature.step).abs() <= i64::from(WINDOW / 2);
        let reached = in_window && signature.step >= last;
        let events = next..=next + u64::from(LOOK_AHEAD);
        let is_candidate = (rules.factor.step_s().is_none() || reached)
            && (!rules.factor.has_event() || events.contains(&signature.event));
        if bend != Bend::Not || sequence != signature.sequence || !is_candidate {
            let genuine = bend == Bend::Not && sequence == signature.sequence;
            if genuine && rules.factor.step_s().is_some() {
                self.seen.insert(if in_window { "below the last step" } else { "outside the window" });
            }
            if genuine && rules.factor.has_event() && !events.contains(&signature.event) {
                self.seen.insert("another event");
            }
            instance.failures += 1;
            return Err("VER-12");
        }
        if signature.step != clock + shift {
            self.seen.insert("a step beside the clock's");
        }
        let moved = (signature.step - clock, signature.step, signature.event + 1);
        instance.applications.insert(signature.application, moved);
        instance.failures = 0;
        if is_request {
            assert!(self.accepted.insert(nonce.counter), "each request is accepted at most once");
        } else {
            instance.confirmed = true;
            self.verified.take_if(|(device, ..)| device.id == id);
        }
        Ok(())
    }

    /// What holds at any time: the counters are the model's.
    fn check(&self) {
        let mut counters: BTreeMap<_, _> = self
            .instances
            .iter()
            .map(|(sequence, instance)| (format!("signature_failures/{sequence:02}"), instance.failures))
            .collect();
        counters.insert("code_failures".to_owned(), self.code_failures);
        assert_eq!(self.license.counters(), counters);
        for device in &self.devices {
            let counters = match device.account {
                Account::Active { failures, .. } => {
                    BTreeMap::from([("pin_failures/VDS1000120".to_owned(), failures)])
                }
                _ => BTreeMap::new(),
            };
            assert_eq!(device.client.counters(), counters);
        }
    }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn any_sequence_of_operations_ends_as_the_model_says(ops in vec(op(), 1..80)) {
        let mut world = World::new();
        for op in &ops {
            world.run(op);
            world.check();
        }
    }
}

/// The model is worth what the sequences reach. The same sequences each time.
#[test]
fn the_sequences_reach_every_rule_of_the_model() {
    let mut runner = TestRunner::new_with_rng(config(1), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let (mut seen, mut accepted) = (BTreeSet::new(), 0);
    for _ in 0..150 {
        let mut world = World::new();
        for op in vec(op(), 80).new_tree(&mut runner).unwrap().current() {
            world.run(&op);
        }
        seen.extend(world.seen);
        accepted += world.accepted.len();
    }
    let wanted = [
        "AM1-11",
        "FRM-12",
        "DVC-9",
        "DVC-10",
        "DVC-11",
        "DVC-12",
        "AM2-2",
        "AM2-4",
        "AM2-6",
        "PRT-4",
        "CLI-3",
        "CLI-4",
        "CLI-5",
        "CLI-8",
        "CLI-12",
        "CLI-14",
        "CLI-15",
        "CLI-16",
        "VER-3",
        "VER-4",
        "VER-5",
        "VER-6",
        "VER-7",
        "VER-8",
        "VER-9",
        "VER-10",
        "VER-11",
        "VER-12",
        "below the last step",
        "outside the window",
        "another event",
        "a step beside the clock's",
    ];
    assert_eq!(seen, BTreeSet::from(wanted));
    assert!(accepted > 150, "{accepted} requests accepted");
}
