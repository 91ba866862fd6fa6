//! The account that is kept beside a new one until that is proven: what an activation may not destroy, and what it does
//! not give away. SPEC section 28.

use channel::rule::{CLI_1, PWD_5, PWD_6, PWD_7, SDL_38};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::single::License;
use harness::play::{Ask, Play, need};
use harness::setup::{PIN_TRIES, otp};
use harness::single_scene::{OTHER_PASSWORD, PASSWORD, Single, SingleSetup, WRONG_PASSWORD};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Operation};

const NONE: Data = Data::ResponseOnly {};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut kept = Area::new("single-kept", Role::Client);
    comes_back(&mut kept);
    goes(&mut kept);
    tries(&mut kept);
    same_key(&mut kept);
    rests(&mut kept);
    kept.cases()
}

fn ask<Op: Operation>(scene: &Single, op: Op) -> Ask<Op> {
    Ask { party: scene.client.clone(), op }
}

fn activated(t: &mut Play<'_, '_>, setup: SingleSetup) -> Result<Single, Stop> {
    let under = t.under()?;
    Single::new(t, under, setup)
}

/// An account whose response the server has accepted.
fn proven(t: &mut Play<'_, '_>) -> Result<Single, Stop> {
    let scene = activated(t, SingleSetup::default())?;
    scene.accepted(t, otp::EVENT, &NONE)?;
    scene.report(t, true)?;
    Ok(scene)
}

/// The scene with another password in the user's mind.
fn with_password(scene: &Single, password: &'static str) -> Single {
    let setup = SingleSetup { password: Some(password), ..scene.setup.clone() };
    Single { setup, ..scene.clone() }
}

/// A code whose check digit is right, but of another license key; the password is chosen anew. What answers then.
fn takes_wrong_code(t: &mut Play<'_, '_>, scene: &Single) -> Result<Single, Stop> {
    let code = scene.wrong_code(t)?;
    let new = with_password(scene, OTHER_PASSWORD);
    let activation = new.activation(t, &code);
    t.agrees("SDL-35", &ask(&new, activation))?;
    Ok(new)
}

/// The right code once more, and a password chosen anew.
fn takes_right_code(t: &mut Play<'_, '_>, scene: &Single) -> Result<Single, Stop> {
    let new = with_password(scene, OTHER_PASSWORD);
    let activation = new.right(t);
    t.agrees("SDL-35", &ask(&new, activation))?;
    Ok(new)
}

/// All that the client tells: its status, its counter, a response of each factor.
fn tells(t: &mut Play<'_, '_>, aim: &'static str, scene: &Single) -> Result<(), Stop> {
    t.agrees(aim, &ask(scene, ClientSingleStatus {}))?;
    for application in [otp::TIME, otp::EVENT, otp::BOTH] {
        t.agrees(aim, &ask(scene, scene.response_question(application, &NONE)))?;
    }
    Ok(())
}

fn is_kept(t: &mut Play<'_, '_>, aim: &'static str, scene: &Single, kept: bool) -> Result<(), Stop> {
    let status = t.answers(aim, &ask(scene, ClientSingleStatus {}))?;
    t.same(aim, &status.kept, Some(&kept))
}

fn counts(t: &mut Play<'_, '_>, aim: &'static str, scene: &Single, failures: u32) -> Result<(), Stop> {
    let state = t.state(aim, &scene.client)?;
    match state.and_then(|state| state.counters.get("password_failures").copied()) {
        Some(told) => t.same(aim, &told, Some(&failures)),
        None => Ok(()),
    }
}

fn reverts(t: &mut Play<'_, '_>, aim: &'static str, scene: &Single) -> Result<(), Stop> {
    t.agrees(aim, &ask(scene, ClientSingleRevert {}))
}

fn reports(t: &mut Play<'_, '_>, aim: &'static str, scene: &Single, accepted: bool) -> Result<(), Stop> {
    t.agrees(aim, &ask(scene, ClientSingleReport { accepted }))
}

/// A wrong password is tried so often.
fn tries_wrong(t: &mut Play<'_, '_>, scene: &Single, times: u32) -> Result<(), Stop> {
    let wrong = with_password(scene, WRONG_PASSWORD);
    (0..times).try_for_each(|_| t.refuses(PWD_6, &ask(scene, wrong.response_question(otp::TIME, &NONE))))
}

fn comes_back(kept: &mut Area) {
    kept.follows(
        &["SDL-35", "SDL-39"],
        "wrong-code",
        "a well-formed but wrong activation code costs nothing: the account of before comes back as it was",
        |t| {
            let scene = proven(t)?;
            let new = takes_wrong_code(t, &scene)?;
            tells(t, "SDL-35", &new)?;
            reports(t, "SDL-35", &new, false)?;
            is_kept(t, "SDL-35", &new, true)?;
            reverts(t, "SDL-39", &scene)?;
            is_kept(t, "SDL-39", &scene, false)?;
            tells(t, "SDL-39", &scene)
        },
    );

    kept.refuses(SDL_38, "revert-to-none", "there is nothing to go back to where no account is kept", |t| {
        let under = t.under()?;
        let scene = Single::created(t, under, SingleSetup::default())?;
        let revert = ask(&scene, ClientSingleRevert {});
        t.refuses(SDL_38, &revert)?;
        scene.activate(t)?;
        t.refuses(SDL_38, &revert)?;
        takes_right_code(t, &scene)?;
        t.accepts(SDL_38, &revert)?;
        t.refuses(SDL_38, &revert)
    });

    kept.refuses(CLI_1, "revert-rooted", "on a blocked rooted device no account comes back", |t| {
        let scene = proven(t)?;
        takes_wrong_code(t, &scene)?;
        let save = Single::save(t);
        let state = t.answers("SDL-30", &ask(&scene, save))?.state.0;
        let setup = SingleSetup { rooted: true, ..scene.setup.clone() };
        let rooted = Single { client: t.peer_client(), ..scene.clone() };
        t.agrees("SDL-30", &ask(&rooted, setup.load(scene.platform_key, state)))?;
        t.refuses(CLI_1, &ask(&rooted, ClientSingleRevert {}))?;
        t.accepts(CLI_1, &ask(&scene, ClientSingleRevert {}))
    });

    kept.follows(
        &["SDL-35"],
        "wrong-codes",
        "of several activations in a row the first account is the one that is kept",
        |t| {
            let scene = proven(t)?;
            let first = takes_wrong_code(t, &scene)?;
            reports(t, "SDL-35", &first, false)?;
            takes_wrong_code(t, &scene)?;
            let third = takes_right_code(t, &scene)?;
            tells(t, "SDL-35", &third)?;
            reverts(t, "SDL-35", &scene)?;
            let status = t.answers("SDL-35", &ask(&scene, ClientSingleStatus {}))?;
            t.same("SDL-35", &status.proven, Some(&true))?;
            tells(t, "SDL-35", &scene)
        },
    );

    kept.follows(
        &["SDL-35", "SDL-39"],
        "any-state",
        "an account is kept whether it is proven, unproven, doubted or locked, and comes back in that state",
        |t| {
            for (reported, locked) in [
                (None, false),
                (Some(false), false),
                (Some(true), false),
                (Some(false), true),
                (Some(true), true),
            ] {
                let scene = activated(t, SingleSetup::default())?;
                if let Some(accepted) = reported {
                    reports(t, "SDL-15", &scene, accepted)?;
                }
                if locked {
                    tries_wrong(t, &scene, PIN_TRIES.into())?;
                }
                let before = t.answers("SDL-35", &ask(&scene, ClientSingleStatus {}))?;
                takes_wrong_code(t, &scene)?;
                is_kept(t, "SDL-35", &scene, true)?;
                reverts(t, "SDL-39", &scene)?;
                let after = t.answers("SDL-39", &ask(&scene, ClientSingleStatus {}))?;
                t.same("SDL-39", &after, Some(&before))?;
            }
            Ok(())
        },
    );
}

fn goes(kept: &mut Area) {
    kept.refuses(
        SDL_38,
        "revert-proven",
        "once a response of the new account was accepted, the old one is gone for good",
        |t| {
            let scene = proven(t)?;
            takes_right_code(t, &scene)?;
            reports(t, "SDL-37", &scene, false)?;
            is_kept(t, "SDL-37", &scene, true)?;
            t.accepts(SDL_38, &ask(&scene, ClientSingleRevert {}))?;
            let new = takes_right_code(t, &scene)?;
            reports(t, "SDL-37", &new, true)?;
            is_kept(t, "SDL-37", &new, false)?;
            t.refuses(SDL_38, &ask(&scene, ClientSingleRevert {}))?;
            tells(t, "SDL-37", &new)
        },
    );

    kept.follows(
        &["SDL-37"],
        "online",
        "full activation data prove at once, so they keep no account and drop the one that was kept",
        |t| {
            let scene = proven(t)?;
            takes_wrong_code(t, &scene)?;
            let data = scene.data(t, None, false)?;
            let online = scene.online(t, &data, None);
            t.agrees("SDL-37", &ask(&scene, online))?;
            is_kept(t, "SDL-37", &scene, false)?;
            let online = scene.online(t, &data, None);
            t.agrees("SDL-37", &ask(&scene, online))?;
            is_kept(t, "SDL-37", &scene, false)?;
            t.refuses(SDL_38, &ask(&scene, ClientSingleRevert {}))
        },
    );
}

fn tries(kept: &mut Area) {
    kept.refuses(
        PWD_6,
        "passwords",
        "the old password opens the kept account alone, the new one the account that answers",
        |t| {
            let scene = proven(t)?;
            let new = takes_wrong_code(t, &scene)?;
            t.refuses(PWD_6, &ask(&scene, scene.response_question(otp::TIME, &NONE)))?;
            t.accepts(PWD_6, &ask(&new, new.response_question(otp::TIME, &NONE)))?;
            reverts(t, "SDL-39", &scene)?;
            t.refuses(PWD_6, &ask(&new, new.response_question(otp::TIME, &NONE)))?;
            t.accepts(PWD_6, &ask(&scene, scene.response_question(otp::TIME, &NONE)))
        },
    );

    kept.refuses(
        PWD_7,
        "no-tries-back",
        "whoever found a phone gets no further try at its password by activating and going back",
        |t| {
            let scene = proven(t)?;
            tries_wrong(t, &scene, u32::from(PIN_TRIES) - 1)?;
            let new = takes_wrong_code(t, &scene)?;
            counts(t, "SDL-36", &new, 0)?;
            t.accepts(PWD_7, &ask(&new, new.response_question(otp::TIME, &NONE)))?;
            tries_wrong(t, &new, 1)?;
            counts(t, "SDL-36", &new, 1)?;
            reverts(t, "SDL-39", &scene)?;
            counts(t, "SDL-39", &scene, u32::from(PIN_TRIES) - 1)?;
            tries_wrong(t, &scene, 1)?;
            t.refuses(PWD_7, &ask(&scene, scene.response_question(otp::TIME, &NONE)))?;
            // A locked one stays locked on the same way.
            takes_wrong_code(t, &scene)?;
            reverts(t, "SDL-39", &scene)?;
            t.refuses(PWD_7, &ask(&scene, scene.response_question(otp::TIME, &NONE)))
        },
    );

    kept.follows(
        &["SDL-39"],
        "revert-locked",
        "a new account that was locked by wrong passwords does not stand in the way of going back",
        |t| {
            let scene = proven(t)?;
            let new = takes_wrong_code(t, &scene)?;
            tries_wrong(t, &new, PIN_TRIES.into())?;
            t.refuses(PWD_7, &ask(&new, new.response_question(otp::TIME, &NONE)))?;
            reverts(t, "SDL-39", &scene)?;
            tells(t, "SDL-39", &scene)
        },
    );

    kept.follows(
        &["SDL-41"],
        "wiped",
        "with reset policy reset the new account is wiped alone, and the kept one answers with its own tries",
        |t| {
            let setup = SingleSetup { reset_policy: ResetPolicy::Reset, ..SingleSetup::default() };
            let scene = activated(t, setup)?;
            tries_wrong(t, &scene, 1)?;
            let new = takes_wrong_code(t, &scene)?;
            tries_wrong(t, &new, u32::from(PIN_TRIES) - 1)?;
            is_kept(t, "SDL-41", &new, true)?;
            let wrong = with_password(&new, WRONG_PASSWORD).response_question(otp::TIME, &NONE);
            wipes(t, &new, wrong)?;
            is_kept(t, "SDL-41", &scene, false)?;
            counts(t, "SDL-41", &scene, 1)?;
            tells(t, "SDL-41", &scene)
        },
    );

    kept.follows(
        &["SDL-36"],
        "change-password",
        "another password is set for the account that answers, and the kept one stays under its own",
        |t| {
            let scene = proven(t)?;
            let new = takes_wrong_code(t, &scene)?;
            let change = scene.change(t, new.setup.password, Some("9!aZ"));
            t.agrees("SDL-36", &ask(&new, change))?;
            let changed = with_password(&new, "9!aZ");
            tells(t, "SDL-36", &changed)?;
            reverts(t, "SDL-36", &scene)?;
            tells(t, "SDL-36", &scene)
        },
    );

    kept.refuses(
        PWD_5,
        "without-password",
        "a kept account without a password needs none when it is back, whatever the new one had",
        |t| {
            let scene = activated(t, SingleSetup::without_password())?;
            let new = takes_wrong_code(t, &scene)?;
            t.refuses(PWD_5, &ask(&scene, scene.response_question(otp::TIME, &NONE)))?;
            t.accepts(PWD_5, &ask(&new, new.response_question(otp::TIME, &NONE)))?;
            reverts(t, "SDL-39", &scene)?;
            t.refuses(PWD_5, &ask(&new, new.response_question(otp::TIME, &NONE)))?;
            t.accepts(PWD_5, &ask(&scene, scene.response_question(otp::TIME, &NONE)))
        },
    );
}

/// The wrong password that wipes: it is refused as the others are, but leaves another account.
fn wipes(t: &mut Play<'_, '_>, scene: &Single, wrong: ClientSingleGenerateResponse) -> Result<(), Stop> {
    t.refuses_stateless(PWD_6, &scene.client, &wrong)
}

/// A code and an event reactivation counter that fit each other, made by somebody who has the static vector and no
/// license key but one of his own.
fn forged(t: &mut Play<'_, '_>, scene: &Single, event: u64) -> Result<ClientSingleActivate, Stop> {
    let mut license = License::fresh(&scene.setup, scene.license_key.map(|byte| byte ^ 0xA5));
    license.put_event(otp::EVENT, event);
    let server = t.reference_party();
    let forger = Single { server, ..with_password(scene, OTHER_PASSWORD) };
    let load = license.load();
    // The forger is the reference: what he asks judges nobody.
    forger_asks(t, &forger, load)?;
    let code = forger_asks(t, &forger, ServerSingleGenerateActivationCode { hexadecimal: false })?.code;
    let counter = forger_asks(t, &forger, ServerSingleGenerateEventReactivationCounter {})?;
    let activation = forger.activation(t, &code);
    let event_reactivation_counter = Some(counter.event_reactivation_counter);
    Ok(ClientSingleActivate { event_reactivation_counter, ..activation })
}

fn forger_asks<Op: Operation>(t: &mut Play<'_, '_>, forger: &Single, op: Op) -> Result<Op::Output, Stop> {
    Trial::agrees(t, "PPR-5", &forger.server, &op)
}

/// The next event response, which must be another one than those before.
fn next_event(
    t: &mut Play<'_, '_>,
    aim: &'static str,
    scene: &Single,
    seen: &mut Vec<String>,
) -> Result<(), Stop> {
    let given = t.answers(aim, &ask(scene, scene.response_question(otp::EVENT, &NONE)))?.response;
    let is_new = !seen.contains(&given);
    t.decided(is_new, aim, "a response that was not made before", given.clone())?;
    seen.push(given);
    Ok(())
}

fn same_key(kept: &mut Area) {
    kept.follows(
        &["SDL-40"],
        "events-same-key",
        "event responses are never made twice under one license key, in whichever account they are made",
        |t| {
            let scene = proven(t)?;
            let mut seen = Vec::new();
            next_event(t, "SDL-40", &scene, &mut seen)?;
            let new = takes_right_code(t, &scene)?;
            for _ in 0..2 {
                next_event(t, "SDL-40", &new, &mut seen)?;
            }
            reverts(t, "SDL-40", &scene)?;
            next_event(t, "SDL-40", &scene, &mut seen)?;
            // A kept account counts, too, where another one stood between.
            let new = takes_right_code(t, &scene)?;
            next_event(t, "SDL-40", &new, &mut seen)?;
            takes_wrong_code(t, &scene)?;
            let new = takes_right_code(t, &scene)?;
            next_event(t, "SDL-40", &new, &mut seen)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-wiped",
        "an account that comes back because the new one was wiped makes no event response again either",
        |t| {
            let setup = SingleSetup { reset_policy: ResetPolicy::Reset, ..SingleSetup::default() };
            let scene = activated(t, setup)?;
            let mut seen = Vec::new();
            next_event(t, "SDL-40", &scene, &mut seen)?;
            let new = takes_right_code(t, &scene)?;
            next_event(t, "SDL-40", &new, &mut seen)?;
            tries_wrong(t, &new, u32::from(PIN_TRIES) - 1)?;
            let wrong = with_password(&new, WRONG_PASSWORD).response_question(otp::TIME, &NONE);
            wipes(t, &new, wrong)?;
            next_event(t, "SDL-40", &scene, &mut seen)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-forged",
        "a forged code with a forged event reactivation counter does not move the counters of the kept account",
        |t| {
            let scene = proven(t)?;
            let activation = forged(t, &scene, 4_000_000_000)?;
            t.agrees("SDL-40", &ask(&scene, activation))?;
            let forger = with_password(&scene, OTHER_PASSWORD);
            tells(t, "SDL-40", &forger)?;
            reverts(t, "SDL-40", &scene)?;
            let response = t.answers("SDL-40", &ask(&scene, scene.response_question(otp::EVENT, &NONE)))?;
            // The server, which knows of nothing, still takes what comes next.
            forger_asks(t, &scene, scene.verify(otp::EVENT, &NONE, &response.response)).map(drop)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-other-key",
        "under another license key event counters begin at 0, and a counter from there is not stale",
        |t| {
            let scene = proven(t)?;
            for _ in 0..3 {
                t.agrees("SDL-40", &ask(&scene, scene.response_question(otp::EVENT, &NONE)))?;
            }
            let new = takes_wrong_code(t, &scene)?;
            tells(t, "SDL-40", &new)?;
            let activation = forged(t, &scene, 1)?;
            t.agrees("SDL-40", &ask(&scene, activation))?;
            tells(t, "SDL-40", &with_password(&scene, OTHER_PASSWORD))
        },
    );

    kept.follows(
        &["SDL-40", "SDL-36"],
        "bound",
        "the binding mark follows the license key: to the new account and back, and to no account of another key",
        |t| {
            let marked = |t: &mut Play<'_, '_>, scene: &Single, bound: bool| {
                let status = t.answers("SDL-40", &ask(scene, ClientSingleStatus {}))?;
                t.same("SDL-40", &status.bound, Some(&bound))?;
                tells(t, "SDL-40", scene)
            };
            let scene = proven(t)?;
            let new = takes_wrong_code(t, &scene)?;
            t.agrees("SDL-36", &ask(&new, ClientSingleMarkBound {}))?;
            marked(t, &new, true)?;
            reverts(t, "SDL-40", &scene)?;
            marked(t, &scene, false)?;
            let new = takes_right_code(t, &scene)?;
            t.agrees("SDL-36", &ask(&new, ClientSingleMarkBound {}))?;
            reverts(t, "SDL-40", &scene)?;
            marked(t, &scene, true)?;
            let new = takes_right_code(t, &scene)?;
            marked(t, &new, true)?;
            let new = takes_wrong_code(t, &scene)?;
            marked(t, &new, false)
        },
    );

    kept.follows(
        &["SDL-40"],
        "events-other-vector",
        "event counters are taken over by index alone, where the new vector has other applications there",
        |t| {
            let scene = proven(t)?;
            for _ in 0..3 {
                t.agrees("SDL-40", &ask(&scene, scene.response_question(otp::EVENT, &NONE)))?;
                t.agrees("SDL-40", &ask(&scene, scene.response_question(otp::BOTH, &NONE)))?;
            }
            // At the index of events alone one of time and event; the one of time and event is gone.
            let setup = SingleSetup::with(|vector| {
                let both = vector.applications.iter().find(|rules| rules.form.index == otp::BOTH);
                let factor = both.map(|rules| rules.factor);
                vector.applications.retain(|rules| rules.form.index != otp::BOTH);
                for rules in vector.applications.iter_mut().filter(|rules| rules.form.index == otp::EVENT) {
                    rules.factor = factor.unwrap_or(rules.factor);
                }
            });
            need((setup.vector != scene.setup.vector).then_some(()), "another vector")?;
            let server = t.reference_party();
            let other = Single { server, setup, ..scene.clone() };
            let create = other.setup.server(scene.license_key);
            forger_asks(t, &other, create)?;
            let data = other.data(t, None, false)?;
            let online = other.online(t, &data, None);
            t.agrees("SDL-40", &ask(&other, online))?;
            t.agrees("SDL-40", &ask(&other, other.response_question(otp::EVENT, &NONE)))?;
            // And back: what the vector between did not have begins at 0.
            let data = scene.data(t, None, false)?;
            let online = scene.online(t, &data, None);
            t.agrees("SDL-40", &ask(&scene, online))?;
            tells(t, "SDL-40", &scene)
        },
    );
}

fn rests(kept: &mut Area) {
    kept.follows(
        &["SDL-30"],
        "interrupted",
        "an app that is ended and started between any two steps goes on with both accounts",
        |t| {
            let mut scene = proven(t)?;
            tries_wrong(t, &scene, 1)?;
            let code = scene.wrong_code(t)?;
            let new = with_password(&scene, OTHER_PASSWORD);
            let activation = new.activation(t, &code);
            t.agrees("SDL-30", &ask(&new, activation))?;
            restarts(t, &mut scene)?;
            let new = Single { client: scene.client.clone(), ..new };
            tells(t, "SDL-30", &new)?;
            reports(t, "SDL-30", &new, false)?;
            restarts(t, &mut scene)?;
            is_kept(t, "SDL-30", &scene, true)?;
            reverts(t, "SDL-30", &scene)?;
            restarts(t, &mut scene)?;
            counts(t, "SDL-30", &scene, 1)?;
            tells(t, "SDL-30", &scene)
        },
    );

    kept.accepts(
        &["SDL-30"],
        "sealed-apart",
        "two license keys under one password are sealed under two keys, since each has a salt of its own",
        |t| {
            let scene = proven(t)?;
            let code = scene.wrong_code(t)?;
            let activation = scene.activation(t, &code);
            need((activation.password.as_deref() == Some(PASSWORD)).then_some(()), "the same password")?;
            t.agrees("SDL-35", &ask(&scene, activation))?;
            let save = Single::save(t);
            let state = t.answers("SDL-30", &ask(&scene, save))?.state.0;
            let content = harness::forge::single::Client::of(scene.platform_key, &state).content;
            for field in ["salt", "license-key"] {
                let (own, other) = (content.field(field), content.field(&format!("kept-{field}")));
                need((!own.is_empty() && !other.is_empty()).then_some(()), "two accounts in a state")?;
                t.decided(own != other, "SDL-30", "two salts, two sealed keys", field.to_owned())?;
            }
            Ok(())
        },
    );
}

/// Saved, and loaded by a client that knows nothing else.
fn restarts(t: &mut Play<'_, '_>, scene: &mut Single) -> Result<(), Stop> {
    let save = Single::save(t);
    let state = t.answers("SDL-30", &ask(scene, save))?.state.0;
    scene.client = t.peer_client();
    t.agrees("SDL-30", &ask(scene, scene.setup.load(scene.platform_key, state)))
}
