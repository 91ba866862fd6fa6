//! What the corpora reach of each floor of the reference, and whether that is what is wanted.

use night::coverage::{FLOORS, GOALS};
use night::record::{Reached, Share};

use super::history::Night;
use super::targets::Plot;
use super::trend::series;
use crate::Error;
use crate::plot;
use crate::words::{Count, day};

/// What the corpora reach.
pub(crate) struct CoverageView<'a> {
    /// Of which night, where it isn't tonight's.
    pub(crate) of: Option<String>,
    /// What is wanted of lines and of branches, in percent.
    pub(crate) goals: [f64; 2],
    pub(crate) floors: Vec<FloorView<'a>>,
}

/// What they reach of a floor.
pub(crate) struct FloorView<'a> {
    pub(crate) name: &'a str,
    /// Lines and branches.
    pub(crate) shares: [ShareView; 2],
}

pub(crate) struct ShareView {
    pub(crate) percent: String,
    pub(crate) counts: String,
    pub(crate) misses: bool,
    pub(crate) plot: Plot,
}

impl<'a> CoverageView<'a> {
    /// Of the latest of these nights that has any.
    pub(crate) fn new(nights: &[Night<'a>]) -> Result<Option<Self>, Error> {
        let Some((place, coverage)) =
            nights.iter().enumerate().rev().find_map(|(place, night)| Some((place, night.coverage?)))
        else {
            return Ok(None);
        };
        let is_tonight = place.saturating_add(1) == nights.len();
        let of = nights.get(place).filter(|_| !is_tonight).map(|night| day(night.begun));
        let floors = coverage.floors.iter().map(|reached| FloorView::new(reached, nights));
        Ok(Some(Self { of, goals: goals(), floors: floors.collect::<Result<_, _>>()? }))
    }
}

impl<'a> FloorView<'a> {
    fn new(reached: &'a Reached, nights: &[Night<'a>]) -> Result<Self, Error> {
        let has_goals = FLOORS.contains(&reached.floor.as_str());
        let share = |name, share: Share, goal: f64, of: fn(&Reached) -> Share| {
            let values = series(nights, |night| {
                let floors = &night.coverage?.floors;
                floors.iter().find(|it| it.floor == reached.floor).map(|it| percent(of(it)))
            });
            let goal = Some(goal).filter(|_| has_goals);
            let svg = plot::line(&values, plot::close_to(&values, goal), goal)?;
            let last = percent(share);
            let first =
                values.iter().flatten().next().map_or_else(String::new, |first| format!("from {first:.1} %"));
            Ok::<_, Error>(ShareView {
                percent: format!("{last:.1} %"),
                counts: format!("{} of {}", Count(share.reached), Count(share.of)),
                misses: goal.is_some_and(|goal| last < goal),
                plot: Plot { now: format!("{last:.1} %"), was: first, ..Plot::new(name, &values, svg) },
            })
        };
        let [lines, branches] = goals();
        Ok(Self {
            name: &reached.floor,
            shares: [
                share("Lines", reached.lines, lines, |it| it.lines)?,
                share("Branches", reached.branches, branches, |it| it.branches)?,
            ],
        })
    }
}

/// What is wanted, in percent.
fn goals() -> [f64; 2] {
    GOALS.map(|hundredths| hundredths as f64 / 100.0)
}

/// Nothing of nothing is all of it.
fn percent(share: Share) -> f64 {
    if share.of == 0 { 100.0 } else { 100.0 * share.reached as f64 / share.of as f64 }
}
