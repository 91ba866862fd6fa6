//! License files that are refused.

use serde_json::{Value, json};

use super::super::vector::{expected, hex, with};
use super::paper::{FILE_ID, TRANSPORT, before, closed, header, license, lines};
use super::usual::{
    DISABLED, FIRST, MESSAGE_VECTOR, MISSING, RESPONSE_ONLY, SECOND, bent_vector, good, good_lines,
    message_vector, message_vector_of, params, reading, usual_header, vector,
};
use channel::crypto::kdf;
use channel::crypto::keys::Key;
use channel::rule::{
    AM1_8, AM1_9, LIF_5, LIF_6, LIF_7, LIF_8, LIF_9, LIF_10, LIF_11, LIF_12, MSV_3, MSV_4, Rule, STV_1,
    STV_2, STV_3, STV_4, STV_5,
};

/// The file as lines of text, for a person.
fn shown(vector: Value, file: &[u8]) -> Value {
    let text = String::from_utf8_lossy(file);
    with(vector, "intermediate", json!({"lines": text.split_inclusive('\n').collect::<Vec<_>>()}))
}

/// A file that is refused.
fn refused(id: &str, note: &str, rule: Rule, file: impl AsRef<[u8]>) -> Value {
    let file = file.as_ref();
    expected(rule, shown(reading(id, note, params(file)), file))
}

/// A row: its id, what is special, what decides, the file.
type Row = (&'static str, &'static str, Rule, String);

fn all_refused<const N: usize>(rows: [Row; N]) -> Vec<Value> {
    rows.map(|(id, note, rule, file)| refused(id, note, rule, file)).into()
}

/// Files that end before their last line does (LIF-5).
pub(super) fn cut() -> Vec<Value> {
    let good = good();
    let up_to = |text: &str| good.split_once(text).map(|(head, _)| head.to_owned()).unwrap_or_default();
    let header_alone = lines(&[usual_header(2)]);
    all_refused([
        ("empty", "the empty file", LIF_5, String::new()),
        ("cut-in-the-header", "in the middle of the header", LIF_5, up_to(",\"check\"")),
        ("cut-before-the-first-lf", "before its LF", LIF_5, usual_header(2)),
        ("cut-after-the-header", "after the header's LF", LIF_5, header_alone.clone()),
        ("cut-before-the-trailer", "before the trailer", LIF_5, up_to("{\"mac\"")),
        (
            "cut-in-the-trailer",
            "in its middle",
            LIF_5,
            good.get(..good.len() - 10).unwrap_or_default().into(),
        ),
        ("cut-before-the-last-lf", "before its LF", LIF_5, good.trim_end().into()),
        (
            "cut-any-words",
            "of a last line without LF nothing but its length is looked at",
            LIF_5,
            format!("{header_alone}{}", "x".repeat(2048)),
        ),
    ])
}

/// LIF-6, LIF-7, LIF-8 of the header.
pub(super) fn bad_headers() -> Vec<Value> {
    let good = good();
    let with = |from: &str, to: &str| good.replacen(from, to, 1);
    let later = format!("{}\n{}", "{\"format\":\"counterproof-licenses\",\"version\":2,\"new\":[]}", &good);
    let key = hex(kdf_check());
    let mut vectors = all_refused([
        ("header-blank", "a blank after a comma", LIF_6, with("1,\"file_id\"", "1, \"file_id\"")),
        ("header-blank-before", "a blank before", LIF_6, format!(" {good}")),
        ("header-mark", "a byte order mark before", LIF_6, format!("\u{FEFF}{good}")),
        ("header-format", "another format", LIF_6, with("counterproof-licenses", "licenses")),
        ("header-order", "two members in the other order", LIF_6, with_members_swapped(&good)),
        ("header-lower-case", "digits in lower case", LIF_6, with(&key, &key.to_lowercase())),
        (
            "header-message-vector",
            "a message vector in lower case: the form comes before what it says",
            LIF_6,
            with(&message_vector(), &message_vector().to_lowercase()),
        ),
        (
            "header-message-vector-length",
            "a message vector of 25 digits",
            LIF_6,
            with(&message_vector(), MESSAGE_VECTOR),
        ),
        (
            "header-odd",
            "an odd number of digits",
            LIF_6,
            with("\"static_vector\":\"3", "\"static_vector\":\""),
        ),
        ("header-count-0", "no license", LIF_6, with("\"count\":2", "\"count\":0")),
        ("header-count-02", "a zero before the count", LIF_6, with("\"count\":2", "\"count\":02")),
        ("header-count-10000001", "one license too many", LIF_6, with("\"count\":2", "\"count\":10000001")),
        ("header-count-2-0", "a fraction", LIF_6, with("\"count\":2", "\"count\":2.0")),
        ("header-more", "a member more", LIF_6, with("\"count\":2", "\"count\":2,\"new\":1")),
        ("header-crlf", "CR before LF", LIF_6, good.replace('\n', "\r\n")),
        (
            "header-2049-bytes",
            "a line of 2049 bytes; of a later version, but the length comes first",
            LIF_6,
            long_header(2049) + "\n",
        ),
        ("header-2049-bytes-cut", "the same without an LF", LIF_6, long_header(2049)),
        ("header-2048-bytes", "2048 bytes are not too long", LIF_7, long_header(2048) + "\n"),
        (
            "header-missing",
            "the first line is a license",
            LIF_6,
            lines(good_lines().get(1..).unwrap_or_default()),
        ),
        ("version-2", "a later version, whatever follows", LIF_7, later),
        ("version-0", "an earlier one", LIF_7, with("\"version\":1,", "\"version\":0,")),
        ("version-01", "1 is written in just one way", LIF_7, with("\"version\":1,", "\"version\":01,")),
        ("version-9-digits", "nine digits", LIF_7, with("\"version\":1,", "\"version\":999999999,")),
        ("version-10-digits", "ten are none", LIF_6, with("\"version\":1,", "\"version\":1000000000,")),
        ("version-none", "no digit", LIF_6, with("\"version\":1,", "\"version\":,")),
        ("version-text", "a text", LIF_6, with("\"version\":1,", "\"version\":\"2\",")),
        ("version-alone", "no comma behind it", LIF_6, with("\"version\":1,", "\"version\":2}")),
        ("check", "another check", LIF_8, with(&key, &key.replace('0', "1"))),
        ("file-id", "another file id", LIF_8, with(&hex(FILE_ID), &hex([0x12; 16]))),
    ]);
    let mut other = params(good.as_bytes());
    if let Some(key) = other.get_mut("transport_key") {
        *key = json!(hex([0x78; 32]));
    }
    let vector = reading("another-key", "another transport key", other);
    vectors.push(expected(LIF_8, shown(vector, good.as_bytes())));
    vectors
}

fn kdf_check() -> [u8; 16] {
    kdf::file_check(&Key::new(TRANSPORT), &FILE_ID)
}

fn with_members_swapped(file: &str) -> String {
    let check = format!("\"check\":\"{}\"", hex(kdf_check()));
    file.replacen(&format!("{check},\"count\":2"), &format!("\"count\":2,{check}"), 1)
}

/// A header of a later version, so long.
fn long_header(length: usize) -> String {
    let head = "{\"format\":\"counterproof-licenses\",\"version\":2,";
    format!("{head}{}", "x".repeat(length - head.len()))
}

/// What the header's vectors say, its check being right.
pub(super) fn bad_vectors() -> Vec<Value> {
    let file = |header: String| closed(&lines(&[header, license(2, &before(FIRST))]));
    let of = |bytes: &[u8]| file(header(bytes, &message_vector(), 1));
    let of_message = |digits: &str| file(header(&vector(), &message_vector_of(digits), 1));
    let wrong = message_vector().get(..25).map(|head| format!("{head}0")).unwrap_or_default();
    let long = [&[0x38, 0x08, 0x01, 0xDE][..], &[0; 478]].concat();
    all_refused([
        ("vector-empty", "an empty static vector", STV_1, of(&[])),
        ("vector-magic", "another first byte", STV_1, of(&bent_vector(0, 0x39))),
        ("vector-482-bytes", "a static vector too long", STV_2, of(&long)),
        ("vector-cut", "its last record runs past the end", STV_3, of(&[0x38, 0x08, 0, 3, 1, 2, 0xC3])),
        ("vector-tag", "an unknown tag", STV_4, of(&bent_vector(33, 5))),
        ("vector-tries", "no tries", STV_5, of(&bent_vector(31, 0))),
        (
            "message-vector-check-digit",
            "a wrong check digit in the message vector",
            MSV_3,
            file(header(&vector(), &wrong, 1)),
        ),
        ("message-vector-mark", "another mark", MSV_4, of_message("B000380000708030990C5460A")),
        ("post-activation", "an application that can't confirm", AM1_9, of_message(RESPONSE_ONLY)),
        ("post-activation-disabled", "one that is disabled", AM1_9, of_message(DISABLED)),
        ("post-activation-missing", "one that is missing", AM1_9, of_message(MISSING)),
    ])
}

/// A license's line, rightly sealed: its form, its prefix.
pub(super) fn bad_licenses() -> Vec<Value> {
    let one = |line: String| closed(&lines(&[usual_header(1), line]));
    let bent = |from: &str, to: &str| one(license(2, &before(FIRST).replacen(from, to, 1)));
    let right = license(2, &before(FIRST));
    let secret = right.len() - 66..right.len() - 2;
    let digits = right.get(secret).unwrap_or_default();
    let with_secret = |digits: &str| format!("{}{digits}\"}}", before(FIRST));
    all_refused([
        ("serial-lower-case", "a serial number in lower case", LIF_6, bent("VDS", "vds")),
        ("serial-short", "of nine characters", LIF_6, bent(FIRST, "VDS100012")),
        ("serial-letter", "a letter among its digits", LIF_6, bent(FIRST, "VDS100012A")),
        ("type-empty", "no type", LIF_6, bent("MOBILE", "")),
        ("type-17-characters", "a type too long", LIF_6, bent("MOBILE", "ABCDEFGHIJKLMNOPQ")),
        ("type-blank", "a blank in the type", LIF_6, bent("MOBILE", "MO BILE")),
        ("type-lower-case", "a type in lower case", LIF_6, bent("MOBILE", "mobile")),
        ("application-11-characters", "a name too short", LIF_6, bent("ACTIVATION  ", "ACTIVATION ")),
        ("application-blank-first", "a blank before", LIF_6, bent("ACTIVATION  ", " ACTIVATION ")),
        ("application-blank-inside", "a blank inside", LIF_6, bent("ACTIVATION  ", "ACTIV ATION ")),
        ("application-all-blank", "nothing but blanks", LIF_6, bent("ACTIVATION  ", "            ")),
        ("application-tab", "a tab is no blank", LIF_6, bent("ACTIVATION  ", "ACTIVATION \t")),
        ("application-escape", "an escape", LIF_6, bent("ACTIVATION  ", "\\u0041CTIVATION  ")),
        ("mode", "another mode", LIF_6, bent("\"MA\"", "\"SG\"")),
        ("threshold-0", "no instance", LIF_6, bent("\"threshold\":9", "\"threshold\":0")),
        ("threshold-09", "a zero before", LIF_6, bent("\"threshold\":9", "\"threshold\":09")),
        ("threshold-100", "too many", LIF_6, bent("\"threshold\":9", "\"threshold\":100")),
        ("threshold-text", "a text", LIF_6, bent("\"threshold\":9", "\"threshold\":\"9\"")),
        ("secure-channel-1", "no truth value", LIF_6, bent("true", "1")),
        ("secure-channel-upper-case", "another case", LIF_6, bent("true", "TRUE")),
        ("license-blank", "a blank after a colon", LIF_6, bent("\"type\":", "\"type\": ")),
        ("secret-lower-case", "digits in lower case", LIF_6, one(with_secret(&digits.to_lowercase()))),
        ("secret-short", "a digit missing", LIF_6, one(with_secret(digits.get(1..).unwrap_or_default()))),
        ("license-more", "a byte after the line's end", LIF_6, one(format!("{right} "))),
        ("license-empty", "an empty line", LIF_6, one(String::new())),
        ("license-2049-bytes", "a line of 2049 bytes", LIF_6, one("x".repeat(2049))),
        (
            "prefix",
            "another prefix than the static vector's, rightly sealed",
            AM1_8,
            bent(FIRST, "ABC0000001"),
        ),
    ])
}

/// LIF-9, LIF-10, LIF-12: what a license may not do to another.
pub(super) fn bad_places() -> Vec<Value> {
    let all = good_lines();
    let of = |order: &[usize], count: u32| {
        let picked = order.iter().filter_map(|line| all.get(*line).cloned());
        closed(&lines(&std::iter::once(usual_header(count)).chain(picked).collect::<Vec<_>>()))
    };
    let first = all.get(1).cloned().unwrap_or_default();
    let bent = |from: &str, to: &str| closed(&lines(&[usual_header(1), first.replacen(from, to, 1)]));
    let another_digit = |at: usize| {
        let mut line = first.clone();
        let digit = if line.get(at..=at) == Some("0") { "1" } else { "0" };
        line.replace_range(at..=at, digit);
        closed(&lines(&[usual_header(1), line]))
    };
    let twice = [usual_header(2), first.clone(), license(3, &before(FIRST))];
    all_refused([
        ("license-threshold", "a threshold raised after it was sealed", LIF_9, bent(":9,", ":99,")),
        ("license-secure-channel", "Secure Channel taken away", LIF_9, bent("true", "false")),
        ("license-serial", "another serial number", LIF_9, bent(FIRST, SECOND)),
        ("license-type", "another type", LIF_9, bent("MOBILE", "MOBILF")),
        ("license-secret", "the first digit of a secret", LIF_9, another_digit(first.len() - 66)),
        ("license-tag", "the last digit of its tag", LIF_9, another_digit(first.len() - 3)),
        ("licenses-swapped", "two lines in the other order", LIF_9, of(&[2, 1], 2)),
        ("license-twice", "a line twice", LIF_9, of(&[1, 1], 2)),
        ("license-left-out", "the first line left out", LIF_9, of(&[2], 1)),
        ("last-license-left-out", "the last line left out, the count left", LIF_10, of(&[1], 2)),
        ("count-too-low", "more licenses than the count", LIF_10, of(&[1, 2], 1)),
        ("no-license", "none at all", LIF_10, of(&[], 1)),
        ("serial-twice", "a serial number twice, each rightly sealed", LIF_12, closed(&lines(&twice))),
    ])
}

/// LIF-6 and LIF-11 of the trailer.
pub(super) fn bad_trailers() -> Vec<Value> {
    let good = good();
    let trailer = good.lines().last().unwrap_or_default().to_owned();
    let digits = trailer.get(8..72).unwrap_or_default();
    let with_mac = |digits: &str| good.replacen(&trailer, &format!("{{\"mac\":\"{digits}\"}}"), 1);
    let other = message_vector_of("D000380000708030990C5460A");
    all_refused([
        ("mac-lower-case", "digits in lower case", LIF_6, with_mac(&digits.to_lowercase())),
        ("mac-short", "two digits missing", LIF_6, with_mac(digits.get(2..).unwrap_or_default())),
        ("mac-more", "a member more", LIF_6, with_mac(&format!("{digits}\",\"new\":\""))),
        ("mac-null", "no text", LIF_6, good.replacen(&trailer, "{\"mac\":null}", 1)),
        ("after-lf", "an empty line after the trailer", LIF_6, format!("{good}\n")),
        ("after-blank", "a blank after its LF", LIF_6, format!("{good} ")),
        ("after-license", "a license after it", LIF_6, format!("{good}{}\n", license(5, &before(FIRST)))),
        ("two-trailers", "the trailer twice", LIF_6, format!("{good}{trailer}\n")),
        ("two-files", "two files in one", LIF_6, format!("{good}{good}")),
        ("mac", "another mac", LIF_11, with_mac(&digits.replace('0', "1"))),
        (
            "header-message-vector-changed",
            "another message vector, itself right: only the mac covers it",
            LIF_11,
            good.replacen(&message_vector(), &other, 1),
        ),
    ])
}

/// Two defects: the earlier check decides.
pub(super) fn orders() -> Vec<Value> {
    let good = good();
    let trailer = good.lines().last().unwrap_or_default().to_owned();
    let wrong_mac = format!("{{\"mac\":\"{}\"}}", hex([0; 32]));
    let check = hex(kdf_check());
    let foreign = license(2, &before("ABC0000001"));
    let unsealed = foreign.get(..foreign.len() - 66).map(|head| format!("{head}{}\"}}", hex([0; 32])));
    let twice = [usual_header(2), license(2, &before(FIRST)), license(3, &before(FIRST))];
    let twice = lines(&twice);
    let count = |file: &str| file.replacen("\"count\":2", "\"count\":3", 1);
    all_refused([
        (
            "order-key-before-vector",
            "another check and a bad static vector",
            LIF_8,
            closed(&lines(&[header(&[], &message_vector(), 1).replacen(&check, &hex([0; 16]), 1)])),
        ),
        (
            "order-vector-before-message-vector",
            "both vectors are bad",
            STV_1,
            closed(&lines(&[header(&[], &message_vector_of("B000380000708030990C5460A"), 1)])),
        ),
        (
            "order-header-before-license",
            "an application that can't confirm, and a license of no form",
            AM1_9,
            closed(&lines(&[header(&vector(), &message_vector_of(RESPONSE_ONLY), 1), "?".into()])),
        ),
        (
            "order-prefix-before-secret",
            "another prefix, and a secret that does not open",
            AM1_8,
            closed(&lines(&[usual_header(1), unsealed.unwrap_or_default()])),
        ),
        (
            "order-license-before-cut",
            "a license of no form, and then the file ends",
            LIF_6,
            lines(&[usual_header(1), "?".into()]),
        ),
        (
            "order-count-before-mac",
            "another number of licenses, and a wrong mac",
            LIF_10,
            count(&good.replacen(&trailer, &wrong_mac, 1)),
        ),
        (
            "order-mac-before-rest",
            "a wrong mac, and something behind it",
            LIF_11,
            format!("{}\n", good.replacen(&trailer, &wrong_mac, 1)),
        ),
        (
            "order-mac-before-twice",
            "a serial number twice, and a wrong mac",
            LIF_11,
            format!("{twice}{wrong_mac}\n"),
        ),
        ("order-rest-before-twice", "and something behind", LIF_6, format!("{}\n", closed(&twice))),
    ])
}
