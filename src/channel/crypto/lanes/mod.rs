//! AES-128 and AES-CMAC over many messages at once, each with a key of its own: a chain of blocks, each of which waits for
//! the one before, leaves most of a processor idle, and eight or sixteen chains side by side don't.
//!
//! ```text
//! messages ── sorted by blocks ──► groups of lanes ── expand ── absorb ── absorb ── … ──► tags, in the order of the messages
//! ```
//!
//! What is done with lanes is written once (`cmac`, `sealed`), over what a kernel has (`engine`). `portable` is the truth,
//! `x86` is faster where a processor has the instructions (`kernel` says which is used). Schedules are made anew for each
//! group, since expanding a key costs less than fetching an expanded one from memory, and are wiped when a batch ends.

mod cmac;
mod engine;
mod kernel;
mod portable;
mod sealed;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(super) use cmac::{Candidates, HEAD};
pub use cmac::{Message, cmac_batch};
pub use engine::Block;
pub use kernel::{Kernel, NoKernel, NotHere};
pub use sealed::{Sealed, open_batch, seal_batch};
