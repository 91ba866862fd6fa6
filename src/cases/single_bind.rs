//! Binding to a platform: derivation codes, and what a bound license accepts. SPEC section 30.

use super::single_codes::{digits, exchanged, with_at};
use super::{blaming, negative, positive, sequence};
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::rule::{BND_3, BND_4, BND_5, BND_6, BND_8, BND_9, PWD_5, PWD_6, Rule, VER_5, VER_12};
use channel::wire::derivation_code::DerivationCode;
use channel::wire::static_vector::{Factor, Mode, StaticVector};
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::play::need;
use harness::scene::Under;
use harness::setup::{IDENTIFICATION_WINDOW, SIGNATURE_TRIES, otp};
use harness::single_scene::{Single, SingleSetup, WRONG_PASSWORD};
use harness::trial::{Stop, Trial};
use peer::json::show;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data};

const NONE: Data = Data::ResponseOnly {};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::{Both, Client, Server};
    vec![
        positive(
            "derive-made",
            Client,
            &["BND-1", "BND-2"],
            "codes of several platforms and applications",
            made,
        ),
        positive(
            "derive-verified",
            Server,
            &["BND-2", "BND-10"],
            "derivation codes of several platforms and applications are verified",
            verified,
        ),
        negative("derive-not-allowed", Client, BND_3, "a vector without binding", not_allowed),
        negative(
            "derive-not-allowed-server",
            Server,
            BND_3,
            "a server verifies no derivation code for a vector without binding",
            not_allowed_server,
        ),
        negative("derive-no-application", Client, BND_4, "no application that derives", no_application),
        negative(
            "derive-no-application-server",
            Server,
            BND_4,
            "a server verifies no derivation code for an application that doesn't derive",
            no_application_server,
        ),
        negative("derive-challenge", Client, BND_5, "a challenge for mode CR alone", challenge),
        negative(
            "derive-challenge-server",
            Server,
            BND_5,
            "a server takes a challenge with a derivation code for mode CR alone",
            challenge_server,
        ),
        negative("derive-password", Client, PWD_6, "a wrong password derives nothing", password),
        negative("derive-form", Server, BND_6, "what is no 26 decimal digits", form),
        negative("derive-2-to-the-56", Server, BND_6, "a diversifier of one bit more", too_large),
        negative("derive-check-digit", Server, BND_8, "each wrong check digit and digit", check_digit),
        negative("derive-neighbours", Server, BND_8, "neighbours exchanged", neighbours),
        negative("derive-wrong", Server, BND_9, "each digit changed under a right check digit", wrong),
        negative("derive-wrong-license", Server, BND_9, "another license's code", wrong_license),
        negative("derive-wrong-challenge", Server, BND_9, "over another challenge", wrong_challenge),
        negative("derive-window", Server, BND_9, "outside the window of response-only", window),
        negative("derive-locked", Server, VER_5, "wrong codes count with wrong responses", locked),
        negative("derive-replayed", Server, BND_9, "a derivation code is accepted once", replayed),
        sequence("derive-events", Both, &["BND-2"], "the event counter moves on", events),
        sequence(
            "bind",
            Both,
            &["BND-7", "BND-10", "SDL-26"],
            "unbound before, bound only from then on",
            bind,
        ),
        negative(
            "bind-before-acceptance",
            Server,
            VER_12,
            "bound responses before acceptance are wrong",
            too_early,
        ),
        sequence("bind-refused", Server, &["BND-10"], "a refused code binds nothing", refused),
        negative("bind-other-platform", Server, VER_12, "another platform is refused", other_platform)
            .and("BND-10"),
        sequence(
            "bind-again",
            Both,
            &["BND-12"],
            "with replace another platform takes the place, and the old one ends",
            again,
        ),
        sequence(
            "bind-same-again",
            Both,
            &["BND-12"],
            "a platform that is bound can be bound once more",
            same_again,
        ),
        sequence("bind-reimport", Both, &["BND-12", "SDL-29"], "importing again clears it", reimport),
        sequence("bind-reactivated", Both, &["SDL-40"], "the mark stays with a new activation", reactivated),
        negative("bind-mark-not-allowed", Client, BND_3, "no mark without binding", mark_not_allowed),
        sequence("bind-clock-jumps", Both, &["BND-10"], "the shift of the clock is kept", clock),
        negative("derive-order", Server, BND_3, "of two defects the earlier one is told", order),
        negative(
            "derive-order-client",
            Client,
            BND_5,
            "of two defects in what a client is asked to derive, the earlier check decides",
            order_client,
        ),
        positive("derive-key-unbound", Both, &["BND-2"], "a bound client derives unbound", unbound_key),
    ]
}

/// A vector whose deriving application is changed.
fn deriving(mode: Mode, factor: Factor) -> SingleSetup {
    SingleSetup::with(|vector| {
        for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == otp::TIME) {
            (rules.mode, rules.form.mode, rules.factor) = (mode, mode.number(), factor);
        }
    })
}

fn none_derives(vector: &mut StaticVector) {
    for rules in &mut vector.applications {
        rules.enabled = matches!(rules.mode, Mode::Signature | Mode::Unlock);
    }
}

const KINDS: [(Mode, Factor, Option<&str>); 6] = [
    (Mode::ResponseOnly, Factor::Time(36), None),
    (Mode::ResponseOnly, Factor::Event, None),
    (Mode::ResponseOnly, Factor::TimeAndEvent(60), None),
    (Mode::ChallengeResponse, Factor::Time(36), Some("0123456789012345")),
    (Mode::ChallengeResponse, Factor::Event, Some("7")),
    (Mode::MultiMode, Factor::Time(36), None),
];

fn made(t: &mut Trial<'_>) -> Result<(), Stop> {
    let serial = need(SingleSetup::default().serial.parse().ok(), "the serial number of every scene")?;
    for platform_data in [&b""[..], b"\0", b"platform", b"platform ", &[0xFF; 300]] {
        let scene = Single::new(t, Under::Client, SingleSetup { platform_data, ..SingleSetup::default() })?;
        let both = t.accepts("BND-2", &scene.client, &scene.derivation_question(None))?;
        let got = DerivationCode::decode(&both.got.code).map(|code| Array(code.diversifier.0)).ok();
        let want = channel::crypto::single::Diversifier::of_platform(serial, platform_data);
        t.same("BND-1", &got, Some(&Some(Array(want.0))))?;
        t.same("BND-2", &both.got, both.want.as_ref())?;
    }
    for (mode, factor, challenge) in KINDS {
        let mut scene = Single::new(t, Under::Client, deriving(mode, factor))?;
        scene.derive(t, challenge)?;
        scene.now += 60;
        scene.derive(t, challenge)?;
    }
    Ok(())
}

fn verified(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (mode, factor, challenge) in KINDS {
        let mut scene = Single::new(t, Under::Server, deriving(mode, factor))?;
        for _ in 0..2 {
            let code = scene.derive(t, challenge)?;
            t.agrees("BND-10", &scene.server, &scene.verify_derivation(challenge, &code))?;
            scene.now += 60;
        }
    }
    t.implied(&["BND-2"])
}

fn unbindable() -> SingleSetup {
    SingleSetup::with(|vector| vector.binding = false)
}

fn not_allowed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, unbindable())?;
    t.refuses_only(BND_3, &scene.client, &scene.derivation_question(None))?;
    t.refuses_only(BND_3, &scene.client, &scene.derivation_question(Some("?")))?;
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    t.twin("BND-3", &scene.client, &scene.derivation_question(None)).map(|_| ())
}

/// A right code, and a server of another vector that knows nothing of it.
fn code_for(t: &mut Trial<'_>, other: &SingleSetup) -> Result<(Single, Single, String), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let code = scene.derive(t, None)?;
    let server = t.peer_server();
    t.agrees("PPR-5", &server, &other.server(scene.license_key))?;
    let bent = Single { server, ..scene.clone() };
    Ok((scene, bent, code))
}

fn not_allowed_server(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, bent, code) = code_for(t, &unbindable())?;
    let question = scene.verify_derivation(None, &code);
    t.refuses_only(BND_3, &bent.server, &question)?;
    t.twin("BND-3", &scene.server, &question).map(|_| ())
}

fn no_application(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::with(none_derives))?;
    t.refuses_only(BND_4, &scene.client, &scene.derivation_question(None))?;
    t.refuses_only(BND_4, &scene.client, &scene.derivation_question(Some("?")))?;
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    t.twin("BND-4", &scene.client, &scene.derivation_question(None)).map(|_| ())
}

fn no_application_server(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, bent, code) = code_for(t, &SingleSetup::with(none_derives))?;
    let question = scene.verify_derivation(None, &code);
    t.refuses_only(BND_4, &bent.server, &question)?;
    t.twin("BND-4", &scene.server, &question).map(|_| ())
}

const CHALLENGES: [&str; 7] = ["", "12345678901234567", "12A4", " 12", "-1", "１２", "1\n"];

fn of_challenge() -> SingleSetup {
    deriving(Mode::ChallengeResponse, Factor::Time(36))
}

fn challenge(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    t.refuses_only(BND_5, &scene.client, &scene.derivation_question(Some("1234")))?;
    t.twin("BND-5", &scene.client, &scene.derivation_question(None))?;
    let scene = Single::new(t, Under::Client, of_challenge())?;
    t.refuses_only(BND_5, &scene.client, &scene.derivation_question(None))?;
    for bad in CHALLENGES {
        t.refuses_only(BND_5, &scene.client, &scene.derivation_question(Some(bad)))?;
    }
    t.twin("BND-5", &scene.client, &scene.derivation_question(Some("1234"))).map(|_| ())
}

fn challenge_server(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let code = scene.derive(t, None)?;
    t.refuses_only(BND_5, &scene.server, &scene.verify_derivation(Some("1234"), &code))?;
    t.twin("BND-5", &scene.server, &scene.verify_derivation(None, &code))?;
    let scene = Single::new(t, Under::Server, of_challenge())?;
    let code = scene.derive(t, Some("1234"))?;
    t.refuses_only(BND_5, &scene.server, &scene.verify_derivation(None, &code))?;
    for bad in CHALLENGES {
        t.refuses_only(BND_5, &scene.server, &scene.verify_derivation(Some(bad), &code))?;
    }
    t.twin("BND-5", &scene.server, &scene.verify_derivation(Some("1234"), &code)).map(|_| ())
}

fn password(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let good = scene.derivation_question(None);
    let bad = |password: Option<&str>| ClientSingleGenerateDerivationCode {
        password: password.map(str::to_owned),
        ..good.clone()
    };
    t.refuses_only(PWD_5, &scene.client, &bad(None))?;
    t.refuses(PWD_6, &scene.client, &bad(Some(WRONG_PASSWORD)), &good).map(|_| ())
}

/// All of them refused, the right code accepted.
fn codes_refused(t: &mut Trial<'_>, rule: Rule, bads: impl Fn(&str) -> Vec<String>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let code = scene.derive(t, None)?;
    for bad in bads(&code) {
        t.refuses_only(rule, &scene.server, &scene.verify_derivation(None, &bad))?;
        if rule.counts.is_some() {
            t.agrees("OPR-1", &scene.server, &ServerSingleUnlock {})?;
        }
    }
    t.twin(rule.id, &scene.server, &scene.verify_derivation(None, &code)).map(|_| ())
}

fn form(t: &mut Trial<'_>) -> Result<(), Stop> {
    codes_refused(t, BND_6, |code| {
        let cut = code.get(1..).unwrap_or_default();
        vec![
            String::new(),
            "0".into(),
            cut.into(),
            format!("0{code}"),
            format!("{code}0"),
            format!(" {cut}"),
            format!("-{cut}"),
            format!("{code}\n"),
            with_at(code, 5, 'A'),
            with_at(code, 5, ' '),
            with_at(code, 25, '٣'),
            code.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(c)).collect(),
        ]
    })
}

fn too_large(t: &mut Trial<'_>) -> Result<(), Stop> {
    codes_refused(t, BND_6, |code| {
        let mac = code.get(17..25).unwrap_or_default();
        ["72057594037927936", "99999999999999999"]
            .map(|diversifier| with_digit(&format!("{diversifier}{mac}"), Radix::Decimal))
            .into()
    })
}

fn check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    codes_refused(t, BND_8, |code| {
        let own = code.chars().last();
        let mut all: Vec<String> = digits(Radix::Decimal)
            .filter(|digit| Some(*digit) != own)
            .map(|digit| with_at(code, 25, digit))
            .collect();
        for (at, own) in code.chars().enumerate().take(25) {
            let next = own.to_digit(10).map_or(0, |digit| (digit + 1) % 10);
            all.push(with_at(code, at, Radix::Decimal.character(next)));
        }
        // Before the diversifier is looked at.
        let too_large = with_digit(&"9".repeat(25), Radix::Decimal);
        all.push(with_at(&too_large, 25, if too_large.ends_with('0') { '1' } else { '0' }));
        all
    })
}

fn neighbours(t: &mut Trial<'_>) -> Result<(), Stop> {
    codes_refused(t, BND_8, |code| exchanged(code, Radix::Decimal))
}

fn wrong(t: &mut Trial<'_>) -> Result<(), Stop> {
    codes_refused(t, BND_9, |code| {
        // The first digit apart, which could make the diversifier too large.
        let changed = |(at, own): (usize, char)| {
            let next = own.to_digit(10).map_or(0, |digit| (digit + 1) % 10);
            let bent = with_at(code, at, Radix::Decimal.character(next));
            with_digit(bent.get(..25).unwrap_or_default(), Radix::Decimal)
        };
        let first = with_digit(&format!("0{}", code.get(1..25).unwrap_or_default()), Radix::Decimal);
        let all = code.chars().enumerate().skip(2).take(23).map(changed);
        all.chain([first]).filter(|bent| bent != code).collect()
    })
}

fn wrong_license(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let other = Single::new(t, Under::Neither, SingleSetup::default())?;
    let (bad, good) = (other.derive(t, None)?, scene.derive(t, None)?);
    t.refuses(
        BND_9,
        &scene.server,
        &scene.verify_derivation(None, &bad),
        &scene.verify_derivation(None, &good),
    )?;
    // A response-only password is no MAC.
    let response = scene.respond(t, otp::TIME, &NONE)?;
    let head = good.get(..17).unwrap_or_default();
    let bad = with_digit(&format!("{head}00{response}"), Radix::Decimal);
    t.refuses_only(BND_9, &scene.server, &scene.verify_derivation(None, &bad))
}

fn wrong_challenge(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, of_challenge())?;
    let code = scene.derive(t, Some("1234"))?;
    let bad = scene.verify_derivation(Some("1235"), &code);
    t.refuses(BND_9, &scene.server, &bad, &scene.verify_derivation(Some("1234"), &code)).map(|_| ())
}

/// A code so many steps from the server's clock, after the first use.
fn off(t: &mut Trial<'_>, scene: &Single, steps: i64) -> Result<ServerSingleVerifyDerivationCode, Stop> {
    let now = u32::try_from(i64::from(scene.now) + 36 * steps).unwrap_or(0);
    let question = ClientSingleGenerateDerivationCode { now, ..scene.derivation_question(None) };
    let code = t.agrees("BND-2", &scene.client, &question)?.code;
    Ok(scene.verify_derivation(None, &code))
}

fn window(t: &mut Trial<'_>) -> Result<(), Stop> {
    let half = i64::from(IDENTIFICATION_WINDOW / 2);
    let mut scene = Single::new(t, Under::Server, SingleSetup::default())?;
    t.needs_time(&scene.server)?;
    // At first use 300 steps each way.
    let bad = off(t, &scene, 301)?;
    let good = off(t, &scene, -300)?;
    t.refuses(BND_9, &scene.server, &bad, &good)?;
    scene.now += 36 * 300;
    // The shift is −300 now.
    for steps in [half - 299, -half - 301] {
        let bad = off(t, &scene, steps)?;
        t.refuses_only(BND_9, &scene.server, &bad)?;
    }
    let good = off(t, &scene, half - 300)?;
    t.twin("BND-9", &scene.server, &good).map(|_| ())
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let code = scene.derive(t, None)?;
    let wrong = scene.verify_derivation(None, &with_digit("0000000000000000000000000", Radix::Decimal));
    for _ in 1..SIGNATURE_TRIES {
        t.refuses_only(BND_9, &scene.server, &wrong)?;
    }
    t.twin("VER-5", &scene.server, &scene.verify_derivation(None, &code))?;
    for at in 0..SIGNATURE_TRIES {
        match at % 2 {
            0 => t.refuses_only(BND_9, &scene.server, &wrong)?,
            _ => t.refuses_only(VER_12, &scene.server, &scene.verify(otp::BOTH, &NONE, "0000000000"))?,
        }
    }
    t.refuses_only(VER_5, &scene.server, &wrong)?;
    t.refuses_only(VER_5, &scene.server, &scene.verify_derivation(Some("?"), "?"))
}

fn replayed(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (mode, factor, challenge) in KINDS {
        let mut scene = Single::new(t, Under::Server, deriving(mode, factor))?;
        let code = scene.derive(t, challenge)?;
        let question = scene.verify_derivation(challenge, &code);
        t.agrees("BND-10", &scene.server, &question)?;
        t.refuses_only(BND_9, &scene.server, &question)?;
        scene.now += 60;
        let code = scene.derive(t, challenge)?;
        t.twin("BND-9", &scene.server, &scene.verify_derivation(challenge, &code))?;
    }
    Ok(())
}

fn events(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Both, deriving(Mode::ResponseOnly, Factor::Event))?;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let code = scene.derive(t, None)?;
        t.agrees("BND-2", &scene.server, &scene.verify_derivation(None, &code))?;
        seen.push(code);
    }
    t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
    blaming("BND-10", scene.accepted(t, otp::TIME, &NONE))?;
    seen.sort_unstable();
    seen.dedup();
    t.decided(seen.len() == 3, "BND-2", "three codes", show(&seen))
}

fn bind(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Both, SingleSetup::default())?;
    t.needs_time(&scene.client)?;
    t.needs_time(&scene.server)?;
    scene.accepted(t, otp::EVENT, &NONE)?;
    let code = scene.derive(t, None)?;
    let status = scene.status(t, "BND-7")?;
    t.decided(!status.bound, "BND-7", "unbound until the server has accepted", show(&status))?;
    scene.accepted(t, otp::EVENT, &NONE)?;
    t.agrees("BND-10", &scene.server, &scene.verify_derivation(None, &code))?;
    // Not marked yet, the client's responses are unbound.
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    let unbound = scene.verify(otp::EVENT, &NONE, &response);
    blaming("BND-10", t.refuses_only(VER_12, &scene.server, &unbound))?;
    t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
    let status = scene.status(t, "BND-7")?;
    t.decided(status.bound, "BND-7", "bound", show(&status))?;
    scene.now += 36;
    for application in [otp::EVENT, otp::TIME, otp::BOTH] {
        blaming("BND-10", scene.accepted(t, application, &NONE))?;
    }
    t.implied(&["SDL-26"])
}

fn too_early(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let code = scene.derive(t, None)?;
    t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    let question = scene.verify(otp::EVENT, &NONE, &response);
    t.refuses_only(VER_12, &scene.server, &question)?;
    t.agrees("BND-10", &scene.server, &scene.verify_derivation(None, &code))?;
    t.twin("VER-12", &scene.server, &question).map(|_| ())
}

fn refused(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    let wrong = scene.verify_derivation(None, &with_digit("0000000000000000000000000", Radix::Decimal));
    t.refuses_only(BND_9, &scene.server, &wrong)?;
    blaming("BND-10", scene.accepted(t, otp::EVENT, &NONE))?;
    t.implied(&["BND-10"])
}

fn other_platform(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Server, SingleSetup::default())?;
    scene.bind(t)?;
    let other = scene.elsewhere(t, Under::Server, b"another platform")?;
    other.activate(t)?;
    for marked in [false, true] {
        if marked {
            t.agrees("BND-7", &other.client, &ClientSingleMarkBound {})?;
        }
        let response = other.respond(t, otp::EVENT, &NONE)?;
        t.refuses_only(VER_12, &scene.server, &scene.verify(otp::EVENT, &NONE, &response))?;
    }
    blaming("BND-10", scene.accepted(t, otp::EVENT, &NONE))?;
    t.implied(&["BND-10"])
}

fn again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Both, SingleSetup::default())?;
    t.needs_time(&scene.client)?;
    t.needs_time(&scene.server)?;
    scene.bind(t)?;
    scene.now += 36;
    let mut new = scene.elsewhere(t, Under::Client, b"another platform")?;
    new.activate(t)?;
    let counter = scene.counter(t)?;
    let question = new.with_counter(t, &counter);
    t.agrees("ERC-8", &new.client, &question)?;
    let code = new.derive(t, None)?;
    t.agrees("BND-12", &new.server, &new.verify_derivation_replacing(None, &code))?;
    t.agrees("BND-7", &new.client, &ClientSingleMarkBound {})?;
    new.now += 36;
    blaming("BND-12", new.accepted(t, otp::TIME, &NONE))?;
    blaming("BND-12", new.accepted(t, otp::EVENT, &NONE))?;
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    blaming("BND-12", t.refuses_only(VER_12, &scene.server, &scene.verify(otp::EVENT, &NONE, &response)))?;
    // And back.
    let now = new.now + 36;
    let scene = Single { now, ..scene };
    let code = scene.derive(t, None)?;
    t.agrees("BND-12", &scene.server, &scene.verify_derivation_replacing(None, &code))?;
    let response = new.respond(t, otp::BOTH, &NONE)?;
    blaming("BND-12", t.refuses_only(VER_12, &scene.server, &scene.verify(otp::BOTH, &NONE, &response)))?;
    blaming("BND-12", scene.accepted(t, otp::BOTH, &NONE))?;
    t.implied(&["BND-12"])
}

fn same_again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Both, SingleSetup::default())?;
    t.needs_time(&scene.client)?;
    t.needs_time(&scene.server)?;
    for _ in 0..2 {
        scene.bind(t)?;
        scene.now += 36;
        blaming("BND-12", scene.accepted(t, otp::EVENT, &NONE))?;
    }
    t.implied(&["BND-12"])
}

fn reimport(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Both, SingleSetup::default())?;
    t.needs_time(&scene.client)?;
    t.needs_time(&scene.server)?;
    let code = scene.bind(t)?;
    t.agrees("SDL-28", &scene.server, &ServerSingleUnlock {})?;
    blaming("BND-12", scene.accepted(t, otp::EVENT, &NONE))?;
    let again = ServerSingleReimport {
        license_key: Array(scene.license_key),
        static_vector: Bytes(scene.setup.vector.to_bytes()),
    };
    t.agrees("SDL-29", &scene.server, &again)?;
    // The bound client is wrong now, an unbound one is right.
    let response = scene.respond(t, otp::EVENT, &NONE)?;
    blaming("SDL-29", t.refuses_only(VER_12, &scene.server, &scene.verify(otp::EVENT, &NONE, &response)))?;
    let new = scene.elsewhere(t, Under::Client, b"platform")?;
    let counter = scene.counter(t)?;
    let question = new.with_counter(t, &counter);
    t.agrees("ERC-8", &new.client, &question)?;
    blaming("SDL-29", new.accepted(t, otp::EVENT, &NONE))?;
    // The old derivation code stays used up.
    blaming("SDL-29", t.refuses_only(BND_9, &scene.server, &scene.verify_derivation(None, &code)))?;
    scene.now += 36;
    scene.bind(t)?;
    t.implied(&["BND-12", "SDL-29"])
}

fn reactivated(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Both, SingleSetup::default())?;
    scene.bind(t)?;
    scene.activate(t)?;
    let status = scene.status(t, "SDL-40")?;
    t.decided(status.bound, "SDL-40", "bound", show(&status))?;
    blaming("SDL-40", scene.accepted(t, otp::EVENT, &NONE)).map(|_| ())
}

fn mark_not_allowed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, unbindable())?;
    t.refuses_only(BND_3, &scene.client, &ClientSingleMarkBound {})?;
    let scene = Single::new(t, Under::Client, SingleSetup::with(none_derives))?;
    t.twin("BND-3", &scene.client, &ClientSingleMarkBound {}).map(|_| ())
}

fn clock(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Both, SingleSetup::default())?;
    t.needs_time(&scene.client)?;
    t.needs_time(&scene.server)?;
    // The client is 200 steps ahead, then its clock jumps back.
    let ahead = off(t, &scene, 200)?;
    t.agrees("BND-10", &scene.server, &ahead)?;
    t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
    let behind = off(t, &scene, 0)?;
    t.refuses_only(BND_9, &scene.server, &behind)?;
    let later = Single { now: scene.now + 36 * 10, ..scene.clone() };
    let ahead = off(t, &later, 201)?;
    t.agrees("BND-10", &later.server, &ahead).map(|_| ())
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (scene, bent, code) = code_for(
        t,
        &SingleSetup::with(|vector| {
            none_derives(vector);
            vector.binding = false;
        }),
    )?;
    t.refuses_only(BND_3, &bent.server, &scene.verify_derivation(Some("?"), "?"))?;
    t.refuses_only(BND_5, &scene.server, &scene.verify_derivation(Some("?"), "?"))?;
    let last = if code.ends_with('0') { '1' } else { '0' };
    let bad = with_at(&with_at(&code, 25, last), 3, 'A');
    t.refuses_only(BND_6, &scene.server, &scene.verify_derivation(None, &bad))?;
    t.twin("BND-3", &scene.server, &scene.verify_derivation(None, &code)).map(|_| ())
}

fn order_client(t: &mut Trial<'_>) -> Result<(), Stop> {
    let both = SingleSetup::with(|vector| {
        none_derives(vector);
        vector.binding = false;
    });
    for (rule, setup) in
        [(BND_3, both), (BND_4, SingleSetup::with(none_derives)), (BND_5, SingleSetup::default())]
    {
        let scene = Single::new(t, Under::Client, setup)?;
        let bad =
            ClientSingleGenerateDerivationCode { password: None, ..scene.derivation_question(Some("?")) };
        t.refuses_only(rule, &scene.client, &bad)?;
    }
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    t.twin("BND-5", &scene.client, &scene.derivation_question(None)).map(|_| ())
}

fn unbound_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Single::new(t, Under::Both, SingleSetup::default())?;
    t.needs_time(&scene.client)?;
    t.needs_time(&scene.server)?;
    for _ in 0..3 {
        scene.bind(t)?;
        scene.now += 36;
    }
    t.implied(&["BND-2"])
}
