//! Which cases: the filters that `check`, `list` and `selftest` share, and the shards of `check`.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use clap::Args;

use super::edition;
use super::outcome::Error;
use harness::case::Case;
use harness::report::Filters;
use harness::spec;

/// Filters. Several of one kind are alternatives; kinds narrow each other.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Selection {
    /// Only cases whose id contains this
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// No case whose id contains this
    #[arg(long, value_name = "TEXT")]
    skip: Vec<String>,
    /// Only cases that cover this requirement, or one of this area (FRM-5, FRM)
    #[arg(long, value_name = "ID")]
    req: Vec<String>,
    /// Only the cases that this edition was frozen with: for a peer that conformed to it
    #[arg(long, value_name = "NUMBER")]
    edition: Option<String>,
    /// Only cases of this role: client, server, both, primitive, peer
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
}

impl Selection {
    /// What narrows the selection, if something does.
    pub(super) fn filters(&self) -> Option<Filters> {
        let Self { only, skip, req, role, edition } = self.clone();
        let filters = Filters { only, skip, req, role, edition };
        (filters != Filters::default()).then_some(filters)
    }

    /// The cases selected from `all`; an error where a filter can match nothing.
    pub(super) fn of<'a>(&self, all: &'a [Case]) -> Result<Vec<&'a Case>, Error> {
        let known = spec::requirements();
        for id in &self.req {
            if !known.iter().any(|requirement| matches_id(requirement.id, id)) {
                return Err(Error::Usage(format!("--req {id}: SPEC.md has no such requirement or area")));
            }
        }
        let roles = ["client", "server", "both", "primitive", "peer"];
        if let Some(role) = self.role.iter().find(|role| !roles.contains(&role.as_str())) {
            return Err(Error::Usage(format!("--role {role}: one of {}", roles.join(", "))));
        }
        let frozen = self.edition.as_deref().map(cases_of).transpose()?;
        let is_frozen = |case: &&Case| frozen.as_ref().is_none_or(|frozen| frozen.contains(case.id.as_str()));
        let selected: Vec<&Case> = all.iter().filter(is_frozen).filter(|case| self.takes(case)).collect();
        if selected.is_empty() {
            return Err(Error::Usage(
                "no case is left by these filters; `counterproof list` shows all".into(),
            ));
        }
        Ok(selected)
    }

    fn takes(&self, case: &Case) -> bool {
        let any = |patterns: &[String], takes: &dyn Fn(&String) -> bool| {
            patterns.is_empty() || patterns.iter().any(takes)
        };
        any(&self.only, &|text| case.id.contains(text.as_str()))
            && !self.skip.iter().any(|text| case.id.contains(text.as_str()))
            && any(&self.req, &|id| case.covers.iter().any(|covered| matches_id(covered, id)))
            && any(&self.role, &|role| case.role.word() == role)
    }
}

/// The cases that an edition was frozen with.
fn cases_of(edition: &str) -> Result<BTreeSet<&'static str>, Error> {
    let found = edition::find(edition).map(|frozen| frozen.cases());
    found.ok_or_else(|| {
        let known: Vec<_> = edition::numbers().collect();
        Error::Usage(format!("--edition {edition}: frozen are {}", known.join(", ")))
    })
}

fn matches_id(id: &str, wanted: &str) -> bool {
    id.eq_ignore_ascii_case(wanted)
        || id.split('-').next().is_some_and(|area| area.eq_ignore_ascii_case(wanted))
}

/// One of several parts of a selection: every N-th case from the I-th on. Neighbours are alike in cost, so the
/// parts are, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shard {
    index: usize,
    count: usize,
}

impl Shard {
    /// This part of the cases. The parts 1 to `count` have each case once.
    pub(super) fn of<T>(self, cases: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
        cases.skip(self.index.saturating_sub(1)).step_by(self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shard = text
            .split_once('/')
            .and_then(|(index, count)| Some(Self { index: index.parse().ok()?, count: count.parse().ok()? }));
        shard
            .filter(|shard| (1..=shard.count).contains(&shard.index) && shard.to_string() == text)
            .ok_or_else(|| "I/N with I from 1 to N, such as 2/3".into())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_partition() {
        for count in 1..12 {
            let shard = |index| Shard { index, count };
            let mut all: Vec<usize> = (1..=count).flat_map(|index| shard(index).of(0..10)).collect();
            all.sort_unstable();
            assert_eq!(all, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_shard_is_written_one_way() {
        assert_eq!("2/3".parse::<Shard>().unwrap().to_string(), "2/3");
        for text in [
            "", "1", "/", "0/1", "0/0", "1/0", "2/1", "1/2/3", "-1/2", "1/x", " 1/2", "1.0/2", "+1/2", "01/2",
        ] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
