//! Which requirement a difference violates.

/// Stand-in.
pub(crate) fn value(_op: &str, _member: &str) -> &'static str {
    "PPR-3"
}

pub(crate) fn counter(_op: &str, _refused: Option<&str>, _counter: &str) -> &'static str {
    "PPR-3"
}

pub(crate) fn refused(_op: &str, _named: Option<&str>) -> &'static str {
    "PPR-3"
}
