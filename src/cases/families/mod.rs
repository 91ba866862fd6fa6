//! The negative families: one change each from a valid message, for every message of the channel at the
//! operation that receives it, generated from tables.
//!
//! [`messages`] has the messages, their fields and boundaries; [`site`] says which requirement decides about a
//! bent one; [`codes`] the texts that people type. The other files have a family each. What a case written by hand
//! asks already is left out.

mod boundaries;
mod codes;
mod digits;
mod expired;
mod flips;
mod keys;
mod messages;
mod site;
mod steps;
mod strangers;
mod values;
mod vector;

use super::{negative, positive};
use harness::case::{Case, Role};

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    [
        vector::cases(),
        flips::cases(),
        boundaries::cases(),
        keys::cases(),
        values::cases(),
        strangers::cases(),
        steps::cases(),
        expired::cases(),
        digits::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
