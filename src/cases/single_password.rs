//! Passwords of a single-device client: form, tries, lock and reset, changing. SPEC section 30.

use super::{blaming, negative, positive, sequence};
use channel::rule::{PWD_1, PWD_2, PWD_3, PWD_4, PWD_5, PWD_6, PWD_7, Rule, SDL_27};
use channel::wire::static_vector::PasswordRules;
use harness::case::{Case, Role};
use harness::scene::Under;
use harness::setup::{PIN_TRIES, otp};
use harness::single_scene::{OTHER_PASSWORD, PASSWORD, Single, SingleSetup, WRONG_PASSWORD};
use harness::trial::{Stop, Trial};
use peer::json::show;
use peer::operations::*;
use peer::protocol::Data;

const NONE: Data = Data::ResponseOnly {};

/// Passwords that the usual rules (4 to 8 characters, none that is weak) refuse.
const BAD: [(&str, Rule, &str); 22] = [
    ("empty", PWD_2, ""),
    ("3-characters", PWD_2, "135"),
    ("9-characters", PWD_2, "135791357"),
    ("weak-and-long", PWD_2, "111111111"),
    ("weak-and-short", PWD_2, "123"),
    ("accent", PWD_3, "13é7"),
    ("accent-and-short", PWD_3, "é"),
    ("accent-and-long", PWD_3, "ééééééééé"),
    ("control", PWD_3, "13\u{1F}7"),
    ("delete", PWD_3, "13\u{7F}7"),
    ("nul", PWD_3, "13\u{0}7"),
    ("line-end", PWD_3, "1357\n"),
    ("full-width", PWD_3, "１３５７"),
    ("no-break-blank", PWD_3, "13\u{A0}7"),
    ("all-the-same", PWD_4, "1111"),
    ("all-the-same-8", PWD_4, "zzzzzzzz"),
    ("blanks", PWD_4, "    "),
    ("ascending", PWD_4, "1234"),
    ("ascending-8", PWD_4, "abcdefgh"),
    ("descending", PWD_4, "dcba"),
    ("descending-8", PWD_4, "87654321"),
    ("ascending-over-kinds", PWD_4, "789:"),
];

/// Passwords that they take.
const GOOD: [&str; 12] = [
    "1357", "12345687", "1123", "4320", "aBcD", "0000a", "    a", "~!~!", "1235", "acegikmo", "9753",
    "12344321",
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Client;
    let mut cases = vec![
        positive(
            "password-good",
            Client,
            &["PWD-2", "PWD-3", "PWD-4"],
            "each that is within the rules",
            good,
        ),
        negative("password-required", Client, PWD_1, "none, where there must be one", required),
        positive("password-optional", Client, &["PWD-1"], "none, where there may be none", optional),
        negative("password-lengths", Client, PWD_2, "the limits of other vectors, 1 to 64", lengths),
        positive(
            "password-weak-allowed",
            Client,
            &["PWD-4"],
            "weak ones, where they are allowed",
            weak_allowed,
        ),
        negative("password-single-character", Client, PWD_4, "a single character is weak", single),
        negative(
            "password-missing",
            Client,
            PWD_5,
            "null for an account with one, one for an account without",
            missing,
        ),
        negative(
            "password-wrong",
            Client,
            PWD_6,
            "wrong ones count, in each operation that takes one",
            wrong,
        ),
        negative("password-tries-end", Client, PWD_7, "at the tries the account is locked", tries),
        sequence(
            "password-right-one-clears",
            Client,
            &["PWD-6"],
            "the right one sets the count to 0",
            clears,
        ),
        sequence(
            "password-locked-until-activated",
            Client,
            &["PWD-7", "SDL-46"],
            "until a new activation",
            unlocks,
        ),
        negative("password-tries-saved", Client, PWD_7, "tries survive saving and loading", saved),
        sequence("password-reset", Client, &["PWD-8"], "with reset policy reset the account is wiped", reset),
        sequence(
            "password-reset-again",
            Client,
            &["PWD-8"],
            "an account that was wiped may be activated again, with counters from 0",
            reset_again,
        ),
        positive(
            "password-sealed",
            Client,
            &["PWD-9", "PWD-10"],
            "sealed under password, salt and cost",
            sealed,
        ),
        positive("password-salt-drawn", Client, &["PWD-9"], "the salt is another one each time", drawn),
        sequence("password-change", Client, &["PWD-11"], "the new one holds, all else stays", change),
        sequence(
            "password-change-to-and-from-none",
            Client,
            &["PWD-11"],
            "a first one, and none any more",
            to_none,
        ),
        negative("password-change-cost", Client, PWD_6, "a change seals at the cost of now", cost)
            .and("PWD-10"),
        negative("password-change-order", Client, PWD_2, "the new one is looked at first", change_order),
        negative("password-order", Client, PWD_7, "of two defects the earlier one is told", order),
    ];
    cases.extend(BAD.map(|(name, rule, password)| {
        let about = format!("{name}: such a password is refused at activation and change");
        negative(format!("password-new-{name}"), Client, rule, about, move |t| bad(t, rule, password))
    }));
    cases
}

fn chosen(scene: &Single, t: &mut Trial<'_>, password: Option<&str>) -> ClientSingleActivate {
    ClientSingleActivate { password: password.map(str::to_owned), ..scene.right(t) }
}

fn with_password(scene: &Single, password: Option<&'static str>) -> Single {
    Single { setup: SingleSetup { password, ..scene.setup.clone() }, ..scene.clone() }
}

fn wrong_question(scene: &Single) -> ClientSingleGenerateResponse {
    ClientSingleGenerateResponse {
        password: Some(WRONG_PASSWORD.into()),
        ..scene.response_question(otp::TIME, &NONE)
    }
}

/// Refused, and counted.
fn wrong_once(t: &mut Trial<'_>, scene: &Single) -> Result<(), Stop> {
    t.refuses_only(PWD_6, &scene.client, &wrong_question(scene))
}

fn lock(t: &mut Trial<'_>, scene: &Single) -> Result<(), Stop> {
    (0..PIN_TRIES).try_for_each(|_| wrong_once(t, scene))
}

fn bad(t: &mut Trial<'_>, rule: Rule, password: &str) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let (bad, good) = (chosen(&scene, t, Some(password)), scene.right(t));
    t.refuses(rule, &scene.client, &bad, &good)?;
    let (bad, good) = (
        scene.change(t, Some(PASSWORD), Some(password)),
        scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD)),
    );
    t.refuses(rule, &scene.client, &bad, &good).map(|_| ())
}

fn good(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    for password in GOOD {
        let question = chosen(&scene, t, Some(password));
        t.agrees("PWD-4", &scene.client, &question)?;
        let scene = with_password(&scene, Some(password));
        scene.respond(t, otp::TIME, &NONE)?;
    }
    t.implied(&["PWD-2", "PWD-3"])
}

fn required(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let (bad, good) = (chosen(&scene, t, None), scene.right(t));
    t.refuses(PWD_1, &scene.client, &bad, &good)?;
    let (bad, good) =
        (scene.change(t, Some(PASSWORD), None), scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD)));
    t.refuses(PWD_1, &scene.client, &bad, &good).map(|_| ())
}

fn optional(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = SingleSetup::without_password();
    let scene = Single::new(t, Under::Client, setup)?;
    let status = scene.status(t, "PWD-1")?;
    t.decided(!status.password, "PWD-1", "no password", show(&status))?;
    scene.respond(t, otp::TIME, &NONE)?;
    let question = chosen(&scene, t, Some(PASSWORD));
    t.agrees("PWD-1", &scene.client, &question)?;
    let status = scene.status(t, "PWD-1")?;
    t.decided(status.password, "PWD-1", "a password", show(&status))?;
    with_password(&scene, Some(PASSWORD)).respond(t, otp::TIME, &NONE).map(|_| ())
}

fn rules(change: fn(&mut PasswordRules)) -> SingleSetup {
    SingleSetup::with(|vector| change(&mut vector.password))
}

/// At, below and above the limits.
fn lengths(t: &mut Trial<'_>) -> Result<(), Stop> {
    let of = |length: usize| "a1".chars().cycle().take(length).collect::<String>();
    for (setup, good, bad) in [
        (rules(|it| (it.minimum, it.maximum) = (1, 64)), [2, 64], [0, 65]),
        (rules(|it| (it.minimum, it.maximum) = (64, 64)), [64, 64], [63, 65]),
        (rules(|it| (it.minimum, it.maximum) = (4, 8)), [4, 8], [3, 9]),
        (rules(|it| (it.minimum, it.maximum) = (2, 2)), [2, 2], [1, 3]),
    ] {
        let scene = Single::created(t, Under::Client, setup)?;
        for length in bad {
            let question = chosen(&scene, t, Some(&of(length)));
            t.refuses_only(PWD_2, &scene.client, &question)?;
        }
        for length in good {
            let question = chosen(&scene, t, Some(&of(length)));
            t.twin("PWD-2", &scene.client, &question)?;
        }
    }
    Ok(())
}

fn weak_allowed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, rules(|it| (it.refuse_weak, it.minimum) = (false, 1)))?;
    for password in ["1", "1111", "1234", "dcba"] {
        let question = chosen(&scene, t, Some(password));
        t.agrees("PWD-4", &scene.client, &question)?;
    }
    Ok(())
}

fn single(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, rules(|it| it.minimum = 1))?;
    for weak in ["x", "11", "12", "21"] {
        let question = chosen(&scene, t, Some(weak));
        t.refuses_only(PWD_4, &scene.client, &question)?;
    }
    let question = chosen(&scene, t, Some("13"));
    t.twin("PWD-4", &scene.client, &question).map(|_| ())
}

fn missing(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in [SingleSetup::default(), SingleSetup::without_password()] {
        let other = if setup.password.is_some() { None } else { Some(PASSWORD) };
        let scene = Single::new(t, Under::Client, setup)?;
        let bent = with_password(&scene, other);
        t.refuses_only(PWD_5, &scene.client, &bent.response_question(otp::TIME, &NONE))?;
        t.refuses_only(PWD_5, &scene.client, &bent.derivation_question(None))?;
        let change = bent.change(t, other, Some(OTHER_PASSWORD));
        t.refuses_only(PWD_5, &scene.client, &change)?;
        t.twin("PWD-5", &scene.client, &scene.response_question(otp::TIME, &NONE))?;
        t.twin("PWD-5", &scene.client, &scene.derivation_question(None))?;
        let change = scene.change(t, scene.setup.password, Some(OTHER_PASSWORD));
        t.twin("PWD-5", &scene.client, &change)?;
    }
    Ok(())
}

fn wrong(t: &mut Trial<'_>) -> Result<(), Stop> {
    // Of any length and any characters: the rules for new passwords are not asked.
    const LONG: &str = "Ein Kennwort von mehr als 64 Zeichen, wie es für ein neues Kennwort nie erlaubt wäre";
    for wrong in
        [WRONG_PASSWORD, "", "1357 ", "135", "135é", "１３５７", "\u{0}", LONG, "13571357", OTHER_PASSWORD]
    {
        let scene = Single::new(t, Under::Client, SingleSetup::default())?;
        let bent = with_password(&scene, Some(wrong));
        t.refuses_only(PWD_6, &scene.client, &bent.response_question(otp::EVENT, &NONE))?;
        t.refuses_only(PWD_6, &scene.client, &bent.derivation_question(None))?;
        // No event counter has moved.
        blaming("PWD-6", scene.accepted(t, otp::EVENT, &NONE))?;
        let change = scene.change(t, Some(wrong), Some(OTHER_PASSWORD));
        t.refuses_only(PWD_6, &scene.client, &change)?;
        let change = scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD));
        t.twin("PWD-6", &scene.client, &change)?;
    }
    t.implied(&["PWD-6"])
}

fn tries(t: &mut Trial<'_>) -> Result<(), Stop> {
    for tries in [1, 2, 99] {
        let mut setup = SingleSetup::default();
        setup.vector.password.tries = tries;
        let scene = Single::new(t, Under::Client, setup)?;
        let right = scene.response_question(otp::TIME, &NONE);
        (1..tries).try_for_each(|_| wrong_once(t, &scene))?;
        t.twin("PWD-7", &scene.client, &right)?;
        (0..tries).try_for_each(|_| wrong_once(t, &scene))?;
        scene.is_in(t, "PWD-7", 2)?;
        t.refuses_only(PWD_7, &scene.client, &right)?;
        t.refuses_only(PWD_7, &scene.client, &wrong_question(&scene))?;
        t.refuses_only(PWD_7, &scene.client, &scene.derivation_question(None))?;
        let change = scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD));
        t.refuses_only(PWD_7, &scene.client, &change)?;
        // What needs no password goes on.
        scene.report(t, true)?;
        t.agrees("PWD-7", &scene.client, &ClientSingleMarkBound {})?;
        scene.is_in(t, "PWD-7", 2)?;
    }
    Ok(())
}

fn clears(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let right = scene.response_question(otp::TIME, &NONE);
    for _ in 0..3 {
        (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
        blaming("PWD-6", t.twin("PWD-6", &scene.client, &right).map(|_| ()))?;
    }
    for round in 0..2 {
        (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
        match round {
            0 => t.twin("PWD-6", &scene.client, &scene.derivation_question(None)).map(|_| ())?,
            _ => {
                let change = scene.change(t, Some(PASSWORD), Some(PASSWORD));
                t.twin("PWD-6", &scene.client, &change)?;
            }
        }
    }
    (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
    scene.is_in(t, "PWD-6", 1)
}

fn unlocks(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    lock(t, &scene)?;
    // A refused activation does not.
    let bad = chosen(&scene, t, None);
    t.refuses_only(PWD_1, &scene.client, &bad)?;
    scene.is_in(t, "PWD-7", 2)?;
    scene.activate(t)?;
    scene.is_in(t, "SDL-46", 1)?;
    (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
    blaming("SDL-46", scene.respond(t, otp::TIME, &NONE))?;
    t.implied(&["PWD-7"])
}

/// The client saved and loaded by the peer, with this setup.
fn reloaded(t: &mut Trial<'_>, scene: &Single, setup: &SingleSetup) -> Result<Single, Stop> {
    let save = Single::save(t);
    let state = t.accepts("SDL-30", &scene.client, &save)?.got.state.0;
    let client = t.peer_client();
    t.agrees("SDL-30", &client, &setup.load(scene.platform_key, state))?;
    Ok(Single { client, setup: setup.clone(), ..scene.clone() })
}

fn saved(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
    let scene = reloaded(t, &scene, &scene.setup)?;
    let (right, twin) = (scene.response_question(otp::TIME, &NONE), reloaded(t, &scene, &scene.setup)?);
    wrong_once(t, &scene)?;
    t.refuses_only(PWD_7, &scene.client, &right)?;
    t.twin("PWD-7", &twin.client, &right)?;
    // Locked, it stays so, whatever the policy is now.
    let reset = SingleSetup { reset_policy: ResetPolicy::Reset, ..scene.setup.clone() };
    let scene = reloaded(t, &scene, &reset)?;
    scene.is_in(t, "PWD-8", 2)?;
    t.refuses_only(PWD_7, &scene.client, &right)
}

fn resetting() -> SingleSetup {
    SingleSetup { reset_policy: ResetPolicy::Reset, ..SingleSetup::default() }
}

fn reset(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, resetting())?;
    (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
    scene.is_in(t, "PWD-8", 1)?;
    t.refuses_stateless(PWD_6, &scene.client, &wrong_question(&scene))?;
    scene.is_in(t, "PWD-8", 0)?;
    let state = t.state("PWD-8", &scene.client)?;
    let counters = state.map(|state| state.counters).unwrap_or_default();
    t.decided(counters.is_empty(), "PWD-8", "no counter", show(&counters))?;
    t.refuses_only(SDL_27, &scene.client, &scene.response_question(otp::TIME, &NONE))?;
    // By each operation that takes a password.
    for by in 0..2 {
        let scene = Single::new(t, Under::Client, resetting())?;
        (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
        let bent = with_password(&scene, Some(WRONG_PASSWORD));
        match by {
            0 => t.refuses_stateless(PWD_6, &scene.client, &bent.derivation_question(None))?,
            _ => {
                let change = scene.change(t, Some(WRONG_PASSWORD), Some(OTHER_PASSWORD));
                t.refuses_stateless(PWD_6, &scene.client, &change)?;
            }
        }
        scene.is_in(t, "PWD-8", 0)?;
    }
    Ok(())
}

fn reset_again(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, resetting())?;
    scene.respond(t, otp::EVENT, &NONE)?;
    t.agrees("BND-7", &scene.client, &ClientSingleMarkBound {})?;
    (1..PIN_TRIES).try_for_each(|_| wrong_once(t, &scene))?;
    t.refuses_stateless(PWD_6, &scene.client, &wrong_question(&scene))?;
    // Another license may take its place, unbound, with events from 0.
    let other = SingleSetup { serial: "VDS1000121", ..resetting() };
    let other = Single::created(t, Under::Neither, other)?;
    let other = Single { client: scene.client, ..other };
    other.activate(t)?;
    let status = other.status(t, "PWD-8")?;
    t.decided(!status.bound, "PWD-8", "unbound", show(&status))?;
    blaming("PWD-8", other.respond(t, otp::EVENT, &NONE))?;
    t.implied(&["PWD-8"])
}

fn sealed(t: &mut Trial<'_>) -> Result<(), Stop> {
    for cost in [(8, 1), (9, 1), (8, 2), (33, 3)] {
        for password in [Some(PASSWORD), Some(OTHER_PASSWORD), None] {
            let setup = SingleSetup { cost, password, ..SingleSetup::without_password() };
            let scene = Single::new(t, Under::Client, setup)?;
            scene.respond(t, otp::TIME, &NONE)?;
            let save = Single::save(t);
            t.agrees("PWD-9", &scene.client, &save)?;
        }
    }
    t.implied(&["PWD-10"])
}

fn drawn(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::created(t, Under::Client, SingleSetup::default())?;
    let mut salts = Vec::new();
    for _ in 0..3 {
        let question = ClientSingleActivate { random: None, ..scene.right(t) };
        t.accepts("PWD-9", &scene.client, &question)?;
        let save = Single::save(t);
        let state = t.accepts("PWD-9", &scene.client, &save)?.got.state.0;
        let saved = harness::forge::single::Client::of(scene.platform_key, &state);
        salts.push(channel::text::hex::encode(saved.content.field("salt")));
    }
    salts.sort_unstable();
    salts.dedup();
    t.decided(salts.len() == 3, "PWD-9", "three salts", show(&salts))
}

fn change(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    scene.accepted(t, otp::EVENT, &NONE)?;
    scene.report(t, true)?;
    scene.bind(t)?;
    let before = scene.status(t, "PWD-11")?;
    let question = scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD));
    t.agrees("PWD-11", &scene.client, &question)?;
    let after = scene.status(t, "PWD-11")?;
    t.same("PWD-11", &after, Some(&before))?;
    t.refuses_only(PWD_6, &scene.client, &scene.response_question(otp::EVENT, &NONE))?;
    let scene = with_password(&scene, Some(OTHER_PASSWORD));
    blaming("PWD-11", scene.accepted(t, otp::EVENT, &NONE))?;
    t.implied(&["PWD-11"])
}

fn to_none(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::without_password())?;
    for (old, new) in
        [(None, Some(PASSWORD)), (Some(PASSWORD), None), (None, None), (None, Some(OTHER_PASSWORD))]
    {
        let question = scene.change(t, old, new);
        t.agrees("PWD-11", &scene.client, &question)?;
        let status = scene.status(t, "PWD-11")?;
        t.same("PWD-11", &status.password, Some(&new.is_some()))?;
        with_password(&scene, new).respond(t, otp::TIME, &NONE)?;
    }
    Ok(())
}

fn cost(t: &mut Trial<'_>) -> Result<(), Stop> {
    // Sealed at one cost, the client is started with another.
    let scene = Single::new(t, Under::Client, SingleSetup { cost: (16, 2), ..SingleSetup::default() })?;
    let scene = reloaded(t, &scene, &SingleSetup::default())?;
    wrong_once(t, &scene)?;
    blaming("PWD-10", scene.respond(t, otp::TIME, &NONE))?;
    let save = Single::save(t);
    t.agrees("PWD-10", &scene.client, &save)?;
    let question = scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD));
    t.twin("PWD-10", &scene.client, &question)?;
    let save = Single::save(t);
    t.agrees("PWD-10", &scene.client, &save).map(|_| ())
}

fn change_order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    for (rule, old, new) in [
        (PWD_1, None, None),
        (PWD_3, Some(WRONG_PASSWORD), Some("é")),
        (PWD_2, None, Some("111")),
        (PWD_4, Some(WRONG_PASSWORD), Some("1111")),
        (PWD_5, None, Some(OTHER_PASSWORD)),
        (PWD_6, Some(WRONG_PASSWORD), Some(OTHER_PASSWORD)),
    ] {
        let question = scene.change(t, old, new);
        t.refuses_only(rule, &scene.client, &question)?;
    }
    let question = scene.change(t, Some(PASSWORD), Some(OTHER_PASSWORD));
    t.twin("PWD-2", &scene.client, &question).map(|_| ())
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = Single::new(t, Under::Client, SingleSetup::default())?;
    let bad = |application| ClientSingleGenerateResponse {
        password: None,
        ..scene.response_question(application, &NONE)
    };
    t.refuses_only(channel::rule::OTP_2, &scene.client, &bad(otp::CHALLENGE))?;
    let fields = Data::Fields { fields: Vec::new() };
    let fields =
        ClientSingleGenerateResponse { password: None, ..scene.response_question(otp::FIELDS, &fields) };
    t.refuses_only(channel::rule::OTP_4, &scene.client, &fields)?;
    t.refuses_only(PWD_5, &scene.client, &bad(otp::TIME))?;
    t.twin("PWD-7", &scene.client, &scene.response_question(otp::TIME, &NONE))?;
    lock(t, &scene)?;
    t.refuses_only(PWD_7, &scene.client, &bad(otp::CHALLENGE))?;
    t.refuses_only(PWD_7, &scene.client, &fields)?;
    let change = scene.change(t, None, None);
    t.refuses_only(PWD_7, &scene.client, &change)
}
