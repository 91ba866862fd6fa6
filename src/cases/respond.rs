//! Responses without a message, made by the client.

use super::{negative, positive, sequence};
use channel::rule::{CLI_1, CLI_3, CLI_4, CLI_5, CLI_15, OTP_2, OTP_3, OTP_4};
use harness::case::{Case, Role};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{PIN_TRIES, Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Number, Pin, RootPolicy};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    let mut cases = vec![
        positive(
            "respond-every-application",
            Client,
            &["OTP-1", "SIG-1", "SIG-2", "SIG-3", "SIG-4"],
            "each kind of response of each application is the one of the formula",
            every_application,
        ),
        sequence(
            "respond-events",
            Client,
            &["SIG-5"],
            "an event counter moves with each response made, and with no refused one",
            events,
        ),
        sequence(
            "respond-beside-an-opened-message",
            Client,
            &["CLI-12"],
            "a response neither needs nor closes an opened message",
            beside,
        ),
        negative(
            "respond-application",
            Client,
            OTP_2,
            "an application that can't answer is refused",
            application,
        ),
        negative(
            "respond-wrong-pin",
            Client,
            CLI_15,
            "a wrong PIN is counted, the right one clears",
            wrong_pin,
        ),
        negative("respond-locked", Client, CLI_5, "a locked account makes no response", locked),
        negative(
            "respond-other-serial",
            Client,
            CLI_3,
            "a serial number without account is refused",
            other_serial,
        ),
        negative(
            "respond-pre-activated",
            Client,
            CLI_4,
            "a pre-activated account makes no response",
            pre_activated,
        ),
        negative("respond-rooted", Client, CLI_1, "on a blocked rooted device nothing is answered", rooted),
        negative(
            "respond-order-locked-before-application",
            Client,
            CLI_5,
            "locked and a wrong application: the lock wins",
            order_locked,
        ),
        negative(
            "respond-order-application-before-data",
            Client,
            OTP_2,
            "a wrong application and malformed data: the application wins",
            order_application,
        ),
        negative(
            "respond-order-data-before-pin",
            Client,
            OTP_3,
            "malformed data and a wrong PIN: the data win, and nothing is counted",
            order_data,
        ),
    ];
    cases.extend(BAD_CHALLENGES.map(|(name, challenge)| {
        negative(
            format!("respond-challenge-{name}"),
            Client,
            OTP_3,
            "a challenge is 1 to 16 digits",
            move |t| {
                let scene = active(t)?;
                let ask =
                    |challenge: &str| scene.response_question(otp::CHALLENGE, data_challenge(challenge));
                t.refuses(OTP_3, &scene.client, &ask(challenge), &ask("12345678")).map(|_| ())
            },
        )
    }));
    cases.extend(BAD_FIELDS.map(|(name, fields)| {
        negative(
            format!("respond-fields-{name}"),
            Client,
            OTP_4,
            "fields must be those of the application",
            move |t| {
                let scene = active(t)?;
                let ask = |fields: &[&str]| scene.response_question(otp::FIELDS, data_fields(fields));
                t.refuses(OTP_4, &scene.client, &ask(fields), &ask(&GOOD_FIELDS)).map(|_| ())
            },
        )
    }));
    cases
}

/// Right for [`otp::FIELDS`]: up to 16, 1 to 8, up to 64 characters.
pub(super) const GOOD_FIELDS: [&str; 3] = ["DE02", "1250", "Zoe ~"];

/// What is no challenge (OTP-3).
pub(super) const BAD_CHALLENGES: [(&str, &str); 8] = [
    ("empty", ""),
    ("17-digits", "01234567890123456"),
    ("letter", "1234A678"),
    ("blank", "1234 678"),
    ("sign", "-1234567"),
    ("full-width", "１２３４"),
    ("arabic", "١٢٣٤"),
    ("line-end", "1234\n"),
];

/// What are no fields of [`otp::FIELDS`] (OTP-4).
pub(super) const BAD_FIELDS: [(&str, &[&str]); 9] = [
    ("none", &[]),
    ("too-few", &["DE02", "1250"]),
    ("too-many", &["DE02", "1250", "Zoe", "x"]),
    ("too-short", &["DE02", "", "Zoe"]),
    ("too-long", &["DE02", "123456789", "Zoe"]),
    ("17-of-16", &["12345678901234567", "1", ""]),
    ("control", &["DE\t2", "1250", "Zoe"]),
    ("not-ascii", &["DE02", "1250", "Zoë"]),
    ("delete", &["DE02", "1250", "Zoe\u{7F}"]),
];

pub(super) fn data_challenge(challenge: &str) -> Data {
    Data::Challenge { challenge: challenge.into() }
}

pub(super) fn data_fields(fields: &[&str]) -> Data {
    Data::Fields { fields: fields.iter().map(|field| (*field).into()).collect() }
}

/// Every way to respond on the vector of these cases.
pub(super) fn every_way() -> Vec<(u8, Data)> {
    vec![
        (otp::TIME, Data::ResponseOnly {}),
        (otp::EVENT, Data::ResponseOnly {}),
        (otp::BOTH, Data::ResponseOnly {}),
        (otp::CHALLENGE, data_challenge("0")),
        (otp::CHALLENGE, data_challenge("0123456789012345")),
        (otp::FIELDS, data_fields(&GOOD_FIELDS)),
        (otp::FIELDS, data_fields(&["", "1", ""])),
        (otp::FIELD_EVENT, data_fields(&["a field of 16 ch"])),
        (otp::MULTI, Data::ResponseOnly {}),
        (otp::MULTI, data_challenge("12")),
        (otp::MULTI, data_fields(&["12", ""])),
    ]
}

fn active(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    Scene::new(t, Under::Client, Setup::otp(), Stage::Active)
}

fn every_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = active(t)?;
    for _ in 0..3 {
        for (application, data) in every_way() {
            scene.respond(t, application, &data, 0)?;
        }
        scene.now += 37;
    }
    t.implied(&["SIG-1", "SIG-2", "SIG-3", "SIG-4"])
}

fn events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = active(t)?;
    for _ in 0..3 {
        let wrong = ClientGenerateResponse {
            pin: Pin::Wrong,
            ..scene.response_question(otp::EVENT, Data::ResponseOnly {})
        };
        t.refuses_only(CLI_15, &scene.client, &wrong).or_else(|stop| match stop {
            Stop::NotTestable(_) => Ok(()),
            other => Err(other),
        })?;
        // The wrong PIN did not use up an event.
        scene.respond(t, otp::EVENT, &Data::ResponseOnly {}, 0)?;
        scene.respond(t, otp::BOTH, &Data::ResponseOnly {}, 0)?;
    }
    t.implied(&["SIG-5"])
}

fn beside(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = active(t)?;
    let message = scene.request(t, &Show { application: otp::FIELDS, ..Show::default() })?;
    scene.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    scene.open(t, &message)?;
    scene.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    let both = t.twin("CLI-12", &scene.client, &scene.approve(t, Pin::Right))?;
    t.same("CLI-12", &both.got, both.want.as_ref())
}

fn application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut setup = Setup::otp();
    for rules in &mut setup.vector.applications {
        rules.enabled = rules.form.index != otp::FIELD_EVENT;
    }
    setup.vector.applications.retain(|rules| rules.form.index != otp::BOTH);
    let scene = Scene::new(t, Under::Client, setup, Stage::Active)?;
    let challenge = || data_challenge("12");
    let fields = || data_fields(&["12", ""]);
    for (application, data) in [
        (otp::BOTH, Data::ResponseOnly {}),
        (otp::FIELD_EVENT, data_fields(&[""])),
        (otp::TIME, challenge()),
        (otp::TIME, fields()),
        (otp::CHALLENGE, Data::ResponseOnly {}),
        (otp::CHALLENGE, fields()),
        (otp::FIELDS, Data::ResponseOnly {}),
        (otp::FIELDS, challenge()),
        (otp::UNLOCK, Data::ResponseOnly {}),
        (otp::UNLOCK, data_challenge("12345678")),
        (otp::UNLOCK, fields()),
    ] {
        t.refuses_only(OTP_2, &scene.client, &scene.response_question(application, data))?;
    }
    for data in [Data::ResponseOnly {}, challenge(), fields()] {
        t.twin(OTP_2.id, &scene.client, &scene.response_question(otp::MULTI, data))?;
    }
    Ok(())
}

fn wrong_pin(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = active(t)?;
    let good = scene.response_question(otp::TIME, Data::ResponseOnly {});
    let with = |pin| ClientGenerateResponse { pin, ..good.clone() };
    for _ in 1..PIN_TRIES {
        t.refuses_only(CLI_15, &scene.client, &with(Pin::Wrong))?;
    }
    // A cached unlock is enough, and leaves the counter; the right PIN clears it.
    t.twin(CLI_15.id, &scene.client, &with(Pin::Cached))?;
    t.twin(CLI_15.id, &scene.client, &good)?;
    for _ in 1..PIN_TRIES {
        t.refuses_only(CLI_15, &scene.client, &with(Pin::Wrong))?;
    }
    t.twin(CLI_15.id, &scene.client, &good).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = active(t)?;
    t.twin(CLI_5.id, &scene.client, &scene.response_question(otp::TIME, Data::ResponseOnly {}))?;
    scene.lock(t)?;
    for (application, data) in every_way() {
        t.refuses_only(CLI_5, &scene.client, &scene.response_question(application, data))?;
    }
    Ok(())
}

fn other_serial(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = active(t)?;
    let good = scene.response_question(otp::TIME, Data::ResponseOnly {});
    for serial in ["VDS1000121", "VDR1000120", "0000000000", "ZZZ9999999"] {
        let bad = ClientGenerateResponse { serial: serial.into(), ..good.clone() };
        t.refuses_only(CLI_3, &scene.client, &bad)?;
    }
    t.twin(CLI_3.id, &scene.client, &good).map(|_| ())
}

fn pre_activated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Client, Setup::otp(), Stage::PreActivated)?;
    let question = scene.response_question(otp::TIME, Data::ResponseOnly {});
    t.refuses_only(CLI_4, &scene.client, &question)?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    scene.activate_instance(t)?;
    t.twin(CLI_4.id, &scene.client, &question).map(|_| ())
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let blocked = Setup { rooted: true, root_policy: RootPolicy::Block, ..Setup::otp() };
    let scene = Scene::new(t, Under::Client, blocked, Stage::Created)?;
    let question = scene.response_question(otp::TIME, Data::ResponseOnly {});
    t.refuses_only(CLI_1, &scene.client, &question)?;
    let allowed = Setup { rooted: true, root_policy: RootPolicy::Allow, ..Setup::otp() };
    let scene = Scene::new(t, Under::Client, allowed, Stage::Active)?;
    t.twin(CLI_1.id, &scene.client, &question).map(|_| ())
}

fn order_locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = active(t)?;
    t.twin(CLI_5.id, &scene.client, &scene.response_question(otp::TIME, Data::ResponseOnly {}))?;
    scene.lock(t)?;
    t.refuses_only(CLI_5, &scene.client, &scene.response_question(otp::UNLOCK, data_challenge("x")))
}

fn order_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = active(t)?;
    let bad = scene.response_question(otp::TIME, data_challenge("x"));
    let good = scene.response_question(otp::CHALLENGE, data_challenge("1"));
    t.refuses(OTP_2, &scene.client, &bad, &good).map(|_| ())
}

fn order_data(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = active(t)?;
    let good = scene.response_question(otp::CHALLENGE, data_challenge("1"));
    let bad = ClientGenerateResponse { data: data_challenge("x"), pin: Pin::Wrong, ..good.clone() };
    t.refuses(OTP_3, &scene.client, &bad, &good)?;
    let bad = ClientGenerateResponse {
        application: Number::from(u32::from(otp::FIELDS)),
        data: data_fields(&[]),
        pin: Pin::Wrong,
        ..good.clone()
    };
    t.refuses(OTP_4, &scene.client, &bad, &good).map(|_| ())
}
