//! The stage of these cases: a client that replaces, an account that waits, and the questions about them.

use harness::play::{Ask, Play};
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, app};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Operation, Pin};

pub(super) fn ask<Op>(party: &Party, op: Op) -> Ask<Op> {
    Ask { party: party.clone(), op }
}

/// An activated client that takes activation messages through the Secure Channel action.
pub(super) fn replaceable(t: &mut Play<'_, '_>) -> Result<Scene, Stop> {
    replaceable_on(t, Setup::default())
}

pub(super) fn replaceable_on(t: &mut Play<'_, '_>, setup: Setup) -> Result<Scene, Stop> {
    let setup = Setup { replacement: true, ..setup };
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    scene.replace = true;
    Ok(scene)
}

/// A new instance that waits beside the activated one; and the scene of the old one.
pub(super) fn waiting(t: &mut Play<'_, '_>) -> Result<(Scene, Scene), Stop> {
    let old = replaceable(t)?;
    let mut new = old.clone();
    new.play(t, Stage::Active)?;
    Ok((old, new))
}

/// An answer of the reference, which isn't judged.
pub(super) fn trusted<Op: Operation>(t: &mut Trial<'_>, party: &Party, op: &Op) -> Result<Op::Output, Stop> {
    t.agrees("PPR-5", party, op)
}

/// A response on a wrong PIN.
pub(super) fn wrong_pin(scene: &Scene) -> ClientGenerateResponse {
    let question = scene.response_question(app::RESPONSE_ONLY, Data::ResponseOnly {});
    ClientGenerateResponse { pin: Pin::Wrong, ..question }
}

/// The parameters of `client.activate_license`.
pub(super) fn take_am1(message: &str) -> ClientActivateLicense {
    ClientActivateLicense { message: message.into() }
}

/// A request of the scene's server is opened and signed by its client as this scene's instance, and accepted.
pub(super) fn works(t: &mut Play<'_, '_>, aim: &'static str, scene: &mut Scene) -> Result<(), Stop> {
    let request = scene.request(t, &Show::default())?;
    let shown = t.answers(aim, &ask(&scene.client, open(&request)))?;
    t.same(aim, &shown.sequence, Some(&scene.sequence))?;
    let signed = t.answers(aim, &ask(&scene.client, scene.approve(t, Pin::Right)))?;
    scene.accept(t, &request, &signed.signature.unwrap_or_default())
}

/// What the client tells of the scene's account: activated and waiting instance, whether one is pre-activated.
pub(super) fn told(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Scene,
    [sequence, waiting]: [Option<u32>; 2],
    pre_activated: bool,
) -> Result<(), Stop> {
    let got = t.answers(aim, &ask(&scene.client, ClientAccounts {}))?.accounts;
    let state = if sequence.is_some() { StateNumber::ACTIVATED } else { StateNumber::PRE_ACTIVATED };
    let serial = scene.setup.serial.into();
    let want = AccountResult { serial, state, sequence, waiting, pre_activated };
    t.same(aim, &got, Some(&vec![want]))
}
