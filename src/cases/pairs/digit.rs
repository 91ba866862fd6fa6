//! Responses that are wrong: by their form, in their check digit alone, and in everything but it.

use channel::check_digit::Radix;
use channel::rule::{VER_10, VER_11, VER_12};

use super::super::single_codes::with_digit;
use super::table::{Defect, World, breaks};

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

/// What a response of [`harness::setup::app::BOTH`] is refused by, in order.
pub(super) fn wrong<W: World, Op: 'static>(response: fn(&mut Op) -> &mut String) -> [Defect<W, Op>; 3] {
    [
        breaks(VER_10).asked(move |op| response(op).push('0')),
        breaks(VER_11).asked(move |op| {
            let response = response(op);
            *response = with_another_check_digit(response);
        }),
        breaks(VER_12).asked(move |op| *response(op) = unlikely()),
    ]
}
