//! What the server remembers of each application of one who answers, and how often it has changed (BLB-11): an instance's
//! or a single-device license's, which hands out no BLOB and counts nothing.

use std::collections::BTreeMap;

use super::window::ApplicationState;
use crate::fault;
use crate::license::blob::Generation;

/// By index, 1..=8. An application without an entry has never been used, and its BLOB is as it was at first.
#[derive(Clone, Debug, Default, Hash)]
pub(super) struct Applications {
    kept: BTreeMap<u8, Kept>,
    is_without_blobs: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Kept {
    state: ApplicationState,
    generation: Generation,
}

impl Applications {
    /// Those of a license that hands out no BLOB.
    pub(super) fn without_blobs() -> Self {
        Self { is_without_blobs: true, ..Self::default() }
    }

    /// What is remembered of one.
    pub(super) fn get(&self, index: u8) -> Option<&ApplicationState> {
        self.kept.get(&index).map(|kept| &kept.state)
    }

    /// The same, to be changed and put back.
    pub(super) fn state(&self, index: u8) -> ApplicationState {
        self.get(index).cloned().unwrap_or_default()
    }

    /// That of its BLOB.
    pub(super) fn generation(&self, index: u8) -> Generation {
        self.kept.get(&index).map_or(Generation::FIRST, |kept| kept.generation)
    }

    /// What an operation leaves. BLB-11: where that is something else than before, it counts.
    pub(super) fn insert(&mut self, index: u8, state: ApplicationState) {
        let before = self.kept.entry(index).or_default();
        if self.is_without_blobs {
            before.state = state;
        } else if before.state != state {
            let next = before.generation.next();
            let generation = fault::bent("generation-stays", next, before.generation);
            *before = Kept { state, generation };
        }
        self.forget_unused(index);
    }

    /// BLB-11 for what stands in a BLOB besides: its key has changed.
    pub(super) fn count(&mut self, index: u8) {
        let kept = self.kept.entry(index).or_default();
        kept.generation = kept.generation.next();
    }

    /// What is told by a row or a BLOB.
    pub(super) fn set(&mut self, index: u8, state: ApplicationState, generation: Generation) {
        self.kept.insert(index, Kept { state, generation });
        self.forget_unused(index);
    }

    /// Keeps those of these indices.
    pub(super) fn retain(&mut self, stays: impl Fn(u8) -> bool) {
        self.kept.retain(|index, _| stays(*index));
    }

    /// Index, state and generation of each that has changed.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u8, &ApplicationState, Generation)> {
        self.kept.iter().map(|(index, kept)| (*index, &kept.state, kept.generation))
    }

    /// One state has one form.
    fn forget_unused(&mut self, index: u8) {
        if self.kept.get(&index).is_some_and(|kept| *kept == Kept::default()) {
            self.kept.remove(&index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blb_11_a_change_counts_and_nothing_else() {
        let mut applications = Applications::default();
        let mut used = ApplicationState::default();
        used.is_out_of_sync = true;
        applications.insert(3, ApplicationState::default());
        assert_eq!((applications.iter().count(), applications.generation(3).0), (0, 1));
        applications.insert(3, used.clone());
        applications.insert(3, used.clone());
        assert_eq!(applications.generation(3).0, 2);
        // Back to what it was, which is no less of a change.
        applications.insert(3, ApplicationState::default());
        assert_eq!((applications.generation(3).0, applications.generation(4).0), (3, 1));
        applications.set(3, used, Generation(u32::MAX));
        applications.insert(3, ApplicationState::default());
        applications.count(3);
        assert_eq!(applications.generation(3).0, u32::MAX);
    }
}
