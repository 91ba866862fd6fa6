//! The committed golden vectors are what the reference computes, and of the form their schema says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test fails by panicking

use std::collections::BTreeSet;
use std::path::Path;

use counterproof::error::Class;
use counterproof::harness::{example, spec, vectors};
use serde_json::Value;

fn committed(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)).unwrap()
}

#[test]
fn each_file_is_what_the_reference_computes() {
    for file in vectors::files() {
        assert!(
            committed(&file.name) == file.content,
            "vectors/{}: run `vectors write`, read the diff",
            file.name
        );
    }
    assert!(spec::TEXT.contains(&example::markdown()), "the worked example of SPEC.md");
}

#[test]
fn each_file_has_the_form_of_its_schema() {
    let schema: Value = serde_json::from_str(&committed("vector-file.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut ids = BTreeSet::new();
    for file in vectors::files() {
        let content: Value = serde_json::from_str(&file.content).unwrap();
        let errors: Vec<_> = validator.iter_errors(&content).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", file.name);
        for vector in content["vectors"].as_array().unwrap() {
            assert!(ids.insert(vector["id"].as_str().unwrap().to_owned()), "{} twice", vector["id"]);
            for id in vector["requirements"].as_array().unwrap() {
                assert!(spec::find(id.as_str().unwrap()).is_some(), "{id} in {}", vector["id"]);
            }
            let class = vector.get("class").map(|class| Class::from_word(class.as_str().unwrap()));
            assert!(class.is_none_or(|class| class.is_some()), "{}", vector["id"]);
        }
    }
    assert!(ids.len() > 100, "{}", ids.len());
}
