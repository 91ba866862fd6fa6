//! Comparisons of the reference, one per name, with their secrets marked as undefined: run under valgrind's memcheck,
//! every branch and every address that a secret decides is an error. `tests/constant_time.rs` runs it and says which of
//! them may be.
//!
//! What is secret is a key, so that all that is computed with it is, too. What is compared with it is public: it comes
//! from outside. `planted` is what must be found.

use std::env;
use std::hint::black_box;
use std::process::ExitCode;

use channel::check_digit::Radix;
use channel::crypto::answer::{Algorithm, Answers, Subject};
use channel::crypto::keys::{Application, Channel, Key};
use channel::crypto::oath::Hash;
use channel::crypto::protect::{ChannelKeys, Direction, Protection, open, seal};
use channel::crypto::response::{Form, Moment};
use channel::license::file::Reader;
use channel::rule::LIF_8;
use channel::wire::message_vector::LENGTH as MESSAGE_VECTOR;
use crabgrind::memcheck::{MemState, mark_mem};

/// A key's bytes, all different.
fn bytes<const N: usize>() -> [u8; N] {
    std::array::from_fn(|at| u8::try_from(at % 251).unwrap_or_default() ^ 0x5a)
}

/// The same bytes, which nothing may branch on.
fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = black_box(bytes());
    mark(&mut bytes, MemState::Undefined);
    bytes
}

/// Outside of valgrind nothing is marked, and everything else is the same.
fn mark<T>(value: &mut T, state: MemState) {
    let _ = mark_mem(std::ptr::from_mut(value).cast(), size_of::<T>(), state);
}

/// A result that everybody may know.
fn known(mut result: bool) -> bool {
    mark(&mut result, MemState::Defined);
    black_box(result)
}

/// A message opened with a right tag, and with tags that are wrong in their first and last byte.
fn tag(protection: Protection) -> bool {
    let header = [3; 15];
    let keys = |bytes| ChannelKeys::new(&Key::<Channel>::new(bytes), protection, Direction::ToClient);
    let (body, right) = seal(&keys(bytes()), &header, b"what is signed".to_vec());
    let secret = keys(secret());
    let opens = |tag| open(&secret, &header, &body, &tag).is_ok();
    let [mut first, mut last] = [right; 2];
    first[0] ^= 1;
    last[7] ^= 1;
    opens(right) && !opens(first) && !opens(last)
}

fn key() -> bool {
    let is_same = |a: [u8; 16], b: [u8; 16]| known(Key::<Channel>::new(a) == Key::new(b));
    let mut other: [u8; 16] = bytes();
    other[15] ^= 1;
    is_same(secret(), bytes()) && !is_same(secret(), other)
}

/// A response as a server looks for it, right and wrong.
fn response(algorithm: &Algorithm) -> bool {
    let form = Form { mode: 1, index: 1, length: 8, radix: Radix::Decimal, check_digit: false };
    let moments = || (5..9).map(|event| Moment { step: event, event });
    let answers = |bytes| Answers::new(&Key::<Application>::new(bytes), form, algorithm, Subject::Data(&[]));
    let right = answers(bytes()).at(Moment { step: 7, event: 7 });
    let secret = answers(secret());
    secret.find(moments(), &right).is_some() && secret.find(moments(), "00000000").is_none()
}

/// The check of a license file's first line, which is wrong: with a right one, the file is taken apart.
fn license_file() -> bool {
    let zeros = |count: usize| "0".repeat(2 * count);
    let line = format!(
        "{{\"format\":\"counterproof-licenses\",\"version\":1,\"file_id\":\"{}\",\"static_vector\":\"{}\",\"message_vector\":\"{}\",\
         \"check\":\"{}\",\"count\":1}}\n",
        zeros(16),
        zeros(40),
        "0".repeat(MESSAGE_VECTOR),
        zeros(16)
    );
    Reader::new(&Key::new(secret()), line.as_bytes()).err().is_some_and(|refusal| refusal.rule == LIF_8)
}

/// What everybody writes first. The length isn't known when it is compiled, as that of a typed code isn't.
fn planted() -> bool {
    let (right, given): (Vec<u8>, Vec<u8>) = (secret::<16>().to_vec(), bytes::<16>().to_vec());
    known(black_box(&right[..]) == black_box(&given[..]))
}

fn main() -> ExitCode {
    let name = env::args().nth(1).unwrap_or_default();
    let is_right = match name.as_str() {
        "tag-hmac" => tag(Protection::HmacSha256),
        "tag-cmac" => tag(Protection::Cmac),
        "key" => key(),
        "response-profile" => response(&Algorithm::Profile),
        "response-hotp" => response(&Algorithm::Hotp),
        "response-totp" => response(&Algorithm::Totp(Hash::Sha256)),
        "license-file" => license_file(),
        "planted" => planted(),
        _ => {
            eprintln!("there is no comparison of this name");
            return ExitCode::from(2);
        }
    };
    if is_right { ExitCode::SUCCESS } else { ExitCode::from(1) }
}
