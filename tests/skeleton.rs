//! The skeletons that an author of a peer begins with: each conforms to its claim, and `check-peer` knows what
//! comes next.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

mod tools;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use tools::Need;

/// What runs it, the skeleton.
const SKELETONS: [(&str, Need, &str); 2] = [
    ("python3", tools::PYTHON, "tests/peers/skeleton/peer.py"),
    ("node", tools::NODE, "tests/peers/skeleton/peer.mjs"),
];

/// Those that can run here.
fn skeletons() -> impl Iterator<Item = (&'static str, &'static str)> {
    let is_here = |need: &Need| tools::is_here("the skeleton of a peer", std::slice::from_ref(need));
    SKELETONS.into_iter().filter(move |(_, need, _)| is_here(need)).map(|(program, _, path)| (program, path))
}

/// Runs the program with a skeleton as the peer.
fn run(verb: &str, peer: &str) -> Output {
    let report = format!("counterproof-skeleton-{verb}-{}-{}", peer.len(), std::process::id());
    let report = std::env::temp_dir().join(report);
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterproof"));
    command.args([verb, "--peer", peer, "--report", report.to_str().unwrap()]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let _ = std::fs::remove_dir_all(report); // check-peer writes nothing where nothing fails
    output
}

#[test]
fn each_conforms_to_its_claim() {
    for (program, path) in skeletons() {
        let output = run("check", &format!("{program} {path}"));
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("conforms to profile primitive:primitive.check_digit"), "{text}");
    }
}

#[test]
fn each_is_told_the_next_step() {
    for (program, path) in skeletons() {
        let output = run("check-peer", &format!("{program} {path}"));
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        let rows = text.lines().filter(|line| line.starts_with("   ")).count();
        assert_eq!(rows, 3, "the head, the protocol, and what is at hand: {text}");
        assert!(text.contains("\nnot there, and optional: state qr.write qr.read\n"), "{text}");
        // The claim is fulfilled: all cases count.
        assert!(text.contains("\nnext: build ") && text.contains(" for it in the whole suite, "), "{text}");
    }
}

#[test]
fn the_next_step_is_what_most_of_the_claim_waits_for() {
    // What it says doesn't depend on the language.
    if let Some((program, path)) = skeletons().next() {
        let skeleton = std::fs::read_to_string(path).unwrap();
        for (profile, next) in [
            ("server-core", "server.create"),
            ("primitive:primitive.cmac", "primitive.cmac"),
            ("primitive:qr.read", "qr.read (optional)"),
        ] {
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("claims-{program}.mjs"));
            std::fs::write(&file, skeleton.replace("primitive:primitive.check_digit", profile)).unwrap();
            let output = run("check-peer", &format!("{program} '{}'", file.display()));
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&output.stderr));
            assert!(text.contains(&format!("\nnext: build {next}, and name it")), "{profile}: {text}");
            assert!(text.contains(&format!(" for it in {profile}, ")), "{text}");
        }
    }
}

/// What the cases don't ask of a peer of this profile, and whoever copies a skeleton gets for nothing.
#[test]
fn each_survives_lines_that_are_none() {
    let lines = b"\xFF\n{\"seq\":1,\"op\":\"ping\",\"params\":{\"t\":\"\xE2\x80\xA8\"}}\n{\"seq\":2,\"op\":\"ping\",\"params\":{}}\n";
    for (program, path) in skeletons() {
        let mut command = Command::new(program);
        command.arg(path).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(lines).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), 3, "{program}: {text}");
        assert!(answers[0]["seq"].is_null() && answers[0]["fault"].is_string(), "{program}: {text}");
        assert!(answers[1]["seq"] == 1 && answers[1]["fault"].is_string(), "{program}: {text}");
        assert_eq!(answers[2], serde_json::json!({"seq": 2, "ok": {}}), "{program}");
    }
}
