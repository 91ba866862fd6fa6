//! Unlocking a client: challenge, response, and what goes wrong.

use serde_json::Value;

use super::super::flow;
use super::steps::{NONE, accounts_are, by, otp_scene};
use channel::check_digit::{Radix, check_digit};
use channel::rule::{CLI_4, CLI_5, CLI_16, UNL_2, UNL_3, UNL_5, UNL_6, UNL_7, VER_4, VER_10, VER_11};
use channel::wire::static_vector::{Factor, Mode};
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{PIN_TRIES, SIGNATURE_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::{
    ClientGenerateUnlockChallenge, ClientUnlock, RandomUnlockChallenge, ServerGenerateUnlockResponse,
    StateNumber,
};
use peer::protocol::{Array, Number, Pin};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [unlocked(), states(), responses(), server()].concat()
}

fn show(scene: &Scene, random: [u8; 8]) -> ClientGenerateUnlockChallenge {
    let random = Some(RandomUnlockChallenge { unlock_challenge: Some(Array(random)) });
    ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random }
}

fn type_in(scene: &Scene, response: &str) -> ClientUnlock {
    ClientUnlock { serial: scene.setup.serial.into(), response: response.into() }
}

fn ask_server(scene: &Scene, challenge: &str) -> ServerGenerateUnlockResponse {
    ServerGenerateUnlockResponse { sequence: Number::from(scene.sequence), challenge: challenge.into() }
}

/// The locked account shows a challenge, the server answers it.
fn challenged(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    let random = t.random();
    let challenge = t.agrees("UNL-1", &scene.client, &show(scene, random))?.challenge;
    Ok(t.agrees("UNL-4", &scene.server, &ask_server(scene, &challenge))?.response)
}

fn unlock(t: &mut Trial<'_>, scene: &Scene, response: &str) -> Result<(), Stop> {
    t.agrees("UNL-8", &scene.client, &type_in(scene, response)).map(|_| ())
}

/// Confirmed, then locked by wrong PINs.
fn locked(t: &mut Trial<'_>, under: Under) -> Result<Scene, Stop> {
    let mut scene = otp_scene(t, under)?;
    scene.lock(t)?;
    Ok(scene)
}

/// Another response of the same form: its check digit is right.
fn another(response: &str) -> String {
    let digits = response.get(1..7).unwrap_or_default();
    let first = if response.starts_with('0') { '1' } else { '0' };
    let digits = format!("{first}{digits}");
    format!("{digits}{}", check_digit(&digits, Radix::Decimal))
}

fn unlocked() -> Vec<Value> {
    vec![
        flow(
            "flow-unlock",
            "locked, unlocked; a message opened before can be signed",
            &["UNL-1", "UNL-4", "UNL-8"],
            |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                let message = scene.request(t, &by(otp::FIELDS))?;
                scene.open(t, &message)?;
                scene.lock(t)?;
                t.refuses_only(CLI_16, &scene.client, &scene.approve(t, Pin::Right))?;
                accounts_are(t, &scene, &[(scene.setup.serial, StateNumber::LOCKED, Some(1), false)])?;
                let response = challenged(t, &scene)?;
                unlock(t, &scene, &response)?;
                accounts_are(t, &scene, &[(scene.setup.serial, StateNumber::ACTIVATED, Some(1), false)])?;
                let signature = scene.sign(t)?;
                scene.accept(t, &message, &signature)
            },
        ),
        flow("flow-unlock-challenges", "the random field modulo 10^8, with leading zeros", &["UNL-1"], |t| {
            let scene = locked(t, Under::Client)?;
            for number in [0, 7, 99_999_999, 100_000_000, 123_456_789_012, u64::MAX] {
                t.agrees("UNL-1", &scene.client, &show(&scene, number.to_be_bytes()))?;
            }
            Ok(())
        }),
        flow("flow-unlock-clears", "both counters are 0 afterwards", &["UNL-7", "UNL-8"], |t| {
            let scene = locked(t, Under::Client)?;
            let response = challenged(t, &scene)?;
            t.refuses_only(UNL_7, &scene.client, &type_in(&scene, &another(&response)))?;
            unlock(t, &scene, &response)?;
            t.state("UNL-8", &scene.client).map(|_| ())
        }),
        flow("flow-unlock-uses-no-event", "whatever the factor of the application", &["UNL-4"], |t| {
            let mut setup = Setup::otp();
            for rules in setup.vector.applications.iter_mut().filter(|rules| rules.mode == Mode::Unlock) {
                rules.factor = Factor::Event;
            }
            let mut scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
            for _ in 0..2 {
                scene.lock(t)?;
                let response = challenged(t, &scene)?;
                unlock(t, &scene, &response)?;
            }
            Ok(())
        }),
    ]
}

fn states() -> Vec<Value> {
    vec![
        flow("flow-unlock-not-locked", "there is nothing to unlock", &["UNL-2"], |t| {
            let scene = otp_scene(t, Under::Client)?;
            t.refuses_only(UNL_2, &scene.client, &show(&scene, [1; 8]))?;
            t.refuses_only(UNL_2, &scene.client, &type_in(&scene, "12345678"))
        }),
        flow("flow-unlock-no-challenge", "locked, but no challenge was shown", &["UNL-2"], |t| {
            let scene = locked(t, Under::Client)?;
            let response = t.agrees("UNL-4", &scene.server, &ask_server(&scene, "12345678"))?.response;
            t.refuses_only(UNL_2, &scene.client, &type_in(&scene, &response))
        }),
        flow(
            "flow-unlock-once",
            "a challenge is used up, also for the next lock",
            &["UNL-2", "UNL-8"],
            |t| {
                let mut scene = locked(t, Under::Client)?;
                let response = challenged(t, &scene)?;
                unlock(t, &scene, &response)?;
                t.refuses_only(UNL_2, &scene.client, &type_in(&scene, &response))?;
                scene.lock(t)?;
                t.refuses_only(UNL_2, &scene.client, &type_in(&scene, &response))
            },
        ),
        flow("flow-unlock-pre-activated", "an account that can't be locked yet", &["CLI-4"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::otp(), Stage::PreActivated)?;
            t.refuses_only(CLI_4, &scene.client, &show(&scene, [1; 8]))?;
            t.refuses_only(CLI_4, &scene.client, &type_in(&scene, "12345678"))
        }),
        flow("flow-unlock-no-application", "none of mode UL that is enabled", &["UNL-3"], |t| {
            let mut setup = Setup::otp();
            for rules in &mut setup.vector.applications {
                rules.enabled = rules.mode != Mode::Unlock;
            }
            let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
            scene.lock(t)?;
            t.refuses_only(UNL_3, &scene.client, &show(&scene, [1; 8]))
        }),
    ]
}

fn responses() -> Vec<Value> {
    vec![
        flow("flow-unlock-wrong", "counted; the challenge stays", &["UNL-7"], |t| {
            let scene = locked(t, Under::Client)?;
            let response = challenged(t, &scene)?;
            t.refuses_only(UNL_7, &scene.client, &type_in(&scene, &another(&response)))
        }),
        flow(
            "flow-unlock-asked-again",
            "asked for another challenge, the account shows the same one",
            &["UNL-1", "UNL-9"],
            |t| {
                let scene = locked(t, Under::Client)?;
                let shown = challenged(t, &scene)?;
                let again = challenged(t, &scene)?;
                t.same("UNL-9", &again, Some(&shown))?;
                unlock(t, &scene, &again)
            },
        ),
        flow("flow-unlock-exhausted", "wrong ones up to the limit, then the right one", &["UNL-6"], |t| {
            let scene = locked(t, Under::Client)?;
            let response = challenged(t, &scene)?;
            for _ in 0..PIN_TRIES {
                t.refuses_only(UNL_7, &scene.client, &type_in(&scene, &another(&response)))?;
            }
            t.refuses_only(UNL_6, &scene.client, &show(&scene, [1; 8]))?;
            t.refuses_only(UNL_6, &scene.client, &type_in(&scene, &response))?;
            t.refuses_only(CLI_5, &scene.client, &scene.response_question(otp::TIME, NONE))?;
            t.refuses_only(UNL_6, &scene.client, &type_in(&scene, "?"))
        }),
        flow(
            "flow-unlock-new-challenge-clears-nothing",
            "the limit counts over challenges",
            &["UNL-6"],
            |t| {
                let scene = locked(t, Under::Client)?;
                for _ in 0..PIN_TRIES {
                    let response = challenged(t, &scene)?;
                    t.refuses_only(UNL_7, &scene.client, &type_in(&scene, &another(&response)))?;
                }
                t.refuses_only(UNL_6, &scene.client, &show(&scene, [1; 8]))
            },
        ),
        flow("flow-unlock-form", "not the form of a response, not counted", &["VER-10"], |t| {
            let scene = locked(t, Under::Client)?;
            challenged(t, &scene)?;
            for bad in ["", "1234567", "123456789", "1234567A"] {
                t.refuses_only(VER_10, &scene.client, &type_in(&scene, bad))?;
            }
            Ok(())
        }),
        flow("flow-unlock-check-digit", "a wrong check digit, not counted", &["VER-11"], |t| {
            let scene = locked(t, Under::Client)?;
            let response = challenged(t, &scene)?;
            t.refuses_only(VER_11, &scene.client, &type_in(&scene, &with_another_last(&response)))
        }),
    ]
}

fn server() -> Vec<Value> {
    vec![
        flow("flow-unlock-server-challenge", "what is no unlock challenge", &["UNL-5"], |t| {
            let scene = otp_scene(t, Under::Server)?;
            for bad in ["", "1234567", "123456789", "1234567A", "１２３４５６７８"] {
                t.refuses_only(UNL_5, &scene.server, &ask_server(&scene, bad))?;
            }
            Ok(())
        }),
        flow(
            "flow-unlock-server-no-application",
            "missing, and asked for with no challenge",
            &["UNL-3"],
            |t| {
                let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
                t.refuses_only(UNL_3, &scene.server, &ask_server(&scene, ""))
            },
        ),
        flow(
            "flow-unlock-server-unconfirmed",
            "before the confirmation nothing is unlocked",
            &["VER-4"],
            |t| {
                let scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Active)?;
                t.refuses_only(VER_4, &scene.server, &ask_server(&scene, "12345678"))
            },
        ),
        flow(
            "flow-unlock-locked-instance",
            "the instance's own lock is another: its client can be unlocked",
            &["UNL-4", "VER-5"],
            |t| {
                let mut scene = locked(t, Under::Server)?;
                let bad = scene.verify_response(otp::TIME, &NONE, "000000");
                for _ in 0..SIGNATURE_TRIES {
                    t.refuses_as_reference(&scene.server, &bad)?;
                }
                let response = challenged(t, &scene)?;
                unlock(t, &scene, &response)?;
                scene.respond(t, otp::TIME, &NONE, 0).map(|_| ())
            },
        ),
    ]
}
