//! Codes that people type: the device code and its check digit.

use super::choices::Choices;
use super::slow;
use super::target::Target;
use super::verdict::{same, twice};
use channel::check_digit::{Radix, check_digit};
use channel::crypto::kdf::Device;
use channel::wire::device_code::{DeviceCode, Mac36};

/// Text as a device code, or a code that is built and then mistyped.
pub const DEVICE_CODE: Target = Target {
    name: "device_code",
    run: device_code,
    max_len: 48,
    floor: 12_000,
    seeds: || {
        let texts = [
            "05639565460439989778342398",
            "00000000000000000000000000",
            "05639565460439989778342389",
            "0563956546043998977834239",
        ];
        let mut seeds: Vec<_> = texts.map(|text| [&[0], text.as_bytes()].concat()).to_vec();
        // The largest of 83 bits, one more, and the largest of device type 99.
        for n in [(1u128 << 83) - 1, 1 << 83, (100 << 76) - 1] {
            let digits = format!("{n:025}");
            seeds.push(format!("\0{digits}{}", slow::check_digit(&digits, 10)).into_bytes());
        }
        seeds.push(b"\x01\x07\x76\xC2\x54\x76\x12\xD7\x21\xEB\xCF\xF5\x03\x05".to_vec());
        seeds.push(b"\x01\x63\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x19\x09".to_vec());
        seeds
    },
    dictionary: &[b"9671406556917033397649407", b"0000000000", "\u{FF10}".as_bytes()],
    oracles: &[
        "an independent decoder agrees, refusing requirement included",
        "accepted: re-encoding gives the text",
        "every single wrong digit is noticed; a swap exactly where the check digit differs",
        "what is built is read back",
    ],
};

fn device_code(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    match choice & 1 {
        0 => read(&String::from_utf8_lossy(rest)),
        _ => mistype(&mut Choices::new(rest)),
    }
}

fn fields(code: DeviceCode) -> (u8, u64, u64) {
    let [a, b, c, d, e] = code.device.id;
    (code.device.kind, u64::from_be_bytes([0, 0, 0, a, b, c, d, e]), u64::from_be_bytes(code.mac.to_bytes()))
}

fn read(text: &str) {
    let decoded = twice(|| DeviceCode::decode(text));
    same(decoded.map(fields), slow::device_code(text));
    if let Ok(code) = decoded {
        assert_eq!(code.encode(), text);
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(check_digit(&digits, Radix::Decimal), slow::check_digit(&digits, 10));
    let digits: String = text.chars().filter(char::is_ascii_hexdigit).collect();
    assert_eq!(check_digit(&digits, Radix::Hexadecimal), slow::check_digit(&digits, 16));
}

fn mistype(choices: &mut Choices<'_>) {
    let device = Device { kind: choices.byte() & 127, id: choices.array() };
    let mut mac = [0; 16];
    mac[..5].copy_from_slice(&choices.array::<5>());
    let code = DeviceCode { device, mac: Mac36::first_of(mac) };
    let text = code.encode();
    assert_eq!(text.len(), 26);
    same(DeviceCode::decode(&text), if device.kind <= 99 { Ok(code) } else { Err("DVC-7") });

    let (at, digit) = (choices.below(26), b'0' + choices.byte() % 10);
    let mut wrong = text.clone().into_bytes();
    if std::mem::replace(&mut wrong[at], digit) != digit {
        let refusal = DeviceCode::decode(std::str::from_utf8(&wrong).unwrap()).unwrap_err();
        assert_eq!(refusal.rule.id, "DVC-5", "a single wrong digit");
    }
    let mut swapped = text.into_bytes();
    swapped.swap(at, (at + 1) % 26);
    read(std::str::from_utf8(&swapped).unwrap());
}
