//! What single-device licenses come in: activation codes, `export.svf`, `ACode.log`. SPEC section 28.

use super::{negative, positive};
use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use channel::rule::{Rule, SDL_4, SDL_5, SDL_6, SDL_7, SDL_8, SDL_9, SDL_10, STV_1, STV_4};
use channel::text::hex;
use harness::case::{Case, Role};
use harness::forge::digits::{with_another_last, with_digit};
use harness::setup::single_vector;
use harness::trial::{Stop, Trial};
use peer::operations::*;
use peer::protocol::{Array, Bytes};

const READ: Role = Role::Primitive("activation_code.read");
const SVF: Role = Role::Primitive("export_svf.read");
const LOG: Role = Role::Primitive("acode_log.read");
const LOG_WRITE: Role = Role::Primitive("acode_log.write");
const SERIAL: &str = "VDS1000120";

/// A right decimal code of no license in particular.
fn decimal() -> String {
    with_digit("012345678901234567890123456789012345678", Radix::Decimal)
}

/// A right hexadecimal code.
fn hexadecimal() -> String {
    with_digit("0123456789ABCDEF0123456789ABCDEF", Radix::Hexadecimal)
}

type Bend = (&'static str, Rule, fn() -> String);

/// Codes that no client takes.
const BENDS: [Bend; 20] = [
    ("empty", SDL_4, String::new),
    ("39-digits", SDL_4, || cut(&decimal())),
    ("41-digits", SDL_4, || format!("0{}", decimal())),
    ("32-digits", SDL_4, || cut(&hexadecimal())),
    ("34-digits", SDL_4, || format!("0{}", hexadecimal())),
    ("letter", SDL_4, || decimal().replacen('0', "A", 1)),
    ("letter-g", SDL_4, || hexadecimal().replacen('0', "G", 1)),
    ("blank-inside", SDL_4, || decimal().replacen('0', " ", 1)),
    ("blank-before", SDL_4, || format!(" {}", decimal())),
    ("line-end", SDL_4, || format!("{}\n", hexadecimal())),
    ("minus", SDL_4, || decimal().replacen('0', "-", 1)),
    ("foreign-digit", SDL_4, || decimal().replacen('0', "٠", 1)),
    ("accent", SDL_4, || hexadecimal().replacen('0', "é", 1)),
    ("19-digits", SDL_4, || "0".repeat(19)),
    ("21-digits", SDL_4, || "0".repeat(21)),
    ("15-digits", SDL_4, || "0".repeat(15)),
    ("17-digits", SDL_4, || "0".repeat(17)),
    ("2-to-the-128", SDL_6, || with_digit("340282366920938463463374607431768211456", Radix::Decimal)),
    ("all-nines", SDL_6, || with_digit(&"9".repeat(39), Radix::Decimal)),
    ("10-to-the-38-more", SDL_6, || with_digit("440282366920938463463374607431768211455", Radix::Decimal)),
];

fn cut(text: &str) -> String {
    text.get(1..).unwrap_or_default().to_owned()
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        positive(
            "activation-code-write",
            Role::Primitive("activation_code.write"),
            &["SDL-3", "SDL-1"],
            "both forms of several licenses, zeros in front included",
            writes,
        ),
        positive("activation-code-read", READ, &["SDL-4"], "both forms, letters in either case", reads),
        positive("activation-code-largest", READ, &["SDL-6"], "2^128 − 1 is a code", largest),
        positive("activation-code-short", READ, &["SDL-1"], "both short forms give their key", short),
        negative("activation-code-short-not-taken", READ, SDL_4, "unless they are taken", short_not_taken),
        negative("activation-code-short-form", READ, SDL_4, "a short code of other digits", short_form),
        negative("activation-code-short-largest", READ, SDL_6, "2^64 as a short code", short_largest),
        negative("activation-code-check-digit", READ, SDL_5, "each wrong check digit", wrong_check_digit),
        negative("activation-code-digit", READ, SDL_5, "each single wrong digit", wrong_digit),
        negative("activation-code-neighbours", READ, SDL_5, "neighbours exchanged", neighbours),
        negative("activation-code-order-form", READ, SDL_4, "form before check digit", |t| {
            refused(t, SDL_4, false, &with_another_last(&decimal()).replacen('1', "A", 1), &decimal())
        }),
        negative("activation-code-order-check-digit", READ, SDL_5, "check digit before size", |t| {
            refused(
                t,
                SDL_5,
                false,
                &with_another_last(&with_digit(&"9".repeat(39), Radix::Decimal)),
                &decimal(),
            )
        }),
        positive("export-svf-read", SVF, &["SDL-7"], "the vector of a file", svf_read),
        negative("export-svf-vector", SVF, STV_1, "a file of no digits holds no vector", |t| {
            svf_refused(t, STV_1, |_| "\n".into())
        }),
        negative("export-svf-vector-order", SVF, STV_4, "a vector is read by its own rules", |t| {
            svf_refused(t, STV_4, |text| text.replacen("0401", "0501", 1) + "\n")
        }),
        positive(
            "acode-log-read",
            LOG,
            &["SDL-9"],
            "licenses in the order of the file, both forms",
            log_read,
        ),
        positive("acode-log-write", LOG_WRITE, &["SDL-9"], "the file of these licenses", log_write),
        negative("acode-log-twice", LOG, SDL_10, "a serial number that stands twice", log_twice),
        negative(
            "acode-log-write-twice",
            LOG_WRITE,
            SDL_10,
            "a file in which a serial number stands twice is not written",
            log_write_twice,
        ),
        negative(
            "acode-log-write-code",
            LOG_WRITE,
            SDL_9,
            "a file with a code that no reader would take is not written",
            log_write_code,
        ),
    ];
    cases.extend(BENDS.map(|(name, rule, bend)| {
        let about = format!("{name}: such a code is refused with {}", rule.class.word());
        negative(format!("activation-code-{name}"), READ, rule, about, move |t| {
            refused(t, rule, true, &bend(), &decimal())
        })
    }));
    cases.extend(SVF_BENDS.map(|(name, bend)| {
        let about = format!("{name}: what is not an even number of upper-case digits and one LF");
        negative(format!("export-svf-{name}"), SVF, SDL_7, about, move |t| svf_refused(t, SDL_7, bend))
    }));
    cases.extend(LOG_BENDS.map(|(name, rule, bend)| {
        let about = format!("{name}: such a file is refused with {}", rule.class.word());
        negative(format!("acode-log-{name}"), LOG, rule, about, move |t| log_refused(t, rule, bend))
    }));
    cases
}

fn write(serial: &str, license_key: [u8; 16], hexadecimal: bool) -> ActivationCodeWrite {
    ActivationCodeWrite {
        master_key: Array([7; 16]),
        serial: serial.into(),
        license_key: Array(license_key),
        hexadecimal,
    }
}

pub(super) fn read(code: &str, short: bool) -> ActivationCodeRead {
    ActivationCodeRead { master_key: Array([7; 16]), serial: SERIAL.into(), code: code.into(), short }
}

fn writes(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for n in 0..10u8 {
        t.agrees("SDL-1", &party, &write(SERIAL, [n; 16], false))?;
    }
    for serial in [SERIAL, "0000000000", "ZZZ9999999"] {
        for license_key in [[0; 16], [0xFF; 16], t.random(), t.random()] {
            for hexadecimal in [false, true] {
                t.agrees("SDL-3", &party, &write(serial, license_key, hexadecimal))?;
            }
        }
    }
    Ok(())
}

fn reads(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for code in [decimal(), hexadecimal(), hexadecimal().to_lowercase()] {
        for short in [false, true] {
            t.agrees("SDL-4", &party, &read(&code, short))?;
        }
    }
    Ok(())
}

fn largest(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let most = with_digit("340282366920938463463374607431768211455", Radix::Decimal);
    let one = t.agrees("SDL-6", &party, &read(&most, false))?;
    let other = t.agrees("SDL-6", &party, &read(&with_digit(&"F".repeat(32), Radix::Hexadecimal), false))?;
    t.same("SDL-6", &one, Some(&other))
}

fn short(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (decimal, hexadecimal) in [
        ("00000000000000000000", "0000000000000000"),
        ("00000000000000000001", "0000000000000001"),
        ("18446744073709551615", "ffffFFFFffffFFFF"),
    ] {
        let one = t.agrees("SDL-1", &party, &read(decimal, true))?;
        let other = t.agrees("SDL-1", &party, &read(hexadecimal, true))?;
        t.same("SDL-1", &one, Some(&other))?;
    }
    Ok(())
}

fn short_not_taken(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for code in ["00000000000000000001", "0123456789ABCDEF"] {
        t.refuses_stateless(SDL_4, &party, &read(code, false))?;
        t.twin("SDL-4", &party, &read(code, true))?;
    }
    Ok(())
}

fn short_form(t: &mut Trial<'_>) -> Result<(), Stop> {
    for code in ["0000000000000000000A", "000000000000000G", " 00000000000000000001", "000000000000000 "] {
        refused(t, SDL_4, true, code, "00000000000000000001")?;
    }
    Ok(())
}

fn short_largest(t: &mut Trial<'_>) -> Result<(), Stop> {
    for code in ["18446744073709551616", "99999999999999999999", "36893488147419103231"] {
        refused(t, SDL_6, true, code, "18446744073709551615")?;
    }
    Ok(())
}

/// The code refused, its twin read.
fn refused(t: &mut Trial<'_>, rule: Rule, short: bool, bad: &str, good: &str) -> Result<(), Stop> {
    let party = t.peer_client();
    t.refuses_stateless(rule, &party, &read(bad, short))?;
    t.twin(rule.id, &party, &read(good, short)).map(|_| ())
}

/// The characters of a radix.
pub(super) fn digits(radix: Radix) -> impl Iterator<Item = char> {
    (0..radix.base()).map(move |digit| radix.character(digit))
}

fn codes() -> [(String, Radix); 2] {
    [(decimal(), Radix::Decimal), (hexadecimal(), Radix::Hexadecimal)]
}

fn wrong_check_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (code, radix) in codes() {
        let (head, right) = code.split_at(code.len() - 1);
        for digit in digits(radix).filter(|digit| digit.to_string() != right) {
            t.refuses_stateless(SDL_5, &party, &read(&format!("{head}{digit}"), false))?;
        }
        t.twin("SDL-5", &party, &read(&code, false))?;
    }
    Ok(())
}

/// A code with another character at a place.
pub(super) fn with_at(code: &str, at: usize, digit: char) -> String {
    code.chars().enumerate().map(|(place, c)| if place == at { digit } else { c }).collect()
}

fn wrong_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (code, radix) in codes() {
        for (at, own) in code.chars().enumerate() {
            let next = own.to_digit(radix.base()).map_or(0, |digit| (digit + 1) % radix.base());
            let bad = with_at(&code, at, radix.character(next));
            t.refuses_stateless(SDL_5, &party, &read(&bad, false))?;
        }
        t.twin("SDL-5", &party, &read(&code, false))?;
    }
    Ok(())
}

/// Each exchange of two different neighbours that the check digit sees.
pub(super) fn exchanged(code: &str, radix: Radix) -> Vec<String> {
    let chars: Vec<char> = code.chars().collect();
    let mut all = Vec::new();
    for at in 1..chars.len() {
        let mut swapped = chars.clone();
        swapped.swap(at - 1, at);
        let text: String = swapped.into_iter().collect();
        let (head, last) = text.split_at(text.len() - 1);
        if text != code && check_digit(head, radix).to_string() != last {
            all.push(text);
        }
    }
    all
}

fn neighbours(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for (code, radix) in codes() {
        for bad in exchanged(&code, radix) {
            t.refuses_stateless(SDL_5, &party, &read(&bad, false))?;
        }
        t.twin("SDL-5", &party, &read(&code, false))?;
    }
    Ok(())
}

type Text = fn(&str) -> String;

/// `%` stands for the right digits, without the LF.
const SVF_BENDS: [(&str, Text); 12] = [
    ("empty", |_| String::new()),
    ("cut", str::to_owned),
    ("odd", |text| format!("{}\n", cut(text))),
    ("lower-case", |text| format!("{}\n", text.to_lowercase())),
    ("letter-g", |text| format!("{}\n", text.replacen('0', "G", 1))),
    ("carriage-return", |text| format!("{text}\r\n")),
    ("two-line-ends", |text| format!("{text}\n\n")),
    ("blank-before", |text| format!(" {text}\n")),
    ("blank-after", |text| format!("{text} \n")),
    ("prefix", |text| format!("0x{text}\n")),
    ("line-end-inside", |text| text.replacen("0201", "02\n01", 1) + "\n"),
    ("byte-order-mark", |text| format!("\u{FEFF}{text}\n")),
];

pub(super) fn svf() -> String {
    hex::encode(&single_vector().to_bytes())
}

pub(super) fn svf_question(text: &str) -> ExportSvfRead {
    ExportSvfRead { file: Bytes(text.as_bytes().to_vec()) }
}

fn svf_read(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let got = t.agrees("SDL-7", &party, &svf_question(&format!("{}\n", svf())))?;
    t.same("SDL-7", &got.static_vector, Some(&Bytes(single_vector().to_bytes())))
}

fn svf_refused(t: &mut Trial<'_>, rule: Rule, bend: Text) -> Result<(), Stop> {
    let party = t.peer_client();
    t.refuses_stateless(rule, &party, &svf_question(&bend(&svf())))?;
    t.twin(rule.id, &party, &svf_question(&format!("{}\n", svf()))).map(|_| ())
}

fn log_of(entries: &[(&str, String)]) -> String {
    entries.iter().map(|(serial, code)| format!("{serial} {code}\n")).collect()
}

fn log() -> String {
    log_of(&[(SERIAL, decimal()), ("VDS0000000", hexadecimal()), ("ABC9999999", decimal())])
}

fn log_question(text: &str) -> AcodeLogRead {
    AcodeLogRead { file: Bytes(text.as_bytes().to_vec()) }
}

fn log_read(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for text in [log(), log_of(&[(SERIAL, hexadecimal())])] {
        let got = t.agrees("SDL-9", &party, &log_question(&text))?;
        let entries: Vec<_> = got.licenses.iter().map(|it| (it.serial.as_str(), it.code.clone())).collect();
        t.same("SDL-9", &log_of(&entries), Some(&text))?;
    }
    Ok(())
}

/// Each is a change of the right file.
const LOG_BENDS: [(&str, Rule, Text); 20] = [
    ("empty", SDL_8, |_| String::new()),
    ("cut", SDL_8, |text| text.get(..text.len() - 1).unwrap_or_default().into()),
    ("cut-inside", SDL_8, |text| text.get(..60).unwrap_or_default().into()),
    ("cut-before-form", SDL_8, |text| format!("bad{text}bad")),
    ("no-line", SDL_9, |_| "\n".into()),
    ("empty-line", SDL_9, |text| format!("{text}\n")),
    ("carriage-return", SDL_9, |text| text.replace('\n', "\r\n")),
    ("two-blanks", SDL_9, |text| text.replacen(' ', "  ", 1)),
    ("tab", SDL_9, |text| text.replacen(' ', "\t", 1)),
    ("no-blank", SDL_9, |text| text.replacen(' ', "", 1)),
    ("blank-before", SDL_9, |text| format!(" {text}")),
    ("blank-after", SDL_9, |text| text.replacen('\n', " \n", 1)),
    ("serial-lower-case", SDL_9, |text| text.replacen("VDS", "vds", 1)),
    ("serial-short", SDL_9, |text| text.replacen("VDS", "VD", 1)),
    ("code-lower-case", SDL_9, |text| text.replacen("ABCDEF", "abcdef", 1)),
    ("code-short-form", SDL_9, |text| format!("{text}VDS0000001 00000000000000000001\n")),
    ("code-check-digit", SDL_9, |text| text.replacen("0123456789ABCDEF", "1123456789ABCDEF", 1)),
    ("code-too-large", SDL_9, |text| {
        format!("{text}VDS0000001 {}\n", with_digit(&"9".repeat(39), Radix::Decimal))
    }),
    ("byte-order-mark", SDL_9, |text| format!("\u{FEFF}{text}")),
    ("third-member", SDL_9, |text| text.replacen('\n', " 1\n", 1)),
];

fn log_refused(t: &mut Trial<'_>, rule: Rule, bend: impl Fn(&str) -> String) -> Result<(), Stop> {
    let party = t.peer_client();
    t.refuses_stateless(rule, &party, &log_question(&bend(&log())))?;
    t.twin(rule.id, &party, &log_question(&log())).map(|_| ())
}

fn log_twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let twice = log_of(&[(SERIAL, decimal()), (SERIAL, hexadecimal())]);
    for bad in [log() + &log(), twice.clone(), twice + "bad\n"] {
        log_refused(t, SDL_10, move |_| bad.clone())?;
    }
    let good = log();
    log_refused(t, SDL_9, move |_| format!("bad\n{good}{good}"))
}

fn entries(all: &[(&str, String)]) -> AcodeLogWrite {
    let entry =
        |(serial, code): &(&str, String)| AcodeLogEntry { serial: (*serial).into(), code: code.clone() };
    AcodeLogWrite { licenses: all.iter().map(entry).collect() }
}

fn log_write(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let all = [(SERIAL, hexadecimal()), ("VDS0000000", decimal())];
    let got = t.agrees("SDL-9", &party, &entries(&all))?;
    t.same("SDL-9", &got.file, Some(&Bytes(log_of(&all).into_bytes())))
}

fn log_write_twice(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let bad = entries(&[(SERIAL, decimal()), ("VDS0000000", decimal()), (SERIAL, hexadecimal())]);
    t.refuses_stateless(SDL_10, &party, &bad)?;
    t.twin("SDL-10", &party, &entries(&[(SERIAL, decimal()), ("VDS0000000", decimal())])).map(|_| ())
}

fn log_write_code(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    for bad in [with_another_last(&decimal()), hexadecimal().to_lowercase(), "0".repeat(20), String::new()] {
        t.refuses_stateless(SDL_9, &party, &entries(&[(SERIAL, bad.clone()), (SERIAL, decimal())]))?;
    }
    t.twin("SDL-9", &party, &entries(&[(SERIAL, hexadecimal())])).map(|_| ())
}
