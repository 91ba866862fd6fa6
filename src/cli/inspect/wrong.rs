//! What is wrong with a text, and where.

use channel::class::Class;
use channel::error::{Found, Refusal};
use channel::rule::Rule;

/// What is wrong with a text.
#[derive(Debug, Default)]
pub(super) struct Wrong {
    pub(super) words: String,
    /// The requirement that says so; none of what is no part of the protocol.
    pub(super) requirement: Option<&'static str>,
    /// As what it is refused.
    pub(super) class: Option<Class>,
    /// The characters before it, where a place is known.
    pub(super) at: Option<usize>,
    /// The field that it is about, where that has no bytes.
    pub(super) field: Option<&'static str>,
    /// The byte of the part explained last that it is about, where one is known.
    pub(super) byte: Option<usize>,
}

impl Wrong {
    /// One that is no refusal of the reference's reader.
    pub(super) fn by(rule: Rule, words: impl Into<String>) -> Self {
        let (requirement, class) = (Some(rule.id), Some(rule.class));
        Self { words: words.into(), requirement, class, ..Self::default() }
    }

    /// A refusal whose place is one in the text itself.
    pub(super) fn in_text(refusal: Refusal) -> Self {
        let at = match refusal.found {
            Found::Character(_, at) => Some(at),
            _ => None,
        };
        Self { at, ..Self::from(refusal) }
    }

    /// A refusal of a text as hexadecimal: of an odd number of digits, the place is where the last one is missing.
    pub(super) fn in_hex(refusal: Refusal) -> Self {
        match refusal.found {
            Found::Count(count, _) => Self { at: Some(count), ..Self::from(refusal) },
            _ => Self::in_text(refusal),
        }
    }

    /// The same in a text that begins so many characters later.
    pub(super) fn further(self, by: usize) -> Self {
        Self { at: self.at.map(|at| at + by), ..self }
    }

    /// The same at a byte, where the text is the bytes in hexadecimal.
    pub(super) fn at_byte(self, byte: usize) -> Self {
        Self { at: Some(2 * byte), byte: Some(byte), ..self }
    }

    /// A refusal whose place is one in the bytes of which the text is the hexadecimal form.
    pub(super) fn in_bytes(refusal: Refusal) -> Self {
        match refusal.found {
            Found::Offset(at) => Self::from(refusal).at_byte(at),
            _ => refusal.into(),
        }
    }
}

/// Its place, if it has one, is in something inside the text.
impl From<Refusal> for Wrong {
    fn from(refusal: Refusal) -> Self {
        Self::by(refusal.rule, format!("refused: {refusal}"))
    }
}
