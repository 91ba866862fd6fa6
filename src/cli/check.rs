//! `check`: the main job.

use std::fs;
use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::differ::{Suspect, differ, suspected};
use super::explore::{Exploring, Place, Seed, Told, explored, not_explored, seed};
use super::limits::Limits;
use super::outcome::{Error, Outcome};
use super::report_folder::{JUNIT, REPORT, ReportFolder, write_json};
use super::selection::{Selection, Shard};
use super::show::{self, Screen};
use super::subject::Subject;
use super::terminal::show_path;
use super::words::{again, own_peer, plural};
use crate::io::files::write_whole;
use crate::io::peer::Launch;
use crate::io::runner::{self, Options};
use crate::io::signals::interrupted;
use harness::baseline::Baseline;
use harness::case::{Case, Role};
use harness::junit;
use harness::report::{self, Ended, Explored, Failing, Part, Programs, Report, Task};
use harness::suite::{self, Verdict};
use peer::operations::HelloResult;
use peer::printable::Line;

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The command that starts a peer, as a shell would split it, or where one listens: tcp:HOST:PORT, unix:PATH; several
    /// peers also play in pairs
    #[arg(long, value_name = "CMD")]
    peer: Vec<String>,
    #[command(flatten)]
    selection: Selection,
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
    /// Same seed, same bytes; `random` draws one, which is printed
    #[arg(long, value_name = "N|random", default_value = "0", value_parser = seed)]
    seed: Seed,
    /// Go on, whatever happens: without it a peer that hangs or crashes again and again is given up
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    limits: Limits,
    /// An environment variable for the peers, NAME=VALUE
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The folder in which the peers run
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// Where report and failing cases are written: a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports/last")]
    report: PathBuf,
    /// Failures shown in the terminal, per peer (the report has all)
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
    /// Questions and answers as they go, to standard error
    #[arg(long)]
    verbose: bool,
    /// Who said what to whom, for each case with an attacker
    #[arg(long)]
    trace: bool,
}

pub(super) fn default_jobs() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A peer or a pair, and what it is to do.
struct Plan<'a> {
    subjects: Vec<&'a Subject>,
    /// All cases of the profile.
    profile: Vec<&'a Case>,
    /// Those of this run.
    cases: Vec<&'a Case>,
    /// The random programs of this run, by their numbers.
    programs: Vec<u64>,
    /// Which of the peers it is, where it is one.
    place: Option<usize>,
    /// What the names of its failing cases begin with, so that no part overwrites another's.
    prefix: String,
}

impl Check {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let all = cases::all();
        let selected = if self.exploring.only_programs { Vec::new() } else { self.selection.of(&all)? };
        let mut baseline = self.baseline()?;
        let subjects = self.subjects()?;
        let plans = self.plans(&subjects, &all, &selected)?;
        if self.list {
            return list(out, &plans);
        }
        let folder = ReportFolder::claim(&self.report)?;
        if self.seed.is_drawn {
            writeln!(out, "seed {}", self.seed.number)?;
        }
        let begin = Instant::now();
        let options = Options { jobs: self.jobs.get(), seed: self.seed.number, until: self.limits.until() };
        let mut report = self.empty_report();
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
        self.store(out, &folder, &report)?;
        if self.peer.len() > 1 && interrupted().is_none() {
            differ(out, &subjects, suspects, &folder, options.until)?;
        }
        self.outcome(&report, begin.elapsed())
    }

    /// A failure that was found is a failure, however the run ended. Where none was, a run that did not come to its
    /// end says nothing.
    fn outcome(&self, report: &Report, took: Duration) -> Result<Outcome, Error> {
        let count = |verdict| report.parts.iter().map(|part| part.count(verdict)).sum::<u64>();
        if count(Verdict::HarnessError) > 0 {
            return Err(Error::CannotRun("a case or the reference is at fault, see above".into()));
        }
        let found = |part: &Part| {
            let findings = part.programs.iter().flat_map(|programs| &programs.findings);
            findings.map(|finding| finding.verdict).any(Verdict::fails_the_run)
        };
        let fails = |part: &Part| {
            let in_cases = part.totals.keys().any(|verdict| verdict.fails_the_run());
            in_cases || found(part) || !part.stale.is_empty()
        };
        if report.parts.iter().any(fails) {
            return Ok(Outcome::Bad);
        }
        let left = |programs: &Programs| programs.selected.saturating_sub(programs.played);
        let programs: u64 = report.parts.iter().flat_map(|part| &part.programs).map(left).sum();
        match (count(Verdict::NotRun), programs) {
            (0, 0) => Ok(Outcome::Good),
            (0, left) => Err(Error::CannotRun(format!(
                "the run was out of time with {left} random program{} left: no verdict; --deadline gives it more than \
                 {} s, --explore makes it fewer",
                plural(usize::try_from(left).unwrap_or(usize::MAX)),
                self.limits.deadline.as_secs()
            ))),
            (left, _) => Err(Error::CannotRun(self.too_slow(report, left, took))),
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

    fn empty_report(&self) -> Report {
        Report {
            report: report::VERSION.into(),
            counterproof: env!("CARGO_PKG_VERSION").into(),
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            seed: self.seed.number,
            shard: self.shard.map(|shard| shard.to_string()),
            filters: self.selection.filters(),
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
        let env = environment(&self.env)?;
        let with =
            |launch: Launch| Launch { cwd: self.cwd.clone(), env: env.clone(), ..self.limits.of(launch) };
        let mut named = Vec::new();
        for line in &self.peer {
            named.push((line.clone(), with(Launch::parse(line)?)));
        }
        if named.is_empty() {
            named.push(("built-in reference".to_owned(), with(Launch::new(own_peer()?))));
        }
        let subject = |(name, launch): (String, Launch)| {
            let (launch, claims) = runner::meet(launch).map_err(|error| Error::of_peer(&name, error))?;
            Ok(Subject { name, launch, claims })
        };
        named.into_iter().map(subject).collect()
    }

    /// Each peer, then each pair, each with its cases.
    fn plans<'a>(
        &self,
        subjects: &'a [Subject],
        all: &'a [Case],
        selected: &[&'a Case],
    ) -> Result<Vec<Plan<'a>>, Error> {
        let mut plans: Vec<Plan<'_>> = Vec::new();
        let alone = subjects.iter().map(|subject| vec![subject]);
        let pairs = subjects.iter().flat_map(|client| {
            let others = subjects.iter().filter(move |server| !std::ptr::eq(*server, client));
            others.map(move |server| vec![client, server])
        });
        for subjects in alone.chain(pairs) {
            let belongs =
                |case: &Case, claims: &HelloResult| case.role.belongs_to(&claims.profile, &claims.operations);
            let claimed = |case: &&Case| {
                (subjects.len() == 1 || case.role == Role::Both)
                    && subjects.iter().all(|subject| belongs(case, &subject.claims))
            };
            let chosen = selected.iter().copied().filter(claimed);
            let cases: Vec<_> = match self.shard {
                Some(shard) => shard.of(chosen).collect(),
                None => chosen.collect(),
            };
            let programs = match subjects.as_slice() {
                [subject] => {
                    self.exploring.numbers(&subject.claims, self.selection.filters().is_some(), self.shard)
                }
                _ => Vec::new(),
            };
            if cases.is_empty() && programs.is_empty() && subjects.len() == 1 {
                let words = match self.exploring.only_programs {
                    true => no_programs(),
                    false => nothing(self.shard),
                };
                return Err(Error::Usage(words));
            }
            let prefix = if self.peer.len() > 1 { format!("{}-", plans.len() + 1) } else { String::new() };
            let place = (subjects.len() == 1).then_some(plans.len());
            plans.push(Plan {
                profile: all.iter().filter(claimed).collect(),
                subjects,
                cases,
                programs,
                place,
                prefix,
            });
        }
        Ok(plans)
    }

    /// Judges one peer, or a pair.
    fn part(
        &self,
        out: &mut impl Write,
        plan: &Plan<'_>,
        options: Options,
        folder: &ReportFolder,
        baseline: &mut Baseline,
        suspects: &mut Vec<Suspect>,
    ) -> Result<Part, Error> {
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
            claims: &claims,
            profile: &profile,
            not_offered: &not_offered,
            cases: &plan.cases,
            ended,
            baseline,
            explored,
        };
        let part = Part::new(task, &outcomes);
        if self.trace {
            let played = part.cases.iter().zip(&outcomes);
            played.into_iter().try_for_each(|(case, outcome)| show::trace(out, case, outcome))?;
        }
        if !part.cases.is_empty() {
            show::table(out, &part.cases)?;
        }
        self.failures(out, plan, &part, folder, &outcomes)?;
        if let Some(told) = &told {
            let commands = self.commands(plan);
            let again = |path: &Path| again(path, &commands, self.again_with());
            let place = Place { folder: &folder.failing(), prefix: &plan.prefix, commands: &commands };
            told.tell(out, &part, place, self.seed.number, self.show, again)?;
        }
        show::verdict(out, &plan.subjects, &part, baseline)?;
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
        let ([subject], false) = (plan.subjects.as_slice(), plan.programs.is_empty()) else {
            return Ok(None);
        };
        if ended != Ended::Whole {
            return Ok(Some(not_explored(&plan.programs, ended)));
        }
        let screen = self.screen(plan.programs.len(), "programs", options, baseline);
        explored(subject, &plan.programs, options, self.peer.len() > 1, &screen).map(Some)
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
        out: &mut impl Write,
        plan: &Plan<'_>,
        part: &Part,
        folder: &ReportFolder,
        outcomes: &[suite::Outcome],
    ) -> Result<(), Error> {
        let commands = self.commands(plan);
        let mut unexpected = 0;
        for (case, outcome) in part.cases.iter().zip(outcomes) {
            let path = folder.failing().join(format!("{}{}.json", plan.prefix, case.id));
            let failing = Failing::new(&commands, self.seed.number, outcome);
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
        let named = if self.peer.is_empty() { &[][..] } else { &plan.subjects };
        named.iter().map(|subject| subject.name.clone()).collect()
    }

    /// What `replay` needs to start the peer as this run did.
    fn again_with(&self) -> Vec<String> {
        let env = self.env.iter().flat_map(|pair| ["--env".to_owned(), pair.clone()]);
        let cwd = self.cwd.iter().flat_map(|cwd| ["--cwd".to_owned(), cwd.display().to_string()]);
        env.chain(cwd).collect()
    }

    fn store(&self, out: &mut impl Write, folder: &ReportFolder, report: &Report) -> Result<(), Error> {
        let path = folder.file(REPORT);
        write_json(&path, report)?;
        write_whole(&folder.file(JUNIT), junit::document(report).as_bytes())?;
        writeln!(out, "report: {}", show_path(&path))?;
        Ok(())
    }
}

impl Plan<'_> {
    /// The optional operations that its peers don't have: what is asked of a pair both must list.
    fn not_offered(&self) -> Vec<&'static str> {
        let mut names: Vec<_> =
            self.subjects.iter().flat_map(|subject| harness::case::not_offered(&subject.claims)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// `NAME=VALUE` of each `--env`.
pub(super) fn environment(pairs: &[String]) -> Result<Vec<(String, String)>, Error> {
    let split = |pair: &String| match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Error::Usage(format!("--env {pair}: NAME=VALUE"))),
    };
    pairs.iter().map(split).collect()
}

fn no_programs() -> String {
    "no random programs: --explore is 0, or the peer claims a single operation, for which there are none"
        .to_owned()
}

fn nothing(shard: Option<Shard>) -> String {
    let shard = shard.map(|shard| format!(" and shard {shard}")).unwrap_or_default();
    format!("no selected case belongs to the profile that the peer claims{shard}: nothing was judged")
}

fn list(out: &mut impl Write, plans: &[Plan<'_>]) -> Result<Outcome, Error> {
    for plan in plans {
        show::heading(out, &plan.subjects)?;
        plan.cases.iter().try_for_each(|case| writeln!(out, "  {}", case.id))?;
        writeln!(out, "{} case{}", plan.cases.len(), plural(plan.cases.len()))?;
        if let count @ 1.. = plan.programs.len() {
            writeln!(out, "{count} random program{}", plural(count))?;
        }
    }
    Ok(Outcome::Good)
}
