//! The question itself (PPR-5): for each operation all that is nearly a question of it, one change at a time and at any
//! depth, where the question itself would be accepted; and what is at the edge and still a question. What is asked comes
//! from the types of the parameters ([`harness::bend`]); the rows here say what a good question is.
//!
//! ```text
//! held     how an operation is held to that
//! session  for which session a question is
//! line     what is no JSON, or has no number, and is too long
//! plain    operations without a session         client single_client    those of clients
//!                                                server single_server    those of servers
//! ```

mod client;
mod held;
mod line;
mod plain;
mod server;
mod session;
mod single_client;
mod single_server;

use harness::case::Case;

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    [
        line::cases(),
        plain::cases(),
        client::cases(),
        server::cases(),
        single_client::cases(),
        single_server::cases(),
        session::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
