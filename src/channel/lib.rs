//! The reference: both roles of a multi-device secure channel for authenticators, as plain functions over bytes, a
//! time and random fields. No file, no clock, no serialisation framework; the protocol is `SPEC.md`.
//!
//! Reading order is dependency order: a floor uses only the floors below it.
//!
//! ```text
//! 4  client     activate · open · sign · app2app · respond · unlock · deactivate · information · state
//!    server     activate · request · verify · respond · unlock · deactivate · operate · applications · window · floor ·
//!               import · blob · row · information · login · login_row · overview · store
//!               They mirror each other and neither names the other; single-device licensing is in `single` of both.
//! 3  license    the license file, BLOBs, what single-device licenses come and rest in
//! 2  wire       one file per message or vector: layout on top, encode beside decode; never sees a key in use
//!    text       hexadecimal, charsets, percent-encoding, callbacks, gateway strings
//! 1  crypto     keys · context · kdf · protect · response · oath (HOTP, TOTP, OCRA) · answer (either) · keywrap · gcm ·
//!               mac · password · single · lanes (many messages at once): no message types
//! 0  words      class, rule, error (refusals) · fault (the switch of the zoo) · serial · bytes · check_digit · state
//! ```
//!
//! `wire` may use `text`, `text` no `wire`. `tests/house.rs` of the workspace keeps the floors, and that no modules use
//! each other in a circle.
//!
//! Roles are plain functions `(state, input, now, random) → (state, output)` or a refusal, so that vectors,
//! properties, fuzzers, benchmarks and the harness are each one call.
//!
//! Feature `zoo`: a single check can be left out, or a constant bent, to see whether a test suite notices. Without it
//! that switch is compiled away.

#![warn(unreachable_pub)]

pub mod bytes;
pub mod check_digit;
pub mod class;
pub mod client;
pub mod crypto;
pub mod error;
pub mod fault;
pub mod license;
pub mod rule;
pub mod serial;
pub mod server;
pub mod state;
pub mod text;
pub mod wire;

/// The example that a newcomer sees first is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
