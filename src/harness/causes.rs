//! Where several cases fail, most fail for a reason that is another's: an activation that goes wrong spoils all that
//! begins with it. Which requirements explain most of them.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::case::Case;
use crate::suite::{Outcome, Verdict};

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

/// The likely causes of what failed, the likeliest first; none where no more than one case failed.
///
/// A requirement that is violated in more cases comes first; of two that are violated in equally many the one whose own
/// cases all fail, and then the one that was violated earlier, since what is asked first prepares the rest.
pub fn of(cases: &[&Case], outcomes: &[Outcome]) -> Vec<Cause> {
    let has_failed =
        |outcome: &Outcome| outcome.verdict.fails_the_run() && outcome.verdict != Verdict::HarnessError;
    let played: Vec<_> =
        cases.iter().zip(outcomes).filter(|(_, outcome)| outcome.verdict != Verdict::NotRun).collect();
    let failed: Vec<_> = played.iter().filter(|(_, outcome)| has_failed(outcome)).collect();
    if failed.len() < 2 {
        return Vec::new();
    }
    let mut blamed: Vec<&'static str> = Vec::new();
    for failure in failed.iter().filter_map(|(_, outcome)| outcome.failure.as_ref()) {
        if !blamed.contains(&failure.requirement) {
            blamed.push(failure.requirement);
        }
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let cause = |id: &'static str| {
        let own = |outcome: &&&(&&Case, &Outcome)| outcome.0.covers.contains(&id);
        let is_blamed = |outcome: &&&(&&Case, &Outcome)| {
            outcome
                .1
                .failure
                .as_ref()
                .is_some_and(|failure| failure.requirement == id || failure.seen_as == Some(id))
        };
        Cause {
            requirement: id.to_owned(),
            cases: count(failed.iter().filter(is_blamed).count()),
            own_failing: count(failed.iter().filter(own).count()),
            own: count(played.iter().filter(|case| case.0.covers.contains(&id)).count()),
        }
    };
    let mut causes: Vec<Cause> = blamed.into_iter().map(cause).collect();
    // Stable: of equal ones the earlier.
    causes.sort_by_key(|cause| (Reverse(cause.cases), cause.own_failing < cause.own));
    causes.truncate(MOST);
    causes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::case::{Kind, Role};
    use crate::stop;

    fn case(id: &str, covers: &[&'static str]) -> Case {
        Case::new(
            id.into(),
            Role::Server,
            Kind::Positive,
            covers,
            "this is tried".into(),
            Box::new(|_| Ok(())),
        )
    }

    fn outcome(case: &Case, blamed: Option<(&'static str, Option<&'static str>)>) -> Outcome {
        let failure = blamed.map(|(id, seen_as)| {
            let failure = stop::failure(id, "this".into(), "that".into());
            stop::Failure { seen_as, ..failure }
        });
        let verdict = if failure.is_some() { Verdict::Fail } else { Verdict::Pass };
        let (witnessed, steps, trace) = (BTreeSet::new(), Vec::new(), Vec::new());
        Outcome {
            id: case.id.clone(),
            about: None,
            area: "VER",
            verdict,
            failure,
            witnessed,
            steps,
            wrong_at: None,
            comparable: false,
            trace,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn what_spoils_the_rest_comes_first() {
        let cases = [
            case("a", &["VER-12"]),
            case("b", &["KEY-8"]),
            case("c", &["VER-6"]),
            case("d", &["VER-6"]),
            case("e", &["VER-5"]),
        ];
        let blamed = [
            Some(("VER-6", None)),
            Some(("KEY-8", None)),
            Some(("KEY-8", Some("VER-12"))),
            None,
            Some(("VER-5", None)),
        ];
        let outcomes: Vec<_> = cases.iter().zip(blamed).map(|(case, blamed)| outcome(case, blamed)).collect();
        let cases: Vec<_> = cases.iter().collect();
        let told: Vec<_> = of(&cases, &outcomes)
            .into_iter()
            .map(|it| (it.requirement, it.cases, it.own_failing, it.own))
            .collect();
        // Two of KEY-8; then one whose own cases all fail before one that is violated as often.
        let expected = [("KEY-8", 2, 1, 1), ("VER-5", 1, 1, 1), ("VER-6", 1, 1, 2)];
        assert_eq!(told, expected.map(|(id, cases, failing, own)| (id.to_owned(), cases, failing, own)));
        assert_eq!(of(&cases[3..], &outcomes[3..]), [], "one failure explains itself");
    }
}
