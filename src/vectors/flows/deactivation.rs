//! Deactivation: on the server, on the client, and the way back.

use serde_json::Value;

use super::super::flow;
use super::steps::{accepted, accounts_are, by, confirmed, deactivation, otp_scene, replaced, signed, take};
use channel::rule::{
    AM2_2, CLI_2, CLI_3, CLI_4, CLI_7, CLI_12, DEA_2, DEA_3, DEA_6, NON_3, PRT_4, VER_2, VER_4,
};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, app};
use peer::operations::{ServerGenerateDeactivation, StateNumber};
use peer::protocol::{Number, Pin};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [done(), on_the_server(), taken(), not_taken(), bent()].concat()
}

fn ask(sequence: u32, now: u32) -> ServerGenerateDeactivation {
    ServerGenerateDeactivation { sequence: Number::from(sequence), now }
}

fn done() -> Vec<Value> {
    vec![
        flow(
            "flow-deactivation",
            "the account is gone, other serial numbers stay; nothing of its server is opened",
            &["DEA-1", "DEA-7", "CLI-18", "CLI-3"],
            |t| {
                let mut scene = confirmed(t)?;
                let setup = Setup { serial: "VDS1000121", ..Setup::default() };
                let mut other = Scene::new(t, Under::Both, setup, Stage::Created)?;
                other.client = scene.client.clone();
                other.play(t, Stage::Confirmed)?;
                let request = scene.request(t, &Show::default())?;
                let message = deactivation(t, &scene)?;
                t.agrees("DEA-7", &scene.client, &take(&message))?;
                accounts_are(t, &scene, &[("VDS1000121", StateNumber::ACTIVATED, Some(1), false)])?;
                accepted(t, &mut other, &Show::default())?;
                t.refuses_only(CLI_3, &scene.client, &open(&request))
            },
        ),
        flow(
            "flow-deactivation-and-back",
            "activated again, the device is another instance of the license",
            &["DEA-4", "AM2-3"],
            |t| {
                let mut scene = confirmed(t)?;
                let message = deactivation(t, &scene)?;
                t.agrees("DEA-7", &scene.client, &take(&message))?;
                accounts_are(t, &scene, &[])?;
                scene.now += 60;
                scene.play(t, Stage::Confirmed)?;
                t.same("AM2-3", &scene.sequence, Some(&2))?;
                accepted(t, &mut scene, &Show::default()).map(|_| ())
            },
        ),
    ]
}

fn on_the_server() -> Vec<Value> {
    vec![
        flow("flow-deactivated-instance", "it signs nothing any more", &["DEA-4", "VER-4"], |t| {
            let mut scene = confirmed(t)?;
            let (message, signature) = signed(t, &mut scene, &Show::default())?;
            deactivation(t, &scene)?;
            t.refuses_only(VER_4, &scene.server, &scene.verify(&message, &signature))
        }),
        flow(
            "flow-deactivated-before-the-confirmation",
            "the confirmation comes too late; the verified device is forgotten with its AM2",
            &["DEA-4", "VER-4", "AM2-2"],
            |t| {
                let scene = Scene::new(t, Under::Both, Setup::default(), Stage::Active)?;
                deactivation(t, &scene)?;
                t.refuses_only(VER_4, &scene.server, &scene.verify(&scene.am2, &scene.confirmation))?;
                let again = scene.am2_question(t);
                t.refuses_only(AM2_2, &scene.server, &again)
            },
        ),
        flow("flow-deactivation-again", "another message for the same instance", &["DEA-4", "NON-2"], |t| {
            let scene = confirmed(t)?;
            deactivation(t, &scene)?;
            let second = deactivation(t, &scene)?;
            t.agrees("DEA-7", &scene.client, &take(&second)).map(|_| ())
        }),
        flow("flow-deactivation-unknown", "a number that no instance has", &["DEA-3"], |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
            t.refuses_only(DEA_3, &scene.server, &ask(2, scene.now))
        }),
        flow("flow-deactivation-without-channel", "no payload key, no deactivation", &["DEA-2"], |t| {
            let setup = Setup { secure_channel: false, ..Setup::default() };
            let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
            t.refuses_only(DEA_2, &scene.server, &ask(2, scene.now))
        }),
        flow(
            "flow-deactivation-counter-exhausted",
            "the last counter is used: nothing is issued, nothing deactivated",
            &["NON-3"],
            |t| {
                let setup = Setup { last_counter: u32::MAX - 2, ..Setup::default() };
                let mut scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
                let (message, signature) = signed(t, &mut scene, &Show::default())?;
                t.refuses_only(NON_3, &scene.server, &ask(1, scene.now))?;
                scene.accept(t, &message, &signature)?;
                t.refuses_only(NON_3, &scene.server, &ask(1, scene.now))
            },
        ),
        flow("flow-deactivation-is-not-signed", "no message for a signature", &["VER-2"], |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
            let message = deactivation(t, &scene)?;
            t.refuses_only(VER_2, &scene.server, &scene.verify(&message, "12345678"))
        }),
    ]
}

fn taken() -> Vec<Value> {
    vec![
        flow("flow-deactivation-locked", "a locked account is wiped, too", &["DEA-7"], |t| {
            let mut scene = otp_scene(t, Under::Client)?;
            scene.lock(t)?;
            let message = deactivation(t, &scene)?;
            t.agrees("DEA-7", &scene.client, &take(&message))?;
            accounts_are(t, &scene, &[])
        }),
        flow("flow-deactivation-closes", "a message opened before is closed", &["DEA-7", "CLI-12"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let request = scene.request(t, &Show::default())?;
            scene.open(t, &request)?;
            let message = deactivation(t, &scene)?;
            t.agrees("DEA-7", &scene.client, &take(&message))?;
            t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))
        }),
        flow(
            "flow-deactivation-beside-a-pre-activated-account",
            "that one stays, alone, and is activated",
            &["DEA-7", "AM1-12"],
            |t| {
                let setup = Setup { replacement: true, ..Setup::default() };
                let mut scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
                scene.issue_am1(t)?;
                scene.activate_license(t)?;
                let serial = scene.setup.serial;
                accounts_are(t, &scene, &[(serial, StateNumber::ACTIVATED, Some(1), true)])?;
                let message = deactivation(t, &scene)?;
                t.agrees("DEA-7", &scene.client, &take(&message))?;
                accounts_are(t, &scene, &[(serial, StateNumber::PRE_ACTIVATED, None, true)])?;
                t.refuses_only(CLI_4, &scene.client, &take(&message))?;
                scene.verify_device_code(t)?;
                scene.issue_am2(t)?;
                scene.activate_instance(t)?;
                scene.confirm(t)?;
                accounts_are(t, &scene, &[(serial, StateNumber::ACTIVATED, Some(2), false)])
            },
        ),
    ]
}

fn not_taken() -> Vec<Value> {
    vec![
        flow("flow-deactivation-of-a-sibling", "meant for another instance", &["DEA-6"], |t| {
            let first = confirmed(t)?;
            let mut second = first.another_client(t, Under::Both)?;
            second.play(t, Stage::Confirmed)?;
            let message = deactivation(t, &second)?;
            t.refuses_only(DEA_6, &first.client, &take(&message))
        }),
        flow(
            "flow-deactivation-older-than-the-account",
            "meant for the account that was there before",
            &["DEA-6"],
            |t| {
                let setup = Setup { replacement: true, ..Setup::default() };
                let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
                let message = deactivation(t, &scene)?;
                scene.now += 60;
                replaced(t, &mut scene)?;
                t.refuses_only(DEA_6, &scene.client, &take(&message))
            },
        ),
        flow("flow-deactivation-twice", "there is no account any more", &["CLI-3"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let message = deactivation(t, &scene)?;
            t.agrees("DEA-7", &scene.client, &take(&message))?;
            t.refuses_only(CLI_3, &scene.client, &take(&message))
        }),
        flow("flow-deactivation-opened", "open takes requests, deactivate deactivations", &["CLI-2"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let request = scene.request(t, &by(app::TIME))?;
            t.refuses_only(CLI_2, &scene.client, &take(&request))?;
            let message = deactivation(t, &scene)?;
            t.refuses_only(CLI_2, &scene.client, &open(&message))
        }),
    ]
}

fn bent() -> Vec<Value> {
    vec![
        flow("flow-deactivation-protection", "not the protection agreed on", &["CLI-7"], |t| {
            let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let channel = scene.payload_channel();
            let message = deactivation(t, &scene)?;
            let downgraded = Plain::of(&message, Some(&channel))?.with_protection(1).message(Some(&channel));
            t.refuses_only(CLI_7, &scene.client, &take(&downgraded))
        }),
        flow("flow-deactivation-from-a-request", "the type is under the tag", &["PRT-4"], |t| {
            let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
            let request = scene.request(t, &Show::default())?;
            let relabelled = format!("0082{}", request.get(4..).unwrap_or_default());
            t.refuses_only(PRT_4, &scene.client, &take(&relabelled))
        }),
    ]
}
