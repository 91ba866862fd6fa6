//! Both roles again, slowly and from SPEC.md alone, over sets that remember everything: what each operation must
//! answer, byte for byte, or the requirement that refuses it.
//!
//! ```text
//! server   activation, messages, deactivation, import  SPEC sections 9 to 11, 13, 21
//! verify   responses, windows, the operator            SPEC section 15
//! login    sessions of push and login               SPEC section 27
//! blob     what the caller keeps of a license          SPEC section 22
//! single   a single-device client and license      SPEC sections 28 to 30
//! client   accounts and all that a client does         SPEC sections 9 to 14, 23
//! ```

pub mod blob;
pub mod client;
pub mod login;
pub mod server;
pub mod single;
pub mod verify;

pub use client::Client;
pub use login::Logins;
pub use server::Server;
