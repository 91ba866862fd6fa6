//! Who is judged, by which cases and which random programs.

use std::io::Write;

use crate::cli::explore::{Chosen, Exploring};
use crate::cli::outcome::{Error, Outcome};
use crate::cli::show;
use crate::cli::subject::Subject;
use crate::cli::words::plural;
use harness::case::{Case, Role};
use harness::shard::Shard;
use peer::operations::HelloResult;

use super::failed::Failed;

/// A peer or a pair, and what it is to do.
pub(super) struct Plan<'a> {
    pub(super) subjects: Vec<&'a Subject>,
    /// All cases of the profile.
    pub(super) profile: Vec<&'a Case>,
    /// Those of this run.
    pub(super) cases: Vec<&'a Case>,
    /// The random programs of this run.
    pub(super) programs: Chosen,
    /// Which of the peers it is, where it is one.
    pub(super) place: Option<usize>,
    /// Which part of the run it is, where there are several.
    pub(super) number: Option<u64>,
}

/// What is asked for, whoever the peers are.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) selected: &'a [&'a Case],
    pub(super) failed: Option<&'a Failed>,
    pub(super) exploring: Exploring,
    /// Whether cases were selected, so that no random programs are played unless asked for.
    pub(super) is_selection: bool,
    pub(super) shard: Option<Shard>,
}

/// Each peer, then each pair, each with its cases.
pub(super) fn plans<'a>(
    subjects: &'a [Subject],
    all: &'a [Case],
    ask: Ask<'a>,
) -> Result<Vec<Plan<'a>>, Error> {
    let mut plans: Vec<Plan<'_>> = Vec::new();
    let alone = subjects.iter().map(|subject| vec![subject]);
    let pairs = subjects.iter().flat_map(|client| {
        let others = subjects.iter().filter(move |server| !std::ptr::eq(*server, client));
        others.map(move |server| vec![client, server])
    });
    for (number, (place, seats)) in (1..).zip(alone.chain(pairs).enumerate()) {
        let mut plan = ask.plan(seats, all);
        if plan.cases.is_empty() && plan.programs.is_empty() && plan.subjects.len() == 1 {
            return Err(Error::Usage(ask.nothing()));
        }
        plan.number = (subjects.len() > 1).then_some(number);
        plan.place = (plan.subjects.len() == 1).then_some(place);
        plans.push(plan);
    }
    Ok(plans)
}

impl<'a> Ask<'a> {
    /// What of it is for these peers.
    fn plan(&self, subjects: Vec<&'a Subject>, all: &'a [Case]) -> Plan<'a> {
        let belongs =
            |case: &Case, claims: &HelloResult| case.role.belongs_to(&claims.profile, &claims.operations);
        let claimed = |case: &&Case| {
            (subjects.len() == 1 || case.role == Role::Both)
                && subjects.iter().all(|subject| belongs(case, &subject.claims))
        };
        let chosen = self.selected.iter().copied().filter(claimed);
        let cases: Vec<_> = match self.shard {
            Some(shard) => shard.of(chosen).collect(),
            None => chosen.collect(),
        };
        let claims: Vec<_> = subjects.iter().map(|subject| &subject.claims).collect();
        let programs = match self.failed {
            Some(failed) => Chosen::stored(&failed.programs, &claims, self.shard),
            None => self.exploring.drawn(&claims, self.is_selection, self.shard),
        };
        let profile = all.iter().filter(claimed).collect();
        Plan { profile, subjects, cases, programs, place: None, number: None }
    }

    /// That none of it is for a peer.
    fn nothing(&self) -> String {
        if self.exploring.only_programs {
            return "no random programs: --explore is 0, or the peer claims a single operation, for which there are \
                    none"
                .to_owned();
        }
        let shard = self.shard.map(|shard| format!(" and shard {shard}")).unwrap_or_default();
        format!("no selected case belongs to the profile that the peer claims{shard}: nothing was judged")
    }
}

impl Plan<'_> {
    /// The optional operations that its peers don't have: what is asked of a pair both must list.
    pub(super) fn not_offered(&self) -> Vec<&'static str> {
        let mut names: Vec<_> =
            self.subjects.iter().flat_map(|subject| harness::case::not_offered(&subject.claims)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// What would be run.
pub(super) fn list(out: &mut impl Write, plans: &[Plan<'_>]) -> Result<Outcome, Error> {
    for plan in plans {
        show::heading(out, &plan.subjects)?;
        plan.cases.iter().try_for_each(|case| writeln!(out, "  {}", case.id))?;
        writeln!(out, "{} case{}", plan.cases.len(), plural(plan.cases.len()))?;
        if let count @ 1.. = plan.programs.len() {
            writeln!(out, "{count} random program{}", plural(count))?;
        }
    }
    Ok(Outcome::Good)
}
