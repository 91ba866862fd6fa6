//! Operations without a session, and what makes a license: static vectors, files, codes, strings.

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::keys::Key;
use channel::rule::*;
use channel::text::hex;
use channel::wire::message_vector::MessageVector;
use channel::wire::static_vector::{Factor, StaticVector};
use harness::forge::file::{Licensed as Line, Sheet};
use harness::play::Play;
use harness::scene::Stage;
use harness::setup::{Setup, app, otp_vector, vector};
use harness::single_scene::SingleSetup;
use harness::trial::{Party, Stop};
use peer::operations::*;
use peer::protocol::{Array, Bytes, Carrier, Number};

use super::super::blob::bent;
use super::super::single_codes::with_digit;
use super::alone::{Alone, KEY, alone, request};
use super::client::turned;
use super::frame::{frame, too_long_direct, too_long_gateway, wrong_tag};
use super::license::{Begin as LicenseBegin, Licensed, done};
use super::table::{Built, Defect, Letter, Table, World, breaks};
use super::vector::{Bend, OTHER_PREFIX, changed, other_prefix, put, static_vector};

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
        license_file_read().build(),
        import().build(),
        reimport().build(),
        create().build(),
        client_create().build(),
        single_create().build(),
        single_client_create().build(),
        single_reimport().build(),
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
fn digits(text: &mut String, change: impl Fn(&str) -> String) {
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
const SERIALS: [&str; 3] = ["VDS1000120", "VDS1000121", "VDS1000122"];

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

/// A license file as it is to be: each part may be wrong.
pub(super) struct Paper {
    vector: StaticVector,
    bends: Vec<Bend>,
    message: MessageVector,
    message_text: Vec<fn(&mut String)>,
    serials: [&'static str; 3],
    sheet: Vec<fn(&mut Sheet)>,
    lines: Vec<fn(&mut Vec<String>)>,
    file: Vec<fn(&mut String)>,
}

impl Paper {
    fn new() -> Self {
        Self {
            vector: vector(),
            bends: Vec::new(),
            message: Setup::default().message_vector(),
            message_text: Vec::new(),
            serials: SERIALS,
            sheet: Vec::new(),
            lines: Vec::new(),
            file: Vec::new(),
        }
    }

    fn written(&self, t: &mut Play<'_, '_>) -> ([u8; 32], Vec<u8>) {
        let (transport, file_id, key): ([u8; 32], _, _) = (t.random(), t.random(), t.random());
        let mut vector = self.vector.to_bytes();
        self.bends.iter().for_each(|bend| bend(&mut vector));
        let mut message = self.message.encode();
        self.message_text.iter().for_each(|change| change(&mut message));
        let licenses = self.serials.map(|serial| Line::new(serial, key));
        let mut sheet = Sheet::new(transport, file_id, &vector, &message, &licenses);
        self.sheet.iter().for_each(|change| change(&mut sheet));
        let mut lines = sheet.lines();
        self.lines.iter().for_each(|change| change(&mut lines));
        let mut file = sheet.closed(&lines) + "\n";
        self.file.iter().for_each(|change| change(&mut file));
        (transport, file.into_bytes())
    }
}

/// A license file, and the session that reads it.
#[derive(Clone)]
pub(super) struct Filed {
    party: Party,
    transport: [u8; 32],
    file: Vec<u8>,
}

impl World for Filed {
    type Begin = Paper;

    fn build(t: &mut Play<'_, '_>, paper: Paper) -> Result<Self, Stop> {
        let (transport, file) = paper.written(t);
        Ok(Self { party: t.peer_server(), transport, file })
    }
}

/// The line with this number, from 0, without its LF, is all that is left of the file.
fn cut(file: &mut String, line: usize) {
    let length: usize = file.split_inclusive('\n').take(line + 1).map(str::len).sum();
    file.truncate(length - 1);
}

fn without_last_line_end(file: &mut String) {
    if let Some(at) = file.rfind('\n') {
        file.remove(at);
    }
}

/// What a license file is refused by, in the order of its lines.
fn of_file<Op>() -> Vec<Defect<Filed, Op>> {
    let broken = breaks::<Filed, Op>;
    let mut defects = vec![
        broken(LIF_6).begin(|paper| paper.sheet.push(|sheet| sheet.header.push_str(&" ".repeat(2048)))),
        broken(LIF_5).begin(|paper| paper.file.push(|file| cut(file, 0))),
        broken(LIF_7).begin(|paper| {
            paper.sheet.push(|sheet| *sheet = sheet.bent(1, "\"version\":1", "\"version\":2"))
        }),
        broken(LIF_6)
            .begin(|paper| paper.sheet.push(|sheet| *sheet = sheet.bent(1, "\"count\"", "\"Count\""))),
        broken(LIF_8).begin(|paper| {
            paper.sheet.push(|sheet| {
                let other = sheet
                    .header
                    .split("\"check\":\"")
                    .nth(1)
                    .and_then(|check| check.get(..1))
                    .unwrap_or("0")
                    .to_owned();
                let to = if other == "0" { "\"check\":\"1" } else { "\"check\":\"0" };
                *sheet = sheet.bent(1, &format!("\"check\":\"{other}"), to);
            });
        }),
    ];
    defects.extend(static_vector(|defect: Defect<Filed, Op>, bend| {
        defect.begin(move |paper| paper.bends.push(bend))
    }));
    defects.extend([
        broken(MSV_3).begin(|paper| {
            paper.message_text.push(|text| {
                let last = text.pop();
                text.push(if last == Some('0') { '1' } else { '0' });
            });
        }),
        broken(MSV_4).begin(|paper| {
            paper
                .message_text
                .push(|text| digits(text, |digits| format!("0{}", digits.get(1..).unwrap_or_default())));
        }),
        broken(AM1_9).begin(|paper| paper.message.policy.post_activation = app::MISSING),
        broken(LIF_6).begin(|paper| {
            paper
                .lines
                .push(|lines| lines.get_mut(1).into_iter().for_each(|line| line.push_str(&" ".repeat(2048))));
        }),
        broken(LIF_5).begin(|paper| paper.file.push(|file| cut(file, 1))),
        broken(LIF_6).begin(|paper| {
            paper.sheet.push(|sheet| *sheet = sheet.bent(2, "\"mode\":\"MA\"", "\"mode\":\"MB\""))
        }),
        broken(AM1_8).begin(|paper| paper.serials[0] = OTHER_PREFIX),
        broken(LIF_9).begin(|paper| {
            paper.lines.push(|lines| {
                lines.get_mut(1).into_iter().for_each(|line| {
                    let last = line.len() - 3;
                    let to = if line.get(last..=last) == Some("0") { "1" } else { "0" };
                    line.replace_range(last..=last, to);
                });
            });
        }),
        broken(LIF_5).begin(|paper| paper.file.push(without_last_line_end)),
        broken(LIF_10)
            .begin(|paper| paper.sheet.push(|sheet| *sheet = sheet.bent(1, "\"count\":3", "\"count\":4"))),
        broken(LIF_11).begin(|paper| {
            paper.file.push(|file| {
                let at = file.rfind("\"}").unwrap_or(1) - 1;
                let to = if file.get(at..=at) == Some("0") { "1" } else { "0" };
                file.replace_range(at..=at, to);
            });
        }),
        broken(LIF_6).begin(|paper| paper.file.push(|file| file.push('x'))),
        broken(LIF_12).begin(|paper| paper.serials = [paper.serials[0], "VDS1000121", "VDS1000121"]),
    ]);
    defects
}

fn filed<Op>(
    ask: fn(&mut Play<'_, '_>, &mut Filed) -> Result<Op, Stop>,
    defects: Vec<Defect<Filed, Op>>,
) -> Table<Filed, Op> {
    Table {
        name: "",
        begin: Paper::new,
        ask,
        party: |world| &world.party,
        letter: None,
        told: |_| false,
        defects,
    }
}

fn license_file_read() -> Table<Filed, LicenseFileRead> {
    let ask = |_: &mut Play<'_, '_>, world: &mut Filed| {
        Ok(LicenseFileRead { transport_key: Array(world.transport), file: Bytes(world.file.clone()) })
    };
    filed(ask, of_file())
}

/// What the license is refused by that is made from a file.
fn of_license<Op>() -> Vec<Defect<Filed, Op>> {
    let broken = breaks::<Filed, Op>;
    vec![
        broken(STV_7).begin(|paper| without_requests(&mut paper.vector)),
        broken(VER_21).begin(|paper| {
            weaker(&mut paper.vector);
            paper.message.signature_tries = 99;
        }),
        broken(VER_22).begin(|paper| paper.message.signature_tries = 99),
    ]
}

/// No application may sign requests.
fn without_requests(vector: &mut StaticVector) {
    vector.applications.iter_mut().for_each(|rules| rules.secure_channel = false);
}

/// An application of six digits goes by time and events.
fn weaker(vector: &mut StaticVector) {
    let chosen = vector.applications.iter_mut().filter(|rules| rules.form.index == app::RESPONSE_ONLY);
    chosen.for_each(|rules| rules.factor = Factor::TimeAndEvent(60));
}

fn random(t: &mut Play<'_, '_>) -> Option<RandomLicense> {
    Some(harness::setup::license_random(t))
}

fn import() -> Table<Filed, ServerImport> {
    let mut defects = of_file();
    defects.push(breaks(IMP_2).asked(|op: &mut ServerImport| op.serial = "VDS1000129".into()));
    defects.extend(of_license());
    let ask = |t: &mut Play<'_, '_>, world: &mut Filed| {
        Ok(ServerImport {
            transport_key: Array(world.transport),
            file: Bytes(world.file.clone()),
            serial: "VDS1000121".into(),
            random: random(t),
        })
    };
    filed(ask, defects)
}

fn reimport() -> Table<Filed, ServerReimport> {
    let mut defects = of_file();
    // The license is none of the file.
    defects.push(
        breaks(IMP_2).begin(|paper: &mut Paper| paper.serials = ["VDS1000123", "VDS1000124", "VDS1000125"]),
    );
    defects.extend(of_license());
    let ask = |t: &mut Play<'_, '_>, world: &mut Filed| {
        let setup = Setup { serial: "VDS1000121", ..Setup::default() };
        let key = t.random();
        let create = setup.server(t, key);
        done(t, &world.party, &create)?;
        Ok(ServerReimport {
            transport_key: Array(world.transport),
            file: Bytes(world.file.clone()),
            random: random(t),
        })
    };
    filed(ask, defects)
}

fn create() -> Table<Alone, ServerCreate> {
    let broken = breaks::<Alone, ServerCreate>;
    // A vector is changed as a whole before its bytes are.
    let mut defects = static_vector(|defect: Defect<Alone, ServerCreate>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    defects.extend([
        broken(AM1_8).asked(|op| op.serial = OTHER_PREFIX.into()),
        broken(AM1_9).asked(|op| op.post_activation = Number::from(u32::from(app::MISSING))),
        broken(STV_7).asked(|op| changed(&mut op.static_vector.0, without_requests)),
        broken(VER_21).asked(|op| {
            changed(&mut op.static_vector.0, weaker);
            op.signature_tries = Number::from(99);
            op.identification_window = Number::from(100);
        }),
        broken(VER_22).asked(|op| op.signature_tries = Number::from(99)),
    ]);
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let key = t.random();
        Ok(Setup::default().server(t, key))
    };
    alone(ask, defects)
}

fn client_create() -> Table<Alone, ClientCreate> {
    let defects = static_vector(|defect: Defect<Alone, ClientCreate>, bend| {
        defect.asked(move |op| op.static_vector.iter_mut().for_each(|vector| bend(&mut vector.0)))
    });
    alone(|t, _| Ok(Setup::default().client(t)), defects)
}

fn single_client_create() -> Table<Alone, ClientSingleCreate> {
    let defects = static_vector(|defect: Defect<Alone, ClientSingleCreate>, bend| {
        defect.asked(move |op| op.static_vector.iter_mut().for_each(|vector| bend(&mut vector.0)))
    });
    alone(|t, _| Ok(SingleSetup::default().client(t.random())), defects)
}

fn single_create() -> Table<Alone, ServerSingleCreate> {
    let broken = breaks::<Alone, ServerSingleCreate>;
    let mut defects = static_vector(|defect: Defect<Alone, ServerSingleCreate>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    defects.extend([
        broken(AM1_8).asked(|op| op.serial = OTHER_PREFIX.into()),
        broken(VER_21).asked(|op| {
            changed(&mut op.static_vector.0, weaker);
            op.signature_tries = Number::from(99);
        }),
        broken(VER_22).asked(|op| op.signature_tries = Number::from(99)),
    ]);
    let ask = |t: &mut Play<'_, '_>, _: &mut Alone| {
        let setup = SingleSetup::with(|of| of.applications = vector().applications);
        Ok(setup.server(t.random()))
    };
    alone(ask, defects)
}

/// A vector whose responses are long enough for as many tries as there may be.
fn strong() -> SingleSetup {
    SingleSetup::with(|of| {
        of.applications = otp_vector().applications;
        of.applications.iter_mut().for_each(|rules| rules.form.length = rules.form.length.max(9));
    })
}

fn single_reimport() -> Table<Alone, ServerSingleReimport> {
    let broken = breaks::<Alone, ServerSingleReimport>;
    let mut defects = static_vector(|defect: Defect<Alone, ServerSingleReimport>, bend| {
        defect.asked(move |op| bend(&mut op.static_vector.0))
    });
    let shorter =
        |vector: &mut StaticVector| vector.applications.iter_mut().for_each(|rules| rules.form.length = 6);
    defects.extend([
        broken(AM1_8).asked(|op| other_prefix(&mut op.static_vector.0)),
        broken(VER_21).asked(move |op| changed(&mut op.static_vector.0, shorter)),
        broken(VER_22).asked(move |op| {
            changed(&mut op.static_vector.0, |vector| {
                vector.applications.retain(|rules| matches!(rules.factor, Factor::Time(_)));
                shorter(vector);
                vector.applications.iter_mut().for_each(|rules| rules.form.check_digit = false);
            });
        }),
    ]);
    let ask = |t: &mut Play<'_, '_>, world: &mut Alone| {
        let (setup, license_key) = (strong(), t.random());
        let create = ServerSingleCreate { signature_tries: Number::from(99), ..setup.server(license_key) };
        done(t, &world.party, &create)?;
        Ok(ServerSingleReimport { license_key: Array(license_key), static_vector: create.static_vector })
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
