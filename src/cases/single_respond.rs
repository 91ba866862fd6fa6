//! Responses of a single-device client and what its server makes of them; reports; the operator. SPEC section 28.

use super::respond::data_fields;
use super::{blaming, negative, positive, sequence};
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::rule::{
    AM1_8, OPR_7, OTP_2, OTP_3, OTP_4, Rule, SDL_13, SDL_14, STV_1, VER_5, VER_10, VER_11, VER_12, VER_18,
};
use channel::serial::SerialPrefix;
use harness::case::{Case, Role};
use harness::forge::digits::{with_another_last, with_digit};
use harness::scene::Under;
use harness::setup::{SIGNATURE_TRIES, otp};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Number};

const NONE: Data = Data::ResponseOnly {};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Both, Client, Server};
    let mut cases = vec![
        positive("single-respond", Client, &["SDL-26", "SDL-1"], "every application and kind", responds),
        positive("single-verify", Server, &["SDL-28"], "every application and kind", verifies),
        sequence(
            "single-flow",
            Both,
            &["SDL-26", "SDL-28"],
            "what the client makes the server accepts",
            flow,
        ),
        negative(
            "single-respond-form",
            Client,
            OTP_2,
            "applications and data as for any response",
            client_form,
        ),
        negative(
            "single-verify-form",
            Server,
            OTP_2,
            "the server verifies a response for an application that there is, with data that it takes",
            server_form,
        ),
        negative("single-verify-prefix", Server, SDL_13, "a serial number of another prefix alone", prefix),
        negative("single-verify-serial", Server, SDL_14, "a serial number of another suffix", suffix),
        negative("single-verify-replayed", Server, VER_12, "a response is accepted once", replayed),
        negative("single-verify-fields-twice", Server, VER_18, "fields at one step, too", fields_twice),
        negative("single-verify-locked", Server, VER_5, "wrong ones count, and lock", locked),
        negative("single-verify-text", Server, VER_10, "what is no response", text),
        sequence(
            "single-verify-counters-shared",
            Server,
            &["SDL-28"],
            "one count for all applications",
            shared,
        ),
        sequence("single-events", Both, &["SDL-26"], "each response moves its event counter on", events),
        sequence(
            "single-wrong-code",
            Both,
            &["SDL-15"],
            "a wrong code: state 3 after the report, and back",
            wrong_code,
        )
        .implies("SDL-45"),
        sequence("single-report", Client, &["SDL-15"], "reports of unproven and proven accounts", report)
            .implies("SDL-44"),
        sequence("single-unlock", Server, &["SDL-28"], "the operator unlocks", unlock),
        negative("single-resynchronise", Server, OPR_7, "two responses find the event again", resynchronise),
        negative("single-resynchronise-wrong", Server, VER_12, "which count once", resynchronise_wrong),
        sequence("single-reimport", Server, &["SDL-29"], "what was accepted is not accepted again", reimport),
        sequence(
            "single-reimport-key",
            Server,
            &["SDL-29"],
            "under another key all begins anew",
            reimport_key,
        ),
        sequence(
            "single-reimport-applications",
            Server,
            &["SDL-29"],
            "of applications still there",
            reimport_applications,
        ),
        sequence(
            "single-reimport-algorithm",
            Server,
            &["SDL-29"],
            "an application with another algorithm begins anew",
            reimport_algorithm,
        ),
        negative("single-reimport-vector", Server, AM1_8, "the vector is looked at", reimport_vector),
        negative("single-create-prefix", Server, AM1_8, "no license of another prefix", create_prefix),
        negative(
            "single-create-vector",
            Server,
            STV_1,
            "no single-device license without a static vector",
            create_vector,
        ),
    ];
    cases.extend(
        [
            ("time", otp::TIME, NONE),
            ("event", otp::EVENT, NONE),
            ("both", otp::BOTH, NONE),
            ("multi", otp::MULTI, NONE),
        ]
        .map(|(name, application, data)| {
            let about = format!("{name}: each digit of a response changed");
            negative(format!("single-verify-digit-{name}"), Server, VER_12, about, move |t| {
                digits(t, application, &data)
            })
        }),
    );
    cases
}

/// Every application that responds, and every kind for it.
fn all() -> Vec<(u8, Data)> {
    let challenge = |text: &str| Data::Challenge { challenge: text.into() };
    vec![
        (otp::TIME, NONE),
        (otp::EVENT, NONE),
        (otp::BOTH, NONE),
        (otp::CHALLENGE, challenge("0123456789012345")),
        (otp::FIELDS, data_fields(&["", "b", "~ c"])),
        (otp::FIELD_EVENT, data_fields(&["a"])),
        (otp::MULTI, NONE),
        (otp::MULTI, challenge("7")),
        (otp::MULTI, data_fields(&["", ""])),
    ]
}

fn responds(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in [SingleSetup::default(), SingleSetup::without_password()] {
        let mut scene = Single::new(t, Under::Client, setup)?;
        for _ in 0..2 {
            for (application, data) in all() {
                scene.respond(t, application, &data)?;
            }
            scene.now += 36;
        }
    }
    t.implied(&["SDL-1"])
}

fn verifies(t: &mut Trial<'_>) -> Result<(), Stop> {
    played(t, Under::Server)
}

fn flow(t: &mut Trial<'_>) -> Result<(), Stop> {
    played(t, Under::Both)?;
    t.implied(&["SDL-26"])
}

fn played(t: &mut Trial<'_>, under: Under) -> Result<(), Stop> {
    let mut scene = Single::new(t, under, SingleSetup::default())?;
    t.needs_time(&scene.client)?;
    t.needs_time(&scene.server)?;
    for _ in 0..2 {
        for (application, data) in all() {
            scene.accepted(t, application, &data)?;
            // For each kind of MULTI a step of its own.
            scene.now += 36;
        }
    }
    Ok(())
}

const BAD: [(Rule, u8); 4] =
    [(OTP_2, otp::CHALLENGE), (OTP_2, otp::UNLOCK), (OTP_3, otp::CHALLENGE), (OTP_4, otp::FIELDS)];

fn bad_data(rule: Rule) -> Data {
    match rule {
        OTP_3 => Data::Challenge { challenge: "12A".into() },
        OTP_4 => data_fields(&["too few"]),
        _ => NONE,
    }
}

fn client_form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    for (rule, application) in BAD {
        t.refuses_only(rule, &scene.client, &scene.response_question(application, &bad_data(rule)))?;
    }
    t.twin("OTP-2", &scene.client, &scene.response_question(otp::TIME, &NONE)).map(|_| ())
}

fn server_form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    for (rule, application) in BAD {
        t.refuses_only(rule, &scene.server, &scene.verify(application, &bad_data(rule), "?"))?;
    }
    scene.accepted(t, otp::TIME, &NONE).map(|_| ())
}

/// Under these names it is refused, under the right one accepted.
fn named(t: &mut Trial<'_>, rule: Rule, names: &[&str]) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let response = scene.respond(t, otp::TIME, &NONE)?;
    let right = scene.verify(otp::TIME, &NONE, &response);
    let code = scene.derive(t, None)?;
    for name in names {
        let serial = (*name).to_owned();
        let bad = ServerSingleVerifyDerivationCode {
            serial: serial.clone(),
            ..scene.verify_derivation(None, &code)
        };
        t.refuses_only(rule, &scene.server, &bad)?;
        let bad = ServerSingleVerifyResponse { serial: serial.clone(), ..right.clone() };
        t.refuses_only(rule, &scene.server, &bad)?;
        // Whatever else is wrong.
        let bad = ServerSingleVerifyResponse { serial, ..scene.verify(otp::CHALLENGE, &NONE, "?") };
        t.refuses_only(rule, &scene.server, &bad)?;
    }
    t.twin(rule.id, &scene.server, &right).map(|_| ())
}

fn prefix(t: &mut Trial<'_>) -> Result<(), Stop> {
    named(t, SDL_13, &["VDT1000120", "0001000120", "ZZZ1000120"])
}

fn suffix(t: &mut Trial<'_>) -> Result<(), Stop> {
    named(t, SDL_14, &["VDS1000121", "VDS0000000", "VDT1000121"])
}

fn replayed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Server, SingleSetup::default())?;
    for (application, data) in [(otp::TIME, NONE), (otp::EVENT, NONE), (otp::BOTH, NONE)] {
        let response = scene.accepted(t, application, &data)?;
        t.refuses_only(VER_12, &scene.server, &scene.verify(application, &data, &response))?;
        scene.now += 60;
        blaming("VER-12", scene.accepted(t, application, &data))?;
    }
    t.implied(&["VER-12"])
}

fn fields_twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let data = data_fields(&["", "b", ""]);
    let response = scene.accepted(t, otp::FIELDS, &data)?;
    t.refuses_only(VER_18, &scene.server, &scene.verify(otp::FIELDS, &data, &response))?;
    scene.accepted(t, otp::FIELDS, &data_fields(&["", "c", ""])).map(|_| ())
}

/// A response that is wrong for any scene, of the form of [`otp::BOTH`].
const WRONG: &str = "0000000000";

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let wrong = scene.verify(otp::BOTH, &NONE, WRONG);
    let response = scene.respond(t, otp::TIME, &NONE)?;
    let right = scene.verify(otp::TIME, &NONE, &response);
    (1..SIGNATURE_TRIES).try_for_each(|_| t.refuses_only(VER_12, &scene.server, &wrong))?;
    t.twin("VER-5", &scene.server, &right)?;
    (0..SIGNATURE_TRIES).try_for_each(|_| t.refuses_only(VER_12, &scene.server, &wrong))?;
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    t.refuses_only(VER_5, &scene.server, &scene.verify(otp::EVENT, &NONE, &response))?;
    t.refuses_only(VER_5, &scene.server, &scene.verify(otp::CHALLENGE, &NONE, "?"))?;
    t.refuses_only(VER_5, &scene.server, &scene.verify_derivation(Some("?"), "?"))?;
    t.refuses_only(VER_5, &scene.server, &resynchronise_question(otp::TIME, ["?", "?"], scene.now))
}

fn text(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    for bad in ["", "?", "1234567", "123456789", "1234567A", " 1234567", "１２３４５６７８"] {
        t.refuses_only(VER_10, &scene.server, &scene.verify(otp::EVENT, &NONE, bad))?;
    }
    let bad = with_another_last(&response);
    t.refuses_only(VER_11, &scene.server, &scene.verify(otp::EVENT, &NONE, &bad))?;
    t.twin("VER-10", &scene.server, &scene.verify(otp::EVENT, &NONE, &response)).map(|_| ())
}

fn shared(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let wrong_event = with_digit("0000000", Radix::Decimal);
    let wrongs =
        [(otp::TIME, "000000"), (otp::EVENT, &wrong_event), (otp::BOTH, WRONG), (otp::TIME, "000000")];
    for (application, wrong) in wrongs {
        t.refuses_only(VER_12, &scene.server, &scene.verify(application, &NONE, wrong))?;
    }
    t.refuses_only(VER_5, &scene.server, &scene.verify(otp::MULTI, &NONE, "00000000"))?;
    t.implied(&["SDL-28"])
}

fn events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Both, SingleSetup::default())?;
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(scene.accepted(t, otp::EVENT, &NONE)?);
        scene.respond(t, otp::FIELD_EVENT, &data_fields(&["a"]))?;
    }
    seen.sort_unstable();
    seen.dedup();
    t.decided(seen.len() == 5, "SDL-26", "five responses", show(&seen))
}

fn wrong_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Both, SingleSetup::default())?;
    let wrong = with_digit("012345678901234567890123456789012345678", Radix::Decimal);
    let question = scene.activation(t, &wrong);
    t.agrees("SDL-15", &scene.client, &question)?;
    scene.is_in(t, "SDL-15", 1)?;
    let response = scene.respond(t, otp::TIME, &NONE)?;
    t.refuses_only(VER_12, &scene.server, &scene.verify(otp::TIME, &NONE, &response))?;
    scene.report(t, false)?;
    scene.is_in(t, "SDL-15", 3)?;
    // It goes on.
    scene.respond(t, otp::TIME, &NONE)?;
    scene.is_in(t, "SDL-15", 3)?;
    scene.activate(t)?;
    scene.is_in(t, "SDL-15", 1)?;
    scene.accepted(t, otp::TIME, &NONE)?;
    scene.report(t, true)?;
    let status = scene.status(t, "SDL-15")?;
    t.decided(status.proven, "SDL-15", "proven", show(&status))
}

fn report(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    for (accepted, state, proven) in
        [(false, 3, false), (false, 3, false), (true, 1, true), (false, 1, true), (true, 1, true)]
    {
        scene.report(t, accepted)?;
        let status = scene.status(t, "SDL-15")?;
        t.same("SDL-15", &(status.state.get(), status.proven), Some(&(state, proven)))?;
    }
    Ok(())
}

fn unlock(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let wrong = scene.verify(otp::BOTH, &NONE, WRONG);
    (0..SIGNATURE_TRIES).try_for_each(|_| t.refuses_only(VER_12, &scene.server, &wrong))?;
    let before = t.state("OPR-1", &scene.server)?;
    t.agrees("SDL-28", &scene.server, &ServerSingleUnlock {})?;
    let after = t.state("OPR-1", &scene.server)?;
    if let (Some(before), Some(after)) = (before, after) {
        t.same("SDL-28", &after.digest, Some(&before.digest))?;
    }
    scene.accepted(t, otp::TIME, &NONE).map(|_| ())
}

pub(super) fn resynchronise_question(
    application: u8,
    [first, second]: [&str; 2],
    now: u32,
) -> ServerSingleResynchronise {
    let attempt = |response: &str| Attempt { data: NONE, response: response.into() };
    ServerSingleResynchronise {
        application: Number::from(u32::from(application)),
        first: attempt(first),
        second: attempt(second),
        now,
    }
}

fn resynchronise(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    for application in [otp::EVENT, otp::BOTH] {
        (0..30).try_for_each(|_| scene.respond(t, application, &NONE).map(|_| ()))?;
        let (first, second) = (scene.respond(t, application, &NONE)?, scene.respond(t, application, &NONE)?);
        t.refuses_only(VER_12, &scene.server, &scene.verify(application, &NONE, &first))?;
        let bad = resynchronise_question(otp::TIME, [&first, &second], scene.now);
        t.refuses_only(OPR_7, &scene.server, &bad)?;
        let good = resynchronise_question(application, [&first, &second], scene.now);
        let short = first.get(1..).unwrap_or_default();
        for texts in [[short, &second], [&first, short]] {
            t.refuses_only(VER_10, &scene.server, &resynchronise_question(application, texts, scene.now))?;
        }
        t.twin("OPR-6", &scene.server, &good)?;
        blaming("OPR-6", scene.accepted(t, application, &NONE))?;
    }
    Ok(())
}

fn resynchronise_wrong(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let (first, second) = (scene.respond(t, otp::EVENT, &NONE)?, scene.respond(t, otp::EVENT, &NONE)?);
    let bad = resynchronise_question(otp::EVENT, [&second, &first], scene.now);
    t.refuses_only(VER_12, &scene.server, &bad)?;
    let good = resynchronise_question(otp::EVENT, [&first, &second], scene.now);
    t.twin("VER-12", &scene.server, &good).map(|_| ())
}

pub(super) fn reimport_question(scene: &Single, setup: &SingleSetup) -> ServerSingleReimport {
    ServerSingleReimport {
        license_key: Array(scene.license_key),
        static_vector: Bytes(setup.vector.to_bytes()),
    }
}

fn reimport(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let mut accepted = Vec::new();
    for (application, data) in
        [(otp::TIME, NONE), (otp::EVENT, NONE), (otp::FIELDS, data_fields(&["", "b", ""]))]
    {
        let response = scene.accepted(t, application, &data)?;
        accepted.push(scene.verify(application, &data, &response));
    }
    (0..SIGNATURE_TRIES)
        .try_for_each(|_| t.refuses_only(VER_12, &scene.server, &scene.verify(otp::BOTH, &NONE, WRONG)))?;
    t.agrees("SDL-29", &scene.server, &reimport_question(&scene, &scene.setup))?;
    // Unlocked, and nothing again.
    for (question, rule) in accepted.iter().zip([VER_12, VER_12, VER_18]) {
        blaming("SDL-29", t.refuses_only(rule, &scene.server, question))?;
    }
    scene.now += 36;
    blaming("SDL-29", scene.accepted(t, otp::TIME, &NONE))?;
    blaming("SDL-29", scene.accepted(t, otp::EVENT, &NONE))?;
    t.implied(&["SDL-29"])
}

fn reimport_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    (0..12).try_for_each(|_| scene.accepted(t, otp::EVENT, &NONE).map(|_| ()))?;
    let other = Single { license_key: t.random(), ..scene.clone() };
    t.agrees("SDL-29", &scene.server, &reimport_question(&other, &scene.setup))?;
    let code = ServerSingleGenerateActivationCode { hexadecimal: true };
    let code = t.agrees("SDL-29", &scene.server, &code)?.code;
    let new = scene.elsewhere(t, Under::Server, b"new")?;
    let question = new.activation(t, &code);
    t.agrees("SDL-29", &new.client, &question)?;
    blaming("SDL-29", new.accepted(t, otp::EVENT, &NONE)).map(|_| ())
}

fn reimport_applications(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let fewer =
        SingleSetup::with(|vector| vector.applications.retain(|rules| rules.form.index != otp::EVENT));
    scene.accepted(t, otp::EVENT, &NONE)?;
    scene.accepted(t, otp::BOTH, &NONE)?;
    t.agrees("SDL-29", &scene.server, &reimport_question(&scene, &fewer))?;
    scene.counter(t)?;
    t.agrees("SDL-29", &scene.server, &reimport_question(&scene, &scene.setup))?;
    // That of EVENT is 0 again, that of BOTH has stayed.
    scene.counter(t).map(|_| ())
}

fn reimport_algorithm(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let open = SingleSetup::with(|vector| {
        for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == otp::EVENT) {
            rules.algorithm = Algorithm::Hotp;
            rules.form.check_digit = false;
            rules.secure_channel = false;
        }
    });
    scene.accepted(t, otp::EVENT, &NONE)?;
    t.agrees("SDL-29", &scene.server, &reimport_question(&scene, &open))?;
    blaming("SDL-29", scene.counter(t)).map(|_| ())
}

fn reimport_vector(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let other = SingleSetup::with(|vector| vector.prefix = SerialPrefix::default());
    let empty =
        ServerSingleReimport { static_vector: Bytes(Vec::new()), ..reimport_question(&scene, &other) };
    t.refuses_only(STV_1, &scene.server, &empty)?;
    let (bad, good) = (reimport_question(&scene, &other), reimport_question(&scene, &scene.setup));
    t.refuses(AM1_8, &scene.server, &bad, &good).map(|_| ())
}

fn create_prefix(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (server, setup) = (t.peer_server(), SingleSetup::default());
    let other = SingleSetup::with(|vector| vector.prefix = SerialPrefix::default());
    t.refuses_stateless(AM1_8, &server, &other.server([1; 16]))?;
    t.twin("AM1-8", &server, &setup.server([1; 16])).map(|_| ())
}

fn create_vector(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (server, good) = (t.peer_server(), SingleSetup::default().server([1; 16]));
    let bad = ServerSingleCreate { static_vector: Bytes(Vec::new()), ..good.clone() };
    t.refuses_stateless(STV_1, &server, &bad)?;
    t.twin("STV-1", &server, &good).map(|_| ())
}

/// Each digit one higher, a right check digit where there is one.
fn digits(t: &mut Trial<'_>, application: u8, data: &Data) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let Some(form) = scene.setup.vector.application(application).map(|rules| rules.form) else {
        return Err(Stop::Harness("no such application".into()));
    };
    let response = scene.respond(t, application, data)?;
    let length = response.len() - usize::from(form.check_digit);
    for (at, own) in response.chars().enumerate().take(length) {
        let next = own.to_digit(form.radix.base()).map_or(0, |digit| (digit + 1) % form.radix.base());
        let bent = super::single_codes::with_at(&response, at, form.radix.character(next));
        let bent = match form.check_digit {
            true => with_digit(bent.get(..length).unwrap_or_default(), form.radix),
            false => bent,
        };
        t.refuses_only(VER_12, &scene.server, &scene.verify(application, data, &bent))?;
        t.agrees("OPR-1", &scene.server, &ServerSingleUnlock {})?;
    }
    t.twin("VER-12", &scene.server, &scene.verify(application, data, &response)).map(|_| ())
}
