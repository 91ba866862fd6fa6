//! Responses that are wrong: by their form, in their check digit alone, and in everything but it.

use channel::check_digit::Radix;
use channel::rule::{VER_10, VER_11, VER_12};
use harness::forge::digits::{with_another_last, with_digit};

use super::table::{Defect, World, breaks};

/// A response of [`harness::setup::app::BOTH`] whose check digit is right, and nothing else of it.
pub(super) fn unlikely() -> String {
    with_digit("000000001", Radix::Hexadecimal)
}

/// What a response of [`harness::setup::app::BOTH`] is refused by, in order.
pub(super) fn wrong<W: World, Op: 'static>(response: fn(&mut Op) -> &mut String) -> [Defect<W, Op>; 3] {
    [
        breaks(VER_10).asked(move |op| response(op).push('0')),
        breaks(VER_11).asked(move |op| {
            let response = response(op);
            *response = with_another_last(response);
        }),
        breaks(VER_12).asked(move |op| *response(op) = unlikely()),
    ]
}
