//! What a person reads, word by word: snapshots of the program's output, in `tests/snapshots`.
//!
//! A difference fails. Where it is meant, `INSTA_UPDATE=always cargo test --test terminal` writes the new
//! text, and the diff of the commit shows it to the reviewer. Paths that vary are replaced by words in
//! brackets; the terminal is 100 columns wide.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // what other tests need of it
mod program;
mod tools;

use std::path::Path;
use std::process::{Command, Stdio};

use channel::crypto::keys::Key;
use channel::crypto::protect::{ChannelKeys, Direction, Protection, seal};
use channel::text::charset::Charset;
use channel::text::hex;
use channel::wire::frame::{Carrier, Frame, Header, Kind, Nonce};
use channel::wire::request::{Content, Request};
use insta::assert_snapshot;

const PROGRAM: &str = env!("CARGO_BIN_EXE_counterproof");
/// SPEC FRM-1.
const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

/// Standard output, then standard error and exit code where there is something to say.
fn shown(name: &str, arguments: &[&str]) -> String {
    let folder = std::env::temp_dir().join(format!("counterproof-terminal-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let text = shown_in(&folder, arguments);
    std::fs::remove_dir_all(&folder).unwrap();
    text
}

fn shown_in(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env_remove("CARGO").env("COLUMNS", "100").env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let mut text = out;
    if !err.is_empty() {
        text.push_str(&format!("--- standard error\n{err}"));
    }
    text.push_str(&format!("--- exit code {}\n", output.status.code().unwrap()));
    let text = text.replace(PROGRAM, "[program]").replace(env!("CARGO_PKG_VERSION"), "[version]");
    program::without_what_varies(&text)
}

/// Numbers that change with every new case as `#`; those of a column stay in theirs.
fn without_counts(text: &str) -> String {
    let line = |line: &str| {
        let mut out = String::new();
        for word in line.split_inclusive(' ') {
            let digits = word.trim_end();
            let is_count = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.is_empty();
            if is_count && !out.trim().is_empty() {
                let padding = if out.ends_with("  ") { digits.len() - 1 } else { 0 };
                out.push_str(&format!("{}#{}", " ".repeat(padding), &word[digits.len()..]));
            } else {
                out.push_str(word);
            }
        }
        out
    };
    text.lines()
        .map(|it| if it.starts_with("---") { it.to_owned() + "\n" } else { line(it) + "\n" })
        .collect()
}

#[test]
fn check_of_a_few_cases() {
    assert_snapshot!(without_counts(&shown("check", &["check", "--only", "frame-parse"])));
}

#[test]
fn check_explains_a_failure() {
    let peer = format!("'{PROGRAM}' peer --fault skips-FRM-5");
    assert_snapshot!(shown("explain", &["check", "--peer", &peer, "--only", "frame-parse", "--show", "1"]));
}

#[test]
fn check_explains_a_crash() {
    let peer = format!("'{PROGRAM}' peer --fault crash-on-negative");
    assert_snapshot!(shown("crash", &["check", "--peer", &peer, "--only", "frame-parse-version-15"]));
}

#[test]
fn check_of_a_peer_that_is_missing() {
    assert_snapshot!(shown("missing", &["check", "--peer", "missing-program --port 7"]));
}

#[test]
fn check_peer_of_the_skeleton() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/skeleton/peer.py");
    if !tools::is_here("what check-peer says of the skeleton", &[tools::PYTHON]) {
        return;
    }
    let text = shown("skeleton", &["check-peer", "--peer", &format!("python3 '{path}'")]);
    assert_snapshot!(without_counts(&text.replace(path, "[skeleton]")));
}

#[test]
fn check_peer_of_a_peer_that_says_nothing() {
    let silent = ["check-peer", "--peer", "sh -c 'cat >/dev/null'", "--timeout", "1"];
    assert_snapshot!(shown("silent", &silent));
}

#[test]
fn check_peer_of_the_reference() {
    let text = shown("reference", &["check-peer", "--peer", &format!("'{PROGRAM}' peer")]);
    assert_snapshot!(without_counts(&text));
}

#[test]
fn selftest_of_a_fault_and_a_control() {
    let arguments = ["selftest", "--fault", "skips-FRM-5", "--fault", "control-other-words"];
    let text = shown("selftest", &[&arguments[..], &["--only", "frame-parse"]].concat());
    // The last line ends with the seconds it took.
    let (text, seconds) = text.split_once(" cases, ").unwrap();
    let after = seconds.split_once(" s\n").unwrap().1;
    assert_snapshot!(format!("{text} cases, [seconds] s\n{after}"));
}

#[test]
fn inspect_of_the_published_sample() {
    assert_snapshot!(shown("published", &["inspect", PUBLISHED]));
}

/// The request of the worked example (SPEC section 20), with its payload key.
#[test]
fn inspect_of_a_request_with_its_key() {
    let example = vectors::example::rows();
    let row = |name: &str| example.iter().find(|row| row.name == name).unwrap().value.clone();
    assert_snapshot!(shown("key", &["inspect", &row("request frame"), "--key", &row("payload key")]));
}

#[test]
fn inspect_of_an_activation_message() {
    let example = vectors::example::rows();
    let am1 = &example.iter().find(|row| row.name == "AM1").unwrap().value;
    assert_snapshot!(shown("am1", &["inspect", am1]));
}

/// A message of the payload channel, made here, with its key.
fn sealed(kind: Kind, body: Vec<u8>) -> [String; 2] {
    let key = [7; 16];
    let keys = ChannelKeys::new(&Key::new(key), Protection::Cmac, Direction::ToClient);
    let header = Header {
        kind,
        protection: Some(Protection::Cmac),
        serial: "VDS1000120".parse().unwrap(),
        nonce: Nonce { time: 1_800_000_000, counter: 5 }.encode(),
    };
    let header = header.encode();
    let (body, tag) = seal(&keys, &header, body);
    [hex::encode(&Frame::encode(&header, &body, &tag)), hex::encode(&key)]
}

fn sealed_request(content: Content) -> [String; 2] {
    let request = Request {
        minimum_version: 1,
        require_pin: true,
        template: 3,
        charset: Charset::Utf8,
        application: 5,
        content,
    };
    sealed(Kind::Request, request.encode(Carrier::Direct).unwrap())
}

#[test]
fn inspect_of_a_deactivation() {
    let [message, key] = sealed(Kind::Deactivation, vec![9, 0]);
    assert_snapshot!(shown("end", &["inspect", &message, "--key", &key]));
}

#[test]
fn inspect_of_a_deactivation_that_is_refused() {
    let [message, key] = sealed(Kind::Deactivation, vec![100, 0]);
    assert_snapshot!(shown("no-end", &["inspect", &message, "--key", &key]));
}

#[test]
fn inspect_of_a_request_with_a_challenge() {
    let content = Content::Challenge { title: "Log in".into(), challenge: "0123456789".into() };
    let [message, key] = sealed_request(content);
    assert_snapshot!(shown("challenge", &["inspect", &message, "--key", &key]));
}

#[test]
fn inspect_of_a_request_with_a_free_text() {
    let text = "Dear Zoë, 1250.00 € to \"DE89\"?".to_owned();
    let [message, key] = sealed_request(Content::FreeText { title: "Consent".into(), text });
    assert_snapshot!(shown("free-text", &["inspect", &message, "--key", &key]));
}

#[test]
fn inspect_of_a_device_code() {
    assert_snapshot!(shown("code", &["inspect", "05639565460439989778342398"]));
}

#[test]
fn inspect_of_a_message_that_is_refused() {
    let version_1 = PUBLISHED.replacen('0', "1", 1);
    assert_snapshot!(shown("refused", &["inspect", &version_1]));
}

#[test]
fn inspect_of_a_tag_that_is_wrong() {
    assert_snapshot!(shown("tag", &["inspect", PUBLISHED, "--key", &"00".repeat(16)]));
}

/// A member of a committed golden vector.
fn golden(file: &str, id: &str, place: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(file);
    let content = std::fs::read_to_string(path).unwrap();
    let content: serde_json::Value = serde_json::from_str(&content).unwrap();
    let vectors = content.get("vectors").and_then(serde_json::Value::as_array).unwrap();
    let vector = vectors.iter().find(|vector| vector.get("id").is_some_and(|it| it == id)).unwrap();
    vector.pointer(place).unwrap().as_str().unwrap().to_owned()
}

/// What is said of a text, then what is said of it bent: here, and so.
fn inspected(name: &str, text: &str, bends: &[(&str, &str)]) -> String {
    let bent = bends.iter().map(|(from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let all = std::iter::once(text.to_owned()).chain(bent);
    all.map(|text| shown(name, &["inspect", &text])).collect::<Vec<_>>().join("\n")
}

#[test]
fn inspect_of_a_static_vector() {
    let vector = golden("static-vector.json", "static-vector-good", "/input/static_vector");
    let bends =
        [("0401", "0501"), ("0210", "0211"), ("0305010408030104", "0305010408000104"), ("0401", "04 1")];
    assert_snapshot!(inspected("static", &vector, &bends));
}

#[test]
fn inspect_of_a_static_vector_with_open_algorithms() {
    let id = "static-vector-open-good";
    let vector = golden("open-algorithm.json", id, "/input/static_vector");
    // Another suite, and another record in its place.
    let bends = [("4F4352412D313A", "6F4352412D313A"), ("111E01", "121E01"), ("111E01", "111E02")];
    assert_snapshot!(inspected("static-open", &vector, &bends));
}

#[test]
fn inspect_of_a_message_vector() {
    let id = "message-vector-encode-usual";
    let vector = golden("message-vector.json", id, "/output/message_vector");
    let tries =
        golden("message-vector.json", "message-vector-decode-code-tries-100", "/input/message_vector");
    let bends = [("F0", "G0"), ("F0", "f0"), ("F0", "E0"), (vector.as_str(), tries.as_str())];
    assert_snapshot!(inspected("message-vector", &vector, &bends));
}

#[test]
fn inspect_of_an_activation_vector() {
    let id = "license-file-read-two";
    let vector = golden("license-file.json", id, "/output/licenses/0/activation_vector");
    let first = &vector[..4];
    let (other, lower) = (format!("0{}", &first[1..]), first.to_lowercase());
    assert_snapshot!(inspected("activation-vector", &vector, &[(first, &other), (first, &lower)]));
}

#[test]
fn inspect_of_a_line_of_a_license_file() {
    let line =
        |n: usize| golden("license-file.json", "license-file-read-two", &format!("/intermediate/lines/{n}"));
    let header = inspected(
        "header",
        &line(0),
        &[
            ("\"version\":1", "\"version\":2"),
            ("\"count\":2", "\"count\":02"),
            ("3808", "3809"),
            ("F000", "F001"),
        ],
    );
    let license = inspected(
        "license",
        &line(1),
        &[
            ("\"mode\":\"MA\"", "\"mode\": \"MA\""),
            ("ACTIVATION", "ACTIV\tTION"),
            ("\"secret\":\"", "\"secret\":\"0"),
        ],
    );
    let trailer = inspected("trailer", &line(3), &[("\"}", "\"")]);
    assert_snapshot!([header, license, trailer].join("\n"));
}

#[test]
fn inspect_of_a_blob() {
    let key = golden("blob.json", "blob-seal-license-key", "/output/blob");
    let application = golden("blob.json", "blob-seal-application", "/output/blob");
    assert_snapshot!(inspected("blob", &key, &[(&key, &application), ("AAGg", "AAG?")]));
}

#[test]
fn inspect_of_a_foreign_character() {
    assert_snapshot!(inspected(
        "foreign",
        PUBLISHED,
        &[("5E38", "5E3B8O"), ("E081", "E08"), ("0F32", "0F\u{202E}2")]
    ));
}

#[test]
fn list_of_an_area() {
    assert_snapshot!(shown("list", &["list", "--only", "device-code-attempts"]));
}

#[test]
fn help_of_the_top_level() {
    assert_snapshot!(shown("help", &["--help"]));
}

#[test]
fn help_of_check() {
    // As many jobs as the machine has cores.
    let text = shown("help-check", &["check", "--help"]);
    let (before, after) = text.split_once("side by side [default: ").unwrap();
    let after = after.split_once(']').unwrap().1;
    assert_snapshot!(format!("{before}side by side [default: [cores]]{after}"));
}

/// A peer that fails two of three cases: one is known, one is news, and two entries are wrong.
#[test]
fn check_with_a_baseline() {
    let peer = format!("'{PROGRAM}' peer --fault skips-FRM-5");
    let known = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/baseline-1.json");
    let arguments = ["check", "--peer", &peer, "--expect", known, "--only", "frame-parse-version"];
    assert_snapshot!(shown("baseline", &[&arguments[..], &["--only", "frame-parse-type-5"]].concat()));
}

#[test]
fn check_with_a_baseline_that_is_updated() {
    let peer = format!("'{PROGRAM}' peer --fault skips-FRM-5");
    let arguments = ["check", "--peer", &peer, "--expect", "known.json", "--update-expect"];
    assert_snapshot!(shown("update", &[&arguments[..], &["--only", "frame-parse-version"]].concat()));
}

#[test]
fn check_with_a_baseline_that_is_wrong() {
    let known = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/report-1.json");
    let text = shown("bad-baseline", &["check", "--expect", known]);
    assert_snapshot!(text.replace(env!("CARGO_MANIFEST_DIR"), "[root]"));
}

#[test]
fn check_that_fails_fast_and_verbosely() {
    let peer = format!("'{PROGRAM}' peer --fault skips-FRM-5");
    let arguments = ["check", "--peer", &peer, "--only", "frame-parse-v", "--fail-fast", "--verbose"];
    assert_snapshot!(shown("fast", &[&arguments[..], &["--jobs", "1", "--show", "0"]].concat()));
}

#[test]
fn check_that_lists_a_shard() {
    let arguments = ["check", "--list", "--only", "frame-parse-type", "--shard", "2/3"];
    assert_snapshot!(shown("shard", &arguments));
}

/// `vectors run` of committed files, so that a vector that is added elsewhere changes nothing here.
fn shown_vectors(arguments: &[&str]) -> String {
    let arguments = [&["vectors", "run"], arguments].concat();
    shown_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors"), &arguments)
}

#[test]
fn vectors_run_with_a_peer_that_agrees() {
    assert_snapshot!(shown_vectors(&["check-digit.json", "worked-example.json"]));
}

#[test]
fn vectors_run_explains_a_disagreement() {
    let peer = format!("'{PROGRAM}' peer --fault wrong-kdf-label");
    let arguments = ["--peer", &peer, "--show", "2", "kdf.json", "protection.json"];
    assert_snapshot!(shown_vectors(&arguments));
}

#[test]
fn vectors_run_explains_a_step() {
    let peer = format!("'{PROGRAM}' peer --fault wrong-kdf-label");
    let arguments = ["--peer", &peer, "--show", "1", "request.json"];
    assert_snapshot!(shown_vectors(&arguments));
}

#[test]
fn vectors_run_of_a_file_that_is_none() {
    assert_snapshot!(shown_vectors(&["vector-file.schema.json"]));
}

#[test]
fn help_of_vectors_run() {
    assert_snapshot!(shown("help-vectors", &["vectors", "run", "--help"]));
}

/// SPEC section 26, encoded twice.
const CALL: &str = "dpnopin://app2app_secure_channel?x-success=app%253Aok%253Fotp%253D%2525_OTP_%2525&x-error=app%253Ae\
&X-Cancel=app%253Ac&other=1&secure_message=00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

#[test]
fn inspect_of_a_url() {
    assert_snapshot!(shown("url", &["inspect", CALL]));
}

#[test]
fn inspect_of_a_url_that_is_encoded_once() {
    assert_snapshot!(shown("url-once", &["inspect", &CALL.replace("x-error=app%253A", "x-error=app%3A")]));
}

#[test]
fn inspect_of_a_callback_that_was_called() {
    assert_snapshot!(shown("callback", &["inspect", "thirdparty://back?name=Zo%C3%AB&ErrorCode=7"]));
}

#[test]
fn inspect_of_what_is_nothing_of_the_protocol() {
    let byte_order_mark = format!("\u{FEFF}{PUBLISHED}");
    let texts = ["hello", "C:\\x", "mailto:a@b.c", "app:ok?otp=%_OTP_%", "app:ok?otp=1 2", &byte_order_mark];
    let all = texts.map(|text| shown("nothing", &["inspect", text]));
    // The table of the kinds once.
    let [first, rest @ ..] = &all;
    let rest = rest.iter().map(|text| match text.split_once('\n') {
        Some((line, more)) if line.starts_with("nothing") => {
            format!("{line}\n…\n{}", &more[more.find("---").unwrap()..])
        }
        _ => text.clone(),
    });
    assert_snapshot!([first.clone()].into_iter().chain(rest).collect::<Vec<_>>().join("\n"));
}

#[test]
fn inspect_of_gateway_strings() {
    let [login, notification] = ["01;04;myService;3;myUserID;myDomain", "01;03;0123456789"];
    let [short, later] = ["01;04;myService;3;myUserID", "02;03;0123456789"];
    let all = [login, notification, short, later].map(|text| shown("gateway", &["inspect", text]));
    assert_snapshot!(all.join("\n"));
}

#[test]
fn inspect_of_the_codes_of_single_devices() {
    let texts = [
        "0419424462371739581578321317656930383862",
        "0419424462371739581578321317656930383863",
        "000000000405648192073033408485034116351714",
        "52972506772346451770554694",
        "VDS1000777 0419424462371739581578321317656930383862",
        "VDS1000777 041942446237173958157832131765693038386",
    ];
    assert_snapshot!(texts.map(|text| shown("single", &["inspect", text])).join("\n"));
}

#[test]
fn inspect_of_suites() {
    let [all, wrong] = ["OCRA-1:HOTP-SHA512-8:C-QN08-PSHA1-S064-T1M", "OCRA-1:HOTP-SHA512-8:C-QN03"];
    assert_snapshot!([all, wrong].map(|text| shown("suite", &["inspect", text])).join("\n"));
}

#[test]
fn inspect_of_states() {
    let multi = format!("43504301{}{}07{:04X}{}", "A1".repeat(12), "B2".repeat(16), 2, "C3".repeat(60));
    let single = format!("43504c01{}{}", "A1".repeat(12), "C3".repeat(60));
    let [cut, later] = ["43504401", &format!("43504402{}", "00".repeat(40))].map(str::to_owned);
    let all = [multi, single, cut, later];
    assert_snapshot!(all.map(|text| shown("state", &["inspect", &text])).join("\n"));
}

#[test]
fn qr_in_the_terminal() {
    assert_snapshot!(shown("qr", &["qr", PUBLISHED]));
}

#[test]
fn qr_as_a_file_and_back() {
    let folder = std::env::temp_dir().join(format!("counterproof-terminal-files-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let said = [
        shown_in(&folder, &["qr", &PUBLISHED.to_lowercase(), "--out", "message.png", "--tier", "100"]),
        shown_in(&folder, &["qr", "--read", "message.png"]),
        shown_in(&folder, &["qr", CALL, "--out", "call.svg"]),
        shown_in(&folder, &["qr", "--read", "call.svg"]),
        shown_in(&folder, &["qr", CALL, "--out", "call.gif"]),
        shown_in(&folder, &["qr", &"AB".repeat(101), "--tier", "100"]),
        shown_in(&folder, &["qr", "--read", "missing.png"]),
        shown_in(&folder, &["qr", "café"]),
        shown_in(&folder, &["qr", &"A".repeat(4_297)]),
        shown_in(&folder, &["qr", "a\u{1b}[31m\u{7}\rb", "--out", "control.PNG"]),
        shown_in(&folder, &["qr", "--read", "control.PNG"]),
        shown_in(&folder, &["qr", "A", "--out", "/dev/null/a.png"]),
    ];
    std::fs::remove_dir_all(&folder).unwrap();
    assert_snapshot!(said.join("\n"));
}

/// In a terminal of 40 columns and 20 lines, which `script` makes.
#[test]
fn qr_in_a_terminal() {
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("SKIPPED: no `script`");
        return;
    }
    let within = |columns: u8, setting: &str| {
        let line = format!("stty cols {columns} rows 20; {setting} {PROGRAM} qr {PUBLISHED}");
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).env_remove("NO_COLOR").stdin(Stdio::null());
        let output = command.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), output.status.code().unwrap())
    };
    let (text, code) = within(36, "");
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("37 columns wide") && text.contains("--out FILE.png") && !text.contains('█'));
    let (text, code) = within(37, "");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\u{1b}[30;107m") && text.contains("19 lines high"), "{text}");
    let (text, code) = within(37, "NO_COLOR=1");
    assert_eq!(code, 0, "{text}");
    assert!(text.contains('█') && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn the_tour() {
    assert_snapshot!(shown("tour", &["tour"]));
}
