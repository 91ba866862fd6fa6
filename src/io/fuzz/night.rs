//! A night: replay, slices of time, shrinking, merging. What is known is on the disk after each step, so that a night that
//! is killed is gone on with by the next one that is to do the same.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::checkout::{ByHand, word};
use super::engine::{End, Engine, Ran};
use super::error::Error;
use super::kept::Kept;
use super::work::{Given, Work, counted, files, move_all, now, remove, unchanged};
use crate::io::files::FileError;
use crate::io::signals;
use night::finding::Failure;
use night::record::{Ended, Entry, Finding, Kind};
use night::share;
use night::state::{FORMAT, Plan, Progress, State};

/// Seconds for one input.
const TIMEOUT: &str = "-timeout=5";
/// What a night of hours leaves for shrinking, merging and what comes after.
const FUZZING: f64 = 0.9;
/// Slices of a target in a night of hours, if all had the same time; and how long one is.
const SLICES: f64 = 6.0;
const SLICE: (f64, f64) = (5.0, 300.0);
/// A process may take this much longer than it was told, to read its corpus.
const LONGER: Duration = Duration::from_secs(120);
/// How often a process that failed is started again in one slice, and how often one that left nothing in one night.
const RESTARTS: u64 = 100;
const DEATHS: u64 = 3;
/// Seconds for shrinking one input, and for merging one corpus.
const SHRINK_S: u64 = 30;
const MERGE: Duration = Duration::from_secs(900);
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

/// A slice of time for a target.
struct Slice {
    target: usize,
    seconds: f64,
    seed: u64,
}

/// What a slice came to.
#[derive(Default)]
struct Yield {
    seconds: f64,
    executions: u64,
    edges_before: Option<u64>,
    edges: u64,
    slowest_ms: u64,
    peak_mb: u64,
    failed: Vec<Failed>,
    /// What was said by a process that ended badly and left no input.
    died: Option<String>,
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

    /// The lines of its targets, and the line that ends it: what else is to stand in the record comes between.
    pub fn entries(&self, ended: Ended) -> (Vec<Entry>, Entry) {
        let known = self.known();
        let targets = known.state.targets(|target| {
            let slowest = self.work.of("slowest", &target.name).join("input");
            let slowest = (target.slowest_ms > 0 && slowest.is_file()).then(|| self.work.below(&slowest));
            (slowest, self.findings(&known, target))
        });
        let seconds = now().saturating_sub(known.state.begun) as f64;
        (targets, known.state.summary(ended, seconds))
    }

    /// Whether every target had its time.
    pub fn is_whole(&self) -> bool {
        self.known().state.targets.iter().all(Progress::is_whole)
    }

    /// When each finding was found first, by target and key.
    pub fn since(&self) -> BTreeMap<(String, String), u64> {
        self.known().kept.iter().map(|(place, kept)| (place.clone(), kept.first)).collect()
    }

    fn findings(&self, known: &Known, target: &Progress) -> Vec<Finding> {
        let found = target.failed.iter().filter_map(|(key, count)| {
            let kept = known.kept.get(&(target.name.clone(), key.clone()))?;
            let input = kept.input();
            let again = self.again(&target.name, &input, kept.kind);
            Some(kept.report(known.state.begun, *count, self.work.below(&input), again))
        });
        found.collect()
    }

    /// What fails again when it is typed at the top of the repository.
    fn again(&self, target: &str, input: &Path, kind: Kind) -> String {
        let root = fs::canonicalize(&self.options.root).unwrap_or_else(|_| self.options.root.clone());
        let input = word(input.strip_prefix(&root).unwrap_or(input));
        let flags = match kind {
            Kind::Timeout => format!(" {TIMEOUT}"),
            Kind::OutOfMemory => format!(" -rss_limit_mb={}", self.engine.rss_limit_mb),
            _ => String::new(),
        };
        let (command, is_apart) = self.options.by_hand.command(&root, target);
        let apart = if is_apart && !flags.is_empty() { " --" } else { "" };
        format!("{command} {input}{apart}{flags}")
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

    // Replay.

    /// What failed before: what a night that was killed left unsorted, the regressions of the repository, the findings of
    /// earlier nights.
    fn replay(&self) {
        let is_done = self.known().state.is_replayed;
        self.each(|number, given| {
            self.sort_what_was_left(number, given);
            if is_done {
                return;
            }
            let regressions = files(&self.options.root.join("fuzz/regressions").join(&given.name));
            if !regressions.is_empty() && self.fails(given, &regressions, number).is_some() {
                // All together they fail; which of them?
                for path in &regressions {
                    if let Some(failed) = self.fails(given, std::slice::from_ref(path), number) {
                        self.took(number, failed, true);
                    }
                }
            }
            let findings: Vec<Kept> = self
                .known()
                .kept
                .iter()
                .filter(|((name, _), _)| *name == given.name)
                .map(|(_, kept)| kept.clone())
                .collect();
            for kept in findings {
                self.try_again(number, given, kept);
            }
        });
        if self.goes_on() {
            self.known().state.is_replayed = true;
            self.save();
        }
    }

    /// What a process left whose night was killed before it looked.
    fn sort_what_was_left(&self, number: usize, given: &Given) {
        for path in files(&self.work.of("artifacts", &given.name)) {
            if let Some(failed) = self.fails(given, std::slice::from_ref(&path), number) {
                self.took(number, failed, false);
            }
            if self.says_something(number) {
                let _ = fs::remove_file(path); // it is a finding now, or doesn't fail
            }
        }
    }

    /// Whether it says something that an input didn't fail: not where the run was cut short, or the target can't be run.
    fn says_something(&self, number: usize) -> bool {
        let is_out = self.known().state.targets.get(number).is_none_or(|target| target.is_out);
        signals::interrupted().is_none() && !is_out
    }

    /// A finding of an earlier night: fails as it did, or otherwise, or no more.
    fn try_again(&self, number: usize, given: &Given, kept: Kept) {
        let begun = self.known().state.begun;
        let failed = self.fails(given, &[kept.input()], number);
        if !self.says_something(number) {
            return;
        }
        let is_same = failed.as_ref().is_some_and(|failed| failed.failure.key() == kept.key);
        let mut changed = kept.clone();
        match (is_same, kept.mended) {
            (true, Some(_)) => (changed.mended, changed.returned) = (None, Some(begun)),
            (false, None) => (changed.mended, changed.returned) = (Some(begun), None),
            _ => {}
        }
        if changed != kept {
            let place = (given.name.clone(), kept.key.clone());
            self.on_disk(changed.save());
            self.known().kept.insert(place, changed);
        }
        if let Some(failed) = failed {
            self.took(number, failed, false);
        }
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
        let mut kept = Kept::new(folder, key, &failed.failure, begun, failed.seed);
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

    // Slices.

    /// Slices of time, until there is no more.
    fn fuzz(&self) {
        side_by_side(self.options.jobs, || {
            while self.goes_on() {
                let Some(slice) = self.next() else { return };
                let Some(given) = self.given.get(slice.target) else { return };
                let result = self.slice(&slice, given);
                self.had(&slice, given, result);
            }
        });
    }

    fn next(&self) -> Option<Slice> {
        let mut known = self.known();
        let busy: Vec<usize> = {
            let is_out =
                |number: &usize| known.state.targets.get(*number).is_some_and(|target| target.is_out);
            known.running.iter().copied().chain((0..self.given.len()).filter(is_out)).collect()
        };
        let lanes: Vec<share::Lane> = known.state.targets.iter().map(|target| target.lane.clone()).collect();
        let target = share::next(&lanes, &busy)?;
        let seconds = match (self.options.plan.hours, self.options.plan.seconds) {
            (Some(hours), _) => {
                let all = hours * 3600.0 * self.options.jobs as f64 * FUZZING;
                let slice = (all / (lanes.len() as f64 * SLICES)).clamp(SLICE.0, SLICE.1);
                let left = all - known.state.spent();
                (left > 0.0).then_some(slice.min(left.max(SLICE.0)))?
            }
            (None, seconds) => {
                let is_first = lanes.get(target).is_some_and(|lane| lane.seconds <= 0.0);
                is_first.then_some(seconds.unwrap_or(1) as f64)?
            }
        };
        known.running.push(target);
        let first = known.state.seed;
        let progress = known.state.targets.get_mut(target)?;
        progress.slices += 1;
        // libFuzzer takes 32 bits, and 0 as none.
        let seed = (first + 7919 * (progress.slices - 1) + target as u64) % 0xFFFF_FFFE + 1;
        Some(Slice { target, seconds, seed })
    }

    /// Fuzzes a target for some seconds. A process that fails ends, and another one takes the time that is left.
    fn slice(&self, slice: &Slice, given: &Given) -> Result<Yield, Error> {
        let tonight = self.work.made("tonight", &given.name)?;
        let artifacts = self.work.made("artifacts", &given.name)?;
        let slowest = self.work.made("slowest", &given.name)?.join("now");
        let mut result = Yield::default();
        for restart in 0..RESTARTS {
            let left = slice.seconds - result.seconds;
            if left < 0.5 || !self.goes_on() {
                break;
            }
            let seed = slice.seed + restart * 104_729;
            let arguments = self.arguments(slice.target, given, (&tonight, &artifacts), (left, seed));
            let limit = Duration::from_secs_f64(left).saturating_add(LONGER);
            // A program of its own keeps no slowest input: that is looked for at the end.
            let keeps = self.engine.own.is_none().then(|| slowest.clone());
            let ran = self.engine.run(&given.name, keeps, arguments, limit)?;
            result.seconds += ran.seconds;
            result.executions += ran.log.executions;
            result.edges_before = result.edges_before.or(ran.log.edges_before);
            result.edges = result.edges.max(ran.log.edges);
            result.peak_mb = result.peak_mb.max(ran.log.peak_mb);
            if ran.log.slowest_ms > result.slowest_ms {
                result.slowest_ms = ran.log.slowest_ms;
                let _ = fs::rename(&slowest, slowest.with_file_name("latest")); // none where the disk is full
            }
            if matches!(ran.end, End::Good | End::Told) {
                break;
            }
            let failed = self.collect(given, &artifacts, &ran, seed);
            if failed.is_empty() {
                result.died = Some(format!("{}: {}", ran.end, ran.log.failure.trim()));
                break;
            }
            result.failed.extend(failed);
        }
        Ok(result)
    }

    fn arguments(
        &self,
        target: usize,
        given: &Given,
        (tonight, artifacts): (&Path, &Path),
        (seconds, seed): (f64, u64),
    ) -> Vec<OsString> {
        let from_empty = self.known().state.targets.get(target).is_some_and(|target| target.from_empty);
        let corpus = self.work.of("corpus", &given.name);
        let regressions = self.options.root.join("fuzz/regressions").join(&given.name);
        let mut arguments: Vec<OsString> = vec![tonight.into()];
        if !from_empty && corpus.is_dir() {
            arguments.push(corpus.into());
        }
        arguments.push(given.seeds.clone().into());
        // Those that fail would end each process at once.
        if regressions.is_dir() && !self.has_failed(target) {
            arguments.push(regressions.into());
        }
        if let Some(words) = &given.dictionary {
            arguments.push([OsString::from("-dict="), words.into()].into_iter().collect());
        }
        arguments.extend(self.flags(given));
        arguments.push(prefix(artifacts));
        arguments.push(format!("-max_total_time={}", seconds.ceil() as u64).into());
        arguments.push(format!("-seed={}", seed % 0xFFFF_FFFE + 1).into());
        arguments.extend(["-print_final_stats=1", "-print_funcs=0", "-reload=0"].map(OsString::from));
        arguments
    }

    fn has_failed(&self, target: usize) -> bool {
        self.known().state.targets.get(target).is_some_and(|target| !target.failed.is_empty())
    }

    /// The inputs that a process left which failed. What fails leaves the corpus and the seeds: else it would end each
    /// process at once.
    fn collect(&self, given: &Given, artifacts: &Path, ran: &Ran, seed: u64) -> Vec<Failed> {
        let mut failed = Vec::new();
        for path in files(artifacts) {
            let Ok(input) = fs::read(&path) else { continue };
            for folder in [
                self.work.of("tonight", &given.name),
                self.work.of("corpus", &given.name),
                given.seeds.clone(),
            ] {
                let same = |file: &PathBuf| {
                    fs::metadata(file).is_ok_and(|it| it.len() == input.len() as u64)
                        && fs::read(file).is_ok_and(|content| content == input)
                };
                for file in files(&folder).into_iter().filter(same) {
                    let _ = fs::remove_file(file); // the finding has it
                }
            }
            let _ = fs::remove_file(&path);
            let failure = Failure::read(&ran.log.failure, self.options.is_rule);
            failed.push(Failed { input, failure, log: ran.log.failure.clone(), seed: Some(seed) });
        }
        failed
    }

    /// Writes down what a slice came to.
    fn had(&self, slice: &Slice, given: &Given, result: Result<Yield, Error>) {
        match result {
            Ok(result) => self.took_slice(slice, given, result),
            Err(Error::Interrupted) => {}
            Err(Error::File(error)) => drop(self.on_disk::<()>(Err(error))),
            Err(error) => self.cannot(slice.target, given, &error.to_string()),
        }
        self.known().running.retain(|running| *running != slice.target);
        self.save();
    }

    fn took_slice(&self, slice: &Slice, given: &Given, result: Yield) {
        let folder = self.work.of("slowest", &given.name);
        let mut known = self.known();
        let mut lanes: Vec<share::Lane> =
            known.state.targets.iter().map(|target| target.lane.clone()).collect();
        if let Some(target) = known.state.targets.get_mut(slice.target) {
            let new = target.reached(result.edges_before, result.edges);
            share::had(&mut lanes, slice.target, result.seconds, new);
            target.executions += result.executions;
            target.peak_mb = target.peak_mb.max(result.peak_mb);
            if result.slowest_ms > target.slowest_ms {
                target.slowest_ms = result.slowest_ms;
                let _ = fs::rename(folder.join("latest"), folder.join("input")); // none where the disk is full
            }
        }
        for (target, lane) in known.state.targets.iter_mut().zip(lanes) {
            target.lane = lane;
        }
        let deaths = known.state.targets.get_mut(slice.target).map_or(0, |target| {
            target.deaths += u64::from(result.died.is_some());
            target.deaths
        });
        drop(known);
        for failed in result.failed {
            self.took(slice.target, failed, false);
        }
        if let Some(words) = result.died {
            // One that never ran an input can't be run; others may have been the machine's fault.
            if result.executions == 0 || deaths >= DEATHS {
                self.cannot(slice.target, given, &words);
            } else {
                self.trouble(format!(
                    "{}: the fuzzer {}",
                    given.name,
                    words.lines().next().unwrap_or_default()
                ));
            }
        }
    }

    // What comes after.

    /// Shrinks what is new. What fails otherwise when it is shorter stays as long as it is.
    fn shrink(&self) {
        self.each(|number, given| {
            let unshrunk: Vec<Kept> = {
                let known = self.known();
                let of_target = known.kept.iter().filter(|((name, _), _)| *name == given.name);
                of_target.map(|(_, kept)| kept.clone()).filter(|kept| !kept.is_shrunk).collect()
            };
            for mut kept in unshrunk.into_iter().take_while(|_| self.goes_on()) {
                // An input that takes too long takes too long to shrink.
                if !matches!(kept.kind, Kind::Timeout | Kind::OutOfMemory) {
                    self.shrink_one(number, given, &kept);
                }
                if signals::interrupted().is_none() {
                    kept.is_shrunk = true;
                    self.on_disk(kept.save());
                    self.known().kept.insert((given.name.clone(), kept.key.clone()), kept);
                }
            }
        });
    }

    fn shrink_one(&self, number: usize, given: &Given, kept: &Kept) {
        let Some(scratch) = self.on_disk(self.work.made("shrinking", &given.name)) else { return };
        let shorter = scratch.join("shorter");
        let seconds = self.options.plan.seconds.map_or(SHRINK_S, |seconds| seconds.clamp(2, SHRINK_S));
        let mut arguments: Vec<OsString> = vec!["-minimize_crash=1".into()];
        arguments.push(format!("-max_total_time={seconds}").into());
        arguments
            .push([OsString::from("-exact_artifact_path="), shorter.clone().into()].into_iter().collect());
        arguments.extend(self.flags(given));
        arguments.push(kept.input().into());
        let limit = Duration::from_secs(seconds).saturating_add(LONGER);
        let _ = self.engine.run(&given.name, None, arguments, limit); // what it left is what counts
        if shorter.is_file() {
            let same = self.fails(given, std::slice::from_ref(&shorter), number);
            if same.is_some_and(|failed| failed.failure.key() == kept.key) {
                let _ = fs::rename(&shorter, kept.input()); // it stays as it is
            }
        }
        let _ = fs::remove_dir_all(&scratch);
    }

    /// Merges what the night found into the corpora. In a night that was stopped all of it is kept as it is.
    fn merge(&self) {
        let minimises = self.known().state.minimises;
        if self.goes_on() {
            self.each(|number, given| {
                let merged = self.merge_one(given, minimises);
                if let Some(Some(words)) = self.on_disk(merged) {
                    self.trouble(format!(
                        "{}: the corpus was not merged, and is kept as it is: {words}",
                        given.name
                    ));
                }
                if self.engine.own.is_some() {
                    self.slowest(number, given);
                }
                self.count(number, given);
            });
            if minimises && self.goes_on() {
                self.on_disk(self.work.has_minimised());
            }
        }
        if signals::interrupted().is_some() {
            for (number, given) in self.given.iter().enumerate() {
                let (tonight, corpus) =
                    (self.work.of("tonight", &given.name), self.work.of("corpus", &given.name));
                self.on_disk(move_all(&tonight, &corpus));
                self.count(number, given);
            }
        }
    }

    /// The slowest input of the corpus, where the slices didn't keep it: each is run once.
    fn slowest(&self, number: usize, given: &Given) {
        let Some(folder) = self.on_disk(self.work.made("slowest", &given.name)) else { return };
        let now = folder.join("now");
        let mut arguments: Vec<OsString> = vec![self.work.of("corpus", &given.name).into(), "-runs=0".into()];
        arguments.extend(self.flags(given));
        let Some(scratch) = self.on_disk(self.work.made("replayed", &given.name)) else { return };
        arguments.push(prefix(&scratch));
        let ran = self.engine.run(&given.name, Some(now.clone()), arguments, MERGE);
        let _ = fs::remove_dir_all(&scratch);
        if let Ok(Ran { end: End::Good, log, .. }) = ran
            && let Some(target) = self.known().state.targets.get_mut(number)
            && log.slowest_ms > target.slowest_ms
        {
            target.slowest_ms = log.slowest_ms;
            let _ = fs::rename(now, folder.join("input")); // none where the disk is full
        }
    }

    /// Counts the corpus as the night leaves it.
    fn count(&self, number: usize, given: &Given) {
        let (inputs, bytes) = counted(&self.work.of("corpus", &given.name));
        if let Some(target) = self.known().state.targets.get_mut(number) {
            target.inputs.after = inputs;
            target.bytes.after = bytes;
        }
    }

    /// Gives what went wrong, if the fuzzer didn't do it.
    fn merge_one(&self, given: &Given, minimises: bool) -> Result<Option<String>, FileError> {
        let of = |what: &str| self.work.of(what, &given.name);
        let (tonight, corpus, minimal, former) = (of("tonight"), of("corpus"), of("minimal"), of("former"));
        let is_nothing_new = files(&tonight).is_empty();
        let is_first = files(&corpus).is_empty();
        if (is_nothing_new && !minimises) || is_first {
            return move_all(&tonight, &corpus).map(|()| None);
        }
        let into = if minimises { self.work.made("minimal", &given.name)? } else { corpus.clone() };
        let mut arguments: Vec<OsString> = vec!["-merge=1".into(), into.into()];
        if minimises {
            arguments.push(corpus.clone().into());
        }
        if tonight.is_dir() {
            arguments.push(tonight.clone().into());
        }
        arguments.extend(self.flags(given));
        arguments.push(prefix(&self.work.made("shrinking", &given.name)?));
        let ran = self.engine.run(&given.name, None, arguments, MERGE);
        let _ = fs::remove_dir_all(of("shrinking"));
        match ran {
            Ok(Ran { end: End::Good, .. }) if minimises => {
                swap(&minimal, &corpus, &former)?;
                remove(&tonight).map(|()| None)
            }
            Ok(Ran { end: End::Good, .. }) => remove(&tonight).map(|()| None),
            Ok(ran) => {
                remove(&minimal)?;
                move_all(&tonight, &corpus)?;
                let last = ran.log.failure.lines().last().unwrap_or_default();
                Ok((ran.end != End::Told).then(|| format!("{}: {last}", ran.end)))
            }
            Err(Error::Interrupted) => Ok(None),
            Err(error) => Ok(Some(error.to_string())),
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

/// Puts a corpus that was made from scratch in the place of the former one.
fn swap(minimal: &Path, corpus: &Path, former: &Path) -> Result<(), FileError> {
    use crate::io::files::on;
    remove(former)?;
    for path in [former, corpus].into_iter().filter_map(Path::parent) {
        on("making folder", path, fs::create_dir_all(path))?;
    }
    on("moving", corpus, fs::rename(corpus, former))?;
    on("moving", minimal, fs::rename(minimal, corpus))?;
    remove(former)
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
