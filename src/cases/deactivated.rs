//! Deactivation, at the client: what goes with the account, and what stays.

use super::client::{lock, resealed, second_account, with_bad_tag};
use super::deactivation::{confirmed, deactivate, end, issue, siblings};
use super::{blaming, positive, sequence};
use channel::rule::{CLI_3, CLI_12, DEA_6, PRT_4};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Carrier, Data, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    vec![
        positive(
            "deactivate-accepted",
            Client,
            &["DEA-7"],
            "a deactivation is accepted under both protections and on both carriers, and says which account it was",
            accepted,
        ),
        sequence(
            "deactivate-wipes",
            Client,
            &["DEA-7", "CLI-3"],
            "after its deactivation nothing is left to open with or respond with; the account beside it goes on",
            wipes,
        ),
        sequence(
            "deactivate-locked",
            Client,
            &["DEA-7"],
            "a locked account is deactivated like any other, and activated again it is not locked",
            locked,
        ),
        sequence(
            "deactivate-closes-message",
            Client,
            &["DEA-7", "CLI-12"],
            "a message opened on the account is closed, also for an account activated afterwards",
            closes,
        ),
        sequence(
            "deactivate-leaves-other-message",
            Client,
            &["DEA-7", "CLI-12"],
            "a message opened on another account stays open and is signed",
            leaves_other,
        ),
        sequence(
            "deactivate-refused-leaves-message",
            Client,
            &["CLI-12"],
            "a refused deactivation leaves the message that is open on the account",
            refused_leaves,
        ),
        sequence(
            "deactivate-sibling-goes-on",
            Client,
            &["DEA-7", "DEA-6"],
            "of two instances one is deactivated, and the other signs as before",
            sibling_goes_on,
        )
        .implies("DEA-8"),
        sequence(
            "deactivate-and-activate-again",
            Client,
            &["DEA-7", "AM2-10"],
            "a deactivated device is activated again as an instance of its own",
            again,
        ),
        sequence(
            "deactivate-unconfirmed",
            Client,
            &["DEA-7"],
            "a client whose confirmation never reached the server is deactivated, too",
            unconfirmed,
        ),
        sequence(
            "deactivate-second-message",
            Client,
            &["DEA-7"],
            "where the first message was lost, the second one deactivates",
            second_message,
        ),
    ]
}

fn accepted(t: &mut Trial<'_>) -> Result<(), Stop> {
    for message_protection in [1, 2] {
        for carrier in [Carrier::Direct, Carrier::Gateway] {
            let setup = Setup { message_protection, ..Setup::default() };
            let scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
            let message = issue(t, &scene, scene.sequence)?;
            let got = t.agrees("DEA-7", &scene.client, &ClientDeactivate { message, carrier })?;
            t.same("DEA-7", &got.serial.as_str(), Some(&scene.setup.serial))?;
            t.same("DEA-7", &got.sequence, Some(&scene.sequence))?;
        }
    }
    Ok(())
}

fn wipes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    let setup = Setup { serial: "VDS1000121", ..Setup::otp() };
    let mut second = Scene::new(t, Under::Client, setup, Stage::Created)?;
    second.client = scene.client.clone();
    second.play(t, Stage::Confirmed)?;
    let request = scene.request(t, &Show::default())?;
    let other = second.request(t, &Show::default())?;
    let one_time = |scene: &Scene| scene.response_question(otp::TIME, Data::ResponseOnly {});
    end(t, &scene)?;
    t.refuses_only(CLI_3, &scene.client, &open(&request))?;
    t.refuses_only(CLI_3, &scene.client, &one_time(&scene))?;
    t.twin("DEA-7", &second.client, &open(&other))?;
    t.twin("DEA-7", &second.client, &one_time(&second))?;
    second.sign(t).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    lock(t, &mut scene)?;
    end(t, &scene)?;
    scene.play(t, Stage::Confirmed)?;
    let request = scene.request(t, &Show::default())?;
    t.twin("DEA-7", &scene.client, &open(&request))?;
    t.twin("DEA-7", &scene.client, &scene.approve(t, Pin::Right)).map(|_| ())
}

fn closes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    let request = scene.request(t, &Show::default())?;
    scene.open(t, &request)?;
    t.agrees("DEA-7", &scene.client, &deactivate(&good))?;
    let sign = scene.approve(t, Pin::Right);
    blaming("DEA-7", t.refuses_only(CLI_12, &scene.client, &sign))?;
    scene.play(t, Stage::Confirmed)?;
    blaming("DEA-7", t.refuses_only(CLI_12, &scene.client, &sign))?;
    let request = scene.request(t, &Show::default())?;
    scene.open(t, &request)?;
    scene.sign(t).map(|_| ())
}

fn leaves_other(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let mut second = second_account(t, &scene, Stage::Confirmed)?;
    let request = second.request(t, &Show::default())?;
    second.open(t, &request)?;
    t.agrees("DEA-7", &scene.client, &deactivate(&good))?;
    let both = t.twin("DEA-7", &second.client, &second.approve(t, Pin::Right))?;
    second.accept(t, &request, &both.got.signature.unwrap_or_default())?;
    t.refuses_only(CLI_12, &second.client, &second.approve(t, Pin::Right))
}

fn refused_leaves(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    let request = scene.request(t, &Show::default())?;
    scene.open(t, &request)?;
    t.refuses_only(PRT_4, &scene.client, &deactivate(&with_bad_tag(&good)))?;
    let of_nobody = resealed(&scene, &good, |plain| plain.body = vec![2, 0])?;
    t.refuses_only(DEA_6, &scene.client, &deactivate(&of_nobody))?;
    t.twin("CLI-12", &scene.client, &scene.approve(t, Pin::Right))?;
    t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))?;
    t.twin("CLI-12", &scene.client, &deactivate(&good)).map(|_| ())
}

fn sibling_goes_on(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut first, second) = siblings(t)?;
    let request = first.request(t, &Show::default())?;
    first.open(t, &request)?;
    let of_second = issue(t, &second, second.sequence)?;
    t.refuses_only(DEA_6, &first.client, &deactivate(&of_second))?;
    t.agrees("DEA-7", &second.client, &deactivate(&of_second))?;
    let signature = first.sign(t)?;
    first.accept(t, &request, &signature)?;
    let request = first.request(t, &Show::default())?;
    first.open(t, &request).map(|_| ())
}

fn again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    for sequence in 2..=4 {
        end(t, &scene)?;
        scene.play(t, Stage::Confirmed)?;
        t.same("AM2-10", &scene.sequence, Some(&sequence))?;
        let request = scene.request(t, &Show::default())?;
        let shown = t.twin("DEA-7", &scene.client, &open(&request))?;
        t.same("DEA-7", &shown.got.sequence, Some(&sequence))?;
        let signature = scene.sign(t)?;
        scene.accept(t, &request, &signature)?;
    }
    Ok(())
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
    end(t, &scene)?;
    scene.play(t, Stage::Confirmed)
}

fn second_message(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, first) = confirmed(t)?;
    let second = issue(t, &scene, scene.sequence)?;
    t.agrees("DEA-7", &scene.client, &deactivate(&second))?;
    t.refuses_only(CLI_3, &scene.client, &deactivate(&first))
}
