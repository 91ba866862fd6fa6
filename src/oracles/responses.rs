//! What people type where no message is: challenges, data fields, unlock challenges, responses.

use super::both::data_of;
use super::choices::Choices;
use super::slow::crypto::{self, ApplicationKey};
use super::slow::data::{self, Data};
use super::slow::vector::Vector;
use super::slow::{self};
use super::target::Target;
use super::verdict::{same, twice};
use super::wire;
use super::world::Apps;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::keys::Key;
use channel::crypto::response::{Form, Moment, response};
use channel::wire::data::{ensure_challenge, ensure_unlock_challenge, unlock_challenge};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, StaticVector};

/// An application and data for it; a challenge or response as typed; or a response that is made and mistyped.
pub const RESPONSE_DATA: Target = Target {
    name: "response_data",
    run: response_data,
    max_len: 300,
    floor: 8_000,
    seeds,
    dictionary: &[
        b"0123456789012345",
        b"01234567",
        b"\x7F",
        b"\x1F",
        "é".as_bytes(),
        "\u{FF10}".as_bytes(),
        b"0794",
        b"aF",
    ],
    oracles: &[
        "a second implementation agrees on every text, refusing requirement included",
        "what is made is what a second implementation makes, and is read back, in either case",
        "every single wrong digit of a response with check digit is noticed; a swap exactly where the digit differs",
        "a response without check digit that has the form is read as it is",
    ],
};

fn response_data(input: &[u8]) {
    let mut choices = Choices::new(input);
    match choices.below(4) {
        0 => fits(&mut choices),
        1 => challenges(choices.rest()),
        2 => {
            let rules = application(&mut choices);
            read(&rules, &String::from_utf8_lossy(choices.rest()));
        }
        _ => mistype(&mut choices),
    }
}

/// An application of any kind.
fn application(choices: &mut Choices<'_>) -> ApplicationRules {
    let [how, index, length, count, step] = choices.array();
    let modes = [Mode::ResponseOnly, Mode::ChallengeResponse, Mode::Signature, Mode::MultiMode, Mode::Unlock];
    let mode = modes[usize::from(index >> 3) % 5];
    let radix = if how & 1 == 0 { Radix::Decimal } else { Radix::Hexadecimal };
    let data_fields = (0..count % 9).map(|_| {
        let [a, b] = choices.array::<2>().map(|limit| limit % 65);
        (a.min(b), a.max(b).max(1))
    });
    ApplicationRules {
        form: Form {
            mode: mode.number(),
            index: 1 + index % 8,
            length: 6 + length % 11,
            radix,
            check_digit: how & 2 != 0,
        },
        mode,
        algorithm: Algorithm::Profile,
        enabled: how & 4 == 0,
        secure_channel: how & 8 == 0,
        factor: match how >> 4 & 3 {
            0 => Factor::Event,
            1 => Factor::TimeAndEvent(u16::from(step) + 1),
            _ => Factor::Time(u16::from(step) + 1),
        },
        name: *b"APPL      ",
        data_fields: data_fields.collect(),
    }
}

/// Data of any kind; fields are made to fit where their first choice is even.
pub(super) fn data(choices: &mut Choices<'_>, limits: &[(u8, u8)]) -> Data {
    let kind = choices.byte();
    let text = |choices: &mut Choices<'_>| {
        let length = choices.below(70);
        String::from_utf8_lossy(choices.some(length)).into_owned()
    };
    match kind % 3 {
        0 => Data::Nothing,
        1 if kind & 64 != 0 => Data::Challenge(text(choices)),
        1 => {
            let [a, b] = choices.array();
            Data::Challenge(format!("{:01$}", u16::from(a) << (b & 7), usize::from(b % 16) + 1))
        }
        _ if kind & 64 != 0 => Data::Fields((0..kind >> 2 & 7).map(|_| text(choices)).collect()),
        _ => {
            let field = |(minimum, maximum): &(u8, u8)| {
                let [length, byte] = choices.array();
                let length = minimum + length % (maximum - minimum + 1);
                char::from(0x20 + byte % 0x5F).to_string().repeat(usize::from(length))
            };
            Data::Fields(limits.iter().map(field).collect())
        }
    }
}

/// Choices for applications that take them, and for others (OTP-2 to OTP-4).
fn fits(choices: &mut Choices<'_>) {
    let rules = application(choices);
    let data = data(choices, &rules.data_fields);
    let index = 1 + choices.byte() % 8;
    let vector = StaticVector { applications: vec![rules], ..Apps::Plain.fast() };
    let slowly: Vector = Vector {
        applications: vec![wire::application(&vector.applications[0])],
        ..Apps::Plain.slow().clone()
    };
    let given = data_of(&data);
    // One in two asks for the application that is there.
    for index in [index, vector.applications[0].form.index] {
        let fast = given.application(&vector, index);
        same(fast.map(wire::application), data.application(&slowly, index).cloned());
        let Ok(rules) = fast else { continue };
        same(given.ensure_fits(rules), data.must_fit(&slowly.applications[0]));
        assert_eq!(given.form(rules), Form { mode: data.mode(), ..rules.form });
        assert_eq!(given.fields(), data.fields());
    }
}

/// Challenges of any bytes (OTP-3, UNL-1, UNL-5).
fn challenges(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let is_challenge = data::is_challenge(&text);
    same(twice(|| ensure_challenge(&text)), if is_challenge { Ok(()) } else { Err("OTP-3") });
    same(twice(|| ensure_unlock_challenge(&text)), data::unlock_challenge(&text));
    let random = bytes.iter().fold(0, |n: u64, byte| n << 8 | u64::from(*byte));
    let shown = unlock_challenge(random.to_be_bytes());
    assert_eq!(shown.parse(), Ok(random % 100_000_000));
    assert_eq!(data::unlock_challenge(&shown), Ok(()));
}

/// Reads what a person typed as a response (VER-10, VER-11).
fn read(rules: &ApplicationRules, typed: &str) {
    let read = twice(|| rules.form.read(typed));
    same(read.clone(), data::response(&wire::application(rules), typed));
    if let Ok(read) = read {
        assert!(read.eq_ignore_ascii_case(typed) && read == read.to_uppercase());
        assert_eq!(read.len(), usize::from(rules.form.length));
    }
}

fn mistype(choices: &mut Choices<'_>) {
    let rules = application(choices);
    let (key, [at, digit]) = (choices.array(), choices.array());
    let (step, event) = (u64::from(choices.u32()), u64::from(choices.u16()));
    let field = choices.rest();
    let fields: &[&[u8]] = if field.is_empty() { &[] } else { &[field] };
    let text = response(&Key::new(key), rules.form, Moment { step, event }, fields);
    let slowly = wire::application(&rules);
    let slow_key = ApplicationKey::new(&key);
    assert_eq!(text, crypto::response(&slow_key, &slowly, rules.form.mode, (step, event), fields));
    read(&rules, &text);
    assert_eq!(rules.form.read(&text.to_lowercase()).as_ref(), Ok(&text));

    let base = rules.form.radix.base();
    let (at, length) = (usize::from(at) % text.len(), text.len());
    let digit = b"0123456789ABCDEF"[usize::from(digit) % base as usize];
    let mut wrong = text.clone().into_bytes();
    let is_changed = std::mem::replace(&mut wrong[at], digit) != digit;
    let wrong = String::from_utf8(wrong).unwrap();
    if is_changed && rules.form.check_digit {
        assert_eq!(rules.form.read(&wrong).unwrap_err().rule.id, "VER-11", "a single wrong digit");
    }
    read(&rules, &wrong);
    let mut swapped = text.into_bytes();
    swapped.swap(at, (at + 1) % length);
    let swapped = String::from_utf8(swapped).unwrap();
    let checks = swapped.ends_with(slow::check_digit(&swapped[..length - 1], base));
    assert_eq!(rules.form.read(&swapped).is_ok(), checks || !rules.form.check_digit);
    read(&rules, &swapped);
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    let data: [&[u8]; 12] = [
        &[0, 0],
        &[1, 7, 3],
        &[1, 255, 15],
        &[65, 3, b'1', b'2', b'3'],
        &[65, 2, b'1', b'A'],
        &[65, 0],
        &[65, 17, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48, 48],
        &[2, 3, 40, 5, 60],
        &[68, 1, 0x7F],
        &[68, 1, 0x1F],
        &[68, 2, b'a', b'b'],
        &[68, 65],
    ];
    // how: decimal, time; index: mode by mode; one field of 0 to 2 characters, none, two.
    for mode in 0..5 {
        for data in data {
            let fields: [&[u8]; 3] = [&[1, 30, 0, 2], &[0, 30], &[2, 30, 0, 16, 1, 8]];
            seeds.extend(fields.map(|fields| [&[0, 0x20, mode << 3, 2][..], fields, data, &[0]].concat()));
        }
        seeds.push([0, 0x24, mode << 3, 2, 1, 30, 0, 2, 0, 0].to_vec()); // disabled
    }
    let texts = ["", "0", "12345678", "1234567", "123456789", "0123456789012345", "12A4", "12 4", "１２"];
    seeds.extend(texts.map(|text| [&[1][..], text.as_bytes()].concat()));
    let typed = ["36080595", "3608059", "360805950", "3608059A", "07945", "0000079", "ABCDEF01", "abcdef01"];
    for how in 0..4 {
        seeds.extend(typed.map(|text| [&[2, how, 0, 2, 0, 0][..], text.as_bytes()].concat()));
        for length in [0, 2, 10] {
            seeds.push(
                [&[3, how, 0, length, 0, 0][..], &[7; 16], &[2, 5, 0, 0, 0, 9, 0, 1], b"field"].concat(),
            );
        }
    }
    seeds
}
