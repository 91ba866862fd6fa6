//! What of `SPEC.md` is made from the rest of it, and from the golden vectors: contents, figures, the index of
//! requirements, and what is new. `UPDATE=1 cargo test --test specification` writes it, the same without compares it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use harness::edition::{Edition, Retired};
use harness::spec::{Requirement, area_name};
use serde_json::Value;

use super::examples::examples;
use super::{TEXT, requirements, section};

/// The parts, and the sections and annexes of each in the order in which they are read. Numbers of sections stay, so a part
/// isn't one piece of the text.
const PARTS: [(&str, &[&str]); 7] = [
    ("Before all", &["1", "2", "3"]),
    ("Part 1: core", &["4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "17", "25"]),
    ("Part 2: licensing and storage", &["21", "22", "23", "24"]),
    ("Part 3: app-to-app, push, single device, carriers", &["26", "27", "28", "29", "30", "31"]),
    ("Part 4: conformance", &["16", "18", "32", "34"]),
    ("Part 5: security", &["19", "33"]),
    (
        "Annexes",
        &["20", "Annex A", "Annex B", "Annex C", "Annex D", "Annex E", "Annex F", "Annex G", "Annex H"],
    ),
];

/// The name of what stands between two marks, and what makes it.
type Block = (&'static str, fn() -> String);

/// The whole text as it should be.
pub(super) fn text() -> String {
    let blocks: [Block; 6] = [
        ("contents", contents),
        ("keys", keys),
        ("states", states),
        ("index", index),
        ("new", news),
        ("examples", examples),
    ];
    let mut text = TEXT.to_owned();
    for (name, make) in blocks {
        let begin =
            format!("<!-- {name}: written by `UPDATE=1 cargo test --test specification`, do not edit -->\n");
        let (head, rest) = text.split_once(&begin).unwrap_or_else(|| panic!("SPEC.md has no {name}"));
        let (_, tail) = rest.split_once(&format!("<!-- end of {name} -->")).unwrap();
        text = format!("{head}{begin}\n{}\n<!-- end of {name} -->{tail}", make());
    }
    text
}

/// The headings of two levels: a section's title, and those within it.
fn headings() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in TEXT.lines() {
        match (line.strip_prefix("## "), line.strip_prefix("### ")) {
            (Some(title), _) => all.push((title, Vec::new())),
            (_, Some(title)) => all.last_mut().into_iter().for_each(|(_, within)| within.push(title)),
            _ => {}
        }
    }
    all
}

/// `[4. Text and numbers](#4-text-and-numbers)`, as those who show Markdown name a heading.
fn link(title: &str) -> String {
    let kept = title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .collect::<String>();
    format!("[{title}](#{})", kept.replace(' ', "-"))
}

/// What a title begins with: `4`, `Annex A`.
fn number(title: &str) -> &str {
    title.split('.').next().unwrap_or_default()
}

fn contents() -> String {
    let headings = headings();
    let mut out = String::new();
    let mut named = BTreeSet::new();
    for (part, sections) in PARTS {
        writeln!(out, "**{part}**\n").unwrap();
        for wanted in sections {
            let (title, within) = headings
                .iter()
                .find(|(title, _)| number(title) == *wanted)
                .unwrap_or_else(|| panic!("{wanted}"));
            assert!(named.insert(*title), "{title} is in two parts");
            let within: Vec<_> = within.iter().map(|title| link(title)).collect();
            let colon = if within.is_empty() { "" } else { ": " };
            writeln!(out, "- {}{colon}{}", link(title), within.join(" · ")).unwrap();
        }
        out.push('\n');
    }
    let left: Vec<_> =
        headings.iter().filter(|(title, _)| *title != "Contents" && !named.contains(title)).collect();
    assert!(left.is_empty(), "in no part: {left:?}");
    out.trim_end().to_owned() + "\n"
}

/// The rows of the first table behind a mark, without its head.
fn table(mark: &str) -> Vec<Vec<&'static str>> {
    let behind = TEXT.split_once(mark).unwrap_or_else(|| panic!("{mark}")).1;
    let rows =
        behind.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    rows.skip(2).map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The tree of keys, from the table beside it: each below the one that it is made from.
fn keys() -> String {
    let rows = table("<!-- table of keys -->");
    for row in &rows {
        assert!(requirements().iter().any(|it| it.id == row[3]), "{row:?}");
    }
    let mut out = "```\n".to_owned();
    let roots: Vec<&str> = {
        let made: BTreeSet<&str> = rows.iter().map(|row| row[0]).collect();
        let mut roots = Vec::new();
        for row in &rows {
            if !made.contains(row[1]) && !roots.contains(&row[1]) {
                roots.push(row[1]);
            }
        }
        roots
    };
    for root in roots {
        writeln!(out, "{root}").unwrap();
        branch(&mut out, &rows, root, "");
    }
    out + "```\n"
}

fn branch(out: &mut String, rows: &[Vec<&str>], of: &str, indent: &str) {
    let below: Vec<_> = rows.iter().filter(|row| row[1] == of).collect();
    for (at, row) in below.iter().enumerate() {
        let is_last = at + 1 == below.len();
        let (corner, further) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
        writeln!(out, "{indent}{corner}{}  ({}, {})", row[0], row[2].trim_matches('`'), row[3]).unwrap();
        branch(out, rows, row[0], &format!("{indent}{further}"));
    }
}

/// A diagram for each machine of section 17, from its table.
fn states() -> String {
    let rows = table("<!-- table of states -->");
    let mut machines: Vec<&str> = Vec::new();
    for row in &rows {
        if !machines.contains(&row[0]) {
            machines.push(row[0]);
        }
        for id in row[4].split(", ") {
            assert!(requirements().iter().any(|it| it.id == id), "{row:?}");
        }
    }
    let mut out = String::new();
    for machine in machines {
        let of_it = || rows.iter().filter(|row| row[0] == machine);
        let mut names: Vec<&str> = Vec::new();
        for name in of_it().flat_map(|row| [row[1], row[3]]).filter(|name| *name != "·") {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let of = |name: &str| match names.iter().position(|it| *it == name) {
            Some(at) => format!("s{at}"),
            None => "[*]".into(),
        };
        writeln!(out, "**{machine}**\n\n```mermaid\nstateDiagram-v2").unwrap();
        for name in &names {
            writeln!(out, "    state \"{name}\" as {}", of(name)).unwrap();
        }
        for row in of_it() {
            writeln!(
                out,
                "    {} --> {}: {} ({})",
                of(row[1]),
                of(row[3]),
                row[2].replace('`', "").replace(':', ","),
                row[4]
            )
            .unwrap();
        }
        out += "```\n\n";
    }
    out.trim_end().to_owned() + "\n"
}

/// Of each file of golden vectors the areas that its vectors are about.
fn vectors() -> BTreeMap<String, BTreeSet<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut areas: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if !name.ends_with(".json") || name.ends_with(".schema.json") {
            continue;
        }
        let file: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for vector in file["vectors"].as_array().unwrap() {
            let ids = vector["requirements"].as_array().unwrap().iter().map(|id| id.as_str().unwrap());
            for area in ids.filter_map(|id| id.split('-').next()) {
                areas.entry(area.to_owned()).or_default().insert(name.clone());
            }
        }
    }
    areas
}

/// The section in which a requirement stands.
fn place_of(id: &str) -> &'static str {
    let line = format!("- **{id}** (");
    headings()
        .into_iter()
        .map(|(title, _)| title)
        .find(|title| title_holds(title, &line))
        .unwrap_or_else(|| panic!("{id}"))
}

fn title_holds(title: &str, line: &str) -> bool {
    let begin = format!("\n## {title}\n");
    let Some((_, text)) = TEXT.split_once(&begin) else { return false };
    text.split("\n## ").next().unwrap_or_default().contains(&format!("\n{line}"))
}

fn index() -> String {
    let mut out = "| area | section | requirements, with the class where one refuses | golden vectors |\n|---|---|---|---|\n".to_owned();
    let all = requirements();
    let files = vectors();
    let mut areas: Vec<&str> = Vec::new();
    for requirement in &all {
        let area = requirement.id.split('-').next().unwrap();
        if !areas.contains(&area) {
            areas.push(area);
        }
    }
    for area in areas {
        let of_it = || all.iter().filter(|it| it.id.split('-').next() == Some(area));
        let mut ids: Vec<&Requirement> = of_it().collect();
        ids.sort_by_key(|it| it.id.split('-').nth(1).unwrap().parse::<u32>().unwrap());
        let cells = ids.iter().map(|it| match it.class {
            Some(class) => format!("{} `{class}`", it.id),
            None => it.id.to_owned(),
        });
        let cells = cells.collect::<Vec<_>>().join(", ");
        let files = files
            .get(area)
            .map(|files| files.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", "));
        let place = link(place_of(ids[0].id));
        writeln!(
            out,
            "| **{area}** {} | {place} | {cells} | {} |",
            area_name(area),
            files.unwrap_or_default()
        )
        .unwrap();
    }
    out
}

/// Requirements that no frozen set has, and those that are retired.
fn news() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/requirements");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let frozen = Edition::parse(&read("5.json")).unwrap();
    let retired: Retired = serde_json::from_str(&read("retired.json")).unwrap();
    let new: Vec<_> =
        requirements().iter().map(|it| it.id).filter(|id| !frozen.requirements.contains_key(*id)).collect();
    let mut out = format!("New since edition 5, {} requirements:\n\n", new.len());
    for line in new.chunk_by(|a, b| a.split('-').next() == b.split('-').next()) {
        writeln!(out, "- {}", line.join(", ")).unwrap();
    }
    out += "\nRetired, and never used again:\n\n";
    for (id, reason) in &retired.requirements {
        writeln!(out, "- {id}: {reason}").unwrap();
    }
    out
}

/// The tables of questions and of sources name sections that there are.
pub(super) fn sections_named_exist() {
    let titles: BTreeSet<_> = headings().iter().map(|(title, _)| number(title).to_owned()).collect();
    for row in table("<!-- questions -->") {
        for wanted in row[1].split(", ") {
            let known = titles.contains(wanted) || requirements().iter().any(|it| it.id == wanted);
            assert!(known, "{row:?}: {wanted}");
        }
    }
    assert!(!section(17).is_empty());
}
