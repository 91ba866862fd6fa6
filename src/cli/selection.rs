//! Which cases: the filters that `check`, `list` and `selftest` share.

use std::collections::BTreeSet;

use clap::Args;

use super::edition;
use super::outcome::Error;
use harness::case::{Case, Role};
use harness::report::Filters;
use harness::spec;

/// How many ids are told where one is none.
const NEAREST: usize = 3;

/// Filters. Several of one kind are alternatives; kinds narrow each other.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Selection {
    /// Exactly the case with this id
    #[arg(long, value_name = "ID")]
    case: Vec<String>,
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
    /// Only cases of this role: client, server, both, primitive, peer, gateway
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
}

impl Selection {
    /// What narrows the selection, if something does.
    pub(super) fn filters(&self) -> Option<Filters> {
        let Self { case, only, skip, req, role, edition } = self.clone();
        let filters = Filters { case, only, skip, req, role, edition, ..Filters::default() };
        (filters != Filters::default()).then_some(filters)
    }

    /// The cases selected from `all`; an error where a filter can match nothing.
    pub(super) fn of<'a>(&self, all: &'a [Case]) -> Result<Vec<&'a Case>, Error> {
        if let Some(id) = self.case.iter().find(|id| all.iter().all(|case| case.id != **id)) {
            return Err(Error::Usage(no_case(id, all)));
        }
        let known = spec::requirements();
        for id in &self.req {
            if !known.iter().any(|requirement| matches_id(requirement.id, id)) {
                return Err(Error::Usage(format!("--req {id}: SPEC.md has no such requirement or area")));
            }
        }
        if let Some(role) = self.role.iter().find(|role| !Role::WORDS.contains(&role.as_str())) {
            return Err(Error::Usage(format!("--role {role}: one of {}", Role::WORDS.join(", "))));
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
        any(&self.case, &|id| case.id == *id)
            && any(&self.only, &|text| case.id.contains(text.as_str()))
            && !self.skip.iter().any(|text| case.id.contains(text.as_str()))
            && any(&self.req, &|id| case.covers.iter().any(|covered| matches_id(covered, id)))
            && any(&self.role, &|role| case.role.word() == role)
    }
}

/// That no case has this id, and which have one like it.
fn no_case(id: &str, all: &[Case]) -> String {
    let likeness = |case: &Case| strsim::jaro_winkler(id, &case.id);
    let mut nearest: Vec<_> = all.iter().map(|case| (likeness(case), case.id.as_str())).collect();
    nearest.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let nearest: Vec<_> = nearest.into_iter().take(NEAREST).map(|(_, id)| id).collect();
    format!("--case {id}: no case has this id; the nearest are {}", nearest.join(", "))
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
