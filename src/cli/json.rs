//! What `--json` writes.

use std::io::Write;

use serde::Serialize;

use super::outcome::Error;
use ::peer::printable::Json;

/// Writes one document, a member per line. What a terminal could obey stands in strings alone, and becomes an escape of
/// JSON there.
pub(super) fn write(out: &mut impl Write, document: &impl Serialize) -> Result<(), Error> {
    let text = serde_json::to_string_pretty(document)
        .map_err(|error| Error::CannotRun(format!("the document can't be written as JSON: {error}")))?;
    text.lines().try_for_each(|line| writeln!(out, "{}", Json(line)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_escaped_as_json() {
        let value = serde_json::json!({"a": "\u{1B}[31m\n\u{202E}\u{9B}\u{E0001}é", "b": [1]});
        let mut out = Vec::new();
        write(&mut out, &value).unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.contains(r#""\u001b[31m\n\u202e\u009b\udb40\udc01é""#), "{out}");
        assert_eq!(out.lines().count(), 6);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), value);
    }
}
