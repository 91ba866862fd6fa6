//! License files: the numbers of their message vector, and their defects, where one is imported.

use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::rule::{LIF_6, MSV_2, MSV_4, Rule, VER_21, VER_22};
use channel::wire::message_vector::{MessageVector, Windows};
use channel::wire::static_vector::{Factor, Mode, StaticVector};
use harness::case::{Case, Role};
use harness::forge::digits::with_digit;
use harness::forge::file::{Licensed, Sheet};
use harness::scene::{Scene, Stage, Under};
use harness::setup::Setup;
use harness::single_scene::SingleSetup;
use harness::trial::Trial;
use peer::operations::{
    LicenseFileRead, LicenseFileWrite, LicenseParameters, RandomFile, ServerSingleCreate,
    ServerSingleReimport,
};
use peer::protocol::{Array, Bytes, Number};

use super::super::floor::{self, FIVE, Form, SIX};
use super::super::license_file_bent::{bent, defects, sheet};
use super::super::{import, negative, reimport};

/// Of the license in a file.
pub(super) const SERIAL: &str = "VDS1000120";

pub(super) fn own_sheet(t: &mut Trial<'_>) -> Sheet {
    let setup = Setup::default();
    let license = Licensed::new(SERIAL, t.random());
    let numbers = setup.message_vector().encode();
    Sheet::new(t.random(), t.random(), &setup.vector.to_bytes(), &numbers, &[license])
}

pub(super) fn of_vector(sheet: &Sheet, vector: &[u8]) -> Sheet {
    let before = channel::text::hex::encode(&Setup::default().vector.to_bytes());
    sheet.bent(1, &before, &channel::text::hex::encode(vector))
}

pub(super) fn reads(sheet: &Sheet) -> LicenseFileRead {
    LicenseFileRead { transport_key: Array(sheet.transport), file: Bytes(sheet.file().into_bytes()) }
}

pub(super) fn writing(t: &mut Trial<'_>, message_vector: &str) -> LicenseFileWrite {
    LicenseFileWrite {
        transport_key: Array(t.random()),
        static_vector: Bytes(Setup::default().vector.to_bytes()),
        message_vector: message_vector.into(),
        licenses: vec![LicenseParameters {
            serial: SERIAL.into(),
            r#type: "MOBILE1".into(),
            application: "ACTIVATION  ".into(),
            threshold: Number::from(3),
            secure_channel: true,
            license_key: Array(t.random()),
        }],
        random: Some(RandomFile { file_id: Some(Array(t.random())) }),
    }
}

/// Places and values of the 100 bits of a message vector.
type Numbers<'n> = &'n [(u32, u32, u128)];

/// All at their most, but for the tries of signatures; all at their least, but for those.
static ALLOWED: [Numbers<'static>; 2] = [
    &[(7, 14, 9999), (53, 7, 99), (60, 7, 1), (67, 7, 100), (74, 7, 100), (81, 14, 10_800), (95, 5, 20)],
    &[(7, 14, 0), (53, 7, 1), (60, 7, 99), (67, 7, 0), (74, 7, 0), (81, 14, 0), (95, 5, 0)],
];
static BEYOND: [(u32, u32, u128); 9] = [
    (7, 14, 10_000),
    (53, 7, 0),
    (53, 7, 100),
    (60, 7, 0),
    (60, 7, 100),
    (67, 7, 101),
    (74, 7, 101),
    (81, 14, 10_801),
    (95, 5, 21),
];

/// A message vector with these numbers, and a right check digit.
fn with(numbers: Numbers<'_>) -> String {
    let good = Setup::default().message_vector().encode();
    let mut all = good.get(..25).and_then(|digits| u128::from_str_radix(digits, 16).ok()).unwrap_or(0);
    for (from, bits, value) in numbers {
        let low = 100 - from - bits;
        all = all & !(((1 << bits) - 1) << low) | value << low;
    }
    with_digit(&format!("{all:025X}"), Radix::Hexadecimal)
}

fn of_numbers(sheet: &Sheet, numbers: &str) -> Sheet {
    sheet.bent(1, &Setup::default().message_vector().encode(), numbers)
}

fn beyond_numbers() -> impl Iterator<Item = String> {
    BEYOND.iter().map(|one| with(std::slice::from_ref(one)))
}

pub(super) fn numbers() -> Vec<Case> {
    let about = |what: &str| {
        format!("{what}: each number of a message vector is taken at both ends of its range, not beyond")
    };
    let write = Role::Primitive("license_file.write");
    let read = Role::Primitive("license_file.read");
    vec![
        negative("ends-numbers-license-file-write", write, MSV_4, about("license_file.write"), |t| {
            let party = t.peer_client();
            let ask = writing(t, "");
            let ask = |message_vector| LicenseFileWrite { message_vector, ..ask.clone() };
            let own = with(&[]);
            for bad in [own.get(..25).unwrap_or_default().to_owned(), format!("{own}0")] {
                t.refuses_stateless(MSV_2, &party, &ask(bad))?;
            }
            beyond_numbers().try_for_each(|bad| t.refuses_stateless(MSV_4, &party, &ask(bad)))?;
            ALLOWED.iter().try_for_each(|good| t.twin(MSV_4.id, &party, &ask(with(good))).map(drop))
        }),
        negative("ends-numbers-license-file-read", read, MSV_4, about("license_file.read"), |t| {
            let party = t.peer_client();
            let sheet = own_sheet(t);
            let ask = |numbers: &str| reads(&of_numbers(&sheet, numbers));
            beyond_numbers().try_for_each(|bad| t.refuses_stateless(MSV_4, &party, &ask(&bad)))?;
            ALLOWED.iter().try_for_each(|good| t.twin(MSV_4.id, &party, &ask(&with(good))).map(drop))
        }),
        negative("ends-numbers-server-import", Role::Server, MSV_4, about("server.import"), |t| {
            let (sheet, none) = (own_sheet(t), t.peer_server());
            for bad in beyond_numbers() {
                let bad = import::question(t, &sheet, of_numbers(&sheet, &bad).file(), SERIAL);
                t.refuses_stateless(MSV_4, &none, &bad)?;
            }
            for good in ALLOWED {
                let made = t.peer_server();
                let good = import::question(t, &sheet, of_numbers(&sheet, &with(good)).file(), SERIAL);
                t.twin(MSV_4.id, &made, &good)?;
            }
            Ok(())
        }),
        negative("ends-numbers-server-reimport", Role::Server, MSV_4, about("server.reimport"), |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            let sheet = own_sheet(t);
            for bad in beyond_numbers() {
                let bad = reimport::question(t, &sheet, of_numbers(&sheet, &bad).file());
                t.refuses_only(MSV_4, &scene.server, &bad)?;
            }
            for good in ALLOWED {
                let good = reimport::question(t, &sheet, of_numbers(&sheet, &with(good)).file());
                t.twin(MSV_4.id, &scene.server, &good)?;
            }
            Ok(())
        }),
    ]
}

/// Every defect of a license file, where it is imported.
pub(super) fn defective() -> Vec<Case> {
    vec![
        negative(
            "ends-file-server-import",
            Role::Server,
            LIF_6,
            "server.import reads a file as license_file.read does: each defect of one is refused",
            |t| {
                let (sheet, none) = (sheet(t), t.peer_server());
                for (_, rule, bend) in defects() {
                    let bad = import::question(t, &sheet, bent(&sheet, bend)?, SERIAL);
                    t.refuses_stateless(rule, &none, &bad)?;
                }
                for good in at_ends(&sheet) {
                    let made = t.peer_server();
                    let good = import::question(t, &sheet, good.file(), SERIAL);
                    t.twin(LIF_6.id, &made, &good)?;
                }
                Ok(())
            },
        ),
        negative(
            "ends-file-server-reimport",
            Role::Server,
            LIF_6,
            "server.reimport reads a file as license_file.read does: each defect of one is refused",
            |t| {
                let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
                let sheet = sheet(t);
                for (_, rule, bend) in defects() {
                    let bad = reimport::question(t, &sheet, bent(&sheet, bend)?);
                    t.refuses_stateless(rule, &scene.server, &bad)?;
                }
                at_ends(&sheet).iter().try_for_each(|good| {
                    let good = reimport::question(t, &sheet, good.file());
                    t.twin(LIF_6.id, &scene.server, &good).map(drop)
                })
            },
        ),
    ]
}

/// The file, and the same with numbers and texts of a license at their ends.
fn at_ends(sheet: &Sheet) -> [Sheet; 4] {
    let named = |name: &str| sheet.bent(2, "\"type\":\"MOBILE1\"", &format!("\"type\":\"{name}\""));
    let most = sheet.bent(2, "\"threshold\":5", "\"threshold\":99");
    [sheet.clone(), named("M"), named("MOBILE1234567890"), most]
}

/// A form, and the numbers with which it is as strong as it must be: one try more is one too many.
struct Floor {
    rule: Rule,
    form: Form,
    tries: u8,
    identification: u16,
    first_use_s: u16,
}

static FLOORS: [Floor; 2] = [
    Floor { rule: VER_21, form: FIVE, tries: 9, identification: 100, first_use_s: 0 },
    Floor { rule: VER_22, form: SIX, tries: 83, identification: 0, first_use_s: 10_800 },
];

impl Floor {
    fn vector(&self) -> StaticVector {
        floor::with(vec![floor::rules(Mode::ResponseOnly, Factor::Time(36), self.form)])
    }

    /// The settings with so many tries.
    fn numbers(&self, tries: u8) -> MessageVector {
        let mut numbers = floor::on(self.vector()).message_vector();
        numbers.signature_tries = tries;
        numbers.windows = Windows {
            identification: self.identification,
            signature: 0,
            first_use_s: self.first_use_s,
            look_ahead: 0,
        };
        numbers
    }

    /// A file of a license with so many tries.
    fn sheet(&self, t: &mut Trial<'_>, tries: u8) -> Sheet {
        let license = Licensed::new(SERIAL, t.random());
        let numbers = self.numbers(tries).encode();
        Sheet::new(t.random(), t.random(), &self.vector().to_bytes(), &numbers, &[license])
    }
}

/// As weak as settings may be, wherever a license gets its own from a file, or its vector again.
pub(super) fn floors() -> Vec<Case> {
    let about = |what: &str| format!("{what}: as many tries as the settings allow, not one more");
    vec![
        negative("ends-floor-server-import", Role::Server, VER_21, about("server.import"), |t| {
            for floor in &FLOORS {
                let none = t.peer_server();
                let bad = floor.sheet(t, floor.tries + 1);
                let bad = import::question(t, &bad, bad.file(), SERIAL);
                t.refuses_stateless(floor.rule, &none, &bad)?;
                let good = floor.sheet(t, floor.tries);
                let good = import::question(t, &good, good.file(), SERIAL);
                t.twin(floor.rule.id, &none, &good)?;
            }
            Ok(())
        }),
        negative("ends-floor-server-reimport", Role::Server, VER_21, about("server.reimport"), |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            for floor in &FLOORS {
                let bad = floor.sheet(t, floor.tries + 1);
                let bad = reimport::question(t, &bad, bad.file());
                t.refuses_only(floor.rule, &scene.server, &bad)?;
                let good = floor.sheet(t, floor.tries);
                let good = reimport::question(t, &good, good.file());
                t.twin(floor.rule.id, &scene.server, &good)?;
            }
            Ok(())
        }),
        negative(
            "ends-floor-server-single-reimport",
            Role::Server,
            VER_21,
            about("server.single_reimport"),
            |t| {
                for floor in &FLOORS {
                    let license_key = t.random();
                    for tries in [floor.tries + 1, floor.tries] {
                        let setup = SingleSetup { vector: floor::with(Vec::new()), ..SingleSetup::default() };
                        let create = ServerSingleCreate {
                            signature_tries: Number::from(u32::from(tries)),
                            identification_window: Number::from(u32::from(floor.identification)),
                            signature_window: Number::from(0),
                            first_use_s: Number::from(u32::from(floor.first_use_s)),
                            look_ahead: Number::from(0),
                            ..setup.server(license_key)
                        };
                        let made = t.peer_server();
                        t.agrees("PPR-5", &made, &create)?;
                        let ask = ServerSingleReimport {
                            license_key: Array(license_key),
                            static_vector: Bytes(floor.vector().to_bytes()),
                        };
                        match tries > floor.tries {
                            true => t.refuses_only(floor.rule, &made, &ask)?,
                            false => t.twin(floor.rule.id, &made, &ask).map(drop)?,
                        }
                    }
                }
                Ok(())
            },
        ),
    ]
}
