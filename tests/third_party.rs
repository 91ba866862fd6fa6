//! Peers that nobody here wrote: libraries and commands of others behind thin adapters. Each operation of each is
//! played as a claim of its own; where the library behaves otherwise, a baseline says so and why. And the URL
//! decoders of several platforms, side by side.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod tools;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tools::{JDK, NODE, Need, OATHTOOL, PERL, PYCA, PYTHON, SEGNO, ZBAR, ZXING, is_here};

const PROGRAM: &str = env!("CARGO_BIN_EXE_counterproof");

/// Where the baselines are: `ADAPTER-OPERATION.json`, if the library behaves otherwise.
const EXPECTED: &str = "tests/peers/expected";

/// An adapter.
struct Adapter {
    /// What starts it, without the claim.
    command: &'static str,
    /// What it can't do without.
    needs: &'static [Need],
    /// What `hello` must list at least; each is a claim.
    operations: &'static [&'static str],
}

const ADAPTERS: &[(&str, Adapter)] = &[
    (
        "pyca",
        Adapter {
            command: "python3 tests/peers/pyca/peer.py",
            needs: &[PYTHON, PYCA],
            operations: &[
                "primitive.cmac",
                "primitive.ctr",
                "primitive.kdf",
                "primitive.key_wrap",
                "primitive.key_unwrap",
                "primitive.hotp",
                "primitive.totp",
            ],
        },
    ),
    (
        "node",
        Adapter {
            command: "node tests/peers/node/peer.mjs",
            needs: &[NODE],
            operations: &[
                "primitive.ctr",
                "primitive.key_wrap",
                "primitive.key_unwrap",
                "primitive.hotp",
                "primitive.totp",
                "primitive.percent_decode",
                "app2app.parse",
            ],
        },
    ),
    (
        "java",
        Adapter {
            // Short-lived: the quick compiler and the plain collector start in half the time.
            command: "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC tests/peers/java/Peer.java",
            needs: &[JDK],
            operations: &[
                "primitive.ctr",
                "primitive.key_wrap",
                "primitive.key_unwrap",
                "primitive.hotp",
                "primitive.totp",
                "primitive.percent_decode",
                "app2app.parse",
            ],
        },
    ),
    (
        "oathtool",
        Adapter {
            command: "python3 tests/peers/oathtool/peer.py",
            needs: &[PYTHON, OATHTOOL],
            operations: &["primitive.hotp", "primitive.totp"],
        },
    ),
    (
        "qr_zbar",
        Adapter {
            command: "python3 tests/peers/qr/peer.py zbar",
            needs: &[PYTHON, SEGNO, ZBAR],
            operations: &["qr.read", "qr.write"],
        },
    ),
    (
        "qr_zxing",
        Adapter {
            command: "python3 tests/peers/qr/peer.py zxing",
            needs: &[PYTHON, SEGNO, ZXING],
            operations: &["qr.read"], // its writer is that of the other
        },
    ),
];

/// A good question of each operation that an adapter has: members and their values as JSON.
const QUESTIONS: &[(&str, &[(&str, &str)])] = &[
    ("primitive.cmac", &[("key", KEY), ("data", r#""""#)]),
    ("primitive.ctr", &[("key", KEY), ("block", KEY), ("data", r#""AB""#)]),
    ("primitive.kdf", &[("key", KEY), ("label", r#""enc""#), ("context", r#""0100""#), ("bits", "128")]),
    ("primitive.key_wrap", &[("kek", KEY), ("key", KEY)]),
    (
        "primitive.key_unwrap",
        &[("kek", KEY), ("wrapped", r#""1FA68B0A8112B447AEF34BD8FB5A7B829D3E862371D2CFE5""#)],
    ),
    ("primitive.hotp", &[("key", KEY), ("counter", "1"), ("digits", "6")]),
    (
        "primitive.totp",
        &[("key", KEY), ("time", "59"), ("step", "30"), ("digits", "8"), ("hash", r#""sha-1""#)],
    ),
    ("primitive.percent_decode", &[("text", r#""a%2Bb""#)]),
    (
        "app2app.parse",
        &[("scheme", r#""demo""#), ("platform", r#""ios""#), ("url", r#""demo://app2app_secure_channel""#)],
    ),
    ("qr.read", &[("picture", r#""00""#)]),
    ("qr.write", &[("text", r#""A""#)]),
];

const KEY: &str = r#""000102030405060708090A0B0C0D0E0F""#;

/// Values that are wrong for most members, whatever their type.
const WRONG: &[&str] = &[
    "null",
    "true",
    "-1",
    "0",
    "7",
    "9",
    "65536",
    "9007199254740992",
    "18446744073709551616",
    "0.5",
    "1.0",
    "1e0",
    "[7]",
    r#"{"a":1}"#,
    r#""""#,
    r#""7""#,
    r#""0G""#,
    r#""00\n""#,
    r#""\ud800""#,
    r#""00112233""#,
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn adapter(name: &str) -> Option<&'static Adapter> {
    let (_, adapter) = ADAPTERS.iter().find(|(other, _)| *other == name).unwrap();
    is_here(name, adapter.needs).then_some(adapter)
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// Asks a peer these lines, all at once.
fn answers(command: &str, lines: &[String]) -> Vec<Value> {
    let words = shlex::split(command).unwrap();
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(root()).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = lines.concat();
    let asking = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    asking.join().unwrap().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn question(op: &str, members: &[(&str, &str)]) -> String {
    let params: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{\"seq\":1,\"op\":\"{op}\",\"params\":{{{}}}}}\n", params.join(","))
}

/// The good question of each of these operations, and each member left out, there twice, and with each wrong value.
fn questions(operations: &[&str]) -> Vec<String> {
    let mut lines = Vec::new();
    let long = format!("\"{}\"", "00".repeat(129));
    for (op, members) in QUESTIONS.iter().filter(|(op, _)| operations.contains(op)) {
        lines.push(question(op, members));
        lines.push(question(op, &[members, &[("extra", "1")][..]].concat()));
        for (i, member) in members.iter().enumerate() {
            let without = [&members[..i], &members[i + 1..]].concat();
            lines.push(question(op, &without));
            lines.push(question(op, &[members, &[*member][..]].concat()));
            lines.extend(
                WRONG
                    .iter()
                    .chain([&&*long])
                    .map(|wrong| question(op, &[&without[..], &[(member.0, wrong)]].concat())),
            );
        }
    }
    lines
}

/// The command with its program compiled: Java compiles a source at every start, which takes longer than all it is asked.
fn compiled(adapter: &Adapter) -> String {
    const SOURCE: &str = "tests/peers/java/Peer.java";
    if !adapter.command.contains(SOURCE) {
        return adapter.command.to_owned();
    }
    let classes = Path::new(env!("CARGO_TARGET_TMPDIR")).join("java");
    let mut compiler = Command::new("javac");
    let output = compiler.arg("-d").arg(&classes).arg(SOURCE).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let classes = shlex::try_quote(classes.to_str().unwrap()).unwrap().into_owned();
    adapter.command.replace(SOURCE, &format!("-cp {classes} Peer"))
}

/// Lists what it must, and plays each of it as a claim of its own, just as its baseline says.
fn conforms(name: &str) {
    let Some(adapter) = adapter(name) else { return };
    let hello = "{\"seq\":0,\"op\":\"hello\",\"params\":{\"protocol\":1}}\n".to_owned();
    let start = compiled(adapter);
    let hello = answers(&format!("{start} claim"), &[hello]);
    let listed = hello[0]["ok"]["operations"].as_array().unwrap();
    for operation in adapter.operations {
        assert!(listed.iter().any(|listed| listed == operation), "{name}: {operation}");
        let report = format!("counterproof-third-party-{name}-{operation}-{}", std::process::id());
        let report: PathBuf = std::env::temp_dir().join(report);
        let claim = format!("primitive:{operation}");
        let mut command = Command::new(PROGRAM);
        command.args(["check", "--jobs", "1", "--peer", &format!("{start} {claim}")]);
        let expected = root().join(EXPECTED).join(format!("{name}-{operation}.json"));
        if expected.exists() {
            command.arg("--expect").arg(expected);
        }
        command.arg("--report").arg(&report).current_dir(root());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let verdict = format!("profile {claim}");
        assert!(said(&output).contains(&verdict), "{}", said(&output));
        std::fs::remove_dir_all(report).unwrap();
    }
}

/// Faults just what the reference faults (PPR-5).
fn faults(name: &str) {
    let Some(adapter) = adapter(name) else { return };
    let lines = questions(adapter.operations);
    let commands = [format!("{} claim", adapter.command), format!("'{PROGRAM}' peer")];
    let [own, reference] = commands.map(|command| answers(&command, &lines));
    assert_eq!([own.len(), reference.len()], [lines.len(); 2], "{name}: an answer to each question");
    for ((line, own), reference) in lines.iter().zip(&own).zip(&reference) {
        let is_fault = |answer: &Value| answer.get("fault").is_some();
        assert_eq!(is_fault(own), is_fault(reference), "{name}: {line}{own}\n{reference}");
    }
}

#[test]
fn each_baseline_is_used() {
    for file in std::fs::read_dir(root().join(EXPECTED)).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let (name, operation) = file.strip_suffix(".json").unwrap().split_once('-').unwrap();
        let (_, adapter) = ADAPTERS.iter().find(|(other, _)| *other == name).unwrap();
        assert!(adapter.operations.contains(&operation), "{file}");
    }
}

macro_rules! adapters {
    ($($name:ident)*) => {$(
        mod $name {
            #[test]
            fn conforms_as_its_baseline_says() {
                super::conforms(stringify!($name));
            }

            #[test]
            fn faults_what_the_reference_faults() {
                super::faults(stringify!($name));
            }
        }
    )*

    #[test]
    fn each_adapter_is_tested() {
        let tested = [$(stringify!($name)),*];
        assert!(ADAPTERS.iter().map(|(name, _)| *name).eq(tested));
    }};
}

adapters! { pyca node java oathtool qr_zbar qr_zxing }

/// The committed answers are what the programs print with these versions of the platforms.
#[test]
fn the_decoders_were_asked() {
    if !is_here("the URL decoders", &[PYTHON, NODE, JDK, PERL]) {
        return;
    }
    let folder = root().join("tests/peers/decoders");
    let committed = ["decoders", "urls"].map(|name| {
        let mut command = Command::new("python3");
        command.args([&format!("{name}.py"), "--reference", &format!("{PROGRAM} peer")]);
        let output = command.current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("left out"), "{text}");
        (name, text, std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap())
    });
    let versions = |text: &str| text.split_once("\n\n").unwrap().0.to_owned();
    let (_, now, then) = &committed[0];
    for (name, text, file) in committed.iter().filter(|_| versions(now) == versions(then)) {
        assert_eq!(text, file, "{name}.py > {name}.txt, and mend README.md");
    }
}
