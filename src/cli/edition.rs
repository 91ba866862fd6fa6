//! The editions whose sets of requirements are frozen.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use harness::edition::{Edition, NEXT};

/// The oldest first. Packaged with the program.
const FROZEN: [&str; 1] = [include_str!("../../vectors/requirements/5.json")];

/// All of them, the oldest first. A test holds that each can be read.
static EDITIONS: LazyLock<Vec<Edition>> =
    LazyLock::new(|| FROZEN.iter().filter_map(|text| Edition::parse(text).ok()).collect());

/// The edition of this number.
pub(super) fn find(number: &str) -> Option<&'static Edition> {
    EDITIONS.iter().find(|edition| edition.edition == number)
}

/// Their numbers.
pub(super) fn numbers() -> impl Iterator<Item = &'static str> {
    EDITIONS.iter().map(|edition| edition.edition.as_str())
}

/// By case, the edition in which it appeared first: a later one doesn't take it back.
static SINCE: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let of =
        |edition: &'static Edition| edition.cases().into_iter().map(|case| (case, edition.edition.as_str()));
    EDITIONS.iter().rev().flat_map(of).collect()
});

/// The edition in which a case appeared first.
pub(super) fn since(case: &str) -> &'static str {
    SINCE.get(case).copied().unwrap_or(NEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frozen_set_is_read() {
        assert_eq!(numbers().count(), FROZEN.len());
        assert_eq!((since("peer-hello"), since("made-up")), ("5", NEXT));
        assert!(!numbers().any(|number| number == NEXT));
    }
}
