//! `SPEC.md` as data. A requirement is stated there and nowhere else; the table here is made from it, since a packaged
//! crate has no `SPEC.md` beside it, and `tests/specification.rs` compares the two.

use std::collections::HashMap;
use std::sync::LazyLock;

pub mod order;
mod statement;
#[rustfmt::skip] // generated, a row per line
mod table;

pub use statement::{Operation, Requirement};

/// What the three letters of each area stand for, in the order of the text.
const AREAS: [(&str, &str); 37] = [
    ("CNV", "text and numbers"),
    ("SER", "serial number"),
    ("FRM", "frame"),
    ("KEY", "keys"),
    ("PRT", "protection"),
    ("NON", "nonces"),
    ("STV", "static vector"),
    ("AM1", "activation 1"),
    ("DVC", "device code"),
    ("AM2", "activation 2"),
    ("DEA", "deactivation"),
    ("CLI", "client"),
    ("REQ", "request"),
    ("SIG", "signature"),
    ("OTP", "responses"),
    ("UNL", "unlocking"),
    ("VER", "verifying"),
    ("OPR", "operator"),
    ("PPR", "peer protocol"),
    ("LIF", "license file"),
    ("MSV", "message vector"),
    ("IMP", "import"),
    ("INS", "instance names"),
    ("BLB", "BLOBs"),
    ("CST", "client's state"),
    ("STO", "stores"),
    ("ALG", "open algorithms"),
    ("A2A", "app-to-app"),
    ("PSH", "gateway strings"),
    ("INF", "information"),
    ("LGN", "login"),
    ("GTW", "gateway over HTTP"),
    ("SDL", "single-device"),
    ("ERC", "event reactivation"),
    ("PWD", "passwords"),
    ("BND", "platform binding"),
    ("CAR", "carriers"),
];

/// What an area's letters stand for; nothing where there is no such area.
pub fn area_name(area: &str) -> &'static str {
    AREAS.iter().find(|(letters, _)| *letters == area).map_or("", |(_, name)| name)
}

/// All requirements, in the order of the text.
pub fn requirements() -> &'static [Requirement] {
    table::REQUIREMENTS
}

/// The requirement with this id. A run asks for each refusal, so it is looked up and not searched for.
pub fn find(id: &str) -> Option<&'static Requirement> {
    static BY_ID: LazyLock<HashMap<&str, &Requirement>> =
        LazyLock::new(|| requirements().iter().map(|requirement| (requirement.id, requirement)).collect());
    BY_ID.get(id).copied()
}

/// The refusal classes of section 16 in its order, each with the app-to-app error number that stands for it.
pub fn classes() -> &'static [(&'static str, Option<u8>)] {
    table::CLASSES
}

/// The operations of section 18, in its order.
pub fn operations() -> &'static [Operation] {
    table::OPERATIONS
}

/// The ranges of code points that section 13 refuses (REQ-9), both ends included, row by row.
pub fn refused_characters() -> &'static [(u32, u32)] {
    table::REFUSED_CHARACTERS
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_area_has_a_name() {
        let mut areas: Vec<&str> = Vec::new();
        for requirement in requirements() {
            let area = requirement.id.split('-').next().unwrap();
            if areas.last() != Some(&area) {
                areas.push(area);
            }
        }
        areas.retain({
            let mut seen = BTreeSet::new();
            move |area| seen.insert(*area)
        });
        assert_eq!(AREAS.map(|(letters, _)| letters).to_vec(), areas);
        // The column of `check`'s table, behind the letters.
        assert!(AREAS.iter().all(|(_, name)| (1..=19).contains(&name.len())));
        assert_eq!((area_name("BND"), area_name("XYZ")), ("platform binding", ""));
    }
}
