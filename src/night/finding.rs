//! What failed, from what the fuzzer printed: its kind, what was said, the rule, the functions of ours; and the key by which
//! two failures are the same. Pure.
//!
//! ```text
//! thread '<unnamed>' (17) panicked at src/oracles/wire.rs:64:5:       → kind: panic
//! FRM-5: 23 bytes are accepted                                       → said, rule
//! stack backtrace:
//!    4: counterproof_oracles::wire::frame                            → frames
//! ```
//! The key is of what says *how* it failed, not with which input: numbers and quoted values in what was said don't
//! count, nor do lines of source, so that an edit above doesn't make an old finding a new one.

use rustc_demangle::demangle;
use sha2::{Digest, Sha256};

use crate::record::Kind;

/// The most that is kept of what was said: lines, and characters.
const LINES: usize = 6;
const CHARACTERS: usize = 600;
/// Functions that are kept.
const FRAMES: usize = 5;
/// Functions that the key has.
const IN_KEY: usize = 3;

/// How an input failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub kind: Kind,
    /// What the program said.
    pub said: String,
    /// The requirement that it named.
    pub rule: Option<String>,
    /// The innermost functions of ours, the innermost first.
    pub frames: Vec<String>,
}

impl Failure {
    /// Reads what the fuzzer printed from the first line of a failure on. `is_rule` knows the requirements.
    pub fn read(text: &str, is_rule: impl Fn(&str) -> bool) -> Self {
        let (kind, said) = what(text);
        let said = shortened(&said);
        let rule = said.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).find(|word| is_rule(word));
        let rule = rule.map(str::to_owned);
        Self { kind, rule, frames: frames(text), said }
    }

    /// By what two failures of a target are the same: 16 hex digits.
    pub fn key(&self) -> String {
        let first = self.said.lines().next().unwrap_or_default();
        let kind = format!("{:?}", self.kind);
        // An oracle that names its rule is told apart by that; what it says besides may be any value.
        let said = self.rule.clone().unwrap_or_else(|| without_values(first));
        // Where time or memory ran out is chance.
        let frames = match self.kind {
            Kind::Timeout | Kind::OutOfMemory => &[],
            _ => self.frames.get(..IN_KEY.min(self.frames.len())).unwrap_or_default(),
        };
        let mut hash = Sha256::new();
        for part in [kind, said].iter().chain(frames) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn what(text: &str) -> (Kind, String) {
    let line = |part: &str| text.lines().find(|line| line.contains(part));
    let tail =
        |line: &str, part: &str| line.split_once(part).map_or(line, |(_, tail)| tail).trim().to_owned();
    if let Some(line) = line("ERROR: libFuzzer: timeout") {
        return (Kind::Timeout, tail(line, "libFuzzer: "));
    }
    if let Some(line) = line("ERROR: libFuzzer: out-of-memory") {
        return (Kind::OutOfMemory, tail(line, "libFuzzer: "));
    }
    if let Some(line) = text.lines().find(|line| is_refused_allocation(line)) {
        return (Kind::OutOfMemory, line.to_owned());
    }
    if let Some(message) = panic_of(text) {
        return (Kind::Panic, message);
    }
    for part in ["Sanitizer: ", "ERROR: libFuzzer: "] {
        if let Some(line) = line(part) {
            let kind = if part.contains("Sanitizer") { Kind::Sanitizer } else { Kind::Died };
            return (kind, tail(line, "ERROR: "));
        }
    }
    let last: Vec<&str> = text.lines().rev().filter(|line| !line.trim().is_empty()).take(LINES).collect();
    (Kind::Died, last.into_iter().rev().collect::<Vec<_>>().join("\n"))
}

fn is_refused_allocation(line: &str) -> bool {
    line.starts_with("memory allocation of ") && line.contains(" bytes failed")
}

/// The message of the last panic: one before it may have been caught.
fn panic_of(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().rposition(|line| line.starts_with("thread '") && line.contains("panicked at"))?;
    let message = lines.get(at + 1..)?.iter().take_while(|line| {
        !line.starts_with("stack backtrace:") && !line.starts_with("note: ") && !line.starts_with("==")
    });
    let message: Vec<&str> = message.copied().collect();
    // A panic without a message names its place alone.
    Some(message.join("\n"))
        .filter(|message| !message.trim().is_empty())
        .or_else(|| Some((*lines.get(at)?).to_owned()))
}

/// The first lines, without numbers of processes and addresses.
fn shortened(said: &str) -> String {
    let lines: Vec<&str> = said.lines().take(LINES).map(str::trim_end).collect();
    let text = lines.join("\n");
    match text.char_indices().nth(CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The text without what differs from input to input: digits, hex, and what stands in quotes or brackets.
fn without_values(text: &str) -> String {
    let mut out = String::new();
    let mut closing = None;
    for c in text.chars() {
        match (closing, c) {
            (Some(end), _) if c == end => closing = None,
            (Some(_), _) => {}
            (None, '"') => closing = Some('"'),
            (None, '[') => closing = Some(']'),
            (None, '{') => closing = Some('}'),
            (None, c) => out.push(c),
        }
    }
    let is_value = |word: &str| word.bytes().any(|byte| byte.is_ascii_digit());
    let words = out.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|word| !word.is_empty() && !is_value(word)).collect::<Vec<_>>().join(" ")
}

/// The functions of ours in the last backtrace of a panic, or else in the stack of the sanitizer.
fn frames(text: &str) -> Vec<String> {
    let from = text.rfind("stack backtrace:").map(|at| (at, true));
    let from = from.or_else(|| text.find("    #0 ").map(|at| (at, false)));
    let Some((at, is_panic)) = from else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    let mut lines = text.get(at..).unwrap_or_default().lines().peekable();
    while let Some(line) = lines.next() {
        // The stack of the process comes after the panic's; it is the same, and deeper.
        if is_panic && line.starts_with("==") {
            break;
        }
        let Some(name) = function(line).map(|name| plain(&name)) else { continue };
        if is_entry(&name) {
            break; // below it are the fuzzer and the C library
        }
        // A function that was inlined has lost its path; its file is below the folder that the fuzzer runs in.
        let is_here = lines.peek().is_some_and(|next| next.trim_start().starts_with("at ./"));
        if (is_here || is_ours(&name)) && found.last() != Some(&name) && found.len() < FRAMES {
            found.push(name);
        }
    }
    found
}

/// The function of a line of a backtrace: `   4: name`, or `    #4 0x55d0 in name /file:1:2`.
fn function(line: &str) -> Option<String> {
    let line = line.trim_start();
    if let Some(rest) = line.strip_prefix('#') {
        let (_, name) = rest.split_once(" in ")?;
        // A name may have blanks in it, the file behind it begins with a slash or a bracket.
        let end = name.find(" /").or_else(|| name.find(" (")).unwrap_or(name.len());
        return Some(format!("{:#}", demangle(name.get(..end)?.trim())));
    }
    let (number, name) = line.split_once(": ")?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{:#}", demangle(name.trim())))
}

/// Without hashes of crates (`[0123abcd]`) and of functions (`::h0123456789abcdef`).
fn plain(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find(']').map_or(from.len(), |end| end + 1);
        let inner = from.get(1..end.saturating_sub(1)).unwrap_or_default();
        let is_hash = inner.len() > 8 && inner.bytes().all(|byte| byte.is_ascii_hexdigit());
        out.push_str(if is_hash { "" } else { from.get(..end).unwrap_or_default() });
        rest = from.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    let hash = out.rfind("::h").filter(|at| {
        let tail = out.get(at + 3..).unwrap_or_default();
        tail.len() == 16 && tail.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    hash.map_or(out.clone(), |at| out.get(..at).unwrap_or_default().to_owned())
}

/// Ours are the packages of this workspace, and the program that is fuzzed.
fn is_ours(name: &str) -> bool {
    let name = name.trim_start_matches(['<', '&']);
    name.starts_with("counterproof") || name.starts_with("any::")
}

/// What the fuzzer calls: every stack has it.
fn is_entry(name: &str) -> bool {
    ["rust_fuzzer_test_input", "libfuzzer_sys_run"].iter().any(|entry| name.contains(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What libFuzzer printed; paths of the machine shortened.
    const PANIC: &str = include_str!("fixtures/panic.txt");
    const MEMORY: &str = include_str!("fixtures/memory.txt");

    fn read(text: &str) -> Failure {
        Failure::read(text, |word| ["VER-8", "FRM-5"].contains(&word))
    }

    #[test]
    fn a_panic_is_what_it_says_where_it_happened() {
        let failure = read(PANIC);
        assert_eq!(failure.kind, Kind::Panic);
        assert_eq!(failure.said, "VER-8: planted: 5 bytes are accepted twice");
        assert_eq!(failure.rule.as_deref(), Some("VER-8"));
        assert_eq!(failure.frames, ["any::planted_deep", "any::planted"]);
    }

    #[test]
    fn too_much_memory_is_told_from_a_panic() {
        let failure = read(MEMORY);
        assert_eq!(failure.kind, Kind::OutOfMemory);
        assert_eq!(failure.said, "out-of-memory (used: 103Mb; limit: 80Mb)");
        assert_eq!(failure.key(), read(&MEMORY.replace("103Mb", "1037Mb")).key());
        let refused =
            read("memory allocation of 99999999 bytes failed\n==1== ERROR: libFuzzer: deadly signal");
        assert_eq!(refused.kind, Kind::OutOfMemory);
    }

    #[test]
    fn what_takes_too_long_is_a_timeout_wherever_it_was() {
        let text = "ALARM: working on the last Unit for 6 seconds\n       and the timeout value is 5\n\
            ==7== ERROR: libFuzzer: timeout after 6 seconds\n    #1 0x5 in counterproof_oracles::flows::run /x:1:1\n";
        assert_eq!(read(text).kind, Kind::Timeout);
        assert_eq!(read(text).said, "timeout after 6 seconds");
        let elsewhere = text.replace("flows::run", "flows::play").replace("6 seconds", "11 seconds");
        assert_eq!(read(text).key(), read(&elsewhere).key());
    }

    #[test]
    fn the_sanitizer_names_functions_of_ours() {
        let text = "==7==ERROR: AddressSanitizer: stack-overflow on address 0x7ffd (pc 0x5 bp 0x6 sp 0x7 T0)\n    \
            #0 0x55d0 in core::fmt::write /rustc/x.rs:1:1\n    \
            #1 0x55d1 in _ZN20counterproof_channel4wire5frame17h0123456789abcdefE /src/counterproof/src/wire.rs:1:1\n    \
            #2 0x55d2 in <counterproof_channel::wire::Frame>::decode /src/counterproof/src/wire.rs:2:1\n";
        let failure = read(text);
        assert_eq!(failure.kind, Kind::Sanitizer);
        assert!(failure.said.starts_with("AddressSanitizer: stack-overflow"), "{failure:?}");
        let frames = ["counterproof_channel::wire::frame", "<counterproof_channel::wire::Frame>::decode"];
        assert_eq!(failure.frames, frames);
    }

    #[test]
    fn values_and_lines_make_no_new_finding_but_rules_and_functions_do() {
        let same = PANIC.replace("5 bytes", "4711 bytes").replace("any.rs:118", "any.rs:120");
        assert_ne!(same, PANIC);
        assert_eq!(read(&same).key(), read(PANIC).key());
        assert_ne!(read(&PANIC.replace("VER-8", "FRM-5")).key(), read(PANIC).key());
        assert_ne!(read(&PANIC.replace("planted_deep", "planted_high")).key(), read(PANIC).key());
        // Without a rule it is what was said, without its values.
        let no_rule = PANIC.replace("VER-8: planted: 5", "left: [1, 2] \"a\" is not");
        assert_eq!(read(&no_rule).key(), read(&no_rule.replace("[1, 2] \"a\"", "[7] \"bc\"")).key());
        assert_ne!(read(&no_rule).key(), read(&no_rule.replace("accepted", "refused")).key());
        assert_eq!(read(PANIC).key().len(), 16);
    }

    #[test]
    fn what_nobody_explains_is_told_by_its_last_lines() {
        assert_eq!(read("").kind, Kind::Died);
        let failure = read("noise\n\nKilled\n");
        assert_eq!((failure.kind, failure.said.as_str()), (Kind::Died, "noise\nKilled"));
        assert!(read(&"x".repeat(5000)).said.chars().count() <= CHARACTERS + 1);
        assert_eq!(
            read("thread 'a' panicked at x.rs:1:2:\nnote: run").said,
            "thread 'a' panicked at x.rs:1:2:"
        );
    }
}
