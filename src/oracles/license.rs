//! What licenses come as: message vectors, activation vectors as text.

use super::choices::Choices;
use super::slow::license::{self, Numbers};
use super::slow::{self};
use super::target::Target;
use super::verdict::{same, twice};
use super::world;
use channel::crypto::protect::Protection;
use channel::text::hex;
use channel::wire::activation_vector;
use channel::wire::activation1::Policy;
use channel::wire::message_vector::{MessageVector, Windows};

/// Text as it comes, text with its check digit put right, or numbers that are written and mistyped.
pub const MESSAGE_VECTOR: Target = Target {
    name: "message_vector",
    run: message_vector,
    max_len: 60,
    floor: 1_000,
    seeds: message_vector_seeds,
    dictionary: &[b"FFFF", b"DF", b"0000", "\u{FF10}".as_bytes()],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the input; a second encoder writes the same",
        "every single wrong digit is refused, and by its check digit where it is one",
        "never taken for a device code",
    ],
};

fn message_vector(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice % 3 {
        0 => read(&String::from_utf8_lossy(rest)),
        1 => {
            let digits = rest.iter().map(|byte| char::from(b"0123456789ABCDEF"[usize::from(byte % 16)]));
            let digits: String = digits.chain("0".repeat(25).chars()).take(25).collect();
            let digit = slow::check_digit(&digits, 16);
            read(&format!("{digits}{digit}"));
        }
        _ => mistype(&numbers(&mut Choices::new(rest))),
    }
}

/// Each within its range.
pub(super) fn numbers(choices: &mut Choices<'_>) -> Numbers {
    let [protections, index] = choices.array();
    let mut within = |least: u32, most: u32| least + choices.u32() % (most - least).saturating_add(1);
    [
        1 + u32::from(protections & 1),
        1 + u32::from(protections >> 1 & 1),
        1 + u32::from(index % 8),
        within(0, 9999),
        within(0, u32::MAX),
        within(1, 99),
        within(1, 99),
        within(0, 100),
        within(0, 100),
        within(0, 10_800),
        within(0, 20),
    ]
}

fn numbers_of(vector: &MessageVector) -> Numbers {
    let MessageVector { policy, windows, .. } = vector;
    [
        policy.activation.number().into(),
        policy.messages.number().into(),
        policy.post_activation.into(),
        vector.activation_validity_days.into(),
        vector.message_age_limit_s,
        vector.code_tries.into(),
        vector.signature_tries.into(),
        windows.identification.into(),
        windows.signature.into(),
        windows.first_use_s.into(),
        windows.look_ahead.into(),
    ]
}

fn vector_of(numbers: &Numbers) -> MessageVector {
    let [activation, messages, index, days, age, code_tries, signature_tries, windows @ ..] = *numbers;
    let protection = |number| if number == 1 { Protection::HmacSha256 } else { Protection::Cmac };
    let [identification, signature, first_use_s, look_ahead] = windows.map(|window| window as u16);
    MessageVector {
        policy: Policy {
            activation: protection(activation),
            messages: protection(messages),
            post_activation: index as u8,
        },
        activation_validity_days: days as u16,
        message_age_limit_s: age,
        code_tries: code_tries as u8,
        signature_tries: signature_tries as u8,
        windows: Windows { identification, signature, first_use_s, look_ahead },
    }
}

fn read(text: &str) {
    let decoded = twice(|| MessageVector::decode(text));
    same(decoded.map(|vector| numbers_of(&vector)), license::message_vector(text));
    let Ok(vector) = decoded else { return };
    assert_eq!(vector.encode(), text);
    assert!(text.len() == 26 && text.starts_with(['C', 'D', 'E', 'F']));
    same(
        channel::wire::device_code::DeviceCode::decode(text).map(|_| ()),
        slow::device_code(text).map(|_| ()),
    );
    assert_eq!(slow::device_code(text), Err("DVC-4"));
}

/// All 390 of them.
fn mistype(numbers: &Numbers) {
    let text = license::message_vector_text(numbers);
    assert_eq!(vector_of(numbers).encode(), text);
    assert_eq!(MessageVector::decode(&text).map(|vector| numbers_of(&vector)), Ok(*numbers));
    for at in 0..text.len() {
        for digit in "0123456789ABCDEF".chars().filter(|digit| !text[at..].starts_with(*digit)) {
            let mut wrong = text.clone();
            wrong.replace_range(at..=at, digit.encode_utf8(&mut [0; 4]));
            assert_eq!(MessageVector::decode(&wrong).unwrap_err().rule.id, "MSV-3", "{wrong}");
        }
    }
    assert_eq!(MessageVector::decode(&text.to_lowercase()).unwrap_err().rule.id, "MSV-2", "a letter leads");
}

fn message_vector_seeds() -> Vec<Vec<u8>> {
    let text = world::file(&[world::LICENSE], world::LICENSE_KEY).message_vector;
    let raw = |text: &str| [&[0], text.as_bytes()].concat();
    let bits = |text: &str| {
        let digits = text.chars().take(25).map(|c| c.to_digit(16).unwrap() as u8);
        std::iter::once(1).chain(digits).collect::<Vec<u8>>()
    };
    let mut seeds = vec![raw(&text), raw(&text.to_lowercase()), raw(&text[1..]), raw(""), vec![2]];
    let foreign = |at: usize, c: &str| [&text[..at], c, &text[at + 1..]].concat();
    seeds.extend([foreign(4, "G"), foreign(9, "é"), foreign(25, "0"), foreign(25, "1")].map(|it| raw(&it)));
    seeds.push([&[2][..], &[0xFF; 40]].concat());
    seeds.push([&[2][..], &[7; 40]].concat());
    // Each number just inside and just outside, the mark, with the check digit put right.
    let highest = [2, 2, 8, 9999, u32::MAX, 99, 99, 100, 100, 10_800, 20];
    let lowest = [1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0];
    for numbers in [highest, lowest] {
        seeds.push(bits(&license::message_vector_text(&numbers)));
    }
    for (at, beyond) in [(3, 10_000), (5, 100), (5, 0), (6, 100), (6, 0), (7, 101), (8, 101), (9, 10_801)] {
        let mut numbers = highest;
        numbers[at] = beyond;
        seeds.push(bits(&license::message_vector_text(&numbers)));
    }
    let mut numbers = highest;
    numbers[10] = 21;
    seeds.push(bits(&license::message_vector_text(&numbers)));
    for mark in [0, 4, 8] {
        let mut seed = bits(&text);
        seed[1] = seed[1] & 3 | mark;
        seeds.push(seed);
    }
    seeds
}

/// Text as it comes, or 24 bytes that are written and mistyped.
pub const ACTIVATION_VECTOR: Target = Target {
    name: "activation_vector",
    run: activation_text,
    max_len: 80,
    floor: 3_000,
    seeds: || {
        let text = license::activation_vector(b"twenty-four bytes of it.");
        let wrong = [&text[..48], if text.ends_with('0') { "1" } else { "0" }].concat();
        let texts = [&text, &text[..48], &text.to_lowercase(), &wrong, "", "é", &format!("{text}0")];
        let raw = texts.map(|text| [&[0], text.as_bytes()].concat());
        raw.into_iter().chain([[&[1][..], b"twenty-four bytes of it.", &[7, 3]].concat(), vec![1]]).collect()
    },
    dictionary: &[b"00000000", b"FFFFFFFF", "\u{FF10}".as_bytes()],
    oracles: &[
        "an independent decoder agrees",
        "accepted: re-encoding gives the input; a second encoder writes the same",
        "every single wrong digit is refused",
        "never taken for a message",
    ],
};

/// LIF-13 the other way round.
fn slow_activation_vector(text: &str) -> Option<[u8; 24]> {
    let digits = text.get(..48).filter(|_| text.len() == 49)?;
    let is_upper = digits.chars().all(|c| "0123456789ABCDEF".contains(c));
    let wrapped = slow::hex(digits).ok().filter(|_| is_upper)?.try_into().unwrap();
    (license::activation_vector(&wrapped) == text).then_some(wrapped)
}

fn activation_text(data: &[u8]) {
    let mut choices = Choices::new(data);
    if choices.byte() & 1 == 0 {
        let text = String::from_utf8_lossy(choices.rest()).into_owned();
        let decoded = twice(|| activation_vector::decode(&text));
        assert_eq!(decoded, slow_activation_vector(&text));
        let Some(wrapped) = decoded else { return };
        assert_eq!(activation_vector::encode(&wrapped), text);
        assert!(hex::decode(&text).is_err(), "an odd number of digits");
        return;
    }
    let (wrapped, [at, digit]) = (choices.array(), choices.array());
    let text = activation_vector::encode(&wrapped);
    assert_eq!(text, license::activation_vector(&wrapped));
    assert_eq!(activation_vector::decode(&text), Some(wrapped));
    // One place by every digit, every place by one digit.
    let digits = "0123456789ABCDEF";
    let everywhere = (0..49).map(|at| (at, usize::from(digit) % 16));
    for (at, digit) in (0..16).map(|digit| (usize::from(at) % 49, digit)).chain(everywhere) {
        let mut wrong = text.clone();
        wrong.replace_range(at..=at, &digits[digit..=digit]);
        assert_eq!(activation_vector::decode(&wrong).is_some(), wrong == text, "{wrong}");
    }
}
