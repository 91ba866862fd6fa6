//! The table of parameters that questions are bent by is what `vectors/peer-protocol.schema.json` says. A packaged crate
//! has no schema beside it, so the peer protocol carries a table, which is made here and nowhere else.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a test may, its helpers too

use std::fmt::Write;
use std::path::Path;

use ::peer::engine::operation_names;
use ::peer::parameters;
use serde_json::Value;

/// The table, below the root.
const TABLE: &str = "src/peer/parameters/table.rs";

/// The command that writes it.
const COMMAND: &str = "UPDATE=1 cargo test --test parameters";

fn schema() -> Value {
    serde_json::from_str(include_str!("../vectors/peer-protocol.schema.json")).unwrap()
}

/// A schema and what it refers to, with the keywords of both; words for people left out.
fn whole(node: &Value, root: &Value) -> Value {
    let mut all = node.as_object().unwrap().clone();
    all.remove("description");
    if let Some(reference) = all.remove("$ref") {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        for (name, value) in whole(root.pointer(pointer).unwrap(), root).as_object().unwrap() {
            all.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    Value::Object(all)
}

/// A limit of a length, or what holds where there is none.
fn limit(node: &Value, name: &str, none: &str) -> String {
    node.get(name).map_or_else(|| none.to_owned(), Value::to_string)
}

fn text(node: &Value) -> String {
    let bytes = |digits: &str| {
        let n: usize = digits.parse().unwrap();
        format!("Bytes({}, {})", n / 2, n / 2)
    };
    let texts = |form: &str, min: &str, max: &str| {
        format!("Text({}, {}, Form::{form})", limit(node, "minLength", min), limit(node, "maxLength", max))
    };
    match node.get("pattern").and_then(Value::as_str) {
        None => texts("Any", "0", "usize::MAX"),
        Some("^[\\u0000-\\u007F]*$") => texts("Ascii", "0", "usize::MAX"),
        Some("^[0-9A-Fa-f]{1,64}$") => texts("Digits", "1", "64"),
        Some("^[0-9A-Z]{1,16}$") => texts("Label", "1", "16"),
        Some("^[0-9A-Z]+ *$") => texts("Name", "1", "usize::MAX"),
        Some("^[0-9A-Z]{3}[0-9]{7}$") => "Serial".into(),
        Some("^([0-9A-Fa-f]{2})*$") => {
            let half = |name: &str, none: &str| {
                node.get(name)
                    .map_or_else(|| none.to_owned(), |limit| (limit.as_u64().unwrap() / 2).to_string())
            };
            format!("Bytes({}, {})", half("minLength", "0"), half("maxLength", "usize::MAX"))
        }
        Some(pattern) => {
            let digits = pattern.strip_prefix("^[0-9A-Fa-f]{").and_then(|rest| rest.strip_suffix("}$"));
            match node.get("not") {
                None => bytes(digits.expect(pattern)),
                Some(_) => "Challenge".into(),
            }
        }
    }
}

fn array(node: &Value, root: &Value) -> String {
    if let Some(pair) = node.get("prefixItems") {
        let of = |at: usize| format!("&{}", kind(&pair[at], root));
        return format!("Pair({}, {})", of(0), of(1));
    }
    let mut items = whole(&node["items"], root);
    // A key that may not be empty: said beside the reference to a pair, of its first element only.
    if let Some(first) = node["items"].get("prefixItems").and_then(|prefix| prefix.get(0)) {
        let mut pair = whole(&serde_json::json!({"$ref": node["items"]["$ref"]}), root);
        for (name, value) in first.as_object().unwrap() {
            pair["prefixItems"][0][name] = value.clone();
        }
        items = pair;
    }
    let (min, max) = (limit(node, "minItems", "0"), limit(node, "maxItems", "usize::MAX"));
    format!("Array({min}, {max}, &{})", kind(&items, root))
}

fn members(node: &Value, root: &Value, but: Option<&str>) -> String {
    let mut out = String::from("&[");
    let required: Vec<_> =
        node["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let none = serde_json::Map::new();
    let properties = node.get("properties").map_or(&none, |properties| properties.as_object().unwrap());
    for (name, of) in properties.iter().filter(|(name, _)| but != Some(name.as_str())) {
        let word = if required.contains(&name.as_str()) { "must" } else { "may" };
        let comma = if out.ends_with('[') { "" } else { ", " };
        write!(out, "{comma}{word}({name:?}, {})", kind(of, root)).unwrap();
    }
    out + "]"
}

/// The alternatives of an object that names its kind.
fn tagged(kinds: &[Value], root: &Value) -> String {
    let kinds: Vec<_> = kinds.iter().map(|kind| whole(kind, root)).collect();
    let constant = |kind: &Value| {
        let properties = kind["properties"].as_object().unwrap().clone();
        let mut tags = properties.into_iter().filter(|(_, of)| of.get("const").is_some());
        tags.next().map(|(name, of)| (name, of["const"].as_str().unwrap().to_owned())).unwrap()
    };
    let tag = constant(&kinds[0]).0;
    let rows: Vec<_> = kinds
        .iter()
        .map(|kind| {
            let (name, word) = constant(kind);
            assert_eq!(name, tag);
            format!("({word:?}, {})", members(kind, root, Some(&tag)))
        })
        .collect();
    format!("Tagged({tag:?}, &[{}])", rows.join(", "))
}

fn kind(node: &Value, root: &Value) -> String {
    let node = whole(node, root);
    if let Some(either) = node.get("anyOf") {
        assert_eq!(either[1], serde_json::json!({"type": "null"}));
        return format!("Nullable(&{})", kind(&either[0], root));
    }
    if let Some(words) = node.get("enum") {
        return match words[0].is_number() {
            true => format!("Numbers(&{words})"),
            false => format!("Words(&{words})"),
        };
    }
    if let Some(number) = node.get("const") {
        return format!("Numbers(&[{number}])");
    }
    if let (None, Some(kinds)) = (node.get("type"), node.get("oneOf")) {
        return tagged(kinds.as_array().unwrap(), root);
    }
    match &node["type"] {
        Value::Array(types) => {
            assert_eq!(types, &["string", "null"]);
            format!("Nullable(&{})", text(&node))
        }
        Value::String(name) => match name.as_str() {
            "string" => text(&node),
            "integer" => format!("Number({}, {})", node["minimum"], node["maximum"]),
            "boolean" => "Boolean".into(),
            "array" => array(&node, root),
            "object" => format!("Object({})", members(&node, root, None)),
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    }
}

/// The source of the table.
fn table() -> String {
    let root = schema();
    let mut out = format!(
        "//! The parameters of each operation, as data. Don't edit it: `{COMMAND}` writes it, and the same\n\
         //! command without `UPDATE` compares it.\n\n\
         use super::kind::Type::*;\n\
         use super::kind::{{Form, Member, may, must}};\n\n\
         pub(super) const PARAMETERS: &[(&str, &[Member])] = &[\n"
    );
    for name in operation_names() {
        let question = &root["$defs"]["questions"][name];
        let params = whole(&question["properties"]["params"], &root);
        writeln!(out, "    ({name:?}, {}),", members(&params, &root, None)).unwrap();
    }
    out + "];\n"
}

#[test]
fn the_table_of_parameters_is_the_schema() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        std::fs::write(&path, table()).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written == table(), "{TABLE} is not what the schema says; run `{COMMAND}` and read the diff");
    assert!(parameters::operations().eq(operation_names()));
}

/// What members say of each other is not in the table: the cases of these two operations say it.
#[test]
fn only_two_operations_have_members_that_depend_on_each_other() {
    let root = schema();
    let depend = |name: &&str| {
        let params = whole(&root["$defs"]["questions"][*name]["properties"]["params"], &root);
        let known = ["type", "additionalProperties", "required", "properties"];
        params.as_object().unwrap().keys().any(|keyword| !known.contains(&keyword.as_str()))
    };
    let dependent: Vec<_> = operation_names().filter(depend).collect();
    assert_eq!(dependent, ["primitive.check_digit", "client.single_activate"]);
}
