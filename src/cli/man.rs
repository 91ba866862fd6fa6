//! `man`: the manual, made from the definitions of the arguments.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use super::outcome::{Error, Outcome};
use super::terminal::show_path;
use crate::io::files::write_whole;

/// The arguments of `man`.
#[derive(Debug, Args)]
pub(super) struct Manual {
    /// Write a page for the program and for each of its commands into this folder, instead of the program's to standard
    /// output
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Manual {
    /// Writes the pages of a program with these arguments.
    pub(super) fn run(self, program: Command, out: &mut impl Write) -> Result<Outcome, Error> {
        let mut program = program.disable_help_subcommand(true);
        program.build(); // names commands as they are typed: counterproof-check
        let Some(folder) = self.out else {
            out.write_all(&page(program)?.1)?;
            return Ok(Outcome::Good);
        };
        for (name, page) in pages(program)? {
            let path = folder.join(name);
            write_whole(&path, &page)?;
            writeln!(out, "wrote {}", show_path(&path))?;
        }
        Ok(Outcome::Good)
    }
}

/// The name of a page's file, and the page.
fn page(program: Command) -> Result<(String, Vec<u8>), Error> {
    let man = Man::new(program).source(concat!("counterproof ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render(&mut page)?;
    Ok((man.get_filename(), page))
}

/// The pages of a program, its commands, and theirs.
fn pages(program: Command) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let commands: Vec<Command> = program.get_subcommands().cloned().collect();
    let mut all = vec![page(program)?];
    for command in commands {
        all.extend(pages(command)?);
    }
    Ok(all)
}
