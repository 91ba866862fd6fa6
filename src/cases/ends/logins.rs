//! The last second of a login.

use channel::rule::{LGN_7, LGN_8, LGN_9, LGN_13, LGN_22, VER_6, VER_12};
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup};
use harness::trial::{Stop, Trial};

use super::super::login::{
    Login, approval, cancellation, confirmed, rejection, retrieval, retrieved, sign, start, unlock, wrong,
};
use super::super::{information, negative};

pub(super) fn cases() -> Vec<Case> {
    let timed = |t: &mut Trial<'_>| -> Result<Scene, Stop> {
        let scene = confirmed(t)?;
        t.needs_time(&scene.server)?;
        Ok(scene)
    };
    vec![
        negative(
            "ends-login-cancel",
            Role::Server,
            LGN_9,
            "a login can be cancelled until the last second that it is pending or retrieved, not after",
            move |t| {
                let mut scene = timed(t)?;
                for is_retrieved in [false, true] {
                    let limit = if is_retrieved { 180 } else { 60 };
                    for (seconds, is_in_time) in [(limit + 1, false), (limit, true)] {
                        let login = if is_retrieved { retrieved(t, &scene)? } else { start(t, &scene)? };
                        scene.now += seconds;
                        let cancel = cancellation(&scene, &login.key);
                        match is_in_time {
                            true => t.twin(LGN_9.id, &scene.server, &cancel).map(drop)?,
                            false => t.refuses_stateless(LGN_9, &scene.server, &cancel)?,
                        }
                    }
                }
                Ok(())
            },
        ),
        negative(
            "ends-login-reject",
            Role::Server,
            LGN_9,
            "a login can be rejected until the last second that it is retrieved, not after; one that is pending, never",
            move |t| {
                let mut scene = timed(t)?;
                for (is_retrieved, seconds, rule) in [
                    (false, 60, Some(LGN_13)),
                    (false, 61, Some(LGN_9)),
                    (true, 181, Some(LGN_9)),
                    (true, 180, None),
                ] {
                    let login = if is_retrieved { retrieved(t, &scene)? } else { start(t, &scene)? };
                    scene.now += seconds;
                    let message = information::inform(t, &scene, &login.key)?;
                    let reject = rejection(&scene, &message);
                    match rule {
                        Some(rule) => t.refuses_using_up(rule, &scene.server, &reject)?,
                        None => t.twin(LGN_9.id, &scene.server, &reject).map(drop)?,
                    }
                }
                Ok(())
            },
        ),
        negative(
            "ends-login-known",
            Role::Server,
            LGN_7,
            "of a login of an hour ago each operation says that it has expired, a second later that there is none",
            move |t| {
                let mut scene = timed(t)?;
                for (seconds, rule) in [(3600, LGN_9), (3601, LGN_7)] {
                    let login = start(t, &scene)?;
                    scene.now += seconds;
                    let message = information::inform(t, &scene, &login.key)?;
                    let cancel = cancellation(&scene, &login.key);
                    t.refuses_stateless(rule, &scene.server, &cancel)?;
                    let approve = approval(&scene, &login, "00000000");
                    t.refuses_stateless(rule, &scene.server, &approve)?;
                    t.refuses_stateless(rule, &scene.server, &rejection(&scene, &message))?;
                }
                let login = start(t, &scene)?;
                t.twin(LGN_7.id, &scene.server, &cancellation(&scene, &login.key)).map(drop)
            },
        ),
        negative(
            "ends-login-step",
            Role::Server,
            LGN_9,
            "a step that is not due says so until the last second of the login, and then that it has expired",
            move |t| {
                let mut scene = timed(t)?;
                for (seconds, rule) in [(60, LGN_13), (61, LGN_9)] {
                    let login = start(t, &scene)?;
                    scene.now += seconds;
                    let approve = approval(&scene, &login, "00000000");
                    t.refuses_stateless(rule, &scene.server, &approve)?;
                }
                for (seconds, rule) in [(180, LGN_8), (181, LGN_9)] {
                    let login = retrieved(t, &scene)?;
                    scene.now += seconds;
                    t.refuses_stateless(rule, &scene.server, &retrieval(&scene, &login.key))?;
                }
                let login = start(t, &scene)?;
                t.twin(LGN_9.id, &scene.server, &retrieval(&scene, &login.key)).map(drop)
            },
        ),
        negative(
            "ends-login-age",
            Role::Server,
            VER_6,
            "a login is approved and rejected by a message as old as its age limit, not by one a second older",
            |t| {
                let setup = Setup { age_limit_s: 100, ..Setup::default() };
                let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
                t.needs_time(&scene.server)?;
                let login = retrieved(t, &scene)?;
                let signature = sign(t, &mut scene, &login)?;
                let other = retrieved(t, &scene)?;
                let message = information::inform(t, &scene, &other.key)?;
                scene.now += 101;
                t.refuses_only(VER_6, &scene.server, &approval(&scene, &login, &signature))?;
                t.refuses_only(VER_6, &scene.server, &rejection(&scene, &message))?;
                scene.now -= 1;
                t.twin(VER_6.id, &scene.server, &approval(&scene, &login, &signature))?;
                t.twin(VER_6.id, &scene.server, &rejection(&scene, &message)).map(drop)
            },
        ),
        negative(
            "ends-login-tries",
            Role::Server,
            LGN_22,
            "a login goes on until its last wrong signature, and then refuses every step",
            tries,
        ),
    ]
}

/// A login of which so many wrong signatures were tried; the instance is unlocked.
fn guessed(t: &mut Trial<'_>, scene: &mut Scene, wrong_ones: u32) -> Result<Login, Stop> {
    let login = retrieved(t, scene)?;
    let signature = sign(t, scene, &login)?;
    let bad = approval(scene, &login, &wrong(&signature));
    for _ in 0..wrong_ones {
        t.refuses_stateless(VER_12, &scene.server, &bad)?;
    }
    t.agrees("OPR-1", &scene.server, &unlock(scene))?;
    Ok(login)
}

fn tries(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    for (wrong_ones, is_over) in [(SIGNATURE_TRIES, true), (SIGNATURE_TRIES - 1, false)] {
        let login = guessed(t, &mut scene, wrong_ones)?;
        let rule = if is_over { LGN_22 } else { LGN_8 };
        t.refuses_stateless(rule, &scene.server, &retrieval(&scene, &login.key))?;
        let cancel = cancellation(&scene, &login.key);
        let rejected = guessed(t, &mut scene, wrong_ones)?;
        let message = information::inform(t, &scene, &rejected.key)?;
        let reject = rejection(&scene, &message);
        if is_over {
            t.refuses_stateless(LGN_22, &scene.server, &cancel)?;
            t.refuses_using_up(LGN_22, &scene.server, &reject)?;
        } else {
            t.twin(LGN_22.id, &scene.server, &cancel)?;
            t.twin(LGN_22.id, &scene.server, &reject)?;
        }
    }
    Ok(())
}
