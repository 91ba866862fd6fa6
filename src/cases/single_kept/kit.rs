//! What the cases of a kept account begin with and ask again and again.

use channel::rule::PWD_6;
use harness::play::{Ask, Play};
use harness::setup::otp;
use harness::single_scene::{OTHER_PASSWORD, Single, SingleSetup, WRONG_PASSWORD};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Data, Operation};

pub(super) const NONE: Data = Data::ResponseOnly {};

pub(super) fn ask<Op: Operation>(scene: &Single, op: Op) -> Ask<Op> {
    Ask { party: scene.client.clone(), op }
}

pub(super) fn activated(t: &mut Play<'_, '_>, setup: SingleSetup) -> Result<Single, Stop> {
    let under = t.under()?;
    Single::new(t, under, setup)
}

/// An account whose response the server has accepted.
pub(super) fn proven(t: &mut Play<'_, '_>) -> Result<Single, Stop> {
    let scene = activated(t, SingleSetup::default())?;
    scene.accepted(t, otp::EVENT, &NONE)?;
    scene.report(t, true)?;
    Ok(scene)
}

/// The scene with another password in the user's mind.
pub(super) fn with_password(scene: &Single, password: &'static str) -> Single {
    let setup = SingleSetup { password: Some(password), ..scene.setup.clone() };
    Single { setup, ..scene.clone() }
}

/// A code whose check digit is right, but of another license key; the password is chosen anew. What answers then.
pub(super) fn takes_wrong_code(t: &mut Play<'_, '_>, scene: &Single) -> Result<Single, Stop> {
    let code = scene.wrong_code(t)?;
    let new = with_password(scene, OTHER_PASSWORD);
    let activation = new.activation(t, &code);
    t.agrees("SDL-35", &ask(&new, activation))?;
    Ok(new)
}

/// The right code once more, and a password chosen anew.
pub(super) fn takes_right_code(t: &mut Play<'_, '_>, scene: &Single) -> Result<Single, Stop> {
    let new = with_password(scene, OTHER_PASSWORD);
    let activation = new.right(t);
    t.agrees("SDL-35", &ask(&new, activation))?;
    Ok(new)
}

/// All that the client tells: its status, its counter, a response of each factor.
pub(super) fn tells(t: &mut Play<'_, '_>, aim: &'static str, scene: &Single) -> Result<(), Stop> {
    t.agrees(aim, &ask(scene, ClientSingleStatus {}))?;
    for application in [otp::TIME, otp::EVENT, otp::BOTH] {
        t.agrees(aim, &ask(scene, scene.response_question(application, &NONE)))?;
    }
    Ok(())
}

pub(super) fn is_kept(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Single,
    kept: bool,
) -> Result<(), Stop> {
    let status = t.answers(aim, &ask(scene, ClientSingleStatus {}))?;
    t.same(aim, &status.kept, Some(&kept))
}

pub(super) fn counts(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Single,
    failures: u32,
) -> Result<(), Stop> {
    let state = t.state(aim, &scene.client)?;
    match state.and_then(|state| state.counters.get("password_failures").copied()) {
        Some(told) => t.same(aim, &told, Some(&failures)),
        None => Ok(()),
    }
}

pub(super) fn reverts(t: &mut Play<'_, '_>, aim: &'static str, scene: &Single) -> Result<(), Stop> {
    t.agrees(aim, &ask(scene, ClientSingleRevert {}))
}

pub(super) fn reports(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Single,
    accepted: bool,
) -> Result<(), Stop> {
    t.agrees(aim, &ask(scene, ClientSingleReport { accepted }))
}

/// A wrong password is tried so often.
pub(super) fn tries_wrong(t: &mut Play<'_, '_>, scene: &Single, times: u32) -> Result<(), Stop> {
    let wrong = with_password(scene, WRONG_PASSWORD);
    (0..times).try_for_each(|_| t.refuses(PWD_6, &ask(scene, wrong.response_question(otp::TIME, &NONE))))
}

/// The wrong password that wipes: it is refused as the others are, but leaves another account.
pub(super) fn wipes(
    t: &mut Play<'_, '_>,
    scene: &Single,
    wrong: ClientSingleGenerateResponse,
) -> Result<(), Stop> {
    t.refuses_stateless(PWD_6, &scene.client, &wrong)
}
