//! The names that occur in a document.

use std::collections::BTreeSet;

use serde_json::Value;

/// The names of the members that stand in a document, whose `totals` are a map.
pub fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(members) => {
            for (name, member) in members {
                found.insert(name.clone());
                if name != "totals" {
                    names(member, found);
                }
            }
        }
        _ => {}
    }
}
