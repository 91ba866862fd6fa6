//! Responses without a message, verified by the server.

use super::respond::{BAD_CHALLENGES, BAD_FIELDS, GOOD_FIELDS, data_challenge, data_fields, every_way};
use super::{negative, positive, sequence};
use channel::rule::{OTP_2, OTP_3, OTP_4, VER_3, VER_4, VER_5, VER_10, VER_11, VER_12};
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{LOOK_AHEAD, SIGNATURE_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Number};

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
            &["VER-25"],
            "a right response clears the failures before it",
            clears,
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

pub(super) fn confirmed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)
}

/// The next digit in the last place.
pub(super) fn wrong(response: &str) -> String {
    let last = response.chars().last().and_then(|c| c.to_digit(16)).unwrap_or(0);
    format!("{}{}", response.get(..response.len().saturating_sub(1)).unwrap_or_default(), (last + 1) % 10)
}

/// The client responds, and the server accepts it. The response.
pub(super) fn accepted(
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
    rule: channel::rule::Rule,
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
        t.twin("VER-25", &scene.server, &scene.verify_response(otp::BOTH, &data, &response))?;
    }
    t.implied(&["VER-25"])
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
