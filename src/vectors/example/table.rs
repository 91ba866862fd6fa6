//! The rows of the example.

use channel::text::hex;

/// A row: name, value, and `input` or the requirement that makes it.
pub struct Row {
    /// What it is.
    pub name: String,
    /// Bytes in hexadecimal, numbers in decimal, texts as they are.
    pub value: String,
    /// `input`, or how it is made from rows above.
    pub how: String,
}

/// Rows being added.
#[derive(Default)]
pub(super) struct Table(pub(super) Vec<Row>);

impl Table {
    pub(super) fn text(&mut self, name: impl Into<String>, value: impl ToString, how: impl Into<String>) {
        self.0.push(Row { name: name.into(), value: value.to_string(), how: how.into() });
    }

    pub(super) fn bytes(&mut self, name: impl Into<String>, value: impl AsRef<[u8]>, how: impl Into<String>) {
        self.text(name, hex::encode(value.as_ref()), how);
    }
}
