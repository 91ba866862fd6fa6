//! The operations of the peer protocol: parameters and result of each. SPEC section 18 describes the fields.

mod client;
mod formats;
mod peer;
mod primitive;
mod server;
mod single_client;
mod single_formats;
mod single_server;

pub use client::*;
pub use formats::*;
pub use peer::*;
pub use primitive::*;
pub use server::*;
pub use single_client::*;
pub use single_formats::*;
pub use single_server::*;
