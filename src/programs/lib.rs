//! Random programs: sequences of questions, put to a peer and to the reference side by side. They are the net under the
//! written cases, since they have no author who knows where to look. Pure: no process, file or clock.
//!
//! ```text
//! step      what a program is: questions, with parameters that may be taken from earlier answers
//! ```

#![warn(unreachable_pub)]

pub mod step;
