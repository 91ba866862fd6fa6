//! The operator's actions: unlocking an instance, a restored backup, finding an event counter again.

use super::respond::{data_challenge, data_fields};
use super::resynchronise::{pair, resynchronise};
use super::verify_response::confirmed;
use super::{negative, positive, seen_by, sequence};
use channel::rule::{AM2_2, AM2_4, DVC_8, NON_3, VER_3, VER_5, VER_7, VER_12, VER_19};
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup, app, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Data, Number};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    vec![
        sequence(
            "operate-unlock-instance",
            Server,
            &["OPR-1"],
            "a locked instance that the operator unlocks verifies again, with all its tries",
            unlock_instance,
        ),
        negative(
            "operate-unlock-unknown",
            Server,
            VER_3,
            "an instance that isn't there can't be unlocked",
            unlock_unknown,
        ),
        positive(
            "restored-counter-and-time",
            Server,
            &["OPR-2"],
            "the message counter jumps by 2^20; the time is the operator's, earlier or later",
            counter_and_time,
        ),
        negative(
            "restored-counter-exhausted",
            Server,
            NON_3,
            "a jump past the last counter value ends at it: no message is left",
            exhausted,
        ),
        negative("restored-forgets-am1", Server, DVC_8, "an AM1 from before is void", forgets_am1)
            .and("OPR-3"),
        negative(
            "restored-forgets-device",
            Server,
            AM2_2,
            "a verified device counts no more once a backup is restored",
            forgets_device,
        )
        .and("OPR-3"),
        negative(
            "restored-forgets-requests",
            Server,
            VER_7,
            "requests issued before a backup is restored are unknown",
            forgets_requests,
        )
        .and("OPR-3"),
        negative(
            "restored-sequence",
            Server,
            AM2_4,
            "sequence numbers go on above the highest that may have been issued",
            sequence_numbers,
        )
        .and("OPR-3"),
        negative(
            "restored-steps",
            Server,
            VER_12,
            "nothing of a step up to now is accepted, the next step is",
            steps,
        )
        .and("OPR-4"),
        sequence(
            "restored-steps-with-shift",
            Server,
            &["OPR-4"],
            "for an application in use, now is shifted as its client's clock is",
            steps_with_shift,
        ),
        negative(
            "restored-out-of-sync",
            Server,
            VER_19,
            "applications with events are out of sync",
            out_of_sync,
        )
        .and("OPR-5"),
        negative(
            "restored-out-of-sync-message",
            Server,
            VER_19,
            "for signatures over messages, too; a time application goes on",
            out_of_sync_message,
        )
        .and("OPR-5"),
    ]
}

const NONE: Data = Data::ResponseOnly {};

fn restored(scene: &Scene, highest_sequence: u32) -> ServerRestored {
    ServerRestored { highest_sequence: Number::from(highest_sequence), now: scene.now }
}

fn unlock_instance(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = confirmed(t)?;
    let unlock = ServerUnlockInstance { sequence: Number::from(scene.sequence) };
    for _ in 0..2 {
        let response = scene.respond(t, otp::EVENT, &NONE, 0)?;
        let bad = scene.verify_response(otp::TIME, &NONE, "000000");
        let before = t.state("OPR-1", &scene.server)?;
        for _ in 0..SIGNATURE_TRIES {
            t.refuses_as_reference(&scene.server, &bad)?;
        }
        let good = scene.verify_response(otp::EVENT, &NONE, &response);
        t.refuses_only(VER_5, &scene.server, &good)?;
        t.agrees("OPR-1", &scene.server, &unlock)?;
        t.state_is("OPR-1", &scene.server, before)?;
        t.twin("OPR-1", &scene.server, &good)?;
    }
    t.implied(&["OPR-1"])
}

fn unlock_unknown(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = confirmed(t)?;
    let unlock = |sequence| ServerUnlockInstance { sequence: Number::from(sequence) };
    t.refuses_only(VER_3, &scene.server, &unlock(99))?;
    t.refuses(VER_3, &scene.server, &unlock(2), &unlock(1)).map(|_| ())
}

fn counter_and_time(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    t.needs_time(&scene.server)?;
    let (mut counter, mut seconds) = (1u32, scene.now);
    for days in [-3i64, 0, 5] {
        scene.now = u32::try_from(i64::from(seconds) + days * 86_400).unwrap_or(0);
        t.agrees("OPR-2", &scene.server, &restored(&scene, 0))?;
        let message = t.accepts("OPR-2", &scene.server, &Show::default().question(scene.now))?.got.message;
        counter += (1 << 20) + 1;
        let nonce = u64::from_be_bytes(Plain::of(&message, None)?.nonce);
        let want = u64::from(scene.now) << 32 | u64::from(counter);
        t.same("OPR-2", &nonce, Some(&want))?;
        seconds = scene.now;
    }
    Ok(())
}

fn exhausted(t: &mut Trial<'_>) -> Result<(), Stop> {
    let setup = Setup { last_counter: u32::MAX - (1 << 20) - 1, ..Setup::default() };
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    scene.request(t, &Show::default()).map(|_| ())?;
    t.agrees("OPR-2", &scene.server, &restored(&scene, 0))?;
    t.refuses_only(NON_3, &scene.server, &Show::default().question(scene.now))?;
    let setup = Setup { last_counter: u32::MAX - (1 << 20) - 2, ..Setup::default() };
    let mut twin = Scene::new(t, Under::Server, setup, Stage::Confirmed)?;
    t.agrees("OPR-2", &twin.server, &restored(&twin, 0))?;
    twin.request(t, &Show::default())?;
    t.refuses_only(NON_3, &twin.server, &Show::default().question(twin.now))
}

fn forgets_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::PreActivated)?;
    t.agrees("OPR-3", &scene.server, &restored(&scene, 0))?;
    t.refuses_only(DVC_8, &scene.server, &scene.code_question(&scene.device_code, false))?;
    scene.issue_am1(t)?;
    scene.activate_license(t)?;
    t.twin(DVC_8.id, &scene.server, &scene.code_question(&scene.device_code, false))?;
    t.implied(&["OPR-3"])
}

fn forgets_device(t: &mut Trial<'_>) -> Result<(), Stop> {
    for stage in [Stage::Verified, Stage::Am2] {
        let mut scene = Scene::new(t, Under::Server, Setup::default(), stage)?;
        t.agrees("OPR-3", &scene.server, &restored(&scene, 0))?;
        let question = scene.am2_question(t);
        t.refuses_only(AM2_2, &scene.server, &question)?;
        scene.issue_am1(t)?;
        scene.activate_license(t)?;
        scene.verify_device_code(t)?;
        scene.issue_am2(t)?;
    }
    t.implied(&["OPR-3"])
}

fn signed(t: &mut Trial<'_>, scene: &mut Scene, application: u8) -> Result<(String, String), Stop> {
    let message = scene.request(t, &Show { application, ..Show::default() })?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    Ok((message, signature))
}

fn forgets_requests(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Confirmed)?;
    t.needs_time(&scene.server)?;
    let (message, signature) = signed(t, &mut scene, app::TIME)?;
    t.agrees("OPR-3", &scene.server, &restored(&scene, 0))?;
    scene.now += 36;
    t.refuses_only(VER_7, &scene.server, &scene.verify(&message, &signature))?;
    let (message, signature) = signed(t, &mut scene, app::TIME)?;
    t.twin(VER_7.id, &scene.server, &scene.verify(&message, &signature))?;
    t.implied(&["OPR-3"])
}

fn sequence_numbers(t: &mut Trial<'_>) -> Result<(), Stop> {
    let first = Scene::new(t, Under::Server, Setup { threshold: 9, ..Setup::default() }, Stage::Confirmed)?;
    // 0 and what is known already change nothing; then 8 may have been issued, and 9 is the last.
    for (highest, next) in [(0, 2), (2, 3), (1, 4), (8, 9)] {
        t.agrees("OPR-3", &first.server, &restored(&first, highest))?;
        let mut another = first.another_client(t, Under::Server)?;
        seen_by(&["AM1-14"], "OPR-2", another.play(t, Stage::Am2))?;
        t.same("OPR-3", &another.sequence, Some(&next))?;
        for between in (5..next).take(2) {
            let unknown = ServerUnlockInstance { sequence: Number::from(between) };
            t.refuses_only(VER_3, &first.server, &unknown)?;
        }
    }
    let mut another = first.another_client(t, Under::Server)?;
    another.play(t, Stage::Verified)?;
    let question = another.am2_question(t);
    t.refuses_only(AM2_4, &first.server, &question)
}

fn steps(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (application, data) in
        [(otp::TIME, NONE), (otp::CHALLENGE, data_challenge("1")), (otp::MULTI, data_fields(&["", ""]))]
    {
        let mut scene = confirmed(t)?;
        t.needs_time(&scene.server)?;
        t.agrees("OPR-4", &scene.server, &restored(&scene, 0))?;
        let before = scene.respond(t, application, &data, -36)?;
        let now = scene.respond(t, application, &data, 0)?;
        let next = scene.respond(t, application, &data, 36)?;
        for bad in [before, now] {
            t.refuses_only(VER_12, &scene.server, &scene.verify_response(application, &data, &bad))?;
        }
        t.twin(VER_12.id, &scene.server, &scene.verify_response(application, &data, &next))?;
    }
    t.implied(&["OPR-4"])
}

fn steps_with_shift(t: &mut Trial<'_>) -> Result<(), Stop> {
    for shift in [-360i64, 360] {
        let mut scene = confirmed(t)?;
        t.needs_time(&scene.server)?;
        let response = scene.respond(t, otp::TIME, &NONE, shift)?;
        t.agrees("VER-13", &scene.server, &scene.verify_response(otp::TIME, &NONE, &response))?;
        scene.now += 3600;
        t.agrees("OPR-4", &scene.server, &restored(&scene, 0))?;
        let same = scene.respond(t, otp::TIME, &NONE, shift)?;
        let next = scene.respond(t, otp::TIME, &NONE, shift + 36)?;
        t.refuses_only(VER_12, &scene.server, &scene.verify_response(otp::TIME, &NONE, &same))?;
        t.twin("OPR-4", &scene.server, &scene.verify_response(otp::TIME, &NONE, &next))?;
    }
    t.implied(&["OPR-4"])
}

fn out_of_sync(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (application, data) in [(otp::EVENT, NONE), (otp::FIELD_EVENT, data_fields(&["x"]))] {
        let mut scene = confirmed(t)?;
        t.agrees("OPR-5", &scene.server, &restored(&scene, 0))?;
        let response = scene.respond(t, application, &data, 0)?;
        let question = scene.verify_response(application, &data, &response);
        t.refuses_only(VER_19, &scene.server, &question)?;
        // Before its form is looked at.
        t.refuses_only(VER_19, &scene.server, &scene.verify_response(application, &data, "?"))?;
        let [first, second] = pair(t, &mut scene, application, &data)?;
        t.agrees("OPR-6", &scene.server, &resynchronise(&scene, application, &data, &first, &second))?;
        let next = scene.respond(t, application, &data, 0)?;
        t.twin(VER_19.id, &scene.server, &scene.verify_response(application, &data, &next))?;
    }
    t.implied(&["OPR-5"])
}

fn out_of_sync_message(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    t.needs_time(&scene.server)?;
    t.agrees("OPR-5", &scene.server, &restored(&scene, 0))?;
    scene.now += 36;
    let (message, signature) = signed(t, &mut scene, otp::FIELD_EVENT)?;
    t.refuses_only(VER_19, &scene.server, &scene.verify(&message, &signature))?;
    let (by_time, of_time) = signed(t, &mut scene, otp::FIELDS)?;
    t.agrees("OPR-5", &scene.server, &scene.verify(&by_time, &of_time))?;
    let data = data_fields(&["x"]);
    let [first, second] = pair(t, &mut scene, otp::FIELD_EVENT, &data)?;
    t.agrees("OPR-6", &scene.server, &resynchronise(&scene, otp::FIELD_EVENT, &data, &first, &second))?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    t.twin(VER_19.id, &scene.server, &scene.verify(&message, &signature)).map(|_| ())
}
