//! A license out of its file: it is the license that `server.create` would make.

use super::device_code::with_another_mac;
use super::license_file::SERIALS;
use super::license_file_bent::{bent, one_of_each, sheet};
use super::verify_response::wrong;
use super::{blaming, negative, positive, sequence};
use channel::bytes::Wire;
use channel::rule::{
    AM2_4, DVC_9, DVC_10, DVC_11, IMP_2, LIF_11, LIF_12, REQ_13, Rule, VER_5, VER_6, VER_12,
};
use channel::wire::message_vector::MessageVector;
use harness::case::{Case, Role};
use harness::forge::file::{Licensed, Sheet};
use harness::scene::{Scene, Show, Stage, Under};
use harness::setup::{Setup, app, license_random, otp};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Number};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    use Role::Server;
    let mut cases = vec![
        sequence(
            "import-is-create",
            Server,
            &["IMP-1"],
            "a license imported and one created with the same numbers and random fields issue the same messages",
            is_create,
        ),
        sequence(
            "import-whole-flow",
            Server,
            &["IMP-1"],
            "imported licenses of every kind come to an accepted signature",
            whole_flow,
        ),
        positive(
            "import-each-of-a-file",
            Server,
            &["IMP-1"],
            "each license of a file can be imported, wherever it stands",
            each_of_a_file,
        ),
        negative("import-without-channel", Server, REQ_13, "Secure Channel is as ordered", without_channel)
            .and("IMP-1"),
        negative("import-threshold", Server, AM2_4, "the threshold is that of the license's line", threshold)
            .and("IMP-1"),
        negative("import-code-tries", Server, DVC_10, "the file's code tries hold", code_tries).and("IMP-1"),
        negative("import-validity", Server, DVC_9, "the file's activation validity holds", validity)
            .and("IMP-1"),
        negative("import-signature-tries", Server, VER_5, "the file's signature tries hold", signature_tries)
            .and("IMP-1"),
        negative("import-age-limit", Server, VER_6, "the file's message age limit holds", age_limit)
            .and("IMP-1"),
        negative("import-windows", Server, VER_12, "the file's windows hold", windows).and("IMP-1"),
        negative("import-look-ahead", Server, VER_12, "the file's look-ahead holds", look_ahead).and("IMP-1"),
        negative(
            "import-not-in-the-file",
            Server,
            IMP_2,
            "a serial number that is not in the file is refused, and no session made",
            not_in_the_file,
        ),
        negative(
            "import-order-mac-before-serial",
            Server,
            LIF_11,
            "a wrong mac and a serial number that is not in the file: the file wins",
            |t| order(t, "mac-bent", LIF_11),
        ),
        negative(
            "import-order-serial-twice-before-serial",
            Server,
            LIF_12,
            "a serial number twice and another that is not in the file: the file wins",
            |t| order(t, "serial-twice", LIF_12),
        ),
    ];
    cases.extend(one_of_each().map(|(name, rule, bend)| {
        let about = format!("{name}: nothing is imported from such a file");
        negative(format!("import-{name}"), Server, rule, about, move |t| {
            let sheet = sheet(t);
            let party = t.peer_server();
            let bad = question(t, &sheet, bent(&sheet, bend)?, SERIALS[0]);
            t.refuses_stateless(rule, &party, &bad)?;
            // The twin makes a session of the same name, so the refusal has made none.
            let good = question(t, &sheet, sheet.file(), SERIALS[0]);
            t.twin(rule.id, &party, &good).map(|_| ())
        })
    }));
    cases
}

pub(super) fn question(t: &mut Trial<'_>, sheet: &Sheet, file: String, serial: &str) -> ServerImport {
    ServerImport {
        transport_key: Array(sheet.transport),
        file: Bytes(file.into_bytes()),
        serial: serial.into(),
        random: Some(license_random(t)),
    }
}

/// What was drawn for the license of this scene.
fn random_of(scene: &Scene) -> RandomLicense {
    RandomLicense { payload_key: Some(Array(scene.payload_key)), epoch: Some(Array(scene.epoch)) }
}

/// A file with the license of this scene between two others.
pub(super) fn sheet_of(t: &mut Trial<'_>, scene: &Scene, message_vector: &MessageVector) -> Sheet {
    let setup = &scene.setup;
    let own = Licensed {
        serial: setup.serial.into(),
        threshold: setup.threshold,
        secure_channel: setup.secure_channel,
        key: scene.license_key,
    };
    let [before, after] = ["VDS2000000", "VDS0000001"].map(|serial| Licensed::new(serial, t.random()));
    let (vector, numbers) = (setup.vector.to_bytes(), message_vector.encode());
    Sheet::new(t.random(), t.random(), &vector, &numbers, &[before, own, after])
}

/// A scene whose server is imported with these numbers; nothing is issued.
fn imported_with(t: &mut Trial<'_>, setup: Setup, message_vector: MessageVector) -> Result<Scene, Stop> {
    let mut scene = Scene::new(t, Under::Server, setup, Stage::Created)?;
    let sheet = sheet_of(t, &scene, &message_vector);
    let server = t.peer_server();
    let import = question(t, &sheet, sheet.file(), scene.setup.serial);
    let random = Some(random_of(&scene));
    t.agrees("IMP-1", &server, &ServerImport { random, ..import })?;
    scene.server = server;
    Ok(scene)
}

pub(super) fn imported(t: &mut Trial<'_>, setup: Setup) -> Result<Scene, Stop> {
    let numbers = setup.message_vector();
    imported_with(t, setup, numbers)
}

fn is_create(t: &mut Trial<'_>) -> Result<(), Stop> {
    for protection in [1, 2] {
        let setup = Setup {
            activation_protection: protection,
            message_protection: 3 - protection,
            carried: true,
            ..Setup::default()
        };
        let mut created = Scene::new(t, Under::Server, setup, Stage::Created)?;
        let (sheet, server) = (sheet_of(t, &created, &created.setup.message_vector()), t.peer_server());
        let import = question(t, &sheet, sheet.file(), created.setup.serial);
        let random = Some(random_of(&created));
        t.agrees("IMP-1", &server, &ServerImport { random, ..import })?;
        let imported = Scene { server, ..created.clone() };

        let am1 = created.am1_question(t);
        let ask = |t: &mut Trial<'_>, question: &ServerGenerateActivation1| {
            let first = t.accepts("IMP-1", &created.server, question)?;
            let second = t.accepts("IMP-1", &imported.server, question)?;
            if first.want.is_none() {
                return Err(Stop::NotTestable("the peer draws its random fields itself"));
            }
            t.same("IMP-1", &second.got.message, Some(&first.got.message))?;
            Ok(first.got.message)
        };
        created.am1 = ask(t, &am1)?;
        created.activate_license(t)?;
        let code = created.code_question(&created.device_code, false);
        let am2 = created.am2_question(t);
        let request = Show::default().question(created.now);
        let mut issued = Vec::new();
        for server in [&created.server, &imported.server] {
            t.agrees("IMP-1", server, &code)?;
            let am2 = t.agrees("IMP-1", server, &am2)?.message;
            let requests = [(); 2].map(|()| t.agrees("IMP-1", server, &request));
            let [first, second] = requests;
            issued.push([am2, first?.message, second?.message]);
        }
        if let [first, second] = issued.as_slice() {
            t.same("IMP-1", second, Some(first))?;
        }
    }
    Ok(())
}

fn whole_flow(t: &mut Trial<'_>) -> Result<(), Stop> {
    for setup in [
        Setup::default(),
        Setup { built_in: false, carried: true, challenge: false, ..Setup::default() },
        Setup { activation_protection: 1, post_activation: app::BOTH, ..Setup::default() },
        Setup { message_protection: 1, ..Setup::otp() },
    ] {
        let mut scene = imported(t, setup)?;
        scene.play(t, Stage::Confirmed)?;
        let message = scene.request(t, &Show::default())?;
        scene.open(t, &message)?;
        let signature = scene.sign(t)?;
        scene.accept(t, &message, &signature)?;
    }
    let mut scene = imported(t, Setup { secure_channel: false, ..Setup::default() })?;
    scene.play(t, Stage::Confirmed)
}

fn each_of_a_file(t: &mut Trial<'_>) -> Result<(), Stop> {
    let sheet = sheet(t);
    for (serial, (_, key)) in SERIALS.into_iter().zip(&sheet.licenses) {
        let mut scene = Scene::new(t, Under::Server, Setup { serial, ..Setup::default() }, Stage::Created)?;
        let import = question(t, &sheet, sheet.file(), serial);
        scene.server = t.peer_server();
        scene.license_key = *key;
        t.agrees("IMP-1", &scene.server, &import)?;
        scene.play(t, Stage::Confirmed)?;
    }
    Ok(())
}

fn without_channel(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (secure_channel, application) in [(false, app::TIME), (true, app::TIME)] {
        let scene = imported(t, Setup { secure_channel, ..Setup::default() })?;
        let question = Show { application, ..Show::default() }.question(scene.now);
        match secure_channel {
            false => blaming("IMP-1", t.refuses_only(REQ_13, &scene.server, &question))?,
            true => t.twin("IMP-1", &scene.server, &question).map(|_| ())?,
        }
    }
    t.implied(&["IMP-1"])
}

fn threshold(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = imported(t, Setup { threshold: 1, ..Setup::default() })?;
    scene.play(t, Stage::Confirmed)?;
    let mut second = scene.another_client(t, Under::Server)?;
    second.play(t, Stage::Verified)?;
    let question = second.am2_question(t);
    blaming("IMP-1", t.refuses_only(AM2_4, &second.server, &question))?;
    t.implied(&["IMP-1"])
}

/// The usual numbers, some of them changed.
fn with(change: fn(&mut MessageVector)) -> MessageVector {
    let mut numbers = Setup::otp().message_vector();
    change(&mut numbers);
    numbers
}

/// Refused as the file's numbers say, then the twin accepted.
fn refused<Bad: peer::protocol::Operation, Twin: peer::protocol::Operation>(
    t: &mut Trial<'_>,
    rule: Rule,
    scene: &Scene,
    bad: &Bad,
    twin: &Twin,
) -> Result<(), Stop> {
    blaming("IMP-1", t.refuses(rule, &scene.server, bad, twin))?;
    t.implied(&["IMP-1"])
}

fn code_tries(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = imported_with(t, Setup::otp(), with(|numbers| numbers.code_tries = 1))?;
    scene.play(t, Stage::PreActivated)?;
    let wrong = scene.code_question(&with_another_mac(&scene.device_code, 0), false);
    blaming("IMP-1", t.refuses_only(DVC_11, &scene.server, &wrong))?;
    let right = scene.code_question(&scene.device_code, false);
    blaming("IMP-1", t.refuses_only(DVC_10, &scene.server, &right))?;
    scene.play(t, Stage::Verified)?;
    t.implied(&["IMP-1"])
}

fn validity(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = imported_with(t, Setup::otp(), with(|numbers| numbers.activation_validity_days = 1))?;
    t.needs_time(&scene.server)?;
    scene.play(t, Stage::PreActivated)?;
    let at = |seconds| ServerVerifyDeviceCode {
        now: scene.now + seconds,
        ..scene.code_question(&scene.device_code, false)
    };
    refused(t, DVC_9, &scene, &at(86_401), &at(86_400))
}

fn signature_tries(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = imported_with(t, Setup::otp(), with(|numbers| numbers.signature_tries = 1))?;
    scene.play(t, Stage::Confirmed)?;
    let right = scene.respond(t, otp::TIME, &Data::ResponseOnly {}, 0)?;
    let ask = |text: &str| scene.verify_response(otp::TIME, &Data::ResponseOnly {}, text);
    blaming("IMP-1", t.refuses_only(VER_12, &scene.server, &ask(&wrong(&right))))?;
    blaming("IMP-1", t.refuses_only(VER_5, &scene.server, &ask(&right)))?;
    t.agrees("OPR-1", &scene.server, &ServerUnlockInstance { sequence: Number::from(scene.sequence) })?;
    t.twin("IMP-1", &scene.server, &ask(&right))?;
    t.implied(&["IMP-1"])
}

fn age_limit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = imported_with(t, Setup::otp(), with(|numbers| numbers.message_age_limit_s = 10))?;
    t.needs_time(&scene.server)?;
    scene.play(t, Stage::Confirmed)?;
    let message = scene.request(t, &Show::default())?;
    scene.open(t, &message)?;
    let signature = scene.sign(t)?;
    let at = |seconds| ServerVerifyMessageSignature {
        now: scene.now + seconds,
        ..scene.verify(&message, &signature)
    };
    refused(t, VER_6, &scene, &at(11), &at(10))
}

fn windows(t: &mut Trial<'_>) -> Result<(), Stop> {
    let numbers = with(|numbers| {
        (numbers.windows.identification, numbers.windows.signature, numbers.windows.first_use_s) = (2, 6, 0);
    });
    let mut scene = imported_with(t, Setup::otp(), numbers)?;
    t.needs_time(&scene.server)?;
    scene.play(t, Stage::Confirmed)?;
    let fields = super::respond::data_fields(&super::respond::GOOD_FIELDS);
    for (application, data, steps) in [(otp::TIME, Data::ResponseOnly {}, 1), (otp::FIELDS, fields, 3)] {
        let [outside, edge] =
            [steps + 1, steps].map(|steps| scene.respond(t, application, &data, steps * 36));
        let ask = |text: &str| scene.verify_response(application, &data, text);
        let (bad, good) = (ask(&outside?), ask(&edge?));
        refused(t, VER_12, &scene, &bad, &good)?;
    }
    Ok(())
}

fn look_ahead(t: &mut Trial<'_>) -> Result<(), Stop> {
    let mut scene = imported_with(t, Setup::otp(), with(|numbers| numbers.windows.look_ahead = 1))?;
    scene.play(t, Stage::Confirmed)?;
    let none = Data::ResponseOnly {};
    let [_, edge, outside] = [(); 3].map(|()| scene.respond(t, otp::EVENT, &none, 0));
    let ask = |text: &str| scene.verify_response(otp::EVENT, &none, text);
    let (bad, good) = (ask(&outside?), ask(&edge?));
    refused(t, VER_12, &scene, &bad, &good)
}

fn not_in_the_file(t: &mut Trial<'_>) -> Result<(), Stop> {
    let (sheet, party) = (sheet(t), t.peer_server());
    for serial in ["VDS1000121", "VDS0000001", "VDT1000120", "0000000000", "ZZZ9999999"] {
        let bad = question(t, &sheet, sheet.file(), serial);
        t.refuses_stateless(IMP_2, &party, &bad)?;
    }
    let good = question(t, &sheet, sheet.file(), SERIALS[1]);
    t.twin(IMP_2.id, &party, &good).map(|_| ())
}

fn order(t: &mut Trial<'_>, name: &str, rule: Rule) -> Result<(), Stop> {
    let (sheet, party) = (sheet(t), t.peer_server());
    let Some((_, _, bend)) = one_of_each().find(|(other, ..)| *other == name) else {
        return Err(Stop::Harness(format!("no defect {name}")));
    };
    let bad = question(t, &sheet, bent(&sheet, bend)?, "VDS1000121");
    t.refuses_stateless(rule, &party, &bad)?;
    let good = question(t, &sheet, sheet.file(), SERIALS[0]);
    t.twin(rule.id, &party, &good).map(|_| ())
}
