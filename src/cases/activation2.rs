//! Activation message 2 and the confirmation.

use super::{negative, positive, sequence};
use channel::rule::{AM2_2, AM2_4, AM2_6, AM2_7, AM2_8, CLI_2, CLI_3, NON_3, PRT_4, Rule, VER_4};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::json::show;
use peer::operations::*;
use peer::protocol::Pin;

type Bend = (&'static str, Rule, fn(&mut Plain));

const BENDS: [Bend; 10] = [
    ("body-empty", AM2_8, |p| p.body.clear()),
    ("body-30-bytes", AM2_8, |p| p.body.truncate(30)),
    ("body-32-bytes", AM2_8, |p| p.body.push(0)),
    ("sequence-0", AM2_8, |p| set(p, 0, 0)),
    ("sequence-100", AM2_8, |p| set(p, 0, 100)),
    ("flag-bit-1", AM2_8, |p| set(p, 1, 3)),
    ("flag-bit-7", AM2_8, |p| set(p, 1, 0x81)),
    ("payload-key-without-flag", AM2_8, |p| set(p, 1, 0)),
    ("protection-1", AM2_7, |p| *p = p.with_protection(1)),
    ("unknown-serial", CLI_3, |p| p.serial = [0xC3, 0xE4, 0, 0, 1]),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = BENDS
        .into_iter()
        .map(|(name, rule, bend)| {
            let about = format!("AM2 with {name} is refused with {}", rule.class.word());
            negative(format!("am2-{name}"), Role::Client, rule, about, move |t| bent(t, rule, bend))
        })
        .collect();
    cases.extend([
        positive(
            "am2-layout",
            Role::Server,
            &["AM2-1", "KEY-6", "KEY-3", "NON-1"],
            "AM2 has the reference's bytes under both protections",
            layout,
        ),
        positive(
            "am2-without-channel",
            Role::Server,
            &["AM2-1"],
            "a license without Secure Channel sends flag 0 and zeros",
            without_channel,
        ),
        positive(
            "am2-confirmation",
            Role::Client,
            &["AM2-10", "KEY-6"],
            "the client answers AM2 with the confirmation of the post-activation application",
            confirmation,
        ),
        positive(
            "am2-application-keys",
            Role::Client,
            &["KEY-8"],
            "application keys depend on sequence, application, device and salt",
            application_keys,
        ),
        negative("am2-every-bit", Role::Client, PRT_4, "a bit bent anywhere in AM2 is refused", every_bit),
        negative(
            "am2-of-another-device",
            Role::Client,
            PRT_4,
            "AM2 made for another device is refused",
            another_device,
        ),
        negative("am2-without-am1", Role::Client, CLI_3, "AM2 without AM1 is refused", without_am1),
        negative(
            "am2-twice",
            Role::Client,
            AM2_6,
            "AM2 for an activated account is refused; another account's is accepted",
            twice,
        ),
        negative(
            "am2-type-request",
            Role::Client,
            CLI_2,
            "activate_instance refuses a frame of another type",
            another_type,
        ),
        negative(
            "am2-before-device-code",
            Role::Server,
            AM2_2,
            "AM2 is not issued without a verified device",
            before_code,
        ),
        negative(
            "am2-after-confirmation",
            Role::Server,
            AM2_2,
            "after the confirmation the device is no longer the verified one",
            after_confirmation,
        ),
        sequence(
            "am2-same-bytes-again",
            Role::Server,
            &["AM2-5"],
            "asked again the server issues the same bytes and uses no counter",
            again,
        ),
        sequence(
            "am2-sequence-numbers",
            Role::Server,
            &["AM2-3"],
            "sequence numbers rise by one and are never used again",
            sequence_numbers,
        ),
        negative(
            "am2-threshold",
            Role::Server,
            AM2_4,
            "above the threshold AM2 is refused; up to it it is not",
            threshold,
        ),
        positive(
            "am2-last-counter",
            Role::Server,
            &["NON-2"],
            "the message counter goes on from where the license says",
            last_counter,
        ),
        negative(
            "am2-counter-exhausted",
            Role::Server,
            NON_3,
            "after the last counter neither AM2 nor requests are issued",
            exhausted,
        ),
        sequence(
            "am2-clock-goes-back",
            Role::Server,
            &["NON-1"],
            "the time in the nonce never goes back",
            clock_back,
        ),
        negative(
            "am2-confirmed-twice",
            Role::Server,
            VER_4,
            "a confirmation is accepted once",
            confirmed_twice,
        ),
        negative(
            "am2-device-confirmed-before",
            Role::Server,
            VER_4,
            "of two instances for one device only one is confirmed",
            device_confirmed,
        ),
    ]);
    cases
}

fn set(plain: &mut Plain, at: usize, value: u8) {
    if let Some(byte) = plain.body.get_mut(at) {
        *byte = value;
    }
}

fn take(scene: &Scene, message: &str) -> ClientActivateInstance {
    ClientActivateInstance { message: message.into(), pin: Pin::Right, now: scene.now }
}

fn bent(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut Plain)) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
    let channel = scene.am2_channel();
    let mut plain = Plain::of(&scene.am2, channel.as_ref())?;
    bend(&mut plain);
    let bad = plain.message(channel.as_ref());
    t.refuses(rule, &scene.client, &take(&scene, &bad), &take(&scene, &scene.am2)).map(|_| ())
}

fn both_protections() -> [Setup; 4] {
    [(1, true), (1, false), (2, true), (2, false)].map(|(activation_protection, challenge)| Setup {
        activation_protection,
        challenge,
        ..Setup::default()
    })
}

fn layout(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in both_protections() {
        Scene::new(t, Under::Server, setup, Stage::Am2)?;
    }
    t.implied(&["AM2-1", "KEY-6", "KEY-3", "NON-1"])
}

fn without_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene =
        Scene::new(t, Under::Server, Setup { secure_channel: false, ..Setup::default() }, Stage::Am2)?;
    let body = Plain::of(&scene.am2, scene.am2_channel().as_ref())?.body;
    t.same("AM2-1", &body.get(1..18).map(hex::encode), Some(&Some("00".repeat(17))))
}

fn confirmation(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in both_protections() {
        Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    }
    for post_activation in [app::EVENT, app::BOTH, app::OFFLINE, app::LONG] {
        Scene::new(t, Under::Client, Setup { post_activation, ..Setup::default() }, Stage::Confirmed)?;
    }
    Scene::new(t, Under::Client, Setup { secure_channel: false, ..Setup::default() }, Stage::Confirmed)?;
    t.implied(&["KEY-6"])
}

fn application_keys(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut seen = std::collections::BTreeSet::new();
    for (device_type, post_activation) in [(7, app::LONG), (8, app::LONG), (7, app::EVENT)] {
        let setup = Setup { device_type, post_activation, ..Setup::default() };
        let first = Scene::new(t, Under::Client, setup, Stage::Am2)?;
        let mut second = first.another_client(t, Under::Client)?;
        second.play(t, Stage::Am2)?;
        for scene in [first, second] {
            let both = t.accepts("KEY-8", &scene.client, &take(&scene, &scene.am2))?;
            t.same("KEY-8", &both.got.signature, both.want.as_ref().map(|want| &want.signature))?;
            seen.insert(both.got.signature);
        }
    }
    t.decided(seen.len() == 6, "KEY-8", "different signatures from different keys", show(&seen))
}

fn every_bit(t: &mut Trial<'_>) -> Result<(), Stop> {
    for activation_protection in [1, 2] {
        let setup = Setup { activation_protection, ..Setup::default() };
        let scene = Scene::new(t, Under::Client, setup, Stage::Am2)?;
        let good = hex::decode(&scene.am2).unwrap_or_default();
        let before = t.state(PRT_4.id, &scene.client)?;
        for bit in 0..good.len() * 8 {
            let mut bent = good.clone();
            if let Some(byte) = bent.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            t.refuses_as_reference(&scene.client, &take(&scene, &hex::encode(&bent)))?;
        }
        t.state_is(PRT_4.id, &scene.client, before)?;
        t.twin(PRT_4.id, &scene.client, &take(&scene, &scene.am2))?;
    }
    Ok(())
}

fn another_device(t: &mut Trial<'_>) -> Result<(), Stop> {
    let first = Scene::new(t, Under::Client, Setup::default(), Stage::PreActivated)?;
    let mut second = first.another_client(t, Under::Client)?;
    second.activate_license(t)?;
    second.verify_device_code(t)?;
    second.issue_am2(t)?;
    let mut first = first;
    let wrong = second.am2.clone();
    first.verify_device_code(t)?;
    first.issue_am2(t)?;
    t.refuses(PRT_4, &first.client, &take(&first, &wrong), &take(&first, &first.am2)).map(|_| ())
}

fn without_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
    let fresh = scene.another_client(t, Under::Client)?;
    t.refuses_only(CLI_3, &fresh.client, &take(&scene, &scene.am2))?;
    t.twin(CLI_3.id, &scene.client, &take(&scene, &scene.am2)).map(|_| ())
}

fn twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Active)?;
    t.refuses_only(AM2_6, &scene.client, &take(&scene, &scene.am2))?;
    let setup = Setup { serial: "VDS1000121", ..Setup::default() };
    let mut other = Scene::new(t, Under::Client, setup, Stage::Created)?;
    other.client = scene.client;
    other.play(t, Stage::Am2)?;
    t.twin(AM2_6.id, &other.client, &take(&other, &other.am2)).map(|_| ())
}

fn another_type(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
    let channel = scene.am2_channel();
    for kind in [2, 3, 0x24] {
        let bad = Plain::of(&scene.am2, channel.as_ref())?.with_type(kind).message(channel.as_ref());
        t.refuses_only(CLI_2, &scene.client, &take(&scene, &bad))?;
    }
    t.refuses(CLI_2, &scene.client, &take(&scene, &scene.am1), &take(&scene, &scene.am2)).map(|_| ())
}

fn before_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let question = scene.am2_question(t);
    t.refuses_only(AM2_2, &scene.server, &question)?;
    scene.play(t, Stage::PreActivated)?;
    t.refuses_only(AM2_2, &scene.server, &question)?;
    scene.verify_device_code(t)?;
    t.twin(AM2_2.id, &scene.server, &question).map(|_| ())
}

fn after_confirmation(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    let question = scene.am2_question(t);
    t.refuses_only(AM2_2, &scene.server, &question)?;
    scene = scene.another_client(t, Under::Server)?;
    scene.play(t, Stage::Verified)?;
    t.twin(AM2_2.id, &scene.server, &question).map(|_| ())
}

fn again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Am2)?;
    let first = scene.am2.clone();
    scene.now += 100;
    scene.verify_device_code(t)?;
    let before = t.state("AM2-5", &scene.server)?;
    let question = scene.am2_question(t);
    let second = t.accepts("AM2-5", &scene.server, &question)?.got;
    t.same("AM2-5", &second.message, Some(&first))?;
    t.same("AM2-5", &second.sequence, Some(&scene.sequence))?;
    t.state_is("AM2-5", &scene.server, before)?;
    scene.activate_instance(t)?;
    scene.confirm(t)?;
    // No counter was used for the second one.
    scene.request(t, &Show::default()).map(|_| ())
}

fn sequence_numbers(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    for want in 2..=4 {
        scene = scene.another_client(t, Under::Server)?;
        // The third is abandoned after AM2; its number stays used.
        scene.play(t, if want == 3 { Stage::Am2 } else { Stage::Confirmed })?;
        t.same("AM2-3", &scene.sequence, Some(&want))?;
    }
    Ok(())
}

fn threshold(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene =
        Scene::new(t, Under::Server, Setup { threshold: 2, ..Setup::default() }, Stage::Confirmed)?;
    scene = scene.another_client(t, Under::Server)?;
    scene.play(t, Stage::Verified)?;
    let question = scene.am2_question(t);
    t.twin(AM2_4.id, &scene.server, &question)?;
    scene = scene.another_client(t, Under::Server)?;
    scene.play(t, Stage::Verified)?;
    let question = scene.am2_question(t);
    t.refuses_only(AM2_4, &scene.server, &question)
}

fn last_counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: 0x0102_0304, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let request = scene.request(t, &Show::default())?;
    t.same("NON-2", &scene.am2.get(22..30), Some(&Some("01020305")))?;
    t.same("NON-2", &request.get(22..30), Some(&Some("01020306")))
}

fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: u32::MAX - 2, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let question = Show::default().question(scene.now);
    t.twin(NON_3.id, &scene.server, &question)?;
    t.refuses_only(NON_3, &scene.server, &question)?;
    scene = scene.another_client(t, Under::Server)?;
    scene.play(t, Stage::Verified)?;
    let question = scene.am2_question(t);
    t.refuses_only(NON_3, &scene.server, &question)
}

fn clock_back(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    t.needs_time(&scene.server)?;
    scene.now += 1000;
    let late = scene.request(t, &Show::default())?;
    scene.now -= 2000;
    let early = scene.request(t, &Show::default())?;
    let time = |message: &str| message.get(14..22).map(str::to_owned);
    t.same("NON-1", &time(&early), Some(&time(&late)))
}

fn confirmed_twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Active)?;
    let question = scene.verify(&scene.am2, &scene.confirmation);
    t.twin(VER_4.id, &scene.server, &question)?;
    t.refuses_only(VER_4, &scene.server, &question)
}

fn device_confirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    // One device activates twice; both confirmations exist before the first is accepted.
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let create = scene.setup.client(t);
    let mut confirmations = Vec::new();
    for _ in 0..2 {
        scene.client = t.reference_party();
        t.agrees("PPR-5", &scene.client, &create)?;
        scene.play(t, Stage::Active)?;
        confirmations.push(scene.verify(&scene.am2, &scene.confirmation));
    }
    let [first, second] = confirmations.as_slice() else { return Ok(()) };
    t.twin(VER_4.id, &scene.server, second)?;
    t.refuses_only(VER_4, &scene.server, first)
}
