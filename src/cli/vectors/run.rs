//! `vectors run`: vector files, ours or somebody else's, against a peer.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use crate::cli::{Error, Outcome, not_interrupted, own_peer, plural};
use crate::harness::operations::HelloResult;
use crate::harness::vectors::file::{self, MAX_FILE, Vector, VectorFile};
use crate::harness::vectors::judge::{Difference, Judge, Judged, Verdict};
use crate::harness::{spec, vectors};
use crate::io::files::read_at_most;
use crate::io::peer::{Launch, Process};
use crate::io::runner::{self, CannotJudge};

/// The arguments of `vectors run`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Run {
    /// Files of vectors [default: all that this program writes]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The command that starts the peer, as a shell would split it [default: the built-in reference]
    #[arg(long, value_name = "CMD")]
    peer: Option<String>,
    /// Seconds for one answer
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    timeout: u64,
    /// Seconds for the whole run
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    deadline: u64,
    /// Disagreements shown
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
}

/// A file and what came of each of its vectors.
struct Part {
    name: String,
    results: Vec<(Vector, Judged)>,
}

impl Part {
    fn count(&self, verdict: Verdict) -> usize {
        self.results.iter().filter(|(_, judged)| judged.verdict == verdict).count()
    }
}

impl Run {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let files = self.read()?;
        let (name, launch) = self.launch()?;
        let begin = Instant::now();
        let claims = runner::hello(&launch).map_err(|error| Error::CannotRun(format!("{name}: {error}")))?;
        let launch = launch.started_in(begin.elapsed());
        let HelloResult { name: own_name, version, language, profile, .. } = &claims;
        writeln!(out, "peer {name} ({own_name} {version}, {language}, profile {profile})\n")?;
        let parts = self.judge(&launch, &claims, files)?;
        not_interrupted()?;
        table(out, &parts)?;
        self.differences(out, &parts)?;
        verdict(out, &parts)
    }

    fn differences(&self, out: &mut impl Write, parts: &[Part]) -> Result<(), Error> {
        let mut count = 0;
        for part in parts {
            for (vector, Judged { verdict, difference }) in &part.results {
                let Some(difference) = difference else { continue };
                count += 1;
                if count <= self.show {
                    explain(out, &part.name, vector, *verdict, difference)?;
                }
            }
        }
        if count > self.show {
            writeln!(out, "… and {} more; --show {count} shows all\n", count - self.show)?;
        }
        Ok(())
    }

    /// Every file, before any peer is started: a bad one is a matter of usage.
    fn read(&self) -> Result<Vec<(String, VectorFile)>, Error> {
        let parse = |name: String, content: &[u8]| match file::parse(content) {
            Ok(file) => Ok((name, file)),
            Err(error) => Err(Error::Usage(format!("{name}: {error}"))),
        };
        if self.files.is_empty() {
            return vectors::files()
                .into_iter()
                .map(|file| parse(file.name, file.content.as_bytes()))
                .collect();
        }
        let read = |path: &PathBuf| {
            let content = read_at_most(path, MAX_FILE).map_err(|error| Error::Usage(error.to_string()))?;
            parse(path.display().to_string(), &content)
        };
        self.files.iter().map(read).collect()
    }

    fn launch(&self) -> Result<(String, Launch), Error> {
        let timeout = Duration::from_secs(self.timeout);
        match &self.peer {
            None => Ok(("built-in reference".into(), Launch::new(own_peer()?).with_timeout(timeout))),
            Some(line) => {
                let launch = Launch::parse(line).map_err(CannotJudge::from)?;
                Ok((line.clone(), launch.with_timeout(timeout)))
            }
        }
    }

    fn judge(
        &self,
        launch: &Launch,
        claims: &HelloResult,
        files: Vec<(String, VectorFile)>,
    ) -> Result<Vec<Part>, Error> {
        let until = Instant::now() + Duration::from_secs(self.deadline);
        let mut process = Process::spawn(launch).map_err(CannotJudge::from)?;
        let mut judge = Judge::new(&mut process, claims);
        let mut parts = Vec::with_capacity(files.len());
        for (name, file) in files {
            let result = |vector: Vector| {
                let judged =
                    if Instant::now() < until { judge.judge(&vector) } else { Judged::not_begun(&vector) };
                (vector, judged)
            };
            parts.push(Part { name, results: file.vectors.into_iter().map(result).collect() });
        }
        Ok(parts)
    }
}

/// Rows: files. Columns: the verdicts that occurred.
fn table(out: &mut impl Write, parts: &[Part]) -> Result<(), Error> {
    let total = |verdict| parts.iter().map(|part| part.count(verdict)).sum::<usize>();
    let verdicts: Vec<Verdict> = Verdict::ALL
        .into_iter()
        .filter(|verdict| *verdict == Verdict::Agrees || total(*verdict) > 0)
        .collect();
    let names = parts.iter().map(|part| part.name.chars().count()).max().unwrap_or_default();
    let row = |name: &str, cell: &dyn Fn(Verdict) -> String| {
        let cells = verdicts
            .iter()
            .map(|verdict| format!("{:>width$}", cell(*verdict), width = verdict.word().len().max(6)));
        format!("  {name:<names$}  {}", cells.collect::<Vec<_>>().join("  "))
    };
    writeln!(out, "{}", row("file", &|verdict| verdict.word().into()))?;
    for part in parts {
        writeln!(out, "{}", row(&part.name, &|verdict| part.count(verdict).to_string()))?;
    }
    writeln!(out, "{}\n", row("all", &|verdict| total(verdict).to_string()))?;
    Ok(())
}

fn verdict(out: &mut impl Write, parts: &[Part]) -> Result<Outcome, Error> {
    let all = || parts.iter().flat_map(|part| &part.results).map(|(_, judged)| judged);
    let judged = all().filter(|judged| judged.verdict.is_judged()).count();
    let bad = all().filter(|judged| judged.difference.is_some()).count();
    if judged == 0 {
        let words = "none of the vectors asks for what the peer claims: nothing was judged";
        return Err(Error::Usage(words.into()));
    }
    if bad == 0 {
        writeln!(out, "agrees with {judged} vector{}", plural(judged))?;
        return Ok(Outcome::Good);
    }
    writeln!(out, "does not agree with {bad} of {judged} vector{}", plural(judged))?;
    Ok(Outcome::Bad)
}

fn explain(
    out: &mut impl Write,
    file: &str,
    vector: &Vector,
    verdict: Verdict,
    difference: &Difference,
) -> Result<(), Error> {
    writeln!(out, "{}  {}  in {file}", verdict.word(), vector.id)?;
    if !vector.note.is_empty() {
        writeln!(out, "  note      {}", vector.note)?;
    }
    for requirement in vector.requirements.iter().filter_map(|id| spec::find(id)) {
        writeln!(out, "  {:<8}  {}", requirement.id, shorten(requirement.text))?;
    }
    if let (step, steps @ 2..) = difference.step {
        writeln!(out, "  step      {step} of {steps}")?;
    }
    writeln!(out, "  asked     {}", shorten(&difference.asked))?;
    writeln!(out, "  expected  {}", shorten(&difference.expected))?;
    writeln!(out, "  got       {}\n", shorten(&difference.got))?;
    Ok(())
}

/// In one line of a terminal that scrolls.
fn shorten(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => {
            format!("{}… ({} characters)", text.get(..end).unwrap_or_default(), text.chars().count())
        }
        None => text.to_owned(),
    }
}
