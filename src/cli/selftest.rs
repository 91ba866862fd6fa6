//! `selftest`: the suite against the zoo. Does it notice each fault, and blame the right requirement?

use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use clap::Args;

use super::outcome::{Error, Outcome, not_interrupted};
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
    other: BTreeMap<&'static str, usize>,
    /// Cases that were run.
    cases: usize,
}

impl Selftest {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
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
        let (mut killed, mut survived, mut controls, mut cases_run) = (0, 0, 0, 0);
        for fault in &faults {
            bar.set_message(fault.name);
            let killing = self.kill(fault, &selected)?;
            cases_run += killing.cases;
            bar.inc(1);
            let other: usize = killing.other.values().sum();
            let right = killing.right.len();
            let note = match (fault.blame, right, other) {
                (None, _, 0) => "control: survives, as it must".to_owned(),
                (None, ..) => format!("CONTROL KILLED: {}", show(&killing.other)),
                (Some(_), 0, _) => format!("SURVIVED; blamed instead: {}", show(&killing.other)),
                _ => killing.right.first().cloned().unwrap_or_default(),
            };
            match (fault.blame, right, other) {
                (None, _, 0) => controls += 1,
                (None, ..) | (Some(_), 0, _) => survived += 1,
                _ => killed += 1,
            }
            bar.suspend(|| {
                writeln!(
                    out,
                    "{:<26} {:<8} {right:>6} {other:>6}  {note}",
                    fault.name,
                    fault.blame.unwrap_or("-")
                )
            })?;
        }
        bar.finish_and_clear();
        let rate = 100.0 * f64::from(killed) / f64::from((killed + survived).max(1));
        let seconds = started.elapsed().as_secs_f64();
        writeln!(
            out,
            "\nkilled {killed}, survived {survived}: {rate:.1} %; {controls} control{} unharmed; {} cases, {cases_run} runs of one, {seconds:.1} s",
            plural(controls),
            selected.len()
        )?;
        Ok(if survived == 0 { Outcome::Good } else { Outcome::Bad })
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
                *killing.other.entry(requirement).or_insert(0) += 1;
            }
        }
        Ok(killing)
    }
}
