//! The command line of Counterproof.

use std::process::ExitCode;

fn main() -> ExitCode {
    counterproof::cli::main()
}
