//! Slices of time.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Failed, LONGER, Night, prefix, side_by_side};
use crate::io::fuzz::engine::{End, Ran};
use crate::io::fuzz::error::Error;
use crate::io::fuzz::work::{Given, files};
use night::finding::Failure;
use night::share;

/// What a night of hours leaves for shrinking, merging and what comes after.
const FUZZING: f64 = 0.9;
/// Slices of a target in a night of hours, if all had the same time; and how long one is.
const SLICES: f64 = 6.0;
const SLICE: (f64, f64) = (5.0, 300.0);
/// How often a process that failed is started again in one slice, and how often one that left nothing in one night.
const RESTARTS: u64 = 100;
const DEATHS: u64 = 3;

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

impl Night<'_> {
    /// Slices of time, until there is no more.
    pub(super) fn fuzz(&self) {
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
        let seed = first.wrapping_add(7919 * (progress.slices - 1) + target as u64);
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
            // libFuzzer takes 32 bits, and 0 as none.
            let seed = slice.seed.wrapping_add(restart * 104_729) % 0xFFFF_FFFE + 1;
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
        arguments.push(format!("-seed={seed}").into());
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
}
