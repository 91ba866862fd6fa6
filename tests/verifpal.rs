//! Models of activation, replacement and login in Verifpal's language (`tests/verifpal`): each holds what its head says,
//! and each twin that leaves a mend out fails where its head says. The tool is <https://verifpal.com>.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // a test fails by panicking

mod tools;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A model, and what its head says of it: lines `// word: …`.
struct Model {
    path: PathBuf,
    text: String,
}

/// What a query is expected to give, or what it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Verdict {
    query: String,
    holds: bool,
}

impl Model {
    /// What stands after this word in the head, line by line.
    fn head<'model>(&'model self, word: &'model str) -> impl Iterator<Item = &'model str> {
        let head = self.text.lines().map_while(|line| line.strip_prefix("//"));
        head.filter_map(move |line| line.trim().strip_prefix(word)?.strip_prefix(": "))
    }

    /// The expected verdicts. A remark in parentheses may follow the query.
    fn expected(&self) -> Vec<Verdict> {
        let verdict = |line: &str| {
            let line = line.split(" (").next().unwrap();
            let (word, query) = line.split_once(' ').unwrap();
            assert!(["holds", "fails"].contains(&word), "{}: {line}", self.path.display());
            Verdict { query: query.to_owned(), holds: word == "holds" }
        };
        self.head("expects").map(verdict).collect()
    }

    /// The model without comments, line by line.
    fn statements(&self) -> impl Iterator<Item = &str> {
        self.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"))
    }

    /// What is asked in the model.
    fn queries(&self) -> Vec<&str> {
        self.statements()
            .skip_while(|line| *line != "queries[")
            .skip(1)
            .take_while(|line| *line != "]")
            .collect()
    }

    /// How many lines stand in one of the two models alone.
    fn differs_from(&self, other: &Model) -> usize {
        let mut lines: BTreeMap<&str, i32> = BTreeMap::new();
        self.statements().for_each(|line| *lines.entry(line).or_default() += 1);
        other.statements().for_each(|line| *lines.entry(line).or_default() -= 1);
        lines.values().map(|count| count.unsigned_abs() as usize).sum()
    }

    /// Asks the tool. What it reports as holding, it must have searched to the end.
    fn ask(&self) -> Vec<Verdict> {
        let sessions = self.head("sessions").next().unwrap();
        let mut command = Command::new("verifpal");
        command.args(["verify", "--format", "json", "--sessions", sessions]).arg(&self.path);
        let output = command.output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let analysis = &report["models"][0]["analysis"];
        let Some(queries) = analysis["queries"].as_array() else { panic!("not analysed: {report}") };
        let verdict = |query: &Value| {
            let holds = !query["resolved"].as_bool().unwrap();
            let searched = &query["envelope"];
            let whole = searched["exhausted"] == true
                && searched["truncations"].as_array().is_some_and(Vec::is_empty);
            assert!(whole || !holds, "{}: the search was cut short: {query}", self.path.display());
            Verdict { query: query["query"].as_str().unwrap().to_owned(), holds }
        };
        queries.iter().map(verdict).collect()
    }
}

/// All models, by name.
fn models() -> BTreeMap<String, Model> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifpal");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let model = |path: PathBuf| {
        assert_eq!(path.extension().unwrap(), "vp", "{}", path.display());
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, Model { text: fs::read_to_string(&path).unwrap(), path })
    };
    files.map(model).collect()
}

#[test]
fn the_head_of_each_model_has_a_verdict_for_each_query_and_requirements_of_the_specification() {
    let specification = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("SPEC.md")).unwrap();
    for (name, model) in models() {
        let expected = model.expected();
        let asked: Vec<&str> = expected.iter().map(|verdict| verdict.query.as_str()).collect();
        assert_eq!(asked, model.queries(), "{name}: in this order");
        assert!(model.head("sessions").next().unwrap().parse::<u8>().is_ok_and(|count| count > 0), "{name}");
        let ids: Vec<&str> = model.head("requirements").flat_map(|line| line.split(", ")).collect();
        assert!(!ids.is_empty(), "{name}: which requirements?");
        for id in ids {
            assert!(specification.contains(&format!("- **{id}** (")), "{name}: {id} is no requirement");
        }
    }
}

#[test]
fn each_verdict_that_holds_fails_in_a_twin_that_changes_little() {
    let models = models();
    let is_twin = |model: &Model| model.head("twin of").next().is_some();
    let mut originals = 0;
    for (name, model) in models.iter().filter(|(_, model)| !is_twin(model)) {
        originals += 1;
        let twins: Vec<&Model> =
            models.values().filter(|twin| twin.head("twin of").eq([name.as_str()])).collect();
        for verdict in model.expected().into_iter().filter(|verdict| verdict.holds) {
            let broken = Verdict { holds: false, ..verdict };
            assert!(
                twins.iter().any(|twin| twin.expected().contains(&broken)),
                "{name}: nothing breaks {broken:?}"
            );
        }
        // Where nothing fails, the end may never have been reached.
        assert!(model.expected().iter().any(|verdict| !verdict.holds), "{name}: is its end reached?");
    }
    assert!(originals >= 4, "{originals}");
    for (name, twin) in models.iter().filter(|(_, model)| is_twin(model)) {
        let original = twin.head("twin of").next().unwrap();
        let changed = twin.differs_from(&models[original]);
        assert!((1..=8).contains(&changed), "{name}: {changed} lines are not as in {original}");
        assert_ne!(twin.expected(), models[original].expected(), "{name} shows nothing");
    }
}

#[test]
fn each_model_holds_and_fails_as_its_head_says() {
    if !tools::is_here_or_left_to_the_night("verifpal", "the models of the protocol", tools::VERIFPAL) {
        return;
    }
    for (name, model) in models() {
        assert_eq!(model.ask(), model.expected(), "{name}");
    }
}
