//! Something with one change.

use super::json::Json;

/// Something with one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bent {
    /// Where, and what is there now.
    pub(super) what: String,
    /// The whole of it.
    pub(super) json: Json,
    /// Half a surrogate pair stands in it: the number of the question may be lost with it (SPEC section 18).
    pub(super) may_hide_seq: bool,
}

impl Bent {
    pub(super) fn of(what: impl Into<String>, json: Json) -> Self {
        Self { what: what.into(), json, may_hide_seq: false }
    }

    /// As part of something larger.
    pub(super) fn within(self, whole: impl FnOnce(Json) -> Json) -> Self {
        Self { json: whole(self.json), ..self }
    }

    /// What is there now, and where.
    pub(super) fn at(self, place: &str) -> Self {
        Self { what: format!("{place}: {}", self.what), ..self }
    }
}
