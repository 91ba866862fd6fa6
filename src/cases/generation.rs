//! Old BLOBs and new ones: how a server tells them apart, and what it takes from a BLOB that is newer than its row.
//!
//! Whoever forges here has the storage key, and knows the epoch because the peer took it. It stands for a caller who
//! has kept a BLOB while the row was put back from an older copy: nobody else can have one of a higher generation.

use super::reimport;
use super::respond::{data_challenge, data_fields};
use super::server_blob::{
    Values, application_key, forged, generation_of, hash_of, load, places, restored, told,
    wrong_but_well_formed,
};
use super::verify_response::{accepted, confirmed};
use channel::rule::{BLB_5, BLB_12, Rule, VER_12, VER_18, VER_19};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::play::{Ask, Play, need};
use harness::scene::{Scene, Show, Stage};
use harness::setup::otp;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Bytes, Data, Number, Operation};

const STORAGE: [u8; 16] = [0x2A; 16];
const NONE: Data = Data::ResponseOnly {};
/// Bit 0 and bit 1 of the flags.
const USED: u8 = 1;
const OUT_OF_SYNC: u8 = 2;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut blob = Area::new("blob-generation", Role::Server);
    old(&mut blob);
    epochs(&mut blob);
    counts(&mut blob);
    newer(&mut blob);
    blob.cases()
}

/// The server is asked to take a BLOB back.
fn bring(scene: &Scene, (sequence, index): (u32, u8), blob: &str) -> Ask<ServerLoadBlob> {
    Ask { party: scene.server.clone(), op: load(scene.now, STORAGE, sequence, index, blob) }
}

/// The same for an application of the scene's instance.
fn bring_application(scene: &Scene, index: u8, blob: &str) -> Ask<ServerLoadBlob> {
    bring(scene, (scene.sequence, index), blob)
}

/// Prepares: the operator does something.
fn does<Op: Operation>(t: &mut Trial<'_>, aim: &'static str, scene: &Scene, op: &Op) -> Result<(), Stop> {
    t.agrees(aim, &scene.server, op).map(drop)
}

fn verify(scene: &Scene, index: u8, data: &Data, response: &str) -> Ask<ServerVerifyResponse> {
    Ask { party: scene.server.clone(), op: scene.verify_response(index, data, response) }
}

/// The BLOB of an application as it is now.
fn now(t: &mut Trial<'_>, scene: &Scene, index: u8) -> Result<String, Stop> {
    Ok(told(t, scene, STORAGE, scene.sequence, index)?.0)
}

/// A BLOB of an application that is so many generations ahead of the server's, with these values.
fn ahead(t: &mut Trial<'_>, scene: &Scene, index: u8, by: u32, values: &Values) -> Result<String, Stop> {
    let generation = generation_of(&now(t, scene, index)?).saturating_add(by);
    let key = need(application_key(scene, index), "the key of an application")?;
    forged(t, scene, STORAGE, (scene.sequence, index), generation, &values.content(key))
}

/// What the server has of an application is this, and of this generation.
fn holds(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Scene,
    index: u8,
    generation: u32,
    values: &Values,
) -> Result<(), Stop> {
    let (blob, content) = told(t, scene, STORAGE, scene.sequence, index)?;
    let key = need(application_key(scene, index), "the key of an application")?;
    t.same(aim, &Bytes(content), Some(&Bytes(values.content(key))))?;
    t.same(aim, &generation_of(&blob), Some(&generation))
}

fn old(blob: &mut Area) {
    type Old = (&'static str, &'static str, Rule, u8, fn() -> Data);
    let each: [Old; 4] = [
        (
            "old-otp",
            "a BLOB from before a one-time password was accepted is stale",
            VER_12,
            otp::TIME,
            || NONE,
        ),
        (
            "old-challenge",
            "a BLOB from before an answer to a challenge is stale",
            VER_12,
            otp::CHALLENGE,
            || data_challenge("12"),
        ),
        ("old-event", "a BLOB from before an event was accepted is stale", VER_12, otp::EVENT, || NONE),
        ("old-fields", "a BLOB from before fields were signed is stale", VER_18, otp::FIELDS, || {
            data_fields(&["a", "1", ""])
        }),
    ];
    for (name, about, rule, index, data) in each {
        blob.refuses(BLB_12, name, about, move |t| {
            let (mut scene, data) = (confirmed(t)?, data());
            let old = now(t, &scene, index)?;
            let response = accepted(t, &mut scene, index, &data, 0)?;
            t.refuses(BLB_12, &bring_application(&scene, index, &old))?;
            // It is as used up as it was.
            t.refuses(rule, &verify(&scene, index, &data, &response))?;
            let new = now(t, &scene, index)?;
            t.accepts(BLB_12, &bring_application(&scene, index, &new))
        });
    }
    blob.refuses(
        BLB_12,
        "old-synchronisation",
        "a BLOB from before a backup was restored doesn't bring an application back in sync",
        |t| {
            let mut scene = confirmed(t)?;
            accepted(t, &mut scene, otp::EVENT, &NONE, 0)?;
            let old = now(t, &scene, otp::EVENT)?;
            does(t, "OPR-5", &scene, &restored(&scene))?;
            t.refuses(BLB_12, &bring_application(&scene, otp::EVENT, &old))?;
            let response = scene.respond(t, otp::EVENT, &NONE, 0)?;
            t.refuses(VER_19, &verify(&scene, otp::EVENT, &NONE, &response))?;
            let new = now(t, &scene, otp::EVENT)?;
            t.accepts(BLB_12, &bring_application(&scene, otp::EVENT, &new))
        },
    );
    blob.refuses(BLB_12, "0", "there is no generation 0: it is stale from the beginning", |t| {
        let scene = confirmed(t)?;
        for place in [(0, 0), (0, 1), (scene.sequence, otp::TIME)] {
            let (_, content) = told(t, &scene, STORAGE, place.0, place.1)?;
            let [bad, good] = [0, 1].map(|n| forged(t, &scene, STORAGE, place, n, &content));
            t.refuses(BLB_12, &bring(&scene, place, &bad?))?;
            t.accepts(BLB_12, &bring(&scene, place, &good?))?;
        }
        Ok(())
    });
    blob.refuses(
        BLB_12,
        "order-before-content",
        "a stale BLOB with a content that is none: stale wins",
        |t| {
            let scene = confirmed(t)?;
            let good = now(t, &scene, otp::FIELDS)?;
            let at = (scene.sequence, otp::FIELDS);
            let bad = forged(t, &scene, STORAGE, at, generation_of(&good) - 1, &[7; 40])?;
            t.refuses(BLB_12, &bring(&scene, at, &bad))?;
            t.accepts(BLB_12, &bring(&scene, at, &good))
        },
    );
    blob.refuses(
        BLB_5,
        "order-tag-before",
        "a BLOB that says it is older than it is does not open: it isn't told to be stale",
        |t| {
            let scene = confirmed(t)?;
            let good = now(t, &scene, otp::FIELDS)?;
            let bad = super::blob::bent(&good, |bytes| super::blob::flip(bytes, 4, 3));
            t.refuses(BLB_5, &bring_application(&scene, otp::FIELDS, &bad))?;
            t.accepts(BLB_5, &bring_application(&scene, otp::FIELDS, &good))
        },
    );
}

fn epochs(blob: &mut Area) {
    blob.refuses(
        BLB_5,
        "before-reimport",
        "no BLOB from before a license was imported again opens, not even one of the same key",
        |t| {
            let old = reimport::used(t)?;
            let all = [(0, 0), (0, 1), (1, otp::TIME), (1, otp::FIELDS)];
            let blobs = all.map(|place| told(t, &old, STORAGE, place.0, place.1));
            let mut scene = reimport::reimport(t, &old)?;
            scene.play(t, Stage::Confirmed)?;
            for (place, blob) in all.into_iter().zip(blobs) {
                t.refuses(BLB_5, &bring(&scene, place, &blob?.0))?;
            }
            let new = now(t, &scene, otp::TIME)?;
            t.accepts(BLB_5, &bring_application(&scene, otp::TIME, &new))
        },
    );
    blob.follows(
        &["BLB-10"],
        "epoch-begins-anew",
        "generations begin with 1 after each import, and go on after a backup was restored",
        |t| {
            let mut scene = reimport::used(t)?;
            for _ in 0..2 {
                // The confirmation was the first change.
                holds_generation(t, "BLB-10", &scene, (1, otp::FIELDS), 2)?;
                does(t, "OPR-4", &scene, &restored(&scene))?;
                holds_generation(t, "BLB-10", &scene, (1, otp::FIELDS), 3)?;
                scene = reimport::reimport(t, &scene)?;
                holds_generation(t, "BLB-10", &scene, (0, 0), 1)?;
                holds_generation(t, "BLB-10", &scene, (0, 1), 1)?;
                scene.play(t, Stage::Confirmed)?;
            }
            let new = now(t, &scene, otp::FIELDS)?;
            t.agrees("BLB-10", &bring_application(&scene, otp::FIELDS, &new))
        },
    );
}

fn holds_generation(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Scene,
    place: (u32, u8),
    generation: u32,
) -> Result<(), Stop> {
    let (blob, _) = told(t, scene, STORAGE, place.0, place.1)?;
    t.same(aim, &generation_of(&blob), Some(&generation))
}

/// The generations of all BLOBs, in the order of [`places`].
fn all(t: &mut Play<'_, '_>, scene: &Scene) -> Result<Vec<u32>, Stop> {
    let places = places(scene, 1).into_iter();
    places.map(|(sequence, index)| Ok(generation_of(&told(t, scene, STORAGE, sequence, index)?.0))).collect()
}

fn counts(blob: &mut Area) {
    blob.follows(
        &["BLB-11"],
        "counts-changes",
        "the generation of a BLOB grows with each change of what is in it, and with nothing else",
        |t| {
            let mut scene = confirmed(t)?;
            t.needs_time(&scene.server)?;
            // License key, payload key, then the applications 1 to 8; the confirmation was by the first.
            let mut want = vec![1, 1, 2, 1, 1, 1, 1, 1, 1, 1];
            let grows = |t: &mut Play<'_, '_>, scene: &Scene, want: &mut Vec<u32>, by: &[u8]| {
                for index in by {
                    let generation = want.get_mut(1 + usize::from(*index));
                    *need(generation, "a generation")? += 1;
                }
                // Asked twice: sealing changes nothing.
                let [first, second] = [all(t, scene)?, all(t, scene)?];
                t.same("BLB-11", &first, Some(want))?;
                t.same("BLB-11", &second, Some(want))
            };
            grows(t, &scene, &mut want, &[])?;
            for index in [otp::TIME, otp::EVENT, otp::BOTH, otp::TIME] {
                scene.now += 37;
                accepted(t, &mut scene, index, &NONE, 0)?;
                grows(t, &scene, &mut want, &[index])?;
            }
            // What is refused, and what is in no BLOB.
            let response = scene.respond(t, otp::EVENT, &NONE, 0)?;
            let bad = scene.verify_response(otp::EVENT, &NONE, &wrong_but_well_formed(&response));
            t.refuses_only(VER_12, &scene.server, &bad)?;
            let unlock = ServerUnlockInstance { sequence: Number::from(scene.sequence) };
            does(t, "OPR-1", &scene, &unlock)?;
            let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
            grows(t, &scene, &mut want, &[])?;
            scene.open(t, &message)?;
            let signature = scene.sign(t)?;
            scene.accept(t, &message, &signature)?;
            grows(t, &scene, &mut want, &[otp::FIELDS])?;
            // OPR-4, OPR-5; once more at the same time they change nothing.
            does(t, "OPR-4", &scene, &restored(&scene))?;
            grows(t, &scene, &mut want, &[1, 2, 3, 4, 5, 6, 7, 8])?;
            does(t, "OPR-4", &scene, &restored(&scene))?;
            let end = ServerGenerateDeactivation { sequence: Number::from(scene.sequence), now: scene.now };
            t.accepts("DEA-4", &Ask { party: scene.server.clone(), op: end })?;
            grows(t, &scene, &mut want, &[])?;
            let blob = now(t, &scene, otp::EVENT)?;
            t.agrees("BLB-11", &bring_application(&scene, otp::EVENT, &blob))
        },
    );
    blob.follows(
        &["BLB-13"],
        "same",
        "a BLOB of the server's own generation and content changes nothing, however often it is brought",
        |t| {
            let mut scene = confirmed(t)?;
            accepted(t, &mut scene, otp::EVENT, &NONE, 0)?;
            for place in [(0, 0), (0, 1), (scene.sequence, otp::EVENT), (scene.sequence, otp::MULTI)] {
                let (blob, _) = told(t, &scene, STORAGE, place.0, place.1)?;
                let before = t.state("BLB-13", &scene.server)?;
                for _ in 0..2 {
                    t.agrees("BLB-13", &bring(&scene, place, &blob))?;
                    t.state_is("BLB-13", &scene.server, before.clone())?;
                }
                let generation = generation_of(&blob);
                holds_generation(t, "BLB-13", &scene, place, generation)?;
            }
            // In sync as it was.
            let response = scene.respond(t, otp::EVENT, &NONE, 0)?;
            t.agrees("BLB-13", &verify(&scene, otp::EVENT, &NONE, &response))
        },
    );
    blob.follows(
        &["BLB-11", "BLB-14"],
        "last",
        "the last generation stays: what comes after it is taken forward only, and nothing is refused for it",
        |t| {
            let mut scene = confirmed(t)?;
            let values = Values { flags: USED, next_event: 7, ..Values::default() };
            let key = need(application_key(&scene, otp::EVENT), "the key of an application")?;
            let at = (scene.sequence, otp::EVENT);
            let last = forged(t, &scene, STORAGE, at, u32::MAX, &values.content(key))?;
            t.agrees("BLB-14", &bring(&scene, at, &last))?;
            let after = Values { flags: USED | OUT_OF_SYNC, ..values };
            holds(t, "BLB-11", &scene, otp::EVENT, u32::MAX, &after)?;
            let older = Values { next_event: 2, ..after.clone() };
            let older = forged(t, &scene, STORAGE, at, u32::MAX, &older.content(key))?;
            t.agrees("BLB-14", &bring(&scene, at, &older))?;
            holds(t, "BLB-14", &scene, otp::EVENT, u32::MAX, &after)?;
            let before = forged(t, &scene, STORAGE, at, u32::MAX - 1, &after.content(key))?;
            t.refuses(BLB_12, &bring(&scene, at, &before))?;
            // Nine events on, two responses find it, and it goes on.
            for _ in 0..9 {
                scene.respond(t, otp::EVENT, &NONE, 0)?;
            }
            resynchronises(t, &mut scene, otp::EVENT, "BLB-11")?;
            let response = scene.respond(t, otp::EVENT, &NONE, 0)?;
            t.agrees("BLB-11", &verify(&scene, otp::EVENT, &NONE, &response))?;
            holds_generation(t, "BLB-11", &scene, at, u32::MAX)
        },
    );
}

fn resynchronise(scene: &Scene, index: u8, [first, second]: [&str; 2]) -> Ask<ServerResynchronise> {
    let attempt = |response: &str| Attempt { data: NONE, response: response.into() };
    let op = ServerResynchronise {
        sequence: Number::from(scene.sequence),
        application: Number::from(u32::from(index)),
        first: attempt(first),
        second: attempt(second),
        now: scene.now,
    };
    Ask { party: scene.server.clone(), op }
}

/// The next two responses of the client bring its application back in sync.
fn resynchronises(t: &mut Play<'_, '_>, scene: &mut Scene, index: u8, aim: &'static str) -> Result<(), Stop> {
    let [first, second] = [scene.respond(t, index, &NONE, 0)?, scene.respond(t, index, &NONE, 0)?];
    t.agrees(aim, &resynchronise(scene, index, [&first, &second]))
}

fn newer(blob: &mut Area) {
    blob.follows(
        &["BLB-14"],
        "newer-time",
        "a newer BLOB of an application with time brings its shift, and no step up to now is accepted",
        |t| {
            let mut scene = confirmed(t)?;
            t.needs_time(&scene.server)?;
            let (far, step) = (200 * 36, u64::from(scene.now) / 36);
            let used_up = scene.respond(t, otp::TIME, &NONE, far)?;
            let values = Values { flags: USED, shift: 200, last_step: 9, ..Values::default() };
            let blob = ahead(t, &scene, otp::TIME, 5, &values)?;
            t.agrees("BLB-14", &bring_application(&scene, otp::TIME, &blob))?;
            let moved = Values { last_step: step + 201, ..values };
            holds(t, "BLB-14", &scene, otp::TIME, 7, &moved)?;
            t.refuses(VER_12, &verify(&scene, otp::TIME, &NONE, &used_up))?;
            let next = scene.respond(t, otp::TIME, &NONE, far + 36)?;
            t.agrees("BLB-14", &verify(&scene, otp::TIME, &NONE, &next))
        },
    );
    blob.follows(
        &["BLB-14"],
        "newer-hashes",
        "remembered fields belong to the greater last step: the BLOB's where its step is as great, the server's where it is lower",
        |t| {
            // Steps of far ahead, so that OPR-4 moves none.
            let step = u64::from(t.start()) / 36 + 1_000;
            let values = |last_step, field: &str| Values {
                flags: USED,
                last_step,
                hashes: vec![hash_of(&["a", "1", field])],
                ..Values::default()
            };
            let own = values(step, "own");
            for (last_step, kept) in [
                (step - 1, own.clone()),
                (step, values(step, "brought")),
                (step + 1, values(step + 1, "brought")),
            ] {
                let scene = confirmed(t)?;
                t.needs_time(&scene.server)?;
                let blob = ahead(t, &scene, otp::FIELDS, 5, &own)?;
                t.agrees("BLB-14", &bring_application(&scene, otp::FIELDS, &blob))?;
                let blob = ahead(t, &scene, otp::FIELDS, 5, &values(last_step, "brought"))?;
                t.agrees("BLB-14", &bring_application(&scene, otp::FIELDS, &blob))?;
                let generation = generation_of(&now(t, &scene, otp::FIELDS)?);
                holds(t, "BLB-14", &scene, otp::FIELDS, generation, &kept)?;
            }
            Ok(())
        },
    );
    blob.follows(
        &["BLB-14"],
        "newer-event",
        "a newer BLOB of an application with events brings its counter, and two responses must confirm it",
        |t| {
            let mut scene = confirmed(t)?;
            let used_up = accepted(t, &mut scene, otp::EVENT, &NONE, 0)?;
            let values = Values { flags: USED, next_event: 3, ..Values::default() };
            let blob = ahead(t, &scene, otp::EVENT, 1, &values)?;
            t.agrees("BLB-14", &bring_application(&scene, otp::EVENT, &blob))?;
            let moved = Values { flags: USED | OUT_OF_SYNC, ..values };
            holds(t, "BLB-14", &scene, otp::EVENT, 4, &moved)?;
            t.refuses(VER_19, &verify(&scene, otp::EVENT, &NONE, &used_up))?;
            for _ in 0..3 {
                scene.respond(t, otp::EVENT, &NONE, 0)?;
            }
            resynchronises(t, &mut scene, otp::EVENT, "BLB-14")?;
            let next = scene.respond(t, otp::EVENT, &NONE, 0)?;
            t.agrees("BLB-14", &verify(&scene, otp::EVENT, &NONE, &next))
        },
    );
    blob.follows(
        &["BLB-14"],
        "newer-knows-less",
        "events that the row has accepted don't come back with a BLOB of a higher generation that doesn't know them",
        |t| {
            let mut scene = confirmed(t)?;
            let [first, second] =
                [accepted(t, &mut scene, otp::EVENT, &NONE, 0)?, accepted(t, &mut scene, otp::EVENT, &NONE, 0)?];
            let blob = ahead(t, &scene, otp::EVENT, 1, &Values::default())?;
            t.agrees("BLB-14", &bring_application(&scene, otp::EVENT, &blob))?;
            let kept = Values { flags: USED | OUT_OF_SYNC, next_event: 2, ..Values::default() };
            holds(t, "BLB-14", &scene, otp::EVENT, 5, &kept)?;
            // Who has watched them can't make them right again.
            t.refuses(VER_12, &resynchronise(&scene, otp::EVENT, [&first, &second]))?;
            resynchronises(t, &mut scene, otp::EVENT, "BLB-14")
        },
    );
    blob.follows(
        &["BLB-14"],
        "newer-keeps-steps",
        "last step, next one-time password and signatures that the row knows stay, where they are the later ones",
        |t| {
            let mut scene = confirmed(t)?;
            t.needs_time(&scene.server)?;
            let step = u64::from(scene.now) / 36;
            // The client's clock is nine steps ahead, so OPR-4 reaches none of this.
            accepted(t, &mut scene, otp::MULTI, &NONE, 9 * 36)?;
            accepted(t, &mut scene, otp::MULTI, &data_fields(&["a", "b"]), 9 * 36)?;
            let none = Values::default();
            let blob = ahead(t, &scene, otp::MULTI, 1, &none)?;
            t.agrees("BLB-14", &bring_application(&scene, otp::MULTI, &blob))?;
            let hashes = vec![hash_of(&["a", "b"])];
            let (last_step, next_otp_step) = (step + 9, step + 10);
            let kept = Values { flags: USED, last_step, next_otp_step, hashes, ..none };
            holds(t, "BLB-14", &scene, otp::MULTI, 5, &kept)?;
            // Where the BLOB's are the later ones, or as late, its own signatures are known.
            for (last_step, generation) in [(step + 9, 7), (step + 20, 9)] {
                let values =
                    Values { last_step, next_otp_step: 5, hashes: vec![hash_of(&["c"])], ..Values::default() };
                let blob = ahead(t, &scene, otp::MULTI, 1, &values)?;
                t.agrees("BLB-14", &bring_application(&scene, otp::MULTI, &blob))?;
                let joined = Values { flags: USED, next_otp_step, ..values };
                holds(t, "BLB-14", &scene, otp::MULTI, generation, &joined)?;
            }
            // Up to now nothing is known of either, since no step up to now is accepted any more.
            scene.now += 100 * 36;
            let blob = ahead(t, &scene, otp::MULTI, 0, &Values::default())?;
            t.agrees("BLB-14", &bring_application(&scene, otp::MULTI, &blob))?;
            let gone = Values { flags: USED, last_step: step + 101, next_otp_step, ..Values::default() };
            holds(t, "BLB-14", &scene, otp::MULTI, 10, &gone)
        },
    );
    blob.follows(
        &["BLB-14"],
        "newer-time-and-event",
        "of an application with time and events both hold: no step up to now, and out of sync",
        |t| {
            let mut scene = confirmed(t)?;
            t.needs_time(&scene.server)?;
            let step = u64::from(scene.now) / 60;
            let values = Values { flags: USED, shift: 1, next_event: 1, ..Values::default() };
            let blob = ahead(t, &scene, otp::BOTH, 1, &values)?;
            t.agrees("BLB-14", &bring_application(&scene, otp::BOTH, &blob))?;
            let moved = Values { flags: USED | OUT_OF_SYNC, last_step: step + 2, ..values };
            holds(t, "BLB-14", &scene, otp::BOTH, 3, &moved)?;
            scene.now += 120;
            scene.respond(t, otp::BOTH, &NONE, 0)?;
            resynchronises(t, &mut scene, otp::BOTH, "BLB-14")
        },
    );
    blob.follows(
        &["BLB-14", "BLB-12"],
        "newer-once",
        "a newer BLOB is stale as soon as it is taken, and so is one of the server's generation with another content",
        |t| {
            let scene = confirmed(t)?;
            let values = Values { flags: USED, next_event: 3, ..Values::default() };
            for by in [1, 0, 70_000] {
                let blob = ahead(t, &scene, otp::EVENT, by, &values)?;
                t.agrees("BLB-14", &bring_application(&scene, otp::EVENT, &blob))?;
                t.refuses(BLB_12, &bring_application(&scene, otp::EVENT, &blob))?;
                holds_generation(t, "BLB-14", &scene, (1, otp::EVENT), generation_of(&blob) + 1)?;
            }
            Ok(())
        },
    );
    blob.follows(
        &["BLB-14", "BLB-9"],
        "newer-keys",
        "newer keys are taken as they are; under another license key each application's BLOB has changed",
        |t| {
            let mut scene = confirmed(t)?;
            let before = now(t, &scene, otp::EVENT)?;
            let payload: [u8; 16] = t.random();
            let blob = forged(t, &scene, STORAGE, (0, 1), 4, &payload)?;
            t.agrees("BLB-14", &bring(&scene, (0, 1), &blob))?;
            holds_generation(t, "BLB-14", &scene, (0, 1), 5)?;
            scene.payload_key = payload;
            let blob = forged(t, &scene, STORAGE, (0, 0), 1, &scene.license_key)?;
            t.agrees("BLB-13", &bring(&scene, (0, 0), &blob))?;
            holds_generation(t, "BLB-9", &scene, (1, otp::EVENT), generation_of(&before))?;
            let key: [u8; 16] = t.random();
            let blob = forged(t, &scene, STORAGE, (0, 0), 3, &key)?;
            t.agrees("BLB-14", &bring(&scene, (0, 0), &blob))?;
            holds_generation(t, "BLB-14", &scene, (0, 0), 4)?;
            holds_generation(t, "BLB-9", &scene, (1, otp::EVENT), generation_of(&before) + 1)?;
            t.refuses(BLB_12, &bring_application(&scene, otp::EVENT, &before))?;
            let after = now(t, &scene, otp::EVENT)?;
            t.agrees("BLB-9", &bring_application(&scene, otp::EVENT, &after))
        },
    );
}
