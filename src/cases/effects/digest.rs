//! One state, one digest: what comes back to a state of before has the digest of before, and whoever looks twice sees the
//! same.

use super::kit::{Digest, digest_is, look, same_answer};
use crate::app2app::configuration;
use crate::app2app_url::CALLBACKS;
use harness::area::Area;
use harness::instance::{Instance, at, confirmed};
use harness::play::{Ask, Play};
use harness::scene::{Show, Stage, Under};
use harness::setup::{Setup, otp};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Party, Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Removed};

/// Cases of this file.
pub(super) fn cases(area: &mut Area) {
    area.follows(
        &["PPR-9"],
        "twice",
        "whoever looks twice sees the same digest, of every kind of session",
        |t| {
            let first = confirmed(t)?;
            let single = Single::new(t, Under::Both, SingleSetup::default())?;
            for party in [first.client(), first.server(), &single.client, &single.server] {
                same_after(t, party, &mut |t| look(t, party, &|_| "PPR-9").map(drop))?;
            }
            Ok(())
        },
    );

    area.follows(
        &["PPR-9"],
        "configured-back",
        "a client that is configured as before has the digest of before, and another one in between",
        |t| {
            let first = confirmed(t)?;
            let [success, error, cancel] = CALLBACKS;
            let sets = |t: &mut Play<'_, '_>, callbacks| {
                let op = configuration(callbacks);
                Trial::agrees(t, "A2A-9", first.client(), &op).map(drop)
            };
            sets(t, CALLBACKS)?;
            same_after(t, first.client(), &mut |t| {
                let before = look(t, first.client(), &|_| "PPR-9")?;
                sets(t, [success, cancel, error])?;
                let between = look(t, first.client(), &|_| "PPR-9")?;
                digest_is(t, Digest::Changes, &before, &between)?;
                sets(t, CALLBACKS)
            })
        },
    );

    area.follows(
        &["PPR-9"],
        "removed-again",
        "a client whose pre-activated account is removed again has the digest of before",
        |t| {
            let setup = Setup { replacement: true, ..Setup::default() };
            let first = at(t, setup, Stage::Confirmed)?;
            same_after(t, first.client(), &mut |t| {
                let mut scene = first.scene().clone();
                scene.issue_am1(t)?;
                scene.activate_license(t)?;
                let op = scene.remove_question(Removed::Replacement);
                Trial::agrees(t, "CLI-19", first.client(), &op).map(drop)
            })
        },
    );

    area.follows(
        &["PPR-9"],
        "opened-and-closed",
        "a message that was opened and closed is gone from the display, but not from the count of handles, and the digest tells both",
        |t| {
            let mut first = confirmed(t)?;
            let message = first.request(t, &Show::default())?;
            let before = look(t, first.client(), &|_| "PPR-9")?;
            t.accepts("PPR-9", &Ask { party: first.client().clone(), op: State {} })?;
            first.scene_mut().open(t, &message)?;
            let open = look(t, first.client(), &|_| "PPR-9")?;
            Trial::agrees(t, "CLI-28", first.client(), &ClientClose {})?;
            let closed = look(t, first.client(), &|_| "PPR-9")?;
            digest_is(t, Digest::Changes, &before, &open)?;
            digest_is(t, Digest::Changes, &open, &closed)?;
            digest_is(t, Digest::Changes, &before, &closed)
        },
    );

    area.follows(
        &["PPR-9"],
        "kept-account",
        "the digest tells what changes in a kept account, even where the account that answers stays as it is",
        |t| {
            let scene = Single::new(t, Under::Client, SingleSetup::default())?;
            let again = scene.right(t);
            // Beside it the account of before is kept, of the same key; it has used no event yet.
            t.agrees("SDL-35", &Ask { party: scene.client.clone(), op: again.clone() })?;
            scene.respond(t, otp::EVENT, &Data::ResponseOnly {})?;
            let before = look(t, &scene.client, &|_| "PPR-9")?;
            // With the same salt all is as it was, but that the kept account has taken the event over.
            Trial::agrees(t, "SDL-40", &scene.client, &again)?;
            let after = look(t, &scene.client, &|_| "PPR-9")?;
            digest_is(t, Digest::Changes, &before, &after)
        },
    );

    area.follows(
        &["PPR-9"],
        "counters-left-out",
        "a failure that counts leaves the digest, and so does what sets it to 0",
        |t| {
            let first = confirmed(t)?;
            same_after(t, first.server(), &mut |t| {
                let ask = wrong_code(&first)?;
                same_answer(t, "DVC-11", &ask)?;
                Trial::agrees(t, "OPR-1", first.server(), &first.unlocking().op).map(drop)
            })
        },
    );
}

fn wrong_code(first: &Instance) -> Result<Ask<ServerVerifyDeviceCode>, Stop> {
    let scene = first.scene();
    let code = crate::device_code::with_another_mac(&scene.device_code, 3);
    Ok(Ask { party: scene.server.clone(), op: scene.code_question(&code, false) })
}

/// The digest is the same after what happens as before.
fn same_after(
    t: &mut Play<'_, '_>,
    party: &Party,
    happens: &mut dyn FnMut(&mut Play<'_, '_>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let before = look(t, party, &|_| "PPR-9")?;
    t.accepts("PPR-9", &Ask { party: party.clone(), op: State {} })?;
    happens(t)?;
    let after = look(t, party, &|_| "PPR-9")?;
    digest_is(t, Digest::Stays, &before, &after)
}
