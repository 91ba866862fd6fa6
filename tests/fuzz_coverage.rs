//! `fuzz coverage` with tools that are scripts: what it asks of them, what it makes of what they export, and what it says
//! where one is missing. With the real ones it runs nightly; `night::coverage` has the reading of an export.

#![cfg(unix)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

mod program;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use program::{Ended, Folder, PROGRAM};
use serde_json::json;

const HOST: &str = "a-host";

/// A checkout in which each floor has a file of four lines, and tools in `bin`.
struct Checkout(Folder);

impl Checkout {
    fn new(name: &str) -> Self {
        let checkout = Self(Folder::new(name));
        let top = fs::canonicalize(&checkout.0.0).unwrap();
        let top = top.display();
        checkout.file("fuzz/Cargo.toml", "");
        for floor in ["wire", "text", "crypto", "license", "client", "server"] {
            checkout.file(
                &format!("src/channel/{floor}/mod.rs"),
                "a\nif fault::bent(\"x\", false, true)\nc\nd\n",
            );
        }
        checkout.file("fuzz/regressions/frame/old", "regression");
        checkout.file("more/frame/new", "corpus");
        checkout.tool("rustc", &format!("case $2 in -vV) echo host: {HOST};; *) echo {top}/sysroot;; esac"));
        // The program: writes a seed, or appends what it is given to a file.
        let any = "[ -n \"$FUZZ_WRITE\" ] && { mkdir -p \"$FUZZ_WRITE/frame/seeds\"; printf seed >\"$FUZZ_WRITE/frame/seeds/000\"; exit; }\n\
            for input; do cat \"$input\" >>RAN; echo \" $FUZZ_TARGET\" >>RAN; grep -q crash \"$input\" && { echo \"it is wrong\" >&2; exit 1; }; done\n\
            : >\"$(echo \"$LLVM_PROFILE_FILE\" | sed s/%m/1/)\"";
        let any = any.replace("RAN", &format!("{top}/ran"));
        let built = format!("{top}/fuzz/target/coverage/{HOST}/release");
        checkout.tool(
            "cargo",
            &format!(
                "case $RUSTFLAGS in *instrument-coverage*branch*) ;; *) exit 9;; esac\n\
                 mkdir -p {built}; cat >{built}/any <<'END'\n#!/bin/sh\n{any}\nexit 0\nEND\nchmod +x {built}/any"
            ),
        );
        checkout.export("5");
        checkout
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.0.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn script(&self, path: &str, text: &str) {
        self.file(path, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(self.0.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn tool(&self, name: &str, text: &str) {
        self.script(&format!("bin/{name}"), text);
    }

    /// LLVM's tools; the third line of each file ran so often.
    fn export(&self, third: &str) {
        let top = fs::canonicalize(&self.0.0).unwrap();
        let llvm = format!("sysroot/lib/rustlib/{HOST}/bin");
        self.script(&format!("{llvm}/llvm-profdata"), "ls \"$5\" >/dev/null && : >\"$4\"");
        let lines = format!(
            "DA:1,1\\nDA:2,1\\nDA:3,{third}\\nDA:4,1\\nBRDA:2,0,0,-\\nBRDA:4,0,0,1\\nend_of_record\\n"
        );
        self.script(
            &format!("{llvm}/llvm-cov"),
            &format!(
                "for floor in wire text crypto license client server; do printf \"SF:{}/src/channel/$floor/mod.rs\\n{lines}\"; done",
                top.display()
            ),
        );
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = Command::new(PROGRAM);
        let path = format!("{}:{}", self.0.path("bin").display(), std::env::var("PATH").unwrap());
        command.args(["fuzz", "coverage", "--toolchain", "any"]).args(arguments).env("PATH", path);
        Ended::of(command.current_dir(self.0.path("fuzz")).stdin(Stdio::null()))
    }
}

#[test]
fn seeds_regressions_and_corpora_run_and_what_falls_fails() {
    let checkout = Checkout::new("coverage");
    let corpus = checkout.0.path("more");
    checkout
        .run(&["--corpus", corpus.to_str().unwrap()])
        .exits(0)
        .says("4 of 4  100.00 %")
        .says("1 of 1  100.00 %");
    assert_eq!(
        fs::read_to_string(checkout.0.path("ran")).unwrap(),
        "seed frame\nregression frame\ncorpus frame\n"
    );

    checkout.run(&["--write"]).exits(0);
    let floors = fs::read_to_string(checkout.0.path("fuzz/coverage.json")).unwrap();
    checkout.run(&[]).exits(0);
    checkout.export("0");
    let fallen =
        checkout.run(&[]).exits(1).says("not reached, of src/channel:\n  client/mod.rs\n    lines 3\n");
    let fallen = fallen.says("wire fell: 75.00 % of its lines, 100.00 % in fuzz/coverage.json");
    fallen.says("wire is below the goal: 75.00 % of its lines, 95.00 % aimed at");
    let json = checkout.run(&["--json"]).exits(1).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected =
        json!({"floor": "wire", "lines": {"reached": 3, "of": 4}, "branches": {"reached": 1, "of": 1}});
    assert_eq!(json["floors"][0], expected);
    assert_eq!(fs::read_to_string(checkout.0.path("fuzz/coverage.json")).unwrap(), floors, "nobody wrote it");
    checkout.run(&["--write", "--corpus", "."]).exits(2);
}

#[test]
fn what_is_missing_and_what_fails_is_named() {
    let folder = Folder::new("coverage-nowhere");
    folder
        .run(&["fuzz", "coverage"])
        .exits(2)
        .complains("neither here nor above is a checkout of Counterproof");

    let checkout = Checkout::new("coverage-missing");
    checkout.file("fuzz/regressions/frame/old", "crash");
    checkout.run(&[]).exits(3).complains("running the inputs of frame failed:\n  it is wrong");
    checkout.tool("cargo", "echo 'error: a type is wrong' >&2; exit 101");
    checkout
        .run(&[])
        .exits(3)
        .complains("building the program with all targets failed:\n  error: a type is wrong");
    fs::remove_dir_all(checkout.0.path("sysroot")).unwrap();
    checkout
        .run(&[])
        .exits(3)
        .complains("llvm-tools is missing; get it with: rustup component add llvm-tools --toolchain any");
    checkout.tool("rustc", "exit 1");
    checkout
        .run(&[])
        .exits(3)
        .complains("a nightly compiler is missing; get it with: rustup toolchain install any");
}
