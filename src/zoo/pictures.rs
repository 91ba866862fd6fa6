//! Faults of readers and writers of pictures.

use serde_json::{Value, json};

use super::faulty::{Fault, Faulty, around, inside, line, op_of, parsed};
use carrier::picture;
use channel::rule::{CAR_3, CAR_5, Rule};
use channel::text::hex;

/// They have names of their own.
pub(super) const NAMED: &[Fault] = &[
    inside("qr-in-bytes", "CAR-1", "draws every text in byte mode", "qr-in-bytes"),
    inside("qr-any-crc", "CAR-3", "reads PNGs with wrong checksums", "any-crc"),
    inside("qr-any-size", "CAR-4", "reads pictures of any size", "CAR-4"),
    around("qr-small-pictures", "CAR-4", "reads pictures of 2048 × 2048 pixels at most", small_pictures),
    inside("qr-first-of-two", "CAR-5", "reads the first of two QR codes", "first-of-two-codes"),
    inside(
        "qr-dark-first",
        "CAR-5",
        "looks for light codes only where there is no dark one",
        "dark-codes-first",
    ),
    inside("qr-any-text", "CAR-6", "reads texts that are not ASCII", "CAR-6"),
    around("qr-few-depths", "CAR-7", "reads pictures of 1 or 8 bits a sample only", few_depths),
    around("qr-no-interlace", "CAR-7", "reads no interlaced pictures", no_interlace),
    inside("qr-black-paper", "CAR-8", "lays transparent pixels on black", "black-paper"),
    around("qr-dark-only", "CAR-9", "reads no codes that are light on dark", dark_only),
];

/// Refuses the pictures of which this holds.
fn refuses(question: &[u8], answer: Vec<u8>, rule: Rule, bad: fn(&[u8]) -> bool) -> Option<Vec<u8>> {
    let question = parsed(question);
    let digits = question.pointer("/params/picture").and_then(Value::as_str).unwrap_or_default();
    let is_bad = op_of(&question) == "qr.read" && hex::decode(digits).is_ok_and(|png| bad(&png));
    if !is_bad {
        return Some(answer);
    }
    let refused = json!({"class": rule.class.word(), "requirement": rule.id});
    line(&json!({"seq": question.get("seq"), "refused": refused}))
}

/// The byte at this place; those of the header are width (4), height (4), depth, colour type, 0, 0, interlaced.
fn byte(png: &[u8], at: usize) -> u8 {
    png.get(at).copied().unwrap_or(0)
}

fn small_pictures(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    refuses(question, answer, CAR_3, |png| {
        [16, 20].into_iter().any(|at| png.get(at..at + 4).is_some_and(|side| side > &[0, 0, 8, 0][..]))
    })
}

fn few_depths(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    refuses(question, answer, CAR_3, |png| !matches!(byte(png, 24), 1 | 8))
}

fn no_interlace(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    refuses(question, answer, CAR_3, |png| byte(png, 28) == 1)
}

fn dark_only(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    refuses(question, answer, CAR_5, |png| picture::decode(png).is_ok_and(|picture| picture.is_dark(0, 0)))
}
