//! `fuzz --peer`: random programs against somebody's peer for hours, judged by the reference beside it. Those that showed
//! something new are kept, and played first the next night.
//!
//! ```text
//! watch      what is shown while it goes on, and when a peer is given up
//! recorded   the line of the record
//! ```

mod recorded;
mod watch;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use self::recorded::Recorded;
use self::watch::Watching;
use super::super::check::default_jobs;
use super::super::explore::{Origin, Place, STEPS, Seed, Told, failing, found, seed};
use super::super::limits::Timeout;
use super::super::outcome::{Error, Outcome};
use super::super::report_folder::{ReportFolder, store, write_json};
use super::super::show;
use super::super::subject::Subject;
use super::super::surroundings::Surroundings;
use super::super::terminal::{Paint, show_path};
use super::super::words::{again, plural};
use crate::io::hours::{Fuzzed, Hours, fuzz};
use crate::io::kept::{Kept, Opened};
use crate::io::peer::Launch;
use crate::io::runner::{self, Options};
use harness::baseline::Baseline;
use harness::report::{self, Ended, Explored, Filters, Part, Report, Task, failing_file};
use peer::printable::Line;
use programs::finding::Finding;

/// Where the corpora of peers are, below the current folder.
const CORPORA: &str = "fuzz/peers";
/// The most characters of a corpus's name.
const LONGEST_NAME: usize = 64;
/// How long it takes where nobody says.
const USUAL_HOURS: f64 = 1.0;
const HOUR_S: f64 = 3600.0;
/// All findings together are made shorter for this long at most, or for this part of the time, if that is longer.
const SHRINKING: Duration = Duration::from_secs(60);
const SHRINKING_PART: u32 = 4;

/// The arguments.
#[derive(Debug, clap::Args)]
pub(super) struct FuzzPeer {
    /// The command that starts a peer, as a shell would split it, or where one listens: tcp:HOST:PORT, unix:PATH
    #[arg(long, value_name = "CMD")]
    peer: Option<String>,
    /// How long, such as 8 or 0.25 [default: 1, or without end where --programs is given]
    #[arg(long, value_name = "H", value_parser = hours)]
    hours: Option<Duration>,
    /// Random programs at most, besides those of the corpus
    #[arg(long, value_name = "N")]
    programs: Option<u64>,
    /// The folder of the programs that showed something new: read at the beginning, minimised at the end [default:
    /// fuzz/peers/ and the name of the peer]
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Add a line to this file that says what came of it
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Stop at the first finding
    #[arg(long)]
    fail_fast: bool,
    /// Peer processes, or connections, side by side
    #[arg(long, value_name = "N", default_value_t = default_jobs())]
    jobs: NonZeroUsize,
    /// Where chances come from; `random` draws one, which is printed: another night, other programs
    #[arg(long, value_name = "N|random", value_parser = seed, default_value = "random")]
    seed: Seed,
    /// Go on, whatever happens: without it a peer that hangs or crashes again and again is given up
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    timeout: Timeout,
    #[command(flatten)]
    surroundings: Surroundings,
    /// Where report and failing programs are written: a folder of its own
    #[arg(long, value_name = "DIR", default_value = "reports/last")]
    report: PathBuf,
    /// Findings shown in the terminal (the report has all)
    #[arg(long, value_name = "N", default_value_t = 10)]
    show: usize,
}

/// A number of hours, or a part of one.
fn hours(text: &str) -> Result<Duration, String> {
    let hours = text.parse::<f64>().ok().filter(|hours| *hours > 0.0);
    let time = hours.and_then(|hours| Duration::try_from_secs_f64(hours * HOUR_S).ok());
    time.ok_or_else(|| "a number of hours above 0, such as 8 or 0.25".to_owned())
}

impl FuzzPeer {
    pub(super) fn run(self, out: &mut impl Paint) -> Result<Outcome, Error> {
        let name = self.peer.clone().ok_or_else(|| {
            Error::Usage("fuzz whom? --peer CMD names a peer; nightly, bench and coverage are for the targets of this repository".into())
        })?;
        let launch = self.surroundings.of(self.timeout.of(Launch::parse(&name)?))?;
        let (launch, claims) = runner::meet(launch).map_err(|error| Error::of_peer(&name, error))?;
        let subject = Subject { name, launch, claims };
        if subject.claims.profile.starts_with("primitive:") {
            let words = "a peer of one operation has no states to explore: `check` asks it all there is";
            return Err(Error::Usage(words.to_owned()));
        }
        let folder = ReportFolder::claim("--report", &self.report)?;
        let corpus = self.corpus_of(&subject.claims.name);
        let Opened { mut kept, programs, others } = Kept::open(&corpus)?;
        show::heading(out, &[&subject])?;
        if self.seed.is_drawn {
            writeln!(out, "seed {}", self.seed.number)?;
        }
        writeln!(out, "corpus {}: {} program{}", show_path(&corpus), programs.len(), plural(programs.len()))?;
        for (path, why) in &others {
            writeln!(out, "left alone: {}: {}", show_path(path), Line(why))?;
        }
        let (begin, begun) = (Instant::now(), now());
        let stores = |finding: &Finding| self.stores(&folder, &subject, finding);
        let watching = Watching::new(self.time(), self.programs, self.keep_going, &stores);
        let fuzzed = fuzz(self.job(&subject), &mut kept, &programs, &watching);
        watching.clear();
        self.tells(out, &subject, fuzzed, &folder, begin.elapsed(), begun)
    }

    /// How long, if that is bounded.
    fn time(&self) -> Option<Duration> {
        let usual = self.programs.is_none().then(|| Duration::from_secs_f64(USUAL_HOURS * HOUR_S));
        self.hours.or(usual)
    }

    fn job<'a>(&self, subject: &'a Subject) -> Hours<'a> {
        let part = self.time().map_or(Duration::ZERO, |time| time / SHRINKING_PART);
        Hours {
            launch: &subject.launch,
            claims: &subject.claims,
            options: Options {
                jobs: self.jobs.get(),
                seed: self.seed.number,
                until: self.time().and_then(runner::deadline),
            },
            programs: self.programs,
            steps: STEPS,
            shrinking: SHRINKING.max(part),
            fail_fast: self.fail_fast,
        }
    }

    /// The folder of the corpus: by the peer's own name, whatever is in it.
    fn corpus_of(&self, name: &str) -> PathBuf {
        self.corpus.clone().unwrap_or_else(|| Path::new(CORPORA).join(file_name(name)))
    }

    /// The commands that play its findings again name it.
    fn again(&self, path: &Path, subject: &Subject) -> String {
        again(path, std::slice::from_ref(&subject.name), self.surroundings.arguments())
    }

    /// A finding, as soon as there is one: a run that is killed has told of it.
    fn stores(&self, folder: &ReportFolder, subject: &Subject, finding: &Finding) -> Result<(), Error> {
        let path = folder.failing().join(failing_file(None, &finding.difference.name()));
        let failing = failing(finding, std::slice::from_ref(&subject.name), self.seed.number);
        failing.map_or(Ok(()), |failing| write_json(&path, &failing))
    }

    /// Report, failing programs, record, and what a person reads.
    fn tells(
        &self,
        out: &mut impl Paint,
        subject: &Subject,
        mut fuzzed: Fuzzed,
        folder: &ReportFolder,
        took: Duration,
        begun: u64,
    ) -> Result<Outcome, Error> {
        let [before, after] = fuzzed.standing;
        let findings = std::mem::take(&mut fuzzed.findings);
        let explored = Explored {
            selected: after.played,
            played: after.played,
            steps: after.steps,
            ended: fuzzed.ended,
            findings: findings.iter().map(found).collect(),
            took,
        };
        let told = Told { explored, findings, open: Vec::new(), from: Origin::Kept };
        let baseline = Baseline::default();
        let part = self.part(subject, &told.explored, &baseline);
        let again = |path: &Path| self.again(path, subject);
        let place =
            Place { folder: &folder.failing(), number: None, commands: std::slice::from_ref(&subject.name) };
        told.tell(out, &part, place, self.seed.number, self.show, again)?;
        let report = self.report_of(part, begun);
        store(out, folder, &report)?;
        if let Some(file) = &self.record {
            let again = |finding: &Finding| {
                let path = folder.failing().join(failing_file(None, &finding.difference.name()));
                (path.clone(), self.again(&path, subject))
            };
            let recorded = Recorded { subject, seed: self.seed.number, took, begun, before, after };
            recorded.add(file, &told.findings, &again)?;
        }
        notes(out, &fuzzed)?;
        let part = report.parts.first();
        let ran = show::Ran { took, seed: self.seed.number, filters: report.filters.clone(), shard: None };
        part.map_or(Ok(()), |part| show::verdict(out, &[subject], part, &ran, &baseline))?;
        match (fuzzed.broken, told.findings.is_empty()) {
            (Some(broken), true) => Err(Error::of_peer(&subject.name, broken)),
            (_, true) => Ok(Outcome::Good),
            (_, false) => Ok(if verdict_is_good(&report) { Outcome::Good } else { Outcome::Bad }),
        }
    }

    fn part(&self, subject: &Subject, explored: &Explored, baseline: &Baseline) -> Part {
        let all = cases::all();
        let Subject { claims, .. } = subject;
        let claimed = all.iter().filter(|case| case.role.belongs_to(&claims.profile, &claims.operations));
        let profile: Vec<&str> = claimed.map(|case| case.id.as_str()).collect();
        let task = Task {
            commands: [&subject.name, &subject.name],
            number: None,
            claims: &[claims],
            profile: &profile,
            not_offered: &[],
            cases: &[],
            ended: Ended::Whole,
            baseline,
            explored: Some(explored),
        };
        Part::new(task, &[])
    }

    fn report_of(&self, part: Part, time: u64) -> Report {
        Report {
            report: report::VERSION.into(),
            counterproof: env!("CARGO_PKG_VERSION").into(),
            time,
            seed: self.seed.number,
            shard: None,
            missing: Vec::new(),
            filters: Some(Filters { only_programs: true, ..Filters::default() }),
            explore: None,
            parts: vec![part],
        }
    }
}

/// What was seen, what is kept, and what did not go as it should.
fn notes(out: &mut impl Write, fuzzed: &Fuzzed) -> Result<(), Error> {
    let [before, after] = fuzzed.standing;
    let kept = format!("{} program{}", after.kept, plural(after.kept));
    writeln!(
        out,
        "features: {}, of which {} by the corpus; corpus: {kept}",
        after.features, before.features
    )?;
    if fuzzed.no_coverage {
        let words = "the peer lists coverage and doesn't answer it as SPEC section 18 says; it went without";
        writeln!(out, "note: {words}")?;
    }
    if let Some(error) = &fuzzed.not_stored {
        writeln!(out, "note: not all of the corpus could be written: {}", Line(&error.to_string()))?;
    }
    Ok(())
}

/// Whether all that was found is at most worth a warning.
fn verdict_is_good(report: &Report) -> bool {
    report.parts.iter().all(|part| part.failed_findings().is_empty())
}

/// A name for a folder: letters, digits, and little else.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let name: String = name.chars().map(safe).take(LONGEST_NAME).collect();
    let name = name.trim_matches(['.', '-']);
    if name.is_empty() { "peer".to_owned() } else { name.to_ascii_lowercase() }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_is_called_as_the_peer_but_never_leads_elsewhere() {
        for (name, folder) in [
            ("counterproof-python", "counterproof-python"),
            ("My Peer/2.0", "my-peer-2.0"),
            ("../../etc", "etc"),
            ("..", "peer"),
            ("", "peer"),
            ("ключ", "peer"),
        ] {
            assert_eq!(file_name(name), folder);
        }
        assert_eq!(file_name(&"x".repeat(200)).len(), LONGEST_NAME);
    }

    #[test]
    fn hours_have_parts() {
        assert_eq!(hours("0.5"), Ok(Duration::from_secs(1800)));
        assert_eq!(hours("8"), Ok(Duration::from_secs(8 * 3600)));
        for wrong in ["0", "-1", "NaN", "inf", "1h", ""] {
            assert!(hours(wrong).is_err(), "{wrong}");
        }
    }
}
