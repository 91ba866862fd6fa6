//! Two defects at once: of two checks of an operation that both would refuse, the earlier one of its row (SPEC section 32)
//! does. Built from tables, an operation each: how to ask it rightly, and for each of its rules how to break just that.
//!
//! A case is about an operation and one of its rules. It sees the right question accepted; the same refused by the rule
//! where nothing else is wrong; and refused by the rule once more for each rule that stands behind it in the row and is
//! broken as well, as far as the two can be told apart. Nothing looks at a session before its question: what the
//! operation has to bring about itself, it does.
//!
//! ```text
//! table          what a table is, and its cases         apart     which two can't be wrong at once, and why
//! frame          how each check of a frame is broken    vector    the same of a static vector
//! license        a multi-device license at play         client    what its client is asked
//! activation     how its client is activated            server    what its server is asked
//! response       responses to its server                login     push and login
//! call           app-to-app                             single    a single-device license, and its client
//! single_server  the server of one                      stored    what is loaded
//! alone          what needs no session                  formats   the formats that need none
//! file           license files                          create    what makes a license or a client without one
//! digit          responses with a wrong check digit, and with nothing right but it
//! ```

mod activation;
mod alone;
mod apart;
mod call;
mod client;
mod create;
mod digit;
mod file;
mod formats;
mod frame;
mod license;
mod login;
mod response;
mod server;
mod single;
mod single_server;
mod stored;
mod table;
mod vector;

use harness::case::Case;

pub use apart::{not_asked, part_of, reason};
use table::Built;

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    built().into_iter().flat_map(|built| built.cases).collect()
}

fn built() -> Vec<Built> {
    [
        client::tables(),
        activation::tables(),
        call::tables(),
        server::tables(),
        response::tables(),
        login::tables(),
        single::tables(),
        single_server::tables(),
        stored::tables(),
        formats::tables(),
        file::tables(),
        create::tables(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The pairs that the cases of this folder ask, by operation.
pub fn pairs() -> impl Iterator<Item = (&'static str, (&'static str, &'static str))> {
    built().into_iter().flat_map(|built| built.pairs.into_iter().map(move |pair| (built.operation, pair)))
}
