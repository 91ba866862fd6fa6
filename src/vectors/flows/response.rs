//! Responses without a message: response-only, challenge, data fields.

use serde_json::Value;

use super::super::flow;
use super::steps::{NONE, answer, challenge, fields, logged_in, otp_scene, passes};
use channel::rule::{
    CLI_3, CLI_4, CLI_5, CLI_15, OTP_2, OTP_3, OTP_4, VER_3, VER_4, VER_5, VER_10, VER_11, VER_12,
};
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, otp};
use peer::operations::{ClientGenerateResponse, ServerVerifyResponse};
use peer::protocol::{Data, Number, Pin};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [made(), not_made(), not_verified()].concat()
}

/// Every way to respond with the applications of these vectors.
fn every_way() -> Vec<(u8, Data)> {
    vec![
        (otp::TIME, NONE),
        (otp::EVENT, NONE),
        (otp::BOTH, NONE),
        (otp::CHALLENGE, challenge("0")),
        (otp::CHALLENGE, challenge("0123456789012345")),
        (otp::FIELDS, fields(&["DE02", "1250", "Zoe ~"])),
        (otp::FIELDS, fields(&["", "1", ""])),
        (otp::FIELD_EVENT, fields(&["a field of 16 ch"])),
        (otp::MULTI, NONE),
        (otp::MULTI, challenge("12")),
        (otp::MULTI, fields(&["12", ""])),
    ]
}

fn made() -> Vec<Value> {
    vec![
        flow(
            "flow-response-every-way",
            "each kind of response of each application, made and accepted",
            &["OTP-1", "SIG-1", "SIG-2", "SIG-3", "SIG-4", "VER-13"],
            |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                for (application, data) in every_way() {
                    scene.now += 37;
                    logged_in(t, &mut scene, application, &data, 0)?;
                }
                Ok(())
            },
        ),
        flow("flow-response-lower-case", "hexadecimal digits in either case", &["VER-10"], |t| {
            let mut scene = otp_scene(t, Under::Both)?;
            let question = answer(t, &mut scene, otp::BOTH, &NONE, 0)?;
            let response = question.response.to_ascii_lowercase();
            passes(t, &scene, &ServerVerifyResponse { response, ..question })
        }),
        flow(
            "flow-response-beside-a-message",
            "neither needs nor closes the opened message",
            &["CLI-12"],
            |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
                scene.open(t, &message)?;
                logged_in(t, &mut scene, otp::TIME, &NONE, 0)?;
                let signature = scene.sign(t)?;
                scene.accept(t, &message, &signature)
            },
        ),
        flow(
            "flow-response-wrong-pin",
            "counted and answered with nothing, no event used; a cached unlock leaves the counter, the PIN clears",
            &["CLI-15", "SIG-5"],
            |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
                let good = scene.response_question(otp::EVENT, NONE);
                let with = |pin| ClientGenerateResponse { pin, ..good.clone() };
                t.refuses_only(CLI_15, &scene.client, &with(Pin::Wrong))?;
                t.agrees("CLI-15", &scene.client, &with(Pin::Cached))?;
                t.state("CLI-15", &scene.client)?;
                scene.respond(t, otp::EVENT, &NONE, 0)?;
                t.state("CLI-15", &scene.client).map(|_| ())
            },
        ),
    ]
}

fn not_made() -> Vec<Value> {
    vec![
        flow("flow-response-application", "an application that can't answer", &["OTP-2"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
            for (application, data) in [
                (otp::TIME, challenge("1")),
                (otp::CHALLENGE, NONE),
                (otp::FIELDS, NONE),
                (otp::CHALLENGE, fields(&["1"])),
                (otp::UNLOCK, challenge("12345678")),
            ] {
                t.refuses_only(OTP_2, &scene.client, &scene.response_question(application, data))?;
            }
            Ok(())
        }),
        flow("flow-response-challenge", "what is no challenge", &["OTP-3"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
            for text in ["", "01234567890123456", "12A4", "1 2", "-1", "１２", "1\n"] {
                let question = scene.response_question(otp::CHALLENGE, challenge(text));
                t.refuses_only(OTP_3, &scene.client, &question)?;
            }
            Ok(())
        }),
        flow(
            "flow-response-fields",
            "what are not the fields of the application: 0 to 16, 1 to 8, 0 to 64 characters",
            &["OTP-4"],
            |t| {
                let scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
                let bad: [&[&str]; 7] = [
                    &[],
                    &["a", "1"],
                    &["a", "1", "b", "c"],
                    &["a", "", "b"],
                    &["12345678901234567", "1", ""],
                    &["a", "1", "Zoë"],
                    &["a\t", "1", ""],
                ];
                for texts in bad {
                    let question = scene.response_question(otp::FIELDS, fields(texts));
                    t.refuses_only(OTP_4, &scene.client, &question)?;
                }
                Ok(())
            },
        ),
        flow("flow-response-locked", "a locked account makes no response", &["CLI-5"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
            scene.lock(t)?;
            t.refuses_only(CLI_5, &scene.client, &scene.response_question(otp::TIME, NONE))
        }),
        flow("flow-response-pre-activated", "nor does a pre-activated one", &["CLI-4"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::otp(), Stage::PreActivated)?;
            t.refuses_only(CLI_4, &scene.client, &scene.response_question(otp::TIME, NONE))
        }),
        flow("flow-response-other-serial", "nor is there one without an account", &["CLI-3"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Active)?;
            let good = scene.response_question(otp::TIME, NONE);
            let other = ClientGenerateResponse { serial: "VDS1000121".into(), ..good };
            t.refuses_only(CLI_3, &scene.client, &other)
        }),
    ]
}

fn not_verified() -> Vec<Value> {
    vec![
        flow("flow-response-unconfirmed", "an unconfirmed instance can't log in", &["VER-4"], |t| {
            let mut scene = Scene::new(t, Under::Both, Setup::otp(), Stage::Active)?;
            let question = answer(t, &mut scene, otp::TIME, &NONE, 0)?;
            t.refuses_only(VER_4, &scene.server, &question)
        }),
        flow("flow-response-unknown-instance", "nor one that is not there", &["VER-3"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let question = answer(t, &mut scene, otp::TIME, &NONE, 0)?;
            let sequence = Number::from(2);
            t.refuses_only(VER_3, &scene.server, &ServerVerifyResponse { sequence, ..question })
        }),
        flow("flow-response-form", "responses of another form, not counted", &["VER-10"], |t| {
            let scene = otp_scene(t, Under::Server)?;
            for (application, response) in [
                (otp::TIME, ""),
                (otp::TIME, "12345"),
                (otp::TIME, "1234567"),
                (otp::TIME, "12345A"),
                (otp::BOTH, "123456789G"),
            ] {
                let question = scene.verify_response(application, &NONE, response);
                t.refuses_only(VER_10, &scene.server, &question)?;
            }
            Ok(())
        }),
        flow("flow-response-check-digit", "a wrong check digit, not counted", &["VER-11"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let question = answer(t, &mut scene, otp::EVENT, &NONE, 0)?;
            let response = with_another_last(&question.response);
            t.refuses_only(VER_11, &scene.server, &ServerVerifyResponse { response, ..question })
        }),
        flow(
            "flow-response-other-data",
            "another challenge, another kind, another order of the fields",
            &["VER-12", "OTP-1"],
            |t| {
                let mut scene = otp_scene(t, Under::Server)?;
                for (application, over, data) in [
                    (otp::CHALLENGE, challenge("1"), challenge("01")),
                    (otp::MULTI, NONE, fields(&["", ""])),
                    (otp::FIELDS, fields(&["a", "1", "b"]), fields(&["b", "1", "a"])),
                ] {
                    let response = scene.respond(t, application, &over, 0)?;
                    let question = scene.verify_response(application, &data, &response);
                    t.refuses_only(VER_12, &scene.server, &question)?;
                }
                Ok(())
            },
        ),
        flow("flow-response-locks", "wrong ones up to the limit, then the right one", &["VER-5"], |t| {
            let mut scene = otp_scene(t, Under::Server)?;
            let good = answer(t, &mut scene, otp::TIME, &NONE, 0)?;
            let bad = ServerVerifyResponse { response: with_another_last(&good.response), ..good.clone() };
            for _ in 0..SIGNATURE_TRIES {
                t.refuses_only(VER_12, &scene.server, &bad)?;
            }
            t.refuses_only(VER_5, &scene.server, &good)
        }),
    ]
}
