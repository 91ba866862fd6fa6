//! A second decoder, slow and written from SPEC.md alone: index by index, bit by bit, its tables read from the
//! text where it has some. It shares nothing with [`channel::wire`] and [`channel::text`], and answers with the
//! requirement that refuses, so that both decoders must agree on more than yes or no.
//!
//! ```text
//! mod                 hexadecimal, frames, bodies of activation and deactivation, check digits, device codes
//! vector              the static vector and what it says of its applications
//! request, text       the body of a request and the characters in it
//! data                what responses are over, and responses as typed
//! license             the license file, the message vector, the activation vector as text
//! blob                BLOBs and what they hold
//! floor               settings by which a response could be guessed
//! callback            URLs and callbacks of app-to-app
//! state               a client's state at rest
//! oath                the open algorithms and their suites
//! push                the strings of push and login, the information message
//! single              single-device licensing: codes, files, states
//! argon               Argon2id and BLAKE2b
//! crypto, gcm         SPEC sections 6, 7 and 14 over single blocks; AES-GCM, bit by bit
//! ```

pub mod argon;
pub mod blob;
pub mod callback;
pub mod crypto;
pub mod data;
pub mod floor;
pub mod gcm;
pub mod license;
pub mod oath;
pub mod push;
pub mod request;
pub mod single;
pub mod state;
pub mod text;
pub mod vector;

/// The requirement that refuses.
pub type Verdict<T> = Result<T, &'static str>;

/// Refuses unless it holds.
pub fn must(holds: bool, requirement: &'static str) -> Verdict<()> {
    if holds { Ok(()) } else { Err(requirement) }
}

/// Bits `from..from + count` of `bytes`, most significant first.
pub(super) fn bits(bytes: &[u8], from: usize, count: usize) -> u64 {
    (from..from + count).fold(0, |sum, at| sum * 2 + u64::from(bytes[at / 8] >> (7 - at % 8) & 1))
}

/// The bytes of a message's text (CNV-3).
pub fn hex(text: &str) -> Verdict<Vec<u8>> {
    must(text.chars().all(|c| "0123456789ABCDEFabcdef".contains(c)), "CNV-3")?;
    must(text.len().is_multiple_of(2), "CNV-3")?;
    Ok((0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect())
}

/// A frame's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The number of the type.
    pub kind: u8,
    /// The number of the protection.
    pub protection: u8,
    /// As text.
    pub serial: String,
    /// As sent.
    pub nonce: [u8; 8],
    /// As sent.
    pub header: [u8; 15],
    /// As sent.
    pub body: Vec<u8>,
    /// As sent.
    pub tag: [u8; 8],
}

impl Frame {
    /// Last 4 bytes of the nonce.
    pub fn counter(&self) -> u32 {
        u32::try_from(bits(&self.nonce, 32, 32)).unwrap()
    }

    /// First 4 bytes of the nonce.
    pub fn time(&self) -> u32 {
        u32::try_from(bits(&self.nonce, 0, 32)).unwrap()
    }
}

/// Takes a message apart (FRM-2 to FRM-10, SER-2, SER-3).
pub fn frame(bytes: &[u8], is_gateway: bool) -> Verdict<Frame> {
    let length = bytes.len();
    must(length >= 23, "FRM-2")?;
    match is_gateway {
        false => must(length <= 535, "FRM-3")?,
        true => must(length <= 2101, "FRM-4")?,
    }
    must(bits(bytes, 0, 4) == 0, "FRM-5")?;
    let (kind, protection) = (bits(bytes, 4, 6), bits(bytes, 10, 6));
    must([0, 1, 2, 3, 4, 0x24].contains(&kind), "FRM-6")?;
    must(kind != 4, "FRM-7")?;
    must(protection <= 2, "FRM-8")?;
    must(kind != 0 || protection == 0, "FRM-9")?;
    must(kind == 0 || protection != 0, "FRM-10")?;
    Ok(Frame {
        kind: kind as u8,
        protection: protection as u8,
        serial: serial(bits(bytes, 16, 16), bits(bytes, 32, 24))?,
        nonce: bytes[7..15].try_into().unwrap(),
        header: bytes[..15].try_into().unwrap(),
        body: bytes[15..length - 8].to_vec(),
        tag: bytes[length - 8..].try_into().unwrap(),
    })
}

fn prefix(p: u64) -> Option<String> {
    let digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".as_bytes();
    let character = |digit: u64| digits.get(digit as usize).map(|byte| char::from(*byte));
    [p / 1600, p / 40 % 40, p % 40]
        .into_iter()
        .map(character)
        .collect::<Option<String>>()
        .filter(|_| p < 64000)
}

pub(super) fn serial(p: u64, s: u64) -> Verdict<String> {
    let prefix = prefix(p).ok_or("SER-2")?;
    must(s <= 9_999_999, "SER-3")?;
    Ok(format!("{prefix}{s:07}"))
}

/// What AM1 says: challenge, time, wrapped key, protections and post-activation index, static vector.
pub type Activation1 = (Option<[u8; 8]>, u32, [u8; 24], [u8; 3], Option<Vec<u8>>);

/// Takes the body of an AM1 apart (AM1-3 to AM1-6).
pub fn activation1(body: &[u8], nonce: [u8; 8]) -> Verdict<Activation1> {
    must(body.len() >= 31, "AM1-3")?;
    let flags = body[0];
    must((flags & 2 != 0) == (body.len() > 31), "AM1-3")?;
    must(flags <= 3, "AM1-4")?;
    must((flags & 1 != 0) == nonce.iter().any(|byte| *byte != 0), "AM1-5")?;
    let policy = [bits(body, 29 * 8, 6), bits(body, 29 * 8 + 6, 6), bits(body, 29 * 8 + 12, 3) + 1];
    let agreed = (1..=2).contains(&policy[0]) && (1..=2).contains(&policy[1]);
    must(agreed && body[30].is_multiple_of(2), "AM1-6")?;
    Ok((
        (flags & 1 != 0).then_some(nonce),
        bits(body, 8, 32) as u32,
        body[5..29].try_into().unwrap(),
        policy.map(|bits| bits as u8),
        (flags & 2 != 0).then(|| body[31..].to_vec()),
    ))
}

/// AM2-8: sequence number, payload key, instance salt.
pub fn activation2(body: &[u8]) -> Verdict<(u8, Option<[u8; 16]>, [u8; 13])> {
    must(body.len() == 31, "AM2-8")?;
    must(body[0] >= 1 && body[0] <= 99, "AM2-8")?;
    must(body[1] == 1 || body[1] == 0 && body[2..18] == [0; 16], "AM2-8")?;
    let key = body[2..18].try_into().unwrap();
    Ok((body[0], (body[1] == 1).then_some(key), body[18..].try_into().unwrap()))
}

/// DEA-5: the sequence number.
pub fn deactivation(body: &[u8]) -> Verdict<u8> {
    must(body.len() == 2 && (1..=99).contains(&body[0]) && body[1] == 0, "DEA-5")?;
    Ok(body[0])
}

/// CNV-4, CNV-5 the other way round: the digit that makes the whole number check, P + digit = 1 (mod base).
pub fn check_digit(digits: &str, base: u32) -> char {
    let mut p = base;
    for c in digits.chars() {
        let mut s = p + c.to_digit(base).unwrap();
        while s > base {
            s -= base;
        }
        p = 2 * s % (base + 1);
    }
    let digit = (0..base).find(|digit| (p + digit) % base == 1).unwrap();
    "0123456789ABCDEF".chars().nth(digit as usize).unwrap()
}

/// DVC-4 to DVC-7: device type, device id, MAC.
pub fn device_code(text: &str) -> Verdict<(u8, u64, u64)> {
    must(text.chars().all(|c| "0123456789".contains(c)) && text.chars().count() == 26, "DVC-4")?;
    must(text.ends_with(check_digit(&text[..25], 10)), "DVC-5")?;
    let n = text[..25].bytes().fold(0u128, |n, byte| n * 10 + u128::from(byte - 48));
    let (mac, rest) = (n % (1 << 36), n / (1 << 36));
    let (id, kind) = (rest % (1 << 40), rest / (1 << 40));
    must(kind < 128, "DVC-6")?;
    must(kind <= 99, "DVC-7")?;
    Ok((kind as u8, id as u64, mac as u64))
}
