//! `vectors run`: vector files, ours or somebody else's, against a peer.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::judged::{Counts, Part, document};
use crate::cli::json;
use crate::cli::limits::Limits;
use crate::cli::outcome::{Error, Outcome, not_interrupted, unreadable};
use crate::cli::show::{introduce, shorten};
use crate::cli::terminal::show_path;
use crate::cli::words::own_peer;
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
    /// One JSON document instead, of the form that reports/vectors-run.schema.json describes
    #[arg(long)]
    json: bool,
}

impl Run {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let files = self.read()?;
        let (name, launch) = self.launch()?;
        let (launch, claims) = runner::meet(launch).map_err(|error| Error::of_peer(&name, error))?;
        if !self.json {
            writeln!(out, "peer {}\n", introduce(&name, &claims))?;
        }
        let parts = self.judge(&launch, &claims, files)?;
        not_interrupted()?;
        let counts = Counts::of(&parts);
        if self.json {
            json::write(out, &document(&name, &claims, &counts, &parts))?;
            return counts.outcome();
        }
        table(out, &parts)?;
        self.differences(out, &parts)?;
        counts.write(out)?;
        counts.outcome()
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
        Ok((name.to_owned(), self.limits.timeout.of(launch)))
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
