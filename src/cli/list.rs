//! `list`: cases, requirements, faults, without running a peer of anybody's.

use std::collections::BTreeSet;
use std::io::Write;

use clap::Args;
use serde::Serialize;

use super::edition;
use super::json;
use super::outcome::{Error, Outcome, not_interrupted};
use super::selection::Selection;
use super::words::{every_case, own_peer, plural};
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
    /// One JSON document instead, of the form that reports/list.schema.json describes
    #[arg(long)]
    json: bool,
}

/// What `--json` writes: `reports/list.schema.json`.
#[derive(Serialize)]
struct Document<'a> {
    list: u32,
    counterproof: &'static str,
    #[serde(flatten)]
    listed: &'a Listed,
}

/// What is listed.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Listed {
    Cases(Vec<ListedCase>),
    Requirements(Vec<ListedRequirement>),
    Faults(Vec<ListedFault>),
    Uncovered(Uncovered),
}

#[derive(Serialize)]
struct ListedCase {
    id: String,
    role: &'static str,
    kind: &'static str,
    since: &'static str,
    covers: Vec<&'static str>,
    about: String,
}

#[derive(Serialize)]
struct ListedRequirement {
    id: &'static str,
    label: &'static str,
    level: &'static str,
    text: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    untestable: Option<&'static str>,
    cases: usize,
}

#[derive(Serialize)]
struct ListedFault {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    blame: Option<&'static str>,
    about: &'static str,
}

#[derive(Serialize)]
struct Uncovered {
    requirements: Vec<Sentence>,
    order: Vec<String>,
}

#[derive(Serialize)]
struct Sentence {
    id: &'static str,
    text: &'static str,
}

impl List {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let listed = self.listed()?;
        match self.json {
            true => {
                let document = Document { list: 1, counterproof: env!("CARGO_PKG_VERSION"), listed: &listed };
                json::write(out, &document)?;
            }
            false => listed.write(out)?,
        }
        match listed {
            Listed::Uncovered(left) if !left.requirements.is_empty() || !left.order.is_empty() => {
                Ok(Outcome::Bad)
            }
            _ => Ok(Outcome::Good),
        }
    }

    fn listed(&self) -> Result<Listed, Error> {
        if self.faults {
            let faults = zoo::all();
            let faults = faults.map(|it| ListedFault { name: it.name, blame: it.blame, about: it.about });
            return Ok(Listed::Faults(faults.collect()));
        }
        if self.uncovered {
            return Ok(Listed::Uncovered(uncovered()?));
        }
        let all = every_case();
        let selected = self.selection.of(&all)?;
        if self.requirements {
            return Ok(Listed::Requirements(requirements(&selected)));
        }
        let case = |case: &Case| ListedCase {
            id: case.id.clone(),
            role: case.role.word(),
            kind: case.kind.word(),
            since: edition::since(&case.id),
            covers: case.covers.clone(),
            about: case.about.clone(),
        };
        Ok(Listed::Cases(selected.into_iter().map(case).collect()))
    }
}

impl Listed {
    /// A line for each.
    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        match self {
            Listed::Cases(cases) => cases.iter().try_for_each(|it| {
                let covers = it.covers.join(" ");
                let ListedCase { id, role, kind, since, about, .. } = it;
                writeln!(out, "{id:<44} {role:<9} {kind:<8} {since:<4} {covers:<24} {about}")
            }),
            Listed::Requirements(requirements) => requirements.iter().try_for_each(|it| {
                let state = match it.untestable {
                    Some(reason) => format!("untestable: {reason}"),
                    None => format!("{} case{}", it.cases, plural(it.cases)),
                };
                writeln!(out, "{:<7} {:<10} {:<6} {state:<10} {}", it.id, it.label, it.level, it.text)
            }),
            Listed::Faults(faults) => faults.iter().try_for_each(|it| {
                writeln!(out, "{:<26} {:<8} {}", it.name, it.blame.unwrap_or("control"), it.about)
            }),
            Listed::Uncovered(Uncovered { requirements, order }) => {
                requirements.iter().try_for_each(|it| writeln!(out, "{:<7} {}", it.id, it.text))?;
                order.iter().try_for_each(|line| writeln!(out, "{line}"))
            }
        }
    }
}

/// The requirements of SPEC.md, and how many of these cases cover each.
fn requirements(selected: &[&Case]) -> Vec<ListedRequirement> {
    let of = |it: &spec::Requirement| ListedRequirement {
        id: it.id,
        label: it.label,
        level: it.level,
        text: it.text,
        class: it.class,
        untestable: it.untestable,
        cases: selected.iter().filter(|case| case.covers.contains(&it.id)).count(),
    };
    spec::requirements().iter().map(of).collect()
}

/// Covered is what some case, run against the reference, really decided.
fn uncovered() -> Result<Uncovered, Error> {
    let (launch, claims) = runner::meet(Launch::new(own_peer()?))?;
    let all = cases::all();
    let options = Options { jobs: 2, seed: 0, until: None };
    let selected: Vec<_> = all.iter().collect();
    let run = runner::run(&[(&launch, &claims)], &selected, options, &())?;
    not_interrupted()?;
    let passed = run.outcomes.iter().filter(|outcome| outcome.verdict == Verdict::Pass);
    let witnessed: BTreeSet<&str> = passed.flat_map(|outcome| outcome.witnessed.iter().copied()).collect();
    let testable = spec::requirements().iter().filter(|requirement| requirement.untestable.is_none());
    let left = testable.filter(|requirement| !witnessed.contains(requirement.id));
    Ok(Uncovered {
        requirements: left
            .map(|requirement| Sentence { id: requirement.id, text: requirement.text })
            .collect(),
        order: undecided(&all).map_err(Error::CannotRun)?,
    })
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `tests/json.rs` holds this against the schema, without running the suite for it.
    #[test]
    fn what_is_uncovered_is_a_document() {
        let left =
            Uncovered { requirements: vec![Sentence { id: "FRM-5", text: "t" }], order: vec!["o".into()] };
        let listed = Listed::Uncovered(left);
        let document = Document { list: 1, counterproof: "0", listed: &listed };
        let expected = json!({"list": 1, "counterproof": "0",
            "uncovered": {"requirements": [{"id": "FRM-5", "text": "t"}], "order": ["o"]}});
        assert_eq!(serde_json::to_value(document).unwrap(), expected);
    }
}
