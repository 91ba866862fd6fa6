//! Whole flows between a client and a server that are both under test: one peer, or a pair of two.

use super::client::lock;
use super::deactivation::end;
use super::replacement::replaceable;
use super::sequence;
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::protocol::{Pin, Removed};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let both = Role::Both;
    let mut cases = Vec::new();
    for (activation_protection, message_protection) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
        for (challenge, carried) in [(true, false), (false, true)] {
            let id = format!(
                "flow-{activation_protection}{message_protection}-{}",
                if carried { "vector" } else { "challenge" }
            );
            let about = format!(
                "activation and signing with protections {activation_protection} and {message_protection}"
            );
            let covers = &["AM2-10", "VER-13", "CLI-11"];
            cases.push(sequence(id, both, covers, about, move |t| {
                let setup = Setup {
                    activation_protection,
                    message_protection,
                    challenge,
                    carried,
                    built_in: !carried,
                    ..Setup::default()
                };
                one_request_each(t, setup)
            }));
        }
    }
    cases.extend([
        sequence(
            "flow-without-channel",
            both,
            &["AM2-1"],
            "a license without Secure Channel is activated and confirmed",
            |t| {
                Scene::new(
                    t,
                    Under::Both,
                    Setup { secure_channel: false, ..Setup::default() },
                    Stage::Confirmed,
                )
                .map(|_| ())
            },
        ),
        sequence(
            "flow-several-instances",
            both,
            &["AM2-3", "KEY-8", "VER-8"],
            "three instances of one license sign in turn",
            several_instances,
        ),
        sequence(
            "flow-several-accounts",
            both,
            &["CLI-3"],
            "one client holds three accounts and picks by serial number",
            several_accounts,
        ),
        sequence(
            "flow-post-activation-applications",
            both,
            &["AM1-2", "AM2-10"],
            "each signing application confirms",
            |t| {
                for post_activation in [app::TIME, app::EVENT, app::BOTH, app::OFFLINE, app::LONG] {
                    one_request_each(t, Setup { post_activation, ..Setup::default() })?;
                }
                t.implied(&["AM1-2"])
            },
        ),
        sequence(
            "flow-life-of-a-device",
            both,
            &["AM1-12", "AM2-11", "DEA-4", "DEA-7", "VER-30"],
            "a device is activated, replaced, locked, replaced, deactivated and activated again, signing in between",
            life_of_a_device,
        ),
        sequence(
            "flow-long-run",
            both,
            &["NON-2", "VER-8", "SIG-5"],
            "eighty requests, every third left unsigned",
            long_run,
        ),
    ]);
    cases
}

fn one_request_each(t: &mut Trial<'_>, setup: Setup) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Both, setup, Stage::Confirmed)?;
    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        scene.now += 40;
        let message = scene.request(t, &Show { application, require_pin: true, ..Show::default() })?;
        scene.open(t, &message)?;
        let signature = scene.sign(t)?;
        scene.accept(t, &message, &signature)?;
    }
    t.implied(&["AM2-10", "VER-13", "CLI-11"])
}

fn several_instances(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut first = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
    let mut second = first.another_client(t, Under::Both)?;
    second.play(t, Stage::Confirmed)?;
    let mut third = second.another_client(t, Under::Both)?;
    third.play(t, Stage::Confirmed)?;
    for _ in 0..3 {
        for scene in [&mut first, &mut second, &mut third] {
            scene.now += 40;
            let message = scene.request(t, &Show::default())?;
            scene.open(t, &message)?;
            let signature = scene.sign(t)?;
            scene.accept(t, &message, &signature)?;
        }
    }
    t.implied(&["AM2-3", "KEY-8", "VER-8"])
}

fn several_accounts(t: &mut Trial<'_>) -> Result<(), Stop> {
    let first = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
    let mut scenes = vec![first];
    for serial in ["VDS1000121", "VDS0000000"] {
        let mut next = Scene::new(t, Under::Both, Setup { serial, ..Setup::default() }, Stage::Created)?;
        if let Some(first) = scenes.first() {
            next.client = first.client.clone();
        }
        next.play(t, Stage::Confirmed)?;
        scenes.push(next);
    }
    for scene in scenes.iter_mut().rev() {
        let message = scene.request(t, &Show::default())?;
        let shown = scene.open(t, &message)?;
        t.same("CLI-3", &shown.serial.as_str(), Some(&scene.setup.serial))?;
        let signature = scene.sign(t)?;
        scene.accept(t, &message, &signature)?;
    }
    Ok(())
}

/// A request is opened, signed and accepted.
fn signs(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    scene.now += 40;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)
}

fn life_of_a_device(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = replaceable(t, Under::Both, Setup::default())?;
    signs(t, &mut scene)?;
    scene.play(t, Stage::Confirmed)?;
    signs(t, &mut scene)?;
    // Locked, it can't be replaced: the user removes it.
    lock(t, &mut scene)?;
    t.agrees("CLI-19", &scene.client, &scene.remove_question(Removed::Account))?;
    scene.play(t, Stage::Confirmed)?;
    signs(t, &mut scene)?;
    end(t, &scene)?;
    scene.replace = false;
    scene.play(t, Stage::Confirmed)?;
    signs(t, &mut scene)?;
    t.implied(&["AM1-12", "AM2-11", "DEA-4", "DEA-7", "VER-30"])
}

fn long_run(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Both, Setup::default(), Stage::Confirmed)?;
    for round in 0..80 {
        scene.now += 20;
        let application =
            [app::TIME, app::EVENT, app::BOTH, app::LONG].get(round % 4).copied().unwrap_or(app::TIME);
        let message = scene.request(t, &Show { application, ..Show::default() })?;
        if round % 3 == 2 {
            continue;
        }
        scene.open(t, &message)?;
        let signed = t.accepts("SIG-5", &scene.client, &scene.approve(t, Pin::Cached))?;
        t.same("SIG-5", &signed.got.signature, signed.want.as_ref().map(|want| &want.signature))?;
        scene.accept(t, &message, &signed.got.signature.unwrap_or_default())?;
    }
    t.implied(&["NON-2"])?;
    t.implied(&["VER-8"])
}
