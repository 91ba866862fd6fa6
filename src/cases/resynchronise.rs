//! Finding an event counter again: OPR-6, OPR-7, and what refuses it.

use super::respond::{data_challenge, data_fields};
use super::verify_response::{confirmed, wrong};
use super::{negative, seen_by, sequence};
use channel::rule::{OPR_7, OTP_2, OTP_4, VER_3, VER_4, VER_5, VER_10, VER_11, VER_12};
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Number};

const NONE: Data = Data::ResponseOnly {};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    vec![
        sequence(
            "resynchronise",
            Server,
            &["OPR-6"],
            "two consecutive responses find the event counter, which goes on behind the second",
            resynchronises,
        )
        .implies("OPR-9"),
        negative("resynchronise-reach", Server, VER_12, "200 events ahead are found, 201 are not", reach),
        negative(
            "resynchronise-not-consecutive",
            Server,
            VER_12,
            "two responses that do not follow each other are wrong, counted once, and change nothing",
            not_consecutive,
        ),
        sequence(
            "resynchronise-time-and-event",
            Server,
            &["OPR-8"],
            "with both factors each response is searched in its window",
            both_factors,
        ),
        negative(
            "resynchronise-no-events",
            Server,
            OPR_7,
            "an application without events has nothing to find",
            no_events,
        ),
        negative(
            "resynchronise-application",
            Server,
            OTP_2,
            "both responses must be of kinds that the application answers",
            application,
        ),
        negative(
            "resynchronise-fields",
            Server,
            OTP_4,
            "resynchronising takes only fields that the application takes",
            fields,
        ),
        negative(
            "resynchronise-form",
            Server,
            VER_10,
            "a response of another form is refused, uncounted",
            form,
        ),
        negative(
            "resynchronise-check-digit",
            Server,
            VER_11,
            "a wrong check digit in either of two responses is refused",
            check_digit,
        ),
        negative(
            "resynchronise-unknown-instance",
            Server,
            VER_3,
            "no instance, no counter",
            unknown_instance,
        ),
        negative(
            "resynchronise-unconfirmed",
            Server,
            VER_4,
            "an unconfirmed instance has none yet",
            unconfirmed,
        ),
        negative("resynchronise-locked", Server, VER_5, "a locked instance stays so", locked),
    ]
}

fn attempt(data: &Data, response: &str) -> Attempt {
    Attempt { data: data.clone(), response: response.into() }
}

pub(super) fn resynchronise(
    scene: &Scene,
    application: u8,
    data: &Data,
    first: &str,
    second: &str,
) -> ServerResynchronise {
    ServerResynchronise {
        sequence: Number::from(scene.sequence),
        application: Number::from(u32::from(application)),
        first: attempt(data, first),
        second: attempt(data, second),
        now: scene.now,
    }
}

/// The next `n` responses of the client.
fn responses(
    t: &mut Trial<'_>,
    scene: &mut Scene,
    application: u8,
    data: &Data,
    n: usize,
) -> Result<Vec<String>, Stop> {
    (0..n).map(|_| scene.respond(t, application, data, 0)).collect()
}

/// Two consecutive ones.
pub(super) fn pair(
    t: &mut Trial<'_>,
    scene: &mut Scene,
    application: u8,
    data: &Data,
) -> Result<[String; 2], Stop> {
    Ok([scene.respond(t, application, data, 0)?, scene.respond(t, application, data, 0)?])
}

fn resynchronises(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (application, data) in [(otp::EVENT, NONE), (otp::FIELD_EVENT, data_fields(&["a"]))] {
        let mut scene = confirmed(t)?;
        // In sync or not, near or far.
        for ahead in [0, 1, 50] {
            let all = responses(t, &mut scene, application, &data, ahead + 2)?;
            let [.., first, second] = all.as_slice() else { return Ok(()) };
            let question = resynchronise(&scene, application, &data, first, second);
            t.agrees("OPR-6", &scene.server, &question)?;
            // Each event once: neither is accepted again, alone or as a pair.
            t.refuses_only(VER_12, &scene.server, &question)?;
            t.refuses_only(VER_12, &scene.server, &scene.verify_response(application, &data, second))?;
            let next = scene.respond(t, application, &data, 0)?;
            t.twin("OPR-6", &scene.server, &scene.verify_response(application, &data, &next))?;
        }
    }
    t.implied(&["OPR-6"])
}

fn reach(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let all = responses(t, &mut scene, otp::EVENT, &NONE, 203)?;
    let [.., edge, last, beyond] = all.as_slice() else { return Ok(()) };
    let [bad, good] = [(last, beyond), (edge, last)]
        .map(|(first, second)| resynchronise(&scene, otp::EVENT, &NONE, first, second));
    seen_by(&["VER-12", "VER-13"], "OPR-6", t.refuses(VER_12, &scene.server, &bad, &good)).map(|_| ())
}

fn not_consecutive(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let all = responses(t, &mut scene, otp::EVENT, &NONE, 4)?;
    let [a, b, c, d] = all.as_slice() else { return Ok(()) };
    for (first, second) in [(a, c), (b, a), (c, c)] {
        t.refuses_only(VER_12, &scene.server, &resynchronise(&scene, otp::EVENT, &NONE, first, second))?;
    }
    t.twin(VER_12.id, &scene.server, &resynchronise(&scene, otp::EVENT, &NONE, b, c))?;
    t.agrees("OPR-6", &scene.server, &scene.verify_response(otp::EVENT, &NONE, d)).map(|_| ())
}

fn both_factors(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let first = scene.respond(t, otp::BOTH, &NONE, 0)?;
    t.agrees("VER-13", &scene.server, &scene.verify_response(otp::BOTH, &NONE, &first))?;
    scene.now += 86_400;
    responses(t, &mut scene, otp::BOTH, &NONE, 30)?;
    // At the edges of the identification window, 50 steps of 60 seconds; the later one first.
    let first = scene.respond(t, otp::BOTH, &NONE, 3000)?;
    let second = scene.respond(t, otp::BOTH, &NONE, -3000)?;
    t.agrees("OPR-8", &scene.server, &resynchronise(&scene, otp::BOTH, &NONE, &first, &second))?;
    // The second one's step is the last accepted, and the shift is its own.
    let next = scene.respond(t, otp::BOTH, &NONE, -3000)?;
    t.agrees("OPR-8", &scene.server, &scene.verify_response(otp::BOTH, &NONE, &next))?;
    let first = scene.respond(t, otp::BOTH, &NONE, -3000)?;
    let far = scene.respond(t, otp::BOTH, &NONE, 60)?;
    t.refuses_only(VER_12, &scene.server, &resynchronise(&scene, otp::BOTH, &NONE, &first, &far))
}

fn no_events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for application in [otp::TIME, otp::MULTI] {
        let [first, second] = pair(t, &mut scene, application, &NONE)?;
        t.refuses_only(OPR_7, &scene.server, &resynchronise(&scene, application, &NONE, &first, &second))?;
    }
    let [first, second] = pair(t, &mut scene, otp::EVENT, &NONE)?;
    t.twin(OPR_7.id, &scene.server, &resynchronise(&scene, otp::EVENT, &NONE, &first, &second)).map(|_| ())
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let [first, second] = pair(t, &mut scene, otp::EVENT, &NONE)?;
    let good = resynchronise(&scene, otp::EVENT, &NONE, &first, &second);
    let other = |text: &String| attempt(&data_challenge("1"), text);
    for bad in [
        ServerResynchronise { first: other(&first), ..good.clone() },
        ServerResynchronise { second: other(&second), ..good.clone() },
        ServerResynchronise { application: Number::from(u32::from(otp::UNLOCK)), ..good.clone() },
    ] {
        t.refuses_only(OTP_2, &scene.server, &bad)?;
    }
    t.twin(OTP_2.id, &scene.server, &good).map(|_| ())
}

fn fields(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let data = data_fields(&["x"]);
    let [first, second] = pair(t, &mut scene, otp::FIELD_EVENT, &data)?;
    let good = resynchronise(&scene, otp::FIELD_EVENT, &data, &first, &second);
    let none = data_fields(&[]);
    for bad in [
        ServerResynchronise { first: attempt(&none, &first), ..good.clone() },
        ServerResynchronise { second: attempt(&none, &second), ..good.clone() },
    ] {
        t.refuses_only(OTP_4, &scene.server, &bad)?;
    }
    t.twin(OTP_4.id, &scene.server, &good).map(|_| ())
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let [first, second] = pair(t, &mut scene, otp::EVENT, &NONE)?;
    for (bad_first, bad_second) in
        [("", second.as_str()), ("1234567A", &second), (&first, "123456789"), (&first, "")]
    {
        let bad = resynchronise(&scene, otp::EVENT, &NONE, bad_first, bad_second);
        t.refuses_only(VER_10, &scene.server, &bad)?;
    }
    let good = resynchronise(&scene, otp::EVENT, &NONE, &first, &second);
    t.twin(VER_10.id, &scene.server, &good).map(|_| ())
}

fn check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let [first, second] = pair(t, &mut scene, otp::EVENT, &NONE)?;
    for (bad_first, bad_second) in [(wrong(&first), second.clone()), (first.clone(), wrong(&second))] {
        let bad = resynchronise(&scene, otp::EVENT, &NONE, &bad_first, &bad_second);
        t.refuses_only(VER_11, &scene.server, &bad)?;
    }
    let good = resynchronise(&scene, otp::EVENT, &NONE, &first, &second);
    t.twin(VER_11.id, &scene.server, &good).map(|_| ())
}

fn unknown_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let [first, second] = pair(t, &mut scene, otp::EVENT, &NONE)?;
    let good = resynchronise(&scene, otp::EVENT, &NONE, &first, &second);
    let bad = ServerResynchronise { sequence: Number::from(2), ..good.clone() };
    t.refuses(VER_3, &scene.server, &bad, &good).map(|_| ())
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Active)?;
    let [first, second] = pair(t, &mut scene, otp::EVENT, &NONE)?;
    let question = resynchronise(&scene, otp::EVENT, &NONE, &first, &second);
    t.refuses_only(VER_4, &scene.server, &question)?;
    scene.confirm(t)?;
    t.twin(VER_4.id, &scene.server, &question).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let [first, second] = pair(t, &mut scene, otp::EVENT, &NONE)?;
    let good = resynchronise(&scene, otp::EVENT, &NONE, &first, &second);
    let bad = resynchronise(&scene, otp::EVENT, &NONE, &second, &first);
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &scene.server, &bad)?;
    }
    t.refuses_only(VER_5, &scene.server, &good)?;
    t.agrees("OPR-1", &scene.server, &ServerUnlockInstance { sequence: Number::from(scene.sequence) })?;
    t.twin(VER_5.id, &scene.server, &good).map(|_| ())
}
