//! The same work by others.

use std::cell::Cell;
use std::collections::BTreeMap;
#[cfg(has_oath)]
use std::ffi::c_char;
use std::hint::black_box;

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt as _, KeyInit as _, KeyIvInit as _, StreamCipher as _};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use cmac::{Cmac, Mac as _};

use crate::ours::{
    CMAC, FRAME, MILLION, NOW, ONE_CMAC, OTPS, SEAL, SEAL_NO_HEX, WINDOW, WRONG, places, table,
};
use crate::{COVERED, Item, MANY, keys, messages};

/// What isn't here, and how to get it.
pub(crate) const MISSING: &[&str] = &[
    #[cfg(not(has_openssl))]
    "OpenSSL (apt-get install libssl-dev)",
    #[cfg(not(has_ipsec_mb))]
    "Intel's multi-buffer library (apt-get install libipsec-mb-dev)",
    #[cfg(not(has_oath))]
    "liboath (apt-get install liboath-dev)",
];

/// Keys, messages, the length of one, how many, tags; 0 is success.
#[cfg(any(has_openssl, has_ipsec_mb))]
type ShimCmac = unsafe extern "C" fn(*const u8, *const u8, usize, usize, *mut u8) -> i32;

unsafe extern "C" {
    #[cfg(has_openssl)]
    fn shim_openssl_cmac(
        keys: *const u8,
        messages: *const u8,
        length: usize,
        count: usize,
        tags: *mut u8,
    ) -> i32;
    #[cfg(has_ipsec_mb)]
    fn shim_ipsec_cmac(
        keys: *const u8,
        messages: *const u8,
        length: usize,
        count: usize,
        tags: *mut u8,
    ) -> i32;
    #[cfg(has_oath)]
    fn shim_oath_search(
        key: *const c_char,
        length: usize,
        now: u64,
        reach: usize,
        given: *const c_char,
    ) -> i32;
}

fn cmac_of(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut mac = Cmac::<Aes128>::new(key.into());
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn rust_crypto(keys: &[[u8; 16]], messages: &[[u8; COVERED]]) -> Vec<[u8; 16]> {
    keys.iter().zip(messages).map(|(key, message)| cmac_of(key, &[message])).collect()
}

fn aws_lc(keys: &[[u8; 16]], messages: &[[u8; COVERED]]) -> Vec<[u8; 16]> {
    let tag = |key: &[u8; 16], message: &[u8]| {
        let key = aws_lc_rs::cmac::Key::new(aws_lc_rs::cmac::AES_128, key).expect("16 bytes");
        aws_lc_rs::cmac::sign(&key, message).expect("any message").as_ref().try_into().expect("16 bytes")
    };
    keys.iter().zip(messages).map(|(key, message)| tag(key, message)).collect()
}

/// CMAC by a library in C: where no keys are given, by the schedules of the last call that had some.
#[cfg(any(has_openssl, has_ipsec_mb))]
fn by_shim(shim: ShimCmac, keys: Option<&[[u8; 16]]>, messages: &[[u8; COVERED]]) -> Vec<[u8; 16]> {
    let mut tags = vec![[0; 16]; messages.len()];
    assert!(keys.is_none_or(|keys| keys.len() == messages.len()), "a key for each message");
    let keys = keys.map_or(std::ptr::null(), |keys| keys.as_ptr());
    // SAFETY: as many keys, if any, messages and tags as are named, each of its length; one thread.
    let done = unsafe {
        shim(keys.cast(), messages.as_ptr().cast(), COVERED, messages.len(), tags.as_mut_ptr().cast())
    };
    assert_eq!(done, 0, "a library in C");
    tags
}

#[cfg(has_openssl)]
fn openssl(keys: &[[u8; 16]], messages: &[[u8; COVERED]]) -> Vec<[u8; 16]> {
    by_shim(shim_openssl_cmac, Some(keys), messages)
}

#[cfg(has_ipsec_mb)]
fn ipsec_mb(keys: Option<&[[u8; 16]]>, messages: &[[u8; COVERED]]) -> Vec<[u8; 16]> {
    by_shim(shim_ipsec_cmac, keys, messages)
}

/// Who computes a CMAC, and what.
pub(crate) fn tags(keys: &[[u8; 16]], messages: &[[u8; COVERED]]) -> BTreeMap<String, Vec<[u8; 16]>> {
    let mut all = BTreeMap::from([
        ("cmac".to_owned(), rust_crypto(keys, messages)),
        ("AWS-LC".to_owned(), aws_lc(keys, messages)),
    ]);
    #[cfg(has_openssl)]
    all.insert("OpenSSL".to_owned(), openssl(keys, messages));
    #[cfg(has_ipsec_mb)]
    all.insert("ipsec-mb".to_owned(), ipsec_mb(Some(keys), messages));
    all
}

/// SPEC.md, sections 6 and 7, put together of RustCrypto's crates as one would at first.
fn composed(keys: &[[u8; 16]], frames: &[[u8; FRAME]]) -> Vec<[u8; FRAME]> {
    let mut frames = frames.to_vec();
    for (key, frame) in keys.iter().zip(&mut frames) {
        let sub_key = |label: &[u8]| cmac_of(key, &[&[1], label, &[0], &[2, 0], &[0, 128]]);
        let (encryption, mac) = (sub_key(b"enc"), sub_key(b"mac"));
        let mut counter = [0; 16];
        counter[..8].copy_from_slice(&frame[7..15]);
        counter[8..10].copy_from_slice(&frame[..2]);
        let mut cipher = ctr::Ctr32BE::<Aes128>::new(&encryption.into(), &counter.into());
        cipher.apply_keystream(&mut frame[15..COVERED]);
        let tag = cmac_of(&mac, &[&frame[..COVERED]]);
        frame[COVERED..].copy_from_slice(&tag[..8]);
    }
    frames
}

/// Who seals, and what.
pub(crate) fn sealed(keys: &[[u8; 16]], frames: &[[u8; FRAME]]) -> BTreeMap<String, Vec<[u8; FRAME]>> {
    BTreeMap::from([("RustCrypto".to_owned(), composed(keys, frames))])
}

/// SPEC.md, section 14: what comes before R is reduced.
fn r(mac: &Cmac<Aes128>, step: u64, fields: &[&[u8]]) -> u128 {
    let mut mac = mac.clone();
    mac.update(&[1, 3, 1]);
    mac.update(&step.to_be_bytes());
    mac.update(&[0; 8]);
    mac.update(&[8]);
    for field in fields {
        mac.update(&(field.len() as u16).to_be_bytes());
        mac.update(field);
    }
    u128::from_be_bytes(mac.finalize().into_bytes().into())
}

/// The response at a step.
pub(crate) fn response(step: u64, fields: &[&[u8]]) -> String {
    format!("{:08}", r(&Cmac::new(&[8; 16].into()), step, fields) % 100_000_000)
}

fn one_by_one(candidates: u64, fields: &[&[u8]], given: u128) -> Option<u64> {
    let mac = Cmac::new(black_box(&[8; 16]).into());
    (NOW..NOW + candidates).find(|step| r(&mac, *step, fields) % 100_000_000 == given)
}

pub(crate) fn items() -> Vec<Item> {
    let mut all = limits();
    all.extend(cmacs());
    all.extend(seals());
    all.extend(windows());
    all
}

/// How fast this machine encrypts blocks.
fn limits() -> Vec<Item> {
    let cipher = Aes128::new(&[9; 16].into());
    let other = cipher.clone();
    vec![
        Item::new("AES block", "one after the other", MANY, move || {
            let mut block = black_box(Array::from([7; 16]));
            (0..MANY).for_each(|_| cipher.encrypt_block(&mut block));
            block
        }),
        Item::new("AES block", "64 at once, aes", MANY, move || {
            let mut blocks = black_box([Array::from([7; 16]); MANY]);
            other.encrypt_blocks(&mut blocks);
            blocks
        }),
    ]
}

fn cmacs() -> Vec<Item> {
    let (keys, messages) = (keys(), messages());
    let mut all = Vec::new();
    let mut item = |who: &str, work: fn(&[[u8; 16]], &[[u8; COVERED]]) -> Vec<[u8; 16]>| {
        let (keys, messages) = (keys.clone(), messages.clone());
        all.push(Item::new(CMAC, who, MANY, move || work(black_box(&keys), &messages)));
    };
    item("cmac, new key", rust_crypto);
    item("AWS-LC, one-shot", aws_lc);
    #[cfg(has_openssl)]
    item("OpenSSL, new key", openssl);
    #[cfg(has_ipsec_mb)]
    {
        item("ipsec-mb, with keys", |keys, messages| ipsec_mb(Some(keys), messages));
        item("ipsec-mb, schedules there", |_, messages| ipsec_mb(None, messages));
    }
    let (one, one_message) = (keys[1], messages[1]);
    all.push(Item::new(ONE_CMAC, "cmac, new key", 1, move || cmac_of(black_box(&one), &[&one_message])));
    all.push(Item::new(ONE_CMAC, "AWS-LC, one-shot", 1, move || {
        aws_lc(std::slice::from_ref(black_box(&one)), std::slice::from_ref(&one_message))
    }));
    let prekeyed: Vec<Cmac<Aes128>> = keys.iter().map(|key| Cmac::new(key.into())).collect();
    let covered = messages.clone();
    all.push(Item::new(CMAC, "cmac, clone of a prekeyed one", MANY, move || {
        let tag = |(mac, message): (&Cmac<Aes128>, &[u8; COVERED])| {
            mac.clone().chain_update(message).finalize().into_bytes()
        };
        prekeyed.iter().zip(&covered).map(tag).collect::<Vec<_>>()
    }));
    let (table, from) = (table(), Cell::new(1));
    all.push(Item::new(MILLION, "cmac, new key", MANY, move || {
        let mut place = from.get();
        let places = places(&mut place);
        from.set(place);
        let tag = |(place, message): (usize, &[u8; COVERED])| cmac_of(&table[place], &[message]);
        places.into_iter().zip(&messages).map(tag).collect::<Vec<_>>()
    }));
    all
}

fn seals() -> Vec<Item> {
    let (keys, frames) = (keys(), crate::ours::frames());
    let gcm = |key: &[u8; 16]| LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).expect("16 bytes"));
    let seal = |key: &LessSafeKey, frame: &mut [u8; FRAME]| {
        let (header, body) = frame.split_at_mut(15);
        let nonce = Nonce::try_assume_unique_for_key(&header[..12]).expect("12 bytes");
        let tag = key
            .seal_in_place_separate_tag(nonce, Aad::from(&header), &mut body[..200])
            .expect("it is sealed");
        std::hint::black_box(tag);
    };
    let prekeyed: Vec<LessSafeKey> = keys.iter().map(gcm).collect();
    let (raw, to_hex, new_key) = (frames.clone(), frames.clone(), frames.clone());
    let (other, again) = (keys.clone(), keys.clone());
    vec![
        Item::new(SEAL, "RustCrypto, composed", MANY, move || {
            let sealed = composed(black_box(&keys), &to_hex);
            sealed.iter().map(|frame| faster_hex::hex_string_upper(frame)).collect::<Vec<_>>()
        }),
        Item::new(SEAL_NO_HEX, "RustCrypto, composed", MANY, move || composed(black_box(&other), &raw)),
        Item::new(SEAL_NO_HEX, "AWS-LC, AES-128-GCM, new key", MANY, move || {
            let mut frames = new_key.clone();
            again.iter().zip(&mut frames).for_each(|(key, frame)| seal(&gcm(key), frame));
            frames
        }),
        Item::new(SEAL_NO_HEX, "AWS-LC, AES-128-GCM, prekeyed", MANY, move || {
            let mut frames = frames.clone();
            prekeyed.iter().zip(&mut frames).for_each(|(key, frame)| seal(key, frame));
            frames
        }),
    ]
}

/// By other algorithms too: as many candidates, HMAC-SHA-1 for each.
fn windows() -> Vec<Item> {
    let given = 99_999_999;
    let totp = totp_rs::TOTP::new_unchecked(totp_rs::Algorithm::SHA1, 8, 5, 30, vec![8; 20]);
    assert!(totp.check(&totp.generate((NOW + 5) * 30), NOW * 30) && !totp.check(WRONG, NOW * 30));
    let mut all = vec![
        Item::new(OTPS, "cmac, one by one", 1, move || one_by_one(11, &[], black_box(given))),
        Item::new(WINDOW, "cmac, one by one", 1, move || one_by_one(25, &[&[6; FRAME]], black_box(given))),
    ];
    #[cfg(has_oath)]
    {
        // SAFETY: the key has its length, the text ends in a zero; it is found at the edge of the window, and not beyond.
        let search = |given: &str, reach| unsafe {
            let given = format!("{given}\0");
            shim_oath_search([8u8; 20].as_ptr().cast(), 20, NOW * 30, reach, given.as_ptr().cast())
        };
        let edge = totp.generate((NOW + 5) * 30);
        assert!(search(&edge, 5) >= 0 && search(&edge, 4) < 0 && search(WRONG, 5) < 0, "liboath");
        all.push(Item::new(OTPS, "liboath", 1, move || search(WRONG, 5)));
    }
    all.push(Item::new(OTPS, "totp-rs", 1, move || totp.check(black_box(WRONG), NOW * 30)));
    all
}
