//! A night: replay, slices of time, shrinking, merging. What is known is on the disk after each step, so that a night that
//! is killed is gone on with by the next one that is to do the same.
//!
//! ```text
//! replay   what failed before is tried again
//! slices   slices of time
//! after    shrinking, merging, counting
//! told     what is told of it
//! ```

mod after;
mod replay;
mod slices;
mod told;

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::checkout::ByHand;
use super::engine::{End, Engine, Ran};
use super::error::Error;
use super::kept::Kept;
use super::work::{Given, Work, counted, move_all, now, remove, unchanged};
use crate::io::files::FileError;
use crate::io::signals;
use night::finding::Failure;
use night::record::Ended;
use night::state::{FORMAT, Plan, Progress, State};

/// Seconds for one input.
const TIMEOUT: &str = "-timeout=5";
/// A process may take this much longer than it was told, to read its corpus.
const LONGER: Duration = Duration::from_secs(120);
/// A night that was killed longer ago is not gone on with.
const STALE_S: u64 = 12 * 3600;
/// Days after which corpora are made from scratch.
const WEEK: u64 = 7;

/// What a night is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long, for which targets, of which commit.
    pub plan: Plan,
    /// How many targets side by side.
    pub jobs: usize,
    /// The first seed of the fuzzer; the time otherwise.
    pub seed: Option<u64>,
    /// The compiler of the program.
    pub compiler: String,
    /// The top of the repository.
    pub root: PathBuf,
    /// How a person runs an input.
    pub by_hand: ByHand,
    /// Knows the requirements.
    pub is_rule: fn(&str) -> bool,
    /// Tells a person, on the way.
    pub tell: fn(&str),
}

/// A night that runs.
#[derive(Debug)]
pub struct Night<'a> {
    options: &'a Options,
    work: &'a Work,
    engine: &'a Engine,
    given: Vec<Given>,
    known: Mutex<Known>,
    /// Whether it goes on with one that was killed.
    pub resumed: bool,
}

/// What all that run side by side write to.
#[derive(Debug)]
struct Known {
    state: State,
    /// Findings by target and key.
    kept: BTreeMap<(String, String), Kept>,
    /// Targets that run now.
    running: Vec<usize>,
    /// Why the night can't go on.
    broken: Option<String>,
}

/// An input that failed.
struct Failed {
    input: Vec<u8>,
    failure: Failure,
    log: String,
    seed: Option<u64>,
}

impl<'a> Night<'a> {
    /// Begins, or goes on.
    pub fn begin(options: &'a Options, work: &'a Work, engine: &'a Engine) -> Result<Self, Error> {
        let all = work.given(engine)?;
        let names: Vec<String> = all.iter().map(|given| given.name.clone()).collect();
        if let Some(no) = options.plan.targets.iter().find(|name| !names.contains(name)) {
            return Err(Error::NoTarget(no.clone(), names));
        }
        let asked = &options.plan.targets;
        let given: Vec<Given> =
            all.into_iter().filter(|given| asked.is_empty() || asked.contains(&given.name)).collect();
        for given in &given {
            recover(work, &given.name)?;
        }
        let is_same = |state: &State| {
            let targets = state.targets.iter().map(|target| &target.name);
            state.plan == options.plan
                && now().saturating_sub(state.written) < STALE_S
                && targets.eq(given.iter().map(|given| &given.name))
        };
        let killed = work.state();
        let (mut state, resumed) = match killed.clone().filter(is_same) {
            Some(state) => (state, true),
            None => (fresh(options, work, &given), false),
        };
        state.compiler.clone_from(&options.compiler);
        state.jobs = options.jobs as u64;
        if let (false, Some(killed)) = (resumed, killed) {
            state.troubles.push(format!(
                "the night of {} was killed, and is not gone on with: it was of another commit, time or choice of targets, or \
                 is too old; what it found is kept",
                killed.begun
            ));
        }
        let mut kept = BTreeMap::new();
        for given in &given {
            for found in Kept::all(&work.of("findings", &given.name))? {
                kept.insert((given.name.clone(), found.key.clone()), found);
            }
        }
        work.save(&state)?;
        let (running, broken) = (Vec::new(), None);
        let known = Mutex::new(Known { state, kept, running, broken });
        Ok(Self { options, work, engine, given, known, resumed })
    }

    /// Adds something that went wrong beside the findings.
    pub fn trouble(&self, words: String) {
        (self.options.tell)(&words);
        self.known().state.troubles.push(words);
    }

    /// Does all of it, and says how it ended.
    pub fn run(&self) -> Ended {
        self.replay();
        self.fuzz();
        if self.goes_on() {
            self.shrink();
        }
        self.merge();
        let mut known = self.known();
        match known.broken.clone() {
            Some(words) => {
                known.state.troubles.push(words);
                Ended::Broken
            }
            None if signals::interrupted().is_some() => Ended::Stopped,
            None => Ended::InTime,
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn goes_on(&self) -> bool {
        signals::interrupted().is_none() && self.known().broken.is_none()
    }

    /// What could not be done because of the disk ends the night.
    fn on_disk<T>(&self, result: Result<T, FileError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.known().broken.get_or_insert(error.to_string());
                None
            }
        }
    }

    /// Does something with each target that can be run, several side by side.
    fn each(&self, work: impl Fn(usize, &Given) + Sync) {
        let known = self.known();
        let able: VecDeque<usize> = (0..self.given.len())
            .filter(|number| known.state.targets.get(*number).is_some_and(|target| !target.is_out))
            .collect();
        drop(known);
        let queue = Mutex::new(able);
        let one = || {
            while self.goes_on() {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let Some((number, given)) = next.and_then(|number| Some((number, self.given.get(number)?)))
                else {
                    return;
                };
                work(number, given);
            }
        };
        side_by_side(self.options.jobs, one);
    }

    /// Flags that every run has.
    fn flags(&self, given: &Given) -> Vec<OsString> {
        let limit = format!("-rss_limit_mb={}", self.engine.rss_limit_mb);
        given.flags.iter().map(OsString::from).chain([TIMEOUT.into(), limit.into()]).collect()
    }

    /// Runs inputs one after the other. Gives the first that fails.
    fn fails(&self, given: &Given, inputs: &[PathBuf], number: usize) -> Option<Failed> {
        let artifacts = self.on_disk(self.work.made("replayed", &given.name))?;
        let mut arguments: Vec<OsString> = inputs.iter().map(OsString::from).collect();
        arguments.extend(self.flags(given));
        arguments.push(prefix(&artifacts));
        let limit = LONGER.saturating_add(Duration::from_secs(10 * inputs.len() as u64));
        let ran = self.engine.run(&given.name, None, arguments, limit);
        let _ = fs::remove_dir_all(&artifacts);
        match ran {
            Ok(Ran { end: End::Good | End::Told, .. }) | Err(Error::Interrupted) => None,
            Ok(ran) if ran.log.has_failed || ran.end == End::Late => {
                let input = fs::read(inputs.first()?).unwrap_or_default();
                let failure = Failure::read(&ran.log.failure, self.options.is_rule);
                Some(Failed { input, failure, log: ran.log.failure, seed: None })
            }
            Ok(ran) => {
                self.cannot(number, given, &format!("{}: {}", ran.end, ran.log.failure.trim()));
                None
            }
            Err(error) => {
                self.cannot(number, given, &error.to_string());
                None
            }
        }
    }

    /// A target that can't be run is left out of the night, and said once.
    fn cannot(&self, number: usize, given: &Given, words: &str) {
        let mut known = self.known();
        let Some(target) = known.state.targets.get_mut(number).filter(|target| !target.is_out) else {
            return;
        };
        target.is_out = true;
        let words: String = words.chars().take(500).collect();
        let words = format!("{}: can't be fuzzed: {}", given.name, words.replace('\n', " | "));
        (self.options.tell)(&words);
        known.state.troubles.push(words);
    }

    /// Sorts an input that failed: known, or new.
    fn took(&self, number: usize, failed: Failed, is_regression: bool) {
        let Some(given) = self.given.get(number) else { return };
        let key = failed.failure.key();
        let place = (given.name.clone(), key.clone());
        let mut known = self.known();
        let begun = known.state.begun;
        if let Some(target) = known.state.targets.get_mut(number) {
            *target.failed.entry(key.clone()).or_insert(0) += 1;
        }
        if known.kept.contains_key(&place) {
            return;
        }
        let folder = self.work.of("findings", &given.name).join(&key);
        let mut kept = Kept::new(folder, key, &failed.failure, failed.seed, &known.state);
        if is_regression {
            kept.returned = Some(begun);
        }
        let said = kept.said.lines().next().unwrap_or_default().to_owned();
        (self.options.tell)(&format!("{}: {said}", given.name));
        match kept.keep(&failed.input, &failed.log) {
            Ok(()) => drop(known.kept.insert(place, kept)),
            Err(error) => drop(known.broken.get_or_insert(error.to_string())),
        }
    }

    /// Writes down where the night is.
    fn save(&self) {
        let mut known = self.known();
        known.state.written = now();
        if let Err(error) = self.work.save(&known.state) {
            known.broken.get_or_insert(error.to_string());
        }
    }
}

/// A night of its own.
fn fresh(options: &Options, work: &Work, given: &[Given]) -> State {
    let begun = now();
    let is_whole = options.plan.hours.is_some() && options.plan.targets.is_empty();
    // One a night, in turn.
    let from_empty = usize::try_from(begun / 86_400).unwrap_or(0).checked_rem(given.len());
    let progress = |(number, given): (usize, &Given)| {
        let (inputs, bytes) = counted(&work.of("corpus", &given.name));
        Progress {
            name: given.name.clone(),
            from_empty: is_whole && from_empty == Some(number),
            floor: given.floor,
            inputs: unchanged(inputs),
            bytes: unchanged(bytes),
            ..Progress::default()
        }
    };
    State {
        state: FORMAT.into(),
        begun,
        written: begun,
        plan: options.plan.clone(),
        seed: options.seed.unwrap_or(begun),
        compiler: options.compiler.clone(),
        jobs: options.jobs as u64,
        is_replayed: false,
        minimises: options.plan.hours.is_some() && work.minimised().is_none_or(|days| days >= WEEK),
        targets: given.iter().enumerate().map(progress).collect(),
        troubles: Vec::new(),
    }
}

/// Mends what a night left that was killed while it merged.
fn recover(work: &Work, target: &str) -> Result<(), FileError> {
    let (corpus, former) = (work.of("corpus", target), work.of("former", target));
    if former.is_dir() && !corpus.is_dir() {
        move_all(&former, &corpus)?;
    }
    for scratch in ["former", "minimal", "shrinking", "replayed"] {
        remove(&work.of(scratch, target))?;
    }
    Ok(())
}

fn prefix(folder: &Path) -> OsString {
    [OsString::from("-artifact_prefix="), folder.into(), "/".into()].into_iter().collect()
}

/// Runs the same in several threads, this one among them.
fn side_by_side(jobs: usize, work: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 1..jobs {
            scope.spawn(&work);
        }
        work();
    });
}
