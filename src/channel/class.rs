//! The closed list of refusal classes (`SPEC.md` section 16).

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
    Busy,
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
    /// Tries and windows by which a response could be guessed.
    WeakSettings,
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
    ("busy", Class::Busy, 1),
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
    ("weak-settings", Class::WeakSettings, 0),
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
}
