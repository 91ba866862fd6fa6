//! Random programs: sequences of questions, put to a peer and to the reference side by side. They are the net under the
//! written cases, since they have no author who knows where to look. Pure: no process, file or clock.
//!
//! ```text
//! step      what a program is: questions, with parameters that may be taken from earlier answers
//! play      a program against a peer, and beside it against the reference
//! compare   in what two answers or states differ, and which requirement that violates
//! finding   a difference with the program that shows it, as a verdict
//! words     a program for people
//! shrink    the shortest program that still shows a difference
//! ```

#![warn(unreachable_pub)]

pub mod compare;
pub mod finding;
pub mod play;
pub mod shrink;
pub mod step;
mod words;
