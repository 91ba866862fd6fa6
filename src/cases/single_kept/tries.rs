//! Whose password is asked while an account is kept, whose wrong ones count, and what becomes of both at the limit.

use channel::rule::{PWD_5, PWD_6, PWD_7};
use harness::area::Area;
use harness::setup::{PIN_TRIES, otp};
use harness::single_scene::{SingleSetup, WRONG_PASSWORD};
use peer::operations::*;

use super::kit::{
    NONE, activated, ask, counts, is_kept, proven, reverts, takes_wrong_code, tells, tries_wrong, wipes,
    with_password,
};

pub(super) fn cases(kept: &mut Area) {
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
