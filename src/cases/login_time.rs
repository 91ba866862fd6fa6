//! Logins in time: to the second, and with a clock that jumps.

use super::login::{
    approval, ask, cancellation, confirmed, has_status, is_approved, retrieval, retrieve, retrieved, sign,
    start, status,
};
use super::{blaming, negative, sequence};
use channel::rule::{LGN_3, LGN_7, LGN_9};
use harness::case::{Case, Role};
use harness::scene::Scene;
use harness::trial::{Stop, Trial};
use peer::operations::LoginStatus;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    vec![
        negative(
            "login-time-pending",
            Server,
            LGN_9,
            "a pending login can be retrieved until its 60th second, not after",
            pending,
        )
        .and("LGN-5"),
        negative(
            "login-time-retrieved",
            Server,
            LGN_9,
            "a retrieved login can be approved until the 180th second since it began, not after",
            decided,
        )
        .and("LGN-5"),
        sequence(
            "login-time-retrieved-late",
            Server,
            &["LGN-5"],
            "the 180 seconds count from the beginning, not from the retrieval",
            late,
        ),
        negative(
            "login-time-forgotten",
            Server,
            LGN_7,
            "what became of a login is known for an hour, to the second",
            forgotten,
        )
        .and("LGN-6"),
        sequence(
            "login-time-clock-back",
            Server,
            &["LGN-5", "LGN-6"],
            "a clock that goes back ages nothing, and brings nothing back",
            clock_back,
        )
        .implies("LGN-26"),
        sequence(
            "login-time-clock-to-its-ends",
            Server,
            &["LGN-5", "LGN-6"],
            "the first and the last second of the clock are like any other",
            ends,
        ),
        negative(
            "login-time-room",
            Server,
            LGN_3,
            "logins that have expired make room for others, whoever asks",
            room,
        )
        .and("LGN-5"),
        sequence(
            "login-time-ended-do-not-expire",
            Server,
            &["LGN-5"],
            "what was approved or cancelled stays so until it is forgotten",
            ended,
        ),
    ]
}

fn timed(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    let scene = confirmed(t)?;
    t.needs_time(&scene.server)?;
    Ok(scene)
}

/// It has come so far, at this time.
fn has_come(t: &mut Trial<'_>, scene: &Scene, key: &str, want: LoginStatus) -> Result<(), Stop> {
    blaming("LGN-5", has_status(t, scene, key, want))
}

fn pending(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    for seconds in [0, 1, 59, 60] {
        let mut login = start(t, &scene)?;
        scene.now += seconds;
        has_come(t, &scene, &login.key, LoginStatus::Pending)?;
        blaming("LGN-5", retrieve(t, &scene, &mut login))?;
    }
    for seconds in [61, 62, 179, 181, 3600] {
        let login = start(t, &scene)?;
        scene.now += seconds;
        has_come(t, &scene, &login.key, LoginStatus::Expired)?;
        t.refuses_only(LGN_9, &scene.server, &retrieval(&scene, &login.key))?;
    }
    let login = start(t, &scene)?;
    t.twin(LGN_9.id, &scene.server, &retrieval(&scene, &login.key)).map(|_| ())
}

fn decided(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    for seconds in [0, 61, 179, 180] {
        let login = retrieved(t, &scene)?;
        scene.now += seconds;
        has_come(t, &scene, &login.key, LoginStatus::Retrieved)?;
        let signature = sign(t, &mut scene, &login)?;
        blaming("LGN-5", is_approved(t, &scene, &approval(&scene, &login, &signature)))?;
    }
    for seconds in [181, 182, 3600] {
        let login = retrieved(t, &scene)?;
        let signature = sign(t, &mut scene, &login)?;
        scene.now += seconds;
        has_come(t, &scene, &login.key, LoginStatus::Expired)?;
        t.refuses_only(LGN_9, &scene.server, &approval(&scene, &login, &signature))?;
    }
    Ok(())
}

fn late(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    for (wait, status) in [(120, LoginStatus::Retrieved), (121, LoginStatus::Expired)] {
        let mut login = start(t, &scene)?;
        scene.now += 60;
        retrieve(t, &scene, &mut login)?;
        scene.now += wait;
        has_come(t, &scene, &login.key, status)?;
    }
    Ok(())
}

fn forgotten(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    let begun = scene.now;
    let [pending, waiting] = [start(t, &scene)?, retrieved(t, &scene)?];
    let approved = retrieved(t, &scene)?;
    let signature = sign(t, &mut scene, &approved)?;
    is_approved(t, &scene, &approval(&scene, &approved, &signature))?;
    scene.now = begun + 3590;
    // One that is there when the others are gone: asking for it is when they go.
    let other = start(t, &scene)?;
    let told = [
        (&pending, LoginStatus::Expired),
        (&waiting, LoginStatus::Expired),
        (&approved, LoginStatus::Approved),
    ];
    for now in [begun + 3599, begun + 3600] {
        scene.now = now;
        for (login, status) in told {
            has_come(t, &scene, &login.key, status)?;
        }
    }
    scene.now = begun + 3601;
    has_come(t, &scene, &other.key, LoginStatus::Pending)?;
    for (login, _) in told {
        t.refuses_only(LGN_7, &scene.server, &status(&scene, &login.key))?;
        t.refuses_only(LGN_7, &scene.server, &retrieval(&scene, &login.key))?;
        t.refuses_only(LGN_7, &scene.server, &cancellation(&scene, &login.key))?;
    }
    t.twin(LGN_7.id, &scene.server, &retrieval(&scene, &other.key))?;
    t.implied(&["LGN-6"])
}

fn clock_back(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    let begun = scene.now;
    let mut login = start(t, &scene)?;
    scene.now = begun - 100_000;
    has_come(t, &scene, &login.key, LoginStatus::Pending)?;
    scene.now = begun + 60;
    has_come(t, &scene, &login.key, LoginStatus::Pending)?;
    scene.now = begun - 1;
    retrieve(t, &scene, &mut login)?;
    scene.now = begun + 181;
    has_come(t, &scene, &login.key, LoginStatus::Expired)?;
    scene.now = begun + 1;
    has_come(t, &scene, &login.key, LoginStatus::Expired)?;
    t.refuses_only(LGN_9, &scene.server, &cancellation(&scene, &login.key))?;
    // Forgotten by a clock that jumped for a moment.
    let other = start(t, &scene)?;
    scene.now = begun + 3602;
    let after = start(t, &scene)?;
    scene.now = begun + 1;
    for login in [&login, &other] {
        let gone = t.refuses_only(LGN_7, &scene.server, &status(&scene, &login.key));
        blaming("LGN-6", gone)?;
    }
    has_come(t, &scene, &after.key, LoginStatus::Pending)?;
    t.implied(&["LGN-6"])
}

fn ends(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    scene.now = 0;
    let first = start(t, &scene)?;
    scene.now = u32::MAX;
    let last = start(t, &scene)?;
    blaming("LGN-6", t.refuses_only(LGN_7, &scene.server, &status(&scene, &first.key)))?;
    for now in [u32::MAX, 0, u32::MAX - 1] {
        scene.now = now;
        has_come(t, &scene, &last.key, LoginStatus::Pending)?;
    }
    t.implied(&["LGN-5", "LGN-6"])
}

fn room(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    for _ in 0..15 {
        start(t, &scene)?;
    }
    retrieved(t, &scene)?;
    scene.now += 60;
    let question = ask(t, &scene);
    t.refuses_only(LGN_3, &scene.server, &question)?;
    scene.now += 1;
    for _ in 0..15 {
        let question = ask(t, &scene);
        t.twin(LGN_3.id, &scene.server, &question)?;
    }
    let question = ask(t, &scene);
    t.refuses_only(LGN_3, &scene.server, &question)?;
    t.implied(&["LGN-5"])
}

fn ended(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = timed(t)?;
    let [approved, cancelled] = [retrieved(t, &scene)?, start(t, &scene)?];
    let signature = sign(t, &mut scene, &approved)?;
    is_approved(t, &scene, &approval(&scene, &approved, &signature))?;
    t.agrees("LGN-19", &scene.server, &cancellation(&scene, &cancelled.key))?;
    for seconds in [61, 120, 3419] {
        scene.now += seconds;
        for (login, want) in [(&approved, LoginStatus::Approved), (&cancelled, LoginStatus::Cancelled)] {
            let got = t.agrees("LGN-5", &scene.server, &status(&scene, &login.key))?;
            t.same("LGN-5", &got.status, Some(&want))?;
        }
    }
    Ok(())
}
