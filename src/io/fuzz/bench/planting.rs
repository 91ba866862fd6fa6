//! The planted bugs, and the copy of the sources that they are planted into.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::CannotBench;
use crate::io::files::{on, read_text};
use crate::io::fuzz::checkout::git;
use night::bench::Behind;

/// What the program with all targets needs to be built. In `fuzz` there are corpora, too, which are large.
const COPIED: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "fuzz/Cargo.toml",
    "fuzz/Cargo.lock",
    "fuzz/fuzz_targets",
    "fuzz/any.rs",
    "fuzz/extra.rs",
    "benches",
    "tests/store",
];

/// A file of `fuzz/bench/planted`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planted {
    /// The name of the file, without its ending.
    #[serde(skip)]
    pub name: String,
    /// What is wrong, as a sentence.
    pub about: String,
    /// What stands before it.
    pub behind: Vec<Behind>,
    /// The target that is to find it.
    pub target: String,
    /// The file that it is planted in.
    pub file: String,
    /// What stands there, exactly once.
    pub find: String,
    /// What stands there instead; `BUG` is its number.
    pub replace: String,
}

/// Where the planted bugs of a checkout are.
pub fn folder(root: &Path) -> PathBuf {
    root.join("fuzz/bench/planted")
}

/// What the bench's program is made of, as git names it.
const FUZZED: [&str; 11] = [
    "src/channel",
    "src/carrier",
    "src/peer",
    "src/harness",
    "src/oracles",
    "fuzz/bench",
    "fuzz/any.rs",
    "fuzz/Cargo.toml",
    "fuzz/Cargo.lock",
    "Cargo.toml",
    "Cargo.lock",
];

/// The last commit that changed what is fuzzed, in hex, with `+` behind it where files differ from it; none outside of a
/// repository.
pub fn commit(root: &Path) -> Option<String> {
    let of_fuzzed = |words: &[&str]| git(root, &[words, &["--"], &FUZZED].concat());
    let commit = of_fuzzed(&["log", "-1", "--format=%H"]).filter(|commit| !commit.is_empty())?;
    let changes = of_fuzzed(&["status", "--porcelain"])?;
    Some(if changes.is_empty() { commit } else { commit + "+" })
}

/// The planted bugs of a checkout, by name. The number of a bug is its place among them.
pub fn planted(root: &Path) -> Result<Vec<Planted>, CannotBench> {
    let folder = folder(root);
    let mut paths = BTreeSet::new();
    for entry in on("read", &folder, fs::read_dir(&folder))? {
        paths.insert(on("read", &folder, entry)?.path());
    }
    let bug = |path: PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match basic_toml::from_str::<Planted>(&read_text(&path)?) {
            Ok(bug) => Ok(Planted { name, ..bug }),
            Err(error) => Err(CannotBench::NotABug { name, words: error.to_string() }),
        }
    };
    paths.into_iter().filter(|path| path.extension() == Some(OsStr::new("toml"))).map(bug).collect()
}

/// The files that bugs are planted in, with all of them planted.
pub fn with_bugs(root: &Path, planted: &[Planted]) -> Result<BTreeMap<String, String>, CannotBench> {
    let mut files = BTreeMap::new();
    for bug in planted {
        if !files.contains_key(&bug.file) {
            files.insert(bug.file.clone(), read_text(&root.join(&bug.file))?);
        }
    }
    // Each against what stands there now: one bug must not hide what another replaces.
    for (number, bug) in planted.iter().enumerate() {
        let Planted { name, file, find, replace, .. } = bug;
        let Some(text) = files.get_mut(file) else { continue };
        let times = text.matches(find.as_str()).count();
        if times != 1 {
            return Err(CannotBench::NotOnce { name: name.clone(), file: file.clone(), times });
        }
        *text = text.replacen(find.as_str(), &replace.replace("BUG", &number.to_string()), 1);
    }
    Ok(files)
}

/// Copies the sources with the bugs in them. What is there already and the same is left alone, so that little is built.
pub(super) fn copy(root: &Path, work: &Path, planted: &[Planted]) -> Result<(), CannotBench> {
    let mut files = BTreeMap::new();
    for name in COPIED {
        collect(root, Path::new(name), &mut files)?;
    }
    let bent = with_bugs(root, planted)?;
    files.extend(bent.into_iter().map(|(name, text)| (PathBuf::from(name), text.into_bytes())));
    for (from, into, name) in
        [("planted.rs", "src/channel", "planted.rs"), ("control.rs", "fuzz", "extra.rs")]
    {
        let text = read_text(&root.join("fuzz/bench").join(from))?;
        files.insert(Path::new(into).join(name), text.into_bytes());
    }
    // The switch is a module of the lowest member, and the control asks the reference itself.
    append(&mut files, "src/channel/lib.rs", "\npub mod planted;\n");
    let members = ["channel", "harness"]
        .map(|it| format!("[dependencies.{it}]\npackage = \"counterproof-{it}\"\npath = \"../src/{it}\"\n"));
    append(&mut files, "fuzz/Cargo.toml", &format!("\n{}", members.concat()));
    let mut there = BTreeMap::new();
    for name in COPIED {
        if work.join(name).exists() {
            collect(work, Path::new(name), &mut there)?;
        }
    }
    for (name, content) in &files {
        if there.get(name) != Some(content) {
            let path = work.join(name);
            let folder = path.parent().unwrap_or(work);
            on("make", folder, fs::create_dir_all(folder))?;
            on("write", &path, fs::write(&path, content))?;
        }
    }
    for name in there.keys().filter(|name| !files.contains_key(*name)) {
        let path = work.join(name);
        on("remove", &path, fs::remove_file(&path))?;
    }
    Ok(())
}

fn append(files: &mut BTreeMap<PathBuf, Vec<u8>>, name: &str, text: &str) {
    files.entry(name.into()).or_default().extend(text.as_bytes());
}

/// All files of a folder, or the one file, by their names below `root`.
fn collect(root: &Path, name: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<(), CannotBench> {
    let path = root.join(name);
    if !path.is_dir() {
        files.insert(name.to_owned(), on("read", &path, fs::read(&path))?);
        return Ok(());
    }
    for entry in on("read", &path, fs::read_dir(&path))? {
        collect(root, &name.join(on("read", &path, entry)?.file_name()), files)?;
    }
    Ok(())
}
