//! `SPEC.md` is well formed, and what the harness knows of it is what stands there. A packaged crate has no
//! `SPEC.md` beside it, so the harness carries a table of what it needs, which is made here and nowhere else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use channel::class::Class;
use harness::spec::{self, Operation, Requirement};

#[path = "specification/examples.rs"]
mod examples;
#[path = "specification/generated.rs"]
mod generated;

const TEXT: &str = include_str!("../SPEC.md");

/// The table, below the root.
const TABLE: &str = "src/harness/spec/table.rs";

/// The command that writes it.
const COMMAND: &str = "UPDATE=1 cargo test --test specification";

/// `- **FRM-5** (profile · MUST · refuses `bad-version`, free) sentence`
fn requirement(line: &'static str) -> Option<Requirement> {
    let (id, rest) = line.strip_prefix("- **")?.split_once("** (")?;
    let (area, number) = id.split_once('-')?;
    let is_id = area.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    let (properties, text) = rest.split_once(") ").filter(|_| is_id)?;
    let mut parts = properties.split(" · ");
    let (label, level) = (parts.next()?, parts.next()?);
    let mut requirement = Requirement { id, label, level, class: None, counts: None, untestable: None, text };
    for part in parts {
        if let Some(reason) = part.strip_prefix("untestable: ") {
            requirement.untestable = Some(reason);
        } else {
            let mut quoted = part.split('`').skip(1).step_by(2);
            requirement.class = quoted.next();
            requirement.counts = quoted.next();
        }
    }
    Some(requirement)
}

fn requirements() -> Vec<Requirement> {
    TEXT.lines().filter_map(requirement).collect()
}

/// The section with this number, up to the next one.
fn section(number: u8) -> &'static str {
    let begin = format!("{number}. ");
    TEXT.split("\n## ").find(|part| part.starts_with(&begin)).unwrap()
}

/// The cells of the rows of a section's tables whose first cell is code, without its quotes.
fn rows(number: u8) -> impl Iterator<Item = Vec<&'static str>> {
    section(number).lines().filter_map(|line| {
        let (name, rest) = line.strip_prefix("| `")?.split_once("` |")?;
        Some([name].into_iter().chain(rest.strip_suffix('|').unwrap().split('|').map(str::trim)).collect())
    })
}

/// `| word | meaning | app-to-app |`
fn classes() -> Vec<(&'static str, Option<u8>)> {
    let number = |cell: &str| (!cell.is_empty()).then(|| cell.parse().unwrap());
    rows(16).map(|cells| (cells[0], number(cells[2]))).collect()
}

/// `| operation | S | parameters | result |`
fn operations() -> Vec<Operation> {
    let rows = rows(18).filter(|cells| cells.len() == 4);
    rows.map(|cells| Operation { name: cells[0], parameters: cells[2], result: cells[3] }).collect()
}

/// `| range, range | what |`
fn refused_characters() -> Vec<(u32, u32)> {
    let table = section(13).split("<!-- refused characters").nth(1).unwrap().split("\n\n").nth(1).unwrap();
    let cells =
        table.lines().skip(2).flat_map(|row| row.split('|').nth(1).unwrap().split(',')).map(str::trim);
    let ranges = cells.filter_map(|cell| {
        let (first, last) = cell.split_once('-').unwrap_or((cell, cell));
        Some((u32::from_str_radix(first, 16).ok()?, u32::from_str_radix(last, 16).ok()?))
    });
    let ranges: Vec<_> = ranges.collect();
    assert!(ranges.len() > 20 && ranges.contains(&(0xE000, 0xF8FF)), "SPEC.md section 13 as expected");
    ranges
}

/// `| *group* | checks |` and `| operations | checks | not free |`, as they stand.
fn checks() -> (Vec<[&'static str; 2]>, Vec<[&'static str; 3]>) {
    let (mut groups, mut rows) = (Vec::new(), Vec::new());
    for line in section(32).lines().filter(|line| line.starts_with("| *") || line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells[..] {
            [name, checks] => groups.push([name.trim_matches('*'), checks]),
            [names, checks, not_free] => rows.push([names, checks, not_free]),
            _ => panic!("{line}"),
        }
    }
    (groups, rows)
}

/// The source of the table.
fn table() -> String {
    let mut out = format!(
        "//! What `SPEC.md` states, as data. Don't edit it: `{COMMAND}` writes it, and the same\n\
         //! command without `UPDATE` compares it.\n\n\
         use super::statement::{{Operation, Requirement}};\n"
    );
    let rows: Vec<_> = requirements().iter().map(|row| format!("{row:?}")).collect();
    write_rows(&mut out, "REQUIREMENTS: &[Requirement]", &rows);
    let rows: Vec<_> = classes().iter().map(|row| format!("{row:?}")).collect();
    write_rows(&mut out, "CLASSES: &[(&str, Option<u8>)]", &rows);
    let rows: Vec<_> = operations().iter().map(|row| format!("{row:?}")).collect();
    write_rows(&mut out, "OPERATIONS: &[Operation]", &rows);
    let rows: Vec<_> =
        refused_characters().iter().map(|row| format!("(0x{:X}, 0x{:X})", row.0, row.1)).collect();
    write_rows(&mut out, "REFUSED_CHARACTERS: &[(u32, u32)]", &rows);
    let (groups, checks) = checks();
    let rows: Vec<_> = groups.iter().map(|[name, checks]| format!("({name:?}, {checks:?})")).collect();
    write_rows(&mut out, "CHECK_GROUPS: &[(&str, &str)]", &rows);
    let rows: Vec<_> = checks
        .iter()
        .map(|[names, checks, not_free]| format!("({names:?}, {checks:?}, {not_free:?})"))
        .collect();
    write_rows(&mut out, "CHECKS: &[(&str, &str, &str)]", &rows);
    out
}

fn write_rows(out: &mut String, head: &str, rows: &[String]) {
    write!(out, "\npub(super) const {head} = &[\n").unwrap();
    rows.iter().for_each(|row| writeln!(out, "    {row},").unwrap());
    out.push_str("];\n");
}

#[test]
fn what_the_harness_knows_is_what_stands_in_spec_md() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, table()).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == table(), "{TABLE} is not what SPEC.md states; run `{COMMAND}` and read the diff");
    assert_eq!(spec::requirements(), requirements());
    assert_eq!(spec::classes(), classes());
    assert_eq!(spec::operations(), operations());
    assert_eq!(spec::refused_characters(), refused_characters());
    assert_eq!(spec::find("CNV-1"), requirements().first());
}

#[test]
fn what_is_made_from_the_text_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md");
    let text = generated::text();
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, text).unwrap();
        return;
    }
    assert!(text == TEXT, "contents, figures or index of SPEC.md are old; run `{COMMAND}` and read the diff");
    generated::sections_named_exist();
}

#[test]
fn every_requirement_is_well_formed_and_stated_once() {
    let all = requirements();
    assert!(all.len() > 100);
    let ids: BTreeSet<_> = all.iter().map(|requirement| requirement.id).collect();
    assert_eq!(ids.len(), all.len());
    for requirement in &all {
        assert!(["published", "reported", "standard", "profile"].contains(&requirement.label));
        assert!(["MUST", "SHOULD", "MAY"].contains(&requirement.level), "{requirement:?}");
        assert!(requirement.class.is_none_or(|word| Class::from_word(word).is_some()), "{requirement:?}");
    }
    // Those of the gateway are tested, but not by asking a peer.
    let untestable =
        all.iter().filter(|requirement| requirement.untestable.is_some_and(|it| it != ELSEWHERE)).count();
    assert!(untestable * 20 <= all.len(), "at most 5 % untestable");
    let lines = TEXT.lines().filter(|line| line.starts_with("- **") && line.contains("MUST")).count();
    assert_eq!(lines, all.iter().filter(|requirement| requirement.level == "MUST").count());
}

/// Why a requirement is for no peer to meet.
const ELSEWHERE: &str = "not over the peer protocol";

#[test]
fn what_no_peer_is_asked_has_tests_of_its_own() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut tests = String::new();
    for folder in ["tests/gateway", "src/gateway", "src/io/gateway"].map(|folder| root.join(folder)) {
        for file in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            tests += &std::fs::read_to_string(file).unwrap_or_default();
        }
    }
    let elsewhere: Vec<_> =
        requirements().into_iter().filter(|requirement| requirement.untestable == Some(ELSEWHERE)).collect();
    assert!(elsewhere.len() >= 13);
    for requirement in elsewhere {
        let name = format!("fn {}_", requirement.id.to_lowercase().replace('-', "_"));
        assert!(tests.contains(&name), "no test is called {name}…");
    }
}

/// A line of prose: where it stands, and whether it is a note. What decides (numbered lines), what numbered lines speak of
/// (tables, figures) and the sections that decide nothing, or are tables of what stands elsewhere, are not among them.
fn prose() -> impl Iterator<Item = (&'static str, &'static str, bool)> {
    let (mut section, mut is_figure) = ("", false);
    TEXT.lines().filter_map(move |line| {
        if line.starts_with("```") {
            is_figure = !is_figure;
        }
        if let Some(title) = line.strip_prefix("## ") {
            section = title;
        }
        let number = section.split('.').next().unwrap_or_default();
        let is_exempt = EXEMPT.iter().any(|(exempt, _)| *exempt == number);
        let decides = line.starts_with("- **") && requirement(line).is_some();
        let is_prose = !is_figure && !decides && !line.starts_with(['|', '#', '`', '<']);
        (is_prose && !is_exempt).then_some((section, line, line.starts_with("> ")))
    })
}

/// Sections in which words of rules decide nothing, and why.
const EXEMPT: [(&str, &str); 10] = [
    ("Contents", "is made from the rest"),
    ("1", "says what the words mean"),
    ("2", "says what there is"),
    (
        "18",
        "defines the peer protocol; what a peer does stands in PPR, and here in the words of its questions",
    ),
    ("19", "explains"),
    ("20", "computes"),
    ("32", "is a table of what stands elsewhere, and says how to read it"),
    ("33", "says what holds"),
    ("34", "is a table of what stands elsewhere, and says how to read it"),
    ("Annex F", "gathers what follows from requirements"),
];

/// Words by which a sentence says what must be, what is refused, in which order, or how many there may be.
const OF_RULES: [&str; 15] = [
    "must",
    "should",
    "shall",
    "may not",
    "refuse",
    "at most",
    "at least",
    "no more than",
    "in this order",
    "(order:",
    "is asked",
    "are asked",
    " asks ",
    "before all else",
    "is looked at first",
];

#[test]
fn what_sounds_like_a_rule_has_a_number() {
    let mut wrong = Vec::new();
    for (section, line, is_note) in prose() {
        let binds = ["MUST", "SHOULD", "SHALL"].iter().any(|word| line.contains(word));
        let low = line.to_lowercase();
        let sounds = !is_note && OF_RULES.iter().any(|words| low.contains(words));
        if binds || sounds {
            wrong.push(format!("{section}: {line}"));
        }
    }
    assert!(wrong.is_empty(), "give it a number, or make it a note (`> `):\n{}", wrong.join("\n"));
}

/// Sentences of numbered lines and of prose with more than 50 words.
fn long_sentences() -> Vec<&'static str> {
    let rules = requirements().into_iter().map(|requirement| requirement.text);
    let sentences = rules.chain(prose().map(|(_, line, _)| line)).flat_map(|text| text.split(". "));
    sentences.filter(|sentence| sentence.split_whitespace().count() > 50).collect()
}

/// How many there are. Whoever adds one is told; whoever takes one away writes the lower number here.
const LONG: usize = 3;

#[test]
fn a_sentence_has_at_most_fifty_words() {
    let long = long_sentences();
    println!("{}", long.join("\n"));
    assert_eq!(long.len(), LONG, "sentences of more than 50 words:\n{}", long.join("\n"));
}

#[test]
fn the_classes_of_section_16_are_those_of_the_code() {
    let of_code: Vec<_> = Class::all().map(|class| (class.word(), class.app_to_app())).collect();
    assert_eq!(classes(), of_code);
}
