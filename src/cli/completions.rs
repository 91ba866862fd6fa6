//! `completions`: what a shell needs to complete the arguments of this program, made from their definitions.

use std::io::Write;

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::outcome::{Error, Outcome};

const WHERE: &str = "Where it goes, for example: bash, ~/.local/share/bash-completion/completions/counterproof; zsh, a file \
_counterproof in a folder of $fpath; fish, ~/.config/fish/completions/counterproof.fish.";

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = WHERE)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Writes the script for a program with these arguments.
    pub(super) fn run(self, mut program: Command, out: &mut impl Write) -> Result<Outcome, Error> {
        let name = program.get_name().to_owned();
        let mut script = Vec::new(); // into a pipe that nobody reads, it would panic
        generate(self.shell, &mut program, name, &mut script);
        out.write_all(&script)?;
        Ok(Outcome::Good)
    }
}
