//! Properties of the reference, one function per fuzz target: each takes any bytes and panics if, and only if, a
//! property is violated. `fuzz/` calls them with what libFuzzer invents, `cargo test` (`tests/fuzz_replay.rs`)
//! with the seeds, the regressions and a fixed number of mutants.
//!
//! ```text
//! slow     a second decoder and the cryptography again, written from SPEC.md alone
//! model    both roles again, over sets that remember everything
//! both     the implementation and its model, asked together
//! world    licenses and apps to start from                  pairs     what happens to two of them until it is activated
//! target   what a target is                                 choices   an input as choices
//! verdict  what every answer is compared with
//! text picture callback wire request codes responses protection   targets: every parser of outside bytes
//! lanes                                                  target: many messages at once
//! license license_file blob client_state row             targets: what is stored and brought back
//! oath                                                   targets: open algorithms, their suites
//! client server session unlock flows peer                targets: what happens with them
//! push login                                             targets: push and login, string to decision
//! single single_state single_flows                       targets: single-device licensing
//! program                                                target: random programs of questions, all operations
//! effects  what a refusal leaves behind
//! ```
//! A new parser of outside bytes gets a `Target` in the file it fits, a row in [`TARGETS`], a file in
//! `fuzz/fuzz_targets` and its lines in `fuzz/Cargo.toml` and `tests/fuzz_replay.rs`; a test says what is missing.
//!
//! No cryptography is switched off: inputs are structured, then sealed under the right keys, so that what lies
//! behind a MAC is reached in seconds and nothing found is an artefact.
#![warn(unreachable_pub)]
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)] // a panic is the verdict

pub mod blob;
pub mod both;
pub mod callback;
mod choices;
pub mod client;
pub mod client_state;
pub mod codes;
pub mod effects;
pub mod flows;
mod lanes;
pub mod license;
pub mod license_file;
pub mod login;
pub mod model;
pub mod oath;
pub mod pairs;
pub mod peer;
pub mod picture;
pub mod program;
pub mod protection;
pub mod push;
pub mod request;
pub mod responses;
pub mod row;
pub mod server;
pub mod session;
pub mod single;
pub mod single_flows;
pub mod single_state;
pub mod slow;
mod target;
pub mod text;
pub mod unlock;
mod verdict;
pub mod wire;
pub mod world;

pub use blob::BLOB;
pub use callback::{APP2APP_READ, APP2APP_URL};
pub use client::REMAC_CLIENT;
pub use client_state::CLIENT_STATE;
pub use codes::DEVICE_CODE;
pub use flows::FLOWS;
pub use lanes::LANES;
pub use license::{ACTIVATION_VECTOR, MESSAGE_VECTOR};
pub use license_file::LICENSE_FILE;
pub use login::LOGIN;
pub use oath::{OCRA, OPEN_RESPOND};
pub use peer::{HOSTILE_PEER, PEER_ANSWER, PEER_QUESTION};
pub use picture::PICTURE;
pub use program::PROGRAM;
pub use protection::PROTECT;
pub use push::{GATEWAY_STRING, INFORMATION};
pub use request::REQUEST;
pub use responses::RESPONSE_DATA;
pub use row::ROW;
pub use server::SERVER_VERIFY;
pub use session::{OPERATOR, SERVER_RESPOND};
pub use single::{ACODE_LOG, ACTIVATION_CODE, DERIVATION_CODE, EVENT_COUNTER, FULL_ACTIVATION};
pub use single_flows::SINGLE_FLOWS;
pub use single_state::SINGLE_STATE;
pub use target::Target;
pub use text::{CHARSET, HEX_TEXT};
pub use unlock::UNLOCK;
pub use wire::{ACTIVATION1, ACTIVATION2, DEACTIVATION, FRAME, STATIC_VECTOR};

/// All targets. A fuzz target names its own alone, so that only what it runs is linked into it.
pub const TARGETS: &[Target] = &[
    FRAME,
    HEX_TEXT,
    STATIC_VECTOR,
    ACTIVATION1,
    ACTIVATION2,
    DEACTIVATION,
    DEVICE_CODE,
    REQUEST,
    CHARSET,
    PICTURE,
    APP2APP_URL,
    APP2APP_READ,
    RESPONSE_DATA,
    PROTECT,
    LANES,
    MESSAGE_VECTOR,
    ACTIVATION_VECTOR,
    LICENSE_FILE,
    BLOB,
    CLIENT_STATE,
    ROW,
    REMAC_CLIENT,
    UNLOCK,
    SERVER_VERIFY,
    SERVER_RESPOND,
    OPERATOR,
    FLOWS,
    GATEWAY_STRING,
    INFORMATION,
    LOGIN,
    PEER_QUESTION,
    PEER_ANSWER,
    HOSTILE_PEER,
    OCRA,
    OPEN_RESPOND,
    ACTIVATION_CODE,
    EVENT_COUNTER,
    DERIVATION_CODE,
    FULL_ACTIVATION,
    ACODE_LOG,
    SINGLE_STATE,
    SINGLE_FLOWS,
    PROGRAM,
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::TARGETS;

    /// `tests/fuzz_replay.rs` does that and more; this is what mutation testing runs, since it is built without the
    /// program (`.cargo/mutants.toml`).
    #[test]
    fn what_the_targets_hold_holds_for_seeds_and_regressions() {
        let next = AtomicUsize::new(0);
        let ran = AtomicUsize::new(0);
        let work = || {
            while let Some(target) = TARGETS.get(next.fetch_add(1, Ordering::Relaxed)) {
                for input in (target.seeds)().into_iter().chain(regressions(target.name)) {
                    (target.run)(&input);
                    ran.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
        assert!(ran.into_inner() > 400);
    }

    fn regressions(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/regressions").join(target);
        let entries = fs::read_dir(folder).into_iter().flatten();
        entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
    }
}
