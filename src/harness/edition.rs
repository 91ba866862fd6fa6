//! Frozen sets of requirements: what an edition asked for, and by which cases, so that a peer that conformed to it can be
//! held to just that later. And what is retired: no id is ever used for something else.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The edition in which a case appears first that no frozen set has.
pub const NEXT: &str = "5.1";

/// What an edition asked for. Once written it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// Its number.
    pub edition: String,
    /// Its requirements, by id.
    pub requirements: BTreeMap<String, Frozen>,
}

/// A requirement of an edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// MUST, SHOULD or MAY.
    pub level: String,
    /// The ids of the cases that covered it.
    pub cases: BTreeSet<String>,
}

impl Edition {
    /// Reads a frozen set.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The ids of all its cases.
    pub fn cases(&self) -> BTreeSet<&str> {
        self.requirements.values().flat_map(|frozen| &frozen.cases).map(String::as_str).collect()
    }
}

/// What is retired, with the reason for each: ids that are never used again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// Requirements.
    pub requirements: BTreeMap<String, String>,
    /// Cases.
    pub cases: BTreeMap<String, String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_of_two_requirements_is_one_case() {
        let text = r#"{"edition": "1", "requirements": {
            "FRM-1": {"level": "MUST", "cases": ["frame-a", "frame-b"]},
            "FRM-2": {"level": "SHOULD", "cases": ["frame-a"]}}}"#;
        let edition = Edition::parse(text).unwrap();
        assert_eq!(edition.cases(), BTreeSet::from(["frame-a", "frame-b"]));
        assert!(Edition::parse(&text.replace("level", "rank")).is_err());
    }
}
