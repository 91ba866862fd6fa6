//! What is said of a text: as words, and as the document of `--json`.

use std::fmt::Write as _;

use serde::Serialize;

use super::explained::{Explained, Part};
use super::kinds::{self, KINDS, Kind};
use super::table;
use super::wrong::Wrong;
use crate::cli::words::plural;
use channel::crypto::keys::{Channel, Key};
use harness::spec;

/// What is said of a text.
pub(super) struct Findings {
    /// What was done to the input before it was read, in the order in which it was done.
    pub(super) remarks: Vec<String>,
    /// What it looks like.
    kind: Option<&'static Kind>,
    explained: Explained,
    wrong: Option<Wrong>,
    /// Characters of the text.
    count: usize,
    /// What surrounds the place where it is wrong, with a mark below it.
    pointed: Option<String>,
    /// Whether nothing is wrong with it.
    pub(super) is_right: bool,
}

/// What is said of a text; of a message more with its key.
pub(super) fn explain(text: &str, channel: Option<&Key<Channel>>) -> Findings {
    if let Some(rest) = text.strip_prefix('\u{FEFF}') {
        let mut found = explain(rest.trim_start(), channel);
        let words = "wrong: the text begins with a byte-order mark (U+FEFF); without it:";
        found.remarks.insert(0, words.to_owned());
        return Findings { is_right: false, ..found };
    }
    let kind = kinds::of(text);
    let mut explained = Explained::default();
    let wrong = kind.and_then(|kind| (kind.explain)(&mut explained, text, channel).err());
    if let Some(byte) = wrong.as_ref().and_then(|wrong| wrong.byte) {
        explained.refuse_at(byte);
    }
    let pointed = wrong.as_ref().and_then(|wrong| wrong.at).map(|at| pointed(text, at));
    let is_right = kind.is_some() && wrong.is_none();
    Findings { remarks: Vec::new(), kind, explained, wrong, count: text.chars().count(), pointed, is_right }
}

impl Findings {
    /// As words.
    pub(super) fn text(&self) -> String {
        let mut out = String::new();
        for remark in &self.remarks {
            let _ = writeln!(out, "{remark}");
        }
        if self.kind.is_none() {
            self.looks_like_nothing(&mut out);
        }
        table::write(&mut out, &self.explained);
        if let Some(wrong) = &self.wrong {
            let _ = writeln!(out, "{}", wrong.words);
            if let Some(id) = wrong.requirement {
                let _ = writeln!(out, "  {id}: {}", sentence_of(id).unwrap_or_default());
            }
            out.extend(self.pointed.as_deref());
        }
        out
    }

    fn looks_like_nothing(&self, out: &mut String) {
        let (count, s) = (self.count, plural(self.count));
        let _ = writeln!(
            out,
            "nothing of this protocol: a text of {count} character{s}, which looks like none of these"
        );
        for Kind { name, looks, .. } in &KINDS {
            let _ = writeln!(out, "  {name:<32} {looks}");
        }
    }

    /// As the document of `--json`.
    pub(super) fn document(&self) -> Document<'_> {
        Document {
            inspect: 1,
            counterproof: env!("CARGO_PKG_VERSION"),
            kind: self.kind.map(|kind| kind.name),
            right: self.is_right,
            remarks: &self.remarks,
            parts: &self.explained.parts,
            refused: self.wrong.as_ref().map(|wrong| Refused {
                words: &wrong.words,
                requirement: wrong.requirement,
                sentence: wrong.requirement.and_then(sentence_of),
                class: wrong.class.map(|class| class.word()),
                at: wrong.at,
                field: wrong.field.or(self.explained.refused()),
            }),
        }
    }
}

fn sentence_of(requirement: &str) -> Option<&'static str> {
    spec::find(requirement).map(|requirement| requirement.text)
}

/// What `--json` writes: `reports/inspect.schema.json`.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    inspect: u32,
    counterproof: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    right: bool,
    remarks: &'a [String],
    parts: &'a [Part],
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused<'a>>,
}

/// Why a text is refused, and for what in it.
#[derive(Serialize)]
struct Refused<'a> {
    words: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    requirement: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
}

/// The text around a place, and a caret under it. What is not printable ASCII is a question mark.
fn pointed(text: &str, at: usize) -> String {
    const AROUND: usize = 32;
    let from = at.saturating_sub(AROUND);
    let mut around = text.chars().skip(from);
    let line: String = around.by_ref().take(2 * AROUND).map(printable).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if around.next().is_some() { "…" } else { "" };
    let caret = before.chars().count() + at - from;
    format!("  {before}{line}{after}\n  {:caret$}^\n", "")
}

fn printable(c: char) -> char {
    if c == ' ' || c.is_ascii_graphic() { c } else { '?' }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use peer::printable::is_harmless;

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC{0,80}", at in 0usize..100) {
            let found = explain(&text, None);
            found.text();
            serde_json::to_string(&found.document()).unwrap();
            pointed(&text, at);
        }
    }

    /// Whatever is in a text: nothing of it has an effect, and no line of ours can be faked.
    #[test]
    fn foreign_text_stays_on_its_line() {
        const EVIL: &str = "\u{1B}]0;x\u{7}\r\nconforms to profile full\n\u{9B}31m\u{202E}\u{2028}";
        let percent = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let call = |query: &str| format!("dpnopin://app2app_secure_channel?{query}");
        let texts = [
            EVIL.to_owned(),
            format!("{{\"serial\":\"{EVIL}\"}}"),
            format!("{{\"format\":\"{EVIL}\"}}"),
            format!("{{\"mac\":\"{EVIL}\"}}"),
            format!("VDS1000120 {EVIL}"),
            format!("01;04;{EVIL};3;{EVIL};{EVIL}"),
            format!("01;03;{EVIL}"),
            format!("OCRA-1:{EVIL}"),
            format!("{EVIL}://x"),
            format!("third://{EVIL}?{EVIL}={EVIL}"),
            format!("third://x?a={}", percent(EVIL)),
            format!("third://x?%_{EVIL}_%"),
            call(&format!("{EVIL}={EVIL}")),
            call(&format!("x-success={}", percent(&percent(EVIL)))),
            call(&format!("x-error={EVIL}&secure_message={EVIL}")),
            format!("00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477{EVIL}"),
            format!("\u{FEFF}{EVIL}"),
            format!("C{}{}", "0".repeat(20), "\u{1B}".repeat(5)),
            format!("3808{}\n", "0".repeat(40)),
        ];
        for text in texts {
            let words = explain(&text, None).text();
            assert!(words.chars().all(|c| c == '\n' || is_harmless(c)), "{words:?}");
            assert!(!words.lines().any(|line| line.starts_with("conforms")), "{words}");
        }
    }

    #[test]
    fn what_looks_like_nothing_is_told_so() {
        for text in
            ["", "hello", "Hinweis: bla", "a@b.c", "mailto:a@b.c", "C:\\x", "{\"seq\":1}", "00", "é", "---"]
        {
            let found = explain(text, None);
            let (words, right) = (found.text(), found.is_right);
            assert!(words.starts_with("nothing of this protocol: ") && !right, "{words}");
            assert!(words.contains("\n  message                          of at least 40"), "{words}");
        }
        assert!(explain("é", None).text().starts_with("nothing of this protocol: a text of 1 character,"));
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        let found = explain("\u{FEFF}VDS1000120", None);
        let (words, right) = (found.text(), found.is_right);
        assert!(words.starts_with("wrong: the text begins with a byte-order mark (U+FEFF)") && !right);
        assert!(words.contains("serial number VDS1000120"), "{words}");
    }

    #[test]
    fn a_message_with_a_slip_is_still_one() {
        let right = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";
        let odd = explain(&right[1..], None).text();
        assert!(odd.contains("bad-hex (CNV-3): found 71 characters") && odd.ends_with("^\n"), "{odd}");
        for (slip, words) in
            [("00C1 ", "found ' ' after 4 characters"), ("0xC1C3", "found 'x' after 1 character\n")]
        {
            let text = format!("{slip}{}", &right[slip.len()..]);
            let found = explain(&text, None);
            let said = found.text();
            assert!(said.contains(words) && said.ends_with("^\n") && !found.is_right, "{said}");
        }
    }

    #[test]
    fn the_caret_is_under_the_place() {
        assert_eq!(pointed("abc", 1), "  abc\n   ^\n");
        assert_eq!(pointed("abc", 3), "  abc\n     ^\n");
        let long: String = ('a'..='z').cycle().take(100).collect();
        let [line, caret] =
            pointed(&long, 50).lines().map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
        let under = line.chars().nth(caret.chars().count() - 1);
        assert_eq!(under, long.chars().nth(50));
        assert!(line.starts_with("  …") && line.ends_with('…'), "{line}");
        assert_eq!(pointed("a\u{202E}\u{1B}b", 3), "  a??b\n     ^\n");
    }
}
