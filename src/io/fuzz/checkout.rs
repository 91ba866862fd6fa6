//! The repository that is fuzzed: where it is, which commit, by which compiler, and the program that is built of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::error::Error;
use super::process::{Unended, to_its_end};
use crate::io::files::read_text;

/// The file with the name of the pinned toolchain.
const TOOLCHAIN: &str = "fuzz/toolchain";

/// A checkout.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Its top.
    pub root: PathBuf,
    /// The commit, with `+` behind it where files differ from it.
    pub commit: Option<String>,
}

/// A compiler for fuzzing.
#[derive(Clone, Debug)]
struct Toolchain {
    /// As rustup names it.
    name: String,
    /// As it names itself.
    version: String,
    /// Where it isn't the pinned one: that one's name.
    instead_of: Option<String>,
}

/// The program that is fuzzed, or the programs.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program with all targets.
    pub any: PathBuf,
    /// The folder with a program for each target, where these are wanted.
    pub own: Option<PathBuf>,
    /// The compiler, as it names itself.
    pub compiler: String,
    /// How a person runs it.
    pub by_hand: ByHand,
    /// What a person should know.
    pub remark: Option<String>,
}

/// How a person runs an input, at the top of the repository.
#[derive(Clone, Debug)]
pub enum ByHand {
    /// By cargo fuzz, with this toolchain.
    Cargo(String),
    /// By the program that was given, with all targets.
    Program(PathBuf),
}

/// Both cores build, and the programs of a night of hours are fast enough.
const UNITS: [&str; 2] = ["--codegen-units", "16"];

impl ByHand {
    /// The command, and whether flags of the fuzzer need `--` before them.
    pub(super) fn command(&self, root: &Path, target: &str) -> (String, bool) {
        let is_planted = std::env::var_os("FUZZ_PLANTED").is_some();
        let planted = if is_planted { "FUZZ_PLANTED=1 " } else { "" };
        let has_own = root.join("fuzz/fuzz_targets").join(target).with_extension("rs").is_file();
        match self {
            Self::Cargo(by) if has_own => {
                (format!("cargo +{by} fuzz run {} {target}", UNITS.join(" ")), true)
            }
            Self::Cargo(by) => {
                (format!("{planted}FUZZ_TARGET={target} cargo +{by} fuzz run {} any", UNITS.join(" ")), true)
            }
            Self::Program(path) => (format!("{planted}FUZZ_TARGET={target} {}", word(path)), false),
        }
    }
}

/// A path as a shell takes it.
pub(super) fn word(path: &Path) -> String {
    let words = path.to_string_lossy();
    // Only a NUL can't be quoted, and no path has one.
    shlex::try_quote(&words).map_or_else(|_| words.to_string(), |quoted| quoted.into_owned())
}

impl Checkout {
    /// The one around a folder.
    pub fn around(folder: &Path) -> Result<Self, Error> {
        let root = folder.ancestors().find(|folder| folder.join("fuzz/Cargo.toml").is_file());
        let root = root.ok_or_else(|| Error::NoCheckout(folder.to_owned()))?.to_owned();
        let commit = commit(&root);
        Ok(Self { root, commit })
    }

    /// Builds the program with all targets; where each target is to have one of its own, these, too. One is built sooner
    /// than forty, and slower: after each input the fuzzer looks at the counters of all that is linked.
    pub fn build(&self, each: bool) -> Result<Program, Error> {
        let toolchain = self.compiler()?;
        let mut command = Command::new("cargo");
        command.args([&format!("+{}", toolchain.name), "fuzz", "build"]).args(UNITS);
        if !each {
            command.arg("any");
        }
        command.current_dir(&self.root).env_remove("RUSTUP_TOOLCHAIN");
        build(command.stdout(Stdio::null()))?;
        let built = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "fuzz/target".into(), PathBuf::from);
        let folder = self.root.join(built).join(host(&toolchain.name)?).join("release");
        let any = folder.join("any");
        if !any.is_file() {
            return Err(Error::NotBuilt(format!("{} is not there", any.display())));
        }
        let Toolchain { name, version, instead_of } = toolchain;
        let remark = instead_of
            .map(|pinned| format!("built by {name} ({version}): {pinned} of {TOOLCHAIN} is not installed"));
        Ok(Program {
            any,
            own: each.then_some(folder),
            compiler: version,
            by_hand: ByHand::Cargo(name),
            remark,
        })
    }

    /// The name of the toolchain that builds it.
    pub fn toolchain(&self) -> Result<String, Error> {
        Ok(self.compiler()?.name)
    }

    /// The pinned toolchain; where it isn't installed, the nightly one that is. rustup would fetch what is missing,
    /// so it isn't asked for by name before it is known to be there.
    fn compiler(&self) -> Result<Toolchain, Error> {
        let pinned = read_text(&self.root.join(TOOLCHAIN))?.trim().to_owned();
        let installed = said("rustup", &["toolchain", "list"])?;
        let installed: Vec<&str> = installed.split_ascii_whitespace().collect();
        let is_pinned = |word: &str| word.starts_with(&pinned);
        // `nightly` or `nightly-HOST`; one of a date has that before the host.
        let is_plain = |word: &str| {
            let rest = word.strip_prefix("nightly");
            rest.is_some_and(|rest| !rest.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit()))
        };
        let (name, instead_of) = if installed.iter().any(|word| is_pinned(word)) {
            (pinned, None)
        } else if installed.iter().any(|word| is_plain(word)) {
            ("nightly".to_owned(), Some(pinned))
        } else {
            return Err(Error::NoToolchain(pinned));
        };
        let version = rustc(&name, &["-V"])?;
        Ok(Toolchain { name, version, instead_of })
    }
}

/// What the compiler of a toolchain says.
pub(super) fn rustc(toolchain: &str, arguments: &[&str]) -> Result<String, Error> {
    let by = format!("+{toolchain}");
    Ok(said("rustc", &[&[by.as_str()], arguments].concat())?.trim().to_owned())
}

/// The machine that a toolchain builds for: cargo-fuzz names its folder by that.
pub(super) fn host(toolchain: &str) -> Result<String, Error> {
    let version = rustc(toolchain, &["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Error::NoTool("rustc", std::io::Error::other("it names no host")))
}

/// What git says in a folder; none where git or a repository is missing.
pub(super) fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stderr(Stdio::null());
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What a command says on standard output.
fn said(name: &'static str, arguments: &[&str]) -> Result<String, Error> {
    let mut command = Command::new(name);
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit()).env_remove("RUSTUP_TOOLCHAIN");
    let output = command.output().map_err(|error| Error::NoTool(name, error))?;
    if !output.status.success() {
        return Err(Error::NoTool(name, std::io::Error::other(output.status.to_string())));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a build, whose words go to standard error; it ends with this program.
fn build(command: &mut Command) -> Result<(), Error> {
    match to_its_end(command, Duration::MAX, |_| ()) {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::NotBuilt(format!("cargo fuzz build: {status}"))),
        Err(Unended::NotStarted(error)) => Err(Error::NoTool("cargo", error)),
        Err(Unended::Interrupted(_)) => Err(Error::Interrupted),
        Err(Unended::Late) => Err(Error::NotBuilt("cargo fuzz build doesn't end".to_owned())),
    }
}

/// The commit of a checkout; none where git or a repository is missing. What a night writes is no difference.
fn commit(root: &Path) -> Option<String> {
    // A checkout inside of somebody else's repository has no commit of its own.
    let top = fs::canonicalize(git(root, &["rev-parse", "--show-toplevel"])?).ok()?;
    if fs::canonicalize(root).ok()? != top {
        return None;
    }
    let head = git(root, &["rev-parse", "HEAD"])?;
    let differs = git(root, &["status", "--porcelain", "--", ".", ":!reports/fuzz", ":!reports/perf"])
        .is_none_or(|it| !it.is_empty());
    Some(if differs { head + "+" } else { head })
}
