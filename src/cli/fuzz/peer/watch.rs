//! What is shown of hours of fuzzing while they go on: a line that says how it stands, and each finding at once.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::outcome::Error;
use crate::cli::show::human;
use crate::cli::words::say;
use crate::io::explore::Follow;
use crate::io::hours::{FollowHours, Standing};
use crate::io::runner::Then;
use harness::suite::Verdict;
use peer::printable::Line;
use programs::compare::Difference;
use programs::finding::Finding;

/// A peer that breaks program after program is given up after so many hangs or crashes in a row; each hang costs the whole
/// of `--timeout`.
const PATIENCE: u32 = 1_000;
const HANGS: u32 = 20;
const CRASHES: u32 = 1_000;

type Store<'a> = &'a (dyn Fn(&Finding) -> Result<(), Error> + Sync);

pub(super) struct Watching<'a> {
    bar: ProgressBar,
    begin: Instant,
    time: Option<Duration>,
    programs: Option<u64>,
    keep_going: bool,
    /// What hangs and crashes since the last answer cost.
    broken: AtomicU32,
    store: Store<'a>,
}

impl<'a> Watching<'a> {
    pub(super) fn new(
        time: Option<Duration>,
        programs: Option<u64>,
        keep_going: bool,
        store: Store<'a>,
    ) -> Self {
        let style =
            ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new_spinner().with_style(style);
        Self { bar, begin: Instant::now(), time, programs, keep_going, broken: AtomicU32::new(0), store }
    }

    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// How much of it is left.
    fn left(&self, played: u64) -> String {
        let time = self.time.map(|time| human(time.saturating_sub(self.begin.elapsed())));
        let programs = self.programs.map(|programs| format!("{} programs", programs.saturating_sub(played)));
        let left: Vec<String> = time.into_iter().chain(programs).collect();
        left.join(" or ")
    }
}

impl Follow for Watching<'_> {
    fn played(&self, _: u64, difference: Option<&Difference>) -> Then {
        let price = match difference.map(Difference::verdict) {
            Some(Verdict::Hang) => PATIENCE / HANGS,
            Some(Verdict::Crash) => PATIENCE / CRASHES,
            _ => {
                self.broken.store(0, Ordering::Relaxed);
                return Then::GoOn;
            }
        };
        let paid = self.broken.fetch_add(price, Ordering::Relaxed).saturating_add(price);
        if paid >= PATIENCE && !self.keep_going { Then::GiveUp } else { Then::GoOn }
    }
}

impl FollowHours for Watching<'_> {
    fn found(&self, finding: &Finding) {
        let Difference { expected, got, .. } = &finding.difference;
        let name = finding.difference.name();
        let words = format!(
            "found  {name}, {}: expected {}, got {}",
            finding.difference.verdict().word(),
            Line(expected),
            Line(got)
        );
        let stored = (self.store)(finding);
        self.bar.suspend(|| {
            say(&words);
            if let Err(error) = stored {
                say(&format!("note: it could not be stored yet: {error}"));
            }
        });
    }

    fn stands(&self, now: Standing) {
        let Standing { played, features, kept, found, .. } = now;
        self.bar.set_message(format!(
            "{played} programs, {features} features, {kept} kept, {found} found; {} left",
            self.left(played)
        ));
        self.bar.tick();
    }
}
