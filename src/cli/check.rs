//! `check`: the main job.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::selection::Selection;
use super::{Error, Outcome, invocation, own_peer, plural};
use crate::harness::cases::{self, Case, Role};
use crate::harness::operations::HelloResult;
use crate::harness::report::{self, Failing, Part, Report};
use crate::harness::spec;
use crate::harness::suite::{self, Verdict};
use crate::io::files::{remove_folder, write_whole};
use crate::io::peer::Launch;
use crate::io::runner::{self, Options};

/// The arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// The command that starts a peer, as a shell would split it; several peers also play in pairs
    #[arg(long, value_name = "CMD")]
    peer: Vec<String>,
    #[command(flatten)]
    selection: Selection,
    /// Peer processes side by side
    #[arg(long, value_name = "N", default_value_t = default_jobs())]
    jobs: usize,
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
}

pub(super) fn default_jobs() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// A peer as the user named it.
struct Subject {
    name: String,
    launch: Launch,
    claims: HelloResult,
}

impl Check {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let all = cases::all();
        let selected = self.selection.of(&all)?;
        let subjects = self.subjects()?;
        let mut report = Report {
            report: report::VERSION,
            counterproof: env!("CARGO_PKG_VERSION").into(),
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            seed: self.seed,
            parts: Vec::new(),
        };
        remove_folder(&self.report.join("failing"))?;
        for client in &subjects {
            self.part(out, &[client], &selected, &mut report)?;
        }
        for client in &subjects {
            for server in subjects.iter().filter(|server| !std::ptr::eq(*server, client)) {
                let both: Vec<&Case> =
                    selected.iter().copied().filter(|case| case.role == Role::Both).collect();
                self.part(out, &[client, server], &both, &mut report)?;
            }
        }
        let path = self.report.join("report.json");
        let json = serde_json::to_vec_pretty(&report).map_err(|error| Error::CannotRun(error.to_string()))?;
        write_whole(&path, &json)?;
        writeln!(out, "report: {}", path.display())?;
        let faulty =
            report.parts.iter().flat_map(|part| &part.cases).any(|case| case.verdict == "harness-error");
        match (faulty, report.parts.iter().all(|part| part.conforms)) {
            (true, _) => Err(Error::CannotRun("a case or the reference is at fault, see above".into())),
            (false, true) => Ok(Outcome::Good),
            (false, false) => Ok(Outcome::Bad),
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
            let command = own_peer()?;
            let timeout = Duration::from_secs(self.timeout);
            vec![("built-in reference".into(), Launch { command, cwd: None, env: env.clone(), timeout })]
        } else {
            let parse = |line: &String| {
                let launch = Launch::parse(line).map_err(|error| Error::CannotRun(error.to_string()))?;
                let timeout = Duration::from_secs(self.timeout);
                Ok((line.clone(), Launch { cwd: self.cwd.clone(), env: env.clone(), timeout, ..launch }))
            };
            self.peer.iter().map(parse).collect::<Result<_, Error>>()?
        };
        let subject = |(name, launch): (String, Launch)| {
            let claims =
                runner::hello(&launch).map_err(|error| Error::CannotRun(format!("{name}: {error}")))?;
            Ok(Subject { name, launch, claims })
        };
        named.into_iter().map(subject).collect()
    }

    /// Judges one peer, or a pair.
    fn part(
        &self,
        out: &mut impl Write,
        subjects: &[&Subject],
        selected: &[&Case],
        report: &mut Report,
    ) -> Result<(), Error> {
        let claimed =
            |case: &&Case| subjects.iter().all(|subject| case.role.belongs_to(&subject.claims.profile));
        let cases: Vec<&Case> = selected.iter().copied().filter(claimed).collect();
        let (Some(client), Some(server)) = (subjects.first(), subjects.last()) else { return Ok(()) };
        heading(out, subjects)?;
        if cases.is_empty() && subjects.len() > 1 {
            writeln!(out, "no selected case is for a pair of these profiles\n")?;
            return Ok(());
        }
        if cases.is_empty() {
            let words = "no selected case belongs to the profile that the peer claims: nothing was judged";
            return Err(Error::Usage(words.into()));
        }
        let bar = progress(cases.len());
        let peers: Vec<_> = subjects.iter().map(|subject| (&subject.launch, &subject.claims)).collect();
        let deadline = Duration::from_secs(self.deadline);
        let options = Options { jobs: self.jobs, seed: self.seed, deadline };
        let outcomes = runner::run(&peers, &cases, options, &|outcome| {
            bar.set_message(outcome.id.clone());
            bar.inc(1);
        })?;
        bar.finish_and_clear();
        let claims = subjects.iter().map(|subject| subject.claims.clone()).collect();
        let part = Part::new(&client.name, &server.name, claims, &cases, &outcomes);
        table(out, &outcomes)?;
        let names: Vec<String> = subjects.iter().map(|subject| subject.name.clone()).collect();
        self.failures(out, &names, &outcomes)?;
        verdict(out, subjects, &part)?;
        report.parts.push(part);
        Ok(())
    }

    /// Shows the first failures and stores all.
    fn failures(
        &self,
        out: &mut impl Write,
        names: &[String],
        outcomes: &[suite::Outcome],
    ) -> Result<(), Error> {
        let mut shown = 0;
        let commands: Vec<String> = if self.peer.is_empty() { Vec::new() } else { names.to_vec() };
        for outcome in outcomes {
            let Some(failing) = Failing::new(&commands, outcome) else { continue };
            let part = if names.len() > 1 {
                format!("{}-", file_name(&names.join("-with-")))
            } else {
                String::new()
            };
            let path = self.report.join("failing").join(format!("{part}{}.json", outcome.id));
            let json =
                serde_json::to_vec_pretty(&failing).map_err(|error| Error::CannotRun(error.to_string()))?;
            write_whole(&path, &json)?;
            shown += 1;
            if shown <= self.show {
                explain(out, outcome, &path)?;
            }
        }
        if shown > self.show {
            writeln!(
                out,
                "… and {} more; --show {shown} shows all, so does the report\n",
                shown - self.show
            )?;
        }
        Ok(())
    }
}

fn file_name(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

pub(super) fn progress(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(0));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn heading(out: &mut impl Write, subjects: &[&Subject]) -> Result<(), Error> {
    let words = |subject: &Subject| {
        let HelloResult { name, version, language, profile, .. } = &subject.claims;
        format!("{} ({name} {version}, {language}, profile {profile})", subject.name)
    };
    match subjects {
        [client, server] => writeln!(out, "client {}\nserver {}", words(client), words(server))?,
        _ => subjects.iter().try_for_each(|subject| writeln!(out, "peer {}", words(subject)))?,
    }
    Ok(())
}

/// Rows: areas in the order of the specification. Columns: the verdicts that occurred.
fn table(out: &mut impl Write, outcomes: &[suite::Outcome]) -> Result<(), Error> {
    let mut areas: Vec<&str> = Vec::new();
    for requirement in spec::requirements() {
        let area = requirement.id.split('-').next().unwrap_or_default();
        if !areas.contains(&area) && outcomes.iter().any(|outcome| outcome.area == area) {
            areas.push(area);
        }
    }
    let count = |area: Option<&str>, verdict| {
        let of_area = outcomes.iter().filter(|outcome| area.is_none_or(|area| outcome.area == area));
        of_area.filter(|outcome| outcome.verdict == verdict).count()
    };
    let verdicts: Vec<Verdict> = Verdict::ALL
        .into_iter()
        .filter(|verdict| *verdict == Verdict::Pass || count(None, *verdict) > 0)
        .collect();
    let row = |name: &str, area: Option<&str>| {
        let cells = verdicts
            .iter()
            .map(|verdict| format!("{:>width$}", count(area, *verdict), width = verdict.word().len().max(6)));
        format!("  {name:<24}{}", cells.collect::<Vec<_>>().join("  "))
    };
    let head = verdicts.iter().map(|verdict| format!("{:>6}", verdict.word()));
    writeln!(out, "\n  {:<24}{}", "area", head.collect::<Vec<_>>().join("  "))?;
    for area in areas {
        writeln!(out, "{}", row(&format!("{area}  {}", area_name(area)), Some(area)))?;
    }
    writeln!(out, "{}\n", row("all", None))?;
    Ok(())
}

/// What the area's letters stand for.
fn area_name(area: &str) -> &'static str {
    match area {
        "CNV" => "text and numbers",
        "SER" => "serial number",
        "FRM" => "frame",
        "KEY" => "keys",
        "PRT" => "protection",
        "NON" => "nonces",
        "STV" => "static vector",
        "AM1" => "activation 1",
        "DVC" => "device code",
        "AM2" => "activation 2",
        "CLI" => "client",
        "REQ" => "request",
        "SIG" => "signature",
        "VER" => "verifying",
        "PPR" => "peer protocol",
        _ => "",
    }
}

/// A failure as a person wants it: the requirement's sentence, expected, got, the last message decoded, and
/// the command that runs it again.
pub(super) fn explain(out: &mut impl Write, outcome: &suite::Outcome, path: &Path) -> Result<(), Error> {
    let Some(failure) = &outcome.failure else { return Ok(()) };
    let sentence = spec::find(failure.requirement).map_or("", |requirement| requirement.text);
    writeln!(out, "{}  {}", outcome.verdict.word(), outcome.id)?;
    writeln!(out, "  violates {}: {sentence}", failure.requirement)?;
    writeln!(out, "  expected  {}", shorten(&failure.expected))?;
    writeln!(out, "  got       {}", shorten(&failure.got))?;
    if let Some(step) = outcome.steps.last() {
        writeln!(out, "  asked     {}", shorten(&step.question))?;
        writeln!(
            out,
            "  answered  {}",
            shorten(if step.answer.is_empty() { "(nothing)" } else { &step.answer })
        )?;
        if let Some(lines) = super::inspect::decoded_in(&step.question, failure.requirement) {
            writeln!(out, "  message   {}", lines.join("\n            "))?;
        }
    }
    writeln!(out, "  again     {} replay {}\n", invocation(), path.display())?;
    Ok(())
}

fn shorten(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            format!("{}… ({} characters)", text.get(..end).unwrap_or_default(), text.chars().count())
        }
        None => text.to_owned(),
    }
}

fn verdict(out: &mut impl Write, subjects: &[&Subject], part: &Part) -> Result<(), Error> {
    let bad = part
        .cases
        .iter()
        .filter(|case| !["pass", "warn", "not-testable"].contains(&case.verdict.as_str()))
        .count();
    let what = match subjects {
        [subject] => format!("profile {}", subject.claims.profile),
        _ => "each other".into(),
    };
    let total = part.cases.len();
    if part.conforms {
        writeln!(out, "conforms to {what}: {total} case{}\n", plural(total))?;
    } else {
        writeln!(out, "does not conform to {what}: {bad} of {total} case{}\n", plural(total))?;
    }
    Ok(())
}
