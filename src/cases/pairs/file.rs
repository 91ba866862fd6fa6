//! License files: what reads one, and what makes a license of it.

use channel::bytes::Wire;
use channel::rule::*;
use channel::wire::message_vector::MessageVector;
use channel::wire::static_vector::StaticVector;
use harness::forge::file::{Licensed as Line, Sheet};
use harness::play::Play;
use harness::setup::{Setup, app, vector};
use harness::trial::{Party, Stop};
use peer::operations::*;
use peer::protocol::{Array, Bytes};

use super::create::{WEAKER_TRIES, weaker, without_requests};
use super::formats::{SERIALS, digits};
use super::license::done;
use super::table::{Built, Defect, Table, World, breaks};
use super::vector::{Bend, OTHER_PREFIX, static_vector};

/// The tables of this file.
pub(super) fn tables() -> Vec<Built> {
    vec![license_file_read().build(), import().build(), reimport().build()]
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
            paper.message.signature_tries = WEAKER_TRIES;
        }),
        broken(VER_22).begin(|paper| paper.message.signature_tries = 99),
    ]
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
