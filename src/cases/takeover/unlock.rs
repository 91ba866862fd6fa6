//! One unlock challenge for each lock.

use channel::check_digit::Radix;
use channel::rule::UNL_7;
use harness::area::Area;
use harness::forge::digits::with_digit;
use harness::play::Play;
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Array, Number};

use super::stage::{ask, trusted};

fn show(scene: &Scene, number: u64) -> ClientGenerateUnlockChallenge {
    let unlock_challenge = Some(Array(number.to_be_bytes()));
    let random = Some(RandomUnlockChallenge { unlock_challenge });
    ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random }
}

fn typed(scene: &Scene, response: &str) -> ClientUnlock {
    ClientUnlock { serial: scene.setup.serial.into(), response: response.into() }
}

/// A response with a right check digit that is wrong for the challenges shown here.
fn wrong() -> String {
    with_digit("0000000", Radix::Decimal)
}

/// The server's response to a challenge.
fn response(t: &mut Play<'_, '_>, scene: &Scene, challenge: &str) -> Result<String, Stop> {
    let sequence = Number::from(scene.sequence);
    let question = ServerGenerateUnlockResponse { sequence, challenge: challenge.into() };
    Ok(trusted(t, &scene.server, &question)?.response)
}

pub(super) fn cases(unlock: &mut Area) {
    unlock.follows(
        &["UNL-9"],
        "same-challenge-again",
        "asked again, a locked account shows the same challenge and changes nothing; the next lock has another",
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
            scene.lock(t)?;
            let first = t.answers("UNL-9", &ask(&scene.client, show(&scene, 11_111_111)))?.challenge;
            for number in [22_222_222, 33_333_333] {
                let before = t.state("UNL-9", &scene.client)?;
                let again = t.answers("UNL-9", &ask(&scene.client, show(&scene, number)))?.challenge;
                t.same("UNL-9", &again, Some(&first))?;
                t.state_is("UNL-9", &scene.client, before)?;
                t.refuses(UNL_7, &ask(&scene.client, typed(&scene, &wrong())))?;
            }
            let right = response(t, &scene, &first)?;
            t.agrees("UNL-9", &ask(&scene.client, typed(&scene, &right)))?;
            scene.lock(t)?;
            let next = t.answers("UNL-9", &ask(&scene.client, show(&scene, 44_444_444)))?.challenge;
            t.decided(next != first, "UNL-9", "another challenge", next)
        },
    );

    unlock.refuses(
        UNL_7,
        "recorded-response",
        "who overheard the response of an earlier lock waits in vain for its challenge to be drawn again",
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
            scene.lock(t)?;
            let first = t.answers("UNL-1", &ask(&scene.client, show(&scene, 11_111_111)))?.challenge;
            let recorded = response(t, &scene, &first)?;
            t.agrees("UNL-8", &ask(&scene.client, typed(&scene, &recorded)))?;
            scene.lock(t)?;
            let shown = t.answers("UNL-1", &ask(&scene.client, show(&scene, 55_555_555)))?.challenge;
            for _ in 0..200 {
                let again = t.answers("UNL-9", &ask(&scene.client, show(&scene, 11_111_111)))?.challenge;
                t.same("UNL-9", &again, Some(&shown))?;
            }
            t.refuses(UNL_7, &ask(&scene.client, typed(&scene, &recorded)))?;
            let right = response(t, &scene, &shown)?;
            t.accepts(UNL_7, &ask(&scene.client, typed(&scene, &right)))
        },
    );

    unlock.follows(
        &["UNL-9", "CST-9"],
        "same-challenge-after-restart",
        "an app that starts again shows the challenge that it showed before",
        |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
            scene.lock(t)?;
            let first = t.answers("UNL-9", &ask(&scene.client, show(&scene, 11_111_111)))?.challenge;
            let platform = t.random();
            let save = super::super::at_rest::save(t, platform);
            let state = t.answers("CST-1", &ask(&scene.client, save))?.state.0;
            scene.client = t.peer_client();
            let load = super::super::at_rest::load(&scene.setup, platform, state);
            t.agrees("CST-9", &ask(&scene.client, load))?;
            let again = t.answers("UNL-9", &ask(&scene.client, show(&scene, 22_222_222)))?.challenge;
            t.same("UNL-9", &again, Some(&first))?;
            let right = response(t, &scene, &first)?;
            t.agrees("UNL-9", &ask(&scene.client, typed(&scene, &right)))
        },
    );
}
