//! What failed in a report, to be asked again: `check --failed`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::cli::explore::stored;
use crate::cli::outcome::Error;
use crate::cli::report_folder::Stored;
use crate::cli::terminal::show_path;
use harness::case::Case;
use programs::step::Program;

/// What failed in a report, whichever peer it was.
pub(super) struct Failed {
    /// The file, for words about it.
    path: String,
    /// With which seed.
    pub(super) seed: u64,
    /// By id.
    cases: BTreeSet<String>,
    /// The programs of what random programs found.
    pub(super) programs: Vec<Program>,
}

impl Failed {
    /// Reads it. A report in which nothing failed is wrong usage.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let read = Stored::read(path)?;
        let path = show_path(&read.path);
        let stored_cases: BTreeMap<_, _> = read.failing()?.into_iter().collect();
        let mut programs: Vec<Program> = Vec::new();
        for part in &read.report.parts {
            for finding in part.failed_findings() {
                let file = PathBuf::from(part.failing_file(&finding.id));
                let Some(program) = stored_cases.get(&file).and_then(stored) else { continue };
                let program = program.map_err(|error| {
                    Error::Usage(format!("{path}: {}: not a program: {error}", show_path(&file)))
                })?;
                if !programs.contains(&program) {
                    programs.push(program);
                }
            }
        }
        let cases: BTreeSet<String> =
            read.report.parts.iter().flat_map(|part| part.failures()).map(|case| case.id.clone()).collect();
        if cases.is_empty() && programs.is_empty() {
            return Err(Error::Usage(format!("--failed: nothing failed in {path}")));
        }
        Ok(Self { path, seed: read.report.seed, cases, programs })
    }

    /// Those of the cases that failed. It may be programs alone that did.
    pub(super) fn of<'a>(&self, selected: &[&'a Case]) -> Result<Vec<&'a Case>, Error> {
        let cases: Vec<_> = selected.iter().copied().filter(|case| self.cases.contains(&case.id)).collect();
        if cases.is_empty() && self.programs.is_empty() {
            let words = "is left: other filters leave it out, or this version has no such case";
            return Err(Error::Usage(format!("--failed: nothing of what failed in {} {words}", self.path)));
        }
        Ok(cases)
    }
}
