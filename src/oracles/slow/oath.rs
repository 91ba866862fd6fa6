//! HOTP, TOTP and OCRA again: SPEC.md section 25 and its RFCs, HMAC by hand, numbers digit by digit, suites by
//! trying what may stand there. Shares only the hashes with [`channel::crypto::oath`].

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Verdict, must};

/// A hash: 1, 256 or 512.
pub type Hash = u16;

pub(super) fn hash(which: Hash, data: &[u8]) -> Vec<u8> {
    match which {
        1 => Sha1::digest(data).to_vec(),
        256 => Sha256::digest(data).to_vec(),
        _ => Sha512::digest(data).to_vec(),
    }
}

/// RFC 2104.
pub fn hmac(which: Hash, key: &[u8], data: &[u8]) -> Vec<u8> {
    let block = if which == 512 { 128 } else { 64 };
    let mut key = if key.len() > block { hash(which, key) } else { key.to_vec() };
    key.resize(block, 0);
    let pad = |byte: u8| key.iter().map(|key| key ^ byte).collect::<Vec<u8>>();
    let inner = hash(which, &[pad(0x36), data.to_vec()].concat());
    hash(which, &[pad(0x5C), inner].concat())
}

/// RFC 4226 section 5.3, and the last `digits` digits.
fn digits_of(value: &[u8], digits: u8) -> String {
    let offset = usize::from(value[value.len() - 1] % 16);
    let mut number = u64::from(value[offset] % 128);
    for byte in &value[offset + 1..offset + 4] {
        number = number * 256 + u64::from(*byte);
    }
    let text = format!("{number:010}");
    text[10 - usize::from(digits)..].to_owned()
}

/// RFC 4226 with any hash: ALG-1, and ALG-2 for a time step.
pub fn hotp(which: Hash, key: &[u8], counter: u64, digits: u8) -> String {
    digits_of(&hmac(which, key, &counter.to_be_bytes()), digits)
}

/// A suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// All of it.
    pub text: String,
    /// Of HMAC.
    pub hash: Hash,
    /// 0 or 4..=10.
    pub digits: u8,
    /// C.
    pub counter: bool,
    /// A, N or H.
    pub format: char,
    /// xx.
    pub length: usize,
    /// P.
    pub password: Option<Hash>,
    /// S.
    pub session: Option<usize>,
    /// T in seconds.
    pub step: Option<u32>,
}

const HASHES: [Hash; 3] = [1, 256, 512];

/// Takes what stands in front of `rest`, if it is a `-` and one of these texts, and then its end or another `-`.
fn take<T: Copy>(rest: &mut String, choices: impl IntoIterator<Item = (String, T)>) -> Option<T> {
    for (text, value) in choices {
        let text = format!("-{text}");
        if *rest == text || rest.starts_with(&format!("{text}-")) {
            *rest = rest[text.len()..].to_owned();
            return Some(value);
        }
    }
    None
}

/// Reads an OCRA suite (ALG-5).
pub fn suite(text: &str) -> Verdict<Suite> {
    let heads = HASHES.into_iter().flat_map(|hash| {
        [0, 4, 5, 6, 7, 8, 9, 10].map(|digits| (format!("OCRA-1:HOTP-SHA{hash}-{digits}:"), hash, digits))
    });
    let (head, hash, digits) = heads.into_iter().find(|(head, ..)| text.starts_with(head)).ok_or("ALG-5")?;
    let mut rest = format!("-{}", &text[head.len()..]);
    let counter = take(&mut rest, [("C".to_owned(), ())]).is_some();
    let questions = ['A', 'N', 'H']
        .into_iter()
        .flat_map(|format| (4..=64).map(move |length| (format!("Q{format}{length:02}"), (format, length))));
    let (format, length) = take(&mut rest, questions).ok_or("ALG-5")?;
    let password = take(&mut rest, HASHES.map(|hash| (format!("PSHA{hash}"), hash)));
    let session = take(&mut rest, (1..=512).map(|length| (format!("S{length:03}"), length)));
    let short = (1..=59).flat_map(|g| [(format!("T{g}S"), g), (format!("T{g}M"), 60 * g)]);
    let step = take(&mut rest, short.chain((1..=48).map(|g| (format!("T{g}H"), 3600 * g))));
    must(rest.is_empty(), "ALG-5")?;
    let text = text.to_owned();
    Ok(Suite { text, hash, digits, counter, format, length, password, session, step })
}

impl Suite {
    /// Whether a question of it can be the hash of a message.
    pub fn is_qh64(&self) -> bool {
        self.text.contains("QH64")
    }

    /// The characters of its format.
    pub fn characters(&self) -> &'static str {
        match self.format {
            'A' => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            'N' => "0123456789",
            _ => "0123456789ABCDEFabcdef",
        }
    }
}

/// What may be given with a question: counter, password, session, time.
pub type Given<'a> = (Option<u64>, Option<&'a str>, Option<&'a [u8]>, Option<u64>);

/// ALG-6, then ALG-3.
pub fn ocra(suite: &Suite, key: &[u8], question: &str, given: Given<'_>) -> Verdict<String> {
    let (counter, password, session, time) = given;
    must(counter.is_some() == suite.counter, "ALG-6")?;
    must(password.is_some() == suite.password.is_some(), "ALG-6")?;
    must(session.is_some() == suite.session.is_some(), "ALG-6")?;
    must(time.is_some() == suite.step.is_some(), "ALG-6")?;
    let length = question.chars().count();
    must(length > 0 && length <= 2 * suite.length, "ALG-6")?;
    must(question.chars().all(|c| suite.characters().contains(c)), "ALG-6")?;
    must(session.is_none_or(|session| Some(session.len()) <= suite.session), "ALG-6")?;

    let mut input = [suite.text.as_bytes(), &[0]].concat();
    input.extend(counter.into_iter().flat_map(u64::to_be_bytes));
    input.extend(question_of(suite.format, question));
    if let (Some(password), Some(which)) = (password, suite.password) {
        input.extend(hash(which, password.as_bytes()));
    }
    if let (Some(session), Some(length)) = (session, suite.session) {
        input.extend((session.len()..length).map(|_| 0));
        input.extend(session);
    }
    if let (Some(time), Some(step)) = (time, suite.step) {
        input.extend((time / u64::from(step)).to_be_bytes());
    }
    let value = hmac(suite.hash, key, &input);
    Ok(match suite.digits {
        0 => value.iter().map(|byte| format!("{byte:02X}")).collect(),
        digits => digits_of(&value, digits),
    })
}

/// ALG-4: 128 bytes.
fn question_of(format: char, question: &str) -> Vec<u8> {
    let mut digits = match format {
        'A' => question.bytes().map(|byte| format!("{byte:02X}")).collect(),
        'N' => in_hexadecimal(question),
        _ => question.to_owned(),
    };
    while digits.len() < 256 {
        digits.push('0');
    }
    (0..128).map(|at| u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// Divides by 16 until nothing is left.
fn in_hexadecimal(number: &str) -> String {
    let mut number: Vec<u32> = number.chars().map(|c| c.to_digit(10).unwrap()).collect();
    let mut text = String::new();
    loop {
        let mut rest = 0;
        for digit in &mut number {
            let value = rest * 10 + *digit;
            (*digit, rest) = (value / 16, value % 16);
        }
        text.insert(0, char::from_digit(rest, 16).unwrap());
        if number.iter().all(|digit| *digit == 0) {
            return text;
        }
    }
}
