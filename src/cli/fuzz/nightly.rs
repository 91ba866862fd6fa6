//! `fuzz nightly`: all targets of this repository for some hours, and what they found.

mod show;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use super::coverage::reach;
use crate::cli::outcome::{Error, Outcome, not_interrupted};
use crate::cli::report::page_of;
use crate::cli::terminal::show_path;
use crate::cli::words::say;
use crate::io::fuzz::{self, ByHand, Checkout, Engine, Night, Options, Program, Work};
use crate::io::record;
use ::night::record::{Coverage, Ended, Entry, What};
use ::night::state::Plan;
use harness::spec;
use peer::printable::Line;

/// Seconds for each target up to which one program for all of them is done sooner than forty that are faster.
const SHORT_S: u64 = 30;

/// The arguments.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("time").args(["hours", "seconds"]).required(true))]
pub(super) struct Nightly {
    /// Hours on the wall's clock; the time goes where targets still find something
    #[arg(long, value_name = "H", value_parser = hours)]
    hours: Option<f64>,
    /// Instead: seconds for each target, one slice each: the short form, for CI
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// Targets side by side, each on one processor
    #[arg(long, value_name = "N", default_value = "1")]
    jobs: NonZeroUsize,
    /// Only this target; may be given again
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// The folder of corpora and findings [default: fuzz/night of the checkout]
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// The file that the night's lines are appended to [default: reports/fuzz/nights.jsonl of the checkout]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The first seed of the fuzzer [default: when the night began, in seconds]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Fuzz this program, which has all targets, instead of building one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Don't measure in the end what the corpora reach; a night of --seconds, or of a --program, never does
    #[arg(long)]
    without_coverage: bool,
    /// MB of memory that an input may take
    #[arg(long, value_name = "MB", default_value = "1024")]
    rss_limit_mb: u64,
}

impl Nightly {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let here = std::env::current_dir()?;
        let checkout = Checkout::around(&here)?;
        let record = self.record.clone().unwrap_or_else(|| checkout.root.join("reports/fuzz/nights.jsonl"));
        let folder = self.work.clone().unwrap_or_else(|| checkout.root.join("fuzz/night"));
        let work = Work::hold(&folder)?;
        let program = self.program(&here, &checkout)?;
        if let Some(remark) = &program.remark {
            say(remark);
        }
        let torn = record::mend(&record)?;
        let (any, own, root) = (program.any.clone(), program.own.clone(), checkout.root.clone());
        let engine = Engine { any, own, root, rss_limit_mb: self.rss_limit_mb };
        let options = self.options(&checkout, &program);
        let night = Night::begin(&options, &work, &engine)?;
        if night.resumed {
            say("goes on with the night that was killed");
        }
        if let Some(line) = torn {
            let begin: String = line.chars().take(60).collect();
            night.trouble(format!(
                "the record's last line was torn, and stays as it is, not counted: {begin}…"
            ));
        }
        let ended = night.run();
        let coverage = self.measures(ended).then(|| self.coverage(&night, &checkout, &work)).flatten();
        let entries = lines(&night, coverage, ended);
        let written =
            record::append(&record, &entries).map_err(Error::from).and_then(|()| Ok(work.forget()?));
        show::night(out, &entries, &night.since())?;
        if written.is_ok() {
            page_of(&record, out)?;
        }
        verdict(&entries, (ended, night.is_whole()), written)
    }

    /// The program that is fuzzed: one that is there, or a new one.
    fn program(&self, here: &Path, checkout: &Checkout) -> Result<Program, Error> {
        match &self.program {
            None => Ok(checkout.build(self.seconds.is_none_or(|seconds| seconds > SHORT_S))?),
            Some(path) if !path.is_file() => {
                Err(Error::Usage(format!("--program {}: is not there", show_path(path))))
            }
            Some(path) => {
                let any = here.join(path);
                let compiler = "unknown: the program was given".to_owned();
                Ok(Program { by_hand: ByHand::Program(any.clone()), own: None, compiler, remark: None, any })
            }
        }
    }

    /// Whether what the corpora reach is measured: it takes a build of its own.
    fn measures(&self, ended: Ended) -> bool {
        ended == Ended::InTime && self.hours.is_some() && self.program.is_none() && !self.without_coverage
    }

    /// What the corpora of all nights reach. Where that can't be said, the night is whole all the same.
    fn coverage(&self, night: &Night<'_>, checkout: &Checkout, work: &Work) -> Option<Coverage> {
        say("what the corpora reach is measured");
        let measured = checkout
            .toolchain()
            .map_err(Error::from)
            .and_then(|toolchain| reach(&checkout.root, &toolchain, &[work.corpora()]));
        measured
            .map(|reach| reach.coverage())
            .map_err(|error| night.trouble(format!("what the corpora reach is not known: {error}")))
            .ok()
    }

    fn options(&self, checkout: &Checkout, program: &Program) -> Options {
        let (hours, seconds, commit) = (self.hours, self.seconds, checkout.commit.clone());
        let mut targets = self.target.clone();
        targets.sort();
        targets.dedup();
        Options {
            plan: Plan { hours, seconds, targets, commit },
            jobs: self.jobs.get(),
            seed: self.seed,
            compiler: program.compiler.clone(),
            root: checkout.root.clone(),
            by_hand: program.by_hand.clone(),
            is_rule: |id| spec::requirements().iter().any(|requirement| requirement.id == id),
            tell: |words| say(&Line(words).to_string()),
        }
    }
}

/// The lines of the night: its targets, what they reach together, and last of all how it ended.
fn lines(night: &Night<'_>, coverage: Option<Coverage>, ended: Ended) -> Vec<Entry> {
    let (mut entries, last) = night.entries(ended);
    entries.extend(coverage.map(|coverage| night.line(What::Coverage(coverage))));
    entries.push(last);
    entries
}

/// What the command comes to: a night that is broken has no answer, whatever it found before.
fn verdict(
    entries: &[Entry],
    (ended, is_whole): (Ended, bool),
    written: Result<(), Error>,
) -> Result<Outcome, Error> {
    written?;
    not_interrupted()?;
    let found = show::findings(entries).next().is_some();
    match (ended, found, is_whole) {
        (Ended::Broken, _, _) => {
            Err(Error::CannotRun("the night is broken: what is known of it is kept".to_owned()))
        }
        (_, true, _) => Ok(Outcome::Bad),
        (_, false, false) => {
            Err(Error::CannotRun("nothing was found, but not everything was fuzzed".to_owned()))
        }
        (_, false, true) => Ok(Outcome::Good),
    }
}

/// A positive number of hours.
fn hours(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(hours) if hours.is_finite() && hours > 0.0 && hours <= 1000.0 => Ok(hours),
        _ => Err("a number of hours, above 0".to_owned()),
    }
}

impl From<fuzz::Error> for Error {
    fn from(error: fuzz::Error) -> Self {
        match error {
            fuzz::Error::NoCheckout(_) | fuzz::Error::NoTarget(..) => Error::Usage(error.to_string()),
            fuzz::Error::File(error) => error.into(),
            _ => Error::CannotRun(error.to_string()),
        }
    }
}
