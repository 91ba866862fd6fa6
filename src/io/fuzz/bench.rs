//! Bugs planted into a copy of the reference, and how the targets fare against them.
//!
//! The reference has no hook for this. A bug is a file in `fuzz/bench/planted`: which text of which file becomes which
//! other. [`Workshop::set_up`] copies the sources, plants all bugs there at once, adds the switch
//! (`fuzz/bench/planted.rs`) and the control (`fuzz/bench/control.rs`), and builds the program with every target. A bug
//! can't be on by accident: where it isn't planted it doesn't exist, and where it is, only its number in the environment
//! switches it on.

mod error;
mod planting;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub use error::CannotBench;
pub use planting::{Planted, commit, folder, planted, with_bugs};
use rustix::process::{Pid, Signal, kill_process};

use super::checkout::host;
use super::process::to_its_end;
use crate::io::files::{on, read_text};
use ::peer::printable::{Cut, Line};
use night::bench::Run;

/// How long a program may go on after its time: the last input may take its time limit, and be shown.
const GRACE: Duration = Duration::from_secs(60);
/// How many times as long as its processor time a run may take on a machine that does other things, too.
const BUSY: u32 = 20;
/// How much of what an oracle said is kept, in characters.
const SAID: usize = 200;

/// A copy of the sources with all bugs in it, built.
#[derive(Debug)]
pub struct Workshop {
    program: PathBuf,
    /// Seeds, dictionary and flags of each target.
    given: PathBuf,
    /// Folders of running programs.
    runs: PathBuf,
}

impl Workshop {
    /// Copies, plants, builds, and has the program write down what each target begins with.
    pub fn set_up(
        root: &Path,
        toolchain: &str,
        work: &Path,
        planted: &[Planted],
    ) -> Result<Self, CannotBench> {
        planting::copy(root, work, planted)?;
        let built = work.join("fuzz/target");
        let mut build = Command::new("cargo");
        build.args([&format!("+{toolchain}"), "fuzz", "build", "--codegen-units", "16", "any"]);
        build.current_dir(work).env("CARGO_TARGET_DIR", &built).env("CARGO_INCREMENTAL", "0");
        finish("cargo fuzz build, in the bench's copy", build)?;
        let host = host(toolchain)
            .map_err(|error| CannotBench::Command { what: "rustc -vV".into(), words: error.to_string() })?;
        let program = built.join(host).join("release/any");
        let given = work.join("given");
        let _ = fs::remove_dir_all(&given); // perhaps there is none
        let mut write = Command::new(&program);
        write.env("FUZZ_WRITE", &given).env("FUZZ_PLANTED", "1");
        finish("the fuzzed program, writing seeds", write)?;
        Ok(Self::of(program, given, work.join("runs")))
    }

    /// This program; a folder with `seeds`, `dict` and `flags` for each target; one to work in.
    pub fn of(program: PathBuf, given: PathBuf, runs: PathBuf) -> Self {
        Self { program, given, runs }
    }

    /// Fuzzes a target with these bugs switched on. A run for each of them, in which all but the canaries are the same.
    pub fn run(
        &self,
        bugs: &[usize],
        target: &str,
        seed: u64,
        limit: Duration,
    ) -> Result<Vec<Run>, CannotBench> {
        let first = bugs.first().copied().unwrap_or_default();
        let folder = self.runs.join(format!("{target}-{first}-{seed}"));
        let _ = fs::remove_dir_all(&folder); // perhaps there is none
        let corpus = folder.join("corpus");
        on("make", &corpus, fs::create_dir_all(&corpus))?;
        let (canary, log) = (folder.join("canary"), folder.join("log"));
        let given = self.given.join(target);
        let numbers: Vec<String> = bugs.iter().map(usize::to_string).collect();
        let mut command = Command::new(&self.program);
        command.arg(&corpus).arg(given.join("seeds"));
        let dictionary = given.join("dict");
        if fs::metadata(&dictionary).is_ok_and(|file| file.len() > 0) {
            command.arg(flag("-dict=", &dictionary)); // an empty one is refused
        }
        command.args(read_text(&given.join("flags"))?.split_ascii_whitespace());
        command.arg(flag("-artifact_prefix=", &folder.join("found-")));
        let longest = limit.saturating_mul(BUSY);
        command.args([format!("-seed={seed}"), format!("-max_total_time={}", longest.as_secs())]);
        command.args(["-timeout=25", "-rss_limit_mb=1024", "-print_funcs=0", "-print_final_stats=1"]);
        command.env("FUZZ_TARGET", target).env("FUZZ_PLANTED", "1").env("PLANTED_BUGS", numbers.join(","));
        command.env("PLANTED_CANARY", &canary);
        // A stack of symbols takes seconds, and nobody reads it.
        command.env("ASAN_OPTIONS", "detect_odr_violation=0:symbolize=0").env_remove("RUST_BACKTRACE");
        let said = on("write", &log, File::create(&log))?;
        command.stdout(Stdio::null()).stderr(said);
        let mut clock = Clock { begun: Instant::now(), limit, used: Duration::ZERO, is_told: false };
        let status = wait(&mut command, "the fuzzed program", longest + GRACE, |pid| clock.look(pid))?;
        let seconds = clock.used.as_secs_f64();
        let log = String::from_utf8_lossy(&on("read", &log, fs::read(&log))?).into_owned();
        let found = log.lines().any(|line| line.starts_with("SUMMARY: "));
        if !status.success() && !found && !clock.is_told {
            let words = format!("{status}: {}", Line(log.lines().last().unwrap_or_default()));
            return Err(CannotBench::Command { what: format!("the fuzzed program, target {target}"), words });
        }
        let canaries = fs::read_to_string(&canary).unwrap_or_default();
        let run = |bug: &usize| {
            let at = |what: &str| canaries.lines().find_map(|line| seen(line, what, *bug));
            let [reached_s, triggered_s] = ["reached", "triggered"].map(at);
            Run {
                seed,
                seconds: rounded(seconds),
                executions: statistic(&log, "number_of_executed_units"),
                reached_s,
                triggered_s,
                detected_s: found.then(|| rounded(seconds)),
                said: found.then(|| said_in(&log)),
            }
        };
        let runs = bugs.iter().map(run).collect();
        let _ = fs::remove_dir_all(&folder); // the next run has another
        Ok(runs)
    }
}

/// To a millisecond.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn flag(name: &str, path: &Path) -> std::ffi::OsString {
    let mut flag = std::ffi::OsString::from(name);
    flag.push(path);
    flag
}

/// After how many seconds this line of a canary was written, if it says this of this bug.
fn seen(line: &str, what: &str, bug: usize) -> Option<f64> {
    let mut words = line.split(' ');
    let is_this = words.next() == Some(what) && words.next()?.parse() == Ok(bug);
    let milliseconds = words.next()?.parse().ok().filter(|_| is_this)?;
    Some(rounded(Duration::from_millis(milliseconds).as_secs_f64()))
}

/// The time of a run: what it had of a processor, so that it is the same on a machine that does other things, too.
struct Clock {
    begun: Instant,
    limit: Duration,
    used: Duration,
    /// That its time is over.
    is_told: bool,
}

impl Clock {
    /// Looks at it, and ends the run where its time is over.
    fn look(&mut self, pid: Pid) {
        self.used = self.used.max(processor_time(pid).unwrap_or_else(|| self.begun.elapsed()));
        if self.used >= self.limit && !self.is_told {
            self.is_told = true;
            let _ = kill_process(pid, Signal::TERM); // it writes its statistics; where it is gone, it is gone
        }
    }
}

/// What a process has had of a processor, where the system says so: Linux does.
fn processor_time(pid: Pid) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?;
    // Behind the name in parentheses: state, … ; the twelfth and thirteenth are ticks of 10 ms.
    let mut ticks = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let (user, system): (u64, u64) = (ticks.next()?.parse().ok()?, ticks.next()?.parse().ok()?);
    Some(Duration::from_millis(10 * (user + system)))
}

/// What libFuzzer says of itself at its end.
fn statistic(log: &str, name: &str) -> u64 {
    let lines =
        log.lines().filter_map(|line| line.strip_prefix("stat::")?.strip_prefix(name)?.strip_prefix(':'));
    lines.filter_map(|number| number.trim().parse().ok()).next_back().unwrap_or(0)
}

/// What an oracle said, or the sanitizer, in one line: where, and the first line behind it.
fn said_in(log: &str) -> String {
    let mut lines = log.lines().skip_while(|line| !line.contains(" panicked at "));
    let words = match (lines.next(), lines.next()) {
        (Some(place), Some(words)) => {
            let place = place.split_once(" panicked at ").map_or("", |(_, place)| place);
            // Below the copy: the same in every checkout.
            let place = place.find("src/").and_then(|at| place.get(at..)).unwrap_or(place);
            format!("{place} {words}")
        }
        _ => {
            let error = log.lines().find(|line| line.starts_with("==") && line.contains("ERROR: "));
            let words = error.and_then(|line| line.split_once("ERROR: ")).map_or("", |(_, words)| words);
            words.to_owned()
        }
    };
    Cut(&words, SAID).to_string()
}

/// A command that must succeed, however long it takes.
fn finish(what: &str, mut command: Command) -> Result<(), CannotBench> {
    let status = wait(&mut command, what, Duration::MAX, |_| ())?;
    match status.success() {
        true => Ok(()),
        false => Err(CannotBench::Command { what: what.to_owned(), words: status.to_string() }),
    }
}

fn wait(
    command: &mut Command,
    what: &str,
    time: Duration,
    watch: impl FnMut(Pid),
) -> Result<ExitStatus, CannotBench> {
    to_its_end(command, time, watch)
        .map_err(|why| CannotBench::Command { what: what.to_owned(), words: why.to_string() })
}
