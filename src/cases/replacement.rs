//! Replacing an account through the Secure Channel action, at the client: what is refused, and what goes on
//! until AM2 is accepted.

use super::client::{lock, with_bad_tag};
use super::deactivation::{deactivate, end, issue};
use super::{blaming, negative, positive, sequence};
use channel::rule::{
    AM1_11, AM2_6, AM2_15, CLI_2, CLI_5, CLI_7, CLI_8, CLI_12, CLI_15, CLI_16, DEA_6, FRM_5, FRM_12, PRT_4,
    Rule,
};
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = refusals();
    cases.extend(meanwhile());
    cases
}

fn refusals() -> Vec<Case> {
    use Role::Client;
    vec![
        negative(
            "am1-account-locked",
            Client,
            AM1_11,
            "without replacement a locked account refuses AM1 as an activated one does",
            account_locked,
        ),
        negative(
            "am1-order-state-before-checksum",
            Client,
            AM1_11,
            "an activated account and a bad checksum or body: the account wins",
            order_state,
        ),
        negative(
            "am1-order-version-before-state",
            Client,
            FRM_5,
            "an unknown version for an activated account: the version wins",
            |t| order_frame(t, FRM_5, |plain| plain.word |= 0x1000),
        ),
        negative(
            "am1-order-type-before-state",
            Client,
            CLI_2,
            "a message of another type for an activated account: the type wins",
            |t| order_frame(t, CLI_2, |plain| *plain = plain.with_type(3).with_protection(2)),
        ),
        negative(
            "replacement-bent-am1",
            Client,
            FRM_12,
            "with replacement, a bent AM1 for an activated account is refused for its checksum",
            bent_am1,
        ),
        negative(
            "replacement-am2-without-am1",
            Client,
            AM2_6,
            "an activated account without a pre-activated one beside it refuses AM2, before and after replacing",
            am2_without_am1,
        ),
        negative(
            "replacement-am2-of-earlier-am1",
            Client,
            PRT_4,
            "a new AM1 takes the place of the pending one: AM2 for the earlier is refused",
            earlier_am1,
        ),
        negative(
            "replacement-old-requests",
            Client,
            CLI_8,
            "requests and deactivations issued before the new AM2 are stale for the new account",
            old_requests,
        ),
        negative(
            "replacement-old-payload-key",
            Client,
            PRT_4,
            "after replacing by the license imported again, messages under the old payload key are refused",
            |t| reissued(t, PRT_4, 2),
        ),
        negative(
            "replacement-old-protection",
            Client,
            CLI_7,
            "after replacing by the license imported again with another protection, the old one is refused",
            |t| reissued(t, CLI_7, 1),
        ),
    ]
}

fn meanwhile() -> Vec<Case> {
    use Role::Client;
    vec![
        positive(
            "replacement-takes-am1",
            Client,
            &["AM1-12", "DVC-3"],
            "with replacement an activated account takes AM1 and answers with its device code",
            takes_am1,
        ),
        sequence(
            "replacement-old-goes-on",
            Client,
            &["AM1-12"],
            "between AM1 and AM2 the old account opens, signs and responds as before",
            old_goes_on,
        ),
        sequence(
            "replacement-message-stays-open",
            Client,
            &["AM1-12", "CLI-12"],
            "AM1 and a refused AM2 leave the message open that is open on the old account",
            message_stays,
        ),
        sequence(
            "replacement-locked-stays-locked",
            Client,
            &["AM1-12", "CLI-5", "CLI-16"],
            "a locked account takes AM1 and stays locked, and AM2 is refused",
            stays_locked,
        ),
        sequence(
            "replacement-deactivated-meanwhile",
            Client,
            &["DEA-7", "AM2-11"],
            "a deactivation wipes the old account, and AM2 is still accepted for the pre-activated one",
            deactivated_meanwhile,
        ),
        sequence(
            "replacement-abandoned",
            Client,
            &["AM1-12"],
            "where no AM2 follows, the account goes on for good and is deactivated alone",
            abandoned,
        ),
    ]
}

/// A client that takes replacements, activated and confirmed; the server is asked to replace from here on.
pub(super) fn replaceable(t: &mut Trial<'_>, under: Under, setup: Setup) -> Result<Scene, Stop> {
    let setup = Setup { replacement: true, ..setup };
    let mut scene = Scene::new(t, under, setup, Stage::Confirmed)?;
    scene.replace = true;
    Ok(scene)
}

pub(super) fn client(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    replaceable(t, Under::Client, Setup::default())
}

fn take(message: &str) -> ClientActivateLicense {
    ClientActivateLicense { message: message.into() }
}

pub(super) fn take_am2(scene: &Scene, message: &str) -> ClientActivateInstance {
    ClientActivateInstance { message: message.into(), pin: Pin::Right, now: scene.now }
}

/// A request opened and signed: the scene's account is usable.
pub(super) fn works(t: &mut Trial<'_>, aim: &'static str, scene: &mut Scene) -> Result<(), Stop> {
    let request = scene.request(t, &Show::default())?;
    let shown = t.twin(aim, &scene.client, &open(&request))?;
    t.same(aim, &shown.got.sequence, Some(&scene.sequence))?;
    let signed = t.twin(aim, &scene.client, &scene.approve(t, Pin::Right))?;
    t.same(aim, &signed.got.signature, signed.want.as_ref().map(|want| &want.signature))?;
    scene.accept(t, &request, &signed.got.signature.unwrap_or_default())
}

fn account_locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    lock(t, &mut scene)?;
    scene.issue_am1(t)?;
    let other = Setup { serial: "VDS1000121", ..Setup::default() };
    let other = Scene::new(t, Under::Client, other, Stage::Issued)?;
    t.refuses(AM1_11, &scene.client, &take(&scene.am1), &take(&other.am1)).map(|_| ())
}

fn order_state(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let other = Setup { serial: "VDS1000121", ..Setup::default() };
    let other = Scene::new(t, Under::Client, other, Stage::Issued)?;
    let plain = Plain::of(&scene.am1, None)?;
    let empty = plain.with_body(Vec::new()).message(None);
    for bad in [with_bad_tag(&scene.am1), with_bad_tag(&empty), empty] {
        t.refuses_only(AM1_11, &scene.client, &take(&bad))?;
    }
    t.twin(AM1_11.id, &scene.client, &take(&other.am1)).map(|_| ())
}

fn order_frame(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut Plain)) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let other = Setup { serial: "VDS1000121", ..Setup::default() };
    let other = Scene::new(t, Under::Client, other, Stage::Issued)?;
    let mut plain = Plain::of(&scene.am1, None)?;
    bend(&mut plain);
    t.refuses(rule, &scene.client, &take(&plain.message(None)), &take(&other.am1)).map(|_| ())
}

fn bent_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    scene.issue_am1(t)?;
    t.refuses_only(FRM_12, &scene.client, &take(&with_bad_tag(&scene.am1)))?;
    // What was refused stands beside nothing.
    t.refuses_only(AM2_6, &scene.client, &take_am2(&scene, &scene.am2))?;
    t.twin(FRM_12.id, &scene.client, &take(&scene.am1)).map(|_| ())
}

fn am2_without_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    t.refuses_only(AM2_6, &scene.client, &take_am2(&scene, &scene.am2))?;
    scene.play(t, Stage::Am2)?;
    t.twin(AM2_6.id, &scene.client, &take_am2(&scene, &scene.am2))?;
    scene.mark_confirmed(t)?;
    t.refuses_only(AM2_6, &scene.client, &take_am2(&scene, &scene.am2))?;
    // Before its protection and its tag.
    let channel = scene.am2_channel();
    let other = Plain::of(&scene.am2, channel.as_ref())?.with_protection(1).message(channel.as_ref());
    t.refuses_only(AM2_6, &scene.client, &take_am2(&scene, &with_bad_tag(&other)))
}

fn earlier_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    scene.play(t, Stage::Am2)?;
    let earlier = scene.am2.clone();
    scene.play(t, Stage::Am2)?;
    t.refuses(PRT_4, &scene.client, &take_am2(&scene, &earlier), &take_am2(&scene, &scene.am2)).map(|_| ())
}

fn old_requests(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let old = scene.request(t, &Show::default())?;
    let old_end = issue(t, &scene, scene.sequence)?;
    scene.play(t, Stage::Confirmed)?;
    // It names the old instance; under the payload key of both, bent, the new one.
    t.refuses_only(DEA_6, &scene.client, &deactivate(&old_end))?;
    let channel = scene.payload_channel();
    let mut plain = Plain::of(&old_end, Some(&channel))?;
    plain.body = vec![2, 0];
    t.refuses_only(CLI_8, &scene.client, &deactivate(&plain.message(Some(&channel))))?;
    let new = scene.request(t, &Show::default())?;
    t.refuses(CLI_8, &scene.client, &open(&old), &open(&new)).map(|_| ())
}

/// A server of the same license, imported again: another payload key and this message protection.
pub(super) fn imported_again(t: &mut Trial<'_>, old: &Scene, message_protection: u32) -> Result<Scene, Stop> {
    let setup = Setup { message_protection, ..old.setup.clone() };
    let server = t.reference_party();
    let create = setup.server(t, old.license_key);
    t.agrees("PPR-5", &server, &create)?;
    let payload_key = create.random.and_then(|random| random.payload_key).map(|key| key.0);
    Ok(Scene { setup, server, payload_key: payload_key.unwrap_or_default(), ..old.clone() })
}

/// What the old server says is no more after the license was imported again.
fn reissued(t: &mut Trial<'_>, rule: Rule, message_protection: u32) -> Result<(), Stop> {
    let mut old = client(t)?;
    let mut new = imported_again(t, &old, message_protection)?;
    new.play(t, Stage::Am2)?;
    works(t, "AM1-12", &mut old)?;
    new.activate_instance(t)?;
    new.confirm(t)?;
    let (of_old, of_new) = (old.request(t, &Show::default())?, new.request(t, &Show::default())?);
    let end_of_old = issue(t, &old, old.sequence)?;
    t.refuses_only(rule, &new.client, &deactivate(&end_of_old))?;
    t.refuses(rule, &new.client, &open(&of_old), &open(&of_new)).map(|_| ())
}

fn takes_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (challenge, carried) in [(true, false), (false, false), (true, true)] {
        let setup = Setup { challenge, carried, ..Setup::default() };
        let mut scene = replaceable(t, Under::Client, setup)?;
        scene.issue_am1(t)?;
        blaming("AM1-12", t.accepts("AM1-12", &scene.client, &take(&scene.am1)))?;
        // Again, and as a check of the code: an AM1 restarts what is pending.
        scene.activate_license(t)?;
        scene.verify_device_code(t)?;
    }
    t.implied(&["AM1-12", "DVC-3"])
}

fn old_goes_on(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let before = scene.request(t, &Show::default())?;
    let old = scene.clone();
    scene.play(t, Stage::Am2)?;
    let mut old = Scene { now: scene.now, ..old };
    t.twin("AM1-12", &old.client, &open(&before))?;
    let signature = old.sign(t)?;
    old.accept(t, &before, &signature)?;
    for application in [app::EVENT, app::BOTH] {
        let request = old.request(t, &Show { application, ..Show::default() })?;
        old.open(t, &request)?;
        t.refuses_only(CLI_15, &old.client, &old.approve(t, Pin::Wrong))?;
        let signature = old.sign(t)?;
        old.accept(t, &request, &signature)?;
    }
    let one_time = old.response_question(app::RESPONSE_ONLY, Data::ResponseOnly {});
    t.twin("AM1-12", &old.client, &one_time)?;
    works(t, "AM1-12", &mut old)
}

fn message_stays(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let request = scene.request(t, &Show::default())?;
    scene.open(t, &request)?;
    let old = scene.clone();
    scene.play(t, Stage::Am2)?;
    t.refuses_only(PRT_4, &scene.client, &take_am2(&scene, &with_bad_tag(&scene.am2)))?;
    let signed = t.twin("AM1-12", &scene.client, &scene.approve(t, Pin::Right))?;
    t.same("AM1-12", &signed.got.signature, signed.want.as_ref().map(|want| &want.signature))?;
    let question = old.verify(&request, &signed.got.signature.unwrap_or_default());
    t.agrees("AM1-12", &scene.server, &question)?;
    t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))
}

fn stays_locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    lock(t, &mut scene)?;
    let request = scene.request(t, &Show::default())?;
    scene.issue_am1(t)?;
    t.twin("AM1-12", &scene.client, &take(&scene.am1))?;
    scene.activate_license(t)?;
    let sign = scene.approve(t, Pin::Right);
    blaming("AM1-12", t.refuses_only(CLI_5, &scene.client, &open(&request)))?;
    blaming("AM1-12", t.refuses_only(CLI_16, &scene.client, &sign))?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    t.refuses_only(AM2_15, &scene.client, &take_am2(&scene, &scene.am2))?;
    blaming("AM1-12", t.refuses_only(CLI_5, &scene.client, &open(&request)))?;
    t.implied(&["AM1-12"])
}

fn deactivated_meanwhile(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let old = scene.clone();
    scene.play(t, Stage::PreActivated)?;
    end(t, &old)?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    blaming("DEA-7", t.accepts("DEA-7", &scene.client, &take_am2(&scene, &scene.am2)))?;
    let request = scene.request(t, &Show::default())?;
    t.twin("AM2-11", &scene.client, &open(&request))?;
    t.implied(&["AM2-11"])
}

fn abandoned(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = client(t)?;
    let mut old = scene.clone();
    for _ in 0..3 {
        scene.play(t, Stage::Verified)?;
        works(t, "AM1-12", &mut old)?;
    }
    end(t, &old)
}
