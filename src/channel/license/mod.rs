//! What licenses come in, and what of them is handed out sealed. SPEC sections 21, 22 and 28.
//!
//! ```text
//! file   the license file, read and written line by line, nothing of it kept
//! blob   a BLOB: sealed under the storage key for its one place; what is inside is its role's
//! export_svf, acode_log   what single-device licenses come in
//! single_state            what one rests in, on either side
//! ```

pub mod acode_log;
pub mod blob;
pub mod export_svf;
pub mod file;
pub mod single_state;
