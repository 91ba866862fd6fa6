//! `--json`: what each command writes is one document, the schema in `reports/` describes it, and that schema is sharp:
//! it refuses a document in which a member is missing or of another type.

#![cfg(unix)]
// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod members;
mod program;

use std::collections::BTreeSet;
use std::fs;

use members::names;
use program::{Ended, Folder, after_hello};
use serde_json::{Value, json};

/// SPEC FRM-1.
const PUBLISHED: &str = "00C1C3E40F42B823B3C20F3291C7BB5E3815E25AA4C7A4D8CB266CFA56FDA80477CEE081";

/// A schema of `reports/`.
fn schema(name: &str) -> Value {
    let path = format!("{}/reports/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// All of standard output, which is one document.
#[track_caller]
fn document(ended: &Ended) -> Value {
    assert!(ended.out.bytes().all(|byte| byte == b'\n' || byte >= b' '), "{ended:?}");
    serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended:#?}"))
}

/// A document with fewer items in its lists: of those with the same members, the first.
fn shapes(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut seen = BTreeSet::new();
            let mut is_new = |item: &&Value| {
                let mut shape = BTreeSet::new();
                names(item, &mut shape);
                seen.insert(shape)
            };
            items.iter().filter(&mut is_new).map(shapes).collect()
        }
        Value::Object(members) => {
            json!(
                members
                    .iter()
                    .map(|(name, member)| (name.clone(), shapes(member)))
                    .collect::<serde_json::Map<_, _>>()
            )
        }
        other => other.clone(),
    }
}

/// The value with something of another type in one place.
fn retyped(value: &Value) -> Vec<Value> {
    let mut all = vec![json!(null), json!([null]), json!({"x": 1}), json!(-1)];
    match value {
        Value::String(_) => all.push(json!(true)),
        Value::Array(items) => {
            // The first of them: the others are of its kind.
            for mutant in items.first().into_iter().flat_map(retyped) {
                let mut changed = items.clone();
                changed[0] = mutant;
                all.push(json!(changed));
            }
        }
        Value::Object(members) => {
            for (name, old) in members {
                let mut changed = members.clone();
                all.extend(retyped(old).into_iter().map(|mutant| {
                    changed.insert(name.clone(), mutant);
                    json!(changed)
                }));
            }
        }
        _ => all.push(json!("x")),
    }
    all
}

/// The value without one of its members, and the name of that. Members of `totals` have no names of their own.
fn without(value: &Value) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                all.extend(without(item).into_iter().map(|(name, less)| {
                    let mut changed = items.clone();
                    changed[at] = less;
                    (name, json!(changed))
                }));
            }
        }
        Value::Object(members) => {
            for (name, old) in members {
                let mut changed = members.clone();
                changed.remove(name);
                all.push((name.clone(), json!(changed)));
                if name != "totals" {
                    all.extend(without(old).into_iter().map(|(of, less)| {
                        changed.insert(name.clone(), less);
                        (of, json!(changed))
                    }));
                }
            }
        }
        _ => {}
    }
    all
}

/// The names of the members that a schema describes; and whether each has words about it, or refers to what has.
fn described(schema: &Value, found: &mut BTreeSet<String>) {
    let Some(members) = schema.as_object() else {
        return schema.as_array().into_iter().flatten().for_each(|item| described(item, found));
    };
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(name.clone());
        described(member, found);
    }
    members.iter().filter(|(name, _)| *name != "properties").for_each(|(_, member)| described(member, found));
}

/// Holds documents against a schema: each is valid; all together have every member that it describes and no other;
/// none is valid with something of another type in it, or without a member, but for those that are named here.
#[track_caller]
fn hold(name: &str, documents: &[Value], optional: &[&str]) {
    let schema = schema(name);
    assert!(jsonschema::meta::is_valid(&schema));
    let validator = jsonschema::validator_for(&schema).unwrap();
    let (mut written, mut known, mut spared) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for document in documents {
        if let Err(error) = validator.validate(document) {
            panic!("{name}: {error}: {document:#}");
        }
        names(document, &mut written);
        let document = &shapes(document);
        for mutant in retyped(document) {
            assert!(!validator.is_valid(&mutant), "{name}: {mutant:#}");
        }
        let less = without(document).into_iter().filter(|(_, less)| validator.is_valid(less));
        spared.extend(less.map(|(name, _)| name));
    }
    described(&schema, &mut known);
    assert_eq!(written, known, "{name}");
    assert_eq!(spared, optional.iter().map(|name| (*name).to_owned()).collect(), "{name}");
}

#[test]
fn list() {
    let folder = Folder::new("json-list");
    let run = |arguments: &[&str]| document(&folder.run(&[&["list", "--json"], arguments].concat()).exits(0));
    let few = run(&["--only", "device-code-attempts"]);
    let requirements = run(&["--requirements", "--req", "FRM"]);
    let faults = run(&["--faults"]);
    // To run the suite takes half a minute, and nothing is uncovered; src/cli/list.rs shows that it writes this.
    let mut uncovered = faults.clone();
    let left = json!({"requirements": [{"id": "FRM-5", "text": "t"}], "order": ["o"]});
    uncovered.as_object_mut().unwrap().remove("faults");
    uncovered["uncovered"] = left;
    hold("list", &[few, requirements, faults, uncovered], &["blame", "class", "untestable"]);

    let whole = run(&[]);
    let ids: Vec<&str> =
        whole["cases"].as_array().unwrap().iter().map(|case| case["id"].as_str().unwrap()).collect();
    assert_eq!(ids, cases::all().iter().map(|case| case.id.as_str()).collect::<Vec<_>>());
    let ended = folder.run(&["list", "--json", "--only", "matches-nothing"]).exits(2);
    assert_eq!(ended.out, "");
}

#[test]
fn inspect() {
    let folder = Folder::new("json-inspect");
    let run = |text: &str, code| document(&folder.run(&["inspect", "--json", text]).exits(code));
    let call = "third://back?name=Zo%C3%AB&ErrorCode=7";
    let refused = format!("1{}", &PUBLISHED[1..]);
    let key = "otpauth://hotp/a?secret=AA&digits=5&counter=1";
    let vector = "38080000";
    let url = "dpnopin://app2app_secure_channel?x-success=app%253Aok";
    let documents = [
        run(PUBLISHED, 0),
        run(&format!("{} {}", &PUBLISHED[..10], &PUBLISHED[10..]), 0),
        run(&refused, 1),
        run(call, 0),
        run(key, 1),
        run("hello", 1),
        run(vector, 1),
        run(url, 1),
        run("G000380000708030990C5460AD", 1),
    ];
    let [message, spaced, version, called, counter, nothing, ..] = &documents;
    assert_eq!((message["kind"].as_str(), message["right"].as_bool()), (Some("message"), Some(true)));
    let field = |document: &Value, at: usize| document["parts"][0]["fields"][at].clone();
    let serial = json!({"name": "serial number", "offset": 2, "length": 5, "bytes": "C3E40F42B8", "meaning": "VDS1000120"});
    assert_eq!(field(message, 3), serial);
    assert_eq!(
        (spaced["parts"].clone(), spaced["remarks"].as_array().unwrap().len()),
        (message["parts"].clone(), 1)
    );
    let why = &version["refused"];
    assert_eq!([&why["requirement"], &why["class"], &why["field"]], ["FRM-5", "bad-version", "version"]);
    assert_eq!(
        (field(version, 0)["refused"].as_bool(), field(version, 1).get("refused")),
        (Some(true), None)
    );
    assert_eq!(field(called, 0)["text"], "Zoë");
    assert_eq!((&counter["refused"]["field"], counter["refused"].get("at")), (&json!("digits"), None));
    assert_eq!((nothing.get("kind"), nothing["right"].as_bool()), (None, Some(false)));
    let optional =
        ["at", "class", "field", "fields", "kind", "meaning", "refused", "requirement", "sentence", "text"];
    hold("inspect", &documents, &optional);

    // What a terminal would obey is an escape, and comes back whole.
    let evil = document(&folder.run(&["inspect", "--json", "third://x?a=%1B%5B31m%E2%80%AE"]).exits(0));
    assert_eq!(field(&evil, 0)["text"], "\u{1B}[31m\u{202E}");
}

/// `vectors/check-digit.json`, and a peer that is wrong.
#[test]
fn vectors_run() {
    let folder = Folder::new("json-vectors");
    let file = format!("{}/vectors/check-digit.json", env!("CARGO_MANIFEST_DIR"));
    let good = folder.run(&["vectors", "run", "--json", &file]).exits(0);
    let good = document(&good);
    assert!(good["agrees"].as_bool().unwrap() && good["judged"].as_u64().unwrap() > 0, "{good:#}");

    fs::write(folder.path("peer.sh"), after_hello("echo '{\"seq\":1,\"ok\":{}}'")).unwrap();
    let arguments = ["vectors", "run", "--json", "--peer", "sh peer.sh", "--timeout", "1", &file];
    let bad = document(&folder.run(&arguments).exits(1));
    let vectors = bad["files"][0]["vectors"].as_array().unwrap();
    let differ = vectors.iter().filter(|vector| vector.get("difference").is_some()).count();
    assert!(!bad["agrees"].as_bool().unwrap() && differ > 1, "{bad:#}");
    let count = |word: &str| vectors.iter().filter(|vector| vector["verdict"] == word).count();
    for (word, total) in bad["files"][0]["totals"].as_object().unwrap() {
        assert_eq!(total.as_u64().unwrap(), count(word) as u64, "{word}");
    }
    hold("vectors-run", &[good, bad], &["difference"]);

    let all = document(&folder.run(&["vectors", "run", "--json"]).exits(0));
    assert_eq!(all["files"].as_array().unwrap().len(), vectors::files().len());
    let ended = folder.run(&["vectors", "run", "--json", "missing.json"]).exits(2);
    assert_eq!(ended.out, "");

    let words = &schema("vectors-run")["$defs"]["verdict"]["enum"];
    let known = vectors::judge::Verdict::ALL.map(|verdict| verdict.word().replace(' ', "-"));
    assert_eq!(*words, json!(known));
}

#[test]
fn licenses_show() {
    let folder = Folder::new("json-licenses");
    folder.run(&["licenses", "make", "--count", "2", "--out", "l.jsonl"]).exits(0);
    folder.run(&["licenses", "import", "l.jsonl", "--store", "s.db"]).exits(0);
    let run = |arguments: &[&str], code| {
        let ended =
            folder.run(&[&["licenses", "show", "--json", "--store", "s.db"], arguments].concat()).exits(code);
        (document(&ended), ended.out)
    };
    let (counts, _) = run(&[], 0);
    assert_eq!(counts["counts"], json!({"license_files": 1, "licenses": 2, "ever_used": 0}));
    let (license, text) = run(&["VDS1000000"], 0);
    let (missing, _) = run(&["VDS9999999"], 1);
    assert_eq!(missing["missing"], "VDS9999999");
    // Nothing that `licenses show` doesn't say: no key of the store, none of the file.
    for key in ["s.db.key", "l.jsonl.key"] {
        let key = fs::read_to_string(folder.path(key)).unwrap();
        assert!(!text.to_uppercase().contains(&key.trim().to_uppercase()), "{text}");
    }
    let mut used = license.clone();
    used["license"]["instances"] = json!([{"sequence": "01", "type": "TYP07", "status": "confirmed", "signature_failures": 0, "locked": false}]);
    hold("licenses", &[counts, license, missing, used], &[]);
}
