//! Nothing but the outcome of a comparison depends on a secret. `tests/constant_time` is a program that compares MACs,
//! keys and responses as the reference does, with the secrets marked as undefined; valgrind's memcheck tells every branch
//! and every address that they decide. Which of these may be stands here, with its reason. Deterministic: it sees the code, not
//! the clock.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

mod tools;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use roxmltree::{Document, Node};
use tools::{VALGRIND, is_here_or_left_to_the_night};

/// The comparisons of the program.
const COMPARISONS: [&str; 7] =
    ["tag-hmac", "tag-cmac", "key", "response-profile", "response-hotp", "response-totp", "license-file"];

/// What else may depend on a secret, by file and function, and why.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "crypto/response.rs",
        "write",
        "SIG-2: the right response is written as decimal digits by the standard library, whose time depends on their \
         number. What an attacker learns is how many zeros a response that it doesn't know begins with, from \
         nanoseconds that the whole of a request hides",
    ),
    (
        "crypto/oath/mod.rs",
        "truncate",
        "RFC 4226 takes four bytes from where the last one says: an address within 20 bytes, and a check of its bounds",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn built() -> PathBuf {
    let folder = root().join("target/constant-time");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--release", "--locked", "--quiet", "--manifest-path"]);
    cargo.arg(root().join("tests/constant_time/Cargo.toml")).arg("--target-dir").arg(&folder);
    assert!(cargo.status().unwrap().success());
    folder.join("release/constant_time")
}

/// A place in a program: the function, and where it stands in the sources of the channel, if there.
#[derive(Debug)]
struct Frame {
    function: String,
    /// The file below `src/channel`, and the line.
    channel: Option<(String, usize)>,
}

impl Frame {
    fn read(frame: Node<'_, '_>) -> Self {
        let text = |name: &str| {
            let child = frame.children().find(|child| child.has_tag_name(name));
            child.and_then(|child| child.text()).unwrap_or_default().to_owned()
        };
        let path = format!("{}/{}", text("dir"), text("file"));
        let line = text("line").parse().unwrap_or_default();
        let channel = path.split_once("src/channel/").map(|(_, file)| (file.to_owned(), line));
        Self { function: text("fn"), channel }
    }

    /// Whether the outcome of a comparison decides here: `ct_eq` stands in this line, or in one of the three before.
    fn decides(&self) -> bool {
        let Some((file, line)) = &self.channel else { return false };
        let text = fs::read_to_string(root().join("src/channel").join(file)).unwrap();
        text.lines().take(*line).skip(line.saturating_sub(4)).any(|line| line.contains(".ct_eq("))
    }

    fn is_known(&self) -> bool {
        let (Some((file, _)), name) = (&self.channel, &self.function) else { return false };
        KNOWN.iter().any(|(known, function, _)| {
            known == file && name.rsplit("::").any(|word| word.starts_with(function))
        })
    }
}

/// What depends on a secret, each from the inside out; and the program's exit code.
fn depends_on_a_secret(program: &Path, comparison: &str) -> (Vec<Vec<Frame>>, Option<i32>) {
    let xml = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("constant-time-{comparison}.xml"));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-limit=no", "--read-inline-info=yes", "--num-callers=40", "--xml=yes"]);
    valgrind.arg(format!("--xml-file={}", xml.display())).arg(program).arg(comparison);
    let output = valgrind.output().unwrap();
    let text = fs::read_to_string(&xml).unwrap();
    let document = Document::parse(&text).unwrap();
    let errors = document.descendants().filter(|node| node.has_tag_name("error"));
    let stacks = errors.map(|error| {
        let stack = error.children().find(|child| child.has_tag_name("stack")).unwrap();
        stack.children().filter(|child| child.has_tag_name("frame")).map(Frame::read).collect()
    });
    (stacks.collect(), output.status.code())
}

/// Whether it is the outcome of a comparison, and nothing within it: further inside stands only what takes the one bit.
fn is_outcome(stack: &[Frame]) -> bool {
    let innermost = stack.iter().position(|frame| frame.channel.is_some());
    let looks_at_bytes = |frame: &Frame| ["memcmp", "bcmp"].iter().any(|it| frame.function.contains(it));
    innermost.is_some_and(|at| stack[at].decides() && !stack[..at].iter().any(looks_at_bytes))
}

#[test]
fn nothing_but_the_outcome_of_a_comparison_depends_on_a_secret() {
    if !is_here_or_left_to_the_night("constant-time", "comparisons in constant time", VALGRIND) {
        return;
    }
    let program = built();
    let mut known = BTreeSet::new();
    for comparison in COMPARISONS {
        let (found, code) = depends_on_a_secret(&program, comparison);
        assert_eq!(code, Some(0), "{comparison} comes out right");
        assert!(
            found.iter().any(|stack| is_outcome(stack)) || comparison == "key",
            "{comparison}: {found:#?}"
        );
        for stack in found.iter().filter(|stack| !is_outcome(stack)) {
            let reason = stack.iter().find(|frame| frame.is_known());
            let reason = reason.unwrap_or_else(|| panic!("{comparison}: a secret decides here: {stack:#?}"));
            known.insert(reason.channel.clone().unwrap().0);
        }
    }
    let listed: BTreeSet<_> = KNOWN.iter().map(|(file, ..)| (*file).to_owned()).collect();
    assert_eq!(known, listed, "each known place is still one");
    let (planted, _) = depends_on_a_secret(&program, "planted");
    assert!(!planted.is_empty() && !planted.iter().any(|stack| is_outcome(stack)), "the planted == is found");
}
