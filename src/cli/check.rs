//! `check`: the main job.
//!
//! ```text
//! plan          who is judged by which cases and programs
//! failed        what failed in a report, to be asked again
//! annotations   the failures of a run, for the workflows of GitHub
//! ```

mod annotations;
mod failed;
mod plan;

use std::fs;
use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::{Args, ValueEnum};

use self::annotations::Annotations;
use self::failed::Failed;
use self::plan::{Ask, Plan, plans};
#[cfg(feature = "serve")]
use super::bridge::BridgeArguments;
use super::differ::{Suspect, differ, suspected};
use super::explore::{Exploring, Place, Seed, Told, explored, not_explored, seed};
use super::limits::{Limits, Timeout, seconds};
use super::outcome::{Error, Outcome};
use super::report_folder::{ReportFolder, store, write_json};
use super::selection::Selection;
use super::show::{self, Screen};
use super::subject::Subject;
use super::surroundings::Surroundings;
use super::terminal::{Paint, show_path};
use super::words::{BUILT_IN, again, every_case, own_peer, plural};
use crate::io::cost;
use crate::io::peer::Launch;
use crate::io::runner::{self, Options};
use crate::io::signals::interrupted;
use harness::baseline::Baseline;
use harness::case::Case;
use harness::cost::Costs;
use harness::report::{self, Ended, Explored, Failing, Filters, Part, Report, Task};
use harness::shard::Shard;
use harness::standing::End;
use harness::suite::{self, Verdict};
use peer::printable::Line;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The command that starts a peer, as a shell would split it, or where one listens: tcp:HOST:PORT, unix:PATH; several
    /// peers also play in pairs
    #[arg(long, value_name = "CMD")]
    peer: Vec<String>,
    #[cfg(feature = "serve")]
    #[command(flatten)]
    bridge: BridgeArguments,
    #[command(flatten)]
    selection: Selection,
    /// Only what failed in this report, with its seed: cases, and the programs of what random programs found
    #[arg(long, value_name = "DIR|FILE", num_args = 0..=1, default_missing_value = "reports/last")]
    #[arg(conflicts_with_all = ["explore", "only_programs"])]
    failed: Option<PathBuf>,
    #[command(flatten)]
    exploring: Exploring,
    /// Only the I-th of N parts of these cases and programs; the N parts together are all of them
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// What would be run, by id, and no more
    #[arg(long)]
    list: bool,
    /// What the peer is known to fail; only what differs from this fails the run
    #[arg(long, value_name = "FILE")]
    expect: Option<PathBuf>,
    /// Write the failures of this run to the file of --expect; reasons given there stay
    #[arg(long, requires = "expect", conflicts_with_all = ["fail_fast", "list"])]
    update_expect: bool,
    /// Stop at the first case that is not as expected
    #[arg(long)]
    fail_fast: bool,
    /// Peer processes, or connections, side by side
    #[arg(long, value_name = "N", default_value_t = default_jobs())]
    jobs: NonZeroUsize,
    /// Same seed, same bytes; `random` draws one, which is printed [default: 0, with --failed that of the report]
    #[arg(long, value_name = "N|random", value_parser = seed)]
    seed: Option<Seed>,
    /// Go on, whatever happens: without it a peer that hangs or crashes again and again is given up
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    surroundings: Surroundings,
    /// Where report and failing cases are written: a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports/last")]
    report: PathBuf,
    /// Failures shown in the terminal, per peer (the report has all)
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
    /// `github` adds annotations for its workflows, and keeps them from obeying what a peer says
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Afterwards, what each peer takes for the operations of a transaction, asked one after the other for so long; no
    /// verdict depends on it
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "3", value_parser = seconds)]
    #[arg(conflicts_with = "list")]
    perf: Option<Duration>,
    /// Questions and answers as they go, to standard error
    #[arg(long)]
    verbose: bool,
    /// Who said what to whom, for each case with an attacker
    #[arg(long)]
    trace: bool,
}

// What stands at a variant would make each option of the help a paragraph.
/// What `check` writes: for people, and for people with annotations for the workflows of GitHub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Github,
}

/// How long the bridge to a gateway may take for an answer: longer than what is due after 10 s.
#[cfg(feature = "serve")]
const BEHIND_BRIDGE: Duration = Duration::from_secs(20);

pub(super) fn default_jobs() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

impl Check {
    pub(super) fn run(self, out: &mut impl Paint) -> Result<Outcome, Error> {
        match self.format {
            Format::Text => self.judge(out, &mut Annotations::default()),
            Format::Github => annotations::around(out, |out, annotations| self.judge(out, annotations)),
        }
    }

    fn judge(&self, out: &mut impl Paint, annotations: &mut Annotations) -> Result<Outcome, Error> {
        let all = every_case();
        // Before the folder is claimed: it may be in there.
        let failed = self.failed.as_deref().map(Failed::read).transpose()?;
        let selected = self.selected(&all, failed.as_ref())?;
        let mut baseline = self.baseline()?;
        let subjects = self.subjects()?;
        let ask = Ask {
            selected: &selected,
            failed: failed.as_ref(),
            exploring: self.exploring,
            is_selection: self.selection.filters().is_some(),
            shard: self.shard,
        };
        let plans = plans(&subjects, &all, ask)?;
        if self.list {
            return plan::list(out, &plans);
        }
        let folder = ReportFolder::claim("--report", &self.report)?;
        let seed = self.seed(failed.as_ref());
        if seed.is_drawn {
            writeln!(out, "seed {}", seed.number)?;
        }
        let begin = Instant::now();
        let options = Options { jobs: self.jobs(), seed: seed.number, until: self.limits.until() };
        let mut report = self.empty_report(seed.number);
        let mut suspects = Vec::new();
        for plan in &plans {
            show::heading(out, &plan.subjects)?;
            if plan.cases.is_empty() && plan.programs.is_empty() {
                writeln!(out, "no selected case is for a pair of these profiles\n")?;
                continue;
            }
            let part = self.part(out, plan, options, &folder, &mut baseline, &mut suspects)?;
            let stop = self.fail_fast && !part.as_expected || interrupted().is_some();
            report.parts.push(part);
            if stop {
                break;
            }
        }
        // First, so that nothing that goes wrong below can lose it.
        store(out, &folder, &report)?;
        annotations.of(&report, self.show, &self.report);
        if self.peer.len() > 1 && interrupted().is_none() {
            differ(out, &subjects, suspects, &folder, options.until)?;
        }
        self.outcome(&report, begin.elapsed())
    }

    /// The cases that the filters leave, and where asked for, of those only what failed before.
    fn selected<'a>(&self, all: &'a [Case], failed: Option<&Failed>) -> Result<Vec<&'a Case>, Error> {
        if self.exploring.only_programs {
            return Ok(Vec::new());
        }
        let selected = self.selection.of(all)?;
        failed.map_or(Ok(selected.clone()), |failed| failed.of(&selected))
    }

    /// The seed: where none was given, that of the run whose failures are asked again, or 0.
    fn seed(&self, failed: Option<&Failed>) -> Seed {
        let number = failed.map_or(0, |failed| failed.seed);
        self.seed.unwrap_or(Seed { number, is_drawn: false })
    }

    /// A failure that was found is a failure, however the run ended. Where none was, a run that did not come to its
    /// end says nothing.
    fn outcome(&self, report: &Report, took: Duration) -> Result<Outcome, Error> {
        match report.end() {
            End::Good => Ok(Outcome::Good),
            End::Bad => Ok(Outcome::Bad),
            End::HarnessFault => {
                Err(Error::CannotRun("a case or the reference is at fault, see above".into()))
            }
            End::Unfinished { cases: 0, programs: left } => Err(Error::CannotRun(format!(
                "the run was out of time with {left} random program{} left: no verdict; --deadline gives it more than \
                 {} s, --explore makes it fewer",
                plural(usize::try_from(left).unwrap_or(usize::MAX)),
                self.limits.deadline.as_secs()
            ))),
            End::Unfinished { cases, .. } => Err(Error::CannotRun(self.too_slow(report, cases, took))),
        }
    }

    /// How far the run came, how long the whole would take, and which option helps.
    fn too_slow(&self, report: &Report, left: u64, took: Duration) -> String {
        let all: u64 = report.parts.iter().map(|part| part.selected).sum();
        let run = all.saturating_sub(left);
        let so_far = format!("the run was out of time after {run} of {all} cases: no verdict");
        match show::estimate(took, run, all) {
            None => format!("{so_far}; --deadline gives it more than {} s", self.limits.deadline.as_secs()),
            Some(whole) => format!(
                "{so_far}. All would take about {} at this pace: --deadline {} gives it that, --shard and --jobs \
                 share the work",
                show::human(whole),
                whole.saturating_add(whole / 4).as_secs().saturating_add(1)
            ),
        }
    }

    /// What narrows the run.
    fn filters(&self) -> Option<Filters> {
        let filters = Filters {
            failed: self.failed.as_ref().map(|path| path.display().to_string()),
            only_programs: self.exploring.only_programs,
            ..self.selection.filters().unwrap_or_default()
        };
        (filters != Filters::default()).then_some(filters)
    }

    fn empty_report(&self, seed: u64) -> Report {
        Report {
            report: report::VERSION.into(),
            counterproof: env!("CARGO_PKG_VERSION").into(),
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            seed,
            shard: self.shard.map(|shard| shard.to_string()),
            missing: Vec::new(),
            filters: self.filters(),
            explore: self.exploring.explore,
            parts: Vec::new(),
        }
    }

    /// What the peer is known to fail. A file that is to be written need not be there.
    fn baseline(&self) -> Result<Baseline, Error> {
        let Some(path) = &self.expect else { return Ok(Baseline::default()) };
        if self.peer.len() > 1 {
            return Err(Error::Usage("--expect is for one --peer: a baseline is one peer's own".into()));
        }
        let bad = |words: String| Error::Usage(format!("--expect {}: {}", show_path(path), Line(&words)));
        match fs::read_to_string(path) {
            Ok(text) => Baseline::parse(&text).map_err(bad),
            Err(error) if error.kind() == ErrorKind::NotFound && self.update_expect => {
                Ok(Baseline::default())
            }
            Err(error) => Err(bad(error.to_string())),
        }
    }

    fn subjects(&self) -> Result<Vec<Subject>, Error> {
        let with = |launch: Launch| self.surroundings.of(self.timeout().of(launch));
        let mut named = Vec::new();
        for line in self.named()? {
            let launch = with(Launch::parse(&line)?)?;
            named.push((line, launch));
        }
        if named.is_empty() {
            named.push((BUILT_IN.to_owned(), with(Launch::new(own_peer()?))?));
        }
        let subject = |(name, launch): (String, Launch)| {
            let (launch, claims) = runner::meet(launch).map_err(|error| Error::of_peer(&name, error))?;
            Ok(Subject { name, launch, claims })
        };
        named.into_iter().map(subject).collect()
    }

    /// The commands of the peers that were named; that of the bridge, where it is a gateway.
    fn named(&self) -> Result<Vec<String>, Error> {
        #[cfg(feature = "serve")]
        if self.bridge.is_named() && !self.peer.is_empty() {
            return Err(Error::Usage("--gateway and --peer: one or the other".into()));
        }
        #[cfg(feature = "serve")]
        if let Some(bridge) = self.bridge.command()? {
            return Ok(vec![bridge]);
        }
        Ok(self.peer.clone())
    }

    /// How many processes there are side by side.
    fn jobs(&self) -> usize {
        #[cfg(feature = "serve")]
        if self.bridge.restarts() {
            return 1;
        }
        self.jobs.get()
    }

    /// How long an answer may take.
    fn timeout(&self) -> Timeout {
        #[cfg(feature = "serve")]
        if self.bridge.is_named() {
            return self.limits.timeout.at_least(BEHIND_BRIDGE);
        }
        self.limits.timeout
    }

    /// Judges one peer, or a pair.
    fn part(
        &self,
        out: &mut impl Paint,
        plan: &Plan<'_>,
        options: Options,
        folder: &ReportFolder,
        baseline: &mut Baseline,
        suspects: &mut Vec<Suspect>,
    ) -> Result<Part, Error> {
        let begin = Instant::now();
        let peers: Vec<_> = plan.subjects.iter().map(|subject| (&subject.launch, &subject.claims)).collect();
        let claims: Vec<_> = peers.iter().map(|(_, claims)| *claims).collect();
        let runner::Run { outcomes, ended } = match plan.cases.is_empty() {
            true => runner::Run { outcomes: Vec::new(), ended: Ended::Whole },
            false => {
                let screen = self.screen(plan.cases.len(), "cases", options, baseline);
                let run = runner::run(&peers, &plan.cases, options, &screen)?;
                screen.clear();
                run
            }
        };
        let told = self.programs(plan, ended, options, baseline)?;
        let explored = told.as_ref().map(|told| &told.explored);
        let profile: Vec<_> = plan.profile.iter().map(|case| case.id.as_str()).collect();
        self.update(out, &profile, &outcomes, ended, explored, baseline)?;
        let names: Vec<_> = plan.subjects.iter().map(|subject| subject.name.as_str()).collect();
        let commands = [names.first(), names.last()].map(|name| name.copied().unwrap_or_default());
        let not_offered = plan.not_offered();
        let task = Task {
            commands,
            number: plan.number,
            claims: &claims,
            profile: &profile,
            not_offered: &not_offered,
            cases: &plan.cases,
            ended,
            baseline,
            explored,
        };
        let mut part = Part::new(task, &outcomes);
        let took = begin.elapsed();
        part.costs = self.costs(plan, options)?;
        if self.trace {
            let played = part.cases.iter().zip(&outcomes);
            played.into_iter().try_for_each(|(case, outcome)| show::trace(out, case, outcome))?;
        }
        if !part.cases.is_empty() {
            show::table(out, &part.cases)?;
        }
        self.failures(out, plan, &part, folder, options.seed, &outcomes)?;
        if let Some(told) = &told {
            let commands = self.commands(plan);
            let again = |path: &Path| again(path, &commands, self.again_with());
            let place = Place { folder: &folder.failing(), number: plan.number, commands: &commands };
            told.tell(out, &part, place, options.seed, self.show, again)?;
        }
        let (seed, filters) = (options.seed, self.filters());
        let ran = show::Ran { took, seed, filters, shard: self.shard };
        show::verdict(out, &plan.subjects, &part, &ran, baseline)?;
        part.costs.iter().try_for_each(|costs| show::costs(out, costs))?;
        if let (Some(peer), true) = (plan.place, self.peer.len() > 1) {
            suspects.extend(suspected(peer, told, outcomes));
        }
        Ok(part)
    }

    fn screen<'b>(
        &self,
        all: usize,
        things: &'static str,
        options: Options,
        baseline: &'b Baseline,
    ) -> Screen<'b> {
        Screen::new(all, things, options.until, baseline)
            .verbose(self.verbose)
            .fail_fast(self.fail_fast)
            .keep_going(self.keep_going)
    }

    /// Plays the random programs, unless the cases ended the run.
    fn programs(
        &self,
        plan: &Plan<'_>,
        ended: Ended,
        options: Options,
        baseline: &Baseline,
    ) -> Result<Option<Told>, Error> {
        if plan.programs.is_empty() {
            return Ok(None);
        }
        if ended != Ended::Whole {
            return Ok(Some(not_explored(&plan.programs, ended)));
        }
        let screen = self.screen(plan.programs.len(), "programs", options, baseline);
        // What the specification leaves open is put to all peers, one by one.
        let open = self.peer.len() > 1 && plan.place.is_some();
        explored(&plan.subjects, &plan.programs, options, open, &screen).map(Some)
    }

    /// Measures a peer, if that was asked for. Pairs are left out: each of the two is measured by itself.
    fn costs(&self, plan: &Plan<'_>, options: Options) -> Result<Option<Costs>, Error> {
        match (self.perf, plan.subjects.as_slice()) {
            (Some(long), [subject]) if interrupted().is_none() => {
                let peer = (&subject.launch, &subject.claims);
                cost::measure(peer, long, options.until).map_err(|error| Error::of_peer(&subject.name, error))
            }
            _ => Ok(None),
        }
    }

    /// Writes the baseline anew, if that was asked for and the run says enough.
    fn update(
        &self,
        out: &mut impl Write,
        profile: &[&str],
        outcomes: &[suite::Outcome],
        ended: Ended,
        explored: Option<&Explored>,
        baseline: &mut Baseline,
    ) -> Result<(), Error> {
        let Some(path) = self.expect.as_ref().filter(|_| self.update_expect) else { return Ok(()) };
        if ended != Ended::Whole || explored.is_some_and(|explored| explored.ended != Ended::Whole) {
            let words = "stays as it is, since the run did not come to its end";
            writeln!(out, "baseline: {} {words}", show_path(path))?;
            return Ok(());
        }
        let found = explored.into_iter().flat_map(|explored| &explored.findings).map(|found| &found.outcome);
        let ids: Vec<_> =
            profile.iter().copied().chain(found.clone().map(|outcome| outcome.id.as_str())).collect();
        *baseline = baseline.updated(&ids, outcomes.iter().chain(found));
        write_json(path, baseline)?;
        writeln!(out, "baseline: {}", show_path(path))?;
        Ok(())
    }

    /// Stores all failures, and shows the first of those that nobody expects.
    fn failures(
        &self,
        out: &mut impl Paint,
        plan: &Plan<'_>,
        part: &Part,
        folder: &ReportFolder,
        seed: u64,
        outcomes: &[suite::Outcome],
    ) -> Result<(), Error> {
        let commands = self.commands(plan);
        let mut unexpected = 0;
        for (case, outcome) in part.cases.iter().zip(outcomes) {
            let path = folder.failing().join(part.failing_file(&case.id));
            let failing = Failing::new(&commands, seed, outcome);
            if let Some(failing) = &failing {
                write_json(&path, failing)?;
            }
            match case.verdict {
                Verdict::Pass | Verdict::NotTestable | Verdict::NotRun | Verdict::Xfail => continue,
                _ => unexpected += 1,
            }
            match (unexpected <= self.show, failing) {
                (true, Some(_)) => show::explain(out, outcome, &again(&path, &commands, self.again_with()))?,
                (true, None) => show::explain_xpass(out, case)?,
                (false, _) => {}
            }
        }
        if unexpected > self.show {
            let more = unexpected - self.show;
            writeln!(out, "… and {more} more; --show {unexpected} shows all, so does the report\n")?;
        }
        Ok(())
    }

    /// The commands of the peers, as far as they were named.
    fn commands(&self, plan: &Plan<'_>) -> Vec<String> {
        let is_named = |subject: &&&Subject| subject.name != BUILT_IN;
        plan.subjects.iter().filter(is_named).map(|subject| subject.name.clone()).collect()
    }

    /// What `replay` needs to start the peer as this run did.
    fn again_with(&self) -> Vec<String> {
        let arguments = self.surroundings.arguments();
        #[cfg(feature = "serve")]
        if self.bridge.is_named() {
            return arguments.into_iter().chain(self.timeout().arguments()).collect();
        }
        arguments
    }
}
