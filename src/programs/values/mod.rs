//! What is not taken from earlier answers: keys and vectors, settings, texts, data, moments. Mostly sensible, often at an
//! edge: the numbers in these tables are those at which SPEC.md changes its mind, and their neighbours.
//!
//! ```text
//! vectors   static vectors, settings     answers     applications and their data
//! moments   clocks                       texts       what is displayed
//! calls     URLs of other apps           passwords   single-device clients
//! primitives
//! ```

mod answers;
mod calls;
mod moments;
mod passwords;
mod primitives;
mod texts;
mod vectors;

pub(crate) use answers::*;
pub(crate) use calls::*;
pub(crate) use moments::*;
pub(crate) use passwords::*;
pub(crate) use primitives::*;
pub(crate) use texts::*;
pub(crate) use vectors::*;
