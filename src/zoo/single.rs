//! Faults of single-device licensing: codes, counters, passwords, binding, states.

use serde_json::Value;

use super::faulty::{Fault, Faulty, around, inside, line, op_of, parsed};
use super::storage::with_text;

/// They have names of their own.
pub(super) const NAMED: &[Fault] = &[
    inside(
        "reimport-any-algorithm",
        "SDL-29",
        "goes on with the counter of an application of another algorithm",
        "reimport-any-algorithm",
    ),
    inside("activation-code-label", "SDL-1", "derives code keys with another label", "label-acode"),
    inside("activation-code-digit", "SDL-3", "writes 0 for the check digit of a code", "code-check-digit"),
    inside("short-codes-always", "SDL-4", "takes short codes, asked to or not", "short-codes"),
    inside("svf-line-ends", "SDL-7", "reads an export.svf that ends with CR LF", "svf-line-ends"),
    inside("suffix-without-warning", "SDL-11", "takes a suffix without a word", "suffix-without-warning"),
    inside("report-of-proven", "SDL-44", "doubts a proven account", "report-of-proven"),
    inside(
        "reactivation-forgets-events",
        "SDL-40",
        "begins events again on the same platform",
        "reactivation-forgets-events",
    ),
    inside("keeps-no-account", "SDL-35", "gives up an account for any code", "keeps-no-account"),
    inside(
        "keeps-the-last-account",
        "SDL-35",
        "keeps the account that answered last, not the first one",
        "keeps-the-last-account",
    ),
    inside("kept-after-proof", "SDL-37", "keeps the old account beside a proven one", "kept-after-proof"),
    inside("revert-gives-tries", "SDL-39", "forgets wrong passwords of a kept account", "revert-gives-tries"),
    inside(
        "takes-over-any-key",
        "SDL-40",
        "takes event counters over from an account of another key",
        "takes-over-any-key",
    ),
    inside(
        "wipes-the-kept-account",
        "SDL-41",
        "wipes a kept account with the new one",
        "wipes-the-kept-account",
    ),
    inside(
        "saves-no-kept-account",
        "SDL-30",
        "saves the account that answers alone",
        "saves-no-kept-account",
    ),
    inside(
        "activation-downgrade",
        "SDL-22",
        "takes plain data where a secret was given",
        "activation-downgrade",
    ),
    inside("single-app-label", "SDL-26", "derives application keys with another label", "label-single-app"),
    inside(
        "reimport-forgets-accepted",
        "SDL-29",
        "accepts again after the license was imported again",
        "reimport-forgets-accepted",
    ),
    inside("reimport-stays-bound", "SDL-29", "stays bound when imported again", "reimport-stays-bound"),
    inside("single-one-nonce", "SDL-30", "saves under the same nonce each time", "single-one-nonce"),
    inside("single-saves-unbound", "SDL-30", "saves a bound account as unbound", "single-saves-unbound"),
    inside("single-loads-unbound", "SDL-30", "loads a bound license as unbound", "single-loads-unbound"),
    inside("erc-without-indices", "ERC-1", "leaves the indices out of the MAC", "erc-indices"),
    inside("erc-strictly-forward", "ERC-7", "refuses a counter that is equal", "erc-strictly-forward"),
    inside("weak-descending", "PWD-4", "takes descending passwords", "weak-descending"),
    inside("password-tries-stay", "PWD-6", "keeps wrong tries after a right one", "password-tries-stay"),
    inside(
        "load-forgets-passwords",
        "SDL-30",
        "forgets wrong passwords when loaded",
        "load-forgets-passwords",
    ),
    inside("never-resets", "PWD-8", "locks where it ought to wipe", "never-resets"),
    inside(
        "password-iterations",
        "PWD-9",
        "runs Argon2id once, whatever was asked for",
        "password-iterations",
    ),
    inside("platform-label", "BND-1", "hashes platform data without a label", "label-platform"),
    inside(
        "platform-without-serial",
        "BND-1",
        "has one diversifier for all licenses",
        "platform-without-serial",
    ),
    inside("derivation-replayed", "BND-9", "accepts a derivation code again", "derivation-replayed"),
    inside("responds-unbound", "BND-10", "responds unbound when bound", "responds-unbound"),
    inside("verifies-unbound", "BND-10", "accepts unbound responses of a bound license", "verifies-unbound"),
    inside("rebinding-ignored", "BND-12", "stays with its first platform", "rebinding-ignored"),
    around("activation-code-lower-case", "SDL-3", "writes hexadecimal codes in lower case", lower_case_code),
    around("acode-log-line-ends", "SDL-9", "writes an ACode.log with CR LF", log_line_ends),
    around(
        "activation-data-lower-case",
        "SDL-18",
        "writes full activation data in lower case",
        lower_case_data,
    ),
    around("status-says-activated", "SDL-15", "says 1 for state 3", says_activated),
    around("counter-without-zeros", "ERC-1", "leaves out leading zeros", without_zeros),
];

/// A check left out each.
pub(super) const SKIPS: &[(&str, &str)] = &[
    ("skips-SDL-5", "SDL-5"),
    ("skips-SDL-6", "SDL-6"),
    ("skips-SDL-7", "SDL-7"),
    ("skips-SDL-8", "SDL-8"),
    ("skips-SDL-9", "SDL-9"),
    ("skips-SDL-10", "SDL-10"),
    ("skips-SDL-13", "SDL-13"),
    ("skips-SDL-14", "SDL-14"),
    ("skips-SDL-19", "SDL-19"),
    ("skips-SDL-20", "SDL-20"),
    ("skips-SDL-21", "SDL-21"),
    ("skips-SDL-22", "SDL-22"),
    ("skips-SDL-23", "SDL-23"),
    ("skips-SDL-24", "SDL-24"),
    ("skips-SDL-25", "SDL-25"),
    ("skips-SDL-31", "SDL-31"),
    ("skips-SDL-32", "SDL-32"),
    ("skips-SDL-33", "SDL-33"),
    ("skips-SDL-34", "SDL-34"),
    ("skips-SDL-38", "SDL-38"),
    ("skips-ERC-2", "ERC-2"),
    ("skips-ERC-3", "ERC-3"),
    ("skips-ERC-4", "ERC-4"),
    ("skips-ERC-5", "ERC-5"),
    ("skips-ERC-6", "ERC-6"),
    ("skips-ERC-7", "ERC-7"),
    ("skips-PWD-1", "PWD-1"),
    ("skips-PWD-2", "PWD-2"),
    ("skips-PWD-3", "PWD-3"),
    ("skips-PWD-4", "PWD-4"),
    ("skips-PWD-5", "PWD-5"),
    ("skips-PWD-7", "PWD-7"),
    ("skips-BND-3", "BND-3"),
    ("skips-BND-5", "BND-5"),
    ("skips-BND-6", "BND-6"),
    ("skips-BND-8", "BND-8"),
    ("skips-BND-11", "BND-11"),
];

fn lower_case_code(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    with_text(answer, "/ok/code", str::to_ascii_lowercase)
}

fn lower_case_data(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    match op_of(&parsed(question)).as_str() {
        "server.single_generate_full_activation_data" => {
            with_text(answer, "/ok/data", str::to_ascii_lowercase)
        }
        _ => Some(answer),
    }
}

fn log_line_ends(_: &mut Faulty, question: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    match op_of(&parsed(question)).as_str() {
        "acode_log.write" => with_text(answer, "/ok/file", |file| {
            let pairs = file.as_bytes().chunks(2).map(String::from_utf8_lossy);
            pairs.map(|pair| if pair == "0A" { "0D0A".into() } else { pair.into_owned() }).collect()
        }),
        _ => Some(answer),
    }
}

fn says_activated(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    let mut answer = parsed(&answer);
    if let Some(state) = answer.pointer_mut("/ok/state").filter(|state| **state == 3) {
        *state = Value::from(1);
    }
    line(&answer)
}

fn without_zeros(_: &mut Faulty, _: &[u8], answer: Vec<u8>) -> Option<Vec<u8>> {
    with_text(answer, "/ok/event_reactivation_counter", |text| text.trim_start_matches('0').into())
}
