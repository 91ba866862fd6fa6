//! `check-peer` with peers at every height of the ladder: what they are told, and the exit code. Peers that
//! stop half-way are the reference behind a filter that a POSIX shell and sed can be.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

const PROGRAM: &str = env!("CARGO_BIN_EXE_counterproof");

/// A folder to run in; gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("counterproof-check-peer-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path); // of an earlier run that died
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Exit code, standard output, standard error.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(PROGRAM);
        command.env_remove("CARGO").args(arguments).current_dir(&self.0).stdin(Stdio::null());
        let output = command.output().unwrap();
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.code(), out, err)
    }

    /// `check-peer` of a script for a POSIX shell.
    fn script(&self, script: &str) -> (Option<i32>, String, String) {
        fs::write(self.0.join("peer.sh"), script).unwrap();
        self.run(&["check-peer", "--peer", "sh peer.sh", "--timeout", "1"])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // nobody is left to tell
    }
}

/// Lines of shell that answer `hello`, once, with this profile and these operations.
fn hello(profile: &str, operations: &str) -> String {
    let claims = format!(
        r#"{{"protocol":1,"name":"n","version":"1","language":"sh","profile":"{profile}","operations":[{operations}],"injects_time":true,"injects_randomness":true}}"#
    );
    let answer = format!(r#"{{"seq":%s,"ok":{claims}}}\n"#);
    format!("read line; seq=${{line#*:}}; printf '{answer}' \"${{seq%%,*}}\"\n")
}

const PROTOCOL: &str = r#""hello","ping","reset","drop""#;

#[test]
fn a_peer_that_answers_hello_only_is_told_the_first_step() {
    let folder = Folder::new("hello-only");
    // It ends after hello.
    let (code, out, err) = folder.script(&hello("client-core", PROTOCOL));
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains(" failing") && out.contains("crash: peer-hello"), "{out}");
    assert!(out.contains("next: make peer-hello pass (PPR-3)"), "{out}");
    assert!(out.contains("it needs client.create client.activate_license"), "{out}");
    assert!(out.contains(" more\n"), "{out}");
    assert!(folder.0.join("reports/check-peer/failing/peer-hello.json").is_file());
    let file = "reports/check-peer/failing/peer-hello.json";
    let (code, out, _) = folder.run(&["replay", file, "--run-recorded-command"]);
    assert_eq!(code, Some(1), "{out}");
}

#[test]
fn a_peer_that_hangs_is_not_asked_all_cases() {
    let folder = Folder::new("hangs");
    let all = format!(r#"{PROTOCOL},"primitive.cmac","frame.parse""#);
    let (code, out, err) = folder.script(&format!("{}cat >/dev/null", hello("full", &all)));
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("hang: peer-hello") && out.contains("not played: it hangs below"), "{out}");
}

#[test]
fn without_hello_it_says_what_was_sent_and_what_is_right() {
    let folder = Folder::new("no-hello");
    for script in ["cat >/dev/null", "exit 7", "read line; echo hi", &hello("made-up", PROTOCOL)] {
        let (code, out, err) = folder.script(script);
        assert_eq!((code, out.as_str()), (Some(3), ""), "{err}");
        assert!(err.contains("{\"seq\":0,\"op\":\"hello\",\"params\":{\"protocol\":1}}\n"), "{err}");
        assert!(err.contains("\"operations\":[\"hello\",\"ping\",\"reset\",\"drop\"]"), "{err}");
    }
    let (code, _, err) = folder.run(&["check-peer", "--peer", "missing-program"]);
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("program not found") && !err.contains("right answer"), "{err}");
}

#[test]
fn usage_is_exit_code_2() {
    let folder = Folder::new("usage");
    for arguments in [&["check-peer"][..], &["check-peer", "--peer", "true", "--env", "NOTHING"]] {
        assert_eq!(folder.run(arguments).0, Some(2), "{arguments:?}");
    }
}

/// The reference, claiming and naming less than it has, asks nothing of what it disclaims.
fn part_of_the_reference(profile: &str, without: &str) -> String {
    format!(
        "'{PROGRAM}' peer | sed -u -e 's/\"profile\":\"full\"/\"profile\":\"{profile}\"/' \
         -e '/\"operations\"/s/,\"{without}[a-z0-9_.]*\"//g'\n"
    )
}

#[test]
fn the_claim_decides_the_exit_code_and_the_next_step() {
    let folder = Folder::new("claims");
    // Names no server operation, but has them: the protocol's case sees through that, everything else is there.
    let (code, out, err) = folder.script(&part_of_the_reference("client-core", "server"));
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("fail: peer-made-up-operation"), "{out}");
    assert!(out.contains("claims client-core: ") && !out.contains("it needs"), "{out}");
    assert!(out.contains("next: make peer-made-up-operation pass (PPR-4)"), "{out}");
}

#[test]
fn a_fault_is_found_on_its_rung_and_explained() {
    let folder = Folder::new("fault");
    let peer = format!("'{PROGRAM}' peer --fault skips-FRM-5");
    let (code, out, err) = folder.run(&["check-peer", "--peer", &peer]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("fail: frame-every-first-word\n"), "{out}");
    assert!(out.contains("\nnext: make frame-every-first-word pass (FRM-5)"), "{out}");
    assert!(out.contains("replay reports/check-peer/failing/frame-every-first-word.json"), "{out}");
}
