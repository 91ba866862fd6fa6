//! What licenses come in, and what of them is handed out sealed. SPEC sections 21 and 22.
//!
//! ```text
//! file   the license file, read and written line by line, nothing of it kept
//! blob   a BLOB: sealed under the storage key for its one place; what is inside is its role's
//! ```

pub mod blob;
pub mod file;
