//! Taking over an account, and an honest user who replaces one: who holds which key, who waits, and the way out.
//!
//! ```text
//! activation   AM1 bent on the way, another's license key, AM2 for an AM1 that the client did not see
//! pin          the PIN of the account that would be replaced
//! waiting      the account that waits for the server, beside the one that does everything
//! remove       the user's way out; how many accounts there can be
//! stage, forger   what they play on, and what an attacker can make
//! server       times of AM1, and what a code for a later AM1 ends
//! unlock       one unlock challenge for each lock
//! ```

mod activation;
pub(super) mod forger;
mod pin;
mod remove;
mod server;
mod stage;
mod unlock;
mod waiting;

use harness::area::Area;
use harness::case::{Case, Role};

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    let mut takeover = Area::new("takeover", Role::Client);
    activation::cases(&mut takeover);
    pin::cases(&mut takeover);
    let mut cases = takeover.cases();
    let mut waiting = Area::new("waiting", Role::Client);
    waiting::cases(&mut waiting);
    cases.extend(waiting.cases());
    let mut remove = Area::new("remove", Role::Client);
    remove::cases(&mut remove);
    cases.extend(remove.cases());
    let mut am1 = Area::new("am1", Role::Server);
    server::cases(&mut am1);
    cases.extend(am1.cases());
    let mut unlock = Area::new("unlock", Role::Client);
    unlock::cases(&mut unlock);
    cases.extend(unlock.cases());
    cases
}
