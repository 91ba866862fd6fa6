//! What is shown of hours of fuzzing while they go on: a line that says how it stands, and each finding at once.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::outcome::Error;
use crate::cli::show::{Patience, human};
use crate::cli::words::say;
use crate::io::explore::Follow;
use crate::io::hours::{FollowHours, Standing};
use crate::io::runner::Then;
use harness::suite::Verdict;
use peer::printable::Line;
use programs::compare::Difference;
use programs::finding::Finding;

/// After so many in a row a peer is given up: more than in `check`, since the programs that it broke by on earlier nights
/// are played first, one after the other.
const HANGS: u32 = 20;
const CRASHES: u32 = 1_000;

type Store<'a> = &'a (dyn Fn(&Finding) -> Result<(), Error> + Sync);

pub(super) struct Watching<'a> {
    bar: ProgressBar,
    begin: Instant,
    time: Option<Duration>,
    programs: Option<u64>,
    keep_going: bool,
    patience: Patience,
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
        let patience = Patience::new(HANGS, CRASHES);
        Self { bar, begin: Instant::now(), time, programs, keep_going, patience, store }
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
        let verdict = difference.map_or(Verdict::Pass, Difference::verdict);
        let is_given_up = self.patience.ends_with(verdict) && !self.keep_going;
        if is_given_up { Then::GiveUp } else { Then::GoOn }
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
