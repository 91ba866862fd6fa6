//! What the author of a peer does next: the last words of `check-peer`.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::Value;

use super::climb::Climb;
use super::outcome::Error;
use super::words::plural;
use cases::ladder::{Next, Stage};
use harness::spec;
use peer::operations::is_optional;
use peer::printable::Line;

/// Writes the next step: mend what fails, else build what most cases of the claim wait for, else of all.
pub(super) fn write(out: &mut impl Write, climb: &Climb<'_>) -> Result<(), Error> {
    if let Some(outcome) = climb.ladder.rungs.iter().find_map(|rung| climb.first_failing(rung)) {
        let requirement = outcome.failure.as_ref().map_or("", |failure| failure.requirement);
        writeln!(out, "next: make {} pass ({requirement}), see above", outcome.id)?;
        return Ok(());
    }
    let (profile, operations) = (&climb.claims.profile, &climb.claims.operations);
    let of_protocol = |name: &&'static str| Stage::of(name) == Stage::Protocol;
    if let Some(operation) = climb.lacking(profile).into_iter().find(of_protocol) {
        return build(out, operation, "every profile needs it");
    }
    let role = |index: usize| climb.cases.get(index).map(|case| case.role);
    let of_claim = |index| role(index).is_some_and(|role| role.belongs_to(profile, operations));
    let claimed = climb.ladder.next(of_claim).map(|next| (next, Line(profile).to_string()));
    let any = || climb.ladder.next(|_| true).map(|next| (next, "the whole suite".to_owned()));
    match claimed.or_else(any) {
        Some((next, of)) => {
            build(out, next.operation, &why(&next, &of))?;
            first_case(out, climb, &next)
        }
        None if !climb.has("state") => {
            let cases = climb.ladder.looking_at_state();
            build(out, "state", &format!("{cases} case{} would look at it", plural(cases)))
        }
        None => {
            writeln!(out, "next: nothing; every operation is there and every case passes")?;
            Ok(())
        }
    }
}

/// Why this operation and no other.
fn why(next: &Next, of: &str) -> String {
    let (waits, opens) = (next.waits.len(), next.opens.len());
    let wait = if waits == 1 { "case waits" } else { "cases wait" };
    format!("{waits} {wait} for it in {of}, {opens} of them for nothing else")
}

/// Says what to build: the row of SPEC section 18, and where its vectors are.
fn build(out: &mut impl Write, operation: &str, why: &str) -> Result<(), Error> {
    let optional = if is_optional(operation) { " (optional)" } else { "" };
    writeln!(out, "next: build {operation}{optional}, and name it in the operations of hello")?;
    writeln!(out, "  why         {why}")?;
    if let Some(row) = row(operation) {
        writeln!(out, "  parameters  {}", or_none(row.parameters))?;
        writeln!(out, "  result      {}", or_none(row.result))?;
    }
    let files = files_with(operation);
    if !files.is_empty() {
        writeln!(out, "  vectors     {}", files.join(", "))?;
    }
    Ok(())
}

/// Which case to make pass first.
fn first_case(out: &mut impl Write, climb: &Climb<'_>, next: &Next) -> Result<(), Error> {
    let Some(case) = next.opens.first().and_then(|index| climb.cases.get(*index)) else { return Ok(()) };
    writeln!(out, "  first case  {}: {}", case.id, case.about)?;
    if let Some(requirement) = case.covers.first().and_then(|id| spec::find(id)) {
        writeln!(out, "  {}: {}", requirement.id, requirement.text)?;
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
