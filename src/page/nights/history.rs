//! The lines of a record, put together night by night.

use std::collections::BTreeMap;

use night::record::{Coverage, Entry, Finding, PeerNight, Summary, TargetNight, What};

/// A night, or a run against somebody's peer.
#[derive(Default)]
pub(crate) struct Night<'a> {
    pub(crate) begun: u64,
    pub(crate) counterproof: &'a str,
    pub(crate) commit: Option<&'a str>,
    /// By name. Where a target has two lines, the later one counts.
    pub(crate) targets: BTreeMap<&'a str, &'a TargetNight>,
    pub(crate) coverage: Option<&'a Coverage>,
    /// By name and command.
    pub(crate) peers: BTreeMap<(&'a str, &'a str), &'a PeerNight>,
    /// Its last line; none where it was killed.
    pub(crate) summary: Option<&'a Summary>,
}

impl<'a> Night<'a> {
    /// Who found what.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (By<'a>, &'a Finding)> {
        let of_targets = self
            .targets
            .values()
            .flat_map(|it| it.findings.iter().map(|found| (By::Target(&it.target), found)));
        let of_peers =
            self.peers.values().flat_map(|it| it.findings.iter().map(|found| (By::Peer(&it.name), found)));
        of_targets.chain(of_peers)
    }

    /// Whether it is nothing but a run against somebody's peer.
    fn is_of_peers(&self) -> bool {
        self.targets.is_empty() && self.coverage.is_none() && !self.peers.is_empty()
    }
}

/// Who found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum By<'a> {
    Target(&'a str),
    Peer(&'a str),
}

/// All nights of a record.
pub(crate) struct History<'a> {
    /// Nights of our targets, the oldest first; the last is tonight's.
    pub(crate) nights: Vec<Night<'a>>,
    /// Runs against peers alone, the oldest first.
    pub(crate) peers: Vec<Night<'a>>,
}

impl<'a> History<'a> {
    pub(crate) fn new(entries: &'a [Entry]) -> Self {
        let mut by_time: BTreeMap<u64, Night<'a>> = BTreeMap::new();
        for Entry { begun, counterproof, commit, what, .. } in entries {
            let night = by_time.entry(*begun).or_default();
            (night.begun, night.counterproof, night.commit) = (*begun, counterproof, commit.as_deref());
            match what {
                What::Target(target) => drop(night.targets.insert(&target.target, target)),
                What::Coverage(coverage) => night.coverage = Some(coverage),
                What::Peer(peer) => drop(night.peers.insert((&peer.name, &peer.peer), peer)),
                What::Night(summary) => night.summary = Some(summary),
            }
        }
        let (peers, nights) = by_time.into_values().partition(Night::is_of_peers);
        Self { nights, peers }
    }

    /// The latest night of our targets.
    pub(crate) fn tonight(&self) -> Option<&Night<'a>> {
        self.nights.last()
    }

    /// The nights before it, the oldest first.
    pub(crate) fn before(&self) -> &[Night<'a>] {
        self.nights.split_last().map_or(&[], |(_, before)| before)
    }

    /// Tonight, and what was run against peers since it began. Where there is no night at all, the last run against a peer.
    pub(crate) fn current(&self) -> impl Iterator<Item = &Night<'a>> {
        let since = self.since();
        self.tonight().into_iter().chain(self.peers.iter().filter(move |run| run.begun >= since))
    }

    /// All that was before.
    pub(crate) fn earlier(&self) -> impl Iterator<Item = &Night<'a>> {
        let since = self.since();
        self.nights.iter().chain(&self.peers).filter(move |night| night.begun < since)
    }

    fn since(&self) -> u64 {
        let last = self.tonight().or(self.peers.last());
        last.map_or(0, |night| night.begun)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(begun: u64, line: serde_json::Value) -> Entry {
        let mut entry = json!({"night": 1, "begun": begun, "counterproof": "0.1.0"});
        entry.as_object_mut().unwrap().extend(line.as_object().unwrap().clone());
        serde_json::from_value(entry).unwrap()
    }

    fn peer(begun: u64) -> Entry {
        entry(
            begun,
            json!({"line": "peer", "peer": "cmd", "name": "p", "seed": 1, "seconds": 1.0, "programs": 1, "steps": 1,
            "features": {"before": 0, "after": 1}, "inputs": {"before": 0, "after": 1}, "findings": []}),
        )
    }

    #[test]
    fn a_run_against_a_peer_alone_is_no_night_of_ours() {
        let broken = json!({"line": "night", "ended": "broken", "seconds": 1.0, "jobs": 1, "compiler": "c",
            "minimised": false, "troubles": []});
        let entries = [
            peer(5),
            entry(10, json!({"line": "coverage", "floors": []})),
            peer(10),
            entry(20, broken),
            peer(30),
        ];
        let history = History::new(&entries);
        // What ended before its first target is a night, and tonight's.
        assert_eq!(history.tonight().unwrap().begun, 20);
        assert!(history.tonight().unwrap().summary.is_some() && history.before()[0].summary.is_none());
        assert_eq!(history.current().map(|night| night.begun).collect::<Vec<_>>(), [20, 30]);
        assert_eq!(history.earlier().map(|night| night.begun).collect::<Vec<_>>(), [10, 5]);
        let alone = [peer(5), peer(6)];
        let history = History::new(&alone);
        assert_eq!(history.current().map(|night| night.begun).collect::<Vec<_>>(), [6]);
        assert!(history.tonight().is_none() && History::new(&[]).current().next().is_none());
    }
}
