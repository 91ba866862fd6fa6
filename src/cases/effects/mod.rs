//! What an accepted operation does besides its answer: the table of SPEC section 34, a row for each way in which an
//! operation is accepted.
//!
//! Each row is two cases. In the first nobody looks between the operation and what must follow from it: a storage key or a
//! platform key reads what is stored, wrong attempts count how many are left, and what was issued or shown before is asked
//! for again; every answer has to be the reference's. In the second, whose id ends in `-looked`, `state` is asked before
//! and after: each counter has to be the reference's, and the digest another one, or the same.
//!
//! ```text
//! server         a license with all that it can have        client    an account with all that it can have
//! single_server  the same for a single device               single_client
//! digest         one state, one digest                      kit       what a row is, and how it is played
//! ```

mod client;
mod digest;
mod kit;
mod server;
mod single_client;
mod single_server;

use harness::area::Area;
use harness::case::{Case, Role};

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    let mut client = Area::new("effects-client", Role::Client);
    client::cases(&mut client);
    let mut server = Area::new("effects-server", Role::Server);
    server::cases(&mut server);
    let mut single_client = Area::new("effects-single-client", Role::Client);
    single_client::cases(&mut single_client);
    let mut single_server = Area::new("effects-single-server", Role::Server);
    single_server::cases(&mut single_server);
    let mut digest = Area::new("digest", Role::Both);
    digest::cases(&mut digest);
    [client, server, single_client, single_server, digest].into_iter().flat_map(Area::cases).collect()
}
