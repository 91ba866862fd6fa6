//! What an edition asked for stays what it asked for: its set of requirements is frozen, no id vanishes without a word,
//! and none is used again. `FREEZE=5.1 cargo test --test editions` writes the set of a new edition, once.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use harness::edition::{Edition, Frozen, NEXT, Retired};
use harness::spec;
use harness::suite::fnv;

/// The frozen sets, oldest first, and a sum over each: who changes one by mistake is told.
const FROZEN: [(&str, u64); 1] = [("5", 0xEC76_9DFE_38F3_3109)];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/requirements")
}

fn text(edition: &str) -> String {
    fs::read_to_string(folder().join(format!("{edition}.json"))).unwrap()
}

fn editions() -> Vec<Edition> {
    FROZEN.iter().map(|(edition, _)| Edition::parse(&text(edition)).unwrap()).collect()
}

fn retired() -> Retired {
    serde_json::from_str(&fs::read_to_string(folder().join("retired.json")).unwrap()).unwrap()
}

/// The set as it would be frozen today.
fn today(edition: &str) -> Edition {
    let mut requirements: BTreeMap<String, Frozen> = spec::requirements()
        .iter()
        .map(|it| (it.id.to_owned(), Frozen { level: it.level.to_owned(), cases: BTreeSet::new() }))
        .collect();
    for case in cases::all() {
        for id in &case.covers {
            requirements.get_mut(*id).unwrap().cases.insert(case.id.clone());
        }
    }
    Edition { edition: edition.to_owned(), requirements }
}

/// One requirement per line.
fn written(edition: &Edition) -> String {
    let rows = edition.requirements.iter().map(|(id, frozen)| {
        format!("    {}: {}", serde_json::to_string(id).unwrap(), serde_json::to_string(frozen).unwrap())
    });
    let rows = rows.collect::<Vec<_>>().join(",\n");
    format!("{{\n  \"edition\": \"{}\",\n  \"requirements\": {{\n{rows}\n  }}\n}}\n", edition.edition)
}

#[test]
fn a_frozen_set_is_never_changed() {
    if let Ok(edition) = std::env::var("FREEZE") {
        let path = folder().join(format!("{edition}.json"));
        assert!(!path.exists(), "edition {edition} is frozen");
        fs::write(path, written(&today(&edition))).unwrap();
        return;
    }
    for (edition, sum) in FROZEN {
        assert_eq!(fnv(&text(edition)), sum, "the set of edition {edition} has changed");
        let parsed = Edition::parse(&text(edition)).unwrap();
        assert_eq!((parsed.edition.as_str(), written(&parsed)), (edition, text(edition)));
    }
    let files =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let known =
        FROZEN.iter().map(|(edition, _)| format!("{edition}.json")).chain(["retired.json".to_owned()]);
    assert_eq!(files.collect::<BTreeSet<_>>(), known.collect());
    assert!(FROZEN.iter().all(|(edition, _)| *edition != NEXT), "what comes next is not frozen");
}

#[test]
fn no_case_vanishes_without_a_word() {
    let (today, retired) = (today(NEXT), retired());
    let (now, gone): (BTreeSet<_>, BTreeSet<_>) =
        (today.cases(), retired.cases.keys().map(String::as_str).collect());
    for edition in editions() {
        let missing: Vec<_> = edition
            .cases()
            .into_iter()
            .filter(|id| !now.contains(id) && !gone.contains(id))
            .map(str::to_owned)
            .collect();
        assert!(missing.is_empty(), "of edition {}, and not in retired.json: {missing:?}", edition.edition);
    }
    let again: Vec<_> = gone.intersection(&now).collect();
    assert!(again.is_empty(), "retired, and used again: {again:?}");
}

#[test]
fn no_requirement_vanishes_without_a_word() {
    let (now, retired) = (today(NEXT).requirements, retired());
    for edition in editions() {
        for (id, frozen) in &edition.requirements {
            match now.get(id) {
                Some(today) => assert_eq!(today.level, frozen.level, "{id}, of edition {}", edition.edition),
                None => {
                    assert!(retired.requirements.contains_key(id), "{id}, of edition {}", edition.edition)
                }
            }
        }
    }
    let again: Vec<_> = retired.requirements.keys().filter(|id| now.contains_key(*id)).collect();
    assert!(again.is_empty(), "retired, and used again: {again:?}");
    assert!(retired.requirements.values().chain(retired.cases.values()).all(|reason| !reason.is_empty()));
}

/// A number that is missing in the middle was somebody's once.
#[test]
fn the_numbers_of_an_area_have_no_unexplained_gap() {
    let mut areas: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let retired = retired();
    let known = spec::requirements().iter().map(|it| it.id);
    for id in known.chain(retired.requirements.keys().map(String::as_str)) {
        let (area, number) = id.split_once('-').unwrap();
        areas.entry(area).or_default().insert(number.parse().unwrap());
    }
    for (area, numbers) in areas {
        let all: BTreeSet<u32> = (1..=*numbers.last().unwrap()).collect();
        assert_eq!(numbers, all, "{area}");
    }
}
