//! Faults of the table of refused characters: one row of it is displayed, each.

use super::faulty::{Fault, inside};

/// All of them.
pub(super) const NAMED: &[Fault] = &[
    displays("displays-control", "displays control characters"),
    displays("displays-separator", "displays blanks other than U+0020, and line and paragraph separators"),
    displays("displays-format", "displays format characters, those that turn the direction among them"),
    displays("displays-ignorable", "displays what is ignored by default"),
    displays("displays-private", "displays characters for private use"),
    displays("displays-noncharacter", "displays noncharacters of the planes 0 to 3"),
    displays("displays-blank", "displays what has no glyph although no property says so"),
    displays("displays-plane", "displays what stands in the planes from the fourth on"),
];

/// The hook in the reference has the fault's name.
const fn displays(name: &'static str, about: &'static str) -> Fault {
    inside(name, "REQ-9", about, name)
}
