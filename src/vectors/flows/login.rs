//! Push and login: approved, rejected, expired, cancelled.

use serde_json::Value;

use super::super::flow;
use super::steps::confirmed;
use channel::rule::{
    CLI_12, INF_4, LGN_7, LGN_8, LGN_9, LGN_10, LGN_11, LGN_12, LGN_13, LGN_15, LGN_22, Rule, VER_7, VER_12,
};
use harness::forge::digits::with_another_last;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::SIGNATURE_TRIES;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Carrier, Number};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [decided(), refused(), timed()].concat()
}

const USER: &str = "Zoë";

/// A login: its challenge key, the notification, the details.
struct Login {
    key: String,
    notification: String,
    details: String,
}

fn start(t: &mut Trial<'_>, scene: &Scene) -> Result<Login, Stop> {
    let challenge_key = Some(Array(t.random()));
    let question = ServerLoginStart {
        application: Number::from(1),
        service: "Shop".into(),
        user: USER.into(),
        domain: None,
        requester: "website".into(),
        now: scene.now,
        random: Some(RandomChallengeKey { challenge_key }),
    };
    let got = t.agrees("LGN-1", &scene.server, &question)?;
    Ok(Login { key: got.challenge_key, notification: got.message, details: String::new() })
}

fn retrieval(scene: &Scene, login: &Login) -> ServerLoginRetrieve {
    ServerLoginRetrieve {
        challenge_key: login.key.clone(),
        serial: scene.setup.serial.into(),
        sequence: Number::from(scene.sequence),
        now: scene.now,
    }
}

fn open(message: &str) -> ClientOpen {
    ClientOpen { message: message.into(), carrier: Carrier::Gateway }
}

/// Started, shown, retrieved and shown.
fn asked(t: &mut Trial<'_>, scene: &Scene) -> Result<Login, Stop> {
    let mut login = start(t, scene)?;
    t.agrees("PSH-7", &scene.client, &open(&login.notification))?;
    login.details = t.agrees("LGN-14", &scene.server, &retrieval(scene, &login))?.message;
    t.agrees("CLI-11", &scene.client, &open(&login.details))?;
    Ok(login)
}

fn approval(scene: &Scene, login: &Login, signature: &str) -> ServerLoginApprove {
    ServerLoginApprove {
        challenge_key: login.key.clone(),
        user: USER.into(),
        domain: None,
        signature: signature.into(),
        now: scene.now,
    }
}

fn reject(t: &mut Trial<'_>, scene: &Scene, login: &Login) -> Result<ServerLoginReject, Stop> {
    let reject = scene.reject(t);
    t.agrees("CLI-13", &scene.client, &reject)?;
    let question = ClientGenerateInformation {
        serial: scene.setup.serial.into(),
        challenge_key: login.key.clone(),
        now: scene.now,
    };
    let message = t.agrees("INF-1", &scene.client, &question)?.message;
    Ok(ServerLoginReject { message, now: scene.now })
}

fn cancel(scene: &Scene, login: &Login) -> ServerLoginCancel {
    ServerLoginCancel { challenge_key: login.key.clone(), now: scene.now }
}

fn status_is(t: &mut Trial<'_>, scene: &Scene, login: &Login, status: LoginStatus) -> Result<(), Stop> {
    let question = ServerLoginStatus { challenge_key: login.key.clone(), now: scene.now };
    let got = t.agrees("LGN-5", &scene.server, &question)?;
    t.same("LGN-5", &got.status, Some(&status))
}

fn decided() -> Vec<Value> {
    vec![
        flow(
            "flow-login-approved",
            "the signature over the details approves; the client remembers the user",
            &["LGN-1", "LGN-14", "LGN-16", "LGN-10", "PSH-7", "PSH-8"],
            |t| {
                let mut scene = confirmed(t)?;
                let login = asked(t, &scene)?;
                let signature = scene.sign(t)?;
                t.agrees("LGN-16", &scene.server, &approval(&scene, &login, &signature))?;
                status_is(t, &scene, &login, LoginStatus::Approved)?;
                let identity = ClientLoginIdentity { serial: scene.setup.serial.into() };
                t.agrees("PSH-8", &scene.client, &identity)?;
                t.refuses_only(LGN_10, &scene.server, &approval(&scene, &login, &signature))
            },
        ),
        flow(
            "flow-login-rejected",
            "an information message rejects",
            &["LGN-18", "LGN-11", "INF-1", "INF-6"],
            |t| {
                let scene = confirmed(t)?;
                let login = asked(t, &scene)?;
                let rejection = reject(t, &scene, &login)?;
                t.agrees("LGN-18", &scene.server, &rejection)?;
                status_is(t, &scene, &login, LoginStatus::Rejected)?;
                t.refuses_only(INF_4, &scene.server, &rejection)?;
                t.refuses_only(LGN_11, &scene.server, &cancel(&scene, &login))
            },
        ),
        flow("flow-login-cancelled", "the website has given up", &["LGN-19", "LGN-12"], |t| {
            let mut scene = confirmed(t)?;
            let login = asked(t, &scene)?;
            let signature = scene.sign(t)?;
            t.agrees("LGN-19", &scene.server, &cancel(&scene, &login))?;
            status_is(t, &scene, &login, LoginStatus::Cancelled)?;
            t.refuses_only(LGN_12, &scene.server, &approval(&scene, &login, &signature))
        }),
        flow(
            "flow-login-not-by-a-sibling",
            "only who retrieved approves; a sibling retrieves the next one",
            &["LGN-16"],
            |t| {
                let scene = confirmed(t)?;
                let mut sibling = scene.another_client(t, Under::Both)?;
                sibling.play(t, Stage::Confirmed)?;
                let login = asked(t, &scene)?;
                t.agrees("CLI-11", &sibling.client, &open(&login.details))?;
                let signature = sibling.sign(t)?;
                let bad = approval(&scene, &login, &signature);
                t.refuses_counting_both(VER_12, "login_failures", &scene.server, &bad)?;
                let login = asked(t, &sibling)?;
                let signature = sibling.sign(t)?;
                let got = t.agrees("LGN-16", &scene.server, &approval(&scene, &login, &signature))?;
                t.same("LGN-16", &got.sequence, Some(&sibling.sequence))
            },
        ),
        flow(
            "flow-login-failed",
            "wrong signatures end a login, although the instance is unlocked each time",
            &["LGN-17", "LGN-22"],
            |t| {
                let mut scene = confirmed(t)?;
                let login = asked(t, &scene)?;
                let signature = scene.sign(t)?;
                let bad = approval(&scene, &login, &with_another_last(&signature));
                for _ in 0..SIGNATURE_TRIES {
                    t.refuses_counting_both(VER_12, "login_failures", &scene.server, &bad)?;
                    let unlock = ServerUnlockInstance { sequence: Number::from(scene.sequence) };
                    t.agrees("OPR-1", &scene.server, &unlock)?;
                }
                status_is(t, &scene, &login, LoginStatus::Failed)?;
                t.refuses_only(LGN_22, &scene.server, &approval(&scene, &login, &signature))
            },
        ),
        flow(
            "flow-login-rejected-by-a-locked-instance",
            "locked on the server, it retrieves and rejects",
            &["LGN-24", "INF-8"],
            |t| {
                let mut scene = confirmed(t)?;
                let message = scene.request(t, &Show::default())?;
                for _ in 0..SIGNATURE_TRIES {
                    t.refuses_only(VER_12, &scene.server, &scene.verify(&message, "00000000"))?;
                }
                let login = asked(t, &scene)?;
                let rejection = reject(t, &scene, &login)?;
                t.agrees("INF-8", &scene.server, &rejection).map(|_| ())
            },
        ),
    ]
}

/// Approved with a signature that something is wrong with.
fn unapproved(id: &str, note: &str, rule: Rule, bend: fn(&mut ServerLoginApprove)) -> Value {
    flow(id, note, &[rule.id], |t| {
        let mut scene = confirmed(t)?;
        let login = asked(t, &scene)?;
        let signature = scene.sign(t)?;
        let mut bad = approval(&scene, &login, &signature);
        bend(&mut bad);
        t.refuses_only(rule, &scene.server, &bad)
    })
}

fn refused() -> Vec<Value> {
    vec![
        unapproved("flow-login-wrong-user", "another user", LGN_15, |bad| bad.user = "Zoe".into()),
        unapproved("flow-login-wrong-domain", "a domain where there is none", LGN_15, |bad| {
            bad.domain = Some("shop".into());
        }),
        flow(
            "flow-login-wrong-signature",
            "counted for the retriever and for the login",
            &["VER-12", "LGN-17"],
            |t| {
                let mut scene = confirmed(t)?;
                let login = asked(t, &scene)?;
                let signature = scene.sign(t)?;
                let bad = approval(&scene, &login, &with_another_last(&signature));
                t.refuses_counting_both(VER_12, "login_failures", &scene.server, &bad)
            },
        ),
        flow("flow-login-retrieved-twice", "details are handed out once", &["LGN-8"], |t| {
            let scene = confirmed(t)?;
            let login = asked(t, &scene)?;
            t.refuses_only(LGN_8, &scene.server, &retrieval(&scene, &login))
        }),
        flow("flow-login-of-another-license", "its serial number has no such login", &["LGN-7"], |t| {
            let scene = confirmed(t)?;
            let login = start(t, &scene)?;
            let bad = ServerLoginRetrieve { serial: "VDS1000121".into(), ..retrieval(&scene, &login) };
            t.refuses_only(LGN_7, &scene.server, &bad)
        }),
        flow("flow-login-not-retrieved", "nobody has seen its details", &["LGN-13"], |t| {
            let scene = confirmed(t)?;
            let login = start(t, &scene)?;
            t.refuses_only(LGN_13, &scene.server, &approval(&scene, &login, "12345678"))
        }),
        flow("flow-login-not-a-transaction", "verify_message_signature takes no details", &["VER-7"], |t| {
            let mut scene = confirmed(t)?;
            let login = asked(t, &scene)?;
            let signature = scene.sign(t)?;
            t.refuses_only(VER_7, &scene.server, &scene.verify(&login.details, &signature))
        }),
        flow("flow-login-notification-unsigned", "shown, never signed", &["PSH-7", "VER-7"], |t| {
            let scene = confirmed(t)?;
            let login = start(t, &scene)?;
            t.agrees("PSH-7", &scene.client, &open(&login.notification))?;
            let approve = scene.approve(t, peer::protocol::Pin::Right);
            t.refuses_only(CLI_12, &scene.client, &approve)?;
            t.refuses_only(VER_7, &scene.server, &scene.verify(&login.notification, "12345678"))
        }),
    ]
}

fn timed() -> Vec<Value> {
    let expired = |id: &'static str, note: &'static str, is_retrieved: bool, seconds: u32| {
        flow(id, note, &["LGN-5", "LGN-9"], move |t| {
            let mut scene = confirmed(t)?;
            let login = if is_retrieved { asked(t, &scene)? } else { start(t, &scene)? };
            scene.now += seconds;
            let status = if is_retrieved { LoginStatus::Retrieved } else { LoginStatus::Pending };
            status_is(t, &scene, &login, status)?;
            scene.now += 1;
            status_is(t, &scene, &login, LoginStatus::Expired)?;
            scene.now -= 1;
            status_is(t, &scene, &login, LoginStatus::Expired)?;
            t.refuses_only(LGN_9, &scene.server, &cancel(&scene, &login))
        })
    };
    vec![
        expired(
            "flow-login-expired-pending",
            "after 60 seconds; a clock that goes back is no help",
            false,
            60,
        ),
        expired("flow-login-expired-retrieved", "after 180 seconds; nor is it here", true, 180),
        flow("flow-login-forgotten", "after an hour", &["LGN-6", "LGN-7"], |t| {
            let mut scene = confirmed(t)?;
            let login = start(t, &scene)?;
            scene.now += 3600;
            status_is(t, &scene, &login, LoginStatus::Expired)?;
            let other = start(t, &scene)?;
            scene.now += 1;
            status_is(t, &scene, &other, LoginStatus::Pending)?;
            t.refuses_only(LGN_7, &scene.server, &cancel(&scene, &login))
        }),
    ]
}
