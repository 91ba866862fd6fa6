//! Requirement × case × peer: which requirement was decided by which cases, and what came of them.

use std::collections::{BTreeMap, BTreeSet};

use harness::report::{CaseReport, Report};
use harness::spec;
use harness::suite::Verdict;

use crate::words::{Count, slug};

/// The matrix: a row per requirement, and below it a row per case; a column per part.
pub(crate) struct Matrix<'a> {
    pub(crate) areas: Vec<Area<'a>>,
    /// Requirements that no case of this run covers, and those that no test can decide, with the reason.
    pub(crate) uncovered: Vec<&'static str>,
    pub(crate) untestable: Vec<(&'static str, &'static str)>,
    /// The verdicts that occur.
    pub(crate) verdicts: Vec<&'static str>,
}

/// The requirements of an area.
pub(crate) struct Area<'a> {
    pub(crate) letters: &'a str,
    pub(crate) anchor: String,
    pub(crate) name: &'static str,
    /// The parts that have cases here.
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Row<'a>>,
    /// Whether a case of it fails.
    pub(crate) fails: bool,
}

impl Area<'_> {
    /// A pair is only asked what concerns both.
    fn drop_empty_columns(&mut self) {
        let is_empty =
            |column: usize, row: &Row<'_>| row.cells.get(column).is_none_or(|cell| cell.words.is_empty());
        let empty: BTreeSet<usize> = (0..self.columns.len())
            .filter(|column| self.rows.iter().all(|row| is_empty(*column, row)))
            .collect();
        keep(&mut self.columns, &empty);
        for row in &mut self.rows {
            keep(&mut row.cells, &empty);
            for case in &mut row.cases {
                keep(&mut case.verdicts, &empty);
                case.say_once();
            }
        }
    }
}

/// Drops the items at these places.
fn keep<T>(items: &mut Vec<T>, dropped: &BTreeSet<usize>) {
    let mut place = 0..;
    items.retain(|_| place.next().is_none_or(|place| !dropped.contains(&place)));
}

/// A requirement.
pub(crate) struct Row<'a> {
    pub(crate) id: &'a str,
    pub(crate) anchor: String,
    pub(crate) level: &'static str,
    pub(crate) text: &'static str,
    /// What came of its cases, part by part.
    pub(crate) cells: Vec<Cell>,
    pub(crate) cases: Vec<CaseRow<'a>>,
    /// Cases that stand elsewhere, below the first requirement that they cover.
    pub(crate) elsewhere: Vec<(&'a str, String)>,
    pub(crate) count: String,
    /// The words of the verdicts, for the filter.
    pub(crate) words: String,
}

/// What came of the cases of a requirement.
pub(crate) struct Cell {
    /// `3 pass`, `1 fail`.
    pub(crate) words: Vec<String>,
    pub(crate) class: &'static str,
}

/// A case.
pub(crate) struct CaseRow<'a> {
    pub(crate) id: &'a str,
    pub(crate) anchor: String,
    pub(crate) about: &'a str,
    pub(crate) verdicts: Vec<CaseCell>,
    pub(crate) words: String,
}

impl CaseRow<'_> {
    /// Where all who were asked have one verdict and nothing more to tell, that is said once, and so is nothing: most of a
    /// large page would be the same cell again and again.
    fn say_once(&mut self) {
        let said = || self.verdicts.iter().filter(|cell| !cell.word.is_empty());
        let is_one = said().all(|cell| cell.link.is_none() && said().all(|other| other.word == cell.word));
        let mut cells: Vec<CaseCell> = Vec::new();
        for cell in std::mem::take(&mut self.verdicts) {
            match cells.last_mut() {
                Some(last) if last.word == cell.word && (is_one || cell.word.is_empty()) => last.columns += 1,
                _ => cells.push(cell),
            }
        }
        self.verdicts = cells;
    }
}

/// What came of a case.
pub(crate) struct CaseCell {
    /// How many parts it is about.
    pub(crate) columns: usize,
    pub(crate) word: &'static str,
    pub(crate) class: &'static str,
    /// Where it is told on this page.
    pub(crate) link: Option<String>,
}

/// How a verdict looks.
pub(crate) fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        verdict if verdict.fails_the_run() => "fail",
        _ => "other",
    }
}

/// The class of a cell. What passed is the rule, and needs none.
fn unusual(class: &'static str) -> &'static str {
    if class == "pass" { "" } else { class }
}

/// A case, part by part.
type Played<'a> = Vec<Option<&'a CaseReport>>;

impl<'a> Matrix<'a> {
    /// `told` are the anchors of the failures on this page.
    pub(crate) fn new(report: &'a Report, columns: &[String], told: &BTreeSet<&str>) -> Self {
        let mut order: Vec<&'a CaseReport> = Vec::new();
        let mut played: BTreeMap<&str, Played<'a>> = BTreeMap::new();
        for (part, case) in
            report.parts.iter().enumerate().flat_map(|(n, part)| part.cases.iter().map(move |it| (n, it)))
        {
            let cells = played.entry(&case.id).or_insert_with(|| {
                order.push(case);
                vec![None; report.parts.len()]
            });
            if let Some(cell) = cells.get_mut(part) {
                *cell = Some(case);
            }
        }
        let mut covered: BTreeMap<&str, Vec<&'a CaseReport>> = BTreeMap::new();
        for case in &order {
            case.covers.iter().for_each(|id| covered.entry(id).or_default().push(case));
        }
        let all = || played.values().flatten().flatten();
        let verdicts = Verdict::ALL.into_iter().filter(|verdict| all().any(|case| case.verdict == *verdict));
        let left = || spec::requirements().iter().filter(|it| !covered.contains_key(it.id));
        Self {
            areas: areas(&covered, &played, columns, told),
            uncovered: left().filter(|it| it.untestable.is_none()).map(|it| it.id).collect(),
            untestable: left().filter_map(|it| Some((it.id, it.untestable?))).collect(),
            verdicts: verdicts.map(Verdict::word).collect(),
        }
    }
}

fn areas<'a>(
    covered: &BTreeMap<&'a str, Vec<&'a CaseReport>>,
    played: &BTreeMap<&str, Played<'a>>,
    columns: &[String],
    told: &BTreeSet<&str>,
) -> Vec<Area<'a>> {
    let place = |id: &str| spec::requirements().iter().position(|it| it.id == id).unwrap_or(usize::MAX);
    let mut ids: Vec<(usize, &str)> = covered.keys().map(|id| (place(id), *id)).collect();
    ids.sort_unstable();
    let mut areas: Vec<Area<'_>> = Vec::new();
    for (_, id) in ids {
        let letters = id.split('-').next().unwrap_or_default();
        let row = row(id, covered.get(id).map_or(&[][..], Vec::as_slice), played, told);
        let fails = row.cells.iter().any(|cell| cell.class == "fail");
        match areas.iter_mut().find(|area| area.letters == letters) {
            Some(area) => {
                area.rows.push(row);
                area.fails |= fails;
            }
            None => {
                let (anchor, name) = (slug(letters), spec::area_name(letters));
                areas.push(Area { letters, anchor, name, columns: columns.to_vec(), rows: vec![row], fails });
            }
        }
    }
    areas.iter_mut().for_each(Area::drop_empty_columns);
    areas
}

fn row<'a>(
    id: &'a str,
    cases: &[&'a CaseReport],
    played: &BTreeMap<&str, Played<'a>>,
    told: &BTreeSet<&str>,
) -> Row<'a> {
    let of = |case: &&&CaseReport| played.get(case.id.as_str()).map_or(&[][..], Vec::as_slice);
    let parts = cases.first().map_or(0, |case| of(&case).len());
    let verdicts = |part: usize| {
        let cell = move |case: &&CaseReport| of(&case).get(part).copied().flatten().map(|case| case.verdict);
        cases.iter().filter_map(cell).collect::<Vec<_>>()
    };
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        cases.iter().copied().partition(|case| case.covers.first().is_some_and(|first| first == id));
    let requirement = spec::find(id);
    Row {
        id,
        anchor: format!("r-{}", slug(id)),
        level: requirement.map_or("", |requirement| requirement.level),
        text: requirement.map_or("", |requirement| requirement.text),
        cells: (0..parts).map(|part| cell(&verdicts(part))).collect(),
        words: words((0..parts).flat_map(verdicts)),
        cases: here.iter().map(|case| case_row(case, of(&case), told)).collect(),
        elsewhere: elsewhere
            .iter()
            .map(|case| (case.id.as_str(), format!("case-{}", slug(&case.id))))
            .collect(),
        count: crate::words::counted(Count::of(cases.len()).0, "case"),
    }
}

/// How many cases have which verdict.
fn cell(verdicts: &[Verdict]) -> Cell {
    let count = |verdict: Verdict| verdicts.iter().filter(|it| **it == verdict).count();
    let counts =
        Verdict::ALL.into_iter().map(|verdict| (count(verdict), verdict)).filter(|(count, _)| *count > 0);
    let words: Vec<_> =
        counts.map(|(count, verdict)| format!("{} {}", Count::of(count), verdict.word())).collect();
    let worst =
        ["fail", "other", "pass"].into_iter().find(|wanted| verdicts.iter().any(|it| class(*it) == *wanted));
    Cell { words, class: unusual(worst.unwrap_or_default()) }
}

fn words(verdicts: impl Iterator<Item = Verdict>) -> String {
    let words: BTreeSet<_> = verdicts.map(Verdict::word).collect();
    words.into_iter().collect::<Vec<_>>().join(" ")
}

fn case_row<'a>(case: &'a CaseReport, parts: &[Option<&CaseReport>], told: &BTreeSet<&str>) -> CaseRow<'a> {
    let cell = |(part, case): (usize, &Option<&CaseReport>)| match case {
        None => CaseCell { columns: 1, word: "", class: "", link: None },
        Some(case) => {
            let anchor = format!("failure-{}-{}", part.saturating_add(1), slug(&case.id));
            let link = told.contains(anchor.as_str()).then_some(anchor);
            CaseCell { columns: 1, word: case.verdict.word(), class: unusual(class(case.verdict)), link }
        }
    };
    CaseRow {
        id: &case.id,
        anchor: format!("case-{}", slug(&case.id)),
        about: &case.about,
        verdicts: parts.iter().enumerate().map(cell).collect(),
        words: words(parts.iter().flatten().map(|case| case.verdict)),
    }
}
