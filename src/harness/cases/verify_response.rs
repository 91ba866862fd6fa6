//! Responses without a message, verified by the server; the windows that hold for every response.

use super::super::operations::*;
use super::super::protocol::{Data, Number};
use super::super::scene::{Scene, Show, Stage, Under};
use super::super::setup::{IDENTIFICATION_WINDOW, LOOK_AHEAD, SIGNATURE_TRIES, Setup, WINDOW, otp};
use super::super::trial::{Stop, Trial};
use super::respond::{BAD_CHALLENGES, BAD_FIELDS, GOOD_FIELDS, data_challenge, data_fields, every_way};
use super::{Case, Role, negative, positive, sequence};
use crate::rule::{OTP_2, OTP_3, OTP_4, VER_3, VER_4, VER_5, VER_10, VER_11, VER_12, VER_18};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    let mut cases = vec![
        positive(
            "response-every-application",
            Server,
            &["VER-13", "OTP-1"],
            "each kind of response of each application is accepted",
            every_application,
        ),
        negative("response-unknown-instance", Server, VER_3, "no instance, no response", unknown_instance),
        negative("response-unconfirmed", Server, VER_4, "an unconfirmed instance can't log in", unconfirmed),
        negative(
            "response-locked",
            Server,
            VER_5,
            "a locked instance is refused, its right response too",
            locked,
        ),
        negative(
            "response-application",
            Server,
            OTP_2,
            "an application that can't answer is refused",
            application,
        ),
        negative("response-form", Server, VER_10, "responses of another form are refused, uncounted", form),
        negative(
            "response-wrong-check-digit",
            Server,
            VER_11,
            "a wrong check digit is refused, uncounted",
            check_digit,
        ),
        negative("response-wrong", Server, VER_12, "a wrong response is refused and counted", wrong_response),
        negative(
            "response-to-other-data",
            Server,
            VER_12,
            "a response to other data, of another kind or application is wrong",
            other_data,
        ),
        negative("response-of-sibling", Server, VER_12, "a sibling's response is wrong", sibling),
        negative(
            "response-beyond-look-ahead",
            Server,
            VER_12,
            "an event beyond the look-ahead is refused",
            look_ahead,
        ),
        negative("response-event-again", Server, VER_12, "an event is accepted once", event_again),
        sequence(
            "response-clears",
            Server,
            &["VER-14"],
            "a right response clears the failures before it",
            clears,
        ),
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
        negative("response-earlier", Server, VER_12, "nor is an earlier one", earlier),
        sequence(
            "response-after-signature",
            Server,
            &["VER-17"],
            "a one-time password of the step of an accepted signature is accepted, of one below it is not",
            after_signature,
        ),
        negative("fields-again", Server, VER_18, "the same fields are accepted once in a step", fields_again),
        sequence(
            "fields-others",
            Server,
            &["VER-18"],
            "other fields of the same step, and the same fields of the next step, are accepted",
            fields_others,
        ),
        negative(
            "response-order-application-before-form",
            Server,
            OTP_2,
            "a wrong application and a malformed response: the application wins",
            order_application,
        ),
        negative(
            "response-order-data-before-form",
            Server,
            OTP_3,
            "malformed data and a malformed response: the data win",
            order_data,
        ),
    ];
    cases.extend(BAD_CHALLENGES.map(|(name, challenge)| {
        negative(
            format!("response-challenge-{name}"),
            Server,
            OTP_3,
            "a challenge is 1 to 16 digits",
            move |t| {
                bad_data(
                    t,
                    OTP_3,
                    otp::CHALLENGE,
                    &data_challenge(challenge),
                    &data_challenge("0123456789012345"),
                )
            },
        )
    }));
    cases.extend(BAD_FIELDS.map(|(name, fields)| {
        negative(
            format!("response-fields-{name}"),
            Server,
            OTP_4,
            "fields must be those of the application",
            move |t| bad_data(t, OTP_4, otp::FIELDS, &data_fields(fields), &data_fields(&GOOD_FIELDS)),
        )
    }));
    cases
}

const STEP_S: i64 = 36;

fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)
}

/// One that took part in time: what the server knows of the application is not its first use.
fn used(t: &mut Trial<'_>, application: u8, data: &Data) -> Result<Scene, Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    accepted(t, &mut scene, application, data, 0)?;
    scene.now += 100_000;
    Ok(scene)
}

/// The next digit in the last place.
pub(super) fn wrong(response: &str) -> String {
    let last = response.chars().last().and_then(|c| c.to_digit(16)).unwrap_or(0);
    format!("{}{}", response.get(..response.len().saturating_sub(1)).unwrap_or_default(), (last + 1) % 10)
}

/// The client responds, and the server accepts it. The response.
fn accepted(
    t: &mut Trial<'_>,
    scene: &mut Scene,
    application: u8,
    data: &Data,
    seconds: i64,
) -> Result<String, Stop> {
    let response = scene.respond(t, application, data, seconds)?;
    let question = scene.verify_response(application, data, &response);
    t.agrees("VER-13", &scene.server, &question)?;
    Ok(response)
}

fn every_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    for _ in 0..3 {
        for (application, data) in every_way() {
            scene.now += 37;
            accepted(t, &mut scene, application, &data, 0)?;
        }
    }
    t.implied(&["OTP-1"])
}

fn bad_data(
    t: &mut Trial<'_>,
    rule: crate::rule::Rule,
    application: u8,
    bad: &Data,
    good: &Data,
) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let response = scene.respond(t, application, good, 0)?;
    let bad = scene.verify_response(application, bad, &response);
    t.refuses(rule, &scene.server, &bad, &scene.verify_response(application, good, &response)).map(|_| ())
}

fn unknown_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let response = scene.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    let good = scene.verify_response(otp::TIME, &Data::ResponseOnly {}, &response);
    for sequence in [2, 99] {
        let bad = ServerVerifyResponse { sequence: Number::from(sequence), ..good.clone() };
        t.refuses_only(VER_3, &scene.server, &bad)?;
    }
    t.twin(VER_3.id, &scene.server, &good).map(|_| ())
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Active)?;
    let response = scene.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    let question = scene.verify_response(otp::TIME, &Data::ResponseOnly {}, &response);
    t.refuses_only(VER_4, &scene.server, &question)?;
    scene.confirm(t)?;
    t.twin(VER_4.id, &scene.server, &question).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let none = Data::ResponseOnly {};
    let response = scene.respond(t, otp::TIME, &none, 0)?;
    let good = scene.verify_response(otp::TIME, &none, &response);
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &scene.server, &scene.verify_response(otp::TIME, &none, &wrong(&response)))?;
    }
    t.refuses_only(VER_5, &scene.server, &good)?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    let response = sibling.respond(t, otp::TIME, &none, 0)?;
    t.twin(VER_5.id, &scene.server, &sibling.verify_response(otp::TIME, &none, &response)).map(|_| ())
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut setup = Setup::otp();
    for rules in &mut setup.vector.applications {
        rules.enabled = rules.form.index != otp::FIELD_EVENT;
    }
    setup.vector.applications.retain(|rules| rules.form.index != otp::BOTH);
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    let response = scene.respond(t, otp::MULTI, &data_challenge("12"), 0)?;
    for (application, data) in [
        (otp::BOTH, Data::ResponseOnly {}),
        (otp::FIELD_EVENT, data_fields(&[""])),
        (otp::TIME, data_challenge("12")),
        (otp::CHALLENGE, Data::ResponseOnly {}),
        (otp::CHALLENGE, data_fields(&["12", ""])),
        (otp::FIELDS, data_challenge("12")),
        (otp::UNLOCK, data_challenge("12345678")),
    ] {
        t.refuses_only(OTP_2, &scene.server, &scene.verify_response(application, &data, &response))?;
    }
    let good = scene.verify_response(otp::MULTI, &data_challenge("12"), &response);
    t.twin(OTP_2.id, &scene.server, &good).map(|_| ())
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for application in [otp::TIME, otp::BOTH] {
        let data = Data::ResponseOnly {};
        let response = scene.respond(t, application, &data, 0)?;
        let short = response.get(1..).unwrap_or_default().to_owned();
        for bad in
            [String::new(), short.clone(), format!("0{response}"), format!("{short}G"), format!("{short}٣")]
        {
            t.refuses_only(VER_10, &scene.server, &scene.verify_response(application, &data, &bad))?;
        }
        let lower = response.to_ascii_lowercase();
        t.twin(VER_10.id, &scene.server, &scene.verify_response(application, &data, &lower))?;
    }
    Ok(())
}

fn check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let data = Data::ResponseOnly {};
    let response = scene.respond(t, otp::EVENT, &data, 0)?;
    for steps in 1..=9 {
        let bad = (0..steps).fold(response.clone(), |text, _| wrong(&text));
        t.refuses_only(VER_11, &scene.server, &scene.verify_response(otp::EVENT, &data, &bad))?;
    }
    t.twin(VER_11.id, &scene.server, &scene.verify_response(otp::EVENT, &data, &response)).map(|_| ())
}

fn wrong_response(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (application, data) in [
        (otp::TIME, Data::ResponseOnly {}),
        (otp::BOTH, Data::ResponseOnly {}),
        (otp::CHALLENGE, data_challenge("1")),
        (otp::FIELDS, data_fields(&GOOD_FIELDS)),
    ] {
        let response = scene.respond(t, application, &data, 0)?;
        let [bad, good] =
            [&wrong(&response), &response].map(|text| scene.verify_response(application, &data, text));
        t.refuses(VER_12, &scene.server, &bad, &good)?;
    }
    Ok(())
}

fn other_data(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (made_by, made_over, application, data) in [
        (otp::CHALLENGE, data_challenge("1"), otp::CHALLENGE, data_challenge("2")),
        (otp::CHALLENGE, data_challenge("1"), otp::CHALLENGE, data_challenge("01")),
        (otp::CHALLENGE, data_challenge("1"), otp::MULTI, data_challenge("1")),
        (otp::MULTI, Data::ResponseOnly {}, otp::MULTI, data_fields(&["", ""])),
        (otp::FIELDS, data_fields(&["a", "1", "b"]), otp::FIELDS, data_fields(&["", "1", "ab"])),
        (otp::FIELDS, data_fields(&["a", "1", "b"]), otp::FIELDS, data_fields(&["b", "1", "a"])),
    ] {
        let foreign = scene.respond(t, made_by, &made_over, 0)?;
        let right = scene.respond(t, application, &data, 0)?;
        let [bad, good] = [&foreign, &right].map(|text| scene.verify_response(application, &data, text));
        t.refuses_only(VER_12, &scene.server, &bad)?;
        // An accepted one-time password of this step would stand in the way of the next row's.
        if matches!(data, Data::Fields { .. }) {
            t.twin(VER_12.id, &scene.server, &good)?;
        } else {
            t.agrees(
                VER_12.id,
                &scene.server,
                &ServerUnlockInstance { sequence: Number::from(scene.sequence) },
            )?;
        }
    }
    let right = scene.respond(t, otp::CHALLENGE, &data_challenge("1"), 0)?;
    let good = scene.verify_response(otp::CHALLENGE, &data_challenge("1"), &right);
    t.twin(VER_12.id, &scene.server, &good).map(|_| ())
}

fn sibling(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    let data = Data::ResponseOnly {};
    let foreign = sibling.respond(t, otp::TIME, &data, 0)?;
    let own = scene.respond(t, otp::TIME, &data, 0)?;
    let [bad, good] = [&foreign, &own].map(|text| scene.verify_response(otp::TIME, &data, text));
    t.refuses(VER_12, &scene.server, &bad, &good).map(|_| ())
}

fn look_ahead(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let data = Data::ResponseOnly {};
    let mut responses = Vec::new();
    for _ in 0..=LOOK_AHEAD + 1 {
        responses.push(scene.respond(t, otp::EVENT, &data, 0)?);
    }
    let [.., last, beyond] = responses.as_slice() else { return Ok(()) };
    let [bad, good] = [beyond, last].map(|text| scene.verify_response(otp::EVENT, &data, text));
    t.refuses(VER_12, &scene.server, &bad, &good).map(|_| ())
}

fn event_again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let data = Data::ResponseOnly {};
    for application in [otp::EVENT, otp::BOTH] {
        let earlier = scene.respond(t, application, &data, 0)?;
        let first = accepted(t, &mut scene, application, &data, 0)?;
        for old in [earlier, first] {
            t.refuses_only(VER_12, &scene.server, &scene.verify_response(application, &data, &old))?;
        }
        accepted(t, &mut scene, application, &data, 0)?;
    }
    Ok(())
}

fn clears(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let data = Data::ResponseOnly {};
    for _ in 0..3 {
        let response = scene.respond(t, otp::BOTH, &data, 0)?;
        for _ in 1..SIGNATURE_TRIES {
            t.refuses_only(
                VER_12,
                &scene.server,
                &scene.verify_response(otp::BOTH, &data, &wrong(&response)),
            )?;
        }
        t.twin("VER-14", &scene.server, &scene.verify_response(otp::BOTH, &data, &response))?;
    }
    t.implied(&["VER-14"])
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
        t.refuses(VER_12, &scene.server, &bad, &scene.verify_response(application, &data, &next))?;
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

fn order_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let good = scene.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    let bad = scene.verify_response(otp::CHALLENGE, &Data::ResponseOnly {}, "?");
    let good = scene.verify_response(otp::TIME, &Data::ResponseOnly {}, &good);
    t.refuses(OTP_2, &scene.server, &bad, &good).map(|_| ())
}

fn order_data(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let data = data_challenge("1");
    let good = scene.respond(t, otp::CHALLENGE, &data, 0)?;
    let bad = scene.verify_response(otp::CHALLENGE, &data_challenge(""), "?");
    t.refuses(OTP_3, &scene.server, &bad, &scene.verify_response(otp::CHALLENGE, &data, &good)).map(|_| ())
}
