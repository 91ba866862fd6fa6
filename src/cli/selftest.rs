//! `selftest`: the suite against the zoo. Does it notice each fault, and blame the right requirement?

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::outcome::{Error, Outcome, not_interrupted};
use super::report_folder::write_json;
use super::selection::Selection;
use super::show;
use super::words::{own_peer, plural};
use crate::io::peer::Launch;
use crate::io::runner::{self, Options};
use harness::case::Case;
use harness::report::Ended;
use peer::json::show;
use peer::operations::HelloResult;
use zoo::Fault;
use zoo::record::{self, Fate, FaultRecord};

/// The arguments of `selftest`.
#[derive(Debug, Args)]
pub(super) struct Selftest {
    /// Only faults whose name contains this
    #[arg(long, value_name = "TEXT")]
    fault: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// For each fault only the cases of the requirement it violates, if they notice it: says less, in a tenth of the time
    #[arg(long)]
    quick: bool,
    /// Write the result as JSON, too; `-` for standard output, which then has nothing else
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Peer processes side by side
    #[arg(long, value_name = "N", default_value = "2")]
    jobs: NonZeroUsize,
}

/// How long the cases of one fault may take.
const FOR_A_FAULT: Duration = Duration::from_secs(600);

/// What the suite made of a fault.
struct Killing {
    /// Cases that blame the right requirement with the right verdict.
    right: Vec<String>,
    /// Cases that failed otherwise, by requirement.
    other: BTreeMap<String, u64>,
    /// Cases that were run.
    cases: usize,
}

impl Selftest {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match self.json.as_deref() {
            Some(path) if path.as_os_str() == "-" => {
                let result = self.result(&mut std::io::sink())?;
                let json = serde_json::to_string_pretty(&result)
                    .map_err(|error| Error::CannotRun(error.to_string()))?;
                writeln!(out, "{json}")?;
                Ok(outcome(&result))
            }
            path => {
                let result = self.result(out)?;
                path.map_or(Ok(()), |path| write_json(path, &result))?;
                Ok(outcome(&result))
            }
        }
    }

    /// Runs all, and shows what comes of it as it comes.
    fn result(&self, out: &mut impl Write) -> Result<record::Selftest, Error> {
        let started = Instant::now();
        let all = cases::all();
        let selected = self.selection.of(&all)?;
        let named = |fault: &Fault| {
            self.fault.is_empty() || self.fault.iter().any(|text| fault.name.contains(text.as_str()))
        };
        let faults: Vec<Fault> = zoo::all().filter(named).collect();
        if faults.is_empty() {
            return Err(Error::Usage(
                "no fault has such a name; `counterproof list --faults` shows them".into(),
            ));
        }
        let bar = show::bar(faults.len());
        writeln!(
            out,
            "{:<26} {:<8} {:>6} {:>6}  first case that blames it",
            "fault", "blame", "right", "other"
        )?;
        let mut result = self.empty(selected.len());
        for fault in &faults {
            bar.set_message(fault.name);
            let begun = Instant::now();
            let record = recorded(fault, self.kill(fault, &selected)?, begun.elapsed());
            bar.inc(1);
            bar.suspend(|| row(out, &record))?;
            result.faults.push(record);
        }
        bar.finish_and_clear();
        result.took_ms = milliseconds(started.elapsed());
        summary(out, &result)?;
        Ok(result)
    }

    fn empty(&self, selected: usize) -> record::Selftest {
        record::Selftest {
            selftest: record::VERSION.into(),
            counterproof: env!("CARGO_PKG_VERSION").into(),
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            quick: self.quick,
            filters: self.selection.filters(),
            cases: count(selected),
            faults: Vec::new(),
            took_ms: 0.0,
        }
    }

    fn kill(&self, fault: &Fault, selected: &[&Case]) -> Result<Killing, Error> {
        let mut command = own_peer()?;
        command.extend(["--fault".to_owned(), fault.name.to_owned()]);
        let (launch, claims) = runner::meet(Launch::new(command))?;
        let peer = (&launch, &claims);
        let aimed = |case: &&Case| fault.blame.is_some_and(|blame| case.covers.contains(&blame));
        let covering: Vec<&Case> = selected.iter().copied().filter(aimed).collect();
        if self.quick && !covering.is_empty() {
            let killing = self.played(fault, peer, &covering)?;
            if !killing.right.is_empty() {
                return Ok(killing);
            }
        }
        self.played(fault, peer, selected)
    }

    /// The fault's verdicts in these cases.
    fn played(
        &self,
        fault: &Fault,
        peer: (&Launch, &HelloResult),
        cases: &[&Case],
    ) -> Result<Killing, Error> {
        let options = Options { jobs: self.jobs.get(), seed: 0, until: runner::deadline(FOR_A_FAULT) };
        let run = runner::run(&[peer], cases, options, &())?;
        not_interrupted()?;
        if run.ended != Ended::Whole {
            let words = format!("fault {}: out of time after {} s", fault.name, FOR_A_FAULT.as_secs());
            return Err(Error::CannotRun(words));
        }
        let mut killing = Killing { right: Vec::new(), other: BTreeMap::new(), cases: cases.len() };
        for outcome in run.outcomes.into_iter().filter(|outcome| !outcome.verdict.conforms()) {
            let requirement = outcome.failure.map_or("none", |failure| failure.requirement);
            if fault.blame == Some(requirement) && fault.verdict == outcome.verdict {
                killing.right.push(outcome.id);
            } else {
                *killing.other.entry(requirement.to_owned()).or_insert(0) += 1;
            }
        }
        Ok(killing)
    }
}

/// What became of a fault, as data.
fn recorded(fault: &Fault, killing: Killing, took: Duration) -> FaultRecord {
    let Killing { right, other, cases } = killing;
    FaultRecord {
        name: fault.name.to_owned(),
        about: fault.about.to_owned(),
        blame: fault.blame.map(str::to_owned),
        verdict: fault.verdict,
        fate: FaultRecord::fate(fault.blame, right.len(), other.len()),
        cases: count(cases),
        right,
        other,
        took_ms: milliseconds(took),
    }
}

fn row(out: &mut impl Write, fault: &FaultRecord) -> Result<(), Error> {
    let FaultRecord { name, blame, right, other, .. } = fault;
    let note = match fault.fate {
        Fate::Unharmed => "control: survives, as it must".to_owned(),
        Fate::ControlKilled => format!("CONTROL KILLED: {}", show(other)),
        Fate::Survived => format!("SURVIVED; blamed instead: {}", show(other)),
        Fate::Killed => right.first().cloned().unwrap_or_default(),
    };
    let (blame, right, other) = (blame.as_deref().unwrap_or("-"), right.len(), other.values().sum::<u64>());
    writeln!(out, "{name:<26} {blame:<8} {right:>6} {other:>6}  {note}")?;
    Ok(())
}

fn summary(out: &mut impl Write, result: &record::Selftest) -> Result<(), Error> {
    let of = |fate| result.count(fate);
    let (killed, controls) = (of(Fate::Killed), of(Fate::Unharmed));
    let survived = result.faults.len().saturating_sub(killed).saturating_sub(controls);
    let runs: u64 = result.faults.iter().map(|fault| fault.cases).sum();
    writeln!(
        out,
        "\nkilled {killed}, survived {survived}: {:.1} %; {controls} control{} unharmed; {} cases, {runs} runs of one, {:.1} s",
        result.rate(),
        plural(controls),
        result.cases,
        result.took_ms / 1e3
    )?;
    Ok(())
}

fn outcome(result: &record::Selftest) -> Outcome {
    if result.faults.iter().all(|fault| fault.fate.is_right()) { Outcome::Good } else { Outcome::Bad }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
