//! Both roles again, slowly and from SPEC.md alone, over sets that remember everything: what each operation must
//! answer, byte for byte, or the requirement that refuses it.
//!
//! ```text
//! server   activation, messages, deactivation          SPEC sections 9 to 11, 13
//! verify   responses, windows, the operator            SPEC section 15
//! client   accounts and all that a client does         SPEC sections 9 to 14
//! ```

pub mod client;
pub mod server;
pub mod verify;

pub use client::Client;
pub use server::Server;
