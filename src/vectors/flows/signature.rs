//! Requests: opened, decided, signed, verified.

use serde_json::Value;

use super::super::flow;
use super::steps::{accepted, by, confirmed, signed};
use channel::rule::{CLI_14, CLI_15, CLI_16, PRT_4, VER_4, VER_5, VER_6, VER_8, VER_12};
use harness::forge::Plain;
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under, list, open};
use harness::setup::{AGE_LIMIT_S, LOOK_AHEAD, PIN_TRIES, SIGNATURE_TRIES, Setup, WINDOW, app};
use peer::operations::{ClientSign, ServerVerifyMessageSignature};
use peer::protocol::{Charset, Pin};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [requests(), decisions(), verifications(), windows()].concat()
}

fn requests() -> Vec<Value> {
    let everything = |id, note, message_protection| {
        flow(id, note, &["REQ-1", "CLI-11", "SIG-1", "VER-13"], move |t| {
            let setup = Setup { message_protection, ..Setup::default() };
            let mut scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
            for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
                accepted(t, &mut scene, &by(application))?;
            }
            Ok(())
        })
    };
    vec![
        everything("flow-request-protection-1", "each kind of application signs, protection 1", 1),
        everything("flow-request-protection-2", "each kind of application signs, protection 2", 2),
        flow("flow-request-latin", "ISO-8859-15, the PIN required, template 9", &["REQ-8", "CLI-11"], |t| {
            let mut scene = confirmed(t)?;
            let content = list("Überweisung", &[("Betrag", "12,50 €"), ("für", "Žofie Œuvre")]);
            let (charset, template) = (Charset::Iso8859_15, 9);
            let show = Show { charset, template, content, require_pin: true, ..Show::default() };
            accepted(t, &mut scene, &show).map(|_| ())
        }),
        flow("flow-request-bent", "one bit of the body changed on the way", &["PRT-4"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let sent = Plain::of(&message, None)?;
            let body = sent.body.iter().enumerate().map(|(at, byte)| byte ^ u8::from(at == 0)).collect();
            let tag = message.get(message.len().saturating_sub(16)..).unwrap_or_default();
            let bent = sent.with_body(body).message(None);
            let kept = bent.get(..bent.len().saturating_sub(16)).unwrap_or_default();
            t.refuses_only(PRT_4, &scene.client, &open(&format!("{kept}{tag}")))
        }),
    ]
}

fn decisions() -> Vec<Value> {
    vec![
        flow(
            "flow-rejected",
            "the user rejects: nothing is signed, the message is closed",
            &["CLI-13"],
            |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
                let message = scene.request(t, &Show::default())?;
                scene.open(t, &message)?;
                let reject = scene.reject(t);
                t.agrees("CLI-13", &scene.client, &reject).map(|_| ())
            },
        ),
        flow("flow-pin-required", "a cached unlock is not enough, the PIN is", &["CLI-14"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let message = scene.request(t, &Show { require_pin: true, ..Show::default() })?;
            scene.open(t, &message)?;
            t.refuses_only(CLI_14, &scene.client, &scene.approve(t, Pin::Cached))?;
            scene.sign(t).map(|_| ())
        }),
        flow(
            "flow-pin-locks",
            "wrong PINs up to the limit, then the right one",
            &["CLI-15", "CLI-16"],
            |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
                let message = scene.request(t, &Show::default())?;
                scene.open(t, &message)?;
                for _ in 0..PIN_TRIES {
                    t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong))?;
                }
                t.refuses_only(CLI_16, &scene.client, &scene.approve(t, Pin::Right))
            },
        ),
    ]
}

fn verifications() -> Vec<Value> {
    vec![
        flow("flow-unconfirmed", "before the confirmation no request is accepted", &["VER-4"], |t| {
            let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Active)?;
            let (message, signature) = signed(t, &mut scene, &Show::default())?;
            t.refuses_only(VER_4, &scene.server, &scene.verify(&message, &signature))?;
            scene.confirm(t)?;
            scene.accept(t, &message, &signature)
        }),
        flow("flow-replay", "a request is accepted once", &["VER-8"], |t| {
            let mut scene = confirmed(t)?;
            let (message, signature) = accepted(t, &mut scene, &Show::default())?;
            t.refuses_only(VER_8, &scene.server, &scene.verify(&message, &signature))
        }),
        flow("flow-wrong-signature", "a wrong signature counts, the right one clears", &["VER-12"], |t| {
            let mut scene = confirmed(t)?;
            let (message, signature) = signed(t, &mut scene, &Show::default())?;
            t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &with_another_last(&signature)))?;
            scene.accept(t, &message, &signature)?;
            t.state("VER-25", &scene.server).map(|_| ())
        }),
        flow("flow-signature-locks", "wrong ones up to the limit, then the right one", &["VER-5"], |t| {
            let mut scene = confirmed(t)?;
            let (message, signature) = signed(t, &mut scene, &Show::default())?;
            for _ in 0..SIGNATURE_TRIES {
                t.refuses_only(
                    VER_12,
                    &scene.server,
                    &scene.verify(&message, &with_another_last(&signature)),
                )?;
            }
            t.refuses_only(VER_5, &scene.server, &scene.verify(&message, &signature))
        }),
        flow("flow-expired", "a second past the age limit", &["VER-6"], |t| {
            let mut scene = confirmed(t)?;
            let (message, signature) = signed(t, &mut scene, &Show::default())?;
            let now = scene.now + AGE_LIMIT_S + 1;
            let late = ServerVerifyMessageSignature { now, ..scene.verify(&message, &signature) };
            t.refuses_only(VER_6, &scene.server, &late)
        }),
    ]
}

fn windows() -> Vec<Value> {
    /// Half of the window, in seconds of the application with 36-second steps.
    const HALF_S: u32 = WINDOW / 2 * 36;
    vec![
        flow(
            "flow-window",
            "the client's clock 12 steps ahead is followed, 13 is too far",
            &["VER-12", "VER-13"],
            |t| {
                let mut scene = confirmed(t)?;
                for (ahead, is_inside) in [(HALF_S, true), (HALF_S + HALF_S, true), (3 * HALF_S + 36, false)]
                {
                    let message = scene.request(t, &Show::default())?;
                    scene.open(t, &message)?;
                    let ahead = ClientSign { now: scene.now + ahead, ..scene.approve(t, Pin::Right) };
                    let signature = t.agrees("SIG-4", &scene.client, &ahead)?.signature.unwrap_or_default();
                    match is_inside {
                        true => scene.accept(t, &message, &signature)?,
                        false => {
                            t.refuses_only(VER_12, &scene.server, &scene.verify(&message, &signature))?
                        }
                    }
                }
                Ok(())
            },
        ),
        flow("flow-look-ahead", "signatures that got lost: the event counter catches up", &["VER-13"], |t| {
            let mut scene = confirmed(t)?;
            for _ in 0..LOOK_AHEAD {
                signed(t, &mut scene, &by(app::EVENT))?;
            }
            accepted(t, &mut scene, &by(app::EVENT)).map(|_| ())
        }),
        flow(
            "flow-100-behind",
            "a request is accepted 100 below the highest accepted counter, and just once",
            &["VER-8"],
            |t| {
                let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
                let first = scene.request(t, &Show::default())?;
                for _ in 0..99 {
                    scene.request(t, &Show::default())?;
                }
                let last = scene.request(t, &Show::default())?;
                for message in [&last, &first] {
                    scene.open(t, message)?;
                    let signature = scene.sign(t)?;
                    scene.accept(t, message, &signature)?;
                    t.refuses_only(VER_8, &scene.server, &scene.verify(message, &signature))?;
                }
                Ok(())
            },
        ),
    ]
}
