//! Pages in a real browser: an accessibility checker finds nothing, in light and dark, on a phone and on a desktop; nothing
//! is asked of the network; the script runs although the policy is strict, and finds.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "page/nights.rs"]
mod nights;
#[allow(dead_code)] // the rest is for other tests
mod program;
mod tools;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use program::{Ended, Folder, PROGRAM};

/// A green run, one that fails, several peers, a zoo, nights of fuzzing, and runs of the benchmark: each as its page.
fn pages(folder: &Folder) -> Vec<String> {
    // Words that have no place to break: what a peer is called by is up to its users.
    let far = folder.path(&"peer".repeat(40));
    symlink(PROGRAM, &far).unwrap();
    let good = format!("'{}' peer", far.display());
    let bad = format!("{good} --fault skips-FRM-5");
    let few = ["--only", "frame-parse-version", "--only", "attack-"];
    let check = |name: &str, peers: &[&str], code| {
        let peers = peers.iter().flat_map(|peer| ["--peer", peer]);
        let arguments: Vec<&str> = ["check", "--report", name].into_iter().chain(peers).chain(few).collect();
        folder.run(&arguments).exits(code);
        folder.run(&["report", "html", "--report", name]).exits(0);
        format!("{name}/report.html")
    };
    let mut pages =
        vec![check("green", &[&good], 0), check("failing", &[&bad], 1), check("two", &[&good, &bad], 1)];
    folder
        .run(&["selftest", "--fault", "skips-FRM-5", "--only", "frame-parse-version", "--json", "zoo.json"])
        .exits(0);
    folder.run(&["report", "html", "--report", "zoo.json"]).exits(0);
    pages.push("zoo.html".to_owned());
    let targets: Vec<_> = oracles::TARGETS.iter().map(|target| (target.name, target.floor.into())).collect();
    fs::write(folder.path("nights.jsonl"), nights::record(&targets, 20)).unwrap();
    fs::write(folder.path("bench.json"), nights::bench(44).to_string()).unwrap();
    folder.run(&["report", "html", "--report", "nights.jsonl"]).exits(0);
    pages.push("nights.html".to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(root.join("reports/perf/runs.jsonl"), folder.path("runs.jsonl")).unwrap();
    folder.run(&["report", "html", "--report", "runs.jsonl"]).exits(0);
    pages.push("runs.html".to_owned());
    pages.iter().map(|page| folder.path(page).to_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_are_accessible_and_stand_alone() {
    if !tools::is_here("pages in a browser", &[tools::BROWSER]) {
        return;
    }
    let folder = Folder::new("browser");
    let pages = pages(&folder);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let arguments = ["tests/browser/audit.mjs", "target/browser"].map(|path| root.join(path));
    let ended = Ended::of(Command::new("node").args(arguments).args(&pages));
    assert_eq!(ended.out, format!("{} pages looked at\n", pages.len()), "{ended:#?}");
    ended.exits(0);
}
