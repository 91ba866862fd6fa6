//! What of the reference fuzz inputs reach: the program with all targets, built so that it counts, run over all inputs;
//! its counts merged, and exported as `llvm-cov` does.
//!
//! ```text
//! seeds, regressions, corpora → any → *.profraw → llvm-profdata merge → llvm-cov export → lcov
//! ```
//! All of it stands below `fuzz/target/coverage`, and is made anew by each run, but for what the compiler keeps.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::checkout::{host, rustc};
use super::process::{Unended, to_its_end};
use super::work::{names, remove};
use crate::io::files::{FileError, on, read_at_most};

/// Inputs that one process runs: command lines have an end.
const BATCH: usize = 500;
/// The most that is read of what a tool says: an export of all of the program would be larger.
const MOST: u64 = 1 << 26;
/// How many of the last lines that a tool said are told.
const LAST_LINES: usize = 12;

/// What is measured, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Measure<'a> {
    /// The top of the repository.
    pub root: &'a Path,
    /// The name of a nightly toolchain of rustup's.
    pub toolchain: &'a str,
    /// Folders with a folder for each target, beside its seeds and `fuzz/regressions`. None need be there.
    pub corpora: &'a [PathBuf],
}

/// Why nothing could be measured.
#[derive(Debug)]
pub enum NotMeasured {
    /// This isn't here, and how to get it.
    Missing(&'static str, String),
    /// What was being done ended otherwise than well; the end of what was said.
    Failed(String, String),
    /// What was being done was not done to its end.
    Unended(String, Unended),
    /// A file or folder could not be read or written.
    File(FileError),
}

impl fmt::Display for NotMeasured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what, get) => write!(f, "{what} is missing; get it with: {get}"),
            Self::Failed(doing, said) => write!(f, "{doing} failed:\n{said}"),
            Self::Unended(doing, why) => write!(f, "{doing}: {why}"),
            Self::File(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotMeasured {}

impl From<FileError> for NotMeasured {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// The export of `llvm-cov` in the format of lcov, of the files below `src/channel`.
pub fn measure(of: Measure<'_>) -> Result<String, NotMeasured> {
    let root = &on("finding", of.root, fs::canonicalize(of.root))?;
    let of = Measure { root, ..of };
    let work = root.join("fuzz/target/coverage/run");
    remove(&work)?;
    on("making folder", &work, fs::create_dir_all(&work))?;
    let tools = Tools::find(of, &work)?;
    let program = tools.build()?;
    let given = work.join("given");
    let mut writes = Command::new(&program);
    tools.run(writes.env("FUZZ_WRITE", &given).env("LLVM_PROFILE_FILE", "/dev/null"), "writing the seeds")?;
    // `%m`: all processes of one program add to one file.
    let counts = work.join("%m.profraw");
    for target in names(&given)? {
        for inputs in of.inputs(&given, &target)?.chunks(BATCH) {
            let mut runs = Command::new(&program);
            runs.env("FUZZ_TARGET", &target).env("LLVM_PROFILE_FILE", &counts).args(inputs);
            tools.run(&mut runs, &format!("running the inputs of {target}"))?;
        }
    }
    tools.export(&program)
}

impl Measure<'_> {
    /// The inputs of a target, in an order that doesn't change.
    fn inputs(self, given: &Path, target: &str) -> Result<Vec<PathBuf>, NotMeasured> {
        let own = [given.join(target).join("seeds"), self.root.join("fuzz/regressions").join(target)];
        let corpora = self.corpora.iter().map(|corpora| corpora.join(target));
        let mut inputs = Vec::new();
        for folder in own.into_iter().chain(corpora).filter(|folder| folder.is_dir()) {
            let files = names(&folder)?.into_iter().map(|name| folder.join(name));
            inputs.extend(files.filter(|file| file.is_file()));
        }
        Ok(inputs)
    }
}

/// Where the tools are.
struct Tools<'a> {
    of: Measure<'a>,
    /// Such as `x86_64-unknown-linux-gnu`.
    host: String,
    /// The folder of LLVM's tools.
    llvm: PathBuf,
    /// For what this run makes.
    work: &'a Path,
}

impl<'a> Tools<'a> {
    fn find(of: Measure<'a>, work: &'a Path) -> Result<Self, NotMeasured> {
        let is_none = |_| {
            let get = format!("rustup toolchain install {} --profile minimal", of.toolchain);
            NotMeasured::Missing("a nightly compiler", get)
        };
        let host = host(of.toolchain).map_err(is_none)?;
        let sysroot = rustc(of.toolchain, &["--print", "sysroot"]).map_err(is_none)?;
        let llvm = Path::new(&sysroot).join("lib/rustlib").join(&host).join("bin");
        if !["llvm-cov", "llvm-profdata"].iter().all(|tool| llvm.join(tool).is_file()) {
            let get = format!("rustup component add llvm-tools --toolchain {}", of.toolchain);
            return Err(NotMeasured::Missing("llvm-tools", get));
        }
        Ok(Self { of, host, llvm, work })
    }

    /// Builds the program with all targets.
    fn build(&self) -> Result<PathBuf, NotMeasured> {
        let built = self.of.root.join("fuzz/target/coverage");
        let mut cargo = Command::new("cargo");
        cargo.arg(format!("+{}", self.of.toolchain)).args(["build", "--locked", "--release", "--bin", "any"]);
        cargo.arg("--manifest-path").arg(self.of.root.join("fuzz/Cargo.toml"));
        // For a named target the flags aren't those of build scripts, too.
        cargo.arg("--target").arg(&self.host).arg("--target-dir").arg(&built);
        cargo.env_remove("CARGO_ENCODED_RUSTFLAGS");
        // With one unit each, as release builds have it, it would take twice as long to build.
        cargo.env("RUSTFLAGS", "-Cinstrument-coverage -Zcoverage-options=branch -Ccodegen-units=16");
        self.run(&mut cargo, "building the program with all targets")?;
        Ok(built.join(&self.host).join("release/any"))
    }

    /// Merges what was counted, and exports it.
    fn export(&self, program: &Path) -> Result<String, NotMeasured> {
        let counts = names(self.work)?.into_iter().filter(|name| name.ends_with(".profraw"));
        let merged = self.work.join("all.profdata");
        let mut merge = Command::new(self.llvm.join("llvm-profdata"));
        merge.args(["merge", "--sparse", "-o"]).arg(&merged).args(counts.map(|name| self.work.join(name)));
        self.run(&mut merge, "llvm-profdata")?;
        let mut export = Command::new(self.llvm.join("llvm-cov"));
        export.args(["export", "--format=lcov", "--instr-profile"]).arg(&merged).arg(program);
        export.arg(self.of.root.join("src/channel"));
        self.run(&mut export, "llvm-cov")
    }

    /// Runs a program to its end, and gives what it wrote to standard output.
    fn run(&self, command: &mut Command, doing: &str) -> Result<String, NotMeasured> {
        let [out, err] = ["out", "err"].map(|name| self.work.join(name));
        let create = |path: &Path| on("writing", path, File::create(path));
        command.stdout(create(&out)?).stderr(create(&err)?);
        let status = to_its_end(command, Duration::MAX, |_| ())
            .map_err(|why| NotMeasured::Unended(doing.to_owned(), why))?;
        let read = |path| Ok(String::from_utf8_lossy(&read_at_most(path, MOST)?).into_owned());
        match status.success() {
            true => read(&out),
            false => Err(NotMeasured::Failed(doing.to_owned(), last_lines(&read(&err)?))),
        }
    }
}

fn last_lines(said: &str) -> String {
    let lines: Vec<_> = said.lines().collect();
    lines.get(lines.len().saturating_sub(LAST_LINES)..).unwrap_or_default().join("\n")
}
