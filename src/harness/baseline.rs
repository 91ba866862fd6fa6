//! What a peer is known to fail: the file of `check --expect`, one per peer.
//!
//! A listed failure becomes [`Verdict::Xfail`] and doesn't fail the run. A listed case that passes becomes
//! [`Verdict::Xpass`] and does, and so does an entry that describes nothing that happens ([`Stale`]): a
//! baseline can't rot unnoticed. Entries for cases that a run leaves out are not judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::protocol::{Number, present};
use super::spec;
use super::suite::{Outcome, Verdict};

/// The reason of an entry that nobody has given one yet.
pub const ADDED: &str = "added by --update-expect: write here why this is known to fail";

/// A baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of this format.
    pub baseline: Number<1, 1>,
    /// What fails. The entry with a case's very id decides, otherwise the first whose pattern takes it.
    pub entries: Vec<Entry>,
}

/// A known failure, or several of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Which cases.
    pub case: Pattern,
    /// How they fail.
    pub verdict: Listed,
    /// The requirement that they must be blamed on; any where there is none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub requirement: Option<RequirementId>,
    /// Why that is known, for the next reader.
    pub reason: Reason,
    /// Where it is tracked.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A case's id, in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// A verdict that a baseline can list: one that fails a run and says something of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Verdict", into = "Verdict")]
pub struct Listed(Verdict);

/// The id of a requirement of `SPEC.md`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RequirementId(String);

/// Words, not none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

impl Pattern {
    /// Whether it takes the case with this id.
    pub fn takes(&self, id: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else { return self.0 == id };
        let Some(mut left) = id.strip_prefix(first) else { return false };
        let mut parts: Vec<&str> = rest.split('*').collect();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            let Some((_, after)) = left.split_once(part) else { return false };
            left = after;
        }
        left.ends_with(last)
    }

    fn is_exact(&self) -> bool {
        !self.0.contains('*')
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-*".contains(&byte);
        match !text.is_empty() && text.bytes().all(fits) {
            true => Ok(Self(text)),
            false => Err(format!("case {text:?}: the id of a case, with * for any characters")),
        }
    }
}

impl TryFrom<Verdict> for Listed {
    type Error = String;

    fn try_from(verdict: Verdict) -> Result<Self, String> {
        use Verdict::{Crash, Fail, Hang, ProtocolViolation, Unsupported};
        match verdict {
            Unsupported | Fail | Crash | Hang | ProtocolViolation => Ok(Self(verdict)),
            other => Err(format!(
                "verdict {:?} can't be listed: unsupported, fail, crash, hang or protocol-violation",
                other.word()
            )),
        }
    }
}

impl TryFrom<String> for RequirementId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        match spec::find(&id) {
            Some(_) => Ok(Self(id)),
            None => Err(format!("requirement {id:?}: SPEC.md has no such requirement")),
        }
    }
}

impl TryFrom<String> for Reason {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.trim().is_empty() {
            false => Ok(Self(text)),
            true => Err("a reason must not be empty".into()),
        }
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0
    }
}

impl From<Listed> for Verdict {
    fn from(listed: Listed) -> Self {
        listed.0
    }
}

impl From<RequirementId> for String {
    fn from(id: RequirementId) -> Self {
        id.0
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        reason.0
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An entry that describes nothing that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stale {
    /// Which entry, counted from 1.
    pub entry: u64,
    /// Its case, as written.
    pub case: String,
    /// What is wrong with it.
    pub why: String,
}

impl Entry {
    /// What the entry makes of an outcome of its cases.
    fn judge(&self, outcome: &Outcome) -> Verdict {
        match outcome.verdict {
            Verdict::Pass => Verdict::Xpass,
            verdict if verdict == self.verdict.0 && self.blames(outcome) => Verdict::Xfail,
            verdict => verdict,
        }
    }

    fn blames(&self, outcome: &Outcome) -> bool {
        self.requirement.as_ref().is_none_or(|id| Some(id.0.as_str()) == requirement_of(outcome))
    }

    /// The same known failure as it shows itself now.
    fn as_it_is(&self, outcome: &Outcome) -> Self {
        let verdict = Listed::try_from(outcome.verdict).unwrap_or(self.verdict);
        let now = requirement_of(outcome).map(|id| RequirementId(id.to_owned()));
        let requirement = self.requirement.clone().and(now);
        Self { case: Pattern(outcome.id.clone()), verdict, requirement, ..self.clone() }
    }

    fn new(outcome: &Outcome) -> Option<Self> {
        Some(Self {
            case: Pattern(outcome.id.clone()),
            verdict: Listed::try_from(outcome.verdict).ok()?,
            requirement: requirement_of(outcome).map(|id| RequirementId(id.to_owned())),
            reason: Reason(ADDED.into()),
            link: None,
        })
    }
}

fn requirement_of(outcome: &Outcome) -> Option<&'static str> {
    outcome.failure.as_ref().map(|failure| failure.requirement)
}

impl Default for Baseline {
    fn default() -> Self {
        Self { baseline: 1.into(), entries: Vec::new() }
    }
}

impl Baseline {
    /// Reads a file; the error says which line, or which entry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut seen = BTreeSet::new();
        for (number, entry) in (1..).zip(&baseline.entries) {
            if !seen.insert(entry.case.0.as_str()) {
                return Err(format!("entry {number}: {} is listed already", entry.case));
            }
        }
        Ok(baseline)
    }

    /// The entry that decides this case, and its number, counted from 1.
    pub fn entry(&self, id: &str) -> Option<(u64, &Entry)> {
        let numbered = || (1..).zip(&self.entries);
        let exact = numbered().find(|(_, entry)| entry.case.is_exact() && entry.case.takes(id));
        exact.or_else(|| numbered().find(|(_, entry)| entry.case.takes(id)))
    }

    /// The outcome's verdict as this baseline sees it.
    pub fn verdict(&self, outcome: &Outcome) -> Verdict {
        self.entry(&outcome.id).map_or(outcome.verdict, |(_, entry)| entry.judge(outcome))
    }

    /// How many entries still have no reason of a person's.
    pub fn without_reason(&self) -> usize {
        self.entries.iter().filter(|entry| entry.reason.0 == ADDED).count()
    }

    /// The entries that describe nothing: among `claimed`, all ids of the peer's profile, whether they were
    /// run or not, and among the outcomes of those that were.
    pub fn stale(&self, claimed: &[&str], outcomes: &[Outcome]) -> Vec<Stale> {
        let decides = self.deciding(claimed);
        let mut stale = Vec::new();
        for (number, entry) in (1..).zip(&self.entries) {
            let mut add = |why| stale.push(Stale { entry: number, case: entry.case.to_string(), why });
            if !claimed.iter().any(|id| entry.case.takes(id)) {
                add("no case of the claimed profile has this id".to_owned());
            } else if !decides.contains_key(&number) {
                add("other entries decide all its cases".to_owned());
            }
            for outcome in outcomes.iter().filter(|outcome| {
                self.entry(&outcome.id).is_some_and(|(decides, _)| decides == number)
                    && entry.judge(outcome) == outcome.verdict
            }) {
                let on = |id: Option<&str>| id.map(|id| format!(" on {id}")).unwrap_or_default();
                add(format!(
                    "{}{} is listed, {}: {}{}",
                    entry.verdict.0.word(),
                    on(entry.requirement.as_ref().map(|id| id.0.as_str())),
                    outcome.id,
                    outcome.verdict.word(),
                    on(requirement_of(outcome))
                ));
            }
        }
        stale
    }

    /// This baseline after a run: what still fails keeps its reason and link, what passes goes, new failures
    /// come last. A pattern that no longer holds for all its cases is written out. What was not run stays.
    pub fn updated(&self, claimed: &[&str], outcomes: &[Outcome]) -> Self {
        let judged: BTreeMap<&str, &Outcome> = outcomes
            .iter()
            .filter(|outcome| outcome.verdict != Verdict::HarnessError)
            .map(|outcome| (outcome.id.as_str(), outcome))
            .collect();
        let decides = self.deciding(claimed);
        let mut entries = Vec::new();
        for (number, entry) in (1..).zip(&self.entries) {
            let ids = decides.get(&number).map(Vec::as_slice).unwrap_or_default();
            let holds = |id: &&str| judged.get(id).is_none_or(|now| entry.judge(now) == Verdict::Xfail);
            if !ids.is_empty() && ids.iter().all(holds) {
                entries.push(entry.clone());
                continue;
            }
            entries.extend(ids.iter().filter_map(|id| match judged.get(id) {
                None => Some(Entry { case: Pattern((*id).to_owned()), ..entry.clone() }),
                Some(now) => (!now.verdict.conforms()).then(|| entry.as_it_is(now)),
            }));
        }
        let new = outcomes.iter().filter(|outcome| self.entry(&outcome.id).is_none());
        entries.extend(new.filter_map(Entry::new));
        Self { entries, ..self.clone() }
    }

    /// For each entry, by its number, the cases that it decides.
    fn deciding<'a>(&self, claimed: &[&'a str]) -> BTreeMap<u64, Vec<&'a str>> {
        let mut decides: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
        for id in claimed {
            if let Some((number, _)) = self.entry(id) {
                decides.entry(number).or_default().push(id);
            }
        }
        decides
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::harness::trial::Failure;

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (text, id, takes) in [
            ("a-b", "a-b", true),
            ("a-b", "a-bc", false),
            ("*", "a-b", true),
            ("a*", "a", true),
            ("*b", "a-b", true),
            ("*b", "a-bc", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("ab*ba", "aba", false),
            ("a*a", "a", false),
            ("**", "", true),
        ] {
            assert_eq!(pattern(text).takes(id), takes, "{text} {id}");
        }
    }

    fn outcome(id: &str, verdict: Verdict) -> Outcome {
        let failure = Failure { requirement: "FRM-5", expected: "a refusal".into(), got: "none".into() };
        Outcome {
            id: id.into(),
            area: "FRM",
            verdict,
            failure: (verdict != Verdict::Pass).then_some(failure),
            witnessed: BTreeSet::new(),
            steps: Vec::new(),
            took: Duration::ZERO,
        }
    }

    fn baseline(entries: &[(&str, Verdict)]) -> Baseline {
        let entry = |(case, verdict): &(&str, Verdict)| Entry {
            case: pattern(case),
            verdict: Listed(*verdict),
            requirement: None,
            reason: Reason("because".into()),
            link: None,
        };
        Baseline { entries: entries.iter().map(entry).collect(), ..Baseline::default() }
    }

    #[test]
    fn only_the_listed_verdict_is_expected_and_a_pass_is_news() {
        for listed in [Verdict::Fail, Verdict::Crash] {
            let baseline = baseline(&[("a", listed)]);
            for verdict in Verdict::ALL {
                let outcome = outcome("a", verdict);
                let judged = baseline.verdict(&outcome);
                let stale = baseline.stale(&["a"], std::slice::from_ref(&outcome));
                match verdict {
                    Verdict::Pass => assert_eq!((judged, stale.len()), (Verdict::Xpass, 0)),
                    same if same == listed => assert_eq!((judged, stale.len()), (Verdict::Xfail, 0)),
                    // A verdict that conforms otherwise is no failure, but the entry is wrong all the same.
                    other => assert_eq!((judged, stale.len()), (other, 1)),
                }
            }
        }
    }

    #[test]
    fn an_exact_entry_decides_before_a_pattern_and_an_earlier_before_a_later() {
        let baseline = baseline(&[("a*", Verdict::Hang), ("*", Verdict::Crash), ("ab", Verdict::Fail)]);
        let number = |id| baseline.entry(id).map(|(number, _)| number);
        assert_eq!([number("ab"), number("ac"), number("b")], [Some(3), Some(1), Some(2)]);
    }

    #[test]
    fn a_fault_of_the_harness_is_neither_added_nor_taken_for_mended() {
        let outcomes = ["a", "b"].map(|id| outcome(id, Verdict::HarnessError));
        let before = baseline(&[("a", Verdict::Fail)]);
        assert_eq!(before.updated(&["a", "b"], &outcomes), before);
    }
}
