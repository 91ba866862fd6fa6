//! The hot path, measured. Pure: no process, file or clock.
//!
//! ```text
//! scene      one activated license, one request: what everything happens to
//! path       the operations of the hot path, and the references beside them
//! built      which program was measured, and on what
//! callgrind  what valgrind counted of one operation
//! counts     counts beside the baseline: what takes more, and what was accepted
//! record     a line for each run: medians, in units of a reference in the same rounds
//! compare    a run beside those of before: what got slower
//! ```

#![warn(unreachable_pub)]

pub mod built;
pub mod callgrind;
pub mod compare;
pub mod counts;
pub mod path;
pub mod record;
pub mod scene;
