//! What hours of fuzzing came to, as a line of the record.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::explore::count;
use crate::cli::outcome::Error;
use crate::cli::subject::Subject;
use crate::io::files::read_text;
use crate::io::hours::Standing;
use crate::io::record;
use harness::suite::fnv;
use night::record::{Change, Entry, Finding as Recordable, Kind as Failed, PeerNight, VERSION, What};
use programs::compare::Kind;
use programs::finding::Finding;

/// A run, without what it found.
pub(super) struct Recorded<'a> {
    pub(super) subject: &'a Subject,
    pub(super) seed: u64,
    pub(super) took: Duration,
    pub(super) begun: u64,
    pub(super) before: Standing,
    pub(super) after: Standing,
}

impl Recorded<'_> {
    /// Adds the line. `again` says in which file a finding is, and how to play it again.
    pub(super) fn add(
        &self,
        file: &Path,
        findings: &[Finding],
        again: &dyn Fn(&Finding) -> (PathBuf, String),
    ) -> Result<(), Error> {
        let known = known(file);
        let findings = findings.iter().map(|finding| {
            let (input, again) = again(finding);
            let key = key(finding);
            let length = std::fs::metadata(&input).map_or(0, |file| file.len());
            Recordable {
                kind: kind(&finding.difference.kind),
                said: format!(
                    "{}: expected {}, got {}",
                    finding.difference.op, finding.difference.expected, finding.difference.got
                ),
                rule: Some(finding.difference.requirement.to_owned()),
                frames: Vec::new(),
                count: finding.count,
                is_new: !known.contains(&key),
                input: input.display().to_string(),
                length,
                again,
                key,
            }
        });
        let Self { subject, seed, took, begun, before, after } = self;
        let peer = PeerNight {
            peer: subject.name.clone(),
            name: subject.claims.name.clone(),
            seed: *seed,
            seconds: took.as_secs_f64(),
            programs: after.played,
            steps: after.steps,
            features: Change { before: count(before.features), after: count(after.features) },
            inputs: Change { before: count(before.kept), after: count(after.kept) },
            findings: findings.collect(),
        };
        let entry = Entry {
            night: VERSION.into(),
            begun: *begun,
            counterproof: env!("CARGO_PKG_VERSION").into(),
            commit: None,
            what: What::Peer(peer),
        };
        record::mend(file)?; // a torn line is none of this run's
        Ok(record::append(file, &[entry])?)
    }
}

/// By what two findings are the same: what differs, and the rule.
fn key(finding: &Finding) -> String {
    format!("{:016x}", fnv(&format!("{} {:?}", finding.difference.name(), finding.difference.kind)))
}

/// What the peers of earlier nights were found to do. A line that is none was cut short, or is of a later version.
fn known(file: &Path) -> BTreeSet<String> {
    let text = read_text(file).unwrap_or_default();
    let entries = text.lines().filter_map(|line| serde_json::from_str::<Entry>(line).ok());
    let findings = entries.filter_map(|entry| match entry.what {
        What::Peer(peer) => Some(peer.findings),
        _ => None,
    });
    findings.flatten().map(|finding| finding.key).collect()
}

fn kind(kind: &Kind) -> Failed {
    match kind {
        Kind::Hang => Failed::Timeout,
        Kind::Crash => Failed::Died,
        _ => Failed::Difference,
    }
}
