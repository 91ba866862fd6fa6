//! Counts beside those of before: the committed baseline, which more than before is too many, and what was accepted.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::built::Built;
use crate::callgrind::Counts;
use peer::protocol::Number;

/// The version of the format.
pub const VERSION: u32 = 1;
/// How many more instructions are the same: half of a percent.
const SOFT: f64 = 0.005;

/// The file of counts: the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// [`VERSION`].
    pub counts: Number<1, VERSION>,
    /// What was counted.
    pub built: Built,
    /// What each operation took.
    pub operations: BTreeMap<String, Counts>,
}

/// Something that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Instructions of this program.
    Instructions,
    /// AES blocks.
    AesBlocks,
    /// Rounds of key schedules.
    KeyRounds,
    /// Calls that allocate.
    Allocations,
    /// Calls that copy.
    Copies,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Instructions, Self::AesBlocks, Self::KeyRounds, Self::Allocations, Self::Copies];

    fn of(self, counts: &Counts) -> u64 {
        match self {
            Self::Instructions => counts.instructions,
            Self::AesBlocks => counts.aes_blocks,
            Self::KeyRounds => counts.key_rounds,
            Self::Allocations => counts.allocations,
            Self::Copies => counts.copies,
        }
    }

    /// The most that is the same as so many.
    fn most(self, count: u64) -> u64 {
        match self {
            Self::Instructions => count.saturating_add((count as f64 * SOFT) as u64),
            _ => count,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Instructions => "instructions",
            Self::AesBlocks => "AES blocks",
            Self::KeyRounds => "rounds of key schedules",
            Self::Allocations => "allocations",
            Self::Copies => "copies",
        })
    }
}

/// The file of what was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Each that may be more than the baseline says.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
}

/// More than before, and wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The operation.
    pub operation: String,
    /// Of what it takes more.
    pub what: What,
    /// How many it may take.
    pub count: u64,
    /// Why.
    pub why: String,
}

/// What became of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// More than it may be.
    More,
    /// More, for this reason.
    Accepted(&'a str),
    /// Less than before, by more than chance.
    Less,
    /// An operation that the baseline doesn't have.
    New,
    /// An operation that only the baseline has.
    Gone,
}

/// A count that isn't as before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The operation.
    pub operation: &'a str,
    /// What is counted.
    pub what: What,
    /// How many there were.
    pub before: u64,
    /// How many there are.
    pub now: u64,
    /// What that means.
    pub verdict: Verdict<'a>,
}

/// All that isn't as before, and the acceptances that nothing needs.
pub struct Comparison<'a> {
    /// In the order of the operations' names.
    pub rows: Vec<Row<'a>>,
    /// What was accepted and isn't more than before.
    pub stale: Vec<&'a Accepted>,
    /// How many counts are as before.
    pub same: usize,
}

/// Compares what was counted with the baseline.
pub fn compare<'a>(before: &'a Baseline, now: &'a Baseline, accepted: &'a Acceptance) -> Comparison<'a> {
    let mut rows = Vec::new();
    let mut same = 0;
    let names = before.operations.iter().chain(&now.operations).map(|(name, _)| name.as_str());
    let names: std::collections::BTreeSet<&str> = names.collect();
    for operation in names {
        let [was, is] = [before, now].map(|baseline| baseline.operations.get(operation));
        for what in What::ALL {
            let row = |before, now, verdict| Row { operation, what, before, now, verdict };
            match (was.map(|counts| what.of(counts)), is.map(|counts| what.of(counts))) {
                (Some(before), Some(now)) => match judge(operation, what, [before, now], accepted) {
                    Some(verdict) => rows.push(row(before, now, verdict)),
                    None => same += 1,
                },
                (None, Some(now)) if what == What::Instructions => rows.push(row(0, now, Verdict::New)),
                (Some(before), None) if what == What::Instructions => {
                    rows.push(row(before, 0, Verdict::Gone))
                }
                _ => {}
            }
        }
    }
    let is_needed = |accepted: &&Accepted| {
        let is_its = |row: &Row<'_>| row.operation == accepted.operation && row.what == accepted.what;
        rows.iter().any(|row| is_its(row) && matches!(row.verdict, Verdict::More | Verdict::Accepted(_)))
    };
    let stale = accepted.accepted.iter().filter(|accepted| !is_needed(accepted)).collect();
    Comparison { rows, stale, same }
}

fn judge<'a>(
    operation: &str,
    what: What,
    [before, now]: [u64; 2],
    accepted: &'a Acceptance,
) -> Option<Verdict<'a>> {
    if before > what.most(now) {
        return Some(Verdict::Less);
    }
    if now <= what.most(before) {
        return None;
    }
    let is_its = |accepted: &&Accepted| {
        accepted.operation == operation && accepted.what == what && now <= what.most(accepted.count)
    };
    Some(accepted.accepted.iter().find(is_its).map_or(Verdict::More, |it| Verdict::Accepted(&it.why)))
}

impl Comparison<'_> {
    /// Whether nothing takes more than it may.
    pub fn is_good(&self) -> bool {
        !self.rows.iter().any(|row| row.verdict == Verdict::More)
    }

    /// A table of what isn't as before, as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        if !self.rows.is_empty() {
            text += "| operation | what | before | now | change | |\n|---|---|---:|---:|---:|---|\n";
        }
        for Row { operation, what, before, now, verdict } in &self.rows {
            let change = match before {
                0 => String::new(),
                _ => format!("{:+.2} %", (*now as f64 / *before as f64 - 1.0) * 100.0),
            };
            let words = match verdict {
                Verdict::More => "**more**".to_owned(),
                Verdict::Accepted(why) => format!("accepted: {}", why.replace(['|', '\n'], " ")),
                Verdict::Less => "less".to_owned(),
                Verdict::New => "new".to_owned(),
                Verdict::Gone => "gone".to_owned(),
            };
            // A String takes what it is given.
            let _ = writeln!(text, "| {operation} | {what} | {before} | {now} | {change} | {words} |");
        }
        for Accepted { operation, what, .. } in &self.stale {
            let _ = writeln!(text, "accepted, and not needed: {operation}, {what}");
        }
        let more = self.rows.iter().filter(|row| row.verdict == Verdict::More).count();
        let _ = writeln!(text, "{more} more than they may be; {} as before", self.same);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(instructions: u64, aes_blocks: u64) -> Baseline {
        let counts = Counts { instructions, aes_blocks, allocations: 2, ..Counts::default() };
        let built = Built { compiler: "rustc".into(), optimised: true, features: vec!["aes".into()] };
        Baseline { counts: VERSION.into(), built, operations: [("seal".to_owned(), counts)].into() }
    }

    fn accept(what: What, count: u64) -> Acceptance {
        Acceptance { accepted: vec![Accepted { operation: "seal".into(), what, count, why: "safer".into() }] }
    }

    #[test]
    fn half_a_percent_more_instructions_is_the_same_and_one_more_block_is_not() {
        let (before, none) = (counted(10_000, 28), Acceptance::default());
        let verdicts = |now: &Baseline, accepted: &Acceptance| {
            let comparison = compare(&before, now, accepted);
            let of = |row: &Row<'_>| format!("{} {:?}", row.what, row.verdict);
            (comparison.rows.iter().map(of).collect::<Vec<_>>(), comparison.is_good())
        };
        for (instructions, blocks, expected, is_good) in [
            (10_050, 28, None, true),
            (10_051, 28, Some("instructions More"), false),
            (9_951, 28, None, true),
            (9_949, 28, Some("instructions Less"), true),
            (10_000, 29, Some("AES blocks More"), false),
            (10_000, 27, Some("AES blocks Less"), true),
        ] {
            let (rows, good) = verdicts(&counted(instructions, blocks), &none);
            assert_eq!((rows.first().map(String::as_str), rows.len() < 2, good), (expected, true, is_good));
        }
        // What is accepted is so up to a number, and of one thing.
        let more = counted(10_500, 28);
        assert!(verdicts(&more, &accept(What::Instructions, 10_500)).1);
        assert!(!verdicts(&more, &accept(What::Instructions, 10_400)).1);
        assert!(!verdicts(&more, &accept(What::Copies, 10_500)).1);
    }

    #[test]
    fn the_table_names_what_changed_and_what_need_not_be_accepted() {
        let (before, mut now) = (counted(10_000, 28), counted(10_500, 28));
        now.operations.insert("open".into(), Counts { instructions: 7, ..Counts::default() });
        let table = compare(&before, &now, &accept(What::Copies, 9)).markdown();
        assert!(table.contains("| seal | instructions | 10000 | 10500 | +5.00 % | **more** |"), "{table}");
        assert!(table.contains("| open | instructions | 0 | 7 |  | new |"), "{table}");
        assert!(table.contains("accepted, and not needed: seal, copies"), "{table}");
        assert!(table.ends_with("1 more than they may be; 4 as before\n"), "{table}");
        let table = compare(&before, &now, &accept(What::Instructions, 10_500)).markdown();
        assert!(table.contains("accepted: safer"), "{table}");
    }
}
