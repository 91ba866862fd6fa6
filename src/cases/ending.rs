//! Deactivation, at the server: the message, and what is accepted no more.

use super::deactivation::{end, issue, question};
use super::{blaming, negative, positive, sequence};
use channel::rule::{AM2_2, AM2_4, DEA_2, DEA_3, DVC_12, NON_3, VER_4, VER_12};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::Data;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = refusals();
    cases.extend(effects());
    cases
}

fn refusals() -> Vec<Case> {
    use Role::Server;
    vec![
        negative(
            "deactivation-no-channel",
            Server,
            DEA_2,
            "without Secure Channel no deactivation is issued, with it it is",
            no_channel,
        ),
        negative(
            "deactivation-unknown-instance",
            Server,
            DEA_3,
            "a sequence number that no instance has is refused, before the first and above the last",
            unknown_instance,
        ),
        negative(
            "deactivation-counter-exhausted",
            Server,
            NON_3,
            "after the last counter no deactivation is issued, and the instance goes on",
            exhausted,
        ),
        negative(
            "deactivation-order-channel-before-instance",
            Server,
            DEA_2,
            "no Secure Channel and no such instance: the channel wins",
            order_channel,
        ),
        negative(
            "deactivation-order-instance-before-counter",
            Server,
            DEA_3,
            "no such instance and no counter left: the instance wins",
            order_instance,
        ),
        negative(
            "deactivation-keeps-number",
            Server,
            AM2_4,
            "the number of a deactivated instance is not used again, so the threshold is reached",
            keeps_number,
        ),
    ]
}

fn effects() -> Vec<Case> {
    use Role::Server;
    vec![
        positive(
            "deactivation-layout",
            Server,
            &["DEA-1", "NON-1", "NON-2"],
            "deactivations have the reference's bytes under both protections, counters rising by one",
            layout,
        ),
        sequence(
            "deactivation-ends-signatures",
            Server,
            &["DEA-4", "VER-4"],
            "once the message is issued the instance's signatures are refused, a sibling's are accepted",
            ends_signatures,
        ),
        sequence(
            "deactivation-ends-responses",
            Server,
            &["DEA-4", "VER-4"],
            "once the message is issued the instance's one-time passwords are refused",
            ends_responses,
        ),
        sequence(
            "deactivation-ends-unlocking",
            Server,
            &["DEA-4", "VER-4"],
            "a deactivated instance gets no unlock response",
            ends_unlocking,
        ),
        sequence(
            "deactivation-of-unconfirmed",
            Server,
            &["DEA-4", "VER-4", "AM2-5"],
            "a deactivated instance can't be confirmed, and its AM2 is not issued again",
            of_unconfirmed,
        ),
        sequence(
            "deactivation-leaves-verified-device",
            Server,
            &["DEA-4", "AM2-5"],
            "deactivating one instance leaves another device's verification and AM2 as they are",
            leaves_verified,
        ),
        sequence(
            "deactivation-leaves-verified-code",
            Server,
            &["DEA-4"],
            "a verified device that has no instance yet is not forgotten with its old one",
            leaves_verified_code,
        ),
        sequence(
            "deactivation-again",
            Server,
            &["DEA-4", "NON-2"],
            "asked again the server issues another message, and the instance stays deactivated",
            again,
        ),
        sequence(
            "deactivation-of-locked",
            Server,
            &["DEA-4", "VER-4"],
            "a locked instance is deactivated; its state is then named before its lock",
            of_locked,
        ),
        sequence(
            "deactivation-frees-device",
            Server,
            &["DEA-4", "DVC-12", "AM2-3"],
            "the device of a deactivated instance is let in without replacing, with the next number",
            frees_device,
        ),
    ]
}

fn without_channel(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    let setup = Setup { secure_channel: false, ..Setup::default() };
    Scene::new(t, Under::Server, setup, Stage::Confirmed)
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let without = without_channel(t)?;
    t.refuses_only(DEA_2, &without.server, &question(&without, 1))?;
    let with = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    t.twin(DEA_2.id, &with.server, &question(&with, 1)).map(|_| ())
}

fn unknown_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    t.refuses_only(DEA_3, &scene.server, &question(&scene, 1))?;
    scene.play(t, Stage::Verified)?;
    t.refuses_only(DEA_3, &scene.server, &question(&scene, 1))?;
    scene.issue_am2(t)?;
    for sequence in [2, 99] {
        t.refuses_only(DEA_3, &scene.server, &question(&scene, sequence))?;
    }
    t.twin(DEA_3.id, &scene.server, &question(&scene, 1)).map(|_| ())
}

fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: u32::MAX - 2, ..Setup::default() };
    let scene = Scene::new(t, Under::Server, setup.clone(), Stage::Confirmed)?;
    t.twin(NON_3.id, &scene.server, &question(&scene, 1))?;
    t.refuses_only(NON_3, &scene.server, &question(&scene, 1))?;
    // Here the last counter goes into a request, and what is refused deactivates nothing.
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let good = signed(t, &mut scene)?;
    t.refuses(NON_3, &scene.server, &question(&scene, 1), &good).map(|_| ())
}

fn order_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let without = without_channel(t)?;
    t.refuses_only(DEA_2, &without.server, &question(&without, 2))?;
    let with = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    t.twin(DEA_2.id, &with.server, &question(&with, 1)).map(|_| ())
}

fn order_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: u32::MAX - 2, ..Setup::default() };
    let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    t.twin(DEA_3.id, &scene.server, &question(&scene, 1))?;
    t.refuses_only(NON_3, &scene.server, &question(&scene, 1))?;
    t.refuses_only(DEA_3, &scene.server, &question(&scene, 2))
}

fn keeps_number(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { threshold: 2, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    end(t, &scene)?;
    scene.play(t, Stage::Verified)?;
    let next = scene.am2_question(t);
    t.twin(AM2_4.id, &scene.server, &next)?;
    issue(t, &scene, 2)?;
    scene.play(t, Stage::Verified)?;
    let next = scene.am2_question(t);
    t.refuses_only(AM2_4, &scene.server, &next)
}

fn layout(t: &mut Trial<'_>) -> Result<(), Stop> {
    for message_protection in [1, 2] {
        let setup = Setup { message_protection, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
        let mut second = scene.another_client(t, Under::Server)?;
        second.play(t, Stage::Confirmed)?;
        for sequence in [1, 2, 1] {
            scene.now += 1;
            issue(t, &scene, sequence)?;
            scene.request(t, &Show::default())?;
        }
    }
    t.implied(&["DEA-1", "NON-1", "NON-2"])
}

pub(super) fn signed(t: &mut Trial<'_>, scene: &mut Scene) -> Result<ServerVerifyMessageSignature, Stop> {
    let request = scene.request(t, &Show::default())?;
    scene.open(t, &request)?;
    let signature = scene.sign(t)?;
    Ok(scene.verify(&request, &signature))
}

fn ends_signatures(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    let before = signed(t, &mut scene)?;
    t.twin("DEA-4", &scene.server, &before)?;
    let (late, by_sibling) = (signed(t, &mut scene)?, signed(t, &mut sibling)?);
    issue(t, &scene, scene.sequence)?;
    // The client has not heard of it: its signatures are right, and refused.
    let after = signed(t, &mut scene)?;
    for bad in [late, after] {
        blaming("DEA-4", t.refuses_only(VER_4, &scene.server, &bad))?;
    }
    t.twin("DEA-4", &scene.server, &by_sibling)?;
    t.implied(&["DEA-4"])
}

fn ends_responses(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    let data = Data::ResponseOnly {};
    let first = scene.respond(t, otp::EVENT, &data, 0)?;
    let second = scene.respond(t, otp::EVENT, &data, 0)?;
    t.twin("DEA-4", &scene.server, &scene.verify_response(otp::EVENT, &data, &first))?;
    issue(t, &scene, scene.sequence)?;
    let bad = scene.verify_response(otp::EVENT, &data, &second);
    blaming("DEA-4", t.refuses_only(VER_4, &scene.server, &bad))?;
    t.implied(&["DEA-4"])
}

fn ends_unlocking(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    let unlock = ServerGenerateUnlockResponse { sequence: 1.into(), challenge: "12345678".into() };
    t.twin("DEA-4", &scene.server, &unlock)?;
    issue(t, &scene, scene.sequence)?;
    blaming("DEA-4", t.refuses_only(VER_4, &scene.server, &unlock))?;
    t.implied(&["DEA-4"])
}

fn of_unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Active)?;
    let confirmation = scene.verify(&scene.am2, &scene.confirmation);
    let message = issue(t, &scene, scene.sequence)?;
    blaming("DEA-4", t.refuses_only(VER_4, &scene.server, &confirmation))?;
    let next = scene.am2_question(t);
    blaming("DEA-4", t.refuses_only(AM2_2, &scene.server, &next))?;
    // Its AM1 is still out: the same code, verified again, makes another instance.
    scene.verify_device_code(t)?;
    t.agrees("DEA-7", &scene.client, &super::deactivation::deactivate(&message))?;
    scene.activate_license(t)?;
    scene.issue_am2(t)?;
    t.same("AM2-5", &scene.sequence, Some(&2))?;
    scene.activate_instance(t)?;
    scene.confirm(t)?;
    t.refuses_only(VER_4, &scene.server, &confirmation)?;
    t.implied(&["DEA-4"])
}

fn leaves_verified(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let mut other = scene.another_client(t, Under::Server)?;
    other.play(t, Stage::Am2)?;
    issue(t, &scene, scene.sequence)?;
    let question = other.am2_question(t);
    let again = t.twin("DEA-4", &other.server, &question)?.got;
    t.same("AM2-5", &again.message, Some(&other.am2))?;
    other.activate_instance(t)?;
    other.confirm(t)?;
    t.implied(&["DEA-4"])
}

fn leaves_verified_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { replacement: true, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    scene.replace = true;
    scene.play(t, Stage::Verified)?;
    issue(t, &scene, 1)?;
    let next = scene.am2_question(t);
    t.twin("DEA-4", &scene.server, &next)?;
    t.implied(&["DEA-4"])
}

fn again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let bad = signed(t, &mut scene)?;
    let first = issue(t, &scene, scene.sequence)?;
    let second = issue(t, &scene, scene.sequence)?;
    t.decided(first != second, "DEA-4", "another message", second.clone())?;
    t.same("NON-2", &second.get(22..30), Some(&Some("00000004")))?;
    blaming("DEA-4", t.refuses_only(VER_4, &scene.server, &bad))?;
    // The client takes any of them.
    let deactivate = super::deactivation::deactivate(&second);
    t.agrees("DEA-7", &scene.client, &deactivate).map(|_| ())
}

fn of_locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let good = signed(t, &mut scene)?;
    let wrong = ServerVerifyMessageSignature { signature: "00000000".into(), ..good.clone() };
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &scene.server, &wrong)?;
    }
    t.refuses_only(channel::rule::VER_5, &scene.server, &good)?;
    issue(t, &scene, scene.sequence)?;
    blaming("DEA-4", t.refuses_only(VER_4, &scene.server, &good))?;
    t.implied(&["DEA-4"])
}

fn frees_device(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { replacement: true, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    scene.issue_am1(t)?;
    scene.activate_license(t)?;
    let code = scene.code_question(&scene.device_code, false);
    t.refuses_only(DVC_12, &scene.server, &code)?;
    issue(t, &scene, 1)?;
    blaming("DEA-4", t.twin(DVC_12.id, &scene.server, &code))?;
    scene.issue_am2(t)?;
    t.same("AM2-3", &scene.sequence, Some(&2))?;
    scene.activate_instance(t)?;
    scene.confirm(t)?;
    let good = signed(t, &mut scene)?;
    t.twin("DEA-4", &scene.server, &good)?;
    t.implied(&["DEA-4"])
}
