//! The second implementation: its own tests, the worked example recomputed from SPEC.md, and the suite,
//! alone and in all four pairings with the reference.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)] // a test fails by panicking

mod tools;

use std::path::Path;
use std::process::{Command, Output};

const PEER: &str = "tests/peers/python";

fn python_is_here() -> bool {
    tools::is_here("the second implementation", &[tools::PYTHON, tools::ARGON2ID])
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> Output {
    Command::new(program).args(arguments).current_dir(folder).output().unwrap()
}

fn ok(output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn its_own_tests_pass() {
    if python_is_here() {
        ok(&run("python3", &["test_peer.py"], &Path::new(env!("CARGO_MANIFEST_DIR")).join(PEER)));
    }
}

#[test]
fn it_recomputes_the_worked_example() {
    if python_is_here() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(PEER);
        ok(&run("python3", &["worked_example.py", "../../../SPEC.md"], &folder));
    }
}

#[test]
fn it_agrees_with_every_golden_vector() {
    if python_is_here() {
        let program = env!("CARGO_BIN_EXE_counterproof");
        let peer = format!("python3 {PEER}/peer.py");
        let arguments = ["vectors", "run", "--peer", &peer];
        ok(&run(program, &arguments, Path::new(env!("CARGO_MANIFEST_DIR"))));
    }
}

#[test]
fn it_conforms_alone_and_with_the_reference() {
    if python_is_here() {
        let program = env!("CARGO_BIN_EXE_counterproof");
        let folder = std::env::temp_dir().join(format!("counterproof-python-{}", std::process::id()));
        let peer = format!("python3 {PEER}/peer.py");
        let own = format!("{program} peer");
        let report = folder.to_str().unwrap();
        // A tenth of the random programs: `.ci/run` plays all, by a faster build.
        let arguments = ["check", "--peer", &peer, "--peer", &own, "--explore", "200", "--report", report];
        let output = run(program, &arguments, Path::new(env!("CARGO_MANIFEST_DIR")));
        ok(&output);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(text.matches("conforms to profile full").count(), 2, "{text}");
        assert_eq!(text.matches("conforms to each other").count(), 2, "{text}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
