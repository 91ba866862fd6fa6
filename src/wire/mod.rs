//! The wire: one file per message, its layout on top, `encode` beside `decode`. No file here sees a key
//! in use; bodies are in clear.

pub mod activation1;
pub mod activation2;
pub mod activation_vector;
pub mod callback_url;
pub mod data;
pub mod deactivation;
pub mod device_code;
pub mod frame;
pub mod message_vector;
pub mod request;
pub mod static_vector;
