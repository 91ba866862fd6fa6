//! What the last nights say of tonight.

use night::record::{Change, TargetNight};

use super::history::Night;

/// How many nights make the median, and how many it takes at least.
pub(crate) const LAST: usize = 7;
const FEWEST: usize = 3;
/// How much slower than the median a target may be.
const LESS: f64 = 0.3;

/// The middle of these values, or the mean of the two in the middle. A value that is endless counts as one.
pub(crate) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    match values.len() % 2 {
        1 => Some(upper),
        _ => values.get((values.len() / 2).checked_sub(1)?).map(|lower| f64::midpoint(*lower, upper)),
    }
}

/// Executions per second; none where there was no time.
pub(crate) fn rate(target: &TargetNight) -> Option<f64> {
    let rate = target.executions as f64 / target.seconds;
    rate.is_finite().then_some(rate)
}

/// How fast a target was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Speed {
    pub(crate) rate: f64,
    pub(crate) floor: u64,
    /// Of the last nights, where there were enough of them. A night from an empty corpus isn't one: small inputs are quick.
    pub(crate) median: Option<f64>,
}

impl Speed {
    /// Tonight, beside the nights before, the oldest first.
    pub(crate) fn new(tonight: &TargetNight, before: &[Night<'_>]) -> Option<Self> {
        let same = before.iter().rev().filter_map(|night| night.targets.get(tonight.target.as_str()));
        let rates: Vec<f64> = same.filter(|it| !it.from_empty).filter_map(|it| rate(it)).take(LAST).collect();
        let is_comparable = rates.len() >= FEWEST && !tonight.from_empty;
        let median = if is_comparable { median(rates) } else { None };
        Some(Self { rate: rate(tonight)?, floor: tonight.floor, median })
    }

    pub(crate) fn is_below_floor(self) -> bool {
        self.rate < self.floor as f64
    }

    /// By how many percent it is slower than the last nights, where that is too many.
    pub(crate) fn percent_lost(self) -> Option<u64> {
        let lost = 1.0 - self.rate / self.median.filter(|median| *median > 0.0)?;
        // A hair's breadth, so that 70 of 100 is 30 % less.
        (lost >= LESS - 1e-9).then_some((lost * 100.0).round() as u64)
    }
}

/// How many more, where there are more.
pub(crate) fn gained(change: Change) -> u64 {
    change.after.saturating_sub(change.before)
}

/// What the last ordinary night before reached: what one from an empty corpus is measured by.
pub(crate) fn edges_before(target: &str, before: &[Night<'_>]) -> Option<u64> {
    let same = before.iter().rev().filter_map(|night| night.targets.get(target));
    same.filter(|it| !it.from_empty).map(|it| it.edges.after).find(|edges| *edges > 0)
}

/// A value night by night; none where a night doesn't have it.
pub(crate) fn series(nights: &[Night<'_>], value: impl Fn(&Night<'_>) -> Option<f64>) -> Vec<Option<f64>> {
    nights.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(executions: u64, from_empty: bool) -> TargetNight {
        TargetNight {
            target: "frame".into(),
            from_empty,
            seconds: 10.0,
            executions,
            floor: 50,
            edges: Change { before: 0, after: executions / 10 },
            inputs: Change::default(),
            bytes: Change::default(),
            slowest_ms: 1,
            slowest: None,
            peak_mb: 1,
            findings: Vec::new(),
        }
    }

    fn speed(before: &[TargetNight], tonight: &TargetNight) -> Option<Speed> {
        let night = |target| Night { targets: [("frame", target)].into(), ..Night::default() };
        Speed::new(tonight, &before.iter().map(night).collect::<Vec<_>>())
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0]), Some(3.0));
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 9.0]), Some(3.0));
        assert_eq!(median(vec![1.0, f64::INFINITY, f64::INFINITY]), Some(f64::INFINITY));
    }

    #[test]
    fn a_target_that_lost_three_tenths_of_its_speed_is_slow() {
        let before = [target(1000, false), target(1000, false), target(1200, false)];
        let of = |executions| speed(&before, &target(executions, false)).unwrap();
        assert_eq!((of(701).percent_lost(), of(700).percent_lost()), (None, Some(30)));
        assert_eq!((of(500).is_below_floor(), of(499).is_below_floor()), (false, true));
        assert_eq!(of(1000).median, Some(100.0));
        // Two nights say nothing; nor do nights from an empty corpus.
        assert_eq!(speed(&before[1..], &target(1, false)).unwrap().median, None);
        assert_eq!(speed(&before, &target(1, true)).unwrap().percent_lost(), None);
        let mut nights = before.to_vec();
        nights.extend(vec![target(100_000, true); 9]);
        assert_eq!(speed(&nights, &target(1000, false)).unwrap().median, Some(100.0));
        // Seven nights count, and no earlier one.
        nights.extend(vec![target(2000, false); LAST]);
        assert_eq!(speed(&nights, &target(1000, false)).unwrap().percent_lost(), Some(50));
        assert_eq!(speed(&before, &TargetNight { seconds: 0.0, ..target(0, false) }), None);
    }

    #[test]
    fn a_night_from_an_empty_corpus_is_measured_by_an_ordinary_one() {
        let (full, empty) = (target(900, false), target(100, true));
        let night = |target| Night { targets: [("frame", target)].into(), ..Night::default() };
        let nights = [night(&full), night(&empty)];
        assert_eq!(edges_before("frame", &nights), Some(90));
        assert_eq!(edges_before("other", &nights), None);
        assert_eq!(gained(Change { before: 3, after: 1 }), 0);
        let edges = series(&nights, |night| night.targets.get("frame").map(|it| it.edges.after as f64));
        assert_eq!(edges, [Some(90.0), Some(10.0)]);
    }
}
