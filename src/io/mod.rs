//! The floor that touches the world: processes, files, the clock. Everything below it is pure.
//!
//! ```text
//! launch   the command line of a peer or its address, and why it can't run
//! child    a running process: its standard error, its end
//! groups   the process groups of all that run, so that none is left behind
//! patience waiting, more and more rarely, for what no system call waits for
//! signals  Ctrl-C and its kin: a run that ends early
//! socket   where a peer listens, and a connection to it
//! link     what carries a peer's lines: the pipes of a child, or a connection
//! lines    one question and one answer over either, with a deadline
//! peer     all of these together: something that answers, whatever the child does
//! runner   the suite against such peers, several at a time
//! player   one random program against such a peer; what it shows, made shorter
//! cost     what such a peer takes for its operations
//! explore  random programs against such peers, the same way as the suite
//! hours    random programs for hours; those that show something new are kept
//! kept     those programs, in a folder
//! fuzz     the fuzzer of this repository, for a night; what it reaches, and how it fares against planted bugs
//! kernel   which kernel the environment asks for
//! bench    the hot path, measured: by valgrind, or by the time of this thread
//! files    written whole or not at all
//! record   lines of JSON, appended: of nights, of peers, of the hot path
//! rng      the system's randomness
//! store    licenses in a SQLite file
//! gateway  push and login over HTTP, in front of a store (feature `serve`)
//! state_file  a client's state in a file
//! ```

pub mod bench;
mod child;
pub mod cost;
pub mod explore;
pub mod files;
pub mod fuzz;
#[cfg(feature = "serve")]
pub mod gateway;
mod groups;
pub mod hours;
pub mod kept;
pub mod kernel;
mod launch;
mod lines;
mod link;
mod patience;
pub mod peer;
mod player;
pub mod record;
pub mod rng;
pub mod runner;
pub mod signals;
mod socket;
pub mod state_file;
pub mod store;
