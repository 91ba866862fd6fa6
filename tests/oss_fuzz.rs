//! What OSS-Fuzz and ClusterFuzzLite find in `$OUT` after `fuzz/oss-fuzz/build.sh`, as far as it costs nothing to see:
//! with a program that is given, where they build one. That program is this test itself, which has all targets in
//! it, too. The nightly run builds what they would build, and holds it against the same table
//! (`COUNTERPROOF_OSS_FUZZ_OUT` names its `$OUT`).

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

mod tools;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oracles::{TARGETS, Target};
use tools::{PYTHON, ZIP, is_here};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// An empty folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oss-fuzz").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    entries.filter(|path| path.is_file()).map(|path| (name(&path), fs::read(&path).unwrap())).collect()
}

/// This test as the program with all targets: what `fuzz/any.rs` does, as far as it is asked for here. Without its
/// variables it is a test that has nothing to do.
#[test]
fn plays_the_program_with_all_targets() {
    if let Some(root) = env::var_os("FUZZ_WRITE") {
        for target in TARGETS {
            let folder = Path::new(&root).join(target.name);
            fs::create_dir_all(folder.join("seeds")).unwrap();
            for (number, seed) in (target.seeds)().iter().enumerate() {
                fs::write(folder.join(format!("seeds/{number:03}")), seed).unwrap();
            }
            let word = |word: &&[u8]| word.iter().map(|byte| format!("\\x{byte:02X}")).collect::<String>();
            let words: String = target.dictionary.iter().map(|it| format!("\"{}\"\n", word(it))).collect();
            fs::write(folder.join("dict"), words).unwrap();
            fs::write(folder.join("flags"), format!("-max_len={} -entropic=0\n", target.max_len)).unwrap();
        }
    }
    let Some(name) = env::var_os("FUZZ_TARGET") else { return };
    let target = TARGETS.iter().find(|target| OsStr::new(target.name) == name).unwrap();
    for input in env::var("INPUTS").unwrap().lines() {
        (target.run)(&fs::read(input).unwrap());
        println!("ran {input}");
    }
}

/// What stands in `$OUT` is what the table of targets says, and nothing else.
fn holds_the_table(out: &Path) {
    let mut rest: BTreeSet<String> = contents(out).into_keys().collect();
    for target in TARGETS {
        let name = target.name;
        let mut take = |file: String| assert!(rest.remove(&file), "{file} is missing");
        take(name.to_owned());
        take(format!("{name}.options"));
        take(format!("{name}_seed_corpus.zip"));
        let options = fs::read_to_string(out.join(format!("{name}.options"))).unwrap();
        let lines: Vec<_> = options.lines().collect();
        assert_eq!(lines[0], "[libfuzzer]", "{name}");
        assert!(lines.contains(&format!("max_len = {}", target.max_len).as_str()), "{name}: {options}");
        let is_option = |line: &&str| line.split_once(" = ").is_some_and(|(_, value)| !value.is_empty());
        assert!(lines[1..].iter().all(is_option), "{name}: {options}");
        let dictionary = format!("{name}.dict");
        assert_eq!(!target.dictionary.is_empty(), lines.contains(&format!("dict = {dictionary}").as_str()));
        if !target.dictionary.is_empty() {
            take(dictionary.clone());
            let words = fs::read_to_string(out.join(dictionary)).unwrap();
            assert_eq!(words.lines().count(), target.dictionary.len(), "{name}");
            assert!(words.lines().all(|line| line.starts_with("\"\\x") && line.ends_with('"')), "{words}");
        }
        let unpacked = unpacked(out, target);
        let mut expected: Vec<_> = (target.seeds)();
        expected.extend(contents(&root().join("fuzz/regressions").join(name)).into_values());
        expected.sort();
        let mut found: Vec<_> = unpacked.into_values().collect();
        found.sort();
        assert!(found == expected, "{name}: the seeds and regressions, and nothing else");
    }
    rest.remove("counterproof_targets");
    rest.retain(|file| !file.starts_with("llvm-symbolizer"));
    assert!(rest.is_empty(), "nobody's: {rest:?}");
}

/// The inputs in the seed corpus of a target, unpacked into a folder, which is that of the target's name.
fn unpacked(out: &Path, target: &Target) -> BTreeMap<String, Vec<u8>> {
    let into = folder(&format!("unpacked/{}", target.name));
    let mut python = Command::new("python3");
    python.args(["-m", "zipfile", "-e"]).arg(out.join(format!("{}_seed_corpus.zip", target.name))).arg(&into);
    assert!(python.status().unwrap().success(), "{}", target.name);
    contents(&into)
}

fn run_build(out: &Path) -> std::process::Output {
    let source = folder("src");
    std::os::unix::fs::symlink(root(), source.join("counterproof")).unwrap();
    let program = folder("program").join("any");
    // Arguments are the inputs, as libFuzzer takes them.
    let this = env::current_exe().unwrap();
    let script = format!(
        "#!/bin/sh\nINPUTS=$(printf '%s\\n' \"$@\") exec '{}' --exact --nocapture plays_the_program_with_all_targets\n",
        this.display()
    );
    fs::write(&program, script).unwrap();
    let mut permissions = fs::metadata(&program).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&program, permissions).unwrap();
    let mut build = Command::new("bash");
    build.arg(root().join("fuzz/oss-fuzz/build.sh")).env("SRC", &source).env("OUT", out);
    build.env("COUNTERPROOF_FUZZ_PROGRAM", &program).output().unwrap()
}

#[test]
fn what_the_engines_find_is_what_the_table_of_targets_says() {
    if !is_here("what OSS-Fuzz finds", &[ZIP, PYTHON]) {
        return;
    }
    let out = folder("out");
    // Twice: what is there from an earlier time must not stay in a seed corpus.
    for _ in 0..2 {
        let built = run_build(&out);
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    }
    holds_the_table(&out);
    // A quick target and a slow one: the program in $OUT runs what stands beside it.
    for name in ["frame", "login"] {
        let target = TARGETS.iter().find(|target| target.name == name).unwrap();
        let unpacked: Vec<_> = unpacked(&out, target).into_keys().collect();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oss-fuzz/unpacked").join(name);
        let inputs = unpacked.iter().map(|file| folder.join(file));
        let ran = Command::new(out.join(name)).args(inputs).output().unwrap();
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stdout));
        let lines = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(lines.matches("ran ").count(), unpacked.len(), "{name}: {lines}");
    }
}

/// What the nightly run has built with cargo-fuzz stands the same test, and runs its own seeds.
#[test]
fn what_was_built_for_the_engines_is_what_the_table_of_targets_says() {
    let Some(out) = env::var_os("COUNTERPROOF_OSS_FUZZ_OUT").map(PathBuf::from) else { return };
    holds_the_table(&out);
    for target in TARGETS {
        unpacked(&out, target);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oss-fuzz/unpacked").join(target.name);
        let inputs = contents(&folder).into_keys().map(|file| folder.join(file));
        let ran = Command::new(out.join(target.name)).args(inputs).output().unwrap();
        assert!(ran.status.success(), "{}: {}", target.name, String::from_utf8_lossy(&ran.stderr));
    }
}
