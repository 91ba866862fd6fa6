//! Activation message 1: issued by the server, taken by the client.

use super::{blaming, negative, positive, sequence};
use channel::crypto::keys::Key;
use channel::crypto::{kdf, keywrap};
use channel::rule::{
    AM1_3, AM1_4, AM1_5, AM1_6, AM1_7, AM1_8, AM1_9, AM1_11, CLI_1, CLI_2, DVC_11, FRM_12, KEY_10, Rule,
    STV_4,
};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Pin, RootPolicy};

/// A bend of AM1's fields; the checksum is right again afterwards.
type Bend = (&'static str, Rule, fn(&mut Plain));

const BENDS: [Bend; 19] = [
    ("body-empty", AM1_3, |p| p.body.clear()),
    ("body-30-bytes", AM1_3, |p| p.body.truncate(30)),
    ("body-32-bytes-without-vector", AM1_3, |p| p.body.push(0)),
    ("vector-flag-without-vector", AM1_3, |p| or(p, 0, 2)),
    ("flag-bit-2", AM1_4, |p| or(p, 0, 0x04)),
    ("flag-bit-4", AM1_4, |p| or(p, 0, 0x10)),
    ("flag-bit-7", AM1_4, |p| or(p, 0, 0x80)),
    ("challenge-flag-without-challenge", AM1_5, |p| p.nonce = [0; 8]),
    ("challenge-without-flag", AM1_5, |p| and(p, 0, !1)),
    ("policy-activation-protection-0", AM1_6, |p| policy(p, 0, 2, 0)),
    ("policy-activation-protection-3", AM1_6, |p| policy(p, 3, 2, 0)),
    ("policy-message-protection-0", AM1_6, |p| policy(p, 2, 0, 0)),
    ("policy-message-protection-63", AM1_6, |p| policy(p, 2, 63, 0)),
    ("policy-last-bit", AM1_6, |p| or(p, 30, 1)),
    ("prefix-of-another-file", AM1_8, |p| xor(&mut p.serial, 1, 0x01)),
    ("application-not-in-vector", AM1_9, |p| policy(p, 2, 2, app::MISSING - 1)),
    ("application-disabled", AM1_9, |p| policy(p, 2, 2, app::DISABLED - 1)),
    ("application-response-only", AM1_9, |p| policy(p, 2, 2, app::RESPONSE_ONLY - 1)),
    ("key-of-another-serial", KEY_10, |p| xor(&mut p.serial, 4, 0x01)),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = BENDS
        .into_iter()
        .map(|(name, rule, bend)| {
            let about = format!("AM1 with {name} is refused with {}", rule.class.word());
            negative(format!("am1-{name}"), Role::Client, rule, about, move |t| bent(t, rule, bend))
        })
        .collect();
    cases.extend([
        positive(
            "am1-layout",
            Role::Server,
            &["AM1-1", "FRM-11"],
            "AM1 has the reference's bytes, with and without challenge and vector",
            layout,
        ),
        positive(
            "am1-policy",
            Role::Server,
            &["AM1-2"],
            "the policy states what the license was created with",
            policies,
        ),
        positive(
            "am1-wrapped-key",
            Role::Server,
            &["KEY-2", "KEY-9"],
            "the activation vector unwraps under KEY-2 to the license key",
            wrapped_key,
        ),
        positive(
            "am1-forms-accepted",
            Role::Client,
            &["AM1-1", "KEY-2"],
            "every form of AM1 is answered with the right device code",
            forms,
        ),
        positive(
            "am1-post-activation-offline",
            Role::Client,
            &["AM1-9"],
            "the post-activation application need not be allowed for Secure Channel",
            post_activation,
        ),
        negative(
            "am1-checksum-every-bit",
            Role::Client,
            FRM_12,
            "a bit bent anywhere after the header, or in time and challenge, is refused",
            checksum_bits,
        ),
        negative(
            "am1-wrapped-key-every-byte",
            Role::Client,
            KEY_10,
            "a bent activation vector under a right checksum is refused",
            wrapped_bits,
        ),
        negative(
            "am1-no-vector",
            Role::Client,
            AM1_7,
            "without a static vector anywhere AM1 is refused",
            no_vector,
        ),
        negative(
            "am1-carried-vector-bent",
            Role::Client,
            STV_4,
            "a malformed vector inside AM1 is refused as elsewhere",
            carried_bent,
        ),
        negative(
            "am1-type-request",
            Role::Client,
            CLI_2,
            "activate_license refuses a frame of another type",
            another_type,
        ),
        negative(
            "am1-rooted",
            Role::Client,
            CLI_1,
            "on a rooted device with policy block AM1 is refused; on an unrooted one accepted",
            rooted,
        ),
        positive(
            "am1-rooted-allowed",
            Role::Client,
            &["CLI-1"],
            "with policy allow a rooted device goes on",
            rooted_allowed,
        ),
        negative(
            "am1-account-active",
            Role::Client,
            AM1_11,
            "an activated account refuses AM1; another serial number's is accepted",
            account_active,
        ),
        sequence(
            "am1-restarts",
            Role::Client,
            &["AM1-11"],
            "a pre-activated account takes a new AM1 and forgets the old one",
            restarts,
        ),
        sequence(
            "am1-cancels-earlier",
            Role::Server,
            &["AM1-10"],
            "after a new AM1 only device codes for that one are accepted",
            cancels,
        ),
        negative(
            "am1-bent-on-the-way",
            Role::Server,
            DVC_11,
            "AM1 bent by accident on the way, checksum repaired, ends at the device code",
            bent_on_the_way,
        ),
        negative(
            "server-create-prefix",
            Role::Server,
            AM1_8,
            "a serial number of another prefix than the vector's is refused",
            create_prefix,
        ),
        negative(
            "server-create-application",
            Role::Server,
            AM1_9,
            "a post-activation application that can't sign is refused",
            create_application,
        ),
    ]);
    cases
}

fn xor(bytes: &mut [u8], at: usize, bits: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= bits;
    }
}

fn or(plain: &mut Plain, at: usize, bits: u8) {
    if let Some(byte) = plain.body.get_mut(at) {
        *byte |= bits;
    }
}

fn and(plain: &mut Plain, at: usize, bits: u8) {
    if let Some(byte) = plain.body.get_mut(at) {
        *byte &= bits;
    }
}

fn policy(plain: &mut Plain, activation: u16, messages: u16, index: u8) {
    let [high, low] = (activation << 10 | messages << 4 | u16::from(index) << 1).to_be_bytes();
    if let [.., h, l] = plain.body.as_mut_slice() {
        (*h, *l) = (high, low);
    }
}

fn take(message: &str) -> ClientActivateLicense {
    ClientActivateLicense { message: message.into() }
}

fn bent(t: &mut Trial<'_>, rule: Rule, bend: fn(&mut Plain)) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Issued)?;
    let mut plain = Plain::of(&scene.am1, None)?;
    bend(&mut plain);
    t.refuses(rule, &scene.client, &take(&plain.message(None)), &take(&scene.am1)).map(|_| ())
}

fn all_forms() -> impl Iterator<Item = Setup> {
    [(false, false), (false, true), (true, false), (true, true)].into_iter().flat_map(
        |(challenge, carried)| {
            [(1, 1), (1, 2), (2, 1), (2, 2)].map(|(activation_protection, message_protection)| Setup {
                challenge,
                carried,
                activation_protection,
                message_protection,
                ..Setup::default()
            })
        },
    )
}

fn layout(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in all_forms() {
        Scene::new(t, Under::Server, setup, Stage::Issued)?;
    }
    // The checksum is part of the bytes that were compared.
    t.implied(&["FRM-11"])
}

fn policies(t: &mut Trial<'_>) -> Result<(), Stop> {
    for post_activation in [app::TIME, app::EVENT, app::BOTH, app::OFFLINE, app::LONG] {
        for setup in all_forms() {
            let setup = Setup { post_activation, ..setup };
            let scene = Scene::new(t, Under::Server, setup.clone(), Stage::Issued)?;
            let want = setup.activation_protection << 10
                | setup.message_protection << 4
                | u32::from(post_activation - 1) << 1;
            let body = Plain::of(&scene.am1, None)?.body;
            t.same("AM1-2", &body.get(29..31).map(hex::encode), Some(&Some(format!("{want:04X}"))))?;
        }
    }
    Ok(())
}

fn wrapped_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    for serial in ["VDS1000120", "VDS0000000", "VDS9999999"] {
        let scene = Scene::new(t, Under::Server, Setup { serial, ..Setup::default() }, Stage::Issued)?;
        let body = Plain::of(&scene.am1, None)?.body;
        let wrapped: Option<[u8; 24]> = body.get(5..29).and_then(|bytes| bytes.try_into().ok());
        let serial = serial.parse().map_err(|_| Stop::Harness("serial".into()))?;
        let wrapping = kdf::wrapping(&scene.setup.vector.master_key, serial);
        let unwrapped = wrapped.and_then(|wrapped| keywrap::unwrap(&wrapping, &wrapped).ok());
        let right = unwrapped.is_some_and(|key| key == Key::new(scene.license_key));
        t.decided(
            right,
            "KEY-9",
            "an activation vector that unwraps to the license key",
            hex::encode(&body),
        )?;
        t.decided(right, "KEY-2", "wrapped under KEY-2", hex::encode(&body))?;
    }
    Ok(())
}

fn forms(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in all_forms() {
        let built_in = !setup.carried;
        Scene::new(t, Under::Client, Setup { built_in, ..setup }, Stage::PreActivated)?;
    }
    t.implied(&["AM1-1"])?;
    t.implied(&["KEY-2"])
}

fn post_activation(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { post_activation: app::OFFLINE, ..Setup::default() };
    Scene::new(t, Under::Client, setup, Stage::Active)?;
    t.implied(&["AM1-9"])
}

fn checksum_bits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Issued)?;
    let good = hex::decode(&scene.am1).unwrap_or_default();
    let before = t.state(FRM_12.id, &scene.client)?;
    for bit in 7 * 8..good.len() * 8 {
        let mut bent = good.clone();
        xor(&mut bent, bit / 8, 1 << (bit % 8));
        t.refuses_as_reference(&scene.client, &take(&hex::encode(&bent)))?;
    }
    t.state_is(FRM_12.id, &scene.client, before)?;
    t.twin(FRM_12.id, &scene.client, &take(&scene.am1)).map(|_| ())
}

fn wrapped_bits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Issued)?;
    for at in 5..29 {
        let mut plain = Plain::of(&scene.am1, None)?;
        xor(&mut plain.body, at, 0x40);
        t.refuses_only(KEY_10, &scene.client, &take(&plain.message(None)))?;
    }
    t.twin(KEY_10.id, &scene.client, &take(&scene.am1)).map(|_| ())
}

fn no_vector(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { built_in: false, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Issued)?;
    let without = scene.am1.clone();
    scene.setup.carried = true;
    scene.issue_am1(t)?;
    t.refuses(AM1_7, &scene.client, &take(&without), &take(&scene.am1)).map(|_| ())
}

fn carried_bent(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { carried: true, built_in: false, ..Setup::default() };
    let scene = Scene::new(t, Under::Client, setup, Stage::Issued)?;
    let mut plain = Plain::of(&scene.am1, None)?;
    xor(&mut plain.body, 31 + 33, 0x40);
    t.refuses(STV_4, &scene.client, &take(&plain.message(None)), &take(&scene.am1)).map(|_| ())
}

fn another_type(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Issued)?;
    for kind in [1, 2, 3, 0x24] {
        let plain = Plain::of(&scene.am1, None)?.with_type(kind).with_protection(2);
        let bad = plain.message(Some(&Key::new([0; 16])));
        t.refuses_only(CLI_2, &scene.client, &take(&bad))?;
    }
    t.twin(CLI_2.id, &scene.client, &take(&scene.am1)).map(|_| ())
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { rooted: true, root_policy: RootPolicy::Block, ..Setup::default() };
    let scene = Scene::new(t, Under::Client, setup, Stage::Issued)?;
    t.refuses_only(CLI_1, &scene.client, &take(&scene.am1))?;
    t.refuses_only(CLI_1, &scene.client, &take("not hexadecimal"))?;
    t.refuses_only(CLI_1, &scene.client, &harness::scene::open(&scene.am1))?;
    let instance = ClientActivateInstance { message: scene.am1.clone(), pin: Pin::Right, now: scene.now };
    t.refuses_only(CLI_1, &scene.client, &instance)?;
    let sign = scene.approve(t, Pin::Right);
    t.refuses_only(CLI_1, &scene.client, &sign)?;
    // The twin differs in nothing but the device: a client that is not rooted.
    let client = t.peer_client();
    let create = Setup::default().client(t);
    t.agrees("PPR-5", &client, &create)?;
    t.twin(CLI_1.id, &client, &take(&scene.am1)).map(|_| ())
}

fn rooted_allowed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { rooted: true, root_policy: RootPolicy::Allow, ..Setup::default() };
    Scene::new(t, Under::Client, setup, Stage::Active)?;
    t.implied(&["CLI-1"])
}

fn account_active(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    scene.issue_am1(t)?;
    let other = Setup { serial: "VDS1000121", ..Setup::default() };
    let second = Scene::new(t, Under::Client, other, Stage::Issued)?;
    t.refuses(AM1_11, &scene.client, &take(&scene.am1), &take(&second.am1)).map(|_| ())
}

fn restarts(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
    let old = ClientActivateInstance { message: scene.am2.clone(), pin: Pin::Right, now: scene.now };
    scene.issue_am1(t)?;
    scene.activate_license(t)?;
    t.refuses_only(channel::rule::PRT_4, &scene.client, &old)?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    scene.activate_instance(t)?;
    t.implied(&["AM1-11"])
}

fn cancels(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    let old = scene.code_question(&scene.device_code, false);
    scene.now += 1;
    scene.issue_am1(t)?;
    t.refuses_only(DVC_11, &scene.server, &old)?;
    scene.activate_license(t)?;
    scene.verify_device_code(t)?;
    // A new AM1 forgets the verified device, too.
    scene.issue_am1(t)?;
    let question = scene.am2_question(t);
    blaming("AM1-10", t.refuses_only(channel::rule::AM2_2, &scene.server, &question))?;
    scene.play_from_code(t)?;
    t.implied(&["AM1-10"])
}

fn bent_on_the_way(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { carried: true, built_in: false, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Issued)?;
    let good = scene.am1.clone();
    // The time; the message protection in the policy; the tries in the carried vector.
    for (at, bits) in [(4, 0x01), (30, 0x30), (31 + 31, 0x10)] {
        let mut plain = Plain::of(&good, None)?;
        xor(&mut plain.body, at, bits);
        scene.am1 = plain.message(None);
        scene.activate_license(t)?;
        let question = scene.code_question(&scene.device_code, false);
        // Each is a wrong code; the right one in between keeps the license from running out of tries.
        t.refuses_only(DVC_11, &scene.server, &question)?;
        scene.am1 = good.clone();
        scene.activate_license(t)?;
        scene.verify_device_code(t)?;
    }
    Ok(())
}

fn create_prefix(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_server();
    let key = t.random();
    let good = Setup::default().server(t, key);
    let bad = ServerCreate { serial: "VDT1000120".into(), ..good.clone() };
    t.refuses_stateless(AM1_8, &party, &bad)?;
    t.twin(AM1_8.id, &party, &good).map(|_| ())
}

fn create_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let key = t.random();
    for index in [app::MISSING, app::DISABLED, app::RESPONSE_ONLY] {
        let party = t.peer_server();
        let good = Setup::default().server(t, key);
        let bad = Setup { post_activation: index, ..Setup::default() }.server(t, key);
        t.refuses_stateless(AM1_9, &party, &bad)?;
        t.twin(AM1_9.id, &party, &good)?;
    }
    Ok(())
}
