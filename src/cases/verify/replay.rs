//! Whether a request was accepted before, however long ago, until the request itself is forgotten.

use channel::rule::{VER_7, VER_8};
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

    verify.refuses(
        VER_8,
        "far-behind",
        "a request is accepted once, and no sooner or later than that because a hundred later ones were",
        |t| {
            let mut first = confirmed(t)?;
            let (early, of_early) = first.signs_request(t, &Show::default())?;
            let (second, of_second) = first.signs_request(t, &Show::default())?;
            t.accepts(VER_8, &first.verify(&early, &of_early))?;
            for _ in 0..100 {
                first.request(t, &Show::default())?;
            }
            let (last, of_last) = first.signs_request(t, &Show::default())?;
            t.accepts(VER_8, &first.verify(&last, &of_last))?;
            // A hundred messages below the highest accepted one.
            t.accepts(VER_8, &first.verify(&second, &of_second))?;
            for (message, signature) in [(&early, &of_early), (&second, &of_second), (&last, &of_last)] {
                t.refuses(VER_8, &first.verify(message, signature))?;
            }
            Ok(())
        },
    );

    verify.refuses(
        VER_7,
        "accepted-and-forgotten",
        "a request that was accepted and then pushed out by 256 later ones is unknown, never accepted again",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::default())?;
            t.accepts(VER_7, &first.verify(&message, &signature))?;
            for _ in 0..255 {
                first.request(t, &Show::default())?;
            }
            t.refuses(VER_8, &first.verify(&message, &signature))?;
            first.request(t, &Show::default())?;
            t.refuses(VER_7, &first.verify(&message, &signature))
        },
    );

    verify.refuses(
        VER_7,
        "accepted-and-restored",
        "after a restored backup a request that was accepted is unknown: its mark went with it",
        |t| {
            let mut first = confirmed(t)?;
            let (message, signature) = first.signs_request(t, &Show::by(app::EVENT))?;
            t.accepts(VER_7, &first.verify(&message, &signature))?;
            t.refuses(VER_8, &first.verify(&message, &signature))?;
            t.agrees("OPR-3", &first.restoring())?;
            t.refuses(VER_7, &first.verify(&message, &signature))
        },
    );

    verify.follows(&["VER-8"], "out-of-order", "requests are accepted in any order, each once", |t| {
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
    });
}
