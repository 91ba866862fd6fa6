//! Attackers between a client and a server, any two: the table of SPEC section 33, a file for each column. A case names
//! its row; `tests/attacks.rs` holds table and cases together. What each attacker knows, and how to write one of your own,
//! is in [`harness::attack`].

mod app;
mod backup;
mod caller;
mod courier;
mod network;
mod reader;
mod sibling;
mod store;
mod thief;

use harness::case::Case;

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    [
        reader::cases(),
        courier::cases(),
        sibling::cases(),
        thief::cases(),
        caller::cases(),
        app::cases(),
        backup::cases(),
        store::cases(),
        network::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
