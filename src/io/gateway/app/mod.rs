//! The test page for phones and apps: cases of the suite, played by an app and the person who holds it.
//!
//! A case is played as for any peer; what it asks of a client is put to a person, who scans, follows links and says what
//! comes of it, and to the app, which calls back. What neither can show is not testable.
//!
//! ```text
//! want       what a question of a case asks of an app and its user, if it can be asked
//! rehearsal  a case played by the reference: what it will ask, and what each step should bring
//! callbacks  where an app calls back, in the words of the case
//! task       what the page tells a person to do, and what that person can say came of it
//! live       an app as a peer
//! run        which cases are played, in which order, one after the other
//! board      what the page shows and what comes back          routes   its paths
//! ```

mod board;
mod callbacks;
mod live;
mod rehearsal;
mod routes;
mod run;
mod task;
mod want;

pub use board::Effort;
pub use run::{Page, Place, Plan, claims};
