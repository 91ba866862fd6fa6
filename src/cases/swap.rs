//! Replacing an account, at the client: what is left of the old one once the app has reported the confirmation.

use super::client::{lock, second_account};
use super::deactivation::{deactivate, end, issue};
use super::replacement::{client, works};
use super::{blaming, sequence};
use channel::rule::{CLI_12, CLI_15, DEA_6};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage};
use harness::setup::{PIN_TRIES, app};
use harness::trial::{Stop, Trial};
use peer::protocol::Pin;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    vec![
        sequence(
            "replacement-swaps",
            Client,
            &["CLI-21", "AM2-10"],
            "once the confirmation is reported the new account opens and signs, under its own number, time after time",
            swaps,
        ),
        sequence(
            "replacement-closes-message",
            Client,
            &["CLI-21", "CLI-12"],
            "a message opened on the old account is closed",
            closes,
        ),
        sequence(
            "replacement-leaves-other-message",
            Client,
            &["CLI-21", "CLI-12"],
            "a message opened on another account stays open and is signed",
            leaves_other,
        ),
        sequence(
            "replacement-leaves-no-failures",
            Client,
            &["CLI-21", "CLI-15"],
            "wrong PINs of the old account don't count for the new one",
            no_failures,
        ),
        sequence(
            "replacement-leaves-no-events",
            Client,
            &["CLI-21", "SIG-5"],
            "event counters of the old account don't count for the new one, which begins at 0",
            no_events,
        ),
        sequence(
            "replacement-locked-while-waiting",
            Client,
            &["CLI-21"],
            "of an account that was locked while its successor waited, the lock goes with it",
            locked_while_waiting,
        ),
        sequence(
            "replacement-old-deactivation",
            Client,
            &["DEA-6", "CLI-21"],
            "the deactivation of the old instance, issued later, does not touch the new one",
            old_deactivation,
        ),
    ]
}

fn swaps(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    for sequence in 2..=4 {
        scene.play(t, Stage::Confirmed)?;
        t.same("AM2-10", &scene.sequence, Some(&sequence))?;
        works(t, "CLI-21", &mut scene)?;
    }
    Ok(())
}

fn closes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let request = scene.request(t, &Show::default())?;
    scene.play(t, Stage::Am2)?;
    scene.open(t, &request)?;
    scene.activate_instance(t)?;
    scene.confirm(t)?;
    let sign = scene.approve(t, Pin::Right);
    blaming("CLI-21", t.refuses_only(CLI_12, &scene.client, &sign))?;
    works(t, "CLI-21", &mut scene)
}

fn leaves_other(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let mut second = second_account(t, &scene, Stage::Confirmed)?;
    let request = second.request(t, &Show::default())?;
    second.open(t, &request)?;
    scene.play(t, Stage::Confirmed)?;
    let signed = t.twin("CLI-21", &second.client, &second.approve(t, Pin::Right))?;
    second.accept(t, &request, &signed.got.signature.unwrap_or_default())?;
    t.refuses_only(CLI_12, &second.client, &second.approve(t, Pin::Right))?;
    works(t, "CLI-21", &mut scene)
}

fn no_failures(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    for _ in 0..3 {
        let request = scene.request(t, &Show::default())?;
        scene.open(t, &request)?;
        for _ in 1..PIN_TRIES {
            t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong))?;
        }
        scene.play(t, Stage::Confirmed)?;
    }
    works(t, "CLI-21", &mut scene)
}

fn no_events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    for events in [4, 2] {
        for _ in 0..events {
            let request = scene.request(t, &Show { application: app::EVENT, ..Show::default() })?;
            scene.open(t, &request)?;
            let signed = t.accepts("SIG-5", &scene.client, &scene.approve(t, Pin::Right))?;
            t.same("SIG-5", &signed.got.signature, signed.want.as_ref().map(|want| &want.signature))?;
        }
        scene.play(t, Stage::Confirmed)?;
    }
    let request = scene.request(t, &Show { application: app::EVENT, ..Show::default() })?;
    scene.open(t, &request)?;
    let signed = t.accepts("CLI-21", &scene.client, &scene.approve(t, Pin::Right))?;
    t.same("CLI-21", &signed.got.signature, signed.want.as_ref().map(|want| &want.signature))
}

fn locked_while_waiting(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let old = scene.clone();
    scene.play(t, Stage::Active)?;
    lock(t, &mut Scene { now: scene.now, ..old })?;
    scene.confirm(t)?;
    works(t, "CLI-21", &mut scene)
}

fn old_deactivation(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    scene.play(t, Stage::Confirmed)?;
    let of_old = issue(t, &scene, 1)?;
    t.refuses_only(DEA_6, &scene.client, &deactivate(&of_old))?;
    works(t, "CLI-21", &mut scene)?;
    end(t, &scene)
}
