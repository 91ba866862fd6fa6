//! Licenses out of a file: imported, imported again; what an instance is called.

use serde_json::Value;

use super::super::flow;
use super::steps::{NONE, accepted, fields, logged_in};
use channel::bytes::Wire;
use channel::rule::{AM2_4, DVC_8, IMP_2, LIF_8, LIF_11, REQ_13, VER_3, VER_7};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, otp};
use harness::trial::{Stop, Trial};
use peer::operations::{
    LicenseFileWrite, LicenseParameters, MessageVectorEncode, RandomFile, RandomLicense, ServerImport,
    ServerInstance, ServerReimport,
};
use peer::protocol::{Array, Bytes, Number};

/// The vectors of this file.
pub(super) fn flows() -> Vec<Value> {
    [imports(), refused(), again()].concat()
}

const TRANSPORT: [u8; 32] = [0x66; 32];

/// A file with the license of a setup and another one, written by the peer; the license's key.
fn file(t: &mut Trial<'_>, setup: &Setup) -> Result<(Vec<u8>, [u8; 16]), Stop> {
    let license_key = t.random();
    let create = setup.server(t, license_key);
    let numbers = MessageVectorEncode {
        activation_protection: create.activation_protection,
        message_protection: create.message_protection,
        post_activation: create.post_activation,
        activation_validity_days: create.activation_validity_days,
        message_age_limit_s: create.message_age_limit_s,
        code_tries: create.code_tries,
        signature_tries: create.signature_tries,
        identification_window: create.identification_window,
        signature_window: create.signature_window,
        first_use_s: create.first_use_s,
        look_ahead: create.look_ahead,
    };
    let nowhere = t.peer_server();
    let message_vector = t.agrees("MSV-1", &nowhere, &numbers)?.message_vector;
    let license = |serial: &str, key: [u8; 16]| LicenseParameters {
        serial: serial.into(),
        r#type: "MOBILE".into(),
        application: "ACTIVATION  ".into(),
        threshold: create.threshold,
        secure_channel: create.secure_channel,
        license_key: Array(key),
    };
    let other = t.random();
    let write = LicenseFileWrite {
        transport_key: Array(TRANSPORT),
        static_vector: Bytes(setup.vector.to_bytes()),
        message_vector,
        licenses: vec![license("VDS0000007", other), license(setup.serial, license_key)],
        random: Some(RandomFile { file_id: Some(Array(t.random())) }),
    };
    Ok((t.agrees("LIF-1", &nowhere, &write)?.file.0, license_key))
}

/// Payload key and epoch.
type Drawn = ([u8; 16], [u8; 8]);

fn random_of((payload_key, epoch): Drawn) -> Option<RandomLicense> {
    Some(RandomLicense { payload_key: Some(Array(payload_key)), epoch: Some(Array(epoch)) })
}

/// The parameters of `server.import`, and what is drawn among them.
fn import(t: &mut Trial<'_>, file: &[u8], serial: &str) -> (ServerImport, Drawn) {
    let drawn = (t.random(), t.random());
    let (file, random) = (Bytes(file.to_vec()), random_of(drawn));
    (ServerImport { transport_key: Array(TRANSPORT), file, serial: serial.into(), random }, drawn)
}

/// A scene whose server has its license out of a file; the file.
fn imported(t: &mut Trial<'_>, setup: Setup, stage: Stage) -> Result<(Scene, Vec<u8>), Stop> {
    let (file, license_key) = file(t, &setup)?;
    let (question, (payload_key, epoch)) = import(t, &file, setup.serial);
    let (server, client) = (t.peer_server(), t.peer_client());
    t.agrees("IMP-1", &server, &question)?;
    let create = setup.client(t);
    t.agrees("PPR-5", &client, &create)?;
    let mut scene = Scene {
        setup,
        server,
        client,
        now: t.start(),
        license_key,
        payload_key,
        epoch,
        replace: false,
        am1: String::new(),
        device_code: String::new(),
        am2: String::new(),
        sequence: 0,
        confirmation: String::new(),
    };
    scene.play(t, stage)?;
    Ok((scene, file))
}

/// The license is made anew.
fn reimport(t: &mut Trial<'_>, scene: &mut Scene, file: &[u8]) -> Result<(), Stop> {
    let (question, (payload_key, epoch)) = reimport_question(t, file);
    t.agrees("IMP-3", &scene.server, &question)?;
    (scene.payload_key, scene.epoch) = (payload_key, epoch);
    Ok(())
}

fn reimport_question(t: &mut Trial<'_>, file: &[u8]) -> (ServerReimport, Drawn) {
    let drawn = (t.random(), t.random());
    let (file, random) = (Bytes(file.to_vec()), random_of(drawn));
    (ServerReimport { transport_key: Array(TRANSPORT), file, random }, drawn)
}

fn instance(sequence: u32) -> ServerInstance {
    ServerInstance { sequence: Number::from(sequence) }
}

fn imports() -> Vec<Value> {
    vec![
        flow(
            "flow-import",
            "a license out of a file: activated, asked, signed",
            &["IMP-1", "LIF-1", "MSV-1", "INS-1"],
            |t| {
                let (mut scene, _) = imported(t, Setup::default(), Stage::Confirmed)?;
                t.agrees("INS-1", &scene.server, &instance(1))?;
                t.refuses_only(VER_3, &scene.server, &instance(2))?;
                accepted(t, &mut scene, &Show::default()).map(|_| ())
            },
        ),
        flow(
            "flow-import-responses",
            "its windows are those of the message vector",
            &["IMP-1", "VER-13"],
            |t| {
                let (mut scene, _) = imported(t, Setup::otp(), Stage::Confirmed)?;
                t.agrees("INS-1", &scene.server, &instance(1))?;
                logged_in(t, &mut scene, otp::TIME, &NONE, 10_000)?;
                logged_in(t, &mut scene, otp::EVENT, &NONE, 0)?;
                logged_in(t, &mut scene, otp::FIELDS, &fields(&["DE02", "1250", ""]), 36).map(|_| ())
            },
        ),
        flow("flow-import-without-secure-channel", "no payload key, no request", &["REQ-13"], |t| {
            let setup = Setup { secure_channel: false, ..Setup::default() };
            let (scene, _) = imported(t, setup, Stage::Confirmed)?;
            t.refuses_only(REQ_13, &scene.server, &Show::default().question(scene.now))
        }),
        flow("flow-import-threshold", "the threshold is that of the license's line", &["AM2-4"], |t| {
            let (mut scene, _) = imported(t, Setup { threshold: 1, ..Setup::default() }, Stage::Confirmed)?;
            scene = scene.another_client(t, Under::Both)?;
            scene.activate_license(t)?;
            scene.verify_device_code(t)?;
            let question = scene.am2_question(t);
            t.refuses_only(AM2_4, &scene.server, &question)
        }),
    ]
}

fn refused() -> Vec<Value> {
    vec![
        flow("flow-import-unknown-serial", "a license that is not in the file", &["IMP-2"], |t| {
            let (file, _) = file(t, &Setup::default())?;
            let (question, _) = import(t, &file, "VDS0000008");
            let server = t.peer_server();
            t.refuses_stateless(IMP_2, &server, &question)
        }),
        flow(
            "flow-import-file-before-serial",
            "nor is the file right: that is said first",
            &["LIF-11"],
            |t| {
                let (mut file, _) = file(t, &Setup::default())?;
                let at = file.len() - 4;
                if let Some(digit) = file.get_mut(at) {
                    *digit = if *digit == b'0' { b'1' } else { b'0' };
                }
                let (question, _) = import(t, &file, "VDS0000008");
                let server = t.peer_server();
                t.refuses_stateless(LIF_11, &server, &question)
            },
        ),
        flow("flow-import-again-after-refusal", "a refused import makes no session", &["IMP-1"], |t| {
            let (file, _) = file(t, &Setup::default())?;
            let (good, _) = import(t, &file, "VDS0000007");
            let server = t.peer_server();
            let bad = ServerImport { transport_key: Array([0x67; 32]), ..good.clone() };
            t.refuses_stateless(LIF_8, &server, &bad)?;
            t.agrees("IMP-1", &server, &good).map(|_| ())
        }),
    ]
}

/// A scene played on to a confirmed instance, an accepted request and one that is out; the file; the latter.
fn begun(t: &mut Trial<'_>) -> Result<(Scene, Vec<u8>, String), Stop> {
    let setup = Setup { replacement: true, ..Setup::default() };
    let (mut scene, file) = imported(t, setup, Stage::Confirmed)?;
    accepted(t, &mut scene, &Show::default())?;
    let message = scene.request(t, &Show::default())?;
    scene.now += 60;
    Ok((scene, file, message))
}

fn again() -> Vec<Value> {
    vec![
        flow(
            "flow-reimport",
            "sequence numbers begin with 1 again, the message counter goes on",
            &["IMP-3", "AM2-3", "NON-2"],
            |t| {
                let (mut scene, file, _) = begun(t)?;
                reimport(t, &mut scene, &file)?;
                t.state("IMP-3", &scene.server)?;
                scene.play(t, Stage::Confirmed)?;
                t.same("AM2-3", &scene.sequence, Some(&1))?;
                accepted(t, &mut scene, &Show::default()).map(|_| ())
            },
        ),
        flow("flow-reimport-instances", "no instance is left", &["IMP-3", "VER-3"], |t| {
            let (mut scene, file, _) = begun(t)?;
            reimport(t, &mut scene, &file)?;
            t.refuses_only(VER_3, &scene.server, &instance(1))
        }),
        flow("flow-reimport-activation", "nor the AM1 that was out", &["IMP-3", "DVC-8"], |t| {
            let (mut scene, file) = imported(t, Setup::default(), Stage::PreActivated)?;
            reimport(t, &mut scene, &file)?;
            t.refuses_only(DVC_8, &scene.server, &scene.code_question(&scene.device_code, false))
        }),
        flow("flow-reimport-requests", "nor a request that was out", &["IMP-3", "VER-7"], |t| {
            let (mut scene, file, message) = begun(t)?;
            scene.open(t, &message)?;
            let signature = scene.sign(t)?;
            reimport(t, &mut scene, &file)?;
            scene.play(t, Stage::Confirmed)?;
            t.refuses_only(VER_7, &scene.server, &scene.verify(&message, &signature))
        }),
        flow(
            "flow-reimport-time",
            "a clock that is behind the last message takes its time",
            &["IMP-3", "NON-1"],
            |t| {
                let (mut scene, file, _) = begun(t)?;
                scene.now -= 3_000;
                reimport(t, &mut scene, &file)?;
                scene.request(t, &Show::default()).map(|_| ())
            },
        ),
        flow("flow-reimport-other-file", "what the file says now, holds", &["IMP-3", "REQ-13"], |t| {
            let (mut scene, _, _) = begun(t)?;
            let (other, _) = file(t, &Setup { secure_channel: false, ..Setup::default() })?;
            reimport(t, &mut scene, &other)?;
            t.refuses_only(REQ_13, &scene.server, &Show::default().question(scene.now))
        }),
        flow("flow-reimport-refused", "a refused one leaves all as it was", &["IMP-3", "LIF-8"], |t| {
            let (mut scene, file, _) = begun(t)?;
            let (good, _) = reimport_question(t, &file);
            let bad = ServerReimport { transport_key: Array([0x67; 32]), ..good };
            t.refuses_only(LIF_8, &scene.server, &bad)?;
            accepted(t, &mut scene, &Show::default())?;
            t.refuses_only(LIF_8, &scene.server, &bad)
        }),
        flow("flow-reimport-unknown-serial", "a file without this license", &["IMP-2"], |t| {
            let (scene, _, _) = begun(t)?;
            let (other, _) = file(t, &Setup { serial: "VDS0000008", ..Setup::default() })?;
            let (question, _) = reimport_question(t, &other);
            t.refuses_only(IMP_2, &scene.server, &question)
        }),
    ]
}
