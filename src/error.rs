//! Refusals: the closed list of classes (`SPEC.md` section 16), and the only place where one is made.

use std::fmt;

use crate::rule::Rule;

/// The refusal classes of `SPEC.md` section 16, in its order. The list is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // section 16 says what each means; the word is the variant's name in kebab case
pub enum Class {
    BadHex,
    BadLength,
    BadVersion,
    BadType,
    BadProtection,
    BadSerial,
    UnexpectedType,
    BadChecksum,
    WrongAccount,
    WrongState,
    Locked,
    NoChannel,
    WrongProtection,
    Corrupted,
    Stale,
    BadBody,
    BadCharset,
    BadFormat,
    BadText,
    VersionTooLow,
    BadApplication,
    BadData,
    BadVector,
    BadSuite,
    NoVector,
    Rooted,
    PinRequired,
    WrongPin,
    BadCode,
    BadCheckDigit,
    WrongCode,
    AttemptsExhausted,
    AlreadyActive,
    ThresholdReached,
    Expired,
    CounterExhausted,
    UnknownInstance,
    UnknownMessage,
    Replayed,
    OutOfSync,
    BadSignature,
    WrongSignature,
    BadFile,
    CutFile,
    WrongKey,
    BadCount,
    DuplicateSerial,
    BadBlob,
    UnknownBlob,
    BadPicture,
    BadUrl,
    BadCallback,
    BadEscape,
    NotConfigured,
    NotActivated,
    BadString,
    UnknownSession,
    AlreadyRetrieved,
    AlreadyApproved,
    AlreadyRejected,
    AlreadyCancelled,
    WrongUser,
    WrongPrefix,
    BadPassword,
    WeakPassword,
    NoBinding,
}

/// Word and published app-to-app error number (0: none) of every class.
const CLASSES: &[(&str, Class, u8)] = &[
    ("bad-hex", Class::BadHex, 5),
    ("bad-length", Class::BadLength, 5),
    ("bad-version", Class::BadVersion, 5),
    ("bad-type", Class::BadType, 5),
    ("bad-protection", Class::BadProtection, 5),
    ("bad-serial", Class::BadSerial, 5),
    ("unexpected-type", Class::UnexpectedType, 5),
    ("bad-checksum", Class::BadChecksum, 7),
    ("wrong-account", Class::WrongAccount, 6),
    ("wrong-state", Class::WrongState, 6),
    ("locked", Class::Locked, 8),
    ("no-channel", Class::NoChannel, 6),
    ("wrong-protection", Class::WrongProtection, 7),
    ("corrupted", Class::Corrupted, 7),
    ("stale", Class::Stale, 7),
    ("bad-body", Class::BadBody, 7),
    ("bad-charset", Class::BadCharset, 7),
    ("bad-format", Class::BadFormat, 7),
    ("bad-text", Class::BadText, 7),
    ("version-too-low", Class::VersionTooLow, 7),
    ("bad-application", Class::BadApplication, 7),
    ("bad-data", Class::BadData, 7),
    ("bad-vector", Class::BadVector, 5),
    ("bad-suite", Class::BadSuite, 5),
    ("no-vector", Class::NoVector, 4),
    ("rooted", Class::Rooted, 3),
    ("pin-required", Class::PinRequired, 1),
    ("wrong-pin", Class::WrongPin, 1),
    ("bad-code", Class::BadCode, 0),
    ("bad-check-digit", Class::BadCheckDigit, 0),
    ("wrong-code", Class::WrongCode, 0),
    ("attempts-exhausted", Class::AttemptsExhausted, 0),
    ("already-active", Class::AlreadyActive, 0),
    ("threshold-reached", Class::ThresholdReached, 0),
    ("expired", Class::Expired, 0),
    ("counter-exhausted", Class::CounterExhausted, 0),
    ("unknown-instance", Class::UnknownInstance, 0),
    ("unknown-message", Class::UnknownMessage, 0),
    ("replayed", Class::Replayed, 0),
    ("out-of-sync", Class::OutOfSync, 0),
    ("bad-signature", Class::BadSignature, 0),
    ("wrong-signature", Class::WrongSignature, 0),
    ("bad-file", Class::BadFile, 0),
    ("cut-file", Class::CutFile, 0),
    ("wrong-key", Class::WrongKey, 0),
    ("bad-count", Class::BadCount, 0),
    ("duplicate-serial", Class::DuplicateSerial, 0),
    ("bad-blob", Class::BadBlob, 0),
    ("unknown-blob", Class::UnknownBlob, 0),
    ("bad-picture", Class::BadPicture, 5),
    ("bad-url", Class::BadUrl, 2),
    ("bad-callback", Class::BadCallback, 2),
    ("bad-escape", Class::BadEscape, 2),
    ("not-configured", Class::NotConfigured, 2),
    ("not-activated", Class::NotActivated, 4),
    ("bad-string", Class::BadString, 7),
    ("unknown-session", Class::UnknownSession, 0),
    ("already-retrieved", Class::AlreadyRetrieved, 0),
    ("already-approved", Class::AlreadyApproved, 0),
    ("already-rejected", Class::AlreadyRejected, 0),
    ("already-cancelled", Class::AlreadyCancelled, 0),
    ("wrong-user", Class::WrongUser, 0),
    ("wrong-prefix", Class::WrongPrefix, 0),
    ("bad-password", Class::BadPassword, 0),
    ("weak-password", Class::WeakPassword, 0),
    ("no-binding", Class::NoBinding, 0),
];

impl Class {
    /// Every class, in the order of the specification.
    pub fn all() -> impl Iterator<Item = Class> {
        CLASSES.iter().map(|(_, class, _)| *class)
    }

    /// The word of the specification, the vectors and the peer protocol.
    pub fn word(self) -> &'static str {
        self.row().0
    }

    /// The published app-to-app error number that a client reports for it, if it has one.
    pub fn app_to_app(self) -> Option<u8> {
        Some(self.row().2).filter(|number| *number != 0)
    }

    /// The class of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        CLASSES.iter().find(|(known, ..)| *known == word).map(|(_, class, _)| *class)
    }

    fn row(self) -> (&'static str, Class, u8) {
        CLASSES.iter().copied().find(|(_, class, _)| *class == self).unwrap_or(("unlisted", self, 0))
    }
}

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
    if holds || fault::leaves_out(rule) { Ok(()) } else { refuse(rule, found) }
}

/// Refuses.
pub fn refuse<T>(rule: Rule, found: Found) -> Result<T, Refusal> {
    Err(Refusal { rule, found })
}

/// The one switch of the zoo: what this thread does wrong on purpose. Compiled only with feature `zoo`;
/// without it every function here is a constant.
pub mod fault {
    use crate::rule::Rule;

    #[cfg(feature = "zoo")]
    thread_local! {
        static ON: std::cell::Cell<Option<&'static str>> = const { std::cell::Cell::new(None) };
    }

    /// Runs `work` with one fault on: the id of a check to leave out, or the name of a `bent` value.
    #[cfg(feature = "zoo")]
    pub fn with<T>(name: &'static str, work: impl FnOnce() -> T) -> T {
        let before = ON.replace(Some(name));
        let result = work();
        ON.set(before);
        result
    }

    #[cfg(feature = "zoo")]
    fn is_on(name: &str) -> bool {
        ON.get() == Some(name)
    }

    #[cfg(not(feature = "zoo"))]
    fn is_on(_: &str) -> bool {
        false
    }

    pub(super) fn leaves_out(rule: Rule) -> bool {
        is_on(rule.id)
    }

    /// `right`, unless the fault `name` is on.
    pub(crate) fn bent<T>(name: &str, right: T, wrong: T) -> T {
        if is_on(name) { wrong } else { right }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_exactly_one_row() {
        for (word, class, _) in CLASSES {
            assert_eq!(Class::from_word(word), Some(*class));
            assert_eq!(class.word(), *word);
        }
        assert_eq!(Class::from_word("unlisted"), None);
    }

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
