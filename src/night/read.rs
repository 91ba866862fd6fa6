//! Reading the record: line by line, so that a line which a killed night left half written, or which isn't ours, costs no
//! more than itself.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::record::{Entry, VERSION};
use peer::json::error_words;

/// A line that is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its number, from 1.
    pub line: usize,
    /// Why. It may quote the line.
    pub why: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.why)
    }
}

/// A line of a record.
pub trait Line: DeserializeOwned {
    /// The member with the version of the format, which every line has.
    const NAME: &'static str;
    /// The newest version that this program reads.
    const VERSION: u32;
}

impl Line for Entry {
    const NAME: &'static str = "night";
    const VERSION: u32 = VERSION;
}

/// The entries of a night's record. [`lines`].
pub fn entries(record: impl AsRef<[u8]>) -> (Vec<Entry>, Vec<Trouble>) {
    lines(record)
}

/// The lines of a record in their order, and those that are none. Bytes are taken, too: where a run was killed, a line
/// may end in the middle of a character.
pub fn lines<L: Line>(record: impl AsRef<[u8]>) -> (Vec<L>, Vec<Trouble>) {
    let mut lines = Vec::new();
    let mut troubles = Vec::new();
    for (place, text) in record.as_ref().split_inclusive(|byte| *byte == b'\n').enumerate() {
        if text.trim_ascii().is_empty() {
            continue;
        }
        match line(text) {
            Ok(line) => lines.push(line),
            Err(why) => troubles.push(Trouble { line: place.saturating_add(1), why }),
        }
    }
    (lines, troubles)
}

fn line<L: Line>(line: &[u8]) -> Result<L, String> {
    let error = match serde_json::from_slice::<L>(line) {
        Ok(line) => return Ok(line),
        Err(error) => error,
    };
    let versioned = serde_json::from_slice::<Value>(line);
    match versioned.map(|value| value.get(L::NAME).and_then(Value::as_u64)) {
        Ok(Some(version)) if version > u64::from(L::VERSION) => {
            Err(format!("of version {version} of the format; this program reads up to {}", L::VERSION))
        }
        Err(error) if error.is_eof() || !line.ends_with(b"\n") && error.is_syntax() => {
            Err("torn: it was not written to its end".to_owned())
        }
        _ => Err(format!("not a line of a record: {}", in_line(&error_words(line, &error)))),
    }
}

/// Without the number of a line, which would be 1 always.
fn in_line(words: &str) -> String {
    words.replace(" at line 1 column ", " at column ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::What;

    const LINE: &str = r#"{"night":1,"begun":7,"counterproof":"0.1.0","line":"coverage","floors":[]}"#;

    fn read(record: impl AsRef<[u8]>) -> (usize, Vec<String>) {
        let (entries, troubles) = entries(record);
        (entries.len(), troubles.iter().map(Trouble::to_string).collect())
    }

    #[test]
    fn every_whole_line_is_read() {
        let (read, troubles) = entries(format!("{LINE}\n\n{LINE}"));
        assert!(troubles.is_empty(), "{troubles:?}");
        assert_eq!(read.len(), 2);
        assert!(read.iter().all(|entry| entry.begun == 7 && matches!(entry.what, What::Coverage(_))));
        assert_eq!(entries(""), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_torn_line_costs_no_more_than_itself() {
        let torn = LINE.get(..LINE.len() - 4).unwrap();
        assert_eq!(
            read(format!("{LINE}\n{torn}")),
            (1, vec!["line 2: torn: it was not written to its end".to_owned()])
        );
        // A later night appended behind it begins a line of its own.
        assert_eq!(
            read(format!("{torn}\n\n{LINE}\n")),
            (1, vec!["line 1: torn: it was not written to its end".to_owned()])
        );
        let mut bytes = LINE.replace("0.1.0", "0.1.0 ä").into_bytes();
        let middle = bytes.iter().position(|byte| *byte == 0xC3).unwrap();
        bytes.truncate(middle + 1);
        assert_eq!(read(&bytes).1, ["line 1: torn: it was not written to its end"]);
    }

    #[test]
    fn a_foreign_line_is_named() {
        let later = LINE.replace(r#""night":1"#, r#""night":2"#);
        let bent = LINE.replace("[]", "3");
        let (read, words) = read(format!("{later}\n{{\"report\":2}}\n{bent}\nno JSON\n{LINE}\n"));
        assert_eq!(read, 1);
        assert_eq!(words[0], "line 1: of version 2 of the format; this program reads up to 1");
        assert!(words[1].starts_with("line 2: not a line of a record: missing field `night`"), "{words:?}");
        assert!(words[2].starts_with("line 3: not a line of a record: invalid type"), "{words:?}");
        assert!(words[3].starts_with("line 4: not a line of a record: expected"), "{words:?}");
    }
}
