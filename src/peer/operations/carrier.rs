//! The operations on pictures.
#![allow(missing_docs)] // each field's documentation is the row of its operation in SPEC section 18

use serde::{Deserialize, Serialize};

use super::super::protocol::{Bytes, Operation};

/// `qr.write`: Text → symbol. And the result of `qr.read`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QrWrite {
    pub text: String,
}

/// Result of `qr.write`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QrModules {
    pub modules: Vec<String>,
}

impl Operation for QrWrite {
    const NAME: &'static str = "qr.write";
    type Output = QrModules;
}

/// `qr.read`: Picture → text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QrRead {
    pub picture: Bytes,
}

impl Operation for QrRead {
    const NAME: &'static str = "qr.read";
    type Output = QrWrite;
}
