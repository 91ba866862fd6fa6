//! `bench`: what each operation of the hot path takes, and that it notices when one takes more, or is slower.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

mod program;
mod tools;

use std::fmt::Write as _;
use std::fs;

use perf::counts::Baseline;
use perf::path::{REFERENCES, operations};
use perf::record::Run;
use program::{Ended, Folder};
use tools::{VALGRIND, is_here_or_left_to_the_night};

/// How often, and how many bytes; what it does to is there before.
#[test]
fn how_often_each_operation_allocates_and_how_much() {
    let mut table = String::new();
    for operation in operations().unwrap() {
        operation.prepare(1).warm();
        let mut prepared = operation.prepare(1);
        let taken = allocation_counter::measure(|| prepared.run());
        writeln!(table, "{:<50} {:>3} {:>6}", operation.name, taken.count_total, taken.bytes_total).unwrap();
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_kernel_is_asked_for_by_flag_or_environment_and_the_record_names_it() {
    let folder = Folder::new("bench-kernel");
    let kernels = || -> Vec<String> {
        let text = fs::read_to_string(folder.path("runs.jsonl")).unwrap();
        text.lines().map(|line| serde_json::from_str::<Run>(line).unwrap().kernel).collect()
    };
    let record = ["bench", "--rounds", "1", "--record", "runs.jsonl"];
    folder.run(&[&record[..], &["--kernel", "portable"]].concat()).exits(0).says("kernel portable");
    let with = |name: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_counterproof"));
        Ended::of(command.args(record).current_dir(folder.path(".")).env("COUNTERPROOF_KERNEL", name))
    };
    with("portable").exits(0);
    assert_eq!(kernels(), ["portable", "portable"]);
    // Nothing is measured by another than the one that was asked for.
    with("vaes512").exits(2).complains("portable, aesni and vaes");
    folder.run(&["bench", "--kernel", "VAES"]).exits(2).complains("portable, aesni and vaes");
    assert_eq!(kernels().len(), 2);
}

/// How many AES blocks and key schedules an operation takes doesn't depend on the compiler. Twice the same is counted. They
/// are known by instructions of this processor; another's are none of these.
#[cfg(target_arch = "x86_64")]
#[test]
fn aes_blocks_of_each_operation_and_what_takes_more_than_before() {
    if !is_here_or_left_to_the_night("counts", "what each operation takes, counted", VALGRIND) {
        return;
    }
    let folder = Folder::new("bench-counts");
    let count =
        |more: &[&str]| folder.run(&[&["bench", "--counts", "--baseline", "counts.json"], more].concat());
    count(&[]).exits(2).complains("counts.json");
    count(&["--write"]).exits(0).says("baseline: counts.json");
    let read =
        || -> Baseline { serde_json::from_slice(&fs::read(folder.path("counts.json")).unwrap()).unwrap() };
    let counted = read();
    let mut table = String::new();
    for operation in operations().unwrap() {
        let counts = counted.operations[operation.name];
        assert_eq!(counts.key_rounds % 10, 0, "{}: whole schedules of AES-128", operation.name);
        let (blocks, schedules) = (counts.aes_blocks, counts.key_rounds / 10);
        writeln!(table, "{:<50} {blocks:>4} {schedules:>2}", operation.name).unwrap();
    }
    insta::assert_snapshot!(table);

    // As if it had taken a twentieth less, and one block less.
    let mut before = counted.clone();
    let write = |baseline: &Baseline| {
        fs::write(folder.path("counts.json"), serde_json::to_string(baseline).unwrap()).unwrap();
    };
    let seal = before.operations.get_mut("seal 200 bytes").unwrap();
    seal.instructions = seal.instructions * 20 / 21;
    before.operations.get_mut("client signs").unwrap().aes_blocks -= 1;
    write(&before);
    fs::write(
        folder.path("accepted.toml"),
        "[[accepted]]\noperation = \"client signs\"\nwhat = \"aes-blocks\"\ncount = 17\nwhy = \"safer\"\n",
    )
    .unwrap();
    let same = counted.operations.len() * 5 - 2;
    count(&["--accepted", "accepted.toml"])
        .exits(1)
        .says("| seal 200 bytes | instructions |")
        .says("| **more** |")
        .says("| client signs | AES blocks | 16 | 17 | +6.25 % | accepted: safer |")
        .says(&format!("\n1 more than they may be; {same} as before\n"));
    // Nothing is said of another build.
    before.built.compiler = "rustc 1.0.0".into();
    write(&before);
    count(&[]).exits(3).complains("of another build").complains("rustc 1.0.0");
}

#[test]
fn without_valgrind_it_says_how_to_get_it() {
    let folder = Folder::new("bench-without");
    let mut command = std::process::Command::new(program::PROGRAM);
    command.args(["bench", "--counts", "--write"]).current_dir(&folder.0).env("PATH", &folder.0);
    program::Ended::of(&mut command).exits(3).complains("for want of valgrind: apt-get install valgrind");
}

/// Times of a program that isn't optimised, on a machine that does other things: what is shown here is no speed.
#[test]
fn a_run_is_recorded_and_what_is_slower_is_measured_again() {
    let folder = Folder::new("bench-record");
    let bench = |more: &[&str]| folder.run(&[&["bench", "--rounds", "5"], more].concat());
    bench(&["--record", "perf/runs.jsonl"]).exits(0).says("seal 200 bytes").complains("not optimised");
    let text = fs::read_to_string(folder.path("perf/runs.jsonl")).unwrap();
    let run: Run = serde_json::from_str(&text).unwrap();
    assert_eq!(run.operations.len(), operations().unwrap().len());
    assert!(run.operations.iter().all(|it| it.ns > 0.0 && it.ratio > 0.0 && it.noise >= 0.0));
    assert!(run.built.compiler.starts_with("rustc 1.") && !run.built.optimised && run.rounds == 5);

    // As if all had been ten times as fast, or as slow.
    let scaled = |by: f64| {
        let mut scaled = run.clone();
        scaled.operations.iter_mut().for_each(|operation| operation.ratio *= by);
        fs::write(folder.path("base.jsonl"), serde_json::to_string(&scaled).unwrap() + "\n{\"pe").unwrap();
        bench(&["--compare", "base.jsonl", "--record", "again.jsonl"])
    };
    scaled(0.1)
        .exits(1)
        .complains("base.jsonl: left out: line 2: torn")
        .complains("something is slower: measured again")
        .says("| **slower** |")
        .says(&format!("\n{} slower, beside 1 run before\n", run.operations.len()));
    let again = || fs::read_to_string(folder.path("again.jsonl")).unwrap().lines().count();
    assert_eq!(again(), 2);
    scaled(10.0).exits(0).says("| faster |").says("\n0 slower, beside 1 run before\n");
    assert_eq!(again(), 3);
    let elsewhere = Run { processor: "another".into(), ..run.clone() };
    fs::write(folder.path("base.jsonl"), serde_json::to_string(&elsewhere).unwrap()).unwrap();
    bench(&["--compare", "base.jsonl"]).exits(3).complains("no run of such a program on such a processor");
}

#[test]
fn the_references_are_the_crates_that_are_named() {
    let lock = include_str!("../Cargo.lock");
    for (name, version) in REFERENCES {
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")), "{name} {version}");
    }
}
