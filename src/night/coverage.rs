//! What of the reference was reached: read from the export of `llvm-cov`, summed up floor by floor, and held against
//! what was reached before.
//!
//! The export is that of `llvm-cov export --format=lcov`, a line for each fact:
//! ```text
//! SF:/somewhere/counterproof/src/channel/wire/frame.rs
//! DA:81,5               line 81 ran five times
//! BRDA:90,0,1,2         of line 90, branch 1 of condition 0 was taken twice (`-`: the condition was never asked)
//! end_of_record
//! ```
//! Functions and sums stand there, too, and are left out: the sums count some branches twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use peer::protocol::Number;

use crate::record::{Coverage, Reached, Share};

/// The floors of the reference that the fuzz targets are to reach.
pub const FLOORS: [&str; 6] = ["wire", "text", "crypto", "license", "client", "server"];
/// How much of each floor is to be reached, of its lines and of its branches, in hundredths of a per cent.
pub const GOALS: [u64; 2] = [9_500, 9_000];
/// The version of the format of [`Floors`].
pub const VERSION: u32 = 1;

/// What of the reference was reached: file, such as `wire/frame.rs` → what of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(BTreeMap<String, File>);

/// What was reached of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct File {
    /// Line → whether it ran.
    lines: BTreeMap<u64, bool>,
    /// Line, condition, branch → whether it was taken.
    branches: BTreeMap<[u64; 3], bool>,
}

/// Why an export can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoExport {
    /// A line, counted from one, that is none of the format.
    Line(usize),
    /// Nothing of this floor is in it.
    Floor(&'static str),
}

impl fmt::Display for NoExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number} of the export of llvm-cov is none of lcov's"),
            Self::Floor(floor) => write!(f, "the export of llvm-cov has no file of src/channel/{floor}"),
        }
    }
}

impl std::error::Error for NoExport {}

/// A line of an export, as far as it is of use.
enum Fact<'a> {
    /// What follows is of this file.
    File(&'a str),
    /// A line, and how often it ran.
    Line(u64, u64),
    /// Line, condition and branch, and how often it was taken.
    Branch([u64; 3], u64),
    /// Something else.
    Other,
}

impl<'a> Fact<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let (kind, rest) = line.split_once(':').unwrap_or((line, ""));
        let mut fields = rest.split(',');
        let mut number = || match fields.next()? {
            "-" => Some(0),
            digits => digits.parse().ok(),
        };
        Some(match kind {
            "SF" => Self::File(rest),
            "DA" => Self::Line(number()?, number()?),
            "BRDA" => Self::Branch([number()?, number()?, number()?], number()?),
            _ => Self::Other,
        })
    }
}

impl Reach {
    /// Reads an export: of the files below `folder`, those of [`FLOORS`].
    pub fn read(export: &str, folder: &str) -> Result<Self, NoExport> {
        let mut files = BTreeMap::<String, File>::new();
        let mut file = None;
        for (line, number) in export.lines().zip(1..) {
            match (Fact::read(line).ok_or(NoExport::Line(number))?, &mut file) {
                (Fact::File(path), _) => {
                    file = below(path, folder).map(|path| files.entry(path.to_owned()).or_default());
                }
                (Fact::Line(line, count), Some(file)) => *file.lines.entry(line).or_default() |= count > 0,
                (Fact::Branch(branch, count), Some(file)) => {
                    *file.branches.entry(branch).or_default() |= count > 0;
                }
                _ => {}
            }
        }
        let is_empty = |floor: &&str| !files.keys().any(|path| floor_of(path) == *floor);
        match FLOORS.into_iter().find(is_empty) {
            Some(floor) => Err(NoExport::Floor(floor)),
            None => Ok(Self(files)),
        }
    }

    /// Leaves out what only a fault of the zoo decides, which isn't compiled into what is fuzzed: the branches of lines
    /// that ask for one, or for a switch that one has set. `text` gives the text of a file.
    pub fn without_faults<E>(mut self, text: impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        for (path, file) in &mut self.0 {
            let asking = lines_with_faults(&text(path)?);
            file.branches.retain(|[line, ..], _| !asking.contains(line));
        }
        Ok(self)
    }

    /// The sums, floor by floor.
    pub fn coverage(&self) -> Coverage {
        let sum = |floor: &str| {
            let mut reached = Reached { floor: floor.to_owned(), ..Reached::default() };
            for (_, file) in self.0.iter().filter(|(path, _)| floor_of(path) == floor) {
                file.lines.values().for_each(|ran| count(&mut reached.lines, *ran));
                file.branches.values().for_each(|taken| count(&mut reached.branches, *taken));
            }
            reached
        };
        Coverage { floors: FLOORS.into_iter().map(sum).collect() }
    }

    /// What wasn't reached, file by file.
    pub fn gaps(&self) -> impl Iterator<Item = Gaps<'_>> {
        self.0.iter().filter_map(|(path, file)| {
            let lines: BTreeSet<u64> = missing(&file.lines).copied().collect();
            // A condition that was never asked is told by its line.
            let branches =
                missing(&file.branches).map(|[line, ..]| *line).filter(|line| !lines.contains(line));
            let gaps = Gaps { path, branches: branches.collect(), lines };
            (!gaps.lines.is_empty() || !gaps.branches.is_empty()).then_some(gaps)
        })
    }
}

fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let path = path.strip_prefix(folder)?.strip_prefix('/')?;
    FLOORS.contains(&floor_of(path)).then_some(path)
}

fn floor_of(path: &str) -> &str {
    path.split_once('/').map_or("", |(floor, _)| floor)
}

fn count(share: &mut Share, is_reached: bool) {
    share.of += 1;
    share.reached += u64::from(is_reached);
}

fn missing<K>(all: &BTreeMap<K, bool>) -> impl Iterator<Item = &K> {
    all.iter().filter(|(_, is_reached)| !**is_reached).map(|(place, _)| place)
}

/// What wasn't reached of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gaps<'a> {
    /// The file, such as `wire/frame.rs`.
    pub path: &'a str,
    /// The lines that never ran.
    pub lines: BTreeSet<u64>,
    /// The lines that ran, but always went on in the same way.
    pub branches: BTreeSet<u64>,
}

/// Lines as a person writes them: `3, 7 to 9`.
pub fn ranges(lines: &BTreeSet<u64>) -> String {
    let mut ranges: Vec<[u64; 2]> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some([_, last]) if *last + 1 == *line => *last = *line,
            _ => ranges.push([*line; 2]),
        }
    }
    let words = ranges.iter().map(|[first, last]| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first} to {last}"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Hundredths of a per cent, rounded down: only all is 10,000. Of nothing, all is reached.
pub fn hundredths(share: Share) -> u64 {
    share.reached.saturating_mul(10_000).checked_div(share.of).unwrap_or(10_000)
}

/// What was reached before, and what is known not to be: `fuzz/coverage.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floors {
    /// [`VERSION`].
    pub coverage: Number<1, VERSION>,
    /// By floor of the reference, what seeds and regressions alone reached.
    pub floors: Vec<Reached>,
    /// File, such as `wire/frame.rs` → why not all of it is reached.
    pub unreached: BTreeMap<String, String>,
}

/// A share that fell below what was reached before, or is below the goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Short {
    /// The floor.
    pub floor: String,
    /// `lines` or `branches`.
    pub what: &'static str,
    /// What is reached now, in hundredths of a per cent.
    pub is: u64,
    /// What it is to be.
    pub least: u64,
}

impl Short {
    fn of(floor: &str, now: &Reached, least: [u64; 2]) -> impl Iterator<Item = Self> {
        let is = [hundredths(now.lines), hundredths(now.branches)];
        let all = ["lines", "branches"].into_iter().zip(is.into_iter().zip(least));
        all.filter(|(_, (is, least))| is < least).map(move |(what, (is, least))| Self {
            floor: floor.to_owned(),
            what,
            is,
            least,
        })
    }
}

impl Floors {
    /// What fell. Shares are compared, not counts: code comes and goes.
    pub fn fallen(&self, now: &Coverage) -> Vec<Short> {
        let nothing = Reached::default();
        let fallen = self.floors.iter().flat_map(|before| {
            let now = now.floors.iter().find(|now| now.floor == before.floor).unwrap_or(&nothing);
            let least = [hundredths(before.lines), hundredths(before.branches)];
            Short::of(&before.floor, now, least).collect::<Vec<_>>()
        });
        fallen.collect()
    }

    /// The same with what is reached now. Reasons stay, of files that still have gaps.
    pub fn written(self, now: &Reach) -> Self {
        let gaps: BTreeSet<&str> = now.gaps().map(|gaps| gaps.path).collect();
        let mut unreached = self.unreached;
        unreached.retain(|path, _| gaps.contains(path.as_str()));
        Self { floors: now.coverage().floors, unreached, ..self }
    }
}

/// What is below [`GOALS`].
pub fn below_goal(now: &Coverage) -> Vec<Short> {
    now.floors.iter().flat_map(|now| Short::of(&now.floor, now, GOALS)).collect()
}

/// Lines, counted from one, that ask for a fault; and those that ask for a switch, which is what a fault of `false`,
/// `true` or `None` gives a name to, as far as the end of its function.
fn lines_with_faults(text: &str) -> BTreeSet<u64> {
    let mut switches: Vec<&str> = Vec::new();
    let mut found = BTreeSet::new();
    for (line, number) in text.lines().zip(1..) {
        if line.contains("fn ") {
            switches.clear();
        }
        let mut words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        if line.contains("fault::bent(") || words.any(|word| switches.contains(&word)) {
            found.insert(number);
        }
        let named = line.trim_start().strip_prefix("let ").and_then(|rest| rest.split_once(" = "));
        let is_switch =
            ["false, true)", "true, false)", ", None)"].iter().any(|values| line.contains(values));
        switches.extend(
            named.filter(|(_, value)| value.contains("fault::bent(") && is_switch).map(|(name, _)| name),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPORT: &str = "\
SF:/at/src/channel/wire/frame.rs
FN:1,frame
FNDA:3,frame
DA:1,3
DA:2,0
DA:3,0
DA:4,0
DA:6,0
DA:7,0
DA:9,1
BRDA:1,0,0,3
BRDA:1,0,1,0
BRDA:2,0,0,-
BRDA:2,0,1,-
BRF:9
BRH:9
end_of_record
SF:/at/src/channel/wire/data.rs
DA:1,1
end_of_record
SF:/at/src/channel/error.rs
DA:1,0
end_of_record
SF:/elsewhere/src/channel/wire/frame.rs
DA:100,0
end_of_record
";

    /// With a line of every floor that `EXPORT` has not.
    fn export() -> String {
        let rest = FLOORS.iter().filter(|floor| **floor != "wire");
        let rest = rest.map(|floor| format!("SF:/at/src/channel/{floor}/mod.rs\nDA:1,1\nend_of_record\n"));
        EXPORT.to_owned() + &rest.collect::<String>()
    }

    fn reach() -> Reach {
        Reach::read(&export(), "/at/src/channel").unwrap()
    }

    fn share(reached: u64, of: u64) -> Share {
        Share { reached, of }
    }

    #[test]
    fn an_export_is_summed_up_floor_by_floor_without_the_files_of_others() {
        let floors = reach().coverage().floors;
        assert_eq!(floors.iter().map(|it| it.floor.as_str()).collect::<Vec<_>>(), FLOORS);
        assert_eq!(floors[0].lines, share(3, 8));
        assert_eq!(floors[0].branches, share(1, 4));
        assert_eq!(floors[1].lines, share(1, 1));
        assert_eq!(hundredths(floors[1].branches), 10_000, "none of none is all");
    }

    #[test]
    fn a_line_or_branch_that_stands_twice_is_reached_if_either_is() {
        let twice =
            export() + "SF:/at/src/channel/wire/frame.rs\nDA:2,1\nDA:1,0\nBRDA:1,0,1,1\nBRDA:1,0,0,0\n";
        let floors = Reach::read(&twice, "/at/src/channel").unwrap().coverage().floors;
        assert_eq!((floors[0].lines, floors[0].branches), (share(4, 8), share(2, 4)));
    }

    #[test]
    fn what_only_a_fault_decides_is_left_out() {
        let text = |path: &str| match path {
            "wire/frame.rs" => Ok("if fault::bent(\"name\", false, true) {\nif other {\n".to_owned()),
            "wire/data.rs" => Ok(String::new()),
            other => other.strip_suffix("/mod.rs").map(|_| String::new()).ok_or("a file of somebody else"),
        };
        let floors = reach().without_faults(text).unwrap().coverage().floors;
        assert_eq!((floors[0].lines, floors[0].branches), (share(3, 8), share(0, 2)));
        assert_eq!(reach().without_faults(|_| Err("unreadable")), Err("unreadable"));
    }

    #[test]
    fn a_switch_is_asked_for_until_its_function_ends() {
        let text = "fn one() {\n    let is_late = fault::bent(\"late\", false, true);\n    if is_late || other {}\n\
                    \x20   if is_latest {}\n}\nfn two() {\n    if is_late {}\n    let nonce = fault::bent(\"n\", a, b);\n    f(nonce)\n}";
        assert_eq!(lines_with_faults(text).into_iter().collect::<Vec<_>>(), [2, 3, 8]);
    }

    #[test]
    fn gaps_are_told_as_a_person_would() {
        let reach = reach();
        let gaps: Vec<_> = reach.gaps().collect();
        assert_eq!(gaps.len(), 1);
        assert_eq!((gaps[0].path, ranges(&gaps[0].lines).as_str()), ("wire/frame.rs", "2 to 4, 6, 7"));
        assert_eq!(gaps[0].branches, BTreeSet::from([1]), "those of line 2 are told by the line");
    }

    #[test]
    fn what_is_no_export_is_refused_by_its_line() {
        let read = |text: &str| Reach::read(text, "/at/src/channel");
        for bad in ["DA:x,1", "DA:1", "BRDA:1,0,0", "BRDA:1,0,0,x"] {
            assert_eq!(
                read(&format!("SF:/at/src/channel/wire/a.rs\n{bad}\n")),
                Err(NoExport::Line(2)),
                "{bad}"
            );
        }
        assert_eq!(read(""), Err(NoExport::Floor("wire")));
        assert_eq!(read(EXPORT), Err(NoExport::Floor("text")));
    }

    #[test]
    fn a_share_that_falls_is_named_and_one_of_changed_code_that_does_not_fall_is_not() {
        let now = reach().coverage();
        let mut floors =
            Floors { coverage: VERSION.into(), floors: now.floors.clone(), unreached: BTreeMap::new() };
        assert_eq!(floors.fallen(&now), []);
        floors.floors[0].lines = share(30, 80);
        assert_eq!(floors.fallen(&now), []);
        floors.floors[0].lines = share(31, 80);
        let short = |floor: &str, what, is, least| Short { floor: floor.to_owned(), what, is, least };
        assert_eq!(floors.fallen(&now), [short("wire", "lines", 3750, 3875)]);
        assert_eq!(
            below_goal(&now),
            [short("wire", "lines", 3750, 9_500), short("wire", "branches", 2500, 9_000)]
        );
    }

    #[test]
    fn writing_keeps_the_reasons_of_what_is_still_not_reached() {
        let unreached =
            ["wire/frame.rs", "wire/data.rs"].map(|path| (path.to_owned(), "why".to_owned())).into();
        let floors = Floors { coverage: VERSION.into(), floors: Vec::new(), unreached }.written(&reach());
        assert_eq!(floors.unreached.into_keys().collect::<Vec<_>>(), ["wire/frame.rs"]);
        assert_eq!(floors.floors, reach().coverage().floors);
    }
}
