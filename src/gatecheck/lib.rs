//! Somebody else's gateway, judged over HTTP: the cases of `counterproof check --gateway URL`. SPEC section 27.
//!
//! # How a gateway becomes a peer
//!
//! A *bridge* (the program, as `counterproof peer --gateway URL`) speaks the peer protocol on one side and HTTP on the
//! other. It claims the profile `gateway`, and its operations are those of [`bridge`]: send this request and say what came
//! back, wait, restart. So all around a case is what it is for any peer: jobs, deadlines, transcripts, reports, baselines,
//! exit codes, `replay`. The bridge judges nothing; it knows the back end's key, which therefore stands in no report.
//!
//! The cases of the areas LGN, PSH, INF, AM1, AM2, DVC and VER are not asked through it as they stand. Each begins with a
//! server of its own (`server.create` with the case's keys, vectors, windows), moves the clock by minutes and years, names
//! what is drawn at random, and compares states: over HTTP there are none of these, and of the login cases not one would be
//! left. Random programs need the same. So the requirements are asked again, by cases that have only what a back end and
//! a phone have:
//!
//! ```text
//! area        a case: its requirements, its kind, its sentence, its play
//! front       the verbs of a play: what is done, what is refused and how; each login is looked at after each refusal
//! phone       the client of the reference with one account, activated through the gateway
//! reading     what a reply is made of, and whether its parts say the same
//! surface     paths, members, methods, lengths, keys, hosts, headers (GTW)
//! activation  from the registration to the device in use
//! login       from the website's wish to the user's decision
//! decided     what is over stays so
//! strangers   who has no key, no session, no patience
//! later       what takes time, or a restart
//! walk        many steps at random beside a small model: the net under the cases
//! ```
//! Who attacks in a case has what the attackers of SPEC section 33 have, as far as that is seen from here (`Area::against`):
//! the device code on its way, another device of the license, a user's name, a message to send again.
//!
//! What the gateway needs beforehand is a license file, imported; the bridge reads the same file and tells each case which
//! licenses are its own ([`LICENSES`] of them). What a gateway doesn't show is nowhere taken for right: a case that needs more
//! time than it may take, a restart that nobody can do, a limit that isn't met, is `not-testable` and says why.

pub mod bridge;

mod activation;
mod area;
mod decided;
mod front;
mod later;
mod login;
mod phone;
mod reading;
mod strangers;
mod surface;
mod walk;

use area::Area;
use harness::case::Case;

/// How many licenses a gateway has to have imported: two for each case, and some for cases to come.
pub const LICENSES: u32 = 160;

/// All cases of a gateway, in the order in which one is built.
pub fn all() -> Vec<Case> {
    let mut area = Area::default();
    surface::add(&mut area);
    activation::add(&mut area);
    login::add(&mut area);
    decided::add(&mut area);
    strangers::add(&mut area);
    later::add(&mut area);
    walk::add(&mut area);
    area.cases()
}
