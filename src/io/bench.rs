//! Measuring the hot path: by valgrind, instruction by instruction; or by the processor time of this thread.

use std::ffi::OsString;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};
use std::{env, fmt, fs, io};

use rustix::time::{ClockId, clock_gettime};

use super::files::{FileError, on, read_text};
use channel::crypto::lanes::Kernel;

use ::perf::built::{Built, compiler};
use ::perf::callgrind::{self, NotCounted, Program};
use ::perf::counts::{self, Baseline};
use ::perf::path::{Operation, REFERENCES, UNIT, operations};
use ::perf::record::{self, Run};
use ::perf::scene::Wrong;
use peer::printable::Line;

/// The function that valgrind counts in, and which ends a dump.
const COUNTED: &str = "counterproof_perf::path::Prepared::run";
/// How to get it.
pub const VALGRIND: &str = "apt-get install valgrind";

/// How long an operation is done at once: long beside what asking the clock takes, short beside what a system lets run.
const SAMPLE_NS: f64 = 100_000.0;
/// The most times, where the clock says nothing.
const MOST: u32 = 1 << 20;

/// Why nothing was measured.
#[derive(Debug)]
pub enum CannotMeasure {
    /// There is no valgrind.
    NoValgrind,
    /// It ended otherwise than it should: what it said last.
    Valgrind(String),
    /// What it wrote can't be read.
    NotCounted(NotCounted),
    /// An operation isn't right.
    Wrong(Wrong),
    /// A file could not be read or written.
    File(FileError),
}

impl fmt::Display for CannotMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoValgrind => write!(f, "not counted, for want of valgrind: {VALGRIND}"),
            Self::Valgrind(words) => write!(f, "valgrind: {}", Line(words)),
            Self::NotCounted(error) => error.fmt(f),
            Self::Wrong(error) => error.fmt(f),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl From<FileError> for CannotMeasure {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

impl From<NotCounted> for CannotMeasure {
    fn from(error: NotCounted) -> Self {
        Self::NotCounted(error)
    }
}

impl From<Wrong> for CannotMeasure {
    fn from(error: Wrong) -> Self {
        Self::Wrong(error)
    }
}

/// Does each operation twice, of which valgrind counts the second time: the first finds out what the processor can. This is
/// what this program runs under valgrind, and it says what of the processor it sees there, on a line.
pub fn be_counted(out: &mut impl io::Write) -> Result<(), CannotMeasure> {
    on("writing", Path::new("standard output"), writeln!(out, "{}", features().join(" ")))?;
    // valgrind knows no VAES; a processor without AES-NI is another build's.
    if Kernel::AesNi.ask_for().is_err() {
        let _ = Kernel::Portable.ask_for();
    }
    for operation in operations()? {
        operation.prepare(1).warm();
        operation.prepare(1).run();
    }
    Ok(())
}

/// Counts each operation under valgrind, in a process of this program that is given `arguments`.
pub fn count(arguments: &[&str]) -> Result<Baseline, CannotMeasure> {
    let folder = env::temp_dir().join(format!("counterproof-counts-{}", std::process::id()));
    on("making folder", &folder, fs::create_dir(&folder))?;
    let counted = count_in(&folder, arguments);
    let _ = fs::remove_dir_all(&folder); // what is left of it harms nobody
    counted
}

fn count_in(folder: &Path, arguments: &[&str]) -> Result<Baseline, CannotMeasure> {
    let program = program()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--collect-atstart=no", "--dump-instr=yes", "--dump-line=no"]);
    valgrind.args(["--compress-pos=no", "--compress-strings=no"]);
    valgrind.args([format!("--toggle-collect={COUNTED}"), format!("--dump-after={COUNTED}")]);
    valgrind.arg(flag("--callgrind-out-file=", &folder.join("callgrind")));
    // How long its name is moves the heap, its environment the stack, and nothing is to move them.
    let name = folder.join("program");
    on("linking", &name, symlink(&program, &name))?;
    valgrind.arg("./program").args(arguments).current_dir(folder);
    valgrind.env_clear().env("PATH", env::var_os("PATH").unwrap_or_default());
    let output = match valgrind.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(CannotMeasure::NoValgrind),
        output => on("running", Path::new("valgrind"), output)?,
    };
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(CannotMeasure::Valgrind(words.lines().last().unwrap_or_default().to_owned()));
    }
    let features = String::from_utf8_lossy(&output.stdout);
    let content = on("reading", &program, fs::read(&program))?;
    let path = program.to_string_lossy();
    let read = Program::new(&path, &content)?;
    let counted = (1..).zip(operations()?).map(|(place, operation)| {
        let dump = read_text(&folder.join(format!("callgrind.{place}")))?;
        Ok((operation.name.to_owned(), callgrind::read(&dump, &read)?))
    });
    Ok(Baseline {
        counts: counts::VERSION.into(),
        operations: counted.collect::<Result<_, CannotMeasure>>()?,
        built: built(&content, features.split_ascii_whitespace()),
    })
}

/// A flag with a path, which need not be UTF-8.
fn flag(name: &str, path: &Path) -> OsString {
    let mut flag = OsString::from(name);
    flag.push(path);
    flag
}

/// Measures each operation in so many rounds, one operation after the other in each of them.
pub fn measure(rounds: u64, commit: Option<String>) -> Result<Run, CannotMeasure> {
    let operations = operations()?;
    let program = program()?;
    let content = on("reading", &program, fs::read(&program))?;
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let samples = in_turn(&operations.iter().collect::<Vec<_>>(), rounds);
    let operations = record::measured(&operations, &samples);
    let unit = operations.iter().find(|operation| operation.name == UNIT);
    Ok(Run {
        perf: record::VERSION.into(),
        time,
        counterproof: env!("CARGO_PKG_VERSION").into(),
        commit,
        built: built(&content, features().into_iter()),
        processor: processor(),
        system: system(),
        kernel: Kernel::in_use().name().into(),
        versions: REFERENCES.iter().map(|(name, version)| (name.to_string(), version.to_string())).collect(),
        rounds,
        noise: unit.map_or(0.0, |unit| unit.noise),
        operations,
    })
}

/// Nanoseconds of one of each operation, in each of so many rounds: one operation after the other in each of them, so that
/// what slows the machine down slows all of them.
pub fn in_turn(operations: &[&Operation], rounds: u64) -> Vec<Vec<f64>> {
    let times: Vec<u32> = operations.iter().map(|operation| enough(operation)).collect();
    let mut samples = vec![Vec::new(); operations.len()];
    for _ in 0..rounds {
        for ((operation, times), samples) in operations.iter().zip(&times).zip(&mut samples) {
            samples.push(sample(operation, *times));
        }
    }
    samples
}

/// How many times an operation is done so that the clock says something.
fn enough(operation: &Operation) -> u32 {
    let is_short = |times: u32| sample(operation, times) * f64::from(times * operation.of) < SAMPLE_NS;
    let mut times = 1;
    while times < operation.most.min(MOST) && is_short(times) {
        times *= 2;
    }
    times
}

/// Nanoseconds of this thread's processor time for one of it.
fn sample(operation: &Operation, times: u32) -> f64 {
    let mut prepared = operation.prepare(times);
    let begun = thread_ns();
    prepared.run();
    (thread_ns() - begun) / f64::from(times) / f64::from(operation.of)
}

fn thread_ns() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

fn program() -> Result<PathBuf, FileError> {
    on("finding", Path::new("this program"), env::current_exe())
}

fn built<'a>(program: &[u8], features: impl Iterator<Item = &'a str>) -> Built {
    let optimised = !cfg!(debug_assertions);
    Built { compiler: compiler(program), optimised, features: features.map(str::to_owned).collect() }
}

/// What the processor can do that the code under measurement looks for.
fn features() -> Vec<&'static str> {
    #[cfg(target_arch = "x86_64")]
    let all = [
        ("aes", is_x86_feature_detected!("aes")),
        ("pclmulqdq", is_x86_feature_detected!("pclmulqdq")),
        ("avx2", is_x86_feature_detected!("avx2")),
        ("sha", is_x86_feature_detected!("sha")),
        ("vaes", is_x86_feature_detected!("vaes")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(target_arch = "aarch64")]
    let all = [
        ("aes", std::arch::is_aarch64_feature_detected!("aes")),
        ("sha2", std::arch::is_aarch64_feature_detected!("sha2")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let all: [(&str, bool); 0] = [];
    all.into_iter().filter(|(_, is_there)| *is_there).map(|(name, _)| name).collect()
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or(env::consts::ARCH, |(_, name)| name.trim()).to_owned()
}

fn system() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    [env::consts::OS, release.trim(), env::consts::ARCH].map(str::to_owned).join(" ")
}
