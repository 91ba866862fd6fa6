//! What a part of a report comes to, in words.

use super::super::words::plural;
use harness::report::{Claims, Ended, Part};
use peer::printable::Cut;

/// How much is shown of a name that somebody else chose.
const NAME: usize = 200;

/// Who was judged.
pub(super) fn who(part: &Part) -> String {
    match part.claims.as_slice() {
        [_, _] => format!("{} with {}", Cut(&part.client, NAME), Cut(&part.server, NAME)),
        _ => Cut(&part.client, NAME).to_string(),
    }
}

/// What each says of itself.
pub(super) fn claims(part: &Part) -> String {
    let told = |claims: &Claims| {
        let Claims { name, version, language, .. } = claims;
        format!("{} {}, {}", Cut(name, NAME), Cut(version, NAME), Cut(language, NAME))
    };
    part.claims.iter().map(told).collect::<Vec<_>>().join("; ")
}

/// The verdict on a part, and why its run ended early, if it did.
pub(super) fn verdict(part: &Part) -> String {
    format!("{}{}", part.conclusion(), part.ended.map_or("", early))
}

/// Why a run ended before its last case, if it did.
fn early(ended: Ended) -> &'static str {
    match ended {
        Ended::Whole => "",
        Ended::FailFast => "; stopped at the first unexpected result",
        Ended::GaveUp => "; the peer was given up",
        Ended::OutOfTime => "; out of time",
        Ended::Interrupted => "; interrupted",
    }
}

/// A number of things.
pub(super) fn counted(count: u64, thing: &str) -> String {
    format!("{count} {thing}{}", plural(usize::try_from(count).unwrap_or(usize::MAX)))
}
