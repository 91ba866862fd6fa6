//! The fuzzer of this repository: built, run, and what it leaves on the disk. What a night makes of it is `night`'s, a
//! pure member.
//!
//! ```text
//! error     why there is no fuzzing
//! checkout  the repository: its root, its commit, its toolchain, the programs that are fuzzed
//! process   a command that is run to its end
//! engine    one process of that program: what it says, when it ends
//! work      the folder of the nights: corpora, what is given, the state of a night that runs
//! kept      findings, a folder each
//! night     all of these together: replay, slices of time, shrinking, merging
//! coverage  what of the reference fuzz inputs reach, by the tools of a nightly toolchain
//! bench     bugs planted into a copy of the reference, and how the fuzz targets fare against them
//! ```

pub mod bench;
mod checkout;
pub mod coverage;
mod engine;
mod error;
mod kept;
mod night;
mod process;
mod work;

pub use checkout::{ByHand, Checkout, Program};
pub use engine::Engine;
pub use error::Error;
pub use kept::Kept;
pub use night::{Night, Options};
pub use work::Work;
