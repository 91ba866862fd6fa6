//! The time of AM1, which no two of a license share, and what ends when a code for a later AM1 is verified.

use channel::rule::{AM1_15, VER_4};
use harness::area::Area;
use harness::forge::Plain;
use harness::play::{Play, need};
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::Number;

use super::super::blaming;
use super::stage::{ask, trusted};

/// The time in the AM1 that the server issues next.
fn next_time(t: &mut Play<'_, '_>, scene: &Scene) -> Result<u32, Stop> {
    let question = scene.am1_question(t);
    let message = t.answers("AM1-14", &ask(&scene.server, question))?.message;
    let body = Plain::of(&message, None)?.body;
    need(body.get(1..5).and_then(|time| time.try_into().ok()).map(u32::from_be_bytes), "a time")
}

pub(super) fn cases(am1: &mut Area) {
    am1.follows(
        &["AM1-14"],
        "time-rises",
        "no two AM1s of a license have one time, though the clock stands still or goes back",
        |t| {
            let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            t.needs_time(&scene.server)?;
            let start = scene.now;
            for (clock, want) in [(0, 0), (0, 1), (0, 2), (-500, 3), (2, 4), (100, 100), (100, 101)] {
                scene.now = start.saturating_add_signed(clock);
                let got = next_time(t, &scene)?;
                t.same("AM1-14", &got, Some(&(start + want)))?;
            }
            Ok(())
        },
    );

    am1.follows(
        &["AM1-14"],
        "time-after-restored",
        "after a backup was restored the next AM1 is later than now, and never earlier than the latest known",
        |t| {
            let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Issued)?;
            t.needs_time(&scene.server)?;
            let start = scene.now;
            for (clock, want) in [(50, 51), (10, 52)] {
                scene.now = start + clock;
                let question = ServerRestored { highest_sequence: Number::from(0), now: scene.now };
                t.agrees("OPR-2", &ask(&scene.server, question))?;
                let got = next_time(t, &scene)?;
                t.same("AM1-14", &got, Some(&(start + want)))?;
            }
            // A license that never issued one may have done so after the backup was made.
            let fresh = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            let question = ServerRestored { highest_sequence: Number::from(0), now: fresh.now };
            t.agrees("OPR-2", &ask(&fresh.server, question))?;
            let got = next_time(t, &fresh)?;
            t.same("AM1-14", &got, Some(&(fresh.now + 1)))
        },
    );

    am1.follows(
        &["AM1-14", "IMP-3"],
        "time-after-reimport",
        "importing a license again leaves the time of its latest AM1",
        |t| {
            let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
            t.needs_time(&scene.server)?;
            super::super::reimport::reimport(t, &scene)?;
            scene.now -= 10;
            let got = next_time(t, &scene)?;
            t.same("AM1-14", &got, Some(&(scene.now + 11)))?;
            t.implied(&["IMP-3"])
        },
    );

    am1.refuses(
        AM1_15,
        "time-at-the-end",
        "after an AM1 of the last second that a clock has no other is issued; before it there is one",
        |t| {
            let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Issued)?;
            t.needs_time(&scene.server)?;
            scene.now = u32::MAX;
            let question = scene.am1_question(t);
            t.accepts(AM1_15, &ask(&scene.server, question.clone()))?;
            t.refuses(AM1_15, &ask(&scene.server, question.clone()))?;
            t.refuses(AM1_15, &ask(&scene.server, question).but(|question| question.now = 7))
        },
    );

    am1.follows(
        &["AM2-18"],
        "later-code-ends-unconfirmed",
        "what was never confirmed ends when a code for a later AM1 is verified, not when that AM1 is issued",
        |t| {
            for is_verified in [true, false] {
                let mut first = Scene::new(t, Under::Server, Setup::default(), Stage::Active)?;
                let mut second = first.another_client(t, Under::Server)?;
                second.play(t, if is_verified { Stage::Verified } else { Stage::PreActivated })?;
                let confirmation = ask(&first.server, first.verify(&first.am2, &first.confirmation));
                if is_verified {
                    blaming("AM2-18", t.refuses(VER_4, &confirmation))?;
                    // For good, and it says which message tells its client.
                    let question = ServerGenerateDeactivation { sequence: Number::from(1), now: first.now };
                    t.agrees("DEA-4", &ask(&first.server, question))?;
                    second.issue_am2(t)?;
                    second.activate_instance(t)?;
                    second.confirm(t)?;
                } else {
                    t.agrees("AM2-18", &confirmation)?;
                    let signed = super::super::ending::signed(t, &mut first)?;
                    t.agrees("AM2-18", &ask(&first.server, signed))?;
                }
            }
            Ok(())
        },
    );

    am1.follows(
        &["AM2-18"],
        "later-code-leaves-confirmed",
        "a code for a later AM1 ends no confirmed instance, and none of its own AM1",
        |t| {
            let mut confirmed = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
            let mut first = confirmed.another_client(t, Under::Server)?;
            first.play(t, Stage::Active)?;
            let mut second = first.another_client(t, Under::Server)?;
            second.activate_license(t)?;
            second.verify_device_code(t)?;
            second.issue_am2(t)?;
            second.activate_instance(t)?;
            for scene in [&first, &second] {
                t.agrees("AM2-18", &ask(&scene.server, scene.verify(&scene.am2, &scene.confirmation)))?;
            }
            for scene in [&mut confirmed, &mut first, &mut second] {
                let signed = super::super::ending::signed(t, scene)?;
                t.agrees("AM2-18", &ask(&scene.server, signed))?;
            }
            Ok(())
        },
    );

    am1.follows(
        &["AM2-3", "AM2-5"],
        "another-type-is-another-device",
        "of one device id and two device types each is a device of its own: an AM2 each, and anew on coming back",
        |t| {
            let mut first = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            let create = first.setup.client(t);
            first.client = t.reference_party();
            trusted(t, &first.client, &create)?;
            let second = Scene { client: t.reference_party(), ..first.clone() };
            trusted(t, &second.client, &ClientCreate { device_type: 8.into(), ..create })?;
            first.issue_am1(t)?;
            let mut second = Scene { am1: first.am1.clone(), ..second };
            let mut sequences = Vec::new();
            for (is_first, want) in [(true, 1), (false, 2), (true, 3)] {
                let scene = if is_first { &mut first } else { &mut second };
                scene.activate_license(t)?;
                let code = scene.code_question(&scene.device_code, false);
                t.agrees("DVC-3", &ask(&scene.server, code.clone()))?;
                let question = scene.am2_question(t);
                let issued = t.answers("AM2-3", &ask(&scene.server, question))?;
                t.same("AM2-3", &issued.sequence, Some(&want))?;
                // The same code once more: the same AM2.
                t.agrees("DVC-3", &ask(&scene.server, code))?;
                let question = scene.am2_question(t);
                let again = t.answers("AM2-5", &ask(&scene.server, question))?;
                t.same("AM2-5", &again.message, Some(&issued.message))?;
                sequences.push(issued.sequence);
            }
            t.same("AM2-3", &sequences, Some(&vec![1, 2, 3]))
        },
    );
}
