//! `inspect`: where its text may come from, what is left out of it and said so, and where its key may stand. What it says
//! of each kind of text is in `terminal.rs`, as which document in `json.rs`.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod program;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use channel::text::hex;
use program::{Ended, Folder, PROGRAM};

/// SPEC FRM-1.
const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

/// What is said of this input, which stands in a file: the same where the file is named as where it is standard input.
#[track_caller]
fn inspected(name: &str, input: &[u8]) -> Ended {
    let folder = Folder::new(name);
    fs::write(folder.path("in"), input).unwrap();
    let mut command = Command::new(PROGRAM);
    command.args(["inspect", "-"]).current_dir(&folder.0).stdin(fs::File::open(folder.path("in")).unwrap());
    let piped = Ended::of(&mut command);
    let named = folder.run(&["inspect", "--file", "in"]);
    assert_eq!((named.code, &named.out), (piped.code, &piped.out));
    named
}

#[test]
fn a_text_may_stand_in_a_file_or_come_through_a_pipe() {
    let folder = Folder::new("inspect-argument");
    let given = folder.run(&["inspect", PUBLISHED]).exits(0);
    for text in [PUBLISHED.to_owned(), format!("{PUBLISHED}\n"), format!("  {PUBLISHED} \r\n\n")] {
        assert_eq!(inspected("inspect-text", text.as_bytes()).exits(0).out, given.out);
    }
    inspected("inspect-empty", b"").exits(1).says("a text of 0 characters");
    folder.run(&["inspect"]).exits(2).complains("--file");
    folder.run(&["inspect", PUBLISHED, "--file", "in"]).exits(2).complains("--file");
    folder.run(&["inspect", "--file", "missing"]).exits(2).complains("missing");
    folder.run(&["inspect", "--file", "."]).exits(2).complains("directory");
}

#[test]
fn what_a_terminal_broke_is_joined_and_said_so() {
    let (one, other) = PUBLISHED.split_at(40);
    let ended = inspected("inspect-broken", format!("{one}\n {other}\n").as_bytes()).exits(0);
    let ended = ended.says("without 2 blanks or line ends inside, which a client or a server refuses:\n");
    assert!(ended.out.ends_with("the tag can't be checked without the key (--key-file)\n"), "{}", ended.out);
    let folder = Folder::new("inspect-joined");
    folder
        .run(&["inspect", "05639 56546 04399 89778 34239 8"])
        .exits(0)
        .says("without 5 blanks")
        .says("76C2547612");
    // A line end in a text of words means something, and a second line is another text.
    folder.run(&["inspect", "two\nwords"]).exits(1).says("nothing of this protocol");
    folder.run(&["licenses", "make", "--count", "2", "--out", "l.jsonl"]).exits(0);
    folder.run(&["inspect", "--file", "l.jsonl"]).exits(1).says("more than one line").says("LIF-6");
}

#[test]
fn bytes_are_read_as_bytes_and_other_files_told_by_name() {
    let bytes = hex::decode(PUBLISHED).unwrap();
    inspected("inspect-bytes", &bytes)
        .exits(0)
        .says("binary, 36 bytes; in hexadecimal:\n")
        .says("VDS1000120");
    let folder = Folder::new("inspect-picture");
    folder.run(&["qr", PUBLISHED, "--out", "m.png"]).exits(0);
    folder.run(&["inspect", "--file", "m.png"]).exits(2).complains("qr --read");
    inspected("inspect-utf16", b"\xFF\xFE0\x000\0").exits(2).complains("UTF-16");
    inspected("inspect-latin", b"\xFC").exits(1).says("binary, 1 byte").says("nothing of this protocol");
    let most = vec![b'0'; 1 << 20];
    inspected("inspect-most", &most).exits(1);
    inspected("inspect-more", &[&most[..], b"0"].concat()).exits(2).complains("more than 1048576 bytes");
}

#[test]
fn a_key_may_stand_in_a_file() {
    let folder = Folder::new("inspect-key");
    let key = "00".repeat(16);
    let mode = |mode| fs::set_permissions(folder.path("key"), fs::Permissions::from_mode(mode)).unwrap();
    let given = folder.run(&["inspect", PUBLISHED, "--key", &key]).exits(1).says("PRT-4");
    fs::write(folder.path("key"), format!("{key}\n")).unwrap();
    mode(0o600);
    let read = || folder.run(&["inspect", PUBLISHED, "--key-file", "key"]);
    assert_eq!((read().exits(1).out, read().err.as_str()), (given.out, ""));
    mode(0o644);
    read().exits(1).complains("key is open to others (mode 0644): chmod 600 key");
    fs::write(folder.path("key"), &key[1..]).unwrap();
    let ended = read().exits(2).complains("32 hexadecimal digits are due, and it has 31");
    assert!(!ended.err.contains(&key[1..]), "{}", ended.err);
    folder.run(&["inspect", PUBLISHED, "--key-file", "missing"]).exits(2).complains("missing");
    folder.run(&["inspect", PUBLISHED, "--key-file", "key", "--key", &key]).exits(2).complains("--key");
}
