//! `bench`: the hot path measured, by time or by instructions, and compared with what it was.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::outcome::{Error, Outcome, unreadable};
use super::terminal::show_path;
use super::words::{plural, say};
use crate::io::bench::{self, CannotMeasure};
use crate::io::files::{read_at_most, read_text, write_whole};
use crate::io::fuzz::Checkout;
use crate::io::record;
use ::peer::json::error_words;
use ::peer::printable::Line;
use channel::crypto::lanes::Kernel;
use night::read::lines;
use perf::compare::{self, Row, Verdict};
use perf::counts::{self, Acceptance, Baseline};
use perf::record::Run;

/// How large a file of these may be.
const MOST: u64 = 1 << 28;

/// The arguments of `bench`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "By time: each operation in turn, round by round, in processor time of one thread, as a ratio to a bare `cmac` over 215 \
bytes in the same round. The references themselves are in units of an AES block among 64 at once. --compare takes the median of the \
last runs in FILE on such a processor; what is slower by more than 8 % and twice its noise is measured again, and is slower where it is so twice.\n\n\
By instructions (--counts): under valgrind, where a run counts as another does. Half of a percent more instructions is as before; \
one more AES block, key round, allocation or copy is not. Exit code 1 where something got slower, or takes more."
)]
pub(super) struct Bench {
    /// How many rounds
    #[arg(long, value_name = "N", default_value_t = 201, value_parser = clap::value_parser!(u64).range(1..=100_000), conflicts_with = "counts")]
    rounds: u64,
    /// What does AES in batches: portable, aesni or vaes; else the environment says (COUNTERPROOF_KERNEL), else the best that this processor has
    #[arg(long, value_name = "NAME", conflicts_with = "counts")]
    kernel: Option<Kernel>,
    /// Append the run to this record
    #[arg(long, value_name = "FILE", conflicts_with = "counts")]
    record: Option<PathBuf>,
    /// Compare with the runs of this record
    #[arg(long, value_name = "FILE", conflicts_with = "counts")]
    compare: Option<PathBuf>,
    /// Count instructions, AES blocks, key rounds, allocations and copies under valgrind
    #[arg(long)]
    counts: bool,
    /// What --counts compares with
    #[arg(long, value_name = "FILE", default_value = "reports/perf/counts.json", requires = "counts")]
    baseline: PathBuf,
    /// What may be more than the baseline says, and why
    #[arg(long, value_name = "FILE", default_value = "reports/perf/accepted.toml", requires = "counts")]
    accepted: PathBuf,
    /// Write what was counted as the new baseline
    #[arg(long, requires = "counts")]
    write: bool,
    /// What this program does when it is run under valgrind
    #[arg(long, hide = true)]
    counted: bool,
}

/// How this program is called under valgrind.
const COUNTED: [&str; 2] = ["bench", "--counted"];

impl From<CannotMeasure> for Error {
    fn from(error: CannotMeasure) -> Self {
        Error::CannotRun(error.to_string())
    }
}

impl Bench {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        if let Some(kernel) = self.kernel {
            kernel.ask_for().map_err(|not_here| Error::CannotRun(not_here.to_string()))?;
        }
        match (self.counted, self.counts) {
            (true, _) => Ok(bench::be_counted(out).map(|()| Outcome::Good)?),
            (false, true) => self.count(out),
            (false, false) => self.measure(out),
        }
    }

    fn count(&self, out: &mut impl Write) -> Result<Outcome, Error> {
        let before = match self.write {
            true => None,
            false => Some(baseline(&self.baseline)?),
        };
        let accepted = match self.accepted.is_file() {
            true => acceptance(&self.accepted)?,
            false => Acceptance::default(),
        };
        let now = bench::count(&COUNTED)?;
        let Some(before) = before else {
            let text =
                serde_json::to_string_pretty(&now).map_err(|error| Error::CannotRun(error.to_string()))?;
            write_whole(&self.baseline, format!("{text}\n").as_bytes())?;
            writeln!(out, "baseline: {}", show_path(&self.baseline))?;
            return Ok(Outcome::Good);
        };
        if let Some(words) = now.built.differs(&before.built) {
            let path = show_path(&self.baseline);
            let words = Line(&words);
            return Err(Error::CannotRun(format!(
                "{path} is of another build, and can't be compared: {words}"
            )));
        }
        let comparison = counts::compare(&before, &now, &accepted);
        write!(out, "{}", comparison.markdown())?;
        Ok(if comparison.is_good() { Outcome::Good } else { Outcome::Bad })
    }

    fn measure(&self, out: &mut impl Write) -> Result<Outcome, Error> {
        let before = self.compare.as_deref().map(runs).transpose()?.unwrap_or_default();
        let commit = Checkout::around(&std::env::current_dir()?).ok().and_then(|checkout| checkout.commit);
        let first = bench::measure(self.rounds, commit.clone())?;
        if !first.built.optimised {
            say("this program is not optimised: its times say little of a release");
        }
        let usual = compare::usual(&before, &first);
        if let (Some(file), true) = (&self.compare, usual.is_empty()) {
            let path = show_path(file);
            return Err(Error::CannotRun(format!("{path} has no run of such a program on such a processor")));
        }
        let is_slower = |row: &Row<'_>| row.verdict == Verdict::Slower;
        let mut now = vec![first];
        if compare::compare(&usual, &now).iter().any(is_slower) {
            say("something is slower: measured again");
            now.push(bench::measure(self.rounds, commit)?);
        }
        if let Some(record) = &self.record {
            record::mend(record)?;
            record::append(record, &now)?;
        }
        if self.compare.is_none() {
            now.iter().try_for_each(|run| table(out, run))?;
            return Ok(Outcome::Good);
        }
        let rows = compare::compare(&usual, &now);
        write!(out, "{}", compare::markdown(&rows))?;
        let slower = rows.iter().filter(|row| is_slower(row)).count();
        writeln!(out, "\n{slower} slower, beside {} run{} before", usual.len(), plural(usual.len()))?;
        Ok(if slower == 0 { Outcome::Good } else { Outcome::Bad })
    }
}

fn baseline(path: &Path) -> Result<Baseline, Error> {
    let text = read_text(path).map_err(unreadable)?;
    serde_json::from_str(&text).map_err(|error| {
        let words = error_words(text.as_bytes(), &error);
        Error::Usage(format!("{}: no baseline of counts: {}", show_path(path), Line(&words)))
    })
}

fn acceptance(path: &Path) -> Result<Acceptance, Error> {
    let text = read_text(path).map_err(unreadable)?;
    basic_toml::from_str(&text).map_err(|error| {
        let words = error.to_string();
        Error::Usage(format!("{}: does not say what is accepted: {}", show_path(path), Line(&words)))
    })
}

/// The runs of a record. A line that can't be read is named, and costs no more than itself.
fn runs(path: &Path) -> Result<Vec<Run>, Error> {
    let (runs, troubles) = lines(read_at_most(path, MOST).map_err(unreadable)?);
    for trouble in troubles {
        say(&format!("{}: left out: {}", show_path(path), Line(&trouble.to_string())));
    }
    Ok(runs)
}

fn table(out: &mut impl Write, run: &Run) -> Result<(), Error> {
    writeln!(out, "{:<50} {:>9} {:>8} {:>7}", "operation", "ns", "ratio", "noise")?;
    for operation in &run.operations {
        let (ns, ratio, noise) = (operation.ns, operation.ratio, operation.noise * 100.0);
        writeln!(out, "{:<50} {ns:>9.1} {ratio:>8.3} {noise:>5.1} %", operation.name)?;
    }
    let (processor, kernel) = (Line(&run.processor), Line(&run.kernel));
    writeln!(out, "{processor}, kernel {kernel}, {}; noise {:.1} %", run.built.compiler, run.noise * 100.0)?;
    Ok(())
}
