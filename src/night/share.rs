//! How a night's time is shared among its targets: by what they still find. Pure.
//!
//! A slice of time goes to the target with the most credit. Each slice gives every target credit for its share of it, and
//! takes what the slice took from the one that ran. Shares follow the new edges per minute of the last slices; they sum
//! to one, none is above [`MOST`] (while there are enough targets for that), and none below [`LEAST`] of an equal part.

use serde::{Deserialize, Serialize};

/// The most that one target may have of the time.
pub const MOST: f64 = 0.1;
/// Of an equal part, what a target has that finds nothing any more.
pub const LEAST: f64 = 0.25;
/// How much of a target's yield is of slices before the last.
const MEMORY: f64 = 0.5;

/// A target, as far as its time goes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// New edges per minute, of late; none before its first slice.
    pub yields: Option<f64>,
    /// Seconds that it is owed.
    pub credit: f64,
    /// Seconds that it had.
    pub seconds: f64,
}

/// The part of the time that each lane is to have.
pub fn shares(lanes: &[Lane]) -> Vec<f64> {
    let count = lanes.len() as f64;
    let (least, most) = (LEAST / count, MOST.max(1.0 / count));
    // A lane that never ran is as promising as the best.
    let best = lanes.iter().filter_map(|lane| lane.yields).fold(0.0, f64::max);
    let weights: Vec<f64> = lanes.iter().map(|lane| lane.yields.unwrap_or(best)).collect();
    let all: f64 = weights.iter().sum();
    let fair = |weight: f64| if all > 0.0 { weight / all } else { 1.0 / count };
    let mut shares: Vec<f64> = weights.iter().map(|weight| least + (1.0 - LEAST) * fair(*weight)).collect();
    // What is above the most goes to the others, in proportion, until none is: each round fills at least one.
    for _ in lanes {
        let excess: f64 = shares.iter().map(|share| (share - most).max(0.0)).sum();
        let below: f64 = shares.iter().filter(|share| **share < most).sum();
        if excess <= f64::EPSILON || below <= 0.0 {
            break;
        }
        let more = 1.0 + excess / below;
        for share in &mut shares {
            *share = if *share < most { *share * more } else { most };
        }
    }
    shares
}

/// Who is to have the next slice, of those that don't run now: the one that is owed most, the first of equals.
pub fn next(lanes: &[Lane], running: &[usize]) -> Option<usize> {
    let idle = lanes.iter().enumerate().filter(|(number, _)| !running.contains(number));
    // Each has one slice before any has two.
    let key = |lane: &Lane| (lane.seconds <= 0.0, lane.credit);
    let more = |a: &Lane, b: &Lane| {
        let ((a_first, a_credit), (b_first, b_credit)) = (key(a), key(b));
        a_first.cmp(&b_first).then(a_credit.total_cmp(&b_credit))
    };
    idle.reduce(|best, lane| if more(lane.1, best.1).is_gt() { lane } else { best }).map(|(number, _)| number)
}

/// Writes down that a lane had a slice, and what it found in it.
pub fn had(lanes: &mut [Lane], number: usize, seconds: f64, new_edges: u64) {
    let shares = shares(lanes);
    for (lane, share) in lanes.iter_mut().zip(shares) {
        lane.credit += share * seconds;
    }
    if let Some(lane) = lanes.get_mut(number) {
        lane.credit -= seconds;
        lane.seconds += seconds;
        let now = new_edges as f64 * 60.0 / seconds.max(1.0);
        lane.yields = Some(lane.yields.map_or(now, |before| MEMORY * before + (1.0 - MEMORY) * now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A night of so many slices, in which lane `n` finds `edges[n]` in each.
    fn night(edges: &[u64], slices: usize) -> Vec<Lane> {
        let mut lanes = vec![Lane::default(); edges.len()];
        for _ in 0..slices {
            let number = next(&lanes, &[]).unwrap();
            had(&mut lanes, number, 10.0, edges[number]);
        }
        lanes
    }

    #[test]
    fn time_goes_where_edges_are() {
        let mut edges = vec![0; 40];
        edges[7] = 100;
        edges[9] = 50;
        let lanes = night(&edges, 2_000);
        let of = |number: usize| lanes[number].seconds / 20_000.0;
        assert!((0.09..=0.1).contains(&of(7)) && (0.09..=0.1).contains(&of(9)), "{} {}", of(7), of(9));
        assert!((0.015..0.025).contains(&of(0)), "{}", of(0));
    }

    #[test]
    fn who_runs_is_not_asked_again_and_none_is_asked_where_all_run() {
        let lanes = vec![Lane::default(); 2];
        assert_eq!(next(&lanes, &[0]), Some(1));
        assert_eq!(next(&lanes, &[0, 1]), None);
        assert_eq!(next(&[], &[]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn shares_sum_to_one_and_none_is_greedy_or_starves(
            yields in prop::collection::vec(prop::option::of(0.0..1e6f64), 1..80),
        ) {
            let lanes: Vec<Lane> =
                yields.iter().map(|yields| Lane { yields: *yields, ..Lane::default() }).collect();
            let count = lanes.len() as f64;
            let shares = shares(&lanes);
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            for share in &shares {
                prop_assert!(*share <= MOST.max(1.0 / count) + 1e-9, "{share} of {count}");
                prop_assert!(*share >= LEAST / count - 1e-9, "{share} of {count}");
            }
            for (a, share_a) in lanes.iter().zip(&shares) {
                for (b, share_b) in lanes.iter().zip(&shares) {
                    prop_assert!(a.yields.is_none() || a.yields < b.yields || b.yields.is_none() || share_a + 1e-9 >= *share_b);
                }
            }
        }

        #[test]
        fn a_night_keeps_to_its_shares(edges in prop::collection::vec(0..1000u64, 10..50)) {
            let (slices, count) = (30 * edges.len(), edges.len() as f64);
            let lanes = night(&edges, slices);
            let all = 10.0 * slices as f64;
            for lane in &lanes {
                // A slice or two more: each has a first one, and a slice isn't cut.
                prop_assert!(lane.seconds <= MOST.max(1.0 / count) * all + 20.0, "{lanes:?}");
                prop_assert!(lane.seconds >= LEAST / count * all - 20.0, "{lanes:?}");
            }
        }
    }
}
