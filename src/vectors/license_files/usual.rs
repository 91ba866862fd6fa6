//! The usual file, which is all right, and the question that has a file read.

use serde_json::{Value, json};

use super::paper::{TRANSPORT, before, closed, header, license, lines};
use crate::vector::{asked, hex};
use channel::bytes::Wire;
use channel::check_digit::{Radix, check_digit};
use harness::setup::{self, app};

/// Protections 2, application 1 confirms; the numbers of most files.
pub(super) const MESSAGE_VECTOR: &str = "F000380000708030990C5460A";

pub(super) fn message_vector() -> String {
    message_vector_of(MESSAGE_VECTOR)
}

/// With its check digit.
pub(super) fn message_vector_of(digits: &str) -> String {
    format!("{digits}{}", check_digit(digits, Radix::Hexadecimal))
}

pub(super) fn vector() -> Vec<u8> {
    setup::vector().to_bytes()
}

/// The vector of most files with another byte in its place.
pub(super) fn bent_vector(at: usize, value: u8) -> Vec<u8> {
    let mut bytes = vector();
    if let Some(byte) = bytes.get_mut(at) {
        *byte = value;
    }
    bytes
}

pub(super) const FIRST: &str = "VDS1000120";

pub(super) const SECOND: &str = "VDS0000007";

/// A right header for this number of licenses.
pub(super) fn usual_header(count: u32) -> String {
    header(&vector(), &message_vector(), count)
}

/// Two licenses, all of it right.
pub(super) fn good_lines() -> Vec<String> {
    vec![usual_header(2), license(2, &before(FIRST)), license(3, &before(SECOND))]
}

pub(super) fn good() -> String {
    closed(&lines(&good_lines()))
}

/// [`MESSAGE_VECTOR`] with another post-activation application: bits 5 to 7.
pub(super) const RESPONSE_ONLY: &str = "F600380000708030990C5460A";

pub(super) const DISABLED: &str = "F800380000708030990C5460A";

pub(super) const MISSING: &str = "FC00380000708030990C5460A";

const _: () = assert!(app::RESPONSE_ONLY == 4 && app::DISABLED == 5 && app::MISSING == 7);

pub(super) fn params(file: &[u8]) -> Value {
    json!({"transport_key": hex(TRANSPORT), "file": hex(file)})
}

pub(super) fn reading(id: &str, note: &str, params: Value) -> Value {
    let requirements = ["LIF-1", "LIF-2", "LIF-3", "LIF-4", "LIF-13"];
    asked(&format!("license-file-read-{id}"), note, &requirements, "license_file.read", params)
}
