//! What is told of a night: its lines in the record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{Known, Night, TIMEOUT};
use crate::io::fuzz::checkout::word;
use crate::io::fuzz::work::now;
use night::record::{Ended, Entry, Finding, Kind, What};
use night::state::Progress;

impl Night<'_> {
    /// A line of this night that is not about a target.
    pub fn line(&self, what: What) -> Entry {
        self.known().state.entry(what)
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
            Kind::OutOfMemory => {
                let given = self.given.iter().filter(|given| given.name == target);
                let flags = given.flat_map(|given| &given.flags);
                let most =
                    flags.filter(|flag| flag.starts_with("-malloc_limit_mb=")).map(|it| format!(" {it}"));
                format!(" -rss_limit_mb={}{}", self.engine.rss_limit_mb, most.collect::<String>())
            }
            _ => String::new(),
        };
        let (command, is_apart) = self.options.by_hand.command(&root, target);
        let apart = if is_apart && !flags.is_empty() { " --" } else { "" };
        format!("{command} {input}{apart}{flags}")
    }
}
