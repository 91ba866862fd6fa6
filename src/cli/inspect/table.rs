//! A table of bytes and what they are, and digits for its columns.

use std::fmt::Write as _;

use channel::text::hex;

/// Whether three of four characters are hexadecimal digits: the others may be slips of whoever typed or copied it.
pub(super) fn is_mostly_hexadecimal(text: &str) -> bool {
    let others = text.chars().filter(|c| !c.is_ascii_hexdigit()).count();
    !text.is_empty() && others * 4 <= text.chars().count()
}

/// Digits for a column: the first of them, if there are more.
pub(super) fn shown(text: &str) -> String {
    match text.get(..15) {
        Some(start) if text.len() > 18 => format!("{start}…"),
        _ => text.to_owned(),
    }
}

/// A table of bytes and what they are.
pub(super) struct Table<'a> {
    pub(super) out: &'a mut String,
    pub(super) bytes: &'a [u8],
}

impl<'a> Table<'a> {
    pub(super) fn new(out: &'a mut String, bytes: &'a [u8]) -> Self {
        let _ = writeln!(out, "  {:<6}  {:<18}  field", "offset", "bytes");
        Self { out, bytes }
    }

    pub(super) fn row(&mut self, at: usize, length: usize, words: &str) {
        let digits = hex::encode(self.bytes.get(at..at + length).unwrap_or_default());
        let _ = writeln!(self.out, "  {at:<6}  {:<18}  {words}", shown(&digits));
    }

    /// More words about the row before.
    pub(super) fn more(&mut self, words: &str) {
        let _ = writeln!(self.out, "  {:<6}  {:<18}  {words}", "", "");
    }
}
