//! The license file again: SPEC.md section 21, read and written; the message vector, the activation vector as text.

use sha2::{Digest, Sha256};

use super::gcm::Gcm;
use super::vector::{Application, Vector, static_vector};
use super::{Verdict, bits, check_digit, crypto, must};

/// What a message vector says, left to right as section 21 has it; the protections and the index as they are called.
pub type Numbers = [u32; 11];

/// Bits, least and greatest, what is subtracted: section 21, and the ranges of `server.create` in section 18.
const FIELDS: [(usize, u32, u32, u32); 11] = [
    (1, 1, 2, 1),
    (1, 1, 2, 1),
    (3, 1, 8, 1),
    (14, 0, 9999, 0),
    (32, 0, u32::MAX, 0),
    (7, 1, 99, 0),
    (7, 1, 99, 0),
    (7, 0, 100, 0),
    (7, 0, 100, 0),
    (14, 0, 10_800, 0),
    (5, 0, 20, 0),
];

/// The numbers in a message vector (MSV-2 to MSV-4).
pub fn message_vector(text: &str) -> Verdict<Numbers> {
    must(text.chars().count() == 26, "MSV-2")?;
    must(text.chars().all(|c| "0123456789ABCDEF".contains(c)), "MSV-2")?;
    must(text.ends_with(check_digit(&text[..25], 16)), "MSV-3")?;
    let bytes = super::hex(&format!("{}0", &text[..25])).unwrap();
    must(bits(&bytes, 0, 2) == 3, "MSV-4")?;
    let (mut at, mut numbers) = (2, [0; 11]);
    for ((width, least, most, less), number) in FIELDS.iter().zip(&mut numbers) {
        let value = bits(&bytes, at, *width) + u64::from(*less);
        must(u64::from(*least) <= value && value <= u64::from(*most), "MSV-4")?;
        (at, *number) = (at + width, value as u32);
    }
    assert_eq!(at, 100);
    Ok(numbers)
}

/// A message vector as text (MSV-1).
pub fn message_vector_text(numbers: &Numbers) -> String {
    let mut n = 3u128;
    for ((width, .., less), number) in FIELDS.iter().zip(numbers) {
        n = n * (1 << width) + u128::from(number - less);
    }
    let digits = format!("{n:025X}");
    let digit = check_digit(&digits, 16);
    format!("{digits}{digit}")
}

/// An activation vector as text, with its check digit (LIF-13).
pub fn activation_vector(wrapped: &[u8; 24]) -> String {
    let digits: String = wrapped.iter().map(|byte| format!("{byte:02X}")).collect();
    let digit = check_digit(&digits, 16);
    format!("{digits}{digit}")
}

/// A license of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// Ten characters.
    pub serial: String,
    /// Master activation type.
    pub kind: String,
    /// Name of the master activation application.
    pub application: String,
    /// 1..=99.
    pub threshold: u8,
    /// Whether it was ordered.
    pub secure_channel: bool,
    /// In clear.
    pub license_key: [u8; 16],
}

impl License {
    /// The serial number on the wire (SER-1).
    pub fn serial_bytes(&self) -> [u8; 5] {
        serial_bytes(&self.serial)
    }
}

fn serial_bytes(serial: &str) -> [u8; 5] {
    let p = serial[..3].chars().fold(0, |p, c| p * 40 + c.to_digit(36).unwrap());
    let [_, _, prefix @ ..] = p.to_be_bytes();
    let [_, suffix @ ..] = serial[3..].parse::<u32>().unwrap().to_be_bytes();
    [&prefix[..], &suffix].concat().try_into().unwrap()
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// As in its header.
    pub static_vector: Vec<u8>,
    /// As in its header.
    pub message_vector: String,
    /// In the order of the file.
    pub licenses: Vec<License>,
}

impl File {
    /// LIF-13 for one of its licenses.
    pub fn activation_vector(&self, license: &License) -> String {
        let master = static_vector(&self.static_vector).unwrap().master;
        let wrapping = crypto::wrapping_key(&master, license.serial_bytes());
        activation_vector(&crypto::wrap(&wrapping, &license.license_key))
    }
}

/// The keys of a license file: one seals secrets, one is for the MAC (LIF-2 to LIF-4).
struct Keys {
    check: Vec<u8>,
    line: Gcm,
    trailer: Vec<u8>,
}

impl Keys {
    fn new(transport: &[u8; 32], file_id: &[u8]) -> Self {
        let derive = |label: &str, bits: u16| crypto::kdf256(transport, label, file_id, bits);
        Self {
            check: derive("file-check", 128),
            line: Gcm::new(&derive("file-line", 256)),
            trailer: derive("file-trailer", 256),
        }
    }

    fn mac(&self, before: &[u8]) -> [u8; 32] {
        crypto::hmac(&self.trailer, before)
    }
}

fn nonce(line: usize) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&(line as u64).to_be_bytes());
    nonce
}

/// Takes a text apart that has to be written in one way.
struct Line<'a>(&'a [u8]);

impl<'a> Line<'a> {
    fn word(&mut self, word: &str) -> Verdict<()> {
        self.0 = self.0.strip_prefix(word.as_bytes()).ok_or("LIF-6")?;
        Ok(())
    }

    /// Up to the next quotation mark, all of these characters.
    fn text(&mut self, characters: &str) -> Verdict<&'a str> {
        let length = self.0.iter().position(|byte| *byte == b'"').ok_or("LIF-6")?;
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        must(text.iter().all(|byte| characters.as_bytes().contains(byte)), "LIF-6")?;
        Ok(std::str::from_utf8(text).unwrap())
    }

    fn hex(&mut self, digits: Option<usize>) -> Verdict<Vec<u8>> {
        let text = self.text("0123456789ABCDEF")?;
        must(text.len().is_multiple_of(2) && digits.is_none_or(|n| n == text.len()), "LIF-6")?;
        super::hex(text)
    }

    /// Without leading zeros.
    fn number(&mut self, most: u64) -> Verdict<u64> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (text, rest) = self.0.split_at(digits);
        self.0 = rest;
        must((1..=8).contains(&text.len()) && text[0] != b'0', "LIF-6")?;
        let number = text.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
        must(number <= most, "LIF-6")?;
        Ok(number)
    }

    fn end(self) -> Verdict<()> {
        must(self.0.is_empty(), "LIF-6")
    }
}

const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const HEADER: &str = "{\"format\":\"counterproof-licenses\",\"version\":";

struct Header {
    keys: Keys,
    static_vector: Vec<u8>,
    vector: Vector,
    message_vector: String,
    count: u64,
}

/// LIF-7, LIF-6, LIF-8, the static vector, the message vector, AM1-9.
fn header(line: &[u8], transport: &[u8; 32]) -> Verdict<Header> {
    if let Some(rest) = line.strip_prefix(HEADER.as_bytes()) {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_version = (1..=9).contains(&digits) && rest.get(digits) == Some(&b',');
        must(!is_version || &rest[..digits] == b"1", "LIF-7")?;
    }
    let mut line = Line(line);
    line.word(HEADER)?;
    line.word("1,\"file_id\":\"")?;
    let file_id = line.hex(Some(32))?;
    line.word("\",\"static_vector\":\"")?;
    let static_bytes = line.hex(None)?;
    line.word("\",\"message_vector\":\"")?;
    let message = line.text("0123456789ABCDEF")?;
    must(message.len() == 26, "LIF-6")?;
    line.word("\",\"check\":\"")?;
    let check = line.hex(Some(32))?;
    line.word("\",\"count\":")?;
    let count = line.number(10_000_000)?;
    line.word("}")?;
    line.end()?;

    let keys = Keys::new(transport, &file_id);
    must(keys.check == check, "LIF-8")?;
    let vector = static_vector(&static_bytes)?;
    must_confirm(&vector, &message_vector(message)?)?;
    Ok(Header { keys, static_vector: static_bytes, vector, message_vector: message.into(), count })
}

/// Refuses a post-activation application that can't confirm (AM1-9).
fn must_confirm(vector: &Vector, numbers: &Numbers) -> Verdict<()> {
    must(vector.application(numbers[2] as u8).is_some_and(Application::confirms), "AM1-9")
}

/// Reads a line of a license (LIF-6, AM1-8, LIF-9).
fn license(whole: &[u8], number: usize, header: &Header) -> Verdict<License> {
    let mut line = Line(whole);
    line.word("{\"serial\":\"")?;
    let serial = line.text(LETTERS)?;
    must(serial.len() == 10 && serial[3..].chars().all(|c| c.is_ascii_digit()), "LIF-6")?;
    line.word("\",\"type\":\"")?;
    let kind = line.text(LETTERS)?;
    must((1..=16).contains(&kind.len()), "LIF-6")?;
    line.word("\",\"application\":\"")?;
    let application = line.text(&format!("{LETTERS} "))?;
    must(application.len() == 12 && !application.starts_with(' '), "LIF-6")?;
    must(!application.trim_end_matches(' ').contains(' '), "LIF-6")?;
    line.word("\",\"mode\":\"MA\",\"threshold\":")?;
    let threshold = line.number(99)? as u8;
    line.word(",\"secure_channel\":")?;
    let secure_channel = line.0.starts_with(b"true");
    line.word(if secure_channel { "true" } else { "false" })?;
    line.word(",\"secret\":\"")?;
    let associated = &whole[..whole.len() - line.0.len()];
    let secret = line.hex(Some(64))?;
    line.word("\"}")?;
    line.end()?;

    must(serial[..3] == header.vector.prefix, "AM1-8")?;
    let key = header.keys.line.open(&nonce(number), associated, &secret).ok_or("LIF-9")?;
    Ok(License {
        serial: serial.into(),
        kind: kind.into(),
        application: application.into(),
        threshold,
        secure_channel,
        license_key: key.try_into().unwrap(),
    })
}

/// The file, all or nothing.
pub fn read(transport: &[u8; 32], bytes: &[u8]) -> Verdict<File> {
    let (mut at, mut number) = (0, 0);
    let mut head: Option<Header> = None;
    let mut licenses: Vec<License> = Vec::new();
    loop {
        number += 1;
        let length = bytes[at..].iter().position(|byte| *byte == b'\n');
        let line = &bytes[at..length.map_or(bytes.len(), |length| at + length)];
        must(line.len() <= 2048, "LIF-6")?;
        must(length.is_some(), "LIF-5")?;
        match &head {
            None => head = Some(header(line, transport)?),
            Some(header) if line.starts_with(b"{\"mac\":") => {
                let mut parts = Line(line);
                parts.word("{\"mac\":\"")?;
                let mac = parts.hex(Some(64))?;
                parts.word("\"}")?;
                parts.end()?;
                must(licenses.len() as u64 == header.count, "LIF-10")?;
                must(header.keys.mac(&bytes[..at]) == mac[..], "LIF-11")?;
                must(at + line.len() + 1 == bytes.len(), "LIF-6")?;
                break;
            }
            Some(header) => licenses.push(license(line, number, header)?),
        }
        at += line.len() + 1;
    }
    must_be_different(&licenses)?;
    let Header { static_vector, message_vector, .. } = head.unwrap();
    Ok(File { static_vector, message_vector, licenses })
}

/// Refuses a serial number that stands twice (LIF-12).
fn must_be_different(licenses: &[License]) -> Verdict<()> {
    let serials: std::collections::BTreeSet<&str> = licenses.iter().map(|it| it.serial.as_str()).collect();
    must(serials.len() == licenses.len(), "LIF-12")
}

/// Writes a license file (LIF-1 to LIF-4, LIF-12).
pub fn write(transport: &[u8; 32], file_id: &[u8; 16], file: &File) -> Verdict<Vec<u8>> {
    let vector = static_vector(&file.static_vector)?;
    must_confirm(&vector, &message_vector(&file.message_vector)?)?;
    for license in &file.licenses {
        must(license.serial[..3] == vector.prefix, "AM1-8")?;
    }
    must_be_different(&file.licenses)?;
    Ok(write_anything(transport, file_id, file))
}

/// LIF-1 to LIF-4, right or not.
pub fn write_anything(transport: &[u8; 32], file_id: &[u8; 16], file: &File) -> Vec<u8> {
    let keys = Keys::new(transport, file_id);
    let mut text = format!(
        "{HEADER}1,\"file_id\":\"{}\",\"static_vector\":\"{}\",\"message_vector\":\"{}\",\"check\":\"{}\",\"count\":{}}}\n",
        upper(file_id),
        upper(&file.static_vector),
        file.message_vector,
        upper(&keys.check),
        file.licenses.len()
    );
    for (license, number) in file.licenses.iter().zip(2..) {
        let before = line_before(license);
        let secret = keys.line.seal(&nonce(number), before.as_bytes(), &license.license_key);
        text += &format!("{before}{}\"}}\n", upper(&secret));
    }
    let mac = keys.mac(text.as_bytes());
    (text + &trailer(&mac)).into_bytes()
}

/// A license's line before the digits of its secret: the associated data of LIF-3.
pub fn line_before(license: &License) -> String {
    let License { serial, kind, application, threshold, secure_channel, .. } = license;
    format!(
        "{{\"serial\":\"{serial}\",\"type\":\"{kind}\",\"application\":\"{application}\",\"mode\":\"MA\",\
         \"threshold\":{threshold},\"secure_channel\":{secure_channel},\"secret\":\""
    )
}

/// LIF-3: the digits of the secret for this beginning of a line, whatever it says.
pub fn secret(
    transport: &[u8; 32],
    file_id: &[u8; 16],
    number: usize,
    before: &[u8],
    key: &[u8; 16],
) -> String {
    upper(&Keys::new(transport, file_id).line.seal(&nonce(number), before, key))
}

/// LIF-4: the trailer that belongs to this beginning of a file, whatever it says.
pub fn trailer_of(transport: &[u8; 32], file_id: &[u8; 16], before: &[u8]) -> String {
    trailer(&Keys::new(transport, file_id).mac(before))
}

fn trailer(mac: &[u8; 32]) -> String {
    format!("{{\"mac\":\"{}\"}}\n", upper(mac))
}

fn upper(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The first 8 bytes of SHA-256 over `u16 length || bytes` of each field: section 22.
pub fn fields_hash(fields: &[&[u8]]) -> [u8; 8] {
    let mut data = Vec::new();
    for field in fields {
        data.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
        data.extend(*field);
    }
    Sha256::digest(data)[..8].try_into().unwrap()
}
