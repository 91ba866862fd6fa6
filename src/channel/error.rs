//! Refusals: what one says, and the only place where one is made.

use std::fmt;

use crate::class::Class;
use crate::fault;
use crate::rule::Rule;

/// What was found where the requirement was not met. Never a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing worth saying, or nothing that may be said.
    Nothing,
    /// A value that is not allowed.
    Number(u64),
    /// A length in bytes that is not allowed.
    Length(usize),
    /// So many of something that are not allowed: characters where a person counts, fields. Its name is a singular.
    Count(usize, &'static str),
    /// A character that is not allowed, and how many characters stand before it.
    Character(char, usize),
    /// The offset of the byte from which on it is wrong.
    Offset(usize),
    /// A line of a file, counted from 1, and the offset of the byte in it from which on it is wrong.
    Line(u64, usize),
    /// A line of a file, counted from 1, that can't stand beside an earlier one.
    Lines(u64, u64),
    /// What a number can't say.
    Words(&'static str),
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Found::Nothing => Ok(()),
            Found::Number(number) => write!(f, ": found {number}"),
            Found::Length(length) => write!(f, ": found {}", counted(*length, "byte")),
            Found::Count(count, what) => write!(f, ": found {}", counted(*count, what)),
            Found::Character(c, 0) => write!(f, ": found {c:?} at the beginning"),
            Found::Character(c, position) => {
                write!(f, ": found {c:?} after {}", counted(*position, "character"))
            }
            Found::Offset(offset) => write!(f, ": at byte {offset}"),
            Found::Line(line, 0) => write!(f, ": in line {line}"),
            Found::Line(line, offset) => write!(f, ": in line {line} after {}", counted(*offset, "byte")),
            Found::Lines(first, second) => write!(f, ": in lines {first} and {second}"),
            Found::Words(words) => write!(f, ": {words}"),
        }
    }
}

/// `1 byte`, `2 bytes`.
fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A refusal: which requirement decided, and what it found. Nothing has changed but the rule's counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The requirement; it carries the class and the counter.
    pub rule: Rule,
    /// What was found.
    pub found: Found,
}

impl Refusal {
    /// The refusal class.
    pub fn class(&self) -> Class {
        self.rule.class
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}){}", self.rule.class.word(), self.rule.id, self.found)
    }
}

impl std::error::Error for Refusal {}

/// Refuses unless `holds`. Every check that can be left out without making later code impossible goes
/// through here, so that the zoo can leave out exactly one and see whether the suite notices.
pub fn ensure(holds: bool, rule: Rule, found: Found) -> Result<(), Refusal> {
    if holds || fault::leaves_out(rule) {
        fault::saw(rule, true);
        return Ok(());
    }
    refuse(rule, found)
}

/// Refuses.
pub fn refuse<T>(rule: Rule, found: Found) -> Result<T, Refusal> {
    fault::saw(rule, false);
    Err(Refusal { rule, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_names_what_it_counts() {
        for (found, words) in [
            (Found::Length(1), ": found 1 byte"),
            (Found::Length(0), ": found 0 bytes"),
            (Found::Count(5, "character"), ": found 5 characters"),
            (Found::Count(1, "field"), ": found 1 field"),
            (Found::Character('x', 0), ": found 'x' at the beginning"),
            (Found::Character('\u{202E}', 1), ": found '\\u{202e}' after 1 character"),
            (Found::Line(2, 1), ": in line 2 after 1 byte"),
        ] {
            assert_eq!(found.to_string(), words);
        }
    }
}
