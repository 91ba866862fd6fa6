//! What failed before is tried again.

use std::fs;

use super::Night;
use crate::io::fuzz::kept::Kept;
use crate::io::fuzz::work::{Given, files};
use crate::io::signals;

impl Night<'_> {
    /// What failed before: what a night that was killed left unsorted, the regressions of the repository, the findings of
    /// earlier nights.
    pub(super) fn replay(&self) {
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
}
