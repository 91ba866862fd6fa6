//! License files with one defect each, and with two: what is bent before it is sealed has right keys behind it.

use super::license_file::{SERIALS, post_activation, read};
use super::message_vector::bad_mark;
use super::negative;
use channel::bytes::Wire;
use channel::rule::{
    AM1_8, AM1_9, LIF_5, LIF_6, LIF_7, LIF_8, LIF_9, LIF_10, LIF_11, LIF_12, MSV_3, MSV_4, Rule, STV_1,
    STV_2, STV_3, STV_5,
};
use harness::case::{Case, Role};
use harness::forge::file::{Licensed, Sheet};
use harness::setup::{Setup, app};
use harness::trial::{Stop, Trial};
use peer::operations::LicenseFileRead;
use peer::protocol::Array;

const READ: Role = Role::Primitive("license_file.read");

/// How a file of three licenses is bent.
#[derive(Clone, Copy)]
pub(super) enum Bend {
    /// Other words in a line, before it is sealed.
    Words(usize, &'static str, &'static str),
    /// Other words in a finished line, under a right mac.
    Sealed(usize, &'static str, &'static str),
    /// Other words in the trailer.
    Trailer(&'static str, &'static str),
    /// Any other way.
    Made(fn(&Sheet) -> String),
}
use Bend::{Made, Sealed, Trailer, Words};

/// A file's defect, and what refuses it.
pub(super) type Defect = (&'static str, Rule, Bend);

const VERSION: &str = "\"version\":1,";
const COUNT: &str = "\"count\":3";
const TYPE: &str = "MOBILE1";
const NAME: &str = "ACTIVATION  ";
const THRESHOLD: &str = "\"threshold\":5";
const CHANNEL: &str = "\"secure_channel\":true";

#[rustfmt::skip] // a table
const HEADER: [Defect; 33] = [
    ("format-of-another-name", LIF_6, Words(1, "counterproof-licenses", "counterproof-license")),
    ("header-members-swapped", LIF_6, Words(1, "\"format\":\"counterproof-licenses\",\"version\":1", "\"version\":1,\"format\":\"counterproof-licenses\"")),
    ("header-blank-before", LIF_6, Words(1, "{\"format", " {\"format")),
    ("header-blank-after-colon", LIF_6, Words(1, ":1,", ": 1,")),
    ("header-blank-in-object", LIF_6, Words(1, COUNT, "\"count\":3 ")),
    ("header-blank-after", LIF_6, Sealed(1, "3}", "3} ")),
    ("header-unknown-member", LIF_6, Words(1, COUNT, "\"count\":3,\"note\":\"\"")),
    ("header-member-twice", LIF_6, Words(1, COUNT, "\"count\":3,\"count\":3")),
    ("header-member-missing", LIF_6, Words(1, ",\"count\":3", "")),
    ("header-byte-order-mark", LIF_6, Words(1, "{\"format", "\u{FEFF}{\"format")),
    ("header-escaped-character", LIF_6, Words(1, "\"format\"", "\"\\u0066ormat\"")),
    ("file-id-lower-case", LIF_6, Words(1, "A0B1", "a0b1")),
    ("file-id-31-digits", LIF_6, Words(1, "A0B1", "A0B")),
    ("file-id-33-digits", LIF_6, Words(1, "A0B1", "A0B10")),
    ("static-vector-lower-case", LIF_6, Words(1, "C3E4", "c3e4")),
    ("static-vector-odd", LIF_6, Words(1, "C3E4", "C3E40")),
    ("static-vector-blank", LIF_6, Words(1, "C3E4", "C3 E4")),
    ("message-vector-25-digits", LIF_6, Words(1, "message_vector\":\"F", "message_vector\":\"")),
    ("message-vector-27-digits", LIF_6, Words(1, "message_vector\":\"", "message_vector\":\"0")),
    ("message-vector-lower-case", LIF_6, Words(1, "message_vector\":\"F", "message_vector\":\"f")),
    ("message-vector-letter-g", LIF_6, Words(1, "message_vector\":\"F", "message_vector\":\"G")),
    ("check-31-digits", LIF_6, Made(|sheet| check(sheet, |check| check.get(1..).unwrap_or_default().into()))),
    ("check-lower-case", LIF_6, Made(|sheet| check(sheet, str::to_ascii_lowercase))),
    ("count-0", LIF_6, Words(1, COUNT, "\"count\":0")),
    ("count-leading-zero", LIF_6, Words(1, COUNT, "\"count\":03")),
    ("count-empty", LIF_6, Words(1, COUNT, "\"count\":")),
    ("count-sign", LIF_6, Words(1, COUNT, "\"count\":+3")),
    ("count-fraction", LIF_6, Words(1, COUNT, "\"count\":3.0")),
    ("count-exponent", LIF_6, Words(1, COUNT, "\"count\":3e0")),
    ("count-text", LIF_6, Words(1, COUNT, "\"count\":\"3\"")),
    ("count-10000001", LIF_6, Words(1, COUNT, "\"count\":10000001")),
    ("count-beyond-64-bits", LIF_6, Words(1, COUNT, "\"count\":18446744073709551619")),
    ("header-not-there", LIF_6, Made(|sheet| closed(sheet, |lines| { lines.remove(0); }))),
];

#[rustfmt::skip] // a table
const VERSIONS: [Defect; 12] = [
    ("version-0", LIF_7, Words(1, VERSION, "\"version\":0,")),
    ("version-2", LIF_7, Words(1, VERSION, "\"version\":2,")),
    ("version-01", LIF_7, Words(1, VERSION, "\"version\":01,")),
    ("version-of-9-digits", LIF_7, Words(1, VERSION, "\"version\":999999999,")),
    ("version-of-10-digits", LIF_6, Words(1, VERSION, "\"version\":1000000000,")),
    ("version-empty", LIF_6, Words(1, VERSION, "\"version\":,")),
    ("version-sign", LIF_6, Words(1, VERSION, "\"version\":-1,")),
    ("version-fraction", LIF_6, Words(1, VERSION, "\"version\":2.0,")),
    ("version-text", LIF_6, Words(1, VERSION, "\"version\":\"2\",")),
    ("version-without-comma", LIF_6, Words(1, VERSION, "\"version\":2")),
    ("order-version-before-form", LIF_7, Made(|sheet| format!("{{\"format\":\"counterproof-licenses\",\"version\":2,{}\n", sheet.header.len()))),
    ("order-version-before-key", LIF_7, Made(|sheet| check(&sheet.bent(1, VERSION, "\"version\":2,"), |_| "0".repeat(32)))),
];

#[rustfmt::skip] // a table
const LICENSES: [Defect; 41] = [
    ("serial-lower-case", LIF_6, Words(3, "VDS", "vds")),
    ("serial-9-characters", LIF_6, Words(3, "VDS0", "VDS")),
    ("serial-11-characters", LIF_6, Words(3, "VDS", "VDS0")),
    ("serial-letter-in-suffix", LIF_6, Words(3, "VDS0", "VDSO")),
    ("serial-foreign-prefix-character", LIF_6, Words(3, "VDS", "V-S")),
    ("type-empty", LIF_6, Words(3, TYPE, "")),
    ("type-17-characters", LIF_6, Words(3, TYPE, "ABCDEFGHIJ0123456")),
    ("type-lower-case", LIF_6, Words(3, TYPE, "mobile1")),
    ("type-blank", LIF_6, Words(3, TYPE, "MOBILE 1")),
    ("type-escaped", LIF_6, Words(3, TYPE, "\\u004DOBILE")),
    ("type-not-ascii", LIF_6, Words(3, TYPE, "MÖBEL")),
    ("type-nul", LIF_6, Words(3, TYPE, "MOBILE\0")),
    ("application-11-characters", LIF_6, Words(3, NAME, "ACTIVATION ")),
    ("application-13-characters", LIF_6, Words(3, NAME, "ACTIVATION   ")),
    ("application-lower-case", LIF_6, Words(3, NAME, "activation  ")),
    ("application-blank-first", LIF_6, Words(3, NAME, " ACTIVATION ")),
    ("application-blank-inside", LIF_6, Words(3, NAME, "ACTI VATION ")),
    ("application-all-blank", LIF_6, Words(3, NAME, "            ")),
    ("application-tab-at-end", LIF_6, Words(3, NAME, "ACTIVATION \t")),
    ("mode-of-another-name", LIF_6, Words(3, "\"MA\"", "\"MM\"")),
    ("mode-lower-case", LIF_6, Words(3, "\"MA\"", "\"ma\"")),
    ("threshold-0", LIF_6, Words(3, THRESHOLD, "\"threshold\":0")),
    ("threshold-100", LIF_6, Words(3, THRESHOLD, "\"threshold\":100")),
    ("threshold-leading-zero", LIF_6, Words(3, THRESHOLD, "\"threshold\":05")),
    ("threshold-empty", LIF_6, Words(3, THRESHOLD, "\"threshold\":")),
    ("threshold-text", LIF_6, Words(3, THRESHOLD, "\"threshold\":\"5\"")),
    ("threshold-fraction", LIF_6, Words(3, THRESHOLD, "\"threshold\":5.0")),
    ("secure-channel-1", LIF_6, Words(3, CHANNEL, "\"secure_channel\":1")),
    ("secure-channel-capital", LIF_6, Words(3, CHANNEL, "\"secure_channel\":True")),
    ("secure-channel-text", LIF_6, Words(3, CHANNEL, "\"secure_channel\":\"true\"")),
    ("secure-channel-null", LIF_6, Words(3, CHANNEL, "\"secure_channel\":null")),
    ("license-members-swapped", LIF_6, Words(3, "\"threshold\":5,\"secure_channel\":true", "\"secure_channel\":true,\"threshold\":5")),
    ("license-member-missing", LIF_6, Words(3, ",\"mode\":\"MA\"", "")),
    ("license-unknown-member", LIF_6, Sealed(3, "\"}", "\",\"note\":\"\"}")),
    ("license-member-twice", LIF_6, Words(3, THRESHOLD, "\"threshold\":5,\"threshold\":5")),
    ("license-blank", LIF_6, Words(3, ",\"mode\"", ", \"mode\"")),
    ("license-blank-after", LIF_6, Sealed(3, "\"}", "\"} ")),
    ("license-empty-line", LIF_6, Made(|sheet| closed(sheet, |lines| lines.insert(1, String::new())))),
    ("secret-lower-case", LIF_6, Made(|sheet| secret(sheet, str::to_ascii_lowercase))),
    ("secret-63-digits", LIF_6, Made(|sheet| secret(sheet, |secret| secret.get(1..).unwrap_or_default().into()))),
    ("secret-65-digits", LIF_6, Made(|sheet| secret(sheet, |secret| format!("{secret}0")))),
];

#[rustfmt::skip] // a table
const LINES: [Defect; 27] = [
    ("empty", LIF_5, Made(|_| String::new())),
    ("words-without-line-end", LIF_5, Made(|_| "no license file".into())),
    ("words-with-line-end", LIF_6, Made(|_| "no license file\n".into())),
    ("without-trailer", LIF_5, Made(|sheet| sheet.lines().join("\n") + "\n")),
    ("trailer-without-line-end", LIF_5, Made(|sheet| sheet.closed(&sheet.lines()))),
    ("trailer-alone", LIF_6, Made(|sheet| sheet.closed(&[]) + "\n")),
    ("order-no-line-end-before-form", LIF_5, Made(|sheet| format!("{}\nno license", sheet.header))),
    ("last-line-of-2048-bytes", LIF_5, Made(|_| "x".repeat(2048))),
    ("last-line-of-2049-bytes", LIF_6, Made(|_| "x".repeat(2049))),
    ("version-2-in-2048-bytes", LIF_7, Made(|_| version_2(2048))),
    ("version-2-in-2049-bytes", LIF_6, Made(|_| version_2(2049))),
    ("line-ends-of-two-bytes", LIF_6, Made(|sheet| sheet.file().replace('\n', "\r\n"))),
    ("line-ends-of-another-byte", LIF_5, Made(|sheet| sheet.file().replace('\n', "\r"))),
    ("one-line-end-of-two-bytes", LIF_6, Made(|sheet| sheet.lines().join("\n").replacen("\"}\n", "\"}\r\n", 1) + "\n")),
    ("trailer-lower-case", LIF_6, Made(|sheet| trailer(sheet, str::to_ascii_lowercase))),
    ("trailer-63-digits", LIF_6, Made(|sheet| trailer(sheet, |mac| mac.get(1..).unwrap_or_default().into()))),
    ("trailer-blank", LIF_6, Trailer("\"mac\":", "\"mac\": ")),
    ("trailer-blank-first", LIF_6, Trailer("{\"mac\"", "{ \"mac\"")),
    ("trailer-blank-after", LIF_6, Trailer("\"}", "\"} ")),
    ("trailer-unknown-member", LIF_6, Trailer("\"}", "\",\"note\":\"\"}")),
    ("after-trailer-line-end", LIF_6, Made(|sheet| sheet.file() + "\n")),
    ("after-trailer-a-character", LIF_6, Made(|sheet| sheet.file() + "x")),
    ("after-trailer-another", LIF_6, Made(|sheet| twice_the_last_line(&sheet.file()))),
    ("after-trailer-a-license", LIF_6, Made(|sheet| format!("{}{}\n", sheet.file(), line_of(sheet, 1)))),
    ("two-files", LIF_6, Made(|sheet| sheet.file().repeat(2))),
    ("zeros-after-trailer", LIF_6, Made(|sheet| sheet.file() + "\0\0")),
    ("line-of-2049-bytes-inside", LIF_6, Made(|sheet| closed(sheet, |lines| lines.insert(2, "x".repeat(2049))))),
];

#[rustfmt::skip] // a table
const CONTENT: [Defect; 35] = [
    ("another-check", LIF_8, Made(|sheet| check(sheet, last_bent))),
    ("another-file-id", LIF_8, Made(|sheet| Sheet { header: sheet.header.replacen("A0B1", "A0B2", 1), ..sheet.clone() }.file())),
    ("static-vector-empty", STV_1, Made(|sheet| static_vector(sheet, |_| Vec::new()))),
    ("static-vector-length", STV_1, Words(1, "\"38080", "\"38081")),
    ("static-vector-482-bytes", STV_2, Made(|sheet| static_vector(sheet, |_| vec![0x38; 482]))),
    ("static-vector-record-length", STV_3, Words(1, "040100", "040200")),
    ("static-vector-binding", STV_5, Words(1, "040100", "040102")),
    ("message-vector-check-digit", MSV_3, Made(|sheet| message_vector(sheet, last_bent))),
    ("message-vector-mark", MSV_4, Made(|sheet| message_vector(sheet, |_| bad_mark()))),
    ("post-activation", AM1_9, Made(|sheet| message_vector(sheet, |_| post_activation(app::RESPONSE_ONLY)))),
    ("post-activation-missing", AM1_9, Made(|sheet| message_vector(sheet, |_| post_activation(app::MISSING)))),
    ("another-prefix", AM1_8, Words(4, "VDS", "VDT")),
    ("secret-bent", LIF_9, Made(|sheet| secret(sheet, last_bent))),
    ("serial-changed", LIF_9, Sealed(3, "VDS0000000", "VDS0000001")),
    ("type-changed", LIF_9, Sealed(3, TYPE, "MOBILE2")),
    ("application-changed", LIF_9, Sealed(3, NAME, "ACTIVATION1 ")),
    ("threshold-changed", LIF_9, Sealed(3, THRESHOLD, "\"threshold\":6")),
    ("secure-channel-changed", LIF_9, Sealed(3, CHANNEL, "\"secure_channel\":false")),
    ("lines-swapped", LIF_9, Made(|sheet| closed(sheet, |lines| lines.swap(1, 3)))),
    ("line-twice", LIF_9, Made(|sheet| closed(sheet, |lines| lines.insert(2, line_of(sheet, 1))))),
    ("first-line-left-out", LIF_9, Made(|sheet| closed(sheet, |lines| { lines.remove(1); }))),
    ("last-line-left-out", LIF_10, Made(|sheet| closed(sheet, |lines| { lines.pop(); }))),
    ("line-of-another-file", LIF_9, Made(|sheet| closed(sheet, |lines| replace(lines, 2, &line_of(&other_file(sheet), 2))))),
    ("count-too-high", LIF_10, Words(1, COUNT, "\"count\":4")),
    ("count-too-low", LIF_10, Words(1, COUNT, "\"count\":2")),
    ("count-10000000", LIF_10, Words(1, COUNT, "\"count\":10000000")),
    ("no-license", LIF_10, Made(|sheet| closed(sheet, |lines| lines.truncate(1)))),
    ("one-license-more", LIF_10, Made(|sheet| Sheet { licenses: [&sheet.licenses[..], &[(sheet.licenses.first().map(|(before, _)| before.replace(SERIALS[0], "VDS0000005")).unwrap_or_default(), [5; 16])]].concat(), ..sheet.clone() }.file())),
    ("mac-bent", LIF_11, Made(|sheet| trailer(sheet, last_bent))),
    ("trailer-of-another-file", LIF_11, Made(|sheet| sheet.lines().join("\n") + "\n" + other_file(sheet).file().lines().last().unwrap_or_default() + "\n")),
    ("static-vector-changed", LIF_11, Made(|sheet| sheet.file().replacen("040100", "040101", 1))),
    ("message-vector-changed", LIF_11, Made(|sheet| { let file = sheet.file(); message_vector_of(&file, &post_activation(app::EVENT)) })),
    ("serial-twice", LIF_12, Words(4, SERIALS[2], SERIALS[0])),
    ("serial-twice-in-a-row", LIF_12, Words(3, SERIALS[1], SERIALS[0])),
    ("license-twice", LIF_12, Made(|sheet| { let mut twice = sheet.bent(1, COUNT, "\"count\":4"); twice.licenses.extend(sheet.licenses.first().cloned()); twice.file() })),
];

#[rustfmt::skip] // a table
const ORDERS: [Defect; 15] = [
    ("order-header-form-before-key", LIF_6, Made(|sheet| check(&sheet.bent(1, COUNT, "\"count\":0"), last_bent))),
    ("order-key-before-static-vector", LIF_8, Made(|sheet| check(&sheet.bent(1, "040100", "040102"), last_bent))),
    ("order-static-vector-before-message-vector", STV_5, Made(|sheet| message_vector(&sheet.bent(1, "040100", "040102"), last_bent))),
    ("order-message-vector-before-post-activation", MSV_3, Made(|sheet| message_vector(sheet, |_| last_bent(&post_activation(app::MISSING))))),
    ("order-post-activation-before-line-2", AM1_9, Made(|sheet| message_vector(&sheet.bent(2, TYPE, ""), |_| post_activation(app::MISSING)))),
    ("order-key-before-line-2", LIF_8, Made(|sheet| check(&sheet.bent(2, TYPE, ""), last_bent))),
    ("order-form-before-prefix", LIF_6, Made(|sheet| sheet.bent(2, "VDS", "VDT").bent(2, TYPE, "").file())),
    ("order-prefix-before-secret", AM1_8, Sealed(2, "VDS", "VDT")),
    ("order-secret-before-next-line", LIF_9, Made(|sheet| secret(&sheet.bent(4, TYPE, ""), last_bent))),
    ("order-lines-before-trailer", LIF_6, Made(|sheet| trailer(&sheet.bent(4, TYPE, ""), last_bent))),
    ("order-trailer-form-before-count", LIF_6, Made(|sheet| trailer(&sheet.bent(1, COUNT, "\"count\":4"), str::to_ascii_lowercase))),
    ("order-count-before-mac", LIF_10, Made(|sheet| trailer(&sheet.bent(1, COUNT, "\"count\":4"), last_bent))),
    ("order-mac-before-what-follows", LIF_11, Made(|sheet| trailer(sheet, last_bent) + "\n")),
    ("order-what-follows-before-serial-twice", LIF_6, Made(|sheet| sheet.bent(4, SERIALS[2], SERIALS[0]).file() + "\n")),
    ("order-mac-before-serial-twice", LIF_11, Made(|sheet| trailer(&sheet.bent(4, SERIALS[2], SERIALS[0]), last_bent))),
];

/// Every defect.
pub(super) fn defects() -> impl Iterator<Item = Defect> {
    HEADER.into_iter().chain(VERSIONS).chain(LICENSES).chain(LINES).chain(CONTENT).chain(ORDERS)
}

/// One for each requirement, for the operations that import a file.
pub(super) fn one_of_each() -> impl Iterator<Item = Defect> {
    let names = [
        "trailer-without-line-end",
        "two-files",
        "version-2",
        "another-check",
        "secret-bent",
        "count-too-high",
        "mac-bent",
        "serial-twice",
        "static-vector-record-length",
        "static-vector-binding",
        "message-vector-mark",
        "post-activation",
        "another-prefix",
    ];
    defects().filter(move |(name, ..)| names.contains(name))
}

/// Cases of this file.
pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<_> = defects()
        .map(|(name, rule, bend)| {
            let about = format!("{name}: such a file is refused as a whole");
            negative(format!("license-file-read-{name}"), READ, rule, about, move |t| refused(t, rule, bend))
        })
        .collect();
    cases.push(negative(
        "license-file-read-another-transport-key",
        READ,
        LIF_8,
        "another transport key is told from a changed file",
        another_key,
    ));
    cases.push(negative(
        "license-file-read-every-cut",
        READ,
        LIF_5,
        "a file that ends early is refused, wherever it ends",
        every_cut,
    ));
    cases.push(negative(
        "license-file-read-every-digit-of-secret-and-mac",
        READ,
        LIF_9,
        "each digit of a secret and of the mac is looked at",
        every_digit,
    ));
    cases
}

/// A right file of three licenses.
pub(super) fn sheet(t: &mut Trial<'_>) -> Sheet {
    let setup = Setup::default();
    let licenses = SERIALS.map(|serial| Licensed::new(serial, t.random()));
    let mut file_id: [u8; 16] = t.random();
    // Letters to be written small, found by what stands before them.
    if let Some([first, second]) = file_id.first_chunk_mut::<2>() {
        (*first, *second) = (0xA0, 0xB1);
    }
    Sheet::new(t.random(), file_id, &setup.vector.to_bytes(), &setup.message_vector().encode(), &licenses)
}

/// The file so bent. A bend that changes nothing is a fault of the table.
pub(super) fn bent(sheet: &Sheet, bend: Bend) -> Result<String, Stop> {
    let file = match bend {
        Words(line, from, to) => sheet.bent(line, from, to).file(),
        Sealed(line, from, to) => closed(sheet, |lines| {
            if let Some(line) = lines.get_mut(line - 1) {
                *line = line.replacen(from, to, 1);
            }
        }),
        Trailer(from, to) => trailer_line(sheet, |line| line.replacen(from, to, 1)),
        Made(make) => make(sheet),
    };
    match file == sheet.file() {
        true => Err(Stop::Harness("a bend that bends nothing".into())),
        false => Ok(file),
    }
}

fn refused(t: &mut Trial<'_>, rule: Rule, bend: Bend) -> Result<(), Stop> {
    let party = t.peer_client();
    let sheet = sheet(t);
    let bad = read(&sheet, bent(&sheet, bend)?);
    t.refuses_stateless(rule, &party, &bad)?;
    twin(t, rule, &sheet)
}

/// The right file is read.
fn twin(t: &mut Trial<'_>, rule: Rule, sheet: &Sheet) -> Result<(), Stop> {
    let party = t.peer_client();
    let both = t.twin(rule.id, &party, &read(sheet, sheet.file()))?;
    t.same(rule.id, &both.got, both.want.as_ref())
}

fn another_key(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let sheet = sheet(t);
    for at in [0, 15, 16, 31] {
        let mut transport_key = Array(sheet.transport);
        if let Some(byte) = transport_key.0.get_mut(at) {
            *byte ^= 1;
        }
        let bad = LicenseFileRead { transport_key, ..read(&sheet, sheet.file()) };
        t.refuses_stateless(LIF_8, &party, &bad)?;
    }
    twin(t, LIF_8, &sheet)
}

fn every_cut(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let sheet = sheet(t);
    let file = sheet.file();
    let near_line_end =
        |length: usize| file.match_indices('\n').any(|(at, _)| (at..at + 3).contains(&length));
    for length in (0..file.len()).filter(|length| length.is_multiple_of(23) || near_line_end(*length)) {
        let cut = file.get(..length).unwrap_or_default();
        t.refuses_stateless(LIF_5, &party, &read(&sheet, cut.into()))?;
    }
    twin(t, LIF_5, &sheet)
}

fn every_digit(t: &mut Trial<'_>) -> Result<(), Stop> {
    let party = t.peer_client();
    let sheet = sheet(t);
    for at in 0..64 {
        let bad = secret(&sheet, |secret| digit_bent(secret, at));
        t.refuses_stateless(LIF_9, &party, &read(&sheet, bad))?;
        let bad = trailer(&sheet, |mac| digit_bent(mac, at));
        t.refuses_stateless(LIF_11, &party, &read(&sheet, bad))?;
    }
    for at in 0..32 {
        let bad = check(&sheet, |check| digit_bent(check, at));
        t.refuses_stateless(LIF_8, &party, &read(&sheet, bad))?;
    }
    twin(t, LIF_9, &sheet)
}

/// The file of these lines, under a right mac.
fn closed(sheet: &Sheet, bend: impl FnOnce(&mut Vec<String>)) -> String {
    let mut lines = sheet.lines();
    bend(&mut lines);
    sheet.closed(&lines) + "\n"
}

/// A line without the trailer, counted from 0.
fn line_of(sheet: &Sheet, index: usize) -> String {
    sheet.lines().get(index).cloned().unwrap_or_default()
}

fn replace(lines: &mut [String], index: usize, by: &str) {
    if let Some(line) = lines.get_mut(index) {
        *line = by.into();
    }
}

/// The digits of a member's value, bent.
fn member(line: &str, name: &str, bend: impl FnOnce(&str) -> String) -> String {
    let opened = format!("\"{name}\":\"");
    let parts = line.split_once(&opened).and_then(|(head, tail)| Some((head, tail.split_once('"')?)));
    match parts {
        Some((head, (value, rest))) => format!("{head}{opened}{}\"{rest}", bend(value)),
        None => line.into(),
    }
}

fn header(sheet: &Sheet, name: &str, bend: impl FnOnce(&str) -> String) -> String {
    Sheet { header: member(&sheet.header, name, bend), ..sheet.clone() }.file()
}

fn check(sheet: &Sheet, bend: impl FnOnce(&str) -> String) -> String {
    header(sheet, "check", bend)
}

fn message_vector(sheet: &Sheet, bend: impl FnOnce(&str) -> String) -> String {
    header(sheet, "message_vector", bend)
}

fn message_vector_of(file: &str, vector: &str) -> String {
    member(file, "message_vector", |_| vector.into())
}

fn static_vector(sheet: &Sheet, bend: fn(&str) -> Vec<u8>) -> String {
    header(sheet, "static_vector", |vector| channel::text::hex::encode(&bend(vector)))
}

/// The secret of the second license.
fn secret(sheet: &Sheet, bend: impl FnOnce(&str) -> String) -> String {
    closed(sheet, |lines| {
        if let Some(line) = lines.get_mut(2) {
            *line = member(line, "secret", bend);
        }
    })
}

fn trailer_line(sheet: &Sheet, bend: impl FnOnce(&str) -> String) -> String {
    let file = sheet.closed(&sheet.lines());
    let (lines, trailer) = file.rsplit_once('\n').unwrap_or_default();
    format!("{lines}\n{}\n", bend(trailer))
}

fn trailer(sheet: &Sheet, bend: impl FnOnce(&str) -> String) -> String {
    trailer_line(sheet, |line| member(line, "mac", bend))
}

fn twice_the_last_line(file: &str) -> String {
    format!("{file}{}\n", file.lines().last().unwrap_or_default())
}

/// Another file under the same transport key, of the same licenses.
fn other_file(sheet: &Sheet) -> Sheet {
    let setup = Setup::default();
    let licenses: Vec<_> = SERIALS
        .into_iter()
        .zip(&sheet.licenses)
        .map(|(serial, (_, key))| Licensed::new(serial, *key))
        .collect();
    Sheet::new(
        sheet.transport,
        [0xA5; 16],
        &setup.vector.to_bytes(),
        &setup.message_vector().encode(),
        &licenses,
    )
}

/// A header of another version that is so long.
fn version_2(length: usize) -> String {
    let mut line = "{\"format\":\"counterproof-licenses\",\"version\":2,".to_owned();
    line.push_str(&"x".repeat(length - line.len()));
    line + "\n"
}

fn last_bent(digits: &str) -> String {
    digit_bent(digits, digits.len().saturating_sub(1))
}

/// Another digit in this place.
fn digit_bent(digits: &str, at: usize) -> String {
    let bend = |c: char| if c == '0' { '1' } else { '0' };
    digits.chars().enumerate().map(|(i, c)| if i == at { bend(c) } else { c }).collect()
}
