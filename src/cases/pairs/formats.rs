//! Operations without a session: frames, vectors, codes, files, strings, BLOBs.

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::keys::Key;
use channel::rule::*;
use channel::text::hex;
use harness::forge::digits::with_digit;
use harness::play::Play;
use harness::scene::Stage;
use harness::setup::{Setup, app, vector};
use harness::trial::Stop;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Carrier, Number};

use super::super::blob::bent;
use super::alone::{Alone, KEY, alone, request};
use super::client::turned;
use super::frame::{frame, too_long_direct, too_long_gateway, wrong_tag};
use super::license::{Begin as LicenseBegin, Licensed, done};
use super::table::{Built, Defect, Letter, Table, World, breaks};
use super::vector::{OTHER_PREFIX, put, static_vector};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![
        frame_parse().build(),
        frame_open().build(),
        ocra().build(),
        message_vector().build(),
        blob_open().build(),
        push_read().build(),
        activation_code().build(),
        export_svf().build(),
        acode_log_read().build(),
        acode_log_write().build(),
        license_file_write().build(),
        load_blob().build(),
    ]
}

fn frame_parse() -> Table<Alone, FrameParse> {
    let defects = frame([
        too_long_direct().asked(|op: &mut FrameParse| op.carrier = Carrier::Direct),
        too_long_gateway().asked(|op: &mut FrameParse| op.carrier = Carrier::Gateway),
    ]);
    let letter = Letter {
        get: |op: &FrameParse| op.message.clone(),
        put: |op, message| op.message = message,
        key: |_| Ok(Some(Key::new(KEY))),
    };
    let ask =
        |_: &mut Play<'_, '_>, _: &mut Alone| Ok(FrameParse { message: request(), carrier: Carrier::Direct });
    Table { letter: Some(letter), ..alone(ask, defects) }
}

fn frame_open() -> Table<Alone, FrameOpen> {
    let mut defects = frame([too_long_gateway()]);
    defects.extend([
        breaks(CLI_2).plain(|plain| *plain = plain.with_type(0).with_protection(0)),
        breaks(PRT_4).bytes(wrong_tag),
    ]);
    let letter = Letter {
        get: |op: &FrameOpen| op.message.clone(),
        put: |op, message| op.message = message,
        key: |_| Ok(Some(Key::new(KEY))),
    };
    let ask = |_: &mut Play<'_, '_>, _: &mut Alone| Ok(FrameOpen { key: Array(KEY), message: request() });
    Table { letter: Some(letter), ..alone(ask, defects) }
}

fn ocra() -> Table<Alone, PrimitiveOcra> {
    let broken = breaks::<Alone, PrimitiveOcra>;
    let defects = vec![
        broken(ALG_5).asked(|op| op.suite = "OCRA-2:HOTP-SHA1-6:QN08".into()),
        broken(ALG_6).asked(|op| op.question = "X".into()),
    ];
    let ask = |_: &mut Play<'_, '_>, _: &mut Alone| {
        Ok(PrimitiveOcra {
            suite: "OCRA-1:HOTP-SHA1-6:QN08".into(),
            key: Bytes(vec![7; 20]),
            counter: None,
            question: "12345678".into(),
            password: None,
            session: None,
            time: None,
        })
    };
    alone(ask, defects)
}

/// The text of a message vector changed before its check digit.
pub(super) fn digits(text: &mut String, change: impl Fn(&str) -> String) {
    let digits = change(text.get(..25).unwrap_or_default());
    *text = with_digit(&digits, Radix::Hexadecimal);
}

/// What a message vector is refused by.
fn of_message_vector<W: World, Op: 'static>(text: fn(&mut Op) -> &mut String) -> Vec<Defect<W, Op>> {
    vec![
        breaks(MSV_2).asked(move |op| text(op).push('0')),
        breaks(MSV_3).asked(move |op| {
            let last = text(op).pop();
            text(op).push(if last == Some('0') { '1' } else { '0' });
        }),
        breaks(MSV_4)
            .asked(move |op| digits(text(op), |digits| format!("0{}", digits.get(1..).unwrap_or_default()))),
    ]
}

fn message_vector() -> Table<Alone, MessageVectorText> {
    let ask = |_: &mut Play<'_, '_>, _: &mut Alone| {
        Ok(MessageVectorText { message_vector: Setup::default().message_vector().encode() })
    };
    alone(ask, of_message_vector(|op: &mut MessageVectorText| &mut op.message_vector))
}

/// What a BLOB is refused by before its content is looked at.
fn of_blob<W: World, Op: 'static>(text: fn(&mut Op) -> &mut String) -> Vec<Defect<W, Op>> {
    let text_with = move |rule, bend: fn(&str) -> String| {
        breaks(rule).asked(move |op: &mut Op| *text(op) = bend(text(op)))
    };
    vec![
        text_with(BLB_3, |text| format!("{text}=")),
        text_with(BLB_4, |text| bent(text, |bytes| put(bytes, 0, 3))),
        text_with(BLB_5, |text| bent(text, |bytes| bytes.last_mut().into_iter().for_each(|last| *last ^= 1))),
    ]
}

fn blob_open() -> Table<Alone, BlobOpen> {
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let (storage_key, epoch) = (Array(t.random()), Array(t.random()));
        let (serial, sequence, index) = ("VDS1000120".to_owned(), Number::from(1), Number::from(1));
        let random = Some(RandomBlob { blob_nonce: Some(Array(t.random())) });
        let (generation, content) = (1, Bytes(vec![1; 16]));
        let seal = BlobSeal {
            storage_key,
            serial: serial.clone(),
            sequence,
            index,
            epoch,
            generation,
            content,
            random,
        };
        let reference = t.reference_party();
        let blob = done(t, &reference, &seal)?.blob;
        Ok(BlobOpen { storage_key, serial, sequence, index, epoch, blob })
    };
    alone(ask, of_blob(|op: &mut BlobOpen| &mut op.blob))
}

fn push_read() -> Table<Alone, PushRead> {
    let byte = |rule, at: usize, to: &'static str| {
        breaks::<Alone, PushRead>(rule).asked(move |op| {
            if op.text.is_char_boundary(at) && op.text.len() > at {
                op.text.replace_range(at..=at, to);
            }
        })
    };
    let defects = vec![
        byte(REQ_9, 10, "\u{7}"),
        byte(PSH_4, 1, "x"),
        byte(PSH_2, 1, "2"),
        byte(PSH_4, 4, "x"),
        byte(PSH_3, 4, "5"),
        byte(PSH_4, 6, ";"),
        byte(PSH_6, 8, "2"),
        byte(PSH_4, 10, ""),
    ];
    let ask = |_: &mut Play<'_, '_>, _: &mut Alone| {
        Ok(PushRead { text: "01;04;S;1;U;D".into(), application: Number::from(1) })
    };
    alone(ask, defects)
}

/// The activation code of a license, decimal.
fn code(t: &mut Play<'_, '_>, serial: &str) -> Result<String, Stop> {
    let op = ActivationCodeWrite {
        master_key: Array(KEY),
        serial: serial.into(),
        license_key: Array(t.random()),
        hexadecimal: false,
    };
    let reference = t.reference_party();
    Ok(done(t, &reference, &op)?.code)
}

fn activation_code() -> Table<Alone, ActivationCodeRead> {
    let broken = breaks::<Alone, ActivationCodeRead>;
    let defects = vec![
        broken(SDL_4).asked(|op| op.code.push('0')),
        broken(SDL_5).asked(|op| op.code = turned(&op.code, op.code.len() - 1)),
        broken(SDL_6).asked(|op| op.code = with_digit(&"9".repeat(39), Radix::Decimal)),
    ];
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let serial = "VDS1000120";
        let code = code(t, serial)?;
        Ok(ActivationCodeRead { master_key: Array(KEY), serial: serial.into(), code, short: false })
    };
    alone(ask, defects)
}

fn export_svf() -> Table<Alone, ExportSvfRead> {
    let mut defects =
        vec![breaks::<Alone, ExportSvfRead>(SDL_7).asked(|op: &mut ExportSvfRead| op.file.0.push(b'\n'))];
    defects.extend(static_vector(|defect: Defect<Alone, ExportSvfRead>, bend| {
        defect.asked(move |op| {
            let text = String::from_utf8_lossy(&op.file.0).trim_end().to_owned();
            let mut vector = hex::decode(&text).unwrap_or_default();
            bend(&mut vector);
            op.file.0 = format!("{}\n", hex::encode(&vector)).into_bytes();
        })
    }));
    let ask = |_: &mut Play<'_, '_>, _: &mut Alone| {
        let text = format!("{}\n", hex::encode(&vector().to_bytes()));
        Ok(ExportSvfRead { file: Bytes(text.into_bytes()) })
    };
    alone(ask, defects)
}

/// Three licenses with their codes.
fn three(t: &mut Play<'_, '_>) -> Result<Vec<(&'static str, String)>, Stop> {
    let mut all = Vec::new();
    for serial in SERIALS {
        all.push((serial, code(t, serial)?));
    }
    Ok(all)
}

fn acode_log_read() -> Table<Alone, AcodeLogRead> {
    let broken = breaks::<Alone, AcodeLogRead>;
    let text = |op: &mut AcodeLogRead, change: fn(&str) -> String| {
        op.file.0 = change(&String::from_utf8_lossy(&op.file.0)).into_bytes();
    };
    let defects = vec![
        broken(SDL_8).asked(move |op| text(op, |text| text.trim_end().to_owned())),
        broken(SDL_9).asked(move |op| text(op, |text| text.replacen(' ', "x", 1))),
        // Of the code in the line whose serial number stands twice.
        broken(SDL_9).asked(move |op| text(op, |text| format!("{}0\n", text.trim_end()))),
        broken(SDL_10).asked(move |op| text(op, |text| text.replace("VDS1000122", "VDS1000121"))),
    ];
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let lines: Vec<String> =
            three(t)?.into_iter().map(|(serial, code)| format!("{serial} {code}\n")).collect();
        Ok(AcodeLogRead { file: Bytes(lines.concat().into_bytes()) })
    };
    alone(ask, defects)
}

fn acode_log_write() -> Table<Alone, AcodeLogWrite> {
    let broken = breaks::<Alone, AcodeLogWrite>;
    let defects = vec![
        broken(SDL_9)
            .asked(|op| op.licenses.first_mut().into_iter().for_each(|license| license.code.push('0'))),
        // Of the license whose serial number stands twice.
        broken(SDL_9)
            .asked(|op| op.licenses.last_mut().into_iter().for_each(|license| license.code.push('0'))),
        broken(SDL_10).asked(|op| {
            op.licenses.last_mut().into_iter().for_each(|license| license.serial = SERIALS[1].into())
        }),
    ];
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let licenses = three(t)?.into_iter();
        let licenses = licenses.map(|(serial, code)| AcodeLogEntry { serial: serial.into(), code });
        Ok(AcodeLogWrite { licenses: licenses.collect() })
    };
    alone(ask, defects)
}

/// The licenses of a file.
pub(super) const SERIALS: [&str; 3] = ["VDS1000120", "VDS1000121", "VDS1000122"];

fn license_file_write() -> Table<Alone, LicenseFileWrite> {
    let broken = breaks::<Alone, LicenseFileWrite>;
    let mut defects = static_vector(|defect: Defect<Alone, LicenseFileWrite>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    defects.extend(of_message_vector(|op: &mut LicenseFileWrite| &mut op.message_vector));
    defects.extend([
        broken(AM1_9).asked(|op| {
            let setup = Setup { post_activation: app::MISSING, ..Setup::default() };
            op.message_vector = setup.message_vector().encode();
        }),
        broken(AM1_8).asked(|op| {
            op.licenses.first_mut().into_iter().for_each(|license| license.serial = OTHER_PREFIX.into());
        }),
        broken(LIF_12).asked(|op| {
            op.licenses.last_mut().into_iter().for_each(|license| license.serial = "VDS1000121".into());
        }),
    ]);
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let licenses = SERIALS.map(|serial| LicenseParameters {
            serial: serial.into(),
            r#type: "MOBILE1".into(),
            application: "ACTIVATION  ".into(),
            threshold: Number::from(3),
            secure_channel: true,
            license_key: Array(t.random()),
        });
        Ok(LicenseFileWrite {
            transport_key: Array(t.random()),
            static_vector: Bytes(vector().to_bytes()),
            message_vector: Setup::default().message_vector().encode(),
            licenses: licenses.into(),
            random: Some(RandomFile { file_id: Some(Array(t.random())) }),
        })
    };
    alone(ask, defects)
}

fn load_blob() -> Table<Licensed, ServerLoadBlob> {
    let mut defects =
        vec![breaks(BLB_6).asked(|op: &mut ServerLoadBlob| op.index = Number::from(u32::from(app::MISSING)))];
    defects.extend(of_blob(|op: &mut ServerLoadBlob| &mut op.blob));
    let within = |rule, bend: fn(&mut u32, &mut Vec<u8>)| {
        breaks(rule).begin(move |begin: &mut LicenseBegin| begin.blob.push(bend))
    };
    defects.extend([
        within(BLB_12, |generation, _| *generation = 0),
        within(BLB_7, |_, content| content.first_mut().into_iter().for_each(|flags| *flags |= 4)),
        within(BLB_8, |_, content| content.get_mut(1).into_iter().for_each(|key| *key ^= 1)),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Licensed| {
        let bends = world.blob.clone();
        world.blob(t, app::BOTH, |generation, content| {
            bends.iter().for_each(|bend| bend(generation, content));
        })
    };
    let begin = || LicenseBegin { stage: Stage::Confirmed, ..LicenseBegin::new() };
    Table { name: "", begin, ask, party: Licensed::server, letter: None, told: |_| false, defects }
}
