//! Good questions of a client.

use harness::case::{Case, Role};
use harness::play::Ask;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Operation, Pin, Removed};

use super::held::of;
use crate::app2app::{answer, configuration, dispatch, opens};
use crate::app2app_url::{CALLBACKS, Call};
use crate::at_rest::{load, save};
use crate::client_state::{Shape, made};
use crate::{deactivation, information, replacement, unlock};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    [begin(), transactions(), responses(), accounts(), called()].into_iter().flatten().collect()
}

/// The case of an operation that a client is asked at a stage.
fn at<Op: Operation>(
    stage: Stage,
    good: impl Fn(&mut Trial<'_>, &mut Scene) -> Result<Op, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    in_setup(Setup::default, stage, good)
}

fn in_setup<Op: Operation>(
    setup: fn() -> Setup,
    stage: Stage,
    good: impl Fn(&mut Trial<'_>, &mut Scene) -> Result<Op, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of(Role::Client, move |t| {
        let mut scene = Scene::new(t, Under::Client, setup(), stage)?;
        let op = good(t, &mut scene)?;
        Ok(Ask { party: scene.client, op })
    })
}

fn begin() -> Vec<Case> {
    [
        of(Role::Client, |t| {
            let op = Setup::default().client(t);
            Ok(Ask { party: t.peer_client(), op })
        }),
        at(Stage::Issued, |_, scene| Ok(ClientActivateLicense { message: scene.am1.clone() })),
        at(Stage::Am2, |_, scene| Ok(scene.take_am2(&scene.am2, Pin::Right))),
        of(Role::Client, |t| {
            let mut scene = replacement::client(t)?;
            scene.activate_license(t)?;
            scene.verify_device_code(t)?;
            scene.issue_am2(t)?;
            scene.activate_instance(t)?;
            Ok(Ask { op: scene.mark_question(), party: scene.client })
        }),
        at(Stage::Confirmed, |t, _| Ok(save(t, [7; 16]))),
        of(Role::Client, |t| {
            let (scene, platform, state) = made(t, Shape::Activated)?;
            Ok(Ask { party: t.peer_client(), op: load(&scene.setup, platform, state) })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn transactions() -> Vec<Case> {
    [
        at(Stage::Confirmed, |t, scene| Ok(open(&scene.request(t, &Show::default())?))),
        at(Stage::Confirmed, |t, scene| {
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            Ok(scene.approve(t, Pin::Right))
        }),
        at(Stage::Confirmed, |t, scene| {
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            Ok(ClientClose {})
        }),
        at(Stage::Confirmed, |t, scene| {
            Ok(deactivation::deactivate(&deactivation::issue(t, scene, scene.sequence)?))
        }),
        at(Stage::Confirmed, |_, scene| Ok(information::question(scene, "0123456789"))),
        at(Stage::Confirmed, |_, scene| Ok(ClientLoginIdentity { serial: scene.setup.serial.into() })),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn responses() -> Vec<Case> {
    [
        in_setup(Setup::otp, Stage::Confirmed, |_, scene| {
            Ok(scene.response_question(otp::TIME, Data::ResponseOnly {}))
        }),
        in_setup(Setup::otp, Stage::Confirmed, |t, scene| {
            scene.lock(t)?;
            let random = t.random();
            Ok(unlock::show(scene, random))
        }),
        of(Role::Client, |t| {
            let (scene, challenge) = unlock::locked(t, Under::Client, Setup::otp())?;
            let response = unlock::answered(t, &scene, &challenge)?;
            Ok(Ask { op: unlock::type_in(&scene, &response), party: scene.client })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn accounts() -> Vec<Case> {
    [
        at(Stage::Confirmed, |_, _| Ok(ClientAccounts {})),
        at(Stage::Confirmed, |_, scene| Ok(scene.remove_question(Removed::Account))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A client that other apps may call.
fn callable(t: &mut Trial<'_>, scene: &Scene) -> Result<(), Stop> {
    t.agrees("A2A-9", &scene.client, &configuration(CALLBACKS)).map(drop)
}

fn called() -> Vec<Case> {
    [
        at(Stage::Confirmed, |_, _| Ok(configuration(CALLBACKS))),
        at(Stage::Confirmed, |t, scene| {
            callable(t, scene)?;
            let message = scene.request(t, &Show::default())?;
            Ok(dispatch(Call::new(CALLBACKS, &message).url()))
        }),
        at(Stage::Confirmed, |t, scene| {
            callable(t, scene)?;
            let message = scene.request(t, &Show::default())?;
            opens(t, "A2A-15", scene, &Call::new(CALLBACKS, &message).url(), &Show::default())?;
            Ok(answer(t, scene, true, Pin::Right))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
