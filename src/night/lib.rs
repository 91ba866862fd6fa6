//! A night of fuzzing as data. Pure: no process, file or clock.
//!
//! ```text
//! record    what a night leaves behind: a line for each target, for its coverage, for the whole
//! read      the record, read line by line
//! bench     what the targets made of planted bugs
//! ```

#![warn(unreachable_pub)]

pub mod bench;
pub mod read;
pub mod record;
