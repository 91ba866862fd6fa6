//! `vectors/RECOMPUTE.md`: its commands say what it says they do, and that is the worked example.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test fails by panicking

mod tools;

use std::process::{Command, Stdio};

use vectors::example;

const DOCUMENT: &str = include_str!("../vectors/RECOMPUTE.md");
/// Stands before the output of each command.
const MARK: &str = "=== command";

/// The commands of the document, each with what it is said to print.
fn commands() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in DOCUMENT.lines() {
        match (line, line.strip_prefix("$ "), commands.last_mut()) {
            ("```console", ..) => inside = true,
            ("```", ..) => inside = false,
            (_, Some(command), _) if inside => commands.push((command, Vec::new())),
            (_, None, Some((_, said))) if inside => said.push(line),
            _ => {}
        }
    }
    commands
}

#[test]
fn the_commands_print_what_the_document_says() {
    if !tools::is_here("the worked example by hand", &[tools::OPENSSL, tools::XXD]) {
        return;
    }
    let commands = commands();
    assert!(commands.len() > 75, "the commands are found");
    let script: String = commands.iter().map(|(command, _)| format!("echo '{MARK}'\n{command}\n")).collect();
    let output = Command::new("sh").args(["-e", "-c", &script]).stdin(Stdio::null()).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    let printed: Vec<&str> = printed.split(&format!("{MARK}\n")).skip(1).collect();
    assert_eq!(printed.len(), commands.len());
    for ((command, said), printed) in commands.iter().zip(printed) {
        assert_eq!(printed.lines().collect::<Vec<_>>(), *said, "$ {command}");
    }
}

#[test]
fn the_document_recomputes_each_key_stream_tag_and_response_of_the_worked_example() {
    let said: Vec<&str> = commands().into_iter().flat_map(|(_, said)| said).collect();
    let rows = example::rows();
    let kinds = ["key", "MAC", "keystream", "as sent", "tag", "frame", " R", " input", "vector", "device id"];
    let whole = [
        "AM1",
        "AM2",
        "device code",
        "confirmation",
        "signature",
        "otp",
        "challenge response",
        "fields response",
        "challenge signature",
        "unlock challenge",
        "unlock response",
    ];
    let mut seen = 0;
    for row in rows.iter().filter(|row| !row.how.starts_with("input")) {
        let by_kind = kinds.iter().any(|kind| row.name.ends_with(kind));
        if by_kind && row.name != "master key" || whole.contains(&row.name.as_str()) {
            // A tag is the beginning of what is printed.
            assert!(said.iter().any(|line| line.starts_with(&row.value)), "{}: {}", row.name, row.value);
            seen += 1;
        }
    }
    assert!(seen > 55, "{seen}");
}
