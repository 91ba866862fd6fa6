//! What comes after the slices: shrinking, merging, counting.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{LONGER, Night, prefix};
use crate::io::files::{FileError, on};
use crate::io::fuzz::engine::{End, Ran};
use crate::io::fuzz::error::Error;
use crate::io::fuzz::kept::Kept;
use crate::io::fuzz::work::{Given, counted, files, move_all, remove};
use crate::io::signals;
use night::log::Log;
use night::record::Kind;

/// Seconds for shrinking one input, and for merging one corpus.
const SHRINK_S: u64 = 30;
const MERGE: Duration = Duration::from_secs(900);
/// With the second it is tried where the first led to another failure.
const SHRINK_SEEDS: [u32; 2] = [1, 2];

impl Night<'_> {
    /// Shrinks what is new. What fails otherwise when it is shorter, twice, stays as long as it is.
    pub(super) fn shrink(&self) {
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
        let exact = [OsString::from("-exact_artifact_path="), shorter.clone().into()].into_iter().collect();
        let time = format!("-max_total_time={seconds}").into();
        let mut arguments: Vec<OsString> = vec!["-minimize_crash=1".into(), time, exact];
        arguments.extend(self.flags(given));
        arguments.push(kept.input().into());
        let limit = Duration::from_secs(seconds).saturating_add(LONGER);
        for seed in SHRINK_SEEDS {
            let arguments = [&[format!("-seed={seed}").into()], &arguments[..]].concat();
            let _ = self.engine.run(&given.name, None, arguments, limit); // what it left is what counts
            if !shorter.is_file() {
                break;
            }
            let failed = self.fails(given, std::slice::from_ref(&shorter), number);
            if failed.is_some_and(|failed| failed.failure.key() == kept.key) {
                let _ = fs::rename(&shorter, kept.input()); // it stays as it is
                break;
            }
            let _ = fs::remove_file(&shorter);
        }
        let _ = fs::remove_dir_all(&scratch);
    }

    /// Merges what the night found into the corpora. In a night that was stopped all of it is kept as it is.
    pub(super) fn merge(&self) {
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
        let (is_nothing_new, is_first) = (files(&tonight).is_empty(), files(&corpus).is_empty());
        if (is_nothing_new && is_first) || ((is_nothing_new || is_first) && !minimises) {
            return move_all(&tonight, &corpus).map(|()| None);
        }
        self.work.made("corpus", &given.name)?;
        let into = if minimises { self.work.made("minimal", &given.name)? } else { corpus.clone() };
        let before = counted(&into).0;
        let mut arguments: Vec<OsString> = vec!["-merge=1".into(), into.clone().into()];
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
            // libFuzzer ends well where the disk is full, too: then not all files are there that it tells of.
            Ok(Ran { end: End::Good, log, .. })
                if told(&log).is_some_and(|it| before + it == counted(&into).0) =>
            {
                if minimises {
                    swap(&minimal, &corpus, &former)?;
                }
                remove(&tonight).map(|()| None)
            }
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

/// How many files a merge says that it wrote.
fn told(log: &Log) -> Option<u64> {
    let words = log.failure.lines().rev().find_map(|line| line.strip_prefix("MERGE-OUTER: "))?;
    words.split_once(" new files with ")?.0.parse().ok()
}

/// Puts a corpus that was made from scratch in the place of the former one.
fn swap(minimal: &Path, corpus: &Path, former: &Path) -> Result<(), FileError> {
    remove(former)?;
    for path in [former, corpus].into_iter().filter_map(Path::parent) {
        on("making folder", path, fs::create_dir_all(path))?;
    }
    on("moving", corpus, fs::rename(corpus, former))?;
    on("moving", minimal, fs::rename(minimal, corpus))?;
    remove(former)
}
