//! Deactivation, at the client: what it refuses, and in which order.

use super::client::{resealed, second_account, with_bad_tag};
use super::{negative, sequence};
use channel::crypto::keys::Key;
use channel::rule::{
    CLI_1, CLI_2, CLI_3, CLI_4, CLI_6, CLI_7, CLI_8, CNV_3, DEA_5, DEA_6, FRM_3, FRM_4, FRM_5, PRT_4, Rule,
};
use harness::case::{Case, Role};
use harness::forge::{Blame, Plain, same_message};
use harness::scene::{Scene, Show, Stage, Under, open};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Carrier, Number, Pin, RootPolicy};

/// A bend of a deactivation in clear, sealed again; then perhaps its tag is bent.
type Bend = (&'static str, Rule, bool, fn(&mut Plain));

const BENDS: [Bend; 21] = [
    ("body-empty", DEA_5, false, |p| p.body.clear()),
    ("body-1-byte", DEA_5, false, |p| p.body.truncate(1)),
    ("body-3-bytes", DEA_5, false, |p| p.body.push(0)),
    ("sequence-0", DEA_5, false, |p| p.body = vec![0, 0]),
    ("sequence-100", DEA_5, false, |p| p.body = vec![100, 0]),
    ("sequence-255", DEA_5, false, |p| p.body = vec![255, 0]),
    ("last-byte-1", DEA_5, false, |p| p.body = vec![1, 1]),
    ("last-byte-128", DEA_5, false, |p| p.body = vec![1, 0x80]),
    ("sequence-of-nobody", DEA_6, false, |p| p.body = vec![2, 0]),
    ("sequence-99", DEA_6, false, |p| p.body = vec![99, 0]),
    ("unknown-serial", CLI_3, false, |p| p.serial = UNKNOWN),
    ("tag", PRT_4, true, |_| ()),
    ("order-version-before-type", FRM_5, false, |p| p.word = p.with_type(3).word | 0x1000),
    ("order-type-before-serial", CLI_2, false, |p| *p = Plain { serial: UNKNOWN, ..p.with_type(3) }),
    ("order-serial-before-protection", CLI_3, true, |p| {
        *p = Plain { serial: UNKNOWN, ..p.with_protection(1) };
    }),
    ("order-protection-before-tag", CLI_7, true, |p| *p = p.with_protection(1)),
    ("order-tag-before-counter", PRT_4, true, |p| p.nonce = [0; 8]),
    ("order-tag-before-body", PRT_4, true, |p| p.body.clear()),
    ("order-body-before-counter", DEA_5, false, |p| (p.nonce, p.body) = ([0; 8], vec![])),
    ("order-sequence-before-counter", DEA_6, false, |p| (p.nonce, p.body) = ([0; 8], vec![2, 0])),
    ("order-form-before-sequence", DEA_5, false, |p| p.body = vec![2, 1]),
];

/// `VDS1000121`, on the wire.
const UNKNOWN: [u8; 5] = [0xC3, 0xE4, 0x0F, 0x42, 0xB9];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let bent = BENDS.into_iter().map(|(name, rule, bad_tag, bend)| {
        let about = format!("a deactivation with {name} is refused with {}", rule.class.word());
        negative(format!("deactivate-{name}"), Role::Client, rule, about, move |t| {
            bent(t, rule, bad_tag, bend)
        })
    });
    bent.chain(refusals()).collect()
}

fn refusals() -> Vec<Case> {
    use Role::Client;
    vec![
        negative(
            "deactivate-rooted",
            Client,
            CLI_1,
            "on a rooted device with policy block a deactivation is refused before it is read",
            rooted,
        ),
        negative(
            "deactivate-not-hexadecimal",
            Client,
            CNV_3,
            "a deactivation with a blank, a foreign character or half a byte is refused",
            not_hexadecimal,
        ),
        negative(
            "deactivate-536-bytes",
            Client,
            FRM_3,
            "a deactivation too long for the direct carrier is refused for its length",
            |t| too_long(t, FRM_3, Carrier::Direct, 536),
        ),
        negative(
            "deactivate-2102-bytes",
            Client,
            FRM_4,
            "a deactivation too long for the gateway carrier is refused for its length",
            |t| too_long(t, FRM_4, Carrier::Gateway, 2102),
        ),
        negative(
            "deactivate-long-on-gateway",
            Client,
            DEA_5,
            "a deactivation of 536 bytes on the gateway carrier is read, and its body refused",
            |t| too_long(t, DEA_5, Carrier::Gateway, 536),
        ),
        negative("deactivate-type", Client, CLI_2, "deactivate refuses a frame of another type", types),
        negative(
            "deactivate-pre-activated",
            Client,
            CLI_4,
            "a pre-activated account can't be deactivated, the activated one beside it can",
            pre_activated,
        ),
        negative(
            "deactivate-no-channel",
            Client,
            CLI_6,
            "an account without payload key takes no deactivation, whatever its protection",
            no_channel,
        ),
        negative(
            "deactivate-downgraded",
            Client,
            CLI_7,
            "protection 1 under right keys is refused where 2 was agreed on",
            |t| wrong_protection(t, 2, 1),
        ),
        negative(
            "deactivate-upgraded",
            Client,
            CLI_7,
            "protection 2 under right keys is refused where 1 was agreed on",
            |t| wrong_protection(t, 1, 2),
        ),
        negative(
            "deactivate-other-keys",
            Client,
            PRT_4,
            "a deactivation under any key but the payload key is refused",
            other_keys,
        ),
        negative(
            "deactivate-relabelled-request",
            Client,
            PRT_4,
            "a request whose type is made that of a deactivation is refused: the type is under the tag",
            relabelled,
        ),
        negative(
            "deactivate-stale-counter",
            Client,
            CLI_8,
            "a counter not above AM2's is refused; the next is not",
            stale,
        ),
        negative(
            "deactivate-sibling",
            Client,
            DEA_6,
            "the deactivation of a sibling instance is refused, and wipes the sibling alone",
            sibling,
        ),
        negative(
            "deactivate-twice",
            Client,
            CLI_3,
            "after its deactivation an account is gone, for the same message, too",
            twice,
        ),
        negative(
            "deactivate-replayed-after-activation",
            Client,
            CLI_8,
            "the deactivation of the instance before does not touch the one activated after it",
            replayed,
        ),
        sequence(
            "deactivate-order-of-checks",
            Client,
            &["CLI-17"],
            "deactivations with two defects each are refused for the first",
            order_pairs,
        ),
    ]
}

/// The parameters of `client.deactivate`.
pub(super) fn deactivate(message: &str) -> ClientDeactivate {
    ClientDeactivate { message: message.into(), carrier: Carrier::Direct }
}

/// The parameters of `server.generate_deactivation`.
pub(super) fn question(scene: &Scene, sequence: u32) -> ServerGenerateDeactivation {
    ServerGenerateDeactivation { sequence: Number::from(sequence), now: scene.now }
}

/// The server deactivates an instance.
pub(super) fn issue(t: &mut Trial<'_>, scene: &Scene, sequence: u32) -> Result<String, Stop> {
    let both = t.accepts("DEA-4", &scene.server, &question(scene, sequence))?;
    let blame = Blame { layout: "DEA-1", time: "NON-1", counter: "NON-2", channel: "KEY-3" };
    let want = both.want.map(|want| want.message);
    same_message(t, &blame, &both.got.message, want.as_ref(), Some(&scene.payload_channel()))?;
    Ok(both.got.message)
}

/// The server deactivates the scene's instance, and its client takes it.
pub(super) fn end(t: &mut Trial<'_>, scene: &Scene) -> Result<(), Stop> {
    let message = issue(t, scene, scene.sequence)?;
    let got = t.agrees("DEA-7", &scene.client, &deactivate(&message))?;
    t.same("DEA-7", &got.serial.as_str(), Some(&scene.setup.serial))?;
    t.same("DEA-7", &got.sequence, Some(&scene.sequence))
}

/// A confirmed instance, and its deactivation.
pub(super) fn confirmed(t: &mut Trial<'_>) -> Result<(Scene, String), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let good = issue(t, &scene, scene.sequence)?;
    Ok((scene, good))
}

fn bent(t: &mut Trial<'_>, rule: Rule, bad_tag: bool, bend: fn(&mut Plain)) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, bend)?;
    let bad = if bad_tag { with_bad_tag(&bad) } else { bad };
    t.refuses(rule, &scene.client, &deactivate(&bad), &deactivate(&good)).map(|_| ())
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let rooted = Setup { rooted: true, root_policy: RootPolicy::Block, ..Setup::default() };
    let client = t.peer_client();
    let create = rooted.client(t);
    t.agrees("PPR-5", &client, &create)?;
    t.refuses_only(CLI_1, &client, &deactivate(&good))?;
    t.refuses_only(CLI_1, &client, &deactivate("not hexadecimal"))?;
    t.twin(CLI_1.id, &scene.client, &deactivate(&good)).map(|_| ())
}

fn not_hexadecimal(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let short = good.get(1..).unwrap_or_default();
    for bad in [short.to_owned(), format!("{short} "), format!("{short}G"), format!("{good}\n")] {
        t.refuses_only(CNV_3, &scene.client, &deactivate(&bad))?;
    }
    t.twin(CNV_3.id, &scene.client, &deactivate(&good)).map(|_| ())
}

fn too_long(t: &mut Trial<'_>, rule: Rule, carrier: Carrier, length: usize) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let message = resealed(&scene, &good, |plain| plain.body.resize(length - 23, 0))?;
    let bad = ClientDeactivate { message, carrier };
    t.refuses(rule, &scene.client, &bad, &deactivate(&good)).map(|_| ())
}

fn types(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    let request = scene.request(t, &Show::default())?;
    for kind in [1, 3, 0x24] {
        let bad = resealed(&scene, &good, |plain| *plain = plain.with_type(kind))?;
        t.refuses_only(CLI_2, &scene.client, &deactivate(&bad))?;
    }
    for bad in [&scene.am1, &scene.am2, &request] {
        t.refuses_only(CLI_2, &scene.client, &deactivate(bad))?;
    }
    // And no other operation takes it.
    let instance = ClientActivateInstance { message: good.clone(), pin: Pin::Right, now: scene.now };
    t.refuses_only(CLI_2, &scene.client, &ClientActivateLicense { message: good.clone() })?;
    t.refuses_only(CLI_2, &scene.client, &instance)?;
    t.refuses_only(CLI_2, &scene.client, &open(&good))?;
    t.twin(CLI_2.id, &scene.client, &deactivate(&good)).map(|_| ())
}

fn pre_activated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let mut second = second_account(t, &scene, Stage::Am2)?;
    let bad = issue(t, &second, second.sequence)?;
    t.refuses_only(CLI_4, &scene.client, &deactivate(&bad))?;
    // Before what only an activated account could know: its protection, its keys.
    let channel = second.payload_channel();
    let other = Plain::of(&bad, Some(&channel))?.with_protection(1).message(Some(&channel));
    t.refuses_only(CLI_4, &scene.client, &deactivate(&with_bad_tag(&other)))?;
    t.twin(CLI_4.id, &scene.client, &deactivate(&good))?;
    // The pre-activated account is still there.
    second.activate_instance(t)
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let setup = Setup { serial: "VDS1000121", secure_channel: false, ..Setup::default() };
    let mut without = Scene::new(t, Under::Client, setup, Stage::Created)?;
    without.client = scene.client.clone();
    without.play(t, Stage::Confirmed)?;
    for protection in [1, 2] {
        let bad = resealed(&scene, &good, |plain| {
            *plain = Plain { serial: UNKNOWN, ..plain.with_protection(protection) };
        })?;
        t.refuses_only(CLI_6, &scene.client, &deactivate(&bad))?;
        t.refuses_only(CLI_6, &scene.client, &deactivate(&with_bad_tag(&bad)))?;
    }
    t.twin(CLI_6.id, &scene.client, &deactivate(&good)).map(|_| ())
}

fn wrong_protection(t: &mut Trial<'_>, agreed: u32, sent: u16) -> Result<(), Stop> {
    let setup = Setup { message_protection: agreed, ..Setup::default() };
    let scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    let good = issue(t, &scene, scene.sequence)?;
    let bad = resealed(&scene, &good, |plain| *plain = plain.with_protection(sent))?;
    t.refuses(CLI_7, &scene.client, &deactivate(&bad), &deactivate(&good)).map(|_| ())
}

fn other_keys(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let plain = Plain::of(&good, Some(&scene.payload_channel()))?;
    let second = second_account(t, &scene, Stage::Confirmed)?;
    let license = Key::new(scene.license_key);
    for channel in [Some(license), scene.am2_channel(), Some(second.payload_channel())] {
        t.refuses_only(PRT_4, &scene.client, &deactivate(&plain.message(channel.as_ref())))?;
    }
    t.twin(PRT_4.id, &scene.client, &deactivate(&good)).map(|_| ())
}

fn relabelled(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    let request = scene.request(t, &Show::default())?;
    let header = good.get(..4).unwrap_or_default();
    let bad = format!("{header}{}", request.get(4..).unwrap_or_default());
    t.refuses(PRT_4, &scene.client, &deactivate(&bad), &deactivate(&good)).map(|_| ())
}

fn stale(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: 40, ..Setup::default() };
    let scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    let good = issue(t, &scene, scene.sequence)?; // AM2 has 41, this 42
    for counter in [0u8, 1, 40, 41] {
        let bad = resealed(&scene, &good, |plain| {
            let [t0, t1, t2, t3, ..] = plain.nonce;
            plain.nonce = [t0, t1, t2, t3, 0, 0, 0, counter];
        })?;
        t.refuses_only(CLI_8, &scene.client, &deactivate(&bad))?;
    }
    t.twin(CLI_8.id, &scene.client, &deactivate(&good)).map(|_| ())
}

/// Two clients of one license: `VDS1000120` 1 and 2.
pub(super) fn siblings(t: &mut Trial<'_>) -> Result<(Scene, Scene), Stop> {
    let first = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let mut second = first.another_client(t, Under::Client)?;
    second.play(t, Stage::Confirmed)?;
    Ok((first, second))
}

fn sibling(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (first, second) = siblings(t)?;
    let of_second = issue(t, &second, second.sequence)?;
    t.refuses_only(DEA_6, &first.client, &deactivate(&of_second))?;
    t.twin(DEA_6.id, &second.client, &deactivate(&of_second))?;
    let of_first = issue(t, &first, first.sequence)?;
    t.twin(DEA_6.id, &first.client, &deactivate(&of_first)).map(|_| ())
}

fn twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    t.twin(CLI_3.id, &scene.client, &deactivate(&good))?;
    t.refuses_only(CLI_3, &scene.client, &deactivate(&good))
}

fn replayed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, old) = confirmed(t)?;
    t.twin(CLI_8.id, &scene.client, &deactivate(&old))?;
    scene.play(t, Stage::Confirmed)?;
    t.refuses_only(DEA_6, &scene.client, &deactivate(&old))?;
    // Of before, and as if it named this instance: whoever holds the payload key can say so.
    let channel = scene.payload_channel();
    let mut plain = Plain::of(&old, Some(&channel))?;
    plain.body = vec![2, 0];
    t.refuses_only(CLI_8, &scene.client, &deactivate(&plain.message(Some(&channel))))?;
    // Issued anew for the old instance it is not this one's.
    let anew = issue(t, &scene, 1)?;
    t.refuses_only(DEA_6, &scene.client, &deactivate(&anew))?;
    end(t, &scene)
}

/// Every pair of these defects in one message; the reference says which comes first.
fn order_pairs(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let before = t.state("CLI-17", &scene.client)?;
    let bends: [fn(&mut Plain); 9] = [
        |plain| plain.word |= 0x2000,
        |plain| *plain = plain.with_type(5),
        |plain| *plain = plain.with_type(3),
        |plain| *plain = plain.with_protection(1),
        |plain| plain.serial = [0xFF, 0xE4, 0x0F, 0x42, 0xB8],
        |plain| plain.serial = UNKNOWN,
        |plain| plain.nonce = [0; 8],
        |plain| plain.body.push(0),
        |plain| plain.body = vec![7, 0],
    ];
    for (i, first) in bends.iter().enumerate() {
        for second in bends.iter().skip(i) {
            let bad = resealed(&scene, &good, |plain| {
                second(plain);
                first(plain);
            })?;
            for message in [with_bad_tag(&bad), bad] {
                t.refuses_in_order(&scene.client, &deactivate(&message))?;
            }
        }
    }
    t.state_is("CLI-17", &scene.client, before)?;
    t.twin("CLI-17", &scene.client, &deactivate(&good))?;
    t.implied(&["CLI-17"])
}
