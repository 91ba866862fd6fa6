//! Random programs: sequences of questions, put to a peer and to the reference side by side. They are the net under the
//! written cases, since they have no author who knows where to look. Pure: no process, file or clock.
//!
//! ```text
//! step      what a program is: questions, with parameters that may be taken from earlier answers
//! draw      a program of a seed: what is asked next, and what for
//! table     each operation: whom it is about, where its parameters come from, what its result is good for
//! values    what is not taken from answers: vectors, settings, contents, data, URLs
//! bend      a parameter made wrong
//! records   a static vector made wrong
//! world     what a program has come to so far, the reference playing along
//! luck      chances of a seed
//! ```

#![warn(unreachable_pub)]

mod bend;
pub mod draw;
mod luck;
mod records;
pub mod step;
mod table;
mod values;
mod world;
