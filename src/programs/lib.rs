//! Random programs: sequences of questions, put to a peer and to the reference side by side. They are the net under the
//! written cases, since they have no author who knows where to look. Pure: no process, file or clock.
//!
//! ```text
//! step      what a program is: questions, with parameters that may be taken from earlier answers
//! words     a program for people
//! draw      a program of a seed: what is asked next, and what for
//! features  what a program shows of a peer from outside
//! corpus    programs that showed something new: which to keep
//! table     each operation: whom it is about, where its parameters come from, what its result is good for
//! values    what is not taken from answers: vectors, settings, contents, data, URLs
//! bend      a parameter made wrong
//! records   a static vector made wrong
//! world     what a program has come to so far, the reference playing along
//! luck      chances of a seed
//! play      a program against a peer, and beside it against the reference
//! compare   in what two answers or states differ, and which requirement that violates
//! finding   a difference with the program that shows it, as a verdict
//! shrink    the shortest program that still shows a difference
//! votes     several peers and one program: who says what
//! ```

#![warn(unreachable_pub)]

mod bend;
pub mod compare;
pub mod corpus;
pub mod draw;
pub mod features;
pub mod finding;
mod luck;
pub mod play;
mod records;
pub mod shrink;
pub mod step;
mod table;
mod values;
pub mod votes;
mod words;
mod world;
