//! The operations of the hot path, each with the same keys, nonces and times whenever it is run, and the references that
//! stand beside them in the same program. What each comes to is looked at once, before anything is measured.

use std::hint::black_box;
use std::rc::Rc;

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt as _};
use cmac::{Cmac, KeyInit as _, Mac as _};

use crate::scene::{self, BODY, NOW, Wrong};
use channel::check_digit::Radix;
use channel::client::{Client, Decision, Pin};
use channel::crypto::keys::{Channel, Key};
use channel::crypto::lanes::{self, Sealed, open_batch, seal_batch};
use channel::crypto::mac;
use channel::crypto::protect::{
    ChannelKeys, Direction, HEADER_LENGTH, Protection, TAG_LENGTH, open_in_place, seal_in_place,
};
use channel::crypto::response::{Form, Moment, Responder};
use channel::server::License;
use channel::text::hex;
use channel::wire::data::Data;
use channel::wire::frame::{Carrier, Frame, OVERHEAD};
use harness::setup::otp;

/// The reference that ratios are of: a clone of a prekeyed `cmac` over what a tag covers.
pub const UNIT: &str = "reference: cmac clone, 215 bytes";
/// The reference that the others are measured by: how fast this machine encrypts blocks that don't wait for each other.
pub const LIMIT: &str = "reference: aes, 64 blocks at once";

/// The crates of the references, pinned in the manifest.
pub const REFERENCES: [(&str, &str); 2] = [("aes", "0.9.2"), ("cmac", "0.8.0")];

/// When what was activated at [`NOW`] is long ago; and one window too late for what was signed then.
const LATER: u32 = NOW + 1_000_000;
const TOO_LATE: u32 = LATER + 36 * 13;
const HEADER: [u8; HEADER_LENGTH] = [5; HEADER_LENGTH];
const FORM: Form = Form { mode: 3, index: 1, length: 8, radix: Radix::Decimal, check_digit: false };
/// How many copies of a license or client are made at once.
const COPIES: u32 = 16;
/// How many messages or blocks are done at once.
const MANY: u32 = 64;

/// An operation.
pub struct Operation {
    /// Its name, by which two runs are compared.
    pub name: &'static str,
    /// How many of it are done at once, of which one is measured.
    pub of: u32,
    /// How many times it may be prepared for: what it has copies of is to stay in the processor's cache.
    pub most: u32,
    prepare: Prepare,
}

type Prepare = Box<dyn Fn(u32) -> Box<dyn FnMut()>>;

/// An operation with all that it needs at hand.
pub struct Prepared(Box<dyn FnMut()>);

impl Operation {
    /// Whether others are measured by it.
    pub fn is_reference(&self) -> bool {
        self.name.starts_with("reference: ")
    }

    /// Prepares it to be done so many times.
    pub fn prepare(&self, times: u32) -> Prepared {
        Prepared((self.prepare)(times))
    }
}

impl Prepared {
    /// Does it. What is measured is this function, once: valgrind knows it by its name.
    #[inline(never)]
    pub fn run(&mut self) {
        (self.0)();
    }

    /// Does it, unmeasured.
    pub fn warm(&mut self) {
        (self.0)();
    }
}

fn right(is_so: bool, what: &str) -> Result<(), Wrong> {
    if is_so { Ok(()) } else { Err(Wrong(what.to_owned())) }
}

/// What can be done again and again.
pub fn same<T>(name: &'static str, of: u32, work: impl Fn() -> T + 'static) -> Operation {
    let work = Rc::new(work);
    let prepare = move |times| -> Box<dyn FnMut()> {
        let work = work.clone();
        Box::new(move || (0..times).for_each(|_| drop(black_box(work()))))
    };
    Operation { name, of, most: u32::MAX, prepare: Box::new(prepare) }
}

/// What changes what it is done to: each time it has a copy, which was made before.
fn on_copies<S: Clone + 'static, T>(
    name: &'static str,
    state: S,
    work: impl Fn(&mut S) -> T + 'static,
) -> Operation {
    let work = Rc::new(work);
    let prepare = move |times: u32| -> Box<dyn FnMut()> {
        let mut copies = vec![state.clone(); times as usize];
        let work = work.clone();
        Box::new(move || copies.iter_mut().for_each(|state| drop(black_box(work(state)))))
    };
    Operation { name, of: 1, most: COPIES, prepare: Box::new(prepare) }
}

/// All of them, the references first.
pub fn operations() -> Result<Vec<Operation>, Wrong> {
    let groups = [references, messages, batches, responses, texts, roles].map(|group| group());
    Ok(groups.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

type Group = Result<Vec<Operation>, Wrong>;

fn references() -> Group {
    let key = [9; 16];
    let prekeyed = Cmac::<Aes128>::new(&key.into());
    let covered = [5; HEADER_LENGTH + BODY];
    let clone = move || prekeyed.clone().chain_update(black_box(&covered)).finalize().into_bytes();
    right(clone().as_slice() == mac::cmac(&key, &[&covered]), "the reference and the product agree")?;
    let cipher = Aes128::new(&key.into());
    let chain = {
        let cipher = cipher.clone();
        move || {
            let mut block = black_box(Array::from([7; 16]));
            (0..MANY).for_each(|_| cipher.encrypt_block(&mut block));
            block
        }
    };
    let at_once = move || {
        let mut blocks = black_box([Array::from([7; 16]); MANY as usize]);
        cipher.encrypt_blocks(&mut blocks);
        blocks
    };
    Ok(vec![
        same(LIMIT, MANY, at_once),
        same("reference: aes, one block after the other", MANY, chain),
        same(UNIT, 1, clone),
    ])
}

fn messages() -> Group {
    let channel = Key::new([7; 16]);
    let derive =
        move || ChannelKeys::new(black_box(&Key::new([7; 16])), Protection::Cmac, Direction::ToClient);
    let mut all = vec![
        same("cmac, new key, 215 bytes", 1, || {
            mac::cmac(black_box(&[9; 16]), &[black_box(&[5; HEADER_LENGTH + BODY])])
        }),
        same("derive sub-keys", 1, derive),
    ];
    for (protection, [seals, opens]) in [
        (Protection::Cmac, ["seal 200 bytes", "open 200 bytes"]),
        (Protection::HmacSha256, ["seal 200 bytes, HMAC-SHA-256", "open 200 bytes, HMAC-SHA-256"]),
    ] {
        let keys = ChannelKeys::new(&channel, protection, Direction::ToClient);
        let sealed = seal(&keys);
        right(open(&keys, &sealed) == Some([3; BODY]), opens)?;
        let keys_to_open = keys.clone();
        all.push(same(seals, 1, move || seal(black_box(&keys))));
        all.push(same(opens, 1, move || open(&keys_to_open, black_box(&sealed))));
    }
    all.push(same("seal 200 bytes, from the raw key to hexadecimal", 1, move || {
        let (body, tag) = seal(&derive());
        hex::encode(&Frame::encode(&HEADER, &body, &tag))
    }));
    Ok(all)
}

type Message = ([u8; BODY], [u8; TAG_LENGTH]);

fn seal(keys: &ChannelKeys) -> Message {
    let mut body = [3; BODY];
    let tag = seal_in_place(keys, &HEADER, &mut body);
    (body, tag)
}

fn open(keys: &ChannelKeys, (body, tag): &Message) -> Option<[u8; BODY]> {
    let mut body = *body;
    open_in_place(keys, &HEADER, &mut body, tag).ok().map(|()| body)
}

/// A message for each of [`MANY`] licenses, none of whose keys is ready.
fn batches() -> Group {
    let keys: Vec<[u8; 16]> = (0..MANY as u8).map(|i| [i; 16]).collect();
    let channels: Rc<Vec<Key<Channel>>> = Rc::new(keys.iter().map(|key| Key::new(*key)).collect());
    let frame = Frame::encode(&HEADER, &[3; BODY], &[0; TAG_LENGTH]);
    let covered = frame.get(..HEADER_LENGTH + BODY).unwrap_or_default().to_vec();
    let seal = {
        let channels = channels.clone();
        move || {
            let mut frames = vec![frame.clone(); channels.len()];
            seal_batch(&mut in_place(&channels, &mut frames));
            frames
        }
    };
    let sealed = seal();
    let one = ChannelKeys::new(&Key::new([MANY as u8 - 1; 16]), Protection::Cmac, Direction::ToClient);
    let (body, tag) = self::seal(&one);
    right(sealed.last() == Some(&Frame::encode(&HEADER, &body, &tag)), "a batch and a single call agree")?;
    let to_hex = seal.clone();
    Ok(vec![
        same("cmac, 64 keys, 215 bytes each", MANY, move || {
            let messages: Vec<_> = keys.iter().map(|key| lanes::Message { key, bytes: &covered }).collect();
            lanes::cmac_batch(black_box(&messages))
        }),
        same("seal 200 bytes, 64 raw keys", MANY, seal),
        same("seal 200 bytes, 64 raw keys, to hexadecimal", MANY, move || {
            to_hex().iter().map(|frame| hex::encode(frame)).collect::<Vec<_>>()
        }),
        same("open 200 bytes, 64 raw keys", MANY, move || {
            let mut frames = sealed.clone();
            open_batch(&mut in_place(&channels, &mut frames))
        }),
    ])
}

fn in_place<'a>(channels: &'a [Key<Channel>], frames: &'a mut [Vec<u8>]) -> Vec<Sealed<'a>> {
    let frames = channels.iter().zip(frames);
    frames.filter_map(|(key, frame)| Sealed::new(key, Direction::ToClient, frame)).collect()
}

fn responses() -> Group {
    const FRAME: [u8; BODY + OVERHEAD] = [6; BODY + OVERHEAD];
    const fn moment(step: u64) -> Moment {
        Moment { step, event: 0 }
    }
    let search = move |candidates: u64, fields: &[&[u8]], given: &str| {
        let moments = (0..candidates).map(|step| moment(50_000_000 + step));
        Responder::new(black_box(&Key::new([8; 16])), FORM).find(moments, fields, black_box(given))
    };
    let last = Responder::new(&Key::new([8; 16]), FORM).response(moment(50_000_024), &[&FRAME]);
    right(search(25, &[&FRAME], &last) == Some(moment(50_000_024)), "the last of 25 candidates is found")?;
    let ready = Responder::new(&Key::new([8; 16]), FORM);
    Ok(vec![
        same("response over 223 bytes", 1, || {
            Responder::new(black_box(&Key::new([8; 16])), FORM)
                .response(black_box(moment(50_000_000)), &[&FRAME])
        }),
        same("search 25 candidates over 223 bytes", 1, move || search(25, &[&FRAME], "99999999").is_some()),
        same("search 11 one-time passwords", 1, move || search(11, &[], "99999999").is_some()),
        same("one candidate, key schedule there", 1, move || {
            ready.response(black_box(moment(50_000_000)), &[])
        }),
    ])
}

fn texts() -> Group {
    let frame = Frame::encode(&HEADER, &[6; BODY], &[7; TAG_LENGTH]);
    let text = hex::encode(&frame);
    right(hex::decode(&text)? == frame, "hexadecimal is read back")?;
    let digits = text.clone();
    Ok(vec![
        same("hexadecimal of 223 bytes, encode", 1, move || hex::encode(black_box(&frame))),
        same("hexadecimal of 223 bytes, decode", 1, move || hex::decode(black_box(&digits))),
        same("frame, decode", 1, {
            let frame = hex::decode(&text)?;
            move || Frame::decode(black_box(&frame), Carrier::Direct).is_ok()
        }),
    ])
}

fn roles() -> Group {
    let mut parties = scene::parties()?;
    let sequence = scene::activate(&mut parties)?;
    let (mut license, mut client): (License, Client) = parties;
    let serial = scene::serial()?;
    let request = scene::request();
    let issue = move |license: &mut License| {
        license.generate_request(&request, Carrier::Direct, LATER).map(|frame| hex::encode(&frame))
    };
    let mut all = vec![on_copies("server issues a request", license.clone(), issue.clone())];
    let message = issue(&mut license)?;
    let opens = {
        let message = message.clone();
        move |client: &mut Client| client.open(&message, Carrier::Direct)
    };
    all.push(on_copies("client opens a request", client.clone(), opens.clone()));
    let handle = opens(&mut client)?.handle.ok_or_else(|| Wrong("a request can be signed".to_owned()))?;
    let signs = move |client: &mut Client| client.sign(handle, Decision::Approve(Pin::Right), LATER);
    all.push(on_copies("client signs", client.clone(), signs));
    let signature = signs(&mut client.clone())?.unwrap_or_default();
    let verifies = move |now| {
        let (message, signature) = (message.clone(), signature.clone());
        move |license: &mut License| license.verify_message_signature(sequence, &message, &signature, now)
    };
    right(verifies(LATER)(&mut license.clone()).is_ok(), "a signature is taken")?;
    right(verifies(TOO_LATE)(&mut license.clone()).is_err(), "a late signature is refused")?;
    all.push(on_copies("server verifies a signature, hit at once", license.clone(), verifies(LATER)));
    all.push(on_copies("server verifies a signature, none of 25", license.clone(), verifies(TOO_LATE)));
    let data = Data::ResponseOnly;
    let password = client.generate_response(serial, otp::TIME, &data, Pin::Right, LATER)?;
    let logs_in =
        move |license: &mut License| license.verify_response(sequence, otp::TIME, &data, &password, LATER);
    logs_in(&mut license.clone())?;
    all.push(on_copies("server verifies a one-time password, first use", license, logs_in));
    Ok(all)
}
