//! The worked examples beside that of section 20: golden vectors as tables, so that a reader finds each step where the
//! text is. The vectors are compared with the reference elsewhere.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// What it shows, where it is explained, its file and id, and of a flow how many of its last steps are shown.
const EXAMPLES: [(&str, &str, &str, &str, usize); 18] = [
    ("A license file: header, line, trailer", "21", "license-file", "license-file-write-one", 0),
    ("A message vector", "21", "message-vector", "message-vector-encode-usual", 0),
    ("A BLOB of an application", "22", "blob", "blob-seal-application", 0),
    ("A client's state, field by field", "23", "client-state", "client-state-activated", 0),
    ("A device code", "10", "device-code", "device-code-type-7", 0),
    ("The URL of app-to-app", "26", "callback-url", "app2app-build-usual", 0),
    ("A call, and its callback", "26", "flows", "flow-app2app-approved", 2),
    ("A notification", "27", "gateway-string", "push-read-notification", 0),
    ("Login details", "27", "gateway-string", "push-read-details", 0),
    ("An information message", "27", "information", "information-protection-2", 0),
    ("An activation code", "28", "activation-code", "activation-code-decimal", 0),
    ("Full activation data, encrypted", "28", "full-activation", "full-activation-encrypted", 2),
    ("An event reactivation counter", "29", "event-counter", "event-counter-made-0", 1),
    ("A password key, and what it seals", "30", "password", "password-recommended", 0),
    ("A derivation code", "30", "derivation-code", "derivation-code-played", 2),
    ("A single-device client's state", "28", "single-state", "single-state-activated", 0),
    ("OCRA over a frame", "25", "flows", "flow-open-requests", 3),
    ("An attack: one bit of a request is changed on its way", "7, 33", "flows", "flow-request-bent", 4),
];

/// How long a value may be to be shown whole.
const WHOLE: usize = 1200;

pub(super) fn examples() -> String {
    let mut out = String::new();
    for (title, section, file, id, steps) in EXAMPLES {
        let vector = vector(file, id);
        let requirements = vector["requirements"].as_array().unwrap().iter().map(|id| id.as_str().unwrap());
        let requirements = requirements.collect::<Vec<_>>().join(", ");
        writeln!(out, "### {title}\n\nSection {section}; {requirements}; `{id}` in `vectors/{file}.json`.\n")
            .unwrap();
        let mut rows = Vec::new();
        for part in ["input", "intermediate", "output"] {
            flatten("", &vector[part], part, &mut rows);
        }
        if !rows.is_empty() {
            out += "| value | | |\n|---|---|---|\n";
            rows.iter()
                .for_each(|(name, value, part)| writeln!(out, "| {name} | {value} | {part} |").unwrap());
            out.push('\n');
        }
        let all = vector["steps"].as_array().map_or(&[][..], Vec::as_slice);
        if steps > 0 {
            out += "```\n";
            all[all.len() - steps..].iter().for_each(|step| out += &spelled(step));
            out += "```\n\n";
        }
    }
    out.trim_end().to_owned() + "\n"
}

fn vector(file: &str, id: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(format!("{file}.json"));
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let found = file["vectors"].as_array().unwrap().iter().find(|vector| vector["id"] == id);
    found.unwrap_or_else(|| panic!("no vector {id}")).clone()
}

/// A row for each value in an object, named by the way to it. A list of pairs has names of its own.
fn flatten(name: &str, value: &Value, part: &'static str, rows: &mut Vec<(String, String, &'static str)>) {
    let below = |further: &str| match name {
        "" => further.replace('_', " "),
        name => format!("{name}: {}", further.replace('_', " ")),
    };
    match value {
        Value::Null => {}
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| flatten(&below(key), value, part, rows))
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                match item.as_array().map(Vec::as_slice) {
                    Some([Value::String(key), value]) => flatten(&below(key), value, part, rows),
                    _ => flatten(&below(&(at + 1).to_string()), item, part, rows),
                }
            }
        }
        Value::String(text) => rows.push((name.to_owned(), shown(name, text), part)),
        value => rows.push((name.to_owned(), format!("`{value}`"), part)),
    }
}

/// A value as a cell: a license file as the lines that its bytes are, a long one by its beginning.
fn shown(name: &str, text: &str) -> String {
    if name == "file" {
        let bytes: Vec<u8> = (0..text.len() / 2)
            .map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
            .collect();
        let lines = String::from_utf8(bytes).unwrap();
        return lines.lines().map(|line| format!("`{line}`")).collect::<Vec<_>>().join("<br>");
    }
    match text.len() {
        0 => "(empty)".into(),
        length if length > WHOLE => format!("`{}…`, {length} characters", &text[..WHOLE]),
        _ => format!("`{}`", text.replace('|', "\\|")),
    }
}

/// A step of a flow: what is asked, and the answer.
fn spelled(step: &Value) -> String {
    let op = step["op"].as_str().unwrap();
    let answer = ["ok", "refused"].into_iter().find_map(|kind| Some((kind, step.get(kind)?)));
    let (kind, answer) = answer.unwrap();
    format!("{op} {}\n  {kind} {answer}\n", step["params"])
}
