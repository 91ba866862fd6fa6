//! Whole flows of single-device licensing, in `flows.json`.

use serde_json::Value;

use super::kit::of_5;
use crate::flow;
use channel::check_digit::{Radix, check_digit};
use channel::rule::{BND_11, PWD_6, SDL_13, SDL_27, SDL_38, VER_12};
use channel::serial::SerialPrefix;
use harness::scene::Under;
use harness::setup::{PIN_TRIES, otp};
use harness::single_scene::{OTHER_PASSWORD, Single, SingleSetup, WRONG_PASSWORD};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data};

const NONE: Data = Data::ResponseOnly {};

/// The vectors of this file.
pub(in super::super) fn flows() -> Vec<Value> {
    of_5(vec![
        flow("flow-single", "activated by a code, responses of each factor", &["SDL-26", "SDL-28"], |t| {
            let scene = Single::new(t, Under::Both, SingleSetup::default())?;
            for application in [otp::TIME, otp::EVENT, otp::BOTH] {
                scene.accepted(t, application, &NONE)?;
            }
            scene.report(t, true)?;
            scene.status(t, "SDL-15").map(|_| ())
        }),
        flow(
            "flow-single-prefix-trap",
            "a suffix, and a vector of another prefix",
            &["SDL-11", "SDL-13"],
            |t| {
                let scene = Single::created(t, Under::Both, SingleSetup::default())?;
                let app = SingleSetup::with(|vector| vector.prefix = SerialPrefix::default());
                let scene = Single { client: t.peer_client(), ..scene };
                t.agrees("PPR-5", &scene.client, &app.client(scene.platform_key))?;
                let question =
                    ClientSingleActivate { serial: None, suffix: Some("1000120".into()), ..scene.right(t) };
                let serial = t.agrees("SDL-11", &scene.client, &question)?.serial;
                let response = scene.respond(t, otp::TIME, &NONE)?;
                let question =
                    ServerSingleVerifyResponse { serial, ..scene.verify(otp::TIME, &NONE, &response) };
                t.refuses_only(SDL_13, &scene.server, &question)
            },
        ),
        flow("flow-single-wrong-code", "state 3 after the report, and back", &["SDL-15"], |t| {
            let scene = Single::created(t, Under::Both, SingleSetup::default())?;
            let digits = "012345678901234567890123456789012345678";
            let wrong = format!("{digits}{}", check_digit(digits, Radix::Decimal));
            let question = scene.activation(t, &wrong);
            t.agrees("SDL-15", &scene.client, &question)?;
            let response = scene.respond(t, otp::TIME, &NONE)?;
            t.refuses_only(VER_12, &scene.server, &scene.verify(otp::TIME, &NONE, &response))?;
            scene.report(t, false)?;
            scene.status(t, "SDL-15")?;
            scene.activate(t)?;
            scene.accepted(t, otp::TIME, &NONE)?;
            scene.report(t, true)?;
            scene.status(t, "SDL-15").map(|_| ())
        }),
        flow(
            "flow-single-kept",
            "a wrong code over an account that was proven, and back; event counters stay with their key",
            &["SDL-35", "SDL-36", "SDL-39", "SDL-40"],
            |t| {
                let scene = Single::new(t, Under::Both, SingleSetup::default())?;
                scene.accepted(t, otp::EVENT, &NONE)?;
                scene.report(t, true)?;
                let code = scene.wrong_code(t)?;
                let question = scene.activation(t, &code);
                t.agrees("SDL-35", &scene.client, &question)?;
                scene.status(t, "SDL-35")?;
                let response = scene.respond(t, otp::EVENT, &NONE)?;
                t.refuses_only(VER_12, &scene.server, &scene.verify(otp::EVENT, &NONE, &response))?;
                scene.report(t, false)?;
                scene.revert(t)?;
                scene.status(t, "SDL-39")?;
                scene.accepted(t, otp::EVENT, &NONE).map(|_| ())
            },
        ),
        flow(
            "flow-single-kept-and-dropped",
            "the right code once more with another password: the old account goes with the first accepted response",
            &["SDL-37", "SDL-38", "SDL-40"],
            |t| {
                let scene = Single::new(t, Under::Both, SingleSetup::default())?;
                scene.accepted(t, otp::EVENT, &NONE)?;
                let setup = SingleSetup { password: Some(OTHER_PASSWORD), ..scene.setup.clone() };
                let scene = Single { setup, ..scene };
                scene.activate(t)?;
                scene.accepted(t, otp::EVENT, &NONE)?;
                scene.report(t, true)?;
                scene.status(t, "SDL-37")?;
                t.refuses_only(SDL_38, &scene.client, &ClientSingleRevert {})
            },
        ),
        flow(
            "flow-single-kept-wiped",
            "with reset policy reset the new account is wiped, and the kept one answers",
            &["SDL-41", "PWD-8"],
            |t| {
                let setup = SingleSetup { reset_policy: ResetPolicy::Reset, ..SingleSetup::default() };
                let scene = Single::new(t, Under::Client, setup)?;
                let code = scene.wrong_code(t)?;
                let question = scene.activation(t, &code);
                t.agrees("SDL-35", &scene.client, &question)?;
                let wrong = ClientSingleGenerateResponse {
                    password: Some(WRONG_PASSWORD.into()),
                    ..scene.response_question(otp::TIME, &NONE)
                };
                for _ in 0..PIN_TRIES {
                    t.refuses_stateless(PWD_6, &scene.client, &wrong)?;
                }
                scene.status(t, "SDL-41")?;
                scene.respond(t, otp::TIME, &NONE).map(|_| ())
            },
        ),
        flow("flow-single-new-platform", "an event reactivation counter", &["ERC-8", "SDL-40"], |t| {
            let scene = Single::new(t, Under::Both, SingleSetup::default())?;
            for _ in 0..3 {
                scene.accepted(t, otp::EVENT, &NONE)?;
            }
            let new = scene.elsewhere(t, Under::Client, b"new")?;
            let counter = scene.counter(t)?;
            let question = new.with_counter(t, &counter);
            t.agrees("ERC-8", &new.client, &question)?;
            new.accepted(t, otp::EVENT, &NONE).map(|_| ())
        }),
        flow(
            "flow-single-bound",
            "bound, and bound again elsewhere with the operator's replace alone",
            &["BND-7", "BND-10", "BND-11", "BND-12", "VER-12"],
            |t| {
                let mut scene = Single::new(t, Under::Both, SingleSetup::default())?;
                scene.bind(t)?;
                scene.now += 36;
                scene.accepted(t, otp::TIME, &NONE)?;
                let mut new = scene.elsewhere(t, Under::Client, b"new")?;
                new.activate(t)?;
                new.now += 36;
                let code = new.derive(t, None)?;
                t.refuses_only(BND_11, &new.server, &new.verify_derivation(None, &code))?;
                t.agrees("BND-12", &new.server, &new.verify_derivation_replacing(None, &code))?;
                t.agrees("BND-7", &new.client, &ClientSingleMarkBound {})?;
                new.now += 36;
                new.accepted(t, otp::TIME, &NONE)?;
                let scene = Single { now: new.now + 36, ..scene };
                let response = scene.respond(t, otp::TIME, &NONE)?;
                t.refuses_only(VER_12, &scene.server, &scene.verify(otp::TIME, &NONE, &response))
            },
        ),
        flow("flow-single-reimport", "importing again clears the binding", &["SDL-29", "BND-12"], |t| {
            let mut scene = Single::new(t, Under::Both, SingleSetup::default())?;
            scene.bind(t)?;
            let question = ServerSingleReimport {
                license_key: Array(scene.license_key),
                static_vector: Bytes(channel::bytes::Wire::to_bytes(&scene.setup.vector)),
            };
            t.agrees("SDL-29", &scene.server, &question)?;
            scene.now += 36;
            let response = scene.respond(t, otp::TIME, &NONE)?;
            t.refuses_only(VER_12, &scene.server, &scene.verify(otp::TIME, &NONE, &response))?;
            let new = scene.elsewhere(t, Under::Client, b"platform")?;
            new.activate(t)?;
            new.accepted(t, otp::TIME, &NONE).map(|_| ())
        }),
        flow(
            "flow-single-reset",
            "the wrong password that reaches the tries wipes",
            &["PWD-8", "SDL-27"],
            |t| {
                let setup = SingleSetup { reset_policy: ResetPolicy::Reset, ..SingleSetup::default() };
                let scene = Single::new(t, Under::Client, setup)?;
                let wrong = ClientSingleGenerateResponse {
                    password: Some(WRONG_PASSWORD.into()),
                    ..scene.response_question(otp::TIME, &NONE)
                };
                for _ in 0..PIN_TRIES {
                    t.refuses_stateless(PWD_6, &scene.client, &wrong)?;
                }
                scene.status(t, "PWD-8")?;
                t.refuses_only(SDL_27, &scene.client, &wrong)
            },
        ),
        flow("flow-single-change-password", "changed, and the old one is wrong", &["PWD-11", "PWD-6"], |t| {
            let scene = Single::new(t, Under::Client, SingleSetup::default())?;
            let question = scene.change(t, scene.setup.password, Some(OTHER_PASSWORD));
            t.agrees("PWD-11", &scene.client, &question)?;
            t.refuses_only(PWD_6, &scene.client, &scene.response_question(otp::TIME, &NONE))
        }),
        flow("flow-single-online", "full activation data under a secret, with a counter", &["SDL-18"], |t| {
            let scene = Single::created(t, Under::Both, SingleSetup::default())?;
            let data = scene.data(t, Some([0x5E; 16]), true)?;
            let question = scene.online(t, &data, Some([0x5E; 16]));
            t.agrees("SDL-18", &scene.client, &question)?;
            scene.accepted(t, otp::EVENT, &NONE).map(|_| ())
        }),
    ])
}
