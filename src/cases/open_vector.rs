//! The static vector with open algorithms: what an algorithm allows of its application, and record 11.

use super::{negative, positive};
use channel::bytes::Wire;
use channel::check_digit::Radix;
use channel::crypto::answer::Algorithm;
use channel::crypto::oath::suite::Suite;
use channel::rule::{AM1_9, Rule, STV_2, STV_3, STV_4, STV_6};
use channel::wire::static_vector::{ApplicationRules, Factor, Mode, StaticVector};
use harness::case::{Case, Role};
use harness::scene::{Scene, Stage, Under};
use harness::setup::{Setup, open, open_vector};
use harness::trial::{Stop, Trial};
use peer::operations::{ClientCreate, ServerCreate};
use peer::protocol::{Bytes, Number};

type Bend = (&'static str, Rule, fn() -> Vec<u8>);

const BENDS: [Bend; 38] = [
    ("hotp-mode", STV_6, || with(open::HOTP, |it| mode(it, Mode::ChallengeResponse))),
    ("hotp-multi-mode", STV_6, || with(open::HOTP, |it| mode(it, Mode::MultiMode))),
    ("hotp-unlock", STV_6, || with(open::HOTP, |it| mode(it, Mode::Unlock))),
    ("hotp-time", STV_6, || with(open::HOTP, |it| it.factor = Factor::Time(30))),
    ("hotp-time-and-event", STV_6, || with(open::HOTP, |it| it.factor = Factor::TimeAndEvent(30))),
    ("hotp-9-digits", STV_6, || with(open::HOTP, |it| it.form.length = 9)),
    ("hotp-hexadecimal", STV_6, || with(open::HOTP, |it| it.form.radix = Radix::Hexadecimal)),
    ("hotp-check-digit", STV_6, || with(open::HOTP, |it| it.form.check_digit = true)),
    ("hotp-data-field", STV_6, || with(open::HOTP, |it| it.data_fields = vec![(1, 1)])),
    ("hotp-secure-channel", STV_6, || with(open::HOTP, |it| it.secure_channel = true)),
    ("hotp-disabled-9-digits", STV_6, || with(open::HOTP, |it| (it.enabled, it.form.length) = (false, 9))),
    ("totp-mode", STV_6, || with(open::TOTP, |it| mode(it, Mode::Signature))),
    ("totp-event", STV_6, || with(open::TOTP_256, |it| it.factor = Factor::Event)),
    ("totp-time-and-event", STV_6, || with(open::TOTP_512, |it| it.factor = Factor::TimeAndEvent(30))),
    ("totp-9-digits", STV_6, || with(open::TOTP_256, |it| it.form.length = 9)),
    ("totp-check-digit", STV_6, || with(open::TOTP_512, |it| it.form.check_digit = true)),
    ("totp-secure-channel", STV_6, || with(open::TOTP, |it| it.secure_channel = true)),
    ("ocra-response-only", STV_6, || with(open::NUMBER, |it| mode(it, Mode::ResponseOnly))),
    ("ocra-multi-mode", STV_6, || with(open::SIGN, |it| mode(it, Mode::MultiMode))),
    ("ocra-unlock", STV_6, || with(open::NUMBER, |it| mode(it, Mode::Unlock))),
    ("ocra-hexadecimal", STV_6, || with(open::SIGN, |it| it.form.radix = Radix::Hexadecimal)),
    ("ocra-check-digit", STV_6, || with(open::SIGN, |it| it.form.check_digit = true)),
    ("ocra-factor", STV_6, || with(open::SIGN, |it| it.factor = Factor::TimeAndEvent(60))),
    ("ocra-other-step", STV_6, || with(open::SIGN, |it| it.factor = Factor::Time(61))),
    ("ocra-other-length", STV_6, || with(open::SIGN, |it| it.form.length = 9)),
    ("ocra-challenge-data-field", STV_6, || with(open::NUMBER, |it| it.data_fields = vec![(1, 8)])),
    ("ocra-text-two-fields", STV_6, || with(open::TEXT, |it| it.data_fields = vec![(1, 5), (1, 5)])),
    ("ocra-text-no-field", STV_6, || with(open::TEXT, |it| it.data_fields.clear())),
    ("ocra-text-empty-field", STV_6, || with(open::TEXT, |it| it.data_fields = vec![(0, 10)])),
    ("ocra-text-long-field", STV_6, || with(open::TEXT, |it| it.data_fields = vec![(1, 11)])),
    ("ocra-text-secure-channel", STV_6, || with(open::TEXT, |it| it.secure_channel = true)),
    ("ocra-number-secure-channel", STV_6, || with(open::NUMBER, |it| it.secure_channel = true)),
    ("ocra-nothing-moves", STV_6, || suited("OCRA-1:HOTP-SHA1-6:QN08")),
    ("ocra-password", STV_6, || suited("OCRA-1:HOTP-SHA1-6:C-QN08-PSHA1")),
    ("ocra-session", STV_6, || suited("OCRA-1:HOTP-SHA1-6:C-QN08-S064")),
    ("ocra-0-digits", STV_6, || suited("OCRA-1:HOTP-SHA1-0:C-QN08")),
    ("ocra-4-digits", STV_6, || suited("OCRA-1:HOTP-SHA1-4:C-QN08")),
    ("482-bytes-well-formed", STV_2, || long(482)),
];

type Splice = (&'static str, Rule, fn(&mut Vec<u8>));

/// The first record 11 of [`open_vector`]: that of the first application, which has two data fields.
const SUITE: usize = 36 + 2 + 19 + 4;
/// Its characters.
const LENGTH: usize = "OCRA-1:HOTP-SHA256-8:QH64-T1M".len();

const SPLICES: [Splice; 12] = [
    ("suite-missing", STV_4, |v| drop(v.drain(SUITE..SUITE + 3 + LENGTH))),
    ("suite-twice", STV_4, |v| {
        let record = v.get(SUITE..SUITE + 3 + LENGTH).unwrap_or_default().to_vec();
        v.splice(SUITE..SUITE, record);
    }),
    ("suite-at-the-end-missing", STV_4, |v| v.truncate(SUITE)),
    ("suite-of-other-index", STV_4, |v| set(v, SUITE + 2, 2)),
    ("suite-of-index-0", STV_4, |v| set(v, SUITE + 2, 0)),
    ("suite-behind-hotp", STV_4, |v| {
        let record = v.get(SUITE..SUITE + 3 + LENGTH).unwrap_or_default().to_vec();
        let at = SUITE + 3 + LENGTH + 2 + 19;
        v.splice(at..at, record);
        set(v, at + 2, open::HOTP);
    }),
    ("suite-empty", STV_3, |v| {
        v.drain(SUITE + 3..SUITE + 3 + LENGTH);
        set(v, SUITE + 1, 1);
    }),
    ("suite-97-characters", STV_3, |v| {
        v.splice(SUITE + 3..SUITE + 3, [b'0'; 97 - LENGTH]);
        set(v, SUITE + 1, 98);
    }),
    ("suite-past-end", STV_3, |v| v.truncate(SUITE + 10)),
    ("suite-half-header", STV_3, |v| v.truncate(SUITE + 1)),
    ("suite-lower-case", STV_6, |v| set(v, SUITE + 3, b'o')),
    ("suite-not-ascii", STV_6, |v| set(v, SUITE + 5, 0xC3)),
];

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive("open-vector-accepted", Role::Client, &["STV-6"], "open algorithms at their limits", limits),
        negative(
            "open-confirms-client",
            Role::Client,
            AM1_9,
            "a client's post-activation application can't have a question other than QH64",
            confirms_client,
        ),
        negative(
            "open-confirms-server",
            Role::Server,
            AM1_9,
            "a post-activation application can't have a question other than QH64",
            confirms_server,
        ),
    ];
    for (name, rule, bend) in BENDS {
        cases.extend(both(name, rule, bend));
    }
    for (name, rule, splice) in SPLICES {
        cases.extend(both(name, rule, move || {
            let mut vector = open_vector().to_bytes();
            splice(&mut vector);
            let [high, low] = u16::try_from(vector.len().saturating_sub(4)).unwrap_or(0).to_be_bytes();
            set(&mut vector, 2, high);
            set(&mut vector, 3, low);
            vector
        }));
    }
    cases
}

/// The same at both roles.
fn both(name: &str, rule: Rule, bent: impl Fn() -> Vec<u8> + Clone + Send + Sync + 'static) -> [Case; 2] {
    let about = |at: &str| format!("at {at}: {name} is refused with bad-vector");
    let again = bent.clone();
    [
        negative(
            format!("open-vector-client-{name}"),
            Role::Client,
            rule,
            about("client.create"),
            move |t| {
                let good = Setup::open().client(t);
                let bad = ClientCreate { static_vector: Some(Bytes(bent())), ..good.clone() };
                let party = t.peer_client();
                t.refuses_stateless(rule, &party, &bad)?;
                t.twin(rule.id, &party, &good).map(|_| ())
            },
        ),
        negative(
            format!("open-vector-server-{name}"),
            Role::Server,
            rule,
            about("server.create"),
            move |t| {
                let key = t.random();
                let good = Setup::open().server(t, key);
                let bad = ServerCreate { static_vector: Bytes(again()), ..good.clone() };
                let party = t.peer_server();
                t.refuses_stateless(rule, &party, &bad)?;
                t.twin(rule.id, &party, &good).map(|_| ())
            },
        ),
    ]
}

fn set(vector: &mut [u8], at: usize, value: u8) {
    if let Some(byte) = vector.get_mut(at) {
        *byte = value;
    }
}

fn mode(rules: &mut ApplicationRules, mode: Mode) {
    (rules.mode, rules.form.mode) = (mode, mode.number());
}

/// [`open_vector`] with this application bent.
fn with(index: u8, bend: impl Fn(&mut ApplicationRules)) -> Vec<u8> {
    let mut vector = open_vector();
    vector.applications.iter_mut().filter(|rules| rules.form.index == index).for_each(bend);
    vector.to_bytes()
}

fn suite_of(rules: &mut ApplicationRules, suite: &str) {
    rules.algorithm = Suite::read(suite).map_or(Algorithm::Profile, Algorithm::Ocra);
}

/// With another suite for the application of a number.
fn suited(suite: &str) -> Vec<u8> {
    with(open::NUMBER, |rules| suite_of(rules, suite))
}

/// Eight applications of OCRA and as many data fields as make so many bytes: 481 or 482.
pub(super) fn long(length: usize) -> Vec<u8> {
    let mut vector = open_vector();
    let Some(first) = vector.applications.first().cloned() else { return Vec::new() };
    // 36 bytes, then 21 and a suite of 27 characters for each application: 444. Ten digits make one more.
    let mut fields = (length - 444) / 2;
    vector.applications = (1..=8)
        .map(|index| {
            let mut rules = first.clone();
            let ten = index == 1 && length % 2 == 1;
            suite_of(
                &mut rules,
                if ten { "OCRA-1:HOTP-SHA1-10:QH64-T1M" } else { "OCRA-1:HOTP-SHA1-6:QH64-T1M" },
            );
            rules.form.length = if ten { 10 } else { 6 };
            rules.form.index = index;
            let of_this = fields.min(8);
            fields -= of_this;
            rules.data_fields = vec![(0, 64); of_this];
            rules
        })
        .collect();
    vector.to_bytes()
}

fn limits(t: &mut Trial<'_>) -> Result<(), Stop> {
    let vectors: [fn() -> Vec<u8>; 12] = [
        || open_vector().to_bytes(),
        || long(481),
        || with(open::HOTP, |it| it.form.length = 8),
        || with(open::TOTP, |it| it.factor = Factor::Time(u16::MAX)),
        || with(open::SIGN, |it| it.data_fields.clear()),
        || with(open::SIGN, |it| it.data_fields = vec![(0, 64); 8]),
        || with(open::TEXT, |it| it.data_fields = vec![(1, 1)]),
        || with(open::CHALLENGE, |it| it.secure_channel = false),
        || suited("OCRA-1:HOTP-SHA256-6:C-QN64"),
        || suited("OCRA-1:HOTP-SHA1-6:C-QA04"),
        || {
            with(open::SIGN, |it| {
                suite_of(it, "OCRA-1:HOTP-SHA1-8:QH64-T18H");
                it.factor = Factor::Time(64_800);
            })
        },
        || {
            with(open::SIGN, |it| {
                suite_of(it, "OCRA-1:HOTP-SHA1-6:C-QH64-T1S");
                it.factor = Factor::TimeAndEvent(1);
                it.form.length = 6;
            })
        },
    ];
    for vector in vectors {
        let party = t.peer_client();
        let question = ClientCreate { static_vector: Some(Bytes(vector())), ..Setup::open().client(t) };
        t.agrees("STV-6", &party, &question)?;
    }
    Ok(())
}

/// A vector whose first application can be confirmed with, and whose text application can't.
fn confirms_client(t: &mut Trial<'_>) -> Result<(), Stop> {
    // The server's vector has a profile application in the place that the client's own has OCRA in.
    let mut profile: StaticVector = open_vector();
    for rules in profile.applications.iter_mut().filter(|rules| rules.form.index == open::TEXT) {
        rules.algorithm = Algorithm::Profile;
    }
    let setup = Setup { vector: profile, post_activation: open::TEXT, ..Setup::open() };
    let mut scene = Scene::new(t, Under::Client, setup, Stage::Issued)?;
    let bad = peer::operations::ClientActivateLicense { message: scene.am1.clone() };
    let stranger = t.peer_client();
    let create = Setup::open().client(t);
    t.agrees(AM1_9.id, &stranger, &create)?;
    t.refuses_only(AM1_9, &stranger, &bad)?;
    scene.activate_license(t)
}

fn confirms_server(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_server();
    let key = t.random();
    let good = Setup::open().server(t, key);
    for index in [open::TEXT, open::NUMBER, open::CHALLENGE, open::HOTP, open::TOTP] {
        let bad = ServerCreate { post_activation: Number::from(u32::from(index)), ..good.clone() };
        t.refuses_stateless(AM1_9, &party, &bad)?;
    }
    t.twin(AM1_9.id, &party, &good).map(|_| ())
}
