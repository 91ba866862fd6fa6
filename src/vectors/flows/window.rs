//! The windows: identification, signature, first use; shift, look-ahead; what is accepted once.

use serde_json::Value;

use super::super::flow;
use super::steps::{NONE, STEP_S, answer, challenge, fails, fields, logged_in, otp_scene, passes};
use channel::rule::{VER_12, VER_18, VER_20};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{FIRST_USE_S, IDENTIFICATION_WINDOW, LOOK_AHEAD, Setup, WINDOW, otp};
use harness::trial::{Stop, Trial};
use peer::operations::ClientSign;
use peer::protocol::{Content, Data, Pin};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [edges(), first_use(), drift(), once(), events()].concat()
}

/// Half of the windows, in seconds of the applications with 36-second steps.
const IDENTIFICATION_S: i64 = IDENTIFICATION_WINDOW as i64 / 2 * STEP_S;
const SIGNATURE_S: i64 = WINDOW as i64 / 2 * STEP_S;

/// An application that was used before, so that no step is its first use.
fn used(t: &mut Trial<'_>, application: u8, data: &Data) -> Result<Scene, Stop> {
    let mut scene = otp_scene(t, Under::Server)?;
    logged_in(t, &mut scene, application, data, 0)?;
    scene.now += 100_000;
    Ok(scene)
}

/// A step outside is refused, the edge is accepted.
fn edge(t: &mut Trial<'_>, mut scene: Scene, application: u8, data: &Data, seconds: i64) -> Result<(), Stop> {
    let outside = answer(t, &mut scene, application, data, seconds + seconds.signum() * STEP_S)?;
    fails(t, &scene, &outside)?;
    logged_in(t, &mut scene, application, data, seconds).map(|_| ())
}

fn edges() -> Vec<Value> {
    let of = |id, note, application, data: Data, seconds| {
        flow(id, note, &["VER-13", "VER-15"], move |t| {
            let scene = used(t, application, &data)?;
            edge(t, scene, application, &data, seconds)
        })
    };
    let texts = || fields(&["DE02", "1250", ""]);
    vec![
        of("flow-identification-ahead", "50 steps ahead, not 51", otp::TIME, NONE, IDENTIFICATION_S),
        of("flow-identification-behind", "50 steps behind, not 51", otp::TIME, NONE, -IDENTIFICATION_S),
        of(
            "flow-identification-challenge",
            "so for a challenge",
            otp::CHALLENGE,
            challenge("7"),
            IDENTIFICATION_S,
        ),
        of(
            "flow-signature-window-ahead",
            "fields: 12 steps ahead, not 13",
            otp::FIELDS,
            texts(),
            SIGNATURE_S,
        ),
        of("flow-signature-window-behind", "12 steps behind, not 13", otp::FIELDS, texts(), -SIGNATURE_S),
        flow("flow-window-multi-mode", "one application, two windows: the kind decides", &["VER-15"], |t| {
            let data = fields(&["a", "b"]);
            let mut scene = used(t, otp::MULTI, &data)?;
            let far = answer(t, &mut scene, otp::MULTI, &data, IDENTIFICATION_S)?;
            fails(t, &scene, &far)?;
            logged_in(t, &mut scene, otp::MULTI, &NONE, IDENTIFICATION_S).map(|_| ())
        }),
        flow(
            "flow-window-challenge-request",
            "a message, that of a challenge too, has the window for signatures",
            &["VER-15", "VER-12"],
            |t| {
                let mut scene = used(t, otp::CHALLENGE, &challenge("7"))?;
                let content = Content::Challenge { title: String::new(), challenge: "7".into() };
                let show = Show { application: otp::CHALLENGE, content, ..Show::default() };
                let message = scene.request(t, &show)?;
                scene.open(t, &message)?;
                let late = u32::try_from(SIGNATURE_S + STEP_S).unwrap_or_default();
                let late = ClientSign { now: scene.now + late, ..scene.approve(t, Pin::Right) };
                let signature = t.agrees("SIG-4", &scene.client, &late)?.signature.unwrap_or_default();
                t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &signature))
            },
        ),
    ]
}

fn first_use() -> Vec<Value> {
    let reach = i64::from(FIRST_USE_S);
    let of = |id, note, seconds| {
        flow(id, note, &["VER-16"], move |t| {
            let scene = otp_scene(t, Under::Server)?;
            edge(t, scene, otp::TIME, &NONE, seconds)
        })
    };
    vec![
        of("flow-first-use-ahead", "300 steps ahead, not 301", reach),
        of("flow-first-use-behind", "300 steps behind, not 301", -reach),
        flow("flow-first-use-confirmation", "the confirmation is a first use", &["VER-16"], |t| {
            let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Am2)?;
            scene.now += FIRST_USE_S;
            scene.activate_instance(t)?;
            scene.now -= FIRST_USE_S;
            scene.confirm(t)
        }),
        flow("flow-first-use-once", "after it the reach is that of the kind", &["VER-16"], |t| {
            let scene = used(t, otp::TIME, &NONE)?;
            edge(t, scene, otp::TIME, &NONE, IDENTIFICATION_S)
        }),
        flow(
            "flow-first-use-shorter",
            "49 steps are less than the window has: that stays",
            &["VER-16"],
            |t| {
                let setup = Setup { first_use_s: 49 * 36, ..Setup::otp() };
                let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
                edge(t, scene, otp::TIME, &NONE, IDENTIFICATION_S)
            },
        ),
    ]
}

fn drift() -> Vec<Value> {
    vec![
        flow(
            "flow-shift",
            "a clock that runs away is followed, 50 steps at a time; the right one is then outside",
            &["VER-13", "VER-14", "VER-12"],
            |t| {
                let mut scene = used(t, otp::TIME, &NONE)?;
                for times in 1..=3 {
                    logged_in(t, &mut scene, otp::TIME, &NONE, times * IDENTIFICATION_S)?;
                }
                let right = answer(t, &mut scene, otp::TIME, &NONE, 0)?;
                fails(t, &scene, &right)
            },
        ),
        flow("flow-shift-refused", "a refused response does not move it", &["VER-14"], |t| {
            let mut scene = used(t, otp::TIME, &NONE)?;
            let far = answer(t, &mut scene, otp::TIME, &NONE, IDENTIFICATION_S + STEP_S)?;
            fails(t, &scene, &far)?;
            logged_in(t, &mut scene, otp::TIME, &NONE, -IDENTIFICATION_S).map(|_| ())
        }),
        flow("flow-shift-of-each-application", "each application has its own", &["VER-13"], |t| {
            let mut scene = used(t, otp::TIME, &NONE)?;
            logged_in(t, &mut scene, otp::TIME, &NONE, IDENTIFICATION_S)?;
            let data = challenge("1");
            logged_in(t, &mut scene, otp::CHALLENGE, &data, 0)?;
            scene.now += 100_000;
            logged_in(t, &mut scene, otp::CHALLENGE, &data, -IDENTIFICATION_S)?;
            logged_in(t, &mut scene, otp::TIME, &NONE, 2 * IDENTIFICATION_S).map(|_| ())
        }),
    ]
}

fn once() -> Vec<Value> {
    vec![
        flow(
            "flow-otp-again",
            "a one-time password is one: its step is used up",
            &["VER-17", "VER-12"],
            |t| {
                let mut scene = used(t, otp::TIME, &NONE)?;
                let first = logged_in(t, &mut scene, otp::TIME, &NONE, 0)?;
                fails(t, &scene, &first)
            },
        ),
        flow("flow-otp-earlier", "so is each step before", &["VER-17"], |t| {
            let mut scene = used(t, otp::CHALLENGE, &challenge("7"))?;
            let earlier = answer(t, &mut scene, otp::CHALLENGE, &challenge("8"), -STEP_S)?;
            logged_in(t, &mut scene, otp::CHALLENGE, &challenge("9"), 0)?;
            fails(t, &scene, &earlier)?;
            logged_in(t, &mut scene, otp::CHALLENGE, &challenge("9"), STEP_S).map(|_| ())
        }),
        flow(
            "flow-otp-and-challenge-of-a-step",
            "response-only and challenge share the step that was accepted last",
            &["VER-17", "VER-12"],
            |t| {
                let mut scene = used(t, otp::MULTI, &NONE)?;
                logged_in(t, &mut scene, otp::MULTI, &NONE, 0)?;
                let same_step = answer(t, &mut scene, otp::MULTI, &challenge("1"), 0)?;
                fails(t, &scene, &same_step)
            },
        ),
        flow(
            "flow-otp-after-a-signature",
            "a signature excludes only what is below its step",
            &["VER-17", "VER-13"],
            |t| {
                let mut scene = used(t, otp::MULTI, &NONE)?;
                let below = answer(t, &mut scene, otp::MULTI, &NONE, -STEP_S)?;
                logged_in(t, &mut scene, otp::MULTI, &fields(&["a", "b"]), 0)?;
                fails(t, &scene, &below)?;
                logged_in(t, &mut scene, otp::MULTI, &NONE, 0)?;
                logged_in(t, &mut scene, otp::MULTI, &fields(&["a", "c"]), 0).map(|_| ())
            },
        ),
        flow("flow-fields-again", "the same fields in the same step", &["VER-18"], |t| {
            let mut scene = used(t, otp::FIELDS, &fields(&["a", "1", "b"]))?;
            let first = logged_in(t, &mut scene, otp::FIELDS, &fields(&["a", "1", "b"]), 0)?;
            logged_in(t, &mut scene, otp::FIELDS, &fields(&["a", "2", "b"]), 0)?;
            t.refuses_only(VER_18, &scene.server, &first)
        }),
        flow(
            "flow-fields-others",
            "others in that step, the same in the next; with events, the same again",
            &["VER-18"],
            |t| {
                let mut scene = used(t, otp::FIELDS, &fields(&["a", "1", "b"]))?;
                for texts in [["a", "1", "b"], ["", "1", "ab"], ["ab", "1", ""]] {
                    logged_in(t, &mut scene, otp::FIELDS, &fields(&texts), 0)?;
                }
                logged_in(t, &mut scene, otp::FIELDS, &fields(&["a", "1", "b"]), STEP_S)?;
                for _ in 0..2 {
                    logged_in(t, &mut scene, otp::FIELD_EVENT, &fields(&["a"]), 0)?;
                }
                Ok(())
            },
        ),
    ]
}

/// A time step at which no thirteenth signature over fields is accepted (VER-20).
pub(super) fn flows_of_edition_3() -> Vec<Value> {
    let nth = |n: u8| fields(&["DE02", &n.to_string(), ""]);
    vec![
        flow(
            "flow-fields-12-of-a-step",
            "twelve signatures over fields at one step, not thirteen; at the next step again",
            &["VER-20"],
            move |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                for n in 0..12 {
                    logged_in(t, &mut scene, otp::FIELDS, &nth(n), 0)?;
                }
                let other = answer(t, &mut scene, otp::FIELDS, &nth(12), 0)?;
                t.refuses_only(VER_20, &scene.server, &other)?;
                logged_in(t, &mut scene, otp::FIELDS, &nth(12), STEP_S)?;
                logged_in(t, &mut scene, otp::FIELDS, &nth(0), STEP_S).map(|_| ())
            },
        ),
        flow(
            "flow-fields-12-and-one-again",
            "one of the twelve is refused as such, also when there is no room",
            &["VER-18"],
            move |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                let first = logged_in(t, &mut scene, otp::FIELDS, &nth(0), 0)?;
                for n in 1..12 {
                    logged_in(t, &mut scene, otp::FIELDS, &nth(n), 0)?;
                }
                t.refuses_only(VER_18, &scene.server, &first)
            },
        ),
        flow("flow-fields-13th", "the thirteenth of a step", &["VER-20"], move |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            for n in 0..12 {
                logged_in(t, &mut scene, otp::FIELDS, &nth(n), 0)?;
            }
            let other = answer(t, &mut scene, otp::FIELDS, &nth(12), 0)?;
            t.refuses_only(VER_20, &scene.server, &other)
        }),
        flow("flow-fields-13-with-events", "with events there is no such limit", &["VER-20"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            for _ in 0..13 {
                logged_in(t, &mut scene, otp::FIELD_EVENT, &fields(&["a"]), 0)?;
            }
            Ok(())
        }),
    ]
}

fn events() -> Vec<Value> {
    vec![
        flow("flow-look-ahead-edge", "ten events lost, not eleven", &["VER-13"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            for _ in 0..LOOK_AHEAD {
                scene.respond(t, otp::EVENT, &NONE, 0)?;
            }
            let edge = answer(t, &mut scene, otp::EVENT, &NONE, 0)?;
            let beyond = answer(t, &mut scene, otp::EVENT, &NONE, 0)?;
            fails(t, &scene, &beyond)?;
            passes(t, &scene, &edge)
        }),
        flow(
            "flow-event-again",
            "an event is accepted once, those before it are lost",
            &["VER-14", "VER-12"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                let earlier = answer(t, &mut scene, otp::EVENT, &NONE, 0)?;
                let first = logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
                fails(t, &scene, &earlier)?;
                fails(t, &scene, &first)
            },
        ),
        flow(
            "flow-time-and-event",
            "both factors: an event ahead at the edge of the window, then the event before it",
            &["VER-13", "VER-14", "VER-12"],
            |t| {
                let mut scene = used(t, otp::BOTH, &NONE)?;
                let lost = answer(t, &mut scene, otp::BOTH, &NONE, 0)?;
                logged_in(t, &mut scene, otp::BOTH, &NONE, i64::from(IDENTIFICATION_WINDOW / 2) * 60)?;
                fails(t, &scene, &lost)
            },
        ),
    ]
}
