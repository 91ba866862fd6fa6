//! The store: what it keeps, what it refuses, and what happens to it when things go wrong.
//!
//! ```text
//! kit        folders, license files, apps that answer
//! keeps      what is written is read again, by this process and the next, and is what a store in memory has
//! refuses    files that are no store, of a newer version, under another key; damaged ones
//! bound      what is not sealed is bound to what is: a bit that changed anywhere is damage
//! imports    all or nothing
//! looks      a look changes nothing, beside a server, too, and after a crash
//! crash      killed at random moments under load, against the log of what it acknowledged
//! disasters  torn writes, a full disk, a disk that can't be written, two processes, a clock that jumps
//! state      a client's state as a file: the old or the new
//! ```
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // tests may, their helpers too

mod bound;
mod crash;
mod disasters;
mod imports;
mod keeps;
mod kit;
mod looks;
mod refuses;
mod state;
