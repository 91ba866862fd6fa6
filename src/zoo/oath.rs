//! Faults of the open algorithms.

use super::faulty::{Fault, inside};

/// All of them.
pub(super) const NAMED: &[Fault] = &[
    inside(
        "truncation-by-first-byte",
        "ALG-1",
        "truncates from where the first byte of HMAC says",
        "truncation-by-first-byte",
    ),
    inside(
        "truncation-keeps-sign",
        "ALG-1",
        "leaves the topmost bit in the truncated value",
        "truncation-keeps-sign",
    ),
    inside(
        "hotp-little-endian",
        "ALG-1",
        "writes the counter least significant byte first",
        "hotp-little-endian",
    ),
    inside("totp-t0", "ALG-2", "counts time steps from one later", "totp-t0"),
    inside("totp-sha1-for-sha256", "ALG-2", "takes SHA-1 where SHA-256 is asked for", "totp-sha1-for-sha256"),
    inside(
        "truncation-as-of-sha1",
        "ALG-2",
        "truncates longer hashes from where byte 19 says",
        "truncation-as-of-sha1",
    ),
    inside("suite-without-zero", "ALG-3", "leaves out the 00 behind the suite", "suite-without-zero"),
    inside("ocra-lower-case", "ALG-3", "writes whole HMAC values in lower case", "ocra-lower-case"),
    inside(
        "question-zeros-in-front",
        "ALG-4",
        "puts the zeros before the question",
        "question-zeros-in-front",
    ),
    inside(
        "odd-digit-low-half",
        "ALG-4",
        "puts an odd question's last digit into the low half of a byte",
        "odd-digit-low-half",
    ),
    inside("number-as-ascii", "ALG-4", "takes a number's digits as characters", "number-as-ascii"),
    inside(
        "session-zeros-behind",
        "ALG-4",
        "puts the zeros behind the session information",
        "session-zeros-behind",
    ),
    inside("password-in-clear", "ALG-4", "takes the password instead of its hash", "password-in-clear"),
    inside("ocra-time-in-seconds", "ALG-4", "takes seconds for time steps", "ocra-time-in-seconds"),
    inside(
        "question-of-one-party",
        "ALG-6",
        "refuses the joined challenges of two parties",
        "question-of-one-party",
    ),
    inside(
        "question-without-header",
        "ALG-7",
        "asks about the body and tag of a message alone",
        "question-without-header",
    ),
    inside(
        "fields-without-length",
        "ALG-7",
        "asks about fields without their lengths",
        "fields-without-length",
    ),
];
