//! The operations of the peer protocol: parameters and result of each. SPEC section 18 describes the fields.

mod app2app;
mod carrier;
mod client;
mod coverage;
mod formats;
mod oath;
mod peer;
mod primitive;
mod push;
mod server;
mod single_client;
mod single_formats;
mod single_server;

pub use app2app::*;
pub use carrier::*;
pub use client::*;
pub use coverage::*;
pub use formats::*;
pub use oath::*;
pub use peer::*;
pub use primitive::*;
pub use push::*;
pub use server::*;
pub use single_client::*;
pub use single_formats::*;
pub use single_server::*;

/// Operations that no profile promises: they are asked where `hello` lists them, and by no command otherwise. SPEC
/// section 18.
pub fn is_optional(operation: &str) -> bool {
    operation == "state" || operation.starts_with("qr.")
}
