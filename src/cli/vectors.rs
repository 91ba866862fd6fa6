//! `vectors`: write the golden vectors and the worked example of SPEC.md, compare the committed ones, or run
//! them against a peer.

mod judged;
mod run;

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::outcome::{Error, Outcome, unreadable};
use super::terminal::show_path;
use crate::io::files::{read_text, write_whole};
use peer::json::show;
use vectors::example;

/// What can be done with them.
#[derive(Debug, Subcommand)]
pub(super) enum Vectors {
    /// Write vectors/*.json and the worked example in SPEC.md
    Write(Place),
    /// Compare them with what the reference computes; exit code 1 where one differs
    Check(Place),
    /// Ask a peer what the vectors ask; exit code 1 where an answer differs
    Run(run::Run),
}

/// Where the project is.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The folder that holds vectors/ and SPEC.md
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
}

const BEGIN: &str = "<!-- worked example: written by `counterproof vectors write`, do not edit -->\n";
const END: &str = "<!-- end of worked example -->";

impl Vectors {
    pub(super) fn run(self, out: &mut impl Write) -> Result<Outcome, Error> {
        match self {
            Vectors::Write(place) => {
                for (path, content) in wanted(&place.root)? {
                    write_whole(&path, content.as_bytes())?;
                    writeln!(out, "wrote {}", show_path(&path))?;
                }
                Ok(Outcome::Good)
            }
            Vectors::Check(place) => {
                let mut differ = 0;
                let files = wanted(&place.root)?;
                for (path, content) in &files {
                    let difference = match read_text(path) {
                        Ok(committed) if committed == *content => continue,
                        Ok(committed) => first_difference(&committed, content),
                        Err(error) if error.source.kind() == ErrorKind::NotFound => "missing".into(),
                        Err(error) => return Err(unreadable(error)),
                    };
                    differ += 1;
                    writeln!(out, "{}: {difference}", show_path(path))?;
                }
                writeln!(
                    out,
                    "{} of {} files are what the reference computes",
                    files.len() - differ,
                    files.len()
                )?;
                Ok(if differ == 0 { Outcome::Good } else { Outcome::Bad })
            }
            Vectors::Run(run) => run.run(out),
        }
    }
}

/// Every generated file with its content.
fn wanted(root: &Path) -> Result<Vec<(PathBuf, String)>, Error> {
    let spec = root.join("SPEC.md");
    let text = read_text(&spec).map_err(|error| match error.source.kind() {
        ErrorKind::NotFound => Error::Usage(format!(
            "{}: there is none; this works on a clone of the repository: run it there, or name its folder with \
             --root",
            show_path(&spec)
        )),
        _ => unreadable(error),
    })?;
    let parts = text.split_once(BEGIN).and_then(|(head, rest)| Some((head, rest.split_once(END)?.1)));
    let Some((head, tail)) = parts else {
        return Err(Error::Usage(format!(
            "{}: the marks of the worked example are missing",
            show_path(&spec)
        )));
    };
    let mut files = vec![(spec, format!("{head}{BEGIN}\n{}\n{END}{tail}", example::markdown()))];
    files.extend(
        vectors::files().into_iter().map(|file| (root.join("vectors").join(file.name), file.content)),
    );
    Ok(files)
}

fn first_difference(committed: &str, computed: &str) -> String {
    let lines = committed.lines().zip(computed.lines()).enumerate();
    match lines.into_iter().find(|(_, (a, b))| a != b) {
        Some((number, (a, b))) => format!("line {}: committed {}, computed {}", number + 1, show(a), show(b)),
        None => "one is longer than the other".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn away_from_the_repository_it_says_where_to_run() {
        let Err(Error::Usage(words)) = wanted(Path::new("no such folder")) else { panic!("not refused") };
        assert!(words.starts_with("no such folder/SPEC.md: there is none"), "{words}");
        assert!(words.contains("--root"), "{words}");
    }
}
