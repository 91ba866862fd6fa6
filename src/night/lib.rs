//! A night of fuzzing as data. Pure: no process, file or clock.
//!
//! ```text
//! coverage  what of the reference was reached, read from llvm-cov
//! record    what a night leaves behind: a line for each target, for its coverage, for the whole
//! bench     what the targets made of planted bugs
//! ```

#![warn(unreachable_pub)]

pub mod bench;
pub mod coverage;
pub mod record;
