//! A third implementation, written in Node from SPEC.md alone: whoever does that is not blamed for anything.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

mod tools;

use std::process::Command;

use tools::{NODE, is_here};

const PEER: &str = "node tests/peers/node_core/peer.mjs --profile";

/// `check` says that the peer conforms to this profile; with a tenth of the random programs, which `.ci/run` plays all, by
/// a faster build. `cases_at_least` is a floor: with fewer the run would say little.
fn conforms(profile: &str, cases_at_least: usize) {
    if !is_here("node_core", &[NODE]) {
        return;
    }
    let report =
        std::env::temp_dir().join(format!("counterproof-node-core-{profile}-{}", std::process::id()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_counterproof"));
    command
        .args(["check", "--peer", &format!("{PEER} {profile}"), "--explore", "200", "--report"])
        .arg(&report);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let (_, verdict) =
        said.split_once(&format!("conforms to profile {profile}: ")).unwrap_or_else(|| panic!("{said}"));
    let cases: usize = verdict.split(' ').next().unwrap().parse().unwrap();
    assert!(cases >= cases_at_least, "{said}");
    std::fs::remove_dir_all(report).unwrap();
}

#[test]
fn the_client_conforms() {
    conforms("client-core", 1000);
}

#[test]
fn the_server_conforms() {
    conforms("server-core", 800);
}
