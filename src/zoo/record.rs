//! What a selftest came to, as data: `selftest --json`. The same for other languages is `reports/selftest.schema.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use harness::report::Filters;
use harness::suite::Verdict;
use peer::protocol::{Number, present};

/// The version of the format.
pub const VERSION: u32 = 1;

/// The suite against the zoo.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Selftest {
    /// [`VERSION`].
    pub selftest: Number<1, VERSION>,
    /// The version of this program.
    pub counterproof: String,
    /// Seconds since the epoch.
    pub time: u64,
    /// Whether a fault was shown the cases of its own requirement first, and no others once they noticed it.
    pub quick: bool,
    /// What narrowed the selection of cases; nothing did where there is none.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub filters: Option<Filters>,
    /// How many cases were selected.
    pub cases: u64,
    /// Every fault that was tried.
    pub faults: Vec<FaultRecord>,
    /// Milliseconds on the wall's clock.
    pub took_ms: f64,
}

/// What the suite made of a fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaultRecord {
    /// Its name on the command line.
    pub name: String,
    /// What is wrong with this peer.
    pub about: String,
    /// The requirement that the suite must blame; none for a control.
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub blame: Option<String>,
    /// The verdict that the blaming case must have.
    pub verdict: Verdict,
    /// What became of it.
    pub fate: Fate,
    /// How many cases were run.
    pub cases: u64,
    /// The cases that blame the right requirement with the right verdict.
    pub right: Vec<String>,
    /// How many failed otherwise, by the requirement that they blame; `none` where they blame none.
    pub other: BTreeMap<String, u64>,
    /// Milliseconds on the wall's clock.
    pub took_ms: f64,
}

/// What became of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// A case blames the right requirement with the right verdict.
    Killed,
    /// None does.
    Survived,
    /// A control, in which no case finds a fault: as it must be.
    Unharmed,
    /// A control, in which a case finds a fault that isn't there.
    ControlKilled,
}

impl Fate {
    /// Its word in the file and on the page.
    pub fn word(self) -> &'static str {
        match self {
            Fate::Killed => "killed",
            Fate::Survived => "survived",
            Fate::Unharmed => "unharmed",
            Fate::ControlKilled => "control-killed",
        }
    }

    /// Whether the suite is right about it.
    pub fn is_right(self) -> bool {
        matches!(self, Fate::Killed | Fate::Unharmed)
    }
}

impl FaultRecord {
    /// What becomes of a fault with this blame, by the cases that failed.
    pub fn fate(blame: Option<&str>, right: usize, other: usize) -> Fate {
        match (blame, right, other) {
            (None, _, 0) => Fate::Unharmed,
            (None, ..) => Fate::ControlKilled,
            (Some(_), 0, _) => Fate::Survived,
            _ => Fate::Killed,
        }
    }
}

impl Selftest {
    /// How many faults had this fate.
    pub fn count(&self, fate: Fate) -> usize {
        self.faults.iter().filter(|fault| fault.fate == fate).count()
    }

    /// How many of those that should be noticed are, as a percentage; a control that is killed counts against it.
    pub fn rate(&self) -> f64 {
        let killed = self.count(Fate::Killed);
        let missed = self.faults.iter().filter(|fault| !fault.fate.is_right()).count();
        100.0 * killed as f64 / (killed + missed).max(1) as f64
    }
}
