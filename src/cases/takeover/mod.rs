//! Taking over an account, and an honest user who replaces one: who holds which key, who waits, and the way out.
//!
//! ```text
//! activation   AM1 bent on the way, another's license key, AM2 for an AM1 that the client did not see
//! pin          the PIN of the account that would be replaced
//! waiting      the account that waits for the server, beside the one that does everything
//! remove       the user's way out; how many accounts there can be
//! server       times of AM1, and what a code for a later AM1 ends
//! unlock       one unlock challenge for each lock
//! ```

mod activation;
mod forger;
mod pin;
mod remove;
mod server;
mod unlock;
mod waiting;

use harness::area::Area;
use harness::case::{Case, Role};
use harness::play::{Ask, Play};
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, app};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Operation, Pin};

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    let mut takeover = Area::new("takeover", Role::Client);
    activation::cases(&mut takeover);
    pin::cases(&mut takeover);
    let mut cases = takeover.cases();
    let mut waiting = Area::new("waiting", Role::Client);
    waiting::cases(&mut waiting);
    cases.extend(waiting.cases());
    let mut remove = Area::new("remove", Role::Client);
    remove::cases(&mut remove);
    cases.extend(remove.cases());
    let mut am1 = Area::new("am1", Role::Server);
    server::cases(&mut am1);
    cases.extend(am1.cases());
    let mut unlock = Area::new("unlock", Role::Client);
    unlock::cases(&mut unlock);
    cases.extend(unlock.cases());
    cases
}

fn ask<Op>(party: &Party, op: Op) -> Ask<Op> {
    Ask { party: party.clone(), op }
}

/// An activated client that takes activation messages through the Secure Channel action.
fn replaceable(t: &mut Play<'_, '_>) -> Result<Scene, Stop> {
    replaceable_on(t, Setup::default())
}

fn replaceable_on(t: &mut Play<'_, '_>, setup: Setup) -> Result<Scene, Stop> {
    let setup = Setup { replacement: true, ..setup };
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    scene.replace = true;
    Ok(scene)
}

/// A new instance that waits beside the activated one; and the scene of the old one.
fn waiting(t: &mut Play<'_, '_>) -> Result<(Scene, Scene), Stop> {
    let old = replaceable(t)?;
    let mut new = old.clone();
    new.play(t, Stage::Active)?;
    Ok((old, new))
}

/// An answer of the reference, which isn't judged.
fn trusted<Op: Operation>(t: &mut Trial<'_>, party: &Party, op: &Op) -> Result<Op::Output, Stop> {
    t.agrees("PPR-5", party, op)
}

/// A response on a wrong PIN.
fn wrong_pin(scene: &Scene) -> ClientGenerateResponse {
    let question = scene.response_question(app::RESPONSE_ONLY, Data::ResponseOnly {});
    ClientGenerateResponse { pin: Pin::Wrong, ..question }
}

/// The parameters of `client.activate_license`.
fn take_am1(message: &str) -> ClientActivateLicense {
    ClientActivateLicense { message: message.into() }
}

/// A request of the scene's server is opened and signed by its client as this scene's instance, and accepted.
fn works(t: &mut Play<'_, '_>, aim: &'static str, scene: &mut Scene) -> Result<(), Stop> {
    let request = scene.request(t, &Show::default())?;
    let shown = t.answers(aim, &ask(&scene.client, open(&request)))?;
    t.same(aim, &shown.sequence, Some(&scene.sequence))?;
    let signed = t.answers(aim, &ask(&scene.client, scene.approve(t, Pin::Right)))?;
    scene.accept(t, &request, &signed.signature.unwrap_or_default())
}

/// What the client tells of the scene's account: activated and waiting instance, whether one is pre-activated.
fn told(
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
