//! What a part of a report comes to, and what a whole report does.

use super::report::{CaseReport, FindingReport, Part, Programs, Report};
use super::suite::Verdict;

/// What a part comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The whole profile was asked, and all is as required.
    Conforms,
    /// All that was asked is as required; it was not the whole profile.
    Passed,
    /// It fails, just as the baseline lists.
    KnownToFail,
    /// Something fails that no baseline lists.
    Fails,
    /// Nothing failed, and not all was run.
    NoVerdict,
    /// Nothing failed, and a case or the reference is at fault: says nothing of the peer.
    HarnessFault,
}

impl Part {
    /// What it comes to.
    pub fn standing(&self) -> Standing {
        let cases_run = self.cases_run();
        if self.failed_cases().next().is_some() || !self.failed_findings().is_empty() {
            return Standing::Fails;
        }
        if self.count(Verdict::HarnessError) > 0 {
            return Standing::HarnessFault;
        }
        let programs_left =
            self.programs.as_ref().is_some_and(|programs| programs.played < programs.selected);
        if self.count(Verdict::NotRun) > 0 || programs_left {
            return Standing::NoVerdict;
        }
        match (self.conforms, self.of_profile) {
            (false, _) => Standing::KnownToFail,
            (true, Some(all)) if all == cases_run && all > 0 => Standing::Conforms,
            // A report of version 1 doesn't say of how many.
            (true, None) if cases_run > 0 => Standing::Conforms,
            (true, _) => Standing::Passed,
        }
    }

    /// How many cases were run, whatever they came to.
    pub fn cases_run(&self) -> u64 {
        (self.cases.len() as u64).saturating_sub(self.count(Verdict::NotRun))
    }

    /// The cases that the peer fails as no baseline lists.
    pub fn failed_cases(&self) -> impl Iterator<Item = &CaseReport> {
        self.failures().filter(|case| case.verdict != Verdict::HarnessError)
    }

    /// The same, and those in which a case or the reference is at fault.
    pub fn failures(&self) -> impl Iterator<Item = &CaseReport> {
        let fails = |case: &&CaseReport| case.verdict.fails_the_run() && case.verdict != Verdict::Xpass;
        self.cases.iter().filter(fails)
    }

    /// What random programs found and no baseline lists.
    pub fn failed_findings(&self) -> Vec<&FindingReport> {
        self.findings().iter().filter(|finding| finding.verdict.fails_the_run()).collect()
    }

    /// Whether its baseline describes what doesn't happen any more.
    pub fn baseline_is_stale(&self) -> bool {
        !self.stale.is_empty() || self.count(Verdict::Xpass) > 0
    }
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All is as required, or as the baseline lists.
    Good,
    /// A failure was found, or the baseline is out of date. However the run ended, that is a failure.
    Bad,
    /// Nothing failed, and so many cases and random programs were left.
    Unfinished {
        /// Cases that were not run.
        cases: u64,
        /// Random programs that were not played.
        programs: u64,
    },
    /// A case or the reference is at fault: says nothing of the peer.
    HarnessFault,
}

impl Report {
    /// How the run ends.
    pub fn end(&self) -> End {
        let count = |verdict| self.parts.iter().map(|part| part.count(verdict)).sum::<u64>();
        if count(Verdict::HarnessError) > 0 {
            return End::HarnessFault;
        }
        let fails = |part: &Part| {
            let in_cases = part.totals.keys().any(|verdict| verdict.fails_the_run());
            in_cases || !part.failed_findings().is_empty() || !part.stale.is_empty()
        };
        if self.parts.iter().any(fails) {
            return End::Bad;
        }
        let left = |programs: &Programs| programs.selected.saturating_sub(programs.played);
        let programs: u64 = self.parts.iter().flat_map(|part| &part.programs).map(left).sum();
        match (count(Verdict::NotRun), programs) {
            (0, 0) => End::Good,
            (cases, programs) => End::Unfinished { cases, programs },
        }
    }
}
