//! Responses that are wrong in their check digit alone, and in everything else.

use channel::check_digit::Radix;

use super::super::single_codes::with_digit;

/// A response of [`harness::setup::app::BOTH`] whose check digit is right, and nothing else of it.
pub(super) fn unlikely() -> String {
    with_digit("000000001", Radix::Hexadecimal)
}

/// A hexadecimal response with another check digit.
pub(super) fn with_another_check_digit(response: &str) -> String {
    let (body, last) = response.split_at(response.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    format!("{body}{other}")
}
