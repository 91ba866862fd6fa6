//! Cryptography without any message types: keys, derivation, protection, responses, key wrap. Pure.

pub mod gcm;
pub mod kdf;
pub mod keys;
pub mod keywrap;
pub mod mac;
pub mod password;
pub mod protect;
pub mod response;
pub mod single;
