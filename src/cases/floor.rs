//! What a license is not made with: settings by which a response could be guessed, and Secure Channel without an
//! application that could answer. Each edge is met from both sides, by one try, one step or one event.

use super::{import, reimport};
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::rule::{AM1_8, AM1_9, IMP_2, Rule, STV_7, VER_21, VER_22};
use channel::wire::message_vector::MessageVector;
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, StaticVector};
use harness::area::Area;
use harness::case::{Case, Role};
use harness::forge::file::{Licensed, Sheet};
use harness::forge::single::License;
use harness::play::{Ask, Play};
use harness::setup::{Setup, application, otp, vector};
use harness::single_setup::SingleSetup;
use peer::operations::*;
use peer::protocol::{Array, Bytes, Data, Number};

/// Length of a response, its digits, and whether the last one is a check digit.
pub(super) type Form = (u8, Radix, bool);

pub(super) const SIX: Form = (6, Radix::Decimal, false);
/// Ten to the five responses.
pub(super) const FIVE: Form = (6, Radix::Decimal, true);
/// Sixteen to the five.
const FIVE_HEXADECIMAL: Form = (6, Radix::Hexadecimal, true);
const LONGEST: Form = (16, Radix::Hexadecimal, false);

/// `signature_tries`, `identification_window`, `signature_window`, `first_use_s`, `look_ahead`.
type Numbers = [u32; 5];

/// The largest that there are.
const MOST: Numbers = [99, 100, 100, 10_800, 20];

/// An application, the numbers with which it is as strong as it must be, and those that are one too many.
struct Edge {
    name: &'static str,
    about: &'static str,
    rule: Rule,
    application: fn() -> ApplicationRules,
    good: Numbers,
    bad: Numbers,
}

fn edges() -> Vec<Edge> {
    let edge = |rule, name, about, application, good, bad| Edge { name, about, rule, application, good, bad };
    let usual = |name, about, application, good, bad| edge(VER_21, name, about, application, good, bad);
    let first = |name, about, application, good, bad| edge(VER_22, name, about, application, good, bad);
    vec![
        usual(
            "identification",
            "five digits with an identification window of 100 allow nine tries",
            || rules(Mode::ResponseOnly, Factor::Time(36), FIVE),
            [9, 100, 0, 0, 0],
            [10, 100, 0, 0, 0],
        ),
        usual(
            "signature",
            "five digits with a signature window of 100 allow nine tries",
            || rules(Mode::Signature, Factor::Time(36), FIVE),
            [9, 0, 100, 0, 0],
            [10, 0, 100, 0, 0],
        ),
        usual(
            "multi-mode-identification",
            "of an application of mode MM the greater window counts: that of identification",
            || rules(Mode::MultiMode, Factor::Time(36), FIVE),
            [9, 100, 24, 0, 0],
            [10, 100, 24, 0, 0],
        ),
        usual(
            "multi-mode-signature",
            "of an application of mode MM the greater window counts: that of signatures",
            || rules(Mode::MultiMode, Factor::Time(36), FIVE),
            [9, 24, 100, 0, 0],
            [10, 24, 100, 0, 0],
        ),
        usual(
            "challenge",
            "an application of mode CR answers challenges in the identification window",
            || rules(Mode::ChallengeResponse, Factor::Time(36), FIVE),
            [9, 100, 0, 0, 0],
            [10, 100, 0, 0, 0],
        ),
        usual(
            "challenge-in-message",
            "an application of mode CR that a request may name answers in the signature window, too",
            || rules(Mode::ChallengeResponse, Factor::Time(36), FIVE),
            [9, 0, 100, 0, 0],
            [10, 0, 100, 0, 0],
        ),
        usual(
            "event",
            "five digits with a look-ahead of 20 allow 47 tries",
            || rules(Mode::ResponseOnly, Factor::Event, FIVE),
            [47, 0, 0, 0, 20],
            [48, 0, 0, 0, 20],
        ),
        usual(
            "time-and-event",
            "with both factors each step has all events: six digits allow four tries at the limits",
            || rules(Mode::ResponseOnly, Factor::TimeAndEvent(60), SIX),
            [4, 100, 0, 0, 20],
            [5, 100, 0, 0, 20],
        ),
        usual(
            "hexadecimal",
            "five hexadecimal digits count to the base 16",
            || rules(Mode::ResponseOnly, Factor::TimeAndEvent(60), FIVE_HEXADECIMAL),
            [4, 100, 0, 0, 20],
            [5, 100, 0, 0, 20],
        ),
        usual(
            "window",
            "a window is as wide as its half on each side: 99 is enough for ten tries, 100 is not",
            || rules(Mode::ResponseOnly, Factor::Time(36), FIVE),
            [10, 99, 0, 0, 0],
            [10, 100, 0, 0, 0],
        ),
        usual(
            "look-ahead",
            "the event that is next counts with those ahead of it: 9 is enough for 99 tries, 10 is not",
            || rules(Mode::ResponseOnly, Factor::Event, FIVE),
            [99, 0, 0, 0, 9],
            [99, 0, 0, 0, 10],
        ),
        first(
            "first-use",
            "six digits with a first use of three hours allow 83 tries",
            || rules(Mode::ResponseOnly, Factor::Time(36), SIX),
            [83, 0, 0, 10_800, 0],
            [84, 0, 0, 10_800, 0],
        ),
        first(
            "first-use-300-steps",
            "a first use of three hours has no more than 300 steps on each side, however short they are",
            || rules(Mode::Signature, Factor::Time(1), SIX),
            [83, 0, 0, 10_800, 0],
            [84, 0, 0, 10_800, 0],
        ),
        first(
            "first-use-steps",
            "five digits with a first use of 180 steps allow 13 tries",
            || rules(Mode::ResponseOnly, Factor::Time(60), FIVE),
            [13, 24, 0, 10_800, 0],
            [14, 24, 0, 10_800, 0],
        ),
        first(
            "first-use-time-and-event",
            "with both factors the first use has all events at each step: six digits allow six tries",
            || rules(Mode::ResponseOnly, Factor::TimeAndEvent(60), SIX),
            [6, 0, 0, 10_800, 20],
            [7, 0, 0, 10_800, 20],
        ),
        first(
            "first-use-seconds",
            "a first use has whole steps: 85 of them are enough for 29 tries, and a second more is not",
            || rules(Mode::ResponseOnly, Factor::Time(36), FIVE),
            [29, 0, 0, 85 * 36 + 35, 0],
            [29, 0, 0, 86 * 36, 0],
        ),
    ]
}

pub(super) fn rules(mode: Mode, factor: Factor, form: Form) -> ApplicationRules {
    application(2, mode, factor, form)
}

/// A vector with an application that nobody can guess, which signs AM2, and others.
pub(super) fn with(others: Vec<ApplicationRules>) -> StaticVector {
    let first = application(1, Mode::Signature, Factor::Event, LONGEST);
    StaticVector { applications: [vec![first], others].concat(), ..vector() }
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut settings = Area::new("settings", Role::Server);
    multi_device(&mut settings);
    not_judged(&mut settings);
    channel(&mut settings);
    orders(&mut settings);
    from_files(&mut settings);
    single_device(&mut settings);
    let mut read = Area::new("settings-read", Role::Primitive("license_file.read"));
    read.accepts(
        &["IMP-4"],
        "weak",
        "a file whose licenses are too weak to be imported is read all the same",
        |t| {
            let (sheet, party) = (weak_sheet(t), t.peer_client());
            let op = LicenseFileRead {
                transport_key: Array(sheet.transport),
                file: Bytes(sheet.file().into_bytes()),
            };
            t.agrees("IMP-4", &Ask { party, op })
        },
    );
    let mut write = Area::new("settings-write", Role::Primitive("license_file.write"));
    write.accepts(
        &["IMP-4"],
        "weak",
        "a file whose licenses are too weak to be imported is written all the same",
        |t| {
            let (vector, numbers) = weak();
            let license = LicenseParameters {
                serial: "VDS1000120".into(),
                r#type: "MOBILE".into(),
                application: "ACTIVATION  ".into(),
                threshold: Number::from(9),
                secure_channel: true,
                license_key: Array(t.random()),
            };
            let op = LicenseFileWrite {
                transport_key: Array(t.random()),
                static_vector: Bytes(vector.to_bytes()),
                message_vector: numbers.encode(),
                licenses: vec![license],
                random: Some(RandomFile { file_id: Some(Array(t.random())) }),
            };
            let party = t.peer_client();
            t.agrees("IMP-4", &Ask { party, op })
        },
    );
    [settings, read, write].into_iter().flat_map(Area::cases).collect()
}

/// `server.create` of a license on this vector.
fn create(t: &mut Play<'_, '_>, setup: &Setup, numbers: Numbers) -> Ask<ServerCreate> {
    let [tries, identification, signature, first_use_s, look_ahead] = numbers;
    let license_key = t.random();
    let op = ServerCreate {
        signature_tries: Number::from(tries),
        identification_window: Number::from(identification),
        signature_window: Number::from(signature),
        first_use_s: Number::from(first_use_s),
        look_ahead: Number::from(look_ahead),
        ..setup.server(t, license_key)
    };
    Ask { party: t.peer_server(), op }
}

pub(super) fn on(vector: StaticVector) -> Setup {
    Setup { vector, post_activation: 1, ..Setup::default() }
}

fn multi_device(settings: &mut Area) {
    for Edge { name, about, rule, application, good, bad } in edges() {
        settings.refuses(rule, name, about, move |t| {
            let setup = on(with(vec![application()]));
            let bad = create(t, &setup, bad);
            t.refuses(rule, &bad)?;
            // The same session: the refusal has made none.
            let good = create(t, &setup, good);
            t.accepts(rule, &Ask { party: bad.party, ..good })
        });
    }
    settings.refuses(
        VER_21,
        "one-of-eight",
        "the last of eight applications is judged as the first is",
        |t| {
            let strong = |index| application(index, Mode::ResponseOnly, Factor::Time(36), LONGEST);
            let others = |last: Form| {
                let last = application(8, Mode::ResponseOnly, Factor::Time(36), last);
                on(with((2..8).map(strong).chain([last]).collect()))
            };
            let numbers = [10, 100, 24, 10_800, 10];
            let bad = create(t, &others(FIVE), numbers);
            t.refuses(VER_21, &bad)?;
            let good = create(t, &others(LONGEST), numbers);
            t.accepts(VER_21, &good)
        },
    );
    settings.accepts(
        &["VER-21", "VER-22"],
        "most",
        "sixteen hexadecimal digits are enough for the largest numbers that there are",
        |t| {
            let good =
                create(t, &on(with(vec![rules(Mode::MultiMode, Factor::TimeAndEvent(1), LONGEST)])), MOST);
            t.agrees(VER_21, &good)?;
            t.implied(&["VER-22"])
        },
    );
    settings.accepts(
        &["VER-21", "VER-22"],
        "published",
        "the published windows go with six digits: 100, 24 and three hours, and 83 tries",
        |t| {
            let six = [
                rules(Mode::ResponseOnly, Factor::Time(36), SIX),
                application(3, Mode::Signature, Factor::Time(36), SIX),
                application(4, Mode::ResponseOnly, Factor::Event, SIX),
            ];
            let good = create(t, &on(with(six.to_vec())), [83, 100, 24, 10_800, 20]);
            t.agrees(VER_21, &good)?;
            t.implied(&["VER-22"])
        },
    );
}

/// What would be weak if it were used so.
fn not_judged(settings: &mut Area) {
    type Strong = (&'static str, &'static str, bool, fn() -> ApplicationRules, Numbers);
    let each: [Strong; 5] = [
        (
            "disabled",
            "an application that is disabled may be as weak as it likes",
            true,
            || ApplicationRules { enabled: false, ..rules(Mode::MultiMode, Factor::TimeAndEvent(1), FIVE) },
            MOST,
        ),
        (
            "unlock",
            "an unlock application has one right response, whatever the windows are",
            true,
            || rules(Mode::Unlock, Factor::TimeAndEvent(1), FIVE),
            MOST,
        ),
        (
            "signature-without-identification",
            "an application of mode SG has nothing to do with the identification window",
            true,
            || rules(Mode::Signature, Factor::Time(36), FIVE),
            [99, 100, 8, 0, 20],
        ),
        (
            "challenge-without-message",
            "an application of mode CR that no request may name has nothing to do with the signature window",
            true,
            || ApplicationRules {
                secure_channel: false,
                ..rules(Mode::ChallengeResponse, Factor::Time(36), FIVE)
            },
            [99, 8, 100, 0, 20],
        ),
        (
            "challenge-without-channel",
            "without Secure Channel no application of mode CR has to do with the signature window",
            false,
            || rules(Mode::ChallengeResponse, Factor::Time(36), FIVE),
            [99, 8, 100, 0, 20],
        ),
    ];
    for (name, about, secure_channel, application, numbers) in each {
        settings.accepts(&["VER-21", "VER-22"], name, about, move |t| {
            let setup = Setup { secure_channel, ..on(with(vec![application()])) };
            let good = create(t, &setup, numbers);
            t.agrees(VER_21, &good)?;
            t.implied(&["VER-22"])
        });
    }
}

/// A vector on which Secure Channel has nothing to ask: the application that signs AM2 is not allowed for requests.
fn without_requests() -> StaticVector {
    let mut vector = with(vec![
        rules(Mode::ResponseOnly, Factor::Event, LONGEST),
        ApplicationRules { enabled: false, ..application(3, Mode::Signature, Factor::Event, LONGEST) },
        application(4, Mode::Unlock, Factor::Event, LONGEST),
    ]);
    if let Some(first) = vector.applications.first_mut() {
        first.secure_channel = false;
    }
    vector
}

const USUAL: Numbers = [4, 100, 24, 10_800, 10];

fn channel(settings: &mut Area) {
    settings.refuses(
        STV_7,
        "nothing-to-ask",
        "Secure Channel needs an application that a request may name: enabled, allowed, of mode SG, MM or CR",
        |t| {
            let bad = create(t, &on(without_requests()), USUAL);
            t.refuses(STV_7, &bad)?;
            // Without Secure Channel the same vector will do.
            let setup = Setup { secure_channel: false, ..on(without_requests()) };
            let good = create(t, &setup, USUAL);
            t.accepts(STV_7, &good)?;
            for mode in [Mode::Signature, Mode::MultiMode, Mode::ChallengeResponse] {
                let mut vector = without_requests();
                vector.applications.push(application(5, mode, Factor::Event, LONGEST));
                let good = create(t, &on(vector), USUAL);
                t.accepts(STV_7, &good)?;
            }
            Ok(())
        },
    );
}

/// Two defects: the earlier one decides.
fn orders(settings: &mut Area) {
    type Order = (&'static str, &'static str, Rule, fn() -> Setup);
    let each: [Order; 4] = [
        (
            "order-serial-before-channel",
            "a serial number of another vector and no application to ask: the serial number wins",
            AM1_8,
            || Setup { serial: "VDT1000120", ..on(without_requests()) },
        ),
        (
            "order-application-before-channel",
            "a post-activation application that can't sign and none to ask: the former wins",
            AM1_9,
            || Setup { post_activation: 2, ..on(without_requests()) },
        ),
        (
            "order-channel-before-guessing",
            "no application to ask and one that can be guessed: the former wins",
            STV_7,
            || {
                let mut vector = without_requests();
                vector.applications.push(application(5, Mode::ResponseOnly, Factor::Time(36), FIVE));
                on(vector)
            },
        ),
        (
            "order-usual-before-first-use",
            "one application that can be guessed at its first use and a later one that always can: the latter wins",
            VER_21,
            || {
                let at_first =
                    application(2, Mode::ResponseOnly, Factor::Time(36), (7, Radix::Decimal, true));
                let always = application(3, Mode::ResponseOnly, Factor::Time(36), FIVE);
                on(with(vec![at_first, always]))
            },
        ),
    ];
    for (name, about, rule, setup) in each {
        settings.refuses(rule, name, about, move |t| {
            let bad = create(t, &setup(), [84, 100, 24, 10_800, 10]);
            t.refuses(rule, &bad)?;
            let good = create(t, &on(with(Vec::new())), USUAL);
            t.accepts(rule, &Ask { party: bad.party, ..good })
        });
    }
}

/// A vector and numbers with which no license is made.
fn weak() -> (StaticVector, MessageVector) {
    let setup = on(with(vec![rules(Mode::ResponseOnly, Factor::Time(36), FIVE)]));
    let mut numbers = setup.message_vector();
    numbers.signature_tries = 10;
    (setup.vector, numbers)
}

/// A file of such a license.
fn weak_sheet(t: &mut Play<'_, '_>) -> Sheet {
    let (vector, numbers) = weak();
    sheet(t, &vector, &numbers, true)
}

fn sheet(
    t: &mut Play<'_, '_>,
    vector: &StaticVector,
    numbers: &MessageVector,
    secure_channel: bool,
) -> Sheet {
    let licenses = ["VDS1000120", "VDS1000121"].map(|serial| Licensed::new(serial, t.random()));
    // The second one has nothing to ask for.
    let [first, second] = licenses;
    let licenses = [Licensed { secure_channel, ..first }, Licensed { secure_channel: false, ..second }];
    Sheet::new(t.random(), t.random(), &vector.to_bytes(), &numbers.encode(), &licenses)
}

fn from_files(settings: &mut Area) {
    type Defect = (&'static str, &'static str, Rule, fn() -> (StaticVector, MessageVector));
    let each: [Defect; 3] = [
        ("usual", "settings by which a response can always be guessed", VER_21, weak),
        ("first-use", "settings by which a response can be guessed at the first use", VER_22, || {
            let (vector, mut numbers) = weak();
            numbers.signature_tries = 9;
            (vector, numbers)
        }),
        ("channel", "Secure Channel without an application to ask", STV_7, || {
            let setup = on(without_requests());
            (setup.vector.clone(), setup.message_vector())
        }),
    ];
    for (name, what, rule, defect) in each {
        let about = format!("{what}: no license is imported with it, and a better file makes one");
        settings.refuses(rule, &format!("import-{name}"), &about, move |t| {
            let (vector, numbers) = defect();
            let (weak, party) = (sheet(t, &vector, &numbers, true), t.peer_server());
            let op = import::question(t, &weak, weak.file(), "VDS1000120");
            t.refuses(rule, &Ask { party: party.clone(), op })?;
            let (vector, numbers) = (with(Vec::new()), on(with(Vec::new())).message_vector());
            let good = sheet(t, &vector, &numbers, true);
            let op = import::question(t, &good, good.file(), "VDS1000120");
            t.accepts(rule, &Ask { party, op })
        });
        let about = format!("{what}: the license stays as it was, and its instance goes on");
        settings.refuses(rule, &format!("reimport-{name}"), &about, move |t| {
            let mut scene = reimport::used(t)?;
            let (vector, numbers) = defect();
            let weak = sheet(t, &vector, &numbers, true);
            let op = reimport::question(t, &weak, weak.file());
            t.refuses(rule, &Ask { party: scene.server.clone(), op })?;
            let none = Data::ResponseOnly {};
            let response = scene.respond(t, otp::TIME, &none, 0)?;
            let op = scene.verify_response(otp::TIME, &none, &response);
            t.accepts("IMP-4", &Ask { party: scene.server.clone(), op })?;
            let (vector, numbers) = (with(Vec::new()), on(with(Vec::new())).message_vector());
            let good = sheet(t, &vector, &numbers, true);
            let op = reimport::question(t, &good, good.file());
            t.accepts(rule, &Ask { party: scene.server, op })
        });
    }
    settings.refuses(
        IMP_2,
        "import-order-serial-first",
        "a serial number that isn't in a file of weak licenses: the serial number wins",
        |t| {
            let (weak, party) = (weak_sheet(t), t.peer_server());
            let op = import::question(t, &weak, weak.file(), "VDS1000122");
            t.refuses(IMP_2, &Ask { party: party.clone(), op })?;
            let good = on(with(Vec::new()));
            let good = sheet(t, &good.vector, &good.message_vector(), true);
            let op = import::question(t, &good, good.file(), "VDS1000121");
            t.accepts(IMP_2, &Ask { party, op })
        },
    );
    settings.follows(
        &["IMP-4"],
        "import-its-own",
        "of a file with a license that has nothing to ask, the others are imported",
        |t| {
            let setup = on(without_requests());
            let file = sheet(t, &setup.vector, &setup.message_vector(), true);
            let party = t.peer_server();
            let op = import::question(t, &file, file.file(), "VDS1000120");
            t.refuses(STV_7, &Ask { party: party.clone(), op })?;
            let op = import::question(t, &file, file.file(), "VDS1000121");
            t.agrees("IMP-4", &Ask { party, op })
        },
    );
}

/// `server.single_create` of a license on this vector.
fn create_single(t: &mut Play<'_, '_>, vector: &StaticVector, numbers: Numbers) -> Ask<ServerSingleCreate> {
    let [tries, identification, signature, first_use_s, look_ahead] = numbers;
    let setup = SingleSetup { vector: vector.clone(), ..SingleSetup::default() };
    let op = ServerSingleCreate {
        signature_tries: Number::from(tries),
        identification_window: Number::from(identification),
        signature_window: Number::from(signature),
        first_use_s: Number::from(first_use_s),
        look_ahead: Number::from(look_ahead),
        ..setup.server(t.random())
    };
    Ask { party: t.peer_server(), op }
}

fn single_device(settings: &mut Area) {
    for Edge { name, about, rule, application, good, bad } in edges() {
        if name == "challenge-in-message" {
            continue;
        }
        let about = format!("of a single device: {about}");
        settings.refuses(rule, &format!("single-{name}"), &about, move |t| {
            let vector = with(vec![application()]);
            let bad = create_single(t, &vector, bad);
            t.refuses(rule, &bad)?;
            let good = create_single(t, &vector, good);
            t.accepts(rule, &Ask { party: bad.party, ..good })
        });
    }
    settings.accepts(
        &["VER-21", "VER-22"],
        "single-challenge-without-message",
        "a single-device license is without Secure Channel: no challenge is answered in the signature window",
        |t| {
            let vector = with(vec![rules(Mode::ChallengeResponse, Factor::Time(36), FIVE)]);
            let good = create_single(t, &vector, [99, 8, 100, 0, 20]);
            t.agrees(VER_21, &good)?;
            t.implied(&["VER-22"])
        },
    );
    settings.accepts(
        &["VER-21"],
        "single-nothing-to-ask",
        "a single-device license needs no application that a request may name",
        |t| {
            let good = create_single(t, &without_requests(), USUAL);
            t.agrees(VER_21, &good)
        },
    );
    for (name, rule, tries) in [("usual", VER_21, 10), ("first-use", VER_22, 9)] {
        let about = "a static vector whose responses could be guessed: the license stays as it was";
        settings.refuses(rule, &format!("single-reimport-{name}"), about, move |t| {
            let strong = with(Vec::new());
            let made = create_single(t, &strong, [tries, 100, 24, 10_800, 10]);
            t.accepts(rule, &made)?;
            let reimport = |vector: StaticVector| Ask {
                party: made.party.clone(),
                op: ServerSingleReimport {
                    license_key: made.op.license_key,
                    static_vector: Bytes(vector.to_bytes()),
                },
            };
            t.refuses(rule, &reimport(with(vec![rules(Mode::ResponseOnly, Factor::Time(36), FIVE)])))?;
            t.accepts(rule, &reimport(strong.clone()))
        });
    }
    settings.follows(
        &["VER-24"],
        "kept",
        "a license that exists is loaded with whatever settings it has, and goes on",
        |t| {
            let vector = with(vec![rules(Mode::ResponseOnly, Factor::Time(36), FIVE)]);
            let setup = SingleSetup { vector, ..SingleSetup::default() };
            let mut license = License::fresh(&setup, t.random());
            license.content.put("tries", &[99]);
            let party = t.peer_server();
            t.agrees("VER-24", &Ask { party: party.clone(), op: license.load() })?;
            let op = ServerSingleGenerateActivationCode { hexadecimal: false };
            t.agrees("VER-24", &Ask { party, op })
        },
    );
}
