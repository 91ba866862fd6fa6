//! Both sides of limits that several operations have, in each of them: the last that is allowed is taken, the first that is
//! not is refused. `tests/limits.rs` measures which limits are decided where.

use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::crypto::answer::Algorithm;
use channel::crypto::oath::Hash;
use channel::rule::{
    LGN_7, LGN_9, LGN_13, LIF_6, MSV_4, PWD_2, PWD_3, Rule, SDL_4, SDL_6, STV_2, STV_5, STV_6,
};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, StaticVector};
use harness::case::{Case, Role};
use harness::forge::file::{Licensed, Sheet};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, application};
use harness::single_scene::{Single, SingleSetup};
use harness::trial::{Party, Stop, Trial};
use peer::operations::{
    ClientSingleActivateOnline, ClientSingleCreate, ExportSvfRead, LicenseFileRead, LicenseFileWrite,
    LicenseParameters, RandomFile, ServerCreate, ServerSingleCreate, ServerSingleReimport,
};
use peer::protocol::{Array, Bytes, Number, Operation};

use super::license_file_bent::{bent, defects, sheet};
use super::login::{cancellation, confirmed, rejection, retrieved, start};
use super::{import, information, negative, open_vector, reimport};

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vectors();
    cases.extend(numbers());
    cases.extend(files());
    cases.extend(single());
    cases.extend(logins());
    cases
}

// --- static vectors ---

/// The vector whose bytes are bent: its first application has two data fields and stands at 36.
fn usual() -> StaticVector {
    let form = |length, radix, check| (length, radix, check);
    let mut first = application(1, Mode::Signature, Factor::Time(36), form(8, Radix::Decimal, false));
    first.data_fields = vec![(0, 64), (1, 1)];
    let all = form(16, Radix::Hexadecimal, true);
    let mut eight = application(2, Mode::MultiMode, Factor::TimeAndEvent(36), all);
    eight.data_fields = vec![(64, 64); 8];
    let second = application(3, Mode::ResponseOnly, Factor::Time(1), form(6, Radix::Decimal, false));
    let open = |index, factor, algorithm| ApplicationRules {
        algorithm,
        secure_channel: false,
        ..application(index, Mode::ResponseOnly, factor, form(8, Radix::Decimal, false))
    };
    let totp = open(4, Factor::Time(u16::MAX), Algorithm::Totp(Hash::Sha512));
    let hotp = open(HOTP, Factor::Event, Algorithm::Hotp);
    let unlock = application(8, Mode::Unlock, Factor::Time(36), form(6, Radix::Decimal, false));
    let mut vector = Setup::default().vector;
    vector.applications = vec![first, eight, second, totp, hotp, unlock];
    let password = &mut vector.password;
    (password.required, password.minimum, password.maximum) = (true, 1, 64);
    (password.tries, password.refuse_weak, vector.binding) = (99, true, true);
    vector
}

/// Index of the application with HOTP.
const HOTP: u8 = 5;

/// Between them they have all that is allowed at its least and at its most.
fn allowed() -> [Vec<u8>; 3] {
    let mut few = usual();
    (few.password.minimum, few.password.tries) = (64, 1);
    [usual().to_bytes(), few.to_bytes(), open_vector::long(481)]
}

/// A byte of the usual vector set; its records for the password, binding and the first application begin at 26, 33, 36.
fn set(at: usize, value: u8) -> Vec<u8> {
    let mut vector = usual().to_bytes();
    vector.iter_mut().skip(at).take(1).for_each(|byte| *byte = value);
    vector
}

/// The same of the application with HOTP, counted from its index.
fn set_hotp(at: usize, value: u8) -> Vec<u8> {
    let mut vector = usual().to_bytes();
    let name = b"APPL5     ";
    let name = vector.windows(name.len()).position(|window| window == name).unwrap_or(0);
    vector.iter_mut().skip(name - 8 + at).take(1).for_each(|byte| *byte = value);
    vector
}

/// One value just beyond its range in each.
fn beyond() -> Vec<(Rule, Vec<u8>)> {
    const VALUES: [(usize, u8); 26] = [
        (28, 2),
        (29, 0),
        (30, 65),
        (30, 0),
        (31, 0),
        (31, 100),
        (32, 2),
        (35, 2),
        (38, 0),
        (38, 9),
        (39, 16),
        (40, 0),
        (40, 6),
        (41, 0),
        (41, 7),
        (42, 0),
        (42, 4),
        (44, 0),
        (45, 5),
        (45, 17),
        (56, 9),
        (58, 0),
        (58, 65),
        (59, 2),
        (60, 0),
        (60, 65),
    ];
    let mut all: Vec<_> = VALUES.iter().map(|(at, value)| (STV_5, set(*at, *value))).collect();
    all.extend([(STV_5, set_hotp(6, 1)), (STV_6, set_hotp(7, 9)), (STV_2, open_vector::long(482))]);
    all
}

fn vectors() -> Vec<Case> {
    type Plays = fn(&mut Trial<'_>) -> Result<(), Stop>;
    let plays: [(&str, Role, Plays); 10] = [
        ("server-create", Role::Server, |t| {
            let key = t.random();
            let ask = Setup::default().server(t, key);
            makes(t, |t| t.peer_server(), |vector| ServerCreate { static_vector: vector, ..ask.clone() })
        }),
        ("client-single-create", Role::Client, |t| {
            let ask = SingleSetup::default().client(t.random());
            makes(
                t,
                |t| t.peer_client(),
                |vector| ClientSingleCreate { static_vector: Some(vector), ..ask.clone() },
            )
        }),
        ("server-single-create", Role::Server, |t| {
            let ask = SingleSetup::default().server(t.random());
            makes(
                t,
                |t| t.peer_server(),
                |vector| ServerSingleCreate { static_vector: vector, ..ask.clone() },
            )
        }),
        ("server-single-reimport", Role::Server, |t| {
            let scene = Single::created(t, Under::Server, SingleSetup::default())?;
            let key = scene.license_key;
            changes(t, &scene.server, |static_vector| ServerSingleReimport {
                license_key: Array(key),
                static_vector,
            })
        }),
        ("export-svf-read", Role::Primitive("export_svf.read"), |t| {
            let party = t.peer_client();
            changes(t, &party, |Bytes(vector)| {
                let text = channel::text::hex::encode(&vector) + "\n";
                ExportSvfRead { file: Bytes(text.into_bytes()) }
            })
        }),
        ("license-file-write", Role::Primitive("license_file.write"), |t| {
            let party = t.peer_client();
            let ask = writing(t, &Setup::default().message_vector().encode());
            changes(t, &party, |static_vector| LicenseFileWrite { static_vector, ..ask.clone() })
        }),
        ("license-file-read", Role::Primitive("license_file.read"), |t| {
            let party = t.peer_client();
            let sheet = own_sheet(t);
            changes(t, &party, |Bytes(vector)| reads(&of_vector(&sheet, &vector)))
        }),
        ("server-import", Role::Server, |t| {
            let sheet = own_sheet(t);
            let ask = import::question(t, &sheet, String::new(), SERIAL);
            makes(
                t,
                |t| t.peer_server(),
                |Bytes(vector)| {
                    let file = Bytes(of_vector(&sheet, &vector).file().into_bytes());
                    peer::operations::ServerImport { file, ..ask.clone() }
                },
            )
        }),
        ("server-reimport", Role::Server, |t| {
            let scene = Scene::new(t, Under::Server, Setup::default(), Stage::Created)?;
            let sheet = own_sheet(t);
            let ask = reimport::question(t, &sheet, String::new());
            changes(t, &scene.server, |Bytes(vector)| {
                let file = Bytes(of_vector(&sheet, &vector).file().into_bytes());
                peer::operations::ServerReimport { file, ..ask.clone() }
            })
        }),
        ("client-create", Role::Client, |t| {
            let ask = Setup::default().client(t);
            makes(
                t,
                |t| t.peer_client(),
                |vector| peer::operations::ClientCreate { static_vector: Some(vector), ..ask.clone() },
            )
        }),
    ];
    plays
        .into_iter()
        .map(|(name, role, play)| {
            let about = format!(
                "{name}: each value of a static vector is taken at both ends of its range, not beyond"
            );
            negative(format!("ends-vector-{name}"), role, STV_5, about, play)
        })
        .collect()
}

/// Of an operation that makes its session.
fn makes<Op: Operation>(
    t: &mut Trial<'_>,
    party: fn(&mut Trial<'_>) -> Party,
    ask: impl Fn(Bytes) -> Op,
) -> Result<(), Stop> {
    let none = party(t);
    for (rule, vector) in beyond() {
        t.refuses_stateless(rule, &none, &ask(Bytes(vector)))?;
    }
    for vector in allowed() {
        let made = party(t);
        t.twin(STV_5.id, &made, &ask(Bytes(vector)))?;
    }
    Ok(())
}

/// Of an operation on a session, or on none.
fn changes<Op: Operation>(t: &mut Trial<'_>, party: &Party, ask: impl Fn(Bytes) -> Op) -> Result<(), Stop> {
    for (rule, vector) in beyond() {
        t.refuses_stateless(rule, party, &ask(Bytes(vector)))?;
    }
    allowed().into_iter().try_for_each(|vector| t.twin(STV_5.id, party, &ask(Bytes(vector))).map(drop))
}

// --- files ---

/// Of the license in a file.
const SERIAL: &str = "VDS1000120";

fn own_sheet(t: &mut Trial<'_>) -> Sheet {
    let setup = Setup::default();
    let license = Licensed::new(SERIAL, t.random());
    let numbers = setup.message_vector().encode();
    Sheet::new(t.random(), t.random(), &setup.vector.to_bytes(), &numbers, &[license])
}

fn of_vector(sheet: &Sheet, vector: &[u8]) -> Sheet {
    let before = channel::text::hex::encode(&Setup::default().vector.to_bytes());
    sheet.bent(1, &before, &channel::text::hex::encode(vector))
}

fn reads(sheet: &Sheet) -> LicenseFileRead {
    LicenseFileRead { transport_key: Array(sheet.transport), file: Bytes(sheet.file().into_bytes()) }
}

fn writing(t: &mut Trial<'_>, message_vector: &str) -> LicenseFileWrite {
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
    let digits = format!("{all:025X}");
    format!("{digits}{}", check_digit(&digits, Radix::Hexadecimal))
}

fn of_numbers(sheet: &Sheet, numbers: &str) -> Sheet {
    sheet.bent(1, &Setup::default().message_vector().encode(), numbers)
}

fn beyond_numbers() -> impl Iterator<Item = String> {
    BEYOND.iter().map(|one| with(std::slice::from_ref(one)))
}

fn numbers() -> Vec<Case> {
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
fn files() -> Vec<Case> {
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
                let good = import::question(t, &sheet, sheet.file(), SERIAL);
                t.twin(LIF_6.id, &none, &good).map(drop)
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
                let good = reimport::question(t, &sheet, sheet.file());
                t.twin(LIF_6.id, &scene.server, &good).map(drop)
            },
        ),
    ]
}

// --- single-device clients ---

/// Digits with their check digit.
fn checked(digits: &str, radix: Radix) -> String {
    format!("{digits}{}", check_digit(digits, radix))
}

fn single() -> Vec<Case> {
    vec![
        negative(
            "ends-code-single-activate",
            Role::Client,
            SDL_4,
            "client.single_activate takes a code of each length and of the greatest number, and none beside them",
            |t| {
                let setup = SingleSetup { short_codes: true, ..SingleSetup::default() };
                let scene = Single::created(t, Under::Client, setup)?;
                let lengths = [32, 34].map(|length| "F".repeat(length)).into_iter();
                let lengths = lengths.chain([15, 17].map(|length| "A".repeat(length)));
                let lengths = lengths.chain([19, 21, 39, 41].map(|length| "1".repeat(length)));
                for code in lengths {
                    let bad = scene.activation(t, &code);
                    t.refuses_only(SDL_4, &scene.client, &bad)?;
                }
                let most = "340282366920938463463374607431768211455";
                let more = "340282366920938463463374607431768211456";
                for code in [checked(more, Radix::Decimal), "18446744073709551616".into()] {
                    let bad = scene.activation(t, &code);
                    t.refuses_only(SDL_6, &scene.client, &bad)?;
                }
                let good = [
                    checked(most, Radix::Decimal),
                    "18446744073709551615".into(),
                    "F".repeat(16),
                    checked(&"F".repeat(32), Radix::Hexadecimal),
                ];
                for code in good {
                    let good = scene.activation(t, &code);
                    t.twin(SDL_6.id, &scene.client, &good)?;
                }
                Ok(())
            },
        ),
        negative(
            "ends-password-single-activate-online",
            Role::Client,
            PWD_2,
            "client.single_activate_online takes a password of the shortest and the longest length, and none beside them",
            |t| {
                let scene = Single::created(t, Under::Client, SingleSetup::default())?;
                let data = scene.data(t, None, false)?;
                let rules = scene.setup.vector.password;
                let [least, most] = [rules.minimum, rules.maximum].map(usize::from);
                let mut ask = |password: String| ClientSingleActivateOnline {
                    data: data.clone(),
                    shared_secret: None,
                    password: Some(password),
                    random: scene.right(t).random,
                };
                let of = |length: usize| "1357".chars().cycle().take(length).collect::<String>();
                let bad = [of(least - 1), of(most + 1)].map(&mut ask);
                let odd = ["13\u{1F}57", "13\u{7F}57"].map(|password| ask(password.to_owned()));
                let good = [of(least), of(most), "1 ~57".to_owned()].map(&mut ask);
                bad.iter().try_for_each(|bad| t.refuses_only(PWD_2, &scene.client, bad))?;
                odd.iter().try_for_each(|bad| t.refuses_only(PWD_3, &scene.client, bad))?;
                good.iter().try_for_each(|good| t.twin(PWD_2.id, &scene.client, good).map(drop))
            },
        ),
    ]
}

// --- logins ---

fn logins() -> Vec<Case> {
    let timed = |t: &mut Trial<'_>| -> Result<Scene, Stop> {
        let scene = confirmed(t)?;
        t.needs_time(&scene.server)?;
        Ok(scene)
    };
    vec![
        negative(
            "ends-login-cancel",
            Role::Server,
            LGN_9,
            "a login can be cancelled until the last second that it is pending or retrieved, not after",
            move |t| {
                let mut scene = timed(t)?;
                for is_retrieved in [false, true] {
                    let limit = if is_retrieved { 180 } else { 60 };
                    for (seconds, is_in_time) in [(limit + 1, false), (limit, true)] {
                        let login = if is_retrieved { retrieved(t, &scene)? } else { start(t, &scene)? };
                        scene.now += seconds;
                        let cancel = cancellation(&scene, &login.key);
                        match is_in_time {
                            true => t.twin(LGN_9.id, &scene.server, &cancel).map(drop)?,
                            false => t.refuses_stateless(LGN_9, &scene.server, &cancel)?,
                        }
                    }
                }
                Ok(())
            },
        ),
        negative(
            "ends-login-reject",
            Role::Server,
            LGN_9,
            "a login can be rejected until the last second that it is retrieved, not after; one that is pending, never",
            move |t| {
                let mut scene = timed(t)?;
                for (is_retrieved, seconds, rule) in [
                    (false, 60, Some(LGN_13)),
                    (false, 61, Some(LGN_9)),
                    (true, 181, Some(LGN_9)),
                    (true, 180, None),
                ] {
                    let login = if is_retrieved { retrieved(t, &scene)? } else { start(t, &scene)? };
                    scene.now += seconds;
                    let message = information::inform(t, &scene, &login.key)?;
                    let reject = rejection(&scene, &message);
                    match rule {
                        Some(rule) => t.refuses_using_up(rule, &scene.server, &reject)?,
                        None => t.twin(LGN_9.id, &scene.server, &reject).map(drop)?,
                    }
                }
                Ok(())
            },
        ),
        negative(
            "ends-login-known",
            Role::Server,
            LGN_7,
            "of a login of an hour ago each operation says that it has expired, a second later that there is none",
            move |t| {
                let mut scene = timed(t)?;
                for (seconds, rule) in [(3600, LGN_9), (3601, LGN_7)] {
                    let login = start(t, &scene)?;
                    scene.now += seconds;
                    let message = information::inform(t, &scene, &login.key)?;
                    let cancel = cancellation(&scene, &login.key);
                    t.refuses_stateless(rule, &scene.server, &cancel)?;
                    let approve = super::login::approval(&scene, &login, "00000000");
                    t.refuses_stateless(rule, &scene.server, &approve)?;
                    t.refuses_stateless(rule, &scene.server, &rejection(&scene, &message))?;
                }
                let login = start(t, &scene)?;
                t.twin(LGN_7.id, &scene.server, &cancellation(&scene, &login.key)).map(drop)
            },
        ),
    ]
}
