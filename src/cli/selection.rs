//! Which cases: the filters that `check`, `list` and `selftest` share.

use clap::Args;

use super::Error;
use crate::harness::cases::Case;
use crate::harness::spec;

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
    /// Only cases of this role: client, server, both, primitive, peer
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
}

impl Selection {
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
        let selected: Vec<&Case> = all.iter().filter(|case| self.takes(case)).collect();
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

fn matches_id(id: &str, wanted: &str) -> bool {
    id.eq_ignore_ascii_case(wanted)
        || id.split('-').next().is_some_and(|area| area.eq_ignore_ascii_case(wanted))
}
