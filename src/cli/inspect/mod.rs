//! `inspect`: any text of the protocol, field by field, and what is wrong with it.
//!
//! What a text is, is the first of these that it looks like. It need not be right to be recognised, but what looks like
//! none of them is told so, with this table ([`KINDS`]; a test holds both together):
//!
//! | kind | a text |
//! |---|---|
//! | serial number | of 10 characters: 3 letters or digits, 7 digits |
//! | device code, or derivation code | of 26 characters, mostly decimal digits, the first of them one |
//! | message vector | of 26 characters, mostly hexadecimal digits, the first of them not 0 to 9 |
//! | activation vector | of 49 hexadecimal digits |
//! | line of a license file | that begins with { and the name "format", "serial" or "mac" |
//! | line of ACode.log | that begins with a serial number and a blank |
//! | gateway string | of two digits, semicolon, two digits, and perhaps a semicolon and more |
//! | OCRA suite | that begins with OCRA- |
//! | app-to-app URL, or a callback | that begins with SCHEME://, or with SCHEME: and has a mask or parameters |
//! | event reactivation counter | of 23, 33, 42, 52, 62, 71, 81 or 91 decimal digits |
//! | activation code | of 20 or 40 decimal, 16 or 33 hexadecimal digits |
//! | full activation data | that begins with 464144, mostly hexadecimal digits |
//! | state at rest | that begins with 435043, 435044 or 43504C, mostly hexadecimal digits |
//! | static vector | that begins with 3808, mostly hexadecimal digits |
//! | BLOB | of base64, not hexadecimal: 33 bytes or more, the first of them 2 |
//! | message | of at least 40 hexadecimal digits, and few other characters |
//!
//! A right text is of one kind only: a message that anybody accepts begins with `0`, has at least 46 digits and an even
//! number of them (and hardly ever 52 or 62 without a letter among them); a static vector has at least 114 digits; a BLOB
//! has at least 40 characters, and begins with `A`. (33 digits without a letter are an event reactivation counter.)

mod blob;
mod codes;
mod license_file;
pub(in crate::cli) mod message;
mod message_vector;
mod single;
mod state;
mod static_vector;
mod strings;
mod table;
mod url;
mod wrong;

use std::fmt::Write as _;
use std::io::Write;

use clap::Args;

use super::outcome::{Error, Outcome};
use super::words::plural;
use channel::crypto::keys::{Channel, Key};
use channel::text::hex;
use harness::spec;
use wrong::Wrong;

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

/// A kind of text.
struct Kind {
    name: &'static str,
    /// What it looks like: a text …
    looks: &'static str,
    is_one: fn(&str) -> bool,
    /// Writes what a text says, as far as it can be read.
    explain: Explain,
}

type Explain = fn(&mut String, &str, Option<&Key<Channel>>) -> Result<(), Wrong>;

/// In the order of the table above, which is these words, too.
const KINDS: [Kind; 16] = [
    Kind {
        name: "serial number",
        looks: "of 10 characters: 3 letters or digits, 7 digits",
        is_one: codes::is_serial,
        explain: |out, text, _| codes::explain_serial(out, text),
    },
    Kind {
        name: "device code, or derivation code",
        looks: "of 26 characters, mostly decimal digits, the first of them one",
        is_one: codes::is_device_code,
        explain: |out, text, _| codes::explain_digits_26(out, text),
    },
    Kind {
        name: "message vector",
        looks: "of 26 characters, mostly hexadecimal digits, the first of them not 0 to 9",
        is_one: message_vector::is_one,
        explain: |out, text, _| message_vector::explain(out, text),
    },
    Kind {
        name: "activation vector",
        looks: "of 49 hexadecimal digits",
        is_one: codes::is_activation_vector,
        explain: |out, text, _| codes::explain_activation_vector(out, text),
    },
    Kind {
        name: "line of a license file",
        looks: "that begins with { and the name \"format\", \"serial\" or \"mac\"",
        is_one: license_file::is_line,
        explain: |out, text, _| license_file::explain(out, text),
    },
    Kind {
        name: "line of ACode.log",
        looks: "that begins with a serial number and a blank",
        is_one: single::is_acode_line,
        explain: |out, text, _| single::explain_acode_line(out, text),
    },
    Kind {
        name: "gateway string",
        looks: "of two digits, semicolon, two digits, and perhaps a semicolon and more",
        is_one: strings::is_gateway_string,
        explain: |out, text, _| strings::explain_gateway_string(out, text),
    },
    Kind {
        name: "OCRA suite",
        looks: "that begins with OCRA-",
        is_one: strings::is_suite,
        explain: |out, text, _| strings::explain_suite(out, text),
    },
    Kind {
        name: "app-to-app URL, or a callback",
        looks: "that begins with SCHEME://, or with SCHEME: and has a mask or parameters",
        is_one: url::is_one,
        explain: url::explain,
    },
    Kind {
        name: "event reactivation counter",
        looks: "of 23, 33, 42, 52, 62, 71, 81 or 91 decimal digits",
        is_one: single::is_event_counter,
        explain: |out, text, _| single::explain_event_counter(out, text),
    },
    Kind {
        name: "activation code",
        looks: "of 20 or 40 decimal, 16 or 33 hexadecimal digits",
        is_one: single::is_activation_code,
        explain: |out, text, _| single::explain_activation_code(out, text),
    },
    Kind {
        name: "full activation data",
        looks: "that begins with 464144, mostly hexadecimal digits",
        is_one: single::is_full_activation,
        explain: |out, text, _| single::explain_full_activation(out, text),
    },
    Kind {
        name: "state at rest",
        looks: "that begins with 435043, 435044 or 43504C, mostly hexadecimal digits",
        is_one: state::is_one,
        explain: |out, text, _| state::explain(out, text),
    },
    Kind {
        name: "static vector",
        looks: "that begins with 3808, mostly hexadecimal digits",
        is_one: static_vector::is_one,
        explain: |out, text, _| static_vector::explain(out, text),
    },
    Kind {
        name: "BLOB",
        looks: "of base64, not hexadecimal: 33 bytes or more, the first of them 2",
        is_one: blob::is_one,
        explain: |out, text, _| blob::explain(out, text),
    },
    Kind {
        name: "message",
        looks: "of at least 40 hexadecimal digits, and few other characters",
        is_one: message::is_one,
        explain: message::explain,
    },
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
    if let Some(rest) = text.strip_prefix('\u{FEFF}') {
        let (rest, _) = explain(rest.trim_start(), channel);
        return (
            format!("wrong: the text begins with a byte-order mark (U+FEFF); without it:\n{rest}"),
            false,
        );
    }
    let Some(kind) = KINDS.iter().find(|kind| (kind.is_one)(text)) else { return (unknown(text), false) };
    let mut out = String::new();
    let result = (kind.explain)(&mut out, text, channel);
    let Err(Wrong { words, requirement, at }) = result else { return (out, true) };
    let sentence = spec::find(requirement).map_or("", |requirement| requirement.text);
    let _ = writeln!(out, "{words}\n  {requirement}: {sentence}");
    out.extend(at.map(|at| pointed(text, at)));
    (out, false)
}

/// What is said of a text that looks like none of the kinds.
fn unknown(text: &str) -> String {
    let count = text.chars().count();
    let mut out = format!(
        "nothing of this protocol: a text of {count} character{}, which looks like none of these\n",
        plural(count)
    );
    for Kind { name, looks, .. } in &KINDS {
        let _ = writeln!(out, "  {name:<32} {looks}");
    }
    out
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use peer::printable::is_harmless;

    const MESSAGE: usize = KINDS.len() - 1;

    /// The kinds that a text looks like, by their place in [`KINDS`].
    fn kinds(text: &str) -> Vec<usize> {
        let looks_like = KINDS.iter().enumerate().filter(|(_, kind)| (kind.is_one)(text));
        // What is mostly hexadecimal digits is a message only where it is nothing else.
        let mut kinds: Vec<usize> = looks_like.map(|(place, _)| place).collect();
        if kinds.len() > 1 {
            kinds.retain(|kind| *kind != MESSAGE);
        }
        kinds
    }

    /// A text that looks like one kind and no other: what it is, and digits for all of the others' lengths.
    fn texts() -> impl Strategy<Value = (Vec<usize>, String)> {
        let blob = prop::collection::vec(any::<u8>(), 32..=185);
        let blob = blob.prop_map(|rest| channel::license::blob::to_text(&[&[2][..], &rest].concat()));
        let of = |kinds: &[usize], text: BoxedStrategy<String>| {
            let kinds = kinds.to_vec();
            text.prop_map(move |text| (kinds.clone(), text))
        };
        prop_oneof![
            of(&[0], "[0-9A-Z]{3}[0-9]{7}".boxed()),
            of(&[0], "3808[0-9]{6}".boxed()),
            of(&[1], "[0-9]{26}".boxed()),
            of(&[1], "3808[0-9]{22}".boxed()),
            of(&[1], "[0-9]{20}[A-Z][0-9]{5}".boxed()),
            of(&[2], "[C-G][0-9A-F]{25}".boxed()),
            of(&[3], "[0-9A-F]{49}".boxed()),
            of(&[3], "3808[0-9A-F]{45}".boxed()),
            of(&[4], "\\{ ?\"(format|serial|mac)\"[ -~]{0,400}\\}".boxed()),
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
            of(&[14], "A[gv][g-zG-Z]{38,200}[?_-][A-Z]{4}".boxed()),
            of(&[8], "[a-z][a-z0-9]{1,8}:[a-z]{1,9}(\\?[a-z]{1,9}=|%_OTP_%)[!-z]{0,200}".boxed()),
            of(&[MESSAGE], "0[0-9A-F]([0-9A-F]{2}){22,600}".boxed()),
            of(&[MESSAGE], "0[0-9A-F]{30,60}[ x.g-z][0-9A-F]{40,60}".boxed()),
            of(&[], "[A-Za-z]{2,8}: [ a-zäöüß]{0,80}".boxed()),
            of(&[], "(mailto:)?[a-z.]{1,9}@[a-z]{1,9}\\.[a-z]{2,3}".boxed()),
            of(&[], "[A-Z]:\\\\[A-Za-z \\\\]{0,40}".boxed()),
            of(&[], "[g-z ]{0,60}".boxed()),
            of(&[], "\\{\"(seq|expect|a)\":[ -~]{0,400}\\}".boxed()),
        ]
    }

    proptest! {
        #[test]
        fn no_text_looks_like_two_kinds((expected, text) in texts()) {
            prop_assert_eq!(kinds(&text), expected, "{}", text);
        }

        #[test]
        fn a_message_in_either_case_is_one(text in "0[0-9a-f]([0-9a-f]{2}){22,600}") {
            prop_assert_eq!(kinds(&text), [MESSAGE]);
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,80}", at in 0usize..100) {
            for kind in &KINDS {
                let _ = (kind.explain)(&mut String::new(), &text, None);
            }
            explain(&text, None);
            pointed(&text, at);
        }
    }

    #[test]
    fn the_table_of_the_module_is_that_of_the_kinds() {
        let rows = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
        let kinds = KINDS.iter().map(|kind| format!("{} | {} |", kind.name, kind.looks));
        assert_eq!(rows.skip(1).collect::<Vec<_>>(), kinds.collect::<Vec<_>>());
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
            let (words, _) = explain(&text, None);
            assert!(words.chars().all(|c| c == '\n' || is_harmless(c)), "{words:?}");
            assert!(!words.lines().any(|line| line.starts_with("conforms")), "{words}");
        }
    }

    #[test]
    fn what_looks_like_nothing_is_told_so() {
        for text in
            ["", "hello", "Hinweis: bla", "a@b.c", "mailto:a@b.c", "C:\\x", "{\"seq\":1}", "00", "é", "---"]
        {
            let (words, right) = explain(text, None);
            assert!(words.starts_with("nothing of this protocol: ") && !right, "{words}");
            assert!(words.contains("\n  message                          of at least 40"), "{words}");
        }
        assert!(explain("é", None).0.starts_with("nothing of this protocol: a text of 1 character,"));
    }

    #[test]
    fn a_byte_order_mark_is_named() {
        let (words, right) = explain("\u{FEFF}VDS1000120", None);
        assert!(words.starts_with("wrong: the text begins with a byte-order mark (U+FEFF)") && !right);
        assert!(words.contains("serial number VDS1000120"), "{words}");
    }

    #[test]
    fn a_message_with_a_slip_is_still_one() {
        let right = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";
        let odd = explain(&right[1..], None).0;
        assert!(odd.contains("bad-hex (CNV-3): found 71 characters") && odd.ends_with("^\n"), "{odd}");
        for (slip, found) in
            [("00C1 ", "found ' ' after 4 characters"), ("0xC1C3", "found 'x' after 1 character\n")]
        {
            let text = format!("{slip}{}", &right[slip.len()..]);
            let (words, is_right) = explain(&text, None);
            assert!(words.contains(found) && words.ends_with("^\n") && !is_right, "{words}");
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
