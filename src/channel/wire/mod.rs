//! The wire: one file per message, its layout on top, `encode` beside `decode`. No file here sees a key
//! in use; bodies are in clear.

pub mod activation1;
pub mod activation2;
pub mod activation_code;
pub mod activation_vector;
mod application;
pub mod callback_url;
pub mod data;
pub mod deactivation;
pub mod derivation_code;
pub mod device_code;
pub mod event_counter;
pub mod frame;
pub mod full_activation;
pub mod information;
pub mod message_vector;
mod open_algorithm;
pub mod request;
pub mod static_vector;
