//! A night of fuzzing as data. Pure: no process, file or clock.
//!
//! ```text
//! coverage  what of the reference was reached, read from llvm-cov
//! record    what a night leaves behind: a line for each target, for its coverage, for the whole
//! read      the record, read line by line
//! bench     what the targets made of planted bugs
//! log       what libFuzzer writes: counters, and what failed
//! finding   what failed, and by which key two failures are the same
//! share     who has the next slice of time
//! state     a night that goes on, for another process to go on with it
//! ```

#![warn(unreachable_pub)]

pub mod bench;
pub mod coverage;
pub mod finding;
pub mod log;
pub mod read;
pub mod record;
pub mod share;
pub mod state;
