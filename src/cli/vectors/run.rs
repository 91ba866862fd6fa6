//! `vectors run`: vector files, ours or somebody else's, against a peer.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::cli::limits::Limits;
use crate::cli::outcome::{Error, Outcome, not_interrupted, unreadable};
use crate::cli::show::{introduce, shorten};
use crate::cli::terminal::show_path;
use crate::cli::words::{own_peer, plural};
use crate::io::files::read_at_most;
use crate::io::peer::{Launch, Process};
use crate::io::runner::{self, CannotJudge};
use harness::spec;
use peer::operations::HelloResult;
use peer::printable::Line;
use vectors::file::{self, MAX_FILE, Vector, VectorFile};
use vectors::judge::{Difference, Judge, Judged, Verdict};

/// The arguments of `vectors run`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Run {
    /// Files of vectors [default: all that this program writes]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The command that starts the peer, as a shell would split it, or where it listens: tcp:HOST:PORT, unix:PATH [default: the
    /// built-in reference]
    #[arg(long, value_name = "CMD")]
    peer: Option<String>,
    #[command(flatten)]
    limits: Limits,
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
        let (launch, claims) = runner::meet(launch).map_err(|error| Error::of_peer(&name, error))?;
        writeln!(out, "peer {}\n", introduce(&name, &claims))?;
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
            let content = read_at_most(path, MAX_FILE).map_err(unreadable)?;
            parse(show_path(path), &content)
        };
        self.files.iter().map(read).collect()
    }

    fn launch(&self) -> Result<(String, Launch), Error> {
        let (name, launch) = match &self.peer {
            None => ("built-in reference", Launch::new(own_peer()?)),
            Some(line) => (line.as_str(), Launch::parse(line)?),
        };
        Ok((name.to_owned(), self.limits.of(launch)))
    }

    fn judge(
        &self,
        launch: &Launch,
        claims: &HelloResult,
        files: Vec<(String, VectorFile)>,
    ) -> Result<Vec<Part>, Error> {
        let until = self.limits.until();
        let is_over = || until.is_some_and(|until| Instant::now() >= until);
        let mut process = Process::spawn(launch).map_err(CannotJudge::from)?;
        let mut judge = Judge::new(&mut process, claims);
        let mut parts = Vec::with_capacity(files.len());
        for (name, file) in files {
            let result = |vector: Vector| {
                let judged = if is_over() { Judged::not_run(&vector) } else { judge.judge(&vector) };
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
    let count = |verdict| all().filter(|judged| judged.verdict == verdict).count();
    let (not_offered, not_run) = (count(Verdict::NotOffered), count(Verdict::NotRun));
    if not_offered > 0 {
        writeln!(out, "not asked: {not_offered}, of optional operations that the peer doesn't list")?;
    }
    if bad > 0 {
        writeln!(out, "does not agree with {bad} of {judged} vector{}", plural(judged))?;
        return Ok(Outcome::Bad);
    }
    if not_run > 0 {
        return Err(Error::CannotRun(format!(
            "the run was out of time: {judged} vector{} agreed, {not_run} not asked; see --deadline",
            plural(judged)
        )));
    }
    if judged == 0 {
        let words = "none of the vectors asks for what the peer claims: nothing was judged";
        return Err(Error::Usage(words.into()));
    }
    writeln!(out, "agrees with {judged} vector{}", plural(judged))?;
    Ok(Outcome::Good)
}

fn explain(
    out: &mut impl Write,
    file: &str,
    vector: &Vector,
    verdict: Verdict,
    difference: &Difference,
) -> Result<(), Error> {
    writeln!(out, "{}  {}  in {}", verdict.word(), Line(&vector.id), Line(file))?;
    if !vector.note.is_empty() {
        writeln!(out, "  note      {}", shorten(&vector.note))?;
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
