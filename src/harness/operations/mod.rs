//! The operations of the peer protocol: parameters and result of each. SPEC section 18 describes the fields.

mod client;
mod formats;
mod peer;
mod primitive;
mod push;
mod server;

pub use client::*;
pub use formats::*;
pub use peer::*;
pub use primitive::*;
pub use push::*;
pub use server::*;
