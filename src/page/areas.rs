//! How the cases of a part went, area by area, in the order of the specification.

use harness::report::{CaseReport, Part};
use harness::spec;
use harness::suite::Verdict;

use crate::Error;
use crate::escape::spelled_out;
use crate::plot;
use crate::words::{Count, duration};

/// How many characters of an area's letters are drawn.
const LETTERS: usize = 8;

/// A table: areas down, the verdicts that occurred across.
pub(crate) struct Areas {
    pub(crate) verdicts: Vec<&'static str>,
    pub(crate) rows: Vec<Row>,
    pub(crate) all: Row,
    /// How long the cases of each area took, as SVG.
    pub(crate) times: String,
}

/// An area, or all of them.
pub(crate) struct Row {
    pub(crate) letters: String,
    pub(crate) name: &'static str,
    pub(crate) cells: Vec<Cell>,
    pub(crate) total: Count,
    pub(crate) took: String,
    /// A bar of its verdicts, as SVG.
    pub(crate) bar: String,
    milliseconds: f64,
}

/// How many cases have a verdict.
pub(crate) struct Cell {
    pub(crate) count: Count,
    pub(crate) word: &'static str,
}

/// The areas of these cases, those of the specification first, in its order.
pub(crate) fn in_order<'a>(cases: impl Iterator<Item = &'a CaseReport>) -> Vec<&'a str> {
    let mut areas: Vec<&str> = Vec::new();
    for case in cases {
        if !areas.contains(&case.area.as_str()) {
            areas.push(&case.area);
        }
    }
    let place = |area: &&str| {
        let begins = |id: &str| id.split('-').next() == Some(area);
        spec::requirements().iter().position(|it| begins(it.id)).unwrap_or(usize::MAX)
    };
    areas.sort_by_key(place);
    areas
}

impl Areas {
    pub(crate) fn new(part: &Part) -> Result<Self, Error> {
        let occurred = |verdict: &Verdict| *verdict == Verdict::Pass || part.count(*verdict) > 0;
        let verdicts: Vec<Verdict> = Verdict::ALL.into_iter().filter(occurred).collect();
        let areas = in_order(part.cases.iter());
        let of = |area: &str| part.cases.iter().filter(|case| case.area == area).collect::<Vec<_>>();
        let largest = areas.iter().map(|area| of(area).len()).max().unwrap_or_default();
        let row = |area: &&str| Row::new(area, &of(area), &verdicts, Count::of(largest).0);
        let rows = areas.iter().map(row).collect::<Result<Vec<_>, Error>>()?;
        // What is drawn passes no template.
        let bars: Vec<_> =
            rows.iter().map(|row| (spelled_out(&row.letters, LETTERS), row.milliseconds / 1e3)).collect();
        // Where random programs alone were played there is nothing to draw, and the plot of nothing has no scale.
        let times = match bars.is_empty() {
            true => String::new(),
            false => plot::bars(&bars, "seconds, added up over the cases")?,
        };
        let all = Row::new("", &part.cases.iter().collect::<Vec<_>>(), &verdicts, 0)?;
        Ok(Self { verdicts: verdicts.into_iter().map(Verdict::word).collect(), rows, all, times })
    }
}

impl Row {
    /// Of these cases; its bar is as long as their share in the `largest` area.
    fn new(area: &str, cases: &[&CaseReport], verdicts: &[Verdict], largest: u64) -> Result<Self, Error> {
        let count = |of: &dyn Fn(Verdict) -> bool| cases.iter().filter(|case| of(case.verdict)).count();
        let cell =
            |verdict: &Verdict| Cell { count: Count::of(count(&|it| it == *verdict)), word: verdict.word() };
        let failed = count(&|verdict| verdict.fails_the_run());
        let passed = count(&|verdict| verdict == Verdict::Pass);
        let other = cases.len().saturating_sub(failed).saturating_sub(passed);
        let milliseconds = cases.iter().map(|case| case.took_ms).sum();
        Ok(Self {
            letters: area.to_owned(),
            name: spec::area_name(area),
            cells: verdicts.iter().map(cell).collect(),
            total: Count::of(cases.len()),
            took: duration(milliseconds),
            bar: plot::shares([passed, failed, other], largest)?,
            milliseconds,
        })
    }
}
