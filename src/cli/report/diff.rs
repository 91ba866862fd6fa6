//! `report diff`: what changed from one report to another.

use std::io::Write;
use std::path::PathBuf;

use super::phrases::{counted, who};
use crate::cli::outcome::{Error, Outcome};
use crate::cli::report_folder::Stored;
use harness::diff::{Change, Differs, Kind, PartDiff, Result as Came, diff};
use harness::report::{Part, Report};
use peer::printable::{Cut, Line};

/// How much is shown of a value.
const SHOWN: usize = 120;

/// The arguments of `report diff`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Diff {
    /// The report of before: the folder of --report, or its report.json
    before: PathBuf,
    /// The report of now
    after: PathBuf,
    /// Changes shown of each kind, per peer
    #[arg(long, value_name = "N", default_value_t = 20)]
    show: usize,
}

impl Diff {
    /// Good is what broke nothing.
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let [before, after] = [Stored::read(&self.before)?.report, Stored::read(&self.after)?.report];
        let diff = diff(&before, &after);
        differs(out, "note", &diff.differs)?;
        for part in &diff.parts {
            self.part(out, part)?;
        }
        only(out, "new", &diff.new)?;
        only(out, "gone", &diff.gone)?;
        let conclusion = match (diff.is_worse(), diff.is_empty()) {
            (true, _) => "something broke",
            (false, true) => "nothing changed",
            (false, false) => "nothing broke",
        };
        let cases = |report: &Report| report.parts.iter().map(|part| part.cases.len() as u64).sum::<u64>();
        writeln!(out, "{conclusion}: {} before, {} now", counted(cases(&before), "case"), cases(&after))?;
        Ok(if diff.is_worse() { Outcome::Bad } else { Outcome::Good })
    }

    fn part(&self, out: &mut impl Write, part: &PartDiff<'_>) -> Result<(), Error> {
        if part.changes.is_empty() && part.differs.is_empty() {
            return Ok(());
        }
        writeln!(out, "peer {}", who(part.after))?;
        differs(out, "  note", &part.differs)?;
        for kind in Kind::ALL {
            let of_kind: Vec<_> = part.changes.iter().filter(|change| change.kind == kind).collect();
            if of_kind.is_empty() {
                continue;
            }
            writeln!(out, "  {}: {}", word(kind), of_kind.len())?;
            of_kind.iter().take(self.show).try_for_each(|change| tell(out, change))?;
            if let more @ 1.. = of_kind.len().saturating_sub(self.show) {
                writeln!(out, "    … and {more} more; --show {} shows all", of_kind.len())?;
            }
        }
        writeln!(out)?;
        Ok(())
    }
}

/// Why the reports can't be compared without a second thought.
fn differs(out: &mut impl Write, head: &str, all: &[Differs]) -> Result<(), Error> {
    for Differs { what, before, after } in all {
        let (before, after) = (Cut(before, SHOWN), Cut(after, SHOWN));
        writeln!(out, "{head}: the runs differ in {what}: {before} before, {after} now")?;
    }
    Ok(())
}

/// Peers that one report has alone.
fn only(out: &mut impl Write, word: &str, parts: &[&Part]) -> Result<(), Error> {
    for part in parts {
        writeln!(out, "{word}: peer {}, {}", who(part), counted(part.cases.len() as u64, "case"))?;
    }
    Ok(())
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Broke => "broke",
        Kind::Otherwise => "otherwise than before",
        Kind::Mended => "mended",
        Kind::New => "new",
        Kind::Gone => "gone",
    }
}

fn tell(out: &mut impl Write, change: &Change<'_>) -> Result<(), Error> {
    let id = Line(change.id);
    let words = match (change.before, change.after) {
        (Some(before), Some(after)) if before.got != after.got || change.kind == Kind::Otherwise => {
            format!("{} → {}", came(before), came(after))
        }
        (Some(before), Some(after)) => format!("{} → {}", before.verdict.word(), after.verdict.word()),
        (Some(came), None) | (None, Some(came)) => came.verdict.word().to_owned(),
        (None, None) => String::new(),
    };
    writeln!(out, "    {id}: {words}")?;
    Ok(())
}

/// What a case came to, with the reason.
fn came(came: Came<'_>) -> String {
    let requirement = came.requirement.map(|id| format!(" on {}", Line(id))).unwrap_or_default();
    let got = came.got.map(|got| format!(", got {}", Cut(got, SHOWN))).unwrap_or_default();
    format!("{}{requirement}{got}", came.verdict.word())
}
