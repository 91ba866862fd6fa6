//! `SPEC.md` as data: the only place where a requirement is stated is also where the harness reads it.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The text itself.
pub const TEXT: &str = include_str!("../../SPEC.md");

/// A requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// `FRM-5`.
    pub id: &'static str,
    /// published, reported, standard or profile.
    pub label: &'static str,
    /// MUST, SHOULD or MAY.
    pub level: &'static str,
    /// The class it refuses with.
    pub class: Option<&'static str>,
    /// The counter it counts.
    pub counts: Option<&'static str>,
    /// Why no outside test decides it.
    pub untestable: Option<&'static str>,
    /// Its sentence.
    pub text: &'static str,
}

/// What the three letters of each area stand for, in the order of the text.
const AREAS: [(&str, &str); 36] = [
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
pub fn requirements() -> Vec<Requirement> {
    TEXT.lines().filter_map(requirement).collect()
}

/// The requirement with this id. The text is read once: a run asks for each refusal.
pub fn find(id: &str) -> Option<Requirement> {
    static BY_ID: LazyLock<HashMap<&str, Requirement>> = LazyLock::new(|| {
        requirements().into_iter().map(|requirement| (requirement.id, requirement)).collect()
    });
    BY_ID.get(id).cloned()
}

/// `- **FRM-5** (profile · MUST · refuses `bad-version`, free) sentence`
fn requirement(line: &'static str) -> Option<Requirement> {
    let (id, rest) = line.strip_prefix("- **")?.split_once("** (")?;
    let (area, number) = id.split_once('-')?;
    let is_id = area.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    let (properties, text) = rest.split_once(") ").filter(|_| is_id)?;
    let mut parts = properties.split(" · ");
    let (label, level) = (parts.next()?, parts.next()?);
    let mut requirement = Requirement { id, label, level, class: None, counts: None, untestable: None, text };
    for part in parts {
        if let Some(reason) = part.strip_prefix("untestable: ") {
            requirement.untestable = Some(reason);
        } else {
            let mut quoted = part.split('`').skip(1).step_by(2);
            requirement.class = quoted.next();
            requirement.counts = quoted.next();
        }
    }
    Some(requirement)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use channel::class::Class;

    #[test]
    fn every_requirement_is_well_formed_and_stated_once() {
        let all = requirements();
        assert!(all.len() > 100);
        let ids: BTreeSet<_> = all.iter().map(|requirement| requirement.id).collect();
        assert_eq!(ids.len(), all.len());
        for requirement in &all {
            assert!(["published", "reported", "standard", "profile"].contains(&requirement.label));
            assert!(["MUST", "SHOULD", "MAY"].contains(&requirement.level), "{requirement:?}");
            assert!(requirement.class.is_none_or(|word| Class::from_word(word).is_some()), "{requirement:?}");
        }
        let untestable = all.iter().filter(|requirement| requirement.untestable.is_some()).count();
        assert!(untestable * 20 <= all.len(), "at most 5 % untestable");
        let lines = TEXT.lines().filter(|line| line.starts_with("- **") && line.contains("MUST")).count();
        assert_eq!(lines, all.iter().filter(|requirement| requirement.level == "MUST").count());
    }

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

    #[test]
    fn the_classes_of_section_16_are_those_of_the_code() {
        let section = TEXT.split("\n## ").find(|part| part.starts_with("16.")).unwrap();
        let rows: Vec<_> =
            section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).collect();
        let words: Vec<_> = rows.iter().map(|(word, _)| *word).collect();
        assert_eq!(words, Class::all().map(Class::word).collect::<Vec<_>>());
        for (word, rest) in rows {
            let number = rest.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap().trim().parse().ok();
            assert_eq!(Class::from_word(word).unwrap().app_to_app(), number, "{word}");
        }
    }
}
