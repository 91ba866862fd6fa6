//! A BLOB by itself: sealed, opened, bent. What a server puts into them is in [`super::server_blob`].

use super::{negative, positive};
use channel::crypto::keys::Key;
use channel::license::blob::{self, Epoch, Generation, MAX_CONTENT, Place};
use channel::rule::{BLB_3, BLB_4, BLB_5, Rule};
use harness::case::{Case, Role};
use harness::trial::{Stop, Trial, fail};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Number};

const SEAL: Role = Role::Primitive("blob.seal");
const OPEN: Role = Role::Primitive("blob.open");

/// The usual place.
const SERIAL: &str = "VDS1000120";
const SEQUENCE: u32 = 3;
const INDEX: u32 = 2;
const EPOCH: Epoch = Epoch([0xE0, 1, 2, 3, 4, 5, 6, 7]);
const GENERATION: Generation = Generation(0x0102_0304);

/// A text bent: its name, and how.
pub(super) type Text = (&'static str, fn(&str) -> String);

/// What is not just the base64 of a BLOB. The right text has a padding of one character.
pub(super) const BAD_TEXTS: [Text; 18] = [
    ("empty", |_| String::new()),
    ("padding-missing", |text| text.trim_end_matches('=').into()),
    ("padding-doubled", |text| format!("{text}=")),
    ("padding-alone", |_| "====".into()),
    ("padding-inside", |text| format!("AA=={text}")),
    ("unused-bits", |text| unused_bits(text)),
    ("character-missing", |text| text.get(1..).unwrap_or_default().into()),
    ("character-more", |text| format!("A{text}")),
    ("blank-before", |text| format!(" {text}")),
    ("blank-inside", |text| foreign(text, ' ')),
    ("line-end-after", |text| format!("{text}\n")),
    ("line-end-inside", |text| inserted(text, "\n")),
    ("url-safe", |text| foreign(text, '_')),
    ("url-safe-minus", |text| foreign(text, '-')),
    ("comma", |text| foreign(text, ',')),
    ("full-width", |text| foreign(text, 'Ａ')),
    ("nul", |text| foreign(text, '\0')),
    ("twice", |text| text.repeat(2)),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive(
            "blob-seal",
            SEAL,
            &["BLB-1", "BLB-2"],
            "contents of every length, sealed and written",
            seals,
        ),
        positive("blob-seal-places", SEAL, &["BLB-2"], "each place has a key of its own", seals_places),
        positive("blob-open", OPEN, &["BLB-1", "BLB-2"], "what was sealed is opened", opens),
        negative("blob-32-bytes", OPEN, BLB_3, "32 bytes are no BLOB, 33 are one without content", shortest),
        negative("blob-187-bytes", OPEN, BLB_3, "187 bytes are too many for a BLOB, 186 are not", longest),
        negative("blob-version", OPEN, BLB_4, "every version but 2 is refused", versions),
        negative("blob-every-bit", OPEN, BLB_5, "a bit bent anywhere is refused", every_bit),
        negative("blob-cut", OPEN, BLB_5, "a BLOB with a byte less or more is refused", cut),
        negative("blob-another-key", OPEN, BLB_5, "another storage key opens nothing", another_key),
        negative(
            "blob-another-place",
            OPEN,
            BLB_5,
            "a BLOB of another license, sequence number or index is refused",
            another_place,
        ),
        negative(
            "blob-another-epoch",
            OPEN,
            BLB_5,
            "a BLOB of another epoch is refused: the license was imported again",
            another_epoch,
        ),
        negative(
            "blob-another-generation",
            OPEN,
            BLB_5,
            "a BLOB that says it is of another generation is refused, an older or a newer one",
            another_generation,
        ),
        negative(
            "blob-order-length-before-version",
            OPEN,
            BLB_3,
            "32 bytes of another version: the length wins",
            |t| refused(t, BLB_3, |_| blob::to_text(&[1; 32])),
        ),
        negative(
            "blob-order-version-before-tag",
            OPEN,
            BLB_4,
            "another version and a bent bit: the version wins",
            |t| {
                refused(t, BLB_4, |text| {
                    bent(text, |bytes| {
                        flip(bytes, 0, 3);
                        flip(bytes, 20, 1)
                    })
                })
            },
        ),
    ];
    cases.extend(BAD_TEXTS.map(|(name, bend)| {
        let about = format!("{name}: what is not the one form of base64 is refused");
        negative(format!("blob-text-{name}"), OPEN, BLB_3, about, move |t| refused(t, BLB_3, bend))
    }));
    cases
}

/// The character before the padding with a bit set that no byte has.
fn unused_bits(text: &str) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=');
    let (head, last) = digits.split_at(digits.len().saturating_sub(1));
    let next = alphabet.split_once(last).and_then(|(_, after)| after.chars().next()).unwrap_or('B');
    format!("{head}{next}{}", "=".repeat(text.len() - digits.len()))
}

/// Another character in the eighth place.
fn foreign(text: &str, by: char) -> String {
    text.chars().enumerate().map(|(i, c)| if i == 7 { by } else { c }).collect()
}

fn inserted(text: &str, what: &str) -> String {
    let (head, tail) = text.split_at_checked(76).unwrap_or((text, ""));
    format!("{head}{what}{tail}")
}

/// The bytes of a BLOB bent, written as it must be.
pub(super) fn bent(text: &str, bend: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = blob::from_text(text).unwrap_or_default();
    bend(&mut bytes);
    blob::to_text(&bytes)
}

pub(super) fn flip(bytes: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= bits;
    }
}

fn place(serial: &str, sequence: u32, index: u32) -> Result<Place, Stop> {
    let serial = serial.parse().map_err(|_| Stop::Harness(format!("{serial} is no serial number")))?;
    let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    Ok(Place { serial, epoch: EPOCH, sequence: byte(sequence), index: byte(index) })
}

fn seal(t: &mut Trial<'_>, serial: &str, sequence: u32, index: u32, content: &[u8]) -> BlobSeal {
    BlobSeal {
        storage_key: Array(t.random()),
        serial: serial.into(),
        sequence: Number::from(sequence),
        index: Number::from(index),
        epoch: Array(EPOCH.0),
        generation: GENERATION.0,
        content: Bytes(content.to_vec()),
        random: Some(RandomBlob { blob_nonce: Some(Array(t.random())) }),
    }
}

/// What a peer sealed, opened by the harness; then compared.
pub(super) fn judge(
    t: &mut Trial<'_>,
    place: Place,
    storage: [u8; 16],
    got: &str,
    want: Option<&String>,
) -> Result<Vec<u8>, Stop> {
    let opened = blob::from_text(got).and_then(|bytes| place.open(&Key::new(storage), &bytes));
    let content = match opened {
        Ok(opened) => opened.content.to_vec(),
        Err(refusal) => {
            let aim = if refusal.rule == BLB_5 { "BLB-2" } else { "BLB-1" };
            return Err(fail(aim, "a BLOB that opens".into(), format!("{got}: {refusal}")));
        }
    };
    t.same("BLB-1", &got, want.map(String::as_str).as_ref())?;
    t.implied(&["BLB-2"])?;
    Ok(content)
}

fn seals(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let bytes: [u8; MAX_CONTENT] = t.random();
    for length in (0..=18).chain([32, 33, 49, 50, 58, 146, 151, 152, 153]) {
        let question = seal(t, SERIAL, SEQUENCE, INDEX, bytes.get(..length).unwrap_or_default());
        let both = t.accepts("BLB-1", &party, &question)?;
        let want = both.want.map(|want| want.blob);
        let place = place(SERIAL, SEQUENCE, INDEX)?;
        let content = judge(t, place, question.storage_key.0, &both.got.blob, want.as_ref())?;
        t.same("BLB-1", &Bytes(content), Some(&question.content))?;
    }
    Ok(())
}

fn seals_places(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (serial, sequence, index) in [
        (SERIAL, 0, 0),
        (SERIAL, 0, 1),
        (SERIAL, 1, 0),
        (SERIAL, 99, 8),
        ("0000000000", 1, 1),
        ("ZZZ9999999", 99, 1),
    ] {
        let question = seal(t, serial, sequence, index, &[7; 16]);
        let both = t.accepts("BLB-2", &party, &question)?;
        let want = both.want.map(|want| want.blob);
        judge(t, place(serial, sequence, index)?, question.storage_key.0, &both.got.blob, want.as_ref())?;
    }
    Ok(())
}

/// A question whose BLOB is right, made by the harness, and what is in it.
fn right(t: &mut Trial<'_>, length: usize) -> Result<(BlobOpen, Vec<u8>), Stop> {
    let (storage, nonce, bytes): ([u8; 16], _, [u8; 200]) = (t.random(), t.random(), t.random());
    let content = bytes.get(..length).unwrap_or_default();
    let sealed = place(SERIAL, SEQUENCE, INDEX)?.seal(&Key::new(storage), &nonce, GENERATION, content);
    let question = BlobOpen {
        storage_key: Array(storage),
        serial: SERIAL.into(),
        sequence: Number::from(SEQUENCE),
        index: Number::from(INDEX),
        epoch: Array(EPOCH.0),
        blob: blob::to_text(&sealed),
    };
    Ok((question, content.to_vec()))
}

fn opened(t: &mut Trial<'_>, aim: &'static str, question: &BlobOpen, content: Vec<u8>) -> Result<(), Stop> {
    let party = t.peer_client();
    let both = t.twin(aim, &party, question)?;
    t.same(aim, &both.got.generation, Some(&GENERATION.0))?;
    t.same(aim, &both.got.content, Some(&Bytes(content)))
}

fn opens(t: &mut Trial<'_>) -> Result<(), Stop> {
    for length in (0..=17).chain([50, 58, 146, 151, 152, 153]) {
        let (question, content) = right(t, length)?;
        opened(t, "BLB-1", &question, content.clone())?;
        opened(t, "BLB-2", &question, content)?;
    }
    Ok(())
}

/// 80 bytes: the text ends with one character of padding.
fn refused(t: &mut Trial<'_>, rule: Rule, bend: impl FnOnce(&str) -> String) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 47)?;
    let bad = BlobOpen { blob: bend(&question.blob), ..question.clone() };
    t.refuses_stateless(rule, &party, &bad)?;
    opened(t, rule.id, &question, content)
}

fn shortest(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 0)?;
    for length in [1, 5, 16, 17, 29, 31, 32] {
        let bad = bent(&question.blob, |bytes| bytes.truncate(length));
        t.refuses_stateless(BLB_3, &party, &BlobOpen { blob: bad, ..question.clone() })?;
    }
    opened(t, BLB_3.id, &question, content)
}

fn longest(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for length in [MAX_CONTENT + 1, MAX_CONTENT + 2, MAX_CONTENT + 40] {
        let (bad, _) = right(t, length)?;
        t.refuses_stateless(BLB_3, &party, &bad)?;
    }
    let (question, content) = right(t, MAX_CONTENT)?;
    opened(t, BLB_3.id, &question, content)
}

fn versions(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 16)?;
    for version in [0, 1, 3, 0x82, 0xFF] {
        let bad = bent(&question.blob, |bytes| flip(bytes, 0, version ^ 2));
        t.refuses_stateless(BLB_4, &party, &BlobOpen { blob: bad, ..question.clone() })?;
    }
    opened(t, BLB_4.id, &question, content)
}

fn every_bit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 16)?;
    for at in 1..49 {
        for bit in [0, 4, 7] {
            let bad = bent(&question.blob, |bytes| flip(bytes, at, 1 << bit));
            t.refuses_stateless(BLB_5, &party, &BlobOpen { blob: bad, ..question.clone() })?;
        }
    }
    opened(t, BLB_5.id, &question, content)
}

fn cut(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 16)?;
    let bends: [fn(&mut Vec<u8>); 6] = [
        |bytes| bytes.truncate(48),
        |bytes| bytes.truncate(33),
        |bytes| bytes.push(0),
        |bytes| {
            bytes.remove(1);
        },
        |bytes| {
            bytes.remove(17);
        },
        |bytes| bytes.insert(17, 0),
    ];
    for bend in bends {
        let bad = bent(&question.blob, bend);
        t.refuses_stateless(BLB_5, &party, &BlobOpen { blob: bad, ..question.clone() })?;
    }
    opened(t, BLB_5.id, &question, content)
}

fn another_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 16)?;
    for at in [0, 15] {
        let mut bad = question.clone();
        flip(&mut bad.storage_key.0, at, 1);
        t.refuses_stateless(BLB_5, &party, &bad)?;
    }
    opened(t, BLB_5.id, &question, content)
}

fn another_place(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 16)?;
    for (serial, sequence, index) in [
        ("VDS1000121", SEQUENCE, INDEX),
        ("VDT1000120", SEQUENCE, INDEX),
        (SERIAL, 0, INDEX),
        (SERIAL, 2, INDEX),
        (SERIAL, 99, INDEX),
        (SERIAL, SEQUENCE, 0),
        (SERIAL, SEQUENCE, 3),
        (SERIAL, INDEX, SEQUENCE),
    ] {
        let (serial, sequence, index) = (serial.into(), Number::from(sequence), Number::from(index));
        t.refuses_stateless(BLB_5, &party, &BlobOpen { serial, sequence, index, ..question.clone() })?;
    }
    opened(t, BLB_5.id, &question, content)
}

fn another_epoch(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 16)?;
    for at in 0..8 {
        let mut bad = question.clone();
        flip(&mut bad.epoch.0, at, 1 << at);
        t.refuses_stateless(BLB_5, &party, &bad)?;
    }
    let bad = BlobOpen { epoch: Array([0; 8]), ..question.clone() };
    t.refuses_stateless(BLB_5, &party, &bad)?;
    opened(t, BLB_5.id, &question, content)
}

fn another_generation(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let (question, content) = right(t, 16)?;
    for generation in [0, 1, GENERATION.0 - 1, GENERATION.0 + 1, u32::MAX] {
        let bad = bent(&question.blob, |bytes| {
            for (to, from) in bytes.iter_mut().skip(1).zip(generation.to_be_bytes()) {
                *to = from;
            }
        });
        t.refuses_stateless(BLB_5, &party, &BlobOpen { blob: bad, ..question.clone() })?;
    }
    opened(t, BLB_5.id, &question, content)
}
