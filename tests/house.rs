//! The house rules that a machine can check: code against `SPEC.md`, the witness, floors, no unsafe, no
//! traces of a developer, dependencies that say what for, cases that cover. `SPEC.md` is the truth; where a
//! test here fails, mend the code.
//!
//! Source is read as text, with comments, contents of strings and test modules blanked: rough, but it sees
//! every build of every feature at once.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use harness::spec;

const RULES: &str = include_str!("../src/channel/rule.rs");

/// Top-level modules, lowest floor first.
const FLOORS: [&[&str]; 9] = [
    &["error", "rule", "bytes", "serial", "check_digit", "state"],
    &["crypto"],
    &["wire", "text", "carrier"],
    &["license"],
    &["client", "server"],
    &["harness"],
    &["oracles"],
    &["io"],
    &["cli"],
];

/// A file of src.
struct Source {
    /// Below src, such as `wire/frame.rs`.
    name: String,
    /// Without comments, contents of strings and test modules.
    code: String,
}

impl Source {
    /// The top-level module it belongs to.
    fn module(&self) -> &str {
        self.name.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut paths = Vec::new();
    files_below(&src, &mut paths);
    let sources: Vec<_> = paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| Source {
            name: path.strip_prefix(&src).unwrap().to_str().unwrap().to_owned(),
            code: without_tests(&without_words(&fs::read_to_string(path).unwrap())).to_owned(),
        })
        .collect();
    assert!(sources.len() > 50, "the walk finds the source");
    sources
}

/// Blanks comments and the contents of strings and of character literals.
fn without_words(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        match (at(i), at(i + 1)) {
            ('/', '/') => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            ('r', '"' | '#') if !is_word(out.chars().next_back().unwrap_or(' ')) => {
                let hashes = (i + 1..).take_while(|j| at(*j) == '#').count();
                if at(i + 1 + hashes) != '"' {
                    out.push('r'); // r#identifier
                    i += 1;
                    continue;
                }
                i += 2 + hashes;
                let ends = |i: usize| at(i) == '"' && (1..=hashes).all(|j| at(i + j) == '#');
                while i < chars.len() && !ends(i) {
                    i += 1;
                }
                i += 1 + hashes;
                out.push_str("\"\"");
            }
            ('"', _) => {
                i += 1;
                while i < chars.len() && at(i) != '"' {
                    i += if at(i) == '\\' { 2 } else { 1 };
                }
                i += 1;
                out.push_str("\"\"");
            }
            ('\'', '\\') => {
                i += 3;
                while i < chars.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
                out.push_str("' '");
            }
            ('\'', _) if at(i + 2) == '\'' => {
                i += 3;
                out.push_str("' '");
            }
            (c, _) => {
                out.push(c);
                i += 1;
            }
        }
    }
    out
}

/// A test module is the last thing in its file.
fn without_tests(code: &str) -> &str {
    let end = code.find("\n#[cfg(test)]\nmod tests {").unwrap_or(code.len());
    let (code, rest) = code.split_at(end);
    assert!(!code.contains("cfg(test)"), "a test module that is not `mod tests`, or not at the end");
    let after = rest.split_once("\n}\n").map_or("", |(_, after)| after);
    assert!(after.trim().is_empty(), "code after the test module: {after}");
    code
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where `word` stands as a whole word: what is before it, what is after it.
fn occurrences<'a>(code: &'a str, word: &str) -> Vec<(&'a str, &'a str)> {
    code.match_indices(word)
        .map(|(at, _)| (&code[..at], &code[at + word.len()..]))
        .filter(|(before, after)| !before.ends_with(is_word) && !after.starts_with(is_word))
        .collect()
}

/// The names that follow `prefix`, such as `crate::`; those of a list in braces, too.
fn names_after(code: &str, prefix: &str) -> Vec<String> {
    let first_name = |text: &str| text.trim_start().split(|c| !is_word(c)).next().unwrap_or("").to_owned();
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(is_word) {
            continue;
        }
        let after = &code[at + prefix.len()..];
        let Some(list) = after.strip_prefix('{') else {
            names.push(first_name(after));
            continue;
        };
        let mut depth = 0;
        let mut name_next = true;
        for (at, c) in list.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => name_next = true,
                c if name_next && !c.is_whitespace() => {
                    names.push(first_name(&list[at..]));
                    name_next = false;
                }
                _ => {}
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Constant → id, class in kebab case, counter; as they stand in src/rule.rs.
fn rule_constants() -> BTreeMap<String, (String, String, Option<String>)> {
    let mut constants = BTreeMap::new();
    for line in RULES.lines().filter(|line| line.starts_with("pub const ")) {
        let (name, value) = line["pub const ".len()..].split_once(": Rule = Rule::").expect(line);
        let mut quoted = value.split('"').skip(1).step_by(2).map(str::to_owned);
        let class = value.split("Class::").nth(1).unwrap().split(|c| !is_word(c)).next().unwrap();
        let parts = (quoted.next().expect(line), kebab(class), quoted.next());
        assert_eq!(value.starts_with("counted("), parts.2.is_some(), "{line}");
        assert!(constants.insert(name.to_owned(), parts).is_none(), "{name} twice");
    }
    constants
}

fn kebab(camel: &str) -> String {
    let mut out = String::new();
    for c in camel.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[test]
fn every_refusing_requirement_has_exactly_one_constant_with_its_class_and_counter() {
    let stated: BTreeMap<_, _> = spec::requirements()
        .iter()
        .filter_map(|requirement| {
            let class = requirement.class?.to_owned();
            let parts = (requirement.id.to_owned(), class, requirement.counts.map(str::to_owned));
            Some((requirement.id.replace('-', "_"), parts))
        })
        .collect();
    assert!(stated.len() > 70);
    assert_eq!(rule_constants(), stated);
}

#[test]
fn every_rule_is_the_reason_of_some_refusal() {
    let mut unused: BTreeSet<String> = rule_constants().into_keys().collect();
    for source in sources() {
        if ["harness", "rule"].contains(&source.module()) {
            continue;
        }
        // Refusing functions take the rule as an argument; a match may choose it. An import is no use.
        let code: String = source
            .code
            .split_inclusive(';')
            .map(|statement| statement.find("use crate::rule::").map_or(statement, |at| &statement[..at]))
            .collect();
        unused.retain(|rule| {
            !occurrences(&code, rule).iter().any(|(before, after)| {
                let before = before.trim_end();
                let argument = before.ends_with(['(', ',']) || before.ends_with("=>");
                argument && after.trim_start().starts_with([',', ')'])
            })
        });
    }
    assert!(unused.is_empty(), "rules that nothing refuses with: {unused:?}");
}

#[test]
fn refusals_are_made_in_one_place() {
    for source in sources() {
        let made = occurrences(&source.code, "Refusal").iter().any(|(before, after)| {
            let is_literal = after.trim_start().starts_with('{');
            // `impl Display for Refusal {` and `struct Refusal {` are no refusals.
            is_literal && !["for", "impl", "struct"].iter().any(|word| before.trim_end().ends_with(word))
        });
        assert_eq!(made, source.name == "error.rs", "{}", source.name);
    }
}

#[test]
fn the_readers_of_source_see_what_they_should() {
    let code =
        without_words("a(\"// no\"); // yes \" '\nb('\"', r#\"x\"y\"#, 'c', '\\'', r\"\\\"); fn f<'a>()");
    assert_eq!(code, "a(\"\"); \nb(' ', \"\", ' ', ' ', \"\"); fn f<'a>()");
    let names = names_after("use crate::{a::{b, c}, d}; crate::e::f(); my_crate::g", "crate::");
    assert_eq!(names, ["a", "d", "e"]);
    assert_eq!(occurrences("FRM_1, FRM_10, XFRM_1", "FRM_1").len(), 1);
}

fn floor(module: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&module))
        .unwrap_or_else(|| panic!("module {module} has no floor: give it one here and in src/lib.rs"))
}

fn may_use(user: &str, used: &str) -> bool {
    match (user, used) {
        _ if user == used => true,
        ("text" | "carrier", _) => floor(used) == 0,
        ("wire", "text") => true,
        _ => floor(used) < floor(user) || (floor(user) == 0 && floor(used) == 0),
    }
}

#[test]
fn a_floor_uses_only_lower_floors() {
    for source in sources().iter().filter(|source| !["lib.rs", "main.rs"].contains(&source.name.as_str())) {
        for used in names_after(&source.code, "crate::") {
            let user = source.module();
            assert!(may_use(user, &used), "{}: {user} must not use {used}", source.name);
        }
        // Nobody climbs to the crate's root by `super`.
        let depth = source.name.trim_end_matches("/mod.rs").split('/').count();
        assert!(!source.code.contains(&"super::".repeat(depth)), "{}: write crate::", source.name);
    }
    assert!(!may_use("client", "server") && !may_use("server", "client") && !may_use("text", "wire"));
}

#[test]
fn only_io_and_cli_touch_the_world() {
    for source in sources() {
        if ["io", "cli", "main"].contains(&source.module()) {
            continue;
        }
        for used in names_after(&source.code, "std::") {
            let worldly = ["fs", "process", "net", "env", "os", "thread"].contains(&used.as_str());
            assert!(!worldly, "{}: std::{used}", source.name);
        }
        for clock in ["SystemTime", "Instant", "stdin", "stdout", "getrandom", "rustix"] {
            assert!(occurrences(&source.code, clock).is_empty(), "{}: {clock}", source.name);
        }
    }
}

#[test]
fn nothing_is_unsafe() {
    for source in sources() {
        assert!(occurrences(&source.code, "unsafe").is_empty(), "{}", source.name);
        assert!(!source.code.contains("allow(unsafe_code"), "{}", source.name);
    }
}

#[test]
fn no_trace_of_a_developer_is_left() {
    // In halves, so that this file may hold them.
    let traces = [
        ["/ho", "me/"],
        ["/ro", "ot/"],
        ["/tmp/", "wt"],
        ["/Us", "ers/"],
        ["to", "do!("],
        ["unimple", "mented!("],
        ["#[ig", "nore"],
        ["FIX", "ME"],
        ["XX", "X"],
        ["db", "g!("],
    ]
    .map(|halves| halves.concat());
    let mut paths = Vec::new();
    for entry in fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()) {
        let name = entry.file_name().unwrap().to_str().unwrap();
        if entry.is_file() && name != ".git" && name != "Cargo.lock" {
            paths.push(entry);
        } else if ["src", "tests", "vectors", "fuzz", "benches", ".github"].contains(&name) {
            files_below(&entry, &mut paths);
        }
    }
    let generated = |path: &Path| {
        path.components().any(|part| {
            ["target", "artifacts", "coverage", "corpus", "__pycache__"]
                .iter()
                .any(|folder| part.as_os_str() == *folder)
        })
    };
    for path in paths.iter().filter(|path| !generated(path.strip_prefix(root()).unwrap())) {
        let Ok(text) = fs::read_to_string(path) else { continue };
        for trace in &traces {
            let line = text.lines().position(|line| line.contains(trace.as_str()));
            assert_eq!(line, None, "{}: {trace} (lines count from 0)", path.display());
        }
    }
}

#[test]
fn every_dependency_says_what_for() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut seen = 0;
    let mut in_dependencies = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            in_dependencies = line.ends_with("dependencies]");
        } else if in_dependencies && !line.is_empty() && !line.starts_with('#') {
            let what_for = line.rsplit_once(" # ").map_or("", |(_, words)| words);
            assert!(what_for.len() > 5, "what is it for: {line}");
            seen += 1;
        }
    }
    assert!(seen > 15, "the dependencies are found");
}

#[test]
fn case_ids_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for case in cases::all() {
        let kebab = case.id.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        assert!(kebab, "{}", case.id);
        assert!(seen.insert(case.id.clone()), "{} twice", case.id);
    }
}

#[test]
fn cases_cover_requirements_that_exist_and_every_must() {
    let mut covered = BTreeSet::new();
    for case in cases::all() {
        assert!(!case.covers.is_empty(), "{} covers nothing", case.id);
        for id in &case.covers {
            assert!(spec::find(id).is_some(), "{} covers {id}, which SPEC.md does not have", case.id);
        }
        covered.extend(case.covers);
    }
    let left: Vec<_> = spec::requirements()
        .iter()
        .filter(|requirement| requirement.level == "MUST" && requirement.untestable.is_none())
        .filter(|requirement| !covered.contains(requirement.id))
        .map(|requirement| requirement.id)
        .collect();
    assert!(left.is_empty(), "no case covers {left:?}");
}
