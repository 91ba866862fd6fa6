//! `report html`: one page of a report, with its failing cases, or of a selftest.
//!
//! The files may come from anybody. Nothing in them is run, and the page shows all of it as text.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::inspect::explained::{self, Part};
use crate::cli::inspect::message;
use crate::cli::outcome::{Error, Outcome, unreadable};
use crate::cli::report_folder::Stored;
use crate::cli::terminal::show_path;
use crate::cli::words::again;
use crate::io::files::{read_text, write_whole};
use harness::report::Failing;
use page::{Evidence, Field, Message};
use peer::json::error_words;
use peer::printable::Line;
use zoo::record::Selftest;

/// The arguments of `report html`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Html {
    /// The report: the folder of `check --report`, or its report.json; or the file of `selftest --json`
    #[arg(long, value_name = "DIR|FILE", default_value = "reports/last")]
    report: PathBuf,
    /// The page; where none is named, beside the report, with its name
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Html {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let (page, file) = match selftest(&self.report)? {
            Some(result) => (page::selftest(&result), self.report),
            None => {
                let stored = Stored::read(&self.report)?;
                (page::report(&stored.report, &evidence(&stored)?), stored.path)
            }
        };
        let page = page.map_err(|error| Error::CannotRun(error.to_string()))?;
        let path = self.out.unwrap_or_else(|| file.with_extension("html"));
        write_whole(&path, page.as_bytes())?;
        writeln!(out, "page: {}", show_path(&path))?;
        Ok(Outcome::Good)
    }
}

/// The selftest in a file; none where it is something else.
fn selftest(path: &Path) -> Result<Option<Selftest>, Error> {
    if path.is_dir() {
        return Ok(None);
    }
    let text = read_text(path).map_err(unreadable)?;
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if value.get("selftest").is_some() => {}
        _ => return Ok(None),
    }
    serde_json::from_str(&text).map(Some).map_err(|error| {
        let words = error_words(text.as_bytes(), &error);
        Error::Usage(format!("{}: not a selftest: {}", show_path(path), Line(&words)))
    })
}

/// How many digits of a field the page shows.
const DIGITS: usize = 64;

/// A message that was taken apart, for the page.
fn told(part: Part) -> Message {
    let field = |field: explained::Field| {
        let mut bytes = field.place.map(|place| place.bytes).unwrap_or_default();
        if bytes.len() > DIGITS {
            bytes.truncate(DIGITS);
            bytes.push('…');
        }
        Field { name: field.name, bytes, meaning: field.meaning, is_it: field.refused }
    };
    Message { what: part.title, fields: part.fields.into_iter().map(field).collect() }
}

/// The failing cases beside a report.
fn evidence(stored: &Stored) -> Result<Vec<Evidence>, Error> {
    let folder = stored.failing_folder();
    let of = |(name, failing): (PathBuf, Failing)| {
        let at = failing.at.or(failing.steps.len().checked_sub(1));
        let question = at.and_then(|at| failing.steps.get(at)).map(|step| step.question.as_str());
        Evidence {
            message: question.and_then(|question| message::decoded(question, &failing.requirement)).map(told),
            again: again(&folder.join(&name), &failing.peers, Vec::new()),
            file: name.to_string_lossy().into_owned(),
            failing,
        }
    };
    Ok(stored.failing()?.into_iter().map(of).collect())
}
