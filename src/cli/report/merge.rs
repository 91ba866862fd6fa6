//! `report merge`: the reports of shards as that of the whole run, with the files beside them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Map, Value};

use super::phrases::{verdict, who};
use crate::cli::outcome::{Error, Outcome};
use crate::cli::report_folder::{ReportFolder, Stored, store, write_json};
use crate::cli::terminal::show_path;
use harness::merge::{MergeError, merge, order};
use harness::report::{Candidate, Failing, Report};
use harness::standing::End;

/// The arguments of `report merge`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Merge {
    /// The folder for the report of the whole: one of its own
    out: PathBuf,
    /// The reports of the shards: folders of --report, or report.json of them
    #[arg(required = true, value_name = "IN")]
    shards: Vec<PathBuf>,
}

/// The files of shards, by name.
struct Files {
    failing: BTreeMap<PathBuf, Failing>,
    candidates: BTreeMap<PathBuf, Candidate>,
}

impl Merge {
    /// The outcome is that of the whole run; a shard that is missing leaves no verdict but that something failed.
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let read: Vec<_> = self.shards.iter().map(|path| Stored::read(path)).collect::<Result<_, _>>()?;
        let reports: Vec<_> = read.iter().map(|stored| stored.report.clone()).collect();
        let refused = |error: MergeError| Error::Usage(format!("{error}{}", self.named(&error)));
        let whole = merge(&reports).map_err(refused)?;
        // All is read before the folder is claimed, since that empties it.
        let files = Files::of(&read, &order(&reports).map_err(refused)?)?;
        self.is_no_shard(&read)?;
        let folder = ReportFolder::claim("OUT", &self.out)?;
        files.write(&folder)?;
        store(out, &folder, &whole)?;
        for part in &whole.parts {
            writeln!(out, "{}: {}", who(part), verdict(part))?;
        }
        ended(out, &whole)
    }

    /// OUT is emptied, so it must not be a shard's.
    fn is_no_shard(&self, read: &[Stored]) -> Result<(), Error> {
        let whole = |path: &Path| std::fs::canonicalize(path).ok();
        let out = whole(&self.out);
        match read.iter().find(|stored| out.is_some() && whole(stored.place()) == out) {
            Some(_) => Err(Error::Usage(format!(
                "OUT {}: that is a shard's own folder; name another one",
                show_path(&self.out)
            ))),
            None => Ok(()),
        }
    }

    /// The names of the reports that an error is about.
    fn named(&self, error: &MergeError) -> String {
        let places: &[usize] = match error {
            MergeError::Nothing => &[],
            MergeError::NoShard(place) => &[*place],
            MergeError::Twice(one, other, _) => &[*one, *other],
            MergeError::Differs { reports, .. } => reports,
        };
        let names = places.iter().filter_map(|place| Some(show_path(self.shards.get(*place)?)));
        match names.collect::<Vec<_>>().as_slice() {
            [] => String::new(),
            names => format!(" ({})", names.join(", ")),
        }
    }
}

/// How the whole run ends.
fn ended(out: &mut impl Write, whole: &Report) -> Result<Outcome, Error> {
    if !whole.missing.is_empty() {
        writeln!(out, "not complete: without shard {}", whole.missing.join(", "))?;
    }
    match whole.end() {
        End::Bad => Ok(Outcome::Bad),
        End::HarnessFault => Err(Error::CannotRun("a case or the reference is at fault in a shard".into())),
        End::Unfinished { .. } => Err(Error::CannotRun("a shard was not run to its end: no verdict".into())),
        End::Good if whole.missing.is_empty() => Ok(Outcome::Good),
        End::Good => Err(Error::CannotRun(format!("no verdict without shard {}", whole.missing.join(", ")))),
    }
}

impl Files {
    /// Those of all shards, in this order. Of one name the shortest program stays.
    fn of(read: &[Stored], order: &[usize]) -> Result<Self, Error> {
        let (mut failing, mut candidates) = (BTreeMap::new(), BTreeMap::new());
        for stored in order.iter().filter_map(|place| read.get(*place)) {
            keep(&mut failing, stored.failing()?, |failing| failing.program.as_ref());
            keep(&mut candidates, stored.candidates()?, |candidate| Some(&candidate.program));
        }
        Ok(Self { failing, candidates })
    }

    fn write(&self, folder: &ReportFolder) -> Result<(), Error> {
        write_all(&folder.failing(), &self.failing)?;
        write_all(&folder.candidates(), &self.candidates)
    }
}

fn write_all<T: Serialize>(folder: &Path, files: &BTreeMap<PathBuf, T>) -> Result<(), Error> {
    files.iter().try_for_each(|(name, file)| write_json(&folder.join(name), file))
}

/// Adds what is new, or has fewer steps than what is there.
fn keep<T>(
    all: &mut BTreeMap<PathBuf, T>,
    files: Vec<(PathBuf, T)>,
    program: impl Fn(&T) -> Option<&Map<String, Value>>,
) {
    let steps = |file: &T| program(file).and_then(|program| Some(program.get("steps")?.as_array()?.len()));
    for (name, file) in files {
        let is_shorter = |there: &T| steps(&file) < steps(there);
        if all.get(&name).is_none_or(is_shorter) {
            all.insert(name, file);
        }
    }
}
