//! The mutation score: the tool that makes and counts mutants of the second implementation does what it says, and the
//! suite notices a sample of them. `tests/mutants` plays all. What once escaped the written cases is found by random programs
//! alone: a few of these examples, all of them with `COUNTERPROOF_EXAMPLES=1`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

mod tools;

use std::process::{Command, Output};

/// Which ones are drawn here, and how many.
const SAMPLE: [&str; 4] = ["--seed", "1", "--sample", "20"];

fn is_here() -> bool {
    tools::is_here("mutants of the second implementation", &[tools::PYTHON, tools::ARGON2ID])
}

fn ok(output: &Output) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn the_tool_makes_each_kind_of_change_and_counts_right() {
    if is_here() {
        ok(&Command::new("python3").arg("tests/mutants/test_mutants.py").output().unwrap());
    }
}

#[test]
fn programs_alone_find_what_once_escaped() {
    if !is_here() {
        return;
    }
    let mut run = Command::new("python3");
    run.args(["tests/mutants/examples.py", "--binary", env!("CARGO_BIN_EXE_counterproof")]);
    if std::env::var_os("COUNTERPROOF_EXAMPLES").is_none() {
        // Of each kind that costs little: a look, a rule of one operation, what is done besides, an end of a range.
        let few = [
            "expiry-not-in-approve",
            "resynchronise-without",
            "counter-stays-after-reject",
            "text-with-206F",
        ];
        for name in few {
            run.args(["--only", name]);
        }
    }
    ok(&run.output().unwrap());
}

#[test]
fn a_sample_is_noticed() {
    if !is_here() {
        return;
    }
    let journal = std::env::temp_dir().join(format!("counterproof-mutants-{}", std::process::id()));
    let mut run = Command::new("python3");
    run.args(["tests/mutants/run.py", "--near", "--binary", env!("CARGO_BIN_EXE_counterproof"), "--journal"]);
    ok(&run.arg(&journal).args(SAMPLE).output().unwrap());
    std::fs::remove_dir_all(journal).unwrap();
}
