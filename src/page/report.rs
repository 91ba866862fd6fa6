//! The page of a run.

use std::collections::BTreeSet;

use askama::Template;
use harness::report::{Candidate, Report};

use crate::Error;
use crate::candidates::{Candidates, WORDS};
use crate::failures::{Evidence, Group, groups};
use crate::matrix::Matrix;
use crate::part::PartView;
use crate::shell::Shell;
use crate::verdict::{Sentence, of_run};
use crate::words::date;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    shell: Shell,
    sentence: Sentence,
    facts: Vec<(&'static str, String)>,
    parts: Vec<PartView>,
    groups: Vec<Group<'a>>,
    candidates: Candidates<'a>,
    matrix: Matrix<'a>,
    /// The words of the filter.
    words: Vec<&'static str>,
}

/// The page of a report. `evidence` are its failing cases, as far as there are files of them; without one a failure is
/// told by what the report itself says. `candidates` are what divides several peers.
pub fn report(report: &Report, evidence: &[Evidence], candidates: &[Candidate]) -> Result<String, Error> {
    let parts = report.parts.iter().enumerate();
    let parts = parts.map(|(place, part)| PartView::new(place.saturating_add(1), part));
    let parts = parts.collect::<Result<Vec<_>, Error>>()?;
    // Where there is one, it goes without saying which.
    let names = match parts.as_slice() {
        [_] => Vec::new(),
        several => several.iter().map(|part| part.short.clone()).collect::<Vec<_>>(),
    };
    let groups = groups(report, &names, evidence);
    let told: BTreeSet<_> = groups.iter().flat_map(Group::anchors).collect();
    let columns = if names.is_empty() { vec!["cases".to_owned()] } else { names.clone() };
    let matrix = Matrix::new(report, &columns, &told);
    let candidates = Candidates::new(candidates);
    let mut sections = vec![("summary", "Summary"), ("failures", "Failures")];
    let mut words = matrix.verdicts.clone();
    if !candidates.told.is_empty() {
        sections.push(("candidates", "Between the peers"));
        words.extend(WORDS.into_iter().filter(|word| candidates.told.iter().any(|it| it.word == *word)));
    }
    sections.push(("matrix", "Requirements"));
    let page = Page {
        shell: Shell::new(sections),
        sentence: of_run(report),
        facts: facts(report),
        parts,
        candidates,
        words,
        matrix,
        groups,
    };
    Ok(page.render()?)
}

/// What is so for the whole run.
fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Run at", date(report.time)), ("Seed", report.seed.to_string())];
    facts.extend(report.shard.clone().map(|shard| ("Shard", shard)));
    if !report.missing.is_empty() {
        facts.push((
            "Missing",
            format!("the shards {}: this is not the whole run", report.missing.join(", ")),
        ));
    }
    facts.push(("Filters", report.filter_words()));
    facts.push(("Made by", format!("counterproof {}", report.counterproof)));
    facts
}
