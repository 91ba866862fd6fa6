//! The house rules that a machine can check: code against `SPEC.md`, the witness, floors, circles of modules, no
//! unsafe, no traces of a developer, dependencies that say what for, maps that are right, cases that cover. `SPEC.md`
//! is the truth; where a test here fails, mend the code.
//!
//! The floors between the members of the workspace are kept by the compiler, from their manifests. What is kept here
//! are the floors inside of the channel and of the program, and that manifests and maps say the same.

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use harness::spec;
use manifests::{Manifest, map_of, members, with_manifest};
use modules::{Member, Module};
use source::{files_below, is_word, names_after, occurrences, root, sources, without_words};

#[path = "house/manifests.rs"]
mod manifests;
#[path = "house/modules.rs"]
mod modules;
#[path = "house/source.rs"]
mod source;

const RULES: &str = include_str!("../src/channel/rule.rs");
/// The page of the architecture.
const MAP: &str = include_str!("../src/lib.rs");

/// The floors of the channel, lowest first.
const CHANNEL: [&[&str]; 5] = [
    &["class", "rule", "error", "fault", "bytes", "serial", "check_digit", "state"],
    &["crypto"],
    &["wire", "text"],
    &["license"],
    &["client", "server"],
];

/// Constant → id, class in kebab case, counter; as they stand in src/channel/rule.rs.
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
        let refuses = ["channel", "carrier"].contains(&source.member.as_str());
        if !refuses || source.name == "rule.rs" {
            continue;
        }
        // Refusing functions take the rule as an argument; a match may choose it. An import is no use.
        let import = if source.member == "channel" { "use crate::rule::" } else { "use channel::rule::" };
        let code: String = source
            .code
            .split_inclusive(';')
            .map(|statement| statement.find(import).map_or(statement, |at| &statement[..at]))
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
        assert_eq!(made, source.place() == "src/channel/error.rs", "{}", source.place());
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

/// The modules of a member; of the program, without `main.rs`.
fn member(name: &str) -> Member {
    let files = sources().iter().filter(|source| source.member == name && source.name != "main.rs");
    Member::new(files.map(|source| Module::read(source.path(), &source.code)).collect())
}

#[test]
fn the_floors_of_the_channel_are_kept() {
    let floor = |module: &str| {
        let found = CHANNEL.iter().position(|floor| floor.contains(&module));
        found.unwrap_or_else(|| {
            panic!("module {module} has no floor: give it one here and in src/channel/lib.rs")
        })
    };
    let may_use = |user: &str, used: &str| match (user, used) {
        _ if user == used => true,
        ("text", _) => floor(used) == 0,
        ("wire", "text") => true,
        _ => floor(used) < floor(user) || (floor(user) == 0 && floor(used) == 0),
    };
    let uses = member("channel").uses_between_folders();
    assert!(uses.len() > 15, "uses are found: {uses:?}");
    for (user, used, name) in uses {
        assert!(may_use(&user, &used), "{user} must not use {used}, but takes {name} of it");
    }
    assert!(!may_use("client", "server") && !may_use("server", "client") && !may_use("text", "wire"));
}

#[test]
fn the_program_is_cli_over_io() {
    let uses = member("").uses_between_folders();
    let all: BTreeSet<_> = uses.iter().map(|(user, used, _)| (user.as_str(), used.as_str())).collect();
    assert_eq!(all, BTreeSet::from([("cli", "io")]), "{uses:?}");
}

/// What is a circle? Two files or more of one member, each of which uses the next in its code, tests apart; or folders
/// side by side that do so, whatever their files. A file uses another one when it names what is *defined* there. So
/// a `mod.rs` that declares its children and passes their names on is none. A parent that uses what its child defines,
/// where the child uses what the parent defines, is one: then neither can be read, or tested, without the other.
/// The usual mend is a file of its own, below both, for what both need.
///
/// One thing isn't seen: a method. A type may spread its `impl` over several files, each of which names the type, as
/// [`channel::client::Client`] does.
#[test]
fn no_modules_use_each_other_in_a_circle() {
    let names = members().into_keys().map(|name| if name == "counterproof" { String::new() } else { name });
    for name in names {
        let circles = member(&name).circles();
        assert!(circles.is_empty(), "circles in src/{name}:\n{}", circles.join("\n"));
    }
}

#[test]
fn circles_are_found_and_spelled_out() {
    let circles = |files: &[(&str, &str)]| {
        let path = |name: &str| name.split_terminator("::").map(str::to_owned).collect();
        Member::new(files.iter().map(|(name, code)| Module::read(path(name), code)).collect()).circles()
    };
    let two = "a uses two of b, b uses One of a";
    for (a, b) in [
        ("use crate::b::two; pub struct One;", "use super::a::One; pub fn two() {}"),
        ("use super::b; pub struct One; fn f() { b::two() }", "pub fn two() { crate::a::One }"),
        ("use crate::{b::{self as c, three}, d}; fn f() { c::two() }", "use super::a::{One}; fn two() {}"),
        ("use crate::passes::*; struct One; fn f() { two() }", "use crate::passes::One; fn two() {}"),
        ("mod in_line { use super::super::b::two; } enum One {}", "fn two(_: crate::a::One) {}"),
    ] {
        let root = ("", "mod a; mod b; mod passes;");
        let passes = ("passes", "pub use crate::a::One; pub use super::b::two;");
        let a = if a.contains("One") { a.to_owned() } else { format!("{a} struct One;") };
        assert_eq!(circles(&[root, ("a", &a), ("b", b), passes]), [two], "{a} / {b}");
    }
    let parent = "mod a; pub struct One; fn f() { a::two() }";
    assert_eq!(
        circles(&[("", parent), ("a", "use super::One; pub fn two() {}")]),
        ["lib.rs uses two of a, a uses One of lib.rs"]
    );
    let folders = [
        ("", ""),
        ("a", ""),
        ("a::x", "fn x() { crate::b::y() }"),
        ("a::z", "fn z() {}"),
        ("b", "pub use w::y;"),
        ("b::w", "fn y() {}"),
        ("b::v", "use crate::a::z::z;"),
    ];
    assert_eq!(circles(&folders), ["a uses y of b, b uses z of a"]);
    for (root, a, b) in [
        (
            "mod a; mod b; pub use a::One;",
            "use crate::b::two; pub struct One;",
            "pub fn two() { other::a::One }",
        ),
        (
            "mod a; mod b; use a::One; use b::two;",
            "struct One; impl One { pub(in super::super) fn f() {} }",
            "use super::One; fn two() {}",
        ),
        ("mod a; mod b;", "use channel::a; struct One;", "use ::b::One; fn two() { self.a; one.a::<u8>() }"),
    ] {
        assert_eq!(circles(&[("", root), ("a", a), ("b", b)]), [""; 0], "{root} / {a} / {b}");
    }
}

#[test]
fn the_map_says_what_the_manifests_say() {
    let members = members();
    let map = map_of(MAP);
    let sorted = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
    let mapped: BTreeMap<_, _> = map.iter().map(|(name, used)| (name.clone(), sorted(used))).collect();
    let named: BTreeMap<_, _> =
        members.iter().map(|(name, (_, used))| (name.clone(), sorted(used))).collect();
    assert_eq!(mapped, named, "the table of src/lib.rs, and the manifests");
    for (at, (name, used)) in map.iter().enumerate() {
        let is_below = |used: &String| map[at + 1..].iter().any(|(below, _)| below == used);
        assert!(used.iter().all(is_below), "{name} stands above all that it uses: {used:?}");
    }
    let fuzz = Manifest::read("fuzz").dependencies().into_iter().map(|used| used.name);
    assert_eq!(fuzz.filter(|used| members.contains_key(used)).collect::<Vec<_>>(), ["oracles"]);
}

#[test]
fn what_a_manifest_names_is_used() {
    for (name, (_, used)) in members() {
        let files: Vec<_> = sources()
            .iter()
            .filter(|source| source.member == name || source.member.is_empty() && name == "counterproof")
            .collect();
        for used in used {
            let is_used = files.iter().any(|file| file.code.contains(&format!("{used}::")));
            assert!(is_used, "{name} names {used} and doesn't use it");
        }
    }
}

/// Plain `cargo test`, clippy and fmt silently skip a member that isn't in `default-members`.
#[test]
fn no_member_is_skipped_by_default() {
    let folders = with_manifest("src");
    assert!(folders.len() > 5 && folders.contains(&"src/channel".to_owned()));
    let root = Manifest::read("");
    let sorted = |key: &str| root.list(key).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(sorted("members"), folders.iter().cloned().collect());
    assert_eq!(sorted("default-members"), folders.into_iter().chain([".".to_owned()]).collect());
    assert_eq!(root.list("exclude")[0], "fuzz");
}

#[test]
fn every_dependency_says_what_for() {
    let folders = with_manifest("src").into_iter().chain([String::new(), "fuzz".to_owned()]);
    let mut seen = 0;
    for manifest in folders.map(|folder| Manifest::read(&folder)) {
        for dependency in manifest.dependencies() {
            let place = Path::new(&manifest.folder).join("Cargo.toml");
            assert!(
                dependency.what_for.len() > 5,
                "{}: what is it for: {}",
                place.display(),
                dependency.name
            );
            seen += 1;
        }
    }
    assert!(seen > 60, "the dependencies are found");
}

/// The lines of a file's own documentation.
fn page(text: &str) -> String {
    text.lines().map_while(|line| line.strip_prefix("//!")).collect::<Vec<_>>().join("\n")
}

#[test]
fn first_pages_name_all_modules() {
    let mut seen = 0;
    for source in sources() {
        let is_first = source.name == "lib.rs" && !source.member.is_empty()
            || source.member.is_empty() && ["io/mod.rs", "cli/mod.rs"].contains(&source.name.as_str());
        if !is_first {
            continue;
        }
        let page = page(&fs::read_to_string(root().join(source.place())).unwrap());
        let declared =
            source.code.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod "));
        for module in declared.filter_map(|rest| rest.strip_suffix(';')) {
            assert!(!occurrences(&page, module).is_empty(), "{}: {module} is not on its map", source.place());
            seen += 1;
        }
    }
    assert!(seen > 150, "the modules are found: {seen}");
}

/// Files and folders that are spelled out, in documents and comments, are there.
#[test]
fn files_that_are_named_exist() {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "fuzz", "vectors", "benches", "reports"] {
        files_below(&root().join(folder), &mut paths);
    }
    paths.extend(fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()));
    let is_read = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_generated = ["target", "artifacts", "corpus", "coverage", "last"].iter().any(|folder| {
            path.strip_prefix(root()).unwrap().components().any(|part| part.as_os_str() == *folder)
        });
        // The changelog tells of what was.
        extension.is_some_and(|extension| ["md", "rs", "sh", "toml"].contains(&extension))
            && !is_generated
            && !path.ends_with("CHANGELOG.md")
    };
    let mut seen = 0;
    for path in paths.into_iter().filter(is_read) {
        let text = fs::read_to_string(&path).unwrap();
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "_-./".contains(c)));
        for word in words.map(|word| word.trim_start_matches("../").trim_end_matches(['.', '/'])) {
            if ["src/", "tests/", "benches/", "fuzz/fuzz_targets/"]
                .iter()
                .any(|folder| word.starts_with(folder))
            {
                assert!(root().join(word).exists(), "{}: {word}", path.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn only_io_and_cli_touch_the_world() {
    for source in sources().iter().filter(|source| !source.is_worldly()) {
        for used in names_after(&source.code, "std::") {
            let worldly = ["fs", "process", "net", "env", "os", "thread"].contains(&used.as_str());
            assert!(!worldly, "{}: std::{used}", source.place());
        }
        for clock in ["SystemTime", "Instant", "stdin", "stdout", "getrandom", "rustix"] {
            assert!(occurrences(&source.code, clock).is_empty(), "{}: {clock}", source.place());
        }
    }
}

#[test]
fn nothing_is_unsafe_but_the_kernels_of_one_processor() {
    for source in sources().iter().filter(|source| source.place() != "src/channel/crypto/lanes/x86.rs") {
        assert!(occurrences(&source.code, "unsafe").is_empty(), "{}", source.place());
        assert!(!source.code.contains("allow(unsafe_code"), "{}", source.place());
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
        path.starts_with("fuzz/night")
            || path.components().any(|part| {
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
fn a_sentence_about_a_case_stands_alone() {
    let leans = |about: &str| {
        let about = about.to_lowercase();
        let rest = ["nor", "so", "and", "one that", "the same"].map(|words| about.strip_prefix(words));
        rest.into_iter().flatten().any(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let leaning = cases::all().into_iter().filter(|case| leans(&case.about)).map(|case| case.id);
    assert_eq!(leaning.collect::<Vec<_>>(), [""; 0]);
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

#[test]
fn the_guide_to_the_tests_has_a_row_for_each_file() {
    let tests = root().join("tests");
    let mut files = BTreeMap::new();
    for path in fs::read_dir(&tests).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let main = if path.is_dir() { path.join("main.rs") } else { path };
        if main.is_file() && main.extension().is_some_and(|extension| extension == "rs") {
            files.insert(name, fs::read_to_string(main).unwrap().contains("\nmod tools;\n"));
        }
    }
    let guide = fs::read_to_string(tests.join("README.md")).unwrap();
    let rows = guide.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<Vec<&str>> =
        rows.map(|row| row.split('|').skip(1).map(|cell| cell.trim_matches([' ', '`'])).collect()).collect();
    let named: Vec<&str> = rows.iter().map(|cells| cells[0]).collect();
    assert_eq!(named, files.keys().collect::<Vec<_>>(), "in this order");
    for cells in rows {
        let [name, proves, seconds, needs, _longer, _after] = cells.as_slice() else {
            panic!("five cells: {cells:?}")
        };
        assert!(proves.len() > 20 && seconds.parse::<u32>().is_ok(), "{name}");
        assert_eq!(!needs.is_empty(), files[*name], "{name} needs {needs:?}");
    }
}
