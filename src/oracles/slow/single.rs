//! Single-device licensing again: SPEC.md sections 28 to 30, number by number.

use sha2::{Digest, Sha256};

use super::argon::password_key;
use super::crypto::{cmac, encrypt, key16};
use super::gcm::Gcm;
use super::vector::{Vector, static_vector};
use super::{Verdict, bits, check_digit, must, prefix};
use aes::Aes128;
use aes::cipher::{BlockCipherDecrypt, KeyInit};

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the last digit is the check digit of the others.
fn is_checked(text: &str, base: u32) -> bool {
    let upper = text.to_ascii_uppercase();
    let (head, last) = upper.split_at(upper.len() - 1);
    check_digit(head, base).to_string() == last
}

/// A number in any base, most significant digit first, as a number of so many bits; `None` where it has more.
fn number(digits: &str, base: u32, width: usize) -> Option<Vec<bool>> {
    let mut bits = vec![false; width];
    for digit in digits.chars() {
        let mut carry = digit.to_digit(base).unwrap();
        for bit in bits.iter_mut().rev() {
            let sum = u32::from(*bit) * base + carry;
            *bit = sum % 2 == 1;
            carry = sum / 2;
        }
        if carry > 0 {
            return None;
        }
    }
    Some(bits)
}

fn bytes_of(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + u8::from(*bit))).collect()
}

/// A number of any width as so many decimal digits.
fn decimal(bytes: &[u8], digits: usize) -> String {
    let mut all = vec![0u32; digits];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in all.iter_mut().rev() {
            let sum = *digit * 256 + carry;
            *digit = sum % 10;
            carry = sum / 10;
        }
    }
    all.iter().map(|digit| char::from(b'0' + *digit as u8)).collect()
}

fn with_digit(digits: String, base: u32) -> String {
    format!("{digits}{}", check_digit(&digits, base))
}

/// SDL-4 to SDL-6: 16 bytes of a long code, 8 of a short one.
pub fn activation_code(text: &str, short: bool) -> Verdict<Vec<u8>> {
    let (base, width) = match text.chars().count() {
        40 => (10, 128),
        33 => (16, 128),
        20 if short => (10, 64),
        16 if short => (16, 64),
        _ => return Err("SDL-4"),
    };
    must(text.chars().all(|c| c.is_digit(base)), "SDL-4")?;
    must(width == 64 || is_checked(text, base), "SDL-5")?;
    let digits = if width == 64 { text } else { &text[..text.len() - 1] };
    number(digits, base, width).map(|bits| bytes_of(&bits)).ok_or("SDL-6")
}

/// An activation code as text (SDL-3).
pub fn write_code(n: [u8; 16], hexadecimal: bool) -> String {
    match hexadecimal {
        true => with_digit(n.iter().map(|byte| format!("{byte:02X}")).collect(), 16),
        false => with_digit(decimal(&n, 39), 10),
    }
}

/// SDL-1: the license key of a long or a short code.
pub fn license_of_code(master: &[u8; 16], serial: [u8; 5], code: &[u8]) -> [u8; 16] {
    if code.len() == 8 {
        return key16(master, "acode-short", &[&serial[..], code].concat());
    }
    let mut block = <[u8; 16]>::try_from(code).unwrap().into();
    Aes128::new(&key16(master, "acode", &serial).into()).decrypt_block(&mut block);
    block.into()
}

/// The number N.
pub fn code_of_license(master: &[u8; 16], serial: [u8; 5], license: [u8; 16]) -> [u8; 16] {
    encrypt(&Aes128::new(&key16(master, "acode", &serial).into()), license)
}

/// The least number of decimal digits that 2^(32 n + 40) − 1 has, and the check digit.
pub fn counter_length(n: usize) -> usize {
    let bits = (32 * n + 40) as f64;
    (bits * std::f64::consts::LOG10_2).floor() as usize + 2
}

/// An event reactivation counter as text (ERC-1).
pub fn event_counter(license: &[u8; 16], serial: [u8; 5], counters: &[(u8, u32)]) -> String {
    let mut input: Vec<u8> = counters.iter().map(|(index, _)| *index).collect();
    let values: Vec<u8> = counters.iter().flat_map(|(_, counter)| counter.to_be_bytes()).collect();
    input.extend(&values);
    let mac = cmac(&key16(license, "erc", &serial), &input);
    write_counter(&[&values[..], &mac[..5]].concat())
}

/// A content of counters and MAC.
pub fn write_counter(content: &[u8]) -> String {
    with_digit(decimal(content, counter_length((content.len() - 5) / 4) - 1), 10)
}

/// ERC-4, ERC-5: counters and MAC for so many applications.
pub fn read_counter(text: &str, n: usize) -> Verdict<Vec<u8>> {
    must(is_decimal(text) && text.len() == counter_length(n), "ERC-4")?;
    must(is_checked(text, 10), "ERC-5")?;
    number(&text[..text.len() - 1], 10, 32 * n + 40).map(|bits| bytes_of(&bits)).ok_or("ERC-4")
}

/// BND-6, BND-8: the diversifier and the MAC.
pub fn derivation_code(text: &str) -> Verdict<([u8; 7], u32)> {
    must(is_decimal(text) && text.len() == 26, "BND-6")?;
    must(is_checked(text, 10), "BND-8")?;
    let bits = number(&text[..17], 10, 56).ok_or("BND-6")?;
    Ok((bytes_of(&bits).try_into().unwrap(), text[17..25].parse().unwrap()))
}

/// The 26 digits.
pub fn write_derivation(diversifier: [u8; 7], mac: u32) -> String {
    with_digit(format!("{}{mac:08}", decimal(&diversifier, 17)), 10)
}

/// What stands for a platform under a license (BND-1).
pub fn diversifier(serial: &[u8; 5], platform_data: &[u8]) -> [u8; 7] {
    Sha256::digest([b"platform", &serial[..], platform_data].concat())[..7].try_into().unwrap()
}

/// BND-2: the whole code.
pub fn derive(
    license: &[u8; 16],
    serial: [u8; 5],
    index: u8,
    diversifier: [u8; 7],
    moment: [u64; 2],
    challenge: &str,
) -> String {
    let key = key16(license, "single-derive", &[&serial[..], &[index]].concat());
    let mut input = [&b"derive"[..], &diversifier, &[index]].concat();
    moment.iter().for_each(|n| input.extend(n.to_be_bytes()));
    input.extend(challenge.bytes());
    let r = u128::from_be_bytes(cmac(&key, &input));
    write_derivation(diversifier, (r % 100_000_000) as u32)
}

/// The key by which one application responds, bound to a platform or not (SDL-1).
pub fn application_key(license: &[u8; 16], serial: [u8; 5], index: u8, bound: Option<[u8; 7]>) -> [u8; 16] {
    let mut context = [&serial[..], &[index]].concat();
    context.extend(bound.iter().flatten());
    key16(license, if bound.is_some() { "single-bound" } else { "single-app" }, &context)
}

/// SDL-7, then section 8.
pub fn export_svf(file: &[u8]) -> Verdict<Vec<u8>> {
    let text = String::from_utf8_lossy(file).into_owned();
    let digits = text.strip_suffix('\n').ok_or("SDL-7")?;
    let upper = digits.chars().all(|c| "0123456789ABCDEF".contains(c));
    must(upper && digits.len().is_multiple_of(2), "SDL-7")?;
    let bytes = super::hex(digits)?;
    static_vector(&bytes).map(|_| bytes)
}

/// Section 4, as text.
fn is_serial(text: &str) -> bool {
    text.len() == 10
        && text.is_ascii()
        && text[..3].bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && is_decimal(&text[3..])
}

/// SDL-8 to SDL-10: serial number and code of each line.
pub fn acode_log(file: &[u8]) -> Verdict<Vec<(String, String)>> {
    must(file.last() == Some(&b'\n'), "SDL-8")?;
    let mut all: Vec<(String, String)> = Vec::new();
    for line in file[..file.len() - 1].split(|byte| *byte == b'\n') {
        let line = std::str::from_utf8(line).map_err(|_| "SDL-9")?;
        must(line.len() > 11 && line.is_char_boundary(10) && is_serial(&line[..10]), "SDL-9")?;
        must(line.as_bytes()[10] == b' ', "SDL-9")?;
        let code = &line[11..];
        must(!code.bytes().any(|byte| byte.is_ascii_lowercase()), "SDL-9")?;
        activation_code(code, false).map_err(|_| "SDL-9")?;
        must(all.iter().all(|(serial, _)| *serial != line[..10]), "SDL-10")?;
        all.push((line[..10].to_owned(), code.to_owned()));
    }
    Ok(all)
}

/// What full activation data say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// 5 bytes.
    pub serial: [u8; 5],
    /// N.
    pub n: [u8; 16],
    /// By which an account knows its license key again (SDL-2).
    pub check: [u8; 4],
    /// Of section 8.
    pub vector: Vec<u8>,
    /// Digits.
    pub counter: String,
}

/// SDL-19 to SDL-25 up to the content, with the shared secret or without.
pub fn full_activation(bytes: &[u8], secret: Option<[u8; 16]>) -> Verdict<Content> {
    must((13..=1024).contains(&bytes.len()), "SDL-19")?;
    must(&bytes[..3] == b"FAD", "SDL-20")?;
    must(bytes[3] == 1, "SDL-21")?;
    must(bytes[4] == u8::from(secret.is_some()), "SDL-22")?;
    let Some(secret) = secret else {
        let (before, checksum) = bytes.split_at(bytes.len() - 8);
        must(Sha256::digest(before)[..8] == *checksum, "SDL-23")?;
        return content(&before[5..]);
    };
    must(bytes.len() >= 33, "SDL-42")?;
    let gcm = Gcm::new(&key16(&secret, "full-activation", &[]));
    content(&gcm.open(bytes[5..17].try_into().unwrap(), &bytes[..5], &bytes[17..]).ok_or("SDL-24")?)
}

fn serial_of(bytes: &[u8]) -> Option<[u8; 5]> {
    let p = bits(bytes, 0, 16) as u16;
    let assigned = p < 64_000 && [p / 1600, p / 40 % 40, p % 40].iter().all(|digit| *digit < 36);
    (assigned && bits(bytes, 16, 24) <= 9_999_999).then(|| bytes[..5].try_into().unwrap())
}

fn content(bytes: &[u8]) -> Verdict<Content> {
    must(bytes.len() >= 5, "SDL-25")?;
    let serial = serial_of(bytes).ok_or("SDL-25")?;
    must(bytes.len() >= 27, "SDL-25")?;
    let end = 27 + bits(bytes, 200, 16) as usize;
    must(bytes.len() >= end, "SDL-25")?;
    static_vector(&bytes[27..end])?;
    must(bytes.len() > end, "SDL-25")?;
    let counter = &bytes[end + 1..];
    must(bytes[end] <= 91 && counter.len() == usize::from(bytes[end]), "SDL-25")?;
    must(counter.iter().all(u8::is_ascii_digit), "SDL-25")?;
    Ok(Content {
        serial,
        n: bytes[5..21].try_into().unwrap(),
        check: bytes[21..25].try_into().unwrap(),
        vector: bytes[27..end].to_vec(),
        counter: counter.iter().map(|byte| char::from(*byte)).collect(),
    })
}

/// SDL-31 to SDL-33: the content of a state.
pub fn open_state(magic: &[u8; 3], key: [u8; 16], state: &[u8]) -> Verdict<Vec<u8>> {
    must(state.len() >= 33 && &state[..3] == magic, "SDL-31")?;
    must(state[3] == 2, "SDL-32")?;
    Gcm::new(&key).open(state[4..16].try_into().unwrap(), &state[..4], &state[16..]).ok_or("SDL-33")
}

/// What of a client's content decides whether it is taken: SDL-34 and section 8, from left to right; SDL-33 for the
/// sealed key of an account without a password.
pub fn client_content(platform: &[u8; 16], content: &[u8]) -> Verdict<()> {
    let flags = content[0];
    must(flags < 64 && (flags % 2 == 1 || flags == 0), "SDL-34")?;
    must(flags & 24 != 24 && flags & 40 != 40, "SDL-34")?;
    if flags == 0 {
        return must(content.len() == 1, "SDL-34");
    }
    must(content.len() >= 6, "SDL-34")?;
    let serial = serial_of(&content[1..]).ok_or("SDL-34")?;
    let (salt, rest) = client_account(platform, serial, flags, None, &content[6..])?;
    if flags & 32 == 0 {
        return must(rest.is_empty(), "SDL-34");
    }
    must(!rest.is_empty(), "SDL-34")?;
    must(rest[0] < 32 && rest[0] % 2 == 1 && rest[0] & 24 != 24, "SDL-34")?;
    let (_, rest) = client_account(platform, serial, rest[0], Some(salt), &rest[1..])?;
    must(rest.is_empty(), "SDL-34")
}

/// An account, whose salt must not be the other's: its own salt, and what follows it.
fn client_account<'a>(
    platform: &[u8; 16],
    serial: [u8; 5],
    flags: u8,
    other: Option<[u8; 16]>,
    content: &'a [u8],
) -> Verdict<([u8; 16], &'a [u8])> {
    must(content.len() >= 2, "SDL-34")?;
    let end = 2 + bits(content, 0, 16) as usize;
    must(content.len() >= end, "SDL-34")?;
    let vector = static_vector(&content[2..end])?;
    must(is_prefix(&vector, serial), "SDL-34")?;
    must(content.len() >= end + 4, "SDL-34")?;
    let rest = &content[end + 4..];
    let has_password = flags & 2 == 2;
    must(!rest.is_empty() && rest[0] <= if has_password { vector.password[3] } else { 0 }, "SDL-34")?;
    must(rest.len() >= 17, "SDL-34")?;
    let salt: [u8; 16] = rest[1..17].try_into().unwrap();
    must(other != Some(salt), "SDL-34")?;
    must(rest.len() >= 21 && (8..=65_536).contains(&bits(rest, 136, 32)), "SDL-34")?;
    must(rest.len() >= 25 && (1..=16).contains(&bits(rest, 168, 32)), "SDL-34")?;
    must(rest.len() >= 57, "SDL-34")?;
    if !has_password {
        must(open_key(platform, serial, &salt, [0; 16], &rest[25..57]).is_some(), "SDL-33")?;
    }
    let events = &rest[57..];
    for (at, application) in vector.applications.iter().enumerate() {
        must(events.len() >= 8 * at + 8, "SDL-34")?;
        let event = bits(events, 64 * at, 64);
        must(event < 1 << 53 && (application.has_events() || event == 0), "SDL-34")?;
    }
    Ok((salt, &events[8 * vector.applications.len()..]))
}

fn is_prefix(vector: &Vector, serial: [u8; 5]) -> bool {
    prefix(bits(&serial, 0, 16)).as_deref() == Some(vector.prefix.as_str())
}

/// The key that seals a license key under platform and password (PWD-9).
pub fn sealing_key(platform: &[u8; 16], serial: [u8; 5], salt: &[u8; 16], p: [u8; 16]) -> [u8; 16] {
    key16(platform, "single-key", &[&salt[..], &serial, &p].concat())
}

fn open_key(
    platform: &[u8; 16],
    serial: [u8; 5],
    salt: &[u8; 16],
    p: [u8; 16],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    Gcm::new(&sealing_key(platform, serial, salt, p)).open(&[0; 12], &[], sealed)
}

/// PWD-9, all of it: the sealed license key.
pub fn seal_key(
    platform: &[u8; 16],
    serial: [u8; 5],
    salt: &[u8; 16],
    password: Option<&str>,
    [memory_kib, iterations]: [u32; 2],
    license: &[u8; 16],
) -> Vec<u8> {
    let p = password_key(password, salt, memory_kib, iterations);
    Gcm::new(&sealing_key(platform, serial, salt, p)).seal(&[0; 12], &[], license)
}

/// SDL-34 and section 8 of a license's content, from left to right.
pub fn license_content(content: &[u8]) -> Verdict<()> {
    must(content.len() >= 5, "SDL-34")?;
    let serial = serial_of(content).ok_or("SDL-34")?;
    must(content.len() >= 23, "SDL-34")?;
    let end = 23 + bits(content, 168, 16) as usize;
    must(content.len() >= end, "SDL-34")?;
    let vector = static_vector(&content[23..end])?;
    must(is_prefix(&vector, serial), "SDL-34")?;
    let rest = &content[end..];
    must(rest.len() >= 8 && (1..=99).contains(&rest[0]) && rest[1] <= 100 && rest[2] <= 100, "SDL-34")?;
    must(bits(rest, 24, 16) <= 10_800 && rest[5] <= 20 && rest[6] <= rest[0] && rest[7] <= 1, "SDL-34")?;
    let mut at = 8 + 7 * usize::from(rest[7]);
    for application in &vector.applications {
        must(rest.len() >= at + 34, "SDL-34")?;
        let length = 34 + 8 * usize::from(rest[at + 33]);
        must(rest.len() >= at + length, "SDL-34")?;
        // The application's BLOB has its key behind the flags (section 22).
        let (flags, values) = rest[at..at + length].split_at(1);
        let blob = [flags, &[0; 16], values].concat();
        super::blob::ApplicationBlob::decode(&blob, application).map_err(|_| "SDL-34")?;
        at += length;
    }
    must(rest.len() == at, "SDL-34")
}
