//! `report html`: one page of a report, with its failing cases, or of a selftest.
//!
//! The files may come from anybody. Nothing in them is run, and the page shows all of it as text.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::inspect::message;
use crate::cli::outcome::{Error, Outcome, unreadable};
use crate::cli::report_folder::{FAILING, REPORT};
use crate::cli::terminal::show_path;
use crate::cli::words::again;
use crate::io::files::{FileError, read_text, write_whole};
use harness::report::{Failing, Report};
use page::Evidence;
use peer::json::error_words;
use peer::printable::Line;
use zoo::record::Selftest;

/// The arguments of `report html`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Html {
    /// The folder that `check` wrote to, the report in it, or the file of `selftest --json`
    #[arg(long, value_name = "DIR|FILE", default_value = "reports/last")]
    report: PathBuf,
    /// The page; where none is named, beside the report, with its name
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Html {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let file = if self.report.is_dir() { self.report.join(REPORT) } else { self.report };
        let text = read_text(&file).map_err(unreadable)?;
        let value: Value = parsed(&file, &text, "no report")?;
        let page = match value.get("selftest") {
            Some(_) => page::selftest(&parsed::<Selftest>(&file, &text, "no selftest")?),
            None => {
                let report: Report = parsed(&file, &text, "no report")?;
                page::report(&report, &evidence(&file)?)
            }
        };
        let page = page.map_err(|error| Error::CannotRun(error.to_string()))?;
        let path = self.out.unwrap_or_else(|| file.with_extension("html"));
        write_whole(&path, page.as_bytes())?;
        writeln!(out, "page: {}", show_path(&path))?;
        Ok(Outcome::Good)
    }
}

/// What a file says; or that it is none of its kind.
fn parsed<T: DeserializeOwned>(file: &Path, text: &str, none: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        let words = error_words(text.as_bytes(), &error);
        Error::Usage(format!("{}: {none}: {}", show_path(file), Line(&words)))
    })
}

/// The failing cases beside a report, in the order of their names; none where there is no such folder.
fn evidence(report: &Path) -> Result<Vec<Evidence>, Error> {
    let folder = report.with_file_name(FAILING);
    let cannot = |source| Error::from(FileError { doing: "reading", path: folder.clone(), source });
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(cannot)?,
    };
    let paths = entries.map(|entry| entry.map(|entry| entry.path()).map_err(cannot));
    let mut paths = paths.collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<Evidence, Error> {
    let text = read_text(path).map_err(unreadable)?;
    let failing: Failing = parsed(path, &text, "no failing case")?;
    let at = failing.at.or(failing.steps.len().checked_sub(1));
    let question = at.and_then(|at| failing.steps.get(at)).map(|step| step.question.as_str());
    Ok(Evidence {
        message: question.and_then(|question| message::decoded(question, &failing.requirement)),
        again: again(path, &failing.peers, Vec::new()),
        failing,
    })
}
