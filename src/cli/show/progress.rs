//! What `check` shows while it runs.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::super::outcome::Error;
use super::super::subject::Subject;
use super::patience::Patience;
use crate::io::runner::{Said, Then, Watch};
use harness::baseline::Baseline;
use harness::suite::{self, Verdict};
use harness::trial::{Broken, Ending};
use peer::operations::HelloResult;
use peer::printable::{Cut, Line};

/// After so many in a row a peer is given up.
pub(super) const HANGS: u32 = 5;
pub(super) const CRASHES: u32 = 50;

/// When a run that won't be done in time is said to be slow: after a tenth of its time, but not at once.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// How much of a question or an answer the transcript shows: all that is not out of proportion.
const TRANSCRIPT: usize = 100_000;

/// Follows a run: the progress bar, the transcript of `--verbose`, the end of `--fail-fast`, the patience with a peer
/// that is broken.
pub(in crate::cli) struct Screen<'a> {
    bar: ProgressBar,
    baseline: &'a Baseline,
    verbose: bool,
    fail_fast: bool,
    keep_going: bool,
    begin: Instant,
    until: Option<Instant>,
    /// What is counted: cases or programs.
    things: &'static str,
    all: u64,
    done: AtomicU64,
    patience: Patience,
    warned: AtomicBool,
}

impl<'a> Screen<'a> {
    pub(in crate::cli) fn new(
        all: usize,
        things: &'static str,
        until: Option<Instant>,
        baseline: &'a Baseline,
    ) -> Self {
        Self {
            bar: bar(all),
            baseline,
            verbose: false,
            fail_fast: false,
            keep_going: false,
            begin: Instant::now(),
            until,
            things,
            all: u64::try_from(all).unwrap_or(u64::MAX),
            done: AtomicU64::new(0),
            patience: Patience::new(HANGS, CRASHES),
            warned: AtomicBool::new(false),
        }
    }

    /// Shows questions and answers instead of a bar.
    pub(in crate::cli) fn verbose(self, verbose: bool) -> Self {
        let bar = if verbose { ProgressBar::hidden() } else { self.bar };
        Self { bar, verbose, ..self }
    }

    pub(in crate::cli) fn fail_fast(self, fail_fast: bool) -> Self {
        Self { fail_fast, ..self }
    }

    pub(in crate::cli) fn keep_going(self, keep_going: bool) -> Self {
        Self { keep_going, ..self }
    }

    pub(in crate::cli) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Says once that the run won't be done in time, as soon as that can be foreseen.
    fn look_ahead(&self, done: u64) {
        let Some(until) = self.until else { return };
        let (took, time) = (self.begin.elapsed(), until.saturating_duration_since(self.begin));
        if took < FIRST_LOOK.max(time / 10) || self.warned.load(Ordering::Relaxed) {
            return;
        }
        let Some(whole) = estimate(took, done, self.all).filter(|whole| *whole > time) else { return };
        if !self.warned.swap(true, Ordering::Relaxed) {
            let words = format!(
                "note: at this pace all {} {} take about {}, and the run ends after {}: see --deadline, --jobs, --shard",
                self.all,
                self.things,
                human(whole),
                human(time)
            );
            // Who closes standard error wants no notes.
            self.bar.suspend(|| drop(writeln!(std::io::stderr().lock(), "{words}")));
        }
    }
}

/// A progress bar over so many things.
pub(in crate::cli) fn bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(0));
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {eta} left  {wide_msg}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// How long all takes if a part took so long.
pub(in crate::cli) fn estimate(took: Duration, part: u64, all: u64) -> Option<Duration> {
    let factor = all as f64 / part as f64;
    (part > 0).then(|| Duration::try_from_secs_f64(took.as_secs_f64() * factor).ok()).flatten()
}

/// A duration in the unit in which a person thinks of it.
pub(in crate::cli) fn human(time: Duration) -> String {
    match time.as_secs_f64().round() as u64 {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds.div_ceil(60)),
        seconds => format!("{} h", seconds.div_ceil(3_600)),
    }
}

impl Screen<'_> {
    /// One is done, with this verdict, the baseline in view.
    pub(in crate::cli) fn done(&self, id: &str, verdict: Verdict) -> Then {
        self.bar.set_message(id.to_owned());
        self.bar.inc(1);
        self.look_ahead(self.done.fetch_add(1, Ordering::Relaxed) + 1);
        if self.fail_fast && !verdict.is_expected() {
            return Then::Stop;
        }
        let is_given_up = self.patience.ends_with(verdict) && !self.keep_going;
        if is_given_up { Then::GiveUp } else { Then::GoOn }
    }

    /// What a baseline makes of an outcome.
    pub(in crate::cli) fn verdict(&self, outcome: &suite::Outcome) -> Verdict {
        self.baseline.verdict(outcome)
    }
}

impl Watch for Screen<'_> {
    fn judged(&self, outcome: &suite::Outcome) -> Then {
        self.done(&outcome.id, self.verdict(outcome))
    }

    fn heard(&self, case: &str, peer: usize, said: Said<'_>) {
        if !self.verbose {
            return;
        }
        let line = |bytes: &[u8]| Cut(&String::from_utf8_lossy(bytes), TRANSCRIPT).to_string();
        let words = match said {
            Said::Question(question) => format!("asked     {}", line(question)),
            Said::Answer(answer) => format!("answered  {}", line(answer)),
            Said::Broken(Broken::Crash(words)) => format!("crash     {}", Line(words)),
            Said::Broken(Broken::Hang(words)) => format!("hang      {}", Line(words)),
            Said::Broken(Broken::Violation(words) | Broken::Line(_, words)) => {
                format!("violation {}", Line(words))
            }
            Said::Broken(Broken::Unseen(words)) => format!("not seen  {}", Line(words)),
            Said::EndOfInput(Ending::InTime) => "ended     with its input".to_owned(),
            Said::EndOfInput(Ending::Said(words)) => format!("said      {words} after the end of its input"),
            Said::EndOfInput(_) => "killed    for it did not end with its input".to_owned(),
        };
        // Who closes standard error wants no transcript.
        let _ = writeln!(std::io::stderr().lock(), "{case} [{peer}] {words}");
    }
}

/// A peer: how it was named, and what it says of itself.
pub(in crate::cli) fn introduce(name: &str, claims: &HelloResult) -> String {
    let HelloResult { name: own, version, language, profile, .. } = claims;
    format!("{} ({} {}, {}, profile {})", Line(name), Line(own), Line(version), Line(language), Line(profile))
}

pub(in crate::cli) fn heading(out: &mut impl Write, subjects: &[&Subject]) -> Result<(), Error> {
    let words = |subject: &Subject| introduce(&subject.name, &subject.claims);
    match subjects {
        [client, server] => writeln!(out, "client {}\nserver {}", words(client), words(server))?,
        _ => subjects.iter().try_for_each(|subject| writeln!(out, "peer {}", words(subject)))?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_for_people() {
        for (seconds, words) in [(0, "0 s"), (119, "119 s"), (121, "3 min"), (7_200, "2 h"), (9_000, "3 h")] {
            assert_eq!(human(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn an_estimate_is_in_proportion() {
        let ten = Duration::from_secs(10);
        assert_eq!(estimate(ten, 5, 20), Some(Duration::from_secs(40)));
        assert_eq!(estimate(ten, 0, 20), None);
    }
}
