//! `list`: cases, requirements, faults, without running a peer of anybody's.

use std::collections::BTreeSet;
use std::io::Write;

use clap::Args;

use super::edition;
use super::outcome::{Error, Outcome, not_interrupted};
use super::selection::Selection;
use super::words::{own_peer, plural};
use crate::io::peer::Launch;
use crate::io::runner::{self, Options};
use harness::case::Case;
use harness::spec;
use harness::suite::Verdict;
use zoo::coverage::{self, Known};

/// The arguments of `list`.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    selection: Selection,
    /// The requirements of SPEC.md instead, with the number of cases that cover each
    #[arg(long, conflicts_with_all = ["uncovered", "faults"])]
    requirements: bool,
    /// The requirements that no case decides, and of the order of checks each rule of an operation and each pair of rules:
    /// runs the suite against the built-in reference to know
    #[arg(long, conflicts_with_all = ["faults", "only", "skip", "req", "role", "edition"])]
    uncovered: bool,
    /// The deliberate faults that `peer --fault` serves
    #[arg(long, conflicts_with_all = ["only", "skip", "req", "role", "edition"])]
    faults: bool,
}

impl List {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        if self.faults {
            for fault in zoo::all() {
                let blame = fault.blame.unwrap_or("control");
                writeln!(out, "{:<26} {blame:<8} {}", fault.name, fault.about)?;
            }
            return Ok(Outcome::Good);
        }
        if self.uncovered {
            return uncovered(out);
        }
        let all = cases::all();
        let selected = self.selection.of(&all)?;
        if self.requirements {
            for requirement in spec::requirements() {
                let count = selected.iter().filter(|case| case.covers.contains(&requirement.id)).count();
                let state = match requirement.untestable {
                    Some(reason) => format!("untestable: {reason}"),
                    None => format!("{count} case{}", plural(count)),
                };
                writeln!(
                    out,
                    "{:<7} {:<10} {:<6} {state:<10} {}",
                    requirement.id, requirement.label, requirement.level, requirement.text
                )?;
            }
            return Ok(Outcome::Good);
        }
        for case in selected {
            let covers = case.covers.join(" ");
            writeln!(
                out,
                "{:<44} {:<9} {:<8} {:<4} {covers:<24} {}",
                case.id,
                case.role.word(),
                case.kind.word(),
                edition::since(&case.id),
                case.about
            )?;
        }
        Ok(Outcome::Good)
    }
}

/// Covered is what some case, run against the reference, really decided.
fn uncovered(out: &mut impl Write) -> Result<Outcome, Error> {
    let (launch, claims) = runner::meet(Launch::new(own_peer()?))?;
    let all = cases::all();
    let options = Options { jobs: 2, seed: 0, until: None };
    let selected: Vec<_> = all.iter().collect();
    let run = runner::run(&[(&launch, &claims)], &selected, options, &())?;
    not_interrupted()?;
    let passed = run.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass);
    let witnessed: BTreeSet<&str> = passed.flat_map(|outcome| outcome.witnessed.iter().copied()).collect();
    let testable = spec::requirements().iter().filter(|requirement| requirement.untestable.is_none());
    let uncovered: Vec<_> = testable.filter(|requirement| !witnessed.contains(requirement.id)).collect();
    for requirement in &uncovered {
        writeln!(out, "{:<7} {}", requirement.id, requirement.text)?;
    }
    let order = undecided(&all).map_err(Error::CannotRun)?;
    for line in &order {
        writeln!(out, "{line}")?;
    }
    Ok(if uncovered.is_empty() && order.is_empty() { Outcome::Good } else { Outcome::Bad })
}

/// What no case decides of the order of checks.
fn undecided(all: &[Case]) -> Result<Vec<String>, String> {
    let asked = cases::pairs::pairs().collect();
    let known = Known {
        asked: &asked,
        are_apart: |op, first, second| cases::pairs::reason(op, first, second).is_some(),
        is_part: |first, second| cases::pairs::part_of(first, second).is_some(),
        is_never: |op, rule| cases::pairs::not_asked(op, rule).is_some(),
    };
    coverage::missing(&coverage::of(all)?, &known)
}
