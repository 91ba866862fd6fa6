//! `report html`: one page of a report, with its failing cases, of a selftest, of nights of fuzzing, or of the hot path.
//!
//! The files may come from anybody. Nothing in them is run, and the page shows all of it as text.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::inspect::explained::{self, Part};
use crate::cli::inspect::message;
use crate::cli::outcome::{Error, Outcome, unreadable};
use crate::cli::report_folder::Stored;
use crate::cli::terminal::show_path;
use crate::cli::words::{again, plural};
use crate::io::files::{read_at_most, read_text, write_whole};
use harness::report::Failing;
use night::bench::Bench;
use night::read::{Trouble, lines};
use page::{Evidence, Field, Message};
use peer::json::error_words;
use peer::printable::Line;
use zoo::record::Selftest;

/// The arguments of `report html`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Html {
    /// The report: the folder of `check --report`, or its report.json; or the file of `selftest --json`; or the record of
    /// `fuzz nightly`, nights.jsonl, with the bench.json beside it; or a bench.json alone; or the record of `bench`, runs.jsonl
    #[arg(long, value_name = "DIR|FILE", default_value = "reports/last")]
    report: PathBuf,
    /// The page; where none is named, beside the report, with its name
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The file beside a record with what the targets made of planted bugs.
const BENCH: &str = "bench.json";
/// How the name of a record ends, and what it is called in the folder of the nights.
const RECORD: &str = "jsonl";
const NIGHTS: &str = "nights.jsonl";
/// What that of the hot path is called, by which it is known.
const RUNS: &str = "runs.jsonl";
/// How large a record may be: some twenty years of it.
const MOST: u64 = 1 << 28;
/// How many lines that can't be read are named.
const NAMED: usize = 20;

impl Html {
    /// Of this file, the page beside it.
    pub(super) fn of(report: &Path) -> Self {
        Self { report: report.to_owned(), out: None }
    }

    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let (page, file) = match Source::of(&self.report)? {
            Source::Selftest(result) => (page::selftest(&result), self.report),
            Source::Bench(bench) => (page::night(&[], Some(&bench)), self.report),
            Source::Record(path) => (record(&path, out)?, path),
            Source::Runs(path) => (runs(&path, out)?, path),
            Source::Report => {
                let stored = Stored::read(&self.report)?;
                let candidates: Vec<_> =
                    stored.candidates()?.into_iter().map(|(_, candidate)| candidate).collect();
                (page::report(&stored.report, &evidence(&stored)?, &candidates), stored.path)
            }
        };
        let page = page.map_err(|error| Error::CannotRun(error.to_string()))?;
        let path = self.out.unwrap_or_else(|| file.with_extension("html"));
        write_whole(&path, page.as_bytes())?;
        writeln!(out, "page: {}", show_path(&path))?;
        Ok(Outcome::Good)
    }
}

/// Of what a page is made.
enum Source {
    Report,
    Selftest(Selftest),
    Bench(Bench),
    Record(PathBuf),
    Runs(PathBuf),
}

impl Source {
    /// A record is known by its name, for its first line may be torn; a file of JSON by its first member.
    fn of(path: &Path) -> Result<Self, Error> {
        if path.is_dir() {
            let [nights, runs] = [NIGHTS, RUNS].map(|name| path.join(name));
            return Ok(match (nights.is_file(), runs.is_file()) {
                (true, _) => Source::Record(nights),
                (false, true) => Source::Runs(runs),
                (false, false) => Source::Report,
            });
        }
        if path.ends_with(RUNS) {
            return Ok(Source::Runs(path.to_owned()));
        }
        if path.extension().is_some_and(|extension| extension == RECORD) {
            return Ok(Source::Record(path.to_owned()));
        }
        let text = read_text(path).map_err(unreadable)?;
        let Ok(value) = serde_json::from_str::<Value>(&text) else { return Ok(Source::Report) };
        if value.get("selftest").is_some() {
            return read(path, &text, "selftest").map(Source::Selftest);
        }
        match value.get("bench") {
            Some(_) => read(path, &text, "fuzz bench").map(Source::Bench),
            None => Ok(Source::Report),
        }
    }
}

fn read<T: DeserializeOwned>(path: &Path, text: &str, what: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| {
        let words = error_words(text.as_bytes(), &error);
        Error::Usage(format!("{}: not a {what}: {}", show_path(path), Line(&words)))
    })
}

/// The lines of a record. What can't be read of it is named, on the page and here, and costs nothing else.
fn read_lines<L: night::read::Line>(
    path: &Path,
    out: &mut impl Write,
) -> Result<(Vec<L>, Vec<Trouble>), Error> {
    let (read, troubles) = lines(read_at_most(path, MOST).map_err(unreadable)?);
    let left_out = troubles.len();
    if left_out > 0 {
        writeln!(out, "{}: {left_out} line{} left out", show_path(path), plural(left_out))?;
    }
    for trouble in troubles.iter().take(NAMED) {
        writeln!(out, "  {}", Line(&trouble.to_string()))?;
    }
    Ok((read, troubles))
}

/// The page of the hot path.
fn runs(path: &Path, out: &mut impl Write) -> Result<Result<String, page::Error>, Error> {
    let (runs, troubles) = read_lines(path, out)?;
    Ok(page::perf(&runs, &troubles))
}

/// The page of nights.
fn record(path: &Path, out: &mut impl Write) -> Result<Result<String, page::Error>, Error> {
    let (entries, troubles) = read_lines(path, out)?;
    let beside = path.with_file_name(BENCH);
    let bench = match beside.is_file() {
        true => Some(read(&beside, &read_text(&beside).map_err(unreadable)?, "fuzz bench")?),
        false => None,
    };
    Ok(page::night_of_a_file(&entries, &troubles, bench.as_ref()))
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
