//! What changed from one report to another: what broke, what was mended, what fails otherwise, what is new, what is gone.
//! It is about what the peers do: what a baseline lists makes no difference.

use std::collections::BTreeMap;

use super::report::{CaseReport, Claims, FindingReport, Part, Report};
use super::suite::Verdict;

/// What changed.
#[derive(Clone, Debug)]
pub struct Diff<'a> {
    /// In what the runs differ, so that a change may not be the peer's.
    pub differs: Vec<Differs>,
    /// Parts that both have.
    pub parts: Vec<PartDiff<'a>>,
    /// Parts that only the later one has.
    pub new: Vec<&'a Part>,
    /// Parts that only the earlier one has.
    pub gone: Vec<&'a Part>,
}

/// Something in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differs {
    /// What.
    pub what: &'static str,
    /// What it was.
    pub before: String,
    /// What it is.
    pub after: String,
}

/// What changed in a part.
#[derive(Clone, Debug)]
pub struct PartDiff<'a> {
    /// Before.
    pub before: &'a Part,
    /// After.
    pub after: &'a Part,
    /// In what the runs of it differ.
    pub differs: Vec<Differs>,
    /// Case by case, kind by kind, in the order of the suite.
    pub changes: Vec<Change<'a>>,
}

/// What became of a case, or of what random programs found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<'a> {
    /// Of which kind it is.
    pub kind: Kind,
    /// The case, or the finding.
    pub id: &'a str,
    /// What it came to before; nothing where it was not asked, and for a finding also where nothing was found.
    pub before: Option<Result<'a>>,
    /// What it comes to.
    pub after: Option<Result<'a>>,
}

/// The kinds of change, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It was as required and isn't any more.
    Broke,
    /// It fails in another way, or has another verdict that conforms.
    Otherwise,
    /// It was not as required, and is now.
    Mended,
    /// It was not asked before.
    New,
    /// It isn't asked any more.
    Gone,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Broke, Kind::Otherwise, Kind::Mended, Kind::New, Kind::Gone];
}

/// What a case came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Result<'a> {
    /// Whatever a baseline says.
    pub verdict: Verdict,
    /// The requirement violated, where one is.
    pub requirement: Option<&'a str>,
    /// What came, where the case did not pass.
    pub got: Option<&'a str>,
}

impl Diff<'_> {
    /// Whether something broke.
    pub fn is_worse(&self) -> bool {
        let mut changes = self.parts.iter().flat_map(|part| &part.changes);
        changes.any(|change| change.kind == Kind::Broke)
    }

    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        let has_none = |part: &PartDiff<'_>| part.changes.is_empty() && part.differs.is_empty();
        self.differs.is_empty()
            && self.new.is_empty()
            && self.gone.is_empty()
            && self.parts.iter().all(has_none)
    }
}

/// What changed from `before` to `after`.
pub fn diff<'a>(before: &'a Report, after: &'a Report) -> Diff<'a> {
    let same_bytes = before.seed == after.seed && before.counterproof == after.counterproof;
    let (pairs, gone, new) = same_peers(&before.parts, &after.parts);
    let parts = pairs.into_iter().map(|(before, after)| part(before, after, same_bytes)).collect();
    Diff { differs: runs(before, after), parts, new, gone }
}

type Pairs<'a> = (Vec<(&'a Part, &'a Part)>, Vec<&'a Part>, Vec<&'a Part>);

/// The parts of the same peers, and those of the one and of the other alone. Of one part each, the peers are the same
/// whatever their commands.
fn same_peers<'a>(before: &'a [Part], after: &'a [Part]) -> Pairs<'a> {
    if let ([before], [after]) = (before, after) {
        return (vec![(before, after)], Vec::new(), Vec::new());
    }
    let is_same = |one: &Part, other: &Part| {
        let key = |part: &Part| (part.client.clone(), part.server.clone(), part.claims.len());
        key(one) == key(other)
    };
    let mut new: Vec<&Part> = after.iter().collect();
    let (mut pairs, mut gone) = (Vec::new(), Vec::new());
    for before in before {
        match new.iter().position(|after| is_same(before, after)) {
            Some(at) => pairs.push((before, new.remove(at))),
            None => gone.push(before),
        }
    }
    (pairs, gone, new)
}

/// In what two runs differ.
fn runs(before: &Report, after: &Report) -> Vec<Differs> {
    let shard = |report: &Report| match (&report.shard, report.missing.as_slice()) {
        (Some(shard), _) => shard.clone(),
        (None, []) => "all".to_owned(),
        (None, missing) => format!("without {}", missing.join(", ")),
    };
    let explore = |report: &Report| report.explore.map_or("usual".to_owned(), |count| count.to_string());
    let both = [before, after];
    differing([
        ("version of counterproof", both.map(|report| report.counterproof.clone())),
        ("seed", both.map(|report| report.seed.to_string())),
        ("filters", both.map(Report::filter_words)),
        ("shard", both.map(shard)),
        ("random programs", both.map(explore)),
    ])
}

fn differing<const N: usize>(rows: [(&'static str, [String; 2]); N]) -> Vec<Differs> {
    let differs = rows.into_iter().filter(|(_, [before, after])| before != after);
    differs.map(|(what, [before, after])| Differs { what, before, after }).collect()
}

fn part<'a>(before: &'a Part, after: &'a Part, same_bytes: bool) -> PartDiff<'a> {
    let claims =
        |part: &Part, of: fn(&Claims) -> String| part.claims.iter().map(of).collect::<Vec<_>>().join(", ");
    let ended = |part: &Part| part.ended.map_or("unknown".to_owned(), |ended| ended.word().to_owned());
    // Of a peer that plays both, its one command says it.
    let server = |part: &Part| if part.claims.len() > 1 { part.server.clone() } else { String::new() };
    let both = [before, after];
    let differs = differing([
        ("peer", both.map(|part| part.client.clone())),
        ("server", both.map(server)),
        ("peer's version", both.map(|part| claims(part, |claims| claims.version.clone()))),
        ("profile", both.map(|part| claims(part, |claims| claims.profile.clone()))),
        ("operations", both.map(|part| claims(part, |claims| claims.operations.join(" ")))),
        ("end of the run", both.map(ended)),
    ]);
    let injects = |claims: &Claims| claims.injects_time && claims.injects_randomness;
    let is_exact = same_bytes && both.iter().all(|part| part.claims.iter().all(injects));
    let mut changes = cases(before, after, is_exact);
    changes.extend(findings(before, after, is_exact));
    changes.sort_by_key(|change| change.kind);
    PartDiff { before, after, differs, changes }
}

fn cases<'a>(before: &'a Part, after: &'a Part, is_exact: bool) -> Vec<Change<'a>> {
    let results = |part: &'a Part| {
        let results = part.cases.iter().filter_map(|case| Some((case.id.as_str(), Result::of(case)?)));
        results.collect::<BTreeMap<_, _>>()
    };
    let (earlier, later) = (results(before), results(after));
    let ids = |part: &'a Part| part.cases.iter().map(|case| case.id.as_str());
    let only_before = ids(before).filter(|id| !later.contains_key(id));
    let all = ids(after).filter(|id| later.contains_key(id)).chain(only_before);
    let change = |id| Change::of(id, earlier.get(id).copied(), later.get(id).copied(), is_exact);
    all.filter_map(change).collect()
}

/// A finding that isn't there is as good as a case that passed, where programs were played.
fn findings<'a>(before: &'a Part, after: &'a Part, is_exact: bool) -> Vec<Change<'a>> {
    let find = |part: &'a Part, id: &str| {
        let found = part.findings().iter().find(|finding| finding.id == id).map(Result::found);
        let passed = Result { verdict: Verdict::Pass, requirement: None, got: None };
        found.or(part.programs.as_ref().map(|_| passed))
    };
    let is_new = |finding: &&FindingReport| before.findings().iter().all(|earlier| earlier.id != finding.id);
    let all = before.findings().iter().chain(after.findings().iter().filter(is_new));
    let change = |finding: &'a FindingReport| {
        let id = finding.id.as_str();
        Change::of(id, find(before, id), find(after, id), is_exact)
    };
    all.filter_map(change).collect()
}

impl<'a> Result<'a> {
    /// Of a case; nothing where it says nothing of the peer.
    fn of(case: &'a CaseReport) -> Option<Self> {
        let verdict = case.own_verdict();
        let says_something = !matches!(verdict, Verdict::NotRun | Verdict::HarnessError);
        let CaseReport { requirement, got, .. } = case;
        says_something.then_some(Self { verdict, requirement: requirement.as_deref(), got: got.as_deref() })
    }

    fn found(finding: &'a FindingReport) -> Self {
        let FindingReport { requirement, got, .. } = finding;
        Self { verdict: finding.own_verdict(), requirement: Some(requirement), got: Some(got) }
    }
}

impl<'a> Change<'a> {
    /// Nothing where nothing changed. What came is compared where the same was asked with the same bytes.
    fn of(
        id: &'a str,
        before: Option<Result<'a>>,
        after: Option<Result<'a>>,
        is_exact: bool,
    ) -> Option<Self> {
        let kind = match (before, after) {
            (None, None) => return None,
            (None, Some(_)) => Kind::New,
            (Some(_), None) => Kind::Gone,
            (Some(one), Some(other)) => {
                let of = |result: Result<'a>| (result.verdict, result.requirement);
                let same = of(one) == of(other) && (!is_exact || one.got == other.got);
                match (one.verdict.conforms(), other.verdict.conforms()) {
                    (true, false) => Kind::Broke,
                    (false, true) => Kind::Mended,
                    _ if same => return None,
                    _ => Kind::Otherwise,
                }
            }
        };
        Some(Self { kind, id, before, after })
    }
}
