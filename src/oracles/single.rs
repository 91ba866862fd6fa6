//! What people type and what files hold of single-device licensing: activation codes, event reactivation counters,
//! derivation codes, full activation data, `ACode.log`, `export.svf`.

use super::choices::Choices;
use super::slow::single as slow;
use super::target::Target;
use super::verdict::{same, twice};
use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::crypto::keys::Key;
use channel::crypto::single::{self, Diversifier};
use channel::license::{acode_log, export_svf};
use channel::serial::Serial;
use channel::text::hex;
use channel::wire::activation_code::{self, ActivationCode};
use channel::wire::derivation_code::DerivationCode;
use channel::wire::event_counter::EventCounter;
use channel::wire::full_activation::{Content, FullActivation, encrypted_head, plain};
use harness::setup::single_vector;

/// Text as an activation code, or a code that is built and then mistyped.
pub const ACTIVATION_CODE: Target = Target {
    name: "activation_code",
    run: activation_code_of,
    max_len: 64,
    floor: 8_000,
    seeds: || {
        let texts = [
            "0000000000000000000000000000000000000000",
            "3402823669209384634633746074317682114556",
            "0123456789ABCDEF0123456789ABCDEF0",
            "18446744073709551615",
            "18446744073709551616",
            "ffffffffffffffff",
        ];
        let mut seeds: Vec<_> = texts.map(|text| [&[0], text.as_bytes()].concat()).to_vec();
        seeds.extend(texts.map(|text| [&[4], text.as_bytes()].concat()));
        // A little around the largest code; passwords: rules, lengths, first character, step, length, where it breaks.
        seeds.extend([128, 127, 200].map(|off| vec![8, off]));
        for step in 0..4 {
            seeds.extend([1, 4, 12].map(|length| vec![16, 3, 4, 20, b'1', step, length, 200, 0]));
            seeds.push(vec![16, 3, 1, 64, b'A', step, 20, 2, b'x']);
        }
        seeds.push([&[1][..], &[0xA5; 18]].concat());
        seeds.push([&[3][..], &[0xFF; 18]].concat());
        seeds
    },
    dictionary: &[b"340282366920938463463374607431768211455", b"00000000", "\u{FF10}".as_bytes()],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: written again, the text is the same but for case",
        "every single wrong digit is noticed",
        "a license key comes back from its code, by either implementation",
        "a new password is refused where the rules of the vector say, and by the first of them",
    ],
};

fn bytes(code: &ActivationCode) -> Vec<u8> {
    match code {
        ActivationCode::Long(n) => n.to_be_bytes().to_vec(),
        ActivationCode::Short(k) => k.to_be_bytes().to_vec(),
    }
}

fn radix(hexadecimal: bool) -> Radix {
    if hexadecimal { Radix::Hexadecimal } else { Radix::Decimal }
}

fn read_code(text: &str) {
    for short in [false, true] {
        let read = twice(|| ActivationCode::decode(text, short));
        same(read.clone().map(|code| bytes(&code)), slow::activation_code(text, short));
        if let Ok(ActivationCode::Long(n)) = &read {
            let written = activation_code::encode(*n, radix(text.len() == 33));
            assert_eq!(written, text.to_ascii_uppercase());
        }
    }
}

fn activation_code_of(data: &[u8]) {
    let mut choices = Choices::new(data);
    let how = choices.byte();
    if how & 1 == 0 {
        if how & 16 != 0 {
            return super::single_state::new_password(&mut choices);
        }
        if how & 8 != 0 {
            // A little more or less than the largest, long and short.
            let off = i32::from(choices.byte()) - 128;
            let mut long = format!("340282366920938463463374607431768211{}", 455 + off);
            long.push(check_digit(&long, Radix::Decimal));
            read_code(&long);
            return read_code(&format!("18446744073709551{}", 615 + off));
        }
        let mut text = String::from_utf8_lossy(choices.rest()).into_owned();
        if how & 4 != 0 && text.pop().is_some() {
            // Whatever it says, its check digit is right.
            text.push(check_digit(&text, radix(text.len() == 32)));
        }
        return read_code(&text);
    }
    let (license, [at, digit]) = (choices.array::<16>(), choices.array());
    let (master, serial) = ([how; 16], world_serial());
    let n = single::code_of_license(&Key::new(master), serial, &Key::new(license));
    assert_eq!(n.to_be_bytes(), slow::code_of_license(&master, serial.to_bytes(), license));
    let text = activation_code::encode(n, radix(how & 2 == 2));
    assert_eq!(text, slow::write_code(n.to_be_bytes(), how & 2 == 2));
    assert_eq!(*single::license_of_code(&Key::new(master), serial, n).expose(), license);
    let (at, digit) = (usize::from(at) % text.len(), radix(how & 2 == 2).character(u32::from(digit)));
    let mut wrong = text.clone();
    wrong.replace_range(at..=at, &digit.to_string());
    if wrong != text {
        let refusal = ActivationCode::decode(&wrong, true).unwrap_err();
        assert_eq!(refusal.rule.id, "SDL-5", "a single wrong digit");
    }
    read_code(&wrong);
}

fn world_serial() -> Serial {
    "VDS1000120".parse().unwrap()
}

/// Text as an event reactivation counter of any number of applications, or one that is built and mistyped.
pub const EVENT_COUNTER: Target = Target {
    name: "event_counter",
    run: event_counter,
    max_len: 120,
    floor: 3_000,
    seeds: || {
        let mut seeds = Vec::new();
        for n in 1..=8u8 {
            let length = slow::counter_length(usize::from(n));
            seeds.push([&[0, n][..], "0".repeat(length).as_bytes()].concat());
            seeds.push([&[0, n][..], "9".repeat(length).as_bytes()].concat());
            seeds.extend(
                ["0", "4", "9"].map(|digit| [&[2, n - 1][..], digit.repeat(length).as_bytes()].concat()),
            );
            seeds.push([&[1, n][..], &[0xFF; 40]].concat());
        }
        seeds
    },
    dictionary: &[b"4722366482869645213695", b"4722366482869645213696", b"00000000"],
    oracles: &[
        "an independent decoder over single bits agrees, refusing requirement included",
        "what is built is read back; a single wrong digit is noticed",
        "the MAC is that of a second implementation",
    ],
};

fn content_of(counter: &EventCounter) -> Vec<u8> {
    let mut bytes: Vec<u8> = counter.counters.iter().flat_map(|counter| counter.to_be_bytes()).collect();
    bytes.extend(counter.mac);
    bytes
}

fn read_counter(text: &str, n: usize) {
    let read = twice(|| EventCounter::decode(text, n));
    same(read.clone().map(|counter| content_of(&counter)), slow::read_counter(text, n));
    if let Ok(counter) = read {
        assert_eq!(counter.encode(), text);
        assert_eq!(slow::write_counter(&content_of(&counter)), text);
    }
}

fn event_counter(data: &[u8]) {
    let mut choices = Choices::new(data);
    let (how, n) = (choices.byte(), choices.below(8) + 1);
    if how & 1 == 0 {
        let mut text = String::from_utf8_lossy(choices.rest()).into_owned();
        if how & 2 != 0 && text.pop().is_some() {
            // Whatever it says, its check digit is right.
            text.push(check_digit(&text, Radix::Decimal));
        }
        return read_counter(&text, n);
    }
    let license = choices.array::<16>();
    let counters: Vec<(u8, u32)> = (1..).take(n).map(|index| (index, choices.u32())).collect();
    let mac = single::event_counter_mac(&Key::new(license), world_serial(), &counters);
    let counter = EventCounter { counters: counters.iter().map(|(_, counter)| *counter).collect(), mac };
    let text = counter.encode();
    assert_eq!(text, slow::event_counter(&license, world_serial().to_bytes(), &counters));
    assert_eq!(EventCounter::decode(&text, n), Ok(counter));
    let (at, digit) = (choices.below(text.len()), b'0' + choices.byte() % 10);
    let mut wrong = text.clone();
    wrong.replace_range(at..=at, &char::from(digit).to_string());
    if wrong != text {
        assert_eq!(EventCounter::decode(&wrong, n).unwrap_err().rule.id, "ERC-5", "a single wrong digit");
    }
    read_counter(&wrong, n);
}

/// Text as a derivation code, or a code that is built and then mistyped.
pub const DERIVATION_CODE: Target = Target {
    name: "derivation_code",
    run: derivation_code,
    max_len: 64,
    floor: 8_000,
    seeds: || {
        let mut seeds: Vec<Vec<u8>> = ["00000000000000000000000001", "72057594037927935999999990"]
            .map(|text| [&[0], text.as_bytes()].concat())
            .to_vec();
        for digits in ["7205759403792793599999999", "7205759403792793600000000"] {
            seeds.push(format!("\0{digits}{}", super::slow::check_digit(digits, 10)).into_bytes());
        }
        seeds.push([&[1][..], &[0xFF; 24]].concat());
        seeds
    },
    dictionary: &[b"72057594037927935", b"72057594037927936", b"00000000"],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "what is built is read back; a single wrong digit is noticed",
        "the MAC is that of a second implementation",
    ],
};

fn read_derivation(text: &str) {
    let read = twice(|| DerivationCode::decode(text));
    same(read.map(|code| (code.diversifier.0, code.mac)), slow::derivation_code(text));
    if let Ok(code) = read {
        assert_eq!(code.encode(), text);
    }
}

fn derivation_code(data: &[u8]) {
    let mut choices = Choices::new(data);
    if choices.byte() & 1 == 0 {
        return read_derivation(&String::from_utf8_lossy(choices.rest()));
    }
    let (license, d, index) = (choices.array::<16>(), choices.array::<7>(), choices.byte() % 8 + 1);
    let moment =
        channel::crypto::response::Moment { step: choices.u32().into(), event: choices.byte().into() };
    let mac =
        single::Deriver::new(&Key::new(license), world_serial(), index).mac(Diversifier(d), moment, "12");
    let code = DerivationCode { diversifier: Diversifier(d), mac };
    let slowly =
        slow::derive(&license, world_serial().to_bytes(), index, d, [moment.step, moment.event], "12");
    let text = code.encode();
    assert_eq!(text, slowly);
    assert_eq!(DerivationCode::decode(&text), Ok(code));
    let (at, digit) = (choices.below(26), b'0' + choices.byte() % 10);
    let mut wrong = text.clone();
    wrong.replace_range(at..=at, &char::from(digit).to_string());
    if wrong != text {
        assert_eq!(DerivationCode::decode(&wrong).unwrap_err().rule.id, "BND-8", "a single wrong digit");
    }
    read_derivation(&wrong);
}

const SECRET: [u8; 16] = [0x5E; 16];

/// Full activation data, any bytes; or any content, sealed or with a right checksum.
pub const FULL_ACTIVATION: Target = Target {
    name: "full_activation",
    run: full_activation,
    max_len: 700,
    floor: 1_000,
    seeds: || {
        let vector = single_vector().to_bytes();
        let contents = ["", "0", "1234567890"]
            .map(|counter| Content::encode(world_serial(), 7, [1, 2, 3, 4], &vector, counter).to_vec());
        let mut seeds: Vec<Vec<u8>> = Vec::new();
        for content in contents {
            for how in 1..3 {
                seeds.push([&[how][..], &content].concat());
            }
            seeds.push([&[0][..], &plain(&content)].concat());
            seeds.push([&[0][..], &sealed(&content)].concat());
        }
        seeds
    },
    dictionary: &[b"FAD\x01\0", b"FAD\x01\x01", b"\x38\x08", b"\x01\x02\xC3\xE4"],
    oracles: &[
        "an independent decoder agrees, refusing requirement included, with a secret and without",
        "accepted: written again, the bytes are the same",
    ],
};

fn sealed(content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    let gcm = channel::crypto::gcm::Gcm::sealing(&single::full_activation(&Key::new(SECRET)));
    let tag = gcm.seal(&[9; 12], &encrypted_head(), &mut content);
    [&encrypted_head()[..], &[9; 12], &content, &tag].concat()
}

fn read_data(data: &[u8], secret: Option<[u8; 16]>) {
    let read = || {
        let content = match FullActivation::decode(data, secret.is_some())? {
            FullActivation::Plain { content } => Content::decode(content)?,
            FullActivation::Encrypted { head, nonce, ciphertext, tag } => {
                let key = single::full_activation(&Key::new(secret.unwrap()));
                let mut content = ciphertext.to_vec();
                let gcm = channel::crypto::gcm::Gcm::sealing(&key);
                gcm.open(nonce, head, &mut content, tag, channel::rule::SDL_24)?;
                Content::decode(&content)?
            }
        };
        Ok(slow::Content {
            serial: content.serial.to_bytes(),
            n: bytes(&content.code).try_into().unwrap(),
            check: content.check,
            vector: content.vector.to_bytes(),
            counter: content.event_counter.clone(),
        })
    };
    let got = twice(read);
    same(got.clone(), slow::full_activation(data, secret));
    if let (Ok(content), None) = (got, secret) {
        let n = u128::from_be_bytes(content.n);
        let serial = Serial::from_bytes(content.serial).unwrap();
        let again = Content::encode(serial, n, content.check, &content.vector, &content.counter);
        assert_eq!(**plain(&again), *data);
    }
}

fn full_activation(data: &[u8]) {
    let Some((how, rest)) = data.split_first() else { return };
    let bytes = match how % 3 {
        0 => rest.to_vec(),
        1 => plain(rest).to_vec(),
        _ => sealed(rest),
    };
    read_data(&bytes, None);
    read_data(&bytes, Some(SECRET));
}

/// An `ACode.log`, or an `export.svf`.
pub const ACODE_LOG: Target = Target {
    name: "acode_log",
    run: acode_log_of,
    max_len: 1_500,
    floor: 1_000,
    seeds: || {
        let code = activation_code::encode(7, Radix::Decimal);
        let other = activation_code::encode(u128::MAX, Radix::Hexadecimal);
        let svf = export_svf::write(&single_vector().to_bytes());
        vec![
            format!("\0VDS1000120 {code}\nVDS1000121 {other}\n").into_bytes(),
            format!("\0VDS1000120 {code}\nVDS1000120 {other}\n").into_bytes(),
            format!("\0VDS1000120 {code}").into_bytes(),
            format!("\0VDS1000120 {}\n", other.to_lowercase()).into_bytes(),
            b"\0\n".to_vec(),
            format!("\x01{svf}").into_bytes(),
            b"\x01\n".to_vec(),
        ]
    },
    dictionary: &[b"\n", b" ", b"VDS1000120 ", b"\r\n", b"3808"],
    oracles: &[
        "an independent reader agrees, refusing requirement included",
        "accepted: written again, it is the same",
    ],
};

fn acode_log_of(data: &[u8]) {
    let Some((how, file)) = data.split_first() else { return };
    if how & 1 == 1 {
        let read = twice(|| export_svf::read(file));
        same(read.clone(), slow::export_svf(file));
        if let Ok(vector) = read {
            assert_eq!(export_svf::write(&vector).as_bytes(), file);
            assert_eq!(hex::encode(&vector) + "\n", String::from_utf8_lossy(file));
        }
        return;
    }
    let read = twice(|| acode_log::read(file));
    let told = |entries: &[acode_log::Entry<'_>]| {
        entries.iter().map(|entry| (entry.serial.to_string(), entry.code.to_owned())).collect::<Vec<_>>()
    };
    same(read.as_ref().map(|entries| told(entries)).map_err(|refusal| *refusal), slow::acode_log(file));
    if let Ok(entries) = read {
        assert_eq!(acode_log::write(entries).map(String::into_bytes), Ok(file.to_vec()));
    }
}
