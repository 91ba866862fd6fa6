//! Verifying signatures on the server, in the order in which it checks.
//!
//! ```text
//! message      is this message one to be verified, now, from this instance
//! replay       was it accepted before
//! signature    is the signature well-formed, and right
//! factors      for which steps and events it is right, and how they move
//! first_use    how far an application is searched that was never used
//! order        which of two defects decides
//! ```

mod factors;
mod first_use;
mod message;
mod order;
mod replay;
mod signature;

use harness::area::Area;
use harness::case::{Case, Role};

/// Cases of this folder.
pub(super) fn cases() -> Vec<Case> {
    let mut verify = Area::new("verify", Role::Server);
    message::cases(&mut verify);
    replay::cases(&mut verify);
    signature::cases(&mut verify);
    factors::cases(&mut verify);
    first_use::cases(&mut verify);
    order::cases(&mut verify);
    verify.cases()
}
