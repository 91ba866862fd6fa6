//! Good questions of the operations that belong to no session.

use harness::case::{Case, Role};
use harness::play::{Ask, Play};
use harness::setup::Setup;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Carrier, GatewayContent, Operation};

use super::held::{of, of_with};
use crate::app2app_third::{build, read};
use crate::app2app_url::{CALLBACKS, Call, parse};
use crate::{carrier, license_file, license_file_bent, open_primitive, single_codes};

const SERIAL: &str = "VDS1000120";

/// Digits that aren't decimal, said to be.
const HEXADECIMAL: [(&str, &str); 2] = [
    ("params: a hexadecimal digit among decimal ones", r#"{"digits":"07A4","hexadecimal":false}"#),
    ("params: a small hexadecimal digit, said to be decimal", r#"{"digits":"a","hexadecimal":false}"#),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    [loops(), primitives(), frames(), files(), pictures(), third_app(), strings(), codes()]
        .into_iter()
        .flatten()
        .collect()
}

fn ask<Op>(t: &mut Trial<'_>, op: Op) -> Result<Ask<Op>, Stop> {
    Ok(Ask { party: t.peer_client(), op })
}

/// The case of an operation without a session.
fn plain<Op: Operation>(
    good: impl Fn(&mut Play<'_, '_>) -> Result<Op, Stop> + Send + Sync + 'static,
) -> Vec<Case> {
    of(Role::Primitive(Op::NAME), move |t| {
        let op = good(t)?;
        ask(t, op)
    })
}

/// What the reference makes of a question, for one that reads it.
fn by_reference<Op: Operation>(t: &mut Trial<'_>, op: &Op) -> Result<Op::Output, Stop> {
    let party = t.reference_party();
    t.agrees("PPR-5", &party, op)
}

fn loops() -> Vec<Case> {
    [
        of(Role::Peer, |t| ask(t, Hello { protocol: 1.into() })),
        of(Role::Peer, |t| ask(t, Ping {})),
        of(Role::Peer, |t| ask(t, Reset {})),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn primitives() -> Vec<Case> {
    [
        plain(|t| Ok(PrimitiveCmac { key: Array(t.random()), data: Bytes(vec![1, 2, 3]) })),
        plain(|t| {
            Ok(PrimitiveCtr { key: Array(t.random()), block: Array(t.random()), data: Bytes(vec![1]) })
        }),
        plain(|t| {
            let key = Array(t.random());
            Ok(PrimitiveKdf { key, label: "enc".into(), context: Bytes(vec![2, 1]), bits: Bits::B128 })
        }),
        plain(|t| Ok(PrimitiveKeyWrap { kek: Array(t.random()), key: Array(t.random()) })),
        plain(|t| {
            let kek = Array(t.random());
            let wrapped = by_reference(t, &PrimitiveKeyWrap { kek, key: Array([7; 16]) })?.wrapped;
            Ok(PrimitiveKeyUnwrap { kek, wrapped })
        }),
        of_with(Role::Primitive(PrimitiveCheckDigit::NAME), &HEXADECIMAL, |t| {
            ask(t, PrimitiveCheckDigit { digits: "0794".into(), hexadecimal: true })
        }),
        plain(|t| {
            Ok(PrimitiveResponse {
                key: Array(t.random()),
                mode: 1.into(),
                application: 1.into(),
                step: Count(7),
                event: Count(0),
                length: 8.into(),
                hexadecimal: false,
                check_digit: false,
                fields: vec![Bytes(vec![1]), Bytes(vec![0xA0, 2])],
            })
        }),
        plain(|t| {
            let key = Bytes(t.random::<20>().to_vec());
            Ok(PrimitiveHotp { key, counter: Count(1), digits: 6.into() })
        }),
        plain(|t| {
            let (key, step, hash) = (Bytes(t.random::<20>().to_vec()), 30.into(), HashName::Sha1);
            Ok(PrimitiveTotp { key, time: Count(59), step, digits: 8.into(), hash })
        }),
        plain(|_| Ok(open_primitive::asked("OCRA-1:HOTP-SHA1-6:QN08", "1234"))),
        plain(|_| Ok(PrimitivePercentDecode { text: "a%20b".into() })),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn sealing(t: &mut Trial<'_>) -> FrameSeal {
    FrameSeal {
        key: Array(t.random()),
        r#type: Sealable::REQUEST,
        protection: 2.into(),
        serial: SERIAL.into(),
        nonce: Array(t.random()),
        body: Bytes(vec![1, 2, 3]),
    }
}

fn frames() -> Vec<Case> {
    [
        plain(|t| {
            let seal = sealing(t);
            Ok(FrameParse { message: by_reference(t, &seal)?.message, carrier: Carrier::Direct })
        }),
        plain(|t| Ok(sealing(t))),
        plain(|t| {
            let seal = sealing(t);
            Ok(FrameOpen { key: seal.key, message: by_reference(t, &seal)?.message })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn sealed_blob(t: &mut Trial<'_>) -> BlobSeal {
    BlobSeal {
        storage_key: Array(t.random()),
        serial: SERIAL.into(),
        sequence: 3.into(),
        index: 2.into(),
        epoch: Array(t.random()),
        generation: 1,
        content: Bytes(vec![1, 2]),
        random: Some(RandomBlob { blob_nonce: Some(Array(t.random())) }),
    }
}

fn files() -> Vec<Case> {
    [
        plain(|t| {
            by_reference(t, &MessageVectorText { message_vector: Setup::default().message_vector().encode() })
        }),
        plain(|_| Ok(MessageVectorText { message_vector: Setup::default().message_vector().encode() })),
        plain(|t| {
            let licenses = vec![license_file::license(t, SERIAL), license_file::license(t, "VDS1000121")];
            Ok(license_file::question(t, licenses))
        }),
        plain(|t| {
            let sheet = license_file_bent::sheet(t);
            Ok(license_file::read(&sheet, sheet.file()))
        }),
        plain(|t| Ok(sealed_blob(t))),
        plain(|t| {
            let seal = sealed_blob(t);
            let blob = by_reference(t, &seal)?.blob;
            let BlobSeal { storage_key, serial, sequence, index, epoch, .. } = seal;
            Ok(BlobOpen { storage_key, serial, sequence, index, epoch, blob })
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn pictures() -> Vec<Case> {
    [
        plain(|_| Ok(QrWrite { text: "00C2".into() })),
        plain(|_| Ok(QrRead { picture: Bytes(carrier::png(&carrier::symbol("00C2")?)) })),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn third_app() -> Vec<Case> {
    [
        plain(|t| {
            let seal = sealing(t);
            Ok(build(CALLBACKS, &by_reference(t, &seal)?.message))
        }),
        plain(|t| {
            let seal = sealing(t);
            Ok(parse(Call::new(CALLBACKS, &by_reference(t, &seal)?.message).url()))
        }),
        plain(|_| Ok(read(CALLBACKS, CALLBACKS.last().copied().unwrap_or_default()))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn written() -> PushContent {
    let content = GatewayContent::Login {
        service: "Shop".into(),
        index: 1.into(),
        user: "Zo\u{EB}".into(),
        domain: "shop".into(),
    };
    PushContent { content }
}

fn strings() -> Vec<Case> {
    [
        plain(|t| Ok(PushRead { text: by_reference(t, &written())?.text, application: 1.into() })),
        plain(|_| Ok(written())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn code(t: &mut Trial<'_>) -> ActivationCodeWrite {
    let (master_key, license_key) = (Array(t.random()), Array(t.random()));
    ActivationCodeWrite { master_key, serial: SERIAL.into(), license_key, hexadecimal: false }
}

fn log(t: &mut Trial<'_>) -> Result<AcodeLogWrite, Stop> {
    let write = code(t);
    let code = by_reference(t, &write)?.code;
    let entry = |serial: &str| AcodeLogEntry { serial: serial.into(), code: code.clone() };
    Ok(AcodeLogWrite { licenses: vec![entry(SERIAL), entry("VDS1000121")] })
}

fn codes() -> Vec<Case> {
    [
        plain(|t| Ok(code(t))),
        plain(|t| {
            let write = code(t);
            let code = by_reference(t, &write)?.code;
            let ActivationCodeWrite { master_key, serial, .. } = write;
            Ok(ActivationCodeRead { master_key, serial, code, short: false })
        }),
        plain(|_| Ok(single_codes::svf_question(&format!("{}\n", single_codes::svf())))),
        plain(|t| {
            let write = log(t)?;
            Ok(AcodeLogRead { file: by_reference(t, &write)?.file })
        }),
        plain(|t| log(t)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
