//! Text forms: how bytes and characters are written.

pub mod callback;
pub mod charset;
pub mod gateway_string;
pub mod hex;
pub mod percent;
pub mod refused;
