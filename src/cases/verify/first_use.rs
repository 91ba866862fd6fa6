//! How far the first use of an application reaches, and resynchronising, which has no first use.

use crate::blaming;
use channel::rule::VER_12;
use channel::wire::static_vector::Factor;
use harness::area::Area;
use harness::instance::{Instance, at};
use harness::play::Play;
use harness::scene::Stage;
use harness::setup::{IDENTIFICATION_WINDOW, Setup, otp};
use harness::trial::Stop;
use peer::protocol::Data;

/// The length of a step here: 10 800 seconds are 360 of them, more than VER-16 allows.
const STEP_S: i64 = 30;

const NONE: Data = Data::ResponseOnly {};

pub(super) fn cases(verify: &mut Area) {
    for (name, application, about) in [
        ("time", otp::TIME, "an application of time"),
        ("time-and-event", otp::BOTH, "an application of time and event"),
    ] {
        let about =
            format!("the first use of {about} reaches 300 steps, not the 360 that the seconds would give");
        verify.follows(&["VER-16"], &format!("first-use-300-{name}"), &about, move |t| {
            for side in [1, -1] {
                let mut first = short_steps(t, 10_800)?;
                let outside = first.responds_at(t, application, &NONE, side * 301 * STEP_S)?;
                let edge = first.responds_at(t, application, &NONE, side * 300 * STEP_S)?;
                blaming("VER-16", t.refuses(VER_12, &first.verify_response(application, &NONE, &outside)))?;
                t.agrees("VER-16", &first.verify_response(application, &NONE, &edge))?;
            }
            Ok(())
        });
    }

    verify.follows(
        &["VER-16"],
        "first-use-of-both-factors",
        "the first use of an application of time and event reaches as far as that of time alone, its second does not",
        |t| {
            let mut first = short_steps(t, 100 * 30)?;
            let far = first.responds_at(t, otp::BOTH, &NONE, 100 * STEP_S)?;
            t.agrees("VER-16", &first.verify_response(otp::BOTH, &NONE, &far))?;
            let farther = first.responds_at(t, otp::BOTH, &NONE, 200 * STEP_S)?;
            blaming("VER-16", t.refuses(VER_12, &first.verify_response(otp::BOTH, &NONE, &farther)))
        },
    );

    verify.follows(
        &["OPR-8"],
        "resynchronise-at-first-use",
        "resynchronising reaches no further than the window of its kind, where nothing was ever accepted either",
        |t| {
            let mut first = short_steps(t, 10_800)?;
            let pair = |t: &mut Play<'_, '_>, first: &mut Instance, steps: i64| {
                let [one, two] = [(); 2].map(|()| first.responds_at(t, otp::BOTH, &NONE, steps * STEP_S));
                Ok::<_, Stop>([one?, two?])
            };
            let reach = i64::from(IDENTIFICATION_WINDOW / 2);
            let [one, two] = pair(t, &mut first, reach + 1)?;
            let refused = t.refuses(VER_12, &first.resynchronise(otp::BOTH, &NONE, [&one, &two]));
            blaming("OPR-8", refused)?;
            let [one, two] = pair(t, &mut first, reach)?;
            t.agrees("OPR-8", &first.resynchronise(otp::BOTH, &NONE, [&one, &two]))
        },
    );
}

/// An instance whose applications of time have short steps, and are used for the first time.
fn short_steps(t: &mut Play<'_, '_>, first_use_s: u32) -> Result<Instance, Stop> {
    let mut setup = Setup { first_use_s, ..Setup::otp() };
    for rules in &mut setup.vector.applications {
        rules.factor = match rules.factor {
            Factor::Time(_) => Factor::Time(30),
            Factor::TimeAndEvent(_) => Factor::TimeAndEvent(30),
            Factor::Event => Factor::Event,
        };
    }
    let first = at(t, setup, Stage::Confirmed)?;
    t.needs_time(first.server())?;
    Ok(first)
}
