//! Counterproof: a reference implementation of both sides of a multi-device secure channel for
//! authenticators, and the conformance harness around it. The protocol is `SPEC.md`.
//!
//! # The map
//!
//! Reading order is dependency order: a floor uses only the floors below it (`tests/house.rs` checks that).
//!
//! ```text
//! 8  cli        one subcommand per file: check check-peer list peer replay inspect licenses selftest vectors
//! 7  io         processes, signals, files, the clock; the runner; the store
//! 6  oracles    what the fuzz targets hold, beside a second slow implementation (feature of this name)
//! 5  harness    peer protocol, reference behind it, cases, trial, verdicts, zoo, vectors, report: pure
//! 4  client     activate · open · sign · app2app · respond · unlock · deactivate · information · state: mirrored by
//!    server     activate · request · verify · respond · unlock · deactivate · operate · window · import · blob ·
//!               row · information · login · overview · store; neither names the other; single-device licensing in
//!               `single` of both
//! 3  license    the license file, BLOBs, what single-device licenses come and rest in
//! 2  wire       one file per message or vector: layout on top, encode beside decode; never sees a key in use
//!    text       hexadecimal, charsets, percent-encoding, callbacks, gateway strings; foreign text made printable
//!    carrier    QR codes: drawn (symbol, drawing), found and read (finder, picture)
//! 1  crypto     keys · kdf · protect · response · oath (HOTP, TOTP, OCRA) · answer (either) · keywrap · gcm · mac ·
//!               password · single: no message types
//! 0  words      error, rule (refusals) · serial · bytes · check_digit · state
//! ```
//!
//! Data travels one way: cli → io (bytes, now, randomness) → role → wire decodes → crypto opens → wire decodes →
//! decision → encode → seal → bytes → io. Roles are plain functions `(state, input, now, random) → (state,
//! output)` or a refusal, so that vectors, properties, fuzzers, benchmarks and the harness are each one call.
//!
//! # Where is …
//!
//! | | |
//! |---|---|
//! | the byte layout of a message | the head of its file in [`wire`], and SPEC sections 5 to 13, 21 to 23, 25 to 30 |
//! | a key's formula | [`crypto::kdf`], one function per formula of SPEC section 6 |
//! | how an application answers, whatever its algorithm | [`crypto::answer`]; an OCRA suite, [`crypto::oath::suite`] |
//! | the license file, line by line | [`license::file`] |
//! | what a password protects, and how | `client/single/password.rs`, [`crypto::password`] |
//! | what a caller keeps for the server, and what never leaves it | `server/blob.rs` and `server/row.rs` |
//! | when a change is on the disk | [`server::Store`], and `io::store` for the one in SQLite |
//! | the order of a client's checks | [`client::Client`]'s operations, read top to bottom |
//! | what decides a refusal | its constant in [`rule`]; all are made by [`error::ensure`] and [`error::refuse`] |
//! | an operation of the peer protocol | its struct in [`harness::operations`], its `Serve` in [`harness::engine`] |
//! | what makes a verdict trustworthy | [`harness::trial`] |
//! | a case | [`harness::cases`], by area |
//! | what a run leaves behind | [`harness::report`], `reports/`; the folder, `cli/report_folder.rs` |
//! | what ends a run early, and what becomes of the rest | [`io::runner`], [`io::signals`] |
//! | how foreign text is shown | [`text::printable`]; behind it `cli/terminal.rs` |
//! | a golden vector | its generator in [`harness::vectors`], by area; a whole flow by [`harness::vectors::flow`] |
//! | a deliberate fault | `harness::faults` (feature `zoo`) |
//!
//! # Features
//!
//! `cli` (default): the program. Without it the crate is the pure library. `zoo`: faults can be switched on; never
//! in a library build. `oracles`: generators and properties shared by `fuzz/` and the tests.

pub mod cli;
pub mod io;
