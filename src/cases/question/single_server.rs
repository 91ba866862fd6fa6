//! Good questions of a single-device server.

use harness::case::{Case, Role};
use harness::play::Ask;
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Data, Operation};

use super::held::of;
use crate::single_respond::{reimport_question, resynchronise_question};
use crate::single_state::{license_made, load_license, save_license};

/// The case of an operation that a server is asked whose client is active.
fn at<Op: Operation>(
    good: impl Fn(&mut Trial<'_>, &Single) -> Result<Op, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of(Role::Server, move |t| {
        let scene = Single::new(t, Under::Server, SingleSetup::default())?;
        let op = good(t, &scene)?;
        Ok(Ask { party: scene.server, op })
    })
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    [issued(), verified(), kept()].into_iter().flatten().collect()
}

fn issued() -> Vec<Case> {
    [
        of(Role::Server, |t| {
            let op = SingleSetup::default().server([7; 16]);
            Ok(Ask { party: t.peer_server(), op })
        }),
        at(|_, scene| Ok(reimport_question(scene, &scene.setup))),
        at(|_, _| Ok(ServerSingleGenerateActivationCode { hexadecimal: false })),
        at(|t, _| {
            let activation_nonce = Some(Array(t.random()));
            Ok(ServerSingleGenerateFullActivationData {
                shared_secret: Some(Array([9; 16])),
                with_counter: true,
                random: Some(RandomActivationNonce { activation_nonce }),
            })
        }),
        at(|_, _| Ok(ServerSingleGenerateEventReactivationCounter {})),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn verified() -> Vec<Case> {
    [
        at(|t, scene| {
            let response = scene.respond(t, otp::TIME, &Data::ResponseOnly {})?;
            Ok(scene.verify(otp::TIME, &Data::ResponseOnly {}, &response))
        }),
        at(|t, scene| {
            let code = scene.derive(t, None)?;
            Ok(scene.verify_derivation(None, &code))
        }),
        at(|_, _| Ok(ServerSingleUnlock {})),
        at(|t, scene| {
            let data = Data::ResponseOnly {};
            let first = scene.respond(t, otp::EVENT, &data)?;
            let second = scene.respond(t, otp::EVENT, &data)?;
            Ok(resynchronise_question(otp::EVENT, [&first, &second], scene.now))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn kept() -> Vec<Case> {
    [
        at(|t, _| Ok(save_license(t))),
        of(Role::Server, |t| {
            let (_, state) = license_made(t)?;
            Ok(Ask { party: t.peer_server(), op: load_license(state) })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
