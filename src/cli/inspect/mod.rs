//! `inspect`: any text of the protocol, field by field, and what is wrong with it.
//!
//! What a text is, is the first of these that it looks like (it need not be right to be recognised):
//!
//! | | a text |
//! |---|---|
//! | serial number | of 10 characters in the form of section 4 |
//! | device code, or derivation code | of 26 decimal digits |
//! | message vector | of 26 characters whose first is `C` to `F`, in either case |
//! | activation vector | of 49 hexadecimal digits |
//! | line of a license file | that begins with `{` |
//! | line of `ACode.log` | that begins with a serial number and a blank |
//! | gateway string | that begins with two digits, `;`, two digits, and `;` or its end |
//! | OCRA suite | that begins with `OCRA-` |
//! | app-to-app URL, or a callback | that begins with a scheme and `:` |
//! | event reactivation counter | of 23, 33, 42, 52, 62, 71, 81 or 91 decimal digits |
//! | activation code | of 20 or 40 decimal, 16 or 33 hexadecimal digits (33 with a letter among them) |
//! | full activation data | that begins with `464144` |
//! | state at rest | that begins with `435043`, `435044` or `43504C` |
//! | static vector | that begins with `3808` and has another length than those before |
//! | BLOB | that is base64 as BLB-1 writes it, not hexadecimal, with the version 1 and a length that a BLOB can have |
//! | message | else |
//!
//! A right text is of one kind only: a message that anybody accepts begins with `0`, has at least 46 digits and an even
//! number of them (and hardly ever 52 or 62 without a letter among them); a static vector has at least 114 digits; a BLOB
//! has at least 40 characters, and begins with `A`.

mod blob;
mod codes;
mod license_file;
pub(in crate::cli) mod message;
mod message_vector;
mod single;
mod state;
mod static_vector;
mod strings;
mod url;

use std::fmt::Write as _;
use std::io::Write;

use clap::Args;

use super::{Error, Outcome};
use crate::crypto::keys::{Channel, Key};
use crate::error::{Found, Refusal};
use crate::harness::spec;
use crate::text::hex;

/// The arguments of `inspect`.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// A message, an app-to-app URL or callback, a gateway string, a serial number, any code or vector, a BLOB, full
    /// activation data, a state at rest, an OCRA suite, or a line of a license file or of ACode.log
    text: String,
    /// The payload key, or another channel key: checks the tag of a message and decrypts its body
    #[arg(long, value_name = "HEX")]
    key: Option<String>,
}

/// What is wrong with a text.
struct Wrong {
    words: String,
    requirement: &'static str,
    /// The characters before it, where a place is known.
    at: Option<usize>,
}

impl Wrong {
    /// A refusal whose place is one in the text itself.
    fn in_text(refusal: Refusal) -> Self {
        let at = match refusal.found {
            Found::Character(_, at) => Some(at),
            _ => None,
        };
        Self { at, ..Self::from(refusal) }
    }

    /// A refusal whose place, in ASCII, is counted in bytes.
    fn in_characters(refusal: Refusal) -> Self {
        let at = match refusal.found {
            Found::Offset(at) | Found::Character(_, at) => Some(at),
            _ => None,
        };
        Self { at, ..Self::from(refusal) }
    }

    /// The same in a text that begins so many characters later.
    fn further(self, by: usize) -> Self {
        Self { at: self.at.map(|at| at + by), ..self }
    }

    /// A refusal whose place is one in the bytes of which the text is the hexadecimal form.
    fn in_bytes(refusal: Refusal) -> Self {
        let at = match refusal.found {
            Found::Offset(at) => Some(2 * at),
            _ => None,
        };
        Self { at, ..Self::from(refusal) }
    }
}

/// Its place, if it has one, is in something inside the text.
impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self { words: format!("refused: {refusal}"), requirement: refusal.rule.id, at: None }
    }
}

/// Whether a text looks like one of a kind.
type IsOne = fn(&str) -> bool;

/// Writes what a text says, as far as it can be read.
type Explain = fn(&mut String, &str, Option<&Key<Channel>>) -> Result<(), Wrong>;

/// What a text looks like, and what explains it then. The order is that of the table above.
const KINDS: [(IsOne, Explain); 15] = [
    (codes::is_serial, |out, text, _| codes::explain_serial(out, text)),
    (codes::is_device_code, |out, text, _| codes::explain_digits_26(out, text)),
    (message_vector::is_one, |out, text, _| message_vector::explain(out, text)),
    (codes::is_activation_vector, |out, text, _| codes::explain_activation_vector(out, text)),
    (license_file::is_line, |out, text, _| license_file::explain(out, text)),
    (single::is_acode_line, |out, text, _| single::explain_acode_line(out, text)),
    (strings::is_gateway_string, |out, text, _| strings::explain_gateway_string(out, text)),
    (strings::is_suite, |out, text, _| strings::explain_suite(out, text)),
    (url::is_one, url::explain),
    (single::is_event_counter, |out, text, _| single::explain_event_counter(out, text)),
    (single::is_activation_code, |out, text, _| single::explain_activation_code(out, text)),
    (single::is_full_activation, |out, text, _| single::explain_full_activation(out, text)),
    (state::is_one, |out, text, _| state::explain(out, text)),
    (static_vector::is_one, |out, text, _| static_vector::explain(out, text)),
    (blob::is_one, |out, text, _| blob::explain(out, text)),
];

impl Inspect {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let channel = match &self.key {
            None => None,
            Some(text) => {
                let bytes = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
                let key: [u8; 16] =
                    bytes.ok_or_else(|| Error::Usage("--key: 32 hexadecimal digits".into()))?;
                Some(Key::new(key))
            }
        };
        let (words, right) = explain(self.text.trim(), channel.as_ref());
        out.write_all(words.as_bytes())?;
        Ok(if right { Outcome::Good } else { Outcome::Bad })
    }
}

/// What a text says, and whether it is right; where not, what is wrong and where.
fn explain(text: &str, channel: Option<&Key<Channel>>) -> (String, bool) {
    let explain = KINDS.iter().find(|(is_one, _)| is_one(text)).map(|(_, explain)| *explain);
    let mut out = String::new();
    let result = explain.unwrap_or(message::explain)(&mut out, text, channel);
    let Err(Wrong { words, requirement, at }) = result else { return (out, true) };
    let sentence = spec::find(requirement).map_or("", |requirement| requirement.text);
    let _ = writeln!(out, "{words}\n  {requirement}: {sentence}");
    out.extend(at.map(|at| pointed(text, at)));
    (out, false)
}

/// The same for `tour`; the key as hexadecimal digits.
pub(super) fn explained(text: &str, key: Option<&str>) -> String {
    let key = key.and_then(|key| Some(Key::new(hex::decode(key).ok()?.try_into().ok()?)));
    explain(text, key.as_ref()).0
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

/// Digits for a column: the first of them, if there are more.
fn shown(text: &str) -> String {
    match text.get(..15) {
        Some(start) if text.len() > 18 => format!("{start}…"),
        _ => text.to_owned(),
    }
}

/// A table of bytes and what they are.
struct Table<'a> {
    out: &'a mut String,
    bytes: &'a [u8],
}

impl<'a> Table<'a> {
    fn new(out: &'a mut String, bytes: &'a [u8]) -> Self {
        let _ = writeln!(out, "  {:<6}  {:<18}  field", "offset", "bytes");
        Self { out, bytes }
    }

    fn row(&mut self, at: usize, length: usize, words: &str) {
        let digits = hex::encode(self.bytes.get(at..at + length).unwrap_or_default());
        let _ = writeln!(self.out, "  {at:<6}  {:<18}  {words}", shown(&digits));
    }

    /// More words about the row before.
    fn more(&mut self, words: &str) {
        let _ = writeln!(self.out, "  {:<6}  {:<18}  {words}", "", "");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The kinds that a text looks like, by their place in [`KINDS`].
    fn kinds(text: &str) -> Vec<usize> {
        KINDS.iter().enumerate().filter(|(_, (is_one, _))| is_one(text)).map(|(kind, _)| kind).collect()
    }

    /// A text that looks like one kind and no other: what it is, and digits for all of the others' lengths.
    fn texts() -> impl Strategy<Value = (Vec<usize>, String)> {
        let blob = prop::collection::vec(any::<u8>(), 28..=185);
        let blob = blob.prop_map(|rest| crate::license::blob::to_text(&[&[1][..], &rest].concat()));
        let of = |kinds: &[usize], text: BoxedStrategy<String>| {
            let kinds = kinds.to_vec();
            text.prop_map(move |text| (kinds.clone(), text))
        };
        prop_oneof![
            of(&[0], "[0-9A-Z]{3}[0-9]{7}".boxed()),
            of(&[0], "3808[0-9]{6}".boxed()),
            of(&[1], "[0-9]{26}".boxed()),
            of(&[1], "3808[0-9]{22}".boxed()),
            of(&[2], "[C-F][0-9A-F]{25}".boxed()),
            of(&[3], "[0-9A-F]{49}".boxed()),
            of(&[3], "3808[0-9A-F]{45}".boxed()),
            of(&[4], "\\{\"[ -~]{0,400}\\}".boxed()),
            of(&[5], "[0-9A-Z]{3}[0-9]{7} ([0-9]{40}|[0-9A-F]{33})".boxed()),
            of(&[6], "01;0[34];[ -~]{0,80}".boxed()),
            of(&[7], "OCRA-1:HOTP-SHA1-6:[ -~]{0,40}".boxed()),
            of(&[8], "[a-z][a-z0-9]{0,8}://[ -z]{0,200}".boxed()),
            of(&[9], "([0-9]{23}|[0-9]{33}|[0-9]{42}|[0-9]{91})".boxed()),
            of(&[10], "([0-9]{20}|[0-9]{40}|[A-F][0-9A-F]{15}|[A-F][0-9A-F]{32})".boxed()),
            of(&[11], "464144([0-9A-F]{2}){60,400}".boxed()),
            of(&[12], "4350(43|44|4C)([0-9A-F]{2}){60,400}".boxed()),
            of(&[13], "3808([0-9A-F]{2}){55,479}".boxed()),
            of(&[14], blob.boxed()),
            of(&[], "0[0-9A-F]([0-9A-F]{2}){22,600}".boxed()),
        ]
    }

    proptest! {
        #[test]
        fn no_text_looks_like_two_kinds((expected, text) in texts()) {
            prop_assert_eq!(kinds(&text), expected, "{}", text);
        }

        #[test]
        fn a_message_in_either_case_is_one(text in "0[0-9a-f]([0-9a-f]{2}){22,600}") {
            prop_assert_eq!(kinds(&text), Vec::<usize>::new());
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,80}", at in 0usize..100) {
            for (_, explain) in KINDS {
                let _ = explain(&mut String::new(), &text, None);
            }
            pointed(&text, at);
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
