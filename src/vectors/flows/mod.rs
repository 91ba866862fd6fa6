//! `flows.json`: the protocol as whole flows, a file for each part of it.
//!
//! ```text
//! activation · signature                     edition 1
//! content · response · window · unlock       edition 2: challenges and texts, answers without a message
//! deactivation · replacement · operator      edition 2: what ends, replaces and mends an instance
//! import · state                             edition 3: license files, a client's storage
//! open                                       edition 4: applications with HOTP, TOTP and OCRA
//! app2app                                    edition 4: a client called by URLs
//! login                                      edition 4: push and login
//! [`single`]                                 edition 4: single-device licensing
//! blob                                       edition 5: BLOBs with an epoch and a generation
//! ```

use serde_json::Value;

use super::single;
use super::vector::since;

mod activation;
mod app2app;
mod blob;
mod content;
mod deactivation;
mod import;
mod login;
mod open;
mod operator;
mod replacement;
mod response;
mod signature;
mod state;
mod steps;
mod unlock;
mod window;

/// `flows.json`.
pub(super) fn flows() -> Vec<Value> {
    let edition_2 = [
        content::flows(),
        response::flows(),
        window::flows(),
        unlock::flows(),
        deactivation::flows(),
        replacement::flows(),
        operator::flows(),
    ];
    let edition_3 = [window::flows_of_edition_3(), import::flows(), state::flows()];
    let edition_4 = [open::flows(), app2app::flows(), login::flows(), single::flows()].concat();
    [
        activation::flows(),
        signature::flows(),
        since(2, edition_2.concat()),
        since(3, edition_3.concat()),
        since(4, edition_4),
        since(5, blob::flows()),
        since(5, app2app::flows_of_edition_5()),
    ]
    .concat()
}
