//! The client with requests: what it refuses, in which order, what it shows, when it signs.

use super::{blaming, negative, positive, sequence};
use channel::rule::{
    CLI_2, CLI_3, CLI_4, CLI_5, CLI_6, CLI_7, CLI_8, CLI_9, CLI_10, CLI_12, CLI_14, CLI_15, CLI_16, PRT_4,
};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under, open, shown_of};
use harness::setup::{PIN_TRIES, Setup, app};
use harness::trial::{Stop, Trial};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Carrier, Content, Data, Pin};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    vec![
        negative("open-type", Client, CLI_2, "open refuses a frame of another type", another_type),
        negative(
            "open-unknown-serial",
            Client,
            CLI_3,
            "a request for another serial number is not dedicated to this authenticator",
            unknown_serial,
        ),
        negative(
            "open-pre-activated",
            Client,
            CLI_4,
            "a request for a pre-activated account is refused, for the activated one beside it not",
            pre_activated,
        ),
        negative(
            "open-locked",
            Client,
            CLI_5,
            "a request for a locked account is refused, for the account beside it not",
            locked,
        ),
        negative(
            "open-no-channel",
            Client,
            CLI_6,
            "an account without payload key opens nothing",
            no_channel,
        ),
        negative(
            "open-downgraded",
            Client,
            CLI_7,
            "protection 1 under right keys is refused where 2 was agreed on",
            |t| wrong_protection(t, 2, 1),
        ),
        negative(
            "open-upgraded",
            Client,
            CLI_7,
            "protection 2 under right keys is refused where 1 was agreed on",
            |t| wrong_protection(t, 1, 2),
        ),
        negative(
            "open-every-bit",
            Client,
            PRT_4,
            "a bit bent anywhere in a request is refused, under both protections",
            every_bit,
        ),
        negative(
            "open-every-cut",
            Client,
            PRT_4,
            "a request cut or extended at any byte is refused",
            every_cut,
        ),
        negative(
            "open-other-payload-key",
            Client,
            PRT_4,
            "a request under another license's payload key is refused",
            other_key,
        ),
        negative(
            "open-key-roles",
            Client,
            PRT_4,
            "requests under the license key or the AM2 channel key are refused",
            key_roles,
        ),
        negative("open-spliced", Client, PRT_4, "body and tag of two requests are not exchanged", spliced),
        negative(
            "open-stale-counter",
            Client,
            CLI_8,
            "a counter not above AM2's is refused; the next is not",
            stale,
        ),
        negative(
            "open-newer-app",
            Client,
            CLI_9,
            "a request for a newer app is refused, for this one not",
            version,
        ),
        negative(
            "open-application",
            Client,
            CLI_10,
            "a request naming an application that may not sign it is refused",
            application,
        ),
        positive(
            "open-shows-all",
            Client,
            &["CLI-11"],
            "title, keys and values are shown exactly, whatever the template",
            shows_all,
        ),
        positive("open-again", Client, &["CLI-11"], "a request may be opened again", opens_again),
        negative(
            "sign-nothing-open",
            Client,
            CLI_12,
            "sign without an opened message is refused",
            nothing_open,
        ),
        negative("sign-twice", Client, CLI_12, "a message is signed once", sign_twice),
        sequence(
            "sign-after-rejection",
            Client,
            &["CLI-13", "CLI-12"],
            "the user's rejection gives no signature and closes the message",
            rejection,
        ),
        sequence(
            "sign-after-refused-open",
            Client,
            &["CLI-12"],
            "a refused open leaves the message that is open",
            refused_open,
        ),
        sequence(
            "sign-the-last-opened",
            Client,
            &["CLI-12"],
            "opening a message closes the one before: the last opened is signed",
            last_opened,
        ),
        negative(
            "sign-cached-unlock",
            Client,
            CLI_14,
            "a request that requires the PIN is not signed on a cached unlock",
            cached,
        ),
        positive(
            "sign-cached-allowed",
            Client,
            &["CLI-14"],
            "a request that does not require the PIN is signed on a cached unlock",
            cached_allowed,
        ),
        negative(
            "sign-wrong-pin",
            Client,
            CLI_15,
            "a wrong PIN is refused and counted; the right one signs the same message",
            wrong_pin,
        ),
        sequence(
            "sign-right-pin-clears",
            Client,
            &["CLI-29"],
            "the right PIN clears the failures, a cached unlock does not",
            pin_clears,
        ),
        negative(
            "sign-locked",
            Client,
            CLI_16,
            "after too many wrong PINs the right one is refused",
            sign_locked,
        ),
        sequence(
            "sign-event-counter",
            Client,
            &["SIG-5"],
            "the event counter begins at 0 and moves with each response, not with refusals",
            event_counter,
        ),
        positive(
            "sign-moving-factors",
            Client,
            &["SIG-4"],
            "each moving factor enters the signature, and no other does",
            moving_factors,
        ),
        negative(
            "open-order-serial-before-tag",
            Client,
            CLI_3,
            "another serial number and a bad tag: the serial number wins",
            order_serial,
        ),
        negative(
            "open-order-protection-before-tag",
            Client,
            CLI_7,
            "another protection and a bad tag: the protection wins",
            order_protection,
        ),
        negative(
            "open-order-tag-before-body",
            Client,
            PRT_4,
            "a bad tag and a bad body: the tag wins",
            order_tag,
        ),
        negative(
            "open-order-counter-before-body",
            Client,
            CLI_8,
            "an old counter and a bad body: the counter wins",
            order_counter,
        ),
        negative(
            "open-order-body-before-version",
            Client,
            channel::rule::REQ_5,
            "a bad body and a newer app: the body wins",
            order_body,
        ),
        negative(
            "open-order-version-before-application",
            Client,
            CLI_9,
            "a newer app and a wrong application: the version wins",
            order_version,
        ),
        negative(
            "sign-order-lock-before-rejection",
            Client,
            CLI_16,
            "a locked account can't even reject",
            order_lock,
        ),
        sequence(
            "order-of-checks",
            Client,
            &["CLI-17"],
            "messages with two defects each are refused for the first",
            order_pairs,
        ),
    ]
}

fn confirmed(t: &mut Trial<'_>) -> Result<(Scene, String), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?;
    Ok((scene, good))
}

/// The good message bent in clear and sealed again.
pub(super) fn resealed(scene: &Scene, good: &str, bend: impl Fn(&mut Plain)) -> Result<String, Stop> {
    let channel = scene.payload_channel();
    let mut plain = Plain::of(good, Some(&channel))?;
    bend(&mut plain);
    Ok(plain.message(Some(&channel)))
}

/// The last byte of the tag bent.
pub(super) fn with_bad_tag(message: &str) -> String {
    let mut bytes = hex::decode(message).unwrap_or_default();
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
    hex::encode(&bytes)
}

pub(super) fn lock(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    for _ in 0..PIN_TRIES {
        t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong))?;
    }
    Ok(())
}

/// A second account on the same client, with a request for it.
pub(super) fn second_account(t: &mut Trial<'_>, scene: &Scene, stage: Stage) -> Result<Scene, Stop> {
    let setup = Setup { serial: "VDS1000121", ..Setup::default() };
    let mut second = Scene::new(t, Under::Client, setup, Stage::Created)?;
    second.client = scene.client.clone();
    second.play(t, stage)?;
    Ok(second)
}

fn another_type(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    for kind in [1, 2, 0x24] {
        let bad = resealed(&scene, &good, |plain| *plain = plain.with_type(kind))?;
        t.refuses_only(CLI_2, &scene.client, &open(&bad))?;
    }
    t.refuses(CLI_2, &scene.client, &open(&scene.am1), &open(&good)).map(|_| ())
}

fn unknown_serial(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| plain.serial = [0xC3, 0xE4, 0x0F, 0x42, 0xB9])?;
    t.refuses(CLI_3, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn pre_activated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let mut second = second_account(t, &scene, Stage::PreActivated)?;
    let bad = second.request(t, &Show::default())?;
    t.refuses(CLI_4, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    let mut second = second_account(t, &scene, Stage::Confirmed)?;
    let other = second.request(t, &Show::default())?;
    lock(t, &mut scene)?;
    t.refuses(CLI_5, &scene.client, &open(&good), &open(&other)).map(|_| ())
}

fn no_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let setup = Setup { serial: "VDS1000121", secure_channel: false, ..Setup::default() };
    let mut without = Scene::new(t, Under::Client, setup, Stage::Created)?;
    without.client = scene.client.clone();
    without.play(t, Stage::Confirmed)?;
    let bad = resealed(&scene, &good, |plain| plain.serial = [0xC3, 0xE4, 0x0F, 0x42, 0xB9])?;
    t.refuses(CLI_6, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn wrong_protection(t: &mut Trial<'_>, agreed: u32, sent: u16) -> Result<(), Stop> {
    let setup = Setup { message_protection: agreed, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?;
    let bad = resealed(&scene, &good, |plain| *plain = plain.with_protection(sent))?;
    t.refuses(CLI_7, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn every_bit(t: &mut Trial<'_>) -> Result<(), Stop> {
    for message_protection in [1, 2] {
        let setup = Setup { message_protection, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        let good = scene.request(t, &Show::default())?;
        let before = t.state(PRT_4.id, &scene.client)?;
        let bytes = hex::decode(&good).unwrap_or_default();
        for bit in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            if let Some(byte) = bent.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            t.refuses_as_reference(&scene.client, &open(&hex::encode(&bent)))?;
        }
        t.state_is(PRT_4.id, &scene.client, before)?;
        t.twin(PRT_4.id, &scene.client, &open(&good))?;
    }
    t.implied(&["PRT-4"])
}

fn every_cut(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let before = t.state(PRT_4.id, &scene.client)?;
    for length in (0..good.len()).step_by(2) {
        t.refuses_as_reference(&scene.client, &open(good.get(..length).unwrap_or_default()))?;
    }
    for more in ["00", "FF", "0000000000000000"] {
        t.refuses_as_reference(&scene.client, &open(&format!("{good}{more}")))?;
    }
    t.state_is(PRT_4.id, &scene.client, before)?;
    t.twin(PRT_4.id, &scene.client, &open(&good)).map(|_| ())
}

fn other_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let mut second = second_account(t, &scene, Stage::Confirmed)?;
    let other = second.request(t, &Show::default())?;
    let mut plain = Plain::of(&other, Some(&second.payload_channel()))?;
    plain.serial = Plain::of(&good, None)?.serial;
    let bad = plain.message(Some(&second.payload_channel()));
    t.refuses(PRT_4, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn key_roles(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let plain = Plain::of(&good, Some(&scene.payload_channel()))?;
    let license = channel::crypto::keys::Key::new(scene.license_key);
    for channel in [Some(license), scene.am2_channel()] {
        t.refuses_only(PRT_4, &scene.client, &open(&plain.message(channel.as_ref())))?;
    }
    t.twin(PRT_4.id, &scene.client, &open(&good)).map(|_| ())
}

fn spliced(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    let other = scene.request(t, &Show::default())?;
    let cut =
        |message: &str, from: usize, to: usize| message.get(2 * from..2 * to).unwrap_or_default().to_owned();
    let end = good.len() / 2;
    for bad in [
        format!("{}{}", cut(&good, 0, 15), cut(&other, 15, end)),
        format!("{}{}", cut(&good, 0, end - 8), cut(&other, end - 8, end)),
        format!("{}{}{}", cut(&good, 0, 7), cut(&other, 7, 15), cut(&good, 15, end)),
    ] {
        t.refuses_only(PRT_4, &scene.client, &open(&bad))?;
    }
    t.twin(PRT_4.id, &scene.client, &open(&good)).map(|_| ())
}

fn stale(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: 40, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    let good = scene.request(t, &Show::default())?; // AM2 has 41, this 42
    for counter in [0u8, 1, 40, 41] {
        let bad = resealed(&scene, &good, |plain| {
            let [t0, t1, t2, t3, ..] = plain.nonce;
            plain.nonce = [t0, t1, t2, t3, 0, 0, 0, counter];
        })?;
        t.refuses_only(CLI_8, &scene.client, &open(&bad))?;
    }
    t.twin(CLI_8.id, &scene.client, &open(&good)).map(|_| ())
}

fn version(t: &mut Trial<'_>) -> Result<(), Stop> {
    for app_version in 0..=2 {
        let setup = Setup { app_version, ..Setup::default() };
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        let bad = scene.request(t, &Show { minimum_version: app_version + 1, ..Show::default() })?;
        let good = scene.request(t, &Show { minimum_version: app_version, ..Show::default() })?;
        t.refuses(CLI_9, &scene.client, &open(&bad), &open(&good))?;
    }
    Ok(())
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    for index in [app::MISSING, app::DISABLED, app::OFFLINE, app::RESPONSE_ONLY] {
        let bad = resealed(&scene, &good, |plain| {
            if let Some(control) = plain.body.get_mut(1) {
                *control = *control & !0x0E | (index - 1) << 1;
            }
        })?;
        t.refuses(CLI_10, &scene.client, &open(&bad), &open(&good))?;
    }
    Ok(())
}

fn shows_all(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let texts =
        ["", " ", "a  b ", "Zoë", "é", "10 < 20 & \"x\"", "\\u0041", "𝄞", "한국어", "עברית", "; , =", "<b>"];
    for template in 0..=15 {
        let items = (0..4).map(|i| {
            let text =
                |offset: usize| texts.get((template + i + offset) % texts.len()).copied().unwrap_or("");
            (format!("k{}", text(0)), text(5).to_owned())
        });
        let show = Show {
            template: u32::try_from(template).unwrap_or(0),
            content: Content::List {
                title: texts.get(template % texts.len()).copied().unwrap_or("").into(),
                items: items.collect(),
            },
            require_pin: template % 3 == 0,
            application: if template % 2 == 0 { app::TIME } else { app::BOTH },
            ..Show::default()
        };
        let message = scene.request(t, &show)?;
        let shown = scene.open(t, &message)?;
        t.same("CLI-11", &shown.content, Some(&shown_of(show.content)))?;
    }
    Ok(())
}

fn opens_again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    for _ in 0..3 {
        scene.open(t, &good)?;
    }
    scene.sign(t)?;
    scene.open(t, &good)?;
    scene.sign(t).map(|_| ())
}

fn nothing_open(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))?;
    t.refuses_only(CLI_12, &scene.client, &scene.reject(t))?;
    scene.open(t, &good)?;
    t.twin(CLI_12.id, &scene.client, &scene.approve(t, Pin::Right)).map(|_| ())
}

fn sign_twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    scene.open(t, &good)?;
    t.twin(CLI_12.id, &scene.client, &scene.approve(t, Pin::Right))?;
    t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))
}

fn rejection(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    for pin in [Pin::Right, Pin::Wrong, Pin::Cached] {
        scene.open(t, &good)?;
        let reject = ClientSign { pin, ..scene.reject(t) };
        let got = t.agrees("CLI-13", &scene.client, &reject)?;
        t.same("CLI-13", &got.signature, Some(&None))?;
        t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))?;
    }
    Ok(())
}

fn refused_open(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    scene.open(t, &good)?;
    t.refuses_only(PRT_4, &scene.client, &open(&with_bad_tag(&good)))?;
    let bad = resealed(&scene, &good, |plain| plain.body.push(0))?;
    t.refuses_only(channel::rule::REQ_5, &scene.client, &open(&bad))?;
    let both = t.twin("CLI-12", &scene.client, &scene.approve(t, Pin::Right))?;
    t.same("CLI-12", &both.got, both.want.as_ref())
}

fn last_opened(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, first) = confirmed(t)?;
    let second = scene.request(t, &Show::titled("Second"))?;
    scene.open(t, &first)?;
    scene.open(t, &second)?;
    let both = t.twin("CLI-12", &scene.client, &scene.approve(t, Pin::Right))?;
    t.same("CLI-12", &both.got, both.want.as_ref())?;
    scene.accept(t, &second, &both.got.signature.unwrap_or_default())?;
    t.refuses_only(CLI_12, &scene.client, &scene.approve(t, Pin::Right))
}

fn cached(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let message = scene.request(t, &Show { require_pin: true, ..Show::default() })?;
    scene.open(t, &message)?;
    t.refuses(CLI_14, &scene.client, &scene.approve(t, Pin::Cached), &scene.approve(t, Pin::Right))
        .map(|_| ())
}

fn cached_allowed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    scene.open(t, &good)?;
    t.agrees("CLI-14", &scene.client, &scene.approve(t, Pin::Cached)).map(|_| ())
}

fn wrong_pin(t: &mut Trial<'_>) -> Result<(), Stop> {
    for require_pin in [true, false] {
        let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
        let message = scene.request(t, &Show { require_pin, ..Show::default() })?;
        scene.open(t, &message)?;
        t.refuses(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong), &scene.approve(t, Pin::Right))?;
    }
    Ok(())
}

fn pin_clears(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, good) = confirmed(t)?;
    scene.open(t, &good)?;
    // One short of the limit.
    let fails = |t: &mut Trial<'_>, scene: &Scene| {
        (1..PIN_TRIES).try_for_each(|_| t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong)))
    };
    fails(t, &scene)?;
    // A right PIN clears, by `sign` or `generate_response`.
    for _ in 0..2 {
        t.twin("CLI-29", &scene.client, &scene.approve(t, Pin::Right))?;
        scene.open(t, &good)?;
        blaming("CLI-29", fails(t, &scene))?;
        let response = scene.response_question(app::RESPONSE_ONLY, Data::ResponseOnly {});
        t.twin("CLI-29", &scene.client, &response)?;
        blaming("CLI-29", fails(t, &scene))?;
    }
    // Neither a cached unlock nor a rejection does: the next wrong one locks.
    t.twin("CLI-29", &scene.client, &scene.approve(t, Pin::Cached))?;
    scene.open(t, &good)?;
    t.twin("CLI-29", &scene.client, &scene.reject(t))?;
    scene.open(t, &good)?;
    t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong))?;
    blaming("CLI-29", t.refuses_only(CLI_16, &scene.client, &scene.approve(t, Pin::Right)))?;
    t.implied(&["CLI-29"])
}

fn sign_locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let mut second = second_account(t, &scene, Stage::Confirmed)?;
    lock(t, &mut scene)?;
    t.refuses_only(CLI_16, &scene.client, &scene.approve(t, Pin::Right))?;
    let other = second.request(t, &Show::default())?;
    second.open(t, &other)?;
    t.twin(CLI_16.id, &second.client, &scene.approve(t, Pin::Right)).map(|_| ())
}

fn event_counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { post_activation: app::EVENT, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
    let message = scene.request(t, &Show { application: app::EVENT, ..Show::default() })?;
    let mut signatures = std::collections::BTreeSet::new();
    for _ in 0..4 {
        scene.open(t, &message)?;
        t.refuses_only(CLI_15, &scene.client, &scene.approve(t, Pin::Wrong))?;
        let both = t.twin("SIG-5", &scene.client, &scene.approve(t, Pin::Right))?;
        t.same("SIG-5", &both.got.signature, both.want.as_ref().map(|want| &want.signature))?;
        signatures.insert(both.got.signature);
    }
    t.decided(signatures.len() == 4, "SIG-5", "four different signatures", show(&signatures))
}

fn moving_factors(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    t.needs_time(&scene.client)?;
    for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
        let message = scene.request(t, &Show { application, ..Show::default() })?;
        for seconds in [0, 1, 35, 36, 59, 60, 3600, 400_000_000] {
            scene.open(t, &message)?;
            let later = ClientSign { now: scene.now + seconds, ..scene.approve(t, Pin::Right) };
            t.agrees("SIG-4", &scene.client, &later)?;
        }
    }
    Ok(())
}

fn order_serial(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| plain.serial = [0xC3, 0xE4, 0x0F, 0x42, 0xB9])?;
    t.refuses(CLI_3, &scene.client, &open(&with_bad_tag(&bad)), &open(&good)).map(|_| ())
}

fn order_protection(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| *plain = plain.with_protection(1))?;
    t.refuses(CLI_7, &scene.client, &open(&with_bad_tag(&bad)), &open(&good)).map(|_| ())
}

fn order_tag(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| plain.body.push(0))?;
    t.refuses(PRT_4, &scene.client, &open(&with_bad_tag(&bad)), &open(&good)).map(|_| ())
}

fn order_counter(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| {
        let [t0, t1, t2, t3, ..] = plain.nonce;
        plain.nonce = [t0, t1, t2, t3, 0, 0, 0, 0];
        plain.body.push(0);
    })?;
    t.refuses(CLI_8, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn order_body(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| {
        if let Some(control) = plain.body.first_mut() {
            *control |= 0xC0;
        }
        plain.body.push(0);
    })?;
    t.refuses(channel::rule::REQ_5, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn order_version(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let bad = resealed(&scene, &good, |plain| {
        if let [first, second, ..] = plain.body.as_mut_slice() {
            *first |= 0xC0;
            *second = *second & !0x0E | (app::MISSING - 1) << 1;
        }
    })?;
    t.refuses(CLI_9, &scene.client, &open(&bad), &open(&good)).map(|_| ())
}

fn order_lock(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Confirmed)?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    let reject = scene.reject(t);
    t.twin(CLI_16.id, &scene.client, &reject)?;
    lock(t, &mut scene)?;
    t.refuses_only(CLI_16, &scene.client, &scene.reject(t))
}

/// Every pair of these defects in one message; the reference says which comes first.
fn order_pairs(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, good) = confirmed(t)?;
    let before = t.state("CLI-17", &scene.client)?;
    let bends: [fn(&mut Plain); 10] = [
        |plain| plain.word |= 0x2000,
        |plain| *plain = plain.with_type(5),
        |plain| *plain = plain.with_type(2),
        |plain| *plain = plain.with_protection(5),
        |plain| *plain = plain.with_protection(1),
        |plain| plain.serial = [0xFF, 0xE4, 0x0F, 0x42, 0xB8],
        |plain| plain.serial = [0xC3, 0xE4, 0xFF, 0x42, 0xB8],
        |plain| plain.serial = [0xC3, 0xE4, 0x0F, 0x42, 0xB9],
        |plain| plain.nonce = [0; 8],
        |plain| plain.body = vec![0xFF],
    ];
    for (i, first) in bends.iter().enumerate() {
        for second in bends.iter().skip(i) {
            let bad = resealed(&scene, &good, |plain| {
                second(plain);
                first(plain);
            })?;
            for message in [with_bad_tag(&bad), bad] {
                t.refuses_in_order(&scene.client, &ClientOpen { message, carrier: Carrier::Direct })?;
            }
        }
    }
    t.state_is("CLI-17", &scene.client, before)?;
    t.twin("CLI-17", &scene.client, &open(&good))?;
    t.implied(&["CLI-17"])
}
