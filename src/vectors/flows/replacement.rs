//! Replacing an account, on the client and on the server; several accounts.

use serde_json::Value;

use super::super::flow;
use super::steps::{accepted, accounts_are, confirmed, otp_scene, replaced, signed};
use channel::rule::{AM1_11, AM2_15, CLI_12, CLI_15, DVC_12, VER_4};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::{
    AccountResult, ClientAccounts, ClientActivateInstance, ClientActivateLicense, ClientSign,
    ServerVerifyMessageSignature, StateNumber,
};
use peer::protocol::{Pin, Removed};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [on_the_client(), on_the_server(), accounts()].concat()
}

/// A confirmed client that takes activation messages through the Secure Channel action.
fn replaceable(t: &mut Trial<'_>, under: Under) -> Result<Scene, Stop> {
    let setup = Setup { replacement: true, ..Setup::default() };
    Ok(Scene { replace: true, ..Scene::new(t, under, setup, Stage::Confirmed)? })
}

/// Another instance of the device, activated; the question that confirms it.
fn unconfirmed(t: &mut Trial<'_>, scene: &mut Scene) -> Result<ServerVerifyMessageSignature, Stop> {
    scene.play(t, Stage::Active)?;
    Ok(scene.verify(&scene.am2, &scene.confirmation))
}

/// One instance waits beside the activated one.
fn waits(t: &mut Trial<'_>, scene: &Scene, activated: u32, waiting: u32) -> Result<(), Stop> {
    let got = t.agrees("CLI-18", &scene.client, &ClientAccounts {})?.accounts;
    let account = AccountResult {
        serial: scene.setup.serial.into(),
        state: StateNumber::ACTIVATED,
        sequence: Some(activated),
        waiting: Some(waiting),
        pre_activated: false,
    };
    t.same("CLI-18", &got, Some(&vec![account]))
}

/// Two unconfirmed instances of the scene's device under one AM1: another device's code came in between. The questions
/// that confirm them; the scene is at the second.
fn two_of_one_device(
    t: &mut Trial<'_>,
    scene: &mut Scene,
) -> Result<(ServerVerifyMessageSignature, ServerVerifyMessageSignature), Stop> {
    let first = unconfirmed(t, scene)?;
    let mut other = scene.another_client(t, Under::Both)?;
    other.replace = false;
    other.activate_license(t)?;
    other.verify_device_code(t)?;
    t.agrees("CLI-19", &scene.client, &scene.remove_question(Removed::Replacement))?;
    scene.activate_license(t)?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    scene.activate_instance(t)?;
    Ok((first, scene.verify(&scene.am2, &scene.confirmation)))
}

fn on_the_client() -> Vec<Value> {
    vec![
        flow(
            "flow-replacement",
            "the old one goes on until the app reports the confirmation, then the new one is the account",
            &["AM1-12", "AM2-11", "AM2-12", "VER-30"],
            |t| {
                let mut scene = replaceable(t, Under::Both)?;
                let serial = scene.setup.serial;
                scene.now += 60;
                scene.issue_am1(t)?;
                scene.activate_license(t)?;
                accounts_are(t, &scene, &[(serial, StateNumber::ACTIVATED, Some(1), true)])?;
                accepted(t, &mut scene, &Show::default())?;
                scene.verify_device_code(t)?;
                scene.issue_am2(t)?;
                scene.activate_instance(t)?;
                waits(t, &scene, 1, 2)?;
                scene.confirm(t)?;
                accounts_are(t, &scene, &[(serial, StateNumber::ACTIVATED, Some(2), false)])?;
                accepted(t, &mut scene, &Show::default()).map(|_| ())
            },
        ),
        flow("flow-replacement-not-taken", "a client without replacement", &["AM1-11"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            scene.issue_am1(t)?;
            let again = ClientActivateLicense { message: scene.am1.clone() };
            t.refuses_only(AM1_11, &scene.client, &again)
        }),
        flow("flow-replacement-not-taken-locked", "nor where the account is locked", &["AM1-11"], |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            scene.lock(t)?;
            scene.issue_am1(t)?;
            let again = ClientActivateLicense { message: scene.am1.clone() };
            t.refuses_only(AM1_11, &scene.client, &again)
        }),
        flow(
            "flow-replacement-closes",
            "a message opened on the old one is closed by the report, not by AM1 or AM2",
            &["AM2-11", "CLI-21", "CLI-12"],
            |t| {
                let mut scene = replaceable(t, Under::Client)?;
                let message = scene.request(t, &Show::default())?;
                scene.open(t, &message)?;
                scene.issue_am1(t)?;
                scene.activate_license(t)?;
                t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong))?;
                scene.verify_device_code(t)?;
                scene.issue_am2(t)?;
                scene.activate_instance(t)?;
                t.refuses_only(
                    CLI_15,
                    &scene.client,
                    &ClientSign { pin: Pin::Wrong, ..scene.approve(t, Pin::Right) },
                )?;
                scene.confirm(t)?;
                t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))
            },
        ),
        flow(
            "flow-replacement-locked",
            "a locked account takes AM1, but is not replaced while it is locked",
            &["AM1-12", "AM2-15"],
            |t| {
                let setup = Setup { replacement: true, ..Setup::otp() };
                let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
                let serial = scene.setup.serial;
                scene.replace = true;
                scene.lock(t)?;
                scene.issue_am1(t)?;
                scene.activate_license(t)?;
                accounts_are(t, &scene, &[(serial, StateNumber::LOCKED, Some(1), true)])?;
                scene.verify_device_code(t)?;
                scene.issue_am2(t)?;
                t.refuses_only(AM2_15, &scene.client, &scene.take_am2(&scene.am2, Pin::Right))?;
                t.state("AM2-15", &scene.client).map(|_| ())
            },
        ),
        flow(
            "flow-replacement-newer-am1",
            "a second AM1 takes the place of the first, the account stays",
            &["AM1-10", "AM1-12"],
            |t| {
                let mut scene = replaceable(t, Under::Both)?;
                scene.issue_am1(t)?;
                scene.activate_license(t)?;
                scene.now += 60;
                replaced(t, &mut scene)?;
                accepted(t, &mut scene, &Show::default()).map(|_| ())
            },
        ),
    ]
}

fn on_the_server() -> Vec<Value> {
    vec![
        flow(
            "flow-replaced-instance",
            "the confirmation of the new one deactivates the old one",
            &["VER-30", "VER-4"],
            |t| {
                let mut scene = replaceable(t, Under::Both)?;
                let (message, signature) = signed(t, &mut scene, &Show::default())?;
                let old = scene.verify(&message, &signature);
                replaced(t, &mut scene)?;
                t.refuses_only(VER_4, &scene.server, &old)
            },
        ),
        flow(
            "flow-replacement-unasked",
            "a device id that is in use is refused, unless the server's owner says replace",
            &["DVC-12"],
            |t| {
                let mut scene = replaceable(t, Under::Server)?;
                scene.issue_am1(t)?;
                scene.activate_license(t)?;
                scene.verify_device_code(t)?;
                let question = scene.code_question(&scene.device_code, false);
                t.refuses_only(DVC_12, &scene.server, &question)
            },
        ),
        flow(
            "flow-replacement-abandoned",
            "an instance that replaces was never confirmed: a later one is, and it can't push that out",
            &["VER-4", "VER-30", "AM2-12"],
            |t| {
                let mut scene = replaceable(t, Under::Both)?;
                let (abandoned, _) = two_of_one_device(t, &mut scene)?;
                scene.confirm(t)?;
                t.same("AM2-3", &scene.sequence, Some(&3))?;
                t.refuses_only(VER_4, &scene.server, &abandoned)?;
                accepted(t, &mut scene, &Show::default())?;
                t.refuses_only(VER_4, &scene.server, &abandoned)
            },
        ),
        flow(
            "flow-replacement-abandoned-first",
            "where the abandoned one is confirmed first, the later one lost its right, too",
            &["VER-4", "VER-30"],
            |t| {
                let mut scene = replaceable(t, Under::Both)?;
                let (abandoned, later) = two_of_one_device(t, &mut scene)?;
                t.agrees("VER-30", &scene.server, &abandoned)?;
                t.refuses_only(VER_4, &scene.server, &later)
            },
        ),
        flow(
            "flow-two-instances-of-a-device",
            "neither confirmed, neither replaces: the first to be confirmed wins",
            &["VER-4"],
            |t| {
                let setup = Setup { replacement: true, ..Setup::default() };
                let mut scene = Scene::new(t, Under::Both, setup, Stage::Active)?;
                let first = scene.verify(&scene.am2, &scene.confirmation);
                scene.now += 60;
                scene.play(t, Stage::Confirmed)?;
                t.same("AM2-3", &scene.sequence, Some(&2))?;
                t.refuses_only(VER_4, &scene.server, &first)
            },
        ),
    ]
}

fn accounts() -> Vec<Value> {
    vec![flow(
        "flow-accounts",
        "ascending by serial number, each with its state and its instance",
        &["CLI-18", "CLI-3"],
        |t| {
            let first = confirmed(t)?;
            accounts_are(t, &first, &[("VDS1000120", StateNumber::ACTIVATED, Some(1), false)])?;
            let mut scenes = Vec::new();
            for (serial, stage) in [("VDS9999999", Stage::PreActivated), ("VDS0000000", Stage::Confirmed)] {
                let mut next =
                    Scene::new(t, Under::Both, Setup { serial, ..Setup::default() }, Stage::Created)?;
                next.client = first.client.clone();
                next.play(t, stage)?;
                scenes.push(next);
            }
            accounts_are(
                t,
                &first,
                &[
                    ("VDS0000000", StateNumber::ACTIVATED, Some(1), false),
                    ("VDS1000120", StateNumber::ACTIVATED, Some(1), false),
                    ("VDS9999999", StateNumber::PRE_ACTIVATED, None, true),
                ],
            )?;
            for scene in &mut scenes {
                if scene.setup.serial == "VDS9999999" {
                    scene.verify_device_code(t)?;
                    scene.issue_am2(t)?;
                    let question = ClientActivateInstance {
                        message: scene.am2.clone(),
                        pin: Pin::Right,
                        now: scene.now,
                    };
                    t.agrees("CLI-3", &scene.client, &question)?;
                } else {
                    accepted(t, scene, &Show::default())?;
                }
            }
            accounts_are(
                t,
                &first,
                &[
                    ("VDS0000000", StateNumber::ACTIVATED, Some(1), false),
                    ("VDS1000120", StateNumber::ACTIVATED, Some(1), false),
                    ("VDS9999999", StateNumber::ACTIVATED, Some(1), false),
                ],
            )
        },
    )]
}
