//! `fuzz bench`: bugs planted into a copy of the reference, and how the fuzz targets fare against them.

use std::collections::VecDeque;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cli::outcome::{Error, Outcome, unreadable};
use crate::cli::words::{plural, say};
use crate::io::files;
use crate::io::fuzz::Checkout;
use crate::io::fuzz::bench::{self, CannotBench, Planted, Workshop};
use ::peer::printable::Line;
use night::bench::{Behind, Bench, Bug, Run, VERSION};

/// The arguments of `fuzz bench`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Works in a checkout of this repository, and needs a nightly toolchain and cargo-fuzz. The bugs \
stand in fuzz/bench/planted; they are planted into a copy in the target folder, and nowhere else. Exit code 1 where a goal is \
missed: every run finds its bug, half of them within 5 seconds and all within 60; and what is behind a MAC is out of reach of \
plain bytes."
)]
pub(super) struct FuzzBench {
    /// Only this bug, and others by further --only
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// How many seeds of the fuzzer are tried for each bug
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Seconds that a run has at most
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    limit: u64,
    /// Runs side by side: no more than there are processor cores, or the times say nothing
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=256))]
    jobs: u64,
    /// Where the result is written, and read: what it has for the same commit is not run again
    #[arg(long, value_name = "FILE", default_value = "reports/fuzz/bench.json")]
    json: PathBuf,
    /// Run everything again
    #[arg(long)]
    again: bool,
}

impl From<CannotBench> for Error {
    fn from(error: CannotBench) -> Self {
        Error::CannotRun(error.to_string())
    }
}

/// What is to be run.
enum Job {
    /// The target of the bug with this number.
    Target(usize, u64),
    /// Plain bytes, with all bugs switched on that are behind a MAC.
    Control(u64),
}

impl FuzzBench {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let checkout = Checkout::around(&std::env::current_dir()?)?;
        let root = &checkout.root;
        let planted = bench::planted(root)?;
        let selected = self.selected(&planted)?;
        let bench = self.begin(root, &planted)?;
        let jobs = self.jobs(&bench, &selected);
        let bench = if jobs.is_empty() { bench } else { self.fuzz(&checkout, &planted, bench, jobs)? };
        show(out, &bench, &selected)
    }

    /// The numbers of the bugs that are asked for.
    fn selected(&self, planted: &[Planted]) -> Result<Vec<usize>, Error> {
        if let Some(unknown) = self.only.iter().find(|name| planted.iter().all(|bug| bug.name != **name)) {
            let words = format!("--only {}: there is no such file in fuzz/bench/planted", Line(unknown));
            return Err(Error::Usage(words));
        }
        let numbers = (0..).zip(planted);
        let is_asked = |bug: &Planted| self.only.is_empty() || self.only.contains(&bug.name);
        Ok(numbers.filter(|(_, bug)| is_asked(bug)).map(|(number, _)| number).collect())
    }

    /// What is known of this commit.
    fn begin(&self, root: &Path, planted: &[Planted]) -> Result<Bench, Error> {
        let commit = bench::commit(root);
        let is_clean = commit.as_ref().is_some_and(|commit| !commit.ends_with('+'));
        let before = match self.json.exists() && !self.again && is_clean {
            true => {
                let text = files::read_text(&self.json).map_err(unreadable)?;
                let is_no_bench = |error| {
                    Error::Usage(format!(
                        "{} is no result of fuzz bench: {error}",
                        Line(&self.json.to_string_lossy())
                    ))
                };
                Some(serde_json::from_str::<Bench>(&text).map_err(is_no_bench)?)
            }
            false => None,
        };
        let before = before.filter(|before| before.commit == commit);
        let known = |name: &str| before.iter().flat_map(|before| &before.bugs).find(|bug| bug.name == name);
        let bug = |bug: &Planted| Bug {
            name: bug.name.clone(),
            about: bug.about.clone(),
            behind: bug.behind.clone(),
            target: bug.target.clone(),
            runs: known(&bug.name).map(|bug| bug.runs.clone()).unwrap_or_default(),
            control: known(&bug.name).map(|bug| bug.control.clone()).unwrap_or_default(),
        };
        Ok(Bench {
            bench: VERSION.into(),
            counterproof: env!("CARGO_PKG_VERSION").into(),
            commit,
            time: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            limit_s: Duration::from_secs(self.limit).as_secs_f64(),
            bugs: planted.iter().map(bug).collect(),
        })
    }

    /// What is left to be run: the first seed of all bugs before the second of any.
    fn jobs(&self, bench: &Bench, selected: &[usize]) -> VecDeque<Job> {
        let asked: Vec<(usize, &Bug)> =
            selected.iter().filter_map(|number| Some((*number, bench.bugs.get(*number)?))).collect();
        let is_done = |runs: &[Run], seed: u64| {
            let is_whole = |run: &Run| run.detected_s.is_some() || run.seconds + 1.0 >= bench.limit_s;
            runs.iter().any(|run| run.seed == seed && is_whole(run))
        };
        let of_seed = |seed: u64| {
            let targets = asked.iter().filter(move |(_, bug)| !is_done(&bug.runs, seed));
            let is_left = |bug: &Bug| bug.is_behind_mac() && !is_done(&bug.control, seed);
            let control = asked.iter().any(|(_, bug)| is_left(bug)).then_some(Job::Control(seed));
            targets.map(move |(number, _)| Job::Target(*number, seed)).chain(control)
        };
        (1..=self.seeds).flat_map(of_seed).collect()
    }

    /// Runs them. What is known is written after each, so that little is lost however this ends.
    fn fuzz(
        &self,
        checkout: &Checkout,
        planted: &[Planted],
        bench: Bench,
        jobs: VecDeque<Job>,
    ) -> Result<Bench, Error> {
        let built =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| checkout.root.join("target"), PathBuf::from);
        let work = std::path::absolute(built.join("fuzz-bench"))?;
        say(&format!("planting {} bugs into {}", planted.len(), Line(&work.to_string_lossy())));
        let workshop = Workshop::set_up(&checkout.root, &checkout.toolchain()?, &work, planted)?;
        say(&format!("{} run{} of {} s at most", jobs.len(), plural(jobs.len()), self.limit));
        let (jobs, bench) = (Mutex::new(jobs), Mutex::new(bench));
        let work = || -> Result<(), Error> {
            loop {
                let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some(job) = job else { return Ok(()) };
                self.play(&workshop, &bench, &job).inspect_err(|_| {
                    jobs.lock().unwrap_or_else(PoisonError::into_inner).clear();
                })?;
            }
        };
        let ended: Vec<Result<(), Error>> = thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs).map(|_| scope.spawn(work)).collect();
            let panicked = |_| Err(Error::CannotRun("a run panicked".into()));
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(panicked)).collect()
        });
        ended.into_iter().collect::<Result<(), Error>>()?;
        Ok(bench.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// One run, and what becomes of it.
    fn play(&self, workshop: &Workshop, bench: &Mutex<Bench>, job: &Job) -> Result<(), Error> {
        let limit = Duration::from_secs(self.limit);
        let (numbers, target, seed) = {
            let bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
            match *job {
                Job::Target(number, seed) => {
                    let target = bench.bugs.get(number).map_or_else(String::new, |bug| bug.target.clone());
                    (vec![number], target, seed)
                }
                Job::Control(seed) => {
                    let numbers = (0..).zip(&bench.bugs).filter(|(_, bug)| bug.is_behind_mac());
                    (numbers.map(|(number, _)| number).collect(), "control".to_owned(), seed)
                }
            }
        };
        let runs = workshop.run(&numbers, &target, seed, limit)?;
        let mut bench = bench.lock().unwrap_or_else(PoisonError::into_inner);
        for (number, run) in numbers.into_iter().zip(runs) {
            let Some(bug) = bench.bugs.get_mut(number) else { continue };
            let place = if let Job::Control(_) = job { &mut bug.control } else { &mut bug.runs };
            place.retain(|known| known.seed != run.seed);
            if let Job::Target(..) = job {
                say(&format!("{:<30} seed {seed}  {}", bug.name, outcome(&run)));
            }
            place.push(run);
            place.sort_by_key(|run| run.seed);
        }
        let text =
            serde_json::to_string_pretty(&*bench).map_err(|error| Error::CannotRun(error.to_string()))?;
        if let Some(folder) = self.json.parent() {
            fs::create_dir_all(folder)?;
        }
        files::write_whole(&self.json, format!("{text}\n").as_bytes())?;
        Ok(())
    }
}

/// What became of a run, in a few words.
fn outcome(run: &Run) -> String {
    match (run.detected_s, run.triggered_s, run.reached_s) {
        (Some(detected), Some(_), _) => {
            format!("found after {detected:.1} s: {}", run.said.as_deref().unwrap_or(""))
        }
        (Some(detected), None, _) => {
            format!("something else found after {detected:.1} s: {}", run.said.as_deref().unwrap_or(""))
        }
        (None, Some(triggered), _) => {
            format!("triggered after {triggered:.1} s, not found in {:.0} s", run.seconds)
        }
        (None, None, Some(reached)) => {
            format!("reached after {reached:.1} s, not found in {:.0} s", run.seconds)
        }
        (None, None, None) => format!("not reached in {:.0} s", run.seconds),
    }
}

/// The table and the goals.
fn show(out: &mut impl Write, bench: &Bench, selected: &[usize]) -> Result<Outcome, Error> {
    let time = |time: Option<f64>| time.map_or_else(|| "-".to_owned(), |time| format!("{time:.1} s"));
    writeln!(
        out,
        "{:<29} {:<21} {:<15} {:>7} {:>9} {:>8} {:>8} {:>8}  control",
        "bug", "behind", "target", "reached", "triggered", "detected", "median", "worst"
    )?;
    let shown = selected.iter().filter_map(|number| bench.bugs.get(*number));
    for bug in shown.clone() {
        let behind: Vec<&str> = bug.behind.iter().map(|behind| word(*behind)).collect();
        let [reached, triggered, detected] = bug.counts().map(|count| format!("{count}/{}", bug.runs.len()));
        let [median, worst] = bug.median_and_worst().map(time);
        let control = match (bug.is_behind_mac(), bug.control.len(), bug.leaks()) {
            (false, ..) => "",
            (true, 0, _) => "not run",
            (true, _, 0) => "finds nothing",
            (true, ..) => "GETS THERE",
        };
        let line = format!(
            "{:<29} {:<21} {:<15} {reached:>7} {triggered:>9} {detected:>8} {median:>8} {worst:>8}  {control}",
            bug.name,
            behind.join(" "),
            bug.target
        );
        writeln!(out, "{}", line.trim_end())?;
    }
    let part = Bench { bugs: shown.cloned().collect(), ..bench.clone() };
    let [median, worst] = part.median_and_worst().map(time);
    writeln!(out, "{} bug{}: median {median}, worst {worst}", part.bugs.len(), plural(part.bugs.len()))?;
    let short = part.shortfalls();
    for sentence in &short {
        writeln!(out, "missed: {sentence}")?;
    }
    Ok(if short.is_empty() { Outcome::Good } else { Outcome::Bad })
}

fn word(behind: Behind) -> &'static str {
    match behind {
        Behind::Mac => "MAC",
        Behind::TwoMessages => "messages",
        Behind::Counter => "counter",
        Behind::Plain => "plain",
    }
}
