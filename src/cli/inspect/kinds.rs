//! What a text can be.
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
//! | otpauth URI | that begins with otpauth:// (no part of this protocol) |
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

use super::explained::Explained;
use super::wrong::Wrong;
use super::{
    blob, codes, license_file, message, message_vector, otpauth, single, state, static_vector, strings, url,
};
use channel::crypto::keys::{Channel, Key};

/// A kind of text.
pub(super) struct Kind {
    /// Its name.
    pub(super) name: &'static str,
    /// What it looks like: a text …
    pub(super) looks: &'static str,
    /// Whether a text looks like it.
    is_one: fn(&str) -> bool,
    /// Says what a text says, as far as it can be read.
    pub(super) explain: Explain,
}

type Explain = fn(&mut Explained, &str, Option<&Key<Channel>>) -> Result<(), Wrong>;

/// In the order of the table above, which is these words, too.
pub(super) const KINDS: [Kind; 17] = [
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
        name: "otpauth URI",
        looks: "that begins with otpauth:// (no part of this protocol)",
        is_one: otpauth::is_one,
        explain: |out, text, _| otpauth::explain(out, text),
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

/// What a text looks like.
pub(super) fn of(text: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| (kind.is_one)(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            of(&[8], "(otpauth|OTPAUTH)://[ -z]{0,200}".boxed()),
            of(&[9], "[a-z][a-z0-9]{0,8}://[ -z]{0,200}".boxed()),
            of(&[10], "([0-9]{23}|[0-9]{33}|[0-9]{42}|[0-9]{91})".boxed()),
            of(&[11], "([0-9]{20}|[0-9]{40}|[A-F][0-9A-F]{15}|[A-F][0-9A-F]{32})".boxed()),
            of(&[12], "464144([0-9A-F]{2}){60,400}".boxed()),
            of(&[13], "4350(43|44|4C)([0-9A-F]{2}){60,400}".boxed()),
            of(&[14], "3808([0-9A-F]{2}){55,479}".boxed()),
            of(&[15], blob.boxed()),
            of(&[15], "A[gv][g-zG-Z]{38,200}[?_-][A-Z]{4}".boxed()),
            of(&[9], "[a-z][a-z0-9]{1,8}:[a-z]{1,9}(\\?[a-z]{1,9}=|%_OTP_%)[!-z]{0,200}".boxed()),
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
        fn nothing_panics(text in "\\PC{0,80}") {
            for kind in &KINDS {
                let _ = (kind.explain)(&mut Explained::default(), &text, None);
            }
        }
    }

    #[test]
    fn the_table_of_the_module_is_that_of_the_kinds() {
        let rows = include_str!("kinds.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
        let kinds = KINDS.iter().map(|kind| format!("{} | {} |", kind.name, kind.looks));
        assert_eq!(rows.skip(1).collect::<Vec<_>>(), kinds.collect::<Vec<_>>());
    }
}
