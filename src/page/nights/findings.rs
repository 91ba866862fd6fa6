//! What was found: what is new tonight, what was known, and what was not seen again.

use std::collections::{BTreeMap, BTreeSet};

use harness::spec;
use night::record::{Finding, Kind};

use super::history::{By, History};
use crate::escape::spelled_out;
use crate::words::{Count, counted, day, slug};

/// How many lines of what a program said are shown, how many characters of each, how many functions.
const LINES: usize = 20;
const LINE: usize = 600;
const FRAMES: usize = 12;
/// How many things that were not found again are listed.
const GONE: usize = 30;

/// A finding, as the page shows it.
pub(crate) struct FindingView<'a> {
    pub(crate) anchor: String,
    pub(crate) standing: Standing,
    /// The targets, and the peers.
    pub(crate) by: String,
    pub(crate) kind: &'static str,
    pub(crate) rule: Option<&'a str>,
    pub(crate) sentence: &'static str,
    pub(crate) said: Vec<String>,
    pub(crate) frames: Vec<String>,
    pub(crate) seen: String,
    pub(crate) input: &'a str,
    pub(crate) length: String,
    pub(crate) key: &'a str,
    pub(crate) again: &'a str,
}

/// Whether somebody has seen it before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// What was mended fails again.
    Back,
    Known,
}

impl Standing {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Standing::New => "new",
            Standing::Back => "back",
            Standing::Known => "known",
        }
    }

    /// Its class in the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Standing::New | Standing::Back => "fail",
            Standing::Known => "other",
        }
    }
}

/// What was found earlier and not tonight.
pub(crate) struct Gone<'a> {
    pub(crate) by: String,
    pub(crate) said: String,
    pub(crate) rule: &'a str,
    pub(crate) last: String,
}

/// What tonight found.
pub(crate) struct Findings<'a> {
    pub(crate) news: Vec<FindingView<'a>>,
    pub(crate) known: Vec<FindingView<'a>>,
    pub(crate) gone: Vec<Gone<'a>>,
    /// How many more are gone.
    pub(crate) more: usize,
}

/// A finding, and all who have it.
struct Found<'a> {
    finding: &'a Finding,
    by: BTreeSet<By<'a>>,
    count: u64,
    is_new: bool,
    is_back: bool,
    /// The night that had it first, and the last one.
    first: u64,
    last: u64,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(history: &History<'a>) -> Self {
        let mut earlier: BTreeMap<&str, Found<'a>> = BTreeMap::new();
        let mut nights: Vec<_> = history.earlier().collect();
        nights.sort_by_key(|night| night.begun);
        for night in nights {
            night.findings().for_each(|(by, finding)| add(&mut earlier, by, finding, night.begun));
        }
        let mut tonight = BTreeMap::new();
        for night in history.current() {
            night.findings().for_each(|(by, finding)| add(&mut tonight, by, finding, night.begun));
        }
        let view = |found: &Found<'a>| FindingView::new(found, earlier.get(found.finding.key.as_str()));
        let (mut news, known): (Vec<_>, Vec<_>) =
            tonight.values().map(view).partition(|it| it.standing != Standing::Known);
        // What was mended and is back is the worst.
        news.sort_by_key(|it| it.standing == Standing::New);
        let mut gone: Vec<_> =
            earlier.values().filter(|found| !tonight.contains_key(found.finding.key.as_str())).collect();
        gone.sort_by_key(|found| std::cmp::Reverse(found.last));
        let more = gone.len().saturating_sub(GONE);
        let gone = gone.into_iter().take(GONE).map(Gone::new).collect();
        Self { news, known, gone, more }
    }
}

fn add<'a>(all: &mut BTreeMap<&'a str, Found<'a>>, by: By<'a>, finding: &'a Finding, night: u64) {
    let found = all.entry(&finding.key).or_insert_with(|| Found {
        finding,
        by: BTreeSet::new(),
        count: 0,
        is_new: false,
        is_back: false,
        first: night,
        last: night,
    });
    found.by.insert(by);
    found.count = found.count.saturating_add(finding.count);
    found.is_new |= finding.is_new;
    found.is_back |= finding.kind == Kind::Regression;
    found.last = night;
    // The shortest is shown.
    if finding.length < found.finding.length {
        found.finding = finding;
    }
}

fn names(by: &BTreeSet<By<'_>>) -> String {
    let name = |by: &By<'_>| match by {
        By::Target(name) => (*name).to_owned(),
        By::Peer(name) => format!("peer {name}"),
    };
    by.iter().map(name).collect::<Vec<_>>().join(", ")
}

impl<'a> FindingView<'a> {
    fn new(found: &Found<'a>, earlier: Option<&Found<'a>>) -> Self {
        let finding = found.finding;
        let standing = match earlier {
            _ if found.is_back => Standing::Back,
            None if found.is_new => Standing::New,
            _ => Standing::Known,
        };
        let since = match (earlier, standing) {
            (Some(earlier), _) => format!(", for the first time on {}", day(earlier.first)),
            (None, Standing::Known) => ", and before this record begins".to_owned(),
            (None, _) => String::new(),
        };
        let lines: Vec<&str> = finding.said.lines().collect();
        let more = lines.len().saturating_sub(LINES);
        let said = lines.iter().take(LINES).map(|line| spelled_out(line, LINE));
        Self {
            anchor: format!("finding-{}", slug(&finding.key)),
            standing,
            by: names(&found.by),
            kind: sentence(finding.kind),
            rule: finding.rule.as_deref(),
            sentence: finding.rule.as_deref().and_then(spec::find).map_or("", |rule| rule.text),
            said: said
                .chain((more > 0).then(|| format!("… and {}", counted(Count::of(more).0, "more line"))))
                .collect(),
            frames: finding.frames.iter().take(FRAMES).map(|frame| spelled_out(frame, LINE)).collect(),
            seen: format!("{} tonight{since}", counted(found.count, "input")),
            input: &finding.input,
            length: counted(finding.length, "byte"),
            key: &finding.key,
            again: &finding.again,
        }
    }

    /// By what it is filtered.
    pub(crate) fn words(&self) -> &'static str {
        self.standing.word()
    }
}

impl<'a> Gone<'a> {
    fn new(found: &Found<'a>) -> Self {
        Self {
            by: names(&found.by),
            said: spelled_out(found.finding.said.lines().next().unwrap_or_default(), LINE),
            rule: found.finding.rule.as_deref().unwrap_or("none named"),
            last: day(found.last),
        }
    }
}

/// What kind of failure it is, for people.
fn sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::Panic => "An oracle said no, or something panicked.",
        Kind::Sanitizer => "The sanitizer saw a wrong access to memory.",
        Kind::Timeout => "An input takes longer than it may.",
        Kind::OutOfMemory => "An input takes more memory than it may.",
        Kind::Regression => "An input that was mended fails again.",
        Kind::Died => "The process ended in another way.",
        Kind::Difference => "The peer answers otherwise than the specification says.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use night::record::Entry;
    use serde_json::json;

    fn finding(key: &str, kind: &str, is_new: bool) -> serde_json::Value {
        json!({"key": key, "kind": kind, "said": format!("{key} went wrong"), "frames": [], "count": 2, "is_new": is_new,
            "input": "findings/x", "length": 3, "again": "cargo test"})
    }

    fn night(begun: u64, target: &str, findings: &[serde_json::Value]) -> Entry {
        serde_json::from_value(json!({"night": 1, "begun": begun, "counterproof": "0.1.0", "line": "target", "target": target,
            "from_empty": false, "seconds": 1.0, "executions": 1, "floor": 1, "edges": {"before": 0, "after": 1},
            "inputs": {"before": 0, "after": 1}, "bytes": {"before": 0, "after": 1}, "slowest_ms": 1, "peak_mb": 1,
            "findings": findings}))
        .unwrap()
    }

    #[test]
    fn new_is_what_no_night_before_has() {
        let entries = [
            night(0, "a", &[finding("old", "panic", true), finding("mended", "panic", true)]),
            night(0, "b", &[finding("gone", "timeout", true)]),
            // What it says of itself counts where the record is silent, and not against it.
            night(86_400, "a", &[finding("old", "panic", true), finding("fresh", "panic", true)]),
            night(
                86_400,
                "b",
                &[
                    finding("fresh", "panic", false),
                    finding("elsewhere", "died", false),
                    finding("mended", "regression", false),
                ],
            ),
        ];
        let Findings { news, known, gone, more } = Findings::new(&History::new(&entries));
        let told = |views: &[FindingView<'_>]| {
            views
                .iter()
                .map(|it| format!("{} {}: {}, {}", it.standing.word(), it.key, it.by, it.seen))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told(&news),
            [
                "back mended: b, 2 inputs tonight, for the first time on 1970-01-01",
                "new fresh: a, b, 4 inputs tonight"
            ]
        );
        assert_eq!(
            told(&known),
            [
                "known elsewhere: b, 2 inputs tonight, and before this record begins",
                "known old: a, 2 inputs tonight, for the first time on 1970-01-01"
            ]
        );
        assert_eq!((gone.len(), gone[0].said.as_str(), more), (1, "gone went wrong", 0));
    }
}
