//! Good questions of a server.

use harness::case::{Case, Role};
use harness::play::{Ask, Play};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Number, Operation};

use super::held::of;
use crate::respond::data_challenge;
use crate::{
    deactivation, import, information, license_file_bent, login, reimport, resynchronise, server_blob, unlock,
};

/// Under which BLOBs are sealed.
const STORAGE: [u8; 16] = [7; 16];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    [begin(), transactions(), responses(), stored(), logins()].into_iter().flatten().collect()
}

/// The case of an operation that a server is asked at a stage.
fn at<Op: Operation>(
    stage: Stage,
    good: impl Fn(&mut Trial<'_>, &mut Scene) -> Result<Op, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of(Role::Server, move |t| {
        let mut scene = Scene::new(t, Under::Server, Setup::otp(), stage)?;
        let op = good(t, &mut scene)?;
        Ok(Ask { party: scene.server, op })
    })
}

fn begin() -> Vec<Case> {
    [
        of(Role::Server, |t| {
            let op = Setup::default().server(t, [7; 16]);
            Ok(Ask { party: t.peer_server(), op })
        }),
        at(Stage::Created, |t, scene| Ok(scene.am1_question(t))),
        at(Stage::PreActivated, |_, scene| Ok(scene.code_question(&scene.device_code, false))),
        at(Stage::Verified, |t, scene| Ok(scene.am2_question(t))),
        at(Stage::Active, |_, scene| Ok(scene.verify(&scene.am2, &scene.confirmation))),
        at(Stage::Confirmed, |_, scene| Ok(deactivation::question(scene, scene.sequence))),
        at(Stage::Confirmed, |_, scene| Ok(ServerInstance { sequence: Number::from(scene.sequence) })),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn transactions() -> Vec<Case> {
    [
        at(Stage::Confirmed, |_, scene| Ok(Show::default().question(scene.now))),
        of(Role::Server, |t: &mut Play<'_, '_>| {
            let scene = login::confirmed(t)?;
            let message = information::inform(t, &scene, "0123456789")?;
            Ok(Ask { op: information::process(&scene, &message), party: scene.server })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn responses() -> Vec<Case> {
    [
        at(Stage::Confirmed, |t, scene| {
            let data = data_challenge("1");
            let response = scene.respond(t, otp::CHALLENGE, &data, 0)?;
            Ok(scene.verify_response(otp::CHALLENGE, &data, &response))
        }),
        at(Stage::Confirmed, |t, scene| {
            scene.lock(t)?;
            let challenge = unlock::shown(t, scene)?;
            Ok(unlock::ask_server(scene, &challenge))
        }),
        at(Stage::Confirmed, |_, scene| Ok(ServerUnlockInstance { sequence: Number::from(scene.sequence) })),
        at(Stage::Confirmed, |_, scene| {
            Ok(ServerRestored { highest_sequence: Number::from(scene.sequence), now: scene.now })
        }),
        at(Stage::Confirmed, |t, scene| {
            let data = Data::ResponseOnly {};
            let [first, second] = resynchronise::pair(t, scene, otp::EVENT, &data)?;
            Ok(resynchronise::resynchronise(scene, otp::EVENT, &data, &first, &second))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn stored() -> Vec<Case> {
    [
        of(Role::Server, |t| {
            let sheet = license_file_bent::sheet(t);
            let op = import::question(t, &sheet, sheet.file(), "VDS1000120");
            Ok(Ask { party: t.peer_server(), op })
        }),
        of(Role::Server, |t| {
            let scene = reimport::used(t)?;
            let sheet = import::sheet_of(t, &scene, &scene.setup.message_vector());
            let op = reimport::question(t, &sheet, sheet.file());
            Ok(Ask { party: scene.server, op })
        }),
        at(Stage::Confirmed, |t, scene| Ok(server_blob::seal(t, STORAGE, scene.sequence, otp::TIME))),
        at(Stage::Confirmed, |t, scene| {
            let blob = server_blob::seal(t, STORAGE, scene.sequence, otp::TIME);
            let blob = t.accepts("BLB-1", &scene.server, &blob)?.got.blob;
            Ok(server_blob::load(scene.now, STORAGE, scene.sequence, otp::TIME, &blob))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The case of an operation that is asked about a login.
fn about<Op: Operation>(
    good: impl Fn(&mut Trial<'_>, &mut Scene) -> Result<Op, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of(Role::Server, move |t| {
        let mut scene = login::confirmed(t)?;
        let op = good(t, &mut scene)?;
        Ok(Ask { party: scene.server, op })
    })
}

fn logins() -> Vec<Case> {
    [
        about(|t, scene| Ok(login::ask(t, scene))),
        about(|t, scene| {
            let login = login::start(t, scene)?;
            Ok(login::retrieval(scene, &login.key))
        }),
        about(|t, scene| {
            let login = login::retrieved(t, scene)?;
            let signature = login::sign(t, scene, &login)?;
            Ok(login::approval(scene, &login, &signature))
        }),
        about(|t, scene| {
            let login = login::retrieved(t, scene)?;
            let message = information::inform(t, scene, &login.key)?;
            Ok(login::rejection(scene, &message))
        }),
        about(|t, scene| {
            let login = login::start(t, scene)?;
            Ok(login::cancellation(scene, &login.key))
        }),
        about(|t, scene| {
            let login = login::start(t, scene)?;
            Ok(login::status(scene, &login.key))
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}
