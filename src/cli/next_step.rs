//! What the author of a peer does next: the last words of `check-peer`.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::Value;

use super::climb::{Climb, Now};
use super::outcome::Error;
use super::words::plural;
use cases::ladder::{Rung, Stage};
use harness::spec;

/// Writes the next step: mend what fails, else build what the claim lacks, else what the ladder has next.
pub(super) fn write(out: &mut impl Write, climb: &Climb<'_>) -> Result<(), Error> {
    if let Some(outcome) = climb.ladder.rungs.iter().find_map(|rung| climb.first_failing(rung)) {
        let requirement = outcome.failure.as_ref().map_or("", |failure| failure.requirement);
        writeln!(out, "next: make {} pass ({requirement}), see above", outcome.id)?;
        return Ok(());
    }
    let claimed = climb.lacking(&climb.claims.profile);
    let rungs = climb.ladder.rungs.iter();
    let missing: Vec<(&Rung, &'static str)> = rungs
        .flat_map(|rung| rung.operations.iter().map(move |name| (rung, *name)))
        .filter(|(_, name)| !climb.has(name))
        .collect();
    let begun = |rung: &Rung| {
        let role = matches!(rung.stage, Stage::Client | Stage::Server);
        let of_stage = climb.ladder.rungs.iter().filter(|other| other.stage == rung.stage);
        role && of_stage.flat_map(|other| &other.operations).any(|name| climb.has(name))
    };
    let protocol = missing.iter().find(|(rung, _)| rung.stage == Stage::Protocol);
    let next = protocol
        .or_else(|| missing.iter().find(|(_, name)| claimed.contains(name)))
        .or_else(|| missing.iter().find(|(rung, _)| begun(rung)))
        .or_else(|| missing.first());
    match next {
        Some((rung, name)) => build(out, climb, rung, name),
        None => {
            writeln!(out, "next: nothing; every operation is there and every case passes")?;
            Ok(())
        }
    }
}

/// Says what to build: the row of SPEC section 18, where its vectors are, which case to make pass first.
fn build(out: &mut impl Write, climb: &Climb<'_>, rung: &Rung, operation: &str) -> Result<(), Error> {
    writeln!(out, "next: build {operation}, and name it in the operations of hello")?;
    if let Some(row) = row(operation) {
        writeln!(out, "  parameters  {}", or_none(row.parameters))?;
        writeln!(out, "  result      {}", or_none(row.result))?;
    }
    let files = files_with(operation);
    if !files.is_empty() {
        writeln!(out, "  vectors     {}", files.join(", "))?;
    }
    let waiting = || climb.on(rung).filter(|(_, now)| matches!(now, Now::Lacks(_)));
    let waiting_count = waiting().count();
    if let Some((case, _)) = waiting().next() {
        let sentence = case.covers.first().and_then(|id| spec::find(id));
        writeln!(
            out,
            "  for it wait {waiting_count} case{}, first {}: {}",
            plural(waiting_count),
            case.id,
            case.about
        )?;
        if let Some(requirement) = sentence {
            writeln!(out, "  {}: {}", requirement.id, requirement.text)?;
        }
    }
    Ok(())
}

fn or_none(cell: &str) -> &str {
    if cell.is_empty() { "none" } else { cell }
}

/// An operation, as the table of SPEC section 18 has it.
fn row(operation: &str) -> Option<&'static spec::Operation> {
    spec::operations().iter().find(|row| row.name == operation)
}

/// The golden vectors with inputs and outputs of an operation.
fn files_with(operation: &str) -> Vec<String> {
    let has = |content: &str| {
        let file: Option<Value> = serde_json::from_str(content).ok();
        let vectors = file.as_ref().and_then(|file| file.get("vectors")?.as_array());
        vectors.is_some_and(|all| {
            all.iter().any(|vector| vector.get("operation").and_then(Value::as_str) == Some(operation))
        })
    };
    let files = vectors::files().into_iter().filter(|file| has(&file.content));
    let names: BTreeSet<String> = files.map(|file| format!("vectors/{}", file.name)).collect();
    names.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use peer::engine;

    #[test]
    fn every_operation_has_its_row() {
        for name in engine::operation_names() {
            assert!(row(name).is_some(), "{name}");
        }
        let words = |name| row(name).map(|row| (row.parameters, row.result));
        assert_eq!(words("ping"), Some(("", "")));
        assert_eq!(words("primitive.cmac"), Some(("`key` (bytes 16), `data` (bytes)", "`mac` (bytes 16)")));
        assert_eq!(files_with("primitive.check_digit"), ["vectors/check-digit.json"]);
    }
}
