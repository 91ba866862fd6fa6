//! The manifests of the workspace, as text: who may use whom, and what for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::source::root;

/// A `Cargo.toml`.
pub struct Manifest {
    /// Its folder from the root of the workspace; nothing for the root's own.
    pub folder: String,
    pub text: String,
}

/// A line of `[dependencies]` or its kin.
pub struct Dependency {
    pub name: String,
    /// Such as `dependencies`.
    pub section: String,
    /// The comment at its end.
    pub what_for: String,
}

impl Manifest {
    pub fn read(folder: &str) -> Self {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        Self { folder: folder.to_owned(), text }
    }

    /// What it depends on, in any section but `[workspace.dependencies]`: whoever takes a dependency from there says
    /// what for.
    pub fn dependencies(&self) -> Vec<Dependency> {
        let mut found = Vec::new();
        let mut section = "";
        for line in self.text.lines().map(str::trim) {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
            } else if section.ends_with("dependencies")
                && section != "workspace.dependencies"
                && !line.is_empty()
                && !line.starts_with('#')
            {
                let name = line.split([' ', '.', '=']).next().unwrap_or_default().to_owned();
                let what_for = line.rsplit_once(" # ").map_or("", |(_, words)| words).to_owned();
                found.push(Dependency { name, section: section.to_owned(), what_for });
            }
        }
        found
    }

    /// The strings of a list, such as that of `default-members`.
    pub fn list(&self, key: &str) -> Vec<String> {
        let start = format!("\n{key} = [");
        let list =
            self.text.split_once(&start).and_then(|(_, rest)| rest.split_once(']')).unwrap_or_default().0;
        list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    }
}

/// The folders below `folder` that have a manifest.
pub fn with_manifest(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = vec![folder.to_owned()];
    while let Some(folder) = look.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap().map(|entry| entry.unwrap()) {
            let name = format!("{folder}/{}", entry.file_name().to_str().unwrap());
            if entry.path().is_dir() {
                found
                    .extend(Path::new(&root().join(&name).join("Cargo.toml")).exists().then(|| name.clone()));
                look.push(name);
            }
        }
    }
    found.sort();
    found
}

/// Member → the members that it uses, as the table of `src/lib.rs` has them, from the top down.
pub fn map_of(page: &str) -> Vec<(String, Vec<String>)> {
    let table = page.split_once("| member | uses |").expect("the map is there").1;
    let rows = table.lines().skip(2).map_while(|line| line.strip_prefix("//! | "));
    let row = |row: &str| {
        let mut cells = row.split('|').map(str::trim);
        let member = cells.next().unwrap().trim_matches(['[', ']', '`']).to_owned();
        (member, cells.next().unwrap().split_whitespace().map(str::to_owned).collect())
    };
    rows.map(row).collect()
}

/// Member → the members that its manifest names; the program is `counterproof`.
pub fn members() -> BTreeMap<String, (Manifest, Vec<String>)> {
    let folders = with_manifest("src");
    let names: Vec<&str> = folders.iter().map(|folder| &folder["src/".len()..]).collect();
    let all = std::iter::once(("counterproof", ""))
        .chain(names.iter().copied().zip(folders.iter().map(String::as_str)));
    let read = |(name, folder): (&str, &str)| {
        let manifest = Manifest::read(folder);
        let used = manifest.dependencies().into_iter().filter(|used| used.section == "dependencies");
        let used = used.map(|used| used.name).filter(|used| names.contains(&used.as_str())).collect();
        (name.to_owned(), (manifest, used))
    };
    all.map(read).collect()
}
