//! The characters that REQ-9 refuses are those of one version of Unicode: the table is computed here from its properties,
//! and is what stands in `SPEC.md` and in the reference.
//!
//! The properties are those of the Unicode Character Database as `regex-syntax` carries them. An implementer who wants
//! to compute the table anew needs `UnicodeData.txt` (General_Category), `DerivedCoreProperties.txt`
//! (Default_Ignorable_Code_Point) and `PropList.txt` (Noncharacter_Code_Point) of that version, and [`KINDS`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use channel::text::charset::is_displayable;
use channel::text::refused::REFUSED;
use harness::spec;
use regex_syntax::hir::{Class, HirKind};

/// The version whose properties the table has, and the one after it.
const VERSION: [&str; 2] = ["16.0", "17.0"];

/// The command that writes the table.
const COMMAND: &str = "UPDATE=1 cargo test --test unicode";

/// Where it stands.
const SOURCE: &str = "src/channel/text/refused.rs";
const TEXT: &str = "SPEC.md";

/// A kind of refused characters: its name in the source, the words of its row in `SPEC.md`, its characters as a class of
/// a regular expression. A character belongs to the first kind that has it.
const KINDS: [(&str, &str, &str); 8] = [
    ("Control", "controls: General_Category Cc", r"[\p{Cc}]"),
    ("Separator", "separators: Zs but U+0020, Zl, Zp", r"[[\p{Zs}\p{Zl}\p{Zp}]--\x20]"),
    ("Format", "format: Cf", r"[\p{Cf}--[\x{40000}-\x{10FFFF}]]"),
    (
        "Ignorable",
        "ignorable: Default_Ignorable_Code_Point",
        r"[\p{Default_Ignorable_Code_Point}--[\x{40000}-\x{10FFFF}]]",
    ),
    ("Private", "private use: Co", r"[\p{Co}--[\x{40000}-\x{10FFFF}]]"),
    (
        "Noncharacter",
        "noncharacters: Noncharacter_Code_Point",
        r"[\p{Noncharacter_Code_Point}--[\x{40000}-\x{10FFFF}]]",
    ),
    (
        "Blank",
        "without a glyph, though no property says so: listed",
        r"[\x{2800}\x{FFFC}\x{13440}-\x{13442}\x{16FE4}\x{1BC9D}\x{1D159}]",
    ),
    (
        "Plane",
        "planes 4 to 16: tags, variation selectors, private use, and nothing else is assigned there",
        r"[\x{40000}-\x{10FFFF}]",
    ),
];

/// The characters of a class, by the Unicode tables of a library for regular expressions.
fn of(class: &str) -> BTreeSet<char> {
    let hir = regex_syntax::parse(class).unwrap();
    let HirKind::Class(Class::Unicode(class)) = hir.kind() else { panic!("{class}") };
    class.iter().flat_map(|range| range.start()..=range.end()).collect()
}

/// The ranges of each kind, ascending.
fn ranges() -> Vec<Vec<(u32, u32)>> {
    let mut seen = BTreeSet::new();
    KINDS
        .map(|(_, _, class)| {
            let mut ranges: Vec<(u32, u32)> = Vec::new();
            for c in of(class).into_iter().filter(|c| seen.insert(*c)).map(u32::from) {
                match ranges.last_mut() {
                    Some((_, last)) if *last + 1 == c => *last = c,
                    _ => ranges.push((c, c)),
                }
            }
            ranges
        })
        .into()
}

/// The rows in `SPEC.md`.
fn rows() -> String {
    let mut out = String::from("| range | what |\n|---|---|\n");
    for ((_, words, _), ranges) in KINDS.iter().zip(ranges()) {
        let range = |(first, last): &(u32, u32)| match first == last {
            true => format!("{first:04X}"),
            false => format!("{first:04X}-{last:04X}"),
        };
        let ranges: Vec<_> = ranges.iter().map(range).collect();
        writeln!(out, "| {} | {words} |", ranges.join(", ")).unwrap();
    }
    out
}

/// The file in the reference.
fn source() -> String {
    let mut all: Vec<(u32, u32, &str)> = Vec::new();
    for ((name, ..), ranges) in KINDS.iter().zip(ranges()) {
        all.extend(ranges.iter().map(|(first, last)| (*first, *last, *name)));
    }
    all.sort_unstable();
    let mut out = format!(
        "//! The characters that REQ-9 refuses, by the properties of Unicode {}.0. Don't edit it: `{COMMAND}`\n\
         //! writes it, and the same command without `UPDATE` compares it.\n\n\
         /// Why a character is refused: a row of the table of SPEC section 13.\n\
         #[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Kind {{\n",
        VERSION.first().unwrap()
    );
    for (name, words, _) in KINDS {
        let mut words = words.to_owned();
        words.get_mut(..1).unwrap().make_ascii_uppercase();
        writeln!(out, "    /// {words}.\n    {name},").unwrap();
    }
    out.push_str(
        "}\n\nimpl Kind {\n    /// One word, as it stands in the name of a fault.\n    \
         pub(crate) fn name(self) -> &'static str {\n        match self {\n",
    );
    for (name, ..) in KINDS {
        writeln!(out, "            Kind::{name} => \"displays-{}\",", name.to_ascii_lowercase()).unwrap();
    }
    out.push_str("        }\n    }\n}\n\n/// Inclusive ranges of code points, ascending.\n");
    writeln!(out, "pub const REFUSED: [(u32, u32, Kind); {}] = [", all.len()).unwrap();
    for (first, last, name) in all {
        writeln!(out, "    (0x{first:04X}, 0x{last:04X}, Kind::{name}),").unwrap();
    }
    out.push_str("];\n");
    out
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// `SPEC.md` before the rows, the rows, and what follows them.
fn split(text: &str) -> [&str; 3] {
    let begin = format!("<!-- refused characters: written by `{COMMAND}`, do not edit -->\n\n");
    let first = text.find(&begin).expect("the mark before the table") + begin.len();
    let (before, rest) = text.split_at(first);
    let (rows, after) =
        rest.split_at(rest.find("\n<!-- end of refused characters -->").expect("the mark behind it"));
    [before, rows, after]
}

#[test]
fn the_table_in_the_text_and_in_the_reference_is_that_of_unicode() {
    let [now, next] = VERSION;
    assert!(
        regex_syntax::parse(&format!(r"\p{{Age={now}}}")).is_ok()
            && regex_syntax::parse(&format!(r"\p{{Age={next}}}")).is_err(),
        "regex-syntax has another Unicode than {now}: a new edition of SPEC.md decides about it, not an update of a library"
    );
    let [text, written] = [TEXT, SOURCE].map(|name| std::fs::read_to_string(path(name)).unwrap());
    let [before, in_text, after] = split(&text);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(path(TEXT), [before, &rows(), after].concat()).unwrap();
        std::fs::write(path(SOURCE), source()).unwrap();
        return;
    }
    assert_eq!(in_text, rows(), "{TEXT}, section 13; run `{COMMAND}` and read the diff");
    assert!(written == source(), "{SOURCE}; run `{COMMAND}` and read the diff");
}

#[test]
fn every_character_is_decided_alike_by_the_reference_the_harness_and_the_properties() {
    let refused: BTreeSet<char> = KINDS.iter().flat_map(|(_, _, class)| of(class)).collect();
    let mut by_harness = vec![false; 0x11_0000];
    for (first, last) in spec::refused_characters() {
        by_harness.get_mut(*first as usize..=*last as usize).unwrap().fill(true);
    }
    for c in '\0'..=char::MAX {
        let code = u32::from(c);
        assert_eq!(is_displayable(c), !refused.contains(&c), "the reference: U+{code:04X}");
        assert_eq!(by_harness.get(code as usize), Some(&refused.contains(&c)), "the harness: U+{code:04X}");
    }
    assert!(REFUSED.iter().map(|(first, last, _)| (first, last)).is_sorted());
}

#[test]
fn what_is_written_every_day_is_displayed_and_what_hides_is_not() {
    for c in " ~éßŒ€жΩאبहि日한ｱ😀\u{FFFD}\u{1039}\u{17D2}\u{301}".chars() {
        assert!(is_displayable(c), "U+{:04X}", u32::from(c));
    }
    for c in
        "\n\u{A0}\u{202F}\u{3000}\u{200C}\u{200D}\u{202E}\u{2066}\u{FE0F}\u{13430}\u{1D159}\u{16FE4}\u{E0041}"
            .chars()
    {
        assert!(!is_displayable(c), "U+{:04X}", u32::from(c));
    }
}
