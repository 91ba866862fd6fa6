//! HOTP, TOTP and OCRA as primitives: all published vectors, then agreement with the reference, then what a
//! suite allows.

use super::{negative, positive};
use channel::rule::{ALG_5, ALG_6, Rule};
use harness::case::{Case, Role};
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Bytes, Number};

const HOTP: Role = Role::Primitive("primitive.hotp");
const TOTP: Role = Role::Primitive("primitive.totp");
const OCRA: Role = Role::Primitive("primitive.ocra");

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive("hotp-rfc-4226", HOTP, &["ALG-1"], "HOTP gives the ten published values", hotp_published),
        positive("hotp-counters", HOTP, &["ALG-1"], "HOTP over counters, lengths and keys", hotp_agrees),
        positive("totp-rfc-6238", TOTP, &["ALG-2"], "TOTP gives the published values", totp_published),
        positive("totp-times", TOTP, &["ALG-2"], "TOTP over times, steps and lengths", totp_agrees),
        positive("ocra-rfc-6287", OCRA, &["ALG-3"], "OCRA gives all published values", ocra_published),
        positive("ocra-questions", OCRA, &["ALG-4"], "questions of each format and length", questions),
        positive("ocra-sessions", OCRA, &["ALG-4"], "sessions of every length have zeros in front", sessions),
        positive("ocra-passwords", OCRA, &["ALG-4"], "passwords are hashed as UTF-8", passwords),
        positive("ocra-steps", OCRA, &["ALG-4"], "time steps of seconds, minutes and hours", steps),
        positive("ocra-every-input", OCRA, &["ALG-3"], "OCRA over every part of a suite", ocra_agrees),
        positive("ocra-two-parties", OCRA, &["ALG-6"], "a question may be twice as long as xx", |t| {
            for (suite, question) in
                [("QA08", "a".repeat(16)), ("QN04", "9".repeat(8)), ("QH64", "F".repeat(128))]
            {
                agree(t, "ALG-6", &asked(&format!("OCRA-1:HOTP-SHA1-8:{suite}"), &question))?;
            }
            Ok(())
        }),
        positive("ocra-suites", OCRA, &["ALG-5"], "suites at every limit are taken", good_suites),
    ];
    cases.extend(BAD_SUITES.map(|(name, suite)| {
        let about = format!("the suite {suite:?} is refused");
        negative(format!("ocra-suite-{name}"), OCRA, ALG_5, about, move |t| {
            let good = asked("OCRA-1:HOTP-SHA1-6:QA08", "abcd");
            refused(t, ALG_5, PrimitiveOcra { suite: suite.into(), ..good.clone() }, &good)
        })
    }));
    cases.extend(BAD_INPUTS.map(|(name, suite, bend)| {
        let about = format!("{name} is refused under {suite}");
        negative(format!("ocra-{name}"), OCRA, ALG_6, about, move |t| {
            let good = all_named(suite);
            let mut bad = good.clone();
            bend(&mut bad);
            refused(t, ALG_6, bad, &good)
        })
    }));
    cases.push(negative(
        "ocra-order-suite-before-input",
        OCRA,
        ALG_5,
        "a wrong suite and a wrong input: the suite wins",
        |t| {
            let good = asked("OCRA-1:HOTP-SHA1-6:QA08", "abcd");
            let bad = PrimitiveOcra { question: "".into(), ..asked("OCRA-1:HOTP-SHA1-6:QA03", "") };
            refused(t, ALG_5, bad, &good)
        },
    ));
    cases
}

/// What is no suite, each one step from one that is.
const BAD_SUITES: [(&str, &str); 45] = [
    ("empty", ""),
    ("version-2", "OCRA-2:HOTP-SHA1-6:QA08"),
    ("without-version", "HOTP-SHA1-6:QA08"),
    ("totp", "OCRA-1:TOTP-SHA1-6:QA08"),
    ("sha384", "OCRA-1:HOTP-SHA384-6:QA08"),
    ("sha-1", "OCRA-1:HOTP-SHA-1-6:QA08"),
    ("lower-case-hash", "OCRA-1:HOTP-sha1-6:QA08"),
    ("without-digits", "OCRA-1:HOTP-SHA1:QA08"),
    ("no-digits", "OCRA-1:HOTP-SHA1-:QA08"),
    ("1-digit", "OCRA-1:HOTP-SHA1-1:QA08"),
    ("3-digits", "OCRA-1:HOTP-SHA1-3:QA08"),
    ("11-digits", "OCRA-1:HOTP-SHA1-11:QA08"),
    ("digits-leading-zero", "OCRA-1:HOTP-SHA1-06:QA08"),
    ("digits-00", "OCRA-1:HOTP-SHA1-00:QA08"),
    ("digits-plus", "OCRA-1:HOTP-SHA1-+6:QA08"),
    ("without-question", "OCRA-1:HOTP-SHA1-6:"),
    ("counter-alone", "OCRA-1:HOTP-SHA1-6:C"),
    ("counter-twice", "OCRA-1:HOTP-SHA1-6:C-C-QA08"),
    ("counter-behind", "OCRA-1:HOTP-SHA1-6:QA08-C"),
    ("question-format", "OCRA-1:HOTP-SHA1-6:QB08"),
    ("question-lower-case", "OCRA-1:HOTP-SHA1-6:Qa08"),
    ("question-03", "OCRA-1:HOTP-SHA1-6:QA03"),
    ("question-65", "OCRA-1:HOTP-SHA1-6:QA65"),
    ("question-one-digit", "OCRA-1:HOTP-SHA1-6:QA8"),
    ("question-three-digits", "OCRA-1:HOTP-SHA1-6:QA008"),
    ("question-twice", "OCRA-1:HOTP-SHA1-6:QA08-QA08"),
    ("password-sha384", "OCRA-1:HOTP-SHA1-6:QA08-PSHA384"),
    ("password-without-hash", "OCRA-1:HOTP-SHA1-6:QA08-P"),
    ("session-000", "OCRA-1:HOTP-SHA1-6:QA08-S000"),
    ("session-513", "OCRA-1:HOTP-SHA1-6:QA08-S513"),
    ("session-two-digits", "OCRA-1:HOTP-SHA1-6:QA08-S64"),
    ("session-before-password", "OCRA-1:HOTP-SHA1-6:QA08-S064-PSHA1"),
    ("step-0-seconds", "OCRA-1:HOTP-SHA1-6:QA08-T0S"),
    ("step-60-seconds", "OCRA-1:HOTP-SHA1-6:QA08-T60S"),
    ("step-0-minutes", "OCRA-1:HOTP-SHA1-6:QA08-T0M"),
    ("step-60-minutes", "OCRA-1:HOTP-SHA1-6:QA08-T60M"),
    ("step-0-hours", "OCRA-1:HOTP-SHA1-6:QA08-T0H"),
    ("step-49-hours", "OCRA-1:HOTP-SHA1-6:QA08-T49H"),
    ("step-leading-zero", "OCRA-1:HOTP-SHA1-6:QA08-T01M"),
    ("step-days", "OCRA-1:HOTP-SHA1-6:QA08-T1D"),
    ("step-without-number", "OCRA-1:HOTP-SHA1-6:QA08-TM"),
    ("step-before-session", "OCRA-1:HOTP-SHA1-6:QA08-T1M-S064"),
    ("dash-at-the-end", "OCRA-1:HOTP-SHA1-6:QA08-"),
    ("blank-at-the-end", "OCRA-1:HOTP-SHA1-6:QA08 "),
    ("four-parts", "OCRA-1:HOTP-SHA1-6:QA08:QA08"),
];

type Bend = fn(&mut PrimitiveOcra);

/// What a suite does not allow: every input missing and too much, the limits of questions and sessions.
const BAD_INPUTS: [(&str, &str, Bend); 20] = [
    ("counter-missing", "OCRA-1:HOTP-SHA1-6:C-QA08", |op| op.counter = None),
    ("password-missing", "OCRA-1:HOTP-SHA1-6:QA08-PSHA1", |op| op.password = None),
    ("session-missing", "OCRA-1:HOTP-SHA1-6:QA08-S064", |op| op.session = None),
    ("time-missing", "OCRA-1:HOTP-SHA1-6:QA08-T1M", |op| op.time = None),
    ("counter-too-much", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.counter = Some(Count(0))),
    ("password-too-much", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.password = Some(String::new())),
    ("session-too-much", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.session = Some(Bytes(Vec::new()))),
    ("time-too-much", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.time = Some(Count(0))),
    ("question-empty", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.question = "".into()),
    ("question-17-of-8", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.question = "a".repeat(17)),
    ("question-9-of-4", "OCRA-1:HOTP-SHA1-6:QN04", |op| op.question = "1".repeat(9)),
    ("question-129-of-64", "OCRA-1:HOTP-SHA1-6:QH64", |op| op.question = "A".repeat(129)),
    ("question-blank", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.question = "ab cd".into()),
    ("question-umlaut", "OCRA-1:HOTP-SHA1-6:QA08", |op| op.question = "Zoë".into()),
    ("question-letter-in-number", "OCRA-1:HOTP-SHA1-6:QN08", |op| op.question = "12A4".into()),
    ("question-full-width", "OCRA-1:HOTP-SHA1-6:QN08", |op| op.question = "１２３４".into()),
    ("question-sign", "OCRA-1:HOTP-SHA1-6:QN08", |op| op.question = "+1234".into()),
    ("question-letter-in-hexadecimal", "OCRA-1:HOTP-SHA1-6:QH08", |op| op.question = "12G4".into()),
    ("session-2-of-1", "OCRA-1:HOTP-SHA1-6:QA08-S001", |op| op.session = Some(Bytes(vec![0; 2]))),
    ("session-513-of-512", "OCRA-1:HOTP-SHA1-6:QA08-S512", |op| op.session = Some(Bytes(vec![1; 513]))),
];

/// The seeds of the RFCs: as long as the hash's value.
fn seed(length: usize) -> Bytes {
    Bytes(b"1234567890".iter().copied().cycle().take(length).collect())
}

pub(super) fn asked(suite: &str, question: &str) -> PrimitiveOcra {
    let length = [("OCRA-1:HOTP-SHA1-", 20), ("OCRA-1:HOTP-SHA256-", 32)]
        .into_iter()
        .find(|(name, _)| suite.starts_with(name));
    PrimitiveOcra {
        suite: suite.into(),
        key: seed(length.map_or(64, |(_, length)| length)),
        counter: None,
        question: question.into(),
        password: None,
        session: None,
        time: None,
    }
}

/// With everything that a suite names; a question that each format allows.
fn all_named(suite: &str) -> PrimitiveOcra {
    let names = |part: &str| suite.contains(part);
    PrimitiveOcra {
        counter: names(":C-").then_some(Count(7)),
        password: names("-PSHA").then(|| "1234".into()),
        session: names("-S0").then(|| Bytes(vec![7])).or(names("-S5").then(|| Bytes(vec![7; 512]))),
        time: names("-T").then_some(Count(RFC_6287_TIME)),
        ..asked(suite, "1234")
    }
}

fn refused(t: &mut Trial<'_>, rule: Rule, bad: PrimitiveOcra, good: &PrimitiveOcra) -> Result<(), Stop> {
    let party = t.peer_client();
    t.refuses_stateless(rule, &party, &bad)?;
    t.twin(rule.id, &party, good).map(|_| ())
}

/// Asks, and compares with the published value, not with the reference.
fn says<Op>(t: &mut Trial<'_>, aim: &'static str, op: &Op, response: &str) -> Result<(), Stop>
where
    Op: peer::protocol::Operation<Output = ResponseResult>,
{
    let party = t.peer_client();
    let got = t.agrees(aim, &party, op)?;
    t.same(aim, &got, Some(&ResponseResult { response: response.into() }))
}

fn hotp_published(t: &mut Trial<'_>) -> Result<(), Stop> {
    let published =
        ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (counter, response) in (0..).zip(published) {
        let op = PrimitiveHotp { key: seed(20), counter: Count(counter), digits: Number::from(6) };
        says(t, "ALG-1", &op, response)?;
    }
    Ok(())
}

/// Keys around the blocks of the hashes.
const KEY_LENGTHS: [usize; 9] = [1, 16, 20, 63, 64, 65, 127, 128, 32];

fn hotp_agrees(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let counters = [0, 1, 255, 256, u64::from(u32::MAX), 1 << 32, (1 << 53) - 1];
    for (at, length) in KEY_LENGTHS.into_iter().enumerate() {
        for counter in counters {
            let key: [u8; 128] = t.random();
            let key = Bytes(key.into_iter().take(length).collect());
            let digits = Number::from(6 + u32::try_from(at % 3).unwrap_or(0));
            t.agrees("ALG-1", &party, &PrimitiveHotp { key, counter: Count(counter), digits })?;
        }
    }
    Ok(())
}

fn totp_published(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (time, responses) in [
        (59, ["94287082", "46119246", "90693936"]),
        (1_111_111_109, ["07081804", "68084774", "25091201"]),
        (1_111_111_111, ["14050471", "67062674", "99943326"]),
        (1_234_567_890, ["89005924", "91819424", "93441116"]),
        (2_000_000_000, ["69279037", "90698825", "38618901"]),
        (20_000_000_000, ["65353130", "77737706", "47863826"]),
    ] {
        let hashes = [(HashName::Sha1, 20), (HashName::Sha256, 32), (HashName::Sha512, 64)];
        for ((hash, length), response) in hashes.into_iter().zip(responses) {
            let (step, digits) = (Number::from(30), Number::from(8));
            let op = PrimitiveTotp { key: seed(length), time: Count(time), step, digits, hash };
            says(t, "ALG-2", &op, response)?;
        }
    }
    Ok(())
}

fn totp_agrees(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for hash in [HashName::Sha1, HashName::Sha256, HashName::Sha512] {
        for (at, length) in KEY_LENGTHS.into_iter().enumerate() {
            for (time, step) in [(0, 1), (29, 30), (30, 30), ((1 << 53) - 1, 1), (1_800_000_000, 65_535)] {
                let key: [u8; 128] = t.random();
                let key = Bytes(key.into_iter().take(length).collect());
                let digits = Number::from(6 + u32::try_from(at % 3).unwrap_or(0));
                let step = Number::from(step);
                t.agrees("ALG-2", &party, &PrimitiveTotp { key, time: Count(time), step, digits, hash })?;
            }
        }
    }
    Ok(())
}

/// Appendix C: 25 March 2008, 12:06:30, in whole minutes.
const RFC_6287_TIME: u64 = 0x0132_D0B6 * 60;

/// Suite; whether the question runs with the number; what each question begins with, and ends with; responses.
type Published = (&'static str, fn(usize) -> String, &'static [&'static str]);

fn repeated(number: usize) -> String {
    number.to_string().repeat(8)
}

fn to_server(number: usize) -> String {
    format!("CLI2222{number}SRV1111{number}")
}

fn to_client(number: usize) -> String {
    format!("SRV1111{number}CLI2222{number}")
}

/// RFC 6287 appendix C, all of it. Counters run with the number; the PIN is 1234.
const PUBLISHED: [Published; 11] = [
    (
        "OCRA-1:HOTP-SHA1-6:QN08",
        repeated,
        &["237653", "243178", "653583", "740991", "608993", "388898", "816933", "224598", "750600", "294470"],
    ),
    (
        "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1",
        |_| "12345678".into(),
        &[
            "65347737", "86775851", "78192410", "71565254", "10104329", "65983500", "70069104", "91771096",
            "75011558", "08522129",
        ],
    ),
    (
        "OCRA-1:HOTP-SHA256-8:QN08-PSHA1",
        repeated,
        &["83238735", "01501458", "17957585", "86776967", "86807031"],
    ),
    (
        "OCRA-1:HOTP-SHA512-8:C-QN08",
        repeated,
        &[
            "07016083", "63947962", "70123924", "25341727", "33203315", "34205738", "44343969", "51946085",
            "20403879", "31409299",
        ],
    ),
    (
        "OCRA-1:HOTP-SHA512-8:QN08-T1M",
        repeated,
        &["95209754", "55907591", "22048402", "24218844", "36209546"],
    ),
    ("OCRA-1:HOTP-SHA256-8:QA08", to_server, &["28247970", "01984843", "65387857", "03351211", "83412541"]),
    ("OCRA-1:HOTP-SHA256-8:QA08", to_client, &["15510767", "90175646", "33777207", "95285278", "28934924"]),
    ("OCRA-1:HOTP-SHA512-8:QA08", to_server, &["79496648", "76831980", "12250499", "90856481", "12761449"]),
    (
        "OCRA-1:HOTP-SHA512-8:QA08-PSHA1",
        to_client,
        &["18806276", "70020315", "01600026", "18951020", "32528969"],
    ),
    (
        "OCRA-1:HOTP-SHA256-8:QA08",
        |number| format!("SIG1{number}000"),
        &["53095496", "04110475", "31331128", "76028668", "46554205"],
    ),
    (
        "OCRA-1:HOTP-SHA512-8:QA10-T1M",
        |number| format!("SIG1{number}00000"),
        &["77537423", "31970405", "10235557", "95213541", "65360607"],
    ),
];

fn ocra_published(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (suite, question, responses) in PUBLISHED {
        for (number, response) in responses.iter().enumerate() {
            let named = all_named(suite);
            let counter = named.counter.map(|_| Count(number as u64));
            says(t, "ALG-3", &PrimitiveOcra { counter, question: question(number), ..named }, response)?;
        }
    }
    Ok(())
}

fn agree(t: &mut Trial<'_>, aim: &'static str, op: &PrimitiveOcra) -> Result<(), Stop> {
    let party = t.peer_client();
    t.agrees(aim, &party, op).map(|_| ())
}

fn ocra_agrees(t: &mut Trial<'_>) -> Result<(), Stop> {
    for hash in ["SHA1", "SHA256", "SHA512"] {
        for digits in [0, 4, 5, 6, 7, 8, 9, 10] {
            for input in ["QA08", "C-QA08", "QN08-PSHA1", "QH08-S064", "QN08-T1M", "C-QN08-PSHA512-S064-T1M"]
            {
                agree(t, "ALG-3", &all_named(&format!("OCRA-1:HOTP-{hash}-{digits}:{input}")))?;
            }
        }
    }
    Ok(())
}

fn questions(t: &mut Trial<'_>) -> Result<(), Stop> {
    let long = ["9".repeat(128), format!("1{}", "0".repeat(127)), "0".repeat(128)];
    let numbers = ["0", "00", "1", "15", "16", "017", "255", "256", "00000000", "12345678", "4294967296"];
    for question in numbers.into_iter().chain(long.iter().map(String::as_str)) {
        agree(t, "ALG-4", &asked("OCRA-1:HOTP-SHA1-8:QN64", question))?;
    }
    let long = "Fa0".repeat(42);
    for question in ["0", "A", "a", "AB", "ab", "ABC", "0A", "00", long.as_str()] {
        agree(t, "ALG-4", &asked("OCRA-1:HOTP-SHA256-8:QH64", question))?;
    }
    let long = "Zz9".repeat(42);
    for question in ["0", "z", "Az09", long.as_str()] {
        agree(t, "ALG-4", &asked("OCRA-1:HOTP-SHA512-8:QA64", question))?;
    }
    Ok(())
}

fn sessions(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (named, lengths) in [(1, &[0, 1][..]), (64, &[0, 1, 63, 64]), (512, &[0, 1, 64, 511, 512])] {
        for length in lengths {
            let bytes: [u8; 512] = t.random();
            let session = Some(Bytes(bytes.into_iter().take(*length).collect()));
            let op = asked(&format!("OCRA-1:HOTP-SHA1-8:QN08-S{named:03}"), "12345678");
            agree(t, "ALG-4", &PrimitiveOcra { session, ..op })?;
        }
    }
    Ok(())
}

fn passwords(t: &mut Trial<'_>) -> Result<(), Stop> {
    for hash in ["SHA1", "SHA256", "SHA512"] {
        for password in
            ["", "1234", "Zoë €", "a password of more than sixty-four characters, so that it has blocks"]
        {
            let op = asked(&format!("OCRA-1:HOTP-SHA1-8:QN08-P{hash}"), "12345678");
            agree(t, "ALG-4", &PrimitiveOcra { password: Some(password.into()), ..op })?;
        }
    }
    Ok(())
}

fn steps(t: &mut Trial<'_>) -> Result<(), Stop> {
    for (g, seconds) in [("1S", 1), ("59S", 59), ("1M", 60), ("59M", 3540), ("1H", 3600), ("48H", 172_800)] {
        for time in [0, seconds - 1, seconds, RFC_6287_TIME, (1 << 53) - 1] {
            let op = asked(&format!("OCRA-1:HOTP-SHA1-8:QN08-T{g}"), "12345678");
            agree(t, "ALG-4", &PrimitiveOcra { time: Some(Count(time)), ..op })?;
        }
    }
    Ok(())
}

fn good_suites(t: &mut Trial<'_>) -> Result<(), Stop> {
    for suite in [
        "OCRA-1:HOTP-SHA1-0:QA04",
        "OCRA-1:HOTP-SHA256-4:QA64",
        "OCRA-1:HOTP-SHA512-10:QN04",
        "OCRA-1:HOTP-SHA1-9:QN64",
        "OCRA-1:HOTP-SHA1-5:QH04",
        "OCRA-1:HOTP-SHA1-6:QH64",
        "OCRA-1:HOTP-SHA1-6:QH10-T59S",
        "OCRA-1:HOTP-SHA1-6:QH39-T59M",
        "OCRA-1:HOTP-SHA1-6:QH40-T48H",
        "OCRA-1:HOTP-SHA1-6:QH40-S001",
        "OCRA-1:HOTP-SHA1-6:QH40-S512",
        "OCRA-1:HOTP-SHA1-6:C-QA08-PSHA256-S001-T10S",
    ] {
        agree(t, "ALG-5", &all_named(suite))?;
    }
    Ok(())
}
