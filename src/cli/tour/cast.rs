//! Who and what the tour is about, in all chapters.

use serde_json::Value;

/// 2027-01-15, 08:00 UTC.
pub(super) const NOW: u32 = 1_800_000_000;

pub(super) const SERIAL: &str = "VDS1000120";

/// A bank's server and somebody's phone.
pub(super) const SERVER: &str = "bank";

pub(super) const PHONE: &str = "phone";

pub(super) const PAYLOAD_KEY: &str = "202122232425262728292A2B2C2D2E2F";

/// By which the customer decides on what `client.open` or `client.dispatch` has shown.
pub(super) fn handle_of(shown: &Value) -> Value {
    shown.get("handle").or(shown.pointer("/opened/handle")).cloned().unwrap_or_default()
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
