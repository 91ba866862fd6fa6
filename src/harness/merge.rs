//! The reports of a run's shards as the report of the whole run. Complete, or the report says which shard is missing.
//! What is not of one run is refused: shards twice, other seeds, filters, peers or versions.

use std::collections::BTreeMap;
use std::fmt;

use super::report::{CaseReport, Claims, FindingReport, Part, Programs, Report, VERSION, causes_of};
use super::shard::Shard;
use super::suite::Verdict;
use peer::printable::Cut;

/// How much is shown of what differs.
const SHOWN: usize = 300;

/// Why reports are not those of one run's shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeError {
    /// There are none.
    Nothing,
    /// This one, counted from 0, is of no shard: its `shard` is absent, or none.
    NoShard(usize),
    /// These two, counted from 0, are of the same shard.
    Twice(usize, usize, String),
    /// These two, counted from 0, are not of one run.
    Differs {
        /// Which.
        reports: [usize; 2],
        /// In what they differ.
        what: &'static str,
        /// What the two have there.
        values: [String; 2],
    },
}

impl fmt::Display for MergeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MergeError::Nothing => f.write_str("no report is named"),
            MergeError::NoShard(report) => {
                write!(f, "report {}: it is not of a shard (check --shard I/N)", report + 1)
            }
            MergeError::Twice(one, other, shard) => {
                write!(f, "reports {} and {}: both are of shard {shard}", one + 1, other + 1)
            }
            MergeError::Differs { reports: [one, other], what, values: [of_one, of_other] } => {
                let (of_one, of_other) = (Cut(of_one, SHOWN), Cut(of_other, SHOWN));
                let (one, other) = (one + 1, other + 1);
                write!(f, "reports {one} and {other} are not of one run: {what} {of_one} and {of_other}")
            }
        }
    }
}

impl std::error::Error for MergeError {}

/// The order in which the reports of shards are merged, as places in `reports`: that of the shards.
pub fn order(reports: &[Report]) -> Result<Vec<usize>, MergeError> {
    Ok(shards(reports)?.into_iter().map(|(place, _)| place).collect())
}

/// One report of those of shards, in any order.
pub fn merge(reports: &[Report]) -> Result<Report, MergeError> {
    let shards = shards(reports)?;
    let first = reports.first().ok_or(MergeError::Nothing)?;
    for (other, report) in reports.iter().enumerate() {
        let earlier = reports.iter().enumerate().take(other);
        earlier.into_iter().try_for_each(|(one, earlier)| are_of_one_run([one, other], earlier, report))?;
    }
    let count = shards.first().map_or(0, |(_, shard)| shard.count);
    let is_there = |index: &usize| shards.iter().any(|(_, shard)| shard.index == *index);
    let missing: Vec<_> = (1..=count)
        .filter(|index| !is_there(index))
        .map(|index| Shard { index, count }.to_string())
        .collect();
    let mut parts: BTreeMap<u64, Vec<(Shard, &Part)>> = BTreeMap::new();
    for (place, shard) in &shards {
        let of_report = reports.get(*place).map_or(&[][..], |report| &report.parts);
        for (number, part) in numbered(of_report) {
            parts.entry(number).or_default().push((*shard, part));
        }
    }
    Ok(Report {
        report: VERSION.into(),
        time: reports.iter().map(|report| report.time).min().unwrap_or_default(),
        shard: None,
        parts: parts.values().filter_map(|shards| whole(shards, missing.is_empty())).collect(),
        missing,
        ..first.clone()
    })
}

/// The places of the reports and their shards, by shard.
fn shards(reports: &[Report]) -> Result<Vec<(usize, Shard)>, MergeError> {
    let mut shards: Vec<(usize, Shard)> = Vec::new();
    for (place, report) in reports.iter().enumerate() {
        let shard: Option<Shard> = report.shard.as_ref().and_then(|text| text.parse().ok());
        let shard = shard.ok_or(MergeError::NoShard(place))?;
        if let Some((one, first)) = shards.first().filter(|(_, first)| first.count != shard.count) {
            let (reports, values) = ([*one, place], [first.to_string(), shard.to_string()]);
            return Err(MergeError::Differs { reports, what: "shards", values });
        }
        if let Some((same, _)) = shards.iter().find(|(_, same)| *same == shard) {
            return Err(MergeError::Twice(*same, place, shard.to_string()));
        }
        shards.push((place, shard));
    }
    shards.sort_by_key(|(_, shard)| shard.index);
    Ok(shards)
}

fn are_of_one_run(reports: [usize; 2], one: &Report, other: &Report) -> Result<(), MergeError> {
    let same = |what, values: [String; 2]| match values {
        [one, other] if one == other => Ok(()),
        values => Err(MergeError::Differs { reports, what, values }),
    };
    let both = [one, other];
    same("versions", both.map(|report| report.counterproof.clone()))?;
    same("seeds", both.map(|report| report.seed.to_string()))?;
    same("filters", both.map(|report| report.filter_words()))?;
    let explore = |report: &Report| report.explore.map_or("none".to_owned(), |count| count.to_string());
    same("--explore", both.map(explore))?;
    for (number, part) in numbered(&one.parts) {
        let Some((_, same_part)) = numbered(&other.parts).find(|(other, _)| *other == number) else {
            continue;
        };
        let both = [part, same_part];
        same("peers", both.map(|part| format!("{} with {}", part.client, part.server)))?;
        let versions = |claims: &Claims| format!("{} {} {}", claims.name, claims.version, claims.language);
        same("versions of the peers", both.map(|part| claimed(part, versions)))?;
        same("profiles", both.map(|part| claimed(part, |claims| claims.profile.clone())))?;
        same("operations", both.map(|part| claimed(part, |claims| claims.operations.join(" "))))?;
        let injects = |claims: &Claims| format!("{} and {}", claims.injects_time, claims.injects_randomness);
        same("time and randomness", both.map(|part| claimed(part, injects)))?;
        let of_profile =
            |part: &Part| part.of_profile.map_or("unknown".to_owned(), |count| count.to_string());
        same("cases of the profile", both.map(of_profile))?;
    }
    Ok(())
}

/// What the peers of a part say of themselves.
fn claimed(part: &Part, of: impl Fn(&Claims) -> String) -> String {
    part.claims.iter().map(of).collect::<Vec<_>>().join(", ")
}

/// The parts with their numbers.
fn numbered(parts: &[Part]) -> impl Iterator<Item = (u64, &Part)> {
    (1..).zip(parts).map(|(place, part)| (part.number.unwrap_or(place), part))
}

/// A part of several shards.
fn whole(shards: &[(Shard, &Part)], is_complete: bool) -> Option<Part> {
    let (_, first) = shards.first()?;
    let parts = || shards.iter().map(|(_, part)| *part);
    // Neighbours were dealt to different shards.
    let dealt = |(shard, part): &(Shard, &'_ Part)| {
        let (index, count) = (shard.index, shard.count);
        let place = move |at: usize| at.saturating_mul(count).saturating_add(index);
        part.cases.iter().cloned().enumerate().map(move |(at, case)| (place(at), case)).collect::<Vec<_>>()
    };
    let mut cases: Vec<(usize, CaseReport)> = shards.iter().flat_map(dealt).collect();
    cases.sort_by_key(|(place, _)| *place);
    let cases: Vec<_> = cases.into_iter().map(|(_, case)| case).collect();
    let mut totals = BTreeMap::new();
    for case in &cases {
        *totals.entry(case.verdict).or_insert(0) += 1;
    }
    let mut stale: Vec<_> = Vec::new();
    for entry in parts().flat_map(|part| &part.stale) {
        if !stale.contains(entry) {
            stale.push(entry.clone());
        }
    }
    stale.sort_by_key(|stale| stale.entry);
    let programs = programs(parts().filter_map(|part| part.programs.as_ref()).collect());
    let findings = || programs.iter().flat_map(|programs| &programs.findings);
    let own = cases.iter().map(CaseReport::own_verdict).chain(findings().map(FindingReport::own_verdict));
    Some(Part {
        selected: parts().map(|part| part.selected).sum(),
        ended: parts().map(|part| part.ended).max().flatten(),
        conforms: own.into_iter().all(Verdict::conforms),
        as_expected: is_complete && stale.is_empty() && parts().all(|part| part.as_expected),
        causes: causes_of(&cases),
        totals,
        cases,
        programs,
        // Each shard has its own, of a machine that may be another one.
        costs: None,
        stale,
        ..(*first).clone()
    })
}

/// What the programs of several shards found: the shortest program of each finding, with the count of all.
fn programs(shards: Vec<&Programs>) -> Option<Programs> {
    let ended = shards.iter().map(|programs| programs.ended).max()?;
    let mut findings: Vec<FindingReport> = Vec::new();
    for found in shards.iter().flat_map(|programs| &programs.findings) {
        let Some(same) = findings.iter_mut().find(|same| same.id == found.id) else {
            findings.push(found.clone());
            continue;
        };
        let (first, programs) = (same.first.min(found.first), same.programs.saturating_add(found.programs));
        if found.steps < same.steps {
            *same = found.clone();
        }
        (same.first, same.programs) = (first, programs);
    }
    findings.sort_by_key(|finding| finding.first);
    let sum = |count: fn(&Programs) -> u64| shards.iter().map(|programs| count(programs)).sum();
    Some(Programs {
        selected: sum(|programs| programs.selected),
        played: sum(|programs| programs.played),
        steps: sum(|programs| programs.steps),
        ended,
        findings,
        took_ms: shards.iter().map(|programs| programs.took_ms).sum(),
    })
}
