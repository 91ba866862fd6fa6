//! The strings of push and login, and the body of an information message.

use super::choices::Choices;
use super::request::{fast_string, slow_string};
use super::slow::push::{self, Gateway};
use super::slow::text::is_displayable;
use super::target::Target;
use super::verdict::{same, twice};
use channel::bytes::Wire;
use channel::text::gateway_string::{ChallengeKey, GatewayString};
use channel::wire::information::{Information, InformationNonce};

/// A choice of an application, and text to be read; or the fields of a string to be written.
pub const GATEWAY_STRING: Target = Target {
    name: "gateway_string",
    run: gateway_string,
    max_len: 1_600,
    floor: 10_000,
    seeds: string_seeds,
    dictionary: &[
        b";",
        b"01;03;",
        b"01;04;",
        b"02;",
        b";1;",
        b";8;",
        b"0123456789",
        b"abcdefABCD",
        "é".as_bytes(),
    ],
    oracles: &[
        "an independent reader agrees, refusing requirement included",
        "read, then written: the same text, but that challenge keys come in upper case",
        "written, then read: the same content; what can't be written is refused as a second writer refuses it",
        "a challenge key is read by its own reader as it is in a notification",
    ],
};

/// Bytes as body and nonce of an information message.
pub const INFORMATION: Target = Target {
    name: "information",
    run: information,
    max_len: 32,
    floor: 20_000,
    seeds: || {
        let body = [1, 0x01, 0x23, 0x45, 0x67, 0x89];
        let mut seeds: Vec<Vec<u8>> = (0..=7).map(|n| [&body[..], &[0]].concat()[..n].to_vec()).collect();
        seeds
            .extend([[0, 1, 2, 3, 4, 5], [2, 1, 2, 3, 4, 5], [129, 1, 2, 3, 4, 5]].map(|body| body.to_vec()));
        seeds.push([&body[..], &[0xFF; 8]].concat());
        seeds
    },
    dictionary: &[b"\x01", b"\x63", b"\xFF\xFF\xFF"],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: one content has one form",
        "time, sequence number and counter of a nonce are read and written alike",
    ],
};

fn gateway_string(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let application = 1 + (choice & 7);
    if choice & 8 == 0 {
        let text = String::from_utf8_lossy(rest);
        if text.chars().all(is_displayable) {
            read(&text, application);
        }
        key(&text);
    } else {
        let mut choices = Choices::new(rest);
        let mut text = || {
            let length = usize::from(choices.u16()) % 520;
            String::from_utf8_lossy(choices.some(length)).into_owned()
        };
        let string = match choice & 16 {
            0 => Gateway::Notification(text()),
            _ => Gateway::Details(text(), 1 + (choice >> 5), text(), text()),
        };
        write(&string, application);
    }
}

fn read(text: &str, application: u8) {
    let fast = twice(|| GatewayString::read(text, application));
    same(fast.clone().map(slow_string), push::read(text, application));
    let Ok(string) = fast else { return };
    let written = string.write(application).unwrap();
    assert!(match &string {
        GatewayString::Notification { .. } => written == text.to_ascii_uppercase(),
        GatewayString::Details(_) => written == text,
    });
}

fn write(string: &Gateway, application: u8) {
    let fast = twice(|| fast_string(string.clone()).write(application));
    same(fast.clone(), push::write(string, application));
    let Ok(text) = fast else { return };
    let again = slow_string(GatewayString::read(&text, application).unwrap());
    match (string, again) {
        (Gateway::Notification(key), Gateway::Notification(read)) => assert!(key.eq_ignore_ascii_case(&read)),
        (details, read) => assert_eq!(*details, read),
    }
}

fn key(text: &str) {
    let fast = twice(|| ChallengeKey::parse(text));
    same(fast.map(|key| key.0), push::challenge_key(text));
    let alone = GatewayString::read(&format!("01;03;{text}"), 1);
    assert_eq!(alone.is_ok(), fast.is_ok());
    if let Ok(key) = fast {
        assert_eq!(alone, Ok(GatewayString::Notification { challenge_key: key.to_string() }));
    }
}

fn information(data: &[u8]) {
    let (body, nonce) = data.split_at(data.len().min(6));
    for body in [data, body] {
        let fast = twice(|| Information::decode(body));
        same(fast.map(|message| message.challenge_key.0), push::information(body));
        if let Ok(message) = fast {
            assert_eq!(message.to_bytes(), body);
        }
    }
    let Some(nonce) = nonce.first_chunk::<8>() else { return };
    let read = InformationNonce::decode(*nonce);
    assert_eq!((read.sequence, read.counter, read.time), push::information_nonce(*nonce));
    assert_eq!(read.encode(), *nonce);
}

fn string_seeds() -> Vec<Vec<u8>> {
    let long = "é".repeat(255);
    let texts = [
        "01;03;0123456789".to_owned(),
        "01;03;abcdefABCD".into(),
        "01;03;0123456789;".into(),
        "01;03;".into(),
        "01;03".into(),
        "1;03;0123456789".into(),
        "02;03".into(),
        "01;05;".into(),
        "01;4".into(),
        "01;04;myService;3;myUserID;myDomain".into(),
        "01;04;s;3;u;".into(),
        "01;04;s;3;u".into(),
        "01;04;s;3;u;d;".into(),
        "01;04;;3;u;d".into(),
        "01;04;s;4;u;d".into(),
        "01;04;s;9;u;d".into(),
        "01;04;s;33;u;d".into(),
        "01;04;s;3;;d".into(),
        format!("01;04;{long};3;{long};{long}"),
        format!("01;04;{long}x;3;u;d"),
        format!("01;04;s;3;u;{long}x"),
        "abcdef0123".into(),
        "０123456789".into(),
    ];
    let mut seeds: Vec<Vec<u8>> = texts.iter().map(|text| [&[2], text.as_bytes()].concat()).collect();
    let fields = |choice: u8, fields: &[&str]| {
        let parts = fields.iter().flat_map(|field| {
            [&u16::try_from(field.len()).unwrap().to_be_bytes()[..], field.as_bytes()].concat()
        });
        std::iter::once(choice).chain(parts).collect::<Vec<u8>>()
    };
    for key in ["0123456789", "abcdefABCD", "012345678", "01234567;9"] {
        seeds.push(fields(8, &[key]));
    }
    for [service, user, domain] in
        [["s", "u", "d"], ["s;", "u", "d"], ["", "u", "d"], ["s", "", ""], ["s", "u", ";"]]
    {
        seeds.push(fields(8 | 16 | 2 << 5 | 2, &[service, user, domain]));
        seeds.push(fields(8 | 16 | 3 << 5 | 2, &[service, user, domain]));
    }
    seeds.push(fields(8 | 16, &[&long, &long, &long]));
    seeds.push(fields(8 | 16, &["\u{202E}", "u;", "d"]));
    seeds
}
