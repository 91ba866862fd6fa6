//! The operator's actions: unlocking an instance, what follows a restored backup, resynchronising.

use serde_json::Value;

use super::super::flow;
use super::steps;
use super::steps::{
    NONE, STEP_S, accepted, answer, by, fails, fields, logged_in, otp_scene, passes, restored, resynchronise,
    signed,
};
use channel::rule::{AM2_2, DVC_8, NON_3, OPR_7, OTP_2, OTP_4, VER_3, VER_5, VER_7, VER_11, VER_12, VER_19};
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::{ServerUnlockInstance, ServerVerifyResponse};
use peer::protocol::{Data, Number};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [unlocks(), counters(), forgotten(), steps(), out_of_sync(), resynchronised(), refused()].concat()
}

/// The backup is restored at the scene's clock.
fn restore(t: &mut Trial<'_>, scene: &Scene, highest_sequence: u32) -> Result<(), Stop> {
    t.agrees("OPR-2", &scene.server, &restored(scene, highest_sequence)).map(|_| ())
}

/// The next so many responses of the client.
fn responses(
    t: &mut Trial<'_>,
    scene: &mut Scene,
    application: u8,
    data: &Data,
    n: usize,
) -> Result<Vec<String>, Stop> {
    (0..n).map(|_| scene.respond(t, application, data, 0)).collect()
}

fn unlocks() -> Vec<Value> {
    let unlock = |sequence: u32| ServerUnlockInstance { sequence: Number::from(sequence) };
    vec![
        flow(
            "flow-unlock-instance",
            "too many wrong responses; the operator sets them to 0",
            &["OPR-1", "VER-5"],
            move |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                let good = answer(t, &mut scene, otp::TIME, &NONE, 0)?;
                let bad =
                    ServerVerifyResponse { response: with_another_last(&good.response), ..good.clone() };
                for _ in 0..SIGNATURE_TRIES {
                    t.refuses_only(VER_12, &scene.server, &bad)?;
                }
                t.refuses_only(VER_5, &scene.server, &good)?;
                t.agrees("OPR-1", &scene.server, &unlock(scene.sequence))?;
                t.state("OPR-1", &scene.server)?;
                passes(t, &scene, &good)
            },
        ),
        flow(
            "flow-unlock-instance-unconfirmed",
            "an unconfirmed one, too: it can be confirmed",
            &["OPR-1"],
            move |t| {
                let mut scene = Scene::new(t, Under::Both, Setup::otp(), Stage::Active)?;
                let bad = scene.verify(&scene.am2, &with_another_last(&scene.confirmation));
                for _ in 0..SIGNATURE_TRIES {
                    t.refuses_only(VER_12, &scene.server, &bad)?;
                }
                t.agrees("OPR-1", &scene.server, &unlock(scene.sequence))?;
                scene.confirm(t)
            },
        ),
        flow("flow-unlock-instance-unknown", "a number that no instance has", &["VER-3"], move |t| {
            let scene = otp_scene(t, Under::Server)?;
            t.agrees("OPR-1", &scene.server, &unlock(1))?;
            t.refuses_only(VER_3, &scene.server, &unlock(2))
        }),
    ]
}

fn counters() -> Vec<Value> {
    vec![
        flow(
            "flow-restored",
            "the counter jumps by 2^20, the time is that of the restoring, earlier or later",
            &["OPR-2", "NON-1", "NON-2"],
            |t| {
                let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
                accepted(t, &mut scene, &Show::default())?;
                scene.now += 5 * 86_400;
                accepted(t, &mut scene, &Show::default())?;
                scene.now -= 3 * 86_400;
                restore(t, &scene, 0)?;
                scene.now += 36;
                scene.request(t, &Show::default())?;
                scene.now += 86_400;
                restore(t, &scene, 0)?;
                scene.now -= 60;
                scene.request(t, &Show::default()).map(|_| ())
            },
        ),
        flow("flow-restored-exhausted", "the counter stops at its last value", &["OPR-2", "NON-3"], |t| {
            let setup = Setup { last_counter: u32::MAX - (1 << 20), ..Setup::default() };
            let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
            restore(t, &scene, 0)?;
            t.refuses_only(NON_3, &scene.server, &Show::default().question(scene.now))
        }),
        flow("flow-restored-last-counter", "one below it a message is left", &["OPR-2", "NON-3"], |t| {
            let setup = Setup { last_counter: u32::MAX - (1 << 20) - 2, ..Setup::default() };
            let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
            restore(t, &scene, 0)?;
            scene.request(t, &Show::default())?;
            t.refuses_only(NON_3, &scene.server, &Show::default().question(scene.now))
        }),
        flow(
            "flow-restored-sequence-numbers",
            "they go on above the highest that may have been issued",
            &["OPR-3", "AM2-3", "VER-3"],
            |t| {
                let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
                for (highest, next) in [(0, 2), (1, 3), (7, 8)] {
                    restore(t, &scene, highest)?;
                    let mut another = scene.another_client(t, Under::Server)?;
                    another.play(t, Stage::Confirmed)?;
                    t.same("OPR-3", &another.sequence, Some(&next))?;
                }
                let between = ServerUnlockInstance { sequence: Number::from(5) };
                t.refuses_only(VER_3, &scene.server, &between)
            },
        ),
    ]
}

fn forgotten() -> Vec<Value> {
    vec![
        flow("flow-restored-am1", "the AM1 that was out is forgotten", &["OPR-3", "DVC-8"], |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
            restore(t, &scene, 0)?;
            t.refuses_only(DVC_8, &scene.server, &scene.code_question(&scene.device_code, false))
        }),
        flow(
            "flow-restored-device",
            "so is the verified device, with its AM2 or without",
            &["OPR-3", "AM2-2"],
            |t| {
                let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Am2)?;
                restore(t, &scene, 0)?;
                let question = scene.am2_question(t);
                t.refuses_only(AM2_2, &scene.server, &question)
            },
        ),
        flow(
            "flow-restored-requests",
            "so is every request; a new one is signed in the next step",
            &["OPR-3", "VER-7"],
            |t| {
                let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
                let (old, of_old) = signed(t, &mut scene, &Show::default())?;
                restore(t, &scene, 0)?;
                accepted(t, &mut scene, &Show::default())?;
                t.refuses_only(VER_7, &scene.server, &scene.verify(&old, &of_old))
            },
        ),
        flow(
            "flow-restored-am2",
            "an AM2 is not forgotten: its confirmation, of a step after, is accepted",
            &["OPR-3", "OPR-4"],
            |t| {
                let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Am2)?;
                restore(t, &scene, 0)?;
                scene.now += 36;
                scene.activate_instance(t)?;
                scene.confirm(t)
            },
        ),
        flow("flow-restored-failures", "failure counters stay", &["OPR-3"], |t| {
            let scene = otp_scene(t, Under::Server)?;
            let bad = scene.verify_response(otp::TIME, &NONE, "000000");
            t.refuses_as_reference(&scene.server, &bad)?;
            restore(t, &scene, 0)?;
            t.state("OPR-3", &scene.server).map(|_| ())
        }),
    ]
}

fn steps() -> Vec<Value> {
    let of = |id, note, shift: i64| {
        flow(id, note, &["OPR-4"], move |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            logged_in(t, &mut scene, otp::TIME, &NONE, shift)?;
            scene.now += 3600;
            restore(t, &scene, 0)?;
            for seconds in [shift - STEP_S, shift] {
                let up_to_now = answer(t, &mut scene, otp::TIME, &NONE, seconds)?;
                fails(t, &scene, &up_to_now)?;
            }
            logged_in(t, &mut scene, otp::TIME, &NONE, shift + STEP_S).map(|_| ())
        })
    };
    vec![
        of("flow-restored-steps", "nothing of a step up to now is accepted", 0),
        of("flow-restored-steps-ahead", "now is the client's, which runs 10 steps ahead", 10 * STEP_S),
        of("flow-restored-steps-behind", "or behind", -10 * STEP_S),
        flow(
            "flow-restored-unused",
            "an application never used has its steps, too",
            &["OPR-4", "VER-16"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                restore(t, &scene, 0)?;
                let now = answer(t, &mut scene, otp::CHALLENGE, &steps::challenge("1"), 0)?;
                fails(t, &scene, &now)?;
                // And is still to be used for the first time: no acceptance.
                logged_in(t, &mut scene, otp::CHALLENGE, &steps::challenge("1"), 300 * STEP_S).map(|_| ())
            },
        ),
    ]
}

fn out_of_sync() -> Vec<Value> {
    vec![
        flow(
            "flow-restored-events",
            "events are out of sync, whatever the form",
            &["OPR-5", "VER-19"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                restore(t, &scene, 0)?;
                let question = answer(t, &mut scene, otp::EVENT, &NONE, 0)?;
                t.refuses_only(VER_19, &scene.server, &scene.verify_response(otp::EVENT, &NONE, "?"))?;
                t.refuses_only(VER_19, &scene.server, &question)
            },
        ),
        flow("flow-restored-message-by-event", "over a message, too", &["OPR-5", "VER-19"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            restore(t, &scene, 0)?;
            let (message, signature) = signed(t, &mut scene, &by(otp::FIELD_EVENT))?;
            t.refuses_only(VER_19, &scene.server, &scene.verify(&message, &signature))
        }),
        flow("flow-restored-resynchronised", "two responses mend it", &["OPR-5", "OPR-6"], |t| {
            let mut scene = otp_scene(t, Under::Both)?;
            restore(t, &scene, 0)?;
            let all = responses(t, &mut scene, otp::EVENT, &NONE, 2)?;
            let [first, second] = all.as_slice() else { return Ok(()) };
            t.agrees("OPR-6", &scene.server, &resynchronise(&scene, otp::EVENT, &NONE, [first, second]))?;
            logged_in(t, &mut scene, otp::EVENT, &NONE, 0).map(|_| ())
        }),
    ]
}

fn resynchronised() -> Vec<Value> {
    vec![
        flow("flow-resynchronise", "far ahead, in sync or not; each event once", &["OPR-6", "VER-12"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            for ahead in [0, 50] {
                let all = responses(t, &mut scene, otp::EVENT, &NONE, ahead + 2)?;
                let [.., first, second] = all.as_slice() else { return Ok(()) };
                let question = resynchronise(&scene, otp::EVENT, &NONE, [first, second]);
                t.agrees("OPR-6", &scene.server, &question)?;
                t.refuses_only(VER_12, &scene.server, &question)?;
                fails(t, &scene, &scene.verify_response(otp::EVENT, &NONE, second))?;
                logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
            }
            Ok(())
        }),
        flow("flow-resynchronise-edge", "200 events ahead, not 201", &["OPR-6", "VER-12"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let all = responses(t, &mut scene, otp::EVENT, &NONE, 203)?;
            let [.., edge, last, beyond] = all.as_slice() else { return Ok(()) };
            let bad = resynchronise(&scene, otp::EVENT, &NONE, [last, beyond]);
            t.refuses_only(VER_12, &scene.server, &bad)?;
            t.agrees("OPR-6", &scene.server, &resynchronise(&scene, otp::EVENT, &NONE, [edge, last]))
                .map(|_| ())
        }),
        flow(
            "flow-resynchronise-not-consecutive",
            "one after the other, in that order",
            &["OPR-6", "VER-12"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                let all = responses(t, &mut scene, otp::EVENT, &NONE, 3)?;
                let [a, b, c] = all.as_slice() else { return Ok(()) };
                for pair in [[a, c], [b, a], [c, c]] {
                    let bad = resynchronise(&scene, otp::EVENT, &NONE, pair.map(String::as_str));
                    t.refuses_only(VER_12, &scene.server, &bad)?;
                }
                t.agrees("OPR-6", &scene.server, &resynchronise(&scene, otp::EVENT, &NONE, [a, b]))
                    .map(|_| ())
            },
        ),
        flow(
            "flow-resynchronise-time-and-event",
            "each at its own step, the later first; the second one's step and shift are kept",
            &["OPR-6"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                logged_in(t, &mut scene, otp::BOTH, &NONE, 0)?;
                scene.now += 86_400;
                responses(t, &mut scene, otp::BOTH, &NONE, 30)?;
                let first = scene.respond(t, otp::BOTH, &NONE, 3000)?;
                let second = scene.respond(t, otp::BOTH, &NONE, -3000)?;
                t.agrees(
                    "OPR-6",
                    &scene.server,
                    &resynchronise(&scene, otp::BOTH, &NONE, [&first, &second]),
                )?;
                logged_in(t, &mut scene, otp::BOTH, &NONE, -3000).map(|_| ())
            },
        ),
        flow(
            "flow-resynchronise-fields",
            "over data fields, hexadecimal with check digit",
            &["OPR-6"],
            |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                let data = fields(&["x"]);
                let all = responses(t, &mut scene, otp::FIELD_EVENT, &data, 14)?;
                let [.., first, second] = all.as_slice() else { return Ok(()) };
                let question =
                    resynchronise(&scene, otp::FIELD_EVENT, &data, [first, &second.to_ascii_lowercase()]);
                t.agrees("OPR-6", &scene.server, &question)?;
                logged_in(t, &mut scene, otp::FIELD_EVENT, &fields(&[""]), 0).map(|_| ())
            },
        ),
    ]
}

fn refused() -> Vec<Value> {
    vec![
        flow("flow-resynchronise-time", "an application without events", &["OPR-7"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let all = responses(t, &mut scene, otp::TIME, &NONE, 2)?;
            let [first, second] = all.as_slice() else { return Ok(()) };
            t.refuses_only(OPR_7, &scene.server, &resynchronise(&scene, otp::TIME, &NONE, [first, second]))
        }),
        flow(
            "flow-resynchronise-application",
            "one that can't answer so, before all forms",
            &["OTP-2"],
            |t| {
                let scene = otp_scene(t, Under::Server)?;
                let data = steps::challenge("?");
                t.refuses_only(OTP_2, &scene.server, &resynchronise(&scene, otp::EVENT, &data, ["", ""]))
            },
        ),
        flow("flow-resynchronise-data", "not the fields of the application", &["OTP-4"], |t| {
            let scene = otp_scene(t, Under::Server)?;
            let data = fields(&["x", "y"]);
            t.refuses_only(OTP_4, &scene.server, &resynchronise(&scene, otp::FIELD_EVENT, &data, ["", ""]))
        }),
        flow("flow-resynchronise-check-digit", "of the second one, not counted", &["VER-11"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let all = responses(t, &mut scene, otp::EVENT, &NONE, 2)?;
            let [first, second] = all.as_slice() else { return Ok(()) };
            let bad = resynchronise(&scene, otp::EVENT, &NONE, [first, &with_another_last(second)]);
            t.refuses_only(VER_11, &scene.server, &bad)
        }),
        flow(
            "flow-resynchronise-locks",
            "counts once; at the limit, the right pair is refused",
            &["VER-12", "VER-5"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                let all = responses(t, &mut scene, otp::EVENT, &NONE, 2)?;
                let [first, second] = all.as_slice() else { return Ok(()) };
                for _ in 0..SIGNATURE_TRIES {
                    let bad = resynchronise(&scene, otp::EVENT, &NONE, [second, first]);
                    t.refuses_only(VER_12, &scene.server, &bad)?;
                }
                t.refuses_only(
                    VER_5,
                    &scene.server,
                    &resynchronise(&scene, otp::EVENT, &NONE, [first, second]),
                )
            },
        ),
    ]
}
