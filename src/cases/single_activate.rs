//! Activation of a single-device client in one step, by a code or by full activation data. SPEC section 28.

use super::{negative, positive, seen_by, sequence};
use channel::check_digit::Radix;
use channel::rule::{CLI_1, ERC_4, PWD_1, Rule, SDL_4, SDL_5, SDL_6, SDL_12, SDL_13, SDL_14, SDL_17, SDL_27};
use channel::serial::SerialPrefix;
use harness::case::{Case, Role};
use harness::forge::digits::{with_another_last, with_digit};
use harness::scene::Under;
use harness::setup::otp;
use harness::single_scene::{OTHER_PASSWORD, Single, SingleSetup};
use harness::trial::{Stop, Trial};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Data, RootPolicy};

const NONE: Data = Data::ResponseOnly {};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Client, Server};
    let mut cases = vec![
        positive(
            "single-activate",
            Client,
            &["SDL-1", "SDL-11"],
            "a code of both forms activates",
            activates,
        ),
        positive("single-activate-short", Client, &["SDL-1"], "a short code, where it is taken", short),
        positive("single-activate-suffix", Client, &["SDL-11"], "seven digits and a warning", suffix),
        positive("single-activation-code", Server, &["SDL-3"], "the server writes both forms", server_code),
        negative(
            "single-activate-rooted",
            Client,
            CLI_1,
            "on a blocked rooted device nothing is activated",
            rooted,
        ),
        negative(
            "single-activate-no-vector",
            Client,
            SDL_17,
            "a client without a vector needs full data",
            no_vector,
        ),
        negative(
            "single-activate-serial-form",
            Client,
            SDL_12,
            "what is no serial number and no suffix",
            serial_form,
        ),
        negative("single-activate-prefix", Client, SDL_13, "a serial number of another vector", prefix),
        negative(
            "single-activate-other-account",
            Client,
            SDL_14,
            "another license's account stays",
            other_account,
        ),
        sequence(
            "single-prefix-trap",
            Role::Both,
            &["SDL-13", "SDL-11"],
            "a suffix and a vector of another prefix: the client warns, the server says what is wrong",
            trap,
        ),
        sequence(
            "single-reactivate",
            Client,
            &["SDL-16", "SDL-46"],
            "a new activation takes the place of all",
            reactivate,
        ),
        negative("single-state-0", Client, SDL_27, "without an account nothing is done with one", state_0),
        negative("single-activate-order", Client, SDL_12, "of two defects the earlier one is told", order),
    ];
    type Bend = fn(&str) -> String;
    let codes: [(&str, Rule, Bend); 8] = [
        ("empty", SDL_4, |_| String::new()),
        ("cut", SDL_4, |code| code.get(1..).unwrap_or_default().into()),
        ("longer", SDL_4, |code| format!("{code}0")),
        ("letter", SDL_4, |code| format!("A{}", code.get(1..).unwrap_or_default())),
        ("short-form", SDL_4, |_| "00000000000000000001".into()),
        ("short-hexadecimal", SDL_4, |_| "0000000000000001".into()),
        ("check-digit", SDL_5, with_another_last),
        ("too-large", SDL_6, |_| with_digit(&"9".repeat(39), Radix::Decimal)),
    ];
    cases.extend(codes.map(|(name, rule, bend)| {
        let about = format!("{name}: such a code activates nothing");
        negative(format!("single-activate-code-{name}"), Client, rule, about, move |t| {
            let scene = Single::created(t, Under::Client, SingleSetup::default())?;
            let (bad, good) = (scene.activation(t, &bend(&scene.code)), scene.right(t));
            t.refuses(rule, &scene.client, &bad, &good).map(|_| ())
        })
    }));
    cases
}

/// All that an activated client tells: its status and a response of each kind of application.
pub(super) fn tells(t: &mut Trial<'_>, scene: &Single) -> Result<(), Stop> {
    scene.status(t, "SDL-16")?;
    for application in [otp::TIME, otp::EVENT, otp::BOTH] {
        scene.respond(t, application, &NONE)?;
    }
    Ok(())
}

fn activates(t: &mut Trial<'_>) -> Result<(), Stop> {
    for hexadecimal in [false, true] {
        let scene = Single::created(t, Under::Client, SingleSetup::default())?;
        scene.is_in(t, "SDL-11", 0)?;
        let code = ServerSingleGenerateActivationCode { hexadecimal };
        let code = t.agrees("SDL-3", &scene.server, &code)?.code;
        let question = scene.activation(t, &code);
        t.agrees("SDL-11", &scene.client, &question)?;
        scene.is_in(t, "SDL-11", 1)?;
        tells(t, &scene)?;
    }
    t.implied(&["SDL-1"])
}

fn short(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = SingleSetup { short_codes: true, ..SingleSetup::default() };
    for code in ["00000000000000000001", "00000000deadBEEF"] {
        let scene = Single::created(t, Under::Client, setup.clone())?;
        let question = scene.activation(t, code);
        t.agrees("SDL-1", &scene.client, &question)?;
        tells(t, &scene)?;
    }
    let scene = Single::created(t, Under::Client, setup)?;
    scene.activate(t)?;
    tells(t, &scene)
}

fn by_suffix(question: ClientSingleActivate, suffix: &str) -> ClientSingleActivate {
    ClientSingleActivate { serial: None, suffix: Some(suffix.into()), ..question }
}

fn suffix(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let question = by_suffix(scene.right(t), "1000120");
    let got = t.agrees("SDL-11", &scene.client, &question)?;
    t.same("SDL-11", &got.warnings, Some(&vec!["prefix-from-vector".to_owned()]))?;
    t.same("SDL-11", &got.serial.as_str(), Some(&"VDS1000120"))?;
    tells(t, &scene)
}

fn server_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Server, SingleSetup::default())?;
    for hexadecimal in [false, true, false] {
        let before = t.state("SDL-3", &scene.server)?;
        t.agrees("SDL-3", &scene.server, &ServerSingleGenerateActivationCode { hexadecimal })?;
        t.state_is("SDL-3", &scene.server, before)?;
    }
    Ok(())
}

fn rooted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = SingleSetup { rooted: true, ..SingleSetup::default() };
    let scene = Single::created(t, Under::Client, setup.clone())?;
    let right = scene.right(t);
    t.refuses_only(CLI_1, &scene.client, &right)?;
    let data = scene.data(t, None, false)?;
    let online = scene.online(t, &data, None);
    t.refuses_only(CLI_1, &scene.client, &online)?;
    // Before anything else is looked at.
    let bad = ClientSingleActivate { serial: Some("?".into()), ..right.clone() };
    t.refuses_only(CLI_1, &scene.client, &bad)?;
    t.refuses_only(CLI_1, &scene.client, &ClientSingleReport { accepted: true })?;
    t.refuses_only(CLI_1, &scene.client, &scene.response_question(otp::TIME, &NONE))?;
    t.refuses_only(CLI_1, &scene.client, &scene.derivation_question(None))?;
    t.refuses_only(CLI_1, &scene.client, &ClientSingleMarkBound {})?;
    let change = scene.change(t, None, Some(OTHER_PASSWORD));
    t.refuses_only(CLI_1, &scene.client, &change)?;
    scene.is_in(t, "CLI-1", 0)?;
    let setup = SingleSetup { root_policy: RootPolicy::Allow, ..setup };
    let scene = Single::created(t, Under::Client, setup)?;
    let right = scene.right(t);
    t.twin("CLI-1", &scene.client, &right)?;
    tells(t, &scene)
}

fn no_vector(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup { built_in: false, ..SingleSetup::default() })?;
    let right = scene.right(t);
    t.refuses_only(SDL_17, &scene.client, &right)?;
    let bad = ClientSingleActivate { serial: Some("?".into()), ..right.clone() };
    t.refuses_only(SDL_17, &scene.client, &bad)?;
    // With an account that came with a vector, too.
    let data = scene.data(t, None, false)?;
    let online = scene.online(t, &data, None);
    t.agrees("SDL-17", &scene.client, &online)?;
    t.refuses_only(SDL_17, &scene.client, &right)?;
    let other = Single::created(t, Under::Client, SingleSetup::default())?;
    let right = other.right(t);
    t.twin("SDL-17", &other.client, &right).map(|_| ())
}

fn serial_form(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let right = scene.right(t);
    for serial in
        ["", "VDS100012", "VDS10001200", "vds1000120", "VDS100012A", " VDS1000120", "V-S1000120", "１２３"]
    {
        let bad = ClientSingleActivate { serial: Some(serial.into()), ..right.clone() };
        t.refuses_only(SDL_12, &scene.client, &bad)?;
    }
    for suffix in ["", "100012", "10001200", "100012A", "VDS1000120", " 1000120", "+100012", "１000120"] {
        t.refuses_only(SDL_12, &scene.client, &by_suffix(right.clone(), suffix))?;
    }
    t.twin("SDL-12", &scene.client, &right).map(|_| ())
}

fn prefix(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let right = scene.right(t);
    for serial in ["VDT1000120", "0001000120", "ZZZ1000120"] {
        let bad = ClientSingleActivate { serial: Some(serial.into()), ..right.clone() };
        t.refuses_only(SDL_13, &scene.client, &bad)?;
    }
    t.twin("SDL-13", &scene.client, &right).map(|_| ())
}

fn other_account(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let right = scene.right(t);
    let bad = ClientSingleActivate { serial: Some("VDS1000121".into()), ..right.clone() };
    t.refuses_only(SDL_14, &scene.client, &bad)?;
    // The code is not looked at.
    let bad = ClientSingleActivate { code: "?".into(), ..bad };
    t.refuses_only(SDL_14, &scene.client, &bad)?;
    t.twin("SDL-14", &scene.client, &right)?;
    tells(t, &scene)
}

/// A prefix that is not the license's.
fn foreign() -> SerialPrefix {
    SerialPrefix::from_u16(0xC3E4 + 1).unwrap_or_default()
}

fn trap(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Both, SingleSetup::default())?;
    let app = SingleSetup::with(|vector| vector.prefix = foreign());
    let client = t.peer_client();
    t.agrees("PPR-5", &client, &app.client(scene.platform_key))?;
    let scene = Single { client, ..scene };
    let question = by_suffix(scene.right(t), "1000120");
    let got = t.agrees("SDL-11", &scene.client, &question)?;
    t.same("SDL-11", &got.serial.as_str(), Some(&"VDT1000120"))?;
    let response = scene.respond(t, otp::TIME, &NONE)?;
    let right = scene.verify(otp::TIME, &NONE, &response);
    let bad = ServerSingleVerifyResponse { serial: got.serial.clone(), ..right };
    t.refuses_only(SDL_13, &scene.server, &bad)?;
    let code = scene.derive(t, None)?;
    let bad = ServerSingleVerifyDerivationCode { serial: got.serial, ..scene.verify_derivation(None, &code) };
    t.refuses_only(SDL_13, &scene.server, &bad)?;
    // The right app.
    let scene = Single { client: t.peer_client(), ..scene };
    t.agrees("PPR-5", &scene.client, &scene.setup.client(scene.platform_key))?;
    scene.activate(t)?;
    scene.accepted(t, otp::TIME, &NONE).map(|_| ())
}

fn reactivate(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    scene.accepted(t, otp::TIME, &NONE)?;
    scene.report(t, true)?;
    tells(t, &scene)?;
    let wrong = ClientSingleGenerateResponse {
        password: Some(OTHER_PASSWORD.into()),
        ..scene.response_question(otp::TIME, &NONE)
    };
    t.refuses_only(channel::rule::PWD_6, &scene.client, &wrong)?;
    // Another password; the proof and the tries are gone, event counters stay.
    let question = ClientSingleActivate { password: Some(OTHER_PASSWORD.into()), ..scene.right(t) };
    t.agrees("SDL-16", &scene.client, &question)?;
    let status = scene.status(t, "SDL-46")?;
    t.decided(!status.proven, "SDL-46", "an unproven account", show(&status))?;
    let state = t.state("SDL-46", &scene.client)?;
    if let Some(failures) = state.and_then(|state| state.counters.get("password_failures").copied()) {
        t.same("SDL-46", &failures, Some(&0))?;
    }
    let setup = SingleSetup { password: Some(OTHER_PASSWORD), ..scene.setup.clone() };
    let scene = Single { setup, ..scene };
    seen_by(&["SIG-5"], "SDL-40", tells(t, &scene))
}

fn state_0(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let (response, derive) = (scene.response_question(otp::TIME, &NONE), scene.derivation_question(None));
    let change = scene.change(t, scene.setup.password, Some(OTHER_PASSWORD));
    let report = ClientSingleReport { accepted: true };
    let mark = ClientSingleMarkBound {};
    t.refuses_only(SDL_27, &scene.client, &response)?;
    t.refuses_only(SDL_27, &scene.client, &derive)?;
    t.refuses_only(SDL_27, &scene.client, &change)?;
    t.refuses_only(SDL_27, &scene.client, &report)?;
    t.refuses_only(SDL_27, &scene.client, &mark)?;
    // Whatever else is wrong.
    let bad = scene.response_question(otp::CHALLENGE, &NONE);
    t.refuses_only(SDL_27, &scene.client, &bad)?;
    let bad = scene.derivation_question(Some("?"));
    t.refuses_only(SDL_27, &scene.client, &bad)?;
    let bad = scene.change(t, None, None);
    t.refuses_only(SDL_27, &scene.client, &bad)?;
    scene.activate(t)?;
    t.twin("SDL-27", &scene.client, &response)?;
    t.twin("SDL-27", &scene.client, &derive)?;
    t.twin("SDL-27", &scene.client, &report)?;
    t.twin("SDL-27", &scene.client, &mark)?;
    t.twin("SDL-27", &scene.client, &change).map(|_| ())
}

/// Each pair of defects of neighbouring checks.
fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let good = scene.right(t);
    let serial = |serial: &str, question: &ClientSingleActivate| ClientSingleActivate {
        serial: Some(serial.into()),
        ..question.clone()
    };
    let code =
        |code: String, question: &ClientSingleActivate| ClientSingleActivate { code, ..question.clone() };
    let no_password = ClientSingleActivate { password: None, ..good.clone() };
    let bad_counter = ClientSingleActivate { event_reactivation_counter: Some("?".into()), ..good.clone() };
    let both = ClientSingleActivate { password: None, ..bad_counter.clone() };
    let (short, too_large) = ("0".repeat(20), with_digit(&"9".repeat(39), Radix::Decimal));
    for (rule, bad) in [
        (SDL_12, serial("vds1000121", &code(short.clone(), &both))),
        (SDL_13, serial("VDT1000121", &code(short.clone(), &both))),
        (SDL_14, serial("VDS1000121", &code(short.clone(), &both))),
        (SDL_4, code(short, &both)),
        (SDL_5, code(with_another_last(&too_large), &both)),
        (SDL_6, code(too_large, &both)),
        (PWD_1, both),
        (PWD_1, no_password),
        (ERC_4, bad_counter),
    ] {
        t.refuses_only(rule, &scene.client, &bad)?;
    }
    t.twin("SDL-12", &scene.client, &good).map(|_| ())
}
