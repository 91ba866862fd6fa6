//! Properties over generated input: every codec has one encoding, every seal opens and nothing bent does, what
//! is typed is read as SPEC.md says, and any sequence of operations ends as a small model of it says.
//!
//! ```text
//! generators   what messages are made of, and how they are bent
//! callbacks    URLs of app-to-app, there and back
//! codecs       decode(encode(m)) = m; decode(x) = Ok(m) implies encode(m) = x; limits
//! protection   seals, key wrap
//! push         gateway strings, information messages, login sessions in virtual time
//! responses    data, challenges and responses as typed
//! oath         HOTP, TOTP and OCRA, against other implementations
//! storage      message vectors, license files, BLOBs, clients' states
//! single       single-device licensing: codes, counters, states, any sequence of operations
//! windows      one response, as far off as may be and one further
//! model        both roles in sets that remember everything
//! operations   what may happen
//! world        both roles and the model, operation by operation; what is written and comes back
//! flows        any sequence of operations in virtual time, against the model
//! ```

// clippy.toml lets tests unwrap, but not the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod callbacks;
mod codecs;
mod flows;
mod generators;
mod model;
mod oath;
mod operations;
mod protection;
mod push;
mod responses;
mod single;
mod storage;
mod windows;
mod world;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::FileFailurePersistence;

/// `PROPTEST_CASES` asks for more. What once failed is kept beside this file, and tried first.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { cases };
    let file = FileFailurePersistence::Direct("tests/properties/regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(file)), ..default }
}
