//! BLOBs that a server must not take back: of another place, bent, and under the right key with a content that is
//! none.

use super::blob::{BAD_TEXTS, bent, flip};
use super::negative;
use super::server_blob::{forged, generation_of, load, seal, sealed, told};
use super::verify_response::confirmed;
use channel::license::blob;
use channel::rule::{BLB_3, BLB_4, BLB_5, BLB_6, BLB_7, BLB_8, Rule};
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, app, otp};
use harness::trial::{Stop, Trial};

/// Offsets in the content of an application's BLOB.
const KEY: usize = 1;
const SHIFT: usize = 17;
const LAST_STEP: usize = 25;
const NEXT_OTP_STEP: usize = 33;
const NEXT_EVENT: usize = 41;
const HASHES: usize = 49;
/// The highest step and event.
const HIGHEST: u64 = (1 << 53) - 1;

/// A content bent: its name, the application, how; refused by BLB-7 unless `good`.
type Content = (&'static str, u8, fn(&mut Vec<u8>));

const BAD: [Content; 33] = [
    ("flag-2", otp::FIELDS, |c| flip(c, 0, 4)),
    ("flag-7", otp::FIELDS, |c| flip(c, 0, 0x80)),
    ("shift-high", otp::FIELDS, |c| set(c, SHIFT, (1 << 40) + 1)),
    ("shift-low", otp::FIELDS, |c| set(c, SHIFT, u64::MAX - (1 << 40))),
    ("shift-lowest", otp::FIELDS, |c| set(c, SHIFT, 1 << 63)),
    ("last-step-high", otp::FIELDS, |c| set(c, LAST_STEP, 1 << 53)),
    ("last-step-highest", otp::FIELDS, |c| set(c, LAST_STEP, u64::MAX)),
    ("next-otp-step-high", otp::FIELDS, |c| set(c, NEXT_OTP_STEP, 1 << 53)),
    ("next-otp-step-highest", otp::FIELDS, |c| set(c, NEXT_OTP_STEP, u64::MAX)),
    ("next-event-high", otp::EVENT, |c| set(c, NEXT_EVENT, 1 << 53)),
    ("next-event-highest", otp::EVENT, |c| set(c, NEXT_EVENT, u64::MAX)),
    ("13-hashes-said", otp::FIELDS, |c| {
        hashes(c, 12);
        count(c, 13);
    }),
    ("255-hashes-said", otp::FIELDS, |c| count(c, 255)),
    ("hash-missing", otp::FIELDS, |c| {
        hashes(c, 2);
        count(c, 3);
    }),
    ("hash-more", otp::FIELDS, |c| {
        hashes(c, 2);
        count(c, 1);
    }),
    ("hash-cut", otp::FIELDS, |c| {
        hashes(c, 2);
        c.pop();
    }),
    ("hash-twice", otp::FIELDS, |c| {
        hashes(c, 2);
        flip(c, HASHES + 9, 3); // 2 becomes 1
    }),
    ("hashes-descending", otp::FIELDS, |c| {
        hashes(c, 2);
        flip(c, HASHES + 1, 2); // 1 becomes 3
    }),
    ("empty", otp::FIELDS, Vec::clear),
    ("a-key-alone", otp::FIELDS, |c| c.truncate(16)),
    ("without-count", otp::FIELDS, |c| c.truncate(HASHES)),
    ("cut", otp::EVENT, |c| c.truncate(HASHES)),
    ("byte-more", otp::FIELDS, |c| c.push(0)),
    ("byte-more-of-events", otp::EVENT, |c| c.push(0)),
    // What a factor does not use is 0.
    ("time-with-event", otp::FIELDS, |c| set(c, NEXT_EVENT, 1)),
    ("time-out-of-sync", otp::FIELDS, |c| flip(c, 0, 2)),
    ("event-with-shift", otp::EVENT, |c| set(c, SHIFT, 1)),
    ("event-with-last-step", otp::EVENT, |c| set(c, LAST_STEP, 1)),
    ("event-with-otp-step", otp::EVENT, |c| set(c, NEXT_OTP_STEP, 1)),
    ("event-with-hash", otp::EVENT, |c| hashes(c, 1)),
    ("both-with-otp-step", otp::BOTH, |c| set(c, NEXT_OTP_STEP, 1)),
    ("both-with-hash", otp::BOTH, |c| hashes(c, 1)),
    ("order-content-before-key", otp::FIELDS, |c| {
        flip(c, KEY, 1);
        flip(c, 0, 4);
    }),
];

/// Contents at the limits, which are taken, and which BLB-14 leaves as they are: a last accepted step that no clock
/// reaches, and events that are out of sync.
const GOOD: [Content; 11] = [
    ("flag-0", otp::MULTI, |c| {
        flip(c, 0, 1);
        set(c, LAST_STEP, HIGHEST);
    }),
    ("flags-3", otp::EVENT, |c| flip(c, 0, 3)),
    ("shift-highest", otp::FIELDS, |c| {
        set(c, SHIFT, 1 << 40);
        set(c, LAST_STEP, HIGHEST);
    }),
    ("shift-lowest", otp::FIELDS, |c| {
        set(c, SHIFT, u64::MAX - (1 << 40) + 1);
        set(c, LAST_STEP, HIGHEST);
    }),
    ("last-step-highest", otp::FIELDS, |c| set(c, LAST_STEP, HIGHEST)),
    ("next-otp-step-highest", otp::FIELDS, |c| {
        set(c, NEXT_OTP_STEP, HIGHEST);
        set(c, LAST_STEP, HIGHEST);
    }),
    ("next-event-highest", otp::EVENT, |c| {
        flip(c, 0, 2);
        set(c, NEXT_EVENT, HIGHEST);
    }),
    ("all-of-both", otp::BOTH, |c| {
        flip(c, 0, 2);
        set(c, SHIFT, 7);
        set(c, LAST_STEP, 1 << 40);
        set(c, NEXT_EVENT, 9);
    }),
    ("1-hash", otp::FIELDS, |c| {
        hashes(c, 1);
        set(c, LAST_STEP, HIGHEST);
    }),
    ("12-hashes", otp::FIELDS, |c| {
        hashes(c, 12);
        set(c, LAST_STEP, HIGHEST);
    }),
    ("12-hashes-of-another", otp::MULTI, |c| {
        hashes(c, 12);
        set(c, LAST_STEP, HIGHEST);
    }),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    let mut cases = vec![
        negative(
            "server-blob-unknown",
            Server,
            BLB_6,
            "a BLOB that the license does not have is neither sealed nor loaded",
            unknown,
        ),
        negative(
            "server-blob-without-channel",
            Server,
            BLB_6,
            "a license without Secure Channel has no payload key",
            without_channel,
        ),
        negative("server-blob-before-am2", Server, BLB_6, "before AM2 there is no instance", before_am2),
        negative("server-blob-version", Server, BLB_4, "every version but 2 is refused", versions),
        negative("server-blob-bent", Server, BLB_5, "a bit bent anywhere is refused", every_bit),
        negative(
            "server-blob-another-place",
            Server,
            BLB_5,
            "a BLOB of another application, instance or key of the license is refused",
            another_place,
        ),
        negative(
            "server-blob-another-license",
            Server,
            BLB_5,
            "a BLOB of another license is refused, and one under another storage key",
            another_license,
        ),
        negative(
            "server-blob-key-length",
            Server,
            BLB_7,
            "a license key or payload key of another length is refused",
            key_length,
        ),
        negative(
            "server-blob-application-key",
            Server,
            BLB_8,
            "an application key that is not this instance's is refused, under a right tag, too",
            application_key,
        ),
        negative(
            "server-blob-order-place-before-text",
            Server,
            BLB_6,
            "a place that is not there and no base64: the place wins",
            |t| order(t, BLB_6, otp::MULTI, 2, |_| "?".into()),
        ),
        negative(
            "server-blob-order-text-before-version",
            Server,
            BLB_3,
            "32 bytes of another version: the length wins",
            |t| order(t, BLB_3, otp::MULTI, 1, |_| blob::to_text(&[1; 32])),
        ),
        negative(
            "server-blob-order-version-before-tag",
            Server,
            BLB_4,
            "another version and a bent bit: the version wins",
            |t| {
                order(t, BLB_4, otp::MULTI, 1, |text| {
                    bent(text, |bytes| {
                        flip(bytes, 0, 3);
                        flip(bytes, 20, 1);
                    })
                })
            },
        ),
    ];
    cases.extend(BAD_TEXTS.into_iter().map(|(name, bend)| {
        let about = format!("{name}: what is not the one form of base64 is refused");
        negative(format!("server-blob-text-{name}"), Server, BLB_3, about, move |t| {
            // This content gives 80 bytes: a padding of one character, as the table of texts wants it.
            let (scene, storage) = (confirmed(t)?, t.random());
            let text = forged(t, &scene, storage, (0, 0), 1, &[7; 47])?;
            t.refuses_only(BLB_3, &scene.server, &load(scene.now, storage, 0, 0, &bend(&text)))?;
            let (good, _) = sealed(t, &scene, storage, 0, 0)?;
            t.twin(BLB_3.id, &scene.server, &load(scene.now, storage, 0, 0, &good)).map(|_| ())
        })
    }));
    cases.extend(BAD.map(|(name, application, bend)| {
        let about = format!("{name}: a content that is none of its place is refused, under a right tag, too");
        negative(format!("server-blob-content-{name}"), Server, BLB_7, about, move |t| {
            content(t, application, Some(bend), None)
        })
    }));
    cases.extend(GOOD.map(|(name, application, bend)| {
        let about = format!("{name}: a content at its limit is taken, and handed out again as it was");
        super::positive(format!("server-blob-limit-{name}"), Server, &["BLB-9"], about, move |t| {
            content(t, application, None, Some(bend))
        })
    }));
    cases
}

/// Writes eight bytes.
fn set(content: &mut [u8], at: usize, value: u64) {
    for (to, from) in content.iter_mut().skip(at).zip(value.to_be_bytes()) {
        *to = from;
    }
}

fn count(content: &mut [u8], n: u8) {
    if let Some(byte) = content.get_mut(HASHES) {
        *byte = n;
    }
}

/// So many hashes: `01…`, `02…`, ascending.
fn hashes(content: &mut Vec<u8>, n: u8) {
    content.truncate(HASHES + 1);
    count(content, n);
    content.extend((1..=n).flat_map(|first| [first, 0, 0, 0, 0, 0, 0, 9]));
}

fn content(
    t: &mut Trial<'_>,
    application: u8,
    bad: Option<fn(&mut Vec<u8>)>,
    good: Option<fn(&mut Vec<u8>)>,
) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let storage = t.random();
    let at = (scene.sequence, application);
    let (right, known) = sealed(t, &scene, storage, at.0, at.1)?;
    let bend = bad.or(good);
    let mut content = known;
    if let Some(bend) = bend {
        bend(&mut content);
    }
    let text = forged(t, &scene, storage, at, generation_of(&right), &content)?;
    let question = load(scene.now, storage, at.0, at.1, &text);
    if bad.is_some() {
        t.refuses(BLB_7, &scene.server, &question, &load(scene.now, storage, at.0, at.1, &right))?;
        return Ok(());
    }
    t.agrees("BLB-9", &scene.server, &question)?;
    let (_, now) = told(t, &scene, storage, at.0, at.1)?;
    let bytes = peer::protocol::Bytes;
    t.same("BLB-9", &bytes(now), Some(&bytes(content)))
}

fn unknown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let storage = t.random();
    let good = seal(t, storage, 1, app::TIME);
    let text = forged(t, &scene, storage, (2, app::TIME), 1, &[0; 50])?;
    for (sequence, index) in
        [(0, 2), (0, 8), (1, 0), (1, app::MISSING), (2, app::TIME), (99, app::TIME), (99, 0)]
    {
        let bad = seal(t, storage, sequence, index);
        t.refuses_only(BLB_6, &scene.server, &bad)?;
        t.refuses_only(BLB_6, &scene.server, &load(scene.now, storage, sequence, index, &text))?;
    }
    let both = t.twin(BLB_6.id, &scene.server, &good)?;
    t.twin(BLB_6.id, &scene.server, &load(scene.now, storage, 1, app::TIME, &both.got.blob)).map(|_| ())
}

fn without_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { secure_channel: false, ..Setup::otp() };
    let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let storage = t.random();
    let (bad, good) = (seal(t, storage, 0, 1), seal(t, storage, 0, 0));
    let text = forged(t, &scene, storage, (0, 1), 1, &[7; 16])?;
    t.refuses_only(BLB_6, &scene.server, &load(scene.now, storage, 0, 1, &text))?;
    t.refuses(BLB_6, &scene.server, &bad, &good).map(|_| ())
}

fn before_am2(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Verified)?;
    let storage = t.random();
    let question = seal(t, storage, 1, otp::TIME);
    t.refuses_only(BLB_6, &scene.server, &question)?;
    scene.issue_am2(t)?;
    t.twin(BLB_6.id, &scene.server, &question).map(|_| ())
}

/// Texts, each refused; then the one they were bent from is loaded.
fn refused(
    t: &mut Trial<'_>,
    rule: Rule,
    scene: &Scene,
    bends: impl Iterator<Item = (usize, u8)>,
) -> Result<(), Stop> {
    let storage = t.random();
    let (good, _) = sealed(t, scene, storage, 1, otp::FIELDS)?;
    for (at, bits) in bends {
        let bad = bent(&good, |bytes| flip(bytes, at, bits));
        t.refuses_only(rule, &scene.server, &load(scene.now, storage, 1, otp::FIELDS, &bad))?;
    }
    t.twin(rule.id, &scene.server, &load(scene.now, storage, 1, otp::FIELDS, &good)).map(|_| ())
}

fn versions(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    refused(t, BLB_4, &scene, [1, 3, 2, 0x80, 0xFD].into_iter().map(|bits| (0, bits)))
}

fn every_bit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    refused(t, BLB_5, &scene, (1..1 + 4 + 12 + 50 + 16).map(|at| (at, 1 << (at % 8))))
}

fn another_place(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    scene = scene.another_client(t, Under::Server)?;
    scene.play(t, Stage::Confirmed)?;
    let storage = t.random();
    for (from, to) in [
        ((0, 0), (0, 1)),
        ((0, 1), (0, 0)),
        ((1, otp::FIELDS), (1, otp::MULTI)),
        ((1, otp::FIELDS), (2, otp::FIELDS)),
        ((2, otp::EVENT), (1, otp::EVENT)),
        ((0, 1), (1, 1)),
    ] {
        let (blob, _) = sealed(t, &scene, storage, from.0, from.1)?;
        t.refuses_only(BLB_5, &scene.server, &load(scene.now, storage, to.0, to.1, &blob))?;
        t.twin(BLB_5.id, &scene.server, &load(scene.now, storage, from.0, from.1, &blob))?;
    }
    Ok(())
}

fn another_license(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let storage: [u8; 16] = t.random();
    let other = Scene { setup: Setup { serial: "VDS1000121", ..Setup::otp() }, ..scene.clone() };
    for (sequence, index) in [(0, 0), (0, 1), (1, otp::TIME)] {
        let (good, content) = sealed(t, &scene, storage, sequence, index)?;
        let foreign = forged(t, &other, storage, (sequence, index), generation_of(&good), &content)?;
        t.refuses_only(BLB_5, &scene.server, &load(scene.now, storage, sequence, index, &foreign))?;
        let mut stranger = storage;
        flip(&mut stranger, 0, 1);
        t.refuses_only(BLB_5, &scene.server, &load(scene.now, stranger, sequence, index, &good))?;
        t.twin(BLB_5.id, &scene.server, &load(scene.now, storage, sequence, index, &good))?;
    }
    Ok(())
}

fn key_length(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let storage = t.random();
    for index in [0, 1] {
        let (good, _) = sealed(t, &scene, storage, 0, index)?;
        for length in [0, 1, 15, 17, 32, 50, 153] {
            let bad = forged(t, &scene, storage, (0, index), 1, &vec![7; length])?;
            t.refuses_only(BLB_7, &scene.server, &load(scene.now, storage, 0, index, &bad))?;
        }
        t.twin(BLB_7.id, &scene.server, &load(scene.now, storage, 0, index, &good))?;
    }
    Ok(())
}

fn application_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let storage = t.random();
    let (good, content) = sealed(t, &scene, storage, 1, otp::FIELDS)?;
    let mut bad = Vec::new();
    for at in KEY..SHIFT {
        let mut bent = content.clone();
        flip(&mut bent, at, 1 << (at % 8));
        bad.push(bent);
    }
    // That of another application, whose values are none of this one's either way.
    bad.push(sealed(t, &scene, storage, 1, otp::TIME)?.1);
    for content in bad {
        let text = forged(t, &scene, storage, (1, otp::FIELDS), generation_of(&good), &content)?;
        t.refuses_only(BLB_8, &scene.server, &load(scene.now, storage, 1, otp::FIELDS, &text))?;
    }
    t.twin(BLB_8.id, &scene.server, &load(scene.now, storage, 1, otp::FIELDS, &good)).map(|_| ())
}

fn order(
    t: &mut Trial<'_>,
    rule: Rule,
    application: u8,
    sequence: u32,
    bend: fn(&str) -> String,
) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let storage = t.random();
    let (good, _) = sealed(t, &scene, storage, 1, application)?;
    let bad = load(scene.now, storage, sequence, application, &bend(&good));
    t.refuses(rule, &scene.server, &bad, &load(scene.now, storage, 1, application, &good)).map(|_| ())
}
