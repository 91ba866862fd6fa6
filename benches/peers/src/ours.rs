//! What is measured of ours, with each kernel that is here.

use channel::check_digit::Radix;
use channel::crypto::keys::{Channel, Key};
use channel::crypto::lanes::{Kernel, Message, Sealed, cmac_batch, seal_batch};
use channel::crypto::mac;
use channel::crypto::protect::Direction;
use channel::crypto::response::{Form, Moment, Responder};
use channel::text::hex;

use crate::{Item, MANY, ensure_equal, keys, messages, theirs};

pub(crate) const CMAC: &str = "CMAC of 215 bytes, 64 raw keys";
pub(crate) const ONE_CMAC: &str = "CMAC of 215 bytes, one call, raw key";
pub(crate) const SEAL: &str = "seal 200 bytes, 64 raw keys, to hex";
pub(crate) const SEAL_NO_HEX: &str = "seal 200 bytes, 64 raw keys";
pub(crate) const MILLION: &str = "CMAC of 215 bytes, of a million licenses";
pub(crate) const OTPS: &str = "11 one-time passwords, none right";
pub(crate) const WINDOW: &str = "25 candidates over 223 bytes, none right";

/// Licenses of a table.
pub(crate) const LICENSES: usize = 1_000_000;
/// Bytes of a frame with a body of 200.
pub(crate) const FRAME: usize = 223;
/// A response that none of the candidates is.
pub(crate) const WRONG: &str = "99999999";
pub(crate) const FORM: Form =
    Form { mode: 3, index: 1, length: 8, radix: Radix::Decimal, check_digit: false };
pub(crate) const NOW: u64 = 50_000_000;

/// The headers and bodies in clear, with room for the tags.
pub(crate) fn frames() -> Vec<[u8; FRAME]> {
    let with_room = |message: [u8; crate::COVERED]| {
        let mut frame = [0; FRAME];
        frame[..crate::COVERED].copy_from_slice(&message);
        // Protection 2, and a type that goes to the client.
        frame[..2].copy_from_slice(&[0x00, 0xC2]);
        frame
    };
    messages().into_iter().map(with_room).collect()
}

/// Places in a table that don't follow each other: one batch after the other, another each time.
pub(crate) fn places(from: &mut u64) -> [usize; MANY] {
    std::array::from_fn(|_| {
        *from = from.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*from >> 33) as usize % LICENSES
    })
}

pub(crate) fn table() -> Vec<[u8; 16]> {
    (0..LICENSES as u128).map(|i| (i * 0x9E37_79B9_7F4A_7C15_F39C_0C80_9ABC_DEF1).to_ne_bytes()).collect()
}

fn cmac(keys: &[[u8; 16]], messages: &[[u8; crate::COVERED]]) -> Vec<[u8; 16]> {
    let batch: Vec<_> = keys.iter().zip(messages).map(|(key, bytes)| Message { key, bytes }).collect();
    cmac_batch(&batch)
}

fn seal(keys: &[Key<Channel>], frames: &[[u8; FRAME]]) -> Vec<[u8; FRAME]> {
    let mut frames = frames.to_vec();
    let batch = keys.iter().zip(&mut frames);
    let mut batch: Vec<_> =
        batch.filter_map(|(key, frame)| Sealed::new(key, Direction::ToClient, frame)).collect();
    seal_batch(&mut batch);
    frames
}

fn search(candidates: u64, fields: &[&[u8]], given: &str) -> Option<Moment> {
    let moments = (0..candidates).map(|at| Moment { step: NOW + at, event: 0 });
    Responder::new(&Key::new([8; 16]), FORM).find(moments, fields, given)
}

pub(crate) fn items() -> Vec<Item> {
    agree();
    Kernel::here().flat_map(of_kernel).collect()
}

fn use_kernel(kernel: Kernel) {
    kernel.ask_for().expect("it is here");
}

/// Nothing is timed that doesn't come to what the others do.
fn agree() {
    let (keys, messages, frames) = (keys(), messages(), frames());
    let channels: Vec<Key<Channel>> = keys.iter().map(|key| Key::new(*key)).collect();
    let (mut tags, mut sealed) = (theirs::tags(&keys, &messages), theirs::sealed(&keys, &frames));
    for kernel in Kernel::here() {
        use_kernel(kernel);
        tags.insert(kernel.to_string(), cmac(&keys, &messages));
        sealed.insert(kernel.to_string(), seal(&channels, &frames));
        for (candidates, fields) in [(11, &[][..]), (25, &[&[6u8; FRAME][..]][..])] {
            let last = NOW + candidates - 1;
            let given = theirs::response(last, fields);
            assert_eq!(search(candidates, fields, &given).map(|it| it.step), Some(last), "{kernel}");
            assert_eq!(search(candidates, fields, WRONG), None, "{kernel}");
        }
    }
    ensure_equal(CMAC, tags);
    ensure_equal(SEAL, sealed);
}

fn of_kernel(kernel: Kernel) -> Vec<Item> {
    let item = |what, of, work: Box<dyn Fn()>| {
        Item::new(what, kernel.name(), of, move || {
            use_kernel(kernel);
            work();
        })
    };
    let black_box = std::hint::black_box::<Vec<[u8; FRAME]>>;
    let (raw, messages, frames) = (keys(), messages(), frames());
    let channels = || -> Vec<Key<Channel>> { keys().iter().map(|key| Key::new(*key)).collect() };
    let (to_hex, no_hex, other_frames) = (channels(), channels(), frames.clone());
    let of_million = messages.clone();
    let (table, from) = (table(), std::cell::Cell::new(1));
    let (key, message) = (raw[1], messages[1]);
    vec![
        item(
            ONE_CMAC,
            1,
            Box::new(move || assert!(std::hint::black_box(mac::cmac(&key, &[&message])) != [0; 16])),
        ),
        item(CMAC, MANY, Box::new(move || drop(std::hint::black_box(cmac(&raw, &messages))))),
        item(SEAL_NO_HEX, MANY, Box::new(move || drop(black_box(seal(&no_hex, &frames))))),
        item(
            SEAL,
            MANY,
            Box::new(move || {
                let sealed = black_box(seal(&to_hex, &other_frames));
                sealed.iter().for_each(|frame| drop(std::hint::black_box(hex::encode(frame))));
            }),
        ),
        item(
            MILLION,
            MANY,
            Box::new(move || {
                let mut place = from.get();
                let batch = places(&mut place).into_iter().zip(&of_million);
                let batch: Vec<_> =
                    batch.map(|(place, bytes)| Message { key: &table[place], bytes }).collect();
                from.set(place);
                std::hint::black_box(cmac_batch(&batch));
            }),
        ),
        item(OTPS, 1, Box::new(|| assert!(search(11, &[], WRONG).is_none()))),
        item(WINDOW, 1, Box::new(|| assert!(search(25, &[&[6; FRAME]], WRONG).is_none()))),
    ]
}
