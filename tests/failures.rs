//! What `check` and `replay` tell of a failure and of a whole run: the question that did it and what differs, in narrow
//! and wide terminals, with colours and without. Snapshots, as in `terminal`.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)] // what other tests need of it
mod program;

use std::process::{Command, Stdio};

use insta::assert_snapshot;
use program::{Ended, Folder, PROGRAM, without_what_varies};

/// What decides about colours and width; a test says what it wants.
const SETTINGS: [&str; 7] = ["CARGO", "COLUMNS", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "CI"];

/// Standard output of a run with these settings; what varies is replaced by words in brackets.
fn told(folder: &Folder, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let mut command = Command::new(PROGRAM);
    for setting in SETTINGS {
        command.env_remove(setting);
    }
    command.envs(settings.iter().copied()).args(arguments);
    let ended = Ended::of(command.current_dir(&folder.0).stdin(Stdio::null()));
    let text = ended.out.replace(PROGRAM, "[program]").replace(env!("CARGO_PKG_VERSION"), "[version]");
    without_what_varies(&text).replace('\u{1b}', "␛")
}

/// What is told of a faulty peer's check.
fn shown(name: &str, fault: &str, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let folder = Folder::new(&format!("failures-{name}"));
    let peer = faulty(fault);
    told(&folder, &[&["check", "--jobs", "1", "--peer", &peer], arguments].concat(), settings)
}

fn faulty(fault: &str) -> String {
    format!("'{PROGRAM}' peer --fault {fault}")
}

/// A counter that an accepted operation ought to have cleared, and that only a look at the state shows.
const STATE: [&str; 2] = ["--only", "unlock-wrong"];
const STATE_FAULT: &str = "unlock-tries-run-out";

#[test]
fn a_state_is_told_with_the_operation_that_left_it() {
    for columns in ["60", "100", "200"] {
        let text = shown(&format!("state-{columns}"), STATE_FAULT, &STATE, &[("COLUMNS", columns)]);
        assert_snapshot!(format!("a_state_in_{columns}_columns"), text);
    }
}

#[test]
fn a_value_is_told_by_the_members_that_differ() {
    let only = ["--only", "effects-client-accounts", "--show", "1"];
    assert_snapshot!(shown("value", "accounts-backwards", &only, &[]));
}

#[test]
fn a_long_value_is_shown_where_it_differs() {
    assert_snapshot!(shown(
        "long",
        "file-trailer-label",
        &["--only", "license-file-write", "--show", "1"],
        &[]
    ));
}

#[test]
fn what_a_random_program_found_is_told_with_its_steps() {
    let arguments = ["--only-programs", "--explore", "10", "--show", "1"];
    assert_snapshot!(shown("program", "password-tries-stay", &arguments, &[]));
}

#[test]
fn colours_where_they_are_forced() {
    assert_snapshot!(shown("colours", STATE_FAULT, &STATE, &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn what_was_run_and_what_was_not() {
    let runs: [(&str, &str, &[&str]); 4] = [
        ("clock", "control-own-clock", &["--only", "unlock", "--skip", "effects", "--seed", "7"]),
        ("shard", "control-other-words", &["--only", "frame-parse-t", "--shard", "1/3"]),
        ("fast", "skips-FRM-5", &["--only", "frame-parse-version", "--fail-fast", "--show", "0"]),
        ("crash", "crash-on-negative", &["--only", "frame-parse-version", "--show", "0"]),
    ];
    let told = runs.map(|(name, fault, arguments)| {
        let text = shown(name, fault, arguments, &[]);
        let (_, end) = text.split_once("run: ").unwrap();
        format!("{fault} {}\nrun: {end}", arguments.join(" "))
    });
    assert_snapshot!(told.join("\n"));
}

#[test]
fn a_replay_says_what_differs_and_which_step_did_it() {
    let folder = Folder::new("failures-replay");
    let peer = faulty(STATE_FAULT);
    told(&folder, &[&["check", "--peer", &peer], &STATE[..]].concat(), &[]);
    let text = told(&folder, &["replay", "reports/last/failing/unlock-wrong.json", "--peer", &peer], &[]);
    // What was asked before is no news.
    let (_, last) = text.split_once("  17. asked").unwrap();
    assert_snapshot!(format!("  17. asked{last}"));
}

#[test]
fn what_divides_several_peers_is_told_by_answer() {
    let folder = Folder::new("failures-differ");
    let right = folder.own_peer();
    let wrong = format!("{right} --fault age-limit-0");
    let two = ["check", "--peer", &right, "--peer", &wrong, "--only", "verify-age-limit-0", "--show", "0"];
    let text = told(&folder, &two, &[]);
    let (_, end) = text.split_once("between the peers").unwrap();
    assert_snapshot!(format!("between the peers{end}"));
}

#[test]
fn the_tour_keeps_to_the_width_of_a_terminal() {
    let folder = Folder::new("failures-tour");
    for columns in [60, 100, 200] {
        let text = told(&folder, &["tour"], &[("COLUMNS", &columns.to_string())]);
        // The name of an operation stays whole.
        let long = text.lines().find(|line| line.chars().count() > columns && !line.starts_with("  ▸ "));
        assert_eq!(long, None);
        let widest = text.lines().map(|line| line.chars().count()).max();
        assert!(widest > Some(columns - 10), "{columns} columns are used: {widest:?}");
    }
}

/// Whether the table of a run is coloured into a pipe, and in a terminal that `script` makes.
fn is_coloured(settings: &[(&str, &str)], in_terminal: bool) -> bool {
    let folder = Folder::new("failures-coloured");
    let arguments = ["check", "--only", "frame-parse-type-5"];
    let mut command = Command::new(if in_terminal { "script" } else { PROGRAM });
    match in_terminal {
        true => command.args(["-qec", &format!("{PROGRAM} {}", arguments.join(" ")), "/dev/null"]),
        false => command.args(arguments),
    };
    for setting in SETTINGS {
        command.env_remove(setting);
    }
    // A progress bar goes to standard error, which `script` shows as well.
    let ended = Ended::of(command.envs(settings.iter().copied()).current_dir(&folder.0).stdin(Stdio::null()));
    ended.exits(0).says("passed: ").out.contains("\u{1b}[32m")
}

#[test]
fn colours_by_the_conventions() {
    for (settings, wanted) in [
        (&[][..], false),
        (&[("CLICOLOR_FORCE", "1")], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
    ] {
        assert_eq!(is_coloured(settings, false), wanted, "into a pipe with {settings:?}");
    }
    // Other systems have another `script`.
    if !cfg!(target_os = "linux") {
        return;
    }
    for (settings, wanted) in [
        (&[("TERM", "xterm")][..], true),
        (&[("TERM", "dumb")], false),
        (&[("TERM", "xterm"), ("NO_COLOR", "1")], false),
        (&[("TERM", "xterm"), ("CLICOLOR", "0")], false),
    ] {
        assert_eq!(is_coloured(settings, true), wanted, "in a terminal with {settings:?}");
    }
}
