//! Two defects at once, where nothing but the answer shows which of the two checks comes first; and a static vector that
//! is cut, wherever one is read. `tests/order.rs` names what else it can't see.

use channel::bytes::Wire;
use channel::rule::{AM1_6, CNV_3, FRM_2, FRM_6, FRM_7, FRM_8, INF_3, Rule, STV_3, VER_3};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::Plain;
use harness::forge::file::{Licensed, Sheet};
use harness::play::{Ask, Play, need};
use harness::scene::{Scene, Stage};
use harness::setup::Setup;
use harness::single_scene::SingleSetup;
use peer::operations::{
    ClientActivateLicense, ClientMarkConfirmed, ExportSvfRead, FrameParse, LicenseFileRead, LicenseFileWrite,
    LicenseParameters, RandomFile, ServerProcessInformation, ServerSingleReimport,
};
use peer::protocol::{Array, Bytes, Carrier, Number};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = frames();
    cases.extend(clients());
    cases.extend(servers());
    cases.extend(files());
    cases
}

fn frames() -> Vec<Case> {
    let mut order = Area::new("order", Role::Primitive("frame.parse"));
    order.refuses(
        FRM_7,
        "response-before-protection",
        "a response under an unknown protection is refused as a response",
        |t| {
            let parse = parsed(t);
            t.refuses(FRM_7, &parse.but(|ask| ask.message = frame(4, 9)))?;
            t.accepts(FRM_7, &parse)
        },
    );
    order.refuses(
        FRM_6,
        "type-before-protection",
        "an unknown type under an unknown protection is refused for its type",
        |t| {
            let parse = parsed(t);
            t.refuses(FRM_6, &parse.but(|ask| ask.message = frame(5, 9)))?;
            t.accepts(FRM_6, &parse)
        },
    );
    order.cases()
}

fn parsed(t: &mut Play<'_, '_>) -> Ask<FrameParse> {
    Ask { party: t.peer_client(), op: FrameParse { message: frame(3, 2), carrier: Carrier::Direct } }
}

/// A frame with this type and protection, and without a body.
fn frame(kind: u16, protection: u16) -> String {
    format!("{:04X}C3E40F42B8{}", kind << 6 | protection, "00".repeat(16))
}

/// Messages that are no frame that anybody takes, and why.
fn bent() -> [(Rule, String); 5] {
    [
        (CNV_3, "0".to_owned()),
        (FRM_2, "00".to_owned()),
        (FRM_6, frame(5, 0)),
        (FRM_7, frame(4, 1)),
        (FRM_8, frame(3, 9)),
    ]
}

fn clients() -> Vec<Case> {
    let mut order = Area::new("order", Role::Client);
    order.refuses(
        CNV_3,
        "frame-of-report",
        "the AM2 of a report is read as a frame before anything is compared with it",
        |t| {
            let under = t.under()?;
            let scene = Scene::new(t, under, Setup::default(), Stage::Confirmed)?;
            let report = Ask { party: scene.client.clone(), op: scene.mark_question() };
            for (rule, message) in bent() {
                t.refuses(rule, &report.but(|op: &mut ClientMarkConfirmed| op.message = message))?;
            }
            t.accepts(CNV_3, &report)
        },
    );
    order.refuses(
        AM1_6,
        "policy-before-vector",
        "a wrong policy and no static vector anywhere: the policy decides",
        |t| {
            let under = t.under()?;
            let setup = Setup { built_in: false, ..Setup::default() };
            let mut scene = Scene::new(t, under, setup, Stage::Issued)?;
            let mut plain = Plain::of(&scene.am1, None)?;
            *need(plain.body.get_mut(29), "a policy")? = 0;
            scene.setup.carried = true;
            scene.issue_am1(t)?;
            let take =
                |message: String| Ask { party: scene.client.clone(), op: ClientActivateLicense { message } };
            t.refuses(AM1_6, &take(plain.message(None)))?;
            t.accepts(AM1_6, &take(scene.am1.clone()))
        },
    );
    order.refuses(
        STV_3,
        "cut-vector-single-create",
        "a single-device client is not made with a static vector that is cut",
        |t| {
            let setup = SingleSetup::default();
            let ask = Ask { party: t.peer_client(), op: setup.client(t.random()) };
            let bad = need(ask.op.static_vector.as_ref().map(|good| cut(&good.0)), "a built-in vector")?;
            t.refuses(STV_3, &ask.but(|op| op.static_vector = Some(Bytes(bad))))?;
            t.accepts(STV_3, &ask)
        },
    );
    order.cases()
}

fn servers() -> Vec<Case> {
    let mut order = Area::new("order", Role::Server);
    order.refuses(
        INF_3,
        "channel-before-instance",
        "an information message of no instance to a license without Secure Channel: the channel decides",
        |t| {
            let under = t.under()?;
            let with = Scene::new(t, under, Setup::default(), Stage::Confirmed)?;
            let good = super::information::inform(t, &with, super::information::KEY)?;
            let without = Setup { secure_channel: false, ..Setup::default() };
            let without = Scene::new(t, under, without, Stage::Confirmed)?;
            let mut plain = Plain::of(&good, Some(&with.payload_channel()))?;
            *need(plain.nonce.get_mut(4), "a nonce")? = 0;
            let ask = |scene: &Scene, message: String| Ask {
                party: scene.server.clone(),
                op: ServerProcessInformation { message, now: scene.now },
            };
            t.refuses(INF_3, &ask(&without, plain.message(Some(&with.payload_channel()))))?;
            t.accepts(INF_3, &ask(&with, good))
        },
    );
    order.refuses(
        FRM_2,
        "frame-of-information",
        "an information message is read as a frame before license and session are looked at, whoever takes it",
        |t| {
            let under = t.under()?;
            let scene = Scene::new(t, under, Setup::default(), Stage::Confirmed)?;
            let login = super::login::retrieved(t, &scene)?;
            let message = super::information::inform(t, &scene, &login.key)?;
            let process =
                Ask { party: scene.server.clone(), op: super::information::process(&scene, &message) };
            let reject = Ask { party: scene.server.clone(), op: super::login::rejection(&scene, &message) };
            for (rule, message) in bent() {
                t.refuses(rule, &process.but(|op| op.message.clone_from(&message)))?;
                t.refuses(rule, &reject.but(|op| op.message = message))?;
            }
            t.accepts(FRM_2, &reject)
        },
    );
    order.refuses(
        VER_3,
        "instance-before-session",
        "a rejection by no instance, for no session: the instance decides, and before it the channel",
        |t| {
            let under = t.under()?;
            let with = Scene::new(t, under, Setup::default(), Stage::Confirmed)?;
            let without = Setup { secure_channel: false, ..Setup::default() };
            let without = Scene::new(t, under, without, Stage::Confirmed)?;
            let stray = super::information::inform(t, &with, super::information::KEY)?;
            let login = super::login::retrieved(t, &with)?;
            let good = super::information::inform(t, &with, &login.key)?;
            let mut plain = Plain::of(&stray, Some(&with.payload_channel()))?;
            *need(plain.nonce.get_mut(4), "a nonce")? = 0;
            let stray = plain.message(Some(&with.payload_channel()));
            let ask = |scene: &Scene, message: &str| Ask {
                party: scene.server.clone(),
                op: super::login::rejection(scene, message),
            };
            t.refuses(INF_3, &ask(&without, &stray))?;
            t.refuses(VER_3, &ask(&with, &stray))?;
            t.accepts(VER_3, &ask(&with, &good))
        },
    );
    order.refuses(
        STV_3,
        "cut-vector-single-license",
        "no single-device license is made, or made anew, with a static vector that is cut",
        |t| {
            let setup = SingleSetup::default();
            let license_key = t.random();
            let ask = Ask { party: t.peer_server(), op: setup.server(license_key) };
            let bad = Bytes(cut(&ask.op.static_vector.0));
            t.refuses(STV_3, &ask.but(|op| op.static_vector = bad.clone()))?;
            t.accepts(STV_3, &ask)?;
            let again = ServerSingleReimport {
                license_key: Array(license_key),
                static_vector: ask.op.static_vector.clone(),
            };
            let again = Ask { party: ask.party.clone(), op: again };
            t.refuses(STV_3, &again.but(|op| op.static_vector = bad.clone()))?;
            t.accepts(STV_3, &again)
        },
    );
    order.cases()
}

fn files() -> Vec<Case> {
    let mut read = Area::new("order", Role::Primitive("license_file.read"));
    read.refuses(
        STV_3,
        "cut-vector-license-file",
        "a license file whose static vector is cut is refused",
        |t| {
            let party = t.peer_server();
            let (transport, file_id, license) =
                (t.random(), t.random(), Licensed::new("VDS1000120", t.random()));
            let setup = Setup::default();
            let vector = setup.vector.to_bytes();
            let ask = |vector: &[u8]| {
                let sheet = Sheet::new(
                    transport,
                    file_id,
                    vector,
                    &setup.message_vector().encode(),
                    std::slice::from_ref(&license),
                );
                let file = Bytes(sheet.file().into_bytes());
                Ask { party: party.clone(), op: LicenseFileRead { transport_key: Array(transport), file } }
            };
            t.refuses(STV_3, &ask(&cut(&vector)))?;
            t.accepts(STV_3, &ask(&vector))
        },
    );
    let mut write = Area::new("order", Role::Primitive("license_file.write"));
    write.refuses(
        STV_3,
        "cut-vector-writer",
        "no license file is written with a static vector that is cut",
        |t| {
            let setup = Setup::default();
            let license = LicenseParameters {
                serial: "VDS1000120".into(),
                r#type: "MOBILE1".into(),
                application: "ACTIVATION  ".into(),
                threshold: Number::from(3),
                secure_channel: true,
                license_key: Array(t.random()),
            };
            let op = LicenseFileWrite {
                transport_key: Array(t.random()),
                static_vector: Bytes(setup.vector.to_bytes()),
                message_vector: setup.message_vector().encode(),
                licenses: vec![license],
                random: Some(RandomFile { file_id: Some(Array(t.random())) }),
            };
            let ask = Ask { party: t.peer_server(), op };
            t.refuses(STV_3, &ask.but(|op| op.static_vector = Bytes(cut(&op.static_vector.0))))?;
            t.accepts(STV_3, &ask)
        },
    );
    let mut svf = Area::new("order", Role::Primitive("export_svf.read"));
    svf.refuses(STV_3, "cut-vector-export", "an export.svf whose static vector is cut is refused", |t| {
        let vector = Setup::default().vector.to_bytes();
        let party = t.peer_client();
        let ask = |vector: &[u8]| {
            let mut file = channel::text::hex::encode(vector).into_bytes();
            file.push(b'\n');
            Ask { party: party.clone(), op: ExportSvfRead { file: Bytes(file) } }
        };
        t.refuses(STV_3, &ask(&cut(&vector)))?;
        t.accepts(STV_3, &ask(&vector))
    });
    read.cases().into_iter().chain(write.cases()).chain(svf.cases()).collect()
}

/// The vector without its last byte, and with the length that it then has: its last record runs past the end.
fn cut(vector: &[u8]) -> Vec<u8> {
    let mut bytes = vector.get(..vector.len().saturating_sub(1)).unwrap_or_default().to_vec();
    let length = u16::try_from(bytes.len().saturating_sub(4)).unwrap_or(0);
    if let Some(field) = bytes.get_mut(2..4) {
        field.copy_from_slice(&length.to_be_bytes());
    }
    bytes
}
