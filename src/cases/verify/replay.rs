//! Whether a request was accepted before, or is too far behind for the server to know.

use channel::rule::{VER_8, VER_9};
use harness::area::Area;
use harness::instance::{confirmed, siblings};
use harness::scene::Show;
use harness::setup::app;

pub(super) fn cases(verify: &mut Area) {
    verify.refuses(VER_8, "twice", "a request is accepted once", |t| {
        let mut first = confirmed(t)?;
        for application in [app::TIME, app::EVENT, app::BOTH] {
            let (message, signature) = first.signs_request(t, &Show::by(application))?;
            t.accepts(VER_8, &first.verify(&message, &signature))?;
            t.refuses(VER_8, &first.verify(&message, &signature))?;
            // Signed anew with factors that have moved on: still the same request.
            let anew = first.signs_at(t, &message, 120)?;
            t.refuses(VER_8, &first.verify(&message, &anew))?;
        }
        Ok(())
    });

    verify.refuses(VER_8, "twice-by-sibling", "a request is accepted once, whichever instance signs", |t| {
        let [mut first, mut second] = siblings(t)?;
        let message = first.request(t, &Show::default())?;
        let [by_first, by_second] = [first.signs(t, &message)?, second.signs(t, &message)?];
        t.accepts(VER_8, &second.verify(&message, &by_second))?;
        t.refuses(VER_8, &first.verify(&message, &by_first))
    });

    verify.refuses(VER_9, "64-behind", "64 behind the highest accepted is too old, 63 is not", |t| {
        let mut first = confirmed(t)?;
        let too_old = [first.request(t, &Show::default())?, first.request(t, &Show::default())?];
        let edge = first.request(t, &Show::default())?;
        for _ in 4..=65 {
            first.request(t, &Show::default())?;
        }
        let last = first.request(t, &Show::default())?;
        let signature = first.signs(t, &last)?;
        t.accepts(VER_9, &first.verify(&last, &signature))?;
        for message in too_old {
            let signature = first.signs(t, &message)?;
            t.refuses(VER_9, &first.verify(&message, &signature))?;
        }
        let signature = first.signs(t, &edge)?;
        t.accepts(VER_9, &first.verify(&edge, &signature))
    });

    verify.follows(
        &["VER-8"],
        "out-of-order",
        "requests are accepted in any order inside the window, each once",
        |t| {
            let mut first = confirmed(t)?;
            let mut asks = Vec::new();
            for place in [3, 6, 1, 4, 7, 0, 5, 2] {
                let (message, signature) = first.signs_request(t, &Show::default())?;
                asks.push((place, first.verify(&message, &signature)));
            }
            asks.sort_by_key(|(place, _)| *place);
            for (place, ask) in &asks {
                t.accepts(VER_8, ask)?;
                asks.iter().take(place + 1).try_for_each(|(_, accepted)| t.refuses(VER_8, accepted))?;
            }
            Ok(())
        },
    );
}
