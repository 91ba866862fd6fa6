//! A row at the head of an area's file: what a case is called, whom it asks, what it covers, how it is played.

use channel::rule::Rule;
use harness::case::{Case, Kind, Role};
use harness::spec;
use harness::trial::{Failure, Stop, Trial};

pub(crate) fn case(
    id: impl Into<String>,
    role: Role,
    kind: Kind,
    covers: &[&'static str],
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    Case::new(id.into(), role, kind, covers, about.into(), Box::new(run))
}

pub(crate) fn positive(
    id: impl Into<String>,
    role: Role,
    covers: &[&'static str],
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    Case::new(id.into(), role, Kind::Positive, covers, about.into(), Box::new(run))
}

pub(crate) fn negative(
    id: impl Into<String>,
    role: Role,
    rule: Rule,
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    Case::new(id.into(), role, Kind::Negative, &[rule.id], about.into(), Box::new(run))
}

pub(crate) fn sequence(
    id: impl Into<String>,
    role: Role,
    covers: &[&'static str],
    about: impl Into<String>,
    run: impl Fn(&mut Trial<'_>) -> Result<(), Stop> + Send + Sync + 'static,
) -> Case {
    Case::new(id.into(), role, Kind::Sequence, covers, about.into(), Box::new(run))
}

/// A failure seen through another requirement violates `aim`.
pub(crate) fn blaming<T>(aim: &'static str, result: Result<T, Stop>) -> Result<T, Stop> {
    result.map_err(|stop| match stop {
        Stop::Fail(failure) if !is_of_the_question(&failure) => {
            Stop::Fail(Failure { requirement: aim, ..failure })
        }
        other => other,
    })
}

/// Whether what failed is the form of what was asked: that shows nothing of what went before.
fn is_of_the_question(failure: &Failure) -> bool {
    let class = spec::find(failure.requirement).and_then(|rule| rule.class);
    class == Some("bad-data") && failure.got.starts_with("refused")
}

/// A failure that violates one of `seen`, by which alone `aim` can be seen here, violates `aim`.
pub(crate) fn seen_by<T>(seen: &[&str], aim: &'static str, result: Result<T, Stop>) -> Result<T, Stop> {
    result.map_err(|stop| match stop {
        Stop::Fail(failure) if seen.contains(&failure.requirement) => {
            Stop::Fail(Failure { requirement: aim, ..failure })
        }
        other => other,
    })
}
