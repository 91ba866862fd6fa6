//! What belongs to the license key rather than to an account: event counters, which never go back under one key, and the
//! binding mark.

use harness::area::Area;
use harness::forge::single::License;
use harness::play::{Play, need};
use harness::setup::{PIN_TRIES, otp};
use harness::single_scene::{OTHER_PASSWORD, Single, SingleSetup, WRONG_PASSWORD};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::Operation;

use super::kit::{
    NONE, activated, ask, proven, reverts, takes_right_code, takes_wrong_code, tells, tries_wrong, wipes,
    with_password,
};

/// A code and an event reactivation counter that fit each other, made by somebody who has the static vector and no
/// license key but one of his own.
fn forged(t: &mut Play<'_, '_>, scene: &Single, event: u64) -> Result<ClientSingleActivate, Stop> {
    let mut license = License::fresh(&scene.setup, scene.license_key.map(|byte| byte ^ 0xA5));
    license.put_event(otp::EVENT, event);
    let server = t.reference_party();
    let forger = Single { server, ..with_password(scene, OTHER_PASSWORD) };
    let load = license.load();
    // The forger is the reference: what he asks judges nobody.
    forger_asks(t, &forger, load)?;
    let code = forger_asks(t, &forger, ServerSingleGenerateActivationCode { hexadecimal: false })?.code;
    let counter = forger_asks(t, &forger, ServerSingleGenerateEventReactivationCounter {})?;
    let activation = forger.activation(t, &code);
    let event_reactivation_counter = Some(counter.event_reactivation_counter);
    Ok(ClientSingleActivate { event_reactivation_counter, ..activation })
}

fn forger_asks<Op: Operation>(t: &mut Play<'_, '_>, forger: &Single, op: Op) -> Result<Op::Output, Stop> {
    Trial::agrees(t, "PPR-5", &forger.server, &op)
}

/// The next event response, which must be another one than those before.
fn next_event(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Single,
    seen: &mut Vec<String>,
) -> Result<(), Stop> {
    let given = t.answers(aim, &ask(scene, scene.response_question(otp::EVENT, &NONE)))?.response;
    let is_new = !seen.contains(&given);
    t.decided(is_new, aim, "a response that was not made before", given.clone())?;
    seen.push(given);
    Ok(())
}

pub(super) fn cases(kept: &mut Area) {
    kept.follows(
        &["SDL-40"],
        "events-same-key",
        "event responses are never made twice under one license key, in whichever account they are made",
        |t| {
            let scene = proven(t)?;
            let mut seen = Vec::new();
            next_event(t, "SDL-40", &scene, &mut seen)?;
            let new = takes_right_code(t, &scene)?;
            for _ in 0..2 {
                next_event(t, "SDL-40", &new, &mut seen)?;
            }
            reverts(t, "SDL-40", &scene)?;
            next_event(t, "SDL-40", &scene, &mut seen)?;
            // A kept account counts, too, where another one stood between.
            let new = takes_right_code(t, &scene)?;
            next_event(t, "SDL-40", &new, &mut seen)?;
            takes_wrong_code(t, &scene)?;
            let new = takes_right_code(t, &scene)?;
            next_event(t, "SDL-40", &new, &mut seen)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-wiped",
        "an account that comes back because the new one was wiped makes no event response again either",
        |t| {
            let setup = SingleSetup { reset_policy: ResetPolicy::Reset, ..SingleSetup::default() };
            let scene = activated(t, setup)?;
            let mut seen = Vec::new();
            next_event(t, "SDL-40", &scene, &mut seen)?;
            let new = takes_right_code(t, &scene)?;
            next_event(t, "SDL-40", &new, &mut seen)?;
            tries_wrong(t, &new, u32::from(PIN_TRIES) - 1)?;
            let wrong = with_password(&new, WRONG_PASSWORD).response_question(otp::TIME, &NONE);
            wipes(t, &new, wrong)?;
            next_event(t, "SDL-40", &scene, &mut seen)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-forged",
        "a forged code with a forged event reactivation counter does not move the counters of the kept account",
        |t| {
            let scene = proven(t)?;
            let activation = forged(t, &scene, 4_000_000_000)?;
            t.agrees("SDL-40", &ask(&scene, activation))?;
            let forger = with_password(&scene, OTHER_PASSWORD);
            tells(t, "SDL-40", &forger)?;
            reverts(t, "SDL-40", &scene)?;
            let response = t.answers("SDL-40", &ask(&scene, scene.response_question(otp::EVENT, &NONE)))?;
            // The server, which knows of nothing, still takes what comes next.
            forger_asks(t, &scene, scene.verify(otp::EVENT, &NONE, &response.response)).map(drop)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-other-key",
        "under another license key event counters begin at 0, and a counter from there is not stale",
        |t| {
            let scene = proven(t)?;
            for _ in 0..3 {
                t.agrees("SDL-40", &ask(&scene, scene.response_question(otp::EVENT, &NONE)))?;
            }
            let new = takes_wrong_code(t, &scene)?;
            tells(t, "SDL-40", &new)?;
            let activation = forged(t, &scene, 1)?;
            t.agrees("SDL-40", &ask(&scene, activation))?;
            tells(t, "SDL-40", &with_password(&scene, OTHER_PASSWORD))
        },
    );

    kept.follows(
        &["SDL-40", "SDL-36"],
        "bound",
        "the binding mark follows the license key: to the new account and back, and to no account of another key",
        |t| {
            let marked = |t: &mut Play<'_, '_>, scene: &Single, bound: bool| {
                let status = t.answers("SDL-40", &ask(scene, ClientSingleStatus {}))?;
                t.same("SDL-40", &status.bound, Some(&bound))?;
                tells(t, "SDL-40", scene)
            };
            let scene = proven(t)?;
            let new = takes_wrong_code(t, &scene)?;
            t.agrees("SDL-36", &ask(&new, ClientSingleMarkBound {}))?;
            marked(t, &new, true)?;
            reverts(t, "SDL-40", &scene)?;
            marked(t, &scene, false)?;
            let new = takes_right_code(t, &scene)?;
            t.agrees("SDL-36", &ask(&new, ClientSingleMarkBound {}))?;
            reverts(t, "SDL-40", &scene)?;
            marked(t, &scene, true)?;
            let new = takes_right_code(t, &scene)?;
            marked(t, &new, true)?;
            let new = takes_wrong_code(t, &scene)?;
            marked(t, &new, false)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-other-vector",
        "event counters are taken over by index alone, where the new vector has other applications there",
        |t| {
            let scene = proven(t)?;
            for _ in 0..3 {
                t.agrees("SDL-40", &ask(&scene, scene.response_question(otp::EVENT, &NONE)))?;
                t.agrees("SDL-40", &ask(&scene, scene.response_question(otp::BOTH, &NONE)))?;
            }
            // At the index of events alone one of time and event; the one of time and event is gone.
            let setup = SingleSetup::with(|vector| {
                let both = vector.applications.iter().find(|rules| rules.form.index == otp::BOTH);
                let factor = both.map(|rules| rules.factor);
                vector.applications.retain(|rules| rules.form.index != otp::BOTH);
                for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == otp::EVENT) {
                    rules.factor = factor.unwrap_or(rules.factor);
                }
            });
            need((setup.vector != scene.setup.vector).then_some(()), "another vector")?;
            let server = t.reference_party();
            let other = Single { server, setup, ..scene.clone() };
            let create = other.setup.server(scene.license_key);
            forger_asks(t, &other, create)?;
            let data = other.data(t, None, false)?;
            let online = other.online(t, &data, None);
            t.agrees("SDL-40", &ask(&other, online))?;
            t.agrees("SDL-40", &ask(&other, other.response_question(otp::EVENT, &NONE)))?;
            // And back: what the vector between did not have begins at 0.
            let data = scene.data(t, None, false)?;
            let online = scene.online(t, &data, None);
            t.agrees("SDL-40", &ask(&scene, online))?;
            tells(t, "SDL-40", &scene)
        },
    );
}
