//! For which time steps and events a signature is right, and how both move with what is accepted.

use crate::row::seen_by;
use channel::rule::VER_12;
use harness::area::Area;
use harness::instance::{at, confirmed, wrong};
use harness::scene::{Show, Stage};
use harness::setup::{LOOK_AHEAD, Setup, WINDOW, app};

/// The length of a time step of [`app::TIME`].
const STEP_S: i64 = 36;
/// How far the window reaches on each side, in seconds.
const REACH_S: i64 = WINDOW as i64 / 2 * STEP_S;

pub(super) fn cases(verify: &mut Area) {
    verify.refuses(
        VER_12,
        "outside-window",
        "a step outside the window is refused, its edge is accepted",
        |t| {
            for side in [1, -1] {
                // A fresh instance each time: acceptance moves the window. The confirmation used step 0.
                let mut first = confirmed(t)?;
                t.needs_time(first.server())?;
                first.moves_clock(2 * REACH_S)?;
                let message = first.request(t, &Show::default())?;
                let outside = first.signs_at(t, &message, side * (REACH_S + STEP_S))?;
                let edge = first.signs_at(t, &message, side * REACH_S)?;
                let of_reach = |played| seen_by(&["VER-12", "VER-13"], "VER-15", played);
                of_reach(t.refuses(VER_12, &first.verify(&message, &outside)))?;
                of_reach(t.accepts(VER_12, &first.verify(&message, &edge)))?;
            }
            Ok(())
        },
    );

    verify.refuses(
        VER_12,
        "before-last-step",
        "a step below the last accepted one is refused, that step itself is not",
        |t| {
            let mut first = confirmed(t)?;
            t.needs_time(first.server())?;
            first.moves_clock(5 * STEP_S)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.agrees("VER-13", &first.verify(&message, &signature))?;
            let message = first.request(t, &Show::default())?;
            let below = first.signs_at(t, &message, -STEP_S)?;
            let same = first.signs(t, &message)?;
            t.refuses(VER_12, &first.verify(&message, &below))?;
            t.accepts(VER_12, &first.verify(&message, &same))
        },
    );

    verify.follows(
        &["VER-13", "VER-14"],
        "shift",
        "the shift follows the client's clock, on acceptance only",
        |t| {
            let mut first = confirmed(t)?;
            t.needs_time(first.server())?;
            // The client's clock runs ahead, further each time than one window from the server's.
            for drift in 1..=3 {
                let message = first.request(t, &Show::default())?;
                let signature = first.signs_at(t, &message, drift * REACH_S)?;
                // A refusal in between does not move the window.
                t.refuses(VER_12, &first.verify(&message, &wrong(&signature)?))?;
                t.agrees("VER-13", &first.verify(&message, &signature))?;
                t.implied(&["VER-14"])?;
            }
            // And without the drift it is now outside.
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.refuses(VER_12, &first.verify(&message, &signature))
        },
    );

    verify.refuses(
        VER_12,
        "beyond-look-ahead",
        "an event beyond the look-ahead is refused, the last inside is accepted",
        |t| {
            let mut first = confirmed(t)?;
            let message = first.request(t, &Show::by(app::EVENT))?;
            for _ in 0..LOOK_AHEAD {
                first.signs(t, &message)?;
            }
            let [last, beyond] = [first.signs(t, &message)?, first.signs(t, &message)?];
            t.refuses(VER_12, &first.verify(&message, &beyond))?;
            t.accepts(VER_12, &first.verify(&message, &last))
        },
    );

    verify.refuses(VER_12, "event-again", "an event at or below the last accepted one is refused", |t| {
        let mut first = confirmed(t)?;
        let [earlier, later] =
            [first.request(t, &Show::by(app::EVENT))?, first.request(t, &Show::by(app::EVENT))?];
        let early = first.signs(t, &later)?;
        let signature = first.signs(t, &earlier)?;
        let late = first.signs(t, &later)?;
        t.agrees("VER-13", &first.verify(&earlier, &signature))?;
        t.refuses(VER_12, &first.verify(&later, &early))?;
        t.accepts(VER_12, &first.verify(&later, &late))
    });

    verify.follows(&["VER-13"], "time-and-event", "both factors move together", |t| {
        let mut first = confirmed(t)?;
        t.needs_time(first.server())?;
        first.moves_clock(3600)?;
        for (seconds, skipped) in [(0, 0), (300, 3), (-120, 0), (420, 10)] {
            let message = first.request(t, &Show::by(app::BOTH))?;
            for _ in 0..skipped {
                first.signs(t, &message)?;
            }
            first.moves_clock(600)?;
            let signature = first.signs_at(t, &message, seconds)?;
            t.agrees("VER-13", &first.verify(&message, &signature))?;
        }
        Ok(())
    });

    verify.accepts(
        &["VER-13", "SIG-1", "SIG-2", "SIG-3"],
        "every-application",
        "signatures of every kind of application are accepted",
        |t| {
            let mut first = confirmed(t)?;
            for application in [app::TIME, app::EVENT, app::BOTH, app::LONG] {
                for _ in 0..3 {
                    let (message, signature) = first.signs_request(t, &Show::by(application))?;
                    t.agrees("VER-13", &first.verify(&message, &signature))?;
                }
            }
            t.implied(&["SIG-1", "SIG-2", "SIG-3"])
        },
    );

    verify.accepts(&["SIG-5"], "event-first", "the first event is 0, and the confirmation uses it up", |t| {
        let setup = Setup { post_activation: app::EVENT, ..Setup::default() };
        let mut first = at(t, setup, Stage::Confirmed)?;
        // With event 0 used by the confirmation, the farthest acceptable event is 1 + look-ahead.
        let message = first.request(t, &Show::by(app::EVENT))?;
        for _ in 0..LOOK_AHEAD {
            first.signs(t, &message)?;
        }
        let farthest = first.signs(t, &message)?;
        t.agrees("SIG-5", &first.verify(&message, &farthest))
    });
}
