//! BLOBs again: SPEC.md section 22.

use std::collections::BTreeSet;

use super::gcm::Gcm;
use super::vector::Application;
use super::{Verdict, bits, crypto, must};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Where a BLOB belongs: serial number, sequence number, index.
pub type Place = ([u8; 5], u8, u8);
/// What a license draws anew whenever it is created or imported (BLB-10).
pub type Epoch = [u8; 8];

/// RFC 4648 section 4, bit by bit.
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let mut padded = [0; 3];
        padded[..group.len()].copy_from_slice(group);
        for at in 0..4 {
            let digit = ALPHABET[bits(&padded, 6 * at, 6) as usize];
            text.push(if at <= group.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// The bytes that are written so, if there are some: decoded freely, and held against how they would be written.
fn unbase64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').bytes();
    let digits: Vec<usize> =
        digits.map(|c| ALPHABET.iter().position(|digit| *digit == c)).collect::<Option<_>>()?;
    let bit = |at: usize| digits[at / 6] >> (5 - at % 6) & 1;
    let bytes = (0..digits.len() * 6 / 8).map(|at| (0..8).fold(0, |n, i| n * 2 + bit(8 * at + i) as u8));
    Some(bytes.collect()).filter(|bytes: &Vec<u8>| base64(bytes) == text)
}

/// The cipher of one BLOB (BLB-2).
fn gcm(storage: &[u8; 16], (serial, sequence, index): Place) -> Gcm {
    Gcm::new(&crypto::key16(storage, "blob", &[&serial[..], &[sequence, index]].concat()))
}

/// A BLOB as text (BLB-1, BLB-2).
pub fn seal(
    storage: &[u8; 16],
    place: Place,
    epoch: Epoch,
    nonce: [u8; 12],
    generation: u32,
    content: &[u8],
) -> String {
    let head = [&[2][..], &generation.to_be_bytes()].concat();
    let sealed = gcm(storage, place).seal(&nonce, &[&head[..], &epoch].concat(), content);
    base64(&[&head[..], &nonce, &sealed].concat())
}

/// BLB-3 to BLB-5: generation and content.
pub fn open(storage: &[u8; 16], place: Place, epoch: Epoch, text: &str) -> Verdict<(u32, Vec<u8>)> {
    let bytes = unbase64(text).ok_or("BLB-3")?;
    must(bytes.len() >= 33 && bytes.len() <= 186, "BLB-3")?;
    must(bytes[0] == 2, "BLB-4")?;
    let nonce = bytes[5..17].try_into().unwrap();
    let associated = [&bytes[..5], &epoch].concat();
    let content = gcm(storage, place).open(&nonce, &associated, &bytes[17..]).ok_or("BLB-5")?;
    Ok((bits(&bytes, 8, 32) as u32, content))
}

/// The BLOB of an application of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationBlob {
    /// Bit 0.
    pub used: bool,
    /// Bit 1.
    pub out_of_sync: bool,
    /// The application's key (KEY-8).
    pub key: [u8; 16],
    /// How many steps the device's clock is ahead of the server's (VER-14).
    pub shift: i64,
    /// The time step accepted last (VER-14).
    pub last_step: u64,
    /// The first time step from which a one-time password is accepted (VER-17).
    pub next_otp: u64,
    /// The event counter that is due next (VER-14).
    pub next_event: u64,
    /// Fields that were accepted at the last step (VER-18).
    pub hashes: BTreeSet<[u8; 8]>,
}

impl ApplicationBlob {
    /// The table of section 22.
    pub fn encode(&self) -> Vec<u8> {
        let mut content = vec![u8::from(self.used) + 2 * u8::from(self.out_of_sync)];
        content.extend(self.key);
        content.extend(self.shift.to_be_bytes());
        for number in [self.last_step, self.next_otp, self.next_event] {
            content.extend(number.to_be_bytes());
        }
        content.push(self.hashes.len() as u8);
        content.extend(self.hashes.iter().flatten());
        content
    }

    /// BLB-7, all of it the same refusal.
    pub fn decode(content: &[u8], application: &Application) -> Verdict<Self> {
        must(content.len() >= 50 && content.len() == 50 + 8 * usize::from(content[49]), "BLB-7")?;
        must(content[0] < 4 && content[49] <= 12, "BLB-7")?;
        let shift = bits(content, 17 * 8, 64) as i64;
        let [last_step, next_otp, next_event] = [25, 33, 41].map(|at| bits(content, at * 8, 64));
        must((-(1 << 40)..=1 << 40).contains(&shift), "BLB-7")?;
        must([last_step, next_otp, next_event].iter().all(|n| *n < 1 << 53), "BLB-7")?;
        let hashes: Vec<[u8; 8]> = content[50..].chunks(8).map(|hash| hash.try_into().unwrap()).collect();
        must(hashes.windows(2).all(|pair| pair[0] < pair[1]), "BLB-7")?;
        // What an application does not use is 0.
        must(application.has_time() || shift == 0 && last_step == 0, "BLB-7")?;
        must(application.has_events() || next_event == 0 && content[0] & 2 == 0, "BLB-7")?;
        must(!application.has_events() || next_otp == 0 && hashes.is_empty(), "BLB-7")?;
        Ok(Self {
            used: content[0] & 1 == 1,
            out_of_sync: content[0] & 2 == 2,
            key: content[1..17].try_into().unwrap(),
            shift,
            last_step,
            next_otp,
            next_event,
            hashes: hashes.into_iter().collect(),
        })
    }
}
