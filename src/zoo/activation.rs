//! Faults of activation and replacement: each mend of edition 5 left out.

use super::faulty::{Fault, inside};

/// They have names of their own.
pub(super) const NAMED: &[Fault] = &[
    inside("am2-of-any-am1", "KEY-6", "leaves AM1 out of the channel key of AM2", "am2-of-any-am1"),
    inside(
        "device-id-of-any-license",
        "DVC-2",
        "has one device id under all licenses",
        "device-id-of-any-license",
    ),
    inside("am1-of-the-clock", "AM1-14", "puts the clock into AM1, whatever was before", "am1-of-the-clock"),
    inside(
        "reimport-am1-times-again",
        "AM1-14",
        "forgets the time of the latest AM1 with an import",
        "reimport-am1-time",
    ),
    inside(
        "restored-am1-times-again",
        "AM1-14",
        "goes on with the AM1 time of the backup",
        "restored-am1-time",
    ),
    inside(
        "unconfirmed-go-on",
        "AM2-18",
        "confirms instances of an AM1 before the one that was answered",
        "unconfirmed-go-on",
    ),
    inside(
        "replaces-at-once",
        "AM2-11",
        "drops the old account before the server confirmed",
        "replaces-at-once",
    ),
    inside(
        "deactivates-the-old-one-only",
        "DEA-7",
        "does not look at the waiting account in a deactivation",
        "deactivates-the-old-one-only",
    ),
    inside(
        "draws-challenges-again",
        "UNL-9",
        "draws another unlock challenge each time",
        "draws-challenges-again",
    ),
    inside("check-value-label", "AM2-13", "derives the check value with another label", "label-client-check"),
    inside(
        "client-keys-of-one-place",
        "CST-2",
        "seals the keys of both accounts under those of the activated one",
        "client-key-place",
    ),
    inside("load-forgets-challenge", "CST-9", "forgets the unlock challenge shown", "load-forgets-challenge"),
    inside("load-forgets-waiting", "CST-9", "forgets what stands beside an account", "load-forgets-waiting"),
];
