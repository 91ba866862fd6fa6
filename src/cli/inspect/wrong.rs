//! What is wrong with a text, and where.

use channel::error::{Found, Refusal};

/// What is wrong with a text.
pub(super) struct Wrong {
    pub(super) words: String,
    pub(super) requirement: &'static str,
    /// The characters before it, where a place is known.
    pub(super) at: Option<usize>,
}

impl Wrong {
    /// A refusal whose place is one in the text itself.
    pub(super) fn in_text(refusal: Refusal) -> Self {
        let at = match refusal.found {
            Found::Character(_, at) => Some(at),
            _ => None,
        };
        Self { at, ..Self::from(refusal) }
    }

    /// The same in a text that begins so many characters later.
    pub(super) fn further(self, by: usize) -> Self {
        Self { at: self.at.map(|at| at + by), ..self }
    }

    /// A refusal whose place is one in the bytes of which the text is the hexadecimal form.
    pub(super) fn in_bytes(refusal: Refusal) -> Self {
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
