//! What a run looks like, while it goes on and afterwards.
//!
//! ```text
//! progress      the bar, the transcript of --verbose, who is judged
//! patience      when a peer that breaks again and again is given up
//! failure       one failure, with the question that did it; difference: in which members two answers differ
//! costs         what a peer takes for its operations
//! verdict       the table, what was run, and what it comes to
//! layout        lines of the terminal's width, and colours
//! ```

mod costs;
mod difference;
mod failure;
mod layout;
mod patience;
mod progress;
mod verdict;

pub(super) use costs::costs;
pub(super) use difference::tell as differences;
pub(super) use failure::{colour, explain, explain_with, explain_xpass, trace};
pub(super) use layout::{BAD, GOOD, PLAIN, around, headed, width, wrapped};
pub(super) use patience::Patience;
pub(super) use progress::{Screen, bar, estimate, heading, human, introduce};
pub(super) use verdict::{Ran, table, verdict};

use peer::printable::Cut;

/// On one line of a terminal that scrolls; nothing in it is obeyed.
pub(super) fn shorten(text: &str) -> Cut<'_> {
    Cut(text, 300)
}
