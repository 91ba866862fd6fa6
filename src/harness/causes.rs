//! Where several cases fail, most fail for a reason that is another's: an activation that goes wrong spoils all that
//! begins with it. Which requirements explain most of them.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::suite::Verdict;

/// How many are told.
const MOST: usize = 5;

/// A requirement that is likely to be why cases fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its id.
    pub requirement: String,
    /// In how many failing cases it is violated first, or was what showed it.
    pub cases: u64,
    /// How many of the cases that cover it fail.
    pub own_failing: u64,
    /// How many cover it, of those that were run.
    pub own: u64,
}

/// What is asked of a case here.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'a> {
    /// What it covers.
    pub(crate) covers: &'a [String],
    /// What became of it, whatever a baseline says.
    pub(crate) verdict: Verdict,
    /// The requirement violated, where one is.
    pub(crate) requirement: Option<&'a str>,
    /// As what it was seen, where that was later.
    pub(crate) seen_as: Option<&'a str>,
}

/// The likely causes of what failed, the likeliest first; none where no more than one case failed.
///
/// A requirement that is violated in more cases comes first; of two that are violated in equally many the one whose own
/// cases all fail, and then the one that was violated earlier, since what is asked first prepares the rest.
pub(crate) fn of(cases: &[Judged<'_>]) -> Option<Vec<Cause>> {
    let has_failed =
        |case: &&&Judged<'_>| case.verdict.fails_the_run() && case.verdict != Verdict::HarnessError;
    let played: Vec<_> = cases.iter().filter(|case| case.verdict != Verdict::NotRun).collect();
    let failed: Vec<_> = played.iter().filter(has_failed).collect();
    if failed.len() < 2 {
        return None;
    }
    let mut blamed: Vec<&str> = Vec::new();
    for requirement in failed.iter().filter_map(|case| case.requirement) {
        if !blamed.contains(&requirement) {
            blamed.push(requirement);
        }
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let cause = |id: &str| {
        let covers = |case: &Judged<'_>| case.covers.iter().any(|covered| covered == id);
        let is_blamed = |case: &Judged<'_>| [case.requirement, case.seen_as].contains(&Some(id));
        Cause {
            requirement: id.to_owned(),
            cases: count(failed.iter().filter(|case| is_blamed(case)).count()),
            own_failing: count(failed.iter().filter(|case| covers(case)).count()),
            own: count(played.iter().filter(|case| covers(case)).count()),
        }
    };
    let mut causes: Vec<Cause> = blamed.into_iter().map(cause).collect();
    // Stable: of equal ones the earlier.
    causes.sort_by_key(|cause| (Reverse(cause.cases), cause.own_failing < cause.own));
    causes.truncate(MOST);
    (!causes.is_empty()).then_some(causes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A case that covers one requirement, and was blamed on one, seen as another.
    fn case<'a>(covers: &'a [String; 1], blamed: Option<(&'a str, Option<&'a str>)>) -> Judged<'a> {
        Judged {
            covers,
            verdict: if blamed.is_some() { Verdict::Fail } else { Verdict::Pass },
            requirement: blamed.map(|(requirement, _)| requirement),
            seen_as: blamed.and_then(|(_, seen_as)| seen_as),
        }
    }

    #[test]
    fn what_spoils_the_rest_comes_first() {
        let covers = ["VER-12", "KEY-8", "VER-6", "VER-6", "VER-5"].map(|id| [id.to_owned()]);
        let blamed = [
            Some(("VER-6", None)),
            Some(("KEY-8", None)),
            Some(("KEY-8", Some("VER-12"))),
            None,
            Some(("VER-5", None)),
        ];
        let cases: Vec<_> = covers.iter().zip(blamed).map(|(covers, blamed)| case(covers, blamed)).collect();
        let told = of(&cases).unwrap().into_iter();
        let told: Vec<_> = told.map(|it| (it.requirement, it.cases, it.own_failing, it.own)).collect();
        // Two of KEY-8; then one whose own cases all fail before one that is violated as often.
        let expected = [("KEY-8", 2, 1, 1), ("VER-5", 1, 1, 1), ("VER-6", 1, 1, 2)];
        assert_eq!(told, expected.map(|(id, cases, failing, own)| (id.to_owned(), cases, failing, own)));
        assert_eq!(of(&cases[3..]), None, "one failure explains itself");
    }
}
