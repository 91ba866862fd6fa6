//! `check`: the main job.

use std::fs;
use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::Args;

use super::selection::{Selection, Shard};
use super::show::{self, Screen};
use super::{Error, Outcome, not_interrupted, own_peer, plural};
use crate::harness::baseline::Baseline;
use crate::harness::cases::{self, Case, Role};
use crate::harness::junit;
use crate::harness::operations::HelloResult;
use crate::harness::report::{self, Failing, Part, Report, Task};
use crate::harness::suite::{self, Verdict};
use crate::io::files::{remove_file, remove_folder, write_whole};
use crate::io::peer::Launch;
use crate::io::runner::{self, Options};

/// What a run leaves in the folder of `--report`, beside `failing/`.
const REPORT: &str = "report.json";
const JUNIT: &str = "junit.xml";

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The command that starts a peer, as a shell would split it; several peers also play in pairs
    #[arg(long, value_name = "CMD")]
    peer: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Only the I-th of N parts of these cases; the N parts together are all of them
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
    /// End with the first case that is not as expected
    #[arg(long)]
    fail_fast: bool,
    /// Peer processes side by side
    #[arg(long, value_name = "N", default_value_t = default_jobs())]
    jobs: NonZeroUsize,
    /// Same seed, same bytes
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Seconds for one answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
    /// Seconds for the whole run
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    deadline: u64,
    /// An environment variable for the peers, NAME=VALUE
    #[arg(long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// The folder in which the peers run
    #[arg(long, value_name = "DIR")]
    cwd: Option<PathBuf>,
    /// Where report and failing cases are written
    #[arg(long, value_name = "DIR", default_value = "reports/last")]
    report: PathBuf,
    /// Failures shown in the terminal, per peer (the report has all)
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
    /// Questions and answers as they go, to standard error
    #[arg(long)]
    verbose: bool,
}

pub(super) fn default_jobs() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A peer as the user named it.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) launch: Launch,
    pub(super) claims: HelloResult,
}

/// A peer or a pair, and what it is to do.
struct Plan<'a> {
    subjects: Vec<&'a Subject>,
    /// All cases of the profile.
    profile: Vec<&'a Case>,
    /// Those of this run.
    cases: Vec<&'a Case>,
}

impl Check {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let all = cases::all();
        let selected = self.selection.of(&all)?;
        let mut baseline = self.baseline()?;
        let subjects = self.subjects()?;
        let plans = self.plans(&subjects, &all, &selected)?;
        if self.list {
            return list(out, &plans);
        }
        // What an earlier run left must not pass for this one's, should it come to no end.
        remove_folder(&self.report.join("failing"))?;
        remove_file(&self.report.join(REPORT))?;
        remove_file(&self.report.join(JUNIT))?;
        let mut report = self.empty_report();
        for plan in &plans {
            show::heading(out, &plan.subjects)?;
            if plan.cases.is_empty() {
                writeln!(out, "no selected case is for a pair of these profiles\n")?;
                continue;
            }
            let part = self.part(out, plan, &mut baseline)?;
            let stop = self.fail_fast && !part.as_expected;
            report.parts.push(part);
            if stop {
                break;
            }
        }
        self.store(out, &report)?;
        let has = |verdict| report.parts.iter().any(|part| part.count(verdict) > 0);
        match (has(Verdict::HarnessError), report.parts.iter().all(|part| part.as_expected)) {
            (true, _) => Err(Error::CannotRun("a case or the reference is at fault, see above".into())),
            (false, true) => Ok(Outcome::Good),
            (false, false) => Ok(Outcome::Bad),
        }
    }

    fn empty_report(&self) -> Report {
        Report {
            report: report::VERSION.into(),
            counterproof: env!("CARGO_PKG_VERSION").into(),
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            seed: self.seed,
            shard: self.shard.map(|shard| shard.to_string()),
            parts: Vec::new(),
        }
    }

    /// What the peer is known to fail. A file that is to be written need not be there.
    fn baseline(&self) -> Result<Baseline, Error> {
        let Some(path) = &self.expect else { return Ok(Baseline::default()) };
        if self.peer.len() > 1 {
            return Err(Error::Usage("--expect is for one --peer: a baseline is one peer's own".into()));
        }
        let bad = |words: String| Error::Usage(format!("--expect {}: {words}", path.display()));
        match fs::read_to_string(path) {
            Ok(text) => Baseline::parse(&text).map_err(bad),
            Err(error) if error.kind() == ErrorKind::NotFound && self.update_expect => {
                Ok(Baseline::default())
            }
            Err(error) => Err(bad(error.to_string())),
        }
    }

    fn subjects(&self) -> Result<Vec<Subject>, Error> {
        let mut env = Vec::new();
        for pair in &self.env {
            let Some((name, value)) = pair.split_once('=') else {
                return Err(Error::Usage(format!("--env {pair}: NAME=VALUE")));
            };
            env.push((name.to_owned(), value.to_owned()));
        }
        let named: Vec<(String, Launch)> = if self.peer.is_empty() {
            let own = Launch::new(own_peer()?).with_timeout(Duration::from_secs(self.timeout));
            vec![("built-in reference".into(), Launch { env: env.clone(), ..own })]
        } else {
            let parse = |line: &String| {
                let launch = Launch::parse(line).map_err(|error| Error::CannotRun(error.to_string()))?;
                let launch = launch.with_timeout(Duration::from_secs(self.timeout));
                Ok((line.clone(), Launch { cwd: self.cwd.clone(), env: env.clone(), ..launch }))
            };
            self.peer.iter().map(parse).collect::<Result<_, Error>>()?
        };
        let subject = |(name, launch): (String, Launch)| {
            let begin = Instant::now();
            let claims =
                runner::hello(&launch).map_err(|error| Error::CannotRun(format!("{name}: {error}")))?;
            Ok(Subject { name, launch: launch.started_in(begin.elapsed()), claims })
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
            if cases.is_empty() && subjects.len() == 1 {
                return Err(Error::Usage(nothing(self.shard)));
            }
            plans.push(Plan { profile: all.iter().filter(claimed).collect(), subjects, cases });
        }
        Ok(plans)
    }

    /// Judges one peer, or a pair.
    fn part(&self, out: &mut impl Write, plan: &Plan<'_>, baseline: &mut Baseline) -> Result<Part, Error> {
        let peers: Vec<_> = plan.subjects.iter().map(|subject| (&subject.launch, &subject.claims)).collect();
        let claims: Vec<_> = peers.iter().map(|(_, claims)| *claims).collect();
        let deadline = Duration::from_secs(self.deadline);
        let options = Options { jobs: self.jobs.get(), seed: self.seed, deadline };
        let screen = Screen::new(plan.cases.len(), baseline, self.verbose, self.fail_fast);
        let outcomes = runner::run(&peers, &plan.cases, options, &screen)?;
        screen.clear();
        not_interrupted()?;
        let profile: Vec<_> = plan.profile.iter().map(|case| case.id.as_str()).collect();
        if let Some(path) = self.expect.as_ref().filter(|_| self.update_expect) {
            *baseline = baseline.updated(&profile, &outcomes);
            write_json(path, baseline)?;
        }
        let names: Vec<_> = plan.subjects.iter().map(|subject| subject.name.as_str()).collect();
        let commands = [names.first(), names.last()].map(|name| name.copied().unwrap_or_default());
        let task = Task { commands, claims: &claims, profile: &profile, cases: &plan.cases, baseline };
        let part = Part::new(task, &outcomes);
        show::table(out, &part.cases)?;
        self.failures(out, &names, &part, &outcomes)?;
        show::verdict(out, &plan.subjects, &part, baseline)?;
        Ok(part)
    }

    /// Stores all failures, and shows the first of those that nobody expects.
    fn failures(
        &self,
        out: &mut impl Write,
        names: &[&str],
        part: &Part,
        outcomes: &[suite::Outcome],
    ) -> Result<(), Error> {
        let named = if self.peer.is_empty() { &[] } else { names };
        let commands: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
        let prefix = match names {
            [_, _] => format!("{}-", file_name(&names.join("-with-"))),
            _ => String::new(),
        };
        let mut unexpected = 0;
        for (case, outcome) in part.cases.iter().zip(outcomes) {
            let path = self.report.join("failing").join(format!("{prefix}{}.json", case.id));
            let failing = Failing::new(&commands, self.seed, outcome);
            if let Some(failing) = &failing {
                write_json(&path, failing)?;
            }
            match case.verdict {
                Verdict::Pass | Verdict::NotTestable | Verdict::Xfail => continue,
                _ => unexpected += 1,
            }
            match (unexpected <= self.show, failing) {
                (true, Some(_)) => show::explain(out, outcome, &path)?,
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

    fn store(&self, out: &mut impl Write, report: &Report) -> Result<(), Error> {
        let path = self.report.join(REPORT);
        write_json(&path, report)?;
        write_whole(&self.report.join(JUNIT), junit::document(report).as_bytes())?;
        writeln!(out, "report: {}", path.display())?;
        if let Some(expect) = self.expect.as_ref().filter(|_| self.update_expect) {
            writeln!(out, "baseline: {}", expect.display())?;
        }
        Ok(())
    }
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
    }
    Ok(Outcome::Good)
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), Error> {
    let mut json = serde_json::to_vec_pretty(value).map_err(|error| Error::CannotRun(error.to_string()))?;
    json.push(b'\n');
    Ok(write_whole(path, &json)?)
}

fn file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
