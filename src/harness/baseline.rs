//! What a peer is known to fail: the file of `check --expect`, one per peer.
//!
//! A listed failure becomes [`Verdict::Xfail`] and doesn't fail the run. A listed case that passes becomes
//! [`Verdict::Xpass`] and does, and so does an entry that describes nothing that happens ([`Stale`]): a
//! baseline can't rot unnoticed. What random programs found (`program:…`) is listed like a case; that a run with another
//! seed, or of fewer programs, doesn't find it again says nothing. Entries for cases that a run leaves out are not judged,
//! nor are those for cases whose outcome is none of the peer's: not run, or a fault of the harness.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::spec;
use super::suite::{Outcome, Verdict};
use peer::json;
use peer::protocol::{Number, present};

/// The reason of an entry that nobody has given one yet.
pub const ADDED: &str = "added by --update-expect: write here why this is known to fail";

/// How the name of what random programs found begins: behind it the operation and the requirement.
pub const PROGRAM: &str = "program:";

/// A baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "File", into = "File")]
pub struct Baseline {
    entries: Vec<Entry>,
    index: Index,
}

/// A baseline as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The version of this format.
    baseline: Number<1, 1>,
    /// What fails. The entry with a case's very id decides, otherwise the first whose pattern takes it.
    entries: Vec<Entry>,
}

impl From<File> for Baseline {
    fn from(file: File) -> Self {
        Self::new(file.entries)
    }
}

impl From<Baseline> for File {
    fn from(baseline: Baseline) -> Self {
        Self { baseline: 1.into(), entries: baseline.entries }
    }
}

/// Which entries can decide a case, found by its id; as places among the entries, in their order. A list of thousands
/// is asked about thousands of cases, several times.
#[derive(Clone, Debug, Default, PartialEq)]
struct Index {
    exact: HashMap<String, usize>,
    /// Patterns by what stands before their first `*`.
    beginnings: HashMap<String, Vec<usize>>,
    /// Those that begin with a `*` by what stands behind their last.
    ends: HashMap<String, Vec<usize>>,
}

impl Index {
    fn new(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        for (place, Pattern(text)) in entries.iter().map(|entry| &entry.case).enumerate() {
            match (text.split_once('*'), text.rsplit_once('*')) {
                (Some(("", _)), Some((_, end))) => index.ends.entry(end.into()).or_default().push(place),
                (Some((beginning, _)), _) => {
                    index.beginnings.entry(beginning.into()).or_default().push(place)
                }
                (None, _) => {
                    index.exact.entry(text.clone()).or_insert(place);
                }
            }
        }
        index
    }

    /// The patterns that may take the case: those that begin or end as it does.
    fn patterns(&self, id: &str) -> impl Iterator<Item = &[usize]> {
        let beginnings = (0..=id.len()).filter_map(|at| self.beginnings.get(id.get(..at)?));
        let ends = (0..=id.len()).filter_map(|at| self.ends.get(id.get(at..)?));
        beginnings.chain(ends).map(Vec::as_slice)
    }
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

/// A case's id, or the name of what random programs found, in which `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(String);

/// A verdict that a baseline can list: one that fails a run and says something of the peer. So neither what was
/// not run, nor a fault of the harness.
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

    /// Whether it is only about what random programs find. What they find depends on the seed and on how many there are.
    fn is_of_programs(&self) -> bool {
        self.0.starts_with(PROGRAM)
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let found = text.starts_with(PROGRAM);
        let fits = |byte: u8| match byte {
            b'-' | b'*' | b'0'..=b'9' | b'a'..=b'z' => true,
            b':' | b'.' | b'_' | b'A'..=b'Z' => found,
            _ => false,
        };
        match !text.is_empty() && text.bytes().all(fits) {
            true => Ok(Self(text)),
            false => Err(format!(
                "case {}: the id of a case, or program:operation:REQUIREMENT, with * for any characters",
                json::show(&text)
            )),
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
                "verdict \"{}\" can't be listed: unsupported, fail, crash, hang or protocol-violation",
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
            None => Err(format!("requirement {}: SPEC.md has no such requirement", json::show(&id))),
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

/// Whether an outcome says something of the peer. The others are no result, for no entry.
fn is_result(outcome: &Outcome) -> bool {
    !matches!(outcome.verdict, Verdict::NotRun | Verdict::HarnessError)
}

impl Default for Baseline {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

/// What the entries have to do with the cases of a profile; by place among the entries.
struct Deciding<'a> {
    /// The cases that an entry decides.
    decides: Vec<Vec<&'a str>>,
    /// Whether it takes a case at all, though another may decide it.
    takes: Vec<bool>,
}

impl Baseline {
    fn new(entries: Vec<Entry>) -> Self {
        Self { index: Index::new(&entries), entries }
    }

    /// Reads a file; the error says which line, or which entry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let baseline: Self =
            serde_json::from_str(text).map_err(|error| json::error_words(text.as_bytes(), &error))?;
        let mut seen = BTreeSet::new();
        for (number, entry) in (1..).zip(&baseline.entries) {
            if !seen.insert(entry.case.0.as_str()) {
                return Err(format!("entry {number}: {} is listed already", entry.case));
            }
        }
        Ok(baseline)
    }

    /// What is listed.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry that decides this case, and its number, counted from 1.
    pub fn entry(&self, id: &str) -> Option<(u64, &Entry)> {
        let place = self.place(id)?;
        Some((u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1), self.entries.get(place)?))
    }

    fn place(&self, id: &str) -> Option<usize> {
        let exact = self.index.exact.get(id).copied();
        exact.or_else(|| {
            let takes = |place: &usize| self.takes(*place, id);
            self.index.patterns(id).filter_map(|places| places.iter().copied().find(takes)).min()
        })
    }

    fn takes(&self, place: usize, id: &str) -> bool {
        self.entries.get(place).is_some_and(|entry| entry.case.takes(id))
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
    pub fn stale<'o>(&self, claimed: &[&str], outcomes: impl IntoIterator<Item = &'o Outcome>) -> Vec<Stale> {
        let Deciding { decides, takes } = self.deciding(claimed);
        let mut wrong: BTreeMap<usize, Vec<&Outcome>> = BTreeMap::new();
        for outcome in outcomes.into_iter().filter(|outcome| is_result(outcome)) {
            let place = self.place(&outcome.id);
            let entry = place.and_then(|place| Some((place, self.entries.get(place)?)));
            if let Some((place, _)) = entry.filter(|(_, entry)| entry.judge(outcome) == outcome.verdict) {
                wrong.entry(place).or_default().push(outcome);
            }
        }
        let mut stale = Vec::new();
        for (((number, entry), (place, decided)), takes) in
            (1..).zip(&self.entries).zip(decides.iter().enumerate()).zip(takes)
        {
            let mut add = |why| stale.push(Stale { entry: number, case: entry.case.to_string(), why });
            // What programs found another seed, or more of them, may find again.
            if !takes && !entry.case.is_of_programs() {
                add("no case of the claimed profile has this id".to_owned());
            } else if takes && decided.is_empty() {
                add("other entries decide all its cases".to_owned());
            }
            for outcome in wrong.get(&place).map(Vec::as_slice).unwrap_or_default() {
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
    pub fn updated<'o>(
        &self,
        claimed: &[&str],
        outcomes: impl IntoIterator<Item = &'o Outcome> + Clone,
    ) -> Self {
        let judged: HashMap<&str, &Outcome> = outcomes
            .clone()
            .into_iter()
            .filter(|outcome| is_result(outcome))
            .map(|outcome| (outcome.id.as_str(), outcome))
            .collect();
        let mut entries = Vec::new();
        for (entry, ids) in self.entries.iter().zip(self.deciding(claimed).decides) {
            let holds = |id: &&str| judged.get(id).is_none_or(|now| entry.judge(now) == Verdict::Xfail);
            let found_elsewhere = ids.is_empty() && entry.case.is_of_programs();
            if found_elsewhere || !ids.is_empty() && ids.iter().all(holds) {
                entries.push(entry.clone());
                continue;
            }
            entries.extend(ids.iter().filter_map(|id| match judged.get(id) {
                None => Some(Entry { case: Pattern((*id).to_owned()), ..entry.clone() }),
                Some(now) => (!now.verdict.conforms()).then(|| entry.as_it_is(now)),
            }));
        }
        let new = outcomes.into_iter().filter(|outcome| self.place(&outcome.id).is_none());
        entries.extend(new.filter_map(Entry::new));
        Self::new(entries)
    }

    fn deciding<'a>(&self, claimed: &[&'a str]) -> Deciding<'a> {
        let mut decides = vec![Vec::new(); self.entries.len()];
        let mut takes = vec![false; self.entries.len()];
        for id in claimed {
            if let Some(place) = self.place(id) {
                decides.get_mut(place).into_iter().for_each(|ids| ids.push(*id));
            }
            let exact = self.index.exact.get(*id);
            for place in exact.into_iter().chain(self.index.patterns(id).flatten()) {
                if let Some(taken) = takes.get_mut(*place) {
                    *taken = *taken || self.takes(*place, id);
                }
            }
        }
        Deciding { decides, takes }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

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
        let failure = crate::stop::failure("FRM-5", "a refusal".into(), "none".into());
        Outcome {
            id: id.into(),
            about: None,
            area: "FRM",
            verdict,
            failure: (verdict != Verdict::Pass).then_some(failure),
            witnessed: BTreeSet::new(),
            steps: Vec::new(),
            wrong_at: None,
            comparable: false,
            trace: Vec::new(),
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
        Baseline::new(entries.iter().map(entry).collect())
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
                    Verdict::NotRun | Verdict::HarnessError => {
                        assert_eq!((judged, stale.len()), (verdict, 0), "no result at all");
                    }
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
    fn what_is_no_result_is_neither_added_nor_taken_for_mended() {
        for verdict in [Verdict::HarnessError, Verdict::NotRun] {
            let outcomes = ["a", "b", "c"].map(|id| outcome(id, verdict));
            for before in [&[("a", Verdict::Fail)], &[("*", Verdict::Fail)], &[("b*", Verdict::Fail)]] {
                let before = baseline(before);
                assert_eq!(before.updated(&["a", "b", "c"], &outcomes), before, "{verdict:?}");
                assert_eq!(before.stale(&["a", "b", "c"], &outcomes), []);
            }
            assert_eq!(Entry::new(&outcome("a", verdict)), None);
        }
    }

    #[test]
    fn a_pattern_is_written_out_only_where_a_case_of_it_changed() {
        let before = baseline(&[("a*", Verdict::Fail)]);
        let ids = ["a1", "a2", "a3"];
        let run = |second| {
            let verdicts = [Verdict::Fail, second, Verdict::NotRun];
            before.updated(&ids, &ids.map(|id| outcome(id, verdicts[usize::from(id.as_bytes()[1] - b'1')])))
        };
        assert_eq!(run(Verdict::NotRun), before);
        assert_eq!(run(Verdict::Fail), before);
        assert_eq!(run(Verdict::Pass), baseline(&[("a1", Verdict::Fail), ("a3", Verdict::Fail)]));
        let crash = [("a1", Verdict::Fail), ("a2", Verdict::Crash), ("a3", Verdict::Fail)];
        assert_eq!(run(Verdict::Crash), baseline(&crash));
    }

    /// The definitions, each word by word and without a look at the time.
    mod slow {
        use super::*;

        pub(super) fn entry<'a>(baseline: &'a Baseline, id: &str) -> Option<(u64, &'a Entry)> {
            let numbered = || (1..).zip(&baseline.entries);
            let exact = numbered().find(|(_, entry)| entry.case.0 == id);
            exact.or_else(|| numbered().find(|(_, entry)| entry.case.takes(id)))
        }

        fn decides(baseline: &Baseline, number: u64, id: &str) -> bool {
            entry(baseline, id).is_some_and(|(decides, _)| decides == number)
        }

        /// Number and first word of each finding.
        pub(super) fn stale(
            baseline: &Baseline,
            claimed: &[&str],
            outcomes: &[Outcome],
        ) -> Vec<(u64, String)> {
            let mut stale = Vec::new();
            for (number, entry) in (1..).zip(&baseline.entries) {
                if !claimed.iter().any(|id| entry.case.takes(id)) {
                    stale.push((number, "no".to_owned()));
                } else if !claimed.iter().any(|id| decides(baseline, number, id)) {
                    stale.push((number, "other".to_owned()));
                }
                for outcome in outcomes.iter().filter(|outcome| is_result(outcome)) {
                    if decides(baseline, number, &outcome.id) && entry.judge(outcome) == outcome.verdict {
                        stale.push((number, entry.verdict.0.word().to_owned()));
                    }
                }
            }
            stale
        }

        pub(super) fn updated(baseline: &Baseline, claimed: &[&str], outcomes: &[Outcome]) -> Vec<Entry> {
            let now = |id: &str| outcomes.iter().rfind(|outcome| outcome.id == id && is_result(outcome));
            let mut entries = Vec::new();
            for (number, entry) in (1..).zip(&baseline.entries) {
                let ids = claimed.iter().filter(|id| decides(baseline, number, id));
                let ids: Vec<&str> = ids.copied().collect();
                if ids.is_empty() {
                    continue;
                }
                if ids.iter().all(|id| now(id).is_none_or(|now| entry.judge(now) == Verdict::Xfail)) {
                    entries.push(entry.clone());
                    continue;
                }
                for id in ids {
                    match now(id) {
                        None => entries.push(Entry { case: pattern(id), ..entry.clone() }),
                        Some(now) if now.verdict.conforms() => {}
                        Some(now) => entries.push(entry.as_it_is(now)),
                    }
                }
            }
            let new = outcomes.iter().filter(|outcome| entry(baseline, &outcome.id).is_none());
            entries.extend(new.filter_map(Entry::new));
            entries
        }
    }

    const LISTABLE: [Verdict; 3] = [Verdict::Fail, Verdict::Crash, Verdict::Unsupported];
    const PLAYED: [Verdict; 7] = [
        Verdict::Pass,
        Verdict::Warn,
        Verdict::Unsupported,
        Verdict::Fail,
        Verdict::Crash,
        Verdict::NotRun,
        Verdict::HarnessError,
    ];

    proptest! {
        #[test]
        fn the_index_changes_nothing(
            entries in proptest::collection::btree_map("[ab*]{1,4}", 0..LISTABLE.len(), 0..12),
            order in any::<u64>(),
            cases in proptest::collection::btree_map("[ab]{1,4}", (any::<bool>(), 0..PLAYED.len()), 0..12),
        ) {
            let mut entries: Vec<_> =
                entries.iter().map(|(case, verdict)| (case.as_str(), LISTABLE[*verdict])).collect();
            let places = entries.len().max(1) as u64;
            entries.rotate_left(usize::try_from(order % places).unwrap());
            let baseline = baseline(&entries);
            let claimed: Vec<&str> = cases.keys().map(String::as_str).collect();
            let run = cases.iter().filter(|(_, (run, _))| *run);
            let outcomes: Vec<_> = run.map(|(id, (_, verdict))| outcome(id, PLAYED[*verdict])).collect();
            for id in &claimed {
                prop_assert_eq!(baseline.entry(id), slow::entry(&baseline, id));
            }
            let stale = baseline.stale(&claimed, &outcomes);
            let stale: Vec<_> = stale
                .into_iter()
                .map(|stale| (stale.entry, stale.why.split(' ').next().unwrap_or_default().to_owned()))
                .collect();
            prop_assert_eq!(stale, slow::stale(&baseline, &claimed, &outcomes));
            let updated = baseline.updated(&claimed, &outcomes);
            prop_assert_eq!(updated.entries(), slow::updated(&baseline, &claimed, &outcomes));
            prop_assert_eq!(&updated.index, &Index::new(updated.entries()));
        }
    }

    /// What `check` asks of a baseline, with thousands of entries and cases.
    #[track_caller]
    fn is_quick(entries: impl Iterator<Item = String>, ids: &[String]) {
        let texts: Vec<String> = entries.collect();
        let entries: Vec<_> = texts.iter().map(|text| (text.as_str(), Verdict::Fail)).collect();
        let claimed: Vec<&str> = ids.iter().map(String::as_str).collect();
        let outcomes: Vec<_> = claimed.iter().map(|id| outcome(id, Verdict::Fail)).collect();
        let begin = Instant::now();
        let baseline = baseline(&entries);
        assert!(outcomes.iter().all(|outcome| baseline.verdict(outcome) == Verdict::Xfail));
        assert_eq!(baseline.stale(&claimed, &outcomes), []);
        assert_eq!(baseline.updated(&claimed, &outcomes), baseline);
        // A tenth of that on an idle computer; each entry looked at for each case took minutes.
        assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    }

    #[test]
    fn thousands_of_entries_are_judged_in_no_time() {
        let ids: Vec<_> = (0..5000).map(|number| format!("frame-parse-{number}-cut")).collect();
        is_quick(ids.iter().cloned(), &ids);
        is_quick((0..2500).map(|number| format!("frame-parse-{number}-*")), &ids[..2500]);
        is_quick((0..2500).map(|number| format!("*-{number}-cut")), &ids[..2500]);
    }
}
