//! JSON for people: values of the protocol as they stand on the wire, and what is wrong with a text that is none.

use std::fmt;

use serde::Serialize;

use crate::printable::Json;

/// A byte-order mark, as some editors and tools put it before a text.
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Whether a text begins with a byte-order mark, which nothing here takes, and nobody sees.
pub fn begins_with_bom(text: &[u8]) -> bool {
    text.starts_with(&BOM)
}

/// What is wrong with a text that could not be read as JSON, or not as that of what was wanted. The words may quote the
/// text.
pub fn error_words(text: &[u8], error: &serde_json::Error) -> String {
    match begins_with_bom(text) {
        true => "it begins with a byte-order mark (U+FEFF)".into(),
        false => error.to_string(),
    }
}

/// A value as it stands on the wire, on one line, with nothing in it that a terminal could obey.
pub fn show<T: Serialize + ?Sized>(value: &T) -> String {
    match serde_json::to_string(value) {
        Ok(json) => Json(&json).to_string(),
        Err(error) => format!("(no JSON: {error})"),
    }
}

/// A name that may be missing, such as the `seq` of an answer: null.
pub fn or_null(value: Option<impl fmt::Display>) -> String {
    value.map_or("null".into(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_is_named() {
        let wrong = |text: &str| {
            error_words(text.as_bytes(), &serde_json::from_str::<serde_json::Value>(text).unwrap_err())
        };
        assert_eq!(wrong("\u{FEFF}{}"), "it begins with a byte-order mark (U+FEFF)");
        assert_eq!(wrong("{]"), "key must be a string at line 1 column 2");
    }

    #[test]
    fn values_are_shown_as_on_the_wire() {
        assert_eq!(show("a\"\u{202E}"), r#""a\"\u202e""#);
        assert_eq!(show(&Some(3)), "3");
        assert_eq!(show(&None::<u8>), "null");
        assert_eq!(show(&("a", 1)), r#"["a",1]"#);
    }
}
