//! Text of somebody else on its way to a terminal: nothing in it is obeyed, and it stays on its line. Peers, scanned
//! pictures, file names and whatever `inspect` is given are shown through this and nothing else.
//!
//! What a client may display is another question, with a table of its own (REQ-9): that one belongs to the protocol and
//! changes with its editions. This one is stricter, and nobody's bytes depend on it.

use std::fmt::{self, Write as _};

use channel::text::charset;

/// Shows a text on one line. A character that a terminal could obey, that nobody would see, or that looks like a blank
/// and is none, is escaped as in Rust: `\n`, `\u{1b}`, `\u{202e}`. A backslash stays as it is, so this is for people, not
/// to be read back.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a>(pub &'a str);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| !is_harmless(*c)) {
            f.write_str(rest.get(..at).unwrap_or_default())?;
            write!(f, "{}", c.escape_default())?;
            rest = rest.get(at + c.len_utf8()..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

/// The first so many characters of a text as [`Line`] shows them, and, where that is not all, how many it has. A peer's
/// text may be a megabyte.
#[derive(Clone, Copy, Debug)]
pub struct Cut<'a>(pub &'a str, pub usize);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text, most) = *self;
        match text.char_indices().nth(most) {
            None => Line(text).fmt(f),
            Some((end, _)) => {
                let head = text.get(..end).unwrap_or_default();
                write!(f, "{}… ({} characters)", Line(head), text.chars().count())
            }
        }
    }
}

/// Shows JSON on one line. What [`Line`] would escape stands inside strings only, and becomes an escape of JSON: the
/// text stays JSON of the same value.
#[derive(Clone, Copy, Debug)]
pub struct Json<'a>(pub &'a str);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match is_harmless(c) {
            true => f.write_char(c),
            false => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}")),
        })
    }
}

/// Inclusive ranges of code points that are not shown, ascending: controls, format characters, separators and blanks
/// other than U+0020, what reorders text, what is ignored by default, private use, noncharacters, what has no glyph
/// although no property says so (the list of REQ-9), and all planes from the fourth on.
const HIDDEN: [(u32, u32); 39] = [
    (0x0000, 0x001F),
    (0x007F, 0x00A0),
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x0600, 0x0605),
    (0x061C, 0x061C),
    (0x06DD, 0x06DD),
    (0x070F, 0x070F),
    (0x0890, 0x0891),
    (0x08E2, 0x08E2),
    (0x115F, 0x1160),
    (0x1680, 0x1680),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2000, 0x200F),
    (0x2028, 0x202F),
    (0x205F, 0x206F),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xE000, 0xF8FF),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFC),
    (0xFFFE, 0xFFFF),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x13442),
    (0x16FE4, 0x16FE4),
    (0x1BC9D, 0x1BC9D),
    (0x1BCA0, 0x1BCA3),
    (0x1D159, 0x1D159),
    (0x1D173, 0x1D17A),
    (0x1FFFE, 0x1FFFF),
    (0x2FFFE, 0x2FFFF),
    (0x3FFFE, 0x3FFFF),
    (0x40000, 0x10FFFF),
];

/// Whether a terminal shows the character, and does nothing else.
pub fn is_harmless(c: char) -> bool {
    (' '..='~').contains(&c) || !charset::is_in(&HIDDEN, c)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use regex_syntax::hir::{Class, HirKind};

    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        for (text, shown) in [
            ("", ""),
            ("plain, é, 日本, हिन्दी", "plain, é, 日本, हिन्दी"),
            ("\u{1B}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{9B}31m\u{202E}\u{2066}", "\\u{9b}31m\\u{202e}\\u{2066}"),
            ("\u{13430}\u{E0041}x\u{A0}", "\\u{13430}\\u{e0041}x\\u{a0}"),
            ("'\"\\", "'\"\\"),
        ] {
            assert_eq!(Line(text).to_string(), shown);
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(Cut("abé", 3).to_string(), "abé");
        assert_eq!(Cut("a\né\u{7}b", 3).to_string(), "a\\né… (5 characters)");
        assert_eq!(Cut("", 0).to_string(), "");
    }

    #[test]
    fn json_stays_json_of_the_same_value() {
        let value =
            serde_json::json!({"a\u{202E}": ["\u{1B}\n\u{7F}\u{9B}", "é\"\\", "\u{E0041}\u{10FFFF}"]});
        let shown = Json(&value.to_string()).to_string();
        assert!(shown.chars().all(is_harmless), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        assert!(shown.starts_with(r#"{"a\u202e":["#) && shown.contains(r"\udb40\udc41"), "{shown}");
    }

    /// The characters of a class, by the Unicode tables of a library for regular expressions.
    fn of(class: &str) -> BTreeSet<char> {
        let hir = regex_syntax::parse(class).unwrap();
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else { panic!("{class}") };
        class.iter().flat_map(|range| range.start()..=range.end()).collect()
    }

    #[test]
    fn every_character_against_the_tables_of_unicode() {
        let properties = r"[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}\p{Zs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}
                            \p{Noncharacter_Code_Point}\x{2800}\x{FFFC}\x{13440}-\x{13442}\x{16FE4}\x{1BC9D}\x{1D159}
                            \x{40000}-\x{10FFFF}]";
        let mut hidden = of(&properties.replace(char::is_whitespace, ""));
        assert!(hidden.remove(&' '));
        for c in '\0'..=char::MAX {
            assert_eq!(is_harmless(c), !hidden.contains(&c), "U+{:04X}", u32::from(c));
            assert!(charset::is_displayable(c) || !is_harmless(c), "REQ-9: U+{:04X}", u32::from(c));
        }
        assert!(HIDDEN.is_sorted());
    }
}
