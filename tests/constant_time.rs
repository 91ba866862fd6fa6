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

/// Whose outcome valgrind doesn't see: it is given back and not asked.
const UNSEEN: [&str; 1] = ["key"];

/// What else may depend on a secret, by file and function, and why.
const KNOWN: &[(&str, &str, &str)] = &[
    (
        "crypto/oath/mod.rs",
        "truncate",
        "RFC 4226 takes four bytes from where the last one says: an address within 20 to 64 bytes, one line of the cache",
    ),
    (
        "crypto/oath/mod.rs",
        "reduce",
        "The compiler divides in 32 bits where both numbers fit: that depends on the modulus alone, since 31 bits always do",
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

    /// Whether the outcome of a comparison decides here: `ct_eq`, or `is_it` of a search, stands in this line, or in one of
    /// the three before.
    fn decides(&self) -> bool {
        let Some((file, line)) = &self.channel else { return false };
        let text = fs::read_to_string(root().join("src/channel").join(file)).unwrap();
        text.lines()
            .take(*line)
            .skip(line.saturating_sub(4))
            .any(|line| line.contains(".ct_eq(") || line.contains("is_it("))
    }

    /// Such as `reduce` of `counterproof_channel::crypto::oath::reduce`, or `finish` of `finish<u32>`.
    fn name(&self) -> &str {
        let path = self.function.split('<').next().unwrap_or_default();
        path.rsplit("::").next().unwrap_or_default()
    }

    fn known(&self) -> Option<(&'static str, &'static str)> {
        let (file, _) = self.channel.as_ref()?;
        let known = KNOWN.iter().find(|(known, function, _)| known == file && *function == self.name())?;
        Some((known.0, known.1))
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

/// Where in the channel it is that a secret decides. A refusal is made of the outcome in `error.rs`, for whoever asks.
fn place(stack: &[Frame]) -> Option<(usize, &Frame)> {
    let is_asking = |frame: &Frame| frame.channel.as_ref().is_some_and(|(file, _)| file != "error.rs");
    stack.iter().enumerate().find(|(_, frame)| is_asking(frame))
}

/// Whether it is the outcome of a comparison, and nothing within it: further inside stands only what takes the one bit.
fn is_outcome(stack: &[Frame]) -> bool {
    let looks_at_bytes = |frame: &Frame| ["memcmp", "bcmp"].iter().any(|it| frame.function.contains(it));
    place(stack).is_some_and(|(at, frame)| frame.decides() && !stack[..at].iter().any(looks_at_bytes))
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
        let is_seen = found.iter().any(|stack| is_outcome(stack));
        assert_eq!(is_seen, !UNSEEN.contains(&comparison), "{comparison}: {found:#?}");
        for stack in found.iter().filter(|stack| !is_outcome(stack)) {
            let place = place(stack).and_then(|(_, frame)| frame.known());
            known.insert(place.unwrap_or_else(|| panic!("{comparison}: a secret decides here: {stack:#?}")));
        }
    }
    let listed: BTreeSet<_> = KNOWN.iter().map(|(file, function, _)| (*file, *function)).collect();
    assert_eq!(known, listed, "each known place is still one");
    let (planted, _) = depends_on_a_secret(&program, "planted");
    assert!(!planted.is_empty() && !planted.iter().any(|stack| is_outcome(stack)), "the planted == is found");
}
