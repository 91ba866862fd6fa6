//! Applications with HOTP, TOTP and OCRA.

use serde_json::Value;

use super::steps::{NONE, accepted, answer, challenge, fields, logged_in, passes, resynchronise};
use crate::flow;
use channel::rule::{ALG_8, VER_12, VER_18};
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under, default_items};
use harness::setup::{Setup, open};
use harness::trial::{Stop, Trial};
use peer::protocol::{Content, Data};

pub(super) fn flows() -> Vec<Value> {
    vec![
        flow(
            "flow-open-every-way",
            "each response of each application, made and accepted",
            &["ALG-1", "ALG-2", "ALG-3", "ALG-4", "ALG-7", "VER-13"],
            |t| {
                let mut scene = scene(t, Under::Both)?;
                for (application, data) in every_way() {
                    scene.now += 61;
                    logged_in(t, &mut scene, application, &data, 0)?;
                }
                Ok(())
            },
        ),
        flow(
            "flow-open-requests",
            "requests of each format, signed by the hash of the frame",
            &["ALG-7", "CLI-10"],
            |t| {
                let mut scene = scene(t, Under::Both)?;
                for show in requests() {
                    accepted(t, &mut scene, &show)?;
                }
                Ok(())
            },
        ),
        flow("flow-open-wrong", "a wrong response of each algorithm", &["VER-12"], |t| {
            let mut scene = scene(t, Under::Server)?;
            for (application, data) in [
                (open::HOTP, NONE),
                (open::TOTP_256, NONE),
                (open::NUMBER, challenge("12345678")),
                (open::SIGN, fields(&["a", "bc"])),
            ] {
                let good = answer(t, &mut scene, application, &data, 0)?;
                let response = with_another_last(&good.response);
                let bad = peer::operations::ServerVerifyResponse { response, ..good.clone() };
                t.refuses_only(VER_12, &scene.server, &bad)?;
                passes(t, &scene, &good)?;
            }
            Ok(())
        }),
        flow("flow-open-question", "what is no question of the suite", &["ALG-8"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::open(), Stage::Active)?;
            for (application, data) in
                [(open::NUMBER, challenge("123456789")), (open::TEXT, fields(&["DE02 1250"]))]
            {
                t.refuses_only(ALG_8, &scene.client, &scene.response_question(application, data))?;
            }
            Ok(())
        }),
        flow("flow-open-question-server", "nor for the server", &["ALG-8"], |t| {
            let scene = scene(t, Under::Server)?;
            for (application, data) in
                [(open::NUMBER, challenge("123456789")), (open::TEXT, fields(&["DE02 1250"]))]
            {
                let question = scene.verify_response(application, &data, "000000");
                t.refuses_only(ALG_8, &scene.server, &question)?;
            }
            Ok(())
        }),
        flow("flow-open-replayed", "fields signed by OCRA are accepted once per step", &["VER-18"], |t| {
            let mut scene = scene(t, Under::Both)?;
            let question = logged_in(t, &mut scene, open::SIGN, &fields(&["DE02", "1"]), 0)?;
            logged_in(t, &mut scene, open::SIGN, &fields(&["DE02", "2"]), 0)?;
            t.refuses_only(VER_18, &scene.server, &question)
        }),
        flow(
            "flow-open-resynchronise",
            "counters of HOTP and OCRA, 30 ahead, found again",
            &["OPR-6"],
            |t| {
                let mut scene = scene(t, Under::Server)?;
                for (application, data) in [(open::HOTP, NONE), (open::TEXT, fields(&["Az09"]))] {
                    for _ in 0..30 {
                        scene.respond(t, application, &data, 0)?;
                    }
                    let first = scene.respond(t, application, &data, 0)?;
                    let second = scene.respond(t, application, &data, 0)?;
                    let question = resynchronise(&scene, application, &data, [&first, &second]);
                    t.agrees("OPR-6", &scene.server, &question)?;
                    logged_in(t, &mut scene, application, &data, 0)?;
                }
                Ok(())
            },
        ),
    ]
}

fn scene(t: &mut Trial<'_>, under: Under) -> Result<Scene, Stop> {
    Scene::new(t, under, Setup::open(), Stage::Confirmed)
}

fn every_way() -> Vec<(u8, Data)> {
    vec![
        (open::HOTP, NONE),
        (open::HOTP, NONE),
        (open::TOTP, NONE),
        (open::TOTP_256, NONE),
        (open::TOTP_512, NONE),
        (open::NUMBER, challenge("12345678")),
        (open::NUMBER, challenge("00000000")),
        (open::TEXT, fields(&["Az09"])),
        (open::CHALLENGE, challenge("0123456789012345")),
        (open::CHALLENGE, challenge("123")),
        (open::SIGN, fields(&["DE02", "Zoe ~"])),
        (open::SIGN, fields(&["", ""])),
    ]
}

fn requests() -> [Show; 3] {
    let show = |application, content| Show { application, content, ..Show::default() };
    [
        show(open::SIGN, Content::List { title: "Transfer".into(), items: default_items() }),
        show(open::SIGN, Content::FreeText { title: String::new(), text: "Zoë agrees".into() }),
        show(open::CHALLENGE, Content::Challenge { title: "Login".into(), challenge: "20301".into() }),
    ]
}
