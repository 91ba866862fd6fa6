//! The peer protocol, and the reference behind it: what a program must speak to be judged (SPEC section 18).
//!
//! ```text
//! protocol     the envelopes: question, answer, refusal; strict in both directions
//! operations   one struct per operation, its result beside it
//! shape        an operation whose type is not known      engine      the reference, answering them
//! json         values and errors of JSON, in words      printable   foreign text made harmless for a terminal
//! parameters   what a question's parameters may be, as data
//! ```

#![warn(unreachable_pub)]

pub mod engine;
pub mod json;
pub mod operations;
pub mod parameters;
pub mod printable;
pub mod protocol;
pub mod shape;
