//! A client written to its storage and started again, in each of its states.

use serde_json::Value;

use super::super::flow;
use super::super::states::{load, save};
use super::steps::{NONE, accepted, accounts_are, fields, logged_in, otp_scene};
use channel::rule::{CLI_1, CLI_5, CLI_12, CST_6, PRT_4, Rule, UNL_6, UNL_7};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::{
    ClientActivateInstance, ClientGenerateUnlockChallenge, ClientLoad, ClientUnlock, RandomUnlockChallenge,
    ServerGenerateUnlockResponse, StateNumber,
};
use peer::protocol::{Array, Bytes, Number, Pin, RootPolicy};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [going_on(), locked(), accounts(), configured()].concat()
}

/// The client ends and starts again.
fn restarted(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    let state = t.agrees("CST-1", &scene.client, &save())?.state.0;
    started(t, scene, &load(&scene.setup.clone(), &state))
}

fn started(t: &mut Trial<'_>, scene: &mut Scene, question: &ClientLoad) -> Result<(), Stop> {
    scene.client = t.peer_client();
    t.agrees("CST-9", &scene.client, question).map(|_| ())
}

fn going_on() -> Vec<Value> {
    vec![
        flow("flow-state-each-step", "started again after each step", &["CST-1", "CST-9"], |t| {
            let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Issued)?;
            restarted(t, &mut scene)?;
            scene.activate_license(t)?;
            restarted(t, &mut scene)?;
            scene.verify_device_code(t)?;
            scene.issue_am2(t)?;
            scene.activate_instance(t)?;
            restarted(t, &mut scene)?;
            scene.confirm(t)?;
            accepted(t, &mut scene, &Show::default())?;
            restarted(t, &mut scene)?;
            accepted(t, &mut scene, &Show::default()).map(|_| ())
        }),
        flow("flow-state-events", "event counters go on", &["CST-9", "SIG-5"], |t| {
            let mut scene = otp_scene(t, Under::Both)?;
            for _ in 0..2 {
                logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
                logged_in(t, &mut scene, otp::BOTH, &NONE, 0)?;
                logged_in(t, &mut scene, otp::FIELD_EVENT, &fields(&["a"]), 0)?;
                restarted(t, &mut scene)?;
            }
            logged_in(t, &mut scene, otp::EVENT, &NONE, 0).map(|_| ())
        }),
        flow("flow-state-old", "an old state: the same event response again", &["CST-1", "SIG-5"], |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            let old = t.agrees("CST-1", &scene.client, &save())?.state.0;
            let first = scene.respond(t, otp::EVENT, &NONE, 0)?;
            scene.respond(t, otp::EVENT, &NONE, 0)?;
            started(t, &mut scene, &load(&Setup::otp(), &old))?;
            let again = scene.respond(t, otp::EVENT, &NONE, 0)?;
            t.same("SIG-5", &again, Some(&first))
        }),
        flow("flow-state-opened", "a message that was open, is not any more", &["CST-9", "CLI-12"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let (before, sign) = (scene.client.clone(), scene.approve(t, Pin::Right));
            restarted(t, &mut scene)?;
            t.refuses_only(CLI_12, &scene.client, &sign)?;
            let signature = t.agrees("SIG-1", &before, &sign)?.signature;
            scene.open(t, &message)?;
            let again = scene.sign(t)?;
            t.same("SIG-1", &Some(again), Some(&signature))?;
            t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))
        }),
        flow("flow-state-saved-twice", "saving changes nothing", &["CST-1"], |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
            scene.open(t, &message)?;
            let before = t.state("CST-1", &scene.client)?;
            for _ in 0..2 {
                t.agrees("CST-1", &scene.client, &save())?;
                t.state_is("CST-1", &scene.client, before.clone())?;
            }
            scene.sign(t).map(|_| ())
        }),
    ]
}

fn show_challenge(scene: &Scene) -> ClientGenerateUnlockChallenge {
    let random = Some(RandomUnlockChallenge { unlock_challenge: Some(Array(*b"\0\0\0\0\0\xBC\x61\x4E")) });
    ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random }
}

fn type_in(scene: &Scene, response: &str) -> ClientUnlock {
    ClientUnlock { serial: scene.setup.serial.into(), response: response.into() }
}

/// What the server says to a locked client's challenge.
fn unlock_response(t: &mut Trial<'_>, scene: &Scene, challenge: &str) -> Result<String, Stop> {
    let question =
        ServerGenerateUnlockResponse { sequence: Number::from(scene.sequence), challenge: challenge.into() };
    Ok(t.agrees("UNL-4", &scene.server, &question)?.response)
}

fn locked() -> Vec<Value> {
    vec![
        flow("flow-state-locked", "a locked account stays locked", &["CST-9", "CLI-5"], |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            scene.lock(t)?;
            restarted(t, &mut scene)?;
            t.state("CST-9", &scene.client)?;
            t.refuses_only(CLI_5, &scene.client, &scene.response_question(otp::TIME, NONE))
        }),
        flow(
            "flow-state-unlock-challenge",
            "the challenge that was shown is the one to be answered",
            &["CST-9", "UNL-8"],
            |t| {
                let mut scene = otp_scene(t, Under::Both)?;
                scene.lock(t)?;
                let challenge = t.agrees("UNL-1", &scene.client, &show_challenge(&scene))?.challenge;
                restarted(t, &mut scene)?;
                let response = unlock_response(t, &scene, &challenge)?;
                t.agrees("UNL-8", &scene.client, &type_in(&scene, &response))?;
                restarted(t, &mut scene)?;
                logged_in(t, &mut scene, otp::TIME, &NONE, 0).map(|_| ())
            },
        ),
        flow("flow-state-unlock-failures", "wrong unlock responses stay counted", &["CST-9", "UNL-6"], |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            scene.lock(t)?;
            let challenge = t.agrees("UNL-1", &scene.client, &show_challenge(&scene))?.challenge;
            let right = unlock_response(t, &scene, &challenge)?;
            // Not the last digit alone: that is its check digit.
            let other = unlock_response(t, &scene, "00000000")?;
            for _ in 0..harness::setup::PIN_TRIES {
                t.refuses_only(UNL_7, &scene.client, &type_in(&scene, &other))?;
                restarted(t, &mut scene)?;
            }
            t.refuses_only(UNL_6, &scene.client, &type_in(&scene, &right))
        }),
    ]
}

fn accounts() -> Vec<Value> {
    vec![
        flow("flow-state-replacement", "both accounts of a license", &["CST-9", "AM2-11"], |t| {
            let setup = Setup { replacement: true, ..Setup::default() };
            let mut scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
            scene.replace = true;
            scene.play(t, Stage::Am2)?;
            restarted(t, &mut scene)?;
            accounts_are(t, &scene, &[(scene.setup.serial, StateNumber::ACTIVATED, Some(1), true)])?;
            accepted_by(t, &mut scene, 1)?;
            scene.activate_instance(t)?;
            restarted(t, &mut scene)?;
            accepted_by(t, &mut scene, 1)?;
            // The confirmation once more: the first one got lost.
            scene.activate_instance(t)?;
            scene.confirm(t)?;
            restarted(t, &mut scene)?;
            accounts_are(t, &scene, &[(scene.setup.serial, StateNumber::ACTIVATED, Some(2), false)])?;
            accepted(t, &mut scene, &Show::default()).map(|_| ())
        }),
        flow("flow-state-two-licenses", "each license's account", &["CST-9", "CLI-18"], |t| {
            let mut first = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let setup = Setup { serial: "VDS0000007", ..Setup::default() };
            let mut second = Scene::new(t, Under::Client, setup, Stage::Issued)?;
            second.client = first.client.clone();
            second.activate_license(t)?;
            restarted(t, &mut second)?;
            first.client = second.client.clone();
            let accounts = [
                ("VDS0000007", StateNumber::PRE_ACTIVATED, None, true),
                ("VDS1000120", StateNumber::ACTIVATED, Some(1), false),
            ];
            accounts_are(t, &first, &accounts)?;
            second.verify_device_code(t)?;
            second.issue_am2(t)?;
            second.activate_instance(t)?;
            accepted(t, &mut first, &Show::default()).map(|_| ())
        }),
    ]
}

/// A request signed by the instance of this number, the scene being at another.
fn accepted_by(t: &mut Trial<'_>, scene: &mut Scene, sequence: u32) -> Result<(), Stop> {
    let newer = scene.sequence;
    scene.sequence = sequence;
    accepted(t, scene, &Show::default())?;
    scene.sequence = newer;
    Ok(())
}

/// What is given at each start.
fn configured() -> Vec<Value> {
    let refused = |t: &mut Trial<'_>, scene: &mut Scene, rule: Rule, question: &ClientLoad| {
        scene.client = t.peer_client();
        t.refuses_stateless(rule, &scene.client, question)
    };
    vec![
        flow(
            "flow-state-other-platform-data",
            "other platform data: another device id, and AM2 is for another device",
            &["CST-9", "DVC-2", "PRT-4"],
            |t| {
                let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
                let state = t.agrees("CST-1", &scene.client, &save())?.state.0;
                let right = load(&scene.setup.clone(), &state);
                let other = ClientLoad { platform_data: Bytes(b"another".to_vec()), ..right };
                started(t, &mut scene, &other)?;
                let am2 =
                    ClientActivateInstance { message: scene.am2.clone(), pin: Pin::Right, now: scene.now };
                t.refuses_only(PRT_4, &scene.client, &am2)
            },
        ),
        flow("flow-state-rooted", "a rooted device, found at the next start", &["CST-9", "CLI-1"], |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            let state = t.agrees("CST-1", &scene.client, &save())?.state.0;
            let right = load(&scene.setup.clone(), &state);
            let rooted = ClientLoad { rooted: true, root_policy: RootPolicy::Block, ..right };
            started(t, &mut scene, &rooted)?;
            t.agrees("CST-1", &scene.client, &save())?;
            t.refuses_only(CLI_1, &scene.client, &scene.response_question(otp::TIME, NONE))
        }),
        flow("flow-state-refused", "a refused load makes no session", &["CST-6", "CST-9"], move |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            let state = t.agrees("CST-1", &scene.client, &save())?.state.0;
            let right = load(&scene.setup.clone(), &state);
            let bad = ClientLoad { platform_key: Array([0x45; 16]), ..right.clone() };
            refused(t, &mut scene, CST_6, &bad)?;
            t.agrees("CST-9", &scene.client, &right)?;
            scene.respond(t, otp::TIME, &NONE, 0).map(|_| ())
        }),
    ]
}
