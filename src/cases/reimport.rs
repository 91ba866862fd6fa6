//! A license imported again: it begins anew, but for the nonces.

use super::device_code::with_another_mac;
use super::import::{imported, sheet_of};
use super::license_file_bent::{bent, one_of_each, sheet};
use super::respond::data_challenge;
use super::{blaming, negative, sequence};
use channel::bytes::Wire;
use channel::rule::{AM2_2, AM2_4, DVC_8, DVC_11, IMP_2, LIF_11, REQ_13, Rule, VER_3, VER_5, VER_7, VER_12};
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::forge::file::{Licensed, Sheet};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{CODE_TRIES, SIGNATURE_TRIES, Setup, license_random, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Number};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    let mut cases = vec![
        sequence(
            "reimport-begins-anew",
            Server,
            &["IMP-3"],
            "instances, the AM1 that is out and the verified device are forgotten; sequence numbers begin with 1",
            begins_anew,
        ),
        sequence(
            "reimport-nonces-go-on",
            Server,
            &["IMP-3"],
            "the message counter and the time of the last message go on: no nonce is used twice",
            nonces_go_on,
        ),
        sequence(
            "reimport-payload-key",
            Server,
            &["IMP-3"],
            "the payload key is another one, though the file is the same",
            payload_key,
        ),
        negative("reimport-forgets-am1", Server, DVC_8, "an AM1 from before is void", forgets_am1)
            .and("IMP-3"),
        negative(
            "reimport-forgets-device",
            Server,
            AM2_2,
            "a verified device counts no more once its license is imported again",
            forgets_device,
        )
        .and("IMP-3"),
        negative(
            "reimport-forgets-requests",
            Server,
            VER_7,
            "requests issued before a license is imported again are unknown",
            forgets_requests,
        )
        .and("IMP-3"),
        sequence(
            "reimport-forgets-failures",
            Server,
            &["IMP-3"],
            "failure counters are gone, of device codes and of a locked instance",
            forgets_failures,
        ),
        sequence(
            "reimport-changes-everything",
            Server,
            &["IMP-3"],
            "license key, vectors, threshold and protections become those of the file",
            changes_everything,
        ),
        negative(
            "reimport-without-channel",
            Server,
            REQ_13,
            "Secure Channel becomes that of the file",
            channel,
        )
        .and("IMP-3"),
        negative(
            "reimport-created",
            Server,
            VER_3,
            "a license that was created and not imported is reimported all the same",
            created,
        )
        .and("IMP-3"),
        negative(
            "reimport-not-in-the-file",
            Server,
            IMP_2,
            "a file without this license changes nothing",
            not_in_the_file,
        ),
        negative(
            "reimport-order-mac-before-serial",
            Server,
            LIF_11,
            "a wrong mac and a file without this license: the file wins",
            order,
        ),
    ];
    cases.extend(one_of_each().map(|(name, rule, bend)| {
        let about = format!("{name}: a refused reimport changes nothing");
        negative(format!("reimport-{name}"), Server, rule, about, move |t| {
            let sheet = sheet(t);
            let mut scene = used(t)?;
            let bad = question(t, &sheet, bent(&sheet, bend)?);
            t.refuses_only(rule, &scene.server, &bad)?;
            // What there was before still is.
            respond(t, &mut scene)?;
            let good = question(t, &sheet, sheet.file());
            t.twin(rule.id, &scene.server, &good).map(|_| ())
        })
    }));
    cases
}

pub(super) fn question(t: &mut Trial<'_>, sheet: &Sheet, file: String) -> ServerReimport {
    ServerReimport {
        transport_key: Array(sheet.transport),
        file: Bytes(file.into_bytes()),
        random: Some(license_random(t)),
    }
}

/// An imported license with a confirmed instance.
pub(super) fn used(t: &mut Trial<'_>) -> Result<Scene, Stop> {
    let mut scene = imported(t, Setup::otp())?;
    scene.play(t, Stage::Confirmed)?;
    Ok(scene)
}

/// A one-time password of the scene's instance is accepted.
fn respond(t: &mut Trial<'_>, scene: &mut Scene) -> Result<(), Stop> {
    let data = data_challenge("1");
    let response = scene.respond(t, otp::CHALLENGE, &data, 0)?;
    t.twin("IMP-3", &scene.server, &scene.verify_response(otp::CHALLENGE, &data, &response)).map(|_| ())
}

/// The license is made anew from a file of the scene's setup and key, with a client that has no account yet.
pub(super) fn reimport(t: &mut Trial<'_>, scene: &Scene) -> Result<Scene, Stop> {
    let sheet = sheet_of(t, scene, &scene.setup.message_vector());
    let question = question(t, &sheet, sheet.file());
    t.agrees("IMP-3", &scene.server, &question)?;
    let RandomLicense { payload_key, epoch } = question.random.unwrap_or_default();
    let payload_key = payload_key.map(|key| key.0).unwrap_or_default();
    let epoch = epoch.map(|epoch| epoch.0).unwrap_or_default();
    Ok(Scene { payload_key, epoch, ..scene.another_client(t, Under::Server)? })
}

/// Refused where something of before is met.
fn forgotten<Op: peer::protocol::Operation>(
    t: &mut Trial<'_>,
    rule: Rule,
    scene: &Scene,
    question: &Op,
) -> Result<(), Stop> {
    blaming("IMP-3", t.refuses_only(rule, &scene.server, question))
}

/// The counter of the last message and its time.
fn nonce(message: &str) -> Result<(u32, u32), Stop> {
    let nonce = u64::from_be_bytes(Plain::of(message, None)?.nonce).to_be_bytes();
    let [t0, t1, t2, t3, c0, c1, c2, c3] = nonce;
    Ok((u32::from_be_bytes([t0, t1, t2, t3]), u32::from_be_bytes([c0, c1, c2, c3])))
}

fn begins_anew(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut old = used(t)?;
    let mut second = old.another_client(t, Under::Server)?;
    second.play(t, Stage::Confirmed)?;
    t.same("AM2-3", &second.sequence, Some(&2))?;
    let response = old.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    let mut scene = reimport(t, &old)?;
    let stale = old.verify_response(otp::TIME, &Data::ResponseOnly {}, &response);
    forgotten(t, VER_3, &scene, &stale)?;
    for sequence in [1, 2] {
        forgotten(t, VER_3, &scene, &ServerInstance { sequence: Number::from(sequence) })?;
    }
    scene.play(t, Stage::Confirmed)?;
    t.same("IMP-3", &scene.sequence, Some(&1))?;
    respond(t, &mut scene)
}

fn nonces_go_on(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut old = used(t)?;
    t.needs_time(&old.server)?;
    old.now += 5_000;
    let last = old.request(t, &Show::default())?;
    let (time, mut counter) = nonce(&last)?;
    for _ in 0..2 {
        let mut scene = reimport(t, &old)?;
        // The clock is behind the last message, which must not bring its nonce back.
        scene.now -= 5_000;
        blaming("IMP-3", scene.play(t, Stage::Confirmed))?;
        let request = blaming("IMP-3", scene.request(t, &Show::default()))?;
        for message in [&scene.am2, &request] {
            counter += 1;
            t.same("IMP-3", &nonce(message)?, Some(&(time, counter)))?;
        }
        old = Scene { now: old.now, ..scene };
    }
    Ok(())
}

fn payload_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let old = used(t)?;
    let mut scene = reimport(t, &old)?;
    scene.play(t, Stage::Confirmed)?;
    let same = scene.payload_key == old.payload_key;
    t.decided(!same, "IMP-3", "a payload key drawn anew", "that of before".into())?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)
}

fn forgets_am1(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut old = imported(t, Setup::otp())?;
    old.play(t, Stage::PreActivated)?;
    let mut scene = reimport(t, &old)?;
    let code = old.code_question(&old.device_code, false);
    forgotten(t, DVC_8, &scene, &code)?;
    scene.play(t, Stage::Confirmed)?;
    t.implied(&["IMP-3"])
}

fn forgets_device(t: &mut Trial<'_>) -> Result<(), Stop> {
    for stage in [Stage::Verified, Stage::Am2] {
        let mut old = imported(t, Setup::otp())?;
        old.play(t, stage)?;
        let mut scene = reimport(t, &old)?;
        let question = old.am2_question(t);
        forgotten(t, AM2_2, &scene, &question)?;
        scene.play(t, Stage::Confirmed)?;
    }
    t.implied(&["IMP-3"])
}

fn forgets_requests(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut old = used(t)?;
    let message = old.request(t, &Show::default())?;
    old.open(t, &message)?;
    let signature = old.sign(t)?;
    let mut scene = reimport(t, &old)?;
    scene.play(t, Stage::Confirmed)?;
    let stale = scene.verify(&message, &signature);
    forgotten(t, VER_7, &scene, &stale)?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)?;
    t.implied(&["IMP-3"])
}

fn forgets_failures(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut old = used(t)?;
    let none = Data::ResponseOnly {};
    let wrong = old.verify_response(otp::TIME, &none, "000000");
    let right = old.respond(t, otp::TIME, &none, 0)?;
    let wrong = match right == "000000" {
        true => old.verify_response(otp::TIME, &none, "000001"),
        false => wrong,
    };
    for _ in 0..SIGNATURE_TRIES {
        t.refuses_only(VER_12, &old.server, &wrong)?;
    }
    t.refuses_only(VER_5, &old.server, &wrong)?;
    let mut unfinished = old.another_client(t, Under::Server)?;
    unfinished.play(t, Stage::PreActivated)?;
    let code = unfinished.code_question(&with_another_mac(&unfinished.device_code, 0), false);
    for _ in 0..CODE_TRIES {
        t.refuses_only(DVC_11, &old.server, &code)?;
    }
    let mut scene = reimport(t, &old)?;
    if let Some(state) = t.state("IMP-3", &scene.server)? {
        let want = [("code_failures".to_owned(), 0)].into();
        t.same("IMP-3", &state.counters, Some(&want))?;
    }
    scene.play(t, Stage::Confirmed)?;
    respond(t, &mut scene)?;
    t.implied(&["IMP-3"])
}

fn changes_everything(t: &mut Trial<'_>) -> Result<(), Stop> {
    let old = used(t)?;
    let setup = Setup {
        activation_protection: 1,
        message_protection: 1,
        post_activation: harness::setup::app::BOTH,
        threshold: 1,
        carried: true,
        built_in: false,
        ..Setup::default()
    };
    let changed = Scene { setup, license_key: t.random(), ..old };
    let mut scene = reimport(t, &changed)?;
    scene.play(t, Stage::Confirmed)?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    scene.accept(t, &message, &signature)?;
    let mut second = scene.another_client(t, Under::Server)?;
    second.play(t, Stage::Verified)?;
    let question = second.am2_question(t);
    forgotten(t, AM2_4, &second, &question)?;
    t.implied(&["IMP-3"])
}

fn channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = used(t)?;
    for secure_channel in [false, true] {
        scene.setup.secure_channel = secure_channel;
        scene = reimport(t, &scene)?;
        let question = Show::default().question(scene.now);
        match secure_channel {
            false => forgotten(t, REQ_13, &scene, &question)?,
            true => t.twin("IMP-3", &scene.server, &question).map(|_| ())?,
        }
        scene.play(t, Stage::Confirmed)?;
    }
    t.implied(&["IMP-3"])
}

fn created(t: &mut Trial<'_>) -> Result<(), Stop> {
    let old = Scene::new(t, Under::Server, Setup::otp(), Stage::Confirmed)?;
    let mut scene = reimport(t, &old)?;
    forgotten(t, VER_3, &scene, &ServerInstance { sequence: Number::from(1) })?;
    scene.play(t, Stage::Confirmed)?;
    t.implied(&["IMP-3"])
}

/// A file without the license of the usual scene.
fn foreign(t: &mut Trial<'_>) -> Sheet {
    let setup = Setup::default();
    let licenses = ["VDS1000121", "VDS0000001"].map(|serial| Licensed::new(serial, t.random()));
    let (vector, numbers) = (setup.vector.to_bytes(), setup.message_vector().encode());
    Sheet::new(t.random(), t.random(), &vector, &numbers, &licenses)
}

fn not_in_the_file(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = used(t)?;
    let foreign = foreign(t);
    let bad = question(t, &foreign, foreign.file());
    t.refuses_only(IMP_2, &scene.server, &bad)?;
    respond(t, &mut scene)?;
    let sheet = sheet(t);
    let good = question(t, &sheet, sheet.file());
    t.twin(IMP_2.id, &scene.server, &good).map(|_| ())
}

fn order(t: &mut Trial<'_>) -> Result<(), Stop> {
    let scene = used(t)?;
    let foreign = foreign(t);
    let mut bytes = foreign.file().into_bytes();
    let last_digit = bytes.len().saturating_sub(4);
    if let Some(digit) = bytes.get_mut(last_digit) {
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
    let bad = ServerReimport { file: Bytes(bytes), ..question(t, &foreign, String::new()) };
    let sheet = sheet(t);
    let good = question(t, &sheet, sheet.file());
    t.refuses(LIF_11, &scene.server, &bad, &good).map(|_| ())
}
