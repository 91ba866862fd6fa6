//! `spec html`: the text of the specification as one page, with what the project has for each requirement.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use harness::spec;
use serde_json::Value;

use super::outcome::{Error, Outcome, unreadable};
use super::terminal::show_path;
use crate::io::files::{read_text, write_whole};
use page::About;

/// What can be made of the specification.
#[derive(Debug, Subcommand)]
pub(super) enum Spec {
    /// One page that stands alone: links from each id to its requirement, its cases, golden vectors and code
    Html(Html),
}

/// The arguments of `spec html`.
#[derive(Debug, Args)]
pub(super) struct Html {
    /// The folder that holds SPEC.md, vectors/ and src/: a clone of the repository
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// The page
    #[arg(long, value_name = "FILE", default_value = "spec.html")]
    out: PathBuf,
}

/// Where the code of the reference is, below the root.
const CODE: &str = "src/channel";

impl Spec {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        let Spec::Html(Html { root, out: path }) = self;
        let text = read_text(&root.join("SPEC.md")).map_err(unreadable)?;
        let mut about: BTreeMap<String, About> =
            spec::requirements().iter().map(|it| (it.id.to_owned(), About::default())).collect();
        of_cases(&mut about);
        of_vectors(&mut about, &root)?;
        of_code(&mut about, &root, Path::new(CODE))?;
        let page = page::spec(&text, &about).map_err(|error| Error::CannotRun(error.to_string()))?;
        write_whole(&path, page.as_bytes())?;
        writeln!(out, "page: {}", show_path(&path))?;
        Ok(Outcome::Good)
    }
}

fn of_cases(about: &mut BTreeMap<String, About>) {
    for case in cases::all() {
        for id in &case.covers {
            if let Some(about) = about.get_mut(*id) {
                about.cases.push((case.id.clone(), case.about.clone()));
            }
        }
    }
}

/// The paths in a folder, in their order.
fn paths(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let cannot = |error: std::io::Error| Error::Usage(format!("{}: {error}", show_path(folder)));
    let entries = fs::read_dir(folder).map_err(cannot)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(cannot)?;
    paths.sort();
    Ok(paths)
}

fn of_vectors(about: &mut BTreeMap<String, About>, root: &Path) -> Result<(), Error> {
    for path in paths(&root.join("vectors"))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".json") || name.ends_with(".schema.json") {
            continue;
        }
        let text = read_text(&path).map_err(unreadable)?;
        let file: Value = serde_json::from_str(&text)
            .map_err(|error| Error::Usage(format!("{}: no file of vectors: {error}", show_path(&path))))?;
        for vector in file.get("vectors").and_then(Value::as_array).into_iter().flatten() {
            let id = vector.get("id").and_then(Value::as_str).unwrap_or_default();
            let shown = vector.get("requirements").and_then(Value::as_array).into_iter().flatten();
            for requirement in shown.filter_map(Value::as_str) {
                if let Some(about) = about.get_mut(requirement) {
                    about.vectors.entry(name.clone()).or_default().push(id.to_owned());
                }
            }
        }
    }
    Ok(())
}

/// Files below a folder in which an id stands, written as in the text (`FRM-3`) or as its constant (`FRM_3`).
fn of_code(about: &mut BTreeMap<String, About>, root: &Path, folder: &Path) -> Result<(), Error> {
    for path in paths(&root.join(folder))? {
        let below = folder.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            of_code(about, root, &below)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = read_text(&path).map_err(unreadable)?;
            let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            for word in text.split(|c| !is_of_word(c)) {
                if let Some(about) = about.get_mut(&word.replace('_', "-")) {
                    about.code.insert(below.to_string_lossy().into_owned());
                }
            }
        }
    }
    Ok(())
}
