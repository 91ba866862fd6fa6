//! The last second of a login.

use channel::rule::{LGN_7, LGN_9, LGN_13};
use harness::case::{Case, Role};
use harness::scene::Scene;
use harness::trial::{Stop, Trial};

use super::super::login::{approval, cancellation, confirmed, rejection, retrieved, start};
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
    ]
}
