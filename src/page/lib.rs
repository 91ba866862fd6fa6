//! The pages of a run, a selftest, a night of fuzzing: data in, HTML out. Nothing here reads or writes a file.
//!
//! A page stands alone: style, script and plots are in it, and its content security policy lets nothing else in. It reads
//! without the script, which only searches and filters. All pages have one frame (`templates/base.html`, with the one
//! style sheet beside it), so that a later page is a template that extends it and a struct that fills it.
//!
//! ```text
//! report selftest     pages
//! nights              the page of a night: what is new, its targets, the nights before, the fuzz bench
//! perf                the page of the hot path: what got slower, each operation run by run
//! spec                the page of the specification, with what is about each requirement
//! verdict             what a run comes to, in a sentence
//! part areas          what one peer or pair came to; its table by area
//! failures            what failed, by requirement: difference (expected and got, marked), sequence (who asked whom)
//! candidates          what divides several peers
//! matrix              requirement × case × peer
//! plot                plots, as SVG
//! shell               what every page has
//! words escape        numbers and times; how foreign text is shown
//! ```

#![warn(unreachable_pub)]

mod areas;
mod candidates;
mod difference;
mod escape;
mod failures;
mod matrix;
mod nights;
mod part;
mod perf;
mod plot;
mod report;
mod selftest;
mod sequence;
mod shell;
mod spec;
mod verdict;
mod words;

use std::fmt;

pub use failures::{Evidence, Field, Message};
pub use nights::{night, night_of_a_file};
pub use perf::perf;
pub use report::report;
pub use selftest::selftest;
pub use shell::BEGINS;
pub use spec::{About, spec};

/// Why a page could not be made. It would be a fault of this program.
#[derive(Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the page can't be made: {}", self.0)
    }
}

impl std::error::Error for Error {}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Self(error.to_string())
    }
}
