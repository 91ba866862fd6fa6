//! Activation: AM1, device code, AM2, confirmation.

use serde_json::Value;

use super::super::flow;
use super::steps::{accepted, confirmed};
use channel::rule::{AM2_4, AM2_6, DVC_9, DVC_11};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, VALIDITY_DAYS, app};
use peer::operations::{ClientActivateInstance, ServerVerifyDeviceCode};
use peer::protocol::Pin;

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [activations(), devices()].concat()
}

fn activations() -> Vec<Value> {
    let activation = |id, note, setup: Setup| {
        flow(id, note, &["AM1-1", "DVC-3", "AM2-1", "AM2-10"], |t| {
            Scene::new(t, Under::Both, setup, Stage::Confirmed).map(|_| ())
        })
    };
    let plain = Setup::default;
    vec![
        activation("flow-activation", "protection 2, a challenge, the static vector built in", plain()),
        activation(
            "flow-activation-carried-vector",
            "no challenge; AM1 carries the static vector",
            Setup { challenge: false, carried: true, built_in: false, ..plain() },
        ),
        activation(
            "flow-activation-protection-1",
            "AM2 under protection 1",
            Setup { activation_protection: 1, ..plain() },
        ),
        activation(
            "flow-activation-without-channel",
            "no payload key: flag 0 and zeros in AM2",
            Setup { secure_channel: false, ..plain() },
        ),
        activation(
            "flow-activation-hexadecimal",
            "confirmed by an application of mode MM: time and event, hexadecimal, check digit",
            Setup { post_activation: app::BOTH, ..plain() },
        ),
    ]
}

fn devices() -> Vec<Value> {
    let at = |code: &str, now| ServerVerifyDeviceCode { device_code: code.into(), replace: false, now };
    vec![
        flow("flow-device-code-last-second", "the validity ends, the code does", &["DVC-9"], |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
            let last = scene.now + VALIDITY_DAYS * 86_400;
            t.agrees("DVC-9", &scene.server, &at(&scene.device_code, last))?;
            t.refuses_only(DVC_9, &scene.server, &at(&scene.device_code, last + 1))
        }),
        flow(
            "flow-device-code-of-another-am1",
            "a new AM1 cancels the one before: the old code is wrong, the new one right",
            &["AM1-10", "DVC-11"],
            |t| {
                let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::PreActivated)?;
                let old = scene.device_code.clone();
                scene.now += 60;
                scene.issue_am1(t)?;
                t.refuses_only(DVC_11, &scene.server, &at(&old, scene.now))?;
                scene.play_from_code(t)
            },
        ),
        flow("flow-am2-again", "asked again before the confirmation: the same bytes", &["AM2-5"], |t| {
            let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Am2)?;
            scene.now += 60;
            scene.issue_am2(t)?;
            scene.activate_instance(t)?;
            scene.confirm(t)
        }),
        flow("flow-am2-twice", "an activated client refuses its AM2", &["AM2-6"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let again =
                ClientActivateInstance { message: scene.am2.clone(), pin: Pin::Right, now: scene.now };
            t.refuses_only(AM2_6, &scene.client, &again)
        }),
        flow("flow-two-instances", "each with its own number and its own keys", &["AM2-3", "KEY-8"], |t| {
            let mut first = confirmed(t)?;
            let mut second = first.another_client(t, Under::Both)?;
            second.play(t, Stage::Confirmed)?;
            second.now += 40;
            first.now = second.now;
            accepted(t, &mut second, &Show::default())?;
            accepted(t, &mut first, &Show::default()).map(|_| ())
        }),
        flow("flow-threshold", "one instance is allowed, not two", &["AM2-4"], |t| {
            let setup = Setup { threshold: 1, ..Setup::default() };
            let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
            scene = scene.another_client(t, Under::Server)?;
            scene.play(t, Stage::Verified)?;
            let question = scene.am2_question(t);
            t.refuses_only(AM2_4, &scene.server, &question)
        }),
    ]
}
