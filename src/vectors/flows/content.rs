//! Requests that are no list: a challenge, a free text. From the server to the accepted answer.

use serde_json::Value;

use super::super::flow;
use super::steps;
use super::steps::{accepted, confirmed, otp_scene, signed};
use channel::rule::{CLI_9, CLI_10, FRM_3, REQ_12, VER_8, VER_12};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, app, otp};
use peer::operations::ClientOpen;
use peer::protocol::{Carrier, Charset, Content};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [challenges(), texts(), refusals()].concat()
}

fn challenge(application: u8, title: &str, challenge: &str) -> Show {
    let content = Content::Challenge { title: title.into(), challenge: challenge.into() };
    Show { application, content, ..Show::default() }
}

fn text(title: &str, text: &str) -> Show {
    Show { content: Content::FreeText { title: title.into(), text: text.into() }, ..Show::default() }
}

fn challenges() -> Vec<Value> {
    vec![
        flow(
            "flow-challenge-request-multi-mode",
            "answered by an application of mode MM, over the message: mode 4; the title is not shown",
            &["CLI-10", "CLI-11", "SIG-4"],
            |t| {
                let mut scene = confirmed(t)?;
                accepted(t, &mut scene, &challenge(app::BOTH, "Login", "20301"))?;
                accepted(t, &mut scene, &challenge(app::BOTH, "", "0123456789012345")).map(|_| ())
            },
        ),
        flow(
            "flow-challenge-request-cr",
            "answered by an application of mode CR: mode 2",
            &["CLI-10", "SIG-4"],
            |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                accepted(t, &mut scene, &challenge(otp::CHALLENGE, "Login", "0")).map(|_| ())
            },
        ),
        flow("flow-challenge-request-replay", "accepted once, as every request", &["VER-8"], |t| {
            let mut scene = otp_scene(t, Under::Both)?;
            let show = challenge(otp::CHALLENGE, "Login", "1234");
            let (message, signature) = accepted(t, &mut scene, &show)?;
            t.refuses_only(VER_8, &scene.server, &scene.verify(&message, &signature))
        }),
        flow(
            "flow-challenge-request-is-no-challenge",
            "a response to the digits alone is none to the message that carries them",
            &["OTP-1", "VER-12"],
            |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                let message = scene.request(t, &challenge(otp::CHALLENGE, "Login", "1234"))?;
                let digits = steps::challenge("1234");
                let response = scene.respond(t, otp::CHALLENGE, &digits, 0)?;
                t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &response))
            },
        ),
    ]
}

fn texts() -> Vec<Value> {
    vec![
        flow("flow-free-text", "shown as it was sent, signed, accepted", &["CLI-11", "REQ-1"], |t| {
            let mut scene = confirmed(t)?;
            let words = "Ich bestätige die Überweisung von 12,50 € an Zoë.";
            accepted(t, &mut scene, &text("Überweisung", words))?;
            let latin = Show { charset: Charset::Iso8859_15, require_pin: true, ..text("", words) };
            accepted(t, &mut scene, &latin).map(|_| ())
        }),
        flow(
            "flow-free-text-gateway-string",
            "text that looks like a gateway string is text",
            &["REQ-4", "CLI-11"],
            |t| {
                let mut scene = confirmed(t)?;
                accepted(t, &mut scene, &text("", "01;04;Amount;12.50 EUR;To;Zoë")).map(|_| ())
            },
        ),
        flow(
            "flow-free-text-gateway-carrier",
            "a text too long for the direct carrier",
            &["FRM-3", "FRM-4", "REQ-11"],
            |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
                let carrier = Carrier::Gateway;
                let message = scene.request(t, &Show { carrier, ..text("", &"x".repeat(512)) })?;
                let over_gateway = ClientOpen { message: message.clone(), carrier };
                t.agrees("FRM-4", &scene.client, &over_gateway)?;
                scene.sign(t)?;
                t.refuses_only(FRM_3, &scene.client, &open(&message))
            },
        ),
    ]
}

fn refusals() -> Vec<Value> {
    vec![
        flow(
            "flow-challenge-request-application",
            "no challenge for an application of mode SG",
            &["REQ-12"],
            |t| {
                let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
                t.refuses_only(REQ_12, &scene.server, &challenge(app::TIME, "", "1").question(scene.now))
            },
        ),
        flow("flow-text-application", "no list and no text for one of mode CR", &["REQ-12"], |t| {
            let scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Created)?;
            for show in [Show::default(), text("", "text")] {
                let show = Show { application: otp::CHALLENGE, ..show };
                t.refuses_only(REQ_12, &scene.server, &show.question(scene.now))?;
            }
            Ok(())
        }),
        flow(
            "flow-challenge-request-application-client",
            "nor does a client show one that a sibling forged: it holds the key",
            &["CLI-10"],
            |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
                let channel = scene.payload_channel();
                let message = scene.request(t, &challenge(app::BOTH, "", "1"))?;
                let mut plain = Plain::of(&message, Some(&channel))?;
                // Index - 1 in bits 1 to 3 of the control word.
                let body = plain.body.iter().enumerate();
                plain.body = body.map(|(at, byte)| if at == 1 { byte & 0xF1 } else { *byte }).collect();
                t.refuses_only(CLI_10, &scene.client, &open(&plain.message(Some(&channel))))
            },
        ),
        flow(
            "flow-challenge-request-version",
            "the app's version comes before the application",
            &["CLI-9", "CLI-17"],
            |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
                signed(t, &mut scene, &Show { minimum_version: 2, ..challenge(app::BOTH, "", "1") })?;
                let message =
                    scene.request(t, &Show { minimum_version: 3, ..challenge(app::BOTH, "", "1") })?;
                t.refuses_only(CLI_9, &scene.client, &open(&message))
            },
        ),
    ]
}
