//! How much machine code the harness is: what counts when it is built, and the same on every machine.
//!
//! A generic function is compiled once for each type it is used with. In a program that knows a hundred operations and
//! plays thousands of cases, one that does work itself is soon a tenth of all that is built: it should be a thin shell
//! around one that is not generic. This looks at the program as `cargo test` builds it.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use object::{Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};

/// Functions that stand behind every question, every case or every flow: compiled once.
const ONCE: [&str; 4] = [
    "counterproof_harness::trial::Trial::ask",
    "counterproof_harness::trial::Trial::accepts_any",
    "counterproof_harness::trial::Trial::refusal",
    "counterproof_vectors::flow::played",
];

/// The most bytes that all copies of one generic function of ours may have together. What plays the pairs of checks of an
/// operation has most, 517 kB in 73 copies: it clones and changes questions, so that little of it can do without their
/// types.
const MOST_OF_ONE: u64 = 550_000;

/// The most bytes of machine code in the whole program, as built for tests on x86-64. It has 38.9 million since it fuzzes;
/// 35.6 before, with pages (their templates and plots) and words as wide as the terminal; 29.6 without. A change that needs
/// more raises this, and says for what.
const MOST_OF_ALL: u64 = 41_000_000;

/// A function of ours: how often it was compiled, and the bytes of all its copies.
#[derive(Default)]
struct Copies {
    count: u64,
    bytes: u64,
}

/// The program, as a file.
fn program() -> Vec<u8> {
    std::fs::read(env!("CARGO_BIN_EXE_counterproof")).unwrap()
}

/// All functions of this workspace, without their types.
fn functions(program: &[u8]) -> BTreeMap<String, Copies> {
    let file = object::File::parse(program).unwrap();
    let mut all: BTreeMap<String, Copies> = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
        // Without the hash, in which copies differ.
        let name = format!("{:#}", rustc_demangle::demangle(symbol.name().unwrap_or_default()));
        if name.starts_with("counterproof_") {
            let copies = all.entry(name).or_default();
            copies.count += 1;
            copies.bytes += symbol.size();
        }
    }
    all
}

#[test]
fn what_judges_any_operation_is_compiled_once() {
    let all = functions(&program());
    for name in ONCE {
        let count = all.get(name).map_or(0, |copies| copies.count);
        assert_eq!(count, 1, "copies of {name}: renamed, or generic again?");
    }
}

/// Mach-O symbols have no sizes.
#[cfg(not(target_vendor = "apple"))]
#[test]
fn no_generic_function_is_a_large_part_of_the_program() {
    let all = functions(&program());
    let (name, most) =
        all.iter().filter(|(_, copies)| copies.count > 1).max_by_key(|(_, copies)| copies.bytes).unwrap();
    println!("{name}: {} copies, {} bytes", most.count, most.bytes);
    assert!(
        most.bytes <= MOST_OF_ONE,
        "{name}: {} copies, {} bytes: give it an inside that is not generic",
        most.count,
        most.bytes
    );
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn the_program_stays_small() {
    let program = program();
    let file = object::File::parse(&*program).unwrap();
    let code: u64 = file
        .sections()
        .filter(|section| section.kind() == SectionKind::Text)
        .map(|section| section.size())
        .sum();
    println!("{code} bytes of machine code");
    assert!(
        code <= MOST_OF_ALL,
        "{code} bytes of machine code, not {MOST_OF_ALL}: what has grown? (`cargo llvm-lines -p counterproof-cases`)"
    );
}
