//! What came of the vectors, file by file: counted, and as the document of `--json`.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use crate::cli::outcome::{Error, Outcome};
use crate::cli::words::plural;
use peer::operations::HelloResult;
use vectors::file::Vector;
use vectors::judge::{Judged, Verdict};

/// A file and what came of each of its vectors.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) results: Vec<(Vector, Judged)>,
}

impl Part {
    /// How many have this verdict.
    pub(super) fn count(&self, verdict: Verdict) -> usize {
        self.results.iter().filter(|(_, judged)| judged.verdict == verdict).count()
    }
}

/// What it comes to.
pub(super) struct Counts {
    judged: usize,
    bad: usize,
    not_offered: usize,
    not_run: usize,
}

impl Counts {
    pub(super) fn of(parts: &[Part]) -> Self {
        let all = || parts.iter().flat_map(|part| &part.results).map(|(_, judged)| judged);
        let count = |verdict| all().filter(|judged| judged.verdict == verdict).count();
        Self {
            judged: all().filter(|judged| judged.verdict.is_judged()).count(),
            bad: all().filter(|judged| judged.difference.is_some()).count(),
            not_offered: count(Verdict::NotOffered),
            not_run: count(Verdict::NotRun),
        }
    }

    pub(super) fn write(&self, out: &mut impl Write) -> Result<(), Error> {
        let Self { judged, bad, not_offered, not_run } = *self;
        let s = plural(judged);
        if not_offered > 0 {
            writeln!(out, "not asked: {not_offered}, of optional operations that the peer doesn't list")?;
        }
        match (bad, not_run, judged) {
            (0, 0, 1..) => writeln!(out, "agrees with {judged} vector{s}")?,
            (0, ..) => {}
            _ => writeln!(out, "does not agree with {bad} of {judged} vector{s}")?,
        }
        Ok(())
    }

    pub(super) fn outcome(&self) -> Result<Outcome, Error> {
        let Self { judged, bad, not_run, .. } = *self;
        match (bad, not_run, judged) {
            (0, 0, 0) => {
                let words = "none of the vectors asks for what the peer claims: nothing was judged";
                Err(Error::Usage(words.into()))
            }
            (0, 0, _) => Ok(Outcome::Good),
            (0, ..) => Err(Error::CannotRun(format!(
                "the run was out of time: {judged} vector{} agreed, {not_run} not asked; see --deadline",
                plural(judged)
            ))),
            _ => Ok(Outcome::Bad),
        }
    }
}

/// What `--json` writes: `reports/vectors-run.schema.json`.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    vectors_run: u32,
    counterproof: &'static str,
    peer: &'a str,
    claims: &'a HelloResult,
    agrees: bool,
    judged: usize,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    totals: BTreeMap<String, usize>,
    vectors: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    verdict: String,
    requirements: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<Difference<'a>>,
}

#[derive(Serialize)]
struct Difference<'a> {
    step: usize,
    of: usize,
    asked: &'a str,
    expected: &'a str,
    got: &'a str,
}

/// The document about a peer.
pub(super) fn document<'a>(
    peer: &'a str,
    claims: &'a HelloResult,
    counts: &Counts,
    parts: &'a [Part],
) -> Document<'a> {
    Document {
        vectors_run: 1,
        counterproof: env!("CARGO_PKG_VERSION"),
        peer,
        claims,
        agrees: matches!(counts.outcome(), Ok(Outcome::Good)),
        judged: counts.judged,
        files: parts.iter().map(File::of).collect(),
    }
}

impl<'a> File<'a> {
    fn of(part: &'a Part) -> Self {
        let mut totals = BTreeMap::new();
        for (_, judged) in &part.results {
            *totals.entry(word(judged.verdict)).or_default() += 1;
        }
        let entry = |(vector, judged): &'a (Vector, Judged)| Entry {
            id: &vector.id,
            verdict: word(judged.verdict),
            requirements: &vector.requirements,
            difference: judged.difference.as_ref().map(|it| Difference {
                step: it.step.0,
                of: it.step.1,
                asked: &it.asked,
                expected: &it.expected,
                got: &it.got,
            }),
        };
        Self { file: &part.name, totals, vectors: part.results.iter().map(entry).collect() }
    }
}

/// The word of a verdict as other programs read it.
fn word(verdict: Verdict) -> String {
    verdict.word().replace(' ', "-")
}
