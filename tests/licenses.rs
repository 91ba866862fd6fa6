//! `licenses make`, `import` and `show` as a person calls them: what is left beside the files, what two at once do,
//! what is refused with which words and exit code.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const PROGRAM: &str = env!("CARGO_BIN_EXE_counterproof");

/// A folder of its own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("counterproof-licenses-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// With a license file `a.jsonl` and its key.
    fn with_file() -> Self {
        let folder = Self::new();
        folder.ok(&["make", "--count", "3", "--out", "a.jsonl"]);
        folder
    }

    /// The same, imported into `s.db`.
    fn with_store() -> Self {
        let folder = Self::with_file();
        folder.ok(&["import", "a.jsonl", "--store", "s.db"]);
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn command(&self, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("licenses").args(arguments).current_dir(&self.0).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[impl AsRef<OsStr>]) -> (i32, String) {
        said(&self.command(arguments).output().unwrap())
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let (code, text) = self.run(arguments);
        assert_eq!(code, 0, "{arguments:?}: {text}");
        text
    }

    /// What it says with this exit code; nothing may have changed in the folder.
    fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let before = self.all();
        let (found, text) = self.run(arguments);
        assert_eq!(found, code, "{arguments:?}: {text}");
        assert_eq!(self.all(), before, "{arguments:?}: {text}");
        text
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
        names.sort();
        names
    }

    /// Names, and of each file its content, mode, number and times.
    fn all(&self) -> Vec<(String, Vec<u8>, [i64; 6])> {
        let one = |name: String| {
            let found = fs::symlink_metadata(self.path(&name)).unwrap();
            let content = if found.is_file() { fs::read(self.path(&name)).unwrap() } else { Vec::new() };
            let numbers = [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()];
            let [mtime, mtime_nsec, ctime, ctime_nsec] = numbers;
            let mode = i64::from(found.mode());
            (name, content, [mode, found.ino().cast_signed(), mtime, mtime_nsec, ctime, ctime_nsec])
        };
        self.names().into_iter().map(one).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy).concat();
    (output.status.code().unwrap_or(-1), text)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// All of these at once.
fn at_once(commands: Vec<Command>) -> Vec<(i32, String)> {
    let pipe = Stdio::piped;
    let children: Vec<_> = commands
        .into_iter()
        .map(|mut command| command.stdout(pipe()).stderr(pipe()).spawn().unwrap())
        .collect();
    children.into_iter().map(|child| said(&child.wait_with_output().unwrap())).collect()
}

#[test]
fn imports_at_once_into_a_store_that_is_not_there_make_one_with_one_key() {
    let folder = Folder::new();
    for n in 0..4u32 {
        let first = (n * 100).to_string();
        folder.ok(&["make", "--count", "20", "--first", &first, "--out", &format!("{n}.jsonl")]);
    }
    for round in 0..25 {
        let store = format!("{round}.db");
        let commands = (0..4)
            .map(|n| folder.command(&["import", &format!("{n}.jsonl"), "--store", &store]))
            .take(if round % 2 == 0 { 2 } else { 4 })
            .collect();
        let all = at_once(commands);
        for (code, text) in &all {
            assert_eq!(*code, 0, "round {round}: {all:?} {text}");
        }
        let text = folder.ok(&["show", "--store", &store]);
        assert!(text.contains(&format!("licenses       {}", 20 * all.len())), "round {round}: {text}");
        for n in 0..all.len() {
            folder.ok(&["show", "--store", &store, &format!("VDS{:07}", n * 100 + 19)]);
        }
        let left = folder.names();
        assert!(!left.iter().any(|name| name.ends_with(".part") || name.contains("-wal")), "{left:?}");
    }
}

#[test]
fn two_that_make_the_same_file_at_once_leave_one_with_its_key() {
    let folder = Folder::new();
    for round in 0..20 {
        let file = format!("{round}.jsonl");
        let make = || folder.command(&["make", "--count", "50", "--out", &file]);
        let all = at_once(vec![make(), make(), make()]);
        let mut codes: Vec<i32> = all.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 2, 2], "round {round}: {all:?}");
        folder.ok(&["import", &file, "--store", &format!("{round}.db")]);
        assert_eq!(mode(&folder.path(&format!("{file}.key"))), 0o600);
    }
    assert!(!folder.names().iter().any(|name| name.ends_with(".part")), "{:?}", folder.names());
}

#[test]
fn a_key_that_is_left_is_used_and_a_store_without_one_is_refused() {
    let folder = Folder::with_file();
    let key = "0123456789abcdef0123456789ABCDEF\n";
    fs::write(folder.path("s.db.key"), key).unwrap();
    set_mode(&folder.path("s.db.key"), 0o600);
    folder.ok(&["import", "a.jsonl", "--store", "s.db"]);
    assert_eq!(fs::read_to_string(folder.path("s.db.key")).unwrap(), key);
    fs::rename(folder.path("s.db.key"), folder.path("elsewhere")).unwrap();
    for arguments in [&["show", "--store", "s.db"][..], &["import", "a.jsonl", "--store", "s.db"]] {
        let text = folder.refused(2, arguments);
        assert!(text.contains("the storage key in s.db.key"), "{text}");
    }
    folder.ok(&["show", "--store", "s.db", "--storage-key", "elsewhere"]);
    fs::write(folder.path("elsewhere"), "00".repeat(16)).unwrap();
    let text = folder.refused(3, &["show", "--store", "s.db", "--storage-key", "elsewhere"]);
    assert!(text.contains("another storage key"), "{text}");
}

#[test]
fn new_files_are_secret_where_they_should_be() {
    let folder = Folder::with_store();
    for (name, expected) in [("a.jsonl.key", 0o600), ("s.db.key", 0o600), ("s.db", 0o600)] {
        assert_eq!(mode(&folder.path(name)), expected, "{name}");
    }
    assert_eq!(folder.names(), ["a.jsonl", "a.jsonl.key", "s.db", "s.db.key"]);
}

#[test]
fn a_path_is_a_path() {
    let names =
        ["file:x.db", "file:y.db?mode=memory", ":memory:", "a?b#c%41.db", "trail ", "-x.db", "a'b\"c"];
    for name in names {
        let folder = Folder::with_file();
        let store = format!("--store={name}");
        folder.ok(&["import", "a.jsonl", &store]);
        let mut expected =
            vec!["a.jsonl".to_owned(), "a.jsonl.key".into(), name.into(), format!("{name}.key")];
        expected.sort();
        assert_eq!(folder.names(), expected);
        assert!(folder.ok(&["show", &store]).contains("licenses       3"));
        // And once it is there, and by its whole path.
        let text = folder.refused_import(&store);
        assert!(text.contains("VDS1000000 (line 2) is stored already"), "{text}");
        folder.ok(&["show", &format!("--store={}", folder.path(name).display()), "VDS1000001"]);
    }
    let folder = Folder::with_file();
    for command in [&["import", "a.jsonl", "--store="][..], &["show", "--store="]] {
        assert!(folder.refused(2, command).contains("a value is required for '--store"));
    }
    use std::os::unix::ffi::OsStrExt as _;
    let name = OsStr::from_bytes(b"no\xFFutf8.db");
    let store = [OsStr::new("--store"), name];
    let (code, text) = folder.run(&[&[OsStr::new("import"), OsStr::new("a.jsonl")][..], &store].concat());
    assert_eq!(code, 0, "{text}");
    assert!(folder.0.join(name).is_file());
}

impl Folder {
    /// An import of `a.jsonl` that finds its licenses there.
    fn refused_import(&self, store: &str) -> String {
        let (code, text) = self.run(&["import", "a.jsonl", store]);
        assert_eq!(code, 1, "{text}");
        text
    }
}

#[test]
fn an_import_that_is_refused_leaves_no_store_and_no_key() {
    let folder = Folder::with_file();
    let file = fs::read_to_string(folder.path("a.jsonl")).unwrap();
    fs::write(folder.path("bad.jsonl"), file.replace("\"threshold\":5", "\"threshold\":6")).unwrap();
    fs::write(folder.path("cut.jsonl"), &file[..file.len() - 10]).unwrap();
    fs::write(folder.path("other.key"), "11".repeat(32)).unwrap();
    set_mode(&folder.path("other.key"), 0o600);
    fs::create_dir(folder.path("folder")).unwrap();
    let key = ["--transport-key", "a.jsonl.key"];
    for (code, arguments) in [
        (1, [&["import", "bad.jsonl", "--store", "s.db"], &key[..]].concat()),
        (1, [&["import", "cut.jsonl", "--store", "s.db"], &key[..]].concat()),
        (1, vec!["import", "a.jsonl", "--store", "s.db", "--transport-key", "other.key"]),
        (2, vec!["import", "a.jsonl", "--store", "s.db", "--transport-key", "a.jsonl"]),
        (2, vec!["import", "a.jsonl", "--store", "s.db", "--transport-key", "missing"]),
        (2, [&["import", "missing", "--store", "s.db"], &key[..]].concat()),
        (2, [&["import", "folder", "--store", "s.db"], &key[..]].concat()),
        (2, vec!["import", "a.jsonl", "--store", "no/such/folder/s.db"]),
        (2, vec!["import", "a.jsonl", "--store", "folder"]),
        (2, vec!["import", "a.jsonl", "--store", "a.jsonl/s.db"]),
        (2, vec!["import", "a.jsonl", "--store", "s.db", "--storage-key", "no/such/folder/key"]),
        (2, vec!["import", "a.jsonl", "--store", "s.db", "--storage-key", "a.jsonl"]),
        (2, vec!["import", "a.jsonl", "--store", "a.jsonl"]),
    ] {
        let before = folder.names();
        let (found, text) = folder.run(&arguments);
        assert_eq!(found, code, "{arguments:?}: {text}");
        assert_eq!(folder.names(), before, "{arguments:?}: {text}");
    }
    folder.ok(&["import", "a.jsonl", "--store", "s.db"]);
}

#[test]
fn a_disk_that_is_full_leaves_nothing_of_what_is_new() {
    let folder = Folder::new();
    folder.ok(&["make", "--count", "20000", "--out", "a.jsonl"]);
    let limited = |arguments: &[&str]| {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$0\" licenses \"$@\"", PROGRAM]);
        said(&command.args(arguments).current_dir(&folder.0).output().unwrap())
    };
    for arguments in
        [&["import", "a.jsonl", "--store", "s.db"][..], &["make", "--count", "20000", "--out", "b.jsonl"]]
    {
        let (code, text) = limited(arguments);
        assert_eq!(code, 3, "{text}");
        assert_eq!(folder.names(), ["a.jsonl", "a.jsonl.key"], "{text}");
    }
}

#[test]
fn show_changes_nothing_and_needs_to_write_nothing() {
    let folder = Folder::with_store();
    let shows = [&["show", "--store", "s.db"][..], &["show", "--store", "s.db", "VDS1000001"]];
    let before = folder.all();
    std::thread::sleep(Duration::from_millis(20));
    let told = shows.map(|arguments| folder.ok(arguments));
    assert_eq!(folder.all(), before);
    assert_eq!(
        folder.refused(1, &["show", "--store", "s.db", "VDS7777777"]),
        "VDS7777777 is not in this store\n"
    );
    // Nothing may be written: for root no mode is in the way, so the program runs as nobody then.
    let program = folder.path("program");
    fs::copy(PROGRAM, &program).unwrap();
    set_mode(&program, 0o755);
    for name in ["s.db", "s.db.key"] {
        set_mode(&folder.path(name), 0o444);
    }
    set_mode(&folder.0, 0o555);
    let before = folder.all();
    let is_root = fs::metadata(&folder.0).unwrap().uid() == 0;
    for (arguments, told) in shows.iter().zip(told) {
        let mut command = Command::new(if is_root { Path::new("setpriv") } else { &program });
        if is_root {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&program);
        }
        let output = command.arg("licenses").args(*arguments).current_dir(&folder.0).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), told, "{output:?}");
    }
    assert_eq!(folder.all(), before);
    set_mode(&folder.0, 0o755);
}

#[test]
fn names_of_a_terminal_are_shown_on_one_line() {
    let folder = Folder::new();
    let text = folder.refused(2, &["show", "--store", "a\u{1b}]0;x\u{7}\nb"]);
    assert!(text.contains("a\\u{1b}]0;x\\u{7}\\nb"), "{text}");
    let text = folder.ok(&["make", "--count", "1", "--out", "new\nline"]);
    assert!(text.contains("new\\nline.key"), "{text}");
}

#[test]
fn serial_numbers_do_not_wrap() {
    let folder = Folder::new();
    for arguments in [
        &["--first", "9999999", "--count", "2"][..],
        &["--first", "9999999", "--count", "2", "--shuffle"],
        &["--first", "9999991", "--count", "10"],
        &["--first", "9000001", "--count", "1000000", "--shuffle"],
        &["--count", "10000000"],
    ] {
        let text = folder.refused(2, &[&["make", "--out", "a.jsonl"], arguments].concat());
        assert!(text.contains("9999999") && text.contains("--first"), "{text}");
    }
    folder.ok(&["make", "--out", "one.jsonl", "--first", "9999999", "--count", "1"]);
    folder.ok(&["make", "--out", "a.jsonl", "--first", "9999990", "--count", "10"]);
    folder.ok(&["make", "--out", "b.jsonl", "--first", "9999990", "--count", "10", "--shuffle"]);
    let serials = |name: &str| -> Vec<String> {
        let text = fs::read_to_string(folder.path(name)).unwrap();
        let line = |line: &str| line.strip_prefix("{\"serial\":\"").map(|rest| rest[..10].to_owned());
        text.lines().filter_map(line).collect()
    };
    let [straight, mut shuffled] = ["a.jsonl", "b.jsonl"].map(serials);
    assert_ne!(straight, shuffled);
    shuffled.sort();
    assert_eq!(straight, shuffled);
    assert_eq!(straight.last().map(String::as_str), Some("VDS9999999"));
}

#[test]
fn what_is_there_already_stays() {
    let folder = Folder::with_file();
    assert!(
        folder.refused(2, &["make", "--count", "1", "--out", "a.jsonl"]).contains("a.jsonl is there already")
    );
    fs::remove_file(folder.path("a.jsonl")).unwrap();
    let text = folder.refused(2, &["make", "--count", "1", "--out", "a.jsonl"]);
    assert!(text.contains("a.jsonl.key is there already"), "{text}");
    let text = folder.refused(2, &["make", "--count", "1", "--out", "no/such/folder/x"]);
    assert!(text.contains("finding folder no/such/folder"), "{text}");
    let long = "n".repeat(252);
    folder.refused(2, &["make", "--count", "1", "--out", &long]);
    fs::create_dir(folder.path("folder")).unwrap();
    folder.refused(2, &["make", "--count", "1", "--out", "folder"]);
}

#[test]
fn a_link_to_a_store_or_to_where_one_will_be_stays_a_link() {
    let folder = Folder::with_file();
    fs::create_dir(folder.path("deep")).unwrap();
    symlink("deep/s.db", folder.path("link.db")).unwrap();
    symlink("deep/key", folder.path("link.db.key")).unwrap();
    folder.ok(&["import", "a.jsonl", "--store", "link.db"]);
    assert!(folder.ok(&["show", "--store", "link.db"]).contains("licenses       3"));
    for link in ["link.db", "link.db.key"] {
        assert!(fs::symlink_metadata(folder.path(link)).unwrap().is_symlink());
        assert!(fs::metadata(folder.path(link)).unwrap().is_file());
    }
    folder.ok(&["show", "--store", "deep/s.db", "--storage-key", "deep/key"]);
}

#[test]
fn a_store_whose_journal_could_have_no_name_is_refused_at_once() {
    let folder = Folder::with_file();
    folder.refused(2, &["import", "a.jsonl", "--store", &"n".repeat(248)]);
    let name = "n".repeat(247);
    folder.ok(&["import", "a.jsonl", "--store", &name]);
    folder.ok(&["make", "--count", "1", "--first", "5", "--out", "b.jsonl"]);
    folder.ok(&["import", "b.jsonl", "--store", &name]);
}

#[test]
fn a_key_that_others_may_read_is_taken_with_a_warning() {
    let folder = Folder::with_store();
    for (name, arguments) in [
        ("s.db.key", &["show", "--store", "s.db"][..]),
        ("a.jsonl.key", &["import", "a.jsonl", "--store", "other.db"]),
    ] {
        for (wide, is_warned) in [(0o600, false), (0o400, false), (0o644, true), (0o444, true), (0o620, true)]
        {
            let _ = fs::remove_file(folder.path("other.db"));
            set_mode(&folder.path(name), wide);
            let text = folder.ok(arguments);
            let warning = format!("warning: {name} is open to others (mode {wide:04o}): chmod 600 {name}\n");
            assert_eq!(text.contains(&warning), is_warned, "{text}");
            assert_eq!(mode(&folder.path(name)), wide);
        }
    }
}

/// Who closes standard error wants no warnings, and gets the rest.
#[test]
fn a_warning_that_nobody_reads_is_no_failure() {
    let folder = Folder::with_store();
    set_mode(&folder.path("s.db.key"), 0o644);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(PROGRAM);
    command.args(["licenses", "show", "--store", "s.db"]).current_dir(&folder.0).stderr(writer);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
}

#[test]
fn a_key_file_is_a_key_and_nothing_else() {
    let folder = Folder::with_store();
    let key = fs::read_to_string(folder.path("s.db.key")).unwrap();
    let digits = key.trim_end();
    let shown = ["show", "--store", "s.db", "--storage-key", "key"];
    for good in [digits.to_owned(), format!("{digits}\n"), format!("{digits}\r\n"), digits.to_lowercase()] {
        fs::write(folder.path("key"), good).unwrap();
        set_mode(&folder.path("key"), 0o600);
        folder.ok(&shown);
    }
    let utf16: Vec<u8> = digits.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bad, words) in [
        (Vec::new(), "it is empty"),
        (b"\n".to_vec(), "it is empty"),
        ([b"\xEF\xBB\xBF", digits.as_bytes()].concat(), "byte-order mark"),
        ([b"\xFF\xFE", &utf16[..]].concat(), "byte-order mark"),
        (format!("{digits}\n\n").into_bytes(), "character 33 is no hexadecimal digit"),
        (format!(" {digits}").into_bytes(), "character 1 is no hexadecimal digit"),
        (digits.as_bytes()[1..].to_vec(), "32 hexadecimal digits are due, and it has 31"),
        (digits.repeat(2).into_bytes(), "32 hexadecimal digits are due, and it has 64"),
        (vec![b'0'; 5_000], "more than"),
        (vec![0xFF; 16], "character 1 is no hexadecimal digit"),
    ] {
        fs::write(folder.path("key"), &bad).unwrap();
        let text = folder.refused(2, &shown);
        assert!(text.contains(words) && text.contains("the storage key in key"), "{text}");
        assert!(!text.contains(&digits[..8]), "nothing of a key is repeated: {text}");
    }
    fs::remove_file(folder.path("key")).unwrap();
    fs::create_dir(folder.path("key")).unwrap();
    assert!(folder.refused(2, &shown).contains("no regular file"));
    fs::remove_dir(folder.path("key")).unwrap();
    // Nobody writes into it: it is not waited for.
    assert!(Command::new("mkfifo").arg(folder.path("key")).status().unwrap().success());
    assert!(folder.refused(2, &shown).contains("no regular file"));
}

#[test]
fn exit_codes() {
    let folder = Folder::with_store();
    fs::create_dir(folder.path("folder")).unwrap();
    fs::write(folder.path("text"), "no store at all, but long enough to have a header of its own".repeat(20))
        .unwrap();
    fs::write(folder.path("empty"), "").unwrap();
    fs::write(folder.path("key"), "00".repeat(16)).unwrap();
    set_mode(&folder.path("key"), 0o600);
    let key = ["--storage-key", "key"];
    for (code, arguments, words) in [
        (0, vec!["show", "--store", "s.db"], "licenses       3"),
        (1, vec!["show", "--store", "s.db", "VDS0000000"], "not in this store"),
        (2, vec!["show", "--store", "s.db", "VDS"], "serial number"),
        (2, vec!["show", "--store", "missing.db"], "there is no such file"),
        (2, [&["show", "--store", "folder"], &key[..]].concat(), "it is a folder"),
        (2, [&["show", "--store", "/dev/null"], &key[..]].concat(), "no regular file"),
        (2, [&["show", "--store", "text"], &key[..]].concat(), "no store of this program"),
        (2, [&["show", "--store", "empty"], &key[..]].concat(), "no store of this program"),
        (3, [&["show", "--store", "s.db"], &key[..]].concat(), "another storage key"),
        (2, vec!["import", "a.jsonl", "--store", "/dev/null"], "no regular file"),
        (
            2,
            vec!["import", "missing", "--store", "s.db", "--transport-key", "a.jsonl.key"],
            "reading missing",
        ),
        (2, vec!["import", "folder", "--store", "s.db"], "reading folder"),
    ] {
        let (found, text) = folder.run(&arguments);
        assert_eq!(found, code, "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    }
    // Stored already.
    assert!(folder.refused_import("--store=s.db").contains("nothing is imported"));
    // Damaged; of another version.
    let whole = fs::read(folder.path("s.db")).unwrap();
    let mut bent = whole.clone();
    let at = whole.windows(6).position(|window| window == b"MOBILE").unwrap();
    bent[at] ^= 1;
    fs::write(folder.path("s.db"), &bent).unwrap();
    let text = folder.refused(3, &["show", "--store", "s.db", "VDS1000001"]);
    assert!(text.contains("it is damaged: the row of VDS1000001"), "{text}");
    for (version, words) in
        [(4u8, "an earlier program wrote it (version 4, this one knows 5)"), (9, "a later program")]
    {
        let mut other = whole.clone();
        other[63] = version;
        fs::write(folder.path("s.db"), &other).unwrap();
        for arguments in [&["show", "--store", "s.db"][..], &["import", "a.jsonl", "--store", "s.db"]] {
            let text = folder.refused(3, arguments);
            assert!(text.contains(words), "{text}");
        }
    }
}
