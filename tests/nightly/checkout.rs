//! A checkout whose fuzzer is a stand-in, and what its nights leave.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use night::record::{Entry, Finding, Summary, TargetNight, What};
use rustix::process::{Pid, test_kill_process};

use crate::program::{Ended, Folder, PROGRAM};
use crate::signals::catch_what_is_ignored;

/// A checkout with a stand-in for the program of all targets.
pub struct Checkout(pub Folder);

impl Checkout {
    /// The targets, and what they do.
    pub fn new(name: &str, targets: &[(&str, &str)]) -> Self {
        let folder = Folder::new(&format!("nightly-{name}"));
        fs::create_dir_all(folder.path("fuzz")).unwrap();
        fs::create_dir_all(folder.path("plans")).unwrap();
        fs::write(folder.path("fuzz/Cargo.toml"), "").unwrap();
        let checkout = Self(folder);
        targets.iter().for_each(|(target, plan)| checkout.plan(target, plan));
        checkout
    }

    pub fn plan(&self, target: &str, plan: &str) {
        fs::write(self.0.path("plans").join(target), plan).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let fuzzer = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nightly/fuzzer.sh");
        let mut command = Command::new(PROGRAM);
        command.args(["fuzz", "nightly", "--work", "night", "--record", "nights.jsonl"]);
        command.arg("--program").arg(fuzzer).args(arguments);
        command
            .current_dir(&self.0.0)
            .env("STANDIN", &self.0.0)
            .env("PACE", "0.2")
            .env_remove("FUZZ_PLANTED");
        command.stdin(Stdio::null());
        command
    }

    /// A short night.
    pub fn night(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.command(&[&["--seconds", "1"], arguments].concat()))
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        catch_what_is_ignored();
        let mut command = self.command(arguments);
        command.env("PACE", "0.5").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The lines of all nights.
    pub fn entries(&self) -> Vec<Entry> {
        let text = fs::read_to_string(self.path("nights.jsonl")).unwrap();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The last night: its targets, and its last line.
    pub fn last(&self) -> (Vec<TargetNight>, Summary) {
        let entries = self.entries();
        let begun = entries.last().unwrap().begun;
        let of_last = entries.into_iter().filter(|entry| entry.begun == begun);
        let (mut targets, mut end) = (Vec::new(), None);
        for entry in of_last {
            assert!(end.is_none(), "the night's own line is its last");
            match entry.what {
                What::Target(target) => targets.push(target),
                What::Night(night) => end = Some(night),
                other => panic!("{other:?}"),
            }
        }
        (targets, end.unwrap())
    }

    pub fn findings(&self) -> Vec<Finding> {
        self.last().0.into_iter().flat_map(|target| target.findings).collect()
    }

    /// What the stand-in was asked: its number, its target and its arguments, run by run.
    pub fn runs(&self) -> Vec<Vec<String>> {
        let text = fs::read_to_string(self.path("runs")).unwrap_or_default();
        text.lines().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
    }

    /// Two nights begin at different seconds.
    pub fn sleep_until_the_next(&self) {
        thread::sleep(Duration::from_millis(1100));
    }
}

#[track_caller]
pub fn until(what: &str, mut look: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !look() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[track_caller]
pub fn nothing_runs(checkout: &Checkout) {
    let pids: Vec<Pid> =
        checkout.runs().iter().map(|run| Pid::from_raw(run[0].parse().unwrap()).unwrap()).collect();
    assert!(!pids.is_empty());
    let runs = |pid: &Pid| {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).unwrap_or_default();
        test_kill_process(*pid).is_ok() && !stat.contains(") Z ")
    };
    until("a fuzzer runs on", || !pids.iter().any(runs));
}
