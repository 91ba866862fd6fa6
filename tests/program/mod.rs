//! The program as a user runs it, in a folder of its own.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use harness::report::Report;
use peer::engine::Engine;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_counterproof");

/// A folder to run in; gone afterwards.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("counterproof-cli-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path); // of an earlier run that died
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(
            Command::new(PROGRAM)
                .env_remove("CARGO")
                .args(arguments)
                .current_dir(&self.0)
                .stdin(Stdio::null()),
        )
    }

    /// [`own_peer`] by a name that is as long wherever the repository is: long words break lines.
    #[allow(dead_code)] // some tests use it
    pub fn own_peer(&self) -> String {
        std::os::unix::fs::symlink(PROGRAM, self.path("counterproof")).unwrap();
        "./counterproof peer".to_owned()
    }

    #[allow(dead_code)] // some tests use it
    pub fn report(&self) -> Report {
        serde_json::from_slice(&fs::read(self.path("reports/last/report.json")).unwrap()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0); // nobody is left to tell
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let ended = Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) };
        assert!(!ended.err.contains("panicked"), "{ended:?}");
        ended
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[allow(dead_code)] // some tests use it
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.out.contains(words), "{words:?} is not in {self:#?}");
        self
    }

    #[allow(dead_code)] // the same
    #[track_caller]
    pub fn complains(self, words: &str) -> Self {
        assert!(self.err.contains(words), "{words:?} is not in {self:#?}");
        self
    }
}

/// Without what varies from run to run or with each new case: `in 0.3 s`, `of the 4000 cases`.
#[allow(dead_code)] // tests with snapshots use it
pub fn without_what_varies(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        let shown = (0..words.len()).map(|at| {
            let before = at.checked_sub(1).map_or("", word);
            let after = word(at + 1).trim_matches([',', ':']);
            match (before, word(at).parse::<f64>().is_ok(), after) {
                ("in", true, "s" | "min") => "[time]",
                ("the" | "all", true, "cases") => "[all]",
                _ => word(at),
            }
        });
        shown.collect::<Vec<_>>().join(" ") + "\n"
    };
    text.lines().map(line).collect()
}

#[allow(dead_code)] // some tests use it
pub fn own_peer() -> String {
    format!("'{PROGRAM}' peer")
}

/// A script that answers `hello` rightly and does `then` with any other question.
#[allow(dead_code)] // some tests use it
pub fn after_hello(then: &str) -> String {
    let hello = br#"{"seq":0,"op":"hello","params":{"protocol":1}}"#;
    let answer = Engine::new(Box::new(|bytes| bytes.fill(0))).answer(hello);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with(r#"{"seq":0,"ok":"#) && !answer.contains('\''), "{answer}");
    format!(
        "while read -r line; do case \"$line\" in\n\
         *'\"op\":\"hello\"'*) printf '%s\\n' '{answer}';;\n*) {then};;\nesac; done\n"
    )
}
