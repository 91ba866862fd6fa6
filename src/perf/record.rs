//! What a run leaves behind: a line of JSON, appended to `reports/perf/runs.jsonl`. The same for other languages is
//! `reports/perf.schema.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::built::Built;
use crate::path::{LIMIT, Operation, UNIT};
use night::read::Line;
use peer::protocol::{Number, present};

/// The version of the format.
pub const VERSION: u32 = 1;

/// A run: every operation, measured side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// [`VERSION`].
    pub perf: Number<1, VERSION>,
    /// When it began: seconds since the epoch.
    pub time: u64,
    /// The version of this program.
    pub counterproof: String,
    /// The commit that was measured, in hex, with `+` behind it where files differed from it; none outside of a repository.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// What was measured.
    #[serde(flatten)]
    pub built: Built,
    /// The processor, as it names itself.
    pub processor: String,
    /// The system's name and version, and the kind of machine.
    pub system: String,
    /// What of the product does AES.
    pub kernel: String,
    /// The crates of the references, with their versions.
    pub versions: BTreeMap<String, String>,
    /// How many rounds there were.
    pub rounds: u64,
    /// How steady the unit of the ratios was: half of its middle rounds lie within so much of it, as a share.
    pub noise: f64,
    /// Each operation, the references first.
    pub operations: Vec<Measured>,
}

/// An operation, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its name.
    pub name: String,
    /// Nanoseconds of processor time: the median of all rounds.
    pub ns: f64,
    /// In units, the median of the ratios within each round. The unit is `cmac`; that of a reference is an AES block.
    pub ratio: f64,
    /// How steady the ratio was, as [`Run::noise`].
    pub noise: f64,
}

impl Line for Run {
    const NAME: &'static str = "perf";
    const VERSION: u32 = VERSION;
}

impl Run {
    /// An operation by its name.
    pub fn operation(&self, name: &str) -> Option<&Measured> {
        self.operations.iter().find(|operation| operation.name == name)
    }

    /// Whether its ratios can be compared with another's: the compiler may be another.
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.processor == other.processor
            && self.kernel == other.kernel
            && self.built.features == other.built.features
            && self.built.optimised == other.built.optimised
    }
}

/// What was measured in each round, of each operation, becomes medians. A sample is nanoseconds.
pub fn measured(operations: &[Operation], samples: &[Vec<f64>]) -> Vec<Measured> {
    let of = |name: &str| operations.iter().zip(samples).find(|(it, _)| it.name == name).map(|(_, it)| it);
    let (unit, limit) = (of(UNIT), of(LIMIT));
    let one = |(operation, samples): (&Operation, &Vec<f64>)| {
        let by = if operation.is_reference() { limit } else { unit };
        let ratios = samples.iter().zip(by.into_iter().flatten()).map(|(sample, by)| sample / by).collect();
        let (ratio, noise) = median_and_noise(ratios);
        Measured { name: operation.name.to_owned(), ns: rounded(median(samples.clone())), ratio, noise }
    };
    operations.iter().zip(samples).map(one).collect()
}

/// The median, and half of what lies between the quartiles as a share of it.
pub fn median_and_noise(values: Vec<f64>) -> (f64, f64) {
    let mut values = values;
    values.sort_by(f64::total_cmp);
    let quartile = |place: usize| values.get(values.len() * place / 4).copied().unwrap_or_default();
    let spread = (quartile(3) - quartile(1)) / 2.0;
    let median = median(values.clone());
    (rounded(median), rounded(if median > 0.0 { spread / median } else { 0.0 }))
}

/// The middle of these values, or the mean of the two in the middle; of none, nothing.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    match (values.len() % 2, values.len() / 2) {
        (1, middle) => at(middle),
        (_, middle) => f64::midpoint(at(middle.saturating_sub(1)), at(middle)),
    }
}

/// To four digits behind the point: what is behind them is chance.
fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_the_same_round() {
        let operations = crate::path::operations().unwrap();
        // The machine is half as fast in every second round.
        let slow = |ns: f64| (0..9).map(|round| ns * f64::from(1 + round % 2)).collect::<Vec<_>>();
        let place = |name: &str| operations.iter().position(|operation| operation.name == name).unwrap();
        let mut samples = vec![slow(300.0); operations.len()];
        samples[place(UNIT)] = slow(100.0);
        samples[place(LIMIT)] = slow(2.0);
        let measured = measured(&operations, &samples);
        assert_eq!((measured[place(UNIT)].ratio, measured[place(UNIT)].noise), (50.0, 0.0));
        assert!(measured.iter().filter(|it| !it.name.starts_with("ref")).all(|it| it.ratio == 3.0));
        assert_eq!(measured[place(UNIT)].ns, 100.0);
    }

    #[test]
    fn a_median_and_how_steady_it_is() {
        assert_eq!(median(vec![]), 0.0);
        assert_eq!((median(vec![9.0, 1.0, 2.0]), median(vec![4.0, 1.0, 2.0, 9.0])), (2.0, 3.0));
        assert_eq!(median_and_noise(vec![1.0; 8]), (1.0, 0.0));
        assert_eq!(median_and_noise((1..=8).map(f64::from).collect()), (4.5, 0.4444));
    }
}
