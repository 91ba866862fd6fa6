//! The account that is kept beside a new one until that is proven: what an activation may not destroy, and what it does
//! not give away. SPEC section 28.
//!
//! ```text
//! kit       what they begin with, and ask again and again
//! tries     whose password is asked, and whose wrong ones count
//! key       what belongs to the license key: event counters and the binding mark
//! ```

mod key;
mod kit;
mod tries;

use channel::rule::{CLI_1, SDL_38};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::play::{Play, need};
use harness::setup::PIN_TRIES;
use harness::single_scene::{OTHER_PASSWORD, PASSWORD, Single, SingleSetup};
use harness::trial::Stop;
use kit::{
    activated, ask, counts, is_kept, proven, reports, reverts, takes_right_code, takes_wrong_code, tells,
    tries_wrong, with_password,
};
use peer::operations::*;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut kept = Area::new("single-kept", Role::Client);
    comes_back(&mut kept);
    goes(&mut kept);
    tries::cases(&mut kept);
    key::cases(&mut kept);
    rests(&mut kept);
    kept.cases()
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
