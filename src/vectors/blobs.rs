//! `blob.json` (SPEC section 22, BLB): BLOBs sealed, opened, refused; and contents that are rightly sealed, but
//! that no license has. The latter are met by a server, whose license has an instance with each kind of application.

use serde_json::{Value, json};

use super::flow;
use super::vector::{asked, expected, hex, since, with};
use channel::crypto::kdf;
use channel::crypto::keys::Key;
use channel::license::blob::{self, Epoch, Generation, Opened, Place};
use channel::rule::{BLB_3, BLB_4, BLB_5, BLB_6, BLB_7, BLB_8, Rule};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::{RandomBlob, ServerLoadBlob, ServerSealBlob};
use peer::protocol::{Array, Data, Number};

/// `blob.json`.
pub(super) fn blobs() -> Vec<Value> {
    since(5, [sealed(), opened(), unknown(), keys(), tracks(), foreign()].concat())
}

/// The storage key of the vectors.
const STORAGE: [u8; 16] = [0x33; 16];
const NONCE: [u8; 12] = [0xA0, 0xA1, 0xA2, 0xA3, 0xA4, 0xA5, 0xA6, 0xA7, 0xA8, 0xA9, 0xAA, 0xAB];
const SERIAL: &str = "VDS1000120";
const EPOCH: [u8; 8] = [0xE0, 0xE1, 0xE2, 0xE3, 0xE4, 0xE5, 0xE6, 0xE7];

fn place(serial: &str, epoch: [u8; 8], sequence: u8, index: u8) -> Option<Place> {
    Some(Place { serial: serial.parse().ok()?, epoch: Epoch(epoch), sequence, index })
}

/// The BLOB of this content in an epoch, and of which generation it is, in bytes.
fn blob_in(epoch: [u8; 8], generation: u32, (sequence, index): (u8, u8), content: &[u8]) -> Vec<u8> {
    place(SERIAL, epoch, sequence, index)
        .map(|place| place.seal(&Key::new(STORAGE), &NONCE, Generation(generation), content))
        .unwrap_or_default()
}

/// The first of a place.
fn blob_of(sequence: u8, index: u8, content: &[u8]) -> Vec<u8> {
    blob_in(EPOCH, 1, (sequence, index), content)
}

/// What stands between storage key and BLOB.
fn between(epoch: [u8; 8], (sequence, index): (u8, u8), blob: &[u8]) -> Value {
    let Some(place) = place(SERIAL, epoch, sequence, index) else { return Value::Null };
    let part = |from: usize, to: usize| hex(blob.get(from..to).unwrap_or_default());
    let tag = blob.len().saturating_sub(16);
    json!({"context": hex([&place.serial.to_bytes()[..], &[sequence, index]].concat()),
        "blob_key": hex(kdf::blob(&Key::new(STORAGE), place.serial, sequence, index).expose()),
        "associated_data": format!("{}{}", part(0, 5), hex(epoch)), "nonce": part(5, 17),
        "ciphertext": part(17, tag), "tag": part(tag, blob.len()),
        "bytes": hex(blob)})
}

fn sealed() -> Vec<Value> {
    let of_generation = |id: &str, note: &str, generation: u32, place: (u8, u8), content: &[u8]| {
        let params = json!({"storage_key": hex(STORAGE), "serial": SERIAL, "sequence": place.0, "index": place.1,
            "epoch": hex(EPOCH), "generation": generation, "content": hex(content),
            "random": {"blob_nonce": hex(NONCE)}});
        let vector = asked(&format!("blob-seal-{id}"), note, &["BLB-1", "BLB-2"], "blob.seal", params);
        with(vector, "intermediate", between(EPOCH, place, &blob_in(EPOCH, generation, place, content)))
    };
    let of = |id: &str, note: &str, sequence: u8, index: u8, content: &[u8]| {
        of_generation(id, note, 1, (sequence, index), content)
    };
    let long: Vec<u8> = (0..153).collect();
    vec![
        of("license-key", "of a license: its key", 0, 0, &[0x50; 16]),
        of("payload-key", "its payload key", 0, 1, &[0x60; 16]),
        of("application", "of an instance, an application that was never used", 1, 1, &track([0x70; 16])),
        of("last-place", "the last application of the last instance", 99, 8, &track([0x70; 16])),
        of("empty", "nothing inside: 33 bytes", 1, 1, &[]),
        of("longest", "153 bytes inside: 248 characters", 1, 1, &long),
        of("one-byte", "two characters of padding", 1, 1, &[0xFF]),
        of("two-bytes", "none", 1, 1, &[0xFF; 2]),
        of_generation("generation", "of another generation", 0x0102_0304, (1, 1), &track([0x70; 16])),
        of_generation("last-generation", "of the last one", u32::MAX, (1, 1), &track([0x70; 16])),
    ]
}

/// The content of an application that was never used.
fn track(key: [u8; 16]) -> Vec<u8> {
    [&[0][..], &key, &[0; 33]].concat()
}

fn opened() -> Vec<Value> {
    let params = |blob: &str| {
        json!({"storage_key": hex(STORAGE), "serial": SERIAL, "sequence": 1, "index": 2,
        "epoch": hex(EPOCH), "blob": blob})
    };
    let of = |id: &str, note: &str, params: Value| {
        asked(&format!("blob-open-{id}"), note, &["BLB-1", "BLB-2"], "blob.open", params)
    };
    let bytes = blob_of(1, 2, b"a content.");
    let good = blob::to_text(&bytes);
    let bad = |id: &str, note: &str, rule: Rule, blob: &str| expected(rule, of(id, note, params(blob)));
    let bent = |at: usize, mask: u8| {
        let mut bytes = bytes.clone();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= mask;
        }
        blob::to_text(&bytes)
    };
    let elsewhere = |member: &str, value: Value| with(params(&good), member, value);
    let short = blob::to_text(bytes.get(..32).unwrap_or_default());
    let long = blob::to_text(&blob_of(1, 2, &[0; 154]));
    let url = blob::to_text(&blob_of(1, 2, &[0xFF; 40]));
    let unpadded = good.trim_end_matches('=');
    let last_char = unpadded.chars().last().unwrap_or('A');
    let unused_bits = good.replacen(&format!("{last_char}=="), &format!("{}==", bits_up(last_char)), 1);
    let (head, tail) = good.split_at(4);
    let last = bytes.len() - 1;
    vec![
        with(of("good", "the way back", params(&good)), "intermediate", between(EPOCH, (1, 2), &bytes)),
        bad("empty", "nothing", BLB_3, ""),
        bad("32-bytes", "a byte too short", BLB_3, &short),
        bad("187-bytes", "a byte too long", BLB_3, &long),
        bad("no-padding", "without its padding", BLB_3, unpadded),
        bad("half-padding", "with half of it", BLB_3, &format!("{unpadded}=")),
        bad("padding-twice", "with twice of it", BLB_3, &format!("{good}==")),
        bad("unused-bits", "unused bits that are not zero", BLB_3, &unused_bits),
        bad("line-end", "a line end behind", BLB_3, &format!("{good}\n")),
        bad("blank-before", "a blank before", BLB_3, &format!(" {good}")),
        bad("blank-inside", "a blank inside", BLB_3, &format!("{head} {tail}")),
        bad("url-alphabet", "the alphabet for URLs", BLB_3, &url.replace('+', "-").replace('/', "_")),
        bad("hexadecimal", "hexadecimal text", BLB_3, &hex(&bytes)),
        bad("not-ascii", "a letter that is not of ASCII", BLB_3, &good.replacen('A', "\u{C4}", 1)),
        bad("version-0", "version 0", BLB_4, &bent(0, 2)),
        bad("version-1", "version 1, that of editions 3 and 4", BLB_4, &bent(0, 3)),
        bad("version-3", "version 3", BLB_4, &bent(0, 1)),
        bad("generation", "a generation that is told and not authenticated", BLB_5, &bent(4, 1)),
        bad("nonce", "the first bit of the nonce", BLB_5, &bent(5, 0x80)),
        bad("ciphertext", "a bit of the ciphertext", BLB_5, &bent(17, 1)),
        bad("tag", "the last bit of the tag", BLB_5, &bent(last, 1)),
        expected(
            BLB_5,
            of("another-key", "another storage key", elsewhere("storage_key", json!(hex([0x34; 16])))),
        ),
        expected(BLB_5, of("another-serial", "another license's", elsewhere("serial", json!("VDS1000121")))),
        expected(BLB_5, of("another-sequence", "another instance's", elsewhere("sequence", json!(2)))),
        expected(BLB_5, of("another-index", "another application's", elsewhere("index", json!(1)))),
        expected(BLB_5, of("another-epoch", "of another epoch", elsewhere("epoch", json!(hex([0; 8]))))),
        bad("length-before-version", "too short, and version 0", BLB_3, &{
            let mut bytes = bytes.clone();
            bytes.truncate(32);
            bytes.splice(..1, [0]);
            blob::to_text(&bytes)
        }),
        bad("version-before-tag", "version 1, and a bent tag", BLB_4, &{
            let mut bytes = bytes.clone();
            bytes.splice(..1, [1]);
            bytes.truncate(last);
            bytes.push(0);
            blob::to_text(&bytes)
        }),
    ]
}

/// The next letter of base64: its last bit is another.
fn bits_up(letter: char) -> char {
    char::from_u32(u32::from(letter) + 1).unwrap_or(letter)
}

/// The parameters of `server.seal_blob`.
pub(super) fn seal(sequence: u8, index: u8) -> ServerSealBlob {
    ServerSealBlob {
        storage_key: Array(STORAGE),
        sequence: Number::from(u32::from(sequence)),
        index: Number::from(u32::from(index)),
        random: Some(RandomBlob { blob_nonce: Some(Array(NONCE)) }),
    }
}

/// The parameters of `server.load_blob`.
pub(super) fn load(now: u32, sequence: u8, index: u8, blob: &str) -> ServerLoadBlob {
    ServerLoadBlob {
        storage_key: Array(STORAGE),
        sequence: Number::from(u32::from(sequence)),
        index: Number::from(u32::from(index)),
        blob: blob.into(),
        now,
    }
}

/// The server hands out a BLOB.
pub(super) fn hand_out(t: &mut Trial<'_>, scene: &Scene, sequence: u8, index: u8) -> Result<String, Stop> {
    Ok(t.agrees("BLB-1", &scene.server, &seal(sequence, index))?.blob)
}

/// A BLOB of this scene's license, so many generations on, and with its content bent.
pub(super) fn of_generation(
    blob: &str,
    scene: &Scene,
    at: (u8, u8),
    more: u32,
    bend: impl FnOnce(&mut Vec<u8>),
) -> Option<String> {
    let bytes = blob::from_text(blob).ok()?;
    let opened = place(SERIAL, scene.epoch, at.0, at.1)?.open(&Key::new(STORAGE), &bytes);
    let Opened { generation, mut content } = opened.ok()?;
    bend(&mut content);
    Some(blob::to_text(&blob_in(scene.epoch, generation.0 + more, at, &content)))
}

fn unknown() -> Vec<Value> {
    let of = |id: &str, note: &str, setup: Setup, sequence: u8, index: u8| {
        flow(&format!("blob-unknown-{id}"), note, &["BLB-6"], move |t| {
            let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
            t.refuses_only(BLB_6, &scene.server, &seal(sequence, index))?;
            t.refuses_only(BLB_6, &scene.server, &load(scene.now, sequence, index, "no base64"))
        })
    };
    let without = || Setup { secure_channel: false, ..Setup::default() };
    vec![
        of("payload-key", "the payload key of a license without Secure Channel", without(), 0, 1),
        of("index-2", "a license has two BLOBs", Setup::default(), 0, 2),
        of("instance", "an instance that does not exist", Setup::default(), 2, 1),
        of("application-0", "applications begin with 1", Setup::default(), 1, 0),
        of("application", "an application that the static vector does not have", Setup::default(), 1, 7),
    ]
}

/// A server whose instance has used an application of each kind but one, and its BLOB's content at this place.
fn used(t: &mut Trial<'_>, sequence: u8, index: u8) -> Result<(Scene, Opened), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    let fields = Data::Fields { fields: vec!["DE02".into(), "1250".into(), String::new()] };
    for (application, data) in [(otp::TIME, Data::ResponseOnly {}), (otp::FIELDS, fields)] {
        let response = scene.respond(t, application, &data, 0)?;
        let question = scene.verify_response(application, &data, &response);
        t.agrees("VER-13", &scene.server, &question)?;
    }
    let blob = hand_out(t, &scene, sequence, index)?;
    let bytes = blob::from_text(&blob).map_err(|refusal| Stop::Harness(refusal.to_string()))?;
    let opened = place(SERIAL, scene.epoch, sequence, index)
        .and_then(|place| place.open(&Key::new(STORAGE), &bytes).ok())
        .ok_or_else(|| Stop::Harness("a BLOB that does not open".into()))?;
    Ok((scene, opened))
}

/// A content for this place, rightly sealed, that the server refuses.
fn content(
    id: &str,
    note: &str,
    rule: Rule,
    (sequence, index): (u8, u8),
    bend: impl FnOnce(&mut Vec<u8>),
) -> Value {
    let (mut input, mut explained) = (Value::Null, Value::Null);
    let play = |t: &mut Trial<'_>| {
        let (scene, Opened { generation, mut content }) = used(t, sequence, index)?;
        bend(&mut content);
        let bytes = blob_in(scene.epoch, generation.0, (sequence, index), &content);
        input = json!({"content": hex(&*content)});
        explained = between(scene.epoch, (sequence, index), &bytes);
        t.refuses_only(rule, &scene.server, &load(scene.now, sequence, index, &blob::to_text(&bytes)))
    };
    let vector = flow(&format!("blob-content-{id}"), note, &[rule.id], play);
    with(with(vector, "input", input), "intermediate", explained)
}

/// Contents that are keys.
fn keys() -> Vec<Value> {
    let short = |content: &mut Vec<u8>| content.truncate(15);
    let long = |content: &mut Vec<u8>| content.push(0);
    vec![
        content("license-key-short", "a license key of 15 bytes", BLB_7, (0, 0), short),
        content("license-key-long", "of 17", BLB_7, (0, 0), long),
        content("payload-key-short", "a payload key of 15 bytes", BLB_7, (0, 1), short),
        content("payload-key-long", "of 17", BLB_7, (0, 1), long),
        content("empty", "nothing", BLB_7, (0, 0), Vec::clear),
    ]
}

/// Where the numbers of an application's content begin.
const SHIFT: usize = 17;
const LAST_STEP: usize = 25;
const NEXT_OTP_STEP: usize = 33;
const NEXT_EVENT: usize = 41;
const HASHES: usize = 49;

fn set(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    content.splice(at..at + bytes.len(), bytes.iter().copied());
}

/// Contents of applications: BLB-7.
fn tracks() -> Vec<Value> {
    let bad = |id: &str, note: &str, index: u8, at: usize, bytes: &[u8]| {
        content(id, note, BLB_7, (1, index), |content| set(content, at, bytes))
    };
    let hashes = |id: &str, note: &str, hashes: Vec<u8>| {
        let count = u8::try_from(hashes.len() / 8).unwrap_or_default();
        content(id, note, BLB_7, (1, otp::FIELDS), |content| {
            content.truncate(HASHES);
            content.push(count);
            content.extend(hashes);
        })
    };
    let ascending = |n: u8| (1..=n).flat_map(|i| [i; 8]).collect::<Vec<_>>();
    let one = 1u64.to_be_bytes();
    let beyond = (1u64 << 53).to_be_bytes();
    let (up, down) = ((1i64 << 40) + 1, -(1i64 << 40) - 1);
    vec![
        content("short", "its last byte is missing", BLB_7, (1, otp::TIME), |content| {
            content.pop();
        }),
        content("left-over", "a byte is left over", BLB_7, (1, otp::TIME), |content| content.push(0)),
        content("of-a-license-key", "a key alone", BLB_7, (1, otp::TIME), |content| content.truncate(16)),
        bad("flag-4", "a reserved flag", otp::TIME, 0, &[0x05]),
        bad("flag-128", "another", otp::TIME, 0, &[0x81]),
        bad("shift-above", "a shift above 2^40", otp::TIME, SHIFT, &up.to_be_bytes()),
        bad("shift-below", "below -2^40", otp::TIME, SHIFT, &down.to_be_bytes()),
        bad("last-step", "a last step of 2^53", otp::TIME, LAST_STEP, &beyond),
        bad("next-otp-step", "a next step of 2^53", otp::TIME, NEXT_OTP_STEP, &beyond),
        bad("next-event", "a next event of 2^53", otp::EVENT, NEXT_EVENT, &beyond),
        content(
            "13-hashes",
            "says 13 hashes, for which no BLOB has room",
            BLB_7,
            (1, otp::FIELDS),
            |content| {
                content.truncate(HASHES);
                content.push(13);
                content.extend(ascending(12));
            },
        ),
        hashes("hashes-descending", "hashes in the other order", [[2; 8], [1; 8]].concat()),
        hashes("hashes-equal", "a hash twice", [[2; 8], [2; 8]].concat()),
        content("hashes-cut", "a hash cut off", BLB_7, (1, otp::FIELDS), |content| {
            content.truncate(HASHES + 8)
        }),
        bad("event-of-time", "an event where there is time alone", otp::TIME, NEXT_EVENT, &one),
        bad("out-of-sync-of-time", "out of sync, which time alone never is", otp::TIME, 0, &[0x03]),
        bad("shift-of-event", "a shift where there are events alone", otp::EVENT, SHIFT, &one),
        bad("step-of-event", "a last step there", otp::EVENT, LAST_STEP, &one),
        bad("otp-step-of-both", "a next OTP step where there are both", otp::BOTH, NEXT_OTP_STEP, &one),
        content("hashes-of-both", "hashes there", BLB_7, (1, otp::BOTH), |content| {
            content.truncate(HASHES);
            content.extend([1; 9]);
        }),
    ]
}

/// BLB-8, and what stands before it.
fn foreign() -> Vec<Value> {
    let another_key = |content: &mut Vec<u8>| set(content, 1, &[0; 16]);
    let license_key = flow(
        "blob-license-key-of-another",
        "another license key is taken; then the application keys are others, too",
        &["BLB-8", "BLB-9"],
        |t| {
            let (scene, before) = used(t, 1, otp::TIME)?;
            let other = blob::to_text(&blob_in(scene.epoch, 1, (0, 0), &[0x5A; 16]));
            t.agrees("BLB-9", &scene.server, &load(scene.now, 0, 0, &other))?;
            let place = (1, otp::TIME);
            let newer = blob_in(scene.epoch, before.generation.0 + 1, place, &before.content);
            t.refuses_only(BLB_8, &scene.server, &load(scene.now, 1, otp::TIME, &blob::to_text(&newer)))
        },
    );
    vec![
        content("another-key", "not the key of this instance", BLB_8, (1, otp::TIME), another_key),
        content("form-before-key", "a reserved flag, and not the key", BLB_7, (1, otp::TIME), |content| {
            set(content, 0, &[0x80]);
            another_key(content);
        }),
        license_key,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_decided_by_what_it_is_about() {
        for vector in blobs() {
            assert!(vector.get("result").is_some(), "{vector}");
        }
        assert!(
            opened()[0]["result"] == "valid" && sealed().iter().all(|vector| vector["result"] == "valid")
        );
    }
}
