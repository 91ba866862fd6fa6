//! The windows in which responses are accepted, and what is accepted only once. VER-13 to VER-18, VER-20.

use super::respond::{GOOD_FIELDS, data_challenge, data_fields};
use super::verify_response::{accepted, confirmed, wrong};
use super::{blaming, negative, sequence};
use channel::rule::{VER_12, VER_18, VER_20};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{IDENTIFICATION_WINDOW, Setup, WINDOW, otp};
use harness::trial::{Stop, Trial};
use peer::operations::ServerRestored;
use peer::protocol::{Data, Number};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    vec![
        negative(
            "window-identification",
            Server,
            VER_12,
            "one-time passwords are accepted to the edge of the identification window, not beyond",
            |t| edges(t, otp::TIME, &Data::ResponseOnly {}, i64::from(IDENTIFICATION_WINDOW / 2), "VER-15"),
        )
        .and("VER-15"),
        negative("window-challenge", Server, VER_12, "answers to challenges, too", |t| {
            edges(t, otp::CHALLENGE, &data_challenge("1"), i64::from(IDENTIFICATION_WINDOW / 2), "VER-15")
        })
        .and("VER-15"),
        negative(
            "window-fields",
            Server,
            VER_12,
            "signatures over fields are accepted to the edge of the signature window, not beyond",
            |t| edges(t, otp::FIELDS, &data_fields(&GOOD_FIELDS), i64::from(WINDOW / 2), "VER-15"),
        )
        .and("VER-15"),
        negative(
            "window-first-use",
            Server,
            VER_12,
            "the first use reaches 300 steps of 36 seconds to each side, not 301",
            first_use,
        )
        .and("VER-16"),
        negative(
            "window-second-use",
            Server,
            VER_12,
            "after the first use the usual window holds",
            second_use,
        )
        .and("VER-16"),
        negative(
            "window-first-use-off",
            Server,
            VER_12,
            "without a first-use window the usual one holds",
            first_use_off,
        )
        .and("VER-16"),
        sequence(
            "window-shift",
            Server,
            &["VER-13", "VER-14"],
            "the shift follows the client's clock",
            shift,
        ),
        negative("response-again", Server, VER_12, "a one-time password is accepted once", again)
            .and("VER-17"),
        negative(
            "response-earlier",
            Server,
            VER_12,
            "a one-time password of an earlier step than the last accepted one is refused",
            earlier,
        ),
        sequence(
            "response-after-signature",
            Server,
            &["VER-17"],
            "a one-time password of the step of an accepted signature is accepted, of one below it is not",
            after_signature,
        ),
        negative(
            "fields-again",
            Server,
            VER_18,
            "a signature over the same fields is accepted once in a time step",
            fields_again,
        ),
        sequence(
            "fields-others",
            Server,
            &["VER-18"],
            "other fields of the same step, and the same fields of the next step, are accepted",
            fields_others,
        ),
        negative(
            "fields-thirteenth",
            Server,
            VER_20,
            "twelve signatures over fields are accepted in a step, a thirteenth is not; in the next step it is",
            thirteenth,
        ),
        negative(
            "fields-thirteenth-of-another",
            Server,
            VER_20,
            "one-time passwords, other applications and other instances do not count",
            thirteenth_of_another,
        ),
        negative(
            "fields-order-again-before-thirteenth",
            Server,
            VER_18,
            "in a time step that is full, fields that were signed before are refused as known",
            again_in_a_full_step,
        ),
        sequence(
            "fields-thirteenth-after-restored",
            Server,
            &["VER-20"],
            "what was accepted before a restored backup's steps does not fill a later step",
            full_and_restored,
        ),
    ]
}

const STEP_S: i64 = 36;

/// One that took part in time: what the server knows of the application is not its first use.
fn used(t: &mut Trial<'_>, application: u8, data: &Data) -> Result<Scene, Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    accepted(t, &mut scene, application, data, 0)?;
    scene.now += 100_000;
    Ok(scene)
}

/// Both edges of the window of an application in use: `reach` steps away is accepted, one more is not.
fn edges(t: &mut Trial<'_>, application: u8, data: &Data, reach: i64, aim: &'static str) -> Result<(), Stop> {
    for side in [1, -1] {
        let mut scene = used(t, application, data)?;
        let [outside, edge] = [reach + 1, reach].map(|steps| side * steps * STEP_S);
        let outside = scene.respond(t, application, data, outside)?;
        let edge = scene.respond(t, application, data, edge)?;
        let [bad, good] = [&outside, &edge].map(|text| scene.verify_response(application, data, text));
        t.refuses_only(VER_12, &scene.server, &bad)?;
        t.twin(aim, &scene.server, &good)?;
    }
    t.implied(&[aim])
}

fn first_use(t: &mut Trial<'_>) -> Result<(), Stop> {
    let data = Data::ResponseOnly {};
    for side in [1, -1] {
        let mut scene = confirmed(t)?;
        t.needs_time(&scene.server)?;
        let outside = scene.respond(t, otp::TIME, &data, side * 301 * STEP_S)?;
        let edge = scene.respond(t, otp::TIME, &data, side * 300 * STEP_S)?;
        let [bad, good] = [&outside, &edge].map(|text| scene.verify_response(otp::TIME, &data, text));
        t.refuses_only(VER_12, &scene.server, &bad)?;
        t.twin("VER-16", &scene.server, &good)?;
    }
    // The confirmation is a first use, too.
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Am2)?;
    scene.now += 300 * 36;
    scene.activate_instance(t)?;
    scene.now -= 300 * 36;
    scene.confirm(t)?;
    t.implied(&["VER-16"])
}

fn second_use(t: &mut Trial<'_>) -> Result<(), Stop> {
    let data = Data::ResponseOnly {};
    let mut scene = used(t, otp::TIME, &data)?;
    let far = scene.respond(t, otp::TIME, &data, 51 * STEP_S)?;
    let near = scene.respond(t, otp::TIME, &data, 50 * STEP_S)?;
    let [bad, good] = [&far, &near].map(|text| scene.verify_response(otp::TIME, &data, text));
    t.refuses_only(VER_12, &scene.server, &bad)?;
    t.twin("VER-16", &scene.server, &good)?;
    t.implied(&["VER-16"])
}

fn first_use_off(t: &mut Trial<'_>) -> Result<(), Stop> {
    // 1799 seconds are 49 steps, less than half of the identification window.
    for first_use_s in [0, 1799] {
        let setup = Setup { first_use_s, ..Setup::otp() };
        let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
        t.needs_time(&scene.server)?;
        let data = Data::ResponseOnly {};
        let far = scene.respond(t, otp::TIME, &data, 51 * STEP_S)?;
        let near = scene.respond(t, otp::TIME, &data, 50 * STEP_S)?;
        let [bad, good] = [&far, &near].map(|text| scene.verify_response(otp::TIME, &data, text));
        t.refuses_only(VER_12, &scene.server, &bad)?;
        t.twin("VER-16", &scene.server, &good)?;
    }
    t.implied(&["VER-16"])
}

fn shift(t: &mut Trial<'_>) -> Result<(), Stop> {
    let data = Data::ResponseOnly {};
    let mut scene = used(t, otp::TIME, &data)?;
    let reach = i64::from(IDENTIFICATION_WINDOW / 2);
    for drift in 1..=3 {
        let response = scene.respond(t, otp::TIME, &data, drift * reach * STEP_S)?;
        let bad = scene.verify_response(otp::TIME, &data, &wrong(&response));
        t.refuses_only(VER_12, &scene.server, &bad)?;
        let good = scene.verify_response(otp::TIME, &data, &response);
        t.agrees("VER-13", &scene.server, &good)?;
    }
    let undrifted = scene.respond(t, otp::TIME, &data, 0)?;
    let bad = scene.verify_response(otp::TIME, &data, &undrifted);
    t.refuses_only(VER_12, &scene.server, &bad)?;
    t.implied(&["VER-14"])
}

fn again(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (application, data) in [
        (otp::TIME, Data::ResponseOnly {}),
        (otp::CHALLENGE, data_challenge("7")),
        (otp::MULTI, Data::ResponseOnly {}),
    ] {
        let mut scene = used(t, application, &data)?;
        let response = accepted(t, &mut scene, application, &data, 0)?;
        let bad = scene.verify_response(application, &data, &response);
        let next = scene.respond(t, application, &data, STEP_S)?;
        // What is no candidate any more is as wrong as any other response.
        blaming("VER-17", t.refuses_only(VER_12, &scene.server, &bad))?;
        t.twin("VER-12", &scene.server, &scene.verify_response(application, &data, &next))?;
    }
    t.implied(&["VER-17"])
}

fn earlier(t: &mut Trial<'_>) -> Result<(), Stop> {
    let data = Data::ResponseOnly {};
    let mut scene = used(t, otp::TIME, &data)?;
    let earlier = scene.respond(t, otp::TIME, &data, -STEP_S)?;
    accepted(t, &mut scene, otp::TIME, &data, 0)?;
    let bad = scene.verify_response(otp::TIME, &data, &earlier);
    let next = scene.respond(t, otp::TIME, &data, STEP_S)?;
    t.refuses(VER_12, &scene.server, &bad, &scene.verify_response(otp::TIME, &data, &next)).map(|_| ())
}

fn after_signature(t: &mut Trial<'_>) -> Result<(), Stop> {
    let otp = Data::ResponseOnly {};
    let mut scene = used(t, otp::MULTI, &otp)?;
    let below = scene.respond(t, otp::MULTI, &otp, -STEP_S)?;
    accepted(t, &mut scene, otp::MULTI, &data_fields(&["a", "b"]), 0)?;
    t.refuses_only(VER_12, &scene.server, &scene.verify_response(otp::MULTI, &otp, &below))?;
    accepted(t, &mut scene, otp::MULTI, &otp, 0)?;
    // And the signature after it, in the same step; so one over a message.
    accepted(t, &mut scene, otp::MULTI, &data_fields(&["a", "c"]), 0)?;
    let message = scene.request(t, &Show { application: otp::MULTI, ..Show::default() })?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)?;
    t.implied(&["VER-17"])
}

fn fields_again(t: &mut Trial<'_>) -> Result<(), Stop> {
    for application in [otp::FIELDS, otp::MULTI] {
        let data =
            if application == otp::FIELDS { data_fields(&GOOD_FIELDS) } else { data_fields(&["a", "b"]) };
        let mut scene = used(t, application, &data)?;
        let response = accepted(t, &mut scene, application, &data, 0)?;
        let bad = scene.verify_response(application, &data, &response);
        t.refuses_only(VER_18, &scene.server, &bad)?;
        // What was accepted in between does not make the server forget.
        if application == otp::MULTI {
            accepted(t, &mut scene, application, &Data::ResponseOnly {}, 0)?;
            accepted(t, &mut scene, application, &data_fields(&["b", "a"]), 0)?;
        }
        t.refuses_only(VER_18, &scene.server, &bad)?;
        let next = scene.respond(t, application, &data, STEP_S)?;
        t.twin(VER_18.id, &scene.server, &scene.verify_response(application, &data, &next))?;
    }
    Ok(())
}

fn fields_others(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = used(t, otp::FIELDS, &data_fields(&GOOD_FIELDS))?;
    for seconds in [0, STEP_S] {
        for fields in [["a", "1", "b"], ["", "1", "ab"], ["ab", "1", ""], ["a", "2", "b"]] {
            accepted(t, &mut scene, otp::FIELDS, &data_fields(&fields), seconds)?;
        }
    }
    // With events the same fields come with another event.
    for _ in 0..2 {
        accepted(t, &mut scene, otp::FIELD_EVENT, &data_fields(&["a"]), 0)?;
    }
    t.implied(&["VER-18"])
}

/// As many signatures over fields as a step takes.
const MOST: usize = 12;

/// Fields of [`otp::FIELDS`] that differ from those of any other number.
fn numbered(number: usize) -> Data {
    data_fields(&["DE02", &number.to_string(), ""])
}

/// A step filled, and a response to other fields at it.
fn full(t: &mut Trial<'_>) -> Result<(Scene, String), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    for number in 0..MOST {
        accepted(t, &mut scene, otp::FIELDS, &numbered(number), 0)?;
    }
    let response = scene.respond(t, otp::FIELDS, &numbered(MOST), 0)?;
    Ok((scene, response))
}

fn thirteenth(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, response) = full(t)?;
    let bad = scene.verify_response(otp::FIELDS, &numbered(MOST), &response);
    for _ in 0..2 {
        t.refuses_only(VER_20, &scene.server, &bad)?;
    }
    // A wrong one is wrong, and counted, all the same.
    let wrong = scene.verify_response(otp::FIELDS, &numbered(MOST), &wrong(&response));
    t.refuses_only(VER_12, &scene.server, &wrong)?;
    let response = scene.respond(t, otp::FIELDS, &numbered(MOST), STEP_S)?;
    let good = scene.verify_response(otp::FIELDS, &numbered(MOST), &response);
    t.twin(VER_20.id, &scene.server, &good)?;
    // The step of this one has room, that of the others is past.
    for number in 0..MOST - 1 {
        accepted(t, &mut scene, otp::FIELDS, &numbered(number), STEP_S)?;
    }
    let response = scene.respond(t, otp::FIELDS, &numbered(MOST - 1), STEP_S)?;
    let bad = scene.verify_response(otp::FIELDS, &numbered(MOST - 1), &response);
    t.refuses_only(VER_20, &scene.server, &bad)
}

fn thirteenth_of_another(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    let fields = |number: usize| data_fields(&[&number.to_string(), ""]);
    accepted(t, &mut scene, otp::MULTI, &Data::ResponseOnly {}, 0)?;
    for number in 0..MOST {
        accepted(t, &mut scene, otp::MULTI, &fields(number), 0)?;
        accepted(t, &mut sibling, otp::MULTI, &fields(number), 0)?;
        accepted(t, &mut scene, otp::FIELDS, &numbered(number), 0)?;
        // With events there is no such limit.
        accepted(t, &mut scene, otp::FIELD_EVENT, &data_fields(&["a"]), 0)?;
    }
    accepted(t, &mut scene, otp::FIELD_EVENT, &data_fields(&["a"]), 0)?;
    for scene in [&mut scene, &mut sibling] {
        let response = scene.respond(t, otp::MULTI, &fields(MOST), 0)?;
        let bad = scene.verify_response(otp::MULTI, &fields(MOST), &response);
        t.refuses_only(VER_20, &scene.server, &bad)?;
        accepted(t, scene, otp::MULTI, &fields(MOST), STEP_S)?;
    }
    Ok(())
}

fn again_in_a_full_step(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = full(t)?;
    for number in [0, MOST - 1] {
        let response = scene.respond(t, otp::FIELDS, &numbered(number), 0)?;
        let bad = scene.verify_response(otp::FIELDS, &numbered(number), &response);
        t.refuses_only(VER_18, &scene.server, &bad)?;
    }
    accepted(t, &mut scene, otp::FIELDS, &numbered(0), STEP_S).map(|_| ())
}

fn full_and_restored(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut scene, _) = full(t)?;
    let restored = ServerRestored { highest_sequence: Number::from(scene.sequence), now: scene.now };
    t.agrees("OPR-4", &scene.server, &restored)?;
    for number in 0..MOST {
        accepted(t, &mut scene, otp::FIELDS, &numbered(number), STEP_S)?;
    }
    let response = scene.respond(t, otp::FIELDS, &numbered(MOST), STEP_S)?;
    let bad = scene.verify_response(otp::FIELDS, &numbered(MOST), &response);
    t.refuses_only(VER_20, &scene.server, &bad)
}
