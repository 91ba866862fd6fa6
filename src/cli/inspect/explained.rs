//! What `inspect` finds in a text, as a structure: what a terminal shows, what `--json` writes and what a page shows of a
//! message are all made from it. Texts in it may be foreign: whoever shows them escapes them.

use channel::text::hex;
use peer::json::show;
use serde::Serialize;

/// What a text says: a part for the text itself, and one for each thing that is found inside it.
#[derive(Debug, Default)]
pub(super) struct Explained {
    pub(super) parts: Vec<Part>,
}

/// Something with a title, and what is in it.
#[derive(Debug, Default, Serialize)]
pub(in crate::cli) struct Part {
    /// What it is, or a sentence that what follows belongs to.
    pub(in crate::cli) title: String,
    /// In the order in which they stand.
    pub(in crate::cli) fields: Vec<Field>,
    /// Sentences about it.
    pub(in crate::cli) notes: Vec<String>,
    /// Its bytes, of which the fields are cut.
    #[serde(skip)]
    pub(super) bytes: Vec<u8>,
}

/// A field: its name, where it stands, what it says.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Field {
    /// What it is called; of a parameter or an item, its own name.
    pub(in crate::cli) name: String,
    /// Where it stands in the bytes of its part. Several fields may share bytes.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) place: Option<Place>,
    /// What it says, for people; text of the input is quoted in it as JSON.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(in crate::cli) meaning: String,
    /// The text of the input that `meaning` quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) text: Option<String>,
    /// Whether the input is refused because of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in crate::cli) refused: bool,
    /// What it consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in crate::cli) fields: Vec<Field>,
}

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::cli) struct Place {
    /// Bytes before it.
    pub(in crate::cli) offset: usize,
    /// Bytes of it.
    pub(in crate::cli) length: usize,
    /// Those bytes, in hexadecimal.
    pub(in crate::cli) bytes: String,
}

impl Field {
    pub(super) fn new(name: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { name: name.into(), meaning: meaning.into(), ..Self::default() }
    }

    /// One that quotes a text of the input.
    pub(super) fn quoted(name: impl Into<String>, text: &str) -> Self {
        Self { text: Some(text.to_owned()), ..Self::new(name, show(text)) }
    }

    /// The same with its bytes, as far as they are there.
    pub(super) fn at(self, bytes: &[u8], offset: usize, length: usize) -> Self {
        let digits = hex::encode(bytes.get(offset..offset + length).unwrap_or_default());
        Self { place: Some(Place { offset, length, bytes: digits }), ..self }
    }

    /// Whether it has this byte of its part.
    fn holds(&self, byte: usize) -> bool {
        self.place.as_ref().is_some_and(|at| (at.offset..at.offset + at.length).contains(&byte))
    }
}

/// What is added goes into the part that was begun last.
impl Explained {
    /// Begins a part.
    pub(super) fn part(&mut self, title: impl Into<String>) {
        self.parts.push(Part { title: title.into(), ..Part::default() });
    }

    /// Begins a part whose fields stand in these bytes.
    pub(super) fn part_of(&mut self, title: impl Into<String>, bytes: &[u8]) {
        self.parts.push(Part { title: title.into(), bytes: bytes.to_vec(), ..Part::default() });
    }

    pub(super) fn add(&mut self, field: Field) {
        if let Some(part) = self.parts.last_mut() {
            part.fields.push(field);
        }
    }

    pub(super) fn field(&mut self, name: &str, meaning: impl Into<String>) {
        self.add(Field::new(name, meaning));
    }

    /// A field that stands in the bytes of its part.
    pub(super) fn at(&mut self, offset: usize, length: usize, field: Field) {
        let field = match self.parts.last() {
            Some(part) => field.at(&part.bytes, offset, length),
            None => field,
        };
        self.add(field);
    }

    /// A sentence about the part.
    pub(super) fn note(&mut self, words: impl Into<String>) {
        if let Some(part) = self.parts.last_mut() {
            part.notes.push(words.into());
        }
    }

    /// Marks the fields of these names that stand in bytes as those that the input is refused for.
    pub(super) fn refuse(&mut self, names: &[&str]) {
        self.parts.iter_mut().for_each(|part| refuse(&mut part.fields, names));
    }

    /// Marks the fields of the last part that this byte belongs to as those that the input is refused for.
    pub(super) fn refuse_at(&mut self, byte: usize) {
        for field in self.parts.last_mut().into_iter().flat_map(|part| &mut part.fields) {
            field.refused |= field.holds(byte);
        }
    }

    /// The name of the field that the input is refused for, if one is.
    pub(super) fn refused(&self) -> Option<&str> {
        let mut fields = self.parts.iter().flat_map(|part| &part.fields);
        fields.find(|field| field.refused).map(|field| field.name.as_str())
    }
}

/// Marks the fields of these names, as far as they stand in bytes, as those that the input is refused for.
pub(super) fn refuse(fields: &mut [Field], names: &[&str]) {
    for field in fields.iter_mut().filter(|field| field.place.is_some()) {
        field.refused |= names.contains(&field.name.as_str());
    }
}
