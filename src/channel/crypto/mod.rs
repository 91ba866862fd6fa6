//! Cryptography without any message types: keys, derivation, protection, responses, open algorithms, key wrap. Pure.

pub mod answer;
mod context;
pub mod gcm;
pub mod kdf;
pub mod keys;
pub mod keywrap;
pub mod lanes;
pub mod mac;
pub mod oath;
pub mod password;
pub mod protect;
pub mod response;
pub mod single;
