//! Ties: two candidates that have one response. Which of them counts is seen by what is accepted afterwards.
//!
//! A response of six digits has such a twin among the candidates of a window once in some thousand steps, so most of the
//! cases look for one under the key that they have. What is too rare for that was looked for once, and stands here.

use super::blaming;
use crate::server_blob::application_key;
use channel::check_digit::Radix;
use channel::crypto::answer::{Algorithm, Answers, Subject};
use channel::crypto::keys::{Application, Key};
use channel::crypto::response::{Form, Moment};
use channel::crypto::single::{self, Deriver, Diversifier};
use channel::rule::{BND_9, VER_12};
use channel::serial::Serial;
use channel::wire::static_vector::ApplicationRules;
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::instance::at;
use harness::play::{Ask, Play, need};
use harness::scene::Stage;
use harness::setup::{LOOK_AHEAD, Setup, otp};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Data, Number, Operation};
use std::collections::HashMap;

const NONE: Data = Data::ResponseOnly {};
/// Seconds of a step of [`otp::TIME`], and of [`otp::BOTH`].
const STEP_S: u64 = 36;
const BOTH_STEP_S: u64 = 60;
/// How many steps are looked through before a case says that it can't find what it needs; it nearly always does long before.
const PATIENCE: u64 = 1_000_000;

/// A license key under which [`otp::EVENT`], with six digits of which one is a check digit, has the same two responses in a
/// row at these two events. Found by counting up the key's last bytes: it is number 626 738 (`0x09_9032`).
const TWO_IN_A_ROW: ([u8; 16], [u64; 2]) = (*b"tie of two\0\0\0\x09\x90\x32", [1, 94]);
/// A license key under which [`otp::TIME`] has the same MAC in the derivation codes of these two steps, on the platform of
/// [`SingleSetup::default`].
const ONE_DERIVATION: ([u8; 16], [u64; 2]) = ([0x54; 16], [60_740_854, 60_740_860]);

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut ties = Area::new("tie", Role::Server);
    steps(&mut ties);
    events(&mut ties);
    resynchronising(&mut ties);
    deriving(&mut ties);
    ties.cases()
}

/// The response at a step and event.
type At<'a> = &'a dyn Fn(u64, u64) -> String;

/// The question whether a response is right, at a time.
type Asks<'a, Op> = &'a dyn Fn(u64, &str) -> Ask<Op>;

/// How an application answers without data.
fn answers(key: &Key<Application>, rules: &ApplicationRules) -> impl Fn(u64, u64) -> String + use<> {
    let form = Form { mode: 1, ..rules.form };
    let answers = Answers::new(key, form, &Algorithm::Profile, Subject::Data(&[]));
    move |step, event| answers.at(Moment { step, event })
}

fn rules_of(setup: &SingleSetup, index: u8) -> Result<&ApplicationRules, Stop> {
    need(setup.vector.applications.iter().find(|rules| rules.form.index == index), "an application")
}

fn serial_of(setup: &SingleSetup) -> Result<Serial, Stop> {
    need(setup.serial.parse().ok(), "a serial number")
}

/// A single-device license of this key, whose client nobody asks.
fn license(t: &mut Play<'_, '_>, setup: SingleSetup, license_key: [u8; 16]) -> Result<Single, Stop> {
    let server = t.peer_server();
    t.needs_time(&server)?;
    harness::trial::Trial::agrees(t, "PPR-5", &server, &setup.server(license_key))?;
    let (client, now, platform_key) = (server.clone(), t.start(), [0; 16]);
    Ok(Single { setup, server, client, now, license_key, platform_key, code: String::new() })
}

/// How an application of this license answers, and how the server is asked.
fn asks(
    license: &Single,
    index: u8,
    step_s: u64,
) -> impl Fn(u64, &str) -> Ask<ServerSingleVerifyResponse> + use<'_> {
    move |step, response| {
        let op = license.verify(index, &NONE, response);
        let now = time(step, step_s);
        Ask { party: license.server.clone(), op: ServerSingleVerifyResponse { now, ..op } }
    }
}

fn time(step: u64, step_s: u64) -> u32 {
    u32::try_from(step * step_s).unwrap_or(u32::MAX)
}

fn responder(license: &Single, index: u8) -> Result<impl Fn(u64, u64) -> String + use<>, Stop> {
    let key = single::application(&Key::new(license.license_key), serial_of(&license.setup)?, index, None);
    Ok(answers(&key, rules_of(&license.setup, index)?))
}

/// Two steps with one response, neither neighbours nor too far from each other for a window, and an even number apart.
fn twin_steps(at: At<'_>, from: u64, event: u64) -> Result<[u64; 2], Stop> {
    let mut last: HashMap<String, u64> = HashMap::new();
    let found = (from..from + PATIENCE).find_map(|step| {
        let before = last.insert(at(step, event), step)?;
        let apart = step - before;
        ((4..=90).contains(&apart) && apart.is_multiple_of(2)).then_some([before, step])
    });
    need(found, "two steps with one response")
}

/// In words, where the clock stands between the two, and whether the earlier one counts then.
type Place = (&'static str, fn(u64, u64) -> u64, bool);

const PLACES: [Place; 3] = [
    ("nearer the one before", |before, behind| (before + behind) / 2 - 1, true),
    ("nearer the one behind", |before, behind| (before + behind) / 2 + 1, false),
    ("as near to both", u64::midpoint, true),
];

/// Of two steps with one response the nearer counts, and of two as near the earlier.
fn nearer_counts<Op: Operation>(
    t: &mut Play<'_, '_>,
    (at, event): (At<'_>, u64),
    ask: Asks<'_, Op>,
    start: u64,
) -> Result<(), Stop> {
    let (mut from, mut shift) = (start, 0i64);
    for (words, centre, earlier) in PLACES {
        let [before, behind] = twin_steps(at, from, event)?;
        let clock = centre(before, behind).saturating_add_signed(-shift);
        t.agrees("VER-13", &ask(clock, &at(before, event)))?;
        let counted = if earlier { before } else { behind };
        shift = counted as i64 - clock as i64;
        // Steps up to the one that counted are used up (VER-17): the one after the earlier is, or is not.
        let next = ask(clock, &at(before + 1, event));
        if earlier {
            blaming("VER-13", t.agrees("VER-13", &next))?;
            shift = before as i64 + 1 - clock as i64;
        } else {
            blaming("VER-13", t.refuses(VER_12, &next))?;
        }
        from = need(behind.checked_add(200), words)?;
    }
    Ok(())
}

fn steps(ties: &mut Area) {
    ties.follows(
        &["VER-13"],
        "step",
        "of two steps with one response the nearer to the clock counts, of two as near the earlier",
        |t| {
            let first = at(t, Setup::otp(), Stage::Confirmed)?;
            t.needs_time(first.server())?;
            let key = need(application_key(first.scene(), otp::TIME), "the key of an application")?;
            let rules = first.scene().setup.vector.applications.iter();
            let rules = need(rules.clone().find(|rules| rules.form.index == otp::TIME), "an application")?;
            let at = answers(&Key::new(key), rules);
            let ask = |step: u64, response: &str| {
                let ask = first.verify_response(otp::TIME, &NONE, response);
                ask.but(|op| op.now = time(step, STEP_S))
            };
            nearer_counts(t, (&at, 0), &ask, u64::from(first.now()) / STEP_S + 1)
        },
    );

    ties.follows(
        &["VER-13"],
        "step-of-single",
        "of two steps with one response of a single-device license the nearer counts, of two as near the earlier",
        |t| {
            let key = t.random();
            let license = license(t, SingleSetup::default(), key)?;
            let at = responder(&license, otp::TIME)?;
            let start = u64::from(license.now) / STEP_S + 1;
            nearer_counts(t, (&at, 0), &asks(&license, otp::TIME, STEP_S), start)
        },
    );
}

/// With responses of six decimal digits, `check_digit` of which is a check digit.
fn short(index: u8, check_digit: bool) -> SingleSetup {
    SingleSetup::with(|vector| {
        for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == index) {
            rules.form = Form { length: 6, radix: Radix::Decimal, check_digit, ..rules.form };
        }
    })
}

fn events(ties: &mut Area) {
    ties.follows(&["VER-13"], "event", "of two events with one response the earlier counts", |t| {
        let setup = short(otp::EVENT, true);
        // One of some thousand keys has such a pair among the eleven candidates.
        let found = (0..PATIENCE).find_map(|_| {
            let key: [u8; 16] = t.random();
            let application = single::application(&Key::new(key), serial_of(&setup).ok()?, otp::EVENT, None);
            let at = answers(&application, rules_of(&setup, otp::EVENT).ok()?);
            let all: Vec<String> = (0..=u64::from(LOOK_AHEAD)).map(|event| at(0, event)).collect();
            let twin = |early: &usize| all.iter().skip(early + 2).any(|late| Some(late) == all.get(*early));
            let early = (0..all.len()).find(twin)?;
            Some((key, u64::try_from(early).ok()?))
        });
        let (key, early) = need(found, "two events with one response")?;
        let license = license(t, setup, key)?;
        let at = responder(&license, otp::EVENT)?;
        let ask = asks(&license, otp::EVENT, STEP_S);
        let step = u64::from(license.now) / STEP_S;
        t.agrees("VER-13", &ask(step, &at(0, early)))?;
        t.agrees("VER-13", &ask(step, &at(0, early + 1)))
    });

    ties.follows(
        &["VER-13"],
        "event-inside-step",
        "a later event at the nearer step counts before an earlier event at a step farther off",
        |t| {
            let key = t.random();
            let license = license(t, short(otp::BOTH, false), key)?;
            let at = responder(&license, otp::BOTH)?;
            let start = u64::from(license.now) / BOTH_STEP_S + 1;
            let ask = asks(&license, otp::BOTH, BOTH_STEP_S);
            let mut seen: HashMap<String, (u64, u64)> = HashMap::new();
            let found = (start..start + PATIENCE).find_map(|step| {
                (0..=u64::from(LOOK_AHEAD)).find_map(|event| {
                    let (far, early) = seen.insert(at(step, event), (step, event))?;
                    (far < step && step - far <= 40 && early < event).then_some((step, event, early))
                })
            });
            let (near, late, early) = need(found, "two candidates with one response")?;
            t.agrees("VER-13", &ask(near, &at(near, late)))?;
            let again = ask(near, &at(near, early + 1));
            blaming("VER-13", t.refuses(VER_12, &again))?;
            t.agrees("VER-13", &ask(near, &at(near, late + 1)))
        },
    );
}

/// Two responses by which the license is resynchronised.
fn pair(
    license: &Single,
    index: u8,
    now: u32,
    [first, second]: [String; 2],
) -> Ask<ServerSingleResynchronise> {
    let attempt = |response| Attempt { data: NONE, response };
    let (first, second) = (attempt(first), attempt(second));
    let application = Number::from(u32::from(index));
    Ask { party: license.server.clone(), op: ServerSingleResynchronise { application, first, second, now } }
}

fn resynchronising(ties: &mut Area) {
    ties.follows(
        &["OPR-6"],
        "resynchronise",
        "of two places at which two responses stand in a row, resynchronising takes the first",
        |t| {
            let (key, [early, late]) = TWO_IN_A_ROW;
            let license = license(t, short(otp::EVENT, true), key)?;
            let at = responder(&license, otp::EVENT)?;
            let two = |event: u64| [at(0, event), at(0, event + 1)];
            need((two(early) == two(late)).then_some(()), "two places with the same two responses")?;
            t.agrees("OPR-6", &pair(&license, otp::EVENT, license.now, two(early)))?;
            let ask = asks(&license, otp::EVENT, STEP_S);
            let step = u64::from(license.now) / STEP_S;
            blaming("OPR-6", t.refuses(VER_12, &ask(step, &at(0, late + 2))))?;
            blaming("OPR-6", t.agrees("OPR-6", &ask(step, &at(0, early + 2))))
        },
    );

    ties.follows(
        &["OPR-8"],
        "resynchronise-step",
        "of two steps at which the second response fits, resynchronising takes the nearer to the clock",
        |t| {
            let key = t.random();
            let license = license(t, short(otp::BOTH, false), key)?;
            let at = responder(&license, otp::BOTH)?;
            let [before, behind] = twin_steps(&at, u64::from(license.now) / BOTH_STEP_S + 1, 1)?;
            let clock = u64::midpoint(before, behind) + 1;
            let now = time(clock, BOTH_STEP_S);
            t.agrees("OPR-8", &pair(&license, otp::BOTH, now, [at(clock, 0), at(behind, 1)]))?;
            let ask = asks(&license, otp::BOTH, BOTH_STEP_S);
            // The one behind counted: what is below it is over.
            blaming("OPR-8", t.refuses(VER_12, &ask(clock, &at(behind - 1, 2))))?;
            blaming("OPR-8", t.agrees("OPR-8", &ask(clock, &at(behind, 2))))
        },
    );
}

/// A derivation code with this MAC.
fn derivation_code(Diversifier(d): Diversifier, mac: u32) -> String {
    let [d0, d1, d2, d3, d4, d5, d6] = d;
    let number = u64::from_be_bytes([0, d0, d1, d2, d3, d4, d5, d6]);
    with_digit(&format!("{number:017}{mac:08}"), Radix::Decimal)
}

fn deriving(ties: &mut Area) {
    for (name, about, clock, earlier) in [
        (
            "derivation-before",
            "of two steps with one derivation code the nearer counts: the earlier one",
            2,
            true,
        ),
        (
            "derivation-behind",
            "of two steps with one derivation code the nearer counts: the later one",
            4,
            false,
        ),
        (
            "derivation-as-near",
            "of two steps with one derivation code that are as near the earlier counts",
            3,
            true,
        ),
    ] {
        ties.follows(&["BND-9"], name, about, move |t| {
            let (key, [before, behind]) = ONE_DERIVATION;
            let license = license(t, SingleSetup::default(), key)?;
            let serial = serial_of(&license.setup)?;
            let platform = Diversifier::of_platform(serial, license.setup.platform_data);
            let deriver = Deriver::new(&Key::new(key), serial, otp::TIME);
            let mac = |step: u64| deriver.mac(platform, Moment { step, event: 0 }, "");
            need((mac(before) == mac(behind)).then_some(()), "two steps with one derivation code")?;
            let now = time(before + clock, STEP_S);
            let ask = |step: u64| {
                let op = license.verify_derivation(None, &derivation_code(platform, mac(step)));
                let op = ServerSingleVerifyDerivationCode { now, ..op };
                Ask { party: license.server.clone(), op }
            };
            t.agrees("BND-9", &ask(before))?;
            if earlier {
                return t.agrees("BND-9", &ask(before + 1));
            }
            t.refuses(BND_9, &ask(before + 1))?;
            t.agrees("BND-9", &ask(behind + 1))
        });
    }
}
