//! Unlocking: a client after wrong PINs.

use super::verify_response::wrong;
use super::{negative, positive, sequence};
use channel::check_digit::Radix;
use channel::rule::{
    CLI_1, CLI_3, CLI_4, CLI_16, Rule, UNL_2, UNL_3, UNL_5, UNL_6, UNL_7, VER_3, VER_4, VER_10, VER_11,
};
use channel::wire::static_vector::{Factor, Mode};
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{PIN_TRIES, Setup, otp};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Data, Number, Pin, RootPolicy};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Both, Client, Server};
    let mut cases = vec![
        sequence(
            "unlock-flow",
            Both,
            &["UNL-1", "UNL-4", "UNL-8"],
            "a locked account shows a challenge, takes the server's response, and signs again",
            flow,
        ),
        positive(
            "unlock-challenge",
            Client,
            &["UNL-1"],
            "the challenge is the random number in 8 digits, leading zeros included",
            challenge,
        ),
        positive(
            "unlock-response",
            Server,
            &["UNL-4"],
            "the response is that of the unlock application, whatever its factor and the time",
            response,
        ),
        sequence(
            "unlock-moves-no-event",
            Both,
            &["UNL-4", "SIG-5"],
            "unlocking moves no event counter, on neither side",
            no_event,
        ),
        sequence(
            "unlock-lowest-enabled",
            Both,
            &["UNL-3", "UNL-4"],
            "of several unlock applications the enabled one with the lowest index answers",
            lowest_enabled,
        ),
        sequence(
            "unlock-clears",
            Client,
            &["UNL-8"],
            "unlocking gives back every PIN try and every unlock try",
            clears,
        ),
        sequence(
            "unlock-keeps-opened-message",
            Client,
            &["UNL-8"],
            "a message opened before the lock can be signed after it",
            opened_message,
        ),
        negative(
            "unlock-not-locked",
            Client,
            UNL_2,
            "an account that is not locked shows no challenge",
            not_locked,
        ),
        negative(
            "unlock-no-challenge",
            Client,
            UNL_2,
            "without a challenge shown no response is taken",
            no_challenge,
        ),
        negative("unlock-once", Client, UNL_2, "a challenge is used up by its right response", once),
        negative(
            "unlock-wrong",
            Client,
            UNL_7,
            "a wrong response is counted, and leaves the challenge",
            wrong_one,
        ),
        negative(
            "unlock-exhausted",
            Client,
            UNL_6,
            "after too many wrong responses no right one helps",
            exhausted,
        ),
        negative("unlock-form", Client, VER_10, "a response of another form is refused, uncounted", form),
        negative(
            "unlock-check-digit",
            Client,
            VER_11,
            "a wrong check digit is refused, uncounted",
            check_digit,
        ),
        negative(
            "unlock-no-application",
            Client,
            UNL_3,
            "without an unlock application there is no way",
            no_application,
        ),
        negative(
            "unlock-other-serial",
            Client,
            CLI_3,
            "a serial number without account is refused",
            other_serial,
        ),
        negative(
            "unlock-pre-activated",
            Client,
            CLI_4,
            "a pre-activated account can't be unlocked",
            pre_activated,
        ),
        negative("unlock-rooted", Client, CLI_1, "on a blocked rooted device nothing is unlocked", rooted),
        negative(
            "unlock-response-no-application",
            Server,
            UNL_3,
            "a server without an unlock application gives no unlock response",
            server_no_application,
        ),
        negative(
            "unlock-response-unknown-instance",
            Server,
            VER_3,
            "no instance, no response",
            unknown_instance,
        ),
        negative(
            "unlock-response-unconfirmed",
            Server,
            VER_4,
            "an unconfirmed instance is not unlocked",
            unconfirmed,
        ),
        negative(
            "unlock-order-state-before-form",
            Client,
            UNL_2,
            "not locked and a malformed response: the state wins",
            order_state,
        ),
    ];
    let challenges =
        ["", "1234567", "123456789", "1234567A", "1234 678", "１２３４５６７８", "-1234567", "12345678\n"];
    cases.extend((1..).zip(challenges).map(|(number, bad)| {
        let about = "the server takes 8 digits for a challenge, nothing else";
        negative(format!("unlock-response-challenge-{number}"), Server, UNL_5, about, move |t| {
            let scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
            t.refuses(UNL_5, &scene.server, &ask_server(&scene, bad), &ask_server(&scene, "12345678"))
                .map(|_| ())
        })
    }));
    cases
}

pub(super) fn show(scene: &Scene, random: [u8; 8]) -> ClientGenerateUnlockChallenge {
    let unlock_challenge = Some(Array(random));
    let random = Some(RandomUnlockChallenge { unlock_challenge });
    ClientGenerateUnlockChallenge { serial: scene.setup.serial.into(), random }
}

pub(super) fn type_in(scene: &Scene, response: &str) -> ClientUnlock {
    ClientUnlock { serial: scene.setup.serial.into(), response: response.into() }
}

pub(super) fn ask_server(scene: &Scene, challenge: &str) -> ServerGenerateUnlockResponse {
    ServerGenerateUnlockResponse { sequence: Number::from(scene.sequence), challenge: challenge.into() }
}

/// A confirmed, locked account and the challenge it shows.
pub(super) fn locked(t: &mut Trial<'_>, under: Under, setup: Setup) -> Result<(Scene, String), Stop> {
    let mut scene = Scene::new(t, under, setup, Stage::Confirmed)?;
    scene.lock(t)?;
    let challenge = shown(t, &scene)?;
    Ok((scene, challenge))
}

pub(super) fn shown(t: &mut Trial<'_>, scene: &Scene) -> Result<String, Stop> {
    let random = t.random();
    Ok(t.agrees("UNL-1", &scene.client, &show(scene, random))?.challenge)
}

pub(super) fn answered(t: &mut Trial<'_>, scene: &Scene, challenge: &str) -> Result<String, Stop> {
    Ok(t.agrees("UNL-4", &scene.server, &ask_server(scene, challenge))?.response)
}

fn unlocks(t: &mut Trial<'_>, scene: &Scene, challenge: &str) -> Result<(), Stop> {
    let response = answered(t, scene, challenge)?;
    t.agrees("UNL-8", &scene.client, &type_in(scene, &response)).map(|_| ())
}

fn flow(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, challenge) = locked(t, Under::Both, Setup::otp())?;
    unlocks(t, &scene, &challenge)?;
    let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)
}

fn challenge(t: &mut Trial<'_>) -> Result<(), Stop> {
    for number in [0, 7, 99_999_999, 100_000_000, 123_456_789_012, u64::MAX] {
        // One for each lock: so another client each time.
        let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
        scene.lock(t)?;
        let got = t.agrees("UNL-1", &scene.client, &show(&scene, number.to_be_bytes()))?.challenge;
        let right = got.len() == 8 && got.bytes().all(|byte| byte.is_ascii_digit());
        t.decided(right, "UNL-1", "8 decimal digits", got)?;
    }
    Ok(())
}

fn response(t: &mut Trial<'_>) -> Result<(), Stop> {
    for factor in [Factor::Time(36), Factor::Event, Factor::TimeAndEvent(60)] {
        let mut scene = Scene::new(t, Under::Server, with_factor(factor), Stage::Confirmed)?;
        let before = t.state("UNL-4", &scene.server)?;
        for challenge in ["00000000", "12345678", "99999999"] {
            scene.now += 1000;
            let first = answered(t, &scene, challenge)?;
            let second = answered(t, &scene, challenge)?;
            t.same("UNL-4", &second, Some(&first))?;
        }
        t.state_is("UNL-4", &scene.server, before)?;
    }
    Ok(())
}

fn with_factor(factor: Factor) -> Setup {
    let mut setup = Setup::otp();
    for rules in setup.vector.applications.iter_mut().filter(|rules| rules.mode == Mode::Unlock) {
        rules.factor = factor;
    }
    setup
}

fn no_event(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, mut challenge) = locked(t, Under::Both, with_factor(Factor::Event))?;
    for _ in 0..3 {
        unlocks(t, &scene, &challenge)?;
        scene.lock(t)?;
        challenge = shown(t, &scene)?;
    }
    t.implied(&["SIG-5"])
}

fn lowest_enabled(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut setup = Setup::otp();
    for rules in &mut setup.vector.applications {
        if [otp::EVENT, otp::BOTH].contains(&rules.form.index) {
            rules.mode = Mode::Unlock;
            rules.form.mode = Mode::Unlock.number();
        }
        rules.enabled = rules.form.index != otp::EVENT;
    }
    let (scene, challenge) = locked(t, Under::Both, setup)?;
    unlocks(t, &scene, &challenge)?;
    t.implied(&["UNL-3"])
}

fn clears(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, mut challenge) = locked(t, Under::Client, Setup::otp())?;
    // All tries but one, then one: of a right response nothing is left.
    for wrong_ones in [PIN_TRIES - 1, 1, PIN_TRIES - 1] {
        let response = answered(t, &scene, &challenge)?;
        for _ in 0..wrong_ones {
            t.refuses_only(UNL_7, &scene.client, &type_in(&scene, &another(&response)))?;
        }
        unlocks(t, &scene, &challenge)?;
        scene.lock(t)?;
        challenge = shown(t, &scene)?;
    }
    t.implied(&["UNL-8"])
}

/// A wrong response whose check digit is right.
pub(super) fn another(response: &str) -> String {
    let body = response.get(..7).unwrap_or_default();
    let first = body.chars().next().and_then(|c| c.to_digit(10)).unwrap_or(0);
    let body = format!("{}{}", (first + 1) % 10, body.get(1..).unwrap_or_default());
    with_digit(&body, Radix::Decimal)
}

fn opened_message(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
    scene.open(t, &message)?;
    scene.lock(t)?;
    t.refuses_only(CLI_16, &scene.client, &scene.approve(t, Pin::Right))?;
    let challenge = shown(t, &scene)?;
    unlocks(t, &scene, &challenge)?;
    let both = t.twin("UNL-8", &scene.client, &scene.approve(t, Pin::Right))?;
    t.same("UNL-8", &both.got, both.want.as_ref())
}

fn not_locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    t.refuses_only(UNL_2, &scene.client, &show(&scene, [1; 8]))?;
    t.refuses_only(UNL_2, &scene.client, &type_in(&scene, "12345678"))?;
    scene.lock(t)?;
    t.twin(UNL_2.id, &scene.client, &show(&scene, [1; 8])).map(|_| ())
}

fn no_challenge(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    scene.lock(t)?;
    let response = answered(t, &scene, "12345678")?;
    t.refuses_only(UNL_2, &scene.client, &type_in(&scene, &response))?;
    let challenge = shown(t, &scene)?;
    unlocks(t, &scene, &challenge)
}

fn once(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, challenge) = locked(t, Under::Client, Setup::otp())?;
    let response = answered(t, &scene, &challenge)?;
    t.twin(UNL_2.id, &scene.client, &type_in(&scene, &response))?;
    t.refuses_only(UNL_2, &scene.client, &type_in(&scene, &response))?;
    // Locked again, the old challenge is gone.
    scene.lock(t)?;
    t.refuses_only(UNL_2, &scene.client, &type_in(&scene, &response))
}

fn wrong_one(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, challenge) = locked(t, Under::Client, Setup::otp())?;
    let response = answered(t, &scene, &challenge)?;
    t.refuses(UNL_7, &scene.client, &type_in(&scene, &another(&response)), &type_in(&scene, &response))
        .map(|_| ())
}

fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, challenge) = locked(t, Under::Client, Setup::otp())?;
    let response = answered(t, &scene, &challenge)?;
    for _ in 0..PIN_TRIES {
        t.refuses_only(UNL_7, &scene.client, &type_in(&scene, &another(&response)))?;
    }
    t.refuses_only(UNL_6, &scene.client, &type_in(&scene, &response))?;
    t.refuses_only(UNL_6, &scene.client, &show(&scene, [1; 8]))?;
    // One try fewer, and the same response is right: in an account of its own.
    let (twin, challenge) = locked(t, Under::Client, Setup::otp())?;
    let response = answered(t, &twin, &challenge)?;
    for _ in 1..PIN_TRIES {
        t.refuses_only(UNL_7, &twin.client, &type_in(&twin, &another(&response)))?;
    }
    t.twin(UNL_6.id, &twin.client, &type_in(&twin, &response)).map(|_| ())
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, challenge) = locked(t, Under::Client, Setup::otp())?;
    let response = answered(t, &scene, &challenge)?;
    let short = response.get(1..).unwrap_or_default().to_owned();
    for bad in
        [String::new(), short.clone(), format!("0{response}"), format!("{short}A"), format!("{short}٣")]
    {
        t.refuses_only(VER_10, &scene.client, &type_in(&scene, &bad))?;
    }
    t.twin(VER_10.id, &scene.client, &type_in(&scene, &response)).map(|_| ())
}

fn check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, challenge) = locked(t, Under::Client, Setup::otp())?;
    let response = answered(t, &scene, &challenge)?;
    for steps in 1..=9 {
        let bad = (0..steps).fold(response.clone(), |text, _| wrong(&text));
        t.refuses_only(VER_11, &scene.client, &type_in(&scene, &bad))?;
    }
    t.twin(VER_11.id, &scene.client, &type_in(&scene, &response)).map(|_| ())
}

/// Without an unlock application: missing, then disabled. In each the other side's is there.
fn without_unlock() -> [Setup; 2] {
    let mut missing = Setup::otp();
    missing.vector.applications.retain(|rules| rules.mode != Mode::Unlock);
    let mut disabled = Setup::otp();
    for rules in &mut disabled.vector.applications {
        rules.enabled = rules.mode != Mode::Unlock;
    }
    [missing, disabled]
}

fn no_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in without_unlock() {
        let mut scene = Scene::new(t, Under::Client, setup, Stage::Confirmed)?;
        scene.lock(t)?;
        t.refuses_only(UNL_3, &scene.client, &show(&scene, [1; 8]))?;
    }
    let mut twin = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    twin.lock(t)?;
    t.twin(UNL_3.id, &twin.client, &show(&twin, [1; 8])).map(|_| ())
}

fn server_no_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in without_unlock() {
        let scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
        t.refuses_only(UNL_3, &scene.server, &ask_server(&scene, "12345678"))?;
    }
    let twin = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    t.twin(UNL_3.id, &twin.server, &ask_server(&twin, "12345678")).map(|_| ())
}

/// Both questions are refused by `rule` on this client.
fn both_refused(t: &mut Trial<'_>, rule: Rule, client: &Party, serial: &str) -> Result<(), Stop> {
    let challenge = ClientGenerateUnlockChallenge { serial: serial.into(), random: None };
    t.refuses_only(rule, client, &challenge)?;
    t.refuses_only(rule, client, &ClientUnlock { serial: serial.into(), response: "12345678".into() })
}

fn other_serial(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, challenge) = locked(t, Under::Client, Setup::otp())?;
    both_refused(t, CLI_3, &scene.client, "VDS1000121")?;
    unlocks(t, &scene, &challenge)
}

fn pre_activated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Client, Setup::otp(), Stage::PreActivated)?;
    both_refused(t, CLI_4, &scene.client, scene.setup.serial)?;
    let (twin, challenge) = locked(t, Under::Client, Setup::otp())?;
    unlocks(t, &twin, &challenge)
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let with = |root_policy| Setup { rooted: true, root_policy, ..Setup::otp() };
    let scene = Scene::new(t, Under::Client, with(RootPolicy::Block), Stage::Created)?;
    both_refused(t, CLI_1, &scene.client, scene.setup.serial)?;
    let (twin, challenge) = locked(t, Under::Client, with(RootPolicy::Allow))?;
    unlocks(t, &twin, &challenge)
}

fn unknown_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    let good = ask_server(&scene, "12345678");
    let bad = ServerGenerateUnlockResponse { sequence: Number::from(2), ..good.clone() };
    t.refuses(VER_3, &scene.server, &bad, &good).map(|_| ())
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Active)?;
    let question = ask_server(&scene, "12345678");
    t.refuses_only(VER_4, &scene.server, &question)?;
    scene.confirm(t)?;
    t.twin(VER_4.id, &scene.server, &question).map(|_| ())
}

fn order_state(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::Confirmed)?;
    t.refuses_only(UNL_2, &scene.client, &type_in(&scene, "?"))?;
    scene.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    scene.lock(t)?;
    t.refuses_only(UNL_2, &scene.client, &type_in(&scene, "?"))?;
    let challenge = shown(t, &scene)?;
    unlocks(t, &scene, &challenge)
}
