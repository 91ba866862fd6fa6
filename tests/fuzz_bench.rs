//! The fuzz bench without its fuzzer: every planted bug still fits the sources and names a target, the result that is
//! committed is one, and a run is read as it was. (`counterproof fuzz bench` itself takes hours; see `fuzz/README.md`.)
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use counterproof::io::fuzz::bench::{CannotBench, Workshop, planted, with_bugs};
use night::bench::{Behind, Bench, Bug, Run, VERSION};
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fuzz-bench").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn every_planted_bug_fits_the_sources() {
    let planted = planted(root()).unwrap();
    let files = with_bugs(root(), &planted).unwrap();
    let calls: usize = files.values().map(|text| text.matches("planted::").count()).sum();
    assert!(calls >= planted.len(), "each says that it is reached");
    assert!(files.values().all(|text| !text.contains("BUG")), "each has its number");
    for bug in &planted {
        assert!(
            oracles::TARGETS.iter().any(|target| target.name == bug.target),
            "{}: {}",
            bug.name,
            bug.target
        );
        assert!(bug.about.ends_with('.') && !bug.behind.is_empty(), "{}", bug.name);
        assert!(bug.replace.contains("planted::") && bug.replace.contains("BUG"), "{}", bug.name);
        let is_plain = bug.behind.contains(&Behind::Plain);
        assert!(!is_plain || bug.behind.len() == 1, "{}: plain, and behind something", bug.name);
    }
}

#[test]
fn a_bug_that_no_longer_fits_is_named() {
    let mut bugs = planted(root()).unwrap();
    bugs[0].find = "no such text".into();
    let Err(CannotBench::NotOnce { name, times: 0, .. }) = with_bugs(root(), &bugs) else {
        panic!("it stands nowhere")
    };
    assert_eq!(name, bugs[0].name);
    bugs[0].find = "\n".into();
    assert!(matches!(with_bugs(root(), &bugs), Err(CannotBench::NotOnce { times: 2.., .. })));
}

/// What the list was chosen for.
#[test]
fn there_are_bugs_of_every_kind() {
    let planted = planted(root()).unwrap();
    let behind = |what: Behind| planted.iter().filter(|bug| bug.behind.contains(&what)).count();
    assert!(planted.len() >= 40, "{}", planted.len());
    assert!(behind(Behind::Mac) >= 15 && behind(Behind::TwoMessages) >= 10 && behind(Behind::Counter) >= 5);
    let files: BTreeSet<&str> = planted.iter().map(|bug| bug.file.as_str()).collect();
    assert!(files.len() >= 20, "in different places");
    // Not those of the zoo again.
    assert!(planted.iter().all(|bug| zoo::all().all(|fault| fault.name != bug.name)));
}

/// The sources themselves know nothing of it.
#[test]
fn nothing_is_planted_in_the_sources() {
    for bug in planted(root()).unwrap() {
        let text = fs::read_to_string(root().join(&bug.file)).unwrap();
        assert!(!text.contains("planted::"), "{}", bug.file);
    }
    assert!(!root().join("src/channel").join("planted.rs").exists());
}

/// A program that stands for the fuzzed one: it does what `script` says.
fn workshop(name: &str, script: &str) -> Workshop {
    let folder = folder(name);
    let program = folder.join("program");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let given = folder.join("given");
    fs::create_dir_all(given.join("frame/seeds")).unwrap();
    fs::write(given.join("frame/flags"), "-max_len=99\n").unwrap();
    fs::write(given.join("frame/dict"), "").unwrap();
    Workshop::of(program, given, folder.join("runs"))
}

fn run(name: &str, script: &str) -> Result<Vec<Run>, CannotBench> {
    workshop(name, script).run(&[3, 4], "frame", 7, Duration::from_secs(1))
}

#[test]
fn a_run_that_finds_a_bug_is_read() {
    let script = "\
         [ \"$FUZZ_TARGET $PLANTED_BUGS\" = 'frame 3,4' ] || exit 1\n\
         case \" $* \" in *' -seed=7 '*) ;; *) exit 1 ;; esac\n\
         case \" $* \" in *' -max_len=99 '*) ;; *) exit 1 ;; esac\n\
         printf 'reached 3 20\\ntriggered 3 1500\\nreached 4 0\\n' >>\"$PLANTED_CANARY\"\n\
         echo \"thread '<unnamed>' (1) panicked at /somewhere/src/oracles/wire.rs:7:9:\" >&2\n\
         echo 'the form is one' >&2\n\
         echo 'stat::number_of_executed_units: 1234' >&2\n\
         echo 'SUMMARY: libFuzzer: deadly signal' >&2\n\
         exit 77";
    let [third, fourth] = run("finds", script).unwrap().try_into().unwrap();
    assert_eq!((third.seed, third.executions), (7, 1234));
    assert_eq!((third.reached_s, third.triggered_s), (Some(0.02), Some(1.5)));
    assert_eq!(third.detected_s, Some(third.seconds));
    assert_eq!(third.said.as_deref(), Some("src/oracles/wire.rs:7:9: the form is one"));
    assert_eq!((fourth.reached_s, fourth.triggered_s), (Some(0.0), None));
}

/// It is told so, and says its numbers.
#[test]
fn a_run_ends_when_it_had_its_time_of_a_processor() {
    let script = "trap 'echo stat::number_of_executed_units: 9 >&2; exit 72' TERM\nwhile :; do :; done";
    let [run, _] = run("ends", script).unwrap().try_into().unwrap();
    assert!(run.seconds >= 1.0 && run.detected_s.is_none() && run.executions == 9, "{run:?}");
}

#[test]
fn a_run_that_finds_nothing_is_no_failure_and_a_program_that_fails_is_one() {
    let [nothing, _] =
        run("nothing", "echo 'stat::number_of_executed_units: 5' >&2").unwrap().try_into().unwrap();
    assert_eq!((nothing.executions, nothing.reached_s, nothing.detected_s), (5, None, None));
    assert_eq!(nothing.said, None);
    let error =
        run("fails", "echo 'ParseDictionaryFile: error in line 1' >&2; exit 1").unwrap_err().to_string();
    assert!(error.contains("frame") && error.contains("ParseDictionaryFile"), "{error}");
    let error = run("missing", "exit 0").map(|_| ()).and_then(|()| {
        Workshop::of("no/such/program".into(), folder("none"), folder("runs"))
            .run(&[1], "frame", 1, Duration::from_secs(1))
            .map(|_| ())
    });
    assert!(matches!(error, Err(CannotBench::File(_) | CannotBench::Command { .. })), "{error:?}");
}

fn schema() -> jsonschema::Validator {
    let text = fs::read_to_string(root().join("reports/fuzz-bench.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
}

fn example() -> Value {
    let run = Run {
        seed: 1,
        seconds: 2.5,
        executions: 9,
        reached_s: Some(0.1),
        triggered_s: Some(0.2),
        detected_s: Some(2.5),
        said: Some("no".into()),
    };
    let bug = Bug {
        name: "a".into(),
        about: "A.".into(),
        behind: vec![Behind::Mac, Behind::TwoMessages, Behind::Counter, Behind::Plain],
        target: "frame".into(),
        runs: vec![run.clone()],
        control: vec![Run { reached_s: None, triggered_s: None, detected_s: None, said: None, ..run }],
    };
    let bench = Bench {
        bench: VERSION.into(),
        counterproof: "0.1.0".into(),
        commit: Some("0123456789abcdef0123456789abcdef01234567+".into()),
        time: 1,
        limit_s: 60.0,
        bugs: vec![bug],
    };
    serde_json::to_value(bench).unwrap()
}

/// What the types write, the schema takes; what lacks a member, or has one of another type, neither takes.
#[test]
fn schema_and_types_judge_alike() {
    let (schema, good) = (schema(), example());
    let is_read = |value: &Value| serde_json::from_value::<Bench>(value.clone()).is_ok();
    assert!(schema.is_valid(&good) && is_read(&good));
    let mut mutants = 0;
    for (pointer, optional) in [
        ("/bench", false),
        ("/counterproof", false),
        ("/commit", true),
        ("/time", false),
        ("/limit_s", false),
        ("/bugs", false),
        ("/bugs/0/name", false),
        ("/bugs/0/about", false),
        ("/bugs/0/behind", false),
        ("/bugs/0/target", false),
        ("/bugs/0/runs", false),
        ("/bugs/0/control", true),
        ("/bugs/0/runs/0/seed", false),
        ("/bugs/0/runs/0/seconds", false),
        ("/bugs/0/runs/0/executions", false),
        ("/bugs/0/runs/0/reached_s", true),
        ("/bugs/0/runs/0/triggered_s", true),
        ("/bugs/0/runs/0/detected_s", true),
        ("/bugs/0/runs/0/said", true),
    ] {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut without = good.clone();
        without.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).unwrap();
        assert_eq!(
            (schema.is_valid(&without), is_read(&without)),
            (optional, optional),
            "{pointer} is missing"
        );
        for wrong in [json!(null), json!({}), json!([7]), json!(true)] {
            let mut other = good.clone();
            *other.pointer_mut(pointer).unwrap() = wrong.clone();
            assert_eq!((schema.is_valid(&other), is_read(&other)), (false, false), "{pointer}: {wrong}");
            mutants += 1;
        }
    }
    assert!(mutants > 50);
    for (pointer, wrong) in
        [("/bench", json!(2)), ("/bugs/0/behind/0", json!("nothing")), ("/time", json!(-1))]
    {
        let mut other = good.clone();
        *other.pointer_mut(pointer).unwrap() = wrong;
        assert!(!schema.is_valid(&other) && !is_read(&other), "{pointer}");
    }
}

/// Of each bug that is planted, and of no other.
#[test]
fn the_committed_result_is_one() {
    let text = fs::read_to_string(root().join("reports/fuzz/bench.json")).unwrap();
    assert!(schema().is_valid(&serde_json::from_str(&text).unwrap()));
    let bench: Bench = serde_json::from_str(&text).unwrap();
    let planted = planted(root()).unwrap();
    let told: Vec<&str> = bench.bugs.iter().map(|bug| bug.name.as_str()).collect();
    let names: Vec<&str> = planted.iter().map(|bug| bug.name.as_str()).collect();
    assert_eq!(told, names, "run `counterproof fuzz bench` again");
    assert!(bench.commit.is_some_and(|commit| !commit.ends_with('+')), "of sources that can be had again");
    assert!(bench.bugs.iter().all(|bug| !bug.runs.is_empty()));
}
