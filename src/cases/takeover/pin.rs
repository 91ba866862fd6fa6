//! The PIN of the account that would be replaced: looked at last, and nowhere else.

use channel::rule::{AM2_8, AM2_15, AM2_16, AM2_17, PRT_4};
use harness::area::Area;
use harness::forge::Plain;
use harness::scene::{Scene, Stage, Under};
use harness::setup::{PIN_TRIES, Setup};
use peer::protocol::Pin;

use super::super::client::{lock, with_bad_tag};
use super::stage::{ask, replaceable, told, works, wrong_pin};

pub(super) fn cases(takeover: &mut Area) {
    takeover.refuses(
        AM2_15,
        "of-a-locked-account",
        "an account that is locked is not replaced, whatever PIN is entered; one that is not locked is",
        |t| {
            let mut scene = replaceable(t)?;
            scene.play(t, Stage::Am2)?;
            let good = ask(&scene.client, scene.take_am2(&scene.am2, Pin::Right));
            let mut other = replaceable(t)?;
            other.play(t, Stage::Am2)?;
            lock(t, &mut other)?;
            for pin in [Pin::Right, Pin::Wrong, Pin::Cached] {
                t.refuses(AM2_15, &ask(&other.client, other.take_am2(&other.am2, pin)))?;
            }
            t.accepts(AM2_15, &good)
        },
    );

    takeover.refuses(
        AM2_16,
        "on-a-cached-unlock",
        "an account is not replaced on a cached unlock, but with its PIN",
        |t| {
            let mut scene = replaceable(t)?;
            scene.play(t, Stage::Am2)?;
            let take = |pin| ask(&scene.client, scene.take_am2(&scene.am2, pin));
            t.refuses(AM2_16, &take(Pin::Cached))?;
            t.accepts(AM2_16, &take(Pin::Right))
        },
    );

    takeover.refuses(
        AM2_17,
        "with-a-wrong-pin",
        "a wrong PIN counts for the account that would be replaced, which goes on until it is locked",
        |t| {
            let mut old = replaceable(t)?;
            let mut scene = old.clone();
            scene.play(t, Stage::Am2)?;
            let take = |pin| ask(&scene.client, scene.take_am2(&scene.am2, pin));
            for _ in 1..PIN_TRIES {
                t.refuses(AM2_17, &take(Pin::Wrong))?;
            }
            // The right one of any dialogue clears them.
            works(t, "AM2-17", &mut old)?;
            for _ in 1..PIN_TRIES {
                t.refuses(AM2_17, &take(Pin::Wrong))?;
            }
            t.accepts(AM2_17, &take(Pin::Right))?;
            // So did this one: all tries are there again.
            let mut other = replaceable(t)?;
            other.play(t, Stage::Am2)?;
            for _ in 0..PIN_TRIES {
                t.refuses(AM2_17, &ask(&other.client, other.take_am2(&other.am2, Pin::Wrong)))?;
            }
            t.refuses(AM2_15, &ask(&other.client, other.take_am2(&other.am2, Pin::Right)))
        },
    );

    takeover.follows(
        &["AM2-17"],
        "right-pin-clears",
        "the right PIN at the replacement sets the old account's wrong PINs to 0",
        |t| {
            let old = replaceable(t)?;
            let mut scene = old.clone();
            scene.play(t, Stage::Am2)?;
            let take = |pin| ask(&scene.client, scene.take_am2(&scene.am2, pin));
            for _ in 1..PIN_TRIES {
                t.refuses(AM2_17, &take(Pin::Wrong))?;
            }
            t.agrees("AM2-17", &take(Pin::Right))?;
            // The old account has every try again.
            let wrong = wrong_pin(&old);
            for _ in 1..PIN_TRIES {
                t.refuses(channel::rule::CLI_15, &ask(&old.client, wrong.clone()))?;
            }
            let mut old = Scene { now: scene.now, ..old };
            works(t, "AM2-17", &mut old)
        },
    );

    takeover.follows(
        &["AM2-11"],
        "first-activation-asks-no-pin",
        "where nothing would be replaced, no PIN is looked at, and the account is active at once",
        |t| {
            for pin in [Pin::Wrong, Pin::Cached, Pin::Right] {
                let mut scene = Scene::new(t, Under::Client, Setup::default(), Stage::Am2)?;
                let activated = t.answers("AM2-11", &ask(&scene.client, scene.take_am2(&scene.am2, pin)))?;
                scene.confirmation = activated.signature;
                told(t, "AM2-11", &scene, [Some(1), None], false)?;
                scene.confirm(t)?;
                works(t, "AM2-11", &mut scene)?;
            }
            Ok(())
        },
    );

    takeover.refuses(
        PRT_4,
        "order-tag-before-pin",
        "a forged AM2 and a wrong PIN, or a locked account: the tag wins, and no PIN is counted",
        |t| {
            let mut scene = replaceable(t)?;
            scene.play(t, Stage::Am2)?;
            let bad = with_bad_tag(&scene.am2);
            for pin in [Pin::Wrong, Pin::Cached] {
                t.refuses(PRT_4, &ask(&scene.client, scene.take_am2(&bad, pin)))?;
            }
            let mut other = replaceable(t)?;
            other.play(t, Stage::Am2)?;
            lock(t, &mut other)?;
            let bad = with_bad_tag(&other.am2);
            t.refuses(PRT_4, &ask(&other.client, other.take_am2(&bad, Pin::Right)))?;
            t.accepts(PRT_4, &ask(&scene.client, scene.take_am2(&scene.am2, Pin::Right)))
        },
    );

    takeover.refuses(
        AM2_8,
        "order-body-before-pin",
        "a malformed body under a right tag and a wrong PIN: the body wins, and no PIN is counted",
        |t| {
            let mut scene = replaceable(t)?;
            scene.play(t, Stage::Am2)?;
            let channel = scene.am2_channel();
            let mut plain = Plain::of(&scene.am2, channel.as_ref())?;
            plain.body.push(0);
            let bad = plain.message(channel.as_ref());
            t.refuses(AM2_8, &ask(&scene.client, scene.take_am2(&bad, Pin::Wrong)))?;
            t.accepts(AM2_8, &ask(&scene.client, scene.take_am2(&scene.am2, Pin::Right)))
        },
    );
}
