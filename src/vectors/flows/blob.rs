//! BLOBs in use: handed out, taken back, an old one taken back; what is in none of them.

use serde_json::Value;

use super::super::blobs::{hand_out, load, of_generation};
use super::super::flow;
use super::steps::{NONE, STEP_S, accepted, answer, fails, fields, logged_in, otp_scene, restored};
use channel::rule::{BLB_5, BLB_12, VER_5, VER_8, VER_12, VER_18, VER_19, VER_20};
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, app, otp};
use harness::trial::{Stop, Trial};
use peer::operations::{Attempt, ServerResynchronise, ServerVerifyResponse};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [used(), back(), never_back(), remembered(), elsewhere()].concat()
}

/// The server takes a BLOB back.
fn give_back(t: &mut Trial<'_>, scene: &Scene, place: (u8, u8), blob: &str) -> Result<(), Stop> {
    t.agrees("BLB-9", &scene.server, &load(scene.now, place.0, place.1, blob)).map(|_| ())
}

/// The server refuses a BLOB as older than what it has.
fn is_stale(t: &mut Trial<'_>, scene: &Scene, place: (u8, u8), blob: &str) -> Result<(), Stop> {
    t.refuses_only(BLB_12, &scene.server, &load(scene.now, place.0, place.1, blob))
}

/// What a caller has after the row was put back from a copy of some operations ago: a BLOB of ten generations more.
fn newer(
    t: &mut Trial<'_>,
    scene: &Scene,
    application: u8,
    bend: impl FnOnce(&mut Vec<u8>),
) -> Result<String, Stop> {
    let blob = hand_out(t, scene, 1, application)?;
    of_generation(&blob, scene, (1, application), 10, bend)
        .ok_or_else(|| Stop::Harness("a BLOB that does not open".into()))
}

fn splice(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    content.splice(at..at + bytes.len(), bytes.iter().copied());
}

/// Sealed and at once taken back.
fn through(t: &mut Trial<'_>, scene: &Scene, place: (u8, u8)) -> Result<(), Stop> {
    let blob = hand_out(t, scene, place.0, place.1)?;
    give_back(t, scene, place, &blob)
}

fn used() -> Vec<Value> {
    vec![flow(
        "flow-blobs",
        "every BLOB of a license goes out and comes back, between responses and requests",
        &["BLB-1", "BLB-6", "BLB-9"],
        |t| {
            let mut scene = otp_scene(t, Under::Both)?;
            let text = fields(&["DE02", "1250", ""]);
            for round in 0..2 {
                scene.now += 100;
                logged_in(t, &mut scene, otp::TIME, &NONE, 0)?;
                logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
                logged_in(t, &mut scene, otp::BOTH, &NONE, 0)?;
                logged_in(t, &mut scene, otp::FIELDS, &text, 36 * round)?;
                for place in [(0, 0), (0, 1)].into_iter().chain((1..=8).map(|index| (1, index))) {
                    through(t, &scene, place)?;
                }
            }
            accepted(t, &mut scene, &Show::default()).map(|_| ())
        },
    )]
}

/// What an old BLOB does not bring back, and what a new one brings.
fn back() -> Vec<Value> {
    vec![
        flow(
            "flow-blob-old-otp",
            "an old BLOB is stale, and the step that was used up stays so",
            &["BLB-12", "VER-17", "VER-12"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                let old = hand_out(t, &scene, 1, otp::TIME)?;
                let first = logged_in(t, &mut scene, otp::TIME, &NONE, 0)?;
                is_stale(t, &scene, (1, otp::TIME), &old)?;
                fails(t, &scene, &first)
            },
        ),
        flow(
            "flow-blob-old-event",
            "an event that was accepted before",
            &["BLB-12", "VER-14", "VER-12"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                let old = hand_out(t, &scene, 1, otp::EVENT)?;
                let first = logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
                logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
                is_stale(t, &scene, (1, otp::EVENT), &old)?;
                fails(t, &scene, &first)
            },
        ),
        flow(
            "flow-blob-newer-time",
            "a BLOB that is newer than the row is taken forward only: its shift, and no step up to now",
            &["BLB-14", "OPR-4"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                let far = 200 * STEP_S;
                let used = answer(t, &mut scene, otp::TIME, &NONE, far)?;
                let newer = newer(t, &scene, otp::TIME, |content| {
                    splice(content, 0, &[1]);
                    splice(content, 17, &200i64.to_be_bytes());
                })?;
                give_back(t, &scene, (1, otp::TIME), &newer)?;
                fails(t, &scene, &used)?;
                logged_in(t, &mut scene, otp::TIME, &NONE, far + STEP_S).map(|_| ())
            },
        ),
        flow(
            "flow-blob-newer-event",
            "one of an application with events is out of sync, and goes on after two responses",
            &["BLB-14", "OPR-5", "OPR-6"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
                let newer = newer(t, &scene, otp::EVENT, |content| {
                    splice(content, 41, &2u64.to_be_bytes());
                })?;
                give_back(t, &scene, (1, otp::EVENT), &newer)?;
                let [lost, first, second] = [(); 3].map(|()| answer(t, &mut scene, otp::EVENT, &NONE, 0));
                let lost = lost?;
                t.refuses_only(VER_19, &scene.server, &lost)?;
                let [first, second] = [first?, second?]
                    .map(|question| Attempt { data: question.data, response: question.response });
                let question = ServerResynchronise {
                    sequence: lost.sequence,
                    application: lost.application,
                    first,
                    second,
                    now: scene.now,
                };
                t.agrees("OPR-6", &scene.server, &question)?;
                logged_in(t, &mut scene, otp::EVENT, &NONE, 0).map(|_| ())
            },
        ),
        flow(
            "flow-blob-of-before-a-reimport",
            "a BLOB of another epoch does not open, be it of the same key and content",
            &["BLB-5", "BLB-10"],
            |t| {
                let first = otp_scene(t, Under::Server)?;
                let blob = hand_out(t, &first, 0, 0)?;
                // What a license imported again has in common with the one of before.
                let server = t.peer_server();
                let again = first.setup.server(t, first.license_key);
                t.agrees("PPR-5", &server, &again)?;
                t.refuses_only(BLB_5, &server, &load(first.now, 0, 0, &blob))
            },
        ),
        flow("flow-blob-new-otp", "the new one keeps it used up", &["BLB-9", "VER-17", "VER-12"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let first = logged_in(t, &mut scene, otp::TIME, &NONE, 0)?;
            through(t, &scene, (1, otp::TIME))?;
            fails(t, &scene, &first)
        }),
        flow("flow-blob-shift", "a shift goes with it", &["BLB-9", "VER-13"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            logged_in(t, &mut scene, otp::TIME, &NONE, 50 * STEP_S)?;
            logged_in(t, &mut scene, otp::TIME, &NONE, 100 * STEP_S)?;
            through(t, &scene, (1, otp::TIME))?;
            logged_in(t, &mut scene, otp::TIME, &NONE, 150 * STEP_S).map(|_| ())
        }),
    ]
}

/// A BLOB and its place.
type Kept = ((u8, u8), String);

/// Every BLOB of the scene's instance and license, as it is now.
fn all(t: &mut Trial<'_>, scene: &Scene) -> Result<Vec<Kept>, Stop> {
    let applications = scene.setup.vector.applications.iter().map(|rules| (1, rules.form.index));
    let places = [(0, 0), (0, 1)].into_iter().chain(applications);
    places.map(|place| Ok((place, hand_out(t, scene, place.0, place.1)?))).collect()
}

fn never_back() -> Vec<Value> {
    // Those of applications that have moved on are stale, and the others what the server has.
    let restore = |t: &mut Trial<'_>, scene: &Scene, blobs: &[Kept], moved: &[u8]| {
        blobs.iter().try_for_each(|(place, blob)| match place.0 == 1 && moved.contains(&place.1) {
            true => is_stale(t, scene, *place, blob),
            false => give_back(t, scene, *place, blob),
        })
    };
    vec![
        flow(
            "flow-blob-old-request",
            "old BLOBs: a request that was accepted stays so, and the message counter goes on",
            &["VER-8", "NON-2"],
            move |t| {
                let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
                let old = all(t, &scene)?;
                let (message, signature) = accepted(t, &mut scene, &Show::default())?;
                restore(t, &scene, &old, &[app::TIME])?;
                accepted(t, &mut scene, &Show::default())?;
                t.refuses_only(VER_8, &scene.server, &scene.verify(&message, &signature))
            },
        ),
        flow("flow-blob-old-lock", "a locked instance stays locked", &["VER-5"], move |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let old = all(t, &scene)?;
            let good = answer(t, &mut scene, otp::TIME, &NONE, 0)?;
            let bad = ServerVerifyResponse { response: with_another_last(&good.response), ..good.clone() };
            for _ in 0..SIGNATURE_TRIES {
                t.refuses_only(VER_12, &scene.server, &bad)?;
            }
            restore(t, &scene, &old, &[])?;
            t.refuses_only(VER_5, &scene.server, &good)
        }),
        flow(
            "flow-blob-old-instances",
            "an instance that came later stays, and so does the next number",
            &["AM2-3", "BLB-9"],
            move |t| {
                let mut first = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
                let old = all(t, &first)?;
                let mut second = first.another_client(t, Under::Both)?;
                second.play_from_code(t)?;
                restore(t, &first, &old, &[])?;
                accepted(t, &mut second, &Show::default())?;
                accepted(t, &mut first, &Show::default())?;
                let mut third = second.another_client(t, Under::Both)?;
                third.play_from_code(t)?;
                t.same("AM2-3", &third.sequence, Some(&3))
            },
        ),
    ]
}

fn remembered() -> Vec<Value> {
    let twelve = |t: &mut Trial<'_>, scene: &mut Scene| {
        (0..12).try_for_each(|n: u8| {
            logged_in(t, scene, otp::FIELDS, &fields(&["DE02", &n.to_string(), ""]), 0).map(|_| ())
        })
    };
    vec![
        flow("flow-blob-fields-again", "the same fields in the same step", &["BLB-9", "VER-18"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let data = fields(&["DE02", "1250", ""]);
            let first = logged_in(t, &mut scene, otp::FIELDS, &data, 0)?;
            through(t, &scene, (1, otp::FIELDS))?;
            t.refuses_only(VER_18, &scene.server, &first)
        }),
        flow(
            "flow-blob-12-fields",
            "a BLOB remembers twelve of a step, and that no other is",
            &["BLB-9", "VER-20"],
            move |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                twelve(t, &mut scene)?;
                through(t, &scene, (1, otp::FIELDS))?;
                let other = answer(t, &mut scene, otp::FIELDS, &fields(&["DE02", "12", ""]), 0)?;
                t.refuses_only(VER_20, &scene.server, &other)
            },
        ),
        flow("flow-blob-out-of-sync", "out of sync stays so", &["BLB-9", "VER-19"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
            t.agrees("OPR-5", &scene.server, &restored(&scene, 0))?;
            through(t, &scene, (1, otp::EVENT))?;
            let next = answer(t, &mut scene, otp::EVENT, &NONE, 0)?;
            t.refuses_only(VER_19, &scene.server, &next)
        }),
    ]
}

fn elsewhere() -> Vec<Value> {
    vec![
        flow("flow-blob-of-another-application", "put in another's place", &["BLB-5"], |t| {
            let scene = otp_scene(t, Under::Server)?;
            let blob = hand_out(t, &scene, 1, otp::TIME)?;
            t.refuses_only(BLB_5, &scene.server, &load(scene.now, 1, otp::CHALLENGE, &blob))
        }),
        flow("flow-blob-of-another-instance", "nor in another instance's", &["BLB-5"], |t| {
            let first = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
            let mut second = first.another_client(t, Under::Server)?;
            second.play_from_code(t)?;
            let blob = hand_out(t, &second, 2, 1)?;
            t.refuses_only(BLB_5, &second.server, &load(second.now, 1, 1, &blob))
        }),
        flow("flow-blob-of-another-license", "nor in another license's", &["BLB-5"], |t| {
            let first = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
            let setup = Setup { serial: "VDS0000007", ..Setup::default() };
            let second = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
            let blob = hand_out(t, &first, 0, 1)?;
            t.refuses_only(BLB_5, &second.server, &load(second.now, 0, 1, &blob))
        }),
    ]
}
