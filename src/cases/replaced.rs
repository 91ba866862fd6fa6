//! Replacing an instance, at the server: who is let in, what counts as replacing, what the confirmation ends.

use super::device_code::with_another_mac;
use super::ending::signed;
use super::replacement::replaceable;
use super::{blaming, negative, positive, sequence};
use channel::rule::{AM2_2, AM2_4, DVC_11, DVC_12, VER_4, VER_5, VER_12};
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{SIGNATURE_TRIES, Setup};
use harness::trial::{Stop, Trial};
use peer::operations::*;

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = codes();
    cases.extend(confirmations());
    cases.extend(ABANDONED.into_iter().map(|(name, replace)| {
        let answers = replace.iter().map(bool::to_string).collect::<Vec<_>>().join(", then ");
        let about =
            format!("verified with replace {answers}, an instance does not push out one confirmed before it");
        negative(format!("replace-abandoned-{name}"), Role::Server, VER_4, about, move |t| {
            abandoned(t, replace)
        })
    }));
    cases
}

/// With which `replace` a code was verified, one after the other.
const ABANDONED: [(&str, &[bool]); 4] =
    [("no", &[false]), ("yes", &[true]), ("yes-then-no", &[true, false]), ("no-then-yes", &[false, true])];

fn codes() -> Vec<Case> {
    use Role::Server;
    vec![
        negative(
            "replace-device-in-use",
            Server,
            DVC_12,
            "a device id with a confirmed instance is refused without replace and let in with it",
            in_use,
        ),
        negative(
            "replace-device-in-use-of-another-type",
            Server,
            DVC_12,
            "the id alone decides whether a device is in use, whatever its type",
            another_type,
        ),
        negative(
            "replace-wrong-code",
            Server,
            DVC_11,
            "a wrong code for a device in use is a wrong code, with replace and without",
            wrong_code,
        ),
        positive(
            "replace-nothing",
            Server,
            &["DVC-12"],
            "with replace a device without instance is let in, too",
            replaces_nothing,
        ),
        negative(
            "replace-threshold",
            Server,
            AM2_4,
            "an instance that replaces needs a number of its own; without one the old goes on",
            threshold,
        ),
        sequence(
            "replace-refused-code",
            Server,
            &["AM2-12", "DVC-12"],
            "a code refused without replace takes nothing from the one verified with it, before AM2 and after",
            refused_code,
        ),
        sequence(
            "replace-coming-back",
            Server,
            &["AM2-12", "AM2-3"],
            "a device that comes back after another is verified anew, and gets another instance to replace with",
            coming_back,
        )
        .implies("DVC-14"),
    ]
}

fn confirmations() -> Vec<Case> {
    use Role::Server;
    vec![
        sequence(
            "replace-confirmed",
            Server,
            &["VER-30", "VER-4"],
            "before its confirmation the old instance signs, after it the new one alone",
            confirmed,
        )
        .implies("VER-28"),
        sequence(
            "replace-unconfirmed",
            Server,
            &["VER-30"],
            "as long as the confirmation is wrong or missing, the old instance goes on",
            unconfirmed,
        ),
        sequence(
            "replace-another-type",
            Server,
            &["VER-30"],
            "a confirmation ends the instance of the same device id, whatever its type",
            ends_another_type,
        ),
        sequence(
            "replace-leaves-siblings",
            Server,
            &["VER-30"],
            "a confirmation ends no instance of another device",
            leaves_siblings,
        ),
        sequence(
            "replace-each-other",
            Server,
            &["VER-30", "VER-4"],
            "of two instances that are to replace, the one confirmed first does, and ends the other's right to",
            each_other,
        ),
        sequence(
            "replace-right-of-another-device",
            Server,
            &["VER-30", "AM2-12"],
            "a confirmation leaves another device's instance its right to replace",
            right_of_another,
        ),
        sequence(
            "replace-locked",
            Server,
            &["VER-30"],
            "a locked instance is replaced by one that is not locked",
            locked,
        ),
        sequence(
            "confirmation-forgets-device",
            Server,
            &["VER-29"],
            "a confirmation forgets the verification that its own device is in, and no other's",
            forgets_device,
        ),
    ]
}

fn server(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    replaceable(t, Under::Server, Setup::default())
}

fn in_use(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    for sequence in 2..=3 {
        scene.issue_am1(t)?;
        scene.activate_license(t)?;
        let [bad, good] = [false, true].map(|replace| scene.code_question(&scene.device_code, replace));
        t.refuses(DVC_12, &scene.server, &bad, &good)?;
        scene.issue_am2(t)?;
        t.same("AM2-3", &scene.sequence, Some(&sequence))?;
        scene.activate_instance(t)?;
        scene.confirm(t)?;
    }
    Ok(())
}

/// A client on the same device, but of another type; the first one's instance is confirmed.
fn same_id(t: &mut Trial<'_>) -> Result<(Scene, Scene), Stop> {
    let mut first = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let create = first.setup.client(t);
    first.client = t.reference_party();
    t.agrees("PPR-5", &first.client, &create)?;
    first.play(t, Stage::Confirmed)?;
    let mut second = Scene { client: t.reference_party(), ..first.clone() };
    let create = ClientCreate { device_type: 8.into(), ..create };
    t.agrees("PPR-5", &second.client, &create)?;
    second.replace = true;
    Ok((first, second))
}

fn another_type(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (_, mut second) = same_id(t)?;
    second.issue_am1(t)?;
    second.activate_license(t)?;
    let [bad, good] = [false, true].map(|replace| second.code_question(&second.device_code, replace));
    let got = t.refuses(DVC_12, &second.server, &bad, &good)?.got;
    t.same("DVC-12", &got.device_type, Some(&8))
}

fn wrong_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    scene.issue_am1(t)?;
    scene.activate_license(t)?;
    for replace in [false, true] {
        let bad = scene.code_question(&with_another_mac(&scene.device_code, 3), replace);
        t.refuses_only(DVC_11, &scene.server, &bad)?;
    }
    t.twin(DVC_11.id, &scene.server, &scene.code_question(&scene.device_code, true)).map(|_| ())
}

fn replaces_nothing(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    scene.replace = true;
    scene.play(t, Stage::Confirmed)?;
    let good = signed(t, &mut scene)?;
    t.twin("DVC-12", &scene.server, &good).map(|_| ())
}

fn threshold(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = replaceable(t, Under::Server, Setup { threshold: 2, ..Setup::default() })?;
    scene.play(t, Stage::Verified)?;
    let next = scene.am2_question(t);
    t.twin(AM2_4.id, &scene.server, &next)?;
    scene.play(t, Stage::Verified)?;
    let next = scene.am2_question(t);
    t.refuses_only(AM2_4, &scene.server, &next)?;
    scene.sequence = 1;
    let good = signed(t, &mut scene)?;
    t.twin(AM2_4.id, &scene.server, &good).map(|_| ())
}

/// Two clients on one device, the second for another type; the first has its AM2, and its confirmation is ready. Both
/// answer one AM1: of an earlier one nothing can be confirmed once a code for a later one is verified (AM2-18).
fn two_clients(t: &mut Trial<'_>) -> Result<(Scene, Scene), Stop> {
    let mut first = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
    let create = first.setup.client(t);
    first.client = t.reference_party();
    t.agrees("PPR-5", &first.client, &create)?;
    first.play(t, Stage::Active)?;
    let second = Scene { client: t.reference_party(), ..first.clone() };
    let create = ClientCreate { device_type: 8.into(), ..create };
    t.agrees("PPR-5", &second.client, &create)?;
    Ok((first, second))
}

fn abandoned(t: &mut Trial<'_>, replace: &[bool]) -> Result<(), Stop> {
    let (mut first, mut second) = two_clients(t)?;
    second.activate_license(t)?;
    for replace in replace {
        second.replace = *replace;
        second.verify_device_code(t)?;
    }
    second.issue_am2(t)?;
    second.activate_instance(t)?;
    first.confirm(t)?;
    let bad = second.verify(&second.am2, &second.confirmation);
    let good = signed(t, &mut first)?;
    blaming("VER-30", t.refuses_only(VER_4, &second.server, &bad))?;
    t.twin(VER_4.id, &first.server, &good).map(|_| ())
}

fn refused_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    let late = signed(t, &mut scene)?;
    scene.play(t, Stage::Verified)?;
    let bad = scene.code_question(&scene.device_code, false);
    t.refuses_only(DVC_12, &scene.server, &bad)?;
    scene.issue_am2(t)?;
    t.refuses_only(DVC_12, &scene.server, &bad)?;
    scene.activate_instance(t)?;
    let confirmation = scene.verify(&scene.am2, &scene.confirmation);
    t.twin("AM2-12", &scene.server, &confirmation)?;
    blaming("VER-30", t.refuses_only(VER_4, &scene.server, &late))?;
    t.implied(&["AM2-12"])
}

fn coming_back(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    let mut other = scene.another_client(t, Under::Server)?;
    scene.play(t, Stage::Am2)?;
    let left_behind = scene.clone();
    other.am1.clone_from(&scene.am1);
    other.activate_license(t)?;
    other.verify_device_code(t)?;
    scene.verify_device_code(t)?;
    scene.issue_am2(t)?;
    t.same("AM2-3", &scene.sequence, Some(&3))?;
    let differs = scene.am2 != left_behind.am2;
    t.decided(differs, "AM2-3", "another AM2", scene.am2.clone())?;
    scene.activate_instance(t)?;
    let confirmation = scene.verify(&scene.am2, &scene.confirmation);
    t.twin("AM2-12", &scene.server, &confirmation)?;
    scene.mark_confirmed(t)?;
    let good = signed(t, &mut scene)?;
    t.twin("AM2-12", &scene.server, &good)?;
    t.implied(&["AM2-12"])
}

fn confirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    for _ in 0..2 {
        let mut old = scene.clone();
        scene.play(t, Stage::Verified)?;
        let good = signed(t, &mut old)?;
        t.twin("VER-30", &old.server, &good)?;
        scene.issue_am2(t)?;
        let (good, late) = (signed(t, &mut old)?, signed(t, &mut old)?);
        t.twin("VER-30", &old.server, &good)?;
        scene.activate_instance(t)?;
        scene.confirm(t)?;
        blaming("VER-30", t.refuses_only(VER_4, &old.server, &late))?;
        let of_new = signed(t, &mut scene)?;
        t.twin("VER-30", &scene.server, &of_new)?;
    }
    t.implied(&["VER-30"])
}

fn unconfirmed(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    let mut old = scene.clone();
    let mut of_old = Vec::new();
    for _ in 0..3 {
        of_old.push(signed(t, &mut old)?);
    }
    scene.play(t, Stage::Active)?;
    let mut of_old = of_old.iter();
    let mut old_goes_on = |t: &mut Trial<'_>| match of_old.next() {
        Some(good) => t.twin("VER-30", &old.server, good).map(|_| ()),
        None => Ok(()),
    };
    old_goes_on(t)?;
    let right = scene.verify(&scene.am2, &scene.confirmation);
    let wrong = ServerVerifyMessageSignature { signature: "00000000".into(), ..right.clone() };
    t.refuses_only(VER_12, &scene.server, &wrong)?;
    old_goes_on(t)?;
    // Not the instance's own AM2.
    let foreign = ServerVerifyMessageSignature { sequence: 1.into(), ..right.clone() };
    t.refuses_only(VER_4, &scene.server, &foreign)?;
    old_goes_on(t)?;
    t.twin("VER-30", &scene.server, &right)?;
    t.implied(&["VER-30"])
}

fn ends_another_type(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut first, mut second) = same_id(t)?;
    let (good, late) = (signed(t, &mut first)?, signed(t, &mut first)?);
    second.play(t, Stage::Active)?;
    t.twin("VER-30", &first.server, &good)?;
    second.confirm(t)?;
    blaming("VER-30", t.refuses_only(VER_4, &first.server, &late))?;
    t.implied(&["VER-30"])
}

fn leaves_siblings(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    let mut sibling = scene.another_client(t, Under::Server)?;
    sibling.play(t, Stage::Confirmed)?;
    scene.play(t, Stage::Confirmed)?;
    for it in [&mut sibling, &mut scene] {
        let good = signed(t, it)?;
        t.twin("VER-30", &it.server, &good)?;
    }
    t.implied(&["VER-30"])
}

fn each_other(t: &mut Trial<'_>) -> Result<(), Stop> {
    for first_wins in [true, false] {
        let mut scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
        let create = scene.setup.client(t);
        let mut old = None;
        let mut pending = Vec::new();
        for device_type in 7..10 {
            scene.client = t.reference_party();
            let create = ClientCreate { device_type: device_type.into(), ..create.clone() };
            t.agrees("PPR-5", &scene.client, &create)?;
            if old.is_none() {
                scene.play(t, Stage::Confirmed)?;
                scene.replace = true;
                old = Some(signed(t, &mut scene)?);
                scene.issue_am1(t)?;
            } else {
                scene.activate_license(t)?;
                scene.verify_device_code(t)?;
                scene.issue_am2(t)?;
                scene.activate_instance(t)?;
                pending.push(scene.clone());
            }
        }
        let (Some(late), [first, second]) = (old, pending.as_mut_slice()) else { return Ok(()) };
        let (winner, loser) = if first_wins { (first, second) } else { (second, first) };
        let confirmation = winner.verify(&winner.am2, &winner.confirmation);
        t.twin("AM2-12", &winner.server, &confirmation)?;
        blaming("VER-30", t.refuses_only(VER_4, &winner.server, &late))?;
        let bad = loser.verify(&loser.am2, &loser.confirmation);
        blaming("VER-30", t.refuses_only(VER_4, &loser.server, &bad))?;
        let good = signed(t, winner)?;
        t.twin("VER-30", &winner.server, &good)?;
    }
    t.implied(&["VER-30"])
}

fn right_of_another(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    let mut other = scene.another_client(t, Under::Server)?;
    other.replace = false;
    other.play(t, Stage::Confirmed)?;
    let late = signed(t, &mut other)?;
    other.replace = true;
    other.play(t, Stage::Active)?;
    scene.am1.clone_from(&other.am1);
    scene.play_from_code(t)?;
    let confirmation = other.verify(&other.am2, &other.confirmation);
    t.twin("VER-30", &other.server, &confirmation)?;
    blaming("VER-30", t.refuses_only(VER_4, &other.server, &late))?;
    t.implied(&["VER-30", "AM2-12"])
}

fn locked(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = server(t)?;
    let old = signed(t, &mut scene)?;
    let wrong = ServerVerifyMessageSignature { signature: "00000000".into(), ..old.clone() };
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &scene.server, &wrong)?;
    }
    scene.play(t, Stage::Active)?;
    t.refuses_only(VER_5, &scene.server, &old)?;
    scene.confirm(t)?;
    blaming("VER-30", t.refuses_only(VER_4, &scene.server, &old))?;
    let good = signed(t, &mut scene)?;
    t.twin("VER-30", &scene.server, &good)?;
    t.implied(&["VER-30"])
}

fn forgets_device(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (mut first, mut second) = two_clients(t)?;
    second.replace = true;
    second.activate_license(t)?;
    second.verify_device_code(t)?;
    first.confirm(t)?;
    let question = second.am2_question(t);
    blaming("VER-29", t.refuses_only(AM2_2, &second.server, &question))?;
    // Another device's verification outlives a confirmation.
    second.play(t, Stage::Active)?;
    let mut other = first.another_client(t, Under::Server)?;
    other.replace = false;
    other.am1.clone_from(&second.am1);
    other.activate_license(t)?;
    other.verify_device_code(t)?;
    second.confirm(t)?;
    let question = other.am2_question(t);
    t.twin("VER-29", &other.server, &question)?;
    t.implied(&["VER-29"])
}
