//! The order of checks of each operation: the rows of section 32, read.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use super::{find, table};

/// A part of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// One of these requirements; and the one that refuses in its place.
    Asks(Vec<&'static str>, Option<&'static str>),
    Group(&'static str),
    Each(Vec<Item>),
}

/// The items of a cell. Words behind an id are for people; so is what follows a semicolon.
fn items(cell: &'static str) -> Result<Vec<Item>, String> {
    let cell = cell.split(';').next().unwrap_or_default().trim();
    if cell == "none" {
        return Ok(Vec::new());
    }
    let (mut depth, mut begin, mut parts) = (0, 0, Vec::new());
    for (at, c) in cell.char_indices() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        if c == ',' && depth == 0 {
            parts.push(cell.get(begin..at).unwrap_or_default());
            begin = at + 1;
        }
    }
    parts.push(cell.get(begin..).unwrap_or_default());
    parts.into_iter().map(|part| item(part.trim())).collect()
}

fn item(text: &'static str) -> Result<Item, String> {
    let odd = || format!("`{text}` is not what section 32 is made of");
    if let Some(rest) = text.strip_prefix("for each ") {
        let (_, inner) = rest.split_once(" (").ok_or_else(odd)?;
        return Ok(Item::Each(items(inner.strip_suffix(')').ok_or_else(odd)?)?));
    }
    if let Some(rest) = text.strip_prefix('*') {
        return Ok(Item::Group(rest.split_once('*').ok_or_else(odd)?.0));
    }
    let mut words = text.split(' ');
    let mut ids = vec![id(words.next().unwrap_or_default())?];
    let becomes = match (words.next(), words.next()) {
        (Some("or"), Some(other)) => {
            ids.push(id(other)?);
            None
        }
        (Some("as"), Some(other)) => Some(id(other)?),
        _ => None,
    };
    Ok(Item::Asks(ids, becomes))
}

fn id(word: &str) -> Result<&'static str, String> {
    let refusing = find(word).filter(|found| found.class.is_some());
    refusing.map(|found| found.id).ok_or_else(|| format!("`{word}` is no requirement that refuses"))
}

/// A place in a row.
#[derive(Clone, Debug)]
pub struct Place {
    /// What is asked there: one of these.
    pub ids: Vec<&'static str>,
    /// What refuses in its place.
    pub becomes: Option<&'static str>,
}

/// What a refusal shows: its class, and what it leaves behind.
pub type Shown = (&'static str, &'static str, &'static str);

/// A row: places from left to right, and which of them are gone through again and again.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// From left to right.
    pub places: Vec<Place>,
    loops: Vec<(usize, usize)>,
    /// What refuses otherwise than free: `counts`, `counts both`, `use up`.
    pub effects: BTreeMap<&'static str, &'static str>,
}

type Groups = BTreeMap<&'static str, Vec<Item>>;

impl Row {
    /// A row of these cells, without groups.
    pub fn of(checks: &'static str, not_free: &'static str) -> Result<Self, String> {
        Self::new(checks, not_free, &Groups::new())
    }

    fn new(checks: &'static str, not_free: &'static str, groups: &Groups) -> Result<Self, String> {
        let mut row = Self { effects: effects_of(not_free)?, ..Self::default() };
        row.add(&items(checks)?, groups)?;
        Ok(row)
    }

    fn add(&mut self, items: &[Item], groups: &Groups) -> Result<(), String> {
        for item in items {
            match item {
                Item::Asks(ids, becomes) => self.places.push(Place { ids: ids.clone(), becomes: *becomes }),
                Item::Group(name) => {
                    let items = groups.get(name).ok_or_else(|| format!("no group *{name}*"))?;
                    self.add(items, groups)?;
                }
                Item::Each(items) => {
                    let begin = self.places.len();
                    self.add(items, groups)?;
                    self.loops.push((begin, self.places.len()));
                }
            }
        }
        Ok(())
    }

    /// The places at which this requirement is asked.
    pub fn places_of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = usize> + 'a {
        let found = self.places.iter().enumerate().filter(move |(_, place)| place.ids.contains(&id));
        found.map(|(at, _)| at)
    }

    /// Whether it is asked at all.
    pub fn names(&self, id: &str) -> bool {
        self.places_of(id).next().is_some()
    }

    /// Asked once for each question, not for each of several things.
    pub fn asks_once(&self, id: &str) -> bool {
        let mut places = self.places_of(id);
        let (Some(at), None) = (places.next(), places.next()) else { return false };
        !self.loops.iter().any(|(begin, end)| (*begin..*end).contains(&at))
    }

    /// Where a check may stand after one that stands at a place: there, behind it, or at an earlier place of a loop.
    pub fn after<'a>(&'a self, from: Option<usize>, id: &'a str) -> impl Iterator<Item = usize> + 'a {
        let least = from.map_or(0, |from| {
            let begins = self.loops.iter().filter(|(begin, end)| (*begin..*end).contains(&from));
            begins.map(|(begin, _)| *begin).min().unwrap_or(from)
        });
        self.places_of(id).filter(move |at| *at >= least)
    }

    /// What refuses by this row, in the order in which it is first asked.
    pub fn rules(&self) -> Vec<&'static str> {
        let mut rules: Vec<&'static str> = Vec::new();
        for id in self.places.iter().flat_map(Place::refusing) {
            if !rules.contains(&id) {
                rules.push(id);
            }
        }
        rules
    }

    /// What a refusal by this requirement shows.
    pub fn shows(&self, id: &str) -> Shown {
        let (class, counts) = find(id).map(|found| (found.class, found.counts)).unwrap_or_default();
        let effect = self.effects.get(id).copied().unwrap_or("free");
        let counter = if effect == "free" { "" } else { counts.unwrap_or_default() };
        (class.unwrap_or_default(), effect, counter)
    }

    /// The pairs of which the first is asked before the second, so that it wins where both are violated, and a question
    /// can show which of them did. Of two that are asked by turns (one of a string, one of the next), both orders count.
    pub fn pairs(&self) -> BTreeSet<(&'static str, &'static str)> {
        let shown: Vec<Vec<_>> = self
            .places
            .iter()
            .map(|place| place.refusing().map(|id| (id, self.shows(id))).collect())
            .collect();
        let mut pairs = BTreeSet::new();
        for (at, first) in shown.iter().enumerate() {
            for second in shown.iter().skip(at + 1) {
                for (id, shows) in first {
                    let seen = second.iter().filter(|(_, other)| other != shows);
                    pairs.extend(seen.map(|(other, _)| (*id, *other)));
                }
            }
        }
        pairs
    }
}

impl Place {
    fn refusing(&self) -> impl Iterator<Item = &'static str> + '_ {
        let asked = self.ids.iter().copied().filter(|_| self.becomes.is_none());
        self.becomes.into_iter().chain(asked)
    }
}

fn effects_of(cell: &'static str) -> Result<BTreeMap<&'static str, &'static str>, String> {
    let mut effects = BTreeMap::new();
    for clause in cell.split(';').map(str::trim).filter(|clause| !clause.is_empty()) {
        let begins = clause.find(|c: char| c.is_ascii_lowercase());
        let (ids, effect) = begins.map(|at| clause.split_at(at)).ok_or_else(|| format!("`{clause}`"))?;
        if !["counts", "counts or wipes", "counts both", "use up"].contains(&effect) {
            return Err(format!("`{clause}` is no effect"));
        }
        for word in ids.split(',') {
            effects.insert(id(word.trim())?, effect);
        }
    }
    Ok(effects)
}

/// The rows, read once. One that can't be read leaves none; a test sees it.
pub static ROWS: LazyLock<BTreeMap<&'static str, Row>> = LazyLock::new(|| rows().unwrap_or_default());

/// What an operation refuses by: the requirements of its row in section 32, each once, in the order in which they are
/// asked.
pub fn refusals(operation: &str) -> &'static [&'static str] {
    static REFUSALS: LazyLock<HashMap<&str, Vec<&str>>> =
        LazyLock::new(|| ROWS.iter().map(|(name, row)| (*name, row.rules())).collect());
    REFUSALS.get(operation).map_or(&[], Vec::as_slice)
}

/// The rows of section 32, by operation. An error is a row that can't be read.
pub fn rows() -> Result<BTreeMap<&'static str, Row>, String> {
    let groups: Result<Groups, String> =
        table::CHECK_GROUPS.iter().map(|(name, checks)| Ok((*name, items(checks)?))).collect();
    let groups = groups?;
    let mut rows = BTreeMap::new();
    for (names, checks, not_free) in table::CHECKS {
        for name in names.split(", ").map(|name| name.trim_matches('`')) {
            if rows.insert(name, Row::new(checks, not_free, &groups)?).is_some() {
                return Err(format!("two rows for {name}"));
            }
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_pair_for_each_two_that_can_be_told_apart() {
        // Both of CLI-14 and CLI-15 would be about a PIN; only their classes differ. LGN-9 uses up here.
        let row = Row::of("CLI-1, CLI-14 or CLI-15, SER-2 as SDL-34, LGN-9, DVC-9", "LGN-9 use up").unwrap();
        let pairs: Vec<_> = row.pairs().into_iter().collect();
        assert!(pairs.contains(&("CLI-1", "CLI-14")) && pairs.contains(&("LGN-9", "DVC-9")));
        assert!(pairs.contains(&("CLI-15", "SDL-34")) && !pairs.iter().any(|pair| pair.1 == "SER-2"));
        assert!(!pairs.contains(&("CLI-14", "CLI-15")), "one of them is asked");
        assert!(
            !Row::of("LGN-9, DVC-9", "").unwrap().pairs().contains(&("LGN-9", "DVC-9")),
            "both are `expired`"
        );
        let each = Row::of("for each string (REQ-5, REQ-7)", "").unwrap();
        assert_eq!(each.pairs().into_iter().collect::<Vec<_>>(), [("REQ-5", "REQ-7")]);
    }

    #[test]
    fn what_is_no_row_is_said() {
        assert!(Row::of("CLI-1, XYZ-1", "").is_err() && Row::of("CNV-1", "").is_err());
        assert!(Row::of("*frame*", "").is_err() && Row::of("CLI-1", "CLI-1 sings").is_err());
    }
}
